"""Tell whether two scorers, or two splitters, do the same."""

from __future__ import annotations

from collections.abc import Mapping
from types import CellType, FunctionType
from typing import Any

import numpy as np

OF_FUNCTIONS = ("__code__", "__defaults__", "__kwdefaults__", "__closure__")
"""The parts of a function that decide what it does, apart from global variables."""


def is_alike(a: Any, b: Any) -> bool:
    """Return whether two objects surely do the same, because all that they hold is equal.

    They need not be the same object: two copies that were read from two files do the same.
    """
    try:
        return _is_alike(a, b, set())
    except Exception:  # raised by __eq__ of a class of the user
        return False


def _is_alike(a: Any, b: Any, seen: set[tuple[int, int]]) -> bool:
    if a is b or (id(a), id(b)) in seen:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b)
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(_is_alike(a[key], b[key], seen) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(_is_alike(x, y, seen) for x, y in zip(a, b, strict=True))
    if isinstance(a, FunctionType):
        return all(_is_alike(getattr(a, x), getattr(b, x), seen) for x in OF_FUNCTIONS)
    if isinstance(a, CellType):
        return _is_alike(a.cell_contents, b.cell_contents, seen)
    if hasattr(a, "__dict__") and not _has_own_equality(type(a)):
        seen.add((id(a), id(b)))  # an object may hold itself
        return _is_alike(vars(a), vars(b), seen)
    return bool(a == b)


def _has_own_equality(kind: Any) -> bool:
    return kind.__eq__ is not object.__eq__
