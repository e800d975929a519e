"""Layer 0: what messages are made of: values cut short, warnings in the caller's name."""

import os
import sys
import warnings
from collections.abc import Iterable

import numpy as np

_PACKAGE = os.path.dirname(__file__) + os.sep


def shorten(value: object, width: int = 60) -> str:
    """The repr of a value, cut short: for error messages."""
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= width else text[: width - 3] + "..."


def shorten_all(values: Iterable[object], most: int = 5) -> str:
    """The reprs of the first values, separated by commas."""
    listed = list(values)
    more = f", ... ({len(listed)} in all)" if len(listed) > most else ""
    return ", ".join(shorten(value) for value in listed[:most]) + more


def warn(message: str, category: type[Warning]) -> None:
    """Warn in the name of the first caller outside this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def is_number(value: object) -> bool:
    """Whether this is one real number; a bool is none."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
