"""Scores of any scorer beside the losses of compare_models."""

import pickle
from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    make_scorer,
    max_error,
    roc_auc_score,
)
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx
from sklearn_xent.inference.paired_tests import holm
from sklearn_xent.training.fits import Answer, Failure
from sklearn_xent.training.scorers import title_of

# the data are small on purpose
pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn_xent.LeverageWarning", "ignore::sklearn_xent.FittedModelsWarning"
)

X, Y = (part[::3] for part in load_breast_cancer(return_X_y=True))
X = X[:, :6]
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
MODELS = {
    "smooth": GaussianNB(var_smoothing=0.1),
    "bayes": GaussianNB(),
    "blunt": GaussianNB(var_smoothing=1.0),
}
LOSSES = ["classification_error", "brier_loss", "cross_entropy"]


def compared(scoring, models=MODELS, **options):
    options = {"cv": FOLDS, "losses": "mse", **options}
    return sx.compare_models(models, X, Y, scoring=scoring, **options)


def of_loss(frame, name):
    return frame[frame["loss"] == name].reset_index(drop=True)


def scores_of(model, scoring, cv=FOLDS):
    return cross_validate(model, X, Y, cv=cv, scoring=scoring)["test_score"]


def pvalue(d, ratio):
    statistic = d.mean() / (d.std(ddof=1) * np.sqrt(1 / len(d) + ratio))
    return 2 * stats.t.sf(abs(statistic), len(d) - 1)


@pytest.mark.parametrize(
    "cv", [FOLDS, RepeatedStratifiedKFold(n_splits=4, n_repeats=2, random_state=0)]
)
def test_scores_are_those_of_cross_validate_by_the_corrected_test(cv):
    if cv is not FOLDS:
        cv = list(cv.split(X, Y))  # the same for all
    comparison = compared("roc_auc", cv=cv)
    values = {name: scores_of(model, "roc_auc", cv) for name, model in MODELS.items()}
    summary = of_loss(comparison.summary, "roc_auc")
    assert summary["model"].tolist() == list(MODELS)
    means = [x.mean() for x in values.values()]
    assert summary["mean_score"].tolist() == pytest.approx(means, rel=1e-12)
    assert summary["mean_loss"].tolist() == pytest.approx([-x for x in means], rel=1e-12)
    assert summary["rank"].tolist() == stats.rankdata(-np.array(means)).tolist()
    assert set(summary["method"]) == {"corrected t interval (Nadeau-Bengio)"}
    assert set(summary["estimand"]) == {"mean score of models trained on samples of this size"}
    rows = of_loss(comparison.differences, "roc_auc")
    n, k = (5, 4) if cv is FOLDS else (8, 3)
    pvalues = []
    for row in rows.itertuples():
        d = values[row.model_b] - values[row.model_a]  # minus the score is the loss
        assert row.difference == pytest.approx(d.mean(), rel=1e-9)
        pvalues.append(pvalue(d, 1 / k))
        # sizes of folds differ by one sample
        assert row.pvalue == pytest.approx(pvalues[-1], rel=2e-2)
        assert (row.n_splits, row.df) == (n, n - 1)
        assert row.method == "corrected paired t (Nadeau-Bengio)"
    assert rows["pvalue_holm"].tolist() == pytest.approx(holm(rows["pvalue"].tolist()))
    assert len(rows) == 3
    assert rows["n_repeats"].unique().tolist() == [n // (k + 1)]
    by_split = of_loss(comparison.split_losses, "roc_auc")
    assert by_split["mean_loss"].to_numpy() == pytest.approx(-np.concatenate([*values.values()]))
    assert by_split["n_obs"].isna().all()


def test_the_losses_are_what_they_are_without_scores():
    alone, beside = compared(None), compared(["accuracy", "neg_log_loss"])
    for frame in ("summary", "differences"):
        expected, found = getattr(alone, frame), of_loss(getattr(beside, frame), "brier_loss")
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    pd.testing.assert_frame_equal(beside.sample_losses, alone.sample_losses)
    assert alone.summary["n_obs"].dtype == alone.split_losses["n_obs"].dtype == np.int64
    assert alone.summary["mean_score"].isna().all()
    for of in ("per_class", "winner", "decompose"):
        ask = [getattr(x, of) for x in (alone, beside)]
        frames = [x() if callable(x) else x for x in ask]
        pd.testing.assert_frame_equal(*frames)
    assert beside.plot().title == "MSE (Brier)"
    assert len(beside.worst(3)) == 3
    with pytest.raises(ValueError, match="worst needs losses of single samples; accuracy is a"):
        beside.worst(3, loss="accuracy")


FORMS = {
    "a name": ("accuracy", ["accuracy"]),
    "a list": (["accuracy", "neg_log_loss"], ["accuracy", "log_loss"]),
    "a tuple": (("roc_auc", "f1"), ["roc_auc", "f1"]),
    "a set": ({"f1", "accuracy"}, ["accuracy", "f1"]),
    "a dict": ({"a": "accuracy", "neg_b": "neg_log_loss"}, ["a", "b"]),
    "a scorer": (make_scorer(f1_score), ["f1_score"]),
    "one of ours": (sx.neg_cross_entropy, ["cross_entropy"]),
    "the name of ours": ("neg_cross_entropy", ["cross_entropy"]),
    "ours in a list": ([sx.neg_cross_entropy, "accuracy"], ["cross_entropy", "accuracy"]),
    "a loss by make_scorer": (
        {"mine": make_scorer(log_loss, greater_is_better=False, response_method="predict_proba")},
        ["mine"],
    ),
}


@pytest.mark.parametrize(("scoring", "names"), FORMS.values(), ids=FORMS)
def test_every_form_of_scoring(scoring, names):
    comparison = compared(scoring)
    assert comparison.summary["loss"].unique().tolist() == ["brier_loss", *names]
    assert comparison.summary["status"].eq("ok").all()


def positive_share(estimator, X, y):
    return float(estimator.predict(X).mean())


def two_scores(estimator, X, y):
    return {"positives": estimator.predict(X).mean(), "neg_cost": -np.float32(0.5)}


def test_functions_that_return_a_number_or_a_dict():
    one = compared(positive_share)
    assert one.summary["loss"].unique().tolist() == ["brier_loss", "positive_share"]
    unnamed = compared(lambda estimator, X, y: 0.25 + positive_share(estimator, X, y))
    assert unnamed.summary["loss"].unique().tolist() == ["brier_loss", "score"]
    two = of_loss(compared(two_scores).summary, "positives")
    assert (
        two["mean_score"].tolist() == of_loss(one.summary, "positive_share")["mean_score"].tolist()
    )
    cost = of_loss(compared(two_scores).summary, "cost")
    assert cost["mean_loss"].eq(0.5).all()
    assert cost["mean_score"].isna().all()


def test_minus_a_loss_is_shown_as_the_loss():
    comparison = compared("neg_log_loss", losses=LOSSES[:2])
    assert of_loss(comparison.summary, "log_loss")["mean_score"].isna().all()
    lines = str(comparison).splitlines()
    assert any(line.startswith("Log loss") for line in lines)
    assert "higher is better" not in str(comparison)
    ours = compared("neg_cross_entropy")
    assert "\nCross-entropy (nats)" in str(ours)
    # of the splits, not the samples: another method, the same loss
    weighed = of_loss(compared(None, losses="xent").split_losses, "cross_entropy")
    by_split = of_loss(ours.split_losses, "cross_entropy")
    assert by_split["mean_loss"].to_numpy() == pytest.approx(weighed["mean_loss"].to_numpy())


def test_pairs_and_a_baseline():
    planned = compared("roc_auc", pairs=[("blunt", "smooth")])
    rows = of_loss(planned.differences, "roc_auc")
    assert rows[["model_a", "model_b"]].to_numpy().tolist() == [["blunt", "smooth"]]
    assert rows["pvalue"].tolist() == rows["pvalue_holm"].tolist()
    baseline = of_loss(compared("roc_auc", baseline="bayes").differences, "roc_auc")
    assert len(baseline) == 2
    assert set(baseline["method"]) == {"corrected paired t (Nadeau-Bengio)"}
    margin = compared("roc_auc", equivalence_margin={"roc_auc": 0.9})
    assert set(of_loss(margin.differences, "roc_auc")["conclusion"]) == {"equivalent"}
    two = compared("roc_auc").select(["smooth", "blunt"])
    assert of_loss(two.differences, "roc_auc")["n_splits"].tolist() == [5]
    assert of_loss(two.split_losses, "roc_auc")["model"].unique().tolist() == ["smooth", "blunt"]


# --- what fails -------------------------------------------------------------------------------


def picky(estimator, X, y):
    if estimator.var_smoothing == 1e-9:
        raise RuntimeError("not this one")
    return 0.5 + 0.1 * positive_share(estimator, X, y)


def test_a_scorer_that_fails_costs_its_own_rows():
    with pytest.warns(
        sx.FailedModelWarning, match=r"no picky: the scorer of models\['bayes'\] failed"
    ):
        comparison = compared({"picky": picky, "accuracy": "accuracy"})
    summary = comparison.summary.set_index(["loss", "model"])
    assert summary["status"].eq("failed").sum() == 1
    row = summary.loc["picky", "bayes"]
    assert (row["status"], row["method"]) == ("failed", "")
    assert row["reason"] == "RuntimeError in 5 of 5 splits: not this one"
    assert np.isnan(row["mean_loss"])
    assert np.isnan(row["mean_score"])
    rows = of_loss(comparison.differences, "picky")
    assert rows[["model_a", "model_b"]].to_numpy().tolist() == [["smooth", "blunt"]]
    assert len(of_loss(comparison.differences, "accuracy")) == 3
    assert "bayes failed on picky." in " ".join(str(comparison).split())
    assert "Failed: bayes on picky [4]" in str(comparison)
    assert "[4] bayes failed on picky: RuntimeError in 5 of 5 splits: not this one." in str(
        comparison
    )
    for say in (comparison.headlines, comparison.sentences, comparison.to_html, comparison.table):
        assert say() is not None
    with pytest.raises(RuntimeError, match="not this one") as caught:
        compared({"picky": picky}, error_score="raise")
    assert "models['bayes']" in caught.value.__notes__[0]
    assert "The score was 'picky'." in caught.value.__notes__[0]


def test_a_scorer_that_fails_for_all_models():
    with pytest.warns(sx.FailedModelWarning, match="no auc: the scorer of models"):
        comparison = compared({"auc": make_scorer(roc_auc_score, multi_class="no")})
    assert of_loss(comparison.summary, "auc")["status"].eq("failed").all()
    assert of_loss(comparison.differences, "auc").empty
    assert "MSE (Brier)" in str(comparison)
    assert comparison.to_html()


def test_a_model_that_fails_has_no_scores():
    class Refusing(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            raise RuntimeError("no")

    with pytest.warns(sx.FailedModelWarning, match="no losses") as caught:
        comparison = compared("accuracy", {**MODELS, "bad": Refusing()})
    assert [w.category for w in caught].count(sx.FailedModelWarning) == 1
    assert comparison.summary.query("model == 'bad'")["reason"].nunique() == 1
    assert np.isfinite(comparison.summary.query("model != 'bad'")["mean_loss"]).all()
    assert comparison.fits.query("model == 'bad'")["fit_time"].isna().all()


BAD_SCORES = {
    "nan": (lambda e, X, y: np.nan, "the score is nan"),
    "infinite": (lambda e, X, y: -np.inf, "the score is -inf"),
    "an array": (lambda e, X, y: np.ones(2), "a scorer must return one number"),
    "text": (lambda e, X, y: "good", "a scorer must return one number"),
    "a bool": (lambda e, X, y: True, "a scorer must return one number"),
    "none": (lambda e, X, y: None, "a scorer must return one number"),
}


@pytest.mark.parametrize(("scorer", "reason"), BAD_SCORES.values(), ids=BAD_SCORES)
def test_a_score_that_is_no_number(scorer, reason):
    with pytest.warns(sx.FailedModelWarning):
        comparison = compared({"bad": scorer}, {"bayes": GaussianNB()})
    assert reason in of_loss(comparison.summary, "bad")["reason"][0]


def test_odd_answers_of_functions():
    with pytest.warns(sx.FailedModelWarning, match="named as minus a loss, but is 1"):
        wrong = compared({"neg_x": lambda e, X, y: 1.0})
    assert of_loss(wrong.summary, "x")["status"].eq("failed").all()
    with pytest.warns(sx.FailedModelWarning, match="a scorer must return one number"):
        compared({"two": two_scores})

    def sometimes(estimator, X, y):
        return {"a": 0.5} | ({} if estimator.var_smoothing == 1e-9 else {"b": 0.5})

    with pytest.warns(sx.FailedModelWarning, match="returned no such score in 5 of 5 splits"):
        found = of_loss(compared(sometimes).summary, "b")
    assert found["status"].tolist() == ["ok", "failed", "ok"]


REFUSED = {
    "unknown": ("rocauc", "scoring must name scorers of scikit-learn; got 'rocauc'"),
    "a number": (3, "scoring must be the name of a scorer"),
    "an empty list": ([], "got none. Leave it out"),
    "an empty dict": ({}, "got none. Leave it out"),
    "twice": (["f1", "f1"], "must name each score once; got 'f1' several times"),
    "a function in a list": ([positive_share], "Pass a dict to name your own"),
    "no name": ({"": "f1"}, "names of scores must be plain text"),
    "a name that is none": ({1: "f1"}, "names of scores must be plain text; got 1"),
    "a metric": (accuracy_score, "scoring got the metric accuracy_score itself"),
    "our metric": (sx.brier_loss, "scoring got the metric brier_loss itself"),
    "a class": ({"a": GaussianNB}, "a scorer must be a name or a callable"),
    "none in a dict": ({"a": None}, "a scorer must be a name or a callable"),
    "a loss of that name": ("neg_brier_loss", "a loss of this name is compared already"),
    "a key of that name": ({"brier_loss": "f1"}, "a loss of this name is compared already"),
    "two of one name": ({"x": "f1", "neg_x": "neg_log_loss"}, "two scores are both named 'x'"),
    "turned": (
        {"auc": make_scorer(roc_auc_score, greater_is_better=False)},
        "roc_auc_score with greater_is_better=False, .* the worst model would look best",
    ),
    "not turned": (make_scorer(log_loss, response_method="predict_proba"), "is log_loss itself"),
}  # fmt: skip


@pytest.mark.parametrize(("scoring", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(scoring, message):
    class Fitted(GaussianNB):
        def fit(self, *args):
            raise AssertionError("fitted before the arguments were checked")

    with pytest.raises(ValueError, match=message):
        compared(scoring, {"a": Fitted()}, error_score="raise")


def test_a_dict_that_a_function_returns_may_not_have_the_name_of_a_loss():
    with pytest.raises(ValueError, match="a loss of this name is compared already"):
        compared(lambda e, X, y: {"brier_loss": 0.5})


# --- weights, groups, times -------------------------------------------------------------------


def test_weights_are_those_of_the_losses():
    weight = np.where(Y == 1, 2.0, 1.0)
    weighted = of_loss(compared("accuracy", sample_weight=weight).summary, "accuracy")
    by_class = of_loss(compared("accuracy", class_weight={1: 2.0}).summary, "accuracy")
    assert by_class["mean_loss"].tolist() == weighted["mean_loss"].tolist()
    found = []
    for train, test in FOLDS.split(X, Y):
        p = GaussianNB().fit(X[train], Y[train]).predict(X[test])
        found.append(accuracy_score(Y[test], p, sample_weight=weight[test]))
    assert weighted["mean_score"][1] == pytest.approx(np.mean(found))
    balanced = of_loss(compared("accuracy", class_weight="balanced").summary, "accuracy")
    shares = np.bincount(Y) / len(Y)
    found = []
    for train, test in FOLDS.split(X, Y):
        p = GaussianNB().fit(X[train], Y[train]).predict(X[test])
        found.append(accuracy_score(Y[test], p, sample_weight=1 / shares[Y[test]]))
    assert balanced["mean_score"][1] == pytest.approx(np.mean(found))


@pytest.mark.parametrize(
    "scorer", [positive_share, make_scorer(max_error, greater_is_better=False)]
)
def test_a_scorer_that_takes_no_weights(scorer):
    with pytest.raises(ValueError, match=r"takes no sample_weight, so .* as class_weight asks"):
        compared({"mine": scorer}, class_weight="balanced")
    if scorer is positive_share:
        assert compared({"mine": scorer}).summary["status"].eq("ok").all()

    def any_options(estimator, X, y, **options):
        return float(np.average(estimator.predict(X) == y, weights=options["sample_weight"]))

    named = compared({"mine": any_options}, class_weight="balanced")
    expected = compared("accuracy", class_weight="balanced")
    found = [of_loss(x.summary, n) for x, n in ((named, "mine"), (expected, "accuracy"))]
    assert found[0]["mean_loss"].tolist() == pytest.approx(found[1]["mean_loss"].tolist())


def test_groups_and_times():
    groups = np.arange(len(Y)) // 4
    found = compared("accuracy", groups=groups, cv=GroupKFold(5))
    assert of_loss(found.differences, "accuracy")["n_splits"].eq(5).all()
    in_time = compared("accuracy", times=np.arange(len(Y)), cv=None)
    # the test over the splits does not allow for dependence between them
    cautions = of_loss(in_time.differences, "accuracy")["caution"]
    assert cautions.str.contains("serial dependence").all()
    assert not of_loss(in_time.differences, "brier_loss")["caution"].str.contains("serial").any()
    assert "Say how rows depend" not in in_time.to_html()


def test_one_split_shows_nothing_of_retrained_models():
    one = compared("accuracy", cv=ShuffleSplit(1, test_size=0.4, random_state=0))
    rows = of_loss(one.differences, "accuracy")
    assert rows["conclusion"].eq("not clear").all()
    assert rows["pvalue"].isna().all()
    assert rows["degenerate"].all()


# --- words ------------------------------------------------------------------------------------


def test_reports_show_the_score_and_say_what_is_better():
    comparison = compared("roc_auc", losses=LOSSES)
    text = str(comparison)
    best = of_loss(comparison.summary, "roc_auc")["mean_score"].max()
    assert f"{best:.3f}"[:4] in text.split("ROC AUC, higher is better")[1]
    assert "Differences of ROC AUC are of minus the score: positive is worse." in text
    assert ", ROC AUC about retrained models" in " ".join(text.split())
    assert "-0.9" not in text.split("ROC AUC, higher is better")[1].split("[1]")[0]
    assert f"has the highest mean, {best:.4g}" in comparison.headlines()[-1]
    page = comparison.to_html()
    assert "those of ROC AUC about the mean score of models trained on samples of this size" in page
    assert "ROC AUC, higher is better" in list(comparison.table())
    assert "mean_score" in comparison.to_markdown()
    assert comparison.plot(loss="roc_auc").ax_[0].get_xlabel() == "mean score (higher is better)"
    repeated = compared(
        "roc_auc", cv=RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    )
    assert "those of" not in repeated.to_html()


def test_titles():
    assert title_of("roc_auc_ovr") == "ROC AUC OvR"
    assert title_of("balanced_accuracy") == "Balanced accuracy"
    assert title_of("f1_macro") == "F1 macro"
    infos = compared({"my score": positive_share, "roc_auc": "roc_auc"})._losses
    assert [info.title for info in infos.values()] == ["MSE (Brier)", "my score", "ROC AUC"]


def test_workers_and_pickles():
    one = compared(two_scores)
    with joblib.parallel_config(backend="threading"):
        two = compared(two_scores, n_jobs=2)
    pd.testing.assert_frame_equal(one.summary, two.summary)
    pd.testing.assert_frame_equal(one.differences, two.differences)
    again = pickle.loads(pickle.dumps(one))
    assert str(again) == str(one)
    failed = Failure.from_error(ValueError("no"), "here")
    answer = pickle.loads(pickle.dumps(Answer(scores={"a": 0.5, "b": failed})))
    assert answer.scores["a"] == 0.5
    assert answer.first_failure.text == "no"


def test_intervals_stay_within_the_range_of_a_score_that_is_known():
    found = of_loss(compared("roc_auc").summary, "roc_auc")
    assert found["conf_low"].min() == -1.0  # else it would be beyond
    ours = of_loss(compared(sx.LossScorer("xent")).summary, "cross_entropy")
    assert ours["conf_low"].min() == 0.0

    def percent(estimator, X, y):
        return 100 * estimator.score(X, y)

    counts = make_scorer(accuracy_score, normalize=False)
    for scorer, scale in ((percent, 100), (counts, len(Y) / 5)):
        found = of_loss(compared({"accuracy": scorer}).summary, "accuracy")
        expected = of_loss(compared({"share": percent}).summary, "share")
        assert (found["conf_low"] / scale).tolist() == pytest.approx(
            (expected["conf_low"] / 100).tolist()
        )
        assert found["conf_low"].lt(-1).all()


def test_margins_of_scores_whose_names_are_aliases_of_losses():
    margins = {"log_loss": 50.0}
    found = compared("neg_log_loss", losses=["mse", "xent"], equivalence_margin=margins)
    for name in ("log_loss", "cross_entropy"):
        assert of_loss(found.differences, name)["pvalue"].notna().all()
    assert set(of_loss(found.differences, "log_loss")["conclusion"]) == {"equivalent"}
    assert "not clear" in set(of_loss(found.differences, "brier_loss")["conclusion"])


def test_scorers_see_the_data_as_it_was():
    """Whatever the estimator, or the scorer before, wrote into it."""
    in_place = make_pipeline(StandardScaler(copy=False), GaussianNB(var_smoothing=0.1))
    models = {"in place": in_place, "bayes": GaussianNB()}
    data = X.copy()

    def wipes(estimator, X, y, sample_weight):
        X[:], y[:], sample_weight[:] = 0.0, 0, 0.0
        return 0.5

    scoring = {"wipes": wipes, "accuracy": "accuracy", "auc": "roc_auc"}
    weight = np.linspace(1.0, 2.0, len(Y))
    found = sx.compare_models(
        models, data, Y, cv=FOLDS, losses="mse", scoring=scoring, sample_weight=weight
    )
    copied = make_pipeline(StandardScaler(), GaussianNB(var_smoothing=0.1))
    clean = {"accuracy": "accuracy", "auc": "roc_auc"}
    expected = compared(clean, {**models, "in place": copied}, sample_weight=weight)
    for name in clean:
        assert (
            of_loss(found.summary, name)["mean_score"].tolist()
            == of_loss(expected.summary, name)["mean_score"].tolist()
        )
    np.testing.assert_array_equal(data, X)


def test_a_masked_score_is_none():
    masked = {"a": lambda estimator, X, y: np.ma.masked, "b": "accuracy"}
    with pytest.warns(sx.FailedModelWarning, match="must return one number; .* is masked"):
        found = compared(masked)
    assert of_loss(found.summary, "a")["status"].eq("failed").all()


def entropy_loss(estimator, X, y):
    return log_loss(y, estimator.predict_proba(X))


@pytest.mark.parametrize(
    ("scoring", "name"),
    [
        (entropy_loss, "entropy_loss"),
        ({"nll": entropy_loss}, "nll"),
        (lambda estimator, X, y: {"error rate": 1 - estimator.score(X, y)}, "error rate"),
        ({"latency": make_scorer(lambda y, p: 0.25)}, "latency"),
    ],
)
def test_a_loss_whose_sign_was_not_turned_is_no_score(scoring, name):
    """By it the worst model would look best."""
    with pytest.warns(sx.FailedModelWarning, match=f"{name} is named as a loss, but of a"):
        found = compared(scoring)
    assert of_loss(found.summary, name)["status"].eq("failed").all()


def test_a_loss_whose_sign_was_turned_is_one_under_any_name():
    turned = {"loss": lambda *of: -entropy_loss(*of)}
    ranks = [of_loss(compared(x).summary, n)["rank"].tolist()
             for x, n in ((turned, "loss"), ("neg_log_loss", "log_loss"))]  # fmt: skip
    assert ranks[0] == ranks[1]


def test_a_scorer_that_knows_more_classes_has_another_range():
    """The Brier loss of three classes is at most two, also where the data has two of them."""

    class Wrong(GaussianNB):
        def predict_proba(self, X):
            return super().predict_proba(X)[:, ::-1]

    scorer = sx.LossScorer("brier_loss", labels=[0, 1, 2])
    models = {"wrong": Wrong(), "bayes": GaussianNB()}
    found = compared(scorer, models, losses="error").summary
    wrong = of_loss(found, "brier_loss").iloc[0]
    assert 1.0 < wrong["mean_loss"] < wrong["conf_high"] <= 2.0
    search = GridSearchCV(Wrong(), {"var_smoothing": [1e-9, 0.1]}, scoring=scorer, cv=FOLDS)
    candidate = sx.compare_search(search.fit(X, Y)).summary.iloc[0]
    assert candidate["mean_loss"] == pytest.approx(wrong["mean_loss"])
    assert candidate["conf_high"] == pytest.approx(wrong["conf_high"])
    # of two classes it is at most one, also where the search was not refitted and tells none
    scorer = sx.LossScorer("brier_loss", labels=[0, 1])
    search = GridSearchCV(Wrong(), {"var_smoothing": [1e-9]}, scoring=scorer, cv=FOLDS, refit=False)
    search.fit(X, Y).cv_results_["split0_test_score"][:] = -1.5
    with pytest.raises(ValueError, match=r"no model can have a brier_loss of 1\.5"):
        sx.compare_search(search)


def test_a_score_that_failed_for_every_model_is_told():
    def broken(estimator, X, y):
        raise ValueError("no <good>")

    message = r"^no mine: the scorer of models\['a'\] and models\['b'\] failed with ValueError in"
    models = {"a": GaussianNB(), "b": GaussianNB(var_smoothing=0.1)}
    with pytest.warns(sx.FailedModelWarning, match=message):
        found = sx.compare_models(models, X, Y, scoring={"mine": broken}, cv=3)
    told = "mine failed for every model: see the column reason of .summary."
    assert told in " ".join(repr(found).split())
    assert told in found.to_html()
    assert found.summary.set_index("loss").loc["mine", "reason"].str.contains("no <good>").all()
    rows = found.summary[found.summary["loss"] != "mine"]
    assert "mine" not in repr(replace(found, summary=rows))
