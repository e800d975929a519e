"""Resample: the bootstrap-t interval, and the loss of the model that is chosen."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sklearn_xent._arrays import Floats
from sklearn_xent.inference.paired_tests import NOISE, Method, PairedTest

CHUNK = 4_000_000
"""How many numbers are drawn at a time."""
FEWEST_UNITS = 10
"""Fewer samples or clusters have too few different resamples to estimate a tail."""


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
    """Yield the values of (mean* - mean) / std_error* of resampled units."""
    rng, n = np.random.default_rng(seed), len(x)
    mean, noise = float(np.average(x, weights=weight)), NOISE * float(np.abs(x).max())
    step = max(1, CHUNK // n)
    for start in range(0, n_resamples, step):
        rows = rng.integers(0, n, size=(min(step, n_resamples - start), n))
        values = x[rows]
        w = np.ones_like(values) if weight is None else weight[rows]
        total = w.sum(axis=1)
        centre = (w * values).sum(axis=1) / total
        squares = np.square(w * (values - centre[:, None])).sum(axis=1)
        effective = total**2 / np.square(w).sum(axis=1)
        m = float(n) if clusters else effective
        with np.errstate(divide="ignore", invalid="ignore"):
            std_error = np.sqrt(squares * m / (m - 1)) / total
            pivots = (centre - mean) / std_error
        # a resample of one repeated value has no spread: its pivot is infinite
        constant = (std_error <= noise) | (effective <= 1)
        yield np.where(constant, np.sign(centre - mean) * np.inf, pivots)


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
