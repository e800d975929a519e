"""Test whether two models differ by less than a margin.

Error rates are counted, so Tango's score test is enough. The spread of other losses may miss rows
that are too rare for the sample: they need two one-sided tests and a rule about such rows.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from sklearn_xent._arrays import Floats
from sklearn_xent.inference import exact_sums
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inference.paired_tests import PairedTest

RARE_ROWS = 3.0
"""A kind of row that no sample of n holds may be as frequent as 3 / n (the rule of three)."""
FEWEST_DECISIVE = 10
"""With fewer rows in half of the sum of squares, a standard error says too little."""


@dataclass(frozen=True)
class Equivalence:
    """The test that a difference lies within a margin."""

    pvalue: float
    """Of the null hypothesis that the difference is at least the margin."""
    is_sure_of_rare_rows: bool | None
    """Whether rows too rare for the sample cannot change the conclusion; None if not known."""


NOT_TESTED = Equivalence(math.nan, None)


@dataclass(frozen=True)
class Evidence:
    """What a sample says about rows that are too rare for it."""

    n: float
    """The number of rows or clusters that are independent; by weight the effective number."""
    n_decisive: float
    """How many of them make up half of the sum of squares of the differences, at least."""

    @classmethod
    def from_values(cls, x: Floats, weight: Floats | None) -> "Evidence":
        """Count the rows, or the clusters, by their differences and weights."""
        if weight is None:
            return cls(float(len(x)), count_decisive((x - x.mean()) ** 2))
        squares = (weight * (x - np.average(x, weights=weight))) ** 2
        return cls(float(weight.sum() ** 2 / (weight**2).sum()), count_decisive(squares))

    @classmethod
    def from_moments(cls, moments: Moments) -> "Evidence":
        """Bound their number from sums: by half of the sum of squares over the greatest one."""
        n, mean = moments.effective_n, moments.mean
        farthest = max(moments.greatest - mean, mean - moments.least) * moments.greatest_weight
        total = exact_sums.to_float(moments.weight)
        squares = moments.variance_of_mean * (n - 1.0) / n * total**2
        return cls(n, squares / (2.0 * farthest**2) if farthest > 0 else n)

    def is_sure(self, difference: float, greatest: float, margin: float) -> bool:
        """Return whether rows too rare for the sample cannot lift a difference to the margin.

        A kind of row that the sample does not hold may be as frequent as 3 / n, and its
        difference may be the greatest that the loss allows. And at least ten rows must make up
        half of the sum of squares: with fewer, the standard error is itself too uncertain.
        """
        reach = abs(difference) + RARE_ROWS / self.n * greatest
        return reach < margin and self.n_decisive >= FEWEST_DECISIVE


def count_decisive(squares: Floats) -> int:
    """Return how many of the largest squares make up half of their sum; all if they are zero."""
    totals = np.cumsum(np.sort(squares)[::-1])
    if not totals[-1] > 0:
        return len(squares)
    return int(np.searchsorted(totals, totals[-1] / 2)) + 1


def two_one_sided(test: PairedTest, margin: float) -> float:
    """Return the p-value of two one-sided tests (Schuirmann 1987) of a difference and a margin."""
    if test.pivots is None:
        return float(stats.t.sf((margin - abs(test.value)) / test.std_error, test.df))
    upper = (margin - test.value) / test.std_error
    lower = (-margin - test.value) / test.std_error
    more = max(float(np.mean(-test.pivots >= upper)), float(np.mean(-test.pivots <= lower)))
    return max(more, 1.0 / (len(test.pivots) + 1))


def tango_equivalence(n: int, a_only: int, b_only: int, margin: float) -> float:
    """Return the p-value of two one-sided score tests of paired error rates and a margin.

    Of n samples, A alone errs on `a_only` and B alone on `b_only`.
    """
    if margin >= 1.0:  # no two error rates differ by more
        return 0.0
    upper = stats.norm.cdf(tango_statistic(n, a_only, b_only, margin))
    lower = stats.norm.sf(tango_statistic(n, a_only, b_only, -margin))
    return float(max(upper, lower))


def tango_statistic(n: int, a_only: int, b_only: int, difference: float) -> float:
    """Return the score statistic of a difference of paired error rates.

    It is (estimate - difference) over its standard error under that difference, from the
    maximum-likelihood estimate of the discordant rates (Tango 1998, Statistics in Medicine 17,
    891-908). The difference lies between -1 and 1.
    """
    linear = -a_only - b_only + (2 * n - a_only + b_only) * difference
    constant = -b_only * difference * (1.0 - difference)
    root = math.sqrt(max(0.0, linear * linear - 8.0 * n * constant))
    rate = (root - linear) / (4.0 * n)  # of samples on which B alone errs
    variance = n * (2.0 * rate + difference * (1.0 - difference))
    distance = a_only - b_only - n * difference
    if variance <= 0.0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)
