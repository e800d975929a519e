"""Comparing the candidates of a search, and all that is read of ``cv_results_`` for it."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import (
    cut,
    is_number,
    one_line,
    read_whole,
    safe_text,
    shorten,
    shorten_all,
)
from sklearn_xent.comparison.frames import frames_of_splits
from sklearn_xent.comparison.result import Comparison, keeps_warnings
from sklearn_xent.comparison.samples import SplitScores
from sklearn_xent.inference.design import Options
from sklearn_xent.inference.paired_tests import NOISE
from sklearn_xent.inputs.validation import read_names
from sklearn_xent.losses.loss import Loss, LossInfo
from sklearn_xent.losses.registry import get_loss
from sklearn_xent.scoring.scorers import LossScorer
from sklearn_xent.search.several_searches import Searched, merged, searches_of
from sklearn_xent.training.scorers import function_name, is_raw_loss, sign_of, turned_score
from sklearn_xent.training.split_sizes import (
    check_apart,
    check_each_once,
    is_splitter,
    pairs_of_cv,
    size_ratio,
)

Results = Mapping[str, Any]

UNKNOWN_CLASSES = 1000
"""A search without refit does not tell its classes. Ranges are taken to be of more than two."""
CURSE = (
    "The lowest of {} mean losses is low partly by chance (the winner's curse): expect a higher "
    "loss on new data. compare_models(..., cv=...).winner() says how much."
)


@keeps_warnings
def compare_search(
    search: Any,
    *,
    top: int | None = None,
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
        ``neg_``. Of a halving search the candidates of the last iteration are compared, of a
        `RacingSearchCV` the survivors. Or a list or dict of searches, fitted on the same samples
        and splits: their candidates are compared together, and named "search (candidate)".
    top : int, optional
        How many candidates to show: the best, by the last loss other than the classification
        error, and the baseline. P-values and intervals stay corrected for all candidates.
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
        sizes of the parts of its splits cannot be known; when several searches are not scored by
        the same scorers on the same splits, as far as their arguments tell.

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
    shown = None if top is None else read_whole("top", top, 1)
    several = searches_of(search)
    by_name = {
        name: _read_search(each, losses, cv)
        for name, each in ({"": search} if several is None else several).items()
    }
    scores = by_name[""].scores if several is None else merged(by_name, given=cv is not None)
    names = read_names("candidates", dict.fromkeys(scores.names))
    options = Options.read(confidence_level, baseline, equivalence_margin, names=names)
    options = options.with_margins(list(scores.values))
    for loss, values in scores.values.items():
        if not np.isfinite(values).all(axis=1).any():
            raise ValueError(f"no candidate has a finite {loss} in every split; see cv_results_.")
    summary, differences = frames_of_splits(scores, options)
    made = [(x.search, params) for x in by_name.values() for params in x.params]
    left = [_out_of_race(name, x.search.cv_results_) for name, x in by_name.items()]
    comparison = Comparison(
        summary,
        differences,
        scores.infos,
        options,
        _splits=scores,
        _note="\n".join(filter(None, [_remark(scores), *left])),
        _candidates=dict(zip(scores.names, made, strict=True)),
    )
    if shown is None:
        return comparison
    kept = comparison._ranked(None)[:shown]
    return comparison.select([name for name in names if name in kept or name == baseline])


def _read_search(search: Any, losses: Any, cv: Any) -> Searched:
    """Return the mean losses of the splits, of the candidates that a search compared last."""
    results = getattr(search, "cv_results_", None)
    if results is None:
        raise ValueError(
            "search must be a fitted search with cv_results_, such as GridSearchCV; got "
            f"{shorten(search)}."
        )
    chosen = _read_losses(search, results, losses)
    rows = last_rung(results)
    if _is_race(results):
        rows = np.flatnonzero(np.asarray(results["status"]) == "survived")
    values = {loss.name: -split_scores(results, score)[rows] for score, loss in chosen.items()}
    own = getattr(search, "cv_", getattr(search, "cv", None))
    splits = own if cv is None else cv
    if cv is None and hasattr(search, "split_sizes_"):  # a race knows its splits
        ratio = float(np.mean(search.split_sizes_[:, 1] / search.split_sizes_[:, 0]))
    else:
        ratio = size_ratio(splits, next(iter(values.values())).shape[1])
    check_apart(listed := pairs_of_cv(splits))
    if not is_splitter(own):
        check_each_once(listed)
    scorers = getattr(search, "scorer_", None)
    params = [results["params"][row] for row in rows]
    of_losses = {
        loss.name: scorers.get(score) if isinstance(scorers, Mapping) else scorers
        for score, loss in chosen.items()
    }
    scores = SplitScores(
        names=_names(results, rows),
        values=values,
        infos={loss.name: LossInfo(loss.title, loss.unit) for loss in chosen.values()},
        limits={
            loss.name: _limits_of(loss, of_losses[loss.name], search) for loss in chosen.values()
        },
        size_ratio=ratio,
        n_repeats=int(getattr(splits, "n_repeats", 1)),
    )
    _check_none_made_up(scores, getattr(search, "error_score", np.nan))
    return Searched(scores, search, splits, params, of_losses)


def _check_none_made_up(scores: SplitScores, error_score: Any) -> None:
    """Check that no score is, or can be, the one that a search gives to fits that failed."""
    again = "Search again with error_score=np.nan."
    numeric = is_number(error_score) or isinstance(error_score, bool | np.bool_)
    made_up = float(error_score) if numeric else np.nan
    for loss, values in scores.values.items():
        bad = np.argwhere((values == -made_up) & np.isfinite(made_up))
        for candidate, split in bad[:1]:
            raise ValueError(
                "a score that a search gives to failed fits is no loss: the search has "
                f"error_score={made_up:g}, and candidate {shorten(scores.names[candidate])} has "
                f"this score in split {split} ({loss}; {len(set(bad[:, 0]))} of {len(values)} "
                f"candidates have it), so that it may have failed there. {again}"
            )
        low, high = scores.limits[loss]
        slack = NOISE * max(abs(x) for x in (low, high, 1.0) if np.isfinite(x))
        # a failed fit may count as infinitely bad
        beyond = (values < low - slack) | (values == -np.inf)
        beyond |= np.isfinite(values) & (values > high + slack)
        for candidate, split in np.argwhere(beyond)[:1]:
            raise ValueError(
                f"no model can have a {loss} of {values[candidate, split]:g}, but candidate "
                f"{shorten(scores.names[candidate])} has it in split {split}. The search may have "
                f"given this score to a fit that failed. {again}"
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
    wrong: list[str] = []
    raw: list[str] = []
    for score in score_names(results):
        scorer = scorers.get(score) if isinstance(scorers, Mapping) else scorers
        raw.append(_raw_loss(score, scorer, results))
        if said := _wrong_sign(score, scorer, results):
            wrong.append(said)
        elif (loss := _loss_of(score, scorer)) is not None:
            found[score] = loss
    times = Counter(loss.name for loss in found.values())
    found = {  # the same loss twice, say with other class weights, goes by the names of the scores
        score: loss if times[loss.name] == 1 else _NamedLoss(score, score)
        for score, loss in found.items()
    }
    if wrong and (losses is None or not found):
        more = " Or name those to compare in losses=[...]." if found else ""
        raise ValueError(wrong[0] + more)
    if not found:
        raise ValueError(
            f"the search must be scored by losses, not by skills or accuracies; its scores are "
            f"{score_names(results)}. Pass scoring=sx.neg_cross_entropy, or scoring=sx.SCORERS for "
            f"all three, to the search. Other scores of its splits: compare_scores.{''.join(raw)}"
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
    elif sign_of(scorer) == -1:
        name = function_name(scorer)
        if not name.isidentifier():  # a lambda, or an object without a name
            name = "loss" if score == "score" else score
    else:
        return None
    return _NamedLoss(name, name.replace("_", " ").capitalize())


def _wrong_sign(score: str, scorer: Any, results: Results) -> str:
    """Say why a score is not minus a loss although its name or its scorer says so; "" if it is.

    A search takes the highest score, so by one of the wrong sign it takes the worst candidate.
    """
    if isinstance(scorer, LossScorer):
        return ""
    if said := turned_score(score, scorer):
        return (
            f"{said}: by this score a search takes the worst candidate. Leave out "
            "greater_is_better=False."
        )
    if sign_of(scorer) == -1:
        return ""
    if score.startswith("neg_") and _has_positive(results, score):
        return (
            f"the score {score!r} is named as minus a loss, but some of its values are positive. "
            "If it is a loss, a search by this score takes the worst candidate: turn its sign, by "
            "make_scorer(..., greater_is_better=False). If higher is better, name it without neg_."
        )
    return ""


def _raw_loss(score: str, scorer: Any, results: Results) -> str:
    """Say that a score is a loss whose sign was not turned; "" if it is none."""
    if not is_raw_loss(scorer) or not _has_positive(results, score):
        return ""
    name = function_name(scorer)
    return (
        f" The score {score!r} is {name} itself: by this score a search takes the worst candidate. "
        f"Pass make_scorer({name}, greater_is_better=False, ...)."
    )


def _has_positive(results: Results, score: str) -> bool:
    return bool((split_scores(results, score) > 0).any())


def _limits_of(loss: Loss | _NamedLoss, scorer: Any, search: Any) -> tuple[float, float]:
    """Return the least and the greatest possible mean loss."""
    if isinstance(loss, _NamedLoss):
        return -np.inf, np.inf
    n_classes = len(search.classes_) if hasattr(search, "classes_") else UNKNOWN_CLASSES
    return scorer._range_for(n_classes)  # type: ignore[no-any-return]


def _is_race(results: Results) -> bool:
    return "n_splits_seen" in results and "status" in results


def _names(results: Results, rows: np.ndarray) -> list[str]:
    """Return the names of the candidates to compare; in a race as all of it are named."""
    if _is_race(results):
        names = _unique(candidate_names(results["params"]))
        return [names[row] for row in rows]
    return _unique(candidate_names([results["params"][row] for row in rows]))


def _out_of_race(name: str, results: Results) -> str:
    """Name the candidates that left a race, which are not compared; one of several has a name."""
    if not _is_race(results):
        return ""
    names = np.array(_names(results, np.arange(len(results["params"]))), dtype=object)
    status = np.asarray(results["status"])
    left = dict.fromkeys(status[status != "survived"])
    said = "; ".join(f"{shorten_all(names[status == what])} ({what})" for what in left)
    race = f"race of {shorten(name)}" if name else "race"
    return f"Not compared, because they left the {race}: {said}." if said else ""


def _unique(names: Sequence[str]) -> list[str]:
    """Return each name once; the number of the candidate tells repeated ones apart."""
    times = Counter(names)
    numbered = [f"{name} (candidate {i})" for i, name in enumerate(names)]
    out = [name if times[name] == 1 else numbered[i] for i, name in enumerate(names)]
    # a name may be what another becomes by its number
    return out if len(set(out)) == len(out) else numbered


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


LONG, LONGEST = 8, 200
"""Longer floats are rounded to four digits, and longer texts cut, where that keeps them unlike."""


def candidate_names(params: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name candidates by the parameters that vary: ``C=1, penalty=l2``.

    The steps of a pipeline are named only where two parameters would be called the same.
    """
    keys = list(dict.fromkeys(key for candidate in params for key in candidate))
    shown: list[dict[str, str]] = [{} for _ in params]
    for key in keys:
        having = [i for i, candidate in enumerate(params) if key in candidate]
        for i, text in zip(having, _texts([params[i][key] for i in having]), strict=True):
            shown[i][key] = text
    varying = [key for key in keys if len({candidate.get(key) for candidate in shown}) > 1]
    short = {key: key.rpartition("__")[2] for key in keys}
    if len(set(short.values())) < len(keys):
        short = {key: key for key in keys}
    return [
        ", ".join(f"{short[key]}={candidate[key]}" for key in varying if key in candidate)
        or _all_of(candidate)
        for candidate in shown
    ]


def _texts(values: Sequence[Any]) -> list[str]:
    """Return values as text: long floats to four digits, and unlike values in unlike texts.

    That is where it can be: two objects may have the same repr.
    """
    full = [one_line(safe_text(value, _name_or_text)) for value in values]
    kinds: dict[str, set[type]] = {}
    for value, text in zip(values, full, strict=True):
        kinds.setdefault(text, set()).add(str if isinstance(value, str) else object)
    # 1 and "1" are two values
    full = [
        repr(value) if isinstance(value, str) and len(kinds[text]) > 1 else text
        for value, text in zip(values, full, strict=True)
    ]
    short = [
        f"{value:.4g}" if isinstance(value, float) and len(text) > LONG else cut(text, LONGEST)
        for value, text in zip(values, full, strict=True)
    ]
    return short if len(set(short)) == len(set(full)) else full


def _name_or_text(value: Any) -> str:
    """Return the name of a function or class, whose text holds an address or a module."""
    named = inspect.isroutine(value) or inspect.isclass(value) or isinstance(value, np.ufunc)
    name = getattr(value, "__name__", None) if named else None
    return name if isinstance(name, str) and name else str(value)


def _all_of(candidate: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in candidate.items()) or "default"
