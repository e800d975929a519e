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
import pandas as pd
from matplotlib.legend import Legend
from matplotlib.testing.compare import compare_images
from matplotlib.testing.decorators import remove_ticks_and_titles
from matplotlib.text import Text
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

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


def quietly(compare, *args, **options):
    """Compare without warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return compare(*args, **options)


@cache
def compared(models=3, **options):
    """Compare so many models."""
    y, p = binary()
    rng = np.random.default_rng(2)
    for i in range(models - 3):
        p[f"noisy {i}"] = np.clip(p["good"] + rng.normal(0, 0.02 + 0.01 * i, len(y)), 0.01, 0.99)
    return quietly(sx.compare_predictions, y, p, losses=["mse", "cross_entropy"], **options)


@cache
def compared_of_one(models=1):
    """Compare the first one or two models."""
    y, p = binary()
    return quietly(sx.compare_predictions, y, dict(list(p.items())[:models]), losses="mse")


def multiclass(n=300, classes=3):
    """Return labels and probabilities of several classes."""
    rng = np.random.default_rng(4)
    p = rng.dirichlet([1] * classes, n)
    return (rng.random((n, 1)) > p.cumsum(axis=1)).sum(axis=1), p


@cache
def compared_classes(classes):
    """Compare three models of so many classes."""
    y, p = multiclass(100 * classes, classes)
    bold = p**2 / (p**2).sum(axis=1, keepdims=True)
    models = {"good": p, "bold": bold, "timid": 0.5 * p + 0.5 / classes}
    return quietly(sx.compare_predictions, y, models, losses=["mse", "cross_entropy"])


@cache
def compared_rare(n=4000):
    """Compare models of a rare class: all probabilities are small."""
    rng = np.random.default_rng(5)
    p = rng.beta(0.8, 60, n)
    y = (rng.random(n) < p).astype(int)
    models = {"good": p, "double": 2 * p, "half": p / 2, "flat": np.full(n, y.mean())}
    return quietly(sx.compare_predictions, y, models, losses=["mse"])


def _with_far_off():
    y, p = binary()
    wrong = np.where(np.arange(len(y)) % 3 == 0, np.where(y == 1, 1e-9, 1 - 1e-9), p["good"])
    return y, {**p, "broken": wrong}


@cache
def compared_far_off(**options):
    """Compare models of which one is far worse than the others."""
    return quietly(sx.compare_predictions, *_with_far_off(), losses="cross_entropy", **options)


@cache
def compared_infinite():
    """Compare models of which one has an infinite loss."""
    y, p = binary()
    zero = np.where(np.arange(len(y)) == np.argmax(y), 0.0, p["good"])
    loss = sx.get_loss("cross_entropy", eps=0)
    return quietly(sx.compare_predictions, y, {**p, "zero": zero}, losses=loss)


@cache
def compared_failed():
    """Compare models of which one failed."""
    X, y = load_iris(return_X_y=True)
    models = {"bayes": GaussianNB(), "frequencies": DummyClassifier(), "bad": GaussianNB(priors=2)}
    return quietly(sx.compare_models, models, X, y, losses="mse")


@cache
def compared_long_names(models=12):
    """Compare models with names of 80 characters."""
    y, p = binary()
    rng = np.random.default_rng(2)
    for i in range(models - 3):
        p[f"noisy {i}"] = np.clip(p["good"] + rng.normal(0, 0.02 + 0.01 * i, len(y)), 0.01, 0.99)
    name = "Pipeline(StandardScaler(), HistGradientBoostingClassifier(max_depth=#, rate=0.1))"
    names = [name.replace("#", f"{i:X}")[:80] for i in range(models)]
    return quietly(
        sx.compare_predictions, y, dict(zip(names, p.values(), strict=True)), losses="mse"
    )


def leaving():
    """Draw a rare class of which the highest probabilities are far too low."""
    p = np.repeat([0.01, 0.02, 0.03], [500, 490, 10])
    y = np.concatenate([np.arange(500) % 100 == 0, np.arange(490) % 50 == 0, np.ones(10)])
    return sx.ReliabilityDisplay.from_predictions(y.astype(int), p, name="too low", n_resamples=20)


@cache
def compared_sets(k=8, n=120, **options):
    """Compare the three models on k data sets, of which two are far off."""
    rng, found = np.random.default_rng(8), {}
    for i in range(k):
        p = rng.uniform(0.02, 0.98, n + 20 * i)
        y = (rng.random(len(p)) < p).astype(int)
        strength = 0.5 if i % 5 else -0.4
        models = {"good": p, "timid": 0.5 + strength * (p - 0.5), "flat": np.full(len(p), 0.5)}
        found[f"set {i}"] = quietly(sx.compare_predictions, y, models, losses="mse", **options)
    return sx.compare_datasets(found)


def race(n=14, name="max_depth={i}, min_samples_leaf=5"):
    """Draw a race of so many candidates, of which most were dropped."""
    seen = np.select(
        [np.arange(n) < n / 5, np.arange(n) < n / 3, np.arange(n) < n / 2], [25, 16, 8], 3
    )
    status = np.where(seen == 25, "survived", "dropped")
    status[-2:] = "merged", "failed"
    frame = pd.DataFrame(
        {
            "candidate": [name.format(i=i) for i in range(n)],
            "status": status,
            "n_splits_seen": seen,
        }
    )
    return sx.RaceDisplay(frame, [3, 5, 8, 12, 16, 20], 25).plot()


def _models_of(comparison):
    return list(dict.fromkeys(comparison.summary["model"]))


CASES = {
    "race of 200": lambda: race(200),
    "race of long names": lambda: race(
        name="Pipeline(StandardScaler(), HistGradientBoosting({i}))"
    ),
    "race of two": lambda: race(2),
    "race with hostile names": lambda: race(name="$x_{{i}}$ <script> \u202e {i}"),
    "one model": lambda: compared_of_one().plot(),
    "two models": lambda: compared_of_one(2).plot(),
    "twelve models": lambda: compared(12).plot(loss="mse"),
    "long names": lambda: compared_long_names().plot(),
    "baseline": lambda: compared(5, baseline="bold").plot(),
    "margin": lambda: compared(12, equivalence_margin=0.02).plot(loss="mse"),
    "far off": lambda: compared_far_off().plot(),
    "far off, baseline": lambda: compared_far_off(baseline="broken").plot(),
    "failed": lambda: compared_failed().plot(),
    "infinite": lambda: compared_infinite().plot(),
    "murphy of one": lambda: compared_of_one().plot_murphy(),
    "murphy of 10": lambda: compared(10).plot_murphy(),
    "murphy of long names": lambda: compared_long_names().plot_murphy(),
    "murphy of 10 classes": lambda: compared_classes(10).plot_murphy(),
    "murphy of a rare class": lambda: compared_rare().plot_murphy(),
    "net benefit of 10": lambda: compared(10).plot_murphy(scale="net benefit"),
    "net benefit of a rare class": lambda: compared_rare().plot_murphy(scale="net benefit"),
    "net benefit of one of 3": lambda: compared_classes(3).plot_murphy(
        scale="net benefit", pos_label=2
    ),
    "forest of 40": lambda: compared_sets(40).plot(("flat", "good")),
    "forest of two": lambda: compared_sets(2).plot(),
    "ranks with a baseline": lambda: compared_sets(12, baseline="timid").plot_ranks(),
    "reliability of 10 classes": lambda: compared_classes(10).plot_reliability(n_resamples=20),
    "reliability of 10 classes, 3 models": lambda: compared_classes(10).plot_reliability(
        ["good", "bold", "timid"], n_resamples=20
    ),
    "reliability of long names": lambda: compared_long_names(4).plot_reliability(
        _models_of(compared_long_names(4)), n_resamples=20
    ),
    "reliability of one of a rare class": lambda: compared_rare().plot_reliability(
        "half", n_resamples=20
    ),
}
"""What else is drawn, to see whether texts overlap."""

DISPLAYS = {
    "comparison": lambda: compared().plot(),
    "comparison_of_40": lambda: compared(40).plot(loss="mse"),
    "comparison_far_off": lambda: compared_far_off().plot(),
    "comparison_margin": lambda: compared(5, equivalence_margin=0.02, baseline="good").plot(
        loss="mse"
    ),
    "reliability": lambda: compared().plot_reliability("bold", n_resamples=100),
    "reliability_of_classes": lambda: sx.ReliabilityDisplay.from_predictions(
        *multiclass(), n_resamples=100
    ),
    "reliability_of_models": lambda: compared().plot_reliability(
        ["good", "timid", "bold"], n_resamples=100
    ),
    "reliability_leaving": leaving,
    "reliability_rare": lambda: compared_rare().plot_reliability(["good", "half"], n_resamples=100),
    "net_benefit": lambda: compared().plot_murphy(scale="net benefit"),
    "murphy": lambda: sx.MurphyDisplay.from_predictions(*binary()),
    "murphy_of_40": lambda: compared(40).plot_murphy(),
    "forest": lambda: compared_sets().plot(),
    "ranks": lambda: compared_sets().plot_ranks(),
    "race": race,
    "loss_curves": lambda: sx.LossCurveDisplay.from_losses(),
}


def draw(name, path):
    """Draw a display in the default style, small."""
    with plt.style.context("default"):
        figure = DISPLAYS[name]().figure_
        figure.set_layout_engine("none")
        figure.set_size_inches(8, 5)  # its width depends on that of the legend
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
