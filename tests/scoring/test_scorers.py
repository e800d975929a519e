import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_score,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

import sklearn_xent as sx
from tests.support.estimators import Counting, Fixed
from tests.support.own_losses import ranked

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
SCORERS = [sx.neg_classification_error, sx.neg_brier_loss, sx.neg_cross_entropy]


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


def test_ordered_losses_get_the_order_of_labels():
    grades = np.array(["low", "mid", "high"])
    y = grades[Y]
    model = GaussianNB().fit(X, y)
    by_number = sx.LossScorer(ranked)(GaussianNB().fit(X, Y), X, Y)
    assert sx.LossScorer(ranked, labels=grades)(model, X, y) == pytest.approx(by_number)
    with pytest.raises(ValueError, match=r"ranked_probability depends on the order of the classes"):
        sx.LossScorer(ranked)(model, X, y)


def test_class_weight_names_classes_that_a_fold_may_lack():
    model = Fixed(np.array([[0.75, 0.25]]), [0, 1]).fit(X, Y)
    weights = {0: 1, 1: 2, 7: 3}
    known = sx.LossScorer("mse", class_weight=weights, labels=[0, 1, 7])
    assert known(model, X[:1], [0]) == -0.125
    with pytest.raises(ValueError, match=r"names 7, not among.*list all as labels="):
        sx.LossScorer("mse", class_weight=weights)(model, X[:1], [0])
    weights[0] = -5.0  # a copy was taken
    assert known(model, X[:1], [0]) == -0.125


def test_class_weight_of_no_class_at_all_is_an_error():
    model = GaussianNB().fit(X, Y)
    with pytest.raises(ValueError, match="class_weight names 'a', not among the classes"):
        sx.LossScorer("mse", class_weight={"a": 1})(model, X, Y)


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
    with pytest.raises(ValueError, match="unknown scorer 'mse'; known: neg_brier, neg_brier_loss"):
        sx.get_scorer("mse")


def test_get_scorer_copies_one_that_was_configured():
    own = sx.LossScorer("xent", eps=0.01)
    copied = sx.get_scorer(own)
    assert copied is not own
    assert repr(copied) == repr(own)
    with config_context(enable_metadata_routing=True):
        copied.set_score_request(sample_weight=True)
        assert copied._metadata_request.score.requests == {"sample_weight": True}
        assert own.get_metadata_routing().score.requests.get("sample_weight") is None


def test_arguments_are_checked_when_a_scorer_is_made():
    with pytest.raises(ValueError, match="response_method must be among predict_proba"):
        sx.LossScorer("mse", response_method="predict")
    with pytest.raises(
        TypeError, match=r"brier_loss takes no option 'eps'.*also takes response_method"
    ):
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


PRIOR = {"setosa": 0.5, "versicolor": 0.3, "virginica": 0.2}


@pytest.mark.parametrize("name", ["classification_error", "brier_loss", "cross_entropy"])
def test_skill_is_the_skill_of_what_the_prior_loses(name):
    model = GaussianNB().fit(X, NAMES)
    loss, p = sx.get_loss(name), np.array(list(PRIOR.values()))
    reference = p @ loss.per_sample([0, 1, 2], np.tile(p, (3, 1)))
    score = sx.LossScorer(name, skill=True, prior=PRIOR)(model, X, NAMES)
    own = sx.mean_loss(name, NAMES, model.predict_proba(X), labels=list(PRIOR))
    assert score == pytest.approx(1 - own / reference)


def test_skill_of_a_fold_with_one_class_is_a_number():
    model = GaussianNB().fit(X, NAMES)
    for name in ("error", "mse", "log_loss"):
        score = sx.LossScorer(name, skill=True, prior=PRIOR)(model, X[:5], NAMES[:5])
        assert 0.99 < score <= 1.0


def test_skill_with_class_weights_weighs_the_prior_too():
    model = DummyClassifier(strategy="uniform").fit(X, NAMES)
    scorer = sx.LossScorer("mse", skill=True, prior=PRIOR, class_weight="balanced")
    assert scorer(model, X, NAMES) == pytest.approx(0.0)


def test_balanced_by_the_prior_is_the_same_for_every_fold():
    model = GaussianNB().fit(X, NAMES)
    each = sx.brier_loss(NAMES, model.predict_proba(X), reduction="none")
    scorer = sx.LossScorer("mse", class_weight="balanced", prior=PRIOR)
    for rows in (slice(40, 120), slice(0, 60)):
        weight = 1 / np.array([PRIOR[label] for label in NAMES[rows]])
        expected = np.average(each[rows], weights=weight)
        assert scorer(model, X[rows], NAMES[rows]) == pytest.approx(-expected)


@pytest.mark.parametrize(
    "given",
    [
        {"prior": PRIOR},
        {"prior": pd.Series(PRIOR)},
        {"prior": [0.2, 0.5, 0.3], "labels": ["virginica", "setosa", "versicolor"]},
    ],
)
def test_prior_in_any_form(given):
    model = GaussianNB().fit(X, NAMES)
    scorer = sx.LossScorer("mse", skill=True, **given)
    again = pickle.loads(pickle.dumps(scorer))
    expected = sx.LossScorer("mse", skill=True, prior=PRIOR)(model, X, NAMES)
    assert scorer(model, X, NAMES) == again(model, X, NAMES) == pytest.approx(expected)
    assert scorer.__name__ == "brier_loss_skill"


def test_prior_names_the_classes_that_a_fold_lacks():
    model = Fixed(np.array([[0.75, 0.25]]), ["setosa", "versicolor"]).fit(X, Y)
    assert sx.LossScorer("mse", prior=PRIOR)(model, X[:1], ["setosa"]) == -0.125
    with pytest.raises(ValueError, match="must hold all classes of the estimator"):
        sx.LossScorer("mse", prior={"a": 0.5, "b": 0.5})(model, X[:1], ["setosa"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"skill": True}, r"skill=True needs prior=.*value_counts\(normalize=True\)"),
        ({"skill": 1, "prior": PRIOR}, "skill must be True or False"),
        ({"prior": [0.5, 0.5]}, "prior must be a dict .* or pass labels="),
        ({"prior": {0: 0.5, 1: 0.4}}, "prior must hold probabilities that sum to 1"),
        ({"prior": {0: 1.0, 1: 0.0}, "class_weight": "balanced"}, "prior must be positive"),
        ({"prior": {0: 1.0, 1: 0.0}, "skill": True}, "needs a finite loss to avoid"),
        ({"prior": {0: 0.5, 1: 0.5}, "labels": [0, 2]}, r"classes \[0, 2\]; got \[0, 1\]"),
        ({"from_logits": "yes"}, 'from_logits must be "auto", True or False'),
        ({"from_logits": False, "response_method": "decision_function"}, "contradicts response"),
        ({"class_weight": {0: 1, "1": 2}, "labels": [0, 1]}, "class_weight names '1'"),
        ({"prior": {0: 1.0}}, r"at least two classes; got \[0\] as prior"),
        ({"labels": []}, "at least two classes"),
        ({"prior": pd.Series([0.9, 0.1, 0.1], index=["a", "a", "b"])}, "'a' more than once"),
        ({"prior": pd.Series([0.9, 0.1]), "labels": [1, 0]}, "could be the labels or positions"),
        ({"response_method": np.array(["predict_proba"])}, "response_method must be among"),
    ],
)
def test_bad_options_are_refused_at_once(options, message):
    with pytest.raises(ValueError, match=message):
        sx.LossScorer("brier_loss", **options)


def test_raw_scores_of_predict_proba_are_logits_if_you_say_so():
    margins = np.array([[2.0, -1.0], [0.5, 3.0]])
    model = Fixed(margins, [0, 1]).fit(X, Y)
    with pytest.raises(ValueError, match="from_logits=True"):
        sx.neg_cross_entropy(model, X[:2], [0, 1])
    score = sx.LossScorer("xent", from_logits=True)(model, X[:2], [0, 1])
    assert score == pytest.approx(-sx.cross_entropy([0, 1], margins, from_logits=True))


def test_representation_shows_what_was_given():
    scorer = sx.LossScorer("mse", prior={"b": 0.5, "a": 0.5}, skill=True, from_logits=False)
    shown = "LossScorer('brier_loss', prior={'a': 0.5, 'b': 0.5}, skill=True, from_logits=False)"
    assert repr(scorer) == shown


def test_underflowing_probabilities_differ_from_log_probabilities_as_documented():
    """The floor charges -log(eps) for each probability below it, log-probabilities all of it."""
    far = np.r_[X[:100], [[40.0, 40.0, 40.0, 40.0]] * 3]
    y = np.r_[Y[:100], [0, 1, 0]]
    model = GaussianNB().fit(X, Y)
    log_proba = model.predict_log_proba(far)[np.arange(103), y]
    below = log_proba < np.log(2.0**-52)
    assert below.sum() == 3
    with pytest.warns(sx.ZeroProbabilityWarning, match=f"{below.sum()} of 103 samples"):
        floored = sx.neg_cross_entropy(model, far, y)
    exact = sx.LossScorer("xent", response_method="predict_log_proba")(model, far, y)
    charged_less = np.sum(-log_proba[below] - 52 * np.log(2.0)) / 103
    assert floored - exact == pytest.approx(charged_less, rel=1e-12)
    assert exact == pytest.approx(log_proba.mean(), rel=1e-12)


def test_shared_scorers_cannot_be_poisoned():
    with config_context(enable_metadata_routing=True):
        before = sx.neg_brier_loss.get_metadata_routing()
        configured = sx.neg_brier_loss.set_score_request(sample_weight=True)
        assert configured is not sx.neg_brier_loss
        assert configured._metadata_request.score.requests == {"sample_weight": True}
        assert str(sx.neg_brier_loss.get_metadata_routing()) == str(before)
        assert "sample_weight': True" not in str(
            sx.SCORERS["neg_brier_loss"].get_metadata_routing()
        )
        own = sx.get_scorer(sx.neg_brier_loss)
        assert own.set_score_request(sample_weight=True) is own
    assert repr(configured) == repr(own) == repr(sx.neg_brier_loss)


def test_a_model_without_probabilities_costs_only_its_own_cells():
    scoring = {"accuracy": "accuracy", **sx.SCORERS}
    with pytest.warns(UserWarning, match="Scoring failed"):
        results = cross_validate(SVC(), X, Y, cv=3, scoring=scoring)
    assert (results["test_accuracy"] > 0.9).all()
    assert all(np.isnan(results[f"test_{name}"]).all() for name in sx.SCORERS)


def test_series_by_label_or_by_position():
    by_label = pd.Series({0: 0.5, 1: 0.3, 2: 0.2})  # whose index merely counts
    by_position = pd.Series([0.5, 0.3, 0.2])
    assert "prior={0: 0.5, 1: 0.3, 2: 0.2}" in repr(sx.LossScorer("mse", prior=by_label))
    scorer = sx.LossScorer("mse", prior=by_position, labels=["c", "b", "a"])
    assert "prior={'c': 0.5, 'b': 0.3, 'a': 0.2}" in repr(scorer)


def test_labels_are_no_probabilities_to_a_threshold_tuner():
    for scorer in (sx.neg_brier_loss, sx.neg_cross_entropy):
        with pytest.raises(ValueError, match=r"got predicted labels.*neg_classification_error"):
            TunedThresholdClassifierCV(GaussianNB(), scoring=scorer).fit(X, Y == 1)


def test_the_loss_of_a_scorer_is_fixed():
    with pytest.raises(AttributeError):
        sx.neg_brier_loss.loss = sx.get_loss("xent")


def test_skill_needs_a_finite_best():
    boundless = sx.Loss(
        name="boundless", title="Boundless", range=(-np.inf, np.inf),
        function=lambda y, p: -np.log(p[np.arange(len(y)), y]) - 5,
    )  # fmt: skip
    with pytest.raises(ValueError, match="a loss whose least value is finite"):
        sx.LossScorer(boundless, skill=True, prior=PRIOR)
    with pytest.warns(sx.UndefinedSkillWarning):
        assert np.isnan(sx.skill_score(boundless, [0, 1], [0.2, 0.7]))
