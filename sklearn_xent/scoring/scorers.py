"""Scorers: ``scorer(estimator, X, y)`` is minus a mean loss, its columns matched to the classes."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sklearn_xent._host import to_host
from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent.inputs.labels import Classes, in_order, read_classes, read_labels
from sklearn_xent.inputs.validation import read_flag, read_normalize
from sklearn_xent.inputs.weights import balanced, check_class_weight, check_class_weight_names
from sklearn_xent.losses.expected_cost import ExpectedCost
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import ALIASES, LOSSES, get_loss
from sklearn_xent.scoring import evaluation
from sklearn_xent.scoring.estimators import (
    BaseScorer,
    align,
    cached_response,
    count_unseen,
    find_response,
    read_response_method,
    warn_unseen,
)
from sklearn_xent.scoring.metrics import classification_error, mean_loss
from sklearn_xent.scoring.skill import by_label, expected_loss, read_reference, skill

_ALWAYS_THERE = "predict"
"""A last response method, which scikit-learn always finds. Without it, one scorer whose method the
estimator lacks would fail all scorers of a multi-metric call; ours raises when it is called."""


@dataclass(frozen=True)
class _Task:
    """What a scorer knows of the task: all classes, their weights, and the reference to beat."""

    classes: Classes | None = None
    class_weight: Any = None
    prior: Mapping[Any, float] | None = None
    reference: float | None = None
    """The loss of always predicting the prior; None where no skill is asked for."""
    best: float = 0.0

    def of(self, mean: float) -> float:
        """Return the metric of a mean loss: itself, or the skill."""
        if self.reference is None:
            return mean
        return skill(mean, self.reference, self.best)


class LossScorer(BaseScorer):
    """A loss as a scorer for scikit-learn's model selection: minus the mean loss, or a skill.

    Higher is better. The columns of the estimator's response are matched to the classes through
    ``estimator.classes_``. A class that the test fold lacks changes nothing. A class that training
    lacked has probability zero, with an `UnseenClassWarning`. Where a fold may lack a class in
    both, pass `labels`: the number of classes decides whether the Brier loss is halved.

    Parameters
    ----------
    loss : str or Loss
        A name, an alias or a `Loss`.
    response_method : str or sequence of str, default="predict_proba"
        ``"predict_proba"``; or ``"predict_log_proba"`` or ``"decision_function"``, whose values
        are taken as logits. Of several, the first that the estimator has is used. Where
        probabilities underflow, as those of GaussianNB do, cross-entropy counts those below eps as
        eps; log-probabilities it takes exactly.
    labels : array-like of shape (n_classes,), optional
        All classes of the task; in their order, if the loss depends on it. By default those of
        `prior` or of an `expected_cost`, else those of the training and the test part.
    class_weight : dict or "balanced", optional
        Weights of the classes; one that is not named weighs 1. ``"balanced"`` gives every class
        the same total: in each fold by its own frequencies, or, with `prior`, in all folds by
        those of the task.
    prior : dict, Series or array-like of shape (n_classes,), optional
        Class frequencies of the task, by label or in the order of `labels`: such as
        ``y.value_counts(normalize=True)`` of a Series y.
    skill : bool, default=False
        Score ``1 - loss / reference`` instead of ``-loss``: the share that the estimator avoids
        of the expected loss of always predicting `prior`. 1 is perfect, 0 no better. The
        reference is the same for every fold, so no fold makes it nan. Read the mean over the
        folds: a single fold may by chance be easier or harder than the task.
    from_logits : bool or "auto", default="auto"
        Whether the response holds logits. By default that of ``predict_proba`` does not, and the
        others do. Pass True for a ``predict_proba`` that returns raw scores, as LightGBM's does
        after training with your own objective.
    normalize : bool, default=False
        Whether to divide each row of probabilities by its sum, as in `cross_entropy`.
    **loss_options
        Options of the loss, such as ``eps``.

    Raises
    ------
    TypeError, ValueError
        At once, for an unknown loss, response method or option; when called, as in the metric
        functions.
    AttributeError
        When called on an estimator without the response method.

    Notes
    -----
    Under ``sklearn.config_context(assume_finite=True)`` the values of the response are not checked,
    as in the metric functions.

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
    >>> skill = sx.LossScorer("brier_loss", skill=True, prior={0: 1/3, 1: 1/3, 2: 1/3})
    >>> cross_val_score(LogisticRegression(max_iter=500), X, y, scoring=skill).round(3)
    array([0.889, 0.942, 0.846, 0.888, 0.952])
    """

    def __init__(
        self,
        loss: str | Loss,
        *,
        response_method: str | Sequence[str] = "predict_proba",
        labels: Any = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        prior: Any = None,
        skill: bool = False,
        from_logits: bool | Literal["auto"] = "auto",
        normalize: bool = False,
        **loss_options: Any,
    ) -> None:
        self._methods = read_response_method(response_method)
        self._loss = _read_loss(loss, loss_options)
        self._from_logits = _read_from_logits(from_logits, self._methods)
        self._normalize = read_normalize(normalize, _logits(self._from_logits, self._methods))
        check_class_weight(class_weight)
        class_weight = dict(class_weight) if isinstance(class_weight, Mapping) else class_weight
        listed = None if labels is None else list(read_labels(labels))
        known = _labels_of_costs(self.loss) if listed is None and prior is None else listed
        self._task = _read_task(self.loss, known, class_weight, prior, skill)
        options = {
            "labels": known,
            "class_weight": self._task.class_weight,
            "normalize": self._normalize or None,
        }
        super().__init__(
            ScoreFunction(self.loss, self._task),
            1 if skill else -1,
            {key: value for key, value in options.items() if value is not None},
            (*self._methods, _ALWAYS_THERE),
        )
        self._shown: Mapping[str, Any] = {
            "response_method": _shown_methods(self._methods),
            "labels": listed,
            "class_weight": class_weight,
            "prior": self._task.prior,
            "skill": skill or None,
            "from_logits": None if from_logits == "auto" else from_logits,
            "normalize": self._normalize or None,
            **loss_options,
        }
        self._by_name = isinstance(loss, str)

    @property
    def loss(self) -> Loss:
        """The loss that is scored.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> sx.get_scorer("neg_log_loss").loss
        <Loss cross_entropy, eps='auto'>
        """
        return self._loss

    def _range_for(self, n_classes: int) -> tuple[float, float]:
        """Return the least and the greatest mean loss: of the classes that the scorer knows."""
        known = self._task.classes
        return self.loss.range_for(n_classes if known is None else len(known))

    def __repr__(self) -> str:
        name = repr(self.loss.name if self._by_name else self.loss)
        shown = {key: value for key, value in self._shown.items() if value is not None}
        return f"LossScorer({name}{''.join(f', {k}={v!r}' for k, v in shown.items())})"

    @property
    def __name__(self) -> str:
        return f"neg_{self.loss.name}" if self._sign < 0 else f"{self.loss.name}_skill"

    def _score(
        self,
        method_caller: Callable[..., Any],
        estimator: Any,
        X: Any,
        y_true: Any,
        *,
        sample_weight: Any = None,
    ) -> float:
        method = find_response(estimator, self._methods)
        response = cached_response(method_caller, estimator, method, X)
        target, predictions, unseen = align(
            estimator,
            method,
            response,
            y_true,
            labels=self._task.classes,
            sample_weight=sample_weight,
            class_weight=self._task.class_weight,
            from_logits=self._from_logits,
            normalize=self._normalize,
            trusted=evaluation.assumes_finite(),
        )
        warn_unseen(unseen, "the estimator was")
        mean, n_zero = evaluation.mean(self.loss, target, predictions)
        n_zero -= count_unseen(target, unseen)
        evaluation.warn_zero_probability(n_zero, len(target), self.loss, predictions.matrix.name)
        score = self._task.of(mean)
        return score if self._sign > 0 else 0.0 - score


class ScoreFunction:
    """The metric of a scorer as ``f(y_true, y_pred)``, for consumers that read ``_score_func``."""

    def __init__(self, loss: Loss, task: _Task = _Task()) -> None:
        self.loss = loss
        self.task = task
        self.__name__: str = loss.name

    def __call__(
        self, y_true: Any, y_pred: Any, *, sample_weight: Any = None, **options: Any
    ) -> float:
        """Return the mean loss of probabilities, or the error of labels.

        The options are those of the scorer.
        """
        if self.loss != LOSSES["classification_error"] and _are_labels(y_pred):
            raise ValueError(
                f"{self.loss.name} needs probabilities; got predicted labels, as "
                "TunedThresholdClassifierCV passes them. Give it neg_classification_error."
            )
        if self.loss == LOSSES["classification_error"]:
            mean = classification_error(y_true, y_pred, sample_weight=sample_weight, **options)
        else:
            mean = mean_loss(self.loss, y_true, y_pred, sample_weight=sample_weight, **options)
        return self.task.of(mean)


def _are_labels(y_pred: Any) -> bool:
    """Return whether predictions can only be labels: a vector, but not of floats."""
    values = np.asarray(to_host("y_pred", y_pred))
    return values.ndim == 1 and values.dtype.kind != "f"


# --- arguments ------------------------------------------------------------------------------


def _shown_methods(methods: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """Return what the repr shows of the response methods; None for the default."""
    if methods == ("predict_proba",):
        return None
    return methods[0] if len(methods) == 1 else methods


def _read_from_logits(value: Any, methods: tuple[str, ...]) -> bool | str:
    """Return "auto", True or False; False contradicts responses that are logits."""
    if isinstance(value, str) and value == "auto":
        return value
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f'from_logits must be "auto", True or False; got {shorten(value)}.')
    if not value and set(methods) - {"predict_proba"}:
        raise ValueError(
            f"from_logits=False contradicts response_method={shorten(methods)}: log-probabilities "
            "and margins are logits. Leave from_logits out."
        )
    return bool(value)


def _logits(from_logits: bool | str, methods: tuple[str, ...]) -> list[str]:
    """Return the response methods whose responses are logits."""
    if not isinstance(from_logits, str):
        return list(methods) if from_logits else []
    return [method for method in methods if method != "predict_proba"]


def _read_loss(loss: Any, options: Mapping[str, Any]) -> Loss:
    """Return the loss with its options; an unknown option is an error that lists all."""
    try:
        return get_loss(loss, **options)
    except TypeError as error:
        raise TypeError(
            f"{error} A scorer also takes response_method, labels, class_weight, prior, skill, "
            "from_logits and normalize; sample_weight is passed when it is called."
        ) from None


def _labels_of_costs(loss: Loss) -> list[Any] | None:
    """Return the classes that costs are of, sorted; None for a loss that is of any classes."""
    return list(in_order(Classes(loss.labels)).labels) if isinstance(loss, ExpectedCost) else None


def _read_task(loss: Loss, labels: Any, class_weight: Any, prior: Any, skilled: Any) -> _Task:
    """Return what is known of the task; check that its parts fit."""
    wants_skill = read_flag("skill", skilled)
    if prior is None and wants_skill:
        raise ValueError(
            "skill=True needs prior=, the class frequencies of the task, such as "
            "y.value_counts(normalize=True) of a Series y: a fold may hold one class only, "
            "and then always predicting it leaves no loss to avoid."
        )
    classes = _read_classes(labels, prior)
    if classes is not None:
        check_class_weight_names(class_weight, classes)
        if isinstance(loss, ExpectedCost):
            loss.of_classes(classes.labels)  # or raise now
    if classes is None or prior is None:
        return _Task(classes, class_weight)
    frequencies = read_reference("prior", prior, classes)
    by_class = dict(zip(classes.labels, frequencies.tolist(), strict=True))
    if isinstance(class_weight, str):
        if not frequencies.all():
            raise ValueError(f"prior must be positive to balance the classes; got {by_class}.")
        class_weight = dict(
            zip(classes.labels, balanced(frequencies, classes).tolist(), strict=True)
        )
    if not wants_skill:
        return _Task(classes, class_weight, by_class)
    reference = expected_loss(loss, classes, frequencies, class_weight)
    best = loss.range_for(len(classes))[0]
    if math.isnan(skill(best, reference, best)):
        raise ValueError(
            f"skill=True needs a finite loss to avoid: always predicting {by_class} has a "
            f"{loss.name} of {reference:g}, and the best is {best:g}. Pass another prior, or a "
            "loss whose least value is finite."
        )
    return _Task(classes, class_weight, by_class, reference, best)


def _read_classes(labels: Any, prior: Any) -> Classes | None:
    """Return all classes of the task, where `labels` or the prior names them."""
    if labels is not None:
        classes = read_classes(labels)
    elif prior is None:
        return None
    elif isinstance(named := by_label("prior", prior, None), Mapping):
        classes = in_order(Classes(read_labels(list(named))))
    else:
        raise ValueError(
            "prior must be a dict {label: frequency} or a Series by label, or pass labels= as well."
        )
    if len(classes) < 2:
        raise ValueError(
            f"a task has at least two classes; got [{shorten_all(classes.labels)}] as "
            f"{'prior' if labels is None else 'labels'}."
        )
    return classes


# --- by name --------------------------------------------------------------------------------


class _SharedScorer(LossScorer):
    """A scorer that everybody imports: configuring it gives a copy, and leaves it as it is.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> from sklearn.dummy import DummyClassifier
    >>> X, y = [[0], [0], [0], [0]], ["no", "yes", "yes", "yes"]
    >>> frequencies = DummyClassifier(strategy="prior").fit(X, y)
    >>> {name: round(score(frequencies, X, y), 4) for name, score in sx.SCORERS.items()}
    {'neg_classification_error': -0.25, 'neg_brier_loss': -0.1875, 'neg_cross_entropy': -0.5623}
    """

    def set_score_request(self, **requests: Any) -> Any:
        return LossScorer(self.loss.name).set_score_request(**requests)


neg_classification_error: LossScorer = _SharedScorer("classification_error")
neg_brier_loss: LossScorer = _SharedScorer("brier_loss")
neg_cross_entropy: LossScorer = _SharedScorer("cross_entropy")

SCORERS: Mapping[str, LossScorer] = {
    f"neg_{scorer.loss.name}": scorer
    for scorer in (neg_classification_error, neg_brier_loss, neg_cross_entropy)
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
        The copy; of a `LossScorer`, one of itself.

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
    if isinstance(name, _SharedScorer):
        return LossScorer(name.loss.name)
    if isinstance(name, LossScorer):
        return copy.deepcopy(name)
    known = {f"neg_{loss}" for loss in (*LOSSES, *ALIASES)}
    if not isinstance(name, str) or name not in known:
        raise ValueError(
            f"unknown scorer {shorten(name)}; known: {', '.join(sorted(known))}; or make one with "
            "LossScorer(loss)."
        )
    return LossScorer(name.removeprefix("neg_"))
