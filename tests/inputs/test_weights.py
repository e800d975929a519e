import numpy as np
import pytest

from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.weights import class_frequencies, combine_weights, read_weights

CLASSES = Classes(("a", "b"))
Y = np.array([0, 0, 0, 1])


def combined(sample_weight=None, class_weight=None, y=Y):
    weight, exponent = combine_weights(read_weights(sample_weight), class_weight, y, CLASSES)
    assert weight is None or 0.5 <= weight.max() < 1
    return None if weight is None else np.ldexp(weight, exponent)


def test_no_weights():
    assert combined() is None


@pytest.mark.parametrize("scale", [1.0, 5e-324, 1e300])
def test_scaling_is_exact(scale):
    weight = np.array([1.0, 2.0, 3.0, 0.0]) * scale
    np.testing.assert_array_equal(combined(weight), weight)


def test_class_weights():
    np.testing.assert_array_equal(combined(class_weight={"b": 3}), [1, 1, 1, 3])
    np.testing.assert_array_equal(combined([1, 2, 3, 4], {"b": 3}), [1, 2, 3, 12])
    soft = np.array([[0.5, 0.5], [1.0, 0.0]])
    np.testing.assert_array_equal(combined(class_weight={"b": 3}, y=soft), [2, 1])


def test_balanced_weights_are_those_of_scikit_learn():
    from sklearn.utils.class_weight import compute_class_weight

    expected = compute_class_weight("balanced", classes=np.array([0, 1]), y=Y)
    np.testing.assert_allclose(combined(class_weight="balanced"), expected[Y])


def test_too_little_to_balance():
    with pytest.raises(ValueError, match="weighs too little to be balanced"):
        combined([1, 1, 1, 1e-310], "balanced")


def test_frequencies():
    np.testing.assert_allclose(class_frequencies(Y, 3, None), [0.75, 0.25, 0])
    np.testing.assert_allclose(class_frequencies(Y, 2, np.array([1.0, 1, 1, 3])), [0.5, 0.5])
