"""The Brier loss, or mean squared error of probabilities: ``c * sum_j (p_j - y_j)^2``.

p are the probabilities; y is the target distribution, of a class code 1 for the true class and 0
for the others. The scale c is 1, and with ``scale_by_half`` 1/2; "auto" halves the loss of two
classes, where both terms are equal.

Derivatives with respect to the logits z under the softmax, with r = p - y and s = sum_i p_i r_i:

- gradient: ``2 c p_j (r_j - s)``
- Hessian, diagonal: the derivative of that by z_j, where dp_j / dz_j = p_j (1 - p_j)
- curvature: the loss is not convex in the logits, so it is the Gauss-Newton diagonal,
  ``2 c sum_i (dp_i / dz_j)^2`` with dp_i / dz_j = p_i ([i = j] - p_j)
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from sklearn_xent import _arrays
from sklearn_xent._arrays import FEW_COLUMNS, Blocks, Codes, Floats, PartialSum, Targets
from sklearn_xent.losses.loss import Loss, LossFunction, LossRange


def _scale(n_classes: int, scale_by_half: bool | str) -> float:
    halved = n_classes == 2 if scale_by_half == "auto" else scale_by_half
    return 0.5 if halved else 1.0


def _brier(y: Targets, proba: Floats, *, scale_by_half: bool | str) -> Floats:
    squares = _row_squares(proba - y) if y.ndim == 2 else _squared_errors(y, proba)
    return squares * _scale(proba.shape[1], scale_by_half)


def _brier_of_logits(y: Targets, logits: Floats, *, scale_by_half: bool | str) -> Floats:
    r = _arrays.residuals(y, _arrays.softmax(logits))
    return _row_squares(r) * _scale(logits.shape[1], scale_by_half)


def _range(n_classes: int, *, scale_by_half: bool | str) -> LossRange:
    return 0.0, 2.0 * _scale(n_classes, scale_by_half)


def _gradient(y: Targets, proba: Floats, *, scale_by_half: bool | str) -> Floats:
    r = _arrays.residuals(y, proba)
    s = _arrays.row_sums(proba * r)[:, None]
    return 2.0 * _scale(proba.shape[1], scale_by_half) * proba * (r - s)


def _hessian(y: Targets, proba: Floats, *, scale_by_half: bool | str) -> Floats:
    r, q = _arrays.residuals(y, proba), _arrays.sums_of_others(proba)
    s = _arrays.row_sums(proba * r)[:, None]
    mean_p = _arrays.row_sums(proba * proba)[:, None]
    inner = q * (r - s) + proba * q - proba * (r + proba - s - mean_p)
    return 2.0 * _scale(proba.shape[1], scale_by_half) * proba * inner


def _curvature(_: Targets, proba: Floats, *, scale_by_half: bool | str) -> Floats:
    of_others = _arrays.sums_of_others(proba) ** 2 + _arrays.sums_of_others(proba**2)
    return 2.0 * _scale(proba.shape[1], scale_by_half) * proba**2 * of_others


def _squared_errors(codes: Codes, block: Floats) -> Floats:
    """Return the sum of squares of each row of p less the indicator of the true class."""
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
    return _row_squares(r)


def _row_squares(values: Floats) -> Floats:
    """Return the sum of squares of each row."""
    out: Floats = np.einsum("ij,ij->i", values, values)
    return out


def _sum_of_squared_errors(codes: Codes, block: Floats) -> float:
    """Sum ``sum_j p_j^2 - 2 p_y + 1`` over the rows, which is fast; unless digits would be lost."""
    right = np.add.reduce(_arrays.true_class(block, codes))
    total = len(block) - 2.0 * right + _sum_of_squares(block)
    if total < _arrays.SMALL_MEAN * len(block):
        total = _squared_errors(codes, block).sum()
    return float(total)


def _sum_of_squares(values: Floats) -> float:
    """Return the sum of squares, of pieces so short that their rounding does not add up."""
    cells = values.ravel()
    whole = len(cells) - len(cells) % 1024
    pieces = cells[:whole].reshape(-1, 1024)
    return float(np.add.reduce(np.vecdot(pieces, pieces)) + np.dot(cells[whole:], cells[whole:]))


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Brier(Loss):
    """The Brier loss; its option ``scale_by_half`` is "auto", True or False."""

    narrow_sums: ClassVar[bool] = True
    name: str = "brier_loss"
    title: str = "MSE (Brier)"
    description: str = "the squared distance of the predicted probabilities from what happened"
    function: LossFunction = _brier
    soft_function: LossFunction | None = _brier
    logit_function: LossFunction | None = _brier_of_logits
    gradient_function: LossFunction | None = _gradient
    hessian_function: LossFunction | None = _hessian
    curvature_function: LossFunction | None = _curvature
    range: LossRange | Callable[..., LossRange] = _range
    strictly_proper: bool = True
    by_columns: bool = True
    options: Mapping[str, Any] = field(default_factory=lambda: {"scale_by_half": "auto"})

    def _check_options(self) -> None:
        """Check that ``scale_by_half`` is "auto", True or False."""
        value = self.options["scale_by_half"]
        is_auto = isinstance(value, str) and value == "auto"
        if not is_auto and not isinstance(value, bool | np.bool_):
            raise ValueError(f'scale_by_half must be "auto", True or False; got {value!r}.')

    def sums(self, codes: Codes, blocks: Blocks, from_logits: bool) -> Iterator[PartialSum]:
        """Yield the sum of each block, by way of the sums of squares of probabilities."""
        for rows, block in blocks:
            if from_logits:
                with np.errstate(over="ignore", under="ignore"):
                    values = _brier_of_logits(codes[rows], block, **self.options)
                yield float(values.sum()), 0
            else:
                scale = _scale(block.shape[1], **self.options)
                wide = block.astype(np.float64, copy=False)
                yield _sum_of_squared_errors(codes[rows], wide) * scale, 0

    def every_label(self, values: Floats, from_logits: bool) -> Floats:
        """Return ``c (sum_i p_i^2 + 1 - 2 p_j)`` for each class j."""
        proba = _arrays.softmax(values) if from_logits else values
        squares = _row_squares(proba)[:, None] + 1.0 - 2.0 * proba
        return squares * _scale(proba.shape[1], **self.options)

    def label_spread(self, high: Floats, low: Floats, n_classes: int, from_logits: bool) -> Floats:
        """Return ``2 c (high - low)``; of logits, the most that two probabilities can differ."""
        width = np.ones_like(high) if from_logits else high - low
        return _arrays.rounded_up(2.0 * _scale(n_classes, **self.options) * width)

    def label_distance(self, columns: Floats, centre: Floats) -> Floats:
        """Return ``2 c (max - min)`` of ``p_j - q_j`` over the classes."""
        apart = columns - centre
        width = _arrays.greatest(apart, axis=0) - _arrays.least(apart, axis=0)
        return _arrays.rounded_up(2.0 * _scale(len(columns), **self.options) * width)
