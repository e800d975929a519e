"""From a fitted estimator to checked predictions with a column for each class of the task.

A metric never learns which column of ``predict_proba`` is which class; ``estimator.classes_`` says.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing as take_rows

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._host import to_host
from sklearn_xent._messages import shorten, shorten_all, warn
from sklearn_xent.exceptions import UnseenClassWarning
from sklearn_xent.inputs.alignment import (
    RowsOf,
    check_rows,
    put_in_order,
    suspect_probabilities,
)
from sklearn_xent.inputs.labels import (
    Classes,
    LabelVector,
    in_order,
    in_order_of_categories,
    read_classes,
    read_labels,
)
from sklearn_xent.inputs.predictions import Matrix, Predictions, read_matrix
from sklearn_xent.inputs.validation import RawTarget, Target, validate, validate_target

# --- private names of scikit-learn, all of which are used here --------------------------------

if TYPE_CHECKING:
    # scikit-learn has no types, and a subclass of Any would have none either

    class BaseScorer:
        """What our scorers use of scikit-learn's."""

        _sign: int
        _score_func: Any
        _kwargs: dict[str, Any]

        def __init__(
            self, score_func: Any, sign: int, kwargs: dict[str, Any], response_method: Any
        ) -> None: ...

        def __call__(
            self, estimator: Any, X: Any, y_true: Any, sample_weight: Any = None, **kwargs: Any
        ) -> float:
            """Score an estimator."""
            ...

        def set_score_request(self, **kwargs: Any) -> Self:
            """Request metadata."""
            ...

        def get_metadata_routing(self) -> Any:
            """Return the requests."""
            ...
else:
    from sklearn.metrics._scorer import _BaseScorer as BaseScorer

__all__ = ["BaseScorer", "take_rows"]


# --- the response of an estimator -----------------------------------------------------------

RESPONSE_METHODS = ("predict_proba", "predict_log_proba", "decision_function")


def read_response_method(response_method: Any) -> tuple[str, ...]:
    """Return one or several response methods, in the order of preference."""
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
    """Return the first of these methods that the estimator has; an error says what to do."""
    why = None
    for name in methods:
        try:
            if getattr(estimator, name) is not None:
                return name  # as it was asked for: a method may have another __name__, or none
        except AttributeError as error:
            why = error
    there = [name for name in RESPONSE_METHODS if hasattr(estimator, name)]
    fix = "It is no classifier that could be scored by its probabilities."
    if "predict_proba" in there:
        fix = f'It has {" and ".join(there)}: pass response_method="{there[0]}".'
    elif there:
        fix = (
            "Wrap it in CalibratedClassifierCV, which gives it probabilities. Or, if its "
            f'{there[0]} is on the scale of logits, pass response_method="{there[0]}".'
        )
    raise AttributeError(
        f"{type(estimator).__name__} has no {' or '.join(methods)}. {fix}"
    ) from why


def cached_response(method_caller: Callable[..., Any], estimator: Any, name: str, X: Any) -> Any:
    """Return what the method returns, computed once for all our scorers of a multi-metric call.

    scikit-learn's own entry for a method holds one column of a binary problem, chosen by the
    first scorer that asked, so ours has a key of its own. The cache is the first argument bound
    to the `method_caller` that `_BaseScorer._score` is given.
    """
    cache = getattr(method_caller, "args", (None,))[0]
    key = ("sklearn_xent", name)
    if cache is not None and key in cache:
        return cache[key]
    response = getattr(estimator, name)(X)
    if cache is not None:
        cache[key] = response
    return response


# --- aligned with the classes of the task ---------------------------------------------------


def align(
    estimator: Any,
    method: str,
    response: Any,
    y_true: Any,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    from_logits: bool | str = "auto",
    normalize: bool | None = None,
    trusted: bool = False,
) -> tuple[Target, Predictions, dict[Hashable, int]]:
    """Give each class of the task its column, of probability zero where training had none.

    Return the target, the predictions, and how many samples there are of each class that the
    estimator was not trained on. The response and `y_true` are read once. The values of a
    `trusted` response are not checked.
    """
    name = f"{type(estimator).__name__}.{method}(X)"
    if isinstance(from_logits, str):
        from_logits = method != "predict_proba"
    trained = _trained_classes(estimator)
    matrix = read_matrix(name, response)
    raw_predictions = Predictions(matrix, from_logits, checked=trusted, normalize=normalize)
    predictions = _in_order(raw_predictions, trained)
    several = predictions.matrix.values.ndim == 2
    if method == "decision_function" and several and _is_pairwise(estimator):
        raise ValueError(
            f"{name} holds one column a pair of classes. Fit with decision_function_shape='ovr'."
        )
    raw = RawTarget.read(y_true, sample_weight)
    raw.check_rows([predictions.matrix])
    unseen = raw.labels.counts(trained.find(raw.labels) < 0)
    _check_kinds(trained, raw.labels, unseen)
    task = in_order_of_categories(_task_classes(name, trained, unseen, labels), raw.labels)
    if task.labels != trained.labels:
        predictions = _with_columns_of(task, predictions, trained)
    suspect_probabilities(predictions)
    return raw.encode(task, class_weight), replace(predictions, by_classes=True), unseen


def _trained_classes(estimator: Any) -> Classes:
    """Return the classes that an estimator was trained on, in the order of its columns."""
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
    return Classes(read_labels(classes))


def _in_order(predictions: Predictions, trained: Classes) -> Predictions:
    """Return the response with its columns in the order of classes_."""
    if len(trained) == 1 and predictions.one_column:
        return predictions
    if predictions.n_classes != len(trained):
        raise ValueError(
            f"{predictions.matrix.name} has columns for {predictions.n_classes} classes, but "
            f"classes_ has {len(trained)}: [{shorten_all(trained.labels)}]."
        )
    return put_in_order(predictions, trained)


def _is_pairwise(estimator: Any) -> bool:
    """Return whether an estimator, or the last of a pipeline or search, has a column a pair."""
    if getattr(estimator, "decision_function_shape", None) == "ovo":
        return True
    inner = [getattr(estimator, name, None) for name in ("best_estimator_", "estimator_")]
    steps = getattr(estimator, "steps", None)
    inner += [steps[-1][1]] if steps else []
    return any(x is not None and _is_pairwise(x) for x in inner)


def _check_kinds(trained: Classes, target: LabelVector, unseen: Mapping[Any, int]) -> None:
    """Check that labels which are all unknown are not simply of another type."""
    kinds, others = ({_kind(x) for x in labels} for labels in (trained.labels, unseen))
    if sum(unseen.values()) == len(target) and kinds.isdisjoint(others):
        raise ValueError(
            f"none of the labels in y_true, [{shorten_all(unseen)}], is of the type of the "
            f"classes that the estimator was trained on, [{shorten_all(trained.labels)}]."
        )


def _kind(label: Any) -> type:
    """Return the type of a label; one for all numbers, and one for all strings."""
    return next((kind for kind in (str, numbers.Number) if isinstance(label, kind)), type(label))


def _task_classes(name: str, trained: Classes, unseen: Mapping[Any, int], labels: Any) -> Classes:
    """Return all classes: `labels`, or those of training and of the samples."""
    found = Classes((*trained.labels, *unseen))
    task = in_order(found) if labels is None else read_classes(labels)
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


def _with_columns_of(task: Classes, predictions: Predictions, trained: Classes) -> Predictions:
    """Return predictions with a column for each class of the task, zero where training had none."""
    checked = len(trained) > 1 and not predictions.normalize
    if checked:
        known = predictions.part(slice(None))
    elif len(trained) > 1:  # kept as passed, so that the rows to divide are counted
        known = predictions.unchecked()
    else:  # a column of ones or of any logits, checked beside its zeros later
        known = np.asarray(predictions.matrix.values, dtype=np.float64).reshape(-1, 1)
    none = -np.inf if predictions.from_logits else 0.0
    dtype = predictions.matrix.values.dtype  # which decides how exactly a row must sum to one
    out = np.full((len(known), len(task)), none, dtype=dtype if dtype.kind == "f" else np.float64)
    position = {label: column for column, label in enumerate(task.labels)}
    out[:, [position[label] for label in trained.labels]] = known
    matrix = Matrix(predictions.matrix.name, out, ulp=predictions.matrix.ulp)
    return Predictions(
        matrix,
        predictions.from_logits,
        checked=checked or predictions.checked,
        normalize=predictions.normalize,
    )


def count_unseen(target: Target, unseen: Mapping[Any, int]) -> int:
    """Count the samples of positive weight whose class training lacked."""
    is_unseen = np.asarray([label in unseen for label in target.classes.labels], dtype=bool)
    samples = is_unseen[target.y]
    return int(
        np.count_nonzero(samples if target.weight is None else samples & (target.weight > 0))
    )


STRATIFY = "Use stratified folds, or get more samples of these classes."


def warn_unseen(unseen: Mapping[Any, int], who: str, fix: str = STRATIFY) -> None:
    """Warn of classes of the samples that training lacked."""
    if unseen:
        listed = ", ".join(
            f"{shorten(x)} ({n} of the samples)" for x, n in list(unseen.items())[:5]
        )
        more = ", ..." if len(unseen) > 5 else ""
        warn(
            f"{who} not trained on {len(unseen)} of the classes tested: {listed}{more}. Their "
            f"probability is zero. {fix}",
            UnseenClassWarning,
        )


# --- probabilities for a picture ------------------------------------------------------------


def from_predictions(
    y_true: Any, y_proba: Any, *, labels: Any, sample_weight: Any, from_logits: bool
) -> tuple[Target, Floats]:
    """Return the target and the probabilities that a user passed."""
    target, [predictions] = validate(
        y_true,
        {"y_proba": y_proba},
        labels=labels,
        sample_weight=sample_weight,
        logits=["y_proba"] if from_logits else (),
    )
    return target, predictions.probabilities()


def from_estimator(
    estimator: Any, X: Any, y: Any, *, response_method: Any, sample_weight: Any, labels: Any
) -> tuple[Target, Floats]:
    """Return the target and the probabilities that a fitted estimator predicts."""
    check_rows([RowsOf("X", X), RowsOf("y", y)])
    method = find_response(estimator, read_response_method(response_method))
    target, predictions, unseen = align(
        estimator,
        method,
        getattr(estimator, method)(X),
        y,
        labels=labels,
        sample_weight=sample_weight,
    )
    warn_unseen(unseen, "the estimator was")
    return target, predictions.probabilities()


def from_splits(
    cv_results: Any, X: Any, y: Any, *, response_method: Any, sample_weight: Any, labels: Any
) -> tuple[Target, Floats]:
    """Return target and probabilities of the test parts of what `cross_validate` returned."""
    check_rows([RowsOf("X", X), RowsOf("y", y)])
    y = to_host("y", y)
    target = replace(validate_target(y, labels=labels, sample_weight=sample_weight), index=None)
    estimators, tests = _read_splits(cv_results, len(target))
    tested = np.concatenate(tests)
    if len(np.unique(tested)) < len(tested):
        raise ValueError(
            "cv_results must test each sample once, as one K-fold run does: predictions of the "
            "same sample are not independent. Pass one of the repeats."
        )
    parts = []
    for estimator, rows in zip(estimators, tests, strict=True):
        _, proba = from_estimator(
            estimator,
            take_rows(X, rows),
            take_rows(y, rows),
            response_method=response_method,
            sample_weight=None,
            labels=target.classes,
        )
        parts.append(proba)
    return target.take(tested), np.concatenate(parts)


def _read_splits(cv_results: Any, n: int) -> tuple[list[Any], list[Codes]]:
    """Return the estimators, and the rows that each was tested on."""
    fits = isinstance(cv_results, Mapping) and {"estimator", "indices"} <= set(cv_results)
    if not fits or not isinstance(cv_results["indices"], Mapping):
        raise ValueError(
            "cv_results must be what cross_validate(..., return_estimator=True, "
            f"return_indices=True) returns; got {shorten(cv_results)}."
        )
    estimators, indices = list(cv_results["estimator"]), cv_results["indices"]
    trains, tests = ([as_rows(rows, n) for rows in indices[part]] for part in ("train", "test"))
    seen = {len(np.union1d(train, test)) for train, test in zip(trains, tests, strict=True)}
    if len(estimators) != len(tests) or max(seen) > n or min(seen) <= n / 2:
        raise ValueError(
            f"cv_results, of {len(estimators)} estimators and {len(tests)} splits of "
            f"{max(seen)} samples, must be of X and y, which have {n}."
        )
    return estimators, tests


Rows = NDArray[np.intp]
Split = tuple[Rows, Rows]
"""The rows of the training part and of the test part."""


def check_pairs(cv: Any) -> None:
    """Check that listed splits are pairs (train, test), each a list of rows or a mask."""
    for number, split in enumerate(cv if isinstance(cv, list | tuple) else ()):
        is_pair = isinstance(split, tuple | list | np.ndarray) and len(split) == 2
        if not is_pair or any(np.ndim(part) != 1 for part in split):
            raise ValueError(
                "cv must make pairs (train, test), each a list of row numbers or a mask; split "
                f"{number} is {shorten(split)}."
            )


def as_rows(rows: Any, n: int) -> Rows:
    """Return row numbers for whatever may index n rows: a mask, or numbers, negative ones too."""
    try:
        out = np.asarray(np.arange(n)[to_host("cv", rows)], dtype=np.intp)
    except IndexError as error:
        raise ValueError(f"cv must give rows of the {n} samples; {error}.") from None
    if out.ndim != 1:
        raise ValueError(f"cv must give vectors of rows; got shape {out.shape}.")
    return out


def name_of(estimator: Any) -> str:
    """Return the name of an estimator in a picture: of a pipeline, that of its last step."""
    steps = getattr(estimator, "steps", None)
    return type(steps[-1][1] if steps else estimator).__name__


def chosen_classes(target: Target, pos_label: Any) -> list[int]:
    """Return the positions of the classes to draw: `pos_label`, the second of two, or all."""
    labels = target.classes.labels
    if target.y.ndim == 2:
        raise ValueError("the picture needs class labels; y_true holds target distributions.")
    if pos_label is not None:
        if not isinstance(pos_label, Hashable) or pos_label not in labels:
            raise ValueError(
                f"pos_label must be one of the classes [{shorten_all(labels)}]; got "
                f"{shorten(pos_label)}."
            )
        return [labels.index(pos_label)]
    return [1] if len(labels) == 2 else list(range(len(labels)))
