"""A report in HTML: the conclusions first, then the numbers that they rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from xml.etree.ElementTree import Element

import pandas as pd

from sklearn_xent.inference.cautions import Caution
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report import elements, sentences
from sklearn_xent.report.elements import Axis, Child, name, table, tag
from sklearn_xent.report.tables import MINUS, Numbers, interval_title, pvalue
from sklearn_xent.report.verdicts import NOT_SHOWN, Kind, LossResults, Verdict

MOST_ROWS, MOST_MODELS = 100, 5
RETRAINING = (
    "As fitted here, not for retrained models",
    "The models fitted in this cross-validation differ on samples like these. If the same "
    "kinds of models were trained on other samples, the data do not show that they would still "
    "differ. It matters if you will train again: compare on repeated folds to learn more.",
)
VARYING = (
    "Unstable between repeats",
    "Trained on other folds of the same samples, the models predict so differently that the "
    "interval may be too narrow. Trust only small p-values.",
)


@dataclass(frozen=True)
class ReportContent:
    """Everything that a report shows."""

    losses: Mapping[str, LossResults]
    about: str
    """What the intervals are about."""
    calibration: pd.DataFrame | None = None
    slices: Sequence[tuple[str, pd.DataFrame]] = ()
    """Title and mean losses of each slicing; the first column names the slice. Of one loss."""
    warnings: Sequence[Warning] = ()
    note: str = ""

    @property
    def first(self) -> LossResults:
        """The results of the first loss, for what all losses share."""
        return next(iter(self.losses.values()))

    @property
    def title(self) -> str:
        """The title, unless the caller gave another."""
        n = self.first.summary["model"].nunique()
        return f"Comparison of {n} models" if n > 1 else "One model"


def document(content: ReportContent, title: str | None = None) -> str:
    """Return the report as a page of its own."""
    return elements.document(
        content.title if title is None else title, _report(content, title), _css()
    )


def fragment(content: ReportContent) -> str:
    """Return the report as a part of a page."""
    return elements.fragment(_report(content, None), _css())


def _css() -> str:
    return files("sklearn_xent.report").joinpath("report.css").read_text(encoding="utf-8")


def _report(content: ReportContent, title: str | None) -> Element:
    return tag(
        "div",
        tag("h1", content.title if title is None else title),
        *_conclusions(content),
        *_losses(content),
        *_differences(content),
        *_calibration(content),
        *_slices(content),
        *_warnings(content),
        *_reading(content),
        class_="sx-report",
    )


# --- sections -------------------------------------------------------------------------------


def _conclusions(content: ReportContent) -> list[Child]:
    losses = content.losses.values()
    headlines = [sentences.headline(results, brief=True) for results in losses]
    n = len(content.warnings)
    careful = f"{n} warning{'s' * (n > 1)} below say{'s' * (n == 1)} what to be careful of."
    return [
        tag("p", sentences.overall(losses), class_="lead"),
        tag("ul", *(tag("li", line) for line in headlines)),
        tag("p", careful) if n else None,
        tag("p", content.about, class_="soft"),
        tag("p", content.note, class_="soft") if content.note else None,
    ]


def _losses(content: ReportContent) -> list[Child]:
    """Show the mean losses, the lowest first, each with its interval."""
    level = interval_title(content.first.summary)
    out: list[Child] = [
        tag("h2", "Mean losses"),
        tag(
            "p", f"Lower is better. The dot is the mean loss, the line its {level}.", class_="soft"
        ),
    ]
    for results in content.losses.values():
        out += [_losses_table(results, level), _more(len(results.summary), "summary")]
    return out


def _losses_table(results: LossResults, level: str) -> Element:
    summary = results.ranked.head(MOST_ROWS)
    has_skill = bool(summary["skill"].notna().any())
    has_zeros = results.info.floor_cost > 0 and bool(summary["n_zero_probability"].gt(0).any())
    number, share = Numbers(summary["std_error"]), Numbers([0.1])
    axis = Axis([*summary["conf_low"], *summary["conf_high"], *summary["mean_loss"]])
    head: list[Child] = ["Model", "Rank", "Mean loss", _ends(axis, number), level]
    head += ["Skill"] * has_skill + ["Zero probabilities"] * has_zeros
    rows = []
    for row in summary.to_dict("records"):
        low, mean, high = row["conf_low"], row["mean_loss"], row["conf_high"]
        cells: list[Child] = [name(row["model"]), str(row["rank"]), number(mean)]
        cells += [axis.bar(low, mean, high), number.interval(low, high)]
        cells += [share(row["skill"])] * has_skill
        zeros = f"{row['n_zero_probability']} of {row['n_obs']}"
        if row["model"] in results.floor_shares:
            zeros += f", {results.floor_shares[row['model']]:.0%} of the loss"
        cells += [zeros] * has_zeros
        rows.append(cells)
    return table(_title(results.info), head, rows)


def _differences(content: ReportContent) -> list[Child]:
    """Compare every model with the best, or with the baseline; then show all pairs."""
    if all(results.differences.empty for results in content.losses.values()):
        return []
    if content.first.planned:
        return _planned(content)
    baseline = content.first.baseline
    reference = "the best" if baseline is None else f"the baseline, {baseline}"
    out: list[Child] = [
        tag("h2", "Differences"),
        tag(
            "p",
            f"The loss of each model minus that of {reference}. If one pair only were looked at, a "
            "line that does not touch the dashed zero would hardly be chance. The conclusion "
            "allows for all pairs compared: a filled dot is shown by the data.",
            class_="soft",
        ),
    ]
    for results in content.losses.values():
        verdicts = results.verdicts()
        if verdicts:
            out += [_differences_table(results, verdicts), _more(len(verdicts), "differences")]
        if len(results.pairs) > len(verdicts):
            out.append(_all_pairs(results))
    return out


def _differences_table(results: LossResults, verdicts: Sequence[Verdict]) -> Element:
    limits = [x for v in verdicts for x in (v.low, v.high, v.difference)]
    axis = Axis(limits, zero=True)
    scale = _ends(axis, Numbers([(axis.high - axis.low) / 20]))
    level = interval_title(results.differences)
    head: list[Child] = ["Model", "Conclusion", "Difference", scale, level, "p (Holm)"]
    rows: list[list[Child]] = []
    for v in verdicts[:MOST_ROWS]:
        number = _number_of(v)
        bar = axis.bar(v.low, v.difference, v.high, filled=v.kind is Kind.CLEAR)
        difference, interval = number(v.difference, signed=True), number.interval(v.low, v.high)
        rows.append([name(v.model), v.words, difference, bar, interval, pvalue(v.pvalue_holm)])
    caption = f"{_title(results.info)} minus that of {results.reference}"
    if results.margin is not None:
        caption += f", margin of equivalence {results.margin:.3g}"
    return table(caption, head, rows, words=2)


def _planned(content: ReportContent) -> list[Child]:
    """Show the planned pairs."""
    hint = (
        "The planned pairs: the loss of A minus that of B. Conclusions allow for the planned pairs "
        "only."
    )
    tables = [_pairs_table(results, "planned pairs") for results in content.losses.values()]
    return [tag("h2", "Differences"), tag("p", hint, class_="soft"), *tables]


def _all_pairs(results: LossResults) -> Element:
    return tag(
        "details",
        tag("summary", f"All {len(results.pairs)} pairs under {results.info.title}"),
        _pairs_table(results, "all pairs"),
        _more(len(results.pairs), "differences"),
    )


def _pairs_table(results: LossResults, which: str) -> Element:
    level = interval_title(results.differences)
    head: list[Child] = ["A", "B", "Conclusion on A", f"A {MINUS} B", level, "p (Holm)"]
    rows: list[list[Child]] = []
    for v in results.pairs[:MOST_ROWS]:
        number = _number_of(v)
        difference, interval = number(v.difference, signed=True), number.interval(v.low, v.high)
        models = name(v.model), name(v.reference)
        rows.append([*models, v.words, difference, interval, pvalue(v.pvalue_holm)])
    return table(f"{_title(results.info)}: {which}", head, rows, words=3)


def _calibration(content: ReportContent) -> list[Child]:
    """Show why the losses are what they are."""
    if content.calibration is None or content.calibration.empty:
        return []
    out: list[Child] = [
        tag("h2", "Calibration"),
        tag(
            "p",
            f"Loss = miscalibration {MINUS} discrimination + uncertainty. The miscalibration is "
            "what recalibrating the probabilities would save (lower is better), the "
            "discrimination how much the model knows (higher is better), the uncertainty the loss "
            "of always predicting the class frequencies.",
            class_="soft",
        ),
    ]
    for loss, of_loss in content.calibration.groupby("loss", sort=False):
        of_loss = of_loss.sort_values("score", kind="stable").head(MOST_ROWS)
        number = Numbers(of_loss["score"] / 20)
        axis = Axis(of_loss["miscalibration"].tolist(), zero=True)
        rows: list[list[Child]] = [
            [
                name(row["model"]),
                number(row["score"]),
                number(row["miscalibration"]),
                axis.bar(0.0, row["miscalibration"], row["miscalibration"]),
                number(row["discrimination"]),
                number(row["uncertainty"]),
            ]
            for row in of_loss.to_dict("records")
        ]
        head: list[Child] = [
            "Model",
            "Loss",
            "Miscalibration",
            _ends(axis, number),
            "Discrimination",
            "Uncertainty",
        ]
        out.append(table(_title(content.losses[str(loss)].info), head, rows))
    return out


def _slices(content: ReportContent) -> list[Child]:
    """Show the mean losses of the best models in each slice."""
    out: list[Child] = []
    for title, frame in content.slices:
        key, loss = frame.columns[0], frame["loss"].iloc[0]
        results, able = content.losses[loss], set(frame["model"])
        models = [model for model in results.ranked["model"] if model in able]
        number = Numbers(frame["std_error"])
        slices = dict.fromkeys(frame[key])
        cell = {
            (row[key], row["model"]): number(row["mean_loss"])
            + f" ({number.interval(row['conf_low'], row['conf_high']) or 'no interval'})"
            for row in frame.to_dict("records")
        }
        n_obs = dict(zip(frame[key], frame["n_obs"], strict=True))
        rows: list[list[Child]] = [
            [name(str(x)), str(n_obs[x]), *(cell[x, model] for model in models[:MOST_MODELS])]
            for x in list(slices)[:MOST_ROWS]
        ]
        head: list[Child] = ["Slice", "Samples", *map(name, models[:MOST_MODELS])]
        caption = f"{_title(results.info)} by {title}"
        out += [table(caption, head, rows), _more(len(slices), "by(groups)")]
        if len(models) > MOST_MODELS:
            out.append(tag("p", f"The {MOST_MODELS} best of {len(models)} models.", class_="soft"))
    hint = (
        "Mean losses with the interval of each slice on its own; for the other losses see "
        "Comparison.by."
    )
    return [tag("h2", "Slices"), tag("p", hint, class_="soft"), *out] if out else []


def _warnings(content: ReportContent) -> list[Child]:
    if not content.warnings:
        return []
    items = [
        item
        for warning in content.warnings
        for item in (tag("dt", _meaning_of(warning)), tag("dd", str(warning)))
    ]
    return [tag("h2", "What to be careful of"), tag("dl", *items)]


def _meaning_of(warning: Warning) -> Element:
    """Return what a class of warnings means, and its name."""
    meaning = (type(warning).__doc__ or "").partition("\n")[0].replace("`", "")
    return tag("span", f"{meaning} ", tag("span", type(warning).__name__, class_="kind"))


def _reading(content: ReportContent) -> list[Child]:
    """Explain the words of the report."""
    losses = content.losses.values()
    pairs = [pair for results in losses for pair in results.pairs]
    terms = [
        (results.info.title, f"{results.info.description.capitalize()}.")
        for results in losses
        if results.info.description
    ]
    terms += [
        (
            "Interval",
            f"Of one model, or of one pair. It is about the {sentences.estimand(losses)}.",
        ),
        (
            "Conclusion, p (Holm)",
            "Corrected for all pairs compared under a loss (Holm), so that claiming any difference "
            "between models that are equal is as rare as the level of the intervals says. That the "
            "data cannot tell two models apart does not mean that they are the same. Several "
            "losses are several looks, for which nothing is corrected: decide beforehand which one "
            "matters.",
        ),
    ]
    if any(pair.retraining == NOT_SHOWN for pair in pairs):
        terms.append(RETRAINING)
    if any(Caution.UNSTABLE in pair.cautions for pair in pairs):
        terms.append(VARYING)
    if any(results.summary["skill"].notna().any() for results in losses):
        skill = "The share of the loss of always predicting the class frequencies that is avoided."
        terms.append(("Skill", f"{skill} 1 is perfect, 0 no better than them."))
    items = [item for term, text in terms for item in (tag("dt", term), tag("dd", text))]
    return [tag("h2", "How to read this"), tag("dl", *items)]


# --- parts ---------------------------------------------------------------------------------


def _number_of(verdict: Verdict) -> Numbers:
    """Choose the digits that a difference deserves: those of its own error."""
    return Numbers([(verdict.high - verdict.low) / 4])


def _ends(axis: Axis, number: Numbers) -> Element:
    """Return the ends of the scale of a column of bars."""
    return tag(
        "span",
        tag("span", number(axis.low)),
        tag("span", number(axis.high)),
        class_="ends",
        aria_hidden="true",
    )


def _title(info: LossInfo) -> str:
    return info.full_title


def _more(n: int, where: str) -> Element | None:
    if n <= MOST_ROWS:
        return None
    return tag("p", f"The first {MOST_ROWS} of {n}; all are in .{where}.", class_="soft")
