"""Run our scorers in the functions and libraries that take them, and write docs/consumers.md.

``python -m tests.support.consumers`` writes the page; a test fails when it is out of date.
"""

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import RFECV, SequentialFeatureSelector
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    LearningCurveDisplay,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    ValidationCurveDisplay,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx

XENT = sx.neg_cross_entropy
GRID = {"var_smoothing": [1e-9, 1e-2]}
PAGE = Path(__file__).parents[2] / "docs" / "consumers.md"
LABELS = {"integers": np.arange(3), "strings": np.array(["a", "b", "c"])}


@dataclass(frozen=True)
class Consumer:
    """A run that returns finite numbers, and the classes and labels that it takes."""

    name: str
    run: Callable
    library: str = "scikit-learn"
    package: str = "sklearn"
    classes: tuple = (2, 3)
    labels: tuple = ("integers", "strings")
    note: str = ""

    def __call__(self, n_classes, labels):
        X, y = data(n_classes)
        with warnings.catch_warnings():
            if self.library != "scikit-learn":
                warnings.simplefilter("ignore")  # they are about the other library itself
            return np.asarray(self.run(X, LABELS[labels][y]), dtype=float)

    @property
    def needs_torch(self):
        """Return whether ``make test-arrays`` runs it, and not ``make test``."""
        return "torch" in self.package.split()

    @property
    def missing(self):
        """Return the packages that it needs and that are not installed."""
        return [name for name in self.package.split() if not _is_there(name)]


def _is_there(name):
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def data(n_classes):
    return make_classification(
        120, 6, n_informative=4, n_redundant=0, n_classes=n_classes, random_state=0
    )


def searched(search, X, y):
    search.fit(X, y)
    return search.cv_results_["mean_test_score"]


def every_refit(X, y):
    for refit in (*sx.SCORERS, sx.one_standard_error("var_smoothing", score="neg_brier_loss")):
        search = GridSearchCV(GaussianNB(), GRID, scoring=sx.SCORERS, refit=refit).fit(X, y)
        assert search.best_estimator_.var_smoothing in GRID["var_smoothing"]
    search = GridSearchCV(GaussianNB(), GRID, scoring=sx.SCORERS, refit=False).fit(X, y)
    return search.cv_results_["mean_test_neg_cross_entropy"]


def predicted(X, y):
    proba = cross_val_predict(GaussianNB(), X, y, method="predict_proba")
    return [sx.mean_loss(scorer.loss, y, proba) for scorer in sx.SCORERS.values()]


def regression_path(X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of its own, about its attributes
        models = [LogisticRegressionCV(Cs=2, scoring=s).fit(X, y) for s in sx.SCORERS.values()]
    return [np.mean(list(model.scores_.values())) for model in models]


def tuned_threshold(X, y):
    return (
        TunedThresholdClassifierCV(GaussianNB(), scoring=sx.neg_classification_error)
        .fit(X, y)
        .best_score_
    )


def routed(X, y):
    with config_context(enable_metadata_routing=True):
        scorer = sx.neg_cross_entropy.set_score_request(sample_weight=True)
        model = GaussianNB().set_fit_request(sample_weight=True)
        weight = {"sample_weight": np.arange(1.0, 1 + len(y))}
        return cross_validate(model, X, y, scoring=scorer, params=weight, error_score="raise")[
            "test_score"
        ]


def displayed(display, X, y, **options):
    import matplotlib as mpl

    mpl.use("Agg")
    shown = display.from_estimator(GaussianNB(), X, y, scoring=XENT, **options)
    return [*shown.ax_.get_ylim()]


def on_dask(X, y):
    from distributed import Client

    with (
        Client(processes=False, dashboard_address=None, n_workers=1, threads_per_worker=2),
        joblib.parallel_config("dask"),
    ):
        return cross_val_score(GaussianNB(), X, y, scoring=XENT)


def boosted_by_xgboost(X, y):
    from xgboost import XGBClassifier

    model = XGBClassifier(
        n_estimators=3, objective=sx.objective("brier_loss"), n_jobs=1,
        eval_metric=sx.eval_metric("cross_entropy", from_logits=True),
    )  # fmt: skip
    model.fit(X, y, eval_set=[(X, y)], verbose=False)
    return model.evals_result()["validation_0"]["cross_entropy"]


def xgboost_with_the_metric(X, y):
    from xgboost import XGBClassifier

    model = XGBClassifier(n_estimators=3, eval_metric=sx.cross_entropy, n_jobs=1)
    model.fit(X, y, eval_set=[(X, y)], verbose=False)
    return model.evals_result()["validation_0"]["cross_entropy"]


def boosted_by_lightgbm(X, y):
    from lightgbm import LGBMClassifier

    model = LGBMClassifier(
        n_estimators=3, objective=sx.objective("brier_loss", library="lightgbm"), n_jobs=1,
        verbosity=-1,
    )  # fmt: skip
    metric = sx.eval_metric("cross_entropy", library="lightgbm", from_logits=True)
    model.fit(X, y, eval_set=[(X, y)], eval_metric=metric)
    return next(iter(model.evals_result_.values()))["cross_entropy"]


def scored_boosting(model_of):
    def run(X, y):
        return cross_val_score(model_of(), X, y, scoring=XENT, cv=3)

    return run


def xgboost_model():
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=3, n_jobs=1)


def lightgbm_model():
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=3, n_jobs=1, verbosity=-1)


def optuna_search(X, y):
    import optuna
    from optuna_integration import OptunaSearchCV

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = {"var_smoothing": optuna.distributions.FloatDistribution(1e-9, 0.1, log=True)}
    search = OptunaSearchCV(GaussianNB(), space, n_trials=2, scoring=XENT, random_state=0)
    return search.fit(X, y).best_score_


def mlxtend_selection(X, y):
    from mlxtend.feature_selection import SequentialFeatureSelector as Sfs

    return Sfs(GaussianNB(), k_features=2, scoring=XENT, cv=3).fit(X, y).k_score_


def imblearn_pipeline(X, y):
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import make_pipeline as make_imblearn_pipeline

    pipeline = make_imblearn_pipeline(RandomOverSampler(random_state=0), GaussianNB())
    return cross_val_score(pipeline, X, y, scoring=XENT)


def skore_report(X, y):
    from skore import CrossValidationReport

    report = CrossValidationReport(GaussianNB(), X, y, splitter=3)
    report.metrics.add(XENT)
    return report.metrics.summarize(metric="cross_entropy").frame().to_numpy()


def skorch_network(X, y):
    import torch
    from skorch import NeuralNetClassifier

    torch.manual_seed(0)
    layers = torch.nn.Linear(X.shape[1], len(set(y))), torch.nn.Softmax(dim=1)
    network = NeuralNetClassifier(
        torch.nn.Sequential(*layers), criterion=torch.nn.NLLLoss, max_epochs=2, train_split=None,
        verbose=0,
    )  # fmt: skip
    scores = cross_val_score(network, X.astype(np.float32), y, scoring=XENT)
    compared = sx.compare_models({"network": network}, X.astype(np.float32), y, cv=3)
    return [*scores, *compared.summary["mean_loss"]]


def tensors_with_a_gradient(X, y):
    import torch

    class ReturnsTensors(GaussianNB):
        def predict_proba(self, X):
            return torch.tensor(super().predict_proba(X), requires_grad=True)

    scores = cross_val_score(ReturnsTensors(), X, y, scoring=XENT)
    assert np.array_equal(scores, cross_val_score(GaussianNB(), X, y, scoring=XENT))
    return scores


CONSUMERS = [
    Consumer("cross_val_score", lambda X, y: cross_val_score(GaussianNB(), X, y, scoring=XENT)),
    Consumer(
        "cross_validate, a dict",
        lambda X, y: cross_validate(
            GaussianNB(), X, y, scoring={**sx.SCORERS, "accuracy": "accuracy"}, error_score="raise"
        )["test_neg_cross_entropy"],
        note="also together with scikit-learn's own; a list may hold only their names",
    ),
    Consumer(
        "cross_validate, a callable",
        lambda X, y: cross_validate(
            GaussianNB(), X, y, scoring=lambda *args: {"ours": XENT(*args)}, error_score="raise"
        )["test_ours"],
    ),
    Consumer("cross_val_predict", predicted, note="the metric functions, on its probabilities"),
    Consumer(
        "GridSearchCV, one score",
        lambda X, y: searched(GridSearchCV(GaussianNB(), GRID, scoring=XENT), X, y),
    ),
    Consumer("GridSearchCV, all scores", every_refit, note="each refit: names, a rule, none"),
    Consumer(
        "RandomizedSearchCV",
        lambda X, y: searched(
            RandomizedSearchCV(GaussianNB(), GRID, n_iter=2, scoring=XENT), X, y
        ),
    ),
    Consumer(
        "HalvingGridSearchCV",
        lambda X, y: searched(
            HalvingGridSearchCV(GaussianNB(), GRID, scoring=XENT, random_state=0), X, y
        ),
    ),
    Consumer(
        "HalvingRandomSearchCV",
        lambda X, y: searched(
            HalvingRandomSearchCV(GaussianNB(), GRID, n_candidates=2, scoring=XENT, random_state=0),
            X, y,
        ),
        note="ignores a callable refit, like HalvingGridSearchCV",
    ),
    Consumer("LogisticRegressionCV", regression_path, note="each of the three scorers"),
    Consumer(
        "RFECV",
        lambda X, y: RFECV(LogisticRegression(), scoring=XENT)
        .fit(X, y)
        .cv_results_["mean_test_score"],
    ),
    Consumer(
        "SequentialFeatureSelector",
        lambda X, y: SequentialFeatureSelector(GaussianNB(), n_features_to_select=2, scoring=XENT)
        .fit(X, y)
        .get_support(),
    ),
    Consumer(
        "permutation_importance",
        lambda X, y: permutation_importance(
            GaussianNB().fit(X, y), X, y, scoring=XENT, n_repeats=2, random_state=0
        ).importances_mean,
    ),
    Consumer(
        "permutation_importance, all scores",
        lambda X, y: permutation_importance(
            GaussianNB().fit(X, y), X, y, scoring=dict(sx.SCORERS), n_repeats=2, random_state=0
        )["neg_brier_loss"].importances_mean,
    ),
    Consumer(
        "learning_curve",
        lambda X, y: learning_curve(GaussianNB(), X, y, scoring=XENT, train_sizes=[0.5, 1.0])[2],
    ),
    Consumer(
        "validation_curve",
        lambda X, y: validation_curve(
            GaussianNB(), X, y, param_name="var_smoothing", param_range=[1e-9, 1e-2], scoring=XENT
        )[1],
    ),
    Consumer(
        "LearningCurveDisplay",
        lambda X, y: displayed(LearningCurveDisplay, X, y, train_sizes=[0.5, 1.0]),
        package="matplotlib",
    ),
    Consumer(
        "ValidationCurveDisplay",
        lambda X, y: displayed(
            ValidationCurveDisplay, X, y, param_name="var_smoothing", param_range=[1e-9, 1e-2]
        ),
        package="matplotlib",
    ),
    Consumer(
        "HistGradientBoostingClassifier",
        lambda X, y: HistGradientBoostingClassifier(scoring=XENT, early_stopping=True, max_iter=3)
        .fit(X, y)
        .validation_score_,
        note="for early stopping",
    ),
    Consumer(
        "TunedThresholdClassifierCV",
        tuned_threshold,
        classes=(2,),
        note="the classification error",
    ),
    Consumer(
        "permutation_test_score",
        lambda X, y: permutation_test_score(GaussianNB(), X, y, scoring=XENT, n_permutations=3)[0],
    ),
    Consumer(
        "CalibratedClassifierCV, inside",
        lambda X, y: cross_val_score(CalibratedClassifierCV(GaussianNB()), X, y, scoring=XENT),
    ),
    Consumer(
        "a pipeline",
        lambda X, y: cross_val_score(
            make_pipeline(StandardScaler(), GaussianNB()), X, y, scoring=XENT
        ),
    ),
    Consumer(
        "loky workers of joblib",
        lambda X, y: cross_val_score(GaussianNB(), X, y, scoring=XENT, n_jobs=2),
    ),
    Consumer("metadata routing on", routed, note="sample weights to fit and score"),
    Consumer("joblib backend", on_dask, "Dask", "distributed"),
    Consumer(
        "XGBClassifier, scored", scored_boosting(xgboost_model), "XGBoost", "xgboost",
        labels=("integers",), note="it takes no other labels",
    ),
    Consumer(
        "XGBClassifier, eval_metric=sx.cross_entropy", xgboost_with_the_metric, "XGBoost",
        "xgboost", labels=("integers",),
    ),
    Consumer(
        "XGBClassifier, objective and eval_metric", boosted_by_xgboost, "XGBoost", "xgboost",
        labels=("integers",), note="`sx.objective`, `sx.eval_metric`",
    ),
    Consumer("LGBMClassifier, scored", scored_boosting(lightgbm_model), "LightGBM", "lightgbm"),
    Consumer(
        "LGBMClassifier, objective and eval_metric", boosted_by_lightgbm, "LightGBM", "lightgbm",
        note="`sx.objective`, `sx.eval_metric`",
    ),
    Consumer("OptunaSearchCV", optuna_search, "Optuna", "optuna optuna_integration"),
    Consumer("SequentialFeatureSelector", mlxtend_selection, "mlxtend", "mlxtend"),
    Consumer("pipeline with a sampler", imblearn_pipeline, "imbalanced-learn", "imblearn"),
    Consumer("CrossValidationReport", skore_report, "skore", "skore", note="`metrics.add`"),
    Consumer(
        "NeuralNetClassifier", skorch_network, "skorch", "skorch torch", labels=("integers",),
        note="it takes no other labels",
    ),
    Consumer(
        "an estimator that returns tensors", tensors_with_a_gradient, "PyTorch", "torch",
        note="also those that require a gradient",
    ),
]  # fmt: skip


def table():
    """Return the consumers as a Markdown table."""
    words = {2: "binary", 3: "multiclass"}
    rows = [
        f"| {c.library} | {c.name} | {', '.join(words[k] for k in c.classes)} "
        f"| {', '.join(c.labels)} | {c.note} |"
        for c in CONSUMERS
    ]
    return "\n".join(["| library | consumer | classes | labels | note |", "|" + "---|" * 5, *rows])


def page():
    """Return the whole page."""
    return f"""# Where the scorers work

Each row is run by `tests/project/test_consumers.py` on every kind of classes and labels in the row.
`make test` runs all rows on the newest releases but those of skorch and PyTorch, which
`make test-arrays` runs. `make test-oldest` runs those of scikit-learn on the oldest releases.
`python -m tests.support.consumers` writes this page, and a test fails when it is out of date.

{table()}
"""


if __name__ == "__main__":
    PAGE.write_text(page())
