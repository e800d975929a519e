"""Hold what a stream remembers of the losses of models: sums that add up exactly."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent.inference import exact_sums
from sklearn_xent.inference.mergeable import (
    Count,
    ExactSum,
    GreatestRange,
    Mergeable,
    NonNegativeSum,
)
from sklearn_xent.inference.moments import SLACK_BITS, Moments
from sklearn_xent.inputs.predictions import Predictions
from sklearn_xent.inputs.validation import Target
from sklearn_xent.losses.loss import Loss
from sklearn_xent.scoring import evaluation
from sklearn_xent.streaming.groups import GroupKinds, keys_of

CHUNK = 1 << 15
"""Rows that are read at a time, so that intermediate results stay near the cache."""
KEPT_BYTES = 24 << 20
"""On Linux, malloc returns freed memory to the system, which sets it to zero again for the next
use. It keeps the memory once it has seen a block of this size come and go."""
GREATEST_LOSS = 1e50
PROBABILITY_BITS = 40
"""The probabilities of a bin are rounded to multiples of 2**-40; 2**13 of these have an exact sum
in float64."""


# --- the sums -------------------------------------------------------------------------------


@dataclass(frozen=True)
class StateKind:
    """What a specification says of its states."""

    bounds: Sequence[tuple[float, float]]
    """The least and the greatest value of each loss."""
    n_models: int
    n_classes: int
    n_bins: int
    weighted: bool
    grouped: bool


@dataclass(frozen=True)
class ModelSums(Mergeable):
    """The sums of one loss and one model."""

    moments: Moments
    n_zero: Count
    """How many samples have a probability below the floor of the loss."""


@dataclass(frozen=True)
class PairSums(Mergeable):
    """The sums of one loss and one pair of models."""

    moments: Moments
    """Of the differences of their losses."""
    label_range: GreatestRange
    """The greatest of `label_ranges`, by weight."""


@dataclass(frozen=True)
class LossSums(Mergeable):
    """The sums of one loss: one entry for each model, and one for each pair of models."""

    models: tuple[ModelSums, ...]
    pairs: tuple[PairSums, ...]

    def moments(self) -> Iterator[Moments]:
        """Yield the moments of models and of pairs."""
        yield from (model.moments for model in self.models)
        yield from (pair.moments for pair in self.pairs)

    def check(self, kind: StateKind, bounds: tuple[float, float]) -> None:
        """Check that sums which were saved are those of models whose losses have these bounds."""
        _check_length("models", self.models, kind.n_models)
        _check_length("pairs", self.pairs, kind.n_models * (kind.n_models - 1) // 2)
        for moments in self.moments():
            moments.check(kind.weighted)
        low, high = bounds
        slack = 0.1 * (high - low) if high < math.inf else 1e-9  # as that of `Loss`
        for model in self.models:
            if model.n_zero > model.moments.n:
                raise ValueError("more probabilities are zero than there are samples")
            if not low - slack <= model.moments.least <= model.moments.greatest <= high + slack:
                raise ValueError("a loss is out of its range")
        pairs = combinations(self.models, 2)
        for (a, b), pair in zip(pairs, self.pairs, strict=True):
            if not _is_difference(a.moments, b.moments, pair.moments):
                raise ValueError("a difference is not that of its models")


def _is_difference(a: Moments, b: Moments, pair: Moments) -> bool:
    """Return whether the sum of differences is the difference of the sums, but for rounding."""
    extremes = [a.least, a.greatest, b.least, b.greatest]
    if not all(map(math.isfinite, extremes)):
        return True
    size = exact_sums.on_grid(max(map(abs, extremes)))
    slack = (size * a.weight >> SLACK_BITS) + 3 * a.n * exact_sums.ONE
    return abs(pair.first - a.first + b.first) * exact_sums.ONE <= slack


@dataclass(frozen=True)
class Bins(Mergeable):
    """The histogram of the probabilities of one model for one class: an entry for each bin."""

    weight: tuple[NonNegativeSum, ...]
    """Weights of the samples whose probability is in the bin."""
    hits: tuple[NonNegativeSum, ...]
    """Weights of those that are of the class."""
    proba: tuple[NonNegativeSum, ...]
    """Probabilities by weight."""

    def check(self, n_bins: int, weight: int, of_class: int) -> None:
        """Check that a histogram which was saved has so many bins, and the weight of a class."""
        for sums in (self.weight, self.hits, self.proba):
            _check_length("bins", sums, n_bins)
        within = all(
            hits <= w and low - 1e-6 <= exact_sums.ratio(proba, w) <= low + 1 / n_bins + 1e-6
            for i, (w, hits, proba) in enumerate(
                zip(self.weight, self.hits, self.proba, strict=True)
            )
            for low in [i / n_bins]
            if w or hits or proba
        )
        if not within or sum(self.weight) != weight or sum(self.hits) != of_class:
            raise ValueError("the bins do not hold the samples")


@dataclass(frozen=True)
class ClusterSums(Mergeable):
    """The sums of one cluster."""

    weight: NonNegativeSum
    losses: tuple[tuple[ExactSum, ...], ...]
    """Losses by weight, for each loss and model."""

    def check(self, n_losses: int, n_models: int) -> None:
        """Check that sums which were saved are those of samples, losses and models."""
        _check_length("losses", self.losses, n_losses)
        for of_loss in self.losses:
            _check_length("models", of_loss, n_models)
        if not self.weight:
            raise ValueError("a cluster has no samples")


@dataclass(frozen=True)
class State(Mergeable):
    """Everything that a stream remembers. It is empty, without any entry, before the first sample.

    Sums are on the grid of `exact_sums`.
    """

    classes: tuple[NonNegativeSum, ...] = ()
    """The weight of each class."""
    losses: tuple[LossSums, ...] = ()
    bins: tuple[tuple[Bins, ...], ...] = ()
    """For each model and class, if probabilities are counted in bins."""
    clusters: Mapping[Hashable, ClusterSums] = field(default_factory=dict)
    normalized: tuple[Count, ...] = ()
    """How many rows of each model were divided by their sum."""
    kinds: GroupKinds = field(default_factory=GroupKinds)
    """Of the names of the clusters."""

    @property
    def n_obs(self) -> int:
        """How many samples of positive weight were seen."""
        return self.losses[0].models[0].moments.n if self.losses else 0

    @property
    def ranges(self) -> Floats | None:
        """The ranges of the pairs, of shape (n_losses, n_pairs); None before the first sample."""
        if not self.losses:
            return None
        return np.asarray([[pair.label_range for pair in loss.pairs] for loss in self.losses])

    def merge(self, other: State) -> State:
        """Return the sums of both sets of samples."""
        if not self.losses or not other.losses:
            return self if self.losses else other
        merged = super().merge(other)
        merged.kinds.check()
        return merged

    def check(self, kind: StateKind) -> None:
        """Check that a state which was saved can be one of such losses, models and classes."""
        if self == State():
            return
        _check_length("classes", self.classes, kind.n_classes)
        _check_length("losses", self.losses, len(kind.bounds))
        for of_loss, bounds in zip(self.losses, kind.bounds, strict=True):
            of_loss.check(kind, bounds)
        _check_length("normalized", self.normalized, kind.n_models)
        if any(not 0 <= n <= self.n_obs for n in self.normalized):
            raise ValueError("more rows were normalized than there are")
        weight = sum(self.classes)
        _check_length("bins", self.bins, kind.n_models if kind.n_bins else 0)
        for of_model in self.bins:
            _check_length("bins of a model", of_model, kind.n_classes)
            for bins, of_class in zip(of_model, self.classes, strict=True):
                bins.check(kind.n_bins, weight, of_class)
        for cluster in self.clusters.values():
            cluster.check(len(kind.bounds), kind.n_models)
        counts = {
            (moments.n, moments.weight, moments.square_weight, moments.greatest_weight)
            for of_loss in self.losses
            for moments in of_loss.moments()
        }
        first = self.losses[0].models[0].moments
        if (
            counts != {(self.n_obs, weight, first.square_weight, first.greatest_weight)}
            or bool(self.clusters) != kind.grouped
            or self.kinds != GroupKinds.from_keys(self.clusters)
            or not (self._clusters_add_up() or not kind.grouped)
        ):
            raise ValueError("its counts do not fit together")
        self.kinds.check()

    def _clusters_add_up(self) -> bool:
        """Return whether the clusters hold all samples and all losses, to the last bit."""
        clusters = self.clusters.values()
        weight = sum(cluster.weight for cluster in clusters)
        return weight == sum(self.classes) and all(
            sum(cluster.losses[i][j] for cluster in clusters) == model.moments.first
            for i, of_loss in enumerate(self.losses)
            for j, model in enumerate(of_loss.models)
        )

    def clusters_as_samples(self) -> tuple[Floats, Floats]:
        """Return the means and the weights of the clusters, in an order that is always the same.

        Means are of shape (n_losses, n_models, n_clusters).
        """
        clusters = [self.clusters[label] for label in sorted(self.clusters, key=repr)]
        weight = np.asarray([exact_sums.to_float(cluster.weight) for cluster in clusters])
        means = np.asarray(
            [
                [
                    [exact_sums.ratio(x, cluster.weight) for x in of_loss]
                    for of_loss in cluster.losses
                ]
                for cluster in clusters
            ]
        )
        return np.ascontiguousarray(np.moveaxis(means, 0, -1)), weight


def _check_length(name: str, values: Sequence[object], n: int) -> None:
    if len(values) != n:
        raise ValueError(f"{name} has not {n} entries")


# --- from samples ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Groups:
    """The labels of the clusters, and of each sample the position of its label."""

    labels: Sequence[Hashable]
    codes: Codes

    @classmethod
    def from_labels(cls, labels: Iterable[Any], codes: Codes, dtype: Any = None) -> Groups:
        """Return the clusters of labels, of which several may name the same."""
        place: dict[Hashable, int] = {}
        moved = [place.setdefault(key, len(place)) for key in keys_of(labels, dtype)]
        same = len(place) == len(moved)
        return cls(list(place), codes if same else np.asarray(moved, dtype=np.intp)[codes])

    def take(self, rows: slice) -> Groups:
        """Return the groups of some samples."""
        return Groups(self.labels, self.codes[rows])


def state_of(
    losses: Sequence[Loss],
    target: Target,
    predictions: Sequence[Predictions],
    n_bins: int,
    groups: Groups | None = None,
    known: Floats | None = None,
) -> State:
    """Sum up some samples, chunk by chunk.

    `known` are ranges that other samples reached. Ranges below them may be given as these, since
    the greatest is wanted only.
    """
    state = State()
    np.empty(KEPT_BYTES, dtype=np.uint8)  # freed at once, see KEPT_BYTES
    for start in range(0, len(target), CHUNK):
        rows = slice(start, min(start + CHUNK, len(target)))
        some = [prediction.read(rows) for prediction in predictions]
        part = target.take(rows)
        if part.weight is not None and not part.weight.any():
            continue
        here = None if groups is None else groups.take(rows)
        changed = tuple(x.count_normalized(part.weight, rows) for x in predictions)
        chunk = _chunk(losses, part, some, n_bins, here, known)
        state = state.merge(replace(chunk, normalized=changed))
        known = state.ranges
    return state


def _chunk(
    losses: Sequence[Loss],
    target: Target,
    predictions: Sequence[Predictions],
    n_bins: int,
    groups: Groups | None,
    known: Floats | None,
) -> State:
    """Sum up the samples of one chunk."""
    values, n_zero = evaluation.losses_by_model(losses, target, predictions)
    weight, n = target.weight, len(target)
    evaluation.check_size(losses, values, GREATEST_LOSS)
    pairs = list(combinations(range(len(predictions)), 2))
    differences = np.empty((len(losses), len(pairs), n))
    with np.errstate(invalid="ignore"):
        for j, (a, b) in enumerate(pairs):
            np.subtract(values[:, a], values[:, b], out=differences[:, j])
    ranges = evaluation.label_ranges(losses, target, predictions, pairs, known)
    clusters = {} if groups is None else _clusters(values, weight, groups)
    # all columns at once, because the sums of the weights are then computed once
    of_models = iter(Moments.from_columns(values.reshape(-1, n), weight))
    of_pairs = iter(Moments.from_columns(differences.reshape(-1, n), weight))
    return State(
        classes=_by_code(target.y, weight, len(target.classes)),
        losses=tuple(
            LossSums(
                models=tuple(ModelSums(next(of_models), count) for count in n_zero[i].tolist()),
                pairs=tuple(PairSums(next(of_pairs), range_) for range_ in ranges[i].tolist()),
            )
            for i in range(len(losses))
        ),
        bins=_bins(target, predictions, n_bins) if n_bins else (),
        clusters=clusters,
        kinds=GroupKinds.from_keys(clusters),
    )


def _by_code(codes: Codes, x: Floats | None, n_codes: int) -> tuple[int, ...]:
    """Return the exact sum of x, or the number of samples, for each code."""
    if x is None:
        return tuple(k * exact_sums.ONE for k in np.bincount(codes, minlength=n_codes).tolist())
    return tuple(exact_sums.sums_by(codes, x, n_codes))


def _bins(
    target: Target, predictions: Sequence[Predictions], n_bins: int
) -> tuple[tuple[Bins, ...], ...]:
    """Return the histograms of each model and class."""
    k, weight = len(target.classes), target.weight
    cell_weight = None if weight is None else np.repeat(weight, k)
    edges = np.arange(1, n_bins) / n_bins
    out = []
    for prediction in predictions:
        proba = prediction.probabilities()
        # a cell is one bin of one class
        cells = np.searchsorted(edges, proba, side="right") + np.arange(k) * n_bins
        flat = cells.ravel()
        of_true = np.take_along_axis(cells, target.y[:, None], axis=1)[:, 0]
        scaled = np.rint(np.ldexp(proba, PROBABILITY_BITS)).ravel()
        if cell_weight is None:
            proba_sums = _grid_sums(flat, scaled, k * n_bins)
        else:
            weighted = np.ldexp(scaled, -PROBABILITY_BITS) * cell_weight
            proba_sums = _by_code(flat, weighted, k * n_bins)
        by_class = (
            _split(_by_code(flat, cell_weight, k * n_bins), n_bins),
            _split(_by_code(of_true, weight, k * n_bins), n_bins),
            _split(proba_sums, n_bins),
        )
        out.append(tuple(Bins(*of_class) for of_class in zip(*by_class, strict=True)))
    return tuple(out)


def _split(values: tuple[int, ...], size: int) -> list[tuple[int, ...]]:
    """Cut a tuple into tuples of one size."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def _grid_sums(codes: Codes, scaled: Floats, n_codes: int) -> tuple[int, ...]:
    """Return the sums of whole numbers up to 2**40, in units of 2**-40, by code."""
    out = [0] * n_codes
    size = 1 << (53 - PROBABILITY_BITS)
    for start in range(0, len(codes), size):
        rows = slice(start, start + size)
        sums = np.bincount(codes[rows], weights=scaled[rows], minlength=n_codes)
        out = [a + int(b) for a, b in zip(out, sums.tolist(), strict=True)]
    return tuple(total << (exact_sums.GRID - PROBABILITY_BITS) for total in out)


def _clusters(values: Floats, weight: Floats | None, groups: Groups) -> dict[Hashable, ClusterSums]:
    """Return the sums of the clusters that occur.

    Losses are of shape (n_losses, n_models, n_samples).
    """
    used = np.arange(len(groups.codes)) if weight is None else np.flatnonzero(weight)
    present, here = np.unique(groups.codes[used], return_inverse=True)
    w = None if weight is None else weight[used]

    def sums_of(x: Floats) -> list[int]:
        weighted = x[used] if w is None else x[used] * w
        if not np.isfinite(weighted).all():
            raise ValueError("with groups every loss must be finite; set eps above 0.")
        return exact_sums.sums_by(here, weighted, len(present))

    # zip turns the sums of each model by cluster into the sums of each cluster by model
    by_cluster = [zip(*map(sums_of, of_loss), strict=True) for of_loss in values]
    sums = zip(*by_cluster, strict=True)
    weights = _by_code(here, w, len(present))
    return {
        groups.labels[code]: ClusterSums(weight_of, of_cluster)
        for code, weight_of, of_cluster in zip(present, weights, sums, strict=True)
    }
