"""Compute confidence sequences: intervals that may be read after every sample."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import is_number, shorten
from sklearn_xent.inference.paired_tests import NOISE, read_confidence_level
from sklearn_xent.inputs.predictions import read_matrix

METHODS = ("empirical_bernstein", "asymptotic")
FROM_SAMPLES = 1000
"""The asymptotic sequence gives no intervals before this sample."""
WIDEST = 1e100
"""Squares of larger values might overflow."""
ETA, SHAPE = 2.0, 1.4
"""The stitched boundary: the spacing of its epochs, and how the error is spread over them."""


def confidence_sequence(
    values: ArrayLike,
    *,
    bounds: tuple[float, float] | None = None,
    confidence_level: float = 0.95,
    method: Literal["empirical_bernstein", "asymptotic"] = "empirical_bernstein",
) -> pd.DataFrame:
    """Compute a confidence sequence: intervals of a mean loss that all hold at the same time.

    If you read an ordinary 95% interval after every sample until it excludes zero, it will do so
    sooner or later, even if there is no difference. The intervals of a confidence sequence may be
    read at any time, and you may stop sampling at any time. To compare two models, pass the
    differences of their losses.

    Parameters
    ----------
    values : array-like of shape (n_samples,)
        Losses, or differences of losses, in the order of their arrival.
    bounds : (float, float), optional
        The least and the greatest possible value; the empirical-Bernstein sequence needs them.
        They are (0, 1) for the classification error and for the Brier loss of two classes, and
        (-1, 1) for differences of these. For differences of the Brier loss of more classes they
        are (-2, 2), and for those of cross-entropy (log(eps), -log(eps)): ±36.04 with the default
        ``eps=2**-52``.
    confidence_level : float, default=0.95
        The probability that all intervals hold.
    method : {"empirical_bernstein", "asymptotic"}, default="empirical_bernstein"
        "asymptotic" needs no bounds, so it suits unbounded losses such as cross-entropy. It holds
        only in the limit. It is nan for the first 999 samples and as long as all values are equal.

    Returns
    -------
    DataFrame
        One row for each time: ``n_obs, mean, conf_low, conf_high, confidence_level, method``.

    Raises
    ------
    ValueError
        For values that are not finite or out of bounds (the message names the first), for bounds
        that are not a pair of increasing numbers, and for an unknown method.

    References
    ----------
    Howard, S. R., Ramdas, A., McAuliffe, J. and Sekhon, J. (2021). Time-uniform, nonparametric,
    nonasymptotic confidence sequences. Annals of Statistics 49, 1055-1080, theorem 4 and equation
    10. Choe, Y. J. and Ramdas, A. (2024). Comparing sequential forecasters. Operations Research
    72, 1368-1387. Waudby-Smith, I., Arbour, D., Sinha, R., Kennedy, E. H. and Ramdas, A. (2024).
    Time-uniform central limit theory and asymptotic confidence sequences. Annals of Statistics
    52, 2613-2640.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> differences = np.tile([-0.3, 0.1], 500)
    >>> sequence = sx.confidence_sequence(differences, bounds=(-1, 1))
    >>> sequence.iloc[[99, 999]][["n_obs", "mean", "conf_low", "conf_high"]].round(3)
         n_obs  mean  conf_low  conf_high
    99     100  -0.1    -0.287      0.087
    999   1000  -0.1    -0.141     -0.059
    """
    level = read_confidence_level(confidence_level)
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"method must be among {', '.join(METHODS)}; got {shorten(method)}.")
    x = _read_values(values)
    n = np.arange(1, len(x) + 1)
    mean = np.cumsum(x) / n
    if method == "asymptotic":
        if bounds is not None:
            raise ValueError("bounds are of the empirical_bernstein sequence; leave them out.")
        half = asymptotic_half_width(n, _running_variance(x, n, mean), 1.0 - level)
        below, above = mean - half, mean + half
    else:
        low, high = _read_bounds(bounds, x)
        # the mean so far predicts the next value; the middle of the bounds predicts the first
        predicted = np.concatenate([[(low + high) / 2], mean[:-1]])
        half = bernstein_half_width(n, np.cumsum((x - predicted) ** 2), high - low, 1.0 - level)
        below, above = np.maximum(mean - half, low), np.minimum(mean + half, high)
    return pd.DataFrame(
        {
            "n_obs": n,
            "mean": mean,
            "conf_low": below,
            "conf_high": above,
            "confidence_level": level,
            "method": method,
        }
    )


def bernstein_half_width(n: Any, variance: Floats, width: float, alpha: float) -> Floats:
    """Return half-widths of the empirical-Bernstein sequence from sums of squared errors.

    The errors are those of predicting each value. For sums of squares v, in units of the width of
    the bounds, the stitched boundary is ``k1 sqrt(v l) + k2 l`` with
    ``l = s log log(eta v) + log(zeta(s) / (a log(eta)^s))``.
    """
    v = np.maximum(variance / width**2, 1.0)
    error = alpha / 2
    spread = SHAPE * np.log(np.log(ETA * v)) + math.log(
        float(special.zeta(SHAPE)) / (error * math.log(ETA) ** SHAPE)
    )
    k1 = (ETA**0.25 + ETA**-0.25) / math.sqrt(2.0)
    k2 = (math.sqrt(ETA) + 1.0) / 2.0
    return np.asarray(width * (k1 * np.sqrt(v * spread) + k2 * spread) / n)


def asymptotic_half_width(n: Any, variance: Floats, alpha: float) -> Floats:
    """Return half-widths of the asymptotic sequence, tightest at its start; nan before it."""
    # the tuning parameter that makes it tightest at a given time
    rho2 = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha)) + 1) / FROM_SAMPLES
    growth = n * rho2 + 1
    half = np.sqrt(variance * 2 * growth / (n**2 * rho2) * np.log(np.sqrt(growth) / alpha))
    return np.where((n >= FROM_SAMPLES) & (variance > 0), half, np.nan)


def _running_variance(x: Floats, n: Any, mean: Floats) -> Floats:
    """Return the variance of the first values at each time, 0 where it is only rounding."""
    centred = x - x[0]
    square = np.cumsum(centred**2) / n
    variance = square - (mean - x[0]) ** 2
    # values that differ by rounding only say nothing about other values
    noise = (NOISE * np.maximum.accumulate(np.abs(x))) ** 2
    return np.where(variance > noise, variance, 0.0)


def _read_values(values: ArrayLike) -> Floats:
    """Return the values as a vector of finite floats."""
    matrix = read_matrix("values", values)
    if matrix.values.ndim != 1:
        raise ValueError(f"values must be of shape (n_samples,); got {matrix.values.shape}.")
    x = matrix.values.astype(np.float64)
    bad = np.flatnonzero(~(np.abs(x) < WIDEST))
    if len(bad):
        raise ValueError(
            f"values must be finite, and less than {WIDEST:g}; {len(bad)} are not, first in row "
            f"{bad[0]}."
        )
    return x


def _read_bounds(bounds: Any, x: Floats) -> tuple[float, float]:
    """Return the bounds as floats, if all values lie within them."""
    pair = isinstance(bounds, tuple | list) and len(bounds) == 2
    if not (pair and all(is_number(b) and math.isfinite(b) for b in bounds)):
        raise ValueError(
            "bounds must be a pair of finite numbers, the least and the greatest value that is "
            f'possible; got {shorten(bounds)}. For unbounded losses pass method="asymptotic".'
        )
    low, high = map(float, bounds)
    if not low < high:
        raise ValueError(f"bounds must be increasing; got {shorten(bounds)}.")
    if not WIDEST**-1 < high - low < WIDEST:
        raise ValueError(
            f"bounds must be between {1 / WIDEST:g} and {WIDEST:g} apart; got {shorten(bounds)}."
        )
    out = np.flatnonzero((x < low) | (x > high))
    if len(out):
        raise ValueError(
            f"values must lie within bounds [{low:g}, {high:g}]; {len(out)} do not, first "
            f"{x[out[0]]:.6g} in row {out[0]}."
        )
    return low, high
