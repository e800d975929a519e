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
    "elo", "exact_match", "iou", "jaccard", "lift", "log_likelihood", "loglik",
    "map", "mrr", "ndcg", "pass", "passed", "points", "quality", "rating", "success", "win",
}  # fmt: skip
"""Names of scores, of which higher is better."""
_LAST_OF_SCORES = {
    "acc", "accuracy", "agreement", "auc", "auprc", "auroc", "bleu", "correct", "correctness",
    "dice", "f1", "gain", "helpfulness", "kappa", "likelihood", "mcc", "precision", "profit",
    "psnr", "r2", "recall", "relevance", "revenue", "reward", "rouge", "score", "sensitivity",
    "similarity", "specificity", "ssim", "utility",
}  # fmt: skip
"""The last words of other names of scores, such as judge_score."""
_LAST_OF_LOSSES = {
    "bce", "cer", "cost", "crps", "crossentropy", "deviance", "distance", "divergence", "duration",
    "ece", "entropy", "error", "errors", "hinge", "latency", "logloss", "loss", "losses", "mae",
    "mape", "misclassification", "mse", "nll", "perplexity", "regret", "rmse", "rmsle", "runtime",
    "seconds", "smape", "time", "wer",
}  # fmt: skip
"""The last words of names of losses, of which lower is better."""
_SCORE_RATES = {"accept", "hit", "pass", "solve", "success", "win"}
_LOSS_RATES = {"error", "failure", "miss"}
"""Words before rate: a hit rate is a score, an error rate is a loss."""
_FIRST_OF_SCORES = {"d2", "neg"}
_TURNING = {"inverse", "minus", "neg", "negated", "negative"}
"""First words of what a loss is turned into."""
_AT_THE_END = {"at", "k", "l", "lsum", "macro", "mean", "micro", "weighted"}
"""Suffixes, as in ROUGE-L and f1_macro."""


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", name.lower())


def _plain_words(name: str) -> list[str]:
    """Return the words of a name without numbers and suffixes: ndcg of ndcg@10, bleu of bleu4."""
    words = _words(name)
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _AT_THE_END):
        words = words[:-1]
    known = _LAST_OF_SCORES | _SCORES | {"top"}
    if words and words[-1] not in known and (stem := words[-1].rstrip("0123456789")) in known:
        words = [*words[:-1], stem]
    return words


def _is_rate(words: list[str], kinds: set[str]) -> bool:
    return len(words) > 1 and words[-1] == "rate" and words[-2] in kinds


def _turned(words: list[str]) -> list[str]:
    """Return the words that are turned: of 1-WER, one_minus_wer or neg_wer wer; else none."""
    if words[:2] in (["1", "minus"], ["one", "minus"]):
        return words[2:]
    is_turned = words[0] in _TURNING or (words[0] == "1" and len(words) == 2)
    return words[1:] if is_turned else []


def sounds_like_loss(name: str) -> bool:
    """Return whether lower values are better, by the name."""
    words = _words(name)
    plain = "_".join(words)
    if plain in LOSSES or plain in ALIASES:
        return True
    words = _plain_words(name)
    if not words:
        return False
    if _turned(words) or words[0] in _FIRST_OF_SCORES:
        return words[0] in ("neg", "negative") and words[-1] == "likelihood"
    return words[-1] in _LAST_OF_LOSSES or _is_rate(words, _LOSS_RATES)


def sounds_like_score(name: str) -> bool:
    """Return whether higher values are better, by the name."""
    words = _plain_words(name)
    if not words or sounds_like_loss(name):
        return False
    if words[0] in _FIRST_OF_SCORES:
        return True
    if turned := _turned(words):
        return sounds_like_loss("_".join(turned))
    if "_".join(words) in _SCORES or words[-1] in _LAST_OF_SCORES:
        return True
    return words == ["top"] or _is_rate(words, _SCORE_RATES)


AnyLoss = Loss | GivenLoss
"""A loss under which models are compared."""
