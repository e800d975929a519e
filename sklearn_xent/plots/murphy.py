"""Draw the loss of decisions at every threshold: the Murphy diagram."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._messages import shorten
from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inference.paired_tests import read_confidence_level
from sklearn_xent.inputs.validation import Target, names_of_logits, read_names, validate
from sklearn_xent.plots.axes import (
    STYLES,
    keep_within,
    labels,
    legend,
    neutral,
    panels,
    plain,
    tidy,
    window,
)
from sklearn_xent.report.tables import cut_all
from sklearn_xent.scoring.estimators import chosen_classes, from_estimator, from_splits, name_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME_WIDTH, SHORT = 32, 20
LOSS, NET_BENEFIT = "loss", "net benefit"
EACH_CLASS = "each class (losses added up)"
FAR_OFF = 3.0
"""Curves in grey that are so many times as high as those in colour leave the picture."""
WORST = 0.25
"""How far below zero net benefits are drawn, as a share of the highest."""
THRESHOLD = "threshold = cost of a false alarm\n(a miss costs 1 - threshold)"


class MurphyDisplay:
    """Show whether one model is better for every decision, or only for some: the Murphy diagram.

    Suppose someone acts when a probability exceeds a threshold. A false alarm costs the threshold,
    and a miss costs one minus the threshold. The upper panel shows twice the mean cost at each
    threshold. The area below a curve, over all thresholds from 0 to 1, is the Brier loss; other
    proper losses weigh the thresholds differently, and the cross-entropy gives most weight to those
    near 0 and 1. A model whose curve is nowhere higher is better for all decisions by the
    thresholds shown. These are 0.01 to 0.99, or fewer where all probabilities are small or large:
    beyond them every model decides alike. The dotted curve is that of always predicting the class
    frequencies; it may leave the picture, which is drawn for the models.
    The lower panel shows the best model minus the next best with intervals, each for one
    threshold. With more than two classes, the losses of each class against the others are added.

    On the scale "net benefit" the same is drawn as a decision curve, of one class: at the threshold
    t the net benefit is ``TP / n - FP / n * t / (1 - t)``, which counts what was caught (TP), less
    the false alarms (FP) by what they cost. It is the share of the class minus the loss divided by
    ``2 (1 - t)``, so that the models have the same order at each threshold. Dotted and thin are
    those that treat all, and none. A probability that equals a threshold counts half as an alarm.

    Parameters
    ----------
    curves : DataFrame
        ``threshold, model`` and ``loss`` or ``net_benefit``, the models from the best to the worst
        Brier loss.
    differences : DataFrame
        ``threshold, model_a, model_b, difference, conf_low, conf_high``: the best minus the
        next best, in losses or net benefits; no rows for one model.
    reference : ndarray
        At each threshold the loss or net benefit of always predicting the class frequencies.
    what : str
        What the probabilities are of.
    scale : {"loss", "net benefit"}, default="loss"
        What the frames hold.
    prevalence : float, optional
        Share of the class among the samples; needed for net benefits.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes
        Losses or net benefits and, for two models or more, the difference.
    figure_ : matplotlib Figure
        The figure.

    References
    ----------
    Ehm, W., Gneiting, T., Jordan, A. and Krüger, F. (2016). Of quantiles and expectiles:
    consistent scoring functions, Choquet representations and forecast rankings. Journal of the
    Royal Statistical Society B 78, 505-562. Vickers, A. J. and Elkin, E. B. (2006). Decision curve
    analysis: a novel method for evaluating prediction models. Medical Decision Making 26, 565-574.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0, 1, 2000)
    >>> y = rng.random(2000) < p
    >>> display = sx.MurphyDisplay.from_predictions(y, {"sharp": p, "timid": 0.3 + 0.4 * p})
    >>> display.differences.query("threshold == 0.2")[["model_a", "model_b", "difference"]].round(3)
       model_a model_b  difference
    19   sharp   timid      -0.034
    """

    curves: pd.DataFrame
    differences: pd.DataFrame
    reference: Floats
    what: str
    scale: str
    prevalence: float | None
    figure_: Figure
    ax_: NDArray[Any]

    def __init__(
        self,
        curves: pd.DataFrame,
        differences: pd.DataFrame,
        reference: Floats,
        *,
        what: str,
        scale: Literal["loss", "net benefit"] = "loss",
        prevalence: float | None = None,
    ) -> None:
        self.curves, self.differences, self.what = curves, differences, what
        self.reference, self.prevalence = reference, prevalence
        self.scale = _read_scale(scale)
        if scale == NET_BENEFIT and prevalence is None:
            raise ValueError("net benefits need prevalence=, the share of the class.")

    @property
    def dominant(self) -> str | None:
        """The model with the lowest loss (or highest net benefit) at every threshold, if any.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> models = {"sharp": [0.1, 0.9, 0.8], "timid": [0.4, 0.6, 0.6]}
        >>> sx.MurphyDisplay.from_predictions([0, 1, 1], models).dominant
        'sharp'
        """
        wide = self.curves.pivot(index="threshold", columns="model", values=self._column)
        wide = -wide if self.scale == NET_BENEFIT else wide
        lowest = wide.le(wide.min(axis=1) + paired_tests.NOISE, axis=0).all()
        return str(lowest.index[lowest][0]) if lowest.any() else None

    @property
    def _column(self) -> str:
        return "net_benefit" if self.scale == NET_BENEFIT else "loss"

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        predictions: Mapping[str, Any],
        *,
        labels: Any = None,
        pos_label: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
        from_logits: bool | Collection[str] = False,
        confidence_level: float = 0.95,
        scale: Literal["loss", "net benefit"] = "loss",
        ax: Any = None,
    ) -> MurphyDisplay:
        """Draw the diagram of predicted probabilities.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            Class labels.
        predictions : dict of str to array-like of shape (n_samples, n_classes) or (n_samples,)
            Predicted probabilities of each model.
        labels : array-like of shape (n_classes,), optional
            The classes in the order of the columns.
        pos_label : label, optional
            The class whose probability is decided by. By default the second of two, or the sum
            over all classes.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the samples.
        groups : array-like of shape (n_samples,), optional
            Clusters of samples that are not independent, as in `compare_predictions`.
        from_logits : bool or collection of str, default=False
            Whether the predictions are logits, or the names of the models whose predictions are.
        confidence_level : float, default=0.95
            Level of the intervals, each of one threshold.
        scale : {"loss", "net benefit"}, default="loss"
            What to draw; net benefits are those of one class.
        ax : matplotlib Axes or two of them, optional
            Where to draw; one is divided where there are two models or more.

        Returns
        -------
        MurphyDisplay
            The diagram, drawn.

        Raises
        ------
        ValueError
            As in `compare_predictions`; and for soft targets, an unknown `pos_label` or `scale`,
            and net benefits of several classes.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> y_true = ["rain", "dry", "rain", "dry"]
        >>> models = {"a": [0.9, 0.2, 0.6, 0.3], "b": [0.7, 0.4, 0.8, 0.1]}
        >>> display = sx.MurphyDisplay.from_predictions(y_true, models, labels=["dry", "rain"])
        >>> display.curves.query("threshold == 0.35")
             threshold model   loss
        34        0.35     a  0.000
        133       0.35     b  0.175
        """
        argument = {
            name: f"predictions[{name!r}]" for name in read_names("predictions", predictions)
        }
        target, cleaned = validate(
            y_true,
            {argument[name]: predictions[name] for name in argument},
            labels=labels,
            sample_weight=sample_weight,
            groups=groups,
            logits=names_of_logits(from_logits, argument),
        )
        matrices = {
            name: prediction.probabilities()
            for name, prediction in zip(predictions, cleaned, strict=True)
        }
        return cls._from_target(target, matrices, pos_label, confidence_level, scale).plot(ax)

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
        scale: Literal["loss", "net benefit"] = "loss",
        ax: Any = None,
    ) -> MurphyDisplay:
        """Draw the diagram of one or several fitted classifiers.

        Parameters
        ----------
        estimator : classifier, or dict of str to classifier
            Fitted, on other samples.
        X : array-like of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,)
            Their labels.
        labels : array-like of shape (n_classes,), optional
            All classes.
        pos_label : label, optional
            The class whose probability is decided by, as in `from_predictions`.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the samples.
        response_method : str or sequence of str, default="predict_proba"
            As in `LossScorer`.
        confidence_level : float, default=0.95
            Level of the intervals, each of one threshold.
        scale : {"loss", "net benefit"}, default="loss"
            What to draw; net benefits are those of one class.
        ax : matplotlib Axes or two of them, optional
            Where to draw, as in `from_predictions`.

        Returns
        -------
        MurphyDisplay
            The diagram, drawn.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.dummy import DummyClassifier
        >>> from sklearn.naive_bayes import GaussianNB
        >>> X, y = load_iris(return_X_y=True)
        >>> models = {"bayes": GaussianNB(), "frequencies": DummyClassifier(strategy="prior")}
        >>> fitted = {name: model.fit(X[::2], y[::2]) for name, model in models.items()}
        >>> sx.MurphyDisplay.from_estimator(fitted, X[1::2], y[1::2]).dominant
        'bayes'
        """
        models = {name_of(estimator): estimator}
        if isinstance(estimator, Mapping):
            models = {name: estimator[name] for name in read_names("estimator", estimator)}
        options = {"response_method": response_method, "sample_weight": sample_weight}
        answers = {
            name: from_estimator(model, X, y, labels=labels, **options)
            for name, model in models.items()
        }
        return cls._from_answers(answers, pos_label, confidence_level, scale).plot(ax)

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Mapping[str, Any],
        X: Any,
        y: Any,
        *,
        labels: Any = None,
        pos_label: Any = None,
        sample_weight: Any = None,
        response_method: str | Sequence[str] = "predict_proba",
        confidence_level: float = 0.95,
        scale: Literal["loss", "net benefit"] = "loss",
        ax: Any = None,
    ) -> MurphyDisplay:
        """Draw the diagram of cross-validations on the same splits, of the test parts, pooled.

        Parameters
        ----------
        cv_results : dict of str to dict
            For each model what ``cross_validate(..., return_estimator=True,
            return_indices=True)`` returns.
        X, y : array-like
            What was passed to ``cross_validate``.
        labels : array-like of shape (n_classes,), optional
            All classes.
        pos_label : label, optional
            The class whose probability is decided by, as in `from_predictions`.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the samples.
        response_method : str or sequence of str, default="predict_proba"
            As in `LossScorer`.
        confidence_level : float, default=0.95
            Level of the intervals, each of one threshold.
        scale : {"loss", "net benefit"}, default="loss"
            What to draw; net benefits are those of one class.
        ax : matplotlib Axes or two of them, optional
            Where to draw, as in `from_predictions`.

        Returns
        -------
        MurphyDisplay
            The diagram, drawn.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.model_selection import cross_validate
        >>> from sklearn.naive_bayes import GaussianNB
        >>> X, y = load_iris(return_X_y=True)
        >>> kept = {"return_estimator": True, "return_indices": True}
        >>> runs = {f"smoothed by {s:g}": cross_validate(GaussianNB(var_smoothing=s), X, y, **kept)
        ...         for s in (1e-9, 1.0)}
        >>> sx.MurphyDisplay.from_cv_results(runs, X, y).dominant
        'smoothed by 1e-09'
        """
        options = {"response_method": response_method, "sample_weight": sample_weight}
        answers = {
            name: from_splits(cv_results[name], X, y, labels=labels, **options)
            for name in read_names("cv_results", cv_results)
        }
        return cls._from_answers(answers, pos_label, confidence_level, scale).plot(ax)

    @classmethod
    def _from_answers(
        cls, answers: Mapping[str, Any], pos_label: Any, level: Any, scale: Any
    ) -> MurphyDisplay:
        target, *others = [target for target, _ in answers.values()]
        for other in others:
            same = target.classes.labels == other.classes.labels
            if not same or not target.row_labels.equals(other.row_labels):
                raise ValueError(
                    "the models must have been tested on the same samples, of the same classes, in "
                    "the same order: pass the same cv to each, and labels=[...]."
                )
        matrices = {name: proba for name, (_, proba) in answers.items()}
        return cls._from_target(target, matrices, pos_label, level, scale)

    @classmethod
    def _from_target(
        cls,
        target: Target,
        matrices: Mapping[str, Floats],
        pos_label: Any = None,
        confidence_level: float = 0.95,
        scale: Any = LOSS,
    ) -> MurphyDisplay:
        level = read_confidence_level(confidence_level)
        chosen = chosen_classes(target, pos_label)
        label = target.classes.labels[chosen[0]]
        if _read_scale(scale) == NET_BENEFIT and len(chosen) > 1:
            raise ValueError(
                "net benefits are those of one class; pass pos_label=, the class to act on, such "
                f"as {shorten(label)}."
            )
        thresholds = _thresholds(matrices.values(), chosen)
        curves = {name: _curve(target, p, chosen, thresholds) for name, p in matrices.items()}
        order = sorted(curves, key=lambda name: sum(curves[name]))
        always = np.broadcast_to(target.prior, (len(target), len(target.prior)))
        display = cls(
            pd.DataFrame(
                {
                    "threshold": np.tile(thresholds, len(order)),
                    "model": np.repeat(np.asarray(order, dtype=object), len(thresholds)),
                    "loss": np.concatenate([curves[name] for name in order]),
                }
            ),
            _differences(target, matrices, order[:2], chosen, thresholds, level),
            np.asarray(_curve(target, always, chosen, thresholds)),
            what=f"class {label}" if len(chosen) == 1 else EACH_CLASS,
            prevalence=float(target.prior[chosen[0]]) if len(chosen) == 1 else None,
        )
        return display if scale == LOSS else display._as_net_benefit()

    def _as_net_benefit(self) -> MurphyDisplay:
        """Return the same in net benefits: the prevalence minus the loss over 2 (1 - t)."""
        assert self.prevalence is not None
        curves, differences = self.curves.copy(), self.differences.copy()
        losses, unit = curves.pop("loss"), 2.0 * (1.0 - curves["threshold"])
        curves["net_benefit"] = self.prevalence - losses / unit
        unit = 2.0 * (1.0 - differences["threshold"])
        differences["difference"] = -differences["difference"] / unit + 0.0
        ends = -differences["conf_high"] / unit, -differences["conf_low"] / unit
        differences["conf_low"], differences["conf_high"] = ends
        reference = self.prevalence - self.reference / (2.0 * (1.0 - self._thresholds))
        return MurphyDisplay(
            curves, differences, reference,
            what=self.what, scale="net benefit", prevalence=self.prevalence,
        )  # fmt: skip

    def plot(self, ax: Any = None) -> MurphyDisplay:
        """Draw the losses and, for two models or more, the difference.

        Parameters
        ----------
        ax : matplotlib Axes or two of them, optional
            Where to draw; one is divided. By default a new figure.

        Returns
        -------
        MurphyDisplay
            Itself.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> display = sx.MurphyDisplay.from_predictions([0, 1, 1], {"sharp": [0.1, 0.9, 0.8]})
        >>> [panel.get_title(loc="left") for panel in display.plot().ax_]
        ['Acting above a probability of class 1']
        """
        several = len(self.differences) > 0
        shape = (2, 1) if several else (1, 1)
        ratios: dict[str, Any] = {"height_ratios": [2, 1]} if several and ax is None else {}
        self.figure_, axes = panels(ax, shape, (6.4, 5.4 if several else 3.8), **ratios)
        self.ax_ = axes[:, 0] if axes.shape == shape else axes.reshape(-1)
        top = self.ax_[0]
        guides = self._guides(top)
        curves = self._curves(top)
        top.set_ylim(self._limits())
        top.set_ylabel(
            "net benefit (higher is better)"
            if self.scale == NET_BENEFIT
            else "mean loss (lower is better)"
        )
        top.set_title(f"Acting above a probability of {plain([self.what])[0]}", loc="left")
        if several:
            self._difference(self.ax_[1])
            _keep_within(self.ax_[1], np.ptp(top.get_ylim()))
        self.ax_[-1].set_xlabel(THRESHOLD)
        tidy(*self.ax_)
        legend(list(self.ax_), *zip(*curves, *guides, strict=True), widens=ax is None)
        keep_within(self.ax_[-1], np.inf)
        return self

    @property
    def _thresholds(self) -> Floats:
        return np.asarray(self.curves["threshold"].unique(), dtype=np.float64)

    def _limits(self) -> tuple[float, float]:
        """Return the limits of the vertical axis: those of the models, not of the guides.

        All models in colours are within the picture; the others, unless they are far off.
        """
        values = self.curves[self._column]
        if self.scale == NET_BENEFIT:
            top = max(values.max(), self.prevalence or 0.0)
            return 1.06 * max(values.min(), -WORST * top) - 0.02 * top, 1.06 * top
        curves = self.curves.groupby("model", sort=False)["loss"].max()
        named = curves.iloc[: len(STYLES)].max()
        highest = curves[curves <= FAR_OFF * named].max() if named else 0.0
        return 0.0, 1.06 * (highest or self.reference.max())

    def _guides(self, ax: Any) -> list[tuple[Any, str]]:
        """Draw what needs no model; return the lines and their names."""
        t, style = self._thresholds, {"color": neutral(), "linewidth": 1}
        if self.scale == LOSS:
            [line] = ax.plot(t, self.reference, linestyle=":", **style)
            return [(line, "always the class frequencies")]
        share = self.prevalence or 0.0
        [everyone] = ax.plot(t, share - (1.0 - share) * t / (1.0 - t), linestyle=":", **style)
        [no_one] = ax.plot(t, 0.0 * t, linestyle="-", **style)
        return [(everyone, "treat all"), (no_one, "treat none")]

    def _curves(self, ax: Any) -> list[tuple[Any, str]]:
        """Draw the best models in colours, and the others in grey behind them."""
        models = list(dict.fromkeys(self.curves["model"]))
        drawn = dict(zip(models, STYLES, strict=False))
        lines = {}
        for name in reversed(models):
            curve = self.curves[self.curves["model"] == name]
            colour, line = drawn.get(name, (neutral(), "-"))
            rest = name not in drawn
            [lines[name]] = ax.plot(curve["threshold"], curve[self._column], color=colour,
                                    linestyle=line, linewidth=0.7 if rest else 1.6,
                                    alpha=0.25 if rest else 1)  # fmt: skip
        shown = labels(cut_all(list(drawn), NAME_WIDTH))
        named = [(lines[name], text) for name, text in zip(drawn, shown, strict=True)]
        more = len(models) - len(drawn)
        if not more:
            return named
        top = self._limits()[1]
        beyond = any(curve.max() > top for _, curve in self.curves.groupby("model")[self._column])
        said = f"{more} more{', some beyond' * beyond}"
        return [*named, (lines[models[-1]], said)]

    def _difference(self, ax: Any) -> None:
        frame = self.differences
        best, next_best = plain(cut_all(frame[["model_a", "model_b"]].iloc[0].tolist(), SHORT))
        ax.axhline(0, color=neutral(), linestyle=":", linewidth=1)
        ax.fill_between(frame["threshold"], frame["conf_low"], frame["conf_high"],
                        color=STYLES[0][0], alpha=0.35, linewidth=0)  # fmt: skip
        ax.plot(frame["threshold"], frame["difference"], color=STYLES[0][0])
        ax.set_ylabel("difference")
        side = "above" if self.scale == NET_BENEFIT else "below"
        title = f"{best} minus {next_best} ({side} zero: {best} is better)"
        ax.set_title(title, loc="left", fontsize="small")


def _keep_within(ax: Any, most: float) -> None:
    """Cut the vertical axis at a distance from zero: net benefits near 1 have no limit."""
    low, high = ax.get_ylim()
    ax.set_ylim(max(low, -most), min(high, most))


def _elementary(y: Codes, proba: Floats, chosen: Sequence[int], threshold: float) -> Floats:
    """Return twice the cost of deciding by a threshold; a tie costs half of both decisions."""
    out = np.zeros(len(y))
    for code in chosen:
        p, happened = proba[:, code], y == code
        alarm = np.where(p > threshold, 1.0, np.where(p == threshold, 0.5, 0.0))
        out += 2.0 * np.where(happened, (1.0 - threshold) * (1.0 - alarm), threshold * alarm)
    return out


def _curve(target: Target, proba: Floats, chosen: Sequence[int], thresholds: Floats) -> list[float]:
    """Return the mean cost of deciding by each threshold."""
    costs = (_elementary(target.y, proba, chosen, t) for t in thresholds)
    return [Moments.from_samples(x, target.weight, target.groups).mean for x in costs]


def _thresholds(matrices: Collection[Floats], chosen: Sequence[int]) -> Floats:
    """Return 99 thresholds, where the probabilities are: beyond them every model decides alike."""
    lowest = min(float(proba[:, code].min()) for proba in matrices for code in chosen)
    highest = max(float(proba[:, code].max()) for proba in matrices for code in chosen)
    low, high = window(lowest, highest)
    steps: Floats = np.arange(1, 100) / round(100 / (high - low))
    return steps if low == 0.0 else np.flip(1.0 - steps)


def _differences(
    target: Target,
    matrices: Mapping[str, Floats],
    pair: Sequence[str],
    chosen: Sequence[int],
    thresholds: Floats,
    level: float,
) -> pd.DataFrame:
    """Return the loss of one model minus that of another at each threshold, with intervals."""
    rows = []
    for t in thresholds if len(pair) > 1 else ():
        a, b = (_elementary(target.y, matrices[name], chosen, t) for name in pair)
        moments = Moments.from_samples(a - b, target.weight, target.groups)
        estimate = paired_tests.mean_t(moments, level)
        rows.append((t, *pair, moments.mean, estimate.conf_low, estimate.conf_high))
    columns = ["threshold", "model_a", "model_b", "difference", "conf_low", "conf_high"]
    return pd.DataFrame(rows, columns=columns)


def _read_scale(scale: object) -> str:
    if not isinstance(scale, str) or scale not in (LOSS, NET_BENEFIT):
        raise ValueError(f'scale must be "{LOSS}" or "{NET_BENEFIT}"; got {shorten(scale)}.')
    return scale
