"""Layer 4: sample and class weights to one weight a sample, scaled."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sklearn_xent._kernels import Floats
from sklearn_xent._labels import Classes
from sklearn_xent._loss import Targets
from sklearn_xent._messages import is_number, shorten, shorten_all
from sklearn_xent._probabilities import Matrix, read_matrix


def class_frequencies(y: Targets, n_classes: int, weight: Floats | None) -> Floats:
    """The (weighted) frequency of each class."""
    if y.ndim == 2:
        return np.asarray(np.average(y, axis=0, weights=weight))
    counts = np.bincount(y, weights=weight, minlength=n_classes)
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def read_weights(sample_weight: Any) -> list[Matrix]:
    """The sample weights, if there are any, as a column that knows its rows."""
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
    return [replace(matrix, values=weight)]


def _scaled(name: str, weight: Floats) -> tuple[Floats, int]:
    """The weights over a power of two, the greatest in [1/2, 1), and the exponent of that power."""
    greatest = float(weight.max())
    if greatest == 0:
        raise ValueError(f"{name} gives every sample a weight of zero. Give one a positive weight.")
    exponent = math.frexp(greatest)[1]
    scaled = np.ldexp(weight, -exponent)
    if np.count_nonzero(scaled) < np.count_nonzero(weight):
        raise ValueError(
            f"{name} must not span more than 300 orders of magnitude; got weights up to "
            f"{greatest:g}, beside which others vanish. Give those a weight of zero."
        )
    return scaled, exponent


def combine_weights(
    weights: Sequence[Matrix], class_weight: Any, y: Targets, classes: Classes
) -> tuple[Floats | None, int]:
    """One scaled weight for each sample, and the exponent of the scale."""
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
    if np.isinf(inverse).any():
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
