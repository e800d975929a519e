"""Turn class labels of any kind into codes 0..k-1, or raise a clear error."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import infer_dtype

from sklearn_xent import _arrays
from sklearn_xent._arrays import Codes
from sklearn_xent._host import holds_arrays, to_host
from sklearn_xent._messages import shorten, shorten_all

Values = NDArray[Any]


# --- the classes ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Classes:
    """The classes of a problem, in the order of the columns."""

    labels: tuple[Hashable, ...]
    chosen: bool = False
    """Whether the user gave this order, as `labels`."""

    def __post_init__(self) -> None:
        if len(set(self.labels)) != len(self.labels):
            twice = [x for x, times in Counter(self.labels).items() if times > 1]
            raise ValueError(
                f"labels must name each class once, as must columns that name classes; got "
                f"{shorten_all(twice)} more than once. Drop the duplicates."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def encode(self, vector: "LabelVector") -> Codes:
        """Return the code of each label; an unknown label is an error that names its row."""
        codes = self.find(vector)
        if codes is not vector.codes and codes.min() < 0:
            rows = np.flatnonzero(codes < 0)
            raise ValueError(
                f"{vector.name}: {len(rows)} of {len(codes)} labels are not among the classes "
                f"[{shorten_all(self.labels)}]; first {shorten(vector[rows[0]])} in row {rows[0]}. "
                f"Pass every class as labels=[...], of the type that {vector.name} holds, in the "
                "order of the columns."
            )
        return codes

    def find(self, vector: "LabelVector") -> Codes:
        """Return the code of each label, -1 for a label that is no class."""
        if vector.distinct == self.labels:
            return vector.codes
        position = {label: code for code, label in enumerate(self.labels)}
        table = np.asarray([position.get(x, -1) for x in vector.distinct], dtype=np.intp)
        codes: Codes = table.take(vector.codes)
        return codes

    @property
    def order_is_known(self) -> bool:
        """Whether the order has a meaning: the user gave it, or the labels are sorted numbers."""
        numbers = all(isinstance(x, int | float) for x in self.labels)
        return self.chosen or (numbers and self.sorted_order() is None)

    def sorted_order(self) -> Codes | None:
        """Return the positions that sort the labels; None where they are sorted, or cannot be."""
        try:
            if sorted(self.labels) == list(self.labels):  # type: ignore[type-var]
                return None
            order = sorted(range(len(self.labels)), key=self.labels.__getitem__)  # type: ignore[arg-type]
        except TypeError:
            return None
        return np.asarray(order, dtype=np.intp)


def read_labels(labels: Any) -> tuple[Hashable, ...]:
    """Return the `labels` argument as a tuple of plain Python values."""
    labels = to_host("labels", labels)
    if isinstance(labels, str | bytes | Set | dict) or not isinstance(labels, Iterable):
        raise ValueError(
            f"labels must list the classes in the order of the columns; got {shorten(labels)}."
        )
    if isinstance(labels, np.ndarray) and labels.ndim == 0:
        raise ValueError(f"labels must list the classes; got {shorten(labels)}.")
    listed = plain(np.asarray(labels)).tolist() if _is_array(labels) else list(labels)
    listed = [pd.Timestamp(x) if isinstance(x, np.datetime64) else x for x in listed]
    listed = to_host("labels", listed)
    for position, label in enumerate(listed):
        if not _is_hashable(label) or is_missing(label):
            raise ValueError(
                f"labels must be hashable and not missing; got {shorten(label)} at position "
                f"{position}."
            )
    found = tuple(x.item() if isinstance(x, np.generic) else x for x in listed)
    check_text("labels", found)
    return found


def _is_array(labels: Any) -> bool:
    """Return whether this is an array; the items of some, as of Arrow, are no plain values."""
    return hasattr(labels, "dtype") or hasattr(labels, "__array__")


def in_order(classes: Classes) -> Classes:
    """Return the classes sorted, where they can be."""
    order = classes.sorted_order()
    return classes if order is None else Classes(tuple(classes.labels[i] for i in order))


def in_order_of_categories(classes: Classes, vector: "LabelVector") -> Classes:
    """Return the classes in the order that an ordered categorical gives them, if it is one."""
    if classes.chosen or vector.category_order is None:
        return classes
    known = set(classes.labels)
    order = tuple(x for x in vector.category_order if x in known)
    return Classes(order, chosen=True) if len(order) == len(classes) else classes


def read_classes(labels: Any) -> Classes:
    """Return the `labels` argument as classes in this order."""
    return labels if isinstance(labels, Classes) else Classes(read_labels(labels), chosen=True)


def plain(values: Values) -> Values:
    """Return the values with dates as Timestamps, which are equal in any unit."""
    return pd.Index(values).astype(object).to_numpy() if values.dtype.kind in "mM" else values


def _is_hashable(label: Any) -> bool:
    """Return whether a label can be a key of a dict."""
    try:
        hash(label)
    except TypeError:
        return False
    return True


def is_missing(label: Any) -> bool:
    """Return whether one label is None, nan, NA or NaT."""
    return np.ndim(label) == 0 and bool(pd.isna(label))


# --- a vector of labels ---------------------------------------------------------------------


@dataclass(frozen=True)
class LabelVector:
    """Labels as codes into a list of distinct plain values, some of which may not occur."""

    name: str
    codes: Codes
    distinct: tuple[Hashable, ...]
    occurs: NDArray[np.bool_]
    index: pd.Index | None = None
    closed: bool = False
    """Whether no other labels can be, as of booleans and categoricals."""
    in_order: bool = False
    """Whether `distinct` is known to be sorted."""
    category_order: tuple[Hashable, ...] | None = None
    """The categories of an ordered categorical, in their order."""

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> Hashable:
        return self.distinct[int(self.codes[row])]

    @property
    def present(self) -> list[Hashable]:
        """The labels that occur."""
        if np.count_nonzero(self.occurs) == len(self.occurs):
            return list(self.distinct)
        return [label for label, here in zip(self.distinct, self.occurs, strict=True) if here]

    def counts(self, wanted: NDArray[np.bool_]) -> dict[Hashable, int]:
        """Count how often each label occurs in some rows."""
        counts = np.bincount(self.codes[wanted], minlength=len(self.distinct))
        return {x: int(n) for x, n in zip(self.distinct, counts, strict=True) if n}

    def sorted_present(self) -> list[Any]:
        """Return the labels that occur, sorted; labels without order or fractional ones raise."""
        found: list[Any] = self.present
        if self.in_order:
            return found
        fractional = [x for x in found if isinstance(x, float | np.floating) and x % 1 != 0]
        if fractional:
            row = int(np.argmax(self.codes == self.distinct.index(fractional[0])))
            raise ValueError(
                f"{self.name} must hold class labels; got fractional numbers, first "
                f"{shorten(fractional[0])} in row {row}, which look like a regression target or "
                "probabilities. Pass labels=[...] if they are classes."
            )
        return sort_labels(self.name, found)


def sort_labels(name: str, labels: Iterable[Any]) -> list[Any]:
    """Return labels sorted; an error where they have no order."""
    listed = list(labels)
    try:
        if any(isinstance(x, Set) for x in listed):
            raise TypeError("sets are ordered in part only")
        return sorted(listed)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in listed})
        raise ValueError(
            f"{name}: labels of the types {', '.join(kinds)} have no common order. "
            "Pass labels=[...] in the order of the columns."
        ) from None


def vector_of_list(data: Sequence[Any]) -> NDArray[Any]:
    """Return a list as an array that keeps each item as it is.

    numpy would make strings of mixed types, floats of huge integers, and cut zeros off strings.
    """
    kinds = {type(x) for x in data}
    for kind, types in (
        ("i", {int, np.int64}),
        ("f", {float, np.float64}),
        ("b", {bool, np.bool_}),
    ):
        if kinds <= types and (values := np.asarray(data)).dtype.kind == kind:
            return values
    if kinds & {list, np.ndarray}:
        return np.asarray(data)
    out = np.empty(len(data), dtype=object)
    for row, x in enumerate(data):
        out[row] = x
    return out


def as_vector(name: str, data: Any, wanted: str, shape: str) -> NDArray[Any]:
    """Return a vector that keeps each item as it is; a single column is one, too.

    The error for what is no array says what is `wanted`; `shape` begins that for another shape.
    """
    try:
        values = vector_of_list(data) if isinstance(data, list | tuple) else np.asarray(data)
        if values.dtype.kind == "U" and _ends_in_nul(data):
            values = vector_of_list(data.to_list())
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be {wanted}; {error}") from None
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1 or not len(values):
        raise ValueError(f"{shape}; got shape {values.shape}.")
    if values.dtype.kind == "O" and "mixed" in infer_dtype(values, skipna=False):
        listed = values.tolist()  # only where pandas knows no type of all, since this is slow
        if holds_arrays(listed):
            return vector_of_list(to_host(name, listed))
    return values


MERGES_TEXT = len(pd.factorize(np.asarray(["a\0b", "a\0c"], dtype=object))[1]) == 1
"""Whether this pandas takes strings for equal that differ after a NUL, as pandas 2 does."""


def check_text(name: str, values: Iterable[Any]) -> None:
    """Check that pandas can keep all strings and tell them apart.

    It cannot keep lone surrogates, and pandas 2 takes strings for equal that differ after a NUL.
    """
    strings = [x for x in values if isinstance(x, str)]
    if _is_plain("".join(strings)):
        return
    bad = [x for x in strings if not _is_plain(x)]
    raise ValueError(
        f"{name} must be text that pandas can tell apart; got {shorten(bad[0])}, with a "
        f"{'NUL character' if chr(0) in bad[0] else 'lone surrogate'} ({len(bad)} such). Rename "
        "them."
    )


def _is_plain(text: str) -> bool:
    """Return whether pandas can keep a text."""
    if MERGES_TEXT and "\0" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _ends_in_nul(data: Any) -> bool:
    """Return whether strings of polars end in a NUL, which fixed-width strings of numpy lose."""
    ends_with = getattr(getattr(data, "str", None), "ends_with", None)
    return ends_with is not None and bool(ends_with("\0").any())


def factorize(name: str, data: Any, values: Values) -> LabelVector:
    """Encode a vector: `values` as a numpy array, made of `data`, which may be of pandas."""
    index = data.index if isinstance(data, pd.Series) else None
    categories = _category_order(data)
    if values.dtype.kind in "bui":
        codes, distinct, occurs, in_order = _of_integers(values)
        closed = values.dtype.kind == "b"
        return LabelVector(name, codes, distinct, occurs, index, closed, in_order, categories)
    closed = isinstance(getattr(data, "dtype", None), pd.CategoricalDtype)
    if MERGES_TEXT and values.dtype.kind in "OU":
        check_text(name, values.tolist())
    codes, found = _factorize(name, data, values, closed)
    if codes.min() < 0:
        rows = np.flatnonzero(codes < 0)
        raise ValueError(
            f"{name}: {len(rows)} of {len(codes)} labels are missing; first "
            f"{shorten(values[rows[0]])} in row {rows[0]}. Drop these rows, in the predictions too."
        )
    check_text(name, found)
    distinct = read_labels(np.asarray(found, dtype=None if values.dtype.kind == "f" else object))
    occurs = np.bincount(codes, minlength=len(distinct)) > 0
    codes = codes.astype(np.intp, copy=False)
    return LabelVector(name, codes, distinct, occurs, index, closed, category_order=categories)


def _category_order(data: Any) -> tuple[Hashable, ...] | None:
    """Return the categories of an ordered categorical of pandas, polars or Arrow; else None."""
    if isinstance(data, np.ndarray | list | tuple):
        return None
    dtype = getattr(data, "dtype", None)
    if isinstance(dtype, pd.CategoricalDtype):
        return read_labels(dtype.categories) if dtype.ordered else None
    if type(dtype).__name__ == "Enum":  # of polars
        return tuple(getattr(dtype, "categories", ())) or None
    if getattr(getattr(data, "type", None), "ordered", False) and hasattr(data, "to_pandas"):
        return _category_order(data.to_pandas())  # of Arrow
    return None


def _factorize(name: str, data: Any, values: Values, closed: bool) -> tuple[Values, Any]:
    """Return codes, -1 where a label is missing, and the distinct labels."""
    if closed:
        categorical = pd.Categorical(data)
        return np.asarray(categorical.codes), categorical.categories
    keys = _keys_of_strings(values) if values.dtype.kind == "U" else None
    if keys is not None:
        codes, first = _first_rows(keys)
        return codes, values[first]
    try:
        as_passed = isinstance(data, pd.Series) and data.dtype != object
        return pd.factorize(data if as_passed else plain(values))
    except TypeError as error:
        raise ValueError(f"{name} must hold hashable class labels: {error}.") from None


LOOKUP_RANGE = 2**16
"""Integers within a range of this size are coded by subtraction, others by hashing."""


def _of_integers(values: Values) -> tuple[Codes, tuple[Hashable, ...], NDArray[np.bool_], bool]:
    """Return codes, the labels, which of them occur, and whether the labels are sorted."""
    if values.dtype.kind == "b":
        codes = values.astype(np.intp)
        return codes, (False, True), np.asarray([not codes.all(), codes.any()]), True
    least, greatest = _extremes(values)
    if greatest - least >= LOOKUP_RANGE:
        codes, found = pd.factorize(values)
        distinct = tuple(found.tolist())
        return codes.astype(np.intp, copy=False), distinct, np.ones(len(found), bool), False
    codes = values.astype(np.intp, copy=False) if least == 0 else _less(values, least)
    n_values = greatest - least + 1
    return codes, tuple(range(least, greatest + 1)), _which_occur(codes, n_values), True


def _which_occur(codes: Codes, n_values: int) -> NDArray[np.bool_]:
    """Return for each code whether it occurs; in most data a few rows hold all."""
    for rows in (_ROWS_OF_A_LABEL * n_values, _arrays.BUFFER_ROWS):
        occurs = np.bincount(codes[:rows], minlength=n_values) > 0
        if rows >= len(codes) or np.count_nonzero(occurs) == n_values:
            return occurs
    occurs[codes] = True
    return occurs


_ROWS_OF_A_LABEL = 32
"""Among so many rows a label, all labels occur where none is rare."""


def _extremes(values: Values) -> tuple[int, int]:
    """Return bounds of the values: exact ones, or zero and the greatest where one pass tells."""
    if values.dtype == np.int64:
        # read as unsigned, a negative number is greater than any other
        greatest = int(_arrays.greatest(values.view(np.uint64)))
        if greatest < LOOKUP_RANGE:
            return 0, greatest
    return int(_arrays.least(values)), int(_arrays.greatest(values))


def _less(values: Values, least: int) -> Codes:
    """Return the values minus the least one."""
    # huge unsigned labels are exact only in their own type; small signed ones would overflow theirs
    wide = values if values.dtype.kind == "u" else values.astype(np.int64, copy=False)
    codes: Codes = np.subtract(wide, wide.dtype.type(least)).astype(np.intp)
    return codes


def _keys_of_strings(values: Values) -> NDArray[np.int64] | None:
    """Return an integer for each fixed-width string; None where 64 bits do not hold them.

    Equal strings have equal integers: the characters that vary are the digits of a number, each in
    a base as large as the range of that character.
    """
    if not values.flags.c_contiguous or not values.itemsize:
        return None
    characters = values.view(np.uint32).reshape(len(values), -1)
    if values.dtype.byteorder == ">":
        return None
    low, high = characters.min(axis=0), characters.max(axis=0)
    bases = (high - low).astype(np.int64) + 1
    if math.prod(bases.tolist()) >= 2**62:
        return None
    keys = np.zeros(len(values), dtype=np.int64)
    for column in np.flatnonzero(bases > 1):
        keys *= bases[column]
        keys += characters[:, column] - low[column]
    return keys


def _first_rows(keys: NDArray[np.int64]) -> tuple[Codes, Codes]:
    """Return codes of the keys, and the first row of each code."""
    found_codes, found = pd.factorize(keys)
    codes = found_codes.astype(np.intp, copy=False)
    first = np.empty(len(found), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes, first
