"""Planned contrasts: the only pairs that are compared, as they were written."""

import warnings
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inference.paired_tests import holm
from tests.support.streams import assert_same_bits, quietly
from tests.support.three_models import MODELS, N, Y

RNG = np.random.default_rng(0)
FOUR = {**MODELS, "prior": np.full((N, 3), 1 / 3)}
NAMES = list(FOUR)
PAIRS = [("bad", "good"), ("good", "prior"), ("prior", "fair")]
SIGNED = ["difference", "statistic"]
KEY = ["loss", "model_a", "model_b"]
SWAPPED = {
    "model_a": "model_b", "model_b": "model_a", "loss_a": "loss_b", "loss_b": "loss_a",
    "conf_low": "conf_high", "conf_high": "conf_low",
}  # fmt: skip
OTHER = {"a better": "b better", "b better": "a better"}


def compare(models=None, **options):
    return quietly(sx.compare_predictions, Y, FOUR if models is None else models, **options)


def turned(rows):
    """Return rows of differences with A and B exchanged: the other sign, all else the same."""
    out = rows.rename(columns=SWAPPED)[list(rows)]
    for column in [*SIGNED, "conf_low", "conf_high"]:
        out[column] = -out[column] + 0.0
    return out.assign(conclusion=out["conclusion"].replace(OTHER))


def rows_of(comparison, pairs):
    """Return the rows of these pairs, turned where the comparison has them the other way round."""
    frame = comparison.differences
    both = pd.concat([frame, turned(frame)])
    parts = [
        both[(both["loss"] == loss) & (both["model_a"] == a) & (both["model_b"] == b)]
        for loss in frame["loss"].unique()
        for a, b in pairs
    ]
    return pd.concat(parts, ignore_index=True)


def assert_rows(found, expected, exact=True, without=("pvalue_holm", "conclusion", "retraining")):
    """Check rows of differences; by default without what depends on the correction."""
    found, expected = (frame.drop(columns=list(without)) for frame in (found, expected))
    options = {} if exact else {"rtol": 1e-9}
    pd.testing.assert_frame_equal(found, expected, check_exact=exact, **options)


# --- the same numbers, and another correction -------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sample_weight": RNG.uniform(0.5, 2, N)},
        {"groups": np.arange(N) // 4},
        {"equivalence_margin": 0.05},
        {"losses": sx.get_loss("xent", eps=0)},
    ],
)
def test_rows_are_as_written_and_the_sign_flips_exactly(options):
    planned, whole = compare(pairs=PAIRS, **options), compare(**options)
    assert (
        list(zip(planned.differences["model_a"], planned.differences["model_b"], strict=True))[:3]
        == PAIRS
    )
    assert_rows(planned.differences, rows_of(whole, PAIRS))
    summary = planned.summary.drop(columns="may_be_best")  # the best was not asked for
    pd.testing.assert_frame_equal(summary, whole.summary.drop(columns="may_be_best"))
    assert planned.summary["may_be_best"].isna().all()


def test_holm_counts_the_planned_pairs_only():
    planned = compare(pairs=PAIRS)
    for _, rows in planned.differences.groupby("loss"):
        assert rows["pvalue_holm"].tolist() == holm(rows["pvalue"].tolist())
    whole = rows_of(compare(), PAIRS)
    assert (planned.differences["pvalue_holm"] <= whole["pvalue_holm"]).all()
    assert (planned.differences["pvalue_holm"] < whole["pvalue_holm"]).any()


@settings(max_examples=10)
@given(st.permutations(list(combinations(NAMES, 2))), st.lists(st.booleans(), min_size=6))
def test_all_pairs_planned_are_the_default(pairs, flips):
    pairs = [(b, a) if flip else (a, b) for (a, b), flip in zip(pairs, flips, strict=False)]
    planned = compare(pairs=pairs, losses=["mse", "error"])
    expected = rows_of(compare(losses=["mse", "error"]), pairs)
    assert_rows(planned.differences, expected, without=())


def test_turning_a_pair_turns_the_bootstrap():
    a, b = (
        compare(losses="xent", method="bootstrap_t", pairs=[pair]).differences
        for pair in (("good", "bad"), ("bad", "good"))
    )
    assert_rows(b, turned(a), exact=False, without=())


@given(st.lists(st.sampled_from([-2.5, -1.0, 0.0, 0.1, 1.0, 3.0, np.inf, -np.inf]), min_size=1))
def test_moments_of_minus_x(values):
    x = np.asarray(values)
    weight = np.linspace(0.5, 2, len(x))
    for w in (None, weight):
        assert Moments.from_values(x, w).negated() == Moments.from_values(-x + 0.0, w)
        assert Moments.from_values(x, w).negated().negated() == Moments.from_values(x, w)


# --- every entry ------------------------------------------------------------------------------

CLASSES = [0, 1, 2]


def accumulated(**options):
    return sx.LossAccumulator(labels=CLASSES, models=NAMES, **options)


def table():
    columns = {f"{name}{k}": FOUR[name][:, k] for name in NAMES for k in CLASSES}
    return pd.DataFrame({"y": Y, **columns})


COLUMNS = {name: [f"{name}{k}" for k in CLASSES] for name in NAMES}


def test_streams_flip_the_sign_of_what_they_keep():
    weight, groups = RNG.uniform(0.5, 2, N), np.arange(N) // 4
    for options in ({}, {"sample_weight": weight}, {"groups": groups}):
        kinds = {"weighted": "sample_weight" in options, "groups": "groups" in options}
        stream = quietly(accumulated(**kinds).update, Y, FOUR, **options)
        planned, whole = quietly(stream.compute, pairs=PAIRS), quietly(stream.compute)
        assert_rows(planned.differences, rows_of(whole, PAIRS))
        here = compare(pairs=PAIRS, **options).differences
        without = ("sample_leverage", "estimand", "caution", "detectable_difference")
        assert_rows(planned.differences, here, exact=False, without=without)


def test_tables_and_dask_agree_with_streams():
    expected = quietly(quietly(accumulated().update, Y, FOUR).compute, pairs=PAIRS)
    arguments = {"y_true": "y", "labels": CLASSES, "predictions": COLUMNS, "pairs": PAIRS}
    assert_same_bits(quietly(sx.compare_table, table(), batch_size=17, **arguments), expected)
    dask = pytest.importorskip("dask.dataframe")
    from sklearn_xent.dask import compare_predictions

    parts = dask.from_pandas(table(), npartitions=3)
    assert_same_bits(quietly(compare_predictions, parts, **arguments), expected)


def estimators():
    return {
        "bayes": GaussianNB(),
        "broken": GaussianNB(priors=[2.0]),
        "tree": DecisionTreeClassifier(max_depth=3, random_state=0),
        "logistic": LogisticRegression(),
    }


X = RNG.normal(size=(90, 3))
LABELS = (X[:, 0] + RNG.normal(size=90) > 0).astype(int)


@pytest.mark.parametrize(
    "cv", [5, RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)]
)
def test_models_by_cross_validation(cv):
    pairs = [("tree", "bayes"), ("broken", "bayes"), ("bayes", "logistic")]
    planned = quietly(sx.compare_models, estimators(), X, LABELS, cv=cv, pairs=pairs)
    whole = quietly(sx.compare_models, estimators(), X, LABELS, cv=cv)
    able = [pair for pair in pairs if "broken" not in pair]
    assert_rows(planned.differences, rows_of(whole, able))
    assert planned.summary["status"].tolist() == ["ok", "failed", "ok", "ok"] * 3
    assert "broken failed" in planned.headlines()[0]


# --- bad arguments ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([], "pairs must hold at least one pair. Leave it out to compare all pairs"),
        ("good", "pairs must be a list of pairs of names of models, such as"),
        (("good", "bad"), r"pairs must be a list of pairs .*; got pairs\[0\] = 'good'"),
        ({"good": "bad"}, "pairs must be a list of pairs"),
        (3, "pairs must be a list of pairs"),
        (iter([("good", "bad")]), "pairs must be a list of pairs"),
        ([("good", "bad", "fair")], r"got pairs\[0\] = \('good', 'bad', 'fair'\)"),
        ([("good", "bad"), ("good", 1)], r"got pairs\[1\] = \('good', 1\)"),
        ([("good", "bad"), ("god", "bad")], r"pairs\[1\] = \('god', 'bad'\), in which 'god' is un"),
        ([("good", "good")], r"of two different models; got pairs\[0\] = \('good', 'good'\)"),
        ([("good", "bad"), ("good", "bad")], r"each pair once, .* pairs\[0\] .* and pairs\[1\] ="),
        ([("good", "bad"), ("fair", "bad"), ("bad", "good")], r"pairs\[0\] .* and pairs\[2\] ="),
    ],
)
def test_bad_pairs(pairs, message):
    stream = accumulated(losses="mse").update(Y, FOUR)
    entries = [
        lambda: sx.compare_predictions(Y, FOUR, pairs=pairs),
        lambda: stream.compute(pairs=pairs),
        lambda: sx.compare_table(
            table(), y_true="y", labels=CLASSES, predictions=COLUMNS, pairs=pairs
        ),
        lambda: sx.compare_models(dict.fromkeys(NAMES, GaussianNB()), X, LABELS, pairs=pairs),
    ]
    for entry in entries:
        with pytest.raises(ValueError, match=message):
            entry()


def test_a_baseline_and_pairs_exclude_each_other():
    with pytest.raises(ValueError, match=r"pairs and baseline exclude each other.*'good'"):
        sx.compare_predictions(Y, FOUR, pairs=PAIRS, baseline="good")


# --- what is said and drawn -------------------------------------------------------------------


BETWEEN = [" is clearly better than ", " is clearly worse than ", " minus "]


@pytest.fixture(scope="module")
def planned():
    return compare(pairs=PAIRS)


def test_all_models_are_in_the_summary_and_every_pair_in_the_words(planned):
    assert planned.summary["model"].tolist() == NAMES * 3
    text = " ".join(repr(planned).split())
    assert "corrected for 3 planned pairs (Holm)" in text
    assert len(planned.sentences()) == 9
    for headline in planned.headlines():
        for a, b in PAIRS:
            assert any(f"{a}{words}{b}" in headline for words in BETWEEN)
        assert all(f"{a} minus {b}" in text for a, b in PAIRS)
    assert "the lowest mean" not in text


def test_headlines_claim_what_the_rows_claim(planned):
    rows = planned.differences
    for loss, headline in zip(rows["loss"].unique(), planned.headlines(), strict=True):
        for row in rows[rows["loss"] == loss].to_dict("records"):
            a, b = row["model_a"], row["model_b"]
            said = {"a better": f"{a} is clearly better than {b}",
                    "b better": f"{a} is clearly worse than {b}"}  # fmt: skip
            assert said.get(row["conclusion"], f"{a} minus {b} is not clear") in headline


def test_one_pair_is_not_numbered():
    said = compare(losses="mse", pairs=[("bad", "good")]).headlines()[0]
    assert said.startswith("MSE (Brier): bad is clearly worse than good (+")
    assert "(1)" not in said


def test_html_and_pictures_show_the_pairs(planned):
    page = planned.to_html()
    assert "planned pairs" in page
    assert "corrected for 3 planned pairs, each loss by itself (Holm)" in page
    assert "Of 3 planned pairs: " in page
    assert "Minus B" not in page
    assert "minus the lowest" not in page
    display = planned.plot(loss="mse")
    assert display.reference is None
    labels = [f"{a} minus {b}" for a, b in PAIRS]
    assert display.differences["model"].tolist() == labels
    assert [tick.get_text() for tick in display.ax_[1].get_yticklabels()] == labels
    rows = planned.differences.query("loss == 'brier_loss'")
    assert display.differences["difference"].tolist() == rows["difference"].tolist()
    assert display.ax_[1].get_title(loc="left") == "Planned pairs"


def test_slices_are_of_the_planned_pairs(planned):
    slices = np.arange(N) % 2
    frame = planned.by(slices, pairs=True).query("loss == 'brier_loss'")
    seen = frame[["model_a", "model_b"]].drop_duplicates()
    assert list(map(tuple, seen.to_numpy())) == PAIRS
    whole = compare().by(slices, pairs=True).query("loss == 'brier_loss'")
    mine = frame.query("model_a == 'bad'")["difference"].to_numpy()
    theirs = whole.query("model_a == 'good' and model_b == 'bad'")["difference"].to_numpy()
    assert mine.tolist() == (-theirs).tolist()
    assert planned.by(slices)["model"].nunique() == 4


def test_worst_and_winner(planned):
    assert planned.worst(1)[["model_a", "model_b"]].to_numpy().tolist() == [["bad", "good"]]
    any_two = planned.worst(1, model_a="fair", model_b="good")  # it makes no claim
    assert any_two[["model_a", "model_b"]].to_numpy().tolist() == [["fair", "good"]]
    pd.testing.assert_frame_equal(planned.winner(100), compare().winner(100))


def test_a_selection_without_a_planned_pair(planned):
    none = planned.select(["good", "fair"])
    assert none.differences.empty
    assert "None of the planned pairs can be compared here." in repr(none)
    assert "None of the planned pairs can be compared here." in none.to_html()
    assert none.plot().differences.empty
    with pytest.raises(ValueError, match="pairs=True needs planned pairs of the models"):
        none.by(np.arange(N) % 2, pairs=True)
    assert "good is the only model" in repr(planned.select("good"))


def test_false_claims_of_planned_pairs_are_rare():
    """Of 120 comparisons of four equal models, at most 5% may claim a difference of two pairs."""
    rng, claims, runs = np.random.default_rng(7), 0, 120
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        for _ in range(runs):
            y = rng.integers(0, 2, 60)
            models = {name: rng.uniform(0.2, 0.8, 60) for name in "abcd"}
            pairs = [("d", "a"), ("b", "c")]
            rows = sx.compare_predictions(y, models, losses="mse", pairs=pairs).differences
            claims += rows["conclusion"].ne("not clear").any()
    # 3 standard errors of a binomial proportion; independent pairs come close to 5%
    assert 0.015 < claims / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
