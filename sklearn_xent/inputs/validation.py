"""The boundary. What a user passes becomes clean arrays, or an error that helps."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._arrays import Codes, Floats, Targets
from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent.inputs.alignment import (
    check_positions,
    check_rows,
    put_in_order,
    resolve_classes,
    suspect_probabilities,
)
from sklearn_xent.inputs.labels import Classes, LabelVector, factorize, read_classes, sort_labels
from sklearn_xent.inputs.predictions import Matrix, Predictions, read_matrix, unmasked
from sklearn_xent.inputs.weights import class_frequencies, combine_weights, read_weights


@dataclass(frozen=True)
class Target:
    """What happened: class codes (n,) or target distributions (n, k), and the weights."""

    classes: Classes
    y: Targets
    weight: Floats | None = None
    index: pd.Index | None = None
    groups: Codes | None = None
    """The cluster of each sample, 0..G-1."""

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: Codes | slice) -> "Target":
        """Some of the samples, by position; row numbers name those that have no label."""
        return replace(
            self,
            y=self.y[rows],
            weight=None if self.weight is None else self.weight[rows],
            index=self.row_labels[rows],
            groups=None if self.groups is None else self.groups[rows],
        )

    @property
    def row_labels(self) -> pd.Index:
        """The labels of the samples, row numbers where they have none."""
        return pd.RangeIndex(len(self)) if self.index is None else self.index

    @property
    def total_weight(self) -> float:
        """Sum of the weights; without weights, the number of samples."""
        return len(self) if self.weight is None else math.fsum(self.weight)

    @property
    def prior(self) -> Floats:
        """The (weighted) frequency of each class."""
        return class_frequencies(self.y, len(self.classes), self.weight)


def validate(
    y_true: Any,
    predictions: Mapping[str, Any],
    *,
    labels: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    groups: Any = None,
    logits: Collection[str] = (),
) -> tuple[Target, list[Predictions]]:
    """Check all arguments of one problem against each other.

    `logits` names the predictions that are logits. The values of the predictions themselves are
    checked when their blocks are read.
    """
    matrices = [read_matrix(name, data) for name, data in predictions.items()]
    target = read_target(y_true)
    weights = read_weights(sample_weight)
    clusters = [] if groups is None else [read_vector("groups", groups)]
    check_rows([target, *matrices, *weights, *clusters])
    cleaned = [Predictions(matrix, matrix.name in logits) for matrix in matrices]
    classes = resolve_classes(target, cleaned, labels)
    cleaned = [put_in_order(prediction, classes) for prediction in cleaned]
    check_positions(cleaned)
    for prediction in cleaned:
        suspect_probabilities(prediction)
    y = _encode(target, classes)
    weight = combine_weights(weights, class_weight, y, classes)
    of_group = _codes_of_groups(clusters[0]) if clusters else None
    return Target(classes, y, weight, target.index, of_group), cleaned


def read_flag(name: str, value: Any) -> bool:
    """True or False, numpy's too, and nothing else that might pass for it."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False; got {shorten(value)}.")
    return bool(value)


def validate_target(
    y_true: Any, *, labels: Any = None, sample_weight: Any = None, groups: Any = None
) -> Target:
    """The truth alone; its classes are the sorted labels, or `labels`."""
    target = read_target(y_true)
    weights = read_weights(sample_weight)
    clusters = [] if groups is None else [read_vector("groups", groups)]
    check_rows([target, *weights, *clusters])
    if isinstance(target, Matrix):
        raise ValueError(f"{target.name} must be a vector of class labels here.")
    if labels is not None:
        classes = read_classes(labels)
    else:
        classes = Classes(tuple(target.sorted_present()))
    if len(classes) < 2:
        raise ValueError(
            f"{target.name} must hold at least two classes; got [{shorten_all(classes.labels)}]."
        )
    y = classes.encode(target)
    weight = combine_weights(weights, None, y, classes)
    of_group = _codes_of_groups(clusters[0]) if clusters else None
    return Target(classes, y, weight, target.index, of_group)


def _codes_of_groups(groups: LabelVector) -> Codes:
    """Codes without gaps."""
    found, codes = np.unique(groups.codes, return_inverse=True)
    if len(found) < 2:
        raise ValueError(
            "groups must name at least two clusters: from one, nothing can be said of new ones."
        )
    return np.asarray(codes, dtype=np.intp)


def validate_labels(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
) -> tuple[Target, Codes]:
    """The same for predicted labels: the truth, and the predicted code of each sample."""
    target = read_target(y_true)
    predicted = read_vector("y_pred", y_pred)
    weights = read_weights(sample_weight)
    check_rows([target, predicted, *weights])
    if labels is not None:
        classes = read_classes(labels)
    elif isinstance(target, Matrix):
        classes = resolve_classes(target, [], None)
    else:
        both = {*target.sorted_present(), *predicted.sorted_present()}
        classes = Classes(tuple(sort_labels("y_true and y_pred", both)))
    y = _encode(target, classes)
    weight = combine_weights(weights, class_weight, y, classes)
    return Target(classes, y, weight, target.index), classes.encode(predicted)


# --- the target -----------------------------------------------------------------------------


def read_target(y_true: Any) -> LabelVector | Matrix:
    """y_true as labels, or as a matrix of target distributions."""
    if isinstance(y_true, list | tuple) and any(_is_tuple_label(x) for x in y_true):
        return read_vector("y_true", y_true)
    try:
        shape = np.shape(y_true)
    except ValueError as error:
        raise ValueError(f"y_true must be labels or a matrix; {error}") from None
    if len(shape) == 2 and shape[1] > 1:
        return read_matrix("y_true", y_true)
    return read_vector("y_true", y_true.iloc[:, 0] if isinstance(y_true, pd.DataFrame) else y_true)


def _is_tuple_label(label: Any) -> bool:
    """Whether this is a tuple that can only be a label, not a row of numbers."""
    return isinstance(label, tuple) and any(isinstance(x, str) for x in label)


def read_vector(name: str, data: Any) -> LabelVector:
    """A vector of labels of any kind."""
    data = unmasked(name, data)
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
    return factorize(name, data, values)


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
        out[row] = x
    return out


def _encode(target: LabelVector | Matrix, classes: Classes) -> Targets:
    if isinstance(target, LabelVector):
        return classes.encode(target)
    soft = put_in_order(Predictions(target), classes)
    try:
        return soft.part(slice(None))
    except ValueError as error:
        raise ValueError(
            f"{error} A two-dimensional y_true holds the target distribution of each sample; "
            "for multilabel targets call once per label."
        ) from None


# --- several models ---------------------------------------------------------------------------


def read_names(argument: str, models: Any, baseline: str | None = None) -> list[str]:
    """The names of the models, and a baseline that is one of them."""
    if not isinstance(models, Mapping) or not models:
        raise ValueError(
            f'{argument} must be given as a dict, {{"name": ...}}, with at least one entry; got '
            f"{shorten(models)}."
        )
    names = list(models)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"names of models must be strings; got {shorten(name)}.")
    if baseline is not None and baseline not in names:
        raise ValueError(f"baseline must be one of {names}; got {shorten(baseline)}.")
    return names


def names_of_logits(from_logits: Any, argument: Mapping[str, str]) -> list[str]:
    """The arguments that are logits: all, none, or those of the models named."""
    if isinstance(from_logits, bool | np.bool_):
        return list(argument.values()) if from_logits else []
    names = from_logits if isinstance(from_logits, Collection) else [from_logits]
    if isinstance(from_logits, str) or not set(names) <= set(argument):
        raise ValueError(
            "from_logits must be True, False or a list of names of models, of "
            f"{list(argument)}; got {shorten(from_logits)}."
        )
    return [argument[name] for name in names]
