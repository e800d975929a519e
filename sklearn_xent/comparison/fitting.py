"""How models were fitted, and which are short-listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd
from sklearn.base import clone

from sklearn_xent._messages import read_whole
from sklearn_xent.losses.loss import Loss
from sklearn_xent.report.verdicts import LossResults


class Fitted(Protocol):
    """What these methods need of a comparison."""

    @property
    def summary(self) -> pd.DataFrame:
        """Mean losses."""
        ...

    @property
    def _fits(self) -> pd.DataFrame | None: ...
    @property
    def _candidates(self) -> Mapping[str, tuple[Any, Mapping[str, Any]]] | None: ...
    def _results(self, loss: str | Loss | None = None) -> LossResults: ...


class Fitting:
    """The methods of a `Comparison` that tell of fits and candidates."""

    @property
    def fits(self: Fitted) -> pd.DataFrame:
        """Return what was fitted: a row for each model and split of `compare_models`.

        Columns ``model``, ``split``, ``n_train`` (samples of the training part), ``fit_time`` and
        ``score_time`` (seconds, nan where the fit failed), ``best_params`` (what a search chose in
        this training part; None for other models), and with ``return_estimators=True`` also
        ``estimator``.

        Raises
        ------
        ValueError
            Where this package fitted no models.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.model_selection import GridSearchCV
        >>> from sklearn.tree import DecisionTreeClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> tree = DecisionTreeClassifier(random_state=0)
        >>> search = GridSearchCV(tree, {"max_depth": [1, 2]}, scoring=sx.neg_brier_loss)
        >>> comparison = sx.compare_models({"search": search}, X, y, losses="mse", cv=3)
        >>> comparison.fits[["model", "split", "n_train", "best_params"]]
            model  split  n_train       best_params
        0  search      0      100  {'max_depth': 2}
        1  search      1      100  {'max_depth': 2}
        2  search      2      100  {'max_depth': 2}
        """
        if self._fits is None:
            raise ValueError(
                "fits needs models that were fitted here: only compare_models fits models, in each "
                "split, and to_dict does not save what it fitted."
            )
        shown = set(self.summary["model"])
        return self._fits[self._fits["model"].isin(shown)].reset_index(drop=True)

    def _ranked(self: Fitted, loss: str | Loss | None) -> list[str]:
        """Return the models that have a mean loss, the lowest first."""
        return self._results(loss).able

    def shortlist(self: Fitted, n: int = 5, *, loss: str | Loss | None = None) -> dict[str, Any]:
        """Return the best candidates of a search as `compare_models` takes them.

        `compare_models` knows the losses of all samples, and so finds smaller differences than the
        scores of splits do. Use other splits than the search: on its own, the mean losses of the
        best are low partly by chance.

        Parameters
        ----------
        n : int, default=5
            How many. If fewer candidates have a mean loss, all of these are returned.
        loss : str or Loss, optional
            By which loss they are ranked. By default the last one compared, other than the
            classification error.

        Returns
        -------
        dict of str to estimator
            The best first, by the names that they have here: clones of the estimator of the search
            with the parameters of the candidate, not fitted.

        Raises
        ------
        ValueError
            For an unknown loss, and where there was no search.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold
        >>> from sklearn.tree import DecisionTreeClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> tree = DecisionTreeClassifier(random_state=0)
        >>> search = GridSearchCV(tree, {"max_depth": [1, 2, 3, 4]}, scoring=sx.neg_brier_loss)
        >>> best = sx.compare_search(search.fit(X, y)).shortlist(2)
        >>> best
        {'max_depth=4': DecisionTreeClassifier(max_depth=4, random_state=0), 'max_depth=3': ...}
        >>> cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=1)
        >>> comparison = sx.compare_models(best, X, y, cv=cv, losses="brier_loss")
        """
        if self._candidates is None:
            raise ValueError(
                "shortlist needs the candidates of a search: only compare_search has any, and "
                "to_dict does not save them."
            )
        out = {}
        for name in self._results(loss).able[: read_whole("n", n, 1)]:
            search, params = self._candidates[name]
            if not hasattr(search, "estimator"):
                raise ValueError(
                    f"shortlist needs a search that has its estimator; {type(search).__name__} "
                    "has no attribute estimator."
                )
            out[name] = clone(search.estimator).set_params(**clone(dict(params), safe=False))
        return out
