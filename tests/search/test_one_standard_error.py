import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    RepeatedKFold,
    ShuffleSplit,
)
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

X, Y = load_iris(return_X_y=True)
DEPTHS = {"max_depth": [1, 2, 3, 4, 5]}


def results(scores, params=None, name="score"):
    """cv_results_ of candidates, from a score for each candidate and split."""
    scores = np.asarray(scores, dtype=float)
    out = {f"split{i}_test_{name}": column for i, column in enumerate(scores.T)}
    return {**out, "params": params or [{"a": i} for i in range(len(scores))]}


def searched(rule, search=GridSearchCV, **options):
    tree = DecisionTreeClassifier(random_state=0)
    return search(tree, DEPTHS, scoring=sx.neg_brier_loss, refit=rule, **options).fit(X, Y)


def test_the_simplest_within_one_corrected_standard_error():
    best = np.array([-0.10, -0.22, -0.16, -0.28, -0.34])
    noise = np.array([0.02, -0.02, 0.03, -0.03, 0.0])
    std_error = noise.std(ddof=1) * np.sqrt(1 / 5 + 1 / 4)
    for gap, chosen in ((0.999 * std_error, 0), (1.001 * std_error, 1)):
        scores = results([best + noise - gap, best])
        assert sx.one_standard_error("a")(scores) == chosen
        table = sx.one_standard_error("a").table(scores)
        assert table["std_error"].tolist() == [pytest.approx(std_error), 0.0]
        assert table["difference"].tolist() == [pytest.approx(gap), 0.0]
        assert table["chosen"].to_numpy().argmax() == chosen


def test_one_that_fails_in_a_fold_is_not_chosen():
    """Its differences vary so much that their own standard error exceeds their mean."""
    best = np.array([-0.30, -0.32, -0.29, -0.31, -0.30])
    failed = best.copy()
    failed[2] -= 1000.0
    rule = sx.one_standard_error("a")
    table = rule.table(results([failed, best - 0.001, best]))
    assert table["difference"][0] == pytest.approx(200.0)
    assert table["std_error"][0] == pytest.approx(1000 * np.sqrt(1 / 5) * np.sqrt(1 / 5 + 1 / 4))
    of_best = best.std(ddof=1) * np.sqrt(1 / 5 + 1 / 4)
    assert table["std_error_best"].tolist() == [pytest.approx(of_best)] * 3
    assert table["eligible"].tolist() == [False, False, True]  # the second is always worse
    near = best + np.array([0.001, -0.001, 0.001, 0.0, -0.003])
    assert rule(results([failed, near, best])) == 1


def test_the_standard_error_of_the_best_limits_too():
    best = np.array([-0.10, -0.12, -0.11, -0.13, -0.14])
    of_best = best.std(ddof=1) * np.sqrt(1 / 5 + 1 / 4)
    noise = np.array([0.2, -0.2, 0.3, -0.3, 0.0])
    for share, chosen in ((0.999, 0), (1.001, 1)):
        scores = results([best + noise - share * of_best, best])
        assert sx.one_standard_error("a")(scores) == chosen


def test_overlap_of_the_training_parts_widens_the_standard_error():
    scores = results([[-0.1, -0.2, -0.1, -0.2, -0.1, -0.2], [-0.1] * 6])
    once, repeated = (
        sx.one_standard_error("a", cv=cv).table(scores)["std_error"][0]
        for cv in (6, RepeatedKFold(n_splits=2, n_repeats=3))
    )
    assert repeated / once == pytest.approx(np.sqrt((1 / 6 + 1) / (1 / 6 + 1 / 5)))


def test_simplicity_by_key_and_by_greatest():
    params = [{"a": 3, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 2}]
    same = results([[-0.1, -0.2]] * 3, params)
    assert sx.one_standard_error("a", cv=2)(same) == 1
    assert sx.one_standard_error("a", simplest="greatest", cv=2)(same) == 0
    assert sx.one_standard_error(lambda p: (-p["b"], -p["a"]), cv=2)(same) == 2


def test_of_equally_simple_ones_the_best():
    params = [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 3}]
    scores = results([[-0.2, -0.4], [-0.1, -0.3], [-0.3, -0.1]], params)
    assert sx.one_standard_error("a", cv=2)(scores) == 1


@pytest.mark.parametrize("search", [GridSearchCV, RandomizedSearchCV])
def test_as_refit_of_a_search(search):
    options = {"n_iter": 5} if search is RandomizedSearchCV else {}
    rule = sx.one_standard_error("max_depth")
    fitted = searched(rule, search, **options)
    table = rule.table(fitted.cv_results_)
    assert table["chosen"].sum() == 1
    assert fitted.best_index_ == table["chosen"].to_numpy().argmax()
    assert fitted.best_params_["max_depth"] < 4
    assert fitted.best_estimator_.get_depth() == fitted.best_params_["max_depth"]


def test_several_scores_need_a_name():
    tree = DecisionTreeClassifier(random_state=0)
    rule = sx.one_standard_error("max_depth", score="neg_cross_entropy")
    fitted = GridSearchCV(tree, DEPTHS, scoring=sx.SCORERS, refit=rule)
    with pytest.warns(sx.ZeroProbabilityWarning):
        fitted.fit(X, Y)
    alone = results(
        np.column_stack([fitted.cv_results_[f"split{i}_test_neg_cross_entropy"] for i in range(5)]),
        fitted.cv_results_["params"],
    )
    assert fitted.best_index_ == sx.one_standard_error("max_depth")(alone)
    with pytest.raises(ValueError, match=r"score must be one of \['neg_classification_error'"):
        sx.one_standard_error("max_depth")(fitted.cv_results_)


def test_failed_candidates_are_never_chosen():
    scores = results([[np.nan, -0.1], [-np.inf, -0.1], [-0.2, -0.2]])
    assert sx.one_standard_error("a", cv=2)(scores) == 2
    with pytest.raises(ValueError, match="no candidate has a finite score"):
        sx.one_standard_error("a", cv=2)(results([[np.nan, -0.1]]))


def test_rule_survives_clone_and_pickle():
    rule = sx.one_standard_error("max_depth", cv=5)
    search = GridSearchCV(DecisionTreeClassifier(), DEPTHS, refit=rule)
    for again in (clone(search).refit, pickle.loads(pickle.dumps(rule))):
        assert repr(again) == repr(rule)


def test_bad_arguments():
    with pytest.raises(ValueError, match="simplicity must be the name of a parameter"):
        sx.one_standard_error(3)
    with pytest.raises(ValueError, match='simplest must be "least" or "greatest"'):
        sx.one_standard_error("a", simplest="fewest")
    with pytest.raises(ValueError, match="simplicity='depth' is no parameter of candidate"):
        searched(sx.one_standard_error("depth"))
    of_step = results([[-0.1, -0.2]], [{"tree__depth": 1}])
    with pytest.raises(ValueError, match="Did you mean 'tree__depth'\\?"):
        sx.one_standard_error("depth", cv=2)(of_step)
    mixed = results([[-0.1, -0.2]] * 2, [{"a": None}, {"a": 3}])
    with pytest.raises(ValueError, match=r"must be comparable; got \[None, 3\].*Pass a function"):
        sx.one_standard_error("a", cv=2)(mixed)
    with pytest.raises(ValueError, match="makes 10 splits, but the results hold 5"):
        searched(sx.one_standard_error("max_depth", cv=10))


def test_nan_simplicity_has_no_order():
    for order in ([np.nan, 2, 1], [2, 1, np.nan]):
        same = results([[-0.1, -0.2]] * 3, [{"a": x} for x in order])
        with pytest.raises(ValueError, match="simplicities must be comparable"):
            sx.one_standard_error("a", cv=2)(same)


def test_a_last_bit_is_no_difference():
    assert sx.one_standard_error("a", cv=3)(results([[0.1] * 3, [0.1 + 1e-16] * 3])) == 0


def test_masked_scores_are_missing():
    scores = results([[-0.3, -0.2], [-0.1, -0.1]])
    scores["split1_test_score"] = np.ma.masked_array([-0.2, -0.1], [False, True])
    assert sx.one_standard_error("a", cv=2)(scores) == 0


def test_one_split_is_too_few():
    with pytest.raises(ValueError, match="at least two splits"):
        sx.one_standard_error("a", cv=ShuffleSplit(1))(results([[-0.1], [-0.2]]))


def test_halving_is_judged_by_its_last_iteration():
    rule = sx.one_standard_error("max_depth")
    search = HalvingGridSearchCV(
        DecisionTreeClassifier(random_state=0), DEPTHS, scoring=sx.neg_brier_loss, random_state=0
    ).fit(X, Y)
    table = rule.table(search.cv_results_)
    last = np.flatnonzero(search.cv_results_["iter"] == search.n_iterations_ - 1)
    assert table.index.tolist() == last.tolist()
    assert rule(search.cv_results_) in last
