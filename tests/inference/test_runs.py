"""The variance of items and runs: against the analysis of variance, and under simulation."""

import numpy as np
import pytest
from scipy import stats

from sklearn_xent.inference.moments import Moments
from sklearn_xent.inference.runs import RunVariance

RNG = np.random.default_rng(2)


def variance_of(models, weight=None, groups=None):
    """Return the parts of one model, or of the difference of two."""
    x = models[0].mean(axis=0) - (models[1].mean(axis=0) if len(models) > 1 else 0.0)
    return RunVariance.from_runs(models, Moments.from_samples(x, weight, groups), weight, groups)


def draw(rng, n, n_runs, items, runs, noise):
    """Return the losses (n_runs, n_items) of a model."""
    return (
        items * rng.normal(size=n)
        + runs * rng.normal(size=(n_runs, 1))
        + noise * rng.normal(size=(n_runs, n))
    )


def test_parts_are_the_mean_squares_of_a_two_way_table():
    x = RNG.normal(size=(4, 30)) + RNG.normal(size=30) + RNG.normal(size=(4, 1))
    n_runs, n = x.shape
    of_items = n_runs * np.var(x.mean(axis=0), ddof=1)
    of_runs = n * np.var(x.mean(axis=1), ddof=1)
    beside = x - x.mean(axis=0) - x.mean(axis=1)[:, None] + x.mean()
    of_noise = (beside**2).sum() / ((n_runs - 1) * (n - 1))
    parts, size = variance_of([x]), n_runs * n
    assert parts.items == pytest.approx(of_items / size, rel=1e-12)
    assert parts.runs == pytest.approx([of_runs / size], rel=1e-12)
    assert parts.noise == pytest.approx([of_noise / size], rel=1e-12)
    # two-way random effects: Var(mean) = (MS items + MS runs - MS noise) / (n_runs n), and the
    # degrees of freedom of Satterthwaite (1946)
    assert parts.total == pytest.approx((of_items + of_runs - of_noise) / size, rel=1e-12)
    squares = of_items**2 / (n - 1) + of_runs**2 / (n_runs - 1)
    squares += of_noise**2 / ((n - 1) * (n_runs - 1))
    assert parts.df == pytest.approx((of_items + of_runs - of_noise) ** 2 / squares, rel=1e-12)


def test_clusters_of_one_item_are_items():
    models = [draw(RNG, 25, 3, 1.0, 0.3, 0.5) for _ in "ab"]
    plain, grouped = variance_of(models), variance_of(models, groups=np.arange(25))
    for name in ("items", "df_items", "total", "df"):
        assert getattr(grouped, name) == pytest.approx(getattr(plain, name), rel=1e-12)
    assert grouped.noise == pytest.approx(plain.noise, rel=1e-12)


def test_clusters_of_equal_size_are_their_means():
    models = [draw(RNG, 30, 3, 1.0, 0.3, 0.5) for _ in "ab"]
    groups = np.repeat(np.arange(10), 3)
    means = [x.reshape(3, 10, 3).mean(axis=2) for x in models]
    grouped, of_means = variance_of(models, groups=groups), variance_of(means)
    assert grouped.total == pytest.approx(of_means.total, rel=1e-12)
    assert grouped.df == pytest.approx(of_means.df, rel=1e-12)


def test_equal_weights_change_nothing():
    models = [draw(RNG, 25, 3, 1.0, 0.3, 0.5) for _ in "ab"]
    plain, weighted = variance_of(models), variance_of(models, np.full(25, 7.0))
    assert weighted.total == pytest.approx(plain.total, rel=1e-12)
    assert weighted.df == pytest.approx(plain.df, rel=1e-12)


def test_runs_that_are_the_same_add_nothing():
    x = np.tile(RNG.normal(size=25), (3, 1))
    parts = variance_of([x])
    assert parts.of_runs == pytest.approx(0.0, abs=1e-30)
    assert parts.of_noise == pytest.approx(0.0, abs=1e-30)
    assert parts.total == pytest.approx(stats.sem(x[0]) ** 2, rel=1e-12)
    assert parts.df == pytest.approx(24, rel=1e-12)


def test_more_of_either_divides_its_part():
    parts = variance_of([draw(RNG, 25, 3, 1.0, 1.0, 0.5) for _ in "ab"])
    assert parts.std_error_with(1, 1) ** 2 == pytest.approx(parts.total, rel=1e-12)
    many = parts.std_error_with(1e12, 1) ** 2
    assert many == pytest.approx(parts.of_runs, rel=1e-6)
    assert parts.std_error_with(1, 1e12) ** 2 == pytest.approx(parts.of_items, rel=1e-6)


def test_the_estimated_variance_is_that_of_the_mean():
    # 400 evaluations of two models: 15 items, 3 runs; standard deviations as below
    n, n_runs, sds = 15, 3, (1.0, 0.4, 0.8)
    found = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        models = [draw(rng, n, n_runs, *sds) for _ in "ab"]
        parts = variance_of(models)
        found.append([models[0].mean() - models[1].mean(), parts.items, *parts.runs, *parts.noise])
    means, items, *others = np.asarray(found).T
    unclipped = items + sum(others[:2]) - sum(others[2:])
    truth = 2 * (sds[0] ** 2 / n + sds[1] ** 2 / n_runs + sds[2] ** 2 / (n * n_runs))
    assert unclipped.mean() == pytest.approx(truth, abs=4 * unclipped.std() / 20)
    assert means.var() == pytest.approx(truth, rel=4 * np.sqrt(2 / 400))
