from collections import Counter, defaultdict
from functools import partial

import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.weights import (
    GREATEST_WEIGHT,
    LEAST_WEIGHT,
    class_frequencies,
    combine_weights,
    read_weights,
)

CLASSES = Classes(("a", "b"))
Y = np.array([0, 0, 0, 1])


def combined(sample_weight=None, class_weight=None, y=Y):
    return combine_weights(read_weights(sample_weight), class_weight, y, CLASSES)


def test_no_weights():
    assert combined() is None


@pytest.mark.parametrize("scale", [1.0, LEAST_WEIGHT, GREATEST_WEIGHT / 4])
def test_weights_are_as_they_were_given(scale):
    weight = np.array([1.0, 2.0, 3.0, 0.0]) * scale
    np.testing.assert_array_equal(combined(weight), weight)


@pytest.mark.parametrize(("bound", "factor"), [(LEAST_WEIGHT, 0.5), (GREATEST_WEIGHT, 2)])
def test_sizes_up_to_the_bounds_are_taken_and_others_refused(bound, factor):
    assert combined([1, 0, 0, bound]).tolist() == [1, 0, 0, bound]
    assert combined(class_weight={"b": bound}).tolist() == [1, 1, 1, bound]
    size = np.nextafter(bound, bound * factor)
    with pytest.raises(ValueError, match=r"^sample_weight must be 0 or from .* in row 2\."):
        combined([1.0, 0.0, size, size])
    with pytest.raises(ValueError, match=r"^class_weight must be 0 or from .* for 'b'\."):
        combined(class_weight={"b": size})
    with pytest.raises(ValueError, match=r"^class_weight times sample_weight .* in row 3\."):
        combined([1.0, 0.0, 1.0, bound], {"b": factor})


def test_class_weights():
    np.testing.assert_array_equal(combined(class_weight={"b": 3}), [1, 1, 1, 3])
    np.testing.assert_array_equal(combined([1, 2, 3, 4], {"b": 3}), [1, 2, 3, 12])
    soft = np.array([[0.5, 0.5], [1.0, 0.0]])
    np.testing.assert_array_equal(combined(class_weight={"b": 3}, y=soft), [2, 1])


@pytest.mark.parametrize("weight", [None, [1.0, 2.0, 3.0, 4.0]])
def test_balanced_weights_of_soft_targets_follow_their_shares(weight):
    soft = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [1.0, 0.0]])
    proba = np.array([[0.6, 0.4], [0.7, 0.3], [0.2, 0.8], [0.9, 0.1]])
    shares = np.average(soft, axis=0, weights=weight)
    of_row = soft @ (1.0 / (2.0 * shares)) * (1.0 if weight is None else weight)
    expected = np.average((proba - soft)[:, 0] ** 2, weights=of_row)
    found = sx.brier_loss(soft, proba, class_weight="balanced", sample_weight=weight)
    assert found == pytest.approx(expected)


def test_a_class_weight_may_be_any_finite_number_in_range_only():
    for value in (np.inf, np.nan, -1.0):
        with pytest.raises(ValueError, match="class_weight must hold finite numbers"):
            sx.brier_loss([0, 1], [0.2, 0.7], class_weight={0: value})


def test_balanced_weights_are_those_of_scikit_learn():
    from sklearn.utils.class_weight import compute_class_weight

    expected = compute_class_weight("balanced", classes=np.array([0, 1]), y=Y)
    np.testing.assert_allclose(combined(class_weight="balanced"), expected[Y])


def test_a_class_that_does_not_occur_is_balanced_by_none():
    np.testing.assert_array_equal(combined(class_weight="balanced", y=np.zeros(4, int)), [1] * 4)


def test_too_little_to_balance():
    np.testing.assert_allclose(combined([1, 1, 1, 3.1e-100], "balanced"), [0.5, 0.5, 0.5, 1.5])
    with pytest.raises(ValueError, match="class 'b' weighs too little to be balanced"):
        combined([1, 1, 1, 2.9e-100], "balanced")


def test_frequencies():
    np.testing.assert_allclose(class_frequencies(Y, 3, None), [0.75, 0.25, 0])
    np.testing.assert_allclose(class_frequencies(Y, 2, np.array([1.0, 1, 1, 3])), [0.5, 0.5])


def test_the_rarest_class_that_can_be_balanced():
    proba = [[0.8, 0.2], [0.8, 0.2]]
    weight = {"sample_weight": [1, 1e-100], "class_weight": "balanced"}
    assert sx.brier_loss([0, 1], proba, **weight) == pytest.approx((0.2**2 + 0.8**2) / 2)


@pytest.mark.parametrize("kind", [Counter, partial(defaultdict, lambda: 3)])
def test_weights_that_would_be_made_up_are_refused(kind):
    with pytest.raises(ValueError, match=r"does not name the classes \['b'\]. Its default"):
        combined(class_weight=kind({"a": 2}))
    assert combined(class_weight=kind({"a": 2, "b": 3})).tolist() == [2, 2, 2, 3]
