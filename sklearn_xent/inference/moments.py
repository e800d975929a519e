"""Summarise numbers by sums, from which means, variances and tests are computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sklearn_xent._arrays import BUFFER_ROWS, Codes, Floats
from sklearn_xent.inference import exact_sums
from sklearn_xent.inference.mergeable import (
    Count,
    ExactSum,
    Flag,
    Greatest,
    GreatestRange,
    Least,
    Mergeable,
    NonNegativeSum,
)


def units(x: Floats, weight: Floats | None, groups: Codes) -> tuple[Floats, Floats]:
    """Return the mean and the weight of each cluster."""
    of_group = np.bincount(groups, weights=weight).astype(np.float64)
    with np.errstate(invalid="ignore"):
        sums = np.bincount(groups, weights=x if weight is None else x * weight)
        used = of_group > 0
        return sums[used] / of_group[used], of_group[used]


@dataclass(frozen=True)
class Moments(Mergeable):
    """Exact sums over the samples of one column x with weights w.

    The sums are integers on the grid of `exact_sums`. They are the same to the last bit whatever
    the order of the samples, their partition and the number of machines. A sample of weight zero
    counts nowhere: it is in no number, no sum and no extreme.
    """

    n: Count = 0
    weight: NonNegativeSum = 0
    """Sum of w."""
    square_weight: NonNegativeSum = 0
    """Sum of w^2."""
    first: ExactSum = 0
    """Sum of w x."""
    weighted: ExactSum = 0
    """Sum of w^2 x."""
    second: NonNegativeSum = 0
    """Sum of w^2 x^2, on the square of the grid."""
    least: Least = math.inf
    greatest: Greatest = -math.inf
    n_plus_inf: Count = 0
    """Infinite values and nan are counted and left out of the sums."""
    n_minus_inf: Count = 0
    n_nan: Count = 0
    n_positive: Count = 0
    n_negative: Count = 0
    greatest_weight: GreatestRange = 0.0
    """Of a sample; 1 without weights."""
    clusters: Flag = False
    """Whether x are means of clusters; their variance has the factor of their number (CR1)."""

    @classmethod
    def from_samples(cls, x: Floats, weight: Floats | None, groups: Codes | None) -> Moments:
        """Summarise a vector of samples, by clusters where there are groups."""
        if groups is None:
            return cls.from_values(x, weight)
        return cls.from_clusters(x, weight, groups)

    @classmethod
    def from_clusters(cls, x: Floats, weight: Floats | None, groups: Codes) -> Moments:
        """Summarise a vector by clusters, so that its variance is the cluster-robust one."""
        return replace(cls.from_values(*units(x, weight, groups)), clusters=True)

    @classmethod
    def from_values(cls, x: Floats, weight: Floats | None = None) -> Moments:
        """Summarise a vector."""
        return cls.from_columns(x[None], weight)[0]

    @classmethod
    def from_columns(cls, columns: Floats, weight: Floats | None = None) -> list[Moments]:
        """Summarise each row of a matrix (n_columns, n), of the same samples."""
        if weight is not None and not weight.all():
            used = weight > 0
            columns, weight = columns[:, used], weight[used]
        return cls._from_blocks([column.__getitem__ for column in columns], len(columns.T), weight)

    @classmethod
    def from_difference(cls, a: Floats, b: Floats, weight: Floats | None = None) -> Moments:
        """Summarise a - b, which is computed block by block and not kept."""
        if weight is not None and not weight.all():
            used = weight > 0
            a, b, weight = a[used], b[used], weight[used]
        with np.errstate(invalid="ignore"):
            return cls._from_blocks([lambda rows: a[rows] - b[rows]], len(a), weight)[0]

    @classmethod
    def _from_blocks(
        cls, columns: Sequence[Callable[[slice], Floats]], n: int, weight: Floats | None
    ) -> list[Moments]:
        """Summarise columns of which each gives some rows; none has a weight of zero."""
        parts = []
        for start in range(0, n, BUFFER_ROWS):
            rows = slice(start, min(start + BUFFER_ROWS, n))
            w = None if weight is None else weight[rows]
            sums = None if w is None else exact_sums.sums(np.stack([w, w * w]))
            parts.append([_of_block(column(rows), w, sums) for column in columns])
        nothing = [cls()] * len(columns)
        return [cls.merge_all(of_column) for of_column in zip(*parts or [nothing], strict=True)]

    def negated(self) -> Moments:
        """Return the moments of minus x, to the last bit those of the samples of minus x."""
        return replace(
            self,
            first=-self.first,
            weighted=-self.weighted,
            least=-self.greatest + 0.0,  # adding 0.0 gives zeros one sign
            greatest=-self.least + 0.0,
            n_plus_inf=self.n_minus_inf,
            n_minus_inf=self.n_plus_inf,
            n_positive=self.n_negative,
            n_negative=self.n_positive,
        )

    @property
    def mean(self) -> float:
        """The weighted mean, rounded once."""
        if self.n_nan or (self.n_plus_inf and self.n_minus_inf) or not self.n:
            return math.nan
        if self.n_plus_inf or self.n_minus_inf:
            return math.inf if self.n_plus_inf else -math.inf
        return exact_sums.ratio(self.first, self.weight)

    @property
    def effective_n(self) -> float:
        """The effective number of samples (Kish): (sum of w)^2 / sum of w^2."""
        if not self.n:
            return 0.0
        return exact_sums.ratio(self.weight**2, self.square_weight * exact_sums.ONE)

    @property
    def variance_of_mean(self) -> float:
        """The estimated variance of the weighted mean.

        ``m / (m - 1) * sum of w^2 (x - mean)^2 / (sum of w)^2``: the linearised ratio estimator,
        which is s^2 / n without weights. m is the effective number of samples, or the number of
        clusters. The variance is nan where the effective number is at most one, and where a value
        is infinite or nan.
        """
        not_finite = self.n_plus_inf or self.n_minus_inf or self.n_nan
        if self.n < 2 or self.effective_n <= 1 or not_finite:
            return math.nan
        m = float(self.n) if self.clusters else self.effective_n
        # sum of w^2 (x - first / weight)^2 times weight^2, in integers: nothing is rounded
        products = self.first * (2 * self.weighted * self.weight - self.square_weight * self.first)
        squares = self.second * self.weight**2 - products * exact_sums.ONE
        return max(0.0, exact_sums.ratio(squares, self.weight**4)) * (m / (m - 1))

    @property
    def spread(self) -> float:
        """The greatest value less the least."""
        return self.greatest - self.least

    def check(self, weighted: bool = True) -> None:
        """Check that a summary which was saved can be that of samples."""
        if not (self.n and self.weight and self.square_weight) or self.clusters:
            raise ValueError("a summary is not one of samples")
        if self.n_positive + self.n_negative + self.n_nan > self.n:
            raise ValueError("a summary has more signs than samples")
        if not self._weights_fit(weighted):
            raise ValueError("the weights of a summary do not fit together")
        if not self._extremes_fit():
            raise ValueError("the extremes of a summary do not fit its counts")
        if not self._sums_fit():
            raise ValueError("the sums of a summary do not fit its extremes")

    def _weights_fit(self, weighted: bool) -> bool:
        """Return whether the sums of weights can be those of n weights."""
        total, square = self.weight, self.square_weight
        if not weighted:
            known = self.n * exact_sums.ONE
            return total == square == known and self.greatest_weight == 1.0
        if not 0 < self.greatest_weight < math.inf:
            return False
        greatest = exact_sums.on_grid(self.greatest_weight)
        return (
            _at_most(greatest, total)
            and _at_most(total, self.n * greatest)
            and _at_most(square * exact_sums.ONE, total * greatest)
            and _at_most(total**2, self.n * square * exact_sums.ONE)
        )

    def _extremes_fit(self) -> bool:
        """Return whether the extremes fit the counts of signs and of infinite values."""
        some = self.n_nan < self.n
        return (
            (self.least <= self.greatest if some else self.least == -self.greatest == math.inf)
            and (self.greatest > 0) == (self.n_positive > 0)
            and (self.least < 0) == (self.n_negative > 0)
            and (self.n_positive < self.n or self.least > 0)
            and (self.n_negative < self.n or self.greatest < 0)
            and (not some or (self.greatest == math.inf) == (self.n_plus_inf > 0))
            and (not some or (self.least == -math.inf) == (self.n_minus_inf > 0))
            and self.n_plus_inf <= self.n_positive
            and self.n_minus_inf <= self.n_negative
        )

    def _sums_fit(self) -> bool:
        """Return whether the sums of values can be those of values between the extremes.

        Products of values and weights were rounded, so the bounds are a little wider.
        """
        one = exact_sums.ONE
        if self.n == self.n_plus_inf + self.n_minus_inf + self.n_nan:
            return not (self.first or self.weighted or self.second)
        if not math.isfinite(self.least) or not math.isfinite(self.greatest) or self.n_nan:
            return True
        size = exact_sums.on_grid(max(abs(self.least), abs(self.greatest)))
        slack = (size * self.weight >> SLACK_BITS) + self.n * one
        low, high = exact_sums.on_grid(self.least), exact_sums.on_grid(self.greatest)
        fits = low * self.weight - slack <= self.first * one <= high * self.weight + slack
        if size < SMALL:  # products of small numbers are rounded by more
            return fits
        return (
            fits
            and _at_most(self.second * one, size**2 * self.square_weight)
            and _at_most(self.weighted**2 * one, self.second * self.square_weight)
        )


SLACK_BITS = 40
SMALL = exact_sums.on_grid(2.0**-500)


def _at_most(a: int, b: int) -> bool:
    """Return whether a is at most b, but for rounding."""
    return a <= b + (b >> SLACK_BITS)


def _of_block(x: Floats, weight: Floats | None, sums: Sequence[int] | None) -> Moments:
    """Summarise a block that has no weights of zero.

    `sums` are the sums of the weights and of their squares.
    """
    least, greatest = float(x.min()), float(x.max())
    n_plus_inf = n_minus_inf = n_nan = 0
    finite = x
    n_positive = len(x) if least > 0 else int(np.count_nonzero(x > 0))
    n_negative = 0 if least >= 0 else int(np.count_nonzero(x < 0))
    if not math.isfinite(greatest - least):
        n_plus_inf, n_minus_inf, n_nan = (
            int(np.count_nonzero(is_of(x))) for is_of in (np.isposinf, np.isneginf, np.isnan)
        )
        numbers = x[~np.isnan(x)]
        least, greatest = numbers.min(initial=math.inf), numbers.max(initial=-math.inf)
        finite = np.where(np.isfinite(x), x, 0.0)
    u = finite if weight is None else finite * weight
    top = max(greatest, -least) if u is x else max(float(u.max()), -float(u.min()))
    if u is x and top == 1.0 and _are_signs(x, n_positive, n_negative):
        first = (n_positive - n_negative) * exact_sums.ONE
        second = (n_positive + n_negative) * exact_sums.ONE**2
    else:
        first, second = exact_sums.powers(u, top)
    if weight is None or sums is None:
        total = square = len(x) * exact_sums.ONE
        weighted = first
    else:
        total, square = sums
        [weighted] = exact_sums.sums((u * weight)[None])
    return Moments(
        n=len(x),
        weight=total,
        square_weight=square,
        first=first,
        weighted=weighted,
        second=second,
        least=float(least) + 0.0,  # adding 0.0 gives zeros one sign
        greatest=float(greatest) + 0.0,
        n_plus_inf=n_plus_inf,
        n_minus_inf=n_minus_inf,
        n_nan=n_nan,
        n_positive=n_positive,
        n_negative=n_negative,
        greatest_weight=1.0 if weight is None else float(weight.max()),
    )


def _are_signs(x: Floats, n_positive: int, n_negative: int) -> bool:
    """Return whether all values are -1, 0 or 1, as those of errors and of their differences."""
    return (not n_positive or np.count_nonzero(x == 1.0) == n_positive) and (
        not n_negative or np.count_nonzero(x == -1.0) == n_negative
    )
