"""Merge dataclasses of sums, and turn them into plain values and back.

The type of a field says how it is merged, saved and read. A new sum is therefore one new field.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Annotated, Any, Self, get_args, get_origin, get_type_hints

from sklearn_xent.inference import exact_sums


@dataclass(frozen=True)
class Rule:
    """How two values of a field are merged, and how a value is saved and read."""

    merge: Callable[[Any, Any], Any]
    to_plain: Callable[[Any], Any]
    from_plain: Callable[[Any], Any]


def _read_count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _read_non_negative(text: str) -> int:
    total = exact_sums.from_text(text)
    if total < 0:
        raise ValueError(f"{text!r} is no sum of weights or squares")
    return total


def _read_number(text: str) -> float:
    value = float.fromhex(text)
    if math.isnan(value):
        raise ValueError(f"{text!r} is no number")
    return value


def _read_range(text: str) -> float:
    value = _read_number(text)
    if value < 0:
        raise ValueError(f"{text!r} is no range")
    return value


def _read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


Count = Annotated[int, Rule(operator.add, int, _read_count)]
"""A number of samples."""
ExactSum = Annotated[int, Rule(operator.add, exact_sums.to_text, exact_sums.from_text)]
"""A sum on the grid of `exact_sums`."""
NonNegativeSum = Annotated[int, Rule(operator.add, exact_sums.to_text, _read_non_negative)]
"""A sum, on the same grid, of numbers that are not negative, such as weights."""
Least = Annotated[float, Rule(min, float.hex, _read_number)]
Greatest = Annotated[float, Rule(max, float.hex, _read_number)]
GreatestRange = Annotated[float, Rule(max, float.hex, _read_range)]
"""The greatest of numbers that are not negative; it may be infinite."""
Flag = Annotated[bool, Rule(operator.or_, bool, _read_flag)]
"""Whether one of both has it."""


class Mergeable:
    """A base of dataclasses that hold sums of samples.

    Each field has one of the types above, is itself such a dataclass, a ``tuple[X, ...]`` of such
    values, or a ``Mapping[K, X]`` of them by key.
    """

    def merge(self, other: Self) -> Self:
        """Return the sums of both sets of samples."""
        return type(self)(
            *[
                rule.merge(getattr(self, name), getattr(other, name))
                for name, rule in _rules_of(type(self)).items()
            ]
        )

    @classmethod
    def merge_all(cls, parts: Sequence[Self]) -> Self:
        """Return the sums of several sets of samples; the fields of all are merged at once."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            *[
                reduce(rule.merge, [getattr(part, name) for part in parts])
                for name, rule in _rules_of(cls).items()
            ]
        )

    def to_plain(self) -> dict[str, Any]:
        """Return the fields as lists, dicts, numbers and strings, without rounding."""
        rules = _rules_of(type(self))
        return {name: rule.to_plain(getattr(self, name)) for name, rule in rules.items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Return what `to_plain` was called on."""
        return cls(**{name: rule.from_plain(plain[name]) for name, rule in _rules_of(cls).items()})


_RULES: dict[type[Mergeable], dict[str, Rule]] = {}
"""The rules of the fields of each class, since reading type hints is slow."""


def _rules_of(cls: type[Mergeable]) -> dict[str, Rule]:
    """Return the rule of each field."""
    if cls not in _RULES:
        hints = get_type_hints(cls, include_extras=True)
        _RULES[cls] = {name: _rule_of(hint) for name, hint in hints.items()}
    return _RULES[cls]


def _rule_of(hint: Any) -> Rule:
    """Return the rule of a type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return next(x for x in arguments if isinstance(x, Rule))
    if origin is tuple:
        return _rule_of_tuples(_rule_of(arguments[0]))
    if origin is Mapping:
        return _rule_of_mappings(_rule_of(arguments[1]))
    return Rule(hint.merge, hint.to_plain, hint.from_plain)


def _rule_of_tuples(each: Rule) -> Rule:
    """Return the rule of tuples of one length, which are merged entry by entry."""

    def merge(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple([each.merge(x, y) for x, y in zip(a, b, strict=True)])

    def to_plain(values: tuple[Any, ...]) -> list[Any]:
        return [each.to_plain(x) for x in values]

    def from_plain(values: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(each.from_plain(x) for x in values)

    return Rule(merge, to_plain, from_plain)


def _rule_of_mappings(each: Rule) -> Rule:
    """Return the rule of mappings, whose values are merged where both have the key.

    They are saved as a sorted list of keys and values, since JSON has no keys but strings.
    """

    def merge(a: Mapping[Any, Any], b: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**a, **{key: each.merge(a[key], x) if key in a else x for key, x in b.items()}}

    def to_plain(values: Mapping[Any, Any]) -> list[Any]:
        return sorted(([key, each.to_plain(x)] for key, x in values.items()), key=repr)

    def from_plain(entries: Iterable[Any]) -> dict[Any, Any]:
        listed = list(entries)
        found = {key: each.from_plain(x) for key, x in listed}
        if len(found) != len(listed):
            raise ValueError("a key is there more than once")
        return found

    return Rule(merge, to_plain, from_plain)
