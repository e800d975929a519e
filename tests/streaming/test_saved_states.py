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
     {"sklearn_xent": "something else", "version": 3},
     {"sklearn_xent": "LossAccumulator", "version": 3, "spec": {}, "state": {}}],
)  # fmt: skip
def test_what_was_never_saved(saved):
    with pytest.raises(ValueError, match=r"saved must be what LossAccumulator.to_dict returned"):
        sx.LossAccumulator.from_dict(saved)


def test_a_state_of_another_version_says_what_to_do():
    saved = {**add(empty()).to_dict(), "version": 1}
    message = r"version 1 of the saved form is not version 3, .*: read the data again"
    with pytest.raises(ValueError, match=message):
        sx.LossAccumulator.from_dict(saved)


def saved_state(**options):
    """What is saved of all samples, as it comes back from JSON."""
    weighted, grouped = options.get("weighted", False), options.get("groups", False)
    accumulator = add(empty(**options), weighted=weighted, grouped=grouped)
    return json.loads(json.dumps(accumulator.to_dict()))


REPLACED = [
    ("losses 0 models 0 moments n", -5, "-5 is no count"),
    ("losses 0 models 0 moments n", 3.7, "3.7 is no count"),
    ("losses 0 models 0 moments n", 399, "its counts do not fit together"),
    ("losses 2 pairs 1 moments n", 401, "its counts do not fit together"),
    ("losses 0 models 0 moments n_positive", 401, "a summary has more signs than samples"),
    ("losses 0 pairs 0 moments clusters", True, "a summary is not one of samples"),
    ("losses 0 models 0 moments weight", "0p0", "a summary is not one of samples"),
    ("losses 0 models 0 moments weight", "1p0", "its counts do not fit together"),
    ("losses 0 models 0 moments square_weight", "0p0", "a summary is not one of samples"),
    ("losses 0 models 0 moments first", "1p99999999", "is no sum"),
    ("losses 0 models 0 moments least", "0x1p99999", "too large"),
    ("losses 0 models 0 moments least", "nan", "'nan' is no number"),
    ("losses 0 models 0 n_zero", -1, "-1 is no count"),
    ("losses 0 pairs 0 label_range", "nan", "'nan' is no number"),
    ("losses 0 pairs 0 label_range", "-0x1p0", "is no range"),
    ("losses", [], "losses has not 3 entries"),
    ("losses 1 models", [], "models has not 3 entries"),
    ("losses 1 pairs", [], "pairs has not 3 entries"),
    ("classes", ["1p0"], "classes has not 3 entries"),
    ("classes 0", "-1p0", "is no sum of weights"),
    ("classes 0", "1p0", "its counts do not fit together"),
    ("bins", [], "bins has not 3 entries"),
    ("bins 0", [], "bins of a model has not 3 entries"),
    ("bins 0 0 hits", ["1p0"], "bins has not 2 entries"),
    ("clusters", [], "its counts do not fit together"),
    ("clusters 0 1 weight", "0p0", "a cluster has no samples"),
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
