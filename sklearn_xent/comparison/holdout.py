"""Comparing the predictions of several models on one test set."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sklearn_xent._arrays import Codes
from sklearn_xent._messages import shorten
from sklearn_xent.comparison.result import Comparison, keeps_warnings
from sklearn_xent.comparison.samples import SampleLosses
from sklearn_xent.inference.dependence import check_times
from sklearn_xent.inference.design import Design, Options
from sklearn_xent.inputs.alignment import RowsOf, check_rows, first_repeated, suspect_labels
from sklearn_xent.inputs.labels import LabelVector
from sklearn_xent.inputs.predictions import Matrix, Predictions, StoredPredictions
from sklearn_xent.inputs.validation import (
    Target,
    names_of_logits,
    read_names,
    read_vector,
    validate,
)
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import read_losses
from sklearn_xent.training.models import PRIOR, by_column, check_no_classes, with_prior

ONE_TEST_SET = "mean loss of these fitted models on new samples like the test set"


@keeps_warnings
def compare_predictions(
    y_true: Any,
    predictions: Mapping[str, Any] | pd.DataFrame,
    *,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
    groups: ArrayLike | None = None,
    times: ArrayLike | None = None,
    folds: ArrayLike | None = None,
    from_logits: bool | Collection[str] = False,
    normalize: bool = False,
    baseline: str | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    equivalence_margin: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
    method: Literal["auto", "bootstrap_t"] = "auto",
    seed: int = 0,
) -> Comparison:
    """Compare the predictions of several models on one test set.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_classes)
        Class labels, or target distributions.
    predictions : dict of str to array-like of shape (n_samples, n_classes) or (n_samples,)
        Predicted probabilities of each model, for the same samples in the same order. Arrays of
        PyTorch, JAX or CuPy come to the host, here and in the other arguments. With two classes
        also a DataFrame with a column for each model: the probabilities of the second class.
    losses : sequence of str or Loss, optional
        By default classification error, Brier loss and cross-entropy.
    labels : array-like of shape (n_classes,), optional
        The classes in the order of the columns.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples. Unless they are all the same, intervals are those of the ratio
        estimator with an HC1-style variance.
    class_weight : dict or "balanced", optional
        Weights of the classes, times `sample_weight`. ``"balanced"`` gives every class the same
        total, by the frequencies of all of `y_true`.
    groups : array-like of shape (n_samples,), optional
        Clusters of samples that are not independent, such as those of one patient. Intervals are
        then cluster-robust: about new clusters. A claim has the caution "clusters skewed" unless
        a wild cluster bootstrap and two bootstrap-t's confirm it.
    times : array-like of shape (n_samples,), optional
        The time of each sample, if samples are not independent because they follow each other:
        numbers, dates or anything else that can be sorted, in any order. Samples of the same time
        are summed. Intervals and tests then allow for dependence between times (see References);
        they need at least ten times, and cannot be combined with `groups`.
    folds : array-like of shape (n_samples,), optional
        If the predictions are out-of-fold, as `cross_val_predict` returns them: the fold in which
        each sample was tested. The results are then about the fitted models of all folds, with a
        check for retrained models, as those of `compare_models` are.
    from_logits : bool or collection of str, default=False
        Whether the predictions are logits, or the names of the models whose predictions are.
    normalize : bool, default=False
        Whether to divide each row of probabilities by its sum, as in `cross_entropy`;
        ``summary.n_normalized`` counts the rows that this changed.
    baseline : str, optional
        Compare each model with this one only, instead of all pairs. ``"prior"`` adds a model of
        this name, unless there is one: it predicts the weighted class frequencies of `y_true`, with
        `folds` those of the other folds, to see whether any model is better than that.
    pairs : list of (str, str), optional
        Planned contrasts: the only pairs to compare, given before the results are seen. Of each,
        the first name is A. P-values are corrected for these pairs only. Excludes `baseline`.
    equivalence_margin : float or dict, optional
        The greatest difference that does not matter, in units of the loss, or one for each loss
        by its name. Pairs that two one-sided tests place within it are "equivalent": at a
        level of 95%, those whose 90% interval lies within it. Error rates are tested by Tango's
        score. Under other losses rows too rare for the sample must not matter: the absolute
        difference plus 3 / n times the greatest difference that the loss allows must be below
        the margin, and ten rows make up half of the sum of squares; else the row carries the
        caution "few rows differ". A margin of 0.01 needs more than 300 samples for the Brier
        loss of two classes, and 10,800 for cross-entropy.
    confidence_level : float, default=0.95
        Level of the intervals; conclusions are drawn at one minus it.
    method : {"auto", "bootstrap_t"}, default="auto"
        "bootstrap_t" replaces the t-distribution of differences by a studentised bootstrap of
        1999 resamples, for skewed losses such as cross-entropy on a few hundred samples; the
        classification error keeps its method for few discordant pairs.
    seed : int, default=0
        Seed of the bootstrap.

    Returns
    -------
    Comparison
        The losses and their differences, with intervals, tests and conclusions.

    Raises
    ------
    ValueError
        As in the metric functions, naming the model; when there is no model, or a baseline or pair
        that names none of them; for times that cannot be sorted, or combined with the other
        arguments; for a sample that is there twice although there are folds.

    Warns
    -----
    ZeroProbabilityWarning
        As in `cross_entropy`, once for all models.
    RareClassWarning
        When a model never predicts a class with less than half the samples of its share.
    DegenerateDifferenceWarning
        When two models differ by the same amount on every sample, under every loss.
    LeverageWarning
        When one sample decides so much of a claim that its interval may be too narrow.
    SerialDependenceWarning
        When neighbouring rows look dependent, and neither times nor groups were given; or when
        differences depend on each other so much that the test for time order claims too much.
    FittedModelsWarning
        With `folds`, as in `compare_models`.

    References
    ----------
    Lazarus, E., Lewis, D. J., Stock, J. H. and Watson, M. W. (2018). HAR inference:
    recommendations for practice. Journal of Business & Economic Statistics 36, 541-559, for times.
    Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear
    models. Biometrika 73, 13-22, for clusters. Schuirmann, D. J. (1987). A comparison of the two
    one-sided tests procedure and the power approach. Journal of Pharmacokinetics and
    Biopharmaceutics 15, 657-680, and Tango, T. (1998). Equivalence test and confidence interval
    for the difference in proportions for the paired-sample design. Statistics in Medicine 17,
    891-908, for equivalence. Hall, P. (1988). Theoretical comparison of
    bootstrap confidence intervals. Annals of Statistics 16, 927-953.
    Agresti, A. and Min, Y. (2005). Simple improved confidence intervals for comparing matched
    proportions. Statistics in Medicine 24, 729-740.

    Examples
    --------
    Both models predict the same classes, so the classification error cannot tell them apart:

    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.95, 300)
    >>> y = (rng.random(300) < p).astype(int)
    >>> comparison = sx.compare_predictions(y, {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)},
    ...                                     losses=["brier_loss", "cross_entropy"])
    >>> comparison.differences[["loss", "model_a", "model_b", "difference", "conclusion"]].round(3)
                loss model_a model_b  difference conclusion
    0     brier_loss   sharp   timid      -0.031   a better
    1  cross_entropy   sharp   timid      -0.082   a better
    """
    columns = by_column(predictions)
    predictions = predictions if columns is None else columns
    given = read_names("predictions", predictions)
    names = list(with_prior(dict.fromkeys(given), baseline, None))
    options = Options.read(
        confidence_level, baseline, equivalence_margin, method, seed, pairs=pairs, names=names
    )
    chosen = read_losses(losses)
    options = options.with_margins([loss.name for loss in chosen])
    arguments = {name: f"predictions[{name!r}]" for name in given}
    check_order(groups is not None, times is not None, options)
    target, validated = validate(
        y_true,
        {arguments[name]: predictions[name] for name in given},
        labels=labels,
        sample_weight=sample_weight,
        class_weight=class_weight,
        groups=groups,
        times=times,
        logits=names_of_logits(from_logits, arguments),
        normalize=normalize,
        check=True,
    )
    if columns is not None:
        check_no_classes(columns, target.classes)
    if any(loss.strictly_proper for loss in chosen):
        for prediction in validated:
            suspect_labels(prediction)
    if target.times is not None:
        check_times(target.times if target.weight is None else target.times[target.weight > 0])
    design = Design(ONE_TEST_SET, np.arange(len(target)))
    if folds is not None:
        design = Design.from_folds(_read_folds(folds, target, validated))
    if len(names) > len(given):
        validated.append(_frequencies(target, design))
    stored = [StoredPredictions.from_parts([prediction]) for prediction in validated]
    samples = SampleLosses.evaluate(names, chosen, target, validated, design, options, stored)
    samples.warn_zero(len(target))
    return Comparison._from_samples(samples, options)


def _frequencies(target: Target, design: Design) -> Predictions:
    """Return the class frequencies as predictions; of each fold those of the other folds."""
    shape = (len(target), len(target.classes))
    values = np.empty(shape)
    values[:] = target.prior
    for fold in () if design.split is None else range(design.n_splits):
        here = design.split == fold
        values[here] = target.take(np.flatnonzero(~here)).prior
    return Predictions(Matrix(f"the frequencies of the classes ({PRIOR!r})", values)).read_checked()


def check_order(has_groups: bool, has_times: bool, options: Options) -> None:
    """Check that nothing else is asked of samples in time order than their test can do."""
    if not has_times:
        return
    if has_groups:
        raise ValueError(
            "times= and groups= cannot be combined: the test for time order knows no clusters. If "
            "all samples of a group are of one time, pass times alone, which sums them; if groups "
            "are independent of each other, pass groups alone."
        )
    if options.method != "auto":
        raise ValueError(
            f"method={options.method!r} draws samples as if they were independent, but times= says "
            'that they are in time order. Leave it out: method="auto" tests in time order.'
        )


def _read_folds(folds: Any, target: Target, predictions: Sequence[Predictions]) -> Codes:
    """Return the fold of each sample, 0..K-1; an error where a sample is there twice."""
    vector = read_vector("folds", folds)
    check_rows([RowsOf("y_true", pd.Series(index=target.row_labels, dtype=object)), vector])
    for index in (target.index, vector.index, *(p.matrix.index for p in predictions)):
        if index is None or not index.has_duplicates:
            continue
        label, first, row = first_repeated(index)
        raise ValueError(
            f"folds= needs each sample once, but the index names {shorten(label)} in rows "
            f"{first} and {row}. For repeated folds use compare_models(models, X, y, "
            "cv=RepeatedStratifiedKFold(...)), which corrects for their overlap."
        )
    return codes_of_folds(vector, target.groups)


def codes_of_folds(vector: LabelVector, groups: Codes | None) -> Codes:
    """Return the fold of each sample, 0..K-1; no group may be in two folds."""
    codes = np.unique(vector.codes, return_inverse=True)[1]
    if codes.max() < 1:
        raise ValueError(
            f"folds must name at least two folds; got only {shorten(vector[0])}. For one test set "
            "leave folds out."
        )
    if groups is not None:
        _check_whole_groups(codes, groups, vector)
    return np.asarray(codes, dtype=np.intp)


def _check_whole_groups(folds: Codes, groups: Codes, vector: LabelVector) -> None:
    """Check that no group was cut in two by the folds."""
    of_group = np.zeros(int(groups.max()) + 1, dtype=np.intp)
    of_group[groups] = folds
    cut = np.flatnonzero(of_group[groups] != folds)
    if len(cut):
        row = int(cut[0])
        other = int(np.flatnonzero((groups == groups[row]) & (folds == of_group[groups[row]]))[0])
        n_cut = len(np.unique(groups[cut]))
        raise ValueError(
            f"folds must keep the samples of a group together, but {n_cut} groups are in several "
            f"folds: rows {min(row, other)} and {max(row, other)} are of one group, in the folds "
            f"{shorten(vector[min(row, other)])} and {shorten(vector[max(row, other)])}. The model "
            "of a fold knew the group, which flatters. Predict with GroupKFold."
        )
