"""The printed report in 80 columns: facts, verdict, one table of all losses, numbered notes."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from itertools import chain

from sklearn_xent._messages import printable
from sklearn_xent.report.decisions import on_one_side, on_power
from sklearn_xent.report.footnotes import Footnotes, Remark, failed_where, few, footnotes
from sklearn_xent.report.scores import direction, heading, noun, on_splits
from sklearn_xent.report.sentences import verdict_sentences
from sklearn_xent.report.tables import WIDTH, Numbers, cut_all, with_short_keys
from sklearn_xent.report.verdicts import (
    BETTER,
    NOT_CLEAR,
    WORSE,
    Kind,
    LossResults,
    Verdict,
    able_models,
    least_of,
    of_means,
)

MOST_ROWS, LEAST_ROWS = 10, 3
"""So many models of each loss are shown, or fewer where the report would be longer than a screen;
the others are counted."""
USUAL_LOSSES = 3
"""With more losses fewer rows of each are shown, where the report is too long."""
LONGEST = 36
"""Lines of a screen."""
NAME_WIDTHS = (24, 20, 16, 12)
"""Of the names in the table: the first with which it is narrow enough."""
MOST_DIGITS = 6
MORE = 'More: .differences .summary .sentences() .plot() .to_html("report.html")'
MORE_OF_ONE = 'More: .summary .plot() .to_html("report.html")'


def to_text(losses: Sequence[LossResults], remarks: Sequence[str] = ()) -> str:
    """Return the printed report; `remarks` stand after the notes."""
    names = dict.fromkeys(name for results in losses for name in results.models)
    plain = [results.renamed({name: printable(name) for name in names}) for results in losses]
    most = MOST_ROWS
    least = max(1, LEAST_ROWS - max(0, len(losses) - USUAL_LOSSES))
    lines = _lines(plain, remarks, most)
    # rows come first: `sentences` tell the power, too
    power = len(lines) <= LONGEST or len(able_models(plain)) > MOST_ROWS
    if not power:
        lines = _lines(plain, remarks, most, power=False)
    while len(lines) > LONGEST and most > least:
        too_many = math.ceil((len(lines) - LONGEST) / len(losses))
        most = max(least, min(most, *(len(of.shown(most)) for of in plain)) - too_many)
        lines = _lines(plain, remarks, most, power=power)
    room = (LONGEST - len(lines)) // len(losses)
    if most < MOST_ROWS and room > 0:  # fewer rows had fewer notes
        longer = _lines(plain, remarks, most + room, power=power)
        lines = longer if len(longer) <= LONGEST else lines
    if len(lines) > LONGEST:
        lines = _lines(plain, remarks, most, power=False)
    return "\n".join(lines)


def _lines(
    plain: list[LossResults], remarks: Sequence[str], most: int, *, power: bool = True
) -> list[str]:
    """Return the lines of a report that shows `most` models of each loss."""
    alone = len(able_models(plain)) == 1
    table, cut, notes = [], _cut(plain, NAME_WIDTHS[0]), footnotes(plain, most)
    if alone:
        table = _one_model(plain, notes)
    elif any(results.pairs for results in plain) or not plain[0].planned:
        table, cut = _differences(plain, notes, most)
    losses = _named(plain, cut)
    if losses != plain:
        notes = footnotes(losses, most)
    return [
        *_fill(losses[0].study.facts(len(cut)) + on_splits(losses)),
        "",
        *_fill(" ".join(verdict_sentences(losses))),
        "",
        *table,
        *_failed(losses, notes),
        "",
        *_notes(notes),
        *chain.from_iterable(map(_fill, remarks)),
        *_meaning(losses, power=power),
        MORE_OF_ONE if alone else MORE,
    ]


def _cut(losses: Sequence[LossResults], width: int) -> dict[str, str]:
    """Return the names of all models, cut to a width."""
    names = list(dict.fromkeys(name for results in losses for name in results.models))
    return dict(zip(names, cut_all(names, width), strict=True))


def _named(plain: list[LossResults], cut: Mapping[str, str]) -> list[LossResults]:
    """Name the models as sentences do: in full if they are short, else as the table does."""
    whole = dict(zip(cut, with_short_keys(list(cut), NAME_WIDTHS[0]), strict=True))
    said = {x: whole[x] if len(whole[x]) <= NAME_WIDTHS[0] else short for x, short in cut.items()}
    if len(set(said.values())) < len(said):
        said = dict(cut)
    return [results.renamed(said) for results in plain]


def _fill(text: str, indent: str = "") -> list[str]:
    """Wrap a text at its spaces."""
    return textwrap.wrap(printable(text), WIDTH, subsequent_indent=indent, break_on_hyphens=False)


# --- the table ------------------------------------------------------------------------------


def _differences(
    losses: Sequence[LossResults], notes: Footnotes, most: int
) -> tuple[list[str], dict[str, str]]:
    """Compare the models of each loss, sorted by it, with the reference.

    Also return the names of the models, cut until the table is narrow enough.
    """
    numbers = numbers_of(losses, most)
    make_row = _planned_row if losses[0].planned else _row
    blocks = [
        [make_row(results, name, numbers[i], notes.at_row(i, name)) for name in results.shown(most)]
        for i, results in enumerate(losses)
    ]
    for title, name_width in _layouts(losses):
        value = of_means(losses, "loss", "score", "mean")
        head = ["", value, f"vs {title}", _interval_title(losses), "verdict"]
        if losses[0].planned:
            head[1:3] = ["", "difference"]
        cut = _cut(losses, name_width)
        names = cut | _labels(losses, cut)
        named = [[[names[row[0]], *row[1:]] for row in rows] for rows in blocks]
        every = [head, *chain.from_iterable(named)]
        widths = [max(len(row[column]) for row in every) for column in range(5)]
        if max(len(_line(row, widths)) for row in every) <= WIDTH:
            break
    lines = [_line(head, widths)]
    for i, (results, rows) in enumerate(zip(losses, named, strict=True)):
        lines.append(_title(results) + _marks(notes.at_title(i)))
        lines += [_line(row, widths) for row in rows]
        lines += _rest(results, most)
    return lines, cut


def _layouts(losses: Sequence[LossResults]) -> list[tuple[str, int]]:
    """Return what the reference is called in the head, and the width of names: the widest first."""
    kind = least_of(losses) if losses[0].baseline is None else "baseline"
    return [(_reference_of(losses, kind), NAME_WIDTHS[0]), *((kind, w) for w in NAME_WIDTHS)]


def _labels(losses: Sequence[LossResults], cut: Mapping[str, str]) -> dict[str, str]:
    """Return the labels of planned pairs, made of names that were cut."""
    pairs = (v for results in losses if results.planned for v in results.pairs)
    return {v.label: f"{cut[v.model]} minus {cut[v.reference]}" for v in pairs}


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *values, verdict = cells
    aligned = [value.rjust(width) for value, width in zip(values, widths[1:-1], strict=True)]
    return "  ".join([f"  {name.ljust(widths[0])}", *aligned, verdict]).rstrip()


def _row(results: LossResults, model: str, number: Numbers, marks: list[int]) -> list[str]:
    mean = _short(number, results.shown_mean(results.row(model).mean_loss))
    of_model = [v for v in results.verdicts() if v.model == model]
    if model == results.reference or not of_model:
        said = "not compared"
        if model == results.reference:
            said = results.least if results.baseline is None else "baseline"
        return [model, mean, "", "", said + _marks(marks)]
    [verdict] = of_model
    return [model, mean, *_numbers_of_pair(verdict, number), verdict.words + _marks(marks)]


def _planned_row(results: LossResults, pair: str, number: Numbers, marks: list[int]) -> list[str]:
    [verdict] = [v for v in results.verdicts() if v.label == pair]
    return [pair, "", *_numbers_of_pair(verdict, number), verdict.words + _marks(marks)]


def _numbers_of_pair(verdict: Verdict, number: Numbers) -> tuple[str, str]:
    """Return the difference and its interval."""
    difference = interval = ""
    if verdict.kind is not Kind.INFINITE:
        difference = _short(number, verdict.difference, signed=True)
    if not math.isnan(verdict.low) and not math.isnan(verdict.high):
        coarse = number.with_decimals(number.decimals - 1)
        interval = f"{_short(coarse, verdict.low)} to {_short(coarse, verdict.high)}"
    return difference, interval


def _marks(numbers: Sequence[int]) -> str:
    return f" [{','.join(map(str, numbers))}]" if numbers else ""


def _short(number: Numbers, x: float, *, signed: bool = False) -> str:
    """Format a number, by an exponent where it would be too long."""
    text = number(x, signed=signed)
    if len(text) <= MOST_DIGITS + 3 or not math.isfinite(x):
        return text
    return f"{x:+.2e}" if signed else f"{x:.2e}"


def numbers_of(
    losses: Sequence[LossResults], most: int = MOST_ROWS, minus: str = "-"
) -> list[Numbers]:
    """Return the digits of each loss: two of its smallest error, or one more to be alike."""
    each = []
    for results in losses:
        shown = set(results.shown(most))
        errors = [(v.high - v.low) / 4 for v in results.verdicts() if results.label_of(v) in shown]
        if len(results.able) == 1:
            errors = [row.std_error for row in results.summary]
        each.append(Numbers(errors, least=0, minus=minus))
    most = max(number.decimals for number in each)
    return [number.with_decimals(min(most, number.decimals + 1)) for number in each]


def _reference_of(losses: Sequence[LossResults], kind: str) -> str:
    """Name the reference, if all losses have the same and its name is short."""
    names = {results.reference for results in losses}
    return names.pop() if len(names) == 1 and len(max(names)) <= 14 else kind


def _interval_title(losses: Sequence[LossResults]) -> str:
    return f"{100 * losses[0].level:g}% interval"


def _title(results: LossResults) -> str:
    return printable(heading(results))


def _rest(results: LossResults, most: int) -> list[str]:
    """Count the models that are not shown, and those among them that are clear."""
    shown = set(results.shown(most))
    verdicts = [v for v in results.verdicts() if results.label_of(v) not in shown]
    names = [v.label for v in verdicts] if results.planned else results.able
    rest = [name for name in names if name not in shown]
    if not rest:
        return []
    counts = {words: sum(v.words == words for v in verdicts) for words in (BETTER, WORSE)}
    clear = ", ".join(f"{n} {words}" for words, n in counts.items() if n) or "none of them clear"
    return [f"  {len(rest)} more in .differences: {clear}"]


def _one_model(losses: Sequence[LossResults], notes: Footnotes) -> list[str]:
    """Show the mean of the only model under each loss, and its skill."""
    [model], numbers, rows = able_models(losses), numbers_of(losses), []
    for i, (results, number) in enumerate(zip(losses, numbers, strict=True)):
        row = results.row(model)
        (low, high), interval = results.shown_interval(row.conf_low, row.conf_high), ""
        if not math.isnan(low) and not math.isnan(high):
            interval = f"{_short(number, low)} to {_short(number, high)}"
        skill = "" if math.isnan(row.skill) else f"{round(row.skill, 2) + 0.0:.2f}"
        marks = _marks(notes.at_row(i, model)).lstrip()
        mean = _short(number, results.shown_mean(row.mean_loss))
        rows.append([_title(results), mean, interval, skill, marks])
    head = ["", of_means(losses, "loss", "score", "mean"), _interval_title(losses), "skill", ""]
    has_skill = any(row[3] for row in rows)
    head[3] = "skill" if has_skill else ""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(5)]
    return [_line(row, widths)[2:] for row in [head, *rows]]


# --- below the table ------------------------------------------------------------------------


def _failed(losses: Sequence[LossResults], notes: Footnotes) -> list[str]:
    number = notes.number(Remark.FAILED)
    if number is None:
        return []
    failed = "; ".join(f"{few(names)}{on}" for on, names in failed_where(losses).items())
    return _fill(f"Failed: {failed}{_marks([number])}")


def _notes(notes: Footnotes) -> list[str]:
    filled = [_fill(f"[{note.number}] {note.text}", "    ") for note in notes.notes]
    return list(chain.from_iterable(filled))


def _meaning(losses: Sequence[LossResults], *, power: bool) -> list[str]:
    """Say what "clear", "equivalent" and the skill mean, where they are told."""
    first = losses[0]
    if len(able_models(losses)) == 1:
        skill = "the share of the loss of always predicting the class frequencies that is avoided"
        is_known = not all(math.isnan(row.skill) for row in first.summary)
        return _fill(f"Skill: {skill}.") if is_known else []
    verdicts = [v for results in losses for v in results.verdicts()]
    if all(math.isnan(v.pvalue) for v in verdicts):
        return []
    said = f"Clear: p <= {1.0 - first.level:.3g}"
    if first.study.n_pairs != 1:
        study = first.study
        is_whole = study.n_compared is None and not study.planned and not study.with_baseline
        of_loss = f" of a {noun(losses)}" if is_whole else ""
        said += f", corrected for {study.pairs}{of_loss} (Holm)"
        said += "; no other pairs were compared" * study.with_baseline
        together = all(results.simultaneous for results in losses)
        said += ". Intervals "
        of_all = f"hold for all pairs of a {noun(losses)} together"
        said += of_all if together else "are not corrected"
    said += "."
    if any(v.words == NOT_CLEAR for v in verdicts):
        said += ' "Not clear" does not mean equal.'
        told = [on_one_side(losses), on_power(losses)] if power else []
        said += "".join(f" {sentence}" for sentence in told if sentence)
    return [*_fill(f"{said.rstrip()} {_on_margins(losses)}"), *_fill(direction(losses))]


def _on_margins(losses: Sequence[LossResults]) -> str:
    margins = {results.title: results.margin for results in losses if results.margin is not None}
    if not margins:
        return ""
    each = ", ".join(f"{margin:.3g} for {title}" for title, margin in margins.items())
    if len(set(margins.values())) == 1 and len(margins) == len(losses):
        each = f"{next(iter(margins.values())):.3g}"
    return f"Margin: {each} (two one-sided tests)."
