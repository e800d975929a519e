"""Sums are exact, of any numbers and in any order."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_xent.inference import exact_sums

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def exactly(values):
    return sum(map(Fraction, values), Fraction(0))


def as_fraction(total):
    return Fraction(total, exact_sums.ONE)


@given(st.lists(FINITE, max_size=30))
def test_sums_are_exact(values):
    [total] = exact_sums.sums(np.asarray([values], dtype=np.float64).reshape(1, -1))
    assert as_fraction(total) == exactly(values)


@pytest.mark.parametrize("spread", [0, 30, 300, 990])
def test_large_blocks_are_exact(spread):
    rng = np.random.default_rng(spread)
    x = rng.normal(size=(3, 20_001)) * 2.0 ** rng.integers(-spread, spread + 1, (3, 20_001))
    x[0, :4] = [5e-324, -1e-310, 0.0, -0.0]
    for total, row in zip(exact_sums.sums(x), x, strict=True):
        assert as_fraction(total) == exactly(row.tolist())
        assert exact_sums.to_float(total) == math.fsum(row)


def test_input_is_not_written_over():
    x = np.random.default_rng(0).normal(size=(2, 100))
    before = x.copy()
    exact_sums.sums(x)
    exact_sums.sums_by(np.zeros(100, dtype=np.intp), x[0], 1)
    exact_sums.powers(x[0], 10.0)
    assert np.array_equal(x, before)


def test_sums_by_code():
    rng = np.random.default_rng(0)
    x, codes = rng.normal(size=30_000) * 1e-5, rng.integers(0, 7, 30_000)
    totals = exact_sums.sums_by(codes, x, 9)
    for code, total in enumerate(totals):
        assert as_fraction(total) == exactly(x[codes == code].tolist())


@given(st.lists(FINITE, max_size=30))
def test_powers_are_exact(values):
    first, second = exact_sums.powers(
        np.asarray(values, dtype=np.float64), max(map(abs, values), default=0.0)
    )
    assert as_fraction(first) == exactly(values)
    assert Fraction(second, exact_sums.ONE**2) == sum(
        (Fraction(x) ** 2 for x in values), Fraction(0)
    )


@pytest.mark.parametrize("spread", [0, 10, 60, 300, 500])
def test_powers_of_large_blocks_are_exact(spread):
    rng = np.random.default_rng(spread)
    x = rng.normal(size=(2, 9000)) * 2.0 ** rng.integers(-spread, spread + 1, (2, 9000))
    x[1] = rng.exponential(size=9000)
    x[1, ::1000] = 1e-250
    for row in x:
        first, second = exact_sums.powers(row, float(np.abs(row).max()))
        assert as_fraction(first) == exactly(row.tolist())
        assert Fraction(second, exact_sums.ONE**2) == sum(
            Fraction(value) ** 2 for value in row.tolist()
        )


def test_largest_products():
    """A block full of ones, less one bit, has the largest sums of products."""
    x = np.full(1 << 13, 1 - 2.0**-53)
    first, second = exact_sums.powers(x, 1.0)
    one = Fraction(1) - Fraction(1, 2**53)
    assert as_fraction(first) == one * 2**13
    assert Fraction(second, exact_sums.ONE**2) == one**2 * 2**13


def test_ratio_is_rounded_once_and_may_be_infinite():
    assert exact_sums.ratio(1, 3) == 1 / 3
    assert exact_sums.ratio(10**400, 1) == math.inf
    assert exact_sums.ratio(-(10**400), 1) == -math.inf


@given(FINITE)
def test_a_sum_as_text_comes_back(value):
    total = exact_sums.on_grid(value)
    assert exact_sums.from_text(exact_sums.to_text(total)) == total
    assert exact_sums.from_text(exact_sums.to_text(total**2)) == total**2
