"""RacingSearchCV: an estimator by every convention, whose scores are those of GridSearchCV."""

import copy
import pickle
import warnings
from functools import cache

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris, make_classification
from sklearn.decomposition import PCA
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import (
    BaseCrossValidator,
    GridSearchCV,
    GroupKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import check_estimator

import sklearn_xent as sx

X, Y = make_classification(120, 5, n_informative=3, flip_y=0.1, random_state=1)
CV = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
GRID = {"max_depth": [1, 2, 3, None], "min_samples_leaf": [1, 5, 40]}
TREE = DecisionTreeClassifier(random_state=0)
BAYES = GaussianNB()
SMOOTHING = {"var_smoothing": [1e-9, 1e-2, 0.1, 1.0, 10.0, 100.0]}


def raced(estimator=BAYES, grid=SMOOTHING, data=(X, Y), params=None, **options):
    """Fit a race without the warnings of scikit-learn about failed fits."""
    options = {"cv": CV, "scoring": sx.neg_brier_loss, "random_state": 0, **options}
    race = sx.RacingSearchCV(estimator, grid, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return race.fit(*data, **(params or {}))


@cache
def usual():
    """The race of these defaults, run once: for tests that change nothing of it."""
    return raced()


def check_same_where_fitted(race, full):
    """Check cv_results_ to the bit."""
    ours, theirs = race.cv_results_, full.cv_results_
    assert list(ours) == [*theirs, "n_splits_seen", "pvalue_dropped", "status", "reason"]
    assert ours["params"] == theirs["params"]
    survived = ours["status"] == "survived"
    for key, expected in theirs.items():
        if key.startswith("split"):
            seen = ~np.isnan(ours[key])
            np.testing.assert_array_equal(ours[key][seen], expected[seen])
        elif key.startswith(("mean_test", "std_test", "mean_train", "std_train")):
            np.testing.assert_array_equal(ours[key][survived], expected[survived])
            assert np.isnan(ours[key][~survived]).all()
        elif key.startswith("rank"):
            assert ours[key].dtype == expected.dtype
            assert (ours[key][~survived] == survived.sum() + 1).all()
        elif key.startswith("param_"):
            assert ours[key].dtype == expected.dtype
            np.testing.assert_array_equal(ours[key].filled(), expected.filled())
        elif "time" in key:
            assert (ours[key] >= 0).all()
    scores = np.column_stack([ours[f"split{j}_test_{race.race_by_[0]}"] for j in range(10)])
    assert (np.isfinite(scores).sum(axis=1) == ours["n_splits_seen"]).all()
    dropped = ours["status"] == "dropped"
    assert (np.isfinite(ours["pvalue_dropped"]) == dropped).all()


# --- conventions --------------------------------------------------------------------------------


def made(estimator, **grid):
    return sx.RacingSearchCV(estimator, grid, cv=4, looks=[3], random_state=0)


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (RidgeClassifier(), []),
        # it takes a y of two columns, and so do GridSearchCV and this
        (Ridge(), ["check_supervised_y_2d"]),
    ],
)
def test_scikit_learn_checks(estimator, expected):
    race = made(estimator, alpha=[0.1, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks = check_estimator(race, on_skip=None, on_fail=None)
    assert len(checks) > 40
    assert [c["check_name"] for c in checks if c["status"] == "failed"] == expected


def test_clone_and_parameters():
    race = sx.RacingSearchCV(TREE, GRID, looks=[3, 5], alpha=0.1, race_by="score", progress=True)
    copy = clone(race)
    assert copy.get_params(deep=False).keys() == race.get_params(deep=False).keys()
    assert copy.looks == [3, 5]
    assert copy.set_params(estimator__max_depth=3).estimator.max_depth == 3


def test_pickle_and_html():
    race = usual()
    again = pickle.loads(pickle.dumps(race))
    np.testing.assert_array_equal(again.predict_proba(X), race.predict_proba(X))
    pd.testing.assert_frame_equal(again.candidates_, race.candidates_)
    assert "GaussianNB" in race._repr_html_()
    assert "RacingSearchCV" in repr(race)


def test_methods_are_those_of_the_estimator():
    race = usual()
    np.testing.assert_array_equal(race.classes_, [0, 1])
    assert race.n_features_in_ == 5
    assert hasattr(race, "predict_log_proba")
    assert not hasattr(sx.RacingSearchCV(LinearSVC(), {"C": [1]}), "predict_proba")
    assert not hasattr(race, "decision_function")
    assert race.score(X, Y) == sx.neg_brier_loss(race.best_estimator_, X, Y)
    assert not hasattr(raced(refit=False), "predict")


def test_set_output_and_names_of_features():
    frame = pd.DataFrame(X, columns=list("abcde"))
    pca = PCA(random_state=0).set_output(transform="pandas")
    race = raced(pca, {"n_components": [1, 2, 3]}, (frame,), scoring=None, cv=None)
    assert list(race.feature_names_in_) == list("abcde")
    names = [f"pca{i}" for i in range(race.best_params_["n_components"])]
    assert list(race.transform(frame).columns) == names


def test_not_fitted():
    race = sx.RacingSearchCV(TREE, GRID)
    for ask in (lambda: race.candidates_, race.plot, lambda: race.predict(X)):
        with pytest.raises(NotFittedError):
            ask()


# --- the scores are those of GridSearchCV -------------------------------------------------------


@pytest.mark.parametrize(
    "scoring", [sx.neg_brier_loss, "accuracy", sx.SCORERS], ids=["loss", "name", "several"]
)
def test_scores_are_those_of_the_full_search(scoring):
    several = scoring is sx.SCORERS
    options = {"scoring": scoring, "cv": CV, "return_train_score": True}
    options["refit"] = "neg_brier_loss" if several else True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        full = GridSearchCV(TREE, GRID, **options).fit(X, Y)
    race = raced(TREE, GRID, **options)
    check_same_where_fitted(race, full)
    assert race.best_index_ == full.best_index_
    assert race.best_score_ == full.best_score_
    assert race.best_params_ == full.best_params_
    assert race.multimetric_ == full.multimetric_ == several
    np.testing.assert_array_equal(race.predict_proba(X), full.predict_proba(X))
    assert race.n_fits_ + race.n_fits_spared_ == 120
    assert race.n_fits_spared_ > 0


def test_grids_whose_candidates_have_other_parameters():
    grid = [
        {"estimator": [GaussianNB()], "estimator__var_smoothing": [1e-9, 1.0]},
        {"estimator": [TREE], "estimator__max_depth": [1, None]},
    ]
    pipe = Pipeline([("estimator", BAYES)])
    full = GridSearchCV(pipe, grid, scoring=sx.neg_brier_loss, cv=CV).fit(X, Y)
    race = raced(pipe, grid)
    names = [k for k in full.cv_results_ if k.startswith("param_")]
    for name in names:
        ours, theirs = race.cv_results_[name], full.cv_results_[name]
        np.testing.assert_array_equal(ours.mask, theirs.mask)
    assert race.best_index_ == full.best_index_


@pytest.mark.parametrize("scoring", [None, lambda e, A, b: {"a": e.score(A, b), "b": 0.0}])
def test_default_and_callable_scoring(scoring):
    refit = "a" if scoring else True
    full = GridSearchCV(BAYES, SMOOTHING, scoring=scoring, refit=refit, cv=CV).fit(X, Y)
    race = raced(scoring=scoring, refit=refit)
    check_same_where_fitted(race, full)
    assert race.best_index_ == full.best_index_


def test_two_workers_and_a_repetition_give_the_same():
    one, again = usual(), raced()
    with joblib.parallel_config("threading"):  # no time to start processes
        two = raced(n_jobs=2)
    for other in (two, again):
        pd.testing.assert_frame_equal(other.candidates_, one.candidates_)
        np.testing.assert_array_equal(other.split_order_, one.split_order_)
        for key, values in one.cv_results_.items():
            if key.startswith("split"):
                np.testing.assert_array_equal(other.cv_results_[key], values)
    assert raced(random_state=5).split_order_.tolist() != one.split_order_.tolist()


def test_default_splits_are_five_times_five():
    race = raced(cv=None)
    assert race.n_splits_ == 25
    assert race.looks_ == [3, 5, 8, 12, 16, 20]
    assert race.split_sizes_.tolist() == [[96, 24]] * 25
    full = GridSearchCV(BAYES, SMOOTHING, cv=race.cv_, scoring=sx.neg_brier_loss).fit(X, Y)
    assert full.best_score_ == race.best_score_


def test_regressors_and_no_target():
    assert raced(Ridge(), {"alpha": [1, 2]}, scoring=None, cv=None).n_splits_ == 25
    assert raced(PCA(), {"n_components": [1, 2]}, (X,), scoring=None, cv=None).n_splits_ == 25


class Counted(BaseCrossValidator):
    """Random splits, other ones at each call."""

    calls = 0

    def split(self, X, y=None, groups=None):
        Counted.calls += 1
        yield from ShuffleSplit(9, test_size=0.3).split(X)

    def get_n_splits(self, X=None, y=None, groups=None):
        return 9


def test_splits_are_drawn_once():
    Counted.calls = 0
    race = raced(cv=Counted())
    assert Counted.calls == 1
    assert race.n_splits_ == 9


def test_splits_as_a_generator_and_as_masks():
    splits = list(CV.split(X, Y))
    masks = [tuple(np.isin(np.arange(len(X)), part) for part in split) for split in splits]
    expected = usual().best_score_
    assert raced(cv=(split for split in splits)).best_score_ == expected
    race = raced(cv=masks)
    assert race.best_score_ == expected
    assert race.split_sizes_.tolist() == [[96, 24]] * 10


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ((np.arange(9),), "cv must make pairs .train, test., each a list of row numbers or a mask"),
        ((5, 6), "cv must make pairs"),
        ((np.arange(9), [120]), "cv must give rows of the 120 samples; index 120 is out of bounds"),
        ((np.arange(9), np.arange(0)), "cv must make splits with training and test samples"),
        ((np.zeros(120, bool), np.arange(9)), "cv must make splits with training and test"),
    ],
)
def test_splits_that_are_none_are_refused(split, message):
    with pytest.raises(ValueError, match=message):
        raced(cv=[*CV.split(X, Y), split])


# --- groups, weights, routing -------------------------------------------------------------------

GROUPS = np.arange(120) // 6


def test_groups_reach_the_splitter():
    cv = GroupKFold(10)
    full = GridSearchCV(BAYES, SMOOTHING, cv=cv, scoring=sx.neg_brier_loss)
    full.fit(X, Y, groups=GROUPS)
    check_same_where_fitted(raced(cv=cv, params={"groups": GROUPS}), full)


@pytest.mark.parametrize(("estimator", "scoring"), [(BAYES, sx.neg_brier_loss), (Ridge(), None)])
def test_default_splits_keep_groups_whole(estimator, scoring):
    grid = {next(iter(estimator.get_params())): [None if estimator is BAYES else 1.0]}
    race = raced(estimator, grid, cv=None, scoring=scoring, params={"groups": GROUPS})
    assert race.n_splits_ >= 24  # one of them may be drawn twice
    assert race.n_splits_ == len({test.tobytes() for _, test in race.cv_})
    for train, test in race.cv_:
        assert not set(GROUPS[train]) & set(GROUPS[test])


def test_of_few_groups_each_split_counts_once():
    grid = {"var_smoothing": [1e-9, 0.1]}
    race = raced(grid=grid, cv=None, params={"groups": np.arange(len(Y)) % 5})
    assert race.n_splits_ == 5
    values = -np.column_stack([race.cv_results_[f"split{i}_test_score"] for i in range(5)])
    d = values[0] - values[1]
    found = sx.compare_search(race).differences["std_error"][0]
    assert found == pytest.approx(d.std(ddof=1) * np.sqrt(0.2 + 0.25), rel=1e-9)


def test_weights_of_samples():
    weight = np.linspace(0.1, 2.0, 120)
    full = GridSearchCV(BAYES, SMOOTHING, cv=CV, scoring="neg_brier_score")
    full.fit(X, Y, sample_weight=weight)
    race = raced(scoring="neg_brier_score", params={"sample_weight": weight})
    check_same_where_fitted(race, full)
    np.testing.assert_array_equal(race.predict_proba(X), full.predict_proba(X))


def test_metadata_routing():
    weight = np.linspace(0.1, 2.0, 120)
    with config_context(enable_metadata_routing=True):
        estimator = GaussianNB().set_fit_request(sample_weight="cost")
        scorer = sx.neg_brier_loss.set_score_request(sample_weight=True)
        params = {"cost": weight, "sample_weight": weight[::-1], "groups": GROUPS}
        options = {"cv": GroupKFold(10), "scoring": scorer}
        full = GridSearchCV(estimator, SMOOTHING, **options).fit(X, Y, **params)
        race = raced(estimator, params=params, **options)
        check_same_where_fitted(race, full)
        np.testing.assert_array_equal(race.predict_proba(X), full.predict_proba(X))
        with pytest.raises(TypeError, match="unexpected"):
            raced(estimator, params={**params, "nobody": 1}, **options)


# --- several scores, and which to refit ---------------------------------------------------------


def test_race_by_one_of_several_scores():
    by_refit = raced(scoring=sx.SCORERS, refit="neg_cross_entropy")
    assert by_refit.race_by_ == ["neg_cross_entropy"]
    other = raced(scoring=sx.SCORERS, refit="neg_cross_entropy", race_by="neg_brier_loss")
    assert other.race_by_ == ["neg_brier_loss"]
    alone = raced(scoring=sx.SCORERS, refit=False, race_by="neg_brier_loss")
    assert not hasattr(alone, "best_index_")
    assert alone.scorer_.keys() == sx.SCORERS.keys()


def test_without_a_choice_the_winner_of_each_score_stays():
    race = raced(TREE, GRID, scoring=sx.SCORERS, refit=False)
    assert race.race_by_ == list(sx.SCORERS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        full = GridSearchCV(TREE, GRID, scoring=sx.SCORERS, refit=False, cv=CV).fit(X, Y)
    check_same_where_fitted(race, full)
    for name in sx.SCORERS:
        assert race.cv_results_[f"rank_test_{name}"].argmin() == (
            full.cv_results_[f"rank_test_{name}"].argmin()
        )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scoring": sx.SCORERS}, "refit must be False, a callable, or the name of one"),
        ({"scoring": sx.SCORERS, "refit": "accuracy"}, "refit must be False"),
        ({"scoring": sx.SCORERS, "refit": False, "race_by": "auc"}, "race_by must be one of"),
        ({"race_by": "auc"}, "race_by must be one of"),
        ({"race_by": 3}, "race_by must be the name"),
        ({"alpha": 0}, "alpha must be between"),
        ({"alpha": 0.5}, "alpha must be between"),
        ({"alpha": True}, "alpha must be between"),
        ({"alpha": "5%"}, "alpha must be between"),
        ({"looks": "often"}, "looks must be"),
        ({"looks": [3, 10]}, "from 3 to 9"),
        ({"progress": 1}, "progress must be"),
        ({"refit": 3}, "refit must be"),
        ({"refit": lambda results: 99}, "refit must return"),
        ({"refit": lambda results: "x"}, "refit must return"),
        ({"random_state": "x"}, "cannot be used to seed"),
        ({"scoring": "nonsense"}, "scoring"),
        ({"cv": "x"}, "cv"),
        ({"cv": []}, "there must be candidates and splits"),
        ({"param_grid": []}, "there must be candidates and splits"),
        ({"param_grid": None}, "param_grid must be a dict"),
        ({"param_grid": iter([SMOOTHING])}, "param_grid must be a dict"),
        ({"param_grid": [3]}, "param_grid must be a dict"),
        ({"cv": [(1, 2)] * 9}, "split 0 is"),
        ({"cv": [(slice(0, 60), slice(60, 120))] * 9}, "split 0 is"),
    ],
)
def test_bad_arguments_leave_the_race_as_it_was(options, said):
    race = copy.deepcopy(usual())
    before = race.candidates_
    with pytest.raises(ValueError, match=said):
        race.set_params(**options).fit(X, Y)
    pd.testing.assert_frame_equal(race.candidates_, before)


@pytest.mark.parametrize("estimator", [None, 3, "tree"])
def test_an_estimator_has_a_method_fit(estimator):
    with pytest.raises(ValueError, match="estimator must have a method fit; got "):
        raced(estimator)


def test_callbacks_are_refused():
    race = sx.RacingSearchCV(BAYES, SMOOTHING, cv=CV)
    if not hasattr(race, "set_callbacks"):
        return  # scikit-learn before 1.9 has none
    race._skl_callbacks = [object()]
    with pytest.raises(ValueError, match="a race runs no callbacks"):
        race.fit(X, Y)


def test_one_standard_error_takes_the_splits_of_the_race():
    rule = sx.one_standard_error("max_depth", cv=CV)
    expected = GridSearchCV(
        TREE, {"max_depth": [1, 2, 3, 8]}, scoring=sx.neg_brier_loss, cv=CV, refit=rule
    ).fit(X, Y)
    for refit in (rule, sx.one_standard_error("max_depth")):
        race = raced(TREE, {"max_depth": [1, 2, 3, 8]}, refit=refit)
        assert race.best_params_ == expected.best_params_
        assert not hasattr(race, "best_score_")
        assert race.cv_results_["status"][race.best_index_] == "survived"


# --- candidates that fail, or are the same ------------------------------------------------------


class Moody(ClassifierMixin, BaseEstimator):
    """Predict the frequency of a class; fail where the training part holds a row."""

    def __init__(self, fails_with=None, shift=0.0):
        self.fails_with = fails_with
        self.shift = shift

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if self.fails_with is not None and np.isin(self.fails_with, X):
            raise ArithmeticError("moody\nand more")
        self.p_ = min(max(y.mean() + self.shift, 0.01), 0.99)
        return self

    def predict_proba(self, X):
        return np.tile([1 - self.p_, self.p_], (len(X), 1))


NUMBERED = np.arange(120.0).reshape(-1, 1)


def split_at(order, n):
    """Return splits (train, test): only those after the first n of the race train on row 0."""
    late = {int(j) for j in order[n:]}
    rng = np.random.default_rng(0)
    out = []
    for j in range(10):
        rows = rng.permutation(np.arange(1, 120))
        train, test = rows[:80], rows[80:]
        out.append((np.append(train, 0) if j in late else train, test))
    return out


ORDER = np.random.RandomState(0).permutation(10)


def test_a_candidate_that_fails_is_dropped_with_the_reason():
    grid = {"fails_with": [None, 5.0], "shift": [0.0, 0.2]}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        race = sx.RacingSearchCV(
            Moody(), grid, scoring=sx.neg_brier_loss, cv=split_at(ORDER, 10), random_state=0
        ).fit(NUMBERED, Y)
    assert [w.category for w in heard].count(FitFailedWarning) == 1  # at the first look only
    failed = race.cv_results_["status"] == "failed"
    assert failed.tolist() == [False, False, True, True]
    assert race.cv_results_["n_splits_seen"][2] == race.looks_[0]
    assert race.cv_results_["reason"][2].startswith("ArithmeticError in split ")
    assert race.cv_results_["reason"][2].endswith("moody and more")
    assert race.best_params_ == {"fails_with": None, "shift": 0.0}


def test_the_dropped_come_back_if_the_last_ones_fail():
    """The best candidates fail in the last splits only, and all the fits of that block fail."""
    grid = [{"fails_with": [0.0], "shift": [0.0]}, {"fails_with": [None], "shift": [0.3, 0.4]}]
    race = raced(Moody(), grid, (NUMBERED, Y), cv=split_at(ORDER, 8))
    assert race.cv_results_["status"].tolist() == ["failed", "survived", "survived"]
    assert race.best_params_["shift"] == 0.3
    assert race.cv_results_["n_splits_seen"].tolist()[1:] == [10, 10]


def test_all_failed_raises_the_error_of_the_first():
    with pytest.raises(ArithmeticError, match="moody") as caught:
        raced(Moody(), {"fails_with": [5.0, 5.0]}, (NUMBERED, Y), cv=split_at(ORDER, 10))
    assert "candidate 0" in caught.value.__notes__[0]
    with pytest.raises(ArithmeticError, match="moody"):
        raced(Moody(), {"fails_with": [0.0, 0.0]}, (NUMBERED, Y), cv=split_at(ORDER, 9))


def test_error_score():
    grid = {"fails_with": [None, 0.0], "shift": [0.0]}
    data, cv = (NUMBERED, Y), split_at(ORDER, 0)
    with pytest.raises(ArithmeticError, match="moody"):
        raced(Moody(), grid, data, cv=cv, error_score="raise")
    race = raced(Moody(), grid, data, cv=cv, error_score=-9.0)
    assert race.cv_results_["status"].tolist() == ["survived", "dropped"]
    assert race.cv_results_[f"split{ORDER[0]}_test_score"][1] == -9.0
    assert len(sx.compare_search(race).summary) == 1
    race = raced(Moody(), grid, data, cv=cv, error_score=0.0, refit=False)
    assert race.cv_results_["status"].tolist() == ["dropped", "survived"]  # 0 beats every model
    with pytest.raises(ValueError, match=r"error_score=0, and candidate .*1 of 1 cand"):
        sx.compare_search(race)


def test_a_callable_refit_returns_a_number_of_a_candidate():
    with pytest.raises(ValueError, match="refit must return the number of a candidate"):
        raced(refit=lambda results: True)


def test_candidates_of_the_same_scores_are_merged():
    grid = {"var_smoothing": [*np.geomspace(1e-9, 10, 10)], "priors": [None, [0.5, 0.5]]}
    y = np.tile([0, 1], 60)  # so that these priors are those of the data
    race = raced(grid=grid, data=(X, y))
    results = race.cv_results_
    merged = results["status"] == "merged"
    assert merged[10:].any()
    assert not merged[:10].any()
    row = int(np.flatnonzero(merged)[0])
    assert results["reason"][row] == f"same scores as candidate {row - 10}"
    full = GridSearchCV(BAYES, grid, scoring=sx.neg_brier_loss, cv=CV).fit(X, y)
    assert race.best_index_ == full.best_index_


def test_a_callable_may_choose_the_later_of_two_twins():
    """As the simplest within one standard error may be."""
    grid = {"var_smoothing": [*np.geomspace(1e-9, 10, 10)], "priors": [None, [0.5, 0.5]]}
    y = np.tile([0, 1], 60)

    def last_of_the_best(results):
        return int(np.flatnonzero(results["rank_test_score"] == 1)[-1])

    race = raced(grid=grid, data=(X, y), refit=last_of_the_best)
    assert "merged" not in race.cv_results_["status"]
    options = {"scoring": sx.neg_brier_loss, "cv": CV, "refit": last_of_the_best}
    full = GridSearchCV(BAYES, grid, **options).fit(X, y)
    assert race.best_index_ == full.best_index_ >= 10


def test_who_lacks_one_of_several_scores_may_win_by_another():
    """As a classifier without predict_proba does, where it has the lowest error."""
    grid = {"estimator": [LinearSVC(), *(GaussianNB(var_smoothing=s) for s in (1e-9, 1e2, 1e3))]}
    scoring = {"accuracy": "accuracy", "loss": sx.LossScorer("cross_entropy")}
    options = {"scoring": scoring, "refit": False, "cv": CV}
    pipe = Pipeline([("estimator", BAYES)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        full = GridSearchCV(pipe, grid, **options).fit(X, Y).cv_results_
    found = raced(pipe, grid, **options).cv_results_
    assert full["mean_test_accuracy"].argmax() == 0
    assert np.isnan(full["mean_test_loss"][0])
    for name in scoring:
        assert found[f"rank_test_{name}"].argmin() == full[f"rank_test_{name}"].argmin()
    with pytest.raises(ValueError, match="no candidate that is left in the race has the score"):
        raced(pipe, {"estimator": [LinearSVC()]}, scoring=scoring, race_by="accuracy", refit="loss")


# --- what it says -------------------------------------------------------------------------------


def test_too_few_splits_are_searched_fully_and_it_says_so():
    race = sx.RacingSearchCV(BAYES, SMOOTHING, cv=5, scoring=sx.neg_brier_loss)
    with pytest.warns(sx.XentWarning, match="cv makes 5 splits, too few for a race to pay"):
        race.fit(X, Y)
    assert race.looks_ == []
    assert race.n_fits_spared_ == 0
    full = GridSearchCV(BAYES, SMOOTHING, cv=5, scoring=sx.neg_brier_loss).fit(X, Y)
    assert race.best_score_ == full.best_score_
    assert raced(cv=5, looks=[3]).looks_ == [3]  # who names looks gets them


def test_progress_counts_fits(capsys):
    race = raced(progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(race.looks_) + 1
    assert lines[0].startswith("RacingSearchCV: 3 of 10 splits, 18 fits done, 0 spared, ")
    spared = f"10 of 10 splits, {race.n_fits_} fits done, {race.n_fits_spared_} spared, "
    assert spared in lines[-1]
    assert f"{sum(race.cv_results_['status'] == 'survived')} of 6 candidates" in lines[-1]


def test_candidates_best_first():
    race = usual()
    frame = race.candidates_
    assert frame.index[0] == race.best_index_
    assert frame["candidate"].iloc[0] == f"var_smoothing={race.best_params_['var_smoothing']:g}"
    assert frame["mean_score"].iloc[0] == race.best_score_
    assert sorted(frame.index) == list(range(6))


def test_survivors_are_compared_and_the_others_named():
    race = raced(TREE, GRID, alpha=0.4)
    comparison = sx.compare_search(race)
    alive = race.candidates_.query("status == 'survived'")["candidate"]
    assert set(comparison.summary["model"]) == set(alive)
    text = " ".join(repr(comparison).split())
    assert "Not compared, because they left the race: " in text
    first = race.candidates_.sort_index().query("status == 'dropped'")["candidate"].iloc[0]
    assert repr(first) in text
    with pytest.warns(sx.DegenerateDifferenceWarning):
        both = " ".join(repr(sx.compare_search({"a": race, "b": race})).split())
    for name in "ab":
        assert f"they left the race of '{name}': {first!r}" in both
    # the same as of the full search, with the sizes of its splits
    full = GridSearchCV(TREE, GRID, scoring=sx.neg_brier_loss, cv=CV).fit(X, Y)
    theirs = sx.compare_search(full, cv=CV).summary.set_index("model")
    ours = comparison.summary.set_index("model")
    np.testing.assert_allclose(
        ours["std_error"].astype(float), theirs.loc[ours.index, "std_error"].astype(float)
    )


def test_a_race_knows_the_sizes_of_any_splits():
    race = raced(cv=GroupKFold(10), params={"groups": GROUPS})
    assert len(sx.compare_search(race).summary) >= 1


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
def test_nested_in_compare_models():
    race = sx.RacingSearchCV(BAYES, SMOOTHING, scoring=sx.neg_brier_loss, cv=CV, random_state=0)
    models = {"race": race, "fixed": GaussianNB()}
    iris = load_iris(return_X_y=True)
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    one = sx.compare_models(models, *iris, cv=cv, losses="brier_loss")
    full = GridSearchCV(BAYES, SMOOTHING, scoring=sx.neg_brier_loss, cv=CV)
    two = sx.compare_models({**models, "race": full}, *iris, cv=cv, losses="brier_loss")
    pd.testing.assert_frame_equal(one.summary, two.summary)
