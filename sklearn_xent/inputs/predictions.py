"""Matrices of predictions, read without a copy and checked block by block."""

from __future__ import annotations

import datetime
import math
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from sklearn_xent import _arrays
from sklearn_xent._arrays import Codes, Floats

Block = tuple[slice, Floats]


@dataclass(frozen=True)
class Matrix:
    """Numbers a user passed, with the row and column names they carried."""

    name: str
    values: NDArray[Any]
    index: pd.Index | None = None
    columns: tuple[Any, ...] | None = None

    def __len__(self) -> int:
        return len(self.values)


def read_matrix(name: str, data: Any) -> Matrix:
    """Anything that holds a real matrix or vector, as an array that shares its memory."""
    index = None
    if sparse.issparse(data):
        raise ValueError(f"{name} must be dense; got a sparse matrix. Pass {name}.toarray().")
    data = unmasked(name, data)
    columns = column_names(data)
    if isinstance(data, pd.DataFrame | pd.Series):
        index = data.index
    elif columns is not None:  # a table of another library
        data = np.column_stack([np.asarray(data[name]) for name in columns])
    try:
        values = np.asarray(data)
        if values.dtype.kind == "O":
            values = _floats_of_objects(values)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must hold real numbers; {str(error)[:200]}.") from None
    if values.dtype.kind not in "fiub":
        raise ValueError(f"{name} must hold real numbers; got dtype {values.dtype}.")
    if values.ndim not in (1, 2) or 0 in values.shape:
        raise ValueError(
            f"{name} must be of shape (n_samples, n_classes) or (n_samples,) and not empty; got "
            f"shape {values.shape}." + (_MULTILABEL if values.ndim == 3 else "")
        )
    return Matrix(name, values, index, columns)


def unmasked(name: str, data: Any) -> Any:
    """The data, of a masked array what it holds; a value that is masked is an error."""
    if not isinstance(data, np.ma.MaskedArray):
        return data
    if np.ma.is_masked(data):
        mask = np.atleast_1d(np.ma.getmaskarray(data))
        row = int(np.argmax(mask.reshape(len(mask), -1).any(axis=1)))
        raise ValueError(f"{name} must not hold masked values; first in row {row}.")
    return data.data


_MULTILABEL = " For multilabel or multi-output predictions call once per label."


def column_names(data: Any) -> tuple[Any, ...] | None:
    """Names of the columns of a pandas, polars or Arrow object, None where it has none."""
    if isinstance(data, pd.DataFrame):
        return tuple(data.columns.tolist())
    if isinstance(data, pd.Series):
        return None if data.name is None or data.name is pd.NA else (data.name,)
    names = getattr(data, "column_names", None) or getattr(data, "columns", None)
    is_table = isinstance(names, list) and hasattr(data, "__getitem__") and hasattr(data, "shape")
    return tuple(names) if is_table and names else None


def _floats_of_objects(values: NDArray[Any]) -> Floats:
    flat = [np.nan if x is None or x is pd.NA else x for x in values.ravel()]
    return np.asarray([_real(x) for x in flat], dtype=np.float64).reshape(values.shape)


def _real(value: Any) -> float:
    if isinstance(value, str | bytes):
        raise TypeError(f"got the string {value!r:.40}")
    if isinstance(value, datetime.date | np.datetime64 | np.timedelta64):
        raise TypeError(f"got the date {value!r:.60}")
    return float(value)


@dataclass(frozen=True)
class Predictions:
    """A matrix of predictions, one column a class; `blocks` yields checked float64 rows.

    `order` puts the columns into the order of the classes. One column p stands for (1 - p, p),
    one column of logits z for (0, z).
    """

    matrix: Matrix
    from_logits: bool = False
    order: Codes | None = None
    checked: bool = False
    """Whether this is what `read` gave, which need not be checked again."""
    by_columns: bool = False
    """Whether blocks are to lie column by column in memory."""

    def __len__(self) -> int:
        return len(self.matrix)

    def read(self, rows: slice = slice(None)) -> Predictions:
        """Some rows, read and checked once for all: a column for each class, in their order."""
        name, by_columns = self.matrix.name, self.n_classes <= _arrays.FEW_COLUMNS
        some = Matrix(name, self.matrix.values[rows])
        raw = Predictions(some, self.from_logits, self.order, by_columns=by_columns)
        clean = Matrix(name, _whole(raw.blocks()))
        return Predictions(clean, self.from_logits, checked=True, by_columns=by_columns)

    @property
    def one_column(self) -> bool:
        """Whether only the greater of two classes has a column."""
        return self.matrix.values.ndim == 1 or self.matrix.values.shape[1] == 1

    @property
    def n_classes(self) -> int:
        """The number of classes, two where there is one column."""
        return 2 if self.one_column else int(self.matrix.values.shape[1])

    def part(self, rows: slice) -> Floats:
        """Some rows as one block."""
        if self.checked:
            return self.matrix.values[rows]
        part = replace(self, matrix=replace(self.matrix, values=self.matrix.values[rows]))
        return _whole(part.blocks())

    def probabilities(self) -> Floats:
        """All rows as probabilities."""
        whole = self.part(slice(None))
        return _arrays.softmax(whole) if self.from_logits else whole

    def blocks(self) -> Iterator[Block]:
        """Blocks of rows; a bad row raises.

        Bad values raise before their block is given away; a bad sum at the latest when the
        blocks end, so that no result is possible.
        """
        if self.checked:
            yield from self._raw_blocks()
            return
        checked = self._checked_logits() if self.from_logits else self._checked_probabilities()
        for rows, block in checked:
            columns = block.T
            if self.one_column:
                first = np.zeros_like(columns) if self.from_logits else 1.0 - columns
                columns = np.concatenate([first, columns])
            if self.order is not None:
                columns = columns.take(self.order, axis=0)
            yield rows, columns.T if self.by_columns else np.ascontiguousarray(columns.T)

    def _raw_blocks(self) -> Iterator[Block]:
        values = self.matrix.values
        if values.ndim == 1:
            values = values[:, None]
        # other layouts and types are copied block by block, and two blocks may live at a time
        order: Literal["C", "F"] = "F" if self.by_columns else "C"
        flags = values.flags
        laid_out = flags.f_contiguous if self.by_columns else flags.c_contiguous
        is_view = laid_out and values.dtype == np.float64
        size = _arrays.BLOCK_BYTES if is_view else _arrays.BLOCK_BYTES // 4
        for rows in _arrays.row_blocks(len(values), values.shape[1], size):
            with np.errstate(over="ignore"):  # of long doubles: infinite, and told so
                block = np.asarray(values[rows], dtype=np.float64, order=order)
            yield rows, block

    @property
    def _ulp(self) -> float:
        dtype = self.matrix.values.dtype
        return float(np.finfo(dtype if dtype.kind == "f" else np.float64).eps)

    @property
    def sum_tolerance(self) -> float:
        """How far from one the sum of a row may be."""
        return max(1e-6, math.sqrt(self._ulp))

    def _clipped(self, block: Floats) -> Floats | None:
        """The block within [0, 1], rounding of four ulps forgiven; None when it is further out."""
        if _arrays.within_unit_range(block):
            return block
        slack = 4 * self._ulp
        fits = block.min() >= -slack and block.max() <= 1 + slack
        return np.clip(block, 0.0, 1.0) + 0.0 if fits else None

    def _checked_probabilities(self) -> Iterator[Block]:
        sums, filled = np.empty(min(len(self), _arrays.BUFFER_ROWS)), 0
        for rows, block in self._raw_blocks():
            out = self._clipped(block)
            if out is None:
                self._explain()
            if not self.one_column:
                if filled + len(out) > len(sums):
                    self._check_sums(sums[:filled])
                    filled = 0
                _arrays.row_sums(out, out=sums[filled : filled + len(out)])
                filled += len(out)
            yield rows, out
        if filled:
            self._check_sums(sums[:filled])

    def _check_sums(self, sums: Floats) -> None:
        slack = self.sum_tolerance
        fits = _arrays.least(sums) >= 1 - slack and _arrays.greatest(sums) <= 1 + slack
        if not fits:
            self._explain()

    def _checked_logits(self) -> Iterator[Block]:
        for rows, block in self._raw_blocks():
            if not _arrays.all_finite(block) and not self._has_logits(block):
                self._explain()
            yield rows, block

    def _has_logits(self, block: Floats) -> bool:
        """Whether each row has a logit: nan and +inf are none, -inf only beside another."""
        # a maximum is nan where any value is, +inf where any is, -inf where all are
        fits = np.isfinite(block.max(axis=1)).all() and not np.isnan(block).any()
        return bool(fits and not (self.one_column and np.isneginf(block).any()))

    # The slow path: something is wrong, say what.

    def _explain(self) -> NoReturn:
        name = self.matrix.name
        self._raise_on(np.isnan, "hold nan", "Drop or impute these rows, in y_true too.")
        if self.from_logits:
            self._raise_on(np.isposinf, "hold a logit of +inf", "Clip the logits.")
            self._raise_on(np.isneginf, "hold only -inf", "Give one class a finite logit.")
            raise AssertionError(f"{name}: no rule is broken")
        self._raise_on(np.isinf, "hold inf", "Pass from_logits=True if they are logits.")
        slack = 4 * self._ulp
        self._raise_on(
            lambda block: (block < -slack) | (block > 1 + slack), "have values outside [0, 1]", ""
        )
        sums = np.concatenate([_arrays.row_sums(self._clip(b)) for _, b in self._raw_blocks()])
        bad = np.flatnonzero(np.abs(sums - 1) > self.sum_tolerance)
        raise ValueError(
            f"{name}: {len(bad)} of {len(sums)} rows do not sum to 1 (tolerance "
            f"{self.sum_tolerance:.2g}); row {bad[0]} sums to {sums[bad[0]]:.6g}. "
            "Renormalise the rows, or pass from_logits=True for unnormalised scores."
        )

    @staticmethod
    def _clip(block: Floats) -> Floats:
        return np.clip(block, 0.0, 1.0)

    def _raise_on(
        self, broken: Callable[[Floats], NDArray[np.bool_]], rule: str, remedy: str
    ) -> None:
        def rows_of(block: Floats) -> NDArray[np.bool_]:
            cells = broken(block)
            # A logit of -inf is a class of probability zero; a row of nothing else is an error.
            whole_row = broken is np.isneginf and not self.one_column
            return np.asarray(cells.all(axis=1) if whole_row else cells.any(axis=1))

        bad = np.concatenate([rows_of(block) for _, block in self._raw_blocks()])
        if not bad.any():
            return
        row = int(bad.argmax())
        with np.errstate(over="ignore"):
            values = np.atleast_1d(self.matrix.values[row]).astype(np.float64)
        worst = float(values[broken(values)][0])
        raise ValueError(
            f"{self.matrix.name}: {bad.sum()} of {len(bad)} rows {rule}; first {worst!r} in row "
            f"{row}. {remedy or _what_it_looks_like(values)}"
        )


def _whole(blocks: Iterable[Block]) -> Floats:
    parts = [block for _, block in blocks]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _what_it_looks_like(row: Floats) -> str:
    with np.errstate(over="ignore"):
        if (row <= 0).all() and abs(np.exp(row).sum() - 1) < 1e-3:
            return "They look like log-probabilities: pass from_logits=True."
    if (row >= 0).all() and abs(row.sum() - 100) < 1:
        return "They look like percentages: divide by 100."
    return "Pass from_logits=True if they are logits (unnormalised scores or log-probabilities)."


@dataclass(frozen=True)
class StoredPredictions:
    """The predictions of one model in parts, one above the other; not copied until asked for."""

    parts: Sequence[Predictions]
    fingerprints: Sequence[int]
    """Of the parts as they were."""
    rows: Codes | None = None
    """Which rows of the stack, and in which order, where not all."""

    @classmethod
    def from_parts(cls, parts: Sequence[Predictions]) -> StoredPredictions:
        """The parts as they are now."""
        return cls(parts, [_fingerprint(part) for part in parts])

    def take(self, rows: Codes) -> StoredPredictions:
        """Some of the rows, by position."""
        return replace(self, rows=rows if self.rows is None else self.rows[rows])

    @property
    def unchanged(self) -> bool:
        """Whether nobody has written over them since."""
        return [_fingerprint(part) for part in self.parts] == list(self.fingerprints)

    def probabilities(self) -> Floats:
        """The rows as one matrix of probabilities."""
        if not self.unchanged:
            names = dict.fromkeys(part.matrix.name for part in self.parts)
            raise ValueError(
                f"{', '.join(names)} was changed in place after it was compared. Compare again."
            )
        whole = np.concatenate([part.probabilities() for part in self.parts])
        return whole if self.rows is None else whole[self.rows]


def _fingerprint(predictions: Predictions) -> int:
    """A checksum of the values, which are not copied unless they lie scattered."""
    values = predictions.matrix.values
    flat = values if values.flags.c_contiguous else np.ascontiguousarray(values.T)
    return zlib.crc32(flat.reshape(-1).view(np.uint8).data)
