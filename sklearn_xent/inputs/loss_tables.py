"""Read tables of losses: one column a model, or one row for each item and model."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._messages import one_line, shorten, shorten_all
from sklearn_xent.inputs.alignment import RowsOf, check_rows, counts_rows, first_repeated
from sklearn_xent.inputs.files import files_of, format_of
from sklearn_xent.inputs.labels import LabelVector
from sklearn_xent.inputs.names import column_names, columns_of_table
from sklearn_xent.inputs.predictions import Matrix, read_matrix
from sklearn_xent.inputs.times import Times, read_times
from sklearn_xent.inputs.validation import read_names, read_vector
from sklearn_xent.inputs.weights import check_positive_sum, read_weights

MISSING = ("raise", "drop")
LEAST_VALUE, GREATEST_VALUE = 1e-100, 1e100
COUNTS_FROM = 10
"""A column that counts so many rows, at least, is taken for names of items."""
NAMES_OF_INDEX = ("index", "level_0", "id", "row", "")
NOT_MODELS = {
    "class", "cluster", "clusters", "date", "fold", "folds", "ground_truth", "group", "groups",
    "label", "labels", "sample_weight", "sample_weights", "split", "target", "time", "times",
    "timestamp", "weight", "weights", "y", "y_true",
}  # fmt: skip
"""Names of columns that are not models."""
MOST_RUNS = 5
"""A matrix of losses has at most so many times as many runs as items."""
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "groups": lambda data: read_vector("groups", data),
    "folds": lambda data: read_vector("folds", data),
    "times": read_times,
    "sample_weight": read_weights,
}


@dataclass(frozen=True)
class LossTable:
    """A table of losses or scores, checked: each model has each item once in each of its runs."""

    names: list[str]
    """Of the models."""
    values: Floats
    """Of shape (n_models, n_runs, n_items), as they were passed."""
    index: pd.Index | None
    """The labels of the items; None where they have none."""
    sides: Mapping[str, Any]
    """What else was passed for each item: groups, folds, times, sample_weight."""
    has_runs: bool = False
    n_left_out: int = 0
    """How many items were left out, because a model lacks them."""
    value_name: str | None = None
    """The name of the column of values of a long table."""

    @property
    def row_labels(self) -> pd.Index:
        """The labels of the items; row numbers where they have none."""
        return pd.RangeIndex(self.values.shape[2]) if self.index is None else self.index

    @property
    def weight(self) -> Floats | None:
        """The weights of the items, if there are any."""
        matrix: Matrix | None = self.sides.get("sample_weight")
        if matrix is None:
            return None
        check_positive_sum(matrix.name, matrix.values)
        return matrix.values

    def take(self, items: Codes) -> LossTable:
        """Return some of the items, by position."""
        return replace(
            self,
            values=self.values[:, :, items],
            index=self.row_labels[items],
            sides={name: _taken(side, items) for name, side in self.sides.items()},
        )


def read_loss_table(
    losses: Any,
    sides: Mapping[str, Any],
    *,
    item: str | None = None,
    model: str | None = None,
    value: str | None = None,
    run: str | None = None,
    missing: str = "raise",
) -> LossTable:
    """Read a table of losses, in memory or in files.

    `sides` are the arguments that hold one value an item, or name a column; those that are None
    are left out.
    """
    _check_column_names(item, model, value, run)
    if missing not in MISSING:
        raise ValueError(f"missing must be one of {', '.join(MISSING)}; got {shorten(missing)}.")
    sides = {name: side for name, side in sides.items() if side is not None}
    named = {"item": item, "model": model, "value": value, "run": run}
    named |= {name: side for name, side in sides.items() if isinstance(side, str)}
    wanted = {name: column for name, column in named.items() if column is not None}
    columns = _Columns.of(losses, wanted)
    columns.check(wanted)
    given = {name: columns.side(name, side) for name, side in sides.items()}
    if model is None:
        table = _read_wide(columns, given, item, set(wanted.values()))
    else:
        table = _read_long(columns, given, str(item), model, str(value), run)
    return _without_gaps(table, missing)


def _check_column_names(
    item: str | None, model: str | None, value: str | None, run: str | None
) -> None:
    """Check that the names of columns describe one form of table."""
    for name, column in (("item", item), ("model", model), ("value", value), ("run", run)):
        if column is not None and not isinstance(column, str):
            raise ValueError(
                f"{name} must be the name of a column, a string; got {shorten(column)}."
            )
    if model is None and (value is not None or run is not None):
        raise ValueError(
            "value and run are columns of a long table, which needs item, model and value. Name "
            "them all; or leave value and run out if each model has a column of its own."
        )
    if model is not None and (item is None or value is None):
        lacking = [name for name, x in (("item", item), ("value", value)) if x is None]
        raise ValueError(
            f"a long table needs the columns item, model and value; {' and '.join(lacking)} "
            f"{'is' if len(lacking) == 1 else 'are'} not named. Leave model out if each model has "
            "a column of its own."
        )


# --- the columns of any table ---------------------------------------------------------------


@dataclass(frozen=True)
class _Columns:
    """A table, column by column."""

    names: Sequence[Any]
    get: Callable[[Any], Any]
    index: pd.Index | None = None
    is_dict: bool = False

    @classmethod
    def of(cls, data: Any, wanted: Mapping[str, str]) -> _Columns:
        """Return the columns of a dict, a table of any library, or files."""
        if isinstance(data, str | os.PathLike) or (
            isinstance(data, list | tuple)
            and len(data)
            and all(isinstance(x, str | os.PathLike) for x in data)
        ):
            data = _read_files(data, wanted)
        if isinstance(data, Mapping):
            return cls(list(data), data.__getitem__, is_dict=True)
        if isinstance(data, pd.DataFrame):
            levels = [x for x in wanted.values() if x in data.index.names and x not in data.columns]
            data = data.reset_index(level=levels) if levels else data
            return cls(data.columns.tolist(), lambda x: data[x], data.index)
        if hasattr(type(data), "collect"):
            raise ValueError(
                f"losses must be a table whose rows are there; a {type(data).__name__} only "
                "promises them. Pass losses.collect()."
            )
        names = column_names(data) if len(getattr(data, "shape", ())) == 2 else None
        if names is None or isinstance(data, np.ndarray | list | tuple):
            raise ValueError(
                "losses must be a dict or a table of named columns, of pandas, polars or Arrow, or "
                f"a path; got {shorten(data)}. Pass a dict, {{model: losses of the items}}, or a "
                "pandas.DataFrame."
            )
        columns_of_table("losses", data, names[:1])
        return cls(list(names), lambda x: data[x])

    def check(self, wanted: Mapping[str, str]) -> None:
        """Check that each column is there once, and is asked for once."""
        twice = next((x for i, x in enumerate(self.names) if x in self.names[:i]), None)
        if twice is not None:
            raise ValueError(
                f"losses has several columns {shorten(twice)}; give each a name of its own."
            )
        for name, column in wanted.items():
            if column not in self.names:
                raise ValueError(
                    f"{name} must name a column of losses, which are {shorten_all(self.names, 20)};"
                    f" got {shorten(column)}."
                )
        form = [wanted[name] for name in ("item", "model", "value", "run") if name in wanted]
        shared = next((x for i, x in enumerate(form) if x in form[:i]), None)
        if shared is not None:
            raise ValueError(
                "item, model, value and run must be different columns; got "
                f"{shorten(shared)} twice."
            )

    def side(self, name: str, side: Any) -> Any:
        """Read an argument that holds one value a row, or names a column."""
        return _READERS[name](self.get(side) if isinstance(side, str) else side)


def _read_files(paths: Any, wanted: Mapping[str, str]) -> pd.DataFrame:
    """Read files of one format as one table; names of items and models in a text file are text."""
    try:
        files = files_of(paths)
        kind = format_of(files)
    except ValueError as error:
        raise ValueError(str(error).replace("data must", "losses must", 1)) from None
    if kind == "csv":
        parts = [_read_csv(file, wanted) for file in files]
    else:
        read = pd.read_parquet if kind == "parquet" else pd.read_feather
        parts = [_read_binary(read, file) for file in files]
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def _read_binary(read: Callable[[str], pd.DataFrame], file: str) -> pd.DataFrame:
    """Read a file of Parquet or Feather."""
    try:
        return read(file)
    except ImportError as error:
        raise ImportError(
            "this file needs pyarrow, which is not installed: pip install 'sklearn-xent[arrow]'."
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from None


def _unreadable(file: str, error: Exception) -> ValueError:
    return ValueError(f"losses cannot be read from {shorten(file, 200)}: {one_line(error)}")


_TEXT = ("item", "model", "run", "groups", "folds")
"""What a text file names: "007" is no 7, and "NA" and "None" are names like any other."""


def _read_csv(file: str, wanted: Mapping[str, str]) -> pd.DataFrame:
    text = {column for name, column in wanted.items() if name in _TEXT}
    try:
        header = pd.read_csv(file, nrows=0)
        text &= set(header.columns)
        others = [column for column in header.columns if column not in text]
        table: pd.DataFrame = pd.read_csv(
            file,
            dtype=dict.fromkeys(text, str),
            keep_default_na=False,
            na_values=dict.fromkeys(others, _NOT_GIVEN),
            low_memory=False,
            **_EXACT,
        )
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise _unreadable(file, error) from None
    _check_header(file, table)
    for column in text:
        empty = np.flatnonzero(table[column].isna() | (table[column] == ""))
        if len(empty):
            raise ValueError(
                f"the column {shorten(column)} of {shorten(file, 200)} is empty in {len(empty)} "
                f"rows, first in row {empty[0]}. Fill it, or drop these rows."
            )
    first = header.columns[0] if len(header.columns) else ""
    if first == "Unnamed: 0" and first not in wanted.values():  # the index that pandas wrote
        table = table.set_index(first)
        table.index.name = None
    return table


def _is_fraction(name: str) -> bool:
    """Return whether a name is the text of a number that counts nothing."""
    try:
        return float(name) % 1 != 0
    except ValueError:
        return False


def _check_header(file: str, table: pd.DataFrame) -> None:
    """Check that each column has a name of its own; pandas makes up names, or shifts columns."""
    first = pd.read_csv(file, header=None, nrows=1, dtype=str, keep_default_na=False).iloc[0]
    names = [name for name in first if name]
    if any(not name for name in first[1:]):
        raise ValueError(
            f"{shorten(file, 200)} has a column without a name, after {shorten(names[0])}. Name "
            "all columns in the first row."
        )
    if all(map(_is_fraction, names)):
        raise ValueError(
            f"the first row of {shorten(file, 200)} must hold the names of the columns; it holds "
            f"numbers, {shorten_all(names)}. Add a first row with the names of the models. Names "
            "that are numbers need a word, as C=0.1."
        )
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise ValueError(
            f"{shorten(file, 200)} has several columns {shorten(twice)}; give each a name of its "
            "own."
        )
    if not counts_rows(table.index):
        raise ValueError(
            f"{shorten(file, 200)} has more values in a row than the {len(first)} names of columns "
            "in its first row. Name all columns, or take out delimiters at the ends of rows."
        )


_EXACT: Mapping[str, Any] = (
    {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}
)
"""Reads each number as the nearest float; later versions of pandas do so anyhow."""
_NOT_GIVEN = ["", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "<NA>", "#N/A"]


def check_size(what: str, values: Floats) -> None:
    """Check that sums of squares neither overflow nor vanish."""
    greatest = np.nanmax(np.abs(values), initial=0.0)
    if greatest and not LEAST_VALUE <= greatest <= GREATEST_VALUE:
        raise ValueError(
            f"the greatest {what} must lie between {LEAST_VALUE:g} and {GREATEST_VALUE:g}, so that "
            f"sums of squares neither overflow nor vanish; got {greatest:.6g}. Scale all {what}s "
            "by the same number."
        )


def check_no_results(argument: str, names: Sequence[str]) -> None:
    """Check that names are of models, and not the keys of what cross_validate returned."""
    if "fit_time" in names and any(name.startswith("test_") for name in names):
        raise ValueError(
            f"{argument} holds fit_time and test scores, so it is what cross_validate returned for "
            "one model. Pass a dict of the results of each model, {model: results}, to "
            "compare_scores."
        )


# --- one column a model ---------------------------------------------------------------------


def _read_wide(
    columns: _Columns, given: Mapping[str, Any], item: str | None, others: set[str]
) -> LossTable:
    """Read a table with one column a model; rows are items."""
    models = {name: columns.get(name) for name in columns.names if name not in others}
    names = read_names("losses", models)
    check_no_results("losses", names)
    found = [_read_column(name, models[name], columns) for name in names]
    rows: list[Any] = [*found, *given.values()]
    if columns.index is not None:
        rows = [RowsOf("losses", pd.Series(index=columns.index, dtype=object)), *given.values()]
    index = next((x.index for x in rows if x.index is not None), None)
    if item is not None:
        labels = read_vector("item", columns.get(item))
        rows.append(labels)
        index = pd.Index([labels.distinct[code] for code in labels.codes])
    check_rows(rows)
    _check_unique(index, "groups" in given and item is None)
    shapes = {matrix.values.shape for matrix in found}
    if len(shapes) > 1:
        one, other = found[0], next(x for x in found if x.values.shape != found[0].values.shape)
        raise ValueError(
            f"every model must have the same runs, as columns; {one.name} is of shape "
            f"{one.values.shape} and {other.name} of {other.values.shape}."
        )
    values = np.stack([np.atleast_2d(matrix.values.T).astype(np.float64) for matrix in found])
    has_runs = found[0].values.ndim == 2
    if has_runs and values.shape[1] < 2:
        raise ValueError(_ONE_RUN)
    return LossTable(names, values, index, given, has_runs)


_ONE_RUN = (
    "runs need at least two of each model: from one, nothing can be said of new runs. Leave the "
    "runs out to compare these runs themselves."
)


def _read_column(name: str, column: Any, columns: _Columns) -> Matrix:
    """Read the losses of one model: a vector, or in a dict a matrix of runs (n_items, n_runs)."""
    try:
        matrix = read_matrix(f"losses[{name!r}]", column, vector=True)
    except ValueError as error:
        more = "" if columns.is_dict else (
            " If it is no model, name it by item=, groups=, folds=, times= or sample_weight=, or "
            "drop it; a long table needs item=, model= and value=."
        )  # fmt: skip
        raise ValueError(f"{error}{more}") from None
    values = matrix.values
    if values.ndim == 2 and values.shape[1] > MOST_RUNS * len(values):
        raise ValueError(
            f"{matrix.name} has {len(values)} rows and {values.shape[1]} columns: rows are items, "
            "columns are runs. Pass its transpose, or numpy.column_stack of a list of runs; if "
            "there are so many more runs than items, pass a long table with run=."
        )
    if not columns.is_dict and name.lower() in NOT_MODELS:
        raise ValueError(
            f"the column {shorten(name)} is not named like a model. Drop it, or pass its name as "
            "groups=, folds=, times= or sample_weight=; if it holds losses of a model, pass a dict."
        )
    if not columns.is_dict and len(values) >= COUNTS_FROM and _counts(name, values):
        raise ValueError(
            f"the column {shorten(name)} counts or names the rows: it looks like items, not "
            f"like losses. Pass item={name!r}, or drop it; if these are losses, pass a dict."
        )
    return matrix


def _counts(name: str, values: NDArray[Any]) -> bool:
    """Return whether a column counts the rows in equal steps, or is an index by its name."""
    if not (values == np.rint(values)).all():
        return False
    steps = np.diff(values.astype(np.float64))
    if steps[0] != 0 and (steps == steps[0]).all():
        return True
    is_named = name.lower() in NAMES_OF_INDEX or name.startswith("Unnamed: ")
    return is_named and len(np.unique(values)) == len(values)


def _check_unique(index: pd.Index | None, grouped: bool) -> None:
    """Check that no item is there twice, unless the rows are grouped."""
    if index is None or grouped or counts_rows(index) or not index.has_duplicates:
        return
    label, first, row = first_repeated(index)
    raise ValueError(
        f"each item must be there once; {shorten(label)} is in rows {first} and {row}. If "
        "these are runs of the models, pass a long table with run=; if they are different items, "
        "give them names of their own, or say by groups= which belong together."
    )


# --- one row for each item and model --------------------------------------------------------


def _read_long(
    columns: _Columns, given: Mapping[str, Any], item: str, model: str, value: str, run: str | None
) -> LossTable:
    """Read a table with one row for each item and model, in each run if there are runs."""
    items, models = (read_vector(name, columns.get(name)) for name in (item, model))
    runs = None if run is None else read_vector(run, columns.get(run))
    matrix = read_matrix(value, columns.get(value), vector=True)
    check_rows([x for x in (items, models, runs, matrix, *given.values()) if x is not None])
    if matrix.values.ndim != 1:
        raise ValueError(f"value must be a column of numbers; got shape {matrix.values.shape}.")
    i, labels = _codes(items)
    m, found = _codes(models)
    names = [str(label) for label in found]
    read_names("model", dict.fromkeys(names))
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"model names {twice!r} in two types. Give all names one type, as text.")
    r, n_runs = np.zeros(len(i), dtype=np.intp), 1
    if runs is not None:
        r, n_runs = _codes_of_runs(m, runs, names)
    cell = (m * n_runs + r) * len(labels) + i
    _check_cells(cell, items, models, runs)
    values = np.full(len(names) * n_runs * len(labels), np.nan)
    values[cell] = matrix.values
    first = np.unique(i, return_index=True)[1]
    for name, side in given.items():
        _check_constant(name, side, i, first, labels)
    return LossTable(
        names,
        values.reshape(len(names), n_runs, len(labels)),
        pd.Index(labels),
        {name: _taken(side, first) for name, side in given.items()},
        runs is not None,
        value_name=value,
    )


def _codes(vector: LabelVector) -> tuple[Codes, list[Any]]:
    """Return codes in the order in which the labels come, and the labels."""
    codes, found = pd.factorize(vector.codes)
    return codes.astype(np.intp, copy=False), [vector.distinct[code] for code in found]


def _codes_of_runs(models: Codes, runs: LabelVector, names: Sequence[str]) -> tuple[Codes, int]:
    """Return the run of each row, 0..R-1 within its model: runs of two models are never matched."""
    out, numbers = np.zeros(len(models), dtype=np.intp), []
    for model in range(len(names)):
        here = models == model
        codes, found = pd.factorize(runs.codes[here])
        out[here] = codes
        numbers.append(len(found))
    if len(set(numbers)) > 1:
        other = next(i for i, n in enumerate(numbers) if n != numbers[0])
        raise ValueError(
            f"every model must have as many runs; {names[0]!r} has {numbers[0]} and "
            f"{names[other]!r} has {numbers[other]}. Keep as many of each."
        )
    if numbers[0] < 2:
        raise ValueError(_ONE_RUN)
    return out, numbers[0]


def _check_cells(
    cell: Codes, items: LabelVector, models: LabelVector, runs: LabelVector | None
) -> None:
    """Check that no item of a model, in one run, is there twice."""
    order = np.argsort(cell, kind="stable")
    again = np.flatnonzero(np.diff(cell[order]) == 0)
    if not len(again):
        return
    first, row = sorted(order[again[0] : again[0] + 2].tolist())
    what = f"item {shorten(items[row])} of model {shorten(models[row])}"
    if runs is None:
        fix = "If these are runs of the model, name the column that tells them apart by run=."
    else:
        what, fix = f"{what} in run {shorten(runs[row])}", "Keep one of them."
    raise ValueError(
        f"each item of a model must be there once; {what} is in rows {first} and {row} "
        f"({len(again)} such). {fix}"
    )


def _check_constant(name: str, side: Any, item: Codes, first: Codes, labels: Sequence[Any]) -> None:
    """Check that all rows of an item have the same group, fold, time or weight."""
    of_row = side.values if isinstance(side, Matrix) else side.codes
    differs = np.flatnonzero(of_row != of_row[first][item])
    if not len(differs):
        return
    row = int(differs[0])
    before = int(first[item[row]])
    told = "" if isinstance(side, Times) else (
        f", {shorten(_value_of(side, before))} and {shorten(_value_of(side, row))}"
    )  # fmt: skip
    raise ValueError(
        f"{name} must be the same in all rows of an item; item {shorten(labels[item[row]])} has "
        f"two{told}, in rows {before} and {row}."
    )


def _value_of(side: Any, row: int) -> Any:
    return side.values[row] if isinstance(side, Matrix) else side[row]


# --- items ----------------------------------------------------------------------------------


def _taken(side: Any, items: Codes) -> Any:
    """Return what was passed for some of the rows; their names are those of the table."""
    if isinstance(side, Matrix):
        return side.take(items)
    if isinstance(side, LabelVector):
        codes = side.codes[items]
        occurs = np.bincount(codes, minlength=len(side.distinct)) > 0
        return replace(side, codes=codes, occurs=occurs, index=None)
    return replace(side, codes=side.codes[items], index=None)


def _without_gaps(table: LossTable, missing: str) -> LossTable:
    """Return the table without items that a model lacks; an error unless they may be dropped."""
    values = table.values
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        model, _, item = infinite[0]
        raise ValueError(
            f"losses must be finite; {len(infinite)} are not, first {values[tuple(infinite[0])]} "
            f"of model {table.names[model]!r} for item {shorten(table.row_labels[item])}. Give it "
            "the value it deserves, or drop the item for all models."
        )
    check_size("value", values)
    gaps = np.isnan(values)
    lacking = np.asarray(gaps.any(axis=(0, 1)))
    n = int(np.count_nonzero(lacking))
    if not n:
        return table
    if missing == "raise":
        item = int(np.argmax(lacking))
        model, run = np.argwhere(gaps[:, :, item])[0]
        of_run = f" in its run {run + 1}" if table.has_runs else ""
        raise ValueError(
            f"every model must have every item; {n} of {len(lacking)} items are missing or nan for "
            f"some model, first item {shorten(table.row_labels[item])} for {table.names[model]!r}"
            f'{of_run}. Fill them in, or pass missing="drop" to leave these items out for all '
            "models."
        )
    if n == len(lacking):
        raise ValueError("no item is there for every model, so none is left to compare.")
    return replace(table.take(np.flatnonzero(~lacking)), n_left_out=n)
