from functools import partial

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

import sklearn_xent as sx
from sklearn_xent.scoring.estimators import (
    cached_response,
    find_response,
    from_estimator,
    from_splits,
    name_of,
    take_rows,
)

X, Y = load_iris(return_X_y=True)
BINARY_X, BINARY_Y = np.array([[0.0], [1.0], [3.0], [4.0]]), np.array([0, 0, 1, 1])
OPTIONS = {"response_method": "predict_proba", "sample_weight": None, "labels": None}


def test_the_first_response_that_exists_is_found():
    model = SVC().fit(BINARY_X, BINARY_Y)
    methods = ("predict_proba", "decision_function")
    assert find_response(model, methods) == "decision_function"
    with pytest.raises(AttributeError, match=r"SVC has no predict_proba\. Wrap it in Calibrated"):
        find_response(model, ["predict_proba"])


def test_cached_response_is_whole_and_computed_once():
    model, cache = GaussianNB().fit(BINARY_X, BINARY_Y), {}
    caller = partial(lambda cache, *args: None, cache)
    first = cached_response(caller, model, "predict_proba", BINARY_X)
    assert first.shape == (4, 2)
    assert cached_response(caller, model, "predict_proba", BINARY_X) is first
    assert list(cache) == [("sklearn_xent", "predict_proba")]


def test_without_a_cache_it_is_computed():
    caller = partial(lambda cache, *args: None, None)
    model = GaussianNB().fit(BINARY_X, BINARY_Y)
    assert cached_response(caller, model, "predict_proba", BINARY_X).shape == (4, 2)


def test_take_rows_of_lists():
    assert take_rows(["a", "b", "c"], np.array([2, 0])) == ["c", "a"]


def test_an_estimator_says_its_probabilities():
    model = GaussianNB().fit(X, Y)
    target, proba = from_estimator(model, X, Y, **OPTIONS)
    assert np.array_equal(proba, model.predict_proba(X))
    assert target.y.tolist() == Y.tolist()


def test_log_probabilities_become_probabilities():
    model = GaussianNB().fit(X, Y)
    options = {**OPTIONS, "response_method": "predict_log_proba"}
    _, proba = from_estimator(model, X, Y, **options)
    assert np.allclose(proba, model.predict_proba(X))


def test_unseen_classes_are_told():
    model = GaussianNB().fit(X[:100], Y[:100])
    with pytest.warns(sx.UnseenClassWarning, match="the estimator was not trained on 1"):
        target, proba = from_estimator(model, X, Y, **OPTIONS)
    assert (proba[:, 2] == 0).all()
    assert len(target.classes) == 3


def test_splits_are_pooled_in_their_order():
    weight = np.linspace(0.1, 1, 150)
    cv = KFold(3, shuffle=True, random_state=0)
    results = cross_validate(GaussianNB(), X, Y, cv=cv, return_estimator=True, return_indices=True)
    target, proba = from_splits(results, X, Y, **{**OPTIONS, "sample_weight": weight})
    at = 0
    for fitted, rows in zip(results["estimator"], results["indices"]["test"], strict=True):
        part = slice(at, at := at + len(rows))
        assert np.array_equal(proba[part], fitted.predict_proba(X[rows]))
        assert target.y[part].tolist() == Y[rows].tolist()
        assert np.array_equal(target.weight[part], weight[rows])


@pytest.mark.parametrize("cv_results", [None, {}, {"estimator": []}, [1]])
def test_what_cross_validate_must_return(cv_results):
    with pytest.raises(ValueError, match="return_estimator=True, return_indices=True"):
        from_splits(cv_results, X, Y, **OPTIONS)


def test_no_probabilities():
    with pytest.raises(AttributeError, match="CalibratedClassifierCV"):
        from_estimator(LinearSVC().fit(X, Y), X, Y, **OPTIONS)


def test_rows_must_correspond():
    X_frame, y = load_iris(return_X_y=True, as_frame=True)
    model = GaussianNB().fit(X_frame, y)
    with pytest.raises(ValueError, match="the same index in another order"):
        from_estimator(model, X_frame, y[::-1], **OPTIONS)


def test_names():
    assert name_of(GaussianNB()) == "GaussianNB"
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    assert name_of(pipeline) == "LogisticRegression"


def test_other_data_than_was_cross_validated():
    results = cross_validate(
        GaussianNB(), X, Y, cv=KFold(3), return_estimator=True, return_indices=True
    )
    twice = np.concatenate([X, X]), np.concatenate([Y, Y])
    with pytest.raises(ValueError, match="3 splits of 150 samples, must be of X and y, which have"):
        from_splits(results, *twice, **OPTIONS)
    with pytest.raises(ValueError, match="cv must give rows of the 100 samples"):
        from_splits(results, X[:100], Y[:100], **OPTIONS)
    fewer = {**results, "estimator": results["estimator"][:2]}
    with pytest.raises(ValueError, match="of 2 estimators and 3 splits"):
        from_splits(fewer, X, Y, **OPTIONS)
    with pytest.raises(ValueError, match="return_indices=True"):
        from_splits({**results, "indices": None}, X, Y, **OPTIONS)


# --- a method is known by the name that it was asked for by ---------------------------------------


class Named(GaussianNB):
    """Probabilities, from methods that have other names than those they are asked for by."""

    def _probabilities(self, X):
        return super().predict_proba(X)

    def _margins(self, X):
        return super().predict_log_proba(X)


class Aliased(Named):
    predict_proba = Named._probabilities
    decision_function = Named._margins


class Crossed(Named):
    """Probabilities, from a function that is also the decision function."""

    def decision_function(self, X):
        return self._probabilities(X)

    predict_proba = decision_function


class ByLambda(Named):
    predict_proba = lambda self, X: self._probabilities(X)  # noqa: E731


class ByPartial(Named):
    @property
    def predict_proba(self):
        return partial(self._probabilities)


class Callable:
    def __init__(self, model):
        self.model = model

    def __call__(self, X):
        return self.model._probabilities(X)


class ByCallable(Named):
    @property
    def predict_proba(self):
        return Callable(self)


def undocumented(method):
    """Decorate without functools.wraps."""

    def inner(self, X):
        return method(self, X)

    return inner


class Decorated(Named):
    predict_proba = undocumented(Named._probabilities)


@pytest.mark.parametrize("kind", [Aliased, Crossed, ByLambda, ByPartial, ByCallable, Decorated])
def test_a_method_keeps_the_name_it_was_asked_for_by(kind):
    model, plain = kind().fit(X, Y), GaussianNB().fit(X, Y)
    assert find_response(model, ["predict_proba", "decision_function"]) == "predict_proba"
    for name, scorer in sx.SCORERS.items():
        assert scorer(model, X, Y) == scorer(plain, X, Y), name
    if kind not in (ByPartial, ByCallable):  # scikit-learn itself wants names here
        run = cross_validate(kind(), X, Y, scoring=dict(sx.SCORERS), cv=3)
        expected = cross_validate(GaussianNB(), X, Y, scoring=dict(sx.SCORERS), cv=3)
        for key in ("test_neg_brier_loss", "test_neg_cross_entropy"):
            assert run[key].tolist() == expected[key].tolist()


@pytest.mark.parametrize("kind", [Crossed, ByPartial])
def test_models_are_compared_by_the_method_that_was_asked_for(kind):
    both = {"a": kind(), "b": GaussianNB()}
    with pytest.warns(sx.DegenerateDifferenceWarning):
        comparison = sx.compare_models(both, X, Y, cv=3, losses="mse")
    assert comparison.differences["difference"].tolist() == [0.0]


def test_an_alias_of_logits_is_taken_as_logits():
    model = Aliased().fit(X, Y)
    scorer = sx.LossScorer("cross_entropy", response_method="decision_function")
    expected = sx.LossScorer("cross_entropy", response_method="predict_log_proba")
    assert scorer(model, X, Y) == expected(GaussianNB().fit(X, Y), X, Y)


def test_a_method_that_is_none_is_not_there():
    model = GaussianNB().fit(BINARY_X, BINARY_Y)
    model.predict_proba = None
    assert find_response(model, ["predict_proba", "predict_log_proba"]) == "predict_log_proba"


def test_the_estimators_own_reason_is_kept():
    with pytest.raises(AttributeError, match="SVC has no predict_proba") as caught:
        find_response(SVC().fit(BINARY_X, BINARY_Y), ["predict_proba"])
    assert isinstance(caught.value.__cause__, AttributeError)
