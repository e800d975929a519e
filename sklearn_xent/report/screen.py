"""The first screen of a report: the verdict, one row a model, the notes, and what to do next."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from sklearn_xent.report import sentences
from sklearn_xent.report.content import ReportContent
from sklearn_xent.report.decisions import on_one_side, on_power
from sklearn_xent.report.elements import (
    Child,
    cell,
    head,
    hidden,
    name,
    row,
    side,
    table,
    tag,
)
from sklearn_xent.report.footnotes import Note, footnotes, notes_on_pair, text_of
from sklearn_xent.report.intervals import (
    Scale,
    Span,
    interval,
    reference,
    ruler,
    sample,
    scales_of,
)
from sklearn_xent.report.next_steps import next_steps
from sklearn_xent.report.rows import SummaryRow
from sklearn_xent.report.scores import direction, heading, noun, one_by_one
from sklearn_xent.report.tables import MINUS, cut_all
from sklearn_xent.report.text import numbers_of
from sklearn_xent.report.verdicts import (
    BETTER,
    NOTHING_SAID,
    WORSE,
    Kind,
    LossResults,
    Verdict,
    least_of,
    of_means,
)

MOST_IN_ROWS = 6
"""With more models, and two or three losses, a grid has one row a model."""
MOST_COLUMNS = 3
MOST_SHOWN = 10
"""So many models are on the first screen; all others are folded away."""
NAME_WIDTH = 40

STYLE = {
    Kind.EQUIVALENT: "sx-equivalent",
    Kind.NOT_CLEAR: "sx-open",
    Kind.SAME: "sx-open",
}
"""The class of a row, by its verdict; that of a clear one depends on the side."""


STYLE_WORDS = {"sx-better": BETTER, "sx-worse": WORSE}
"""What the classes of filled dots say."""


@dataclass(frozen=True)
class Line:
    """One model under one loss, as a row shows it."""

    model: str
    mean: float
    style: str
    words: str
    marks: tuple[int, ...]
    verdict: Verdict | None = None
    """Compared with the reference; None of the reference, and where nothing was compared."""

    @property
    def is_reference(self) -> bool:
        """Whether the others are compared with this model."""
        return self.style == "sx-reference"


def style_of(verdict: Verdict) -> str:
    """Return the class of a row with this verdict, which fills the dot if it is clear."""
    if verdict.kind in NOTHING_SAID:
        return "sx-nothing"
    if verdict.kind is Kind.CLEAR:
        return "sx-better" if verdict.better == verdict.model else "sx-worse"
    return STYLE[verdict.kind]


class Context:
    """What the sections of one report share: short names, digits, scales and numbered notes."""

    def __init__(self, content: ReportContent) -> None:
        self.content = content
        self.losses = content.losses
        models = content.models
        pairs = [v.label for v in content.first.pairs] if content.first.planned else []
        compared = [v for of in self.losses.values() for v in of.pairs]
        in_pairs = [name for v in compared for name in (v.model, v.reference)]
        names = list(dict.fromkeys([*models, *in_pairs, *pairs]))
        self.short = dict(zip(names, cut_all(names, NAME_WIDTH), strict=True))
        self.verdicts = {loss: results.verdicts() for loss, results in self.losses.items()}
        results = list(self.losses.values())
        self.digits = dict(zip(self.losses, numbers_of(results, minus=MINUS), strict=True))
        is_many = len(models) > MOST_IN_ROWS and 1 < len(results) <= MOST_COLUMNS
        self.in_grid = is_many and not content.first.planned
        self.shown = self._choose_shown()
        shown = [_only(self.losses[loss], models) for loss, models in self.shown.items()]
        self.notes = footnotes(shown, advice=False)  # what to do is said below
        self.more_notes: dict[Note, int] = {}
        """The numbers of notes that only pairs carry which are folded away."""

    def _choose_shown(self) -> dict[str, list[str]]:
        """Return the models that the first screen shows, of each loss in its order.

        A grid shows the same ones of every loss: the first by the loss that orders it, and the
        references.
        """
        if not self.in_grid:
            return {x: of.shown(MOST_SHOWN) for x, of in self.losses.items()}
        references = {of.reference for of in self.losses.values()}
        results = self.losses[self.ordering]
        first = [*results.shown(MOST_SHOWN), *references]
        first += results.failed  # under this loss: another may know them
        return {loss: [m for m in of.able if m in first] for loss, of in self.losses.items()}

    @property
    def ordering(self) -> str:
        """The loss that orders the grid: the last that counts no errors."""
        names = list(self.losses)
        return ([x for x in names if x != "classification_error"] or names)[-1]

    def named(self, model: str) -> Element:
        """Return the name of a model, the middle left out if it is long."""
        return name(self.short[model])

    @property
    def simultaneous(self) -> bool:
        """Whether the intervals hold for all pairs of a loss together."""
        return all(results.simultaneous for results in self.losses.values())

    @property
    def minus(self) -> str:
        """What the loss of each model is compared with, unless pairs were planned."""
        least = f"the {least_of(self.losses.values())}"
        return least if self.content.first.baseline is None else "the baseline"

    @property
    def mean(self) -> str:
        """What a column of means is called."""
        return of_means(self.losses.values(), "Mean loss", "Mean score", "Mean")

    def span(self, loss: str, row: SummaryRow) -> Span:
        """Return the mean of a row of the summary with its interval, as it is shown."""
        results = self.losses[loss]
        low, high = results.shown_interval(row.conf_low, row.conf_high)
        return Span(low, results.shown_mean(row.mean_loss), high)

    @property
    def level(self) -> str:
        """The level of the intervals in per cent."""
        return f"{100 * self.content.first.level:g}%"

    def title(self, loss: str) -> str:
        """Return the title of a loss, with its unit."""
        return heading(self.losses[loss])

    def limits(self, loss: str, low: float, high: float) -> str:
        """Return an interval, to one digit less than its middle."""
        digits = self.digits[loss]
        return digits.with_decimals(digits.decimals - 1).interval(low, high)

    def lines(self, loss: str) -> list[Line]:
        """Return the rows of one loss: the lowest loss first, models that failed last.

        Only those that the first screen shows, and those that failed.
        """
        results = self.losses[loss]
        verdicts = {results.label_of(v): v for v in self.verdicts[loss]}
        position = list(self.losses).index(loss)
        lines = []
        for model in [*self.shown[loss], *results.failed]:
            is_pair = results.planned and model in verdicts
            mean = math.nan if is_pair else results.shown_mean(results.row(model).mean_loss)
            marks = tuple(self.notes.at_row(position, model))
            verdict = verdicts.get(model)
            if verdict is not None:
                lines.append(Line(model, mean, style_of(verdict), verdict.words, marks, verdict))
            elif model in results.failed:
                lines.append(Line(model, mean, "sx-failed", "failed", marks))
            elif model == results.reference:
                words = results.least if results.baseline is None else "baseline"
                lines.append(Line(model, mean, "sx-reference", words, marks))
            else:
                lines.append(Line(model, mean, "sx-nothing", "not compared", marks))
        return lines

    @property
    def head_of_notes(self) -> Element:
        """The head of the column of notes: empty where no row has any."""
        has_notes = any(line.marks for loss in self.losses for line in self.lines(loss))
        return head("Notes" if has_notes else "", "sx-c-marks")

    def title_marks(self, loss: str) -> list[Child]:
        """Return the numbers of the notes that all rows of a loss carry."""
        return superscript(self.notes.at_title(list(self.losses).index(loss)))

    def pair_marks(self, loss: str, verdict: Verdict) -> list[Child]:
        """Return the numbers of the notes of any pair; new kinds are numbered on."""
        numbers = []
        for note in notes_on_pair(verdict, self.losses[loss]):
            number = self.notes.number(note)
            if number is None:
                number = self.more_notes.setdefault(
                    note, len(self.notes.notes) + len(self.more_notes) + 1
                )
            numbers.append(number)
        return marked(sorted(numbers))

    def notes_of_pairs(self) -> Element | None:
        """Return the notes that only pairs carry which are folded away."""
        losses, models = list(self.losses.values()), self.content.models
        return _numbered(
            (number, text_of(note, losses, models)) for note, number in self.more_notes.items()
        )


def _only(results: LossResults, models: list[str]) -> LossResults:
    """Return the results of the models shown and failed, or of all planned pairs."""
    if results.planned:
        return results
    kept = {*models, *results.failed}
    return replace(
        results,
        summary=[row for row in results.summary if row.model in kept],
        differences=[row for row in results.differences if {row.model_a, row.model_b} <= kept],
    )


def span_of(verdict: Verdict) -> Span:
    """Return a difference with its interval."""
    return Span(verdict.low, verdict.difference, verdict.high)


# --- the first screen -----------------------------------------------------------------------


def first(context: Context) -> list[Child]:
    """Return the verdict, the rows, the notes and the next steps."""
    content = context.content
    return [
        tag("p", sentences.overall(content.losses.values()), class_="sx-verdict"),
        tag("p", _scope(content), class_="sx-scope"),
        *_picture(context),
        _numbered((note.number, note.text) for note in context.notes.notes),
        _power(context),
        _next(context),
    ]


def _scope(content: ReportContent) -> str:
    """Say what was compared, and what the intervals are about."""
    losses = content.losses.values()
    said = [
        f"{content.first.study.facts(len(content.models), estimand=False)}.",
        f"The intervals are about the {sentences.estimand(losses)}.",
        direction(list(losses)),
        content.note,
    ]
    return " ".join(filter(None, said))


def _picture(context: Context) -> list[Child]:
    if len(context.content.models) == 1:
        return [_means_only(context)]
    scales = scales_of({loss: [span_of(v) for v in of] for loss, of in _verdicts(context).items()})
    drawn = _grid(context, scales) if context.in_grid else _rows(context, scales)
    return [drawn, _legend(context, scales)]


def _verdicts(context: Context) -> dict[str, list[Verdict]]:
    """Return the verdicts that the first screen shows."""
    return {
        loss: [line.verdict for line in context.lines(loss) if line.verdict is not None]
        for loss in context.losses
    }


def _rows(context: Context, scales: dict[str, Scale]) -> Element:
    """Draw one block of rows for each loss."""
    of_pairs = context.content.first.planned
    columns = [
        head("Planned pair" if of_pairs else "Model", "sx-c-model"),
        head("" if of_pairs else context.mean, "sx-n sx-c-mean"),
        head(_sides("Drawn" if of_pairs else f"Minus {context.minus}"), "sx-plot"),
        head("Difference", "sx-n sx-c-d"),
        head(f"{context.level} interval", "sx-i sx-c-i"),
        head("Verdict", "sx-c-v"),
        context.head_of_notes,
    ]
    bodies = []
    for loss, scale in scales.items():
        marks = context.title_marks(loss)
        rows = [group(context, loss, scale, *marks, before=2)]
        rows += [_row(context, loss, line, scale) for line in context.lines(loss)]
        if (more := _more(context, loss)) is not None:
            rows.append(row(side(more, colspan=7), class_="sx-more"))
        bodies.append(rows)
    turns = one_by_one(context.losses.values())
    caption = f"Each model minus {context.minus}, {turns}; positive is worse"
    if of_pairs:
        caption = f"The planned pairs, {turns}; positive: the first is worse"
    return table(caption, columns, bodies, "sx-rows")


def group(
    context: Context, loss: str, scale: Scale, *marks: Child, before: int, signed: bool = True
) -> Element:
    """Return the row that names a loss, with the ruler of its scale above the drawings.

    Differences have signs, means have none.
    """
    return row(
        side(tag("span", context.title(loss), *marks), scope="rowgroup", colspan=before),
        cell(ruler(scale, signed=signed), class_="sx-plot"),
        class_="sx-group",
    )


def _row(context: Context, loss: str, line: Line, scale: Scale) -> Element:
    mean = "" if math.isnan(line.mean) else context.digits[loss](line.mean)
    return row(
        side(context.named(line.model)),
        cell(mean, class_="sx-n sx-mean"),
        *compared(context, loss, line, scale),
        cell(line.words, class_="sx-v"),
        cell(*marked(line.marks), class_="sx-marks"),
        class_=line.style,
    )


def compared(context: Context, loss: str, line: Line, scale: Scale) -> list[Element]:
    """Return the cells of a difference: its drawing, its number, and its interval."""
    digits, verdict = context.digits[loss], line.verdict
    difference = limits = ""
    if verdict is not None:
        difference = digits(verdict.difference, signed=True)
        limits = context.limits(loss, verdict.low, verdict.high)
    return [
        cell(_drawn(context, loss, line, scale), class_="sx-plot"),
        cell(difference, class_="sx-n sx-d"),
        cell(limits, class_="sx-i"),
    ]


def _drawn(context: Context, loss: str, line: Line, scale: Scale) -> Element | None:
    if line.verdict is not None:
        shape = "square" if line.verdict.kind is Kind.EQUIVALENT else "dot"
        return interval(scale, span_of(line.verdict), shape, band=context.losses[loss].margin)
    return reference(scale) if line.is_reference else None


def _grid(context: Context, scales: dict[str, Scale]) -> Element:
    """Draw one row a model and one column a loss; ordered by the last that counts no errors."""
    ordering = context.ordering
    columns = [head("Model", "sx-c-model")]
    for loss, scale in scales.items():
        arrow = " \N{BLACK DOWN-POINTING SMALL TRIANGLE}" if loss == ordering else None
        over = tag("div", tag("div", ruler(scale), class_="sx-plot"), class_="sx-cell")
        title: list[Child] = [context.title(loss), *context.title_marks(loss), arrow]
        columns.append(head(tag("div", tag("div", *title), over)))
    lines = {loss: {x.model: x for x in context.lines(loss)} for loss in scales}
    rows = [
        row(
            side(context.named(line.model)),
            *(_square(context, loss, lines[loss][line.model], scales[loss]) for loss in lines),
        )
        for line in lines[ordering].values()
    ]
    if (more := _more(context, ordering)) is not None:
        rows.append(row(side(more, colspan=1 + len(lines)), class_="sx-more"))
    one = noun(context.losses.values())
    caption = f"Each model minus {context.minus}, one column a {one}; positive is worse"
    return table(caption, columns, [rows], "sx-grid")


def _square(context: Context, loss: str, line: Line, scale: Scale) -> Element:
    """Return the cell of the grid of one model and one loss."""
    digits, text = context.digits[loss], line.words
    if line.verdict is not None:
        text = digits(line.verdict.difference, signed=True)
    elif line.is_reference:
        text = f"{digits(line.mean)} {line.words}"
    told = None if line.verdict is None else hidden(f" {line.words}")
    inner = tag(
        "div",
        tag("div", _drawn(context, loss, line, scale), class_="sx-plot"),
        tag("div", text, told, *superscript(line.marks), class_="sx-num"),
        class_="sx-cell",
    )
    return cell(inner, class_=line.style)


def _means_only(context: Context) -> Element:
    """Draw the mean losses of a single model, which is compared with no other."""
    means = {loss: results.row(results.able[0]) for loss, results in context.losses.items()}
    spans = {loss: context.span(loss, x) for loss, x in means.items()}
    scales = scales_of({loss: [span] for loss, span in spans.items()})
    columns = [
        head(noun(context.losses.values()).capitalize(), "sx-c-model"),
        head(context.mean, "sx-n sx-c-mean"),
        head("Above 0", "sx-plot"),
        head(f"{context.level} interval", "sx-i sx-c-i"),
        head("Skill" if any(skill_of(x.skill) for x in means.values()) else "", "sx-n sx-c-d"),
        context.head_of_notes,
    ]
    rows = [
        row(
            side(context.title(loss)),
            cell(context.digits[loss](span.value), class_="sx-n sx-mean"),
            cell(interval(scales[loss], span, "dot", tick=False), class_="sx-plot"),
            cell(context.digits[loss].interval(span.low, span.high), class_="sx-i"),
            cell(skill_of(means[loss].skill), class_="sx-n sx-d"),
            cell(*marked(context.lines(loss)[0].marks), class_="sx-marks"),
            class_="sx-plain",
        )
        for loss, span in spans.items()
    ]
    what = of_means(context.losses.values(), "mean losses", "mean scores", "means")
    return table(f"The {what}, each with its interval", columns, [rows], "sx-rows sx-one")


# --- what goes with the picture -------------------------------------------------------------


def _legend(context: Context, scales: dict[str, Scale]) -> Element | None:
    """Explain only the marks that occur."""
    shown = _verdicts(context)
    styles = {style_of(v) for of_loss in shown.values() for v in of_loss}
    if not styles:
        return None
    study = context.content.first.study
    corrected = "" if study.n_pairs == 1 else f", corrected for {study.pairs}"
    items: list[tuple[str, str, str]] = []
    if context.in_grid:
        first = context.content.first
        of = least_of(context.losses.values()) if first.baseline is None else "baseline"
        items.append(
            (
                "",
                "",
                f"{of}: its {context.mean.lower()}; others: the difference from it, + is worse",
            )
        )
    for style, words in STYLE_WORDS.items():
        if style in styles:
            items.append((style, "dot", f"filled: {words}{corrected}"))
    if "sx-open" in styles:
        items.append(("sx-open", "dot", "open: not clear, which does not mean equal"))
    if "sx-equivalent" in styles:
        items.append(("sx-equivalent", "square", "square: equivalent, within the margin (grey)"))
    elif any(results.margin is not None for results in context.losses.values()):
        items.append(("", "", "grey: within the margin"))
    of = "all pairs together" if context.simultaneous else "this pair alone"
    items.append(("sx-open", "line", f"{context.level} interval of {of}"))
    ends = [(loss, x) for loss, of_loss in shown.items() for v in of_loss for x in span_of(v).ends]
    if any(scales[loss].is_off(x) for loss, x in ends):
        items.append(("sx-open", "arrow", "goes on beyond the picture"))
    return tag(
        "ul",
        *(
            tag("li", sample(shape) if shape else None, text, class_=style or None)
            for style, shape, text in items
        ),
        class_="sx-legend",
    )


def _power(context: Context) -> Element | None:
    """Say which difference a study of this size would have found."""
    losses = list(context.losses.values())
    said = [sentence for sentence in (on_one_side(losses), on_power(losses)) if sentence]
    return tag("p", " ".join(said), class_="sx-power") if said else None


def _numbered(notes: Iterable[tuple[int, str]]) -> Element | None:
    items = [
        tag("li", tag("span", hidden("Note "), str(number), class_="sx-m"), " ", text)
        for number, text in notes
    ]
    return tag("ul", *items, class_="sx-foot") if items else None


def _next(context: Context) -> Element | None:
    classes = context.content.classes
    steps = next_steps(list(context.losses.values()), "" if classes is None else classes.rarest)
    if not steps:
        return None
    items = [
        tag("li", step.text, *((" ", tag("code", step.code)) if step.code else ()))
        for step in steps
    ]
    return tag("section", tag("h2", "What to do next"), tag("ul", *items), class_="sx-next")


# --- parts ----------------------------------------------------------------------------------


def skill_of(skill: float) -> str:
    """Return a skill to two decimals; nothing where it is not known."""
    return "" if math.isnan(skill) else f"{round(skill, 2) + 0.0:.2f}".replace("-", MINUS)


def _sides(text: str) -> Element:
    worse = tag("span", "worse \N{RIGHTWARDS ARROW}", aria_hidden="true")
    return tag("span", tag("span", text), worse, class_="sx-sides")


def _more(context: Context, loss: str) -> str | None:
    """Say how many models are not shown, and what is known of them."""
    results, shown = context.losses[loss], context.shown[loss]
    every = results.shown() if results.planned else results.able
    left = [name for name in every if name not in shown]
    if not left:
        return None
    words = [v.words for v in context.verdicts[loss] if results.label_of(v) in left]
    told = [f"{words.count(x)} {x}" for x in STYLE_WORDS.values() if x in words]
    said = " and ".join(told) or "none clearly better or worse"
    if len(left) == 1:
        return (
            f"1 more, {', '.join(words) or 'not compared'} on {results.title}; it is listed below."
        )
    return f"{len(left)} more, {said} on {results.title}; all are listed below."


def marked(marks: Sequence[int]) -> list[Child]:
    """Return numbers of notes, as a cell shows them."""
    if not marks:
        return []
    return [hidden("note " if len(marks) == 1 else "notes "), ", ".join(map(str, marks))]


def superscript(marks: Sequence[int]) -> list[Child]:
    """Return numbers of notes, as they stand behind a text."""
    return [tag("sup", *marked(marks))] if marks else []
