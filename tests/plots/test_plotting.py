"""The displays of comparisons and losses, and what all displays look like."""

import inspect

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx
from sklearn_xent.plots import comparison as comparisons
from sklearn_xent.plots import loss_curves, murphy, reliability
from tests.support.hostile import comparison
from tests.support.pictures import DISPLAYS, FOLDER, compared, difference


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


@pytest.mark.parametrize("module", [comparisons, loss_curves, reliability, murphy])
def test_functions_fit_a_screen(module):
    for _, item in inspect.getmembers(module, inspect.isclass):
        for name, function in inspect.getmembers(item, inspect.isfunction):
            if function.__module__ == module.__name__:
                body = inspect.getsource(function).split('"""')[-1].splitlines()
                assert len(body) < 60, (item, name)


def of_panel(ax):
    """The dots of a panel: where they are, and whether they are filled."""
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    filled = [line.get_markerfacecolor() == line.get_color() for line in dots]
    return np.array([line.get_xydata()[0] for line in dots]), filled


def test_comparison_draws_the_frames():
    result = compared(5)
    display = result.plot(loss="mse")
    left, right = display.ax_
    summary = result.summary.query("loss == 'brier_loss'").sort_values("rank")
    at, _ = of_panel(left)
    assert np.allclose(at[:, 0], summary["mean_loss"])
    assert [text.get_text() for text in left.get_yticklabels()] == summary["model"].tolist()
    at, filled = of_panel(right)
    assert np.allclose(at[:, 0], summary["mean_loss"].to_numpy()[1:] - summary["mean_loss"].min())
    best = summary["model"].iloc[0]
    pairs = result.differences.query("loss == 'brier_loss'")
    of_best = pairs[(pairs["model_a"] == best) | (pairs["model_b"] == best)]
    assert sum(filled) == (of_best["conclusion"] != "not clear").sum()
    assert "lower is better" in left.get_xlabel()
    assert display.figure_ is left.figure


def test_comparison_is_held_against_the_baseline():
    display = compared(5, baseline="bold").plot()
    assert display.reference == "bold"
    assert (display.differences["difference"] < 0).all()
    assert "nats" in display.ax_[0].get_xlabel()


def test_comparison_from_comparison():
    result = compared()
    display = sx.ComparisonDisplay.from_comparison(result, loss="cross_entropy")
    pd.testing.assert_frame_equal(display.losses, result.plot().losses)


def test_comparison_in_given_axes():
    figure, ax = plt.subplots()
    assert compared().plot(ax=ax).figure_ is figure
    _, two = plt.subplots(1, 2)
    assert list(compared().plot(ax=two).ax_) == list(two)
    # each dot is level with its name, in both panels
    assert two[0].get_ylim() == two[1].get_ylim() == (2.5, -0.5)
    assert [text.get_text() for text in two[1].get_yticklabels()] == [""] * 3


def test_comparison_of_an_unknown_loss():
    with pytest.raises(ValueError, match="loss must be among those compared, "):
        compared().plot(loss="classification_error")


def test_comparison_without_numbers():
    losses = pd.DataFrame(
        {"model": ["a", "b", "c"], "mean_loss": [0.1, np.inf, np.nan], "conf_low": np.nan,
         "conf_high": np.nan}
    )  # fmt: skip
    none = pd.DataFrame(columns=["model", "difference", "conf_low", "conf_high", "shown"])
    display = sx.ComparisonDisplay(losses, none, reference="a", title="Loss").plot()
    assert [text.get_text() for text in display.ax_[0].texts] == ["infinite", "failed"]


def test_one_model():
    y, p = [0, 1] * 10, [0.2, 0.7] * 10
    losses = ["classification_error"]
    display = sx.compare_predictions(y, {"a": p}, losses=losses).plot()
    assert display.differences.empty
    display.figure_.canvas.draw()


def test_hostile_names_are_drawn():
    result, _ = comparison()
    for display in (result.plot(), result.plot_murphy(), result.plot_reliability()):
        display.figure_.canvas.draw()


def test_dark_style():
    with plt.style.context("dark_background"):
        display = compared(5).plot()
        display.figure_.canvas.draw()
    colours = {line.get_color() for line in display.ax_[1].lines}
    assert "black" not in colours


def test_loss_curves_are_those_of_the_core():
    display = sx.LossCurveDisplay.from_losses()
    assert list(display.curves["loss"].unique()) == [
        "classification_error", "brier_loss", "cross_entropy",
    ]  # fmt: skip
    wide = display.curves.pivot(index="y_proba", columns="loss", values=["value", "gradient"])
    p = wide.index.to_numpy()
    assert np.allclose(wide["value"]["cross_entropy"], -np.log(p))
    assert np.allclose(wide["value"]["brier_loss"], (1 - p) ** 2)
    assert np.allclose(wide["gradient"]["cross_entropy"], 1 - p)
    # d/dz (1 - sigmoid(z))^2 = 2 (1 - p) p (1 - p)
    assert np.allclose(wide["gradient"]["brier_loss"], 2 * p * (1 - p) ** 2)
    assert (wide["gradient"]["classification_error"] == 0).all()


def linear(codes, proba):
    return 1 - proba[np.arange(len(codes)), codes]


def test_loss_curves_of_ones_own():
    loss = sx.Loss(name="linear", title="Linear $", function=linear)
    with pytest.raises(TypeError, match="linear has no gradient: make the Loss with"):
        sx.LossCurveDisplay.from_losses([loss])


def test_loss_curves_of_the_same_title_are_two():
    def flat(codes, proba):
        return 0 * proba

    options = {"title": "_T $", "function": linear, "gradient_function": flat}
    losses = [sx.Loss(name=name, **options) for name in ("one", "two")]
    left, _ = sx.LossCurveDisplay.from_losses(losses).ax_
    assert len(left.lines) == 2
    assert [t.get_text() for t in left.get_legend().get_texts()] == [r" _T \$"] * 2
    assert len(sx.LossCurveDisplay.from_losses("mse").ax_[0].lines) == 1
    for wrong in ([], ["mse", "brier_loss"]):
        with pytest.raises(ValueError, match="losses must name each loss once"):
            sx.LossCurveDisplay.from_losses(wrong)


def test_titles_of_losses_are_no_formula():
    loss = sx.Loss(name="own", title=r"cost $\frac$", unit=r"$\x$", function=linear, range=(0, 1))
    y, p = [0, 1] * 20, np.linspace(0.1, 0.9, 40)
    result = sx.compare_predictions(y, {"a": p, "b": p[::-1]}, losses=loss)
    result.plot().figure_.canvas.draw()


def test_a_comparison_is_needed():
    with pytest.raises(TypeError, match="from_comparison needs a Comparison; got"):
        sx.ComparisonDisplay.from_comparison(compared().summary)


def test_an_empty_name_may_be_the_baseline():
    y, p = [0, 1] * 20, np.linspace(0.1, 0.9, 40)
    models = {"a": p, "": p**2, "b": p**3}
    display = sx.compare_predictions(y, models, losses="mse", baseline="").plot()
    assert display.reference == ""
    assert set(display.differences["model"]) == {"a", "b"}
