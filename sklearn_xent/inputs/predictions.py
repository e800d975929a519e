"""Read matrices of predictions without a copy, and check them block by block."""

from __future__ import annotations

import datetime
import math
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set, ValuesView
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from sklearn_xent import _arrays, _host
from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent.inputs.names import check_names_are_read, column_names, columns_of_table

LANES, FACTOR, HALF = 1 << 13, np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
"""Of the checksum: so many lanes stay in the cache; the golden ratio in 64 bits, which is odd."""

LEAST_SUM, GREATEST_SUM = 0.9, 1.1
"""Sums of rows by which `normalize` divides; rounding moves a sum no farther."""

Block = tuple[slice, Floats]
CheckedBlock = tuple[slice, Floats, bool, _arrays.Tops | None]
"""A block of probabilities within [0, 1] or of logits, whether it was clipped, and its tops."""


FEWEST_LABELS = 10
"""Fewer whole numbers in a column are not suspected to be labels."""

GREATEST_TOLERANCE = 2.0**-5
"""The sum of a row may be this far from one at most: four ulps of bfloat16."""


@dataclass(frozen=True)
class Matrix:
    """Numbers that a user passed, with the names of their rows and columns."""

    name: str
    values: NDArray[Any]
    index: pd.Index | None = None
    columns: tuple[Any, ...] | None = None
    ulp: float | None = None
    """The distance from one to the next number as passed; None for that of the type of `values`."""

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Codes | slice) -> Matrix:
        """Return some of the rows, without their names."""
        return Matrix(self.name, self.values[rows], ulp=self.ulp)


def read_matrix(name: str, data: Any, *, vector: bool = False) -> Matrix:
    """Read anything that holds a real matrix or vector, without a copy where that can be.

    `vector` says that the argument is no matrix of classes, for the words of errors.
    """
    index = None
    ulp = _host.BFLOAT16_ULP if _host.holds_bfloat16(data) else None
    data = unmasked(name, data)
    columns = column_names(data)
    if isinstance(data, pd.DataFrame | pd.Series):
        index = data.index
    elif columns is not None:
        data = columns_of_table(name, data, columns)
    try:
        values = np.asarray(data)
        if values.dtype.isbuiltin == _host.USER_DEFINED:  # of an object that only numpy can read
            ulp = _host.BFLOAT16_ULP if _host.holds_bfloat16(values) else None
            values = _host.to_host(name, values)
        if values.dtype.kind == "O":
            values = _floats_of_objects(values)
    except (TypeError, ValueError, OverflowError) as error:
        if hasattr(data, "predict"):
            raise ValueError(
                f"{name} must hold numbers; got an estimator, {shorten(data)}. Pass what its "
                "predict_proba(X) returns. compare_models takes estimators, and retrains them."
            ) from None
        raise ValueError(f"{name} must hold real numbers; {str(error)[:200]}.") from None
    if values.dtype.kind not in "fiub":
        raise ValueError(f"{name} must hold real numbers; got dtype {values.dtype}.")
    if values.ndim not in (1, 2) or 0 in values.shape:
        shape = "(n_samples,)" if vector else "(n_samples, n_classes) or (n_samples,)"
        raise ValueError(
            f"{name} must be of shape {shape} and not empty; got shape {values.shape}."
            + (_MULTILABEL if values.ndim == 3 and not vector else "")
        )
    return Matrix(name, values, index, columns, ulp)


def unmasked(name: str, data: Any) -> Any:
    """Return the data on the host, of a masked array its values.

    A masked value is an error, and so are a sparse matrix, a name that would be lost, and what
    numpy would take for a single object, or for rows instead of columns.
    """
    if type(data) is np.ndarray and data.dtype.isbuiltin == 1:
        return data  # nothing to lose: most calls end here
    if sparse.issparse(data):
        raise ValueError(f"{name} must be dense; got a sparse matrix. Pass {name}.toarray().")
    if isinstance(data, np.ma.MaskedArray):
        if data.dtype.names is None and np.ma.is_masked(data):
            raise _masked(name, np.ma.getmaskarray(np.ma.atleast_1d(data)))
        return data.data
    _check_is_array(name, data)
    check_names_are_read(name, data)
    if isinstance(data, list | tuple) and _hold_masks(data):
        raise _masked(name, np.asarray([np.ma.is_masked(row) for row in data], dtype=bool))
    return _host.to_host(name, data)


def _hold_masks(rows: Sequence[Any]) -> bool:
    """Return whether there are masked values in a list of arrays."""
    if not any(issubclass(kind, np.ma.MaskedArray) for kind in set(map(type, rows))):
        return False
    return any(map(np.ma.is_masked, rows))


def _masked(name: str, mask: NDArray[np.bool_]) -> ValueError:
    """Return the error for masked values, which names the first row."""
    row = int(np.argmax(mask.reshape(len(mask), -1).any(axis=1)))
    return ValueError(
        f"{name} must not hold masked values; first in row {row}. Drop these rows everywhere, or "
        "fill them."
    )


def _check_is_array(name: str, data: Any) -> None:
    """Check that this is no container whose items numpy would not read in their order."""
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        if any(np.ndim(column) for column in data):
            raise ValueError(
                f"{name} is a named tuple of columns, {shorten_all(data._fields)}, which numpy "
                f"would read as rows. Pass pandas.DataFrame({name}._asdict()), or "
                f"numpy.column_stack({name})."
            )
        return
    if isinstance(data, list | tuple | np.ndarray):
        return
    if isinstance(data, Mapping):
        raise ValueError(
            f"{name} must be an array; got a {type(data).__name__} with the keys "
            f"{shorten_all(data)}. Of columns make pandas.DataFrame({name})."
        )
    if isinstance(data, Iterator | ValuesView | Set | str | bytes):
        fix = "Pass a list."
        if isinstance(data, str):
            fix = "If it names a column, pass the values of the column."
        raise ValueError(
            f"{name} must be an array; got a {type(data).__name__}: {shorten(data)}. {fix}"
        )


_MULTILABEL = (
    " For multilabel or multi-output predictions call once per label. Of several runs of a model "
    "average the probabilities; or pass the losses of the runs to compare_losses."
)


def _floats_of_objects(values: NDArray[Any]) -> Floats:
    """Convert Python objects to floats; missing values become nan."""
    flat = [np.nan if x is None or x is pd.NA else x for x in values.ravel()]
    return np.asarray([_real(x) for x in flat], dtype=np.float64).reshape(values.shape)


def _real(value: Any) -> float:
    """Convert one object to a float; refuse strings and dates, which numpy would convert."""
    if isinstance(value, str | bytes):
        raise TypeError(f"got the string {value!r:.40}")
    if isinstance(value, datetime.date | np.datetime64 | np.timedelta64):
        raise TypeError(f"got the date {value!r:.60}")
    return float(value)


@dataclass(frozen=True)
class Predictions:
    """A matrix of predictions, one column a class; `blocks` yields checked float64 rows.

    `order` puts the columns into the order of the classes. One column p stands for (1 - p, p),
    one column of logits z for (0, z). The matrix is the user's, by reference, unless `read` copied
    it.
    """

    matrix: Matrix
    from_logits: bool = False
    order: Codes | None = None
    checked: bool = False
    """Whether every row was checked already, or is trusted, so that `blocks` does not check."""
    rounded: bool = False
    """Whether checked probabilities lie outside [0, 1] by rounding, so that `blocks` clips them."""
    by_columns: bool = False
    """Whether blocks lie column by column in memory."""
    normalize: bool | None = None
    """Whether rows are divided by their sum; None where the caller has no such option."""
    by_classes: bool = False
    """Whether a fitted estimator told the classes of the columns."""

    def __len__(self) -> int:
        return len(self.matrix)

    def read_checked(self) -> Predictions:
        """Check every row now, and return predictions that are not checked again. No copy."""
        if self.checked:
            return self
        rounded = [clipped for _, _, clipped, _ in self._checked_blocks()]
        return replace(self, checked=True, rounded=any(rounded))

    def trusted(self) -> Predictions:
        """Return predictions whose values and sums of rows are taken as right without a check."""
        return replace(self, checked=True)

    def check_trusted(self) -> None:
        """Check every row of predictions that were checked before, or trusted."""
        if self.checked:
            replace(self, checked=False).read_checked()

    def read(self, rows: slice = slice(None)) -> Predictions:
        """Return a checked copy of some rows, with a column for each class, in their order."""
        by_columns = self.n_classes <= _arrays.FEW_COLUMNS
        some = self.matrix.take(rows)
        raw = replace(self, matrix=some, by_columns=by_columns)
        whole = replace(some, values=_whole(raw.blocks()))
        return Predictions(whole, self.from_logits, checked=True, by_columns=by_columns)

    @property
    def one_column(self) -> bool:
        """Whether only the greater of two classes has a column."""
        return self.matrix.values.ndim == 1 or self.matrix.values.shape[1] == 1

    @property
    def may_be_labels(self) -> bool:
        """Whether these are a column of whole numbers, as labels are."""
        column = self.one_column and not self.from_logits and len(self) >= FEWEST_LABELS
        return column and self.matrix.values.dtype.kind in "iub"

    @property
    def n_classes(self) -> int:
        """The number of classes, two where there is one column."""
        return 2 if self.one_column else int(self.matrix.values.shape[1])

    def take(self, rows: Codes) -> Predictions:
        """Return a copy of some rows, by position."""
        return replace(self, matrix=self.matrix.take(rows))

    def of_earlier(self) -> Predictions:
        """Return one row, with the names of the columns, to compare later names with."""
        name, values = f"{self.matrix.name} of an earlier batch", self.matrix.values[:1].copy()
        return Predictions(Matrix(name, values, columns=self.matrix.columns))

    def count_normalized(self, weight: Floats | None, rows: slice = slice(None)) -> int:
        """Count the rows of positive weight that `normalize` changes."""
        if not self._divides:
            return 0
        values = self.matrix.values[rows]
        part, n = replace(self, matrix=replace(self.matrix, values=values)), 0
        for here, block in part._raw_blocks():
            changed = self._is_off(_arrays.own_sums(_clip(block)))
            n += int(np.count_nonzero(changed if weight is None else changed & (weight[here] > 0)))
        return n

    def unchecked(self) -> Floats:
        """Return all rows as they were passed, with a column for each class in their order."""
        return _whole((rows, self._in_order(block)) for rows, block in self._raw_blocks())

    def part(self, rows: slice) -> Floats:
        """Return some rows as one block."""
        values = self.matrix.values[rows]
        if self._is_final:
            return values
        return _whole(replace(self, matrix=replace(self.matrix, values=values)).blocks())

    def probabilities(self) -> Floats:
        """Return all rows as probabilities."""
        whole = self.part(slice(None))
        return _arrays.softmax(whole) if self.from_logits else whole

    def some_probabilities(self, rows: Codes, columns: slice) -> Floats:
        """Return the probabilities of some classes in some rows, and read no others if it can."""
        if self.from_logits or self.one_column or self._divides or not self.checked:
            return self.take(rows).probabilities()[:, columns]
        codes = np.arange(self.n_classes) if self.order is None else self.order
        cells = self.matrix.values[rows[:, None], codes[columns]].astype(np.float64)
        return _clip(cells) if self.rounded else cells

    def blocks(self, *, narrow: bool = False, one_cell: bool = False) -> Iterator[Block]:
        """Yield blocks of rows, a column for each class in their order; a bad row raises.

        Bad values raise before their block is given away; a bad sum at the latest when the
        blocks end, so that no result is possible. With `narrow` the blocks of a wide matrix of
        float32 stay float32. `one_cell` says that the caller reads one cell of each row, so that
        blocks which need no check may be large.
        """
        if narrow and self._can_stay_narrow:
            if self.checked:
                yield from self._raw_blocks(narrow=True, one_cell=one_cell)
            else:
                for rows, block, *_ in self._checked_probabilities(narrow=True):
                    yield rows, block
        elif self._is_final:
            yield from self._raw_blocks(one_cell=one_cell)
        elif self.checked:
            for rows, block in self._raw_blocks():
                whole = _clip(block) if self.rounded else block
                yield rows, self._in_order(self._divided(whole) if self._divides else whole)
        else:
            for rows, block, *_ in self._checked_blocks():
                yield rows, self._in_order(block)

    @property
    def has_tops(self) -> bool:
        """Whether `blocks_with_tops` can be had: rows of probabilities as they lie in memory."""
        if self.rounded or self.from_logits or self.n_classes == 2 or self._divides:
            return False
        if self.checked and not _arrays.FEW_COLUMNS <= self.n_classes <= _arrays.MOST_COLUMNS:
            return False  # without a check, nothing is saved
        is_wide = self.matrix.values.dtype == np.float64
        return self.order is None and self._is_laid_out and (is_wide or self._can_stay_narrow)

    def blocks_with_tops(self) -> Iterator[tuple[slice, Floats, _arrays.Tops | None]]:
        """Yield what `blocks` does with `narrow`, with the greatest value of each row.

        The check of the range has to find it, too, so this saves a pass over the matrix. Trusted
        values may be no probabilities; their block then comes with None.
        """
        narrow = self.matrix.values.dtype != np.float64
        if self.checked:
            for rows, block in self._raw_blocks(narrow=narrow):
                found, most = _arrays.tops(block), 1 + GREATEST_TOLERANCE
                fits = found.within_unit_range and _arrays.row_sums(block).max() <= most
                yield rows, block, found if fits else None
            return
        for rows, block, _, top in self._checked_probabilities(narrow=narrow, with_tops=True):
            if top is not None:
                yield rows, block, top

    @property
    def _is_final(self) -> bool:
        """Whether the rows of the matrix are blocks as they are."""
        values = self.matrix.values
        if not self.checked or self.rounded or self.one_column or self.order is not None:
            return False
        if self._divides:
            return False
        return values.dtype == np.float64 and self._is_laid_out

    @property
    def _is_narrow(self) -> bool:
        """Whether this is a wide matrix of float32 whose rows are blocks as they are."""
        is_wide = self.n_classes > _arrays.FEW_COLUMNS and self.order is None
        return is_wide and self.matrix.values.dtype == np.float32 and self._is_laid_out

    @property
    def _can_stay_narrow(self) -> bool:
        """Whether probabilities of float32 can be read without making float64 of every cell."""
        if not self._is_narrow or self.rounded or self.from_logits or self._divides:
            return False
        return self._rounding_of_sums < self.sum_tolerance / 4

    @property
    def _rounding_of_sums(self) -> float:
        """How far from the sum of a row its sum in the arithmetic of the matrix can be.

        Each of the additions, in any order, rounds by half an ulp of a sum of about one.
        """
        return self.n_classes * self._ulp / 2 * GREATEST_SUM

    @property
    def _is_laid_out(self) -> bool:
        """Whether the matrix lies in memory as blocks do."""
        flags = self.matrix.values.flags
        return bool(flags.f_contiguous if self.by_columns else flags.c_contiguous)

    def _in_order(self, block: Floats) -> Floats:
        """Return the block with a column for each class, in their order."""
        if self.order is None and not self.one_column:
            return block
        columns = block.T
        if self.one_column:
            first = np.zeros_like(columns) if self.from_logits else 1.0 - columns
            columns = np.concatenate([first, columns])
        if self.order is not None:
            columns = columns.take(self.order, axis=0)
        return columns.T if self.by_columns else np.ascontiguousarray(columns.T)

    def _raw_blocks(self, *, narrow: bool = False, one_cell: bool = False) -> Iterator[Block]:
        """Yield blocks of the matrix as float64; with `narrow`, as they are.

        With `one_cell` several blocks that lie in memory as they should come as one.
        """
        values = self.matrix.values
        if values.ndim == 1:
            values = values[:, None]
        # other layouts and types are copied block by block, and two blocks may live at a time
        order: Literal["C", "F"] = "F" if self.by_columns else "C"
        is_view = self._is_laid_out and (narrow or values.dtype == np.float64)
        size = _arrays.BLOCK_BYTES if is_view else _arrays.BLOCK_BYTES // 4
        for rows in _arrays.row_blocks(
            len(values), values.shape[1], size, merged=one_cell and is_view
        ):
            if is_view or narrow:
                yield rows, values[rows]
                continue
            with np.errstate(over="ignore"):  # long doubles become infinite, which is refused
                block = np.asarray(values[rows], dtype=np.float64, order=order)
            yield rows, block

    @property
    def _ulp(self) -> float:
        """The distance from one to the next number of the matrix's type."""
        return _ulp_of(self.matrix.values.dtype) if self.matrix.ulp is None else self.matrix.ulp

    @property
    def sum_tolerance(self) -> float:
        """How far from one the sum of a row may be."""
        return min(max(1e-6, math.sqrt(self._ulp)), GREATEST_TOLERANCE)

    @property
    def _divides(self) -> bool:
        """Whether rows are divided by their sum."""
        return bool(self.normalize) and not self.one_column and not self.from_logits

    def _is_off(self, sums: Floats) -> NDArray[np.bool_]:
        """Return whether sums differ from one by more than the arithmetic of the type does."""
        return np.asarray(np.abs(sums - 1.0) > 4 * self._ulp)

    def _can_divide_by(self, sums: Floats) -> NDArray[np.bool_]:
        """Return which sums are near enough to one; the tolerance is that of any sum."""
        slack = self.sum_tolerance
        return np.asarray((sums >= LEAST_SUM - slack) & (sums <= GREATEST_SUM + slack))

    def _divided(self, block: Floats) -> Floats:
        """Return the block with rows that sum to one; sums that no rounding explains raise."""
        sums = _arrays.own_sums(block)
        if not self._can_divide_by(sums).all():
            self._explain()
        off = self._is_off(sums)
        if not off.any():
            return block
        out = block.copy(order="K")
        out[off] /= sums[off, None]
        return out

    def _checked_blocks(self) -> Iterator[CheckedBlock]:
        """Check the matrix, and yield its blocks."""
        return self._checked_logits() if self.from_logits else self._checked_probabilities()

    def _clipped(self, block: Floats) -> Floats | None:
        """Return the block within [0, 1]; None where a value is outside by more than four ulps."""
        if _arrays.within_unit_range(block):
            return block
        slack = 4 * self._ulp
        return _clip(block) if block.min() >= -slack and block.max() <= 1 + slack else None

    def _checked_probabilities(
        self, *, narrow: bool = False, with_tops: bool = False
    ) -> Iterator[CheckedBlock]:
        """Check the range of each block, and the sums of rows once a buffer is full."""
        dtype = self.matrix.values.dtype if narrow else np.float64
        sums, filled = np.empty(min(len(self), _arrays.BUFFER_ROWS), dtype), 0
        for rows, block in self._raw_blocks(narrow=narrow):
            top = _arrays.tops(block) if with_tops else None
            out = block if top and top.within_unit_range else self._clipped(block)
            if out is None:
                self._explain()
            if top and out is not block:
                top = _arrays.tops(out)
            if self._divides:
                yield rows, self._divided(out), out is not block, top
                continue
            if not self.one_column:
                if filled + len(out) > len(sums):
                    self._check_sums(sums[:filled])
                    filled = 0
                _arrays.row_sums(out, out=sums[filled : filled + len(out)])
                filled += len(out)
            yield rows, out, out is not block, top
        if filled:
            self._check_sums(sums[:filled])

    def _check_sums(self, sums: Floats) -> None:
        """Check that rows sum to one; where sums of float32 cannot tell, check them as float64."""
        narrow = sums.dtype != np.float64
        slack = self.sum_tolerance - (self._rounding_of_sums if narrow else 0.0)
        if _arrays.least(sums) >= 1 - slack and _arrays.greatest(sums) <= 1 + slack:
            return
        if not narrow:
            self._explain()
        for _ in self._checked_probabilities():
            pass

    def _checked_logits(self) -> Iterator[CheckedBlock]:
        """Check that each block holds logits."""
        for rows, block in self._raw_blocks():
            self.check_logits(block)
            yield rows, block, False, None

    def check_logits(self, block: Floats) -> None:
        """Check that a block holds logits."""
        if not self.checked and not _arrays.all_finite(block) and not self._has_logits(block):
            self._explain()

    def blocks_to_check(self) -> Iterator[Block]:
        """Yield blocks of logits for a caller that calls `check_logits` where any may be none.

        A wide matrix of float32 stays float32.
        """
        for rows, block in self._raw_blocks(narrow=self._is_narrow):
            yield rows, self._in_order(block)

    def _has_logits(self, block: Floats) -> bool:
        """Return whether each row has a logit: nan and +inf are none, -inf only beside another."""
        # a maximum is nan where any value is, +inf where any is, -inf where all are
        fits = np.isfinite(block.max(axis=1)).all() and not np.isnan(block).any()
        return bool(fits and not (self.one_column and np.isneginf(block).any()))

    # --- the slow path: a row is bad; say which, and why ---

    def _explain(self) -> NoReturn:
        """Raise an error that names the rule, the first row that breaks it, and a fix."""
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
        self._explain_sums()

    def _explain_sums(self) -> NoReturn:
        """Raise an error that names the first row whose sum is not one, or too far from one."""
        sums = np.concatenate([_arrays.row_sums(_clip(b)) for _, b in self._raw_blocks()])
        rule, fix = f"1 (tolerance {self.sum_tolerance:.2g})", "Divide each row by its sum."
        bad = np.abs(sums - 1) > self.sum_tolerance
        if self._divides:
            rule = f"{LEAST_SUM} to {GREATEST_SUM}, as normalize=True needs"
            fix = "These are more than rounded: divide the rows yourself, if they are right."
            bad = ~self._can_divide_by(sums)
        elif self.normalize is not None and self._can_divide_by(sums[bad]).all():
            fix = "If they were rounded, pass normalize=True, which divides each row by its sum."
        row = int(bad.argmax() if bad.any() else np.abs(sums - 1).argmax())
        raise ValueError(
            f"{self.matrix.name}: {bad.sum()} of {len(sums)} rows do not sum to {rule}; row "
            f"{row} sums to {_unlike_one(float(sums[row]))}. {fix}"
        )

    def _raise_on(self, broken: Callable[[Floats], NDArray[np.bool_]], rule: str, fix: str) -> None:
        """Raise where cells break a rule; name the first row."""

        def rows_of(block: Floats) -> NDArray[np.bool_]:
            cells = broken(block)
            # a logit of -inf means a probability of zero; only a row of nothing else is an error
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
            f"{row}. {fix or _what_it_looks_like(values, self.matrix.values)}"
        )


@lru_cache(maxsize=16)
def _ulp_of(dtype: np.dtype[Any]) -> float:
    return float(np.finfo(dtype if dtype.kind == "f" else np.float64).eps)


def _unlike_one(value: float) -> str:
    """Return a number with as many digits as show how far it is from one."""
    texts = (f"{value:.{digits}g}" for digits in range(6, 17))
    near = abs(value - 1.0) / 10
    return next((text for text in texts if abs(float(text) - value) <= near), repr(value))


def _clip(block: Floats) -> Floats:
    """Return the block within [0, 1], without negative zeros."""
    return np.clip(block, 0.0, 1.0) + 0.0


def _whole(blocks: Iterable[Block]) -> Floats:
    """Return blocks as one, without a copy where there is only one."""
    parts = [block for _, block in blocks]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _what_it_looks_like(row: Floats, every: NDArray[Any]) -> str:
    """Return a fix for a row outside [0, 1]; a single column is judged as a whole."""
    with np.errstate(over="ignore"):
        if (row <= 0).all() and abs(np.exp(row).sum() - 1) < 1e-3:
            return "They look like log-probabilities: pass from_logits=True."
    if (row >= 0).all() and abs(row.sum() - 100) < 1:
        return _PERCENTAGES
    if len(row) == 1 and (every >= 0).all():
        whole, greatest = bool((every == np.rint(every)).all()), every.max()
        if whole and len(every) > FEW_LABELS and len(np.unique(every)) == len(every):
            return "They look like numbers of rows: drop this column, or make it the index."
        if (FEW_LABELS if whole else 2) < greatest <= 100:
            return _PERCENTAGES
        if whole:
            return LABELS_INSTEAD
    return "Pass from_logits=True if they are logits (unnormalised scores or log-probabilities)."


_PERCENTAGES = "They look like percentages: divide by 100."
LABELS_INSTEAD = "They look like labels, as predict returns: pass what predict_proba returns."
FEW_LABELS = 20
"""Numbers of so many different rows, or labels up to this one, are told from percentages."""


@dataclass(frozen=True)
class StoredPredictions:
    """The predictions of one model in parts, one above the other.

    The parts are kept by reference and put together when they are asked for.
    """

    parts: Sequence[Predictions]
    fingerprints: Sequence[int]
    """Checksums of the parts as they were when they were stored."""
    rows: Codes | None = None
    """Which rows of all parts, and in which order; None for all rows as they come."""

    @classmethod
    def from_parts(cls, parts: Sequence[Predictions]) -> StoredPredictions:
        """Store the parts as they are now."""
        return cls(parts, [_fingerprint(part) for part in parts])

    def take(self, rows: Codes) -> StoredPredictions:
        """Return some of the rows, by position."""
        return replace(self, rows=rows if self.rows is None else self.rows[rows])

    def some(self, positions: Codes, columns: slice) -> Floats:
        """Return some rows of some classes as probabilities, as they are now."""
        rows = positions if self.rows is None else self.rows[positions]
        ends = np.cumsum([len(part) for part in self.parts])
        part_of = np.searchsorted(ends, rows, side="right")
        n_columns = len(range(*columns.indices(self.parts[0].n_classes)))
        out = np.empty((len(rows), n_columns))
        for i, part in enumerate(self.parts):
            here = part_of == i
            if here.any():
                of_part = rows[here] - (ends[i] - len(part))
                out[here] = part.some_probabilities(of_part, columns)
        return out

    @property
    def unchanged(self) -> bool:
        """Whether nobody has written into their memory since."""
        return [_fingerprint(part) for part in self.parts] == list(self.fingerprints)

    def probabilities(self) -> Floats:
        """Return the rows as one matrix of probabilities."""
        if not self.unchanged:
            names = dict.fromkeys(part.matrix.name for part in self.parts)
            raise ValueError(
                f"{', '.join(names)} was changed in place after it was compared. Compare again."
            )
        whole = np.concatenate([part.probabilities() for part in self.parts])
        return whole if self.rows is None else whole[self.rows]


def _fingerprint(predictions: Predictions) -> int:
    """Return a checksum of the values, without a copy where they lie in one piece.

    Words of eight bytes are added and multiplied in many lanes side by side, at the speed of the
    memory: the factor is odd, so that no change of a word is lost, and its powers tell the places.
    It moves bits up only. The shift brings them down, or two changed signs would cancel.
    """
    values = predictions.matrix.values
    flat = values if values.flags.c_contiguous else np.ascontiguousarray(values.T)
    data = flat.reshape(-1).view(np.uint8)
    words = data[: data.size - data.size % (8 * LANES)].view(np.uint64).reshape(-1, LANES)
    lanes, shifted = np.zeros((2, LANES), dtype=np.uint64)
    for row in words:
        lanes += row
        lanes *= FACTOR
        lanes ^= np.right_shift(lanes, HALF, out=shifted)
    return zlib.crc32(data[words.nbytes :].data, zlib.crc32(lanes.view(np.uint8).data))
