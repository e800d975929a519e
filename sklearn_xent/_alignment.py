"""Layer 7: the response of an estimator, matched to the classes of the task.

A metric never learns which column of ``predict_proba`` is which class; ``estimator.classes_`` says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_xent import _labels
from sklearn_xent._columns import put_in_order
from sklearn_xent._inputs import Truth, clean, read_vector
from sklearn_xent._labels import Classes, LabelVector
from sklearn_xent._messages import shorten, shorten_all, warn
from sklearn_xent._probabilities import Predictions, read_matrix
from sklearn_xent._rows import check_rows
from sklearn_xent._sklearn import response_name
from sklearn_xent.exceptions import UnseenClassWarning

RESPONSE_METHODS = ("predict_proba", "predict_log_proba", "decision_function")


def read_response_method(response_method: Any) -> tuple[str, ...]:
    """One or several response methods, in the order of preference."""
    several = isinstance(response_method, list | tuple)
    methods = tuple(response_method) if several else (response_method,)
    known = [isinstance(method, str) and method in RESPONSE_METHODS for method in methods]
    if not methods or not all(known):
        raise ValueError(
            f"response_method must be among {', '.join(RESPONSE_METHODS)}; got "
            f"{shorten(response_method)}. To score predicted labels, use make_scorer."
        )
    return methods


def find_response(estimator: Any, methods: Sequence[str]) -> str:
    """The response method that the estimator has, or an error with the way out."""
    try:
        return response_name(estimator, methods)
    except AttributeError as error:
        there = [name for name in RESPONSE_METHODS if hasattr(estimator, name)]
        remedy = "It is no classifier that could be scored by its probabilities."
        if "predict_proba" in there:
            remedy = f'It has {" and ".join(there)}: pass response_method="{there[0]}".'
        elif there:
            remedy = (
                "Wrap it in CalibratedClassifierCV, which gives it probabilities. Or, if its "
                f'{there[0]} is on the scale of logits, pass response_method="{there[0]}".'
            )
        name = type(estimator).__name__
        raise AttributeError(f"{name} has no {' or '.join(methods)}. {remedy}") from error


@dataclass(frozen=True)
class Aligned:
    """An estimator's response with a column for every class of the task."""

    name: str
    values: Any
    classes: Classes
    from_logits: bool
    unseen: Mapping[Any, int]
    """How many samples there are of each class that the estimator was not trained on."""

    def n_unseen(self, truth: Truth) -> int:
        """How many samples of positive weight are of a class that training lacked."""
        is_unseen = np.asarray([label in self.unseen for label in self.classes.labels])
        samples = is_unseen[truth.y]
        return int(
            np.count_nonzero(samples if truth.weight is None else samples & (truth.weight > 0))
        )

    def clean(self, y_true: Any, **weights: Any) -> tuple[Truth, Predictions]:
        """Clean arrays for the losses."""
        truth, [predictions] = clean(
            y_true,
            {self.name: self.values},
            labels=self.classes,
            logits=[self.name] if self.from_logits else (),
            **weights,
        )
        return truth, predictions


def align(
    estimator: Any,
    method: str,
    response: Any,
    y_true: Any,
    labels: Any = None,
    from_logits: bool | str = "auto",
) -> Aligned:
    """Give each class of the task its column, of zero probability where training had none."""
    name = f"{type(estimator).__name__}.{method}(X)"
    if isinstance(from_logits, str):
        from_logits = method != "predict_proba"
    trained = _trained_classes(estimator)
    predictions = _read_response(Predictions(read_matrix(name, response), from_logits), trained)
    several = getattr(response, "ndim", 2) == 2
    if method == "decision_function" and several and _is_pairwise(estimator):
        raise ValueError(
            f"{name} holds one column a pair of classes. Fit with decision_function_shape='ovr'."
        )
    target = read_vector("y_true", y_true)
    check_rows([target, predictions.matrix])
    unseen = target.counts(trained.find(target) < 0)
    _check_kinds(trained, target, unseen)
    task = _task_classes(name, trained, unseen, labels)
    values = response if task.labels == trained.labels else _place(predictions, trained, task)
    return Aligned(name, values, task, from_logits, unseen)


def _is_pairwise(estimator: Any) -> bool:
    """Whether an estimator, or what a pipeline or search ends in, has a column a pair."""
    if getattr(estimator, "decision_function_shape", None) == "ovo":
        return True
    inner = [getattr(estimator, name, None) for name in ("best_estimator_", "estimator_")]
    steps = getattr(estimator, "steps", None)
    inner += [steps[-1][1]] if steps else []
    return any(x is not None and _is_pairwise(x) for x in inner)


def _check_kinds(trained: Classes, target: LabelVector, unseen: Mapping[Any, int]) -> None:
    """Labels that are all unknown are not unseen classes if they are of another type."""
    strings = {isinstance(x, str) for x in (*trained.labels, *unseen)}
    if sum(unseen.values()) == len(target) and len(strings) == 2:
        raise ValueError(
            f"none of the labels in y_true, [{shorten_all(unseen)}], is of the type of the "
            f"classes that the estimator was trained on, [{shorten_all(trained.labels)}]."
        )


def _trained_classes(estimator: Any) -> Classes:
    if not hasattr(estimator, "classes_"):
        raise AttributeError(
            f"{type(estimator).__name__} has no classes_, so its columns cannot be told apart. "
            "Pass a fitted classifier, or call the metric function with labels=[...]."
        )
    classes = estimator.classes_
    if isinstance(classes, list) and any(np.ndim(of_output) > 0 for of_output in classes):
        raise ValueError(
            f"{type(estimator).__name__} has several outputs, and a loss is of one: score each "
            "output on its own."
        )
    return Classes(_labels.read_labels(classes))


def _read_response(predictions: Predictions, trained: Classes) -> Predictions:
    """The response with its columns in the order of classes_."""
    if len(trained) == 1 and predictions.one_column:
        return predictions
    if predictions.n_classes != len(trained):
        raise ValueError(
            f"{predictions.matrix.name} has columns for {predictions.n_classes} classes, but "
            f"classes_ has {len(trained)}: [{shorten_all(trained.labels)}]."
        )
    return put_in_order(predictions, trained)


def _task_classes(name: str, trained: Classes, unseen: Mapping[Any, int], labels: Any) -> Classes:
    """All classes: as `labels` lists them, or those of training and the test part."""
    if labels is None:
        task = _labels.in_order(Classes((*trained.labels, *unseen)))
    else:
        task = _labels.read_classes(labels)
    if not set(trained.labels) <= set(task.labels):
        raise ValueError(
            f"labels=[{shorten_all(task.labels)}] must hold all classes of the estimator; it was "
            f"trained on [{shorten_all(trained.labels)}]."
        )
    if len(task) == 1:
        raise ValueError(
            f"{name}: training and test hold one class only, {shorten(task.labels[0])}, so there "
            "is nothing to score. Use stratified folds, or pass labels=[...], all classes."
        )
    return task


def _place(predictions: Predictions, trained: Classes, task: Classes) -> NDArray[Any]:
    """The columns where the task has them, others of probability zero."""
    if len(trained) == 1:
        known = np.asarray(predictions.matrix.values, dtype=np.float64).reshape(-1, 1)
    else:
        known = predictions.part(slice(None))
    none = -np.inf if predictions.from_logits else 0.0
    dtype = predictions.matrix.values.dtype  # which decides how exact a row must be
    out = np.full((len(known), len(task)), none, dtype=dtype if dtype.kind == "f" else np.float64)
    position = {label: column for column, label in enumerate(task.labels)}
    out[:, [position[label] for label in trained.labels]] = known
    return out


def warn_unseen(unseen: Mapping[Any, int], who: str) -> None:
    """Tell which classes of the data were missing in training."""
    if unseen:
        listed = ", ".join(
            f"{shorten(x)} ({n} of the samples)" for x, n in list(unseen.items())[:5]
        )
        more = ", ..." if len(unseen) > 5 else ""
        warn(
            f"{who} not trained on {len(unseen)} of the classes tested: {listed}{more}. Their "
            "probability is zero. Use stratified folds, or get more samples of these classes.",
            UnseenClassWarning,
        )
