"""Run scikit-learn's own tests of its three metrics on ours, through thin adapters.

Each must pass, except those in which we differ on purpose. These must fail; their reasons are here
and in docs/design.md. Messages of errors are not compared.
"""

import contextlib
import inspect
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics
from sklearn.metrics.tests import test_classification as theirs

import sklearn_xent as sx

ON_PURPOSE = {
    "test_log_loss_not_probabilities_warning": "rows that do not sum to one are an error",
    "test_log_loss_warnings": "labels= is the order of the columns, which we follow",
    "test_brier_score_loss_warnings": "labels= is the order of the columns, which we follow",
    "test_brier_score_loss_binary": "the classes of a single-class y_true are never guessed",
    "test_multilabel_zero_one_loss_subset": "multilabel targets are called once per label",
    "test_log_loss_y_pred_deprecation": "a parameter that scikit-learn renamed",
}
METRICS = ("log_loss", "brier_score_loss", "zero_one_loss")


def log_loss(y_true, y_proba, *, normalize=True, sample_weight=None, labels=None):
    reduction = "mean" if normalize else "sum"
    return sx.cross_entropy(
        y_true, y_proba, labels=labels, sample_weight=sample_weight, reduction=reduction
    )


def brier_score_loss(
    y_true, y_proba, *, sample_weight=None, pos_label=None, labels=None, scale_by_half="auto"
):
    if pos_label is not None:
        raise TypeError("no pos_label: labels=[negative, positive] says it")
    return sx.brier_loss(
        y_true, y_proba, labels=labels, sample_weight=sample_weight, scale_by_half=scale_by_half
    )


def zero_one_loss(y_true, y_pred, *, normalize=True, sample_weight=None):
    reduction = "mean" if normalize else "sum"
    return sx.classification_error(y_true, y_pred, sample_weight=sample_weight, reduction=reduction)


def their_tests():
    """Every test that calls one of the metrics and none of scikit-learn's other ones."""
    for name, function in inspect.getmembers(theirs, inspect.isfunction):
        calls = any(f"{metric}(" in inspect.getsource(function) for metric in METRICS)
        if name.startswith("test_") and calls and "d2_" not in name:
            for arguments in arguments_of(function):
                yield pytest.param(function, arguments, id=f"their_{name}")


def arguments_of(function):
    """The keyword arguments of each case of a parametrised test."""
    cases = [{}]
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            names, values = mark.args[:2]
            names = names.replace(" ", "").split(",") if isinstance(names, str) else list(names)
            cases = [
                {**case, **dict(zip(names, value if len(names) > 1 else [value], strict=True))}
                for case in cases
                for value in values
            ]
    return cases


class AnyMessage:
    """``pytest`` with a ``raises`` that compares types only."""

    def __getattr__(self, name):
        return getattr(pytest, name)

    @staticmethod
    def raises(kind, match=None):
        return pytest.raises(kind)


@pytest.mark.parametrize(("function", "arguments"), list(their_tests()))
def test_of_scikit_learn(function, arguments, monkeypatch):
    for metric in (log_loss, brier_score_loss, zero_one_loss):
        monkeypatch.setattr(theirs, metric.__name__, metric)
    monkeypatch.setattr(theirs, "pytest", AnyMessage())
    differs = function.__name__ in ON_PURPOSE
    refusal = pytest.raises((AssertionError, ValueError, TypeError, pytest.fail.Exception))
    with refusal if differs else contextlib.nullcontext(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function(**arguments)


def test_there_are_tests_of_each_metric():
    sources = [inspect.getsource(case.values[0]) for case in their_tests()]
    assert all(any(f"{metric}(" in source for source in sources) for metric in METRICS)


def test_differences_on_purpose_are_documented():
    page = (Path(__file__).parents[2] / "docs" / "design.md").read_text()
    for reason in ON_PURPOSE.values():
        assert reason in " ".join(page.split())


def test_adapters_agree_where_both_take_the_input():
    rng = np.random.default_rng(0)
    y, proba = rng.integers(0, 3, 50), rng.dirichlet(np.ones(3), 50)
    for ours in (log_loss, brier_score_loss):
        assert ours(y, proba) == pytest.approx(getattr(metrics, ours.__name__)(y, proba))
