"""What may be said of one loss, from moments or from the losses of samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Floats
from sklearn_xent.comparison.frames import (
    difference_frame,
    rows_of_tests,
    summary_row,
    warn_degenerate,
    warn_doubt,
    warn_leverage,
)
from sklearn_xent.comparison.samples import Evaluated
from sklearn_xent.inference import exact_sums, paired_tests
from sklearn_xent.inference.bootstrap import bootstrap_t
from sklearn_xent.inference.design import Design, Options, Pair, pairs_of
from sklearn_xent.inference.moments import Moments, units
from sklearn_xent.inference.paired_tests import NO_ESTIMATE, Estimate, Method, PairedTest
from sklearn_xent.inputs.validation import Target
from sklearn_xent.losses.loss import Loss
from sklearn_xent.report.verdicts import NOT_SHOWN, UNSTABLE
from sklearn_xent.scoring.skill import reference_loss, share_avoided, warn_undefined_skill

N_RESAMPLES = 1999
VARIES = 0.2
"""Above this share of the variance within samples the corrected test claims too much."""


def frames(
    evaluated: Evaluated, target: Target, design: Design, options: Options
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the summary and the differences."""
    if design.overlapping and options.method != "auto":
        raise ValueError(
            f"method={options.method!r} needs each sample tested once, as in one K-fold run."
        )
    pairs = pairs_of(evaluated.names, options.baseline, evaluated.failures)
    each = [
        SampleEstimates(loss, evaluated.values[i], target, design, options)
        for i, loss in enumerate(evaluated.losses)
    ]
    n_zero = [[of_model[i] for of_model in evaluated.n_zero] for i in range(len(each))]
    return frames_of(each, evaluated.names, pairs, n_zero, evaluated.ranges, evaluated.failures)


def frames_of(
    each: Sequence[MomentEstimates],
    names: Sequence[str],
    pairs: Sequence[Pair],
    n_zero: Sequence[Sequence[int]],
    ranges: Floats,
    failures: Mapping[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frames of what is known of each loss."""
    rows: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    for one, counts, of_loss in zip(each, n_zero, ranges, strict=True):
        rows += one.summary_rows(names, counts, failures)
        differences += one.difference_rows(names, pairs, of_loss)
    warn_degenerate(differences)
    warn_leverage(differences)
    warn_doubt(differences)
    return pd.DataFrame(rows), difference_frame(differences)


class MomentEstimates:
    """What may be said of one loss, from the moments of the models and of their differences.

    No sample has a weight of zero. `truth` tells the classes and their frequencies.
    """

    def __init__(
        self,
        loss: Loss,
        target: Target,
        design: Design,
        options: Options,
        models: Sequence[Moments],
        pairs: Mapping[Pair, Moments],
        *,
        weighted: bool = False,
        n_groups: int | None = None,
    ) -> None:
        self.loss, self.target, self.design, self.options = loss, target, design, options
        self.models, self.pairs = models, pairs
        self.weighted, self.n_groups = weighted, n_groups
        self.zero_one = loss.zero_one and target.y.ndim == 1

    @property
    def n_obs(self) -> int:
        """How many samples there are."""
        return self.models[0].n

    @property
    def counts_errors(self) -> bool:
        """Whether errors are independent and count alike."""
        return self.zero_one and not self.weighted and self.n_groups is None

    def _units(self, moments: Moments, which: int | Pair) -> Moments:  # noqa: ARG002
        """The moments of the units that are independent: samples, or clusters."""
        return moments

    def _mean(self, model: int) -> float:
        """The mean that is reported."""
        return self.models[model].mean

    # --- one model ---

    def _estimate(self, model: int) -> tuple[Estimate, Method]:
        moments, level = self.models[model], self.options.level
        if self.counts_errors:
            return paired_tests.error_rate(moments.n, moments.n_positive, level), Method.WILSON
        clustered = self.n_groups is not None
        method = Method.CLUSTERED_INTERVAL if clustered else Method.T_INTERVAL
        return paired_tests.mean_t(self._units(moments, model), level), method

    def summary_rows(
        self, names: Sequence[str], n_zero: Sequence[int], failures: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """Rows of the summary."""
        least, greatest = self.loss.range_for(len(self.target.classes))
        reference = reference_loss(self.loss, self.target, self.target.prior)
        if math.isnan(share_avoided(0.0, reference, least)):
            warn_undefined_skill(self.loss.name, reference)
        means = np.asarray([self._mean(model) for model in range(len(names))])
        rows = []
        for model, (name, mean, zero) in enumerate(zip(names, means, n_zero, strict=True)):
            estimate, method = NO_ESTIMATE, ""
            if name not in failures:
                estimate, found = self._estimate(model)
                method = found.label
            rows.append(
                summary_row(
                    self.loss.name,
                    name,
                    float(mean),
                    means,
                    estimate,
                    (least, greatest),
                    self.options.level,
                    skill=share_avoided(float(mean), reference, least),
                    n_obs=0 if name in failures else self.n_obs,
                    n_zero=zero,
                    method=method,
                    estimand=self.design.estimand,
                    reason=failures.get(name, ""),
                )
            )
        return rows

    # --- two models ---

    def _test(self, pair: Pair, scale: float) -> PairedTest:
        """The test that fits."""
        moments, level = self.pairs[pair], self.options.level
        clustered = self.n_groups is not None
        test = paired_tests.paired_t(self._units(moments, pair), level, scale, clustered=clustered)
        few = moments.n_positive + moments.n_negative < paired_tests.FEW_DISCORDANT
        if self.counts_errors and few and not test.degenerate:
            return paired_tests.paired_errors(
                moments.n, moments.n_positive, moments.n_negative, level
            )
        return test

    def _pvalue_anew(self, pair: Pair, scale: float) -> float:  # noqa: ARG002
        """Of the difference for training anew; 0 where nothing was trained, or `_test` says it."""
        return 0.0

    def _is_stable(self, pair: Pair) -> bool:  # noqa: ARG002
        """Whether samples differ more than the repeats of a sample, if there are any."""
        return True

    def _farthest(self, pair: Pair) -> float:
        """What the farthest unit adds to the difference; nan where it is not known."""
        moments = self._units(self.pairs[pair], pair)
        if self.weighted or self.n_groups is not None:
            return math.nan
        return max(moments.greatest - moments.mean, moments.mean - moments.least) / moments.n

    @property
    def _influence(self) -> float:
        """The share of a unit of weight in the mean; of a sample that is tested often, at most."""
        return 1.0 / exact_sums.to_float(self.models[0].weight)

    def difference_rows(
        self, names: Sequence[str], pairs: Sequence[Pair], ranges: Floats
    ) -> list[dict[str, Any]]:
        """Rows of the differences."""
        means = [self._mean(model) for model in range(len(names))]
        shared = {
            "n_obs": self.n_obs,
            "n_groups": pd.NA if self.n_groups is None else self.n_groups,
            "n_splits": self.design.n_splits,
            "n_repeats": self.design.n_repeats,
        }
        tests, extras, anew, stable = [], [], [], []
        for pair, range_ in zip(pairs, ranges, strict=True):
            scale = max(abs(means[model]) for model in pair)
            with np.errstate(invalid="ignore", divide="ignore"):
                test = self._test(pair, scale)
                anew.append(self._pvalue_anew(pair, scale))
                stable.append(self._is_stable(pair))
            moments, half = self.pairs[pair], test.half_width
            known = half > 0
            tests.append(test)
            extras.append(
                {
                    **shared,
                    "n_discordant": (
                        moments.n_positive + moments.n_negative if self.zero_one else pd.NA
                    ),
                    "label_leverage": float(range_ * self._influence / half) if known else math.nan,
                    "sample_leverage": float(self._farthest(pair) / half) if known else math.nan,
                }
            )
        rows = rows_of_tests(
            self.loss.name, names, pairs, means, tests, extras, self.design.estimand, self.options
        )
        for row, pvalue, is_stable in zip(rows, paired_tests.holm(anew), stable, strict=True):
            claimed = row["conclusion"] in ("a better", "b better")
            if claimed and self.design.split is not None and self.design.n_splits > 1:
                shown = pvalue <= 1.0 - self.options.level
                clear = "clear" if is_stable else "unstable"
                row["retraining"] = clear if shown else NOT_SHOWN
            if not is_stable:
                row["caution"] = "; ".join(filter(None, [row["caution"], UNSTABLE]))
        return rows


class SampleEstimates(MomentEstimates):
    """The same where the losses of all samples are known: `values` of (n_models, n_samples)."""

    def __init__(
        self, loss: Loss, values: Floats, target: Target, design: Design, options: Options
    ) -> None:
        self.values = values
        n_groups = None if target.groups is None else int(target.groups.max()) + 1
        models = Moments.from_columns(values, target.weight)
        weighted = target.weight is not None
        super().__init__(
            loss, target, design, options, models, _Lazy(self), weighted=weighted, n_groups=n_groups
        )

    @property
    def counts_errors(self) -> bool:
        """Whether errors are independent and count alike."""
        return super().counts_errors and not self.design.overlapping

    def difference(self, pair: Pair) -> Floats:
        """Of each sample."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.values[pair[0]] - self.values[pair[1]])

    def _units(self, moments: Moments, which: int | Pair) -> Moments:
        if self.target.groups is None:
            return moments
        x = self.values[which] if isinstance(which, int) else self.difference(which)
        return Moments.from_clusters(x, self.target.weight, self.target.groups)

    def _of_splits(self, x: Floats) -> Floats:
        """Mean of each split."""
        assert self.design.split is not None
        means, _ = units(x, self.target.weight, self.design.split)
        return means

    def _mean(self, model: int) -> float:
        if self.design.overlapping:
            return float(self._of_splits(self.values[model]).mean())
        return super()._mean(model)

    def _estimate(self, model: int) -> tuple[Estimate, Method]:
        if not self.design.overlapping:
            return super()._estimate(model)
        of_splits = self._of_splits(self.values[model])
        ratio, level = self.design.size_ratio, self.options.level
        return paired_tests.mean_corrected(of_splits, ratio, level), Method.CORRECTED_INTERVAL

    def _test(self, pair: Pair, scale: float) -> PairedTest:
        if self.design.overlapping:
            return self._corrected(pair, scale)
        test = super()._test(pair, scale)
        if self.options.method != "bootstrap_t" or test.method == Method.AGRESTI_MIN:
            return test
        x, weight = self._each_unit(pair)
        level, seed, clusters = self.options.level, self.options.seed, self.n_groups is not None
        return bootstrap_t(test, x, weight, level, N_RESAMPLES, seed, clusters=clusters)

    def _each_unit(self, pair: Pair) -> tuple[Floats, Floats | None]:
        """The difference of each sample or cluster, and the weights."""
        x, weight = self.difference(pair), self.target.weight
        return (x, weight) if self.target.groups is None else units(x, weight, self.target.groups)

    def _corrected(self, pair: Pair, scale: float) -> PairedTest:
        """The test of the means of splits, which is about training anew."""
        of_splits = self._of_splits(self.difference(pair))
        return paired_tests.corrected_t(
            of_splits, self.design.size_ratio, self.options.level, scale
        )

    def _pvalue_anew(self, pair: Pair, scale: float) -> float:
        if self.design.overlapping or self.design.split is None or self.design.n_splits < 2:
            return 0.0
        return self._corrected(pair, scale).pvalue

    def _is_stable(self, pair: Pair) -> bool:
        if not self.design.overlapping:
            return True
        difference = self.difference(pair)
        times = np.bincount(self.design.rows)[self.design.rows]
        repeated = times > 1
        x, rows, times = difference[repeated], self.design.rows[repeated], times[repeated]
        means = np.bincount(rows, weights=x) / np.bincount(rows)
        within = np.mean((x - means[rows]) ** 2 * times / (times - 1))
        return not within > VARIES * np.var(x)

    def _farthest(self, pair: Pair) -> float:
        if self.design.overlapping:
            return math.nan
        if not self.weighted and self.n_groups is None:
            return super()._farthest(pair)
        x, weight = self._each_unit(pair)
        weight = np.ones(len(x)) if weight is None else weight
        mean = float(np.average(x, weights=weight))
        return float(np.max(weight * np.abs(x - mean)) / weight.sum())

    @cached_property
    def _influence(self) -> float:
        if not self.design.overlapping:
            return super()._influence
        assert self.design.split is not None
        of_split = np.bincount(self.design.split, weights=self.target.weight)
        shares = 1.0 / (len(of_split) * of_split[self.design.split])
        return float(np.bincount(self.design.rows, weights=shares).max())


class _Lazy(dict[Pair, Moments]):
    """The moments of pairs, of which there may be many, when they are needed."""

    def __init__(self, one: SampleEstimates) -> None:
        self._one = one

    def __missing__(self, pair: Pair) -> Moments:
        self[pair] = Moments.from_values(self._one.difference(pair), self._one.target.weight)
        return self[pair]
