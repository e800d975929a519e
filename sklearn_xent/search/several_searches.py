"""Put the candidates of several searches side by side, scored on the same splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent.comparison.samples import SplitScores
from sklearn_xent.inputs.validation import read_names
from sklearn_xent.search.sameness import is_alike
from sklearn_xent.training.models import names_of_classes

RULE = "search must be a fitted search, a list of them, or a dict {name: search}"
PINNED = "Fit them with the same splitter with a fixed random_state, or pass cv=, the splits of all"


@dataclass(frozen=True)
class Searched:
    """The scores of the candidates of one search, and how to make each candidate."""

    scores: SplitScores
    search: Any
    cv: Any
    """The splits as they were passed."""
    params: Sequence[Mapping[str, Any]]
    """Of each candidate."""
    scorers: Mapping[str, Any]
    """Of each loss; None where it is not known."""


def searches_of(search: Any) -> dict[str, Any] | None:
    """Return several searches by name; None for a single one."""
    if isinstance(search, list | tuple):
        if not search:
            raise ValueError(f"{RULE}; got {shorten(search)}.")
        models = [getattr(x, "estimator", x) for x in search]
        return dict(zip(names_of_classes(models), search, strict=True))
    if isinstance(search, Mapping):
        names = read_names("search", search)
        return {name: search[name] for name in names}
    return None


def merged(by_name: Mapping[str, Searched], *, given: bool) -> SplitScores:
    """Return the candidates of all searches, named "search (candidate)".

    `given` tells that the caller passed the splits.
    """
    first_name, first = next(iter(by_name.items()))
    for name, other in by_name.items():
        _check_alike(first_name, first, name, other)
        if not given and name != first_name:
            _check_same_splits(first_name, first, name, other)
    every = [searched.scores for searched in by_name.values()]
    names = [f"{name} ({x})" for name, of in by_name.items() for x in of.scores.names]
    return replace(
        first.scores,
        names=names,
        values={
            loss: np.concatenate([scores.values[loss] for scores in every])
            for loss in first.scores.values
        },
        limits={
            loss: (
                min(scores.limits[loss][0] for scores in every),
                max(scores.limits[loss][1] for scores in every),
            )
            for loss in first.scores.limits
        },
        n_searches=len(by_name),
    )


def _check_alike(a: str, one: Searched, b: str, other: Searched) -> None:
    """Check that two searches were scored by the same losses, over as many splits."""
    if "iter" in other.search.cv_results_:
        raise ValueError(
            f"search[{b!r}] is a halving search, whose last candidates were trained on samples of "
            "its own. Compare it alone, or the best candidates by compare_models."
        )
    losses = [list(x.scores.values) for x in (one, other)]
    if set(losses[0]) != set(losses[1]):
        raise ValueError(
            "searches must be scored by the same losses, but "
            f"search[{a!r}] has [{shorten_all(losses[0])}] and search[{b!r}] "
            f"[{shorten_all(losses[1])}]. Name those that all have in losses=[...]."
        )
    for loss, scorer in one.scorers.items():
        if not is_alike(scorer, other.scorers[loss]):
            raise ValueError(
                f"searches must be scored by the same scorers, but those of {loss}, "
                f"{shorten(scorer)} in search[{a!r}] and {shorten(other.scorers[loss])} in "
                f"search[{b!r}], are not known to do the same. Pass one scorer to all of them."
            )
    numbers = [_n_classes(x.search) for x in (one, other)]
    if None not in numbers and numbers[0] != numbers[1]:
        raise ValueError(
            f"searches must be fitted on the same samples, but search[{a!r}] has {numbers[0]} "
            f"classes and search[{b!r}] {numbers[1]}. Fit all on the same X and y."
        )
    if one.scores.n_splits != other.scores.n_splits:
        raise ValueError(
            f"searches must be scored on the same splits, but search[{a!r}] has "
            f"{one.scores.n_splits} and search[{b!r}] {other.scores.n_splits}."
        )


def _check_same_splits(a: str, one: Searched, b: str, other: Searched) -> None:
    """Check that two searches were given the same splits, as far as their arguments tell."""
    by_number = _is_number(one.cv)  # stratified folds for classifiers only
    alike = not by_number or _is_classifier(one.search) == _is_classifier(other.search)
    if alike and _are_same(one.cv, other.cv):
        return
    raise ValueError(
        f"searches must be scored on the same splits, but those of search[{a!r}], "
        f"cv={shorten(one.cv)}, and of search[{b!r}], cv={shorten(other.cv)}, are not known to be "
        f"the same. {PINNED}."
    )


def _n_classes(search: Any) -> int | None:
    """Return how many classes a search knows; None if it does not tell."""
    classes = getattr(search, "classes_", None)  # of a search with refit only
    return len(classes) if isinstance(classes, np.ndarray) else None


def _is_classifier(search: Any) -> bool:
    estimator = getattr(search, "estimator", None)
    return hasattr(estimator, "fit") and bool(is_classifier(estimator))


def _is_number(cv: Any) -> bool:
    return cv is None or isinstance(cv, int | np.integer)


def _are_same(a: Any, b: Any) -> bool:
    """Return whether two arguments `cv` surely give the same splits of the same samples."""
    if _is_number(a) and _is_number(b):
        return (5 if a is None else int(a)) == (5 if b is None else int(b))
    if all(isinstance(x, list | tuple) for x in (a, b)):
        return len(a) == len(b) and all(map(_are_equal, a, b))
    if type(a) is not type(b) or not type(a).__module__.startswith("sklearn."):
        return False  # another splitter may draw in ways that its attributes do not tell
    ours, theirs = vars(a), vars(b)
    is_fixed = isinstance(ours.get("random_state", 0), int | np.integer)
    if not is_fixed and ours.get("shuffle", True):
        return False
    return is_alike(ours, theirs)


def _are_equal(a: Any, b: Any) -> bool:
    """Return whether two pairs (train, test) hold the same rows."""
    try:
        return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    except (TypeError, ValueError):
        return False
