"""Check that the arrays given to the public methods of a loss fit together."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_xent._arrays import Floats, Targets
from sklearn_xent._host import to_host

_CODES = "Codes are positions in the list of all classes: np.searchsorted(classes, labels)."


def fit_together(y_true: ArrayLike, values: ArrayLike, *, logits: bool) -> tuple[Targets, Floats]:
    """Return targets and a matrix whose shapes and codes match.

    One column of logits z becomes the two columns (0, z).
    """
    matrix = _real_array("predictions", values).astype(np.float64)
    if logits and matrix.size and (matrix.ndim == 1 or matrix.shape[1:] == (1,)):
        column = matrix.reshape(-1)
        matrix = np.column_stack([np.zeros_like(column), column])
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise ValueError(f"expected a matrix (n_samples, n_classes); got shape {matrix.shape}.")
    bad = np.isnan(matrix).any(axis=1)
    if logits:
        bad |= ~np.isfinite(matrix.max(axis=1, initial=-np.inf))
    if bad.any():
        rule = "be nan or +inf, nor all of a row -inf" if logits else "be nan"
        raise ValueError(f"predictions must not {rule}; first in row {int(bad.argmax())}.")
    y = _real_array("y_true", y_true)
    if y.ndim == 2 and y.shape == matrix.shape:
        off = ~((y >= 0).all(axis=1) & (np.abs(y.sum(axis=1) - 1) <= 1e-6))
        if off.any():
            row = int(off.argmax())
            raise ValueError(f"y_true must hold target distributions; row {row} is {y[row]}.")
        return y.astype(np.float64), matrix
    codes_fit = y.shape == (len(matrix),) and y.dtype.kind in "iub"
    if not codes_fit or ((y < 0) | (y >= matrix.shape[1])).any():
        got = f"codes from {y.min()} to {y.max()}" if codes_fit else f"{y.dtype}"
        raise ValueError(
            f"y_true must hold class codes 0..{matrix.shape[1] - 1}, one a row ({len(matrix)}), "
            f"or target distributions of shape {matrix.shape}; got {got} of shape {y.shape}. "
            + _CODES
        )
    return y.astype(np.intp), matrix


def _real_array(name: str, values: ArrayLike) -> NDArray[Any]:
    hidden = isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values)
    values = to_host(name, values)
    try:
        out = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array; {error}") from None
    if hidden or out.dtype.kind not in "fiub":
        kind = "masked values" if hidden else out.dtype
        if hasattr(values, "toarray"):
            kind = "a sparse array"
        fix = f" {_CODES}" if name == "y_true" else " Pass an array of floats."
        raise ValueError(f"{name} must hold numbers; got {kind}.{fix}")
    return out
