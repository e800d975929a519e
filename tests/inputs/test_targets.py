"""Labels, weights and clusters without predictions, and the names of several models."""

from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest

from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.validation import Target, names_of_logits, validate_target


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.eye(2), "y_true must be a vector of class labels here"),
        ([1, 1], r"y_true must hold at least two classes; got \[1\]"),
        ([1, 3], "labels are not among the classes"),
    ],
)
def test_a_target_alone(y, message):
    labels = [1, 2] if isinstance(y, list) and y != [1, 1] else None
    with pytest.raises(ValueError, match=message):
        validate_target(y, labels=labels)


def test_a_target_alone_with_weights_and_clusters():
    y = pd.Series(["b", "a", "b"], index=[5, 6, 7])
    target = validate_target(y, sample_weight=[4.0, 0.0, 1.0], groups=["x", "z", "x"])
    assert target.classes.labels == ("a", "b")
    assert target.y.tolist() == [1, 0, 1]
    assert target.weight.tolist() == [4.0, 0.0, 1.0]
    assert target.groups.tolist() == [0, 1, 0]
    assert target.row_labels.tolist() == [5, 6, 7]
    assert validate_target(y, labels=["b", "a"]).y.tolist() == [0, 1, 0]
    assert validate_target(y).groups is None


@pytest.mark.parametrize("option", ["sample_weight", "groups"])
def test_a_target_alone_fits_what_is_beside_it(option):
    with pytest.raises(ValueError, match=f"y_true and {option} must have as many rows; got 2 and"):
        validate_target([0, 1], **{option: [1, 2, 2]})
    with pytest.raises(ValueError, match="groups must name at least two clusters"):
        validate_target([0, 1], groups=[3, 3])


def test_some_samples_of_a_target():
    y = pd.Series([1, 0, 1, 0], index=list("abcd"))
    plain = validate_target(y.to_numpy()).take(np.array([3, 0]))
    assert (plain.y.tolist(), plain.weight, plain.groups) == ([0, 1], None, None)
    assert plain.row_labels.tolist() == [3, 0]
    assert plain.total_weight == 2
    whole = validate_target(y, sample_weight=[8, 1, 2, 4], groups=[0, 1, 2, 1])
    some = whole.take(slice(1, 3))
    assert (len(some), some.row_labels.tolist(), some.groups.tolist()) == (2, ["b", "c"], [1, 2])
    assert some.weight.tolist() == [1.0, 2.0]
    assert some.total_weight == 3
    np.testing.assert_allclose(some.prior, [1 / 3, 2 / 3])


def test_a_target_is_that_of_all_models_and_cannot_be_changed():
    target = Target(Classes(("a", "b")), np.array([0, 1, 1]), np.array([0.5, 1.0, 0.5]))
    with pytest.raises(FrozenInstanceError):
        target.weight = None


def test_logits_of_all_models_by_name():
    logits = {"a": [[2.0, 0.0], [0.0, 1.0]], "b": [[1.0, 0.0], [0.0, 3.0]]}
    argument = {name: f"predictions[{name!r}]" for name in logits}
    assert names_of_logits(["a", "b"], argument) == list(argument.values())
    assert names_of_logits({"b"}, argument) == ["predictions['b']"]
    assert names_of_logits([], argument) == []
    for unknown in (["c"], [["a"]], "a", 1, None):
        with pytest.raises(ValueError, match=r"of \['a', 'b'\]; got ") as caught:
            names_of_logits(unknown, argument)
        assert repr(unknown) in str(caught.value)
