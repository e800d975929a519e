"""Draw losses and their derivatives against the probability of the true class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import read_losses
from sklearn_xent.plots.axes import STYLES, labels, legend, panels, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class LossCurveDisplay:
    """Show the loss and the size of its gradient at each probability of the true class.

    The left panel shows the losses. The right panel shows the size of their gradient: the
    derivative with respect to the logit of the true class, under softmax of two classes, which
    gradient descent follows. Where a model is confidently wrong, the gradient of the squared error
    is almost zero, and that of the cross-entropy is largest.

    Parameters
    ----------
    curves : DataFrame
        ``loss, title, y_proba, value, gradient``.

    Attributes
    ----------
    ax_ : ndarray of two matplotlib Axes
        Losses and gradients.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> display = sx.LossCurveDisplay.from_losses(["mse", "cross_entropy"])
    >>> wrong = display.curves.query("y_proba == 0.01")
    >>> wrong[["loss", "value", "gradient"]].round(3)
                  loss  value  gradient
    9        brier_loss  0.980      0.02
    1008  cross_entropy  4.605      0.99
    """

    curves: pd.DataFrame
    figure_: Figure
    ax_: NDArray[Any]

    HIGHEST = 5.0
    """The highest loss that is drawn: the cross-entropy has no upper limit."""

    def __init__(self, curves: pd.DataFrame) -> None:
        self.curves = curves

    @classmethod
    def from_losses(
        cls, losses: Sequence[str | Loss] | str | Loss | None = None, *, ax: Any = None
    ) -> LossCurveDisplay:
        """Draw some losses, by default all three.

        Parameters
        ----------
        losses : sequence of str or Loss, optional
            Each needs a gradient; each once.
        ax : matplotlib Axes or two of them, optional
            Where to draw; one is divided.

        Returns
        -------
        LossCurveDisplay
            The picture, drawn.

        Raises
        ------
        TypeError
            For a loss without a gradient.
        ValueError
            For an unknown loss, or one that is named twice.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> display = sx.LossCurveDisplay.from_losses()
        >>> [text.get_text() for text in display.ax_[1].get_legend().get_texts()]
        ['Classification error', 'MSE (Brier)', 'Cross-entropy']
        """
        proba = np.arange(1, 1000) / 1000
        rows, true = np.column_stack([1 - proba, proba]), np.ones(len(proba), dtype=np.intp)
        curves = [
            pd.DataFrame(
                {
                    "loss": loss.name,
                    "title": loss.title,
                    "y_proba": proba,
                    "value": loss.per_sample(true, rows),
                    "gradient": np.abs(loss.gradient(true, np.log(rows))[:, 1]),
                }
            )
            for loss in read_losses(losses)
        ]
        return cls(pd.concat(curves, ignore_index=True)).plot(ax)

    def plot(self, ax: Any = None) -> LossCurveDisplay:
        """Draw the two panels.

        Parameters
        ----------
        ax : matplotlib Axes or two of them, optional
            Where to draw; one is divided. By default a new figure.

        Returns
        -------
        LossCurveDisplay
            Itself.

        Examples
        --------
        >>> import matplotlib.pyplot as plt
        >>> import sklearn_xent as sx
        >>> display = sx.LossCurveDisplay.from_losses("cross_entropy")
        >>> figure, axes = plt.subplots(2, 1)
        >>> [panel.get_title(loc="left") for panel in display.plot(axes).ax_]
        ['Loss of one sample', 'Size of its gradient']
        """
        self.figure_, axes = panels(ax, (1, 2), (9.0, 3.6))
        self.ax_ = axes[0]
        left, right = self.ax_
        lines, titles = [], []
        for i, (_, curve) in enumerate(self.curves.groupby("loss", sort=False)):
            colour, line = STYLES[i % len(STYLES)]
            lines += left.plot(curve["y_proba"], curve["value"], color=colour, ls=line)
            right.plot(curve["y_proba"], curve["gradient"], color=colour, ls=line)
            titles.append(curve["title"].iloc[0])
        left.set(ylabel="loss (lower is better)")
        left.set_title("Loss of one sample", loc="left")
        low, high = self.curves["value"].min(), self.curves["value"].max()
        left.set_ylim(min(0.0, low), min(self.HIGHEST, high + 0.05 * (high - min(0.0, low))))
        right.set(ylabel="size of the gradient")
        right.set_title("Size of its gradient", loc="left")
        for panel in self.ax_:
            panel.set(xlabel="predicted probability of the true class", xlim=(0, 1))
            tidy(panel)
        legend([right], lines, labels(titles), widens=ax is None)
        return self
