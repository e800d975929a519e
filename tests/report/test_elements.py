"""Elements escape what they hold, and intervals are drawn to scale."""

from xml.etree.ElementTree import tostring

import pytest

from sklearn_xent.report.elements import cell, document, head, name, row, side, table, tag
from sklearn_xent.report.intervals import ROOM, Scale, Span, interval, ruler, scales_of

NAN, INF = float("nan"), float("inf")


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
    assert html(name("a\u202eb\x1b[0m\nc")) == "<bdi>a\\u202eb\\u001b[0m\\nc</bdi>"


def test_document_forbids_to_fetch_and_run():
    page = document("<t>", tag("div", "x"), "b{}")
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'" in page
    assert "<title>&lt;t&gt;</title>" in page
    assert "<main><div>x</div></main>" in page


def test_table_names_its_columns_and_rows():
    bodies = [[row(side("a"), cell("1")), row(side("b"), cell(None))]]
    out = html(table("all", [head("m"), head("n")], bodies, "sx-x"))
    assert out.count('scope="col"') == 2
    assert out.count('scope="row"') == 2
    assert '<caption class="sx-unseen">all</caption>' in out
    assert '<td role="cell"></td>' in out


# --- scales ---------------------------------------------------------------------------------


def of(*spans):
    return [Span(*span) for span in spans]


def test_zero_is_shared_and_ends_fit():
    spans = {
        "a": of((-1.0, 1.0, 3.0), (0.5, 1.0, 1.5)),
        "b": of((-0.2, -0.1, 0.3), (0.1, 0.2, 0.3)),
    }
    scales = scales_of(spans)
    assert scales["a"].zero == scales["b"].zero
    for loss, of_loss in spans.items():
        places = [scales[loss].at(x) for span in of_loss for x in span.ends]
        assert min(places) >= ROOM - 1e-12
        assert max(places) <= 1 - ROOM + 1e-12


def test_the_worst_off_loss_gets_as_much_as_can_be():
    """Of all places of zero, the chosen one leaves the most to the loss that gets least."""
    spans = {"a": of((-0.5, 2.0, 9.5)), "b": of((-6.0, -1.0, 4.0)), "c": of((-2.0, 0.0, 8.0))}
    sides = [(-x[0].low, x[0].high) for x in spans.values()]
    room = 1 - 2 * ROOM

    def least(zero):
        return min(
            min((zero - ROOM) / left, (1 - ROOM - zero) / right) * (left + right) / room
            for left, right in sides
        )

    chosen = scales_of(spans)["a"].zero
    assert least(chosen) == pytest.approx(max(least(i / 2000) for i in range(81, 1920)), abs=2e-3)


def test_ends_beyond_four_medians_are_off():
    near = [(-1.0, 0.0, 1.0)] * 4
    scale = scales_of({"a": of(*near, (3.0, 3.5, 3.9))})["a"]
    assert not scale.is_off(3.9)
    scale = scales_of({"a": of(*near, (3.0, 3.5, 4.1))})["a"]
    assert scale.is_off(4.1)
    assert scale.high == 4.0
    assert not scale.is_off(3.5)


def test_two_rows_need_to_be_farther_apart():
    assert not scales_of({"a": of((0.0, 0.5, 1.0), (5.0, 6.0, 7.0))})["a"].is_off(7.0)
    assert scales_of({"a": of((0.0, 0.5, 1.0), (50.0, 60.0, 70.0))})["a"].is_off(70.0)


@pytest.mark.parametrize("spans", [[], [(NAN, NAN, NAN)], [(0.0, 0.0, 0.0)], [(NAN, INF, NAN)]])
def test_nothing_to_draw_has_a_scale(spans):
    scale = scales_of({"a": of(*spans)})["a"]
    assert 0.0 <= scale.at(0.0) <= 1.0


def drawn(*arguments, **options):
    return [x for x in interval(*arguments, **options).iter() if x.get("class")]


def kinds(elements):
    return [x.get("class") for x in elements]


SCALE = Scale(0.2, -1.0, 4.0, 0.18)


def test_an_interval_is_drawn_to_scale():
    elements = drawn(SCALE, Span(0.5, 1.0, 2.0))
    [line] = [x for x in elements if x.get("class") == "sx-ci"]
    assert (line.get("x1"), line.get("x2")) == ("29.00%", "56.00%")
    [dot] = [x for x in elements if x.get("class") == "sx-mark"]
    assert (dot.tag, dot.get("cx")) == ("circle", "38.00%")


def test_what_goes_on_gets_an_arrow():
    assert kinds(drawn(SCALE, Span(1.0, 2.0, 5.0))).count("sx-arrow") == 1
    beyond = kinds(drawn(SCALE, Span(5.0, 6.0, 7.0)))
    assert "sx-arrow" in beyond
    assert "sx-mark" not in beyond
    assert kinds(drawn(SCALE, Span(-3.0, 2.0, 5.0))).count("sx-arrow") == 2


@pytest.mark.parametrize("value", [NAN, INF])
def test_no_mark_without_a_number(value):
    assert "sx-mark" not in kinds(drawn(SCALE, Span(NAN, value, NAN)))


def test_no_interval_without_ends():
    found = kinds(drawn(SCALE, Span(NAN, 1.0, NAN)))
    assert "sx-ci" not in found
    assert "sx-mark" in found


def test_margin_is_a_band_around_zero():
    [band] = [x for x in drawn(SCALE, Span(0, 1, 2), band=0.5) if x.get("class") == "sx-band"]
    assert (band.get("x"), band.get("width")) == ("11.00%", "18.00%")


def test_ruler_names_zero_and_a_round_number():
    texts = [x.text for x in ruler(SCALE).iter("text")]
    assert texts == ["0", "+2"]
    flipped = Scale(0.8, -4.0, 1.0, 0.18)
    assert [x.text for x in ruler(flipped).iter("text")] == ["0", "\N{MINUS SIGN}2"]
