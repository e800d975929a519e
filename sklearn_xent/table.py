"""Layer 15: comparing models on tables that need not fit into memory."""

from __future__ import annotations

import copy
import glob
import json
import os
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sklearn_xent._loss import Loss
from sklearn_xent._messages import check_whole, shorten, shorten_all
from sklearn_xent._progress import track
from sklearn_xent.comparison import Comparison
from sklearn_xent.streaming import LossAccumulator

BATCH_SIZE = 1 << 17
SECONDS = 5.0
"""How often the state is saved, at most."""
FORMATS = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".feather": "feather",
           ".arrow": "feather"}  # fmt: skip


def compare_table(
    data: Any,
    *,
    y_true: str,
    predictions: Mapping[str, str | Sequence[str]],
    labels: ArrayLike,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    sample_weight: str | None = None,
    groups: str | None = None,
    from_logits: bool | Collection[str] = False,
    baseline: str | None = None,
    equivalence_margin: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
    batch_size: int = BATCH_SIZE,
    n_jobs: int = 1,
    progress: bool = False,
    state: str | os.PathLike[str] | None = None,
) -> Comparison:
    """Compare the predictions of several models that stand in a table, in bounded memory.

    Parameters
    ----------
    data : path, glob, list of paths, dataset, table or iterable of batches
        Parquet, Feather or CSV files, folders of them, ``pyarrow`` datasets and tables, ``pandas``
        and ``polars`` frames, anything with ``__arrow_c_stream__``, or an iterable of such
        batches. All but pandas frames and dicts of arrays need pyarrow.
    y_true : str
        The column of the labels.
    predictions : dict of str to str or list of str
        The columns of each model: one for each class in the order of `labels`, or the one of the
        second of two classes.
    labels : array-like of shape (n_classes,)
        All classes.
    losses, from_logits, baseline, equivalence_margin, confidence_level
        As in `compare_predictions`.
    sample_weight, groups : str, optional
        The columns of weights, and of clusters.
    batch_size : int, default=131072
        How many rows are read at a time. It changes speed and memory, not one bit of the result.
    n_jobs : int, default=1
        How many threads share the work.
    progress : bool, default=False
        Whether to show a progress bar, with tqdm where it is installed.
    state : path, optional
        A file to which the state is saved every few seconds, in JSON. If it is there, what it
        holds is not read again: an interrupted comparison goes on. For files only.

    Returns
    -------
    Comparison
        As that of `LossAccumulator.compute`.

    Raises
    ------
    ValueError
        As in `compare_predictions`, with a note on where the batch stands; for a column that is
        not there; and for a state of other files or another question.
    ImportError
        When pyarrow is needed and not installed.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.95, 500)
    >>> y = (rng.random(500) < p).astype(int)
    >>> table = pd.DataFrame({"y": y, "sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)})
    >>> comparison = sx.compare_table(table, y_true="y", labels=[0, 1], losses=["mse"],
    ...                               predictions={"sharp": "sharp", "timid": ["timid"]})
    >>> comparison.summary[["model", "mean_loss", "n_obs"]].round(3)
       model  mean_loss  n_obs
    0  sharp      0.178    500
    1  timid      0.205    500
    """
    columns = Columns.read(y_true, predictions, sample_weight, groups)
    empty = LossAccumulator(
        labels=labels,
        models=list(predictions),
        losses=losses,
        weighted=sample_weight is not None,
        groups=groups is not None,
        from_logits=from_logits,
    )
    batch_size = check_whole("batch_size", batch_size, 1)
    n_jobs = check_whole("n_jobs", n_jobs, 1)
    units = units_of(data, columns, batch_size)
    saved = None if state is None else _Saved(Path(state), empty, units)
    seen = empty if saved is None else saved.seen
    todo = units if saved is None else saved.todo
    n_units = len(todo) if isinstance(todo, list) else None
    parts = _parts(todo, columns, empty, n_jobs)
    for unit, part in track(parts, n_units, "compare_table", progress):
        seen = seen.merge(part)
        if saved is not None:
            saved.add(unit, seen)
    if saved is not None:
        saved.write()
    return seen.compute(
        baseline=baseline,
        equivalence_margin=equivalence_margin,
        confidence_level=confidence_level,
    )


@dataclass(frozen=True)
class Columns:
    """Which columns are what."""

    y_true: str
    predictions: Mapping[str, Sequence[str]]
    sample_weight: str | None = None
    groups: str | None = None

    @classmethod
    def read(cls, y_true: Any, predictions: Any, sample_weight: Any, groups: Any) -> Columns:
        """The arguments, checked."""
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
            if not isinstance(listed, list | tuple) or not all(isinstance(x, str) for x in listed):
                raise ValueError(
                    f"predictions[{name!r}] must be columns, one for each class; got "
                    f"{shorten(columns)}."
                )
            of_models[name] = list(listed)
        return cls(y_true, of_models, sample_weight, groups)

    @property
    def all(self) -> list[str]:
        """Every column that is needed, once."""
        listed = [self.y_true, *(x for of_model in self.predictions.values() for x in of_model)]
        listed += [x for x in (self.sample_weight, self.groups) if x is not None]
        return list(dict.fromkeys(listed))

    def add(self, batch: Any, seen: LossAccumulator) -> LossAccumulator:
        """Add a batch to what was seen."""
        given = set(_names(batch))
        missing = [name for name in self.all if name not in given]
        if missing:
            raise ValueError(
                f"there is no column {shorten_all(missing)}; there are "
                f"{shorten_all(sorted(given))}."
            )
        proba = {}
        for name, columns in self.predictions.items():
            listed = [_values(batch, column) for column in columns]
            matrix = np.empty((len(listed), len(listed[0])), dtype=np.result_type(*listed))
            for row, values in zip(matrix, listed, strict=True):
                row[:] = values
            proba[name] = matrix.T if len(columns) > 1 else matrix[0]
        weight = None if self.sample_weight is None else _values(batch, self.sample_weight)
        groups = None if self.groups is None else _values(batch, self.groups)
        return seen.update(_values(batch, self.y_true), proba, weight, groups=groups)


def _names(batch: Any) -> Iterable[str]:
    if isinstance(batch, Mapping):
        return batch.keys()
    names = batch.columns if isinstance(batch, pd.DataFrame) else batch.schema.names
    return list(names)


def _values(batch: Any, column: str) -> Any:
    if isinstance(batch, Mapping):
        return np.asarray(batch[column])
    if isinstance(batch, pd.DataFrame):
        return batch[column].to_numpy()
    values = batch.column(column)
    if hasattr(values, "combine_chunks"):
        values = values.combine_chunks()
    if hasattr(values, "dictionary_decode"):
        values = values.dictionary_decode()
    return values.to_numpy(zero_copy_only=False)


# --- units of work ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """A part of a table that is read in one go: its name, and how its batches are had."""

    name: str
    batches: Callable[[], Iterator[Any]]


def accumulate(unit: Unit, columns: Columns, empty: LossAccumulator) -> LossAccumulator:
    """What was seen of a unit."""
    seen, rows = copy.copy(empty), 0
    for batch in unit.batches():
        n = len(next(iter(batch.values()))) if isinstance(batch, Mapping) else len(batch)
        try:
            seen = columns.add(batch, seen)
        except ValueError as error:
            error.add_note(f"This was in rows {rows} to {rows + n - 1} of {unit.name}.")
            raise
        rows += n
    return seen


def _parts(
    units: Iterable[Unit], columns: Columns, empty: LossAccumulator, n_jobs: int
) -> Iterator[tuple[Unit, LossAccumulator]]:
    """Each unit and what was seen of it, some at a time where there are several threads."""
    if n_jobs == 1:
        for unit in units:
            yield unit, accumulate(unit, columns, empty)
        return
    waiting: deque[tuple[Unit, Future[LossAccumulator]]] = deque()
    with ThreadPoolExecutor(n_jobs) as pool:
        for unit in units:
            waiting.append((unit, pool.submit(accumulate, unit, columns, empty)))
            if len(waiting) > n_jobs:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()


def units_of(data: Any, columns: Columns, batch_size: int) -> list[Unit] | Iterator[Unit]:
    """The units of whatever holds a table."""
    if isinstance(data, pd.DataFrame):
        return list(_units_of_frame(data, batch_size))
    if isinstance(data, str | os.PathLike):
        return _units_of_dataset(_open(data), columns, batch_size)
    if isinstance(data, list | tuple) and data and all(isinstance(x, str | Path) for x in data):
        return _units_of_dataset(_open(data), columns, batch_size)
    if hasattr(data, "get_fragments"):
        return _units_of_dataset(data, columns, batch_size)
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return _units_of_stream(data, columns, batch_size)
    if isinstance(data, Mapping) or not isinstance(data, Iterable):
        raise ValueError(
            "data must be a path, a dataset, a table or an iterable of batches; got "
            f"{shorten(data)}."
        )
    return _units_of_batches(data, columns, batch_size)


def _arrow(module: str = "") -> Any:
    try:
        import pyarrow
        import pyarrow.dataset
    except ImportError as error:
        raise ImportError(
            "this table needs pyarrow, which is not installed: pip install 'sklearn-xent[arrow]'."
        ) from error
    return pyarrow.dataset if module == "dataset" else pyarrow


def _open(paths: Any) -> Any:
    """A dataset of files, of one format."""
    listed = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    files: list[str] = []
    for path in [os.fspath(path) for path in listed]:
        if os.path.isdir(path):
            inside = (str(p) for p in Path(path).rglob("*") if p.suffix.lower() in FORMATS)
            files += sorted(inside)
        else:
            files += sorted(glob.glob(path)) if glob.has_magic(path) else [path]
    missing = [path for path in files if not os.path.isfile(path)]
    kinds = {FORMATS.get(Path(path).suffix.lower()) for path in files}
    if missing or not files or len(kinds) != 1 or None in kinds:
        raise ValueError(
            f"data must be files of one of the formats {', '.join(FORMATS)}; got "
            f"{shorten_all(missing or files or listed)}."
        )
    return _arrow("dataset").dataset(files, format=kinds.pop())


def _units_of_dataset(dataset: Any, columns: Columns, batch_size: int) -> list[Unit]:
    missing = [name for name in columns.all if name not in dataset.schema.names]
    if missing:
        raise ValueError(
            f"there is no column {shorten_all(missing)}; there are "
            f"{shorten_all(dataset.schema.names)}."
        )
    units = []
    for fragment in dataset.get_fragments():
        split = fragment.split_by_row_group() if hasattr(fragment, "split_by_row_group") else []
        for part in split or [fragment]:
            of_rows = [group.id for group in getattr(part, "row_groups", None) or []]
            name = f"{fragment.path}, row group {of_rows[0]}" if of_rows else str(fragment.path)
            batches = partial(_scan, part, dataset.schema, columns.all, batch_size)
            units.append(Unit(name, batches))
    return units


def _scan(part: Any, schema: Any, columns: list[str], batch_size: int) -> Iterator[Any]:
    scanner = part.scanner(
        schema=schema,
        columns=columns,
        batch_size=batch_size,
        batch_readahead=2,
        fragment_readahead=1,
    )
    return iter(scanner.to_batches())


def _once(batch: Any) -> Iterator[Any]:
    yield batch


def _units_of_frame(frame: pd.DataFrame, batch_size: int) -> Iterator[Unit]:
    for start in range(0, max(len(frame), 1), batch_size):
        part = frame.iloc[start : start + batch_size]
        yield Unit(f"the frame from row {start}", partial(_once, part))


def _units_of_stream(data: Any, columns: Columns, batch_size: int) -> Iterator[Unit]:
    """Batches of anything that gives Arrow data, cut to size."""
    arrow = _arrow()
    if hasattr(data, "__arrow_c_stream__"):
        reader = arrow.RecordBatchReader.from_stream(data)
    else:
        reader = [arrow.record_batch(data)]
    row = 0
    for batch in reader:
        present = [name for name in columns.all if name in batch.schema.names]
        for start in range(0, max(len(batch), 1), batch_size):
            part = batch.select(present).slice(start, batch_size)
            yield Unit(f"the table from row {row}", partial(_once, part))
            row += len(part)


def _units_of_batches(batches: Iterable[Any], columns: Columns, batch_size: int) -> Iterator[Unit]:
    for i, batch in enumerate(batches):
        if isinstance(batch, Mapping | pd.DataFrame):
            yield Unit(f"batch {i}", partial(_once, batch))
        elif hasattr(batch, "__arrow_c_stream__") or hasattr(batch, "__arrow_c_array__"):
            yield from _units_of_stream(batch, columns, batch_size)
        else:
            raise ValueError(f"batch {i} is no table; got {shorten(batch)}.")


# --- interrupted --------------------------------------------------------------------------------


class _Saved:
    """The state in a file: what was seen, and of which units."""

    def __init__(self, path: Path, empty: LossAccumulator, units: Any) -> None:
        if not isinstance(units, list) or any("from row" in unit.name for unit in units):
            raise ValueError("state is for files: a stream cannot be read from the middle.")
        self.path, self.seen, self.done = path, empty, set[str]()
        self.names, self.last = [unit.name for unit in units], time.monotonic()
        if path.exists():
            self._restore(empty)
        self.todo = [unit for unit in units if unit.name not in self.done]

    def _restore(self, empty: LossAccumulator) -> None:
        try:
            saved = json.loads(self.path.read_text(encoding="utf-8"))
            seen = LossAccumulator.from_dict(saved["seen"], losses=empty.own_losses)
            names, done = saved["units"], set(saved["done"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} is no state of compare_table; {error}") from error
        if names != self.names:
            raise ValueError(f"{self.path} is the state of other files. Remove it to begin anew.")
        try:
            self.seen = empty.merge(seen)
        except ValueError as error:
            raise ValueError(f"{self.path} is the state of another question: {error}") from None
        self.done = done

    def add(self, unit: Unit, seen: LossAccumulator) -> None:
        """Remember a unit, and save now and then."""
        self.done.add(unit.name)
        self.seen = seen
        if time.monotonic() - self.last > SECONDS:
            self.write()

    def write(self) -> None:
        """Save, so that whoever reads finds the old state or the new one."""
        text = json.dumps(
            {"seen": self.seen.to_dict(), "units": self.names, "done": sorted(self.done)}
        )
        new = self.path.with_name(self.path.name + ".new")
        new.write_text(text, encoding="utf-8")
        os.replace(new, self.path)
        self.last = time.monotonic()
