"""What each sample costs: values by hand, of the plain form, and of mpmath for extreme logits."""

import math

import mpmath
import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.losses.registry import LOSSES
from tests.support.oracles import ORACLES
from tests.support.own_losses import floored, ranked, spherical

RNG = np.random.default_rng(1)
STORY = {
    "model 1": [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]],
    "model 2": [[0.1, 0.2, 0.7], [0.1, 0.7, 0.2], [0.3, 0.4, 0.3]],
}


def test_values_of_the_small_story():
    one, two = STORY.values()
    np.testing.assert_allclose(
        sx.get_loss("mse").per_sample([2, 1, 0], one), [0.54, 0.54, 1.34], rtol=0, atol=1e-15
    )
    np.testing.assert_allclose(
        sx.get_loss("xent").per_sample([2, 1, 0], two), -np.log([0.7, 0.7, 0.3]), rtol=0, atol=1e-15
    )
    for proba in (one, two):
        assert sx.get_loss("error").per_sample([2, 1, 0], proba).tolist() == [0, 0, 1]


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("k", [2, 3, 7, 9])
def test_values_equal_the_plain_form(name, k):
    proba = RNG.dirichlet(np.ones(k), 200)
    codes = RNG.integers(0, k, 200)
    got = sx.get_loss(name).per_sample(codes, proba)
    np.testing.assert_allclose(got, ORACLES[name](codes, proba), rtol=1e-13)


# --- logits ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOSSES)
def test_extreme_logits_give_exact_finite_losses(name):
    got = sx.get_loss(name).per_sample([0, 1], [[1000, -1000], [1000, -1000]], from_logits=True)
    expected = {"cross_entropy": 2000.0}.get(name, 1.0)
    assert got.tolist() == [0.0, expected]


@pytest.mark.parametrize(
    "row",
    [[0, 0], [40, -40], [-40, 40], [1000, -1000], [-1000, 1000], [1e-9, 0, -3], [700, 699, -5]],
)
def test_cross_entropy_of_logits_is_accurate_in_every_digit(row):
    loss = sx.get_loss("cross_entropy")
    with mpmath.workdps(1000):
        total = mpmath.fsum(mpmath.exp(mpmath.mpf(z)) for z in row)
        for code, z in enumerate(row):
            exact = float(mpmath.log(total) - mpmath.mpf(z))
            got = loss.per_sample([code], [row], from_logits=True)[0]
            assert got == pytest.approx(exact, rel=1e-14)


def test_one_column_of_logits_is_the_sigmoid():
    z = np.array([[-3.0], [0.5], [1000.0]])
    got = sx.get_loss("cross_entropy").per_sample([0, 1, 0], z, from_logits=True)
    np.testing.assert_allclose(got, np.logaddexp(0, [-3.0, -0.5, 1000.0]), rtol=1e-15)


def test_minus_infinity_is_a_zero_probability():
    loss = sx.get_loss("cross_entropy")
    logits = [[-np.inf, 0.0]]
    assert loss.per_sample([0], logits, from_logits=True)[0] == -math.log(2.0**-52)
    assert loss.with_options(eps=0).per_sample([0], logits, from_logits=True)[0] == math.inf
    assert loss.per_sample([1], logits, from_logits=True)[0] == 0.0
    soft = loss.per_sample([[0.25, 0.75]], logits, from_logits=True)
    assert soft[0] == pytest.approx(0.25 * -math.log(2.0**-52))


def mp_softmax(logits):
    exps = [mpmath.exp(z) for z in logits]
    return [e / mpmath.fsum(exps) for e in exps]


def test_target_distributions_charge_logits_their_expected_log():
    target, logits = RNG.dirichlet(np.ones(3), 20), RNG.normal(0, 5, (20, 3))
    with mpmath.workdps(50):
        expected = [
            float(
                -mpmath.fsum(t * mpmath.log(p) for t, p in zip(of_row, mp_softmax(z), strict=True))
            )
            for of_row, z in zip(target.tolist(), logits.tolist(), strict=True)
        ]
    got = sx.get_loss("cross_entropy").per_sample(target, logits, from_logits=True)
    np.testing.assert_allclose(got, expected, rtol=1e-14)


def test_a_class_of_target_zero_costs_nothing_even_if_its_cost_is_infinite():
    loss = sx.get_loss("cross_entropy", eps=0)
    assert loss.per_sample([[0.0, 1.0]], [[0.0, 1.0]]).tolist() == [0.0]
    assert loss.per_sample([[0.5, 0.5]], [[0.0, 1.0]]).tolist() == [math.inf]


@pytest.mark.parametrize("k", [2, 3, 16, 17])
@pytest.mark.parametrize("from_logits", [False, True])
def test_an_infinite_expected_loss_leaves_the_rows_beside_it_alone(k, from_logits):
    target, proba = RNG.dirichlet(np.ones(k), 8), RNG.dirichlet(np.ones(k), 8)
    loss = sx.get_loss("cross_entropy", eps=0)
    expected = loss.per_sample(target, proba)
    proba[2], expected[2] = np.eye(k)[0], math.inf
    with np.errstate(divide="ignore"):
        values = np.log(proba) if from_logits else proba
    got = loss.per_sample(target, values, from_logits=from_logits)
    np.testing.assert_allclose(got, expected, rtol=1e-13)


# --- losses of one's own --------------------------------------------------------------------


def test_ranked_probability_score_is_its_definition():
    proba = RNG.dirichlet(np.ones(4), 20)
    codes = RNG.integers(0, 4, 20)
    expected = [
        sum((p[: j + 1].sum() - (c <= j)) ** 2 for j in range(4))
        for p, c in zip(proba, codes, strict=True)
    ]
    np.testing.assert_allclose(ranked.per_sample(codes, proba), expected)


def test_ordered_classes_keep_the_order_of_labels():
    near, far = [[0.1, 0.6, 0.3]], [[0.6, 0.1, 0.3]]
    grades = ["low", "middle", "high"]  # sorted: high, low, middle
    assert sx.mean_loss(ranked, ["high"], near, labels=grades) == pytest.approx(0.5)
    assert sx.mean_loss(ranked, ["high"], far, labels=grades) == pytest.approx(0.85)


def test_own_loss_takes_soft_targets_as_an_expectation():
    proba, target = RNG.dirichlet(np.ones(3), 5), RNG.dirichlet(np.ones(3), 5)
    each = np.stack([spherical.per_sample(np.full(5, j), proba) for j in range(3)], axis=1)
    np.testing.assert_allclose(spherical.per_sample(target, proba), (target * each).sum(axis=1))


def test_own_loss_with_a_floor_counts_and_warns_of_lower_probabilities():
    y, proba = [0, 0, 1], [[0.0, 1.0], [1e-20, 1.0], [0.5, 0.5]]
    with pytest.warns(sx.ZeroProbabilityWarning, match=r"2 of 3 samples .* eps=1e-12"):
        each = sx.mean_loss(floored, y, proba, reduction="none")
    np.testing.assert_allclose(each, -np.log([1e-12, 1e-12, 0.5]))


def test_own_loss_must_return_a_value_a_row():
    bad = sx.Loss(name="bad", title="Bad", function=lambda codes, proba: proba)
    with pytest.raises(
        ValueError, match=r"must return one value a row, shape \(1,\); got \(1, 2\)"
    ):
        bad.per_sample([0], [[0.5, 0.5]])
