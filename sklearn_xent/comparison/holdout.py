"""Comparing the predictions of several models on one test set."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from sklearn_xent.comparison.result import Comparison, keeps_warnings
from sklearn_xent.comparison.samples import SampleLosses
from sklearn_xent.inference.design import Design, Options
from sklearn_xent.inputs.predictions import StoredPredictions
from sklearn_xent.inputs.validation import names_of_logits, read_names, validate
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import read_losses

ONE_TEST_SET = "mean loss of these models on new samples like the test set"


@keeps_warnings
def compare_predictions(
    y_true: Any,
    predictions: Mapping[str, Any],
    *,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    from_logits: bool | Collection[str] = False,
    baseline: str | None = None,
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
        Predicted probabilities of each model, for the same samples in the same order.
    losses : sequence of str or Loss, optional
        By default classification error, Brier loss and cross-entropy.
    labels : array-like of shape (n_classes,), optional
        The classes in the order of the columns.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples. Unless they are all the same, intervals are those of the ratio
        estimator with an HC1-style variance.
    groups : array-like of shape (n_samples,), optional
        Clusters of samples that are not independent, such as those of one patient. Intervals are
        then cluster-robust: about new clusters. A claim has the caution "clusters skewed" unless
        a wild cluster bootstrap and two bootstrap-t's confirm it.
    from_logits : bool or collection of str, default=False
        Whether the predictions are logits, or the names of the models whose predictions are.
    baseline : str, optional
        Compare each model with this one only, instead of all pairs.
    equivalence_margin : float or dict, optional
        The greatest difference that does not matter, in units of the loss, or one for each loss
        by its name. Pairs that two one-sided tests place within it are "equivalent": at a
        level of 95%, those whose 90% interval lies within it.
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
        As in the metric functions, naming the model; or when there is no model, or a baseline
        that is none of them.

    Warns
    -----
    ZeroProbabilityWarning
        As in `cross_entropy`, for each model.
    DegenerateDifferenceWarning
        When two models differ by the same amount on every sample.
    LeverageWarning
        When one sample decides so much of a difference that its interval may be too narrow.

    References
    ----------
    Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear
    models. Biometrika 73, 13-22, for clusters. Schuirmann, D. J. (1987). A comparison of the two
    one-sided tests procedure and the power approach. Journal of Pharmacokinetics and
    Biopharmaceutics 15, 657-680, for equivalence. Hall, P. (1988). Theoretical comparison of
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
    names = read_names("predictions", predictions)
    options = Options.read(
        confidence_level, baseline, equivalence_margin, method, seed, names=names
    )
    chosen = read_losses(losses)
    arguments = {name: f"predictions[{name!r}]" for name in names}
    target, validated = validate(
        y_true,
        {arguments[name]: predictions[name] for name in names},
        labels=labels,
        sample_weight=sample_weight,
        groups=groups,
        logits=names_of_logits(from_logits, arguments),
        check=True,
    )
    design = Design(ONE_TEST_SET, np.arange(len(target)))
    stored = [StoredPredictions.from_parts([prediction]) for prediction in validated]
    samples = SampleLosses.evaluate(names, chosen, target, validated, design, baseline, stored)
    samples.warn_zero(len(target), list(arguments.values()))
    return Comparison._from_samples(samples, options)
