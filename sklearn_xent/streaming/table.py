"""Compare models on tables that need not fit into memory."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sklearn_xent._files import write_text
from sklearn_xent._messages import printable, read_whole, shorten, track
from sklearn_xent.comparison.result import Comparison
from sklearn_xent.inputs.files import identity_of
from sklearn_xent.losses.loss import Loss
from sklearn_xent.streaming.accumulator import LossAccumulator, empty_accumulator
from sklearn_xent.streaming.readers import Chunk, TableSchema, accumulate, chunks_of

BATCH_SIZE = 1 << 17
SECONDS = 5.0
"""The least time between two savings of the state."""


def compare_table(
    data: Any,
    *,
    y_true: str,
    predictions: Mapping[str, str | Sequence[str]],
    labels: Any,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    sample_weight: str | None = None,
    groups: str | None = None,
    from_logits: bool | Collection[str] = False,
    normalize: bool = False,
    baseline: str | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    equivalence_margin: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
    batch_size: int = BATCH_SIZE,
    n_jobs: int = 1,
    progress: bool = False,
    state: str | os.PathLike[str] | None = None,
) -> Comparison:
    """Compare the predictions of several models in a table, in bounded memory.

    Parameters
    ----------
    data : path, glob, list of paths, dataset, table or iterable of batches
        Parquet, Feather or CSV files (also ``.csv.gz`` and ``.csv.bz2``), folders of these,
        ``pyarrow`` datasets and tables, ``pandas`` and ``polars`` frames, anything with
        ``__arrow_c_stream__``, or an iterable of such batches. All but pandas frames and dicts of
        arrays need pyarrow. In folders names that begin with ``.`` or ``_`` are left out, and each
        file counts once, whatever links lead to it.
    y_true : str
        The column of the labels.
    predictions : dict of str to str or list of str
        The columns of each model: one for each class in the order of `labels`, or, of two classes,
        only that of the second. Names that tell another order, such as ``A_cat``, are an error.
    labels : array-like of shape (n_classes,)
        All classes.
    losses : sequence of str or Loss, optional
        By default classification error, Brier loss and cross-entropy.
    sample_weight, groups : str, optional
        The columns of weights, and of clusters. The clusters of text files are text, in which 7,
        7.0 and 007 are the same; elsewhere they have one type in all files and batches.
    from_logits : bool or collection of str, default=False
        Whether all predictions are logits, or the names of the models whose predictions are.
    normalize : bool, default=False
        Whether to divide each row of probabilities by its sum, as in `compare_predictions`.
    baseline : str, optional
        Compare each model with this one only, instead of all pairs.
    pairs : list of (str, str), optional
        Planned contrasts, as in `compare_predictions`; excludes `baseline`.
    equivalence_margin : float or dict, optional
        The greatest difference that does not matter, as in `compare_predictions`.
    confidence_level : float, default=0.95
        Level of the intervals.
    batch_size : int, default=131072
        How many rows are read at a time. This changes speed and memory, but no bit of the result.
    n_jobs : int, default=1
        How many threads share the work.
    progress : bool, default=False
        Whether to show a progress bar, with tqdm where it is installed.
    state : path, optional
        A file in which the state is saved every few seconds, in JSON. If the file is there, the
        comparison goes on from it and does not read again what it holds. Only for data in files,
        which must not change meanwhile. Losses of your own are known by their name only.

    Returns
    -------
    Comparison
        As that of `LossAccumulator.compute`.

    Raises
    ------
    ValueError
        As in `compare_predictions`, with a note that tells which rows are meant. Also for a column
        that is not there, a file that is missing, named twice or changed while it is read, and for
        a state of other files or another comparison.
    OSError
        When a file cannot be read, or a page does not fit its checksum.
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
    schema = TableSchema.read(y_true, predictions, sample_weight, groups, labels)
    empty = empty_accumulator(
        predictions,
        labels=labels,
        losses=losses,
        sample_weight=sample_weight,
        groups=groups,
        from_logits=from_logits,
        normalize=normalize,
    )
    batch_size = read_whole("batch_size", batch_size, 1)
    n_jobs = read_whole("n_jobs", n_jobs, 1)
    # options are checked before the work, not after it
    empty._read_options(baseline, equivalence_margin, confidence_level, pairs)
    chunks = chunks_of(data, schema, batch_size)
    checkpoint = None if state is None else Checkpoint(_read_path(state), empty, schema, chunks)
    accumulator = empty if checkpoint is None else checkpoint.accumulator
    todo = chunks if checkpoint is None else checkpoint.todo
    n_chunks = len(todo) if isinstance(todo, list) else None
    parts = _parts(todo, schema, empty, n_jobs)
    with nullcontext() if checkpoint is None else checkpoint.kept():
        for chunk, part in track(parts, n_chunks, "compare_table", progress):
            try:
                accumulator = accumulator.merge(part)
            except ValueError as error:
                error.add_note(
                    f"This was when {printable(chunk.name)} was added to what was read before."
                )
                raise
            if checkpoint is not None:
                checkpoint.add(chunk, accumulator)
        if checkpoint is not None:
            checkpoint.write()
    return accumulator.compute(
        baseline=baseline,
        pairs=pairs,
        equivalence_margin=equivalence_margin,
        confidence_level=confidence_level,
    )


def _read_path(state: Any) -> Path:
    """Return where the state is saved."""
    text = os.fsdecode(state) if isinstance(state, str | os.PathLike) else ""
    if not text or "\0" in text:
        raise ValueError(f"state must be the path of a file; got {shorten(state)}.")
    path = Path(text)
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "neither a file nor a folder"
        raise ValueError(f"state must be the path of a file; {printable(path)} is {what}.")
    return path


def _parts(
    chunks: Iterable[Chunk], schema: TableSchema, empty: LossAccumulator, n_jobs: int
) -> Iterator[tuple[Chunk, LossAccumulator]]:
    """Yield each chunk and the accumulator of its samples; threads read several at a time."""
    if n_jobs == 1:
        for chunk in chunks:
            yield chunk, accumulate(chunk, schema, empty)
        return
    waiting: deque[tuple[Chunk, Future[LossAccumulator]]] = deque()
    with ThreadPoolExecutor(n_jobs) as pool:
        for chunk in chunks:
            waiting.append((chunk, pool.submit(accumulate, chunk, schema, empty)))
            if len(waiting) > n_jobs:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()


# --- interruptions ------------------------------------------------------------------------------


class Checkpoint:
    """A file that holds the accumulator, and which chunks it has."""

    def __init__(
        self, path: Path, empty: LossAccumulator, schema: TableSchema, chunks: Any
    ) -> None:
        if not isinstance(chunks, list) or not all(chunk.stamp for chunk in chunks):
            raise ValueError("state is for files: a stream cannot be read from the middle.")
        if identity_of(str(path)) in {identity_of(chunk.path) for chunk in chunks}:
            raise ValueError(f"state must be a file of its own; {printable(path)} holds data.")
        self.path, self.accumulator, self.done = path, empty, set[int]()
        self.chunks = [[chunk.name, chunk.stamp] for chunk in chunks]
        self.place = {chunk.name: i for i, chunk in enumerate(chunks)}
        self.key = schema.key
        self.last, self.n_saved = time.monotonic(), 0
        self.is_new = not path.exists()
        if not self.is_new:
            self._restore(empty)
        else:
            self.write()  # before the work, to fail early where no file can be written
            self.last = -math.inf  # and after the first chunk, whose groups may not fit into JSON
        self.todo = [chunk for i, chunk in enumerate(chunks) if i not in self.done]

    def _restore(self, empty: LossAccumulator) -> None:
        """Read the file and check that it is a state of the same comparison."""
        name = printable(self.path)
        try:
            saved = json.loads(self.path.read_text(encoding="utf-8"))
            accumulator = LossAccumulator.from_dict(saved["accumulator"], losses=empty.own_losses)
            chunks, done, key = saved["chunks"], saved["done"], saved["key"]
            unchanged = saved["digest"] == _digest(saved["accumulator"], chunks, done, key)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(
                f"{name} is no state of compare_table that this release reads. If it is one "
                "of another release, remove it, or pass another path, to read the data again. "
                f"({type(error).__name__}: {error})"
            ) from error
        if not unchanged:
            raise ValueError(f"{name} was changed by hand. Remove it to begin anew.")
        if chunks != self.chunks:
            raise ValueError(
                f"{name} is the state of other files, or they were changed since. Remove it "
                "to begin anew."
            )
        try:
            self.accumulator = empty.merge(accumulator)
        except ValueError as error:
            raise ValueError(f"{name} is the state of another question: {error}") from None
        if key != self.key:
            raise ValueError(
                f"{name} is the state of another question: the columns are "
                f"{shorten(self.key, 200)}, and were {shorten(key, 200)}."
            )
        known = isinstance(done, list) and all(type(i) is int for i in done)
        if not known or done != sorted(set(done) & set(range(len(chunks)))):
            raise ValueError(f"{name} names parts of files that are not there.")
        self.done = set(done)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Remove the new file if an error comes before it holds anything."""
        try:
            yield
        except BaseException:
            if self.is_new and not self.n_saved:
                with suppress(OSError):
                    os.unlink(os.path.realpath(self.path))
            raise

    def add(self, chunk: Chunk, accumulator: LossAccumulator) -> None:
        """Note that the accumulator has a chunk, and save it now and then."""
        self.done.add(self.place[chunk.name])
        self.accumulator = accumulator
        if time.monotonic() - self.last > SECONDS:
            self.write()

    def write(self) -> None:
        """Save, so that whoever reads finds either the old state or the new one."""
        done, accumulator = sorted(self.done), self.accumulator.to_dict()
        state = {
            "accumulator": accumulator,
            "chunks": self.chunks,
            "done": done,
            "key": self.key,
            "digest": _digest(accumulator, self.chunks, done, self.key),
        }
        write_text(self.path, json.dumps(state))
        self.n_saved = len(done)
        self.last = time.monotonic()


def _digest(accumulator: Mapping[str, Any], *others: Any) -> str:
    """Return a checksum of everything that is saved."""
    of_sums = hashlib.sha256(json.dumps(accumulator, sort_keys=True).encode()).hexdigest()
    return hashlib.sha256(json.dumps([of_sums, *others], sort_keys=True).encode()).hexdigest()
