"""Rows in time order: `times=`, splits in time order, and rows that look dependent."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import signal, stats
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    RepeatedKFold,
    TimeSeriesSplit,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx
from sklearn_xent.inference.dependence import TimeSeries, serial_t

# there are few clusters on purpose
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning")

RNG = np.random.default_rng(11)
N = 300
LOSSES = ["classification_error", "brier_loss", "cross_entropy"]


def ar(rho, n=N, rng=RNG):
    return signal.lfilter([1], [1, -rho], rng.normal(size=n + 200))[200:] * np.sqrt(1 - rho**2)


def states(rho, n=N, rng=RNG):
    hidden = ar(rho, n, rng)
    X = np.sqrt(0.5) * np.column_stack([hidden + ar(rho, n, rng) for _ in range(2)])
    return X, (rng.random(n) < 1 / (1 + np.exp(-2 * hidden))).astype(int)


X, Y = states(0.9, rng=np.random.default_rng(1))
P = {name: 1 / (1 + np.exp(-1.1 * X[:, i])) for i, name in enumerate("ab")}
MODELS = {"logistic": LogisticRegression(), "bayes": GaussianNB()}


def losses(name, model):
    return sx.mean_loss(name, Y, P[model], reduction="none")


# --- compare_predictions --------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
def test_all_losses_are_compared_in_time_order(weighted):
    weight = RNG.random(N) if weighted else None
    times = RNG.permutation(N) // 2
    found = sx.compare_predictions(Y, P, times=times, sample_weight=weight)
    assert found.warnings == []
    for row in found.differences.itertuples():
        d = losses(row.loss, "a") - losses(row.loss, "b")
        mean = np.average(d, weights=weight)
        test = serial_t(TimeSeries(d, weight, times, mean), 0.95)
        assert row.difference == pytest.approx(mean)
        assert (row.std_error, row.pvalue) == pytest.approx((test.std_error, test.pvalue))
        assert (row.df, row.n_obs, row.n_splits) == (11, N, 1)
        assert row.method == "serially robust paired t (cosines)"
    for row in found.summary.itertuples():
        assert row.method == "serially robust t interval (cosines)"
        x = losses(row.loss, row.model)
        series = TimeSeries(x, weight, times, np.average(x, weights=weight))
        assert row.std_error == pytest.approx(series.std_error)
        half = stats.t.ppf(0.975, 11) * series.std_error
        assert row.conf_high == pytest.approx(row.mean_loss + half)
    assert "300 samples" in repr(found)
    assert "in time order" in repr(found)


def test_rows_in_any_order_give_the_same():
    rows, times = RNG.permutation(N), pd.date_range("2020-01-01", periods=N)
    in_order = sx.compare_predictions(Y, P, times=times)
    shuffled = sx.compare_predictions(
        Y[rows], {k: p[rows] for k, p in P.items()}, times=times[rows]
    )
    numbers = in_order.differences.select_dtypes("number").columns
    pd.testing.assert_frame_equal(shuffled.differences[numbers], in_order.differences[numbers])


def test_samples_without_weight_have_no_time():
    weight = np.r_[np.zeros(100), np.full(200, 3.0)]
    found = sx.compare_predictions(Y, P, times=np.arange(N), sample_weight=weight, losses="mse")
    alone = sx.compare_predictions(
        Y[100:], {k: p[100:] for k, p in P.items()}, times=np.arange(200), losses="mse"
    )
    assert found.differences["std_error"][0] == pytest.approx(alone.differences["std_error"][0])
    with pytest.raises(ValueError, match=r"at least 10 different times .* got 5"):
        sx.compare_predictions(Y, P, times=np.arange(N), sample_weight=np.arange(N) < 5)


def test_the_leverage_is_that_of_the_farthest_time():
    times = np.arange(N) // 3
    row = sx.compare_predictions(Y, P, times=times, losses="mse").differences.iloc[0]
    d = losses("brier_loss", "a") - losses("brier_loss", "b")
    sums = np.bincount(times, weights=d - d.mean())
    half = (row["conf_high"] - row["conf_low"]) / 2
    assert row["sample_leverage"] == pytest.approx(np.abs(sums).max() / N / half)


def test_persistent_differences_carry_a_caution():
    rng = np.random.default_rng(0)
    d = 0.05 + 0.03 * np.clip(ar(0.95, rng=rng), -3, 3)
    loss = 0.3 + d[None] * np.array([[1], [-1]])
    y, p = rng.integers(2, size=N), 1 - np.sqrt(loss)
    models = {name: np.where(y == 1, q, 1 - q) for name, q in zip("ab", p, strict=True)}
    with pytest.warns(sx.SerialDependenceWarning, match="even the test for time order claims too"):
        found = sx.compare_predictions(y, models, times=np.arange(N), losses="mse")
    assert found.differences["caution"].tolist() == ["serial dependence"]
    assert found.summary["caution"].tolist() == ["serial dependence"] * 2
    assert sx.compare_predictions(Y, P, times=np.arange(N)).differences["caution"].eq("").all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": np.arange(N) // 5}, "times= and groups= cannot be combined"),
        ({"method": "bootstrap_t"}, "method='bootstrap_t' draws samples as if they were indep"),
        ({"times": np.arange(N) % 9}, "times must hold at least 10 different times"),
        ({"times": np.arange(N - 1)}, "y_true and times must have as many rows; got 300 and 299"),
        ({"times": [*range(N - 1), None]}, "times: 1 of 300 times are missing; first None in row"),
        ({"times": pd.Series(range(N))[::-1], "y": pd.Series(Y)}, "y_true and times have the same"),
    ],
)
def test_what_cannot_be_honoured_is_refused(options, message):
    y = options.pop("y", Y)
    with pytest.raises(ValueError, match=re.escape(message)):
        sx.compare_predictions(y, P, **({"times": np.arange(N)} | options))


def test_slices_and_the_winner_keep_the_time_order():
    found = sx.compare_predictions(Y, P, times=np.arange(N), losses="mse")
    slices = np.where(np.arange(N) < 6, "six", np.where(np.arange(N) % 2, "odd", "even"))
    frame = found.by(slices, pairs=True).set_index("group")
    here = slices == "odd"
    d = (losses("brier_loss", "a") - losses("brier_loss", "b"))[here]
    series = TimeSeries(d, None, np.arange(here.sum()), d.mean())
    assert frame.loc["odd", "std_error"] == pytest.approx(series.std_error)
    assert frame.loc["odd", "difference"] == pytest.approx(d.mean())
    assert frame.loc["six", "reason"] == "6 times are too few for an interval"
    assert np.isnan(frame.loc["six", "conf_low"])
    assert found.per_class["reason"].tolist() == [""] * 4
    d = losses("brier_loss", "a")[Y == 0]
    assert found.per_class["mean_loss"][0] == pytest.approx(d.mean())
    blocks = sx.compare_predictions(Y, P, groups=np.arange(N) * 18 // N, losses="mse")
    pd.testing.assert_frame_equal(found.winner(), blocks.winner())


def test_slices_stay_in_the_range_of_the_loss():
    frame = sx.compare_predictions(Y, P, times=np.arange(N)).by(np.arange(N) // 15)
    assert frame["conf_low"].min() == 0


# --- compare_models -------------------------------------------------------------------------


def test_splits_of_later_rows_are_recognised():
    plain = sx.compare_models(MODELS, X, Y, cv=TimeSeriesSplit(5), losses="mse")
    given = sx.compare_models(MODELS, X, Y, cv=TimeSeriesSplit(5), losses="mse", times=np.arange(N))
    listed = sx.compare_models(MODELS, X, Y, cv=list(TimeSeriesSplit(5).split(X)), losses="mse")
    by_time = sx.compare_models(MODELS, X, Y, losses="mse", times=np.arange(N))
    for other in (given, listed, by_time):
        pd.testing.assert_frame_equal(plain.differences, other.differences)
    row = plain.differences.iloc[0]
    assert (row["method"], row["df"]) == ("serially robust paired t (cosines)", 16)
    assert (row["n_obs"], row["n_splits"]) == (250, 5)
    frame = plain.sample_losses.pivot_table(index="sample", columns="model", values="value")
    d = (frame["logistic"] - frame["bayes"]).to_numpy()
    assert row["std_error"] == pytest.approx(
        TimeSeries(d, None, np.arange(250), d.mean()).std_error
    )


def test_times_split_rows_in_any_order():
    rows, times = RNG.permutation(N), np.arange(N) // 3
    options = {"losses": "mse"}
    found = sx.compare_models(MODELS, X, Y, times=times, **options)
    shuffled = sx.compare_models(MODELS, X[rows], Y[rows], times=times[rows], **options)
    assert shuffled.differences["pvalue"][0] == pytest.approx(found.differences["pvalue"][0])
    with pytest.raises(ValueError, match="TimeSeriesSplit takes rows in the order they come"):
        sx.compare_models(MODELS, X[rows], Y[rows], times=times[rows], cv=TimeSeriesSplit(3))


@pytest.mark.filterwarnings("ignore::sklearn_xent.SerialDependenceWarning")
def test_other_splits_are_no_time_order():
    for cv in (KFold(5), KFold(5, shuffle=True, random_state=0)):
        found = sx.compare_models(MODELS, X, Y, cv=cv, losses="mse")
        assert found.differences["method"].tolist() == ["paired t"]
    found = sx.compare_models(MODELS, X, Y, cv=KFold(5), times=np.arange(N), losses="mse")
    assert found.differences["method"].tolist() == ["serially robust paired t (cosines)"]


def test_months_may_be_on_both_sides_of_a_split_in_time():
    months = np.arange(N) // 30
    options = {"cv": TimeSeriesSplit(5), "losses": "mse"}
    found = sx.compare_models(MODELS, X, Y, groups=months, times=np.arange(N), **options)
    alone = sx.compare_models(MODELS, X, Y, times=np.arange(N), **options)
    pd.testing.assert_frame_equal(found.differences, alone.differences)
    with pytest.raises(ValueError, match="parts of time, such as months, pass times= as well"):
        sx.compare_models(MODELS, X, Y, groups=months, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": np.arange(N) % 30, "cv": TimeSeriesSplit(5)}, "need groups that are parts of"),
        ({"groups": np.arange(N) // 30}, "need groups that are parts of time"),
        ({"groups": np.arange(N) // 30, "cv": GroupKFold(5)}, "need groups that are parts of time"),
        ({"cv": RepeatedKFold(n_splits=3, n_repeats=2)}, "times= needs splits that test each sam"),
        ({"cv": GroupShuffleSplit(3), "groups": np.arange(N) // 30}, "need groups that are parts"),
        ({"method": "bootstrap_t"}, "times= says that samples are in time order"),
        (
            {"times": None, "cv": TimeSeriesSplit(3), "method": "bootstrap_t"},
            "later rows: the rows",
        ),
        ({"times": np.arange(N) // 40}, "times must hold at least 10 different times"),
        ({"times": None, "cv": [(np.arange(280), np.arange(295, 300))]}, "at least 10 different"),
    ],
)
def test_models_in_time_order_refuse_what_they_cannot_do(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        sx.compare_models(MODELS, X, Y, **({"times": np.arange(N)} | options))


def test_no_remedy_for_ordered_rows_suggests_shuffled_folds():
    y = np.where(np.arange(N) > 200, 2, Y)
    trees = {f"depth {d}": DecisionTreeClassifier(max_depth=d, random_state=0) for d in (1, None)}
    with pytest.warns(sx.XentWarning) as heard:
        found = sx.compare_models(trees, X, y, cv=TimeSeriesSplit(4))
    kinds = {type(w) for w in found.warnings}
    assert {sx.UnseenClassWarning, sx.FittedModelsWarning} <= kinds
    said = " ".join(str(w.message) for w in heard) + " ".join(found.sentences())
    assert "more splits in time order" in said
    for word in ("Repeated", "repeated", "tratified", "shuffle", "KFold"):
        assert word not in said


# --- rows that look dependent ---------------------------------------------------------------


def test_dependent_rows_are_asked_about():
    with pytest.warns(sx.SerialDependenceWarning, match="are these rows in time order, or grouped"):
        found = sx.compare_predictions(Y, P)
    assert found.differences["caution"].str.contains("serial dependence").all()
    assert found.summary["caution"].str.contains("serial dependence").all()
    for options in ({"groups": np.arange(N) // 30}, {"times": np.arange(N)}):
        found = sx.compare_predictions(Y, P, **options)
        assert not found.summary["caution"].str.contains("serial").any()
        assert not found.differences["caution"].str.contains("serial").any()


@pytest.mark.parametrize("kind", ["three classes", "soft targets", "folds", "logits", "one model"])
def test_dependence_is_seen_in_every_kind_of_predictions(kind):
    y, p, options = Y, dict(P), {"losses": "mse"}
    if kind == "three classes":
        y, p = RNG.integers(3, size=N), {"a": np.column_stack([P["a"] / 2, P["a"] / 2, 1 - P["a"]])}
    if kind == "soft targets":
        y, p = np.tile([0.4, 0.6], (N, 1)), {k: np.column_stack([1 - q, q]) for k, q in P.items()}
    if kind == "folds":
        options["folds"] = np.arange(N) % 5
    if kind == "logits":
        p, options["from_logits"] = {k: np.log(q / (1 - q)) for k, q in P.items()}, True
    if kind == "one model":
        p = {"a": P["a"]}
    with pytest.warns(sx.SerialDependenceWarning, match=re.escape("Pass times= or groups=.")):
        sx.compare_predictions(y, p, **options)


def test_differences_alone_can_ring():
    same = RNG.uniform(0.2, 0.8, N)
    wave = 0.1 * np.sin(np.arange(N) / 10)
    y = (np.arange(N) % 2).astype(int)
    models = {"a": same + wave * (2 * y - 1), "b": same}
    with pytest.warns(sx.SerialDependenceWarning):
        sx.compare_predictions(y, models, losses="mse")


def test_real_data_ring_only_where_rows_are_grouped():
    """The rows of the digits come writer by writer; those of iris are sorted by class."""
    for load, expected in ((load_iris, False), (load_digits, True)):
        X, y = load(return_X_y=True)
        shuffled = np.random.default_rng(0).permutation(len(y))
        rung = []
        for rows in (np.arange(len(y)), shuffled):
            models = {"bayes": GaussianNB(var_smoothing=0.1)}
            with warnings.catch_warnings(action="ignore", category=sx.XentWarning):
                found = sx.compare_models(models, X[rows], y[rows], cv=KFold(5), losses="mse")
            rung.append(found.summary["caution"].eq("serial dependence").all())
        assert rung == [expected, False]


def test_shifts_between_folds_are_no_dependence():
    """K-fold without shuffling: each model shifts all probabilities of its fold."""
    rng = np.random.default_rng(2)
    y, fold = rng.integers(2, size=500), np.repeat(np.arange(5), 100)
    p = {"a": rng.uniform(0.2, 0.5, 500) + 0.1 * fold}
    assert sx.compare_predictions(y, p, folds=fold, losses="mse").warnings == []
    with pytest.warns(sx.SerialDependenceWarning):
        sx.compare_predictions(y, p, losses="mse")


def test_repeated_folds_are_looked_at_once():
    cv = RepeatedKFold(n_splits=5, n_repeats=3, random_state=0)
    with pytest.warns(sx.SerialDependenceWarning, match="with splits that test each row once"):
        sx.compare_models({"bayes": GaussianNB()}, X, Y, cv=cv, losses="mse")
    rows = RNG.permutation(N)
    found = sx.compare_models({"bayes": GaussianNB()}, X[rows], Y[rows], cv=cv, losses="mse")
    assert found.warnings == []


def test_of_many_rows_blocks_are_looked_at():
    n = 200_000
    p, wave = RNG.uniform(0.1, 0.9, n), np.zeros(n)
    y = (RNG.random(n) < p).astype(int)
    assert sx.compare_predictions(y, {"a": p}, losses="mse").warnings == []
    wave[: n // 100] = 0.4 * np.sin(np.arange(n // 100) / 10)
    with pytest.warns(sx.SerialDependenceWarning):
        sx.compare_predictions(y, {"a": np.clip(p / 2 + 0.25 + wave, 0, 1)}, losses="mse")


def test_failed_models_are_left_out():
    class Broken(GaussianNB):
        def fit(self, X, y):
            raise RuntimeError("broken")

    rows = RNG.permutation(N)
    with pytest.warns(sx.FailedModelWarning):
        found = sx.compare_models({"broken": Broken(), **MODELS}, X[rows], Y[rows], losses="mse")
    assert found.summary["caution"].eq("").all()
    with pytest.warns(sx.FailedModelWarning):
        found = sx.compare_models(
            {"broken": Broken(), **MODELS}, X, Y, cv=TimeSeriesSplit(3), losses="mse"
        )
    assert found.summary["status"].tolist() == ["failed", "ok", "ok"]
    assert found.by(np.arange(N) // 150)["reason"].eq("").all()
