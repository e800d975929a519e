"""Layer 4: the additive summary of a set of numbers, from which every inference is made."""

import math
from dataclasses import dataclass, replace

import numpy as np

from sklearn_xent import _exact
from sklearn_xent._kernels import Codes, Floats

COLUMNS = 4
"""So many at a time, so that what is computed on the way stays in the cache."""


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
    def of_groups(cls, x: Floats, weight: Floats | None, groups: Codes) -> "Moments":
        """Summarise a vector by clusters, so that its variance is the cluster-robust one."""
        return replace(cls.of(*units(x, weight, groups)), clusters=True)

    @classmethod
    def of(cls, x: Floats, weight: Floats | None = None) -> "Moments":
        """Summarise a vector."""
        return cls.of_each(x[None], weight)[0]

    @classmethod
    def of_each(cls, columns: Floats, weight: Floats | None = None) -> "list[Moments]":
        """Summarise each row of a matrix (n_columns, n), of the same samples."""
        if weight is not None and not weight.all():
            used = weight > 0
            columns, weight = columns[:, used], weight[used]
        out = [cls()] * len(columns)
        for start in range(0, columns.shape[1], _exact.ROWS):
            rows = slice(start, start + _exact.ROWS)
            w = None if weight is None else weight[rows]
            for first in range(0, len(columns), COLUMNS):
                some = slice(first, first + COLUMNS)
                of_block = _of_block(columns[some, rows], w)
                out[some] = [a.merge(b) for a, b in zip(out[some], of_block, strict=True)]
        return out

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
        return _exact.ratio(self.first, self.weight)

    @property
    def effective_n(self) -> float:
        """How many samples of equal weight say as much (Kish): (sum of w)^2 / sum of w^2."""
        if not self.n:
            return 0.0
        return _exact.ratio(self.weight**2, self.square_weight * _exact.ONE)

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
        squares = self.second * self.weight**2 - products * _exact.ONE
        return max(0.0, _exact.ratio(squares, self.weight**4)) * (m / (m - 1))

    @property
    def spread(self) -> float:
        """Greatest value less least."""
        return self.greatest - self.least


def _of_block(x: Floats, weight: Floats | None) -> list[Moments]:
    """The summaries of a block without weights of zero."""
    n_columns, n = x.shape
    if weight is None and _are_signs(x[:, :8]) and _are_signs(x):
        return [_of_signs(column) for column in x]
    # of what is a number; zeros have one sign
    least, greatest = np.fmin.reduce(x, axis=1) + 0.0, np.fmax.reduce(x, axis=1) + 0.0
    signs = [((x > 0).sum(axis=1)).tolist(), ((x < 0).sum(axis=1)).tolist()]
    infinite = [(0, 0, 0)] * n_columns
    if not (np.isfinite(x.min()) and np.isfinite(x.max())):
        least = np.where(np.isnan(least), np.inf, least)
        greatest = np.where(np.isnan(greatest), -np.inf, greatest)
        kinds = (np.isposinf(x), np.isneginf(x), np.isnan(x))
        infinite = list(zip(*(kind.sum(axis=1).tolist() for kind in kinds), strict=True))
        x = np.where(np.isfinite(x), x, 0.0)
    u = x if weight is None else x * weight
    first, second = _exact.powers(u)
    if weight is None:
        total, square, weighted = n * _exact.ONE, n * _exact.ONE, first
    else:
        total, square = _exact.sums(np.stack([weight, weight * weight]))
        weighted = _exact.sums(u * weight)
    return [
        Moments(n, total, square, first[i], weighted[i], second[i], float(least[i]),
                float(greatest[i]), infinite[i], signs[0][i], signs[1][i])
        for i in range(n_columns)
    ]  # fmt: skip


def _are_signs(x: Floats) -> bool:
    """Whether all values are -1, 0 or 1, as those of errors and of their differences."""
    return bool(((x == 0.0) | (np.abs(x) == 1.0)).all())


def _of_signs(x: Floats) -> Moments:
    n, above, below = len(x), int(np.count_nonzero(x > 0)), int(np.count_nonzero(x < 0))
    total, first = n * _exact.ONE, (above - below) * _exact.ONE
    second = (above + below) * _exact.ONE**2
    return Moments(
        n, total, total, first, first, second, float(x.min()) + 0.0, float(x.max()) + 0.0,
        n_positive=above, n_negative=below,
    )  # fmt: skip
