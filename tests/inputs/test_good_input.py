"""What may be passed, one row a case. The values are checked against mpmath at 50 digits."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import sklearn_xent as sx
from tests.support.exact_means import EXACT, INDEX, P2, P3, SAME, SURE, THREE, TWO, Plain, frame

GOOD = {
    "ints": ([0, 1], P2, {}, TWO),
    "negative labels": ([-1, 1], P2, {}, TWO),
    "floats": ([0.0, 1.0], P2, {}, TWO),
    "bools": ([False, True], P2, {}, TWO),
    "one class of bools": ([True, True], P2, {}, SAME),
    "strings": (["a", "b"], P2, {}, TWO),
    "numpy strings": (np.array(["a", "b"]), P2, {}, TWO),
    "bytes": ([b"a", b"b"], P2, {}, TWO),
    "datetimes": (pd.to_datetime(["2020", "2021"]), P2, {}, TWO),
    "numpy datetimes": (np.array(["2020", "2021"], "M8[D]"), P2, {}, TWO),
    "datetimes and labels": (
        np.array(["2021", "2021"], "M8[ns]"),
        P2,
        {"labels": np.array(["2020", "2021"], "M8[ns]")},
        SAME,
    ),
    "tuples": (pd.Series([("x", 1), ("y", 2)]), P2, {}, TWO),
    "tuples with labels": (
        pd.Series([("x", 1), ("y", 2)]),
        [[0.25, 0.75], [0.75, 0.25]],
        {"labels": [("y", 2), ("x", 1)]},
        TWO,
    ),
    "mixed types with labels": ([1, "b"], P2, {"labels": [1, "b"]}, TWO),
    "huge ints": ([2**62, 2**63 - 1], P2, {}, TWO),
    "ints beyond 64 bits": ([2**70, 2**80], P2, {}, TWO),
    "nullable ints": (pd.Series([0, 1], dtype="Int64"), P2, {}, TWO),
    "nullable bools": (pd.Series([False, True], dtype="boolean"), P2, {}, TWO),
    "pandas strings": (pd.Series(["a", "b"], dtype="string"), P2, {}, TWO),
    "categorical": (pd.Series(["a", "b"], dtype="category"), P2, {}, TWO),
    "unused category": (
        pd.Series(["a", "b"], dtype=pd.CategoricalDtype(["a", "b", "c"])),
        [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]],
        {},
        THREE,
    ),
    "column of labels": ([[0], [1]], P2, {}, TWO),
    "one-column frame of labels": (frame([[0], [1]]), P2, {}, TWO),
    "unsorted labels": ([0, 1], [[0.25, 0.75], [0.75, 0.25]], {"labels": [1, 0]}, TWO),
    "labels of more classes": ([0, 1], P3[:2], {"labels": [0, 1, 2]}, THREE),
    "soft targets": ([[1, 0], [0, 1]], P2, {}, TWO),
    "single class with labels": ([1, 1], P2, {"labels": [0, 1]}, SAME),
    "one column": ([0, 1], [0.25, 0.75], {}, TWO),
    "one column, two-dimensional": ([0, 1], [[0.25], [0.75]], {}, TWO),
    "one column of strings": (["n", "y"], [0.25, 0.75], {"labels": ["n", "y"]}, TWO),
    "one column, greater first": (["n", "y"], [0.75, 0.25], {"labels": ["y", "n"]}, TWO),
    "float16": ([0, 1], np.array(P2, "f2"), {}, TWO),
    "float32": ([0, 1], np.array(P2, "f4"), {}, TWO),
    "longdouble": ([0, 1], np.array(P2, "g"), {}, TWO),
    "big-endian": ([0, 1], np.array(P2, ">f8"), {}, TWO),
    "integer certainty": ([0, 1], [[1, 0], [0, 1]], {}, SURE),
    "boolean certainty": ([0, 1], np.eye(2, dtype=bool), {}, SURE),
    "objects": ([0, 1], np.array(P2, dtype=object), {}, TWO),
    "strided": ([0, 1], np.repeat(np.array(P2), 2, axis=1)[:, ::2], {}, TWO),
    "Fortran order": ([0, 1], np.asfortranarray(P2), {}, TWO),
    "matrix of numpy": ([0, 1], np.asmatrix(P2), {}, TWO),
    "unmasked": ([0, 1], np.ma.array(P2), {}, TWO),
    "negative zero": ([0, 1], [[1.0, -0.0], [-0.0, 1.0]], {}, SURE),
    "rounding below zero": ([0, 1], [[1.0, -1e-17], [0.0, 1.0]], {}, SURE),
    "rounding above one": ([0, 1], [[1 + 2**-52, 0.0], [0.0, 1.0]], {}, SURE),
    "rounding of the sum": (
        [0, 1],
        [[0.75 + 9e-7, 0.25], [0.25, 0.75]],
        {},
        Plain([0, 1], [[0.75 + 9e-7, 0.25], [0.25, 0.75]]),
    ),
    "softmax in float32": (
        [0, 1],
        np.array([[0.75 + 3e-4, 0.25], [0.25, 0.75]], "f4"),
        {},
        Plain([0, 1], [[float(np.float32(0.75 + 3e-4)), 0.25], [0.25, 0.75]]),
    ),
    "frame by position": ([0, 1], frame(P2, ["left", "right"]), {}, TWO),
    "frame by name": (["a", "b"], frame([[0.25, 0.75], [0.75, 0.25]], ["b", "a"]), {}, TWO),
    "frame names more classes": (["a", "b"], frame(P3[:2], ["a", "b", "c"]), {}, THREE),
    "default columns and all classes": ([0, 1, 2], frame(P3), {}, Plain([0, 1, 2], P3)),
    "int8 in the middle": (
        np.array([-100, 0, 28, 100], np.int8),
        np.eye(4) * 0.6 + 0.1,
        {},
        Plain([0, 1, 2, 3], (np.eye(4) * 0.6 + 0.1).tolist()),
    ),
    "column named by its class": (["no", "yes"], pd.Series([0.25, 0.75], name="yes"), {}, TWO),
    "column of the other class": (["no", "yes"], pd.Series([0.75, 0.25], name="no"), {}, TWO),
    "column without a name": ([0, 1], pd.Series([0.25, 0.75], name=pd.NA), {}, TWO),
    "default columns do not": ([1, 2], frame(P2), {}, TWO),
    "frame and labels": (
        ["a", "b"],
        frame([[0.25, 0.75], [0.75, 0.25]], ["b", "a"]),
        {"labels": ["a", "b"]},
        TWO,
    ),
    "soft frames": (
        frame([[1, 0], [0, 1]], ["a", "b"]),
        frame([[0.25, 0.75], [0.75, 0.25]], ["b", "a"]),
        {},
        TWO,
    ),
    "nullable frame": ([0, 1], frame(P2).astype("Float64"), {}, TWO),
    "same index": (pd.Series([0, 1], INDEX), frame(P2, index=INDEX), {}, TWO),
    "index against none": (pd.Series([0, 1], INDEX), P2, {}, TWO),
    "index against default": (pd.Series([0, 1], INDEX), frame(P2), {}, TWO),
    "series of probabilities": ([0, 1], pd.Series([0.25, 0.75]), {}, TWO),
    "weights": (
        [0, 1],
        [[0.75, 0.25], [0.5, 0.5]],
        {"sample_weight": [1, 3]},
        Plain([0, 1], [[0.75, 0.25], [0.5, 0.5]], weight=[1, 3]),
    ),
    "weights, one zero": (
        [0, 1],
        [[1, 0], [0.5, 0.5]],
        {"sample_weight": [2, 0]},
        Plain([0], [[1, 0]]),
    ),
    "greatest weights": ([0, 1], P2, {"sample_weight": [1e100, 1e100]}, TWO),
    "column of the first class": (
        ["n", "y"],
        pd.Series([0.75, 0.25], name="n"),
        {"labels": ["n", "y"]},
        TWO,
    ),
    "column of the second class": (
        ["n", "y"],
        pd.Series([0.25, 0.75], name="y"),
        {"labels": ["n", "y"]},
        TWO,
    ),
    "tuples in a list": ([("x", 1), ("y", 2)], P2, {}, TWO),
    "a tuple among other labels": (
        [("x", 1), "b"],
        P2,
        {"labels": [("x", 1), "b"]},
        TWO,
    ),
    "one-column frame with an unused category": (
        frame({"y": pd.Categorical(["a", "b"], ["a", "b", "c"])}),
        P3[:2],
        {},
        THREE,
    ),
    "a list of dates": (
        [np.datetime64("2021", "ns")] * 2,
        P2,
        {"labels": np.array(["2020", "2021"], "M8[ns]")},
        SAME,
    ),
    "numbers of Python and of numpy": ([0, np.int64(1)], P2, {}, TWO),
    "numpy strings in a list": ([np.str_("a"), "b"], P2, {"labels": ["a", "b"]}, TWO),
    "dates in a list": (
        np.array(["2020", "2021"], "M8[ns]"),
        P2,
        {"labels": [np.datetime64("2020"), np.datetime64("2021")]},
        TWO,
    ),
    "soft array beside a frame": (
        np.array([[1, 0], [0, 1]]),
        frame([[0.25, 0.75], [0.75, 0.25]], [1, 0]),
        {},
        TWO,
    ),
    "class weights": (
        [0, 1],
        [[0.75, 0.25], [0.5, 0.5]],
        {"class_weight": {0: 3}},
        Plain([0, 1], [[0.75, 0.25], [0.5, 0.5]], weight=[3, 1]),
    ),
    "one row": ([1], [[0.5, 0.5]], {"labels": [0, 1]}, Plain([1], [[0.5, 0.5]])),
    "logits": (
        [0, 1],
        [[1.5, 0.25], [0, 2]],
        {"from_logits": True},
        Plain([0, 1], [[1.5, 0.25], [0, 2]], logits=True),
    ),
    "huge logits": ([0, 1], [[1e308, -1e308], [-1e308, 1e308]], {"from_logits": True}, SURE),
    "logit of -inf": ([0, 1], [[0, -np.inf], [-np.inf, 0]], {"from_logits": True}, SURE),
    "column of logits": (
        [0, 1],
        [-1.5, 3],
        {"from_logits": True},
        Plain([0, 1], [[0, -1.5], [0, 3]], logits=True),
    ),
    "polars": (
        pl.Series(["a", "b"]),
        pl.DataFrame({"b": [0.25, 0.75], "a": [0.75, 0.25]}),
        {},
        TWO,
    ),
    "polars categories": (pl.Series(["a", "b"], dtype=pl.Categorical), P2, {}, TWO),
    "arrow": (
        pa.chunked_array([["a"], ["b"]]),
        pa.table({"b": [0.25, 0.75], "a": [0.75, 0.25]}),
        {},
        TWO,
    ),
    "arrow in pandas": (
        pd.Series(["a", "b"], dtype="string[pyarrow]"),
        frame(P2).astype("double[pyarrow]"),
        {},
        TWO,
    ),
    "arrow ints in pandas": (pd.Series([0, 1], dtype="int64[pyarrow]"), P2, {}, TWO),
    "ordered categories": (
        pd.Categorical(["low", "high"], ["low", "high"], ordered=True),
        P2,
        {"labels": ["low", "high"]},
        TWO,
    ),
    "uint8": (np.array([0, 1], np.uint8), P2, {}, TWO),
    "int8 extremes": (np.array([-128, 127], np.int8), P2, {}, TWO),
    "uint64": (np.array([2**64 - 2, 2**64 - 1], np.uint64), P2, {}, TWO),
    "strings of unequal length": (np.array(["", "long"]), P2, {}, TWO),
    "every second string": (np.array(["a", "x", "b", "x"])[::2], P2, {}, TWO),
    "object strings": (np.array(["a", "b"], dtype=object), P2, {}, TWO),
    "integers and floats": ([0, 1.0], P2, {}, TWO),
    "labels as an array": ([0, 1], P2, {"labels": np.array([0, 1])}, TWO),
    "labels as a series": ([0, 1], P2, {"labels": pd.Series([0, 1])}, TWO),
    "labels as a range": ([0, 1], P2, {"labels": range(2)}, TWO),
    "labels given as floats": ([0, 1], P2, {"labels": [0.0, 1.0]}, TWO),
    "fractional labels, given": ([0.5, 1.5], P2, {"labels": [0.5, 1.5]}, TWO),
    "unseen class": ([0, 0], P3[:2], {"labels": [0, 1, 2]}, Plain([0, 0], P3[:2])),
    "soft and uncertain": (
        [[0.5, 0.5], [0.25, 0.75]],
        P2,
        {},
        Plain([[0.5, 0.5], [0.25, 0.75]], P2),
    ),
    "soft against one column": ([[1, 0], [0, 1]], [0.25, 0.75], {}, TWO),
    "soft series of names": (
        frame([[1, 0], [0, 1]], ["n", "y"]),
        pd.Series([0.75, 0.25], name="n"),
        {},
        TWO,
    ),
    "denormals": ([0, 1], [[1.0, 5e-324], [0.0, 1.0]], {}, SURE),
    "tiny but counted": (
        [0, 1],
        [[1e-15, 1.0], [0.5, 0.5]],
        {},
        Plain([0, 1], [[1e-15, 1.0], [0.5, 0.5]]),
    ),
    "row of zeros but one": ([0, 1], [[1, 0], [0.0, 1.0]], {}, SURE),
    "float16 softmax": (
        [0, 1],
        np.array([[0.7, 0.31], [0.3, 0.7]], "f2"),
        {},
        Plain(
            [0, 1], [[float(x) for x in row] for row in np.array([[0.7, 0.31], [0.3, 0.7]], "f2")]
        ),
    ),
    "float32 column": (
        [0, 1],
        np.array([0.3, 0.7], "f4"),
        {},
        Plain([0, 1], [[1 - float(np.float32(x)), float(np.float32(x))] for x in (0.3, 0.7)]),
    ),
    "memory map": ([0, 1], "memmap", {}, TWO),
    "read-only": ([0, 1], np.broadcast_to(np.array(P2), (2, 2)), {}, TWO),
    "unaligned": ([0, 1], "unaligned", {}, TWO),
    "one row backwards": ([0, 1], np.array(P2)[::-1, ::-1], {}, TWO),
    "logits of float16": (
        [0, 1],
        np.array([[60000, 0], [0, 60000]], "f2"),
        {"from_logits": True},
        SURE,
    ),
    "logits with an offset": (
        [0, 1],
        [[1001.5, 1000.25], [-1000, -998]],
        {"from_logits": True},
        Plain([0, 1], [[1.5, 0.25], [0, 2]], logits=True),
    ),
    "logits of three": (
        [2, 0, 1],
        [[0, 1, 2], [3, 1, -1], [0, 0.5, 0]],
        {"from_logits": True},
        Plain([2, 0, 1], [[0, 1, 2], [3, 1, -1], [0, 0.5, 0]], logits=True),
    ),
    "confidently wrong logits": (
        [0, 1],
        [[-40, 40], [50, -50]],
        {"from_logits": True},
        Plain([0, 1], [[-40, 40], [50, -50]], logits=True),
    ),
    "surely right logits": (
        [0, 1],
        [[50, 0], [0, 60]],
        {"from_logits": True},
        Plain([0, 1], [[50, 0], [0, 60]], logits=True),
    ),
    "weights with an index": (
        pd.Series([0, 1], INDEX),
        [[0.75, 0.25], [0.5, 0.5]],
        {"sample_weight": pd.Series([1, 3], INDEX)},
        Plain([0, 1], [[0.75, 0.25], [0.5, 0.5]], weight=[1, 3]),
    ),
    "weights of booleans": (
        [0, 1],
        [[0.75, 0.25], [0.5, 0.5]],
        {"sample_weight": [True, False]},
        Plain([0], [[0.75, 0.25]]),
    ),
    "least weights": (
        [0, 1],
        [[0.75, 0.25], [0.5, 0.5]],
        {"sample_weight": [1e-100, 3e-100]},
        Plain([0, 1], [[0.75, 0.25], [0.5, 0.5]], weight=[1, 3]),
    ),
    "balanced classes": (
        [0, 0, 0, 1],
        [[0.75, 0.25]] * 3 + [[0.5, 0.5]],
        {"class_weight": "balanced"},
        Plain([0, 1], [[0.75, 0.25], [0.5, 0.5]]),
    ),
    "ties": (
        [0, 1],
        [[0.5, 0.5], [0.5, 0.5]],
        {},
        Plain([0, 1], [[0.5, 0.5], [0.5, 0.5]]),
    ),
}


def special(y_proba, folder):
    """Arrays that need a place to live."""
    if isinstance(y_proba, str) and y_proba == "memmap":
        np.array(P2).tofile(folder / "p2")
        return np.memmap(folder / "p2", dtype=np.float64, mode="r", shape=(2, 2))
    if isinstance(y_proba, str) and y_proba == "unaligned":
        packed = np.zeros(2, dtype=np.dtype([("pad", "u1"), ("p", "f8", 2)]))
        packed["p"] = P2
        return packed["p"]
    return y_proba


@pytest.mark.parametrize(("metric", "exact"), EXACT, ids=[name for _, name in EXACT])
@pytest.mark.parametrize("case", GOOD)
def test_good_input(case, metric, exact, tmp_path):
    y_true, y_proba, options, plain = GOOD[case]
    value = metric(y_true, special(y_proba, tmp_path), **options)
    assert value == pytest.approx(plain.mean(exact), rel=1e-15, abs=1e-300)


def test_many_classes():
    k = 100_000
    proba = np.full((2, k), 1 / k)
    assert sx.cross_entropy([5, 99_999], proba, labels=range(k)) == pytest.approx(math.log(k))
