"""Several data sets: the tables, failures, bad input, checkpoints, and words."""

import copy
import json
import math
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

import sklearn_xent as sx
from sklearn_xent.inputs.labels import MERGES_TEXT

RNG = np.random.default_rng(0)
MODELS = {"sharp": 1.0, "timid": 0.6, "wild": 1.3}


def one(seed=0, models=MODELS, n=120, **more):
    """Compare models that shrink the true probabilities, or exaggerate them."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.1, 0.9, n)
    y = (rng.random(n) < p).astype(int)
    predicted = {
        name: np.clip(0.5 + x * (p - 0.5) + rng.normal(0, 0.02, n), 0.01, 0.99)
        for name, x in models.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return sx.compare_predictions(y, predicted, **{"losses": "brier_loss", **more})


usual = cache(one)
"""Comparisons that most tests use, made once: they get copies."""


def several(k=4, **more):
    return {f"set {i}": one(i, **more) if more else copy.deepcopy(usual(i)) for i in range(k)}


@pytest.fixture(scope="module")
def found():
    return sx.compare_datasets(several(12, losses=None))


# --- tables ---------------------------------------------------------------------------------


def test_the_columns_are_those_that_are_documented(found):
    assert list(found.differences)[:19] == [
        *("loss", "model_a", "model_b", "question", "n_datasets", "difference", "std_error"),
        *("conf_low", "conf_high", "df", "pvalue", "pvalue_holm", "wins", "ties", "losses"),
        *("new_low", "new_high", "conclusion", "caution"),
    ]
    assert list(found.summary) == ["loss", "model", "mean_loss", "mean_rank", "n_datasets"]
    assert list(found.ranks) == ["loss", "dataset", "model", "rank"]
    assert list(found.by_dataset)[:4] == ["dataset", "loss", "model_a", "model_b"]


def test_both_means_are_the_unweighted_mean_of_the_data_sets(found):
    by_pair = found.by_dataset.groupby(["loss", "model_a", "model_b"])["difference"].mean()
    for row in found.differences.to_dict("records"):
        expected = by_pair[row["loss"], row["model_a"], row["model_b"]]
        assert row["difference"] == pytest.approx(expected, rel=1e-12)


def test_holm_is_over_the_pairs_of_a_loss_and_a_question(found):
    for _, rows in found.differences.groupby(["loss", "question"]):
        assert len(rows) == 3
        least = rows["pvalue"].min()
        assert rows["pvalue_holm"].min() == pytest.approx(min(1.0, 3 * least), rel=1e-12)


def test_a_data_set_is_won_only_where_it_is_clear(found):
    clear = found.by_dataset.groupby(["loss", "model_a", "model_b"])["conclusion"]
    for row in found.differences.to_dict("records"):
        said = clear.get_group((row["loss"], row["model_a"], row["model_b"])).tolist()
        assert row["wins"] == said.count("a better")
        assert row["losses"] == said.count("b better")
        assert row["wins"] + row["ties"] + row["losses"] == 12


def test_the_order_of_models_and_losses_may_differ():
    losses = ["brier_loss", "cross_entropy"]
    first, second = one(0, losses=losses), one(1, losses=losses)
    other = one_reordered(1, losses[::-1])
    straight = sx.compare_datasets({"a": first, "b": second})
    turned = sx.compare_datasets({"a": first, "b": other})
    pd.testing.assert_frame_equal(straight.differences, turned.differences)
    pd.testing.assert_frame_equal(straight.summary, turned.summary)
    columns = ["dataset", "loss", "model_a", "difference", "conf_low", "conf_high", "conclusion"]
    pd.testing.assert_frame_equal(straight.by_dataset[columns], turned.by_dataset[columns])


def one_reordered(seed, losses):
    """The comparison of `one` with its models in another order."""
    samples = one(seed, losses=losses)._samples
    proba = {name: p[:, 1] for name, p in samples.probabilities().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return sx.compare_predictions(
            samples.target.y, dict(reversed(proba.items())), losses=losses
        )


def test_skill_divides_by_the_loss_of_the_class_frequencies():
    comparisons = several(3, losses=["brier_loss", "cross_entropy"])
    found = sx.compare_datasets(comparisons, scale="skill")
    for name, comparison in comparisons.items():
        skill = comparison.summary.set_index(["loss", "model"])["skill"]
        rows = found.by_dataset[found.by_dataset["dataset"] == name]
        for row in rows.to_dict("records"):
            a, b = (skill[row["loss"], row[x]] for x in ("model_a", "model_b"))
            assert row["difference"] == pytest.approx(b - a, rel=1e-9, abs=1e-12)
    raw = sx.compare_datasets(comparisons).by_dataset
    t = found.by_dataset["difference"] / found.by_dataset["std_error"]
    assert t.to_numpy() == pytest.approx((raw["difference"] / raw["std_error"]).to_numpy())


def test_skill_of_a_loss_whose_least_is_not_zero():
    gain = sx.Loss(
        name="minus_hit", title="Minus the hit", function=lambda y, p: -p[np.arange(len(y)), y],
        range=lambda n: (-1.0, 0.0),
    )  # fmt: skip
    comparisons = several(3, losses=gain)
    found = sx.compare_datasets(comparisons, scale="skill").by_dataset
    skill = comparisons["set 0"].summary.set_index("model")["skill"]
    assert found["difference"][0] == pytest.approx(skill["timid"] - skill["sharp"], rel=1e-9)


def test_ranks_share_ties():
    same = {f"set {i}": one(i, {"a": 1.0, "b": 0.5}, losses="mse") for i in range(3)}
    found = sx.compare_datasets(same)
    assert found.ranks.groupby("dataset")["rank"].sum().tolist() == [3.0] * 3


def test_models_that_predict_the_same_on_one_data_set_are_a_tie_there():
    y = [0, 1] * 60
    p = np.random.default_rng(5).uniform(0.2, 0.8, 120)
    with pytest.warns(sx.DegenerateDifferenceWarning):
        same = sx.compare_predictions(y, dict.fromkeys(MODELS, p), losses="brier_loss")
    found = sx.compare_datasets({**several(3), "same": same})
    rows = found.differences[found.differences["question"] == "these"]
    assert rows["std_error"].notna().all()
    assert (rows["caution"] == "no spread").sum() == 0


def test_two_data_sets_have_both_answers():
    found = sx.compare_datasets(several(2)).differences
    assert found["df"][found["question"] == "like these"].eq(1).all()
    assert found["caution"].str.contains("few data sets")[found["question"] == "like these"].all()


# --- cautions -------------------------------------------------------------------------------


def table_of(differences, se=0.01):
    """A table of differences of one pair, as comparisons would give."""
    from sklearn_xent.datasets.tables import combine

    comparison = several(2, models={"a": 1.0, "b": 0.9})["set 0"]
    rows = pd.concat([comparison.differences] * len(differences), ignore_index=True)
    rows.insert(0, "dataset", [str(i) for i in range(len(rows))])
    rows = rows.assign(difference=differences, std_error=se, caution="", df=99.0)
    t = rows["difference"] / rows["std_error"]
    rows["conclusion"] = np.select([t < -2, t > 2], ["a better", "b better"], "not clear")
    found = combine(rows, len(rows), 0.95)
    return found.set_index("question")


def test_models_that_differ_by_data_set_are_clear_here_and_not_elsewhere():
    found = table_of([0.3, -0.2, 0.25, -0.15, 0.3, -0.1, 0.2, -0.2, 0.25, -0.2, 0.1])
    assert found.loc["these", "conclusion"] == "b better"
    assert found.loc["like these", "conclusion"] == "not clear"
    assert "data sets disagree" in found.loc["these", "caution"]
    assert found.loc["these", "spread"] == pytest.approx(0.22, abs=0.02)


def test_a_claim_that_rests_on_one_data_set_says_so():
    found = table_of([0.5, *[0.0] * 11])
    assert found.loc["these", "conclusion"] == "b better"
    assert "one data set decides" in found.loc["these", "caution"]
    assert found.loc["like these", "conclusion"] == "not clear"
    assert "one data set" not in table_of([0.1, 0.12, *[0.11] * 10]).loc["these", "caution"]


def test_like_these_of_twelve_alike_is_clear():
    found = table_of(np.linspace(0.1, 0.2, 12)).loc["like these"]
    assert found["conclusion"] == "b better"
    assert found["caution"] == ""
    assert 0.0 < found["chance_a_better"] < 0.01


# --- failures -------------------------------------------------------------------------------


class Fussy(ClassifierMixin, BaseEstimator):
    """Fails where there are more than two columns."""

    def fit(self, X, y):
        """Fit, or fail."""
        if np.shape(X)[1] > 2:
            raise RuntimeError("too many columns")
        self.model_ = GaussianNB().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        """Return what naive Bayes says."""
        return 0.1 / len(self.classes_) + 0.9 * self.model_.predict_proba(X)


def data(seed, n=60, columns=2, shift=1.0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return rng.normal(size=(n, columns)) + shift * y[:, None], y


THREE = {
    "bayes": GaussianNB(),
    "neighbours": KNeighborsClassifier(9),
    "fussy": Fussy(),
}
FAST = {"losses": "brier_loss", "cv": 2}


@pytest.fixture(scope="module")
def with_failures():
    sets = {"a": data(0), "b": data(1), "c": data(2), "wide": data(3, columns=3)}
    with warnings.catch_warnings(record=True, action="always") as heard:
        found = sx.compare_datasets(sets, THREE, **FAST)
    return found, [str(x.message) for x in heard if x.category is sx.FailedModelWarning]


def test_where_a_model_fails_its_pairs_are_left_out(with_failures):
    found, said = with_failures
    n = found.differences.set_index(["model_a", "model_b"]).sort_index()["n_datasets"]
    assert n["bayes", "neighbours"].tolist() == [4, 4]
    assert n["bayes", "fussy"].tolist() == n["neighbours", "fussy"].tolist() == [3, 3]
    left_out = found.differences["caution"].str.contains("data sets left out")
    assert left_out.tolist() == (found.differences["n_datasets"] == 3).tolist()
    assert len(said) == 1
    assert "models failed on 1 of 4 data sets ('wide')" in said[0]
    assert "too many columns" in said[0]


def test_means_and_ranks_are_over_the_same_data_sets(with_failures):
    found, _ = with_failures
    assert found.summary["n_datasets"].tolist() == [3, 3, 3]
    assert set(found.ranks["dataset"]) == {"a", "b", "c"}
    assert "fussy failed on 1 data set ('wide')" in " ".join(repr(found).split())
    assert "failed" in found.to_latex(table="losses")
    assert [str(x) for x in found.warnings if "failed" in str(x)]


def test_a_model_that_fails_everywhere_is_left_out_of_all():
    sets = {"a": data(0, columns=3), "b": data(1, columns=3)}
    with pytest.warns(sx.FailedModelWarning):
        found = sx.compare_datasets(sets, THREE, **FAST)
    row = found.summary.set_index("model").loc["fussy"]
    assert math.isnan(row["mean_loss"])
    assert row["n_datasets"] == 0
    assert set(found.ranks["model"]) == {"bayes", "neighbours"}
    assert found.table().loc["fussy"].tolist() == ["failed"]
    assert found.summary["n_datasets"].tolist() == [2, 2, 0]


# --- bad input ------------------------------------------------------------------------------

TWO = {"bayes": GaussianNB(), "neighbours": KNeighborsClassifier(9)}


def two_and(name, value):
    return {**several(2), name: value}


@pytest.mark.parametrize(
    ("datasets", "message"),
    [
        (lambda: {}, "datasets must"),
        (lambda: {"a": one()}, "datasets must be at least two; got 1"),
        (lambda: [one(), one(1)], "datasets must"),
        (lambda: {1: one(), 2: one(1)}, "names of data sets must be strings; got 1"),
        (lambda: two_and("x", one(9, {"sharp": 1, "timid": 2})), r"same models; 'x' .* \['wild'\]"),
        (lambda: two_and("x", one(9, {**MODELS, "new": 2})), r"same models; 'x' .* \['new'\]"),
        (lambda: two_and("x", one(9, losses="mse", baseline="wild")), "same pairs; 'x' lacks"),
        (lambda: two_and("x", one(9, pairs=[("sharp", "timid")])), "same pairs; 'x' lacks"),
        (
            lambda: two_and("x", one(9, losses="cross_entropy")),
            r"same losses; 'x' .* \['brier_loss', 'cross_entropy'\]",
        ),
        (
            lambda: two_and("x", one(9, losses=["brier_loss", "cross_entropy"])),
            r"same losses; 'x' and 'set 0' differ in \['cross_entropy'\]",
        ),
        (
            lambda: two_and(
                "x",
                one(9, losses=sx.get_loss("brier_loss").with_options(scale_by_half=False)),
            ),
            "brier_loss of 'x' has other options than that of 'set 0'",
        ),
        (lambda: two_and("x", one(9, confidence_level=0.9)), "same confidence_level; got 0.95"),
        (lambda: two_and("x", one(0)), "'set 0' and 'x' have the same losses of the same samples"),
        (lambda: two_and("x", data(0)), "all comparisons or all data; got both"),
        (lambda: several(2, models={"a": 1.0}), "at least two models"),
        (lambda: {"a": data(0), "b": data(1)}, "data needs models="),
    ],
)
def test_what_cannot_be_combined_is_refused(datasets, message):
    with pytest.raises(ValueError, match=message):
        sx.compare_datasets(datasets())


def test_fitted_and_retrained_models_are_not_mixed():
    cv = RepeatedStratifiedKFold(n_splits=2, n_repeats=3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = [sx.compare_models(TWO, *data(i), losses="mse", cv=c) for i, c in ((0, 2), (1, cv))]
    with pytest.raises(ValueError, match="'b' is about retrained models, 'a' about"):
        sx.compare_datasets({"a": made[0], "b": made[1]})


def test_kinds_of_fitted_models_may_be_mixed():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = [sx.compare_models(TWO, *data(i), losses="mse", cv=c) for i, c in ((0, 2), (1, 3))]
    assert len(sx.compare_datasets(dict(zip("ab", made, strict=True))).differences) == 2


def searched(seed, **more):
    grid = GridSearchCV(
        KNeighborsClassifier(), {"n_neighbors": [3, 9]}, scoring="neg_log_loss", cv=3
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sx.compare_search(grid.fit(*data(seed)), **more)


def test_searches_need_a_baseline_that_no_data_chose():
    with pytest.raises(ValueError, match="the one that its data chose, another one on each data"):
        sx.compare_datasets({"a": searched(0), "b": searched(1)})
    names = searched(0).summary["model"].tolist()
    fixed = {x: searched(i, baseline=names[0]) for i, x in enumerate("ab")}
    assert len(sx.compare_datasets(fixed).differences) == 2


def test_a_data_set_that_was_saved_is_recognised_as_the_same():
    first = one(0)
    again = sx.Comparison.from_dict(json.loads(json.dumps(first.to_dict())))
    with pytest.raises(ValueError, match="same losses of the same samples"):
        sx.compare_datasets({"a": first, "b": again})


def test_error_rates_that_happen_to_agree_are_no_duplicates():
    y = np.arange(40) % 2
    wrong = {"a": [0, 1, 2], "b": [3, 4, 5, 6]}
    predicted = {x: np.where(np.isin(np.arange(40), rows), 1 - y, y) for x, rows in wrong.items()}
    first = sx.compare_predictions(y, predicted, losses="classification_error")
    moved = {x: np.roll(p, 10) for x, p in predicted.items()}
    second = sx.compare_predictions(np.roll(y, 10), moved, losses="classification_error")
    assert first.differences.equals(second.differences)
    assert len(sx.compare_datasets({"a": first, "b": second}).differences) == 2


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("models", TWO), ("cv", 5), ("losses", "mse"), ("baseline", "sharp"), ("n_jobs", 1),
        ("pairs", [("sharp", "timid")]), ("equivalence_margin", 0.1), ("confidence_level", 0.9),
        ("error_score", "raise"), ("response_method", "predict_proba"), ("normalize", True),
        ("progress", True), ("checkpoint", "folder"),
    ],
)  # fmt: skip
def test_arguments_that_comparisons_cannot_honour_are_refused(argument, value, tmp_path):
    value = tmp_path if argument == "checkpoint" else value
    with pytest.raises(ValueError, match=f"{argument} cannot be used: these data sets are compar"):
        sx.compare_datasets(several(2), **{argument: value})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scale": "ranks"}, 'scale must be "raw" or "skill"'),
        ({"scale": None}, 'scale must be "raw"'),
        ({"cv": [([0, 1], [2, 3])]}, "cv must be None, a number of folds or a splitter"),
        ({"cv": True}, "cv must be None"),
        ({"cv": "5"}, "cv must be None"),
        ({"models": {"bayes": GaussianNB()}}, "models must be at least two"),
        ({"models": {}}, "models must"),
        ({"losses": "accuracy"}, "accuracy"),
        ({"baseline": "nobody"}, "baseline must be one of"),
        ({"pairs": [("bayes", "nobody")]}, "pairs must name models"),
        ({"confidence_level": 2}, "confidence_level must"),
        ({"equivalence_margin": -1}, "equivalence_margin must"),
        ({"error_score": 0.0}, "error_score must"),
        ({"n_jobs": 0}, "n_jobs must"),
        ({"normalize": "yes"}, "normalize must"),
        ({"response_method": "guess"}, "response_method"),
        ({"progress": "yes"}, "progress must"),
        ({"checkpoint": 3}, "checkpoint must be a folder; got 3"),
    ],
)
def test_arguments_are_checked_before_anything_is_fitted(change, message, tmp_path):
    never = {"bayes": Never(), "neighbours": Never()}
    arguments = {"models": never, "checkpoint": tmp_path / "new", **change}
    with pytest.raises(ValueError, match=message):
        sx.compare_datasets({"a": data(0), "b": data(1)}, **arguments)


class Never(ClassifierMixin, BaseEstimator):
    """Must not be fitted."""

    def fit(self, X, y):
        """Fail the test."""
        raise AssertionError("was fitted")

    def predict_proba(self, X):
        """Fail the test."""
        raise AssertionError("was asked")


X0, Y0 = data(0)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ((X0,), 'must be .X, y., or a dict of "X", "y"'),
        (X0, "must be .X, y."),
        (None, "must be .X, y."),
        ({"data": X0, "target": Y0}, "got a dict of 'data', 'target' for 'bad'"),
        ({"X": X0, "y": Y0, "weights": Y0}, "got a dict of"),
        ((X0, Y0[:-1]), "inconsistent numbers of samples"),
        ((X0, np.where(Y0, np.nan, 0.0)), "y_true|missing|nan"),
        ({"X": X0, "y": Y0, "sample_weight": -np.ones(60)}, "sample_weight"),
        ({"X": X0, "y": Y0, "groups": [1, 2]}, "groups"),
    ],
)
def test_a_bad_data_set_is_named_before_anything_is_fitted(bad, message):
    never = {"bayes": Never(), "neighbours": Never()}
    with pytest.raises(ValueError, match=message) as error:
        sx.compare_datasets({"good": data(1), "bad": bad}, never)
    notes = getattr(error.value, "__notes__", [])
    assert "'bad'" in str(error.value) or notes == ["This was datasets['bad']."]


def test_an_error_while_fitting_names_the_data_set():
    with pytest.raises(RuntimeError, match="too many") as error:
        sx.compare_datasets(
            {"a": data(0), "wide": data(1, columns=3)}, THREE, error_score="raise", **FAST
        )
    assert "This was datasets['wide']." in error.value.__notes__


def test_groups_times_and_weights_of_data_reach_compare_models():
    X, y = data(0)
    groups = np.arange(60) // 3
    parts = {"X": X, "y": y, "groups": groups, "sample_weight": np.linspace(1, 2, 60)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = sx.compare_datasets({"a": parts, "b": data(1)}, TWO, losses="brier_loss")
        alone = sx.compare_models(TWO, losses="brier_loss", **parts)
    rows = found.by_dataset[found.by_dataset["dataset"] == "a"]
    assert rows["difference"].tolist() == alone.differences["difference"].tolist()
    assert rows["n_groups"].tolist() == [20]


def test_halved_brier_losses_are_not_averaged_with_others_in_silence():
    rng = np.random.default_rng(0)
    three = (rng.normal(size=(60, 2)), np.arange(60) % 3)
    sets = {"two": data(0), "three": three}
    with pytest.warns(sx.XentWarning, match="brier_loss is halved where there are two classes"):
        sx.compare_datasets(sets, TWO, **FAST)
    with warnings.catch_warnings():
        warnings.simplefilter("error", sx.XentWarning)
        whole = sx.get_loss("brier_loss").with_options(scale_by_half=False)
        sx.compare_datasets(sets, TWO, losses=whole, cv=2)
        sx.compare_datasets(sets, TWO, scale="skill", **FAST)


def test_skill_needs_a_reference():
    comparisons = several(2)
    blind = comparisons["set 1"]
    blind.summary["skill"] = np.nan
    with pytest.raises(ValueError, match=r'scale="skill" divides .* for brier_loss of .set 1'):
        sx.compare_datasets(comparisons, scale="skill")


def test_rows_that_their_owner_dropped_are_missed():
    comparisons = several(3)
    rows = comparisons["set 2"].differences
    object.__setattr__(comparisons["set 2"], "differences", rows.iloc[1:])
    with pytest.raises(ValueError, match="'set 2' lacks 'sharp' with 'timid' under brier_loss"):
        sx.compare_datasets(comparisons)


def test_frames_that_their_owner_changed_are_read_or_refused():
    found = sx.compare_datasets(several(3))
    whole = repr(found)
    for name in ("differences", "by_dataset", "summary"):
        moved = getattr(found, name).set_index("model_a" if name != "summary" else "model")
        object.__setattr__(found, name, moved)
    assert repr(found) == whole
    rows = found.differences
    object.__setattr__(found, "differences", rows.drop(columns="wins"))
    with pytest.raises(
        ValueError, match=r"differences must keep its columns; missing are \['wins'"
    ):
        repr(found)
    object.__setattr__(found, "differences", rows.iloc[:0])
    assert repr(found) == (
        "Nothing can be told: no pair of models in summary has both of its rows, 'these' and "
        "'like these'."
    )


def test_half_of_a_pair_is_not_told():
    found = sx.compare_datasets(several(3, losses=["mse", "xent"]))
    others = found.differences["loss"] != "brier_loss"
    untouched = repr(replace(found, differences=found.differences[others]))
    half = found.differences[others | (found.differences["question"] == "these")]
    object.__setattr__(found, "differences", half)
    assert repr(found) == untouched
    assert "Brier" not in found.to_html()
    object.__setattr__(found, "differences", half[half["question"] == "these"])
    assert repr(found).startswith("Nothing can be told")
    assert found._repr_html_() is None
    for tell in (found.to_html, found.table, found.plot):
        with pytest.raises(ValueError, match="no pair of models in summary has both of its"):
            tell()


@pytest.mark.parametrize("question", ["these", "like these"])
def test_one_question_alone_has_sentences_and_tables(question):
    whole = sx.compare_datasets(several(3, losses=["mse"]))
    rows = whole.differences[whole.differences["question"] == question]
    half = replace(whole, differences=rows)
    where = "mean over these 3" if question == "these" else "data sets like these 3"
    assert half.sentences() == [x for x in whole.sentences() if where in x]
    assert len(half.sentences()) == len(rows)
    assert half.to_latex().count("sharp") == whole.to_latex().count("sharp") > 0
    assert half.to_latex(table="differences").count(question) == len(rows)
    none = replace(whole, differences=rows[:0])
    for tell in (none.sentences, none.to_latex):
        with pytest.raises(ValueError, match="differences holds no row of models in summary, so"):
            tell()


@pytest.mark.parametrize("baseline", [None, "sharp", "wild"])
def test_a_model_that_was_dropped_from_summary_is_not_told(baseline):
    whole = sx.compare_datasets(several(3, losses=["mse", "xent"], baseline=baseline))
    left = replace(whole, summary=whole.summary[whole.summary["model"] != "wild"])
    if baseline == "wild":
        assert repr(left).startswith("Nothing can be told: no pair of models in summary")
        return
    texts = [repr(left), left.to_html(), *left.sentences(), left.table().to_string()]
    assert not any("wild" in text for text in texts)
    assert left.sentences() == [x for x in whole.sentences() if "wild" not in x]
    assert repr(left).startswith("2 models")


def test_a_pair_without_rows_of_data_sets_is_drawn_by_its_means():
    pytest.importorskip("matplotlib")
    found = sx.compare_datasets(several(3))
    display = replace(found, by_dataset=found.by_dataset[:0]).plot()
    assert len(display.rows) == 0
    assert len(display.means) == 2


# --- checkpoints ----------------------------------------------------------------------------


class Counted(ClassifierMixin, BaseEstimator):
    """Naive Bayes that counts how often it is fitted, in this process."""

    fits = 0

    def fit(self, X, y):
        """Fit and count."""
        Counted.fits += 1
        self.model_ = GaussianNB().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        """Return what naive Bayes says."""
        return self.model_.predict_proba(X)


COUNTED = {"counted": Counted(), "frequencies": DummyClassifier()}


def fits_of(datasets, folder, models=COUNTED, **more):
    """Return how many fits a call needs, and what it returns."""
    Counted.fits = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        found = sx.compare_datasets(datasets, models, checkpoint=folder, **{**FAST, **more})
    return Counted.fits, found


def test_what_is_done_is_not_done_again(tmp_path):
    sets = {"a": data(0), "b": data(1)}
    n, first = fits_of(sets, tmp_path)
    again, second = fits_of({**sets, "c": data(2)}, tmp_path)
    none, third = fits_of(sets, tmp_path)
    assert (n, again, none) == (4, 2, 0)
    pd.testing.assert_frame_equal(third.differences, first.differences)
    assert repr(third) == repr(first)
    assert third.sentences() == first.sentences()
    assert len(second.by_dataset) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"losses": "cross_entropy"},
        {"cv": 3},
        {"confidence_level": 0.9},
        {"models": {"counted": Counted(), "frequencies": DummyClassifier(strategy="uniform")}},
        {"models": {"counted": Counted(), "other name": DummyClassifier()}},
    ],
)
def test_other_inputs_are_made_anew(change, tmp_path):
    sets = {"a": data(0), "b": data(1)}
    fits_of(sets, tmp_path)
    assert fits_of(sets, tmp_path, **change)[0] > 0
    assert fits_of(sets, tmp_path)[0] == 0


@pytest.mark.parametrize(
    "value",
    [
        (X0 + 1e-12, Y0),
        (X0[:-2], Y0[:-2]),
        (X0, 1 - Y0),
        {"X": X0, "y": Y0, "sample_weight": np.linspace(1, 2, 60)},
        (pd.DataFrame(X0, columns=["p", "q"]), Y0),
    ],
)
def test_other_data_are_made_anew(value, tmp_path):
    fits_of({"a": (X0, Y0), "b": data(1)}, tmp_path)
    assert fits_of({"a": value, "b": data(1)}, tmp_path)[0] == 2


@pytest.mark.parametrize(
    "form",
    [
        lambda X, y: (X, y),
        lambda X, y: (np.asfortranarray(X), y),
        lambda X, y: (sparse.csr_array(X), y),
        lambda X, y: (pd.DataFrame(X, columns=["p", "q"]).assign(r="text"), pd.Series(y)),
        lambda X, y: (X.tolist(), [str(label) for label in y]),
        lambda X, y: (X.astype(object), y.astype(object)),
    ],
)
def test_equal_data_have_one_digest(form):
    from sklearn_xent.datasets.runs import _digest_of_rows

    once, twice = ([_digest_of_rows(part) for part in form(*data(0))] for _ in range(2))
    other = [_digest_of_rows(part) for part in form(*data(1, shift=2.0))]
    assert once == twice
    assert once[0] != other[0]


def test_a_run_that_is_cut_off_goes_on(tmp_path):
    sets = {"a": data(0), "b": data(1, columns=3), "c": data(2)}
    models = {"counted": Counted(), "fussy": Fussy()}
    with pytest.raises(RuntimeError):
        fits_of(sets, tmp_path, models, error_score="raise")
    assert len(list(tmp_path.iterdir())) == 1
    sets["b"] = data(1)
    assert fits_of(sets, tmp_path, models, error_score="raise")[0] == 4


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"sklearn_xent": "x"}', b"\xff\x80"])
def test_a_damaged_file_is_named(text, tmp_path):
    sets = {"a": data(0), "b": data(1)}
    fits_of(sets, tmp_path)
    file = min(tmp_path.glob("a-*.json"))
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=r"a-\w+\.json.* cannot be read .* Delete it"):
        fits_of(sets, tmp_path)
    file.unlink()
    assert fits_of(sets, tmp_path)[0] == 2


def test_a_changed_number_in_a_file_is_noticed(tmp_path):
    sets = {"a": data(0), "b": data(1)}
    fits_of(sets, tmp_path)
    file = min(tmp_path.glob("b-*.json"))
    plain = json.loads(file.read_text())
    plain["comparison"]["summary"]["mean_loss"][0] += 0.1
    file.write_text(json.dumps(plain))
    with pytest.raises(ValueError, match=r"its digest is another one.* Delete it"):
        fits_of(sets, tmp_path)


def test_names_of_data_sets_cannot_leave_the_folder(tmp_path):
    folder = tmp_path / "kept"
    control = "\x01" if MERGES_TEXT else "\x00"  # pandas 2 keeps no NUL
    sets = {"../../evil": data(0), f"a/b{control}c\n": data(1), ".": data(2), "ü" * 300: data(3)}
    assert fits_of(sets, folder)[0] == 8
    assert fits_of(sets, folder)[0] == 0
    assert len(list(folder.iterdir())) == 4
    assert [x.name for x in tmp_path.iterdir()] == ["kept"]


def test_a_checkpoint_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"checkpoint must be a folder; .* is a file"):
        sx.compare_datasets({"a": data(0), "b": data(1)}, TWO, checkpoint=tmp_path / "file")


def test_a_model_without_a_pickle_needs_no_checkpoint(tmp_path):
    class Stubborn(Counted):
        def __reduce__(self):
            raise TypeError("no")

    models = {"stubborn": Stubborn(), "frequencies": DummyClassifier()}
    sets = {"a": data(0), "b": data(1)}
    with pytest.raises(ValueError, match=r"models\['stubborn'\] has none \(TypeError\)"):
        sx.compare_datasets(sets, models, checkpoint=tmp_path, **FAST)


def test_warnings_are_told_once_for_all_data_sets():
    sets = {x: data(i, shift=0.5) for i, x in enumerate("abc")}
    models = {"nearest": KNeighborsClassifier(1), "frequencies": DummyClassifier()}
    with warnings.catch_warnings(record=True, action="always") as heard:
        found = sx.compare_datasets(sets, models, losses="cross_entropy", cv=2)
    said = [str(x.message) for x in heard if x.category is sx.ZeroProbabilityWarning]
    assert len(said) == 1
    assert said[0].startswith("in ")
    assert "of 3 data sets" in said[0]
    assert said[0] in [str(x) for x in found.warnings]


# --- words and forms ------------------------------------------------------------------------


def test_sentences_are_one_for_each_row_and_positive_is_worse(found):
    said = found.sentences()
    assert len(said) == len(found.differences)
    for text, row in zip(said, found.differences.to_dict("records"), strict=True):
        assert ("mean over these 12 data sets" in text) == (row["question"] == "these")
        if row["conclusion"] != "not clear":
            assert "is clearly worse than" in text
        assert ": -" not in text.split("interval")[0]


def test_a_baseline_is_the_reference_everywhere():
    found = sx.compare_datasets(several(3, baseline="timid"))
    assert "the baseline timid" in " ".join(repr(found).split())
    assert "  baseline" in repr(found)
    assert all("than timid" in x or "and timid" in x for x in found.sentences())
    assert found.plot().reference == "timid"
    assert "baseline" in found.table().loc["timid"].iloc[0]


def test_planned_pairs_are_told_as_they_were_written():
    found = sx.compare_datasets(several(3, pairs=[("wild", "timid")]))
    assert "wild minus timid" in repr(found)
    assert (found.plot().model, found.plot().reference) == ("wild", "timid")


@pytest.mark.parametrize("table", ["summary", "differences", "losses"])
def test_latex_escapes_names(table):
    models = {"a_b & 50%": 1.0, "$x$": 0.7}
    found = sx.compare_datasets({f"s_{i}": one(i, models) for i in range(2)})
    latex = found.to_latex(table=table)
    assert r"a\_b \& 50\%" in latex
    assert r"\$x\$" in latex


def test_the_latex_table_of_losses_names_each_of_them():
    p, draw = np.random.default_rng(0).random((2, 3, 200))
    found = sx.compare_datasets(
        {
            f"set {i}": sx.compare_predictions(
                draw[i] < x, {"p": 0.1 + 0.8 * x, "q": 0.3 + 0.4 * x}
            )
            for i, x in enumerate(p)
        }
    )
    rows = [line.split(" & ") for line in found.to_latex(table="losses").splitlines()]
    cells = [row for row in rows if len(row) == 4]
    assert cells[0] == ["loss", "data set", "p", r"q \\"]
    named = ["set 0", "set 1", "set 2", "mean", "mean rank"]
    for i, loss in enumerate(found.summary["loss"].unique()):
        of_loss = cells[1 + 5 * i : 6 + 5 * i]
        assert [row[0] for row in of_loss] == [loss.replace("_", r"\_")] * 5
        assert [row[1] for row in of_loss] == named
        means = found.summary[found.summary["loss"] == loss].set_index("model")["mean_loss"]
        assert float(of_loss[3][2]) == pytest.approx(means["p"], abs=0.001)
        alone = found.to_latex(table="losses", loss=loss).splitlines()
        assert alone[4:9] == [" & ".join(row) for row in of_loss]
    only = found.to_latex(table="differences", loss="mse")
    assert "brier" in only
    assert "entropy" not in only
    with pytest.raises(ValueError, match="unknown loss"):
        found.to_latex(loss="accuracy")


def test_html_escapes_names_and_is_written(tmp_path):
    models = {"<script>alert(1)</script>": 1.0, "b": 0.7}
    found = sx.compare_datasets({f"<b>{i}": one(i, models) for i in range(2)})
    assert found.to_html(tmp_path / "page.html", title="<i>") is None
    page = (tmp_path / "page.html").read_text()
    assert "<script>" not in page
    assert "<b>0" not in page
    assert "&lt;i&gt;" in page
    assert "sx-compact" in found._repr_html_()


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.plot(loss="classification_error"),
        lambda c: c.plot(("sharp", "nobody")),
        lambda c: c.plot("sharp"),
        lambda c: c.plot(("sharp",)),
        lambda c: c.plot_ranks(loss="cross_entropy"),
        lambda c: c.to_latex(table="ranks"),
        lambda c: c.to_latex(table=None),
        lambda c: c.to_html(title=3),
    ],
)
def test_bad_arguments_of_methods_are_refused(ask):
    with pytest.raises(ValueError, match="must"):
        ask(sx.compare_datasets(several(2)))


def test_ranks_need_two_complete_data_sets():
    sets = {"a": data(0), "wide": data(1, columns=3)}
    with pytest.warns(sx.FailedModelWarning):
        found = sx.compare_datasets(sets, THREE, **FAST)
    with pytest.raises(ValueError, match=r"needs two data sets .* there is 1"):
        found.plot_ranks()


def scores_of(seed, **more):
    rng = np.random.default_rng(seed)
    scores = {name: 0.7 + gain + rng.normal(0, 0.01, 10) for name, gain in GAINS.items()}
    return sx.compare_scores(scores, cv=10, **{"name": "accuracy", "baseline": "old", **more})


GAINS = {"old": 0.0, "new": 0.1, "near": 0.001}


def test_scores_are_shown_as_scores_and_differences_as_losses():
    found = sx.compare_datasets({f"d{i}": scores_of(i) for i in range(12)})
    text = str(found)
    assert "\nAccuracy, higher is better\n" in text
    assert "  new   0.7995" in text
    assert "-0.7" not in text.partition("Accuracy, higher")[2].partition("[")[0]
    assert "Differences of scores are of minus the score: positive is worse." in text
    new = found.summary.set_index("model")["mean_loss"]["new"]
    assert new < -0.79
    assert found.differences["difference"][0] > 0.09
    html = found.to_html()
    assert ">Mean score<" in html
    assert ">Accuracy, higher is better<" in html
    assert "\u22120.8" not in html
    slide = found.table()
    assert slide.loc["new", "Accuracy, higher is better"].startswith("0.7995 (best")
    assert slide.attrs["note"].startswith("Mean scores over 12 data sets; best: the highest mean")
    assert "& 0.79" in found.to_latex(table="losses")
    assert "-0.8" not in found.to_latex(table="losses")


def test_the_best_of_scores_is_the_highest():
    pairs = [("new", "old"), ("near", "old"), ("new", "near")]
    every = {"baseline": None, "pairs": pairs}
    text = str(sx.compare_datasets({f"d{i}": scores_of(i, **every) for i in range(12)}))
    assert "Accuracy: new is clearly better than old; no clear difference between near" in text
    assert "difference  " in text
    assert "vs lowest" not in text
    losses = {"name": "error", "greater_is_better": False, "baseline": None, "pairs": pairs}
    assert "higher is better" not in str(
        sx.compare_datasets({f"d{i}": scores_of(i, **losses) for i in range(2)})
    )


@pytest.mark.parametrize("given", [{"svm": [0.8, 0.9]}, [0.1, 0.2, 0.3], {"svm": 0.8}])
def test_scores_in_place_of_comparisons_name_the_functions_for_them(given):
    with pytest.raises(ValueError, match=r"by compare_scores; .* compare_losses, item= the data"):
        sx.compare_datasets({"wine": given, "iris": given})


# --- what looks the same ----------------------------------------------------------------------


def of_counts(seed, values=(0.0, 1.0)):
    order = np.random.default_rng(seed).permutation(40)
    low, high = values
    frame = {
        "a": np.where(np.arange(40) < 6, high, low),
        "b": np.where(np.arange(40) % 5, low, high),
    }
    return sx.compare_losses(pd.DataFrame(frame).iloc[order].reset_index(drop=True))


@pytest.mark.parametrize("values", [(0.0, 1.0), (0.0, 5.0), (0.25, 1.5)])
def test_counts_and_costs_that_happen_to_agree_are_no_duplicates(values):
    made = {f"set {i}": of_counts(i, values) for i in range(3)}
    assert sx.compare_datasets(made).differences["n_datasets"].tolist() == [3, 3]
    with pytest.raises(ValueError, match="the same losses of the same samples"):
        sx.compare_datasets({"a": made["set 0"], "b": made["set 0"]})


def test_clusters_in_another_order_of_rows_are_the_same():
    rng = np.random.default_rng(0)
    p, groups = rng.uniform(0.1, 0.9, 120), np.arange(120) // 4
    y = (rng.random(120) < p).astype(int)
    weight = rng.gamma(1.0, size=120)

    def compared(order):
        models = {"a": p[order], "b": 0.2 + 0.6 * p[order]}
        return sx.compare_predictions(
            y[order], models, losses="mse", groups=groups[order], sample_weight=weight[order]
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = [compared(np.arange(120)), compared(rng.permutation(120))]
        with pytest.raises(ValueError, match="the same losses of the same samples"):
            sx.compare_datasets({"a": made[0], "b": made[1]})


def cells(value):
    out = np.empty(2, dtype=object)
    out[:] = [None, "x"]
    out[0] = value
    return out


LONG = np.arange(5000.0)


@pytest.mark.parametrize(
    ("one_value", "other"),
    [
        (cells(LONG), cells(np.where(LONG == 2500, -1.0, LONG))),
        (cells(np.array([1.0])), cells(np.array([1.0 + 1e-12]))),
        (cells(pd.DataFrame({"a": LONG})), cells(pd.DataFrame({"a": LONG[::-1]}))),
        (cells(sparse.csr_matrix(np.eye(3))), cells(sparse.csr_matrix(2 * np.eye(3)))),
        (pd.DataFrame({"x": ["1", 2]}), pd.DataFrame({"x": [1, 2]}, dtype=object)),
        (pd.Series([None, "a"], dtype=object), pd.Series([np.nan, "a"], dtype=object)),
        (
            pd.DataFrame({"x": pd.Categorical(["a", "b"], categories=["a", "b"])}),
            pd.DataFrame({"x": pd.Categorical(["a", "b"], categories=["b", "a"])}),
        ),
        (pd.DataFrame({"x": [1.0, 2.0]}), pd.DataFrame({"y": [1.0, 2.0]})),
        (pd.Series([1, 2]), pd.Series([1, 2], index=[1, 0])),
        (pd.Series([1, None], dtype="Int64"), pd.Series([1, 0], dtype="Int64")),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), pd.DataFrame([[2, 1]], columns=["a", "a"])),
    ],
)
def test_other_data_have_another_digest(one_value, other):
    from sklearn_xent.datasets.runs import _digest_of_rows

    assert _digest_of_rows(one_value) == _digest_of_rows(one_value.copy())
    assert _digest_of_rows(one_value) != _digest_of_rows(other)


def test_an_empty_checkpoint_is_no_folder():
    with pytest.raises(ValueError, match="checkpoint must be a folder; got ''"):
        sx.compare_datasets({"a": data(0), "b": data(1)}, TWO, checkpoint="")


def test_where_no_pair_is_left_the_failure_is_told():
    sets, models = {"a": data(0), "b": data(1)}, {"a": GaussianNB, "b": GaussianNB()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match=r"got no pair\. On 'a' 'a' failed: .*Cannot clone"):
            sx.compare_datasets(sets, models, cv=2, losses="mse", error_score=np.nan)


def test_data_sets_are_drawn_where_names_of_models_are_cut():
    names = {f"{'x' * 60} {i}": p for i, p in enumerate(MODELS.values())}
    page = sx.compare_datasets({f"set {i}": one(i, models=names) for i in range(3)}).to_html()
    assert all(page.count(f"<bdi>set {i}</bdi>") == len(names) - 1 for i in range(3))


def test_what_is_missing_in_a_frame_may_be_none():
    compared = sx.compare_datasets(several(3))
    told = repr(compared), compared.sentences(), compared.to_html()
    for frame in (compared.differences, compared.by_dataset):
        for column in frame.columns[frame.isna().any()]:
            frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
    assert compared.differences["pvalue_wilcoxon"].isna().any()
    assert (repr(compared), compared.sentences(), compared.to_html()) == told
