"""What was asked of a comparison, and how its samples came about."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from sklearn_xent._arrays import Codes
from sklearn_xent._messages import read_whole, shorten, shorten_all
from sklearn_xent.inference import paired_tests
from sklearn_xent.losses.registry import ALIASES

METHODS = ("auto", "bootstrap_t")
RETRAINED = "models trained on samples of this size"
"""What estimands of overlapping splits are about."""
ALGORITHMS = f"mean loss of {RETRAINED}"
"""The estimand of the means of overlapping splits."""


def fitted_models(n_splits: int) -> str:
    """Return the estimand of the losses of samples that were tested once each."""
    if n_splits == 1:
        return "mean loss of the fitted models on new samples"
    return f"mean loss of the {n_splits} fitted models on new samples, averaged over the splits"


def of_scores(estimand: str) -> str:
    """Return an estimand where the values are scores."""
    return estimand.replace("mean loss", "mean score")


def of_groups(estimand: str) -> str:
    """Return an estimand where groups, not samples, are independent."""
    for unit in ("samples", "items"):
        estimand = estimand.replace(f"new {unit}", f"new groups of {unit}")
    return estimand


Pair = tuple[int, int]
"""The positions of models A and B. A is the one given first, except in planned pairs."""


@dataclass(frozen=True)
class Design:
    """How the samples came about: the estimand of the intervals, and the splits of the data."""

    estimand: str
    rows: Codes
    """For each loss the sample that it is of. A sample that several splits test is there often."""
    n_splits: int = 1
    n_repeats: int = 1
    split: Codes | None = None
    """For each loss the split that tested it; None where nothing was split."""
    size_ratio: float = math.nan
    """Size of the test parts divided by that of the training parts."""
    overlapping: bool = False
    """Whether samples can be tested more than once, so that only means of splits are compared."""
    looks_dependent: bool = False
    """Whether neighbouring rows look dependent although they are taken for independent."""

    @cached_property
    def once(self) -> Codes:
        """The position of the first loss of each sample, however often the sample was tested."""
        return np.unique(self.rows, return_index=True)[1]

    @classmethod
    def from_splits(
        cls, tests: Sequence[Codes], n_train: Sequence[int], overlapping: bool
    ) -> Design:
        """Return the design of the samples that splits test, split after split."""
        tested = np.concatenate(tests)
        times = np.unique(tested, return_counts=True)[1]
        repeats = overlapping and np.ptp(times) == 0
        ratios = [len(test) / n for test, n in zip(tests, n_train, strict=True)]
        return cls(
            ALGORITHMS if overlapping else fitted_models(len(tests)),
            tested,
            len(tests),
            n_repeats=int(times[0]) if repeats else 1,
            split=np.repeat(np.arange(len(tests)), [len(test) for test in tests]),
            size_ratio=float(np.mean(ratios)),
            overlapping=overlapping,
        )

    @classmethod
    def from_folds(cls, folds: Codes) -> Design:
        """Return the design of samples that models predicted which were not trained on the fold.

        `folds` are codes 0..K-1.
        """
        sizes = np.bincount(folds)
        return cls(
            fitted_models(len(sizes)),
            np.arange(len(folds)),
            len(sizes),
            split=folds,
            size_ratio=float(np.mean(sizes / (len(folds) - sizes))),
        )

    def take(self, positions: Codes) -> Design:
        """Return the design of some of the losses."""
        split = None if self.split is None else self.split[positions]
        return replace(self, rows=self.rows[positions], split=split)


@dataclass(frozen=True)
class Options:
    """What the user asked of the inference, checked."""

    level: float = 0.95
    baseline: str | None = None
    margin: float | Mapping[str, float] | None = None
    method: str = "auto"
    seed: int = 0
    planned: tuple[tuple[str, str], ...] | None = None
    """The pairs to compare, by name, that were given before; None for those of `pairs_of`."""

    @classmethod
    def read(
        cls,
        confidence_level: Any,
        baseline: Any,
        margin: Any,
        method: Any = "auto",
        seed: Any = 0,
        *,
        pairs: Any = None,
        names: Sequence[str] | None = None,
    ) -> Options:
        """Check what was asked, and return it.

        A baseline must be one of `names`, if given; so must the models of the pairs. `with_margins`
        checks the losses of the margins, once it is known what is compared.
        """
        if baseline is not None and names is not None and baseline not in names:
            raise ValueError(f"baseline must be one of {list(names)}; got {shorten(baseline)}.")
        if pairs is not None and baseline is not None:
            raise ValueError(
                "pairs and baseline exclude each other: a baseline means its pairs with every "
                f"other model; got baseline={shorten(baseline)} and pairs. Leave one of them out."
            )
        return cls(
            paired_tests.read_confidence_level(confidence_level),
            baseline,
            paired_tests.read_margin(margin),
            read_method(method),
            read_whole("seed", seed),
            None if pairs is None else read_pairs(pairs, [] if names is None else names),
        )

    def with_margins(self, losses: Sequence[str]) -> Options:
        """Return the same with margins by the names of the losses that are compared.

        A name that is none of them, nor another name of one, is an error.
        """
        if not isinstance(self.margin, Mapping):
            return self
        found: dict[str, float] = {}
        for name, value in self.margin.items():
            # a score may have a name that is an alias of a loss, such as log_loss
            loss = name if name in losses else ALIASES.get(name, name)
            if loss not in losses:
                raise ValueError(
                    "equivalence_margin must name losses that are compared, "
                    f"[{shorten_all(losses)}]; got {shorten(name)}."
                )
            if loss in found:
                raise ValueError(
                    f"equivalence_margin must name each loss once; {shorten(name)} is another name "
                    f"of a loss that has a margin, {shorten(loss)}."
                )
            found[loss] = value
        return replace(self, margin=found)

    def margin_of(self, loss: str) -> float | None:
        """Return the greatest difference of a loss that does not matter, None if none was given."""
        return self.margin.get(loss) if isinstance(self.margin, Mapping) else self.margin


def read_method(method: Any) -> str:
    """Return the name of a method of inference, checked."""
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"method must be among {', '.join(METHODS)}; got {method!r:.60}.")
    return method


def read_pairs(pairs: Any, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return planned pairs of models, checked: each of two known models, and given once."""
    rule = 'pairs must be a list of pairs of names of models, such as [("a", "b")]'
    if isinstance(pairs, str) or not isinstance(pairs, Sequence):
        raise ValueError(f"{rule}; got {shorten(pairs)}.")
    if not pairs:
        raise ValueError("pairs must hold at least one pair. Leave it out to compare all pairs.")
    seen: dict[frozenset[str], int] = {}
    for i, pair in enumerate(pairs):
        is_pair = isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2
        if not is_pair or not all(isinstance(name, str) for name in pair):
            raise ValueError(f"{rule}; got pairs[{i}] = {shorten(pair)}.")
        unknown = [name for name in pair if name not in names]
        if unknown:
            raise ValueError(
                f"pairs must name models, which are [{shorten_all(names)}]; got pairs[{i}] = "
                f"{shorten(pair)}, in which {shorten(unknown[0])} is unknown."
            )
        if pair[0] == pair[1]:
            raise ValueError(f"pairs must be of two different models; got pairs[{i}] = {pair!r}.")
        first = seen.setdefault(frozenset(pair), i)
        if first != i:
            raise ValueError(
                f"pairs must hold each pair once, in one order; got pairs[{first}] = "
                f"{shorten(pairs[first])} and pairs[{i}] = {shorten(pair)}."
            )
    return tuple((a, b) for a, b in pairs)


def pairs_of(
    names: Sequence[str], options: Options | None = None, failures: Collection[str] = ()
) -> list[Pair]:
    """Return the pairs to compare: those planned, else those with the baseline, else all.

    A failed model is in no pair. Planned pairs keep their order, and A may be the later model.
    """
    able = {name: i for i, name in enumerate(names) if name not in failures}
    if options is not None and options.planned is not None:
        known = [(a, b) for a, b in options.planned if a in able and b in able]
        return [(able[a], able[b]) for a, b in known]
    baseline = None if options is None else options.baseline
    return [
        (able[a], able[b])
        for a, b in combinations(able, 2)
        if baseline is None or baseline in (a, b)
    ]
