import numpy as np
import pytest

from sklearn_xent.comparison.search import candidate_names, last_rung, one_score, split_scores

RESULTS = {
    "params": [{"a": 1}, {"a": 2}],
    "split0_test_score": np.array([1.0, 2.0]),
    "split1_test_score": np.array([3.0, np.nan]),
    0: "not a name",
}


def test_scores_of_splits():
    np.testing.assert_array_equal(split_scores(RESULTS, "score"), [[1, 3], [2, np.nan]])
    assert one_score(RESULTS, None) == one_score(RESULTS, "score") == "score"


def test_many_splits_come_in_order():
    many = {f"split{i}_test_score": np.array([float(i)]) for i in range(23)}
    scores = split_scores({"params": [{}], **many}, "score")
    np.testing.assert_array_equal(scores, [np.arange(23.0)])


@pytest.mark.parametrize(
    "change",
    [
        {"split1_test_score": np.array([1.0])},
        {"split1_test_score": np.ones((2, 2))},
        {"split1_test_score": ["a", "b"]},
        {"params": [{"a": 1}]},
        {"split7_test_score": np.ones(2)},
    ],
)
def test_malformed_results(change):
    with pytest.raises(ValueError, match="must hold one number for each of the"):
        split_scores({**RESULTS, **change}, "score")


def test_what_is_no_results():
    for bad in (None, {}, [1]):
        with pytest.raises(ValueError, match="must be the cv_results_ of a search"):
            one_score(bad, None)
    with pytest.raises(ValueError, match="one score only: leave score out"):
        one_score(RESULTS, "neg_brier_loss")


def test_last_rung():
    assert last_rung(RESULTS).tolist() == [0, 1]
    assert last_rung({**RESULTS, "iter": [0, 1]}).tolist() == [1]


def test_candidates_are_named_by_what_varies():
    params = [{"C": 1, "penalty": "l2"}, {"C": 2, "penalty": "l2"}, {"C": 1, "gamma": 0.5}]
    assert candidate_names(params) == ["C=1, penalty=l2", "C=2, penalty=l2", "C=1, gamma=0.5"]
    assert candidate_names([{"C": 1, "tol": 1}, {"C": 2, "tol": 1}]) == ["C=1", "C=2"]
    assert candidate_names([{"C": 1}]) == ["C=1"]
    assert candidate_names([{}]) == ["default"]


def test_steps_are_named_where_parameters_are_called_the_same():
    one = [{"svc__C": 1, "pca__n": 2}, {"svc__C": 3, "pca__n": 2}]
    assert candidate_names(one) == ["C=1", "C=3"]
    both = [{"svc__C": 1, "lr__C": 2}, {"svc__C": 3, "lr__C": 2}, {"svc__C": 1, "lr__C": 4}]
    assert candidate_names(both) == ["svc__C=1, lr__C=2", "svc__C=3, lr__C=2", "svc__C=1, lr__C=4"]


def test_long_floats_of_a_grid_are_shown_to_four_digits():
    grid = [{"C": float(C)} for C in np.logspace(-2, 0, 4)]
    assert candidate_names(grid) == ["C=0.01", "C=0.04642", "C=0.2154", "C=1.0"]
    alike = [{"C": 0.1234567891}, {"C": 0.1234567892}]
    assert candidate_names(alike) == ["C=0.1234567891", "C=0.1234567892"]
