"""Read tables of predictions, in memory or in files, as chunks that are read one by one."""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np
import pandas as pd

from sklearn_xent._host import to_host
from sklearn_xent._messages import one_line, printable, shorten, shorten_all
from sklearn_xent.inputs.files import files_of, format_of, identity_of, stamp_of
from sklearn_xent.inputs.labels import read_labels
from sklearn_xent.inputs.names import check_order
from sklearn_xent.streaming.accumulator import LossAccumulator
from sklearn_xent.streaming.groups import name_in_text


@dataclass(frozen=True)
class TableSchema:
    """The names of the columns of a table, and what they hold."""

    y_true: str
    predictions: Mapping[str, Sequence[str]]
    sample_weight: str | None = None
    groups: str | None = None
    strings: bool = False
    """Whether the labels are strings; those of a text file are then read as strings."""

    @classmethod
    def read(
        cls, y_true: Any, predictions: Any, sample_weight: Any, groups: Any, labels: Any = ()
    ) -> TableSchema:
        """Return the schema that the arguments describe, if they do."""
        for name, column in (
            ("y_true", y_true),
            ("sample_weight", sample_weight),
            ("groups", groups),
        ):
            if not isinstance(column, str) and (column is not None or name == "y_true"):
                raise ValueError(f"{name} must be the name of a column; got {shorten(column)}.")
        if not isinstance(predictions, Mapping) or not predictions:
            raise ValueError(
                'predictions must be a dict, {"model": [columns]}, with at least one entry; got '
                f"{shorten(predictions)}."
            )
        of_models = {}
        for name, columns in predictions.items():
            listed = [columns] if isinstance(columns, str) else columns
            are_names = isinstance(listed, list | tuple) and all(isinstance(x, str) for x in listed)
            if not are_names or not listed:
                raise ValueError(
                    f"predictions[{name!r}] must be columns, one for each class; got "
                    f"{shorten(columns)}."
                )
            of_models[name] = list(listed)
        classes = read_labels(labels)
        for name, listed in of_models.items():
            check_order(f"predictions[{name!r}]", listed, classes)
        strings = all(isinstance(label, str) for label in classes)
        return cls(y_true, of_models, sample_weight, groups, strings)

    @property
    def key(self) -> list[Any]:
        """The schema as plain values, by which saved states are compared."""
        return [self.y_true, dict(self.predictions), self.sample_weight, self.groups]

    @property
    def all(self) -> list[str]:
        """Every column that is needed, once each."""
        return list(dict.fromkeys([*self.but_groups, *([self.groups] if self.groups else [])]))

    @property
    def but_groups(self) -> list[str]:
        """Every column of something else than groups."""
        listed = [self.y_true, *(x for of_model in self.predictions.values() for x in of_model)]
        return listed if self.sample_weight is None else [*listed, self.sample_weight]

    def add(self, batch: Any, accumulator: LossAccumulator) -> LossAccumulator:
        """Add a batch of a table to an accumulator."""
        check_columns(self.all, list(_names(batch)))
        proba = {}
        for name, columns in self.predictions.items():
            listed = [_values(batch, column) for column in columns]
            matrix = np.empty((len(listed), len(listed[0])), dtype=np.result_type(*listed))
            for row, values in zip(matrix, listed, strict=True):
                row[:] = values
            proba[name] = matrix.T if len(columns) > 1 else matrix[0]
        weight = None if self.sample_weight is None else _values(batch, self.sample_weight)
        groups = None if self.groups is None else _values(batch, self.groups)
        return accumulator.update(_values(batch, self.y_true), proba, weight, groups=groups)


def check_columns(wanted: Sequence[str], given: Sequence[Any]) -> None:
    """Check that each wanted column is there exactly once."""
    times = Counter(given)  # there may be tens of thousands
    missing = [name for name in wanted if name not in times]
    if missing:
        there = shorten_all(sorted(given, key=str), most=20)
        raise ValueError(f"there is no column {shorten_all(missing)}; there are {there}.")
    twice = [name for name in wanted if times[name] > 1]
    if twice:
        raise ValueError(f"there are several columns {twice[0]!r}; give each a name of its own.")


def _names(batch: Any) -> Iterable[str]:
    """Return the names of the columns of a batch."""
    if isinstance(batch, Mapping):
        return batch.keys()
    names = batch.columns if isinstance(batch, pd.DataFrame) else batch.schema.names
    return list(names)


def _values(batch: Any, column: str) -> Any:
    """Return a column of a batch as a vector of numpy."""
    if isinstance(batch, Mapping):
        values = np.asarray(to_host(column, batch[column]))
        if values.ndim != 1 or len(values) != _size(batch):
            raise ValueError(
                f"the columns of a batch must be vectors of one length; {column!r} has shape "
                f"{values.shape}, the first {_size(batch)} rows."
            )
        return values
    if isinstance(batch, pd.DataFrame):
        return batch[column].to_numpy()
    values = batch.column(column)
    if hasattr(values, "dictionary_decode"):
        return np.asarray(values.to_pylist(), dtype=object)
    return values.to_numpy(zero_copy_only=False)


def _size(batch: Any) -> int:
    """Return the number of rows of a batch."""
    return len(next(iter(batch.values()))) if isinstance(batch, Mapping) else len(batch)


# --- chunks -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chunk:
    """A part of a table that is read at once."""

    name: str
    batches: Callable[[], Iterator[Any]]
    """Reads the batches of the chunk."""
    stamp: str = ""
    """Size and time of the file, by which changes are noticed; empty where there is no file."""
    path: str = ""
    identity: Hashable = None
    """What all names of the file have in common, if it is here: another file has another one."""

    def check_unchanged(self) -> None:
        """Check that nobody has replaced the file, or written into it, since it was listed."""
        replaced = self.identity is not None and identity_of(self.path) != self.identity
        if replaced or (self.stamp and stamp_of(self.path) != self.stamp):
            raise ValueError(
                f"{printable(self.path)} was changed while it was read. Compare again."
            )


def accumulate(chunk: Chunk, schema: TableSchema, empty: LossAccumulator) -> LossAccumulator:
    """Return an accumulator of the samples of a chunk."""
    accumulator, rows = copy.copy(empty), 0
    try:
        for batch in chunk.batches():
            n = _size(batch)
            accumulator = _added(
                batch, f"rows {rows} to {rows + n - 1} of {chunk.name}", schema, accumulator
            )
            rows += n
    except (OSError, ValueError):
        chunk.check_unchanged()  # a file that was replaced may well look broken
        raise
    chunk.check_unchanged()
    return accumulator


def _added(
    batch: Any, rows: str, schema: TableSchema, accumulator: LossAccumulator
) -> LossAccumulator:
    """Add a batch; an error tells its rows."""
    try:
        return schema.add(batch, accumulator)
    except ValueError as error:
        error.add_note(f"This was in {printable(rows)}.")
        raise


_ELSEWHERE = {
    "polars.LazyFrame": "Pass data.collect(), or write it with data.sink_parquet(path).",
    "dask.DataFrame": "Use sklearn_xent.dask.compare_predictions.",
    "pyspark.DataFrame": "Fill a LossAccumulator for each partition, or write Parquet files.",
    "pyarrow.ParquetFile": "Pass data.iter_batches(), or the path.",
}
"""What holds a query or a file, and how to pass its rows."""


def chunks_of(data: Any, schema: TableSchema, batch_size: int) -> list[Chunk] | Iterator[Chunk]:
    """Return the chunks of anything that holds a table."""
    if isinstance(data, pd.DataFrame):
        return list(_chunks_of_frame(data, batch_size))
    several = isinstance(data, list | tuple) and data
    if isinstance(data, str | bytes | os.PathLike) or (
        several and all(isinstance(x, str | bytes | os.PathLike) for x in data)
    ):
        return _chunks_of_dataset(_open(data, schema), schema, batch_size)
    if hasattr(data, "get_fragments"):
        if not _is_filtered(data):
            return _chunks_of_dataset(data, schema, batch_size)
        check_columns(schema.all, data.schema.names)
        twice = [file for file, times in Counter(getattr(data, "files", [])).items() if times > 1]
        if twice:
            raise ValueError(
                f"data must name each file once; the dataset reads {twice[0]} more than once."
            )
        data = data.scanner(columns=schema.all, batch_size=batch_size)
    if hasattr(data, "to_reader"):  # a scanner
        data = data.to_reader()
    _check_rows_are_there(data)
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return _chunks_of_stream(data, schema, batch_size)
    if isinstance(data, Mapping) or not isinstance(data, Iterable):
        raise ValueError(
            "data must be a path, a dataset, a table or an iterable of batches; got "
            f"{shorten(data)}."
        )
    return _chunks_of_batches(data, schema, batch_size)


def _check_rows_are_there(data: Any) -> None:
    """Check that this is no query or file that only promises rows."""
    for cls in type(data).__mro__:
        kind = f"{cls.__module__.partition('.')[0]}.{cls.__name__}"
        if kind in _ELSEWHERE:
            raise ValueError(
                f"data must be a table whose rows are there; a {kind} is none. {_ELSEWHERE[kind]}"
            )


def _is_filtered(dataset: Any) -> bool:
    """Return whether only some rows of a dataset count: then Arrow does not tell its parts."""
    try:
        dataset.get_fragments()
    except ValueError:
        return True
    return False


def _arrow() -> Any:
    """Return pyarrow with its modules that read files, or raise how to install it."""
    try:
        import pyarrow
        import pyarrow.csv
        import pyarrow.dataset
    except ImportError as error:
        raise ImportError(
            "this table needs pyarrow, which is not installed: pip install 'sklearn-xent[arrow]'."
        ) from error
    return pyarrow


def _open(paths: Any, schema: TableSchema) -> Any:
    """Return a dataset of files of one format."""
    files = files_of(paths)
    kind = format_of(files)
    read = _csv(schema, files) if kind == "csv" else kind
    with _clear_errors():
        return _arrow().dataset.dataset(files, format=read)


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Let the errors of Arrow say what to do, and not steer a terminal by what they quote."""
    try:
        yield
    except _arrow().ArrowInvalid as error:
        raise _unreadable(error) from None
    except (OSError, ValueError) as error:
        lines = str(error).split("\n")
        shown = [printable(line) for line in lines]
        if shown == lines:
            raise
        raise type(error)("\n".join(shown)) from None


def _unreadable(error: Exception) -> ValueError:
    """Return an error that says in one line why files cannot be read, and what to do."""
    text = printable(one_line(error))
    if "straddl" in text:
        text = f"a line is much longer than the first two, and than {LEAST_BLOCK} bytes"
        fix = "Leave out columns of long texts, or write the table as Parquet."
    elif "columns named" in text or "duplicate field names" in text:
        fix = "Give each column a name of its own, also those that are not read."
    else:
        fix = "Check the file, or read it with pandas, which has more options, and pass the frame."
    return ValueError(f"data cannot be read: {text[-300:].rstrip('.')}. {fix}")


LEAST_BLOCK = 1 << 20
"""The bytes of a text file that Arrow reads at once, at least."""


def _block_size(files: Sequence[str]) -> int:
    """Return how many bytes of text files to read at once: room for lines as the first two."""
    longest = 0
    for path in files:
        with open(path, "rb") as file:
            longest = max([longest, *map(len, islice(file, 2))])
    return min(max(LEAST_BLOCK, 2 * longest), (1 << 31) - 1)


def _csv(schema: TableSchema, files: Sequence[str]) -> Any:
    """Return the format of text files: probabilities are floats, and string labels strings."""
    arrow = _arrow()
    types = dict.fromkeys(chain(*schema.predictions.values()), arrow.float64())
    types |= {schema.y_true: arrow.string()} if schema.strings else {}
    types |= {schema.sample_weight: arrow.float64()} if schema.sample_weight else {}
    options = arrow.csv.ConvertOptions(column_types=types)
    return arrow.dataset.CsvFileFormat(
        parse_options=arrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=options,
        read_options=arrow.csv.ReadOptions(block_size=_block_size(files)),
    )


def _chunks_of_dataset(dataset: Any, schema: TableSchema, batch_size: int) -> list[Chunk]:
    """Return the chunks of a dataset: row groups where files have them, files otherwise."""
    _check_folders(schema, dataset)
    check_columns(schema.all, dataset.schema.names)
    chunks: dict[Hashable, Chunk] = {}
    for i, fragment in enumerate(dataset.get_fragments()):
        path, file, stamp = _file_of(fragment, i)
        own = fragment.physical_schema
        of_folder = _arrow().dataset.get_partition_keys(fragment.partition_expression)
        check_columns(schema.all, [*own.names, *(set(of_folder) - set(own.names))])
        # each file keeps its own types; only the dataset knows columns that are names of folders
        types = own if set(schema.all) <= set(own.names) else dataset.schema
        split = fragment.split_by_row_group() if hasattr(fragment, "split_by_row_group") else []
        for part in split or [fragment]:
            of_rows = [group.id for group in getattr(part, "row_groups", None) or []]
            name = f"{path}, row group {of_rows[0]}" if of_rows else str(path)
            if (file, *of_rows) in chunks:
                raise ValueError(
                    f"data must name each file once; the dataset reads {name} more than once."
                )
            batches = partial(_scan, part, types, schema, batch_size)
            identity = file if stamp else None
            chunks[(file, *of_rows)] = Chunk(name, batches, stamp, str(path), identity)
    return list(chunks.values())


def _check_folders(schema: TableSchema, dataset: Any) -> None:
    """Check that no column is only in the names of folders, such as g=1, which are not read."""
    parts = {part for path in getattr(dataset, "files", ()) for part in path.split("/")[:-1]}
    for name in set(schema.all) - set(dataset.schema.names):
        if any(part.startswith(f"{name}=") for part in parts):
            raise ValueError(
                f"there is no column {name!r} in the files, only in the names of their folders. "
                'Pass pyarrow.dataset.dataset(path, partitioning="hive").'
            )


def _file_of(fragment: Any, i: int) -> tuple[str, Hashable, str]:
    """Return the path of a fragment, what its file is known by, and its stamp."""
    path = getattr(fragment, "path", None)
    if path is None:
        return f"fragment {i}", i, ""
    kind = fragment.filesystem.type_name
    if kind == "local" or os.path.isabs(path):
        return path, identity_of(path), stamp_of(path)
    return path, (kind, path), ""


def _scan(part: Any, types: Any, schema: TableSchema, batch_size: int) -> Iterator[Any]:
    """Read the batches of a part of a dataset, few ahead."""
    types, rename = _with_text_groups(part, types, schema)
    scanner = part.scanner(
        schema=types,
        columns=schema.all,
        batch_size=batch_size,
        batch_readahead=2,
        fragment_readahead=1,
        fragment_scan_options=_with_checksums(part),
    )
    with _clear_errors():
        yield from map(rename, scanner.to_batches())


def _with_checksums(part: Any) -> Any:
    """Return the options to read a Parquet file and verify the checksums of pages that have one."""
    if not hasattr(part, "row_groups"):
        return None
    options = part.format.default_fragment_scan_options
    if getattr(options, "decryption_properties", None) is None:  # which no copy keeps
        options = copy.copy(options)
    options.page_checksum_verification = True
    return options


def _with_text_groups(
    part: Any, types: Any, schema: TableSchema
) -> tuple[Any, Callable[[Any], Any]]:
    """Let the clusters of a text file be read as text; return the types and what names them.

    Otherwise their type would depend on the other rows of their file.
    """
    arrow, name = _arrow(), schema.groups
    is_text = isinstance(getattr(part, "format", None), arrow.dataset.CsvFileFormat)
    if not is_text or name is None or name in schema.but_groups or name not in types.names:
        return types, lambda batch: batch
    place = types.get_field_index(name)
    guessed = types.field(place).type
    # where all else is text, NA is text, too
    missing = (
        {""} if arrow.types.is_string(guessed) else set(arrow.csv.ConvertOptions().null_values)
    )

    def rename(batch: Any) -> Any:
        at = batch.schema.get_field_index(name)
        column = batch.column(at).dictionary_encode()
        found = column.dictionary.to_pylist()
        names = [None if x is None or x in missing else name_in_text(x) for x in found]
        renamed = arrow.array(names, arrow.string()).take(column.indices)
        return batch.set_column(at, name, renamed)

    return types.set(place, arrow.field(name, arrow.string())), rename


def _once(batch: Any) -> Iterator[Any]:
    """Yield one batch."""
    yield batch


def _chunks_of_frame(frame: pd.DataFrame, batch_size: int) -> Iterator[Chunk]:
    """Yield the parts of a frame; an empty frame is one part, whose columns are checked."""
    for start in range(0, max(len(frame), 1), batch_size):
        part = frame.iloc[start : start + batch_size]
        yield Chunk(f"the frame from row {start}", partial(_once, part))


def _chunks_of_stream(data: Any, schema: TableSchema, batch_size: int) -> Iterator[Chunk]:
    """Yield the batches of anything that gives Arrow data, cut to size."""
    arrow = _arrow()
    try:
        if hasattr(data, "__arrow_c_stream__"):
            reader = arrow.RecordBatchReader.from_stream(data)
        else:
            reader = [arrow.record_batch(data)]
    except arrow.ArrowInvalid:
        raise ValueError(
            "data must be a table with named columns, or an iterable of such tables; got "
            f"{shorten(data)}."
        ) from None
    row = 0
    for batch in reader:
        check_columns(schema.all, batch.schema.names)
        present = [name for name in schema.all if name in batch.schema.names]
        for start in range(0, max(len(batch), 1), batch_size):
            part = batch.select(present).slice(start, batch_size)
            yield Chunk(f"the table from row {row}", partial(_once, part))
            row += len(part)


def _chunks_of_batches(
    batches: Iterable[Any], schema: TableSchema, batch_size: int
) -> Iterator[Chunk]:
    """Yield the batches of an iterable."""
    for i, batch in enumerate(batches):
        if isinstance(batch, Mapping | pd.DataFrame):
            yield Chunk(f"batch {i}", partial(_once, batch))
        elif hasattr(batch, "__arrow_c_stream__") or hasattr(batch, "__arrow_c_array__"):
            yield from _chunks_of_stream(batch, schema, batch_size)
        else:
            _check_rows_are_there(batch)
            is_path = isinstance(batch, str | bytes | os.PathLike)
            hint = " Pass paths as a list." if is_path else ""
            raise ValueError(f"batch {i} is no table; got {shorten(batch)}.{hint}")
