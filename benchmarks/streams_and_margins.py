"""Measure false claims and power of equivalence, and of the confidence sequences of streams.

Run it with ``python benchmarks/streams_and_margins.py``; it prints Markdown tables in under three
minutes. Rows where a margin is tested have a true difference that *is* the margin: every claim of
equivalence is false there. The sequences are read after every sample.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from designs import draw, forecast

import sklearn_xent as sx
from sklearn_xent.comparison.estimates import SampleEstimates
from sklearn_xent.comparison.frames import Models, difference_rows
from sklearn_xent.inference.design import Design, Options
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.validation import Target
from sklearn_xent.losses.registry import LOSSES

# --- equivalence ----------------------------------------------------------------------------


def conclude(loss, a, b, margin):
    """Return the conclusion on the losses of two models, and its cautions."""
    n = len(a)
    target = Target(Classes((0, 1)), np.arange(n) % 2, None)
    estimates = SampleEstimates(
        LOSSES[loss], np.stack([a, b]), target, Design("loss", np.arange(n)), Options(margin=margin)
    )
    [row] = difference_rows(estimates, Models(["a", "b"], [(0, 1)], [0, 0], [1.0], {}))
    return row.conclusion, row.caution


def nested_errors(rng, n, difference):
    """Return errors of two models of which one errs wherever the other does."""
    u = rng.random(n)
    return (u < 0.1 + difference).astype(float), (u < 0.1).astype(float)


def crossed_errors(rng, n, difference):
    """Return errors of two models that never err on the same row, the better one on 4 %."""
    u = rng.random(n)
    return (u < 0.04 + difference).astype(float), (u > 0.96).astype(float)


def smooth(rng, n, difference):
    """Return losses that differ on every row, by normal amounts."""
    base = rng.uniform(0.2, 0.6, n)
    return np.clip(base + rng.normal(difference, 0.1, n), 0, 1), base


def rare(rng, n, difference, share=0.005):
    """Return losses that differ strongly on 0.5 % of the rows, and else hardly."""
    base = rng.uniform(0.0, 0.1, n)
    strong = rng.random(n) < share
    return base + strong * difference / share + rng.uniform(0.0, 0.01, n) - 0.005, base


def count_claims(loss, rows, n, margin, difference, runs):
    """Return the shares of runs that claim equivalence without a caution, with one, or not."""
    claims = flagged = 0
    for seed in range(runs):
        a, b = rows(np.random.default_rng([seed, n]), n, difference)
        said, caution = conclude(loss, a, b, margin)
        claims += said == "equivalent" and not caution
        flagged += caution != ""
    return claims / runs, flagged / runs


MARGINS = [
    *(("classification_error", nested_errors, n, 0.05) for n in (30, 100, 400)),
    *(("classification_error", crossed_errors, n, 0.05) for n in (100, 400)),
    *(("brier_loss", smooth, n, 0.02) for n in (200, 2000)),
    *(("brier_loss", rare, n, 0.004) for n in (200, 2000, 20000)),
    *(("cross_entropy", rare, n, 0.03) for n in (200, 2000, 20000)),
]
POWER = [
    *(("classification_error", crossed_errors, n, 0.02) for n in (500, 1500, 3000)),
    *(("classification_error", crossed_errors, n, 0.01) for n in (3000, 6000, 12000)),
    *(("brier_loss", smooth, n, 0.02) for n in (100, 200, 400)),
    *(("brier_loss", smooth, n, 0.01) for n in (500, 1000, 1500)),
    *(("cross_entropy", smooth, n, 0.02) for n in (5000, 5800)),
    *(("cross_entropy", smooth, n, 0.01) for n in (10000, 12000)),
]
"""The models are equally good."""


def equivalence_table(scenarios, equal, runs):
    """Print how often equivalence is claimed."""
    print("| loss | rows | n | margin | true difference | claimed | with a caution |")
    print("|---|---|---|---|---|---|---|")
    for loss, rows, n, margin in scenarios:
        difference = equal if equal is not None else margin
        some = max(200, min(runs, runs * 2000 // n))
        claims, flagged = count_claims(loss, rows, n, margin, difference, some)
        shares = f"{100 * claims:.1f} | {100 * flagged:.1f}"
        name = rows.__name__.replace("_", " ")
        print(f"| {loss} | {name} | {n} | {margin} | {difference} | {shares} |", flush=True)


# --- streams --------------------------------------------------------------------------------


def lognormal(rng, shape):
    """Return lognormal values less their mean."""
    return rng.lognormal(size=shape) - np.exp(0.5)


def outliers(rng, shape):
    """Return normal values, 0.3 % of them moved by 30 standard deviations, less their mean."""
    return rng.normal(size=shape) + 30.0 * (rng.random(shape) < 0.003) - 0.09


def unseen(rng, shape):
    """Return normal values, 0.2 % of them moved by 50 standard deviations, less their mean."""
    return rng.normal(size=shape) + 50.0 * (rng.random(shape) < 0.002) - 0.1


def pareto(rng, shape):
    """Return Pareto values of index 2.5 less their mean."""
    return rng.pareto(2.5, size=shape) - 1 / 1.5


def normal(rng, shape):
    """Return standard normal values."""
    return rng.normal(size=shape)


def bernoulli(rng, shape):
    """Return differences of errors, -1, 0 or 1, of mean zero: 2 % each of -1 and 1."""
    u = rng.random(shape)
    return (u < 0.02).astype(float) - (u > 0.98)


def uniform(rng, shape):
    """Return uniform values from -1 to 1."""
    return rng.uniform(-1.0, 1.0, size=shape)


def differences_of(loss, signal):
    """Return a draw of differences of losses of two models, as designs.py has them."""

    def draw_differences(rng, n):
        X, y = draw(rng, n, signal=signal)
        p = [forecast(X[:, i], "calibrated") for i in range(2)]
        a, b = (LOSSES[loss].per_sample(y, np.column_stack([1 - q, q])) for q in p)
        return a - b

    draw_differences.__name__ = f"{loss}, signal {signal}"
    return draw_differences


def count_exclusions(sample, n, runs, **options):
    """Return the share of streams whose intervals exclude zero at any time, and when first."""
    firsts = []
    for seed in range(runs):
        rows = sx.confidence_sequence(sample(np.random.default_rng([seed, n]), n), **options)
        out = (rows["conf_low"].to_numpy() > 0) | (rows["conf_high"].to_numpy() < 0)
        if out.any():
            firsts.append(int(out.argmax()) + 1)
    return len(firsts) / runs, float(np.median(firsts)) if firsts else np.nan


BOUNDED = [
    *((sample, n) for sample in (bernoulli, uniform) for n in (1000, 10000)),
    *((differences_of(loss, 1.0), 3000) for loss in ("classification_error", "brier_loss")),
    *((differences_of(loss, 0.8), 3000) for loss in ("classification_error", "brier_loss")),
]
UNBOUNDED = [
    *((sample, n) for sample in (normal, lognormal, outliers, pareto, unseen)
      for n in (3000, 10000)),
    *((differences_of("cross_entropy", signal), 3000) for signal in (1.0, 0.8)),
]  # fmt: skip


def stream_table(scenarios, runs, **options):
    """Print how often zero is excluded: falsely, except where the signals differ (power)."""
    print("| values | looks | excludes zero | median first time |")
    print("|---|---|---|---|")
    for sample, n in scenarios:
        share, first = count_exclusions(sample, n, runs, **options)
        name = sample.__name__.replace("_", " ")
        print(f"| {name} | {n} | {100 * share:.1f} | {first:.0f} |", flush=True)


if __name__ == "__main__":
    equivalence_table(MARGINS, None, 2000)
    equivalence_table(POWER, 0.0, 1000)
    stream_table(BOUNDED, 1000, bounds=(-1, 1))
    stream_table(UNBOUNDED, 1000, method="asymptotic")
