"""Searching a grid by a race: candidates that can hardly win any more are not fitted further."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn import get_config
from sklearn.base import clone, is_classifier
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    ParameterGrid,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    check_cv,
)
from sklearn.utils import check_random_state, indexable
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from sklearn_xent._arrays import Codes
from sklearn_xent._messages import is_number, shorten, warn
from sklearn_xent.exceptions import XentWarning
from sklearn_xent.inference.racing import LEAST_TO_RACE, Race, Status, read_looks
from sklearn_xent.inputs.alignment import RowsOf
from sklearn_xent.plots.racing import RaceDisplay
from sklearn_xent.scoring.estimators import Split, as_rows, check_pairs
from sklearn_xent.search.fit_table import FitTable, as_grid
from sklearn_xent.search.one_standard_error import OneStandardError
from sklearn_xent.search.search import candidate_names
from sklearn_xent.training.fits import Failure
from sklearn_xent.training.split_sizes import each_once

N_FOLDS, N_REPEATS = 5, 5
"""The folds by default, and how often they are drawn."""
SEED = 0
"""Of the folds by default."""
TOO_FEW = (
    f"cv makes {{}} splits, too few for a race to pay: all candidates are fitted on all of them. A "
    f"race needs {LEAST_TO_RACE}, better 25: leave cv out, or pass "
    "RepeatedStratifiedKFold(n_splits=5, n_repeats=5, random_state=0)."
)
ALL_FAILED = "All the "
"""How the error of a search begins in which no fit worked."""


class RacingSearchCV(GridSearchCV):  # type: ignore[misc]
    """Search a grid by cross-validation, and stop fitting candidates that can hardly win.

    It makes the choice of `GridSearchCV` for a part of the fits. At each look, after some of the
    splits, a candidate is dropped if it can hardly win the full search any more. After j of J
    splits, in a shuffled order, let D be its mean difference to the leader and s the standard
    deviation of the j differences. As only the other J - j splits are unknown,
    ``t = D / (s * sqrt(1 / j - 1 / J))`` is tested one-sided, with moderated s, Holm's correction
    for the candidates in the race, and Bonferroni's for the looks. So the chance that the winner
    of the full search is dropped is about `alpha` at most. The race saves time. It does not choose
    better than the full search.

    Parameters
    ----------
    estimator : estimator
        What to fit, as in `GridSearchCV`.
    param_grid : dict or list of dict
        The candidates, as in `GridSearchCV`.
    scoring : str, callable, list, tuple or dict, optional
        As in `GridSearchCV`; higher is better. By default the estimator's ``score``.
    cv : int, splitter or iterable of (train, test), optional
        A race needs many splits; with fewer than 8 all candidates are fitted on all of them, and
        an `XentWarning` says so. By default 5 folds repeated 5 times, drawn with a fixed seed:
        stratified for a classifier, and with `groups` whole groups (of few groups the same split
        may be drawn again, and counts once). Splits are drawn once a fit.
    looks : "auto" or list of int, default="auto"
        After how many splits candidates may be dropped, increasing, from 3. By default after 12,
        20, 32, 48, 64 and 80 % of the splits: after 3, 5, 8, 12, 16 and 20 of 25.
    alpha : float, default=0.05
        The chance to drop the winner of the full search that is accepted, between 0 and 0.5.
    race_by : str, optional
        With several scores the name of that which decides who is dropped. By default that of
        `refit`; if it names none, a candidate is dropped when it can hardly win by any score.
    refit : bool, str or callable, default=True
        As in `GridSearchCV`. A callable gets ``cv_results_``; a rule of `one_standard_error` that
        has no ``cv`` takes the splits of the race.
    n_jobs : int, optional
        How many fits run in parallel. The result is the same for each value.
    error_score : float or "raise", default=nan
        The score of a fit that fails. A candidate with the score nan is dropped, with several
        scores if it has none of those that decide; ``reason`` in ``cv_results_`` says why, for
        which it is fitted on that split once more.
    return_train_score : bool, default=False
        Whether ``cv_results_`` holds the scores of the training parts.
    verbose : int, default=0
        As in `GridSearchCV`, about the fits between two looks.
    progress : bool, default=False
        Whether to print on standard error, at each look, how many fits were done and spared.
    pre_dispatch : int or str, default="2*n_jobs"
        As in `GridSearchCV`.
    random_state : int, RandomState or None, default=None
        Of the order in which the splits are used. The same number gives the same race.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As that of `GridSearchCV`, to the bit where candidates were fitted, and nan where they were
        not. Besides ``n_splits_seen``; ``pvalue_dropped``, the p-value by which a candidate was
        dropped; ``status``, "survived", "dropped", "failed" or "merged"; and ``reason``, why it
        failed, or into which candidate with the same scores it was merged.
    candidates_ : DataFrame
        The candidates with their names, best first.
    best_estimator_, best_score_, best_params_, best_index_ : object
        As in `GridSearchCV`.
    scorer_, multimetric_, n_splits_, refit_time_ : object
        As in `GridSearchCV`.
    classes_, n_features_in_, feature_names_in_ : object
        Those of the refitted estimator.
    cv_ : splitter or list of (train, test)
        What made the splits.
    race_by_ : list of str
        The names of the scores that decided.
    looks_ : list of int
        After how many splits there was a look; empty if all candidates were fitted on all splits.
    split_order_ : ndarray of int
        The order in which the splits were used.
    split_sizes_ : ndarray of shape (n_splits, 2)
        How many samples are in the training and test part of each split.
    n_fits_, n_fits_spared_ : int
        How many fits were done, and how many more the full search does.

    Raises
    ------
    ValueError
        For arguments that cannot be honoured, and if all candidates failed.

    Warns
    -----
    XentWarning
        When there are too few splits for a race.

    See Also
    --------
    compare_search : Which of the survivors are really worse than the best.

    Notes
    -----
    Small variances of differences are raised towards the others as far as these agree (Smyth
    2004): one pooled variance would drop the winner too often where they differ.

    Candidates with the same scores in all splits seen are one candidate of the test. The later ones
    are merged into the first, and not fitted further, only if scores of other candidates hardly
    ever coincide: equal error rates are often chance. With a callable `refit` nobody is merged. If
    the first fails later, or all that are left, those that were out come back and catch up.

    With a rule of `one_standard_error` as `refit`, a candidate stays as long as it can come within
    one standard error of the winner, which spares fewer fits. Another callable chooses among the
    survivors: if it would take a candidate that cannot win, use `GridSearchCV`.

    The question is whether a candidate can win on these splits, not whether it is worse when
    retrained on other data: for that see `compare_search` and `compare_models`.

    References
    ----------
    Maron, O. and Moore, A. (1993). Hoeffding races. NIPS 6. Smyth, G. K. (2004). Linear models and
    empirical Bayes methods for assessing differential expression in microarray experiments.
    Statistical Applications in Genetics and Molecular Biology 3. Holm, S. (1979). A simple
    sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> grid = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 5, 30]}
    >>> race = sx.RacingSearchCV(tree, grid, scoring=sx.neg_brier_loss, random_state=0)
    >>> race.fit(X, y).best_params_
    {'max_depth': 3, 'min_samples_leaf': 5}
    >>> race.n_fits_, race.n_fits_spared_
    (88, 137)
    """

    def __init__(
        self,
        estimator: Any,
        param_grid: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        scoring: Any = None,
        cv: Any = None,
        looks: Literal["auto"] | Sequence[int] = "auto",
        alpha: float = 0.05,
        race_by: str | None = None,
        refit: bool | str | Callable[[Mapping[str, Any]], int] = True,
        n_jobs: int | None = None,
        error_score: float | Literal["raise"] = np.nan,
        return_train_score: bool = False,
        verbose: int = 0,
        progress: bool = False,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
    ) -> None:
        super().__init__(
            estimator,
            param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.looks = looks
        self.alpha = alpha
        self.race_by = race_by
        self.progress = progress
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, **params: Any) -> RacingSearchCV:
        """Run the race, and refit the best candidate.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,), optional
            Their classes or values.
        **params : dict
            What `GridSearchCV.fit` takes: ``groups`` of a splitter, parameters of the estimator's
            ``fit``, and with metadata routing all that was requested.

        Returns
        -------
        RacingSearchCV
            Itself, fitted.

        Raises
        ------
        ValueError
            As the class says.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neighbors import KNeighborsClassifier
        >>> grid = {"n_neighbors": [1, 5, 10, 50, 100]}
        >>> race = sx.RacingSearchCV(KNeighborsClassifier(), grid, random_state=0)
        >>> race.fit(*load_iris(return_X_y=True)).cv_results_["n_splits_seen"].tolist()
        [16, 25, 25, 12, 5]
        """
        self._check_arguments()
        X, y = indexable(X, y)
        of_search, of_split, of_fit = self._route(params)
        cv, splits = self._draw_splits(X, y, of_split)
        if not splits or not list(ParameterGrid(self.param_grid)):
            raise ValueError(
                "there must be candidates and splits; got "
                f"param_grid={shorten(self.param_grid)} and {len(splits)} splits of cv."
            )
        looks = read_looks(self.looks, len(splits))
        order = check_random_state(self.random_state).permutation(len(splits))
        run = _Run(self, X, y, of_search, splits, looks)
        if not looks and len(run.candidates) > 1:
            warn(TOO_FEW.format(len(splits)), XentWarning)
        run.race_through(order)
        results = run.results()
        found = self._choose(results, splits, run.last.multimetric_)
        if self.refit:
            found |= self._refit(X, y, found["best_params_"], of_fit)
        n_fits = int(run.table.n_seen.sum())
        found |= {
            "cv_results_": results,
            "cv_": cv,
            "n_splits_": len(splits),
            "looks_": looks,
            "race_by_": run.deciding,
            "split_order_": order,
            "split_sizes_": run.sizes,
            "n_fits_": n_fits,
            "n_fits_spared_": len(run.candidates) * len(splits) - n_fits,
            "multimetric_": run.last.multimetric_,
            "scorer_": run.last.scorer_,
        }
        for name, value in found.items():
            setattr(self, name, value)
        return self

    @property
    def candidates_(self) -> pd.DataFrame:
        """Return what became of each candidate, best first; the index is its row in the results.

        Columns ``candidate`` (the parameters that vary), ``status``, ``n_splits_seen``,
        ``mean_score`` (nan for those out of the race), ``pvalue_dropped`` and ``reason``.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neighbors import KNeighborsClassifier
        >>> grid = {"n_neighbors": [1, 10, 100]}
        >>> race = sx.RacingSearchCV(KNeighborsClassifier(), grid, random_state=0)
        >>> race.fit(*load_iris(return_X_y=True)).candidates_.iloc[:, :3]
                 candidate    status  n_splits_seen
        1   n_neighbors=10  survived             25
        0    n_neighbors=1  survived             25
        2  n_neighbors=100   dropped              3
        """
        check_is_fitted(self, "cv_results_")
        results = self.cv_results_
        frame = pd.DataFrame(
            {
                "candidate": candidate_names(results["params"]),
                "status": results["status"],
                "n_splits_seen": results["n_splits_seen"],
                "mean_score": results[f"mean_test_{self.race_by_[0]}"],
                "pvalue_dropped": results["pvalue_dropped"],
                "reason": results["reason"],
            }
        )
        best_first = ["mean_score", "n_splits_seen"]
        return frame.sort_values(best_first, ascending=False, kind="stable")

    def plot(self, *, ax: Any = None) -> RaceDisplay:
        """Draw who was dropped when.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.

        Returns
        -------
        RaceDisplay
            The picture, drawn.

        Raises
        ------
        ImportError
            Without matplotlib.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neighbors import KNeighborsClassifier
        >>> grid = {"n_neighbors": [1, 10, 100]}
        >>> race = sx.RacingSearchCV(KNeighborsClassifier(), grid, random_state=0)
        >>> race.fit(*load_iris(return_X_y=True)).plot().ax_.get_title(loc="left")
        '53 of 75 fits (71%)'
        """
        check_is_fitted(self, "cv_results_")
        return RaceDisplay(self.candidates_, self.looks_, self.n_splits_).plot(ax)

    # --- what is checked before, and done after the race ----------------------------------------

    def _check_arguments(self) -> None:
        """Check the arguments that the searches within do not check, or too late."""
        if not hasattr(self.estimator, "fit"):
            raise ValueError(f"estimator must have a method fit; got {shorten(self.estimator)}.")
        grids = [self.param_grid] if isinstance(self.param_grid, Mapping) else self.param_grid
        if not isinstance(grids, list | tuple) or not all(isinstance(x, Mapping) for x in grids):
            raise ValueError(
                "param_grid must be a dict from parameters to lists of values, or a list of such "
                f"dicts; got {shorten(self.param_grid)}."
            )
        if not is_number(self.alpha) or not 0 < self.alpha < 0.5:
            raise ValueError(f"alpha must be between 0 and 0.5; got {shorten(self.alpha)}.")
        if not isinstance(self.progress, bool | np.bool_):
            raise ValueError(f"progress must be True or False; got {shorten(self.progress)}.")
        if not (isinstance(self.refit, bool | np.bool_ | str) or callable(self.refit)):
            raise ValueError(
                f"refit must be True, False, the name of a score or a callable; got "
                f"{shorten(self.refit)}."
            )
        if getattr(self, "_skl_callbacks", None):
            raise ValueError(
                "a race runs no callbacks; call set_callbacks() without any, or use GridSearchCV."
            )
        if self.race_by is not None and not isinstance(self.race_by, str):
            raise ValueError(f"race_by must be the name of a score; got {shorten(self.race_by)}.")
        check_random_state(self.random_state)
        if isinstance(self.scoring, Mapping | list | tuple):
            self._race_scores(list(self.scoring), multimetric=True)

    def _race_scores(self, names: Sequence[str], *, multimetric: bool) -> list[str]:
        """Return the names of the scores that decide who is dropped."""
        if multimetric and self.refit is not False and not callable(self.refit):  # noqa: SIM102
            if self.refit not in names:
                raise ValueError(
                    f"with several scores refit must be False, a callable, or the name of one of "
                    f"{list(names)}; got {shorten(self.refit)}."
                )
        wanted = self.race_by
        if wanted is None and multimetric and isinstance(self.refit, str):
            wanted = self.refit
        if wanted is None:
            return list(names)
        if wanted not in names:
            raise ValueError(
                f"race_by must be one of {list(names)}, the scores of the search; got {wanted!r}."
            )
        return [wanted]

    def _route(self, params: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], Any]:
        """Return the parameters for the searches within, for the splitter, and for the refit."""
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **params)
            taken = self._search_of([{}], None).get_metadata_routing().consumes("fit", params)
            return {key: params[key] for key in taken}, routed.splitter.split, routed.estimator.fit
        rest = {key: value for key, value in params.items() if key != "groups"}
        return rest, {"groups": params.get("groups")}, rest

    def _draw_splits(self, X: Any, y: Any, params: Mapping[str, Any]) -> tuple[Any, list[Split]]:
        """Return the splitter, and its splits.

        They are drawn once: a splitter without a seed would else make others at the next look.
        """
        classifier = is_classifier(self.estimator)
        if self.cv is not None:
            check_pairs(self.cv)
            cv = check_cv(self.cv, y, classifier=classifier)
            splits = list(cv.split(X, y, **params))
            check_pairs(splits)
            n = len(RowsOf("X", X))
            if any(not len(as_rows(part, n)) for split in splits for part in split):
                raise ValueError("cv must make splits with training and test samples.")
            return cv, splits
        by_class = classifier and type_of_target(y) in ("binary", "multiclass")
        if params.get("groups") is None:
            kind = RepeatedStratifiedKFold if by_class else RepeatedKFold
            cv = kind(n_splits=N_FOLDS, n_repeats=N_REPEATS, random_state=SEED)
            return cv, list(cv.split(X, y))
        of_groups = StratifiedGroupKFold if by_class else GroupKFold
        seeds = range(SEED, SEED + N_REPEATS)
        folds = [of_groups(N_FOLDS, shuffle=True, random_state=seed) for seed in seeds]
        splits = each_once([split for one in folds for split in one.split(X, y, **params)])
        return splits, splits

    def _search_of(self, candidates: Sequence[Mapping[str, Any]], cv: Any, **other: Any) -> Any:
        """Return a search of these candidates on these splits."""
        options = {
            "scoring": self.scoring,
            "n_jobs": self.n_jobs,
            "verbose": self.verbose,
            "pre_dispatch": self.pre_dispatch,
            "error_score": self.error_score,
            "return_train_score": self.return_train_score,
        }
        return GridSearchCV(
            self.estimator, as_grid(candidates), refit=False, cv=cv, **{**options, **other}
        )

    def _choose(
        self, results: Mapping[str, Any], splits: Sequence[Split], multimetric: bool
    ) -> dict[str, Any]:
        """Return the attributes that name the best candidate."""
        if multimetric and not self.refit:
            return {}
        if callable(self.refit):
            rule = self.refit
            if isinstance(rule, OneStandardError) and rule.cv is None:
                rule = replace(rule, cv=splits)
            index = rule(results)
            whole = isinstance(index, int | np.integer) and not isinstance(index, bool)
            if not whole or not 0 <= index < len(results["params"]):
                raise ValueError(
                    "refit must return the number of a candidate, from 0 to "
                    f"{len(results['params']) - 1}; got {shorten(index)}."
                )
            return {"best_index_": index, "best_params_": results["params"][index]}
        name = self.refit if multimetric else "score"
        index = results[f"rank_test_{name}"].argmin()
        if np.isnan(results[f"mean_test_{name}"][index]):
            raise ValueError(
                f"no candidate that is left in the race has the score {name!r} in each split, so "
                "refit cannot choose by it; race by it, too."
            )
        return {
            "best_index_": index,
            "best_params_": results["params"][index],
            "best_score_": results[f"mean_test_{name}"][index],
        }

    def _refit(self, X: Any, y: Any, best: Any, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the best candidate fitted on all samples, and how long it took."""
        estimator = clone(clone(self.estimator).set_params(**clone(best, safe=False)))
        start = time.perf_counter()
        estimator.fit(X, **params) if y is None else estimator.fit(X, y, **params)
        out = {"best_estimator_": estimator, "refit_time_": time.perf_counter() - start}
        if hasattr(estimator, "feature_names_in_"):
            out["feature_names_in_"] = estimator.feature_names_in_
        return out


def _size(part: Any) -> int:
    part = np.asarray(part)
    return int(np.count_nonzero(part)) if part.dtype.kind == "b" else len(part)


# --- the race -----------------------------------------------------------------------------------


class _Run:
    """Make the fits of a race, from look to look."""

    last: Any
    """The last search within."""
    deciding: list[str]
    """The names of the scores that decide who is dropped."""

    def __init__(
        self,
        search: RacingSearchCV,
        X: Any,
        y: Any,
        params: Mapping[str, Any],
        splits: Sequence[Split],
        looks: Sequence[int],
    ) -> None:
        self.search = search
        self.data = X, y
        self.params = params
        self.splits = splits
        self.looks = looks
        self.candidates = list(ParameterGrid(search.param_grid))
        n, n_splits = len(self.candidates), len(splits)
        self.table = FitTable(n, n_splits)
        self.sizes = np.array([[_size(part) for part in split] for split in splits])
        by_rule = isinstance(search.refit, OneStandardError)
        ratio = float((self.sizes[:, 1] / self.sizes[:, 0]).mean()) if by_rule else None
        # a callable may prefer a later twin, such as the simplest
        merges = not callable(search.refit)
        self.race = Race(n, n_splits, len(looks), search.alpha, ratio, merges=merges)
        self.reasons = np.full(n, "", dtype=object)
        self.first_failure: Failure | None = None

    def race_through(self, order: Codes) -> None:
        """Fit the candidates in the race on more and more splits, in this order."""
        for n_seen in [*self.looks, len(order)]:
            seen = order[:n_seen]
            self._fit_on(seen)
            if n_seen < len(order):
                tables = [self.table.scores[f"test_{name}"] for name in self.table.test_names]
                deciding = [self.table.scores[f"test_{name}"] for name in self.deciding]
                self.race.look(*([table[:, seen] for table in some] for some in (deciding, tables)))
            if self.search.progress:
                self._say(n_seen)

    def results(self) -> dict[str, Any]:
        """Return ``cv_results_``."""
        race, reasons = self.race, self.reasons.copy()
        for row in np.flatnonzero(race.same_as >= 0):
            reasons[row] = f"same scores as candidate {race.same_as[row]}"
        return {
            **self.table.to_results(),
            "n_splits_seen": self.table.n_seen,
            "pvalue_dropped": race.pvalues,
            "status": np.array([status.value for status in race.status], dtype=object),
            "reason": reasons,
        }

    def _fit_on(self, seen: Codes) -> None:
        """Fit all that are in the race on these splits, where they were not; drop who failed."""
        again = True
        while again:
            for rows, columns in self.table.lacking(self.race.alive, np.sort(seen)):
                self._fit(rows, columns)
            tables = [self.table.scores[f"test_{name}"] for name in self.deciding]
            again = self.race.drop_failed([scores[:, seen] for scores in tables])
        unexplained = (self.race.status == Status.FAILED) & (self.reasons == "")
        scores = tables[0]  # who failed lacks this, too
        for row in np.flatnonzero(unexplained).tolist():
            failed = np.isnan(scores[row]) | np.isneginf(scores[row])
            column = next(j for j in np.sort(seen).tolist() if failed[j])
            failure = self._failure(row, column)
            self.reasons[row] = (
                f"score {scores[row, column]} in split {column}"
                if failure is None
                else f"{failure.kind} in split {column}: {failure.text}"
            )
            if row == 0:
                self.first_failure = failure
        if len(self.race.alive) == 0:
            if self.first_failure is not None:
                raise self.first_failure.to_raise()
            raise ValueError(f"all candidates failed; the first has the {self.reasons[0]}.")

    def _fit(self, rows: Codes, columns: Codes) -> None:
        """Fit some candidates on some splits."""
        search = self.search._search_of(
            [self.candidates[row] for row in rows], [self.splits[column] for column in columns]
        )
        is_first = not self.table.scores
        try:
            search.fit(*self.data, **self.params)
        except ValueError as error:
            # scikit-learn raises this where no fit works; here others worked before
            if not str(error).strip().startswith(ALL_FAILED):
                raise
            if is_first:
                failure = self._failure(0, columns[0])
                raise (error if failure is None else failure.to_raise()) from None
            warnings.warn(str(error), FitFailedWarning, stacklevel=2)
            self.table.add_failed(float(self.search.error_score), rows, columns)
            return
        self.table.add(search.cv_results_, rows, columns)
        self.last = search
        if is_first:
            multimetric = search.multimetric_
            names = self.table.test_names
            self.deciding = self.search._race_scores(names, multimetric=multimetric)
            self.race.decide_by(len(self.deciding))

    def _failure(self, row: int, column: int) -> Failure | None:
        """Return why a candidate fails on a split, from fitting it there once more."""
        search = self.search._search_of(
            [self.candidates[row]], [self.splits[column]], n_jobs=None, verbose=0,
            error_score="raise",
        )  # fmt: skip
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                search.fit(*self.data, **self.params)
        except Exception as error:
            where = f"This was candidate {row}, {shorten(self.candidates[row], 200)}, in split "
            return Failure.from_error(error, f"{where}{column}; all candidates failed.")
        return None

    def _say(self, n_seen: int) -> None:
        """Print how far the race is."""
        n, n_splits = self.table.shape
        done = int(self.table.n_seen.sum())
        print(
            f"RacingSearchCV: {n_seen} of {n_splits} splits, {done} fits done, "
            f"{n * n_seen - done} spared, {len(self.race.alive)} of {n} candidates in the race",
            file=sys.stderr,
            flush=True,
        )
