"""Test a mean of values in time order, and look for dependence between neighbouring rows."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from sklearn_xent._arrays import Codes, Floats

COSINES = 0.41
"""So many cosines for each n^(2/3), which Lazarus, Lewis, Stock and Watson (2018) recommend."""
FEWEST_TIMES = 10
"""Fewer times are too few to estimate how they depend on each other."""
FALSE_ALARM = 1e-3
"""The chance, at most, that independent rows are taken for dependent ones."""


def n_cosines(n_times: int) -> int:
    """Return the number of cosines, which are the degrees of freedom of the test."""
    return max(2, int(COSINES * n_times ** (2 / 3)))


def serial_std_error(x: Floats, weight: Floats | None, times: Codes) -> tuple[float, float, int]:
    """Compute the mean of rows in time order, its standard error and degrees of freedom.

    Equal-weighted cosine estimate of the long-run variance (Lazarus, Lewis, Stock and Watson 2018,
    Journal of Business & Economic Statistics 36, 541-559). `times` are codes 0..T-1 in time order;
    rows of the same time are summed first. With weights the residuals are those of the ratio.
    """
    w = np.ones(len(x)) if weight is None else weight
    total, n_times = float(w.sum()), int(times.max()) + 1
    mean = float(np.dot(w, x)) / total
    residuals = np.bincount(times, weights=w * (x - mean), minlength=n_times)
    df = n_cosines(n_times)
    angles = np.pi * (np.arange(n_times) + 0.5) / n_times
    sums = np.asarray([np.dot(np.cos(j * angles), residuals) for j in range(1, df + 1)])
    # each sum times sqrt(2 / T) has the long-run variance; the variance of a total is T times that
    return mean, math.sqrt(2.0 * float(np.mean(sums**2))) / total, df


def lag_one_excess(scores: Floats) -> float:
    """Return the p-value of the lag-1 correlation of scores in row order, against independence.

    The products of neighbours are martingale differences where rows are independent, so Freedman's
    inequality bounds the chance of a sum this large. It holds for few distinct values too, where a
    normal approximation would raise false alarms.
    """
    variance = float(np.mean(scores**2))
    if len(scores) < FEWEST_TIMES or not variance > 0:
        return 1.0
    products = float(np.dot(scores[1:], scores[:-1])) / variance
    if products <= 0:
        return 1.0
    largest = float(np.max(scores**2)) / variance
    return math.exp(-(products**2) / (2.0 * (len(scores) + largest * products / 3.0)))


def within_class_scores(values: Floats, codes: Codes) -> Floats:
    """Return the rank of each value among those of its class, centred and scaled to [-1/2, 1/2].

    Ranks within a class have the same mean and spread in every class, so that rows sorted by class
    do not look dependent.
    """
    out = np.zeros(len(values))
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        out[rows] = (stats.rankdata(values[rows]) - 0.5) / len(rows) - 0.5
    return out


def looks_dependent(columns: Sequence[Floats], codes: Codes) -> bool:
    """Tell whether some column is correlated between neighbouring rows beyond chance."""
    limit = FALSE_ALARM / max(1, len(columns))
    return any(lag_one_excess(within_class_scores(x, codes)) < limit for x in columns)
