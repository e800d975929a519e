"""Both answers over data sets: values by hand and from scipy, their laws, and their limits."""

import math

import numpy as np
import pytest
from scipy import stats

from sklearn_xent.inference.datasets import (
    critical_difference,
    friedman,
    least_wilcoxon,
    like_these,
    ranks,
    spreads,
    these,
    wilcoxon,
)

RNG = np.random.default_rng(0)


def test_like_these_is_the_t_test_of_scipy():
    d = RNG.normal(0.3, 1.0, 12)
    found, expected = like_these(d, 0.9), stats.ttest_1samp(d, 0.0)
    assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-12)
    low, high = expected.confidence_interval(0.9)
    assert (found.conf_low, found.conf_high) == pytest.approx((low, high), rel=1e-12)
    assert found.df == 11


def test_the_prediction_interval_and_the_chance_are_those_of_the_formula():
    d = RNG.normal(0.3, 1.0, 12)
    found, s = like_these(d, 0.95), d.std(ddof=1) * math.sqrt(1 + 1 / 12)
    assert found.new_high - d.mean() == pytest.approx(stats.t.ppf(0.975, 11) * s, rel=1e-12)
    assert found.new_low + found.new_high == pytest.approx(2 * d.mean(), rel=1e-12)
    assert found.chance_a_better == pytest.approx(stats.t.cdf(-d.mean() / s, 11), rel=1e-12)


@pytest.mark.parametrize(("k", "known"), [(9, False), (10, True)])
def test_below_ten_data_sets_there_is_no_chance(k, known):
    found = like_these(RNG.normal(size=k), 0.95)
    assert math.isfinite(found.chance_a_better) is known
    assert math.isfinite(found.new_low)


def test_these_of_equal_errors_by_hand():
    # k equal errors with nu degrees of freedom each: se / sqrt(k), k * nu
    found = these(np.array([0.1, 0.3]), np.array([0.2, 0.2]), np.array([9.0, 9.0]), 0.95)
    assert found.difference == pytest.approx(0.2, rel=1e-15)
    assert found.std_error == pytest.approx(0.2 / math.sqrt(2), rel=1e-15)
    assert found.df == pytest.approx(18.0, rel=1e-12)
    assert found.pvalue == pytest.approx(2 * stats.t.sf(math.sqrt(2), 18), rel=1e-12)
    assert math.isnan(found.new_low)


def test_these_of_two_groups_is_welch():
    # the mean of a difference and of minus another is half of Welch's difference of two means
    a, b = RNG.normal(0.0, 1.0, 9), RNG.normal(0.5, 3.0, 14)
    se = np.array([a.std(ddof=1) / 3.0, b.std(ddof=1) / math.sqrt(14)])
    found = these(np.array([a.mean(), -b.mean()]), se, np.array([8.0, 13.0]), 0.95)
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-12)
    assert found.df == pytest.approx(expected.df, rel=1e-12)


def test_differences_from_counts_have_an_error_that_is_known():
    d, se = np.array([0.1, 0.2]), np.array([0.1, 0.1])
    found = these(d, se, np.array([math.nan, math.nan]), 0.95)
    assert found.df == math.inf
    assert found.pvalue == pytest.approx(2 * stats.norm.sf(0.15 / math.sqrt(0.005)), rel=1e-12)


@pytest.mark.parametrize(
    ("differences", "errors"),
    [
        ([0.1, math.inf], [0.1, 0.1]),
        ([0.1, math.nan], [0.1, 0.1]),
        ([0.1, 0.2], [0.1, math.nan]),
        ([0.1, 0.2], [0.1, math.inf]),
        ([0.0, 0.0], [0.0, 0.0]),
    ],
)
def test_unknown_errors_give_no_number(differences, errors):
    found = these(np.array(differences), np.array(errors), np.array([9.0, 9.0]), 0.95)
    assert math.isnan(found.pvalue)
    assert math.isnan(found.conf_low)


@pytest.mark.parametrize("d", [[0.3], [0.3, 0.3], [0.1, math.inf], [0.1, math.nan], [0.0, 0.0]])
def test_without_spread_nothing_is_said_of_others(d):
    found = like_these(np.array(d), 0.95)
    assert math.isnan(found.pvalue)
    assert math.isnan(found.new_low)


def test_turning_the_sign_turns_both_answers():
    d, se, df = RNG.normal(size=15), RNG.uniform(0.1, 1, 15), RNG.uniform(5, 50, 15)
    for one, other in (
        (these(d, se, df, 0.95), these(-d, se, df, 0.95)),
        (like_these(d, 0.95), like_these(-d, 0.95)),
    ):
        assert one.pvalue == pytest.approx(other.pvalue, rel=1e-12)
        assert one.conf_low == pytest.approx(-other.conf_high, rel=1e-12)
    chances = [like_these(x, 0.95).chance_a_better for x in (d, -d)]
    assert sum(chances) == pytest.approx(1.0, rel=1e-12)


def test_the_spread_is_what_noise_does_not_explain():
    spread, noise = spreads(np.array([0.0, 0.2]), np.array([0.1, 0.1]))
    assert noise == pytest.approx(0.1, rel=1e-12)
    assert spread == pytest.approx(0.1, rel=1e-12)  # 0.02 - 0.01
    assert spreads(np.array([0.0, 0.1]), np.array([0.5, 0.5]))[0] == 0.0


def test_ranks_are_those_of_scipy():
    losses = RNG.integers(0, 4, (5, 20)) / 4.0
    assert np.array_equal(ranks(losses), stats.rankdata(losses, axis=0))


def test_ranks_forgive_rounding_and_know_infinity():
    losses = np.array([[0.1 + 0.2, math.inf], [0.3, 1.0], [0.4, math.inf]])
    assert ranks(losses).tolist() == [[1.5, 2.5], [1.5, 1.0], [3.0, 2.5]]


def test_friedman_is_iman_and_davenport_of_scipys_statistic():
    of_ranks = ranks(RNG.normal(size=(4, 12)) + np.arange(4)[:, None] / 3)
    chi2 = stats.friedmanchisquare(*of_ranks).statistic
    f = 11 * chi2 / (12 * 3 - chi2)
    assert friedman(of_ranks) == pytest.approx(stats.f.sf(f, 3, 33), rel=1e-9)
    assert friedman(np.tile([[1.0], [2.0]], 5)) == 0.0
    assert math.isnan(friedman(np.full((3, 5), 2.0)))


def test_critical_difference_is_that_of_the_table_of_demsar():
    # Demsar (2006), table 5a: q = 2.569 for four models at 0.05; his example has 14 data sets
    assert critical_difference(4, 14, 0.95) == pytest.approx(2.569 * math.sqrt(20 / 84), rel=1e-3)


def test_wilcoxon_is_that_of_scipy_and_cannot_reject_with_five():
    for k in (1, 9, 40, 60):
        d = RNG.normal(0.2, 1.0, k)
        assert wilcoxon(d) == pytest.approx(stats.wilcoxon(d).pvalue, rel=1e-12)
    assert wilcoxon(np.arange(1.0, 6.0)) == least_wilcoxon(5) == 0.0625
    assert math.isnan(wilcoxon(np.zeros(5)))
    assert math.isnan(wilcoxon(np.array([1.0, math.nan])))


def test_wilcoxon_is_exact_with_ties_and_zeros():
    d = np.array([0.0, 0.1, 0.1, -0.1, 0.2, 0.3, 0.3, 0.0, 0.4])
    expected = stats.wilcoxon(d, method=stats.PermutationMethod(n_resamples=np.inf)).pvalue
    assert wilcoxon(d) == pytest.approx(expected, rel=1e-12)
