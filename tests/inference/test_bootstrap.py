"""Resampling: the bootstrap-t interval, and the loss of a chosen model."""

import math

import numpy as np
import pytest
from scipy import stats

from sklearn_xent.inference import bootstrap, paired_tests
from sklearn_xent.inference.equivalence import two_one_sided
from sklearn_xent.inference.moments import Moments

RNG = np.random.default_rng(2)


def both(x, weight=None, level=0.95, n_resamples=4000, seed=0):
    plain = paired_tests.paired_t(Moments.from_values(x, weight), level)
    return plain, bootstrap.bootstrap_t(plain, x, weight, level, n_resamples, seed)


def test_of_normal_numbers_it_is_the_t_interval():
    plain, boot = both(RNG.normal(0.2, 1.0, 200))
    assert boot.method is paired_tests.Method.BOOTSTRAP_T
    assert (boot.value, boot.std_error) == (plain.value, plain.std_error)
    assert boot.conf_low == pytest.approx(plain.conf_low, abs=0.15 * plain.std_error)
    assert boot.conf_high == pytest.approx(plain.conf_high, abs=0.15 * plain.std_error)
    assert boot.pvalue == pytest.approx(plain.pvalue, abs=0.02)


def test_pivots_against_a_loop():
    x = RNG.normal(size=30)
    pivots = np.concatenate(list(bootstrap._pivots(x, None, 50, 3, False)))
    rows = np.random.default_rng(3).integers(0, 30, size=(50, 30))
    expected = [(x[r].mean() - x.mean()) / stats.sem(x[r]) for r in rows]
    np.testing.assert_allclose(pivots, expected, rtol=1e-10)


def test_a_skewed_loss_has_a_skewed_interval():
    x = RNG.exponential(size=100) ** 2
    plain, boot = both(x)
    assert boot.conf_high - x.mean() > 1.3 * (plain.conf_high - x.mean())
    assert x.mean() - boot.conf_low < x.mean() - plain.conf_low


def test_weights_repeat_samples():
    x = RNG.normal(size=60)
    _, boot = both(x, RNG.integers(1, 4, 60).astype(float))
    assert 0.0 < boot.pvalue <= 1.0
    assert boot.conf_low < boot.value < boot.conf_high


def test_seed_decides_and_chunks_do_not_matter(monkeypatch):
    x = RNG.normal(size=50)
    one, other = both(x)[1], both(x, seed=1)[1]
    assert not np.array_equal(one.pivots, other.pivots)
    monkeypatch.setattr(bootstrap, "CHUNK", 700)
    np.testing.assert_allclose(one.pivots, both(x)[1].pivots, rtol=1e-9)


def test_a_degenerate_test_stays_so():
    plain, boot = both(np.full(20, 0.5))
    assert boot is plain


def test_equivalence_by_the_bootstrap_is_that_by_t_for_normal_numbers():
    plain, boot = both(RNG.normal(0.0, 1.0, 400))
    for margin in (0.05, 0.1):
        assert two_one_sided(boot, margin) == pytest.approx(two_one_sided(plain, margin), abs=0.02)


def test_chosen_loss_of_one_model_is_its_own():
    x = RNG.random((1, 500))
    loss, low, high = bootstrap.chosen_loss(x, None, 0.95, 500, seed=0)
    assert loss == pytest.approx(x.mean(), abs=0.005)
    assert low < x.mean() < high


def test_the_winner_of_many_equal_models_is_no_better_than_they():
    """Forty models of the same risk, 0.5: the lowest mean flatters, the corrected one does not."""
    best, corrected = [], []
    for _ in range(40):
        values = RNG.random((40, 100))
        best.append(values.mean(axis=1).min())
        corrected.append(bootstrap.chosen_loss(values, None, 0.95, 200, seed=0)[0])
    assert np.mean(best) < 0.45
    assert np.mean(corrected) == pytest.approx(0.5, abs=0.01)


def test_chosen_loss_against_a_loop():
    values, w = RNG.random((3, 20)), RNG.random(20)
    got = bootstrap.chosen_loss(values, w, 0.9, 30, seed=1)
    rows = np.random.default_rng(1).integers(0, 20, size=(30, 20))
    expected = []
    for draw in rows:
        out = np.setdiff1d(np.arange(20), draw)
        inside = [np.average(v[draw], weights=w[draw]) for v in values]
        expected.append(np.average(values[np.argmin(inside)][out], weights=w[out]))
    ends = np.quantile(expected, [0.05, 0.95], method="inverted_cdf")
    assert got == pytest.approx((np.mean(expected), *ends))


def test_one_unit_says_nothing():
    assert all(map(math.isnan, bootstrap.chosen_loss(np.ones((2, 1)), None, 0.95, 9, seed=0)))


def test_an_infinite_loss_is_never_chosen_nor_hidden():
    values = RNG.random((2, 50))
    values[0, :3] = np.inf
    loss, low, high = bootstrap.chosen_loss(values, None, 0.95, 300, seed=0)
    assert loss == math.inf  # some resamples leave all three out, and choose the first model
    assert low < high
    sound, *_ = bootstrap.chosen_loss(values[1:], None, 0.95, 300, seed=0)
    assert sound == pytest.approx(values[1].mean(), abs=0.02)


def test_clusters_have_the_factor_of_their_number():
    x, sizes = RNG.normal(size=12), RNG.integers(1, 30, 12).astype(float)
    pivots = np.concatenate(list(bootstrap._pivots(x, sizes, 40, 1, True)))
    rows = np.random.default_rng(1).integers(0, 12, size=(40, 12))
    mean = np.average(x, weights=sizes)
    for pivot, draw in zip(pivots, rows, strict=True):
        w, v = sizes[draw], x[draw]
        centre = np.average(v, weights=w)
        std_error = math.sqrt((w**2 * (v - centre) ** 2).sum() * 12 / 11) / w.sum()
        assert pivot == pytest.approx((centre - mean) / std_error)


def test_few_units_are_refused():
    with pytest.raises(ValueError, match="needs at least 10 samples or groups"):
        both(RNG.normal(size=9))


def clusters(n, seed=0):
    rng = np.random.default_rng(seed)
    sizes = np.maximum(1.0, np.round(6 * rng.lognormal(0, 1, n)))
    return rng.exponential(size=n) - 1, sizes


def test_cluster_pvalues_against_a_loop():
    """Draw the same weights and resamples, and follow the formulas one resample at a time."""
    x, w = clusters(9)

    def t(values, weights, null=0.0):
        mean = np.average(values, weights=weights)
        spread = (weights**2 * (values - mean) ** 2).sum() * 9 / 8
        return (mean - null) / np.sqrt(spread) * weights.sum()

    for null in (0.0, -0.4):
        n = 400
        observed, mean = t(x, w, null), np.average(x, weights=w)
        signs = np.random.default_rng([5, 1]).choice(bootstrap.WEBB, size=(n, 9))
        wild = [t(s * (x - null), w) for s in signs]
        rows = np.random.default_rng(5).integers(0, 9, size=(n, 9))
        pivots = np.asarray([t(x[r], w[r], mean) for r in rows])
        ends = min(np.sum(pivots >= observed), np.sum(pivots <= observed))
        expected = max(
            (1 + np.sum(np.abs(wild) >= abs(observed))) / (n + 1),
            (1 + np.sum(np.abs(pivots) >= abs(observed))) / (n + 1),
            2 * (1 + ends) / (n + 1),
            2 * stats.t.sf(abs(observed), w.sum() ** 2 / (w**2).sum() - 1),
        )
        got = bootstrap.cluster_pvalues(x[None], w, np.asarray([null]), n, 5)
        assert got.tolist() == pytest.approx([min(1.0, expected)])


def test_webb_weights_have_mean_zero_and_variance_one():
    assert bootstrap.WEBB.mean() == pytest.approx(0.0, abs=1e-15)
    assert np.square(bootstrap.WEBB).mean() == pytest.approx(1.0)
    assert len(set(bootstrap.WEBB)) == 6


def test_no_claim_about_three_clusters_is_confirmed():
    x, w = np.asarray([[1.0, 1.01, 0.99]]), np.ones(3)
    claim = bootstrap.Claim((0, 1), 0.05)
    assert bootstrap.are_unconfirmed([claim], lambda _: (x[0], w), 1999, 0) == [True]


def test_many_pairs_are_as_one_by_one(monkeypatch):
    x, w = clusters(25)
    shifts = np.linspace(0.0, 1.5, 8)
    claims = [bootstrap.Claim((0, i), 0.05) for i in range(8)]

    def of(pair):
        return x + shifts[pair[1]], w

    together = bootstrap.are_unconfirmed(claims, of, 499, 3)
    alone = [bootstrap.are_unconfirmed([claim], of, 499, 3)[0] for claim in claims]
    assert together == alone
    assert together[0] is True
    assert together[-1] is False
    monkeypatch.setattr(bootstrap, "CHUNK", 60)
    assert bootstrap.are_unconfirmed(claims, of, 499, 3) == together
    assert bootstrap.are_unconfirmed([], of, 499, 3) == []


def test_a_level_that_resamples_cannot_resolve():
    x, w = RNG.normal(3.0, 1.0, 60), np.ones(60)
    claim = bootstrap.Claim((0, 1), 1e-9)
    assert bootstrap.are_unconfirmed([claim], lambda _: (x, w), 199, 0) == [False]


def test_equivalence_of_clusters_needs_both_margins():
    x, w = RNG.normal(0.0, 1.0, 60), np.ones(60)
    x -= x.mean()

    def confirmed(margin):
        claim = bootstrap.Claim((0, 1), 0.05, margin)
        return not bootstrap.are_unconfirmed([claim], lambda _: (x, w), 999, 0)[0]

    std_error = stats.sem(x)
    assert confirmed(2.5 * std_error)
    assert not confirmed(1.2 * std_error)
    one_sided = bootstrap.Claim((0, 1), 0.05, 2.5 * std_error)
    above = bootstrap.are_unconfirmed([one_sided], lambda _: (x + 2 * std_error, w), 999, 0)
    assert above == [True]


def test_very_many_clusters_are_resampled_only_if_skewed(monkeypatch):
    calls = []
    resample = bootstrap.cluster_pvalues
    monkeypatch.setattr(
        bootstrap, "cluster_pvalues", lambda *a: calls.append(a[0].shape) or resample(*a)
    )
    sound, w = RNG.normal(1.0, 1.0, 1500), np.ones(1500)
    skewed = np.where(np.arange(1500) == 0, 1500.0, 0.0) + 0.01 * sound
    columns = {1: sound, 2: skewed}
    claims = [bootstrap.Claim((0, i), 0.05) for i in (1, 2)]
    found = bootstrap.are_unconfirmed(claims, lambda pair: (columns[pair[1]], w), 199, 0)
    assert calls == [(2, 1500)]  # of the second claim alone, with both signs of the margin
    assert found == [False, True]
