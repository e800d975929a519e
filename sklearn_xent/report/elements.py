"""HTML and SVG made of elements, which escape every text and attribute."""

import math
from html import escape
from xml.etree.ElementTree import Element, SubElement, tostring

from sklearn_xent._messages import printable

Child = Element | str | None

BAR_WIDTH, BAR_HEIGHT, MARGIN = 180, 16, 6


def tag(name: str, *children: Child, **attributes: object) -> Element:
    """Make an element; children and attributes that are None are left out.

    In the names of attributes ``class_`` stands for ``class`` and ``_`` for ``-``.
    """
    named = {
        key.rstrip("_").replace("_", "-"): printable(value)
        for key, value in attributes.items()
        if value is not None
    }
    element = Element(name, named)
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            element.append(last := child)
        elif child is not None and last is None:
            element.text = (element.text or "") + printable(child)
        elif child is not None and last is not None:
            last.tail = (last.tail or "") + printable(child)
    return element


def fragment(element: Element, css: str) -> str:
    """Write an element and its style, to be put into a page."""
    return f"<style>{css}</style>{tostring(element, encoding='unicode', method='html')}"


def document(title: str, element: Element, css: str) -> str:
    """Write a page that needs no other file, and that may neither fetch nor run anything."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(printable(title))}</title>\n</head>\n<body>\n"
        f"{fragment(tag('main', element), css)}\n</body>\n</html>\n"
    )


def table(caption: str, head: list[Child], rows: list[list[Child]], words: int = 1) -> Element:
    """Make a table; the first `words` columns are text, and the first cell names its row."""

    def kind(column: int) -> str | None:
        return "words" if column < words else None

    body = [
        tag(
            "tr",
            tag("th", cells[0], scope="row", class_=kind(0)),
            *(tag("td", cell, class_=kind(i)) for i, cell in enumerate(cells[1:], 1)),
        )
        for cells in rows
    ]
    columns = [tag("th", text, scope="col", class_=kind(i)) for i, text in enumerate(head)]
    whole = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *columns)),
        tag("tbody", *body),
    )
    return tag("div", whole, class_="wide", role="region", aria_label=caption, tabindex="0")


def name(text: str) -> Element:
    """Make an element of a name that a user gave, whose text direction is its own."""
    return tag("bdi", text)


class Axis:
    """The scale that the bars of one column share."""

    def __init__(self, values: list[float], *, zero: bool = False) -> None:
        finite = [x for x in values if math.isfinite(x)] + [0.0] * zero
        self.low, self.high = min(finite, default=0.0), max(finite, default=1.0)
        self.zero = zero

    def _at(self, x: float) -> str:
        share = (x - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return f"{MARGIN + min(max(share, 0.0), 1.0) * (BAR_WIDTH - 2 * MARGIN):.1f}"

    def bar(self, low: float, value: float, high: float, *, filled: bool = True) -> Element | None:
        """Draw an interval with its value; screen readers read the numbers beside it instead."""
        if not math.isfinite(value):
            return None
        svg = tag(
            "svg", width=BAR_WIDTH, height=BAR_HEIGHT, viewBox=f"0 0 {BAR_WIDTH} {BAR_HEIGHT}",
            aria_hidden="true",
        )  # fmt: skip
        middle = str(BAR_HEIGHT // 2)
        if self.zero:
            x = self._at(0.0)
            SubElement(svg, "line", {"class": "zero", "x1": x, "x2": x, "y1": "0", "y2": "16"})
        if not (math.isnan(low) or math.isnan(high)):
            ends = {"x1": self._at(low), "x2": self._at(high), "y1": middle, "y2": middle}
            SubElement(svg, "line", {"class": "interval", **ends})
        dot = {"class": "dot" if filled else "dot open", "cx": self._at(value), "cy": middle}
        SubElement(svg, "circle", {**dot, "r": "4"})
        return svg
