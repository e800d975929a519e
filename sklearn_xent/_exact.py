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
ROWS = 1 << ROWS_BITS
"""Blocks of so many rows leave 38 bits to a limb."""
COLUMNS = 4
LIMB_BITS, LIMBS = 20, 8
SMALLEST, GREATEST = 2.0**-340, 2.0**480
"""Between them products of limbs neither underflow nor overflow."""
HUGE = 2.0**1000
"""There is no room above such numbers for one that rounds them."""


def sums(columns: Floats) -> list[int]:
    """The sum of each row of a matrix (n_columns, n) of finite numbers, on the grid."""
    out = [0] * len(columns)
    for first in range(0, len(columns), COLUMNS):
        for start in range(0, columns.shape[1], ROWS):
            part = columns[first : first + COLUMNS, start : start + ROWS]
            for rounded in _limbs(part):
                for i, total in enumerate(rounded.sum(axis=1).tolist()):
                    if total:
                        out[first + i] += on_grid(total)
    return out


def _limbs(part: Floats) -> Iterator[Floats]:
    """Matrices that add up to one, and any sums of which are exact; the same memory each time."""
    top = max(part.max(), -part.min())
    if top >= HUGE:
        for column in range(part.shape[1]):
            single = np.zeros_like(part)
            single[:, column] = part[:, column]
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
    for start in range(0, len(x), ROWS):
        here = codes[start : start + ROWS]
        for rounded in _limbs(x[None, start : start + ROWS]):
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


# --- sums and sums of squares -------------------------------------------------------------------


def powers(columns: Floats) -> tuple[list[int], list[int]]:
    """The sum of each row of a matrix, on the grid, and that of the squares, on its square.

    A block is cut into limbs of 20 bits. Their products have 40, so that a matrix product over
    2**13 rows adds them up without rounding, in whatever order it likes.
    """
    firsts, seconds = [0] * len(columns), [0] * len(columns)
    limbs, rest = np.empty((LIMBS, ROWS)), np.empty(ROWS)
    for i, column in enumerate(columns):
        for start in range(0, len(column), ROWS):
            x = column[start : start + ROWS]
            first, second = _powers(x, limbs[:, : len(x)], rest[: len(x)])
            firsts[i] += first
            seconds[i] += second
    return firsts, seconds


def _powers(x: Floats, limbs: Floats, rest: Floats) -> tuple[int, int]:
    """Of one block, with room for its limbs."""
    top = max(float(x.max()), -float(x.min()))
    if not top:
        return 0, 0
    if not SMALLEST < top < GREATEST:
        return _slowly(x)
    exponent, n = math.frexp(top)[1], 0
    rest[:] = x
    while n < LIMBS:
        large = math.ldexp(1.5, exponent - LIMB_BITS * (n + 1) + 52)
        limb = limbs[n]
        np.add(rest, large, out=limb)
        limb -= large
        rest -= limb
        n += 1
        if not rest.any():
            break
    first, second = 0, 0
    used = limbs[:n]
    if n == LIMBS and rest.any():  # a few numbers that are much smaller than the greatest
        odd = np.flatnonzero(rest)
        first, second = _slowly(x[odd])
        used[:, odd] = 0.0
    for total in used.sum(axis=1).tolist():
        first += on_grid(total)
    for i in range(n):  # a product with itself counts once, with another twice
        own, *others = (used[i:] @ used[i]).tolist()
        second += on_grid(own) << GRID
        for total in others:
            second += on_grid(total) << (GRID + 1)
    return first, second


def _slowly(x: Floats) -> tuple[int, int]:
    whole = [on_grid(value) for value in x.tolist()]
    return sum(whole), sum(value * value for value in whole)
