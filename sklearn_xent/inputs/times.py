"""Read the times of samples, and put them in order."""

import calendar
import datetime
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
_SHORT_DATE = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2}(?!\d)")
_YEARS = range(1800, 2200)
_ZONE = re.compile(
    r"\d:\d\d(?::\d\d)?(?:[.,]\d+)?\s*([a-z]{1,4}|[+-]\d\d(?::?\d\d)?)?$", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_NOT_SORTED = {
    name.lower()
    for names in (calendar.month_name, calendar.month_abbr, calendar.day_name, calendar.day_abbr)
    for name in (*names, "am", "pm")
} - {""}
"""Words of dates and times whose order as text is not that of time."""


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
        codes = _rank(plain(values).astype(object))
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
        a, b = next(
            (a, b)
            for a, b in itertools.combinations(range(len(values)), 2)
            if not _have_order(values[a], values[b])
        )
        raise ValueError(
            f"times must be of one kind that can be sorted; {shorten(values[b])} in row {b} "
            f"({type(values[b]).__name__}) has no place before or after {shorten(values[a])} in "
            f"row {a} ({type(values[a]).__name__}). Pass numbers or dates."
        )
    _check_strings(values, [distinct[i] for i in order])
    position = np.empty(len(order), dtype=np.intp)
    position[order] = np.arange(len(order))
    return position[found]


def _have_order(a: Any, b: Any) -> bool:
    """Return whether one of two values is equal to the other, before it or after it."""
    try:
        return bool(a == b or a < b or a > b)
    except TypeError:
        return False


def _check_strings(values: NDArray[Any], ordered: Sequence[Any]) -> None:
    """Check that the order of strings as text is that of the numbers and dates in them."""
    texts = [text for x in ordered if (text := _as_text(x)) is not None]
    if len(texts) < len(ordered):
        return
    keys = _keys(texts)
    bad, why = next(((i, why) for i, x in enumerate(texts) if (why := _is_unsorted(x))), (None, ""))
    if bad is None and isinstance(keys[0], list):
        zones = [found[1] if (found := _ZONE.search(text)) else None for text in texts]
        bad = next((i for i, zone in enumerate(zones) if zone != zones[0]), None)
        why = f"its offset from UTC is another than that of {texts[0]!r}"
    if bad is None and _have_years_last(texts):
        bad, why = 0, "its year comes last"
    if bad is None:
        bad = next((i for i in range(1, len(keys)) if keys[i] < keys[i - 1]), None)
        if bad is None:
            return
        why = f"{ordered[bad - 1]!r} would come first"
    row = next(i for i, x in enumerate(values) if x == ordered[bad])
    raise ValueError(
        f"times: as text, strings such as {ordered[bad]!r} in row {row} are not in the order of "
        f"time: {why}. Pass numbers, or dates such as pandas.to_datetime(times) makes them."
    )


def _as_text(label: Any) -> str | None:
    """Return a string, bytes or a tuple of strings as text; None for anything else."""
    if isinstance(label, bytes):
        return label.decode("latin-1")
    if isinstance(label, tuple):
        return " ".join(label) if all(isinstance(x, str) for x in label) else None
    return label if isinstance(label, str) else None


def _keys(texts: Sequence[str]) -> list[Any]:
    """Return what texts are sorted by in time: numbers, dates, or a list of words and numbers."""
    for read in (float, datetime.datetime.fromisoformat):
        try:
            keys = [read(text) for text in texts]
            sorted(keys)  # dates with an offset from UTC have no order among dates without one
        except (TypeError, ValueError):
            continue
        return keys
    # words and numbers take turns, so that any two can be compared
    return [
        [int(part) if part.isdecimal() else part for part in _DIGITS.split(text)] for text in texts
    ]


def _have_years_last(texts: Sequence[str]) -> bool:
    """Return whether a year at the end, as of ``Q1 2020`` or 31.12.20, has another order."""
    numbers = [list(map(int, _DIGITS.findall(text))) for text in texts]
    if not all(len(x) > 1 for x in numbers):
        return False
    if all(x[-1] in _YEARS and x[0] not in _YEARS for x in numbers):
        return not _increase([(x[-1], *x[:-1]) for x in numbers])
    if not all(map(_SHORT_DATE.match, texts)):
        return False
    return any(
        all(x[day] <= 31 and x[month] <= 12 for x in numbers)
        and len({x[2] for x in numbers}) < len({x[day] for x in numbers})  # else it may come first
        and not _increase([(x[2], x[month], x[day]) for x in numbers])
        for day, month in ((0, 1), (1, 0))
    )


def _increase(keys: Sequence[tuple[int, ...]]) -> bool:
    return all(a <= b for a, b in itertools.pairwise(keys))


def _is_unsorted(text: str) -> str:
    """Return why such strings are not sorted in time; empty where nothing speaks against it."""
    if _YEAR_LAST.match(text):
        return "its year comes last"
    word = next((x for x in _WORD.findall(text) if x.lower() in _NOT_SORTED), None)
    return "" if word is None else f"{word!r} is not sorted by time"
