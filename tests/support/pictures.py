"""Pictures that displays should look like: `python -m tests.support.pictures` draws them again.

They hold no text, whose shape depends on the version of matplotlib.
"""

import warnings
from functools import cache
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.legend import Legend
from matplotlib.testing.compare import compare_images
from matplotlib.testing.decorators import remove_ticks_and_titles
from matplotlib.text import Text

import sklearn_xent as sx

FOLDER = Path(__file__).parent / "reference_pictures"
TOLERANCE = 2.0
"""Root mean square of the differences of 8-bit pixels."""


def binary(n=400):
    """Return labels, and the probabilities of a good, a timid and a bold model."""
    rng = np.random.default_rng(1)
    p = rng.uniform(0.02, 0.98, n)
    y = (rng.random(n) < p).astype(int)
    bold = p**3 / (p**3 + (1 - p) ** 3)
    return y, {"good": p, "timid": 0.5 + 0.5 * (p - 0.5), "bold": bold}


@cache
def compared(models=3, **options):
    """Compare so many models."""
    y, p = binary()
    rng = np.random.default_rng(2)
    for i in range(models - 3):
        p[f"noisy {i}"] = np.clip(p["good"] + rng.normal(0, 0.02 + 0.01 * i, len(y)), 0.01, 0.99)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return sx.compare_predictions(y, p, losses=["mse", "cross_entropy"], **options)


def multiclass(n=300):
    """Return labels and probabilities of three classes."""
    rng = np.random.default_rng(4)
    p = rng.dirichlet([1, 1, 1], n)
    return (rng.random((n, 1)) > p.cumsum(axis=1)).sum(axis=1), p


DISPLAYS = {
    "comparison": lambda: compared().plot(),
    "comparison_of_40": lambda: compared(40).plot(loss="mse"),
    "comparison_margin": lambda: compared(5, equivalence_margin=0.02, baseline="good").plot(
        loss="mse"
    ),
    "reliability": lambda: compared().plot_reliability("bold", n_resamples=100),
    "reliability_of_classes": lambda: sx.ReliabilityDisplay.from_predictions(
        *multiclass(), n_resamples=100
    ),
    "murphy": lambda: sx.MurphyDisplay.from_predictions(*binary()),
    "murphy_of_40": lambda: compared(40).plot_murphy(),
    "loss_curves": lambda: sx.LossCurveDisplay.from_losses(),
}


def draw(name, path):
    """Draw a display in the default style, small."""
    with plt.style.context("default"):
        figure = DISPLAYS[name]().figure_
        figure.set_layout_engine("none")
        remove_ticks_and_titles(figure)
        for item in figure.findobj(lambda item: isinstance(item, Text | Legend)):
            item.set_visible(False)
        figure.savefig(path, dpi=60)
        plt.close("all")


def difference(name, folder):
    """Draw a display; return how it differs from its reference picture, None if it does not."""
    path = folder / f"{name}.png"
    draw(name, path)
    return compare_images(FOLDER / f"{name}.png", path, TOLERANCE)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for display in DISPLAYS:
        draw(display, FOLDER / f"{display}.png")
