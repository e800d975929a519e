"""What is compared and how the samples came about: options and design."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sklearn_xent._arrays import Codes
from sklearn_xent._messages import read_whole
from sklearn_xent.inference import paired_tests
from sklearn_xent.losses.registry import ALIASES

METHODS = ("auto", "bootstrap_t")
ALGORITHMS = "mean loss of models trained on samples of this size"
"""What the means of overlapping splits are about."""

Pair = tuple[int, int]


@dataclass(frozen=True)
class Design:
    """How the samples came about: what the intervals are about, and how the data was split."""

    estimand: str
    rows: Codes
    """Which of all samples each row is."""
    n_splits: int = 1
    n_repeats: int = 1
    split: Codes | None = None
    """The split of each row."""
    size_ratio: float = math.nan
    """Size of the test parts over that of the training parts."""
    overlapping: bool = False
    """Whether samples were tested more than once, so that only splits can be compared."""


@dataclass(frozen=True)
class Options:
    """What the user asked of the inference."""

    level: float = 0.95
    baseline: str | None = None
    margin: float | Mapping[str, float] | None = None
    method: str = "auto"
    seed: int = 0

    @classmethod
    def read(
        cls,
        confidence_level: float,
        baseline: str | None,
        margin: Any,
        method: Any = "auto",
        seed: Any = 0,
    ) -> Options:
        """The options of the paired_tests, checked."""
        margins = paired_tests.read_margin(margin)
        if isinstance(margins, dict):
            margins = {ALIASES.get(name, name): value for name, value in margins.items()}
        level = paired_tests.read_confidence_level(confidence_level)
        return cls(level, baseline, margins, read_method(method), read_whole("seed", seed))

    def margin_of(self, loss: str) -> float | None:
        """The greatest difference of a loss that does not matter."""
        return self.margin.get(loss) if isinstance(self.margin, Mapping) else self.margin


def read_method(method: Any) -> str:
    """The name of a method of inference."""
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"method must be among {', '.join(METHODS)}; got {method!r:.60}.")
    return method


def pairs_of(
    names: Sequence[str], baseline: str | None, failures: Mapping[str, str] | None = None
) -> list[Pair]:
    """The pairs of models compared: all, or those with the baseline; none that failed."""
    failed = failures or {}
    return [
        (a, b)
        for a, b in combinations(range(len(names)), 2)
        if (baseline is None or baseline in (names[a], names[b]))
        and names[a] not in failed
        and names[b] not in failed
    ]
