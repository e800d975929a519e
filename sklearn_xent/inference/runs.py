"""Means of several runs of each model, where both the items and the runs are random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent.inference.moments import Moments, units


@dataclass(frozen=True)
class RunVariance:
    """The variance of a mean loss, or of a difference, over new items and new runs.

    Runs are nested in models: those of two models have nothing in common. The variance of the
    items and that of the runs both hold the noise of single values, which counts once.
    """

    items: float
    """The variance of the mean over items, the runs averaged; the noise is part of it."""
    df_items: float
    runs: Sequence[float]
    """For each model the variance of its mean over runs; the noise is part of it."""
    noise: Sequence[float]
    """For each model what both of these hold: the variance of runs beside items, of the mean."""
    n_runs: int

    @classmethod
    def from_runs(
        cls, models: Sequence[Floats], moments: Moments, weight: Floats | None, groups: Codes | None
    ) -> RunVariance:
        """Estimate the parts from the losses (n_runs, n_items) of one model, or of two.

        `moments` are those of their means over runs, or of the difference of these, by cluster
        where there are clusters.
        """
        parts = [parts_of_model(runs, weight, groups) for runs in models]
        return cls.from_parts(parts, moments, len(models[0]))

    @classmethod
    def from_parts(
        cls, parts: Sequence[tuple[float, float]], moments: Moments, n_runs: int
    ) -> RunVariance:
        """Put together what `parts_of_model` found of one model, or of two."""
        return cls(
            moments.variance_of_mean,
            moments.effective_n - 1,
            [of_runs for of_runs, _ in parts],
            [noise for _, noise in parts],
            n_runs,
        )

    @cached_property
    def of_runs(self) -> float:
        """What the runs add to the variance; never below zero."""
        return max(0.0, math.fsum(self.runs) - math.fsum(self.noise))

    @cached_property
    def of_noise(self) -> float:
        """What the noise of single values makes of the variance."""
        return min(self.items, math.fsum(self.noise))

    @property
    def of_items(self) -> float:
        """What the items alone make of the variance."""
        return self.items - self.of_noise

    @property
    def total(self) -> float:
        """The whole variance."""
        return self.items + self.of_runs

    @property
    def df(self) -> float:
        """The degrees of freedom of the whole (Satterthwaite 1946)."""
        if not self.total > 0:
            return math.nan
        df_runs = self.n_runs - 1
        # shares of the whole, whose squares neither overflow nor vanish
        parts = (self.items / self.total) ** 2 / self.df_items
        parts += sum((x / self.total) ** 2 for x in self.runs) / df_runs
        parts += sum((x / self.total) ** 2 for x in self.noise) / (df_runs * self.df_items)
        return 1.0 / parts if parts > 0 else math.nan

    def std_error_with(self, items: float, runs: float) -> float:
        """Return the standard error with so many times the items, and so many times the runs."""
        parts = self.of_items / items + self.of_runs / runs + self.of_noise / (items * runs)
        return math.sqrt(parts)


def parts_of_model(
    runs: Floats, weight: Floats | None, groups: Codes | None
) -> tuple[float, float]:
    """Return the variance of a mean over the runs of one model, and the noise that it holds."""
    w = np.ones(runs.shape[1]) if weight is None else weight
    m = float(w.sum() ** 2 / np.dot(w, w))
    if groups is not None:
        of_clusters = [units(run, weight, groups) for run in runs]
        runs, w = np.stack([means for means, _ in of_clusters]), of_clusters[0][1]
        m = float(len(w))
    n_runs = len(runs)
    of_run = runs @ w / w.sum()
    beside = runs - runs.mean(axis=0) - (of_run - of_run.mean())[:, None]
    # per item or cluster, with n_runs - 1 degrees of freedom
    within = (beside**2).sum(axis=0) / (n_runs - 1)
    noise = float(np.dot(w**2, within)) / w.sum() ** 2 * m / (m - 1) if m > 1 else math.nan
    return float(of_run.var(ddof=1)) / n_runs, float(noise) / n_runs
