"""Summaries of numbers: their means and variances, and that they add up."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sklearn_xent.inference.moments import Moments

RNG = np.random.default_rng(3)


def test_unweighted_variance_is_that_of_the_mean():
    x = RNG.normal(size=50)
    moments = Moments.from_values(x)
    assert moments.mean == pytest.approx(x.mean())
    assert math.sqrt(moments.variance_of_mean) == pytest.approx(stats.sem(x))
    assert (moments.n, moments.spread) == (50, x.max() - x.min())


def test_weighted_variance_is_the_sandwich():
    x, w = RNG.normal(size=50), RNG.random(50)
    # White's sandwich for a weighted regression on a constant, from its matrix formula
    design, residual = np.sqrt(w)[:, None], np.sqrt(w) * (x - np.average(x, weights=w))
    bread = 1 / (design.T @ design)
    sandwich = bread * (design.T @ np.diag(residual**2) @ design) * bread
    moments = Moments.from_values(x, w)
    m = w.sum() ** 2 / (w**2).sum()
    assert moments.effective_n == pytest.approx(m)
    assert moments.variance_of_mean == pytest.approx((sandwich * m / (m - 1)).item())


def test_equal_weights_change_nothing():
    x = RNG.normal(size=20)
    plain, weighted = Moments.from_values(x), Moments.from_values(x, np.full(20, 0.1))
    assert weighted.mean == pytest.approx(plain.mean)
    assert weighted.variance_of_mean == pytest.approx(plain.variance_of_mean)


def test_weight_zero_is_no_sample():
    moments = Moments.from_values(np.array([1.0, 2.0, np.inf]), np.array([1.0, 1.0, 0.0]))
    assert (moments.n, moments.mean, moments.greatest) == (2, 1.5, 2.0)


@given(cuts=st.lists(st.integers(0, 40), max_size=4), weighted=st.booleans())
def test_merged_chunks_are_the_whole(cuts, weighted):
    x, w = RNG.normal(size=40), (RNG.random(40) if weighted else None)
    edges = [0, *sorted(cuts), 40]
    merged = Moments.from_values(x[:0])
    for start, stop in pairwise(edges):
        merged = merged.merge(
            Moments.from_values(x[start:stop], None if w is None else w[start:stop])
        )
    whole = Moments.from_values(x, w)
    assert merged.n == whole.n
    assert merged.mean == pytest.approx(whole.mean)
    assert merged.variance_of_mean == pytest.approx(whole.variance_of_mean)
    assert (merged.least, merged.greatest) == (whole.least, whole.greatest)


def test_a_large_mean_does_not_eat_the_variance():
    x = 1e9 + np.round(RNG.normal(size=1000) * 1024) / 1024
    expected = (x - 1e9).var(ddof=1) / 1000
    assert Moments.from_values(x).variance_of_mean == pytest.approx(expected, rel=1e-12)
    merged = Moments.from_values(x[:300]).merge(Moments.from_values(x[300:]))
    assert merged.variance_of_mean == pytest.approx(expected, rel=1e-6)


def test_few_or_infinite_samples():
    assert math.isnan(Moments.from_values(np.array([])).mean)
    assert Moments.from_values(np.array([])).effective_n == 0
    assert math.isnan(Moments.from_values(np.array([1.0])).variance_of_mean)
    assert Moments.from_values(np.array([1.0, np.inf])).mean == math.inf
    assert math.isnan(Moments.from_values(np.array([1.0, np.inf])).variance_of_mean)
    assert math.isnan(
        Moments.from_values(np.array([1.0, 2.0]), np.array([1.0, 1e-300])).variance_of_mean
    )


def test_clusters_of_one_are_samples():
    x, alone = RNG.normal(size=30), np.arange(30)
    assert Moments.from_clusters(x, None, alone).variance_of_mean == pytest.approx(
        Moments.from_values(x).variance_of_mean
    )
    assert Moments.from_clusters(x, None, alone).effective_n == pytest.approx(30)


def test_a_weight_that_is_almost_equal_changes_almost_nothing():
    x, groups = RNG.normal(size=100), np.repeat(np.arange(6), [50, 20, 10, 10, 5, 5])
    plain = Moments.from_clusters(x, None, groups)
    almost = Moments.from_clusters(x, 1 + 1e-9 * np.arange(100), groups)
    assert almost.variance_of_mean == pytest.approx(plain.variance_of_mean, rel=1e-6)
    assert almost.effective_n == pytest.approx(plain.effective_n, rel=1e-6)


def test_clusters_are_the_sandwich_of_their_sums():
    x, groups = RNG.normal(size=50), RNG.integers(0, 9, 50)
    sums = np.bincount(groups, weights=x - x.mean())
    n_groups = len(set(groups))
    expected = (sums**2).sum() / 50**2 * n_groups / (n_groups - 1)
    moments = Moments.from_clusters(x, None, groups)
    assert moments.variance_of_mean == pytest.approx(expected)
    assert moments.mean == pytest.approx(x.mean())
    sizes = np.bincount(groups)
    assert moments.effective_n == pytest.approx(50**2 / (sizes**2).sum())
    one, two = (
        Moments.from_clusters(x[part], None, groups[part]) for part in (groups < 4, groups >= 4)
    )
    assert one.merge(two).variance_of_mean == pytest.approx(expected)


def test_samples_are_summarised_by_clusters_where_there_are_groups():
    x, w, groups = RNG.normal(size=30), RNG.random(30), np.repeat(np.arange(6), 5)
    assert Moments.from_samples(x, w, None) == Moments.from_values(x, w)
    assert Moments.from_samples(x, w, groups) == Moments.from_clusters(x, w, groups)


def test_values_that_are_not_finite_are_counted():
    moments = Moments.from_values(np.array([np.inf, 1.0, np.inf, -np.inf, np.nan, -2.0]))
    assert (moments.n_plus_inf, moments.n_minus_inf, moments.n_nan) == (2, 1, 1)
    assert (moments.n, moments.n_positive, moments.n_negative) == (6, 3, 2)
    assert math.isnan(moments.mean)
    assert Moments.from_values(np.array([1.0, -np.inf])).mean == -math.inf


@pytest.mark.parametrize("odd", [None, math.inf, math.nan])
def test_a_difference_is_summarised_as_its_values_are(odd):
    rng = np.random.default_rng(0)
    a, b = rng.exponential(size=(2, 40_001))
    if odd is not None:
        a[[5, 40_000]] = b[5] = odd
    weight = rng.uniform(0, 2, 40_001) * (rng.random(40_001) < 0.9)
    with np.errstate(invalid="ignore"):
        x = a - b
    for w in (None, weight):
        assert Moments.from_difference(a, b, w) == Moments.from_values(x, w)
    parts = [Moments.from_values(part) for part in np.array_split(x, 7)]
    assert Moments.merge_all(parts) == Moments.from_values(x)
