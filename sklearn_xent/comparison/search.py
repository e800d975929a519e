"""Comparing the candidates of a search, and all that is read of ``cv_results_`` for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import model_selection as ms

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import shorten
from sklearn_xent.comparison.frames import frames_of_splits
from sklearn_xent.comparison.result import Comparison, keeps_warnings
from sklearn_xent.comparison.samples import SplitScores
from sklearn_xent.inference.design import Options
from sklearn_xent.inputs.validation import read_names
from sklearn_xent.losses.loss import Loss, LossInfo
from sklearn_xent.losses.registry import get_loss
from sklearn_xent.scoring.estimators import BaseScorer
from sklearn_xent.scoring.scorers import LossScorer

Results = Mapping[str, Any]

UNKNOWN_CLASSES = 3
"""A search without refit does not tell its classes. Ranges are taken to be of more than two."""
CURSE = (
    "The lowest of {} mean losses is low partly by chance (the winner's curse): expect a higher "
    "loss on new samples. compare_models(..., cv=...).winner() says how much."
)


@keeps_warnings
def compare_search(
    search: Any,
    *,
    cv: Any = None,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    baseline: str | None = None,
    equivalence_margin: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
) -> Comparison:
    """Compare the candidates of a fitted search: which are really worse than the best.

    The scores of the splits are compared pairwise by the corrected t-test of Nadeau and Bengio,
    which allows for the overlap of the training parts. The intervals are about training on
    samples of this size. Unless a baseline is named the best is chosen by the data: the intervals
    of differences from it are then simultaneous for all pairs (studentized range), and p-values
    corrected for all pairs. The test is approximate, and unstable learners are not seen in scores
    of splits: claims whose corrected p-value is above 0.01 (a fifth of one minus the confidence
    level) have the caution "approximate". On few splits the test misses most small differences;
    where it matters compare the best few by `compare_models`, which has the losses of all samples.

    Parameters
    ----------
    search : GridSearchCV, RandomizedSearchCV or another fitted search with ``cv_results_``
        Scored by losses: scorers of this package, or scikit-learn's whose names begin with
        ``neg_``. Of a halving search the candidates of the last iteration are compared.
    cv : int, splitter or list of (train, test), optional
        The splits, from which the sizes of their parts are known. By default what the search was
        given.
    losses : sequence of str or Loss, optional
        Which of the scored losses to compare. By default all.
    baseline : str, optional
        The name of a candidate, such as ``"C=1"``, to compare the others with. By default the
        best of each loss; because the data chose it, p-values are then corrected for all pairs.
    equivalence_margin : float or dict, optional
        The greatest difference that does not matter, as in `compare_predictions`.
    confidence_level : float, default=0.95
        Level of the intervals.

    Returns
    -------
    Comparison
        Models are candidates, named by the parameters that vary. There are no sample losses.

    Raises
    ------
    ValueError
        When the search is not fitted, was not scored by losses, has no such baseline, or the
        sizes of the parts of its splits cannot be known.

    Warns
    -----
    DegenerateDifferenceWarning
        When two candidates differ by the same amount in every split.

    References
    ----------
    Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52,
    239-281.

    Tukey, J. W. (1953). The problem of multiple comparisons. Princeton University.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> tree = DecisionTreeClassifier(min_samples_leaf=5, random_state=0)
    >>> search = GridSearchCV(tree, {"max_depth": [1, 2, 4]}, scoring=sx.neg_brier_loss, cv=10)
    >>> comparison = sx.compare_search(search.fit(X, y))
    >>> comparison.differences[["model_a", "model_b", "difference", "conclusion"]].round(3)
           model_a      model_b  difference conclusion
    0  max_depth=1  max_depth=4       0.035   b better
    1  max_depth=2  max_depth=4       0.005  not clear
    """
    scores = _read_scores(search, losses, cv)
    names = read_names("candidates", dict.fromkeys(scores.names))
    options = Options.read(confidence_level, baseline, equivalence_margin, names=names)
    for loss, values in scores.values.items():
        if not np.isfinite(values).all(axis=1).any():
            raise ValueError(f"no candidate has a finite {loss} in every split; see cv_results_.")
    summary, differences = frames_of_splits(scores, options)
    return Comparison(
        summary,
        differences,
        scores.infos,
        options,
        _splits=scores,
        _note=_remark(scores),
    )


def _read_scores(search: Any, losses: Any, cv: Any) -> SplitScores:
    """Return the mean losses of the splits, of the candidates that a search compared last."""
    results = getattr(search, "cv_results_", None)
    if results is None:
        raise ValueError(
            "search must be a fitted search with cv_results_, such as GridSearchCV; got "
            f"{shorten(search)}."
        )
    chosen = _read_losses(search, results, losses)
    rows = last_rung(results)
    values = {loss.name: -split_scores(results, score)[rows] for score, loss in chosen.items()}
    splits = search.cv if cv is None and hasattr(search, "cv") else cv
    return SplitScores(
        names=_unique(candidate_names([results["params"][row] for row in rows])),
        values=values,
        infos={loss.name: LossInfo(loss.title, loss.unit) for loss in chosen.values()},
        limits={loss.name: _limits_of(loss, search) for loss in chosen.values()},
        size_ratio=size_ratio(splits, next(iter(values.values())).shape[1]),
        n_repeats=int(getattr(splits, "n_repeats", 1)),
    )


def _remark(scores: SplitScores) -> str:
    """Say that the lowest mean is low partly by chance, unless one candidate leads everywhere."""
    if any(_is_in_doubt(values) for values in scores.values.values()):
        return CURSE.format(len(scores.names))
    return ""


def _is_in_doubt(values: Floats) -> bool:
    """Return whether the candidate with the lowest mean is not the lowest in some split."""
    able = values[np.isfinite(values).all(axis=1)]
    best = able[able.mean(axis=1).argmin()]
    return bool((able.min(axis=0) < best).any())


# --- which scores are losses ----------------------------------------------------------------


@dataclass(frozen=True)
class _NamedLoss:
    """A loss of which only the name of its score is known."""

    name: str
    title: str
    unit: str = ""


def _read_losses(search: Any, results: Results, losses: Any) -> dict[str, Loss | _NamedLoss]:
    """Return the losses to compare, by the names of their scores."""
    scorers = getattr(search, "scorer_", None)
    found: dict[str, Loss | _NamedLoss] = {}
    for score in score_names(results):
        scorer = scorers.get(score) if isinstance(scorers, Mapping) else scorers
        if (loss := _loss_of(score, scorer)) is not None:
            found[score] = loss
    times = Counter(loss.name for loss in found.values())
    found = {  # the same loss twice, say with other class weights, goes by the names of the scores
        score: loss if times[loss.name] == 1 else _NamedLoss(score, score)
        for score, loss in found.items()
    }
    if not found:
        raise ValueError(
            f"the search must be scored by losses, not by skills or accuracies; its scores are "
            f"{score_names(results)}. Pass scoring=sx.neg_cross_entropy, or scoring=sx.SCORERS for "
            "all three."
        )
    if losses is None:
        return found
    listed = [losses] if isinstance(losses, str | Loss) else list(losses)
    wanted = [
        loss if loss in found else get_loss(loss).name if loss not in times else loss
        for loss in listed
    ]
    chosen = {score: loss for score, loss in found.items() if loss.name in wanted}
    known = [loss.name for loss in found.values()]
    if not wanted or set(wanted) - set(known):
        raise ValueError(f"losses must be among those scored, {known}; got {wanted}.")
    return chosen


def _loss_of(score: str, scorer: Any) -> Loss | _NamedLoss | None:
    """Return the loss that a score is the negative of; None for a skill or an accuracy."""
    if isinstance(scorer, LossScorer):
        return None if scorer.__name__ != f"neg_{scorer.loss.name}" else scorer.loss  # not a skill
    if score.startswith("neg_"):
        name = score.removeprefix("neg_")
    elif isinstance(scorer, BaseScorer) and scorer._sign < 0:
        name = scorer._score_func.__name__
    else:
        return None
    return _NamedLoss(name, name.replace("_", " ").capitalize())


def _limits_of(loss: Loss | _NamedLoss, search: Any) -> tuple[float, float]:
    """Return the least and the greatest possible mean loss."""
    if isinstance(loss, _NamedLoss):
        return -np.inf, np.inf
    n_classes = len(search.classes_) if hasattr(search, "classes_") else UNKNOWN_CLASSES
    return loss.range_for(n_classes)


def _unique(names: Sequence[str]) -> list[str]:
    """Return each name once; the number of the candidate tells repeated ones apart."""
    times = Counter(names)
    return [name if times[name] == 1 else f"{name} (candidate {i})" for i, name in enumerate(names)]


# --- scores and candidates in cv_results_ ---------------------------------------------------

PREFIX = "split0_test_"


def score_names(results: Results) -> list[str]:
    """Return the names of the scores that a search computed."""
    if not isinstance(results, Mapping) or "params" not in results:
        raise ValueError(f"cv_results must be the cv_results_ of a search; got {shorten(results)}.")
    keys = [key for key in results if isinstance(key, str)]
    return [key.removeprefix(PREFIX) for key in keys if key.startswith(PREFIX)]


def one_score(results: Results, name: str | None) -> str:
    """Return the name of the only score, or of the one that was asked for."""
    names = score_names(results)
    if name is None and len(names) == 1:
        return names[0]
    if name not in names:
        hint = " It has one score only: leave score out." if names == ["score"] else ""
        raise ValueError(
            f"score must be one of {names}, the scores of the search; got {name!r}.{hint}"
        )
    return name


def split_scores(results: Results, name: str) -> Floats:
    """Return the scores (n_candidates, n_splits); nan where a fit failed."""
    keys = [key for key in results if isinstance(key, str)]
    n_splits = sum(key.startswith("split") and key.endswith(f"_test_{name}") for key in keys)
    columns = [results.get(f"split{i}_test_{name}") for i in range(n_splits)]
    try:
        scores = [np.ma.filled(np.ma.asarray(x, dtype=np.float64), np.nan) for x in columns]
    except (TypeError, ValueError):
        scores = []
    shape = (len(results["params"]),)
    if not scores or any(x.shape != shape for x in scores):
        raise ValueError(
            f"cv_results must hold one number for each of the {shape[0]} candidates in every "
            f"split{{i}}_test_{name}, as the cv_results_ of a search do."
        )
    return np.column_stack(scores)


def last_rung(results: Results) -> np.ndarray:
    """Return the rows of the candidates to compare: of a halving search the last iteration."""
    n = len(results["params"])
    if "iter" not in results:
        return np.arange(n)
    iteration = np.asarray(results["iter"])
    return np.flatnonzero(iteration == iteration.max())


LONG = 8


def candidate_names(params: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name candidates by the parameters that vary: ``C=1, penalty=l2``.

    The steps of a pipeline are named only where two parameters would be called the same.
    """
    keys = list(dict.fromkeys(key for candidate in params for key in candidate))
    texts = {
        key: _texts([candidate[key] for candidate in params if key in candidate]) for key in keys
    }
    shown = [{key: texts[key][str(candidate[key])] for key in candidate} for candidate in params]
    varying = [key for key in keys if len({candidate.get(key) for candidate in shown}) > 1]
    short = {key: key.rpartition("__")[2] for key in keys}
    if len(set(short.values())) < len(keys):
        short = {key: key for key in keys}
    return [
        ", ".join(f"{short[key]}={candidate[key]}" for key in varying if key in candidate)
        or _all_of(candidate)
        for candidate in shown
    ]


def _texts(values: Sequence[Any]) -> dict[str, str]:
    """Return values as text, by their full text: long floats to four digits if these differ."""
    full = [str(value) for value in values]
    short = [
        f"{value:.4g}" if isinstance(value, float) and len(text) > LONG else text
        for value, text in zip(values, full, strict=True)
    ]
    return dict(zip(full, short if len(set(short)) == len(set(full)) else full, strict=True))


def _all_of(candidate: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in candidate.items()) or "default"


# --- sizes of the parts of splits -----------------------------------------------------------

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
