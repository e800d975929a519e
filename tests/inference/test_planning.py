"""Plans: formulas of textbooks where these hold, and promises that are kept."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sklearn_xent._arrays import sum_of_blocks
from sklearn_xent.inference.equivalence import tango_equivalence
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inference.paired_tests import FEW_DISCORDANT, paired_errors
from sklearn_xent.inference.planning import (
    LogVariance,
    Pilot,
    detectable_difference,
    n_for_equivalence,
    n_for_half_width,
    n_for_power,
)

RNG = np.random.default_rng(0)
CERTAIN = Pilot(10**9, 0.04, 1e9)
"""A pilot that knows the variance."""


def test_degrees_of_freedom_of_a_variance():
    normal = Pilot.from_values(stats.norm.ppf((np.arange(2000) + 0.5) / 2000))
    assert normal.df == pytest.approx(1999, rel=0.02)
    x = RNG.exponential(size=500)
    kurtosis = stats.kurtosis(x, bias=False)
    assert Pilot.from_values(x).df == pytest.approx(2 / (kurtosis / 500 + 2 / 499))
    assert Pilot.from_values(x).variance == pytest.approx(x.var(ddof=1))
    errors = RNG.choice([-1.0, 0.0, 1.0], p=[0.02, 0.95, 0.03], size=4000)
    counted = Pilot.from_errors(4000, np.count_nonzero(errors))
    assert counted.df == pytest.approx(2 * np.count_nonzero(errors), rel=0.1), "as of a Poisson"
    assert counted.df == pytest.approx(Pilot.from_values(errors).df, rel=0.1)


def test_weights_and_sums():
    x, weight = RNG.normal(size=300), RNG.uniform(0.2, 3, 300)
    for w in (None, weight):
        moments, of_values = Moments.from_values(x, w), Pilot.from_values(x, w)
        of_sums = Pilot.from_moments(moments)
        assert of_values.variance == pytest.approx(300 * moments.variance_of_mean)
        assert of_sums.variance == pytest.approx(of_values.variance)
        assert of_sums.df < of_values.df, "a bound of the kurtosis is safe"
    assert Pilot.from_values(x, np.full(300, 7.0)).df == pytest.approx(Pilot.from_values(x).df)
    tiny = Pilot.from_values(x, 1e-100 * weight)
    assert tiny.df == pytest.approx(Pilot.from_values(x, weight).df)
    clusters = Pilot.from_values(x, weight, clusters=True)
    moments = Moments.from_clusters(x, weight, np.arange(300))
    assert clusters.variance == pytest.approx(300 * moments.variance_of_mean)


def test_with_a_known_variance_it_is_the_formula_of_textbooks():
    for power in (0.5, 0.8, 0.9):
        q = stats.norm.ppf(0.975) + stats.norm.ppf(power)
        n = n_for_power(CERTAIN, 0.01, 0.95, power)
        assert n == pytest.approx((q * 0.2 / 0.01) ** 2, rel=0.01)
        assert detectable_difference(Pilot(n, 0.04, 1e9), 0.95, power) == pytest.approx(
            0.01, rel=0.01
        )
    assert n_for_half_width(CERTAIN, 0.01, 0.95, 0.5) == pytest.approx((19.6 * 2) ** 2, rel=0.01)
    z = stats.norm.ppf(0.95) + stats.norm.ppf(0.9)  # two one-sided tests (Julious 2004)
    n = n_for_equivalence(CERTAIN, 0.01, 0.95, 0.8, 0.0)
    assert n == pytest.approx((z * 0.2 / 0.01) ** 2, rel=0.01)


def test_errors_are_planned_as_by_mcnemar():
    n, p, difference = 10**8, 0.1, 0.03
    pilot = Pilot.from_errors(n, int(n * p))
    q = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    expected = q**2 * (p - difference**2) / difference**2
    assert n_for_power(pilot, difference, 0.95, 0.8) == pytest.approx(expected, rel=0.01)
    # more than the models disagreed: all discordant samples on one side
    assert n_for_power(pilot, 0.5, 0.95, 0.8) < 20
    small = Pilot.from_errors(400, 40)
    least = detectable_difference(small, 0.95)
    assert n_for_power(small, least, 0.95, 0.8) == pytest.approx(400, abs=1)
    m = n_for_equivalence(small, 0.05, 0.95, 0.8, None)
    half = round(0.05 * m)
    assert tango_equivalence(m, half, half, 0.05) < 0.05
    assert tango_equivalence(m // 8, half // 8, half // 8, 0.05) > 0.05


@settings(max_examples=50, deadline=None)
@given(
    st.integers(20, 2000), st.floats(1e-3, 10), st.floats(0.05, 1.0), st.floats(0.5, 0.95),
    st.floats(1e-3, 1),
)  # fmt: skip
def test_laws(n, variance, share, power, difference):
    pilot = Pilot(n, variance, share * (n - 1))
    needed = n_for_power(pilot, difference, 0.95, power)
    assert needed >= n_for_power(pilot, 2 * difference, 0.95, power)
    assert needed >= n_for_power(pilot, difference, 0.9, power)
    assert needed <= n_for_power(pilot, difference, 0.95, 0.97)
    least = detectable_difference(pilot, 0.95, power)
    assert n_for_power(pilot, least * (1 + 1e-9), 0.95, power) in (n - 1, n)
    wide = n_for_half_width(pilot, difference, 0.95, power)
    assert wide >= n_for_half_width(pilot, 2 * difference, 0.95, power)
    rare = n_for_equivalence(pilot, difference, 0.95, power, 2.0)
    assert rare >= n_for_equivalence(pilot, difference, 0.95, power, 0.0)
    assert rare > 3 * 2.0 / difference, "the rule of three"


def test_a_pilot_without_spread_plans_nothing():
    for pilot in (
        Pilot.from_values(np.ones(50)), Pilot.from_values(np.arange(3.0)),
        Pilot(50, math.inf, 49.0),
        Pilot.from_errors(100, 0), Pilot.from_moments(Moments.from_values(np.ones(20))),
    ):  # fmt: skip
        assert not pilot.is_usable
        assert math.isnan(detectable_difference(pilot, 0.95))
        assert n_for_power(pilot, 0.1, 0.95, 0.8) is None
        assert n_for_half_width(pilot, 0.1, 0.95, 0.8) is None
        assert n_for_equivalence(pilot, 0.1, 0.95, 0.8, 1.0) is None
    assert n_for_power(Pilot(20, 1.0, 19.0), 1e-9, 0.95, 0.8) is None, "more than anybody has"


@pytest.mark.parametrize("n", [50, 200])
def test_promised_power_is_kept(n):
    """Gamma differences, so heavy-tailed; the plug-in of 1.96 + 0.84 keeps less."""
    rng, runs, kept, detected = np.random.default_rng(n), 600, 0, 0
    for _ in range(runs):
        pilot = Pilot.from_values(rng.gamma(1.0, size=n) - 1.0)
        size = n_for_power(pilot, 0.3, 0.95, 0.8)
        again = rng.gamma(1.0, size=size) - 0.7
        kept += stats.ttest_1samp(again, 0.0).pvalue <= 0.05 and again.mean() > 0
        least = detectable_difference(pilot, 0.95)
        again = rng.gamma(1.0, size=n) - 1.0 + least
        detected += stats.ttest_1samp(again, 0.0).pvalue <= 0.05 and again.mean() > 0
    assert 0.77 - 0.033 < kept / runs < 0.87 + 0.033
    assert 0.77 - 0.033 < detected / runs < 0.87 + 0.033


def test_half_widths_of_clusters_rest_on_the_jackknife():
    """Miller (1968), Annals of Mathematical Statistics 39, 567-582, one cluster after another."""
    x, weight = RNG.exponential(size=30), RNG.integers(1, 9, 30).astype(float)
    pilot = Pilot.from_values(x, weight, clusters=True)

    def log_variance(keep):
        y, w = x[keep], weight[keep]
        n, mean = len(y), np.average(y, weights=w)
        return np.log(n**2 / (n - 1) * np.sum((w * (y - mean)) ** 2) / w.sum() ** 2)

    every = np.arange(30)
    assert log_variance(every) == pytest.approx(np.log(pilot.variance), rel=1e-12)
    others = np.array([log_variance(np.delete(every, i)) for i in every])
    values = 30 * log_variance(every) - 29 * others
    found = pilot.log_variance
    assert found.value == pytest.approx(values.mean(), rel=1e-10)
    assert found.of_unit == pytest.approx(values.var(ddof=1), rel=1e-10)
    kurtosis = stats.kurtosis(values, bias=False)
    assert found.df == pytest.approx(2 / (max(kurtosis, -1.2) / 30 + 2 / 29), rel=1e-10)
    assert found.skewness == pytest.approx(stats.skew(values), rel=1e-10)
    n = n_for_half_width(pilot, 0.1, 0.95, 0.8)
    square, spread = stats.norm.ppf(0.8) ** 2, np.sqrt(1 / 30 + 1 / n)
    third = (1 / n**2 - 1 / 30**2) / spread**3  # of the difference between a new mean and the old
    moved = found.skewness * (square / (60 * spread) + third * (square - 1) / 6)
    quantile = stats.t.ppf(0.8, found.df) + moved
    upper = found.value + quantile * spread * np.sqrt(found.of_unit)
    assert stats.t.ppf(0.975, n - 1) * np.sqrt(np.exp(upper) / n) == pytest.approx(0.1, rel=0.01)
    assert n >= n_for_half_width(pilot, 0.1, 0.95, 0.5) >= n_for_half_width(pilot, 0.2, 0.95, 0.5)
    moved = Pilot.from_values(1e6 * x + 1e9, 1e-50 * weight, clusters=True)
    assert n_for_half_width(moved, 1e5, 0.95, 0.8) == pytest.approx(n, abs=1)


def test_a_skewed_mean_is_predicted_as_often_as_promised():
    """Studentised by the old sample alone, exponential values; without the skewness it is less."""
    rng, runs, n, of_new = np.random.default_rng(3), 2000, 100, 1000
    below = plain = 0
    for _ in range(runs):
        x = rng.exponential(size=n)
        known = LogVariance(x.mean(), x.var(ddof=1), float(stats.skew(x)), n - 1.0)
        new = rng.exponential(size=of_new).mean()
        below += new <= np.log(known.upper(n, of_new, 0.8))
        plain += new <= np.log(dataclasses.replace(known, skewness=0.0).upper(n, of_new, 0.8))
    assert below / runs == pytest.approx(0.8, abs=0.02)
    assert plain < below - 0.01 * runs


@pytest.mark.parametrize(("n", "share"), [(50, 0.2), (100, 0.1), (300, 0.05), (100, 0.45)])
def test_half_widths_of_errors_are_as_narrow_as_often_as_promised(n, share):
    """Exactly, over all pilots; an F quantile of the variance gave up to 95 %."""
    kept = usable = 0.0
    for discordant, chance in enumerate(stats.binom.pmf(np.arange(n + 1), n, share)):
        if chance < 1e-5 or discordant == 0:
            continue
        usable += chance
        m = n_for_half_width(Pilot.from_errors(n, discordant), 0.025, 0.95, 0.8)
        most = m * (m - 1) * (0.025 / stats.t.ppf(0.975, m - 1)) ** 2  # that two models differ on
        kept += chance * stats.binom.cdf(most, m, share)
    assert 0.77 < kept / usable < 0.83


@pytest.mark.parametrize("x", [[0.0] * 19 + [1.0], [1.0, -1.0] + [0.0] * 18, [0.0] * 4 + [1.0]])
def test_one_cluster_with_all_of_the_spread_still_gives_a_plan(x):
    pilot = Pilot.from_values(np.array(x), np.ones(len(x)), clusters=True)
    n = n_for_half_width(pilot, 0.05, 0.95, 0.8)
    assert n is None or 20 < n < 10**7


def power_of(n, share, difference):
    """The chance that the test of the package finds a difference of error rates, exactly."""
    found = 0.0
    for discordant in range(n + 1):
        a = np.arange(discordant // 2 + 1, discordant + 1)
        b, mean = discordant - a, (2 * a - discordant) / n
        if discordant < FEW_DISCORDANT:
            finds = [
                paired_errors(n, int(x), int(y), 0.95).pvalue <= 0.05
                for x, y in zip(a, b, strict=True)
            ]
        else:
            error = np.sqrt(np.maximum(discordant / n - mean**2, 1e-12) / (n - 1))
            finds = mean > stats.t.ppf(0.975, n - 1) * error
        chances = stats.binom.pmf(a, discordant, (share + difference) / 2 / share)
        found += stats.binom.pmf(discordant, n, share) * float(np.sum(chances * finds))
    return found


@pytest.mark.parametrize("difference", [0.3, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("share", [0.1, 0.3])
def test_large_differences_of_errors_keep_their_power(share, difference):
    n = n_for_power(Pilot.from_errors(10**6, round(10**6 * share)), difference, 0.95, 0.8)
    assert power_of(n, max(share, difference), difference) > 0.79
    assert n < 30


@pytest.mark.parametrize(("n", "discordant"), [(5, 1), (8, 3), (12, 2), (20, 4)])
def test_what_few_samples_detect_is_detected(n, discordant):
    least = detectable_difference(Pilot.from_errors(n, discordant), 0.95)
    assert least < 1.0
    assert power_of(n, max(discordant / n, least), least) > 0.79


def test_a_pilot_of_a_difference_has_the_bits_of_its_values():
    a, b = np.random.default_rng(0).exponential(size=(2, 70_001))
    for x, y in ((a, b), (a, a), (a, np.where(a > 9, np.inf, a))):
        of_values = Pilot.from_values(x - y)
        of_blocks = Pilot.from_difference(x, y, Moments.from_difference(x, y))
        assert repr(of_blocks) == repr(of_values)
    x = a - b
    # old numpy sums long arrays in chunks, and not by halves
    exact = sum_of_blocks(lambda rows: x[rows], len(x)) == x.sum()
    assert exact or np.lib.NumpyVersion(np.__version__) < "2.4.0"
    rel = 0 if exact else 1e-12
    for n in (7, 40_000, 70_001):
        assert sum_of_blocks(lambda rows: x[rows], n) == pytest.approx(x[:n].sum(), rel=rel)
    size = np.abs(x).max()
    squares = np.square(x / size - (x / size).mean())
    expected = len(x) * squares.sum() / len(x) ** 2 * (len(x) / (len(x) - 1.0)) * size**2
    assert Pilot.from_values(x).variance == pytest.approx(expected, rel=rel)


def test_a_chance_near_one_and_few_clusters_give_no_plan():
    x, weight = np.array([5.0, -2.0, 1.0, 3.0, 0.5, 0.1, 2.0]), np.array([1.0, 3, 1, 4, 2, 2, 1])
    pilot = Pilot.from_values(x, weight, clusters=True)
    assert pilot.log_variance.upper(7, 4, 1 - 1e-9) == math.inf
    planned = [n_for_half_width(pilot, 2.0, 0.95, power) for power in (0.8, 0.99, 1 - 1e-9)]
    assert planned[0] < planned[1]
    assert planned[2] is None
