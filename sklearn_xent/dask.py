"""Compare models on a Dask cluster; the predictions stay where they are."""

from __future__ import annotations

import copy
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np

from sklearn_xent._messages import shorten
from sklearn_xent.comparison.result import Comparison
from sklearn_xent.inputs.files import stamp_of
from sklearn_xent.losses.loss import Loss
from sklearn_xent.streaming.accumulator import LossAccumulator, empty_accumulator
from sklearn_xent.streaming.readers import Chunk, TableSchema, accumulate, check_columns, chunks_of
from sklearn_xent.streaming.table import BATCH_SIZE


def compare_predictions(
    data: Any,
    predictions: Mapping[str, Any],
    *,
    y_true: str | None = None,
    labels: Any,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    sample_weight: Any = None,
    groups: Any = None,
    from_logits: bool | Collection[str] = False,
    normalize: bool = False,
    baseline: str | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    equivalence_margin: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
) -> Comparison:
    """Compare the predictions of several models where they are stored, on any Dask scheduler.

    One task sums up each partition. The sums are exact and small, and they are merged in a tree.
    The result is the same to the last bit on any number of workers, even if some of them fail and
    are replaced. To run it on a cluster, use a ``distributed.Client`` as usual.

    Parameters
    ----------
    data : dask DataFrame, path or dask array
        A table, Parquet files (see `compare_table`), or an array of the labels.
    predictions : dict of str to str, list of str or dask array
        The columns of each model, as in `compare_table`. If `data` holds the labels: arrays of
        shape (n_samples, n_classes) or (n_samples,).
    y_true : str, optional
        The column of the labels, if `data` is a table.
    labels : array-like of shape (n_classes,)
        All classes, in the order of the columns.
    losses : sequence of str or Loss, optional
        By default classification error, Brier loss and cross-entropy.
    sample_weight, groups : str or dask array, optional
        Weights and clusters: names of columns, or arrays.
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

    Returns
    -------
    Comparison
        As that of `LossAccumulator.compute`.

    Raises
    ------
    ValueError
        As in `compare_table`.

    Examples
    --------
    >>> import dask.array as da
    >>> import sklearn_xent.dask
    >>> rng = da.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.95, 500, chunks=200)
    >>> y = (rng.random(500, chunks=200) < p).astype(int)
    >>> comparison = sklearn_xent.dask.compare_predictions(
    ...     y, {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)}, labels=[0, 1], losses=["mse"]
    ... )
    >>> comparison.differences[["model_a", "model_b", "n_obs", "conclusion"]]
      model_a model_b  n_obs conclusion
    0   sharp   timid    500   a better
    """
    if not isinstance(predictions, Mapping) or not predictions:
        raise ValueError(f"predictions must be a dict by model; got {shorten(predictions)}.")
    empty = empty_accumulator(
        predictions,
        labels=labels,
        losses=losses,
        sample_weight=sample_weight,
        groups=groups,
        from_logits=from_logits,
        normalize=normalize,
    )
    # options are checked before the work, not after it
    empty._read_options(baseline, equivalence_margin, confidence_level, pairs)
    if hasattr(data, "to_delayed") and not hasattr(data, "columns"):
        if y_true is not None:
            raise ValueError("y_true names a column of a table; data holds the labels itself.")
        parts = _parts_of_arrays(data, predictions, sample_weight, groups, empty)
    else:
        schema = TableSchema.read(y_true, predictions, sample_weight, groups, labels)
        parts = _parts_of_table(data, schema, empty)
    return merge_all(parts).compute(
        baseline=baseline,
        pairs=pairs,
        equivalence_margin=equivalence_margin,
        confidence_level=confidence_level,
    )


def merge_all(parts: Sequence[Any]) -> LossAccumulator:
    """Compute delayed accumulators and merge them in a tree."""
    import dask.base

    level = list(parts)
    while len(level) > 1:
        level = [_merged(level[i : i + 8]) for i in range(0, len(level), 8)]
    [accumulator] = dask.base.compute(level[0])
    out: LossAccumulator = accumulator
    return out


def _merged(several: Sequence[Any]) -> Any:
    """Return the delayed merger of some delayed accumulators."""
    from dask.delayed import delayed

    return several[0] if len(several) == 1 else delayed(reduce)(LossAccumulator.merge, several)


def _parts_of_table(data: Any, schema: TableSchema, empty: LossAccumulator) -> list[Any]:
    """Return a delayed accumulator for each partition, or for each row group of files."""
    from dask.delayed import delayed

    if hasattr(data, "to_delayed"):
        check_columns(schema.all, list(data.columns))
        # whole partitions, because selecting columns would fuse partitions unevenly
        partitions = data.to_delayed(optimize_graph=False)
        return [
            delayed(_accumulate_frame)(part, schema, empty, i) for i, part in enumerate(partitions)
        ]
    if not isinstance(data, str | bytes | os.PathLike | list | tuple):
        raise ValueError(
            f"data must be a Dask DataFrame, a Dask array or paths; got {shorten(data)}."
        )
    chunks = list(chunks_of(data, schema, BATCH_SIZE))
    return [delayed(_accumulate_chunk)(chunk, schema, empty) for chunk in chunks]


def _accumulate_chunk(chunk: Chunk, schema: TableSchema, empty: LossAccumulator) -> LossAccumulator:
    """Return an accumulator of a part of a file, of which each worker may have a copy."""
    return accumulate(replace(chunk, stamp=stamp_of(chunk.path), identity=None), schema, empty)


def _accumulate_frame(
    frame: Any, schema: TableSchema, empty: LossAccumulator, i: int
) -> LossAccumulator:
    """Return an accumulator of the samples of a partition."""
    return accumulate(Chunk(f"partition {i}", lambda: iter([frame])), schema, empty)


def _parts_of_arrays(
    y: Any, predictions: Mapping[str, Any], weight: Any, groups: Any, empty: LossAccumulator
) -> list[Any]:
    """Return a delayed accumulator for each chunk of the labels."""
    from dask.delayed import delayed

    arrays = {"y_true": y, **{f"predictions[{name!r}]": p for name, p in predictions.items()}}
    arrays |= {k: x for k, x in (("sample_weight", weight), ("groups", groups)) if x is not None}
    chunks = {name: _chunks(name, array, y) for name, array in arrays.items()}
    return [
        delayed(_accumulate_arrays)(
            empty,
            chunks["y_true"][i],
            {name: chunks[f"predictions[{name!r}]"][i] for name in predictions},
            chunks["sample_weight"][i] if weight is not None else None,
            chunks["groups"][i] if groups is not None else None,
        )
        for i in range(len(chunks["y_true"]))
    ]


def _chunks(name: str, array: Any, y: Any) -> list[Any]:
    """Return the delayed chunks of an array, one for each chunk of the labels."""
    if not hasattr(array, "rechunk"):
        raise ValueError(f"{name} must be a Dask array, as data is; got {shorten(array)}.")
    sizes_known = not np.isnan(array.shape[0] + y.shape[0])
    if sizes_known and array.shape[0] != y.shape[0]:
        raise ValueError(
            f"y_true and {name} must have as many rows; got {y.shape[0]} and {array.shape[0]}."
        )
    chunks = {1: -1} if array.ndim == 2 else {}
    if sizes_known:
        chunks[0] = y.chunks[0]
    elif array.numblocks[0] != y.numblocks[0]:
        raise ValueError(
            f"{name} must have as many chunks of rows as y_true; got {array.numblocks[0]} and "
            f"{y.numblocks[0]}. Their sizes are not known: call compute_chunk_sizes() first."
        )
    return list(array.rechunk(chunks).to_delayed().reshape(-1))


def _accumulate_arrays(
    empty: LossAccumulator, y: Any, predictions: Mapping[str, Any], weight: Any, groups: Any
) -> LossAccumulator:
    """Return an accumulator of the samples of one chunk."""
    return copy.copy(empty).update(y, predictions, weight, groups=groups)
