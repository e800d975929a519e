"""The printed report: facts, verdict, one table of all losses, and numbered notes, in 80 columns."""

import math
import textwrap
from collections.abc import Mapping, Sequence

from sklearn_xent._messages import printable
from sklearn_xent.report.footnotes import Footnotes, Remark, few, footnotes
from sklearn_xent.report.sentences import verdict_sentences
from sklearn_xent.report.tables import WIDTH, Numbers, cut_all
from sklearn_xent.report.verdicts import BETTER, WORSE, Kind, LossResults, Verdict

MOST_ROWS = 10
"""So many models of each loss are shown; the others are counted."""
NAME_WIDTH = 24
MOST_DIGITS = 6
MORE = 'More: .differences .summary .sentences() .plot() .to_html("report.html")'


def to_text(losses: Sequence[LossResults], remarks: Sequence[str] = ()) -> str:
    """Return the printed report; `remarks` stand after the notes."""
    names = losses[0].summary["model"].tolist()
    cut = cut_all([printable(name) for name in names], NAME_WIDTH)
    shown = [results.renamed(dict(zip(names, cut, strict=True))) for results in losses]
    notes = footnotes(shown, MOST_ROWS)
    table = _one_model(shown, notes) if len(shown[0].able) == 1 else _differences(shown, notes)
    parts = [
        [_fill(losses[0].study.facts(len(names)))],
        [_fill(" ".join(verdict_sentences(shown)))],
        table + _failed(shown[0], notes),
        [*_notes(notes), *map(_fill, remarks), *_meaning(shown), MORE],
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def _fill(text: str, indent: str = "") -> str:
    """Wrap a text; code such as ``n_splits=5, n_repeats=10`` may break at its spaces only."""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=True
    )


# --- the table ------------------------------------------------------------------------------


def _differences(losses: Sequence[LossResults], notes: Footnotes) -> list[str]:
    """Compare the models of each loss, sorted by it, with the reference."""
    numbers = numbers_of(losses)
    blocks = [
        [
            _row(results, model, numbers[i], notes.at_row(i, model))
            for model in results.shown(MOST_ROWS)
        ]
        for i, results in enumerate(losses)
    ]
    head = ["", "loss", f"vs {_reference_of(losses)}", _interval_title(losses), "verdict"]
    widths = [max(len(row[column]) for row in [head, *sum(blocks, [])]) for column in range(5)]
    lines = [_line(head, widths)]
    for i, (results, rows) in enumerate(zip(losses, blocks, strict=True)):
        lines.append(_title(results) + _marks(notes.at_title(i)))
        lines += [_line(row, widths) for row in rows]
        lines += _rest(results)
    return lines


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *values, verdict = cells
    aligned = [value.rjust(width) for value, width in zip(values, widths[1:-1], strict=True)]
    return "  ".join([f"  {name.ljust(widths[0])}", *aligned, verdict]).rstrip()


def _row(results: LossResults, model: str, number: Numbers, marks: list[int]) -> list[str]:
    mean = _short(number, results.row(model)["mean_loss"])
    of_model = [v for v in results.verdicts() if v.model == model]
    if model == results.reference or not of_model:
        said = "" if results.baseline is None else "not compared"
        if model == results.reference:
            said = "lowest" if results.baseline is None else "baseline"
        return [model, mean, "", "", said + _marks(marks)]
    [verdict] = of_model
    difference = interval = ""
    if verdict.kind is not Kind.INFINITE:
        difference = _short(number, verdict.difference, signed=True)
    if not math.isnan(verdict.low) and not math.isnan(verdict.high):
        coarse = number.with_decimals(number.decimals - 1)
        interval = f"{_short(coarse, verdict.low)} to {_short(coarse, verdict.high)}"
    return [model, mean, difference, interval, verdict.words + _marks(marks)]


def _marks(numbers: Sequence[int]) -> str:
    return f" [{','.join(map(str, numbers))}]" if numbers else ""


def _short(number: Numbers, x: float, *, signed: bool = False) -> str:
    """Format a number, by an exponent where it would be too long."""
    text = number(x, signed=signed)
    if len(text) <= MOST_DIGITS + 3 or not math.isfinite(x):
        return text
    return f"{x:+.2e}" if signed else f"{x:.2e}"


def numbers_of(losses: Sequence[LossResults], minus: str = "-") -> list[Numbers]:
    """Return the digits of each loss: two of its smallest error, and alike where that is no more."""
    each = [
        Numbers(
            [*results.differences["std_error"], *results.summary["std_error"]], least=0, minus=minus
        )
        for results in losses
    ]
    most = max(number.decimals for number in each)
    return [number.with_decimals(min(most, number.decimals + 1)) for number in each]


def _reference_of(losses: Sequence[LossResults]) -> str:
    """Name the reference, if all losses have the same and its name is short."""
    names = {results.reference for results in losses}
    kind = "lowest" if losses[0].baseline is None else "baseline"
    return names.pop() if len(names) == 1 and len(max(names)) <= 14 else kind


def _interval_title(losses: Sequence[LossResults]) -> str:
    return f"{100 * losses[0].summary['confidence_level'].max():g}% interval"


def _title(results: LossResults) -> str:
    unit = f" ({results.info.unit})" if results.info.unit else ""
    return printable(results.info.title) + unit


def _rest(results: LossResults) -> list[str]:
    """Count the models that are not shown, and those among them that are clear."""
    shown = set(results.shown(MOST_ROWS))
    rest = [model for model in results.able if model not in shown]
    if not rest:
        return []
    verdicts = [v for v in results.verdicts() if v.model in rest]
    counts = {words: sum(v.words == words for v in verdicts) for words in (BETTER, WORSE)}
    clear = ", ".join(f"{n} {words}" for words, n in counts.items() if n) or "none of them clear"
    return [f"  {len(rest)} more: {clear}"]


def _one_model(losses: Sequence[LossResults], notes: Footnotes) -> list[str]:
    """Show the mean of the only model under each loss, and its skill."""
    model, numbers, rows = losses[0].able[0], numbers_of(losses), []
    for i, (results, number) in enumerate(zip(losses, numbers, strict=True)):
        row = results.row(model)
        interval = ""
        if not math.isnan(row["conf_low"]) and not math.isnan(row["conf_high"]):
            interval = f"{_short(number, row['conf_low'])} to {_short(number, row['conf_high'])}"
        skill = "" if math.isnan(row["skill"]) else f"{round(row['skill'], 2) + 0.0:.2f}"
        marks = _marks(notes.at_row(i, model)).lstrip()
        rows.append([_title(results), _short(number, row["mean_loss"]), interval, skill, marks])
    head = ["", "loss", _interval_title(losses), "skill", ""]
    has_skill = any(row[3] for row in rows)
    head[3] = "skill" if has_skill else ""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(5)]
    return [_line(row, widths)[2:] for row in [head, *rows]]


# --- below the table ------------------------------------------------------------------------


def _failed(first: LossResults, notes: Footnotes) -> list[str]:
    number = notes.number(Remark.FAILED)
    if number is None:
        return []
    return [_fill(f"Failed: {few(first.failed)}{_marks([number])}")]


def _notes(notes: Footnotes) -> list[str]:
    return [_fill(f"[{note.number}] {printable(note.text)}", "    ") for note in notes.notes]


def _meaning(losses: Sequence[LossResults]) -> list[str]:
    """Say what "clear", "equivalent" and the skill mean, where they are told."""
    first = losses[0]
    if len(first.able) == 1:
        if first.summary["skill"].isna().all():
            return []
        skill = "the share of the loss of always predicting the class frequencies that is avoided"
        return [_fill(f"Skill: {skill}.")]
    verdicts = [v for results in losses for v in results.verdicts()]
    if not verdicts:
        return []
    alpha = 1.0 - first.summary["confidence_level"].max()
    one_pair = first.study.n_pairs == 1
    corrected = "" if one_pair else f", corrected for {first.study.pairs} of a loss (Holm)"
    said = f"Clear: p <= {alpha:.3g}{corrected}. Intervals are for one pair."
    if one_pair:
        said = f"Clear: p <= {alpha:.3g}."
    if any(v.kind in (Kind.NOT_CLEAR, Kind.SAME) for v in verdicts):
        said += ' "Not clear" does not mean equal.'
    margins = {results.title: results.margin for results in losses if results.margin is not None}
    return [_fill(said), *_on_margins(margins, len(losses))]


def _on_margins(margins: Mapping[str, float], n_losses: int) -> list[str]:
    if not margins:
        return []
    each = [f"{margin:.3g} ({title})" for title, margin in margins.items()]
    if len(set(margins.values())) == 1 and len(margins) == n_losses:
        each = [f"{next(iter(margins.values())):.3g}"]
    return [_fill(f"Equivalent: two one-sided tests place it within {', '.join(each)}.")]
