"""What all displays look like: reference pictures, dark styles, and names that do harm."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.text import Text

from tests.support.hostile import comparison
from tests.support.overlaps import overlaps
from tests.support.pictures import CASES, DISPLAYS, FOLDER, compared, difference


@pytest.mark.parametrize("name", DISPLAYS)
def test_looks_as_it_should(name, tmp_path):
    assert difference(name, tmp_path) is None


def test_another_picture_is_told(tmp_path, monkeypatch):
    """The comparison of pictures sees one model exchanged for another."""
    display = compared().plot()
    display.losses["mean_loss"] = display.losses["mean_loss"].to_numpy()[::-1]
    monkeypatch.setitem(DISPLAYS, "comparison", display.plot)
    assert "RMS" in difference("comparison", tmp_path)


def test_every_picture_is_of_a_display():
    assert {path.stem for path in FOLDER.glob("*.png")} == set(DISPLAYS)


@pytest.mark.parametrize("name", [*DISPLAYS, *CASES])
def test_texts_and_legends_cover_nothing(name):
    with plt.style.context("default"):
        assert overlaps({**DISPLAYS, **CASES}[name]().figure_) == []


def test_what_covers_is_told():
    """The search finds a legend on a curve, texts on each other, and a text that leaves."""
    figure, ax = plt.subplots()
    ax.plot([0, 1], [0, 1], label="curve")
    ax.legend(loc="center")
    ax.text(0.1, 0.8, "one")
    ax.text(0.1, 0.8, "two")
    ax.text(1.0, 0.1, "a text that is too long")
    assert overlaps(figure) == [
        "'one' overlaps 'two'",
        "'a text that is too long' leaves the figure",
        "a legend covers data",
    ]


@pytest.mark.parametrize(
    ("method", "shown"),
    [("plot", "<script>"), ("plot_murphy", "<script>"), ("plot_reliability", r"a\u202eevil")],
)
def test_hostile_names_are_drawn_as_they_are(method, shown):
    result, _ = comparison()
    figure = getattr(result, method)().figure_
    figure.canvas.draw()
    text = "\n".join(item.get_text() for item in figure.findobj(Text))
    assert not {"\u202e", "\x1b"} & set(text)
    assert shown in text


def test_dark_style():
    with plt.style.context("dark_background"):
        display = compared(5).plot()
        display.figure_.canvas.draw()
    colours = {line.get_color() for line in display.ax_[1].lines}
    assert "black" not in colours
