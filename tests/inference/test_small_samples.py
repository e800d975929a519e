"""Small samples: classes that are too rare, and intervals that allow for skewness."""

import numpy as np
import pytest
from scipy import stats

from sklearn_xent.inference import small_samples

RNG = np.random.default_rng(4)


def test_counts_of_classes():
    y, codes = np.asarray([0, 0, 1, 1, 1, 2]), np.asarray([0, 0, 0, 1, 1, 1])
    assert small_samples.effective_counts(y, None, 4).tolist() == [[2, 3, 1, 0]]
    assert small_samples.effective_counts(y, None, 4, codes).tolist() == [
        [2, 1, 0, 0],
        [0, 2, 1, 0],
    ]
    weight = np.asarray([1.0, 3.0, 2.0, 2.0, 2.0, 0.0])
    expected = [16 / 10, 3.0, 0.0, 0.0]
    assert small_samples.effective_counts(y, weight, 4)[0].tolist() == pytest.approx(expected)
    soft = np.eye(4)[y]
    np.testing.assert_allclose(
        small_samples.effective_counts(soft, weight, 4, codes),
        small_samples.effective_counts(y, weight, 4, codes),
    )
    p = RNG.dirichlet(np.ones(4), 6)
    np.testing.assert_allclose(small_samples.effective_counts(p, None, 4)[0], p.sum(axis=0))


@pytest.mark.parametrize(
    ("counts", "rare"),
    [
        ([9, 100], True),
        ([10, 100], False),
        ([0, 100], True),
        ([5, 5, 100], False),  # ten of rare classes together
        ([4, 5, 100], True),
        ([5] * 10, False),
        ([3], True),
    ],
)
def test_rare_classes(counts, rare):
    assert small_samples.have_rare_class(np.asarray(counts, dtype=float)) == rare


def test_clusters_by_class():
    y, groups = np.asarray([0, 1] * 20 + [2] * 30), np.repeat(np.arange(14), 5)
    counts = small_samples.clusters_by_class(y, None, 4, groups)
    assert counts[0] == counts[1] == np.inf  # spread over eight of the fourteen clusters
    assert counts[2] == pytest.approx(6.0)
    assert counts[3] == np.inf  # it has no samples: its number of samples, 0, decides


def test_without_skewness_it_is_the_t_interval():
    mean, std_error, df = np.asarray([1.0, -2.0]), np.asarray([0.5, 2.0]), np.asarray([9.0, 30.0])
    for skewness in (0.0, 1e-9):
        low, high = small_samples.skewed_interval(mean, std_error, np.full(2, skewness), df, 0.9)
        expected = stats.t.interval(0.9, df, mean, std_error)
        np.testing.assert_allclose([low, high], expected, rtol=1e-12)


def test_skewness_moves_the_end_of_the_long_tail():
    one, nine = np.ones(1), np.asarray([9.0])
    low, high = small_samples.skewed_interval(0 * one, one, 0.4 * one, nine, 0.95)
    reach = stats.t.ppf(0.975, 9)
    assert low[0] == pytest.approx(-reach)
    assert high[0] > 1.5 * reach
    other = small_samples.skewed_interval(0 * one, one, -0.4 * one, nine, 0.95)
    np.testing.assert_allclose(other, (-high, -low))
