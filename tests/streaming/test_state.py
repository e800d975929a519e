import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_xent.inference import exact_sums
from sklearn_xent.inputs.validation import validate
from sklearn_xent.losses.registry import LOSSES
from sklearn_xent.streaming.state import State, from_plain, state_of, to_plain

RNG = np.random.default_rng(0)
N = 60
PROBA = {name: RNG.dirichlet([1, 1, 1], N) for name in "ab"}
Y, WEIGHT = RNG.integers(0, 3, N), RNG.uniform(0, 3, N)
GROUPS = RNG.integers(0, 5, N)


def state(rows=slice(None), *, weighted=False, grouped=False, n_bins=4):
    target, predictions = validate(
        Y[rows], {name: p[rows] for name, p in PROBA.items()}, labels=[0, 1, 2],
        sample_weight=WEIGHT[rows] if weighted else None,
    )  # fmt: skip
    groups = (list("vwxyz"), GROUPS[rows]) if grouped else None
    return state_of(list(LOSSES.values()), target, predictions, n_bins, groups)


@given(cuts=st.lists(st.integers(1, N - 1), max_size=5), weighted=st.booleans(), order=st.randoms())
def test_parts_in_any_order_are_the_whole(cuts, weighted, order):
    options = {"weighted": weighted, "grouped": True}
    rows = order.sample(range(N), N)
    edges = [0, *sorted(set(cuts)), N]
    merged = State()
    for start, stop in pairwise(edges):
        merged = merged.merge(state(np.asarray(rows[start:stop]), **options))
    assert to_plain(merged) == to_plain(state(**options))


def test_chunks_are_the_whole(monkeypatch):
    whole = state(weighted=True, grouped=True)
    monkeypatch.setattr("sklearn_xent.streaming.state.CHUNK", 7)
    assert state(weighted=True, grouped=True) == whole


def test_a_chunk_without_weight_changes_nothing(monkeypatch):
    monkeypatch.setattr("sklearn_xent.streaming.state.CHUNK", 20)
    monkeypatch.setitem(globals(), "WEIGHT", np.where(np.arange(N) // 20 == 1, 0.0, WEIGHT))
    rest = np.flatnonzero(WEIGHT)
    whole = state(weighted=True, grouped=True)
    assert whole == state(rest, weighted=True, grouped=True)
    assert whole.n_obs == N - 20


@pytest.mark.parametrize("weighted", [False, True])
def test_bins_are_histograms(weighted):
    found = state(weighted=weighted)
    weight = WEIGHT if weighted else np.ones(N)
    p = PROBA["b"][:, 1]
    inside = (p >= 0.25) & (p < 0.5)
    at = (1 * 3 + 1) * 4 + 1  # model b, class 1, second of four bins
    assert exact_sums.to_float(found.bin_weight[at]) == pytest.approx(weight[inside].sum())
    assert exact_sums.to_float(found.bin_hits[at]) == pytest.approx(weight[inside & (Y == 1)].sum())
    expected = (weight * p)[inside].sum()
    assert exact_sums.to_float(found.bin_proba[at]) == pytest.approx(expected, abs=1e-10)


def test_plain_types_come_back():
    whole = state(weighted=True, grouped=True)
    assert from_plain(json.loads(json.dumps(to_plain(whole)))) == whole


@pytest.mark.parametrize(("models", "classes", "limit"), [(2, 3, 6_000), (10, 10, 80_000)])
def test_the_state_is_small(models, classes, limit):
    rng = np.random.default_rng(0)
    p = {f"m{i}": rng.dirichlet(np.ones(classes), 5000) for i in range(models)}
    target, predictions = validate(rng.integers(0, classes, 5000), p, labels=list(range(classes)))
    without = to_plain(state_of(list(LOSSES.values()), target, predictions, 0))
    assert len(json.dumps(without)) < limit
