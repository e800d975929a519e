"""Each response, matrix and vector of labels is read once and checked once."""

from collections import Counter

import numpy as np
import pytest
from sklearn import config_context
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from sklearn_xent.inputs import validation
from sklearn_xent.inputs.predictions import Predictions
from tests.support.estimators import Fixed

RNG = np.random.default_rng(0)
N = 60
CODES = np.arange(N) % 3
LABELS = np.array(["a", "b", "c"])[CODES]


class Counted:
    """An array that counts how often it is converted."""

    def __init__(self, values):
        self.values, self.reads = np.asarray(values), 0
        self.shape, self.ndim, self.dtype = self.values.shape, self.values.ndim, self.values.dtype

    def __len__(self):
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        self.reads += 1
        return self.values


class WithMargins(Fixed):
    def decision_function(self, X):
        return self.response


@pytest.fixture
def checks(monkeypatch):
    """Count by name the matrices whose rows are checked and the vectors that are encoded."""
    counts = Counter()
    factorize = validation.factorize

    def count(name):
        read = getattr(Predictions, name)

        def counted_check(self, **kwargs):
            counts[self.matrix.name] += not self.checked
            return read(self, **kwargs)

        monkeypatch.setattr(Predictions, name, counted_check)

    for name in ("_checked_probabilities", "_checked_logits", "blocks_to_check"):
        count(name)

    def counted_factorize(name, *args):
        counts[name] += 1
        return factorize(name, *args)

    monkeypatch.setattr(validation, "factorize", counted_factorize)
    return counts


def of_user(checks):
    """Leave out what the package makes itself: constant and recalibrated predictions."""
    return {name: n for name, n in checks.items() if n and name not in ("reference", "p")}


def proba():
    return Counted(RNG.dirichlet(np.ones(3), N))


@pytest.mark.parametrize("metric", [sx.classification_error, sx.brier_loss, sx.cross_entropy])
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_metric(checks, metric, reduction):
    y, p = Counted(LABELS), proba()
    metric(y, p, reduction=reduction)
    assert (y.reads, p.reads) == (1, 1)
    name = "y_pred" if metric is sx.classification_error else "y_proba"
    assert checks == {"y_true": 1, name: 1}


def test_error_of_labels(checks):
    y, predicted = Counted(LABELS), Counted(LABELS[::-1])
    sx.classification_error(y, predicted)
    assert (y.reads, predicted.reads) == (1, 1)
    assert checks == {"y_true": 1, "y_pred": 1}


def test_a_vector_of_floats_is_read_as_labels_and_as_probabilities(checks):
    y, p = Counted(CODES % 2), Counted(RNG.random(N))
    sx.classification_error(y, p)
    assert (y.reads, p.reads) == (1, 2)
    assert checks == {"y_true": 1, "y_pred": 2}


def test_decompose_and_skill(checks):
    for function in (sx.decompose, sx.skill_score):
        checks.clear()
        y, p = Counted(LABELS), proba()
        function("brier_loss", y, p)
        assert (y.reads, p.reads) == (1, 1)
        assert of_user(checks) == {"y_true": 1, "y_proba": 1}


@pytest.mark.parametrize(
    "options", [{}, {"class_weight": "balanced"}, {"response_method": "decision_function"}]
)
def test_scorer(checks, options):
    y, response = Counted(LABELS), proba()
    if "response_method" in options:
        response.values = np.log(response.values)
    model = WithMargins(response, ["a", "b", "c"]).fit(None, None)
    sx.LossScorer("log_loss", **options)(model, np.zeros((N, 1)), y)
    assert (y.reads, response.reads) == (1, 1)
    method = options.get("response_method", "predict_proba")
    assert checks == {"y_true": 1, f"WithMargins.{method}(X)": 1}


@pytest.mark.parametrize("trained", [["a", "b"], ["a"]])
def test_scorer_with_an_unseen_class(checks, trained):
    y, response = Counted(LABELS), Counted(np.full((N, len(trained)), 1 / len(trained)))
    with pytest.warns(sx.UnseenClassWarning):
        sx.neg_brier_loss(Fixed(response, trained).fit(None, None), np.zeros((N, 1)), y)
    assert (y.reads, response.reads) == (1, 1)
    assert checks == {"y_true": 1, "Fixed.predict_proba(X)": 1}


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
@pytest.mark.parametrize("from_logits", [False, True])
def test_compare_predictions(checks, from_logits):
    y, models = Counted(LABELS), {name: proba() for name in "uvw"}
    for p in models.values():
        p.values = np.log(p.values) * 2 if from_logits else p.values
    comparison = sx.compare_predictions(y, models, from_logits=from_logits)
    comparison.decompose()
    comparison.decompose()
    assert [y.reads, *(p.reads for p in models.values())] == [1, 1, 1, 1]
    assert of_user(checks) == {"y_true": 1, **{f"predictions[{name!r}]": 1 for name in models}}


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
def test_compare_models_checks_a_response_a_fit(checks):
    models = {"bayes": GaussianNB(), "prior": DummyClassifier()}
    comparison = sx.compare_models(models, RNG.normal(size=(N, 2)), LABELS, cv=4)
    comparison.decompose()
    assert checks["GaussianNB.predict_proba(X)"] == checks["DummyClassifier.predict_proba(X)"] == 4


# --- values that scikit-learn's assume_finite says are right -------------------------------------


@pytest.fixture
def trusting():
    with config_context(assume_finite=True):
        yield


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("metric", [sx.classification_error, sx.brier_loss, sx.cross_entropy])
def test_trusted_values_are_not_checked_by_metrics(checks, trusting, metric, from_logits):
    values = -proba().values if from_logits else proba()
    for options in ({}, {"sample_weight": np.ones(N)}, {"reduction": "none"}):
        metric(LABELS, values, from_logits=from_logits, **options)
    sx.skill_score("brier_loss", LABELS, values, from_logits=from_logits)
    assert of_user(checks) == {"y_true": 4}


@pytest.mark.parametrize("trained", [["a", "b", "c"], ["a", "b"], ["a"]])
@pytest.mark.filterwarnings("ignore::sklearn_xent.UnseenClassWarning")
def test_trusted_values_are_not_checked_by_scorers(checks, trusting, trained):
    model = Fixed(np.full((N, len(trained)), 1 / len(trained)), trained).fit(None, None)
    for options in ({}, {"class_weight": "balanced"}, {"normalize": True}):
        sx.LossScorer("brier_loss", **options)(model, np.zeros((N, 1)), LABELS)
    assert of_user(checks) == {"y_true": 3}


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
def test_comparisons_and_decompositions_trust_nothing(trusting):
    bad = np.full((N, 3), 0.5)
    for call in (
        lambda: sx.compare_predictions(LABELS, {"u": bad, "v": bad}),
        lambda: sx.decompose("brier_loss", LABELS, bad),
    ):
        with pytest.raises(ValueError, match="do not sum to 1"):
            call()
