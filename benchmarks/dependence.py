"""Measure how often rows are taken for dependent ones, and what the test for time order claims.

Run it with ``python benchmarks/dependence.py``; it takes some minutes and prints per cent.

*False alarms*: independent rows, in any order and sorted by class. *Found*: features and states
follow an AR(1) series. *Time order*: how often a difference is claimed between equal models, and
how often rows carry the caution "serial dependence" although their times are given.
"""

import argparse
import os
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from scipy import signal, stats
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, RepeatedStratifiedKFold, StratifiedKFold, TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx
from sklearn_xent.inference.dependence import TimeSeries, looks_dependent, serial_t

SETS = {
    "iris": load_iris,
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
    "digits": load_digits,
}
DESIGNS = ("two classes", "three classes", "ties", "rare class", "five votes")
SORTED = ("unsorted", "sorted by class")


def rings(comparison):
    """Return whether a comparison looks at dependent rows, as it says itself."""
    return any(isinstance(w, sx.SerialDependenceWarning) for w in comparison.warnings)


# --- independent rows -----------------------------------------------------------------------


def independent(rng, n, design):
    """Return labels and two models' predictions for independent rows."""
    if design == "three classes":
        y = rng.integers(3, size=n)
        return y, {m: 0.5 * rng.dirichlet(np.ones(3), n) + 0.5 * np.eye(3)[y] for m in "ab"}
    hidden = rng.normal(size=n) - (3.5 if design == "rare class" else 0.0)
    y = (rng.random(n) < 1 / (1 + np.exp(-hidden))).astype(int)
    y[:2] = 0, 1
    predictions = {}
    for model in "ab":
        p = 1 / (1 + np.exp(-hidden - rng.normal(size=n)))
        if design == "five votes":
            p = np.round(5 * p) / 5
        if design == "ties":
            p = np.where(rng.random(n) < 0.97, 0.5, p)
        predictions[model] = np.clip(p, 1e-3, 1 - 1e-3)
    return y, predictions


def columns_of(y, predictions):
    """Return what a comparison looks at: probabilities, and the differences of the losses."""
    a, b = (
        np.sum((p - np.eye(3)[y]) ** 2, axis=1) if p.ndim == 2 else (p - y) ** 2
        for p in predictions.values()
    )
    columns = [column for p in predictions.values() for column in np.atleast_2d(p.T)]
    return [*columns, a - b]


def false_alarms(runs):
    """Print how often independent rows are taken for dependent ones."""
    print(f"\nFalse alarms in {runs} sets of 50, 300 and 2000 independent rows in turn")
    for order in SORTED:
        for design in DESIGNS:
            found = 0
            for seed in range(runs):
                rng = np.random.default_rng([seed, 5])
                y, p = independent(rng, (50, 300, 2000)[seed % 3], design)
                if order == SORTED[1]:
                    rows = np.argsort(y, kind="stable")
                    y, p = y[rows], {name: x[rows] for name, x in p.items()}
                found += looks_dependent(columns_of(y, p), y)
            print(f"{order:16s} {design:14s} {found}", flush=True)


# --- dependent rows -------------------------------------------------------------------------


def series(rng, n, rho):
    """Return a stationary AR(1) series of variance one."""
    return signal.lfilter([1], [1, -rho], rng.normal(size=n + 200))[200:] * np.sqrt(1 - rho**2)


def states(rng, n, rho):
    """Return labels and features of an AR(1) state: the two features are exchangeable."""
    hidden = series(rng, n, rho)
    X = np.sqrt(0.5) * np.column_stack([hidden + series(rng, n, rho) for _ in range(2)])
    return (rng.random(n) < 1 / (1 + np.exp(-2 * hidden))).astype(int), X


def one_run(kind, rho, n, seed):
    """Return claims and alarms without times, claims and cautions with them, for equal models."""
    rng = np.random.default_rng([seed, n])
    if kind == "differences":
        x, alarm = series(rng, n, rho), np.nan
    else:
        y, X = states(rng, n, rho)
        columns = columns_of(
            y, {name: 1 / (1 + np.exp(-1.1 * X[:, i])) for i, name in enumerate("ab")}
        )
        x, alarm = columns[-1], looks_dependent(columns, y)
    in_time = TimeSeries(x, None, np.arange(n), float(x.mean()))
    plain = stats.ttest_1samp(x, 0.0).pvalue <= 0.05
    return plain, alarm, serial_t(in_time, 0.95).pvalue <= 0.05, in_time.is_persistent


def time_order(runs):
    """Print alarms without times, and claims and cautions with them."""
    print(
        f"\nRows in time order, {runs} runs: claims and alarms without times, claims and cautions"
    )
    print("with times, claims of runs without a caution")
    for kind, rhos in (("states", (0.5, 0.9, 0.95)), ("differences", (0.5, 0.7, 0.8, 0.9))):
        for rho in rhos:
            for n in (100, 300, 1000, 3000):
                found = np.array([one_run(kind, rho, n, seed) for seed in range(runs)], dtype=float)
                quiet = found[found[:, 3] == 0, 2]
                shares = [f"{100 * x:.1f}" for x in found.mean(axis=0)]
                shares.append(f"{100 * quiet.mean():.1f}" if len(quiet) > runs / 10 else "-")
                print(f"{kind} AR({rho}), n = {n}: {', '.join(shares)}", flush=True)


def splits_in_time(runs):
    """Print how often TimeSeriesSplit claims a difference between exchangeable features."""
    models = {name: make_pipeline(Column(i), LogisticRegression()) for i, name in enumerate("ab")}
    for rho in (0.5, 0.9):
        claims = retrained = 0
        for seed in range(runs):
            y, X = states(np.random.default_rng([seed, 7]), 300, rho)
            found = sx.compare_models(
                models, X, y, cv=TimeSeriesSplit(5), losses="brier_loss"
            ).differences.iloc[0]
            claims += found["conclusion"] in ("a better", "b better")
            retrained += found["retraining"] == "clear"
        print(f"TimeSeriesSplit, states AR({rho}), n = 300: {claims} of {runs}, {retrained} clear")


class Column(StandardScaler):
    """Scale one column, and drop the others."""

    def __init__(self, column=0):
        super().__init__()
        self.column = column

    def fit(self, X, y=None):
        """Fit the scale of the column."""
        return super().fit(X[:, [self.column]], y)

    def transform(self, X):
        """Return the column, scaled."""
        return super().transform(X[:, [self.column]])


# --- real data ------------------------------------------------------------------------------


def real_data():
    """Print which of scikit-learn's data sets ring, as they come and shuffled."""
    print("\nReal data: as they come and shuffled")
    models = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "bayes": GaussianNB(),
        "tree": DecisionTreeClassifier(min_samples_leaf=5, random_state=0),
    }
    folds = {
        "shuffled folds": StratifiedKFold(10, shuffle=True, random_state=0),
        "folds in order": StratifiedKFold(5),
        "repeated folds": RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0),
        "plain folds": KFold(5, shuffle=True, random_state=0),
    }
    for name, load in SETS.items():
        X, y = load(return_X_y=True)
        rows = np.random.default_rng(0).permutation(len(y))
        for title, cv in folds.items():
            said = [
                rings(sx.compare_models(models, a, b, cv=cv))
                for a, b in ((X, y), (X[rows], y[rows]))
            ]
            print(f"{name:14s} {title:15s} {said}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5000, help="of independent sets")
    parser.add_argument("--dependent", type=int, default=1000, help="runs in time order")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    real_data()
    time_order(options.dependent)
    splits_in_time(min(500, options.dependent))
    false_alarms(options.runs)


if __name__ == "__main__":
    main()
