"""Collect the results of searches over parts of the splits, in the form of ``cv_results_``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from sklearn_xent._arrays import Codes, Floats

TIMES = ("fit_time", "score_time")


class FitTable:
    """Hold a score for each candidate and split, nan where none was fitted."""

    def __init__(self, n_candidates: int, n_splits: int) -> None:
        self.shape = n_candidates, n_splits
        self.scores: dict[str, Floats] = {}
        """By ``test_<name>`` and ``train_<name>``."""
        self._is_seen = np.zeros(self.shape, dtype=bool)
        self._is_timed = np.zeros(n_candidates, dtype=np.intp)
        self._times = {name: np.zeros((2, n_candidates)) for name in TIMES}
        """The sums of the times, and of their squares."""
        self._params: dict[str, Any] = {}

    @property
    def n_seen(self) -> Codes:
        """Return how many splits each candidate was fitted on."""
        return np.asarray(self._is_seen.sum(axis=1), dtype=np.intp)

    @property
    def test_names(self) -> list[str]:
        """Return the names of the scores."""
        return [key.removeprefix("test_") for key in self.scores if key.startswith("test_")]

    def lacking(self, rows: Codes, columns: Codes) -> list[tuple[Codes, Codes]]:
        """Return which of these fits were not made, as blocks of rows and columns."""
        if len(rows) == 0:
            return []
        patterns, which = np.unique(~self._is_seen[np.ix_(rows, columns)], axis=0,
                                    return_inverse=True)  # fmt: skip
        blocks = [
            (rows[which.reshape(-1) == i], columns[pattern]) for i, pattern in enumerate(patterns)
        ]
        return [(some, lacks) for some, lacks in blocks if len(lacks)]

    def add(self, results: Mapping[str, Any], rows: Codes, columns: Codes) -> None:
        """Add the ``cv_results_`` of a search of these candidates on these splits."""
        if not self._params:
            self._params = {k: v for k, v in results.items() if k.startswith("param")}
        for key, values in results.items():
            if key.startswith("split"):
                number, name = key.removeprefix("split").split("_", 1)
                table = self.scores.setdefault(name, np.full(self.shape, np.nan))
                table[rows, columns[int(number)]] = values
        for name, (sums, squares) in self._times.items():
            mean, std = results[f"mean_{name}"], results[f"std_{name}"]
            sums[rows] += len(columns) * mean
            squares[rows] += len(columns) * (std**2 + mean**2)
        self._is_timed[rows] += len(columns)
        self._is_seen[np.ix_(rows, columns)] = True

    def add_failed(self, value: float, rows: Codes, columns: Codes) -> None:
        """Add fits that all failed; their times are not known."""
        for table in self.scores.values():
            table[np.ix_(rows, columns)] = value
        self._is_seen[np.ix_(rows, columns)] = True

    def to_results(self) -> dict[str, Any]:
        """Return what `GridSearchCV` would have as ``cv_results_``, in its order.

        Means and ranks are nan and last for candidates that were not fitted on all splits.
        """
        out: dict[str, Any] = {}
        with np.errstate(invalid="ignore", divide="ignore"):
            for name, (sums, squares) in self._times.items():
                mean = out[f"mean_{name}"] = sums / self._is_timed
                out[f"std_{name}"] = np.sqrt(np.maximum(squares / self._is_timed - mean**2, 0.0))
            out |= self._params
            for key, table in self.scores.items():
                out |= {f"split{j}_{key}": table[:, j] for j in range(self.shape[1])}
                mean = out[f"mean_{key}"] = np.average(table, axis=1)
                deviations = (table - mean[:, np.newaxis]) ** 2
                out[f"std_{key}"] = np.sqrt(np.average(deviations, axis=1))
                if key.startswith("test_"):
                    out[f"rank_{key}"] = _ranks(mean)
        return out


def _ranks(means: Floats) -> Any:
    """Return the ranks of means as the searches of scikit-learn give them: nan are the last."""
    if np.isnan(means).all():
        return np.ones(len(means), dtype=np.int32)
    filled = np.where(np.isnan(means), np.nanmin(means) - 1, means)
    return stats.rankdata(-filled, method="min").astype(np.int32, copy=False)


def as_grid(candidates: Sequence[Mapping[str, Any]]) -> list[dict[str, list[Any]]]:
    """Return a grid that holds just these candidates, in this order."""
    return [{key: [value] for key, value in candidate.items()} for candidate in candidates]
