"""Confidence sequences hold at every time at once."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sklearn_xent as sx
from sklearn_xent.inference import confidence_sequences
from sklearn_xent.inference.confidence_sequences import (
    asymptotic_half_width,
    bernstein_half_width,
    mixture_boundary,
    tuned_shape,
)

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("alpha", [0.025, 0.2, 1e-4])
@pytest.mark.parametrize("time", [0.0, 0.1, 1.0, 10.0, 1000.0, 9990.0, 10100.0, 1e5])
def test_the_boundary_is_where_the_mixture_martingale_is_one_over_alpha(time, alpha):
    """In mpmath, with 30 digits: Howard et al. (2021), proposition 9, with c = 1."""
    shape = mpmath.mpf(tuned_shape(alpha))
    got = mixture_boundary(np.array([time]), alpha)[0]
    with mpmath.workdps(30):

        def log_martingale(s):
            a, z = time + shape, s + time + shape
            out = shape * mpmath.log(shape) - mpmath.loggamma(shape)
            out -= mpmath.log(mpmath.gammainc(shape, 0, shape, regularized=True))
            out += mpmath.loggamma(a) - a * mpmath.log(z) + s + time
            if time < 2000:
                return out + mpmath.log(mpmath.gammainc(a, 0, z, regularized=True))
            # the lower incomplete gamma function by its series, which converges for any size
            term = total = 1 / a
            k = 0
            while term > total * mpmath.mpf("1e-28"):
                k += 1
                term *= z / (a + k)
                total += term
            return out + mpmath.log(total) + a * mpmath.log(z) - z - mpmath.loggamma(a)

        goal = -mpmath.log(mpmath.mpf(alpha))
        ends = (mpmath.mpf(got) * (1 - mpmath.mpf("1e-4")), mpmath.mpf(got))
        root = mpmath.findroot(lambda s: log_martingale(s) - goal, ends, tol=1e-20)
    assert got == pytest.approx(float(root), rel=1e-8)


def test_the_boundary_at_the_time_it_is_tuned_for_is_the_least_of_all_shapes():
    times = np.array([10.0])
    best = mixture_boundary(times, 0.025)[0]
    shapes = tuned_shape(0.025) * np.array([0.5, 0.9, 1.1, 2.0])
    assert all(confidence_sequences._solve(times, shape, 0.025)[0] > best for shape in shapes)


@given(st.floats(1e-10, 0.49), st.lists(st.floats(0, 1e9), min_size=2, max_size=20))
def test_the_boundary_grows_with_time_and_confidence(alpha, times):
    ordered = np.sort(np.asarray(times))
    boundary = mixture_boundary(ordered, alpha)
    assert (np.diff(boundary) >= -1e-7 * boundary[1:]).all()
    assert (mixture_boundary(ordered, alpha / 2) > boundary).all()


def test_of_the_width_of_the_bounds():
    n, variance = np.array([30, 900]), np.array([5.0, 200.0])
    expected = 2.0 * mixture_boundary(variance / 4.0, 0.025) / n
    np.testing.assert_array_equal(bernstein_half_width(n, variance, 2.0, 0.05), expected)


def test_the_asymptotic_width_is_tightest_at_its_start():
    n = np.arange(1, 20_001)
    half = asymptotic_half_width(n, np.ones(len(n)), 0.05)
    assert np.isnan(half[:999]).all()
    assert (np.diff(half[999:]) < 0).all()
    ordinary = 1.96 / np.sqrt(n[999:])
    assert 1.3 < half[999] / ordinary[0] < 1.7


@pytest.mark.parametrize("chance", [0.5, 0.02])
def test_it_holds_at_every_time(chance):
    """Of 300 streams the true mean leaves the sequence, at any time, in no more than 5 %."""
    missed = 0
    for _ in range(300):
        x = (RNG.random(800) < chance).astype(float)
        rows = sx.confidence_sequence(x, bounds=(0, 1))
        missed += bool(((rows["conf_low"] > chance) | (rows["conf_high"] < chance)).any())
    assert missed <= 0.05 * 300


def test_the_asymptotic_one_holds_too():
    missed = 0
    for _ in range(200):
        rows = sx.confidence_sequence(RNG.exponential(size=3000), method="asymptotic")
        missed += bool(((rows["conf_low"] > 1) | (rows["conf_high"] < 1)).any())
    assert missed <= 0.07 * 200


def draw_lognormal(n):
    return RNG.lognormal(size=n) - math.exp(0.5)


def draw_outliers(n):
    return RNG.normal(size=n) + 30.0 * (RNG.random(n) < 0.003) - 0.09


@pytest.mark.parametrize("draw", [draw_lognormal, draw_outliers])
def test_the_asymptotic_one_holds_for_skewed_values(draw):
    """Of 400 streams in no more than 5 % by two errors of simulation, at 5000 looks."""
    missed = 0
    for _ in range(400):
        rows = sx.confidence_sequence(draw(5000), method="asymptotic")
        missed += bool(((rows["conf_low"] > 0) | (rows["conf_high"] < 0)).any())
    assert missed <= 400 * (0.05 + 2 * math.sqrt(0.05 * 0.95 / 400))


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_no_interval_while_one_value_has_more_than_a_tenth_of_the_squares(sign):
    x = np.tile([-1.0, 1.0], 1500)
    x[1500] = sign * 16.0
    rows = sx.confidence_sequence(x, method="asymptotic")
    for n, expected in ((2000, True), (3000, False)):
        squares = (x[:n] - x[:n].mean()) ** 2
        assert (squares.max() > 0.1 * squares.sum()) == expected
    known = rows["conf_low"].notna().to_numpy()
    assert not known[:999].any()
    assert known[999:1500].all()
    assert not known[1500:2000].any()
    assert known[-1]


def test_intervals_stay_within_bounds_and_shrink():
    rows = sx.confidence_sequence(RNG.random(5000), bounds=(0, 1))
    assert (rows["conf_low"].iloc[0], rows["conf_high"].iloc[0]) == (0.0, 1.0)
    assert rows["conf_high"].iloc[-1] - rows["conf_low"].iloc[-1] < 0.03
    assert rows["n_obs"].tolist() == list(range(1, 5001))
    assert rows["mean"].iloc[-1] == pytest.approx(0.5, abs=0.02)


def test_scale_and_place_do_not_matter():
    x = RNG.random(200)
    one = sx.confidence_sequence(x, bounds=(0, 1))
    two = sx.confidence_sequence(3 * x - 1, bounds=(-1, 2))
    np.testing.assert_allclose(3 * one["conf_low"] - 1, two["conf_low"], rtol=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"bounds must be a pair of finite numbers.*method=\"asymptotic\""),
        ({"bounds": (0, math.inf)}, "bounds must be a pair of finite numbers"),
        ({"bounds": (1, 0)}, "bounds must be increasing"),
        ({"bounds": (0, 0.5)}, r"values must lie within bounds \[0, 0.5\]; 1 do not, first 0.7 in"),
        ({"bounds": (0, 1), "method": "asymptotic"}, "leave them out"),
        ({"method": "guess"}, "method must be among"),
        ({"bounds": (0, 1), "confidence_level": 95}, "confidence_level must be"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        sx.confidence_sequence([0.1, 0.7], **options)


@pytest.mark.parametrize("values", [[], [[0.1, 0.2]], [0.1, np.nan], ["a"]])
def test_bad_values(values):
    with pytest.raises(ValueError, match="values"):
        sx.confidence_sequence(values, bounds=(0, 1))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6])
def test_constant_values_claim_no_certainty(value):
    rows = sx.confidence_sequence(np.full(1500, value), method="asymptotic")
    assert rows["conf_low"].isna().all()


@pytest.mark.parametrize("bounds", [(0, 1e-200), (-1e200, 1e200)])
def test_bounds_out_of_the_range_of_squares(bounds):
    with pytest.raises(ValueError, match="bounds must be between"):
        sx.confidence_sequence([0.0], bounds=bounds)
