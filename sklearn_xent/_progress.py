"""Layer 0: how far a long run is: a tqdm bar where tqdm is installed, else plain lines."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def track(items: Iterable[Item], total: int | None, what: str, shown: bool) -> Iterator[Item]:
    """The items, and on standard error how many of them have come."""
    if not shown:
        yield from items
        return
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped]
    except ImportError:
        yield from _lines(items, total, what)
    else:
        yield from tqdm(items, total=total, desc=what)


def _lines(items: Iterable[Item], total: int | None, what: str) -> Iterator[Item]:
    """A line for every tenth of them; for every hundred where it is not known how many come."""
    told, of_all = 0, "" if total is None else f" of {total}"
    for done, item in enumerate(items, start=1):
        yield item
        tenths = done // 100 if total is None else 10 * done // total
        if tenths > told:
            told = tenths
            print(f"{what}: {done}{of_all}", file=sys.stderr, flush=True)
