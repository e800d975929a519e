import numpy as np
import pytest

from sklearn_xent.inputs.predictions import Predictions, StoredPredictions, read_matrix


def predictions(values, **options):
    return Predictions(read_matrix("p", values), **options)


def whole(checked):
    return np.concatenate([block for _, block in checked.blocks()])


def test_reading_shares_memory():
    values = np.random.default_rng(0).dirichlet(np.ones(3), 10)
    assert np.shares_memory(read_matrix("p", values).values, values)
    assert all(np.shares_memory(block, values) for _, block in predictions(values).blocks())


def test_one_column_is_the_greater_class():
    np.testing.assert_array_equal(whole(predictions([0.25, 1.0])), [[0.75, 0.25], [0.0, 1.0]])
    logits = whole(predictions([[2.0], [-1.0]], from_logits=True))
    np.testing.assert_array_equal(logits, [[0.0, 2.0], [0.0, -1.0]])


def test_order_moves_columns():
    moved = predictions([[0.1, 0.2, 0.7]], order=np.array([2, 0, 1]))
    np.testing.assert_array_equal(whole(moved), [[0.7, 0.1, 0.2]])


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [("f8", 1e-6), ("f4", 3.4526698e-4), ("f2", 0.03125), ("i8", 1e-6)]
)
def test_tolerance_of_the_row_sum(dtype, tolerance):
    assert predictions(np.eye(2, dtype=dtype)).sum_tolerance == pytest.approx(tolerance)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_four_ulps_are_rounding_five_are_not(dtype):
    ulp = np.finfo(dtype).eps
    inside = np.array([[1 + 4 * ulp, 0.0]], dtype)
    np.testing.assert_array_equal(whole(predictions(inside)), [[1.0, 0.0]])
    for outside in ([[1 + 5 * ulp, 0.0]], [[1.0, -5 * ulp]]):
        with pytest.raises(ValueError, match="outside"):
            whole(predictions(np.array(outside, dtype)))


def test_blocks_are_checked_when_they_are_read():
    values = np.full((100_000, 2), 0.5)
    values[-1] = 0.4
    blocks = predictions(values).blocks()
    next(blocks)
    with pytest.raises(ValueError, match="row 99999"):
        list(blocks)


def test_a_stack_is_its_parts_one_above_the_other():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4, 3))
    parts = [predictions(rng.dirichlet(np.ones(3), 5)), predictions(logits, from_logits=True)]
    stack = StoredPredictions.from_parts(parts)
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    whole_stack = np.concatenate([parts[0].matrix.values, softmax])
    np.testing.assert_allclose(stack.probabilities(), whole_stack)
    some = stack.take(np.array([8, 0, 5])).take(np.array([1, 0]))
    np.testing.assert_allclose(some.probabilities(), whole_stack[[0, 8]])


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_what_was_read_is_not_checked_again(dtype):
    values = np.random.default_rng(0).dirichlet(np.ones(3), 50).astype(dtype)
    read = predictions(values, order=np.array([2, 0, 1])).read()
    np.testing.assert_array_equal(whole(read), values[:, [2, 0, 1]].astype(np.float64))
    one = predictions(values[:, 0]).read()
    assert one.n_classes == 2
    np.testing.assert_array_equal(whole(one)[:, 1], values[:, 0].astype(np.float64))
    with pytest.raises(ValueError, match="do not sum to 1"):
        predictions(values * dtype(0.5)).read()


FORMS = {
    "C": lambda p: p,
    "F": np.asfortranarray,
    "strided": lambda p: np.repeat(p, 2, axis=1)[:, ::2],
    "float32": lambda p: p.astype("f4"),
    "float16": lambda p: p.astype("f2"),
    "long double": lambda p: p.astype("g"),
    "one column": lambda p: p[:, 1:2],
    "vector": lambda p: p[:, 1],
    "rounded": lambda p: np.where(np.arange(len(p))[:, None] % 7, p, [1 + 2**-52, -1e-17]),
    "negative zero": lambda p: np.where(np.arange(len(p))[:, None] % 7, p, [1.0, -0.0]),
    "certain": lambda p: p > 0.5,
}


@pytest.mark.parametrize("order", [None, np.array([1, 0])], ids=["in order", "swapped"])
@pytest.mark.parametrize("by_columns", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_checked_predictions_are_the_same_by_reference(form, by_columns, order):
    first = np.random.default_rng(0).random(70_000)
    given = FORMS[form](np.column_stack([first, 1 - first]))
    raw = predictions(given, order=order, by_columns=by_columns)
    checked = raw.read_checked()
    assert checked.read_checked() is checked
    assert np.shares_memory(checked.matrix.values, given)
    assert checked.rounded is (form in ("rounded", "negative zero"))
    pairs = list(zip(raw.blocks(), checked.blocks(), strict=True))
    assert len(pairs) > 1
    for (rows, block), (same_rows, same) in pairs:
        assert rows == same_rows
        assert block.tobytes("A") == same.tobytes("A")
        assert block.flags.f_contiguous == same.flags.f_contiguous
    some = slice(69_000, 70_000)
    assert raw.part(some).tobytes() == checked.part(some).tobytes()
    assert raw.read(some).matrix.values.tobytes() == checked.read(some).matrix.values.tobytes()


def test_checked_logits():
    values = np.random.default_rng(0).normal(size=(100, 3))
    values[3, 1] = -np.inf
    raw = predictions(values, from_logits=True)
    np.testing.assert_array_equal(raw.read_checked().probabilities(), raw.probabilities())
    values[99] = -np.inf
    with pytest.raises(ValueError, match="first -inf in row 99"):
        raw.read_checked()


def test_checked_predictions_that_change_in_place_are_refused():
    values = np.full((10, 2), 0.5)
    stored = StoredPredictions.from_parts([predictions(values).read_checked()])
    assert stored.probabilities()[0].tolist() == [0.5, 0.5]
    values[0] = [0.4, 0.6]
    assert not stored.unchanged
    with pytest.raises(ValueError, match=r"^p was changed in place after it was compared"):
        stored.probabilities()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("names", [None, [2, 0, 1]])
def test_some_cells_are_those_of_all_probabilities(dtype, names):
    proba = np.random.default_rng(0).dirichlet(np.ones(3), 50).astype(dtype)
    proba[3] = [1.0 + 2 * np.finfo(dtype).eps, 0.0, 0.0]
    order = None if names is None else np.argsort(names)
    checked = predictions(proba, order=order).read_checked()
    rows = np.array([7, 3, 3, 49])
    for columns in (slice(0, 2), slice(1, 2)):
        np.testing.assert_array_equal(
            checked.some_probabilities(rows, columns), checked.probabilities()[rows, columns]
        )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_change_in_place_is_noticed(dtype, order):
    proba = np.asarray(np.random.default_rng(0).dirichlet(np.ones(3), 9001), dtype, order)
    stored = StoredPredictions.from_parts([predictions(proba)])
    before = proba.copy()
    assert stored.unchanged
    for row, column in ((0, 0), (4096, 1), (9000, 2)):
        proba[row, column] = np.nextafter(proba[row, column], dtype(2))
        assert not stored.unchanged
        proba[row, column] = before[row, column]
    for rows in ([1, 0], [4096, 0], [8192, 4096]):
        proba[rows] = proba[rows[::-1]]
        assert not stored.unchanged
        proba[rows] = before[rows]
    assert stored.unchanged


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "change", [np.negative, lambda x: x * 2, lambda x: x[::-1], lambda x: x * np.array([1, -1])]
)
def test_a_change_of_many_signs_or_exponents_in_place_is_noticed(change, dtype):
    # two, four and eight words in each lane of the checksum, and none left over
    for n in (8192, 16384, 32768, 65536):
        values = np.random.default_rng(n).normal(size=(n, 2)).astype(dtype)
        stored = StoredPredictions.from_parts([predictions(values, from_logits=True)])
        values[:] = change(values)
        assert not stored.unchanged
