"""Make the tables of several data sets from the comparison on each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent.comparison.exports import (
    difference_rows_of,
    rows_of,
    summary_of,
    summary_rows_of,
)
from sklearn_xent.comparison.result import Comparison
from sklearn_xent.comparison.saved import keep
from sklearn_xent.inference import datasets as inference
from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.cautions import SEPARATOR
from sklearn_xent.inference.datasets import Combined, DatasetCaution
from sklearn_xent.inference.design import RETRAINED
from sklearn_xent.report.datasets import LIKE_THESE, THESE
from sklearn_xent.report.rows import (
    SWAPPED,
    DatasetDifferenceRow,
    DifferenceRow,
    SummaryOfDatasets,
    swapped,
)

Scale = Literal["raw", "skill"]
MOST_WITHIN = 0.5
"""Data sets with cautions that make up more of the variance than this are told."""


# --- what was given -------------------------------------------------------------------------


def check_alike(comparisons: Mapping[str, Comparison]) -> None:
    """Check that comparisons are of the same models and losses, and answer one question."""
    first, *rest = comparisons
    reference = _Facts(comparisons[first])
    _check_search(first, comparisons[first])
    for name in rest:
        _check_search(name, comparisons[name])
        facts = _Facts(comparisons[name])
        for what, here, there in (
            ("the same models", facts.models, reference.models),
            ("the same losses", facts.losses, reference.losses),
        ):
            if set(here) != set(there):
                odd = sorted(set(here) ^ set(there))
                raise ValueError(
                    f"every data set must compare {what}; {shorten(name)} and {shorten(first)} "
                    f"differ in [{shorten_all(odd)}]. Compare them on both, or leave them out of "
                    "all: a model that fails on some data sets is left out there by itself."
                )
        for loss, info in facts.losses.items():
            its, others = (x.kept.options.get(loss) for x in (facts, reference))
            is_other = its is not None and others is not None and its != others
            if info != reference.losses[loss] or is_other:
                raise ValueError(
                    f"every data set must have the same losses; {loss} of {shorten(name)} has "
                    f"other options than that of {shorten(first)}: {its or info} and "
                    f"{others or reference.losses[loss]}."
                )
        if facts.level != reference.level:
            raise ValueError(
                "every data set must have the same confidence_level; got "
                f"{reference.level:g} for {shorten(first)} and {facts.level:g} for {shorten(name)}."
            )
        if facts.retrained != reference.retrained:
            kinds = {True: "retrained models", False: "the models that were fitted"}
            raise ValueError(
                f"every data set must answer the same question; {shorten(name)} is about "
                f"{kinds[facts.retrained]}, {shorten(first)} about {kinds[reference.retrained]}. "
                "Use the same kind of cv for all."
            )
    _check_duplicates(comparisons)


class _Facts:
    """What must be the same for all data sets."""

    def __init__(self, comparison: Comparison) -> None:
        summary, differences = rows_of(comparison)
        self.models = list(dict.fromkeys(row.model for row in summary))
        known = {row.loss for row in summary}
        self.losses = {x: info for x, info in comparison._losses.items() if x in known}
        self.kept = keep(comparison)
        self.level = comparison._options.level
        estimands = [x.estimand for x in summary] + [x.estimand for x in differences]
        self.retrained = any(RETRAINED in estimand for estimand in estimands)


def _check_search(name: str, comparison: Comparison) -> None:
    """Check that the pairs of a search were not chosen by its data."""
    study, options = keep(comparison).study, comparison._options
    if study.candidates and options.baseline is None and options.planned is None:
        raise ValueError(
            f"a search compares its candidates with the one that its data chose, another one on "
            f"each data set; got {shorten(name)}. Pass baseline= to compare_search."
        )


def _check_duplicates(comparisons: Mapping[str, Comparison]) -> None:
    """Check that no data set is there twice: two would count as one of twice the weight."""
    seen: dict[Any, str] = {}
    for name, comparison in comparisons.items():
        rows = [row for row in difference_rows_of(comparison) if row.std_error > 0]
        if not rows:
            continue  # models that never differ look alike everywhere
        digest = keep(comparison).inputs
        keys: list[Any] = [] if digest is None else [digest]
        # those of the same data are equal but for the rounding of sums in another order
        if graded := tuple(_key_of(row) for row in rows if _is_graded(row)):
            keys.append(graded)
        for key in keys:
            if key in seen and seen[key] != name:
                raise ValueError(
                    f"data sets must be different; {shorten(seen[key])} and {shorten(name)} have "
                    "the same losses of the same samples. Pass each data set once."
                )
            seen[key] = name


def _is_graded(row: DifferenceRow) -> bool:
    """Return whether a difference is no sum of a few whole numbers or cents.

    Counts of errors, or of costs, agree by chance on different data.
    """
    cents = 100.0 * row.difference * (row.n_obs or 1)
    return math.isfinite(cents) and abs(cents - round(cents)) > 1e-6


def _key_of(row: DifferenceRow) -> tuple[Any, ...]:
    """Return what two data sets have in common only if they are the same; A and B in one order."""
    row = swapped(row) if row.model_a > row.model_b else row
    numbers = (f"{row.difference:.10e}", f"{row.std_error:.10e}", row.n_obs)
    return (row.loss, row.model_a, row.model_b, *numbers)


# --- the tables -----------------------------------------------------------------------------


def rows_by_dataset(comparisons: Mapping[str, Comparison], scale: Scale) -> pd.DataFrame:
    """Return the differences of all data sets, each pair in the order in which it was first."""
    order: dict[tuple[str, str, str], None] = {}
    records = []
    for name, comparison in comparisons.items():
        references = _references(name, comparison) if scale == "skill" else {}
        for row in difference_rows_of(comparison):
            if (row.loss, row.model_b, row.model_a) in order:
                row = swapped(row)
            order[row.loss, row.model_a, row.model_b] = None
            records.append({"dataset": name, **_scaled(row, references.get(row.loss, 1.0))})
    _check_pairs(comparisons, list(order), records)
    columns = ["dataset", *(field.name for field in fields(DifferenceRow))]
    out = pd.DataFrame(records, columns=columns)
    losses = list(next(iter(comparisons.values()))._losses)
    place = {key: (losses.index(key[0]), i) for i, key in enumerate(order)}
    keys = [place[key] for key in zip(out["loss"], out["model_a"], out["model_b"], strict=True)]
    counts = [x for x in ("n_obs", "n_groups", "n_discordant") if x in out]
    out = out.iloc[sorted(range(len(out)), key=keys.__getitem__)].reset_index(drop=True)
    return out.astype(dict.fromkeys(counts, "Int64"))


def _check_pairs(
    comparisons: Mapping[str, Comparison],
    pairs: Sequence[tuple[str, str, str]],
    records: Sequence[Mapping[str, Any]],
) -> None:
    """Check that a pair is missing only where one of its models failed."""
    found = {(x["dataset"], x["loss"], x["model_a"], x["model_b"]) for x in records}
    failed = failures(comparisons)
    for name in comparisons:
        for loss, a, b in pairs:
            is_known = (name, loss, a, b) in found
            if not is_known and not {a, b} & set(failed.get(name, {})):
                raise ValueError(
                    f"every data set must compare the same pairs; {shorten(name)} lacks "
                    f"{shorten(a)} with {shorten(b)} under {loss}. Use the same baseline, or the "
                    "same pairs, for all, and keep the rows of differences."
                )
    if not pairs:
        why = "".join(
            f" On {shorten(name)} {shorten(model)} failed: {reason}."
            for name, reasons in list(failed.items())[:1]
            for model, reason in reasons.items()
        )
        raise ValueError(f"there must be at least two models that were compared; got no pair.{why}")


def failures(comparisons: Mapping[str, Comparison]) -> dict[str, dict[str, str]]:
    """Return which models failed on which data set, and why."""
    out: dict[str, dict[str, str]] = {}
    for name, comparison in comparisons.items():
        rows = summary_rows_of(comparison)
        if failed := {row.model: row.reason for row in rows if row.status == "failed"}:
            out[name] = failed
    return out


SCALED = ("loss_a", "loss_b", "difference", "std_error", "conf_low", "conf_high")


def _scaled(row: DifferenceRow, reference: float) -> dict[str, Any]:
    plain = vars(row)
    return plain | {name: plain[name] / reference for name in SCALED}


def _references(name: str, comparison: Comparison) -> dict[str, float]:
    """Return by loss the loss of the class frequencies, less that of a perfect model."""
    out = {}
    for loss, rows in summary_of(comparison).groupby("loss", sort=False):
        left = 1.0 - rows["skill"].to_numpy(dtype=np.float64)
        means = rows["mean_loss"].to_numpy(dtype=np.float64)
        usable = np.flatnonzero(np.isfinite(left) & (left > 0) & np.isfinite(means))
        if not len(usable):
            raise ValueError(
                f'scale="skill" divides losses by that of the class frequencies, which is not '
                f"known for {loss} of {shorten(name)}: no model has a skill below 1. Leave out "
                'this data set, or use scale="raw".'
            )
        ratios = means[usable] / left[usable]
        low, high = usable[left[usable].argmin()], usable[left[usable].argmax()]
        if np.ptp(ratios) <= 1e-9 * np.abs(ratios).max():
            out[str(loss)] = float(means[high] / left[high])
        else:  # the least loss is not zero
            out[str(loss)] = float((means[high] - means[low]) / (left[high] - left[low]))
    return out


def combine(by_dataset: pd.DataFrame, n_datasets: int, level: float) -> pd.DataFrame:
    """Return both answers for every pair: for these data sets, and for others like them."""
    out: list[pd.DataFrame] = []
    for _, of_loss in by_dataset.groupby("loss", sort=False):
        pairs = [
            _Pair(rows, n_datasets, level)
            for _, rows in of_loss.groupby(["model_a", "model_b"], sort=False)
        ]
        p_wilcoxon = [pair.wilcoxon for pair in pairs]
        adjusted = paired_tests.holm(p_wilcoxon)
        for question in (THESE, LIKE_THESE):
            found = [pair.answer(question) for pair in pairs]
            holm = paired_tests.holm([x.pvalue for x in found])
            rows = [
                pair.row(question, x, p, adjusted[i] if question == LIKE_THESE else math.nan)
                for i, (pair, x, p) in enumerate(zip(pairs, found, holm, strict=True))
            ]
            out.append(pd.DataFrame([asdict(row) for row in rows]))
    frame = pd.concat(out, ignore_index=True)
    place = {key: i for i, key in enumerate(dict.fromkeys(_keys(by_dataset)))}
    order = sorted(range(len(frame)), key=[place[key] for key in _keys(frame)].__getitem__)
    return frame.iloc[order].reset_index(drop=True)


def _keys(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(zip(frame["loss"], frame["model_a"], frame["model_b"], strict=True))


class _Pair:
    """One loss and one pair of models on all data sets where both have losses."""

    def __init__(self, rows: pd.DataFrame, n_datasets: int, level: float) -> None:
        self.names, self.n_datasets, self.level = rows.iloc[0], n_datasets, level
        self.differences = rows["difference"].to_numpy(dtype=np.float64)
        self.dfs = rows["df"].to_numpy(dtype=np.float64)
        # models that predict the same differ by nothing, and that is known without error
        several = rows["n_obs"].isna() | (rows["n_obs"].fillna(2) > 1)
        same = (rows["degenerate"] & (rows["difference"] == 0.0) & several).to_numpy(dtype=bool)
        self.errors = np.where(same, 0.0, rows["std_error"].to_numpy(dtype=np.float64))
        self.conclusions = rows["conclusion"].tolist()
        self.has_caution = (rows["caution"] != "").to_numpy(dtype=bool)
        self.wilcoxon = inference.wilcoxon(self.differences)

    def answer(self, question: str, chosen: Any = slice(None)) -> Combined:
        """Return the answer to a question, from some of the data sets."""
        differences = self.differences[chosen]
        if question == THESE:
            return inference.these(differences, self.errors[chosen], self.dfs[chosen], self.level)
        return inference.like_these(differences, self.level)

    def row(self, question: str, found: Combined, p: float, p_wilcoxon: float) -> Any:
        """Return the row of a question, whose p-values are corrected."""
        spread, noise = inference.spreads(self.differences, self.errors)
        conclusion = paired_tests.conclude(found.difference, p, self.level)
        wins, losses = (self.conclusions.count(x) for x in ("a better", "b better"))
        return DatasetDifferenceRow(
            loss=self.names["loss"],
            model_a=self.names["model_a"],
            model_b=self.names["model_b"],
            question=question,
            n_datasets=len(self.differences),
            **{key: value for key, value in vars(found).items() if key != "chance_a_better"},
            pvalue_holm=p,
            wins=wins,
            ties=len(self.differences) - wins - losses,
            losses=losses,
            conclusion=conclusion,
            caution=self._caution(question, found, p, conclusion),
            confidence_level=self.level,
            pvalue_wilcoxon=self.wilcoxon if question == LIKE_THESE else math.nan,
            pvalue_wilcoxon_holm=p_wilcoxon,
            spread=spread,
            noise=noise,
            chance_a_better=found.chance_a_better,
        )

    def _caution(self, question: str, found: Combined, p: float, conclusion: str) -> str:
        claims, k = conclusion in SWAPPED, len(self.differences)
        both = {"a better", "b better"} <= set(self.conclusions)
        level = (1.0 - self.level) * (found.pvalue / p if p > 0 else 1.0)  # that of Holm
        few = k < inference.FEWEST_FOR_CHANCE and question == LIKE_THESE
        holds = {
            DatasetCaution.FEW: few,
            DatasetCaution.LEFT_OUT: k < self.n_datasets,
            DatasetCaution.DISAGREE: claims and both,
            DatasetCaution.ONE: claims
            and inference.rests_on_one(partial(self.answer, question), k, level),
            DatasetCaution.WITHIN: question == THESE and self._is_limited_within(),
            DatasetCaution.NO_SPREAD: math.isnan(found.pvalue),
        }
        return SEPARATOR.join(caution.value for caution in DatasetCaution if holds[caution])

    def _is_limited_within(self) -> bool:
        variances = np.square(self.errors)
        total = float(variances.sum())
        share = float(variances[self.has_caution].sum()) / total if total > 0 else 0.0
        return share > MOST_WITHIN


def mean_losses(comparisons: Mapping[str, Comparison], scale: Scale) -> dict[str, pd.DataFrame]:
    """Return for each loss the mean losses: one row a model, one column a data set."""
    out: dict[str, dict[str, Any]] = {}
    for name, comparison in comparisons.items():
        for loss, rows in summary_of(comparison).groupby("loss", sort=False):
            by_model = rows.set_index("model")
            of_loss = 1.0 - by_model["skill"] if scale == "skill" else by_model["mean_loss"]
            out.setdefault(str(loss), {})[name] = of_loss
    first = _Facts(next(iter(comparisons.values())))
    return {loss: pd.DataFrame(out[loss]).loc[first.models] for loss in first.losses}


def complete(means: pd.DataFrame) -> pd.DataFrame:
    """Return the data sets on which every model has a loss, of models that have one anywhere."""
    able = means[means.notna().any(axis=1)]
    return able.loc[:, able.notna().all(axis=0)]


def rank_frame(losses: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rank of every model on every data set where all have losses."""
    parts = [
        pd.DataFrame(
            {
                "loss": loss,
                "dataset": np.repeat(np.asarray(kept.columns, dtype=object), len(kept)),
                "model": np.tile(np.asarray(kept.index, dtype=object), kept.shape[1]),
                "rank": _ranks_of(kept).T.ravel(),
            }
        )
        for loss, means in losses.items()
        for kept in [complete(means)]
    ]
    return pd.concat(parts, ignore_index=True)


def _ranks_of(means: pd.DataFrame) -> Floats:
    return inference.ranks(means.to_numpy(dtype=np.float64))


def summary_frame(losses: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the mean loss and the mean rank of every model over the same data sets."""
    rows = []
    for loss, means in losses.items():
        kept = complete(means)
        n = kept.shape[1]
        mean_ranks = dict(zip(kept.index, _ranks_of(kept).mean(axis=1) if n else [], strict=False))
        for model in means.index:
            is_known = model in kept.index and n > 0
            mean = float(kept.loc[model].mean()) if is_known else math.nan
            rank = float(mean_ranks.get(model, math.nan))
            rows.append(SummaryOfDatasets(loss, model, mean, rank, n if is_known else 0))
    return pd.DataFrame([asdict(row) for row in rows])


def read_scale(scale: Any) -> Scale:
    """Return the scale of the losses, checked."""
    if not isinstance(scale, str) or scale not in get_args(Scale):
        raise ValueError(
            'scale must be "raw" or "skill" (the loss as a share of that of always predicting the '
            f"class frequencies); got {shorten(scale)}."
        )
    return scale  # type: ignore[return-value]
