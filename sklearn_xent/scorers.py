"""Layer 9: scorers. ``scorer(estimator, X, y)`` is minus a mean loss, aligned on the classes.

A metric never learns which column of ``predict_proba`` is which class; a scorer does.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_xent import _evaluation, _labels
from sklearn_xent._columns import put_in_order
from sklearn_xent._inputs import Truth, clean, read_vector
from sklearn_xent._labels import Classes, LabelVector
from sklearn_xent._loss import Loss
from sklearn_xent._losses import ALIASES, LOSSES, get_loss
from sklearn_xent._messages import shorten, shorten_all, warn
from sklearn_xent._probabilities import Predictions, read_matrix
from sklearn_xent._rows import check_rows
from sklearn_xent._sklearn import BaseScorer, cached_response, response_name
from sklearn_xent._weights import check_class_weight
from sklearn_xent.exceptions import UnseenClassWarning
from sklearn_xent.metrics import classification_error, mean_loss

RESPONSE_METHODS = ("predict_proba", "predict_log_proba", "decision_function")
METRIC_OPTIONS = ("labels", "class_weight")


class LossScorer(BaseScorer):  # type: ignore[misc]
    """A loss as a scorer for scikit-learn's model selection: minus the mean loss.

    Higher is better. The columns of the estimator's response are matched to the classes through
    ``estimator.classes_``: a class absent from the test fold changes nothing, and a class absent
    from training has probability zero there, with an `UnseenClassWarning`. Where a fold may lack
    a class in training and test, `labels` keeps the number of classes, on which the halving of
    the Brier loss depends.

    Parameters
    ----------
    loss : str or Loss
        A name, an alias or a `Loss`.
    response_method : str or sequence of str, default="predict_proba"
        ``"predict_proba"``; ``"predict_log_proba"`` or ``"decision_function"``, whose values
        are taken as logits; or several of them, of which the first that the estimator has is
        used.
    **metric_options
        ``labels``, all classes of the task, in their order for a loss to which it matters;
        ``class_weight``; and the options of the loss, such as ``eps``.

    Raises
    ------
    TypeError, ValueError
        For an unknown loss, response method or option, at once; when called, as the metric
        functions do.
    AttributeError
        When called on an estimator without the response method.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> X, y = load_iris(return_X_y=True)
    >>> cross_val_score(LogisticRegression(max_iter=500), X, y, scoring=sx.neg_brier_loss).round(3)
    array([-0.074, -0.039, -0.103, -0.075, -0.032])
    >>> sx.LossScorer("cross_entropy", eps=1e-6)
    LossScorer('cross_entropy', eps=1e-06)
    """

    def __init__(
        self,
        loss: str | Loss,
        *,
        response_method: str | Sequence[str] = "predict_proba",
        **metric_options: Any,
    ) -> None:
        one = isinstance(response_method, str) or not isinstance(response_method, Sequence)
        methods = [response_method] if one else list(response_method)
        if not methods or any(method not in RESPONSE_METHODS for method in methods):
            raise ValueError(
                f"response_method must be among {', '.join(RESPONSE_METHODS)}; got "
                f"{shorten(response_method)}. To score predicted labels, use make_scorer."
            )
        if "class_weight" in metric_options:
            check_class_weight(metric_options["class_weight"])
        if metric_options.get("labels") is not None:
            metric_options["labels"] = list(_labels.read_labels(metric_options["labels"]))
        rest = {key: value for key, value in metric_options.items() if key not in METRIC_OPTIONS}
        try:
            self.loss = get_loss(loss, **rest)
        except TypeError as error:
            raise TypeError(
                f"{error} A scorer also takes {', '.join(METRIC_OPTIONS)} and response_method; "
                "sample_weight is passed when it is called."
            ) from None
        super().__init__(ScoreFunction(self.loss), -1, metric_options, _as_given(response_method))
        self._by_name = isinstance(loss, str)

    def __repr__(self) -> str:
        name = repr(self.loss.name if self._by_name else self.loss)
        method = "" if self._response_method == "predict_proba" else self._response_method
        shown = {"response_method": method, **self._kwargs} if method else self._kwargs
        return f"LossScorer({name}{''.join(f', {k}={v!r}' for k, v in shown.items())})"

    @property
    def __name__(self) -> str:
        return f"neg_{self.loss.name}"

    def _score(
        self,
        method_caller: Callable[..., Any],
        estimator: Any,
        X: Any,
        y_true: Any,
        *,
        sample_weight: Any = None,
    ) -> float:
        method = find_response(estimator, self._response_method)
        response = cached_response(method_caller, estimator, method, X)
        aligned = align(estimator, method, response, y_true, self._kwargs.get("labels"))
        warn_unseen(aligned.unseen, "the estimator was")
        truth, predictions = aligned.clean(
            y_true, sample_weight=sample_weight, class_weight=self._class_weight(aligned.classes)
        )
        mean, n_zero = _evaluation.mean(self.loss, truth, predictions)
        _evaluation.warn_zero_probability(
            n_zero - aligned.n_unseen(truth), len(truth), self.loss, aligned.name
        )
        return 0.0 - mean

    def _class_weight(self, classes: Classes) -> Any:
        """The class weights of the classes at hand: a fold may lack some."""
        class_weight = self._kwargs.get("class_weight")
        if not isinstance(class_weight, Mapping):
            return class_weight
        here = {x: class_weight[x] for x in classes.labels if x in class_weight}
        return here or class_weight  # of which no key is a class: an error


def _as_given(response_method: str | Sequence[str]) -> str | tuple[str, ...]:
    return response_method if isinstance(response_method, str) else tuple(response_method)


class ScoreFunction:
    """The metric of a scorer as ``f(y_true, y_pred)``, for consumers that read ``_score_func``."""

    def __init__(self, loss: Loss) -> None:
        self.loss = loss
        self.__name__ = loss.name

    def __call__(
        self, y_true: Any, y_pred: Any, *, sample_weight: Any = None, **options: Any
    ) -> float:
        """Mean loss of probabilities (of the error also of labels); options as of the scorer."""
        own = {key: options.pop(key, None) for key in METRIC_OPTIONS}
        loss = self.loss.with_options(**options)
        if loss == LOSSES["classification_error"]:
            return float(classification_error(y_true, y_pred, sample_weight=sample_weight, **own))
        return float(mean_loss(loss, y_true, y_pred, sample_weight=sample_weight, **own))


# --- alignment ------------------------------------------------------------------------------


def find_response(estimator: Any, methods: str | Sequence[str]) -> str:
    """The response method that the estimator has, or an error with the way out."""
    try:
        return response_name(estimator, methods)
    except AttributeError as error:
        raise AttributeError(
            f"{type(estimator).__name__} has no {shorten(methods)}: wrap it in "
            "CalibratedClassifierCV to give it probabilities, or score its margins as logits with "
            'LossScorer(..., response_method="decision_function").'
        ) from error


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


def align(estimator: Any, method: str, response: Any, y_true: Any, labels: Any = None) -> Aligned:
    """Give each class of the task its column, of zero probability where training had none."""
    name, from_logits = f"{type(estimator).__name__}.{method}(X)", method != "predict_proba"
    trained = _trained_classes(estimator)
    predictions = _read_response(Predictions(read_matrix(name, response), from_logits), trained)
    if from_logits and getattr(estimator, "decision_function_shape", None) == "ovo":
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
    return Classes(_labels.read_labels(estimator.classes_))


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
        known = np.concatenate([block for _, block in predictions.blocks()])
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


# --- by name --------------------------------------------------------------------------------

neg_classification_error = LossScorer("classification_error")
neg_brier_loss = LossScorer("brier_loss")
neg_cross_entropy = LossScorer("cross_entropy")

SCORERS: Mapping[str, LossScorer] = {
    f"neg_{name}": scorer
    for name, scorer in zip(
        LOSSES, (neg_classification_error, neg_brier_loss, neg_cross_entropy), strict=True
    )
}


def get_scorer(name: str | LossScorer) -> LossScorer:
    """Find a scorer by name: a fresh copy, free to configure.

    Parameters
    ----------
    name : str or LossScorer
        ``neg_`` and the name or alias of a loss, such as ``"neg_log_loss"`` or ``"neg_mse"``.

    Returns
    -------
    LossScorer

    Raises
    ------
    ValueError
        When there is no scorer of that name.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> sx.get_scorer("neg_mse")
    LossScorer('brier_loss')
    """
    if isinstance(name, LossScorer):
        return copy.deepcopy(name)
    known = {f"neg_{loss}" for loss in (*LOSSES, *ALIASES)}
    if not isinstance(name, str) or name not in known:
        raise ValueError(
            f"unknown scorer {shorten(name)}; known: {', '.join(sorted(known))}; or make one with "
            "LossScorer(loss)."
        )
    return LossScorer(name.removeprefix("neg_"))
