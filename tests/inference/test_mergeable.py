"""A field of a dataclass of sums says by its type how it is merged, saved and read."""

import json
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import pytest

from sklearn_xent.inference import exact_sums
from sklearn_xent.inference.mergeable import (
    Count,
    ExactSum,
    Flag,
    Greatest,
    GreatestRange,
    Least,
    Mergeable,
    NonNegativeSum,
)


@dataclass(frozen=True)
class Part(Mergeable):
    n: Count = 0
    total: ExactSum = 0


@dataclass(frozen=True)
class Toy(Mergeable):
    weight: NonNegativeSum = 0
    least: Least = math.inf
    greatest: Greatest = -math.inf
    label_range: GreatestRange = 0.0
    any_cluster: Flag = False
    parts: tuple[Part, ...] = ()
    table: tuple[tuple[ExactSum, ...], ...] = ()
    by_key: Mapping[Hashable, Part] = field(default_factory=dict)


HALF = exact_sums.on_grid(0.5)
A = Toy(HALF, 0.1, 0.3, 2.0, False, (Part(1, HALF), Part(2, -HALF)), ((1, 2), (3, 4)),
        {"x": Part(1, 1), 7: Part(2, 2)})  # fmt: skip
B = Toy(HALF, -0.1, 0.2, math.inf, True, (Part(3, HALF), Part(4, 0)), ((10, 20), (30, 40)),
        {"x": Part(5, 5), "y": Part(6, 6)})  # fmt: skip
BOTH = Toy(2 * HALF, -0.1, 0.3, math.inf, True, (Part(4, 2 * HALF), Part(6, -HALF)),
           ((11, 22), (33, 44)), {"x": Part(6, 6), 7: Part(2, 2), "y": Part(6, 6)})  # fmt: skip


def test_each_field_is_merged_by_its_type():
    assert A.merge(B) == B.merge(A) == BOTH


def test_merging_changes_neither():
    before = dict(A.by_key)
    A.merge(B)
    assert A.by_key == before


@pytest.mark.parametrize("toy", [Toy(), A, B, BOTH])
def test_plain_values_come_back(toy):
    assert Toy.from_plain(json.loads(json.dumps(toy.to_plain()))) == toy


def test_tuples_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="zip"):
        A.merge(Toy())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("weight", "-1p0", "'-1p0' is no sum of weights or squares"),
        ("weight", "1p99999999999999", "is no sum"),
        ("least", "nan", "'nan' is no number"),
        ("label_range", "-0x1p0", "is no range"),
        ("any_cluster", 1, "1 is neither true nor false"),
        ("parts", [{"n": -1, "total": "0p0"}], "-1 is no count"),
        ("parts", [{"n": 1.0, "total": "0p0"}], "1.0 is no count"),
        ("parts", [{"n": True, "total": "0p0"}], "True is no count"),
    ],
)
def test_values_that_cannot_be_are_refused(name, value, message):
    with pytest.raises(ValueError, match=message):
        Toy.from_plain({**A.to_plain(), name: value})
