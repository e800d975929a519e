"""Comparing estimators by cross-validation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import indexable

from sklearn_xent._host import is_foreign, to_host
from sklearn_xent._messages import rewarn, shorten, warn
from sklearn_xent.comparison.result import Comparison, keeps_warnings
from sklearn_xent.comparison.samples import SampleLosses
from sklearn_xent.comparison.split_scores import ModelScores, fits_of, scores_of
from sklearn_xent.exceptions import FailedModelWarning
from sklearn_xent.inference.design import Design, Options
from sklearn_xent.inputs.alignment import RowsOf, check_rows
from sklearn_xent.inputs.predictions import StoredPredictions
from sklearn_xent.inputs.validation import Target, read_flag, read_normalize, validate_target
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import read_losses
from sklearn_xent.report.content import Facts, describe, describe_splits
from sklearn_xent.report.footnotes import few
from sklearn_xent.scoring.estimators import STRATIFY, Split, read_response_method, warn_unseen
from sklearn_xent.scoring.evaluation import for_classes
from sklearn_xent.training.fits import (
    Answer,
    ClassFrequencies,
    Data,
    failures_of,
    fit_all,
    predictions_of,
    read_n_jobs,
)
from sklearn_xent.training.models import read_models, with_prior
from sklearn_xent.training.scorers import read_scoring
from sklearn_xent.training.splits import read_splits

IN_TIME = "Let the first split train on a longer stretch, or get more samples of these classes."


@keeps_warnings
def compare_models(
    models: Mapping[str, Any] | Sequence[Any],
    X: Any,
    y: Any,
    *,
    cv: Any = None,
    groups: ArrayLike | None = None,
    times: ArrayLike | None = None,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    scoring: Any = None,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
    params: Mapping[str, Any] | None = None,
    response_method: str | Sequence[str] = "predict_proba",
    normalize: bool = False,
    baseline: str | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    equivalence_margin: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
    method: Literal["auto", "bootstrap_t"] = "auto",
    seed: int = 0,
    error_score: float | Literal["raise"] = np.nan,
    return_estimators: bool = False,
    n_jobs: int | None = None,
    progress: bool = False,
) -> Comparison:
    """Compare classifiers by cross-validation, on the same splits and all losses at once.

    Each model is fitted on each training part and predicts the test part. Where every sample is
    tested at most once, as in one K-fold run, the paired differences of the losses are compared
    sample by sample: the intervals are about the models that were fitted, not about all models
    that the algorithm might produce. Splits that can test samples more than once, as repeated
    K-fold and ``ShuffleSplit`` do, are compared by their means, corrected for their overlap. If
    every split tests later rows than it trains on, as with ``TimeSeriesSplit``, the rows are in
    time order, and the intervals allow for their dependence.

    Parameters
    ----------
    models : dict of str to estimator, list of estimators, or list of (str, estimator)
        Classifiers with ``predict_proba``; they are cloned, not changed. In a list without names
        they are named by their classes (a pipeline by that of its last step), and numbered where
        a name repeats.
    X : array-like of shape (n_samples, n_features)
        The data, as the estimators take it.
    y : array-like of shape (n_samples,)
        Class labels. On a device they come to the host, but models get them where they are, if `X`
        is an array of PyTorch, JAX or CuPy as well.
    cv : int, splitter or iterable of (train, test), optional
        By default ten stratified, shuffled folds with a fixed seed; with `groups`, folds that
        keep groups together; with `times`, five splits that test later times only.
    groups : array-like of shape (n_samples,), optional
        Clusters of samples that are not independent, such as those of one patient: given to the
        splitter, and to the intervals, which are then cluster-robust. With `times` only the
        splitter gets them: they must be parts of time, such as months, and may then be on both
        sides of a split.
    times : array-like of shape (n_samples,), optional
        The time of each sample, as in `compare_predictions`. Splits must test each sample once.
    losses : sequence of str or Loss, optional
        By default classification error, Brier loss and cross-entropy.
    scoring : str, list, dict or callable, optional
        Scorers beside the losses, as `cross_validate` takes them: a name of scikit-learn, a list of
        names, ``{name: scorer}``, or a function ``scorer(estimator, X, y)`` that returns a number
        or a dict. A score is known of whole splits only: models are compared by the corrected
        t-test over the splits, which is about retrained models. As a loss it is minus the score,
        so that a positive difference is worse; ``summary.mean_score`` is the score. ``neg_x`` gives
        the loss x.
    labels : array-like of shape (n_classes,), optional
        All classes, for a loss to which their order matters. By default the sorted labels of
        `y`.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples in the losses and scores. To weigh them in training too, pass them
        in `params`.
    class_weight : dict or "balanced", optional
        Weights of the classes in the losses and scores, times `sample_weight`. ``"balanced"`` gives
        every class the same total, by the frequencies of all of `y`.
    params : dict, optional
        Passed to ``fit``, row by row where they have one entry a sample; with metadata routing
        enabled, to whichever step of a model requests them.
    response_method : str or sequence of str, default="predict_proba"
        As in `LossScorer`.
    normalize : bool, default=False
        Whether to divide each row of probabilities by its sum, as in `compare_predictions`.
    baseline : str, optional
        Compare each model with this one only, instead of all pairs. ``"prior"`` adds a model of
        this name, unless there is one: it predicts the class frequencies of each training part,
        weighted as the losses are, to see whether any model is better than that.
    pairs : list of (str, str), optional
        Planned contrasts, as in `compare_predictions`; excludes `baseline`.
    equivalence_margin : float or dict, optional
        The greatest difference that does not matter, as in `compare_predictions`.
    confidence_level : float, default=0.95
        Level of the intervals.
    method : {"auto", "bootstrap_t"}, default="auto"
        How differences are tested, as in `compare_predictions`.
    seed : int, default=0
        Seed of the bootstrap.
    error_score : "raise" or nan, default=nan
        Whether a model that fails raises, or has no numbers and says why in its rows, with a
        `FailedModelWarning`. If all fail, the first error is raised. A scorer that fails for a
        model costs the rows of this score only.
    return_estimators : bool, default=False
        Whether ``comparison.fits`` holds the fitted estimators, in a column ``estimator``.
    n_jobs : int, optional
        How many fits run in parallel, as in joblib.
    progress : bool, default=False
        Whether to show how many of the fits are done: a tqdm bar where tqdm is installed, plain
        lines where it is not.

    Returns
    -------
    Comparison
        The losses and their differences, with intervals, tests and conclusions.

    Raises
    ------
    ValueError
        As in the metric functions, naming the model; when splits are not what they should be, or
        `y` has one class only; for a scorer that is none, has the name of a loss that is compared,
        is a loss whose sign was not turned, or takes no weights although there are some.

    Warns
    -----
    FailedModelWarning
        When a model has no losses, or no score.
    SerialDependenceWarning
        As in `compare_predictions`.
    UnseenClassWarning
        When a training part lacks a class that its test part holds.
    ZeroProbabilityWarning
        As in `cross_entropy`, once for all models.
    UnstableModelsWarning
        When losses of the same sample differ so much between repeats that the corrected test may
        claim too much.
    FittedModelsWarning
        When a difference is clear for the models that were fitted, but not for retrained models,
        by the corrected test of the split means.
    RareClassWarning, LeverageWarning, DegenerateDifferenceWarning
        As in `compare_predictions`.

    Notes
    -----
    Intervals of one K-fold run are a little too narrow for few samples, since each sample also
    trains the models of the other folds. On eight real data sets, 95 % intervals of ten folds held
    the true difference in 90.7 % of draws of 100 samples, in 91.4 % of 200 and in 93.2 % of 500;
    those of five folds of 200 samples in 92.9 %. Intervals of repeated folds are rather too wide.

    References
    ----------
    Bayle, P., Bayle, A., Janson, L. and Mackey, L. (2020). Cross-validation confidence
    intervals for test error. NeurIPS 33, for one K-fold run. Nadeau, C. and Bengio, Y. (2003).
    Inference for the generalization error. Machine Learning 52, 239-281, for repeated splits.

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
    models = with_prior(read_models(models), baseline, ClassFrequencies())
    names = list(models)
    options = Options.read(
        confidence_level, baseline, equivalence_margin, method, seed, pairs=pairs, names=names
    )
    chosen = read_losses(losses)
    raises = _read_error_score(error_score)
    methods = read_response_method(response_method)
    divides = read_normalize(normalize, [name for name in methods if name != "predict_proba"])
    scorers = read_scoring(
        scoring, [loss.name for loss in chosen], weights=_weights_of(sample_weight, class_weight)
    )
    if not scorers.one:  # else the scores are known only when it was called
        scored = [score.name for score in scorers.scores]
        options = options.with_margins([*(loss.name for loss in chosen), *scored])
    X, y = indexable(X, y)
    check_rows([RowsOf("X", X), RowsOf("y", y)])
    y, y_of_fit = _read_y(X, y)
    target = validate_target(
        y,
        labels=labels,
        sample_weight=sample_weight,
        class_weight=class_weight,
        groups=groups,
        times=times,
    )
    for_classes(chosen, target)  # or raise before anything is fitted
    splits, target, design = read_splits(cv, X, y, target, options)
    data = Data(
        X,
        y_of_fit,
        y,
        target.classes,
        _read_params(params, y),
        methods,
        divides,
        target.weight,
        scorers,
        keep=read_flag("return_estimators", return_estimators),
    )
    by_model = fit_all(
        data, models, splits, n_jobs=read_n_jobs(n_jobs), raises=raises, progress=progress
    )
    rewarn(
        warning for answers in by_model.values() for each in answers for warning in each.warnings
    )
    samples = _evaluate(chosen, target, design, splits, by_model, options)
    scores = scores_of(scorers, by_model, design, samples)
    options = options.with_margins([*samples.infos, *({} if scores is None else scores.infos)])
    _warn_of_models(samples, scores, by_model)
    return replace(
        Comparison._from_samples(samples, options, scores),
        _facts=Facts(
            splits=describe_splits(cv, len(splits), grouped=target.groups is not None),
            models={name: describe(model) for name, model in models.items()},
            n_features=X.shape[1] if len(getattr(X, "shape", ())) == 2 else None,
        ),
        _fits=fits_of(by_model, [len(train) for train, _ in splits], keep=data.keep),
    )


# --- arguments ------------------------------------------------------------------------------


def _weights_of(sample_weight: Any, class_weight: Any) -> list[str]:
    """Return the names of the arguments that weigh samples."""
    given = {"sample_weight": sample_weight, "class_weight": class_weight}
    return [name for name, value in given.items() if value is not None]


def _read_y(X: Any, y: Any) -> tuple[Any, Any]:
    """Return the labels on the host, and as models are fitted on them.

    Only beside an X of another library do models get them as they came, on the device of X.
    """
    if np.ndim(y) == 2 and np.shape(y)[1] == 1:
        y = y.iloc[:, 0] if hasattr(y, "iloc") else y if is_foreign(y) else np.asarray(y)
        y = y[:, 0] if np.ndim(y) == 2 else y
    on_host = to_host("y", y)
    return on_host, y if is_foreign(X) else on_host


def _read_params(params: Any, y: Any) -> dict[str, Any]:
    """Return the parameters of ``fit``; those of samples must be in the order of the samples."""
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise ValueError(f"params must be a dict of arguments of fit; got {shorten(params)}.")
    for key, value in params.items():
        if isinstance(value, pd.DataFrame | pd.Series) and len(value) == len(y):
            check_rows([RowsOf("y", y), RowsOf(f"params[{key!r}]", value)])
    return dict(params)


def _read_error_score(error_score: Any) -> bool:
    """Return whether errors are raised."""
    if isinstance(error_score, str) and error_score == "raise":
        return True
    if isinstance(error_score, float | np.floating) and np.isnan(error_score):
        return False
    raise ValueError(f'error_score must be "raise" or nan; got {shorten(error_score)}.')


# --- losses ---------------------------------------------------------------------------------


def _evaluate(
    losses: Sequence[Loss],
    target: Target,
    design: Design,
    splits: Sequence[Split],
    by_model: Mapping[str, Sequence[Answer]],
    options: Options,
) -> SampleLosses:
    """Return the losses of all tested samples, sorted by their rows; nan for failed models."""
    names, failures = list(by_model), failures_of(by_model)
    able = [name for name in names if name not in failures]
    parts = []
    for i, (_, test) in enumerate(splits):
        predictions = predictions_of(by_model[name][i] for name in able)
        part = Design(design.estimand, test)
        of_split = target.take(test)
        parts.append(SampleLosses.evaluate(able, losses, of_split, predictions, part, options))
    values = np.full((len(losses), len(names), len(design.rows)), np.nan)
    n_zero = np.zeros((len(names), len(losses)), dtype=np.int64)
    n_normalized = np.zeros(len(names), dtype=np.int64)
    rows = [names.index(name) for name in able]
    values[:, rows] = np.concatenate([part.values for part in parts], axis=2)
    n_zero[rows] = np.sum([part.n_zero for part in parts], axis=0)
    n_normalized[rows] = np.sum([part.n_normalized for part in parts], axis=0)
    samples = SampleLosses(
        names,
        losses,
        values,
        n_zero.tolist(),
        n_normalized.tolist(),
        np.maximum.reduce([part.ranges for part in parts]),
        target.take(design.rows),
        design,
        target.row_labels,
        [StoredPredictions.from_parts(predictions_of(by_model[name])) for name in names],
        failures,
        _predicted_classes(parts, rows, len(names)),
    )
    return samples.take(np.argsort(design.rows, kind="stable"))


def _predicted_classes(
    parts: Sequence[SampleLosses], rows: Sequence[int], n_models: int
) -> NDArray[np.bool_] | None:
    """Return which classes each model predicted in some split."""
    of_parts = [part.predicted_classes for part in parts if part.predicted_classes is not None]
    if not of_parts:
        return None
    out = np.zeros((n_models, of_parts[0].shape[1]), dtype=np.bool_)
    out[rows] = np.logical_or.reduce(of_parts)
    return out


def _warn_of_models(
    samples: SampleLosses, scores: ModelScores | None, by_model: Mapping[str, Sequence[Answer]]
) -> None:
    """Warn of models that failed, classes unseen in training, and other zero probabilities."""
    found = {"losses": samples.failures}
    for score, failures in ({} if scores is None else scores.failures).items():
        found[score] = {x: why for x, why in failures.items() if x not in samples.failures}
    said = []
    for what, failures in found.items():
        models: dict[str, list[str]] = {}
        for name, why in failures.items():
            models.setdefault(why, []).append(f"models[{name!r}]")
        start = f"no {what}: " if what == "losses" else f"no {what}: the scorer of "
        said += [f"{start}{few(names)} failed with {why}" for why, names in models.items()]
    if said:
        warn("; ".join(said), FailedModelWarning)
    unseen = [
        sum((Counter(answer.unseen) for answer in answers), Counter())
        for answers in by_model.values()
    ]
    fix = STRATIFY if samples.target.times is None else IN_TIME
    warn_unseen(reduce(or_, unseen), "in some splits the models were", fix)
    # a class that training lacked has a probability of zero, of which was warned already
    n_zero = [
        [zero - sum(counts.values()) for zero in of_model]
        for counts, of_model in zip(unseen, samples.n_zero, strict=True)
    ]
    replace(samples, n_zero=n_zero).warn_zero(len(samples.target))
