import json
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import mpmath
import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx

RNG = np.random.default_rng(0)
N = 400
Y = np.asarray(["x", "y", "z"])[RNG.integers(0, 3, N)]
MODELS = {name: RNG.dirichlet(np.full(3, a), N) for name, a in (("a", 1.0), ("b", 2.0), ("c", 5))}
WEIGHT, GROUPS = RNG.uniform(0.1, 3.0, N), RNG.integers(0, 30, N)
LABELS = ["x", "y", "z"]


def empty(**options):
    return sx.LossAccumulator(**{"labels": LABELS, "models": list(MODELS), **options})


def add(seen, rows=slice(None), *, weighted=False, grouped=False):
    return seen.update(
        Y[rows],
        {name: p[rows] for name, p in MODELS.items()},
        WEIGHT[rows] if weighted else None,
        groups=GROUPS[rows] if grouped else None,
    )


def quietly(compare, *args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return compare(*args, **options)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_agrees_with_the_comparison_in_memory(weighted, grouped):
    seen = empty(weighted=weighted, groups=grouped)
    for start in range(0, N, 90):
        add(seen, slice(start, start + 90), weighted=weighted, grouped=grouped)
    options = {"baseline": "b", "equivalence_margin": 0.01, "confidence_level": 0.9}
    stream = quietly(seen.compute, **options)
    memory = quietly(
        sx.compare_predictions, Y, MODELS, **options,
        sample_weight=WEIGHT if weighted else None, groups=GROUPS if grouped else None,
    )  # fmt: skip
    for of_stream, of_memory in (
        (stream.summary, memory.summary),
        (stream.differences, memory.differences),
    ):
        drop = ["estimand"]
        if (weighted or grouped) and "sample_leverage" in of_stream:
            assert of_stream["sample_leverage"].isna().all()
            drop += ["sample_leverage", "caution"]  # which names a great leverage
        pd.testing.assert_frame_equal(
            of_stream.drop(columns=drop), of_memory.drop(columns=drop), rtol=1e-12, atol=1e-15
        )
        if not weighted and not grouped:
            number = of_stream.select_dtypes("number").columns
            assert of_stream[number].equals(of_memory[number]), "not to the last bit"
    assert repr(stream).splitlines()[:3] == repr(memory).splitlines()[:3]


def spherical(codes, proba):
    """Whose norm numpy sums differently in rows and in columns."""
    return 1 - proba[np.arange(len(codes)), codes] / np.linalg.norm(proba, axis=1)


@pytest.mark.parametrize("k", [2, 3, 8, 20])
def test_own_losses_give_the_same_bits_in_any_batches(k):
    n = 500
    y, models = RNG.integers(0, k, n), {"a": RNG.dirichlet(np.ones(k), n), "b": np.eye(k)[[0] * n]}
    loss = sx.Loss(name="spherical", title="Spherical", function=spherical, range=(0, 1))
    digests = set()
    for size in (1, 7, 64, n):
        seen = sx.LossAccumulator(labels=range(k), models=list(models), losses=[loss, "mse"])
        for start in range(0, n, size):
            rows = slice(start, start + size)
            seen.update(y[rows], {name: np.asfortranarray(p[rows]) for name, p in models.items()})
        digests.add(seen.digest())
    assert len(digests) == 1
    memory = quietly(sx.compare_predictions, y, models, losses=[loss, "mse"])
    assert quietly(seen.compute).summary["mean_loss"].equals(memory.summary["mean_loss"])


def test_many_digits():
    """Against mpmath, with 60 digits from the float64 losses."""
    mpmath.mp.dps = 60
    near = {"a": MODELS["a"], "b": MODELS["a"] * (1 - 1e-8) + 1e-8 / 3}
    seen = sx.LossAccumulator(labels=LABELS, models=["a", "b"], losses=["mse"])
    for start in range(0, N, 33):
        rows = slice(start, start + 33)
        seen.update(Y[rows], {name: p[rows] for name, p in near.items()})
    row = quietly(seen.compute).differences.iloc[0]
    code = np.searchsorted(LABELS, Y)
    each = [sx.brier_loss(code, p, reduction="none") for p in near.values()]
    d = [mpmath.mpf(float(x)) for x in each[0] - each[1]]
    mean = mpmath.fsum(d) / N
    variance = mpmath.fsum((x - mean) ** 2 for x in d) / (N - 1) / N
    assert row["difference"] == pytest.approx(float(mean), rel=1e-15)
    assert row["std_error"] == pytest.approx(float(mpmath.sqrt(variance)), rel=1e-13)


def test_one_digest_whatever_the_partition():
    whole = add(empty()).digest()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rows, n_parts = rng.permutation(N), int(rng.integers(1, 9))
        parts = [add(empty(), part) for part in np.array_split(rows, n_parts)]
        rng.shuffle(parts)
        merged = parts[0]
        for part in parts[1:]:
            merged = part.merge(merged) if rng.random() < 0.5 else merged.merge(part)
        assert merged.digest() == whole
    for size in (1, 7, N):
        seen = empty()
        for start in range(0, N, size):
            add(seen, slice(start, start + size))
        assert seen.digest() == whole


def test_merge_changes_neither():
    a, b = add(empty(), slice(0, 100)), add(empty(), slice(100, N))
    before = a.digest(), b.digest()
    merged = a.merge(b)
    assert (a.digest(), b.digest()) == before
    assert merged.n_obs == N
    assert b.merge(a).digest() == merged.digest()
    assert merged.merge(empty()).digest() == merged.digest() == empty().merge(merged).digest()


def test_saved_and_restored_in_the_middle():
    seen = add(empty(weighted=True, groups=True), slice(0, 150), weighted=True, grouped=True)
    restored = sx.LossAccumulator.from_dict(json.loads(json.dumps(seen.to_dict())))
    assert restored.digest() == seen.digest()
    add(restored, slice(150, N), weighted=True, grouped=True)
    whole = add(empty(weighted=True, groups=True), weighted=True, grouped=True)
    assert restored.digest() == whole.digest()
    assert pickle.loads(pickle.dumps(whole)).digest() == whole.digest()


def test_an_empty_batch_changes_nothing():
    seen = add(empty())
    before = seen.digest()
    assert add(seen, slice(0, 0)) is seen
    assert seen.update([], {name: [] for name in MODELS}) is seen
    assert seen.digest() == before


def test_weights_of_zero_are_no_samples():
    seen, weight = empty(weighted=True), WEIGHT.copy()
    weight[::3] = 0.0
    seen.update(Y, MODELS, weight)
    fewer = empty(weighted=True).update(
        Y[weight > 0], {k: p[weight > 0] for k, p in MODELS.items()}, weight[weight > 0]
    )
    assert seen.digest() == fewer.digest()
    assert seen.update(Y, MODELS, 0.0 * weight).digest() == fewer.digest()


BAD = [
    ({"y": ["x", "w"]}, "1 of 2 labels are not among the classes"),
    ({"p": [[0.5, 0.4, 0.0]] * 2}, "rows do not sum to 1"),
    ({"p": [[np.nan, 0.5, 0.5]] * 2}, "2 of 2 rows hold nan"),
    ({"p": [[0.5, 0.5]] * 2}, "columns for 2 classes|2 columns"),
    ({"p": [[0.2, 0.3, 0.5]] * 3}, "must have as many rows"),
    ({"models": ["a"]}, "predictions must be a dict of the models"),
    ({"weight": [1.0, 1.0]}, "takes no sample_weight: it was made with weighted=False"),
    ({"groups": [1, 2]}, "takes no groups"),
    ({"y": [[0.5, 0.5, 0.0]] * 2}, "a stream needs class labels"),
]


@pytest.mark.parametrize(("changes", "message"), BAD)
def test_a_bad_batch_changes_nothing(changes, message):
    seen = add(empty())
    before = seen.digest()
    batch = {"y": ["x", "y"], "p": [[0.2, 0.3, 0.5]] * 2, "models": list(MODELS), **changes}
    proba = dict.fromkeys(batch["models"], batch["p"])
    with pytest.raises(ValueError, match=message):
        seen.update(batch["y"], proba, batch.get("weight"), groups=batch.get("groups"))
    assert seen.digest() == before


def test_a_bad_model_in_the_last_chunk_changes_nothing(monkeypatch):
    monkeypatch.setattr("sklearn_xent.streaming.state.CHUNK", 50)
    seen = add(empty())
    before = seen.digest()
    bad = MODELS["c"].copy()
    bad[-1] = [0.5, 0.6, 0.1]
    with pytest.raises(ValueError, match="rows do not sum to 1"):
        seen.update(Y, {**MODELS, "c": bad})
    assert seen.digest() == before


@pytest.mark.parametrize("weight", [1e-101, 1e101])
def test_the_range_of_weights_is_enforced(weight):
    with pytest.raises(ValueError, match="sample_weight must be 0 or from 1e-100 to 1e"):
        empty(weighted=True).update(Y, MODELS, np.full(N, weight))


@pytest.mark.parametrize("weight", [1e-98, 1e99])
def test_weights_at_the_ends_of_the_range(weight):
    seen = empty(weighted=True).update(Y, MODELS, WEIGHT / WEIGHT.max() * weight)
    plain = quietly(sx.compare_predictions, Y, MODELS, sample_weight=WEIGHT)
    found = quietly(seen.compute)
    assert np.allclose(found.summary["std_error"], plain.summary["std_error"], rtol=1e-9)


def test_infinite_losses_are_counted():
    p = MODELS["a"].copy()
    p[0] = np.where(np.array(LABELS) == Y[0], 0.0, 0.5)
    loss = sx.get_loss("cross_entropy", eps=0)
    seen = sx.LossAccumulator(labels=LABELS, models=["a", "b"], losses=[loss])
    for rows in (slice(0, 200), slice(200, N)):
        seen.update(Y[rows], {"a": p[rows], "b": MODELS["b"][rows]})
    found = quietly(seen.compute)
    assert found.summary["mean_loss"][0] == np.inf
    memory = quietly(sx.compare_predictions, Y, {"a": p, "b": MODELS["b"]}, losses=loss)
    drop = ["estimand"]
    pd.testing.assert_frame_equal(
        found.differences.drop(columns=drop), memory.differences.drop(columns=drop)
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ["x", "z", "y"]}, "labels is"),
        ({"models": ["a", "b"]}, "models is"),
        ({"losses": ["mse"]}, "losses is"),
        ({"losses": [sx.get_loss("xent", eps=0)]}, "losses is"),
        ({"weighted": True}, "weighted is False in one and True in the other"),
        ({"n_bins": 3}, "n_bins is 0 in one and 3 in the other"),
        ({"from_logits": ["a"]}, "from_logits is"),
    ],
)
def test_merge_refuses_another_specification(options, message):
    with pytest.raises(ValueError, match=f"another specification cannot be merged: {message}"):
        empty().merge(empty(**options))


def test_merge_refuses_something_else():
    with pytest.raises(TypeError, match="merge needs a LossAccumulator; got dict"):
        empty().merge({})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"models": "ab"}, "models must be a list of names"),
        ({"models": []}, "models must be given as a dict|at least one entry"),
        ({"models": ["a", "a"]}, "models must name each model once"),
        ({"models": [1]}, "names of models must be strings"),
        ({"labels": ["x"]}, "labels must name all classes, at least two"),
        ({"n_bins": -1}, "n_bins must be a whole number"),
        ({"weighted": 1}, "weighted must be True or False"),
        ({"losses": []}, "losses must name each loss once"),
        ({"from_logits": ["d"]}, "from_logits must be True, False or a list"),
    ],
)
def test_bad_specifications(options, message):
    with pytest.raises(ValueError, match=message):
        empty(**options)


def test_nothing_seen_and_bad_questions():
    with pytest.raises(ValueError, match="nothing was seen yet"):
        empty().compute()
    seen = add(empty())
    with pytest.raises(ValueError, match="baseline must be one of"):
        seen.compute(baseline="d")
    with pytest.raises(ValueError, match="confidence_level must"):
        seen.compute(confidence_level=2)


@pytest.mark.parametrize(
    "saved",
    [None, {}, {"sklearn_xent": "LossAccumulator", "version": 99}, [],
     {"sklearn_xent": "LossAccumulator", "version": 1, "spec": {}, "state": {}}],
)  # fmt: skip
def test_what_was_never_saved(saved):
    with pytest.raises(ValueError, match=r"saved must be what LossAccumulator.to_dict returned"):
        sx.LossAccumulator.from_dict(saved)


def test_a_saved_state_of_another_shape():
    saved = add(empty()).to_dict()
    saved["state"]["models"].pop()
    with pytest.raises(ValueError, match="models has not 9 entries"):
        sx.LossAccumulator.from_dict(saved)


def _own(codes, proba):
    return 1 - proba[np.arange(len(codes)), codes]


def test_a_loss_of_ones_own_is_needed_again():
    loss = sx.Loss(name="own", title="Own", function=_own, range=(0, 1))
    seen = add(empty(losses=[loss]))
    saved = seen.to_dict()
    with pytest.raises(ValueError, match=r"pass losses=\[...\] with the loss 'own'"):
        sx.LossAccumulator.from_dict(saved)
    assert sx.LossAccumulator.from_dict(saved, losses=[loss]).digest() == seen.digest()
    for bad in (["own"], loss, 3):
        with pytest.raises(ValueError, match="losses must be Losses of your own; got"):
            sx.LossAccumulator.from_dict(saved, losses=bad)


def test_odd_labels_cannot_be_saved():
    seen = sx.LossAccumulator(labels=[("a", 1), ("b", 2)], models=["m"])
    with pytest.raises(ValueError, match="labels must be strings, numbers or bools to be saved"):
        seen.to_dict()


def test_reliability_counts_by_bins():
    frame = add(empty(n_bins=5)).reliability
    assert list(frame) == [
        "model", "label", "low", "high", "weight", "mean_proba", "frequency",
    ]  # fmt: skip
    assert frame["weight"].sum() == N * 3 * 3
    row = frame[(frame["model"] == "b") & (frame["label"] == "y") & (frame["low"] == 0.2)].iloc[0]
    p = MODELS["b"][:, 1]
    inside = (p >= 0.2) & (p < 0.4)
    assert row["weight"] == inside.sum()
    assert row["mean_proba"] == pytest.approx(p[inside].mean(), abs=1e-11)
    assert row["frequency"] == pytest.approx((Y[inside] == "y").mean())
    assert add(empty(n_bins=0)).reliability.empty


def test_zero_probabilities_are_warned_of():
    p = MODELS["a"].copy()
    p[:3] = np.where(np.array(LABELS) == Y[:3, None], 0.0, 0.5)
    seen = empty().update(Y, {**MODELS, "a": p})
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        result = seen.compute()
    assert "predictions['a']: 3 of 400 samples" in str(shown[0].message)
    assert result.summary["n_zero_probability"].tolist()[6] == 3


def test_what_a_stream_does_not_know():
    result = quietly(add(empty()).compute)
    for ask in (result.decompose, result.winner, lambda: result.by(Y), lambda: result.per_class):
        with pytest.raises(ValueError, match="a stream keeps sums only"):
            ask()
    assert "a stream keeps sums only" in result.to_html()
    result.plot()


def test_repr():
    assert repr(add(empty())) == "<LossAccumulator of a, b, c: 400 samples>"


# --- what a hostile tester found ----------------------------------------------------------------


@pytest.mark.parametrize("k", [3, 5, 7, 17, 40])
@pytest.mark.parametrize("logits", [False, True])
def test_one_digest_for_any_number_of_classes(k, logits):
    rng = np.random.default_rng(k)
    y, z = rng.integers(0, k, 101), 3 * rng.normal(size=(101, k))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    def seen(*parts):
        out = sx.LossAccumulator(
            labels=list(range(k)), models=["a", "b"], from_logits=logits, n_bins=5
        )
        for rows in parts:
            out.update(y[rows], {"a": (z if logits else p)[rows], "b": (z if logits else p)[rows]})
        return out.digest()

    order = rng.permutation(101)
    assert (
        seen(slice(None))
        == seen(order)
        == seen(*order.reshape(-1, 1))
        == (seen(slice(0, 50), slice(50, 101)))
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
        seen = sx.LossAccumulator(labels=[0, 1], models=["a"], losses=[loss])
        for label in (first, 1 - first):
            seen.update([label], {"a": [0.5]})
        digests.add(seen.digest())
    assert len(digests) == 1


def test_one_digest_for_groups_that_are_the_same_number():
    digests = set()
    for kinds in ((int, float), (float, int)):
        seen = empty(groups=True)
        for kind in kinds:
            seen.update(Y, MODELS, groups=GROUPS.astype(kind))
        digests.add(seen.digest())
    assert len(digests) == 1


def test_merge_refuses_labels_of_another_type():
    a = sx.LossAccumulator(labels=[0, 1], models=["a"])
    with pytest.raises(ValueError, match="another specification cannot be merged: labels is"):
        a.merge(sx.LossAccumulator(labels=[False, True], models=["a"]))


def test_several_threads_lose_nothing():
    seen = empty(losses=["mse"])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: add(seen), range(40)))
    assert seen.n_obs == 40 * N


def test_a_loss_of_ones_own_by_a_name_of_ours():
    loss = sx.Loss(name="brier_loss", title="Own", function=_own, range=(0, 1))
    saved = add(empty(losses=[loss])).to_dict()
    with pytest.raises(ValueError, match=r"pass losses=.* with the loss 'brier_loss'"):
        sx.LossAccumulator.from_dict(saved)
    restored = sx.LossAccumulator.from_dict(saved, losses=[loss])
    assert restored.digest() == add(empty(losses=[loss])).digest()


def test_samples_of_no_weight_are_not_looked_at():
    loss = [sx.get_loss("cross_entropy", eps=0)]
    seen = sx.LossAccumulator(labels=[0, 1], models=["a"], losses=loss, weighted=True, groups=True)
    seen.update([1], {"a": [0.0]}, [0.0], groups=[1])
    assert seen.n_obs == 0
    with pytest.raises(ValueError, match=r"values outside \[0, 1\]"):
        seen.update([1], {"a": [3.0]}, [0.0], groups=[1])


@pytest.mark.parametrize(("weight", "size"), [(1.0, 1e50), (1e100, 1e50), (1e-100, 1e-65)])
def test_extreme_weights_and_losses(weight, size):
    loss = sx.Loss(
        name="large", title="Large", function=lambda c, p: size * _own(c, p), range=(0, size)
    )
    seen = sx.LossAccumulator(labels=LABELS, models=["a"], losses=[loss], weighted=True)
    seen.update(Y, {"a": MODELS["a"]}, np.full(N, weight))
    each = size * _own(np.searchsorted(LABELS, Y), MODELS["a"])
    found = quietly(seen.compute).summary.iloc[0]
    assert found["std_error"] == pytest.approx(each.std(ddof=1) / np.sqrt(N), rel=1e-9)


def test_losses_beyond_the_range():
    loss = sx.Loss(name="huge", title="Huge", function=lambda c, p: 1e60 * _own(c, p))
    for y, p in ((["x"], [[0.5, 0.2, 0.3]]), (["x", "y"], [[0.5, 0.2, 0.3]] * 2)):
        seen = sx.LossAccumulator(labels=LABELS, models=["a"], losses=[loss])
        with pytest.raises(ValueError, match="losses must be at most 1e"):
            seen.update(y, {"a": p})


def test_weights_of_zero_must_be_one_a_sample():
    for weight in ([0.0], np.zeros((N, 1)), 0.0):
        with pytest.raises(ValueError, match="sample_weight must hold 400 weights"):
            empty(weighted=True).update(Y, MODELS, weight)


def test_infinite_losses_have_no_clusters():
    loss = sx.get_loss("cross_entropy", eps=0)
    seen = sx.LossAccumulator(labels=[0, 1], models=["a"], losses=[loss], groups=True)
    with pytest.raises(ValueError, match="with groups every loss must be finite; set eps above 0"):
        seen.update([1, 0], {"a": [0.0, 0.2]}, groups=["p", "q"])
    assert seen.n_obs == 0


def test_one_cluster_says_nothing_of_new_ones():
    seen = empty(groups=True).update(Y, MODELS, groups=np.zeros(N))
    with pytest.raises(ValueError, match="groups must name at least two clusters"):
        seen.compute()


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state["models"][0][1].__setitem__(0, -5),
        lambda state: state["models"][0][1].__setitem__(0, 300),
        lambda state: state["models"][0][1].__setitem__(0, 3.7),
        lambda state: state["models"][0][0].__setitem__(0, "0p0"),
        lambda state: state["models"][0][0].__setitem__(0, "1p99999999999999"),
        lambda state: state["models"][0][2].__setitem__(0, "0x1p99999"),
        lambda state: state.update(ranges=[]),
        lambda state: state.update(ranges=["nan"] * 9),
        lambda state: state.update(n_zero=[]),
        lambda state: state.update(models=[]),
        lambda state: state["classes"].__setitem__(0, "-1p0"),
        lambda state: state.update(clusters=[["a", "1p0", ["1p0"] * 9]]),
    ],
)
def test_a_tampered_state_is_refused(change):
    saved = json.loads(json.dumps(add(empty()).to_dict()))
    change(saved["state"])
    with pytest.raises(ValueError, match="saved must be what"):
        sx.LossAccumulator.from_dict(saved)


def test_clusters_of_no_samples_are_refused():
    saved = empty(groups=True).to_dict()
    saved["state"]["clusters"] = [["a", "1p0", ["1p0"] * 9]]
    with pytest.raises(ValueError, match=r"saved must be what .* counts do not fit together"):
        sx.LossAccumulator.from_dict(saved)


def test_labels_that_were_saved_as_another_type_are_refused():
    saved = sx.LossAccumulator(labels=[0, 1], models=["a"]).to_dict()
    saved["spec"]["labels"][0] = [0.0, 1.0]
    with pytest.raises(ValueError, match=r"saved must be what .* labels changed their types"):
        sx.LossAccumulator.from_dict(saved)


def test_bins_agree_with_their_edges():
    p = np.array([0.29, 0.57, 0.28, 0.1, 1.0, 0.0])
    seen = sx.LossAccumulator(labels=[0, 1], models=["a"], n_bins=100)
    frame = seen.update([1] * 6, {"a": p}).reliability.query("label == 1")
    assert (frame["mean_proba"].between(frame["low"] - 1e-11, frame["high"] + 1e-11)).all()
    assert sorted(frame["low"].round(2)) == [0.0, 0.1, 0.28, 0.29, 0.57, 0.99]
