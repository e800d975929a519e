"""Several searches at once, the best candidates only, their names, and the short list."""

import collections
import functools
import operator
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import is_classifier
from sklearn.datasets import load_breast_cancer
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    PredefinedSplit,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx
from sklearn_xent.inference.paired_tests import holm
from sklearn_xent.report.tables import cut_all, with_short_keys
from sklearn_xent.search.sameness import is_alike
from sklearn_xent.search.search import candidate_names

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")  # small data

X, Y = (part[::3] for part in load_breast_cancer(return_X_y=True))
FOLDS = StratifiedKFold(4, shuffle=True, random_state=0)
BAYES = {"var_smoothing": [1e-9, 1e-3, 0.1]}
TREES = {"max_depth": [2, 4], "min_samples_leaf": [5, 20]}


def searched(estimator=None, grid=BAYES, scoring=sx.neg_brier_loss, cv=FOLDS, **options):
    estimator = GaussianNB() if estimator is None else estimator
    return GridSearchCV(estimator, grid, scoring=scoring, cv=cv, **options).fit(X, Y)


@pytest.fixture(scope="module")
def bayes():
    return searched()


@pytest.fixture(scope="module")
def trees():
    return searched(DecisionTreeClassifier(random_state=0), TREES)


def losses_of(search, n=4):
    return -np.column_stack([search.cv_results_[f"split{i}_test_score"] for i in range(n)])


def pvalue(d, ratio):
    statistic = d.mean() / (d.std(ddof=1) * np.sqrt(1 / len(d) + ratio))
    return 2 * stats.t.sf(abs(statistic), len(d) - 1)


# --- several searches -------------------------------------------------------------------------


def test_candidates_of_all_searches_are_compared_together(bayes, trees):
    comparison = sx.compare_search({"nb": bayes, "tree": trees})
    values = np.concatenate([losses_of(bayes), losses_of(trees)])
    names = comparison.summary["model"].tolist()
    assert names[:3] == [f"nb (var_smoothing={x:g})" for x in (1e-9, 1e-3, 0.1)]
    assert names[3] == "tree (max_depth=2, min_samples_leaf=5)"
    assert comparison.summary["mean_loss"].tolist() == pytest.approx(values.mean(axis=1).tolist())
    best = values.mean(axis=1).argmin()
    assert len(comparison.differences) == 6
    pairs = [(a, b) for a in range(7) for b in range(a + 1, 7)]
    every = {(a, b): pvalue(values[a] - values[b], 1 / 3) for a, b in pairs}
    adjusted = dict(zip(every, holm(list(every.values())), strict=True))
    for row in comparison.differences.itertuples():
        pair = (names.index(row.model_a), names.index(row.model_b))
        assert best in pair
        assert row.pvalue_holm == pytest.approx(adjusted[pair], rel=0.05)
    assert "7 candidates, 4 splits of 2 searches" in str(comparison)
    assert comparison.to_html()


def test_a_list_is_named_by_the_classes_of_the_estimators(bayes, trees):
    piped = searched(
        make_pipeline(StandardScaler(), GaussianNB()), {"gaussiannb__var_smoothing": [1]}
    )
    names = sx.compare_search([bayes, trees, piped]).summary["model"]
    assert names.str.partition(" (")[0].unique().tolist() == [
        "GaussianNB 1", "DecisionTreeClassifier", "GaussianNB 2",
    ]  # fmt: skip
    assert names.iloc[-1] == "GaussianNB 2 (gaussiannb__var_smoothing=1)"


def test_one_search_in_a_list_is_named_too(bayes):
    alone = sx.compare_search([bayes])
    assert alone.summary["model"][0] == "GaussianNB (var_smoothing=1e-09)"
    assert alone.differences["pvalue"].tolist() == sx.compare_search(bayes).differences[
        "pvalue"
    ].tolist()  # fmt: skip
    assert "of a search" in str(alone)


SAME = {
    "numbers": (3, 3),
    "a number and the default": (5, None),
    "splitters alike": (KFold(3), KFold(3)),
    "with one seed": (FOLDS, StratifiedKFold(4, shuffle=True, random_state=0)),
    "lists": (list(FOLDS.split(X, Y)), list(FOLDS.split(X, Y))),
    "repeated": [RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=1)] * 2,
}


@pytest.mark.parametrize("cvs", SAME.values(), ids=SAME)
def test_the_same_splits(cvs):
    searches = [searched(cv=cv) for cv in cvs]
    assert len(sx.compare_search(searches).summary) == 6


DRAWN = ShuffleSplit(4, test_size=0.25)
OTHER = {
    "other seeds": (FOLDS, StratifiedKFold(4, shuffle=True, random_state=1)),
    "no seed": [StratifiedKFold(4, shuffle=True)] * 2,
    "drawn without a seed": [DRAWN, DRAWN],
    "another splitter": (FOLDS, KFold(4)),
    "lists of other rows": (list(FOLDS.split(X, Y)), list(KFold(4).split(X, Y))),
    "a list and a splitter": (list(FOLDS.split(X, Y)), FOLDS),
    "predefined": [PredefinedSplit(np.arange(len(Y)) // n % 4) for n in (1, 3)],
}


@pytest.mark.parametrize("cvs", OTHER.values(), ids=OTHER)
def test_splits_that_are_not_known_to_be_the_same(cvs):
    searches = {"a": searched(cv=cvs[0]), "b": searched(cv=cvs[1])}
    with pytest.raises(ValueError, match=r"same splits, but those of search\['a'\].*Fit them with"):
        sx.compare_search(searches)
    # the caller may know better
    assert len(sx.compare_search(searches, cv=FOLDS).summary) == 6


def test_the_splits_of_a_splitter_of_the_users():
    class Own(KFold):
        pass

    searches = [searched(cv=Own(4)) for _ in range(2)]
    with pytest.raises(ValueError, match="the sizes of the parts cannot be known"):
        sx.compare_search(searches)
    assert len(sx.compare_search(searches, cv=4).summary) == 6


def test_scorers_must_be_the_same(bayes):
    other = searched(scoring=sx.LossScorer("brier_loss", class_weight="balanced"))
    with pytest.raises(ValueError, match="same scorers, but those of brier_loss, "):
        sx.compare_search([bayes, other])
    with pytest.raises(ValueError, match=r"same losses, but search\['GaussianNB 1'\] has"):
        sx.compare_search([bayes, searched(scoring="neg_log_loss")])
    several = searched(scoring=dict(sx.SCORERS), refit=False)
    two = searched(
        scoring={k: sx.SCORERS[k] for k in ("neg_brier_loss", "neg_cross_entropy")}, refit=False
    )
    with pytest.raises(ValueError, match="Name those that all have in losses="):
        sx.compare_search([several, two])
    named = sx.compare_search([several, two], losses=["mse", "xent"])
    assert named.summary["loss"].unique().tolist() == ["brier_loss", "cross_entropy"]
    mine = make_scorer(log_loss, greater_is_better=False, response_method="predict_proba")
    assert len(sx.compare_search([searched(scoring=mine)] * 2).summary) == 6


def scale_of(factor):
    def scaled_log_loss(y, p):
        return factor * log_loss(y, p)

    return make_scorer(scaled_log_loss, greater_is_better=False, response_method="predict_proba")


def options_of(factor, **options):
    def scaled(y, p, factor):
        return factor * log_loss(y, p)

    options = {"greater_is_better": False, "response_method": "predict_proba", **options}
    return make_scorer(scaled, factor=np.asarray(factor), **options)


class Silent:
    """A scorer whose text does not tell what it does."""

    def __init__(self, factor):
        self.factor, self.self = factor, self

    def __call__(self, estimator, X, y):
        return {"neg_mine": -self.factor * log_loss(y, estimator.predict_proba(X))}

    def __repr__(self):
        return "Silent()"


def partial_of(factor):
    def scaled(y, p, factor):
        return factor * log_loss(y, p)

    scaled = functools.partial(scaled, factor=factor)
    return make_scorer(scaled, greater_is_better=False, response_method="predict_proba")


@pytest.mark.parametrize("make", [scale_of, options_of, partial_of, Silent])
def test_scorers_that_look_alike_must_do_the_same(bayes, make):
    def scored(scorer):
        search = SimpleNamespace(**vars(bayes))
        name = "neg_mine" if make is Silent else "score"
        search.scorer_, results = scorer, bayes.cv_results_
        search.cv_results_ = {k.replace("score", name) if "split" in k else k: x
                              for k, x in results.items()}  # fmt: skip
        return search

    assert len(sx.compare_search([scored(make(1)), scored(make(1))]).summary) == 6
    with pytest.raises(ValueError, match=r"must be scored by the same scorers, .* not known to do"):
        sx.compare_search([scored(make(1)), scored(make(2))])


class Untagged(GaussianNB):
    """A classifier that does not say so, whose folds are not stratified."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = None
        return tags


def test_a_number_of_folds_means_others_where_no_classes_are_told():
    by_class, plain = searched(cv=4), searched(Untagged(), cv=4)
    with pytest.raises(ValueError, match="not known to be the same"):
        sx.compare_search([by_class, plain])
    assert len(sx.compare_search([plain, searched(Untagged(), cv=4)]).summary) == 6
    folds = KFold(4)
    both = [searched(cv=folds), searched(Untagged(), cv=folds)]
    assert len(sx.compare_search(both).summary) == 6


def test_searches_of_other_numbers_of_classes(bayes):
    other = SimpleNamespace(**vars(bayes), classes_=np.arange(3))
    with pytest.raises(ValueError, match=r"same samples, but search\['GaussianNB 1'\] has 2 cl"):
        sx.compare_search([bayes, other])
    other.classes_ = np.array(["bad", "good"])  # the same labels, by other names
    assert len(sx.compare_search([bayes, other]).summary) == 6


REFUSED = {
    "an empty list": ([], "search must be a fitted search, a list of them"),
    "an empty dict": ({}, "must be given as a dict"),
    "no search": ([3], "search must be a fitted search with cv_results_"),
    "not fitted": ([GridSearchCV(GaussianNB(), BAYES)], "search must be a fitted search"),
    "a name that is none": ({1: 2}, "names of models must be strings"),
}


@pytest.mark.parametrize(("searches", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(searches, message):
    with pytest.raises(ValueError, match=message):
        sx.compare_search(searches)


def test_other_numbers_of_splits_and_halving_searches(bayes):
    with pytest.raises(ValueError, match=r"has 4 and search\['GaussianNB 2'\] 3"):
        sx.compare_search([bayes, searched(cv=3)])
    halving = SimpleNamespace(
        cv_results_={**bayes.cv_results_, "iter": np.zeros(3)}, scorer_=bayes.scorer_, cv=FOLDS
    )
    with pytest.raises(ValueError, match="is a halving search"):
        sx.compare_search([bayes, halving])
    assert len(sx.compare_search(halving).summary) == 3


# --- the best few -----------------------------------------------------------------------------


def test_top_shows_the_best_corrected_as_all(trees):
    whole, top = sx.compare_search(trees), sx.compare_search(trees, top=2)
    best = whole.summary.sort_values("mean_loss")["model"].tolist()[:2]
    assert set(top.summary["model"]) == set(best)
    rows = whole.differences
    kept = rows[rows["model_a"].isin(best) & rows["model_b"].isin(best)]
    pd.testing.assert_frame_equal(top.differences, kept.reset_index(drop=True))
    assert "corrected for all 6 pairs of the 4" in " ".join(str(top).split())
    assert len(sx.compare_search(trees, top=99).summary) == 4
    one = sx.compare_search(trees, top=1)
    assert one.summary["model"].tolist() == best[:1]
    assert one.differences.empty


def test_top_keeps_the_baseline(trees):
    worst = sx.compare_search(trees).summary.sort_values("mean_loss")["model"].iloc[-1]
    top = sx.compare_search(trees, top=1, baseline=worst)
    assert worst in top.summary["model"].tolist()
    assert len(top.differences) == 1


def test_top_of_several_losses_is_by_the_last():
    search = searched(
        scoring=dict(sx.SCORERS), refit=False, grid={"var_smoothing": [1e-9, 1e-2, 1.0]}
    )
    whole = sx.compare_search(search)
    of_last = whole.summary[whole.summary["loss"] == "cross_entropy"]
    best = of_last.sort_values("mean_loss")["model"].iloc[0]
    assert set(sx.compare_search(search, top=1).summary["model"]) == {best}


@pytest.mark.parametrize("top", [0, -1, 2.0, "5", True])
def test_tops_that_are_refused(trees, top):
    with pytest.raises(ValueError, match="top must be a whole number of at least 1"):
        sx.compare_search(trees, top=top)


# --- the short list ---------------------------------------------------------------------------


def test_the_short_list_is_what_compare_models_takes(bayes, trees):
    comparison = sx.compare_search({"nb": bayes, "tree": trees})
    short = comparison.shortlist(3)
    ranked = comparison.summary.sort_values("rank", kind="stable")["model"].tolist()
    assert list(short) == ranked[:3]
    for name, model in short.items():
        assert is_classifier(model)
        search = bayes if name.startswith("nb") else trees
        params = search.cv_results_["params"][
            [n for n in comparison.summary["model"] if n.startswith(name[:2])].index(name)
        ]
        assert {key: model.get_params()[key] for key in params} == params
        assert model is not search.estimator
        assert not hasattr(model, "classes_")
    again = sx.compare_models(short, X, Y, cv=FOLDS, losses="mse")
    expected = comparison.summary.set_index("model")["mean_loss"]
    found = again.split_losses.groupby("model")["mean_loss"].mean()
    for name in short:  # of the same folds: what the search found
        assert found[name] == pytest.approx(expected[name], rel=1e-9)
    assert len(comparison.shortlist(99)) == 7
    assert len(comparison.shortlist()) == 5


def test_the_short_list_of_a_selection_and_by_a_loss():
    grid = {"var_smoothing": [1e-9, 1e-2, 1.0]}
    comparison = sx.compare_search(searched(scoring=dict(sx.SCORERS), refit=False, grid=grid))
    for loss in ("classification_error", "brier_loss", "xent"):
        of_loss = comparison.summary[comparison.summary["loss"] == sx.get_loss(loss).name]
        best = of_loss.sort_values("rank", kind="stable")["model"].iloc[0]
        assert list(comparison.shortlist(1, loss=loss)) == [best]
    two = comparison.select(["var_smoothing=0.01", "var_smoothing=1.0"])
    assert set(two.shortlist()) == {"var_smoothing=0.01", "var_smoothing=1.0"}


def test_parameters_that_are_estimators_are_cloned():
    grid = {"logisticregression": [GaussianNB(), GaussianNB(var_smoothing=0.1)]}
    search = searched(make_pipeline(StandardScaler(), LogisticRegression()), grid)
    short = sx.compare_search(search).shortlist(2)
    steps = [model.steps[1][1] for model in short.values()]
    assert not any(step is given for step in steps for given in grid["logisticregression"])


def test_candidates_that_failed_are_on_no_short_list(bayes):
    results = dict(bayes.cv_results_)
    results["split1_test_score"] = np.array([np.nan, -0.1, -0.1])
    search = SimpleNamespace(cv_results_=results, scorer_=bayes.scorer_, cv=4)
    comparison = sx.compare_search(search)
    with pytest.raises(ValueError, match="SimpleNamespace has no attribute estimator"):
        comparison.shortlist(1)
    search.estimator = GaussianNB()
    assert set(sx.compare_search(search).shortlist()) == {
        "var_smoothing=0.001",
        "var_smoothing=0.1",
    }


def test_what_a_short_list_needs(trees):
    comparison = sx.compare_search(trees)
    for n in (0, 1.5, "2"):
        with pytest.raises(ValueError, match="n must be a whole number of at least 1"):
            comparison.shortlist(n)
    with pytest.raises(ValueError, match="loss must be among those compared"):
        comparison.shortlist(1, loss="xent")
    other = sx.compare_predictions([0, 1, 1, 0], {"a": [0.1, 0.8, 0.7, 0.4]})
    with pytest.raises(ValueError, match="only compare_search has any"):
        other.shortlist()


# --- names ------------------------------------------------------------------------------------


def double(x):
    return 2 * x


def test_functions_and_classes_have_their_names():
    params = [{"f": double}, {"f": np.log1p}, {"f": GaussianNB}, {"f": None}, {"f": abs}]
    assert candidate_names(params) == ["f=double", "f=log1p", "f=GaussianNB", "f=None", "f=abs"]
    assert candidate_names([{"f": double}, {"f": "double"}]) == ["f=double", "f='double'"]


def test_names_that_are_cut_keep_the_last_word_of_each_parameter(trees):
    names = ["max_depth=2, min_samples_leaf=5", "max_depth=4, min_samples_leaf=20"]
    assert cut_all(names, 24) == ["depth=2, leaf=5", "depth=4, leaf=20"]
    assert cut_all(names, 40) == names
    assert with_short_keys(["tree__max_depth=2" + " " * 20], 24)[0].startswith("depth=2")
    # keys whose last words are alike stay what they are
    alike = ["max_depth=1, " + "x" * 20, "min_depth=1, " + "x" * 20]
    assert with_short_keys(alike, 24) == alike
    text = str(sx.compare_search(trees))
    assert "  depth=" in text
    assert '"depth=' in text.splitlines()[2]  # quoted in the sentence, as it holds a comma


# --- objects that do the same -----------------------------------------------------------------


class Slotted:
    """An object whose value is no attribute of its dictionary."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class SlottedBelow(Slotted):
    """One that has a dictionary, too."""


class Doubtful:
    """An object whose comparison is no answer."""

    def __eq__(self, other):
        return np.array([True, True])

    __hash__ = None


class Listed(list):
    """A list with a method and attributes."""

    def first(self):
        return self[0]


def listed(value):
    one = Listed([1])
    one.value = value
    return one


def recursive(value):
    def count_down(n):
        return value if n == 0 else count_down(n - 1)

    return count_down


def inside_itself(value):
    found = [value]
    found.append(found)
    return found


ALIKE = {
    "partial": lambda value: functools.partial(max, value),
    "slots": Slotted,
    "slots below": SlottedBelow,
    "default of a dict": lambda value: collections.defaultdict((int, float, str)[value], a=1),
    "attribute of a list": listed,
    "method": lambda value: Listed([value]).first,
    "recursive function": recursive,
    "list inside itself": inside_itself,
    "getter": operator.itemgetter,
    "nan": lambda value: {"zero_division": float("nan"), "value": value},
    "random state": np.random.RandomState,
}


@pytest.mark.parametrize("make", ALIKE.values(), ids=ALIKE)
def test_objects_are_alike_if_all_that_they_hold_is(make):
    assert is_alike(make(1), make(1))
    assert not is_alike(make(1), make(2))


def test_objects_whose_comparison_is_no_answer_are_not_alike():
    assert not is_alike([Doubtful()], [Doubtful()])


@pytest.mark.parametrize(
    ("a", "b"),
    [(np.nan, 1.0), (1.0, np.nan), (1, True), (1, 1.0), ({"k": 1}, {"j": 1}), ((1,), ())],
)
def test_other_values_and_values_of_another_type_are_not_alike(a, b):
    assert not is_alike(a, b)
    assert not is_alike([a], [b])
    assert is_alike([a, b], [a, b])
