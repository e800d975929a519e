"""Choosing which candidate of a search to refit."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent.inference.paired_tests import NOISE, corrected_std_error
from sklearn_xent.search.search import Results, candidate_names, last_rung, one_score, split_scores
from sklearn_xent.training.split_sizes import size_ratio

Simplicity = str | Callable[[Mapping[str, Any]], Any]


def one_standard_error(
    simplicity: Simplicity,
    *,
    simplest: Literal["least", "greatest"] = "least",
    score: str | None = None,
    cv: Any = None,
) -> "OneStandardError":
    """Make a ``refit=`` callable that picks the simplest candidate not clearly worse than the best.

    Of the candidates whose mean score is within one standard error of the best, the simplest is
    refitted. Two standard errors must agree: that of the *paired difference* to the best, and the
    classic one, of the best's own score. The first is the sharper one where splits differ in how
    hard they are. The second keeps out a candidate that fails in one split, whose differences
    vary so much that their standard error exceeds their mean. Both are over the splits and
    corrected for their overlap (Nadeau and Bengio): ``s * sqrt(1 / J + n_test / n_train)`` with
    the standard deviation s of the J values.

    Parameters
    ----------
    simplicity : str or callable
        A parameter, or a function of a candidate's parameters, ``key(params)``, that orders the
        candidates by how simple they are.
    simplest : {"least", "greatest"}, default="least"
        Which value of it is the simplest.
    score : str, optional
        Name of the score to choose by, where the search has several.
    cv : int, splitter or list of (train, test), optional
        What the search was given, from which the sizes of the parts are known. The default is
        that of the searches, five folds.

    Returns
    -------
    OneStandardError
        A callable for ``refit=``. Its ``table(search.cv_results_)`` shows why it chose.

    Raises
    ------
    ValueError
        When called, if the parameter or the score is not in the results, no candidate has a
        finite score in every split, simplicities cannot be ordered, or the sizes of the parts
        cannot be known.

    Notes
    -----
    Candidates without a finite score in every split are passed over. Of equally simple ones the
    best is taken. As with any callable ``refit``, the search has no ``best_score_``, and an error
    of the rule comes after all fits: to be safe fit with ``refit=False``, and call
    ``rule(search.cv_results_)`` for the index of the candidate. Halving searches ignore such a
    callable; called by hand, it chooses among the candidates of the last iteration.

    References
    ----------
    Breiman, L., Friedman, J., Olshen, R. and Stone, C. (1984). Classification and Regression
    Trees, section 3.4.3, for the rule. Nadeau, C. and Bengio, Y. (2003). Inference for the
    generalization error. Machine Learning 52, 239-281, for the correction.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_depth": [1, 2, 3, 4, 5]},
    ...     scoring=sx.neg_brier_loss,
    ...     refit=sx.one_standard_error("max_depth"),
    ... )
    >>> search.fit(X, y).best_params_
    {'max_depth': 3}
    >>> table = search.refit.table(search.cv_results_)
    >>> print(table.round(3).to_string(index=False))
      candidate  score  difference  std_error  std_error_best  eligible  chosen
    max_depth=1 -0.333       0.263      0.053           0.053     False   False
    max_depth=2 -0.127       0.057      0.067           0.053     False   False
    max_depth=3 -0.076       0.006      0.034           0.053      True    True
    max_depth=4 -0.070       0.000      0.000           0.053      True   False
    max_depth=5 -0.080       0.010      0.015           0.053      True   False
    """
    if not (isinstance(simplicity, str) or callable(simplicity)):
        raise ValueError(
            "simplicity must be the name of a parameter, or a function of a candidate's "
            f"parameters; got {shorten(simplicity)}."
        )
    if not isinstance(simplest, str) or simplest not in ("least", "greatest"):
        raise ValueError(f'simplest must be "least" or "greatest"; got {shorten(simplest)}.')
    return OneStandardError(simplicity, simplest, score, cv)


@dataclass(frozen=True, eq=False)
class OneStandardError:
    """Hold the rule of `one_standard_error`, as a callable on ``cv_results_``."""

    simplicity: Simplicity
    simplest: Literal["least", "greatest"]
    score: str | None
    cv: Any

    def __call__(self, cv_results: Results) -> int:
        """Return the index of the candidate to refit."""
        table = self.table(cv_results)
        return int(table.index[table["chosen"]][0])

    def table(self, cv_results: Results) -> pd.DataFrame:
        """Return why a candidate was chosen: a row for each, of a halving search's last iteration.

        Columns ``candidate`` (the parameters that vary), ``score`` (its mean), ``difference``
        (that of the best less it), ``std_error`` (of the difference), ``std_error_best`` (of the
        best's own score), ``eligible`` (whether the difference is within both) and ``chosen``.
        """
        name = one_score(cv_results, self.score)
        rows = last_rung(cv_results)
        scores = split_scores(cv_results, name)[rows]
        params = [cv_results["params"][row] for row in rows]
        ratio = size_ratio(self.cv, scores.shape[1])
        if scores.shape[1] < 2:
            raise ValueError("one standard error needs at least two splits; the results hold one.")
        finite = np.isfinite(scores).all(axis=1)
        if not finite.any():
            raise ValueError("no candidate has a finite score in every split; see cv_results_.")
        with np.errstate(invalid="ignore"):
            mean = scores.mean(axis=1)
            best = np.where(finite, mean, -np.inf).argmax()
            difference = scores[best] - scores
            gap = mean[best] - mean
        std_error = corrected_std_error(difference, ratio)
        of_best = float(corrected_std_error(scores[best], ratio))
        rounding = NOISE * float(np.abs(scores[best]).max())
        eligible = finite & (gap <= np.minimum(std_error, of_best) + rounding)
        return pd.DataFrame(
            {
                "candidate": candidate_names(params),
                "score": mean,
                "difference": gap,
                "std_error": std_error,
                "std_error_best": of_best,
                "eligible": eligible,
                "chosen": np.arange(len(rows)) == self._simplest(params, eligible, gap),
            },
            index=pd.Index(rows) if len(rows) < len(cv_results["params"]) else None,
        )

    def _simplest(
        self, params: Sequence[Mapping[str, Any]], eligible: NDArray[np.bool_], gap: Floats
    ) -> int:
        """Return the simplest of the eligible candidates; of equally simple ones the best."""
        keys = [self._key(candidate) for candidate in params]
        rows = sorted(np.flatnonzero(eligible), key=gap.__getitem__)
        try:
            if any(isinstance(key, float | Decimal) and math.isnan(key) for key in keys):
                raise TypeError("a nan has no order")
            pick = min if self.simplest == "least" else max
            return int(pick(rows, key=keys.__getitem__))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"simplicities must be comparable; got [{shorten_all(keys)}] ({error}). Pass a "
                "function of the parameters, such as "
                "lambda params: params['max_depth'] or float('inf')."
            ) from None

    def _key(self, params: Mapping[str, Any]) -> Any:
        """Return what orders a candidate."""
        if not isinstance(self.simplicity, str):
            return self.simplicity(params)
        if self.simplicity not in params:
            of_steps = [name for name in params if name.endswith(f"__{self.simplicity}")]
            meant = f" Did you mean {of_steps[0]!r}?" if of_steps else ""
            raise ValueError(
                f"simplicity={self.simplicity!r} is no parameter of candidate {shorten(params)}."
                + meant
            )
        return params[self.simplicity]
