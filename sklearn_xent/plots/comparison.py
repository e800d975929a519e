"""Draw a comparison: the losses of the models, and their differences."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._messages import shorten
from sklearn_xent.inference.cautions import SEPARATOR, Caution
from sklearn_xent.losses.loss import Loss
from sklearn_xent.plots.axes import (
    BLUE,
    FAR,
    SOFT,
    at_edge,
    is_narrow,
    keep_within,
    neutral,
    panels,
    plain,
    reach,
    tidy,
    with_unit,
)
from sklearn_xent.report.rows import summary_frame
from sklearn_xent.report.tables import MINUS, cut_all
from sklearn_xent.report.verdicts import (
    BETTER,
    EQUIVALENT,
    NOT_CLEAR,
    NOT_SHOWN,
    WORSE,
    LossResults,
    Verdict,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINE, TITLE_WIDTH, KEY_WIDTH, NARROW_KEY = 40, 22, 50, 34
"""A name has two lines of so many characters; a longer one is cut."""
MOST_ROWS = 20
CLAIMS = (BETTER, WORSE, EQUIVALENT)
KEY_LINE, USUAL_LINES = 0.17, 3
"""Inches of a line below the axis; a figure of our own has room for so many."""
IN_WORDS = {
    Caution.APPROXIMATE.value: "this test is approximate",
    Caution.UNSTABLE.value: "models change much between repeats",
    Caution.SERIAL.value: "neighbouring rows look dependent",
    Caution.CLUSTERS.value: "groups are few or uneven",
    Caution.FEW.value: "too few samples for equivalence",
}
"""Cautions whose names do not explain themselves."""
RETRAINING = "not clear for retrained models"
"""What the column ``caution`` of a picture adds to the cautions of a row of differences."""
MARKS = {
    RETRAINING: "*",
    Caution.LEVERAGE.value: "\u2020",
    Caution.ZERO.value: "\u2021",
    Caution.APPROXIMATE.value: "\u00a7",
    Caution.UNSTABLE.value: "\u00b6",
    Caution.FEW.value: "#",
    Caution.SERIAL.value: "**",
    Caution.CLUSTERS.value: "\u2020\u2020",
    Caution.RARE.value: "\u2021\u2021",
}
"""One for each kind of caution of a claim, as in print: the same in all pictures."""


class ComparisonDisplay:
    """Show which model is better, by how much, and how sure you can be.

    The left panel shows the mean loss of each model with its interval, the lowest on top: filled
    where the model may still be best, open where it is not the best. The right panel shows the loss
    of each model minus that of the best (or the baseline): right of zero is worse. A filled dot is
    a clear difference, corrected for all pairs (Holm). An open dot is not clear, which does not
    mean equal. A square is equivalent within the margin, the grey band. The words at the right say
    the same, with a mark for each caution that limits a claim (``*``, †, ...), which is named below
    and is the same in all pictures. Each interval is for one model or pair alone, so that one
    without zero may still be not clear.

    A model that is far off, by more than ten times the usual distance (the lower median, or the
    margin if it is greater), is an arrow at the edge with its value, so that it does not squeeze
    the others. Of more than twenty models, the first twenty are drawn; the frames hold all.

    Made by `Comparison.plot`.

    Parameters
    ----------
    losses : DataFrame
        One row for each model, in the order from top to bottom: ``model, mean_loss, conf_low,
        conf_high`` and, if known, ``may_be_best``.
    differences : DataFrame
        One row for each model that was compared with the reference: ``model, difference,
        conf_low, conf_high, conclusion, caution``. The conclusion is "clearly better", "clearly
        worse", "equivalent", "not clear" or "cannot be judged". The caution names what limits it,
        as the column of `Comparison.differences`, with "not clear for retrained models" added.
    reference : str or None
        The model that the others are compared with. None for planned pairs: the rows of
        `differences` are then pairs, named "A minus B".
    title, unit : str
        What the loss is called, and its unit.
    level : float, default=0.95
        Level of the intervals.
    margin : float, optional
        The greatest difference that does not matter, drawn as a band.
    family : str, default="all pairs"
        What the conclusions are corrected for.
    top : float, optional
        If the loss is ``top - score``: the left panel then shows the score, the highest on top.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes
        Losses and differences; only losses where there are no differences.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.95, 300)
    >>> y = (rng.random(300) < p).astype(int)
    >>> models = {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)}
    >>> comparison = sx.compare_predictions(y, models, losses=["mse", "cross_entropy"])
    >>> display = sx.ComparisonDisplay.from_comparison(comparison, loss="mse")
    >>> display.reference
    'sharp'
    """

    losses: pd.DataFrame
    differences: pd.DataFrame
    reference: str | None
    title: str
    unit: str
    level: float
    margin: float | None
    family: str
    top: float | None
    figure_: Figure
    ax_: NDArray[Any]

    def __init__(
        self,
        losses: pd.DataFrame,
        differences: pd.DataFrame,
        *,
        reference: str | None,
        title: str,
        unit: str = "",
        level: float = 0.95,
        margin: float | None = None,
        family: str = "all pairs",
        top: float | None = None,
    ) -> None:
        self.losses, self.differences, self.reference = losses, differences, reference
        self.title, self.unit, self.level, self.margin = title, unit, level, margin
        self.family, self.top = family, top

    @classmethod
    def from_comparison(
        cls, comparison: Any, *, loss: str | Loss | None = None, ax: Any = None
    ) -> ComparisonDisplay:
        """Draw a `Comparison`: the same as `Comparison.plot`.

        Parameters
        ----------
        comparison : Comparison
            What to draw.
        loss : str or Loss, optional
            By default the last one compared, other than the classification error.
        ax : matplotlib Axes or two of them, optional
            Where to draw; one is divided.

        Returns
        -------
        ComparisonDisplay
            The picture, drawn.

        Raises
        ------
        TypeError
            For what is no `Comparison`.
        ValueError
            For a loss that was not compared.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> y = [0, 1, 1, 0] * 50
        >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
        >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
        >>> display = sx.ComparisonDisplay.from_comparison(comparison, loss="mse")
        >>> display.differences.drop(columns="caution").round(3)
           model  difference  conf_low  conf_high     conclusion
        0  timid       0.075     0.068      0.082  clearly worse
        """
        if not hasattr(comparison, "_results"):
            raise TypeError(f"from_comparison needs a Comparison; got {shorten(comparison)}.")
        return cls._from_results(comparison._results(loss)).plot(ax)

    @classmethod
    def _from_results(cls, results: LossResults) -> ComparisonDisplay:
        """Make the display of one loss, not yet drawn."""
        rows = [
            (results.label_of(v), v.difference, v.low, v.high, v.words, _caution(v))
            for v in results.verdicts()
        ]
        columns = ["model", "difference", "conf_low", "conf_high", "conclusion", "caution"]
        return cls(
            summary_frame(results.ranked)[
                ["model", "mean_loss", "conf_low", "conf_high", "may_be_best"]
            ],
            pd.DataFrame(rows, columns=columns),
            reference=None if results.planned else results.reference,
            title=results.info.title,
            unit=results.info.unit,
            level=results.level,
            margin=results.margin,
            family=results.study.family,
            top=results.info.top,
        )

    def plot(self, ax: Any = None) -> ComparisonDisplay:
        """Draw the losses and, where models were compared, the differences.

        Parameters
        ----------
        ax : matplotlib Axes or two of them, optional
            Where to draw; one is divided, with the differences below the losses where it is
            narrow. By default a new figure, taller for more models. Of two the second stays empty
            where there is nothing to compare.

        Returns
        -------
        ComparisonDisplay
            Itself.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> import sklearn_xent as sx
        >>> y = [0, 1, 1, 0] * 50
        >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
        >>> display = sx.compare_predictions(y, models, losses="brier_loss").plot()
        >>> figure, axes = plt.subplots(1, 2)
        >>> display.plot(axes).ax_[1].get_title(loc="left")
        'Compared with sharp'
        """
        rows, several = self._rows(), len(self.differences) > 0
        pairs = self.differences["model"].tolist()[:MOST_ROWS] if self.reference is None else []
        left, right = (_named(names) for names in (rows, pairs))
        left += _more(len(self.losses) - len(rows))
        right += _more(len(self.differences) - len(pairs)) if pairs else []
        is_long = any("\n" in name for name in left + right)
        if not several and np.size(ax) == 2:
            ax, unused = ax
            unused.set_axis_off()
        height = (0.38 if is_long else 0.28) * max(len(left), len(right))
        size = (9.0 if several else 6.4, 1.5 + height)
        stacked = several and is_narrow(ax)
        shape = (2, 1) if stacked else (1, 1 + several)
        self.figure_, axes = panels(ax, shape, size, hspace=0.9)
        is_divided = ax is not None and np.size(ax) == 1
        place = np.ravel(ax)[0].get_window_extent() if is_divided else self.figure_.bbox
        self.ax_ = axes.reshape(-1)
        self._losses(self.ax_[0], rows, "   " if stacked else "\n")
        if several:
            self._differences(self.ax_[1], pairs or rows, NARROW_KEY if stacked else KEY_WIDTH)
        for panel, names in zip(self.ax_, (left, right or left), strict=False):
            panel.set_ylim(len(names) - 0.5, -0.5)
            panel.grid(axis="y", alpha=0.2)
            panel.tick_params(axis="y", length=0)
            tidy(panel)
            if names is not left or panel is self.ax_[0] or stacked:
                fontsize = "small" if is_long else None
                panel.set_yticks(range(len(names)), names, fontsize=fontsize)
        if ax is None and several:
            more = self.ax_[1].get_xlabel().count("\n") + 1 - USUAL_LINES
            self.figure_.set_figheight(size[1] + KEY_LINE * max(more, 0))
        for panel in self.ax_[1:]:
            keep_within(panel, place.x1)
        if stacked:
            keep_within(self.ax_[0], self.ax_[1].get_window_extent().x1)
        elif several:
            keep_within(self.ax_[0], np.inf)
            _align(self.ax_)
        return self

    def _rows(self) -> list[str]:
        """Return the models to draw: the first ones, and the reference in any case."""
        names: list[str] = self.losses["model"].tolist()
        first = names[:MOST_ROWS]
        if self.reference is None or self.reference in first:
            return first
        return [*first[:-1], self.reference]

    @property
    def _far(self) -> float:
        """How many times the usual distance is far off; of two models none is."""
        return FAR if len(self.losses) > 2 else np.inf

    def _losses(self, ax: Any, rows: Sequence[str], between: str) -> None:
        frame = self.losses.set_index("model").loc[list(rows)].reset_index()
        may_be = frame["may_be_best"] if "may_be_best" in frame else [None] * len(rows)
        marks = [_Mark(neutral(), "d", filled=pd.isna(flag) or bool(flag)) for flag in may_be]
        frame = frame.rename(columns={"mean_loss": "value"})
        if self.top is not None:
            score, low, high = (self.top - frame[x] for x in ("value", "conf_high", "conf_low"))
            frame = frame.assign(value=score, conf_low=low, conf_high=high)
        lows = frame[["value", "conf_low"]].to_numpy(dtype=np.float64)
        known = lows[np.isfinite(lows)]
        zero = known.min() if len(known) else 0.0
        _draw(ax, frame, range(len(rows)), marks, _range(frame, zero, self._far))
        for y, value in enumerate(frame["value"].astype(float)):
            if not np.isfinite(value):
                said = "failed" if np.isnan(value) else "infinite"
                ax.text(0.5, y, said, transform=ax.get_yaxis_transform(), va="center")
        what, better = ("mean loss", "lower") if self.top is None else ("mean score", "higher")
        said = f"{with_unit(what, self.unit)} ({better} is better)"
        if not all(mark.filled for mark in marks):
            said += f"\n\u25c6 may still be best{between}\u25c7 not the best"
        ax.set_xlabel(said)
        title = f"{plain([self.title])[0]}, {100 * self.level:g}% intervals"
        ax.set_title(title, loc="left", fontsize="medium")

    def _differences(self, ax: Any, rows: Sequence[str], width: int) -> None:
        frame = self.differences[self.differences["model"].isin(rows)]
        frame = frame.rename(columns={"difference": "value"})
        place = {name: y for y, name in enumerate(rows)}
        at, marks = [place[name] for name in frame["model"]], list(map(_mark, frame["conclusion"]))
        ax.axvline(0, color=neutral(), linestyle=":", linewidth=1)
        _draw(ax, frame, at, marks, _range(frame, 0.0, self._far, self.margin or 0.0), "+")
        if self.margin is not None:
            ax.axvspan(-self.margin, self.margin, color=neutral(), alpha=0.14, lw=0)
        words = [""] * len(rows)
        shown = _marks_of({x for row in frame.to_dict("records") for x in _cautions_of(row)})
        for y, row in zip(at, frame.to_dict("records"), strict=True):
            cautions = _cautions_of(row)
            words[y] = " ".join(
                [row["conclusion"], *(m for x, m in shown.items() if x in cautions)]
            )
        minus, side, title = "first minus second", "the first is worse", "Planned pairs"
        if self.reference is not None:
            minus, side = "model minus reference", "worse"
            minus = minus if self.top is None else f"loss of {minus}"
            title = f"Compared with {plain(cut_all([self.reference], TITLE_WIDTH))[0]}"
            best = "lowest" if self.top is None else "highest"
            words[place[self.reference]] = "baseline" if place[self.reference] else best
            ax.plot(0, place[self.reference], marker="|", markersize=12, color=neutral())
        for y, word in enumerate(words):
            ax.text(1.02, y, word, transform=ax.get_yaxis_transform(), va="center",
                    fontsize="small")  # fmt: skip
        hidden = self.differences.loc[~self.differences["model"].isin(rows), "conclusion"]
        if len(hidden) and self.reference is not None:
            n_worse = int((hidden == WORSE).sum())
            ax.text(1.02, len(rows), f"{n_worse or 'none'} {WORSE}", va="center",
                    transform=ax.get_yaxis_transform(), fontsize="small")  # fmt: skip
        ax.set_yticks(range(len(rows)), [])
        said = f"{with_unit(minus, self.unit)} (right of zero: {side})"
        key = self._key(set(frame["conclusion"]), shown)
        unclear = frame[frame["conclusion"] == NOT_CLEAR]
        if ((unclear["conf_low"] > 0) | (unclear["conf_high"] < 0)).any():
            key.insert(1, "bars: each for one pair alone")
        said = textwrap.fill(said, width) if width < KEY_WIDTH else said
        ax.set_xlabel("\n".join([said, *(textwrap.fill(text, width) for text in key)]))
        ax.set_title(title, loc="left", fontsize="medium")

    def _key(self, conclusions: Collection[str], cautions: Mapping[str, str]) -> list[str]:
        """Return what the marks mean that are shown, one a line."""
        clear = [f"\u25cf clear, corrected for {self.family}"]
        open_ = ["\u25cb not clear"]
        marks = clear if {BETTER, WORSE} & set(conclusions) else []
        marks += open_ if not {BETTER, WORSE, EQUIVALENT}.issuperset(conclusions) else []
        if len(both := "   ".join(marks)) <= KEY_WIDTH:
            marks = [both] if marks else []
        if self.margin is not None:
            is_shown = EQUIVALENT in conclusions
            equal = f"\u25a1 equivalent within {self.margin:.3g} (grey)"
            marks.append(equal if is_shown else f"grey: within {self.margin:.3g}")
        return [*marks, *(f"{mark} {IN_WORDS.get(x, x)}" for x, mark in cautions.items())]


def _align(axes: NDArray[Any]) -> None:
    """Give two panels side by side the same height, that of the lower one."""
    boxes = [ax.get_position() for ax in axes]
    bottom = max(box.y0 for box in boxes)
    for ax, box in zip(axes, boxes, strict=True):
        if ax.figure.get_layout_engine() is None and box.y1 == boxes[0].y1 and box.y0 < bottom:
            ax.set_position([box.x0, bottom, box.width, box.y1 - bottom])


def _cautions_of(row: Mapping[Any, Any]) -> list[str]:
    """Return what limits a row, if it makes a claim."""
    is_limited = row["conclusion"] in CLAIMS and row.get("caution")
    return row["caution"].split(SEPARATOR) if is_limited else []


def _marks_of(cautions: Collection[str]) -> dict[str, str]:
    """Return the mark of each caution, in their fixed order; unknown ones come last."""
    known = {x: mark for x, mark in MARKS.items() if x in cautions}
    unknown = sorted(x for x in cautions if x not in MARKS)
    return known | {x: "+" * n for n, x in enumerate(unknown, start=1)}


def _named(names: list[str]) -> list[str]:
    """Return names as they are shown: cut, and in two lines if they are long."""
    return [_in_lines(name) for name in plain(cut_all(names, 2 * LINE))]


def _more(n: int) -> list[str]:
    return [f"and {n} more"] if n else []


@dataclass(frozen=True)
class _Mark:
    """How a row is drawn."""

    colour: Any
    marker: str
    filled: bool
    soft: bool = False


def _mark(conclusion: str) -> _Mark:
    if conclusion == EQUIVALENT:
        return _Mark(BLUE, "s", filled=False)
    if conclusion in CLAIMS:
        return _Mark(BLUE, "o", filled=True)
    return _Mark(neutral(), "o", filled=False, soft=True)


def _caution(verdict: Verdict) -> str:
    names = [caution.value for caution in Caution if caution in verdict.cautions]
    return SEPARATOR.join(([RETRAINING] if verdict.retraining == NOT_SHOWN else []) + names)


def _in_lines(name: str) -> str:
    """Break a long name into two lines, at a blank if there is one near the middle."""
    if len(name) <= LINE:
        return name
    blank = name.rfind(" ", len(name) - LINE, LINE + 1)
    at = LINE if blank < 0 else blank
    return f"{name[:at]}\n{name[at:].lstrip()}"


def _range(
    frame: pd.DataFrame, zero: float, far: float, margin: float = 0.0
) -> tuple[float, float]:
    """Return the lowest and highest number to show: of all rows that are not far from `zero`."""
    ends = frame[["value", "conf_low", "conf_high"]].to_numpy(dtype=np.float64)
    ends = ends[np.isfinite(ends[:, 0])]
    ends = np.where(np.isfinite(ends), ends, ends[:, :1])
    furthest = np.abs(ends - zero).max(axis=1, initial=0.0)
    margin = margin if margin <= FAR * reach(furthest.tolist(), far) else 0.0
    most = reach(furthest.tolist(), far, least=margin)
    shown = [zero - margin, zero + margin, *ends[furthest <= most].ravel()]
    return min(shown), max(shown)


def _draw(
    ax: Any, frame: pd.DataFrame, rows: Sequence[int], marks: Sequence[_Mark],
    limits: tuple[float, float], sign: str = "",
) -> None:  # fmt: skip
    """Draw values with their intervals; what lies beyond the limits is an arrow at the edge."""
    pad = 0.05 * (limits[1] - limits[0]) or 1.0
    left, right = limits[0] - pad, limits[1] + pad
    ax.set_xlim(left, right)
    if np.isfinite(frame["value"]).any():
        ax.locator_params(axis="x", nbins=5)
    else:
        ax.set_xticks([])
    for y, mark, row in zip(rows, marks, frame.to_dict("records"), strict=True):
        value, low, high = row["value"], row["conf_low"], row["conf_high"]
        if not np.isfinite(value):
            continue
        style = {"color": mark.colour, "alpha": SOFT if mark.soft else 1.0}
        ax.plot(
            np.clip([low, high], left, right), [y, y], linewidth=2, solid_capstyle="butt", **style
        )
        face = mark.colour if mark.filled else ax.get_facecolor()
        style = {"color": mark.colour, "markerfacecolor": face}
        if left <= value <= right:
            ax.plot(value, y, mark.marker, markersize=6, **style)
        text = _with_interval(value, low, high, sign)
        if value < left or low < left:
            at_edge(ax, y, text if value < left else "", right=False, **style)
        if value > right or high > right:
            at_edge(ax, y, text if value > right else "", right=True, **style)


def _with_interval(value: float, low: float, high: float, sign: str) -> str:
    interval = "" if np.isnan(low) or np.isnan(high) else f" ({low:.3g} to {high:.3g})"
    return f"{value:{sign}.3g}{interval}".replace("-", MINUS)
