"""Layer 3: whether arguments speak of the same rows, by their pandas indexes."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from sklearn_xent._messages import shorten


class Rows(Protocol):
    """Anything with rows that may carry an index."""

    @property
    def name(self) -> str: ...

    @property
    def index(self) -> pd.Index | None: ...

    def __len__(self) -> int: ...


class Indexed:
    """The rows of data that is nothing to us but for its index."""

    def __init__(self, name: str, data: Any) -> None:
        self.name = name
        self.index = data.index if isinstance(data, pd.DataFrame | pd.Series) else None
        self._n = int(data.shape[0]) if hasattr(data, "shape") else len(data)

    def __len__(self) -> int:
        return self._n


def check_rows(arguments: Sequence[Rows]) -> None:
    """All arguments must speak of the same rows in the same order."""
    first = arguments[0]
    for other in arguments[1:]:
        if len(first) != len(other):
            raise ValueError(
                f"{first.name} and {other.name} must have as many rows; got {len(first)} and "
                f"{len(other)}."
            )
    indexed = [argument for argument in arguments if argument.index is not None]
    named = [argument for argument in indexed if not is_default(argument.index)]
    for anchor in [*indexed[:1], *named[:1]]:
        for other in indexed:
            _check_index(anchor, other)


def _check_index(a: Rows, b: Rows) -> None:
    if a.index is None or b.index is None or a.index is b.index or a.index.equals(b.index):
        return
    of_a, of_b = a.index.tolist(), b.index.tolist()
    same_rows = Counter(map(_key, of_a)) == Counter(map(_key, of_b))
    if not same_rows and (is_default(a.index) or is_default(b.index)):
        return
    row = next(
        (
            i
            for i, pair in enumerate(zip(of_a, of_b, strict=True))
            if _key(pair[0]) != _key(pair[1])
        ),
        0,
    )
    what = "the same index in another order" if same_rows else "different indexes"
    raise ValueError(
        f"{a.name} and {b.name} have {what}; row {row} is {shorten(of_a[row])} in one and "
        f"{shorten(of_b[row])} in the other. Align them: {b.name}.loc[{a.name}.index]; only if "
        "the rows do correspond by position, pass both with .to_numpy()."
    )


def _key(label: Any) -> Any:
    """A label as what it equals: 1 and 1.0 are the same, and so are two that are missing."""
    return repr(label) if np.ndim(label) == 0 and pd.isna(label) else label


def is_default(index: pd.Index | None) -> bool:
    """Whether an index only counts the rows, as where none was given."""
    return isinstance(index, pd.RangeIndex) and index.equals(pd.RangeIndex(len(index)))
