"""Draw predicted against observed frequencies: the CORP reliability diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from sklearn_xent.plots.axes import BLUE, neutral, panels, plain, tidy
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

N_BINS, MOST_POINTS, MOST_CLASSES, NAME_WIDTH = 20, 200, 12, 32
FEWEST = 20
"""The smallest number of resamples from which a band is drawn."""
HISTOGRAM_HEIGHT = 0.12


class ReliabilityDisplay:
    """Show whether probabilities mean what they say: the CORP reliability diagram.

    Of the samples that got a probability of 0.8 for a class, 80 percent should be of this class.
    The curve is the isotonic regression of the outcomes on the probabilities; it needs no bins and
    is the optimal recalibration. Below the diagonal the probabilities are too high. The band shows
    where the curve of calibrated probabilities would lie, at each point, in 95 of 100 samples of
    this size (or as `level` says): a curve inside the band gives no reason for doubt. The bars
    at the bottom show how often each probability was predicted. With more than two classes each
    class has its own panel. Samples in groups are not independent, and the band cannot take that
    into account: it is left out.

    Parameters
    ----------
    curve : DataFrame
        ``panel, label, y_proba, frequency, conf_low, conf_high``: the recalibrated probabilities
        and the consistency band at some of the predicted ones.
    histogram : DataFrame
        ``panel, label, low, high, weight``: how many samples got a probability from low to high.
    decomposition : DataFrame
        One row for each label: ``panel, label, score, miscalibration, discrimination,
        uncertainty`` of the Brier loss of the class against the others.
    name : str, optional
        What the model is called.
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
            target, proba, pos_label, confidence_level, n_resamples, seed, name
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
            target, proba, pos_label, confidence_level, n_resamples, seed, name
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
        MSE: miscalibration 0.01, discrimination 0.19
        """
        target, proba = from_splits(
            cv_results, X, y, response_method=response_method, sample_weight=sample_weight,
            labels=labels,
        )  # fmt: skip
        name = name_of(cv_results["estimator"][0]) if name is None else name
        return cls._from_target(
            target, proba, pos_label, confidence_level, n_resamples, seed, name
        ).plot(ax)

    @classmethod
    def _from_target(
        cls,
        target: Target,
        proba: Floats,
        pos_label: Any = None,
        confidence_level: float = 0.95,
        n_resamples: int = 400,
        seed: int = 0,
        name: str | None = None,
    ) -> ReliabilityDisplay:
        chosen = chosen_classes(target, pos_label)
        if len(chosen) > MOST_CLASSES:
            raise ValueError(
                f"a diagram of {len(chosen)} classes cannot be read; pass pos_label=, the class to "
                f"draw, such as {shorten(target.classes.labels[0])}."
            )
        level = read_confidence_level(confidence_level)
        n_resamples = read_whole("n_resamples", n_resamples)
        if 0 < n_resamples < FEWEST:
            raise ValueError(f"n_resamples must be 0 or at least {FEWEST}; got {n_resamples}.")
        if target.groups is not None:
            n_resamples = 0
        rng = np.random.default_rng(read_whole("seed", seed))
        weight = np.ones(len(target)) if target.weight is None else target.weight
        used = weight > 0
        curves, histograms, rows = [], [], []
        for panel, code in enumerate(chosen):
            one = _OneClass((target.y == code)[used], proba[used, code], weight[used])
            label = target.classes.labels[code]
            curves.append(_labelled(panel, label, one.curve(level, n_resamples, rng)))
            histograms.append(_labelled(panel, label, one.histogram()))
            rows.append(_labelled(panel, label, {k: [x] for k, x in one.decomposition().items()}))
        return cls(
            pd.concat(curves, ignore_index=True),
            pd.concat(histograms, ignore_index=True),
            pd.concat(rows, ignore_index=True),
            name=name,
            level=level,
        )

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
        n = len(self.decomposition)
        columns = min(n, 4)
        shape = (-(-n // columns), columns)
        if ax is not None and np.size(ax) == n:
            shape = (1, n)
        wide = 4.2 if n == 1 else 3.2
        self.figure_, axes = panels(ax, shape, (wide * shape[1], (wide + 0.5) * shape[0]))
        self.ax_ = axes.reshape(-1)[:n]
        for unused in axes.reshape(-1)[n:]:
            unused.set_axis_off()
        for i, (panel, parts) in enumerate(
            zip(self.ax_, self.decomposition.to_dict("records"), strict=True)
        ):
            self._panel(panel, *(f[f["panel"] == i] for f in (self.curve, self.histogram)))
            panel.set_title(
                self._title(parts), loc="left", fontsize="medium" if n == 1 else "small"
            )
            panel.set_ylabel("observed frequency" if i % shape[1] == 0 else "")
            panel.set_xlabel("predicted probability" if i + shape[1] >= n else "")
        self.ax_[0].legend(loc="best", fontsize="x-small", framealpha=0.7)
        return self

    def _title(self, parts: Mapping[Any, Any]) -> str:
        name = [] if self.name is None else plain(cut_all([self.name], NAME_WIDTH))
        of_class = f"class {plain([str(parts['label'])])[0]}"
        words = [f"{part} {parts[part]:.2g}" for part in ("miscalibration", "discrimination")]
        return f"{', '.join([*name, of_class])}\nMSE: {', '.join(words)}"

    def _panel(self, ax: Any, curve: pd.DataFrame, histogram: pd.DataFrame) -> None:
        ax.plot([0, 1], [0, 1], color=neutral(), linewidth=1, linestyle=":", label="calibrated")
        if curve["conf_low"].notna().any():
            band = f"{100 * self.level:g}% of calibrated ones"
            ax.fill_between(curve["y_proba"], curve["conf_low"], curve["conf_high"], label=band,
                            color=neutral(), alpha=0.15, linewidth=0)  # fmt: skip
        few = len(curve) < 10
        ax.plot(curve["y_proba"], curve["frequency"], color=BLUE, marker="o" if few else "",
                label="observed")  # fmt: skip
        height = HISTOGRAM_HEIGHT * histogram["weight"] / histogram["weight"].max()
        ax.bar(histogram["low"], height, histogram["high"] - histogram["low"], align="edge",
               color=neutral(), alpha=0.3, edgecolor=ax.get_facecolor(), linewidth=0.5,
               label="how often predicted")  # fmt: skip
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        tidy(ax)


def _labelled(panel: int, label: Any, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Make a frame of one class; its label may be any object."""
    frame = pd.DataFrame(columns)
    labels = np.empty(len(frame), dtype=object)
    labels[:] = [label] * len(frame)
    frame.insert(0, "panel", panel)
    frame.insert(1, "label", labels)
    return frame


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

    def histogram(self) -> dict[str, Any]:
        """Compute the weight of the samples in bins of equal width."""
        counts, edges = np.histogram(
            self.forecast, bins=N_BINS, range=(0.0, 1.0), weights=self.weight
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
