"""Fast sums, the costs of every label and their bounds: each equals what the samples give."""

import math

import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent import _arrays
from sklearn_xent._arrays import BUFFER_ROWS
from sklearn_xent.losses.cross_entropy import true_class_buffers
from sklearn_xent.losses.registry import LOSSES
from tests.support.oracles import softmax
from tests.support.own_losses import spherical

RNG = np.random.default_rng(0)


def overriding(method):
    """The losses of the package that have a fast way of their own."""
    return [x for x in LOSSES.values() if getattr(type(x), method) is not getattr(sx.Loss, method)]


def name_of(value):
    return getattr(value, "name", None)


def blocks_of(matrix, rows=1000):
    return ((slice(i, i + rows), matrix[i : i + rows]) for i in range(0, len(matrix), rows))


def close(expected, rel):
    """Near in proportion only: the sums of sure predictions are tiny."""
    return pytest.approx(expected, rel=rel, abs=0)


def summed(loss, codes, values, from_logits=False):
    """The fast sum and its count, over blocks of a thousand rows."""
    parts = list(loss.sums(codes, blocks_of(values), from_logits))
    return math.fsum(part for part, _ in parts), sum(n for _, n in parts)


@pytest.mark.parametrize("loss", overriding("sums"), ids=name_of)
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("k", [2, 3])
def test_fast_sums_are_those_of_the_samples(loss, from_logits, k):
    codes = RNG.integers(0, k, 1500)
    values = RNG.normal(0, 3, (1500, k)) if from_logits else RNG.dirichlet(np.ones(k), 1500)
    got, n_zero = summed(loss, codes, values, from_logits)
    expected = loss.per_sample(codes, values, from_logits=from_logits).sum()
    assert got == close(expected, 1e-12)
    assert n_zero == 0


def test_a_loss_from_a_function_has_no_fast_sum_and_no_bound():
    proba = np.full((2, 2), 0.5)
    assert spherical.sums(np.array([0, 1]), [(slice(0, 2), proba)], False) is None
    assert spherical.label_spread(proba[:, 0], proba[:, 1], 2, False).tolist() == [math.inf] * 2


# --- sums of probabilities, in exact arithmetic -------------------------------------------------


def probabilities(k, kind, n=2345):
    """Codes and rows: uncertain, surely right, very surely, or surely right but for a few rows."""
    codes = RNG.integers(0, k, n)
    proba = RNG.dirichlet(np.ones(k), n)
    if kind != "uncertain":
        doubt = 10.0 ** RNG.uniform(-14, -7 if kind == "very sure" else -3, n)
        proba *= doubt[:, None]
        proba[np.arange(n), codes] = 0.0
        proba[np.arange(n), codes] = 1 - proba.sum(axis=1)
    if kind == "mixed":
        proba[::100] = np.roll(proba[::100], 1, axis=1)
    return codes, proba


@pytest.mark.parametrize("k", [2, 3, 8, 9, 40])
@pytest.mark.parametrize("kind", ["uncertain", "sure", "very sure", "mixed"])
def test_sums_of_probabilities(k, kind):
    codes, proba = probabilities(k, kind)
    true = proba[np.arange(len(codes)), codes]
    got, n_low = summed(sx.get_loss("cross_entropy"), codes, proba)
    assert got == close(-math.fsum(np.log(np.maximum(true, 2.0**-52))), 1e-13)
    assert n_low == (true < 2.0**-52).sum()
    exact = math.fsum(((proba - np.eye(k)[codes]) ** 2).ravel())
    got = summed(sx.get_loss("brier_loss", scale_by_half=False), codes, proba)
    assert got == (close(exact, 1e-13), 0)
    wrong = (proba.argmax(axis=1) != codes).sum()
    assert summed(sx.get_loss("error"), codes, proba) == (wrong, 0)


@pytest.mark.parametrize("k", [2, 3, 5, 8, 9])
def test_ties_go_to_the_first_column(k):
    proba = RNG.integers(0, 3, (500, k)) / 4
    codes = RNG.integers(0, k, 500)
    wrong = (proba.argmax(axis=1) != codes).sum()
    assert summed(sx.get_loss("error"), codes, proba) == (wrong, 0)


@pytest.mark.parametrize(("eps", "n_below"), [(2.0**-52, 3), (1e-300, 2), (0.0, 2)])
def test_low_probabilities_are_floored_and_counted(eps, n_below):
    proba = np.array([[0.0, 1.0], [1e-310, 1.0], [1e-20, 1.0], [0.5, 0.5], [eps, 1 - eps]] * 5)
    codes = np.zeros(25, dtype=np.intp)
    with np.errstate(divide="ignore"):
        expected = -np.log(np.maximum(proba[:, 0], eps))
        got, n_low = summed(sx.get_loss("cross_entropy", eps=eps), codes, proba)
    assert got == close(expected.sum(), 1e-14)
    assert n_low == 5 * n_below


@pytest.mark.parametrize("n", [1, 7, 8, 9, 32767, 32768, 32769, 65537])
@pytest.mark.parametrize("step", [1000, 1024, 32768])
def test_buffers_hold_every_row_once(n, step):
    proba = RNG.random((n, 2))
    codes = RNG.integers(0, 2, n)
    # a buffer is used again, so each is copied before the next
    got = [buffer.copy() for buffer in true_class_buffers(codes, blocks_of(proba, step))]
    np.testing.assert_array_equal(np.concatenate(got), proba[np.arange(n), codes])
    assert all(len(buffer) <= BUFFER_ROWS < len(buffer) + step for buffer in got[:-1])


# --- sums of logits -----------------------------------------------------------------------------


@pytest.mark.parametrize("k", [2, 3, 7, 20])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0, 300.0, 1000.0])
@pytest.mark.parametrize("offset", [0.0, 650.0, -720.0, 1e6])
@pytest.mark.parametrize("right", [False, True])
def test_sums_of_logits(k, scale, offset, right):
    logits = RNG.normal(size=(997, k)) * scale
    codes = logits.argmax(axis=1) if right else RNG.integers(0, k, 997)
    if right:
        logits[np.arange(997), codes] += 20.0
    logits = np.round((logits + offset) * 1024) / 1024
    loss = sx.get_loss("cross_entropy", eps=0)
    exact = math.fsum(loss.per_sample(codes, logits, from_logits=True))
    assert summed(loss, codes, logits, True) == (close(exact, 1e-12), 0)


@pytest.mark.parametrize("k", [2, 3, 7])
@pytest.mark.parametrize("offset", [0.0, -3.0, -94.0, 20.0, 650.0])
@pytest.mark.parametrize("margin", [2.0, 5.0, 7.0, 9.0, 12.0, 16.0, 20.0, 40.0])
@pytest.mark.parametrize("n", [9, 997])
def test_small_sums_of_logits_keep_their_digits(k, offset, margin, n):
    """Whatever the true class is ahead by; errors of many rows would cancel."""
    logits, codes = RNG.normal(size=(n, k)) / 8, RNG.integers(0, k, n)
    logits[np.arange(n), codes] += margin
    logits = np.round((logits + offset) * 1024) / 1024
    loss = sx.get_loss("cross_entropy", eps=0)
    exact = math.fsum(loss.per_sample(codes, logits, from_logits=True))
    assert summed(loss, codes, logits, True) == (close(exact, 1e-12), 0)


@pytest.mark.parametrize("k", [2, 3, 20])
def test_sums_of_logits_in_several_blocks(k):
    """What is computed in one block does not reach the next, which may be shorter."""
    logits, codes = RNG.normal(size=(2345, k)), RNG.integers(0, k, 2345)
    logits[1000:2000] *= 1000.0  # goes another way
    loss = sx.get_loss("cross_entropy", eps=0)
    exact = math.fsum(loss.per_sample(codes, logits, from_logits=True))
    assert summed(loss, codes, logits, True) == (close(exact, 1e-12), 0)


@pytest.mark.parametrize("k", [2, 3])
def test_logits_of_minus_infinity_cost_what_zero_costs(k):
    logits = np.zeros((10, k))
    logits[::2, 0] = -np.inf
    codes = np.zeros(10, dtype=np.intp)
    got, n_zero = summed(sx.get_loss("cross_entropy", eps=0.125), codes, logits, True)
    assert got == close(5 * math.log(8) + 5 * math.log(k), 1e-14)
    assert n_zero == 5


# --- the fast way is taken ----------------------------------------------------------------------


def counting(monkeypatch, name, module=np):
    """The sizes of the arrays that a function is given from now on."""
    sizes, function = [], getattr(module, name)

    def counted(values, *args, **kwargs):
        sizes.append(np.size(values))
        return function(values, *args, **kwargs)

    monkeypatch.setattr(module, name, counted)
    return sizes


@pytest.mark.parametrize("shift", [-5.0, 0.0, 5.0])
@pytest.mark.parametrize("k", [2, 3])
def test_ordinary_logits_cost_few_logarithms_and_exponentials(monkeypatch, k, shift):
    logits, codes = RNG.normal(size=(1600, k)) + shift, RNG.integers(0, k, 1600)
    logs, exps, careful = (counting(monkeypatch, name) for name in ("log", "exp", "log1p"))
    summed(sx.get_loss("cross_entropy"), codes, logits, True)
    assert sum(logs) == 1600 // 8
    assert sum(exps) == 1600 * (1 if k == 2 else k)
    assert careful == []


def test_ordinary_probabilities_cost_few_logarithms_and_no_copy(monkeypatch):
    proba, codes = RNG.dirichlet(np.full(3, 5.0), 1600), RNG.integers(0, 3, 1600)
    least = float(proba[np.arange(1600), codes].min())
    logs, copies = (counting(monkeypatch, name) for name in ("log", "maximum"))
    summed(sx.get_loss("cross_entropy", eps=least), codes, proba)
    assert sum(logs) == 1600 // 8
    sx.get_loss("cross_entropy", eps=float(proba.min())).every_label(proba, False)
    assert copies == []


@pytest.mark.parametrize("k", [2, 3, 8, 9, 16, 17])
def test_errors_of_a_few_columns_are_found_along_the_columns(monkeypatch, k):
    proba, codes = RNG.dirichlet(np.ones(k), 50), RNG.integers(0, k, 50)
    loss, each, all_at_once = sx.get_loss("error"), int(2 < k <= 8), int(2 < k <= 16)
    transposed = counting(monkeypatch, "ascontiguousarray")
    maxima = counting(monkeypatch, "greatest", _arrays)
    loss.evaluate(codes, proba, False)
    assert (len(transposed), len(maxima)) == (each, 0)
    summed(loss, codes, proba)
    assert (len(transposed), len(maxima)) == (each + all_at_once, all_at_once)
    summed(loss, codes, np.full((50, k), 1 / k))  # ties are broken class by class
    assert (len(transposed), len(maxima)) == (2 * (each + all_at_once), 2 * all_at_once)


def test_a_few_columns_are_squared_without_einsum(monkeypatch):
    calls = counting(monkeypatch, "einsum")
    for k in (2, 8, 9):
        proba = RNG.dirichlet(np.ones(k), 50)
        sx.get_loss("brier_loss").evaluate(np.zeros(50, dtype=np.intp), proba, False)
        assert len(calls) == (k > 8)


# --- what other labels would cost ---------------------------------------------------------------


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("loss", [*LOSSES.values(), spherical], ids=name_of)
def test_every_label_is_the_loss_of_each_class(loss, k):
    logits = RNG.normal(0, 3, (50, k))
    logits[3, 1], logits[4] = -np.inf, 0.0
    for values, from_logits in ((softmax(logits), False), (logits, True)):
        every = loss.every_label(values, from_logits)
        for j in range(k):
            each = loss.evaluate(np.full(50, j), values, from_logits)
            np.testing.assert_allclose(every[:, j], each, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", overriding("label_spread"), ids=name_of)
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("spread", [1e-3, 0.5, 5.0, 50.0])
def test_what_another_label_could_cost_is_bounded(loss, from_logits, k, spread):
    """By no more than the range of the loss, and tightly, where the extremes tell it."""
    logits = np.vstack([RNG.normal(0, spread, (50, k)), np.zeros((1, k))])
    values = logits if from_logits else softmax(logits)
    high, low = values.max(axis=1), values.min(axis=1)
    bound = loss.label_spread(high, low, k, from_logits)
    every = loss.every_label(values, from_logits)
    reached = every.max(axis=1) - every.min(axis=1)
    assert (bound >= reached).all()
    # the ranked probability score allows for rows whose sum is not exactly one
    slack = 0.11 if loss.ordered else 1e-8
    assert (bound <= loss.range_for(k)[1] * (1 + slack)).all()
    if loss.name == "cross_entropy" or (loss.name == "brier_loss" and not from_logits):
        np.testing.assert_allclose(bound, reached, rtol=1e-8, atol=1e-11)


def test_the_bound_has_the_floor_of_the_loss():
    loss = sx.get_loss("cross_entropy", eps=0.25)
    bound = loss.label_spread(np.array([0.5, 0.9, 0.2]), np.array([0.3, 0.1, 0.2]), 3, False)
    np.testing.assert_allclose(bound, np.log([0.5 / 0.3, 0.9 / 0.25, 1]), rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("loss", [*LOSSES.values(), sx.get_loss("xent", eps=0)], ids=repr)
def test_extreme_values_raise_no_floating_point_errors(loss):
    """Whatever a user set by ``np.seterr``."""
    proba = np.array([[1.0, 5e-324, 0.0], [1 - 1e-16, 1e-16, 1e-320], [1e-323, 5e-324, 1.0]])
    logits = np.array([[0.0, -700.0, -np.inf], [1e308, 0.0, -1e308], [0.0, 0.0, 0.0]])
    for values, from_logits in ((proba, False), (logits, True), (proba, True)):
        codes, high, low = np.arange(3), values.max(axis=1), values.min(axis=1)
        with np.errstate(all="raise"):
            every = loss.every_label(values, from_logits)
            bound = loss.label_spread(high, low, 3, from_logits)
            each = loss.evaluate(codes, values, from_logits)
            parts = loss.sums(codes, iter([(slice(0, 3), values)]), from_logits)
            assert parts is None or list(parts)
        np.testing.assert_allclose(every[codes, codes], each, rtol=1e-12, atol=1e-15)
        assert (bound >= np.ptp(every, axis=1)).all()


@pytest.mark.parametrize("k", [2, 3, 8])
@pytest.mark.parametrize("loss", [x for x in LOSSES.values() if x.by_columns], ids=name_of)
def test_the_layout_of_a_matrix_changes_no_bit(loss, k):
    codes, logits = RNG.integers(0, k, 500), RNG.normal(0, 3, (500, k))
    for values, from_logits in ((softmax(logits), False), (logits, True)):
        by_rows, by_columns = (np.asarray(values, order=order) for order in "CF")
        for y in (codes, softmax(RNG.normal(size=(500, k)))):
            np.testing.assert_array_equal(
                loss.evaluate(y, by_rows, from_logits), loss.evaluate(y, by_columns, from_logits)
            )


# --- what the check of the range finds as well, or the loss in place of a check -------------------


@pytest.mark.parametrize("kind", ["confident", "uncertain", "ties", "all tied", "few ties"])
@pytest.mark.parametrize("k", [3, 4, 10, 15, 16, 17, 40])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_errors_by_the_greatest_of_each_row(kind, k, dtype):
    n = 2000
    codes = RNG.integers(0, k, n)
    proba = RNG.dirichlet(np.full(k, 0.05 if kind == "confident" else 50.0), n)
    if kind == "ties":
        proba = RNG.integers(0, 3, (n, k)) + 1e-3
    if kind == "all tied":
        proba[:] = 1.0
    if kind == "few ties":
        proba = RNG.dirichlet(np.full(k, 0.05), n)
        proba[::50] = 1.0
        codes[::50] = RNG.integers(0, k, n // 50)
    proba = (proba / proba.sum(axis=1, keepdims=True)).astype(dtype)
    wrong = int((proba.argmax(axis=1) != codes).sum())
    loss = sx.get_loss("error")
    blocks = ((rows, block, _arrays.tops(block)) for rows, block in blocks_of(proba))
    assert sum(part for part, _ in loss.sums_by_top(codes, blocks)) == wrong
    assert sx.classification_error(codes, proba, labels=range(k)) == wrong / n


@pytest.mark.parametrize("k", [3, 9, 40])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0, 1000.0, 1e30])
def test_wide_logits_of_float32_are_read_as_they_are(k, scale):
    logits = (RNG.normal(size=(1500, k)) * scale).astype(np.float32)
    logits[::7, 1] = -np.inf
    codes = np.where(np.arange(1500) % 7 == 0, 0, RNG.integers(0, k, 1500))
    got = sx.cross_entropy(codes, logits, from_logits=True, labels=range(k))
    each = sx.cross_entropy(
        codes, logits.astype(np.float64), from_logits=True, labels=range(k), reduction="none"
    )
    assert got == close(math.fsum(each) / 1500, 1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [2, 3, 9])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("is_true", [False, True])
def test_bad_logits_are_found_without_a_pass_of_their_own(dtype, k, bad, is_true):
    logits = np.zeros((1000, k), dtype=dtype)
    codes = np.arange(1000) % k
    logits[777, codes[777] if is_true else codes[777] - 1] = bad
    rule = "hold nan" if np.isnan(bad) else r"hold a logit of \+inf"
    with pytest.raises(ValueError, match=f"1 of 1000 rows {rule}.*row 777"):
        sx.cross_entropy(codes, logits, from_logits=True)
    logits[777] = -np.inf
    with pytest.raises(ValueError, match=r"1 of 1000 rows hold only -inf.*row 777"):
        sx.cross_entropy(codes, logits, from_logits=True)


def test_ordinary_logits_are_not_looked_through_for_infinite_ones(monkeypatch):
    looks = counting(monkeypatch, "all_finite", _arrays)
    logits, codes = RNG.normal(size=(1600, 3)), np.arange(1600) % 3
    sx.cross_entropy(codes, logits, from_logits=True)
    assert looks == []
    sx.brier_loss(codes, logits, from_logits=True)
    assert sum(looks) == 1600 * 3


@pytest.mark.parametrize("loss", overriding("label_distance"), ids=name_of)
@pytest.mark.parametrize("k", [2, 3, 70])
@pytest.mark.parametrize("spread", [1e-3, 0.5, 50.0])
def test_what_the_label_matters_to_a_difference_is_bounded(loss, k, spread):
    """And tightly, but for errors, whose bound is that of any two models."""
    p, q = (softmax(RNG.normal(0, spread, (60, k))) for _ in range(2))
    bound = loss.label_distance(p.T, q.T)
    reached = np.ptp(loss.every_label(p, False) - loss.every_label(q, False), axis=1)
    if loss.zero_one:
        assert (bound == 1.0).all()
        return
    assert (bound >= reached).all()
    np.testing.assert_allclose(bound, reached, rtol=1e-8, atol=1e-11)
