"""Find which models may still be the best: a set that contains a best model with confidence.

Multiple comparisons with the best (Hsu 1984, Annals of Statistics 12, 1136-1144; Hansen, Lunde and
Nason 2011, Econometrica 79, 453-497). A model is excluded when it is worse than some other by more
standard errors than the greatest of all its differences would reach by chance.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sklearn_xent._arrays import Codes, Floats, row_blocks
from sklearn_xent.inference.bootstrap import CHUNK, FEWEST_UNITS, studentised
from sklearn_xent.inference.moments import units
from sklearn_xent.inference.paired_tests import NOISE

Flags = NDArray[np.bool_]

N_RESAMPLES = 499
MOST_UNITS = 2000
"""More samples or clusters are resampled in so many batches, at most, drawn once: a batch is a
cluster. It has the skewness that its samples give the mean, at a cost that does not grow."""
FEWEST_DECISIVE, LEAST_DECISIVE, DECISIVE_SHARE = 10.0, 5.0, 0.15
"""A pair excludes nothing if its difference varies in few units only, by the count (sum of q)^2 /
sum of q^2 of the squares q: of errors those on which one of the two errs. If there are four, one
model has all of them by chance in one of eight samples. Ten are enough; in a small sample a share,
but never fewer than five."""
SURELY = 2.0
"""A pair needs no fourth powers if its sum of squares is at least this factor times the count times
the greatest possible square."""
ALIKE = 1e-3
"""Two models differ so little if the squares of their difference are this share of their own."""
N_DRAWS, ENOUGH_DF = 1999, 100
"""Of the multivariate t-distribution, where only variances are known. With fewer degrees of freedom
the variances of the pairs are too uncertain for it: of five splits it excludes 16 % of best models
instead of 5 %."""


def may_be_best(
    values: Floats,
    weight: Floats | None,
    level: float,
    seed: int,
    *,
    clusters: bool = False,
    n_resamples: int = N_RESAMPLES,
) -> Flags:
    """Return which models may have the lowest mean, from a studentised bootstrap of the units.

    `values` are finite losses (n_models, n_units) of samples or clusters, which are resampled
    together for all models. Of each model the greatest statistic "worse than another" is compared
    with its bootstrap distribution: the set contains a best model with confidence `level`. A pair
    whose difference is the same in all units but a few excludes nothing.
    """
    if values.shape[1] < FEWEST_UNITS:
        raise ValueError(f"at least {FEWEST_UNITS} samples or groups are needed to draw from.")
    a, b = np.triu_indices(len(values), 1)
    tested = _is_tested(values, a, b)
    if values.shape[1] > MOST_UNITS:
        values, weight, clusters = *_in_batches(values, weight, seed), True
    n_models, n = values.shape
    w = np.ones(n) if weight is None else weight / weight.max()
    total, square = float(w.sum()), float(np.square(w).sum())
    means = np.average(values, axis=1, weights=w)
    centred = values - means[:, None]
    drawn, is_drawn = _draws(n, n_resamples, seed), w[:, None]
    columns = centred.T * is_drawn
    totals, squares = drawn @ w, drawn @ w**2
    m = float(n) if clusters else total**2 / square
    resampled_m = float(n) if clusters else totals**2 / squares
    first, cross = drawn @ columns, drawn @ (columns * is_drawn)
    observed, pivots = np.empty(len(a)), np.empty((n_resamples, len(a)))
    step = max(1, CHUNK // n)
    for start in range(0, len(a), step):
        part = slice(start, start + step)
        i, j = a[part], b[part]
        differences = centred[i] - centred[j]
        of_square = np.square(differences * w)
        spread = of_square.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            std_error = np.sqrt(spread * m / (m - 1.0)) / total
            statistic = (means[i] - means[j]) / std_error
        found = studentised(
            first[:, i] - first[:, j],
            cross[:, i] - cross[:, j],
            drawn @ of_square.T,
            totals[:, None],
            squares[:, None],
            np.reshape(resampled_m, (-1, 1)),
        )
        observed[part] = np.where(tested[part], statistic, np.nan)
        pivots[:, part] = np.where(tested[part], found, np.nan)
    return _not_excluded(observed, pivots, n_models, level)


def _is_tested(values: Floats, a: Codes, b: Codes) -> Flags:
    """Return of which pairs enough units decide how the difference varies."""
    n = values.shape[1]
    least, greatest = values.min(axis=1), values.max(axis=1)
    scale = np.maximum(-least, greatest)
    size = float(scale.max(initial=0.0)) or 1.0  # fourth powers may overflow or vanish
    scale = scale / size
    fewest = min(FEWEST_DECISIVE, max(LEAST_DECISIVE, DECISIVE_SHARE * n)) * (1.0 - 1e-9)
    means = (values.sum(axis=1) / n / size)[:, None]
    second, own = _square_sums(values, size, means)
    # no square is greater than the square of both ranges, and so no fourth power
    farthest = (greatest - least) / size
    tested = second[a, b] >= SURELY * fewest * (farthest[a] + farthest[b]) ** 2
    if not tested.all():
        fourth = _fourth_sums(values, size, means)
        tested |= second[a, b] ** 2 >= fewest * fourth[a, b]
    # of models that are almost the same the sums have lost their digits
    for k in np.flatnonzero(second[a, b] <= ALIKE * (own[a] + own[b])):
        x = (values[a[k]] - values[b[k]]) / size
        x -= x.mean()
        squares = np.square(x)
        varies = np.ptp(x) > NOISE * max(scale[a[k]], scale[b[k]])
        tested[k] = varies and squares.sum() ** 2 >= fewest * np.dot(squares, squares)
    return np.asarray(tested)


def _parts_of(values: Floats, size: float, means: Floats) -> Iterator[Floats]:
    """Yield some units after others, divided by `size` and centred, while they are in the cache."""
    for rows in row_blocks(values.shape[1], len(values)):
        part = values[:, rows] / size
        part -= means
        yield part


def _square_sums(values: Floats, size: float, means: Floats) -> tuple[Floats, Floats]:
    """Return the sums of the squares of all differences, and of the squares of each model."""
    products = sum(u @ u.T for u in _parts_of(values, size, means))
    own = np.diag(products).copy()
    return own[:, None] + own - 2.0 * products, own


def _fourth_sums(values: Floats, size: float, means: Floats) -> Floats:
    """Return the sums of the fourth powers of all differences."""
    cubes, squares = np.zeros((2, len(values), len(values)))
    for u in _parts_of(values, size, means):
        of_square = u * u
        cubes += (of_square * u) @ u.T
        squares += of_square @ of_square.T
    fourth = np.diag(squares)
    return np.asarray(fourth[:, None] + fourth - 4.0 * (cubes + cubes.T) + 6.0 * squares)


def may_be_best_by_t(means: Floats, variances: Floats, df: float, level: float, seed: int) -> Flags:
    """Return which models may have the lowest mean, from the variances of all differences.

    `variances` (n_models, n_models) are those of the differences of means; nan or zero for a pair
    that cannot be tested, which then excludes nothing. With many degrees of freedom the statistics
    are drawn from a multivariate t-distribution, whose correlations follow from the variances. With
    fewer, each pair has its own t-test, corrected for the number of other models (Bonferroni).
    """
    n_models = len(means)
    a, b = np.triu_indices(n_models, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        std_error = np.sqrt(variances[a, b])
        observed = np.where(std_error > 0, (means[a] - means[b]) / std_error, np.nan)
    if df < ENOUGH_DF:
        others = max(1, int(np.isfinite(means).sum()) - 1)
        greatest = _greatest(observed[None], n_models)[0]
        return np.asarray(~(stats.t.sf(greatest, df) * others <= 1.0 - level))
    rng = np.random.default_rng([seed, 2])
    known = np.isfinite(variances) & ~np.eye(n_models, dtype=np.bool_)
    roots = _roots(np.where(known, variances, 0.0))
    normal = rng.standard_normal((N_DRAWS, n_models)) @ roots.T
    chi = np.sqrt(rng.chisquare(df, size=(N_DRAWS, 1)) / df)
    with np.errstate(divide="ignore", invalid="ignore"):
        pivots = (normal[:, a] - normal[:, b]) / (std_error * chi)
    pivots[:, np.isnan(observed)] = np.nan
    return _not_excluded(observed, pivots, n_models, level)


def _roots(variances: Floats) -> Floats:
    """Return a matrix whose rows have these squared distances (classical scaling)."""
    centring = np.eye(len(variances)) - 1.0 / len(variances)
    values, vectors = np.linalg.eigh(-0.5 * centring @ variances @ centring)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def _not_excluded(observed: Floats, pivots: Floats, n_models: int, level: float) -> Flags:
    """Compare the greatest statistic of each model with its distribution.

    Statistics are of the pairs of `triu_indices`, the first model minus the second; nan excludes
    nothing. The model with the lowest mean is never excluded.
    """
    greatest = _greatest(observed[None], n_models)[0]
    exceeded, step = np.ones(n_models), max(1, CHUNK // n_models**2)
    for start in range(0, len(pivots), step):
        found = _greatest(pivots[start : start + step], n_models)
        exceeded += (found >= greatest).sum(axis=0)
    pvalues = exceeded / (len(pivots) + 1)
    return np.asarray((pvalues > 1.0 - level + NOISE) | ~(greatest > 0))


def _greatest(statistics: Floats, n_models: int) -> Floats:
    """Return for each model by how much it is worse than another, at most: (n_draws, n_models)."""
    a, b = np.triu_indices(n_models, 1)
    square = np.full((len(statistics), n_models, n_models), -np.inf)
    square[:, a, b] = statistics
    square[:, b, a] = -statistics
    return np.asarray(np.fmax.reduce(square, axis=2))


def _in_batches(values: Floats, weight: Floats | None, seed: int) -> tuple[Floats, Floats]:
    """Return the means and weights of batches of units, which are drawn without looking."""
    codes = _batches(values.shape[1], seed)
    if weight is None:
        of_batch = np.bincount(codes).astype(np.float64)
        return np.stack([np.bincount(codes, weights=x) / of_batch for x in values]), of_batch
    batches = [units(x, weight, codes) for x in values]
    return np.stack([means for means, _ in batches]), batches[0][1]


@lru_cache(maxsize=1)
def _batches(n: int, seed: int) -> NDArray[np.intp]:
    """Return the batch of each unit: of equal sizes but for one unit."""
    n_batches = -(-n // -(-n // MOST_UNITS))
    return np.random.default_rng([seed, 3]).permutation(n) % n_batches


@lru_cache(maxsize=1)
def _draws(n: int, n_resamples: int, seed: int) -> Floats:
    """Return how often each unit is drawn in each resample; all losses have the same."""
    rng = np.random.default_rng([seed, 4])
    rows = rng.integers(0, n, size=(n_resamples, n)) + n * np.arange(n_resamples)[:, None]
    counts = np.bincount(rows.ravel(), minlength=n_resamples * n).reshape(n_resamples, n)
    return counts.astype(np.float64)
