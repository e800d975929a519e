"""Everything that a report shows: the results, and how they were made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sklearn_xent._messages import one_line, printable
from sklearn_xent.report.study import count, per_cent
from sklearn_xent.report.tables import MINUS
from sklearn_xent.report.verdicts import LossResults

LONGEST = 300
"""Longer descriptions of models and splitters are cut."""
MOST_CLASSES = 5
"""With more classes only the rarest and the most frequent are told."""


@dataclass(frozen=True)
class Facts:
    """How a comparison was made; what is not known is empty."""

    made: date = field(default_factory=date.today)
    splits: str = ""
    """How the data were split."""
    models: Mapping[str, str] = field(default_factory=dict)
    """The models as they were passed, by their names."""
    n_features: int | None = None


@dataclass(frozen=True)
class ClassShares:
    """The classes of the tested samples, and which share of the (weighted) samples each is."""

    labels: Sequence[Any]
    shares: Sequence[float]

    @property
    def words(self) -> str:
        """The share of each class, or of the rarest and the most frequent."""
        shares = [per_cent(share).replace("-", MINUS) for share in self.shares]
        names = [printable(label) for label in self.labels]
        if len(names) <= MOST_CLASSES:
            return ", ".join(f"{x}: {share}" for x, share in zip(names, shares, strict=True))
        if len(set(shares)) == 1:
            return f"{len(names)} classes, {shares[0]} each"
        order = sorted(range(len(names)), key=lambda i: self.shares[i])
        rarest, commonest = (f"{names[i]} ({shares[i]})" for i in (order[0], order[-1]))
        return f"{len(names)} classes; rarest: class {rarest}; most frequent: class {commonest}"

    @property
    def rarest(self) -> str:
        """The name of the class with the fewest samples."""
        return printable(min(zip(self.shares, map(str, self.labels), strict=True))[1])


@dataclass(frozen=True)
class Parts:
    """The parts of the mean loss of a model. The fields are columns of `Comparison.decompose`."""

    loss: str
    model: str
    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


@dataclass(frozen=True)
class SliceMean:
    """The mean loss of a model in one slice. The fields are columns of `Comparison.by`."""

    group: Any
    loss: str
    model: str
    n_obs: int
    mean_loss: float
    std_error: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True)
class ReportContent:
    """Everything that a report shows."""

    losses: Mapping[str, LossResults]
    calibration: Sequence[Parts] = ()
    slices: Sequence[tuple[str, Sequence[SliceMean]]] = ()
    """Title and mean losses of each slicing, of one loss."""
    warnings: Sequence[Warning] = ()
    note: str = ""
    """What the caller adds to the verdict."""
    unsaid: str = ""
    """What the report leaves out, and why."""
    facts: Facts = field(default_factory=Facts)
    classes: ClassShares | None = None

    @property
    def first(self) -> LossResults:
        """The results of the first loss, for what all losses share."""
        return next(iter(self.losses.values()))

    @property
    def models(self) -> list[str]:
        """The names of the models."""
        return self.first.models

    @property
    def title(self) -> str:
        """The title, unless the caller gave another."""
        n, noun = len(self.models), self.first.study.noun
        return f"Comparison of {count(n, noun)}" if n > 1 else f"One {noun}"


def describe(value: object) -> str:
    """Return the repr of a model or splitter on one line, cut if it is long.

    An object whose repr fails is described by its type: a report must not be lost for it.
    """
    try:
        text = one_line(repr(value))
    except Exception:  # of a class of the user's
        text = type(value).__name__
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def describe_splits(cv: Any, n_splits: int, *, grouped: bool) -> str:
    """Return how `compare_models` split the data, for an argument `cv` as it was passed."""
    if cv is None:
        kept = ", groups kept together" if grouped else ""
        return f"{n_splits} stratified, shuffled folds with a fixed seed{kept}"
    if isinstance(cv, int):
        return f"{n_splits} stratified folds in the order of the rows (cv={cv})"
    if hasattr(cv, "split"):
        return describe(cv)
    return f"{count(n_splits, 'split')} passed as lists of rows"
