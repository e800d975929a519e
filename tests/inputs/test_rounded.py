"""Probabilities that were rounded: rows are divided by their sum on request, and counted."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import KFold

import sklearn_xent as sx
from sklearn_xent.inputs.predictions import Predictions, read_matrix
from tests.support.exact_means import EXACT, Plain

RNG = np.random.default_rng(3)
N = 60
Y = RNG.integers(0, 3, N)
EXACT_ROWS = RNG.dirichlet(np.ones(3), N)
ROUNDED = EXACT_ROWS.round(2)
DIVIDED = ROUNDED / ROUNDED.sum(axis=1, keepdims=True)
OFF = int((np.abs(ROUNDED.sum(axis=1) - 1) > 1e-9).sum())
METRICS = [metric for metric, _ in EXACT]


def test_the_data_are_of_use():
    assert 5 < OFF < N - 5


# --- values -----------------------------------------------------------------------------------

ROWS = {
    "rounded": [[0.5, 0.25, 0.2], [0.25, 0.5, 0.3]],
    "least and greatest sum": [[0.4, 0.3, 0.2], [0.5, 0.3, 0.3]],
    "proper": [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]],
}


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("case", ROWS)
@pytest.mark.parametrize(("metric", "exact"), EXACT, ids=[name for _, name in EXACT])
def test_normalized_rows_have_the_exact_loss(metric, exact, case, dtype):
    rows = np.array(ROWS[case], dtype)
    divided = [[float(x) / sum(map(float, row)) for x in row] for row in rows]
    value = metric([1, 1], rows, labels=[0, 1, 2], normalize=True)
    assert value == pytest.approx(Plain([1, 1], divided).mean(exact), rel=1e-14)


FORMS = {
    "F": np.asfortranarray,
    "strided": lambda p: np.repeat(p, 2, axis=1)[:, ::2],
    "list": lambda p: p.tolist(),
    "frame in another order": lambda p: pd.DataFrame(p)[[2, 0, 1]].set_axis([3, 1, 2], axis=1),
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("metric", METRICS)
def test_normalizing_is_dividing(metric, reduction):
    expected = metric(Y, DIVIDED, reduction=reduction)
    for form in FORMS.values():
        value = metric(Y + 1, form(ROUNDED), reduction=reduction, normalize=True)
        np.testing.assert_allclose(value, expected, rtol=1e-13)
    with pytest.raises(ValueError, match="If they were rounded, pass normalize=True"):
        metric(Y, ROUNDED, reduction=reduction)


@pytest.mark.parametrize("metric", METRICS)
def test_rows_that_sum_to_one_are_not_touched(metric):
    for rows in (EXACT_ROWS, EXACT_ROWS.astype("f4")):
        assert metric(Y, rows, normalize=True) == metric(Y, rows)


def test_one_column_and_labels_are_left_alone():
    assert sx.brier_loss([0, 1], [0.25, 0.7], normalize=True) == sx.brier_loss([0, 1], [0.25, 0.7])
    assert sx.classification_error([0, 1], [0, 0], normalize=True) == 0.5


def test_checked_predictions_are_divided_each_time():
    raw = Predictions(read_matrix("p", ROUNDED), normalize=True)
    checked = raw.read_checked()
    np.testing.assert_allclose(checked.probabilities(), DIVIDED, rtol=1e-14)
    np.testing.assert_array_equal(checked.probabilities(), raw.probabilities())
    np.testing.assert_array_equal(checked.read().probabilities(), raw.probabilities())
    assert raw.count_normalized(None) == checked.count_normalized(None) == OFF
    assert raw.count_normalized(None, slice(0, 0)) == 0
    assert raw.count_normalized(np.zeros(N)) == 0


@pytest.mark.parametrize("n_classes", [2, 9, 17, 40])
@pytest.mark.parametrize(("dtype", "slack"), [("f8", 1e-15), ("f4", 5e-7), ("f2", 4e-3)])
def test_rows_that_rounding_moved_by_more_than_four_ulps_are_divided(n_classes, dtype, slack):
    rows = RNG.dirichlet(np.ones(n_classes), N).round(2).astype(dtype)
    sums = rows.astype(np.float64).sum(axis=1)
    rows, off = rows[abs(sums - 1) < 0.1], abs(sums - 1)[abs(sums - 1) < 0.1] > slack
    raw = Predictions(read_matrix("p", rows), normalize=True)
    assert raw.count_normalized(None) == off.sum()
    np.testing.assert_allclose(raw.probabilities().sum(axis=1), 1, atol=slack)


@pytest.mark.parametrize("digits", [1, 2, 3, 4, 7])
def test_rounding_to_any_number_of_digits(digits):
    rows = EXACT_ROWS[:20].round(digits)
    expected = sx.brier_loss(Y[:20], rows / rows.sum(axis=1, keepdims=True))
    assert sx.brier_loss(Y[:20], rows, normalize=True) == pytest.approx(expected, rel=1e-13)


def test_skill_and_decomposition():
    for function in (sx.skill_score, sx.decompose):
        rounded = function("brier_loss", Y, ROUNDED, normalize=True)
        np.testing.assert_allclose(
            np.ravel(rounded)[-1:] if function is sx.skill_score else rounded.score,
            function("brier_loss", Y, DIVIDED)
            if function is sx.skill_score
            else function("brier_loss", Y, DIVIDED).score,
        )


# --- errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([0.5, 0.3, 0.09], "1 of 2 rows do not sum to 0.9 to 1.1, as normalize=True needs; row 1 "
         "sums to 0.89"),
        ([0.5, 0.5, 0.11], "row 1 sums to 1.11. These are more than rounded"),
        ([0.0, 0.0, 0.0], "row 1 sums to 0. These"),
        ([1.05, 0.0, 0.0], "outside [0, 1]; first 1.05 in row 1"),
        ([-0.05, 0.5, 0.5], "outside [0, 1]; first -0.05 in row 1"),
        ([np.nan, 0.5, 0.5], "1 of 2 rows hold nan; first nan in row 1"),
    ],
)  # fmt: skip
def test_rows_that_were_more_than_rounded(metric, row, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is asserted below
        metric([0, 1], [[0.3, 0.3, 0.4], row], labels=[0, 1, 2], normalize=True)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("total", "shown"),
    [(0.999998, "0.999998"), (1 - 1.5e-6, "0.9999985"), (1 + 1.5e-6, "1.0000015"), (0.95, "0.95"),
     (1.0001, "1.0001"), (1 - 1.0001e-6, "0.999999. ")],
)  # fmt: skip
def test_the_sum_is_shown_with_enough_digits(total, shown):
    rows = np.full((50, 3), 1 / 3)
    rows[39] = [0.5, 0.25, total - 0.75]
    with pytest.raises(ValueError, match=f"row 39 sums to {shown}"):
        sx.cross_entropy(np.arange(50) % 3, rows)


@pytest.mark.parametrize("rows", [ROUNDED, np.full((N, 3), 0.1), np.full((N, 3), 0.9)])
def test_logits_are_never_suggested_for_values_from_zero_to_one(rows):
    with pytest.raises(ValueError, match="do not sum to 1") as caught:
        sx.brier_loss(Y, rows)
    assert "logits" not in str(caught.value)
    assert ("normalize=True" in str(caught.value)) == (rows is ROUNDED)


def test_targets_cannot_be_normalized():
    soft = ROUNDED.copy()
    for options in ({}, {"normalize": True}):
        with pytest.raises(ValueError, match=r"y_true: .*Divide each row by its sum") as caught:
            sx.brier_loss(soft, DIVIDED, **options)
        assert "normalize" not in str(caught.value)


LOGITS = {
    "metric": lambda **o: sx.brier_loss(Y, ROUNDED, from_logits=True, **o),
    "error": lambda **o: sx.classification_error(Y, ROUNDED, from_logits=True, **o),
    "skill": lambda **o: sx.skill_score("mse", Y, ROUNDED, from_logits=True, **o),
    "own loss": lambda **o: sx.mean_loss("mse", Y, ROUNDED, from_logits=True, **o),
    "parts": lambda **o: sx.decompose("mse", Y, ROUNDED, from_logits=True, **o),
    "comparison": lambda **o: sx.compare_predictions(Y, {"a": ROUNDED}, from_logits=["a"], **o),
    "models": lambda **o: sx.compare_models(
        {"a": Rounding()}, ROUNDED, Y, response_method="decision_function", **o
    ),
    "scorer": lambda **o: sx.LossScorer("mse", from_logits=True, **o),
    "scorer of logits": lambda **o: sx.LossScorer(
        "mse", response_method=["predict_proba", "decision_function"], **o
    ),
    "stream": lambda **o: sx.LossAccumulator(
        labels=[0, 1, 2], models=["a"], from_logits=True, **o
    ),
    "table": lambda **o: sx.compare_table(
        pd.DataFrame({"y": Y, "p": Y}), y_true="y", predictions={"a": ["p", "p", "p"]},
        labels=[0, 1, 2], from_logits=["a"], **o
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LOGITS)
def test_logits_cannot_be_normalized(case):
    with pytest.raises(ValueError, match="Leave normalize out: the softmax of logits sums to one"):
        LOGITS[case](normalize=True)
    with pytest.raises(ValueError, match="normalize must be True or False; got 'yes'"):
        LOGITS[case](normalize="yes")


# --- logits that look like probabilities -------------------------------------------------------


@pytest.mark.parametrize("rows", [
    EXACT_ROWS, ROUNDED, EXACT_ROWS.round(1), EXACT_ROWS.round(4), EXACT_ROWS.astype("f2"),
    RNG.dirichlet(np.ones(10), N).round(1)[:, :3] * 0 + [0.3, 0.3, 0.3],
])  # fmt: skip
def test_rounded_probabilities_as_logits_are_suspect(rows):
    with pytest.warns(sx.SuspectLogitsWarning, match="look like probabilities"):
        sx.brier_loss(Y, rows, from_logits=True)


def test_a_tie_that_was_rounded_up_twice_hides_nothing():
    rows = np.full((20, 2), 0.5)
    rows[7] = [0.5, 0.6]
    with pytest.warns(sx.SuspectLogitsWarning):
        sx.brier_loss(np.arange(20) % 2, rows, from_logits=True)
    rows[:3] = [0.5, 0.6]
    assert sx.brier_loss(np.arange(20) % 2, rows, from_logits=True) > 0


def test_many_rounded_probabilities_as_logits_are_suspect():
    rows = RNG.dirichlet(np.full(20, 0.3), N).round(2)
    with pytest.warns(sx.SuspectLogitsWarning):
        sx.brier_loss(np.arange(N) % 20, rows, from_logits=True)


@pytest.mark.parametrize("rows", [np.log(EXACT_ROWS), EXACT_ROWS * 2, EXACT_ROWS - 0.01,
                                  RNG.random((N, 3)), RNG.random((N, 3)).round(1),
                                  EXACT_ROWS * 0.5])  # fmt: skip
def test_logits_are_not_suspect(rows):
    assert sx.brier_loss(Y, rows, from_logits=True) > 0


# --- comparisons, scorers and streams ----------------------------------------------------------


class Rounding(ClassifierMixin, BaseEstimator):
    """Predicts its features, which hold rounded probabilities, for the classes it has seen."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.asarray(X)[:, : len(self.classes_)]

    def decision_function(self, X):
        return np.asarray(X)


SHARP = (0.8 * DIVIDED + 0.2 / 3).round(2)
OFF_SHARP = int((np.abs(SHARP.sum(axis=1) - 1) > 1e-9).sum())
MODELS = {"a": ROUNDED, "b": SHARP}


@pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning")
def test_a_comparison_counts_the_rows():
    found = sx.compare_predictions(Y, MODELS, normalize=True)
    assert found.summary["n_normalized"].tolist() == [OFF, OFF_SHARP] * 3
    assert found.summary["n_normalized"].dtype == np.int64
    by_hand = {name: rows / rows.sum(axis=1, keepdims=True) for name, rows in MODELS.items()}
    expected = sx.compare_predictions(Y, by_hand)
    assert expected.summary["n_normalized"].eq(0).all()
    pd.testing.assert_frame_equal(found.differences, expected.differences)
    np.testing.assert_allclose(found.decompose().score, expected.decompose().score)
    weight = (np.arange(N) < 20).astype(float)
    weighted = sx.compare_predictions(Y, MODELS, normalize=True, losses="mse", sample_weight=weight)
    few = sx.compare_predictions(
        Y[:20], {name: rows[:20] for name, rows in MODELS.items()}, normalize=True, losses="mse"
    )
    counts = [found.summary["n_normalized"].tolist() for found in (weighted, few)]
    assert counts[0] == counts[1] != [0, 0]
    with pytest.raises(ValueError, match=r"predictions\['a'\]: .*pass normalize=True"):
        sx.compare_predictions(Y, MODELS)


def test_models_are_compared_by_normalized_rows():
    cv = KFold(5)
    found = sx.compare_models(
        {"a": Rounding()}, ROUNDED, Y, cv=cv, losses="mse", normalize=True, error_score="raise"
    )
    assert found.summary["n_normalized"].tolist() == [OFF]
    assert found.summary["mean_loss"][0] == pytest.approx(sx.brier_loss(Y, DIVIDED))
    with pytest.raises(ValueError, match="pass normalize=True"):
        sx.compare_models({"a": Rounding()}, ROUNDED, Y, cv=cv, error_score="raise")


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
def test_rows_of_a_model_that_lacks_a_class_are_counted():
    rows = np.column_stack([ROUNDED[:, 0], 1 - ROUNDED[:, 0] + 0.01 * (ROUNDED[:, 1] < 0.5)])
    rows = rows.clip(0, 1)
    y = np.where(np.arange(N) % 5, Y % 2, 2)
    train = np.flatnonzero(y < 2)[:20]
    test = np.setdiff1d(np.arange(N), train)
    found = sx.compare_models(
        {"a": Rounding()}, rows, y, cv=[(train, test)], losses="mse", normalize=True,
        error_score="raise",
    )  # fmt: skip
    off = np.abs(rows.sum(axis=1) - 1) > 1e-9
    assert found.summary["n_normalized"].tolist() == [off[test].sum()]
    three = np.column_stack([rows / rows.sum(axis=1, keepdims=True), np.zeros(N)])
    assert found.summary["mean_loss"][0] == pytest.approx(sx.brier_loss(y[test], three[test]))


def test_a_search_counts_no_rows():
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    search = GridSearchCV(
        DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, scoring=sx.neg_brier_loss
    ).fit(EXACT_ROWS, Y)
    summary = sx.compare_search(search).summary
    assert summary["n_normalized"].isna().all()
    assert summary["n_normalized"].dtype == "Int64"


def test_scorers_normalize():
    scorer = sx.LossScorer("cross_entropy", normalize=True)
    model = Rounding().fit(ROUNDED, Y)
    expected = -sx.cross_entropy(Y, DIVIDED)
    assert scorer(model, ROUNDED, Y) == pytest.approx(expected, rel=1e-14)
    assert -scorer._score_func(Y, ROUNDED, **scorer._kwargs) == pytest.approx(expected)
    assert repr(scorer) == "LossScorer('cross_entropy', normalize=True)"
    assert repr(sx.LossScorer("mse", normalize=False)) == "LossScorer('brier_loss')"
    for name, shared in sx.SCORERS.items():
        with pytest.raises(ValueError, match="pass normalize=True"):
            shared(model, ROUNDED, Y)
        assert "normalize" not in repr(sx.get_scorer(name))


def stream(rows, y=Y, **options):
    """A stream of two batches."""
    arguments = {"labels": [0, 1, 2], "models": list(rows), "normalize": True, **options}
    out = sx.LossAccumulator(**arguments)
    for part in (slice(0, 7), slice(7, None)):
        out = out.update(y[part], {name: values[part] for name, values in rows.items()})
    return out


@pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning")
def test_a_stream_normalizes_and_counts():
    found = stream(MODELS)
    memory = sx.compare_predictions(Y, MODELS, normalize=True)
    for column in ("mean_loss", "n_normalized"):
        np.testing.assert_allclose(found.compute().summary[column], memory.summary[column])
    restored = sx.LossAccumulator.from_dict(json.loads(json.dumps(found.to_dict())))
    assert restored.digest() == found.digest()
    pd.testing.assert_frame_equal(restored.compute().summary, found.compute().summary)
    shuffled = np.arange(N)[::-1]
    other = stream({name: rows[shuffled] for name, rows in MODELS.items()}, Y[shuffled])
    assert other.digest() == found.digest()
    proper = stream({"a": EXACT_ROWS})
    with pytest.raises(ValueError, match="another specification cannot be merged: normalize"):
        proper.merge(stream({"a": EXACT_ROWS}, normalize=False))


@pytest.mark.parametrize("count", [[N + 1, 0], [0]])
def test_a_saved_count_that_cannot_be_is_refused(count):
    saved = stream(MODELS).to_dict()
    saved["state"]["normalized"] = count
    with pytest.raises(ValueError, match="normalized"):
        sx.LossAccumulator.from_dict(saved)


def test_a_table_normalizes():
    table = pd.DataFrame(ROUNDED, columns=["p0", "p1", "p2"]).assign(y=Y)
    arguments = {"y_true": "y", "predictions": {"a": ["p0", "p1", "p2"]}, "labels": [0, 1, 2]}
    found = sx.compare_table(table, **arguments, losses="mse", batch_size=11, normalize=True)
    assert found.summary["n_normalized"].tolist() == [OFF]
    assert found.summary["mean_loss"][0] == pytest.approx(sx.brier_loss(Y, DIVIDED))
    with pytest.raises(ValueError, match="pass normalize=True"):
        sx.compare_table(table, **arguments)


def rows_of(*values, k):
    """Return one row for each class: these values, moved along by one place each."""
    row = np.zeros(k)
    row[: len(values)] = values
    return np.stack([np.roll(row, i) for i in range(k)])


@pytest.mark.parametrize(
    ("logits", "looks"),
    [
        (rows_of(0.7, 0.3, k=3), True),
        (rows_of(1.1, k=3), False),  # a value above 1
        (rows_of(0.4372, 0.4401, k=3), False),  # too far from 1 for four digits
        (rows_of(*[0.02] * 34, *[0.03] * 6, k=40), True),  # 0.86, and rounding may lose 0.2
        (rows_of(*[0.002] * 350, *[0.003] * 50, k=400), True),  # 0.85
        (np.vstack([rows_of(0.7, 0.3, k=3)] * 3 + [[[0.2, 0.2, 0.2]]]), True),  # nine of ten
        (np.vstack([rows_of(0.7, 0.3, k=3)] * 2 + [[[0.2, 0.2, 0.2]]]), False),
    ],
    ids=["one digit", "above 1", "four digits", "two digits", "three digits", "most", "few"],
)
def test_logits_that_look_like_rounded_probabilities(logits, looks):
    y, k = np.arange(len(logits)) % logits.shape[1], logits.shape[1]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sx.brier_loss(y, logits, from_logits=True, labels=range(k))
    assert [x.category for x in caught] == [sx.SuspectLogitsWarning] * looks
