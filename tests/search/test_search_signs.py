"""Scores whose sign or name is not what it seems, and candidates that look alike."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, make_scorer, roc_auc_score
from sklearn.model_selection import GroupShuffleSplit, check_cv

import sklearn_xent as sx
from sklearn_xent.search.search import candidate_names

# the losses of two candidates in three splits; the first candidate is the better one
LOSSES = np.array([[0.3, 0.4, 0.35], [1.2, 1.1, 1.4]])


def searched(scores, scorer, values=-LOSSES):
    """Return what a search leaves behind, of which only this is read."""
    results = {"params": [{"depth": 1}, {"depth": 2}]}
    for score in scores:
        results |= {f"split{i}_test_{score}": values[:, i] for i in range(3)}
    return SimpleNamespace(cv_results_=results, scorer_=scorer, cv=3)


def proba_scorer(metric, **options):
    return make_scorer(metric, response_method="predict_proba", **options)


class Nameless:
    """A metric without ``__name__``."""

    def __call__(self, y, p):
        return log_loss(y, p)


LOSS = partial(proba_scorer, greater_is_better=False)
TURNED = {
    "scikit-learn's, by name": ("neg_log_loss", LOSS(log_loss), "log_loss"),
    "single, by its function": ("score", LOSS(log_loss), "log_loss"),
    "under a name of one's own": ("mine", LOSS(log_loss), "log_loss"),
    "of a lambda": ("mine", LOSS(lambda y, p: log_loss(y, p)), "mine"),
    "a single lambda": ("score", LOSS(lambda y, p: log_loss(y, p)), "loss"),
    "of a partial": ("neg_mine", LOSS(partial(log_loss, normalize=True)), "mine"),
    "a single partial": ("score", LOSS(partial(log_loss, normalize=True)), "loss"),
    "of an object": ("score", LOSS(Nameless()), "loss"),
    "a function that returns minus a loss": ("neg_mine", lambda e, X, y: -1.0, "mine"),
    "make_scorer of minus a loss": ("neg_x", proba_scorer(lambda y, p: -log_loss(y, p)), "x"),
    "a scorer that is not known": ("neg_mine", None, "mine"),
    "ours": ("score", sx.neg_cross_entropy, "cross_entropy"),
    "ours, under a name of another loss": ("neg_mse", sx.neg_cross_entropy, "cross_entropy"),
    "our metric": ("score", LOSS(sx.cross_entropy), "cross_entropy"),
}


@pytest.mark.parametrize(("score", "scorer", "loss"), TURNED.values(), ids=TURNED)
def test_minus_a_loss_is_one(score, scorer, loss):
    scorer = scorer if score == "score" else {score: scorer}
    summary = sx.compare_search(searched([score], scorer)).summary
    assert summary["loss"].tolist() == [loss] * 2
    assert summary["rank"].tolist() == [1, 2]
    assert summary["mean_loss"].tolist() == pytest.approx(LOSSES.mean(axis=1).tolist())


NOT_TURNED = {
    "scikit-learn's loss": ("neg_log_loss", proba_scorer(log_loss)),
    "our metric": ("neg_cross_entropy", proba_scorer(sx.cross_entropy)),
    "a function": ("neg_mine", lambda estimator, X, y: 1.0),
    "an accuracy": ("neg_accuracy", make_scorer(accuracy_score)),
    "a scorer that is not known": ("neg_mine", None),
}


@pytest.mark.parametrize(("score", "scorer"), NOT_TURNED.values(), ids=NOT_TURNED)
def test_a_name_that_begins_with_neg_is_not_believed_against_its_values(score, scorer):
    search = searched([score], {score: scorer}, LOSSES)
    with pytest.raises(ValueError, match=f"the score '{score}' is named as minus a loss, but"):
        sx.compare_search(search)


@pytest.mark.parametrize("metric", [accuracy_score, roc_auc_score])
def test_a_turned_accuracy_is_no_loss(metric):
    scorer = make_scorer(metric, greater_is_better=False)
    with pytest.raises(ValueError, match=r"but a higher \w+ is better"):
        sx.compare_search(searched(["score"], scorer))


def test_a_loss_that_was_not_turned_is_told():
    with pytest.raises(ValueError, match=r"must be scored by losses.* is log_loss itself"):
        sx.compare_search(searched(["score"], proba_scorer(log_loss), LOSSES))
    with pytest.raises(ValueError, match=r"must be scored by losses, [^T]*$"):
        sx.compare_search(searched(["score"], make_scorer(accuracy_score), LOSSES))


def test_other_scores_stand_beside_a_wrong_one_if_they_are_named():
    scorers = {
        "neg_bad": proba_scorer(log_loss),
        "good": LOSS(log_loss),
        "raw": proba_scorer(log_loss),
    }
    search = searched(["good", "raw"], scorers)
    search.cv_results_ |= searched(["neg_bad", "raw"], None, LOSSES).cv_results_
    with pytest.raises(ValueError, match=r"neg_bad.*Or name those to compare in losses="):
        sx.compare_search(search)
    chosen = sx.compare_search(search, losses="log_loss").summary
    assert chosen["rank"].tolist() == [1, 2]
    with pytest.raises(ValueError, match="losses must be among those scored"):
        sx.compare_search(search, losses="mse")


# --- names of candidates --------------------------------------------------------------------


class Alike:
    """A parameter all of whose values have one repr."""

    def __repr__(self):
        return "Alike()"


class Mute:
    """A parameter that cannot be shown."""

    def __repr__(self):
        raise RuntimeError("no text")


COLLIDING = {
    "the name that another gets by its number": ["a", "a", "a (candidate 1)"],
    "and the other way round": ["a (candidate 1)", "a", "a"],
    "numbered names alone": ["a (candidate 0)", "a (candidate 0)"],
    "objects of one repr": [Alike(), Alike(), Alike()],
    "objects without a repr": [Mute(), Mute(), 1],
    "numbers and their texts": [1, "1", True, "True", None, "None", 1.0],
    "white space": ["a b", "a  b", "a\nb"],
    "large arrays": [np.arange(3000), np.arange(3000)[::-1], np.zeros(3000)],
    "long texts": ["x" * 500, "x" * 501, "y"],
    "the same value": [1, 1, 1],
    "nan": [float("nan"), float("nan"), "nan"],
}


@pytest.mark.parametrize("values", COLLIDING.values(), ids=COLLIDING)
def test_each_candidate_keeps_its_own_losses(values):
    rng = np.random.default_rng(0)
    losses = rng.uniform(0.1, 0.9, (len(values), 3))
    search = searched(["neg_x"], None)
    search.cv_results_ = {"params": [{"p": value} for value in values]}
    search.cv_results_ |= {f"split{i}_test_neg_x": -losses[:, i] for i in range(3)}
    summary = sx.compare_search(search).summary
    assert summary["model"].is_unique
    assert summary["mean_loss"].tolist() == pytest.approx(losses.mean(axis=1).tolist())


def test_parameters_that_run_into_each_other_are_told_apart():
    search = searched(["neg_x"], None)
    search.cv_results_["params"] = [{"a": "1, b=2", "b": "3"}, {"a": "1", "b": "2, b=3"}]
    assert sx.compare_search(search).summary["model"].is_unique


def test_numbers_and_their_texts_are_shown_unlike():
    assert candidate_names([{"p": 1}, {"p": "1"}, {"p": "2"}]) == ["p=1", "p='1'", "p=2"]
    assert candidate_names([{"p": 0.1}, {"p": np.float64(0.1)}]) == ["p=0.1", "p=0.1"]
    assert candidate_names([{"p": "x" * 500}, {"p": "y"}])[0] == f"p={'x' * 197}..."


def test_a_score_that_stands_for_failed_fits_is_no_loss():
    search = searched(["score"], LOSS(log_loss))
    search.error_score = np.nan
    expected = sx.compare_search(search).summary["mean_loss"].tolist()
    search.error_score = -9.0  # no fit has it
    assert sx.compare_search(search).summary["mean_loss"].tolist() == expected
    search.error_score = "raise"
    assert sx.compare_search(search).summary["mean_loss"].tolist() == expected
    search.error_score = -1.1
    with pytest.raises(ValueError, match=r"error_score=-1.1, and candidate .* \(log_loss; 1 of 2"):
        sx.compare_search(search)


@pytest.mark.parametrize("error_score", [False, True, np.False_, np.float32(0.5), 1])
def test_whatever_number_stands_for_failed_fits_is_no_loss(error_score):
    search = searched(["score"], LOSS(log_loss))
    search.cv_results_["split1_test_score"] = np.array([-0.3, float(error_score)])
    search.error_score = error_score
    with pytest.raises(ValueError, match=f"error_score={float(error_score):g}, and candidate"):
        sx.compare_search(search)


@pytest.mark.parametrize("value", [0.5, -2.5, np.inf])
def test_a_mean_that_no_model_can_have_is_no_loss(value):
    """Whatever error_score says now: it may have been another one when the search was fitted."""
    search = searched(["score"], sx.neg_brier_loss)
    scores = search.cv_results_["split1_test_score"] = np.array([-0.3, 0.0])
    for possible in (0.0, -1.0, -np.inf, np.nan):
        scores[1] = possible
        assert len(sx.compare_search(search).summary) == len(scores)
    scores[1] = value
    with pytest.raises(ValueError, match=rf"no model can have a brier_loss of {-value:g}, but"):
        sx.compare_search(search)


def test_a_loss_of_unknown_range_may_be_any_number():
    search = searched(["score"], LOSS(log_loss))
    search.cv_results_["split1_test_score"] = np.array([-0.3, 7.5])
    assert sx.compare_search(search).summary["mean_loss"].min() < 0.0
    search.cv_results_["split1_test_score"] = np.array([-0.3, np.inf])
    with pytest.raises(ValueError, match="no model can have a log_loss of -inf"):
        sx.compare_search(search)


def test_listed_splits_that_tell_more_than_there_is():
    search = searched(["score"], sx.neg_brier_loss)
    a, b, c = np.arange(12).reshape(3, 4)
    once = [(np.r_[b, c], a), (np.r_[a, c], b), (np.r_[a, b], c)]
    search.cv = once
    assert len(sx.compare_search(search).summary) == 2
    mask = np.isin(np.arange(12), a)
    for again in ((np.r_[c, b], a[::-1]), (~mask, mask)):
        search.cv = [once[0], once[1], again]
        with pytest.raises(ValueError, match="splits 0 and 2 are the same"):
            sx.compare_search(search)
    drawn, search.cv = search.cv, GroupShuffleSplit(3, test_size=1)
    assert len(sx.compare_search(search, cv=drawn).summary) == 2  # by chance, of three groups
    search.cv = [*once[:2], (np.r_[a, b], np.r_[c, 0])]
    with pytest.raises(ValueError, match="must not test samples that it trains on"):
        sx.compare_search(search)
    search.cv_, search.split_sizes_ = check_cv(search.cv), np.array([[8, 4]] * 3)  # as of a race
    with pytest.raises(ValueError, match="must not test samples that it trains on"):
        sx.compare_search(search)
