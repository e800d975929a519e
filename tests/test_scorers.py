import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from own_loss import ranked
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC

import sklearn_xent as sx

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
SCORERS = [sx.neg_classification_error, sx.neg_brier_loss, sx.neg_cross_entropy]


class Fixed(ClassifierMixin, BaseEstimator):
    """Returns the response it was made with."""

    def __init__(self, response=None, classes=None):
        self.response = response
        self.classes = classes

    def fit(self, X, y):
        self.classes_ = np.unique(y) if self.classes is None else np.asarray(self.classes)
        return self

    def predict_proba(self, X):
        return self.response


class Counting(GaussianNB):
    calls = 0

    def predict_proba(self, X):
        Counting.calls += 1
        return super().predict_proba(X)


@pytest.mark.parametrize("scorer", SCORERS)
@pytest.mark.parametrize("y", [Y, NAMES], ids=["ints", "strings"])
def test_score_is_minus_the_metric(scorer, y):
    model = GaussianNB().fit(X, y)
    expected = sx.mean_loss(scorer.loss, y, model.predict_proba(X), labels=model.classes_)
    assert scorer(model, X, y) == pytest.approx(-expected)
    assert type(scorer(model, X, y)) is float
    weight = np.random.default_rng(0).random(len(y))
    expected = sx.mean_loss(
        scorer.loss, y, model.predict_proba(X), labels=model.classes_, sample_weight=weight
    )
    assert scorer(model, X, y, sample_weight=weight) == pytest.approx(-expected)


def test_agrees_with_scikit_learn_where_all_is_well():
    folds = StratifiedKFold(5)
    ours = cross_val_score(GaussianNB(), X, Y, cv=folds, scoring=sx.LossScorer("xent", eps=1e-300))
    theirs = cross_val_score(GaussianNB(), X, Y, cv=folds, scoring="neg_log_loss")
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@pytest.mark.parametrize("scorer", SCORERS)
def test_class_missing_from_training_is_charged(scorer):
    """Unshuffled iris: each training part lacks the class that its test part holds."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scores = cross_val_score(
            LogisticRegression(max_iter=1000), X, Y, cv=KFold(3), scoring=scorer
        )
    assert [w.category for w in caught] == [sx.UnseenClassWarning] * 3
    told = [str(w.message).split(". ")[0] for w in caught]
    rule = "the estimator was not trained on 1 of the classes tested: {} (50 of the samples)"
    assert told == [rule.format(label) for label in (0, 1, 2)]
    worst = {"neg_cross_entropy": -36.04, "neg_brier_loss": -1.5}
    assert np.isfinite(scores).all()
    assert (scores <= worst.get(scorer.__name__, -1.0)).all()


def test_class_missing_from_the_test_fold_changes_nothing():
    model = GaussianNB().fit(X, Y)
    few = Y < 2
    expected = log_loss(Y[few], model.predict_proba(X[few]), labels=[0, 1, 2])
    assert sx.neg_cross_entropy(model, X[few], Y[few]) == pytest.approx(-expected)
    assert sx.neg_cross_entropy(model, X[:1], Y[:1]) > -0.1


def test_rare_class_in_ten_folds_gives_a_finite_score_to_each_candidate():
    keep = np.r_[0:50, 50:100, 100:103]
    search = GridSearchCV(
        KNeighborsClassifier(),
        {"n_neighbors": [5, 10, 20]},
        scoring=sx.neg_cross_entropy,
        cv=StratifiedKFold(10, shuffle=True, random_state=0),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scikit-learn: fewer members than folds
        search.fit(X[keep], NAMES[keep])
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    assert len(set(scores)) == len(scores)


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


def test_labels_keep_the_scale_of_a_fold_that_lacks_a_class():
    model = Fixed(np.array([[0.75, 0.25]]), [0, 1]).fit(X, Y)
    assert sx.neg_brier_loss(model, X[:1], [0]) == -0.0625
    assert sx.LossScorer("mse", labels=[0, 1, 2])(model, X[:1], [0]) == -0.125
    with pytest.raises(ValueError, match="must hold all classes of the estimator"):
        sx.LossScorer("mse", labels=[0, 2])(model, X[:1], [0])


def test_class_weight():
    model = GaussianNB().fit(X, Y)
    each = sx.brier_loss(Y, model.predict_proba(X), reduction="none")
    got = sx.LossScorer("mse", class_weight={0: 3.0})(model, X, Y)
    assert got == pytest.approx(-np.average(each, weights=np.where(Y == 0, 3.0, 1.0)))


@pytest.mark.parametrize(
    ("method", "estimator"),
    [
        ("predict_log_proba", GaussianNB()),
        ("decision_function", LogisticRegression(max_iter=1000)),
        (("decision_function", "predict_log_proba"), GaussianNB()),
    ],
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_other_responses_are_logits(method, estimator, n_classes):
    keep = n_classes > Y
    model = clone(estimator).fit(X[keep], Y[keep])
    got = sx.LossScorer("cross_entropy", response_method=method)(model, X[keep], Y[keep])
    direct = sx.LossScorer("cross_entropy", eps=1e-300)(model, X[keep], Y[keep])
    assert got == pytest.approx(direct, rel=1e-6, abs=1e-15)


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


def test_estimator_without_probabilities():
    with pytest.raises(AttributeError, match=r"SVC has no 'predict_proba'.*CalibratedClassifierCV"):
        sx.neg_brier_loss(SVC().fit(X, Y), X, Y)


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


def test_ordered_losses_get_the_order_of_labels():
    grades = np.array(["low", "mid", "high"])
    y = grades[Y]
    model = GaussianNB().fit(X, y)
    by_number = sx.LossScorer(ranked)(GaussianNB().fit(X, Y), X, Y)
    assert sx.LossScorer(ranked, labels=grades)(model, X, y) == pytest.approx(by_number)
    with pytest.raises(ValueError, match=r"ranked_probability depends on the order of the classes"):
        sx.LossScorer(ranked)(model, X, y)


def test_unseen_middle_class_takes_its_place_in_the_order():
    model = Fixed(np.array([[0.5, 0.5]]), [0, 2]).fit(X, Y)
    for options in ({"labels": [0, 1, 2]}, {}):
        with pytest.warns(sx.UnseenClassWarning):
            assert sx.LossScorer(ranked, **options)(model, X[:1], [1]) == -0.5


def test_labels_of_another_type_are_no_unseen_classes():
    model = GaussianNB().fit(X, Y.astype(str))
    with pytest.raises(ValueError, match="none of the labels in y_true"):
        sx.neg_brier_loss(model, X, Y)


def test_class_weight_may_name_more_classes_than_a_fold_holds():
    model = Fixed(np.array([[0.75, 0.25]]), [0, 1]).fit(X, Y)
    assert sx.LossScorer("mse", class_weight={0: 1, 1: 2, 7: 3})(model, X[:1], [0]) == -0.0625


def test_class_weight_of_no_class_at_all_is_an_error():
    model = GaussianNB().fit(X, Y)
    with pytest.raises(ValueError, match="class_weight names 'a', not among the classes"):
        sx.LossScorer("mse", class_weight={"a": 1})(model, X, Y)


def test_pairwise_margins_are_refused():
    model = SVC(decision_function_shape="ovo").fit(X, Y)
    with pytest.raises(ValueError, match="decision_function_shape='ovr'"):
        sx.LossScorer("mse", response_method="decision_function")(model, X, Y)


def test_multi_metric_scoring_predicts_once_a_fold():
    Counting.calls = 0
    results = cross_validate(Counting(), X, Y, cv=StratifiedKFold(4), scoring=sx.SCORERS)
    assert Counting.calls == 4
    for name, scorer in sx.SCORERS.items():
        alone = cross_val_score(GaussianNB(), X, Y, cv=StratifiedKFold(4), scoring=scorer)
        np.testing.assert_allclose(results[f"test_{name}"], alone, rtol=1e-12)


def test_other_libraries_do_not_poison_the_cache():
    binary = Y < 2
    scoring = {"theirs": "neg_log_loss", "ours": sx.neg_cross_entropy, "also": "roc_auc"}
    together = cross_validate(GaussianNB(), X[binary], Y[binary], scoring=scoring)
    alone = cross_val_score(GaussianNB(), X[binary], Y[binary], scoring=sx.neg_cross_entropy)
    np.testing.assert_array_equal(together["test_ours"], alone)


@pytest.mark.parametrize("scorer", [*SCORERS, sx.LossScorer("xent", eps=0, labels=[1, 2])])
def test_scorers_survive_pickle_copy_and_clone(scorer):
    for again in (pickle.loads(pickle.dumps(scorer)), copy.deepcopy(scorer)):
        assert repr(again) == repr(scorer)
        assert (again.loss, again._kwargs) == (scorer.loss, scorer._kwargs)
    search = clone(GridSearchCV(GaussianNB(), {}, scoring=scorer))
    assert repr(search.scoring) == repr(scorer)


def test_names_and_representation():
    assert [scorer.__name__ for scorer in SCORERS] == list(sx.SCORERS)
    assert repr(sx.neg_brier_loss) == "LossScorer('brier_loss')"
    shown = repr(sx.LossScorer("xent", response_method="decision_function", eps=0))
    assert shown == "LossScorer('cross_entropy', response_method='decision_function', eps=0)"
    configured = sx.LossScorer(sx.get_loss("cross_entropy", eps=0))
    assert repr(configured) == "LossScorer(<Loss cross_entropy, eps=0>)"


def test_get_scorer():
    assert sx.get_scorer("neg_mse").loss is sx.get_loss("mse")
    assert sx.get_scorer("neg_log_loss") is not sx.neg_cross_entropy
    assert repr(sx.get_scorer(sx.neg_brier_loss)) == repr(sx.neg_brier_loss)
    with pytest.raises(ValueError, match="unknown scorer 'mse'; known: neg_brier_loss"):
        sx.get_scorer("mse")


def test_arguments_are_checked_when_a_scorer_is_made():
    with pytest.raises(ValueError, match="response_method must be among predict_proba"):
        sx.LossScorer("mse", response_method="predict")
    with pytest.raises(TypeError, match=r"brier_loss takes no option 'eps'.*also takes labels"):
        sx.LossScorer("mse", eps=0)
    with pytest.raises(ValueError, match="labels must list the classes"):
        sx.LossScorer("mse", labels={"a", "b"})
    with pytest.raises(ValueError, match="class_weight must be None"):
        sx.LossScorer("mse", class_weight="balancd")


def test_score_func_is_the_metric():
    proba = [[0.75, 0.25], [0.5, 0.5]]
    score_func = sx.neg_brier_loss._score_func
    assert score_func([0, 1], proba) == pytest.approx(sx.brier_loss([0, 1], proba))
    assert score_func.__name__ == "brier_loss"
    scorer = sx.LossScorer("xent", eps=0.3, class_weight={1: 3.0}, labels=[0, 1])
    expected = sx.cross_entropy([0, 1], proba, eps=0.3, class_weight={1: 3.0})
    assert scorer._score_func([0, 1], proba, **scorer._kwargs) == pytest.approx(expected)


def test_unseen_samples_of_weight_zero_hide_no_warning():
    model = Fixed(np.array([[0.0, 1.0], [0.5, 0.5]]), [0, 1]).fit(X, Y)
    with pytest.warns(sx.XentWarning) as caught:
        sx.neg_cross_entropy(model, X[:2], [0, 2], sample_weight=[1.0, 0.0])
    assert {w.category for w in caught} == {sx.UnseenClassWarning, sx.ZeroProbabilityWarning}


def test_own_loss_as_a_scorer():
    linear = sx.Loss(
        name="linear", title="Linear", function=lambda y, p: 1 - p[np.arange(len(y)), y]
    )
    model = GaussianNB().fit(X, Y)
    expected = 1 - model.predict_proba(X)[np.arange(150), Y].mean()
    assert sx.LossScorer(linear)(model, X, Y) == pytest.approx(-expected)
