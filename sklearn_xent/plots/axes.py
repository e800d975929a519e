"""Import matplotlib when a picture is drawn, and give all pictures the same look."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sklearn_xent._messages import printable, shorten

STYLES = (
    ("#0072B2", "-"),
    ("#D55E00", "--"),
    ("#009E73", "-."),
    ("#CC79A7", ":"),
    ("#E69F00", (0, (5, 1, 1, 1, 1, 1))),
    ("#56B4E9", (0, (1, 1))),
)
"""Colours for colour-blind readers (Okabe and Ito), and line styles for prints in grey."""
BLUE = STYLES[0][0]
SOFT = 0.55
"""Opacity of marks that are only for orientation; they have the colour of the text."""


def pyplot() -> Any:
    """Return matplotlib.pyplot, or raise an error that says how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "pictures need matplotlib, which is not installed: pip install 'sklearn-xent[plot]'."
        ) from error
    return plt


def panels(
    ax: Any, shape: tuple[int, int], size: tuple[float, float], **options: Any
) -> tuple[Any, Any]:
    """Return a figure and an array of axes.

    They are new without `ax`, made within `ax` if it is one axes, else those given.
    """
    n = shape[0] * shape[1]
    if ax is None:
        options = {"figsize": size, "layout": "constrained", **options}
        figure, axes = pyplot().subplots(*shape, squeeze=False, **options)
        return figure, axes
    given = np.asarray(ax, dtype=object).reshape(-1)
    are_axes = all(hasattr(one, "get_subplotspec") for one in given)
    if are_axes and len(set(given)) == n == len(given):
        return given[0].figure, given.reshape(shape)
    if not are_axes or len(given) != 1 or given[0].get_subplotspec() is None:
        raise ValueError(
            f"ax must be one axes of a grid, as plt.subplots gives, or {n} different ones; got "
            f"{shorten(ax)}."
        )
    place = given[0].get_subplotspec()
    given[0].set_axis_off()
    inner = place.subgridspec(*shape, wspace=0.3, hspace=0.4)
    return given[0].figure, inner.subplots(squeeze=False, **options)


def neutral() -> Any:
    """Return the colour of text in the current style."""
    return pyplot().rcParams["text.color"]


def plain(names: Sequence[str]) -> list[str]:
    """Escape names so that matplotlib shows a dollar sign as it is, and not as a formula."""
    return [printable(name).replace("$", r"\$") or "''" for name in names]


def labels(names: Sequence[str]) -> list[str]:
    """Escape names for a legend, which would leave out those that begin with an underscore."""
    return [f" {name}" if name.startswith("_") else name for name in plain(names)]


def tidy(*axes: Any) -> None:
    """Remove the frame above and to the right of the data."""
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)


def with_unit(text: str, unit: str) -> str:
    """Return the label of an axis, with its unit if it has one."""
    return f"{text}, {plain([unit])[0]}" if unit else text
