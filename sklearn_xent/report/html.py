"""A report in HTML: the verdict and its picture on the first screen, all else folded away."""

from importlib.resources import files
from xml.etree.ElementTree import Element

from sklearn_xent.report import elements, folds, screen
from sklearn_xent.report.content import ReportContent
from sklearn_xent.report.elements import tag


def document(content: ReportContent, title: str | None = None) -> str:
    """Return the report as a page of its own."""
    title = content.title if title is None else title
    return elements.document(title, _report(content, title), _css())


def fragment(content: ReportContent) -> str:
    """Return the report as a part of a page, such as a notebook: smaller, without a title."""
    return elements.fragment(_report(content, None), _css())


def _css() -> str:
    return files("sklearn_xent.report").joinpath("report.css").read_text(encoding="utf-8")


def _report(content: ReportContent, title: str | None) -> Element:
    context = screen.Context(content)
    return tag(
        "div",
        None if title is None else tag("h1", title),
        *screen.first(context),
        tag("div", *folds.all_of(context), class_="sx-folds"),
        folds.unsaid(context),
        folds.footer(context),
        class_="sx-report" if title is not None else "sx-report sx-compact",
    )
