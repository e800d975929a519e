"""What was compared: how many models on which samples, and how these came about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LONG = 10_000
REPEATED = "cv=RepeatedStratifiedKFold(n_splits=5, n_repeats=10)"
"""The splitter that tells whether a difference holds for retrained models."""


@dataclass(frozen=True)
class MissedClass:
    """A class that occurs, but that a model never predicts."""

    label: str
    n_true: int
    n_samples: int
    is_rare: bool = False
    """Whether errors hardly count it."""

    @property
    def words(self) -> str:
        """The class, and how frequent it is."""
        share = per_cent(self.n_true / self.n_samples)
        return f"class {self.label} ({self.n_true} of {self.n_samples} samples, {share})"


@dataclass(frozen=True)
class Study:
    """The facts of a comparison that its two frames do not hold."""

    design: str = ""
    """How the samples came about, such as "10-fold cross-validation"."""
    n_samples: int | None = None
    """How many samples were tested; one that several splits tested counts once."""
    n_groups: int | None = None
    n_effective: float | None = None
    """How many samples of equal weight count as much; None without weights."""
    n_pairs: int | None = None
    """For how many pairs the p-values of a loss are corrected; None where losses differ."""
    planned: bool = False
    """Whether these pairs were planned."""
    n_compared: int | None = None
    """How many models were compared, where a report shows a selection of them."""
    candidates: bool = False
    """Whether the models are candidates of a search."""
    retrained: bool = False
    """Whether the intervals are about retrained models."""
    about: str = "these fitted models"
    """What the intervals are about otherwise."""
    with_baseline: bool = False
    """Whether models were compared with a baseline only."""
    beside: bool = False
    """Whether these are scores of splits beside losses of samples."""
    in_time: bool = False
    """Whether the samples are in time order."""
    can_repeat: bool = False
    """Whether repeated stratified folds would test retraining: not with groups or times."""
    missed: Mapping[str, Sequence[MissedClass]] = field(default_factory=dict)
    """For each model the classes that it never predicts."""
    item: str = "sample"
    """What one row of the data is called."""
    n_runs: int | None = None
    """How many runs each model has; None where there are no runs."""

    def facts(self, n_models: int, *, estimand: bool = True) -> str:
        """Say in one line what was compared; `estimand` tells what the intervals are about."""
        parts = [count(n_models, self.noun)]
        if self.n_samples is not None:
            samples = count(self.n_samples, self.item)
            if self.n_groups is not None:
                samples += f" in {count(self.n_groups, 'group')}"
            if self.n_effective is not None:
                samples += f" (weighted; they count as {self.n_effective:.0f})"
            parts.append(samples + " in time order" * self.in_time)
        parts += [f"{self.n_runs} runs of each model"] if self.n_runs else []
        parts += [self.design] if self.design else []
        about = "retrained models" if self.retrained else self.about
        return ", ".join(parts) + (f"; about {about}" if estimand else "")

    @property
    def noun(self) -> str:
        """What is compared."""
        return "candidate" if self.candidates else "model"

    @property
    def pairs(self) -> str:
        """The pairs that p-values are corrected for."""
        if self.n_pairs is None:
            return "the planned pairs" if self.planned else f"all pairs{self._with}"
        if self.planned:
            return count(self.n_pairs, "planned pair")
        start = "the" if self.with_baseline else "all"
        pairs = f"{start} {count(self.n_pairs, 'pair')}{self._with}"
        return (
            pairs
            if self.n_compared is None
            else f"{pairs} of the {self.n_compared} models compared"
        )

    @property
    def family(self) -> str:
        """The same, without the number of pairs where these are simply all."""
        is_plain = not self.planned and self.n_compared is None
        return f"all pairs{self._with}" if is_plain else self.pairs

    @property
    def _with(self) -> str:
        return " with the baseline" if self.with_baseline else ""


def count(n: int, noun: str) -> str:
    """Return a number and its noun; a long number has commas."""
    return f"{n:{',' * (n >= LONG)}} {noun}" + "s" * (n != 1)


def per_cent(share: float) -> str:
    """Return a share in per cent; one that is not 0 or 1 is never shown as 0% or 100%."""
    if 0.0 < share < 1e-4:
        return f"{share:.2g}"
    if 1.0 - 1e-4 < share < 1.0:
        return ">99.99%"
    nearest = min(share, 1.0 - share)
    decimals = 0 if nearest >= 0.1 or not nearest else 1 if nearest >= 0.01 else 2
    return f"{share:.{decimals}%}".replace(".0%", "%")
