"""Combine the differences of several data sets: of these, and of others like them.

"These" asks for the mean difference on exactly these data sets: its error comes from within. "Like
these" asks for the mean over the data sets of which these are a sample: its error comes from the
spread between them. Models that differ on every data set, but are equal on average, are clearly
different by the first and not by the second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from sklearn_xent._arrays import Floats
from sklearn_xent.inference.paired_tests import NOISE, t_quantile

FEWEST_FOR_CHANCE = 10
"""With fewer data sets no chance is given that a model is better on a new one."""


class DatasetCaution(Enum):
    """Name what limits a row of differences over data sets."""

    FEW = "few data sets"
    """Fewer than 10, so that a t-interval of their spread depends on its shape."""
    LEFT_OUT = "data sets left out"
    """One of both models failed on some."""
    DISAGREE = "data sets disagree"
    """A claim about the mean, although each model is clearly better on some data set."""
    ONE = "one data set decides"
    """A claim that does not hold without one of the data sets."""
    WITHIN = "limited within"
    """Data sets whose own differences carry a caution make up most of the standard error."""
    NO_SPREAD = "no spread"
    """The difference is the same on every data set, or its error is not known on one."""


@dataclass(frozen=True)
class Combined:
    """The mean difference over data sets, its interval and its test."""

    difference: float
    std_error: float
    conf_low: float
    conf_high: float
    df: float
    pvalue: float
    new_low: float = math.nan
    """The prediction interval of the difference on a new data set."""
    new_high: float = math.nan
    chance_a_better: float = math.nan
    """On a new data set."""


def these(differences: Floats, std_errors: Floats, dfs: Floats, level: float) -> Combined:
    """Estimate the mean difference on these data sets, by the errors within them.

    The standard error is ``sqrt(sum se**2) / k``, with the degrees of freedom of Satterthwaite
    (1946). A difference whose `df` is nan comes from counts, and its error is taken as known.
    """
    k, mean = len(differences), float(np.mean(differences))
    variances = np.square(std_errors / k)
    total = float(np.sum(variances))
    if not (math.isfinite(mean) and 0.0 < total < math.inf):
        return _unknown(mean)
    known = np.where(np.isnan(dfs), math.inf, dfs)
    inverse = float(np.sum(np.square(variances / total) / known))
    return _t(mean, math.sqrt(total), 1.0 / inverse if inverse else math.inf, level)


def like_these(differences: Floats, level: float) -> Combined:
    """Estimate the mean difference over data sets like these, by the spread between them.

    Student's t on the differences, and the prediction interval ``mean +- t(k-1) s sqrt(1 + 1/k)``
    of a new one.
    """
    k, mean = len(differences), float(np.mean(differences))
    if k < 2 or not math.isfinite(mean):
        return _unknown(mean)
    spread = float(np.std(differences, ddof=1))
    if not spread > NOISE * float(np.max(np.abs(differences))):
        return _unknown(mean)
    found = _t(mean, spread / math.sqrt(k), k - 1.0, level)
    spread_of_new = spread * math.sqrt(1.0 + 1.0 / k)
    half = t_quantile(level, found.df) * spread_of_new
    chance = math.nan
    if k >= FEWEST_FOR_CHANCE:
        chance = float(special.stdtr(found.df, -mean / spread_of_new))
    values = {**vars(found), "new_low": mean - half, "new_high": mean + half}
    return Combined(**{**values, "chance_a_better": chance})


def _t(mean: float, std_error: float, df: float, level: float) -> Combined:
    half = t_quantile(level, df) * std_error
    pvalue = 2.0 * float(special.stdtr(df, -abs(mean / std_error)))
    return Combined(mean, std_error, mean - half, mean + half, df, pvalue)


def _unknown(mean: float) -> Combined:
    nan = math.nan
    return Combined(mean, nan, nan, nan, nan, nan)


def rests_on_one(answer: Callable[[NDArray[np.intp]], Combined], k: int, level: float) -> bool:
    """Return whether a claim about k data sets is lost without some of them.

    `answer` returns the answer from some data sets, by position; `level` is that of the test.
    """
    every = np.arange(k)
    value = answer(every).difference
    for i in range(k):
        other = answer(np.delete(every, i))
        if other.difference * value <= 0 or not other.pvalue <= level:
            return True
    return False


def spreads(differences: Floats, std_errors: Floats) -> tuple[float, float]:
    """Return the spread of the true differences between data sets, and the noise within one.

    Both are standard deviations. The first is what the observed spread exceeds the noise by.
    """
    if len(differences) < 2:
        return math.nan, math.nan
    noise = float(np.mean(np.square(std_errors)))
    observed = float(np.var(differences, ddof=1))
    if not (math.isfinite(noise) and math.isfinite(observed)):
        return math.nan, math.nan
    return math.sqrt(max(0.0, observed - noise)), math.sqrt(noise)


MOST_EXACT = 50
"""Of more data sets Wilcoxon's test takes the normal approximation, as that of scipy does."""


def wilcoxon(differences: Floats) -> float:
    """Return the two-sided p-value of Wilcoxon's signed-rank test; nan where nothing differs.

    Zeros are left out. It is exact with ties, too, where scipy enumerates all signs.
    """
    known = differences[differences != 0.0]
    if not np.isfinite(differences).all() or not len(known):
        return math.nan
    if len(known) > MOST_EXACT:
        return float(stats.wilcoxon(known).pvalue)
    doubled = np.rint(2.0 * stats.rankdata(np.abs(known))).astype(np.intp)  # ties have halves
    total = int(doubled.sum())
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    for rank in doubled:
        chances[rank:] = (chances[rank:] + chances[: total + 1 - rank]) / 2.0
        chances[:rank] /= 2.0
    positive = int(doubled[known > 0].sum())
    tail = float(chances[: min(positive, total - positive) + 1].sum())
    return min(1.0, 2.0 * tail)


def least_wilcoxon(k: int) -> float:
    """Return the least p-value that Wilcoxon's test can have with k data sets."""
    return 2.0 ** (1 - k)


# --- ranks ----------------------------------------------------------------------------------


def ranks(losses: Floats) -> Floats:
    """Return the ranks of models (rows) on each data set (columns): 1 is the lowest loss.

    Losses that differ by rounding only share the mean of their ranks.
    """
    slack = np.where(np.isinf(losses), 0.0, NOISE * np.abs(losses))
    lower = losses[None] < losses[:, None] - slack[:, None]
    higher = losses[None] > losses[:, None] + slack[:, None]
    n_lower, n_same = lower.sum(axis=1), (~lower & ~higher).sum(axis=1)
    return np.asarray(n_lower + (n_same + 1) / 2.0)


def critical_difference(n_models: int, n_datasets: int, level: float) -> float:
    """Return how far two mean ranks must differ to be clear by Nemenyi's test (1963)."""
    quantile = float(stats.studentized_range.ppf(level, n_models, math.inf)) / math.sqrt(2.0)
    return quantile * math.sqrt(n_models * (n_models + 1) / (6.0 * n_datasets))


def friedman(of_ranks: Floats) -> float:
    """Return the p-value of Friedman's test that all models have the same mean rank.

    By the F-distribution of Iman and Davenport (1980), with ties as they are. `of_ranks` is of
    shape (n_models, n_datasets).
    """
    m, k = of_ranks.shape
    between = float(np.square(of_ranks.mean(axis=1) - (m + 1) / 2.0).sum())
    total = float(np.square(of_ranks - (m + 1) / 2.0).sum())
    if m < 2 or k < 2 or total == 0.0:
        return math.nan
    within = total - k * between
    if within <= NOISE * total:
        return 0.0
    statistic = (k - 1) * k * between / within
    return float(stats.f.sf(statistic, m - 1, (m - 1) * (k - 1)))
