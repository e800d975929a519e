"""Compute the loss of a constant prediction, and the share of it that predictions avoid."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import shorten_all, warn
from sklearn_xent.exceptions import UndefinedSkillWarning
from sklearn_xent.inputs.alignment import counts_rows
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.predictions import Matrix, Predictions, read_matrix
from sklearn_xent.inputs.validation import Target
from sklearn_xent.inputs.weights import combine_weights
from sklearn_xent.losses.loss import Loss
from sklearn_xent.scoring import evaluation


def reference_loss(loss: Loss, target: Target, prior: Floats) -> float:
    """Return the mean loss of predicting the same distribution for every sample."""
    if target.y.ndim == 1 and type(loss).every_label is not Loss.every_label:
        row = Predictions(read_matrix("reference", prior[None, :]))
        return evaluation.mean_over_labels(loss, target, row)
    if target.y.ndim == 1:
        # one sample for each class that occurs, weighted by its frequency, has the same mean
        frequency = target.prior
        occurs = np.flatnonzero(frequency)
        target = Target(target.classes, occurs, frequency[occurs])
    constant = np.broadcast_to(prior, (len(target), len(prior)))
    return evaluation.mean(loss, target, Predictions(read_matrix("reference", constant)))[0]


def expected_loss(loss: Loss, classes: Classes, prior: Floats, class_weight: Any) -> float:
    """Return the loss of always predicting the prior, for labels that follow it.

    With class weights both are reweighted.
    """
    each = np.arange(len(classes))
    weight = combine_weights(Matrix("prior", prior), class_weight, each, classes)
    target = Target(classes, each, weight)
    return reference_loss(loss, target, target.prior)


def skill(own: float, reference: float, best: float = 0.0) -> float:
    """Return the share of the reference's loss that is avoided; nan where none can be."""
    if reference == best or not math.isfinite(reference - best):
        return math.nan
    return (reference - own) / (reference - best)


def warn_undefined_skill(references: Mapping[str, float]) -> None:
    """Warn that the skill of some losses is nan, and say why; of each the loss of its reference."""
    values = dict.fromkeys(f"{reference:g}" for reference in references.values())
    warn(
        f"the skill of {', '.join(references)} is undefined (nan), because its reference has a "
        f"loss of {' or '.join(values)}, which leaves no finite loss to avoid. If y_true holds "
        "one class only, always predicting it is perfect; a reference that is not would be the "
        "class frequencies of the training data, in skill_score(..., reference=...).",
        UndefinedSkillWarning,
    )


def by_label(name: str, reference: Any, labels: Sequence[Any] | None) -> Any:
    """Return a Series whose index holds labels as a dict, anything else as it is.

    An index that only counts rows is no labels, unless the classes are these numbers.
    """
    if not isinstance(reference, pd.Series):
        return reference
    index = reference.index
    if not index.is_unique:
        raise ValueError(
            f"{name} must give each class one probability; its index holds "
            f"{shorten_all(index[index.duplicated()].tolist())} more than once."
        )
    counts = counts_rows(index)
    if counts and labels is not None:
        if set(index) != set(labels):
            return reference
        if list(index) != list(labels):
            raise ValueError(
                f"{name} is a Series whose index counts 0, 1, ..., which could be the labels or "
                f"positions in [{shorten_all(labels)}]. Pass a dict, or .to_numpy()."
            )
    return reference.to_dict()


def read_reference(name: str, reference: Any, classes: Classes) -> Floats:
    """Return the distribution to beat, in the order of the classes."""
    labels = classes.labels
    reference = by_label(name, reference, labels)
    if isinstance(reference, Mapping):
        if set(reference) != set(labels):
            raise ValueError(
                f"{name} must give a probability to each of the classes "
                f"[{shorten_all(labels)}]; got [{shorten_all(reference)}]."
            )
        reference = [reference[label] for label in labels]
    if isinstance(reference, pd.DataFrame):
        raise ValueError(f"{name} must be a vector or a dict {{label: probability}}.")
    values = read_matrix(name, reference, vector=True).values.astype(np.float64)
    if values.shape != (len(labels),):
        raise ValueError(
            f"{name} must hold one probability for each of the {len(labels)} classes; got "
            f"shape {values.shape}."
        )
    if not ((values >= 0).all() and abs(values.sum() - 1) <= 1e-6):
        raise ValueError(f"{name} must hold probabilities that sum to 1; got {values}.")
    return values
