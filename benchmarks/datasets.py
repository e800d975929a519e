"""Simulate comparisons on several data sets: false claims, coverage and power of both answers.

    python benchmarks/datasets.py [RUNS [FILE]]     # goes on where FILE ends

Data set g has n_g samples (log-normal around 500, between 40 and 20,000) and a true difference
d_g; seen is d_g with the noise of n_g samples, and its standard error, known to n_g - 1 degrees of
freedom, or to 9, as where only splits are known. Prints a table, and writes it as CSV if a file is
named.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import sklearn_xent as sx
from sklearn_xent.inference.datasets import like_these, rests_on_one, these, wilcoxon
from sklearn_xent.inference.paired_tests import holm

LEVEL, TAU = 0.95, 0.03
SETTINGS = {
    "equal on every data set": (0.0, "normal", None),
    "the same, 9 degrees of freedom within": (0.0, "normal", 9),
    "equal on average, normal": (TAU, "normal", None),
    "the same, 9 degrees of freedom": (TAU, "normal", 9),
    "equal on average, heavy tails": (TAU, "heavy", None),
    "equal on average, skewed": (TAU, "skewed", None),
    "equal on average, by noise": (TAU, "by noise", None),
    "equal on average, by size": (TAU, "by size", None),
}
"""Spread of the true differences between data sets, its shape, and the degrees of freedom."""


def draw(rng, k, spread, shape, df):
    """Return true differences, those seen, their standard errors and degrees of freedom."""
    log_n = np.log(500) + np.log(3) * rng.standard_normal(k)
    n = np.clip(np.exp(log_n), 40, 20000)
    s = 0.3 * np.exp(0.4 * rng.standard_normal(k))
    se = s / np.sqrt(n)
    z = rng.standard_normal(k)
    if shape == "heavy":
        z = rng.standard_t(3, k) / np.sqrt(3)
    elif shape == "skewed":
        z = rng.exponential(size=k) - 1
    elif shape == "by noise":
        z = z * s / 0.3
    elif shape == "by size":
        z = -0.8 * (log_n - np.log(500)) / np.log(3) + 0.6 * z
    dfs = n - 1 if df is None else np.full(k, float(df))
    true = spread * z
    return true, true + se * rng.standard_normal(k), se * np.sqrt(rng.chisquare(dfs) / dfs), dfs


def on_one(seen):
    """Return whether a claim has the caution "one data set decides"."""
    return rests_on_one(lambda kept: like_these(seen[kept], LEVEL), len(seen), 1 - LEVEL)


def one_setting(spread, shape, df, k, runs, seed):
    """Return rates in per cent of what was said of two models."""
    rng, counts = np.random.default_rng(seed), np.zeros(9)
    for _ in range(runs):
        true, seen, se, dfs = draw(rng, k, spread, shape, df)
        new = draw(rng, 1, spread, shape, df)[0][0]
        here, like = these(seen, se, dfs, LEVEL), like_these(seen, LEVEL)
        at_zero = these(seen - true.mean(), se, dfs, LEVEL)
        better = like_these(seen - 0.02, LEVEL)
        counts += (
            at_zero.pvalue <= 0.05,
            here.conf_low <= true.mean() <= here.conf_high,
            like.pvalue <= 0.05,
            like.pvalue <= 0.05 and k >= 10 and not on_one(seen),
            like.conf_low <= 0.0 <= like.conf_high,
            like.new_low <= new <= like.new_high,
            here.pvalue <= 0.05,
            wilcoxon(seen) <= 0.05,
            better.pvalue <= 0.05,
        )
    return 100 * counts / runs


def five_models(k, runs, seed, shape):
    """Return how often any of ten pairs of models equal on average is claimed to differ, in %."""
    rng, any_here, any_like = np.random.default_rng(seed), 0, 0
    pairs = [(a, b) for a in range(5) for b in range(a + 1, 5)]
    for _ in range(runs):
        n = np.clip(np.exp(np.log(500) + np.log(3) * rng.standard_normal(k)), 40, 20000)
        se = 0.3 / np.sqrt(n)
        z = rng.exponential(size=(5, k)) - 1 if shape == "skewed" else rng.standard_normal((5, k))
        true = TAU / np.sqrt(2) * z
        noise = se / np.sqrt(2) * rng.standard_normal((5, k))
        like = [like_these((true + noise)[a] - (true + noise)[b], LEVEL).pvalue for a, b in pairs]
        here = [these(noise[a] - noise[b], se, n - 1, LEVEL).pvalue for a, b in pairs]
        any_like += min(holm(like)) <= 0.05
        any_here += min(holm(here)) <= 0.05
    return 100 * any_here / runs, 100 * any_like / runs


def from_predictions(k, runs, seed):
    """Return false claims by both questions through `compare_datasets`, in per cent.

    Two models are noisy in the same way: equal on average, on every data set.
    """
    rng, counts = np.random.default_rng(seed), np.zeros(2)
    for _ in range(runs):
        comparisons = {}
        for i in range(k):
            p = rng.uniform(0.05, 0.95, 100)
            y = (rng.random(100) < p).astype(int)
            models = {x: np.clip(p + rng.normal(0, 0.1, 100), 0.01, 0.99) for x in "ab"}
            comparisons[str(i)] = sx.compare_predictions(y, models, losses="brier_loss")
        found = sx.compare_datasets(comparisons).differences
        counts += found["conclusion"].ne("not clear").to_numpy()
    return 100 * counts / runs


COLUMNS = (
    "these: false", "these: covers", "like: false", "without caution", "like: covers",
    "new: covers", "these: claims", "Wilcoxon: false", "like: power",
)  # fmt: skip


def main(runs=4000, path=None):
    """Run all settings that the file does not hold yet, and the others."""
    warnings.simplefilter("ignore", sx.XentWarning)
    began, rows = time.process_time(), []
    if path is not None and Path(path).exists():
        rows = pd.read_csv(path).to_dict("records")
    done = {(row["setting"], row["k"]) for row in rows}
    for i, (label, setting) in enumerate(SETTINGS.items()):
        for k in (5, 10, 30):
            if (label, k) in done:
                continue
            rates = one_setting(*setting, k, runs, 1000 * i + k)
            named = zip(COLUMNS, rates.round(2).tolist(), strict=True)
            rows.append({"setting": label, "k": k, "runs": runs, **dict(named)})
            print(label, k, np.round(rates, 1), flush=True)
            if path is not None:
                pd.DataFrame(rows).to_csv(path, index=False)
    print("two standard errors of 5 % in 4000 runs are 0.7, in 1000 runs 1.4")
    print("any of ten pairs of five models, these and like these:")
    for shape in ("normal", "skewed"):
        for k in (5, 10, 30):
            print(shape, k, np.round(five_models(k, runs // 2, k, shape), 1), flush=True)
    for k in (5, 10):
        rates = from_predictions(k, max(runs // 8, 1), k)
        print("through compare_datasets, equal models:", k, np.round(rates, 1), flush=True)
    print(f"{time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:3])
