"""Layer 0: fast passes over a block of a matrix. Numpy only; nothing here validates or explains."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

BLOCK_BYTES = 256 * 1024
"""A block of this size and its scratch stay in the L2 cache."""


def row_blocks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Slices of rows whose float64 cells fill at most `BLOCK_BYTES`, at least one row each."""
    step = max(1, BLOCK_BYTES // (8 * max(1, n_columns)))
    return (slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step))


def true_class(values: Floats, codes: Codes) -> Floats:
    """Cell ``codes[i]`` of each row i."""
    flat = np.arange(0, values.size, values.shape[1]) + codes
    return values.ravel().take(flat)


def row_sums(values: Floats) -> Floats:
    """Sum of each row; a matrix product is several times faster than ``sum(axis=1)``."""
    if values.shape[1] == 2:
        return values[:, 0] + values[:, 1]
    return values @ np.ones(values.shape[1])


def within_unit_range(values: Floats) -> bool:
    """Whether all cells lie in [0, 1]: nan, infinities, negatives and -0.0 all say no.

    Read as unsigned integers, the bits of non-negative floats keep their order, and every other
    float is greater than them: one maximum answers all.
    """
    return bool(values.view(np.uint64).max() <= np.float64(1.0).view(np.uint64))


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
        out /= out.sum(axis=1, keepdims=True)
    return out


def log_softmax(logits: Floats) -> Floats:
    """Row-wise logarithm of the softmax."""
    with np.errstate(over="ignore", under="ignore"):
        shifted: Floats = logits - logits.max(axis=1, keepdims=True)
        shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def negative_log_softmax(codes: Codes, logits: Floats) -> Floats:
    """Minus the log-softmax of the true class, to full relative accuracy even where it is tiny.

    With d = logit - logit of the true class and m = max(d) >= 0 it is
    ``m + log(exp(-m) + sum of exp(d - m) over the other classes)``; where m = 0, ``log1p``.
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        true = true_class(logits, codes)
        top = logits.max(axis=1)
        others = np.exp(logits - top[:, None])
        others[np.arange(len(others)), codes] = 0.0
        rest = row_sums(others)
        gap = top - true
        return np.where(gap == 0.0, np.log1p(rest), gap + np.log(np.exp(-gap) + rest))
