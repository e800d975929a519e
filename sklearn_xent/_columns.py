"""Layer 4: which column is which class, by name, by `labels`, or by the sorted labels."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sklearn_xent import _labels
from sklearn_xent._labels import Classes, LabelVector, is_missing
from sklearn_xent._messages import shorten, shorten_all, warn
from sklearn_xent._probabilities import Matrix, Predictions
from sklearn_xent.exceptions import SuspectLogitsWarning


def resolve_classes(
    target: LabelVector | Matrix, predictions: Sequence[Predictions], labels: Any
) -> Classes:
    """The classes in the order of the columns; every argument must have one for each."""
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
                f"{prediction.matrix.name} has {_describe(prediction)}, but there are "
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
        name = first.matrix.columns[0] if first.one_column and first.matrix.columns else None
        if name is not None and not is_missing(name) and isinstance(name, str) and name in found:
            return Classes((*(x for x in found if x != name), name))
        if first.one_column and not isinstance(found[0], int | float):
            raise ValueError(
                f"{first.matrix.name} has one column for one of two classes, and which of "
                f"[{shorten_all(found)}] it is would be a guess. Pass labels=[the other class, "
                "the class of this column]."
            )
        return Classes(tuple(found))
    # bools and categoricals know of classes that do not occur
    if target.closed and len(target.distinct) == first.n_classes:
        return Classes(tuple(_labels.sort_labels(target.name, target.distinct)))
    raise ValueError(
        f"{first.matrix.name} has {_describe(first)}, but {target.name} holds "
        f"{len(found)}: [{shorten_all(found)}]. "
        "Pass labels=[...], one for each column, in the order of the columns."
    )


def _describe(prediction: Predictions) -> str:
    if prediction.one_column:
        return "one column, so two classes"
    names = prediction.matrix.columns
    named = "" if names is None else f", [{shorten_all(names)}]"
    return f"columns for {prediction.n_classes} classes{named}"


def _names_classes(prediction: Predictions, found: Sequence[Any]) -> bool:
    columns = prediction.matrix.columns
    if columns is None or len(columns) < 2 or _is_default(columns):
        return False
    return set(found) <= set(columns)


def _is_default(columns: tuple[Any, ...]) -> bool:
    """Whether these are the names that columns get when they are given none."""
    return columns == tuple(range(len(columns)))


def _classes_of_columns(columns: Sequence[tuple[Any, ...] | None], k: int) -> Classes:
    """The classes that columns name, sorted: names are matched, so their order says nothing.

    What has no names (None) is in the sorted order of the labels, as always.
    """
    orders = list(dict.fromkeys(columns))
    named = next((names for names in orders if names is not None), tuple(range(k)))
    if len(orders) > 1:
        return Classes(tuple(_labels.sort_labels("the columns", named)))
    return _labels.in_order(Classes(named))


def put_in_order(prediction: Predictions, classes: Classes) -> Predictions:
    """Match columns that name the classes by name; unrelated names go by position."""
    columns, labels = prediction.matrix.columns, classes.labels
    if columns is None or columns == labels:
        return prediction
    if len(columns) == 1:
        return _put_column_in_order(prediction, columns[0], labels)
    default = _is_default(columns)
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
    if len(labels) != 2 or is_missing(column) or str(column) != str(labels[0]):
        return prediction
    if column != labels[0]:
        raise ValueError(
            f"the column of {prediction.matrix.name}, {shorten(column)}, has the name of a class "
            f"but not its type, as in [{shorten_all(labels)}]. Rename it to the class it is of."
        )
    if column == 0 and not isinstance(column, bool):
        raise ValueError(
            f"{prediction.matrix.name} has one column named 0, which could be class 0 or no name "
            f"at all. Pass the probabilities of {shorten(labels[1])} with .to_numpy()."
        )
    return replace(prediction, order=np.asarray([1, 0], dtype=np.intp))


def check_positions(predictions: Sequence[Predictions]) -> None:
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


def suspect_probabilities(prediction: Predictions) -> None:
    """Warn when the first rows of what should be logits are probabilities."""
    if not prediction.from_logits or prediction.one_column:
        return
    with np.errstate(over="ignore"):
        head = np.asarray(prediction.matrix.values[:100], dtype=np.float64)
    if (head >= 0).all() and np.allclose(head.sum(axis=1), 1.0, rtol=0, atol=1e-6):
        warn(
            f"{prediction.matrix.name} is taken as logits (from_logits), but its rows are not "
            "negative and sum to one: they look like probabilities.",
            SuspectLogitsWarning,
        )
