"""Frames to a report in HTML: the conclusions first, then what they rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from xml.etree.ElementTree import Element

import pandas as pd

from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report import elements, sentences
from sklearn_xent.report.elements import Axis, Child, name, table, tag
from sklearn_xent.report.tables import MINUS, Numbers, interval_title, pvalue
from sklearn_xent.report.verdicts import Standing, anchor_of, doubt_of, standing, standings

MOST_ROWS, MOST_MODELS = 100, 5
DOUBTS = {
    "not shown": (
        "As fitted here, not for training anew",
        "The models fitted in this cross-validation differ on samples like these. If the same "
        "kinds of models were trained on other samples, the data do not show that they would still "
        "differ. It matters if you will train again: compare on repeated folds to learn more.",
    ),
    "unstable": (
        "Unstable between repeats",
        "Trained on other folds of the same samples, the models predict so differently that the "
        "interval may be too short. Trust only small p-values.",
    ),
}


@dataclass(frozen=True)
class ReportContent:
    """All that a report tells."""

    headlines: Sequence[str]
    losses: Mapping[str, LossInfo]
    summary: pd.DataFrame
    differences: pd.DataFrame
    about: str
    """What the intervals are about."""
    baseline: str | None = None
    margins: Mapping[str, float | None] = field(default_factory=dict)
    calibration: pd.DataFrame | None = None
    slices: Sequence[tuple[str, pd.DataFrame]] = ()
    """What slices, and the means; the first column names the slice. Of one loss."""
    warnings: Sequence[Warning] = ()
    note: str = ""

    @property
    def title(self) -> str:
        """What the report is about."""
        n = self.summary["model"].nunique()
        return f"Comparison of {n} models" if n > 1 else "One model"

    def of_loss(self, loss: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The rows of a loss: of the summary, by rank, and of the differences."""
        summary = self.summary[self.summary["loss"] == loss].sort_values("rank", kind="stable")
        return summary, self.differences[self.differences["loss"] == loss]


def document(content: ReportContent, title: str | None = None) -> str:
    """The report as a page of its own."""
    return elements.document(
        content.title if title is None else title, _report(content, title), _css()
    )


def fragment(content: ReportContent) -> str:
    """The report as a part of a page."""
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
    of_losses = {loss: (shown, *content.of_loss(loss)) for loss, shown in content.losses.items()}
    n = len(content.warnings)
    careful = f"{n} warning{'s' * (n > 1)} below say{'s' * (n == 1)} what to be careful of."
    return [
        tag("p", sentences.overall(of_losses), class_="lead"),
        tag("ul", *(tag("li", line) for line in content.headlines)),
        tag("p", careful) if n else None,
        tag("p", content.about, class_="soft"),
        tag("p", content.note, class_="soft") if content.note else None,
    ]


def _losses(content: ReportContent) -> list[Child]:
    """Mean losses, the best first, each with its interval."""
    level = interval_title(content.summary)
    out: list[Child] = [
        tag("h2", "Mean losses"),
        tag(
            "p", f"Lower is better. The dot is the mean loss, the line its {level}.", class_="soft"
        ),
    ]
    for loss, shown in content.losses.items():
        summary, _ = content.of_loss(loss)
        of_loss = summary.head(MOST_ROWS)
        has_skill = bool(of_loss["skill"].notna().any())
        floored = shown.floor_cost > 0 and bool(of_loss["n_zero_probability"].gt(0).any())
        number, share = Numbers(of_loss["std_error"]), Numbers([0.1])
        axis = Axis([*of_loss["conf_low"], *of_loss["conf_high"], *of_loss["mean_loss"]])
        head: list[Child] = ["Model", "Rank", "Mean loss", _ends(axis, number), level]
        head += ["Skill"] * has_skill + ["Zero probabilities"] * floored
        rows = []
        for row in of_loss.to_dict("records"):
            ends = row["conf_low"], row["conf_high"]
            cells: list[Child] = [name(row["model"]), str(row["rank"]), number(row["mean_loss"])]
            cells += [axis.bar(ends[0], row["mean_loss"], ends[1]), number.interval(*ends)]
            cells += [share(row["skill"])] * has_skill
            zeros = f"{row['n_zero_probability']} of {row['n_obs']}"
            if share_of_floor := sentences.floor_share(shown, row):
                zeros += f", {share_of_floor} of the loss"
            cells += [zeros] * floored
            rows.append(cells)
        out += [table(_title(shown), head, rows), _more(len(summary), "summary")]
    return out


def _differences(content: ReportContent) -> list[Child]:
    """Every model against the best, or against the baseline; then all pairs."""
    if content.differences.empty:
        return []
    held = f"the baseline, {content.baseline}" if content.baseline is not None else "the best"
    out: list[Child] = [
        tag("h2", "Differences"),
        tag(
            "p",
            f"The loss of each model minus that of {held}. If one pair only were looked at, a line "
            "that does not touch the dashed zero would hardly be chance. The conclusion allows for "
            "all pairs compared: a filled dot is shown by the data.",
            class_="soft",
        ),
    ]
    for loss, shown in content.losses.items():
        summary, differences = content.of_loss(loss)
        anchor, margin = anchor_of(summary, content.baseline), content.margins.get(loss)
        found = standings(anchor, differences, margin)
        ends = [x for s in found for x in (s.low, s.high, s.difference)]
        axis = Axis(ends, zero=True)
        level = interval_title(differences)
        head: list[Child] = [
            "Model",
            "Conclusion",
            "Difference",
            _ends(axis, Numbers([(axis.high - axis.low) / 20])),
            level,
            "p (Holm)",
        ]
        rows: list[list[Child]] = [
            [
                name(s.model),
                s.words,
                _number_of(s)(s.difference, signed=True),
                axis.bar(s.low, s.difference, s.high, filled=s.verdict == "lower"),
                _number_of(s).interval(s.low, s.high),
                pvalue(s.pvalue),
            ]
            for s in found[:MOST_ROWS]
        ]
        if rows:
            caption = f"{_title(shown)} minus that of {anchor}"
            if margin is not None:
                caption += f", margin of equivalence {margin:.3g}"
            out += [table(caption, head, rows, words=2), _more(len(found), "differences")]
        if len(differences) > len(found):
            out.append(_all_pairs(shown, differences, margin))
    return out


def _all_pairs(shown: LossInfo, differences: pd.DataFrame, margin: float | None) -> Element:
    level = interval_title(differences)
    head: list[Child] = ["A", "B", "Conclusion on A", f"A {MINUS} B", level, "p (Holm)"]
    rows: list[list[Child]] = []
    for row in differences.head(MOST_ROWS).to_dict("records"):
        of_a = standing(row["model_b"], row, margin)
        cells: list[Child] = [name(row["model_a"]), name(row["model_b"]), of_a.words]
        number = _number_of(of_a)
        cells += [number(of_a.difference, signed=True), number.interval(of_a.low, of_a.high)]
        rows.append([*cells, pvalue(of_a.pvalue)])
    return tag(
        "details",
        tag("summary", f"All {len(differences)} pairs under {shown.title}"),
        table(f"{_title(shown)}: all pairs", head, rows, words=3),
        _more(len(differences), "differences"),
    )


def _calibration(content: ReportContent) -> list[Child]:
    """Why the losses are what they are."""
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
        out.append(table(_title(content.losses[str(loss)]), head, rows))
    return out


def _slices(content: ReportContent) -> list[Child]:
    """Mean losses of the best models, slice by slice."""
    out: list[Child] = []
    for title, frame in content.slices:
        key, loss = frame.columns[0], frame["loss"].iloc[0]
        summary, _ = content.of_loss(loss)
        models = [model for model in summary["model"] if model in set(frame["model"])]
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
        caption = f"{_title(content.losses[loss])} by {title}"
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
        for item in (tag("dt", _said_of(warning)), tag("dd", str(warning)))
    ]
    return [tag("h2", "What to be careful of"), tag("dl", *items)]


def _said_of(warning: Warning) -> Element:
    """What a kind of warning means, and its name."""
    meaning = (type(warning).__doc__ or "").partition("\n")[0].replace("`", "")
    return tag("span", f"{meaning} ", tag("span", type(warning).__name__, class_="kind"))


def _reading(content: ReportContent) -> list[Child]:
    """What the words of the report mean."""
    meanings = [
        item
        for info in content.losses.values()
        if info.description
        for item in (tag("dt", info.title), tag("dd", f"{info.description.capitalize()}."))
    ]
    items = [
        *meanings,
        tag("dt", "Interval"),
        tag(
            "dd",
            f"Of one model, or of one pair. It is about the {sentences.estimand(content.summary)}.",
        ),
        tag("dt", "Conclusion, p (Holm)"),
        tag(
            "dd",
            "Adjusted for all pairs compared under a loss, so that claiming any difference between "
            "models that are equal is as rare as the level of the intervals says. That the data "
            "cannot tell two models apart does not mean that they are the same. Several losses are "
            "several looks, for which nothing is adjusted: decide beforehand which one matters.",
        ),
    ]
    doubts = {doubt_of(row) for row in content.differences.to_dict("records")}
    for doubt, (title, meaning) in DOUBTS.items():
        if doubt in doubts:
            items += [tag("dt", title), tag("dd", meaning)]
    if not content.summary["skill"].isna().all():
        skill = "The share of the loss of always predicting the class frequencies that is avoided."
        items += [tag("dt", "Skill"), tag("dd", f"{skill} 1 is perfect, 0 no better than them.")]
    return [tag("h2", "How to read this"), tag("dl", *items)]


# --- parts ---------------------------------------------------------------------------------


def _number_of(found: Standing) -> Numbers:
    """The digits that a difference deserves: those of its own error."""
    return Numbers([(found.high - found.low) / 4])


def _ends(axis: Axis, number: Numbers) -> Element:
    """The ends of the scale of a column of bars."""
    return tag(
        "span",
        tag("span", number(axis.low)),
        tag("span", number(axis.high)),
        class_="ends",
        aria_hidden="true",
    )


def _title(shown: LossInfo) -> str:
    return f"{shown.title} ({shown.unit})" if shown.unit else shown.title


def _more(n: int, where: str) -> Element | None:
    if n <= MOST_ROWS:
        return None
    return tag("p", f"The first {MOST_ROWS} of {n}; all are in .{where}.", class_="soft")
