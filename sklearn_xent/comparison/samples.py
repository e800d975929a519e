"""What is asked of a comparison, and the rows and frames that answer it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._messages import shorten
from sklearn_xent.inference.bootstrap import chosen_loss
from sklearn_xent.inference.moments import units
from sklearn_xent.inference.paired_tests import (
    FEW_DISCORDANT,
    NOISE,
    agresti_min,
    wilson,
)
from sklearn_xent.inputs.labels import LabelVector
from sklearn_xent.inputs.predictions import StoredPredictions
from sklearn_xent.inputs.validation import Target
from sklearn_xent.losses.loss import Loss
from sklearn_xent.scoring.decomposition import PARTS, parts_of, recalibration_of


@dataclass(frozen=True)
class Evaluated:
    """The losses of all samples: `values` of shape (n_losses, n_models, n_samples)."""

    names: Sequence[str]
    losses: Sequence[Loss]
    values: Floats
    n_zero: Sequence[Sequence[int]]
    """For each model and loss."""
    ranges: Floats
    """Of shape (n_losses, n_pairs), as `label_ranges` gives them."""
    predicted: Sequence[StoredPredictions]
    """What each model predicted."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why models have no losses."""

    def take(self, samples: Codes) -> Evaluated:
        """Some of the samples, by position."""
        predicted = [stored.take(samples) for stored in self.predicted]
        return replace(self, values=self.values[:, :, samples], predicted=predicted)


@dataclass(frozen=True)
class Samples:
    """The losses of every sample: `values` of shape (n_losses, n_models, n_samples)."""

    losses: Sequence[Loss]
    models: Sequence[str]
    values: Floats
    target: Target
    rows: Codes
    """Which of all samples they are."""
    whole: pd.Index
    """The index of all samples."""
    split: Codes | None = None
    overlapping: bool = False
    """Whether samples were tested more than once."""
    predicted: Sequence[StoredPredictions] = ()
    """What each model predicted for them, kept where it is."""

    @property
    def index(self) -> pd.Index:
        """Labels of the samples, row numbers where they have none."""
        return self.whole[self.rows]

    @property
    def n_probabilities(self) -> int:
        """How many were predicted, by all models."""
        return len(self.target) * len(self.target.classes) * len(self.models)

    def frame(self) -> pd.DataFrame:
        """The losses in tidy form."""
        n_losses, n_models, n = self.values.shape
        return pd.DataFrame(
            {
                "sample": np.tile(self.index.to_numpy(), n_losses * n_models),
                "loss": np.repeat([loss.name for loss in self.losses], n_models * n),
                "model": np.tile(np.repeat(np.asarray(self.models, dtype=object), n), n_losses),
                "value": self.values.ravel(),
            }
        )

    def by(
        self, name: str, slices: Sequence[Any], codes: Codes, level: float, pairs: bool
    ) -> pd.DataFrame:
        """Means of the samples of each slice, of models or of all pairs of them."""
        parts = []
        for loss, of_loss in zip(self.losses, self.values, strict=True):
            columns = _differences(self.models, of_loss) if pairs else _each(self.models, of_loss)
            for names, x in columns:
                means = _slice_means(x, codes, len(slices), self.target, level)
                if loss.zero_one and self.target.weight is None and self.target.groups is None:
                    means |= _error_rates(x, codes, means["n_obs"], level, pairs, means)
                if not pairs:
                    least, greatest = loss.range_for(len(self.target.classes))
                    means["conf_low"] = np.maximum(least, means["conf_low"])
                    means["conf_high"] = np.minimum(greatest, means["conf_high"])
                labels = np.empty(len(slices), dtype=object)
                labels[:] = slices
                parts.append(pd.DataFrame({name: labels, "loss": loss.name, **names, **means}))
        out = pd.concat(parts, ignore_index=True)
        value = "difference" if pairs else "mean_loss"
        return out.rename(columns={"mean": value}).assign(confidence_level=level)

    def by_split(self) -> pd.DataFrame:
        """Mean loss of each model in each split."""
        split = np.zeros(len(self.target), dtype=np.intp) if self.split is None else self.split
        n_splits = int(split.max()) + 1
        out = self.by("split", range(n_splits), split, 0.95, pairs=False)
        return out[["split", "loss", "model", "n_obs", "mean_loss"]].astype({"split": np.int64})

    def winner(self, level: float, n_resamples: int, seed: int) -> pd.DataFrame:
        """The best model of each loss, and its loss corrected for having been chosen."""
        rows = []
        for loss, of_loss in zip(self.losses, self.values, strict=True):
            able = np.flatnonzero(~np.isnan(of_loss).any(axis=1))
            values, weight = _in_units(of_loss[able], self.target)
            means = np.average(values, axis=1, weights=weight)
            bbc = chosen_loss(values, weight, level, n_resamples, seed)
            rows.append(
                {
                    "loss": loss.name,
                    "model": self.models[able[means.argmin()]],
                    "mean_loss_best": float(means.min()),
                    **dict(zip(("bbc_loss", "bbc_conf_low", "bbc_conf_high"), bbc, strict=True)),
                    "confidence_level": level,
                }
            )
        return pd.DataFrame(rows)

    def probabilities(self, models: Any = None) -> dict[str, Floats]:
        """What some models predicted for the samples; by default all that have losses."""
        able = [
            name
            for name, of_model in zip(self.models, self.values[0], strict=True)
            if not np.isnan(of_model).any()
        ]
        chosen = [models] if isinstance(models, str) else able if models is None else models
        known = isinstance(chosen, list | tuple) and all(isinstance(x, str) for x in chosen)
        if not (known and chosen and set(chosen) <= set(able)):
            raise ValueError(
                f"models must be among {able}, which have losses; got {shorten(models)}."
            )
        rows = {name: list(self.models).index(name) for name in chosen}
        return {name: self.predicted[row].probabilities() for name, row in rows.items()}

    @property
    def unchanged(self) -> bool:
        """Whether the predictions are what they were when they were compared."""
        return all(stored.unchanged for stored in self.predicted)

    def decompose(self) -> pd.DataFrame:
        """Why the losses of the models are what they are, for each strictly proper loss."""
        chosen = [i for i, loss in enumerate(self.losses) if loss.strictly_proper]
        losses, weight = [self.losses[i] for i in chosen], self._weight_in_mean()
        rows = []
        for name, proba in self.probabilities().items():
            values = self.values[chosen, list(self.models).index(name)]
            parts = parts_of(losses, self.target, proba, values, weight)
            rows += [
                {"loss": loss.name, "model": name, **dict(zip(PARTS, of_loss, strict=True))}
                for loss, of_loss in zip(losses, parts, strict=True)
            ]
        out = pd.DataFrame(rows, columns=["loss", "model", *PARTS])
        of_loss = out["loss"].map({loss.name: i for i, loss in enumerate(losses)})
        recalibration = recalibration_of(len(self.target.classes))
        out = out.loc[of_loss.sort_values(kind="stable").index].reset_index(drop=True)
        return out.assign(recalibration=recalibration, n_obs=len(self.target))

    def _weight_in_mean(self) -> Floats:
        """The weight of each sample in the mean loss; overlapping splits count alike."""
        weight = np.ones(len(self.target)) if self.target.weight is None else self.target.weight
        if not self.overlapping or self.split is None:
            return weight
        return np.asarray(weight / np.bincount(self.split, weights=weight)[self.split])

    def worst(self, n: int, loss: Loss, a: str, b: str) -> pd.DataFrame:
        """The samples on which two models differ most."""
        of_loss = self.values[list(self.losses).index(loss)]
        of_a, of_b = (of_loss[list(self.models).index(model)] for model in (a, b))
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
        if self.target.y.ndim == 1:
            labels = self.target.classes.labels
            shown.insert(1, "y_true", [labels[code] for code in self.target.y[order]])
        return shown


def _in_units(values: Floats, target: Target) -> tuple[Floats, Floats | None]:
    """Losses of shape (n_models, n_units) and the weights of units: of clusters, or of samples."""
    if target.groups is None:
        return values, target.weight
    clusters = [units(x, target.weight, target.groups) for x in values]
    return np.stack([means for means, _ in clusters]), clusters[0][1]


def _each(models: Sequence[str], values: Floats) -> list[tuple[dict[str, str], Floats]]:
    return [({"model": name}, x) for name, x in zip(models, values, strict=True)]


def _differences(models: Sequence[str], values: Floats) -> list[tuple[dict[str, str], Floats]]:
    pairs = [(a, b) for a in range(len(models)) for b in range(a + 1, len(models))]
    return [({"model_a": models[a], "model_b": models[b]}, values[a] - values[b]) for a, b in pairs]


def _slice_means(
    x: Floats, codes: Codes, n_slices: int, target: Target, level: float
) -> dict[str, Any]:
    """Weighted mean, its standard error and its t-interval, in each slice."""
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
    w = np.ones(len(x)) if weight is None else weight
    total = np.bincount(codes, weights=w, minlength=n_slices)
    square = np.bincount(codes, weights=w * w, minlength=n_slices)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(codes, weights=w * x, minlength=n_slices) / total
        spread = w * (x - mean[codes])
        squares = np.bincount(codes, weights=spread * spread, minlength=n_slices)
        effective = total**2 / square
        m = np.bincount(codes, minlength=n_slices) if clusters else effective
        std_error = np.sqrt(squares * m / (m - 1)) / total
        std_error[(effective <= 1) | (std_error <= NOISE * np.abs(mean))] = np.nan
        half = stats.t.ppf(0.5 + level / 2, np.maximum(effective - 1, 1e-300)) * std_error
    return {
        "n_obs": n,
        "mean": mean,
        "std_error": std_error,
        "conf_low": mean - half,
        "conf_high": mean + half,
    }


def _error_rates(
    x: Floats, codes: Codes, n: Any, level: float, pairs: bool, means: dict[str, Any]
) -> dict[str, Any]:
    """Intervals of error rates in each slice, or of their differences, sound for few errors."""
    if not np.isin(x, (-1.0, 0.0, 1.0)).all():
        return {}  # of target distributions
    more = np.bincount(codes, weights=x > 0, minlength=len(n)).astype(np.float64)
    if not pairs:
        low, high = wilson(n, more, level)
        with np.errstate(invalid="ignore", divide="ignore"):
            std_error = np.sqrt(more * (n - more) / (n - 1)) / n
        return {"std_error": std_error, "conf_low": low, "conf_high": high}
    less = np.bincount(codes, weights=x < 0, minlength=len(n)).astype(np.float64)
    few = (more + less < FEW_DISCORDANT) & (more + less > 0)
    _, std_error, low, high = agresti_min(n, more, less, level=level)
    counted = {"std_error": std_error, "conf_low": low, "conf_high": high}
    return {key: np.where(few, value, means[key]) for key, value in counted.items()}


def codes_of(groups: LabelVector, rows: Codes) -> tuple[list[Any], Codes]:
    """The slices that occur, sorted where they can be, and the slice of each of some samples."""
    found = groups.present
    with contextlib.suppress(TypeError):
        found = sorted(found)  # type: ignore[type-var]
    position = {label: code for code, label in enumerate(found)}
    table = np.asarray([position.get(label, -1) for label in groups.distinct], dtype=np.intp)
    present, codes = np.unique(table[groups.codes[rows]], return_inverse=True)
    return [found[code] for code in present], np.asarray(codes, dtype=np.intp)
