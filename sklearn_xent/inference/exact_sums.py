"""Sums without rounding, so that no order and no partition changes a bit.

A float64 is a whole multiple of 2**-1074; sums of them are kept as Python integers on that grid.
Columns are summed in limbs: adding and subtracting a large number rounds every value to a coarse
grid on which the float64 sum of a block is exact, and what is left is summed in the next limb.
"""

import math
import threading
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
LIMB_BITS, STEP_BITS, LIMBS = 20, 21, 8
"""What is rounded off is at most half a unit, so that each limb after the first adds 21 bits."""
FEW, SAMPLE = 8, 64
"""So few numbers are summed one by one rather than cut again; the first numbers tell mostly."""
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


def powers(x: Floats, top: float) -> tuple[int, int]:
    """The sum of numbers up to `top` in size, on the grid, and that of squares, on its square.

    A block is cut into limbs of at most 2**20 units. Their products have 40 bits, so that a matrix
    product over 2**13 rows adds them up without rounding, in whatever order it likes.
    """
    first, second = 0, 0
    for start in range(0, len(x), ROWS):
        of_block = _powers(x[start : start + ROWS], top)
        first += of_block[0]
        second += of_block[1]
    return first, second


class _Room(threading.local):
    """Memory for limbs, of each thread its own: to have it mapped anew would take as long."""

    def __init__(self) -> None:
        self.limbs, self.rest = np.empty((1 + LIMBS, ROWS)), np.empty(ROWS)
        self.limbs[0] = 1.0


_ROOM = _Room()


def _powers(x: Floats, top: float) -> tuple[int, int]:
    """Of one block."""
    if not top:
        return 0, 0
    if not SMALLEST < top < GREATEST:
        return _slowly(x)
    limbs, rest = _ROOM.limbs[:, : len(x)], _ROOM.rest[: len(x)]
    unit, n_left, source = math.frexp(top)[1] - LIMB_BITS, len(x), x
    for n in range(1, LIMBS + 1):
        large = math.ldexp(1.5, unit - STEP_BITS * (n - 1) + 52)
        limb = np.add(source, large, out=limbs[n])
        limb -= large
        source = np.subtract(source, limb, out=rest)
        if np.count_nonzero(rest[:SAMPLE]) <= FEW:
            n_left = int(np.count_nonzero(rest))
            if n_left <= FEW:
                break
    first, second = 0, 0
    if n_left:  # numbers much smaller than the greatest
        odd = np.flatnonzero(rest)
        first, second = _slowly(x[odd])
        limbs[1 : n + 1, odd] = 0.0
    # beside the row of ones, so that sums come with the products
    products = limbs[1 : n + 1] @ limbs[: n + 1].T
    steps = np.arange(n) * STEP_BITS
    sums = np.ldexp(products[:, 0], steps - unit).tolist()
    squares = np.ldexp(products[:, 1:], steps[:, None] + steps - 2 * unit).tolist()
    for i, row in enumerate(squares):
        first += int(sums[i]) << (GRID + unit - STEP_BITS * i)
        for j, total in enumerate(row):
            second += int(total) << (2 * (GRID + unit) - STEP_BITS * (i + j))
    return first, second


def _slowly(x: Floats) -> tuple[int, int]:
    whole = [on_grid(value) for value in x.tolist()]
    return sum(whole), sum(value * value for value in whole)
