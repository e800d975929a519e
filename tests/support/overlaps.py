"""Find texts of a figure that overlap or leave it, and legends that cover data."""

from itertools import combinations

from matplotlib.text import Text
from matplotlib.transforms import Bbox

SLACK = 1.0
"""So many pixels may overlap: boxes of texts are a little larger than their ink."""


def _tick_labels(axis):
    """Return the labels of the ticks that are in view."""
    low, high = sorted(axis.get_view_interval())
    places = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
    return [label for place, label in places if low <= place <= high]


def texts_of(figure):
    """Return all texts that are drawn."""
    found = []
    for ax in figure.axes:
        legend = ax.get_legend()
        if legend is not None:
            found += legend.findobj(Text)
        if ax.axison:
            found += [*ax.texts, ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label]
            found += _tick_labels(ax.xaxis) + _tick_labels(ax.yaxis)
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def _common(a, b):
    """Return what two boxes share, if it is more than the slack."""
    shared = Bbox.intersection(a, b)
    return shared if shared and min(shared.width, shared.height) > SLACK else None


def overlaps(figure):
    """Return a sentence for each overlap."""
    figure.canvas.draw()
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts_of(figure)]
    found = [
        f"{a!r} overlaps {b!r}"
        for (a, box), (b, other) in combinations(boxes, 2)
        if _common(box, other)
    ]
    found += [
        f"{text!r} leaves the figure"
        for text, box in boxes
        if not (
            box.x0 >= -SLACK
            and box.y0 >= -SLACK
            and box.x1 <= figure.bbox.x1 + SLACK
            and box.y1 <= figure.bbox.y1 + SLACK
        )
    ]
    found += [
        f"{what} covers data"
        for what, box in _covers(figure)
        for ax in figure.axes
        if any(_is_crossed(box, ax, line) for line in ax.lines)
    ]
    return found


def _covers(figure):
    """Return what could cover data: legends, and texts that have no background."""
    for ax in figure.axes:
        if ax.get_legend() is not None:
            yield "a legend", ax.get_legend().get_window_extent()
        for text in ax.texts:
            if text.get_bbox_patch() is None:
                yield repr(text.get_text()), text.get_window_extent()


def _is_crossed(box, ax, line):
    """Return whether a line is drawn within a box; its axes cut it."""
    path = line.get_transform().transform_path(line.get_path())
    within = Bbox.intersection(box, ax.bbox)
    return within is not None and path.intersects_bbox(within, filled=False)
