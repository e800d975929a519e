"""Layer 2: class labels of any kind to codes 0..k-1, or a clear error."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._kernels import Codes

Values = NDArray[Any]


def shorten(value: object, width: int = 60) -> str:
    """The repr of a value, cut short: for error messages."""
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= width else text[: width - 3] + "..."


def shorten_all(values: Iterable[object], most: int = 5) -> str:
    """The reprs of the first values, separated by commas."""
    listed = list(values)
    more = f", ... ({len(listed)} in all)" if len(listed) > most else ""
    return ", ".join(shorten(value) for value in listed[:most]) + more


@dataclass(frozen=True)
class Classes:
    """The classes of a problem, in the order of the columns."""

    labels: tuple[Hashable, ...]

    def __post_init__(self) -> None:
        if len(set(self.labels)) != len(self.labels):
            twice = [x for i, x in enumerate(self.labels) if x in self.labels[:i]]
            raise ValueError(
                f"labels must name each class once; got {shorten_all(twice)} more than once. "
                "Drop the duplicates."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def encode(self, name: str, values: Values) -> Codes:
        """Codes of the labels in `values`; an unknown label is an error that names its row."""
        codes = self.find(values)
        if codes.min() < 0:
            rows = np.flatnonzero(codes < 0)
            unknown = list(dict.fromkeys(values[rows].tolist()))
            raise ValueError(
                f"{name}: {len(rows)} of {len(values)} labels are not among the classes "
                f"[{shorten_all(self.labels)}]; first {shorten(unknown[0])} in row {rows[0]}. "
                f"Pass every class as labels=[...], of the type that {name} holds, in the order "
                "of the columns."
            )
        return codes

    def find(self, values: Values) -> Codes:
        """Code of each value, -1 for a value that is no class."""
        k = len(self.labels)
        if values.dtype.kind in "iu" and self.labels == tuple(range(k)):
            if values.min() >= 0 and values.max() < k:
                return values.astype(np.intp, copy=False)
            return np.where((values >= 0) & (values < k), values, -1).astype(np.intp)
        index = pd.Index(list(self.labels), dtype=object)
        return index.get_indexer(pd.Index(values, dtype=object)).astype(np.intp, copy=False)

    def sorted_order(self) -> Codes | None:
        """Positions that sort the labels; None where they are sorted, or cannot be."""
        try:
            order = sorted(range(len(self.labels)), key=self.labels.__getitem__)  # type: ignore[arg-type]
        except TypeError:
            return None
        return None if order == list(range(len(order))) else np.asarray(order, dtype=np.intp)


def read_labels(labels: Any) -> tuple[Hashable, ...]:
    """The `labels` argument as a tuple of plain Python values."""
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise ValueError(
            f"labels must list the classes in the order of the columns; got {shorten(labels)}."
        )
    listed = plain(np.asarray(labels)).tolist() if hasattr(labels, "dtype") else list(labels)
    for position, label in enumerate(listed):
        if not isinstance(label, Hashable) or is_missing(label):
            raise ValueError(
                f"labels must be hashable and not missing; got {shorten(label)} at position "
                f"{position}."
            )
    return tuple(x.item() if isinstance(x, np.generic) else x for x in listed)


def plain(values: Values) -> Values:
    """The values with dates as Timestamps, whose unit does not matter."""
    return pd.Index(values).astype(object).to_numpy() if values.dtype.kind in "mM" else values


def is_missing(label: Any) -> bool:
    """Whether one label is None, nan, NA or NaT."""
    return np.ndim(label) == 0 and bool(pd.isna(label))


def check_present(name: str, values: Values) -> None:
    """No label may be missing (None, nan, NA, NaT) or unhashable."""
    missing = pd.isna(values) if values.dtype.kind in "fcmMO" else np.False_
    if np.any(missing):
        rows = np.flatnonzero(missing)
        raise ValueError(
            f"{name}: {len(rows)} of {len(values)} labels are missing; first "
            f"{shorten(values[rows[0]])} in row {rows[0]}. Drop these rows, in the predictions too."
        )


def sorted_unique(name: str, values: Values) -> list[Hashable]:
    """The distinct labels, sorted; an error where they have no order or look continuous."""
    check_present(name, values)
    if values.dtype.kind == "f":
        fractional = np.flatnonzero(values != np.floor(values))
        if len(fractional):
            raise ValueError(
                f"{name} must hold class labels; got fractional numbers, first "
                f"{shorten(values[fractional[0]])} in row {fractional[0]}, which look like a "
                "regression target or probabilities. Pass labels=[...] if they are classes."
            )
    try:
        unique = pd.unique(values)
    except TypeError as error:
        raise ValueError(f"{name} must hold hashable class labels: {error}.") from None
    found: Sequence[Any] = unique.tolist()
    try:
        return sorted(found)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in found})
        raise ValueError(
            f"{name}: labels of mixed types ({', '.join(kinds)}) have no common order. "
            "Pass labels=[...] in the order of the columns."
        ) from None


def count(values: Values) -> dict[Hashable, int]:
    """How often each label occurs, in the order of first appearance."""
    return {label: int(n) for label, n in Counter(values.tolist()).items()}
