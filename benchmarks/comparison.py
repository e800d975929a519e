"""Measure time and memory of comparing many models on many samples: all pairs, three losses."""

import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is loaded

import resource
import time
import warnings

import numpy as np

import sklearn_xent as sx


def predictions(rng, n, n_models, y):
    """Return float32 probabilities of three classes from models that are more or less alike."""
    base = rng.normal(size=(n, 3))
    out = {}
    for i in range(n_models):
        logits = base + 0.5 * rng.normal(size=(n, 3))
        logits[np.arange(n), y] += 1 + 0.01 * i
        proba = np.exp(logits)
        out[f"model {i}"] = (proba / proba.sum(axis=1, keepdims=True)).astype(np.float32)
    return out


def peak():
    """Return the peak memory of the process in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--models", type=int, nargs="*", default=[2, 10, 40])
    options = parser.parse_args()
    n, rng = options.samples, np.random.default_rng(0)
    y, slices = rng.integers(0, 3, n), rng.integers(0, 50, n)
    print(f"\n{n} samples, 3 classes, 3 losses; CPU seconds\n")
    print("| models | pairs | compare_predictions | GB more at the peak | of which losses | by() |")
    print("|---|---|---|---|---|---|")
    for n_models in options.models:
        given, before = predictions(rng, n, n_models, y), peak()
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sx.XentWarning)
            comparison = sx.compare_predictions(y, given)
        compared = time.process_time() - start
        more = peak() - before
        start = time.process_time()
        comparison.by(slices)
        sliced = time.process_time() - start
        kept = comparison._samples.values.nbytes / 1e9
        print(
            f"| {n_models} | {len(comparison.differences) // 3} | {compared:.1f} | {more:.2f} | "
            f"{kept:.2f} | {sliced:.2f} |",
            flush=True,
        )
        del comparison, given


if __name__ == "__main__":
    main()
