"""Estimate and test one loss: a class for each kind of data, all with the same methods.

`MomentEstimates` know sums only, as a stream does; `ClusterEstimates` also the means of clusters.
`SampleEstimates` know the losses of all samples, `RepeatedEstimates` those of samples that several
splits tested. `SplitEstimates` know only the mean loss of each split, as a search does.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from sklearn_xent._arrays import Floats
from sklearn_xent.comparison.samples import SplitScores
from sklearn_xent.inference import exact_sums, paired_tests
from sklearn_xent.inference.best_set import FEWEST_DECISIVE, Flags, may_be_best, may_be_best_by_t
from sklearn_xent.inference.bootstrap import FEWEST_UNITS, Claim, are_unconfirmed, bootstrap_t
from sklearn_xent.inference.design import (
    ALGORITHMS,
    Design,
    Options,
    Pair,
    of_groups,
    of_scores,
    pairs_of,
)
from sklearn_xent.inference.equivalence import (
    NOT_TESTED,
    Equivalence,
    Evidence,
    tango_equivalence,
    two_one_sided,
)
from sklearn_xent.inference.moments import Moments, units
from sklearn_xent.inference.paired_tests import Estimate, Method, PairedTest
from sklearn_xent.inference.planning import Pilot
from sklearn_xent.inference.small_samples import (
    clusters_by_class,
    effective_counts,
    have_rare_class,
)
from sklearn_xent.inputs.validation import Items, Target
from sklearn_xent.losses.given import AnyLoss
from sklearn_xent.losses.loss import Loss
from sklearn_xent.scoring.skill import reference_loss, skill

N_RESAMPLES = 1999
SPLITS_OVERLAP = (
    "splits that overlap test the same samples again, so that their spread does not tell what more "
    "samples would do. Plan from one K-fold run, or from a test set"
)
UNSTABLE = 0.2
"""If repeats of a sample make up more of the variance than this, the corrected test claims too
much."""


# --- the protocol ---------------------------------------------------------------------------


class Estimates(ABC):
    """One loss of several models, which are named by their positions."""

    loss: str
    limits: tuple[float, float]
    """Least and greatest possible mean loss."""
    top: float | None = None
    """The score that has a loss of zero, where the values are scores."""
    design: Design
    options: Options
    has_floor: bool = False
    """Whether the loss replaces a probability of zero by a floor."""
    has_predictions: bool = True
    """Whether the losses are those of predictions, of which the true classes are known."""
    tests_retraining: bool = False
    """Whether `test` is about retrained models already."""

    @property
    def estimand(self) -> str:
        """What the intervals are about: new samples, or new groups of them; losses or scores."""
        about = of_groups(self.design.estimand) if self.clustered else self.design.estimand
        return about if self.top is None else of_scores(about)

    @property
    def n_obs(self) -> int | None:
        """How many losses a mean is of; None where that is not known."""
        return None

    @property
    def n_clusters(self) -> int | None:
        """How many clusters there are; None without clusters."""
        return None

    @abstractmethod
    def mean(self, model: int) -> float:
        """Return the mean loss; nan for a model that failed."""

    @abstractmethod
    def estimate(self, model: int) -> tuple[Estimate, Method]:
        """Return the mean loss with its interval, and how that was computed."""

    @abstractmethod
    def test(self, pair: Pair, scale: float) -> PairedTest:
        """Return the test of a difference; `scale` is the size of the losses compared."""

    def equivalence(self, pair: Pair, test: PairedTest, margin: float) -> Equivalence:  # noqa: ARG002
        """Return the test that the difference, of which `test` is known, is within the margin."""
        return Equivalence(two_one_sided(test, margin), None)

    def skill(self, mean: float) -> float:  # noqa: ARG002
        """Return the skill of a mean loss; nan where the class frequencies are not known."""
        return math.nan

    def other_pvalues(self, pairs: Sequence[Pair]) -> list[float]:  # noqa: ARG002
        """Return p-values of pairs that are not shown, but that the correction must count."""
        return []

    def retraining_pvalue(self, pair: Pair, scale: float) -> float | None:  # noqa: ARG002
        """Return the p-value of a difference of retrained models.

        None where nothing was trained, or where `test` is about retrained models already.
        """
        return None

    def is_serial(self, which: int | Pair) -> bool:  # noqa: ARG002
        """Return whether rows depend on each other more than the method of a row allows for."""
        return self.design.looks_dependent

    def is_stable(self, pair: Pair) -> bool:  # noqa: ARG002
        """Return whether samples differ more than the repeats of a sample, if there are any."""
        return True

    @property
    def has_rare_class(self) -> bool:
        """Whether a class is so rare that an interval of a mean loss may be too narrow."""
        return False

    @property
    def clustered(self) -> bool:
        """Whether the tests take clusters for independent."""
        return False

    def unconfirmed(self, claims: Sequence[Claim]) -> list[bool]:
        """Return for each claim whether resampled clusters contradict it."""
        return [False] * len(claims)

    def may_be_best(self, models: Sequence[int]) -> Flags | str:
        """Return which of some models with finite means may be best, or why that is not known."""
        means = np.asarray([self.mean(model) for model in models])
        variances, df = np.full((len(means), len(means)), math.nan), math.inf
        for i, j in combinations(range(len(models)), 2):
            test = self.test((models[i], models[j]), max(abs(means[i]), abs(means[j])))
            # few discordant errors have no degrees of freedom
            if test.df > 0 and self.n_decisive((models[i], models[j])) >= FEWEST_DECISIVE:
                variances[i, j] = variances[j, i] = test.std_error**2
                df = min(df, test.df)
        if df == math.inf:
            return "too few rows decide how the differences of models vary"
        return may_be_best_by_t(means, variances, df, self.options.level, self.options.seed)

    def n_decisive(self, pair: Pair) -> float:  # noqa: ARG002
        """Return how many units decide the spread of a difference, at least."""
        return math.inf

    def pilot(self, pair: Pair) -> Pilot | str:  # noqa: ARG002
        """Return what the plan of another study rests on, or why there is none."""
        return SPLITS_OVERLAP

    def n_discordant(self, pair: Pair) -> int | None:  # noqa: ARG002
        """Return on how many samples exactly one of two models errs; None for other losses."""
        return None

    def leverage(self, pair: Pair, label_range: float) -> tuple[float, float]:  # noqa: ARG002
        """Return how far a single sample moves a difference; nan where that is not known.

        First by another label, at most, of which `label_range` is the greatest effect on the
        difference of a sample; then how far the farthest sample moves it.
        """
        return math.nan, math.nan


# --- sums: a stream -------------------------------------------------------------------------


class MomentEstimates(Estimates):
    """One loss, from the moments of the losses of models and of their differences.

    No sample has a weight of zero. `target` tells the classes and their frequencies, where they are
    known, and `logits` which models predicted logits.
    """

    def __init__(
        self,
        loss: AnyLoss,
        target: Items,
        design: Design,
        options: Options,
        models: Sequence[Moments],
        pairs: Mapping[Pair, Moments],
        *,
        weighted: bool = False,
        n_groups: int | None = None,
        logits: Collection[int] = (),
    ) -> None:
        self.loss, self.limits = loss.name, loss.range_for(target.n_classes)
        self.has_floor, self.top = loss.info.floor_cost > 0, loss.info.top
        self.target, self.design, self.options = target, design, options
        self.models, self.pairs = models, pairs
        self.weighted, self.n_groups = weighted, n_groups
        self.greatest = [
            loss.greatest_difference(target.n_classes, from_logits=model in logits)
            for model in range(len(models))
        ]
        self.zero_one = loss.zero_one and not target.is_soft
        self.has_predictions = isinstance(target, Target)
        self.reference: float | None = None
        """The loss of always predicting the class frequencies; None where there are no classes."""
        if isinstance(target, Target) and isinstance(loss, Loss):
            self.reference = reference_loss(loss, target, target.prior)

    @property
    def n_obs(self) -> int:
        """How many losses a mean is of."""
        return self.models[0].n

    @property
    def n_clusters(self) -> int | None:
        """How many clusters there are."""
        return self.n_groups

    @property
    def clustered(self) -> bool:
        """Whether the tests take clusters for independent."""
        return self.n_groups is not None

    @property
    def counts_errors(self) -> bool:
        """Whether the losses are errors that are independent and weigh the same."""
        return self.zero_one and not self.weighted and self.n_groups is None

    @cached_property
    def has_rare_class(self) -> bool:
        """Whether a class is so rare that an interval of a mean loss may be too narrow."""
        if self.counts_errors or not isinstance(self.target, Target):
            return False
        return bool(have_rare_class(self._class_counts(self.target)))

    def _class_counts(self, target: Target) -> Floats:
        """Return the number of samples of each class; with weights about the effective one."""
        return np.asarray(target.prior * self.models[0].effective_n)

    def moments_of(self, pair: Pair) -> Moments:
        """Return the moments of the differences of samples; sums are kept of one order only."""
        a, b = pair
        return self.pairs[pair] if pair in self.pairs else self.pairs[b, a].negated()

    def _independent(self, moments: Moments, which: int | Pair) -> Moments:  # noqa: ARG002
        """Return the moments of the units that are independent: of samples, or of clusters."""
        return moments

    def mean(self, model: int) -> float:
        """Return the mean loss."""
        return self.models[model].mean

    def estimate(self, model: int) -> tuple[Estimate, Method]:
        """Return the mean loss with its interval, and how that was computed."""
        moments, level = self.models[model], self.options.level
        if self.counts_errors:
            return paired_tests.error_rate(moments.n, moments.n_positive, level), Method.WILSON
        clustered = self.n_groups is not None
        method = Method.CLUSTERED_INTERVAL if clustered else Method.T_INTERVAL
        return paired_tests.mean_t(self._independent(moments, model), level), method

    def skill(self, mean: float) -> float:
        """Return the share of the loss of always predicting the class frequencies avoided."""
        return math.nan if self.reference is None else skill(mean, self.reference, self.limits[0])

    def test(self, pair: Pair, scale: float) -> PairedTest:
        """Return the paired t-test, or the one for few discordant pairs of errors."""
        moments, level = self.moments_of(pair), self.options.level
        test = paired_tests.paired_t(
            self._independent(moments, pair), level, scale, clustered=self.n_groups is not None
        )
        few = moments.n_positive + moments.n_negative < paired_tests.FEW_DISCORDANT
        if self.counts_errors and few and not test.degenerate:
            return paired_tests.paired_errors(
                moments.n, moments.n_positive, moments.n_negative, level
            )
        return test

    def equivalence(self, pair: Pair, test: PairedTest, margin: float) -> Equivalence:
        """Return Tango's test of error rates; of other losses two tests and what they rest on."""
        if not test.std_error > 0:
            return NOT_TESTED
        if self.counts_errors:
            of = self.moments_of(pair)
            return Equivalence(tango_equivalence(of.n, of.n_positive, of.n_negative, margin), True)
        pvalue = two_one_sided(test, margin)
        if not pvalue <= 1.0 - self.options.level:
            return Equivalence(pvalue, None)
        return Equivalence(pvalue, self.is_sure(pair, test.value, margin))

    def is_sure(self, pair: Pair, difference: float, margin: float) -> bool:
        """Return whether rows too rare for the sample cannot lift a difference to the margin."""
        if self.counts_errors:
            return True
        return self._evidence(pair).is_sure(difference, self.greatest_of(pair), margin)

    def greatest_of(self, pair: Pair) -> float:
        """Return the greatest difference of a row that the loss allows."""
        return max(self.greatest[model] for model in pair)

    def pilot(self, pair: Pair) -> Pilot | str:
        """Return what the plan of another study rests on, or why there is none."""
        moments = self.moments_of(pair)
        if self.counts_errors:
            return Pilot.from_errors(moments.n, moments.n_positive + moments.n_negative)
        return self._pilot(pair)

    def n_decisive(self, pair: Pair) -> float:
        """Return how many units decide the spread of a difference, at least."""
        return 2.0 * Evidence.from_moments(self.moments_of(pair)).n_decisive

    def _pilot(self, pair: Pair) -> Pilot:
        """Describe the differences of the units that are independent."""
        return Pilot.from_moments(self.moments_of(pair))

    def _evidence(self, pair: Pair) -> Evidence:
        """Return what the units that are independent say about others that are rare."""
        return Evidence.from_moments(self.moments_of(pair))

    def _resampled(self, values: Floats, weight: Floats | None, *, clusters: bool) -> Flags | str:
        if values.shape[1] < FEWEST_UNITS:
            unit = "groups" if clusters else "samples"
            return f"there are fewer than {FEWEST_UNITS} {unit} to draw from"
        options = self.options
        return may_be_best(values, weight, options.level, options.seed, clusters=clusters)

    def n_discordant(self, pair: Pair) -> int | None:
        """Return on how many samples exactly one of two models errs; None for other losses."""
        moments = self.moments_of(pair)
        return moments.n_positive + moments.n_negative if self.zero_one else None

    def leverage(self, pair: Pair, label_range: float) -> tuple[float, float]:
        """Return how far another label, and the farthest sample, move a difference."""
        return float(label_range * self._influence), float(self._farthest(pair))

    @property
    def _influence(self) -> float:
        """The share of a unit of weight in the mean; of a sample that is tested often, at most."""
        return 1.0 / exact_sums.to_float(self.models[0].weight)

    def _farthest(self, pair: Pair) -> float:
        """Return what the farthest unit adds to the difference; nan where it is not known."""
        if self.weighted or self.n_groups is not None:
            return math.nan
        moments = self.moments_of(pair)
        return max(moments.greatest - moments.mean, moments.mean - moments.least) / moments.n


class ClusterEstimates(MomentEstimates):
    """One loss of clusters, which are the independent units: `means` is (n_models, n_clusters)."""

    def __init__(
        self,
        *arguments: Any,
        weighted: bool,
        means: Floats,
        of: Floats,
        logits: Collection[int] = (),
    ) -> None:
        super().__init__(*arguments, weighted=weighted, n_groups=means.shape[1], logits=logits)
        self.means, self.of = means, of

    def _independent(self, moments: Moments, which: int | Pair) -> Moments:  # noqa: ARG002
        of_clusters = self.means[which] if isinstance(which, int) else self._in_clusters(which)[0]
        return replace(Moments.from_values(of_clusters, self.of), clusters=True)

    def may_be_best(self, models: Sequence[int]) -> Flags | str:
        """Return which of some models may be best, from resampled clusters."""
        return self._resampled(self.means[list(models)], self.of, clusters=True)

    def _pilot(self, pair: Pair) -> Pilot:
        return Pilot.from_values(*self._in_clusters(pair), clusters=True)

    def _evidence(self, pair: Pair) -> Evidence:
        return Evidence.from_values(*self._in_clusters(pair))

    def _in_clusters(self, pair: Pair) -> tuple[Floats, Floats]:
        """Return the difference and the weight of each cluster."""
        return self.means[pair[0]] - self.means[pair[1]], self.of

    def unconfirmed(self, claims: Sequence[Claim]) -> list[bool]:
        """Return for each claim whether resampled clusters contradict it."""
        return are_unconfirmed(claims, self._in_clusters, N_RESAMPLES, self.options.seed)


# --- the losses of all samples --------------------------------------------------------------


class SampleEstimates(MomentEstimates):
    """One loss of samples tested once each: `values` is (n_models, n_samples)."""

    def __init__(
        self,
        loss: AnyLoss,
        values: Floats,
        target: Items,
        design: Design,
        options: Options,
        logits: Collection[int] = (),
    ) -> None:
        self.values = values
        super().__init__(
            loss,
            target,
            design,
            options,
            Moments.from_columns(values, target.weight),
            {},
            weighted=target.weight is not None,
            n_groups=None if target.groups is None else int(target.groups.max()) + 1,
            logits=logits,
        )
        self._moments: dict[Pair, Moments] = {}

    def _class_counts(self, target: Target) -> Floats:
        """Return the effective number of samples of each class, or of clusters that have it."""
        y, weight, n_classes = target.y, target.weight, target.n_classes
        counts = np.asarray(effective_counts(y, weight, n_classes)[0])
        if target.groups is None:
            return counts
        spread = clusters_by_class(y, weight, n_classes, target.groups)
        return np.asarray(np.minimum(counts, spread))

    def difference(self, pair: Pair) -> Floats:
        """Return the difference of the losses of each sample."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.values[pair[0]] - self.values[pair[1]])

    def moments_of(self, pair: Pair) -> Moments:
        """Return the moments of the differences of samples, computed when first asked for."""
        if pair not in self._moments:
            a, b = (self.values[model] for model in pair)
            self._moments[pair] = Moments.from_difference(a, b, self.target.weight)
        return self._moments[pair]

    def _independent(self, moments: Moments, which: int | Pair) -> Moments:
        if self.target.groups is None:
            return moments
        x = self.values[which] if isinstance(which, int) else self.difference(which)
        return Moments.from_clusters(x, self.target.weight, self.target.groups)

    def _in_units(self, pair: Pair) -> tuple[Floats, Floats | None]:
        """Return the difference of each sample or cluster, and the weights."""
        if self.target.groups is None:
            return self.difference(pair), self.target.weight
        return self._in_clusters(pair)

    def _in_clusters(self, pair: Pair) -> tuple[Floats, Floats]:
        """Return the difference and the weight of each cluster."""
        assert self.target.groups is not None
        return units(self.difference(pair), self.target.weight, self.target.groups)

    def unconfirmed(self, claims: Sequence[Claim]) -> list[bool]:
        """Return for each claim whether resampled clusters contradict it."""
        if not self.clustered:
            return super().unconfirmed(claims)
        return are_unconfirmed(claims, self._in_clusters, N_RESAMPLES, self.options.seed)

    def may_be_best(self, models: Sequence[int]) -> Flags | str:
        """Return which of some models may be best, from resampled samples or clusters."""
        weight, groups = self.target.weight, self.target.groups
        values = self.values if len(models) == len(self.values) else self.values[list(models)]
        if groups is None:
            return self._resampled(values, weight, clusters=False)
        found = [units(x, weight, groups) for x in values]
        return self._resampled(np.stack([x for x, _ in found]), found[0][1], clusters=True)

    def _pilot(self, pair: Pair) -> Pilot:
        clusters = self.target.groups is not None
        if clusters or self.weighted:
            return Pilot.from_values(*self._in_units(pair), clusters=clusters)
        a, b = (self.values[model] for model in pair)
        return Pilot.from_difference(a, b, self.moments_of(pair))

    def _evidence(self, pair: Pair) -> Evidence:
        return Evidence.from_values(*self._in_units(pair))

    def _in_splits(self, x: Floats) -> Floats:
        """Return the mean of each split."""
        assert self.design.split is not None
        means, _ = units(x, self.target.weight, self.design.split)
        return means

    def test(self, pair: Pair, scale: float) -> PairedTest:
        """Return the test that fits, or the bootstrap that was asked for."""
        test = super().test(pair, scale)
        if self.options.method != "bootstrap_t" or test.method is Method.AGRESTI_MIN:
            return test
        x, weight = self._in_units(pair)
        level, seed, clusters = self.options.level, self.options.seed, self.n_groups is not None
        return bootstrap_t(test, x, weight, level, N_RESAMPLES, seed, clusters=clusters)

    def _corrected(self, pair: Pair, scale: float) -> PairedTest:
        """Return the test of the means of splits, which is about retrained models."""
        of_splits = self._in_splits(self.difference(pair))
        return paired_tests.corrected_t(
            of_splits, self.design.size_ratio, self.options.level, scale
        )

    def retraining_pvalue(self, pair: Pair, scale: float) -> float | None:
        """Return the p-value of a difference of retrained models; None where none was trained.

        One split shows nothing of retrained models: nan.
        """
        if self.design.split is None:
            return None
        return self._corrected(pair, scale).pvalue

    def _farthest(self, pair: Pair) -> float:
        if not self.weighted and self.n_groups is None:
            return super()._farthest(pair)
        x, weight = self._in_units(pair)
        weight = np.ones(len(x)) if weight is None else weight
        mean = float(np.average(x, weights=weight))
        return float(np.max(weight * np.abs(x - mean)) / weight.sum())


class RepeatedEstimates(SampleEstimates):
    """One loss of samples that several splits tested, so that only means of splits compare."""

    tests_retraining = True

    @property
    def clustered(self) -> bool:
        """Return False: the tests take splits for independent."""
        return False

    @property
    def counts_errors(self) -> bool:
        """Whether errors are independent: those of the same sample are not."""
        return False

    def _class_counts(self, target: Target) -> Floats:
        """Return the effective number of samples of each class; a sample counts once."""
        target = target.take(self.design.once)
        counts = effective_counts(target.y, target.weight, target.n_classes)
        return np.asarray(counts[0])

    def mean(self, model: int) -> float:
        """Return the mean of the means of the splits."""
        return float(self._in_splits(self.values[model]).mean())

    def estimate(self, model: int) -> tuple[Estimate, Method]:
        """Return the mean loss with its interval, corrected for the overlap of the splits."""
        of_splits = self._in_splits(self.values[model])
        ratio, level = self.design.size_ratio, self.options.level
        return paired_tests.mean_corrected(of_splits, ratio, level), Method.CORRECTED_INTERVAL

    def test(self, pair: Pair, scale: float) -> PairedTest:
        """Return the corrected t-test of the means of splits."""
        return self._corrected(pair, scale)

    def retraining_pvalue(self, pair: Pair, scale: float) -> float | None:  # noqa: ARG002
        """Return None: `test` is about retrained models already."""
        return None

    def may_be_best(self, models: Sequence[int]) -> Flags | str:
        """Return which of some models may be best, by the corrected tests of the splits."""
        return Estimates.may_be_best(self, models)

    def n_decisive(self, pair: Pair) -> float:
        """Return that splits decide, not samples."""
        return Estimates.n_decisive(self, pair)

    def pilot(self, pair: Pair) -> Pilot | str:
        """Return why splits that overlap make no plan."""
        return Estimates.pilot(self, pair)

    def is_stable(self, pair: Pair) -> bool:
        """Return whether samples differ more than the repeats of a sample."""
        difference = self.difference(pair)
        times = np.bincount(self.design.rows)[self.design.rows]
        repeated = times > 1
        if not repeated.any():
            return True
        x, rows, times = difference[repeated], self.design.rows[repeated], times[repeated]
        means = np.bincount(rows, weights=x) / np.bincount(rows)
        within = np.mean((x - means[rows]) ** 2 * times / (times - 1))
        return not within > UNSTABLE * np.var(x)

    def _in_units(self, pair: Pair) -> tuple[Floats, Floats | None]:
        """Return the mean difference and the weight of each sample or cluster over the repeats."""
        of = self.design.rows if self.target.groups is None else self.target.groups
        return units(self.difference(pair), self.target.weight, of)

    def _farthest(self, pair: Pair) -> float:  # noqa: ARG002
        return math.nan

    @cached_property
    def _influence(self) -> float:
        assert self.design.split is not None
        of_split = np.bincount(self.design.split, weights=self.target.weight)
        shares = 1.0 / (len(of_split) * of_split[self.design.split])
        return float(np.bincount(self.design.rows, weights=shares).max())


# --- the means of splits: a search ----------------------------------------------------------


class SplitEstimates(Estimates):
    """One loss of the candidates of a search: `values` is (n_candidates, n_splits)."""

    tests_retraining = True

    def __init__(self, loss: str, scores: SplitScores, options: Options) -> None:
        self.loss, self.limits, self.options = loss, scores.limits[loss], options
        self.top = scores.infos[loss].top
        self.names, self.values = scores.names, scores.values[loss]
        self.means = np.asarray(self.values.mean(axis=1))
        self.from_best = options.baseline is None and options.planned is None
        """Whether the others are compared with the best, which the data chose."""
        self.design = Design(
            ALGORITHMS,
            np.arange(0),
            n_splits=self.values.shape[1],
            n_repeats=scores.n_repeats,
            size_ratio=scores.size_ratio,
            overlapping=True,
        )

    def mean(self, model: int) -> float:
        """Return the mean over the splits; nan for a candidate that failed in one."""
        return float(self.means[model])

    def estimate(self, model: int) -> tuple[Estimate, Method]:
        """Return the mean loss with its interval, corrected for the overlap of the splits."""
        ratio, level = self.design.size_ratio, self.options.level
        estimate = paired_tests.mean_corrected(self.values[model], ratio, level)
        return estimate, Method.CORRECTED_INTERVAL

    def test(self, pair: Pair, scale: float) -> PairedTest:
        """Return the corrected t-test of the scores of splits.

        The interval is simultaneous if the data chose the best candidate.
        """
        difference = self.values[pair[0]] - self.values[pair[1]]
        test = paired_tests.corrected_t(
            difference, self.design.size_ratio, self.options.level, scale
        )
        if not self.from_best or test.degenerate:
            return test
        half = self._studentized_range * test.std_error
        return replace(
            test,
            conf_low=test.value - half,
            conf_high=test.value + half,
            method=Method.SIMULTANEOUS_T,
        )

    def may_be_best(self, models: Sequence[int]) -> Flags | str:
        """Return which of some candidates may be best, by the corrected tests of the splits."""
        if self.design.n_splits < 2:
            return "one split shows no spread"
        values, means = self.values[list(models)], self.means[list(models)]
        variances = np.full((len(values), len(values)), math.nan)
        for i in range(len(values) - 1):
            differences = values[i + 1 :] - values[i]
            scale = np.maximum(np.abs(means[i + 1 :]), abs(means[i]))
            errors = paired_tests.corrected_std_error(differences, self.design.size_ratio)
            pvalues = paired_tests.corrected_pvalues(differences, self.design.size_ratio, scale)
            found = np.where(np.isnan(pvalues), math.nan, errors**2)
            variances[i, i + 1 :] = variances[i + 1 :, i] = found
        df, options = self.design.n_splits - 1, self.options
        return may_be_best_by_t(means, variances, df, options.level, options.seed)

    @cached_property
    def _studentized_range(self) -> float:
        """How many standard errors the interval of every difference from the best reaches."""
        n_able = int(np.count_nonzero(~np.isnan(self.means)))
        return paired_tests.simultaneous_quantile(
            n_able, self.design.n_splits - 1, self.options.level
        )

    @cached_property
    def reference(self) -> int:
        """The candidate that the others are compared with: the baseline, or the best."""
        if self.options.baseline is not None:
            return list(self.names).index(self.options.baseline)
        return int(np.nanargmin(self.means))

    def pairs(self) -> list[Pair]:
        """Return the pairs to show: the reference with every other candidate that has a mean."""
        able = np.flatnonzero(~np.isnan(self.means))
        if self.options.planned is not None:
            failed = {name for i, name in enumerate(self.names) if i not in able}
            return pairs_of(self.names, self.options, failed)
        if self.reference not in able:
            return []
        return [
            (min(i, self.reference), max(i, self.reference))
            for i in able.tolist()
            if i != self.reference
        ]

    def other_pvalues(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the p-values of the other pairs, because the data chose the best from all."""
        if not self.from_best:
            return []
        rows = [b if a == self.reference else a for a, b in pairs]
        values, means = self.values[rows], self.means[rows]
        out: list[float] = []
        for i in range(len(rows) - 1):
            pvalues = paired_tests.corrected_pvalues(
                values[i + 1 :] - values[i],
                self.design.size_ratio,
                np.maximum(np.abs(means[i + 1 :]), abs(means[i])),
            )
            out += pvalues.tolist()
        return out
