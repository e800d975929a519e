"""Metric functions in scikit-learn's convention: the mean loss of samples, lower is better.

The scorers have the opposite sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import wraps
from numbers import Integral, Real
from typing import Any, Literal, ParamSpec, TypedDict, TypeVar, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike

from sklearn_xent import _arrays
from sklearn_xent._arrays import Floats
from sklearn_xent.inputs.alignment import suspect_labels
from sklearn_xent.inputs.labels import LabelVector, read_classes
from sklearn_xent.inputs.predictions import Matrix, Predictions
from sklearn_xent.inputs.validation import (
    Target,
    read_flag,
    read_normalize,
    read_vector,
    read_y_true,
    validate,
    validate_labels,
)
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import get_loss
from sklearn_xent.scoring import evaluation
from sklearn_xent.scoring.skill import (
    read_reference,
    reference_loss,
    skill,
    warn_undefined_skill,
)

Reduction = Literal["mean", "sum", "none"]
ToNumber = Literal["mean", "sum"]
ClassWeight = Mapping[Any, float] | Literal["balanced"] | None


P = ParamSpec("P")
T = TypeVar("T")


def _not_a_scorer(scorer: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate a metric so that its use as ``scoring=`` names the scorer instead."""

    def decorate(metric: Callable[P, T]) -> Callable[P, T]:
        @wraps(metric)
        def checked(*args: P.args, **kwargs: P.kwargs) -> T:
            if args and hasattr(args[0], "fit"):  # an estimator
                raise TypeError(
                    f"{metric.__name__} is a metric of labels and predictions, but got a "
                    f"{type(args[0]).__name__}, as scoring= and scorers get it. Pass "
                    f"scoring={scorer}."
                )
            return metric(*args, **kwargs)

        return checked

    return decorate


class MetricOptions(TypedDict, total=False):
    """What every metric function takes; the overloads below tell the type for each `reduction`."""

    labels: Any
    sample_weight: ArrayLike | None
    class_weight: ClassWeight
    from_logits: bool
    normalize: bool


class BrierOptions(MetricOptions, total=False):
    """What the Brier loss takes as well."""

    scale_by_half: bool | Literal["auto"]


class CrossEntropyOptions(MetricOptions, total=False):
    """What cross-entropy takes as well."""

    eps: float | Literal["auto"]


@overload
def classification_error(
    y_true: Any, y_pred: Any, *, reduction: Literal["none"], **options: Unpack[MetricOptions]
) -> Floats: ...
@overload
def classification_error(
    y_true: Any, y_pred: Any, *, reduction: ToNumber = ..., **options: Unpack[MetricOptions]
) -> float: ...
@_not_a_scorer("sx.neg_classification_error")
def classification_error(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    class_weight: ClassWeight = None,
    from_logits: bool = False,
    normalize: bool = False,
    reduction: Reduction = "mean",
) -> float | Floats:
    """Compute the classification error: the share of samples whose top class is not the true one.

    Lower is better; between 0 and 1. The loss of a sample is ``[argmax_j p_j != y]``. Of equally
    probable classes, the first in the sorted order of the labels counts as predicted, as in the
    ``predict`` of scikit-learn's classifiers.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_classes)
        Class labels of any hashable kind, or target distributions: then the error is the
        probability that the predicted class is not drawn.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_classes)
        Predicted class labels; or predicted probabilities, one column a class. A vector of
        floats that are not all class labels holds probabilities of the greater of two classes.
        Arrays of PyTorch, JAX or CuPy come to the host, here and in the other arguments.
    labels : array-like of shape (n_classes,), optional
        The classes in the order of the columns. By default the names of the columns where these
        name the classes, else the sorted labels of `y_true`.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples, each 0 or from 1e-100 to 1e100.
    class_weight : dict or "balanced", optional
        Weights of the classes, multiplied into `sample_weight`; ``"balanced"`` gives every
        present class the same total.
    from_logits : bool, default=False
        Whether `y_pred` holds logits (any scores whose greatest is the prediction).
    normalize : bool, default=False
        Whether to divide each row by its sum, where rounding took it from 1 to a sum from 0.9 to
        1.1. Not with logits; one column is left as it is.
    reduction : {"mean", "sum", "none"}, default="mean"
        Weighted mean, weighted sum, or the (weighted) loss of each sample, whose sum is "sum".

    Returns
    -------
    float or ndarray of shape (n_samples,)
        The reduced loss; for ``reduction="none"`` that of each sample, in float64.

    Raises
    ------
    ValueError
        For any input that is not as described, naming the rule, the first offending row and the
        fix: missing values, unknown labels, rows that do not sum to one, lengths or pandas
        indexes that do not match, classes that cannot be told apart from the arguments.

    Notes
    -----
    Under ``sklearn.config_context(assume_finite=True)`` values and sums of rows are not checked,
    but used as they are. Labels, shapes, names and weights are still checked.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> proba = [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]]
    >>> sx.classification_error([2, 1, 0], proba)
    0.3333333333333333
    >>> sx.classification_error(["cat", "dog"], ["cat", "cat"])
    0.5
    """
    _check_reduction(reduction)
    labels = None if labels is None else read_classes(labels)
    read_normalize(normalize, ["y_pred"] if read_flag("from_logits", from_logits) else ())
    if not from_logits and _may_be_labels(y_pred):
        predicted, y_true = read_vector("y_pred", y_pred), read_y_true(y_true)
        if _are_labels(predicted, y_true, labels):
            return _error_of_labels(
                y_true,
                predicted,
                reduction,
                labels=labels,
                sample_weight=sample_weight,
                class_weight=class_weight,
            )
    return _metric(
        get_loss("classification_error"),
        y_true,
        {"y_pred": y_pred},
        reduction,
        labels=labels,
        sample_weight=sample_weight,
        class_weight=class_weight,
        from_logits=from_logits,
        normalize=normalize,
    )


@overload
def brier_loss(
    y_true: Any, y_proba: Any, *, reduction: Literal["none"], **options: Unpack[BrierOptions]
) -> Floats: ...
@overload
def brier_loss(
    y_true: Any, y_proba: Any, *, reduction: ToNumber = ..., **options: Unpack[BrierOptions]
) -> float: ...
@_not_a_scorer("sx.neg_brier_loss")
def brier_loss(
    y_true: Any,
    y_proba: Any,
    *,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    class_weight: ClassWeight = None,
    from_logits: bool = False,
    normalize: bool = False,
    reduction: Reduction = "mean",
    scale_by_half: bool | Literal["auto"] = "auto",
) -> float | Floats:
    """Compute the Brier loss: the mean squared error (MSE) of the probabilities.

    Lower is better; between 0 and 2, between 0 and 1 when halved. The loss of a sample is
    ``sum_j (p_j - t_j)^2``, where t is the indicator of the true class. Strictly proper: only
    the true distribution minimises its expectation.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_classes)
        Class labels of any hashable kind, or target distributions t. The squared distance to t
        is the expected loss of a class drawn from t less what no prediction can avoid,
        ``1 - sum_j t_j^2``.
    y_proba : array-like of shape (n_samples, n_classes) or (n_samples,)
        Predicted probabilities, one column a class, float16 to float64; or one column for the
        greater of two classes, with `labels` for the second (strings need `labels`). Arrays of
        PyTorch, JAX or CuPy come to the host, here and in the other arguments.
    labels : array-like of shape (n_classes,), optional
        The classes in the order of the columns. By default the names of the columns where these
        name the classes, else the sorted labels of `y_true`.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples, each 0 or from 1e-100 to 1e100.
    class_weight : dict or "balanced", optional
        Weights of the classes, multiplied into `sample_weight`; ``"balanced"`` gives every
        present class the same total.
    from_logits : bool, default=False
        Whether `y_proba` holds logits, to be passed through softmax (one column: sigmoid).
    normalize : bool, default=False
        Whether to divide each row by its sum, where rounding took it from 1 to a sum from 0.9 to
        1.1. Not with logits; one column is left as it is.
    reduction : {"mean", "sum", "none"}, default="mean"
        Weighted mean, weighted sum, or the (weighted) loss of each sample, whose sum is "sum".
    scale_by_half : bool or "auto", default="auto"
        Whether to halve the sum; "auto" halves it for two classes, where it becomes
        ``(p - y)^2`` of the positive class, as in scikit-learn.

    Returns
    -------
    float or ndarray of shape (n_samples,)
        The reduced loss; for ``reduction="none"`` that of each sample, in float64.

    Raises
    ------
    ValueError
        For any input that is not as described, naming the rule, the first offending row and the
        fix: missing values, unknown labels, rows that do not sum to one, lengths or pandas
        indexes that do not match, classes that cannot be told apart from the arguments.

    Notes
    -----
    Under ``sklearn.config_context(assume_finite=True)`` values and sums of rows are not checked,
    but used as they are. Labels, shapes, names and weights are still checked.

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly
    Weather Review 78, 1-3.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> proba = [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]]
    >>> round(sx.brier_loss([2, 1, 0], proba), 6)
    0.806667
    >>> sx.brier_loss([1, 0], [0.75, 0.25])
    0.0625
    """
    return _metric(
        get_loss("brier_loss", scale_by_half=scale_by_half),
        y_true,
        {"y_proba": y_proba},
        reduction,
        labels=labels,
        sample_weight=sample_weight,
        class_weight=class_weight,
        from_logits=from_logits,
        normalize=normalize,
    )


@overload
def cross_entropy(
    y_true: Any, y_proba: Any, *, reduction: Literal["none"], **options: Unpack[CrossEntropyOptions]
) -> Floats: ...
@overload
def cross_entropy(
    y_true: Any, y_proba: Any, *, reduction: ToNumber = ..., **options: Unpack[CrossEntropyOptions]
) -> float: ...
@_not_a_scorer("sx.neg_cross_entropy")
def cross_entropy(
    y_true: Any,
    y_proba: Any,
    *,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    class_weight: ClassWeight = None,
    from_logits: bool = False,
    normalize: bool = False,
    reduction: Reduction = "mean",
    eps: float | Literal["auto"] = "auto",
) -> float | Floats:
    """Compute the cross-entropy (log loss): minus the log-probability of the true class, in nats.

    Lower is better; between 0 and infinity. The loss of a sample is ``-ln(max(p_y, eps))``, with
    target distributions ``-sum_j t_j ln(max(p_j, eps))``. Strictly proper, and the only proper
    loss that depends on the probability of the true class alone.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_classes)
        Class labels of any hashable kind, or target distributions t.
    y_proba : array-like of shape (n_samples, n_classes) or (n_samples,)
        Predicted probabilities, one column a class, float16 to float64; or one column for the
        greater of two classes, with `labels` for the second (strings need `labels`). Arrays of
        PyTorch, JAX or CuPy come to the host, here and in the other arguments.
    labels : array-like of shape (n_classes,), optional
        The classes in the order of the columns. By default the names of the columns where these
        name the classes, else the sorted labels of `y_true`.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples, each 0 or from 1e-100 to 1e100.
    class_weight : dict or "balanced", optional
        Weights of the classes, multiplied into `sample_weight`; ``"balanced"`` gives every
        present class the same total.
    from_logits : bool, default=False
        Whether `y_proba` holds logits or log-probabilities (one column: the logit of the
        sigmoid). Exact where probabilities underflow: only a logit of -inf meets the floor.
    normalize : bool, default=False
        Whether to divide each row by its sum, where rounding took it from 1 to a sum from 0.9 to
        1.1. Not with logits; one column is left as it is.
    reduction : {"mean", "sum", "none"}, default="mean"
        Weighted mean, weighted sum, or the (weighted) loss of each sample, whose sum is "sum".
    eps : float or "auto", default="auto"
        The least probability charged: lower ones are counted as `eps`, with a warning. "auto"
        is 2**-52 for every dtype, a loss of 36.04; 0 charges infinity for a zero probability.

    Returns
    -------
    float or ndarray of shape (n_samples,)
        The reduced loss; for ``reduction="none"`` that of each sample, in float64.

    Raises
    ------
    ValueError
        For any input that is not as described, naming the rule, the first offending row and the
        fix: missing values, unknown labels, rows that do not sum to one, lengths or pandas
        indexes that do not match, classes that cannot be told apart from the arguments.

    Warns
    -----
    ZeroProbabilityWarning
        When `eps` decided the loss of some samples; it counts them.

    Notes
    -----
    Under ``sklearn.config_context(assume_finite=True)`` values and sums of rows are not checked,
    but used as they are. Labels, shapes, names and weights are still checked.

    References
    ----------
    Good, I. J. (1952). Rational decisions. Journal of the Royal Statistical Society B 14,
    107-114.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> proba = [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]]
    >>> round(sx.cross_entropy([2, 1, 0], proba), 6)
    1.378389
    >>> sx.cross_entropy(["yes", "no"], [[1000.0], [-3.0]], labels=["no", "yes"],
    ...                  from_logits=True, reduction="none").round(6)
    array([0.      , 0.048587])
    """
    return _metric(
        get_loss("cross_entropy", eps=eps),
        y_true,
        {"y_proba": y_proba},
        reduction,
        labels=labels,
        sample_weight=sample_weight,
        class_weight=class_weight,
        from_logits=from_logits,
        normalize=normalize,
    )


@overload
def mean_loss(
    loss: str | Loss,
    y_true: Any,
    y_proba: Any,
    *,
    reduction: Literal["none"],
    **options: Unpack[MetricOptions],
) -> Floats: ...
@overload
def mean_loss(
    loss: str | Loss,
    y_true: Any,
    y_proba: Any,
    *,
    reduction: ToNumber = ...,
    **options: Unpack[MetricOptions],
) -> float: ...
@_not_a_scorer("sx.LossScorer(loss)")
def mean_loss(
    loss: str | Loss,
    y_true: Any,
    y_proba: Any,
    *,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    class_weight: ClassWeight = None,
    from_logits: bool = False,
    normalize: bool = False,
    reduction: Reduction = "mean",
) -> float | Floats:
    """Compute the mean of any loss over a data set, also of a loss of your own.

    Lower is better; the range is that of the loss. `cross_entropy` says more of the parameters.

    Parameters
    ----------
    loss : str or Loss
        A name, an alias or a `Loss`.
    y_true : array-like of shape (n_samples,) or (n_samples, n_classes)
        Class labels, or target distributions.
    y_proba : array-like of shape (n_samples, n_classes) or (n_samples,)
        Predicted probabilities. Arrays of PyTorch, JAX or CuPy come to the host.
    labels : array-like of shape (n_classes,), optional
        The classes in the order of the columns.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples, each 0 or from 1e-100 to 1e100.
    class_weight : dict or "balanced", optional
        Weights of the classes.
    from_logits : bool, default=False
        Whether `y_proba` holds logits.
    normalize : bool, default=False
        Whether to divide each row by its sum, as in `cross_entropy`.
    reduction : {"mean", "sum", "none"}, default="mean"
        Weighted mean, weighted sum, or the loss of each sample.

    Returns
    -------
    float or ndarray of shape (n_samples,)
        The reduced loss; for ``reduction="none"`` that of each sample, in float64.

    Raises
    ------
    ValueError
        As in `cross_entropy`.

    Warns
    -----
    ZeroProbabilityWarning
        As in `cross_entropy`, for a loss with an option ``eps``.

    Notes
    -----
    Under ``sklearn.config_context(assume_finite=True)`` values and sums of rows are not checked,
    but used as they are. Labels, shapes, names and weights are still checked.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> linear = sx.Loss(name="linear", title="Linear (improper)",
    ...                  function=lambda codes, proba: 1 - proba[range(len(codes)), codes])
    >>> sx.mean_loss(linear, [0, 1], [[0.75, 0.25], [0.5, 0.5]])
    0.375
    """
    return _metric(
        get_loss(loss),
        y_true,
        {"y_proba": y_proba},
        reduction,
        labels=labels,
        sample_weight=sample_weight,
        class_weight=class_weight,
        from_logits=from_logits,
        normalize=normalize,
    )


@_not_a_scorer("sx.LossScorer(loss, skill=True, prior=...)")
def skill_score(
    loss: str | Loss,
    y_true: Any,
    y_proba: Any,
    *,
    reference: ArrayLike | Mapping[Any, float] | None = None,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    class_weight: ClassWeight = None,
    from_logits: bool = False,
    normalize: bool = False,
) -> float:
    """Compute the skill score: the share of a reference's loss that the predictions avoid.

    Higher is better: 1 is perfect, 0 no better than the reference, negative worse. It is
    ``1 - loss(y_proba) / loss(reference)``, where the reference predicts the same distribution
    for every sample (and the best value of the loss, if not zero, is subtracted from both).
    `cross_entropy` says more of the parameters that it shares.

    Parameters
    ----------
    loss : str or Loss
        A name, an alias or a `Loss`.
    y_true : array-like of shape (n_samples,) or (n_samples, n_classes)
        Class labels, or target distributions.
    y_proba : array-like of shape (n_samples, n_classes) or (n_samples,)
        Predicted probabilities.
    reference : array-like of shape (n_classes,) or dict, optional
        The distribution to beat, in the order of the classes or by label: such as the class
        frequencies of the training data. By default the (weighted) frequencies in `y_true`,
        which no constant prediction can beat under a proper loss.
    labels : array-like of shape (n_classes,), optional
        The classes in the order of the columns.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples, each 0 or from 1e-100 to 1e100.
    class_weight : dict or "balanced", optional
        Weights of the classes.
    from_logits : bool, default=False
        Whether `y_proba` holds logits.
    normalize : bool, default=False
        Whether to divide each row by its sum, as in `cross_entropy`.

    Returns
    -------
    float
        The skill; nan when the reference leaves no finite loss to avoid.

    Raises
    ------
    ValueError
        As in `cross_entropy`, or when `reference` is not a distribution over the classes.

    Warns
    -----
    UndefinedSkillWarning
        When the skill is nan.
    ZeroProbabilityWarning
        As in `cross_entropy`.

    Notes
    -----
    Under ``sklearn.config_context(assume_finite=True)`` values and sums of rows are not checked,
    but used as they are. Labels, shapes, names and weights are still checked.

    References
    ----------
    Murphy, A. H. (1988). Skill scores based on the mean square error. Monthly Weather Review
    116, 2417-2424.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> sx.skill_score("brier_loss", [0, 0, 1, 1], [0.25, 0.25, 0.75, 0.75])
    0.75
    >>> round(sx.skill_score("brier_loss", [0, 0, 1, 1], [0.25, 0.25, 0.75, 0.75],
    ...                      reference={0: 0.9, 1: 0.1}), 6)
    0.847561
    """
    loss = get_loss(loss)
    target, [predictions] = validate(
        y_true,
        {"y_proba": y_proba},
        labels=labels,
        sample_weight=sample_weight,
        class_weight=class_weight,
        logits=["y_proba"] if read_flag("from_logits", from_logits) else (),
        normalize=normalize,
    )
    predictions = predictions.trusted() if evaluation.assumes_finite() else predictions
    own = _aggregate(loss, target, predictions, "mean")
    if loss.strictly_proper:
        suspect_labels(predictions)
    prior = (
        target.prior
        if reference is None
        else read_reference("reference", reference, target.classes)
    )
    of_reference, best = reference_loss(loss, target, prior), loss.range_for(len(prior))[0]
    if math.isnan(value := skill(float(own), of_reference, best)):
        warn_undefined_skill({loss.name: of_reference})
    return value


def _metric(
    loss: Loss, y_true: Any, prediction: dict[str, Any], reduction: Reduction, **arguments: Any
) -> float | Floats:
    """Check the arguments of a metric function, and return its value."""
    _check_reduction(reduction)
    logits = prediction if read_flag("from_logits", arguments.pop("from_logits")) else ()
    target, [predictions] = validate(y_true, prediction, logits=logits, **arguments)
    predictions = predictions.trusted() if evaluation.assumes_finite() else predictions
    out = _aggregate(loss, target, predictions, reduction)
    if loss.strictly_proper:
        suspect_labels(predictions)
    return out


def _aggregate(
    loss: Loss, target: Target, predictions: Predictions, reduction: Reduction
) -> float | Floats:
    """Return the mean, the sum or each sample's loss; warn of probabilities below a floor."""
    out: float | Floats
    if reduction == "none":
        result = evaluation.per_sample([loss], target, predictions)
        out, n_zero = _reduce(result.values[0], target, reduction), result.n_zero_probability[0]
    elif reduction == "mean":
        out, n_zero = evaluation.mean(loss, target, predictions)
    else:
        out, n_zero = evaluation.total(loss, target, predictions)
    evaluation.warn_zero_probability(n_zero, len(target), loss, predictions.matrix.name)
    return out


def _reduce(values: Floats, target: Target, reduction: Reduction) -> float | Floats:
    """Return the weighted mean, the weighted sum, or the weighted losses."""
    if reduction == "mean":
        return evaluation.weighted_sum(values, target.weight) / target.total_weight
    with np.errstate(over="ignore"):
        if target.weight is not None:
            # a weight of zero takes an infinite loss out
            used = target.weight > 0
            values = np.multiply(values, target.weight, out=np.zeros_like(values), where=used)
        return values if reduction == "none" else float(values.sum())


def _check_reduction(reduction: Any) -> None:
    """Check that the reduction is one of three."""
    if not isinstance(reduction, str) or reduction not in ("mean", "sum", "none"):
        raise ValueError(f'reduction must be "mean", "sum" or "none"; got {reduction!r:.60}.')


# --- predicted labels -----------------------------------------------------------------------


def _may_be_labels(y_pred: Any) -> bool:
    """Return whether predictions are a vector, which may hold class labels or probabilities."""
    try:
        shape = np.shape(y_pred)
    except ValueError as error:
        raise ValueError(f"y_pred must hold labels or a matrix; {error}") from None
    return len(shape) == 1 or shape[1:] == (1,)


def _are_labels(y_pred: LabelVector, y_true: LabelVector | Matrix, labels: Any) -> bool:
    """Return whether a vector holds class labels, not probabilities; never a guess.

    Only floats can be either. They are labels when all are among the classes, unless reading them
    as probabilities of the second class would give another answer: then an error.
    """
    found: set[Any] = set(y_pred.present)
    if not all(isinstance(x, Real) for x in found) or all(isinstance(x, Integral) for x in found):
        return True
    if labels is not None:
        classes = list(labels.labels)
    elif isinstance(y_true, Matrix):
        return False
    else:
        classes = y_true.sorted_present()
    if not found <= set(classes):
        return False
    if len(classes) == 2 and found <= {0, 1}:
        first, second = classes
        if (first == 1 and 1 in found) or (second == 0 and 0 in found):
            raise ValueError(
                f"y_pred could hold labels or probabilities of {second!r}: its values are both. "
                "Pass the labels as integers or strings, or the probabilities as two columns."
            )
    return True


def _error_of_labels(
    y_true: LabelVector | Matrix, y_pred: LabelVector, reduction: Reduction, **arguments: Any
) -> float | Floats:
    """Return the classification error of predicted labels."""
    target, codes = validate_labels(y_true, y_pred, **arguments)
    if target.y.ndim == 2:
        values = 1.0 - _arrays.true_class(target.y, codes)
    else:
        values = (target.y != codes).astype(np.float64)
    return _reduce(values, target, reduction)
