import numpy as np
import pytest

from sklearn_xent import _labels
from sklearn_xent._labels import Classes


def test_encode_and_find():
    classes = Classes(("b", "a"))
    assert classes.encode("y", np.array(["a", "b", "a"])).tolist() == [1, 0, 1]
    assert classes.find(np.array(["a", "z"])).tolist() == [1, -1]
    assert Classes((0, 1, 2)).find(np.array([2, 0, 7, -1])).tolist() == [2, 0, -1, -1]
    assert Classes((1, 2)).find(np.array([1.0, 2.0, 1.5])).tolist() == [0, 1, -1]


def test_a_string_is_never_a_number():
    assert Classes((0, 1)).find(np.array(["0", "1"])).tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("labels", "order"),
    [((0, 1), None), (("b", "c", "a"), [2, 0, 1]), (("a", 1), None)],
)
def test_sorted_order(labels, order):
    got = Classes(labels).sorted_order()
    assert (None if got is None else got.tolist()) == order


def test_read_labels_gives_plain_values():
    labels = _labels.read_labels(np.array([3, 1]))
    assert labels == (3, 1)
    assert all(type(label) is int for label in labels)


def test_shorten():
    assert _labels.shorten(np.int64(3)) == "3"
    assert _labels.shorten("x" * 100) == "'" + "x" * 56 + "..."
    assert _labels.shorten_all(range(9)) == "0, 1, 2, 3, 4, ... (9 in all)"


def test_count():
    assert _labels.count(np.array(["b", "a", "b"])) == {"b": 2, "a": 1}
