"""Check at a few points that the derivatives of a user's own loss are those of its function."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sklearn_xent import _arrays
from sklearn_xent._arrays import Floats, Targets

ROWS, COLUMNS = 12, 8
"""So many rows are looked at, and so many classes of each."""

STEP, WIDE_STEP = 1e-3, 0.05
"""Steps of first and of second differences, for functions that may compute in float32."""

CLOSE = 0.02
"""Differences that are smaller in proportion to the greatest derivative may be rounding."""


_ROOM = __name__.rpartition(".")[0] + "."


def is_shipped(loss: object, *functions: str) -> bool:
    """Return whether a loss is one of this package, with the functions that it came with."""
    kind = type(loss)
    if not kind.__module__.startswith(_ROOM):
        return False
    # not by all(...), which would take longer than the rest: every metric asks
    for name in functions:  # noqa: SIM110
        if getattr(loss, name) is not getattr(kind, name, None):
            return False
    return True


class Functions(NamedTuple):
    """What a loss computes from targets and logits."""

    value: Callable[[Targets, Floats], Floats]
    derivative: Callable[[Targets, Floats], Floats]
    gradient: Callable[[Targets, Floats], Floats] | None = None


def find_wrong(kind: str, functions: Functions, k: int, soft: bool, least: float) -> str:
    """Say where a derivative is wrong; "" where it is right, or cannot be told.

    One row may differ, as it could lie at a kink of the loss. Rows with a probability below
    `least` are left out: the floor of a loss plays no part in its derivatives.
    """
    columns = np.unique(np.linspace(0, k - 1, min(k, COLUMNS)).astype(np.intp))
    logits = _generic(k, 0.0)
    y: Targets = _arrays.softmax(_generic(k, 1.0)) if soft else np.resize(columns, ROWS)
    got = functions.derivative(y, logits)
    if kind == "curvature":
        negative = np.argwhere(got < 0)
        return "" if not len(negative) else "it must not be negative"
    expected = np.full(got.shape, np.nan)
    for j in columns:
        expected[:, j] = _difference(kind, functions, y, logits, j)
    used = np.isfinite(expected) & (_arrays.softmax(logits).min(axis=1) >= least)[:, None]
    if not used.any():
        return ""
    size = max(float(np.abs(expected[used]).max()), float(np.abs(got[used]).max()))
    wrong = used & (np.abs(got - expected) > CLOSE * size + 1e-9)
    if np.count_nonzero(wrong.any(axis=1)) < 2:
        return ""
    row, j = np.argwhere(wrong)[0]
    return (
        f"by class {j} at the logits {np.round(logits[row], 3)} of true class "
        f"{y[row] if not soft else np.round(y[row], 3)} it is {got[row, j]:.4g}, where differences "
        f"of the function are {expected[row, j]:.4g}"
    )


def _generic(k: int, phase: float) -> Floats:
    """Return logits at no special point, the same each time."""
    i, j = np.arange(ROWS)[:, None], np.arange(k)
    return np.asarray(1.5 * np.sin(phase + 1.0 + 2.3 * i + 5.1 * j + 0.7 * i * j))


def _difference(kind: str, functions: Functions, y: Targets, logits: Floats, j: int) -> Floats:
    """Return the derivative by one logit from differences."""
    is_second = kind == "hessian" and functions.gradient is None
    step = WIDE_STEP if is_second else STEP
    up, down = logits.copy(), logits.copy()
    up[:, j] += step
    down[:, j] -= step
    if is_second:
        here = functions.value(y, logits).copy()  # a function may use its buffer again
        high = functions.value(y, up).copy()
        return np.asarray((high - 2.0 * here + functions.value(y, down)) / step**2)
    if kind == "hessian" and functions.gradient is not None:
        high = functions.gradient(y, up)[:, j].copy()
        return np.asarray((high - functions.gradient(y, down)[:, j]) / (2.0 * step))
    high = functions.value(y, up).copy()
    return np.asarray((high - functions.value(y, down)) / (2.0 * step))
