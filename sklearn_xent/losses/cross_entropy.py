"""Cross-entropy, or log loss: ``-sum_j y_j ln(max(p_j, eps))``, in nats.

p are the probabilities; y is the target distribution, of a class code 1 for the true class and 0
for the others. The floor ``eps`` keeps the loss of a zero probability finite; eps=0 makes it
infinite. Of logits z it is ``ln(sum_i exp(z_i)) - z_y``, exact where probabilities underflow, so
that only a logit of -inf is a probability of zero.

Derivatives with respect to the logits under the softmax, in which the floor plays no part:

- gradient: ``p_j - y_j``
- Hessian, diagonal: ``p_j (1 - p_j)``, which is positive
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from sklearn_xent import _arrays
from sklearn_xent._arrays import BUFFER_ROWS, SMALL_MEAN, Blocks, Codes, Floats, PartialSum, Targets
from sklearn_xent.losses.loss import Loss, LossFunction, floor


def _cross_entropy(codes: Targets, proba: Floats, *, eps: float | str) -> Floats:
    return _minus_log(_arrays.true_class(proba, codes), eps)


def _expected_cross_entropy(target: Targets, proba: Floats, *, eps: float | str) -> Floats:
    return _expected(target, _minus_log(proba, eps))


def _cross_entropy_of_logits(y: Targets, logits: Floats, *, eps: float | str) -> Floats:
    cost_of_zero = _cost_of_zero(eps)
    if y.ndim == 2:
        costs = np.where(np.isneginf(logits), cost_of_zero, -_log_softmax(logits))
        return _expected(y, costs)
    costs = _negative_log_softmax(y, logits)
    return np.where(np.isneginf(_arrays.true_class(logits, y)), cost_of_zero, costs)


def _gradient(y: Targets, proba: Floats, **_: Any) -> Floats:
    return _arrays.residuals(y, proba)


def _hessian(_: Targets, proba: Floats, **__: Any) -> Floats:
    return proba * _arrays.sums_of_others(proba)


def _minus_log(proba: Floats, eps: float | str) -> Floats:
    return 0.0 - np.log(_at_least(proba, floor(eps)))


def _at_least(proba: Floats, least: float) -> Floats:
    """Return probabilities not below the floor; most often none is, and nothing is copied."""
    return proba if proba.size and proba.min() >= least else np.maximum(proba, least)


def _cost_of_zero(eps: float | str) -> float:
    return -math.log(floor(eps)) if floor(eps) else math.inf


def _expected(target: Targets, costs: Floats) -> Floats:
    """Return sums of target * cost, in which a class of target zero costs nothing, even inf."""
    weighted = np.where(target == 0.0, 0.0, target * costs)
    sums = _arrays.row_sums(weighted)
    # a matrix product gives nan to the rows beside an infinite one
    return _arrays.own_sums(weighted) if np.isnan(sums).any() else sums


def _log_softmax(logits: Floats) -> Floats:
    """Return the logarithm of the softmax of each row."""
    shifted: Floats = logits - logits.max(axis=1, keepdims=True)
    shifted -= np.log(_arrays.own_sums(np.exp(shifted)))[:, None]
    return shifted


def _negative_log_softmax(codes: Codes, logits: Floats) -> Floats:
    """Return minus the log-softmax of the true class, accurate even where it is tiny.

    With the gap g >= 0 from the logit of the true class to the greatest, it is
    ``g + log(exp(-g) + sum of exp(z - max) over the other classes)``; where g = 0, ``log1p``.
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        top = logits.max(axis=1)
        others = np.exp(logits - top[:, None])
        others[np.arange(len(others)), codes] = 0.0
        rest = _arrays.own_sums(others)
        gap = top - _arrays.true_class(logits, codes)
        return np.where(gap == 0.0, np.log1p(rest), gap + np.log(np.exp(-gap) + rest))


# --- fast sums of probabilities -----------------------------------------------------------------


def _sums_of_probabilities(codes: Codes, blocks: Blocks, eps: float) -> Iterator[PartialSum]:
    """Yield sums of -log(max(p, eps)) over the probabilities of the true classes."""
    for p in true_class_buffers(codes, blocks):
        low, n_low = float(_arrays.least(p)), 0
        if low < eps or low == 0.0:
            n_low = int(np.count_nonzero((p < eps) | (p == 0.0)))
            np.maximum(p, eps, out=p)
            low = eps
        yield -_sum_of_logs(p, products_fit=low > 1e-38), n_low


def true_class_buffers(codes: Codes, blocks: Blocks) -> Iterator[Floats]:
    """Yield the probabilities of the true classes in buffers of many rows, used again and again."""
    size = min(len(codes), BUFFER_ROWS)
    starts, filled = None, 0
    for rows, block in blocks:
        n, k = block.shape
        if n == len(codes):  # one block holds all rows
            yield _arrays.true_class(block, codes).astype(np.float64, copy=False)
            continue
        if starts is None:
            starts = np.arange(0, n * k, k)
            buffer, index = np.empty(size, block.dtype), np.empty(size, dtype=np.intp)
        if filled + n > size:
            yield buffer[:filled].astype(np.float64, copy=False)
            filled = 0
        cells = np.add(starts[:n], codes[rows], out=index[:n])
        block.ravel().take(cells, mode="clip", out=buffer[filled : filled + n])
        filled += n
    if filled:
        yield buffer[:filled].astype(np.float64, copy=False)


def _sum_of_logs(values: Floats, products_fit: bool) -> float:
    """Return the sum of the logarithms of values.

    The logarithm of a product of eight values is faster than eight logarithms. It is taken where
    products neither underflow nor overflow, as of values from 1e-38 to 1e38, and where the sum is
    not so near zero that their rounding would show.
    """
    eighth = len(values) // 8
    if eighth and products_fit:
        products = np.multiply.reduce(values[: 8 * eighth].reshape(8, eighth), axis=0)
        total = float(np.add.reduce(np.log(products, out=products)))
        total += math.log(math.prod(values[8 * eighth :].tolist()))
        if abs(total) > SMALL_MEAN * len(values):
            return total
    with np.errstate(divide="ignore"):
        return float(np.add.reduce(np.log(values)))


# --- fast sums of logits ------------------------------------------------------------------------


def _sums_of_logits(
    codes: Codes, blocks: Blocks, cost_of_zero: float, check: Callable[[Floats], None] | None
) -> Iterator[PartialSum]:
    """Yield sums of minus the log-softmax of the true class.

    Logits are not shifted by their maximum where exponentials neither overflow nor underflow, and
    where the sum is not so small that a subtraction has lost digits. Any other block is given to
    `check` first: nan or infinite logits, of three classes or more, are never in an ordinary one.
    """
    scratch = None
    for rows, block in blocks:
        of_block = codes[rows]
        if scratch is None:
            scratch = np.empty(block.shape)
        # what overflows is infinite, or nan in a matrix product; the total is then None
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            if block.shape[1] == 2:
                total = _softplus_sum(of_block, block)
            else:
                total = _unshifted_sum(of_block, block, scratch[: len(block)])
        if total is not None:
            yield total, 0
            continue
        if check is not None:
            check(block)
        zero = np.isneginf(_arrays.true_class(block, of_block))
        values = _negative_log_softmax(of_block, block.astype(np.float64, copy=False))
        values[zero] = cost_of_zero
        yield float(values.sum()), int(np.count_nonzero(zero))


def _softplus_sum(codes: Codes, block: Floats) -> float | None:
    """Sum log(1 + exp(z of the other class - z of the true one)); None if that overflows."""
    gap = block[:, 0] - block[:, 1]
    gap *= _SIGNS.take(codes, mode="clip")
    odds = np.exp(gap, out=gap)
    high = float(_arrays.greatest(odds))
    if not high < 1e37:
        return None
    total = _sum_of_logs(odds + 1.0, products_fit=True)
    return total if total > SMALL_MEAN * len(odds) else float(np.log1p(odds).sum())


_SIGNS = np.array([-1.0, 1.0])


def _unshifted_sum(codes: Codes, block: Floats, scratch: Floats) -> float | None:
    """Sum log(sum of exp(z)) - z_y over the rows; None where that is not accurate."""
    wide = block
    if block.dtype != np.float64:
        np.copyto(scratch, block)
        wide = scratch
    sums = _arrays.row_sums(np.exp(wide, out=scratch))
    low, high = float(_arrays.least(sums)), float(_arrays.greatest(sums))
    if not (low > 1e-300 and high < 1e300):
        return None
    total = _sum_of_logs(sums, products_fit=low > 1e-38 and high < 1e38)
    total -= float(np.add.reduce(_arrays.true_class(block, codes), dtype=np.float64))
    # what the subtraction may lose is in proportion to the size of its terms
    size = max(10.0, abs(math.log(low)), abs(math.log(high)))
    return total if 1e-3 * size * len(block) < total < np.inf else None


# --- the loss -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class CrossEntropy(Loss):
    """Cross-entropy; its option ``eps`` is the floor under the probability, "auto" or a number."""

    narrow_sums: ClassVar[bool] = True
    one_cell: ClassVar[bool] = True
    name: str = "cross_entropy"
    title: str = "Cross-entropy"
    description: str = (
        "minus the logarithm of the probability that the true class got; it is harsh on "
        "confident mistakes"
    )
    function: LossFunction = _cross_entropy
    soft_function: LossFunction | None = _expected_cross_entropy
    logit_function: LossFunction | None = _cross_entropy_of_logits
    gradient_function: LossFunction | None = _gradient
    hessian_function: LossFunction | None = _hessian
    strictly_proper: bool = True
    by_columns: bool = True
    unit: str = "nats"
    options: Mapping[str, Any] = field(default_factory=lambda: {"eps": "auto"})

    def greatest_difference(self, n_classes: int, *, from_logits: bool = False) -> float:
        """Return the cost of a zero probability; infinite for logits, which have no floor."""
        return math.inf if from_logits else _cost_of_zero(self.options["eps"])

    def sums(self, codes: Codes, blocks: Blocks, from_logits: bool) -> Iterator[PartialSum]:
        """Return the sums over blocks or buffers, by way of logarithms of products."""
        eps = self.options["eps"]
        if from_logits:
            return _sums_of_logits(codes, blocks, _cost_of_zero(eps), None)
        return _sums_of_probabilities(codes, blocks, floor(eps))

    def sums_of_logits(
        self, codes: Codes, blocks: Blocks, check: Callable[[Floats], None]
    ) -> Iterator[PartialSum]:
        """Return the sums over blocks of three logits or more, float32 or float64.

        They were not checked; those that may be none are given to `check`.
        """
        return _sums_of_logits(codes, blocks, _cost_of_zero(self.options["eps"]), check)

    def every_label(self, values: Floats, from_logits: bool) -> Floats:
        """Return minus the logarithm of each probability."""
        eps = self.options["eps"]
        with np.errstate(all="ignore"):
            if not from_logits:
                return _minus_log(values, eps)
            return np.where(np.isneginf(values), _cost_of_zero(eps), -_log_softmax(values))

    def label_spread(self, high: Floats, low: Floats, n_classes: int, from_logits: bool) -> Floats:
        """Return ``ln(high / low)``, both at least the floor; of logits, ``high - low``."""
        with np.errstate(all="ignore"):
            if from_logits:
                return _arrays.rounded_up(high - low)
            least = floor(self.options["eps"])
            ratio = _at_least(high, least) / _at_least(low, least)
            return _arrays.rounded_up(np.log(ratio))

    def label_distance(self, columns: Floats, centre: Floats) -> Floats:
        """Return ``ln(max / min)`` of ``p_j / q_j`` over the classes, all at least the floor."""
        least = floor(self.options["eps"])
        with np.errstate(all="ignore"):
            ratios = _at_least(columns, least) / _at_least(centre, least)
            width = _arrays.greatest(ratios, axis=0) / _arrays.least(ratios, axis=0)
            return _arrays.rounded_up(np.log(width))
