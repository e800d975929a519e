"""A saved state comes back as it was, and anything else is refused."""

import json
import pickle

import numpy as np
import pytest

import sklearn_xent as sx
from tests.support.streams import (
    N,
    add,
    empty,
    own_loss,
)


def test_saved_and_restored_in_the_middle():
    accumulator = add(empty(weighted=True, groups=True), slice(0, 150), weighted=True, grouped=True)
    restored = sx.LossAccumulator.from_dict(json.loads(json.dumps(accumulator.to_dict())))
    assert restored.digest() == accumulator.digest()
    add(restored, slice(150, N), weighted=True, grouped=True)
    whole = add(empty(weighted=True, groups=True), weighted=True, grouped=True)
    assert restored.digest() == whole.digest()
    assert pickle.loads(pickle.dumps(whole)).digest() == whole.digest()


def test_every_sum_comes_back():
    accumulator = add(empty(weighted=True, groups=True, n_bins=4), weighted=True, grouped=True)
    restored = sx.LossAccumulator.from_dict(json.loads(json.dumps(accumulator.to_dict())))
    assert restored._state == accumulator._state


@pytest.mark.parametrize(("models", "classes", "limit"), [(2, 3, 6_000), (10, 10, 80_000)])
def test_the_state_is_small(models, classes, limit):
    rng = np.random.default_rng(0)
    p = {f"m{i}": rng.dirichlet(np.ones(classes), 5000) for i in range(models)}
    accumulator = sx.LossAccumulator(labels=range(classes), models=list(p))
    accumulator.update(rng.integers(0, classes, 5000), p)
    assert len(json.dumps(accumulator.to_dict())) < limit


@pytest.mark.parametrize(
    "saved",
    [None, {}, {"sklearn_xent": "LossAccumulator", "version": 99}, [],
     {"sklearn_xent": "something else", "version": 4},
     {"sklearn_xent": "LossAccumulator", "version": 4, "spec": {}, "state": {}}],
)  # fmt: skip
def test_what_was_never_saved(saved):
    with pytest.raises(ValueError, match=r"saved must be what LossAccumulator.to_dict returned"):
        sx.LossAccumulator.from_dict(saved)


@pytest.mark.parametrize("version", [0, 1, 2, 5, 99, True, 3.0, 4.0, "4", None, [4]])
def test_a_state_of_another_version_says_what_to_do(version):
    saved = {**add(empty()).to_dict(), "version": version}
    message = r"version .* of the saved form is neither 3 nor 4, .*: read the data again"
    with pytest.raises(ValueError, match=message):
        sx.LossAccumulator.from_dict(saved)


@pytest.mark.parametrize("options", [{}, {"groups": True}, {"weighted": True, "n_bins": 3}])
def test_a_state_of_version_3_is_read(options):
    saved = saved_state(**options)
    former = {**saved, "version": 3, "state": dict(saved["state"])}
    del former["digest"], former["state"]["kinds"]
    restored = sx.LossAccumulator.from_dict(former)
    assert restored.digest() == saved["digest"] == sx.LossAccumulator.from_dict(saved).digest()
    former["state"]["losses"][1]["models"][0]["moments"]["first"] = "fffffp0"
    with pytest.raises(ValueError, match="sums of a summary do not fit its extremes"):
        sx.LossAccumulator.from_dict(former)


def test_a_state_of_version_3_whose_clusters_have_two_names_is_refused():
    saved = saved_state(groups=True)
    del saved["digest"], saved["state"]["kinds"]
    saved["state"]["clusters"][0][0] = "7"
    with pytest.raises(ValueError, match="which would be two clusters each"):
        sx.LossAccumulator.from_dict({**saved, "version": 3})


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("digest", "0" * 64),
        ("digest", None),
        ("spec models", ["b", "a", "c"]),
        ("spec labels 0", ["z", "y", "x"]),
        ("spec from_logits", ["a"]),
        ("state losses 1 pairs 0 label_range", "0x1p0"),
        ("state losses 1 models 0 n_zero", 3),
        ("state losses 2 models 0 moments greatest", "0x1.2p5"),
    ],
)
def test_a_change_that_fits_is_seen_by_the_digest(place, value):
    saved = saved_state()
    *steps, last = [int(step) if step.isdigit() else step for step in place.split()]
    part = saved
    for step in steps:
        part = part[step]
    assert part[last] != value
    part[last] = value
    with pytest.raises(ValueError, match="it was changed: its digest is another one"):
        sx.LossAccumulator.from_dict(saved)


def test_a_cluster_that_was_removed_or_doubled_is_noticed():
    saved = saved_state(groups=True)
    clusters = saved["state"]["clusters"]
    for changed in (clusters[1:], [*clusters, clusters[0]], [*clusters, ["x", clusters[0][1]]]):
        altered = {**saved, "state": {**saved["state"], "clusters": changed}}
        with pytest.raises(ValueError, match=r"do not fit together|more than once"):
            sx.LossAccumulator.from_dict(altered)


def nested(depth):
    """Return a list in a list in a list ..."""
    out = []
    for _ in range(depth):
        out = [out]
    return out


@pytest.mark.parametrize(
    "place", ["spec labels", "spec losses", "spec models", "state losses", "state classes 0",
              "state clusters", "state losses 0 models 0 n_zero", "digest", "version",
              "spec", "state", "sklearn_xent"],
)  # fmt: skip
def test_deep_nesting_is_refused(place):
    saved = saved_state(groups=True)
    *steps, last = [int(step) if step.isdigit() else step for step in place.split()]
    part = saved
    for step in steps:
        part = part[step]
    part[last] = nested(20_000)
    with pytest.raises(ValueError, match=r"saved must be what LossAccumulator.to_dict returned"):
        sx.LossAccumulator.from_dict(saved)


@pytest.mark.parametrize("kind", range(5))
def test_states_of_odd_samples_are_read(kind):
    """The invariants hold for infinite losses, tiny and huge weights and losses, ties and zeros."""
    rng = np.random.default_rng(kind)
    n, zero = 50, sx.get_loss("cross_entropy").with_options(eps=0)
    signed = sx.Loss(name="s", title="S", function=lambda c, p: p[:, 0] - 0.5, range=(-1, 1))
    tiny = sx.Loss(name="t", title="T", function=lambda c, p: 1e-320 * p[:, 0], range=(0, 1))
    sharp = np.eye(3)[rng.integers(0, 3, n)]
    weight = [
        np.full(n, 0.1),
        10.0 ** rng.uniform(-100, 100, n),
        rng.integers(0, 3, n),
        np.full(n, 1e100),
        rng.uniform(0, 1, n),
    ][kind]
    proba = {"a": sharp, "b": sharp, "c": rng.dirichlet(np.ones(3), n).astype("float32")}
    accumulator = sx.LossAccumulator(
        labels=[0, 1, 2], models=list("abc"), losses=["error", "mse", zero, signed, tiny],
        weighted=True, n_bins=7,
    )  # fmt: skip
    for rows in (slice(0, 1), slice(1, n)):
        y = rng.integers(0, 3, n)[rows]
        accumulator.update(y, {name: p[rows] for name, p in proba.items()}, weight[rows] + 0.0)
    saved = json.loads(json.dumps(accumulator.to_dict()))
    restored = sx.LossAccumulator.from_dict(saved, losses=[signed, tiny])
    assert restored.digest() == accumulator.digest()


def saved_state(**options):
    """What is saved of all samples, as it comes back from JSON."""
    weighted, grouped = options.get("weighted", False), options.get("groups", False)
    accumulator = add(empty(**options), weighted=weighted, grouped=grouped)
    return json.loads(json.dumps(accumulator.to_dict()))


REPLACED = [
    ("losses 0 models 0 moments n", -5, "-5 is no count"),
    ("losses 0 models 0 moments n", 3.7, "3.7 is no count"),
    ("losses 0 models 0 moments n", 399, "the weights of a summary do not fit together"),
    ("losses 2 pairs 1 moments n", 401, "the weights of a summary do not fit together"),
    ("losses 0 models 0 moments n_positive", 401, "a summary has more signs than samples"),
    ("losses 0 pairs 0 moments clusters", True, "a summary is not one of samples"),
    ("losses 0 models 0 moments weight", "0p0", "a summary is not one of samples"),
    ("losses 0 models 0 moments weight", "1p0", "the weights of a summary do not fit together"),
    ("losses 0 models 0 moments greatest_weight", "0x1p1", "the weights of a summary do not fit"),
    ("losses 1 models 0 moments first", "fffffp0", "sums of a summary do not fit its extremes"),
    ("losses 1 models 0 moments first", "-10p0", "sums of a summary do not fit its extremes"),
    ("losses 1 models 0 moments second", "fffffp0", "sums of a summary do not fit its extremes"),
    ("losses 1 models 0 moments second", "0p0", "sums of a summary do not fit its extremes"),
    ("losses 1 models 0 moments weighted", "fffffp0", "sums of a summary do not fit its"),
    ("losses 1 models 0 moments greatest", "0x1.47ap+11", "a loss is out of its range"),
    ("losses 1 models 0 moments greatest", "-0x1p0", "extremes of a summary do not fit its counts"),
    ("losses 1 models 0 moments least", "-0x1p-4", "extremes of a summary do not fit its counts"),
    ("losses 1 models 0 moments n_plus_inf", 1, "extremes of a summary do not fit its counts"),
    ("losses 1 models 0 moments n_negative", 1, "more signs than samples"),
    ("losses 1 models 0 moments n_nan", 1, "more signs than samples"),
    ("losses 1 pairs 0 moments first", "0p0", "a difference is not that of its models"),
    ("losses 0 models 0 moments square_weight", "0p0", "a summary is not one of samples"),
    ("losses 0 models 0 moments first", "1p99999999", "is no sum"),
    ("losses 0 models 0 moments least", "0x1p99999", "too large"),
    ("losses 0 models 0 moments least", "nan", "'nan' is no number"),
    ("losses 0 models 0 n_zero", -1, "-1 is no count"),
    ("losses 0 models 0 n_zero", True, "True is no count"),
    ("losses 0 models 0 n_zero", 401, "more probabilities are zero than there are samples"),
    ("losses 0 pairs 0 label_range", "nan", "'nan' is no number"),
    ("losses 0 pairs 0 label_range", "-0x1p0", "is no range"),
    ("losses", [], "losses has not 3 entries"),
    ("losses 1 models", [], "models has not 3 entries"),
    ("losses 1 pairs", [], "pairs has not 3 entries"),
    ("classes", ["1p0"], "classes has not 3 entries"),
    ("classes 0", "-1p0", "is no sum of weights"),
    ("classes 0", "1p0", "the bins do not hold the samples"),
    ("bins 1 0 hits 0", "0p0", "the bins do not hold the samples"),
    ("bins 1 0 weight 0", "0p0", "the bins do not hold the samples"),
    ("bins 1 0 proba 0", "fffp0", "the bins do not hold the samples"),
    ("bins", [], "bins has not 3 entries"),
    ("bins 0", [], "bins of a model has not 3 entries"),
    ("bins 0 0 hits", ["1p0"], "bins has not 2 entries"),
    ("clusters", [], "its counts do not fit together"),
    ("clusters 0 1 weight", "0p0", "a cluster has no samples"),
    ("clusters 0 1 weight", "1p0", "its counts do not fit together"),
    ("clusters 0 1 losses 1 0", "1p0", "its counts do not fit together"),
    ("clusters 0 0", 1, "a key is there more than once"),
    ("clusters 0 0", True, "a key is there more than once"),
    ("clusters 0 0", 1.0, "a key is there more than once"),
    ("clusters 0 0", "x", "its counts do not fit together"),
    ("clusters 0 0", ["x"], "unhashable"),
    ("kinds numbers", False, "its counts do not fit together"),
    ("kinds numbers", 1, "1 is neither true nor false"),
    ("clusters 0 1 losses", [], "losses has not 3 entries"),
    ("clusters 0 1 losses 0", [], "models has not 3 entries"),
]
"""The place of a value in the state, what it is replaced by, and the error."""


@pytest.mark.parametrize(("place", "value", "message"), REPLACED)
def test_a_tampered_state_is_refused(place, value, message):
    saved = saved_state(n_bins=2, groups=True)
    *steps, last = [int(step) if step.isdigit() else step for step in place.split()]
    part = saved["state"]
    for step in steps:
        part = part[step]
    part[last] = value
    with pytest.raises(ValueError, match=rf"saved must be what .*{message}"):
        sx.LossAccumulator.from_dict(saved)


def test_a_state_without_a_sum_is_refused():
    saved = saved_state()
    del saved["state"]["losses"][0]["models"][0]["n_zero"]
    with pytest.raises(ValueError, match=r"saved must be what .* 'n_zero'"):
        sx.LossAccumulator.from_dict(saved)


def test_clusters_where_there_are_none_are_refused():
    clusters = saved_state(groups=True)["state"]["clusters"]
    without, nothing = saved_state(), empty(groups=True).to_dict()
    without["state"]["clusters"] = nothing["state"]["clusters"] = clusters
    for saved, message in ((without, "do not fit together"), (nothing, "classes has not 3")):
        with pytest.raises(ValueError, match=rf"saved must be what .*{message}"):
            sx.LossAccumulator.from_dict(saved)


def test_labels_that_were_saved_as_another_type_are_refused():
    saved = sx.LossAccumulator(labels=[0, 1], models=["a"]).to_dict()
    saved["spec"]["labels"][0] = [0.0, 1.0]
    with pytest.raises(ValueError, match=r"saved must be what .* labels changed their types"):
        sx.LossAccumulator.from_dict(saved)


def test_odd_labels_cannot_be_saved():
    accumulator = sx.LossAccumulator(labels=[("a", 1), ("b", 2)], models=["m"])
    with pytest.raises(ValueError, match="labels must be strings, numbers or bools to be saved"):
        accumulator.to_dict()


def test_a_loss_of_ones_own_is_needed_again():
    loss = sx.Loss(name="own", title="Own", function=own_loss, range=(0, 1))
    accumulator = add(empty(losses=[loss]))
    saved = accumulator.to_dict()
    with pytest.raises(ValueError, match=r"pass losses=\[...\] with the loss 'own'"):
        sx.LossAccumulator.from_dict(saved)
    assert sx.LossAccumulator.from_dict(saved, losses=[loss]).digest() == accumulator.digest()
    for bad in (["own"], loss, 3):
        with pytest.raises(ValueError, match="losses must be Losses of your own; got"):
            sx.LossAccumulator.from_dict(saved, losses=bad)


def test_a_loss_of_ones_own_by_a_name_of_ours():
    loss = sx.Loss(name="brier_loss", title="Own", function=own_loss, range=(0, 1))
    saved = add(empty(losses=[loss])).to_dict()
    with pytest.raises(ValueError, match=r"pass losses=.* with the loss 'brier_loss'"):
        sx.LossAccumulator.from_dict(saved)
    restored = sx.LossAccumulator.from_dict(saved, losses=[loss])
    assert restored.digest() == add(empty(losses=[loss])).digest()
