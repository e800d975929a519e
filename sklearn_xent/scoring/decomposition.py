"""Split a mean loss into miscalibration, discrimination and uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._messages import read_whole
from sklearn_xent.inputs.predictions import Predictions, read_matrix
from sklearn_xent.inputs.validation import Target, read_flag, validate
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import get_loss
from sklearn_xent.scoring import evaluation
from sklearn_xent.scoring.skill import reference_loss

PARTS = ("score", "miscalibration", "discrimination", "uncertainty")
BINARY = "isotonic (CORP)"
MULTICLASS = "isotonic by class, renormalised"


def decompose(
    loss: str | Loss,
    y_true: Any,
    y_proba: Any,
    *,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    from_logits: bool = False,
    normalize: bool = False,
    n_resamples: int = 0,
    seed: int = 0,
) -> pd.DataFrame:
    """Split a mean loss into miscalibration, discrimination and uncertainty.

    ``score = miscalibration - discrimination + uncertainty``, exactly. The uncertainty is the
    loss of always predicting the class frequencies. The discrimination is how much lower the loss
    of recalibrated probabilities is (higher is better). The miscalibration is what recalibrating
    would save (lower is better).

    For two classes, the recalibration is the isotonic regression of the outcomes on the
    probabilities. It is optimal for every proper loss, so neither part is ever negative. With more
    classes, each class is recalibrated in this way against the others, and rows are renormalised.
    This need not be optimal, and the miscalibration may be slightly negative.

    The recalibration is fitted to the samples that it is judged on. It overfits, which makes the
    miscalibration and the discrimination too high: for two classes and perfectly calibrated
    probabilities, the Brier loss has a miscalibration of about 0.02, 0.01 and 0.003 for 100, 300
    and 3000 samples. Compare models on the same samples, and do not read a few standard errors
    from zero as a finding.

    Parameters
    ----------
    loss : str or Loss
        A strictly proper loss: Brier, cross-entropy, or one of your own.
    y_true : array-like of shape (n_samples,)
        Class labels.
    y_proba : array-like of shape (n_samples, n_classes) or (n_samples,)
        Predicted probabilities, as in `cross_entropy`.
    labels : array-like of shape (n_classes,), optional
        The classes in the order of the columns.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples, each 0 or from 1e-100 to 1e100.
    from_logits : bool, default=False
        Whether `y_proba` holds logits.
    normalize : bool, default=False
        Whether to divide each row by its sum, as in `cross_entropy`.
    n_resamples : int, default=0
        Number of bootstrap resamples for standard errors; 0 computes none.
    seed : int, default=0
        Seed of the bootstrap.

    Returns
    -------
    DataFrame
        One row: ``loss, score, miscalibration, discrimination, uncertainty, recalibration, n_obs``;
        with resamples also ``std_error_score`` and so on. It does not depend on the order of rows.

    Raises
    ------
    ValueError
        As in `cross_entropy`, for a loss that is not strictly proper, and for soft targets.

    Warns
    -----
    ZeroProbabilityWarning
        As in `cross_entropy`.

    References
    ----------
    Dimitriadis, T., Gneiting, T. and Jordan, A. I. (2021). Stable reliability diagrams for
    probabilistic classifiers. PNAS 118, e2016191118. Murphy, A. H. (1973). A new vector partition
    of the probability score. Journal of Applied Meteorology 12, 595-600.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y_true = [0, 1, 0, 1, 1, 0, 1, 1]
    >>> y_proba = [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9]
    >>> sx.decompose("brier_loss", y_true, y_proba).round(4).iloc[:, :5]
             loss  score  miscalibration  discrimination  uncertainty
    0  brier_loss  0.225          0.0792          0.0885       0.2344
    """
    chosen = get_loss(loss)
    if not chosen.strictly_proper:
        raise ValueError(
            f"{chosen.name} is not strictly proper, so recalibrating says nothing of it. Take "
            "brier_loss or cross_entropy."
        )
    target, [predictions] = validate(
        y_true,
        {"y_proba": y_proba},
        labels=labels,
        sample_weight=sample_weight,
        logits=["y_proba"] if read_flag("from_logits", from_logits) else (),
        normalize=normalize,
        check=True,
    )
    if target.y.ndim == 2:
        raise ValueError("decompose needs class labels; y_true holds target distributions.")
    n_resamples, seed = read_whole("n_resamples", n_resamples), read_whole("seed", seed)
    each = evaluation.per_sample([chosen], target, predictions)
    evaluation.warn_zero_probability(each.n_zero_probability[0], len(target), chosen, "y_proba")
    proba = predictions.probabilities()
    weight = np.ones(len(target)) if target.weight is None else target.weight
    [parts] = parts_of([chosen], target, proba, each.values, weight)
    row: dict[str, Any] = {"loss": chosen.name, **dict(zip(PARTS, parts, strict=True))}
    row["recalibration"] = recalibration_of(proba.shape[1])
    row["n_obs"] = int(np.count_nonzero(weight))
    if n_resamples:
        if n_resamples < 2 or row["n_obs"] < 2:
            raise ValueError(
                "standard errors need at least two resamples of at least two samples; got "
                f"{n_resamples} of {row['n_obs']}."
            )
        rng = np.random.default_rng(seed)
        draws = np.asarray(
            [
                parts_of([chosen], target, proba, each.values, _drawn(rng, weight))[0]
                for _ in range(n_resamples)
            ]
        )
        with np.errstate(invalid="ignore"):  # infinite losses give nan
            spread = draws.std(axis=0, ddof=1)
        row |= {f"std_error_{part}": float(x) for part, x in zip(PARTS, spread, strict=True)}
    return pd.DataFrame([row])


def recalibration_of(n_classes: int) -> str:
    """Return how probabilities of so many classes are recalibrated."""
    return BINARY if n_classes == 2 else MULTICLASS


def recalibrate(codes: Codes, proba: Floats, weight: Floats) -> Floats:
    """Recalibrate probabilities by isotonic regression, class by class, and renormalise the rows.

    Weights must be positive: then the true class of each row keeps a positive probability.
    """
    n_classes = proba.shape[1]
    if n_classes == 2:
        second = isotonic((codes == 1).astype(np.float64), proba[:, 1], weight)
        return np.column_stack([1.0 - second, second])
    of_class = [
        isotonic((codes == j).astype(np.float64), proba[:, j], weight) for j in range(n_classes)
    ]
    out: Floats = np.column_stack(of_class)
    out /= out.sum(axis=1, keepdims=True)
    return out


def isotonic(happened: Floats, forecast: Floats, weight: Floats) -> Floats:
    """Fit isotonic regression to distinct forecasts, so that the order of rows is irrelevant."""
    _, code = np.unique(forecast, return_inverse=True)
    total = np.bincount(code, weights=weight)
    hits = np.bincount(code, weights=weight * happened)
    fitted: Floats = isotonic_regression(hits / total, weights=total).x
    return np.clip(fitted, 0.0, 1.0).take(code)


def parts_of(
    losses: Sequence[Loss], target: Target, proba: Floats, values: Floats, weight: Floats
) -> list[tuple[float, float, float, float]]:
    """Compute score, miscalibration, discrimination and uncertainty of each loss.

    `values`, of shape (n_losses, n_samples), are the losses of the probabilities.
    """
    used = weight > 0
    weighted = Target(target.classes, target.y[used], weight[used])
    matrix = read_matrix("p", recalibrate(target.y[used], proba[used], weight[used]))
    out = []
    for loss, of_loss in zip(losses, values, strict=True):
        score = evaluation.weighted_sum(of_loss, weight) / float(weight.sum())
        recalibrated, _ = evaluation.mean(loss, weighted, Predictions(matrix))
        uncertainty = reference_loss(loss, weighted, weighted.prior)
        out.append((score, score - recalibrated, uncertainty - recalibrated, uncertainty))
    return out


def _drawn(rng: np.random.Generator, weight: Floats) -> Floats:
    """Draw the weights of a bootstrap resample."""
    used = np.flatnonzero(weight)
    counts = np.bincount(rng.choice(used, len(used)), minlength=len(weight))
    return weight * counts
