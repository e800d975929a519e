import math
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import sklearn_xent as sx
from tests.support.own_losses import spherical
from tests.support.three_models import MODELS, K, N, Y

# the data are small on purpose
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning")

RNG = np.random.default_rng(5)
NAMES = ["classification_error", "brier_loss", "cross_entropy"]
SUMMARY = [
    "loss", "model", "mean_loss", "std_error", "conf_low", "conf_high", "confidence_level",
    "skill", "rank", "n_obs", "n_zero_probability", "method", "estimand", "status", "reason",
    "caution", "n_normalized", "mean_score", "may_be_best",
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
        assert row.method == ("Wilson interval" if row.loss == NAMES[0] else "t interval")
        assert row.skill == pytest.approx(sx.skill_score(row.loss, Y, proba))
        assert row.n_obs == N
        low, high = stats.t.interval(0.95, N - 1, each.mean(), stats.sem(each))
        if row.loss == NAMES[0]:
            low, high = stats.binomtest(int(each.sum()), N).proportion_ci(0.95, "wilson")
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
        assert row.conclusion == ("a better" if row.pvalue_holm <= 0.05 else "not clear")


def test_holm_is_within_a_loss(comparison):
    from sklearn_xent.inference.paired_tests import holm

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


@pytest.mark.filterwarnings("ignore::sklearn_xent.SerialDependenceWarning")
@pytest.mark.parametrize(
    ("n", "method"), [(9, "Agresti-Min interval, mid-p McNemar"), (10, "paired t")]
)
def test_ten_discordant_pairs_are_enough_for_t(n, method):
    y, a = np.arange(100) % 2, np.arange(100) % 2
    b = np.where(np.arange(100) < n, 1 - y, y)
    row = sx.compare_predictions(
        y, {"a": [[1 - p, p] for p in a], "b": [[1 - p, p] for p in b]}, losses="error"
    ).differences.iloc[0]
    assert (row["n_discordant"], row["method"]) == (n, method)


def test_weights_are_the_ratio_estimator():
    weight = RNG.random(N)
    rows = sx.compare_predictions(Y, MODELS, sample_weight=weight, losses="mse").differences
    a, b = (sx.brier_loss(Y, MODELS[m], reduction="none") for m in ("good", "fair"))
    mean = np.average(a - b, weights=weight)
    effective = weight.sum() ** 2 / (weight**2).sum()
    variance = (weight**2 * (a - b - mean) ** 2).sum() / weight.sum() ** 2
    variance *= effective / (effective - 1)
    assert rows["difference"][0] == pytest.approx(mean)
    assert rows["std_error"][0] == pytest.approx(math.sqrt(variance))


def test_baseline_keeps_its_pairs_only():
    rows = sx.compare_predictions(Y, MODELS, baseline="fair", losses="mse").differences
    pairs = list(zip(rows["model_a"], rows["model_b"], strict=True))
    assert pairs == [("good", "fair"), ("fair", "bad")]


def test_identical_models_are_degenerate():
    with pytest.warns(sx.DegenerateDifferenceWarning, match="only one to see: 'a', 'b'. That says"):
        comparison = sx.compare_predictions(
            Y, {"a": MODELS["good"], "b": MODELS["good"]}, losses="mse"
        )
    row = comparison.differences.iloc[0]
    assert (row["difference"], row["degenerate"], row["conclusion"]) == (0.0, True, "not clear")
    assert row[["std_error", "conf_low", "conf_high", "pvalue"]].isna().all()
    assert "a and b share the lowest mean, " in comparison.headlines()[0]


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
    with pytest.warns(sx.ZeroProbabilityWarning, match=r"'m' \(1\), of 3 samples"):
        comparison = sx.compare_predictions([0, 1, 1], {"m": proba})
    assert comparison.summary["n_zero_probability"].tolist() == [1, 1, 1]
    # only cross-entropy has a floor
    assert comparison.summary["caution"].tolist() == [
        "",
        "rare class",
        "zero probabilities; rare class",
    ]
    told = [line for line in comparison.headlines() if "raised to a floor" in line]
    assert len(told) == 1
    assert "m in 1 of 3 samples" in told[0]


def test_infinite_losses_conclude_nothing():
    proba = {"a": [[0.0, 1.0], [0.0, 1.0]], "b": [[0.5, 0.5], [0.5, 0.5]]}
    infinite = sx.get_loss("cross_entropy", eps=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.DegenerateDifferenceWarning)
        row = sx.compare_predictions([0, 1], proba, losses=infinite).differences.iloc[0]
    assert (row["loss_a"], row["conclusion"]) == (math.inf, "not clear")
    assert math.isnan(row["pvalue"])
    assert not row["degenerate"]


def test_an_infinite_loss_is_told():
    proba = {"a": [[0.0, 1.0], [0.2, 0.8]], "b": [[0.5, 0.5], [0.4, 0.6]]}
    infinite = sx.get_loss("cross_entropy", eps=0)
    told = sx.compare_predictions([0, 1], proba, losses=infinite).headlines()[0]
    assert "Cannot be judged: a." in told
    assert "a: a mean loss is infinite" in told


def test_names_in_one_frame_do_not_move_the_columns_of_another_model():
    proba = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    swapped = pd.DataFrame([[0.1, 0.9], [0.8, 0.2], [0.6, 0.4]], columns=["b", "a"])
    both = sx.compare_predictions(["a", "b", "b"], {"array": proba, "frame": swapped}, losses="mse")
    assert both.summary["mean_loss"].tolist() == pytest.approx([0.14 / 3, 0.21 / 3])


def test_rows_of_two_frames_must_agree_even_if_the_target_has_no_index():
    one = pd.DataFrame(MODELS["good"], index=np.arange(N) + 5)
    with pytest.raises(ValueError, match="the same index in another order"):
        sx.compare_predictions(Y, {"one": one, "two": one[::-1]})


def test_unrelated_names_may_not_be_in_two_orders():
    one = pd.DataFrame(MODELS["good"], columns=["x", "y", "z"])
    with pytest.raises(ValueError, match="have the same columns in another order"):
        sx.compare_predictions(Y, {"one": one, "two": one[["z", "x", "y"]]})


def test_logits_of_some_models():
    mixed = {"good": MODELS["good"], "bad": np.log(MODELS["bad"])}
    got = sx.compare_predictions(Y, mixed, from_logits=["bad"])
    plain = sx.compare_predictions(Y, {name: MODELS[name] for name in mixed})
    np.testing.assert_allclose(got.summary["mean_loss"], plain.summary["mean_loss"])
    with pytest.raises(ValueError, match="names of models, of \\['good', 'bad'\\]"):
        sx.compare_predictions(Y, mixed, from_logits=["ugly"])


def test_probabilities_as_logits_are_suspected():
    with pytest.warns(sx.SuspectLogitsWarning, match=r"predictions\['good'\] is taken as logits"):
        sx.compare_predictions(Y, {"good": MODELS["good"]}, from_logits=True)


def test_equal_weights_are_none():
    plain = sx.compare_predictions(Y, MODELS)
    weighted = sx.compare_predictions(Y, MODELS, sample_weight=np.full(N, 7.0))
    pd.testing.assert_frame_equal(plain.differences, weighted.differences)


@pytest.mark.parametrize("scale", [1e-100, 1e-70, 1e60, 2.5e99])
def test_the_scale_of_weights_does_not_matter(scale):
    weight = RNG.integers(1, 5, N).astype(float)
    one = sx.compare_predictions(Y, MODELS, sample_weight=weight).differences
    two = sx.compare_predictions(Y, MODELS, sample_weight=weight * scale).differences
    pd.testing.assert_frame_equal(one, two)


def test_one_dominating_weight_is_no_certainty():
    weight = np.ones(N)
    weight[0] = 1e4
    row = sx.compare_predictions(Y, MODELS, sample_weight=weight, losses="mse").differences.iloc[0]
    assert row["conclusion"] == "not clear"
    assert row["df"] < 0.1


def test_samples_of_weight_zero_are_not_counted():
    used = np.arange(N) < 50
    weight = np.where(used, 1.0 + np.arange(N), 0.0)
    whole = sx.compare_predictions(Y, MODELS, sample_weight=weight).differences
    part = sx.compare_predictions(
        Y[used], {k: p[used] for k, p in MODELS.items()}, sample_weight=weight[used]
    ).differences
    pd.testing.assert_frame_equal(whole, part)


def test_weights_of_zero_and_one_choose_samples():
    used = np.arange(N) < 50
    chosen = sx.compare_predictions(Y, MODELS, sample_weight=used.astype(float))
    part = sx.compare_predictions(Y[used], {name: p[used] for name, p in MODELS.items()})
    pd.testing.assert_frame_equal(chosen.summary, part.summary)
    pd.testing.assert_frame_equal(chosen.differences, part.differences)
    assert len(chosen.sample_losses) == 9 * 50


@pytest.mark.parametrize("from_logits", [iter(["good"]), None, 1, "good", ["ugly"]])
def test_logits_are_named_clearly(from_logits):
    with pytest.raises(ValueError, match="from_logits must be True, False or a list of names"):
        sx.compare_predictions(Y, MODELS, from_logits=from_logits)


def test_each_loss_counts_by_its_own_floor():
    losses = [
        sx.get_loss("cross_entropy", eps=0.2),
        sx.Loss(
            name="tight", title="Tight", options={"eps": 1e-12}, range=(0, math.inf),
            function=lambda y, p, eps: -np.log(np.maximum(p[np.arange(len(y)), y], eps)),
        ),
    ]  # fmt: skip
    with pytest.warns(sx.ZeroProbabilityWarning, match="below eps=0.2"):
        summary = sx.compare_predictions(Y, {"bad": MODELS["bad"]}, losses=losses).summary
    true = MODELS["bad"][np.arange(N), Y]
    assert summary["n_zero_probability"].tolist() == [(true < 0.2).sum(), 0]


def test_no_errors_are_not_certainty():
    y = np.arange(20) % 2
    row = sx.compare_predictions(y, {"m": np.eye(2)[y]}, losses="error").summary.iloc[0]
    assert row["mean_loss"] == 0.0
    assert row["conf_high"] == pytest.approx(0.1611, abs=1e-4)  # Wilson, 0 of 20


def test_warnings_name_the_caller():
    with pytest.warns(sx.XentWarning) as caught:
        sx.compare_predictions([0, 0], {"m": [[0.0, 1.0], [0.0, 1.0]]}, labels=[0, 1])
    assert {w.category for w in caught} == {sx.ZeroProbabilityWarning, sx.UndefinedSkillWarning}
    assert {w.filename for w in caught} == {__file__}


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


def test_groups_are_cluster_robust():
    groups = np.arange(N) // 4
    comparison = sx.compare_predictions(Y, MODELS, groups=groups)
    for row in comparison.differences.itertuples():
        a, b = (
            sx.mean_loss(row.loss, Y, MODELS[m], reduction="none")
            for m in (row.model_a, row.model_b)
        )
        sums = np.bincount(groups, weights=a - b - (a - b).mean())
        assert row.std_error == pytest.approx(math.sqrt((sums**2).sum() * 20 / 19) / N)
        assert (row.n_groups, row.df, row.method) == (20, 19, "cluster-robust paired t")
    assert set(comparison.summary["method"]) == {"cluster-robust t interval"}
    shuffled = RNG.permutation(N)
    moved = sx.compare_predictions(
        Y[shuffled], {k: p[shuffled] for k, p in MODELS.items()}, groups=groups[shuffled]
    )
    np.testing.assert_allclose(
        moved.differences["std_error"], comparison.differences["std_error"], rtol=1e-9
    )


def test_groups_of_any_label_and_index():
    index = [f"r{i}" for i in range(N)]
    y = pd.Series(Y, index=index)
    groups = pd.Series([f"patient {i // 4}" for i in range(N)], index=index)
    named = sx.compare_predictions(y, MODELS, groups=groups)
    assert named.differences["n_groups"].unique().tolist() == [20]
    with pytest.raises(ValueError, match="y_true and groups have the same index in another order"):
        sx.compare_predictions(y, MODELS, groups=groups[::-1])
    with pytest.raises(ValueError, match="groups must name at least two clusters"):
        sx.compare_predictions(Y, MODELS, groups=np.zeros(N))
    with pytest.raises(ValueError, match="groups must be a vector of labels; setting an array ele"):
        sx.compare_predictions(Y, MODELS, groups=[[1], [2, 3]] * (N // 2))


def test_bootstrap_t():
    plain = sx.compare_predictions(Y, MODELS, losses="xent").differences
    boot = sx.compare_predictions(Y, MODELS, losses="xent", method="bootstrap_t").differences
    again = sx.compare_predictions(Y, MODELS, losses="xent", method="bootstrap_t").differences
    pd.testing.assert_frame_equal(boot, again)
    assert set(boot["method"]) == {"bootstrap t"}
    np.testing.assert_allclose(boot["difference"], plain["difference"])
    np.testing.assert_allclose(boot["conf_high"], plain["conf_high"], atol=0.1)
    clustered = sx.compare_predictions(
        Y, MODELS, losses="xent", method="bootstrap_t", groups=np.arange(N) // 2
    ).differences
    assert set(clustered["method"]) == {"bootstrap t"}
    other = sx.compare_predictions(Y, MODELS, losses="xent", method="bootstrap_t", seed=1)
    assert (other.differences["conf_high"] != boot["conf_high"]).all()


def test_equivalence_margin():
    a, y = np.tile(MODELS["good"], (2, 1)), np.tile(Y, 2)
    near = {"a": a, "b": 0.999 * a + 0.001 / K}
    comparison = sx.compare_predictions(y, near, losses="mse", equivalence_margin=0.1)
    row = comparison.differences.iloc[0]
    assert row["conclusion"] == "equivalent"
    assert comparison.sentences()[0].startswith(
        "MSE (Brier): b is equivalent to a within the margin of 0.1: +0.0002"
    )
    strict = sx.compare_predictions(y, near, losses="mse", equivalence_margin=1e-9)
    assert strict.differences["conclusion"][0] != "equivalent"


def test_equivalence_is_adjusted_for_all_pairs():
    rows = sx.compare_predictions(Y, MODELS, losses="mse", equivalence_margin=0.2).differences
    room = (0.2 - rows["difference"].abs()) / rows["std_error"]
    from sklearn_xent.inference.paired_tests import holm

    adjusted = holm(stats.t.sf(room, N - 1).tolist())
    found = rows["conclusion"] == "equivalent"
    assert found.tolist() == [p <= 0.05 for p in adjusted]


def leverage_by_hand(name, a, b, half):
    loss, n = sx.get_loss(name), len(Y)
    every = [
        loss.per_sample(np.full(n, j), MODELS[a]) - loss.per_sample(np.full(n, j), MODELS[b])
        for j in range(K)
    ]
    d = np.choose(Y, every)
    return np.ptp(every, axis=0).max() / (n * half), np.abs(d - d.mean()).max() / (n * half)


def test_leverage(comparison):
    for row in comparison.differences.itertuples():
        half = (row.conf_high - row.conf_low) / 2
        label, sample = leverage_by_hand(row.loss, row.model_a, row.model_b, half)
        assert row.label_leverage == pytest.approx(label)
        assert row.sample_leverage == pytest.approx(sample)


def test_leverage_with_weights_is_that_of_repeats():
    times = RNG.integers(1, 4, N)
    weighted = sx.compare_predictions(Y, MODELS, sample_weight=times, losses="xent").differences
    scale = (weighted["conf_high"] - weighted["conf_low"]) / 2 * times.sum()
    loss = sx.get_loss("xent")
    every = [
        loss.per_sample(np.full(N, j), MODELS["good"])
        - loss.per_sample(np.full(N, j), MODELS["bad"])
        for j in range(K)
    ]
    expected = (np.ptp(every, axis=0) * times).max() / scale[1]
    assert weighted["label_leverage"][1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "bayes"}, "method must be among auto, bootstrap_t"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"equivalence_margin": -0.1}, "equivalence_margin must be a positive number"),
        ({"groups": [1, 2]}, "must have as many rows"),
        ({"groups": [None] * N}, "groups"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        sx.compare_predictions(Y, MODELS, **options)


@pytest.mark.parametrize("method", ["auto", "bootstrap_t"])
@pytest.mark.parametrize("clustered", [False, True])
def test_a_sample_of_weight_zero_is_no_sample_whatever_its_loss(method, clustered):
    n = 200
    p = RNG.uniform(0.05, 0.95, n)
    y = (RNG.random(n) < p).astype(int)
    q, weight, groups = (
        np.clip(p + RNG.normal(0, 0.1, n), 0.02, 0.98),
        RNG.random(n),
        RNG.integers(0, 40, n),
    )
    weight[:20], p[0] = 0.0, 1.0 - y[0]  # an infinite loss
    options = {"losses": sx.get_loss("xent", eps=0), "method": method}
    whole, part = (
        sx.compare_predictions(
            y[rows], {"a": p[rows], "b": q[rows]}, sample_weight=weight[rows],
            groups=groups[rows] if clustered else None, **options,
        )
        for rows in (slice(None), slice(20, None))
    )  # fmt: skip
    pd.testing.assert_frame_equal(whole.differences, part.differences)
    pd.testing.assert_frame_equal(whole.summary, part.summary)
    pd.testing.assert_frame_equal(whole.winner(100), part.winner(100))


def test_one_large_cluster_is_no_certainty():
    """t of G - 1 degrees of freedom misses the truth in most of such runs; this does not."""
    groups = np.repeat(np.arange(21), [200] + [5] * 20)
    missed = 0
    for _ in range(80):
        p = 0.5 + 0.3 * RNG.normal(size=21).clip(-1, 1)[groups]
        y = (RNG.random(300) < 0.5).astype(int)
        rows = sx.compare_predictions(
            y, {"a": p.clip(0.05, 0.95), "b": np.full(300, 0.5)}, groups=groups, losses=sx.Loss(
                name="linear", title="Linear", function=lambda y, p: p[:, 1], range=(0, 1))
        ).differences  # fmt: skip
        missed += not rows["conf_low"][0] <= 0.0 <= rows["conf_high"][0]
    assert missed <= 0.08 * 80


def test_label_leverage_of_what_could_be_infinite_is_infinite():
    y = np.arange(50) % 2
    p = np.where(y == 1, 0.8, 0.3)
    p[4] = 1.0 - (1 - y[4])
    sure = {"a": p, "b": np.where(np.arange(50) == 4, p, 0.5)}
    rows = sx.compare_predictions(y, sure, losses=sx.get_loss("xent", eps=0)).differences
    assert rows["label_leverage"][0] == math.inf


def test_bootstrap_needs_units():
    with pytest.raises(ValueError, match="needs at least 10 samples or groups"):
        sx.compare_predictions(
            Y, MODELS, losses="mse", method="bootstrap_t", groups=np.arange(N) % 4
        )


def test_margins_by_loss():
    margins = {"mse": 0.6, "cross_entropy": 1e-9}
    rows = sx.compare_predictions(Y, MODELS, equivalence_margin=margins).differences
    equivalent = rows["conclusion"] == "equivalent"
    assert equivalent[rows["loss"] == "brier_loss"].all()
    assert not equivalent[rows["loss"] != "brier_loss"].any()


def test_with_groups_the_intervals_are_about_new_groups():
    groups = np.arange(len(Y)) // 2
    found = sx.compare_predictions(Y, MODELS, groups=groups, losses="mse")
    for frame in (found.summary, found.differences):
        assert frame["estimand"].str.contains("on new groups of samples like the test set").all()
