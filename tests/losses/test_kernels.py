import math

import mpmath
import numpy as np
import pytest

from sklearn_xent import _arrays
from tests.support.oracles import softmax

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (0, 3), (10, 2), (70_000, 3), (5, 100_000)])
def test_row_blocks_cover_all_rows_once(n, k):
    blocks = list(_arrays.row_blocks(n, k))
    assert [i for rows in blocks for i in range(rows.start, rows.stop)] == list(range(n))
    assert all((r.stop - r.start) * k * 8 <= _arrays.BLOCK_BYTES or r.stop - r.start == 1 for r in blocks)  # fmt: skip # noqa: E501


@pytest.mark.parametrize("k", [2, 3, 20])
@pytest.mark.parametrize("order", ["C", "F"])
def test_true_class_and_row_sums(k, order):
    values = np.asarray(RNG.random((50, k)), order=order)
    codes = RNG.integers(0, k, 50)
    np.testing.assert_array_equal(_arrays.true_class(values, codes), values[np.arange(50), codes])
    np.testing.assert_allclose(_arrays.row_sums(values), values.sum(axis=1), rtol=1e-15)


@pytest.mark.parametrize("bad", [np.nan, -np.nan, np.inf, -np.inf, -1e-300, 1 + 2e-16, -0.0])
def test_unit_range_sees_every_bad_cell(bad):
    values = RNG.random((4, 3))
    assert _arrays.within_unit_range(values)
    values[2, 1] = bad
    assert not _arrays.within_unit_range(values)


def test_unit_range_accepts_the_ends_and_denormals():
    assert _arrays.within_unit_range(np.array([[0.0, 1.0, 5e-324]]))


def test_softmax_and_log_softmax():
    logits = RNG.normal(size=(20, 4)) * 5
    np.testing.assert_allclose(_arrays.softmax(logits), softmax(logits), rtol=1e-14)
    np.testing.assert_allclose(_arrays.log_softmax(logits), np.log(softmax(logits)), rtol=1e-9)


def test_softmax_of_minus_infinity_is_zero():
    np.testing.assert_array_equal(_arrays.softmax(np.array([[0.0, -np.inf]])), [[1.0, 0.0]])


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
            got = _arrays.negative_log_softmax(np.array([code]), logits)[0]
            assert got == pytest.approx(exact, rel=1e-14)


def test_residuals_and_sums_of_others_keep_tiny_differences():
    logits = np.array([[50.0, 0.0, -1.0]])
    proba = _arrays.softmax(logits)
    tiny = np.exp(-50.0) + np.exp(-51.0)  # 1 - proba[0] rounds to zero
    assert _arrays.residuals(np.array([0]), proba)[0, 0] == pytest.approx(-tiny, rel=1e-13)
    assert _arrays.sums_of_others(proba)[0, 0] == pytest.approx(tiny, rel=1e-13)
    np.testing.assert_allclose(_arrays.residuals(proba, proba), 0)


# --- sums: each against the sum of its values, in exact arithmetic ---------------------------


def blocks_of(matrix, rows=1000):
    return ((slice(i, i + rows), matrix[i : i + rows]) for i in range(0, len(matrix), rows))


def summed(parts):
    parts = list(parts)
    return math.fsum(part for part, _ in parts), sum(n for _, n in parts)


def probabilities(k, kind, n=2345):
    """Codes and rows: uncertain, surely right, or surely right but for a few rows."""
    codes = RNG.integers(0, k, n)
    proba = RNG.dirichlet(np.ones(k), n)
    if kind != "uncertain":
        doubt = 10.0 ** RNG.uniform(-14, -3, n)
        proba *= doubt[:, None]
        proba[np.arange(n), codes] = 0.0
        proba[np.arange(n), codes] = 1 - proba.sum(axis=1)
    if kind == "mixed":
        proba[::100] = np.roll(proba[::100], 1, axis=1)
    return codes, proba


@pytest.mark.parametrize("k", [2, 3, 8, 9, 40])
@pytest.mark.parametrize("kind", ["uncertain", "sure", "mixed"])
def test_sums_over_probabilities(k, kind):
    codes, proba = probabilities(k, kind)
    true = proba[np.arange(len(codes)), codes]
    got, n_low = summed(_arrays.cross_entropy_sums(codes, blocks_of(proba), 2.0**-52))
    assert got == pytest.approx(-math.fsum(np.log(np.maximum(true, 2.0**-52))), rel=1e-13)
    assert n_low == (true < 2.0**-52).sum()
    exact = math.fsum(((proba - np.eye(k)[codes]) ** 2).ravel())
    parts = [_arrays.brier_sum(codes[rows], block) for rows, block in blocks_of(proba)]
    assert math.fsum(parts) == pytest.approx(exact, rel=1e-13)
    wrong = (proba.argmax(axis=1) != codes).sum()
    assert summed(_arrays.error_sums(codes, blocks_of(proba))) == (wrong, 0)


@pytest.mark.parametrize("k", [2, 3, 5, 8, 9])
def test_ties_go_to_the_first_column(k):
    proba = RNG.integers(0, 3, (500, k)) / 4
    codes = RNG.integers(0, k, 500)
    wrong = (proba.argmax(axis=1) != codes).sum()
    assert summed(_arrays.error_sums(codes, blocks_of(proba))) == (wrong, 0)


@pytest.mark.parametrize("eps", [2.0**-52, 1e-300, 0.0])
def test_low_probabilities_are_floored_and_counted(eps):
    proba = np.array([[0.0, 1.0], [1e-310, 1.0], [1e-20, 1.0], [0.5, 0.5]] * 5)
    codes = np.zeros(20, dtype=np.intp)
    with np.errstate(divide="ignore"):
        expected = -np.log(np.maximum(proba[:, 0], eps))
        got, n_low = summed(_arrays.cross_entropy_sums(codes, blocks_of(proba), eps))
    assert got == pytest.approx(expected.sum(), rel=1e-14)
    assert n_low == 5 * {2.0**-52: 3, 1e-300: 2, 0.0: 1}[eps]


@pytest.mark.parametrize("k", [2, 3, 7, 20])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0, 300.0, 1000.0])
@pytest.mark.parametrize("offset", [0.0, 650.0, -720.0, 1e6])
@pytest.mark.parametrize("right", [False, True])
def test_sums_over_logits(k, scale, offset, right):
    logits = RNG.normal(size=(997, k)) * scale
    codes = logits.argmax(axis=1) if right else RNG.integers(0, k, 997)
    if right:
        logits[np.arange(997), codes] += 20.0
    logits = np.round((logits + offset) * 1024) / 1024
    with np.errstate(all="ignore"):
        exact = math.fsum(_arrays.negative_log_softmax(codes, logits))
    got, n_zero = summed(_arrays.logit_sums(codes, blocks_of(logits), math.inf))
    assert got == pytest.approx(exact, rel=1e-12)
    assert n_zero == 0


@pytest.mark.parametrize("k", [2, 3, 20])
def test_sums_over_logits_of_several_blocks(k):
    """What is computed in one block does not reach the next, which may be shorter."""
    logits, codes = RNG.normal(size=(2345, k)), RNG.integers(0, k, 2345)
    logits[1000:2000] *= 1000.0  # goes another way
    exact = math.fsum(_arrays.negative_log_softmax(codes, logits))
    got, n_zero = summed(_arrays.logit_sums(codes, blocks_of(logits), math.inf))
    assert got == pytest.approx(exact, rel=1e-12)
    assert n_zero == 0


@pytest.mark.parametrize("k", [2, 3])
def test_logits_of_minus_infinity_cost_what_zero_costs(k):
    logits = np.zeros((10, k))
    logits[::2, 0] = -np.inf
    codes = np.zeros(10, dtype=np.intp)
    got, n_zero = summed(_arrays.logit_sums(codes, blocks_of(logits), 36.0))
    assert got == pytest.approx(5 * 36.0 + 5 * math.log(k))
    assert n_zero == 5


@pytest.mark.parametrize("n", [1, 7, 8, 9, 32767, 32768, 32769, 65537])
@pytest.mark.parametrize("step", [1000, 32768])
def test_buffers_hold_every_row_once(n, step):
    proba = RNG.random((n, 2))
    codes = RNG.integers(0, 2, n)
    # a buffer is used again, so each is copied before the next
    got = [buffer.copy() for buffer in _arrays.true_class_buffers(codes, blocks_of(proba, step))]
    np.testing.assert_array_equal(np.concatenate(got), proba[np.arange(n), codes])


@pytest.mark.parametrize("n", [1, 3, 4, 5, 4001])
@pytest.mark.parametrize("k", [1, 2, 3, 16, 17])
def test_row_sums_of_any_shape(n, k):
    values = RNG.random((n, k))
    np.testing.assert_allclose(_arrays.row_sums(values), values.sum(axis=1), rtol=1e-14)
    out = np.full(n, np.nan)
    assert _arrays.row_sums(values, out=out) is out
    np.testing.assert_allclose(out, values.sum(axis=1), rtol=1e-14)


@pytest.mark.parametrize(("bad", "finite"), [(np.nan, False), (np.inf, False), (1e100, True)])
def test_all_finite(bad, finite):
    values = np.ones((3, 3))
    values[1, 1] = bad
    assert _arrays.all_finite(values) == finite
