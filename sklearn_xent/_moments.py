"""Layer 4: the additive summary of a set of numbers, from which every inference is made."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sklearn_xent._kernels import Floats


@dataclass(frozen=True)
class Moments:
    """Sums over the samples of one column x with weights w; two summaries add up.

    A sample of weight zero is no sample: it is neither counted nor does it reach the extremes.
    """

    n: int
    weight: float
    total: float
    """Sum of w x."""
    square_weight: float
    """Sum of w^2."""
    square_weight_total: float
    """Sum of w^2 x."""
    square_total: float
    """Sum of w^2 x^2."""
    least: float
    greatest: float

    @classmethod
    def of(cls, x: Floats, weight: Floats | None = None) -> "Moments":
        """Summarise a vector."""
        if weight is not None:
            x, weight = x[weight > 0], weight[weight > 0]
        if not len(x):
            return cls(0, 0.0, 0.0, 0.0, 0.0, 0.0, np.inf, -np.inf)
        n, total, least, greatest = len(x), float(x.sum()), float(x.min()), float(x.max())
        if weight is None:
            return cls(n, float(n), total, float(n), total, float(np.dot(x, x)), least, greatest)
        w_x, square = weight * x, np.dot(weight, weight)
        return cls(
            n,
            float(weight.sum()),
            float(w_x.sum()),
            float(square),
            float(np.dot(weight, w_x)),
            float(np.dot(w_x, w_x)),
            least,
            greatest,
        )

    def merge(self, other: "Moments") -> "Moments":
        """The summary of both sets together."""
        return Moments(
            self.n + other.n,
            self.weight + other.weight,
            self.total + other.total,
            self.square_weight + other.square_weight,
            self.square_weight_total + other.square_weight_total,
            self.square_total + other.square_total,
            min(self.least, other.least),
            max(self.greatest, other.greatest),
        )

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return self.total / self.weight if self.n else float("nan")

    @property
    def variance_of_mean(self) -> float:
        """Estimated variance of the weighted mean; nan for fewer than two samples.

        ``n / (n - 1) * sum of w^2 (x - mean)^2 / (sum of w)^2``: the ratio estimator with the
        HC1 correction, which without weights is s^2 / n.
        """
        if self.n < 2:
            return float("nan")
        if not np.isfinite(self.square_total):
            return float("inf")
        # In rational numbers, so that the only rounding is that of the sums themselves.
        mean = Fraction(self.total) / Fraction(self.weight)
        spread = (
            Fraction(self.square_total)
            - 2 * mean * Fraction(self.square_weight_total)
            + mean * mean * Fraction(self.square_weight)
        )
        ratio = spread / Fraction(self.weight) ** 2 * Fraction(self.n, self.n - 1)
        return max(0.0, float(ratio))

    @property
    def spread(self) -> float:
        """Greatest value less least."""
        return self.greatest - self.least
