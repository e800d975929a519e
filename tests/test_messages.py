import warnings

import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent._messages import is_number, shorten, shorten_all, warn


def test_shorten():
    assert shorten(np.int64(3)) == "3"
    assert shorten("x" * 100) == "'" + "x" * 56 + "..."
    assert shorten_all(range(9)) == "0, 1, 2, 3, 4, ... (9 in all)"


def test_warnings_are_in_the_name_of_the_caller():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn("directly", sx.XentWarning)
        sx.cross_entropy([0], [[0.0, 1.0]], labels=[0, 1])
        sx.skill_score("mse", [0], [[0.5, 0.5]], labels=[0, 1])
    assert [w.filename for w in caught] == [__file__] * 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, True), (0.5, True), (np.float32(1), True), (True, False), ("1", False), (None, False)],
)
def test_is_number(value, expected):
    assert is_number(value) is expected
