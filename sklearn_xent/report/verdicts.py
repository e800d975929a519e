"""What may be said of a pair of models, from its row of the differences."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.paired_tests import Method
from sklearn_xent.losses.loss import LossInfo

VERDICTS = ("infinite", "alike", "unknown", "same", "open", "equivalent", "lower")
"""What may be said of a pair, the least first."""
OPEN, NOTHING = ("open", "same"), ("infinite", "alike", "unknown")
REASONS = {"alike": "no spread", "unknown": "too little data", "infinite": "an infinite loss"}
"""Why nothing can be said."""
NOT_ADJUSTED = "not shown once adjusted for all pairs"
NOTES = {
    "not shown": "as fitted here, not for training anew",
    "unstable": "unstable between repeats: this test may claim too much",
}
ONE_SAMPLE = "its interval may be too short"


@dataclass(frozen=True)
class LossResults:
    """Everything known of one loss: its rows of the frames, and what was asked."""

    info: LossInfo
    summary: pd.DataFrame
    differences: pd.DataFrame
    baseline: str | None
    margin: float | None


class Pair(NamedTuple):
    """How a model fares against another: by how much its loss is lower, and what may be said."""

    other: str
    verdict: str
    by: float
    low: float
    high: float
    interval: str
    doubt: str
    """Why an interval without zero shows nothing."""
    alike: str


def _end(x: float, other: float) -> str:
    """An end of an interval to three digits, to one if it is almost zero beside the other."""
    text = f"{x:.3g}"
    if "e-" not in text or abs(other) < 1e-4:
        return text
    return f"{x:.{min(-math.floor(math.log10(abs(x))), 12)}f}"


def against(model: str, row: Mapping[Any, Any]) -> Pair:
    """A row of the differences as seen from one of its models."""
    is_a = row["model_a"] == model
    sign = -1.0 if is_a else 1.0
    low, high = sorted((sign * row["conf_low"], sign * row["conf_high"]))
    by = sign * row["difference"] + 0.0
    level = row["confidence_level"]
    largest = max(abs(row["loss_a"]), abs(row["loss_b"]))
    if not math.isfinite(by):
        verdict = "infinite"
    elif row["degenerate"]:
        verdict = "alike"
    elif math.isnan(low) or math.isnan(high):
        verdict = "unknown"
    elif row["conclusion"] == "equivalent":
        verdict = "equivalent"
    elif row["conclusion"] == ("a better" if is_a else "b better"):
        verdict = "lower"
    else:
        verdict = "same" if abs(by) <= paired_tests.NOISE * largest else "open"
    doubt = ""
    if low > 0:
        shown = row["pvalue"] <= 1.0 - level
        doubt = NOT_ADJUSTED if shown else f"p = {row['pvalue']:.2g} by the exact test"
    return Pair(
        row["model_b"] if is_a else row["model_a"],
        verdict,
        by,
        low,
        high,
        f"{100 * level:g}% interval {_end(low, high)} to {_end(high, low)}",
        doubt,
        _alike(row),
    )


def doubt_of(row: Mapping[Any, Any]) -> str:
    """Why what is said of a pair may not hold for retrained models; empty where it may."""
    if row["retraining"] == "not shown":
        return "not shown"
    return "unstable" if "unstable" in row["caution"] else ""


def lower_of(row: Mapping[Any, Any]) -> str:
    """The model with the lower loss; A where they tie."""
    return str(row["model_a"] if row["difference"] <= 0 else row["model_b"])


def _alike(row: Mapping[Any, Any]) -> str:
    """Where a constant difference is the same."""
    unit = Method.from_label(row["method"]).unit
    n = row[{"sample": "n_obs", "split": "n_splits", "group": "n_groups"}[unit]]
    return f"in the only {unit}" if n == 1 else f"in every {unit} alike"


def has_leverage(row: Mapping[Any, Any], margin: float | None = None) -> bool:
    """Whether one sample may decide what is said; not of models that are equivalent even so."""
    leverage = row["label_leverage"], row["sample_leverage"]
    if "one sample weighs much" not in row["caution"]:
        return False
    if margin is None or row["conclusion"] != "equivalent":
        return True
    half = (row["conf_high"] - row["conf_low"]) / 2
    reach = abs(row["difference"]) + half * (1 + max(x for x in leverage if x == x))
    return bool(reach > margin)


@dataclass(frozen=True)
class Standing:
    """How a model fares against the one that all are held against."""

    model: str
    difference: float
    """Its loss less that of the other."""
    low: float
    high: float
    pvalue: float
    verdict: str
    interval: str
    doubt: str
    """Why the same may not be said of models trained anew, if so."""
    notes: Sequence[str]

    @property
    def side(self) -> str:
        """On which side of the other it lies."""
        return "higher" if self.difference > 0 else "lower"

    @property
    def reason(self) -> str:
        """Why nothing can be said, and what to be careful of."""
        return "; ".join([REASONS[self.verdict], *self.notes])

    @property
    def words(self) -> str:
        """The verdict and what to be careful of."""
        if self.verdict in NOTHING:
            return f"nothing can be said: {self.reason}"
        said = {
            "lower": f"{self.side}: shown by the data",
            "equivalent": "equivalent within the margin",
        }.get(self.verdict, "the data cannot tell")
        return "; ".join([said, *self.notes])


def anchor_of(summary: pd.DataFrame, baseline: str | None) -> str:
    """The model that the others are held against: the baseline, or the best."""
    return (
        baseline
        if baseline is not None
        else str(summary.sort_values("rank", kind="stable")["model"].iloc[0])
    )


def standing(anchor: str, row: Mapping[Any, Any], margin: float | None = None) -> Standing:
    """How the other model of a row fares against one of its models."""
    own, best = against(anchor, row), against(lower_of(row), row)
    notes = [best.doubt] if best.verdict == "open" and best.doubt else []
    doubt = doubt_of(row)
    notes += [NOTES[doubt]] if doubt else []
    notes += [ONE_SAMPLE] if has_leverage(row, margin) else []
    return Standing(
        own.other, own.by, own.low, own.high, row["pvalue_holm"], best.verdict, own.interval,
        doubt, notes,
    )  # fmt: skip


def standings(
    anchor: str, differences: pd.DataFrame, margin: float | None = None
) -> list[Standing]:
    """Every model that was compared with the anchor, the lowest loss first."""
    rows = differences.to_dict("records")
    found = [standing(anchor, x, margin) for x in rows if anchor in (x["model_a"], x["model_b"])]
    return sorted(found, key=lambda s: math.inf if math.isnan(s.difference) else s.difference)
