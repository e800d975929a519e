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
FAR = 10.0
"""A model so many times as far away as the usual one is drawn as an arrow at the edge."""
NARROW = 5.0
"""Inches that two panels need side by side, with names at the left and words at the right."""
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


def is_narrow(ax: Any) -> bool:
    """Return whether an axes is given that is too narrow for two panels side by side."""
    if ax is None or np.size(ax) != 1:
        return False
    [one] = np.asarray(ax, dtype=object).reshape(-1)
    if not hasattr(one, "get_window_extent"):
        return False
    return bool(one.get_window_extent().width < NARROW * one.figure.dpi)


def panels(
    ax: Any, shape: tuple[int, int], size: tuple[float, float], *, hspace: float = 0.4,
    **options: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Return a figure and an array of axes.

    They are new without `ax`, made within `ax` if it is one axes, else those given. `hspace` is
    the space between rows within an axes, where no layout engine finds it.
    """
    n = shape[0] * shape[1]
    if ax is None:
        options = {"figsize": size, "layout": "constrained", **options}
        figure, axes = pyplot().subplots(*shape, squeeze=False, **options)
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.06)
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
    engine = given[0].figure.get_layout_engine()
    if engine is not None and not engine.adjust_compatible:  # it finds the space itself
        hspace = 0.1
    inner = place.subgridspec(*shape, wspace=0.3, hspace=hspace)
    return given[0].figure, inner.subplots(squeeze=False, **options)


def keep_within(ax: Any, right: float) -> None:
    """Make an axes smaller so that its texts end at `right`, in pixels, and above the edge below.

    Where a layout engine makes room, nothing is done.
    """
    figure = ax.figure
    if figure.get_layout_engine() is not None:
        return
    texts, box = ax.get_tightbbox(), ax.get_position()
    beyond = max(0.0, texts.x1 - right) / figure.bbox.width
    below = max(0.0, figure.bbox.y0 - texts.y0) / figure.bbox.height
    width, height = max(box.width - beyond, box.width / 3), max(box.height - below, box.height / 3)
    ax.set_position([box.x0, box.y1 - height, width, height])


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


def legend(
    axes: Sequence[Any], lines: Sequence[Any], names: Sequence[str], *, widens: bool
) -> None:
    """Draw a legend to the right of some axes, where it covers no data.

    It belongs to the first of the axes. A figure of our own becomes wider; in another one a layout
    engine makes room, and without an engine these axes become narrower.
    """
    host = axes[0]
    drawn = host.legend(
        lines, names, loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0,
        frameon=False, fontsize="small",
    )  # fmt: skip
    figure = host.figure
    width = drawn.get_window_extent().width
    if widens:
        figure.set_figwidth(figure.get_figwidth() + width / figure.dpi)
    elif figure.get_layout_engine() is None:
        for ax in axes:
            box = ax.get_position()
            narrow = max((box.width - width / figure.bbox.width) / 1.02, box.width / 3)
            ax.set_position([box.x0, box.y0, narrow, box.height])


def at_edge(ax: Any, y: float, text: str, *, right: bool, **style: Any) -> None:
    """Draw an arrow at the edge of the axes, and a text beside it: the value beyond the edge."""
    place = {"transform": ax.get_yaxis_transform(), "clip_on": False}
    ax.plot(0.98 if right else 0.02, y, ">" if right else "<", markersize=7, **style, **place)
    if text:
        box = {"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 1.0}
        ax.text(0.95 if right else 0.05, y, text, ha="right" if right else "left", va="center",
                fontsize="small", bbox=box, **place)  # fmt: skip


def reach(distances: Sequence[float], far: float = FAR, least: float = 0.0) -> float:
    """Return the greatest distance that a picture should hold: of those that are not far off.

    Far off is more than `far` times the usual one: the lower median, but at least `least`, what
    the picture holds anyway.
    """
    known = sorted(x for x in distances if 0.0 < x < np.inf)
    if not known:
        return 0.0
    usual = max(known[(len(known) - 1) // 2], least)
    return max(x for x in known if x <= far * usual)


def window(low: float, high: float) -> tuple[float, float]:
    """Return the part of [0, 1] to show for probabilities from `low` to `high`.

    It begins at 0 or ends at 1, and its width is a round number: 1, 0.5, 0.25, 0.2, 0.1, ...
    """
    from_zero, to_one = _round_up(high), _round_up(1.0 - low)
    if from_zero <= to_one:
        return 0.0, from_zero
    return 1.0 - to_one, 1.0


def _round_up(x: float) -> float:
    """Return the least of 1, 0.5, 0.25, 0.2, 0.1, 0.05, ... that is not less than x."""
    widths = (m / 10**k for k in range(6, 0, -1) for m in (1, 2, 2.5, 5))
    return next((width for width in widths if x <= width), 1.0)


def with_unit(text: str, unit: str) -> str:
    """Return the label of an axis, with its unit if it has one."""
    return f"{text}, {plain([unit])[0]}" if unit else text
