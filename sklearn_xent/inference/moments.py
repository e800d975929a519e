"""The additive summary of a set of numbers, from which every inference is made."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent.inference import exact_sums


def units(x: Floats, weight: Floats | None, groups: Codes) -> tuple[Floats, Floats]:
    """The clusters as samples: their means, and their weights."""
    of_group = np.bincount(groups, weights=weight).astype(np.float64)
    with np.errstate(invalid="ignore"):
        sums = np.bincount(groups, weights=x if weight is None else x * weight)
        used = of_group > 0
        return sums[used] / of_group[used], of_group[used]


@dataclass(frozen=True)
class Moments:
    """Exact sums over the samples of one column x with weights w; two summaries add up.

    The sums are integers on the grid of `_exact`: whatever the order, the partition and the number
    of machines, they are the same to the last bit. A sample of weight zero is no sample: it is
    neither counted nor does it reach the extremes.
    """

    n: int = 0
    weight: int = 0
    """Sum of w."""
    square_weight: int = 0
    """Sum of w^2."""
    first: int = 0
    """Sum of w x."""
    weighted: int = 0
    """Sum of w^2 x."""
    second: int = 0
    """Sum of w^2 x^2, on the square of the grid."""
    least: float = math.inf
    greatest: float = -math.inf
    infinite: tuple[int, int, int] = (0, 0, 0)
    """How many values are +inf, -inf and nan, which are in no sum."""
    n_positive: int = 0
    n_negative: int = 0
    clusters: bool = False
    """Whether the units are clusters, whose variance has the factor of their number (CR1)."""

    @classmethod
    def from_clusters(cls, x: Floats, weight: Floats | None, groups: Codes) -> "Moments":
        """Summarise a vector by clusters, so that its variance is the cluster-robust one."""
        return replace(cls.from_values(*units(x, weight, groups)), clusters=True)

    @classmethod
    def from_samples(
        cls, x: Floats, weight: Floats | None = None, groups: Codes | None = None
    ) -> "Moments":
        """Summarise the values of samples, by clusters if the samples are in groups."""
        if groups is None:
            return cls.from_values(x, weight)
        return cls.from_clusters(x, weight, groups)

    @classmethod
    def from_values(cls, x: Floats, weight: Floats | None = None) -> "Moments":
        """Summarise a vector."""
        return cls.from_columns(x[None], weight)[0]

    @classmethod
    def from_columns(cls, columns: Floats, weight: Floats | None = None) -> "list[Moments]":
        """Summarise each row of a matrix (n_columns, n), of the same samples."""
        if weight is not None and not weight.all():
            used = weight > 0
            columns, weight = columns[:, used], weight[used]
        parts = []
        for start in range(0, columns.shape[1], exact_sums.ROWS):
            rows = slice(start, start + exact_sums.ROWS)
            w = None if weight is None else weight[rows]
            sums = None if w is None else exact_sums.sums(np.stack([w, w * w]))
            parts.append([_of_block(column[rows], w, sums) for column in columns])
        nothing = [cls()] * len(columns)
        return [reduce(cls.merge, of_column) for of_column in zip(*parts or [nothing], strict=True)]

    def merge(self, other: "Moments") -> "Moments":
        """The summary of both sets together."""
        return Moments(
            self.n + other.n,
            self.weight + other.weight,
            self.square_weight + other.square_weight,
            self.first + other.first,
            self.weighted + other.weighted,
            self.second + other.second,
            min(self.least, other.least),
            max(self.greatest, other.greatest),
            (
                self.infinite[0] + other.infinite[0],
                self.infinite[1] + other.infinite[1],
                self.infinite[2] + other.infinite[2],
            ),
            self.n_positive + other.n_positive,
            self.n_negative + other.n_negative,
            self.clusters or other.clusters,
        )

    @property
    def mean(self) -> float:
        """Weighted mean, rounded once."""
        plus, minus, undefined = self.infinite
        if undefined or (plus and minus) or not self.n:
            return math.nan
        if plus or minus:
            return math.inf if plus else -math.inf
        return exact_sums.ratio(self.first, self.weight)

    @property
    def effective_n(self) -> float:
        """How many samples of equal weight say as much (Kish): (sum of w)^2 / sum of w^2."""
        if not self.n:
            return 0.0
        return exact_sums.ratio(self.weight**2, self.square_weight * exact_sums.ONE)

    @property
    def variance_of_mean(self) -> float:
        """Estimated variance of the weighted mean; nan for less than two effective samples.

        ``m / (m - 1) * sum of w^2 (x - mean)^2 / (sum of w)^2`` with the effective number m:
        the linearised ratio estimator, which without weights is s^2 / n. Of clusters m is their
        number.
        """
        if self.n < 2 or self.effective_n <= 1 or any(self.infinite):
            return math.nan
        m = float(self.n) if self.clusters else self.effective_n
        # sum of w^2 (x - first / weight)^2 times weight^2, from which nothing has been rounded
        products = self.first * (2 * self.weighted * self.weight - self.square_weight * self.first)
        squares = self.second * self.weight**2 - products * exact_sums.ONE
        return max(0.0, exact_sums.ratio(squares, self.weight**4)) * (m / (m - 1))

    @property
    def spread(self) -> float:
        """Greatest value less least."""
        return self.greatest - self.least


def _of_block(x: Floats, weight: Floats | None, sums: Sequence[int] | None) -> Moments:
    """The summary of a block without weights of zero; `sums` are those of weights and squares."""
    least, greatest = float(x.min()), float(x.max())
    infinite, finite = (0, 0, 0), x
    n_positive = len(x) if least > 0 else int(np.count_nonzero(x > 0))
    n_negative = 0 if least >= 0 else int(np.count_nonzero(x < 0))
    if not math.isfinite(greatest - least):
        signs = [int(np.count_nonzero(is_of(x))) for is_of in (np.isposinf, np.isneginf, np.isnan)]
        infinite = (signs[0], signs[1], signs[2])
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
    # zeros have one sign
    return Moments(
        len(x), total, square, first, weighted, second, float(least) + 0.0, float(greatest) + 0.0,
        infinite, n_positive, n_negative,
    )  # fmt: skip


def _are_signs(x: Floats, n_positive: int, n_negative: int) -> bool:
    """Whether all values are -1, 0 or 1, as those of errors and of their differences."""
    return (not n_positive or np.count_nonzero(x == 1.0) == n_positive) and (
        not n_negative or np.count_nonzero(x == -1.0) == n_negative
    )
