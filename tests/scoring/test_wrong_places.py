"""Metrics, scorers and losses in the place of each other, and losses of the wrong kind."""

import math
import pickle

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.model_selection import cross_val_score, cross_validate
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from sklearn_xent import exceptions

X, Y = make_classification(40, random_state=0)
METRICS = {
    sx.classification_error: "sx.neg_classification_error",
    sx.brier_loss: "sx.neg_brier_loss",
    sx.cross_entropy: "sx.neg_cross_entropy",
    sx.mean_loss: r"sx.LossScorer\(loss\)",
    sx.skill_score: r"sx.LossScorer\(loss, skill=True",
}


@pytest.mark.parametrize(
    ("metric", "scorer"), METRICS.items(), ids=[metric.__name__ for metric in METRICS]
)
def test_a_metric_as_scoring_names_the_scorer(metric, scorer):
    with pytest.raises(TypeError, match=f"{metric.__name__} is a metric .* Pass scoring={scorer}"):
        cross_val_score(GaussianNB(), X, Y, scoring=metric, cv=2, error_score="raise")
    with pytest.raises(TypeError, match=f"Pass scoring={scorer}"):
        cross_validate(GaussianNB(), X, Y, scoring={"a": metric}, cv=2, error_score="raise")
    assert pickle.loads(pickle.dumps(metric)) is metric


@pytest.mark.parametrize(
    "given", [sx.cross_entropy, sx.neg_cross_entropy, "neg_cross_entropy", "neg_log_loss"]
)
def test_what_stands_for_a_loss_names_it(given):
    for read in (sx.get_loss, sx.LossScorer):
        with pytest.raises((TypeError, ValueError), match=r'Pass "(cross_entropy|log_loss)"'):
            read(given)
    with pytest.raises((TypeError, ValueError), match=r'Pass "(cross_entropy|log_loss)"'):
        sx.compare_predictions([0, 1], {"a": [0.1, 0.8]}, losses=given)
    with pytest.raises(TypeError, match=r"got function: .*>\.$"):
        sx.get_loss(cross_val_score)


def first(codes, proba):
    return proba[:, 0]


WRONG = {
    "function": (3, None, "sum"),
    "soft_function": (3, "sum"),
    "logit_function": (3, "sum"),
    "gradient_function": (3, "sum"),
    "hessian_function": (3, "sum"),
    "curvature_function": (3, "sum"),
    "title": (3, None),
    "unit": (3, None),
    "description": (3, None),
    "ordered": (3, None, "yes"),
    "zero_one": (3, None, "yes"),
    "by_columns": (3, None),
    "strictly_proper": (3, None),
    "options": (3, None, "a", {1: 2}),
    "range": (3, None, "ab", (1, 0), (math.nan, 1), (0, 1, 2), ("a", "b"), (0,), (False, True)),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_loss_of_the_wrong_kind_is_refused_when_it_is_made(name, value):
    arguments = {"name": "mine", "title": "Mine", "function": first, name: value}
    with pytest.raises(ValueError, match=f"{name} of loss mine must be"):
        sx.Loss(**arguments)


@pytest.mark.parametrize("found", [3, (1, 0), None])
def test_a_range_that_is_computed_is_checked_when_it_is_known(found):
    loss = sx.Loss(name="mine", title="Mine", function=first, range=lambda n_classes: found)
    with pytest.raises(ValueError, match="range of loss mine must be"):
        sx.mean_loss(loss, [0, 1], [[0.5, 0.5], [0.4, 0.6]])


@pytest.mark.parametrize("given", [(0, 1), [0, 1], (0.0, math.inf), (-math.inf, math.inf), (1, 1)])
def test_ranges_that_are_right(given):
    assert sx.Loss(name="mine", title="Mine", function=first, range=given).range_for(2) == tuple(
        given
    )


# --- reports under python -OO, and infinite losses ---------------------------------------------


def test_what_warnings_mean_is_known_without_docstrings():
    kinds = [x for x in vars(exceptions).values() if isinstance(x, type)]
    of_package = [x for x in kinds if issubclass(x, sx.XentWarning) and x is not sx.XentWarning]
    assert len(of_package) == 12
    for kind in of_package:
        assert vars(kind)["meaning"] == kind.__doc__.partition("\n")[0].replace("`", "")


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
@pytest.mark.parametrize("design", ["plain", "weights and groups", "times", "folds"])
def test_infinite_losses_give_no_warnings_of_numpy(design):
    n = 60
    y, p = [0, 1] * (n // 2), np.tile([0.2, 0.7], n // 2)
    q = p.copy()
    q[:2] = [1.0, 0.0]
    options = {
        "plain": {},
        "weights and groups": {
            "sample_weight": np.linspace(0.1, 2, n),
            "groups": np.arange(n) // 3,
        },
        "times": {"times": np.arange(n)},
        "folds": {"folds": np.arange(n) // 20},
    }[design]
    loss = sx.get_loss("xent", eps=0)
    comparison = sx.compare_predictions(y, {"a": p, "b": q, "c": q}, losses=loss, **options)
    slices = ["x", "y", "z"] * (n // 3)
    rows = comparison.by(slices, pairs=True)
    comparison.by(slices)
    assert np.isinf(comparison.per_class["mean_loss"]).any()
    comparison.winner(100)
    comparison.to_html()
    assert (
        rows.query("model_a == 'b' and model_b == 'c' and group != 'z'")["difference"].isna().all()
    )
