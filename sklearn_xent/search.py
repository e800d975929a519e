"""Layer 16: comparing the candidates of a search by the scores of its splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sklearn_xent import inference
from sklearn_xent._cv_results import candidate_names, last_rung, score_names, split_scores
from sklearn_xent._inputs import read_names
from sklearn_xent._kernels import Floats
from sklearn_xent._loss import Loss
from sklearn_xent._losses import get_loss
from sklearn_xent._messages import shorten
from sklearn_xent._sklearn import BaseScorer
from sklearn_xent._splits import size_ratio
from sklearn_xent._tables import (
    ALGORITHMS,
    Asked,
    Pair,
    difference_frame,
    rows_of_tests,
    summary_row,
    warn_degenerate,
)
from sklearn_xent.comparison import Comparison, keeps_warnings
from sklearn_xent.inference import NO_ESTIMATE
from sklearn_xent.report import FEW_SPLITS, Shown
from sklearn_xent.scorers import LossScorer

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
           model_a      model_b  difference    conclusion
    0  max_depth=1  max_depth=4       0.035       b lower
    1  max_depth=2  max_depth=4       0.005  inconclusive
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
    asked = Asked.read(confidence_level, baseline, equivalence_margin, "auto", 0)
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
        one = _OneLoss(loss, ranges[loss], names, values, ratio, asked, repeats)
        summary += one.summary_rows()
        differences += one.difference_rows()
    warn_degenerate(differences)
    shown = {loss.name: Shown(loss.title, loss.unit) for loss in of_scores.values()}
    return Comparison(
        pd.DataFrame(summary).astype({"n_obs": "Int64", "n_zero_probability": "Int64"}),
        difference_frame(differences),
        shown,
        asked,
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
class _OneLoss:
    """The candidates under one loss: `values` of shape (n_candidates, n_splits)."""

    loss: str
    range: tuple[float, float]
    names: Sequence[str]
    values: Floats
    size_ratio: float
    asked: Asked
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
            estimate, method = NO_ESTIMATE, "failed: see cv_results_"
            if not np.isnan(mean):
                level = self.asked.level
                estimate = inference.mean_corrected(of_splits, self.size_ratio, level)
                method = inference.CORRECTED_INTERVAL
            rows.append(
                summary_row(
                    self.loss,
                    name,
                    float(mean),
                    means,
                    estimate,
                    self.range,
                    self.asked.level,
                    skill=np.nan,
                    n_obs=pd.NA,
                    n_zero=pd.NA,
                    method=method,
                    estimand=ALGORITHMS,
                )
            )
        return rows

    def difference_rows(self) -> list[dict[str, Any]]:
        """Each candidate against the baseline, or against the best, adjusted for all pairs."""
        able = np.flatnonzero(~np.isnan(self.means))
        if self.asked.baseline is None:
            anchor = int(able[self.means[able].argmin()])
        else:
            anchor = self.names.index(self.asked.baseline)
        others = [int(i) for i in able if i != anchor] if anchor in able else []
        pairs: list[Pair] = [(min(i, anchor), max(i, anchor)) for i in others]
        tests = []
        for a, b in pairs:
            difference = self.values[a] - self.values[b]
            scale = float(max(abs(self.means[a]), abs(self.means[b])))
            tests.append(
                inference.corrected_t(difference, self.size_ratio, self.asked.level, scale)
            )
        pvalues = [test.pvalue for test in tests]
        if self.asked.baseline is None:  # the data chose the best, from all pairs
            pvalues += self._pvalues_among(others)
        adjusted = inference.holm(pvalues)[: len(tests)]
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
            self.asked,
            adjusted,
        )

    def _pvalues_among(self, rows: Sequence[int]) -> list[float]:
        """P-values of all pairs of some candidates, of which there may be many."""
        values, n_splits = self.values[rows], self.values.shape[1]
        out: list[float] = []
        for i in range(len(rows) - 1):
            difference = values[i + 1 :] - values[i]
            std_error = inference.corrected_std_error(difference, self.size_ratio)
            with np.errstate(divide="ignore", invalid="ignore"):
                statistic = np.abs(difference.mean(axis=1)) / std_error
            pvalues = 2.0 * stats.t.sf(statistic, n_splits - 1)
            out += np.where(std_error > 0, pvalues, np.nan).tolist()
        return out
