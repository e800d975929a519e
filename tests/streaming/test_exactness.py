"""Any partition, order, merger or number of threads gives the same bits and the same digest."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sklearn_xent as sx
from sklearn_xent.inputs.validation import validate
from sklearn_xent.losses.registry import LOSSES
from sklearn_xent.streaming.state import Groups, State, state_of
from tests.support.streams import CLASSES, GROUPS, MODELS, RNG, WEIGHT, N, Y, add, empty, quietly

N_STATE = 60
PROBA = {name: RNG.dirichlet([1, 1, 1], N_STATE) for name in "ab"}
CODES, CODE_WEIGHT = RNG.integers(0, 3, N_STATE), RNG.uniform(0, 3, N_STATE)
CLUSTERS = RNG.integers(0, 5, N_STATE)


# --- the state ------------------------------------------------------------------------------


def state(rows=slice(None), *, weighted=False, grouped=False, n_bins=4):
    target, predictions = validate(
        CODES[rows], {name: p[rows] for name, p in PROBA.items()}, labels=[0, 1, 2],
        sample_weight=CODE_WEIGHT[rows] if weighted else None,
    )  # fmt: skip
    groups = Groups(list("vwxyz"), CLUSTERS[rows]) if grouped else None
    return state_of(list(LOSSES.values()), target, predictions, n_bins, groups)


@given(
    cuts=st.lists(st.integers(1, N_STATE - 1), max_size=5),
    weighted=st.booleans(),
    order=st.randoms(),
)
def test_parts_in_any_order_are_the_whole(cuts, weighted, order):
    options = {"weighted": weighted, "grouped": True}
    rows = order.sample(range(N_STATE), N_STATE)
    edges = [0, *sorted(set(cuts)), N_STATE]
    merged = State()
    for start, stop in pairwise(edges):
        merged = merged.merge(state(np.asarray(rows[start:stop]), **options))
    whole = state(**options)
    assert merged == whole
    assert merged.to_plain() == whole.to_plain()


def test_chunks_are_the_whole(monkeypatch):
    whole = state(weighted=True, grouped=True)
    monkeypatch.setattr("sklearn_xent.streaming.state.CHUNK", 7)
    assert state(weighted=True, grouped=True) == whole


def test_a_chunk_without_weight_changes_nothing(monkeypatch):
    monkeypatch.setattr("sklearn_xent.streaming.state.CHUNK", 20)
    monkeypatch.setitem(
        globals(), "CODE_WEIGHT", np.where(np.arange(N_STATE) // 20 == 1, 0.0, CODE_WEIGHT)
    )
    rest = np.flatnonzero(CODE_WEIGHT)
    whole = state(weighted=True, grouped=True)
    assert whole == state(rest, weighted=True, grouped=True)
    assert whole.n_obs == N_STATE - 20


# --- the accumulator ------------------------------------------------------------------------


def test_one_digest_whatever_the_partition():
    whole = add(empty()).digest()
    for seed in range(8):
        rng = np.random.default_rng(seed)
        rows, n_parts = rng.permutation(N), int(rng.integers(1, 9))
        parts = [add(empty(), part) for part in np.array_split(rows, n_parts)]
        rng.shuffle(parts)
        merged = parts[0]
        for part in parts[1:]:
            merged = part.merge(merged) if rng.random() < 0.5 else merged.merge(part)
        assert merged.digest() == whole
    for size in (1, 7, N):
        accumulator = empty()
        for start in range(0, N, size):
            add(accumulator, slice(start, start + size))
        assert accumulator.digest() == whole


def test_merge_changes_neither():
    a, b = add(empty(), slice(0, 100)), add(empty(), slice(100, N))
    before = a.digest(), b.digest()
    merged = a.merge(b)
    assert (a.digest(), b.digest()) == before
    assert merged.n_obs == N
    assert b.merge(a).digest() == merged.digest()
    assert merged.merge(empty()).digest() == merged.digest() == empty().merge(merged).digest()


def test_several_threads_lose_nothing():
    accumulator = empty(losses=["mse"])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: add(accumulator), range(40)))
    assert accumulator.n_obs == 40 * N


def test_an_empty_batch_changes_nothing():
    accumulator = add(empty())
    before = accumulator.digest()
    assert add(accumulator, slice(0, 0)) is accumulator
    assert accumulator.update([], {name: [] for name in MODELS}) is accumulator
    assert accumulator.digest() == before


def test_weights_of_zero_are_no_samples():
    accumulator, weight = empty(weighted=True), WEIGHT.copy()
    weight[::3] = 0.0
    accumulator.update(Y, MODELS, weight)
    fewer = empty(weighted=True).update(
        Y[weight > 0], {k: p[weight > 0] for k, p in MODELS.items()}, weight[weight > 0]
    )
    assert accumulator.digest() == fewer.digest()
    assert accumulator.update(Y, MODELS, 0.0 * weight).digest() == fewer.digest()


def spherical(codes, proba):
    """Whose norm numpy sums differently in rows and in columns."""
    return 1 - proba[np.arange(len(codes)), codes] / np.linalg.norm(proba, axis=1)


@pytest.mark.parametrize("k", [2, 3, 8, 20])
def test_own_losses_give_the_same_bits_in_any_batches(k):
    n = 130
    y, models = RNG.integers(0, k, n), {"a": RNG.dirichlet(np.ones(k), n), "b": np.eye(k)[[0] * n]}
    loss = sx.Loss(name="spherical", title="Spherical", function=spherical, range=(0, 1))
    digests = set()
    for size in (1, 7, 64, n):
        accumulator = sx.LossAccumulator(labels=range(k), models=list(models), losses=[loss, "mse"])
        for start in range(0, n, size):
            rows = slice(start, start + size)
            accumulator.update(
                y[rows], {name: np.asfortranarray(p[rows]) for name, p in models.items()}
            )
        digests.add(accumulator.digest())
    assert len(digests) == 1
    memory = quietly(sx.compare_predictions, y, models, losses=[loss, "mse"])
    assert quietly(accumulator.compute).summary["mean_loss"].equals(memory.summary["mean_loss"])


@pytest.mark.parametrize("k", [3, 5, 7, 17, 40])
@pytest.mark.parametrize("logits", [False, True])
def test_one_digest_for_any_number_of_classes(k, logits):
    rng = np.random.default_rng(k)
    y, z = rng.integers(0, k, 101), 3 * rng.normal(size=(101, k))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    def accumulator(*parts):
        out = sx.LossAccumulator(
            labels=list(range(k)), models=["a", "b"], from_logits=logits, n_bins=5
        )
        for rows in parts:
            out.update(y[rows], {"a": (z if logits else p)[rows], "b": (z if logits else p)[rows]})
        return out.digest()

    order = rng.permutation(101)
    assert (
        accumulator(slice(None))
        == accumulator(order)
        == accumulator(*order[:25].reshape(-1, 1), order[25:])
        == (accumulator(slice(0, 50), slice(50, 101)))
    )


def test_one_digest_where_both_are_infinite():
    loss = [sx.get_loss("cross_entropy", eps=0)]
    y, a, b = np.array([1, 0, 1]), np.array([0.0, 0.5, 0.9]), np.array([0.0, 0.4, 0.2])
    whole = sx.LossAccumulator(labels=[0, 1], models=["a", "b"], losses=loss)
    parts = sx.LossAccumulator(labels=[0, 1], models=["a", "b"], losses=loss)
    whole.update(y, {"a": a, "b": b})
    for i in range(3):
        parts.update(y[i : i + 1], {"a": a[i : i + 1], "b": b[i : i + 1]})
    assert whole.digest() == parts.digest()


def _signed_zero(codes, proba):
    return np.where(codes == 0, -0.0, 0.0)


def test_one_digest_for_both_zeros():
    loss = sx.Loss(name="zero", title="Zero", function=_signed_zero, range=(-1, 1))
    digests = set()
    for first in (0, 1):
        accumulator = sx.LossAccumulator(labels=[0, 1], models=["a"], losses=[loss])
        for label in (first, 1 - first):
            accumulator.update([label], {"a": [0.5]})
        digests.add(accumulator.digest())
    assert len(digests) == 1


def test_one_digest_for_groups_that_are_the_same_number():
    digests = set()
    for kinds in ((int, float), (float, int)):
        accumulator = empty(groups=True)
        for kind in kinds:
            accumulator.update(Y, MODELS, groups=GROUPS.astype(kind))
        digests.add(accumulator.digest())
    assert len(digests) == 1


def test_many_digits():
    """Against mpmath, with 60 digits from the float64 losses."""
    mpmath.mp.dps = 60
    near = {"a": MODELS["a"], "b": MODELS["a"] * (1 - 1e-8) + 1e-8 / 3}
    accumulator = sx.LossAccumulator(labels=CLASSES, models=["a", "b"], losses=["mse"])
    for start in range(0, N, 33):
        rows = slice(start, start + 33)
        accumulator.update(Y[rows], {name: p[rows] for name, p in near.items()})
    row = quietly(accumulator.compute).differences.iloc[0]
    code = np.searchsorted(CLASSES, Y)
    each = [sx.brier_loss(code, p, reduction="none") for p in near.values()]
    d = [mpmath.mpf(float(x)) for x in each[0] - each[1]]
    mean = mpmath.fsum(d) / N
    variance = mpmath.fsum((x - mean) ** 2 for x in d) / (N - 1) / N
    assert row["difference"] == pytest.approx(float(mean), rel=1e-15)
    assert row["std_error"] == pytest.approx(float(mpmath.sqrt(variance)), rel=1e-13)
