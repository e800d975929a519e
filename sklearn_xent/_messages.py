"""Build messages, warn in the name of the caller, show progress, and read plain numbers."""

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import numpy as np

# --- text -----------------------------------------------------------------------------------

_JOINERS = "\u200c\u200d"
_WIDE_SPACE = "\u3000"
"""The space of Chinese and Japanese, as wide as a character."""


def shorten(value: object, width: int = 60) -> str:
    """Return the repr of a value, cut to a width."""
    return cut(safe_text(value.item() if isinstance(value, np.generic) else value, repr), width)


def cut(text: str, width: int) -> str:
    """Return text that is at most so many characters long."""
    return text if len(text) <= width else text[: width - 3] + "..."


def safe_text(value: object, form: Callable[[Any], str] = str) -> str:
    """Return the text of any value, also of one whose own ``__str__`` or ``__repr__`` fails."""
    try:
        return str(form(value))
    except Exception as error:
        return f"<{type(value).__name__} whose text raises {type(error).__name__}>"


def shorten_all(values: Iterable[object], most: int = 5) -> str:
    """Return the reprs of the first values, separated by commas."""
    listed = list(values)
    more = f", ... ({len(listed)} in all)" if len(listed) > most else ""
    return ", ".join(shorten(value) for value in listed[:most]) + more


def printable(text: object) -> str:
    r"""Return text without control characters; each becomes its escape, such as ``\n``.

    Such characters could steer a terminal, reorder a line, or make two names look alike. Joiners
    stay beside letters that are not ASCII, because some scripts and emoji need them.
    """
    plain = str(text)
    if plain.isprintable():
        return plain
    around = f"a{plain}a"
    return "".join(
        c if c.isprintable() or c == _WIDE_SPACE or _joins(*around[i : i + 3]) else _escape(c)
        for i, c in enumerate(plain)
    )


def one_line(text: object) -> str:
    """Return text of several lines, such as a description, as one."""
    return " ".join(str(text).split())


def _joins(before: str, c: str, after: str) -> bool:
    """Return whether a character joins two letters of scripts that need it."""
    return c in _JOINERS and not before.isascii() and not after.isascii()


def _escape(c: str) -> str:
    """Return the escape of a character, as Python writes it, but of four digits at least."""
    return repr(c)[1:-1] if c in "\n\r\t" else f"\\u{ord(c):04x}"


# --- warnings -------------------------------------------------------------------------------

_PACKAGE = os.path.dirname(__file__) + os.sep
_HEARD: ContextVar[list[Warning] | None] = ContextVar("_HEARD", default=None)
_COLLECTED: ContextVar[list[Warning] | None] = ContextVar("_COLLECTED", default=None)


def warn(message: str, category: type[Warning]) -> None:
    """Warn in the name of the first caller outside this package."""
    message = printable(message)
    for kept in (_HEARD.get(), _COLLECTED.get()):
        if kept is not None:
            kept.append(category(message))
    if _COLLECTED.get() is not None:
        return  # `rewarn` shows it later
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


@contextmanager
def listening() -> Iterator[list[Warning]]:
    """Keep a list of the warnings that `warn` gives within. They are shown as well."""
    heard: list[Warning] = []
    token = _HEARD.set(heard)
    try:
        yield heard
    finally:
        _HEARD.reset(token)


@contextmanager
def collecting() -> Iterator[list[Warning]]:
    """Keep a list of the warnings that `warn` gives within, and show none of them.

    A worker returns this list with its answer, and its parent passes it to `rewarn`: a warning
    that is shown in another process or thread may be lost, or repeated once a worker.
    """
    collected: list[Warning] = []
    # the enclosing `listening` hears them from `rewarn`, so that it too has each once
    tokens = _HEARD.set(None), _COLLECTED.set(collected)
    try:
        yield collected
    finally:
        _HEARD.reset(tokens[0])
        _COLLECTED.reset(tokens[1])


def rewarn(collected: Iterable[Warning]) -> None:
    """Give warnings that `collecting` kept: each category and text once, in the order given."""
    for category, text in dict.fromkeys((type(w), str(w)) for w in collected):
        warn(text, category)


# --- numbers --------------------------------------------------------------------------------


def read_whole(name: str, value: object, least: int = 0) -> int:
    """Return a whole number that is at least `least`."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (whole and value >= least):  # type: ignore[operator]
        raise ValueError(
            f"{name} must be a whole number of at least {least}; got {shorten(value)}."
        )
    return int(value)  # type: ignore[call-overload,no-any-return]


def is_number(value: object) -> bool:
    """Return whether this is one real number; a bool is not."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


# --- progress -------------------------------------------------------------------------------

Item = TypeVar("Item")


def track(items: Iterable[Item], total: int | None, what: str, shown: bool) -> Iterator[Item]:
    """Yield the items, and show on standard error how many of them have come."""
    if not shown:
        yield from items
        return
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped]
    except ImportError:
        yield from _with_lines(items, total, what)
    else:
        yield from tqdm(items, total=total, desc=what)


def _with_lines(items: Iterable[Item], total: int | None, what: str) -> Iterator[Item]:
    """Yield the items, and print a line for each tenth of them.

    Where their number is not known, print a line for each hundred.
    """
    printed, of_all = 0, "" if total is None else f" of {total}"
    for done, item in enumerate(items, start=1):
        yield item
        steps = done // 100 if total is None else 10 * done // total
        if steps > printed:
            printed = steps
            print(f"{what}: {done}{of_all}", file=sys.stderr, flush=True)
