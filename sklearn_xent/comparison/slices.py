"""Slices and choices of samples that do not stand alone: tested several times, or in time order.

`SampleLosses` computes those of independent samples and of clusters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent.comparison.runs import RunSlice, runs_by_model
from sklearn_xent.comparison.samples import SampleLosses, by_model, by_pair, without_gaps
from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.dependence import FEWEST_TIMES, TimeSeries, mean_serial, n_cosines
from sklearn_xent.inference.design import Design, Pair
from sklearn_xent.inference.paired_tests import Estimate
from sklearn_xent.report.content import SliceMean
from sklearn_xent.report.rows import rows_from


@np.errstate(invalid="ignore")  # infinite losses of both models have no difference
def by_slice(
    samples: SampleLosses,
    name: str,
    slices: Sequence[Any],
    codes: Codes,
    level: float,
    pairs: Sequence[Pair] | None = None,
) -> pd.DataFrame:
    """Return the mean losses in each slice, or their differences, with intervals that fit.

    Where samples do not stand alone, the column ``reason`` says why a slice has no interval.
    """
    of_slice: _Slice
    if samples.runs is not None:
        of_slice = RunSlice(samples, level)
    elif samples.design.overlapping:
        of_slice = _RepeatedSlice(samples, level)
    elif samples.target.times is not None:
        of_slice = _SerialSlice(samples, level)
    else:
        return samples.by(name, slices, codes, level, pairs)
    value, rows = "mean_loss" if pairs is None else "difference", []
    of_slices = [np.flatnonzero(codes == code) for code in range(len(slices))]
    for i, loss in enumerate(samples.losses):
        least, greatest = -math.inf, math.inf
        if pairs is None:
            least, greatest = loss.range_for(samples.target.n_classes)
        for names, x in _columns(samples, i, pairs):
            for label, positions in zip(slices, of_slices, strict=True):
                estimate, reason = of_slice(x, positions)
                rows.append(
                    {
                        name: label,
                        "loss": loss.name,
                        **names,
                        "n_obs": len(positions),
                        value: estimate.value,
                        "std_error": estimate.std_error,
                        "conf_low": float(np.maximum(least, estimate.conf_low)),
                        "conf_high": float(np.minimum(greatest, estimate.conf_high)),
                        "confidence_level": level,
                        "caution": "",
                        "reason": reason,
                    }
                )
    return pd.DataFrame(rows)


def means_of(frame: pd.DataFrame) -> list[SliceMean]:
    """Return the rows of slices, whatever the column of their names is called."""
    return rows_from(frame.rename(columns={frame.columns[0]: "group"}), SliceMean)


def _columns(
    samples: SampleLosses, loss: int, pairs: Sequence[Pair] | None
) -> Sequence[tuple[dict[str, str], Any]]:
    """Return what slices are made of: the losses of each model or pair, or their runs."""
    if samples.runs is not None:
        return runs_by_model(samples.names, samples.runs[loss], pairs)
    values = samples.values[loss]
    if pairs is None:
        return by_model(samples.names, values)
    return by_pair(samples.names, values, pairs)


class _Slice(Protocol):
    """The mean of some samples, by position, and why it has no interval."""

    def __call__(self, x: Any, positions: Codes) -> tuple[Estimate, str]: ...


class _RepeatedSlice:
    """Means over all tests of samples, with the interval of the means of splits in the slice."""

    def __init__(self, samples: SampleLosses, level: float) -> None:
        self.design, self.level, self.weight = samples.design, level, samples.weight_in_mean()
        weight = samples.target.weight
        self.own = np.ones(len(samples.target)) if weight is None else weight

    def __call__(self, x: Floats, positions: Codes) -> tuple[Estimate, str]:
        assert self.design.split is not None
        x, split, own = x[positions], self.design.split[positions], self.own[positions]
        mean = float(np.average(x, weights=self.weight[positions]))
        none, n_splits = Estimate(mean, math.nan, math.nan, math.nan), self.design.n_splits
        of_split = np.bincount(split, weights=own, minlength=n_splits)
        n_empty = int(np.count_nonzero(of_split == 0))
        if math.isnan(mean):
            return none, ""  # a model that failed
        if n_empty:
            return none, f"{n_empty} of {n_splits} splits test no sample of this slice"
        means = np.bincount(split, weights=own * x, minlength=n_splits) / of_split
        found = paired_tests.mean_corrected(means, self.design.size_ratio, self.level)
        if math.isnan(found.std_error):
            return none, "the loss is the same in every split"
        half = (found.conf_high - found.conf_low) / 2
        return Estimate(mean, found.std_error, mean - half, mean + half), ""


class _SerialSlice:
    """Means of samples in time order."""

    def __init__(self, samples: SampleLosses, level: float) -> None:
        assert samples.target.times is not None
        self.times, self.weight, self.level = samples.target.times, samples.target.weight, level

    def __call__(self, x: Floats, positions: Codes) -> tuple[Estimate, str]:
        x, times = x[positions], without_gaps(self.times[positions])
        weight = None if self.weight is None else self.weight[positions]
        mean = float(np.average(x, weights=weight))
        n_times, none = int(times.max()) + 1, Estimate(mean, math.nan, math.nan, math.nan)
        if math.isnan(mean):
            return none, ""  # a model that failed
        if n_times < FEWEST_TIMES:
            return none, f"{n_times} times are too few for an interval"
        found = mean_serial(TimeSeries(x, weight, times, mean), self.level)
        if math.isnan(found.std_error):
            return none, "the loss is the same at every time"
        return found, ""


# --- samples tested several times, as if once -----------------------------------------------


def each_sample(samples: SampleLosses) -> SampleLosses:
    """Return the mean over all tests of each sample, weighted so that the means stay the same."""
    if not samples.design.overlapping:
        return samples
    rows, first, code = np.unique(samples.design.rows, return_index=True, return_inverse=True)
    weight = samples.weight_in_mean()
    of_sample = np.bincount(code, weights=weight).astype(np.float64)
    values = np.empty((*samples.values.shape[:2], len(rows)))
    for index in _each_row(samples.values):
        with np.errstate(invalid="ignore"):
            values[index] = np.bincount(code, weights=weight * samples.values[index]) / of_sample
    return replace(
        samples,
        values=values,
        target=replace(samples.target.take(first), weight=of_sample),
        design=Design(samples.design.estimand, rows),
        predicted=(),
    )


def _each_row(values: Floats) -> Iterator[tuple[int, int]]:
    """Yield the index of each loss and model."""
    return ((i, j) for i in range(values.shape[0]) for j in range(values.shape[1]))


def in_blocks(samples: SampleLosses) -> SampleLosses:
    """Return samples in time order as clusters: blocks of times, as many as the test has cosines.

    Resampling draws whole blocks, so that samples keep their neighbours.
    """
    times = samples.target.times
    if times is None:
        return samples
    n_times = int(times.max()) + 1
    groups = times * n_cosines(n_times) // n_times
    return replace(samples, target=replace(samples.target, groups=groups, times=None))
