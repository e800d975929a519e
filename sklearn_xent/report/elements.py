"""HTML and SVG made of elements, which escape every text and attribute."""

from html import escape
from xml.etree.ElementTree import Element, tostring

from sklearn_xent._messages import printable

Child = Element | str | None


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


def hidden(text: str) -> Element:
    """Make an element that only screen readers tell."""
    return tag("span", text, class_="sx-unseen")


def row(*cells: Element, class_: str | None = None) -> Element:
    """Make a row of a table; it stays one for a screen reader where the style moves its cells."""
    return tag("tr", *cells, class_=class_, role="row")


def head(text: Child, class_: str | None = None) -> Element:
    """Make the head of a column; an empty one is a cell, since there is nothing to read out."""
    if text == "":
        return cell(class_=class_)
    return tag("th", text, class_=class_, scope="col", role="columnheader")


def side(text: Child, class_: str | None = None, *, scope: str = "row", **more: object) -> Element:
    """Make the cell that names its row, or the rows that follow."""
    return tag("th", text, class_=class_, scope=scope, role="rowheader", **more)


def cell(*children: Child, class_: str | None = None, **more: object) -> Element:
    """Make a cell of a table."""
    return tag("td", *children, class_=class_, role="cell", **more)


def table(caption: str, columns: list[Element], bodies: list[list[Element]], kind: str) -> Element:
    """Make a table of several groups of rows. Its caption is told, but not shown."""
    return tag(
        "table",
        tag("caption", caption, class_="sx-unseen"),
        tag("thead", row(*columns), role="rowgroup"),
        *(tag("tbody", *rows, role="rowgroup") for rows in bodies),
        class_=kind,
        role="table",
    )


def wide(caption: str, content: Element) -> Element:
    """Make a region that scrolls sideways where a table is wider than the screen."""
    return tag("div", content, class_="sx-wide", role="region", aria_label=caption, tabindex="0")


def name(text: str) -> Element:
    """Make an element of a name that a user gave, whose text direction is its own."""
    return tag("bdi", text)
