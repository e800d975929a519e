"""Read the times of samples, and put them in order."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_xent._arrays import Codes
from sklearn_xent._messages import shorten
from sklearn_xent.inputs.labels import as_vector, plain
from sklearn_xent.inputs.predictions import unmasked

_DIGITS = re.compile(r"(\d+)")
_YEAR_LAST = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d)")


@dataclass(frozen=True)
class Times:
    """The time of each sample, as a code 0..T-1 in the order of time."""

    codes: Codes
    index: pd.Index | None = None
    name: str = "times"

    def __len__(self) -> int:
        return len(self.codes)


def read_times(times: Any) -> Times:
    """Read times of any kind that can be sorted; an error names the first row that cannot."""
    data = unmasked("times", times)
    index = data.index if isinstance(data, pd.DataFrame | pd.Series) else None
    shape = "times must be a vector, one time for each sample"
    values = as_vector("times", data, "a vector", shape)
    missing = np.flatnonzero(pd.isna(values))
    if len(missing):
        raise ValueError(
            f"times: {len(missing)} of {len(values)} times are missing; first "
            f"{values[missing[0]]!s:.60} in row {missing[0]}. Drop these rows, in y_true and "
            "the predictions too."
        )
    if isinstance(getattr(data, "dtype", None), pd.CategoricalDtype) and data.dtype.ordered:
        values = np.asarray(pd.Categorical(data).codes)
    if values.dtype.kind in "biufmM":
        codes = np.unique(values, return_inverse=True)[1]
    else:
        codes = _rank(plain(values).astype(object, copy=False))
    return Times(np.asarray(codes, dtype=np.intp), index)


def _rank(values: NDArray[Any]) -> NDArray[Any]:
    """Return the codes of objects in their order."""
    try:
        found, distinct = pd.factorize(values)
        order = sorted(range(len(distinct)), key=distinct.__getitem__)
        comparable = all(distinct[a] < distinct[b] for a, b in itertools.pairwise(order))
    except TypeError:
        comparable = False
    if not comparable:
        row = _first_unsortable(values)
        raise ValueError(
            f"times must be of one kind that can be sorted; {shorten(values[row])} in row {row} "
            f"({type(values[row]).__name__}) has no place before or after {shorten(values[0])} in "
            f"row 0 ({type(values[0]).__name__}). Pass numbers or dates."
        )
    if all(isinstance(x, str) for x in distinct):
        _check_strings(values, [distinct[i] for i in order])
    position = np.empty(len(order), dtype=np.intp)
    position[order] = np.arange(len(order))
    return position[found]


def _first_unsortable(values: NDArray[Any]) -> int:
    """Return the first row that cannot be compared with row 0; row 0 where it is of that kind."""
    for row, value in enumerate(values):
        try:
            if not (value == values[0] or value < values[0] or value > values[0]):
                return row
        except TypeError:
            return row
    return 0


def _check_strings(values: NDArray[Any], ordered: Sequence[str]) -> None:
    """Check that the order of strings as text is that of the numbers in them."""
    natural = [
        [int(part) if part.isdecimal() else part for part in _DIGITS.split(text)]
        for text in ordered
    ]
    dates = next((text for text in ordered if _YEAR_LAST.match(text)), None)
    bad = next((i for i in range(1, len(ordered)) if _precedes(natural[i], natural[i - 1])), None)
    if dates is None and bad is None:
        return
    text = ordered[bad] if dates is None and bad is not None else str(dates)
    row = int(np.flatnonzero(values == text)[0])
    why = (
        "its year comes last"
        if dates is not None
        else f"{ordered[(bad or 1) - 1]!r} would come first"
    )
    raise ValueError(
        f"times: as text, strings such as {text!r} in row {row} are not in the order of time: "
        f"{why}. Pass numbers, or dates such as pandas.to_datetime(times) makes them."
    )


def _precedes(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Return whether one split string comes before another; text and numbers take turns."""
    return list(a) < list(b)
