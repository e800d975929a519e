"""What may be said of two models, read from the columns of their row of differences."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import Any

import pandas as pd

from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.cautions import Caution, read_cautions
from sklearn_xent.inference.paired_tests import Method
from sklearn_xent.losses.loss import LossInfo

NOT_SHOWN = "not shown"
"""Value of the column ``retraining``: the difference is not shown for retrained models."""


class Kind(IntEnum):
    """The kinds of verdict, from the one that says the least to the one that says the most."""

    INFINITE = 0
    NO_SPREAD = 1
    UNKNOWN = 2
    SAME = 3
    NOT_CLEAR = 4
    EQUIVALENT = 5
    CLEAR = 6


NOTHING_SAID = (Kind.INFINITE, Kind.NO_SPREAD, Kind.UNKNOWN)
NO_CLAIM = (Kind.NOT_CLEAR, Kind.SAME)
WHY_NOTHING = {
    Kind.INFINITE: "an infinite loss",
    Kind.NO_SPREAD: "no spread",
    Kind.UNKNOWN: "too little data",
}


@dataclass(frozen=True)
class Verdict:
    """What may be said of a model compared with a reference.

    The difference and its interval are the loss of the model minus that of the reference.
    """

    model: str
    reference: str
    difference: float
    low: float
    high: float
    level: float
    pvalue: float
    pvalue_holm: float
    kind: Kind
    retraining: str | None
    """Whether the same holds for retrained models; None where nothing is known or claimed."""
    cautions: frozenset[Caution]
    """What limits the verdict."""
    unit: str
    """What the test takes for independent: "sample", "group" or "split"."""
    n_units: int

    @classmethod
    def from_row(cls, row: Mapping[Any, Any], margin: float | None = None) -> "Verdict":
        """Read a row of the differences: model A compared with model B."""
        cautions = read_cautions(row["caution"])
        if Caution.LEVERAGE in cautions and _is_equivalent_anyway(row, margin):
            cautions -= {Caution.LEVERAGE}
        unit = Method.from_label(row["method"]).unit
        return cls(
            model=row["model_a"],
            reference=row["model_b"],
            difference=row["difference"] + 0.0,
            low=row["conf_low"],
            high=row["conf_high"],
            level=row["confidence_level"],
            pvalue=row["pvalue"],
            pvalue_holm=row["pvalue_holm"],
            kind=_kind_of(row),
            retraining=None if pd.isna(row["retraining"]) else row["retraining"],
            cautions=cautions,
            unit=unit,
            n_units=row[{"split": "n_splits", "group": "n_groups"}.get(unit, "n_obs")],
        )

    def seen_from(self, reference: str) -> "Verdict":
        """Return the verdict on the other model, compared with this one."""
        if reference == self.reference:
            return self
        return replace(
            self,
            model=self.reference,
            reference=self.model,
            difference=-self.difference + 0.0,
            low=-self.high,
            high=-self.low,
        )

    @property
    def lower(self) -> str:
        """The model with the lower loss; `model` where both are the same."""
        return self.model if self.difference <= 0 else self.reference

    @property
    def side(self) -> str:
        """Whether the loss of the model is lower or higher than that of the reference."""
        return "higher" if self.difference > 0 else "lower"

    @property
    def interval(self) -> str:
        """The interval in words."""
        low, high = _limit(self.low, self.high), _limit(self.high, self.low)
        return f"{100 * self.level:g}% interval {low} to {high}"

    @property
    def reason(self) -> str:
        """Why the difference is not clear although its interval is without zero; else empty."""
        if self.kind is not Kind.NOT_CLEAR or self.low <= 0 <= self.high:
            return ""
        if self.pvalue <= 1.0 - self.level:
            return "not shown once corrected for all pairs"
        return f"p = {self.pvalue:.2g} by the exact test"

    @property
    def doubt_of_equivalence(self) -> str:
        """Why models that two tests find equivalent are not called so; else empty.

        Rows too rare for the sample could differ by as much as the loss allows, or so few rows
        decide the spread that it is not known.
        """
        if Caution.FEW not in self.cautions:
            return ""
        return f"too few {self.unit}s to show that they are equivalent"

    @property
    def constancy(self) -> str:
        """Where the difference is the same, for models without spread."""
        return f"in the only {self.unit}" if self.n_units == 1 else f"in every {self.unit} alike"

    @property
    def words(self) -> str:
        """The verdict, seen from the reference, and what to be careful of."""
        if self.kind in NOTHING_SAID:
            return f"nothing can be said: {self.why_nothing}"
        said = {
            Kind.CLEAR: f"{self.side}: shown by the data",
            Kind.EQUIVALENT: "equivalent within the margin",
        }.get(self.kind, "the data cannot tell")
        return "; ".join([said, *self._notes])

    @property
    def why_nothing(self) -> str:
        """Why nothing can be said, and what to be careful of."""
        return "; ".join([WHY_NOTHING[self.kind], *self._notes])

    @property
    def _notes(self) -> list[str]:
        notes = [note for note in (self.reason, self.doubt_of_equivalence) if note]
        if self.retraining == NOT_SHOWN:
            notes.append("as fitted here, not for retrained models")
        if Caution.UNSTABLE in self.cautions:
            notes.append("unstable between repeats: this test may claim too much")
        if Caution.LEVERAGE in self.cautions:
            notes.append("its interval may be too narrow")
        return notes


def _kind_of(row: Mapping[Any, Any]) -> Kind:
    if not math.isfinite(row["difference"]):
        return Kind.INFINITE
    if row["degenerate"]:
        return Kind.NO_SPREAD
    if math.isnan(row["conf_low"]) or math.isnan(row["conf_high"]):
        return Kind.UNKNOWN
    if row["conclusion"] == "equivalent":
        return Kind.EQUIVALENT
    if row["conclusion"] in ("a better", "b better"):
        return Kind.CLEAR
    largest = max(abs(row["loss_a"]), abs(row["loss_b"]))
    is_same = abs(row["difference"]) <= paired_tests.NOISE * largest
    return Kind.SAME if is_same else Kind.NOT_CLEAR


def _is_equivalent_anyway(row: Mapping[Any, Any], margin: float | None) -> bool:
    """Return whether models stay equivalent however one sample moves the difference."""
    if margin is None or row["conclusion"] != "equivalent":
        return False
    leverages = [row["label_leverage"], row["sample_leverage"]]
    half_width = (row["conf_high"] - row["conf_low"]) / 2
    moved = half_width * (1 + max(x for x in leverages if not math.isnan(x)))
    return not abs(row["difference"]) + moved > margin


def _limit(x: float, other: float) -> str:
    """Return a limit of an interval to three digits, or to one if it is tiny beside the other."""
    text = f"{x:.3g}"
    if "e-" not in text or abs(other) < 1e-4:
        return text
    return f"{x:.{min(-math.floor(math.log10(abs(x))), 12)}f}"


@dataclass(frozen=True)
class LossResults:
    """Everything known of one loss: what it is, its rows of both frames, and what was asked."""

    info: LossInfo
    summary: pd.DataFrame
    differences: pd.DataFrame
    baseline: str | None = None
    margin: float | None = None
    planned: bool = False
    """Whether the pairs were planned: then no model is the reference of all others."""
    n_models: int | None = None
    """How many models were compared, of which these may be a selection; None if not known."""
    n_pairs: int | None = None
    """How many pairs the p-values are corrected for, whatever is shown; None if not known."""

    @property
    def family(self) -> str:
        """What the p-values are corrected for, in words."""
        n = self.n_pairs
        if self.planned:
            return "the planned pairs" if n is None else f"{n} planned pair{'s' * (n != 1)}"
        shown = self.summary["model"].nunique()
        if n is None or self.n_models is None or self.n_models <= shown:
            return "all pairs"
        return f"all {n} pairs of the {self.n_models} models compared"

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """The rows of the summary, the lowest loss first."""
        return self.summary.sort_values("rank", kind="stable")

    @cached_property
    def computed(self) -> pd.DataFrame:
        """The rows of the summary of models that did not fail."""
        return self.summary[self.summary["status"] == "ok"]

    @property
    def best(self) -> str:
        """The model with the lowest loss; the first of several."""
        return str(self.ranked["model"].iloc[0])

    @cached_property
    def lowest(self) -> list[str]:
        """The models that share the lowest loss; none where every loss is infinite or unknown."""
        means = self.summary["mean_loss"]
        least = self.summary["rank"][means.notna()].min()
        is_lowest = (self.summary["rank"] == least) & means.notna() & (means < math.inf)
        return [str(name) for name in self.summary["model"][is_lowest]]

    @property
    def reference(self) -> str:
        """The model that the others are compared with: the baseline, or the best.

        With planned pairs there is none, and this is only the best.
        """
        return self.best if self.baseline is None else self.baseline

    @cached_property
    def pairs(self) -> list[Verdict]:
        """The verdict of every row of the differences: model A compared with model B."""
        rows = self.differences.to_dict("records")
        return [Verdict.from_row(row, self.margin) for row in rows]

    def compared_with(self, reference: str) -> list[Verdict]:
        """Return the verdicts of every model compared with this one, in the order of the rows."""
        pairs = [pair for pair in self.pairs if reference in (pair.model, pair.reference)]
        return [pair.seen_from(reference) for pair in pairs]

    def verdicts(self, reference: str | None = None) -> list[Verdict]:
        """Compare every model with one of them, by default the reference; lowest loss first.

        Planned pairs are returned as they were written: A compared with B.
        """
        if reference is None and self.planned:
            return self.pairs
        found = self.compared_with(self.reference if reference is None else reference)
        return sorted(found, key=lambda v: math.inf if math.isnan(v.difference) else v.difference)
