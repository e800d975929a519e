"""`compare_scores`: scores of splits, of any scorer, by the corrected t-test."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    LeaveOneGroupOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

import sklearn_xent as sx

RNG = np.random.default_rng(4)
A = 0.8 + 0.02 * RNG.normal(size=10)
B = A - 0.03 + 0.02 * RNG.normal(size=10)
X, Y = load_iris(return_X_y=True)
SAME = pytest.approx


def letters(text):
    """Read scores that are written as letters: a is 1, b is 0.96, c is 0.92, and so on."""
    return 1 - (np.frombuffer(text.encode(), np.uint8) - ord("a")) / 25


def test_a_published_example():
    # scikit-learn, "Statistical comparison of models using grid search": the ROC AUC of two SVMs in
    # 10 x 10 folds of 100 rows (moons); it prints t = 0.750 and p = 0.227, one-sided
    scores = {
        "rbf": letters(
            "chgcaaaababaacecaafafcdcaadcaafbeaaaabcaacacagaaaa"
            "aeaaahcaaaccaafdacbabcecaaadccacbahaaaagbdahcabaae"
        ),
        "linear": letters(
            "begcabbacacbbdfbaafaebeaabedaaeceabaacdabcacagacaa"
            "afbbaibcaaccafedbcbabdfeabacccbacaiaaaagbcagcaccae"
        ),
    }
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    comparison = sx.compare_scores(scores, cv=cv, name="roc_auc")
    row = comparison.differences.iloc[0]
    assert (row["model_a"], row["n_splits"], row["n_repeats"]) == ("rbf", 100, 10)
    assert -row["statistic"] == SAME(0.750, abs=0.0005)
    assert row["pvalue"] / 2 == SAME(0.227, abs=0.0005)
    assert comparison.summary["mean_score"].round(2).tolist() == [0.94, 0.93]


def test_the_formula_of_nadeau_and_bengio():
    row = sx.compare_scores({"a": A, "b": B}, name="x", test_size=0.1).differences.iloc[0]
    d = B - A  # of losses: minus the scores
    std_error = np.sqrt(d.var(ddof=1) * (1 / 10 + 0.1 / 0.9))
    assert row["difference"] == SAME(d.mean(), rel=1e-12)
    assert row["std_error"] == SAME(std_error, rel=1e-12)
    assert row["pvalue"] == SAME(2 * stats.t.sf(abs(d.mean()) / std_error, 9), rel=1e-12)
    low, high = stats.t.interval(0.95, 9, d.mean(), std_error)
    assert (row["conf_low"], row["conf_high"]) == (SAME(low, rel=1e-9), SAME(high, rel=1e-9))


@pytest.fixture(scope="module")
def search():
    """Fit a small search by a loss of this package and two scorers of scikit-learn."""
    scoring = {"brier": sx.neg_brier_loss, "error": "neg_mean_squared_error"}
    grid = {"n_neighbors": [1, 5, 20, 60]}
    cv = StratifiedKFold(5)
    return GridSearchCV(KNeighborsClassifier(), grid, scoring=scoring, refit="brier", cv=cv).fit(
        X, Y
    )


@pytest.mark.parametrize("baseline", [None, "n_neighbors=5"])
@pytest.mark.parametrize("key", ["brier", "error"])
def test_it_agrees_with_compare_search(search, key, baseline):
    whole = sx.compare_search(search, baseline=baseline)
    loss = {"brier": "brier_loss", "error": "mean_squared_error"}[key]
    results = search.cv_results_
    scores = {
        f"n_neighbors={k['n_neighbors']}": [results[f"split{j}_test_{key}"][i] for j in range(5)]
        for i, k in enumerate(results["params"])
    }
    again = sx.compare_scores(scores, cv=search.cv, name=f"neg_{loss}", baseline=baseline)
    for frame in ("differences", "summary"):
        expected = getattr(whole, frame)
        expected = expected[expected["loss"] == loss].reset_index(drop=True)
        pd.testing.assert_frame_equal(getattr(again, frame), expected, check_exact=True)
    assert again.headlines() == [x for x in whole.headlines() if x in again.headlines()]


def test_the_results_of_cross_validate():
    models = {"bayes": GaussianNB(), "frequencies": DummyClassifier()}
    scoring = {"roc": "roc_auc_ovr", "neg_log_loss": "neg_log_loss", "acc": "accuracy"}
    results = {
        name: cross_validate(
            model, X, Y, cv=StratifiedKFold(5), scoring=scoring, return_indices=True
        )
        for name, model in models.items()
    }
    comparison = sx.compare_scores(results)  # the sizes are in the indices
    summary = comparison.summary.set_index(["loss", "model"])
    assert list(dict.fromkeys(comparison.summary["loss"])) == ["roc", "log_loss", "acc"]
    assert summary.loc[("roc", "bayes"), "mean_score"] == SAME(results["bayes"]["test_roc"].mean())
    log_loss = -results["bayes"]["test_neg_log_loss"].mean()
    assert summary.loc[("log_loss", "bayes"), "mean_loss"] == SAME(log_loss)
    assert np.isnan(summary.loc[("log_loss", "bayes"), "mean_score"])
    by_cv = sx.compare_scores(results, cv=5)
    pd.testing.assert_frame_equal(by_cv.differences, comparison.differences)
    one = sx.compare_scores(results, cv=5, name="acc")
    assert one.summary["loss"].unique().tolist() == ["acc"]
    printed = repr(comparison).replace("\n", " ")
    for words in (
        "2 models, 5 splits;",
        "ROC",
        "best mean",
        "higher is better",
        "highest",
        "lowest",
    ):
        assert words in printed
    assert "Means" in comparison.to_html()
    alone = {name: {"test_score": result["test_acc"]} for name, result in results.items()}
    named = sx.compare_scores(alone, cv=5, name="accuracy")
    assert named.summary["loss"].unique().tolist() == ["accuracy"]
    assert sx.compare_scores(alone, cv=5).summary["loss"].unique().tolist() == ["score"]


SIZES = {
    "a share": ({"test_size": 0.2}, 0.25),
    "a share of training": ({"train_size": 0.8}, 0.25),
    "shares": ({"test_size": 0.1, "train_size": 0.5}, 0.2),
    "numbers": ({"test_size": 10, "train_size": 90}, 1 / 9),
    "a number of all": ({"test_size": 10, "n_samples": 100}, 1 / 9),
    "a number of training of all": ({"train_size": 90, "n_samples": 100}, 1 / 9),
    "folds": ({"cv": 10}, 1 / 9),
    "a splitter": ({"cv": KFold(10)}, 1 / 9),
    "one that shuffles alike": ({"cv": KFold(10, shuffle=True, random_state=0)}, 1 / 9),
    "shares of a splitter": ({"cv": ShuffleSplit(10, test_size=0.2, random_state=0)}, 0.25),
    "numbers of a splitter": (
        {"cv": ShuffleSplit(10, test_size=20, random_state=0), "n_samples": 100},
        0.25,
    ),
    "lists": ({"cv": [(np.arange(80), np.arange(80 + i, 100 + i)) for i in range(10)]}, 0.25),
}


@pytest.mark.parametrize("case", SIZES)
def test_sizes(case):
    options, ratio = SIZES[case]
    found = sx.compare_scores({"a": A, "b": B}, name="x", **options).differences["std_error"][0]
    assert found == SAME((A - B).std(ddof=1) * np.sqrt(0.1 + ratio), rel=1e-12)


SIGNS = {
    "a score": ({"name": "roc_auc"}, A, -A, "highest"),
    "an unknown score": ({"name": "profit"}, A, -A, "highest"),
    "minus a loss": ({"name": "neg_log_loss"}, -A, A, "lowest"),
    "minus a loss of one's own": ({"name": "neg_regret"}, -A, A, "lowest"),
    "a loss, as was said": ({"name": "regret", "greater_is_better": False}, A, A, "lowest"),
    "a loss whose sign was turned": ({"name": "hinge_loss"}, -A, A, "lowest"),
    "a loss by name that is a score": (
        {"name": "saved_loss", "greater_is_better": True},
        A,
        -A,
        "highest",
    ),
}


@pytest.mark.parametrize("case", SIGNS)
def test_signs(case):
    options, scores, losses, word = SIGNS[case]
    comparison = sx.compare_scores({"a": scores, "b": scores - 0.1 * B}, test_size=0.1, **options)
    assert comparison.summary["mean_loss"][0] == SAME(losses.mean(), rel=1e-12)
    assert comparison.summary["loss"][0] == options["name"].removeprefix("neg_")
    assert word in comparison.headlines()[0]


def test_planned_pairs_and_a_frame():
    three = pd.DataFrame({"a": A, "b": B, "c": B[::-1]})
    comparison = sx.compare_scores(three, name="f1", cv=10, pairs=[("c", "a")])
    assert comparison.differences[["model_a", "model_b"]].to_numpy().tolist() == [["c", "a"]]
    assert comparison.differences["pvalue"][0] == comparison.differences["pvalue_holm"][0]
    assert "simultaneous" not in comparison.differences["method"][0]
    assert "The planned pair does not differ clearly." in repr(comparison)


def test_a_model_that_failed_costs_its_own_rows():
    failed = np.where(np.arange(10) == 3, np.nan, B)
    comparison = sx.compare_scores({"a": A, "b": B, "c": failed}, name="f1", cv=10)
    assert comparison.summary["status"].tolist() == ["ok", "ok", "failed"]
    assert comparison.summary["reason"][2] == "its score is nan in some split"
    assert len(comparison.differences) == 1


def test_single_samples_are_not_known():
    comparison = sx.compare_scores({"a": A, "b": B}, name="f1", cv=10)
    with pytest.raises(ValueError, match="only the scores of splits were passed"):
        _ = comparison.sample_losses
    assert "only the scores of splits were passed" in comparison.to_html()
    assert comparison.split_losses["mean_loss"].tolist() == [*-A, *-B]


def indices(test):
    """Return what cross_validate keeps of the splits."""
    return {"train": [np.arange(8)] * 10, "test": [np.arange(8, 8 + test)] * 10}


NAMED = {"name": "f1", "cv": 10}
BAD = {
    "no sizes": ({"a": A, "b": B}, {"name": "f1"}, "the sizes of the parts of the splits must be"),
    "no name": ({"a": A, "b": B}, {"cv": 10}, "name must tell what the scores are"),
    "an empty name": ({"a": A}, {"name": "", "cv": 10}, "name must be a string that is not empty"),
    "other numbers of splits": ({"a": A, "b": B[:9]}, NAMED, "'a' has 10 and 'b' has 9"),
    "one split": ({"a": A[:1], "b": B[:1]}, NAMED, "at least two splits"),
    "infinite": ({"a": A, "b": B * np.inf}, NAMED, "scores of 'b' must be finite"),
    "huge": ({"a": A, "b": B * 1e200}, NAMED, "greatest score must lie between 1e-100 and 1e+100"),
    "text": ({"a": A, "b": ["x"] * 10}, NAMED, "scores of 'b' must hold real numbers"),
    "a matrix": ({"a": np.ones((5, 2))}, NAMED, "must be a vector"),
    "nan in every model": ({"a": A * np.nan}, NAMED, "no model has a score in every split"),
    "no dict": (A, NAMED, "scores must be given as a dict"),
    "an empty dict": ({}, NAMED, "with at least one entry"),
    "dicts and arrays": ({"a": A, "b": {"test_f1": B}}, NAMED, "got both, of 'a' and of 'b'"),
    "no test scores": ({"a": {"fit_time": A}}, {"cv": 10}, "must hold the same test_... scores"),
    "other scores": ({"a": {"test_x": A}, "b": {"test_y": B}}, {"cv": 10}, "'b' has ['y']"),
    "a score that is not there": (
        {"a": {"test_x": A, "test_y": A}},
        {"cv": 10, "name": "z"},
        "one of the scores, ['x', 'y']",
    ),
    "another number of folds": ({"a": A, "b": B}, {"name": "f1", "cv": 5}, "makes 5 splits"),
    "splits drawn anew": (
        {"a": A, "b": B},
        {"name": "f1", "cv": KFold(10, shuffle=True)},
        "draws other splits each time",
    ),
    "groups of unknown sizes": (
        {"a": A, "b": B},
        {"name": "f1", "cv": LeaveOneGroupOut()},
        "cannot be known",
    ),
    "cv and sizes": ({"a": A}, {"name": "f1", "cv": 10, "test_size": 0.1}, "leave test_size"),
    "one number": ({"a": A}, {"name": "f1", "test_size": 10}, "train_size is not known"),
    "one number of training": (
        {"a": A},
        {"name": "f1", "train_size": 10},
        "test_size is not known",
    ),
    "a share and a number": (
        {"a": A},
        {"name": "f1", "test_size": 0.1, "train_size": 90},
        "both be numbers of samples, or both shares",
    ),
    "more than all": ({"a": A}, {"name": "f1", "test_size": 0.5, "train_size": 0.6}, "fit into"),
    "more than n_samples": (
        {"a": A},
        {"name": "f1", "test_size": 50, "train_size": 60, "n_samples": 100},
        "50 and 60 of 100",
    ),
    "no rest": ({"a": A}, {"name": "f1", "test_size": 100, "n_samples": 100}, "must be positive"),
    "a negative size": ({"a": A}, {"name": "f1", "test_size": -1}, "test_size must be a positive"),
    "n_samples": ({"a": A}, {"name": "f1", "test_size": 10, "n_samples": 1.5}, "whole number"),
    "splits of their own": (
        {"a": {"test_f1": A, "indices": indices(2)}, "b": {"test_f1": B, "indices": indices(3)}},
        {},
        "'a' and 'b' have different test rows in split 0",
    ),
    "a loss as it is": ({"a": A}, {"name": "log_loss", "cv": 10}, "looks like a loss"),
    "a loss of this package": ({"a": A}, {"name": "brier_loss", "cv": 10}, "looks like a loss"),
    "neg_ and positive": ({"a": A}, {"name": "neg_log_loss", "cv": 10}, "is named as minus a loss"),
    "a score that is no loss": (
        {"a": A},
        {"name": "roc_auc", "cv": 10, "greater_is_better": False},
        "'roc_auc' is the name of a score, of which higher",
    ),
    "greater_is_better": ({"a": A}, {**NAMED, "greater_is_better": 1}, "must be True or False"),
    "unit": ({"a": A}, {**NAMED, "unit": 1}, "unit must be a string"),
    "baseline": ({"a": A}, {**NAMED, "baseline": "c"}, "baseline must be one of ['a']"),
    "pairs": ({"a": A}, {**NAMED, "pairs": [("a", "c")]}, "in which 'c' is unknown"),
    "a margin of another loss": (
        {"a": A},
        {**NAMED, "equivalence_margin": {"mse": 0.1}},
        "are compared, ['f1']",
    ),
    "margin": ({"a": A}, {**NAMED, "equivalence_margin": 0}, "must be a positive number"),
    "tiny": ({"a": A * 1e-170}, NAMED, "greatest score must lie between 1e-100 and 1e+100"),
    "another order of the splits": (
        {"a": pd.Series(A), "b": pd.Series(B)[::-1]},
        NAMED,
        "have the same index in another order",
    ),
    "results in another order": (
        {"a": pd.DataFrame({"test_f1": A}), "b": pd.DataFrame({"test_f1": B})[::-1]},
        {"cv": 10},
        "have the same index in another order",
    ),
    "the results of one model": (
        {"fit_time": A, "score_time": A, "test_score": B},
        NAMED,
        "what cross_validate returned for one model",
    ),
    "two scores of one name": (
        {"a": {"test_neg_cost": -A, "test_cost": -B}},
        {"cv": 10},
        "two scores are both named 'cost'",
    ),
    "two models of one name": (
        pd.DataFrame(np.column_stack([A, B]), columns=["a", "a"]),
        NAMED,
        "several columns of one name",
    ),
    "cv of other sizes": (
        {"a": {"test_f1": A, "indices": indices(8)}},
        {"cv": 10},
        "kept test parts of 1 times the training parts, and by what was passed they are 0.111",
    ),
    "sizes that are others": (
        {"a": {"test_f1": A, "indices": indices(8)}},
        {"test_size": 0.2},
        "by what was passed they are 0.25 times",
    ),
    "splits of one model only": (
        {"a": {"test_f1": A, "indices": indices(2)}, "b": {"test_f1": B}},
        {},
        "the sizes of the parts of the splits must be known",
    ),
    "indices of other splits": (
        {"a": {"test_f1": A[:9], "indices": indices(2)}},
        {},
        "hold 9 scores, but the indices of 10 splits",
    ),
    **{
        f"{name} as it is": ({"a": A}, {"name": name, "cv": 10}, "looks like a loss")
        for name in ("loss", "Error", "rmse", "LogLoss", "brier_score", "error rate", "test-loss")
    },
    **{
        f"{name} as a loss": (
            {"a": A},
            {"name": name, "cv": 10, "greater_is_better": False},
            "is the name of a score, of which higher",
        )
        for name in ("Accuracy", "exact match", "judge_score", "NEG_X", "val_acc")
    },
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case):
    scores, options, message = BAD[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        sx.compare_scores(scores, **options)


@pytest.mark.parametrize(
    "name", ["f1", "d2_log_loss_score", "win rate", "lossless", "errors_found"]
)
def test_other_names_are_of_scores(name):
    assert sx.compare_scores({"a": A, "b": B}, name=name, cv=10).summary["rank"].tolist() == [1, 2]


def test_sizes_that_agree_with_the_splits_but_for_rounding():
    splits = list(KFold(10).split(np.zeros(26)))
    kept = {"train": [train for train, _ in splits], "test": [test for _, test in splits]}
    results = {"a": {"test_f1": A, "indices": kept}, "b": {"test_f1": B, "indices": kept}}
    found = [
        sx.compare_scores(results, **sizes).differences["pvalue"][0]
        for sizes in ({}, {"cv": 10}, {"test_size": 0.1}, {"cv": KFold(10, shuffle=True)})
    ]
    assert found == SAME([found[0]] * 4, rel=0.05)


@pytest.mark.parametrize("name", ["misclassification", "WER", "crps", "edit distance"])
def test_more_names_are_of_losses(name):
    with pytest.raises(ValueError, match="looks like a loss, of which lower is better"):
        sx.compare_scores({"a": A, "b": B}, name=name, cv=10)


def test_listed_splits_that_tell_more_than_there_is():
    scores = {"a": [0.8, 0.7, 0.9], "b": [0.7, 0.7, 0.8]}
    rows = np.arange(12).reshape(3, 4)
    once = [(np.delete(rows, i, axis=0).ravel(), rows[i]) for i in range(3)]
    assert len(sx.compare_scores(scores, name="roc_auc", cv=once).differences) == 1
    with pytest.raises(ValueError, match="splits 1 and 2 are the same"):
        sx.compare_scores(scores, name="roc_auc", cv=[*once[:2], once[1]])
    kept = {"train": [np.arange(12)] * 3, "test": list(rows)}
    results = {name: {"test_score": x, "indices": kept} for name, x in scores.items()}
    with pytest.raises(ValueError, match="must not test samples that it trains on"):
        sx.compare_scores(results, name="roc_auc")
    with pytest.raises(ValueError, match="must not test samples that it trains on"):
        sx.compare_scores(scores, name="roc_auc", cv=list(zip(*kept.values(), strict=True)))
