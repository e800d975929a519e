"""Measure how often claims from tables of losses are wrong: items in clusters, and several runs.

Run it with ``python benchmarks/tables_of_losses.py``, for about ten minutes; it prints a table.
Two models of the same quality answer the same items. Every claim that one is better is false, and
an interval that leaves out zero does not cover. Power is that for a true difference.
"""

import argparse
import os
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import pandas as pd
from scipy import stats

import sklearn_xent as sx

SCENARIOS = {
    # name: items, items a passage, runs, spread of passages, items, runs, runs by passage; scores
    "200 items": (200, 1, 1, 0.0, 1.0, 0.0, 0.0, "cost"),
    "300 items in 60 passages": (300, 5, 1, 1.0, 0.5, 0.0, 0.0, "cost"),
    "300 answers in 60 passages": (300, 5, 1, 1.0, 0.5, 0.0, 0.0, "answer"),
    "500 answers in 50 uneven passages": (500, 10, 1, 0.7, 0.5, 0.0, 0.0, "uneven"),
    "200 items, 3 runs that are noise": (200, 1, 3, 0.0, 1.0, 0.0, 0.0, "answer"),
    "200 items, 3 runs that differ little": (200, 1, 3, 0.0, 1.0, 0.15, 0.0, "answer"),
    "200 items, 3 runs that differ much": (200, 1, 3, 0.0, 0.7, 0.7, 0.0, "cost"),
    "300 answers in 60 passages, 3 runs": (300, 5, 3, 1.0, 0.5, 0.0, 0.0, "answer"),
    "the same, runs that differ": (300, 5, 3, 1.0, 0.5, 0.3, 0.0, "answer"),
    "the same, and by passage": (300, 5, 3, 1.0, 0.5, 0.2, 0.7, "answer"),
    "300 costs in 60 passages, 5 runs": (300, 5, 5, 0.7, 0.5, 0.3, 0.3, "cost"),
}


def draw(rng, shift, n, size, n_runs, passages, items, runs, by_passage, kind):
    """Return the losses (n_items, n_runs) of two models, and the passage of each item.

    The second is worse by `shift`, in units of what decides an answer or a cost.
    """
    passage = np.arange(n) // size
    if kind == "uneven":
        share = rng.pareto(2.0, n // size) + 0.3
        passage = np.unique(rng.choice(n // size, n, p=share / share.sum()), return_inverse=True)[1]
    difficulty = rng.normal(size=n) + rng.normal(size=passage.max() + 1)[passage]
    losses = []
    for worse in (0.0, shift):
        of_item = passages * rng.normal(size=passage.max() + 1)[passage]
        of_item = worse + difficulty + of_item + items * rng.normal(size=n)
        of_run = runs * rng.normal(size=n_runs)
        of_both = by_passage * rng.normal(size=(passage.max() + 1, n_runs))[passage]
        latent = of_item[:, None] + of_run + of_both
        if kind == "cost":
            losses.append(np.exp(0.5 * latent + 0.5 * rng.normal(size=latent.shape)))
        else:
            losses.append((rng.random(latent.shape) < 1 / (1 + np.exp(-latent))).astype(float))
    return losses, passage


def of_rows(a, b, alpha=0.05):
    """Return whether the t-tests of all rows, and of the means of items, claim a difference."""
    d = (a - b).ravel()
    means = (a - b).mean(axis=1)
    return [stats.ttest_1samp(x, 0.0).pvalue <= alpha for x in (d, means)]


def measure(name, n_evaluations, seed):
    """Return what happened in some simulated evaluations of one scenario."""
    n, size, n_runs, *spreads, kind = SCENARIOS[name]
    found = []
    for i in range(n_evaluations):
        rng = np.random.default_rng([seed, i])
        claims = []
        for shift in (0.0, 0.3):
            (a, b), passage = draw(rng, shift, n, size, n_runs, *spreads, kind)
            groups = passage if size > 1 else None
            table = {"a": a, "b": b} if n_runs > 1 else {"a": a[:, 0], "b": b[:, 0]}
            row = sx.compare_losses(table, groups=groups).differences.iloc[0]
            claims += [row["conclusion"] != "not clear", row["conf_low"] <= 0 <= row["conf_high"]]
            if not shift:
                claims += of_rows(a, b)
        found.append(claims)
    wrong, covers, rows, means, power, _ = 100 * np.mean(found, axis=0)
    return {
        "evaluation": name,
        "all rows alike": rows,
        "means of items": means,
        "false claims": wrong,
        "coverage": covers,
        "power": power,
    }


def main():
    """Print the table, one scenario after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore", sx.XentWarning)
    rows = []
    for name in SCENARIOS:
        rows.append(measure(name, options.evaluations, options.seed))
        print(pd.DataFrame(rows[-1:]).round(1).to_string(index=False, header=len(rows) == 1),
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
