"""Simulate designs that are not a plain sample: time order, folds, clusters, rare classes, margins.

`false_claims.py` runs these scenarios beside its own. Each takes a generator, the number of rows, a
kind and the signal of the second feature, and returns what was said of each method and loss. The
models and data that begin this file are those of the other simulations, too.
"""

import zlib

import numpy as np
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import (
    GridSearchCV,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

import sklearn_xent as sx

# --- models and data ------------------------------------------------------------------------


class Logistic(ClassifierMixin, BaseEstimator):
    """Ridge logistic regression by six Newton steps, which is quick to fit."""

    def fit(self, X, y):
        """Fit an intercept and slopes."""
        design, beta = np.column_stack([np.ones(len(X)), X]), np.zeros(1 + X.shape[1])
        ridge = np.diag([0.0, *np.ones(X.shape[1])])
        for _ in range(6):
            p = 1 / (1 + np.exp(-design @ beta))
            hessian = design.T @ (design * (p * (1 - p))[:, None]) + ridge
            beta += np.linalg.solve(hessian, design.T @ (y - p) - ridge @ beta)
        self.beta_, self.classes_ = beta, np.array([0, 1])
        return self

    def predict_proba(self, X):
        """Return the probabilities of both classes."""
        p = 1 / (1 + np.exp(-(self.beta_[0] + X @ self.beta_[1:])))
        return np.column_stack([1 - p, p])


MODELS = {
    "logistic": Logistic(),
    "tree": DecisionTreeClassifier(min_samples_leaf=5, random_state=0),
}


class OnFeature(ClassifierMixin, BaseEstimator):
    """A classifier that sees one feature."""

    def __init__(self, model=None, feature=0):
        self.model = model
        self.feature = feature

    def fit(self, X, y):
        """Fit on the feature."""
        self.fitted_ = clone(self.model).fit(X[:, [self.feature]], y)
        self.classes_ = self.fitted_.classes_
        return self

    def predict_proba(self, X):
        """Return the probabilities from the feature."""
        return self.fitted_.predict_proba(X[:, [self.feature]])


class Seeded(ClassifierMixin, BaseEstimator):
    """A tree with random splits, or a network whose hidden layer is drawn and not trained."""

    def __init__(self, kind="random tree", seed=0, fresh=False, size=5):
        self.kind = kind
        self.seed = seed
        self.fresh = fresh
        self.size = size

    def fit(self, X, y):
        """Fit with the seed, or with another one for each training set if fresh."""
        rng = np.random.default_rng([self.seed, zlib.crc32(X.tobytes()) if self.fresh else 0])
        if self.kind == "random tree":
            seed = int(rng.integers(2**31))
            self.fitted_ = ExtraTreeClassifier(min_samples_leaf=self.size, random_state=seed)
            self.fitted_.fit(X, y)
        else:
            self.layer_ = rng.normal(size=(X.shape[1], self.size))
            self.fitted_ = Logistic().fit(self._input_of_fitted(X), y)
        self.classes_ = self.fitted_.classes_
        return self

    def predict_proba(self, X):
        """Return the probabilities of both classes."""
        return self.fitted_.predict_proba(self._input_of_fitted(X))

    def _input_of_fitted(self, X):
        return X if self.kind == "random tree" else np.tanh(X @ self.layer_)


def draw(rng, n, m=2, signal=1.0):
    """Draw exchangeable features; the last one may have a smaller share of the signal."""
    hidden = rng.normal(size=n)
    X = np.sqrt(0.5) * hidden[:, None] + np.sqrt(0.5) * rng.normal(size=(n, m))
    if signal < 1.0:
        X[:, -1] = signal * X[:, -1] + np.sqrt(1 - signal**2) * rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(-2.0 * hidden))).astype(int)
    return X, y


def forecast(x, kind="calibrated"):
    """Return probabilities from a feature: about right, too sure, or as a vote of five."""
    logit = 1.1 * x * (3.0 if kind == "overconfident" else 1.0)
    p = 1 / (1 + np.exp(-logit))
    if kind == "five votes":
        p = np.round(5 * p) / 5
    return p


AR = 0.9
"""The correlation of neighbouring rows in time order."""


def in_time_order(rng, n, m):
    """Return m columns of unit variance in which neighbouring rows correlate."""
    noise = np.sqrt(1 - AR**2) * rng.normal(size=(n, m))
    out = np.empty((n, m))
    out[0] = rng.normal(size=m)
    for t in range(1, n):
        out[t] = AR * out[t - 1] + noise[t]
    return out


def draw_in_time_order(rng, n, signal):
    """Draw two exchangeable features, and classes, of rows in time order."""
    columns = in_time_order(rng, n, 3)
    hidden, X = columns[:, 0], np.sqrt(0.5) * (columns[:, :1] + columns[:, 1:])
    if signal < 1.0:
        X[:, 1] = signal * X[:, 1] + np.sqrt(1 - signal**2) * in_time_order(rng, n, 1)[:, 0]
    return X, (rng.random(n) < 1 / (1 + np.exp(-2.0 * hidden))).astype(int)


def said(claims, covered, warned):
    """Return what was said of a loss in one run."""
    return {"claims": bool(claims), "covered": float(covered), "warned": bool(warned)}


def judge(comparison):
    """Return for each loss whether a difference was claimed, and whether the row was flagged."""
    out = {}
    for loss, rows in comparison.differences.groupby("loss", sort=False):
        flagged = rows["caution"].ne("") | rows["retraining"].isin(["not shown", "unstable"])
        inside = (rows["conf_low"] <= 0) & (rows["conf_high"] >= 0)
        claims = rows["conclusion"].isin(["a better", "b better"])
        out[loss] = said(claims.any(), (inside | rows["conf_low"].isna()).mean(), flagged.any())
    return out


# --- time order -----------------------------------------------------------------------------


def time_order(rng, n, _kind, signal):
    """Compare two fixed models on rows in time order, without and with `times`."""
    X, y = draw_in_time_order(rng, n, signal)
    predictions = {"a": forecast(X[:, 0]), "b": forecast(X[:, 1])}
    return {
        "times not given": judge(sx.compare_predictions(y, predictions, labels=[0, 1])),
        "times given": judge(
            sx.compare_predictions(y, predictions, labels=[0, 1], times=np.arange(n))
        ),
    }


def time_series_split(rng, n, kind, signal):
    """Compare two classifiers by TimeSeriesSplit, which is recognised as time order."""
    X, y = draw_in_time_order(rng, n, signal)
    models = {name: OnFeature(MODELS[kind], i) for i, name in enumerate("ab")}
    comparison = sx.compare_models(models, X, y, cv=TimeSeriesSplit(5), labels=[0, 1])
    return {"TimeSeriesSplit": judge(comparison)}


# --- out-of-fold predictions ----------------------------------------------------------------


def out_of_fold(rng, n, kind, signal):
    """Compare out-of-fold predictions of trees, with and without telling the folds."""
    X, y = draw(rng, n, signal=signal)
    folds = np.empty(n, dtype=int)
    predictions = {"a": np.empty(n), "b": np.empty(n)}
    cv = StratifiedKFold(10, shuffle=True, random_state=int(rng.integers(2**31)))
    for k, (train, test) in enumerate(cv.split(X, y)):
        folds[test] = k
        for i, name in enumerate("ab"):
            fitted = OnFeature(MODELS[kind], i).fit(X[train], y[train])
            predictions[name][test] = fitted.predict_proba(X[test])[:, 1]
    options = {"labels": [0, 1], "losses": ["classification_error", "brier_loss"]}
    return {
        "folds not given": judge(sx.compare_predictions(y, predictions, **options)),
        "folds given": judge(sx.compare_predictions(y, predictions, folds=folds, **options)),
    }


# --- clusters -------------------------------------------------------------------------------


def draw_clusters(rng, n, kind):
    """Draw the sizes of clusters, lognormal or equal, and what the rows of each share."""
    sizes = np.maximum(1, np.round(6 * rng.lognormal(0, 1, n))).astype(int)
    if kind == "normal, equal":
        sizes = np.full(n, 10)
    return sizes, rng.exponential(size=n) - 1 if kind == "skewed" else rng.normal(size=n)


def skewed_clusters(rng, n, kind, signal):
    """Compare two models on n clusters of lognormal sizes whose differences are skewed."""
    sizes, shared = draw_clusters(rng, n, kind)
    groups = np.repeat(np.arange(n), sizes)
    difference = 0.07 * (
        np.sqrt(0.5) * shared[groups] + np.sqrt(0.5) * rng.normal(size=len(groups))
    )
    if signal < 1.0:
        difference += 0.03
    # a loss of the probability itself, so that the differences are exactly those drawn
    y = np.ones(len(groups), dtype=int)
    y[:2] = 0
    proba = {"a": np.clip(0.5 - difference / 2, 0, 1), "b": np.clip(0.5 + difference / 2, 0, 1)}
    proba = {name: np.where(y == 1, p, 1 - p) for name, p in proba.items()}
    linear = sx.Loss(name="linear", title="Linear", function=_linear, range=(0.0, 1.0))
    comparison = sx.compare_predictions(y, proba, labels=[0, 1], losses=[linear], groups=groups)
    return {"cluster-robust": judge(comparison)}


def _linear(codes, proba):
    return 1.0 - np.take_along_axis(proba, codes[:, None], axis=1)[:, 0]


# --- equivalence ----------------------------------------------------------------------------


def nested_errors(rng, n, _kind, _signal):
    """Claim equivalence of two error rates whose true difference is the margin, 0.05."""
    y = rng.integers(2, size=n)
    y[:2] = [0, 1]
    wrong = rng.random(n) < 0.05
    a = np.where(y == 1, 0.9, 0.1)
    b = np.where(wrong, 1 - a, a)
    comparison = sx.compare_predictions(
        y, {"a": a, "b": b}, labels=[0, 1], losses="classification_error", equivalence_margin=0.05
    )
    return {"equivalence": _equivalence(comparison)}


def rare_rows(rng, n, _kind, _signal):
    """Claim equivalence where 0.5 % of the rows differ so much that the margin is reached."""
    y = rng.integers(2, size=n)
    y[:2] = [0, 1]
    rare = rng.random(n) < 0.005
    right = np.where(y == 1, 0.8, 0.2)
    sharp = np.where(rare, np.where(y == 1, 1e-9, 1 - 1e-9), right)
    margin = 0.005 * (np.log(0.8) - np.log(1e-9))
    comparison = sx.compare_predictions(
        y, {"a": sharp, "b": right}, labels=[0, 1], losses="cross_entropy",
        equivalence_margin=margin,
    )  # fmt: skip
    return {"equivalence": _equivalence(comparison)}


def _equivalence(comparison):
    row = comparison.differences.iloc[0]
    return {row["loss"]: said(row["conclusion"] == "equivalent", 1.0, row["caution"] != "")}


# --- neighbours, and searches ---------------------------------------------------------------


def neighbours(rng, n, kind, signal):
    """Compare nearest neighbours on two features by repeated folds."""
    k, repeats, splits = {"1 neighbour": (1, 10, 10), "25 neighbours": (25, 5, 10)}[kind]
    X, y = draw(rng, n, signal=signal)
    models = {name: OnFeature(KNeighborsClassifier(k), i) for i, name in enumerate("ab")}
    seed = int(rng.integers(2**31))
    cv = RepeatedStratifiedKFold(n_splits=splits, n_repeats=repeats, random_state=seed)
    losses = ["classification_error", "brier_loss"]
    return {f"corrected t, {splits} x {repeats}": judge(
        sx.compare_models(models, X, y, cv=cv, losses=losses)
    )}  # fmt: skip


def search_of_trees(rng, n, kind, signal):
    """Compare the two candidates of a search by ten repeats of ten folds."""
    X, y = draw(rng, n, signal=signal)
    seed = int(rng.integers(2**31))
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=seed)
    search = GridSearchCV(
        OnFeature(MODELS[kind]), {"feature": [0, 1]}, scoring=sx.neg_classification_error, cv=cv,
        refit=False,
    )  # fmt: skip
    return {"compare_search, 10 x 10": judge(sx.compare_search(search.fit(X, y)))}


def search_of_many(rng, n, _kind, signal):
    """Compare twenty equally good candidates with the best of them, on 5 x 10 folds."""
    X, y = draw(rng, n, 20, signal)
    seed = int(rng.integers(2**31))
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=5, random_state=seed)
    model = OnFeature(MODELS["logistic"])
    search = GridSearchCV(
        model, {"feature": list(range(20))}, scoring=sx.neg_brier_loss, cv=cv, refit=False
    )
    return {"best against others, 5 x 10": judge(sx.compare_search(search.fit(X, y)))}


# --- training seeds -------------------------------------------------------------------------


def _with_seeds(comparison, runs, y):
    """Return what is said if the variance between seeds is added to that of the rows."""
    out = {}
    for row in comparison.differences.itertuples():
        means = [[sx.mean_loss(row.loss, y, p, labels=[0, 1]) for p in of] for of in runs.values()]
        variance = row.std_error**2 + sum(np.var(of, ddof=1) / len(of) for of in means)
        half = stats.t.ppf(0.975, sum(len(of) - 1 for of in means)) * np.sqrt(variance)
        out[row.loss] = said(abs(row.difference) > half, abs(row.difference) <= half, False)
    return out


def training_seeds(rng, n, kind, signal):
    """Compare an algorithm with itself: only the training seeds differ."""
    X, y = draw(rng, n, 6)
    train, test = slice(0, n // 5), slice(n // 5, None)
    sizes = {"a": 5, "b": 5 if signal == 1.0 else 2}
    seeds = {name: rng.integers(2**31, size=10) for name in "ab"}
    runs = {}
    for name in "ab":
        fitted = [Seeded(kind, s, size=sizes[name]).fit(X[train], y[train]) for s in seeds[name]]
        runs[name] = np.stack([model.predict_proba(X[test])[:, 1] for model in fitted])
    losses = ["classification_error", "brier_loss"]

    def compare(proba, repeats=1):
        groups = None if repeats == 1 else np.tile(np.arange(n - n // 5), repeats)
        return sx.compare_predictions(
            np.tile(y[test], repeats), proba, labels=[0, 1], losses=losses, groups=groups
        )

    as_groups = compare({name: p.ravel() for name, p in runs.items()}, 10)
    out = {
        "one seed each": judge(compare({name: p[0] for name, p in runs.items()})),
        "averages of 10 seeds": judge(compare({name: p.mean(axis=0) for name, p in runs.items()})),
        "10 seeds each, rows vary": judge(as_groups),
        "10 seeds each, rows and seeds vary": _with_seeds(as_groups, runs, y[test]),
    }
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=int(seeds["a"][0]))
    for fresh, title in ((False, "one seed for all folds"), (True, "a new seed in each fold")):
        models = {name: Seeded(kind, seeds[name][0], fresh, sizes[name]) for name in "ab"}
        out[f"corrected t, {title}"] = judge(sx.compare_models(models, X, y, cv=cv, losses=losses))
    return out


# --- rare classes and slices ----------------------------------------------------------------


def rare_class(rng, n, _kind, _signal):
    """Cover the mean cross-entropy of one calibrated model; one class has 1 % of the rows."""
    x = rng.normal(size=n)
    p = 1 / (1 + np.exp(np.log(99.0) - x))
    y = (rng.random(n) < p).astype(int)
    comparison = sx.compare_predictions(y, {"a": p}, labels=[0, 1], losses="cross_entropy")
    row = comparison.summary.iloc[0]
    covered = row["conf_low"] <= RARE_CLASS_LOSS <= row["conf_high"]
    known = np.isfinite(row["conf_low"])
    return {"interval of one model": {
        "cross_entropy": said(False, covered or not known, row["caution"] != "")
    }}  # fmt: skip


def _expected_cross_entropy():
    nodes, weights = np.polynomial.hermite_e.hermegauss(81)
    p = 1 / (1 + np.exp(np.log(99.0) - nodes))
    entropy = -(p * np.log(p) + (1 - p) * np.log1p(-p))
    return float(entropy @ weights / weights.sum())


RARE_CLASS_LOSS = _expected_cross_entropy()


def slices(rng, _n, _kind, _signal):
    """Cover differences of a heavy-tailed cross-entropy in slices of 6 to 60 rows."""
    sizes = np.array([6, 10, 15, 20, 30, 45, 60])
    groups = np.repeat(np.arange(len(sizes)), sizes)
    hidden = rng.normal(size=len(groups))
    X = np.sqrt(0.5) * hidden[:, None] + np.sqrt(0.5) * rng.normal(size=(len(groups), 2))
    y = (rng.random(len(groups)) < 1 / (1 + np.exp(-2.0 * hidden))).astype(int)
    y[:2] = [0, 1]
    predictions = {name: 3.3 * X[:, i] for i, name in enumerate("ab")}
    comparison = sx.compare_predictions(
        y, predictions, labels=[0, 1], losses="cross_entropy", from_logits=True
    )
    frame = comparison.by(groups, pairs=True)
    row = frame.iloc[int(rng.integers(len(frame)))]
    inside = not row["conf_low"] > 0 and not row["conf_high"] < 0
    flagged = row["caution"] != "" or np.isnan(row["conf_low"])
    return {"slice": {"cross_entropy": said(not inside, inside, flagged)}}
