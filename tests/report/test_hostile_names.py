"""Names that try to do harm: shown as they are, and harmless, in every format."""

import csv
import io

import pytest

from tests.support.browser import Reader
from tests.support.hostile import NAMES, comparison

CONTROLS = {"\x1b", "\u202e"}


def test_text_cannot_steer_a_terminal():
    text = repr(comparison()[0])
    assert not CONTROLS & set(text)
    assert max(map(len, text.splitlines())) <= 80
    assert r"a\u202eevil\u001b[31m b" in text


@pytest.mark.parametrize("table", ["summary", "differences"])
def test_csv_holds_no_formula(table):
    rows = list(csv.DictReader(io.StringIO(comparison()[0].to_csv(table=table))))
    cells = {row["model" if table == "summary" else "model_b"] for row in rows}
    assert f"'{NAMES['formula']}" in cells or table == "differences"
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
    assert NAMES["script"] in {cell for row in rows for cell in row.values()}


def test_markdown_shows_names_as_they_are():
    text = comparison(losses="mse")[0].to_markdown()
    assert len(text.splitlines()) == 2 + len(NAMES)
    assert "<" not in text
    assert r"\[click\](javascript\:alert(1)) \|" in text
    assert r"\`code\`" in text
    assert not CONTROLS & set(text)


def test_latex_shows_names_as_they_are():
    text = comparison(losses="mse")[0].to_latex()
    assert (
        r"\textbackslash{}input\{/etc/passwd\} 50\% \$x\_1\$ \{a\} \#1 \& \textasciitilde{}"
        r"\textasciicircum{} \textbackslash{}\textbackslash{} &"
    ) in text
    assert not CONTROLS & set(text)


def test_html_shows_names_and_runs_nothing():
    result, groups = comparison()
    page = result.to_html(slices={"<u>slice</u>": groups})
    read = Reader(page)
    assert not {"script", "img", "a", "i", "b", "u", "link", "iframe"} & set(read.tags)
    assert not {name for name in read.attributes if name.startswith("on")}
    assert not {"href", "src"} & read.attributes
    text = " ".join(read.texts)
    for name in [NAMES["script"], NAMES["image"], "<b>bold</b>", "<i>odd</i>", "<u>slice</u>"]:
        assert name in text
    assert not CONTROLS & set(page)
