import numpy as np
import pandas as pd
import pytest

from sklearn_xent.inputs.alignment import RowsOf, check_rows, counts_rows


def rows(name, index=None, n=3):
    data = np.zeros(n) if index is None else pd.Series(np.zeros(len(index)), index=index)
    return RowsOf(name, data)


def arguments(indexes):
    kept = (type(None), range)
    return [rows(str(i), x if isinstance(x, kept) else list(x)) for i, x in enumerate(indexes)]


@pytest.mark.parametrize(
    "indexes",
    [
        [None, None],
        [None, "cab"],
        ["cab", "cab"],
        ["cab", range(3)],
        [range(3), "cab", None, "cab"],
        [[5, 7, 9], range(3)],
    ],
)
def test_rows_that_agree(indexes):
    check_rows(arguments(indexes))


@pytest.mark.parametrize(
    ("indexes", "message"),
    [
        (["abc", "cab"], "0 and 1 have the same index in another order; row 0 is 'a' in one"),
        (["abc", "abd"], "0 and 1 have different indexes; row 2 is 'c' in one and 'd' in the"),
        ([range(3), [2, 0, 1]], "the same index in another order"),
        ([None, "abc", "cab"], "1 and 2 have the same index in another order"),
        ([range(3), "abc", "cab"], "1 and 2 have the same index in another order"),
        ([[1, "a", 2], ["a", 1, 2]], "the same index in another order"),
        ([[pd.NA, 1, 2], [1, pd.NA, 2]], "the same index in another order"),
        ([[2.0, 0.0, 1.0], range(3)], "the same index in another order"),
    ],
)
def test_rows_that_do_not(indexes, message):
    with pytest.raises(ValueError, match=message):
        check_rows(arguments(indexes))


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="a and b must have as many rows; got 3 and 4"):
        check_rows([rows("a"), rows("b", n=4)])


def test_default_index():
    assert counts_rows(pd.RangeIndex(3))
    assert not counts_rows(pd.RangeIndex(1, 4))
    assert not counts_rows(pd.Index([0, 1, 2]))
    assert not counts_rows(None)
