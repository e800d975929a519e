"""Check that columns which name the classes, as A_cat and A_dog do, are in the order of labels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from sklearn_xent._messages import shorten_all
from sklearn_xent.inputs.names import ends_in_negation, find_misplaced


def check_order(argument: str, columns: Sequence[str], labels: Sequence[Any]) -> None:
    """Check that the columns do not name the classes in another order than the labels.

    Columns name classes if they are alike but for the class. Case and punctuation do not matter
    unless they alone tell classes apart.
    """
    texts = [str(int(x)) if isinstance(x, float) and x % 1 == 0 else str(x) for x in labels]
    words = all(isinstance(x, str | bool) and not str(x).isdecimal() for x in labels)
    verdicts = []
    for read in (str, _loosely):
        named, classes = [read(x) for x in columns], [read(x) for x in texts]
        if len(set(classes)) == len(classes):
            verdicts.append(_fits(named, classes, words))
    several = len(columns) == len(labels) and not any(map(str.isdigit, "".join(columns)))
    if several and find_misplaced(tuple(columns), tuple(labels), partly=False) is not None:
        verdicts = [False]
    if False in verdicts and True not in verdicts:
        one = " A single column holds the probabilities of the second class." * (len(columns) == 1)
        raise ValueError(
            f"{argument} are the columns {shorten_all(columns)}, whose names tell another order of "
            f"the classes than labels, {shorten_all(labels)}.{one} Give both the same order, or "
            "rename the columns."
        )


def _loosely(text: str) -> str:
    """Return text without case, and with one mark for all punctuation."""
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFKC", text).casefold())


def _fits(columns: list[str], classes: list[str], words: bool) -> bool | None:
    """Return whether the names tell the order of the classes; None where they tell none.

    A number at the end of a name may count models, or begin at one: `words` says that it is none.
    """
    if len(columns) == 1 and len(classes) == 2 and words:
        ends = [x for x in filter(None, classes) if _is_at_end(x, columns[0])]
        if not ends:
            return None
        word = max(ends, key=len)
        return (word == classes[1]) is not ends_in_negation(columns[0][: -len(word)])
    if len(columns) != len(classes):
        return None
    orders = [[start + x + end for x in classes] for start, end in _frames(columns[0], classes)]
    if any(order == columns for order in orders):
        return True
    if any(set(order) == set(columns) for order in orders):
        return False
    return _fits_in_part(columns, classes) if words else None


def _is_at_end(word: str, name: str) -> bool:
    """Return whether a name ends with a word."""
    return name.endswith(word) and not name[: -len(word)][-1:].isalnum()


def _frames(name: str, classes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what stands before and after each class that is found in a name."""
    for word in filter(None, classes):
        at = name.find(word)
        while at >= 0:
            yield name[:at], name[at + len(word) :]
            at = name.find(word, at + 1)


def _fits_in_part(columns: list[str], classes: list[str]) -> bool | None:
    """Return False where some of the columns name another class than that of their place."""
    for column in columns:
        for start, end in _frames(column, classes):
            if start[-1:].isalnum() or end[:1].isalnum():
                continue
            if all(x.startswith(start) and x.endswith(end) for x in columns):
                inner = [x[len(start) : len(x) - len(end)] for x in columns]
                if any(x in classes and classes.index(x) != i for i, x in enumerate(inner)):
                    return False
    return None
