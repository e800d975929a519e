"""Layer 8: the predictions of fitted estimators, ready for the losses."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from sklearn_xent._alignment import align, find_response, read_response_method, warn_unseen
from sklearn_xent._inputs import Truth, clean, clean_target
from sklearn_xent._kernels import Codes, Floats
from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent._rows import Indexed, check_rows
from sklearn_xent._sklearn import take_rows
from sklearn_xent._splits import as_rows

NEEDED = ("estimator", "indices")


def of_estimator(
    estimator: Any, X: Any, y: Any, *, response_method: Any, sample_weight: Any, labels: Any
) -> tuple[Truth, Floats]:
    """What an estimator says of some samples, and what happened."""
    check_rows([Indexed("X", X), Indexed("y", y)])
    method = find_response(estimator, read_response_method(response_method))
    aligned = align(estimator, method, getattr(estimator, method)(X), y, labels)
    warn_unseen(aligned.unseen, "the estimator was")
    truth, predictions = aligned.clean(y, sample_weight=sample_weight)
    return truth, predictions.probabilities()


def of_splits(
    cv_results: Any, X: Any, y: Any, *, response_method: Any, sample_weight: Any, labels: Any
) -> tuple[Truth, Floats]:
    """What the estimators of `cross_validate` say of the samples that they were tested on."""
    check_rows([Indexed("X", X), Indexed("y", y)])
    truth = replace(clean_target(y, labels=labels, sample_weight=sample_weight), index=None)
    estimators, tests = _read_splits(cv_results, len(truth))
    tested = np.concatenate(tests)
    if len(np.unique(tested)) < len(tested):
        raise ValueError(
            "cv_results must test each sample once, as one K-fold run does: predictions of the "
            "same sample are not independent. Pass one of the repeats."
        )
    parts = []
    for estimator, rows in zip(estimators, tests, strict=True):
        _, proba = of_estimator(
            estimator,
            take_rows(X, rows),
            take_rows(y, rows),
            response_method=response_method,
            sample_weight=None,
            labels=truth.classes,
        )
        parts.append(proba)
    return truth.take(tested), np.concatenate(parts)


def _read_splits(cv_results: Any, n: int) -> tuple[list[Any], list[Codes]]:
    """The estimators, and the rows that each was tested on."""
    fits = isinstance(cv_results, Mapping) and set(NEEDED) <= set(cv_results)
    if not fits or not isinstance(cv_results["indices"], Mapping):
        raise ValueError(
            "cv_results must be what cross_validate(..., return_estimator=True, "
            f"return_indices=True) returns; got {shorten(cv_results)}."
        )
    estimators, indices = list(cv_results["estimator"]), cv_results["indices"]
    parts = [[as_rows(rows, n) for rows in indices[part]] for part in ("train", "test")]
    seen = {len(np.union1d(train, test)) for train, test in zip(*parts, strict=True)}
    if len(estimators) != len(parts[1]) or max(seen) > n or min(seen) <= n / 2:
        raise ValueError(
            f"cv_results, of {len(estimators)} estimators and {len(parts[1])} splits of "
            f"{max(seen)} samples, must be of X and y, which have {n}."
        )
    return estimators, parts[1]


def of_predictions(
    y_true: Any, y_proba: Any, *, labels: Any, sample_weight: Any, from_logits: bool
) -> tuple[Truth, Floats]:
    """Predictions that a user passed, and what happened."""
    truth, [predictions] = clean(
        y_true,
        {"y_proba": y_proba},
        labels=labels,
        sample_weight=sample_weight,
        logits=["y_proba"] if from_logits else (),
    )
    return truth, predictions.probabilities()


def name_of(estimator: Any) -> str:
    """What an estimator is called in a picture: of a pipeline, its last step."""
    steps = getattr(estimator, "steps", None)
    return type(steps[-1][1] if steps else estimator).__name__


def chosen_classes(truth: Truth, pos_label: Any) -> list[int]:
    """Positions of the classes to draw: one that is named, the second of two, or all."""
    labels = truth.classes.labels
    if truth.y.ndim == 2:
        raise ValueError("the picture needs class labels; y_true holds target distributions.")
    if pos_label is not None:
        if not isinstance(pos_label, Hashable) or pos_label not in labels:
            raise ValueError(
                f"pos_label must be one of the classes [{shorten_all(labels)}]; got "
                f"{shorten(pos_label)}."
            )
        return [labels.index(pos_label)]
    return [1] if len(labels) == 2 else list(range(len(labels)))
