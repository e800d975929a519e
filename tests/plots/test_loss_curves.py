"""The curves of losses and of their derivatives."""

import numpy as np
import pytest

import sklearn_xent as sx
from tests.support.own_losses import linear_function as linear
from tests.support.own_losses import linear_gradient


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


def test_loss_curves_of_ones_own():
    loss = sx.Loss(name="linear", title="Linear $", function=linear)
    with pytest.raises(TypeError, match="linear has no gradient: make the Loss with"):
        sx.LossCurveDisplay.from_losses([loss])


def test_loss_curves_of_the_same_title_are_two():
    options = {"title": "_T $", "function": linear, "gradient_function": linear_gradient}
    losses = [sx.Loss(name=name, **options) for name in ("one", "two")]
    left, right = sx.LossCurveDisplay.from_losses(losses).ax_
    assert len(left.lines) == 2
    assert [t.get_text() for t in right.get_legend().get_texts()] == [r" _T \$"] * 2
    assert len(sx.LossCurveDisplay.from_losses("mse").ax_[0].lines) == 1
    for wrong in ([], ["mse", "brier_loss"]):
        with pytest.raises(ValueError, match="losses must name each loss once"):
            sx.LossCurveDisplay.from_losses(wrong)
