"""Draw the loss of decisions at every threshold: the Murphy diagram."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inference.paired_tests import read_confidence_level
from sklearn_xent.inputs.validation import Target, names_of_logits, read_names, validate
from sklearn_xent.plots.axes import STYLES, labels, neutral, panels, plain, tidy
from sklearn_xent.report.tables import cut_all
from sklearn_xent.scoring.estimators import chosen_classes, from_estimator, from_splits, name_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

THRESHOLDS = np.arange(1, 100) / 100
NAME_WIDTH, SHORT = 32, 20


class MurphyDisplay:
    """Show whether one model is better for every decision, or only for some: the Murphy diagram.

    Suppose someone acts when a probability exceeds a threshold. A false alarm costs the threshold,
    and a miss costs one minus the threshold. The upper panel shows twice the mean cost at each
    threshold. The area below a curve is the Brier loss; other proper losses weigh the thresholds
    differently, and the cross-entropy gives most weight to those near 0 and 1. A model whose curve
    is nowhere higher is better for all decisions by the thresholds shown, 0.01 to 0.99. The dotted
    curve is that of always predicting the class frequencies.
    The lower panel shows the best model minus the next best with intervals, each for one
    threshold. With more than two classes, the losses of each class against the others are added.

    Parameters
    ----------
    curves : DataFrame
        ``threshold, model, loss``, the models from the best to the worst Brier loss.
    differences : DataFrame
        ``threshold, model_a, model_b, difference, conf_low, conf_high``: the best minus the
        next best; no rows for one model.
    reference : ndarray
        At each threshold the loss of always predicting the class frequencies.
    what : str
        What the probabilities are of.

    Attributes
    ----------
    ax_ : ndarray of matplotlib Axes
        Losses and, for two models or more, the difference.
    figure_ : matplotlib Figure
        The figure.

    References
    ----------
    Ehm, W., Gneiting, T., Jordan, A. and Krüger, F. (2016). Of quantiles and expectiles:
    consistent scoring functions, Choquet representations and forecast rankings. Journal of the
    Royal Statistical Society B 78, 505-562.

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
    figure_: Figure
    ax_: NDArray[Any]

    def __init__(
        self, curves: pd.DataFrame, differences: pd.DataFrame, reference: Floats, *, what: str
    ) -> None:
        self.curves, self.differences, self.what = curves, differences, what
        self.reference = reference

    @property
    def dominant(self) -> str | None:
        """The model with the lowest loss at every threshold shown, if there is one.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> models = {"sharp": [0.1, 0.9, 0.8], "timid": [0.4, 0.6, 0.6]}
        >>> sx.MurphyDisplay.from_predictions([0, 1, 1], models).dominant
        'sharp'
        """
        wide = self.curves.pivot(index="threshold", columns="model", values="loss")
        lowest = wide.le(wide.min(axis=1) + paired_tests.NOISE, axis=0).all()
        return str(lowest.index[lowest][0]) if lowest.any() else None

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
        ax : matplotlib Axes or two of them, optional
            Where to draw; one is divided where there are two models or more.

        Returns
        -------
        MurphyDisplay
            The diagram, drawn.

        Raises
        ------
        ValueError
            As in `compare_predictions`; and for soft targets or an unknown `pos_label`.

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
        return cls._from_target(target, matrices, pos_label, confidence_level).plot(ax)

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
        return cls._from_answers(answers, pos_label, confidence_level).plot(ax)

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
        return cls._from_answers(answers, pos_label, confidence_level).plot(ax)

    @classmethod
    def _from_answers(cls, answers: Mapping[str, Any], pos_label: Any, level: Any) -> MurphyDisplay:
        target, *others = [target for target, _ in answers.values()]
        for other in others:
            same = target.classes.labels == other.classes.labels
            if not same or not target.row_labels.equals(other.row_labels):
                raise ValueError(
                    "the models must have been tested on the same samples, of the same classes, in "
                    "the same order: pass the same cv to each, and labels=[...]."
                )
        matrices = {name: proba for name, (_, proba) in answers.items()}
        return cls._from_target(target, matrices, pos_label, level)

    @classmethod
    def _from_target(
        cls,
        target: Target,
        matrices: Mapping[str, Floats],
        pos_label: Any = None,
        confidence_level: float = 0.95,
    ) -> MurphyDisplay:
        level = read_confidence_level(confidence_level)
        chosen = chosen_classes(target, pos_label)
        curves = {name: _curve(target, proba, chosen) for name, proba in matrices.items()}
        order = sorted(curves, key=lambda name: sum(curves[name]))
        frame = pd.DataFrame(
            {
                "threshold": np.tile(THRESHOLDS, len(order)),
                "model": np.repeat(np.asarray(order, dtype=object), len(THRESHOLDS)),
                "loss": np.concatenate([curves[name] for name in order]),
            }
        )
        always = np.broadcast_to(target.prior, (len(target), len(target.prior)))
        rows = []
        for t in THRESHOLDS if len(order) > 1 else ():
            a, b = (_elementary(target.y, matrices[name], chosen, t) for name in order[:2])
            moments = Moments.from_samples(a - b, target.weight, target.groups)
            estimate = paired_tests.mean_t(moments, level)
            rows.append((t, *order[:2], moments.mean, estimate.conf_low, estimate.conf_high))
        columns = ["threshold", "model_a", "model_b", "difference", "conf_low", "conf_high"]
        label = target.classes.labels[chosen[0]]
        what = f"class {label}" if len(chosen) == 1 else "a class, added up over all"
        differences = pd.DataFrame(rows, columns=columns)
        return cls(frame, differences, np.asarray(_curve(target, always, chosen)), what=what)

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
        ratios = {"height_ratios": [2, 1]} if several and ax is None else {}
        self.figure_, axes = panels(ax, shape, (6.4, 5.2 if several else 3.6), **ratios)
        self.ax_ = axes[:, 0] if axes.shape == shape else axes.reshape(-1)
        top = self.ax_[0]
        top.plot(THRESHOLDS, self.reference, color=neutral(), linewidth=1, linestyle=":")
        self._curves(top)
        top.set_ylabel("mean loss (lower is better)")
        top.set_title(f"Acting above a probability of {plain([self.what])[0]}", loc="left")
        top.set_ylim(bottom=0)
        if several:
            self._difference(self.ax_[1])
        self.ax_[-1].set_xlabel("threshold: what a false alarm costs; a miss costs the rest to 1")
        tidy(*self.ax_)
        return self

    def _curves(self, ax: Any) -> None:
        """Draw the best models in colours, and the others in grey behind them."""
        models = list(dict.fromkeys(self.curves["model"]))
        drawn = dict(zip(models, STYLES, strict=False))
        lines = {}
        for name in reversed(models):
            curve = self.curves[self.curves["model"] == name]
            colour, line = drawn.get(name, (neutral(), "-"))
            rest = name not in drawn
            [lines[name]] = ax.plot(curve["threshold"], curve["loss"], color=colour,
                                    linestyle=line, linewidth=0.7 if rest else 1.6,
                                    alpha=0.25 if rest else 1)  # fmt: skip
        shown = labels(cut_all(list(drawn), NAME_WIDTH))
        handles = [*(lines[name] for name in drawn), ax.lines[0]]
        more = f"{len(models) - len(drawn)} more in grey" if len(models) > len(drawn) else None
        ax.legend(handles, [*shown, "class frequencies"], frameon=False, title=more,
                  fontsize="small")  # fmt: skip

    def _difference(self, ax: Any) -> None:
        frame = self.differences
        best, next_best = plain(cut_all(frame[["model_a", "model_b"]].iloc[0].tolist(), SHORT))
        ax.axhline(0, color=neutral(), linestyle=":", linewidth=1)
        ax.fill_between(frame["threshold"], frame["conf_low"], frame["conf_high"],
                        color=STYLES[0][0], alpha=0.35, linewidth=0)  # fmt: skip
        ax.plot(frame["threshold"], frame["difference"], color=STYLES[0][0])
        ax.set_ylabel("difference")
        title = f"{best} minus {next_best} (below zero: {best} is better)"
        ax.set_title(title, loc="left", fontsize="small")


def _elementary(y: Codes, proba: Floats, chosen: Sequence[int], threshold: float) -> Floats:
    """Return twice the cost of deciding by a threshold; a tie costs half of both decisions."""
    out = np.zeros(len(y))
    for code in chosen:
        p, happened = proba[:, code], y == code
        alarm = np.where(p > threshold, 1.0, np.where(p == threshold, 0.5, 0.0))
        out += 2.0 * np.where(happened, (1.0 - threshold) * (1.0 - alarm), threshold * alarm)
    return out


def _curve(target: Target, proba: Floats, chosen: Sequence[int]) -> list[float]:
    """Return the mean cost of deciding by each threshold."""
    costs = (_elementary(target.y, proba, chosen, t) for t in THRESHOLDS)
    return [Moments.from_samples(x, target.weight, target.groups).mean for x in costs]
