"""What is no array, what numpy would read otherwise, and advice for the right argument."""

from collections import deque, namedtuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import sklearn_xent as sx

duckdb = pytest.importorskip("duckdb", reason="a relation of duckdb is one of the inputs")

Y = ["no", "yes", "yes"]
NO, YES = np.array([0.3, 0.2, 0.1]), np.array([0.7, 0.8, 0.9])
P = np.column_stack([NO, YES])
LOSSES = -np.log(P[range(3), [0, 1, 1]])
Columns = namedtuple("Columns", "no yes")
Row = namedtuple("Row", "no yes")


def losses_of(y_proba, y_true=Y, **options):
    return sx.cross_entropy(y_true, y_proba, labels=["no", "yes"], reduction="none", **options)


REFUSED = {
    "a named tuple of columns": (Columns(NO, YES), "is a named tuple of columns, 'no', 'yes'"),
    "of Series": (Columns(pd.Series(NO), pd.Series(YES)), "numpy would read as rows"),
    "of lists": (Columns([0.3, 0.2], [0.7, 0.8]), "is a named tuple of columns"),
    "a dict": ({"no": NO, "yes": YES}, "got a dict with the keys 'no', 'yes'"),
    "values of a dict": ({"yes": YES}.values(), "got a dict_values"),
    "keys of a dict": ({0.1: 1}.keys(), "got a dict_keys"),
    "a generator": ((row for row in P), "got a generator: .* Pass a list"),
    "a zip": (zip(NO, YES, strict=True), "got a zip"),
    "a set": ({0.1, 0.2}, "got a set"),
    "a string": ("0.1", "got a str: '0.1'. If it names a column"),
    "bytes": (b"\x01\x02", "got a bytes"),
    "columns of one name": (pa.table([NO, YES], names=["x", "x"]), "several columns 'x'"),
    "a relation": (
        duckdb.sql("select 0.3 as no, 0.7 as yes"),
        "columns of this DuckDBPyRelation .* Pass .*\\.df\\(\\)",
    ),
}


@pytest.mark.parametrize(("given", "message"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("name", ["y_proba", "sample_weight"])
def test_what_is_no_array_is_refused_with_the_fix(name, given, message):
    arguments = {"y_proba": P, name: given} if name == "sample_weight" else {"y_proba": given}
    if isinstance(given, type(zip())):
        arguments[name] = zip(NO, YES, strict=True)
    with pytest.raises(ValueError, match=f"{name}:? .*{message}"):
        losses_of(**arguments)


@pytest.mark.parametrize("given", [set(Y), {"no": 1, "yes": 2}, iter(Y), "no", {"a": 1}.keys()])
def test_labels_that_are_no_array(given):
    with pytest.raises(ValueError, match="y_true must be an array; got a"):
        losses_of(P, given)


ACCEPTED = {
    "rows as named tuples": [Row(*row) for row in P.tolist()],
    "a tuple of rows": tuple(map(tuple, P)),
    "a deque": deque(YES),
    "an index": pd.Index(YES),
    "a memoryview": memoryview(YES),
    "columns of pandas of one name": pd.DataFrame(P, columns=["x", "x"]),
    "a named tuple of the rows' probabilities": namedtuple("P", "a b c")(*YES),
    "two columns as a frame": pd.DataFrame(Columns(NO, YES)._asdict()),
    "stacked": np.column_stack(Columns(NO, YES)),
}


@pytest.mark.parametrize("given", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_an_array_still_is(given):
    np.testing.assert_allclose(losses_of(given), LOSSES)


def test_advice_is_for_the_argument_that_it_is_about():
    cube = np.ones((3, 1, 2))
    for call in (
        lambda: losses_of(P, sample_weight=cube),
        lambda: sx.skill_score("mse", Y, P, reference=cube),
        lambda: sx.compare_predictions(Y, {"a": P}, groups=cube),
        lambda: sx.confidence_sequence(cube),
    ):
        with pytest.raises(ValueError, match="shape") as caught:
            call()
        assert "multilabel" not in str(caught.value)
        assert "class probabilities" not in str(caught.value)
    with pytest.raises(ValueError, match="multilabel"):
        losses_of(cube)
    for targets in ([[1, 1]] * 3, [[-1, 2]] * 3, [[np.nan, 1]] * 3):
        with pytest.raises(ValueError, match="for multilabel targets") as caught:
            losses_of(P, targets)
        assert "from_logits" not in str(caught.value)


# --- equal indexes of unlike types -------------------------------------------------------------

DATES = pd.date_range("2020-01-01", periods=3)
EQUAL = {
    "int64 and Int64": ([5, 6, 7], pd.array([5, 6, 7], dtype="Int64")),
    "uint8 and Int32": (np.array([5, 6, 7], np.uint8), pd.array([5, 6, 7], dtype="Int32")),
    "int and Arrow": ([5, 6, 7], pd.array([5, 6, 7], dtype="int64[pyarrow]")),
    "UTC and Berlin": (
        DATES.tz_localize("UTC"),
        DATES.tz_localize("UTC").tz_convert("Europe/Berlin"),
    ),
    "units": (DATES.as_unit("s"), DATES.as_unit("ns")),
    "dates and Arrow": (DATES, pd.array(DATES, dtype="timestamp[ns][pyarrow]")),
    "missing labels": ([np.nan, 1.0, 2.0], pd.array([pd.NA, 1, 2], dtype="Int64")),
    "strings": (np.array(["a", "b", "c"], object), pd.array(["a", "b", "c"], dtype="string")),
}
UNEQUAL = {
    "swapped": ([5, 6, 7], pd.array([7, 6, 5], dtype="Int64"), "another order; row 0 is 5"),
    "shifted": ([5, 6, 7], pd.array([5, 6, 8], dtype="Int64"), "different indexes; row 2 is 7"),
    "numbers and texts": ([5, 6, 7], ["5", "6", "7"], "different indexes"),
    "no zone": (DATES, DATES.tz_localize("UTC"), "different indexes"),
    "an hour off": (DATES.tz_localize("UTC"), DATES.tz_localize("Europe/Berlin"), "different"),
    "missing elsewhere": ([np.nan, 1.0], pd.array([1, pd.NA], dtype="Int64"), "another order"),
}


@pytest.mark.parametrize(("a", "b"), EQUAL.values(), ids=EQUAL)
def test_equal_indexes_match_whatever_their_types(a, b):
    for left, right in ((a, b), (b, a)):
        y, p = pd.Series(Y, index=pd.Index(left)), pd.DataFrame(P, index=pd.Index(right))
        np.testing.assert_allclose(losses_of(p, y), LOSSES)


@pytest.mark.parametrize(("a", "b", "message"), UNEQUAL.values(), ids=UNEQUAL)
def test_unequal_indexes_do_not(a, b, message):
    n = len(a)
    with pytest.raises(ValueError, match=message):
        losses_of(pd.DataFrame(P[:n], index=pd.Index(b)), pd.Series(Y[:n], index=pd.Index(a)))
