"""Measure skewed clusters, rare classes, slices, and splits whose training parts overlap.

Run it with ``python benchmarks/clusters_and_slices.py``, for about four minutes; it prints a table.
Flagged are the rows with a caution. The other columns are of all rows, and of those without one.
"""

import os
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from designs import MODELS, draw, draw_clusters
from scipy import stats
from sklearn.model_selection import RepeatedStratifiedKFold

import sklearn_xent as sx
from sklearn_xent.comparison import frames
from sklearn_xent.comparison.estimates import ClusterEstimates
from sklearn_xent.comparison.samples import SplitScores
from sklearn_xent.inference.design import Design, Options
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inference.small_samples import effective_counts, have_rare_class
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.validation import Target

# --- clusters -------------------------------------------------------------------------------


def claim(x, sizes):
    """Return whether a difference of clusters is claimed, and whether the claim is flagged."""
    target = Target(Classes((0, 1)), np.arange(2), np.ones(2))
    means = np.stack([x, np.zeros(len(x))])
    moments = [Moments.from_values(of_model, sizes) for of_model in means]
    pairs = {(0, 1): Moments.from_values(x, sizes)}
    design = Design("mean loss", np.arange(0))
    one = ClusterEstimates(
        sx.get_loss("brier_loss"), target, design, Options(), moments, pairs,
        weighted=False, means=means, of=sizes,
    )  # fmt: skip
    models = frames.Models(("a", "b"), [(0, 1)], [0, 0], [0.0], {})
    [row] = frames.difference_rows(one, models)
    return row.conclusion != "not clear", row.caution != ""


def clusters(n, kind, effect, runs):
    """Return the claims and flags of clusters, without and with a difference."""
    found = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, n])
        sizes, shared = draw_clusters(rng, n, kind)
        sizes = sizes.astype(float)
        x = np.sqrt(0.5) * shared + np.sqrt(0.5) * rng.normal(size=n) / np.sqrt(sizes)
        found.append([claim(x, sizes), claim(x + effect, sizes)])
    found = np.asarray(found)
    claims, flagged = found[:, 0].T
    quiet = claims[~flagged].mean()
    power = found[:, 1, 0].mean(), (found[:, 1, 0] & ~found[:, 1, 1]).mean()
    return {
        "false claims": claims.mean(), "flagged": flagged.mean(), "unflagged: false": quiet,
        "power": power[0], "unflagged power": power[1],
    }  # fmt: skip


# --- rare classes ---------------------------------------------------------------------------


def rare_class(n, frequencies, runs):
    """Return the coverage of t-intervals of a cross-entropy, of calibrated softmax models."""
    k = len(frequencies)
    bias = np.log(np.asarray(frequencies))

    def draw(rng, n):
        logits = bias + rng.normal(size=(n, k))
        p = np.exp(logits)
        p /= p.sum(axis=1, keepdims=True)
        y = (p.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(max=k - 1)
        return y, -np.log(p[np.arange(n), y])

    rng = np.random.default_rng([n, k])
    big = np.exp(bias + rng.normal(size=(1_000_000, k)))
    big /= big.sum(axis=1, keepdims=True)
    truth = -(big * np.log(big)).sum(axis=1).mean()
    y, losses = draw(rng, n * runs)
    losses, codes = losses.reshape(runs, n), np.repeat(np.arange(runs), n)
    half = stats.t.ppf(0.975, n - 1) * losses.std(axis=1, ddof=1) / np.sqrt(n)
    covered = np.abs(losses.mean(axis=1) - truth) <= half
    return covers(covered, have_rare_class(effective_counts(y, None, k, codes)))


def covers(covered, flagged, shown=None):
    """Return the coverage of all and of unflagged intervals; the others are not shown."""
    shown = np.ones(len(covered), dtype=bool) if shown is None else shown
    quiet = shown & ~flagged
    enough = quiet.sum() >= 0.05 * len(covered)
    return {
        "coverage": covered[shown].mean() if shown.any() else np.nan,
        "flagged": flagged[shown].mean() if shown.any() else np.nan,
        "unflagged: coverage": covered[quiet].mean() if enough else np.nan,
    }


# --- slices ---------------------------------------------------------------------------------


def slices(n, kind, runs):
    """Return the coverage in slices: of a model, of exchangeable models and of unlike ones."""
    loss, slope, bias = SLICES[kind]

    def draw(rng, n):
        hidden, *noise = rng.normal(size=(3, n))
        x = np.sqrt(0.5) * hidden + np.sqrt(0.5) * np.asarray(noise)
        y = (rng.random(n) < 1 / (1 + np.exp(-2 * hidden - bias))).astype(int)
        logits = {"a": slope * x[0], "b": slope * x[1], "c": 0.6 * slope * x[0]}
        return y, {name: logit + 0.75 * bias for name, logit in logits.items()}

    y, logits = draw(np.random.default_rng(7), 1_000_000)
    a, c = (sx.mean_loss(loss, y, logits[m], from_logits=True, labels=[0, 1]) for m in "ac")
    y, logits = draw(np.random.default_rng([n, 1]), n * runs)
    comparison = sx.compare_predictions(y, logits, losses=loss, labels=[0, 1], from_logits=True)
    codes = np.repeat(np.arange(runs), n)
    models, pairs = comparison.by(codes), comparison.by(codes, pairs=True)
    found = {
        "model": (models[models["model"] == "a"], a),
        "exchangeable": (pairs[(pairs["model_a"] == "a") & (pairs["model_b"] == "b")], 0.0),
        "unlike": (pairs[(pairs["model_a"] == "a") & (pairs["model_b"] == "c")], a - c),
    }
    out = {}
    for name, (rows, truth) in found.items():
        covered = rows["conf_low"].le(truth) & rows["conf_high"].ge(truth)
        shown = rows["conf_low"].notna()
        out[name] = covers(covered.to_numpy(), rows["caution"].ne("").to_numpy(), shown.to_numpy())
    return out


SLICES = {
    "calibrated": ("cross_entropy", 1.1, 0.0),
    "overconfident": ("cross_entropy", 3.3, 0.0),
    "calibrated, Brier": ("brier_loss", 1.1, 0.0),
    "overconfident, 20 %": ("cross_entropy", 3.3, -2.0),
    "calibrated, 6 %": ("cross_entropy", 1.1, -4.0),
}
"""The loss, the slope of the logits and their bias, which makes a class rare."""

# --- overlapping training parts -------------------------------------------------------------


def logistic(X, y, train, test):
    """Return the chances of ridge logistic regressions on single features."""
    x, target = X[train].T, y[train]
    beta = np.zeros((2, len(x)))
    for _ in range(6):
        p = 1 / (1 + np.exp(-(beta[0, :, None] + beta[1, :, None] * x)))
        w, r = p * (1 - p), target - p
        a, b, c = w.sum(1), (w * x).sum(1), (w * x * x).sum(1) + 1.0
        g, h = r.sum(1), (r * x).sum(1) - beta[1]
        beta += np.stack([c * g - b * h, a * h - b * g]) / (a * c - b * b)
    return 1 / (1 + np.exp(-(beta[0] + beta[1] * X[test]))).T


def tree(X, y, train, test):
    """Return the chances of trees on single features."""
    return np.stack(
        [MODELS["tree"].fit(X[train, i, None], y[train]).predict_proba(X[test, i, None])[:, 1]
         for i in range(X.shape[1])]
    )  # fmt: skip


def neighbours(k):
    """Return a function for the chances of k nearest neighbours on single features."""

    def chances(X, y, train, test):
        out = []
        for x in X.T:
            near = np.abs(x[test, None] - x[train]).argpartition(k - 1, axis=1)[:, :k]
            out.append(y[train][near].mean(axis=1))
        return np.stack(out)

    return chances


def search(n, chances, folds, m, loss, runs):
    """Return the claims of a search among equal candidates, and the coverage of its intervals."""
    found = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, n, m])
        X, y = draw(rng, n, m)
        cv = RepeatedStratifiedKFold(n_splits=folds[1], n_repeats=folds[0], random_state=seed)
        values = []
        for train, test in cv.split(X, y):
            p = chances(X, y, train, test)
            errors = (p > 0.5) != y[test]
            losses = errors if loss == "classification_error" else 2 * (p - y[test]) ** 2
            values.append(losses.mean(axis=1))
        scores = SplitScores(
            names=[f"feature={i}" for i in range(m)],
            values={loss: np.asarray(values).T},
            infos={},
            limits={loss: (0.0, np.inf)},
            size_ratio=1 / (folds[1] - 1),
            n_repeats=folds[0],
        )
        _, rows = frames.frames_of_splits(scores, Options())
        claims = rows["conclusion"].ne("not clear").any()
        flagged = rows["caution"].ne("").any()
        covered = rows["conf_low"].le(0) & rows["conf_high"].ge(0)
        found.append((claims, flagged, covered.mean(), covered.all()))
    claims, flagged, covered, together = np.asarray(found, dtype=float).T
    return {
        "false claims": claims.mean(), "flagged": flagged.mean(),
        "unflagged: false": claims[flagged == 0].mean(), "coverage": covered.mean(),
        "of all together": together.mean(),
    }  # fmt: skip


# --- the table ------------------------------------------------------------------------------


def show(name, found):
    """Print a row."""
    figures = "  ".join(f"{key} {100 * x:.1f}" for key, x in found.items() if not np.isnan(x))
    print(f"{name:46s} {figures}", flush=True)


def main():
    warnings.simplefilter("ignore")
    print("All figures in per cent.")
    for kind in ("skewed", "normal", "normal, equal"):
        for n, effect, runs in ((5, 1.5, 1000), (20, 0.9, 1000), (50, 0.55, 600), (200, 0.3, 400)):
            show(f"{n} clusters, {kind}", clusters(n, kind, effect, runs))
    for frequencies in ((0.01, 0.99), (0.3, 0.7), (0.01, 0.33, 0.66), (0.005, *[0.995 / 9] * 9)):
        for n in (30, 200, 1000):
            name = f"{len(frequencies)} classes, rarest {frequencies[0]}, n = {n}"
            show(name, rare_class(n, frequencies, 2000 if n < 1000 else 800))
    for kind in SLICES:
        for n in (15, 20, 30, 60):
            for name, found in slices(n, kind, 3000).items():
                show(f"slices of {n}, {kind}: {name}", found)
    error, brier = "classification_error", "brier_loss"
    show("search, 20 logistic, 5 x 10, Brier", search(100, logistic, (5, 10), 20, brier, 200))
    show("search, 20 logistic, 1 x 10, Brier", search(100, logistic, (1, 10), 20, brier, 200))
    show("search, trees, 10 x 10, errors", search(100, tree, (10, 10), 2, error, 200))
    show("search, 1-NN, 10 x 10, errors", search(100, neighbours(1), (10, 10), 2, error, 1000))
    show("search, 25-NN, 5 x 10, Brier", search(100, neighbours(25), (5, 10), 2, brier, 1000))


if __name__ == "__main__":
    main()
