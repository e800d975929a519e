"""The laws that every loss obeys, each a function of a loss and a problem that asserts it.

A problem is class codes 0..k-1 and logits; its probabilities are their softmax. Everything goes
through the public functions, so that a law tests the whole path and not the formula alone.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from sklearn import config_context

import sklearn_xent as sx
from tests.support.oracles import softmax


@dataclass(frozen=True)
class Problem:
    codes: np.ndarray
    logits: np.ndarray
    weight: np.ndarray
    """Small positive whole numbers."""
    order: np.ndarray
    """A permutation of the classes."""

    @property
    def proba(self):
        return softmax(self.logits)

    @property
    def k(self):
        return self.logits.shape[1]


def mean(loss, y, values, labels, **options):
    return sx.mean_loss(loss, y, values, labels=labels, **options)


def assert_same(a, b, rtol=1e-12):
    np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-14)


def both_ways(problem):
    """Options for the plain and for the weighted form of a law."""
    return [{}, {"sample_weight": problem.weight}]


def rows_in_any_order(loss, problem):
    labels = range(problem.k)
    shuffled = np.random.default_rng(0).permutation(len(problem.codes))
    for options in both_ways(problem):
        moved = {key: value[shuffled] for key, value in options.items()}
        assert_same(
            mean(loss, problem.codes, problem.proba, labels, **options),
            mean(loss, problem.codes[shuffled], problem.proba[shuffled], labels, **moved),
        )


def classes_in_any_order(loss, problem):
    order = problem.order
    for options in both_ways(problem):
        here = mean(loss, problem.codes, problem.proba, list(range(problem.k)), **options)
        there = mean(loss, problem.codes, problem.proba[:, order], order.tolist(), **options)
        assert here == there  # to the last bit: the columns are sorted by label first


def labels_of_any_type(loss, problem):
    names = np.asarray([f"class {n}" for n in problem.order])
    # a tie goes to the first label in sorted order, so other names may break it otherwise
    untied = softmax(problem.logits + 0.01 * np.arange(problem.k))
    for options in both_ways(problem):
        assert_same(
            mean(loss, problem.codes, untied, list(range(problem.k)), **options),
            mean(loss, names[problem.codes], untied, names, **options),
        )


def weights_are_repeats(loss, problem):
    labels = range(problem.k)
    repeated = np.repeat(np.arange(len(problem.codes)), problem.weight)
    assert_same(
        mean(loss, problem.codes, problem.proba, labels, sample_weight=problem.weight),
        mean(loss, problem.codes[repeated], problem.proba[repeated], labels),
    )


def samples_make_the_mean(loss, problem):
    labels = range(problem.k)
    for options in both_ways(problem):
        each = mean(loss, problem.codes, problem.proba, labels, reduction="none", **options)
        total = options.get("sample_weight", np.ones(len(each))).sum()
        assert_same(each.sum() / total, mean(loss, problem.codes, problem.proba, labels, **options))
        assert_same(
            each.sum(), mean(loss, problem.codes, problem.proba, labels, reduction="sum", **options)
        )


def logits_are_probabilities(loss, problem):
    labels = range(problem.k)
    for options in both_ways(problem):
        assert_same(
            mean(loss, problem.codes, problem.logits, labels, from_logits=True, **options),
            mean(loss, problem.codes, problem.proba, labels, **options),
            rtol=1e-9,
        )


def logits_may_shift(loss, problem):
    labels = range(problem.k)
    # halves keep the differences of the logits exact
    logits = np.round(problem.logits * 16) / 16
    shift = np.arange(len(logits))[:, None] * 0.5 - 3.0
    assert_same(
        mean(loss, problem.codes, logits, labels, from_logits=True),
        mean(loss, problem.codes, logits + shift, labels, from_logits=True),
    )


def one_hot_is_hard(loss, problem):
    labels = range(problem.k)
    one_hot = np.eye(problem.k)[problem.codes]
    for options in both_ways(problem):
        assert_same(
            mean(loss, one_hot, problem.proba, labels, **options),
            mean(loss, problem.codes, problem.proba, labels, **options),
        )


def truth_is_best(loss, problem):
    """Proper: no prediction has a lower expected loss than the true distribution."""
    codes = np.arange(problem.k)
    target = problem.proba[0]

    def expected(prediction):
        rows = np.broadcast_to(prediction, (problem.k, problem.k))
        return mean(loss, codes, rows, range(problem.k), sample_weight=target)

    best = expected(target)
    for other in problem.proba[1:]:
        assert best <= expected(other) + 1e-12
        if loss.strictly_proper and np.abs(other - target).max() > 1e-3:
            assert best < expected(other)


def true_class_pays(loss, problem):
    """The loss falls as the probability of the true class rises, the others shrinking alike."""
    one_hot = np.eye(problem.k)[problem.codes]
    values = [
        mean(loss, problem.codes, (1 - t) * problem.proba + t * one_hot, range(problem.k),
             reduction="none")
        for t in (0.0, 0.25, 0.5, 1.0)
    ]  # fmt: skip
    for before, after in pairwise(values):
        assert (after <= before + 1e-12).all()


def trusted_values_keep_the_bits(loss, problem):
    labels = range(problem.k)
    for options in both_ways(problem):
        for values, from_logits in ((problem.proba, False), (problem.logits, True)):
            for reduction in ("mean", "none"):
                kind = {"from_logits": from_logits, "reduction": reduction, **options}
                checked = mean(loss, problem.codes, values, labels, **kind)
                with config_context(assume_finite=True):
                    trusted = mean(loss, problem.codes, values, labels, **kind)
                np.testing.assert_array_equal(trusted, checked)


def entropy_plus_divergence(loss, problem):
    """Only of cross-entropy: the expected loss is the entropy plus the KL divergence."""
    from scipy.special import rel_entr
    from scipy.stats import entropy

    target, prediction = problem.proba[:1], problem.proba[-1:]
    assert_same(
        mean(loss, target, prediction, range(problem.k)),
        entropy(target[0]) + rel_entr(target[0], prediction[0]).sum(),
        rtol=1e-9,
    )


OF_EVERY_LOSS = (
    rows_in_any_order,
    labels_of_any_type,
    weights_are_repeats,
    samples_make_the_mean,
    logits_are_probabilities,
    logits_may_shift,
    one_hot_is_hard,
    truth_is_best,
    true_class_pays,
    trusted_values_keep_the_bits,
)
OF_NOMINAL_LOSSES = (classes_in_any_order,)
OF_CROSS_ENTROPY = (entropy_plus_divergence,)
