"""What a user passes: the value, or the error that helps. One row a case.

The values are checked against mpmath at 50 digits.
"""

import math
import warnings
from dataclasses import FrozenInstanceError, dataclass

import mpmath
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse

import sklearn_xent as sx
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.validation import Target, names_of_logits, validate_target

P2 = [[0.75, 0.25], [0.25, 0.75]]
P3 = [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]]
INDEX = pd.Index([7, 3])


@dataclass
class Plain:
    """The problem an input stands for: codes or target rows, rows of predictions, weights."""

    y: list
    rows: list
    logits: bool = False
    weight: list | None = None

    def mean(self, loss):
        with mpmath.workdps(50):
            weight = self.weight or [1] * len(self.y)
            values = [self.value(loss, y, row) for y, row in zip(self.y, self.rows, strict=True)]
            total = mpmath.fsum(w * v for w, v in zip(weight, values, strict=True))
            return float(total / sum(weight))

    def value(self, loss, y, row):
        row, k = [mpmath.mpf(x) for x in row], len(row)
        if self.logits:
            exps = [mpmath.exp(z) for z in row]
            row = [e / mpmath.fsum(exps) for e in exps]
        target = [mpmath.mpf(x) for x in (y if isinstance(y, list) else np.eye(k)[y].tolist())]
        if loss == "error":
            return 1 - target[max(range(k), key=row.__getitem__)]
        if loss == "brier":
            squares = mpmath.fsum((p - t) ** 2 for p, t in zip(row, target, strict=True))
            return squares / 2 if k == 2 else squares
        floor = 0 if self.logits else mpmath.mpf(2) ** -52
        costs = [t * -mpmath.log(max(p, floor)) for p, t in zip(row, target, strict=True) if t]
        return mpmath.fsum(costs)


TWO = Plain([0, 1], P2)
THREE = Plain([0, 1], P3[:2])
SAME = Plain([1, 1], P2)
SURE = Plain([0, 1], [[1, 0], [0, 1]])


def frame(values, columns=None, index=None):
    return pd.DataFrame(values, columns=columns, index=index)


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
        [[0.25, 0.75], [0.75, 0.25]],  # sorted: high, low
        {},
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

EXACT = [
    (sx.classification_error, "error"),
    (sx.brier_loss, "brier"),
    (sx.cross_entropy, "xent"),
]


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


def with_value(value, row=1, k=2):
    out = np.array(P2 if k == 2 else P3)
    out[row, 0] = value
    return out


BAD = {
    "rows that do not sum to one": (
        [2, 1, 0],
        [[0.3, 0.3, 0.399], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]],
        {},
        "y_proba: 1 of 3 rows do not sum to 1 (tolerance 1e-06); row 0 sums to 0.999. "
        "Renormalise the rows, or pass from_logits=True for unnormalised scores.",
    ),
    "all-zero row": ([0, 1], [[0, 0], [0, 1]], {}, "row 0 sums to 0."),
    "nan": ([0, 1], with_value(np.nan), {}, "1 of 2 rows hold nan; first nan in row 1. Drop"),
    "inf": ([0, 1], with_value(np.inf), {}, "rows hold inf; first inf in row 1"),
    "above one": ([0, 1], with_value(1.5), {}, "outside [0, 1]; first 1.5 in row 1"),
    "below zero": ([0, 1], with_value(-0.1), {}, "first -0.1 in row 1"),
    "percentages": ([0, 1], np.array(P2) * 100, {}, "look like percentages: divide by 100"),
    "log-probabilities": ([0, 1], np.log(P2), {}, "log-probabilities: pass from_logits=True"),
    "logits": ([0, 1], [[3.0, -1.0], [0.0, 2.0]], {}, "Pass from_logits=True if they are logits"),
    "nan in one column": ([0, 1], [np.nan, 0.5], {}, "y_proba: 1 of 2 rows hold nan"),
    "None in objects": ([0, 1], [[None, 1.0], [0.0, 1.0]], {}, "hold nan; first nan in row 0"),
    "NA in a nullable frame": (
        [0, 1],
        frame([[pd.NA, 1.0], [0.0, 1.0]]).astype("Float64"),
        {},
        "hold nan; first nan in row 0",
    ),
    "sparse": ([0, 1], sparse.csr_matrix(P2), {}, "must be dense; got a sparse matrix"),
    "masked": (
        [0, 1],
        np.ma.array(P2, mask=[[0, 0], [1, 0]]),
        {},
        "must not hold masked values; first in row 1",
    ),
    "strings": ([0, 1], [["a", "b"], ["c", "d"]], {}, "must hold real numbers; got dtype <U1"),
    "string objects": (
        [0, 1],
        np.array([["0.5", 0.5], [0.5, 0.5]], object),
        {},
        "must hold real numbers; got the string '0.5'",
    ),
    "complex": ([0, 1], np.array(P2) + 0j, {}, "got dtype complex128"),
    "three-dimensional": ([0, 1], [P2, P2], {}, "For multilabel or multi-output predictions"),
    "ragged": ([0, 1], [[0.5, 0.5], [1.0]], {}, "y_proba must hold real numbers"),
    "empty": ([], [], {}, "not empty; got shape (0,)"),
    "too few rows": ([0, 1, 1], P2, {}, "must have as many rows; got 3 and 2"),
    "too few classes": (
        [0, 1],
        P3[:2],
        {},
        "has columns for 3 classes, but y_true holds 2: [0, 1]",
    ),
    "too many classes": ([0, 1, 2], [*P2, P2[0]], {}, "columns for 2 classes, but y_true holds 3"),
    "single class": ([1, 1], P2, {}, "Pass labels=[...], one for each column"),
    "single class, one column": ([1, 1], [0.5, 0.5], {}, "Pass labels=[...]"),
    "labels too short": ([0, 1], P3[:2], {"labels": [0, 1]}, "but there are 2: [0, 1]"),
    "duplicate labels": ([0, 1], P2, {"labels": [0, 0]}, "got 0 more than once"),
    "labels as a string": ([0, 1], P2, {"labels": "ab"}, "labels must list the classes"),
    "missing label in labels": ([0, 1], P2, {"labels": [0, None]}, "got None at position 1"),
    "unhashable label": ([0, 1], P2, {"labels": [[0], [1]]}, "must be hashable"),
    "unknown label": (
        ["a", "z"],
        P2,
        {"labels": ["a", "b"]},
        "1 of 2 labels are not among the classes ['a', 'b']; first 'z' in row 1",
    ),
    "unknown label of another type": (
        [0, 1],
        P2,
        {"labels": ["0", "1"]},
        "first 0 in row 0. Pass every class as labels=[...], of the type that y_true holds",
    ),
    "unknown int": ([0, 5], P2, {"labels": [0, 1]}, "first 5 in row 1"),
    "mixed types": ([1, "b"], P2, {}, "labels of the types int, str have no common order"),
    "mixed types of numpy": (
        [np.int8(1), np.str_("b")],
        P2,
        {},
        "labels of the types int, str have no common order",
    ),
    "unknown label of numpy": ([np.str_("a"), 5], P2, {"labels": ["b", 5]}, "first 'a' in row 0"),
    "regression target of two kinds": (
        [0.3, np.float64(1.7)],
        P2,
        {},
        "got fractional numbers, first 0.3 in row 0",
    ),
    "None among labels": (["a", None], P2, {}, "1 of 2 labels are missing; first None in row 1"),
    "nan among labels": ([0.0, np.nan], P2, {}, "labels are missing; first nan in row 1"),
    "NA among labels": (pd.Series([0, None], dtype="Int64"), P2, {}, "labels are missing"),
    "missing category": (pd.Series(["a", None], dtype="category"), P2, {}, "labels are missing"),
    "masked labels": (np.ma.array([0, 1], mask=[0, 1]), P2, {}, "masked values; first in row 1"),
    "regression target": ([0.3, 1.7], P2, {}, "got fractional numbers, first 0.3 in row 0"),
    "strings in one column": (
        ["n", "y"],
        [0.2, 0.8],
        {},
        "which of ['n', 'y'] it is would be a guess. Pass labels=[the other class, the class",
    ),
    "multilabel": ([[1, 1], [0, 1]], P2, {}, "for multilabel targets call once per label"),
    "soft targets off the simplex": (
        [[0.5, 0.4], [0, 1]],
        P2,
        {},
        "y_true: 1 of 2 rows do not sum",
    ),
    "columns swapped in text": (
        [0, 1],
        frame(P2, ["1", "0"]),
        {},
        "name some of the classes [0, 1] but not all as they are",
    ),
    "columns name some classes": (
        ["a", "b"],
        frame(P2, ["a", "x"]),
        {},
        "the columns of y_proba, ['a', 'x'], name some of the classes",
    ),
    "default columns, other labels": (
        [0, 1],
        frame(P2),
        {"labels": [1, 0]},
        "pass .to_numpy() and labels=[...] to match by position",
    ),
    "index in another order": (
        pd.Series([0, 1], INDEX),
        frame(P2, index=INDEX[::-1]),
        {},
        "have the same index in another order; row 0 is 7 in one and 3 in the other",
    ),
    "permuted default index": (
        pd.Series([0, 1], [1, 0]),
        frame(P2),
        {},
        "the same index in another order",
    ),
    "different indexes": (
        pd.Series([0, 1], INDEX),
        frame(P2, index=[7, 4]),
        {},
        "have different indexes; row 1 is 3 in one and 4 in the other. "
        "Align them: y_proba.loc[y_true.index]",
    ),
    "index of weights": (
        pd.Series([0, 1], INDEX),
        P2,
        {"sample_weight": pd.Series([1, 2], INDEX[::-1])},
        "y_true and sample_weight have the same index in another order",
    ),
    "negative weight": ([0, 1], P2, {"sample_weight": [1, -1]}, "first -1 in row 1"),
    "nan weight": ([0, 1], P2, {"sample_weight": [1, np.nan]}, "first nan in row 1"),
    "weights of zero": (
        [0, 1],
        P2,
        {"sample_weight": [0, 0]},
        "gives every sample a weight of zero",
    ),
    "weights of dates": (
        [0, 1],
        P2,
        {"sample_weight": pd.to_datetime(["2020", "2021"])},
        "sample_weight must hold real numbers; got dtype datetime64",
    ),
    "string frame": ([0, 1], frame(P2).astype(str), {}, "got the string '0.75'"),
    "dates in a frame": (
        [0, 1],
        frame({"a": [0.5, 0.5], "b": pd.to_datetime(["2020", "2021"])}),
        {},
        "got the date Timestamp",
    ),
    "endless number": ([0, 1], [[10**400, 0], [0, 1]], {}, "y_proba must hold real numbers; int"),
    "huge long double": ([0, 1], np.array([["1e4000", 0], [0, 1]], "g"), {}, "hold inf; first inf"),
    "logits not as a flag": (
        [0, 1],
        P2,
        {"from_logits": "yes"},
        "must be True or False; got 'yes'",
    ),
    "labels as one number": ([0, 1], P2, {"labels": np.array(3)}, "labels must list the classes"),
    "labels as a set": ([0, 1], P2, {"labels": {0, 1}}, "labels must list the classes"),
    "ragged labels": ([[0], [1, 2]], P2, {}, "y_true must be labels or a matrix"),
    "unhashable labels": ([{}, {}], P2, {"labels": [0, 1]}, "must hold hashable class labels"),
    "sets as labels": (
        [frozenset([1]), frozenset([2])],
        P2,
        {},
        "labels of the types frozenset have no common order",
    ),
    "soft targets of another width": (
        np.eye(3)[:2],
        P2,
        {"labels": [0, 1]},
        "y_true has 3 columns",
    ),
    "twice the same column": (
        ["a", "b"],
        frame(P2, ["a", "a"]),
        {},
        "the columns of y_proba, ['a', 'a']",
    ),
    "one column named 0": (
        [0, 1],
        pd.Series([0.7, 0.2], name=0),
        {},
        "could be class 0 or no name",
    ),
    "default columns, a class missing": ([1, 2], frame(P3[:2]), {}, "Pass labels=[...]"),
    "one column named in text": ([0, 1], pd.Series([0.7, 0.2], name="0"), {}, "not its type"),
    "index of floats in another order": (
        pd.Series([0, 1], index=[1.0, 0.0]),
        pd.Series([0.1, 0.6]),
        {},
        "the same index in another order",
    ),
    "long double labels": (np.array([0.3, 1.7], "g"), P2, {}, "got fractional numbers"),
    "huge weight": (
        [0, 1],
        P2,
        {"sample_weight": [1, 1.01e100]},
        "sample_weight must be 0 or from 1e-100 to 1e+100; 1 of 2 weights are not, first 1.01e+100 "
        "in row 1. Scale all weights by the same number, or give these a weight of zero.",
    ),
    "tiny weights": (
        [0, 1],
        P2,
        {"sample_weight": [5e-324, 9e-101]},
        "2 of 2 weights are not, first 4.94066e-324 in row 0",
    ),
    "huge class weight": (
        [0, 1],
        P2,
        {"class_weight": {0: 0, 1: 10**101}},
        "class_weight must be 0 or from 1e-100 to 1e+100; got 1000",
    ),
    "tiny class weight": (
        [0, 1],
        P2,
        {"class_weight": {1: 1e-101}},
        "got 1e-101 for 1. Scale the weights of all classes by the same number",
    ),
    "complex class weight": ([0, 1], P2, {"class_weight": {1: 1j}}, "got 1j for 1"),
    "weights whose product is huge": (
        [0, 1],
        P2,
        {"sample_weight": [1, 1e60], "class_weight": {1: 1e60}},
        "class_weight times sample_weight must be 0 or from 1e-100 to 1e+100; 1 of 2 weights are "
        "not, first 1e+120 in row 1.",
    ),
    "weights whose product is tiny": (
        [0, 1],
        P2,
        {"sample_weight": [1e-100, 1], "class_weight": {0: 0.5}},
        "1 of 2 weights are not, first 5e-101 in row 0",
    ),
    "a weight that class weights make tiny": (
        [[1, 0], [1e-200, 1]],
        P2,
        {"class_weight": {1: 0}},
        "class_weight must be 0 or from 1e-100 to 1e+100; 1 of 2 weights are not, first 1e-200 in",
    ),
    "a class too light to be balanced": (
        ["a", "b"],
        P2,
        {"sample_weight": [1e10, 1e-100], "class_weight": "balanced"},
        "class_weight: class 'b' weighs too little to be balanced, 1e-110 of all.",
    ),
    "class weight as text": ([0, 1], P2, {"class_weight": {0: "2"}}, "got '2' for 0"),
    "index of mixed types": (
        pd.Series([0, 1], index=[1, "a"]),
        frame(P2, index=["a", 1]),
        {},
        "the same index in another order",
    ),
    "five ulps above one": (
        [0, 1],
        [[1 + 5 * 2**-52, 0.0], [0.0, 1.0]],
        {},
        "first 1.000000000000001 in row 0",
    ),
    "two-dimensional weights": ([0, 1], P2, {"sample_weight": [[1], [2]]}, "of shape (n_samples,)"),
    "too few weights": ([0, 1], P2, {"sample_weight": [1]}, "as many rows; got 2 and 1"),
    "class weight of no class": ([0, 1], P2, {"class_weight": {5: 1}}, "class_weight names 5"),
    "negative class weight": ([0, 1], P2, {"class_weight": {0: -1}}, "not negative"),
    "class weights of zero": (
        [0, 1],
        P2,
        {"class_weight": {0: 0, 1: 0}},
        "class_weight gives every sample a weight of zero",
    ),
    "class weight as a list": ([0, 1], P2, {"class_weight": [1, 2]}, 'None, "balanced" or a dict'),
    "logit of nan": ([0, 1], with_value(np.nan), {"from_logits": True}, "hold nan"),
    "logit of inf": ([0, 1], with_value(np.inf), {"from_logits": True}, "a logit of +inf; first"),
    "logits all -inf": (
        [0, 1],
        [[-np.inf, -np.inf], [0, 0]],
        {"from_logits": True},
        "1 of 2 rows hold only -inf; first -inf in row 0. Give one class a finite logit.",
    ),
    "column logit of -inf": ([0, 1], [-np.inf, 0], {"from_logits": True}, "hold only -inf"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    y_true, y_proba, options, message = BAD[case]
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is asserted below
        sx.brier_loss(y_true, y_proba, **options)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("metric", [sx.classification_error, sx.brier_loss, sx.cross_entropy])
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_bad_input_of_every_metric(metric, reduction):
    with pytest.raises(ValueError, match="do not sum to 1"):
        metric([0, 1], [[0.5, 0.4], [0.5, 0.5]], reduction=reduction)


def test_error_late_in_a_large_matrix_names_its_row():
    proba = np.full((100_000, 2), 0.5)
    proba[77_777] = [0.5, 0.6]
    proba[99_999] = [0.5, 0.6]
    with pytest.raises(
        ValueError, match=r"2 of 100000 rows do not sum to 1.*row 77777 sums to 1.1"
    ):
        sx.cross_entropy(np.arange(100_000) % 2, proba)


def test_long_labels_are_cut_short():
    with pytest.raises(ValueError, match="not among the classes") as caught:
        sx.brier_loss(["x" * 10_000, "b"], P2, labels=["a", "b"])
    assert len(str(caught.value)) < 500


def test_many_classes():
    k = 100_000
    proba = np.full((2, k), 1 / k)
    assert sx.cross_entropy([5, 99_999], proba, labels=range(k)) == pytest.approx(math.log(k))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.eye(2), "y_true must be a vector of class labels here"),
        ([1, 1], r"y_true must hold at least two classes; got \[1\]"),
        ([1, 3], "labels are not among the classes"),
    ],
)
def test_a_target_alone(y, message):
    labels = [1, 2] if isinstance(y, list) and y != [1, 1] else None
    with pytest.raises(ValueError, match=message):
        validate_target(y, labels=labels)


def test_a_target_alone_with_weights_and_clusters():
    y = pd.Series(["b", "a", "b"], index=[5, 6, 7])
    target = validate_target(y, sample_weight=[4.0, 0.0, 1.0], groups=["x", "z", "x"])
    assert target.classes.labels == ("a", "b")
    assert target.y.tolist() == [1, 0, 1]
    assert target.weight.tolist() == [4.0, 0.0, 1.0]
    assert target.groups.tolist() == [0, 1, 0]
    assert target.row_labels.tolist() == [5, 6, 7]
    assert validate_target(y, labels=["b", "a"]).y.tolist() == [0, 1, 0]
    assert validate_target(y).groups is None


@pytest.mark.parametrize("option", ["sample_weight", "groups"])
def test_a_target_alone_fits_what_is_beside_it(option):
    with pytest.raises(ValueError, match=f"y_true and {option} must have as many rows; got 2 and"):
        validate_target([0, 1], **{option: [1, 2, 2]})
    with pytest.raises(ValueError, match="groups must name at least two clusters"):
        validate_target([0, 1], groups=[3, 3])


def test_some_samples_of_a_target():
    y = pd.Series([1, 0, 1, 0], index=list("abcd"))
    plain = validate_target(y.to_numpy()).take(np.array([3, 0]))
    assert (plain.y.tolist(), plain.weight, plain.groups) == ([0, 1], None, None)
    assert plain.row_labels.tolist() == [3, 0]
    assert plain.total_weight == 2
    whole = validate_target(y, sample_weight=[8, 1, 2, 4], groups=[0, 1, 2, 1])
    some = whole.take(slice(1, 3))
    assert (len(some), some.row_labels.tolist(), some.groups.tolist()) == (2, ["b", "c"], [1, 2])
    assert some.weight.tolist() == [1.0, 2.0]
    assert some.total_weight == 3
    np.testing.assert_allclose(some.prior, [1 / 3, 2 / 3])


def test_a_target_is_that_of_all_models_and_cannot_be_changed():
    target = Target(Classes(("a", "b")), np.array([0, 1, 1]), np.array([0.5, 1.0, 0.5]))
    with pytest.raises(FrozenInstanceError):
        target.weight = None


@pytest.mark.parametrize("option", ["y_pred", "sample_weight"])
def test_predicted_labels_have_as_many_rows(option):
    arguments = {"y_pred": [0, 1], option: [1, 0, 1]}
    with pytest.raises(ValueError, match=f"y_true and {option} must have as many rows; got 2 and"):
        sx.classification_error([0, 1], **arguments)


def test_logits_of_all_models_by_name():
    logits = {"a": [[2.0, 0.0], [0.0, 1.0]], "b": [[1.0, 0.0], [0.0, 3.0]]}
    argument = {name: f"predictions[{name!r}]" for name in logits}
    assert names_of_logits(["a", "b"], argument) == list(argument.values())
    assert names_of_logits({"b"}, argument) == ["predictions['b']"]
    assert names_of_logits([], argument) == []
    with pytest.raises(ValueError, match=r"of \['a', 'b'\]; got \['c'\]"):
        names_of_logits(["c"], argument)


@pytest.mark.parametrize("y_pred", [[], np.ma.array([0, 1], mask=[0, 1]), [[0, 1], [2]], 3])
def test_bad_predicted_labels(y_pred):
    with pytest.raises(ValueError, match=r"y_pred (must|and)"):
        sx.classification_error([0, 1], y_pred)


# --- junk -----------------------------------------------------------------------------------

ANY_LABEL = st.one_of(
    st.integers(-3, 3), st.integers(), st.floats(), st.text(max_size=2), st.booleans(), st.none(),
    st.binary(max_size=2), st.just(pd.NA), st.dates(), st.tuples(st.integers(0, 2)),
)  # fmt: skip
ANY_NUMBER = st.one_of(
    st.sampled_from([0.0, 1.0, 0.5, 0.25, -0.0, 1e-17, -1e-17, 1 + 2**-52, math.nan, math.inf]),
    st.floats(0, 1), st.floats(),
)  # fmt: skip
ANY_MATRIX = st.one_of(
    hnp.arrays(
        st.sampled_from([np.float16, np.float32, np.float64, np.int8, np.bool_]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    st.integers(1, 4).flatmap(
        lambda k: st.lists(st.lists(ANY_NUMBER, min_size=k, max_size=k), max_size=4)
    ),
    st.lists(st.lists(ANY_LABEL, max_size=3), max_size=3),
)
ANY_OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.one_of(st.lists(ANY_LABEL, max_size=4), st.just([0, 1]), ANY_LABEL),
        "sample_weight": st.one_of(st.lists(ANY_NUMBER, max_size=4), ANY_LABEL),
        "class_weight": st.one_of(
            st.dictionaries(st.integers(0, 2), ANY_NUMBER, max_size=3),
            st.sampled_from(["balanced", "other", 3]),
        ),
        "from_logits": st.booleans(),
        "reduction": st.sampled_from(["mean", "sum", "none", "other", None]),
    },
)


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
@pytest.mark.parametrize(("metric", "exact"), EXACT, ids=[name for _, name in EXACT])
@given(
    y=st.one_of(st.lists(ANY_LABEL, max_size=4), ANY_MATRIX), proba=ANY_MATRIX, options=ANY_OPTIONS
)
def test_junk_gives_a_number_or_our_error(metric, exact, y, proba, options):
    """Never an exception of numpy's or pandas' own, never a foreign warning, never nan."""
    message, value = None, 0.0
    try:
        value = metric(y, proba, **options)
    except ValueError as error:
        message = str(error)
    assert message is None or message.endswith((".", ")", "]"))
    assert not np.isnan(value).any()


@given(
    y=st.lists(st.integers(0, 2), min_size=1, max_size=5),
    eighths=st.data(),
    layout=st.sampled_from(["C", "F", "strided", "list", "frame", "float32", "column order"]),
    names=st.sampled_from([[0, 1, 2], ["a", "b", "c"], [1.0, 2.0, 3.0], [b"x", b"y", b"z"]]),
    weighted=st.booleans(),
)
def test_any_form_of_a_problem_is_exact(y, eighths, layout, names, weighted):
    row = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(sorted)
    cuts = [eighths.draw(row) for _ in y]
    proba = np.array([[a, b - a, 8 - b] for a, b in cuts]) / 8
    weight = [i + 1 for i in range(len(y))] if weighted else None
    given_as = {
        "C": proba,
        "F": np.asfortranarray(proba),
        "strided": np.repeat(proba, 2, axis=1)[:, ::2],
        "list": proba.tolist(),
        "frame": pd.DataFrame(proba),
        "float32": proba.astype(np.float32),
        "column order": proba[:, [2, 0, 1]],
    }[layout]
    labels = [names[i] for i in (2, 0, 1)] if layout == "column order" else names
    if layout == "frame":
        given_as.columns = names
    for metric, exact in EXACT:
        options = {"eps": 2**-52} if metric is sx.cross_entropy else {}
        expected = Plain(y, proba.tolist(), weight=weight).mean(exact)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sx.ZeroProbabilityWarning)
            value = metric(
                [names[i] for i in y], given_as, labels=labels, sample_weight=weight, **options
            )
        assert value == pytest.approx(expected, rel=1e-15, abs=1e-300)
