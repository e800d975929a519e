"""Passes over matrices, on which checks and losses are built."""

import numpy as np
import pytest

from sklearn_xent import _arrays
from tests.support.oracles import softmax

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (0, 3), (10, 2), (70_000, 3), (5, 100_000)])
def test_row_blocks_cover_all_rows_once(n, k):
    blocks = list(_arrays.row_blocks(n, k))
    assert [i for rows in blocks for i in range(rows.start, rows.stop)] == list(range(n))
    for rows in blocks:
        size = rows.stop - rows.start
        assert size * k * 8 <= _arrays.BLOCK_BYTES or size == 1


@pytest.mark.parametrize("k", [3, 10, 1000])
def test_merged_blocks_fill_the_same_buffers(k):
    """A buffer of rows ends at the same row, so sums over buffers have the same bits."""
    n, step = 70_000, next(_arrays.row_blocks(70_000, k)).stop
    ends = {rows.stop for rows in _arrays.row_blocks(n, k, merged=True)}
    assert ends == {*range(of := _arrays.BUFFER_ROWS // step * step, n, of), n}


@pytest.mark.parametrize("k", [2, 3, 20])
@pytest.mark.parametrize("order", ["C", "F"])
def test_true_class_and_row_sums(k, order):
    values = np.asarray(RNG.random((50, k)), order=order)
    codes = RNG.integers(0, k, 50)
    np.testing.assert_array_equal(_arrays.true_class(values, codes), values[np.arange(50), codes])
    np.testing.assert_allclose(_arrays.row_sums(values), values.sum(axis=1), rtol=1e-15)


@pytest.mark.parametrize("n", [1, 3, 4, 5, 4001])
@pytest.mark.parametrize("k", [1, 2, 3, 16, 17])
def test_row_sums_of_any_shape(n, k):
    values = RNG.random((n, k))
    np.testing.assert_allclose(_arrays.row_sums(values), values.sum(axis=1), rtol=1e-14)
    out = np.full(n, np.nan)
    assert _arrays.row_sums(values, out=out) is out
    np.testing.assert_allclose(out, values.sum(axis=1), rtol=1e-14)


@pytest.mark.parametrize("bad", [np.nan, -np.nan, np.inf, -np.inf, -1e-300, 1 + 2e-16, -0.0])
def test_unit_range_sees_every_bad_cell(bad):
    values = RNG.random((4, 3))
    assert _arrays.within_unit_range(values)
    values[2, 1] = bad
    assert not _arrays.within_unit_range(values)


def test_unit_range_accepts_the_ends_and_denormals():
    assert _arrays.within_unit_range(np.array([[0.0, 1.0, 5e-324]]))


@pytest.mark.parametrize(("bad", "finite"), [(np.nan, False), (np.inf, False), (1e100, True)])
def test_all_finite(bad, finite):
    values = np.ones((3, 3))
    values[1, 1] = bad
    assert _arrays.all_finite(values) == finite


def test_softmax():
    logits = RNG.normal(size=(20, 4)) * 5
    np.testing.assert_allclose(_arrays.softmax(logits), softmax(logits), rtol=1e-14)
    np.testing.assert_array_equal(_arrays.softmax(np.array([[0.0, -np.inf]])), [[1.0, 0.0]])


def test_residuals_and_sums_of_others_keep_tiny_differences():
    logits = np.array([[50.0, 0.0, -1.0]])
    proba = _arrays.softmax(logits)
    tiny = np.exp(-50.0) + np.exp(-51.0)  # 1 - proba[0] rounds to zero
    assert _arrays.residuals(np.array([0]), proba)[0, 0] == pytest.approx(-tiny, rel=1e-13)
    assert _arrays.sums_of_others(proba)[0, 0] == pytest.approx(tiny, rel=1e-13)
    np.testing.assert_allclose(_arrays.residuals(proba, proba), 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [3, 4, 5, 6, 8, 10, 12, 15, 16, 17, 40])
def test_tops_are_the_maxima_and_check_the_range(k, dtype):
    block = RNG.dirichlet(np.ones(k), 50).astype(dtype)
    top = _arrays.tops(block)
    assert top.within_unit_range
    np.testing.assert_array_equal(top.values, block.max(axis=1))
    assert (top.where is None) == (k <= _arrays.MOST_COLUMNS)
    if top.where is not None:
        np.testing.assert_array_equal(top.where, block.argmax(axis=1))
    for bad in (np.nan, -np.nan, np.inf, -np.inf, -1e-30, 1 + 2e-7, -0.0):
        for column in range(k):
            wrong = block.copy()
            wrong[7, column] = bad
            assert not _arrays.tops(wrong).within_unit_range


def test_what_is_remembered_of_a_whole_matrix_does_not_grow_with_it():
    n = 2 * _arrays.BUFFER_ROWS
    known = _arrays._starts.cache_info()
    found = _arrays.true_class(np.tile([0.25, 0.75], (n, 1)), np.ones(n, dtype=np.intp))
    assert (found == 0.75).all()
    assert _arrays._starts.cache_info() == known
