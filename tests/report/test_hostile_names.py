"""Names that try to do harm: shown as they are, and harmless, in every format."""

import csv
import io

import numpy as np
import pytest

import sklearn_xent as sx
from tests.support.browser import Reader
from tests.support.hostile import NAMES, comparison

CONTROLS = {"\x1b", "\u202e"}


def test_text_cannot_steer_a_terminal():
    text = repr(comparison()[0])
    assert not CONTROLS & set(text)
    assert max(map(len, text.splitlines())) <= 80
    assert r"a\u202eevil\u001b[31m\nb" in text


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


def test_words_and_csv_cannot_steer_a_terminal():
    result = comparison()[0]
    texts = [*result.headlines(), *result.sentences(), result.to_csv(), result.to_csv(wide=True)]
    assert not CONTROLS & set("".join(texts) + result.style.to_html())
    assert "\n" not in "".join(result.headlines() + result.sentences())
    assert any(r"a\u202eevil\u001b[31m\nb" in text for text in result.headlines())


def test_names_that_differ_look_different_everywhere():
    names = ["a b", "a\nb", "a\tb", "a\u00a0b", "a\u200bb"]
    rng = np.random.default_rng(0)
    models = {name: rng.uniform(0.1, 0.9, 40) for name in names}
    result = sx.compare_predictions([0, 1] * 20, models, losses="mse")
    assert len(set(result.sentences())) == 10
    for text in (repr(result), result.to_csv(), result.to_html(), "".join(result.headlines())):
        for shown in ("a b", r"a\nb", r"a\tb", r"a\u00a0b", r"a\u200bb"):
            assert shown in text
    rows = {line.split("|")[2].strip() for line in result.to_markdown().splitlines()[2:]}
    assert len(rows) == 5


def test_a_title_of_two_lines_is_one_line():
    assert "<title>two lines</title>" in comparison(losses="mse")[0].to_html(title="two\nlines")
