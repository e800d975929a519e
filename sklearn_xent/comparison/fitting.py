"""How models were fitted, and which are short-listed: methods of `Comparison`."""

from __future__ import annotations

from typing import Protocol

import pandas as pd


class Fitted(Protocol):
    """What `fits` needs of a comparison."""

    @property
    def summary(self) -> pd.DataFrame:
        """Mean losses."""
        ...

    @property
    def _fits(self) -> pd.DataFrame | None: ...


def fits(self: Fitted) -> pd.DataFrame:
    """Return what was fitted: a row for each model and split of `compare_models`.

    Columns ``model``, ``split``, ``n_train`` (samples of the training part), ``fit_time`` and
    ``score_time`` (seconds, nan where the fit failed), ``best_params`` (what a search chose in this
    training part; None for other models), and with ``return_estimators=True`` also ``estimator``.

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
            "split."
        )
    shown = set(self.summary["model"])
    return self._fits[self._fits["model"].isin(shown)].reset_index(drop=True)
