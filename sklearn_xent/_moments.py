"""Layer 4: the additive summary of a set of numbers, from which every inference is made."""

import math
from dataclasses import dataclass, replace

import numpy as np

from sklearn_xent._kernels import Codes, Floats


def units(x: Floats, weight: Floats | None, groups: Codes) -> tuple[Floats, Floats]:
    """The clusters as samples: their means, and their weights."""
    of_group = np.bincount(groups, weights=weight).astype(np.float64)
    with np.errstate(invalid="ignore"):
        sums = np.bincount(groups, weights=x if weight is None else x * weight)
        used = of_group > 0
        return sums[used] / of_group[used], of_group[used]


@dataclass(frozen=True)
class Moments:
    """Sums over the samples of one column x with weights w; two summaries add up.

    A sample of weight zero is no sample: it is neither counted nor does it reach the extremes.
    The squares are of deviations from the mean, which a large mean cannot cancel.
    """

    n: int
    weight: float
    mean: float
    """Weighted mean."""
    square_weight: float
    """Sum of w^2."""
    deviation: float
    """Sum of w^2 (x - mean)."""
    square_deviation: float
    """Sum of w^2 (x - mean)^2."""
    least: float
    greatest: float
    clusters: bool = False
    """Whether the units are clusters, whose variance has the factor of their number (CR1)."""

    @classmethod
    def of_groups(cls, x: Floats, weight: Floats | None, groups: Codes) -> "Moments":
        """Summarise a vector by clusters, so that its variance is the cluster-robust one."""
        return replace(cls.of(*units(x, weight, groups)), clusters=True)

    @classmethod
    def of(cls, x: Floats, weight: Floats | None = None) -> "Moments":
        """Summarise a vector."""
        if weight is not None:
            x, weight = x[weight > 0], weight[weight > 0]
        if not len(x):
            return cls(0, 0.0, math.nan, 0.0, 0.0, 0.0, math.inf, -math.inf)
        n, least, greatest = len(x), float(x.min()), float(x.max())
        if not math.isfinite(greatest - least):
            mean = float(np.average(x, weights=weight))
            return cls(n, float(n), mean, float(n), math.nan, math.nan, least, greatest)
        # about the middle of the range first, so that rounding is relative to the spread
        middle = least + (greatest - least) / 2
        from_middle = x - middle
        if weight is None:
            w, w2 = float(n), float(n)
            shift = float(from_middle.sum()) / w
            d = from_middle - shift
            first, second = float(d.sum()), float(np.dot(d, d))
        else:
            w, w2 = float(weight.sum()), float(np.dot(weight, weight))
            shift = float(np.dot(weight, from_middle)) / w
            d = weight * (from_middle - shift)
            first, second = float(np.dot(weight, d)), float(np.dot(d, d))
        return cls(n, w, middle + shift, w2, first, second, least, greatest)

    def merge(self, other: "Moments") -> "Moments":
        """The summary of both sets together."""
        if not self.n or not other.n:
            return self if self.n else other
        weight = self.weight + other.weight
        mean = self.mean + (other.mean - self.mean) * (other.weight / weight)
        first, second = 0.0, 0.0
        for part in (self, other):
            shift = part.mean - mean
            first += part.deviation + shift * part.square_weight
            second += part.square_deviation + shift * (
                2 * part.deviation + shift * part.square_weight
            )
        return Moments(
            self.n + other.n,
            weight,
            mean,
            self.square_weight + other.square_weight,
            first,
            second,
            min(self.least, other.least),
            max(self.greatest, other.greatest),
            self.clusters,
        )

    @property
    def effective_n(self) -> float:
        """How many samples of equal weight say as much (Kish): (sum of w)^2 / sum of w^2."""
        return self.weight**2 / self.square_weight if self.n else 0.0

    @property
    def variance_of_mean(self) -> float:
        """Estimated variance of the weighted mean; nan for less than two effective samples.

        ``m / (m - 1) * sum of w^2 (x - mean)^2 / (sum of w)^2`` with the effective number m:
        the linearised ratio estimator, which without weights is s^2 / n. Of clusters m is their
        number.
        """
        if self.n < 2 or self.effective_n <= 1:
            return math.nan
        m = float(self.n) if self.clusters else self.effective_n
        return self.square_deviation / self.weight**2 * (m / (m - 1))

    @property
    def spread(self) -> float:
        """Greatest value less least."""
        return self.greatest - self.least
