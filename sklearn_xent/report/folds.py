"""What a report folds away: all pairs, means, calibration, slices, warnings, how to read it."""

import math
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from xml.etree.ElementTree import Element

from sklearn_xent._messages import one_line
from sklearn_xent.inference.cautions import Caution
from sklearn_xent.report import sentences
from sklearn_xent.report.content import SliceMean
from sklearn_xent.report.elements import (
    Child,
    cell,
    head,
    name,
    row,
    side,
    table,
    tag,
    wide,
)
from sklearn_xent.report.intervals import Scale, Span, interval, scales_of
from sklearn_xent.report.rows import SummaryRow
from sklearn_xent.report.scores import noun, nouns, one_by_one
from sklearn_xent.report.screen import (
    Context,
    Line,
    compared,
    group,
    skill_of,
    span_of,
    style_of,
)
from sklearn_xent.report.study import count
from sklearn_xent.report.tables import MINUS, Numbers, pvalue
from sklearn_xent.report.verdicts import NOT_SHOWN, Kind, LossResults, Verdict, of_means

MOST_ROWS, MOST_MODELS = 100, 5


def all_of(context: Context) -> list[Element]:
    """Return what is folded away, each under its heading."""
    found = [
        _pairs(context),
        _means(context),
        _calibration(context),
        *_slices(context),
        _models(context),
        _warnings(context),
        _reading(context),
    ]
    return [fold for fold in found if fold is not None]


def unsaid(context: Context) -> Element | None:
    """Say what is left out, and why."""
    return _soft(context.content.unsaid) if context.content.unsaid else None


def _fold(title: Child, *content: Child) -> Element:
    return tag("details", tag("summary", tag("h2", title)), tag("div", *content))


# --- pairs and means ------------------------------------------------------------------------


def _pairs(context: Context) -> Element | None:
    """List every pair, with its p-value: a model minus the baseline, or minus the lower of both."""
    baseline = context.content.first.baseline
    pairs = {loss: _ordered(results, baseline) for loss, results in context.losses.items()}
    all_pairs = [v for of_loss in pairs.values() for v in of_loss]
    if not all_pairs:
        return None
    scales = scales_of({loss: [span_of(v) for v in of] for loss, of in pairs.items()})
    columns = [
        head("Model", "sx-c-model"),
        head("Minus", "sx-c-model"),
        head("Drawn", "sx-plot"),
        head("Difference", "sx-n"),
        head(f"{context.level} interval", "sx-i"),
        head("p (Holm)", "sx-n"),
        head("Verdict", "sx-v"),
        head("Notes", "sx-marks"),
    ]
    bodies, longest = [], max(map(len, pairs.values()))
    for loss, of_loss in pairs.items():
        rows = [group(context, loss, scales[loss], before=2)]
        for verdict in of_loss[:MOST_ROWS]:
            line = Line(verdict.model, math.nan, style_of(verdict), verdict.words, (), verdict)
            rows.append(
                row(
                    side(context.named(verdict.model)),
                    cell(context.named(verdict.reference)),
                    *compared(context, loss, line, scales[loss]),
                    cell(pvalue(verdict.pvalue_holm), class_="sx-n"),
                    cell(verdict.words, class_="sx-v"),
                    cell(*context.pair_marks(loss, verdict), class_="sx-marks"),
                    class_=line.style,
                )
            )
        bodies.append(rows)
    n, clear = len(all_pairs), sum(v.kind is Kind.CLEAR for v in all_pairs)
    lower = of_means(
        context.losses.values(),
        "one with a lower mean loss",
        "one with a higher mean score",
        "one with a better mean",
    )
    lower = lower if baseline is None else "the baseline"
    turns = one_by_one(context.losses.values())
    title = f"All {n} differences, with p-values: {clear} {'is' if clear == 1 else 'are'} clear"
    return _fold(
        title if n > 1 else "The difference, with its p-value",
        _soft(f"Each model minus {lower}; positive is worse."),
        wide("All pairs", table(f"All pairs, {turns}", columns, bodies, "sx-pairs")),
        _more(longest, "differences"),
        context.notes_of_pairs(),
    )


def _ordered(results: LossResults, baseline: str | None) -> list[Verdict]:
    """Return every pair as a model compared with a lower one; those with the lowest first."""
    seen = [v.seen_from(v.lower if baseline is None else baseline) for v in results.pairs]
    place = {model: i for i, model in enumerate(results.able)}
    return sorted(seen, key=lambda v: (place[v.reference], place[v.model]))


def _means(context: Context) -> Element:
    """Show the mean loss of every model, the lowest first, with its interval."""
    shown = {loss: results.ranked[:MOST_ROWS] for loss, results in context.losses.items()}
    spans = {loss: [context.span(loss, x) for x in rows] for loss, rows in shown.items()}
    scales = scales_of(spans)
    has_skill = not all(math.isnan(x.skill) for rows in shown.values() for x in rows)
    columns = [
        head("Model", "sx-c-model"),
        head("Rank", "sx-n"),
        head(context.mean, "sx-n"),
        head("Drawn", "sx-plot"),
        head(f"{context.level} interval", "sx-i"),
        *([head("Skill", "sx-n")] if has_skill else []),
    ]
    bodies = []
    for loss, rows in shown.items():
        body = [group(context, loss, scales[loss], before=3, signed=False)]
        for of_model, span in zip(rows, spans[loss], strict=True):
            body.append(_mean(context, loss, of_model, span, scales[loss], has_skill=has_skill))
        bodies.append(body)
    means = of_means(context.losses.values(), "Mean losses", "Mean scores", "Means")
    better = of_means(context.losses.values(), "Lower is better. ", "Higher is better. ", "")
    turns = one_by_one(context.losses.values())
    return _fold(
        f"{means}, with intervals" + " and skill" * has_skill,
        _soft(
            f"{better}Intervals that overlap do not say that there is no difference: the "
            "differences above are paired."
        )
        if len(context.content.models) > 1
        else None,
        wide(means, table(f"{means}, {turns}", columns, bodies, "sx-means")),
        _more(len(context.content.models), "summary"),
    )


def _mean(
    context: Context,
    loss: str,
    of_model: SummaryRow,
    span: Span,
    scale: Scale,
    *,
    has_skill: bool,
) -> Element:
    digits, failed = context.digits[loss], of_model.status == "failed"
    skill = cell(skill_of(of_model.skill), class_="sx-n")
    return row(
        side(context.named(of_model.model)),
        cell("" if failed else str(of_model.rank), class_="sx-n"),
        cell("failed" if failed else digits(span.value), class_="sx-n"),
        cell(interval(scale, span, "dot"), class_="sx-plot"),
        cell(context.limits(loss, span.low, span.high), class_="sx-i"),
        *([skill] if has_skill else []),
        class_="sx-plain",
    )


# --- calibration and slices -----------------------------------------------------------------


def _calibration(context: Context) -> Element | None:
    """Show why the losses are what they are."""
    found = sorted(context.content.calibration, key=lambda x: x.score)
    if not found:
        return None
    of_losses = {
        loss: [x for x in found if x.loss == loss][:MOST_ROWS]
        for loss in dict.fromkeys(x.loss for x in context.content.calibration)
    }
    spans = {
        loss: [Span(0.0, x.miscalibration, x.miscalibration) for x in of_loss]
        for loss, of_loss in of_losses.items()
    }
    scales = scales_of(spans)
    columns = [
        head("Model", "sx-c-model"),
        head("Mean loss", "sx-n"),
        head("Miscalibration drawn", "sx-plot"),
        head("Miscalibration", "sx-n"),
        head("Discrimination", "sx-n"),
        head("Uncertainty", "sx-n"),
    ]
    bodies = []
    for loss, of_loss in of_losses.items():
        number = Numbers(x.score / 20 for x in of_loss)
        body = [group(context, loss, scales[loss], before=2, signed=False)]
        for x, span in zip(of_loss, spans[loss], strict=True):
            parts = (x.miscalibration, x.discrimination, x.uncertainty)
            body.append(
                row(
                    side(context.named(x.model)),
                    cell(number(x.score), class_="sx-n"),
                    cell(interval(scales[loss], span, "dot"), class_="sx-plot"),
                    *(cell(number(part), class_="sx-n") for part in parts),
                    class_="sx-plain",
                )
            )
        bodies.append(body)
    said = (
        f"Mean loss = miscalibration {MINUS} discrimination + uncertainty. Miscalibration is what "
        "recalibrating the probabilities would save (lower is better), discrimination how well "
        "the samples are told apart (higher is better), uncertainty the loss of always predicting "
        "the class frequencies."
    )
    drawn = table("Calibration, loss by loss", columns, bodies, "sx-cal")
    return _fold(_worst(context), _soft(said), wide("Calibration", drawn))


def _worst(context: Context) -> Element:
    """Return the heading: which model has most to gain from recalibration."""
    found = context.content.calibration
    rows = [x for x in found if x.loss == found[-1].loss and math.isfinite(x.score)]
    if len(rows) < 2:
        return tag("span", "Calibration")
    worst = max(rows, key=lambda x: x.miscalibration)
    results = context.losses[worst.loss]
    number, title = Numbers([worst.score / 5]), results.title
    unit = f" {results.info.unit}" if results.info.unit else ""
    return tag(
        "span",
        "Calibration: ",
        context.named(worst.model),
        f" has the largest miscalibration, {number(worst.miscalibration)} of its mean "
        f"{number(worst.score)}{unit} in {title}",
    )


def _slices(context: Context) -> Iterator[Element]:
    """Show the mean losses of the best models in each slice."""
    for title, means in context.content.slices:
        loss, able = means[0].loss, {x.model for x in means}
        results = context.losses[loss]
        models = [model for model in results.able if model in able]
        number = Numbers(x.std_error for x in means)
        slices = list(dict.fromkeys(x.group for x in means))
        of_slices = {(x.group, x.model): x for x in means}
        columns = [
            head("Slice", "sx-c-model"),
            head("Samples", "sx-n"),
            *(head(context.named(model)) for model in models[:MOST_MODELS]),
        ]
        rows = []
        for label in slices[:MOST_ROWS]:
            of_slice = [of_slices[label, model] for model in models[:MOST_MODELS]]
            cells = [cell(*_mean_in_slice(number, results, x), class_="sx-i") for x in of_slice]
            n_obs = str(of_slice[0].n_obs)
            rows.append(row(side(name(str(label))), cell(n_obs, class_="sx-n"), *cells))
        caption = f"{context.title(loss)} by {title}"
        best = f" The {MOST_MODELS} best of {len(models)} models." * (len(models) > MOST_MODELS)
        yield _fold(
            tag("span", f"{context.title(loss)} by ", name(title)),
            _soft(
                f"Mean {'scores' if results.is_score else 'losses'}, with the interval of each "
                f"slice on its own. Comparison.by has the other losses.{best}"
            ),
            wide(caption, table(caption, columns, [rows], "sx-slices")),
            _more(len(slices), "by(groups)"),
        )


def _mean_in_slice(number: Numbers, results: LossResults, x: SliceMean) -> list[Child]:
    limits = number.interval(*results.shown_interval(x.conf_low, x.conf_high)) or "no interval"
    return [tag("strong", number(results.shown_mean(x.mean_loss))), f" ({limits})"]


# --- words ----------------------------------------------------------------------------------


def _models(context: Context) -> Element | None:
    """Tell the models as they were passed, and the names that were cut."""
    known = context.content.facts.models
    cut = [model for model in context.content.models if context.short[model] != model]
    told = [model for model in context.content.models if model in known or model in cut]
    if not told:
        return None
    items = [
        item
        for model in told
        for item in (
            tag("dt", name(model)),
            tag("dd", tag("code", known[model])) if model in known else None,
        )
    ]
    return _fold("The models and their parameters" if known else "Names in full", tag("dl", *items))


def _warnings(context: Context) -> Element | None:
    warnings = context.content.warnings
    if not warnings:
        return None
    items = [
        item
        for warning in warnings
        for item in (tag("dt", *_meaning_of(warning)), tag("dd", _sentence(str(warning))))
    ]
    n = len(warnings)
    return _fold(f"{n} warning{'s' * (n > 1)}, with what to do", tag("dl", *items))


def _meaning_of(warning: Warning) -> list[Child]:
    """Return what a class of warnings means, and its name."""
    return [f"{getattr(warning, 'meaning', '')} ", tag("code", type(warning).__name__)]


def _reading(context: Context) -> Element:
    """Explain the words of the report."""
    losses = context.content.losses.values()
    pairs = [pair for results in losses for pair in results.pairs]
    terms = [("Intervals", f"They are about the {sentences.estimand(losses)}.")]
    if pairs:
        terms = _terms_of_pairs(context, sentences.estimand(losses))
    if any(results.margin is not None for results in losses):
        terms.append(
            (
                "Equivalent",
                "The difference is shown to be smaller than the margin: "
                f"{_margins(context)}. Corrected for all pairs, as above.",
            )
        )
    if any(pair.retraining == NOT_SHOWN for pair in pairs):
        terms.append(
            (
                "Retrained models",
                "The intervals are about the models fitted here. Trained on other samples, models "
                "come out otherwise. A second, stricter test asks whether a difference is clear "
                "for them too; on few folds it misses most small ones.",
            )
        )
    if any(Caution.UNSTABLE in pair.cautions for pair in pairs):
        terms.append(
            (
                "Change between repeats",
                "Trained on other folds of the same samples, the models predict so differently "
                "that the interval may be too narrow.",
            )
        )
    if not all(math.isnan(x.skill) for results in losses for x in results.summary):
        skill = "The share of the loss of always predicting the class frequencies that is avoided."
        terms.append(("Skill", f"{skill} 1 is perfect, 0 no better than them."))
    terms += [
        (results.info.title, f"{_capital(one_line(results.info.description))}.")
        for results in losses
        if results.info.description
    ]
    return _fold("How to read this", _terms(terms))


def _terms_of_pairs(context: Context, estimand: str) -> list[tuple[str, str]]:
    """Explain differences and the verdicts on them."""
    level, losses = context.level, context.losses.values()
    one = noun(losses)
    about = (
        f"About {level} of such intervals hold the true difference of their pair. It is about the "
        f"{estimand}. It is not corrected for other pairs, so it may leave out zero though the "
        "difference is not clear."
    )
    if context.simultaneous:
        about = (
            f"In about {level} of such comparisons, the intervals of all pairs of a {one} hold the "
            f"true difference, all at once. They are about the {estimand}."
        )
    return [
        (
            "Difference",
            of_means(
                losses,
                "The mean loss of a model minus that of the other",
                "By how much the mean score of a model is below that of the other",
                "The mean loss of a model minus that of the other, or by how much its mean score "
                "is below that of the other",
            )
            + ", on the same samples. Positive is worse.",
        ),
        (
            f"{level} interval",
            about,
        ),
        (
            "Clearly better, clearly worse",
            f"The difference is found after correction for all pairs of a {one} (Holm). If all "
            f"models were equal, at most {100 - float(level[:-1]):g}% of comparisons would "
            "call any pair clear.",
        ),
        (
            "Not clear",
            "The data do not show which model is better. That does not mean that they are "
            "equal: the interval tells how large the difference may be.",
        ),
        (
            f"Several {nouns(losses)}",
            f"Each {one} is a look of its own, and nothing corrects for "
            "their number. Decide beforehand which one matters.",
        ),
    ]


def _margins(context: Context) -> str:
    told = [
        f"{results.margin:.3g} for {results.title}"
        for results in context.losses.values()
        if results.margin is not None
    ]
    return ", ".join(told)


# --- the foot -------------------------------------------------------------------------------


def footer(context: Context) -> Element:
    """Say how the comparison was made."""
    content, facts = context.content, context.content.facts
    study, losses = content.first.study, list(content.losses.values())
    methods = [x.method for of in losses for x in of.differences]
    methods = methods or [x.method for of in losses for x in of.computed]
    tests = f"{context.level}; {', '.join(dict.fromkeys(methods))}"
    if study.n_pairs != 1 and any(results.pairs for results in losses):
        tests += f"; corrected for {study.pairs}, each {noun(losses)} by itself (Holm)"
    data = [] if study.n_samples is None else [count(study.n_samples, study.item)]
    data += [] if study.n_runs is None else [f"{study.n_runs} runs of each model"]
    data += [] if study.n_groups is None else [count(study.n_groups, "group")]
    data += [] if facts.n_features is None else [count(facts.n_features, "feature")]
    items = {
        "Data": ", ".join(data),
        "Classes": "" if content.classes is None else content.classes.words,
        "Cross-validation": facts.splits,
        "Intervals and tests": tests,
        "Made with": (
            f"sklearn_xent {_version('sklearn_xent')}, scikit-learn {_version('scikit-learn')}, "
            f"Python {platform.python_version()}, on {facts.made.day} {facts.made:%B %Y}"
        ),
    }
    told = [tag("p", tag("strong", term), f" {text}.") for term, text in items.items() if text]
    return tag("footer", *told)


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # used from a folder that was not installed
        return "(not installed)"


# --- parts ----------------------------------------------------------------------------------


def _terms(terms: list[tuple[str, str]]) -> Element:
    return tag("dl", *(x for a, b in terms for x in (tag("dt", a), tag("dd", b))))


def _soft(text: str) -> Element:
    return tag("p", text, class_="sx-soft")


def _sentence(text: str) -> str:
    """Begin with a capital letter, unless the first word is code."""
    return _capital(text) if text.partition(" ")[0].isalpha() else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _more(n: int, where: str) -> Element | None:
    return _soft(f"The first {MOST_ROWS} of {n}; all are in .{where}.") if n > MOST_ROWS else None
