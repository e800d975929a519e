"""Compute estimates, intervals and tests from moments and counts. One function for each situation.

The decision table in docs/design.md says which is used when, and why.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import is_number, shorten
from sklearn_xent.inference.moments import Moments

Conclusion = Literal["a better", "b better", "not clear", "equivalent"]


class Method(Enum):
    """A way to compute an interval or a test.

    `label` is its name in the column ``method`` of the frames. `unit` is what it takes for
    independent: samples, groups, splits, or times whose dependence it estimates.
    """

    T_INTERVAL = "t interval", "sample"
    WILSON = "Wilson interval", "sample"
    CLUSTERED_INTERVAL = "cluster-robust t interval", "group"
    CORRECTED_INTERVAL = "corrected t interval (Nadeau-Bengio)", "split"
    PAIRED_T = "paired t", "sample"
    CLUSTERED_T = "cluster-robust paired t", "group"
    CORRECTED_T = "corrected paired t (Nadeau-Bengio)", "split"
    SIMULTANEOUS_T = "corrected paired t, simultaneous interval", "split"
    BOOTSTRAP_T = "bootstrap t", "sample"
    SERIAL_INTERVAL = "serially robust t interval (cosines)", "time"
    SERIAL_T = "serially robust paired t (cosines)", "time"
    RUNS_INTERVAL = "t interval, items and runs random", "sample"
    RUNS_T = "paired t, items and runs random", "sample"
    CLUSTERED_RUNS_INTERVAL = "cluster-robust t interval, groups and runs random", "group"
    CLUSTERED_RUNS_T = "cluster-robust paired t, groups and runs random", "group"
    AGRESTI_MIN = "Agresti-Min interval, mid-p McNemar", "sample"

    def __init__(self, label: str, unit: str) -> None:
        self.label, self.unit = label, unit

    @classmethod
    @cache
    def from_label(cls, label: str) -> "Method":
        """Return the method that a column ``method`` names."""
        return next(method for method in cls if method.label == label)


FEW_DISCORDANT = 10
"""With fewer discordant pairs, a t-interval of a difference of error rates is too narrow."""

LABEL_LEVERAGE, SAMPLE_LEVERAGE = 0.5, 0.25
"""If one sample has more leverage, an interval may be too narrow."""

SMALL = 0.2
"""Of approximate tests a claim is doubted unless its p-value is below this share of the level."""

NOISE = 1e-13
"""Differences that vary by less than this share of the losses vary by rounding only."""


@dataclass(frozen=True)
class Estimate:
    """A mean and its confidence interval."""

    value: float
    std_error: float
    conf_low: float
    conf_high: float


NO_ESTIMATE = Estimate(math.nan, math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class PairedTest(Estimate):
    """A mean difference, its interval, and the two-sided test that it is zero."""

    statistic: float
    df: float
    pvalue: float
    method: Method
    degenerate: bool = False
    pivots: Floats | None = None
    """Bootstrapped values of the statistic, which replace its t-distribution."""

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.conf_high - self.conf_low) / 2


def read_confidence_level(level: float) -> float:
    """Return a confidence level as a float, if it is a number strictly between 0 and 1."""
    if not (is_number(level) and 0 < level < 1):
        raise ValueError(
            f"confidence_level must be a number between 0 and 1, such as 0.95; got {level!r:.60}."
        )
    return float(level)


def mean_t(moments: Moments, confidence_level: float) -> Estimate:
    """Return a mean and its t-interval, which is nan if all values are the same or infinite.

    df = n - 1; with weights, the effective number of samples minus one.
    """
    if not NOISE * abs(moments.greatest) < moments.spread < math.inf:
        return Estimate(moments.mean, math.nan, math.nan, math.nan)
    std_error = math.sqrt(moments.variance_of_mean)
    return t_interval(moments.mean, std_error, moments.effective_n - 1, confidence_level)


def error_rate(n: int, n_errors: int, confidence_level: float) -> Estimate:
    """Return an error rate and Wilson's (1927) score interval, valid for few or no errors too."""
    rate = n_errors / n
    low, high = wilson(np.asarray([n]), np.asarray([n_errors]), confidence_level)
    std_error = math.sqrt(rate * (1.0 - rate) / (n - 1)) if n > 1 else math.nan
    return Estimate(rate, std_error, float(low[0]), float(high[0]))


def wilson(n: NDArray[Any], n_errors: NDArray[Any], level: float) -> tuple[Floats, Floats]:
    """Return Wilson's intervals of many error rates at once; scipy's function takes only one."""
    z2 = float(stats.norm.ppf(0.5 + level / 2)) ** 2
    rate, spread = n_errors / n, z2 / n
    half = np.sqrt(spread * (rate * (1.0 - rate) + spread / 4))
    low, high = rate + spread / 2 - half, rate + spread / 2 + half
    low, high = low / (1.0 + spread), high / (1.0 + spread)
    return np.where(n_errors == 0, 0.0, low), np.where(n_errors == n, 1.0, high)


def paired_t(
    moments: Moments, confidence_level: float, scale: float = 0.0, *, clustered: bool = False
) -> PairedTest:
    """Run Student's paired t-test on the differences of samples, or of clusters.

    `scale` is the size of the losses compared. Differences are constant if their spread is only
    rounding at this size. Constant differences say nothing about new samples: the results are nan
    and the test is degenerate. Infinite differences give nan too.
    """
    mean, nan = moments.mean, math.nan
    method = Method.CLUSTERED_T if clustered else Method.PAIRED_T
    largest = max(scale, abs(moments.least), abs(moments.greatest))
    estimate, df = mean_t(moments, confidence_level), moments.effective_n - 1
    constant = moments.n < 2 or (largest < math.inf and moments.spread <= NOISE * largest)
    if constant or not estimate.std_error > 0:
        return PairedTest(mean, nan, nan, nan, nan, nan, nan, method, degenerate=constant)
    return t_test(estimate, df, method)


def paired_errors(n: int, a_only: int, b_only: int, confidence_level: float) -> PairedTest:
    """Test a difference of two error rates that has few discordant pairs.

    The interval of Agresti and Min (2005, Statistics in Medicine 24, 729-740) adds half a sample
    to each cell of the 2x2 table; the p-value is McNemar's exact one at its mid-p (Fagerland,
    Lydersen and Laake 2013, BMC Medical Research Methodology 13, 91).
    """
    counts = np.asarray([[n], [a_only], [b_only]], dtype=np.float64)
    _, std_error, low, high = agresti_min(*counts, level=confidence_level)
    fewer, discordant = min(a_only, b_only), a_only + b_only
    below = stats.binom.cdf(fewer, discordant, 0.5) - stats.binom.pmf(fewer, discordant, 0.5) / 2
    return PairedTest(
        (a_only - b_only) / n,
        float(std_error[0]),
        float(low[0]),
        float(high[0]),
        math.nan,
        math.nan,
        min(1.0, 2.0 * float(below)),
        Method.AGRESTI_MIN,
    )


def agresti_min(
    n: Floats, a_only: Floats, b_only: Floats, *, level: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return centres, standard errors and ends of the intervals of many pairs of error rates."""
    b, c, total = a_only + 0.5, b_only + 0.5, n + 2.0
    centre = (b - c) / total
    std_error = np.sqrt(b + c - (b - c) ** 2 / total) / total
    half = float(stats.norm.ppf(0.5 + level / 2)) * std_error
    return centre, std_error, np.maximum(-1.0, centre - half), np.minimum(1.0, centre + half)


def corrected_std_error(differences: Floats, size_ratio: float) -> Floats:
    """Return standard errors of means over J splits, the last axis, whose training parts overlap.

    ``s * sqrt(1 / J + n_test / n_train)``, Nadeau and Bengio (2003, Machine Learning 52, 239-281).
    """
    n_splits = differences.shape[-1]
    if n_splits < 2:
        return np.full(differences.shape[:-1], math.nan)
    with np.errstate(invalid="ignore"):
        spread = np.std(differences, axis=-1, ddof=1)
    return np.asarray(spread * math.sqrt(1.0 / n_splits + size_ratio))


def mean_corrected(of_splits: Floats, size_ratio: float, confidence_level: float) -> Estimate:
    """Return a mean over J overlapping splits and its t-interval with J - 1 degrees of freedom."""
    mean, nan = float(np.mean(of_splits)), math.nan
    if not NOISE * float(np.max(np.abs(of_splits))) < float(np.ptp(of_splits)) < math.inf:
        return Estimate(mean, nan, nan, nan)
    std_error = float(corrected_std_error(of_splits, size_ratio))
    return t_interval(mean, std_error, len(of_splits) - 1, confidence_level)


def corrected_t(
    differences: Floats, size_ratio: float, confidence_level: float, scale: float = 0.0
) -> PairedTest:
    """Run the corrected t-test of Nadeau and Bengio (2003) on differences of split means.

    `scale` is the size of the losses compared, as in `paired_t`.
    """
    estimate = mean_corrected(differences, size_ratio, confidence_level)
    constant = bool(_is_constant(differences, scale))
    pvalue = float(corrected_pvalues(differences, size_ratio, scale))
    if math.isnan(pvalue) or math.isnan(estimate.std_error):
        nan = math.nan
        return PairedTest(
            estimate.value, nan, nan, nan, nan, nan, nan, Method.CORRECTED_T, degenerate=constant
        )
    return PairedTest(
        estimate.value,
        estimate.std_error,
        estimate.conf_low,
        estimate.conf_high,
        estimate.value / estimate.std_error,
        len(differences) - 1,
        pvalue,
        Method.CORRECTED_T,
    )


@cache
def simultaneous_quantile(n_means: int, df: float, confidence_level: float) -> float:
    """Return how many standard errors the intervals of all pairwise differences of means reach.

    They cover together: the quantile of the studentized range (Tukey 1953) over the square root of
    two. For two means it is that of Student's t.
    """
    if n_means < 3:
        return t_quantile(confidence_level, df)
    return float(stats.studentized_range.ppf(confidence_level, n_means, df)) / math.sqrt(2.0)


def corrected_pvalues(
    differences: Floats, size_ratio: float, scale: float | Floats = 0.0
) -> Floats:
    """Return the two-sided p-values of the corrected t-test; the splits are the last axis.

    A search may have many thousands of pairs, which are tested at once. Constant or infinite
    differences have no p-value: nan.
    """
    std_error = corrected_std_error(differences, size_ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.abs(differences.mean(axis=-1) / std_error)
        pvalues = 2.0 * stats.t.sf(statistic, differences.shape[-1] - 1)
        tested = ~_is_constant(differences, scale) & (std_error > 0)
    return np.where(tested, pvalues, math.nan)


def _is_constant(differences: Floats, scale: float | Floats) -> NDArray[np.bool_]:
    """Return whether differences of splits are the same but for rounding, or only one."""
    with np.errstate(invalid="ignore"):
        largest = np.maximum(scale, np.abs(differences).max(axis=-1))
        same = np.ptp(differences, axis=-1) <= NOISE * largest
    return np.asarray((differences.shape[-1] < 2) | ((largest < math.inf) & same))


def t_test(estimate: Estimate, df: float, method: Method) -> PairedTest:
    """Test with Student's t-distribution that a mean is zero."""
    statistic = estimate.value / estimate.std_error
    pvalue = 2.0 * float(special.stdtr(df, -abs(statistic)))
    return PairedTest(
        estimate.value,
        estimate.std_error,
        estimate.conf_low,
        estimate.conf_high,
        statistic,
        df,
        pvalue,
        method,
    )


def holm(pvalues: Sequence[float]) -> list[float]:
    """Correct p-values by Holm's (1979) step-down method; nan stays nan and is not counted."""
    p = np.asarray(pvalues, dtype=np.float64)
    out = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    out[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return [float(x) for x in out]


def has_leverage(method: Method, label_leverage: float, sample_leverage: float) -> bool:
    """Return whether one sample has so much leverage that the interval may be too narrow."""
    if method is Method.AGRESTI_MIN:
        return False  # this method is made for few discordant pairs
    return bool(label_leverage > LABEL_LEVERAGE or sample_leverage > SAMPLE_LEVERAGE)


def conclude(
    difference: float, pvalue: float, confidence_level: float, equivalent: float = math.nan
) -> Conclusion:
    """Return the conclusion about a pair of models at this level; nan gives none.

    `equivalent` is the p-value of equivalence within a margin. Models are called equivalent even
    if their difference is clearly not zero, as long as it is clearly smaller than the margin.
    """
    alpha = 1.0 - confidence_level
    if equivalent <= alpha:
        return "equivalent"
    if not pvalue <= alpha or difference == 0.0:
        return "not clear"
    return "a better" if difference < 0 else "b better"


def read_margin(margin: Any) -> float | dict[str, float] | None:
    """Return an equivalence margin, if it is a positive number or a dict of one for each loss."""
    if margin is None:
        return None
    if isinstance(margin, Mapping):
        return {str(loss): _positive(value) for loss, value in margin.items()}
    return _positive(margin)


def _positive(margin: Any) -> float:
    """Return one margin as a float."""
    if not (is_number(margin) and 0 < margin < math.inf):
        raise ValueError(
            "equivalence_margin must be a positive number, the greatest difference that does not "
            f"matter, in units of the loss, or a dict {{loss: number}}; got {margin!r:.60}."
        )
    return float(margin)


def check_margin(name: str, margin: float, limits: tuple[float, float], loss: str) -> None:
    """Check that a margin is not beyond the range of the loss, where every difference is within."""
    most = limits[1] - limits[0]
    if margin > most:
        raise ValueError(
            f"{name} must be at most {most:.4g}, the range of {loss}: any two models are within a "
            f"greater one; got {shorten(margin)}. It is in units of the loss: 2% is 0.02."
        )


def t_interval(value: float, std_error: float, df: float, confidence_level: float) -> Estimate:
    """Return an estimate and its t-interval."""
    half = t_quantile(confidence_level, df) * std_error
    return Estimate(value, std_error, value - half, value + half)


def t_quantile(confidence_level: float, df: float) -> float:
    """Return the quantile of a two-sided interval; nan where there are no degrees of freedom."""
    return float(special.stdtrit(df, 0.5 + confidence_level / 2))
