"""Each consumer of scikit-learn, run for real with our scorers, on string and integer labels."""

import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
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

GRID = {"var_smoothing": [1e-9, 1e-2]}
XENT = sx.neg_cross_entropy


def data(n_classes):
    return make_classification(
        120, 6, n_informative=4, n_redundant=0, n_classes=n_classes, random_state=0
    )


def searched(search, X, y):
    search.fit(X, y)
    return search.cv_results_["mean_test_score"]


def routed(X, y):
    with config_context(enable_metadata_routing=True):
        scorer = sx.get_scorer("neg_log_loss").set_score_request(sample_weight=True)
        model = GaussianNB().set_fit_request(sample_weight=True)
        weight = {"sample_weight": np.arange(1.0, 1 + len(y))}
        return cross_validate(model, X, y, scoring=scorer, params=weight, error_score="raise")[
            "test_score"
        ]


def displayed(display, X, y, **options):
    pytest.importorskip("matplotlib", reason="matplotlib is an extra").use("Agg")
    return display.from_estimator(GaussianNB(), X, y, scoring=XENT, **options).ax_ is not None


def multi(X, y):
    search = GridSearchCV(GaussianNB(), GRID, scoring=sx.SCORERS, refit="neg_brier_loss")
    return search.fit(X, y).cv_results_["mean_test_neg_cross_entropy"]


CONSUMERS = {
    "cross_val_score": lambda X, y: cross_val_score(GaussianNB(), X, y, scoring=XENT),
    "cross_validate of a dict": lambda X, y: cross_validate(
        GaussianNB(), X, y, scoring=sx.SCORERS, error_score="raise"
    )["test_neg_cross_entropy"],
    "cross_validate of a callable": lambda X, y: cross_validate(
        GaussianNB(), X, y, scoring=lambda *args: {"ours": XENT(*args)}, error_score="raise"
    )["test_ours"],
    "GridSearchCV": lambda X, y: searched(GridSearchCV(GaussianNB(), GRID, scoring=XENT), X, y),
    "GridSearchCV of all": multi,
    "RandomizedSearchCV": lambda X, y: searched(
        RandomizedSearchCV(GaussianNB(), GRID, n_iter=2, scoring=XENT), X, y
    ),
    "HalvingGridSearchCV": lambda X, y: searched(
        HalvingGridSearchCV(GaussianNB(), GRID, scoring=XENT, random_state=0), X, y
    ),
    "HalvingRandomSearchCV": lambda X, y: searched(
        HalvingRandomSearchCV(GaussianNB(), GRID, n_candidates=2, scoring=XENT, random_state=0),
        X, y,
    ),
    "RFECV": lambda X, y: RFECV(LogisticRegression(), scoring=XENT)
    .fit(X, y)
    .cv_results_["mean_test_score"],
    "SequentialFeatureSelector": lambda X, y: SequentialFeatureSelector(
        GaussianNB(), n_features_to_select=2, scoring=XENT
    )
    .fit(X, y)
    .get_support(),
    "permutation_importance": lambda X, y: permutation_importance(
        GaussianNB().fit(X, y), X, y, scoring=XENT, n_repeats=2, random_state=0
    ).importances_mean,
    "permutation_importance of all": lambda X, y: permutation_importance(
        GaussianNB().fit(X, y), X, y, scoring=dict(sx.SCORERS), n_repeats=2, random_state=0
    )["neg_brier_loss"].importances_mean,
    "learning_curve": lambda X, y: learning_curve(
        GaussianNB(), X, y, scoring=XENT, train_sizes=[0.5, 1.0]
    )[2],
    "validation_curve": lambda X, y: validation_curve(
        GaussianNB(), X, y, param_name="var_smoothing", param_range=[1e-9, 1e-2], scoring=XENT
    )[1],
    "LearningCurveDisplay": lambda X, y: displayed(
        LearningCurveDisplay, X, y, train_sizes=[0.5, 1.0]
    ),
    "ValidationCurveDisplay": lambda X, y: displayed(
        ValidationCurveDisplay, X, y, param_name="var_smoothing", param_range=[1e-9, 1e-2]
    ),
    "HistGradientBoostingClassifier": lambda X, y: HistGradientBoostingClassifier(
        scoring=XENT, early_stopping=True, max_iter=3
    )
    .fit(X, y)
    .validation_score_,
    "permutation_test_score": lambda X, y: permutation_test_score(
        GaussianNB(), X, y, scoring=XENT, n_permutations=3
    )[0],
    "CalibratedClassifierCV inside": lambda X, y: cross_val_score(
        CalibratedClassifierCV(GaussianNB()), X, y, scoring=XENT
    ),
    "a pipeline": lambda X, y: cross_val_score(
        make_pipeline(StandardScaler(), GaussianNB()), X, y, scoring=XENT
    ),
    "loky workers": lambda X, y: cross_val_score(GaussianNB(), X, y, scoring=XENT, n_jobs=2),
    "metadata routing": routed,
}  # fmt: skip


@pytest.mark.parametrize("labels", [np.arange(3), np.array(["a", "b", "c"])], ids=["ints", "str"])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("consumer", CONSUMERS)
def test_consumer(consumer, n_classes, labels):
    X, y = data(n_classes)
    assert np.isfinite(CONSUMERS[consumer](X, labels[y])).all()


@pytest.mark.parametrize("scorer", sx.SCORERS.values(), ids=list(sx.SCORERS))
@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_regression_cv(scorer, n_classes):
    X, y = data(n_classes)
    model = LogisticRegressionCV(Cs=2, scoring=clone(scorer, safe=False))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of its own, about its attributes
        model.fit(X, np.array(["a", "b", "c"])[y])
    assert all(np.isfinite(scores).all() for scores in model.scores_.values())


@pytest.mark.parametrize("labels", [np.arange(2), np.array(["a", "b"])], ids=["ints", "str"])
def test_tuned_threshold_by_the_error(labels):
    X, y = data(2)
    tuned = TunedThresholdClassifierCV(GaussianNB(), scoring=sx.neg_classification_error)
    tuned.fit(X, labels[y])
    assert 0 <= -tuned.best_score_ < 0.5
