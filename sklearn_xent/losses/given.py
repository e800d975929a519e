"""Losses that were computed elsewhere: what is known of them beside their values."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sklearn_xent._messages import printable
from sklearn_xent.losses.loss import Loss, LossInfo, LossRange


@dataclass(frozen=True)
class GivenLoss:
    """A loss of which only the values are known, with what its user says of it.

    It answers what a comparison asks of a `Loss`, but computes nothing.
    """

    name: str
    info: LossInfo
    range: LossRange = (-math.inf, math.inf)
    zero_one: bool = False
    """Whether all values are 0 or 1, so that they are counted."""
    strictly_proper: bool = False

    def range_for(self, n_classes: int) -> LossRange:
        """Return the least and the greatest value; there are no classes that it depends on."""
        return self.range

    def greatest_difference(self, n_classes: int, *, from_logits: bool = False) -> float:
        """Return how much more one sample can cost than another, at most."""
        return self.range[1] - self.range[0]


_ACRONYMS = {"auc", "bleu", "f1", "mae", "mcc", "mse", "r2", "rmse", "roc", "rouge"}


def title_of(name: str) -> str:
    """Return what a loss or a score is called in sentences, made of its name in code."""
    words = [word.upper() if word in _ACRONYMS else word for word in name.split("_")]
    title = printable(" ".join(words))
    return title[:1].upper() + title[1:]


AnyLoss = Loss | GivenLoss
"""A loss under which models are compared."""
