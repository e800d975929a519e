from functools import partial

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from sklearn_xent.scoring import estimators

X, Y = np.array([[0.0], [1.0], [3.0], [4.0]]), np.array([0, 0, 1, 1])


def test_response_name_takes_the_first_that_exists():
    model = SVC().fit(X, Y)
    assert estimators.response_name(model, ("predict_proba", "decision_function")) == (
        "decision_function"
    )
    with pytest.raises(AttributeError):
        estimators.response_name(model, ["predict_proba"])


def test_cached_response_is_whole_and_computed_once():
    model, cache = GaussianNB().fit(X, Y), {}
    caller = partial(lambda cache, *args: None, cache)
    first = estimators.cached_response(caller, model, "predict_proba", X)
    assert first.shape == (4, 2)
    assert estimators.cached_response(caller, model, "predict_proba", X) is first
    assert list(cache) == [("sklearn_xent", "predict_proba")]


def test_without_a_cache_it_is_computed():
    caller = partial(lambda cache, *args: None, None)
    model = GaussianNB().fit(X, Y)
    assert estimators.cached_response(caller, model, "predict_proba", X).shape == (4, 2)


def test_take_rows_of_lists():
    assert estimators.take_rows(["a", "b", "c"], np.array([2, 0])) == ["c", "a"]
