"""Comparing the candidates of a search by the scores of its splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from sklearn import model_selection as ms

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import shorten
from sklearn_xent.comparison.frames import (
    difference_frame,
    rows_of_tests,
    summary_row,
    warn_degenerate,
)
from sklearn_xent.comparison.result import Comparison, keeps_warnings
from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.design import ALGORITHMS, Options, Pair
from sklearn_xent.inference.paired_tests import NO_ESTIMATE
from sklearn_xent.inputs.validation import read_names
from sklearn_xent.losses.loss import Loss, LossInfo
from sklearn_xent.losses.registry import get_loss
from sklearn_xent.report.sentences import FEW_SPLITS
from sklearn_xent.scoring.estimators import BaseScorer
from sklearn_xent.scoring.scorers import LossScorer

Results = Mapping[str, Any]
PREFIX = "split0_test_"


def score_names(results: Results) -> list[str]:
    """The scores that a search computed."""
    if not isinstance(results, Mapping) or "params" not in results:
        raise ValueError(f"cv_results must be the cv_results_ of a search; got {shorten(results)}.")
    keys = [key for key in results if isinstance(key, str)]
    return [key.removeprefix(PREFIX) for key in keys if key.startswith(PREFIX)]


def one_score(results: Results, name: str | None) -> str:
    """The name of the only score, or of the one that was asked for."""
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
    """Scores of shape (n_candidates, n_splits); nan where a fit failed."""
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
    """Rows of the candidates to compare: of a halving search those of the last iteration."""
    n = len(results["params"])
    if "iter" not in results:
        return np.arange(n)
    iteration = np.asarray(results["iter"])
    return np.flatnonzero(iteration == iteration.max())


LONG = 8


def candidate_names(params: Sequence[Mapping[str, Any]]) -> list[str]:
    """Candidates by the parameters that vary: ``C=1, penalty=l2``.

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
    """Values as text, by their full text: long floats to four digits if these tell them apart."""
    full = [str(value) for value in values]
    short = [
        f"{value:.4g}" if isinstance(value, float) and len(text) > LONG else text
        for value, text in zip(values, full, strict=True)
    ]
    return dict(zip(full, short if len(set(short)) == len(set(full)) else full, strict=True))


def _all_of(candidate: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in candidate.items()) or "default"


FOLDS = (ms.KFold, ms.StratifiedKFold, ms.LeaveOneOut)
REPEATED = (ms.RepeatedKFold, ms.RepeatedStratifiedKFold)
SHARES = (ms.ShuffleSplit, ms.StratifiedShuffleSplit)
DEFAULT_SHARE = 0.1
"""The test part of a splitter by shares that was given none."""


def size_ratio(cv: Any, n_splits: int) -> float:
    """Size of the test part over that of the training part, averaged over the splits.

    Known from what was passed as `cv` to a search, without its data; an error where it is not,
    as for groups of unknown sizes, or for a splitter that may do as it likes.
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
    """Of a splitter by shares; None where it has one size as a number and one as a share."""
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


CURSE = (
    "The lowest of {} mean losses is low partly by chance (the winner's curse): expect a higher "
    "loss on new samples; compare_models(..., cv=...).winner() says how much."
)
POWER = (
    "\nOn {} splits this test misses most small differences; compare_models on the same folds, or "
    "repeated folds, would tell more."
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
    samples of this size. On few splits the test misses most small differences; where it matters
    compare the best few by `compare_models`, which has the losses of all samples.

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
        best of each loss; because the data chose it, p-values are then adjusted for all pairs.
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
    results = getattr(search, "cv_results_", None)
    if results is None:
        raise ValueError(
            "search must be a fitted search with cv_results_, such as GridSearchCV; got "
            f"{shorten(search)}."
        )
    of_scores = _losses_of(search, results, losses)
    rows = last_rung(results)
    names = _unique(candidate_names([results["params"][row] for row in rows]))
    read_names("candidates", dict.fromkeys(names), baseline)
    options = Options.read(confidence_level, baseline, equivalence_margin, "auto", 0)
    by_loss = {loss.name: -split_scores(results, score)[rows] for score, loss in of_scores.items()}
    n_splits = next(iter(by_loss.values())).shape[1]
    splits = search.cv if cv is None and hasattr(search, "cv") else cv
    ratio = size_ratio(splits, n_splits)
    repeats = int(getattr(splits, "n_repeats", 1))
    summary: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    ranges = {loss.name: _range_of(loss, search) for loss in of_scores.values()}
    for loss, values in by_loss.items():
        if not np.isfinite(values).all(axis=1).any():
            raise ValueError(f"no candidate has a finite {loss} in every split; see cv_results_.")
        one = SplitEstimates(loss, ranges[loss], names, values, ratio, options, repeats)
        summary += one.summary_rows()
        differences += one.difference_rows()
    warn_degenerate(differences)
    shown = {loss.name: LossInfo(loss.title, loss.unit) for loss in of_scores.values()}
    return Comparison(
        pd.DataFrame(summary).astype({"n_obs": "Int64", "n_zero_probability": "Int64"}),
        difference_frame(differences),
        shown,
        options,
        _of_splits=_split_frame(names, by_loss),
        _note=_remark(len(names), n_splits),
    )


def _remark(n_models: int, n_splits: int) -> str:
    if n_models < 2:
        return ""
    return CURSE.format(n_models) + (POWER.format(n_splits) if n_splits <= FEW_SPLITS else "")


# --- which scores are losses ----------------------------------------------------------------


@dataclass(frozen=True)
class _Named:
    """What is known of a loss by the name of its score alone."""

    name: str
    title: str
    unit: str = ""


def _losses_of(search: Any, results: Mapping[str, Any], losses: Any) -> dict[str, Loss | _Named]:
    """The losses that were scored, by the names of their scores."""
    scorers = getattr(search, "scorer_", None)
    found: dict[str, Loss | _Named] = {}
    for score in score_names(results):
        scorer = scorers.get(score) if isinstance(scorers, Mapping) else scorers
        if (loss := _loss_of(score, scorer)) is not None:
            found[score] = loss
    times = Counter(loss.name for loss in found.values())
    found = {  # the same loss twice, say with other class weights, goes by the names of the scores
        score: loss if times[loss.name] == 1 else _Named(score, score)
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


def _loss_of(score: str, scorer: Any) -> Loss | _Named | None:
    if isinstance(scorer, LossScorer):
        return None if scorer.__name__ != f"neg_{scorer.loss.name}" else scorer.loss  # not a skill
    if score.startswith("neg_"):
        name = score.removeprefix("neg_")
    elif isinstance(scorer, BaseScorer) and scorer._sign < 0:
        name = scorer._score_func.__name__
    else:
        return None
    return _Named(name, name.replace("_", " ").capitalize())


def _range_of(loss: Loss | _Named, search: Any) -> tuple[float, float]:
    """Least and greatest mean loss; with more classes than two where their number is unknown."""
    if isinstance(loss, _Named):
        return -np.inf, np.inf
    return loss.range_for(len(getattr(search, "classes_", "abc")))


def _unique(names: Sequence[str]) -> list[str]:
    """Names that occur once, by the number of the candidate where they do not."""
    times = Counter(names)
    return [name if times[name] == 1 else f"{name} (candidate {i})" for i, name in enumerate(names)]


def _split_frame(names: Sequence[str], by_loss: Mapping[str, Floats]) -> pd.DataFrame:
    n_splits = next(iter(by_loss.values())).shape[1]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "split": np.tile(np.arange(n_splits), len(names)),
                    "loss": loss,
                    "model": np.repeat(np.asarray(names, dtype=object), n_splits),
                    "n_obs": pd.array([pd.NA] * values.size, dtype="Int64"),
                    "mean_loss": values.ravel(),
                }
            )
            for loss, values in by_loss.items()
        ],
        ignore_index=True,
    )


# --- one loss -------------------------------------------------------------------------------


@dataclass(frozen=True)
class SplitEstimates:
    """The candidates under one loss: `values` of shape (n_candidates, n_splits)."""

    loss: str
    range: tuple[float, float]
    names: Sequence[str]
    values: Floats
    size_ratio: float
    options: Options
    n_repeats: int

    @property
    def means(self) -> Floats:
        """Mean over the splits; nan for a candidate that failed in one."""
        return np.asarray(self.values.mean(axis=1))

    def summary_rows(self) -> list[dict[str, Any]]:
        """Rows of the summary."""
        means = self.means
        rows = []
        for name, of_splits, mean in zip(self.names, self.values, means, strict=True):
            estimate, method = NO_ESTIMATE, ""
            if not np.isnan(mean):
                level = self.options.level
                estimate = paired_tests.mean_corrected(of_splits, self.size_ratio, level)
                method = paired_tests.Method.CORRECTED_INTERVAL.label
            rows.append(
                summary_row(
                    self.loss,
                    name,
                    float(mean),
                    means,
                    estimate,
                    self.range,
                    self.options.level,
                    skill=np.nan,
                    n_obs=pd.NA,
                    n_zero=pd.NA,
                    method=method,
                    estimand=ALGORITHMS,
                    reason="" if method else "see cv_results_",
                )
            )
        return rows

    def difference_rows(self) -> list[dict[str, Any]]:
        """Each candidate against the baseline, or against the best, adjusted for all pairs."""
        able = np.flatnonzero(~np.isnan(self.means))
        if self.options.baseline is None:
            anchor = int(able[self.means[able].argmin()])
        else:
            anchor = self.names.index(self.options.baseline)
        others = [int(i) for i in able if i != anchor] if anchor in able else []
        pairs: list[Pair] = [(min(i, anchor), max(i, anchor)) for i in others]
        tests = []
        for a, b in pairs:
            difference = self.values[a] - self.values[b]
            scale = float(max(abs(self.means[a]), abs(self.means[b])))
            tests.append(
                paired_tests.corrected_t(difference, self.size_ratio, self.options.level, scale)
            )
        pvalues = [test.pvalue for test in tests]
        if self.options.baseline is None:  # the data chose the best, from all pairs
            pvalues += self._pvalues_among(others)
        adjusted = paired_tests.holm(pvalues)[: len(tests)]
        extra = {
            "n_obs": pd.NA,
            "n_groups": pd.NA,
            "n_splits": self.values.shape[1],
            "n_repeats": self.n_repeats,
            "n_discordant": pd.NA,
            "label_leverage": np.nan,
            "sample_leverage": np.nan,
        }
        return rows_of_tests(
            self.loss,
            self.names,
            pairs,
            self.means.tolist(),
            tests,
            [extra] * len(pairs),
            ALGORITHMS,
            self.options,
            adjusted,
        )

    def _pvalues_among(self, rows: Sequence[int]) -> list[float]:
        """P-values of all pairs of some candidates, of which there may be many."""
        values, n_splits = self.values[rows], self.values.shape[1]
        out: list[float] = []
        for i in range(len(rows) - 1):
            difference = values[i + 1 :] - values[i]
            std_error = paired_tests.corrected_std_error(difference, self.size_ratio)
            with np.errstate(divide="ignore", invalid="ignore"):
                statistic = np.abs(difference.mean(axis=1)) / std_error
            pvalues = 2.0 * stats.t.sf(statistic, n_splits - 1)
            out += np.where(std_error > 0, pvalues, np.nan).tolist()
        return out
