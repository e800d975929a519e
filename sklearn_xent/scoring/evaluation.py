"""The losses of checked predictions: of every sample, their sums and means, and label ranges."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config

from sklearn_xent import _arrays
from sklearn_xent._arrays import Blocks, Codes, Floats, PartialSum, Targets
from sklearn_xent._messages import shorten_all, warn
from sklearn_xent.exceptions import ZeroProbabilityWarning
from sklearn_xent.inputs.labels import in_order
from sklearn_xent.inputs.predictions import Predictions
from sklearn_xent.inputs.validation import Target
from sklearn_xent.losses.classification_error import ClassificationError
from sklearn_xent.losses.cross_entropy import CrossEntropy
from sklearn_xent.losses.expected_cost import ExpectedCost
from sklearn_xent.losses.loss import EPS, Loss
from sklearn_xent.losses.promises import check_promises, is_trusted
from sklearn_xent.losses.registry import LOSSES

MOST_NAMED = 5
"""So many models are named in a warning."""
N_FARTHEST = 64
"""So many rows of a block, of which labels may move a difference most, are computed first."""
MANY_COLUMNS = 64
"""From so many columns on, numpy is faster along rows than column by column."""


class LossValues(NamedTuple):
    """The losses of every sample, under one model or under several."""

    values: Floats
    """Of shape (n_losses, n_samples), or (n_losses, n_models, n_samples)."""
    n_zero_probability: NDArray[np.intp]
    """Samples of positive weight whose true class has a probability below the floor of the loss.

    The default floor counts for losses that have none. Of the shape of `values` without its last
    axis.
    """


def assumes_finite() -> bool:
    """Return whether scikit-learn was told to trust values, by ``assume_finite=True``."""
    return bool(get_config()["assume_finite"])


def per_sample(
    losses: Sequence[Loss], target: Target, predictions: Predictions, out: Floats | None = None
) -> LossValues:
    """Compute the losses of every sample under one model, in one pass over its predictions."""
    try:
        return _per_sample(losses, target, predictions, out)
    except ValueError:
        predictions.check_trusted()  # which may be the reason
        raise


def _per_sample(
    losses: Sequence[Loss], target: Target, predictions: Predictions, out: Floats | None
) -> LossValues:
    losses = for_classes(losses, target, predictions)
    out = np.empty((len(losses), len(target))) if out is None else out
    floors = [EPS if loss.eps is None else loss.eps for loss in losses]
    n_zero = dict.fromkeys(floors, 0)
    for rows, views in _views(losses, target, predictions):
        for i, (loss, (y, block)) in enumerate(zip(losses, views, strict=True)):
            out[i, rows] = loss.evaluate(y, block, predictions.from_logits)
        lowest = -math.inf if predictions.from_logits else float(views[0][1].min())
        for floor in n_zero:
            if lowest >= floor and lowest > 0.0:
                continue
            n_zero[floor] += _count_zero(*views[0], floor, predictions, _weight_of(target, rows))
    return LossValues(out, np.array([n_zero[floor] for floor in floors]))


def predicted_classes(
    target: Target, predictions: Sequence[Predictions]
) -> NDArray[np.bool_] | None:
    """Return for each model and class whether it is the most probable one of some sample.

    Of shape (n_models, n_classes); classes that tie count as predicted. None for target
    distributions.
    """
    if target.y.ndim == 2:
        return None
    out = np.zeros((len(predictions), len(target.classes)), dtype=np.bool_)
    for of_model, prediction in zip(out, predictions, strict=True):
        for _, block in prediction.blocks():
            highest = _across(np.maximum, block)
            missing = np.flatnonzero(~of_model)
            if len(missing) > _arrays.FEW_COLUMNS:
                of_model |= (block == highest[:, None]).any(axis=0)
                missing = missing[:0]
            for j in missing.tolist():
                of_model[j] = bool((block[:, j] == highest).any())
            if of_model.all():
                break
    return out


def losses_by_model(
    losses: Sequence[Loss], target: Target, predictions: Sequence[Predictions]
) -> LossValues:
    """Compute the losses of every sample under each model."""
    values = np.empty((len(losses), len(predictions), len(target)))
    n_zero = [
        per_sample(losses, target, prediction, values[:, i]).n_zero_probability
        for i, prediction in enumerate(predictions)
    ]
    return LossValues(values, np.stack(n_zero, axis=1))


def check_size(losses: Sequence[Loss], values: Floats, most: float) -> None:
    """Check that losses leave room for their squares; those of this package do."""
    for loss, of_loss in zip(losses, values, strict=True):
        if loss in LOSSES.values():
            continue
        largest = float(np.abs(of_loss).max(initial=0.0, where=np.isfinite(of_loss)))
        if largest > most:
            raise ValueError(
                f"losses must be at most {most:g}; {loss.name} reaches {largest:g}. Scale the loss."
            )


def label_ranges(
    losses: Sequence[Loss],
    target: Target,
    predictions: Sequence[Predictions],
    pairs: Sequence[tuple[int, int]],
    known: Floats | None = None,
) -> Floats:
    """Compute how far another label of one sample could move the difference of two models.

    Of shape (n_losses, n_pairs): the greatest range, over all samples, of a difference over the
    labels that a sample might have had, times its scaled weight. `known` is what other samples
    reach already; samples that cannot exceed it are skipped.
    """
    out = np.zeros((len(losses), len(pairs))) if known is None else known.copy()
    order, _ = _sorted(target)
    losses = for_classes(losses, target)
    for rows in _arrays.row_blocks(len(target), len(target.classes)) if pairs else ():
        parts = [prediction.part(rows) for prediction in predictions]
        weight, bounds = _weight_of(target, rows), _LabelBounds(parts, predictions)
        for i, loss in enumerate(losses):
            costs = _LabelCosts(loss, parts, None if loss.ordered else order, predictions)
            _raise_ranges(out[i], pairs, bounds.of(loss), costs, weight)
    return out


def _raise_ranges(
    known: Floats,
    pairs: Sequence[tuple[int, int]],
    bounds: Sequence[Floats],
    costs: "_LabelCosts",
    weight: Floats | None,
) -> None:
    """Raise the known range of each pair to those of the rows of a block, in place.

    No range of a row is greater than the sum of the bounds of both models, times the weight. Rows
    in which this is too small for every pair are left out at once.
    """
    first = second = np.zeros(len(bounds[0]))
    for bound in bounds:
        first, second = np.maximum(first, bound), np.maximum(second, np.minimum(first, bound))
    reach = _weighted(first + second, weight)
    rows = np.flatnonzero(~(reach <= known.min()))
    if len(rows) > N_FARTHEST:  # the rows that may reach farthest spare most of the others
        farthest = rows[np.argpartition(reach[rows], -N_FARTHEST)[-N_FARTHEST:]]
        _raise_ranges_of(farthest, known, pairs, bounds, costs, weight)
        rows = rows[~(reach[rows] <= known.min())]
    if len(rows):
        _raise_ranges_of(rows, known, pairs, bounds, costs, weight)


def _raise_ranges_of(
    rows: Codes,
    known: Floats,
    pairs: Sequence[tuple[int, int]],
    bounds: Sequence[Floats],
    costs: "_LabelCosts",
    weight: Floats | None,
) -> None:
    """Raise the known range of each pair to those of some rows, in place."""
    costs, weight = costs.take(rows), None if weight is None else weight[rows]
    bounds = [bound[rows] for bound in bounds]
    for j, (a, b) in enumerate(pairs):
        some = np.flatnonzero(~(_weighted(bounds[a] + bounds[b], weight) <= known[j]))
        if len(some):
            ranges = costs.ranges(a, b, some)
            ranges = ranges if weight is None else ranges * weight[some]
            known[j] = max(known[j], float(ranges.max()))


def _weighted(bound: Floats, weight: Floats | None) -> Floats:
    """Return bounds times the weights; an infinite one of weight zero is zero."""
    if weight is None:
        return bound
    with np.errstate(invalid="ignore"):
        return np.where(weight > 0, bound * weight, 0.0)


class _LabelBounds:
    """How much the labels of a row can move a difference, for the rows of a block.

    The range of the difference of two models is at most the sum of the bounds of both.
    """

    def __init__(self, parts: Sequence[Floats], predictions: Sequence[Predictions]) -> None:
        self.parts, self.predictions = parts, predictions
        self.has_logits = any(prediction.from_logits for prediction in predictions)

    def of(self, loss: Loss) -> list[Floats]:
        """Return the bounds of each model, by its distance from the mean or its own spread."""
        if not self.has_logits and is_trusted(loss):
            columns, centre = self._columns, self._centre
            found = [loss.label_distance(of_model, centre) for of_model in columns]
            known = [bound for bound in found if bound is not None]
            if len(known) == len(found):
                return known
        return [
            loss.label_spread(*of_model, part.shape[1], prediction.from_logits)
            for of_model, part, prediction in zip(
                self._extremes, self.parts, self.predictions, strict=True
            )
        ]

    @cached_property
    def _columns(self) -> list[Floats]:
        """The parts with a row for each class, which is faster unless there are many."""
        many = self.parts[0].shape[1] >= MANY_COLUMNS
        return [part.T if many else np.ascontiguousarray(part.T) for part in self.parts]

    @cached_property
    def _centre(self) -> Floats:
        """The mean of the models; of two models the second, since the sum of bounds is the same."""
        columns = self._columns
        if len(columns) == 2:
            return columns[1]
        centre = columns[0] + 0.0
        for of_model in columns[1:]:
            centre += of_model
        centre /= len(columns)
        return centre

    @cached_property
    def _extremes(self) -> list[tuple[Floats, Floats]]:
        """The greatest and the least of each row, by model."""
        return [(_across(np.maximum, part), _across(np.minimum, part)) for part in self.parts]


def _across(ufunc: np.ufunc, block: Floats) -> Floats:
    """Return the greatest or least of each row; across few columns, one by one is faster."""
    if block.shape[1] >= MANY_COLUMNS:
        return np.asarray(ufunc.reduce(block, axis=1))
    out = block[:, 0].copy()
    for j in range(1, block.shape[1]):
        ufunc(out, block[:, j], out=out)
    return out


class _LabelCosts:
    """The cost of each label for the rows of a block, under each model."""

    def __init__(
        self,
        loss: Loss,
        parts: Sequence[Floats],
        order: Codes | None,
        predictions: Sequence[Predictions],
    ) -> None:
        self.loss, self.parts, self.order, self.predictions = loss, parts, order, predictions
        self.whole: dict[int, Floats] = {}

    def take(self, rows: Codes) -> "_LabelCosts":
        """Return the costs for some of the rows only."""
        parts = self.parts
        if len(rows) < len(parts[0]):
            parts = [part[rows] for part in parts]
        return _LabelCosts(self.loss, parts, self.order, self.predictions)

    def _of(self, model: int, rows: Codes) -> Floats:
        """Return the costs under one model, of shape (n_classes - 1, n_rows).

        Where many rows are wanted, or there are few, all are computed once and kept for the other
        pairs.
        """
        part, from_logits = self.parts[model], self.predictions[model].from_logits
        if len(rows) < len(part) // 8 - N_FARTHEST:
            return _by_label(self.loss, part[rows], self.order, from_logits)
        if model not in self.whole:
            self.whole[model] = _by_label(self.loss, part, self.order, from_logits)
        whole = self.whole[model]
        return whole if len(rows) == len(part) else whole.take(rows, axis=1)

    def ranges(self, a: int, b: int, rows: Codes) -> Floats:
        """Return the range of the difference of two models over the labels, for some rows."""
        with np.errstate(invalid="ignore"):
            difference = self._of(a, rows) - self._of(b, rows)
            # costs are relative to the first label, whose difference is zero
            highest = np.maximum(difference.max(axis=0), 0.0)
            ranges = highest - np.minimum(difference.min(axis=0), 0.0)
        # infinite losses of both models have no difference: the range has no bound
        ranges[np.isnan(ranges)] = np.inf
        return np.asarray(ranges)


def _by_label(loss: Loss, block: Floats, order: Codes | None, from_logits: bool) -> Floats:
    """Return how much more other labels cost than the first, of shape (n_classes - 1, n_rows)."""
    # row by row in memory, so that no bit depends on how the block came
    values = np.ascontiguousarray(block) if order is None else block.take(order, axis=1)
    every = loss.every_label(values, from_logits).T
    with np.errstate(invalid="ignore"):
        return np.ascontiguousarray(every[1:] - every[0])


def total(loss: Loss, target: Target, predictions: Predictions) -> tuple[float, int]:
    """Return the sum of a loss by scaled weight, and how many probabilities are below its floor."""
    [loss] = for_classes([loss], target, predictions)
    try:
        fast = None
        if target.weight is None and target.y.ndim == 1:
            fast = _fast_total(loss, target, predictions)
        return fast or _total_of_rows(loss, target, predictions)
    except ValueError:
        predictions.check_trusted()  # which may be the reason
        raise


def _total_of_rows(loss: Loss, target: Target, predictions: Predictions) -> tuple[float, int]:
    sums, n_zero = [], 0
    for rows, [(y, block)] in _views([loss], target, predictions):
        values, weight = loss.evaluate(y, block, predictions.from_logits), _weight_of(target, rows)
        sums.append(weighted_sum(values, weight))
        if loss.eps is not None:
            n_zero += _count_zero(y, block, loss.eps, predictions, weight)
    return _sum(sums), n_zero


def _weight_of(target: Target, rows: slice) -> Floats | None:
    return None if target.weight is None else target.weight[rows]


def weighted_sum(values: Floats, weight: Floats | None) -> float:
    """Return the sum of values by weight; an infinite value of weight zero does not count."""
    with np.errstate(over="ignore"):
        if weight is None:
            return float(values.sum())
        used = weight > 0
        return float(np.dot(values[used], weight[used]))


def _sum(parts: Sequence[float]) -> float:
    """Return the sum, rounded once; infinite where it is too large."""
    try:
        return math.fsum(parts)
    except OverflowError:
        return math.inf


def _fast_total(loss: Loss, target: Target, predictions: Predictions) -> tuple[float, int] | None:
    """Return the sum over class codes and the count, None where the loss has no fast way to it."""
    sums = _sums_of_blocks(loss, target, predictions)
    if sums is None:
        return None
    parts = list(sums)
    result = _sum([part for part, _ in parts])
    if math.isnan(result):
        raise ValueError(f"the method sums of loss {loss.name} returned nan. Fix the method.")
    return result, sum(n for _, n in parts)


def _sums_of_blocks(
    loss: Loss, target: Target, predictions: Predictions
) -> Iterable[PartialSum] | None:
    """Return the sums of a loss; those of this package may do a part of the checks, too."""
    order, codes = (None, target.y) if loss.ordered else _sorted(target)
    if not is_trusted(loss):
        blocks = _taken(order, predictions.blocks())
        blocks = _kept_promises(loss, codes, blocks, predictions.from_logits)
        return loss.sums(codes, blocks, predictions.from_logits)
    as_passed, logits = order is None, predictions.from_logits
    if as_passed and predictions.has_tops and isinstance(loss, ClassificationError):
        return loss.sums_by_top(codes, predictions.blocks_with_tops())
    if logits and predictions.n_classes > 2 and isinstance(loss, CrossEntropy):
        blocks = _taken(order, predictions.blocks_to_check())
        return loss.sums_of_logits(codes, blocks, predictions.check_logits)
    narrow, one_cell = as_passed and loss.narrow_sums, as_passed and loss.one_cell
    blocks = predictions.blocks(narrow=narrow, one_cell=one_cell and not logits)
    return loss.sums(codes, _taken(order, blocks), logits)


def _taken(order: Codes | None, blocks: Blocks) -> Blocks:
    """Return blocks with their columns in this order."""
    if order is None:
        return blocks
    return ((rows, block.take(order, axis=1)) for rows, block in blocks)


def _kept_promises(
    loss: Loss, codes: Codes, blocks: Iterable[tuple[slice, Floats]], from_logits: bool
) -> Iterator[tuple[slice, Floats]]:
    """Yield the blocks; check on the first of them what the loss promises."""
    for rows, block in blocks:
        if rows.start == 0:
            check_promises(loss, codes[rows], block, from_logits)
        yield rows, block


def mean(loss: Loss, target: Target, predictions: Predictions) -> tuple[float, int]:
    """Return the weighted mean of a loss, and how many probabilities are below its floor."""
    sum_of_all, n_zero = total(loss, target, predictions)
    return sum_of_all / target.total_weight, n_zero


def mean_over_labels(loss: Loss, target: Target, row: Predictions) -> float:
    """Return the mean loss of predicting one row for every label of the target.

    All classes are looked at once, and not a matrix of them by themselves.
    """
    [loss] = for_classes([loss], target)
    values, weight = row.part(slice(None)), target.prior
    order = None if loss.ordered else target.classes.sorted_order()
    if order is not None:
        values, weight = values[:, order], weight[order]
    [costs] = loss.every_label(values, row.from_logits)
    return weighted_sum(costs, weight) / math.fsum(weight)


def _views(
    losses: Sequence[Loss], target: Target, predictions: Predictions
) -> Iterator[tuple[slice, list[tuple[Targets, Floats]]]]:
    """Yield blocks as each loss wants its columns: sorted by label, or in the order of `labels`."""
    order, y = _sorted(target)
    for rows, block in predictions.blocks():
        as_given = (target.y[rows], block)
        if order is None or all(loss.ordered for loss in losses):
            views = [as_given] * len(losses)
        else:
            by_label = (y[rows], block.take(order, axis=1))
            views = [as_given if loss.ordered else by_label for loss in losses]
        if rows.start == 0:
            for loss, view in zip(losses, views, strict=True):
                check_promises(loss, *view, predictions.from_logits)
        yield rows, views


def _sorted(target: Target) -> tuple[Codes | None, Targets]:
    """Return the order of columns that sorts the labels, and the targets in that order.

    The order is None where the labels are sorted.
    """
    order = target.classes.sorted_order()
    if order is None:
        return None, target.y
    return order, target.y[:, order] if target.y.ndim == 2 else np.argsort(order)[target.y]


def _count_zero(
    y: Targets, block: Floats, floor: float, predictions: Predictions, weight: Floats | None
) -> int:
    """Count samples whose true class (any with a positive target) has less than the floor."""
    cells = block if y.ndim == 2 else _arrays.true_class(block, y)
    low = np.isneginf(cells) if predictions.from_logits else (cells < floor) | (cells == 0.0)
    of_rows = (low & (y > 0)).any(axis=1) if y.ndim == 2 else low
    return int(np.count_nonzero(of_rows if weight is None else of_rows & (weight > 0)))


def warn_zero_probability(n_zero: int, n: int, loss: Loss, name: str) -> None:
    """Warn that a floor decided part of the result."""
    if n_zero > 0 and loss.eps:
        warn(
            f"{name}: {n_zero} of {n} samples have a probability below eps={loss.eps:.3g} for "
            f"their true class; {loss.name} charges each -log(eps) = {-math.log(loss.eps):.4g}. "
            "Smooth the probabilities, or set eps=0 (where losses are named, "
            f"get_loss({loss.name!r}, eps=0)) to charge infinity.",
            ZeroProbabilityWarning,
        )


def warn_zero_probabilities(
    losses: Sequence[Loss], counts: Sequence[Mapping[str, int]], n: int
) -> None:
    """Warn once that a floor decided part of the losses of several models.

    `counts` holds for each loss how many samples are below its floor, by model.
    """
    said = []
    for loss, of_loss in zip(losses, counts, strict=True):
        below = [f"{name!r} ({count})" for name, count in of_loss.items() if count > 0]
        if below and loss.eps:
            named = ", ".join(below[:MOST_NAMED])
            more = f" and {len(below) - MOST_NAMED} more" if len(below) > MOST_NAMED else ""
            said.append(
                f"{loss.name} charges -log(eps) = {-math.log(loss.eps):.4g} where the true class "
                f"has a probability below eps={loss.eps:.3g}: {named}{more}, of {n} samples"
            )
    if said:
        warn(
            f"{'; '.join(said)}. Smooth the probabilities, or pass get_loss(..., eps=0) to charge "
            "infinity.",
            ZeroProbabilityWarning,
        )


def for_classes(
    losses: Sequence[Loss], target: Target, predictions: Predictions | None = None
) -> list[Loss]:
    """Return the losses for the classes of the target, in the order in which each gets columns.

    A loss that depends on the order of the classes is refused where this would be a guess, as are
    costs of other classes.
    """
    out = []
    for loss in losses:
        if loss.ordered and not target.classes.order_is_known:
            raise ValueError(
                f"{loss.name} depends on the order of the classes, and for "
                f"[{shorten_all(target.classes.labels)}] it would be a guess. "
                "Pass labels=[...] in their order."
            )
        if isinstance(loss, ExpectedCost):
            if predictions is not None:
                _check_columns(loss, target, predictions)
            loss = loss.of_classes(in_order(target.classes).labels)
        out.append(loss)
    return out


def _check_columns(loss: ExpectedCost, target: Target, predictions: Predictions) -> None:
    """Check that columns without names do not leave open whether they are in the order of costs."""
    classes, columns = target.classes, predictions.matrix.columns
    named = predictions.order is not None or columns == classes.labels
    known = classes.chosen or predictions.by_classes or predictions.one_column or named
    if not known and set(loss.labels) == set(classes.labels) and loss.labels != classes.labels:
        raise ValueError(
            f"the costs of {loss.name} are in the order [{shorten_all(loss.labels)}], and whether "
            f"the columns of {predictions.matrix.name} are so or sorted would be a guess. Pass "
            "labels=[...] in the order of the columns; predict_proba returns that of classes_."
        )
