import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_xent import _exact

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def exactly(values):
    return sum(map(Fraction, values), Fraction(0))


def as_fraction(total):
    return Fraction(total, _exact.ONE)


@given(st.lists(FINITE, max_size=30))
def test_sums_are_exact(values):
    [total] = _exact.sums(np.asarray([values], dtype=np.float64).reshape(1, -1))
    assert as_fraction(total) == exactly(values)


@pytest.mark.parametrize("spread", [0, 30, 300, 990])
def test_large_blocks_are_exact(spread):
    rng = np.random.default_rng(spread)
    x = rng.normal(size=(11, 20_001)) * 2.0 ** rng.integers(-spread, spread + 1, (11, 20_001))
    x[0, :4] = [5e-324, -1e-310, 0.0, -0.0]
    for total, row in zip(_exact.sums(x), x, strict=True):
        assert as_fraction(total) == exactly(row.tolist())
        assert _exact.to_float(total) == math.fsum(row)


def test_input_is_not_written_over():
    x = np.random.default_rng(0).normal(size=(2, 100))
    before = x.copy()
    _exact.sums(x)
    _exact.sums_by(np.zeros(100, dtype=np.intp), x[0], 1)
    assert np.array_equal(x, before)


def test_sums_by_code():
    rng = np.random.default_rng(0)
    x, codes = rng.normal(size=30_000) * 1e-5, rng.integers(0, 7, 30_000)
    totals = _exact.sums_by(codes, x, 9)
    for code, total in enumerate(totals):
        assert as_fraction(total) == exactly(x[codes == code].tolist())


@given(st.floats(min_value=1e-100, max_value=1e100))
def test_squares(x):
    high, rest = _exact.squares(np.array([x]))
    found = Fraction(high[0]) + Fraction(rest[0])
    assert abs(found / Fraction(x) ** 2 - 1) <= Fraction(1, 2**77)
    numerator = Fraction(high[0]).numerator
    assert (numerator // (numerator & -numerator)).bit_length() <= 53


def test_ratio_is_rounded_once_and_may_be_infinite():
    assert _exact.ratio(1, 3) == 1 / 3
    assert _exact.ratio(10**400, 1) == math.inf
    assert _exact.ratio(-(10**400), 1) == -math.inf
