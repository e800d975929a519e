import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import sklearn_xent as sx

# the data are small on purpose
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning")

RNG = np.random.default_rng(6)
N = 200
Y = RNG.integers(0, 3, N)
MODELS = {
    name: (1 - s) * RNG.dirichlet(np.ones(3), N) + s * np.eye(3)[Y]
    for name, s in (("good", 0.5), ("fair", 0.4), ("bad", 0.1))
}
SLICES = RNG.choice(["north", "south", "west"], N)
WEIGHT = RNG.random(N)


def losses(name, model):
    return sx.mean_loss(name, Y, MODELS[model], reduction="none")


def compared(**options):
    return sx.compare_predictions(Y, MODELS, **options)


@pytest.mark.parametrize("weighted", [False, True])
def test_by_is_a_group_by_of_sample_losses(weighted):
    weight = WEIGHT if weighted else None
    frame = compared(sample_weight=weight).by(SLICES)
    assert list(frame)[:5] == ["group", "loss", "model", "n_obs", "mean_loss"]
    assert len(frame) == 3 * 3 * 3
    for row in frame.itertuples():
        here = row.group == SLICES
        part = sx.compare_predictions(
            Y[here], {row.model: MODELS[row.model][here]}, losses=row.loss, labels=[0, 1, 2],
            sample_weight=None if weight is None else weight[here],
        ).summary.iloc[0]  # fmt: skip
        assert row.n_obs == here.sum()
        assert row.mean_loss == pytest.approx(part["mean_loss"])
        assert row.std_error == pytest.approx(part["std_error"], nan_ok=weighted)
        if row.loss == "classification_error" and not weighted:
            assert row.conf_high == pytest.approx(part["conf_high"])
        elif not np.isnan(part["conf_high"]):  # skewness moves the ends outwards only
            assert row.conf_high >= part["conf_high"] * (1 - 1e-12)
            assert row.conf_low <= part["conf_low"] * (1 + 1e-12)
        assert row.caution == ("no spread" if row.mean_loss == 0 and weighted else "")
        assert row.reason == ""


def test_intervals_of_slices_are_moved_by_their_skewness():
    """Follow Hall (1992), with scipy's skewness, its equation solved by a search for the root."""
    frame = compared(losses="xent").by(SLICES)
    for row in frame.itertuples():
        x = losses("xent", row.model)[row.group == SLICES]
        n, q = len(x), stats.t.ppf(0.975, len(x) - 1)
        b = stats.skew(x, bias=False) / np.sqrt(n)

        def transformed(t, b=b):
            return t + b * t**2 / 3 + b**2 * t**3 / 27 + b / 6

        ends = [optimize.brentq(lambda t, q=q: transformed(t) - q, -100, 100) for q in (q, -q)]
        low, high = x.mean() - np.asarray(ends) * stats.sem(x)
        t_low, t_high = x.mean() - q * stats.sem(x), x.mean() + q * stats.sem(x)
        assert row.conf_low == pytest.approx(max(0.0, min(low, t_low)))
        assert row.conf_high == pytest.approx(max(high, t_high))


def test_small_slices_have_a_reason_instead_of_an_interval():
    slices = np.where(np.arange(N) < 19, "small", np.where(np.arange(N) < 39, "large", "rest"))
    frame = compared(losses=["mse", "error"]).by(slices).set_index(["group", "loss"]).sort_index()
    assert frame.loc[("small", "brier_loss"), "conf_low"].isna().all()
    assert set(frame.loc[("small", "brier_loss"), "reason"]) == {"fewer than 20 samples"}
    assert frame.loc[("small", "brier_loss"), "std_error"].notna().all()
    assert frame.loc[("large", "brier_loss"), "conf_low"].notna().all()
    assert set(frame.loc[("large", "brier_loss"), "reason"]) == {""}
    counted = frame.loc[("small", "classification_error")]  # Wilson's interval needs no size
    assert counted["conf_low"].notna().all()
    assert set(counted["reason"]) == {""}
    pairs = compared(losses="mse").by(slices, pairs=True)
    assert pairs[pairs["group"] == "small"]["conf_high"].isna().all()
    weighted = compared(losses="mse", sample_weight=WEIGHT).by(slices)
    assert set(weighted[weighted["group"] != "rest"]["reason"]) == {
        "fewer than 20 samples by weight"
    }
    clustered = compared(losses="mse", groups=np.arange(N) // 10).by(slices)
    assert set(clustered["reason"]) == {"fewer than 20 groups by weight"}


def test_a_rare_class_in_a_slice_is_named():
    y = np.where(np.arange(N) < 150, np.arange(N) % 2, 0)
    y[-2:] = 1
    p, q = np.where(y == 1, 0.6, 0.2) + RNG.uniform(-0.3, 0.3, (2, N)).clip(-0.19)
    comparison = sx.compare_predictions(y, {"p": p, "q": q}, losses=["mse", "error"])
    halves = np.where(np.arange(N) < 150, "both", "rare")
    for pairs in (False, True):
        frame = comparison.by(halves, pairs=pairs)
        named = frame[frame["loss"] == "brier_loss"].groupby("group")["caution"].unique()
        assert named["both"].tolist() == [""]
        assert named["rare"].tolist() == ["rare class"]
        errors = frame[frame["loss"] == "classification_error"]
        assert not errors["caution"].str.contains("rare").any()
    # a class is not rare where the slices are of classes
    assert not comparison.per_class["caution"].str.contains("rare").any()
    assert not comparison.by(y)["caution"].str.contains("rare").any()
    soft = sx.compare_predictions(np.column_stack([1 - p / 40, p / 40]), {"p": p}, losses="mse")
    assert set(soft.by(halves)["caution"]) == {"rare class"}  # 2 expected in the larger half


def test_by_pairs():
    frame = compared(losses="mse").by(SLICES, pairs=True)
    assert list(frame)[:6] == ["group", "loss", "model_a", "model_b", "n_obs", "difference"]
    row = frame.query("group == 'west' and model_a == 'good' and model_b == 'bad'").iloc[0]
    here = SLICES == "west"
    d = (losses("mse", "good") - losses("mse", "bad"))[here]
    assert row["difference"] == pytest.approx(d.mean())
    assert row["std_error"] == pytest.approx(stats.sem(d))


def test_slices_are_sorted_and_checked_against_the_index():
    index = [f"row {i}" for i in range(N)]
    comparison = sx.compare_predictions(pd.Series(Y, index=index), MODELS)
    named = pd.Series(SLICES, index=index)
    assert comparison.by(named)["group"].unique().tolist() == ["north", "south", "west"]
    with pytest.raises(ValueError, match="y_true and groups have the same index in another order"):
        comparison.by(named[::-1])
    with pytest.raises(ValueError, match="must have as many rows"):
        comparison.by(SLICES[:5])


def test_a_slice_of_one_has_no_interval():
    slices = np.where(np.arange(N) == 3, "alone", "rest")
    row = compared(losses="mse").by(slices).query("group == 'alone'").iloc[0]
    assert row["n_obs"] == 1
    assert np.isnan(row["std_error"])
    assert np.isnan(row["conf_low"])


def test_per_class():
    frame = compared(losses="xent").per_class
    assert frame["y_true"].unique().tolist() == [0, 1, 2]
    row = frame.query("y_true == 1 and model == 'bad'").iloc[0]
    assert row["mean_loss"] == pytest.approx(losses("xent", "bad")[Y == 1].mean())
    soft = sx.compare_predictions(np.eye(3)[Y], MODELS)
    with pytest.raises(ValueError, match="y_true holds target distributions"):
        soft.per_class  # noqa: B018


def test_worst_are_the_samples_that_differ_most():
    frame = compared().worst(5)
    assert list(frame) == ["sample", "y_true", "loss", "model_a", "model_b", "loss_a", "loss_b",
                           "difference"]  # fmt: skip
    d = losses("xent", "good") - losses("xent", "fair")
    expected = np.argsort(-np.abs(d))[:5]
    assert frame["sample"].tolist() == expected.tolist()
    assert frame["difference"].tolist() == pytest.approx(d[expected].tolist())
    assert frame["y_true"].tolist() == Y[expected].tolist()
    named = compared().worst(1, model_a="bad", loss="mse").iloc[0]
    assert (named["model_a"], named["model_b"], named["loss"]) == ("bad", "good", "brier_loss")


def test_worst_of_target_distributions_have_no_label():
    soft = sx.compare_predictions(np.eye(3)[Y], MODELS).worst(5)
    pd.testing.assert_frame_equal(soft, compared().worst(5).drop(columns="y_true"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n must be a whole number of at least 1"),
        ({"model_a": "none"}, "model_a and model_b must be two of"),
        ({"model_a": "good", "model_b": "good"}, "model_a and model_b must be two of"),
        ({"loss": "mse"}, r"loss must be among those compared, \['cross_entropy'\]"),
    ],
)
def test_bad_arguments_of_worst(options, message):
    with pytest.raises(ValueError, match=message):
        compared(losses="xent").worst(**options)


def test_winner_is_charged_for_having_been_chosen():
    many = {f"m{i}": 0.5 * RNG.dirichlet(np.ones(3), N) + 0.5 / 3 for i in range(30)}
    frame = sx.compare_predictions(Y, many, losses="mse").winner(300)
    row = frame.iloc[0]
    assert list(frame) == ["loss", "model", "mean_loss_best", "bbc_loss", "bbc_conf_low",
                           "bbc_conf_high", "confidence_level"]  # fmt: skip
    assert row["bbc_conf_low"] < row["bbc_loss"] < row["bbc_conf_high"]
    assert row["bbc_loss"] > row["mean_loss_best"]


def test_winner_resamples_clusters():
    comparison = compared(losses="mse", groups=np.arange(N) // 10)
    row = comparison.winner(300).iloc[0]
    assert row["model"] == "good"
    assert row["mean_loss_best"] == pytest.approx(comparison.summary["mean_loss"][0])


def test_constant_losses_claim_no_certainty():
    prior = sx.compare_predictions(Y, {"prior": np.full((N, 3), 1 / 3)}, losses="mse")
    assert prior.per_class["std_error"].isna().all()
    assert set(prior.per_class["caution"]) == {"no spread"}
    with pytest.raises(ValueError, match="needs at least two models"):
        prior.by(SLICES, pairs=True)


def test_slices_are_of_all_samples_passed():
    weight = np.where(np.arange(N) < 20, 0.0, 1.0)
    frame = compared(sample_weight=weight, losses="mse").by(SLICES)
    rest = sx.compare_predictions(Y[20:], {k: p[20:] for k, p in MODELS.items()}, losses="mse").by(
        SLICES[20:]
    )
    pd.testing.assert_frame_equal(frame, rest)


@pytest.mark.parametrize("arguments", [{"n_resamples": 0}, {"n_resamples": 2.5}, {"seed": None}])
def test_bad_arguments_of_winner(arguments):
    with pytest.raises(ValueError, match="must be a whole number of at least"):
        compared(losses="mse").winner(**arguments)


def test_pairs_of_errors_have_the_interval_of_the_differences():
    y = np.arange(120) % 2
    p = np.where(y == 1, 0.8, 0.2)
    q = np.where(np.arange(120) < 5, 1 - p, p)
    halves = np.where(np.arange(120) < 60, "first", "second")
    frame = sx.compare_predictions(y, {"p": p, "q": q}, losses="error").by(halves, pairs=True)
    alone = sx.compare_predictions(y[:60], {"p": p[:60], "q": q[:60]}, losses="error").differences
    for column in ("std_error", "conf_low", "conf_high"):
        assert frame[column][0] == pytest.approx(alone[column][0])
        assert np.isnan(frame[column][1])  # no discordant pair


def test_slices_of_clusters_are_cluster_robust():
    groups = np.arange(N) // 5
    halves = np.where(np.arange(N) < 100, "first", "second")
    frame = compared(losses="mse", groups=groups).by(halves, pairs=True)
    part = sx.compare_predictions(
        Y[:100], {k: p[:100] for k, p in MODELS.items()}, losses="mse", groups=groups[:100]
    ).differences
    frame = frame.query("group == 'first'").reset_index(drop=True)
    for column in ("difference", "std_error"):
        assert frame[column].tolist() == pytest.approx(part[column].tolist())
    # skewness moves the ends outwards only
    assert (frame["conf_low"] <= part["conf_low"] + 1e-12).all()
    assert (frame["conf_high"] >= part["conf_high"] - 1e-12).all()
    reach = (frame["conf_high"] - frame["conf_low"]) / (part["conf_high"] - part["conf_low"])
    assert reach.between(1.0 - 1e-9, 1.3).all()


def test_intervals_of_slices_stay_in_range():
    frame = compared().by(np.arange(N) // 4)
    assert (frame["conf_low"].dropna() >= 0).all()
    errors = frame[frame["loss"] == "classification_error"]
    assert (errors["conf_high"] <= 1).all()
