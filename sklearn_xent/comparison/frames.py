"""What is asked of a comparison, and the rows and frames that answer it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import warn
from sklearn_xent.exceptions import (
    DegenerateDifferenceWarning,
    FittedModelsWarning,
    LeverageWarning,
    UnstableModelsWarning,
)
from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.design import Options, Pair
from sklearn_xent.inference.paired_tests import Estimate, Method, PairedTest
from sklearn_xent.report.verdicts import NOT_SHOWN, ONE_SAMPLE, UNSTABLE


def summary_row(
    loss: str,
    model: str,
    mean: float,
    means: Floats,
    estimate: Estimate,
    limits: tuple[float, float],
    level: float,
    *,
    skill: float,
    n_obs: Any,
    n_zero: Any,
    method: str,
    estimand: str,
    reason: str = "",
) -> dict[str, Any]:
    """A row of the summary: one model under one loss, whose interval stays within its limits."""
    return {
        "loss": loss,
        "model": model,
        "mean_loss": mean,
        "std_error": estimate.std_error,
        # of numpy, for it keeps a nan
        "conf_low": float(np.maximum(limits[0], estimate.conf_low)),
        "conf_high": float(np.minimum(limits[1], estimate.conf_high)),
        "confidence_level": level,
        "skill": skill,
        "rank": rank_of(mean, means),
        "n_obs": n_obs,
        "n_zero_probability": n_zero,
        "method": method,
        "estimand": estimand,
        "status": "failed" if reason else "ok",
        "reason": reason,
    }


def rank_of(mean: float, means: Floats) -> int:
    """1 for the lowest; ties share a rank, and a nan comes last."""
    if math.isnan(mean):
        return int(np.count_nonzero(~np.isnan(means))) + 1
    rounding = paired_tests.NOISE * abs(mean) if math.isfinite(mean) else 0.0
    return 1 + int((means < mean - rounding).sum())


def rows_of_tests(
    loss: str,
    names: Sequence[str],
    pairs: Sequence[Pair],
    means: Sequence[float],
    tests: Sequence[PairedTest],
    extras: Sequence[Mapping[str, Any]],
    estimand: str,
    options: Options,
    adjusted: Sequence[float] | None = None,
) -> list[dict[str, Any]]:
    """Rows of differences, adjusted within the loss."""
    if adjusted is None:
        adjusted = paired_tests.holm([test.pvalue for test in tests])
    equivalent, margin = [math.nan] * len(tests), options.margin_of(loss)
    if margin is not None:
        equivalent = paired_tests.holm([paired_tests.equivalence(t, margin) for t in tests])
    return [
        {
            "loss": loss,
            "model_a": names[a],
            "model_b": names[b],
            "loss_a": means[a],
            "loss_b": means[b],
            "difference": test.value,
            "std_error": test.std_error,
            "conf_low": test.conf_low,
            "conf_high": test.conf_high,
            "confidence_level": options.level,
            "statistic": test.statistic,
            "df": test.df,
            "pvalue": test.pvalue,
            "pvalue_holm": p_holm,
            "method": test.method.label,
            "estimand": f"difference in {estimand}",
            **extra,
            "degenerate": test.degenerate,
            "conclusion": paired_tests.conclude(test.value, p_holm, options.level, p_equivalent),
            "retraining": None,
            "caution": ONE_SAMPLE * _has_leverage(test.method, extra),
        }
        for (a, b), test, extra, p_holm, p_equivalent in zip(
            pairs, tests, extras, adjusted, equivalent, strict=True
        )
    ]


def _has_leverage(method: Method, extra: Mapping[str, Any]) -> bool:
    return paired_tests.has_leverage(method, extra["label_leverage"], extra["sample_leverage"])


_DIFFERENCE_TYPES: dict[Hashable, Any] = {
    **dict.fromkeys(["loss", "model_a", "model_b"], object),
    **dict.fromkeys(["loss_a", "loss_b", "difference", "std_error", "conf_low"], np.float64),
    **dict.fromkeys(["conf_high", "confidence_level", "statistic", "df"], np.float64),
    **dict.fromkeys(["pvalue", "pvalue_holm"], np.float64),
    **dict.fromkeys(["method", "estimand"], object),
    **dict.fromkeys(["n_obs", "n_groups"], "Int64"),
    **dict.fromkeys(["n_splits", "n_repeats"], np.int64),
    "n_discordant": "Int64",
    **dict.fromkeys(["label_leverage", "sample_leverage"], np.float64),
    "degenerate": np.bool_,
    **dict.fromkeys(["conclusion", "retraining", "caution"], object),
}
"""Columns and types, which hold for a single model as well, where there is no pair."""


def difference_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The rows as a frame of fixed columns and types."""
    return pd.DataFrame(list(rows), columns=list(_DIFFERENCE_TYPES)).astype(_DIFFERENCE_TYPES)


NAMED = 3


def _named(rows: Sequence[Mapping[str, Any]], details: Sequence[str] | None = None) -> str:
    """The pairs of some rows, the first few by name."""
    each = [f"{row['loss']} of {row['model_a']!r} and {row['model_b']!r}" for row in rows]
    if details is not None:
        each = [f"{pair} ({detail})" for pair, detail in zip(each, details, strict=True)]
    more = f"; and {len(each) - NAMED} more" if len(each) > NAMED else ""
    return "; ".join(each[:NAMED]) + more


def warn_degenerate(rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell which differences allow no inference."""
    constant = [row for row in rows if row["degenerate"]]
    if constant:
        warn(
            "differences that are the same throughout, or of which there is only one to see, say "
            f"nothing of new samples; their intervals and p-values are nan: {_named(constant)}.",
            DegenerateDifferenceWarning,
        )


def warn_doubt(rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell which claims about training anew are in doubt, and why."""
    fitted = [row for row in rows if row["retraining"] == NOT_SHOWN]
    if fitted:
        warn(
            f"shown for the {fitted[0]['n_splits']} models that were fitted, but not for training "
            f"anew on other samples (corrected t-test of the splits): {_named(fitted)}. Compare on "
            "repeated folds, such as RepeatedStratifiedKFold, to learn about that.",
            FittedModelsWarning,
        )
    unstable = [row for row in rows if UNSTABLE in row["caution"]]
    if unstable:
        warn(
            f"losses vary much between repeats of the same sample: {_named(unstable)}. Such models "
            "depend so much on their training samples that the corrected t-test may claim too "
            "much. Believe small p-values only, or make the models more stable.",
            UnstableModelsWarning,
        )


def warn_leverage(rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell which intervals one sample decides."""
    flagged = [row for row in rows if ONE_SAMPLE in row["caution"]]
    if flagged:
        moves = [
            f"by {row['label_leverage']:.2g} half-widths if one sample had another label"
            + ("" if math.isnan(own := row["sample_leverage"]) else f", {own:.2g} without one")
            for row in flagged
        ]
        warn(
            "intervals may be too short where one sample could move the difference by much of the "
            f"interval: {_named(flagged, moves)}. Get more samples, or smooth probabilities "
            "near zero.",
            LeverageWarning,
        )
