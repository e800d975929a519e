"""Judge small samples: classes that are too rare, and intervals that allow for skewness."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sklearn_xent._arrays import Codes, Floats

FEWEST_OF_CLASS = 10
"""With fewer samples of rare classes the t-interval of a mean loss covers 22 to 90 % instead of
95 %."""
FEWEST_IN_SLICE, FEWEST_OF_CLASS_IN_SLICE = 20, 3
"""Smaller slices have no interval; with fewer samples of rare classes it may be too narrow."""


def effective_counts(
    y: NDArray[Any], weight: Floats | None, n_classes: int, codes: Codes | None = None
) -> Floats:
    """Return the effective number of samples of each class, of shape (n_slices, n_classes).

    ``(sum of w p)^2 / (sum of w^2 p)`` over the samples, where p is one for the class of a sample,
    or its probability if `y` is a matrix of target distributions. Without weights this is the
    number of samples, or the expected one. `codes` are the slices; without them there is one.
    """
    if weight is None and y.ndim == 1 and codes is None:
        return np.bincount(y, minlength=n_classes)[None].astype(np.float64)
    codes = np.zeros(len(y), dtype=np.intp) if codes is None else codes
    n_slices = int(codes.max(initial=0)) + 1
    w = np.ones(len(y)) if weight is None else weight
    if y.ndim == 1:
        cells = codes * n_classes + y
        size = n_slices * n_classes
        sums, squares = (
            np.bincount(cells, weights=of, minlength=size).reshape(n_slices, n_classes)
            for of in (w, w * w)
        )
    else:
        sums, squares = (
            np.stack([np.bincount(codes, weights=of * p, minlength=n_slices) for p in y.T], axis=1)
            for of in (w, w * w)
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(squares > 0, sums**2 / squares, 0.0)


def clusters_by_class(
    y: NDArray[Any], weight: Floats | None, n_classes: int, groups: Codes
) -> Floats:
    """Return the effective number of clusters that have each class.

    It is infinite for a class that is spread over the clusters: over half of them or more.
    """
    w = np.ones(len(y)) if weight is None else weight
    p = np.eye(n_classes)[y] if y.ndim == 1 else y
    of_clusters = np.stack([np.bincount(groups, weights=w * of_class) for of_class in p.T])
    total = of_clusters.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_class = of_clusters.sum(axis=1) ** 2 / np.square(of_clusters).sum(axis=1)
    rare = by_class < total.sum() ** 2 / np.square(total).sum() / 2.0
    return np.where(rare, by_class, math.inf)


def have_rare_class(counts: Floats, fewest: float = FEWEST_OF_CLASS) -> NDArray[np.bool_]:
    """Return where there are classes with fewer samples, which also have fewer together.

    The last axis of `counts` are the classes; one that does not occur counts.
    """
    rare = counts < fewest
    together = np.where(rare, counts, 0.0).sum(axis=-1)
    return np.asarray(rare.any(axis=-1) & (together < fewest))


def slices_with_rare_class(
    y: Codes,
    weight: Floats | None,
    n_classes: int,
    codes: Codes,
    n_slices: int,
    fewest: float,
    *,
    own_classes: bool,
) -> NDArray[np.bool_]:
    """Return which slices of labels have a rare class, as `have_rare_class` does.

    Only the classes that a slice has are looked at, because slices and classes may be many.
    `own_classes` says that a class which is in some slice only counts there.
    """
    cells, place = np.unique(codes * n_classes + y, return_inverse=True)
    counts = effective_counts(place, weight, len(cells))[0]
    slice_of, present = cells // n_classes, counts > 0
    common, rare = present & (counts >= fewest), present & (counts < fewest)
    n_common = np.bincount(slice_of[common], minlength=n_slices)
    together = np.bincount(slice_of[rare], weights=counts[rare], minlength=n_slices)
    if own_classes:
        n_present = np.bincount(slice_of[present], minlength=n_slices)
        n_common += len(np.unique(cells[present] % n_classes)) - n_present
    return np.asarray((n_common < n_classes) & (together < fewest))


def skewed_interval(
    mean: Floats, std_error: Floats, skewness: Floats, df: Floats, level: float
) -> tuple[Floats, Floats]:
    """Return the ends of t-intervals, moved outwards where the mean is skewed.

    `skewness` is that of the mean. Each end is the farther one of the t-interval and of Hall's
    interval (1992, Journal of the Royal Statistical Society B 54, 221-228), which takes
    ``T + b T^2 / 3 + b^2 T^3 / 27 + b / 6`` for the t-distributed statistic.
    """
    reach = special.stdtrit(np.maximum(df, 1e-300), 0.5 + level / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        above, below = (_hall(sign * reach, skewness) for sign in (1.0, -1.0))
    low = mean - np.fmax(above, reach) * std_error
    high = mean - np.fmin(below, -reach) * std_error
    return low, high


def _hall(quantile: Floats, skewness: Floats) -> Floats:
    """Return the statistic that Hall's transformation takes to a quantile."""
    b = np.where(np.abs(skewness) < 1e-6, math.nan, skewness)
    moved = 3.0 / b * (np.cbrt(1.0 + b * (quantile - b / 6.0)) - 1.0)
    return np.where(np.isnan(b), quantile, moved)
