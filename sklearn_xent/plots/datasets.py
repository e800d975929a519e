"""Draw several data sets: a forest plot of one pair of models, and the mean ranks of all."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sklearn_xent._messages import shorten
from sklearn_xent.losses.loss import Loss
from sklearn_xent.plots.axes import BLUE, SOFT, at_edge, neutral, panels, plain, reach, tidy
from sklearn_xent.report.datasets import (
    KEEP_BOTH,
    NO_PAIR,
    OF_RANKS,
    OF_SKILL,
    DatasetResults,
)
from sklearn_xent.report.tables import MINUS, cut_all

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME_WIDTH, TITLE_WIDTH = 28, 24
MOST_ROWS = 60
"""Of more data sets those with the least and the greatest differences are drawn."""
ROW, NOTE_WIDTH = 0.19, 78


class ForestDisplay:
    """Show the difference of two models on every data set, and what it is on average.

    Each row is a data set, sorted by its difference: the loss of the model minus that of the
    reference, with its interval; right of zero the model is worse. A filled dot is clear on that
    data set. Below them are the mean over these data sets, with the interval of the errors within
    them, the mean over data sets like these, and the prediction interval of a new one (the pale
    bar).

    Made by `DatasetsComparison.plot`.

    Parameters
    ----------
    rows : DataFrame
        One row for each data set: ``dataset, difference, conf_low, conf_high, conclusion`` ("not
        clear", or anything else where it is clear).
    means : DataFrame
        The rows of both questions: ``question, difference, conf_low, conf_high, new_low, new_high,
        conclusion``.
    model, reference : str
        Whose differences these are: the model minus the reference.
    title : str
        What the loss is called.
    label : str, default="difference"
        What the axis shows.
    level : float, default=0.95
        Level of the intervals.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The forest.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> p, draw = np.random.default_rng(0).random((2, 3, 200))
    >>> comparisons = {
    ...     f"set {i}": sx.compare_predictions(
    ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
    ...     )
    ...     for i in range(3)
    ... }
    >>> display = sx.ForestDisplay.from_comparison(sx.compare_datasets(comparisons))
    >>> display.model, display.reference
    ('timid', 'sharp')
    """

    rows: pd.DataFrame
    means: pd.DataFrame
    figure_: Figure
    ax_: Any

    def __init__(
        self,
        rows: pd.DataFrame,
        means: pd.DataFrame,
        *,
        model: str,
        reference: str,
        title: str,
        label: str = "difference",
        level: float = 0.95,
    ) -> None:
        self.rows, self.means = rows, means
        self.model, self.reference = model, reference
        self.title, self.label, self.level = title, label, level

    @classmethod
    def from_comparison(
        cls,
        comparison: Any,
        models: tuple[str, str] | None = None,
        *,
        loss: str | Loss | None = None,
        ax: Any = None,
    ) -> ForestDisplay:
        """Draw a `DatasetsComparison`: the same as `DatasetsComparison.plot`.

        Parameters
        ----------
        comparison : DatasetsComparison
            What to draw.
        models : (str, str), optional
            A model and the reference, as in `DatasetsComparison.plot`.
        loss : str or Loss, optional
            By default the last one compared, other than the classification error.
        ax : matplotlib Axes, optional
            Where to draw.

        Returns
        -------
        ForestDisplay
            The picture, drawn.

        Raises
        ------
        TypeError
            For what is no `DatasetsComparison`.
        ValueError
            For a pair or a loss that was not compared.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> p, draw = np.random.default_rng(0).random((2, 3, 200))
        >>> comparisons = {
        ...     f"set {i}": sx.compare_predictions(
        ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
        ...     )
        ...     for i in range(3)
        ... }
        >>> compared = sx.compare_datasets(comparisons)
        >>> display = sx.ForestDisplay.from_comparison(compared, ("sharp", "timid"))
        >>> display.means[["question", "difference"]].round(3)
             question  difference
        0       these      -0.014
        1  like these      -0.014
        """
        results = _results_of(comparison, loss)
        model, reference = _read_pair(results, models)
        answer = results.answer(model, reference)
        columns = ["dataset", "difference", "conf_low", "conf_high", "conclusion"]
        rows = pd.DataFrame(map(vars, results.on_each(model, reference)), columns=columns)
        label = "model minus reference" + (f" {OF_SKILL}" if results.study.scale == "skill" else "")
        return cls(
            rows,
            pd.DataFrame(map(vars, [answer.these, answer.like])),
            model=model,
            reference=reference,
            title=results.title,
            label=label,
            level=results.study.level,
        ).plot(ax)

    def plot(self, ax: Any = None) -> ForestDisplay:
        """Draw the data sets and both means.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure, taller for more data sets.

        Returns
        -------
        ForestDisplay
            Itself.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> p, draw = np.random.default_rng(0).random((2, 3, 200))
        >>> comparisons = {
        ...     f"set {i}": sx.compare_predictions(
        ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
        ...     )
        ...     for i in range(3)
        ... }
        >>> figure, ax = plt.subplots()
        >>> sx.compare_datasets(comparisons).plot().plot(ax).ax_ is ax
        True
        """
        rows, n_hidden = self._shown()
        height = 1.6 + ROW * (len(rows) + 4)
        self.figure_, axes = panels(ax, (1, 1), (6.8, height))
        self.ax_ = ax = axes.reshape(-1)[0]
        ax.axvline(0, color=neutral(), linestyle=":", linewidth=1)
        self._limits(rows)
        for y, row in enumerate(rows.to_dict("records")):
            self._draw(y, row, "o", soft=row["conclusion"] == "not clear")
        first = len(rows) + 1
        for i, row in enumerate(self.means.to_dict("records")):
            if math.isfinite(row["new_low"]):
                ends = np.clip([row["new_low"], row["new_high"]], *ax.get_xlim())
                ax.plot(ends, [first + i] * 2, color=BLUE, alpha=0.25, linewidth=8,
                        solid_capstyle="butt")  # fmt: skip
            self._draw(first + i, row, "D", soft=row["conclusion"] == "not clear", blue=True)
        ax.axhline(len(rows), color=neutral(), linewidth=0.6, alpha=0.4)
        names = plain(cut_all([str(x) for x in rows["dataset"]], NAME_WIDTH))
        k = len(self.rows)
        places = [*range(len(rows)), first, first + 1]
        ax.set_yticks(places, [*names, f"mean of these {k}", "mean of sets like these"])
        ax.tick_params(axis="y", length=0, labelsize="small")
        ax.set_ylim(first + 1.6, -0.6)
        model, reference = plain(cut_all([self.model, self.reference], TITLE_WIDTH))
        ax.set_title(
            f"{plain([self.title])[0]}: {model} compared with {reference}",
            loc="left", fontsize="medium",
        )  # fmt: skip
        said = f"{self.label} (right of zero: {model} is worse)"
        ax.set_xlabel("\n".join([said, *self._key(n_hidden)]), fontsize="small")
        tidy(ax)
        return self

    def _key(self, n_hidden: int) -> list[str]:
        said = f"{100 * self.level:g}% intervals; filled: clear"
        if self.means["new_low"].notna().any():
            said += "; pale bar: a new data set"
        lines = textwrap.wrap(said, NOTE_WIDTH)
        if n_hidden:
            lines.append(f"{n_hidden} data sets in the middle are not drawn")
        return lines

    def _shown(self) -> tuple[pd.DataFrame, int]:
        n = len(self.rows)
        if n <= MOST_ROWS:
            return self.rows, 0
        half = MOST_ROWS // 2
        return pd.concat([self.rows[:half], self.rows[-half:]], ignore_index=True), n - 2 * half

    def _limits(self, rows: pd.DataFrame) -> None:
        """Choose the scale: of all intervals but those that are far off."""
        columns = ["difference", "conf_low", "conf_high"]
        ends = np.vstack(
            [frame[columns].to_numpy(dtype=np.float64) for frame in (rows, self.means)]
        )
        ends = np.where(np.isfinite(ends), ends, ends[:, :1])
        furthest = np.abs(np.where(np.isfinite(ends), ends, 0.0)).max(axis=1)
        most = reach(furthest.tolist()) or 1.0
        kept = ends[(furthest <= most) & np.isfinite(ends[:, 0])]
        low, high = min(0.0, kept.min(initial=0.0)), max(0.0, kept.max(initial=0.0))
        new = self.means[["new_low", "new_high"]].to_numpy(dtype=np.float64)
        new = new[np.isfinite(new) & (np.abs(new) <= 2.0 * max(most, 0.0))]
        low, high = min(low, new.min(initial=0.0)), max(high, new.max(initial=0.0))
        pad = 0.05 * (high - low) or 1.0
        self.ax_.set_xlim(low - pad, high + pad)
        self.ax_.locator_params(axis="x", nbins=6)

    def _draw(
        self, y: int, row: Mapping[Any, Any], marker: str, *, soft: bool, blue: bool = False
    ) -> None:
        ax = self.ax_
        value, low, high = row["difference"], row["conf_low"], row["conf_high"]
        if not math.isfinite(value):
            return
        left, right = ax.get_xlim()
        colour = BLUE if blue or not soft else neutral()
        ax.plot(np.clip([low, high], left, right), [y, y], color=colour, linewidth=1.6,
                alpha=SOFT if soft and not blue else 1.0, solid_capstyle="butt")  # fmt: skip
        face = ax.get_facecolor() if soft else colour
        style = {"color": colour, "markerfacecolor": face}
        if left <= value <= right:
            ax.plot(value, y, marker, markersize=5, **style)
        text = f"{value:+.3g}".replace("-", MINUS)
        if value < left or low < left:
            at_edge(ax, y, text if value < left else "", right=False, **style)
        if value > right or high > right:
            at_edge(ax, y, text if value > right else "", right=True, **style)


def _results_of(comparison: Any, loss: str | Loss | None) -> DatasetResults:
    if not hasattr(comparison, "by_dataset"):
        raise TypeError(f"from_comparison needs a DatasetsComparison; got {shorten(comparison)}.")
    results: DatasetResults = comparison._results(comparison._read_loss(loss))
    return results


def _read_pair(results: DatasetResults, models: Any) -> tuple[str, str]:
    """Return a model and its reference, checked; by default the two lowest."""
    if not results.pairs():
        raise ValueError(f"{NO_PAIR} under {results.name}. {KEEP_BOTH}")
    if models is None:
        first = results.answers()[0]
        return first.model, first.reference
    pairs = results.pairs()
    is_pair = isinstance(models, tuple | list) and len(models) == 2
    if not is_pair or not ({tuple(models), tuple(models[::-1])} & set(pairs)):
        raise ValueError(
            "models must be two that were compared, such as "
            f"{pairs[0]!r}: a model and the reference; got {shorten(models)}."
        )
    return str(models[0]), str(models[1])


class RanksDisplay:
    """Show the mean ranks of models over data sets, and which of them Nemenyi's test separates.

    The models stand on a line by their mean rank; 1 is the lowest loss. Bars join models whose mean
    ranks differ by less than the critical difference, which is drawn above.

    Made by `DatasetsComparison.plot_ranks`.

    Parameters
    ----------
    mean_ranks : DataFrame
        ``model, mean_rank``, the lowest first.
    critical_difference : float
        How far two mean ranks must differ to be clear.
    pvalue : float
        Of Friedman's test that all are the same.
    n_datasets : int
        How many data sets were ranked.
    title : str
        What the loss is called.
    level : float, default=0.95
        One minus the level of the test.

    Attributes
    ----------
    groups : list of list of str
        The models that each bar joins.
    ax_ : matplotlib Axes
        The diagram.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> p, draw = np.random.default_rng(0).random((2, 3, 200))
    >>> comparisons = {
    ...     f"set {i}": sx.compare_predictions(
    ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
    ...     )
    ...     for i in range(3)
    ... }
    >>> display = sx.RanksDisplay.from_comparison(sx.compare_datasets(comparisons))
    >>> round(display.critical_difference, 3), display.groups
    (1.132, [['sharp', 'timid']])
    """

    mean_ranks: pd.DataFrame
    figure_: Figure
    ax_: Any

    def __init__(
        self,
        mean_ranks: pd.DataFrame,
        critical_difference: float,
        pvalue: float,
        *,
        n_datasets: int,
        title: str,
        level: float = 0.95,
    ) -> None:
        self.mean_ranks, self.critical_difference = mean_ranks, critical_difference
        self.pvalue, self.n_datasets = pvalue, n_datasets
        self.title, self.level = title, level

    @classmethod
    def from_comparison(
        cls, comparison: Any, *, loss: str | Loss | None = None, ax: Any = None
    ) -> RanksDisplay:
        """Draw a `DatasetsComparison`: the same as `DatasetsComparison.plot_ranks`.

        Parameters
        ----------
        comparison : DatasetsComparison
            What to draw.
        loss : str or Loss, optional
            By default the last one compared, other than the classification error.
        ax : matplotlib Axes, optional
            Where to draw.

        Returns
        -------
        RanksDisplay
            The picture, drawn.

        Raises
        ------
        TypeError
            For what is no `DatasetsComparison`.
        ValueError
            As `DatasetsComparison.plot_ranks`.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> p, draw = np.random.default_rng(0).random((2, 3, 200))
        >>> comparisons = {
        ...     f"set {i}": sx.compare_predictions(
        ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
        ...     )
        ...     for i in range(3)
        ... }
        >>> sx.RanksDisplay.from_comparison(sx.compare_datasets(comparisons)).mean_ranks
           model  mean_rank
        0  sharp        1.0
        1  timid        2.0
        """
        results = _results_of(comparison, loss)
        ranks, distance, pvalue, n = comparison._ranks_of(loss)
        return cls(
            ranks, distance, pvalue, n_datasets=n, title=results.title, level=results.study.level
        ).plot(ax)

    @property
    def groups(self) -> list[list[str]]:
        """The models that each bar joins: those not clearly different from one another.

        Examples
        --------
        >>> import pandas as pd
        >>> import sklearn_xent as sx
        >>> ranks = pd.DataFrame({"model": ["a", "b", "c"], "mean_rank": [1.2, 2.0, 2.8]})
        >>> sx.RanksDisplay(ranks, 1.0, 0.01, n_datasets=11, title="MSE").groups
        [['a', 'b'], ['b', 'c']]
        """
        names = self.mean_ranks["model"].tolist()
        values = self.mean_ranks["mean_rank"].to_numpy(dtype=np.float64)
        ends = [int(np.flatnonzero(values - x < self.critical_difference)[-1]) for x in values]
        return [
            names[i : end + 1]
            for i, end in enumerate(ends)
            if end > i and (i == 0 or ends[i - 1] < end)
        ]

    def plot(self, ax: Any = None) -> RanksDisplay:
        """Draw the diagram.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.

        Returns
        -------
        RanksDisplay
            Itself.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> p, draw = np.random.default_rng(0).random((2, 3, 200))
        >>> comparisons = {
        ...     f"set {i}": sx.compare_predictions(
        ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
        ...     )
        ...     for i in range(3)
        ... }
        >>> sx.compare_datasets(comparisons).plot_ranks().ax_.get_title(loc="left")
        'MSE (Brier): mean ranks over 3 data sets'
        """
        names = plain(cut_all([str(x) for x in self.mean_ranks["model"]], NAME_WIDTH))
        values = self.mean_ranks["mean_rank"].to_numpy(dtype=np.float64)
        m, groups = len(values), self.groups
        self.figure_, axes = panels(ax, (1, 1), (6.8, 2.0 + 0.26 * m + 0.12 * len(groups)))
        self.ax_ = ax = axes.reshape(-1)[0]
        top = 1.6 + 0.45 * len(groups)
        for i, (name, value) in enumerate(zip(names, values, strict=True)):
            y = top + i
            ax.plot([value, value], [0, y], color=neutral(), linewidth=0.8, alpha=SOFT)
            ax.plot(value, 0, "o", color=neutral(), markersize=4)
            on_left = value <= (m + 1) / 2
            ax.annotate(
                f"{name}  {value:.2f}" if on_left else f"{value:.2f}  {name}",
                (value, y), xytext=(-4 if on_left else 4, 0), textcoords="offset points",
                ha="right" if on_left else "left", va="center", fontsize="small",
            )  # fmt: skip
        place = dict(zip(self.mean_ranks["model"], values, strict=True))
        for i, group in enumerate(groups):
            ends = [place[group[0]] - 0.03, place[group[-1]] + 0.03]
            ax.plot(ends, [0.7 + 0.45 * i] * 2, color=BLUE, linewidth=4, solid_capstyle="butt")
        ax.plot([1, 1 + self.critical_difference], [-1.1, -1.1], color=BLUE, linewidth=2,
                marker="|", clip_on=False)  # fmt: skip
        ax.annotate(f"critical difference {self.critical_difference:.2f}", (1, -1.1),
                    xytext=(0, 5), textcoords="offset points", fontsize="small")  # fmt: skip
        self._finish(m, top)
        return self

    def _finish(self, m: int, top: float) -> None:
        ax = self.ax_
        right = max(m, 1 + self.critical_difference)
        ax.set_xlim(1 - 0.35 * (m - 1), right + 0.35 * (m - 1))
        ax.set_ylim(top + m - 0.3, -2.2)
        ax.set_yticks([])
        ax.set_xticks(range(1, m + 1))
        ax.spines["left"].set_visible(False)
        ax.spines["bottom"].set_position(("data", 0))
        ax.spines["bottom"].set_bounds(1, m)
        tidy(ax)
        ax.tick_params(axis="x", direction="in", pad=-14, labelsize="small")
        ax.set_title(
            f"{plain([self.title])[0]}: mean ranks over {self.n_datasets} data sets",
            loc="left", fontsize="medium",
        )  # fmt: skip
        alpha = f"{1.0 - self.level:.3g}"
        said = (
            f"Bars join models that Nemenyi's test does not separate at {alpha}; Friedman's test: "
            f"p {'< 0.0001' if self.pvalue < 1e-4 else f'= {self.pvalue:.4f}'}. {OF_RANKS}"
        )
        ax.annotate(
            textwrap.fill(said, NOTE_WIDTH), (0, 0), xycoords="axes fraction", xytext=(0, -6),
            textcoords="offset points", va="top", fontsize="small",
        )  # fmt: skip
