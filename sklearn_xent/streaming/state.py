"""What a stream remembers of the losses of models: sums that add up exactly."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent.inference import exact_sums
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inputs.predictions import Predictions
from sklearn_xent.inputs.validation import Target
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import LOSSES
from sklearn_xent.scoring import evaluation

CHUNK = 1 << 15
"""Rows at a time, so that what is computed on the way stays near the cache."""
KEPT_BYTES = 24 << 20
"""The malloc of Linux gives freed pages back, and has them zeroed again, unless it has seen a
block of such a size come and go."""
GREATEST_LOSS = 1e50
PROBABILITY_BITS = 40
"""The probabilities of a bin are added on a grid of 2**-40, on which 2**13 of them have an exact
sum in float64."""

Ints = tuple[int, ...]


@dataclass(frozen=True)
class Cluster:
    """The sums of a cluster: of weights, and of the losses of each loss and model by weight."""

    weight: int
    losses: Ints

    def merge(self, other: Cluster) -> Cluster:
        """Both parts of the cluster together."""
        return Cluster(self.weight + other.weight, _add(self.losses, other.losses))


@dataclass(frozen=True)
class State:
    """Everything that is remembered. Sums are on the grid of `_exact`.

    `models` has an entry for each loss and model, `pairs` for each loss and pair of models; bins
    one for each model, class and bin.
    """

    classes: Ints = ()
    """Sum of the weights of each class."""
    models: tuple[Moments, ...] = ()
    pairs: tuple[Moments, ...] = ()
    ranges: tuple[float, ...] = ()
    """For each loss and pair, as `label_ranges` gives them, by weight."""
    n_zero: Ints = ()
    bin_weight: Ints = ()
    bin_hits: Ints = ()
    bin_proba: Ints = ()
    clusters: Mapping[Hashable, Cluster] = field(default_factory=dict)

    @property
    def n_obs(self) -> int:
        """How many samples of positive weight were seen."""
        return self.models[0].n if self.models else 0

    def merge(self, other: State) -> State:
        """What is remembered of both sets of samples."""
        if not self.models or not other.models:
            return self if self.models else other
        clusters = dict(self.clusters)
        for label, cluster in other.clusters.items():
            clusters[label] = clusters[label].merge(cluster) if label in clusters else cluster
        sums = {
            name: _add(getattr(self, name), getattr(other, name))
            for name in ("classes", "n_zero", "bin_weight", "bin_hits", "bin_proba")
        }
        return State(
            models=tuple(a.merge(b) for a, b in zip(self.models, other.models, strict=True)),
            pairs=tuple(a.merge(b) for a, b in zip(self.pairs, other.pairs, strict=True)),
            ranges=tuple(max(a, b) for a, b in zip(self.ranges, other.ranges, strict=True)),
            clusters=clusters,
            **sums,
        )


def _add(a: Ints, b: Ints) -> Ints:
    return tuple(x + y for x, y in zip(a, b, strict=True))


# --- from samples ---------------------------------------------------------------------------


def state_of(
    losses: Sequence[Loss],
    target: Target,
    predictions: Sequence[Predictions],
    n_bins: int,
    groups: tuple[Sequence[Hashable], Codes] | None = None,
    known: Sequence[float] = (),
) -> State:
    """What is remembered of some samples, chunk by chunk.

    `groups` are labels and codes. Ranges below those that are `known` may be told as these.
    """
    state = State(ranges=tuple(known))
    np.empty(KEPT_BYTES, dtype=np.uint8)  # and gone again
    for start in range(0, len(target), CHUNK):
        rows = slice(start, min(start + CHUNK, len(target)))
        some = [prediction.read(rows) for prediction in predictions]
        part = target.take(rows)
        if part.weight is not None and not part.weight.any():
            continue
        here = None if groups is None else (groups[0], groups[1][rows])
        state = state.merge(_chunk(losses, part, some, n_bins, here, state.ranges))
    return state


def _chunk(
    losses: Sequence[Loss],
    target: Target,
    predictions: Sequence[Predictions],
    n_bins: int,
    groups: tuple[Sequence[Hashable], Codes] | None,
    known: Sequence[float],
) -> State:
    values, n_zero = evaluation.losses_by_model(losses, target, predictions)
    weight, n = target.weight, len(target)
    _check_size(losses, values)
    pairs = list(combinations(range(len(predictions)), 2))
    of_pairs = np.empty((len(losses), len(pairs), n))
    with np.errstate(invalid="ignore"):
        for j, (a, b) in enumerate(pairs):
            np.subtract(values[:, a], values[:, b], out=of_pairs[:, j])
    seen = np.reshape(known, (len(losses), -1)) if known else None
    ranges = evaluation.label_ranges(losses, target, predictions, pairs, seen)
    bins = _bins(target, predictions, weight, n_bins) if n_bins else ((), (), ())
    return State(
        classes=_by_code(target.y, weight, len(target.classes)),
        models=tuple(Moments.from_columns(values.reshape(-1, n), weight)),
        pairs=tuple(Moments.from_columns(of_pairs.reshape(-1, n), weight)),
        ranges=tuple(ranges.ravel().tolist()),
        n_zero=tuple(n_zero.ravel().tolist()),
        bin_weight=bins[0],
        bin_hits=bins[1],
        bin_proba=bins[2],
        clusters={} if groups is None else _clusters(values.reshape(-1, n), weight, *groups),
    )


def _check_size(losses: Sequence[Loss], values: Floats) -> None:
    """Losses of this package are small; others must leave room for their squares by weight."""
    for loss, of_loss in zip(losses, values, strict=True):
        if loss not in LOSSES.values() and np.isfinite(of_loss).any():
            largest = float(np.abs(of_loss[np.isfinite(of_loss)]).max())
            if largest > GREATEST_LOSS:
                raise ValueError(
                    f"losses must be at most {GREATEST_LOSS:g}; {loss.name} reaches {largest:g}. "
                    "Scale the loss."
                )


def _by_code(codes: Codes, x: Floats | None, n_codes: int) -> Ints:
    """The exact sum of x, or the number of samples, for each code."""
    if x is None:
        return tuple(k * exact_sums.ONE for k in np.bincount(codes, minlength=n_codes).tolist())
    return tuple(exact_sums.sums_by(codes, x, n_codes))


def _bins(
    target: Target, predictions: Sequence[Predictions], weight: Floats | None, n_bins: int
) -> tuple[Ints, Ints, Ints]:
    """Weight, hits and probabilities of each model, class and bin of the probability."""
    k = len(target.classes)
    parts: list[list[Ints]] = [[], [], []]
    w = None if weight is None else np.repeat(weight, k)
    edges = np.arange(1, n_bins) / n_bins
    for prediction in predictions:
        proba = prediction.probabilities()
        bins = np.searchsorted(edges, proba, side="right")
        cells = bins + np.arange(k) * n_bins
        flat = cells.ravel()
        of_true = np.take_along_axis(cells, target.y[:, None], axis=1)[:, 0]
        scaled = np.rint(np.ldexp(proba, PROBABILITY_BITS)).ravel()
        parts[0].append(_by_code(flat, w, k * n_bins))
        parts[1].append(_by_code(of_true, weight, k * n_bins))
        parts[2].append(
            _grid_sums(flat, scaled, k * n_bins)
            if w is None
            else _by_code(flat, np.ldexp(scaled, -PROBABILITY_BITS) * w, k * n_bins)
        )
    weights, hits, proba_sums = (tuple(x for part in of_kind for x in part) for of_kind in parts)
    return weights, hits, proba_sums


def _grid_sums(codes: Codes, scaled: Floats, n_codes: int) -> Ints:
    """Sums of whole numbers up to 2**40, by code."""
    out = [0] * n_codes
    size = 1 << (53 - PROBABILITY_BITS)
    for start in range(0, len(codes), size):
        rows = slice(start, start + size)
        sums = np.bincount(codes[rows], weights=scaled[rows], minlength=n_codes)
        out = [a + int(b) for a, b in zip(out, sums.tolist(), strict=True)]
    return tuple(total << (exact_sums.GRID - PROBABILITY_BITS) for total in out)


def _clusters(
    values: Floats, weight: Floats | None, labels: Sequence[Hashable], codes: Codes
) -> dict[Hashable, Cluster]:
    """The sums of the clusters that occur, of losses of shape (n_values, n_samples)."""
    used = np.arange(len(codes)) if weight is None else np.flatnonzero(weight)
    present, here = np.unique(codes[used], return_inverse=True)
    w = None if weight is None else weight[used]
    weights = _by_code(here, w, len(present))
    sums = []
    for x in values:
        weighted = x[used] if w is None else x[used] * w
        if not np.isfinite(weighted).all():
            raise ValueError("with groups every loss must be finite; set eps above 0.")
        sums.append(exact_sums.sums_by(here, weighted, len(present)))
    return {
        labels[code]: Cluster(weights[i], tuple(of_x[i] for of_x in sums))
        for i, code in enumerate(present)
    }


# --- as plain values ------------------------------------------------------------------------


def to_plain(state: State) -> dict[str, Any]:
    """The state as lists, numbers and strings, without a loss."""
    plain: dict[str, Any] = {
        name: [_text(x) for x in getattr(state, name)]
        for name in ("classes", "bin_weight", "bin_hits", "bin_proba")
    }
    plain["n_zero"] = list(state.n_zero)
    plain["ranges"] = [x.hex() for x in state.ranges]
    for name in ("models", "pairs"):
        plain[name] = [_plain_moments(moments) for moments in getattr(state, name)]
    plain["clusters"] = sorted(
        (
            [label, _text(cluster.weight), [_text(x) for x in cluster.losses]]
            for label, cluster in state.clusters.items()
        ),
        key=repr,
    )
    return plain


def from_plain(plain: Mapping[str, Any]) -> State:
    """The inverse of `to_plain`."""
    sums = {
        name: tuple(_number(x) for x in plain[name])
        for name in ("classes", "bin_weight", "bin_hits", "bin_proba")
    }
    return State(
        models=tuple(_moments_of(x) for x in plain["models"]),
        pairs=tuple(_moments_of(x) for x in plain["pairs"]),
        ranges=tuple(float.fromhex(x) for x in plain["ranges"]),
        n_zero=tuple(_whole(x) for x in plain["n_zero"]),
        clusters={
            label: Cluster(_number(weight), tuple(_number(x) for x in losses))
            for label, weight, losses in plain["clusters"]
        },
        **sums,
    )


_SUMS = ("weight", "square_weight", "first", "weighted", "second")
_COUNTS = ("n", "n_positive", "n_negative")


def _plain_moments(moments: Moments) -> list[Any]:
    return [
        [_text(getattr(moments, name)) for name in _SUMS],
        [getattr(moments, name) for name in _COUNTS],
        [moments.least.hex(), moments.greatest.hex()],
        list(moments.infinite),
    ]


def _moments_of(plain: Sequence[Any]) -> Moments:
    sums, counts, (least, greatest), infinite = plain
    plus, minus, undefined = infinite
    whole: dict[str, Any] = dict(zip(_SUMS, map(_number, sums), strict=True))
    whole |= zip(_COUNTS, map(_whole, counts), strict=True)
    return Moments(
        **whole,
        least=float.fromhex(least),
        greatest=float.fromhex(greatest),
        infinite=(_whole(plus), _whole(minus), _whole(undefined)),
    )


def _text(x: int) -> str:
    """A sum as its mantissa, in hexadecimal, and its power of two."""
    zeros = (x & -x).bit_length() - 1 if x else exact_sums.GRID
    return f"{x >> zeros:x}p{zeros - exact_sums.GRID}"


def _whole(x: Any) -> int:
    if type(x) is not int or x < 0:
        raise ValueError(f"{x!r} is no count")
    return x


def _number(text: str) -> int:
    mantissa, _, exponent = text.partition("p")
    zeros = int(exponent) + exact_sums.GRID
    if not 0 <= zeros <= 1 << 14:
        raise ValueError(f"{text!r} is no sum")
    return int(mantissa, 16) << zeros


def clusters_as_samples(state: State, n_values: int) -> tuple[Floats, Floats]:
    """Means of shape (n_values, n_clusters) and the weights of the clusters, in a fixed order."""
    labels = sorted(state.clusters, key=repr)
    clusters = [state.clusters[label] for label in labels]
    weight = np.asarray([exact_sums.to_float(cluster.weight) for cluster in clusters])
    means = np.asarray(
        [
            [exact_sums.ratio(cluster.losses[i], cluster.weight) for cluster in clusters]
            for i in range(n_values)
        ]
    )
    return means, weight


def check(
    state: State, n_losses: int, n_models: int, n_classes: int, n_bins: int, grouped: bool
) -> None:
    """Whether a state that was saved can be one."""
    n_pairs = n_models * (n_models - 1) // 2
    sizes = {
        "classes": n_classes,
        "models": n_losses * n_models,
        "pairs": n_losses * n_pairs,
        "ranges": n_losses * n_pairs,
        "n_zero": n_losses * n_models,
        **dict.fromkeys(("bin_weight", "bin_hits", "bin_proba"), n_models * n_classes * n_bins),
    }
    empty = not state.models
    for name, size in sizes.items():
        if len(getattr(state, name)) != (0 if empty else size):
            raise ValueError(f"{name} has not {size} entries")
    everything = (*state.models, *state.pairs)
    sound = (
        all(m.n == state.n_obs > 0 and m.weight > 0 and m.square_weight > 0 for m in everything)
        and all(m.weight == state.models[0].weight for m in everything)
        and all(0 <= m.n_positive + m.n_negative <= m.n for m in everything)
        and all(x >= 0 for name in sizes if name[0] in "cnb" for x in getattr(state, name))
        and all(x >= 0 for x in state.ranges)
        and (empty or sum(state.classes) == state.models[0].weight)
        and all(
            len(c.losses) == n_losses * n_models and c.weight > 0 for c in state.clusters.values()
        )
        and bool(state.clusters) == (grouped and not empty)
    )
    if not sound:
        raise ValueError("its counts do not fit together")
