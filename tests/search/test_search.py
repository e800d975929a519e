import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import model_selection as ms
from sklearn.datasets import load_breast_cancer
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx
from sklearn_xent.inference.paired_tests import holm
from sklearn_xent.search.search import (
    candidate_names,
    last_rung,
    one_score,
    size_ratio,
    split_scores,
)

X, Y = load_breast_cancer(return_X_y=True)
DEPTHS = {"max_depth": [1, 2, 3, 5]}
FOLDS = StratifiedKFold(6, shuffle=True, random_state=0)


def fitted(search=GridSearchCV, scoring=sx.neg_brier_loss, cv=FOLDS, **options):
    tree = DecisionTreeClassifier(min_samples_leaf=5, random_state=0)
    return search(tree, DEPTHS, scoring=scoring, cv=cv, refit=False, **options).fit(X, Y)


def losses_of(search, name="score"):
    n_splits = search.n_splits_
    return -np.column_stack([search.cv_results_[f"split{i}_test_{name}"] for i in range(n_splits)])


def pvalue(d, ratio):
    statistic = d.mean() / (d.std(ddof=1) * np.sqrt(1 / len(d) + ratio))
    return 2 * stats.t.sf(abs(statistic), len(d) - 1)


def test_best_against_the_rest_adjusted_for_all_pairs():
    search = fitted()
    comparison = sx.compare_search(search)
    values = losses_of(search)
    best = values.mean(axis=1).argmin()
    rows = comparison.differences
    names = [f"max_depth={d}" for d in DEPTHS["max_depth"]]
    assert len(rows) == 3
    assert all(names[best] in (row.model_a, row.model_b) for row in rows.itertuples())
    pairs = [(a, b) for a in range(4) for b in range(a + 1, 4)]
    every = {(a, b): pvalue(values[a] - values[b], 1 / 5) for a, b in pairs}
    adjusted = dict(zip(every, holm(list(every.values())), strict=True))
    for row in rows.itertuples():
        pair = (names.index(row.model_a), names.index(row.model_b))
        a, b = values[pair[0]], values[pair[1]]
        assert row.difference == pytest.approx((a - b).mean())
        assert (row.loss_a, row.loss_b) == pytest.approx((a.mean(), b.mean()))
        assert row.pvalue == pytest.approx(every[pair])
        assert row.pvalue_holm == pytest.approx(adjusted[pair])
        assert row.method == "corrected paired t, simultaneous interval"
        # Tukey's table: the studentized range of 4 means with 5 degrees of freedom has 5.22
        half = 5.218 / np.sqrt(2) * row.std_error
        assert row.conf_low == pytest.approx(row.difference - half, abs=1e-3 * half)
        assert row.conf_high == pytest.approx(row.difference + half, abs=1e-3 * half)
        assert (row.n_splits, row.n_repeats, row.df) == (6, 1, 5)
    summary = comparison.summary
    assert summary["model"].tolist() == names
    assert summary["mean_loss"].tolist() == pytest.approx(values.mean(axis=1).tolist())
    assert summary["rank"].tolist() == stats.rankdata(values.mean(axis=1)).tolist()


def test_a_named_baseline_is_adjusted_for_its_pairs_only():
    search = fitted()
    rows = sx.compare_search(search, baseline="max_depth=1").differences
    assert rows["model_a"].tolist() == ["max_depth=1"] * 3
    values = losses_of(search)
    expected = [pvalue(values[0] - values[i], 1 / 5) for i in (1, 2, 3)]
    assert rows["pvalue_holm"].tolist() == pytest.approx(holm(expected))
    assert set(rows["method"]) == {"corrected paired t (Nadeau-Bengio)"}
    reach = (rows["conf_high"] - rows["difference"]) / rows["std_error"]
    assert reach.tolist() == pytest.approx([stats.t.ppf(0.975, 5)] * 3)
    with pytest.raises(ValueError, match="baseline must be one of"):
        sx.compare_search(search, baseline="max_depth=9")


def test_all_losses_of_a_multi_metric_search():
    search = GridSearchCV(
        GaussianNB(), {"var_smoothing": [1e-9, 1e-2, 1e-1]}, refit=False, cv=FOLDS,
        scoring={**sx.SCORERS, "accuracy": "accuracy"},
    )  # fmt: skip
    comparison = sx.compare_search(search.fit(X, Y))
    assert comparison.summary["loss"].unique().tolist() == [
        "classification_error", "brier_loss", "cross_entropy",
    ]  # fmt: skip
    alone = sx.compare_search(search, losses="mse")
    assert alone.differences["loss"].unique().tolist() == ["brier_loss"]
    with pytest.raises(ValueError, match="losses must be among those scored"):
        sx.compare_search(fitted(), losses="xent")


def test_losses_of_scikit_learn_by_their_names():
    one = sx.compare_search(fitted(scoring="neg_log_loss"))
    assert one.summary["loss"].unique().tolist() == ["log_loss"]
    several = sx.compare_search(fitted(scoring=["neg_brier_score", "roc_auc"]))
    assert several.summary["loss"].unique().tolist() == ["brier_score"]
    ours = sx.compare_search(fitted())
    np.testing.assert_allclose(several.summary["mean_loss"], ours.summary["mean_loss"])
    for scoring in ("accuracy", None, sx.LossScorer("mse", skill=True, prior={0: 0.4, 1: 0.6})):
        with pytest.raises(ValueError, match="must be scored by losses"):
            sx.compare_search(fitted(scoring=scoring))


def test_repeats_are_allowed_for():
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=4, random_state=0)
    search = fitted(cv=cv)
    row = sx.compare_search(search).differences.iloc[0]
    assert (row["n_splits"], row["n_repeats"], row["df"]) == (12, 4, 11)
    values, names = losses_of(search), [f"max_depth={d}" for d in DEPTHS["max_depth"]]
    a, b = (values[names.index(row[model])] for model in ("model_a", "model_b"))
    assert row["pvalue"] == pytest.approx(pvalue(a - b, 1 / 2), rel=1e-6)
    listed = sx.compare_search(search, cv=list(cv.split(X, Y))).differences
    assert listed["std_error"].tolist() == pytest.approx(
        sx.compare_search(search).differences["std_error"].tolist(), rel=1e-3
    )


def test_unknown_sizes_are_refused():
    groups = np.arange(len(Y)) % 6
    search = GridSearchCV(
        DecisionTreeClassifier(), DEPTHS, scoring=sx.neg_brier_loss, cv=GroupKFold(3)
    ).fit(X, Y, groups=groups)
    with pytest.raises(ValueError, match=r"Pass cv=list\(splitter.split\(X, y\)\)"):
        sx.compare_search(search)
    splits = list(GroupKFold(3).split(X, Y, groups))
    assert len(sx.compare_search(search, cv=splits).summary) == 4


def test_random_search_and_repeated_candidates():
    search = RandomizedSearchCV(
        GaussianNB(), {"var_smoothing": stats.loguniform(1e-9, 1e-2)}, n_iter=3, random_state=0,
        scoring=sx.neg_brier_loss,
    ).fit(X, Y)  # fmt: skip
    assert len(sx.compare_search(search).differences) == 2
    search = GridSearchCV(
        GaussianNB(), [{"var_smoothing": [1e-9, 1e-3]}, {"var_smoothing": [1e-9]}],
        scoring=sx.neg_brier_loss,
    ).fit(X, Y)  # fmt: skip
    with pytest.warns(sx.DegenerateDifferenceWarning):
        names = sx.compare_search(search).summary["model"].tolist()
    assert names == [
        "var_smoothing=1e-09 (candidate 0)", "var_smoothing=0.001",
        "var_smoothing=1e-09 (candidate 2)",
    ]  # fmt: skip


def test_halving_compares_the_last_iteration():
    search = HalvingGridSearchCV(
        DecisionTreeClassifier(random_state=0), DEPTHS, scoring=sx.neg_brier_loss, random_state=0
    ).fit(X, Y)
    last = search.cv_results_["iter"] == search.n_iterations_ - 1
    assert len(sx.compare_search(search).summary) == last.sum()


class Refusing(DecisionTreeClassifier):
    def fit(self, X, y, sample_weight=None):
        if self.max_depth == 2:
            raise RuntimeError("no")
        return super().fit(X, y, sample_weight)


def test_a_failed_candidate_costs_its_own_rows():
    search = GridSearchCV(Refusing(), DEPTHS, scoring=sx.neg_brier_loss, refit=False, cv=FOLDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn tells of failed fits and nan scores
        search.fit(X, Y)
    comparison = sx.compare_search(search)
    assert len(comparison.differences) == 2
    row = comparison.summary.iloc[1]
    assert np.isnan(row["mean_loss"])
    assert (row["method"], row["status"], row["reason"]) == ("", "failed", "see cv_results_")
    assert comparison.summary["status"].tolist() == ["ok", "failed", "ok", "ok"]
    assert "max_depth=2 failed" in comparison.headlines()[0]


def test_a_baseline_that_failed_under_one_loss():
    scoring = {
        "neg_own": lambda tree, X, y: np.nan if tree.max_depth == 1 else -1 / tree.max_depth,
        "neg_brier_loss": sx.neg_brier_loss,
    }
    with pytest.warns(UserWarning, match="non-finite"):
        search = fitted(scoring=scoring)
    comparison = sx.compare_search(search, baseline="max_depth=1")
    assert comparison.differences["loss"].unique().tolist() == ["brier_loss"]
    assert comparison.headlines()[0] == (
        "Own: compared with the baseline max_depth=1, which failed. max_depth=1 failed: see "
        "cv_results_."
    )
    page = comparison.to_html()
    assert "MSE (Brier)" in page
    assert "minus the baseline" in page


def test_what_cannot_be_known_is_told():
    comparison = sx.compare_search(fitted())
    assert "winner's curse" in repr(comparison)
    assert max(map(len, repr(comparison).splitlines())) <= 80
    for ask in (lambda: comparison.sample_losses, comparison.winner, comparison.worst):
        with pytest.raises(ValueError, match="losses of single samples are not known here"):
            ask()
    frame = comparison.split_losses
    assert len(frame) == 4 * 6
    assert "A test on 6 splits misses most small differences" in " ".join(comparison.sentences())
    assert pd.isna(comparison.summary["n_obs"]).all()


def test_what_is_no_search():
    for bad in (None, GaussianNB(), GridSearchCV(GaussianNB(), {})):
        with pytest.raises(ValueError, match="must be a fitted search with cv_results_"):
            sx.compare_search(bad)


def test_equivalent_candidates():
    comparison = sx.compare_search(fitted(), equivalence_margin=0.5)
    assert set(comparison.differences["conclusion"]) == {"equivalent"}
    assert "within the margin of 0.5" in comparison.sentences()[0]
    assert "Equivalent within the margin of 0.5:" in comparison.headlines()[0]


def test_two_scores_of_one_loss_go_by_their_names():
    scoring = {
        "plain": sx.neg_brier_loss,
        "weighted": sx.LossScorer("mse", class_weight={0: 1, 1: 20}),
    }
    search = fitted(scoring=scoring)
    comparison = sx.compare_search(search)
    assert comparison.summary["loss"].unique().tolist() == ["plain", "weighted"]
    for name in scoring:
        shown = comparison.summary[comparison.summary["loss"] == name]["mean_loss"]
        assert shown.tolist() == pytest.approx(losses_of(search, name).mean(axis=1).tolist())
    one = sx.compare_search(search, losses="weighted")
    assert one.summary["loss"].unique().tolist() == ["weighted"]


def test_intervals_stay_within_the_range_of_the_loss():
    worse = sx.compare_search(fitted(scoring=sx.neg_classification_error, cv=2)).summary
    assert (worse["conf_low"] >= 0).all()
    assert (worse["conf_high"] <= 1).all()
    below = sx.Loss(
        name="below", title="Below", range=(-1, 0),
        function=lambda y, p: -p[np.arange(len(y)), y],
    )  # fmt: skip
    rows = sx.compare_search(fitted(scoring=sx.LossScorer(below))).summary
    assert (rows["conf_low"] <= rows["mean_loss"]).all()
    assert (rows["mean_loss"] <= rows["conf_high"]).all()


def test_no_finite_score_at_all():
    search = GridSearchCV(
        GaussianNB(), {"var_smoothing": [1e-9, 1e-2]}, refit=False,
        scoring={"neg_own": lambda *args: np.nan},
    )  # fmt: skip
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, Y)
    with pytest.raises(ValueError, match="no candidate has a finite own in every split"):
        sx.compare_search(search)


def test_one_candidate_was_not_chosen():
    tree = DecisionTreeClassifier(min_samples_leaf=5, random_state=0)
    search = GridSearchCV(tree, {"max_depth": [2]}, scoring=sx.neg_brier_loss, cv=FOLDS)
    comparison = sx.compare_search(search.fit(X, Y))
    assert "max_depth=2 is the only candidate" in repr(comparison)
    assert "winner's curse" not in repr(comparison)
    assert comparison.differences.empty


def test_one_split_says_so():
    with pytest.warns(sx.DegenerateDifferenceWarning, match="or of which there is only one to see"):
        comparison = sx.compare_search(fitted(cv=[(np.arange(400), np.arange(400, 569))]))
    assert "in the only split" in comparison.sentences()[0]


# --- scores and candidates in cv_results_ ---------------------------------------------------

RESULTS = {
    "params": [{"a": 1}, {"a": 2}],
    "split0_test_score": np.array([1.0, 2.0]),
    "split1_test_score": np.array([3.0, np.nan]),
    0: "not a name",
}


def test_scores_of_splits():
    np.testing.assert_array_equal(split_scores(RESULTS, "score"), [[1, 3], [2, np.nan]])
    assert one_score(RESULTS, None) == one_score(RESULTS, "score") == "score"


def test_many_splits_come_in_order():
    many = {f"split{i}_test_score": np.array([float(i)]) for i in range(23)}
    scores = split_scores({"params": [{}], **many}, "score")
    np.testing.assert_array_equal(scores, [np.arange(23.0)])


@pytest.mark.parametrize(
    "change",
    [
        {"split1_test_score": np.array([1.0])},
        {"split1_test_score": np.ones((2, 2))},
        {"split1_test_score": ["a", "b"]},
        {"params": [{"a": 1}]},
        {"split7_test_score": np.ones(2)},
    ],
)
def test_malformed_results(change):
    with pytest.raises(ValueError, match="must hold one number for each of the"):
        split_scores({**RESULTS, **change}, "score")


def test_what_is_no_results():
    for bad in (None, {}, [1]):
        with pytest.raises(ValueError, match="must be the cv_results_ of a search"):
            one_score(bad, None)
    with pytest.raises(ValueError, match="one score only: leave score out"):
        one_score(RESULTS, "neg_brier_loss")


def test_last_rung():
    assert last_rung(RESULTS).tolist() == [0, 1]
    assert last_rung({**RESULTS, "iter": [0, 1]}).tolist() == [1]


def test_candidates_are_named_by_what_varies():
    params = [{"C": 1, "penalty": "l2"}, {"C": 2, "penalty": "l2"}, {"C": 1, "gamma": 0.5}]
    assert candidate_names(params) == ["C=1, penalty=l2", "C=2, penalty=l2", "C=1, gamma=0.5"]
    assert candidate_names([{"C": 1, "tol": 1}, {"C": 2, "tol": 1}]) == ["C=1", "C=2"]
    assert candidate_names([{"C": 1}]) == ["C=1"]
    assert candidate_names([{}]) == ["default"]


def test_steps_are_named_where_parameters_are_called_the_same():
    one = [{"svc__C": 1, "pca__n": 2}, {"svc__C": 3, "pca__n": 2}]
    assert candidate_names(one) == ["C=1", "C=3"]
    both = [{"svc__C": 1, "lr__C": 2}, {"svc__C": 3, "lr__C": 2}, {"svc__C": 1, "lr__C": 4}]
    assert candidate_names(both) == ["svc__C=1, lr__C=2", "svc__C=3, lr__C=2", "svc__C=1, lr__C=4"]


def test_long_floats_of_a_grid_are_shown_to_four_digits():
    grid = [{"C": float(C)} for C in np.logspace(-2, 0, 4)]
    assert candidate_names(grid) == ["C=0.01", "C=0.04642", "C=0.2154", "C=1.0"]
    alike = [{"C": 0.1234567891}, {"C": 0.1234567892}]
    assert candidate_names(alike) == ["C=0.1234567891", "C=0.1234567892"]


# --- sizes of the parts of splits -----------------------------------------------------------

N = 60


@pytest.mark.parametrize(
    "cv",
    [
        ms.KFold(5),
        ms.StratifiedKFold(3),
        ms.LeaveOneOut(),
        ms.RepeatedKFold(n_splits=4, n_repeats=3),
        ms.RepeatedStratifiedKFold(n_splits=5, n_repeats=2),
        ms.ShuffleSplit(4),
        ms.ShuffleSplit(4, test_size=0.25),
        ms.ShuffleSplit(4, train_size=0.5),
        ms.ShuffleSplit(4, train_size=0.5, test_size=0.25),
        ms.ShuffleSplit(4, train_size=40, test_size=20),
        ms.ShuffleSplit(4, train_size=54),
        ms.StratifiedShuffleSplit(4, test_size=0.5),
        ms.PredefinedSplit(np.arange(N) % 4 - 1),
    ],
    ids=repr,
)
def test_ratio_is_that_of_the_parts(cv):
    splits = list(cv.split(np.zeros((N, 1)), np.arange(N) % 2))
    expected = np.mean([len(test) / len(train) for train, test in splits])
    assert size_ratio(splits, len(splits)) == pytest.approx(expected)
    if getattr(cv, "train_size", None) == 54:  # a test part of the default share
        with pytest.raises(ValueError, match=r"Pass cv=list\(splitter.split\(X, y\)\)"):
            size_ratio(cv, len(splits))
    else:
        assert size_ratio(cv, len(splits)) == pytest.approx(expected, rel=1e-9)


class Purged(ms.KFold):
    """A splitter that does as it likes."""


def test_numbers_and_nothing_are_folds():
    assert size_ratio(None, 5) == size_ratio(5, 5) == size_ratio(np.int64(5), 5) == 0.25


def test_masks_count():
    train = np.arange(N) < 40
    assert size_ratio([(train, ~train)], 1) == 0.5


@pytest.mark.parametrize(
    "cv",
    [
        ms.TimeSeriesSplit(5),
        ms.LeavePOut(2),
        ms.LeavePGroupsOut(2),
        iter([]),
        "five",
        ms.GroupKFold(5),
        ms.StratifiedGroupKFold(5),
        ms.LeaveOneGroupOut(),
        Purged(5),
    ],
)
def test_sizes_that_cv_does_not_tell_are_refused(cv):
    with pytest.raises(ValueError, match="sizes of the parts cannot be known from cv="):
        size_ratio(cv, 5)


def test_another_number_of_splits_is_refused():
    for cv, made in ((10, 10), (ms.RepeatedKFold(n_splits=3, n_repeats=2), 6)):
        with pytest.raises(ValueError, match=f"makes {made} splits, but the results hold 5"):
            size_ratio(cv, 5)
    with pytest.raises(ValueError, match=r"cv=None makes 5 splits.*pass cv= here as well"):
        size_ratio(None, 20)
    with pytest.raises(ValueError, match="at least two folds"):
        size_ratio(1, 1)


@pytest.mark.parametrize("split", [(1, 2), ([], [1]), ([1], []), ([1, 2],), 5, ([[1]], [2])])
def test_malformed_splits_are_refused(split):
    with pytest.raises(ValueError, match="cv must list pairs"):
        size_ratio([split], 1)
