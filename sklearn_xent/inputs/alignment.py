"""Match rows by their pandas index, and columns to classes by name or by position."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import shorten, shorten_all, warn
from sklearn_xent.exceptions import SuspectLabelsWarning, SuspectLogitsWarning
from sklearn_xent.inputs.labels import (
    Classes,
    LabelVector,
    in_order,
    is_missing,
    read_classes,
    sort_labels,
)
from sklearn_xent.inputs.names import are_moved_numbers, find_misplaced, means
from sklearn_xent.inputs.predictions import LABELS_INSTEAD, Matrix, Predictions

# --- rows ------------------------------------------------------------------------------------


class Rows(Protocol):
    """Anything with rows that may carry an index."""

    @property
    def name(self) -> str:
        """The name of the argument in errors."""

    @property
    def index(self) -> pd.Index | None:
        """The pandas index; None where there is none."""

    def __len__(self) -> int: ...


class RowsOf:
    """Length and pandas index of an object whose values are not needed."""

    def __init__(self, name: str, data: Any) -> None:
        self.name = name
        self.index = data.index if isinstance(data, pd.DataFrame | pd.Series) else None
        self._n = int(data.shape[0]) if hasattr(data, "shape") else len(data)

    def __len__(self) -> int:
        return self._n


def check_rows(arguments: Sequence[Rows]) -> None:
    """Check that all arguments have the same rows in the same order."""
    first = arguments[0]
    for other in arguments[1:]:
        if len(first) != len(other):
            raise ValueError(
                f"{first.name} and {other.name} must have as many rows; got {len(first)} and "
                f"{len(other)}."
            )
    indexed = [argument for argument in arguments if argument.index is not None]
    named = [argument for argument in indexed if not counts_rows(argument.index)]
    # an index that only counts fits any other, so the first with names is compared as well
    for anchor in [*indexed[:1], *named[:1]]:
        for other in indexed:
            _check_index(anchor, other)


def _check_index(a: Rows, b: Rows) -> None:
    """Check that two indexes are the same; one that only counts rows fits any other."""
    if a.index is None or b.index is None or a.index is b.index or a.index.equals(b.index):
        return
    of_a, of_b = a.index.tolist(), b.index.tolist()
    keys_a, keys_b = list(map(_key, of_a)), list(map(_key, of_b))
    if keys_a == keys_b:
        return  # only their types differ, as those of Int64 and int64, or of two time zones
    same_rows = Counter(keys_a) == Counter(keys_b)
    if not same_rows and (counts_rows(a.index) or counts_rows(b.index)):
        return
    row = next(i for i, pair in enumerate(zip(keys_a, keys_b, strict=True)) if pair[0] != pair[1])
    what = "the same index in another order" if same_rows else "different indexes"
    raise ValueError(
        f"{a.name} and {b.name} have {what}; row {row} is {shorten(of_a[row])} in one and "
        f"{shorten(of_b[row])} in the other. Align them: {b.name}.loc[{a.name}.index]; only if "
        "the rows do correspond by position, pass both with .to_numpy()."
    )


_MISSING = object()


def _key(label: Any) -> Any:
    """Return what a label is compared by: 1 equals 1.0, and a missing label another."""
    return _MISSING if np.ndim(label) == 0 and pd.isna(label) else label


def counts_rows(index: pd.Index | None) -> bool:
    """Return whether an index only counts the rows, as pandas does where none is given."""
    return isinstance(index, pd.RangeIndex) and index.equals(pd.RangeIndex(len(index)))


def first_repeated(index: pd.Index) -> tuple[Any, int, int]:
    """Return the first label that is there twice, which may be missing, and its first two rows."""
    row = int(np.argmax(index.duplicated()))
    codes = pd.factorize(index, use_na_sentinel=False)[0]
    return index[[row]].tolist()[0], int(np.argmax(codes == codes[row])), row


# --- the classes -----------------------------------------------------------------------------


def resolve_classes(
    target: LabelVector | Matrix, predictions: Sequence[Predictions], labels: Any
) -> Classes:
    """Return the classes in the order of the columns; every argument must have them all."""
    if labels is not None:
        classes = read_classes(labels)
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
    """Return the classes that columns name, if these hold all labels; else the sorted labels."""
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
    # bools and categoricals name all classes, also those that do not occur
    if target.closed and len(target.distinct) == first.n_classes:
        return Classes(tuple(sort_labels(target.name, target.distinct)))
    fix = "Pass labels=[...], one for each column, in the order of the columns."
    if first.one_column and first.matrix.values.dtype.kind in "iub":
        fix = LABELS_INSTEAD
    raise ValueError(
        f"{first.matrix.name} has {_describe(first)}, but {target.name} holds "
        f"{len(found)}: [{shorten_all(found)}]. {fix}"
    )


def _describe(prediction: Predictions) -> str:
    """Say in an error how many classes the predictions have columns for."""
    if prediction.one_column:
        return "one column, so two classes"
    names = prediction.matrix.columns
    named = "" if names is None else f", [{shorten_all(names)}]"
    return f"columns for {prediction.n_classes} classes{named}"


def _names_classes(prediction: Predictions, found: Sequence[Any]) -> bool:
    """Return whether the names of the columns are classes: all labels are among them."""
    columns = prediction.matrix.columns
    if columns is None or len(columns) < 2 or _is_default(columns):
        return False
    return set(found) <= set(columns)


def _is_default(columns: tuple[Any, ...]) -> bool:
    """Return whether these are the names 0, 1, ... that pandas gives where there are none."""
    return columns == tuple(range(len(columns)))


def _classes_of_columns(columns: Sequence[tuple[Any, ...] | None], k: int) -> Classes:
    """Return the classes that columns name, sorted: columns are matched by name, in any order.

    Columns without names (None) are in the sorted order of the labels, as always.
    """
    orders = list(dict.fromkeys(columns))
    named = next((names for names in orders if names is not None), tuple(range(k)))
    if len(orders) > 1:
        return Classes(tuple(sort_labels("the columns", named)))
    return in_order(Classes(named))


# --- columns ---------------------------------------------------------------------------------


def put_in_order(prediction: Predictions, classes: Classes) -> Predictions:
    """Match columns that name the classes by name, columns of unrelated names by position."""
    columns, labels = prediction.matrix.columns, classes.labels
    if columns is None or columns == labels:
        return prediction
    if len(columns) == 1:
        return _put_column_in_order(prediction, columns[0], labels)
    default = _is_default(columns)
    if set(columns) == set(labels) and not default:
        place_of = {column: i for i, column in enumerate(columns)}
        order = np.asarray([place_of[label] for label in labels], dtype=np.intp)
        return replace(prediction, order=order)
    place = find_misplaced(columns, labels, partly=not default)
    if place is not None or (not default and set(columns) & set(labels)):
        where = "" if place is None else f": {shorten(columns[place])} is in column {place}"
        raise ValueError(
            f"the columns of {prediction.matrix.name}, [{shorten_all(columns)}], name some of the "
            f"classes [{shorten_all(labels)}] but not all as they are{where}. Rename the columns "
            "to the classes, or pass .to_numpy() and labels=[...] to match by position."
        )
    if are_moved_numbers(columns) and not are_moved_numbers(labels):
        raise ValueError(
            f"the columns of {prediction.matrix.name}, [{shorten_all(columns)}], are numbers in "
            f"another order, and which is of which class of [{shorten_all(labels)}] would be a "
            "guess. Rename the columns to the classes, or pass .to_numpy() and labels=[...] to "
            "match by position."
        )
    return prediction


def _put_column_in_order(
    prediction: Predictions, column: Any, labels: tuple[Any, ...]
) -> Predictions:
    """Take one column as the second class, unless its name is that of the first."""
    if len(labels) != 2 or is_missing(column):
        return prediction
    found = means(column, labels)
    if _may_be_default(column) and (column == 0 or found == [0]):
        raise ValueError(
            f"{prediction.matrix.name} has one column named {column}, which could be class "
            f"{column} or no name at all: tables count their columns 0, 1, .... Pass the "
            f"probabilities of {shorten(labels[1])} with .to_numpy()."
        )
    if found != [0]:
        return prediction
    if column != labels[0] or isinstance(column, bool) != isinstance(labels[0], bool):
        raise ValueError(
            f"the column of {prediction.matrix.name}, {shorten(column)}, seems to be that of "
            f"{shorten(labels[0])}, but its name or its type is not that of a class in "
            f"[{shorten_all(labels)}]. Rename it to the class it is of, or pass the probabilities "
            f"of {shorten(labels[1])} with .to_numpy()."
        )
    return replace(prediction, order=np.asarray([1, 0], dtype=np.intp))


def _may_be_default(column: Any) -> bool:
    """Return whether a table may have given this number to a column without a name."""
    return isinstance(column, int | float) and not isinstance(column, bool) and column >= 0


def check_positions(predictions: Sequence[Predictions]) -> None:
    """Check that names which are not classes, and so go by position, have one order only."""
    seen: dict[tuple[Any, ...], Predictions] = {}
    for prediction in predictions:
        columns = prediction.matrix.columns
        if columns is None or prediction.order is not None or columns in seen:
            continue
        for others, other in seen.items():
            if len(others) == len(columns) and _is_other_order(columns, others):
                raise ValueError(
                    f"{other.matrix.name} and {prediction.matrix.name} have the same columns in "
                    f"another order, [{shorten_all(others)}] and [{shorten_all(columns)}]. Rename "
                    "the columns to the classes."
                )
        seen[columns] = prediction


def _is_other_order(columns: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    """Return whether the same names, perhaps in another form, are in another order."""
    same = frozenset(columns) == frozenset(others)
    return same or find_misplaced(columns, others, partly=False) is not None


def check_categories(
    target: LabelVector | Matrix, predictions: Sequence[Predictions], classes: Classes
) -> None:
    """Check that columns without names do not leave open which order of categories they have."""
    order = None if isinstance(target, Matrix) else target.category_order
    if order is None or classes.chosen:
        return
    known = set(classes.labels)
    by_category = [x for x in order if x in known]
    if by_category == list(classes.labels):
        return
    for prediction in predictions:
        columns = prediction.matrix.columns or ()
        named = prediction.order is not None or columns in (classes.labels, classes.labels[1:])
        if not named:
            raise ValueError(
                f"{target.name} is an ordered categorical, [{shorten_all(by_category)}], whose "
                f"order is not the sorted one, [{shorten_all(classes.labels)}], and "
                f"{prediction.matrix.name} has no names that tell in which its columns are. Pass "
                "labels=[...] in the order of the columns."
            )


def suspect_probabilities(prediction: Predictions) -> None:
    """Warn where the first rows of what should be logits look like probabilities."""
    if not prediction.from_logits or prediction.one_column:
        return
    with np.errstate(over="ignore"):
        head = np.asarray(prediction.matrix.values[:100], dtype=np.float64)
    if _look_rounded(head):
        warn(
            f"{prediction.matrix.name} is taken as logits (from_logits), but its rows are not "
            "negative and sum to one: they look like probabilities.",
            SuspectLogitsWarning,
        )


def suspect_labels(prediction: Predictions) -> None:
    """Warn where labels may have been passed as probabilities, for losses that use these."""
    if prediction.may_be_labels:
        warn(
            f"{prediction.matrix.name} is a column of whole numbers, as predict returns, and each "
            "is taken for a probability of 0 or 1. Pass what predict_proba returns; if these are "
            "probabilities, pass them as floats.",
            SuspectLabelsWarning,
        )


def _look_rounded(rows: Floats) -> bool:
    """Return whether rows lie in [0, 1] and nearly all sum to one, but for rounding of any size."""
    if not ((rows >= 0) & (rows <= 1 + _SLACK)).all():
        return False
    # each of k values rounded to one digit, or two, moves the sum by up to k halves of a unit
    units = (unit for unit in (0.1, 0.01, 0.001) if _are_multiples(rows, unit))
    slack = max(0.1, min(0.5, 0.5 * rows.shape[1] * next(units, 0.0)))
    near = np.abs(rows.sum(axis=1) - 1.0) < slack - _SLACK  # as far as this by ties only
    return bool(near.mean() >= _NEARLY_ALL)


_SLACK, _NEARLY_ALL = 1e-6, 0.9


def _are_multiples(rows: Floats, unit: float) -> bool:
    """Return whether all values are rounded to a unit."""
    whole = rows / unit
    return bool((np.abs(whole - np.rint(whole)) <= _SLACK).all())
