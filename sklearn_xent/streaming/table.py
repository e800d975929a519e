"""Comparing models on tables that need not fit into memory."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sklearn_xent._messages import read_whole, shorten, track
from sklearn_xent.comparison.result import Comparison
from sklearn_xent.losses.loss import Loss
from sklearn_xent.streaming.accumulator import LossAccumulator
from sklearn_xent.streaming.readers import Chunk, TableSchema, accumulate, chunks_of

BATCH_SIZE = 1 << 17
SECONDS = 5.0
"""How often the state is saved, at most."""


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
    losses : sequence of str or Loss, optional
        By default classification error, Brier loss and cross-entropy.
    sample_weight, groups : str, optional
        The columns of weights, and of clusters.
    from_logits : bool or collection of str, default=False
        Whether the predictions are logits, or the names of the models whose predictions are.
    baseline : str, optional
        Compare each model with this one only, instead of all pairs.
    equivalence_margin : float or dict, optional
        The greatest difference that does not matter, as in `compare_predictions`.
    confidence_level : float, default=0.95
        Level of the intervals.
    batch_size : int, default=131072
        How many rows are read at a time. It changes speed and memory, not one bit of the result.
    n_jobs : int, default=1
        How many threads share the work.
    progress : bool, default=False
        Whether to show a progress bar, with tqdm where it is installed.
    state : path, optional
        A file to which the state is saved every few seconds, in JSON. If it is there, what it
        holds is not read again: an interrupted comparison goes on. For files only, which must
        not change meanwhile; losses of your own go by their name.

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
    columns = TableSchema.read(y_true, predictions, sample_weight, groups, labels)
    empty = LossAccumulator(
        labels=labels,
        models=list(predictions),
        losses=losses,
        weighted=sample_weight is not None,
        groups=groups is not None,
        from_logits=from_logits,
    )
    batch_size = read_whole("batch_size", batch_size, 1)
    n_jobs = read_whole("n_jobs", n_jobs, 1)
    empty.options(baseline, equivalence_margin, confidence_level)  # before the work, not after
    chunks = chunks_of(data, columns, batch_size)
    checkpoint = None if state is None else Checkpoint(Path(state), empty, columns, chunks)
    seen = empty if checkpoint is None else checkpoint.seen
    todo = chunks if checkpoint is None else checkpoint.todo
    n_chunks = len(todo) if isinstance(todo, list) else None
    parts = _parts(todo, columns, empty, n_jobs)
    for chunk, part in track(parts, n_chunks, "compare_table", progress):
        seen = seen.merge(part)
        if checkpoint is not None:
            checkpoint.add(chunk, seen)
    if checkpoint is not None:
        checkpoint.write()
    return seen.compute(
        baseline=baseline,
        equivalence_margin=equivalence_margin,
        confidence_level=confidence_level,
    )


def _parts(
    chunks: Iterable[Chunk], columns: TableSchema, empty: LossAccumulator, n_jobs: int
) -> Iterator[tuple[Chunk, LossAccumulator]]:
    """Each unit and what was seen of it, some at a time where there are several threads."""
    if n_jobs == 1:
        for chunk in chunks:
            yield chunk, accumulate(chunk, columns, empty)
        return
    waiting: deque[tuple[Chunk, Future[LossAccumulator]]] = deque()
    with ThreadPoolExecutor(n_jobs) as pool:
        for chunk in chunks:
            waiting.append((chunk, pool.submit(accumulate, chunk, columns, empty)))
            if len(waiting) > n_jobs:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()


# --- interrupted --------------------------------------------------------------------------------


class Checkpoint:
    """The state in a file: what was seen, and of which units."""

    def __init__(
        self, path: Path, empty: LossAccumulator, columns: TableSchema, chunks: Any
    ) -> None:
        if not isinstance(chunks, list) or not all(chunk.stamp for chunk in chunks):
            raise ValueError("state is for files: a stream cannot be read from the middle.")
        self.path, self.seen, self.done = path, empty, set[int]()
        self.chunks, self.last = [[chunk.name, chunk.stamp] for chunk in chunks], time.monotonic()
        self.place = {chunk.name: i for i, chunk in enumerate(chunks)}
        self.key = columns.key
        if path.exists():
            self._restore(empty)
        else:
            self.write()  # before the work, in case that it cannot be
            self.last = -math.inf  # and after the first unit, whose groups might not go into JSON
        self.todo = [chunk for i, chunk in enumerate(chunks) if i not in self.done]

    def _restore(self, empty: LossAccumulator) -> None:
        try:
            checkpoint = json.loads(self.path.read_text(encoding="utf-8"))
            seen = LossAccumulator.from_dict(checkpoint["seen"], losses=empty.own_losses)
            chunks, done, key = checkpoint["units"], checkpoint["done"], checkpoint["question"]
            sums = checkpoint["digest"] == _digest(seen, chunks, done, key)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} is no state of compare_table; {error}") from error
        if not sums:
            raise ValueError(f"{self.path} was changed by hand. Remove it to begin anew.")
        if chunks != self.chunks:
            raise ValueError(
                f"{self.path} is the state of other files, or they were changed since. Remove it "
                "to begin anew."
            )
        try:
            self.seen = empty.merge(seen)
        except ValueError as error:
            raise ValueError(f"{self.path} is the state of another question: {error}") from None
        if key != self.key:
            raise ValueError(
                f"{self.path} is the state of another question: the columns are "
                f"{shorten(self.key, 200)}, and were {shorten(key, 200)}."
            )
        self.done = set(done)

    def add(self, chunk: Chunk, seen: LossAccumulator) -> None:
        """Remember a unit, and save now and then."""
        self.done.add(self.place[chunk.name])
        self.seen = seen
        if time.monotonic() - self.last > SECONDS:
            self.write()

    def write(self) -> None:
        """Save, so that whoever reads finds the old state or the new one."""
        done = sorted(self.done)
        checkpoint = {
            "seen": self.seen.to_dict(),
            "units": self.chunks,
            "done": done,
            "question": self.key,
            "digest": _digest(self.seen, self.chunks, done, self.key),
        }
        with tempfile.NamedTemporaryFile(
            "w", dir=self.path.parent, prefix=self.path.name, encoding="utf-8", delete=False
        ) as file:
            json.dump(checkpoint, file)
        os.replace(file.name, self.path)
        self.last = time.monotonic()


def _digest(seen: LossAccumulator, *others: Any) -> str:
    text = json.dumps([seen.digest(), *others], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
