"""The losses of single samples, and the scores of splits where only these are known."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._messages import shorten, shorten_all, warn
from sklearn_xent.exceptions import RareClassWarning
from sklearn_xent.inference.bootstrap import chosen_loss
from sklearn_xent.inference.cautions import Caution, join_cautions
from sklearn_xent.inference.design import Design, Options, Pair, pairs_of
from sklearn_xent.inference.moments import units
from sklearn_xent.inference.paired_tests import (
    FEW_DISCORDANT,
    NOISE,
    agresti_min,
    wilson,
)
from sklearn_xent.inference.small_samples import (
    FEWEST_IN_SLICE,
    FEWEST_OF_CLASS_IN_SLICE,
    effective_counts,
    have_rare_class,
    skewed_interval,
    slices_with_rare_class,
)
from sklearn_xent.inputs.labels import LabelVector
from sklearn_xent.inputs.loss_tables import GREATEST_VALUE
from sklearn_xent.inputs.predictions import Predictions, StoredPredictions
from sklearn_xent.inputs.validation import Items, Target
from sklearn_xent.losses.given import AnyLoss
from sklearn_xent.losses.loss import Loss, LossInfo
from sklearn_xent.scoring import evaluation
from sklearn_xent.scoring.decomposition import PARTS, parts_of, recalibration_of
from sklearn_xent.training.models import PRIOR

RARE = 0.5
"""A class is rare if it has less than this share of the samples that equal classes would have."""
ONLY_LOSSES = (
    "{} needs the true classes and the predicted probabilities; this comparison was made of losses "
    "alone. Compare the predictions with compare_predictions."
)


@dataclass(frozen=True)
class SampleLosses:
    """The losses of every sample under every model: (n_losses, n_models, n_samples)."""

    names: Sequence[str]
    """Of the models."""
    losses: Sequence[AnyLoss]
    values: Floats
    n_zero: Sequence[Sequence[int]]
    """For each model and loss, how many true classes got a probability below the floor."""
    n_normalized: Sequence[int]
    """For each model, how many of its rows were divided by their sum."""
    ranges: Floats
    """Of shape (n_losses, n_pairs), as `evaluation.label_ranges` gives them; else nan."""
    target: Items
    """What is known of the samples: the true classes, unless only losses are."""
    design: Design
    whole: pd.Index
    """The index of all samples that were passed, of which `design.rows` are these."""
    predicted: Sequence[StoredPredictions]
    """What each model predicted, kept where it is."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why models have no losses, by their names."""
    predicted_classes: NDArray[np.bool_] | None = None
    """For each model and class whether it was predicted; None where targets are no labels."""
    runs: Floats | None = None
    """The losses of the runs of each model: (n_losses, n_models, n_runs, n_samples).

    `values` are then the means over the runs.
    """

    @classmethod
    def evaluate(
        cls,
        names: Sequence[str],
        losses: Sequence[Loss],
        target: Target,
        predictions: Sequence[Predictions],
        design: Design,
        options: Options,
        predicted: Sequence[StoredPredictions] = (),
    ) -> SampleLosses:
        """Compute the losses, and how far other labels would have moved the differences."""
        target = target.kept()
        values, n_zero = evaluation.losses_by_model(losses, target, predictions)
        evaluation.check_size(losses, values, GREATEST_VALUE)
        ranges = evaluation.label_ranges(losses, target, predictions, pairs_of(names, options))
        return cls(
            names,
            losses,
            values,
            n_zero.T.tolist(),
            [prediction.count_normalized(target.weight) for prediction in predictions],
            ranges,
            target,
            design,
            target.row_labels,
            predicted,
            predicted_classes=evaluation.predicted_classes(target, predictions),
        )

    def take(self, positions: Codes) -> SampleLosses:
        """Return some of the samples, by position."""
        return replace(
            self,
            values=self.values[:, :, positions],
            target=self.target.take(positions),
            design=self.design.take(positions),
            predicted=[stored.take(positions) for stored in self.predicted],
            runs=None if self.runs is None else self.runs[..., positions],
        )

    def of_models(self, chosen: Collection[str], options: Options) -> SampleLosses:
        """Return the losses under some of the models, in the order of all."""
        kept = [i for i, name in enumerate(self.names) if name in chosen]
        pairs = pairs_of(self.names, options, self.failures)
        among = [j for j, (a, b) in enumerate(pairs) if a in kept and b in kept]
        return replace(
            self,
            names=[self.names[i] for i in kept],
            values=self.values[:, kept],
            n_zero=[self.n_zero[i] for i in kept],
            n_normalized=[self.n_normalized[i] for i in kept],
            ranges=self.ranges[:, among],
            predicted=[self.predicted[i] for i in kept] if self.predicted else (),
            runs=None if self.runs is None else self.runs[:, kept],
            failures={name: why for name, why in self.failures.items() if name in chosen},
            predicted_classes=(
                None if self.predicted_classes is None else self.predicted_classes[kept]
            ),
        )

    def with_weight(self) -> SampleLosses:
        """Return the samples that have a weight; equal weights are left out.

        The clusters and splits that remain are numbered without gaps.
        """
        out, weight = self, self.target.weight
        if weight is not None:
            used = np.flatnonzero(weight)
            out, weight = self.take(used), weight[used]
            if np.ptp(weight) == 0.0:
                # the ranges were multiplied by the weight that is left out
                target = replace(out.target, weight=None)
                out = replace(out, ranges=out.ranges / weight[0], target=target)
        target, design = out.target, out.design
        if target.groups is not None:
            target = replace(target, groups=without_gaps(target.groups))
        if target.times is not None:
            target = replace(target, times=without_gaps(target.times))
        if design.split is not None:
            split = without_gaps(design.split)
            design = replace(design, split=split, n_splits=int(split.max()) + 1)
        return replace(out, target=target, design=design)

    def missed_classes(self, baseline: str | None) -> dict[str, list[int]]:
        """Return for each model the codes of classes that occur, but that it never predicts.

        The class frequencies never do, and whoever takes them for the baseline knows it.
        """
        found = self.predicted_classes
        if found is None or not isinstance(self.target, Target) or found.all():
            return {}
        occurs = np.bincount(self.target.y, minlength=self.target.n_classes) > 0
        missed = occurs & ~found
        return {
            name: np.flatnonzero(of_model).tolist()
            for name, of_model in zip(self.names, missed, strict=True)
            if name not in self.failures and of_model.any() and not name == baseline == PRIOR
        }

    def warn_rare(self, baseline: str | None) -> None:
        """Warn of models that never predict a class which is rare."""
        missed, target, once = self.missed_classes(baseline), self.target, self.design.once
        if not missed or not isinstance(target, Target):
            return
        n_classes = target.n_classes
        n_true = np.bincount(target.y[once], minlength=n_classes)
        by_class: dict[int, list[str]] = {}
        for name, codes in missed.items():
            for code in codes:
                if n_true[code] < RARE * len(once) / n_classes:
                    by_class.setdefault(code, []).append(name)
        said = [
            f"{shorten(target.classes.labels[code])} ({n_true[code]} of {len(once)} "
            f"samples) by {shorten_all(names)}"
            for code, names in by_class.items()
        ]
        if said:
            warn(
                f"rare classes that are never predicted, and so always wrong: {'; '.join(said)}. "
                "The classification error hardly counts them. Look at per_class, and judge by "
                "brier_loss or cross_entropy.",
                RareClassWarning,
            )

    def floor_shares(self, loss: str) -> dict[str, float]:
        """Return the share of the mean loss that samples at the floor make up, by model.

        Only for models with such samples. It is not known for target distributions, whose loss is
        an average of several classes.
        """
        if loss not in self.infos:
            return {}
        i = [of.name for of in self.losses].index(loss)
        floor, weight = self.losses[i].info.floor_cost, self.weight_in_mean()
        if not floor or self.target.is_soft:
            return {}
        shares = {}
        for name, values, n_zero in zip(self.names, self.values[i], self.n_zero, strict=True):
            total = float(np.dot(weight, values))
            if n_zero[i] and 0 < total < np.inf:
                at_floor = values >= floor * (1.0 - NOISE)
                shares[name] = float(np.dot(weight[at_floor], values[at_floor])) / total
        return shares

    def warn_zero(self, n_samples: int) -> None:
        """Warn of probabilities of zero under the losses that have a floor."""
        by_loss = zip(*self.n_zero, strict=True)
        counts = [dict(zip(self.names, of_loss, strict=True)) for of_loss in by_loss]
        computed = [loss for loss in self.losses if isinstance(loss, Loss)]
        evaluation.warn_zero_probabilities(computed, counts, n_samples)

    @property
    def logits(self) -> list[int]:
        """The positions of the models that predicted logits."""
        return [
            model
            for model, stored in enumerate(self.predicted)
            if any(part.from_logits for part in stored.parts)
        ]

    @property
    def infos(self) -> dict[str, LossInfo]:
        """How reports describe the losses, by their names."""
        return {loss.name: loss.info for loss in self.losses}

    @property
    def index(self) -> pd.Index:
        """The labels of the samples, row numbers where they have none."""
        return self.whole[self.design.rows]

    @property
    def n_samples(self) -> int:
        """How many samples there are; one that several splits tested counts once."""
        return len(self.design.once)

    @property
    def n_groups(self) -> int | None:
        """How many clusters there are; None without clusters."""
        return None if self.target.groups is None else int(self.target.groups.max()) + 1

    @property
    def n_probabilities(self) -> int:
        """How many probabilities all models predicted."""
        return len(self.target) * self.target.n_classes * len(self.names)

    def labelled(self, what: str) -> Target:
        """Return the samples with their true classes, which `what` needs; else an error."""
        if not isinstance(self.target, Target):
            raise ValueError(ONLY_LOSSES.format(what))
        if self.target.is_soft:
            raise ValueError(f"{what} needs class labels; y_true holds target distributions.")
        return self.target

    def frame(self) -> pd.DataFrame:
        """Return the losses in tidy form."""
        n_losses, n_models, n = self.values.shape
        return pd.DataFrame(
            {
                "sample": np.tile(self.index.to_numpy(), n_losses * n_models),
                "loss": np.repeat([loss.name for loss in self.losses], n_models * n),
                "model": np.tile(np.repeat(np.asarray(self.names, dtype=object), n), n_losses),
                "value": self.values.ravel(),
            }
        )

    def by(
        self,
        name: str,
        slices: Sequence[Any],
        codes: Codes,
        level: float,
        pairs: Sequence[Pair] | None = None,
    ) -> pd.DataFrame:
        """Return the mean losses of models in each slice, or the differences of some pairs."""
        parts = []
        rare = _have_rare_class(self.target, codes, len(slices))
        for loss, of_loss in zip(self.losses, self.values, strict=True):
            columns = by_model(self.names, of_loss)
            if pairs is not None:
                columns = by_pair(self.names, of_loss, pairs)
            for names, x in columns:
                counts = loss.zero_one and _are_counts(x, self.target)
                means = _slice_means(x, codes, len(slices), self.target, level, rare, counts)
                if counts:
                    of_pairs = pairs is not None
                    means |= _error_rates(x, codes, means["n_obs"], level, of_pairs, means)
                if pairs is None:
                    least, greatest = loss.range_for(self.target.n_classes)
                    means["conf_low"] = np.maximum(least, means["conf_low"])
                    means["conf_high"] = np.minimum(greatest, means["conf_high"])
                parts.append({name: list(slices), "loss": loss.name, **names, **means})
        out = _stack(parts, len(slices))
        value = "mean_loss" if pairs is None else "difference"
        out = out.rename(columns={"mean": value})
        out.insert(list(out).index("caution"), "confidence_level", level)
        return out

    def by_split(self) -> pd.DataFrame:
        """Return the mean loss of each model in each split; without splits all are one."""
        split = self.design.split
        split = np.zeros(len(self.target), dtype=np.intp) if split is None else split
        n_splits = int(split.max()) + 1
        out = self.by("split", range(n_splits), split, 0.95)
        return out[["split", "loss", "model", "n_obs", "mean_loss"]].astype({"split": np.int64})

    def winner(self, level: float, n_resamples: int, seed: int) -> pd.DataFrame:
        """Return the best model of each loss, and its loss corrected for having been chosen."""
        if self.runs is not None:
            raise ValueError(
                "winner resamples the items and takes the runs as given, but runs are random, too. "
                "Average the runs of each item first: the result is then about these runs."
            )
        rows = []
        for loss, of_loss in zip(self.losses, self.values, strict=True):
            able = np.flatnonzero(~np.isnan(of_loss).any(axis=1))
            values, weight = _in_units(of_loss[able], self.target)
            means = np.average(values, axis=1, weights=weight)
            bbc = chosen_loss(values, weight, level, n_resamples, seed)
            rows.append(
                {
                    "loss": loss.name,
                    "model": self.names[able[means.argmin()]],
                    "mean_loss_best": float(means.min()),
                    **dict(zip(("bbc_loss", "bbc_conf_low", "bbc_conf_high"), bbc, strict=True)),
                    "confidence_level": level,
                }
            )
        return pd.DataFrame(rows)

    def probabilities(self, models: Any = None) -> dict[str, Floats]:
        """Return what some models predicted for the samples; by default all that have losses."""
        able = [
            name
            for name, of_model in zip(self.names, self.values[0], strict=True)
            if not np.isnan(of_model).any()
        ]
        chosen = [models] if isinstance(models, str) else able if models is None else models
        known = isinstance(chosen, list | tuple) and all(isinstance(x, str) for x in chosen)
        if not (known and chosen and set(chosen) <= set(able)):
            raise ValueError(
                f"models must be among {able}, which have losses; got {shorten(models)}."
            )
        rows = {name: list(self.names).index(name) for name in chosen}
        return {name: self.predicted[row].probabilities() for name, row in rows.items()}

    @property
    def unchanged(self) -> bool:
        """Whether the predictions are what they were when they were compared."""
        return all(stored.unchanged for stored in self.predicted)

    def decompose(self) -> pd.DataFrame:
        """Return the parts of the mean losses, for each strictly proper loss."""
        target, proper = self.labelled("decompose"), {}
        for i, loss in enumerate(self.losses):
            if isinstance(loss, Loss) and loss.strictly_proper:
                proper[i] = loss
        losses, weight = list(proper.values()), self.weight_in_mean()
        rows = []
        for name, proba in self.probabilities().items():
            values = self.values[list(proper), list(self.names).index(name)]
            parts = parts_of(losses, target, proba, values, weight)
            rows += [
                {"loss": loss.name, "model": name, **dict(zip(PARTS, of_loss, strict=True))}
                for loss, of_loss in zip(losses, parts, strict=True)
            ]
        out = pd.DataFrame(rows, columns=["loss", "model", *PARTS])
        of_loss = out["loss"].map({loss.name: i for i, loss in enumerate(losses)})
        recalibration = recalibration_of(target.n_classes)
        out = out.loc[of_loss.sort_values(kind="stable").index].reset_index(drop=True)
        return out.assign(recalibration=recalibration, n_obs=len(self.target))

    def weight_in_mean(self) -> Floats:
        """Return the weight of each sample in the mean loss; overlapping splits weigh the same."""
        weight = np.ones(len(self.target)) if self.target.weight is None else self.target.weight
        split = self.design.split
        if not self.design.overlapping or split is None:
            return weight
        return np.asarray(weight / np.bincount(split, weights=weight)[split])

    def worst(self, n: int, loss: AnyLoss, a: str, b: str) -> pd.DataFrame:
        """Return the samples on which two models differ most."""
        of_loss = self.values[list(self.losses).index(loss)]
        of_a, of_b = (of_loss[list(self.names).index(model)] for model in (a, b))
        with np.errstate(invalid="ignore"):
            difference = of_a - of_b
        order = np.argsort(-np.abs(difference), kind="stable")[:n]
        shown = pd.DataFrame(
            {
                "sample": self.index.to_numpy()[order],
                "loss": loss.name,
                "model_a": a,
                "model_b": b,
                "loss_a": of_a[order],
                "loss_b": of_b[order],
                "difference": difference[order],
            }
        )
        if isinstance(self.target, Target) and not self.target.is_soft:
            labels = self.target.classes.labels
            shown.insert(1, "y_true", [labels[code] for code in self.target.y[order]])
        return shown


@dataclass(frozen=True)
class SplitScores:
    """The mean losses of the splits of a search, where single samples are not known."""

    names: Sequence[str]
    """Of the candidates."""
    values: Mapping[str, Floats]
    """For each loss of shape (n_candidates, n_splits); nan where a candidate failed."""
    infos: Mapping[str, LossInfo]
    """How reports describe the losses, by their names."""
    limits: Mapping[str, tuple[float, float]]
    """Least and greatest possible mean of each loss."""
    size_ratio: float
    """Size of the test parts divided by that of the training parts."""
    n_repeats: int
    candidates: bool = True
    """Whether the models are candidates of a search."""
    failure: str = "see cv_results_"
    """Why a model has no mean."""
    n_searches: int = 1
    """Of how many searches these are the candidates."""

    @property
    def n_splits(self) -> int:
        """How many splits there are."""
        return int(next(iter(self.values.values())).shape[1])

    def of_models(self, chosen: Collection[str]) -> SplitScores:
        """Return the scores of some of the candidates, in the order of all."""
        kept = [i for i, name in enumerate(self.names) if name in chosen]
        return replace(
            self,
            names=[self.names[i] for i in kept],
            values={loss: values[kept] for loss, values in self.values.items()},
        )

    def by_split(self) -> pd.DataFrame:
        """Return the mean loss of each candidate in each split."""
        n_models, n_splits = len(self.names), self.n_splits
        names = np.repeat(np.asarray(self.names, dtype=object), n_splits)
        parts = [
            pd.DataFrame(
                {
                    "split": np.tile(np.arange(n_splits), n_models),
                    "loss": loss,
                    "model": names,
                    "n_obs": pd.array([pd.NA] * values.size, dtype="Int64"),
                    "mean_loss": values.ravel(),
                }
            )
            for loss, values in self.values.items()
        ]
        return pd.concat(parts, ignore_index=True)


# --- means of slices ------------------------------------------------------------------------


def without_gaps(codes: Codes) -> Codes:
    """Return the codes renumbered from 0 in the same order."""
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.intp)


def _in_units(values: Floats, target: Items) -> tuple[Floats, Floats | None]:
    """Return the losses (n_models, n_units) and weights of clusters, or of samples."""
    if target.groups is None:
        return values, target.weight
    clusters = [units(x, target.weight, target.groups) for x in values]
    return np.stack([means for means, _ in clusters]), clusters[0][1]


def _stack(parts: Sequence[Mapping[str, Any]], n: int) -> pd.DataFrame:
    """Return a frame of parts of n rows each, whose columns are arrays, lists or one text."""
    columns: dict[str, NDArray[Any]] = {}
    for key in parts[0]:
        of_parts = [part[key] for part in parts]
        if not all(isinstance(values, np.ndarray) for values in of_parts):
            whole = np.empty((len(parts), n), dtype=object)
            for row, values in zip(whole, of_parts, strict=True):
                row[:] = values
            columns[key] = whole.ravel()
        else:
            columns[key] = np.concatenate(of_parts)
    return pd.DataFrame(columns)


def by_model(models: Sequence[str], values: Floats) -> list[tuple[dict[str, str], Floats]]:
    """Return the losses of each model, with its name."""
    return [({"model": name}, x) for name, x in zip(models, values, strict=True)]


def by_pair(
    models: Sequence[str], values: Floats, pairs: Sequence[Pair]
) -> list[tuple[dict[str, str], Floats]]:
    """Return the differences of the losses of some pairs, with their names."""
    return [({"model_a": models[a], "model_b": models[b]}, values[a] - values[b]) for a, b in pairs]


def _are_counts(x: Floats, target: Items) -> bool:
    """Return whether errors, or their differences, are independent counts of samples."""
    alike = target.weight is None and target.groups is None
    return alike and bool(np.isin(x, (-1.0, 0.0, 1.0)).all())  # not of target distributions


def _have_rare_class(target: Items, codes: Codes, n_slices: int) -> NDArray[np.bool_]:
    """Return in which slices a class is rare.

    If no class is in two slices, as where classes are sliced, a slice has its own classes only.
    """
    if not isinstance(target, Target):
        return np.zeros(n_slices, dtype=np.bool_)
    y, weight, n_classes = target.y, target.weight, target.n_classes
    if y.ndim == 2:
        counts = np.zeros((n_slices, n_classes))
        found = effective_counts(y, weight, n_classes, codes)
        counts[: len(found)] = found
        return have_rare_class(counts, FEWEST_OF_CLASS_IN_SLICE)
    used = np.ones(len(y), dtype=np.bool_) if weight is None else weight > 0
    n_cells = len(np.unique(codes[used] * n_classes + y[used]))
    own_classes = n_slices > 1 and n_cells == len(np.unique(y[used]))
    return slices_with_rare_class(
        y, weight, n_classes, codes, n_slices, FEWEST_OF_CLASS_IN_SLICE, own_classes=own_classes
    )


def _slice_means(
    x: Floats,
    codes: Codes,
    n_slices: int,
    target: Items,
    level: float,
    rare: NDArray[np.bool_],
    counts: bool,
) -> dict[str, Any]:
    """Return the weighted mean, its standard error, its interval and what limits it, by slice.

    Losses that are not counts have no interval in slices that are too small.
    """
    n = np.bincount(codes, minlength=n_slices).astype(np.int64)
    weight, clusters = target.weight, target.groups is not None
    if target.groups is not None:  # the clusters within each slice
        _, cluster = np.unique(
            codes * (target.groups.max() + 1) + target.groups, return_inverse=True
        )
        slice_of = np.zeros(cluster.max() + 1, dtype=np.intp)
        slice_of[cluster] = codes
        x, weight = units(x, weight, cluster)
        codes = slice_of
    square = total = np.bincount(codes, weights=weight, minlength=n_slices).astype(np.float64)
    if weight is not None:  # weights of one would change no bit
        of_squares = np.bincount(codes, weights=weight * weight, minlength=n_slices)
        square = of_squares.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        weighted = x if weight is None else weight * x
        mean = np.bincount(codes, weights=weighted, minlength=n_slices) / total
        spread = x - mean[codes]
        if weight is not None:
            spread *= weight
        squares = np.bincount(codes, weights=spread * spread, minlength=n_slices)
        effective = total**2 / square
        m = np.bincount(codes, minlength=n_slices) if clusters else effective
        std_error = np.sqrt(squares * m / (m - 1)) / total
        constant = (effective <= 1) | (std_error <= NOISE * np.abs(mean))
        std_error[constant] = np.nan
        skewness = np.zeros(n_slices)
        if not counts:
            cubes = np.bincount(codes, weights=spread**3, minlength=n_slices)
            skewness = cubes / squares**1.5 * np.sqrt(m * (m - 1)) / (m - 2)
        low, high = skewed_interval(mean, std_error, skewness, effective - 1, level)
    too_small = ~(effective >= FEWEST_IN_SLICE - 1e-9) & (not counts)
    unit = "samples" if weight is None else f"{'groups' if clusters else 'samples'} by weight"
    cautions = [
        {Caution.RARE: not counts and is_rare, Caution.NO_SPREAD: is_constant}
        for is_rare, is_constant in zip(rare, constant & (n > 1), strict=True)
    ]
    return {
        "n_obs": n,
        "mean": mean,
        "std_error": std_error,
        "conf_low": np.where(too_small, np.nan, low),
        "conf_high": np.where(too_small, np.nan, high),
        "caution": [join_cautions(found) for found in cautions],
        "reason": np.where(too_small, f"fewer than {FEWEST_IN_SLICE} {unit}", "").astype(object),
    }


def _error_rates(
    x: Floats, codes: Codes, n: Any, level: float, pairs: bool, means: dict[str, Any]
) -> dict[str, Any]:
    """Return intervals of error rates in each slice, or of differences, right for few errors."""
    more = np.bincount(codes, weights=x > 0, minlength=len(n)).astype(np.float64)
    if not pairs:
        low, high = wilson(n, more, level)
        with np.errstate(invalid="ignore", divide="ignore"):
            std_error = np.sqrt(more * (n - more) / (n - 1)) / n
        return {"std_error": std_error, "conf_low": low, "conf_high": high, "caution": ""}
    less = np.bincount(codes, weights=x < 0, minlength=len(n)).astype(np.float64)
    few = (more + less < FEW_DISCORDANT) & (more + less > 0)
    _, std_error, low, high = agresti_min(n, more, less, level=level)
    counted = {"std_error": std_error, "conf_low": low, "conf_high": high}
    limited = {"caution": np.where(few, "", means["caution"]).astype(object)}
    return {key: np.where(few, value, means[key]) for key, value in counted.items()} | limited


def codes_of(groups: LabelVector, rows: Codes) -> tuple[list[Any], Codes]:
    """Return the slices that occur, sorted where possible, and the slice of each of some rows."""
    found = groups.present
    with contextlib.suppress(TypeError):
        found = sorted(found)  # type: ignore[type-var]
    position = {label: code for code, label in enumerate(found)}
    table = np.asarray([position.get(label, -1) for label in groups.distinct], dtype=np.intp)
    present, codes = np.unique(table[groups.codes[rows]], return_inverse=True)
    return [found[code] for code in present], np.asarray(codes, dtype=np.intp)
