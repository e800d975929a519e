"""Check on a few rows what a loss of a user's own promises: it would give wrong numbers silently.

The losses of this package are not checked here. Their tests show what they promise.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_xent._arrays import Codes, Floats, Targets, softmax
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.own_derivatives import is_shipped

ROWS = 16
"""So many rows are looked at, spread over the block."""

CLOSE = 1e-6
"""Values that differ by less in proportion are the same: a function may compute in float32."""


NEAR = 2.0
"""Logits are compared with probabilities after they were drawn so near to the greatest."""


def is_trusted(loss: Loss) -> bool:
    """Return whether a loss is one of this package, with the functions that it came with."""
    return is_shipped(loss, "function", "soft_function", "logit_function")


def check_promises(loss: Loss, y: Targets, block: Floats, from_logits: bool) -> None:
    """Check that a loss treats rows independently, and that its fast ways give the same."""
    if is_trusted(loss):
        return
    rows = np.unique(np.linspace(0, len(block) - 1, min(len(block), ROWS)).astype(np.intp))
    y, values = y[rows], np.ascontiguousarray(block[rows])
    each = loss.evaluate(y, values, from_logits).copy()
    backwards = np.arange(len(rows))[::-1]  # copies, as torch does not take negative strides
    halves = [half for half in (backwards[::2], backwards[1::2]) if len(half)]
    # both: the least or greatest row, by which a function may scale the others, is in one only
    if any(
        not _same(loss.evaluate(y[half], values[half], from_logits), each[half]) for half in halves
    ):
        raise ValueError(
            f"the function of loss {loss.name} returns another value for a row when it comes with "
            "other rows. It is called on blocks of rows, so each value may depend on its own row "
            "only. Pass weights of classes or samples to the metric instead."
        )
    if loss.by_columns:
        by_columns = loss.evaluate(y, np.asfortranarray(values), from_logits)
        if not _same(by_columns, each):
            raise ValueError(
                f"loss {loss.name} is made with by_columns=True, but its function returns other "
                "values for a matrix in column-major order. Fix the function, or leave "
                "by_columns out."
            )
    if from_logits and loss.logit_function is not None:
        _check_logits(loss, y, values)
    if y.ndim == 1:
        _check_sums(loss, y, values, each, from_logits)
    elif loss.soft_function is not None:
        _check_soft(loss, y.argmax(axis=1), values, from_logits)
    _check_labels(loss, values, from_logits)


def _check_logits(loss: Loss, y: Targets, logits: Floats) -> None:
    """Check that the function of logits gives what the function of their softmax gives.

    Logits are drawn together, since for extreme ones it may well be more accurate, and rows with a
    probability below the floor are left out.
    """
    near = np.maximum(logits - logits.max(axis=1, keepdims=True), -NEAR)
    proba = softmax(near)
    used = proba.min(axis=1) >= (loss.eps or 0.0)
    found = loss.evaluate(y[used], near[used], True).copy()
    expected = loss.evaluate(y[used], proba[used], False)
    if not _same(found, expected):
        raise ValueError(
            f"the logit_function of loss {loss.name} must give what its function gives for the "
            f"softmax of the logits: it returned {np.round(found, 6)} where the function leads to "
            f"{np.round(expected, 6)}. Fix the function, or leave it out."
        )


def _check_soft(loss: Loss, codes: Codes, values: Floats, from_logits: bool) -> None:
    """Check that a target distribution which is sure of a class costs what that class does."""
    expected = loss.evaluate(codes, values, from_logits).copy()
    found = loss.evaluate(np.eye(values.shape[1])[codes], values, from_logits)
    if not _same(found, expected):
        raise ValueError(
            f"the soft_function of loss {loss.name} must give what its function gives where the "
            f"target is sure of one class: it returned {np.round(found, 6)} where the function "
            f"gives {np.round(expected, 6)}. Fix soft_function, or leave it out."
        )


def _check_sums(loss: Loss, codes: Codes, values: Floats, each: Floats, from_logits: bool) -> None:
    """Check that the fast sums, if there are any, are those of the values of each row."""
    parts = loss.sums(codes, iter([(slice(0, len(codes)), values)]), from_logits)
    if parts is None:
        return
    total = np.asarray([sum(part for part, _ in parts)])
    if not _same(total, np.asarray([each.sum()])):
        raise _differs(loss, "sums", total, each.sum())


def _check_labels(loss: Loss, values: Floats, from_logits: bool) -> None:
    """Check what the loss says other labels would cost."""
    kind = type(loss)
    if kind.every_label is Loss.every_label and kind.label_spread is Loss.label_spread:
        return
    costs = Loss.every_label(loss, values, from_logits)
    found = loss.every_label(values, from_logits)
    if not _same(found, costs):
        raise _differs(loss, "every_label", found, costs)
    high, low = values.max(axis=1), values.min(axis=1)
    bounds = np.asarray(loss.label_spread(high, low, values.shape[1], from_logits))
    with np.errstate(invalid="ignore"):
        spread = costs.max(axis=1) - costs.min(axis=1)
    if not (bounds.shape == spread.shape and not (bounds < spread - CLOSE * spread).any()):
        raise _differs(loss, "label_spread", bounds, spread)


def _same(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Return whether values are the same but for rounding."""
    finite = np.abs(b[np.isfinite(b)])
    size = float(finite.max()) if finite.size else 0.0
    return a.shape == b.shape and np.allclose(a, b, rtol=CLOSE, atol=CLOSE * size, equal_nan=True)


def _differs(loss: Loss, method: str, got: Any, wanted: Any) -> ValueError:
    """Return the error for a fast way that gives something else."""
    return ValueError(
        f"the method {method} of loss {loss.name} must give what its function gives: it returned "
        f"{np.round(got, 6)} where the function leads to {np.round(wanted, 6)}. Fix the method, "
        "or leave it out."
    )
