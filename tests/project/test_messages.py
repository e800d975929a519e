import warnings

import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent._messages import is_number, listening, printable, shorten, shorten_all, warn


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


def test_listening_hears_what_is_not_shown():
    with warnings.catch_warnings(), listening() as outer:
        warnings.simplefilter("ignore")
        warn("one", sx.XentWarning)
        with listening() as inner:
            warn("two", sx.LeverageWarning)
        warn("three", sx.XentWarning)
    assert [str(w) for w in outer] == ["one", "three"]
    assert [type(w) for w in inner] == [sx.LeverageWarning]
    with pytest.warns(sx.XentWarning, match="four"):
        warn("four", sx.XentWarning)
    assert len(outer) == 2


def test_printable():
    assert (
        printable("a b\u00e9\u4e2d\U0001f469\u200d\U0001f52c")
        == "a b\u00e9\u4e2d\U0001f469\u200d\U0001f52c"
    )
    assert printable("a\tb\nc\u00a0d") == "a b c d"
    assert printable("\x1b\u202e\ud800\x00") == r"\u001b\u202e\ud800\u0000"
    assert printable(3) == "3"
