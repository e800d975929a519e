import sys

import matplotlib.pyplot as plt
import pytest

from sklearn_xent.plots import axes as module


def test_new_panels():
    figure, axes = module.panels(None, (1, 2), (6, 3), sharey=True)
    assert axes.shape == (1, 2)
    assert figure.get_size_inches().tolist() == [6, 3]


def test_one_axes_is_divided():
    figure, (left, right) = plt.subplots(1, 2)
    found, axes = module.panels(right, (2, 1), (6, 3))
    assert found is figure
    assert axes.shape == (2, 1)
    assert not right.axison
    assert left.axison
    assert axes[0, 0].get_position().x0 > left.get_position().x1


def test_axes_are_used_as_given():
    figure, given = plt.subplots(1, 2)
    found, axes = module.panels(given, (1, 2), (6, 3))
    assert found is figure
    assert axes.tolist() == [given.tolist()]


@pytest.mark.parametrize("n", [3, 4])
def test_a_wrong_number_of_axes(n):
    _, given = plt.subplots(1, n)
    with pytest.raises(ValueError, match="or 2 different ones; got "):
        module.panels(given, (1, 2), (6, 3))


@pytest.mark.parametrize("ax", ["x", 1, [None], [1, 2]])
def test_no_axes_at_all(ax):
    with pytest.raises(ValueError, match=r"ax must be one axes of a grid"):
        module.panels(ax, (1, 2), (6, 3))


def test_the_same_axes_twice():
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="2 different ones"):
        module.panels([ax, ax], (1, 2), (6, 3))


def test_labels_of_a_legend():
    assert module.labels(["_a", "", "b"]) == [" _a", "''", "b"]


def test_axes_without_a_place_in_a_grid():
    ax = plt.figure().add_axes((0, 0, 1, 1))
    with pytest.raises(ValueError, match=r"one axes of a grid, as plt.subplots gives"):
        module.panels(ax, (1, 2), (6, 3))


def test_dollars_are_no_formula():
    figure, ax = plt.subplots()
    broken = r"$\frac{$"
    ax.set_title(broken)
    with pytest.raises(ValueError, match="frac"):
        figure.canvas.draw()
    [escaped] = module.plain([broken])
    ax.set_title(escaped)
    figure.canvas.draw()
    assert escaped == r"\$\frac{\$"


def test_controls_do_not_steer():
    assert module.plain(["a\u202eb\x1b"]) == [r"a\u202eb\u001b"]


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn-xent\[plot\]'"):
        module.pyplot()


@pytest.mark.parametrize(
    ("distances", "most"),
    [
        ([1.0, 2.0, 3.0], 3.0),
        ([1.0, 2.0, 30.0], 2.0),  # the usual distance is 2, and 30 is 15 times as far
        ([1.0, 9.0, 9.5], 9.5),
        ([0.1, 7.0], 0.1),
        ([0.0, 0.0, 5.0], 5.0),  # models without a difference say nothing of the scale
        ([float("inf"), float("nan"), 2.0], 2.0),
        ([], 0.0),
    ],
)
def test_reach(distances, most):
    assert module.reach(distances) == most


def test_reach_of_a_picture_that_is_wide_anyway():
    assert module.reach([1.0, 2.0, 30.0, 40.0], least=5.0) == 40.0
    assert module.reach([1.0, 2.0, 30.0, 90.0], least=5.0) == 30.0


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (0.0, 1.0, (0.0, 1.0)),
        (0.3, 0.7, (0.0, 1.0)),
        (0.001, 0.04, (0.0, 0.05)),
        (0.0, 0.05, (0.0, 0.05)),
        (0.9, 1.0, (0.9, 1.0)),
        (0.6, 0.97, (0.5, 1.0)),
        (0.0, 0.0, (0.0, 1e-6)),
    ],
)
def test_window(low, high, shown):
    assert module.window(low, high) == pytest.approx(shown)


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_a_legend_makes_room_beside_the_axes(layout):
    figure, (ax, other) = plt.subplots(1, 2, layout=layout, figsize=(9, 4))
    lines = ax.plot([0, 1], [0, 1])
    module.legend([ax], lines, ["a model"], widens=False)
    figure.canvas.draw()
    box = ax.get_legend().get_window_extent()
    assert ax.bbox.x1 < box.x0
    assert box.x1 < other.bbox.x0


def test_a_legend_widens_a_figure_of_our_own():
    figure, ax = plt.subplots()
    module.legend([ax], ax.plot([0, 1], [0, 1]), ["a model"], widens=True)
    assert figure.get_figwidth() > plt.rcParams["figure.figsize"][0] + 0.5
