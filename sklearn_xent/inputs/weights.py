"""Read sample and class weights, and combine them into one weight for each sample."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from sklearn_xent._arrays import Floats, Targets
from sklearn_xent._messages import is_number, shorten, shorten_all
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.predictions import Matrix, read_matrix

LEAST_WEIGHT, GREATEST_WEIGHT = 1e-100, 1e100
"""The sums of weights of such sizes, and of their squares, neither overflow nor vanish."""

_RULE = f"0 or from {LEAST_WEIGHT:g} to {GREATEST_WEIGHT:g}"


# --- weights of samples ---------------------------------------------------------------------


def read_weights(sample_weight: Any) -> Matrix | None:
    """Read the sample weights, with their index; return None where there are none."""
    if sample_weight is None:
        return None
    matrix = read_matrix("sample_weight", sample_weight, vector=True)
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
    return replace(matrix, values=weight)


def combine_weights(
    weights: Matrix | None, class_weight: Any, y: Targets, classes: Classes
) -> Floats | None:
    """Return one weight for each sample; None where there are no weights."""
    weight = None if weights is None else weights.values
    if weights is not None:
        check_positive_sum(weights.name, weights.values)
    if class_weight is None:
        return weight
    by_class = _class_weights(class_weight, y, classes, weight)
    by_sample = y @ by_class if y.ndim == 2 else by_class[y]
    name = "class_weight"
    if weights is not None:
        by_sample, name = weights.values * by_sample, f"class_weight times {weights.name}"
    check_positive_sum("class_weight", by_sample)
    _check_sizes(name, by_sample)
    return np.asarray(by_sample, dtype=np.float64)


def _check_sizes(name: str, weight: Floats) -> None:
    """Check that each weight is zero or of a size that sums can hold."""
    bad = np.flatnonzero((weight != 0) & ((weight < LEAST_WEIGHT) | (weight > GREATEST_WEIGHT)))
    if len(bad):
        raise ValueError(
            f"{name} must be {_RULE}; {len(bad)} of {len(weight)} weights are not, first "
            f"{weight[bad[0]]:.6g} in row {bad[0]}. Scale all weights by the same number, or give "
            "these a weight of zero."
        )


def check_positive_sum(name: str, weight: Floats) -> None:
    """Check that some sample has a weight."""
    if not weight.any():
        raise ValueError(f"{name} gives every sample a weight of zero. Give one a positive weight.")


# --- weights of classes ---------------------------------------------------------------------


def check_class_weight(class_weight: Any) -> None:
    """Check that this is None, "balanced" or a dict of weights by label."""
    if class_weight is None or (isinstance(class_weight, str) and class_weight == "balanced"):
        return
    if not isinstance(class_weight, Mapping):
        raise ValueError(
            'class_weight must be None, "balanced" or a dict {label: weight}; got '
            f"{shorten(class_weight)}."
        )
    for label, weight in class_weight.items():
        if not (is_number(weight) and 0 <= weight < np.inf):
            raise ValueError(
                f"class_weight must hold finite numbers, not negative; got {shorten(weight)} for "
                f"{shorten(label)}."
            )
        if weight and not LEAST_WEIGHT <= weight <= GREATEST_WEIGHT:
            raise ValueError(
                f"class_weight must be {_RULE}; got {shorten(weight)} for {shorten(label)}. Scale "
                "the weights of all classes by the same number, or give this one a weight of zero."
            )


def check_class_weight_names(class_weight: Any, classes: Classes) -> None:
    """Check that weights by label are of classes that exist."""
    if not isinstance(class_weight, Mapping):
        return
    known = set(classes.labels)
    lacking = [label for label in classes.labels if label not in class_weight]
    if lacking and hasattr(type(class_weight), "__missing__"):
        raise ValueError(
            f"class_weight is a {type(class_weight).__name__} that does not name the classes "
            f"[{shorten_all(lacking)}]. Its default weights are not used: a class that is not "
            "named weighs 1. Name all classes."
        )
    unknown = [label for label in class_weight if label not in known]
    if unknown:
        raise ValueError(
            f"class_weight names {shorten_all(unknown)}, not among the classes "
            f"[{shorten_all(classes.labels)}]. A class that is not named weighs 1; in a scorer "
            "whose folds may lack a class, list all as labels=[...]."
        )


def _class_weights(
    class_weight: Any, y: Targets, classes: Classes, weight: Floats | None
) -> Floats:
    """Return the weight of each class, in the order of the classes."""
    if isinstance(class_weight, str) and class_weight == "balanced":
        return balanced(class_frequencies(y, len(classes), weight), classes)
    check_class_weight(class_weight)
    check_class_weight_names(class_weight, classes)
    return np.asarray([class_weight.get(label, 1.0) for label in classes.labels], dtype=np.float64)


def class_frequencies(y: Targets, n_classes: int, weight: Floats | None) -> Floats:
    """Return the (weighted) frequency of each class."""
    if y.ndim == 2:
        return np.asarray(np.average(y, axis=0, weights=weight))
    counts = np.bincount(y, weights=weight, minlength=n_classes)
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def balanced(frequencies: Floats, classes: Classes) -> Floats:
    """Return class weights that give every class that occurs the same total."""
    occurs = frequencies > 0
    too_rare = np.flatnonzero(occurs & (frequencies < 1.0 / GREATEST_WEIGHT))
    if len(too_rare):
        raise ValueError(
            f"class_weight: class {shorten(classes.labels[too_rare[0]])} weighs too little to be "
            f"balanced, {frequencies[too_rare[0]]:.6g} of all. Drop its rows, or give them a "
            "weight of zero."
        )
    inverse = np.divide(1.0, frequencies, out=np.zeros(len(frequencies)), where=occurs)
    return np.asarray(inverse / occurs.sum(), dtype=np.float64)
