"""Resample: the bootstrap-t, the check of clusters, and the loss of the model that is chosen."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sklearn_xent._arrays import Floats
from sklearn_xent.inference.design import Pair
from sklearn_xent.inference.paired_tests import Method, PairedTest

CHUNK = 4_000_000
"""How many numbers are drawn at a time."""
FEWEST_UNITS = 10
"""Fewer samples or clusters have too few different resamples to estimate a tail."""
WEBB = np.sqrt([1.5, 1.0, 0.5, 0.5, 1.0, 1.5]) * [-1, -1, -1, 1, 1, 1]
"""Webb's weights, each as likely: mean 0, variance 1."""
CONSTANT = 1e-12
"""A resample whose squares about its own mean are a smaller share of those about the mean of all
units is of one repeated value; so much is rounding."""
TIES = 1e-9
"""Statistics that differ by a smaller share are the same but for rounding."""
ENOUGH_CLUSTERS, SKEWED = 1000, 0.1
"""With more clusters (the effective number), whose mean is not more skewed, there is no need to
resample: the t-test of 1000 clusters of skewness 2 makes 5.7 % false claims."""
MOST_DRAWN, FEWEST_RESAMPLES = 100_000_000, 199
"""Of very many clusters that are very skewed fewer resamples are drawn."""


def bootstrap_t(
    test: PairedTest,
    x: Floats,
    weight: Floats | None,
    confidence_level: float,
    n_resamples: int,
    seed: int,
    *,
    clusters: bool = False,
) -> PairedTest:
    """Replace the t-distribution of a test by a bootstrapped one.

    `x` are the differences of the units that are resampled: samples, or clusters. This is the
    studentised bootstrap (Efron 1979; Hall 1988, Annals of Statistics 16, 927-953), two-sided with
    equal tails. A test without a standard error is returned unchanged.
    """
    if len(x) < FEWEST_UNITS:
        raise ValueError(
            f'method="bootstrap_t" needs at least {FEWEST_UNITS} samples or groups to draw from; '
            f"got {len(x)}. Leave it out."
        )
    if not test.std_error > 0:
        return test
    pivots = np.concatenate(list(_pivots(x, weight, n_resamples, seed, clusters)))
    tail = (1.0 - confidence_level) / 2
    low, high = np.quantile(pivots, [tail, 1.0 - tail], method="inverted_cdf")
    beyond = min(
        np.count_nonzero(pivots >= test.statistic), np.count_nonzero(pivots <= test.statistic)
    )
    return replace(
        test,
        conf_low=test.value - float(high) * test.std_error,
        conf_high=test.value - float(low) * test.std_error,
        df=math.nan,
        pvalue=min(1.0, 2.0 * (beyond + 1) / (n_resamples + 1)),
        method=Method.BOOTSTRAP_T,
        pivots=pivots,
    )


def _pivots(
    x: Floats, weight: Floats | None, n_resamples: int, seed: int, clusters: bool
) -> Iterator[Floats]:
    """Yield the values of (mean* - mean) / std_error* of resampled units.

    `x` is a vector of units, or a matrix of one row for each test. The values then have as many
    columns, and all tests have the same resamples.
    """
    rng, n = np.random.default_rng(seed), x.shape[-1]
    w = np.ones(n) if weight is None else weight
    centred = x - np.expand_dims(np.average(x, weights=w, axis=-1), -1)  # so nothing cancels
    columns = np.ascontiguousarray(centred.T)
    by_weight, by_square = (columns.T * w).T, (columns.T * w**2).T
    squares = by_square * columns
    step = max(1, CHUNK // n)
    for start in range(0, n_resamples, step):
        drawn = _counts(rng, min(step, n_resamples - start), n).astype(np.float64)
        # of vectors, all is of shape (step,); of matrices, sums of weights get a second axis
        total, of_squares = ((drawn @ of).reshape((-1,) + (1,) * (x.ndim - 1)) for of in (w, w**2))
        effective = total**2 / of_squares
        pivots = studentised(
            drawn @ by_weight,
            drawn @ by_square,
            drawn @ squares,
            total,
            of_squares,
            n if clusters else effective,
        )
        yield np.where(effective <= 1, _without_spread(pivots), pivots)


def _without_spread(mean: Floats) -> Floats:
    """Return the statistics of means whose standard error is zero."""
    return np.where(mean == 0.0, 0.0, np.copysign(np.inf, mean))


def studentised(
    first: Floats,
    cross: Floats,
    second: Floats,
    total: Floats | float,
    square: Floats | float,
    m: Floats | float,
) -> Floats:
    """Return weighted means divided by their standard errors, from sums of resamples.

    The sums are of w x, w^2 x, w^2 x^2, w and w^2. A resample of one repeated value has no spread:
    what is returned is infinite, or zero where the mean is zero, too.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = first / total
        spread = second - 2.0 * mean * cross + mean**2 * square
        statistic = mean * total / np.sqrt(np.maximum(spread, 0.0) * m / (m - 1))
    constant = spread <= CONSTANT * second
    return np.where(constant, _without_spread(mean), np.asarray(statistic))


def cluster_pvalues(x: Floats, weight: Floats, null: Floats, n_resamples: int, seed: int) -> Floats:
    """Return the greatest p-value of four two-sided tests of the weighted means of clusters.

    `x` are the means of clusters (n_tests, n_clusters), `null` the means that are tested. The four
    are the t-test (CR1, with the effective number of clusters less one as degrees of freedom), the
    wild cluster bootstrap with the null imposed and Webb's six-point weights (Cameron, Gelbach and
    Miller 2008, Review of Economics and Statistics 90, 414-427; Webb 2023, Canadian Journal of
    Economics 56, 839-858), and the bootstrap-t with symmetric and with equal tails (Hall 1988).
    Where sizes or differences of clusters are skewed each fails in another way: a claim on which
    all agree holds.
    """
    n, total, square = x.shape[1], float(weight.sum()), float(np.square(weight).sum())
    columns = np.ascontiguousarray((x - null[:, None]).T)
    by_weight, by_square = (columns.T * weight).T, (columns.T * weight**2).T
    squares = by_square * columns
    statistic = studentised(
        by_weight.sum(axis=0), by_square.sum(axis=0), squares.sum(axis=0), total, square, float(n)
    )
    reached = np.abs(statistic) * (1.0 - TIES)
    wild, symmetric, above, below = np.zeros((4, len(x)))
    rng, step = np.random.default_rng([seed, 1]), max(1, CHUNK // n)
    for start in range(0, n_resamples, step):
        drawn = rng.choice(WEBB, size=(min(step, n_resamples - start), n))
        found = studentised(
            drawn @ by_weight, drawn @ by_square, drawn**2 @ squares, total, square, float(n)
        )
        wild += np.count_nonzero(np.abs(found) >= reached, axis=0)
    for pivots in _pivots(x, weight, n_resamples, seed, clusters=True):
        symmetric += np.count_nonzero(np.abs(pivots) >= reached, axis=0)
        above += np.count_nonzero(pivots >= statistic, axis=0)
        below += np.count_nonzero(pivots <= statistic, axis=0)
    counts = np.stack([wild, symmetric, 2.0 * np.minimum(above, below) + 1.0])
    resampled = (counts.max(axis=0) + 1.0) / (n_resamples + 1)
    by_t = 2.0 * stats.t.sf(np.abs(statistic), max(total**2 / square - 1.0, 1e-300))
    return np.asarray(np.minimum(1.0, np.maximum(resampled, by_t)))


@dataclass(frozen=True)
class Claim:
    """What is claimed of two models: that they differ, or by less than a margin if one is given."""

    pair: Pair
    level: float
    """The p-value of this pair alone that the claim needs, corrected for all pairs."""
    margin: float = 0.0


def are_unconfirmed(
    claims: Sequence[Claim],
    clusters_of: Callable[[Pair], tuple[Floats, Floats]],
    n_resamples: int,
    seed: int,
) -> list[bool]:
    """Return for each claim whether one of the tests of `cluster_pvalues` contradicts it.

    `clusters_of` returns the differences of a pair in the clusters, and the weights of these, which
    are the same for all pairs. A level below what the resamples can resolve is taken to be that.
    """
    if not claims:
        return []
    weight = clusters_of(claims[0].pair)[1]
    n_resamples = max(FEWEST_RESAMPLES, min(n_resamples, MOST_DRAWN // len(weight)))
    resolved = 2.0 / (n_resamples + 1)
    step = max(1, CHUNK // len(weight))
    out: list[bool] = []
    for start in range(0, len(claims), step):
        some = claims[start : start + step]
        x = np.stack([clusters_of(claim.pair)[0] for claim in some])
        needed = np.asarray([claim.level for claim in some])
        margin = np.asarray([claim.margin for claim in some])
        doubted = np.flatnonzero(_may_be_skewed(x, weight))
        found = np.zeros(len(some), dtype=np.bool_)
        if len(doubted):
            # equivalence is two one-sided tests: neither the margin nor its negative is the mean
            null = np.concatenate([margin[doubted], -margin[doubted]])
            pvalues = cluster_pvalues(np.tile(x[doubted], (2, 1)), weight, null, n_resamples, seed)
            sides = np.where(margin[doubted] > 0, 2.0, 1.0)
            level = np.maximum(sides * needed[doubted], resolved)
            found[doubted] = ~(pvalues.reshape(2, -1).max(axis=0) <= level)
        out += found.tolist()
    return out


def _may_be_skewed(x: Floats, weight: Floats) -> NDArray[np.bool_]:
    """Return of which rows the weighted mean may be too skewed for a t-test."""
    if weight.sum() ** 2 / np.square(weight).sum() <= ENOUGH_CLUSTERS:
        return np.ones(len(x), dtype=np.bool_)
    spread = (x - np.average(x, weights=weight, axis=1)[:, None]) * weight
    skewness = (spread**3).sum(axis=1) / np.square(spread).sum(axis=1) ** 1.5
    return np.asarray(~(np.abs(skewness) <= SKEWED))


def chosen_loss(
    values: Floats, weight: Floats | None, confidence_level: float, n_resamples: int, seed: int
) -> tuple[float, float, float]:
    """Return the mean loss of the model that would be chosen, and its interval (BBC-CV).

    `values` are out-of-fold losses of shape (n_models, n_units). In each resample the model with
    the lowest mean is chosen, and its mean on the units that were not drawn is taken (Tsamardinos,
    Greasidou and Borboudakis 2018, Machine Learning 107, 1895-1922).
    """
    rng, n = np.random.default_rng(seed), values.shape[1]
    w = np.ones(n) if weight is None else weight
    infinite = np.isinf(values).T.astype(np.float64)
    weighted = np.ascontiguousarray((np.where(np.isinf(values), 0.0, values) * w).T)
    step = max(1, CHUNK // n)
    out: list[Floats] = []
    for start in range(0, n_resamples, step):
        size = min(step, n_resamples - start)
        counts = _counts(rng, size, n)
        left_out = (counts == 0).astype(np.float64)
        drawn = counts.astype(np.float64)
        with np.errstate(invalid="ignore"):
            inside = (drawn @ weighted) / (drawn @ w)[:, None]
            outside = (left_out @ weighted) / (left_out @ w)[:, None]
        inside[drawn @ infinite > 0] = np.inf
        outside[left_out @ infinite > 0] = np.inf
        out.append(outside[np.arange(size), inside.argmin(axis=1)])
    losses = np.concatenate(out)
    losses = losses[~np.isnan(losses)]  # nan where every unit was drawn
    if not len(losses):
        return math.nan, math.nan, math.nan
    tail = (1.0 - confidence_level) / 2
    low, high = np.quantile(losses, [tail, 1.0 - tail], method="inverted_cdf")
    return float(losses.mean()), float(low), float(high)


def _counts(rng: np.random.Generator, size: int, n: int) -> NDArray[np.intp]:
    """Return how often each unit is drawn in each resample."""
    rows = rng.integers(0, n, size=(size, n)) + n * np.arange(size)[:, None]
    return np.bincount(rows.ravel(), minlength=size * n).reshape(size, n)
