"""Plan how many samples a comparison needs, from a pilot: the comparison at hand.

The pilot's standard deviation is itself an estimate. What replaces 1.96 + 0.84 is therefore the
quantile of a noncentral t-distribution, with as many degrees of freedom as the variance has: few
where differences are heavy-tailed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from sklearn_xent._arrays import Floats, sum_of_blocks
from sklearn_xent.inference import exact_sums
from sklearn_xent.inference.equivalence import RARE_ROWS
from sklearn_xent.inference.moments import Moments

POWER = 0.8
"""The power of the column ``detectable_difference``."""
FEWEST = 4
"""A plan has at least so many samples or clusters; a pilot has more."""
MOST = 10**12
"""A plan of more is no plan."""
GREATEST_LOGARITHM = 709.0
"""Beyond this a variance is infinite: no float is much greater than its exponential."""
ALMOST = 1e-9
"""Without a cluster that has all of the spread but this share, nothing is left to vary."""


@dataclass(frozen=True)
class LogVariance:
    """The logarithm of a variance, and how much it varies: by the jackknife of Miller (1968).

    Clusters are few, and what a large one adds to the variance, its mean and its size vary
    together. To leave out one after another shows that, and the bias.
    """

    value: float
    of_unit: float
    """n times the variance of the logarithm."""
    skewness: float
    """The skewness of what each cluster adds to the logarithm."""
    df: float
    """The degrees of freedom of that variance."""

    @classmethod
    def from_clusters(cls, x: Floats, weight: Floats, size: float) -> LogVariance | None:
        """Return that of the variance of a difference of clusters; None if one of them decides.

        The differences were divided by `size`.
        """
        n, w = len(x), weight / weight.max()
        if n <= FEWEST:
            return None
        total, centred = float(w.sum()), x - np.average(x, weights=w)
        squares, products = np.square(w * centred), np.square(w) * centred
        rest = total - w
        moved = -w * centred / rest  # of the mean, when one is left out
        left = (
            (squares.sum() - squares)
            - 2.0 * moved * (products.sum() - products)
            + moved**2 * (np.square(w).sum() - np.square(w))
        )
        if not left.min() > ALMOST * squares.sum():
            return None
        whole = math.log(n**2 * squares.sum() / (n - 1.0)) - 2.0 * math.log(total)
        others = np.log((n - 1.0) ** 2 * left / (n - 2.0)) - 2.0 * np.log(rest)
        values = n * whole - (n - 1.0) * others
        centred = values - values.mean()
        squares = np.square(centred)
        square, fourth = float(squares.sum()), float(np.dot(squares, squares))
        third = float(np.dot(squares, centred))
        skewness = math.sqrt(n) * third / square**1.5 if square > 0 else math.nan
        value = float(values.mean()) + 2.0 * math.log(size)
        df = _effective_df(n, _kurtosis(n, square, fourth))
        return cls(value, square / (n - 1.0), skewness, df)

    def upper(self, n: int, of_new: float, power: float) -> float:
        """Return an upper bound of the variance in a new study, which holds with this chance.

        Few clusters have most of the variance. A pilot that lacks them underestimates both the
        variance and how much it varies: the first terms of an Edgeworth expansion allow for that
        (Hall 1983).
        """
        spread = math.sqrt(1.0 / n + 1.0 / of_new)
        square = float(special.ndtri(power)) ** 2
        both = self.skewness * square / (2.0 * n * spread)
        own = self.skewness * (1.0 / of_new**2 - 1.0 / n**2) / spread**3 * (square - 1.0) / 6.0
        quantile = float(special.stdtrit(self.df, power)) + both + own
        logarithm = self.value + quantile * spread * math.sqrt(self.of_unit)
        return math.exp(logarithm) if logarithm < GREATEST_LOGARITHM else math.inf


def _size_of(greatest: float) -> float:
    """Return what differences are divided by, since fourth powers may overflow or vanish."""
    return greatest or 1.0


@dataclass(frozen=True)
class Pilot:
    """The differences of two models in a comparison, from which another is planned."""

    n: int
    """The number of independent units: samples, or clusters."""
    variance: float
    """Of the difference of one unit: n times that of the mean, so that weights are in it."""
    df: float
    """The degrees of freedom of that variance: ``2 / (excess kurtosis / n + 2 / (n - 1))``."""
    discordance: float | None = None
    """The share of samples on which exactly one of two models errs; None of other losses."""
    log_variance: LogVariance | None = None
    """Of clusters, where it is known."""

    @classmethod
    def from_values(
        cls, x: Floats, weight: Floats | None = None, *, clusters: bool = False
    ) -> Pilot:
        """Describe the differences of samples, or of clusters."""
        if not np.isfinite(x).all():
            return cls(len(x), math.nan, math.nan)
        size = _size_of(float(np.abs(x).max(initial=0.0)))
        if weight is None:
            return cls._from_blocks(x.__getitem__, len(x), size)
        n, x, weight = len(x), x / size, weight / weight.max()
        squares = np.square(weight * (x - np.average(x, weights=weight)))
        square, total = float(squares.sum()), float(weight.sum())
        effective = n if clusters else total**2 / float(np.square(weight).sum())
        logarithm = None
        if clusters and square > 0:
            logarithm = LogVariance.from_clusters(x, weight, size)
        out = cls._from_squares(squares, square, size, total, effective)
        return replace(out, log_variance=logarithm)

    @classmethod
    def from_difference(cls, a: Floats, b: Floats, moments: Moments) -> Pilot:
        """Describe a - b, of samples of one weight; `moments` are those of this difference.

        It gives the same bits as `from_values`, without an array of the differences.
        """
        if not math.isfinite(moments.spread) or moments.n_nan:
            return cls(len(a), math.nan, math.nan)
        size = _size_of(max(moments.greatest, -moments.least))
        return cls._from_blocks(lambda rows: a[rows] - b[rows], len(a), size)

    @classmethod
    def _from_blocks(cls, of_rows: Callable[[slice], Floats], n: int, size: float) -> Pilot:
        """Describe differences that a function returns for any rows."""
        squares = np.empty(n)
        mean = sum_of_blocks(lambda rows: of_rows(rows) / size, n) / n

        def fill(rows: slice) -> Floats:
            centred = of_rows(rows) / size
            centred -= mean
            return np.square(centred, out=squares[rows])

        return cls._from_squares(squares, sum_of_blocks(fill, n), size, float(n), float(n))

    @classmethod
    def _from_squares(
        cls, squares: Floats, square: float, size: float, total: float, effective: float
    ) -> Pilot:
        """Describe differences by the squares of what each, over `size`, adds to their mean."""
        n, fourth = len(squares), float(np.dot(squares, squares))
        correction = effective / (effective - 1.0) if effective > 1 else math.nan
        variance = n * square / total**2 * correction * size**2
        return cls(n, variance, _effective_df(n, _kurtosis(n, square, fourth)))

    @classmethod
    def from_moments(cls, moments: Moments) -> Pilot:
        """Describe differences of which only sums are known: their kurtosis is bounded."""
        n, effective, mean = moments.n, moments.effective_n, moments.mean
        farthest = max(moments.greatest - mean, mean - moments.least) * moments.greatest_weight
        total = exact_sums.to_float(moments.weight)
        square = moments.variance_of_mean * (effective - 1.0) / effective * total**2
        kurtosis = n * farthest**2 / square - 3.0 if square > 0 else math.nan
        return cls(n, n * moments.variance_of_mean, _effective_df(n, kurtosis))

    @classmethod
    def from_errors(cls, n: int, n_discordant: int) -> Pilot:
        """Describe the differences of two error rates, by the samples on which one of them errs."""
        share = n_discordant / n
        kurtosis = 1.0 / share - 3.0 if share > 0 else math.nan
        return cls(n, share, _effective_df(n, kurtosis), share)

    @property
    def is_usable(self) -> bool:
        """Whether the pilot says anything about another study."""
        return self.n > FEWEST and 0.0 < self.variance < math.inf and self.df > 0

    def at(self, difference: float) -> float:
        """Return the variance of the difference of a unit where the mean difference is this one.

        That of errors is McNemar's: the share of discordant samples, which is at least the
        difference, less the square of the difference.
        """
        if self.discordance is None:
            return self.variance
        return max(self.discordance, difference) - difference**2


def _kurtosis(n: int, square: float, fourth: float) -> float:
    """Return the excess kurtosis, from sums of squares and of fourth powers about the mean."""
    return n * fourth / square**2 - 3.0 if square > 0 else math.nan


def _effective_df(n: int, kurtosis: float) -> float:
    """Return the degrees of freedom of a variance, from the excess kurtosis of the sample.

    A small sample underestimates it, so the unbiased form of normal samples is taken; below that of
    a uniform distribution it is noise.
    """
    if n <= FEWEST or math.isnan(kurtosis):
        return math.nan
    unbiased = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * kurtosis + 6.0)
    return 2.0 / (max(unbiased, -1.2) / n + 2.0 / (n - 1.0))


def detectable_difference(pilot: Pilot, level: float, power: float = POWER) -> float:
    """Return the difference that a test of this size finds with this power.

    The test is two-sided at one minus the level, of one pair alone. The pilot's own difference does
    not count.
    """
    if not pilot.is_usable:
        return math.nan
    q = _reach(pilot, level, power, pilot.n)
    if pilot.discordance is None:
        return q * math.sqrt(pilot.variance / pilot.n)
    share = q**2 / pilot.n
    found = math.sqrt(pilot.discordance * share / (1.0 + share))
    if found > pilot.discordance:
        found = share / (1.0 + share)
    fewest = _fewest_discordant(level)
    if pilot.n < fewest:
        return math.nan
    needed = float(special.betaincinv(fewest, pilot.n - fewest + 1, power))
    return found if max(found, pilot.discordance) >= needed else needed


def n_for_power(pilot: Pilot, difference: float, level: float, power: float) -> int | None:
    """Return how many units find a difference with this power; None if no plan can."""
    if not pilot.is_usable:
        return None
    spread = math.sqrt(max(pilot.at(difference), 0.0))
    fewest = _fewest_discordant(level)

    def is_enough(n: int) -> bool:
        if pilot.discordance is not None:
            share = max(pilot.discordance, difference)
            if special.bdtrc(fewest - 1, n, share) < power:
                return False
        return _reach(pilot, level, power, n) * spread / math.sqrt(n) <= difference

    return _least(is_enough)


def _fewest_discordant(level: float) -> int:
    """Return how many discordant samples, all on one side, McNemar's mid-p test needs."""
    return math.ceil(math.log2(1.0 / (1.0 - level)))


def n_for_half_width(pilot: Pilot, half_width: float, level: float, power: float) -> int | None:
    """Return how many units make the interval no wider, with this probability.

    The standard deviation of the new study varies as that of the pilot does, with the same
    kurtosis; that of clusters as the jackknife says, and that of errors as a share does.
    """
    if not pilot.is_usable:
        return None
    kurtosis = pilot.n * (2.0 / pilot.df - 2.0 / (pilot.n - 1.0))

    def is_enough(n: float) -> bool:
        df = 2.0 / (kurtosis / n + 2.0 / (n - 1.0))
        if pilot.log_variance is not None:
            upper = pilot.log_variance.upper(pilot.n, n, power)
        elif pilot.discordance is not None:
            upper = _upper_share(pilot.discordance, pilot.n, n, power)
        else:
            upper = pilot.variance * float(special.fdtri(df, pilot.df, power))
        return _t_quantile(n, 0.5 + level / 2) * math.sqrt(upper / n) <= half_width

    return _least(is_enough)


def _upper_share(share: float, n: int, of_new: float, power: float) -> float:
    """Return an upper bound of the share in a new study, which holds with this chance.

    The arcsine of the root of a share has nearly the same variance for every share (Anscombe 1948).
    """
    angle = math.asin(math.sqrt((n * share + 0.375) / (n + 0.75)))
    error = math.sqrt(0.25 / n + 0.25 / of_new)
    return math.sin(min(angle + float(special.ndtri(power)) * error, math.pi / 2)) ** 2


def n_for_equivalence(
    pilot: Pilot, margin: float, level: float, power: float, greatest: float | None
) -> int | None:
    """Return how many units show that two models whose losses are the same are equivalent.

    Two one-sided tests; of error rates Tango's. `greatest` is the greatest difference of a row that
    the loss allows: rows too rare for the sample must not matter. None for errors.
    """
    if not pilot.is_usable:
        return None
    both = (1.0 + power) / 2.0

    def is_enough(n: float) -> bool:
        ratio = 1.0
        if pilot.discordance is not None:
            ratio = math.sqrt(_tango_variance(pilot.discordance, margin) / pilot.variance)
        error = math.sqrt(pilot.variance / n)
        q = float(special.nctdtrit(pilot.df, _t_quantile(n, level) * ratio, both))
        rare = 0.0 if greatest is None else RARE_ROWS / n * greatest
        chance = float(special.stdtrit(pilot.df, both)) * error
        return q * error <= margin and chance + rare < margin

    return _least(is_enough)


def _tango_variance(discordance: float, margin: float) -> float:
    """Return n times Tango's variance at the margin, of as many discordant samples either way."""
    linear = -discordance + 2.0 * margin
    constant = -discordance / 2.0 * margin * (1.0 - margin)
    rate = (math.sqrt(max(0.0, linear**2 - 8.0 * constant)) - linear) / 4.0
    return 2.0 * rate + margin * (1.0 - margin)


def _reach(pilot: Pilot, level: float, power: float, n: float) -> float:
    """Return by how many of the pilot's standard errors the difference of a test must be off.

    P(noncentral t < q) = E of the power where the true standard deviation is uncertain.
    """
    return float(special.nctdtrit(pilot.df, _t_quantile(n, 0.5 + level / 2), power))


def _t_quantile(n: float, probability: float) -> float:
    return float(special.stdtrit(n - 1.0, probability))


def _least(is_enough: Callable[[int], bool]) -> int | None:
    """Return the least number of units that is enough, by doubling and halving."""
    high = FEWEST
    while not is_enough(high):
        high *= 2
        if high > MOST:
            return None
    low = high // 2 if high > FEWEST else FEWEST - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
