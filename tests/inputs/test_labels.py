import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sklearn_xent import _arrays
from sklearn_xent.inputs.labels import Classes, factorize, plain, read_labels


def vector(values, data=None):
    values = np.asarray(values)
    return factorize("y", values if data is None else data, values)


def test_encode_and_find():
    classes = Classes(("b", "a"))
    assert classes.encode(vector(["a", "b", "a"])).tolist() == [1, 0, 1]
    assert classes.find(vector(["a", "z"])).tolist() == [1, -1]
    assert Classes((0, 1, 2)).find(vector([2, 0, 7, -1])).tolist() == [2, 0, -1, -1]
    assert Classes((1, 2)).find(vector([1.0, 2.0, 1.5])).tolist() == [0, 1, -1]


def test_a_string_is_never_a_number():
    assert Classes((0, 1)).find(vector(["0", "1"])).tolist() == [-1, -1]


@pytest.mark.parametrize(
    "values",
    [
        np.array([3, 1, 3]),
        np.array([3, 1, 3], np.uint8),
        np.array([-5, 100, -5], np.int8),
        np.array([2**63 + 5, 2**63 + 3, 2**63 + 5], np.uint64),
        np.array([-(2**62), 2**62, 7]),
        np.array([True, False, True]),
        np.array([1.0, 2.0, 1.0]),
        np.array(["b", "a", "b"]),
        np.array(["b", "a", "b"], dtype=">U5"),
        np.array(["", "aa", "a"]),
        np.array(["x" * 50 + c for c in "abc"]),
        np.array(["".join(map(chr, range(40 + i, 90 + i))) for i in (0, 1, 0)]),
        np.array(["b", "a", "b", "c"])[::-2],
        np.array(["ab", "ba", "cc", "bb"])[::-2],
        np.array(["ab", "ba", "bb", "aa"]),
        np.array(["", "", ""]),
        np.array(["ab", "ba"], dtype=">U2"),
        np.array(["a" * 70, "b" * 70, "b" + "a" * 69, "a" + "b" * 69]),
        np.array(["b", 1, ("t", 2)], dtype=object),
        np.array([b"b", b"a", b"b"]),
        np.array(["2020", "2021"], "M8[s]"),
    ],
    ids=lambda values: f"{values.dtype}",
)
def test_codes_point_to_the_labels(values):
    got = vector(values)
    as_plain = [x.item() if isinstance(x, np.generic) else x for x in plain(values)]
    assert [got[row] for row in range(len(got))] == as_plain
    assert set(got.present) == set(as_plain)
    assert got.codes.dtype == np.intp


def test_integers_from_zero_are_their_own_codes():
    values = np.array([2, 0, 1])
    assert np.shares_memory(vector(values).codes, values)


@pytest.mark.parametrize("n_values", [3, 100_000])
def test_only_present_integers_are_present(n_values):
    values = np.array([0, n_values])
    assert vector(values).present == [0, n_values]


def test_a_label_that_occurs_after_many_rows_is_present(monkeypatch):
    monkeypatch.setattr(_arrays, "BUFFER_ROWS", 200)
    values = np.zeros(1000, dtype=int)
    values[-1] = 2
    got = vector(values)
    assert got.present == [0, 2]
    assert got.occurs.tolist() == [True, False, True]


def test_strings_of_many_characters_are_still_exact():
    """Each label differs from another in one of many places: no digits to hash by."""
    rng = np.random.default_rng(0)
    words = np.array(["".join(map(chr, rng.integers(33, 5000, 30))) for _ in range(50)])
    chosen = words[rng.integers(0, 50, 1000)]
    got = vector(chosen)
    assert [got[row] for row in range(1000)] == chosen.tolist()


def test_categories_that_do_not_occur_are_known():
    series = pd.Series(pd.Categorical(["b", "a"], categories=["c", "b", "a"]))
    got = factorize("y", series, np.asarray(series))
    assert got.closed
    assert got.distinct == ("c", "b", "a")
    assert got.present == ["b", "a"]


@pytest.mark.parametrize(
    ("labels", "order"),
    [((0, 1), None), (("b", "c", "a"), [2, 0, 1]), (("a", 1), None)],
)
def test_sorted_order(labels, order):
    got = Classes(labels).sorted_order()
    assert (None if got is None else got.tolist()) == order


def test_read_labels_gives_plain_values():
    labels = read_labels(np.array([3, 1]))
    assert labels == (3, 1)
    assert all(type(label) is int for label in labels)


def test_labels_of_other_libraries_become_plain_values():
    for labels in (pa.array([3, 1]), pa.chunked_array([[3], [1]]), pl.Series([3, 1])):
        assert read_labels(labels) == (3, 1)


def test_counts():
    got = vector(["b", "a", "b"])
    assert got.counts(np.array([True, False, True])) == {"b": 2}
    assert got.counts(np.array([True, True, True])) == {"b": 2, "a": 1}


def test_order_is_known():
    assert Classes((0, 1)).order_is_known
    assert Classes(("b", "a"), chosen=True).order_is_known
    assert not Classes(("a", "b")).order_is_known
    assert not Classes((0, 2, 1)).order_is_known
    assert not Classes((0, "a")).order_is_known


def test_only_labels_given_twice_are_named():
    with pytest.raises(ValueError, match="got 'b' more than once"):
        Classes(("a", "b", "c", "b"))
