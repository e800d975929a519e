"""Confidence sequences hold at every time at once."""

import math

import mpmath
import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.inference.confidence_sequences import asymptotic_half_width, bernstein_half_width

RNG = np.random.default_rng(4)


def test_the_boundary_against_howard_2021_equation_10():
    """In mpmath: S(v) = k1 sqrt(v l(v)) + k2 c l(v), with eta = 2, s = 1.4, m = 1."""
    eta, s, alpha = mpmath.mpf(2), mpmath.mpf("1.4"), mpmath.mpf("0.025")
    for v, n, width in ((5.0, 30, 1.0), (200.0, 900, 2.0), (0.1, 7, 1.0)):
        scaled = max(mpmath.mpf(v) / width**2, 1)
        ell = s * mpmath.log(mpmath.log(eta * scaled)) + mpmath.log(
            mpmath.zeta(s) / (alpha * mpmath.log(eta) ** s)
        )
        k1 = (eta ** mpmath.mpf("0.25") + eta ** mpmath.mpf("-0.25")) / mpmath.sqrt(2)
        k2 = (mpmath.sqrt(eta) + 1) / 2
        expected = width * (k1 * mpmath.sqrt(scaled * ell) + k2 * ell) / n
        got = bernstein_half_width(n, np.array([v]), width, 0.05)[0]
        assert got == pytest.approx(float(expected), rel=1e-12)


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


def test_intervals_stay_within_bounds_and_shrink():
    rows = sx.confidence_sequence(RNG.random(5000), bounds=(0, 1))
    assert (rows["conf_low"].iloc[0], rows["conf_high"].iloc[0]) == (0.0, 1.0)
    assert rows["conf_high"].iloc[-1] - rows["conf_low"].iloc[-1] < 0.04
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
