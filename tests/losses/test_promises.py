"""What a loss of one's own promises is checked: no broken promise gives a number."""

from dataclasses import replace

import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.losses.registry import LOSSES
from tests.support.own_losses import floored, ranked, spherical

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
