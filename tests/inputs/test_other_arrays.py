"""Arrays of other libraries come to the host: the same bits as from numpy, or a clear error.

The tests that need those libraries are run by `make test-arrays`. The others use arrays that
behave like theirs.
"""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from sklearn_xent._host import to_host
from sklearn_xent.inputs.predictions import Predictions
from sklearn_xent.losses.registry import LOSSES
from tests.support import laws
from tests.support.other_arrays import OTHERS
from tests.support.own_losses import ranked, spherical

N = 24
Y = np.arange(N) % 3
P = np.random.default_rng(0).dirichlet(np.ones(3), N)
Q = np.random.default_rng(1).dirichlet(np.ones(3), N)
WEIGHT = np.arange(1.0, N + 1)
GROUPS = np.arange(N) // 2
X = np.random.default_rng(2).normal(size=(N, 2)) + Y[:, None]


# --- arrays that behave like those of other libraries -------------------------------------------


class OnDevice:
    """An array that only its own method brings to the host, like CuPy's."""

    def __init__(self, values):
        self._values = np.asarray(values)

    shape = property(lambda self: self._values.shape)
    dtype = property(lambda self: self._values.dtype)
    ndim = property(lambda self: self._values.ndim)

    def __len__(self):
        return len(self._values)

    def __getitem__(self, key):
        return type(self)(self._values[key])

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed")

    def __dlpack__(self, **options):
        raise BufferError("the device is not the host")

    def __dlpack_device__(self):
        return (2, 0)

    def get(self):
        return self._values


class ByDLPack(OnDevice):
    """An array that only speaks DLPack."""

    get = None

    def __dlpack__(self, **options):
        return self._values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._values.__dlpack_device__()


class Unreadable(OnDevice):
    def get(self):
        raise RuntimeError("the device was lost.\nA long trace follows")


LIKE = {"CuPy": OnDevice, "DLPack": ByDLPack}


def each_way(wrap):
    """Return what every entry makes of wrapped arrays, as plain values."""
    names = np.array(["a", "b", "c"])
    answers = {
        "error": sx.classification_error(wrap(Y), wrap(P)),
        "labels": sx.classification_error(wrap(Y), wrap(P.argmax(axis=1))),
        "brier": sx.brier_loss(wrap(Y), wrap(P), sample_weight=wrap(WEIGHT)),
        "strings on the host": sx.cross_entropy(names[Y], wrap(P)),
        "soft": sx.cross_entropy(wrap(Q), wrap(P)),
        "order": sx.brier_loss(wrap(Y), wrap(P), labels=wrap(np.array([2, 0, 1]))),
        "column": sx.brier_loss(wrap(Y > 1), wrap(P[:, 0])),
        "logits": sx.cross_entropy(wrap(Y), wrap(np.log(Q)), from_logits=True),
        "rows": sx.brier_loss(list(map(wrap, Q)), tuple(map(wrap, P))),
        "cells": sx.brier_loss(Y, [[wrap(x) for x in row] for row in P]),
        "items": sx.brier_loss(list(map(wrap, Y)), P, sample_weight=list(map(wrap, WEIGHT))),
        "each": sx.cross_entropy(wrap(Y), wrap(P), reduction="none").tolist(),
        "skill": sx.skill_score("mse", wrap(Y), wrap(P)),
        "own": sx.mean_loss(spherical, wrap(Y), wrap(P)),
        "per sample": sx.get_loss("mse").per_sample(wrap(Y), wrap(P)).tolist(),
        "gradient": sx.get_loss("xent").gradient(wrap(Y), wrap(np.log(P))).tolist(),
        "objective": [x.tolist() for x in sx.objective("xent")(wrap(Y), wrap(np.log(P)))],
        "metric": sx.eval_metric("xent")(wrap(Y), wrap(P)),
        "score function": sx.neg_brier_loss._score_func(wrap(Y), wrap(P)),
    }
    two = {"a": wrap(P), "b": wrap(Q)}
    options = {"sample_weight": wrap(WEIGHT), "groups": wrap(GROUPS)}
    compared = sx.compare_predictions(wrap(Y), two, **options)
    in_time = sx.compare_predictions(wrap(Y), two, times=wrap(GROUPS), losses="mse")
    folded = sx.compare_predictions(wrap(Y), two, folds=wrap(Y), losses="mse")
    stream = sx.LossAccumulator(labels=wrap(np.arange(3)), models=["a", "b"], weighted=True)
    stream.update(wrap(Y), two, wrap(WEIGHT)).update(wrap(Y), two, wrap(0 * WEIGHT))
    frames = {
        "compared": compared.differences,
        "slices": compared.by(wrap(Y % 2)),
        "in time": in_time.summary,
        "folded": folded.differences,
        "stream": stream.compute().summary,
        "decomposed": compared.decompose(),
    }
    return answers | {name: frame.to_csv() for name, frame in frames.items()}


EXPECTED = {}


def expected(digits, plain):
    """Return what every entry makes of the numpy arrays that others stand for."""
    if digits not in EXPECTED:
        EXPECTED[digits] = each_way(plain)
    return EXPECTED[digits]


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
@pytest.mark.parametrize("kind", LIKE.values(), ids=LIKE)
def test_arrays_on_a_device_are_read_everywhere(kind):
    found = each_way(kind)
    for name, value in expected("float64", np.asarray).items():
        assert found[name] == value, name


def test_results_are_plain():
    values = OnDevice(P)
    assert type(sx.brier_loss(OnDevice(Y), values)) is float
    assert type(sx.brier_loss(OnDevice(Y), values, reduction="none")) is np.ndarray
    stored = sx.compare_predictions(OnDevice(Y), {"a": values}).decompose()
    assert isinstance(stored, pd.DataFrame)


class GaussianOnDevice(GaussianNB):
    """An estimator whose probabilities stay on its device."""

    wrap = OnDevice

    def predict_proba(self, X):
        return self.wrap(super().predict_proba(X))


def test_an_estimator_may_return_them():
    scores = cross_val_score(GaussianOnDevice(), X, Y, scoring=sx.neg_cross_entropy)
    same = cross_val_score(GaussianNB(), X, Y, scoring=sx.neg_cross_entropy)
    assert np.array_equal(scores, same)


def one_model(**options):
    return sx.compare_models(
        {"bayes": GaussianOnDevice(), "flat": GaussianNB(var_smoothing=1.0)},
        X, losses=["mse", "xent"], **options,
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
@pytest.mark.parametrize("y", [Y, Y[:, None]], ids=["vector", "column"])
def test_models_are_compared_with_labels_on_a_device(y):
    cv = [(np.arange(12), np.arange(12, N)), (np.arange(12, N), np.arange(12))]
    on_device = [(OnDevice(train), OnDevice(test)) for train, test in cv]
    expected = one_model(y=Y, cv=cv, sample_weight=WEIGHT)
    found = one_model(y=OnDevice(y), cv=on_device, sample_weight=OnDevice(WEIGHT))
    assert found.differences.equals(expected.differences)


KINDS = []


class TakesWhatItGets(GaussianNB):
    """Remember the kinds of what it was fitted on."""

    def fit(self, X, y):
        KINDS.append((type(X), type(y)))
        return super().fit(to_host("X", X), to_host("y", y))

    def predict_proba(self, X):
        return super().predict_proba(to_host("X", X))


@pytest.mark.parametrize(
    ("data", "kinds"), [(X, (np.ndarray, np.ndarray)), (OnDevice(X), (OnDevice, OnDevice))]
)
def test_labels_stay_on_a_device_only_beside_data_on_one(data, kinds):
    KINDS.clear()
    sx.compare_models({"bayes": TakesWhatItGets()}, data, OnDevice(Y), cv=3, losses="mse")
    assert set(KINDS) == {kinds}


USES = {
    "y_true": lambda x: sx.brier_loss(x, P),
    "y_proba": lambda x: sx.brier_loss(Y, x),
    "sample_weight": lambda x: sx.brier_loss(Y, P, sample_weight=x),
    "labels": lambda x: sx.brier_loss(Y, P, labels=x),
    "groups": lambda x: sx.compare_predictions(Y, {"a": P}, groups=x),
    "times": lambda x: sx.compare_predictions(Y, {"a": P}, times=x),
    "folds": lambda x: sx.compare_predictions(Y, {"a": P}, folds=x),
    r"predictions\['a'\]": lambda x: sx.compare_predictions(Y, {"a": x}),
    "y_pred": lambda x: sx.classification_error(Y, x[:, 0]),
    "predictions": lambda x: sx.get_loss("mse").per_sample(Y, x),
    "y": lambda x: sx.compare_models({"a": GaussianNB()}, X, x[:, 0]),
}


@pytest.mark.parametrize("name", USES)
def test_what_cannot_be_read_is_an_error_that_names_the_argument(name):
    reason = "got a tests.Unreadable of float64: Implicit conversion .* not allowed. Pass it as"
    with pytest.raises(ValueError, match=f"^{name} must hold values that numpy .*{reason}"):
        USES[name](Unreadable(P))


def test_an_unreadable_item_of_a_list_is_named():
    with pytest.raises(ValueError, match=r"^y_proba\[1\] must hold values that numpy can read"):
        sx.brier_loss(Y[:2], [OnDevice(P[0]), Unreadable(P[1])])


class Traced(OnDevice):
    """A value inside a function that is traced."""


Traced.__name__, Traced.__module__ = "Tracer", "jax.core"


@pytest.mark.parametrize("name", USES)
def test_a_traced_value_is_an_error_that_names_the_argument(name):
    with pytest.raises(ValueError, match=f"^{name} is traced by JAX .* Call this outside"):
        USES[name](Traced(P))


@pytest.mark.parametrize(
    "data", [None, 3, "text", [1, 2], (1.5,), [], [[0.5, 0.5]], {"a": 1}, pd.Series([1]),
             np.float32(1), np.zeros(2), np.zeros(1, [("a", int)])], ids=repr,
)  # fmt: skip
def test_everything_else_stays_what_it_is(data):
    assert to_host("data", data) is data


def test_numbers_in_lists_become_plain_numbers():
    assert to_host("y", [OnDevice(1), 2, OnDevice(3)]) == [1, 2, 3]
    assert to_host("y", [[OnDevice(1), 2], [3, 4]]) == [[1, 2], [3, 4]]


def test_what_a_loss_of_ones_own_returns_may_be_on_a_device():
    loss = sx.Loss(name="own", title="Own", function=lambda codes, proba: OnDevice(1 - proba[:, 0]))
    assert sx.mean_loss(loss, Y, P) == pytest.approx(1 - P[:, 0].mean(), rel=1e-14)


def test_batches_may_be_on_a_device():
    def read(wrap):
        batches = [{"y": wrap(Y), "p0": wrap(P[:, 0]), "p1": wrap(P[:, 1]), "p2": wrap(P[:, 2])}]
        columns = {"a": ["p0", "p1", "p2"]}
        return sx.compare_table(batches, y_true="y", predictions=columns, labels=[0, 1, 2]).summary

    assert read(OnDevice).equals(read(np.asarray))


# --- the libraries themselves ---------------------------------------------------------------------

in_arrays = pytest.mark.arrays
every = pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
COARSE = pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")


@pytest.fixture
def tolerant(monkeypatch):
    """Give numpy's float32 the tolerance of bfloat16, which it stands for here."""

    def switch(on):
        for name, value in (("_ulp", 2.0**-7), ("sum_tolerance", 2.0**-5)):
            if on:
                monkeypatch.setattr(Predictions, name, value)
        return monkeypatch

    return switch


@in_arrays
@COARSE
@every
def test_each_entry_gives_the_same_bits(other, tolerant):
    found = each_way(other)
    tolerant(other.digits == "bfloat16")
    for name, value in expected(other.digits, other.stands_for).items():
        assert found[name] == value, name


PROBLEM = laws.Problem(
    codes=np.array([0, 2, 1, 1, 2]),
    logits=np.array([[1, 0, 2], [3, 1, 0], [0, 0, 1], [2, 4, 1], [0.5, 0, 3]]),
    weight=np.array([1, 3, 2, 1, 2]),
    order=np.array([2, 0, 1]),
)
EVERY = (*LOSSES.values(), spherical, ranked)
NOMINAL = [loss for loss in EVERY if not loss.ordered]
LAWS = [
    *((law, loss) for law in laws.OF_EVERY_LOSS for loss in EVERY
      if not (loss.ordered and law is laws.labels_of_any_type)),
    *((law, loss) for law in laws.OF_NOMINAL_LOSSES for loss in NOMINAL),
    *((law, LOSSES["cross_entropy"]) for law in laws.OF_CROSS_ENTROPY),
]  # fmt: skip


def numbers(values):
    return np.asarray(values).dtype.kind in "fiub"


@in_arrays
@COARSE
@every
def test_the_laws_hold_and_each_value_has_the_same_bits(other, monkeypatch):
    """The laws compute with 64 bits. Beside each value, arrays of fewer bits are compared, too."""
    plain_mean = laws.mean
    tolerances = {name: getattr(Predictions, name) for name in ("_ulp", "sum_tolerance")}

    def compared_mean(loss, y, values, labels, **options):
        def with_arrays(of):
            arrays = {key: of(x) for key, x in options.items() if key == "sample_weight"}
            true = of(y) if numbers(y) else y
            return plain_mean(loss, true, of(values), labels, **{**options, **arrays})

        found = with_arrays(other)
        if other.digits == "bfloat16":
            monkeypatch.setattr(Predictions, "_ulp", 2.0**-7)
            monkeypatch.setattr(Predictions, "sum_tolerance", 2.0**-5)
        expected = with_arrays(other.stands_for)
        for name, value in tolerances.items():
            monkeypatch.setattr(Predictions, name, value)
        assert np.array_equal(found, expected)
        assert type(found) is type(expected)
        return plain_mean(loss, y, values, labels, **options)

    monkeypatch.setattr(laws, "mean", compared_mean)
    for law, loss in LAWS:
        law(loss, PROBLEM)


@in_arrays
@COARSE
@every
def test_an_estimator_that_returns_them_is_scored(other):
    def plain(values):
        return other.stands_for(values).astype(float)

    class Wrapped(GaussianNB):
        wrap = staticmethod(other)

        def predict_proba(self, X):
            return self.wrap(super().predict_proba(X))

    class Plain(Wrapped):
        wrap = staticmethod(plain)

    if other.digits == "float64":
        scores = cross_val_score(Wrapped(), X, Y, scoring=sx.neg_cross_entropy)
        assert np.array_equal(scores, cross_val_score(Plain(), X, Y, scoring=sx.neg_cross_entropy))
    model = Wrapped().fit(X[:12], np.minimum(Y, 1)[:12])  # without class 2, so a column is added
    score = sx.LossScorer("mse", labels=[0, 1, 2])(model, X, Y)
    rounded = other.stands_for(GaussianNB.predict_proba(model, X)).astype(float)
    filled = np.column_stack([rounded, np.zeros(N)])
    assert score == pytest.approx(-sx.get_loss("mse").per_sample(Y, filled).mean(), rel=1e-14)
    compared = sx.compare_models(
        {"a": Wrapped(), "b": GaussianNB()}, X, other(Y), cv=3, losses="mse"
    )
    assert set(compared.summary["status"]) == {"ok"}


@in_arrays
def test_the_tolerance_of_bfloat16_is_four_ulps():
    torch = pytest.importorskip("torch", reason="torch is of group arrays")

    def brier(*row):
        return sx.brier_loss([0, 1], torch.tensor([row, row]).bfloat16())

    assert brier(1.0, 4 * 2.0**-7) > 0
    with pytest.raises(ValueError, match=r"do not sum to 1 \(tolerance 0\.031\)"):
        brier(1.0, 5 * 2.0**-7)
    assert brier(1 + 4 * 2.0**-7, 0.0) == brier(1.0, 0.0)
    with pytest.raises(ValueError, match="outside"):
        brier(1 + 5 * 2.0**-7, 0.0)
    with pytest.raises(ValueError, match="do not sum to 1"):
        sx.brier_loss([0], np.array([[1.0, 2.0**-7]], np.float32), labels=[0, 1])


@in_arrays
def test_predictions_changed_in_place_are_noticed():
    torch = pytest.importorskip("torch", reason="torch is of group arrays")
    tensor, y = torch.tensor(P), torch.tensor(Y)
    comparison = sx.compare_predictions(y, {"a": tensor})
    told = comparison.per_class.to_csv()
    y.zero_()
    assert comparison.per_class.to_csv() == told
    tensor[0] = tensor[1]
    with pytest.raises(ValueError, match="was changed in place after it was compared"):
        comparison.decompose()


@in_arrays
def test_a_tensor_and_its_gradient_stay_what_they_were():
    torch = pytest.importorskip("torch", reason="torch is of group arrays")
    logits = torch.tensor(np.log(P), requires_grad=True)
    proba = torch.softmax(logits, dim=1)
    sx.cross_entropy(Y, proba)
    assert proba.requires_grad
    torch.nn.functional.nll_loss(proba.log(), torch.tensor(Y)).backward()
    assert logits.grad is not None


def masked(torch):
    return torch.masked.masked_tensor(torch.tensor(P), torch.tensor(P > 0.1))


def fake(torch):
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        return torch.zeros(N, 3)


def nested(torch):
    return torch.nested.nested_tensor([torch.tensor(P[:2]), torch.tensor(P)])


def in_vmap(torch):
    found = []
    torch.func.vmap(lambda x: found.append(x) or x.sum())(torch.tensor(np.stack([P, P])))
    return found[0]


WITHOUT_VALUES = {
    "sparse": (lambda torch: torch.tensor(P).to_sparse(), r"to_dense\(\)"),
    "sparse rows": (lambda torch: torch.tensor(P).to_sparse_csr(), r"to_dense\(\)"),
    "quantised": (
        lambda torch: torch.quantize_per_tensor(torch.tensor(P).float(), 0.01, 0, torch.quint8),
        "of quint8",
    ),
    "meta": (lambda torch: torch.empty(N, 3, device="meta"), "no data"),
    "float8": (lambda torch: torch.tensor(P).to(torch.float8_e4m3fn), "Float8"),
    "masked": (masked, "MaskedTensor"),
    "fake": (fake, "FakeTensor"),
    "nested": (nested, "must hold values that numpy can read"),
    "in vmap": (in_vmap, "must hold values that numpy can read"),
    "complex": (lambda torch: torch.tensor(P + 0j), "real numbers; got dtype complex128"),
    "conjugated": (lambda torch: torch.tensor(P + 0j).conj(), "got dtype complex128"),
}


@in_arrays
@pytest.mark.filterwarnings("ignore")  # torch's own, about these tensors
@pytest.mark.parametrize("name", WITHOUT_VALUES)
def test_tensors_that_hold_no_plain_numbers_are_an_error(name):
    torch = pytest.importorskip("torch", reason="torch is of group arrays")
    make, message = WITHOUT_VALUES[name]
    with pytest.raises(ValueError, match=message):
        sx.brier_loss(Y, make(torch))
    with pytest.raises(ValueError, match=message):
        sx.compare_predictions(Y, {"a": make(torch)})


@in_arrays
def test_values_that_jax_traces_are_an_error():
    jax = pytest.importorskip("jax", reason="jax is of group arrays")
    refused = pytest.raises(ValueError, match="y_proba is traced by JAX")

    def loss(proba):
        with refused:
            sx.brier_loss(Y, proba)
        return proba.sum()

    values = jax.numpy.asarray(P)
    jax.jit(loss)(values)
    jax.grad(loss)(values)
    jax.vmap(loss)(values[None])
    assert sx.brier_loss(Y, values) > 0


@in_arrays
def test_an_array_that_jax_gave_away_is_an_error():
    jax = pytest.importorskip("jax", reason="jax is of group arrays")
    values = jax.numpy.asarray(P)
    values.delete()
    with pytest.raises(ValueError, match=r"jaxlib.ArrayImpl of float32: Array has been deleted"):
        sx.brier_loss(Y, values)


@in_arrays
def test_small_integers_of_jax_are_labels():
    jax = pytest.importorskip("jax", reason="jax is of group arrays")
    labels = jax.numpy.asarray(Y).astype(jax.numpy.int4)
    assert sx.brier_loss(labels, P) == sx.brier_loss(Y, P)


@in_arrays
@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2"])
def test_eight_bits_are_too_few(dtype):
    jax = pytest.importorskip("jax", reason="jax is of group arrays")
    with pytest.raises(ValueError, match=f"numpy has, or bfloat16; got dtype {dtype}"):
        sx.brier_loss(Y, jax.numpy.asarray(P).astype(dtype))


@in_arrays
def test_a_loss_of_ones_own_may_be_computed_by_torch():
    torch = pytest.importorskip("torch", reason="torch is of group arrays")

    def function(codes, proba):
        p = torch.tensor(proba, requires_grad=True)
        return 1 - p[torch.arange(len(codes)), torch.tensor(codes)]

    loss = sx.Loss(name="own", title="Own", range=(0, 1), function=function)
    true = P[np.arange(N), Y]
    assert sx.mean_loss(loss, Y, P) == pytest.approx(1 - true.mean(), rel=1e-14)
