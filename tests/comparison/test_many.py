"""Many classes, many models, many slices: work grows with what there is, not with its square.

Function calls are counted, and not seconds, so that a busy machine changes nothing.
"""

import cProfile
import pstats

import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx
from sklearn_xent.comparison import frames
from sklearn_xent.inference.small_samples import (
    effective_counts,
    have_rare_class,
    slices_with_rare_class,
)
from sklearn_xent.losses.cross_entropy import CrossEntropy
from sklearn_xent.scoring.skill import reference_loss

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")


def n_calls(function):
    profile = cProfile.Profile()
    profile.runcall(function)
    return pstats.Stats(profile).total_calls


class Label:
    """A label that counts how often it is compared."""

    compared = 0

    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return hash(self.number)

    def __eq__(self, other):
        Label.compared += 1
        return isinstance(other, Label) and self.number == other.number

    def __lt__(self, other):
        return self.number < other.number


def test_columns_are_ordered_without_comparing_each_with_each():
    n = 400
    proba = RNG.dirichlet(np.ones(n), 3)
    labels = [Label(i) for i in range(n)]
    columns = RNG.permutation(n)
    frame = pd.DataFrame(proba[:, columns], columns=[Label(i) for i in columns])
    Label.compared = 0
    loss = sx.cross_entropy([Label(0), Label(1), Label(2)], frame, labels=labels)
    assert loss == sx.cross_entropy([0, 1, 2], proba, labels=range(n))
    assert Label.compared < 20 * n


class Counting(CrossEntropy):
    """Cross-entropy that counts the cells it looks at."""

    cells = 0

    def every_label(self, values, from_logits):
        Counting.cells += values.size
        return super().every_label(values, from_logits)

    def evaluate(self, y, values, from_logits):
        Counting.cells += values.size
        return super().evaluate(y, values, from_logits)


OWN = sx.Loss(
    name="own", title="Own", function=lambda codes, p: 1.0 - p[np.arange(len(codes)), codes]
)
ORDERED = sx.Loss(
    name="ordered",
    title="Ordered",
    ordered=True,
    function=lambda codes, p: np.cumsum(p, axis=1)[np.arange(len(codes)), codes],
)


@pytest.mark.parametrize(
    "loss", [*map(sx.get_loss, ("error", "mse", "xent")), OWN, ORDERED], ids=lambda x: x.name
)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("labels", [["a", "b", "c", "d"], ["d", "a", "c", "b"]])
def test_the_reference_of_any_loss_is_the_mean_of_the_constant_matrix(loss, weighted, labels):
    y = [*"aaabbdd"]  # c does not occur
    weight = RNG.uniform(0.5, 2, len(y)) if weighted else None
    prior = RNG.dirichlet(np.ones(4))
    expected = sx.mean_loss(loss, y, np.tile(prior, (7, 1)), labels=labels, sample_weight=weight)
    own = RNG.dirichlet(np.ones(4), 7)
    mean = sx.mean_loss(loss, y, own, labels=labels, sample_weight=weight)
    skill = sx.skill_score(loss, y, own, reference=prior, labels=labels, sample_weight=weight)
    assert skill == pytest.approx(1 - mean / expected, rel=1e-12)


def test_the_reference_looks_at_each_class_once():
    n, loss = 500, Counting()
    target, _ = sx.inputs.validation.validate(
        [0, 1, 1], {"p": RNG.dirichlet(np.ones(n), 3)}, labels=range(n)
    )
    Counting.cells = 0
    reference_loss(loss, target, np.full(n, 1 / n))
    assert Counting.cells == n


def test_a_scorer_with_a_prior_of_many_classes():
    n = 20_000
    scorer = sx.LossScorer("mse", prior=dict.fromkeys(range(n), 1 / n), skill=True)
    assert scorer._task.reference == pytest.approx(1 - 1 / n)


@pytest.mark.parametrize("n_slices", [1, 5])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("own_classes", [False, True])
def test_rare_classes_of_slices_are_those_of_the_whole_table(n_slices, weighted, own_classes):
    n_classes, fewest = 6, 3
    for n in (3, 10, 40, 120):
        y = RNG.choice(5, n, p=[0.5, 0.3, 0.1, 0.08, 0.02])  # the sixth never occurs
        codes = RNG.integers(n_slices, size=n)
        weight = RNG.choice([0.0, 1.0, 3.0], n) if weighted else None
        counts = np.zeros((n_slices, n_classes))
        found = effective_counts(y, weight, n_classes, codes)
        counts[: len(found)] = found
        if own_classes:
            counts[(counts == 0) & (counts > 0).any(axis=0)] = np.inf
        rare = slices_with_rare_class(
            y, weight, n_classes, codes, n_slices, fewest, own_classes=own_classes
        )
        assert rare.tolist() == have_rare_class(counts, fewest).tolist()


def compared(n_models, n_classes=2, n=30, **options):
    y = np.arange(n) % n_classes
    models = {f"m{i}": RNG.dirichlet(np.ones(n_classes), n) for i in range(n_models)}
    return sx.compare_predictions(y, models, labels=range(n_classes), losses="xent", **options)


@pytest.mark.parametrize("planned", [False, True])
def test_sentences_take_as_long_as_there_are_pairs(planned):
    few, many = (
        compared(
            m, pairs=[(f"m{i}", f"m{j}") for i in range(m) for j in range(i)] if planned else None
        )
        for m in (10, 30)
    )
    ratio = len(many.differences) / len(few.differences)
    assert n_calls(many.sentences) < 1.5 * ratio * n_calls(few.sentences)


def test_slices_of_pairs_take_as_long_as_there_are_pairs():
    comparison = compared(20)
    slices = ["a", "b"] * 15
    calls = n_calls(lambda: comparison.by(slices, pairs=True))
    assert calls < 400 * len(comparison.differences)


def test_slices_and_classes_may_both_be_many():
    comparison = compared(1, n_classes=3000)
    per_class = comparison.per_class
    assert len(per_class) == 3000
    assert per_class["n_obs"].sum() == 30
    assert comparison._samples.missed_classes(None)


def test_many_pairs_tell_of_baseline(monkeypatch):
    monkeypatch.setattr(frames, "MANY_PAIRS", 5)
    with pytest.warns(
        sx.XentWarning, match=r"4 models make 6 pairs.*Pass baseline=\.\.\., or pairs"
    ):
        compared(4)
    heard = compared(4, baseline="m0").warnings
    assert not any("make" in str(warning) for warning in heard)
