"""Draw a comparison: the losses of the models, and their differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._messages import shorten
from sklearn_xent.losses.loss import Loss
from sklearn_xent.plots.axes import BLUE, SOFT, neutral, panels, plain, tidy, with_unit
from sklearn_xent.report.tables import cut_all
from sklearn_xent.report.verdicts import Kind, LossResults

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME_WIDTH, TITLE_WIDTH = 32, 22
CONCLUSIONS = {Kind.CLEAR: "shown", Kind.EQUIVALENT: "equivalent"}
"""What the column ``conclusion`` of a picture says; "not shown" for every other kind."""


class ComparisonDisplay:
    """Show which model is better, by how much, and how sure you can be.

    The left panel shows the mean loss of each model with its interval, the lowest on top. The
    right panel shows the loss of each model minus that of the best (or the baseline), with zero
    as a dotted line: the interval of a single pair that does not reach zero is hardly chance. A
    filled dot says that the data show the difference, corrected for all pairs (Holm); an open dot
    says that they do not; a square says that both models are equivalent within the margin, the
    grey band.

    Made by `Comparison.plot`.

    Parameters
    ----------
    losses : DataFrame
        One row for each model, in the order from top to bottom: ``model, mean_loss, conf_low,
        conf_high``.
    differences : DataFrame
        One row for each model that was compared with the reference: ``model, difference,
        conf_low, conf_high, conclusion``, the last "shown", "not shown" or "equivalent".
    reference : str or None
        The model that the others are compared with. None for planned pairs: the rows of
        `differences` are then pairs, named "A minus B".
    title, unit : str
        What the loss is called, and its unit.
    level : float, default=0.95
        Level of the intervals.
    margin : float, optional
        The greatest difference that does not matter, drawn as a band.

    Attributes
    ----------
    ax_ : ndarray of two matplotlib Axes
        Losses and differences.
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
    ) -> None:
        self.losses, self.differences, self.reference = losses, differences, reference
        self.title, self.unit, self.level, self.margin = title, unit, level, margin

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
        >>> sx.ComparisonDisplay.from_comparison(comparison, loss="mse").differences.round(3)
           model  difference  conf_low  conf_high conclusion
        0  timid       0.075     0.068      0.082      shown
        """
        if not hasattr(comparison, "_results"):
            raise TypeError(f"from_comparison needs a Comparison; got {shorten(comparison)}.")
        return cls._from_results(comparison._results(comparison._read_loss(loss))).plot(ax)

    @classmethod
    def _from_results(cls, results: LossResults) -> ComparisonDisplay:
        """Make the display of one loss, not yet drawn."""
        rows = [
            (
                results.label_of(v),
                v.difference,
                v.low,
                v.high,
                CONCLUSIONS.get(v.kind, "not shown"),
            )
            for v in results.verdicts()
        ]
        columns = ["model", "difference", "conf_low", "conf_high", "conclusion"]
        return cls(
            results.ranked[["model", "mean_loss", "conf_low", "conf_high"]],
            pd.DataFrame(rows, columns=columns),
            reference=None if results.planned else results.reference,
            title=results.info.title,
            unit=results.info.unit,
            level=results.summary["confidence_level"].iloc[0],
            margin=results.margin,
        )

    @property
    def _title_of_differences(self) -> str:
        if self.reference is None:
            return "Planned pairs"
        return f"Difference to {plain(cut_all([self.reference], TITLE_WIDTH))[0]}"

    def plot(self, ax: Any = None) -> ComparisonDisplay:
        """Draw the two panels.

        Parameters
        ----------
        ax : matplotlib Axes or two of them, optional
            Where to draw; one is divided. By default a new figure, taller for more models.

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
        'Difference to sharp'
        """
        names, compared = self.losses["model"].tolist(), self.differences["model"].tolist()
        beside = names if self.reference is not None else compared
        size = (9.0, 1.4 + 0.28 * max(len(names), len(beside)))
        self.figure_, axes = panels(ax, (1, 2), size)
        self.ax_ = axes[0]
        left, right = self.ax_
        place = {name: y for y, name in enumerate(beside)}
        _intervals(left, self.losses.assign(conclusion="shown"), "mean_loss", range(len(names)))
        _intervals(right, self.differences, "difference", [place[name] for name in compared])
        right.axvline(0, color=neutral(), linestyle=":", linewidth=1)
        if self.reference is not None:
            right.plot(0, place[self.reference], marker="|", markersize=12, color=neutral())
        if self.margin is not None:
            within = [-self.margin, self.margin]
            right.fill_between(within, -0.5, len(beside) - 0.5, color=neutral(), alpha=0.1, lw=0)
        left.set_yticks(range(len(names)), plain(cut_all(names, NAME_WIDTH)))
        is_planned = self.reference is None
        of_pairs = plain(cut_all(beside, NAME_WIDTH)) if is_planned and beside else []
        right.set_yticks(range(len(beside)), of_pairs or [""] * len(beside))
        left.set_ylim(len(names) - 0.5, -0.5)
        right.set_ylim(max(len(beside), 1) - 0.5, -0.5)
        left.set_xlabel(with_unit("mean loss", self.unit) + " (lower is better)")
        right.set_xlabel(
            with_unit("difference", self.unit)
            + ("\nright of zero: the first is worse" if is_planned else " (right of zero: worse)")
            + "\n\u25cf shown by the data   \u25cb not shown"
            + (f"\n\u25a1 equivalent within {self.margin:.3g}" if self.margin is not None else "")
        )
        left.set_title(f"{plain([self.title])[0]}, {100 * self.level:g}% intervals", loc="left")
        right.set_title(self._title_of_differences, loc="left")
        for panel in self.ax_:
            tidy(panel)
            panel.grid(axis="y", alpha=0.2)
            panel.tick_params(axis="y", length=0)
        return self


def _intervals(ax: Any, frame: pd.DataFrame, value: str, rows: Sequence[int]) -> None:
    """Draw dots with their intervals, and a word where there is no number to draw."""
    for y, row in zip(rows, frame.to_dict("records"), strict=True):
        if not np.isfinite(row[value]):
            said = "infinite" if row[value] > 0 else "failed" if np.isnan(row[value]) else ""
            ax.text(0.5, y, said, transform=ax.get_yaxis_transform(), va="center", alpha=SOFT)
            continue
        full, open_ = row["conclusion"] == "shown", row["conclusion"] == "not shown"
        colour = neutral() if open_ else BLUE
        ax.plot([row["conf_low"], row["conf_high"]], [y, y], color=colour, linewidth=2,
                alpha=SOFT if open_ else 1, solid_capstyle="butt")  # fmt: skip
        face = colour if full else ax.get_facecolor()
        mark = "o" if full or open_ else "s"
        ax.plot(row[value], y, mark, color=colour, markerfacecolor=face, markersize=6)
