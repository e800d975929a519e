"""A comparison keeps its own copy of what happened: the user's arrays may change afterwards."""

import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx

RNG = np.random.default_rng(0)
N = 60
P = {name: np.random.default_rng(i).dirichlet(np.ones(3), N) for i, name in enumerate("ab")}
CODES = np.arange(N) % 3


def told(comparison):
    """Return everything that a comparison tells of its samples."""
    found = [comparison.summary, comparison.differences, comparison.sample_losses]
    found += [comparison.worst(5), comparison.by(np.arange(N) % 2)]
    if comparison._samples.target.y.ndim == 1:
        found += [comparison.per_class, comparison.decompose()]
    words = [str(comparison), comparison.to_html(), *comparison.sentences()]
    return [frame.to_csv() for frame in found] + words


Y = {
    "int64": CODES.copy,
    "uint8": lambda: CODES.astype(np.uint8),
    "from one": lambda: CODES + 1,
    "float": lambda: CODES.astype(float),
    "strings": lambda: np.array(["x", "y", "z"])[CODES],
    "objects": lambda: np.array(["x", "y", "z"], dtype=object)[CODES],
    "Series": lambda: pd.Series(CODES),
    "categorical": lambda: pd.Series(pd.Categorical(CODES)),
    "list": CODES.tolist,
    "distributions": lambda: np.eye(3)[CODES],
    "column-major distributions": lambda: np.asfortranarray(np.eye(3)[CODES]),
}


def reverse(values):
    if isinstance(values, pd.Series):
        values.iloc[:] = values.iloc[::-1].to_numpy()
    else:
        values[:] = values[::-1].copy() if isinstance(values, np.ndarray) else values[::-1]


@pytest.mark.parametrize("make", Y.values(), ids=Y)
def test_y_true_may_change_after_a_comparison(make):
    y, weight, groups = make(), 1.0 + CODES, np.arange(N) // 2
    margin = {"brier_loss": 0.1}
    arguments = {"sample_weight": weight, "groups": groups, "equivalence_margin": margin}
    arguments["losses"] = "brier_loss"
    expected = told(sx.compare_predictions(make(), P, **arguments))
    comparison = sx.compare_predictions(y, P, **arguments)
    for values in (y, weight, groups):
        reverse(values)
    margin["brier_loss"] = 0.5
    assert told(comparison) == expected


def test_y_true_is_lent_to_nobody():
    y = CODES.copy()
    comparison = sx.compare_predictions(y, P)
    assert not np.shares_memory(y, comparison._samples.target.y)


def test_metrics_do_not_copy_y_true(monkeypatch):
    monkeypatch.setattr("sklearn_xent.inputs.validation.Target.kept", None)
    assert sx.brier_loss(CODES, P["a"]) > 0
