import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.inputs.validation import validate
from sklearn_xent.scoring import evaluation

RNG = np.random.default_rng(6)
LOSSES = [sx.get_loss(name) for name in ("classification_error", "brier_loss", "cross_entropy")]


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
    assert result.n_zero_probability == [1 if from_logits else 2] * 3


def test_a_sum_beyond_all_numbers_is_infinite():
    y, proba = np.zeros(200_000, dtype=int), np.full((200_000, 2), 0.5)
    y[[0, -1]] = 1  # in two blocks
    huge = sx.Loss(name="huge", title="Huge", function=lambda codes, p: 1.5e308 * codes)
    assert sx.mean_loss(huge, y[:-1], proba[:-1]) == pytest.approx(1.5e308 / 199_999)
    assert sx.mean_loss(huge, y, proba) == np.inf


def test_a_sum_function_that_returns_nan_is_told():
    def broken(codes, blocks, from_logits):
        yield from ((np.nan, 0) for _ in blocks)

    loss = sx.Loss(
        name="own", title="Own", function=lambda codes, p: 0.5 * codes, sum_function=broken
    )
    with pytest.raises(ValueError, match="sum_function of loss own returned nan"):
        sx.mean_loss(loss, [0, 1], [[0.5, 0.5]] * 2)


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
