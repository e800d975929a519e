"""Layer 0: sums without rounding, so that no order and no partition changes a bit.

A float64 is a whole multiple of 2**-1074; sums of them are kept as Python integers on that grid.
Columns are summed in limbs: adding and subtracting a large number rounds every value to a coarse
grid on which the float64 sum of a block is exact, and what is left is summed in the next limb.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GRID = 1074
ONE = 1 << GRID
"""The number 1 on the grid."""
ROWS_BITS = 13
"""Blocks of 2**13 rows leave 38 bits to a limb."""
COLUMNS = 4
SPLITTER = 2.0**27 + 1.0
HUGE = 2.0**1000
"""There is no room above such numbers for one that rounds them."""


def sums(columns: Floats) -> list[int]:
    """The sum of each row of a matrix (n_columns, n) of finite numbers, on the grid."""
    out = [0] * len(columns)
    size = 1 << ROWS_BITS
    for first in range(0, len(columns), COLUMNS):
        for start in range(0, columns.shape[1], size):
            part = columns[first : first + COLUMNS, start : start + size]
            for rounded in _limbs(part):
                for i, total in enumerate(rounded.sum(axis=1).tolist()):
                    if total:
                        out[first + i] += on_grid(total)
    return out


def _limbs(part: Floats) -> Iterator[Floats]:
    """Matrices that add up to one, and any sums of which are exact; the same memory each time."""
    top = max(part.max(), -part.min())
    if top >= HUGE:
        for row, values in enumerate(part.tolist()):
            for column, x in enumerate(values):
                single = np.zeros_like(part)
                single[row, column] = x
                yield single
        return
    exponent = int(np.frexp(top)[1]) + ROWS_BITS + 1  # all are less than 2**(exponent - 14)
    rest, rounded = part, np.empty_like(part)
    left = bool(top)
    while left:
        if exponent <= 53 - GRID:  # all are few multiples of the least number
            yield rest
            return
        large = math.ldexp(1.5, exponent)
        np.add(rest, large, out=rounded)
        rounded -= large
        rest = np.subtract(rest, rounded, out=None if rest is part else rest)
        yield rounded
        exponent -= 53 - ROWS_BITS - 1
        left = bool(rest.any())


def sums_by(codes: NDArray[np.intp], x: Floats, n_codes: int) -> list[int]:
    """The sum of the finite numbers of each code, on the grid."""
    out = [0] * n_codes
    size = 1 << ROWS_BITS
    for start in range(0, len(x), size):
        here = codes[start : start + size]
        for rounded in _limbs(x[None, start : start + size]):
            totals = np.bincount(here, weights=rounded[0], minlength=n_codes).tolist()
            for code, total in enumerate(totals):
                if total:
                    out[code] += on_grid(total)
    return out


def on_grid(x: float) -> int:
    """A number on the grid."""
    top, bottom = x.as_integer_ratio()
    return top << (GRID + 1 - bottom.bit_length())


def to_float(total: int) -> float:
    """A sum as the nearest float64; infinite where it is too large."""
    return ratio(total, ONE)


def ratio(a: int, b: int) -> float:
    """The quotient as the nearest float64."""
    try:
        return a / b
    except OverflowError:
        return math.inf if (a > 0) == (b > 0) else -math.inf


def squares(columns: Floats) -> tuple[Floats, Floats]:
    """Two matrices that add up to the squares, to 2**-77 of them.

    The leading 26 bits of a number have a square that is exact; the rest is small.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        high = columns * SPLITTER
        high -= high - columns
        rest = (columns + high) * (columns - high)
        return high * high, rest
