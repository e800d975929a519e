"""The set of models that may still be best obeys its laws, and holds the best as often as it says.

`benchmarks/decisions.py` has the simulations in full.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sklearn_xent.inference import best_set
from sklearn_xent.inference.best_set import MOST_UNITS, may_be_best, may_be_best_by_t

RNG = np.random.default_rng(0)


def drawn(n_models=5, n=60, gap=0.0, seed=0):
    """Draw losses that share a part; the last models are worse by a gap each."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(n_models, n)) + gap * np.arange(n_models)[:, None]
    return own + rng.normal(size=n)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8), st.floats(0, 1), st.booleans())
def test_laws(seed, n_models, gap, weighted):
    values = drawn(n_models, 40, gap, seed)
    weight = np.random.default_rng(seed).uniform(0.2, 2, 40) if weighted else None
    kept = may_be_best(values, weight, 0.95, 0)
    assert kept[np.average(values, axis=1, weights=weight).argmin()], "the sample's best"
    np.testing.assert_array_equal(may_be_best(values, weight, 0.95, 0), kept, "the same again")
    order = np.random.default_rng(seed).permutation(n_models)
    np.testing.assert_array_equal(may_be_best(values[order], weight, 0.95, 0), kept[order])
    np.testing.assert_array_equal(may_be_best(values + 64.0, weight, 0.95, 0), kept)
    np.testing.assert_array_equal(may_be_best(8.0 * values, weight, 0.95, 0), kept)
    if weighted:
        np.testing.assert_array_equal(may_be_best(values, 1e-90 * weight, 0.95, 0), kept)
    assert (kept <= may_be_best(values, weight, 0.999, 0)).all(), "more confidence, more models"


def test_a_model_that_is_far_worse_is_excluded_however_many_there_are():
    for n in (20, 300, MOST_UNITS + 1, 3 * MOST_UNITS):
        values = drawn(4, n, 0.0, n)
        values[2] += 2.0
        assert may_be_best(values, None, 0.95, 0).tolist() == [True, True, False, True]


def test_the_same_models_share_their_fate():
    x = RNG.normal(size=80)
    assert may_be_best(np.stack([x, x, x]), None, 0.95, 0).all()
    found = may_be_best(np.stack([x, x, x + RNG.normal(size=80) + 1.0]), None, 0.95, 0)
    assert found.tolist() == [True, True, False]
    constant = np.stack([x, x + 1.0])  # nothing is known of how the difference varies
    assert may_be_best(constant, None, 0.95, 0).all()


def test_few_errors_exclude_nothing():
    values = np.zeros((2, 50))
    values[1, :2] = 1.0
    assert may_be_best(values, None, 0.95, 0).all()
    values[1, :20] = 1.0
    assert may_be_best(values, None, 0.95, 0).tolist() == [True, False]


def test_too_few_units_are_an_error():
    with pytest.raises(ValueError, match="at least 10 samples"):
        may_be_best(drawn(3, 9), None, 0.95, 0)


def test_of_two_models_it_is_the_one_sided_t_test():
    for shift in np.linspace(0.0, 0.4, 9):
        d = stats.norm.ppf((np.arange(400) + 0.5) / 400) + shift
        pvalue = stats.ttest_1samp(d, 0.0, alternative="greater").pvalue
        kept = may_be_best(np.stack([np.zeros(400), d]), None, 0.95, 0)
        by_t = may_be_best_by_t(
            np.asarray([0.0, shift]), np.full((2, 2), d.var(ddof=1) / 400), 399, 0.95, 0
        )
        if not 0.03 < pvalue < 0.07:
            assert kept[1] == by_t[1] == (pvalue > 0.05)
        assert kept[0]
        assert by_t[0]


def test_with_few_degrees_of_freedom_each_pair_has_its_own_test():
    means, variances = np.asarray([0.0, 1.0, 1.0, 5.0]), np.full((4, 4), 0.2)
    for df in (4, 20):
        # three others: Bonferroni
        reach = stats.t.isf(0.05 / 3, df) * np.sqrt(0.2)
        found = may_be_best_by_t(means, variances, df, 0.95, 0)
        assert found.tolist() == (means <= reach).tolist()


def test_pairs_without_a_variance_exclude_nothing():
    variances = np.full((3, 3), np.nan)
    means = np.asarray([0.0, 5.0, 9.0])
    for df in (5, 500):
        assert may_be_best_by_t(means, variances, df, 0.95, 0).all()
        some = variances.copy()
        some[0, 2] = some[2, 0] = 1.0
        assert may_be_best_by_t(means, some, df, 0.95, 0).tolist() == [True, True, False]


@pytest.mark.parametrize("by_t", [False, True])
def test_a_best_model_is_excluded_as_seldom_as_promised(by_t):
    runs, n, m, excluded = 300, 150, 6, 0.0
    for seed in range(runs):
        values = drawn(m, n, 0.0, seed)
        if by_t:
            c = np.cov(values)
            v = np.maximum(np.diag(c)[:, None] + np.diag(c) - 2 * c, 0.0) / n
            kept = may_be_best_by_t(values.mean(axis=1), v, n - 1, 0.95, 0)
        else:
            kept = may_be_best(values, None, 0.95, 0, n_resamples=199)
        excluded += 1 - kept.mean()
    assert 0.02 < excluded / runs < 0.055 + 2 * np.sqrt(0.05 * 0.95 / runs)


def test_fourth_powers_are_spared_only_where_they_decide_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    values = (rng.random((6, 3000)) < [[0.0], [0.001], [0.003], [0.2], [0.2], [0.3]]) * 1.0
    values[4, :3] = 30.0
    a, b = np.triu_indices(6, 1)
    spared = best_set._is_tested(values, a, b)
    monkeypatch.setattr(best_set, "SURELY", np.inf)
    np.testing.assert_array_equal(best_set._is_tested(values, a, b), spared)
    differences = np.square(values[a] - values[b] - (values[a] - values[b]).mean(1)[:, None])
    counts = differences.sum(axis=1) ** 2 / np.square(differences).sum(axis=1)
    np.testing.assert_array_equal(spared, counts >= best_set.FEWEST_DECISIVE)
