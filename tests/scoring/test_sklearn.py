from functools import partial

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from sklearn_xent.scoring import estimators

X, Y = np.array([[0.0], [1.0], [3.0], [4.0]]), np.array([0, 0, 1, 1])


def test_the_first_response_that_exists_is_found():
    model = SVC().fit(X, Y)
    methods = ("predict_proba", "decision_function")
    assert estimators.find_response(model, methods) == "decision_function"
    with pytest.raises(AttributeError, match=r"SVC has no predict_proba\. Wrap it in Calibrated"):
        estimators.find_response(model, ["predict_proba"])


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
