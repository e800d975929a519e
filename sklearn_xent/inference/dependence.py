"""Test a mean of values in time order, and look for dependence between neighbouring rows."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import fft

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent.inference.paired_tests import (
    NO_ESTIMATE,
    NOISE,
    Estimate,
    Method,
    PairedTest,
    t_interval,
    t_test,
)

COSINES = 0.41
"""So many cosines for each n^(2/3), which Lazarus, Lewis, Stock and Watson (2018) recommend."""
FEWEST_TIMES = 10
"""Fewer times are too few to estimate how they depend on each other."""
FALSE_ALARM = 1e-3
"""The chance, at most, that independent rows are taken for dependent ones."""
LEAST_SHARE = 0.9
"""If the cosines see less of the variance, the test claims too much (benchmarks/dependence.py)."""


# --- a mean in time order -------------------------------------------------------------------


def check_times(times: Codes) -> None:
    """Check that there are enough times for a test."""
    n_times = len(np.unique(times))
    if n_times < FEWEST_TIMES:
        raise ValueError(
            f"times must hold at least {FEWEST_TIMES} different times among the samples tested; "
            f"got {n_times}. How much times depend on each other cannot be estimated from fewer. "
            "If samples of one time belong together but the times are independent, pass them as "
            "groups=."
        )


def n_cosines(n_times: int) -> int:
    """Return the number of cosines, which are the degrees of freedom of the test."""
    return max(2, math.floor(COSINES * math.pow(n_times, 2 / 3)))


class TimeSeries:
    """The sums of residuals in time order: `times` are codes 0..T-1, without gaps.

    `mean` is the weighted mean of x. The residual of a sample is w (x - mean), that of the ratio of
    two sums; samples of the same time are summed.
    """

    def __init__(self, x: Floats, weight: Floats | None, times: Codes, mean: float) -> None:
        w = np.ones(len(x)) if weight is None else weight
        self.mean, self.total, self.n_times = mean, float(w.sum()), int(times.max()) + 1
        self.largest, self.df = float(np.max(np.abs(x))), n_cosines(self.n_times)
        with np.errstate(invalid="ignore"):
            sums = np.bincount(times, weights=w * (x - mean))
        self.residuals = np.asarray(sums, dtype=np.float64)

    @property
    def std_error(self) -> float:
        """The standard error of the mean, from the equal-weighted cosines.

        Each sum of residual times cosine, times sqrt(2 / T), has the long-run variance, and the
        variance of a total is T times that (Lazarus, Lewis, Stock and Watson 2018, Journal of
        Business & Economic Statistics 36, 541-559).
        """
        sums = fft.dct(self.residuals, type=2)[1 : self.df + 1] / 2.0
        return math.sqrt(2.0 * float(np.mean(sums**2))) / self.total

    @property
    def farthest(self) -> float:
        """How far the farthest time moves the mean."""
        return float(np.max(np.abs(self.residuals))) / self.total

    def is_constant(self, scale: float) -> bool:
        """Return whether the times differ by rounding only, in losses of this size."""
        largest = max(scale, self.largest)
        return bool(np.max(np.abs(self.residuals)) * self.n_times <= NOISE * largest * self.total)

    @property
    def lag_one(self) -> float:
        """The correlation of neighbouring times; zero without spread."""
        square = float(np.dot(self.residuals, self.residuals))
        return float(np.dot(self.residuals[1:], self.residuals[:-1])) / square if square else 0.0

    @property
    def is_persistent(self) -> bool:
        """Whether times depend on each other so much that the standard error is too small."""
        return share_seen(self.lag_one, self.n_times) < LEAST_SHARE


def share_seen(lag_one: float, n_times: int) -> float:
    """Return the share of the long-run variance of an AR(1) series that the cosines see.

    That is the mean of its spectral density at their frequencies, divided by that at zero.
    """
    if not lag_one > 0:
        return 1.0
    angles = np.pi * np.arange(1, n_cosines(n_times) + 1) / n_times
    densities = (1.0 - lag_one) ** 2 / (1.0 - 2.0 * lag_one * np.cos(angles) + lag_one**2)
    return float(np.mean(densities))


def mean_serial(series: TimeSeries, confidence_level: float) -> Estimate:
    """Return a mean of values in time order and its t-interval; nan without spread."""
    std_error = series.std_error
    is_known = math.isfinite(series.mean) and not series.is_constant(0.0)
    if not (is_known and std_error > NOISE * series.largest):
        return NO_ESTIMATE
    return t_interval(series.mean, std_error, series.df, confidence_level)


def serial_t(series: TimeSeries, confidence_level: float, scale: float = 0.0) -> PairedTest:
    """Test that a mean of differences in time order is zero.

    `scale` is the size of the losses compared, as in `paired_tests.paired_t`.
    """
    estimate, nan = mean_serial(series, confidence_level), math.nan
    constant = math.isfinite(series.mean) and series.is_constant(scale)
    if constant or not estimate.std_error > 0:
        rest = (nan, nan, nan, nan, nan, nan)
        return PairedTest(series.mean, *rest, Method.SERIAL_T, degenerate=constant)
    return t_test(estimate, series.df, Method.SERIAL_T)


# --- do neighbouring rows look dependent? ---------------------------------------------------


def lag_one_pvalue(blocks: Sequence[Floats]) -> float:
    """Return the p-value of the lag-1 correlation of scores in row order, against independence.

    `blocks` are parts of a column of scores with mean zero; neighbours are within a block. The
    products of neighbours are martingale differences where rows are independent, so Freedman's
    inequality (1975, Annals of Probability 3, 100-118) bounds the chance of a sum this large. It
    holds for few distinct values too, where a normal approximation would raise false alarms.
    """
    scores = np.concatenate(blocks)
    variance = float(np.mean(scores**2))
    if len(scores) < FEWEST_TIMES or not variance > 0:
        return 1.0
    products = sum(float(np.dot(block[1:], block[:-1])) for block in blocks) / variance
    if products <= 0:
        return 1.0
    largest = float(np.max(scores**2)) / variance
    return math.exp(-(products**2) / (2.0 * (len(scores) + largest * products / 3.0)))


def scores_within(values: Floats, cells: Codes) -> Floats:
    """Return the rank of each value among those of its cell, centred, within [-1/2, 1/2].

    Cells are classes, or classes within splits. Ranks have the same mean and spread in every cell,
    so rows sorted by class do not look dependent. Ties share a rank.
    """
    order = np.argsort(values)  # ties share a rank, in whatever order they come
    order = order[np.argsort(cells[order], kind="stable")]
    x, cell = values[order], cells[order]
    starts = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]])
    of_tie = np.cumsum(np.r_[True, (cell[1:] != cell[:-1]) | (x[1:] != x[:-1])]) - 1
    positions = np.arange(len(x), dtype=np.float64)
    middle = (np.bincount(of_tie, weights=positions) / np.bincount(of_tie))[of_tie]
    sizes = np.diff(np.r_[starts, len(x)])
    first, size = np.repeat(starts, sizes), np.repeat(sizes, sizes)
    out = np.empty(len(values))
    out[order] = (middle - first + 0.5) / size - 0.5
    return out


def looks_dependent(columns: Sequence[Floats], cells: Codes, starts: Sequence[int] = (0,)) -> bool:
    """Return whether some column is correlated between neighbouring rows beyond chance.

    `starts` are the first rows of blocks of rows that follow each other.
    """
    limit = FALSE_ALARM / max(1, len(columns))
    for column in columns:
        scores = scores_within(column, cells)
        if lag_one_pvalue(np.split(scores, list(starts[1:]))) < limit:
            return True
    return False
