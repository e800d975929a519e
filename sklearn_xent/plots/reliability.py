"""Draw predicted against observed frequencies: the CORP reliability diagram."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._messages import read_whole, shorten
from sklearn_xent.inference.paired_tests import read_confidence_level
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.validation import Target, read_flag
from sklearn_xent.losses.registry import LOSSES
from sklearn_xent.plots.axes import (
    STYLES,
    labels,
    legend,
    neutral,
    panels,
    plain,
    pyplot,
    tidy,
    window,
)
from sklearn_xent.report.tables import cut_all
from sklearn_xent.scoring.decomposition import PARTS, isotonic, parts_of
from sklearn_xent.scoring.estimators import (
    chosen_classes,
    from_estimator,
    from_predictions,
    from_splits,
    name_of,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

N_BINS, MOST_POINTS, MOST_CLASSES, NAME_WIDTH, LABEL_WIDTH = 20, 200, 12, 32, 24
MOST_MODELS = len(STYLES)
FEWEST = 20
"""The smallest number of resamples from which a band is drawn."""
HISTOGRAM_HEIGHT = 0.12
EDGE = 0.02
"""Height of the bars below the curve, and the space around it, as shares of the picture's width."""
USUAL = 0.95
"""Share of the samples whose recalibrated probability the picture holds for certain."""


class ReliabilityDisplay:
    """Show whether probabilities mean what they say: the CORP reliability diagram.

    Of the samples that got a probability of 0.8 for a class, 80 percent should be of this class.
    The curve is the isotonic regression of the outcomes on the probabilities; it needs no bins and
    is the optimal recalibration. Below the diagonal the probabilities are too high. The band shows
    where the curve of calibrated probabilities would lie, at each point, in 95 of 100 samples of
    this size (or as `level` says): a curve inside the band gives no reason for doubt. Several
    models share a panel; a curve is then thick where it leaves its own band, which is not drawn.
    The bars below zero show how often each probability was predicted. With more than two classes
    each class has its own panel. Samples in groups are not independent, and the band cannot take
    that into account: it is left out.

    A panel shows the probabilities from 0 to 1, or only as far as they go: those of a rare class
    are small. A curve that goes on beyond has an arrow, and its end as a number.

    Parameters
    ----------
    curve : DataFrame
        ``panel, label, model, y_proba, frequency, conf_low, conf_high``: the recalibrated
        probabilities and the consistency band at some of the predicted ones.
    histogram : DataFrame
        ``panel, label, model, low, high, weight``: how many samples got a probability from low to
        high. The bins cover what the panel shows.
    decomposition : DataFrame
        One row for each label and model: ``panel, label, model, score, miscalibration,
        discrimination, uncertainty`` of the Brier loss of the class against the others.
    name : str, optional
        What the model is called; None for several models.
    level : float, default=0.95
        Level of the band.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes
        One panel for each label.
    figure_ : matplotlib Figure
        The figure.

    References
    ----------
    Dimitriadis, T., Gneiting, T. and Jordan, A. I. (2021). Stable reliability diagrams for
    probabilistic classifiers. PNAS 118, e2016191118.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0, 1, 500)
    >>> y = rng.random(500) < p ** 2  # the probabilities are too high
    >>> display = sx.ReliabilityDisplay.from_predictions(y, p, n_resamples=200)
    >>> curve = display.curve
    >>> bool((curve["frequency"] < curve["conf_low"]).mean() > 0.5)
    True
    """

    curve: pd.DataFrame
    histogram: pd.DataFrame
    decomposition: pd.DataFrame
    name: str | None
    level: float
    figure_: Figure
    ax_: NDArray[Any]

    def __init__(
        self,
        curve: pd.DataFrame,
        histogram: pd.DataFrame,
        decomposition: pd.DataFrame,
        *,
        name: str | None = None,
        level: float = 0.95,
    ) -> None:
        self.curve, self.histogram, self.decomposition = curve, histogram, decomposition
        self.name, self.level = name, level

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_proba: Any,
        *,
        labels: Any = None,
        pos_label: Any = None,
        sample_weight: Any = None,
        from_logits: bool = False,
        confidence_level: float = 0.95,
        n_resamples: int = 400,
        seed: int = 0,
        name: str | None = None,
        ax: Any = None,
    ) -> ReliabilityDisplay:
        """Draw the diagram of predicted probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            Class labels.
        y_proba : array-like of shape (n_samples, n_classes) or (n_samples,)
            Predicted probabilities, as in `cross_entropy`.
        labels : array-like of shape (n_classes,), optional
            The classes in the order of the columns.
        pos_label : label, optional
            The class to draw. By default the second of two, or all.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the samples.
        from_logits : bool, default=False
            Whether `y_proba` holds logits.
        confidence_level : float, default=0.95
            Level of the consistency band.
        n_resamples : int, default=400
            How many samples of calibrated probabilities the band is drawn from, at least 20; 0
            draws none.
        seed : int, default=0
            Seed of these.
        name : str, optional
            What the model is called.
        ax : matplotlib Axes or several, optional
            Where to draw; one is divided where there are several classes.

        Returns
        -------
        ReliabilityDisplay
            The diagram, drawn.

        Raises
        ------
        ValueError
            As in `cross_entropy`; and for soft targets, an unknown `pos_label`, or more than
            twelve classes without one.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> y_true, y_proba = [0, 1, 0, 1, 1], [0.2, 0.2, 0.2, 0.7, 0.9]
        >>> display = sx.ReliabilityDisplay.from_predictions(y_true, y_proba, n_resamples=0)
        >>> display.curve[["y_proba", "frequency"]].round(3)
           y_proba  frequency
        0      0.2      0.333
        1      0.7      1.000
        2      0.9      1.000
        """
        target, proba = from_predictions(
            y_true, y_proba, labels=labels, sample_weight=sample_weight,
            from_logits=read_flag("from_logits", from_logits),
        )  # fmt: skip
        return cls._from_target(
            target, {name: proba}, pos_label, confidence_level, n_resamples, seed
        ).plot(ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        labels: Any = None,
        pos_label: Any = None,
        sample_weight: Any = None,
        response_method: str | Sequence[str] = "predict_proba",
        confidence_level: float = 0.95,
        n_resamples: int = 400,
        seed: int = 0,
        name: str | None = None,
        ax: Any = None,
    ) -> ReliabilityDisplay:
        """Draw the diagram of a fitted classifier, on samples that it was not trained on.

        Parameters
        ----------
        estimator : classifier
            Fitted.
        X : array-like of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,)
            Their labels.
        labels : array-like of shape (n_classes,), optional
            All classes.
        pos_label : label, optional
            The class to draw. By default the second of two, or all.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the samples.
        response_method : str or sequence of str, default="predict_proba"
            As in `LossScorer`.
        confidence_level : float, default=0.95
            Level of the consistency band.
        n_resamples, seed : int
            How the band is drawn, as in `from_predictions`.
        name : str, optional
            What the model is called. By default its class.
        ax : matplotlib Axes or several, optional
            Where to draw; one is divided where there are several classes.

        Returns
        -------
        ReliabilityDisplay
            The diagram, drawn.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.naive_bayes import GaussianNB
        >>> X, y = load_iris(return_X_y=True)
        >>> bayes = GaussianNB().fit(X[::2], y[::2])
        >>> display = sx.ReliabilityDisplay.from_estimator(bayes, X[1::2], y[1::2], n_resamples=20)
        >>> display.decomposition[["label", "score", "miscalibration"]].round(3)
          label  score  miscalibration
        0     0  0.000           0.000
        1     1  0.033           0.011
        2     2  0.033           0.011
        """
        target, proba = from_estimator(
            estimator, X, y, response_method=response_method, sample_weight=sample_weight,
            labels=labels,
        )  # fmt: skip
        name = name_of(estimator) if name is None else name
        return cls._from_target(
            target, {name: proba}, pos_label, confidence_level, n_resamples, seed
        ).plot(ax)

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Any,
        X: Any,
        y: Any,
        *,
        labels: Any = None,
        pos_label: Any = None,
        sample_weight: Any = None,
        response_method: str | Sequence[str] = "predict_proba",
        confidence_level: float = 0.95,
        n_resamples: int = 400,
        seed: int = 0,
        name: str | None = None,
        ax: Any = None,
    ) -> ReliabilityDisplay:
        """Draw the diagram of a cross-validation, of the predictions for the test parts, pooled.

        Parameters
        ----------
        cv_results : dict
            What ``cross_validate(..., return_estimator=True, return_indices=True)`` returns, for
            splits that test each sample at most once.
        X, y : array-like
            What was passed to ``cross_validate``.
        labels : array-like of shape (n_classes,), optional
            All classes.
        pos_label : label, optional
            The class to draw. By default the second of two, or all.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the samples.
        response_method : str or sequence of str, default="predict_proba"
            As in `LossScorer`.
        confidence_level : float, default=0.95
            Level of the consistency band.
        n_resamples, seed : int
            How the band is drawn, as in `from_predictions`.
        name : str, optional
            What the model is called. By default its class.
        ax : matplotlib Axes or several, optional
            Where to draw; one is divided where there are several classes.

        Returns
        -------
        ReliabilityDisplay
            The diagram, drawn.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.model_selection import cross_validate
        >>> from sklearn.naive_bayes import GaussianNB
        >>> X, y = load_iris(return_X_y=True)
        >>> kept = {"return_estimator": True, "return_indices": True}
        >>> run = cross_validate(GaussianNB(), X, y, **kept)
        >>> display = sx.ReliabilityDisplay.from_cv_results(run, X, y, pos_label=2, n_resamples=20)
        >>> print(display.ax_[0].get_title(loc="left"))
        GaussianNB, class 2
        MSE 0.04, of which miscalibration 0.01
        """
        target, proba = from_splits(
            cv_results, X, y, response_method=response_method, sample_weight=sample_weight,
            labels=labels,
        )  # fmt: skip
        name = name_of(cv_results["estimator"][0]) if name is None else name
        return cls._from_target(
            target, {name: proba}, pos_label, confidence_level, n_resamples, seed
        ).plot(ax)

    @classmethod
    def _from_target(
        cls,
        target: Target,
        matrices: Mapping[Any, Floats],
        pos_label: Any = None,
        confidence_level: float = 0.95,
        n_resamples: int = 400,
        seed: int = 0,
    ) -> ReliabilityDisplay:
        chosen = chosen_classes(target, pos_label)
        if len(chosen) > MOST_CLASSES:
            raise ValueError(
                f"a diagram of {len(chosen)} classes cannot be read; pass pos_label=, the class to "
                f"draw, such as {shorten(target.classes.labels[0])}."
            )
        if len(matrices) > MOST_MODELS:
            raise ValueError(
                f"a diagram of {len(matrices)} models cannot be read; name at most {MOST_MODELS}."
            )
        level = read_confidence_level(confidence_level)
        n_resamples = read_whole("n_resamples", n_resamples)
        if 0 < n_resamples < FEWEST:
            raise ValueError(f"n_resamples must be 0 or at least {FEWEST}; got {n_resamples}.")
        if target.groups is not None:
            n_resamples = 0
        seed = read_whole("seed", seed)
        weight = np.ones(len(target)) if target.weight is None else target.weight
        used = weight > 0
        rngs = {name: np.random.default_rng(seed) for name in matrices}
        frames: list[list[pd.DataFrame]] = [[], [], []]
        for panel, code in enumerate(chosen):
            ones = {
                name: _OneClass((target.y == code)[used], proba[used, code], weight[used])
                for name, proba in matrices.items()
            }
            limits = _limits(ones.values())
            for name, one in ones.items():
                found = (
                    one.curve(level, n_resamples, rngs[name]),
                    one.histogram(*limits),
                    {part: [value] for part, value in one.decomposition().items()},
                )
                row = (panel, target.classes.labels[code], name)
                for frame, columns in zip(frames, found, strict=True):
                    frame.append(_labelled(*row, columns))
        curve, histogram, parts = (pd.concat(of_kind, ignore_index=True) for of_kind in frames)
        name = next(iter(matrices)) if len(matrices) == 1 else None
        return cls(curve, histogram, parts, name=name, level=level)

    def plot(self, ax: Any = None) -> ReliabilityDisplay:
        """Draw a panel for each class.

        Parameters
        ----------
        ax : matplotlib Axes or as many as there are classes, optional
            Where to draw; one is divided. By default a new figure.

        Returns
        -------
        ReliabilityDisplay
            Itself.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> display = sx.ReliabilityDisplay.from_predictions([0, 1], [0.2, 0.7], n_resamples=0)
        >>> display.plot().ax_[0].get_ylabel()
        'observed frequency'
        """
        n = self.decomposition["panel"].nunique()
        columns = min(n, 4)
        shape = (-(-n // columns), columns)
        if ax is not None and np.size(ax) == n:
            shape = (1, n)
        wide = 4.3 if n == 1 else 3.1
        size = (wide * shape[1], (wide + 0.3) * shape[0])
        self.figure_, axes = panels(ax, shape, size)
        self.ax_ = axes.reshape(-1)[:n]
        for unused in axes.reshape(-1)[n:]:
            unused.set_axis_off()
        for i, panel in enumerate(self.ax_):
            of_panel = [f[f["panel"] == i] for f in (self.curve, self.histogram)]
            drawn = self._panel(panel, *of_panel)
            panel.set_title(self._title(i), loc="left", fontsize="medium" if n == 1 else "small")
            panel.set_ylabel("observed frequency" if i % shape[1] == 0 else "")
            panel.set_xlabel("predicted probability" if i + shape[1] >= n else "")
            if i == shape[1] - 1:
                legend([panel], *zip(*drawn, strict=True), widens=ax is None)
        return self

    @property
    def _models(self) -> list[Any]:
        return list(dict.fromkeys(self.decomposition["model"]))

    def _title(self, panel: int) -> str:
        """Return what a panel is about, and the miscalibration of a single model."""
        parts = self.decomposition[self.decomposition["panel"] == panel]
        several_panels = self.decomposition["panel"].nunique() > 1
        label = cut_all([str(parts["label"].iloc[0])], LABEL_WIDTH)
        title = f"class {plain(label)[0]}"
        if self.name is not None and not several_panels:
            title = f"{plain(cut_all([self.name], NAME_WIDTH))[0]}, {title}"
        if len(parts) > 1:
            return title
        score, miscalibration = parts[["score", "miscalibration"]].iloc[0]
        total = "" if several_panels else f"MSE {score:.2g}, of which "
        return f"{title}\n{total}miscalibration {miscalibration:.2g}"

    def _panel(
        self, ax: Any, curves: pd.DataFrame, histograms: pd.DataFrame
    ) -> list[tuple[Any, str]]:
        """Draw the curves and bars of one class; return what the legend shows, with its words."""
        low, high = histograms["low"].min(), histograms["high"].max()
        edge = EDGE * (high - low)
        [diagonal] = ax.plot([low, high], [low, high], color=neutral(), linewidth=1, linestyle=":")
        square = pyplot().Rectangle(
            (low - edge, low - edge), high - low + 2 * edge, high - low + 2 * edge,
            transform=ax.transData,
        )  # fmt: skip
        cut = {"clip_path": (square.get_path(), square.get_transform())}
        lines, others = [], [(diagonal, "calibrated")]
        single, level = len(self._models) == 1, f"{100 * self.level:g}%"
        for name, (colour, dashes) in zip(self._models, STYLES, strict=False):
            curve, bars = (_of_model(frame, name) for frame in (curves, histograms))
            lines += ax.plot(curve["y_proba"], curve["frequency"], color=colour, ls=dashes,
                             marker="o" if len(curve) < 10 else "", **cut)  # fmt: skip
            _draw_beyond(ax, curve, low - edge, high + edge, colour)
            bar = _draw_bars(ax, bars, low - edge, high - low, None if single else colour)
            if curve["conf_low"].isna().all():
                continue
            if single:
                band = ax.fill_between(curve["y_proba"], curve["conf_low"], curve["conf_high"],
                                       color=neutral(), alpha=0.15, linewidth=0, **cut)  # fmt: skip
                others.append((band, f"{level} range if calibrated"))
            else:
                thick = _draw_outside(ax, curve, colour, cut)
                others[1:] = [(thick, f"thick: outside its {level} range")]
        if not single:
            bar = ax.stairs([], [0.0], color=neutral())
        others.append((bar, "how often predicted"))
        ax.set(xlim=(low - edge, high + edge), ylim=(low - 8 * edge, high + edge), aspect="equal")
        ticks = np.linspace(low, high, 6)
        ax.set(xticks=ticks, yticks=ticks)
        tidy(ax)
        return [*zip(lines, self._names(), strict=True), *others]

    def _names(self) -> list[str]:
        if self._models == [None]:
            return ["observed"]
        return labels(cut_all(self._models, NAME_WIDTH))


def _of_model(frame: pd.DataFrame, name: str | None) -> pd.DataFrame:
    return frame if name is None else frame[frame["model"] == name]


def _draw_bars(ax: Any, bars: pd.DataFrame, top: float, width: float, colour: Any) -> Any:
    """Draw below the curve how often each probability was predicted: filled without a colour."""
    bottom = top - (HISTOGRAM_HEIGHT + EDGE) * width
    heights = bottom + HISTOGRAM_HEIGHT * width * bars["weight"] / bars["weight"].max()
    edges = [*bars["low"], bars["high"].iloc[-1]]
    if colour is None:
        return ax.stairs(heights, edges, baseline=bottom, color=neutral(), alpha=0.3, fill=True)
    return ax.stairs(heights, edges, baseline=bottom, color=colour)


def _draw_beyond(ax: Any, curve: pd.DataFrame, low: float, high: float, colour: Any) -> None:
    """Draw an arrow where a curve leaves the panel, with the value at its end."""
    at, frequency = curve["y_proba"].to_numpy(), curve["frequency"].to_numpy()
    for end, edge, arrow, side in ((frequency[-1], high, "^", -1), (frequency[0], low, "v", 1)):
        if low <= end <= high or (end > high) != (arrow == "^"):
            continue
        x = np.interp(edge, frequency, at)
        ax.plot(x, edge, arrow, color=colour, markersize=6, clip_on=False)
        box = {"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 1.0}
        ax.annotate(f"to {end:.2g}", (x, edge), (-7, 8 * side), textcoords="offset points",
                    ha="right", va="center", fontsize="small", bbox=box)  # fmt: skip


def _draw_outside(ax: Any, curve: pd.DataFrame, colour: Any, cut: Mapping[str, Any]) -> Any:
    """Draw thick what is outside the band; return a line for the legend."""
    outside = (curve["frequency"] < curve["conf_low"]) | (curve["frequency"] > curve["conf_high"])
    ax.plot(curve["y_proba"], curve["frequency"].where(outside), color=colour, linewidth=3.5,
            solid_capstyle="butt", **cut)  # fmt: skip
    [thick] = ax.plot([], [], color=neutral(), linewidth=3.5)
    return thick


def _labelled(
    panel: int, label: Any, model: str | None, columns: Mapping[str, Any]
) -> pd.DataFrame:
    """Make a frame of one class and model; the label may be any object."""
    frame = pd.DataFrame(columns)
    for place, (column, value) in enumerate({"label": label, "model": model}.items()):
        values = np.empty(len(frame), dtype=object)
        values[:] = [value] * len(frame)
        frame.insert(place, column, values)
    frame.insert(0, "panel", panel)
    return frame


def _limits(ones: Collection[_OneClass]) -> tuple[float, float]:
    """Return what a panel shows: all predicted probabilities and most of the recalibrated ones."""
    ranges = np.array([one.usual_range() for one in ones])
    return window(float(ranges.min()), float(ranges.max()))


class _OneClass:
    """One class against the others, by the distinct probabilities that it got."""

    def __init__(self, happened: Any, forecast: Floats, weight: Floats) -> None:
        self.happened, self.forecast, self.weight = happened, forecast, weight
        self.points, self.code = np.unique(forecast, return_inverse=True)
        self.total: Floats = np.bincount(self.code, weights=weight).astype(np.float64)

    def curve(self, level: float, n_resamples: int, rng: np.random.Generator) -> dict[str, Any]:
        """Compute the recalibrated probabilities, and the band of calibrated ones."""
        fitted = self._fit(self.happened)
        shown = self._shown(fitted)
        band = np.full((2, len(shown)), np.nan)
        if n_resamples:
            draws = [
                self._fit(rng.random(len(self.forecast)) < self.forecast)[shown]
                for _ in range(n_resamples)
            ]
            band = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return {
            "y_proba": self.points[shown],
            "frequency": fitted[shown],
            "conf_low": band[0],
            "conf_high": band[1],
        }

    def _fit(self, happened: Any) -> Floats:
        """Fit the isotonic regression at the distinct probabilities."""
        hits = np.bincount(self.code, weights=self.weight * happened)
        return isotonic(hits / self.total, self.points, self.total)

    def _shown(self, fitted: Floats) -> Any:
        """Choose the points to draw: both ends of every step, and points between them."""
        steps = np.flatnonzero(np.diff(fitted))
        last = len(fitted) - 1
        spread: Codes = np.linspace(0, last, min(MOST_POINTS, last + 1)).round().astype(np.intp)
        return np.unique(np.concatenate([steps, steps + 1, spread]))

    def usual_range(self) -> tuple[float, float]:
        """Return the range of the predicted probabilities, and of most recalibrated ones."""
        fitted = self._fit(self.happened)
        below = np.cumsum(self.total) / self.total.sum()
        low, high = (fitted[np.searchsorted(below, share)] for share in (1 - USUAL, USUAL))
        return float(min(low, self.points[0])), float(max(high, self.points[-1]))

    def histogram(self, low: float = 0.0, high: float = 1.0) -> dict[str, Any]:
        """Compute the weight of the samples in bins of equal width."""
        counts, edges = np.histogram(
            self.forecast, bins=N_BINS, range=(low, high), weights=self.weight
        )
        return {"low": edges[:-1], "high": edges[1:], "weight": counts}

    def decomposition(self) -> dict[str, float]:
        """Compute the parts of the Brier loss of the class against the others."""
        proba = np.column_stack([1.0 - self.forecast, self.forecast])
        target = Target(Classes((0, 1)), self.happened.astype(np.intp), self.weight)
        loss = LOSSES["brier_loss"]
        values = loss.per_sample(target.y, proba)[None]
        return dict(
            zip(PARTS, parts_of([loss], target, proba, values, self.weight)[0], strict=True)
        )
