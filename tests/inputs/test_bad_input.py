"""What may not be passed, one row a case, and the error that says so."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from tests.support.exact_means import INDEX, P2, P3, frame


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
        "If they were rounded, pass normalize=True, which divides each row by its sum.",
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
    "masked rows of a list": (
        [0, 1],
        [np.array(P2[0]), np.ma.array(P2[1], mask=[0, 1])],
        {},
        "y_proba must not hold masked values; first in row 1. Drop these rows",
    ),
    "a masked label": ([0, np.ma.masked], P2, {}, "y_true must not hold masked values; first in"),
    "sparse labels": (sparse.csr_matrix([[0], [1]]), P2, {}, "y_true must be dense"),
    "sparse vector of labels": (sparse.coo_array([0, 1]), P2, {}, "Pass y_true.toarray()"),
    "sparse weights": ([0, 1], P2, {"sample_weight": sparse.coo_array([1, 2])}, "must be dense"),
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
    "three classes, one column": (
        [0, 1, 2],
        [0.1, 0.2, 0.3],
        {},
        "has one column, so two classes, but y_true holds 3",
    ),
    "columns that name too few classes": (
        ["a", "b", "c"],
        pd.DataFrame([*P2, P2[0]], columns=["a", "b"]),
        {},
        "has columns for 2 classes, ['a', 'b'], but y_true holds 3",
    ),
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
    "one column named in text": ([0, 1], pd.Series([0.7, 0.2], name="0"), {}, "its type is not"),
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
    "class weight of another word": (
        [0, 1],
        P2,
        {"class_weight": "balance"},
        'None, "balanced" or a dict',
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


@pytest.mark.parametrize("option", ["y_pred", "sample_weight"])
def test_predicted_labels_have_as_many_rows(option):
    arguments = {"y_pred": [0, 1], option: [1, 0, 1]}
    with pytest.raises(ValueError, match=f"y_true and {option} must have as many rows; got 2 and"):
        sx.classification_error([0, 1], **arguments)


@pytest.mark.parametrize("y_pred", [[], np.ma.array([0, 1], mask=[0, 1]), [[0, 1], [2]], 3])
def test_bad_predicted_labels(y_pred):
    with pytest.raises(ValueError, match=r"y_pred (must|and)"):
        sx.classification_error([0, 1], y_pred)


# --- junk -----------------------------------------------------------------------------------


ROWS = 40
LABELS = np.arange(ROWS) % 3 % 2
HARD = np.arange(ROWS) % 2


@pytest.mark.parametrize("loss", [sx.brier_loss, sx.cross_entropy])
@pytest.mark.parametrize("given", [HARD, HARD.astype(bool), HARD.tolist(), pd.Series(HARD)])
def test_labels_that_are_taken_for_probabilities_are_told(loss, given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.ZeroProbabilityWarning)
        with pytest.warns(sx.SuspectLabelsWarning, match="y_proba is a column of whole numbers"):
            expected = loss(LABELS, given)
        with pytest.warns(sx.SuspectLabelsWarning, match=r"predictions\['a'\] is a column"):
            sx.compare_predictions(LABELS, {"a": given, "b": HARD / 2 + 0.25})
        warnings.simplefilter("error", sx.SuspectLabelsWarning)
        assert loss(LABELS, np.asarray(given, dtype=float)) == expected
        logits = np.asarray(given, dtype=int)
        loss(LABELS, logits, from_logits=True)
        loss(LABELS[:5], HARD[:5])
        sx.classification_error(LABELS, given)
        sx.compare_predictions(LABELS, {"a": given, "b": 1 - HARD}, losses="error")


@pytest.mark.parametrize(
    ("column", "looks"),
    [
        (np.arange(ROWS) % 5, "look like labels, as predict returns"),
        (np.arange(ROWS), "look like numbers of rows: drop this column"),
        (np.random.default_rng(0).permutation(900)[:ROWS] + 0.0, "look like numbers of rows"),
        (np.linspace(0, 97.5, ROWS), "look like percentages: divide by 100"),
        (np.linspace(0, 97.5, ROWS).round(-1), "look like percentages: divide by 100"),
        (np.linspace(-4, 4, ROWS), "Pass from_logits=True if they are logits"),
        (np.linspace(0, 400, ROWS) + 0.5, "Pass from_logits=True if they are logits"),
        (np.linspace(0, 1.5, ROWS), "Pass from_logits=True if they are logits"),
    ],
)
def test_a_column_outside_its_range_is_told_by_what_it_looks_like(column, looks):
    for given in (column, column[:, None]):
        with pytest.raises(ValueError, match=rf"values outside \[0, 1\]; first .* {looks}"):
            sx.brier_loss(HARD, given)


def test_labels_of_several_classes_and_estimators_are_no_probabilities():
    classes = np.arange(ROWS) % 3
    with pytest.raises(ValueError, match=r"holds 3: .* They look like labels, as predict returns"):
        sx.brier_loss(classes, classes)
    with pytest.raises(ValueError, match=r"must hold numbers; got an estimator, .* predict_proba"):
        sx.compare_predictions(HARD, {"a": GaussianNB()})
    with pytest.raises(ValueError, match="Of several runs of a model average the probabilities"):
        sx.compare_predictions(HARD, {"a": np.full((3, ROWS, 2), 0.5)})
    with pytest.raises(ValueError, match=r"got a str: 'patient'. If it names a column, pass the"):
        sx.compare_predictions(HARD, {"a": HARD / 2}, groups="patient")
