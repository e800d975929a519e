"""Work on matrices in blocks of rows. Numpy only; nothing here validates or explains.

Cells are read in blocks that stay in the cache. What is left of each row, one number, is collected
in buffers of `BUFFER_ROWS`, long enough for numpy to be cheap. The sizes are the fastest in
`make bench`.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Targets = NDArray[Any]
"""Class codes of shape (n,), or target distributions of shape (n, k)."""
Blocks = Iterable[tuple[slice, Floats]]
"""Slices of rows, each with its rows of the matrix."""
PartialSum = tuple[float, int]
"""The sum of a loss over some rows, and in how many of them a probability was below the floor."""

BLOCK_BYTES = 1024 * 1024
"""A block of at most this size stays in or near the L2 cache, so that a second pass is fast."""

BUFFER_ROWS = 32 * 1024
"""The most rows that are worked on at once."""

FEW_COLUMNS = 8
"""Up to this many columns it is faster to go column by column: numpy is slow across few."""

MOST_COLUMNS = 16
"""Up to this many columns numpy is slow along a row, and a row is looked at in other ways."""

SMALL_MEAN = 1e-2
"""Below this mean loss, a shortcut that subtracts numbers near one has lost too many digits."""

_BITS: dict[Any, tuple[Any, int]] = {
    np.dtype(kind): (bits, int(np.ones(1, kind).view(bits)[0]))
    for kind, bits in [(np.float32, np.uint32), (np.float64, np.uint64)]
}
"""The unsigned integer of the size of a float, and the one that has the bits of 1.0."""
_GROUP, _GROUP_COLUMNS = 4, 16

greatest, least = np.maximum.reduce, np.minimum.reduce


def row_blocks(
    n_rows: int, n_columns: int, block_bytes: int = BLOCK_BYTES, *, merged: bool = False
) -> Iterator[slice]:
    """Yield slices of rows: each at most so many bytes as float64, and at least one row.

    With `merged` a slice is as many such slices as fit into a buffer of rows.
    """
    step = max(1, min(BUFFER_ROWS, block_bytes // (8 * max(1, n_columns))))
    if merged:
        step *= BUFFER_ROWS // step
    return (slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step))


def within_unit_range(values: Floats) -> bool:
    """Return whether all cells lie in [0, 1]; nan, infinities, negatives and -0.0 do not.

    The bits of non-negative floats, read as unsigned integers, keep their order, and every other
    float is greater than them. So the maximum alone gives the answer.
    """
    bits, one = _BITS[values.dtype]
    return bool(greatest(values.ravel(order="K").view(bits)) <= one)


class Tops(NamedTuple):
    """Hold the greatest cell of each row of a block of probabilities."""

    values: Floats
    where: Codes | None
    """The first column that holds it; None if no one searched for it."""
    within_unit_range: bool
    """Whether all cells of the block lie in [0, 1], as in `within_unit_range`."""


def tops(block: Floats) -> Tops:
    """Return the greatest cells of rows that lie in memory as they should.

    They are found by their bits, so that any cell out of range is the greatest of its row.
    """
    kind, one = _BITS[block.dtype]
    bits, where = block.view(kind), None
    if bits.shape[1] > MOST_COLUMNS:
        where = bits.argmax(axis=1)
        top = true_class(bits, where)
    else:
        while bits.shape[1] % 2 == 0:  # neighbours, as long as they pair up
            cells = bits.ravel()
            bits = np.maximum(cells[::2], cells[1::2]).reshape(len(block), -1)
        top = bits[:, 0].copy()
        for j in range(1, bits.shape[1]):
            np.maximum(top, bits[:, j], out=top)
    return Tops(top.view(block.dtype), where, bool(greatest(top) <= one))


def all_finite(values: Floats) -> bool:
    """Return whether no cell is infinite or nan; false also for some very large cells."""
    cells = values.ravel(order="K")
    with np.errstate(over="ignore"):
        return math.isfinite(np.dot(cells, cells))


def row_sums(values: Floats, out: Floats | None = None) -> Floats:
    """Return the sum of each row; a matrix product is several times faster than ``sum(axis=1)``."""
    n, k = values.shape
    if k == 2:
        return np.add(values[:, 0], values[:, 1], out=out)
    if out is None:
        out = np.empty(n, dtype=values.dtype)
    if k <= FEW_COLUMNS and values.flags.f_contiguous:
        np.add.reduce(values.T, axis=0, out=out)
        return out
    # BLAS is faster on four rows side by side than on one short row
    grouped = n - n % _GROUP if k <= _GROUP_COLUMNS else 0
    if grouped:
        side_by_side = values[:grouped].reshape(-1, _GROUP * k)
        np.dot(side_by_side, _block_of_ones(k, values.dtype), out=out[:grouped].reshape(-1, _GROUP))
    if grouped < n:
        np.dot(values[grouped:], _ones(k, values.dtype), out=out[grouped:])
    return out


@lru_cache(maxsize=4)
def _ones(k: int, dtype: np.dtype[Any]) -> Floats:
    return np.ones(k, dtype=dtype)


@lru_cache(maxsize=4)
def _starts(n: int, k: int) -> Codes:
    """Return where each of n rows of k cells begins."""
    return np.arange(0, n * k, k)


@lru_cache(maxsize=2 * _GROUP_COLUMNS)
def _block_of_ones(k: int, dtype: np.dtype[Any]) -> Floats:
    """Return the matrix that sums each of the rows that lie side by side."""
    return np.asarray(np.kron(np.eye(_GROUP), np.ones((k, 1))), dtype=dtype)


def sum_of_blocks(of_rows: Callable[[slice], Floats], n: int, start: int = 0) -> float:
    """Return the sum of n numbers, of which a function gives some rows, in blocks.

    The halves are those of numpy's own summation, so that the sum is the same to the last bit. Old
    versions of numpy halve only within chunks of 8192 numbers: there the last bits may differ.
    """
    if n <= BUFFER_ROWS:
        return float(np.add.reduce(of_rows(slice(start, start + n))))
    half = n // 2 - n // 2 % 8
    rest = sum_of_blocks(of_rows, n - half, start + half)
    return sum_of_blocks(of_rows, half, start) + rest


def own_sums(values: Floats) -> Floats:
    """Return the sum of each row, the same to the last bit whatever rows are beside it."""
    if values.shape[1] > 2 * FEW_COLUMNS:
        return np.asarray(np.add.reduce(np.ascontiguousarray(values), axis=1))
    out = values[:, 0].copy()
    for j in range(1, values.shape[1]):
        out += values[:, j]
    return out


def true_class(values: Floats, codes: Codes) -> Floats:
    """Return cell ``codes[i]`` of each row i."""
    n, k = values.shape
    if values.flags.f_contiguous:
        index, cells = codes * n, values.T.ravel()
        index += np.arange(n)
    else:
        # those of a block come again and again; those of a whole matrix are not worth the memory
        starts = _starts(n, k) if n <= BUFFER_ROWS else np.arange(0, n * k, k)
        index, cells = starts + codes, values.ravel()
    out: Floats = cells.take(index, mode="clip")
    return out


def softmax(logits: Floats) -> Floats:
    """Return the softmax of each row; a logit of -inf gives zero."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        out: Floats = logits - logits.max(axis=1, keepdims=True)
        np.exp(out, out=out)
        out /= own_sums(out)[:, None]
    return out


# --- shared by the Brier loss and cross-entropy ------------------------------------------------


def residuals(y: Targets, proba: Floats) -> Floats:
    """Return ``proba - target`` for class codes (n,) or target distributions (n, k).

    `proba` is a softmax. The residual of the true class is minus the sum of the others, which
    stays accurate where the probability is close to one.
    """
    if y.ndim == 2:
        return np.asarray(proba - y, dtype=np.float64)
    out = proba.copy()
    rows = np.arange(len(out))
    out[rows, y] = 0.0
    out[rows, y] = -own_sums(out)
    return out


def sums_of_others(values: Floats) -> Floats:
    """Return, for each cell, the accurate sum of the rest of its row: of proba, ``1 - proba``."""
    out = row_sums(values)[:, None] - values
    rows, top = np.arange(len(values)), values.argmax(axis=1)
    others = values.copy()
    others[rows, top] = 0.0
    out[rows, top] = row_sums(others)
    return out


def rounded_up(bound: Floats) -> Floats:
    """Return bounds a little greater, so that rounding cannot break them."""
    return bound * (1.0 + 1e-9) + 1e-12
