import math

import mpmath
import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.losses.registry import read_losses
from tests.support.oracles import ORACLES
from tests.support.own_losses import ranked, spherical

RNG = np.random.default_rng(1)
NAMES = ["classification_error", "brier_loss", "cross_entropy"]
STORY = {
    "model 1": [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]],
    "model 2": [[0.1, 0.2, 0.7], [0.1, 0.7, 0.2], [0.3, 0.4, 0.3]],
}


def test_per_sample_values_of_the_small_story():
    one, two = STORY.values()
    np.testing.assert_allclose(
        sx.get_loss("mse").per_sample([2, 1, 0], one), [0.54, 0.54, 1.34], rtol=0, atol=1e-15
    )
    np.testing.assert_allclose(
        sx.get_loss("xent").per_sample([2, 1, 0], two), -np.log([0.7, 0.7, 0.3]), rtol=0, atol=1e-15
    )
    for proba in (one, two):
        assert sx.get_loss("error").per_sample([2, 1, 0], proba).tolist() == [0, 0, 1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("k", [2, 3, 7])
def test_equals_the_plain_form(name, k):
    proba = RNG.dirichlet(np.ones(k), 200)
    codes = RNG.integers(0, k, 200)
    got = sx.get_loss(name).per_sample(codes, proba)
    np.testing.assert_allclose(got, ORACLES[name](codes, proba), rtol=1e-13)


# --- derivatives ----------------------------------------------------------------------------


def mp_loss(name, target, logits):
    """Loss of one row in mpmath, written down independently."""
    exps = [mpmath.exp(z) for z in logits]
    proba = [e / mpmath.fsum(exps) for e in exps]
    if name == "brier_loss":
        squares = mpmath.fsum((p - t) ** 2 for p, t in zip(proba, target, strict=True))
        return squares / 2 if len(proba) == 2 else squares
    return -mpmath.fsum(t * mpmath.log(p) for p, t in zip(proba, target, strict=True) if t)


def mp_derivative(name, target, logits, j, order):
    def along(z):
        return mp_loss(name, target, [*logits[:j], z, *logits[j + 1 :]])

    return float(mpmath.diff(along, logits[j], order))


@pytest.mark.parametrize("name", ["brier_loss", "cross_entropy"])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize(
    "logits", [[0.3, -0.2], [1.0, -2.0, 0.5], [4.0, -4.0, 0.0, 1.5], [30.0, 0.0, -1.0]]
)
def test_derivatives_against_mpmath(name, soft, logits):
    k = len(logits)
    loss = sx.get_loss(name)
    for code in range(k):
        target = RNG.dirichlet(np.ones(k)) if soft else np.eye(k)[code]
        y = [target] if soft else [code]
        with mpmath.workdps(60):
            z = [mpmath.mpf(x) for x in logits]
            t = [mpmath.mpf(float(x)) for x in target]
            t[-1] = 1 - mpmath.fsum(t[:-1])
            first = [mp_derivative(name, t, z, j, 1) for j in range(k)]
            second = [mp_derivative(name, t, z, j, 2) for j in range(k)]
        np.testing.assert_allclose(loss.gradient(y, [logits])[0], first, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(loss.hessian(y, [logits])[0], second, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("columns", [1, 2, 4])
@pytest.mark.parametrize("scale", [False, "auto"])
def test_derivatives_against_finite_differences(name, columns, scale):
    options = {"scale_by_half": scale} if name == "brier_loss" else {}
    loss = sx.get_loss(name, **options)
    logits = RNG.normal(size=(30, columns)) * 2
    codes = RNG.integers(0, max(2, columns), 30)
    step = 1e-4
    for j in range(columns):
        up, down = logits.copy(), logits.copy()
        up[:, j] += step
        down[:, j] -= step
        high, here, low = (loss.per_sample(codes, z, from_logits=True) for z in (up, logits, down))
        np.testing.assert_allclose(
            loss.gradient(codes, logits)[:, j], (high - low) / (2 * step), atol=1e-6
        )
        np.testing.assert_allclose(
            loss.hessian(codes, logits)[:, j], (high - 2 * here + low) / step**2, atol=1e-5
        )


@pytest.mark.parametrize("shape", [(5,), (5, 1), (5, 2)])
def test_derivatives_have_the_shape_of_the_logits(shape):
    logits = RNG.normal(size=shape)
    for name in NAMES:
        loss = sx.get_loss(name)
        assert loss.gradient([0, 1, 1, 0, 1], logits).shape == shape
        assert loss.hessian([0, 1, 1, 0, 1], logits).shape == shape


def test_sigmoid_gradient_of_cross_entropy_is_p_minus_y():
    logits = np.array([-800.0, -3.0, 0.0, 40.0])
    p = [0.0, 1 / (1 + math.exp(3)), 0.5, 1.0]
    got = sx.get_loss("cross_entropy").gradient([1, 0, 1, 0], logits)
    np.testing.assert_allclose(got, [-1.0, p[1], -0.5, 1.0], rtol=1e-14)


@pytest.mark.parametrize("name", ["brier_loss", "cross_entropy"])
def test_confidently_wrong_trains_only_under_cross_entropy(name):
    gradient = sx.get_loss(name).gradient([1], [[30.0, 0.0]])
    assert np.abs(gradient).max() == pytest.approx(1.0 if name == "cross_entropy" else 0, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_extreme_logits_give_exact_finite_losses(name):
    got = sx.get_loss(name).per_sample([0, 1], [[1000, -1000], [1000, -1000]], from_logits=True)
    expected = {"cross_entropy": 2000.0}.get(name, 1.0)
    assert got.tolist() == [0.0, expected]


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


def test_targets_that_are_distributions_charge_logits_their_expected_log():
    target, logits = RNG.dirichlet(np.ones(3), 20), RNG.normal(0, 5, (20, 3))
    with mpmath.workdps(50):
        expected = [
            float(mp_loss("cross_entropy", t.tolist(), z.tolist()))
            for t, z in zip(target, logits, strict=True)
        ]
    got = sx.get_loss("cross_entropy").per_sample(target, logits, from_logits=True)
    np.testing.assert_allclose(got, expected, rtol=1e-14)


# --- fast ways ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("k", [2, 3])
def test_fast_sums_are_those_of_the_samples(name, from_logits, k):
    loss, codes = sx.get_loss(name), RNG.integers(0, k, 50)
    values = RNG.normal(0, 3, (50, k)) if from_logits else RNG.dirichlet(np.ones(k), 50)
    blocks = [(slice(0, 30), values[:30]), (slice(30, 50), values[30:])]
    parts = list(loss.sum_function(codes, iter(blocks), from_logits, **loss.options))
    expected = loss.per_sample(codes, values, from_logits=from_logits).sum()
    assert sum(part for part, _ in parts) == pytest.approx(expected, rel=1e-12)
    assert sum(n_zero for _, n_zero in parts) == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("spread", [1e-3, 0.5, 5.0, 50.0])
def test_what_another_label_could_cost_is_bounded(name, from_logits, k, spread):
    """By no more than the range of the loss, and tightly, where the extremes tell it."""
    loss = sx.get_loss(name)
    logits = np.vstack([RNG.normal(0, spread, (50, k)), np.zeros((1, k))])
    proba = np.exp(logits - logits.max(axis=1, keepdims=True))
    values = logits if from_logits else proba / proba.sum(axis=1, keepdims=True)
    high, low = values.max(axis=1), values.min(axis=1)
    bound = loss.label_spread(high, low, k, from_logits)
    every = loss.every_label(values, from_logits)
    reached = every.max(axis=1) - every.min(axis=1)
    assert (bound >= reached).all()
    assert (bound <= loss.range_for(k)[1] * (1 + 1e-8)).all()
    if name == "cross_entropy" or (name == "brier_loss" and not from_logits):
        np.testing.assert_allclose(bound, reached, rtol=1e-8, atol=1e-11)


def test_the_bound_of_what_a_label_could_cost_has_the_floor_of_the_loss():
    loss = sx.get_loss("cross_entropy", eps=0.25)
    bound = loss.label_spread(np.array([0.5, 0.9, 0.2]), np.array([0.3, 0.1, 0.2]), 3, False)
    np.testing.assert_allclose(bound, np.log([0.5 / 0.3, 0.9 / 0.25, 1]), rtol=1e-8, atol=1e-11)


# --- by name --------------------------------------------------------------------------------


def test_properties():
    error, brier, xent = (sx.get_loss(name) for name in NAMES)
    assert [x.strictly_proper for x in (error, brier, xent)] == [False, True, True]
    assert error.range_for(3) == (0, 1)
    assert brier.range_for(3) == (0, 2)
    assert brier.range_for(2) == (0, 1)
    assert brier.with_options(scale_by_half=False).range_for(2) == (0, 2)
    assert xent.range_for(2) == (0, math.inf)
    assert [x.zero_one for x in (error, brier, xent)] == [True, False, False]
    assert (xent.unit, xent.eps, error.eps) == ("nats", 2.0**-52, None)
    assert all(x.lower_is_better for x in (error, brier, xent))
    assert ranked.range_for(5) == (0, 4)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("error", "classification_error"),
        ("zero_one_loss", "classification_error"),
        ("mse", "brier_loss"),
        ("mean_squared_error", "brier_loss"),
        ("brier_score", "brier_loss"),
        ("log_loss", "cross_entropy"),
        ("xent", "cross_entropy"),
    ],
)
def test_aliases(alias, name):
    assert sx.get_loss(alias) is sx.get_loss(name)


def test_get_loss_errors():
    with pytest.raises(ValueError, match="unknown loss 'hinge'; known: classification_error"):
        sx.get_loss("hinge")
    with pytest.raises(ValueError, match="losses must be names or Losses; got 3"):
        sx.compare_predictions([0, 1], {"a": [0.2, 0.7]}, losses=3)
    with pytest.raises(TypeError, match="must be a name or a Loss; got int"):
        sx.get_loss(3)
    with pytest.raises(TypeError, match="brier_loss takes no option 'eps'; its options: scale"):
        sx.get_loss("brier_loss", eps=0)


def test_read_losses():
    assert [loss.name for loss in read_losses(None)] == NAMES
    assert read_losses("mse") == [sx.get_loss("brier_loss")]
    assert read_losses(spherical) == [spherical]
    assert read_losses(["xent", spherical]) == [sx.get_loss("cross_entropy"), spherical]
    assert read_losses(iter(["error", "mse"])) == [sx.get_loss("error"), sx.get_loss("mse")]


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        (3, r"losses must be names or Losses; got 3\."),
        ([], r"losses must name each loss once, and at least one; got \[\]"),
        (["mse", "xent", "brier_loss"], r"each loss once.*'brier_loss', 'cross_entropy', 'brier"),
        (["hinge"], "unknown loss 'hinge'"),
    ],
)
def test_read_losses_errors(losses, message):
    with pytest.raises(ValueError, match=message):
        read_losses(losses)


def test_plain_softmax_agrees_with_gradient_at_optimum():
    target = RNG.dirichlet(np.ones(3), 4)
    gradient = sx.get_loss("cross_entropy").gradient(target, np.log(target))
    np.testing.assert_allclose(gradient, 0, atol=1e-15)


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("loss", [*map(sx.get_loss, NAMES), spherical], ids=lambda x: x.name)
def test_every_label_is_the_loss_of_each_class(loss, k):
    logits = RNG.normal(0, 3, (50, k))
    logits[3, 1], logits[4] = -np.inf, 0.0
    proba = np.exp(logits - logits.max(axis=1, keepdims=True))
    proba /= proba.sum(axis=1, keepdims=True)
    for values, from_logits in ((proba, False), (logits, True)):
        every = loss.every_label(values, from_logits)
        for j in range(k):
            each = loss.evaluate(np.full(50, j), values, from_logits)
            np.testing.assert_allclose(every[:, j], each, rtol=1e-12, atol=1e-15)
