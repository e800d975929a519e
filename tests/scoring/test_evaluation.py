import math

import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx
from sklearn_xent.inputs.validation import validate
from sklearn_xent.losses.registry import read_losses
from sklearn_xent.scoring import evaluation
from tests.support.oracles import softmax
from tests.support.own_losses import ranked

RNG = np.random.default_rng(6)
LOSSES = read_losses(None)


def cleaned(n=70_000, k=5, **options):
    y, proba = RNG.integers(0, k, n), RNG.dirichlet(np.ones(k), n)
    target, [predictions] = validate(y, {"p": proba}, **options)
    return y, proba, target, predictions


def test_all_losses_in_one_pass_are_each_alone():
    *_, target, predictions = cleaned()
    together = evaluation.per_sample(LOSSES, target, predictions)
    for loss, values in zip(LOSSES, together.values, strict=True):
        alone = evaluation.per_sample([loss], target, predictions)
        np.testing.assert_array_equal(values, alone.values[0])
        assert evaluation.total(loss, target, predictions)[0] == pytest.approx(values.sum())
        assert evaluation.mean(loss, target, predictions)[0] == pytest.approx(values.mean())


def test_unsorted_labels_give_the_same_bits():
    y, proba, target, predictions = cleaned()
    order = [3, 0, 4, 1, 2]
    other_truth, [other] = validate(y, {"p": proba[:, order]}, labels=order)
    one = evaluation.per_sample(LOSSES, target, predictions)
    two = evaluation.per_sample(LOSSES, other_truth, other)
    np.testing.assert_array_equal(one.values, two.values)


@pytest.mark.parametrize("from_logits", [False, True])
def test_zero_probabilities_are_counted(from_logits):
    proba = np.array([[0.0, 1.0], [1e-20, 1.0], [0.5, 0.5], [1.0, 0.0]])
    with np.errstate(divide="ignore"):
        values = np.log(proba) if from_logits else proba
    logits = ["p"] if from_logits else []
    target, [predictions] = validate([0, 0, 0, 0], {"p": values}, labels=[0, 1], logits=logits)
    result = evaluation.per_sample(LOSSES, target, predictions)
    # a logit is exact where a probability underflows: only -inf is zero
    assert result.n_zero_probability.tolist() == [1 if from_logits else 2] * 3


def test_losses_by_model_are_those_of_each_model():
    y, good, *_ = cleaned(n=40)
    bad = good.copy()
    bad[0] = np.eye(5)[y[0] - 1]
    target, predictions = validate(y, {"good": good, "bad": bad}, labels=range(5))
    together = evaluation.losses_by_model(LOSSES, target, predictions)
    assert together.values.shape == (3, 2, 40)
    assert together.n_zero_probability.tolist() == [[0, 1]] * 3
    for i, prediction in enumerate(predictions):
        alone = evaluation.per_sample(LOSSES, target, prediction)
        np.testing.assert_array_equal(together.values[:, i], alone.values)
        np.testing.assert_array_equal(together.n_zero_probability[:, i], alone.n_zero_probability)


def test_a_sum_beyond_all_numbers_is_infinite():
    y, proba = np.zeros(200_000, dtype=int), np.full((200_000, 2), 0.5)
    y[[0, -1]] = 1  # in two blocks
    huge = sx.Loss(name="huge", title="Huge", function=lambda codes, p: 1.5e308 * codes)
    assert sx.mean_loss(huge, y[:-1], proba[:-1]) == pytest.approx(1.5e308 / 199_999)
    assert sx.mean_loss(huge, y, proba) == np.inf


def test_names_of_columns_are_no_order_of_classes():
    proba = pd.DataFrame([[0.0, 1.0, 0.0]], columns=["high", "low", "middle"])
    with pytest.raises(ValueError, match="ranked_probability depends on the order of the classes"):
        sx.mean_loss(ranked, ["high"], proba)
    assert sx.mean_loss(ranked, ["high"], proba, labels=["low", "middle", "high"]) == 2.0
    numbers = proba.set_axis([3, 1, 2], axis=1)
    assert sx.mean_loss(ranked, [3], numbers) == 2.0


class FastSums(sx.Loss):
    """A loss of one's own that says what it sums up to, and of how many rows it was asked."""

    def sums(self, codes, blocks, from_logits):
        for _, block in blocks:
            self.options["asked"].append(len(block))
            total = self.options["each"] * len(block)
            yield (math.nan if len(block) > self.options["most"] else total), 1


def test_the_sums_of_a_loss_of_ones_own_are_taken():
    asked = []
    loss = FastSums(
        name="own",
        title="Own",
        function=lambda codes, p, each, **_: np.full(len(codes), each),
        options={"each": 3.0, "asked": asked, "most": 100},
    )
    y, proba = [0, 1] * 50, [[0.5, 0.5]] * 100
    assert sx.mean_loss(loss, y, proba) == 3.0
    assert 100 in asked
    asked.clear()
    assert sx.mean_loss(loss, y, proba, sample_weight=[1.0] * 100) == 3.0
    assert sx.mean_loss(loss, np.eye(2)[y], proba) == 3.0
    assert 100 not in asked  # sums have no weights, and are of class codes
    with pytest.raises(ValueError, match="the method sums of loss own returned nan"):
        sx.mean_loss(loss.with_options(most=99), y, proba)


@pytest.mark.parametrize("weighted", [False, True])
def test_label_ranges_against_a_loop(weighted):
    n, k = 40_000, 3
    y, weight = RNG.integers(0, k, n), RNG.random(n)
    models = [RNG.dirichlet(np.ones(k), n) for _ in range(3)]
    target, predictions = validate(
        y, {f"p{i}": p for i, p in enumerate(models)}, labels=[2, 0, 1],
        sample_weight=weight if weighted else None,
    )  # fmt: skip
    pairs = [(0, 1), (1, 2)]
    got = evaluation.label_ranges(LOSSES, target, predictions, pairs)
    scaled = target.weight if weighted else 1.0
    for i, loss in enumerate(LOSSES):
        every = [
            np.column_stack([loss.per_sample(np.full(n, j), p) for j in range(k)]) for p in models
        ]
        for j, (a, b) in enumerate(pairs):
            expected = (np.ptp(every[a] - every[b], axis=1) * scaled).max()
            assert got[i, j] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("k", [3, 70])
@pytest.mark.parametrize("n_models", [2, 4])
def test_label_ranges_have_the_same_bits_in_parts_and_in_any_layout(k, n_models):
    n = 3000
    base = RNG.normal(size=(n, k))
    models = [softmax(base + 0.3 * RNG.normal(size=(n, k))) for _ in range(n_models)]
    pairs = [(i, j) for i in range(n_models) for j in range(i)]
    codes = np.arange(n) % k

    def ranges_of(rows, order, known=None):
        given = {f"p{i}": np.asarray(p[rows], order=order) for i, p in enumerate(models)}
        target, predictions = validate(codes[rows], given, labels=range(k))
        if order == "F":
            predictions = [prediction.read() for prediction in predictions]
        return evaluation.label_ranges(LOSSES, target, predictions, pairs, known)

    whole, known = ranges_of(slice(0, n), "C"), None
    for start in (2000, 0, 1000):
        known = ranges_of(slice(start, start + 1000), "F", known)
    np.testing.assert_array_equal(known, whole)
    for i, loss in enumerate(LOSSES):
        costs = [loss.every_label(p, False) for p in models]
        for found, (a, b) in zip(whole[i], pairs, strict=True):
            expected = np.ptp(costs[a] - costs[b], axis=1).max()
            assert found == pytest.approx(expected, rel=1e-12)
