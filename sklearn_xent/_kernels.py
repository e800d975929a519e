"""Layer 0: fast passes over matrices in blocks. Numpy only; nothing here validates or explains.

Cells are read in blocks that stay in the L2 cache; what is left of each row, one number, is
collected in buffers of `BUFFER_ROWS`, so that the passes over rows are long enough to be cheap.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Blocks = Iterable[tuple[slice, Floats]]
PartialSum = tuple[float, int]
"""The sum of a loss over some rows, and in how many of them a probability was below the floor."""

BLOCK_BYTES = 256 * 1024
"""A block of this size and its scratch stay in the L2 cache."""

BUFFER_ROWS = 16 * 1024
"""Rows whose single numbers are collected before they are worked on."""

SMALL_MEAN = 1e-2
"""Below this mean loss a shortcut that subtracts numbers near one has lost too many digits."""

_ONE = np.float64(1.0).view(np.uint64)


def row_blocks(n_rows: int, n_columns: int, least_rows: int = 1) -> Iterator[slice]:
    """Slices of rows whose float64 cells fill at most `BLOCK_BYTES`, or have the least rows."""
    step = max(least_rows, BLOCK_BYTES // (8 * max(1, n_columns)))
    return (slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step))


def within_unit_range(values: Floats) -> bool:
    """Whether all cells lie in [0, 1]: nan, infinities, negatives and -0.0 all say no.

    Read as unsigned integers, the bits of non-negative floats keep their order, and every other
    float is greater than them: one maximum answers all.
    """
    return bool(values.view(np.uint64).max() <= _ONE)


def row_sums(values: Floats, out: Floats | None = None) -> Floats:
    """Sum of each row; a matrix product is several times faster than ``sum(axis=1)``."""
    if values.shape[1] == 2:
        return np.add(values[:, 0], values[:, 1], out=out)
    return np.dot(values, np.ones(values.shape[1]), out=out)


def true_class(values: Floats, codes: Codes) -> Floats:
    """Cell ``codes[i]`` of each row i."""
    return values.ravel().take(flat_index(values, codes), mode="clip")


def flat_index(values: Floats, codes: Codes) -> Codes:
    """Positions of the true classes in the flattened matrix."""
    index = np.arange(0, values.size, values.shape[1])
    index += codes
    return index


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
    out[rows, y] = -row_sums(out)
    return out


def complements(proba: Floats) -> Floats:
    """``1 - proba``, the greatest of each row as the sum of the others, to full accuracy."""
    out = 1.0 - proba
    rows, top = np.arange(len(proba)), proba.argmax(axis=1)
    others = proba.copy()
    others[rows, top] = 0.0
    out[rows, top] = row_sums(others)
    return out


def softmax(logits: Floats) -> Floats:
    """Row-wise softmax; -inf gives zero."""
    with np.errstate(over="ignore", under="ignore"):
        out: Floats = logits - logits.max(axis=1, keepdims=True)
        np.exp(out, out=out)
        out /= row_sums(out)[:, None]
    return out


def log_softmax(logits: Floats) -> Floats:
    """Row-wise logarithm of the softmax."""
    with np.errstate(over="ignore", under="ignore"):
        shifted: Floats = logits - logits.max(axis=1, keepdims=True)
        shifted -= np.log(row_sums(np.exp(shifted)))[:, None]
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
        rest = row_sums(others)
        gap = top - true_class(logits, codes)
        return np.where(gap == 0.0, np.log1p(rest), gap + np.log(np.exp(-gap) + rest))


# --- sums over blocks -----------------------------------------------------------------------


def buffered_true_class(codes: Codes, blocks: Blocks) -> Iterator[Floats]:
    """The probabilities of the true classes, collected into buffers of many rows."""
    buffer, filled = np.empty(min(len(codes), BUFFER_ROWS)), 0
    for rows, block in blocks:
        stop = filled + len(block)
        if stop > len(buffer):
            yield buffer[:filled]
            filled, stop = 0, len(block)
        index = flat_index(block, codes[rows])
        block.ravel().take(index, out=buffer[filled:stop], mode="clip")
        filled = stop
    yield buffer[:filled]


def cross_entropy_sums(codes: Codes, blocks: Blocks, eps: float) -> Iterator[PartialSum]:
    """Sums of -log(max(p, eps)) over the probabilities of the true classes."""
    for p in buffered_true_class(codes, blocks):
        n_low = 0
        if p.min() < max(eps, np.nextafter(0, 1)):
            n_low = int(np.count_nonzero((p < eps) | (p == 0.0)))
            np.maximum(p, eps, out=p)
        yield -_sum_of_logs(p), n_low


def _sum_of_logs(values: Floats) -> float:
    """Sum of logarithms; of the products of eight, where these neither underflow nor round away."""
    eighth = len(values) // 8
    if eighth and values.min() > 1e-38 and values.max() < 1e38:
        products = np.multiply.reduce(values[: 8 * eighth].reshape(8, eighth), axis=0)
        total = float(np.log(products).sum() + np.log(values[8 * eighth :]).sum())
        if abs(total) > SMALL_MEAN * len(values):
            return total
    with np.errstate(divide="ignore"):
        return float(np.log(values).sum())


def brier_sum(codes: Codes, block: Floats) -> float:
    """Sum of squared errors: by sum of p^2 - 2 p_y + 1, but for blocks of a small mean."""
    cells = block.ravel()
    total = len(block) - 2.0 * true_class(block, codes).sum() + np.dot(cells, cells)
    if total < SMALL_MEAN * len(block):
        total = squared_errors(codes, block).sum()
    return float(total)


def squared_errors(codes: Codes, block: Floats) -> Floats:
    """Sum of squares of each row of p less the indicator of the true class."""
    r = block.copy()
    r[np.arange(len(r)), codes] -= 1.0
    out: Floats = np.einsum("ij,ij->i", r, r)
    return out


def error_sums(codes: Codes, blocks: Blocks) -> Iterator[PartialSum]:
    """Numbers of rows whose greatest probability is not that of the true class."""
    for rows, block in blocks:
        yield float(np.count_nonzero(predicted_class(block) != codes[rows])), 0


def predicted_class(block: Floats) -> NDArray[Any]:
    """The first column of the greatest probability of each row."""
    if block.shape[1] == 2:
        second: NDArray[np.bool_] = block[:, 1] > block[:, 0]
        return second
    if block.shape[1] > 32:
        return np.asarray(block.argmax(axis=1))
    # Few columns: row-wise argmax is slow, so run along the rows of the transpose.
    columns = np.ascontiguousarray(block.T)
    best, out = columns[0].copy(), np.zeros(len(block), dtype=np.int8)
    for code in range(1, len(columns)):
        np.putmask(out, columns[code] > best, code)
        np.maximum(best, columns[code], out=best)
    return out


def logit_sums(codes: Codes, blocks: Blocks, cost_of_zero: float) -> Iterator[PartialSum]:
    """Sums of minus the log-softmax of the true class.

    Without a shift by the maximum where the exponentials neither overflow nor underflow, and
    where the sum is not so small that the subtraction has lost digits.
    """
    for rows, block in blocks:
        of_block = codes[rows]
        true = true_class(block, of_block)
        total = _unshifted_logit_sum(block, true)
        if total is not None:
            yield total, 0
            continue
        zero = np.isneginf(true)
        values = negative_log_softmax(of_block, block)
        values[zero] = cost_of_zero
        yield float(values.sum()), int(np.count_nonzero(zero))


def _unshifted_logit_sum(block: Floats, true: Floats) -> float | None:
    """Sum of log(sum of exp(z)) - z_y, or None where that is not accurate."""
    with np.errstate(over="ignore", under="ignore"):
        sums = row_sums(np.exp(block))
        low, high = sums.min(), sums.max()
        if not (low > 1e-300 and high < 1e300):
            return None
        total = _sum_of_logs(sums) - float(true.sum())
    # what the subtraction may lose is in proportion to the size of its terms
    size = max(10.0, abs(float(np.log(low))), abs(float(np.log(high))))
    return total if 1e-3 * size * len(block) < total < np.inf else None
