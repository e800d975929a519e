"""Draw a comparison: the methods of `Comparison` that make pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from sklearn_xent.comparison.samples import SampleLosses
from sklearn_xent.comparison.slices import in_blocks
from sklearn_xent.inference.design import Options
from sklearn_xent.losses.loss import Loss
from sklearn_xent.plots.comparison import ComparisonDisplay
from sklearn_xent.plots.murphy import MurphyDisplay
from sklearn_xent.plots.reliability import ReliabilityDisplay
from sklearn_xent.report.verdicts import LossResults


class Drawn(Protocol):
    """What the pictures need of a comparison."""

    @property
    def _options(self) -> Options: ...
    def _tested_once(self, what: str) -> SampleLosses: ...
    def _results(self, loss: str | Loss | None = None) -> LossResults: ...


def plot(self: Drawn, *, loss: str | Loss | None = None, ax: Any = None) -> ComparisonDisplay:
    """Draw the losses with their intervals, and the differences against zero.

    Parameters
    ----------
    loss : str or Loss, optional
        By default the last one compared, other than the classification error.
    ax : matplotlib Axes or two of them, optional
        Where to draw; one is divided. By default a new figure.

    Returns
    -------
    ComparisonDisplay
        The picture, drawn.

    Raises
    ------
    ValueError
        For a loss that was not compared.
    ImportError
        Without matplotlib.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> [panel.get_title(loc="left") for panel in comparison.plot().ax_]
    ['MSE (Brier), 95% intervals', 'Compared with sharp']
    """
    return ComparisonDisplay.from_comparison(self, loss=loss, ax=ax)


def plot_reliability(
    self: Drawn,
    model: str | Sequence[str] | None = None,
    *,
    pos_label: Any = None,
    confidence_level: float | None = None,
    n_resamples: int = 400,
    seed: int = 0,
    ax: Any = None,
) -> ReliabilityDisplay:
    """Draw whether the probabilities of some models mean what they say.

    Parameters
    ----------
    model : str or list of str, optional
        One model, or up to six in the same panels. By default the one with the lowest mean
        loss, of the loss that `plot` shows.
    pos_label : label, optional
        The class to draw. By default the second of two, or all.
    confidence_level : float, optional
        Level of the band; by default that of the comparison. Samples in groups have none.
    n_resamples, seed : int
        As in `ReliabilityDisplay.from_predictions`.
    ax : matplotlib Axes or several, optional
        Where to draw; one is divided where there are several classes.

    Returns
    -------
    ReliabilityDisplay
        The diagram, drawn.

    Raises
    ------
    ValueError
        As in `decompose`, for a model without losses, more than six models, and where samples
        were tested more than once.
    ImportError
        Without matplotlib.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> display = comparison.plot_reliability("timid", n_resamples=20)
    >>> print(display.ax_[0].get_title(loc="left"))
    timid, class 1
    MSE 0.14, of which miscalibration 0.14
    >>> both = comparison.plot_reliability(["sharp", "timid"], n_resamples=20)
    >>> both.decomposition[["label", "model", "miscalibration"]].round(3)
      label  model  miscalibration
    0     1  sharp           0.068
    1     1  timid           0.143
    """
    samples = in_blocks(self._tested_once("plot_reliability"))
    target = samples.labelled("plot_reliability")
    chosen = self._results().best if model is None else model
    proba = samples.probabilities(chosen)
    level = self._options.level if confidence_level is None else confidence_level
    options = (pos_label, level, n_resamples, seed)
    return ReliabilityDisplay._from_target(target, proba, *options).plot(ax)


def plot_murphy(
    self: Drawn,
    models: str | Sequence[str] | None = None,
    *,
    pos_label: Any = None,
    scale: Literal["loss", "net benefit"] = "loss",
    ax: Any = None,
) -> MurphyDisplay:
    """Draw whether one model is better for every threshold of decision.

    Parameters
    ----------
    models : str or list of str, optional
        By default all that have losses.
    pos_label : label, optional
        The class whose probability is decided by. By default the second of two, or the sum
        over all classes.
    scale : {"loss", "net benefit"}, default="loss"
        Net benefits are those of one class (Vickers and Elkin 2006): what is caught, less the
        false alarms by what they cost, a decision curve.
    ax : matplotlib Axes or two of them, optional
        Where to draw; one is divided where there are two models or more.

    Returns
    -------
    MurphyDisplay
        The diagram, drawn.

    Raises
    ------
    ValueError
        As in `plot_reliability`; and for an unknown scale, and net benefits of several classes.
    ImportError
        Without matplotlib.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> comparison.plot_murphy().dominant
    'sharp'
    >>> curves = comparison.plot_murphy(scale="net benefit").curves
    >>> curves[curves["threshold"] == 0.5]
         threshold  model  net_benefit
    49         0.5  sharp          0.5
    148        0.5  timid          0.5
    """
    samples = in_blocks(self._tested_once("plot_murphy"))
    target = samples.labelled("plot_murphy")
    proba = samples.probabilities(models)
    options = (pos_label, self._options.level, scale)
    return MurphyDisplay._from_target(target, proba, *options).plot(ax)
