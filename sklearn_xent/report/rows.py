"""The rows of comparisons, and the public frames that hold them: made once, and read back once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, TypeVar, get_type_hints

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class SummaryRow:
    """One model under one loss. The fields are the columns of ``Comparison.summary``."""

    loss: str
    model: str
    mean_loss: float
    std_error: float
    conf_low: float
    conf_high: float
    confidence_level: float
    skill: float
    rank: int
    n_obs: int | None
    n_zero_probability: int | None
    method: str
    estimand: str
    status: str
    reason: str
    caution: str
    n_normalized: int | None
    mean_score: float
    may_be_best: bool | None


@dataclass(frozen=True)
class DifferenceRow:
    """Two models under one loss. The fields are the columns of ``Comparison.differences``."""

    loss: str
    model_a: str
    model_b: str
    loss_a: float
    loss_b: float
    difference: float
    std_error: float
    conf_low: float
    conf_high: float
    confidence_level: float
    statistic: float
    df: float
    pvalue: float
    pvalue_holm: float
    method: str
    estimand: str
    n_obs: int | None
    n_groups: int | None
    n_splits: int
    n_repeats: int
    n_discordant: int | None
    label_leverage: float
    sample_leverage: float
    degenerate: bool
    conclusion: str
    retraining: str | None
    caution: str
    detectable_difference: float


@dataclass(frozen=True)
class DatasetDifferenceRow:
    """A pair of models over data sets. The fields are columns of `DatasetsComparison`."""

    loss: str
    model_a: str
    model_b: str
    question: str
    n_datasets: int
    difference: float
    std_error: float
    conf_low: float
    conf_high: float
    df: float
    pvalue: float
    pvalue_holm: float
    wins: int
    ties: int
    losses: int
    new_low: float
    new_high: float
    conclusion: str
    caution: str
    confidence_level: float
    pvalue_wilcoxon: float
    pvalue_wilcoxon_holm: float
    spread: float
    noise: float
    chance_a_better: float


@dataclass(frozen=True)
class DatasetRow(DifferenceRow):
    """A pair of models on one data set. The fields are columns of ``by_dataset``."""

    dataset: str


@dataclass(frozen=True)
class SummaryOfDatasets:
    """One model under one loss over data sets. The fields are the columns of ``summary``."""

    loss: str
    model: str
    mean_loss: float
    mean_rank: float
    n_datasets: int


Pair = TypeVar("Pair", DifferenceRow, DatasetDifferenceRow, DatasetRow)
SWAPPED = {"a better": "b better", "b better": "a better"}
_EXCHANGED = (("model_a", "model_b"), ("loss_a", "loss_b"), ("wins", "losses"))
_TURNED = (("conf_low", "conf_high"), ("new_low", "new_high"))
_NEGATED = ("difference", "statistic")


def swapped(row: Pair) -> Pair:
    """Return the row of a pair, A minus B, as that of B minus A."""
    old = vars(row)
    new: dict[str, Any] = {x: -old[x] + 0.0 for x in _NEGATED if x in old}
    new["conclusion"] = SWAPPED.get(row.conclusion, row.conclusion)
    for a, b in _EXCHANGED:
        if a in old:
            new |= {a: old[b], b: old[a]}
    for low, high in _TURNED:
        if low in old:
            new |= {low: -old[high] + 0.0, high: -old[low] + 0.0}
    if "chance_a_better" in old:
        new["chance_a_better"] = 1.0 - old["chance_a_better"]
    return replace(row, **new)


# --- from rows to frames --------------------------------------------------------------------


@cache
def _types_of(kind: type) -> dict[str, Any]:
    """Return the type of each field."""
    types = get_type_hints(kind)
    return {field.name: types[field.name] for field in fields(kind)}


def summary_frame(rows: Sequence[SummaryRow]) -> pd.DataFrame:
    """Return the frame of all means. Counts and flags have plain types unless one is missing."""
    return _make_frame(SummaryRow, rows, _TEXT, plain=True)


def difference_frame(rows: Sequence[DifferenceRow]) -> pd.DataFrame:
    """Return the frame of all differences. A single model has none, but the same columns."""
    return _make_frame(DifferenceRow, rows, np.dtype(object), plain=False)


_TEXT = pd.Series([""]).dtype
"""The type that pandas gives to text: objects before pandas 3."""
_NUMBERS: dict[Any, Any] = {float: np.float64, int: np.int64, bool: np.bool_}
_MAY_BE_MISSING: dict[Any, tuple[Any, Any]] = {
    int | None: (pd.arrays.IntegerArray, np.int64),
    bool | None: (pd.arrays.BooleanArray, np.bool_),
}


def _make_frame(kind: type, rows: Sequence[Any], text: Any, *, plain: bool) -> pd.DataFrame:
    """Return rows of one kind as a frame, whose types are those of the fields even without rows.

    `text` is the type of columns of text. With `plain`, counts and flags of which none is missing
    have the types of numpy.
    """
    columns: dict[str, Any] = {}
    for name, of_field in _types_of(kind).items():
        values = [getattr(row, name) for row in rows]
        if of_field in _NUMBERS:
            columns[name] = np.array(values, dtype=_NUMBERS[of_field])
        elif of_field in _MAY_BE_MISSING:
            masked, dtype = _MAY_BE_MISSING[of_field]
            missing = np.array([x is None for x in values], dtype=np.bool_)
            known = np.array([x or 0 for x in values], dtype=dtype)
            columns[name] = known if plain and not missing.any() else masked(known, missing)
        else:
            columns[name] = pd.Series(values, dtype=text)
    return pd.DataFrame(columns)


# --- from frames to rows --------------------------------------------------------------------


def read_frame(name: str, frame: pd.DataFrame, kind: type) -> pd.DataFrame:
    """Return a frame that its owner may have changed, with all columns and a plain index.

    The frames of a comparison are public and mutable: rows may have been sorted or dropped, and
    columns moved into the index.
    """
    columns = [field.name for field in fields(kind)]
    moved = [level for level in frame.index.names if level in columns and level not in frame]
    if moved:
        frame = frame.reset_index(level=moved)
    missing = [column for column in columns if column not in frame]
    if missing:
        raise ValueError(f"{name} must keep its columns; missing are {missing}.")
    return frame.reset_index(drop=True)


Row = TypeVar("Row")


def read_rows(name: str, frame: pd.DataFrame, kind: type[Row]) -> list[Row]:
    """Return the rows of a frame that its owner may have changed."""
    return rows_from(read_frame(name, frame, kind), kind)


def rows_from(frame: pd.DataFrame, kind: type[Row]) -> list[Row]:
    """Return the rows of a frame. What is missing is None, or nan in a column of numbers."""
    return [kind(*values) for values in zip(*_columns(frame, kind), strict=True)]


def _columns(frame: pd.DataFrame, kind: type) -> list[list[Any]]:
    """Return the values of each field, in which all that pandas takes for missing is the same."""
    columns = []
    for name, of_field in _types_of(kind).items():
        missing = math.nan if of_field is float else None
        values = frame[name].tolist()
        values = [missing if x is None or x is pd.NA or x != x else x for x in values]
        if of_field in (int, int | None):
            # beside a missing one pandas makes them floats
            values = [int(x) if isinstance(x, float) and x.is_integer() else x for x in values]
        columns.append(values)
    return columns


def ranked_from_one(rows: Sequence[SummaryRow]) -> list[SummaryRow]:
    """Return rows whose ranks begin at 1; one that its owner left without a rank comes last."""
    known = [row.rank for row in rows if row.rank is not None] or [1]
    first, last = min(known), max(known) + 1
    ranks = [last if row.rank is None else row.rank for row in rows]
    return [replace(row, rank=rank - first + 1) for row, rank in zip(rows, ranks, strict=True)]
