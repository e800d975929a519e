"""Read the sizes of the parts of splits from what was passed as cv, without the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import model_selection as ms

from sklearn_xent._messages import shorten

FOLDS = (ms.KFold, ms.StratifiedKFold, ms.LeaveOneOut)
REPEATED = (ms.RepeatedKFold, ms.RepeatedStratifiedKFold)
SHARES = (ms.ShuffleSplit, ms.StratifiedShuffleSplit)
DEFAULT_SHARE = 0.1
"""The test part of a splitter by shares that was given none."""


def size_ratio(cv: Any, n_splits: int) -> float:
    """Return the size of the test part divided by that of the training part, a mean over splits.

    It is read from what was passed as `cv` to a search, without the data. Where it cannot be, as
    for groups of unknown sizes or for a splitter of another package, this is an error.
    """
    kind = type(cv)
    made = _n_splits(cv)
    if made not in (None, n_splits):
        raise ValueError(
            f"cv={shorten(cv)} makes {made} splits, but the results hold {n_splits}: pass cv= here "
            "as well, what the search was given."
        )
    if cv is None or isinstance(cv, int | np.integer) or kind in FOLDS:
        return _of_folds(n_splits)
    if kind in REPEATED:
        return _of_folds(n_splits // cv.n_repeats)
    if kind in SHARES and (share := _of_shares(cv)) is not None:
        return share
    if kind is ms.PredefinedSplit:
        cv = list(cv.split())
    if isinstance(cv, Sequence) and not isinstance(cv, str):
        return _of_pairs(cv)
    raise ValueError(
        f"the sizes of the parts cannot be known from cv={shorten(cv)}, and an interval from "
        "overlapping training parts needs them. Pass cv=list(splitter.split(X, y)), the splits "
        "themselves."
    )


def _of_folds(k: int) -> float:
    if k < 2:
        raise ValueError("cv must make at least two folds.")
    return 1.0 / (k - 1)


def _of_shares(cv: Any) -> float | None:
    """Return the ratio of a splitter by shares; None for one size in rows and one as a share."""
    sizes = [cv.test_size, cv.train_size]
    if sizes[0] is None:
        by_share = sizes[1] is not None and _is_share(sizes[1])
        sizes[0] = 1.0 - sizes[1] if by_share else DEFAULT_SHARE
    if sizes[1] is None and _is_share(sizes[0]):
        sizes[1] = 1.0 - sizes[0]
    if sizes[1] is None or _is_share(sizes[0]) != _is_share(sizes[1]):
        return None
    return float(sizes[0] / sizes[1])


def _is_share(size: Any) -> bool:
    return isinstance(size, float | np.floating)


def _n_splits(cv: Any) -> int | None:
    if cv is None:
        return 5  # scikit-learn's default
    if isinstance(cv, int | np.integer):
        return int(cv)
    if isinstance(cv, Sequence) and not isinstance(cv, str):
        return len(cv)
    try:
        return int(cv.get_n_splits())
    except (AttributeError, TypeError, ValueError):
        return None  # it depends on the data


def _of_pairs(splits: Sequence[Any]) -> float:
    sizes = []
    for split in splits:
        pair = len(split) == 2 if isinstance(split, Sequence) else False
        parts = [np.asarray(part) for part in split] if pair else []
        if not pair or any(part.ndim != 1 or not _size(part) for part in parts):
            raise ValueError(
                "cv must list pairs (train, test) of vectors of rows, none of them empty; got "
                f"{shorten(split)}."
            )
        sizes.append(_size(parts[1]) / _size(parts[0]))
    return float(np.mean(sizes))


def _size(part: NDArray[Any]) -> int:
    return int(np.count_nonzero(part)) if part.dtype.kind == "b" else len(part)


# --- what listed splits must not do -------------------------------------------------------------

LISTED = type(ms.check_cv([([0], [1])]))
"""What scikit-learn makes of a list."""
FLATTERS = "cv must not test samples that it trains on: their losses flatter."


def pairs_of_cv(cv: Any) -> list[Any]:
    """Return the pairs (train, test) that were listed as `cv`; none of a splitter."""
    listed = cv.cv if isinstance(cv, LISTED) else cv
    return list(listed) if isinstance(listed, list | tuple) else []


def check_apart(splits: Sequence[Any]) -> None:
    """Check that no listed split tests a sample that it trains on."""
    for split in splits:
        train, test = map(_rows, split)
        if np.isin(test, train).any():
            raise ValueError(FLATTERS)


def is_splitter(cv: Any) -> bool:
    """Return whether `cv` draws splits, and is no list of them.

    It may draw the same split again by chance; that is in its variance.
    """
    return hasattr(cv, "split") and not isinstance(cv, LISTED)


def check_each_once(splits: Sequence[Any], instead: str = "pass the splitter itself") -> None:
    """Check that no listed split is there twice: it would count as more evidence than it is.

    `instead` is what to do if a splitter drew them.
    """
    for number, first in enumerate(_first_of_each(splits)):
        if first != number:
            raise ValueError(
                f"cv must list each split once; splits {first} and {number} are the same, so that "
                "one would count as two. Leave out those that repeat; if a splitter drew them at "
                f"random, {instead}."
            )


def each_once(splits: Sequence[Any]) -> list[Any]:
    """Return each split once; of few groups the same folds are drawn again and again."""
    first_of = _first_of_each(splits)
    return [split for i, split in enumerate(splits) if first_of[i] == i]


def _first_of_each(splits: Sequence[Any]) -> list[int]:
    """Return for each split the number of the first that is the same."""
    seen: dict[tuple[bytes, ...], int] = {}
    keys = (tuple(_rows(part).tobytes() for part in split) for split in splits)
    return [seen.setdefault(key, number) for number, key in enumerate(keys)]


def _rows(part: Any) -> NDArray[np.intp]:
    """Return the numbers of the rows, sorted."""
    part = np.asarray(part)
    rows = np.flatnonzero(part) if part.dtype.kind == "b" else part
    return np.sort(rows.astype(np.intp))
