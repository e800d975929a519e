"""Layer 4: clean blocks through the losses, once, whatever is asked of them."""

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sklearn_xent import _kernels
from sklearn_xent._inputs import Truth
from sklearn_xent._kernels import Codes, Floats
from sklearn_xent._losses import EPS, Loss, Targets
from sklearn_xent._probabilities import Predictions
from sklearn_xent.exceptions import ZeroProbabilityWarning


@dataclass(frozen=True)
class SampleLosses:
    """Values of shape (n_losses, n_samples), and how often the true class got (next to) nothing."""

    values: Floats
    n_zero_probability: int


def per_sample(losses: Sequence[Loss], truth: Truth, predictions: Predictions) -> SampleLosses:
    """The losses of every sample, in one pass over the predictions."""
    out = np.empty((len(losses), len(truth)))
    floor = next((loss.eps for loss in losses if loss.eps is not None), EPS)
    n_zero = 0
    for rows, views in _views(losses, truth, predictions):
        for i, (loss, (y, block)) in enumerate(zip(losses, views, strict=True)):
            out[i, rows] = loss._values(y, block, predictions.from_logits)
        n_zero += _count_zero(*views[0], floor, predictions.from_logits)
    return SampleLosses(out, n_zero)


def total(loss: Loss, truth: Truth, predictions: Predictions) -> tuple[float, int]:
    """The weighted sum of a loss, and how many probabilities were below its floor."""
    sums, n_zero = [], 0
    for rows, [(y, block)] in _views([loss], truth, predictions):
        values = loss._values(y, block, predictions.from_logits)
        sums.append(_weighted_sum(values, None if truth.weight is None else truth.weight[rows]))
        if loss.eps is not None:
            n_zero += _count_zero(y, block, loss.eps, predictions.from_logits)
    return math.fsum(sums), n_zero


def mean(loss: Loss, truth: Truth, predictions: Predictions) -> tuple[float, int]:
    """The weighted mean of a loss, and how many probabilities were below its floor."""
    weighted_sum, n_zero = total(loss, truth, predictions)
    return weighted_sum / truth.total_weight, n_zero


def _weighted_sum(values: Floats, weight: Floats | None) -> float:
    # a weight of zero takes an infinite loss out of the sum
    if weight is None:
        return float(values.sum())
    used = weight > 0
    return float(np.dot(values[used], weight[used]))


def _views(
    losses: Sequence[Loss], truth: Truth, predictions: Predictions
) -> Iterator[tuple[slice, list[tuple[Targets, Floats]]]]:
    """Blocks as each loss wants its columns: sorted by label, or as they came."""
    order = truth.classes.sorted_order()
    rank = None if order is None else np.argsort(order)
    for rows, block in predictions.blocks():
        came = (truth.y[rows], block)
        if order is None or rank is None or all(loss.ordered for loss in losses):
            yield rows, [came] * len(losses)
        else:
            in_order = (_ordered(came[0], order, rank), block[:, order])
            yield rows, [came if loss.ordered else in_order for loss in losses]


def _ordered(y: Targets, order: Codes, rank: Codes) -> Targets:
    return y[:, order] if y.ndim == 2 else rank[y]


def _count_zero(y: Targets, block: Floats, floor: float, from_logits: bool) -> int:
    """Samples whose true class (any with a positive target) got a probability below the floor."""
    cells = block if y.ndim == 2 else _kernels.true_class(block, y)
    low = np.isneginf(cells) if from_logits else (cells < floor) | (cells == 0.0)
    return int(np.count_nonzero((low & (y > 0)).any(axis=1) if y.ndim == 2 else low))


def warn_zero_probability(n_zero: int, n: int, loss: Loss, name: str, stacklevel: int) -> None:
    """Tell that a floor decided part of the result."""
    if n_zero and loss.eps:
        warnings.warn(
            f"{name}: {n_zero} of {n} samples have a probability below eps={loss.eps:.3g} for "
            f"their true class; {loss.name} charges each -log(eps) = {-math.log(loss.eps):.4g}. "
            "Pass eps=0 to charge infinity, or smooth the probabilities.",
            ZeroProbabilityWarning,
            stacklevel=stacklevel + 1,
        )
