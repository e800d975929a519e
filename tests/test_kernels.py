import mpmath
import numpy as np
import pytest
from oracles import softmax

from sklearn_xent import _kernels

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (0, 3), (10, 2), (70_000, 3), (5, 100_000)])
def test_row_blocks_cover_all_rows_once(n, k):
    blocks = list(_kernels.row_blocks(n, k))
    assert [i for rows in blocks for i in range(rows.start, rows.stop)] == list(range(n))
    assert all((r.stop - r.start) * k * 8 <= _kernels.BLOCK_BYTES or r.stop - r.start == 1 for r in blocks)  # fmt: skip # noqa: E501


@pytest.mark.parametrize("k", [2, 3, 20])
@pytest.mark.parametrize("order", ["C", "F"])
def test_true_class_and_row_sums(k, order):
    values = np.asarray(RNG.random((50, k)), order=order)
    codes = RNG.integers(0, k, 50)
    np.testing.assert_array_equal(_kernels.true_class(values, codes), values[np.arange(50), codes])
    np.testing.assert_allclose(_kernels.row_sums(values), values.sum(axis=1), rtol=1e-15)


@pytest.mark.parametrize("bad", [np.nan, -np.nan, np.inf, -np.inf, -1e-300, 1 + 2e-16, -0.0])
def test_unit_range_sees_every_bad_cell(bad):
    values = RNG.random((4, 3))
    assert _kernels.within_unit_range(values)
    values[2, 1] = bad
    assert not _kernels.within_unit_range(values)


def test_unit_range_accepts_the_ends_and_denormals():
    assert _kernels.within_unit_range(np.array([[0.0, 1.0, 5e-324]]))


def test_softmax_and_log_softmax():
    logits = RNG.normal(size=(20, 4)) * 5
    np.testing.assert_allclose(_kernels.softmax(logits), softmax(logits), rtol=1e-14)
    np.testing.assert_allclose(_kernels.log_softmax(logits), np.log(softmax(logits)), rtol=1e-9)


def test_softmax_of_minus_infinity_is_zero():
    np.testing.assert_array_equal(_kernels.softmax(np.array([[0.0, -np.inf]])), [[1.0, 0.0]])


@pytest.mark.parametrize(
    "row",
    [[0, 0], [40, -40], [-40, 40], [1000, -1000], [-1000, 1000], [1e-9, 0, -3], [700, 699, -5]],
)
def test_negative_log_softmax_is_accurate_in_every_digit(row):
    logits = np.array([row], dtype=float)
    with mpmath.workdps(1000):
        total = mpmath.fsum(mpmath.exp(mpmath.mpf(z)) for z in row)
        for code, z in enumerate(row):
            exact = float(mpmath.log(total) - mpmath.mpf(z))
            got = _kernels.negative_log_softmax(np.array([code]), logits)[0]
            assert got == pytest.approx(exact, rel=1e-14)


def test_residuals_and_complements_keep_tiny_differences():
    logits = np.array([[50.0, 0.0, -1.0]])
    proba = _kernels.softmax(logits)
    tiny = np.exp(-50.0) + np.exp(-51.0)  # 1 - proba[0] rounds to zero
    assert _kernels.residuals(np.array([0]), proba)[0, 0] == pytest.approx(-tiny, rel=1e-13)
    assert _kernels.complements(proba)[0, 0] == pytest.approx(tiny, rel=1e-13)
    np.testing.assert_allclose(_kernels.residuals(proba, proba), 0)
