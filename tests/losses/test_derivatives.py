"""Gradient, Hessian and curvature, compared with mpmath and with finite differences."""

import math

import mpmath
import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.losses.registry import LOSSES
from tests.support.oracles import softmax
from tests.support.own_losses import (
    linear_function,
    linear_gradient,
    linear_hessian,
    spherical,
)

RNG = np.random.default_rng(1)
SMOOTH = [loss for loss in LOSSES.values() if loss.has_derivatives]


def mp_loss(name, target, logits):
    """Loss of one row in mpmath, written down independently."""
    exps = [mpmath.exp(z) for z in logits]
    proba = [e / mpmath.fsum(exps) for e in exps]
    if name == "brier_loss":
        squares = mpmath.fsum((p - t) ** 2 for p, t in zip(proba, target, strict=True))
        return squares / 2 if len(proba) == 2 else squares
    if name == "ranked_probability":
        cumulated = [mpmath.fsum(proba[:j]) - mpmath.fsum(target[:j]) for j in range(len(proba))]
        return mpmath.fsum(x**2 for x in cumulated)
    return -mpmath.fsum(t * mpmath.log(p) for p, t in zip(proba, target, strict=True) if t)


def mp_derivative(name, target, logits, j, order):
    def along(z):
        return mp_loss(name, target, [*logits[:j], z, *logits[j + 1 :]])

    return float(mpmath.diff(along, logits[j], order))


@pytest.mark.parametrize("name", ["brier_loss", "cross_entropy", "ranked_probability"])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize(
    "logits", [[0.3, -0.2], [1.0, -2.0, 0.5], [4.0, -4.0, 0.0, 1.5], [30.0, 0.0, -1.0]]
)
def test_derivatives_are_those_of_mpmath(name, soft, logits):
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


@pytest.mark.parametrize(
    "loss",
    [*SMOOTH, sx.get_loss("brier_loss", scale_by_half=False)],
    ids=lambda loss: repr(loss)[6:-1],
)
@pytest.mark.parametrize("columns", [1, 2, 4])
def test_derivatives_are_finite_differences(loss, columns):
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
@pytest.mark.parametrize("loss", SMOOTH, ids=lambda loss: loss.name)
def test_derivatives_have_the_shape_of_the_logits(loss, shape):
    logits = RNG.normal(size=shape)
    assert loss.gradient([0, 1, 1, 0, 1], logits).shape == shape
    assert loss.hessian([0, 1, 1, 0, 1], logits).shape == shape
    assert loss.curvature([0, 1, 1, 0, 1], logits).shape == shape


def jacobian(p):
    """Of the softmax: dp_i / dz_j."""
    return np.diag(p) - np.outer(p, p)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_brier_curvature_is_the_gauss_newton_diagonal(k):
    logits, codes = RNG.normal(0, 3, (20, k)), RNG.integers(0, k, 20)
    scale = 1.0 if k == 2 else 2.0
    expected = [scale * np.square(jacobian(p)).sum(axis=0) for p in softmax(logits)]
    got = sx.get_loss("brier_loss").curvature(codes, logits)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_curvature_of_other_losses_is_the_absolute_hessian():
    logits, codes = RNG.normal(0, 3, (20, 3)), [0] * 20
    loss = sx.Loss(
        name="own", title="Own", function=linear_function,
        gradient_function=linear_gradient, hessian_function=linear_hessian,
    )  # fmt: skip
    for other in (loss, sx.get_loss("cross_entropy")):
        np.testing.assert_array_equal(
            other.curvature(codes, logits), np.abs(other.hessian(codes, logits))
        )


def test_sigmoid_gradient_of_cross_entropy_is_p_minus_y():
    logits = np.array([-800.0, -3.0, 0.0, 40.0])
    p = [0.0, 1 / (1 + math.exp(3)), 0.5, 1.0]
    got = sx.get_loss("cross_entropy").gradient([1, 0, 1, 0], logits)
    np.testing.assert_allclose(got, [-1.0, p[1], -0.5, 1.0], rtol=1e-14)


def test_gradient_of_cross_entropy_vanishes_at_the_target():
    target = RNG.dirichlet(np.ones(3), 4)
    gradient = sx.get_loss("cross_entropy").gradient(target, np.log(target))
    np.testing.assert_allclose(gradient, 0, atol=1e-15)


@pytest.mark.parametrize(("name", "size"), [("brier_loss", 0.0), ("cross_entropy", 1.0)])
def test_confidently_wrong_trains_only_under_cross_entropy(name, size):
    gradient = sx.get_loss(name).gradient([1], [[30.0, 0.0]])
    assert np.abs(gradient).max() == pytest.approx(size, abs=1e-12)


def test_own_loss_without_derivatives_says_so():
    with pytest.raises(TypeError, match="spherical has no gradient: make the Loss with a"):
        spherical.gradient([0], [[0.0, 1.0]])
    for second in (spherical.hessian, spherical.curvature):
        with pytest.raises(TypeError, match="spherical has no hessian"):
            second([0], [[0.0, 1.0]])


@pytest.mark.parametrize(
    ("given", "has"),
    [
        ([], False),
        (["gradient_function"], False),
        (["hessian_function"], False),
        (["gradient_function", "hessian_function"], True),
        (["gradient_function", "curvature_function"], True),
    ],
)
def test_has_derivatives(given, has):
    functions = dict.fromkeys(["function", *given], lambda y, p: p)
    assert sx.Loss(name="own", title="Own", **functions).has_derivatives == has


@pytest.mark.parametrize("row", [[np.inf, 0.0], [-np.inf, -np.inf], [np.nan, 0.0]])
def test_logits_without_a_softmax_are_refused(row):
    for method in (sx.get_loss("mse").gradient, sx.get_loss("mse").hessian):
        with pytest.raises(ValueError, match=r"must not be nan or \+inf.*first in row 1"):
            method([0, 1], [[0.0, 1.0], row])
