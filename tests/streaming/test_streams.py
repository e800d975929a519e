"""What an accumulator takes and refuses, and what it tells of what it was given."""

import warnings

import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx
from tests.support.streams import (
    CLASSES,
    GROUPS,
    MODELS,
    WEIGHT,
    N,
    Y,
    add,
    empty,
    own_loss,
    quietly,
)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_agrees_with_the_comparison_in_memory(weighted, grouped):
    accumulator = empty(weighted=weighted, groups=grouped)
    for start in range(0, N, 90):
        add(accumulator, slice(start, start + 90), weighted=weighted, grouped=grouped)
    options = {"baseline": "b", "equivalence_margin": 0.01, "confidence_level": 0.9}
    stream = quietly(accumulator.compute, **options)
    memory = quietly(
        sx.compare_predictions, Y, MODELS, **options,
        sample_weight=WEIGHT if weighted else None, groups=GROUPS if grouped else None,
    )  # fmt: skip
    for of_stream, of_memory in (
        (stream.summary, memory.summary),
        (stream.differences, memory.differences),
    ):
        drop = ["estimand"]
        # the one needs resamples, the other the kurtosis, of which sums know a bound only
        drop += ["may_be_best"] if "may_be_best" in of_stream else ["detectable_difference"]
        if (weighted or grouped) and "sample_leverage" in of_stream:
            assert of_stream["sample_leverage"].isna().all()
            drop += ["sample_leverage", "caution"]  # which names a great leverage
        pd.testing.assert_frame_equal(
            of_stream.drop(columns=drop), of_memory.drop(columns=drop), rtol=1e-12, atol=1e-15
        )
        if not weighted and not grouped:
            number = of_stream.drop(columns=drop).select_dtypes("number").columns
            assert of_stream[number].equals(of_memory[number]), "not to the last bit"
    assert repr(stream).split("\n\n")[1] == repr(memory).split("\n\n")[1]  # the verdict


def test_infinite_losses_are_counted():
    p = MODELS["a"].copy()
    p[0] = np.where(np.array(CLASSES) == Y[0], 0.0, 0.5)
    loss = sx.get_loss("cross_entropy", eps=0)
    accumulator = sx.LossAccumulator(labels=CLASSES, models=["a", "b"], losses=[loss])
    for rows in (slice(0, 200), slice(200, N)):
        accumulator.update(Y[rows], {"a": p[rows], "b": MODELS["b"][rows]})
    found = quietly(accumulator.compute)
    assert found.summary["mean_loss"][0] == np.inf
    memory = quietly(sx.compare_predictions, Y, {"a": p, "b": MODELS["b"]}, losses=loss)
    drop = ["estimand"]
    pd.testing.assert_frame_equal(
        found.differences.drop(columns=drop), memory.differences.drop(columns=drop)
    )


def test_zero_probabilities_are_warned_of():
    p = MODELS["a"].copy()
    p[:3] = np.where(np.array(CLASSES) == Y[:3, None], 0.0, 0.5)
    accumulator = empty().update(Y, {**MODELS, "a": p})
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        result = accumulator.compute()
    assert "'a' (3), of 400 samples" in str(shown[0].message)
    assert result.summary["n_zero_probability"].tolist()[6] == 3


def test_names_of_no_class_have_one_order_in_all_batches():
    def batch(names):
        return {"a": pd.DataFrame([[0.75, 0.25], [0.25, 0.75]], columns=names)}

    stream = sx.LossAccumulator(models=["a"], labels=["cat", "dog"], losses="mse")
    for names in (["x", "w"], ["x", "w"], ["left", "right"], ["dog", "cat"][::-1]):
        stream.update(["cat", "dog"], batch(names))
    before = stream.digest()
    with pytest.raises(ValueError, match=r"of an earlier batch and .* columns in another order"):
        stream.update(["cat", "dog"], batch(["W", "X"]))
    assert stream.digest() == before
    assert stream.compute().summary.mean_loss.tolist() == [0.0625]


def test_what_a_stream_does_not_know():
    result = quietly(add(empty()).compute)
    for ask in (result.decompose, result.winner, lambda: result.by(Y), lambda: result.per_class):
        with pytest.raises(ValueError, match="a stream keeps sums only"):
            ask()
    assert "a stream keeps sums only" in result.to_html()
    result.plot()


def test_repr():
    assert repr(add(empty())) == "<LossAccumulator of a, b, c: 400 samples>"


def test_nothing_seen_and_bad_questions():
    with pytest.raises(ValueError, match="nothing was seen yet"):
        empty().compute()
    accumulator = add(empty())
    with pytest.raises(ValueError, match="baseline must be one of"):
        accumulator.compute(baseline="d")
    with pytest.raises(ValueError, match="confidence_level must"):
        accumulator.compute(confidence_level=2)


def test_one_cluster_says_nothing_of_new_ones():
    accumulator = empty(groups=True).update(Y, MODELS, groups=np.zeros(N))
    with pytest.raises(ValueError, match="groups must name at least two clusters"):
        accumulator.compute()


@pytest.mark.parametrize("weighted", [False, True])
def test_reliability_counts_by_bins(weighted):
    frame = add(empty(n_bins=5, weighted=weighted), weighted=weighted).reliability
    weight = WEIGHT if weighted else np.ones(N)
    assert list(frame) == [
        "model", "label", "low", "high", "weight", "mean_proba", "frequency",
    ]  # fmt: skip
    assert frame["weight"].sum() == pytest.approx(weight.sum() * 3 * 3, rel=1e-14)
    row = frame[(frame["model"] == "b") & (frame["label"] == "y") & (frame["low"] == 0.2)].iloc[0]
    p = MODELS["b"][:, 1]
    inside = (p >= 0.2) & (p < 0.4)
    w = weight[inside]
    assert row["weight"] == pytest.approx(w.sum(), rel=1e-14)
    assert row["mean_proba"] == pytest.approx(np.average(p[inside], weights=w), abs=1e-11)
    assert row["frequency"] == pytest.approx(np.average(Y[inside] == "y", weights=w))
    assert add(empty(n_bins=0)).reliability.empty


def test_bins_agree_with_their_edges():
    p = np.array([0.29, 0.57, 0.28, 0.1, 1.0, 0.0])
    accumulator = sx.LossAccumulator(labels=[0, 1], models=["a"], n_bins=100)
    frame = accumulator.update([1] * 6, {"a": p}).reliability.query("label == 1")
    assert (frame["mean_proba"].between(frame["low"] - 1e-11, frame["high"] + 1e-11)).all()
    assert sorted(frame["low"].round(2)) == [0.0, 0.1, 0.28, 0.29, 0.57, 0.99]


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
    accumulator = add(empty())
    before = accumulator.digest()
    batch = {"y": ["x", "y"], "p": [[0.2, 0.3, 0.5]] * 2, "models": list(MODELS), **changes}
    proba = dict.fromkeys(batch["models"], batch["p"])
    with pytest.raises(ValueError, match=message):
        accumulator.update(batch["y"], proba, batch.get("weight"), groups=batch.get("groups"))
    assert accumulator.digest() == before


def test_a_bad_model_in_the_last_chunk_changes_nothing(monkeypatch):
    monkeypatch.setattr("sklearn_xent.streaming.state.CHUNK", 50)
    accumulator = add(empty())
    before = accumulator.digest()
    bad = MODELS["c"].copy()
    bad[-1] = [0.5, 0.6, 0.1]
    with pytest.raises(ValueError, match="rows do not sum to 1"):
        accumulator.update(Y, {**MODELS, "c": bad})
    assert accumulator.digest() == before


@pytest.mark.parametrize("weight", [1e-101, 1e101])
def test_the_range_of_weights_is_enforced(weight):
    with pytest.raises(ValueError, match="sample_weight must be 0 or from 1e-100 to 1e"):
        empty(weighted=True).update(Y, MODELS, np.full(N, weight))


@pytest.mark.parametrize("weight", [1e-98, 1e99])
def test_weights_at_the_ends_of_the_range(weight):
    accumulator = empty(weighted=True).update(Y, MODELS, WEIGHT / WEIGHT.max() * weight)
    plain = quietly(sx.compare_predictions, Y, MODELS, sample_weight=WEIGHT)
    found = quietly(accumulator.compute)
    assert np.allclose(found.summary["std_error"], plain.summary["std_error"], rtol=1e-9)


@pytest.mark.parametrize(("weight", "size"), [(1.0, 1e50), (1e100, 1e50), (1e-100, 1e-65)])
def test_extreme_weights_and_losses(weight, size):
    loss = sx.Loss(
        name="large", title="Large", function=lambda c, p: size * own_loss(c, p), range=(0, size)
    )
    accumulator = sx.LossAccumulator(labels=CLASSES, models=["a"], losses=[loss], weighted=True)
    accumulator.update(Y, {"a": MODELS["a"]}, np.full(N, weight))
    each = size * own_loss(np.searchsorted(CLASSES, Y), MODELS["a"])
    found = quietly(accumulator.compute).summary.iloc[0]
    assert found["std_error"] == pytest.approx(each.std(ddof=1) / np.sqrt(N), rel=1e-9)


def test_losses_beyond_the_range():
    loss = sx.Loss(name="huge", title="Huge", function=lambda c, p: 1e60 * own_loss(c, p))
    for y, p in ((["x"], [[0.5, 0.2, 0.3]]), (["x", "y"], [[0.5, 0.2, 0.3]] * 2)):
        accumulator = sx.LossAccumulator(labels=CLASSES, models=["a"], losses=[loss])
        with pytest.raises(ValueError, match="losses must be at most 1e"):
            accumulator.update(y, {"a": p})


def test_samples_of_no_weight_are_not_looked_at():
    loss = [sx.get_loss("cross_entropy", eps=0)]
    accumulator = sx.LossAccumulator(
        labels=[0, 1], models=["a"], losses=loss, weighted=True, groups=True
    )
    accumulator.update([1], {"a": [0.0]}, [0.0], groups=[1])
    assert accumulator.n_obs == 0
    with pytest.raises(ValueError, match=r"values outside \[0, 1\]"):
        accumulator.update([1], {"a": [3.0]}, [0.0], groups=[1])


def test_weights_of_zero_must_be_one_a_sample():
    for weight in ([0.0], np.zeros((N, 1)), 0.0):
        with pytest.raises(ValueError, match="sample_weight must hold 400 weights"):
            empty(weighted=True).update(Y, MODELS, weight)


def test_infinite_losses_have_no_clusters():
    loss = sx.get_loss("cross_entropy", eps=0)
    accumulator = sx.LossAccumulator(labels=[0, 1], models=["a"], losses=[loss], groups=True)
    with pytest.raises(ValueError, match="with groups every loss must be finite; set eps above 0"):
        accumulator.update([1, 0], {"a": [0.0, 0.2]}, groups=["p", "q"])
    assert accumulator.n_obs == 0


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


def test_merge_refuses_labels_of_another_type():
    a = sx.LossAccumulator(labels=[0, 1], models=["a"])
    with pytest.raises(ValueError, match="another specification cannot be merged: labels is"):
        a.merge(sx.LossAccumulator(labels=[False, True], models=["a"]))


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
