"""Layer 11: models side by side: the `Comparison` and how predictions become one."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sklearn_xent import _evaluation, inference, report
from sklearn_xent._inputs import Truth, clean
from sklearn_xent._kernels import Floats
from sklearn_xent._loss import Loss
from sklearn_xent._losses import LOSSES, get_loss
from sklearn_xent._messages import shorten, warn
from sklearn_xent._moments import Moments
from sklearn_xent._skill import reference_loss, share_avoided, warn_undefined_skill
from sklearn_xent.exceptions import DegenerateDifferenceWarning
from sklearn_xent.inference import PairedTest

ONE_TEST_SET = "mean loss of these models on new samples like the test set"


@dataclass(frozen=True)
class Design:
    """How the samples came about: what the intervals are about, and how the data was split."""

    estimand: str
    n_splits: int = 1


@dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """Models side by side under one or more losses.

    Made by `compare_predictions` and `compare_models`. Printing it shows the conclusion for each
    loss in plain words, best model against the others, and a table.

    Attributes
    ----------
    summary : DataFrame
        One row for each loss and model, in the order given:

        - ``loss``, ``model``: names.
        - ``mean_loss``, ``std_error``, ``conf_low``, ``conf_high``, ``confidence_level``: the
          mean, its standard error and its interval, within the range of the loss.
        - ``skill``: the share of the loss of always predicting the class frequencies that is
          avoided; 1 is perfect, 0 no better than them.
        - ``rank``: 1 is the lowest mean loss; ties share a rank.
        - ``n_obs``: samples. ``n_zero_probability``: those whose true class got a probability
          below the floor ``eps`` of cross-entropy, which then decides part of that loss.
        - ``method``, ``estimand``: how the interval was computed, and what it is about.
    differences : DataFrame
        One row for each loss and pair of models, A before B in the order given:

        - ``loss``, ``model_a``, ``model_b``, ``loss_a``, ``loss_b``: names and mean losses.
        - ``difference``: ``loss_a - loss_b``, so that negative means A is better.
        - ``std_error``, ``conf_low``, ``conf_high``, ``confidence_level``: of the difference of
          this pair alone, not adjusted for other pairs. For Agresti-Min, of the adjusted table.
        - ``statistic``, ``df``: of the t-test; nan where the p-value comes from counts.
        - ``pvalue``: two-sided, of this pair alone. ``pvalue_holm``: adjusted for all pairs of
          this loss.
        - ``method``, ``estimand``: "paired t" on per-sample differences; for the classification
          error with fewer than ten discordant pairs, where a t-interval is too short, the
          interval of Agresti and Min and McNemar's mid-p test.
        - ``n_obs``, ``n_splits``: samples, and splits of the cross-validation. ``n_discordant``:
          samples on which exactly one of the two errs; missing for other losses.
        - ``degenerate``: the difference is the same on every sample, which supports no
          inference: nan.
        - ``conclusion``: "a lower", "b lower" or "inconclusive", from `pvalue_holm`.
    """

    summary: pd.DataFrame
    differences: pd.DataFrame
    _losses: Sequence[Loss]
    _models: Sequence[str]
    _values: Floats
    _sample_index: pd.Index

    @property
    def sample_losses(self) -> pd.DataFrame:
        """The loss of every sample: columns ``sample, loss, model, value``, made on demand.

        ``sample`` is the label of `y_true`'s pandas index, or the row number.
        """
        n_losses, n_models, n = self._values.shape
        return pd.DataFrame(
            {
                "sample": np.tile(self._sample_index.to_numpy(), n_losses * n_models),
                "loss": np.repeat([loss.name for loss in self._losses], n_models * n),
                "model": np.tile(np.repeat(np.asarray(self._models, dtype=object), n), n_losses),
                "value": self._values.ravel(),
            }
        )

    def headlines(self) -> list[str]:
        """The conclusion for each loss, in plain words."""
        return [
            report.headline(
                loss.title,
                loss.unit,
                self.summary[self.summary["loss"] == loss.name],
                self.differences[self.differences["loss"] == loss.name],
                floored=bool(loss.eps),
            )
            for loss in self._losses
        ]

    def __repr__(self) -> str:
        return report.to_text(self.headlines(), self.summary)


def compare_predictions(
    y_true: Any,
    predictions: Mapping[str, Any],
    *,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    from_logits: bool | Collection[str] = False,
    baseline: str | None = None,
    confidence_level: float = 0.95,
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
    from_logits : bool or collection of str, default=False
        Whether the predictions are logits, or the names of the models whose predictions are.
    baseline : str, optional
        Compare each model with this one only, instead of all pairs.
    confidence_level : float, default=0.95
        Level of the intervals; conclusions are drawn at one minus it.

    Returns
    -------
    Comparison

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

    References
    ----------
    Agresti, A. and Min, Y. (2005). Simple improved confidence intervals for comparing matched
    proportions. Statistics in Medicine 24, 729-740.

    Examples
    --------
    The classification error cannot tell two models apart that the other losses can:

    >>> import sklearn_xent as sx
    >>> one = [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]]
    >>> two = [[0.1, 0.2, 0.7], [0.1, 0.7, 0.2], [0.3, 0.4, 0.3]]
    >>> comparison = sx.compare_predictions(
    ...     [2, 1, 0], {"one": one, "two": two}, losses=["brier_loss", "cross_entropy"]
    ... )
    >>> comparison.differences[["loss", "model_a", "model_b", "difference", "conclusion"]]
                loss model_a model_b  difference    conclusion
    0     brier_loss     one     two    0.466667       b lower
    1  cross_entropy     one     two    0.739281  inconclusive
    """
    level = inference.check_confidence_level(confidence_level)
    chosen = read_losses(losses)
    names = read_names("predictions", predictions, baseline)
    argument = {name: f"predictions[{name!r}]" for name in names}
    truth, cleaned = clean(
        y_true,
        {argument[name]: predictions[name] for name in names},
        labels=labels,
        sample_weight=sample_weight,
        logits=_names_of_logits(from_logits, argument),
    )
    results = [_evaluation.per_sample(chosen, truth, p) for p in cleaned]
    n_zero = [result.n_zero_probability for result in results]
    for prediction, counts in zip(cleaned, n_zero, strict=True):
        warn_zero(chosen, counts, len(truth), prediction.matrix.name)
    values = np.stack([result.values for result in results], axis=1)
    truth, values = _without_equal_weights(truth, values)
    return assemble(
        names,
        chosen,
        values,
        n_zero,
        truth,
        Design(ONE_TEST_SET),
        baseline=baseline,
        level=level,
    )


def _without_equal_weights(truth: Truth, values: Floats) -> tuple[Truth, Floats]:
    """Equal weights are none, and a sample of weight zero is no sample."""
    if truth.weight is None:
        return truth, values
    used = truth.weight > 0
    if np.ptp(truth.weight[used]) > 0.0:
        return truth, values
    index = sample_labels(truth.index, np.flatnonzero(used))
    return Truth(truth.classes, truth.y[used], index=index), values[:, :, used]


def _names_of_logits(from_logits: Any, argument: Mapping[str, str]) -> list[str]:
    """The arguments that are logits: all, none, or those of the models named."""
    if isinstance(from_logits, bool | np.bool_):
        return list(argument.values()) if from_logits else []
    names = from_logits if isinstance(from_logits, Collection) else [from_logits]
    if isinstance(from_logits, str) or not set(names) <= set(argument):
        raise ValueError(
            "from_logits must be True, False or a list of names of models, of "
            f"{list(argument)}; got {shorten(from_logits)}."
        )
    return [argument[name] for name in names]


def read_losses(losses: Any) -> list[Loss]:
    """The losses asked for, each once."""
    if losses is None:
        return list(LOSSES.values())
    if not isinstance(losses, str | Loss | Iterable):
        raise ValueError(f"losses must be names or Losses; got {shorten(losses)}.")
    listed = [losses] if isinstance(losses, str | Loss) else list(losses)
    found = [get_loss(loss) for loss in listed]
    names = [loss.name for loss in found]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"losses must name each loss once, and at least one; got {names}.")
    return found


def read_names(argument: str, models: Any, baseline: str | None) -> list[str]:
    """The names of the models, and a baseline that is one of them."""
    if not isinstance(models, Mapping) or not models:
        raise ValueError(
            f'{argument} must be given as a dict, {{"name": ...}}, with at least one entry; got '
            f"{shorten(models)}."
        )
    names = list(models)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"names of models must be strings; got {shorten(name)}.")
    if baseline is not None and baseline not in names:
        raise ValueError(f"baseline must be one of {names}; got {shorten(baseline)}.")
    return names


def warn_zero(losses: Sequence[Loss], n_zero: Sequence[int], n: int, name: str) -> None:
    """Warn of floored probabilities for the losses that have a floor."""
    for loss, count in zip(losses, n_zero, strict=True):
        _evaluation.warn_zero_probability(count, n, loss, name)


# --- assembling the frames ------------------------------------------------------------------


def assemble(
    names: Sequence[str],
    losses: Sequence[Loss],
    values: Floats,
    n_zero: Sequence[Sequence[int]],
    truth: Truth,
    design: Design,
    *,
    baseline: str | None,
    level: float,
) -> Comparison:
    """Build a `Comparison` from per-sample values of shape (n_losses, n_models, n_samples).

    `n_zero` counts for each model and loss.
    """
    rows: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    for i, (loss, of_loss) in enumerate(zip(losses, values, strict=True)):
        moments = [Moments.of(x, truth.weight) for x in of_loss]
        counts = [of_model[i] for of_model in n_zero]
        rows += _summary_rows(loss, names, moments, counts, truth, design, level)
        pairs += _difference_rows(loss, names, of_loss, moments, truth, design, level, baseline)
    _warn_degenerate(pairs)
    index = pd.RangeIndex(len(truth)) if truth.index is None else truth.index
    differences = pd.DataFrame(pairs, columns=list(_DIFFERENCE_TYPES)).astype(_DIFFERENCE_TYPES)
    return Comparison(pd.DataFrame(rows), differences, losses, names, values, index)


def _summary_rows(
    loss: Loss,
    names: Sequence[str],
    moments: Sequence[Moments],
    n_zero: Sequence[int],
    truth: Truth,
    design: Design,
    level: float,
) -> list[dict[str, Any]]:
    least, greatest = loss.range_for(len(truth.classes))
    reference = reference_loss(loss, truth, truth.prior)
    if math.isnan(share_avoided(0.0, reference, least)):
        warn_undefined_skill(loss.name, reference)
    means = np.asarray([m.mean for m in moments])
    rows = []
    for i, (name, m) in enumerate(zip(names, moments, strict=True)):
        if _counts_errors(loss, truth):
            estimate = inference.error_rate(m.n, round(m.mean * m.n), level)
            method = inference.WILSON
        else:
            estimate, method = inference.mean_t(m, level), inference.T_INTERVAL
        rows.append(
            {
                "loss": loss.name,
                "model": name,
                "mean_loss": m.mean,
                "std_error": estimate.std_error,
                # of numpy, for it keeps a nan
                "conf_low": float(np.maximum(least, estimate.conf_low)),
                "conf_high": float(np.minimum(greatest, estimate.conf_high)),
                "confidence_level": level,
                "skill": share_avoided(m.mean, reference, least),
                "rank": 1 + int((means < m.mean).sum()),
                "n_obs": m.n,
                "n_zero_probability": n_zero[i],
                "method": method,
                "estimand": design.estimand,
            }
        )
    return rows


def _difference_rows(
    loss: Loss,
    names: Sequence[str],
    values: Floats,
    moments: Sequence[Moments],
    truth: Truth,
    design: Design,
    level: float,
    baseline: str | None,
) -> list[dict[str, Any]]:
    pairs = [
        (a, b)
        for a, b in combinations(range(len(names)), 2)
        if baseline is None or baseline in (names[a], names[b])
    ]
    tests, discordant = [], []
    for a, b in pairs:
        scale = max(abs(moments[a].mean), abs(moments[b].mean))
        test, n_discordant = _compare(loss, values[a], values[b], truth, level, scale)
        tests.append(test)
        discordant.append(n_discordant)
    adjusted = inference.holm([test.pvalue for test in tests])
    return [
        {
            "loss": loss.name,
            "model_a": names[a],
            "model_b": names[b],
            "loss_a": moments[a].mean,
            "loss_b": moments[b].mean,
            "difference": test.value,
            "std_error": test.std_error,
            "conf_low": test.conf_low,
            "conf_high": test.conf_high,
            "confidence_level": level,
            "statistic": test.statistic,
            "df": test.df,
            "pvalue": test.pvalue,
            "pvalue_holm": p_holm,
            "method": test.method,
            "estimand": f"difference in {design.estimand}",
            "n_obs": moments[a].n,
            "n_splits": design.n_splits,
            "n_discordant": n_discordant,
            "degenerate": test.degenerate,
            "conclusion": inference.conclude(test.value, p_holm, level),
        }
        for (a, b), test, n_discordant, p_holm in zip(
            pairs, tests, discordant, adjusted, strict=True
        )
    ]


_DIFFERENCE_TYPES: dict[Hashable, Any] = {
    **dict.fromkeys(["loss", "model_a", "model_b"], object),
    **dict.fromkeys(["loss_a", "loss_b", "difference", "std_error", "conf_low"], np.float64),
    **dict.fromkeys(["conf_high", "confidence_level", "statistic", "df"], np.float64),
    **dict.fromkeys(["pvalue", "pvalue_holm"], np.float64),
    **dict.fromkeys(["method", "estimand"], object),
    **dict.fromkeys(["n_obs", "n_splits"], np.int64),
    "n_discordant": "Int64",
    "degenerate": np.bool_,
    "conclusion": object,
}
"""Columns and types, which hold for a single model as well, where there is no pair."""


def _compare(
    loss: Loss, a: Floats, b: Floats, truth: Truth, level: float, scale: float
) -> tuple[PairedTest, Any]:
    """The test that fits one pair; and the number of discordant pairs of a 0-1 loss."""
    with np.errstate(invalid="ignore"):
        difference = a - b
    test = inference.paired_t(Moments.of(difference, truth.weight), level, scale)
    if not _is_zero_one(loss, truth):
        return test, pd.NA
    used = difference if truth.weight is None else difference[truth.weight > 0]
    a_only, b_only = int((used > 0).sum()), int((used < 0).sum())
    few = a_only + b_only < inference.FEW_DISCORDANT
    if few and _counts_errors(loss, truth) and not test.degenerate:
        test = inference.paired_errors(len(a), a_only, b_only, level)
    return test, a_only + b_only


def _is_zero_one(loss: Loss, truth: Truth) -> bool:
    return loss.zero_one and truth.y.ndim == 1


def _counts_errors(loss: Loss, truth: Truth) -> bool:
    return _is_zero_one(loss, truth) and truth.weight is None


def _warn_degenerate(pairs: Sequence[Mapping[str, Any]]) -> None:
    constant = [row for row in pairs if row["degenerate"]]
    if constant:
        first = constant[0]
        warn(
            f"{len(constant)} differences are the same on every sample (or there is only one), "
            f"first {first['loss']} of {first['model_a']!r} and {first['model_b']!r}: they say "
            "nothing of new samples, so their intervals and p-values are nan.",
            DegenerateDifferenceWarning,
        )


def sample_labels(index: pd.Index | None, rows: NDArray[np.intp]) -> pd.Index:
    """Index labels of some rows, row numbers where there is no index."""
    return pd.Index(rows) if index is None else index[rows]
