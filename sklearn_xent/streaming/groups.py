"""Name clusters alike in every batch and every file, or refuse names that may or may not be one."""

from __future__ import annotations

import datetime
import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from sklearn_xent._messages import shorten
from sklearn_xent.inference.mergeable import Flag, Mergeable

NUMBER = re.compile(r"\s*([+-]?)(\d+)(\.0*)?\s*", re.ASCII)
DATE = re.compile(
    r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


@dataclass(frozen=True)
class GroupKinds(Mergeable):
    """Which kinds of names clusters have. Two kinds that may mean the same do not go together."""

    numbers: Flag = False
    numbers_as_text: Flag = False
    dates: Flag = False
    dates_with_zone: Flag = False
    dates_as_text: Flag = False
    text: Flag = False
    binary: Flag = False
    others: Flag = False
    """Such as UUIDs, periods and lengths of time, of which text or a number may be another name."""

    @classmethod
    def from_keys(cls, keys: Iterable[Hashable]) -> GroupKinds:
        """Return the kinds of some names."""
        numbers = numbers_as_text = dates = with_zone = dates_as_text = text = binary = False
        others = False
        for key in keys:
            if isinstance(key, str):
                text = True
                numbers_as_text = numbers_as_text or _reads_as_number(key)
                dates_as_text = dates_as_text or DATE.fullmatch(key) is not None
            elif isinstance(key, Number):
                numbers = True
            elif isinstance(key, datetime.datetime):
                dates = dates or key.tzinfo is None
                with_zone = with_zone or key.tzinfo is not None
            elif isinstance(key, bytes):
                binary = True
            elif not isinstance(key, tuple | frozenset):
                others = True
        return cls(numbers, numbers_as_text, dates, with_zone, dates_as_text, text, binary, others)

    @property
    def any_dates(self) -> bool:
        """Whether there are dates that are no text."""
        return self.dates or self.dates_with_zone

    def check(self) -> None:
        """Check that no cluster can have two names."""
        for both, one, other in (
            (self.numbers and self.numbers_as_text, "numbers such as 7", "text such as '7'"),
            (self.any_dates and self.dates_as_text, "dates", "text such as '2026-01-31'"),
            (self.dates and self.dates_with_zone, "dates", "dates with a time zone"),
            (self.text and self.binary, "text such as 'a'", "bytes such as b'a'"),
            (self.others and self.text, "text", "UUIDs, periods or the like"),
            (self.others and self.numbers, "numbers", "lengths of time or the like"),
            (self.others and self.any_dates, "dates", "periods or the like"),
        ):
            if both:
                raise ValueError(
                    f"groups are {one} in some rows and {other} in others, which would be two "
                    "clusters each. Give all batches and files one type."
                )


_NARROW: dict[str, type[np.floating[Any]]] = {"float16": np.float16, "float32": np.float32}


def keys_of(labels: Iterable[Any], dtype: Any = None) -> list[Hashable]:
    """Return what clusters are known by: equal for what is equal in another batch or file.

    `dtype` is that of the array that held the labels, if it had one.
    """
    name = str(getattr(dtype, "numpy_dtype", dtype)).lower().rpartition(".")[2]
    kind = _NARROW.get(name, np.float64)
    most = 2.0 ** (np.finfo(kind).nmant + 1)
    keys = [_key_of(label, kind, most) for label in labels]
    GroupKinds.from_keys(keys).check()
    return keys


def _reads_as_number(text: str) -> bool:
    """Return whether text may be another name of a number or of a flag."""
    if text[:1].isalpha():
        return text.lower() in ("true", "false")
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return any(map(str.isdigit, text))


def _key_of(label: Any, kind: type[np.floating[Any]], most: float) -> Hashable:
    """Return whole numbers as int, since they may be floats in one batch only, and days as times.

    From `most` on, a float of this kind no longer tells neighbouring whole numbers apart. A
    fraction is what it is written as: 0.1 is one number in any precision, and as Decimal.
    """
    infinite = isinstance(label, Decimal) and label.is_infinite()
    if infinite or (isinstance(label, float) and abs(label) >= most):
        raise ValueError(
            f"groups must tell clusters apart; {shorten(label)} is too large to be exact as a "
            "float. Pass whole numbers or text."
        )
    if isinstance(label, bool | np.bool_) or (
        isinstance(label, float | Decimal) and label % 1 == 0
    ):
        return int(label)
    if isinstance(label, float) and kind is not np.float64:
        return float(str(kind(label)))
    if isinstance(label, Decimal) and Decimal(repr(float(label))) == label:
        return float(label)
    is_day = isinstance(label, datetime.date) and not isinstance(label, datetime.datetime)
    return pd.Timestamp(label) if is_day else label


def name_in_text(text: str) -> str:
    """Return the name of a cluster in a text file, where one number, day or flag has many forms.

    Whether such a column holds numbers or text would otherwise depend on the rest of its file.
    """
    if number := NUMBER.fullmatch(text):
        sign, digits, _ = number.groups()
        digits = digits.lstrip("0") or "0"
        return f"-{digits}" if sign == "-" and digits != "0" else digits
    if DATE.fullmatch(text):
        try:
            return pd.Timestamp(text).isoformat()
        except ValueError:
            return text
    return text.lower() if text in ("True", "TRUE", "False", "FALSE") else text
