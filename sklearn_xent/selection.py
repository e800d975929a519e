"""Layer 12: choosing among estimators by cross-validation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold, check_cv
from sklearn.utils import indexable
from sklearn.utils.parallel import Parallel, delayed

from sklearn_xent import _evaluation
from sklearn_xent._alignment import align, find_response, warn_unseen
from sklearn_xent._inputs import Truth, clean_target
from sklearn_xent._kernels import Floats
from sklearn_xent._labels import Classes
from sklearn_xent._loss import Loss
from sklearn_xent._rows import Indexed, check_rows
from sklearn_xent._sklearn import take_rows
from sklearn_xent._splits import Rows, Split, as_rows
from sklearn_xent.comparison import (
    Comparison,
    Design,
    assemble,
    read_losses,
    read_names,
    sample_labels,
    warn_zero,
)
from sklearn_xent.inference import check_confidence_level

FITTED_MODELS = "mean loss of the {} fitted models on new samples, averaged over the splits"


@dataclass(frozen=True)
class _FoldResult:
    values: Floats
    n_zero_probability: Sequence[int]
    unseen: Mapping[Any, int]


def compare_models(
    models: Mapping[str, Any],
    X: Any,
    y: Any,
    *,
    cv: Any = None,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    labels: Any = None,
    baseline: str | None = None,
    confidence_level: float = 0.95,
    n_jobs: int | None = None,
) -> Comparison:
    """Compare classifiers by cross-validation, on the same splits and all losses at once.

    Each model is fitted on each training part and predicts the test part; the paired
    differences of the out-of-fold losses are then compared sample by sample. The intervals are
    about the models that were fitted, not about all models the algorithm might produce.

    Parameters
    ----------
    models : dict of str to estimator
        Classifiers with ``predict_proba``; they are cloned, not changed.
    X : array-like of shape (n_samples, n_features)
        The data, as the estimators take it.
    y : array-like of shape (n_samples,)
        Class labels.
    cv : int, splitter or iterable of (train, test), optional
        No sample may be tested twice. By default ten stratified, shuffled folds with a fixed
        seed. For groups, ``cv=list(GroupKFold(5).split(X, y, groups))``; the intervals still
        take samples as independent.
    losses : sequence of str or Loss, optional
        By default classification error, Brier loss and cross-entropy.
    labels : array-like of shape (n_classes,), optional
        All classes, for a loss to which their order matters. By default the sorted labels of
        `y`.
    baseline : str, optional
        Compare each model with this one only, instead of all pairs.
    confidence_level : float, default=0.95
        Level of the intervals; conclusions are drawn at one minus it.
    n_jobs : int, optional
        How many fits run in parallel, as in joblib.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        As in the metric functions, naming the model; when a split tests a sample twice or `y`
        has one class only.

    Warns
    -----
    UnseenClassWarning
        When a training part lacks a class that its test part holds.
    ZeroProbabilityWarning
        As in `cross_entropy`, for each model.

    References
    ----------
    Bayle, P., Bayle, A., Janson, L. and Mackey, L. (2020). Cross-validation confidence
    intervals for test error. NeurIPS 33.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = load_iris(return_X_y=True)
    >>> models = {"logistic": LogisticRegression(max_iter=1000), "bayes": GaussianNB()}
    >>> comparison = sx.compare_models(models, X, y, losses="brier_loss")
    >>> comparison.summary[["model", "mean_loss", "rank"]].round(4)
          model  mean_loss  rank
    0  logistic     0.0643     1
    1     bayes     0.0765     2
    """
    level = check_confidence_level(confidence_level)
    chosen = read_losses(losses)
    names = read_names("models", models, baseline)
    X, y = indexable(X, y)
    if np.ndim(y) == 2 and np.shape(y)[1] == 1:
        y = y.iloc[:, 0] if hasattr(y, "iloc") else np.asarray(y)[:, 0]
    check_rows([Indexed("X", X), Indexed("y", y)])
    truth = clean_target(y, labels=labels)
    splits = _read_splits(cv, X, y)
    jobs = [(name, train, test) for name in names for train, test in splits]
    results = Parallel(n_jobs=n_jobs)(
        delayed(_fold_losses)(name, models[name], X, y, train, test, chosen, truth.classes)
        for name, train, test in jobs
    )
    by_model = [results[i : i + len(splits)] for i in range(0, len(results), len(splits))]
    tested = np.concatenate([test for _, test in splits])
    _warn_of(names, chosen, by_model, len(tested))
    in_order = np.argsort(tested, kind="stable")
    values = np.stack(
        [np.concatenate([fold.values for fold in folds], axis=1) for folds in by_model], axis=1
    )
    rows = tested[in_order]
    return assemble(
        names,
        chosen,
        values[:, :, in_order],
        [_sums(folds, len(chosen)) for folds in by_model],
        Truth(truth.classes, truth.y[rows], index=sample_labels(truth.index, rows)),
        Design(FITTED_MODELS.format(len(splits)), len(splits)),
        baseline=baseline,
        level=level,
    )


def _read_splits(cv: Any, X: Any, y: Any) -> list[Split]:
    if cv is None:
        cv = StratifiedKFold(10, shuffle=True, random_state=0)
    n = len(y)
    splits = [
        (as_rows(train, n), as_rows(test, n))
        for train, test in check_cv(cv, y, classifier=True).split(X, y)
    ]
    if not splits or any(len(part) == 0 for split in splits for part in split):
        raise ValueError("cv must give at least one split, each with training and test samples.")
    if any(np.isin(test, train).any() for train, test in splits):
        raise ValueError("cv must not test samples that it trains on: their losses flatter.")
    tested = np.concatenate([test for _, test in splits])
    if len(np.unique(tested)) != len(tested):
        raise ValueError(
            "cv must test no sample twice: losses of the same sample are not independent. Pass "
            "one K-fold splitter, such as StratifiedKFold(10, shuffle=True, random_state=0)."
        )
    return splits


def _fold_losses(
    name: str,
    estimator: Any,
    X: Any,
    y: Any,
    train: Rows,
    test: Rows,
    losses: Sequence[Loss],
    classes: Classes,
) -> _FoldResult:
    try:
        find_response(estimator, ["predict_proba"])
        fitted = clone(estimator).fit(take_rows(X, train), take_rows(y, train))
        response, y_test = fitted.predict_proba(take_rows(X, test)), take_rows(y, test)
        aligned = align(fitted, "predict_proba", response, y_test, classes)
        truth, predictions = aligned.clean(y_test)
        result = _evaluation.per_sample(losses, truth, predictions)
    except Exception as error:
        error.add_note(f"This was models[{name!r}], trained on {len(train)} samples.")
        raise
    return _FoldResult(result.values, result.n_zero_probability, aligned.unseen)


def _warn_of(
    names: Sequence[str],
    losses: Sequence[Loss],
    by_model: Sequence[Sequence[_FoldResult]],
    n: int,
) -> None:
    unseen = [sum((Counter(fold.unseen) for fold in folds), Counter()) for folds in by_model]
    warn_unseen(reduce(or_, unseen), "in some splits the models were")
    for name, folds, counts in zip(names, by_model, unseen, strict=True):
        of_unseen = sum(counts.values())
        rest = [n_zero - of_unseen for n_zero in _sums(folds, len(losses))]
        warn_zero(losses, rest, n, name)


def _sums(folds: Sequence[_FoldResult], n_losses: int) -> list[int]:
    return [sum(fold.n_zero_probability[i] for fold in folds) for i in range(n_losses)]
