"""Test whether two models differ by less than a margin."""

import math

import numpy as np
from scipy import optimize, stats

from sklearn_xent._arrays import Floats

RARE_ROWS = 3.0
"""A kind of row that no sample of n holds may be as frequent as 3 / n (the rule of three)."""
FEWEST_DECISIVE = 10
"""With fewer rows in half of the sum of squares, a standard error says too little."""


def tango_statistic(n: int, a_only: int, b_only: int, difference: float) -> float:
    """Return the score statistic of a difference of paired error rates.

    It is (estimate - difference) over its standard error under that difference, from the
    maximum-likelihood estimate of the discordant rates (Tango 1998, Statistics in Medicine 17,
    891-908).
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


def tango_interval(n: int, a_only: int, b_only: int, level: float) -> tuple[float, float]:
    """Return the ends of Tango's score interval of a difference of paired error rates."""
    z = float(stats.norm.ppf(0.5 + level / 2))
    estimate = (a_only - b_only) / n

    def end(limit: float, sign: float) -> float:
        def excess(difference: float) -> float:
            statistic = tango_statistic(n, a_only, b_only, difference)
            return min(max(statistic, -1e6), 1e6) - sign * z

        if sign * excess(limit) <= 0 or limit == estimate:  # the interval reaches the limit
            return limit
        return float(optimize.brentq(excess, min(limit, estimate), max(limit, estimate)))

    return end(-1.0, 1.0), end(1.0, -1.0)


def tango_equivalence(n: int, a_only: int, b_only: int, margin: float) -> float:
    """Return the p-value of two one-sided score tests that error rates differ by the margin."""
    if margin >= 1.0:
        return 0.0
    upper = stats.norm.cdf(tango_statistic(n, a_only, b_only, margin))
    lower = stats.norm.sf(tango_statistic(n, a_only, b_only, -margin))
    return float(max(upper, lower))


def n_decisive(squares: Floats) -> int:
    """Return how many of the largest squares make up half of their sum."""
    ordered = np.sort(squares)[::-1]
    total = np.cumsum(ordered)
    return int(np.searchsorted(total, total[-1] / 2)) + 1 if total[-1] > 0 else len(squares)


def rules_out_rare_rows(
    difference: float, n: int, greatest: float, margin: float, decisive: float
) -> bool:
    """Tell whether rows too rare for the sample cannot lift the difference over the margin.

    No row of a sample of n may belong to a kind as frequent as 3 / n, whose difference may be the
    greatest that the loss allows. And at least ten rows must make up half of the sum of squares:
    with fewer, the spread of the others is not known.
    """
    reach = abs(difference) + RARE_ROWS / n * greatest
    return reach < margin and decisive >= FEWEST_DECISIVE
