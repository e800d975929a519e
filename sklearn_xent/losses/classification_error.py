"""The classification error: 1 where the most probable class is not the true one, else 0.

Ties go to the first column. Of a target distribution, the loss is the probability of all other
classes. The softmax keeps the order of the logits, so logits and probabilities give the same loss.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sklearn_xent import _arrays
from sklearn_xent._arrays import (
    FEW_COLUMNS,
    MOST_COLUMNS,
    Blocks,
    Codes,
    Floats,
    PartialSum,
    Targets,
    Tops,
)
from sklearn_xent.losses.loss import Loss, LossFunction, LossRange

MOST_TIED = 0.52
"""No two cells of a row are both greater: a row sums to one, up to rounding of any type."""


def _errors(codes: Targets, proba: Floats) -> Floats:
    predicted = predicted_class(proba)
    wrong: Floats = (predicted != codes.astype(predicted.dtype)).astype(np.float64)
    return wrong


def _expected_errors(target: Targets, proba: Floats) -> Floats:
    predicted = predicted_class(proba).astype(np.intp)
    return 1.0 - _arrays.true_class(target, predicted)


def flat(_: Targets, proba: Floats, **__: Any) -> Floats:
    """Return the derivatives of a step function: zero almost everywhere."""
    return np.zeros_like(proba)


def predicted_class(block: Floats) -> NDArray[Any]:
    """Return the first column of the greatest probability of each row."""
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


def _count_right(codes: Codes, block: Floats) -> int:
    """Count the rows whose predicted class is the true one."""
    if 2 < block.shape[1] <= MOST_COLUMNS:
        # along the rows of the transpose: numpy is slow across a few columns
        columns = np.ascontiguousarray(block.T)
        best = _arrays.greatest(columns, axis=0)
        has_ties = np.count_nonzero(columns == best) > len(best)
        if not has_ties:
            return int(np.count_nonzero(_arrays.true_class(block, codes) == best))
    if block.shape[1] == 2:
        codes = codes != 0  # booleans are compared faster with booleans
    return int(np.count_nonzero(predicted_class(block) == codes))


def _count_right_by_top(codes: Codes, block: Floats, top: Tops) -> int:
    """Count right predictions from the greatest probability of each row."""
    if top.where is not None:
        return int(np.count_nonzero(top.where == codes))
    is_right = _arrays.true_class(block, codes) == top.values
    n_right = int(np.count_nonzero(is_right))
    # right but for a tie with an earlier class, which only a low probability can have
    is_right &= top.values < MOST_TIED
    some = np.flatnonzero(is_right)
    if len(some) > len(block) // 8:
        return _count_right(codes, block)
    rows = block.take(some, axis=0)
    if np.count_nonzero(rows == top.values.take(some)[:, None]) > len(some):
        n_right -= int(np.count_nonzero(predicted_class(rows) != codes.take(some)))
    return n_right


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ClassificationError(Loss):
    """The classification error."""

    narrow_sums: ClassVar[bool] = True
    name: str = "classification_error"
    title: str = "Classification error"
    description: str = "the share of samples whose most probable class is wrong"
    function: LossFunction = _errors
    soft_function: LossFunction | None = _expected_errors
    gradient_function: LossFunction | None = flat
    hessian_function: LossFunction | None = flat
    range: LossRange | Callable[..., LossRange] = (0.0, 1.0)
    zero_one: bool = True
    by_columns: bool = True

    def sums(self, codes: Codes, blocks: Blocks, from_logits: bool) -> Iterator[PartialSum]:
        """Yield the number of errors of each block."""
        for rows, block in blocks:
            yield float(len(block) - _count_right(codes[rows], block)), 0

    def sums_by_top(
        self, codes: Codes, blocks: Iterable[tuple[slice, Floats, Tops | None]]
    ) -> Iterator[PartialSum]:
        """Yield the sums of blocks of probabilities, given the greatest of each row where known."""
        for rows, block, top in blocks:
            of_block = codes[rows]
            if top is None:
                n_right = _count_right(of_block, block)
            else:
                n_right = _count_right_by_top(of_block, block, top)
            yield float(len(block) - n_right), 0

    def every_label(self, values: Floats, from_logits: bool) -> Floats:
        """Return 0 for the predicted class of each row, and 1 for the others."""
        out = np.ones_like(values)
        out[np.arange(len(values)), predicted_class(values).astype(np.intp)] = 0.0
        return out

    def label_spread(self, high: Floats, low: Floats, n_classes: int, from_logits: bool) -> Floats:
        """Return 1 for each row: an error and none differ by so much."""
        return np.ones_like(high)

    def label_distance(self, columns: Floats, centre: Floats) -> Floats:
        """Return 1 for each sample, as `label_spread` does."""
        return np.ones(columns.shape[1])
