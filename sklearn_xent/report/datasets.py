"""Several data sets in words: the printed report, sentences, and tables for papers and slides."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeVar

import pandas as pd

from sklearn_xent._messages import printable, shorten_all
from sklearn_xent.inference.cautions import SEPARATOR
from sklearn_xent.inference.datasets import FEWEST_FOR_CHANCE, DatasetCaution, least_wilcoxon
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report.next_steps import ERRORS
from sklearn_xent.report.rows import (
    DatasetDifferenceRow,
    DatasetRow,
    SummaryOfDatasets,
    swapped,
)
from sklearn_xent.report.study import count, per_cent
from sklearn_xent.report.tables import WIDTH, Numbers, cut_all, median_of, pvalue
from sklearn_xent.report.verdicts import BETTER, NOT_CLEAR, WORSE

LONGEST = 36
"""Lines of a screen."""
MOST_ROWS, LEAST_ROWS = 12, 3
NAME_WIDTHS = (24, 20, 16)
THESE, LIKE_THESE = "these", "like these"
NO_PAIR = f"no pair of models in summary has both of its rows, {THESE!r} and {LIKE_THESE!r}"
KEEP_BOTH = "Keep both rows of a pair; .sentences() tells single rows."
MORE = 'More: .differences .by_dataset .sentences() .plot() .to_html("report.html")'
OF_SKILL = "divided by that of the class frequencies"

MEANINGS = {
    DatasetCaution.FEW: "Fewer than 10 data sets: the interval may be too narrow if differences "
    "are skewed.",
    DatasetCaution.LEFT_OUT: "Data sets on which a model failed are left out.",
    DatasetCaution.DISAGREE: "Each of the two is clearly better on some data set.",
    DatasetCaution.ONE: "Clear only because of one data set: without it, this is not clear.",
    DatasetCaution.WITHIN: "Most of the error is from data sets with cautions (.by_dataset).",
    DatasetCaution.NO_SPREAD: "The difference is the same on every data set, or its error is not "
    "known on one.",
}
"""What the cautions say, in the report and in sentences."""


@dataclass(frozen=True)
class StudyOfDatasets:
    """What all losses share: which data sets, and how the models were compared on each."""

    names: Sequence[str]
    level: float
    scale: str = "raw"
    design: str = ""
    """How each data set was split, where all were split alike."""
    sizes: Sequence[int] = ()
    retrained: bool = False
    baseline: str | None = None
    planned: bool = False
    failures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Why models failed, by data set and model."""

    def facts(self, n_models: int) -> str:
        """Say in one line what was compared."""
        sets = count(len(self.names), "data set")
        if self.sizes:
            low, high = min(self.sizes), max(self.sizes)
            sets += f" of {low:,}" + (f" to {high:,}" if high > low else "") + " samples"
        design = f", {self.design} on each" if self.design else ""
        scaled = f"; losses {OF_SKILL}" if self.scale == "skill" else ""
        about = "retrained models" if self.retrained else "the fitted models"
        return f"{count(n_models, 'model')}, {sets}{design}; about {about}{scaled}"

    def missing(self) -> str:
        """Say which models failed where."""
        by_model: dict[str, list[str]] = {}
        for name, reasons in self.failures.items():
            for model in reasons:
                by_model.setdefault(model, []).append(name)
        alike: dict[tuple[str, ...], list[str]] = {}
        for model, names in by_model.items():
            alike.setdefault(tuple(names), []).append(model)
        return "; ".join(
            f"{join_names(models)} failed on {count(len(names), 'data set')} "
            f"({shorten_all(names, 3)})"
            for names, models in alike.items()
        )


@dataclass(frozen=True)
class Answer:
    """A model compared with a reference, by both questions; positive is worse."""

    model: str
    reference: str
    these: DatasetDifferenceRow
    like: DatasetDifferenceRow

    def verdict(self, row: DatasetDifferenceRow) -> str:
        """Return what is said of the model by one of the questions."""
        if row.conclusion == "not clear":
            return NOT_CLEAR
        return BETTER if row.difference < 0 else WORSE

    @property
    def words(self) -> str:
        """The verdict in a cell: by both questions."""
        here, like = self.verdict(self.these), self.verdict(self.like)
        if here == like or (here == NOT_CLEAR and like != NOT_CLEAR):
            return like
        return f"{here.removeprefix('clearly ')} on these"

    @property
    def decisive(self) -> DatasetDifferenceRow:
        """The row that the verdict is from."""
        is_these = self.verdict(self.like) == NOT_CLEAR != self.verdict(self.these)
        return self.these if is_these else self.like

    @property
    def cautions(self) -> list[DatasetCaution]:
        """What limits the row that the verdict is from."""
        return _cautions_of(self.decisive)

    @property
    def won_lost(self) -> str:
        """On how many data sets the model is clearly better, and clearly worse."""
        return f"{self.these.wins}-{self.these.losses}"


def _cautions_of(row: DatasetDifferenceRow) -> list[DatasetCaution]:
    names = row.caution.split(SEPARATOR)
    return [caution for caution in DatasetCaution if caution.value in names]


Row = TypeVar("Row", DatasetDifferenceRow, DatasetRow)


def seen_from(row: Row, reference: str) -> Row:
    """Return a row of differences as that of a model minus this reference."""
    return row if row.model_b == reference else swapped(row)


@dataclass(frozen=True)
class DatasetResults:
    """Everything known of one loss over several data sets."""

    info: LossInfo
    summary: Sequence[SummaryOfDatasets]
    differences: Sequence[DatasetDifferenceRow]
    by_dataset: Sequence[DatasetRow]
    study: StudyOfDatasets

    @property
    def name(self) -> str:
        """The name of the loss."""
        return self.summary[0].loss

    @property
    def models(self) -> list[str]:
        """The models, in the order of the rows."""
        return [row.model for row in self.summary]

    @property
    def title(self) -> str:
        """The title of the loss, with its unit unless it is a share."""
        return self.info.title if self.study.scale == "skill" else self.info.full_title

    @property
    def is_score(self) -> bool:
        """Whether the means are shown as scores, of which higher ones are better."""
        return self.info.top is not None and self.study.scale != "skill"

    @property
    def heading(self) -> str:
        """The title in a table; that of a score says what is better."""
        return f"{self.title}, higher is better" if self.is_score else self.title

    @property
    def least(self) -> str:
        """The word for the best mean."""
        return "highest" if self.is_score else "lowest"

    def shown(self, mean: float) -> float:
        """Return a mean loss as it is shown: that of a score as the score."""
        return (self.info.top or 0.0) - mean if self.is_score else mean

    @property
    def ranked(self) -> list[str]:
        """The models that have a mean loss, the lowest first."""
        known = [row for row in self.summary if not math.isnan(row.mean_loss)]
        return [row.model for row in sorted(known, key=lambda row: row.mean_loss)]

    @property
    def compared(self) -> set[str]:
        """The models of which some difference is known."""
        return {model for pair in self.pairs() for model in pair}

    @property
    def reference(self) -> str:
        """The model that the others are compared with: the baseline, or the lowest."""
        known = [self.study.baseline] if self.study.baseline is not None else self.ranked
        return next((x for x in known if x in self.compared), self.differences[0].model_b)

    def answers(self) -> list[Answer]:
        """Return every model compared with the reference, the lowest difference first.

        Planned pairs are returned as they were written.
        """
        pairs = self.pairs()
        if self.study.planned:
            return [self.answer(*pair) for pair in pairs]
        reference = self.reference
        others = [a if b == reference else b for a, b in pairs if reference in (a, b)]
        found = [self.answer(model, reference) for model in others]
        return sorted(found, key=lambda answer: _finite_or_last(answer.like.difference))

    def pairs(self) -> list[tuple[str, str]]:
        """Return the pairs that were compared and of which both questions are left."""
        questions = Counter((row.model_a, row.model_b) for row in self.differences)
        return [pair for pair, n in questions.items() if n == len((THESE, LIKE_THESE))]

    def answer(self, model: str, reference: str) -> Answer:
        """Return what is known of a model minus a reference."""
        pair = {model, reference}
        found = {
            row.question: row for row in self.differences if {row.model_a, row.model_b} == pair
        }
        named = [seen_from(found[question], reference) for question in (THESE, LIKE_THESE)]
        return Answer(model, reference, *named)

    def on_each(self, model: str, reference: str) -> list[DatasetRow]:
        """Return a model minus a reference on each data set, the lowest difference first."""
        pair = {model, reference}
        rows = [row for row in self.by_dataset if {row.model_a, row.model_b} == pair]
        found = [seen_from(row, reference) for row in rows]
        return sorted(found, key=lambda row: _finite_or_last(row.difference))

    def renamed(self, names: Mapping[str, str]) -> DatasetResults:
        """Return the same results with other names of models."""
        baseline = self.study.baseline
        return replace(
            self,
            summary=[replace(row, model=names[row.model]) for row in self.summary],
            differences=[_renamed(row, names) for row in self.differences],
            by_dataset=[_renamed(row, names) for row in self.by_dataset],
            study=replace(self.study, baseline=None if baseline is None else names[baseline]),
        )

    def numbers(self) -> Numbers:
        """Return the digits of this loss: two of the smallest error over data sets like these."""
        like = [row.std_error for row in self.differences if row.question == LIKE_THESE]
        is_known = not all(map(math.isnan, like))
        errors = like if is_known else [row.std_error for row in self.differences]
        return Numbers(errors, least=1, minus="-")


def _renamed(row: Row, names: Mapping[str, str]) -> Row:
    return replace(row, model_a=names[row.model_a], model_b=names[row.model_b])


def _finite_or_last(x: float) -> float:
    return math.inf if math.isnan(x) else x


# --- sentences ------------------------------------------------------------------------------


def sentences(results: DatasetResults) -> list[str]:
    """Return one sentence or two for each row of the differences."""
    out = []
    for row in results.differences:
        a, b = row.model_a, row.model_b
        reference = b if row.difference >= 0 or math.isnan(row.difference) else a
        if results.study.planned:
            reference = b
        elif results.study.baseline is not None:
            reference = results.study.baseline
        out.append(_sentence(results, seen_from(row, reference)))
    return out


def _sentence(results: DatasetResults, row: DatasetDifferenceRow) -> str:
    model, reference, k = row.model_a, row.model_b, row.n_datasets
    level = f"{100 * row.confidence_level:g}%"
    is_these = row.question == THESE
    where = f"mean over these {k} data sets" if is_these else f"data sets like these {k}"
    scaled = f" {OF_SKILL}" if results.study.scale == "skill" else ""
    said = f"no clear difference between {model} and {reference}"
    if row.conclusion != "not clear":
        side = "worse" if row.difference > 0 else "better"
        said = f"{model} is clearly {side} than {reference}"
    text = f"{results.info.title}{scaled}, {where}: {said}: {row.difference:+.3g}"
    if not math.isnan(row.conf_low):
        is_zero_out = row.conf_low > 0 or row.conf_high < 0
        alone = ", for this pair alone" * (row.conclusion == "not clear" and is_zero_out)
        text += f" ({level} interval {row.conf_low:.3g} to {row.conf_high:.3g}{alone})"
    text += "."
    if is_these:
        text += _votes(row)
    elif not math.isnan(row.new_low):
        text += (
            f" On a new one the difference is expected from {row.new_low:.3g} to "
            f"{row.new_high:.3g} ({level} prediction interval)"
        )
        chance = row.chance_a_better
        text += (
            "."
            if math.isnan(chance)
            else f"; the chance that {model} is better there is {per_cent(chance)}."
        )
    return " ".join([text, *(MEANINGS[caution] for caution in _cautions_of(row))])


def _votes(row: DatasetDifferenceRow) -> str:
    return (
        f" It is clearly worse on {count(row.losses, 'data set')}, clearly better on "
        f"{row.wins}, not clear on {row.ties}."
    )


def verdicts(losses: Sequence[DatasetResults]) -> list[str]:
    """Return the conclusions, the main loss first; one for all losses that have the same."""
    main = main_results(losses)
    by_words: dict[str, list[str]] = {}
    by_words[_conclusion(main)] = []
    for results in losses:
        titles = by_words.setdefault(_conclusion(results), [])
        titles.append(_within(results.info.title) if titles else results.info.title)
    return [f"{join_names(titles)}: {words}." for words, titles in by_words.items()]


def _within(title: str) -> str:
    """Return a title as it stands within a sentence."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def _conclusion(results: DatasetResults) -> str:
    """Return what is said of the models: of others like these, and of these."""
    answers = results.answers()
    if results.study.planned:
        return "; ".join(_of_pair(x) for x in answers)
    place = {model: i for i, model in enumerate(results.models)}
    by: dict[str, list[str]] = {}
    for answer in sorted(answers, key=lambda answer: place[answer.model]):
        by.setdefault(answer.words, []).append(answer.model)
    told = {
        words: "all others" if len(models) == len(answers) > 1 else join_names(models)
        for words, models in by.items()
    }
    if results.study.baseline is not None:
        return _on_baseline(results.reference, by, told)
    parts = [f"{results.reference} has the {results.least} mean"]
    for words, on, other in (
        (WORSE, ON_LIKE_THESE, "better"),
        ("worse on these", ON_THESE, "better"),
        (BETTER, ON_LIKE_THESE, "worse"),
        ("better on these", ON_THESE, "worse"),
    ):
        if words in told:
            parts.append(f"{on} it is clearly {other} than {told[words]}")
    if NOT_CLEAR in told:
        parts.append(f"no clear difference from {told[NOT_CLEAR]}")
    return "; ".join(parts)


ON_LIKE_THESE, ON_THESE = "on data sets like these", "on these data sets only,"


def _on_baseline(baseline: str, by: Mapping[str, Sequence[str]], told: Mapping[str, str]) -> str:
    """Say which models differ from the baseline, which is named once."""
    parts, than = [], f" than the baseline {baseline}"
    for words, on, side in (
        (BETTER, ON_LIKE_THESE, BETTER),
        ("better on these", ON_THESE, BETTER),
        (WORSE, ON_LIKE_THESE, WORSE),
        ("worse on these", ON_THESE, WORSE),
    ):
        if words in told:
            verb = "is" if len(by[words]) == 1 else "are"
            parts.append(f"{on} {told[words]} {verb} {side}{than}")
            than = ""
    if NOT_CLEAR in told:
        of = than.replace(" than", " from")
        parts.append(f"no clear difference of {told[NOT_CLEAR]}{of}")
    return "; ".join(parts)


def _of_pair(answer: Answer) -> str:
    """Say of a planned pair which of the two is better."""
    if answer.words == NOT_CLEAR:
        return f"no clear difference between {answer.model} and {answer.reference}"
    here = ", on these data sets only" * answer.words.endswith("on these")
    side = "better" if "better" in answer.words else "worse"
    return f"{answer.model} is clearly {side} than {answer.reference}{here}"


def join_names(names: Sequence[str], most: int = 4) -> str:
    """Join names with commas and "and"; of many the first, and how many others there are."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# --- the printed report ---------------------------------------------------------------------


def to_text(losses: Sequence[DatasetResults]) -> str:
    """Return the printed report, on one screen."""
    names = list(dict.fromkeys(losses[0].models))
    plain = dict(zip(names, cut_all([printable(name) for name in names], 24), strict=True))
    shown = [results.renamed(plain) for results in losses]
    said, most = verdicts(shown), MOST_ROWS
    lines = _lines(shown, said, most)
    if len(lines) > LONGEST:
        said = said[:1]  # the table tells those of the other losses
        lines = _lines(shown, said, most)
    while len(lines) > LONGEST and most > LEAST_ROWS:
        most -= 1
        lines = _lines(shown, said, most)
    return "\n".join(lines)


def _lines(losses: Sequence[DatasetResults], said: Sequence[str], most: int) -> list[str]:
    notes: dict[str, int] = {}
    table = _table(losses, most, notes)
    study = losses[0].study
    n_models = len(set(losses[0].models))
    missing = study.missing()
    return [
        *_fill(f"{study.facts(n_models)}."),
        "",
        *[line for text in said for line in _fill(text)],
        "",
        *table,
        "",
        *[line for text, i in notes.items() for line in _fill(f"[{i}] {text}", "    ")],
        *_fill(f"Left out for the pairs of a model that failed: {missing}." if missing else ""),
        *_spread(losses),
        *_fill(_meaning(losses)),
        *_fill(on_scores(losses)),
        MORE,
    ]


def _fill(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(printable(text), WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def _table(losses: Sequence[DatasetResults], most: int, notes: dict[str, int]) -> list[str]:
    """Return the table of all losses: every model minus the reference."""
    planned = losses[0].study.planned
    blocks = [_rows(results, most, notes) for results in losses]
    every = [row for block in blocks for row in block]
    names = list(dict.fromkeys(row[0] for row in every))
    for heads, width in product(_heads(losses), NAME_WIDTHS):
        short = dict(zip(names, cut_all(names, width), strict=True))
        texts = [[short[row[0]], *_shown(row, heads)] for row in every]
        widths = [max(map(len, column)) for column in zip(heads, *texts, strict=True)]
        if sum(widths) + 2 * sum(w > 0 for w in widths) <= WIDTH:
            break
    lines = [_line(heads, widths)]
    for results, block in zip(losses, blocks, strict=True):
        lines.append(printable(results.heading))
        lines += [_line([short[row[0]], *_shown(row, heads)], widths) for row in block]
        more = len(results.answers()) + (not planned) - len(block)
        if more > 0:
            lines.append(f"  ... {more} more in .differences")
    return lines


def _shown(row: Sequence[str], heads: Sequence[str]) -> list[str]:
    """Return the cells after the name; those of a column without a head are left out."""
    return [text if head else "" for text, head in zip(row[1:], heads[1:], strict=True)]


def kind_of_means(losses: Sequence[DatasetResults]) -> str:
    """Return what the means are of: "loss", "score", or "" where there are both."""
    kinds = {"score" if results.is_score else "loss" for results in losses}
    return kinds.pop() if len(kinds) == 1 else ""


def least_of(losses: Sequence[DatasetResults]) -> str:
    """Return the word for the best mean of all losses."""
    words = {results.least for results in losses}
    return words.pop() if len(words) == 1 else "best"


def on_scores(losses: Sequence[DatasetResults]) -> str:
    """Say of scores that a positive difference is worse; empty without any."""
    if not any(results.is_score for results in losses):
        return ""
    return "Differences of scores are of minus the score: positive is worse."


def _heads(losses: Sequence[DatasetResults]) -> list[list[str]]:
    """Return the heads of the columns: in full, and shorter."""
    study = losses[0].study
    interval = f"{100 * study.level:g}% interval"
    kind = "baseline" if study.baseline is not None else least_of(losses)
    heads = [
        ["", kind_of_means(losses) or "mean", rank, difference, interval, won_lost, "verdict"]
        for rank, difference, won_lost in (
            ("rank", f"vs {kind}", "won-lost"),
            ("rank", "diff.", "w-l"),
            ("", "diff.", "w-l"),
        )
    ]
    if study.planned:
        heads = [["", "", "", head, *heads[0][4:]] for head in ("difference", "diff.")]
    return heads


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Return one line; columns that are empty throughout take no room."""
    out = [cells[0].ljust(widths[0])]
    for i, (text, width) in enumerate(zip(cells, widths, strict=True)):
        if i and width:
            out.append(text.ljust(width) if i == len(cells) - 1 else text.rjust(width))
    return "  " + "  ".join(out).rstrip()


def _rows(results: DatasetResults, most: int, notes: dict[str, int]) -> list[list[str]]:
    rows = {row.model: row for row in results.summary}
    number = results.numbers()
    coarse = number.with_decimals(number.decimals - 1)

    def mean_of(model: str) -> list[str]:
        row = rows[model]
        if math.isnan(row.mean_loss):
            return ["", ""]
        return [number(results.shown(row.mean_loss)), f"{row.mean_rank:.1f}"]

    out, answers = [], results.answers()
    if not results.study.planned:
        said = results.least if results.study.baseline is None else "baseline"
        reference = results.reference
        out.append([reference, *mean_of(reference), "", "", "", said])
    kept = len(answers) if len(answers) + 1 <= most + 1 else most - 1
    for answer in answers[:kept]:
        marks = sorted(notes.setdefault(MEANINGS[x], len(notes) + 1) for x in answer.cautions)
        marked = f" [{','.join(map(str, marks))}]" if marks else ""
        planned = results.study.planned
        like = answer.like
        known = not math.isnan(like.conf_low)
        out.append(
            [
                f"{answer.model} minus {answer.reference}" if planned else answer.model,
                *(["", ""] if planned else mean_of(answer.model)),
                number(like.difference, signed=True),
                f"{coarse(like.conf_low)} to {coarse(like.conf_high)}" if known else "",
                answer.won_lost,
                answer.words + marked,
            ]
        )
    return out


def main_results(losses: Sequence[DatasetResults]) -> DatasetResults:
    """Return the results of the last loss that counts no errors."""
    graded = [x for x in losses if x.name != ERRORS]
    return (graded or list(losses))[-1]


def _spread(losses: Sequence[DatasetResults]) -> list[str]:
    """Say how much data sets differ, and what to expect of a new one, for the nearest model."""
    results = main_results(losses)
    answers = [x for x in results.answers() if not math.isnan(x.like.new_low)]
    if not answers:
        return []
    answer, number = answers[0], results.numbers()
    like, coarse = answer.like, number.with_decimals(number.decimals - 1)
    return _fill(
        f"{results.info.title}, {answer.model} minus {answer.reference}: expect "
        f"{coarse(like.new_low)} to {coarse(like.new_high)} on a new data set "
        f"({100 * results.study.level:g}%). True differences vary by {number(like.spread)} "
        f"(SD), noise by {number(like.noise)}."
    )


def _meaning(losses: Sequence[DatasetResults]) -> str:
    """Say what the words of the table mean that occur."""
    said = (
        f"Clear: p <= {1.0 - losses[0].study.level:.3g}, corrected for all pairs (Holm), on data "
        "sets like these, if these are a fair sample. Intervals: the same, not corrected."
    )
    if any(answer.words.endswith("on these") for of in losses for answer in of.answers()):
        said += " On these: their mean only."
    return f"{said} Won-lost (w-l): data sets where it is clearly better, worse."


# --- tables ---------------------------------------------------------------------------------


def summary_table(losses: Sequence[DatasetResults]) -> pd.DataFrame:
    """Return the summary as a person reads it."""
    rows = []
    for results in losses:
        number = results.numbers()
        for row in results.summary:
            failed = math.isnan(row.mean_loss)
            rows.append(
                {
                    "loss": row.loss,
                    "model": row.model,
                    "mean_loss": "failed" if failed else number(row.mean_loss),
                    "mean_rank": "failed" if failed else f"{row.mean_rank:.2f}",
                    "n_datasets": str(row.n_datasets),
                }
            )
    return pd.DataFrame(rows, columns=["loss", "model", "mean_loss", "mean_rank", "n_datasets"])


def pairs_table(losses: Sequence[DatasetResults]) -> pd.DataFrame:
    """Return the differences as a person reads them."""
    rows = []
    for results in losses:
        number = results.numbers()
        level = f"{100 * results.study.level:g}%"
        for row in results.differences:
            new = number.interval(row.new_low, row.new_high)
            rows.append(
                {
                    "loss": row.loss,
                    "model_a": row.model_a,
                    "model_b": row.model_b,
                    "question": row.question,
                    "difference": number(row.difference),
                    f"{level} interval": number.interval(row.conf_low, row.conf_high),
                    "new data set": new,
                    "p (Holm)": pvalue(row.pvalue_holm),
                    "win-tie-loss": f"{row.wins}-{row.ties}-{row.losses}",
                    "conclusion": row.conclusion,
                }
            )
    return pd.DataFrame(rows)


def losses_table(
    means: Mapping[str, pd.DataFrame], results: list[DatasetResults], ranked: list[str]
) -> pd.DataFrame:
    """Return mean losses: a row for each loss and data set, a column for each model.

    The means over data sets come last. `ranked` are the models in the order of the columns.
    """
    every = list(dict.fromkeys(x for of_loss in results for x in means[of_loss.name].index))
    models = [*ranked, *(x for x in every if x not in ranked)]
    return pd.concat([_losses_of(means[x.name], x, models) for x in results], ignore_index=True)


def _losses_of(means: pd.DataFrame, results: DatasetResults, models: list[str]) -> pd.DataFrame:
    """Return the part of one loss."""
    number = Numbers(median_of(x.std_error for x in results.by_dataset), least=3, minus="-")

    def shown(x: float) -> str:
        return number(results.shown(x))

    rows = [
        (name, {m: shown(x) if x == x else "failed" for m, x in column.items()})
        for name, column in means.reindex(models).items()
    ]
    of_model = {row.model: row for row in results.summary}
    for title, key, form in (
        ("mean", "mean_loss", shown),
        ("mean rank", "mean_rank", "{:.2f}".format),
    ):
        values = {m: getattr(of_model[m], key) for m in models}
        rows.append((title, {m: form(x) if x == x else "" for m, x in values.items()}))
    loss = results.name
    return pd.DataFrame([{"loss": loss, "data set": name, **cells} for name, cells in rows])


def slide(losses: Sequence[DatasetResults], order: Sequence[str]) -> pd.DataFrame:
    """Return a row for each model and a column for each loss: mean losses with marks."""
    models = list(dict.fromkeys([*order, *losses[0].models]))
    columns: dict[str, list[str]] = {}
    used: set[str] = set()
    for results in losses:
        cells = _cells(results)
        used |= {mark for _, marks in cells.values() for mark in marks}
        title = results.heading
        title = f"{title} [{results.name}]" if title in columns else title
        columns[title] = [
            f"{text} ({', '.join(marks)})" if marks else text
            for text, marks in (cells[model] for model in models)
        ]
    frame = pd.DataFrame(columns, index=pd.Index(models, name="model"))
    frame.attrs["note"] = _slide_note(losses, used)
    return frame


def _cells(results: DatasetResults) -> dict[str, tuple[str, list[str]]]:
    number = results.numbers()
    out: dict[str, tuple[str, list[str]]] = {
        row.model: ("failed" if math.isnan(x) else number(results.shown(x)), [])
        for row in results.summary
        for x in [row.mean_loss]
    }
    if results.ranked:
        lowest = out[results.ranked[0]][0]
        out[results.ranked[0]] = (lowest, ["best"])
    if results.study.planned:
        return out
    if results.study.baseline is not None:
        out[results.reference][1].append("baseline")
    for answer in results.answers():
        if answer.words != NOT_CLEAR:
            side = answer.words.removeprefix("clearly ").replace(" on these", " here")
            out[answer.model][1].append(side + "?" * bool(answer.cautions))
    return out


def _slide_note(losses: Sequence[DatasetResults], used: set[str]) -> str:
    results, kind = losses[0], kind_of_means(losses)
    plain = {mark.rstrip("?") for mark in used}
    k, reference = len(results.study.names), "the best"
    if results.study.baseline is not None:
        reference = f"the baseline, {results.study.baseline}"
    if kind == "loss":
        parts = [f"Mean losses over {k} data sets, lower is better", "best: the lowest mean loss"]
    elif kind == "score":
        parts = [f"Mean scores over {k} data sets", "best: the highest mean score"]
    else:
        parts = [f"Means over {k} data sets; losses: lower is better", "best: the best mean"]
    if plain & {"worse", "better"}:
        parts.append(
            f"worse, better: clearly so on data sets like these, compared with {reference} "
            f"(p <= {1.0 - results.study.level:.3g}, Holm-corrected for all pairs)"
        )
    if any(mark.endswith(" here") for mark in plain):
        parts.append(f"here: for the mean of these {k} data sets only")
    if any(mark.endswith("?") for mark in used):
        parts.append("?: limited, see caution in the differences")
    return "; ".join([*parts, "no mark: no clear difference, which does not mean equal"]) + "."


OF_RANKS = "Ranks ignore the size of differences, and depend on which models are compared."


def wilcoxon_note(k: int, level: float) -> str:
    """Say what Wilcoxon's test and ranks answer, and what they cannot with few data sets."""
    least = f"With {k} data sets its least p-value is {least_wilcoxon(k):.3g}"
    text = (
        "Wilcoxon's signed-rank test asks whether differences over data sets like these lie around "
        "zero symmetrically; it ignores how sure each is."
    )
    if least_wilcoxon(k) > 1.0 - level:
        text += f" {least}: it can never show a difference."
    elif k < FEWEST_FOR_CHANCE:
        text += f" {least}."
    return f"{text} {OF_RANKS}"
