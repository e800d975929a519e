"""Measure comparisons: beside the metrics they need, as models become more, and of many models.

`python benchmarks/comparison.py --only shapes` prints a part: shapes, growth or models.
"""

import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is loaded

import resource
import statistics
import time
import warnings

import numpy as np

import sklearn_xent as sx

SHAPES = ((200_000, 10, 2), (1_000_000, 3, 2), (20_000, 1000, 2), (200_000, 3, 12))
N_RUNS = 5


def predictions(rng, n, n_models, y, k=3, dtype=np.float32):
    """Return probabilities of k classes from models that are more or less alike."""
    base = rng.normal(size=(n, k))
    out = {}
    for i in range(n_models):
        logits = base + 0.5 * rng.normal(size=(n, k))
        logits[np.arange(n), y] += 1 + 0.01 * i
        proba = np.exp(logits)
        out[f"model {i}"] = (proba / proba.sum(axis=1, keepdims=True)).astype(dtype)
    return out


def seconds(function, *args, **options):
    """Return the CPU time of a call, and what it returned."""
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        found = function(*args, **options)
    return time.process_time() - start, found


def each_metric(y, given):
    """Compute the losses of every sample under every model by the metric functions."""
    for metric in (sx.classification_error, sx.brier_loss, sx.cross_entropy):
        for proba in given.values():
            metric(y, proba, reduction="none")


def compare_shapes():
    """Print a comparison, its text and its page beside the per-sample metrics it needs."""
    print("\nMilliseconds of CPU time, float64, medians of interleaved runs\n")
    print("| samples x classes, models | metrics | compare_predictions | ratio | repr | to_html |")
    print("|---|---|---|---|---|---|")
    for n, k, n_models in SHAPES:
        rng = np.random.default_rng(0)
        y = rng.integers(0, k, n)
        given = predictions(rng, n, n_models, y, k, np.float64)
        runs = []
        for _ in range(N_RUNS):
            own, _ = seconds(each_metric, y, given)
            compared, comparison = seconds(sx.compare_predictions, y, given)
            text, _ = seconds(repr, comparison)
            page, _ = seconds(comparison.to_html)
            runs.append((own, compared, compared / own, text, page))
        own, compared, ratio, text, page = map(statistics.median, zip(*runs, strict=True))
        print(
            f"| {n} x {k}, {n_models} | {1e3 * own:.0f} | {1e3 * compared:.0f} | {ratio:.1f} | "
            f"{1e3 * text:.0f} | {1e3 * page:.0f} |",
            flush=True,
        )


def show_growth():
    """Print the cost of each further model and pair, which stays the same as they become more."""
    n, rng = 100_000, np.random.default_rng(0)
    y = rng.integers(0, 3, n)
    given = predictions(rng, n, 32, y)
    print(f"\n{n} samples, 3 classes: milliseconds of CPU time a model or pair\n")
    print("| models | all pairs: a pair | one baseline: a model |")
    print("|---|---|---|")
    for n_models in (4, 8, 16, 32):
        some = dict(list(given.items())[:n_models])
        runs = []
        for _ in range(3):
            every, _ = seconds(sx.compare_predictions, y, some)
            one, _ = seconds(sx.compare_predictions, y, some, baseline="model 0")
            runs.append((every, one))
        every, one = map(statistics.median, zip(*runs, strict=True))
        n_pairs = n_models * (n_models - 1) // 2
        print(
            f"| {n_models} | {1e3 * every / n_pairs:.1f} | {1e3 * one / n_models:.1f} |", flush=True
        )


def peak():
    """Return the peak memory of the process in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def compare_many(n, numbers):
    """Print time and memory of comparing all pairs of many models."""
    rng = np.random.default_rng(0)
    y, slices = rng.integers(0, 3, n), rng.integers(0, 50, n)
    print(f"\n{n} samples, 3 classes, 3 losses; CPU seconds\n")
    print("| models | pairs | compare_predictions | GB more at the peak | of which losses | by() |")
    print("|---|---|---|---|---|---|")
    for n_models in numbers:
        given, before = predictions(rng, n, n_models, y), peak()
        compared, comparison = seconds(sx.compare_predictions, y, given)
        more = peak() - before
        sliced, _ = seconds(comparison.by, slices)
        kept = comparison._samples.values.nbytes / 1e9
        print(
            f"| {n_models} | {len(comparison.differences) // 3} | {compared:.1f} | {more:.2f} | "
            f"{kept:.2f} | {sliced:.2f} |",
            flush=True,
        )
        del comparison, given


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--models", type=int, nargs="*", default=[2, 10, 40])
    parser.add_argument("--only", choices=["shapes", "growth", "models"])
    options = parser.parse_args()
    if options.only in (None, "shapes"):
        compare_shapes()
    if options.only in (None, "growth"):
        show_growth()
    if options.only in (None, "models"):
        compare_many(options.samples, options.models)


if __name__ == "__main__":
    main()
