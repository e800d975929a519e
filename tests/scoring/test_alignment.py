import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, LinearSVC

import sklearn_xent as sx
from tests.support.estimators import Fixed
from tests.support.own_losses import ranked

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]


def test_single_class_in_training():
    model = DummyClassifier().fit(X[:50], NAMES[:50])
    with pytest.raises(ValueError, match=r"one class only, 'setosa'.*pass labels=\[...\]"):
        sx.neg_brier_loss(model, X[:50], NAMES[:50])
    everything = sx.LossScorer("mse", labels=["setosa", "virginica"])
    assert everything(model, X[:50], NAMES[:50]) == 0.0
    with pytest.warns(
        sx.UnseenClassWarning, match=r"'versicolor' \(50 of the samples\), 'virginica'"
    ):
        assert sx.neg_classification_error(model, X, NAMES) == pytest.approx(-2 / 3)


def test_binary_margin_with_an_unseen_class():
    binary = Y < 2
    model = LinearSVC().fit(X[binary], Y[binary])
    scorer = sx.LossScorer("cross_entropy", response_method="decision_function")
    with pytest.warns(sx.UnseenClassWarning, match=r"2 \(50 of the samples\)"):
        score = scorer(model, X, Y)
    seen = sx.cross_entropy(
        Y[binary], model.decision_function(X[binary]), from_logits=True, reduction="sum"
    )
    assert score == pytest.approx(-(seen + 50 * 52 * np.log(2)) / 150)


@pytest.mark.parametrize(
    ("model", "methods", "message"),
    [
        (SVC(), "predict_proba", "Wrap it in CalibratedClassifierCV"),
        (CalibratedClassifierCV(LinearSVC()), "decision_function", "has predict_proba: pass"),
        (LinearRegression(), "predict_proba", "LinearRegression has no predict_proba. It is no cl"),
        (SVC(), ("predict_proba", "predict_log_proba"), "no predict_proba or predict_log_proba"),
    ],
)
def test_estimator_without_the_response(model, methods, message):
    with pytest.raises(AttributeError, match=message):
        sx.LossScorer("mse", response_method=methods)(model.fit(X, Y), X, Y)


def test_classes_may_be_an_array_of_another_library():
    model = Fixed([[0.75, 0.25], [0.25, 0.75]]).fit(X[:2], [3, 5])
    model.classes_ = pa.array([3, 5])
    assert sx.neg_brier_loss(model, X[:2], [3, 5]) == -0.0625


def test_labels_of_another_type_than_those_of_training_are_refused():
    days = pd.to_datetime(["2020", "2021", "2022"])
    for trained, tested in ((days[Y], Y), (Y, days[Y]), (Y, NAMES), (NAMES, Y)):
        model = GaussianNB().fit(X, trained)
        with pytest.raises(ValueError, match="none of the labels in y_true"):
            sx.neg_brier_loss(model, X, tested)


def test_several_outputs_are_refused():
    model = KNeighborsClassifier().fit(X, np.column_stack([Y, Y]))
    with pytest.raises(ValueError, match="KNeighborsClassifier has several outputs"):
        sx.neg_brier_loss(model, X, Y)


def test_estimator_without_classes():
    model = Fixed(np.full((1, 2), 0.5), [0, 1])
    with pytest.raises(AttributeError, match="Fixed has no classes_"):
        sx.neg_brier_loss(model, X[:1], [0])


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (np.full((2, 3), 1 / 3), "columns for 3 classes, but classes_ has 2"),
        (np.full((2, 2), 0.4), "do not sum to 1"),
        (np.full((3, 2), 0.5), "as many rows"),
        ([np.full((2, 2), 0.5)] * 2, "multilabel or multi-output"),
    ],
)
def test_bad_responses(response, message):
    with pytest.raises(ValueError, match=message) as caught:
        sx.neg_brier_loss(Fixed(response, [0, 1]).fit(X, Y), X[:2], [0, 1])
    assert "Fixed.predict_proba(X)" in str(caught.value)


def test_response_as_a_frame_is_matched_by_name():
    response = pd.DataFrame([[0.25, 0.75]], columns=["b", "a"])
    model = Fixed(response, ["a", "b"]).fit(X, Y)
    assert sx.neg_brier_loss(model, X[:1], ["a"]) == -0.0625


def test_response_with_an_unseen_class_keeps_names_and_tolerance():
    response = pd.DataFrame([[0.25, 0.75]] * 3, columns=["b", "a"])
    model = Fixed(response, ["a", "b"]).fit(X, Y)
    with pytest.warns(sx.UnseenClassWarning, match=r"'c' \(1 of the samples\)"):
        score = sx.neg_brier_loss(model, X[:3], ["a", "b", "c"])
    assert score == pytest.approx(-(0.125 + 1.125 + 1.625) / 3)
    half = np.array([[0.7, 0.31]] * 3, dtype=np.float16)
    with pytest.warns(sx.UnseenClassWarning):
        assert sx.neg_brier_loss(Fixed(half, ["a", "b"]).fit(X, Y), X[:3], ["a", "b", "c"]) < 0
    shuffled = response.set_axis([2, 0, 1])
    y = pd.Series(["a", "b", "c"])
    with pytest.raises(ValueError, match="the same index in another order"):
        sx.neg_brier_loss(Fixed(shuffled, ["a", "b"]).fit(X, Y), X[:3], y)


def test_unseen_middle_class_takes_its_place_in_the_order():
    model = Fixed(np.array([[0.5, 0.5]]), [0, 2]).fit(X, Y)
    for options in ({"labels": [0, 1, 2]}, {}):
        with pytest.warns(sx.UnseenClassWarning):
            assert sx.LossScorer(ranked, **options)(model, X[:1], [1]) == -0.5


def test_labels_of_another_type_are_no_unseen_classes():
    model = GaussianNB().fit(X, Y.astype(str))
    with pytest.raises(ValueError, match="none of the labels in y_true"):
        sx.neg_brier_loss(model, X, Y)


@pytest.mark.parametrize(
    "wrap", [lambda m: m, make_pipeline, lambda m: GridSearchCV(make_pipeline(m), {})]
)
def test_pairwise_margins_are_refused(wrap):
    model = wrap(SVC(decision_function_shape="ovo")).fit(X, Y)
    scorer = sx.LossScorer("mse", response_method="decision_function")
    with pytest.raises(ValueError, match="decision_function_shape='ovr'"):
        scorer(model, X, Y)
    binary = wrap(SVC(decision_function_shape="ovo")).fit(X[:100], Y[:100])
    assert scorer(binary, X[:100], Y[:100]) > -0.1
