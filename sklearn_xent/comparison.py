"""Layer 8: models side by side: the `Comparison` and how predictions become one."""

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sklearn_xent import _evaluation, inference, report
from sklearn_xent._inputs import Truth, clean
from sklearn_xent._kernels import Floats
from sklearn_xent._labels import shorten
from sklearn_xent._losses import LOSSES, Loss, get_loss
from sklearn_xent._moments import Moments
from sklearn_xent.exceptions import DegenerateDifferenceWarning
from sklearn_xent.inference import PairedTest
from sklearn_xent.metrics import reference_loss, skill, warn_undefined_skill

ONE_TEST_SET = "mean loss of these models on new samples like the test set"


@dataclass(frozen=True)
class Design:
    """How the samples came about: what the intervals are about, and how the data was split."""

    estimand: str
    n_splits: int = 1


@dataclass(frozen=True, repr=False)
class Comparison:
    """Models side by side under one or more losses.

    Made by `compare_predictions` and `compare_models`. Printing it shows a sentence of
    conclusion for each loss and a table.

    Attributes
    ----------
    summary : DataFrame
        One row for each loss and model, in the order given. Columns: ``loss, model, mean_loss,
        std_error, conf_low, conf_high, confidence_level, skill, rank, n_obs,
        n_zero_probability, method, estimand``. `skill` is against the class frequencies;
        `rank` 1 is the lowest mean loss; `n_zero_probability` counts the samples whose true
        class got a probability below the floor of cross-entropy.
    differences : DataFrame
        One row for each loss and pair of models, A before B in the order given:
        ``difference = loss_a - loss_b``, so that negative means A is better. `pvalue` is
        two-sided, `pvalue_holm` adjusts it for all pairs of that loss, and `conclusion` ("a
        lower", "b lower" or "inconclusive") follows from the adjusted one. `degenerate` marks
        differences that are the same for every sample, which support no inference.
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
    from_logits: bool = False,
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
        Weights of the samples. Intervals are then those of the ratio estimator with an
        HC1-style variance.
    from_logits : bool, default=False
        Whether the predictions are logits.
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
    chosen = read_losses(losses)
    names = read_names(predictions, baseline)
    truth, cleaned = clean(
        y_true,
        {f"predictions[{name!r}]": predictions[name] for name in names},
        labels=labels,
        sample_weight=sample_weight,
        from_logits=from_logits,
    )
    results = [_evaluation.per_sample(chosen, truth, p) for p in cleaned]
    for result, prediction in zip(results, cleaned, strict=True):
        warn_zero(chosen, result.n_zero_probability, len(truth), prediction.matrix.name, 3)
    return assemble(
        names,
        chosen,
        np.stack([result.values for result in results], axis=1),
        [result.n_zero_probability for result in results],
        truth,
        Design(ONE_TEST_SET),
        baseline=baseline,
        confidence_level=confidence_level,
    )


def read_losses(losses: Any) -> list[Loss]:
    """The losses asked for, each once."""
    if losses is None:
        return list(LOSSES.values())
    listed = [losses] if isinstance(losses, str | Loss) else list(losses)
    found = [get_loss(loss) for loss in listed]
    names = [loss.name for loss in found]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"losses must name each loss once, and at least one; got {names}.")
    return found


def read_names(models: Any, baseline: str | None) -> list[str]:
    """The names of the models, and a baseline that is one of them."""
    if not isinstance(models, Mapping) or not models:
        raise ValueError(
            'models must be given as a dict, {"name": ...}, with at least one entry; got '
            f"{shorten(models)}."
        )
    names = list(models)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"names of models must be strings; got {shorten(name)}.")
    if baseline is not None and baseline not in names:
        raise ValueError(f"baseline must be one of {names}; got {shorten(baseline)}.")
    return names


def warn_zero(losses: Sequence[Loss], n_zero: int, n: int, name: str, stacklevel: int) -> None:
    """Warn of floored probabilities for the losses that have a floor."""
    for loss in losses:
        _evaluation.warn_zero_probability(n_zero, n, loss, name, stacklevel + 1)


# --- assembling the frames ------------------------------------------------------------------


def assemble(
    names: Sequence[str],
    losses: Sequence[Loss],
    values: Floats,
    n_zero: Sequence[int],
    truth: Truth,
    design: Design,
    *,
    baseline: str | None,
    confidence_level: float,
) -> Comparison:
    """Build a `Comparison` from per-sample values of shape (n_losses, n_models, n_samples)."""
    level = inference.check_confidence_level(confidence_level)
    rows: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    for loss, of_loss in zip(losses, values, strict=True):
        moments = [Moments.of(x, truth.weight) for x in of_loss]
        rows += _summary_rows(loss, names, moments, n_zero, truth, design, level)
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
    if reference == 0.0:
        warn_undefined_skill(loss.name, stacklevel=5)
    means = np.asarray([m.mean for m in moments])
    rows = []
    for i, (name, m) in enumerate(zip(names, moments, strict=True)):
        estimate = inference.mean_t(m, level)
        rows.append(
            {
                "loss": loss.name,
                "model": name,
                "mean_loss": m.mean,
                "std_error": estimate.std_error,
                "conf_low": max(least, estimate.conf_low),
                "conf_high": min(greatest, estimate.conf_high),
                "confidence_level": level,
                "skill": skill(m.mean, reference),
                "rank": 1 + int((means < m.mean).sum()),
                "n_obs": m.n,
                "n_zero_probability": n_zero[i],
                "method": "t interval",
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
            "estimand": design.estimand,
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
    if loss.name != "classification_error" or truth.y.ndim == 2:
        return test, pd.NA
    a_only, b_only = int((difference > 0).sum()), int((difference < 0).sum())
    few = a_only + b_only < inference.FEW_DISCORDANT
    if few and truth.weight is None and not test.degenerate:
        test = inference.paired_errors(len(a), a_only, b_only, level)
    return test, a_only + b_only


def _warn_degenerate(pairs: Sequence[Mapping[str, Any]]) -> None:
    constant = [row for row in pairs if row["degenerate"]]
    if constant:
        first = constant[0]
        warnings.warn(
            f"{len(constant)} differences are the same on every sample (or there is only one), "
            f"first {first['loss']} of {first['model_a']!r} and {first['model_b']!r}: they say "
            "nothing of new samples, so their intervals and p-values are nan.",
            DegenerateDifferenceWarning,
            stacklevel=4,
        )


def sample_positions(index: pd.Index | None, rows: NDArray[np.intp]) -> pd.Index:
    """Index labels of some rows, row numbers where there is no index."""
    return pd.Index(rows) if index is None else index[rows]
