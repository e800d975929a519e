"""Costs of decisions: values by hand, ties, names, and what they are of errors and thresholds."""

import copy
import itertools
import pickle
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score

import sklearn_xent as sx

RNG = np.random.default_rng(0)
ERROR = sx.get_loss("classification_error")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.RareClassWarning")
TRIAGE = pd.DataFrame(
    {"send home": [0.0, 20.0, 90.0], "test": [3.0, 3.0, 8.0], "operate": [40.0, 25.0, 0.0]},
    index=["well", "ill", "critical"],
)
GRADES = ["well", "ill", "critical"]
TESTED = sx.expected_cost(TRIAGE, labels=GRADES)


def chosen_by_hand(costs, row):
    expected = [sum(p * c for p, c in zip(row, column, strict=True)) for column in costs.T]
    return expected.index(min(expected))


def test_values_by_hand():
    costs = [[0, 1, 0.3], [9, 0, 0.3]]
    loss = sx.expected_cost(costs, labels=["a", "b"], decisions=["wait", "treat", "verify"])
    proba = [[0.98, 0.02], [0.8, 0.2], [0.1, 0.9], [0.95, 0.05]]
    assert loss.decide(proba).tolist() == ["wait", "verify", "treat", "verify"]
    assert loss.per_sample([0, 0, 0, 1], proba).tolist() == [0, 0.3, 1, 0.3]
    assert loss.per_sample([1, 1, 1, 0], proba).tolist() == [9, 0.3, 0, 0.3]
    assert loss.range_for(2) == (0, 9)
    assert loss.greatest_difference(2) == 9


@pytest.mark.parametrize(
    ("k", "n_decisions"), [(2, 1), (2, 2), (2, 5), (4, 3), (3, 8), (3, 9), (9, 12)]
)
def test_the_decision_of_least_expected_cost_is_taken(k, n_decisions):
    costs = RNG.normal(0, 5, (k, n_decisions))
    loss = sx.expected_cost(costs, labels=range(k), decisions=range(n_decisions))
    proba, codes = RNG.dirichlet(np.ones(k), 60), RNG.integers(0, k, 60)
    best = [chosen_by_hand(costs, row) for row in proba]
    assert loss.decide(proba).tolist() == best
    assert loss.per_sample(codes, proba).tolist() == costs[codes, best].tolist()
    assert loss.decide(np.log(proba), from_logits=True).tolist() == best
    np.testing.assert_array_equal(loss.every_label(proba, False), costs.T[best])
    spread = loss.label_spread(proba.max(axis=1), proba.min(axis=1), k, False)
    assert (spread >= np.ptp(costs.T[best], axis=1)).all()
    target = RNG.dirichlet(np.ones(k), 60)
    np.testing.assert_allclose(loss.per_sample(target, proba), (target * costs.T[best]).sum(axis=1))


def test_gains_are_negative_costs():
    loss = sx.expected_cost([[0, -5], [0, 100]], labels=[0, 1], decisions=["pass", "sell"])
    assert loss.range_for(2) == (-5, 100)
    assert sx.mean_loss(loss, [0, 0, 1], [0.01, 0.6, 0.01]) == (-5 + 0 + 100) / 3


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.5, 0.9])
def test_of_two_classes_costs_are_a_threshold(threshold):
    """And twice the mean cost is the curve of the Murphy diagram there."""
    proba, y = RNG.uniform(size=300), RNG.integers(0, 2, 300)
    loss = sx.expected_cost([[0, threshold], [1 - threshold, 0]], labels=[0, 1])
    two = np.column_stack([1 - proba, proba])
    assert loss.decide(two).tolist() == (proba > threshold).astype(int).tolist()
    curves = sx.MurphyDisplay.from_predictions(y, {"a": proba}).curves
    height = curves.loc[np.isclose(curves["threshold"], threshold), "loss"].item()
    assert 2 * sx.mean_loss(loss, y, proba) == pytest.approx(height, rel=1e-12)


# --- errors -------------------------------------------------------------------------------------


def errors_as_costs(k, extra=False):
    """Costs of errors; with a further decision, which is never the only best one."""
    costs = np.column_stack([1 - np.eye(k), np.ones(k)] if extra else [1 - np.eye(k)])
    return sx.expected_cost(costs, labels=range(k), decisions=range(k + extra))


@st.composite
def tied_rows(draw):
    k = draw(st.integers(2, 10))
    n = draw(st.integers(1, 6))
    eighths = draw(hnp.arrays(np.int64, (n, k), elements=st.integers(0, 3))) + 1
    codes = draw(hnp.arrays(np.int64, n, elements=st.integers(0, k - 1)))
    return codes, eighths / eighths.sum(axis=1, keepdims=True)


@given(rows=tied_rows(), extra=st.booleans())
def test_errors_are_costs_of_one_to_the_last_bit(rows, extra):
    codes, proba = rows
    loss, n, k = errors_as_costs(proba.shape[1], extra), *proba.shape
    assert loss.per_sample(codes, proba).tolist() == ERROR.per_sample(codes, proba).tolist()
    soft = proba[::-1]
    if not extra:
        assert loss.per_sample(soft, proba).tolist() == ERROR.per_sample(soft, proba).tolist()
        logits = np.log(proba) + 1e-17 * np.arange(k)
        one, other = (x.per_sample(codes, logits, from_logits=True) for x in (loss, ERROR))
        assert one.tolist() == other.tolist()
    weight = np.arange(1, n + 1) / 7
    for options in ({}, {"sample_weight": weight}):
        one, other = (sx.mean_loss(x, codes, proba, labels=range(k), **options)
                      for x in (loss, ERROR))  # fmt: skip
        assert one == other


@pytest.mark.parametrize(
    "options", [{}, {"groups": np.arange(300) // 3}, {"sample_weight": RNG.random(300)}]
)
def test_a_comparison_of_errors_is_the_same(options):
    y, labels = RNG.integers(0, 3, 300), ["c", "a", "b"]
    p, q = RNG.dirichlet(np.ones(3), 300), RNG.dirichlet(np.ones(3), 300)
    loss = sx.expected_cost(1 - np.eye(3), labels=labels)
    result = sx.compare_predictions(
        np.asarray(labels)[y], {"a": p, "b": q}, labels=labels, losses=[loss, "error"], **options
    )
    for frame in (result.summary, result.differences):
        of_cost, of_error = (
            frame[frame["loss"] == name].drop(columns="loss").reset_index(drop=True)
            for name in ("expected_cost", "classification_error")
        )
        pd.testing.assert_frame_equal(of_cost, of_error, check_exact=True)


# --- ties ---------------------------------------------------------------------------------------


def test_ties_go_to_the_first_name():
    for names in itertools.permutations(["act", "ask", "wait"]):
        loss = sx.expected_cost(np.ones((2, 3)), labels=[0, 1], decisions=names)
        assert loss.decide([[0.5, 0.5]]).tolist() == ["act"]
    for names in (["act", 3, "wait"], [3, "wait", "act"]):  # these have no order
        loss = sx.expected_cost(np.ones((2, 3)), labels=[0, 1], decisions=names)
        assert loss.decide([[0.5, 0.5]]).tolist() == names[:1]


@pytest.mark.parametrize("columns", [3, 9, 40])
def test_a_decision_does_not_depend_on_the_rows_beside_it(columns):
    """Where expected costs tie but for rounding, a matrix product would decide by the block."""
    costs = RNG.integers(0, 4, (3, columns)) / 3
    loss = sx.expected_cost(costs, labels=range(3), decisions=range(columns))
    proba = (RNG.integers(0, 6, (500, 3)) + 1) / 7
    proba /= proba.sum(axis=1, keepdims=True)
    together = loss.decide(proba)
    alone = [loss.decide(row[None])[0] for row in proba]
    assert together.tolist() == alone
    assert loss.decide(np.asfortranarray(proba)).tolist() == alone


@pytest.mark.parametrize("n_decisions", [8, 9])
def test_decisions_that_nearly_tie_are_exact(n_decisions):
    """Costs of 1/3 at even probabilities: the first of the least, whatever a product rounds."""
    costs = np.tile([0.1, 0.2, 0.3], (n_decisions, 1)).T
    costs[:, -1] = 0.3, 0.1, 0.2
    costs[:, 0] = 0.3, 0.2, 0.2
    loss = sx.expected_cost(costs, labels=range(3), decisions=range(n_decisions))
    proba = RNG.dirichlet(np.ones(3), 200)
    proba[::2] = [0.25, 0.5, 0.25]
    relative = costs - costs.max(axis=1, keepdims=True)
    expected = [
        min(
            range(n_decisions),
            key=lambda d: sum(p * c for p, c in zip(row, relative[:, d], strict=True)),
        )
        for row in proba.tolist()
    ]
    assert loss.decide(proba).tolist() == expected


def test_many_decisions_are_compared_as_few_are():
    """Costs that tie where two classes are as probable, whatever a matrix product rounds."""
    costs = np.empty((40, 8))
    costs[:, ::2] = RNG.normal(0, 5, (40, 4))
    costs[:, 1::2] = costs[::-1, ::2]
    few = sx.expected_cost(costs, labels=range(40), decisions=range(8))
    with_dearest = np.column_stack([costs, costs.max(axis=1)])
    many = sx.expected_cost(with_dearest, labels=range(40), decisions=range(9))
    of_classes = RNG.dirichlet(np.ones(20), 300) / 2
    proba = np.column_stack([of_classes, of_classes[:, ::-1]])
    assert many.decide(proba).tolist() == few.decide(proba).tolist()


def test_equal_probabilities_of_classes_far_apart_tie():
    """Sums of the other probabilities would round them to unequal costs."""
    loss = sx.expected_cost(2 * (1 - np.eye(5)), labels=range(5))
    p = RNG.dirichlet(np.ones(3), 500)
    greatest = p.max(axis=1) + RNG.random(500)
    proba = np.column_stack([greatest, p, greatest])
    proba /= proba.sum(axis=1, keepdims=True)
    assert set(loss.decide(proba)) == {0}


def test_logits_that_a_softmax_would_blur():
    logits = [[0.0, 1e-300], [1e-300, 0.0]]
    loss = errors_as_costs(2)
    assert loss.decide(logits, from_logits=True).tolist() == [1, 0]
    assert loss.every_label(np.array(logits), from_logits=True).tolist() == [[1, 0], [0, 1]]


def test_costs_of_every_label_of_logits_are_those_of_probabilities():
    logits = np.log([[0.9, 0.06, 0.04], [0.2, 0.7, 0.1]]) - 3
    of_logits = TESTED.every_label(logits, from_logits=True)
    np.testing.assert_array_equal(of_logits, [[3, 3, 8], [3, 3, 8]])


def test_constant_costs_decide_for_the_first():
    for n_decisions in (1, 3, 12):
        loss = sx.expected_cost(
            np.full((2, n_decisions), 5.0), labels=[0, 1], decisions=range(n_decisions)
        )
        assert loss.decide([[0.3, 0.7]]).tolist() == [0]
        assert loss.per_sample([0, 1], [[0.3, 0.7], [1, 0]]).tolist() == [5, 5]


# --- names --------------------------------------------------------------------------------------

PROBA = RNG.dirichlet(np.ones(3), 60)
Y = np.asarray(GRADES)[RNG.integers(0, 3, 60)]
VALUE = TESTED.per_sample([GRADES.index(y) for y in Y], PROBA).mean()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_costs_follow_the_labels_in_any_order(order):
    """Of the costs, of the columns and of the data."""
    names = [GRADES[i] for i in order]
    frame = sx.expected_cost(TRIAGE, labels=names)
    array = sx.expected_cost(TRIAGE.to_numpy()[list(order)], labels=names, decisions=list(TRIAGE))
    shuffled = sx.expected_cost(TRIAGE.loc[names, list(TRIAGE)[::-1]], labels=GRADES)
    for loss in (frame, array, shuffled):
        assert sx.mean_loss(loss, Y, PROBA, labels=GRADES) == pytest.approx(VALUE, rel=1e-14)
        by_order = sx.mean_loss(loss, Y, PROBA[:, order], labels=names)
        assert by_order == sx.mean_loss(loss, Y, PROBA, labels=GRADES)
        table = pd.DataFrame(PROBA, columns=GRADES)[names]
        assert sx.mean_loss(loss, Y, table) == by_order
        comparison = sx.compare_predictions(Y, {"a": table}, losses=loss)
        assert comparison.summary["mean_loss"].item() == pytest.approx(VALUE, rel=1e-14)
        assert sx.skill_score(loss, Y, table) == pytest.approx(
            sx.skill_score(TESTED, Y, PROBA, labels=GRADES)
        )


def test_columns_without_names_are_not_guessed():
    message = r"costs of expected_cost are in the order \['well', 'ill', 'critical'\], and whether"
    for use in (
        lambda loss: sx.mean_loss(loss, Y, PROBA),
        lambda loss: sx.mean_loss(loss, Y, PROBA, reduction="none"),
        lambda loss: sx.compare_predictions(Y, {"a": PROBA}, losses=loss),
        lambda loss: sx.skill_score(loss, Y, PROBA),
    ):
        with pytest.raises(ValueError, match=message):
            use(TESTED)
        use(sx.expected_cost(TRIAGE, labels=sorted(GRADES)))


def test_one_column_is_that_of_the_greater_label():
    for labels in ([0, 1], [1, 0]):
        costs = pd.DataFrame([[0, 1], [9, 0]], index=[0, 1], columns=["wait", "act"])
        loss = sx.expected_cost(costs.loc[labels].to_numpy(), labels=labels, decisions=list(costs))
        assert sx.mean_loss(loss, [0, 1, 1], [0.2, 0.2, 0.05]) == (1 + 0 + 9) / 3


@pytest.mark.parametrize(
    ("y", "options", "message"),
    [
        (
            ["well", "dead"] * 30,
            {"labels": ["well", "dead", "ill"]},
            r"lacks \['dead'\] and has \['critical'\], which the data lack",
        ),
        (Y, {"labels": [*GRADES, "dead"]}, r"it lacks \['dead'\]\. Make it with a row for each"),
        (
            np.where(Y == "ill", "well", Y),
            {"labels": ["well", "critical"]},
            r"it has \['ill'\], which the data lack",
        ),
    ],
)
def test_costs_of_other_classes_are_refused(y, options, message):
    proba = RNG.dirichlet(np.ones(len(options["labels"])), 60)
    stream = sx.LossAccumulator(models=["a"], losses=TESTED, **options)
    for use in (
        lambda: sx.mean_loss(TESTED, y, proba, **options),
        lambda: sx.skill_score(TESTED, y, proba, **options),
        lambda: sx.compare_predictions(y, {"a": proba}, losses=[TESTED], **options),
        lambda: stream.update(y, {"a": proba}),
    ):
        with pytest.raises(ValueError, match=message):
            use()
    assert stream.n_obs == 0


def test_the_public_methods_take_the_columns_of_the_costs():
    for use in (
        lambda: TESTED.per_sample([0], [[0.5, 0.5]]),
        lambda: TESTED.decide([[0.5, 0.5]]),
        lambda: TESTED.per_sample([0], [[0.5, 0.5]], from_logits=True),
    ):
        with pytest.raises(ValueError, match="those of 3 classes, and the predictions have 2 col"):
            use()
    with pytest.raises(ValueError, match="must not be nan; first in row 0"):
        TESTED.decide([[np.nan, 0.5, 0.5]])
    with pytest.raises(ValueError, match="expected a matrix"):
        TESTED.decide(0.5)


@pytest.mark.parametrize(
    "row", [[1.1, -0.1, 0], [1.05, -0.02, -0.03], [0.5, 0.5, 0.04], [0.5, 0.46, 0]]
)
def test_decisions_need_probabilities_but_for_rounding(row):
    with pytest.raises(ValueError, match="1 of 2 rows do not, first row 1"):
        TESTED.decide([[0.5, 0.5, 0], row])
    rounded = [[1.03125, -0.03125, 0], [0.5, 0.5, 0.03125], [0.5, 0.46875, 0]]
    assert TESTED.decide(rounded).tolist() == ["send home", "test", "test"]


def test_labels_of_one_text_are_told_apart():
    loss = sx.expected_cost([[0, 1], [9, 0]], labels=[1, "1"], decisions=["wait", "act"])
    table = pd.DataFrame([[0.3, 0.7]], columns=["1", 1])
    assert loss.decide(table).tolist() == ["act"]
    assert loss.decide(table[[1, "1"]]).tolist() == ["act"]


def test_an_option_that_it_lacks_beside_its_costs():
    assert TESTED.with_options(costs=TESTED.costs) is TESTED
    with pytest.raises(TypeError, match="takes no option 'eps'"):
        TESTED.with_options(costs=TESTED.costs, eps=0)


# --- what is refused, and what is not -------------------------------------------------------------

TWO = ["no", "yes"]


@pytest.mark.parametrize(
    ("costs", "options", "message"),
    [
        ([[0, 1], [5, 0]], {"labels": "no"}, "labels must list the classes"),
        ([[0, 1], [5, 0]], {"labels": ["no"]}, "labels must name at least two classes"),
        ([[0, 1], [5, 0]], {"labels": ["no", "no"]}, r"labels must name each .* once; got 'no'"),
        ([[0, 1], [5, 0]], {"labels": ["no", None]}, "labels must be hashable and not missing"),
        (
            [[0, 1], [5, 0]],
            {"labels": ["a", "b", "c"]},
            r"each of the 3 labels, \['a', 'b', 'c'\], and .* shape \(2, 2\)",
        ),
        ([0, 1], {"labels": TWO}, r"got shape \(2,\)"),
        ([], {"labels": TWO}, r"of shape \(n_classes, n_decisions\).* got shape \(0,\)"),
        ([[0, np.nan], [5, 0]], {"labels": TWO}, "must be finite .* got nan in row 0, column 1"),
        ([[0, 1], [np.inf, 0]], {"labels": TWO}, "got inf in row 1, column 0. A decision that is"),
        ([[0, 1], [-1e101, 0]], {"labels": TWO}, "at most 1e.100 in size; got -1e.101 in row 1"),
        ([[0, "1"], [5, 0]], {"labels": TWO}, "costs must hold real numbers"),
        ({"no": [0, 1]}, {"labels": TWO}, "costs must be an array; got a dict"),
        (
            [[0, 1, 2], [5, 0, 2]],
            {"labels": TWO},
            "3 columns and 2 rows, so its columns are no classes",
        ),
        (
            [[0, 1], [5, 0]],
            {"labels": TWO, "decisions": ["wait"]},
            r"decisions must name each of the 2 columns of costs; got 1: \['wait'\]",
        ),
        (
            [[0, 1], [5, 0]],
            {"labels": TWO, "decisions": ["wait", "wait"]},
            "decisions must name each .* 'wait' more than once",
        ),
        ([[0, 1], [5, 0]], {"labels": TWO, "decisions": "ab"}, "decisions must list"),
        (
            pd.DataFrame([[0, 1], [5, 0]]),
            {"labels": TWO},
            r"index of costs must hold the labels .* lacks .* and has \[0, 1\]",
        ),
        (
            pd.DataFrame([[0, 1], [5, 0]], index=["no", "maybe"]),
            {"labels": TWO},
            r"it lacks \['yes'\] and has \['maybe'\]",
        ),
        (
            pd.DataFrame([[0, 1], [5, 0]], index=["no", "no"]),
            {"labels": TWO},
            "the index of costs must name each .* once",
        ),
        (
            pd.DataFrame([[0, 1], [5, 0]]),
            {"labels": [1, 0]},
            "counts 0, 1, ..., which could be the labels or positions",
        ),
        (
            pd.DataFrame([[0, 1], [5, 0]], index=TWO, columns=["a", "a"]),
            {"labels": TWO},
            "the columns of costs must name each",
        ),
        (
            pd.DataFrame([[0, 1], [5, 0]], index=TWO, columns=["a", "b"]),
            {"labels": TWO, "decisions": ["b", "a"]},
            r"decisions, \['b', 'a'\], must be the columns of costs in their order",
        ),
        (
            [[0, 1], [5, 0]],
            {"labels": TWO, "name": "my cost"},
            "name of a Loss must be an identifier",
        ),
        (
            [[0, 1], [5, 0]],
            {"labels": TWO, "unit": 3},
            "unit of loss expected_cost must be a string",
        ),
    ],
)
def test_bad_costs(costs, options, message):
    with pytest.raises(ValueError, match=message):
        sx.expected_cost(costs, **options)


def test_costs_need_labels():
    with pytest.raises(TypeError, match="labels"):
        sx.expected_cost([[0, 1], [5, 0]])


@pytest.mark.parametrize(
    ("costs", "labels"),
    [
        ([[0, 1], [5, 0]], [0, 1]),
        (((0, 1), (5, 0)), (0, 1)),
        (np.array([[0, 1], [5, 0]], dtype=np.float32), range(2)),
        (np.array([[False, True], [True, False]]) * np.array([[1], [5]]), np.array([0, 1])),
        (pd.DataFrame([[0, 1], [5, 0]]), [0, 1]),
        (pd.DataFrame([[5, 0], [0, 1]], index=[1, 0]), [0, 1]),
        (pd.DataFrame([[0, 1], [5, 0]], dtype="Int64"), pd.Series([0, 1])),
        (pl.DataFrame({"wait": [0, 5], "act": [1, 0]}), [0, 1]),
        ([[0, 1], [5, 0]], [False, True]),
    ],
)
def test_good_costs(costs, labels):
    loss = sx.expected_cost(costs, labels=labels)
    assert sx.mean_loss(loss, [0, 0, 1, 1], [0.1, 0.2, 0.1, 0.2]) == (0 + 1 + 5 + 0) / 4


# --- a loss as others -----------------------------------------------------------------------------


def test_it_survives_pickle_and_copy():
    for again in (pickle.loads(pickle.dumps(TESTED)), copy.deepcopy(TESTED), replace(TESTED)):
        assert again == TESTED
        assert hash(again) == hash(TESTED)
        assert repr(again) == repr(TESTED)
        np.testing.assert_array_equal(again.decide(PROBA), TESTED.decide(PROBA))
    other = sx.expected_cost(TRIAGE + 1, labels=GRADES)
    assert other != TESTED
    assert len({TESTED, other, copy.copy(TESTED)}) == 2


def test_what_it_says_of_itself():
    loss = sx.expected_cost([[0, 1], [5, 0]], labels=TWO, name="cost_of_misses", unit="EUR")
    assert repr(loss) == (
        "<Loss cost_of_misses, costs=[[0.0, 1.0], [5.0, 0.0]], labels=['no', 'yes'], "
        "decisions=['no', 'yes']>"
    )
    assert loss.info.full_title == "Cost of misses (EUR)"
    assert TESTED.info.full_title == "Expected cost"
    assert not any([loss.strictly_proper, loss.ordered, loss.zero_one])
    assert errors_as_costs(3).zero_one


def test_its_costs_are_fixed():
    assert TESTED.with_options() is TESTED.with_options(**TESTED.options) is TESTED
    with pytest.raises(
        ValueError, match=r"has other costs.* Make another loss by sx.expected_cost"
    ):
        TESTED.with_options(costs=[[0.0] * 3] * 3)
    with pytest.raises(TypeError, match="expected_cost takes no option 'eps'; its options: costs"):
        sx.get_loss(TESTED, eps=0)


def test_several_costs_are_compared_together():
    losses = [
        sx.expected_cost([[0, 1], [ratio, 0]], labels=[0, 1], name=f"miss_costs_{ratio}")
        for ratio in (1, 5, 25)
    ]
    y, proba = RNG.integers(0, 2, 200), RNG.uniform(size=(200, 2))
    result = sx.compare_predictions(y, {"a": proba[:, 0], "b": proba[:, 1]}, losses=losses)
    assert result.summary["loss"].unique().tolist() == [x.name for x in losses]
    for loss in losses:
        expected = sx.mean_loss(loss, y, proba[:, 0])
        row = result.summary.query(f"loss == '{loss.name}' and model == 'a'")
        assert row["mean_loss"].item() == pytest.approx(expected, rel=1e-14)


def test_streams_and_saved_states():
    models = {"a": PROBA, "b": PROBA[::-1]}
    at_once = sx.compare_predictions(Y, models, losses=TESTED, labels=GRADES)

    def filled(*parts):
        stream = sx.LossAccumulator(models=list(models), losses=TESTED, labels=GRADES)
        for rows in parts:
            stream.update(Y[rows], {name: p[rows] for name, p in models.items()})
        return stream

    stream = filled(slice(0, 7), slice(7, 60))
    assert stream.digest() == filled(slice(0, 60)).digest()
    again = sx.LossAccumulator.from_dict(stream.to_dict(), losses=[TESTED])
    assert again.digest() == stream.digest()
    for result in (stream.compute(), again.compute()):
        pd.testing.assert_series_equal(
            result.differences["difference"], at_once.differences["difference"]
        )
    with pytest.raises(ValueError, match=r"pass losses=.* the loss 'expected_cost'"):
        sx.LossAccumulator.from_dict(stream.to_dict())
    other = sx.expected_cost(TRIAGE + 1, labels=GRADES)
    with pytest.raises(ValueError, match="has other costs"):
        sx.LossAccumulator.from_dict(stream.to_dict(), losses=[other])


X = RNG.normal(size=(150, 2))
OF_X = np.asarray(GRADES)[(X[:, 0] > 0).astype(int) + (X[:, 0] > 1)]


@pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning")
def test_scorers_searches_and_comparisons_of_models():
    """Columns are matched by classes_, whatever the order of the costs."""
    model = LogisticRegression().fit(X, OF_X)
    expected = sx.mean_loss(TESTED, OF_X, model.predict_proba(X), labels=model.classes_)
    scorer = sx.LossScorer(TESTED)
    assert scorer(model, X, OF_X) == -expected
    assert repr(scorer) == f"LossScorer({TESTED!r})"
    assert cross_val_score(model, X, OF_X, scoring=scorer).shape == (5,)
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1]}, scoring=scorer).fit(X, OF_X)
    assert "expected_cost" in set(sx.compare_search(search).summary["loss"])
    models = {"plain": LogisticRegression(), "shrunk": LogisticRegression(C=0.01)}
    result = sx.compare_models(models, X, OF_X, losses=[TESTED, "error"], cv=3)
    scores = cross_val_score(LogisticRegression(), X, OF_X, scoring=scorer, cv=3)
    mean = result.summary.query("loss == 'expected_cost' and model == 'plain'")["mean_loss"].item()
    assert mean == pytest.approx(-scores.mean(), rel=1e-12)
    assert "Expected cost" in result.headlines()[0]
    slices = result.by(np.where(X[:, 1] > 0, "up", "down"))
    assert set(slices["loss"]) == {"expected_cost", "classification_error"}


@pytest.mark.parametrize(
    "options", [{"labels": ["well", "ill"]}, {"prior": {"well": 0.5, "ill": 0.5}}]
)
def test_a_scorer_is_not_made_of_costs_of_other_classes(options):
    with pytest.raises(ValueError, match=r"it has \['critical'\], which the data lack"):
        sx.LossScorer(TESTED, **options)
    everything = {name: [*value, "critical"] if name == "labels" else {**value, "critical": 0.0}
                  for name, value in options.items()}  # fmt: skip
    assert sx.LossScorer(TESTED, **everything).loss is TESTED


def test_a_fold_may_lack_a_class_of_the_costs():
    rows = OF_X != "critical"
    folds = KFold(3).split(X[rows])
    scores = cross_val_score(
        LogisticRegression(), X[rows], OF_X[rows], scoring=sx.LossScorer(TESTED), cv=list(folds)
    )
    assert np.isfinite(scores).all()


class Unwilling(LogisticRegression):
    """A model that must not be fitted."""

    def fit(self, X, y):
        raise AssertionError("it was fitted")


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (sx.expected_cost([[0, 1], [1, 0]], labels=["well", "ill"]), "it lacks .'critical'."),
        ("ranked_probability", "Pass labels=.* in their order"),
    ],
)
def test_losses_that_do_not_fit_are_refused_before_models_are_fitted(loss, message):
    with pytest.raises(ValueError, match=message):
        sx.compare_models({"a": Unwilling()}, X, OF_X, losses=loss, error_score="raise")


def test_it_cannot_be_trained_on_but_drawn():
    loss = sx.expected_cost([[0, 1], [5, 0]], labels=[0, 1])
    with pytest.raises(TypeError, match="expected_cost is flat almost everywhere"):
        sx.objective(loss)
    curve = sx.LossCurveDisplay.from_losses(loss).curves
    assert curve.query("y_proba < 0.1666")["value"].eq(5).all()
    assert curve.query("y_proba > 0.1667")["value"].eq(0).all()
    with pytest.raises(ValueError, match="not strictly proper"):
        sx.decompose(loss, [0, 1], [0.2, 0.7])
    assert sx.eval_metric(loss)([0, 1], [0.1, 0.1]) == 2.5


def test_decisions_follow_the_names_of_columns():
    cost = sx.expected_cost([[0, 1], [9, 0]], labels=["well", "ill"], decisions=["wait", "treat"])
    rows = [[0.95, 0.05], [0.8, 0.2]]
    table = pd.DataFrame(rows, columns=["well", "ill"])
    turned = table[["ill", "well"]]
    for rows_of in (rows, table, turned, pl.from_pandas(turned), pd.DataFrame(rows)):
        assert cost.decide(rows_of).tolist() == ["wait", "treat"]
    with pytest.raises(ValueError, match=r"\['well', 'no'\], are not the labels of the costs"):
        cost.decide(table.set_axis(["well", "no"], axis=1))
    other = sx.expected_cost([[0, 1], [9, 0]], labels=[1, 0], decisions=["wait", "treat"])
    with pytest.raises(ValueError, match=r"\[0, 1\], could be positions, or the labels"):
        other.decide(pd.DataFrame(rows))


NO_PROBABILITIES = {
    "sums": ([[1.0, 1.0], [0.5, 0.5]], "1 of 2 rows do not, first row 0: [1.0, 1.0]"),
    "a later row": ([[0.5, 0.5], [0.5, 0.4]], "1 of 2 rows do not, first row 1: [0.5, 0.4]"),
    "below zero": ([[1.5, -0.5]], "first row 0: [1.5, -0.5]. Pass from_logits=True if"),
    "nan": ([[np.nan, 0.5]], "must not be nan; first in row 0"),
    "masked": (np.ma.array([[0.5, 0.5]], mask=[[0, 1]]), "got masked values. Pass an array"),
    "sparse": (sparse.csr_array([[0.5, 0.5]]), "got a sparse array. Pass an array of floats"),
    "records": ([{"well": 0.5, "ill": 0.5}], "must hold numbers; got object"),
    "text": ([["0.5", "0.5"]], "must hold numbers; got <U3"),
}


@pytest.mark.parametrize("case", NO_PROBABILITIES)
def test_there_is_no_decision_without_probabilities(case):
    rows, message = NO_PROBABILITIES[case]
    cost = sx.expected_cost([[0, 1], [9, 0]], labels=["well", "ill"])
    with pytest.raises(ValueError, match=re.escape(message)):
        cost.decide(rows)


def test_decisions_of_what_is_nearly_a_probability_and_of_logits():
    cost = sx.expected_cost([[0, 1], [9, 0]], labels=[0, 1], decisions=["wait", "treat"])
    rows = np.array([[0.95, 0.05], [0.8, 0.2]])
    table = pa.table({"1": rows[:, 1], "0": rows[:, 0]})
    for near in (rows.astype(np.float16), rows + np.array([0.02, 0.0]), table):
        assert cost.decide(near).tolist() == ["wait", "treat"]
    logits = np.log(rows) + 5
    assert cost.decide(logits, from_logits=np.True_).tolist() == ["wait", "treat"]
    assert cost.decide(np.empty((0, 2))).tolist() == []
    with pytest.raises(ValueError, match="from_logits must be True or False; got 'no'"):
        cost.decide(rows, from_logits="no")
    with pytest.raises(ValueError, match="1 of 1 rows do not"):
        cost.decide(logits[:1])
