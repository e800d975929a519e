import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx
from sklearn_xent.inputs.alignment import put_in_order, resolve_classes, suspect_probabilities
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.predictions import Predictions, read_matrix
from sklearn_xent.inputs.validation import read_y_true

P = np.array([[0.75, 0.25], [0.25, 0.75]])


def predictions(values=P, columns=None):
    data = values if columns is None else pd.DataFrame(values, columns=columns)
    return Predictions(read_matrix("p", data))


@pytest.mark.parametrize(
    ("y", "columns", "labels", "chosen"),
    [
        (["a", "b"], [None], ("a", "b"), False),
        (["b", "a"], [["b", "a"]], ("a", "b"), False),
        (["b", "a"], [["b", "a"], ["b", "a"]], ("a", "b"), False),
        (["b", "a"], [["b", "a"], ["a", "b"]], ("a", "b"), False),
        (["b", "a"], [["b", "a"], None], ("a", "b"), False),
        (["b", "a"], [None, ["b", "a"]], ("a", "b"), False),
        (["b", "a"], [["x", "y"]], ("a", "b"), False),
        ([[0, 1], [1, 0]], [["b", "a"]], ("a", "b"), False),
        ([[0, 1], [1, 0]], [None], (0, 1), False),
    ],
)
def test_classes(y, columns, labels, chosen):
    classes = resolve_classes(read_y_true(y), [predictions(columns=c) for c in columns], None)
    assert (classes.labels, classes.chosen) == (labels, chosen)


def test_classes_without_an_order_have_none():
    with pytest.raises(ValueError, match="the types int, str have no common order"):
        resolve_classes(read_y_true(np.eye(2)), [predictions(columns=[1, "a"])], None)


def test_labels_are_chosen():
    classes = resolve_classes(read_y_true(["b", "a"]), [predictions()], ["b", "a"])
    assert (classes.labels, classes.chosen) == (("b", "a"), True)


def test_columns_follow_their_names():
    order = put_in_order(predictions(columns=["b", "a"]), Classes(("a", "b"))).order
    assert order is not None
    assert order.tolist() == [1, 0]
    assert put_in_order(predictions(columns=["x", "y"]), Classes(("a", "b"))).order is None


@pytest.mark.parametrize(("row", "suspect"), [([0.5, 0.5], True), ([0.5, 0.6], False)])
def test_probabilities_taken_as_logits_are_suspect(row, suspect):
    logits = Predictions(read_matrix("p", [row] * 3), from_logits=True)
    if suspect:
        with pytest.warns(sx.SuspectLogitsWarning, match="look like probabilities"):
            suspect_probabilities(logits)
    else:
        suspect_probabilities(logits)
