import math
import re
import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    brier_score_loss,
    d2_log_loss_score,
    log_loss,
    make_scorer,
    zero_one_loss,
)
from sklearn.model_selection import cross_val_score

import sklearn_xent as sx
from tests.support.oracles import ORACLES

RNG = np.random.default_rng(2)
METRICS = [sx.classification_error, sx.brier_loss, sx.cross_entropy]
ONE = [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]]
TWO = [[0.1, 0.2, 0.7], [0.1, 0.7, 0.2], [0.3, 0.4, 0.3]]


def problem(n=100, k=3):
    return RNG.integers(0, k, n), RNG.dirichlet(np.ones(k), n)


@pytest.mark.parametrize(
    ("metric", "one", "two"),
    [
        (sx.classification_error, 1 / 3, 1 / 3),
        (sx.brier_loss, (0.54 + 0.54 + 1.34) / 3, 0.34),
        (sx.cross_entropy, -math.log(0.4 * 0.4 * 0.1) / 3, -math.log(0.7 * 0.7 * 0.3) / 3),
    ],
)
def test_small_story(metric, one, two):
    assert metric([2, 1, 0], ONE) == pytest.approx(one, abs=1e-15)
    assert metric([2, 1, 0], TWO) == pytest.approx(two, abs=1e-15)
    assert type(metric([2, 1, 0], ONE)) is float


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("weighted", [False, True])
def test_agrees_with_scikit_learn(k, weighted):
    y, proba = problem(k=k)
    weight = RNG.random(100) if weighted else None
    assert sx.cross_entropy(y, proba, sample_weight=weight) == pytest.approx(
        log_loss(y, proba, sample_weight=weight), rel=1e-13
    )
    assert sx.brier_loss(y, proba, sample_weight=weight) == pytest.approx(
        brier_score_loss(y, proba if k > 2 else proba[:, 1], sample_weight=weight), rel=1e-13
    )
    predicted = proba.argmax(axis=1)
    expected = zero_one_loss(y, predicted, sample_weight=weight)
    assert sx.classification_error(y, proba, sample_weight=weight) == pytest.approx(expected)
    assert sx.classification_error(y, predicted, sample_weight=weight) == pytest.approx(expected)


def test_skill_agrees_with_scikit_learn():
    y, proba = problem()
    assert sx.skill_score("log_loss", y, proba) == pytest.approx(d2_log_loss_score(y, proba))


@pytest.mark.parametrize("metric", METRICS)
def test_blocks_join(metric):
    y, proba = problem(n=50_000, k=10)
    expected = ORACLES[metric.__name__](y, proba)
    assert metric(y, proba) == pytest.approx(expected.mean(), rel=1e-13)
    np.testing.assert_allclose(metric(y, proba, reduction="none"), expected, rtol=1e-12)


# --- zero probabilities ---------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_zero_probability_costs_the_same_in_every_dtype(dtype):
    with pytest.warns(sx.ZeroProbabilityWarning, match="1 of 2 samples have a probability below"):
        value = sx.cross_entropy([0, 1], np.array([[0, 1], [0, 1]], dtype=dtype), reduction="none")
    assert value.tolist() == [52 * math.log(2), 0.0]


def test_eps_zero_charges_infinity_without_a_warning():
    assert sx.cross_entropy([0, 1], [[0, 1], [0, 1]], eps=0) == math.inf


def test_eps_is_the_least_probability_charged():
    proba = [[1e-20, 1.0], [0.5, 0.5]]
    exact = sx.cross_entropy([0, 1], proba, eps=0, reduction="none")
    assert exact[0] == -math.log(1e-20)  # two columns stay two columns
    with pytest.warns(sx.ZeroProbabilityWarning, match="1 of 2"):
        assert sx.cross_entropy([0, 1], proba, reduction="none")[0] == 52 * math.log(2)
    with pytest.warns(sx.ZeroProbabilityWarning, match=r"eps=0.01 for their true class"):
        assert sx.cross_entropy([0], [0.999], labels=[0, 1], eps=0.01) == -math.log(0.01)


def test_zero_where_the_target_is_zero_costs_nothing():
    assert sx.cross_entropy([[0.0, 1.0]], [[0.0, 1.0]], eps=0) == 0.0
    with pytest.warns(sx.ZeroProbabilityWarning, match="1 of 1"):
        sx.cross_entropy([[0.5, 0.5]], [[0.0, 1.0]])


def test_warning_points_to_the_caller():
    for call in (
        lambda: sx.cross_entropy([0, 1], [[0, 1], [0, 1]]),
        lambda: sx.skill_score("xent", [0, 1], [[0, 1], [0, 1]]),
        lambda: sx.mean_loss("xent", [0, 1], [[0, 1], [0, 1]]),
        lambda: sx.compare_predictions([0, 1], {"m": [[0, 1], [0, 1]]}),
    ):
        with pytest.warns(sx.ZeroProbabilityWarning) as caught:
            call()
        assert [w.filename for w in caught] == [__file__] * len(caught)


def test_a_weight_of_zero_takes_an_infinite_loss_out():
    options = {"eps": 0, "sample_weight": [0.0, 2.0]}
    assert sx.cross_entropy([0, 1], [[0, 1], [0, 1]], **options) == 0.0
    each = sx.cross_entropy([0, 1], [[0, 1], [0, 1]], reduction="none", **options)
    assert each.tolist() == [0.0, 0.0]


# --- logits, soft targets, labels -----------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
def test_logits_of_a_thousand(metric):
    value = metric([0, 1], [[1000.0, -1000.0], [1000.0, -1000.0]], from_logits=True)
    assert value == {"cross_entropy": 1000.0}.get(metric.__name__, 0.5)


def test_log_probabilities_are_logits():
    y, proba = problem()
    assert sx.cross_entropy(y, np.log(proba), from_logits=True) == pytest.approx(
        sx.cross_entropy(y, proba), rel=1e-13
    )


def test_brier_of_soft_targets_is_the_squared_distance():
    target, proba = [[0.2, 0.3, 0.5]], [[0.1, 0.6, 0.3]]
    assert sx.brier_loss(target, proba) == pytest.approx(0.01 + 0.09 + 0.04)


def test_error_of_soft_targets_is_the_chance_of_another_class():
    assert sx.classification_error([[0.2, 0.3, 0.5]], [[0.1, 0.6, 0.3]]) == pytest.approx(0.7)
    assert sx.classification_error([[0.2, 0.8], [1, 0]], [1, 0]) == pytest.approx(0.1)


def test_ties_go_to_the_first_label_in_sorted_order():
    tie = [[0.4, 0.4, 0.2]]
    assert sx.classification_error(["a"], tie, labels=["a", "b", "c"]) == 0.0
    assert sx.classification_error(["a"], tie, labels=["b", "a", "c"]) == 0.0
    assert sx.classification_error(["b"], tie, labels=["b", "a", "c"]) == 1.0


@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"),
    [
        (["a", "b", "a"], ["a", "a", "a"], 1 / 3),
        ([1, 2, 1], [1, 3, 1], 1 / 3),
        ([1, 2], [1.0, 2.0], 0.0),
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([-1, 1, 1], [1.0, 1.0, 1.0], 1 / 3),
        ([0, 1, 1], [0.0, 1.0, 0.0], 1 / 3),
        ([0, 1, 1], [0.2, 0.7, 0.4], 1 / 3),
        ([False, True], [True, True], 0.5),
        (["a"], ["a"], 0.0),
        ([1, 2, 1], [[1], [1], [1]], 1 / 3),
        ([1, 2, 1], pd.DataFrame({"predicted": [1, 1, 1]}), 1 / 3),
        (["a", "b"], [["a"], ["a"]], 0.5),
        ([0, 1, 1], [0.2, 1, 0.9], 0.0),
        ([0, 1], [np.longdouble(0.3), 1], 0.0),
        ([0, 1, 1], np.array([0.2, 0.7, 0.4], dtype=object), 1 / 3),
        ([2**63, 2**63 + 1, -1], [2**63 + 1, 2**63, -1], 2 / 3),
        pytest.param(
            ["a", "a\0"],
            ["a\0", "a\0"],
            0.5,
            marks=pytest.mark.skipif(
                pd.__version__ < "3", reason="pandas 2 hashes strings up to the first NUL"
            ),
        ),
        (pd.Series([("x", 1), ("y", 2)]), pd.Series([("x", 1), ("x", 1)]), 0.5),
    ],
)
def test_error_of_labels_or_probabilities(y_true, y_pred, expected):
    assert sx.classification_error(y_true, y_pred) == pytest.approx(expected)


def test_error_never_guesses_between_labels_and_probabilities():
    with pytest.raises(ValueError, match="could hold labels or probabilities of 2: its values"):
        sx.classification_error([1, 2], [1.0, 1.0])
    with pytest.raises(ValueError, match="could hold labels or probabilities of 0"):
        sx.classification_error([1, 0], [0.0, 1.0], labels=[1, 0])


@pytest.mark.parametrize("y_true", [[0.2, 0.7, 0.9], [0, 1.5, 1]])
def test_fractional_labels_are_refused(y_true):
    with pytest.raises(ValueError, match="got fractional numbers"):
        sx.classification_error(y_true, [0, 1, 1])


def test_labels_may_be_an_iterator():
    assert sx.classification_error([1, 2, 1], [0.1, 0.2, 0.3], labels=iter([1, 2])) == (
        pytest.approx(1 / 3)
    )


def test_large_losses_are_infinite_at_worst():
    assert sx.cross_entropy([0] * 3, [[-1e308, 1e308]] * 3, labels=[0, 1], from_logits=True) == (
        math.inf
    )


def test_a_sum_of_errors_is_a_whole_number():
    proba = np.tile([0.9, 0.1], (49, 1))
    proba[0] = [0.1, 0.9]
    assert sx.classification_error([0] * 49, proba, labels=[0, 1], reduction="sum") == 1.0


@pytest.mark.parametrize("k", [2, 3, 9])
def test_brier_of_nearly_sure_predictions(k):
    doubt = np.full(100_000, 0.0999)
    proba = np.zeros((100_000, k))
    proba[:, 0], proba[:, 1] = 1 - doubt, doubt
    each = sx.brier_loss(np.zeros(100_000, int), proba, labels=range(k), reduction="none")
    mean = sx.brier_loss(np.zeros(100_000, int), proba, labels=range(k))
    assert mean == pytest.approx(math.fsum(each) / 100_000, rel=1e-13)


@pytest.mark.parametrize("scale", [1e-100, 1e-80, 5e99])
def test_weights_of_any_size(scale):
    y, proba = problem()
    proba[0] = [0, 0, 1]
    y[0] = 2
    weight = RNG.integers(1, 3, 100).astype(float)
    for metric in METRICS:
        mean = metric(y, proba, sample_weight=weight)
        assert metric(y, proba, sample_weight=weight * scale) == pytest.approx(mean, rel=1e-12)
    total = sx.brier_loss(y, proba, sample_weight=weight * 1e-100, reduction="sum")
    expected = sx.brier_loss(y, proba, sample_weight=weight, reduction="sum")
    assert total == pytest.approx(expected * 1e-100)


def test_huge_numbers_are_quiet():
    logits = np.array([[1e200, 0], [0, 1e200]])
    assert sx.cross_entropy([0, 1], logits, from_logits=True, reduction="none").tolist() == [0, 0]
    assert sx.cross_entropy(range(8), 1000.0 * np.eye(8), from_logits=True) == 0
    long = np.array([["1e4000", 0], [0, 1]], "g")
    with pytest.raises(ValueError, match=r"logit of \+inf"):
        sx.cross_entropy([0, 1], long, from_logits=True)
    with pytest.raises(ValueError, match="not finite"):
        sx.cross_entropy([0, 1], [[0.5, 0.5]] * 2, sample_weight=long[:, 0])


def test_user_state_of_numpy_does_not_matter():
    with np.errstate(all="raise"):
        sx.cross_entropy([[5e-324, 1.0]], [[0.5, 0.5]])
        sx.brier_loss([0], [[0.0, 800.0]], labels=[0, 1], from_logits=True)
        subnormal = [[0.0, -368.0, -368.4]]  # the loss, which is halved
        sx.brier_loss([0], subnormal, labels=[0, 1, 2], from_logits=True, scale_by_half=True)
        sx.get_loss("mse").gradient([0], [[0.0, 800.0]])


def test_own_loss_cannot_change_the_predictions():
    def in_place(codes, proba):
        proba /= 2
        return proba[:, 0]

    proba = np.full((2, 2), 0.5)
    with pytest.raises(ValueError, match="read-only"):
        sx.mean_loss(sx.Loss(name="bad", title="Bad", function=in_place), [0, 1], proba)
    assert (proba == 0.5).all()


@pytest.mark.parametrize("value", [math.nan, -1.0, 1j])
def test_own_loss_must_return_a_loss(value):
    bad = sx.Loss(name="bad", title="Bad", function=lambda y, p: np.full(len(y), value))
    with pytest.raises(ValueError, match="the function of loss bad"):
        sx.mean_loss(bad, [0, 1], [[0.5, 0.5], [0.5, 0.5]])


def test_skill_of_a_loss_below_zero_is_still_one_at_best():
    score = sx.Loss(
        name="score", title="Score", range=(-1, 0), function=lambda y, p: -p[np.arange(len(y)), y]
    )
    assert sx.skill_score(score, [0, 1], [[1, 0], [0, 1]]) == 1.0
    assert sx.skill_score(score, [0, 1], [[0.5, 0.5], [0.5, 0.5]]) == 0.0


def test_predicted_labels_must_be_of_the_kind_of_the_true_ones():
    with pytest.raises(ValueError, match="y_true and y_pred: labels of the types int, str"):
        sx.classification_error([1, 2], ["1", "2"])
    with pytest.raises(ValueError, match="y_pred: 1 of 2 labels are not among the classes"):
        sx.classification_error(["a", "b"], ["a", "z"], labels=["a", "b"])


@pytest.mark.parametrize("metric", METRICS)
def test_class_weights(metric):
    y, proba = problem()
    each = metric(y, proba, reduction="none")
    of_class = {0: 1.0, 1: 3.0}  # the third weighs 1
    weight = np.array([1.0, 3.0, 1.0])[y]
    expected = np.average(each, weights=weight)
    assert metric(y, proba, class_weight=of_class) == pytest.approx(expected)
    means = [each[y == c].mean() for c in range(3)]
    assert metric(y, proba, class_weight="balanced") == pytest.approx(np.mean(means))


def test_class_weights_multiply_sample_weights():
    y, proba = problem(k=2)
    weight = RNG.random(100)
    got = sx.brier_loss(y, proba, sample_weight=weight, class_weight={1: 2.0})
    expected = sx.brier_loss(y, proba, sample_weight=weight * (1 + y))
    assert got == pytest.approx(expected)


def test_class_weight_of_soft_targets_is_the_expected_weight():
    target, proba = RNG.dirichlet(np.ones(2), 9), RNG.dirichlet(np.ones(2), 9)
    got = sx.brier_loss(target, proba, class_weight={0: 1.0, 1: 4.0})
    assert got == pytest.approx(sx.brier_loss(target, proba, sample_weight=target @ [1.0, 4.0]))


def test_reductions():
    y, proba = problem()
    weight = RNG.random(100)
    each = sx.brier_loss(y, proba, sample_weight=weight, reduction="none")
    assert each.dtype == np.float64
    total = sx.brier_loss(y, proba, sample_weight=weight, reduction="sum")
    assert each.sum() == pytest.approx(total)
    assert total / weight.sum() == pytest.approx(sx.brier_loss(y, proba, sample_weight=weight))
    for metric in METRICS:
        with pytest.raises(ValueError, match="reduction must be"):
            metric(y, proba, reduction="median")
    with pytest.raises(ValueError, match="reduction must be"):
        sx.classification_error(y, y, reduction="median")


def test_scale_by_half():
    y, proba = problem(k=2)
    assert sx.brier_loss(y, proba, scale_by_half=False) == pytest.approx(
        2 * sx.brier_loss(y, proba)
    )
    y, proba = problem(k=3)
    assert sx.brier_loss(y, proba, scale_by_half=True) == pytest.approx(sx.brier_loss(y, proba) / 2)


@pytest.mark.parametrize("metric", METRICS)
def test_inputs_are_not_changed(metric):
    y, proba = problem()
    kept = y.copy(), proba.copy()
    proba.flags.writeable = False
    metric(y, proba, labels=[2, 0, 1], reduction="none")
    np.testing.assert_array_equal(y, kept[0])
    np.testing.assert_array_equal(proba, kept[1])


@pytest.mark.parametrize("metric", METRICS)
def test_usable_in_make_scorer(metric):
    X = RNG.normal(size=(90, 4))
    y = (X[:, 0] + RNG.normal(size=90) > 0).astype(int)
    scorer = make_scorer(metric, response_method="predict_proba", greater_is_better=False)
    scores = cross_val_score(LogisticRegression(), X, y, scoring=scorer, cv=3)
    own = cross_val_score(
        LogisticRegression(), X, y, scoring=sx.get_scorer(f"neg_{metric.__name__}"), cv=3
    )
    np.testing.assert_allclose(scores, own, rtol=1e-12)


# --- skill ----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["error", "mse", "xent"])
def test_skill_of_the_prior_is_zero_and_of_certainty_one(loss):
    y = np.array([0, 0, 1, 2, 2, 2])
    prior = np.bincount(y) / 6
    assert sx.skill_score(loss, y, np.tile(prior, (6, 1))) == pytest.approx(0)
    assert sx.skill_score(loss, y, np.eye(3)[y]) == 1.0


def test_skill_against_a_given_prior():
    y, proba = problem()
    reference = [0.2, 0.3, 0.5]
    expected = 1 - sx.cross_entropy(y, proba) / sx.cross_entropy(y, np.tile(reference, (100, 1)))
    assert sx.skill_score("xent", y, proba, reference=reference) == pytest.approx(expected)
    by_label = dict(enumerate(reference))
    assert sx.skill_score("xent", y, proba, reference=by_label) == pytest.approx(expected)
    as_series = pd.Series(reference)
    assert sx.skill_score("xent", y, proba, reference=as_series) == pytest.approx(expected)
    by_frequency = pd.Series(by_label).sort_values(ascending=False)
    assert sx.skill_score("xent", y, proba, reference=by_frequency) == pytest.approx(expected)


def test_undefined_skill_is_nan_with_a_warning():
    with pytest.warns(
        sx.UndefinedSkillWarning, match="the skill of brier_loss is undefined"
    ) as caught:
        value = sx.skill_score("brier_loss", [1, 1], [0.3, 0.8], labels=[0, 1])
    assert math.isnan(value)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ([0.5, 0.5], r"one probability for each of the 3 classes; got shape \(2,\)"),
        ([0.5, 0.5, 0.5], "reference must hold probabilities that sum to 1"),
        ({0: 0.5, 1: 0.5}, "must give a probability to each of the classes"),
    ],
)
def test_reference_must_be_a_distribution(reference, message):
    y, proba = problem()
    with pytest.raises(ValueError, match=message):
        sx.skill_score("brier_loss", y, proba, reference=reference)


def test_no_warning_without_a_reason():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y, proba = problem()
        for metric in METRICS:
            metric(y, proba)


# --- scikit-learn's assume_finite ---------------------------------------------------------------


def both(call):
    """The value with and without the checks of values."""
    with config_context(assume_finite=True):
        trusted = call()
    return trusted, call()


@pytest.mark.parametrize(("n", "k"), [(70_000, 3), (40_000, 9), (700, 1000)])
@pytest.mark.parametrize(
    "change", [np.float64, np.float32, np.float16, np.asfortranarray, lambda p: p[:, ::-1]]
)
@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
def test_trusted_values_give_the_same_bits_in_every_form(n, k, change):
    rng = np.random.default_rng(n)
    y, proba = rng.integers(0, k, n), change(rng.dirichlet(np.ones(k), n))
    for metric in (sx.classification_error, sx.brier_loss, sx.cross_entropy):
        for from_logits in (False, True):
            values = proba * -4 if from_logits else proba
            call = partial(metric, y, values, labels=range(k), from_logits=from_logits)
            trusted, checked = both(call)
            assert trusted == checked


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [2, 3, 4, 8, 9, 16, 17])
@pytest.mark.parametrize(
    "change",
    [
        lambda p: p * (1 + 2 * np.finfo(p.dtype).eps),  # above one by rounding
        lambda p: p * 3 - 1,
        lambda p: (p > 0.3) * p.dtype.type(1),  # several cells are the greatest
        lambda p: p * 0 - p.dtype.type(0),
    ],
)
def test_trusted_values_are_counted_as_they_are(change, k, dtype):
    rng = np.random.default_rng(k)
    sure, free = np.eye(k)[rng.integers(0, k, 40)], rng.dirichlet(np.ones(k), 40)
    y, proba = rng.integers(0, k, 80), change(np.concatenate([sure, free]).astype(dtype))
    with config_context(assume_finite=True):
        trusted = sx.classification_error(y, proba, labels=range(k))
    assert trusted == np.mean(proba.argmax(axis=1) != y)


@pytest.mark.parametrize("reduction", ["mean", "none"])
@pytest.mark.parametrize(("bad", "from_logits"), [(np.nan, False), (np.nan, True), (np.inf, True)])
def test_a_loss_that_trusted_values_make_nan_is_explained(bad, from_logits, reduction):
    proba = np.full((3, 2), 0.5)
    proba[1] = bad
    rule = "hold nan" if np.isnan(bad) else r"hold a logit of \+inf"
    for metric in (sx.brier_loss, sx.cross_entropy):
        with config_context(assume_finite=True), pytest.raises(ValueError, match=f"{rule}.*row 1"):
            metric([0, 1, 1], proba, from_logits=from_logits, reduction=reduction)


@pytest.mark.parametrize(
    ("y", "proba", "options"),
    [
        ([0, 1, 3], np.full((3, 3), 1 / 3), {"labels": [0, 1, 2]}),
        ([0, 1], np.full((3, 2), 0.5), {}),
        ([0, 1, 2], np.full((3, 2), 0.5), {}),
        ([0, 1, np.nan], np.full((3, 2), 0.5), {}),
        ([0, 1, 1], np.full((3, 2, 1), 0.5), {}),
        ([0, 1, 1], np.full((3, 2), "a"), {}),
        ([0, 1, 1], np.ma.masked_equal(np.eye(3)[:, :2], 0), {}),
        ([[0.5, 0.6], [0, 1]], np.full((2, 2), 0.5), {}),
        ([0, 1, 1], np.full((3, 2), 0.5), {"sample_weight": [1, -1, 1]}),
        ([0, 1, 1], np.full((3, 2), 0.5), {"sample_weight": [1, 1]}),
        ([0, 1, 1], np.full((3, 2), 0.5), {"labels": [0, 0]}),
        ([0, 1, 1], np.full((3, 2), 0.5), {"class_weight": {2: 1}}),
        ([0, 1, 1], np.full((3, 2), 0.5), {"normalize": True, "from_logits": True}),
        ([0, 1, 1], np.full((3, 2), 0.8), {"normalize": True}),
    ],
)  # fmt: skip
def test_trust_is_in_values_and_sums_only(y, proba, options):
    with pytest.raises(ValueError, match=r".") as caught:
        sx.brier_loss(y, proba, **options)
    same = re.escape(str(caught.value))
    with config_context(assume_finite=True), pytest.raises(ValueError, match=f"^{same}$"):
        sx.brier_loss(y, proba, **options)
