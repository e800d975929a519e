"""Add numbers without rounding, so that neither their order nor their partition changes a bit.

Every float64 is a whole multiple of 2**-1074. Sums are kept as Python integers on that grid: they
count these multiples. Numbers are added in parts, called limbs: adding and subtracting a large
number rounds each value to a coarse grid, on which the float64 sum of a block is exact. What
remains of the values goes into the next limb.
"""

import math
import threading
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GRID = 1074
ONE = 1 << GRID
"""The number 1 on the grid."""
ROWS_BITS = 13
ROWS = 1 << ROWS_BITS
"""Rows of a block; a limb then has 38 bits."""
MOST_ROWS = ROWS << 9
"""Rows whose products add up in 63 bits."""
COLUMNS = 4
"""Columns that are summed together."""
LIMB_BITS, STEP_BITS, LIMBS = 20, 21, 8
"""Rounding leaves at most half a unit, so each limb after the first adds 21 bits."""
FEW, SAMPLE = 8, 64
"""Up to FEW remaining numbers are added one by one, without another limb. The first SAMPLE numbers
are looked at first, since they mostly show whether more remain."""
SMALLEST, GREATEST = 2.0**-340, 2.0**480
"""Products of limbs neither underflow nor overflow if the greatest number lies between these."""
HUGE = 2.0**1000
"""Numbers from here on cannot be rounded by adding a larger one."""
MOST_ZEROS = 1 << 14
"""No sum that was written ends in more zeros; a text with more was changed by hand."""


def sums(columns: Floats) -> list[int]:
    """Return the sum of each row of a matrix (n_columns, n) of finite numbers, on the grid."""
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
    """Yield matrices that add up to `part` and whose sums are exact.

    Each is written into the same memory.
    """
    top = max(part.max(), -part.min())
    if top >= HUGE:
        for column in range(part.shape[1]):
            single = np.zeros_like(part)
            single[:, column] = part[:, column]
            yield single
        return
    exponent = int(np.frexp(top)[1]) + ROWS_BITS + 1  # all values are less than 2**(exponent - 14)
    rest, rounded = part, np.empty_like(part)
    left = bool(top)
    while left:
        if exponent <= 53 - GRID:  # all values are small multiples of 2**-1074
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
    """Return the sum of the finite numbers of each code, on the grid."""
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
    """Return a number on the grid."""
    top, bottom = x.as_integer_ratio()
    return top << (GRID + 1 - bottom.bit_length())


def to_float(total: int) -> float:
    """Return the float64 nearest to a sum; infinite where it is too large."""
    return ratio(total, ONE)


def ratio(a: int, b: int) -> float:
    """Return the float64 nearest to a quotient; infinite where it is too large."""
    try:
        return a / b
    except OverflowError:
        return math.inf if (a > 0) == (b > 0) else -math.inf


def to_text(total: int) -> str:
    """Write a sum as its mantissa, in hexadecimal, and its power of two."""
    zeros = (total & -total).bit_length() - 1 if total else GRID
    return f"{total >> zeros:x}p{zeros - GRID}"


def from_text(text: str) -> int:
    """Read what `to_text` wrote."""
    mantissa, _, exponent = text.partition("p")
    zeros = int(exponent) + GRID
    if not 0 <= zeros <= MOST_ZEROS:
        raise ValueError(f"{text!r} is no sum")
    return int(mantissa, 16) << zeros


# --- sums and sums of squares -------------------------------------------------------------------


def powers(x: Floats, top: float) -> tuple[int, int]:
    """Return the sum of numbers, on the grid, and the sum of their squares, on its square.

    No number is greater in size than `top`. A block is cut into limbs of at most 2**20 units.
    Products of two limbs have 40 bits, so a matrix product over 2**13 rows adds them without
    rounding, in any order. Up to 2**9 blocks add up in whole numbers of 64 bits.
    """
    if not top:
        return 0, 0
    if not SMALLEST < top < GREATEST:
        return _slowly(x)
    first, second = 0, 0
    for start in range(0, len(x), MOST_ROWS):
        of_part = _powers(x[start : start + MOST_ROWS], math.frexp(top)[1] - LIMB_BITS)
        first += of_part[0]
        second += of_part[1]
    return first, second


class _Room(threading.local):
    """Memory for limbs, one for each thread. Allocating it again would cost as much as its use."""

    def __init__(self) -> None:
        self.limbs, self.rest = np.empty((1 + LIMBS, ROWS)), np.empty(ROWS)
        self.limbs[0] = 1.0


_ROOM = _Room()


def _powers(x: Floats, unit: int) -> tuple[int, int]:
    """Return the two sums; the greatest number has less than 2**20 units of 2**unit."""
    first, second = 0, 0
    scales, totals = _scales(unit), np.zeros((LIMBS, 1 + LIMBS), dtype=np.int64)
    for start in range(0, len(x), ROWS):
        block = x[start : start + ROWS]
        limbs, odd = _cut(block, unit)
        if len(odd):  # numbers much smaller than the greatest are added one by one
            of_odd = _slowly(block[odd])
            first, second = first + of_odd[0], second + of_odd[1]
        # the first row holds ones, so the same product gives the sums
        products = limbs[1:] @ limbs.T
        n = len(products)
        products *= scales[:n, : n + 1]
        totals[:n, : n + 1] += products.astype(np.int64)
    for i, (of_limb, *of_products) in enumerate(totals.tolist()):
        if of_limb:
            first += of_limb << (GRID + unit - STEP_BITS * i)
        for j, total in enumerate(of_products):
            if total:
                second += total << (2 * (GRID + unit) - STEP_BITS * (i + j))
    return first, second


@lru_cache(maxsize=64)
def _scales(unit: int) -> Floats:
    """Return what turns sums of limbs, and of products of two of them, into whole numbers."""
    steps = np.arange(LIMBS) * STEP_BITS
    return np.ldexp(1.0, np.column_stack([steps - unit, steps[:, None] + steps - 2 * unit]))


def _cut(x: Floats, unit: int) -> tuple[Floats, NDArray[np.intp]]:
    """Return a row of ones and a row for each limb, and the numbers that have more limbs.

    The limbs of these are zero.
    """
    limbs, rest = _ROOM.limbs[:, : len(x)], _ROOM.rest[: len(x)]
    n_left, source = len(x), x
    for n in range(1, LIMBS + 1):
        large = math.ldexp(1.5, unit - STEP_BITS * (n - 1) + 52)
        limb = np.add(source, large, out=limbs[n])
        limb -= large
        source = np.subtract(source, limb, out=rest)
        if np.count_nonzero(rest[:SAMPLE]) <= FEW:
            n_left = int(np.count_nonzero(rest != 0.0))  # twice as fast as to count numbers
            if n_left <= FEW:
                break
    odd = np.flatnonzero(rest) if n_left else _NONE
    limbs[1 : n + 1, odd] = 0.0
    return limbs[: n + 1], odd


_NONE = np.empty(0, dtype=np.intp)


def _slowly(x: Floats) -> tuple[int, int]:
    """Return the two sums of numbers of any size, one by one."""
    whole = [on_grid(value) for value in x.tolist()]
    return sum(whole), sum(value * value for value in whole)
