"""Whether two models differ by less than a margin."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.equivalence import (
    Evidence,
    count_decisive,
    tango_equivalence,
    tango_statistic,
    two_one_sided,
)
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inference.paired_tests import Method

RNG = np.random.default_rng(4)


# --- error rates ----------------------------------------------------------------------------


def statistic_by_likelihood(n, a_only, b_only, difference):
    """Maximise the likelihood numerically among the tables of this difference."""

    def minus_log_likelihood(rate):
        chances = [rate + difference, rate, 1 - 2 * rate - difference]
        counts = [a_only, b_only, n - a_only - b_only]
        return -sum(k * math.log(p) for k, p in zip(counts, chances, strict=True) if k)

    low, high = max(0.0, -difference) + 1e-12, (1 - difference) / 2 - 1e-12
    rate = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-14}
    ).x
    variance = n * (2 * rate + difference - difference**2)
    return (a_only - b_only - n * difference) / math.sqrt(variance)


@pytest.mark.parametrize("counts", [(21, 1, 7), (50, 12, 3), (100, 7, 7), (30, 0, 0), (300, 9, 2)])
@pytest.mark.parametrize("difference", [-0.2, -0.05, 0.0001, 0.03, 0.2])
def test_tango_against_constrained_maximum_likelihood(counts, difference):
    expected = statistic_by_likelihood(*counts, difference)
    assert tango_statistic(*counts, difference) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # R package contingencytables 3.1.0, its tests: complete response (Cavo et al. 2012)
        ((161, 6, 16), -0.1240, -0.0054),
        # computed here by constrained maximum likelihood: airway data (Bentur et al. 2009), an
        # example of Fagerland, Lydersen and Laake (2014)
        ((21, 1, 7), -0.5172, -0.0260),
    ],
)
def test_tango_interval(counts, low, high):
    """The ends of the interval are the margins at which the statistic is a normal quantile."""
    z = stats.norm.ppf(0.975)
    for end, sign in ((low, 1), (high, -1)):
        for statistic in (tango_statistic, statistic_by_likelihood):
            root = optimize.brentq(
                lambda d, of=statistic, at=sign * z: of(*counts, d) - at, end - 0.1, end + 0.1
            )
            assert root == pytest.approx(end, abs=5.1e-5)


COUNTS = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 400)).filter(any)
MARGINS = st.floats(0.001, 0.999)


@given(COUNTS, st.floats(-0.999, 0.999))
def test_tango_has_another_sign_if_the_models_are_exchanged(counts, difference):
    a_only, b_only, rest = counts
    n = a_only + b_only + rest
    one = tango_statistic(n, a_only, b_only, difference)
    other = tango_statistic(n, b_only, a_only, -difference)
    assert one == pytest.approx(-other, rel=1e-6, abs=1e-9)


@given(COUNTS, MARGINS, MARGINS)
def test_equivalence_of_errors_obeys_its_laws(counts, margin, other):
    a_only, b_only, rest = counts
    n = a_only + b_only + rest
    pvalue = tango_equivalence(n, a_only, b_only, margin)
    assert 0.0 <= pvalue <= 1.0
    assert pvalue == pytest.approx(tango_equivalence(n, b_only, a_only, margin), abs=1e-9)
    assert (pvalue < 0.5 + 1e-9) == (abs(a_only - b_only) / n < margin + 1e-9) or (
        abs(abs(a_only - b_only) / n - margin) < 1e-6
    )
    if margin < other:  # a wider margin is easier
        assert tango_equivalence(n, a_only, b_only, other) <= pvalue + 1e-9


def test_any_two_error_rates_are_within_one():
    assert tango_equivalence(10, 10, 0, 1.0) == 0.0
    assert tango_statistic(10, 10, 0, 1.0) == 0.0
    assert tango_statistic(10, 0, 0, 1.0) == -math.inf


@pytest.mark.parametrize("margin", [0.02, 0.05, 0.1])
@pytest.mark.parametrize("n", [30, 60, 100, 148, 200, 400])
@pytest.mark.parametrize("b_only", [0.0, 0.02, 0.05])
def test_false_claims_by_adding_up_all_tables(n, margin, b_only):
    """The true difference is the margin; tables without an error that differs claim nothing."""
    a_only = b_only + margin
    total = 0.0
    for b in range(n + 1):
        chance_b = stats.binom.pmf(b, n, b_only)
        if chance_b < 1e-7:
            continue
        a = np.arange(n - b + 1)
        chance = chance_b * stats.binom.pmf(a, n - b, a_only / (1 - b_only))
        for i in np.flatnonzero((chance > 1e-8) & (a + b > 0)):
            total += chance[i] * (tango_equivalence(n, int(a[i]), b, margin) <= 0.05)
    assert total <= 0.0625


# --- other losses ---------------------------------------------------------------------------


def test_two_one_sided_tests_against_statsmodels():
    weightstats = pytest.importorskip("statsmodels.stats.weightstats", reason="a reference")
    x = RNG.normal(0.02, 0.2, 50)
    test = paired_tests.paired_t(Moments.from_values(x), 0.95)
    for margin in (0.05, 0.1, 0.02):
        reference = weightstats.ttost_paired(x, np.zeros(50), -margin, margin)[0]
        assert two_one_sided(test, margin) == pytest.approx(reference, rel=1e-9)
        mirrored = replace(test, value=-test.value)
        assert two_one_sided(mirrored, margin) == two_one_sided(test, margin)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_two_one_sided_tests_by_bootstrapped_pivots_against_counting(sign):
    """Of the values 0.25 - 0.125 * pivot, how many lie at or beyond 0.5 and -0.5."""
    pivots = sign * np.array([-2.5, -2.0, -1.9, 0.0, 1.0, 5.9, 6.0, 7.0, 8.0])
    test = paired_tests.PairedTest(
        sign * 0.25,
        0.125,
        math.nan,
        math.nan,
        2.0,
        8,
        0.05,
        Method.BOOTSTRAP_T,
        pivots=pivots,
    )
    assert two_one_sided(test, 0.5) == 3 / 9
    assert two_one_sided(test, 1.5) == 1 / 10  # none, but no resamples say zero


def test_how_many_rows_are_decisive_by_hand():
    assert count_decisive(np.array([1.0, 6.0, 1.0, 1.0])) == 1
    assert count_decisive(np.array([1.0, 2.0, 3.0])) == 1  # half exactly
    assert count_decisive(np.ones(7)) == 4
    assert count_decisive(np.zeros(5)) == 5


def test_evidence_of_weights_by_hand():
    weight = np.array([1.0, 1.0, 2.0])
    evidence = Evidence.from_values(np.array([0.0, 2.0, 1.0]), weight)
    assert evidence == Evidence(16 / 6, 1)
    assert Evidence.from_values(np.array([0.0, 2.0, 1.0, 1.0]), None) == Evidence(4.0, 1)


@pytest.mark.parametrize("weighted", [False, True])
def test_sums_never_count_more_decisive_rows_than_there_are(weighted):
    for _ in range(50):
        x = RNG.standard_t(2, size=200) + 0.3
        weight = RNG.gamma(2.0, size=200) if weighted else None
        known = Evidence.from_values(x, weight)
        bound = Evidence.from_moments(Moments.from_values(x, weight))
        assert bound.n == pytest.approx(known.n, rel=1e-12)
        assert 0 < bound.n_decisive <= known.n_decisive
    one = Evidence.from_moments(Moments.from_values(np.repeat([-1.0, 1.0], 50)))
    assert one.n_decisive == pytest.approx(50.0, rel=1e-12)


def test_rows_that_no_sample_holds():
    """Of 300 rows, a kind as frequent as 1 % may be missing, and costs up to 1 each."""
    many = Evidence(300.0, 10.0)
    assert many.is_sure(0.0, 1.0, 0.0101)
    assert not many.is_sure(0.0, 1.0, 0.0099)
    assert not many.is_sure(-0.001, 1.0, 0.0109)
    assert not many.is_sure(0.0, math.inf, 1e9)
    assert not replace(many, n_decisive=9.9).is_sure(0.0, 1.0, 0.5)
