import re
from xml.etree.ElementTree import tostring

import pytest

from sklearn_xent.report.elements import BAR_WIDTH, MARGIN, Axis, document, name, table, tag


def html(element):
    return tostring(element, encoding="unicode", method="html")


def test_texts_and_attributes_are_escaped():
    out = html(tag("p", "<script>", tag("b", "&"), "a < b", class_='"><script>'))
    assert out == '<p class="&quot;&gt;<script&gt;">&lt;script&gt;<b>&amp;</b>a &lt; b</p>'


def test_nothing_is_left_out_but_none():
    assert html(tag("p", "a", None, "b", tag("i"), "c", None, "d", title=None)) == (
        "<p>ab<i></i>cd</p>"
    )


def test_controls_do_not_steer():
    assert html(name("a\u202eb\x1b[0m\nc")) == "<bdi>a\\u202eb\\u001b[0m c</bdi>"


def test_document_forbids_to_fetch_and_run():
    page = document("<t>", tag("div", "x"), "b{}")
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'" in page
    assert "<title>&lt;t&gt;</title>" in page
    assert "<main><div>x</div></main>" in page


def test_table_names_its_columns_and_rows():
    out = html(table("all", ["m", "n"], [["a", "1"], ["b", None]]))
    assert out.count('scope="col"') == 2
    assert out.count('scope="row"') == 2
    assert "<caption>all</caption>" in out
    assert "<td></td>" in out


def ends(svg):
    line = next(x for x in svg if x.get("class") == "interval")
    return float(line.get("x1")), float(line.get("x2"))


def test_bars_share_a_scale():
    axis = Axis([1.0, 2.0, 3.0])
    assert ends(axis.bar(1.0, 2.0, 3.0)) == (MARGIN, BAR_WIDTH - MARGIN)
    low, high = ends(axis.bar(1.0, 1.2, 1.5))
    assert (high - low) / (BAR_WIDTH - 2 * MARGIN) == pytest.approx(0.25, abs=0.01)


def test_bars_of_differences_reach_zero():
    axis = Axis([1.0, 2.0], zero=True)
    zero = next(x for x in axis.bar(1.0, 1.5, 2.0) if x.get("class") == "zero")
    assert float(zero.get("x1")) == MARGIN


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_bar_without_a_number(value):
    assert Axis([value, 1.0]).bar(0.0, value, 1.0) is None


def test_no_interval_without_ends():
    bar = Axis([1.0, 2.0]).bar(float("nan"), 1.5, float("nan"))
    assert not re.search("interval", html(bar))
    assert "circle" in html(bar)


def test_one_value_is_in_the_middle():
    circle = Axis([2.0]).bar(2.0, 2.0, 2.0)[-1]
    assert float(circle.get("cx")) == BAR_WIDTH / 2
