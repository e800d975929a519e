"""Read the splits of a cross-validation: what is tested when, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.model_selection import (
    BaseShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    check_cv,
)

from sklearn_xent._arrays import Codes
from sklearn_xent.inference.dependence import check_times
from sklearn_xent.inference.design import Design, Options
from sklearn_xent.inputs.validation import Target
from sklearn_xent.scoring.estimators import Split, as_rows, check_pairs
from sklearn_xent.training.split_sizes import FLATTERS, check_each_once, is_splitter

FOLDS, FOLDS_IN_TIME = 10, 5
"""How many folds, and how many splits in time order, there are by default."""


def read_splits(
    cv: Any, X: Any, y: Any, target: Target, options: Options
) -> tuple[list[Split], Target, Design]:
    """Return the splits, the target with the times that count, and the design."""
    splits = _split(cv, X, y, target)
    _check_splits(splits)
    if not (cv is None or isinstance(cv, int | np.integer) or is_splitter(cv)):
        check_each_once(splits)
    in_time = _in_time(splits, target.times)
    design = Design.from_splits(
        [test for _, test in splits],
        [len(train) for train, _ in splits],
        _overlap(cv, splits),
    )
    if target.times is not None:
        return splits, _in_given_time(cv, target, design, options, in_time), design
    _check_groups(splits, target.groups)
    if in_time and target.groups is None and not design.overlapping:
        target = replace(target, times=np.arange(len(target)))
        _check_tested(target, design, options, "These splits test only later rows: the rows are")
    return splits, target, design


def _split(cv: Any, X: Any, y: Any, target: Target) -> list[Split]:
    """Return the rows of each training and test part."""
    n, groups = len(y), target.groups
    if cv is None and target.times is not None:
        return _split_in_time(target.times)
    if cv is None:
        cv = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
        if groups is not None:
            n_folds = min(FOLDS, int(groups.max()) + 1)
            cv = StratifiedGroupKFold(n_folds, shuffle=True, random_state=0)
    check_pairs(cv)
    splitter = check_cv(cv, y, classifier=True)
    parts = splitter.split(X, y, groups if _wants_groups(splitter) else None)
    return [(as_rows(train, n), as_rows(test, n)) for train, test in parts]


def _wants_groups(splitter: Any) -> bool:
    """Return whether to pass groups; those of scikit-learn that ignore them would warn.

    A splitter that does not know of groups may still be right.
    """
    split = getattr(type(splitter), "split", None)
    if not str(getattr(split, "__module__", "")).startswith("sklearn."):
        return True
    return bool(splitter.get_metadata_routing().split.requests.get("groups"))


def _split_in_time(times: Codes) -> list[Split]:
    """Return splits each of which tests the times that follow those it trains on."""
    check_times(times)
    n_times = int(times.max()) + 1
    return [
        (
            np.flatnonzero(times <= train[-1]),
            np.flatnonzero((times > train[-1]) & (times <= test[-1])),
        )
        for train, test in TimeSeriesSplit(FOLDS_IN_TIME).split(np.arange(n_times))
    ]


def _check_splits(splits: Sequence[Split]) -> None:
    if not splits or any(len(part) == 0 for split in splits for part in split):
        raise ValueError("cv must give at least one split, each with training and test samples.")
    for train, test in splits:
        if np.isin(test, train).any():
            raise ValueError(FLATTERS)
        if len(np.unique(test)) != len(test):
            raise ValueError("cv must not test a sample twice in one split.")


def _check_groups(splits: Sequence[Split], groups: Codes | None) -> None:
    """Check that no group is on both sides of a split."""
    if groups is None:
        return
    for train, test in splits:
        shared = len(np.intersect1d(groups[train], groups[test]))
        if not shared:
            continue
        fix = (
            "Pass a splitter of groups, such as StratifiedGroupKFold, or no cv. If groups are "
            "parts of time, such as months, pass times= and splits that test later times only."
        )
        if _in_time(splits, None):
            fix = "If the groups are parts of time, such as months, pass times= as well."
        raise ValueError(
            f"cv puts samples of {shared} groups into the training and the test part of a split, "
            f"which flatters. {fix}"
        )


def _overlap(cv: Any, splits: Sequence[Split]) -> bool:
    """Return whether samples can be tested more than once.

    That is a property of the splitter, where it draws: it must not depend on what it drew.
    """
    if len(splits) < 2:
        return False
    if isinstance(cv, BaseShuffleSplit):
        return True
    tested = np.concatenate([test for _, test in splits])
    return len(np.unique(tested)) < len(tested)


# --- time order -----------------------------------------------------------------------------


def _in_time(splits: Sequence[Split], times: Codes | None) -> bool:
    """Return whether every split tests only later rows, or later times, than it trains on.

    A time may be cut in two: its samples are on both sides.
    """
    if times is None:
        return all(train.max() < test.min() for train, test in splits)
    return all(times[train].max() <= times[test].min() for train, test in splits)


def _in_given_time(
    cv: Any,
    target: Target,
    design: Design,
    options: Options,
    in_time: bool,
) -> Target:
    """Return the target whose times were given, without the groups that only split it."""
    if not in_time and isinstance(cv, TimeSeriesSplit):
        raise ValueError(
            "TimeSeriesSplit takes rows in the order they come, which is not that of times. Sort "
            "X, y and times by time, or pass no cv, which splits by times."
        )
    if target.groups is not None:
        _check_groups_in_time(target, cv is not None and in_time)
        target = replace(target, groups=None)
    if design.overlapping:
        raise ValueError(
            "times= needs splits that test each sample once: with more, only means of splits are "
            "compared, and their time order is lost. Pass splits in time order, such as "
            "TimeSeriesSplit, or no cv."
        )
    _check_tested(target, design, options, "times= says that samples are")
    return target


def _check_groups_in_time(target: Target, in_time: bool) -> None:
    """Check that groups are parts of time, such as months, of a splitter in time order."""
    assert target.groups is not None
    assert target.times is not None
    n_groups = int(target.groups.max()) + 1
    first, last = np.full(n_groups, len(target)), np.full(n_groups, -1)
    np.minimum.at(first, target.groups, target.times)
    np.maximum.at(last, target.groups, target.times)
    order = np.lexsort((last, first))
    if in_time and (last[order][:-1] <= first[order][1:]).all():
        return
    raise ValueError(
        "times= and groups= together need groups that are parts of time, such as months, and a cv "
        "that tests later times only. The test for time order knows no other clusters, such as "
        "patients who come back. Pass groups alone, or times alone."
    )


def _check_tested(target: Target, design: Design, options: Options, why: str) -> None:
    """Check that what is tested can be compared in time order."""
    if options.method != "auto":
        raise ValueError(
            f"method={options.method!r} draws samples as if they were independent. {why} in time "
            'order. Leave it out: method="auto" tests in time order.'
        )
    weight = target.weight
    rows = design.rows if weight is None else design.rows[weight[design.rows] > 0]
    assert target.times is not None
    check_times(target.times[rows])
