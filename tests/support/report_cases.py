"""Comparisons of every kind, whose printed reports are kept to be read.

``python -m tests.support.report_cases`` writes tests/report/snapshots anew.
"""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

import sklearn_xent as sx

SNAPSHOTS = Path(__file__).parents[1] / "report" / "snapshots"
CASES: dict[str, Callable[[], sx.Comparison | sx.DatasetsComparison]] = {}


def case(function):
    """Keep a case by its name; it is computed without showing its warnings."""

    def quietly():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sx.XentWarning)
            return function()

    CASES[function.__name__] = quietly
    return function


def neighbours(k, weights="uniform"):
    """Make a classifier of scaled features whose answers are the same on every machine."""
    return make_pipeline(StandardScaler(), KNeighborsClassifier(k, weights=weights))


def four_models():
    """Make four models that differ."""
    return {
        "25 neighbours": neighbours(25),
        "5 neighbours": neighbours(5),
        "naive Bayes": GaussianNB(),
        "class frequencies": DummyClassifier(),
    }


def binary(n=400, seed=0):
    """Draw labels and the probabilities that they were drawn with."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.03, 0.97, n)
    return (rng.random(n) < p).astype(int), p, rng


def noisy(p, rng, sd):
    """Return probabilities with noise on the logits."""
    return 1 / (1 + np.exp(-np.log(p / (1 - p)) - sd * rng.normal(size=len(p))))


def several():
    """Draw labels and three models of falling quality."""
    y, p, rng = binary()
    return y, {"sharp": p, "noisy": noisy(p, rng, 0.6), "blunt": 0.5 + 0.3 * (p - 0.5)}


# --- designs --------------------------------------------------------------------------------


@case
def four_models_three_losses():
    """One run of ten folds."""
    return sx.compare_models(four_models(), *load_breast_cancer(return_X_y=True))


@case
def repeated_folds():
    """Folds with repeats."""
    cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
    return sx.compare_models(four_models(), *load_wine(return_X_y=True), cv=cv)


@case
def one_split():
    """A single split into training and test part."""
    X, y = load_wine(return_X_y=True)
    [*_, split] = StratifiedKFold(3, shuffle=True, random_state=0).split(X, y)
    return sx.compare_models(four_models(), X, y, cv=[split])


@case
def search():
    """The candidates of a search."""
    X, y = load_breast_cancer(return_X_y=True)
    grid = {"kneighborsclassifier__n_neighbors": [3, 5, 10, 20, 40]}
    scoring = {"mse": sx.neg_brier_loss, "error": sx.neg_classification_error}
    found = GridSearchCV(neighbours(5), grid, scoring=scoring, refit=False, cv=5)
    return sx.compare_search(found.fit(X, y))


@case
def search_with_a_clear_winner():
    """A candidate that leads in every fold: nothing is lucky about it."""
    X, y = load_wine(return_X_y=True)
    grid = {"kneighborsclassifier__n_neighbors": [10, 115]}
    found = GridSearchCV(neighbours(5), grid, scoring=sx.neg_brier_loss, cv=5)
    return sx.compare_search(found.fit(X, y))


@case
def stream():
    """A stream with weights."""
    y, models = several()
    seen = sx.LossAccumulator(labels=[0, 1], models=list(models), losses=["mse", "log_loss"])
    return seen.update(y, models).compute()


@case
def groups_and_weights():
    """Clusters, and samples that do not weigh the same."""
    y, models = several()
    weight, groups = np.tile([1.0, 2.0, 5.0, 1.0], 100), np.repeat(np.arange(50), 8)
    return sx.compare_predictions(y, models, sample_weight=weight, groups=groups)


# --- how many models ------------------------------------------------------------------------


@case
def one_model():
    """One model alone."""
    return sx.compare_models({"bayes": GaussianNB()}, *load_breast_cancer(return_X_y=True))


@case
def two_models_one_loss():
    """The smallest comparison."""
    y, models = several()
    return sx.compare_predictions(
        y, {name: models[name] for name in ("sharp", "blunt")}, losses="mse"
    )


@case
def forty_models():
    """More models than a screen has lines."""
    y, p, rng = binary()
    models = {f"noise {i / 10:.1f}": noisy(p, rng, i / 10) for i in range(40)}
    return sx.compare_predictions(y, models)


@case
def forty_models_and_a_baseline():
    """A baseline that is not among the first ten."""
    y, p, rng = binary()
    models = {f"noise {i / 10:.1f}": noisy(p, rng, i / 10) for i in range(40)}
    return sx.compare_predictions(y, models, losses=["mse", "log_loss"], baseline="noise 2.0")


# --- options --------------------------------------------------------------------------------


@case
def baseline():
    """Two better than the baseline, and one worse."""
    y, models = several()
    models["flat"] = np.full(len(y), 0.5)
    return sx.compare_predictions(y, models, baseline="blunt")


@case
def baseline_that_failed():
    """Nothing to compare with."""
    models = {"svm": LinearSVC(), "bayes": GaussianNB(), "frequencies": DummyClassifier()}
    X, y = load_wine(return_X_y=True)
    return sx.compare_models(models, X, y, baseline="svm", losses="mse")


@case
def planned_pairs():
    """Two questions asked beforehand, about models with probabilities of zero."""
    y, models = several()
    models["zero"] = np.where(np.arange(len(y)) < 3, 1 - y, models["sharp"])
    pairs = [("zero", "sharp"), ("blunt", "zero")]
    return sx.compare_predictions(y, models, pairs=pairs)


@case
def margin():
    """A margin that one model keeps and one does not."""
    y, p, rng = binary(2000)
    models = {"sharp": p, "near": noisy(p, rng, 0.1), "mid": noisy(p, rng, 0.35)}
    models["blunt"] = 0.5 + 0.3 * (p - 0.5)
    return sx.compare_predictions(
        y, models, equivalence_margin={"brier_loss": 0.01, "cross_entropy": 0.02}
    )


@case
def nothing_within_the_margin():
    """A margin for all losses that is too small to be shown."""
    y, models = several()
    return sx.compare_predictions(y, models, losses="mse", equivalence_margin=0.001)


# --- what may go wrong ----------------------------------------------------------------------


@case
def failed_models():
    """Models without predict_proba."""
    models = {"a, b": LinearSVC(), "svm": LinearSVC(C=2.0), **four_models()}
    return sx.compare_models(models, *load_wine(return_X_y=True), losses=["error", "mse"])


@case
def all_but_one_failed():
    """A single model with a result."""
    models = {"svm": LinearSVC(), "bayes": GaussianNB()}
    return sx.compare_models(models, *load_wine(return_X_y=True), losses=["error", "mse"])


@case
def infinite_losses():
    """A probability of zero without a floor."""
    y, models = several()
    models["zero"] = np.where(np.arange(len(y)) == 7, 1 - y, models["sharp"])
    losses = ["mse", sx.get_loss("cross_entropy", eps=0)]
    return sx.compare_predictions(y, models, losses=losses)


@case
def only_infinite_losses():
    """Nothing to say."""
    y, _ = several()
    models = {"a": 1.0 - y, "b": 1.0 - y}
    return sx.compare_predictions(y, models, losses=sx.get_loss("cross_entropy", eps=0))


@case
def zero_probabilities_of_small_weight():
    """Five samples at the floor that weigh next to nothing."""
    y, models = several()
    weight = np.ones(len(y))
    weight[:5] = 0.001
    models["zero"] = np.where(np.arange(len(y)) < 5, 1 - y, models["sharp"])
    return sx.compare_predictions(y, models, losses="log_loss", sample_weight=weight)


@case
def ties():
    """Two models that are the same."""
    y, models = several()
    twins = {"sharp": models["sharp"], "copy": models["sharp"].copy()}
    return sx.compare_predictions(y, {**twins, "blunt": models["blunt"]})


@case
def no_spread():
    """A difference that is the same on every sample."""
    y, _ = several()
    models = {"bold": np.where(y == 1, 0.8, 0.2), "timid": np.where(y == 1, 0.6, 0.4)}
    return sx.compare_predictions(y, models, losses=["error", "mse"])


@case
def one_class():
    """Labels of one class, which no model can be compared to the frequencies of."""
    y, models = several()
    return sx.compare_predictions(np.ones_like(y), models, labels=[0, 1], losses=["error", "mse"])


@case
def rare_class():
    """A class that a model never predicts."""
    rng = np.random.default_rng(0)
    y = np.zeros(900, dtype=int)
    y[:18] = 1
    p = np.clip(0.03 + 0.2 * y + 0.03 * rng.normal(size=900), 0.001, 0.45)
    return sx.compare_predictions(y, {"cautious": p, "bold": np.clip(2.2 * p, 0, 1)})


@case
def few_discordant_pairs():
    """Seven of a hundred: the test is clear at this level, its interval holds zero."""
    y = np.zeros(100, dtype=int)
    wrong = np.where(np.arange(100) < 7, 0.9, 0.2)
    models = {"right": np.full(100, 0.2), "wrong": wrong}
    return sx.compare_predictions(y, models, labels=[0, 1], losses="error", confidence_level=0.99)


@case
def losses_that_disagree():
    """Each of two models is clearly better on one loss."""
    y, p, rng = binary(1500)
    over = noisy(p, rng, 0.0)
    over = 1 / (1 + np.exp(-8 * np.log(over / (1 - over))))
    return sx.compare_predictions(y, {"overconfident": over, "blurred": noisy(p, rng, 1.0)})


@case
def lowest_on_different_losses():
    """Another model has the lowest mean, but nothing is clear."""
    y, p, rng = binary(100, seed=5)
    models = {f"model {i}": noisy(p, rng, 0.25) for i in range(3)}
    return sx.compare_predictions(y, models)


@case
def nothing_is_clear():
    """One model leads, but not clearly."""
    y, p, rng = binary(80, seed=1)
    models = {"first": p, "second": noisy(p, rng, 0.3), "third": noisy(p, rng, 0.3)}
    return sx.compare_predictions(y, models, losses=["mse", "log_loss"])


# --- scores beside losses, and searches ------------------------------------------------------


@case
def scores_beside_losses():
    """ROC AUC and log loss of the splits beside two losses of the samples."""
    scoring = ["roc_auc", "neg_log_loss"]
    data = load_breast_cancer(return_X_y=True)
    return sx.compare_models(four_models(), *data, losses=["error", "mse"], scoring=scoring)


@case
def a_score_that_fails():
    """A scorer that fails for one model, and class frequencies as the baseline."""

    def picky(estimator, X, y):
        if isinstance(estimator, GaussianNB):
            raise RuntimeError("This scorer does not take naive Bayes.")
        return estimator.score(X, y)

    models = {"naive Bayes": GaussianNB(), "5 neighbours": neighbours(5)}
    data = load_wine(return_X_y=True)
    return sx.compare_models(models, *data, losses="mse", scoring=picky, baseline="prior")


@case
def best_of_two_searches():
    """The best four candidates of two searches, with long names."""
    cv = StratifiedKFold(5, shuffle=True, random_state=0)
    X, y = load_wine(return_X_y=True)
    grid = {"n_neighbors": [5, 25], "weights": ["uniform", "distance"], "leaf_size": [30]}
    near = GridSearchCV(KNeighborsClassifier(), grid, scoring=sx.neg_brier_loss, cv=cv).fit(X, y)
    smooth = {"var_smoothing": [1e-9, 0.001, 0.1]}
    bayes = GridSearchCV(GaussianNB(), smooth, scoring=sx.neg_brier_loss, cv=cv).fit(X, y)
    return sx.compare_search({"neighbours": near, "naive Bayes": bayes}, top=4)


# --- names and numbers ----------------------------------------------------------------------


@case
def names():
    """Names of 80 characters, with commas, and that steer a terminal."""
    y, p, rng = binary()
    long = "Pipeline(StandardScaler(), SVC(kernel=rbf, class_weight=balanced, max_depth={:>12}))"
    models = {
        long.format(1): p,
        long.format(2): 0.5 + 0.3 * (p - 0.5),
        "logistic, C = 2": noisy(p, rng, 0.5),
        "salt and pepper": noisy(p, rng, 0.9),
        "\u202eevil\x1b[31m": noisy(p, rng, 1.4),
    }
    return sx.compare_predictions(y, models)


@case
def money():
    """Losses of thousands, in a unit of one's own."""

    def cost(codes, proba):
        return np.where(codes == 1, 12000.0 * proba[:, 0] ** 2, 900.0 * proba[:, 1])

    loss = sx.Loss(name="cost", title="Cost of a call", function=cost, unit="EUR")
    tiny = sx.Loss(
        name="tiny", title="Tiny", function=lambda codes, proba: 1e-9 * cost(codes, proba)
    )
    y, models = several()
    return sx.compare_predictions(y, models, losses=[loss, tiny])


# --- losses and scores that were computed elsewhere -----------------------------------------


def answers(n=200, n_runs=1):
    """Draw whether models answer questions right, in passages of four."""
    rng = np.random.default_rng(2)
    hard = rng.normal(size=n) + np.repeat(rng.normal(size=n // 4), 4)
    skills = {"base": 0.0, "tuned": 0.5, "tuned, long prompt": 0.6}
    chances = {name: 1 / (1 + np.exp(hard - skill)) for name, skill in skills.items()}
    drawn = {name: rng.random((n_runs, n)) < p for name, p in chances.items()}
    return {name: x.T.astype(float) for name, x in drawn.items()}, np.arange(n) // 4


@case
def errors_of_regressions():
    """Squared errors in a unit, weighted, of which one item was left out."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=150)
    errors = {f"noise {sd:g}": (sd * rng.normal(size=150)) ** 2 for sd in (0.5, 0.7, 1.0)}
    errors["noise 1"][17] = np.nan
    return sx.compare_losses(
        errors, sample_weight=np.abs(truth), name="squared_error", unit="EUR^2", missing="drop"
    )


@case
def answers_that_are_counted():
    """One answer of each model to each question: scores of 0 and 1."""
    found, _ = answers()
    flat = {name: x[:, 0] for name, x in found.items()}
    return sx.compare_losses(
        flat, greater_is_better=True, name="accuracy", baseline="base", equivalence_margin=0.02
    )


@case
def answers_in_several_runs():
    """Four answers of each model to each question, in groups: not clear, and what to buy."""
    found, passage = answers(n_runs=4)
    return sx.compare_losses(found, groups=passage, greater_is_better=True, name="accuracy")


@case
def one_model_of_scores():
    """A single model has a mean score, and no skill."""
    found, passage = answers()
    only = {"base": found["base"][:, 0]}
    return sx.compare_losses(only, groups=passage, greater_is_better=True, name="accuracy")


@case
def scores_and_losses_of_splits():
    """What cross_validate returns: a score, and minus a loss."""
    rng = np.random.default_rng(1)
    shared = 0.02 * rng.normal(size=10)
    scores = {}
    for name, auc in (("boosting", 0.91), ("logistic", 0.90), ("stump", 0.80)):
        of_model = auc + shared + 0.01 * rng.normal(size=10)
        scores[name] = {
            "fit_time": np.ones(10), "test_roc_auc": of_model, "test_neg_log_loss": of_model - 1.3,
        }  # fmt: skip
    return sx.compare_scores(scores, cv=10)


@case
def scores_in_planned_pairs():
    """Planned pairs of models, of a score whose loss is minus it."""
    rng = np.random.default_rng(1)
    scores = {name: x + 0.03 * rng.normal(size=20) for name, x in (("a", 0.9), ("b", 0.85))}
    return sx.compare_scores(scores, name="f1", cv=20, pairs=[("b", "a")])


def data_sets(k, models, losses=None, n=60):
    """Compare models that shrink the true probabilities on k data sets."""
    rng, found = np.random.default_rng(6), {}
    for i in range(k):
        p = rng.uniform(0.05, 0.95, n + 10 * i)
        y = (rng.random(len(p)) < p).astype(int)
        strength = 1.0 + 0.3 * rng.normal(size=len(models))
        predicted = {
            name: np.clip(0.5 + s * x * (p - 0.5), 0.01, 0.99)
            for (name, x), s in zip(models.items(), strength, strict=True)
        }
        found[f"data set {i}"] = sx.compare_predictions(y, predicted, losses=losses)
    return found


@case
def several_data_sets():
    """Three models on six data sets, a share of the loss of the class frequencies."""
    models = {"sharp": 1.0, "timid": 0.4, "faint": 0.1}
    return sx.compare_datasets(data_sets(6, models, "brier_loss"), scale="skill")


@case
def twenty_data_sets():
    """Five models on twenty data sets under three losses."""
    models = {"logistic regression": 0.9, "neighbours": 0.7, "forest": 1.0, "tree": 0.5, "svm": 0.2}
    return sx.compare_datasets(data_sets(20, models))


@case
def data_sets_where_a_model_failed():
    """A model that fails on data with text."""
    rng, sets = np.random.default_rng(7), {}
    for name in ("plain", "text", "small", "noisy"):
        y = np.arange(80) % 2
        sets[name] = (rng.normal(size=(80, 2)) + y[:, None], y)
    sets["text"] = (np.where(sets["text"][0] > 0, "high", "low"), sets["text"][1])
    coded = make_pipeline(OneHotEncoder(handle_unknown="ignore"), DummyClassifier())
    models = {"frequencies": coded, "5 neighbours": neighbours(5), "25 neighbours": neighbours(25)}
    return sx.compare_datasets(sets, models, losses="brier_loss", baseline="frequencies")


def main():
    """Write all snapshots."""
    SNAPSHOTS.mkdir(exist_ok=True)
    for name, compare in CASES.items():
        text = f"{compare()}\n"
        (SNAPSHOTS / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"{'=' * 20} {name}\n{text}")


if __name__ == "__main__":
    main()
