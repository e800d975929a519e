"""Layer 3: the boundary. What a user passes becomes clean arrays, or an error that helps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent import _labels
from sklearn_xent._kernels import Codes, Floats
from sklearn_xent._labels import Classes, shorten, shorten_all
from sklearn_xent._losses import Targets
from sklearn_xent._probabilities import Matrix, Predictions, read_matrix


@dataclass(frozen=True)
class Truth:
    """What happened: class codes (n,) or target distributions (n, k), and the weights."""

    classes: Classes
    y: Targets
    weight: Floats | None = None
    index: pd.Index | None = None

    def __len__(self) -> int:
        return len(self.y)

    @property
    def total_weight(self) -> float:
        """What a sum of weighted losses is divided by: the number of samples without weights."""
        return len(self) if self.weight is None else math.fsum(self.weight)

    @property
    def prior(self) -> Floats:
        """The (weighted) frequency of each class."""
        if self.y.ndim == 2:
            return np.average(self.y, axis=0, weights=self.weight)
        counts = np.bincount(self.y, weights=self.weight, minlength=len(self.classes))
        return np.asarray(counts / counts.sum(), dtype=np.float64)


def clean(
    y_true: Any,
    predictions: Mapping[str, Any],
    *,
    labels: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    from_logits: bool = False,
) -> tuple[Truth, list[Predictions]]:
    """Check all arguments of one problem against each other.

    The values of the predictions themselves are checked when their blocks are read.
    """
    matrices = [read_matrix(name, data) for name, data in predictions.items()]
    target = _read_target(y_true)
    for matrix in matrices:
        _check_rows(target, matrix)
    cleaned = [Predictions(matrix, from_logits) for matrix in matrices]
    classes = _resolve_classes(target, cleaned, labels)
    cleaned = [_put_in_order(prediction, classes) for prediction in cleaned]
    y = _encode(target, classes)
    weight = _read_weights(sample_weight, class_weight, y, classes, target)
    return Truth(classes, y, weight, target.index), cleaned


def clean_target(y_true: Any, *, labels: Any = None) -> Truth:
    """The truth alone; its classes are the sorted labels, or `labels`."""
    target = _read_target(y_true)
    if target.soft:
        raise ValueError(f"{target.name} must be a vector of class labels here.")
    if labels is not None:
        classes = Classes(_labels.read_labels(labels))
    else:
        classes = Classes(tuple(_labels.sorted_unique(target.name, target.values)))
    if len(classes) < 2:
        raise ValueError(
            f"{target.name} must hold at least two classes; got [{shorten_all(classes.labels)}]."
        )
    return Truth(classes, _encode(target, classes), index=target.index)


def clean_labels(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
) -> tuple[Truth, Codes]:
    """The same for predicted labels: the truth, and the predicted code of each sample."""
    target = _read_target(y_true)
    values, index = read_labels_vector("y_pred", y_pred)
    predicted = _Target(values, index, name="y_pred")
    _check_rows(target, predicted)
    if labels is not None:
        classes = Classes(_labels.read_labels(labels))
    elif target.soft:
        classes = _resolve_classes(target, [], None)
    else:
        both = _object_vector([*target.values.tolist(), *values.tolist()])
        classes = Classes(tuple(_labels.sorted_unique("y_true and y_pred", both)))
    y = _encode(target, classes)
    weight = _read_weights(sample_weight, class_weight, y, classes, target)
    return Truth(classes, y, weight, target.index), classes.encode("y_pred", values)


# --- the target -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Target:
    """y_true as it was passed: labels (n,) or distributions (n, k)."""

    values: NDArray[Any]
    index: pd.Index | None
    columns: tuple[Any, ...] | None = None
    categories: tuple[Any, ...] | None = None
    name: str = "y_true"

    def __len__(self) -> int:
        return len(self.values)

    @property
    def soft(self) -> bool:
        return self.values.ndim == 2


def _read_target(y_true: Any) -> _Target:
    if np.ndim(y_true) == 2 and np.shape(y_true)[1] > 1:
        matrix = read_matrix("y_true", y_true)
        return _Target(matrix.values, matrix.index, matrix.columns)
    if isinstance(y_true, pd.DataFrame):
        y_true = y_true.iloc[:, 0]
    values, index = read_labels_vector("y_true", y_true)
    dtype = getattr(y_true, "dtype", None)
    categories = (
        tuple(dtype.categories.tolist()) if isinstance(dtype, pd.CategoricalDtype) else None
    )
    return _Target(values, index, categories=categories)


def read_labels_vector(name: str, data: Any) -> tuple[NDArray[Any], pd.Index | None]:
    """A vector of labels, and the index it carried."""
    index = data.index if isinstance(data, pd.Series) else None
    if isinstance(data, np.ma.MaskedArray):
        if np.ma.is_masked(data):
            row = int(np.ma.getmaskarray(data).argmax())
            raise ValueError(f"{name} must not hold masked values; first in row {row}.")
        data = data.data
    if isinstance(data, list | tuple):
        kinds = {type(x) for x in data}
        # numpy would turn a list of mixed types into strings
        values = np.asarray(data) if len(kinds) == 1 else _object_vector(data)
    else:
        values = np.asarray(data)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1 or not len(values):
        raise ValueError(
            f"{name} must be labels of shape (n_samples,) or class probabilities of shape "
            f"(n_samples, n_classes), and not empty; got shape {values.shape}."
        )
    values = _labels.plain(values)
    _labels.check_present(name, values)
    return values, index


def _object_vector(data: Sequence[Any]) -> NDArray[Any]:
    if any(isinstance(x, list | tuple | np.ndarray) for x in data):
        return np.asarray(data)
    out = np.empty(len(data), dtype=object)
    out[:] = [x.item() if isinstance(x, np.generic) else x for x in data]
    return out


def _encode(target: _Target, classes: Classes) -> Targets:
    if not target.soft:
        return classes.encode(target.name, target.values)
    named = Matrix(target.name, target.values, target.index, target.columns)
    soft = _put_in_order(Predictions(named), classes)
    try:
        return np.concatenate([block for _, block in soft.blocks()])
    except ValueError as error:
        raise ValueError(
            f"{error} A two-dimensional y_true holds the target distribution of each sample; "
            "for multilabel targets call once per label."
        ) from None


# --- rows -----------------------------------------------------------------------------------


def _check_rows(a: Any, b: Any) -> None:
    """Two arguments must speak of the same rows in the same order."""
    if len(a) != len(b):
        raise ValueError(
            f"{a.name} and {b.name} must have as many rows; got {len(a)} and {len(b)}."
        )
    if a.index is None or b.index is None or a.index is b.index or a.index.equals(b.index):
        return
    same_rows = a.index.sort_values().equals(b.index.sort_values())
    if not same_rows and (_is_default(a.index) or _is_default(b.index)):
        return
    row = int(np.argmax(np.asarray(a.index != b.index)))
    what = "the same index in another order" if same_rows else "different indexes"
    raise ValueError(
        f"{a.name} and {b.name} have {what}; row {row} is {shorten(a.index[row])} in one and "
        f"{shorten(b.index[row])} in the other. Align them with .loc[], or pass .to_numpy() to "
        "compare by position."
    )


def _is_default(index: pd.Index) -> bool:
    return isinstance(index, pd.RangeIndex) and index.equals(pd.RangeIndex(len(index)))


# --- classes --------------------------------------------------------------------------------


def _resolve_classes(target: _Target, predictions: Sequence[Predictions], labels: Any) -> Classes:
    if labels is not None:
        classes = Classes(_labels.read_labels(labels))
    elif target.soft:
        names = [target.columns, *(p.matrix.columns for p in predictions)]
        named = [columns for columns in names if columns and len(columns) == target.values.shape[1]]
        classes = Classes(named[0] if named else tuple(range(target.values.shape[1])))
    else:
        classes = _infer_classes(target, predictions)
    for prediction in predictions:
        if prediction.n_classes != len(classes):
            raise ValueError(
                f"{prediction.matrix.name} has columns for {prediction.n_classes} classes, but "
                f"there are {len(classes)}: [{shorten_all(classes.labels)}]. "
                "Pass labels=[...], one for each column, in the order of the columns."
            )
    return classes


def _infer_classes(target: _Target, predictions: Sequence[Predictions]) -> Classes:
    """Classes from column names that cover the labels, else the sorted labels, if they fit."""
    found = _labels.sorted_unique(target.name, target.values)
    for prediction in predictions:
        columns = prediction.matrix.columns
        if columns and len(columns) > 1 and set(found) <= set(columns):
            return Classes(columns)
    if target.values.dtype.kind == "b":
        return Classes((False, True))
    k = predictions[0].n_classes
    if len(found) == k:
        if predictions[0].one_column and not isinstance(found[0], int | float):
            raise ValueError(
                f"{predictions[0].matrix.name} has one column, the probability of the greater of "
                f"two classes, but the order of [{shorten_all(found)}] is a guess. "
                "Pass labels=[negative, positive]."
            )
        return Classes(tuple(found))
    if target.categories is not None and len(target.categories) == k:
        return Classes(tuple(sorted(target.categories)))
    raise ValueError(
        f"{predictions[0].matrix.name} has columns for {k} classes, but {target.name} holds "
        f"{len(found)}: [{shorten_all(found)}]. "
        "Pass labels=[...], one for each column, in the order of the columns."
    )


def _put_in_order(prediction: Predictions, classes: Classes) -> Predictions:
    """Match columns that name the classes by name; unrelated names go by position."""
    columns, labels = prediction.matrix.columns, classes.labels
    if columns is None or len(columns) < 2 or columns == labels:
        return prediction
    default = columns == tuple(range(len(columns)))
    if set(columns) == set(labels) and not default:
        order = np.asarray([columns.index(label) for label in labels], dtype=np.intp)
        return Predictions(prediction.matrix, prediction.from_logits, order)
    texts = [str(column) for column in columns]
    swapped = texts != [str(x) for x in labels] and set(texts) == {str(x) for x in labels}
    if swapped or (not default and set(columns) & set(labels)):
        raise ValueError(
            f"the columns of {prediction.matrix.name}, [{shorten_all(columns)}], name some of the "
            f"classes [{shorten_all(labels)}] but not all as they are. Rename the columns to the "
            "classes, or pass .to_numpy() and labels=[...] to match by position."
        )
    return prediction


# --- weights --------------------------------------------------------------------------------


def _read_weights(
    sample_weight: Any, class_weight: Any, y: Targets, classes: Classes, target: _Target
) -> Floats | None:
    weight = None if sample_weight is None else _sample_weights(sample_weight, target)
    if class_weight is None:
        return weight
    of_class = _class_weights(class_weight, y, classes, weight)
    of_sample = y @ of_class if y.ndim == 2 else of_class[y]
    weight = of_sample if weight is None else weight * of_sample
    if not weight.sum() > 0:
        raise ValueError("class_weight leaves no sample with a positive weight.")
    return weight


def _sample_weights(sample_weight: Any, target: _Target) -> Floats:
    matrix = read_matrix("sample_weight", sample_weight)
    if matrix.values.ndim != 1:
        raise ValueError(f"sample_weight must be of shape (n_samples,); got {matrix.values.shape}.")
    _check_rows(target, matrix)
    weight = matrix.values.astype(np.float64)
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
    if len(bad):
        raise ValueError(
            f"sample_weight: {len(bad)} of {len(weight)} weights are negative or not finite; first "
            f"{weight[bad[0]]:.6g} in row {bad[0]}. Drop these rows, or give them weight zero."
        )
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not 0 < total < np.inf:
        raise ValueError(
            f"sample_weight must have a positive, finite sum; got {total:g}. Rescale the weights."
        )
    return weight


def _class_weights(
    class_weight: Any, y: Targets, classes: Classes, weight: Floats | None
) -> Floats:
    if isinstance(class_weight, str) and class_weight == "balanced":
        prior = Truth(classes, y, weight).prior
        present = prior > 0
        inverse = np.divide(1.0, prior, out=np.zeros(len(prior)), where=present)
        return np.asarray(inverse / present.sum(), dtype=np.float64)
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            'class_weight must be None, "balanced" or a dict {label: weight}; got '
            f"{shorten(class_weight)}."
        )
    unknown = [label for label in class_weight if label not in classes.labels]
    if unknown:
        raise ValueError(
            f"class_weight names {shorten_all(unknown)}, not among the classes "
            f"[{shorten_all(classes.labels)}]. A class that is not named weighs 1."
        )
    out = np.asarray([class_weight.get(label, 1.0) for label in classes.labels], dtype=np.float64)
    if not (np.isfinite(out) & (out >= 0)).all():
        raise ValueError(f"class_weight must be finite and not negative; got {dict(class_weight)}.")
    return out
