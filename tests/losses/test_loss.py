"""The type: its options, copies and properties, and the arrays that its methods take."""

import copy
import math
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.losses.registry import LOSSES
from tests.support.own_losses import floored, ranked, spherical

NAMES = ["classification_error", "brier_loss", "cross_entropy"]
EVERY = [*LOSSES.values(), sx.get_loss("cross_entropy", eps=0), spherical, floored]


@pytest.mark.parametrize("loss", EVERY, ids=repr)
def test_losses_survive_pickle_and_copy(loss):
    for again in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss), copy.copy(loss)):
        assert type(again) is type(loss)
        assert again == loss
        assert hash(again) == hash(loss)
        assert again.options == loss.options
        assert repr(again) == repr(loss)


def test_repr_tells_name_and_options():
    assert repr(sx.get_loss("error")) == "<Loss classification_error>"
    assert repr(sx.get_loss("mse")) == "<Loss brier_loss, scale_by_half='auto'>"
    assert repr(sx.get_loss("xent", eps=0)) == "<Loss cross_entropy, eps=0>"
    assert repr(floored) == "<Loss floored, eps=1e-12>"


def test_losses_are_equal_where_everything_is():
    assert sx.get_loss("xent", eps=0) == sx.get_loss("xent").with_options(eps=0)
    assert sx.get_loss("xent", eps=0) != sx.get_loss("xent")
    assert replace(spherical) == spherical
    assert replace(sx.get_loss("mse"), title="Brier") != sx.get_loss("mse")
    assert len({*EVERY, *map(copy.deepcopy, EVERY)}) == len(EVERY)


def test_losses_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        spherical.name = "other"
    for loss in (floored, sx.get_loss("cross_entropy")):
        with pytest.raises(TypeError):
            loss.options["eps"] = 0.5


def test_options_given_to_a_loss_may_change_without_it():
    given = {"eps": 0.5}
    loss = replace(floored, options=given)
    given["eps"] = 0.25
    assert loss.eps == 0.5
    assert repr(loss.options) == "{'eps': 0.5}"


def test_auto_is_the_default():
    loss = sx.get_loss("cross_entropy", eps=0)
    assert loss.eps == 0
    assert loss.with_options(eps="auto").eps == 2.0**-52
    assert floored.with_options(eps="auto").eps == 2.0**-52
    halved = sx.get_loss("mse", scale_by_half=True).with_options(scale_by_half="auto")
    assert halved == sx.get_loss("mse")


def test_with_options_of_nothing_new_is_the_same_object():
    loss = sx.get_loss("cross_entropy")
    assert loss.with_options() is loss.with_options(eps="auto") is loss


@pytest.mark.parametrize("loss", [floored, sx.get_loss("cross_entropy")], ids=repr)
@pytest.mark.parametrize("eps", [-1e-9, 1, math.nan, "small", None, True, [0.1]])
def test_eps_is_checked(loss, eps):
    with pytest.raises(ValueError, match=r"eps must be \"auto\" or a number in \[0, 1\)"):
        loss.with_options(eps=eps)


@pytest.mark.parametrize("value", ["half", 1, 0, None, [True]])
def test_scale_by_half_is_checked(value):
    with pytest.raises(ValueError, match="scale_by_half must be"):
        sx.get_loss("brier_loss", scale_by_half=value)


@pytest.mark.parametrize("value", [True, np.bool_(True)])
def test_scale_by_half_may_be_of_numpy(value):
    halved = sx.get_loss("brier_loss", scale_by_half=value)
    assert halved.per_sample([0], [[0.0, 1.0, 0.0]]).tolist() == [1.0]


def test_properties():
    error, brier, xent = map(sx.get_loss, NAMES)
    assert [x.strictly_proper for x in (error, brier, xent)] == [False, True, True]
    assert [x.zero_one for x in (error, brier, xent)] == [True, False, False]
    assert all(x.by_columns and not x.ordered and x.lower_is_better for x in (error, brier, xent))
    assert error.range_for(3) == (0, 1)
    assert brier.range_for(3) == (0, 2)
    assert brier.range_for(2) == (0, 1)
    assert brier.with_options(scale_by_half=False).range_for(2) == (0, 2)
    assert xent.range_for(2) == (0, math.inf)
    assert ranked.range_for(5) == (0, 4)
    assert (xent.eps, error.eps, brier.eps) == (2.0**-52, None, None)


@pytest.mark.parametrize("loss", [*LOSSES.values(), *EVERY[-3:-2]], ids=repr)
def test_the_greatest_difference_is_that_of_a_sure_mistake(loss):
    for k in (2, 3):
        [costs] = loss.every_label(np.eye(k)[:1], from_logits=False)
        assert loss.greatest_difference(k) == costs.max() - costs.min()
        bound = math.inf if loss.name == "cross_entropy" else loss.greatest_difference(k)
        assert loss.greatest_difference(k, from_logits=True) == bound


def test_what_reports_are_told_of_a_loss():
    error, brier, xent = (sx.get_loss(name).info for name in NAMES)
    assert [x.title for x in (error, brier, xent)] == [
        "Classification error", "MSE (Brier)", "Cross-entropy",
    ]  # fmt: skip
    assert [x.unit for x in (error, brier, xent)] == ["", "", "nats"]
    assert [x.floor_cost for x in (error, brier, xent)] == [0.0, 0.0, 52 * math.log(2)]
    assert sx.get_loss("xent", eps=0).info.floor_cost == 0.0
    assert all(x.description for x in (error, brier, xent))
    assert floored.info.floor_cost == pytest.approx(12 * math.log(10))
    assert spherical.info.description == ""


@pytest.mark.parametrize("kind", [sx.Loss, *map(type, LOSSES.values())])
def test_losses_are_made_by_keyword(kind):
    with pytest.raises(TypeError, match="positional argument"):
        kind("name")


def test_name_must_be_an_identifier():
    for name in ("my loss", 3):
        with pytest.raises(ValueError, match="must be an identifier"):
            sx.Loss(name=name, title="My loss", function=lambda codes, proba: proba[:, 0])


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
