"""Layer 9: from moments and counts to estimates. One function for each situation.

Which is used when, and why, is the decision table in docs/design.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from sklearn_xent._kernels import Floats
from sklearn_xent._moments import Moments

Conclusion = Literal["a lower", "b lower", "inconclusive"]

T_INTERVAL = "t interval"
WILSON = "Wilson interval"
PAIRED_T = "paired t"
AGRESTI_MIN = "Agresti-Min interval, mid-p McNemar"
FEW_DISCORDANT = 10
"""Below this many discordant pairs, a t-interval of a difference of errors covers too little."""

NOISE = 1e-13
"""Differences that vary by less than this share of the losses are constant but for rounding."""


@dataclass(frozen=True)
class Estimate:
    """A mean and its confidence interval."""

    value: float
    std_error: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True)
class PairedTest(Estimate):
    """A mean difference, its interval, and the two-sided test that it is zero."""

    statistic: float
    df: float
    pvalue: float
    method: str
    degenerate: bool = False


def check_confidence_level(level: float) -> float:
    """A confidence level is a number strictly between 0 and 1."""
    number = isinstance(level, int | float | np.number) and not isinstance(level, bool)
    if not (number and 0 < level < 1):
        raise ValueError(
            f"confidence_level must be a number between 0 and 1, such as 0.95; got {level!r:.60}."
        )
    return float(level)


def mean_t(moments: Moments, confidence_level: float) -> Estimate:
    """A mean with its t-interval; nan where all values are the same, or infinite.

    df = n - 1, with weights the effective number of samples less one.
    """
    if not NOISE * abs(moments.greatest) < moments.spread < math.inf:
        return Estimate(moments.mean, math.nan, math.nan, math.nan)
    std_error = math.sqrt(moments.variance_of_mean)
    half = _t_quantile(confidence_level, moments.effective_n - 1) * std_error
    return Estimate(moments.mean, std_error, moments.mean - half, moments.mean + half)


def error_rate(n: int, n_errors: int, confidence_level: float) -> Estimate:
    """A share of errors with Wilson's (1927) score interval, sound for few or no errors."""
    rate = n_errors / n
    interval = stats.binomtest(n_errors, n).proportion_ci(confidence_level, method="wilson")
    std_error = math.sqrt(rate * (1.0 - rate) / (n - 1)) if n > 1 else math.nan
    return Estimate(rate, std_error, float(interval.low), float(interval.high))


def paired_t(moments: Moments, confidence_level: float, scale: float = 0.0) -> PairedTest:
    """Student's paired t-test on per-sample differences.

    `scale` is the size of the losses compared: differences whose spread is only its rounding
    are constant. Constant differences say nothing of new samples: nan, and degenerate. Nor do
    infinite ones.
    """
    mean, nan = moments.mean, math.nan
    largest = max(scale, abs(moments.least), abs(moments.greatest))
    estimate, df = mean_t(moments, confidence_level), moments.effective_n - 1
    constant = moments.n < 2 or (largest < math.inf and moments.spread <= NOISE * largest)
    if constant or not estimate.std_error > 0:
        return PairedTest(mean, nan, nan, nan, nan, nan, nan, PAIRED_T, degenerate=constant)
    statistic = mean / estimate.std_error
    pvalue = 2.0 * float(stats.t.sf(abs(statistic), df))
    return PairedTest(
        mean,
        estimate.std_error,
        estimate.conf_low,
        estimate.conf_high,
        statistic,
        df,
        pvalue,
        PAIRED_T,
    )


def paired_errors(n: int, a_only: int, b_only: int, confidence_level: float) -> PairedTest:
    """A difference of two error rates from few discordant pairs.

    The interval of Agresti and Min (2005, Statistics in Medicine 24, 729-740) adds half a sample
    to each cell of the 2x2 table; the p-value is McNemar's exact one at its mid-p (Fagerland,
    Lydersen and Laake 2013, BMC Medical Research Methodology 13, 91).
    """
    b, c, total = a_only + 0.5, b_only + 0.5, n + 2.0
    centre = (b - c) / total
    std_error = math.sqrt(b + c - (b - c) ** 2 / total) / total
    half = float(stats.norm.ppf(0.5 + confidence_level / 2)) * std_error
    fewer, discordant = min(a_only, b_only), a_only + b_only
    below = stats.binom.cdf(fewer, discordant, 0.5) - stats.binom.pmf(fewer, discordant, 0.5) / 2
    return PairedTest(
        (a_only - b_only) / n,
        std_error,
        max(-1.0, centre - half),
        min(1.0, centre + half),
        math.nan,
        math.nan,
        min(1.0, 2.0 * float(below)),
        AGRESTI_MIN,
    )


def corrected_std_error(differences: Floats, size_ratio: float) -> float:
    """Standard error of a mean difference over J splits whose training parts overlap.

    ``s * sqrt(1 / J + n_test / n_train)``, Nadeau and Bengio (2003, Machine Learning 52, 239-281).
    """
    n_splits = len(differences)
    if n_splits < 2:
        return math.nan
    with np.errstate(invalid="ignore"):
        return float(np.std(differences, ddof=1)) * math.sqrt(1.0 / n_splits + size_ratio)


def holm(pvalues: Sequence[float]) -> list[float]:
    """Holm's (1979) step-down adjustment; a nan stays nan and does not count as a test."""
    p = np.asarray(pvalues, dtype=np.float64)
    out = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    out[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return [float(x) for x in out]


def conclude(difference: float, pvalue: float, confidence_level: float) -> Conclusion:
    """What may be said of a pair at this level; nan says nothing."""
    if not pvalue <= 1.0 - confidence_level or difference == 0.0:
        return "inconclusive"
    return "a lower" if difference < 0 else "b lower"


def _t_quantile(confidence_level: float, df: float) -> float:
    return float(stats.t.ppf(0.5 + confidence_level / 2, df)) if df > 0 else math.nan
