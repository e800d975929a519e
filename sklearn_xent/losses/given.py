"""Losses that were computed elsewhere: what is known of them beside their values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from sklearn_xent._messages import printable
from sklearn_xent.losses.loss import Loss, LossInfo, LossRange
from sklearn_xent.losses.registry import ALIASES, LOSSES


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


# --- which of two is better, by the name ------------------------------------------------------

_SCORES = {
    "correct", "elo", "exact_match", "iou", "map", "mrr", "ndcg", "pass", "passed", "points",
    "rating", "success", "win", "win_rate",
}  # fmt: skip
"""Names of scores, of which higher is better."""
_LAST_OF_SCORES = {
    "acc", "accuracy", "auc", "bleu", "correct", "f1", "precision", "r2", "recall", "reward",
    "rouge", "score", "sensitivity", "specificity",
}  # fmt: skip
"""The last words of other names of scores, such as judge_score."""
_LAST_OF_LOSSES = {
    "cer", "cost", "crps", "deviance", "distance", "ece", "error", "errors", "logloss", "loss",
    "losses", "mae", "mape", "misclassification", "mse", "nll", "perplexity", "regret", "rmse",
    "wer",
}  # fmt: skip
"""The last words of names of losses, of which lower is better."""


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", name.lower())


def sounds_like_loss(name: str) -> bool:
    """Return whether lower values are better, by the name."""
    words = _words(name)
    plain = "_".join(words)
    if plain in LOSSES or plain in ALIASES or plain == "error_rate":
        return True
    return bool(words) and words[0] != "neg" and words[-1] in _LAST_OF_LOSSES


def sounds_like_score(name: str) -> bool:
    """Return whether higher values are better, by the name."""
    words = _words(name)
    if not words or sounds_like_loss(name):
        return False
    return words[0] == "neg" or "_".join(words) in _SCORES or words[-1] in _LAST_OF_SCORES


AnyLoss = Loss | GivenLoss
"""A loss under which models are compared."""
