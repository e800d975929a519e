"""Layer 12: from the losses of samples, or of splits, to the rows of a comparison."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from sklearn_xent import inference
from sklearn_xent._inputs import Truth
from sklearn_xent._kernels import Codes, Floats
from sklearn_xent._loss import Loss
from sklearn_xent._messages import warn
from sklearn_xent._moments import Moments, units
from sklearn_xent._probabilities import Stack
from sklearn_xent._skill import reference_loss, share_avoided, warn_undefined_skill
from sklearn_xent.exceptions import (
    DegenerateDifferenceWarning,
    FittedModelsWarning,
    LeverageWarning,
    UnstableModelsWarning,
)
from sklearn_xent.inference import NO_ESTIMATE, Estimate, PairedTest
from sklearn_xent.resampling import bootstrap_t

METHODS = ("auto", "bootstrap_t")
N_RESAMPLES = 1999
ALGORITHMS = "mean loss of models trained on samples of this size"
"""What the means of overlapping splits are about."""
DOUBT = "doubt"
"""Beside the columns of the differences: what a claim about training anew rests on."""
UNSTABLE = 0.2
"""Above this share of the variance within samples the corrected test claims too much."""

Pair = tuple[int, int]


@dataclass(frozen=True)
class Design:
    """How the samples came about: what the intervals are about, and how the data was split."""

    estimand: str
    rows: Codes
    """Which of all samples each row is."""
    n_splits: int = 1
    n_repeats: int = 1
    split: Codes | None = None
    """The split of each row."""
    size_ratio: float = math.nan
    """Size of the test parts over that of the training parts."""
    overlapping: bool = False
    """Whether samples were tested more than once, so that only splits can be compared."""


@dataclass(frozen=True)
class Asked:
    """What the user asked of the inference."""

    level: float = 0.95
    baseline: str | None = None
    margin: float | Mapping[str, float] | None = None
    method: str = "auto"
    seed: int = 0

    def margin_of(self, loss: str) -> float | None:
        """The greatest difference of a loss that does not matter."""
        return self.margin.get(loss) if isinstance(self.margin, Mapping) else self.margin


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
    predicted: Sequence[Stack]
    """What each model predicted."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why models have no losses."""

    def take(self, samples: Codes) -> Evaluated:
        """Some of the samples, by position."""
        predicted = [stack.take(samples) for stack in self.predicted]
        return replace(self, values=self.values[:, :, samples], predicted=predicted)


def read_method(method: Any) -> str:
    """The name of a method of inference."""
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"method must be among {', '.join(METHODS)}; got {method!r:.60}.")
    return method


def pairs_of(
    names: Sequence[str], baseline: str | None, failures: Mapping[str, str] | None = None
) -> list[Pair]:
    """The pairs of models compared: all, or those with the baseline; none that failed."""
    failed = failures or {}
    return [
        (a, b)
        for a, b in combinations(range(len(names)), 2)
        if (baseline is None or baseline in (names[a], names[b]))
        and names[a] not in failed
        and names[b] not in failed
    ]


def frames(
    evaluated: Evaluated, truth: Truth, design: Design, asked: Asked
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """The summary, the differences, and the doubt about training anew of each."""
    if design.overlapping and asked.method != "auto":
        raise ValueError(
            f"method={asked.method!r} needs each sample tested once, as in one K-fold run."
        )
    rows: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    pairs = pairs_of(evaluated.names, asked.baseline, evaluated.failures)
    for i, loss in enumerate(evaluated.losses):
        one = _OneLoss(loss, evaluated.values[i], truth, design, asked)
        counts = [of_model[i] for of_model in evaluated.n_zero]
        rows += one.summary_rows(evaluated.names, counts, evaluated.failures)
        differences += one.difference_rows(evaluated.names, pairs, evaluated.ranges[i])
    warn_degenerate(differences)
    _warn_leverage(differences)
    _warn_doubt(differences)
    doubts = [row[DOUBT] for row in differences]
    return pd.DataFrame(rows), difference_frame(differences), doubts


class _OneLoss:
    """All that is said of one loss. No sample has a weight of zero."""

    def __init__(
        self, loss: Loss, values: Floats, truth: Truth, design: Design, asked: Asked
    ) -> None:
        self.loss, self.values, self.truth = loss, values, truth
        self.design, self.asked = design, asked
        self.zero_one = loss.zero_one and truth.y.ndim == 1
        independent = truth.groups is None and not design.overlapping
        self.counts_errors = self.zero_one and truth.weight is None and independent

    # --- units: samples, clusters or splits ---

    def _of_splits(self, x: Floats) -> Floats:
        """Mean of each split."""
        assert self.design.split is not None
        means, _ = units(x, self.truth.weight, self.design.split)
        return means

    def _moments(self, x: Floats) -> Moments:
        if self.truth.groups is None:
            return Moments.of(x, self.truth.weight)
        return Moments.of_groups(x, self.truth.weight, self.truth.groups)

    def _mean(self, x: Floats) -> float:
        """The mean that is reported: of the samples, or of overlapping splits."""
        if self.design.overlapping:
            return float(self._of_splits(x).mean())
        return Moments.of(x, self.truth.weight).mean

    # --- one model ---

    def _estimate(self, x: Floats) -> tuple[Estimate, str]:
        level = self.asked.level
        if self.design.overlapping:
            of_splits = self._of_splits(x)
            estimate = inference.mean_corrected(of_splits, self.design.size_ratio, level)
            return estimate, inference.CORRECTED_INTERVAL
        if self.counts_errors:
            return inference.error_rate(len(x), round(float(x.sum())), level), inference.WILSON
        clustered = self.truth.groups is not None
        method = inference.CLUSTERED_INTERVAL if clustered else inference.T_INTERVAL
        return inference.mean_t(self._moments(x), level), method

    def summary_rows(
        self, names: Sequence[str], n_zero: Sequence[int], failures: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """Rows of the summary."""
        least, greatest = self.loss.range_for(len(self.truth.classes))
        reference = reference_loss(self.loss, self.truth, self.truth.prior)
        if math.isnan(share_avoided(0.0, reference, least)):
            warn_undefined_skill(self.loss.name, reference)
        means = np.asarray([self._mean(x) for x in self.values])
        rows = []
        for name, x, mean, zero in zip(names, self.values, means, n_zero, strict=True):
            estimate, method = NO_ESTIMATE, f"failed: {failures.get(name)}"
            if name not in failures:
                estimate, method = self._estimate(x)
            rows.append(
                summary_row(
                    self.loss.name,
                    name,
                    float(mean),
                    means,
                    estimate,
                    (least, greatest),
                    self.asked.level,
                    skill=share_avoided(float(mean), reference, least),
                    n_obs=0 if name in failures else len(self.truth),
                    n_zero=zero,
                    method=method,
                    estimand=self.design.estimand,
                )
            )
        return rows

    # --- two models ---

    def _test(self, difference: Floats, scale: float) -> tuple[PairedTest, Any]:
        """The test that fits one pair; and the number of discordant pairs of a 0-1 loss."""
        level, groups, weight = self.asked.level, self.truth.groups, self.truth.weight
        discordant: Any = pd.NA
        if self.zero_one:
            a_only, b_only = int((difference > 0).sum()), int((difference < 0).sum())
            discordant = a_only + b_only
        if self.design.overlapping:
            return self._corrected(difference, scale), discordant
        moments = self._moments(difference)
        test = inference.paired_t(moments, level, scale, clustered=groups is not None)
        if self.counts_errors and discordant < inference.FEW_DISCORDANT and not test.degenerate:
            return inference.paired_errors(len(difference), a_only, b_only, level), discordant
        if self.asked.method == "bootstrap_t":
            x, w = (difference, weight) if groups is None else units(difference, weight, groups)
            clusters = groups is not None
            test = bootstrap_t(test, x, w, level, N_RESAMPLES, self.asked.seed, clusters=clusters)
        return test, discordant

    def _corrected(self, difference: Floats, scale: float) -> PairedTest:
        """The test of the means of splits, which is about training anew."""
        return inference.corrected_t(
            self._of_splits(difference), self.design.size_ratio, self.asked.level, scale
        )

    def _pvalue_anew(self, difference: Floats, scale: float) -> float:
        """Of the difference for training anew; 0 where nothing was trained, or `_test` says it."""
        if self.design.overlapping or self.design.split is None or self.design.n_splits < 2:
            return 0.0
        return self._corrected(difference, scale).pvalue

    def _is_stable(self, difference: Floats) -> bool:
        """Whether samples differ more than the repeats of a sample, if there are any."""
        if not self.design.overlapping:
            return True
        times = np.bincount(self.design.rows)[self.design.rows]
        repeated = times > 1
        x, rows, times = difference[repeated], self.design.rows[repeated], times[repeated]
        means = np.bincount(rows, weights=x) / np.bincount(rows)
        within = np.mean((x - means[rows]) ** 2 * times / (times - 1))
        return not within > UNSTABLE * np.var(x)

    def _sample_leverage(self, difference: Floats, test: PairedTest) -> float:
        """What the farthest unit adds to the difference, in half-widths of the interval."""
        if self.design.overlapping or not test.half_width > 0:
            return math.nan
        x, weight = difference, self.truth.weight
        if self.truth.groups is not None:
            x, weight = units(x, weight, self.truth.groups)
        if weight is None:
            mean, total = float(x.mean()), float(len(x))
            farthest = max(float(x.max()) - mean, mean - float(x.min()))
        else:
            mean, total = float(np.average(x, weights=weight)), float(weight.sum())
            farthest = float(np.max(weight * np.abs(x - mean)))
        return farthest / (total * test.half_width)

    def _label_leverage(self, greatest_range: float, test: PairedTest) -> float:
        """What another label of one sample could add to it."""
        if not test.half_width > 0:
            return math.nan
        return float(greatest_range * self._influence / test.half_width)

    @cached_property
    def _influence(self) -> float:
        """The share of a unit of weight in the mean; of a sample that is tested often, at most."""
        if not self.design.overlapping:
            return 1.0 / self.truth.total_weight
        assert self.design.split is not None
        of_split = np.bincount(self.design.split, weights=self.truth.weight)
        shares = 1.0 / (len(of_split) * of_split[self.design.split])
        return float(np.bincount(self.design.rows, weights=shares).max())

    def difference_rows(
        self, names: Sequence[str], pairs: Sequence[Pair], ranges: Floats
    ) -> list[dict[str, Any]]:
        """Rows of the differences."""
        means = [self._mean(x) for x in self.values]
        shared = {
            "n_obs": len(self.truth),
            "n_groups": pd.NA if self.truth.groups is None else int(self.truth.groups.max()) + 1,
            "n_splits": self.design.n_splits,
            "n_repeats": self.design.n_repeats,
        }
        tests, extras, anew, stable = [], [], [], []
        for (a, b), range_ in zip(pairs, ranges, strict=True):
            scale = max(abs(means[a]), abs(means[b]))
            with np.errstate(invalid="ignore", divide="ignore"):
                difference = self.values[a] - self.values[b]
                test, n_discordant = self._test(difference, scale)
                anew.append(self._pvalue_anew(difference, scale))
                stable.append(self._is_stable(difference))
            tests.append(test)
            extras.append(
                {
                    **shared,
                    "n_discordant": n_discordant,
                    "label_leverage": self._label_leverage(range_, test),
                    "sample_leverage": self._sample_leverage(difference, test),
                }
            )
        rows = rows_of_tests(
            self.loss.name, names, pairs, means, tests, extras, self.design.estimand, self.asked
        )
        for row, pvalue, is_stable in zip(rows, inference.holm(anew), stable, strict=True):
            claimed = row["conclusion"] in ("a lower", "b lower")
            shown = pvalue <= 1.0 - self.asked.level
            row[DOUBT] = "fitted only" if claimed and not shown else "" if is_stable else "unstable"
        return rows


def summary_row(
    loss: str,
    model: str,
    mean: float,
    means: Floats,
    estimate: Estimate,
    limits: tuple[float, float],
    level: float,
    *,
    skill: float,
    n_obs: Any,
    n_zero: Any,
    method: str,
    estimand: str,
) -> dict[str, Any]:
    """A row of the summary: one model under one loss, whose interval stays within its limits."""
    return {
        "loss": loss,
        "model": model,
        "mean_loss": mean,
        "std_error": estimate.std_error,
        # of numpy, for it keeps a nan
        "conf_low": float(np.maximum(limits[0], estimate.conf_low)),
        "conf_high": float(np.minimum(limits[1], estimate.conf_high)),
        "confidence_level": level,
        "skill": skill,
        "rank": rank_of(mean, means),
        "n_obs": n_obs,
        "n_zero_probability": n_zero,
        "method": method,
        "estimand": estimand,
    }


def rank_of(mean: float, means: Floats) -> int:
    """1 for the lowest; ties share a rank, and a nan comes last."""
    if math.isnan(mean):
        return int(np.count_nonzero(~np.isnan(means))) + 1
    rounding = inference.NOISE * abs(mean) if math.isfinite(mean) else 0.0
    return 1 + int((means < mean - rounding).sum())


def rows_of_tests(
    loss: str,
    names: Sequence[str],
    pairs: Sequence[Pair],
    means: Sequence[float],
    tests: Sequence[PairedTest],
    extras: Sequence[Mapping[str, Any]],
    estimand: str,
    asked: Asked,
    adjusted: Sequence[float] | None = None,
) -> list[dict[str, Any]]:
    """Rows of differences, adjusted within the loss."""
    if adjusted is None:
        adjusted = inference.holm([test.pvalue for test in tests])
    equivalent, margin = [math.nan] * len(tests), asked.margin_of(loss)
    if margin is not None:
        equivalent = inference.holm([inference.equivalence(t, margin) for t in tests])
    return [
        {
            "loss": loss,
            "model_a": names[a],
            "model_b": names[b],
            "loss_a": means[a],
            "loss_b": means[b],
            "difference": test.value,
            "std_error": test.std_error,
            "conf_low": test.conf_low,
            "conf_high": test.conf_high,
            "confidence_level": asked.level,
            "statistic": test.statistic,
            "df": test.df,
            "pvalue": test.pvalue,
            "pvalue_holm": p_holm,
            "method": test.method,
            "estimand": f"difference in {estimand}",
            **extra,
            "degenerate": test.degenerate,
            "conclusion": inference.conclude(test.value, p_holm, asked.level, p_equivalent),
        }
        for (a, b), test, extra, p_holm, p_equivalent in zip(
            pairs, tests, extras, adjusted, equivalent, strict=True
        )
    ]


_DIFFERENCE_TYPES: dict[Hashable, Any] = {
    **dict.fromkeys(["loss", "model_a", "model_b"], object),
    **dict.fromkeys(["loss_a", "loss_b", "difference", "std_error", "conf_low"], np.float64),
    **dict.fromkeys(["conf_high", "confidence_level", "statistic", "df"], np.float64),
    **dict.fromkeys(["pvalue", "pvalue_holm"], np.float64),
    **dict.fromkeys(["method", "estimand"], object),
    **dict.fromkeys(["n_obs", "n_groups"], "Int64"),
    **dict.fromkeys(["n_splits", "n_repeats"], np.int64),
    "n_discordant": "Int64",
    **dict.fromkeys(["label_leverage", "sample_leverage"], np.float64),
    "degenerate": np.bool_,
    "conclusion": object,
}
"""Columns and types, which hold for a single model as well, where there is no pair."""


def difference_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The rows as a frame of fixed columns and types."""
    return pd.DataFrame(list(rows), columns=list(_DIFFERENCE_TYPES)).astype(_DIFFERENCE_TYPES)


def _count(rows: Sequence[Any], what: str) -> str:
    return f"{len(rows)} {what}{'s' * (len(rows) > 1)}"


def warn_degenerate(rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell which differences allow no inference."""
    constant = [row for row in rows if row["degenerate"]]
    if constant:
        first = constant[0]
        warn(
            f"{_count(constant, 'difference')}, first {first['loss']} of {first['model_a']!r} "
            f"and {first['model_b']!r}, are the same throughout, or there is only one to see: that says "
            "nothing of new samples, so intervals and p-values are nan.",
            DegenerateDifferenceWarning,
        )


def _warn_doubt(rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell which claims about training anew are in doubt, and why."""
    fitted = (
        "are shown for the {n_splits} models that were fitted, but not for training anew on other "
        "samples (corrected t-test of the splits). Compare on repeated folds, such as "
        "RepeatedStratifiedKFold, to learn about that."
    )
    unstable = (
        "vary much between repeats of the same sample: such models depend so much on their "
        "training samples that the corrected t-test may claim too much. Believe small p-values "
        "only, or make the models more stable."
    )
    for doubt, words, category in (
        ("fitted only", fitted, FittedModelsWarning),
        ("unstable", unstable, UnstableModelsWarning),
    ):
        flagged = [row for row in rows if row[DOUBT] == doubt]
        if flagged:
            first = flagged[0]
            warn(
                f"{_count(flagged, 'difference')}, first {first['loss']} of {first['model_a']!r} "
                f"and {first['model_b']!r}, {words.format(n_splits=first['n_splits'])}",
                category,
            )


def _warn_leverage(rows: Sequence[Mapping[str, Any]]) -> None:
    flagged = [
        row
        for row in rows
        if inference.has_leverage(row["method"], row["label_leverage"], row["sample_leverage"])
    ]
    if flagged:
        first = flagged[0]
        own = first["sample_leverage"]
        moves = "" if math.isnan(own) else f", and one sample moves it by {own:.2g}"
        warn(
            f"the intervals of {len(flagged)} differences may be too short, first {first['loss']} "
            f"of {first['model_a']!r} and {first['model_b']!r}: another label of one sample could "
            f"move the difference by {first['label_leverage']:.2g} of the interval's half-width"
            f"{moves}. Get more samples, or smooth probabilities near zero.",
            LeverageWarning,
        )
