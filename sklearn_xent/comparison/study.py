"""The facts of a comparison for its reports: how many samples, and how they came about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sklearn_xent._arrays import Floats
from sklearn_xent.comparison.samples import RARE, SampleLosses, SplitScores
from sklearn_xent.inference.design import Design
from sklearn_xent.inputs.validation import Target
from sklearn_xent.report.rows import DifferenceRow, SummaryRow
from sklearn_xent.report.study import MissedClass, Study, count

_TABLE = ("one table of losses", "one table of scores")


def study_of(
    samples: SampleLosses | None,
    splits: SplitScores | None,
    summary: Sequence[SummaryRow],
    differences: Sequence[DifferenceRow],
    baseline: str | None,
) -> Study:
    """Return the facts, from what is known: losses of samples, scores of splits, or rows only."""
    if samples is not None:
        return _of_samples(samples, baseline)
    if splits is not None:
        return _of_splits(splits, baseline)
    return Study(
        design="read in batches",
        n_samples=max((row.n_obs for row in summary if row.n_obs is not None), default=None),
        n_groups=max((x.n_groups for x in differences if x.n_groups is not None), default=None),
        n_pairs=_n_pairs(len({row.model for row in summary}), baseline),
        with_baseline=baseline is not None,
    )


def _of_samples(samples: SampleLosses, baseline: str | None) -> Study:
    target, design, weight = samples.target, samples.design, samples.target.weight
    missed, codes_of = {}, samples.missed_classes(baseline)
    if codes_of and isinstance(target, Target):
        once = design.once
        n_true = np.bincount(target.y[once], minlength=len(target.classes))
        usual = len(once) / len(target.classes)
        classes = [
            MissedClass(str(label), int(n), len(once), is_rare=bool(n < RARE * usual))
            for label, n in zip(target.classes.labels, n_true, strict=True)
        ]
        missed = {name: [classes[code] for code in codes] for name, codes in codes_of.items()}
    return Study(
        design=(
            _design_of(design, samples.n_samples < len(samples.whole))
            if isinstance(target, Target) or design.split is not None
            else _TABLE[samples.losses[0].info.top is not None]
        ),
        item="sample" if isinstance(target, Target) else "item",
        n_samples=samples.n_samples,
        n_groups=samples.n_groups,
        n_effective=None if weight is None else _effective(weight[design.once]),
        n_pairs=_n_pairs(len(samples.names) - len(samples.failures), baseline),
        retrained=design.overlapping,
        about=_about(samples),
        with_baseline=baseline is not None,
        in_time=target.times is not None,
        can_repeat=isinstance(target, Target)
        and target.groups is None
        and target.times is None
        and not design.overlapping
        and design.n_splits > 1,
        missed=missed,
        n_runs=None if samples.runs is None else samples.runs.shape[2],
    )


def _about(samples: SampleLosses) -> str:
    """Say which models the intervals are about; those of a table need not be fitted to data."""
    if samples.runs is not None:
        return "new runs of these models"
    is_table = not isinstance(samples.target, Target) and samples.design.split is None
    return "these models as they are" if is_table else "these fitted models"


def _effective(weight: Floats) -> float:
    """Return how many samples of equal weight count as much as samples of these weights."""
    return float(weight.sum() ** 2 / np.dot(weight, weight))


def _design_of(design: Design, left_out: bool) -> str:
    """Say how the samples were tested; `left_out` tells that some were not."""
    n = design.n_splits
    if design.split is None:
        return "one test set"
    if design.overlapping and design.n_repeats > 1 and n % design.n_repeats == 0:
        folds = n // design.n_repeats
        return f"{folds}-fold cross-validation, {design.n_repeats} times"
    if n == 1:
        return "one training and test part"
    return f"{n} splits" if design.overlapping or left_out else f"{n}-fold cross-validation"


def _of_splits(splits: SplitScores, baseline: str | None) -> Study:
    able = {int(np.isfinite(values).all(axis=1).sum()) for values in splits.values.values()}
    of = "a search" if splits.n_searches == 1 else f"{splits.n_searches} searches"
    return Study(
        design=count(splits.n_splits, "split") + f" of {of}" * splits.candidates,
        n_pairs=_n_pairs(able.pop(), baseline) if len(able) == 1 else None,
        candidates=splits.candidates,
        retrained=True,
        with_baseline=baseline is not None,
    )


def _n_pairs(n_models: int, baseline: str | None) -> int:
    """Return for how many pairs of these models the p-values of a loss are corrected."""
    return max(n_models - 1, 0) if baseline is not None else n_models * (n_models - 1) // 2
