"""The report on several data sets in HTML: verdict, one row a model, all else folded away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from xml.etree.ElementTree import Element

from sklearn_xent.inference.datasets import DatasetCaution
from sklearn_xent.report import elements
from sklearn_xent.report.datasets import (
    LIKE_THESE,
    MEANINGS,
    THESE,
    Answer,
    DatasetResults,
    kind_of_means,
    least_of,
    main_results,
    on_scores,
    seen_from,
    verdicts,
    wilcoxon_note,
)
from sklearn_xent.report.elements import cell, head, name, row, side, table, tag, wide
from sklearn_xent.report.intervals import Scale, Span, interval, reference, ruler, scales_of
from sklearn_xent.report.rows import DatasetDifferenceRow, DatasetRow
from sklearn_xent.report.study import count, per_cent
from sklearn_xent.report.tables import MINUS, Numbers, cut_all, pvalue

AnyRow = DatasetDifferenceRow | DatasetRow
MOST_ROWS = 100
NAME_WIDTH = 40
STYLES = {"clearly worse": "sx-worse", "clearly better": "sx-better"}


def document(
    losses: Sequence[DatasetResults], warnings: Sequence[Warning], title: str | None = None
) -> str:
    """Return the report as a page of its own."""
    n_models, n_sets = len(set(losses[0].models)), len(losses[0].study.names)
    words = f"Comparison of {count(n_models, 'model')} on {count(n_sets, 'data set')}"
    title = words if title is None else title
    return elements.document(title, _report(losses, warnings, title), _css())


def fragment(losses: Sequence[DatasetResults], warnings: Sequence[Warning]) -> str:
    """Return the report as a part of a page, such as a notebook: smaller, without a title."""
    return elements.fragment(_report(losses, warnings, None), _css())


def _css() -> str:
    return files("sklearn_xent.report").joinpath("report.css").read_text(encoding="utf-8")


def _report(
    losses: Sequence[DatasetResults], warnings: Sequence[Warning], title: str | None
) -> Element:
    names = list(dict.fromkeys(losses[0].models))
    short = dict(zip(names, cut_all(names, NAME_WIDTH), strict=True))
    losses = [results.renamed(short) for results in losses]
    study, notes = losses[0].study, _Notes()
    rows = _rows(losses, notes)
    first, *others = verdicts(losses)
    missing = study.missing()
    said = [f"{study.facts(len(names))}.", _scope(losses[0])]
    said += [text] if (text := on_scores(losses)) else []
    said += [f"Left out for the pairs of a model that failed: {missing}."] if missing else []
    folds = [_pairs(losses), _forests(losses), _ranks(losses), _warnings(warnings), _reading()]
    return tag(
        "div",
        None if title is None else tag("h1", title),
        tag("p", first, class_="sx-verdict"),
        *(tag("p", text, class_="sx-scope") for text in others),
        tag("p", " ".join(said), class_="sx-scope"),
        rows,
        notes.element(),
        tag("div", *(fold for fold in folds if fold is not None), class_="sx-folds"),
        class_="sx-report" if title is not None else "sx-report sx-compact",
    )


def _scope(results: DatasetResults) -> str:
    level = f"{100 * results.study.level:g}%"
    return (
        f"Drawn are {level} intervals of the mean difference over data sets like these, of which "
        "these must be a fair sample. Filled: clear there; open: not. Positive is worse."
    )


class _Notes:
    """Number the notes in the order in which rows have them."""

    def __init__(self) -> None:
        self.numbers: dict[DatasetCaution, int] = {}

    def marks(self, cautions: Sequence[DatasetCaution]) -> str:
        """Return the numbers of the notes of a row."""
        numbers = [self.numbers.setdefault(x, len(self.numbers) + 1) for x in cautions]
        return ", ".join(map(str, sorted(numbers)))

    def element(self) -> Element | None:
        """Return the notes."""
        items = [
            tag("li", MEANINGS[caution], value=number) for caution, number in self.numbers.items()
        ]
        return tag("ol", *items, class_="sx-soft") if items else None


def _style(words: str) -> str:
    return STYLES.get(words, "sx-open")


def _span(x: AnyRow) -> Span:
    return Span(x.conf_low, x.difference, x.conf_high)


def _numbers(results: DatasetResults) -> tuple[Numbers, Numbers]:
    fine = results.numbers()
    fine.minus = MINUS
    return fine, fine.with_decimals(fine.decimals - 1)


# --- the first screen -----------------------------------------------------------------------


def _rows(losses: Sequence[DatasetResults], notes: _Notes) -> Element:
    """Draw one block of rows for each loss."""
    study = losses[0].study
    minus = f"the {least_of(losses)}" if study.baseline is None else "the baseline"
    mean = f"Mean {kind_of_means(losses)}".strip()
    columns = [
        head("Pair" if study.planned else "Model", "sx-c-model"),
        head("" if study.planned else mean, "sx-n sx-c-mean"),
        head("Drawn" if study.planned else f"Minus {minus}", "sx-plot"),
        head("Difference", "sx-n sx-c-d"),
        head(f"{100 * study.level:g}% interval", "sx-i sx-c-i"),
        head("Verdict", "sx-c-v"),
        head("Notes", "sx-c-marks"),
    ]
    answers = {str(i): results.answers() for i, results in enumerate(losses)}
    scales = scales_of({i: [_span(x.like) for x in found] for i, found in answers.items()})
    bodies = []
    for results, (i, found) in zip(losses, answers.items(), strict=True):
        body = [_group(results.heading, scales[i], before=2)]
        if not study.planned:
            body.append(_reference_row(results, scales[i]))
        body += [_answer_row(results, answer, scales[i], notes) for answer in found[:MOST_ROWS]]
        bodies.append(body)
    caption = f"Each model minus {minus}, {_one_by_one(losses)}; positive is worse"
    return table(caption, columns, bodies, "sx-rows")


def _group(title: str, scale: Scale, *, before: int) -> Element:
    return row(
        side(tag("span", title), scope="rowgroup", colspan=before),
        cell(ruler(scale), class_="sx-plot"),
        class_="sx-group",
    )


def _mean(results: DatasetResults, model: str) -> str:
    value = next(x.mean_loss for x in results.summary if x.model == model)
    return "" if math.isnan(value) else _numbers(results)[0](results.shown(value))


def _reference_row(results: DatasetResults, scale: Scale) -> Element:
    words = results.least if results.study.baseline is None else "baseline"
    return row(
        side(name(results.reference)),
        cell(_mean(results, results.reference), class_="sx-n sx-mean"),
        cell(reference(scale), class_="sx-plot"),
        cell("", class_="sx-n sx-d"),
        cell("", class_="sx-i"),
        cell(words, class_="sx-v"),
        cell("", class_="sx-marks"),
        class_="sx-reference",
    )


def _answer_row(results: DatasetResults, answer: Answer, scale: Scale, notes: _Notes) -> Element:
    fine, coarse = _numbers(results)
    like, planned = answer.like, results.study.planned
    model = f"{answer.model} minus {answer.reference}" if planned else answer.model
    return row(
        side(name(model)),
        cell("" if planned else _mean(results, answer.model), class_="sx-n sx-mean"),
        cell(interval(scale, _span(like), "dot"), class_="sx-plot"),
        cell(fine(like.difference, signed=True), class_="sx-n sx-d"),
        cell(coarse.interval(like.conf_low, like.conf_high), class_="sx-i"),
        cell(answer.words, class_="sx-v"),
        cell(notes.marks(answer.cautions), class_="sx-marks"),
        class_=_style(answer.words),
    )


# --- folded away ----------------------------------------------------------------------------


def _fold(title: str, *content: Element | None) -> Element:
    return tag("details", tag("summary", tag("h2", title)), tag("div", *content))


def _one_by_one(losses: Sequence[DatasetResults]) -> str:
    kind = kind_of_means(losses)
    return f"{kind} by {kind}" if kind else "one by one"


def _soft(text: str) -> Element:
    return tag("p", text, class_="sx-soft")


def _pairs(losses: Sequence[DatasetResults]) -> Element:
    """List every pair by both questions."""
    level = f"{100 * losses[0].study.level:g}%"
    titles = ("Model", "Minus", "Data sets", "Difference", f"{level} interval", "New data set",
              "p (Holm)", "Won-lost", "Verdict")  # fmt: skip
    kinds = ("sx-c-model", "sx-c-model", "sx-i", "sx-n", "sx-i", "sx-i", "sx-n", "sx-n", "sx-v")
    columns = [head(title, kind) for title, kind in zip(titles, kinds, strict=True)]
    bodies, n, n_clear = [], 0, 0
    better = {"loss": "lower mean loss", "score": "higher mean score"}
    better_mean = better.get(kind_of_means(losses), "better mean")
    for results in losses:
        fine, coarse = _numbers(results)
        body = [row(side(results.title, scope="rowgroup", colspan=9), class_="sx-group")]
        found = results.differences
        n, n_clear = n + len(found), n_clear + sum(x.conclusion != "not clear" for x in found)
        for x in found[:MOST_ROWS]:
            seen = seen_from(x, x.model_b if x.difference >= 0 else x.model_a)
            words = "not clear" if seen.conclusion == "not clear" else "clearly worse"
            texts = (
                "these" if seen.question == THESE else "like these",
                fine(seen.difference, signed=True),
                coarse.interval(seen.conf_low, seen.conf_high),
                coarse.interval(seen.new_low, seen.new_high),
                pvalue(seen.pvalue_holm),
                f"{seen.wins}-{seen.losses}",
                words,
            )
            cells = [cell(text, class_=kind) for text, kind in zip(texts, kinds[2:], strict=True)]
            body.append(
                row(side(name(seen.model_a)), cell(name(seen.model_b)), *cells,
                    class_=_style(words))
            )  # fmt: skip
        bodies.append(body)
    return _fold(
        f"All {n} answers, with p-values: {n_clear} are clear",
        _soft(
            f"Each model minus one with a {better_mean}. These: the mean of these data sets, with "
            "the errors within them. Like these: with the spread between them. New data set: the "
            "prediction interval. Won-lost: data sets where the model is clearly better, worse."
        ),
        wide("All pairs", table(f"All pairs, {_one_by_one(losses)}", columns, bodies, "sx-slices")),
    )


def _forests(losses: Sequence[DatasetResults]) -> Element | None:
    """Draw the differences of every data set, for the models compared with the reference."""
    results = main_results(losses)
    answers = results.answers()[:6]
    parts: list[Element | None] = []
    for answer in answers:
        parts.append(tag("h2", f"{answer.model} minus {answer.reference}"))
        parts.append(_forest(results, answer))
    return _fold(f"Each data set, {results.title}", *parts)


def _forest(results: DatasetResults, answer: Answer) -> Element:
    these, like = answer.these, answer.like
    found = results.on_each(answer.model, answer.reference)[:MOST_ROWS]
    means = [
        ("Mean of these", these, _said(these)),
        ("Mean of sets like these", like, _said(like)),
        ("A new data set", replace(like, conf_low=like.new_low, conf_high=like.new_high), ""),
    ]
    every = [_span(x) for x in found] + [_span(x) for _, x, _ in means]
    scale = scales_of({"all": every})["all"]
    fine, coarse = _numbers(results)

    def line(title: str, x: AnyRow, words: str) -> Element:
        return row(
            side(name(title)),
            cell(interval(scale, _span(x), "dot"), class_="sx-plot"),
            cell(fine(x.difference, signed=True), class_="sx-n"),
            cell(coarse.interval(x.conf_low, x.conf_high), class_="sx-i"),
            cell(words, class_="sx-v"),
            class_=_style(words),
        )

    columns = [head("Data set", "sx-c-model"), head("Drawn", "sx-plot"), head("Difference", "sx-n")]
    columns += [head("Interval", "sx-i"), head("Verdict", "sx-v")]
    bodies = [
        [_group("Means", scale, before=1), *(line(*mean) for mean in means)],
        [line(x.dataset, x, _said(x)) for x in found],
    ]
    caption = f"{answer.model} minus {answer.reference} on each data set"
    return wide(caption, table(caption, columns, bodies, "sx-means"))


def _said(x: AnyRow) -> str:
    if x.conclusion not in ("a better", "b better"):
        return x.conclusion
    return "clearly worse" if x.difference > 0 else "clearly better"


def _ranks(losses: Sequence[DatasetResults]) -> Element:
    """List mean ranks and Wilcoxon's test, for those who must report them."""
    study = losses[0].study
    bodies, tests = [], []
    for results in losses:
        known = [x for x in results.summary if not math.isnan(x.mean_rank)]
        body = [row(side(results.title, scope="rowgroup", colspan=3), class_="sx-group")]
        for of_model in sorted(known, key=lambda x: x.mean_rank):
            body.append(
                row(
                    side(name(of_model.model)),
                    cell(f"{of_model.mean_rank:.2f}", class_="sx-n"),
                    cell(str(of_model.n_datasets), class_="sx-n"),
                    class_="sx-plain",
                )
            )
        bodies.append(body)
        of_pairs = [row(side(results.title, scope="rowgroup", colspan=4), class_="sx-group")]
        for x in results.differences:
            if x.question == LIKE_THESE:
                chance = x.chance_a_better
                of_pairs.append(
                    row(
                        side(name(x.model_a)),
                        cell(name(x.model_b)),
                        cell(pvalue(x.pvalue_wilcoxon_holm), class_="sx-n"),
                        cell("" if math.isnan(chance) else per_cent(chance), class_="sx-n"),
                        class_="sx-plain",
                    )
                )
        tests.append(of_pairs)
    of_ranks = [head("Model"), head("Mean rank", "sx-n"), head("Data sets", "sx-n")]
    of_tests = [head("Model A"), head("Model B"), head("Wilcoxon p (Holm)", "sx-n")]
    of_tests.append(head("A better on a new one", "sx-n"))
    return _fold(
        "Ranks and Wilcoxon's test, for those who must report them",
        _soft(wilcoxon_note(len(study.names), study.level)),
        wide("Mean ranks", table("Mean ranks", of_ranks, bodies, "sx-slices")),
        wide("Wilcoxon's test", table("Wilcoxon's test", of_tests, tests, "sx-slices")),
    )


def _warnings(warnings: Sequence[Warning]) -> Element | None:
    if not warnings:
        return None
    items = [tag("dt", type(x).__name__) for x in warnings]
    told = [tag("dd", str(x)) for x in warnings]
    listed = [child for pair in zip(items, told, strict=True) for child in pair]
    return _fold("What was warned of", tag("dl", *listed))


def _reading() -> Element:
    return _fold(
        "How to read this",
        _soft(
            "Each data set counts the same. A verdict is about data sets like these unless it says "
            '"on these": then the mean over exactly these data sets is clear, and the spread '
            "between them is too great to say the same of others. Not clear does not mean equal."
        ),
    )
