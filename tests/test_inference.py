import math

import numpy as np
import pytest
from scipy import stats

from sklearn_xent import inference
from sklearn_xent._moments import Moments

RNG = np.random.default_rng(4)


def test_mean_t_against_scipy():
    x = RNG.exponential(size=30)
    estimate = inference.mean_t(Moments.of(x), 0.9)
    low, high = stats.t.interval(0.9, 29, loc=x.mean(), scale=stats.sem(x))
    assert (estimate.conf_low, estimate.conf_high) == pytest.approx((low, high), rel=1e-12)


def test_paired_t_against_scipy():
    a, b = RNG.random(25), RNG.random(25)
    test = inference.paired_t(Moments.of(a - b), 0.95)
    reference = stats.ttest_rel(a, b)
    interval = reference.confidence_interval(0.95)
    assert test.statistic == pytest.approx(reference.statistic, rel=1e-12)
    assert test.pvalue == pytest.approx(reference.pvalue, rel=1e-12)
    assert (test.conf_low, test.conf_high) == pytest.approx((interval.low, interval.high))
    assert (test.df, test.degenerate) == (24, False)


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [0.3, 0.3, 0.3], [0.1], [np.inf, 1.0]])
def test_constant_differences_say_nothing(values):
    with np.errstate(invalid="ignore"):
        test = inference.paired_t(Moments.of(np.array(values)), 0.95)
    if math.isfinite(values[0]):
        assert test.degenerate
        assert math.isnan(test.std_error)
    assert math.isnan(test.pvalue)
    assert math.isnan(test.conf_low)


def test_rounding_is_no_spread():
    x = np.array([0.3, 0.3 + 1e-16, 0.3 - 1e-16])
    assert inference.paired_t(Moments.of(x), 0.95, scale=1.0).degenerate
    assert not inference.paired_t(Moments.of(1e-8 * RNG.normal(size=9)), 0.95, 1.0).degenerate


def test_agresti_min_against_its_published_formula():
    # Agresti & Min (2005), section 3: a Wald interval after adding 1/2 to each of the four cells.
    n, a_only, b_only = 60, 6, 1
    test = inference.paired_errors(n, a_only, b_only, 0.95)
    p12, p21, total = 6.5 / 62, 1.5 / 62, 62
    se = math.sqrt((p12 + p21 - (p12 - p21) ** 2) / total)
    assert test.conf_low == pytest.approx(p12 - p21 - 1.959963984540054 * se, rel=1e-12)
    assert test.conf_high == pytest.approx(p12 - p21 + 1.959963984540054 * se, rel=1e-12)
    assert test.value == 5 / 60


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (6, 1), (4, 4), (2, 7)])
def test_mid_p_mcnemar_against_enumeration(b, c):
    # Twice the chance of a smaller count, plus the chance of the same count (Fagerland 2013).
    m = b + c
    chance = [math.comb(m, i) / 2**m for i in range(m + 1)]
    expected = min(1.0, 2 * sum(chance[: min(b, c)]) + chance[min(b, c)])
    assert inference.paired_errors(100, b, c, 0.95).pvalue == pytest.approx(expected)


def test_holm_against_the_r_documentation_example():
    # R: p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm") gives 0.04 0.06 0.06 0.06
    assert inference.holm([0.03, 0.01, 0.04, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_holm_passes_nan_by():
    adjusted = inference.holm([math.nan, 0.02, 0.04])
    assert math.isnan(adjusted[0])
    assert adjusted[1:] == pytest.approx([0.04, 0.04])
    assert inference.holm([0.9, 0.8]) == [1.0, 1.0]
    assert inference.holm([]) == []


@pytest.mark.parametrize(
    ("difference", "pvalue", "expected"),
    [
        (-0.1, 0.01, "a lower"),
        (0.1, 0.01, "b lower"),
        (0.1, 0.06, "inconclusive"),
        (0.1, math.nan, "inconclusive"),
        (0.0, 0.0, "inconclusive"),
    ],
)
def test_conclude(difference, pvalue, expected):
    assert inference.conclude(difference, pvalue, 0.95) == expected


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, math.nan, "high", True])
def test_confidence_level_is_checked(level):
    with pytest.raises(ValueError, match="confidence_level must be a number between 0 and 1"):
        inference.check_confidence_level(level)
