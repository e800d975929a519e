"""Read sample and class weights, and combine them into one weight for each sample."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sklearn_xent._arrays import Floats, Targets
from sklearn_xent._messages import is_number, shorten, shorten_all
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.predictions import Matrix, read_matrix


def class_frequencies(y: Targets, n_classes: int, weight: Floats | None) -> Floats:
    """The (weighted) frequency of each class."""
    if y.ndim == 2:
        return np.asarray(np.average(y, axis=0, weights=weight))
    counts = np.bincount(y, weights=weight, minlength=n_classes)
    return np.asarray(counts / counts.sum(), dtype=np.float64)


LEAST_WEIGHT, GREATEST_WEIGHT = 1e-100, 1e100
"""Between them neither a sum of weights nor one of their squares leaves the range of numbers."""


def read_weights(sample_weight: Any) -> list[Matrix]:
    """Read the sample weights, if there are any, as a column that knows its rows."""
    if sample_weight is None:
        return []
    matrix = read_matrix("sample_weight", sample_weight)
    if matrix.values.ndim != 1:
        raise ValueError(f"sample_weight must be of shape (n_samples,); got {matrix.values.shape}.")
    with np.errstate(over="ignore"):
        weight = matrix.values.astype(np.float64)
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
    if len(bad):
        raise ValueError(
            f"sample_weight: {len(bad)} of {len(weight)} weights are negative or not finite; first "
            f"{weight[bad[0]]:.6g} in row {bad[0]}. Drop these rows, or give them weight zero."
        )
    _check_sizes("sample_weight", weight)
    return [replace(matrix, values=weight)]


def _check_sizes(name: str, weight: Floats) -> None:
    """Check that each weight is zero or of a size that sums can hold."""
    bad = np.flatnonzero((weight != 0) & ((weight < LEAST_WEIGHT) | (weight > GREATEST_WEIGHT)))
    if len(bad):
        raise ValueError(
            f"{name} must be 0 or from {LEAST_WEIGHT:g} to {GREATEST_WEIGHT:g}; got "
            f"{weight[bad[0]]:.6g}, first at position {bad[0]}. Scale the weights, or give these a "
            "weight of zero."
        )


def combine_weights(
    weights: Sequence[Matrix], class_weight: Any, y: Targets, classes: Classes
) -> Floats | None:
    """Return one weight for each sample; None where there are no weights."""
    weight = weights[0].values if weights else None
    if weight is not None:
        _check_any("sample_weight", weight)
    if class_weight is None:
        return weight
    by_class = _class_weights(class_weight, y, classes, weight)
    _check_sizes("class_weight", by_class)
    by_sample = y @ by_class if y.ndim == 2 else by_class[y]
    product = by_sample if weight is None else weight * by_sample
    _check_any("class_weight", product)
    _check_sizes("class_weight times sample_weight", product)
    return product


def _check_any(name: str, weight: Floats) -> None:
    """Check that some sample has a weight."""
    if not weight.any():
        raise ValueError(f"{name} gives every sample a weight of zero. Give one a positive weight.")


def _class_weights(
    class_weight: Any, y: Targets, classes: Classes, weight: Floats | None
) -> Floats:
    if isinstance(class_weight, str) and class_weight == "balanced":
        return balanced(class_frequencies(y, len(classes), weight))
    check_class_weight(class_weight)
    check_class_weight_names(class_weight, classes)
    return np.asarray([class_weight.get(label, 1.0) for label in classes.labels], dtype=np.float64)


def check_class_weight_names(class_weight: Any, classes: Classes) -> None:
    """Weights are of classes that exist."""
    if not isinstance(class_weight, Mapping):
        return
    known = set(classes.labels)
    unknown = [label for label in class_weight if label not in known]
    if unknown:
        raise ValueError(
            f"class_weight names {shorten_all(unknown)}, not among the classes "
            f"[{shorten_all(classes.labels)}]. A class that is not named weighs 1; in a scorer "
            "whose folds may lack a class, list all as labels=[...]."
        )


def balanced(prior: Floats) -> Floats:
    """Class weights that give every class that occurs the same total."""
    present = prior > 0
    with np.errstate(over="ignore"):
        inverse = np.divide(1.0, prior, out=np.zeros(len(prior)), where=present)
    if (inverse > GREATEST_WEIGHT).any():
        raise ValueError("class_weight: a class weighs too little to be balanced. Drop it.")
    return np.asarray(inverse / present.sum(), dtype=np.float64)


def check_class_weight(class_weight: Any) -> None:
    """None, "balanced", or weights by label."""
    if class_weight is None or (isinstance(class_weight, str) and class_weight == "balanced"):
        return
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            'class_weight must be None, "balanced" or a dict {label: weight}; got '
            f"{shorten(class_weight)}."
        )
    for label, weight_of_label in class_weight.items():
        if not (is_number(weight_of_label) and 0 <= weight_of_label < np.inf):
            raise ValueError(
                f"class_weight must hold finite numbers, not negative; got "
                f"{shorten(weight_of_label)} for {shorten(label)}."
            )
