"""Out-of-fold predictions with `folds=`, designs by the splitter, and slices after repeats."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

# the data are small on purpose
pytestmark = [
    pytest.mark.filterwarnings(f"ignore::sklearn_xent.{name}Warning")
    for name in ("Leverage", "FittedModels", "UnstableModels", "ZeroProbability")
]

RNG = np.random.default_rng(12)
X, Y = make_classification(200, 6, n_informative=3, flip_y=0.1, random_state=1)
MODELS = {"logistic": LogisticRegression(), "bayes": GaussianNB(), "prior": DummyClassifier()}
CV = StratifiedKFold(7, shuffle=True, random_state=3)
FOLDS = np.zeros(200, dtype=int)
for _i, (_, _test) in enumerate(CV.split(X, Y)):
    FOLDS[_test] = _i
TREES = {f"depth {d}": DecisionTreeClassifier(max_depth=d, random_state=0) for d in (2, None)}


def out_of_fold(models, cv=CV, groups=None):
    return {
        name: cross_val_predict(m, X, Y, cv=cv, groups=groups, method="predict_proba")
        for name, m in models.items()
    }


# --- folds= ---------------------------------------------------------------------------------


def test_out_of_fold_predictions_are_those_of_one_run():
    models = MODELS | TREES
    found = sx.compare_predictions(Y, out_of_fold(models), folds=FOLDS)
    run = sx.compare_models(models, X, Y, cv=CV)
    pd.testing.assert_frame_equal(found.summary, run.summary)
    pd.testing.assert_frame_equal(found.differences, run.differences)
    assert set(found.differences["retraining"].dropna()) == {"clear", "not shown"}
    assert found.sentences() == run.sentences()
    assert repr(found) == repr(run)
    pd.testing.assert_frame_equal(found.split_losses, run.split_losses)


def test_folds_of_any_labels():
    p = out_of_fold(MODELS)
    expected = sx.compare_predictions(Y, p, folds=FOLDS, losses="mse").differences
    for folds in (FOLDS + 0.5, pd.Series(FOLDS).astype(str), [(0, int(f)) for f in FOLDS]):
        found = sx.compare_predictions(Y, p, folds=folds, losses="mse").differences
        pd.testing.assert_frame_equal(found.drop(columns=[]), expected)


def test_the_ratio_is_that_of_test_and_training_parts():
    folds = np.repeat([0, 1], [150, 50])
    p = {name: RNG.uniform(0.2, 0.8, 200) for name in "ab"}
    p["a"] = np.where(Y == 1, 0.9, 0.1) * 0.9 + 0.1 * p["a"]
    found = sx.compare_predictions(Y, p, folds=folds, losses="mse")
    assert found._samples.design.size_ratio == pytest.approx((150 / 50 + 50 / 150) / 2)


def test_groups_stay_whole():
    groups = np.arange(200) // 4
    cv = GroupKFold(5)
    folds = np.zeros(200, dtype=int)
    for i, (_, test) in enumerate(cv.split(X, Y, groups)):
        folds[test] = i
    p = out_of_fold(MODELS, cv, groups)
    found = sx.compare_predictions(Y, p, groups=groups, folds=folds)
    run = sx.compare_models(MODELS, X, Y, cv=cv, groups=groups)
    pd.testing.assert_frame_equal(found.differences, run.differences)
    folds[7] = 9
    with pytest.raises(ValueError, match=r"1 groups are in several folds: rows 4 and 7 are of one"):
        sx.compare_predictions(Y, p, groups=groups, folds=folds)


def test_times_keep_the_check_for_retraining():
    p = out_of_fold(MODELS)
    found = sx.compare_predictions(Y, p, folds=FOLDS, times=np.arange(200), losses="mse")
    run = sx.compare_models(MODELS, X, Y, cv=CV, times=np.arange(200), losses="mse")
    pd.testing.assert_frame_equal(found.differences, run.differences)
    assert found.differences["method"].unique().tolist() == ["serially robust paired t (cosines)"]
    assert found.differences["retraining"].notna().any()


@pytest.mark.parametrize(
    ("folds", "y", "message"),
    [
        (np.zeros(200), Y, "folds must name at least two folds; got only 0.0."),
        (FOLDS[:-1], Y, "y_true and folds must have as many rows; got 200 and 199."),
        ([None, *FOLDS[1:]], Y, "folds: 1 of 200 labels are missing; first None in row 0."),
        (pd.Series(FOLDS)[::-1], pd.Series(Y), "y_true and folds have the same index in another"),
        (
            FOLDS,
            pd.Series(Y, index=np.arange(200) % 150),
            "names 0 in rows 0 and 150. For repeated",
        ),
        (pd.Series(FOLDS, index=["x"] * 200), Y, "the index names 'x' in rows 0 and 1."),
    ],
)
def test_bad_folds(folds, y, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        sx.compare_predictions(y, out_of_fold({"bayes": GaussianNB()}), folds=folds)


# --- the design is that of the splitter -----------------------------------------------------


class OwnSplit(ShuffleSplit):
    pass


@pytest.mark.parametrize(
    "kind", [ShuffleSplit, StratifiedShuffleSplit, GroupShuffleSplit, OwnSplit]
)
def test_the_method_does_not_depend_on_the_draw(kind):
    groups = np.arange(200) // 2 if kind is GroupShuffleSplit else None
    cvs = [kind(3, test_size=4, random_state=seed) for seed in range(4)]
    recur = set()
    for cv in cvs:
        tested = np.concatenate([test for _, test in cv.split(X, Y, groups)])
        recur.add(len(np.unique(tested)) < len(tested))
        found = sx.compare_models(MODELS, X, Y, cv=cv, groups=groups, losses="mse")
        methods = found.differences["method"].unique().tolist()
        assert methods == ["corrected paired t (Nadeau-Bengio)"]
    assert False in recur  # in some draws no sample recurs


def test_listed_splits_overlap_where_a_sample_recurs():
    rest, parts = np.arange(30, 200), (np.arange(10), np.arange(10, 20), np.arange(20, 30))
    once = [(rest, part) for part in parts]
    for cv, method in (
        (once, "paired t"),
        ([*once, (rest, np.arange(9, 19))], "corrected paired t (Nadeau-Bengio)"),
    ):
        found = sx.compare_models(TREES, X, Y, cv=cv, losses="mse").differences
        assert found["method"].tolist() == [method]


# --- slices after repeated folds ------------------------------------------------------------

REPEATED = RepeatedStratifiedKFold(n_splits=4, n_repeats=3, random_state=0)
SLICES = np.where(np.arange(200) < 120, "large", np.where(np.arange(200) < 198, "small", "two"))


@pytest.fixture(scope="module")
def repeated():
    return sx.compare_models(MODELS, X, Y, cv=REPEATED, losses=["mse", "xent"])


def tables(loss):
    """The mean over all tests of each sample, and a frame of all tests."""
    found = {}
    for name, model in MODELS.items():
        tests = []
        for split, (train, test) in enumerate(REPEATED.split(X, Y)):
            p = model.fit(X[train], Y[train]).predict_proba(X[test])
            value = sx.mean_loss(loss, Y[test], p, reduction="none")
            tests.append(pd.DataFrame({"sample": test, "split": split, "value": value}))
        found[name] = pd.concat(tests)
    return found


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
def test_slices_are_means_over_all_tests_with_corrected_intervals(repeated):
    frame = repeated.by(SLICES, pairs=True).query("loss == 'brier_loss' and model_b == 'bayes'")
    tests = tables("brier_loss")
    joined = tests["logistic"].merge(tests["bayes"], on=["sample", "split"])
    joined = joined.assign(group=SLICES[joined["sample"]], d=joined["value_x"] - joined["value_y"])
    for row in frame.itertuples():
        here = joined[joined["group"] == row.group]
        assert row.n_obs == len(here)
        assert row.difference == pytest.approx(here["d"].mean(), rel=1e-9)
        if row.group == "two":
            continue
        of_splits = here.groupby("split")["d"].mean()
        std_error = of_splits.std(ddof=1) * np.sqrt(1 / 12 + 1 / 3)
        assert (row.std_error, row.reason) == (pytest.approx(std_error), "")
        half = stats.t.ppf(0.975, 11) * std_error
        assert row.conf_high == pytest.approx(row.difference + half)
    two = frame.set_index("group").loc["two"]
    assert np.isnan(two["std_error"])
    assert re.fullmatch(r"\d of 12 splits test no sample of this slice", two["reason"])


def test_slices_add_up_to_the_mean_loss(repeated):
    frame = repeated.by(SLICES)
    for row in repeated.summary.itertuples():
        here = frame[(frame["loss"] == row.loss) & (frame["model"] == row.model)]
        mean = np.average(here["mean_loss"], weights=here["n_obs"])
        assert mean == pytest.approx(row.mean_loss, rel=1e-9)
    assert set(repeated.per_class["y_true"]) == {0, 1}
    assert (repeated.per_class["reason"] == "").sum() >= 8


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
def test_the_worst_samples_are_means_over_tests(repeated):
    tests = tables("brier_loss")
    of = {name: frame.groupby("sample")["value"].mean() for name, frame in tests.items()}
    d = (of["logistic"] - of["bayes"]).abs().sort_values(ascending=False)
    frame = repeated.worst(5, model_a="logistic", model_b="bayes", loss="mse")
    assert frame["sample"].tolist() == d.index[:5].tolist()
    assert frame["loss_a"].tolist() == pytest.approx(of["logistic"][d.index[:5]].tolist())
    assert frame["y_true"].tolist() == Y[frame["sample"]].tolist()


def test_the_winner_is_that_of_the_summary(repeated):
    frame = repeated.winner()
    for row in frame.itertuples():
        summary = repeated.summary[repeated.summary["loss"] == row.loss]
        best = summary.loc[summary["rank"] == 1].iloc[0]
        assert row.model == best["model"]
        assert row.mean_loss_best == pytest.approx(best["mean_loss"])
        assert row.bbc_conf_low < row.bbc_loss < row.bbc_conf_high


def test_slices_of_splits_of_unequal_size_and_weight():
    weight = RNG.random(200) + 0.1
    cv = [(np.arange(50, 200), np.arange(50)), (np.arange(30), np.arange(30, 200)),
          (np.arange(100), np.arange(100, 200)), (np.arange(100, 200), np.arange(100))]  # fmt: skip
    found = sx.compare_models(
        {"bayes": GaussianNB()}, X, Y, cv=cv, losses="mse", sample_weight=weight
    )
    mean = found.summary["mean_loss"][0]
    assert found.by(np.zeros(200, int))["mean_loss"][0] == pytest.approx(mean)
    assert found.winner()["mean_loss_best"][0] == pytest.approx(mean)


def test_a_report_after_repeated_folds_has_slices(repeated):
    report = repeated.to_html(slices={"size": SLICES})
    assert "small" in report
