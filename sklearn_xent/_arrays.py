"""Fast passes over matrices in blocks. Numpy only; nothing here validates or explains.

Cells are read in blocks that stay in the cache; what is left of each row, one number, is
collected in buffers of `BUFFER_ROWS`, so that the passes over rows are long enough to be cheap.
The sizes are those that `make bench` liked best.
"""

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Blocks = Iterable[tuple[slice, Floats]]
PartialSum = tuple[float, int]
"""The sum of a loss over some rows, and in how many of them a probability was below the floor."""

BLOCK_BYTES = 1024 * 1024
"""A block of at most this size stays in the L2 cache, or near it: the second pass is fast."""

BUFFER_ROWS = 32 * 1024
"""At most so many rows are worked on at once."""

SMALL_MEAN = 1e-2
"""Below this mean loss a shortcut that subtracts numbers near one has lost too many digits."""

_ONE = int(np.float64(1.0).view(np.uint64))
_GROUP, _GROUP_COLUMNS = 4, 16

greatest, least = np.maximum.reduce, np.minimum.reduce


def row_blocks(n_rows: int, n_columns: int, block_bytes: int = BLOCK_BYTES) -> Iterator[slice]:
    """Slices of rows of at most so many bytes as float64, and at least one row."""
    step = max(1, min(BUFFER_ROWS, block_bytes // (8 * max(1, n_columns))))
    return (slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step))


def within_unit_range(values: Floats) -> bool:
    """Whether all cells lie in [0, 1]: nan, infinities, negatives and -0.0 all say no.

    Read as unsigned integers, the bits of non-negative floats keep their order, and every other
    float is greater than them: one maximum answers all.
    """
    return bool(greatest(values.ravel(order="K").view(np.uint64)) <= _ONE)


def all_finite(values: Floats) -> bool:
    """Whether no cell is infinite or nan; very large ones may say no as well."""
    cells = values.ravel(order="K")
    with np.errstate(over="ignore"):
        return math.isfinite(np.dot(cells, cells))


FEW_COLUMNS = 8
"""Up to so many columns it is faster to go column by column, for numpy is slow across few."""


def row_sums(values: Floats, out: Floats | None = None) -> Floats:
    """Sum of each row; a matrix product is several times faster than ``sum(axis=1)``."""
    n, k = values.shape
    if k == 2:
        return np.add(values[:, 0], values[:, 1], out=out)
    if out is None:
        out = np.empty(n)
    if k <= FEW_COLUMNS and values.flags.f_contiguous:
        np.add.reduce(values.T, axis=0, out=out)
        return out
    # BLAS does better on four rows side by side than on one that is short
    grouped = n - n % _GROUP if k <= _GROUP_COLUMNS else 0
    if grouped:
        side_by_side = values[:grouped].reshape(-1, _GROUP * k)
        np.dot(side_by_side, _block_of_ones(k), out=out[:grouped].reshape(-1, _GROUP))
    if grouped < n:
        np.dot(values[grouped:], np.ones(k), out=out[grouped:])
    return out


def own_sums(values: Floats) -> Floats:
    """Sum of each row, the same to the last bit whatever rows are beside it."""
    if values.shape[1] > 2 * FEW_COLUMNS:
        return np.asarray(np.add.reduce(np.ascontiguousarray(values), axis=1))
    out = values[:, 0].copy()
    for j in range(1, values.shape[1]):
        out += values[:, j]
    return out


@lru_cache(maxsize=_GROUP_COLUMNS)
def _block_of_ones(k: int) -> Floats:
    """The matrix that sums each of the rows side by side."""
    return np.asarray(np.kron(np.eye(_GROUP), np.ones((k, 1))), dtype=np.float64)


def true_class(values: Floats, codes: Codes) -> Floats:
    """Cell ``codes[i]`` of each row i."""
    n, k = values.shape
    if values.flags.f_contiguous:
        index, cells = codes * n, values.T.ravel()
        index += np.arange(n)
    else:
        index, cells = np.arange(0, n * k, k), values.ravel()
        index += codes
    out: Floats = cells.take(index, mode="clip")
    return out


# --- per row --------------------------------------------------------------------------------


def residuals(y: NDArray[Any], proba: Floats) -> Floats:
    """``proba - target`` for class codes (n,) or target distributions (n, k).

    For the probabilities of a softmax: the residual of the true class is taken as minus the sum
    of the others, which keeps its relative accuracy where the probability is close to one.
    """
    if y.ndim == 2:
        return np.asarray(proba - y, dtype=np.float64)
    out = proba.copy()
    rows = np.arange(len(out))
    out[rows, y] = 0.0
    out[rows, y] = -own_sums(out)
    return out


def sums_of_others(values: Floats) -> Floats:
    """The sum over the other columns of each row, to full accuracy: of proba, ``1 - proba``."""
    out = row_sums(values)[:, None] - values
    rows, top = np.arange(len(values)), values.argmax(axis=1)
    others = values.copy()
    others[rows, top] = 0.0
    out[rows, top] = row_sums(others)
    return out


def softmax(logits: Floats) -> Floats:
    """Row-wise softmax; -inf gives zero."""
    with np.errstate(over="ignore", under="ignore"):
        out: Floats = logits - logits.max(axis=1, keepdims=True)
        np.exp(out, out=out)
        out /= own_sums(out)[:, None]
    return out


def log_softmax(logits: Floats) -> Floats:
    """Row-wise logarithm of the softmax."""
    with np.errstate(over="ignore", under="ignore"):
        shifted: Floats = logits - logits.max(axis=1, keepdims=True)
        shifted -= np.log(own_sums(np.exp(shifted)))[:, None]
    return shifted


def negative_log_softmax(codes: Codes, logits: Floats) -> Floats:
    """Minus the log-softmax of the true class, to full relative accuracy even where it is tiny.

    With the gap g >= 0 from the logit of the true class to the greatest, it is
    ``g + log(exp(-g) + sum of exp(z - max) over the other classes)``; where g = 0, ``log1p``.
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        top = logits.max(axis=1)
        others = np.exp(logits - top[:, None])
        others[np.arange(len(others)), codes] = 0.0
        rest = own_sums(others)
        gap = top - true_class(logits, codes)
        return np.where(gap == 0.0, np.log1p(rest), gap + np.log(np.exp(-gap) + rest))


# --- sums over blocks -----------------------------------------------------------------------


def true_class_buffers(codes: Codes, blocks: Blocks) -> Iterator[Floats]:
    """The probabilities of the true classes, collected into buffers of many rows."""
    size = min(len(codes), BUFFER_ROWS)
    starts, filled = None, 0
    for rows, block in blocks:
        n, k = block.shape
        if n == len(codes):  # all in one
            yield true_class(block, codes)
            continue
        if starts is None:
            starts = np.arange(0, n * k, k)
            buffer, index = np.empty(size), np.empty(size, dtype=np.intp)
        if filled + n > size:
            yield buffer[:filled]
            filled = 0
        cells = np.add(starts[:n], codes[rows], out=index[:n])
        block.ravel().take(cells, out=buffer[filled : filled + n], mode="clip")
        filled += n
    if filled:
        yield buffer[:filled]


def cross_entropy_sums(codes: Codes, blocks: Blocks, eps: float) -> Iterator[PartialSum]:
    """Sums of -log(max(p, eps)) over the probabilities of the true classes."""
    for p in true_class_buffers(codes, blocks):
        low, n_low = float(least(p)), 0
        if low < eps or low == 0.0:
            n_low = int(np.count_nonzero((p < eps) | (p == 0.0)))
            np.maximum(p, eps, out=p)
            low = eps
        yield -sum_of_logs(p, low, 1.0), n_low


def sum_of_logs(values: Floats, low: float, high: float) -> float:
    """Sum of logarithms of values between two bounds.

    Of the products of eight values, where these neither underflow nor overflow nor round away
    what a sum near zero consists of.
    """
    eighth = len(values) // 8
    if eighth and low > 1e-38 and high < 1e38:
        products = np.multiply.reduce(values[: 8 * eighth].reshape(8, eighth), axis=0)
        total = float(np.add.reduce(np.log(products, out=products)))
        total += math.log(math.prod(values[8 * eighth :].tolist()))
        if abs(total) > SMALL_MEAN * len(values):
            return total
    with np.errstate(divide="ignore"):
        return float(np.add.reduce(np.log(values)))


def brier_sum(codes: Codes, block: Floats) -> float:
    """Sum of squared errors: by sum of p^2 - 2 p_y + 1, but for blocks of a small mean."""
    total = len(block) - 2.0 * np.add.reduce(true_class(block, codes)) + sum_of_squares(block)
    if total < SMALL_MEAN * len(block):
        total = squared_errors(codes, block).sum()
    return float(total)


def sum_of_squares(values: Floats) -> float:
    """Sum of squares, of pieces so short that their rounding does not add up."""
    cells = values.ravel()
    whole = len(cells) - len(cells) % 1024
    pieces = cells[:whole].reshape(-1, 1024)
    return float(np.add.reduce(np.vecdot(pieces, pieces)) + np.dot(cells[whole:], cells[whole:]))


def squared_errors(codes: Codes, block: Floats) -> Floats:
    """Sum of squares of each row of p less the indicator of the true class."""
    if block.shape[1] <= FEW_COLUMNS:
        columns = np.array(block.T, order="C")
        for j, column in enumerate(columns):
            column -= codes == j
        columns *= columns
        out: Floats = columns[0]
        for column in columns[1:]:  # a reduction would add eight cells of one row in another order
            out += column
        return out
    r = block.copy()
    r[np.arange(len(r)), codes] -= 1.0
    return row_squares(r)


def row_squares(values: Floats) -> Floats:
    """Sum of squares of each row."""
    out: Floats = np.einsum("ij,ij->i", values, values)
    return out


def error_sums(codes: Codes, blocks: Blocks) -> Iterator[PartialSum]:
    """Numbers of rows whose greatest probability is not that of the true class."""
    for rows, block in blocks:
        right = _count_right(codes[rows], block) if 2 < block.shape[1] <= FEW_COLUMNS else None
        if right is None:
            right = int(np.count_nonzero(predicted_class(block) == codes[rows]))
        yield float(len(block) - right), 0


def _count_right(codes: Codes, block: Floats) -> int | None:
    """Rows whose true class has the greatest probability; None where some rows have ties.

    Along the rows of the transpose, because numpy is slow across a few columns.
    """
    columns = np.ascontiguousarray(block.T)
    best = greatest(columns, axis=0)
    if np.count_nonzero(columns == best) > len(best):
        return None
    return int(np.count_nonzero(true_class(block, codes) == best))


def predicted_class(block: Floats) -> NDArray[Any]:
    """The first column of the greatest probability of each row."""
    if block.shape[1] == 2:
        second: NDArray[np.bool_] = block[:, 1] > block[:, 0]
        return second
    if block.shape[1] > FEW_COLUMNS:
        return np.asarray(block.argmax(axis=1))
    columns = np.ascontiguousarray(block.T)
    best, out = columns[0], np.zeros(len(block), dtype=np.int8)
    for j in range(1, len(columns)):
        better = (columns[j] > best).view(np.int8)
        better *= np.int8(j)  # greater than any number before
        np.maximum(out, better, out=out)
        best = np.maximum(best, columns[j])
    return out


def logit_sums(codes: Codes, blocks: Blocks, cost_of_zero: float) -> Iterator[PartialSum]:
    """Sums of minus the log-softmax of the true class.

    Without a shift by the maximum where the exponentials neither overflow nor underflow, and
    where the sum is not so small that a subtraction has lost digits.
    """
    scratch = None
    for rows, block in blocks:
        of_block = codes[rows]
        if scratch is None:
            scratch = np.empty_like(block)
        # what overflows is infinite, or nan in a matrix product; the total is then None
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            if block.shape[1] == 2:
                total = _softplus_sum(of_block, block)
            else:
                total = _unshifted_sum(of_block, block, scratch[: len(block)])
        if total is not None:
            yield total, 0
            continue
        zero = np.isneginf(true_class(block, of_block))
        values = negative_log_softmax(of_block, block)
        values[zero] = cost_of_zero
        yield float(values.sum()), int(np.count_nonzero(zero))


def _softplus_sum(codes: Codes, block: Floats) -> float | None:
    """Sum of log(1 + exp(z of the other class - z of the true one)), or None if that overflows."""
    gap = block[:, 0] - block[:, 1]
    gap *= _SIGNS.take(codes, mode="clip")
    odds = np.exp(gap, out=gap)
    high = float(greatest(odds))
    if not high < 1e37:
        return None
    total = sum_of_logs(odds + 1.0, 1.0, high + 1.0)
    return total if total > SMALL_MEAN * len(odds) else float(np.log1p(odds).sum())


_SIGNS = np.array([-1.0, 1.0])


def _unshifted_sum(codes: Codes, block: Floats, scratch: Floats) -> float | None:
    """Sum of log(sum of exp(z)) - z_y, or None where that is not accurate."""
    sums = row_sums(np.exp(block, out=scratch))
    low, high = float(least(sums)), float(greatest(sums))
    if not (low > 1e-300 and high < 1e300):
        return None
    total = sum_of_logs(sums, low, high) - float(np.add.reduce(true_class(block, codes)))
    # what the subtraction may lose is in proportion to the size of its terms
    size = max(10.0, abs(math.log(low)), abs(math.log(high)))
    return total if 1e-3 * size * len(block) < total < np.inf else None


Targets = NDArray[Any]
"""Class codes of shape (n,), or target distributions of shape (n, k)."""
