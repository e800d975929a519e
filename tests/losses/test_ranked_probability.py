"""The ranked probability score: its definition, its order of classes, and what it is of two."""

import itertools

import mpmath
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

import sklearn_xent as sx
from tests.support.own_losses import ranked

RNG = np.random.default_rng(0)
RPS = sx.get_loss("ranked_probability")
GRADES = ["low", "middle", "high"]  # sorted: high, low, middle


def test_values_by_hand():
    proba = [[0.1, 0.6, 0.3], [0.6, 0.1, 0.3], [0.2, 0.5, 0.3]]
    np.testing.assert_allclose(
        RPS.per_sample([2, 2, 1], proba), [0.01 + 0.49, 0.36 + 0.49, 0.04 + 0.09], rtol=1e-14
    )
    assert RPS.per_sample([0, 4, 0], np.eye(5)[[4, 0, 0]]).tolist() == [4, 4, 0]
    assert RPS.range_for(5) == (0, 4)


@pytest.mark.parametrize("k", [2, 3, 8, 9, 30])
def test_it_is_the_loss_that_a_user_would_write(k):
    proba, codes = RNG.dirichlet(np.ones(k), 50), RNG.integers(0, k, 50)
    np.testing.assert_allclose(
        RPS.per_sample(codes, proba), ranked.per_sample(codes, proba), rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("name", ["rps", "ranked_probability_score"])
def test_its_other_names(name):
    assert sx.get_loss(name) is RPS
    assert sx.get_scorer(f"neg_{name}").loss is RPS


def test_its_scorer_is_not_among_those_that_suit_any_classes():
    assert "neg_ranked_probability" not in sx.SCORERS


@pytest.mark.parametrize("soft", [False, True])
def test_of_two_classes_it_is_the_halved_brier_loss(soft):
    proba, logits = RNG.dirichlet(np.ones(2), 50), RNG.normal(0, 3, (50, 2))
    y = RNG.dirichlet(np.ones(2), 50) if soft else RNG.integers(0, 2, 50)
    brier = sx.get_loss("brier_loss")
    close = {"rtol": 1e-12, "atol": 1e-15}
    np.testing.assert_allclose(RPS.per_sample(y, proba), brier.per_sample(y, proba), **close)
    for kind in ("gradient", "hessian", "curvature"):
        got, expected = (getattr(loss, kind)(y, logits) for loss in (RPS, brier))
        np.testing.assert_allclose(got, expected, **close)


def test_it_adds_up_the_brier_losses_of_at_most_each_class():
    proba, codes = RNG.dirichlet(np.ones(4), 50), RNG.integers(0, 4, 50)
    expected = sum(
        sx.brier_loss(codes <= j, np.minimum(proba[:, : j + 1].sum(axis=1), 1.0), reduction="none")
        for j in range(3)
    )
    np.testing.assert_allclose(RPS.per_sample(codes, proba), expected, rtol=1e-12)


def test_tiny_losses_keep_their_digits():
    tiny = [1e-9, 3e-12, 5e-20, 2e-18]
    for code in range(5):
        row = [*tiny[:code], 1 - sum(tiny), *tiny[code:]]
        below = itertools.accumulate(map(mpmath.mpf, row[:code]))
        above = itertools.accumulate(map(mpmath.mpf, row[:code:-1]))
        exact = float(mpmath.fsum(x**2 for x in (*below, *above)))
        assert RPS.per_sample([code], [row])[0] == pytest.approx(exact, rel=1e-14, abs=0)


def test_a_target_distribution_is_at_a_squared_distance():
    """The expectation less what no prediction can avoid, as of the Brier loss."""
    target, proba = RNG.dirichlet(np.ones(4), 20), RNG.dirichlet(np.ones(4), 20)
    each = np.stack([RPS.per_sample(np.full(20, j), proba) for j in range(4)], axis=1)
    cumulated = target.cumsum(axis=1)[:, :-1]
    unavoidable = (cumulated * (1 - cumulated)).sum(axis=1)
    got = RPS.per_sample(target, proba)
    np.testing.assert_allclose(got, (target * each).sum(axis=1) - unavoidable, atol=1e-14)
    np.testing.assert_allclose(RPS.per_sample(target, target), 0, atol=1e-30)


def test_the_other_end_first_is_the_same():
    proba, codes = RNG.dirichlet(np.ones(5), 50), RNG.integers(0, 5, 50)
    turned = RPS.per_sample(4 - codes, proba[:, ::-1])
    np.testing.assert_allclose(turned, RPS.per_sample(codes, proba), rtol=1e-13)


@pytest.mark.parametrize("total", [1 - 9e-7, 1 + 9e-7])
@pytest.mark.parametrize("k", [2, 3, 6])
def test_the_bound_holds_where_rows_miss_a_sum_of_one(k, total):
    proba = np.vstack([RNG.dirichlet(np.ones(k), 50), np.full((1, k), 1 / k), np.eye(k)]) * total
    every = RPS.every_label(proba, False)
    assert (RPS.label_spread(proba.max(axis=1), proba.min(axis=1), k, False) >=
            np.ptp(every, axis=1)).all()  # fmt: skip


# --- the order of the classes ---------------------------------------------------------------------

P = [[0.1, 0.6, 0.3], [0.6, 0.1, 0.3], [0.2, 0.5, 0.3]]
Y = ["high", "high", "middle"]
VALUE = (0.5 + 0.85 + 0.13) / 3
ORDERED = pd.Series(pd.Categorical(Y, GRADES, ordered=True))
NAMED = pd.DataFrame(P, columns=GRADES)
USES = {
    "mean_loss": lambda y, p, **options: sx.mean_loss(RPS, y, p, **options),
    "compare_predictions": lambda y, p, **options: (
        sx.compare_predictions(y, {"a": p}, losses=RPS, **options).summary["mean_loss"].iloc[0]
    ),
    "per sample": lambda y, p, **options: sx.mean_loss(
        "rps", y, p, reduction="none", **options
    ).mean(),
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.RareClassWarning")


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize(
    ("y", "p", "options"),
    [
        (Y, P, {"labels": GRADES}),
        (Y, NAMED, {"labels": GRADES}),
        (Y, NAMED[["high", "low", "middle"]], {"labels": GRADES}),
        (ORDERED, P, {"labels": GRADES}),
        ([2, 2, 1], P, {"labels": [0, 1, 2]}),
        (pd.Categorical(["z", "z", "y"], ["x", "y", "z"], ordered=True), P, {}),
    ],
)
def test_orders_that_are_known(use, y, p, options):
    assert use(y, p, **options) == pytest.approx(VALUE, rel=1e-14)


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("columns", list(itertools.permutations(GRADES)))
def test_an_ordered_categorical_gives_its_order_to_named_columns(use, columns):
    y = pd.Series(pd.Categorical([*Y, "low"], GRADES, ordered=True))
    p = pd.DataFrame([*P, [1.0, 0.0, 0.0]], columns=GRADES)[list(columns)]
    assert use(y, p) == pytest.approx(3 * VALUE / 4, rel=1e-14)


def test_of_two_ordered_categories_one_named_column_will_do():
    y = pd.Categorical(["low", "high"], ["low", "high"], ordered=True)
    for name, p in {"low": [0.75, 0.5], "high": [0.25, 0.5]}.items():
        value = sx.mean_loss(RPS, y, pd.Series(p, name=name))
        assert value == pytest.approx((0.0625 + 0.25) / 2)


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([*Y, "low"], [*P, P[0]], "ranked_probability depends on the order of the classes, and "),
        ([*Y, "low"], pd.DataFrame([*P, P[0]], columns=GRADES), "Pass labels=.* in their order"),
        (
            pd.Categorical([*Y, "low"], GRADES),
            pd.DataFrame([*P, P[0]], columns=GRADES),
            "would be a guess",
        ),
        (pd.Categorical([*Y, "low"], GRADES, ordered=True), [*P, P[0]], "an ordered categorical"),
    ],
)
def test_orders_that_would_be_a_guess(use, y, p, message):
    with pytest.raises(ValueError, match=message):
        use(y, p)


X = RNG.normal(size=(120, 2))
CODES = (X[:, 0] + RNG.normal(size=120) > -0.5).astype(int) + (X[:, 0] > 0.7)
TEXT = np.asarray(GRADES)[CODES]
CATEGORICAL = pd.Series(pd.Categorical(TEXT, GRADES, ordered=True))


def test_scorers_need_the_order_too():
    by_number = cross_val_score(LogisticRegression(), X, CODES, scoring=sx.LossScorer("rps"))
    by_labels = cross_val_score(
        LogisticRegression(), X, TEXT, scoring=sx.LossScorer("rps", labels=GRADES)
    )
    np.testing.assert_allclose(by_labels, by_number, rtol=1e-4)
    by_category = cross_val_score(
        LogisticRegression(), X, CATEGORICAL, scoring=sx.LossScorer("rps")
    )
    np.testing.assert_allclose(by_category, by_labels, rtol=1e-14)
    model = LogisticRegression().fit(X, TEXT)
    with pytest.raises(ValueError, match="ranked_probability depends on the order of the classes"):
        sx.get_scorer("neg_ranked_probability")(model, X, TEXT)


def test_models_are_compared_in_the_order_of_the_categories():
    models = {"plain": LogisticRegression(), "shrunk": LogisticRegression(C=0.01)}
    by_category = sx.compare_models(models, X, CATEGORICAL, losses="rps")
    by_labels = sx.compare_models(models, X, TEXT, losses="rps", labels=GRADES)
    pd.testing.assert_frame_equal(by_category.differences, by_labels.differences)
    assert "Ranked probability score" in by_labels.headlines()[0]
    with pytest.raises(ValueError, match="Pass labels="):
        sx.compare_models(models, X, TEXT, losses="rps")


def test_streams_and_saved_states():
    proba = RNG.dirichlet(np.ones(3), 120)
    other = RNG.dirichlet(np.ones(3), 120)
    together = sx.compare_predictions(TEXT, {"a": proba, "b": other}, losses=RPS, labels=GRADES)
    stream = sx.LossAccumulator(models=["a", "b"], labels=GRADES, losses="rps")
    for rows in (slice(0, 50), slice(50, 120)):
        stream.update(TEXT[rows], {"a": proba[rows], "b": other[rows]})
    again = sx.LossAccumulator.from_dict(stream.to_dict())
    assert again.digest() == stream.digest()
    for result in (stream.compute(), again.compute()):
        np.testing.assert_allclose(
            result.differences["difference"], together.differences["difference"], rtol=1e-12
        )


def test_it_has_parts_and_skill_and_trains():
    proba = RNG.dirichlet(np.ones(3), 120)
    parts = sx.decompose("rps", TEXT, proba, labels=GRADES).iloc[0]
    assert parts["score"] == pytest.approx(
        parts["miscalibration"] - parts["discrimination"] + parts["uncertainty"]
    )
    assert parts["score"] == pytest.approx(sx.mean_loss("rps", TEXT, proba, labels=GRADES))
    skill = sx.skill_score("rps", TEXT, proba, labels=GRADES)
    assert skill == pytest.approx(1 - parts["score"] / parts["uncertainty"])
    gradient, hessian = sx.objective("rps")(CODES, np.zeros((120, 3)))
    assert (hessian > 0).all()
    assert np.abs(gradient.sum(axis=1)).max() < 1e-15


def test_the_bound_of_two_classes_is_nearly_reached():
    low = np.array([0.0, 0.1, 0.35, 0.5])
    bound = RPS.label_spread(1 - low, low, 2, False)
    assert (bound >= 1 - 2 * low).all()
    assert (bound < 1.11 - 2 * low).all()  # rows may sum to 1.05
