"""Samples in time order: their estimates, and whether others look like them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._messages import warn
from sklearn_xent.comparison.estimates import Estimates, SampleEstimates
from sklearn_xent.comparison.samples import SampleLosses
from sklearn_xent.exceptions import SerialDependenceWarning
from sklearn_xent.inference.best_set import Flags
from sklearn_xent.inference.dependence import TimeSeries, looks_dependent, mean_serial, serial_t
from sklearn_xent.inference.design import Pair, pairs_of
from sklearn_xent.inference.paired_tests import Estimate, Method, PairedTest
from sklearn_xent.inference.planning import Pilot
from sklearn_xent.inputs.validation import Target

MOST_COLUMNS = 10
"""So many models, classes and pairs are looked at."""
IN_TIME = (
    "samples in time order depend on each other, so that a series twice as long does not tell "
    "twice as much"
)
N_BLOCKS, BLOCK_ROWS = 5, 2000
"""Of more rows than these, blocks of rows that follow each other are looked at."""
LEAST_CELL = 10
"""If splits test fewer rows on average, ranks within them would hide dependence."""


# --- estimates of samples in time order -----------------------------------------------------


class SerialEstimates(SampleEstimates):
    """One loss of samples in time order, tested once each."""

    @property
    def counts_errors(self) -> bool:
        """Whether errors are independent: in time order they need not be."""
        return False

    def _series(self, which: int | Pair) -> TimeSeries:
        """Return the losses of a model, or the differences of a pair, in time order."""
        assert self.target.times is not None
        if isinstance(which, int):
            x, mean = self.values[which], self.mean(which)
        else:
            x, mean = self.difference(which), self.moments_of(which).mean
        return TimeSeries(x, self.target.weight, self.target.times, mean)

    def estimate(self, model: int) -> tuple[Estimate, Method]:
        """Return the mean loss with its interval, and how that was computed."""
        return mean_serial(self._series(model), self.options.level), Method.SERIAL_INTERVAL

    def test(self, pair: Pair, scale: float) -> PairedTest:
        """Return the test for differences in time order."""
        return serial_t(self._series(pair), self.options.level, scale)

    def may_be_best(self, models: Sequence[int]) -> Flags | str:
        """Return which of some models may be best, by the tests for time order."""
        return Estimates.may_be_best(self, models)

    def pilot(self, pair: Pair) -> Pilot | str:  # noqa: ARG002
        """Return why a series makes no plan."""
        return IN_TIME

    def is_serial(self, which: int | Pair) -> bool:
        """Return whether times depend on each other more than the method allows for."""
        return self._series(which).is_persistent

    def _farthest(self, pair: Pair) -> float:
        return self._series(pair).farthest


def warn_persistent(pairs: str) -> None:
    """Warn of pairs whose differences depend on each other more than the method allows for."""
    if pairs:
        warn(
            "differences of neighbouring times are so much alike that even the test for time order "
            f"claims too much: {pairs}. Believe small p-values only, or compare on a longer "
            "series.",
            SerialDependenceWarning,
        )


# --- do rows look dependent, although nobody said so? ---------------------------------------


def mark_dependence(samples: SampleLosses) -> SampleLosses:
    """Warn where neighbouring rows look dependent, and note it in the design.

    Of each model the probabilities are looked at, and of each pair the differences of the losses,
    both within classes. Samples that were tested several times count once.
    """
    if samples.target.times is not None or samples.target.groups is not None:
        return samples
    positions, starts = _blocks(samples.design.once)
    columns = [*_probabilities(samples, positions), *_differences(samples, positions)]
    if not looks_dependent(columns, _cells(samples, positions), starts):
        return samples
    how = "Pass times= or groups=."
    if samples.design.overlapping:
        how = "Pass groups=, or times= with splits that test each row once."
    warn(
        "are these rows in time order, or grouped, as several rows of one patient are? "
        "Neighbouring rows are more alike than independent rows, and intervals that take them for "
        f"independent are then too narrow. {how} Rows sorted by a feature look the same: if these "
        "are, and are independent otherwise, nothing is wrong.",
        SerialDependenceWarning,
    )
    return replace(samples, design=replace(samples.design, looks_dependent=True))


def _blocks(positions: Codes) -> tuple[Codes, list[int]]:
    """Return the positions to look at, and where each block of neighbours begins."""
    n = len(positions)
    if n <= N_BLOCKS * BLOCK_ROWS:
        return positions, [0]
    first = np.linspace(0, n - BLOCK_ROWS, N_BLOCKS).astype(np.intp)
    rows = (first[:, None] + np.arange(BLOCK_ROWS)).ravel()
    return positions[rows], [BLOCK_ROWS * i for i in range(N_BLOCKS)]


def _cells(samples: SampleLosses, positions: Codes) -> Codes:
    """Return the class of each sample, within its split where splits are large enough."""
    target, split = samples.target, samples.design.split
    cells = np.zeros(len(positions), dtype=np.intp)
    if isinstance(target, Target) and not target.is_soft:
        cells = target.y[positions]
    n_splits = samples.design.n_splits
    if split is None or samples.n_samples < LEAST_CELL * n_splits:
        return np.asarray(cells, dtype=np.intp)
    return np.asarray(cells * n_splits + split[positions], dtype=np.intp)


def _probabilities(samples: SampleLosses, positions: Codes) -> list[Floats]:
    """Return the probabilities of the second of two classes, or of the first few."""
    able = [
        stored
        for name, stored in zip(samples.names, samples.predicted, strict=bool(samples.predicted))
        if name not in samples.failures
    ]
    several = samples.target.n_classes > 2
    columns = slice(0, MOST_COLUMNS) if several else slice(1, 2)
    found = [stored.some(positions, columns) for stored in able[:MOST_COLUMNS]]
    return [column for of_model in found for column in of_model.T]


def _differences(samples: SampleLosses, positions: Codes) -> list[Floats]:
    """Return the differences of the first few pairs, under the last loss that counts no errors."""
    losses = [i for i, loss in enumerate(samples.losses) if not loss.zero_one] or [0]
    values = samples.values[losses[-1]][:, positions]
    pairs = pairs_of(samples.names, None, samples.failures)[:MOST_COLUMNS]
    with np.errstate(invalid="ignore"):
        found = [values[a] - values[b] for a, b in pairs]
    return [x for x in found if np.isfinite(x).all()]
