"""The table of models and losses that fits on a slide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from sklearn_xent.report.scores import heading
from sklearn_xent.report.tables import MOST_DECIMALS, Numbers, median_of
from sklearn_xent.report.verdicts import Kind, LossResults, Verdict, of_means

FAILED = "failed"
DOUBT = "?"


@dataclass(frozen=True)
class Cell:
    """One model under one loss."""

    number: str
    marks: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.number} ({', '.join(self.marks)})" if self.marks else self.number


def slide_table(losses: Collection[LossResults], order: Sequence[str]) -> pd.DataFrame:
    """Return a row for each model, in this order, and a column for each loss: texts with marks.

    The attribute ``attrs["note"]`` says what the marks mean.
    """
    columns = [_cells(results) for results in losses]
    cells = [[column.get(model, Cell("")) for column in columns] for model in order]
    frame = pd.DataFrame([[str(cell) for cell in row] for row in cells], columns=_titles(losses))
    frame.index = pd.Index(list(order), name="model")
    marks = {mark for row in cells for cell in row for mark in cell.marks}
    frame.attrs["note"] = _note(losses, marks, len(order))
    return frame


def _titles(losses: Collection[LossResults]) -> list[str]:
    """Return the titles of the columns; those of the same title get the name of the loss, too."""
    titles = [heading(results) for results in losses]
    names = [results.name for results in losses]
    taken = ["model", *titles]
    return [
        f"{title} [{name}]" if taken.count(title) > 1 else title
        for title, name in zip(titles, names, strict=True)
    ]


def _cells(results: LossResults) -> dict[str, Cell]:
    """Return the cell of each model under one loss."""
    number, marks = _numbers(results), _marks(results)
    return {
        row.model: Cell(FAILED)
        if row.status == FAILED
        else Cell(number(results.shown_mean(row.mean_loss)), marks[row.model])
        for row in results.summary
    }


def _numbers(results: LossResults) -> Numbers:
    """Choose the decimals of a column: two digits of the median standard error.

    There are more where a difference is clear, so that its two means are never shown alike.
    """
    number = Numbers(median_of(row.std_error for row in results.computed), minus="-")
    means = {row.model: row.mean_loss for row in results.summary}
    clear = [(means[v.model], means[v.reference]) for v in results.pairs if v.kind is Kind.CLEAR]
    while number.decimals < MOST_DECIMALS and any(number(a) == number(b) for a, b in clear):
        number = Numbers([], least=number.decimals + 1, minus="-")
    return number


def _marks(results: LossResults) -> dict[str, list[str]]:
    """Return what is said of each model beside its mean loss."""
    baseline, is_several = results.baseline, len(results.summary) > 1
    marks: dict[str, list[str]] = {model: [] for model in results.models}
    for model in results.lowest if is_several else []:
        marks[model].append("best")
    if results.planned:
        return marks
    if baseline is not None:
        marks[baseline].append("baseline")
    references = results.lowest if baseline is None else [baseline]
    found: dict[str, list[Verdict]] = {}
    for reference in references:
        for verdict in results.compared_with(reference):
            found.setdefault(verdict.model, []).append(verdict)
    for model, verdicts in found.items():
        said = {_said(verdict) for verdict in verdicts}  # of ties, what holds for each of them
        if model in references or len(verdicts) < len(references) or len(said) > 1 or "" in said:
            continue
        doubt = DOUBT if any(map(_is_in_doubt, verdicts)) else ""
        marks[model].append(f"{said.pop()}{doubt}")
    return marks


def _said(verdict: Verdict) -> str:
    is_claim = verdict.kind in (Kind.CLEAR, Kind.EQUIVALENT)
    return verdict.words.removeprefix("clearly ") if is_claim else ""


def _is_in_doubt(verdict: Verdict) -> bool:
    return bool(verdict.cautions) or verdict.retraining in ("not shown", "unstable")


def _note(losses: Collection[LossResults], marks: Collection[str], n_models: int) -> str:
    """Say what the marks mean that occur."""
    results = next(iter(losses))
    plain = {mark.removesuffix(DOUBT) for mark in marks}
    reference = "the best" if results.baseline is None else f"the baseline, {results.baseline}"
    alpha = 1 - results.summary[0].confidence_level
    clear = [word for word in ("better", "worse") if word in plain]
    best = of_means(losses, "lowest mean loss", "highest mean score", "best mean")
    means = of_means(
        losses, "Mean losses, lower is better", "Mean scores, higher is better",
        "Means of losses, lower is better, and of scores, higher is better",
    )  # fmt: skip
    parts = [f"best: the {best}"] if "best" in plain else []
    if clear:
        parts.append(
            f"{', '.join(clear)}: clearly so, compared with {reference} (p <= {alpha:.3g}, "
            f"Holm-corrected for {results.study.family})"
        )
    if "equivalent" in plain:
        parts.append(f"equivalent: to {reference}, within the margin")
    if any(mark.endswith(DOUBT) for mark in marks):
        parts.append(f"{DOUBT}: limited, see caution and retraining in the differences")
    if results.planned:
        parts.append("the planned pairs are in the differences")
    elif n_models > 1:
        parts.append("no mark: no clear difference, which does not mean equal")
    return "; ".join([means, *parts]) + "."
