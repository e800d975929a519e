"""Tell whether two scorers, or two splitters, do the same."""

from __future__ import annotations

from collections.abc import Iterator
from types import CellType, FunctionType, MethodType
from typing import Any

import numpy as np

OF_CODE: dict[type, tuple[str, ...]] = {
    FunctionType: ("__code__", "__defaults__", "__kwdefaults__", "__closure__"),
    MethodType: ("__func__", "__self__"),
    CellType: ("cell_contents",),
}
"""The parts that decide what a function does, apart from global variables."""


def is_alike(a: Any, b: Any) -> bool:
    """Return whether two objects surely do the same, because all that they hold is equal.

    They need not be the same object: two copies that were read from two files do the same.
    """
    try:
        return _is_alike(a, b, {})
    except Exception:  # raised by what a class of the user defines
        return False


def _is_alike(a: Any, b: Any, seen: dict[tuple[int, int], tuple[Any, Any]]) -> bool:
    if a is b or (id(a), id(b)) in seen:
        return True
    kind = type(a)
    if kind is not type(b):
        return False
    seen[id(a), id(b)] = a, b  # they may hold themselves; kept, so that no other gets their ids
    if kind is np.ndarray:
        return np.array_equal(a, b)
    if kind is dict:
        return a.keys() == b.keys() and all(_is_alike(a[key], b[key], seen) for key in a)
    if kind in (list, tuple):
        return len(a) == len(b) and all(_is_alike(x, y, seen) for x, y in zip(a, b, strict=True))
    if kind in OF_CODE:
        return all(_is_alike(getattr(a, x), getattr(b, x), seen) for x in OF_CODE[kind])
    if not _has_own_equality(kind) or isinstance(a, dict | list | tuple):
        return _is_alike(_held_by(a), _held_by(b), seen)
    return bool(a == b) or bool(a != a and b != b)  # nan is alike


def _held_by(thing: Any) -> tuple[Any, ...]:
    """Return the attributes, and what pickle keeps: of a partial its function, and slots."""
    kept = thing.__reduce_ex__(4)
    parts = (kept,) if isinstance(kept, str) else kept
    return getattr(thing, "__dict__", None), *(
        list(part) if isinstance(part, Iterator) else part for part in parts
    )


def _has_own_equality(kind: Any) -> bool:
    return kind.__eq__ is not object.__eq__
