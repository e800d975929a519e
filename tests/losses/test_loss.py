import copy
import math
import pickle

import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx
from tests.support.own_losses import ranked, spherical

RNG = np.random.default_rng(1)
NAMES = ["classification_error", "brier_loss", "cross_entropy"]


def test_ranked_probability_score_against_its_definition():
    proba = RNG.dirichlet(np.ones(4), 20)
    codes = RNG.integers(0, 4, 20)
    expected = [
        sum((p[: j + 1].sum() - (c <= j)) ** 2 for j in range(4))
        for p, c in zip(proba, codes, strict=True)
    ]
    np.testing.assert_allclose(ranked.per_sample(codes, proba), expected)


def test_ordered_classes_keep_the_order_of_labels():
    near, far = [[0.1, 0.6, 0.3]], [[0.6, 0.1, 0.3]]
    grades = ["low", "middle", "high"]  # sorted: high, low, middle
    assert sx.mean_loss(ranked, ["high"], near, labels=grades) == pytest.approx(0.5)
    assert sx.mean_loss(ranked, ["high"], far, labels=grades) == pytest.approx(0.85)


def test_names_of_columns_are_no_order():
    proba = pd.DataFrame([[0.0, 1.0, 0.0]], columns=["high", "low", "middle"])
    with pytest.raises(ValueError, match="ranked_probability depends on the order of the classes"):
        sx.mean_loss(ranked, ["high"], proba)
    assert sx.mean_loss(ranked, ["high"], proba, labels=["low", "middle", "high"]) == 2.0
    numbers = proba.set_axis([3, 1, 2], axis=1)
    assert sx.mean_loss(ranked, [3], numbers) == 2.0


def test_own_loss_takes_soft_targets_as_an_expectation():
    proba, target = RNG.dirichlet(np.ones(3), 5), RNG.dirichlet(np.ones(3), 5)
    each = np.stack([spherical.per_sample(np.full(5, j), proba) for j in range(3)], axis=1)
    np.testing.assert_allclose(spherical.per_sample(target, proba), (target * each).sum(axis=1))


def test_own_loss_without_derivatives_says_so():
    with pytest.raises(TypeError, match="spherical has no gradient: make the Loss with a"):
        spherical.gradient([0], [[0.0, 1.0]])
    with pytest.raises(TypeError, match="spherical has no hessian"):
        spherical.hessian([0], [[0.0, 1.0]])


def test_own_loss_must_return_a_value_a_row():
    bad = sx.Loss(name="bad", title="Bad", function=lambda codes, proba: proba)
    with pytest.raises(
        ValueError, match=r"must return one value a row, shape \(1,\); got \(1, 2\)"
    ):
        bad.per_sample([0], [[0.5, 0.5]])


def test_name_must_be_an_identifier():
    with pytest.raises(ValueError, match="must be an identifier"):
        sx.Loss(name="my loss", title="My loss", function=lambda codes, proba: proba[:, 0])


# --- the type -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_losses_survive_pickle_and_copy(name):
    loss = sx.get_loss(name)
    for again in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss)):
        assert again == loss
        assert hash(again) == hash(loss)
        assert again.options == loss.options


def test_auto_is_the_default():
    loss = sx.get_loss("cross_entropy", eps=0)
    assert loss.eps == 0
    assert loss.with_options(eps="auto").eps == 2.0**-52
    halved = sx.get_loss("mse", scale_by_half=True).with_options(scale_by_half="auto")
    assert halved == sx.get_loss("mse")


def test_options_are_read_only():
    with pytest.raises(TypeError):
        sx.get_loss("cross_entropy").options["eps"] = 0.5


@pytest.mark.parametrize("eps", [-1e-9, 1, math.nan, "small", None, True, [0.1]])
def test_eps_is_checked(eps):
    with pytest.raises(ValueError, match=r"eps must be \"auto\" or a number in \[0, 1\)"):
        sx.get_loss("cross_entropy", eps=eps)


def test_scale_by_half_is_checked():
    with pytest.raises(ValueError, match="scale_by_half must be"):
        sx.get_loss("brier_loss", scale_by_half="half")


@pytest.mark.parametrize(
    ("y", "values", "message"),
    [
        ([0, 3], [[0.5, 0.5], [0.5, 0.5]], "class codes 0..1"),
        ([0, -1], [[0.5, 0.5], [0.5, 0.5]], "class codes 0..1"),
        ([0], [[0.5, 0.5], [0.5, 0.5]], r"one a row \(2\)"),
        (["a"], [[0.5, 0.5]], "must hold numbers; got <U1. Codes are"),
        ([[1.0, np.nan]], [[0.5, 0.5]], "must hold target distributions; row 0"),
        ([[-1.0, 2.0]], [[0.5, 0.5]], "must hold target distributions; row 0"),
        ([5], [[0.5, 0.5]], "got codes from 5 to 5"),
        ([0], [[0.5 + 1j, 0.5]], "predictions must hold numbers; got complex128"),
        ([0], np.ma.array([[0.5, 0.5]], mask=[[0, 1]]), "got masked values"),
        ([0], [[0.5], [0.5, 1]], "predictions must be an array"),
        ([0], [[np.nan, 0.5]], "must not be nan; first in row 0"),
        ([0], [0.5], r"expected a matrix \(n_samples, n_classes\)"),
    ],
)
def test_core_arrays_must_fit_together(y, values, message):
    with pytest.raises(ValueError, match=message):
        sx.get_loss("brier_loss").per_sample(y, values)


@pytest.mark.parametrize("row", [[np.inf, 0.0], [-np.inf, -np.inf], [np.nan, 0.0]])
def test_logits_without_a_softmax_are_refused(row):
    for method in (sx.get_loss("mse").gradient, sx.get_loss("mse").hessian):
        with pytest.raises(ValueError, match=r"must not be nan or \+inf.*first in row 1"):
            method([0, 1], [[0.0, 1.0], row])
