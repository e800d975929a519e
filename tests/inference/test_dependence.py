import math

import numpy as np
import pytest
from scipy import signal, stats

from sklearn_xent.inference.dependence import (
    TimeSeries,
    check_times,
    lag_one_pvalue,
    looks_dependent,
    mean_serial,
    n_cosines,
    scores_within,
    serial_t,
    share_seen,
)

RNG = np.random.default_rng(0)


def ar(rho, n, rng=RNG):
    return signal.lfilter([1], [1, -rho], rng.normal(size=n + 200))[200:]


def series(x, weight=None, times=None):
    times = np.arange(len(x)) if times is None else times
    return TimeSeries(x, weight, times, float(np.average(x, weights=weight)))


# --- the standard error ---------------------------------------------------------------------


def cosines_one_by_one(x, weight, times):
    """The estimate as the paper writes it: the mean of squared weighted sums of cosines."""
    mean, n = sum(weight * x) / sum(weight), max(times) + 1
    residual = [sum(weight[times == t] * (x[times == t] - mean)) for t in range(n)]
    b = int(0.41 * n ** (2 / 3))
    omegas = [
        (math.sqrt(2 / n) * sum(r * math.cos(math.pi * j * (t + 0.5) / n)
                                for t, r in enumerate(residual))) ** 2
        for j in range(1, b + 1)
    ]  # fmt: skip
    return math.sqrt(n * np.mean(omegas)) / sum(weight), b


@pytest.mark.parametrize("n", [40, 301])
@pytest.mark.parametrize("kind", ["plain", "weighted", "ties"])
def test_the_standard_error_is_that_of_a_sum_over_cosines(n, kind):
    x = ar(0.6, n)
    weight = RNG.random(n) + 0.1 if kind == "weighted" else np.ones(n)
    times = RNG.permutation(np.arange(n) // (2 if kind == "ties" else 1))
    expected, df = cosines_one_by_one(x, weight, times)
    found = series(x, weight if kind == "weighted" else None, times)
    assert found.std_error == pytest.approx(expected, rel=1e-12)
    assert found.df == df


def test_an_example_by_hand():
    # four times: b = 2; cos(pi (t + 1/2) / 4) and cos(pi (t + 1/2) / 2) of t = 0..3
    x = np.array([1.0, 2.0, 4.0, 5.0])
    c1, s1, root = math.cos(math.pi / 8), math.cos(3 * math.pi / 8), math.sqrt(0.5)
    first = -2 * c1 - 1 * s1 - 1 * s1 - 2 * c1
    second = (-2 + 1 - 1 + 2) * root
    assert n_cosines(4) == 2
    assert series(x).std_error == pytest.approx(math.sqrt(2 * (first**2 + second**2) / 2) / 4)


def test_the_cosines_estimate_the_long_run_variance():
    """That of an AR(1) series is sigma^2 / (1 - rho)^2."""
    n, rho = 20_000, 0.5
    errors = [series(ar(rho, n)).std_error for _ in range(20)]
    assert np.mean(np.square(errors)) * n == pytest.approx(1 / (1 - rho) ** 2, rel=0.05)


def test_the_test_is_students():
    x = ar(0.3, 100)
    test, one = serial_t(series(x), 0.9), series(x)
    assert test.statistic == pytest.approx(x.mean() / one.std_error)
    assert (test.df, n_cosines(100)) == (8, 8)
    assert test.pvalue == pytest.approx(2 * stats.t.sf(abs(test.statistic), 8))
    assert test.half_width == pytest.approx(stats.t.ppf(0.95, 8) * one.std_error)
    estimate = mean_serial(one, 0.9)
    assert (estimate.conf_low, estimate.conf_high) == (test.conf_low, test.conf_high)


def test_order_matters_and_the_names_of_times_do_not():
    x = np.sort(RNG.normal(size=60))
    assert series(x).std_error > 3 * series(RNG.permutation(x)).std_error
    shuffled = RNG.permutation(60)
    assert series(x[shuffled], None, shuffled).std_error == pytest.approx(series(x).std_error)


@pytest.mark.parametrize("x", [np.full(50, 0.3), np.tile([0.1, 0.3], 50)])
def test_times_without_spread_have_no_test(x):
    times = np.arange(len(x)) // 2  # each time has the same sum
    test = serial_t(series(x, None, times), 0.95, 1.0)
    assert test.degenerate
    assert math.isnan(test.pvalue)
    assert test.value == pytest.approx(x.mean())


def test_infinite_values_have_no_test():
    x = np.r_[np.inf, RNG.normal(size=30)]
    test = serial_t(series(x), 0.95)
    assert (test.value, test.degenerate) == (np.inf, False)
    assert math.isnan(test.conf_low)


def test_claims_in_time_order():
    """At a level of 5%, of AR(.5) differences; a t-test makes 25%."""
    rng = np.random.default_rng(3)
    pvalues = [serial_t(series(ar(0.5, 200, rng)), 0.95).pvalue for _ in range(1000)]
    assert 0.035 < np.mean(np.array(pvalues) <= 0.05) < 0.075


def test_few_times_are_an_error():
    check_times(np.arange(10))
    with pytest.raises(ValueError, match=r"at least 10 different times among .*; got 9\."):
        check_times(np.repeat(np.arange(9), 5))


# --- persistence ----------------------------------------------------------------------------


def test_the_share_seen_is_that_of_the_spectrum():
    rho, n = 0.8, 100
    angles = math.pi * np.arange(1, 9) / n
    density = np.abs(1 / (1 - rho * np.exp(1j * angles))) ** 2
    assert share_seen(rho, n) == pytest.approx(density.mean() * (1 - rho) ** 2)
    assert share_seen(0.0, n) == share_seen(-0.5, n) == 1.0


@pytest.mark.parametrize(("rho", "flagged"), [(0.3, (0, 0)), (0.9, (0.98, 1))])
def test_persistent_series_are_seen(rho, flagged):
    rng = np.random.default_rng(4)
    found = np.mean([series(ar(rho, 300, rng)).is_persistent for _ in range(200)])
    assert flagged[0] <= found <= flagged[1]


def test_lag_one_is_the_correlation_of_neighbours():
    x = ar(0.7, 400)
    assert series(x).lag_one == pytest.approx(np.corrcoef(x[1:], x[:-1])[0, 1], abs=0.02)
    assert series(np.zeros(12)).lag_one == 0.0


# --- do rows look dependent? ----------------------------------------------------------------


def test_scores_are_ranks_within_cells():
    values, cells = RNG.integers(0, 6, 200).astype(float), RNG.integers(0, 4, 200)
    expected = np.empty(200)
    for cell in range(4):
        here = cells == cell
        expected[here] = (stats.rankdata(values[here]) - 0.5) / here.sum() - 0.5
    np.testing.assert_allclose(scores_within(values, cells), expected, atol=1e-15)
    np.testing.assert_array_equal(scores_within(np.array([7.0]), np.array([3])), [0.0])


def test_the_pvalue_is_freedmans_bound():
    scores = np.array([1.0, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1])
    products = 10 - 1
    assert lag_one_pvalue([scores]) == pytest.approx(math.exp(-81 / (2 * (12 + products / 3))))
    # neighbours of different blocks do not count
    assert lag_one_pvalue([scores[:6], scores[6:]]) == pytest.approx(
        math.exp(-100 / (2 * (12 + 10 / 3)))
    )
    assert lag_one_pvalue([np.tile([1.0, -1.0], 20)]) == 1.0
    assert lag_one_pvalue([np.ones(9)]) == lag_one_pvalue([np.zeros(20)]) == 1.0


@pytest.mark.parametrize("kind", ["plain", "sorted by class", "ties", "rare"])
def test_independent_rows_ring_in_less_than_one_of_a_thousand(kind):
    rng, found = np.random.default_rng(5), 0
    for _ in range(1000):
        y = (rng.random(200) < (0.02 if kind == "rare" else 0.4)).astype(np.intp)
        y = np.sort(y) if kind == "sorted by class" else y
        columns = [rng.normal(size=200) + y for _ in range(3)]
        if kind == "ties":
            columns = [(x > 1.8).astype(float) for x in columns]
        found += looks_dependent(columns, y)
    assert found <= 1


def test_dependent_rows_ring():
    rng = np.random.default_rng(6)
    cells = rng.integers(0, 2, 300)
    found = [looks_dependent([ar(0.9, 300, rng) + cells], cells) for _ in range(100)]
    assert np.mean(found) == 1
