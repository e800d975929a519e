"""The three losses, their derivatives and fast sums, and how to find them by name."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from sklearn_xent import _arrays
from sklearn_xent._arrays import Blocks, Codes, Floats, PartialSum, Targets
from sklearn_xent._messages import shorten
from sklearn_xent.losses.loss import Loss, LossRange, floor

# --- classification error -------------------------------------------------------------------


def _error(codes: Targets, proba: Floats) -> Floats:
    predicted = _arrays.predicted_class(proba)
    wrong: Floats = (predicted != codes.astype(predicted.dtype)).astype(np.float64)
    return wrong


def _every_error(values: Floats, from_logits: bool) -> Floats:  # noqa: ARG001 - monotone: the same
    out = np.ones_like(values)
    out[np.arange(len(values)), _arrays.predicted_class(values).astype(np.intp)] = 0.0
    return out


def _error_spread(high: Floats, low: Floats, n_classes: int, from_logits: bool) -> Floats:  # noqa: ARG001
    return np.ones_like(high)


def _more(bound: Floats) -> Floats:
    """A bound that rounding cannot break."""
    return bound * (1.0 + 1e-9) + 1e-12


def _error_sums(
    codes: Codes,
    blocks: Blocks,
    from_logits: bool,  # noqa: ARG001 - monotone: the same
) -> Iterable[PartialSum]:
    return _arrays.error_sums(codes, blocks)


def _soft_error(target: Targets, proba: Floats) -> Floats:
    predicted = _arrays.predicted_class(proba).astype(np.intp)
    return 1.0 - _arrays.true_class(target, predicted)


def _flat(_: Targets, proba: Floats) -> Floats:
    """The derivatives of a step function: zero almost everywhere."""
    return np.zeros_like(proba)


# --- Brier ----------------------------------------------------------------------------------


def _brier_scale(n_classes: int, scale_by_half: bool | str) -> float:
    halved = n_classes == 2 if scale_by_half == "auto" else scale_by_half
    return 0.5 if halved else 1.0


def _brier(y: Targets, proba: Floats, *, scale_by_half: bool | str) -> Floats:
    squares = _arrays.row_squares(proba - y) if y.ndim == 2 else _arrays.squared_errors(y, proba)
    return squares * _brier_scale(proba.shape[1], scale_by_half)


def _every_brier(values: Floats, from_logits: bool, *, scale_by_half: bool | str) -> Floats:
    proba = _arrays.softmax(values) if from_logits else values
    squares = _arrays.row_squares(proba)[:, None] + 1.0 - 2.0 * proba
    return squares * _brier_scale(proba.shape[1], scale_by_half)


def _brier_spread(
    high: Floats, low: Floats, n_classes: int, from_logits: bool, *, scale_by_half: bool | str
) -> Floats:
    width = np.ones_like(high) if from_logits else high - low
    return _more(2.0 * _brier_scale(n_classes, scale_by_half) * width)


def _logit_brier(y: Targets, logits: Floats, *, scale_by_half: bool | str) -> Floats:
    r = _arrays.residuals(y, _arrays.softmax(logits))
    return _arrays.row_squares(r) * _brier_scale(logits.shape[1], scale_by_half)


def _brier_sums(
    codes: Codes, blocks: Blocks, from_logits: bool, *, scale_by_half: bool | str
) -> Iterable[PartialSum]:
    for rows, block in blocks:
        if from_logits:
            with np.errstate(over="ignore", under="ignore"):
                values = _logit_brier(codes[rows], block, scale_by_half=scale_by_half)
            yield float(values.sum()), 0
        else:
            scale = _brier_scale(block.shape[1], scale_by_half)
            yield _arrays.brier_sum(codes[rows], block) * scale, 0


def _brier_gradient(y: Targets, proba: Floats, *, scale_by_half: bool | str) -> Floats:
    """With r = p - y: 2 p_j (r_j - sum of p r)."""
    r = _arrays.residuals(y, proba)
    mean_r = _arrays.row_sums(proba * r)[:, None]
    return 2.0 * _brier_scale(proba.shape[1], scale_by_half) * proba * (r - mean_r)


def _brier_hessian(y: Targets, proba: Floats, *, scale_by_half: bool | str) -> Floats:
    """The derivative of 2 p_j (r_j - s), s = sum of p r, by z_j, with dp_j = p_j (1 - p_j)."""
    r, q = _arrays.residuals(y, proba), _arrays.sums_of_others(proba)
    s = _arrays.row_sums(proba * r)[:, None]
    mean_p = _arrays.row_sums(proba * proba)[:, None]
    inner = q * (r - s) + proba * q - proba * (r + proba - s - mean_p)
    return 2.0 * _brier_scale(proba.shape[1], scale_by_half) * proba * inner


def _brier_curvature(y: Targets, proba: Floats, *, scale_by_half: bool | str) -> Floats:  # noqa: ARG001
    """Gauss-Newton: 2 * sum over i of (dp_i / dz_j)^2, with dp_i = p_i ([i = j] - p_j)."""
    of_others = _arrays.sums_of_others(proba) ** 2 + _arrays.sums_of_others(proba**2)
    return 2.0 * _brier_scale(proba.shape[1], scale_by_half) * proba**2 * of_others


def _brier_range(n_classes: int, *, scale_by_half: bool | str) -> LossRange:
    return 0.0, 2.0 * _brier_scale(n_classes, scale_by_half)


# --- cross-entropy --------------------------------------------------------------------------


def _minus_log(proba: Floats, eps: float | str) -> Floats:
    return 0.0 - np.log(_at_least(proba, floor(eps)))


def _at_least(proba: Floats, least: float) -> Floats:
    """Not below the floor; most often nothing is."""
    return proba if proba.size and proba.min() >= least else np.maximum(proba, least)


def _cost_of_zero(eps: float | str) -> float:
    return -math.log(floor(eps)) if floor(eps) else math.inf


def _xent(codes: Targets, proba: Floats, *, eps: float | str) -> Floats:
    return _minus_log(_arrays.true_class(proba, codes), eps)


def _expected(target: Targets, costs: Floats) -> Floats:
    """Sum of target * cost, where an infinite cost of a class with target zero is no cost."""
    return _arrays.row_sums(np.where(target == 0.0, 0.0, target * costs))


def _soft_xent(target: Targets, proba: Floats, *, eps: float | str) -> Floats:
    return _expected(target, _minus_log(proba, eps))


def _logit_xent(y: Targets, logits: Floats, *, eps: float | str) -> Floats:
    """Exact where probabilities underflow; only a logit of -inf is a probability of zero."""
    cost_of_zero = _cost_of_zero(eps)
    if y.ndim == 2:
        costs = np.where(np.isneginf(logits), cost_of_zero, -_arrays.log_softmax(logits))
        return _expected(y, costs)
    costs = _arrays.negative_log_softmax(y, logits)
    return np.where(np.isneginf(_arrays.true_class(logits, y)), cost_of_zero, costs)


def _every_xent(values: Floats, from_logits: bool, *, eps: float | str) -> Floats:
    if not from_logits:
        return _minus_log(values, eps)
    return np.where(np.isneginf(values), _cost_of_zero(eps), -_arrays.log_softmax(values))


def _xent_spread(
    high: Floats,
    low: Floats,
    n_classes: int,  # noqa: ARG001 - the same for all
    from_logits: bool,
    *,
    eps: float | str,
) -> Floats:
    if from_logits:
        return _more(high - low)
    least = floor(eps)
    return _more(np.log(_at_least(high, least) / _at_least(low, least)))


def _xent_sums(
    codes: Codes, blocks: Blocks, from_logits: bool, *, eps: float | str
) -> Iterable[PartialSum]:
    if from_logits:
        return _arrays.logit_sums(codes, blocks, _cost_of_zero(eps))
    return _arrays.cross_entropy_sums(codes, blocks, floor(eps))


def _xent_gradient(y: Targets, proba: Floats, *, eps: float | str) -> Floats:  # noqa: ARG001
    return _arrays.residuals(y, proba)


def _xent_hessian(y: Targets, proba: Floats, *, eps: float | str) -> Floats:  # noqa: ARG001
    return proba * _arrays.sums_of_others(proba)


# --- by name --------------------------------------------------------------------------------

classification_error = Loss(
    name="classification_error",
    title="Classification error",
    description="the share of samples whose most probable class is wrong",
    function=_error,
    soft_function=_soft_error,
    gradient_function=_flat,
    hessian_function=_flat,
    every_label_function=_every_error,
    label_spread_function=_error_spread,
    sum_function=_error_sums,
    by_columns=True,
    zero_one=True,
    range=(0.0, 1.0),
)
brier_loss = Loss(
    name="brier_loss",
    title="MSE (Brier)",
    description="the squared distance of the predicted probabilities from what happened",
    function=_brier,
    soft_function=_brier,
    logit_function=_logit_brier,
    gradient_function=_brier_gradient,
    hessian_function=_brier_hessian,
    curvature_function=_brier_curvature,
    every_label_function=_every_brier,
    label_spread_function=_brier_spread,
    sum_function=_brier_sums,
    by_columns=True,
    range=_brier_range,
    strictly_proper=True,
    options={"scale_by_half": "auto"},
)
cross_entropy = Loss(
    name="cross_entropy",
    title="Cross-entropy",
    description=(
        "minus the logarithm of the probability that the true class got; it is harsh on "
        "confident mistakes"
    ),
    function=_xent,
    soft_function=_soft_xent,
    logit_function=_logit_xent,
    gradient_function=_xent_gradient,
    hessian_function=_xent_hessian,
    every_label_function=_every_xent,
    label_spread_function=_xent_spread,
    sum_function=_xent_sums,
    by_columns=True,
    strictly_proper=True,
    unit="nats",
    options={"eps": "auto"},
)

LOSSES = {loss.name: loss for loss in (classification_error, brier_loss, cross_entropy)}
ALIASES = {
    "error": "classification_error",
    "zero_one_loss": "classification_error",
    "mse": "brier_loss",
    "mean_squared_error": "brier_loss",
    "brier_score": "brier_loss",
    "log_loss": "cross_entropy",
    "xent": "cross_entropy",
}


def get_loss(loss: str | Loss, **options: Any) -> Loss:
    """Find a loss by its name or alias; a `Loss` is returned as it is.

    Parameters
    ----------
    loss : str or Loss
        ``"classification_error"`` (or error, zero_one_loss), ``"brier_loss"`` (mse,
        mean_squared_error, brier_score), ``"cross_entropy"`` (log_loss, xent), or a `Loss`.
    **options
        Options of the loss: ``eps`` of cross-entropy, ``scale_by_half`` of Brier.

    Returns
    -------
    Loss
        The one found, with the options set.

    Raises
    ------
    ValueError
        When no loss has that name, or an option's value is out of range.
    TypeError
        When `loss` is neither a string nor a `Loss`, or has no such option.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> sx.get_loss("mse")
    <Loss brier_loss, scale_by_half='auto'>
    >>> sx.get_loss("cross_entropy", eps=0)
    <Loss cross_entropy, eps=0>
    """
    if isinstance(loss, Loss):
        return loss.with_options(**options)
    if not isinstance(loss, str):
        raise TypeError(f"loss must be a name or a Loss; got {type(loss).__name__}: {loss!r:.80}.")
    name = ALIASES.get(loss, loss)
    if name not in LOSSES:
        known = ", ".join([*LOSSES, *ALIASES])
        raise ValueError(f"unknown loss {loss!r:.80}; known: {known}; or pass a Loss.")
    return LOSSES[name].with_options(**options)


def read_losses(losses: Any) -> list[Loss]:
    """The losses asked for, each once."""
    if losses is None:
        return list(LOSSES.values())
    if not isinstance(losses, str | Loss | Iterable):
        raise ValueError(f"losses must be names or Losses; got {shorten(losses)}.")
    listed = [losses] if isinstance(losses, str | Loss) else list(losses)
    found = [get_loss(loss) for loss in listed]
    names = [loss.name for loss in found]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"losses must name each loss once, and at least one; got {names}.")
    return found
