"""Intervals and tests of paired differences, against other implementations and published values."""

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from scipy import stats

from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inference.paired_tests import Method

RNG = np.random.default_rng(4)

SCORES_A = [0.25, 0.265, 0.236, 0.205, 0.227, 0.2, 0.253, 0.317, 0.225, 0.219,
            0.274, 0.268, 0.255, 0.203, 0.249, 0.285, 0.183, 0.227, 0.155, 0.186]  # fmt: skip
SCORES_B = [0.196, 0.276, 0.205, 0.236, 0.253, 0.213, 0.172, 0.315, 0.243, 0.244,
            0.233, 0.269, 0.236, 0.191, 0.311, 0.273, 0.202, 0.282, 0.152, 0.202]  # fmt: skip


def test_mean_t_against_scipy():
    x = RNG.exponential(size=30)
    estimate = paired_tests.mean_t(Moments.from_values(x), 0.9)
    low, high = stats.t.interval(0.9, 29, loc=x.mean(), scale=stats.sem(x))
    assert (estimate.conf_low, estimate.conf_high) == pytest.approx((low, high), rel=1e-12)


def test_paired_t_against_scipy():
    a, b = RNG.random(25), RNG.random(25)
    test = paired_tests.paired_t(Moments.from_values(a - b), 0.95)
    reference = stats.ttest_rel(a, b)
    interval = reference.confidence_interval(0.95)
    assert test.statistic == pytest.approx(reference.statistic, rel=1e-12)
    assert test.pvalue == pytest.approx(reference.pvalue, rel=1e-12)
    assert (test.conf_low, test.conf_high) == pytest.approx((interval.low, interval.high))
    assert (test.df, test.degenerate, test.method) == (24, False, Method.PAIRED_T)


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [0.3, 0.3, 0.3], [0.1], [np.inf, 1.0]])
def test_constant_differences_say_nothing(values):
    with np.errstate(invalid="ignore"):
        test = paired_tests.paired_t(Moments.from_values(np.array(values)), 0.95)
    if math.isfinite(values[0]):
        assert test.degenerate
        assert math.isnan(test.std_error)
    assert math.isnan(test.pvalue)
    assert math.isnan(test.conf_low)


def test_rounding_is_no_spread():
    x = np.array([0.3, 0.3 + 1e-16, 0.3 - 1e-16])
    assert paired_tests.paired_t(Moments.from_values(x), 0.95, scale=1.0).degenerate
    assert not paired_tests.paired_t(
        Moments.from_values(1e-8 * RNG.normal(size=9)), 0.95, 1.0
    ).degenerate


def test_an_estimate_cannot_be_changed():
    for estimate in (paired_tests.NO_ESTIMATE, paired_tests.paired_errors(60, 6, 1, 0.95)):
        with pytest.raises(FrozenInstanceError):
            estimate.value = 0.0


def test_a_spread_of_rounding_is_judged_by_the_size_of_the_losses():
    """Beside losses of size 1; or beside the differences, of either sign, if they are larger."""
    noise, wide = 1e-15 * RNG.normal(size=9), paired_tests.paired_t
    assert wide(Moments.from_values(noise), 0.95, 1.0).degenerate
    assert math.isnan(wide(Moments.from_values(noise), 0.95, 1.0).statistic)
    assert wide(Moments.from_values(noise + 0.3), 0.95).degenerate
    assert wide(Moments.from_values(noise - 0.3), 0.95, 1e-9).degenerate


@pytest.mark.parametrize("unit", [1.0, 2.0**-200, 2.0**200])
def test_a_t_test_knows_no_unit(unit):
    x = RNG.normal(0.3, 1, 20)
    expected = stats.ttest_1samp(x, 0)
    for test in (
        paired_tests.paired_t(Moments.from_values(unit * x), 0.95),
        paired_tests.corrected_t(unit * x, 0.0, 0.95),
    ):
        assert not test.degenerate
        assert test.statistic == pytest.approx(expected.statistic, rel=1e-12)
        assert test.pvalue == pytest.approx(expected.pvalue, rel=1e-12)
        assert test.std_error == pytest.approx(unit * stats.sem(x), rel=1e-12)


@pytest.mark.parametrize(
    "values", [[0.0, 0.0], [0.3, 0.3, 0.3], [-0.3, -0.3 + 5e-16], [1e308, -1e308, 1e308]]
)
def test_a_mean_without_a_spread_has_no_interval(values):
    x = np.array(values)
    with np.errstate(over="ignore"):
        estimates = (
            paired_tests.mean_t(Moments.from_values(x), 0.95),
            paired_tests.mean_corrected(x, 0.25, 0.95),
        )
    for estimate in estimates:
        assert estimate.value == pytest.approx(math.fsum(x / len(x)))
        assert all(map(math.isnan, (estimate.std_error, estimate.conf_low, estimate.conf_high)))


def test_an_infinite_difference_says_nothing_but_is_not_degenerate():
    for x in (np.array([math.inf, 1.0, 2.0]), np.array([1e308, -1e308, 1e308])):
        with np.errstate(invalid="ignore", over="ignore"):
            tests = (
                paired_tests.paired_t(Moments.from_values(x), 0.9),
                paired_tests.corrected_t(x, 0.1, 0.9),
            )
        for test in tests:
            assert not test.degenerate
            assert all(map(math.isnan, (test.statistic, test.df, test.pvalue, test.std_error)))
            assert all(map(math.isnan, (test.conf_low, test.conf_high, test.half_width)))


def test_differences_whose_squares_underflow_say_nothing():
    x = 2.0**-600 * RNG.normal(size=9)
    for test in (
        paired_tests.paired_t(Moments.from_values(x), 0.95),
        paired_tests.corrected_t(x, 0.25, 0.95),
    ):
        assert (test.degenerate, math.isnan(test.std_error), math.isnan(test.pvalue)) == (0, 1, 1)


def test_error_rate_against_scipy():
    x = np.repeat([0.0, 1.0], [17, 3])
    estimate = paired_tests.error_rate(20, 3, 0.9)
    reference = stats.binomtest(3, 20).proportion_ci(0.9, "wilson")
    assert (estimate.value, estimate.std_error) == pytest.approx((0.15, stats.sem(x)), rel=1e-12)
    assert (estimate.conf_low, estimate.conf_high) == pytest.approx((reference.low, reference.high))
    assert paired_tests.error_rate(2, 1, 0.9).std_error == pytest.approx(0.5)
    assert math.isnan(paired_tests.error_rate(1, 1, 0.9).std_error)


def test_agresti_min_against_its_published_formula():
    # Agresti & Min (2005), section 3: a Wald interval after adding 1/2 to each of the four cells.
    n, a_only, b_only = 60, 6, 1
    test = paired_tests.paired_errors(n, a_only, b_only, 0.95)
    p12, p21, total = 6.5 / 62, 1.5 / 62, 62
    se = math.sqrt((p12 + p21 - (p12 - p21) ** 2) / total)
    assert test.conf_low == pytest.approx(p12 - p21 - 1.959963984540054 * se, rel=1e-12)
    assert test.conf_high == pytest.approx(p12 - p21 + 1.959963984540054 * se, rel=1e-12)
    assert test.value == 5 / 60
    assert test.std_error == pytest.approx(se, rel=1e-12)
    assert test.half_width == pytest.approx(1.959963984540054 * se, rel=1e-12)
    assert (test.statistic, test.df) == pytest.approx((math.nan, math.nan), nan_ok=True)
    assert (test.method, test.degenerate) == (Method.AGRESTI_MIN, False)


def test_intervals_of_differences_of_error_rates_stay_within_one():
    n = np.array([1.0, 1.0, 1.0, 2.0])
    a_only, b_only = np.array([1.0, 0.0, 0.0, 2.0]), np.array([0.0, 1.0, 0.0, 0.0])
    centre, std_error, low, high = paired_tests.agresti_min(n, a_only, b_only, level=0.95)
    np.testing.assert_allclose(centre, [1 / 3, -1 / 3, 0, 0.5], rtol=1e-15)
    np.testing.assert_allclose(std_error, [5**0.5 / 27**0.5] * 2 + [1 / 3, 0.5**0.5 / 2])
    assert high.tolist() == [1.0, pytest.approx(-1 / 3 + 1.96 * std_error[1], abs=1e-4),
                             pytest.approx(1.96 / 3, abs=1e-4), 1.0]  # fmt: skip
    np.testing.assert_allclose(low[:3], -high[[1, 0, 2]], rtol=1e-12)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (6, 1), (3, 3), (4, 4), (2, 7)])
def test_mid_p_mcnemar_against_enumeration(b, c):
    # Twice the chance of a smaller count, plus the chance of the same count (Fagerland 2013).
    m = b + c
    chance = [math.comb(m, i) / 2**m for i in range(m + 1)]
    expected = min(1.0, 2 * sum(chance[: min(b, c)]) + chance[min(b, c)])
    pvalue = paired_tests.paired_errors(100, b, c, 0.95).pvalue
    assert pvalue == pytest.approx(expected)
    assert pvalue <= 1.0


def test_paired_t_against_r():
    """R: t.test(extra ~ group, data = sleep, paired = TRUE), as ?t.test prints it."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    test = paired_tests.paired_t(Moments.from_values(np.subtract(first, second)), 0.95)
    assert test.statistic == pytest.approx(-4.0621, abs=5e-5)
    assert test.pvalue == pytest.approx(0.002833, abs=5e-7)
    assert (test.conf_low, test.conf_high) == pytest.approx((-2.4598858, -0.7001142), abs=5e-8)


def test_corrected_t_against_baycomp():
    """baycomp 1.0.3: two_on_single(A, B, rope=0, runs=2), whose tail is half the p-value."""
    test = paired_tests.corrected_t(np.subtract(SCORES_A, SCORES_B), 1 / 9, 0.95)
    assert test.pvalue == pytest.approx(2 * 0.46910110236437763, rel=1e-9)
    assert test.df == 19
    level = paired_tests.mean_corrected(np.asarray(SCORES_A), 1 / 9, 0.95)
    assert level.value == pytest.approx(np.mean(SCORES_A))
    std_error = np.std(SCORES_A, ddof=1) * math.sqrt(1 / 20 + 1 / 9)
    assert level.std_error == pytest.approx(std_error)
    low, high = stats.t.interval(0.95, 19, loc=np.mean(SCORES_A), scale=std_error)
    assert (level.conf_low, level.conf_high) == pytest.approx((low, high), rel=1e-12)


def test_constant_split_differences_say_nothing():
    noise = 1e-15 * RNG.normal(size=5)
    for d, scale in (
        ([0.1] * 5, 0.0),
        ([0.1], 0.0),
        ([0.0, 0.0], 0.0),
        (noise, 1.0),
        (noise - 0.3, 0.0),
        (noise + 0.3, 1e-9),
    ):
        test = paired_tests.corrected_t(np.asarray(d), 0.25, 0.95, scale)
        assert test.degenerate
        assert math.isnan(test.pvalue)
        assert test.value == np.mean(d)
    assert math.isnan(paired_tests.mean_corrected(np.full(5, 0.2), 0.25, 0.95).std_error)


def test_two_splits_are_enough_and_one_is_not():
    two = paired_tests.corrected_t(np.array([0.1, 0.3]), 0.5, 0.95)  # s^2 (1 / 2 + 1 / 2) = 0.02
    assert (two.statistic, two.df) == (pytest.approx(0.2 / math.sqrt(0.02)), 1)
    assert two.pvalue == pytest.approx(2 * stats.cauchy.sf(two.statistic))  # t of one degree
    with np.errstate(invalid="ignore"):
        assert paired_tests.corrected_t(np.array([math.inf]), 0.5, 0.95).degenerate


def test_corrected_standard_errors_of_many_at_once():
    rows = np.array([SCORES_A, SCORES_B, np.subtract(SCORES_A, SCORES_B)])
    expected = [np.std(row, ddof=1) * math.sqrt(1 / 20 + 0.25) for row in rows]
    np.testing.assert_allclose(paired_tests.corrected_std_error(rows, 0.25), expected, rtol=1e-12)
    np.testing.assert_allclose(  # of two values s is half their distance times the root of two
        paired_tests.corrected_std_error(np.array([[1.0, 3.0]]), 0.5), math.sqrt(2) * 1.0
    )
    assert np.isnan(paired_tests.corrected_std_error(rows[:, :1], 0.25)).tolist() == [True] * 3
    assert paired_tests.corrected_std_error(np.array([0.1]), 0.25).shape == ()
    endless = np.array([[math.inf, 1.0, 2.0]])
    assert np.isnan(paired_tests.corrected_std_error(endless, 0.25)).all()


def test_clusters_against_statsmodels():
    """CR1 as OLS on a constant gives it, with the factor G / (G - 1).

    The degrees of freedom are of the effective number of clusters, G where they are equal.
    """
    sm = pytest.importorskip("statsmodels.api", reason="a reference of the tests")
    groups = np.sort(RNG.integers(0, 12, 80))
    x = RNG.normal(size=80) + RNG.normal(size=12)[groups]
    fitted = sm.OLS(x, np.ones(80)).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "df_correction": True}
    )
    test = paired_tests.paired_t(Moments.from_clusters(x, None, groups), 0.95, clustered=True)
    assert test.method is Method.CLUSTERED_T
    assert test.value == pytest.approx(fitted.params[0], rel=1e-9)
    assert test.std_error == pytest.approx(fitted.bse[0], rel=1e-9)
    sizes = np.bincount(groups)
    assert test.df == pytest.approx(80**2 / (sizes**2).sum() - 1)


def test_weights_against_statsmodels():
    """HC0 of weighted least squares on a constant, times m / (m - 1) of the effective number."""
    sm = pytest.importorskip("statsmodels.api", reason="a reference of the tests")
    x, w = RNG.normal(size=60), RNG.random(60)
    fitted = sm.WLS(x, np.ones(60), weights=w).fit(cov_type="HC0")
    moments = Moments.from_values(x, w)
    m = moments.effective_n
    test = paired_tests.paired_t(moments, 0.95)
    assert test.value == pytest.approx(fitted.params[0], rel=1e-9)
    assert test.std_error == pytest.approx(fitted.bse[0] * math.sqrt(m / (m - 1)), rel=1e-9)


def test_wilson_against_scipy():
    n, errors = np.array([20, 20, 20, 1, 500, 7]), np.array([0, 20, 3, 1, 250, 0])
    low, high = paired_tests.wilson(n, errors, 0.9)
    for i in range(len(n)):
        reference = stats.binomtest(int(errors[i]), int(n[i])).proportion_ci(0.9, "wilson")
        assert (low[i], high[i]) == pytest.approx((reference.low, reference.high), abs=1e-14)


def test_many_pairs_are_tested_as_one_by_one():
    """Splits are the last axis; a pair that is constant but for rounding has no p-value."""
    x = np.random.default_rng(5).normal(0.3, 1.0, (3, 7))
    x[1] = 0.7 + 1e-16 * x[1]
    x[2, 0] = np.inf
    found = paired_tests.corrected_pvalues(x, 0.25)
    assert found[0] == pytest.approx(paired_tests.corrected_t(x[0], 0.25, 0.95).pvalue, rel=1e-12)
    assert np.isnan(found[1:]).all()
    assert np.isnan(paired_tests.corrected_pvalues(x[:1], 0.25, scale=1e20)).all()
    assert np.isnan(paired_tests.corrected_pvalues(x[:, :1], 0.25)).all()


@pytest.mark.parametrize("pvalue", [0.01, 0.5])
def test_a_difference_of_zero_is_of_no_model(pvalue):
    assert paired_tests.conclude(0.0, pvalue, 0.95) == "not clear"
    assert paired_tests.conclude(-0.1, 0.01, 0.95) == "a better"
    assert paired_tests.conclude(0.1, 0.01, 0.95) == "b better"


def test_a_margin_is_at_most_the_range_of_the_loss():
    paired_tests.check_margin("margin", 2.0, (1.0, 3.0), "own")
    with pytest.raises(ValueError, match="must be at most 2, the range of own"):
        paired_tests.check_margin("margin", 2.0001, (1.0, 3.0), "own")
