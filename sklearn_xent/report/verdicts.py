"""What may be said of two models, read from their row of differences."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property

from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.cautions import Caution, read_cautions
from sklearn_xent.inference.paired_tests import Method
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report.rows import DifferenceRow, SummaryRow
from sklearn_xent.report.study import Study

NOT_SHOWN, UNSTABLE = "not shown", "unstable"
"""Values of the column ``retraining``: not shown for retrained models, and perhaps too strong."""


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
BETTER, WORSE, NOT_CLEAR = "clearly better", "clearly worse", "not clear"
EQUIVALENT, NO_VERDICT = "equivalent", "cannot be judged"


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
    better: str | None
    """The model that is clearly better, if one is."""
    retraining: str | None
    """Whether the same holds for retrained models; None where nothing is known or claimed."""
    cautions: frozenset[Caution]
    """What limits the verdict."""
    unit: str
    """What the test takes for independent: "sample", "group" or "split"."""
    n_units: int
    detectable: float = math.nan
    """The difference that a test of this size finds with 80 % power; nan where not known."""

    @classmethod
    def from_row(cls, row: DifferenceRow, margin: float | None = None) -> "Verdict":
        """Read a row of the differences: model A compared with model B."""
        cautions = read_cautions(row.caution)
        if Caution.LEVERAGE in cautions and _is_equivalent_anyway(row, margin):
            cautions -= {Caution.LEVERAGE}
        unit = Method.from_label(row.method).unit
        return cls(
            model=row.model_a,
            reference=row.model_b,
            difference=row.difference + 0.0,
            low=row.conf_low,
            high=row.conf_high,
            level=row.confidence_level,
            pvalue=row.pvalue,
            pvalue_holm=row.pvalue_holm,
            kind=_kind_of(row),
            better={"a better": row.model_a, "b better": row.model_b}.get(row.conclusion),
            retraining=row.retraining,
            cautions=cautions,
            unit=unit,
            n_units={"split": row.n_splits, "group": row.n_groups}.get(unit, row.n_obs) or 0,
            detectable=row.detectable_difference,
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
    def label(self) -> str:
        """The name of the pair: A minus B, whose sign is that of the difference."""
        return f"{self.model} minus {self.reference}"

    @property
    def lower(self) -> str:
        """The model with the lower loss; `model` where both are the same."""
        return self.model if self.difference <= 0 else self.reference

    @property
    def words(self) -> str:
        """The verdict on the model, seen from the reference."""
        if self.kind is Kind.CLEAR:
            return BETTER if self.better == self.model else WORSE
        if self.kind in NOTHING_SAID:
            return NO_VERDICT
        return EQUIVALENT if self.kind is Kind.EQUIVALENT else NOT_CLEAR

    @property
    def interval(self) -> str:
        """The interval in words."""
        low, high = _limit(self.low, self.high), _limit(self.high, self.low)
        return f"{100 * self.level:g}% interval {low} to {high}"

    def is_within(self, margin: float | None) -> bool:
        """Whether the whole interval is within a margin."""
        return margin is not None and max(abs(self.low), abs(self.high)) < margin

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def _kind_of(row: DifferenceRow) -> Kind:
    if not math.isfinite(row.difference):
        return Kind.INFINITE
    if row.degenerate:
        return Kind.NO_SPREAD
    if math.isnan(row.conf_low) or math.isnan(row.conf_high):
        return Kind.UNKNOWN
    if row.conclusion == "equivalent":
        return Kind.EQUIVALENT
    if row.conclusion in ("a better", "b better"):
        return Kind.CLEAR
    largest = max(abs(row.loss_a), abs(row.loss_b))
    is_same = abs(row.difference) <= paired_tests.NOISE * largest
    return Kind.SAME if is_same else Kind.NOT_CLEAR


def _is_equivalent_anyway(row: DifferenceRow, margin: float | None) -> bool:
    """Return whether models stay equivalent however one sample moves the difference."""
    if margin is None or row.conclusion != "equivalent":
        return False
    leverages = [row.label_leverage, row.sample_leverage]
    half_width = (row.conf_high - row.conf_low) / 2
    moved = half_width * (1 + max(x for x in leverages if not math.isnan(x)))
    return not abs(row.difference) + moved > margin


def _limit(x: float, other: float) -> str:
    """Return a limit of an interval to three digits, or to one if it is tiny beside the other."""
    text = f"{x:.3g}"
    if "e-" not in text or abs(other) < 1e-4:
        return text
    return f"{x:.{min(-math.floor(math.log10(abs(x))), 12)}f}"


def of_means(losses: "Iterable[LossResults]", of_loss: str, of_score: str, mixed: str) -> str:
    """Return the word for what the losses have in common: all losses, all scores, or both."""
    kinds = {results.is_score for results in losses}
    return mixed if len(kinds) > 1 else of_score if kinds == {True} else of_loss


def least_of(losses: "Iterable[LossResults]") -> str:
    """Return the word for the best mean of all: "lowest", of scores "highest"."""
    return of_means(losses, "lowest", "highest", "best")


def on_direction(losses: "Sequence[LossResults]") -> str:
    """Say of scores that higher is better, and what differences are of; empty without scores."""
    titles = [results.info.title for results in losses if results.is_score]
    if not titles:
        return ""
    tops = {results.info.top for results in losses if results.is_score}
    top = tops.pop() if len(tops) == 1 else None
    what = "minus the score" if top == 0.0 else "the greatest score minus the score"
    if top:
        what = f"{top:g} - score"
    said = f"{', '.join(titles)}: higher is better"
    return f"{said}. Differences are of {what}: positive is worse."


def able_models(losses: "Sequence[LossResults]") -> list[str]:
    """Return the models that have a mean under some loss, as the first of these ranks them."""
    return list(dict.fromkeys(model for results in losses for model in results.able))


@dataclass(frozen=True)
class LossResults:
    """Everything known of one loss: what it is, its rows of both frames, and what was asked."""

    info: LossInfo
    summary: Sequence[SummaryRow]
    differences: Sequence[DifferenceRow]
    baseline: str | None = None
    margin: float | None = None
    floor_shares: Mapping[str, float] = field(default_factory=dict)
    """The share of a mean loss that samples at the floor make up, by model, where it is known."""
    study: Study = field(default_factory=Study)
    """What all losses share: what was compared."""

    @property
    def planned(self) -> bool:
        """Whether the pairs were planned: then no model is the reference of all others."""
        return self.study.planned

    @property
    def name(self) -> str:
        """The name of the loss."""
        return self.summary[0].loss

    @property
    def title(self) -> str:
        """The title of the loss, as it stands within a sentence."""
        title = self.info.title
        is_common = title[1:2].islower() and not title.startswith("Brier")
        return title[:1].lower() + title[1:] if is_common else title

    @property
    def is_score(self) -> bool:
        """Whether the values are scores, of which higher ones are better."""
        return self.info.top is not None

    @property
    def least(self) -> str:
        """The word for the best mean."""
        return "highest" if self.is_score else "lowest"

    def shown_mean(self, mean: float) -> float:
        """Return a mean loss as it is shown: of the score, if it is one."""
        return mean if self.info.top is None else self.info.top - mean + 0.0

    def shown_interval(self, low: float, high: float) -> tuple[float, float]:
        """Return the interval of a mean loss as it is shown."""
        return (low, high) if self.info.top is None else (self.info.top - high, self.info.top - low)

    @property
    def models(self) -> list[str]:
        """The models, in the order of the rows."""
        return [row.model for row in self.summary]

    @cached_property
    def ranked(self) -> list[SummaryRow]:
        """The rows of the summary, the lowest loss first."""
        return sorted(self.summary, key=lambda row: row.rank)

    @property
    def computed(self) -> list[SummaryRow]:
        """The rows of the summary of models that did not fail."""
        return [row for row in self.summary if row.status == "ok"]

    @property
    def best(self) -> str:
        """The model with the lowest loss; the first of several."""
        return self.ranked[0].model

    @cached_property
    def lowest(self) -> list[str]:
        """The models that share the lowest loss; none where every loss is infinite or unknown."""
        known = [row for row in self.ranked if not math.isnan(row.mean_loss)]
        alike = [row for row in known if row.rank == known[0].rank]
        return [row.model for row in alike if row.mean_loss < math.inf]

    @property
    def reference(self) -> str:
        """The model that the others are compared with: the baseline, or the best.

        With planned pairs there is none, and this is only the best.
        """
        return self.best if self.baseline is None else self.baseline

    @cached_property
    def _rows(self) -> dict[str, SummaryRow]:
        return {row.model: row for row in self.summary}

    def has(self, model: str) -> bool:
        """Return whether the summary has a row of a model."""
        return model in self._rows

    def row(self, model: str) -> SummaryRow:
        """Return the row of the summary of a model."""
        return self._rows[model]

    @cached_property
    def simultaneous(self) -> bool:
        """Whether the intervals hold for all pairs together, not for each alone."""
        return {row.method for row in self.differences} == {Method.SIMULTANEOUS_T.label}

    @property
    def level(self) -> float:
        """The level of the intervals."""
        return max((row.confidence_level for row in self.summary), default=math.nan)

    @cached_property
    def failed(self) -> list[str]:
        """The models that have no losses."""
        return [row.model for row in self.summary if row.status == "failed"]

    @cached_property
    def able(self) -> list[str]:
        """The models that have a mean loss, the lowest first."""
        return [row.model for row in self.ranked if not math.isnan(row.mean_loss)]

    @cached_property
    def may_be_best(self) -> list[str] | None:
        """The models that may still be best, the lowest first; None where that is not known.

        Nor is it of a selection of models, which may hold none of the best.
        """
        if self.study.n_compared is not None:
            return None
        return [row.model for row in self.ranked if row.may_be_best] or None

    def shown(self, most: int | None = None) -> list[str]:
        """Return the models that a report shows: the first, and the reference.

        With planned pairs these are shown instead, as "A minus B". One more is shown, too: to say
        that it is missing takes as much room.
        """
        in_pairs = self.planned and len(self.summary) > 1  # one model is in no pair
        every = [pair.label for pair in self.pairs] if in_pairs else self.able
        if most is None or len(every) <= most + 1:
            return every
        kept = None if self.planned else self.reference
        return [name for i, name in enumerate(every) if i < most or name == kept]

    def label_of(self, verdict: Verdict) -> str:
        """Return what the row of a verdict is called: its model, or its planned pair."""
        return verdict.label if self.planned else verdict.model

    @cached_property
    def pairs(self) -> list[Verdict]:
        """The verdict of every row of the differences: model A compared with model B."""
        return [Verdict.from_row(row, self.margin) for row in self.differences]

    @cached_property
    def is_dependent(self) -> bool:
        """Whether some rows seem to depend on those before them."""
        return any(Caution.SERIAL in pair.cautions for pair in self.pairs)

    @cached_property
    def by_label(self) -> dict[str, Verdict]:
        """The verdict of each pair by its label, "A minus B"."""
        return {pair.label: pair for pair in self.pairs}

    def compared_with(self, reference: str) -> list[Verdict]:
        """Return the verdicts of every model compared with this one, in the order of the rows."""
        pairs = [pair for pair in self.pairs if reference in (pair.model, pair.reference)]
        return [pair.seen_from(reference) for pair in pairs]

    def verdicts(self, reference: str | None = None) -> list[Verdict]:
        """Compare every model with one of them, by default the reference; lowest loss first.

        Planned pairs are returned as they were written: A compared with B.
        """
        if reference is None:
            return self._verdicts
        found = self.compared_with(reference)
        return sorted(found, key=lambda v: math.inf if math.isnan(v.difference) else v.difference)

    @cached_property
    def _verdicts(self) -> list[Verdict]:
        return self.pairs if self.planned else self.verdicts(self.reference)

    def renamed(self, names: Mapping[str, str]) -> "LossResults":
        """Return the same results with other names of models."""
        if all(names[model] == model for model in self.models):
            return self
        missed = {names[name]: found for name, found in self.study.missed.items() if name in names}
        return replace(
            self,
            summary=[replace(row, model=names[row.model]) for row in self.summary],
            differences=[
                replace(row, model_a=names[row.model_a], model_b=names[row.model_b])
                for row in self.differences
            ],
            baseline=None if self.baseline is None else names[self.baseline],
            floor_shares={names[k]: share for k, share in self.floor_shares.items() if k in names},
            study=replace(self.study, missed=missed),
        )
