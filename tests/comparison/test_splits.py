import numpy as np
import pytest
from sklearn import model_selection as ms

from sklearn_xent.comparison.search import size_ratio
from sklearn_xent.scoring.estimators import as_rows

N = 60
Y = np.arange(N) % 2


@pytest.mark.parametrize(
    "cv",
    [
        ms.KFold(5),
        ms.StratifiedKFold(3),
        ms.LeaveOneOut(),
        ms.RepeatedKFold(n_splits=4, n_repeats=3),
        ms.RepeatedStratifiedKFold(n_splits=5, n_repeats=2),
        ms.ShuffleSplit(4),
        ms.ShuffleSplit(4, test_size=0.25),
        ms.ShuffleSplit(4, train_size=0.5),
        ms.ShuffleSplit(4, train_size=0.5, test_size=0.25),
        ms.ShuffleSplit(4, train_size=40, test_size=20),
        ms.ShuffleSplit(4, train_size=54),
        ms.StratifiedShuffleSplit(4, test_size=0.5),
        ms.PredefinedSplit(np.arange(N) % 4 - 1),
    ],
    ids=repr,
)
def test_ratio_is_that_of_the_parts(cv):
    splits = list(cv.split(np.zeros((N, 1)), Y))
    expected = np.mean([len(test) / len(train) for train, test in splits])
    assert size_ratio(splits, len(splits)) == pytest.approx(expected)
    if getattr(cv, "train_size", None) == 54:  # a test part of the default share
        with pytest.raises(ValueError, match=r"Pass cv=list\(splitter.split\(X, y\)\)"):
            size_ratio(cv, len(splits))
    else:
        assert size_ratio(cv, len(splits)) == pytest.approx(expected, rel=1e-9)


class Purged(ms.KFold):
    """A splitter that does as it likes."""


def test_numbers_and_nothing_are_folds():
    assert size_ratio(None, 5) == size_ratio(5, 5) == size_ratio(np.int64(5), 5) == 0.25


def test_masks_count():
    train = np.arange(N) < 40
    assert size_ratio([(train, ~train)], 1) == 0.5


@pytest.mark.parametrize(
    "cv",
    [
        ms.TimeSeriesSplit(5),
        ms.LeavePOut(2),
        ms.LeavePGroupsOut(2),
        iter([]),
        "five",
        ms.GroupKFold(5),
        ms.StratifiedGroupKFold(5),
        ms.LeaveOneGroupOut(),
        Purged(5),
    ],
)
def test_unknown_sizes_are_refused(cv):
    with pytest.raises(ValueError, match="sizes of the parts cannot be known from cv="):
        size_ratio(cv, 5)


def test_another_number_of_splits_is_refused():
    for cv, made in ((10, 10), (ms.RepeatedKFold(n_splits=3, n_repeats=2), 6)):
        with pytest.raises(ValueError, match=f"makes {made} splits, but the results hold 5"):
            size_ratio(cv, 5)
    with pytest.raises(ValueError, match=r"cv=None makes 5 splits.*pass cv= here as well"):
        size_ratio(None, 20)
    with pytest.raises(ValueError, match="at least two folds"):
        size_ratio(1, 1)


@pytest.mark.parametrize("split", [(1, 2), ([], [1]), ([1], []), ([1, 2],), 5, ([[1]], [2])])
def test_malformed_splits_are_refused(split):
    with pytest.raises(ValueError, match="cv must list pairs"):
        size_ratio([split], 1)


def test_rows_of_any_index():
    np.testing.assert_array_equal(as_rows(np.array([True, False, True]), 3), [0, 2])
    np.testing.assert_array_equal(as_rows([-1, 0], 3), [2, 0])
    with pytest.raises(ValueError, match="cv must give rows of the 3 samples"):
        as_rows([5], 3)
    with pytest.raises(ValueError, match="vectors of rows"):
        as_rows([[0, 1]], 3)
