"""Layer 3: the boundary. What a user passes becomes clean arrays, or an error that helps."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent import _labels
from sklearn_xent._kernels import Codes, Floats
from sklearn_xent._labels import Classes, LabelVector, shorten, shorten_all
from sklearn_xent._losses import Targets
from sklearn_xent._probabilities import Matrix, Predictions, read_matrix
from sklearn_xent.exceptions import SuspectLogitsWarning, warn


@dataclass(frozen=True)
class Truth:
    """What happened: class codes (n,) or target distributions (n, k), and the weights.

    Weights are scaled by a power of two to be at most one, so that no sum of them or of their
    squares leaves the range of numbers: the user's are ``weight * 2**weight_exponent``.
    """

    classes: Classes
    y: Targets
    weight: Floats | None = None
    weight_exponent: int = 0
    index: pd.Index | None = None

    def __len__(self) -> int:
        return len(self.y)

    @property
    def total_weight(self) -> float:
        """Sum of the scaled weights; without weights, the number of samples."""
        return len(self) if self.weight is None else math.fsum(self.weight)

    @property
    def prior(self) -> Floats:
        """The (weighted) frequency of each class."""
        if self.y.ndim == 2:
            return np.asarray(np.average(self.y, axis=0, weights=self.weight))
        counts = np.bincount(self.y, weights=self.weight, minlength=len(self.classes))
        return np.asarray(counts / counts.sum(), dtype=np.float64)


def clean(
    y_true: Any,
    predictions: Mapping[str, Any],
    *,
    labels: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    from_logits: bool | Collection[str] = False,
) -> tuple[Truth, list[Predictions]]:
    """Check all arguments of one problem against each other.

    `from_logits` may name the predictions that are logits. The values of the predictions
    themselves are checked when their blocks are read.
    """
    if isinstance(from_logits, str | None) or not isinstance(from_logits, bool | Collection):
        raise ValueError(f"from_logits must be True or False; got {shorten(from_logits)}.")
    matrices = [read_matrix(name, data) for name, data in predictions.items()]
    target = read_target(y_true)
    weights = [] if sample_weight is None else [_read_weights(sample_weight)]
    check_rows([target, *matrices, *weights])
    is_logits = predictions if from_logits is True else from_logits or ()
    cleaned = [Predictions(matrix, matrix.name in is_logits) for matrix in matrices]
    classes = _resolve_classes(target, cleaned, labels)
    cleaned = [put_in_order(prediction, classes) for prediction in cleaned]
    _check_positions(cleaned)
    for prediction in cleaned:
        _suspect_probabilities(prediction)
    y = _encode(target, classes)
    weight, exponent = _combine_weights(weights, class_weight, y, classes)
    return Truth(classes, y, weight, exponent, target.index), cleaned


def clean_target(y_true: Any, *, labels: Any = None) -> Truth:
    """The truth alone; its classes are the sorted labels, or `labels`."""
    target = read_target(y_true)
    if isinstance(target, Matrix):
        raise ValueError(f"{target.name} must be a vector of class labels here.")
    if labels is not None:
        classes = _labels.read_classes(labels)
    else:
        classes = Classes(tuple(target.sorted_present()))
    if len(classes) < 2:
        raise ValueError(
            f"{target.name} must hold at least two classes; got [{shorten_all(classes.labels)}]."
        )
    return Truth(classes, classes.encode(target), index=target.index)


def clean_labels(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
) -> tuple[Truth, Codes]:
    """The same for predicted labels: the truth, and the predicted code of each sample."""
    target = read_target(y_true)
    predicted = read_vector("y_pred", y_pred)
    weights = [] if sample_weight is None else [_read_weights(sample_weight)]
    check_rows([target, predicted, *weights])
    if labels is not None:
        classes = _labels.read_classes(labels)
    elif isinstance(target, Matrix):
        classes = _resolve_classes(target, [], None)
    else:
        both = {*target.sorted_present(), *predicted.sorted_present()}
        classes = Classes(tuple(_labels.sort_labels("y_true and y_pred", both)))
    y = _encode(target, classes)
    weight, exponent = _combine_weights(weights, class_weight, y, classes)
    return Truth(classes, y, weight, exponent, target.index), classes.encode(predicted)


# --- the target -----------------------------------------------------------------------------


def read_target(y_true: Any) -> LabelVector | Matrix:
    """y_true as labels, or as a matrix of target distributions."""
    if isinstance(y_true, list | tuple) and any(_is_named_tuple(x) for x in y_true):
        return read_vector("y_true", y_true)
    try:
        shape = np.shape(y_true)
    except ValueError as error:
        raise ValueError(f"y_true must be labels or a matrix; {error}") from None
    if len(shape) == 2 and shape[1] > 1:
        return read_matrix("y_true", y_true)
    return read_vector("y_true", y_true.iloc[:, 0] if isinstance(y_true, pd.DataFrame) else y_true)


def _is_named_tuple(label: Any) -> bool:
    """Whether this is a tuple that can only be a label, not a row of numbers."""
    return isinstance(label, tuple) and any(isinstance(x, str) for x in label)


def read_vector(name: str, data: Any) -> LabelVector:
    """A vector of labels of any kind."""
    if isinstance(data, np.ma.MaskedArray):
        if np.ma.is_masked(data):
            row = int(np.ma.getmaskarray(data).argmax())
            raise ValueError(f"{name} must not hold masked values; first in row {row}.")
        data = data.data
    try:
        values = _vector_of_list(data) if isinstance(data, list | tuple) else np.asarray(data)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a vector of labels; {error}") from None
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1 or not len(values):
        raise ValueError(
            f"{name} must be labels of shape (n_samples,) or class probabilities of shape "
            f"(n_samples, n_classes), and not empty; got shape {values.shape}."
        )
    return _labels.factorize(name, data, values)


def _vector_of_list(data: Sequence[Any]) -> NDArray[Any]:
    """A list as an array whose items are still what they were.

    numpy would make strings of mixed types, floats of huge integers, and cut zeros off strings.
    """
    kinds = {type(x) for x in data}
    for kind, types in (
        ("i", {int, np.int64}),
        ("f", {float, np.float64}),
        ("b", {bool, np.bool_}),
    ):
        if kinds <= types and (values := np.asarray(data)).dtype.kind == kind:
            return values
    if kinds & {list, np.ndarray}:
        return np.asarray(data)
    out = np.empty(len(data), dtype=object)
    for row, x in enumerate(data):
        out[row] = x.item() if isinstance(x, np.generic) and x.dtype.kind != "M" else x
    return out


def _encode(target: LabelVector | Matrix, classes: Classes) -> Targets:
    if isinstance(target, LabelVector):
        return classes.encode(target)
    soft = put_in_order(Predictions(target), classes)
    try:
        return np.concatenate([block for _, block in soft.blocks()])
    except ValueError as error:
        raise ValueError(
            f"{error} A two-dimensional y_true holds the target distribution of each sample; "
            "for multilabel targets call once per label."
        ) from None


# --- rows -----------------------------------------------------------------------------------


class Rows(Protocol):
    """Anything with rows that may carry an index."""

    @property
    def name(self) -> str: ...

    @property
    def index(self) -> pd.Index | None: ...

    def __len__(self) -> int: ...


class Indexed:
    """The rows of data that is nothing to us but for its index."""

    def __init__(self, name: str, data: Any) -> None:
        self.name = name
        self.index = data.index if isinstance(data, pd.DataFrame | pd.Series) else None
        self._n = int(data.shape[0]) if hasattr(data, "shape") else len(data)

    def __len__(self) -> int:
        return self._n


def check_rows(arguments: Sequence[Rows]) -> None:
    """All arguments must speak of the same rows in the same order."""
    first = arguments[0]
    for other in arguments[1:]:
        if len(first) != len(other):
            raise ValueError(
                f"{first.name} and {other.name} must have as many rows; got {len(first)} and "
                f"{len(other)}."
            )
    indexed = [argument for argument in arguments if argument.index is not None]
    named = [argument for argument in indexed if not is_default(argument.index)]
    for anchor in [*indexed[:1], *named[:1]]:
        for other in indexed:
            _check_index(anchor, other)


def _check_index(a: Rows, b: Rows) -> None:
    if a.index is None or b.index is None or a.index is b.index or a.index.equals(b.index):
        return
    of_a, of_b = a.index.tolist(), b.index.tolist()
    same_rows = Counter(map(repr, of_a)) == Counter(map(repr, of_b))
    if not same_rows and (is_default(a.index) or is_default(b.index)):
        return
    row = next((i for i, pair in enumerate(zip(of_a, of_b, strict=True)) if _differ(*pair)), 0)
    what = "the same index in another order" if same_rows else "different indexes"
    raise ValueError(
        f"{a.name} and {b.name} have {what}; row {row} is {shorten(of_a[row])} in one and "
        f"{shorten(of_b[row])} in the other. Align them: {b.name}.loc[{a.name}.index]; only if "
        "the rows do correspond by position, pass both with .to_numpy()."
    )


def _differ(a: Any, b: Any) -> bool:
    return repr(a) != repr(b)


def is_default(index: pd.Index | None) -> bool:
    """Whether an index only counts the rows, as where none was given."""
    return isinstance(index, pd.RangeIndex) and index.equals(pd.RangeIndex(len(index)))


# --- classes --------------------------------------------------------------------------------


def _resolve_classes(
    target: LabelVector | Matrix, predictions: Sequence[Predictions], labels: Any
) -> Classes:
    if labels is not None:
        classes = _labels.read_classes(labels)
    elif isinstance(target, Matrix):
        k = target.values.shape[1]
        columns = [target.columns, *(p.matrix.columns for p in predictions if not p.one_column)]
        classes = _classes_of_columns([c for c in columns if c is None or len(c) == k], k)
    else:
        classes = _infer_classes(target, predictions)
    if isinstance(target, Matrix) and target.values.shape[1] != len(classes):
        raise ValueError(
            f"{target.name} has {target.values.shape[1]} columns, but there are {len(classes)} "
            f"classes: [{shorten_all(classes.labels)}]. Give each class its column."
        )
    for prediction in predictions:
        if prediction.n_classes != len(classes):
            raise ValueError(
                f"{prediction.matrix.name} has {_columns(prediction)}, but there are "
                f"{len(classes)}: [{shorten_all(classes.labels)}]. "
                "Pass labels=[...], one for each column, in the order of the columns."
            )
    return classes


def _infer_classes(target: LabelVector, predictions: Sequence[Predictions]) -> Classes:
    """Classes from column names that cover the labels, else the sorted labels, if they fit."""
    found = target.sorted_present()
    columns = [p.matrix.columns if _names_classes(p, found) else None for p in predictions]
    if any(columns):
        return _classes_of_columns(columns, len(found))
    first = predictions[0]
    if len(found) == first.n_classes:
        if first.one_column and not isinstance(found[0], int | float):
            raise ValueError(
                f"{first.matrix.name} has one column for one of two classes, and which of "
                f"[{shorten_all(found)}] it is would be a guess. Pass labels=[other, this one]."
            )
        return Classes(tuple(found))
    # bools and categoricals know of classes that do not occur
    if target.closed and len(target.distinct) == first.n_classes:
        return Classes(tuple(_labels.sort_labels(target.name, target.distinct)))
    raise ValueError(
        f"{first.matrix.name} has {_columns(first)}, but {target.name} holds "
        f"{len(found)}: [{shorten_all(found)}]. "
        "Pass labels=[...], one for each column, in the order of the columns."
    )


def _columns(prediction: Predictions) -> str:
    what = "one column, so two" if prediction.one_column else f"columns for {prediction.n_classes}"
    return f"{what} classes"


def _names_classes(prediction: Predictions, found: Sequence[Any]) -> bool:
    columns = prediction.matrix.columns
    return columns is not None and len(columns) > 1 and set(found) <= set(columns)


def _classes_of_columns(columns: Sequence[tuple[Any, ...] | None], k: int) -> Classes:
    """The classes that columns name: in their order if it is the only one, else sorted.

    What has no names (None) is in the sorted order of the labels, as always.
    """
    orders = list(dict.fromkeys(columns))
    named = next((names for names in orders if names is not None), tuple(range(k)))
    if len(orders) == 1:
        return Classes(named, chosen=orders[0] is not None)
    return Classes(tuple(_labels.sort_labels("the columns", named)))


def put_in_order(prediction: Predictions, classes: Classes) -> Predictions:
    """Match columns that name the classes by name; unrelated names go by position."""
    columns, labels = prediction.matrix.columns, classes.labels
    if columns is None or columns == labels:
        return prediction
    if len(columns) == 1:
        return _put_column_in_order(prediction, columns[0], labels)
    default = columns == tuple(range(len(columns)))
    if set(columns) == set(labels) and not default:
        order = np.asarray([columns.index(label) for label in labels], dtype=np.intp)
        return replace(prediction, order=order)
    texts = [str(column) for column in columns]
    swapped = texts != [str(x) for x in labels] and set(texts) == {str(x) for x in labels}
    if swapped or (not default and set(columns) & set(labels)):
        raise ValueError(
            f"the columns of {prediction.matrix.name}, [{shorten_all(columns)}], name some of the "
            f"classes [{shorten_all(labels)}] but not all as they are. Rename the columns to the "
            "classes, or pass .to_numpy() and labels=[...] to match by position."
        )
    return prediction


def _put_column_in_order(
    prediction: Predictions, column: Any, labels: tuple[Any, ...]
) -> Predictions:
    """One column holds the second class, unless its name is that of the first."""
    if len(labels) != 2 or column != labels[0]:
        return prediction
    if column == 0 and not isinstance(column, bool):
        raise ValueError(
            f"{prediction.matrix.name} has one column named 0, which could be class 0 or no name "
            f"at all. Pass the probabilities of {shorten(labels[1])} with .to_numpy()."
        )
    return replace(prediction, order=np.asarray([1, 0], dtype=np.intp))


def _check_positions(predictions: Sequence[Predictions]) -> None:
    """Names that are not the classes go by position, so they may not be in two orders."""
    seen: dict[frozenset[Any], Predictions] = {}
    for prediction in predictions:
        columns = prediction.matrix.columns
        if columns is None or prediction.order is not None:
            continue
        other = seen.setdefault(frozenset(columns), prediction)
        if other.matrix.columns != columns:
            raise ValueError(
                f"{other.matrix.name} and {prediction.matrix.name} have the same columns in "
                f"another order, [{shorten_all(other.matrix.columns or ())}] and "
                f"[{shorten_all(columns)}]. Rename the columns to the classes."
            )


def _suspect_probabilities(prediction: Predictions) -> None:
    """Warn when the first rows of what should be logits are probabilities."""
    if not prediction.from_logits or prediction.one_column:
        return
    head = np.asarray(prediction.matrix.values[:100], dtype=np.float64)
    if (head >= 0).all() and np.allclose(head.sum(axis=1), 1.0, rtol=0, atol=1e-6):
        warn(
            f"{prediction.matrix.name} is taken as logits (from_logits), but its rows are not "
            "negative and sum to one: they look like probabilities.",
            SuspectLogitsWarning,
        )


# --- weights --------------------------------------------------------------------------------


def _read_weights(sample_weight: Any) -> Matrix:
    matrix = read_matrix("sample_weight", sample_weight)
    if matrix.values.ndim != 1:
        raise ValueError(f"sample_weight must be of shape (n_samples,); got {matrix.values.shape}.")
    weight = matrix.values.astype(np.float64)
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
    if len(bad):
        raise ValueError(
            f"sample_weight: {len(bad)} of {len(weight)} weights are negative or not finite; first "
            f"{weight[bad[0]]:.6g} in row {bad[0]}. Drop these rows, or give them weight zero."
        )
    return replace(matrix, values=weight)


def _scaled(name: str, weight: Floats) -> tuple[Floats, int]:
    """The weights over a power of two, the greatest in [1/2, 1), and the exponent of that power."""
    greatest = float(weight.max())
    if greatest == 0:
        raise ValueError(f"{name} gives every sample a weight of zero. Give one a positive weight.")
    exponent = math.frexp(greatest)[1]
    return np.ldexp(weight, -exponent), exponent


def _combine_weights(
    weights: Sequence[Matrix], class_weight: Any, y: Targets, classes: Classes
) -> tuple[Floats | None, int]:
    weight, exponent = None, 0
    if weights:
        weight, exponent = _scaled("sample_weight", weights[0].values)
    if class_weight is None:
        return weight, exponent
    of_class, more = _scaled("class_weight", _class_weights(class_weight, y, classes, weight))
    of_sample = y @ of_class if y.ndim == 2 else of_class[y]
    product, rest = _scaled("class_weight", of_sample if weight is None else weight * of_sample)
    return product, exponent + more + rest


def _class_weights(
    class_weight: Any, y: Targets, classes: Classes, weight: Floats | None
) -> Floats:
    if isinstance(class_weight, str) and class_weight == "balanced":
        prior = Truth(classes, y, weight).prior
        present = prior > 0
        with np.errstate(over="ignore"):
            inverse = np.divide(1.0, prior, out=np.zeros(len(prior)), where=present)
        if np.isinf(inverse).any():
            raise ValueError("class_weight: a class weighs too little to be balanced. Drop it.")
        return np.asarray(inverse / present.sum(), dtype=np.float64)
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            'class_weight must be None, "balanced" or a dict {label: weight}; got '
            f"{shorten(class_weight)}."
        )
    known = set(classes.labels)
    unknown = [label for label in class_weight if label not in known]
    if unknown:
        raise ValueError(
            f"class_weight names {shorten_all(unknown)}, not among the classes "
            f"[{shorten_all(classes.labels)}]. A class that is not named weighs 1."
        )
    for label, weight_of_label in class_weight.items():
        real = isinstance(weight_of_label, int | float | np.number)
        if not (real and 0 <= weight_of_label < np.inf):
            raise ValueError(
                f"class_weight must hold finite numbers, not negative; got "
                f"{shorten(weight_of_label)} for {shorten(label)}."
            )
    return np.asarray([class_weight.get(label, 1.0) for label in classes.labels], dtype=np.float64)
