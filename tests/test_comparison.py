import math
import warnings

import numpy as np
import pandas as pd
import pytest
from own_loss import spherical
from scipy import stats

import sklearn_xent as sx

RNG = np.random.default_rng(5)
N, K = 80, 3
Y = RNG.integers(0, K, N)
NAMES = ["classification_error", "brier_loss", "cross_entropy"]


def near_truth(strength):
    return RNG.dirichlet(np.ones(K), N) * (1 - strength) + np.eye(K)[Y] * strength


MODELS = {"good": near_truth(0.4), "fair": near_truth(0.25), "bad": near_truth(0.1)}
SUMMARY = [
    "loss", "model", "mean_loss", "std_error", "conf_low", "conf_high", "confidence_level",
    "skill", "rank", "n_obs", "n_zero_probability", "method", "estimand",
]  # fmt: skip


@pytest.fixture(scope="module")
def comparison():
    return sx.compare_predictions(Y, MODELS)


def test_summary(comparison):
    summary = comparison.summary
    assert list(summary) == SUMMARY
    assert isinstance(summary.index, pd.RangeIndex)
    assert summary["loss"].tolist() == np.repeat(NAMES, 3).tolist()
    assert summary["model"].tolist() == list(MODELS) * 3
    for row in summary.itertuples():
        proba = MODELS[row.model]
        each = sx.mean_loss(row.loss, Y, proba, reduction="none")
        assert row.mean_loss == pytest.approx(each.mean())
        assert row.std_error == pytest.approx(stats.sem(each))
        assert row.skill == pytest.approx(sx.skill_score(row.loss, Y, proba))
        assert row.n_obs == N
        low, high = stats.t.interval(0.95, N - 1, each.mean(), stats.sem(each))
        assert row.conf_low == pytest.approx(max(0, low))
        assert row.conf_high == pytest.approx(min(sx.get_loss(row.loss).range_for(K)[1], high))
    assert summary["rank"].tolist()[3:] == [1, 2, 3] * 2


def test_differences_are_paired_t_tests(comparison):
    rows = comparison.differences
    assert isinstance(rows.index, pd.RangeIndex)
    pairs = [("good", "fair"), ("good", "bad"), ("fair", "bad")] * 3
    assert list(zip(rows["model_a"], rows["model_b"], strict=True)) == pairs
    for row in rows.itertuples():
        a, b = (
            sx.mean_loss(row.loss, Y, MODELS[m], reduction="none")
            for m in (row.model_a, row.model_b)
        )
        assert (row.loss_a, row.loss_b) == pytest.approx((a.mean(), b.mean()))
        assert row.difference == pytest.approx(a.mean() - b.mean())
        if row.method == "paired t":
            reference = stats.ttest_rel(a, b)
            assert row.pvalue == pytest.approx(reference.pvalue)
            assert row.statistic == pytest.approx(reference.statistic)
            assert (row.df, row.n_obs, row.n_splits) == (N - 1, N, 1)
        if row.loss == "classification_error":
            assert row.n_discordant == (a != b).sum()
        else:
            assert pd.isna(row.n_discordant)
        assert row.conclusion == ("a lower" if row.pvalue_holm <= 0.05 else "inconclusive")


def test_holm_is_within_a_loss(comparison):
    from sklearn_xent.inference import holm

    for _, rows in comparison.differences.groupby("loss"):
        assert rows["pvalue_holm"].tolist() == pytest.approx(holm(rows["pvalue"].tolist()))


def test_few_discordant_pairs_use_counts():
    y = np.zeros(50, dtype=int)
    a, b = np.tile([0.75, 0.25], (50, 1)), np.tile([0.75, 0.25], (50, 1))
    b[:4] = [0.25, 0.75]
    options = {"losses": "error", "labels": [0, 1]}
    with pytest.warns(sx.UndefinedSkillWarning):
        row = sx.compare_predictions(y, {"a": a, "b": b}, **options).differences.iloc[0]
    assert (row["method"], row["n_discordant"]) == ("Agresti-Min interval, mid-p McNemar", 4)
    assert row["pvalue"] == pytest.approx(2 * 0.5**4 / 2)
    assert math.isnan(row["statistic"])


def test_sample_losses_are_tidy(comparison):
    frame = comparison.sample_losses
    assert list(frame) == ["sample", "loss", "model", "value"]
    assert len(frame) == 3 * 3 * N
    part = frame[(frame["loss"] == "brier_loss") & (frame["model"] == "fair")]
    np.testing.assert_allclose(
        part["value"], sx.brier_loss(Y, MODELS["fair"], reduction="none"), rtol=1e-12
    )
    assert part["sample"].tolist() == list(range(N))


def test_sample_losses_keep_the_index():
    y = pd.Series(["a", "b"], index=["first", "second"])
    proba = pd.DataFrame([[0.7, 0.3], [0.4, 0.6]], columns=["a", "b"], index=y.index)
    frame = sx.compare_predictions(y, {"m": proba}, losses="mse").sample_losses
    assert frame["sample"].tolist() == ["first", "second"]


def test_weights_are_the_ratio_estimator():
    weight = RNG.random(N)
    rows = sx.compare_predictions(Y, MODELS, sample_weight=weight, losses="mse").differences
    a, b = (sx.brier_loss(Y, MODELS[m], reduction="none") for m in ("good", "fair"))
    mean = np.average(a - b, weights=weight)
    variance = (weight**2 * (a - b - mean) ** 2).sum() / weight.sum() ** 2 * N / (N - 1)
    assert rows["difference"][0] == pytest.approx(mean)
    assert rows["std_error"][0] == pytest.approx(math.sqrt(variance))


def test_baseline_keeps_its_pairs_only():
    rows = sx.compare_predictions(Y, MODELS, baseline="fair", losses="mse").differences
    pairs = list(zip(rows["model_a"], rows["model_b"], strict=True))
    assert pairs == [("good", "fair"), ("fair", "bad")]


def test_identical_models_are_degenerate():
    with pytest.warns(sx.DegenerateDifferenceWarning, match="first brier_loss of 'a' and 'b'"):
        comparison = sx.compare_predictions(
            Y, {"a": MODELS["good"], "b": MODELS["good"]}, losses="mse"
        )
    row = comparison.differences.iloc[0]
    assert (row["difference"], row["degenerate"], row["conclusion"]) == (0.0, True, "inconclusive")
    assert row[["std_error", "conf_low", "conf_high", "pvalue"]].isna().all()
    assert "b (no different on every sample)" in comparison.headlines()[0]


def test_single_model():
    comparison = sx.compare_predictions(Y, {"only": MODELS["good"]})
    assert len(comparison.summary) == 3
    assert comparison.differences.empty
    assert comparison.differences["pvalue"].dtype == np.float64
    assert "only has the lowest mean loss" in repr(comparison)


def test_labels_logits_and_frames():
    logits = {name: np.log(proba) for name, proba in MODELS.items()}
    from_logits = sx.compare_predictions(Y, logits, from_logits=True)
    plain = sx.compare_predictions(Y, MODELS)
    np.testing.assert_allclose(from_logits.summary["mean_loss"], plain.summary["mean_loss"])
    order = [2, 0, 1]
    moved = {name: proba[:, order] for name, proba in MODELS.items()}
    permuted = sx.compare_predictions(Y, moved, labels=order)
    assert permuted.summary["mean_loss"].tolist() == plain.summary["mean_loss"].tolist()


def test_zero_probabilities_are_counted_and_told():
    proba = np.array([[0.0, 1.0], [0.0, 1.0], [0.5, 0.5]])
    with pytest.warns(sx.ZeroProbabilityWarning, match=r"predictions\['m'\]: 1 of 3"):
        comparison = sx.compare_predictions([0, 1, 1], {"m": proba})
    assert comparison.summary["n_zero_probability"].tolist() == [1, 1, 1]
    told = [line for line in comparison.headlines() if "floor for zero probabilities" in line]
    assert len(told) == 1
    assert "m (1 sample)" in told[0]


def test_infinite_losses_conclude_nothing():
    proba = {"a": [[0.0, 1.0], [0.0, 1.0]], "b": [[0.5, 0.5], [0.5, 0.5]]}
    infinite = sx.get_loss("cross_entropy", eps=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.DegenerateDifferenceWarning)
        row = sx.compare_predictions([0, 1], proba, losses=infinite).differences.iloc[0]
    assert (row["loss_a"], row["conclusion"]) == (math.inf, "inconclusive")
    assert math.isnan(row["pvalue"])


def test_own_loss():
    comparison = sx.compare_predictions(Y, MODELS, losses=[spherical, "error"])
    assert comparison.summary["loss"].unique().tolist() == ["spherical", "classification_error"]
    assert comparison.headlines()[0].startswith("Spherical loss: good has the lowest")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"predictions": {}}, "with at least one entry"),
        ({"predictions": [MODELS["good"]]}, r'given as a dict, \{"name": ...\}'),
        ({"predictions": {1: MODELS["good"]}}, "names of models must be strings; got 1"),
        ({"baseline": "none"}, "baseline must be one of"),
        ({"losses": []}, "at least one"),
        ({"losses": ["mse", "brier_loss"]}, "each loss once"),
        ({"confidence_level": 95}, "confidence_level must be"),
        ({"predictions": {"m": MODELS["good"][:5]}}, r"predictions\['m'\] must have as many rows"),
    ],
)
def test_bad_arguments(options, message):
    arguments = {"predictions": MODELS, **options}
    with pytest.raises(ValueError, match=message):
        sx.compare_predictions(Y, **arguments)


def test_text_fits_80_columns(comparison):
    wide = {
        f"a model with a rather long name, number {i}": p for i, p in enumerate(MODELS.values())
    }
    for shown in (comparison, sx.compare_predictions(Y, wide)):
        assert max(len(line) for line in repr(shown).splitlines()) <= 80


def test_small_story_is_told():
    predictions = {
        "model 1": [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]],
        "model 2": [[0.1, 0.2, 0.7], [0.1, 0.7, 0.2], [0.3, 0.4, 0.3]],
    }
    with pytest.warns(sx.DegenerateDifferenceWarning):
        comparison = sx.compare_predictions([2, 1, 0], predictions)
    means = comparison.summary["mean_loss"].to_numpy().reshape(3, 2)
    np.testing.assert_allclose(
        means, [[1 / 3, 1 / 3], [2.42 / 3, 0.34], [1.378388852, 0.639107564]], atol=1e-6
    )
    assert comparison.summary["rank"].tolist() == [1, 1, 2, 1, 2, 1]
