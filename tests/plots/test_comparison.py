"""The display of a comparison: what it draws, where, and of which models."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx
from tests.support.pictures import compared


def linear(codes, proba):
    return 1 - proba[np.arange(len(codes)), codes]


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


def test_comparison_is_with_the_baseline():
    display = compared(5, baseline="bold").plot()
    assert display.reference == "bold"
    assert (display.differences["difference"] < 0).all()
    assert "nats" in display.ax_[0].get_xlabel()


def test_comparison_from_comparison(monkeypatch):
    result = compared()
    plotted = result.plot()
    monkeypatch.delattr(sx.Comparison, "plot")  # the display is built without it
    display = sx.ComparisonDisplay.from_comparison(result, loss="cross_entropy")
    pd.testing.assert_frame_equal(display.losses, plotted.losses)
    pd.testing.assert_frame_equal(display.differences, plotted.differences)


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


@pytest.mark.filterwarnings("ignore::sklearn_xent.SerialDependenceWarning")  # sorted rows
def test_titles_of_losses_are_no_formula():
    loss = sx.Loss(name="own", title=r"cost $\frac$", unit=r"$\x$", function=linear, range=(0, 1))
    y, p = [0, 1] * 20, np.linspace(0.1, 0.9, 40)
    result = sx.compare_predictions(y, {"a": p, "b": p[::-1]}, losses=loss)
    display = result.plot()
    display.figure_.canvas.draw()
    left = display.ax_[0]
    assert left.get_title(loc="left") == r"cost \$\frac\$, 95% intervals"
    assert left.get_xlabel() == r"mean loss, \$\x\$ (lower is better)"


def test_a_comparison_is_needed():
    with pytest.raises(TypeError, match="from_comparison needs a Comparison; got"):
        sx.ComparisonDisplay.from_comparison(compared().summary)


@pytest.mark.filterwarnings("ignore::sklearn_xent.SerialDependenceWarning")  # sorted rows
def test_an_empty_name_may_be_the_baseline():
    y, p = [0, 1] * 20, np.linspace(0.1, 0.9, 40)
    models = {"a": p, "": p**2, "b": p**3}
    display = sx.compare_predictions(y, models, losses="mse", baseline="").plot()
    assert display.reference == ""
    assert set(display.differences["model"]) == {"a", "b"}
