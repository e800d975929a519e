import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from joblib import Parallel, delayed

import sklearn_xent as sx
from sklearn_xent._messages import (
    collecting,
    is_number,
    listening,
    printable,
    read_whole,
    rewarn,
    shorten,
    shorten_all,
    warn,
)


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
    [
        (1, True),
        (0.5, True),
        (np.float32(1), True),
        (True, False),
        ("1", False),
        (None, False),
        (np.complex128(1), False),
    ],
)
def test_is_number(value, expected):
    assert is_number(value) is expected


def test_a_whole_number_is_returned_or_refused():
    assert [read_whole("n", x, 1) for x in (1, np.int8(7))] == [1, 7]
    assert type(read_whole("n", np.int8(7))) is int
    for bad in (0, 1.0, True, "3", None):
        with pytest.raises(ValueError, match=r"^n must be a whole number of at least 1; got"):
            read_whole("n", bad, 1)


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


def _texts(warned):
    return [(type(w), str(w)) for w in warned]


def _work(job):
    """What a worker does: it warns, directly and in an inner call that keeps its warnings."""
    with collecting() as caught:
        warn("of all jobs", sx.XentWarning)
        with listening() as heard:
            warn(f"of job {job % 2}", sx.LeverageWarning)
        assert len(heard) == 1
        warn("of all jobs", sx.LeverageWarning)
    return caught


OF_WORKERS = [
    (sx.XentWarning, "of all jobs"),
    (sx.LeverageWarning, "of job 0"),
    (sx.LeverageWarning, "of all jobs"),
    (sx.LeverageWarning, "of job 1"),
]


@pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
def test_warnings_of_workers_are_given_once_by_the_parent(backend):
    with warnings.catch_warnings(record=True) as shown, listening() as heard:
        warnings.simplefilter("always")
        parallel = Parallel(n_jobs=1 if backend == "sequential" else 2, backend=backend)
        answers = parallel(delayed(_work)(job) for job in range(4))
        assert not shown
        assert not heard
        rewarn(w for answer in answers for w in answer)
    assert _texts(w.message for w in shown) == OF_WORKERS
    assert _texts(heard) == OF_WORKERS
    assert {w.filename for w in shown} == {__file__}


def test_threads_do_not_hear_each_other():
    both_inside = threading.Barrier(2)

    def work(name):
        with collecting() as caught:
            both_inside.wait()
            warn(name, sx.XentWarning)
            both_inside.wait()
        return [str(w) for w in caught]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, "ab")) == [["a"], ["b"]]


def test_an_inner_parent_gives_its_warnings_to_the_outer_one():
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        with collecting() as outer:
            with collecting() as inner:
                warn("inner", sx.XentWarning)
            assert not outer
            rewarn(inner + inner)
        with pytest.raises(ZeroDivisionError), collecting():
            raise ZeroDivisionError
        assert not shown
        rewarn(outer)
    assert _texts(outer) == _texts(w.message for w in shown) == [(sx.XentWarning, "inner")]


def test_printable():
    assert (
        printable("a b\u00e9\u4e2d\U0001f469\u200d\U0001f52c")
        == "a b\u00e9\u4e2d\U0001f469\u200d\U0001f52c"
    )
    assert printable("a\tb\nc\r\u00a0d") == r"a\tb\nc\r\u00a0d"
    assert printable("\u5c71\u3000\u672c") == "\u5c71\u3000\u672c"
    assert printable("\u0645\u200c\u06cc") == "\u0645\u200c\u06cc"
    assert printable("a\u200db\u200c") == r"a\u200db\u200c"
    assert printable("\x1b\u202e\ud800\x00") == r"\u001b\u202e\ud800\u0000"
    assert printable(3) == "3"


ALIKE = ["\n", "\t", "\r", "\v", "\f", "\x00", "\x1b", "\x7f", "\x85", "\u00a0", "\u00ad", "\u2009",
         "\u200b", "\u200d", "\u2028", "\u2029", "\u202e", "\u2060", "\u2066", "\ufeff", "\ud800",
         "\U000e0041", " "]  # fmt: skip


def test_names_that_differ_print_differently():
    printed = [printable(f"a{c}b") for c in ALIKE]
    assert len({*printed, "ab"}) == len(ALIKE) + 1
    assert all(text.isprintable() for text in printed)


def test_warnings_cannot_steer_a_terminal():
    with warnings.catch_warnings(record=True, action="always") as shown, listening() as heard:
        warn("a\x1b[31m\u202e\ud800\nb", sx.XentWarning)
    for warning in (shown[0].message, heard[0]):
        assert str(warning) == r"a\u001b[31m\u202e\ud800\nb"
