"""Draw a race of candidates: who was dropped when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from sklearn_xent._messages import shorten
from sklearn_xent.plots.axes import BLUE, SOFT, neutral, panels, plain, tidy
from sklearn_xent.report.tables import cut_all

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS, NAME_WIDTH = 24, 40
"""So many candidates have a row of their own; those that left alike share one."""
MARKS = {"dropped": "x", "merged": "o", "failed": "^"}
KEY = {"dropped": "\u00d7", "merged": "\u25cb", "failed": "\u25b3"}
"""The marks, for the axis and for the text below it."""


class RaceDisplay:
    """Show how long each candidate of a race was fitted, and why no longer.

    A line for each candidate, the best on top, as long as the number of splits that it was fitted
    on. Survivors are blue and reach the right edge. The others end at the look where they left the
    race: a cross is dropped, an open dot merged with a candidate of the same scores, a triangle
    failed. What is white was spared.

    Parameters
    ----------
    candidates : DataFrame
        ``candidates_`` of a `RacingSearchCV`.
    looks : list of int
        After how many splits candidates could be dropped.
    n_splits : int
        Number of splits.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The picture.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> grid = {"n_neighbors": [1, 10, 100]}
    >>> race = sx.RacingSearchCV(KNeighborsClassifier(), grid, random_state=0)
    >>> display = race.fit(*load_iris(return_X_y=True)).plot()
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['n_neighbors=10', 'n_neighbors=1', 'n_neighbors=100']
    """

    figure_: Figure
    ax_: Any

    def __init__(self, candidates: pd.DataFrame, looks: Sequence[int], n_splits: int) -> None:
        self.candidates = candidates
        self.looks = looks
        self.n_splits = n_splits

    @classmethod
    def from_search(cls, race: Any, *, ax: Any = None) -> RaceDisplay:
        """Draw a fitted race: the same as `RacingSearchCV.plot`.

        Parameters
        ----------
        race : RacingSearchCV
            What to draw.
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.

        Returns
        -------
        RaceDisplay
            The picture, drawn.

        Raises
        ------
        TypeError
            For what is no fitted race.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neighbors import KNeighborsClassifier
        >>> grid = {"n_neighbors": [1, 10, 100]}
        >>> race = sx.RacingSearchCV(KNeighborsClassifier(), grid, random_state=0)
        >>> race = race.fit(*load_iris(return_X_y=True))
        >>> sx.RaceDisplay.from_search(race).ax_.get_title(loc="left")
        '53 of 75 fits (71%)'
        """
        if not hasattr(race, "candidates_") or not hasattr(race, "looks_"):
            raise TypeError(f"from_search needs a fitted RacingSearchCV; got {shorten(race)}.")
        return cls(race.candidates_, race.looks_, race.n_splits_).plot(ax)

    def plot(self, ax: Any = None) -> RaceDisplay:
        """Draw a line for each candidate.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure, taller for more candidates.

        Returns
        -------
        RaceDisplay
            Itself.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neighbors import KNeighborsClassifier
        >>> grid = {"n_neighbors": [1, 10, 100]}
        >>> race = sx.RacingSearchCV(KNeighborsClassifier(), grid, random_state=0)
        >>> display = race.fit(*load_iris(return_X_y=True)).plot()
        >>> figure, ax = plt.subplots()
        >>> display.plot(ax).ax_ is ax
        True
        """
        rows = self._rows()
        names = plain(cut_all(rows["candidate"].tolist(), NAME_WIDTH))
        self.figure_, axes = panels(ax, (1, 1), (6.4, 1.5 + 0.24 * len(names)))
        self.ax_ = axes.reshape(-1)[0]
        for look in self.looks:
            self.ax_.axvline(look, color=neutral(), linewidth=0.6, alpha=0.25, zorder=0)
        for y, (status, end) in enumerate(zip(rows["status"], rows["n_splits_seen"], strict=True)):
            self._line(y, status, end, is_best=y == 0)
        self.ax_.set_yticks(range(len(names)), names, fontsize="small")
        self.ax_.tick_params(axis="y", length=0)
        self.ax_.set_xticks(sorted({0, *self.looks, self.n_splits}))
        self.ax_.set(xlim=(0, 1.02 * self.n_splits), ylim=(len(names) - 0.4, -0.6))
        found = [status for status in MARKS if (rows["status"] == status).any()]
        key = "   ".join(f"{KEY[status]} {status}" for status in found)
        self.ax_.set_xlabel("splits fitted" + (f"\n{key}" if key else ""))
        done = int(self.candidates["n_splits_seen"].sum())
        of_all = len(self.candidates) * self.n_splits
        title = f"{done} of {of_all} fits ({done / of_all:.0%})"
        self.ax_.set_title(title, loc="left")
        tidy(self.ax_)
        return self

    def _rows(self) -> pd.DataFrame:
        """Return the rows to draw: the first ones, then those that left alike as one."""
        columns = ["candidate", "status", "n_splits_seen"]
        rows = self.candidates[columns]
        if len(rows) <= MOST_ROWS:
            return rows
        first, others = rows.iloc[:MOST_ROWS], rows.iloc[MOST_ROWS:]
        alike = others.groupby(["n_splits_seen", "status"], sort=False).size().reset_index(name="n")
        alike["candidate"] = [
            f"{n} more {status}" for n, status in zip(alike["n"], alike["status"], strict=True)
        ]
        return pd.concat([first, alike[columns]], ignore_index=True)

    def _line(self, y: int, status: str, end: int, *, is_best: bool) -> None:
        """Draw how far one candidate came."""
        survived = status == "survived"
        colour = BLUE if survived else neutral()
        soft = 1.0 if survived else SOFT
        self.ax_.plot(
            [0, end], [y, y], color=colour, alpha=soft, linewidth=3 if is_best else 1.5,
            solid_capstyle="butt",
        )  # fmt: skip
        if not survived:
            self.ax_.plot(
                end, y, MARKS[status], color=colour, markersize=5,
                markerfacecolor=self.ax_.get_facecolor(), clip_on=False,
            )  # fmt: skip
