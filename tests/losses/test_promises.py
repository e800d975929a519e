"""What a loss of one's own promises is checked: no broken promise gives a number."""

from dataclasses import replace

import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.losses.registry import LOSSES
from tests.support.own_losses import (
    floored,
    linear_gradient,
    linear_hessian,
    ranked,
    spherical,
)

RNG = np.random.default_rng(0)
Y = np.arange(12) % 3
P = np.random.default_rng(0).dirichlet(np.ones(3), 12)
Q = P[::-1].copy()
SORTED_Y = np.sort(Y)


def true_of(codes, proba):
    return np.take_along_axis(proba, codes[:, None], axis=1)[:, 0]


def linear(codes, proba):
    return 1 - true_of(codes, proba)


def own(function=linear, kind=sx.Loss, **options):
    return kind(name="own", title="Own", function=function, **{"range": (0, 1), **options})


def streamed(loss, y, predictions):
    stream = sx.LossAccumulator(models=list(predictions), labels=[0, 1, 2], losses=loss)
    return stream.update(y, predictions)


# --- what is lent is read-only ------------------------------------------------------------------


def writes_codes(codes, proba):
    out = linear(codes, proba)
    codes[:] = 0
    return out


def writes_proba(codes, proba):
    proba /= proba.max()
    return linear(codes, proba)


def writes_soft(target, proba):
    target[:, 0] = 0
    return target[:, 0]


@pytest.mark.parametrize("loss", [own(writes_codes), own(writes_proba)], ids=["codes", "proba"])
@pytest.mark.parametrize(
    "use",
    [
        lambda loss, y: sx.mean_loss(loss, y, P),
        lambda loss, y: sx.mean_loss(loss, y, P, reduction="none"),
        lambda loss, y: sx.compare_predictions(y, {"a": P}, losses=[loss, "brier_loss"]),
        lambda loss, y: sx.LossAccumulator(models=["a"], labels=[0, 1, 2], losses=loss).update(
            y, {"a": P}
        ),
    ],
    ids=["mean", "none", "compare", "stream"],
)
def test_a_function_cannot_write_into_the_users_data(loss, use):
    y, proba = Y.copy(), P.copy()
    with pytest.raises(ValueError, match=r"function of loss own writes into .*Copy them first"):
        use(loss, y)
    assert np.array_equal(y, Y)
    assert np.array_equal(P, proba)


def test_a_soft_function_cannot_write_into_the_targets():
    target = np.eye(3)[Y]
    with pytest.raises(ValueError, match="writes into"):
        sx.mean_loss(own(soft_function=writes_soft), target, P)
    assert np.array_equal(target, np.eye(3)[Y])


def test_an_error_of_the_function_itself_is_not_renamed():
    def fails(codes, proba):
        raise ValueError("my own reason")

    with pytest.raises(ValueError, match=r"^my own reason$"):
        sx.mean_loss(own(fails), Y, P)


# --- one buffer for all calls ---------------------------------------------------------------------


def test_a_function_may_return_the_same_buffer_each_time():
    buffer = np.zeros(1000)

    def reusing(codes, proba):
        out = buffer[: len(codes)]
        out[:] = linear(codes, proba)
        return out

    fresh, same = own(), own(reusing)
    first = same.per_sample(Y, P)
    second = same.per_sample(Y, P[::-1])
    assert np.array_equal(first, fresh.per_sample(Y, P))
    assert np.array_equal(second, fresh.per_sample(Y, P[::-1]))
    assert np.array_equal(same.every_label(P, False), fresh.every_label(P, False))
    other = P[::-1].copy()
    reports = [
        sx.compare_predictions(Y, {"a": P, "b": other}, losses=[loss, "mse"]).differences
        for loss in (fresh, same)
    ]
    assert reports[0].equals(reports[1])
    states = [
        sx.LossAccumulator(models=["a", "b"], labels=[0, 1, 2], losses=loss).update(
            Y, {"a": P, "b": other}
        )
        for loss in (fresh, same)
    ]
    assert states[0].compute().differences.equals(states[1].compute().differences)


# --- what comes back -------------------------------------------------------------------------


def masked(codes, proba):
    out = linear(codes, proba)
    return np.ma.array(out, mask=codes == 1)


def test_masked_losses_are_an_error():
    with pytest.raises(ValueError, match="function of loss own returned masked values; first in"):
        sx.mean_loss(own(masked), Y, P)
    with pytest.raises(ValueError, match="function of loss own returned masked values; first in"):
        sx.mean_loss(own(masked), Q, P)
    unmasked = own(lambda codes, proba: np.ma.array(linear(codes, proba)))
    assert sx.mean_loss(unmasked, Y, P) == sx.mean_loss(own(), Y, P)


def test_masked_derivatives_are_an_error():
    loss = own(gradient_function=lambda codes, proba: np.ma.array(proba, mask=proba > 0.5))
    with pytest.raises(ValueError, match="gradient_function of loss own returned masked values"):
        loss.gradient([0], [[0.0, 3.0]])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda codes, proba: 0.5 * linear(codes, proba), r"zero_one=True.*0 and 1 only; got 0\."),
        (lambda codes, proba: np.full(len(codes), 1 + 1e-9), "zero_one=True"),
    ],
)
def test_zero_one_is_checked(function, message):
    with pytest.raises(ValueError, match=message):
        sx.mean_loss(own(function, zero_one=True), Y, P)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda codes, proba: 0.5, r"one value a row, shape \(12,\); got \(\)"),
        (lambda codes, proba: codes - 1.0, r"returned -1 .* out of the range \[0, 1\]"),
    ],
)
def test_promises_are_checked_where_targets_are_distributions(function, message):
    with pytest.raises(ValueError, match=message):
        sx.mean_loss(own(function), Q, P)


def test_zero_one_is_of_class_codes_only():
    loss = own(lambda codes, proba: (proba.argmax(axis=1) != codes).astype(float), zero_one=True)
    assert sx.mean_loss(loss, Y, P) == sx.classification_error(Y, P)
    assert 0 < sx.mean_loss(loss, P, P[::-1]) < 1


@pytest.mark.parametrize("value", [1.0001, 1.05, -0.01, 1e9, np.inf, np.nan])
def test_the_range_is_checked_to_the_digits_that_rounding_explains(value):
    def outside(codes, proba):
        out = linear(codes, proba)
        out[-1] = value
        return out

    with pytest.raises(ValueError, match=r"out of the range \[0, 1\] of the loss"):
        sx.mean_loss(own(outside), Y, P, reduction="none")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_rows_that_miss_a_sum_of_one_may_leave_the_range(dtype):
    miss = {np.float16: 0.03, np.float32: 3e-4, np.float64: 9e-7}[dtype]
    p = np.array([[1.0, 0.0, miss]], dtype=dtype)
    brier = sx.Loss(
        name="own", title="Own", range=(0, 2),
        function=lambda codes, proba: ((proba - np.eye(3)[codes]) ** 2).sum(axis=1),
    )  # fmt: skip
    for loss in (brier, sx.get_loss("brier_loss")):
        value = sx.mean_loss(loss, [1], p, labels=[0, 1, 2], reduction="none")
        assert value == pytest.approx([2 + float(p[0, 2]) ** 2], rel=1e-12)
    value = sx.mean_loss(ranked, [2], [[1.0, miss, 0.0]] if dtype is np.float64 else
                         np.array([[1.0, miss, 0.0]], dtype), labels=[0, 1, 2])  # fmt: skip
    assert value > 2


def test_losses_computed_in_single_precision_may_round():
    loss = own(lambda codes, proba: np.float32(1 + 1e-7) + np.zeros(len(codes), np.float32))
    assert sx.mean_loss(loss, Y, P) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    "value", [(1, 0), (0,), 3, (0, np.nan), ("a", "b"), None, (0, 1, 2), (True, 2), "01"]
)
def test_a_range_must_be_one(value):
    message = r"range of loss own must be \(least, greatest\)"
    with pytest.raises(ValueError, match=message):
        own(range=value)
    with pytest.raises(ValueError, match=message):
        own(range=lambda n_classes: value).range_for(3)


@pytest.mark.parametrize("value", [(0, np.inf), (-np.inf, 3), (0.5, 0.5), [0, np.float32(1)]])
def test_ranges_that_are_fine(value):
    assert own(range=value).range_for(2) == tuple(value)


# --- each row on its own ---------------------------------------------------------------------


def balanced(codes, proba):
    return linear(codes, proba) / np.bincount(codes, minlength=3)[codes]


def centred(codes, proba):
    out = linear(codes, proba)
    return out - out.mean()


def from_the_least(codes, proba):
    out = linear(codes, proba)
    return out - out.min()


def from_the_greatest(codes, proba):
    out = linear(codes, proba)
    return out.max() - out


def drawn(codes, proba):
    return linear(codes, proba) * RNG.random(len(codes))


@pytest.mark.parametrize("function", [balanced, centred, drawn, from_the_least, from_the_greatest])
@pytest.mark.parametrize("y", [Y, SORTED_Y], ids=["mixed", "sorted"])
def test_a_row_must_not_depend_on_others(function, y):
    loss = own(function, range=(-5, 5))
    with pytest.raises(ValueError, match="another value for a row when it comes with other rows"):
        sx.mean_loss(loss, y, P)
    with pytest.raises(ValueError, match="another value for a row when it comes with other rows"):
        sx.compare_predictions(y, {"a": P, "b": P[::-1]}, losses=[loss])


# --- fast ways -------------------------------------------------------------------------------


class HalfSums(sx.Loss):
    def sums(self, codes, blocks, from_logits):
        for rows, block in blocks:
            yield 0.5 * float(linear(codes[rows], block).sum()), 0


class NoClassTwo(sx.Loss):
    def sums(self, codes, blocks, from_logits):
        for rows, block in blocks:
            yield float(linear(codes[rows], block)[codes[rows] < 2].sum()), 0


class WrongLabels(sx.Loss):
    def every_label(self, values, from_logits):
        return 1 - values[:, ::-1]


class NarrowSpread(sx.Loss):
    def label_spread(self, high, low, n_classes, from_logits):
        return 0.5 * (high - low)


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (HalfSums, "sums"),
        (NoClassTwo, "sums"),
        (WrongLabels, "every_label"),
        (NarrowSpread, "label_spread"),
    ],
)
@pytest.mark.parametrize("y", [Y, SORTED_Y], ids=["mixed", "sorted"])
def test_a_fast_way_must_give_what_the_function_gives(kind, method, y):
    loss = own(kind=kind)
    for use in (
        lambda: sx.mean_loss(loss, y, P),
        lambda: sx.compare_predictions(y, {"a": P, "b": P[::-1]}, losses=loss),
        lambda: streamed(loss, y, {"a": P}),
    ):
        with pytest.raises(ValueError, match=rf"method {method} of loss own"):
            use()


def test_a_loss_of_this_package_with_another_function_is_checked():
    for name, other in LOSSES.items():
        loss = replace(other, function=lambda codes, proba, **_: linear(codes, proba) ** 3)
        with pytest.raises(ValueError, match=f"loss {name}"):
            sx.mean_loss(loss, Y, P)


def test_by_columns_is_checked():
    def reads_memory(codes, proba):
        return 1 - proba.ravel(order="K")[np.arange(len(codes)) * proba.shape[1] + codes]

    sx.mean_loss(own(reads_memory), Y, P)
    with pytest.raises(ValueError, match="by_columns=True"):
        sx.mean_loss(own(reads_memory, by_columns=True), Y, P)


class Fast(sx.Loss):
    def sums(self, codes, blocks, from_logits):
        for rows, block in blocks:
            yield float(linear(codes[rows], block).sum()), 0

    def every_label(self, values, from_logits):
        return 1 - values

    def label_spread(self, high, low, n_classes, from_logits):
        return high - low + 1e-12


@pytest.mark.parametrize(
    "loss",
    [own(), own(by_columns=True), own(kind=Fast), spherical, ranked, floored,
     own(lambda codes, proba: linear(codes, proba).tolist()),
     own(lambda codes, proba: linear(codes, proba) > 0.5)],
    ids=["own", "by columns", "fast", "spherical", "ranked", "floored", "list", "bool"],
)  # fmt: skip
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n", [1, 2, 12])
def test_promises_that_are_kept_change_nothing(loss, order, n):
    p = np.array(P[:n], order=order)
    each = sx.mean_loss(loss, Y[:n], p, labels=[0, 1, 2], reduction="none")
    values = np.asarray(loss.function(Y[:n], P[:n], **loss.options), dtype=float)
    assert np.array_equal(each, values)
    assert sx.mean_loss(loss, Y[:n], p, labels=[0, 1, 2]) == pytest.approx(values.mean(), rel=1e-14)
    soft = sx.mean_loss(loss, np.eye(3)[Y[:n]], p, labels=[0, 1, 2], reduction="none")
    assert soft == pytest.approx(values)


# --- logits and derivatives ------------------------------------------------------------------


def linear_of_logits(targets, logits):
    proba = np.exp(logits - logits.max(axis=1, keepdims=True))
    proba /= proba.sum(axis=1, keepdims=True)
    if targets.ndim == 2:
        return 1 - (targets * proba).sum(axis=1)
    return linear(targets, proba)


LOGITS = 3 * np.log(P)


@pytest.mark.parametrize(
    "function",
    [
        lambda t, z: 0.99 * linear_of_logits(t, z),
        lambda t, z: 1 - linear_of_logits(t, z),
        lambda t, z: linear_of_logits(t, z / 2),
        lambda t, z: np.clip(np.abs(z[:, 0]), 0, 1),
    ],
)
@pytest.mark.parametrize("y", [Y, Q], ids=["codes", "soft"])
def test_a_function_of_logits_must_give_what_the_function_gives(function, y):
    loss = own(logit_function=function)
    uses = [
        lambda: sx.mean_loss(loss, y, LOGITS, from_logits=True),
        lambda: sx.compare_predictions(y, {"a": LOGITS}, losses=[loss], from_logits=True),
    ]
    for use in uses:
        with pytest.raises(ValueError, match="logit_function of loss own must give what its func"):
            use()
    assert sx.mean_loss(loss, y, P) == sx.mean_loss(own(), y, P)  # it is not used


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
def test_a_good_function_of_logits_may_be_more_accurate(scale):
    """Where probabilities underflow, or a floor would decide, it may well differ."""

    def of_logits(codes, logits):
        top = logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
        return log_sum - np.take_along_axis(logits, codes[:, None], axis=1)[:, 0]

    for options in ({}, {"options": {"eps": 0.2}}):
        function = (
            floored.function if options else lambda codes, proba: -np.log(true_of(codes, proba))
        )
        loss = own(
            function,
            logit_function=lambda codes, logits, **_: of_logits(codes, logits),
            range=(0, np.inf),
            **options,
        )
        logits = scale * RNG.normal(size=(12, 3))
        value = sx.mean_loss(loss, Y, logits, from_logits=True)
        assert value == pytest.approx(sx.cross_entropy(Y, logits, from_logits=True))


DERIVATIVES = {"gradient": linear_gradient, "hessian": linear_hessian}


@pytest.mark.parametrize("kind", DERIVATIVES)
@pytest.mark.parametrize(
    "mistake",
    [
        lambda right, t, p: -right,
        lambda right, t, p: 2 * right,
        lambda right, t, p: 1.1 * right,
        lambda right, t, p: right - 0.05,
        lambda right, t, p: np.zeros_like(right),
        lambda right, t, p: right * (np.arange(3) < 2),
        lambda right, t, p: right[:, ::-1],
        lambda right, t, p: p - (t if t.ndim == 2 else np.eye(3)[t]),
    ],
)
@pytest.mark.parametrize("y", [Y, Q], ids=["codes", "soft"])
@pytest.mark.parametrize("has_gradient", [False, True])
def test_derivatives_must_be_those_of_the_function(kind, mistake, y, has_gradient):
    def wrong(targets, proba):
        return mistake(DERIVATIVES[kind](targets, proba), targets, proba)

    functions = {"gradient_function": linear_gradient} if has_gradient else {}
    loss = own(**{**functions, f"{kind}_function": wrong})
    message = rf"the {kind}_function of loss own does not fit its function: by class \d at the"
    with pytest.raises(ValueError, match=message):
        getattr(loss, kind)(y, LOGITS)
    with pytest.raises(ValueError, match=message):  # again
        getattr(loss, kind)(y[:1], LOGITS[:1])


def test_a_negative_curvature_is_refused():
    loss = own(gradient_function=linear_gradient, curvature_function=lambda t, p: p - 0.4)
    with pytest.raises(ValueError, match=r"curvature_function .* it must not be negative"):
        sx.objective(loss)([0, 1], [0.0, 0.0])


def test_wrong_derivatives_train_nothing():
    loss = own(gradient_function=lambda t, p: p, hessian_function=linear_hessian)
    with pytest.raises(ValueError, match="gradient_function of loss own does not fit"):
        sx.objective(loss)([0, 1, 2], np.zeros((3, 3)))


class Inherited(sx.Loss):
    """A loss whose class has the gradient."""

    def __init__(self, gradient):
        super().__init__(
            name="own", title="Own", function=linear, range=(0, 1), gradient_function=gradient
        )


def test_losses_of_ones_own_class_are_checked_too():
    with pytest.raises(ValueError, match="does not fit"):
        Inherited(lambda t, p: p).gradient(Y, LOGITS)
    assert Inherited(linear_gradient).gradient(Y, LOGITS).shape == (12, 3)


def test_derivatives_of_this_package_beside_another_function_are_checked():
    loss = replace(sx.get_loss("brier_loss"), function=lambda y, p, **_: linear(y, p))
    with pytest.raises(ValueError, match="gradient_function of loss brier_loss does not fit"):
        replace(loss, logit_function=None).gradient(Y, LOGITS)


def hinge(codes, proba):
    """With a kink where the true class has a half, and steps beyond a tenth."""
    true = true_of(codes, proba)
    return np.maximum(0.0, 0.5 - true)


def hinge_gradient(targets, proba):
    target = targets if targets.ndim == 2 else np.eye(proba.shape[1])[targets]
    slope = -1.0 * (proba < 0.5) * target * proba
    return slope - proba * slope.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("k", [2, 3, 9, 40])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize(
    ("function", "options"),
    [
        (linear, {"gradient_function": linear_gradient, "hessian_function": linear_hessian}),
        (linear, {"hessian_function": linear_hessian}),
        (
            lambda y, p: linear(y, p.astype(np.float32)),
            {"gradient_function": lambda t, p: linear_gradient(t, p.astype(np.float32)),
             "hessian_function": linear_hessian},
        ),
        (hinge, {"gradient_function": hinge_gradient}),
        (lambda y, p: np.floor(3 * p[:, 0]) / 3, {"gradient_function": lambda t, p: 0 * p}),
        (
            lambda y, p, eps: -np.log(np.maximum(true_of(y, p), eps)),
            {"options": {"eps": 0.1}, "range": (0, np.inf),
             "gradient_function": lambda t, p, eps: sx.get_loss("xent").gradient(t, np.log(p))},
        ),
    ],
)  # fmt: skip
def test_right_derivatives_are_taken(function, options, soft, k):
    loss = own(function, **options)
    logits = RNG.normal(size=(5, k))
    y = RNG.dirichlet(np.ones(k), 5) if soft else RNG.integers(0, k, 5)
    for kind in ("gradient", "hessian"):
        given = options.get(f"{kind}_function")
        if given is not None:
            proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            np.testing.assert_allclose(
                getattr(loss, kind)(y, logits),
                given(y, proba, **options.get("options", {})),
                rtol=1e-5,
                atol=1e-8,
            )


def test_derivatives_are_checked_once():
    calls = []

    def counted(targets, proba):
        calls.append(len(proba))
        return linear_gradient(targets, proba)

    loss = own(gradient_function=counted)
    for _ in range(3):
        loss.gradient(Y, LOGITS)
    assert calls[:1] + calls[2:] == [12, 12, 12]


def test_a_soft_function_agrees_with_the_function_where_the_target_is_sure():
    def expectation(targets, proba):
        return 1.0 - (targets * proba).sum(axis=1)

    soft = np.random.default_rng(1).dirichlet(np.ones(3), 12)
    for y in (soft, np.eye(3)[Y]):
        assert sx.mean_loss(own(soft_function=expectation), y, P) == pytest.approx(
            sx.mean_loss(own(), y, P)
        )
        wrong = own(soft_function=lambda t, p: 0.9 * expectation(t, p))
        with pytest.raises(ValueError, match="soft_function of loss own must give what its functi"):
            sx.mean_loss(wrong, y, P)
    assert sx.mean_loss(wrong, Y, P) == sx.mean_loss(own(), Y, P)  # where it is not used


def test_losses_whose_squares_overflow_are_refused():
    huge = own(lambda codes, proba: 1e200 * true_of(codes, proba), range=(0, np.inf))
    with pytest.raises(ValueError, match=r"losses must be at most 1e\+100; own reaches .*e\+199"):
        sx.compare_predictions(Y, {"a": P, "b": Q}, losses=[huge])
    large = own(lambda codes, proba: 1e90 * true_of(codes, proba), range=(0, np.inf))
    means = sx.compare_predictions(Y, {"a": P, "b": Q}, losses=[large]).summary["mean_loss"]
    assert means[0] == pytest.approx(1e90 * true_of(Y, P).mean())
