"""Scorers beside the losses: what ``scoring=`` may be, and the scores of one fitted model."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer, get_scorer_names

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import is_number, printable, shorten, shorten_all
from sklearn_xent.losses.given import sounds_like_loss
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.losses.registry import LOSSES
from sklearn_xent.scoring.estimators import BaseScorer
from sklearn_xent.scoring.scorers import SCORERS, LossScorer

Scorer = Callable[..., Any]
UNNAMED = "score"
"""The name of the score of a function without a name."""
WORDS = {
    "auc": "AUC", "d2": "D2", "f1": "F1", "ovo": "OvO", "ovr": "OvR", "r2": "R2", "roc": "ROC",
}  # fmt: skip
"""Words of the names of scikit-learn's scorers that are written otherwise in a title."""
SHARES = {
    f"{name}_score" for name in (
        "accuracy", "average_precision", "balanced_accuracy", "f1", "fbeta", "jaccard", "precision",
        "recall", "roc_auc", "top_k_accuracy",
    )
}  # fmt: skip
"""Metrics of scikit-learn that lie in [0, 1], unless an option says otherwise."""
NO_SHARE = ("adjusted", "normalize")
"""Options with which they may not."""


# --- what is known of a score -----------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """A score as a loss: minus the score, so that lower is better."""

    name: str
    """Of the loss: that of the score, without ``neg_``."""
    info: LossInfo
    limits: tuple[float, float] = (-math.inf, math.inf)
    """Least and greatest possible loss."""

    @classmethod
    def of(cls, key: str, scorer: Any = None) -> Score:
        """Describe a score by its name and, where it is known, its scorer."""
        if isinstance(scorer, LossScorer) and key == f"neg_{scorer.loss.name}" == scorer.__name__:
            return cls(scorer.loss.name, scorer.loss.info)
        name = key.removeprefix("neg_")
        is_loss = name != key or sign_of(scorer) == -1
        title = title_of(name) if key in get_scorer_names() or name != key else name
        info = LossInfo(title, top=None if is_loss else 0.0)
        return cls(name, info, _limits_of(scorer))


def _limits_of(scorer: Any) -> tuple[float, float]:
    """Return the least and the greatest possible loss, where the metric is known."""
    if isinstance(scorer, BaseScorer):
        module = str(getattr(scorer._score_func, "__module__", ""))
        known = module.startswith("sklearn.metrics") and function_name(scorer) in SHARES
        if known and scorer._sign == 1 and not any(x in scorer._kwargs for x in NO_SHARE):
            return -1.0, 0.0
    return -math.inf, math.inf


def limits_for(score: Score, scorer: Any, n_classes: int) -> tuple[float, float]:
    """Return the least and the greatest possible loss; those of a loss depend on the classes."""
    is_loss = isinstance(scorer, LossScorer) and score.info.top is None
    return scorer._range_for(n_classes) if is_loss else score.limits


def title_of(name: str) -> str:
    """Return the title of a scorer by its name: "ROC AUC" for "roc_auc"."""
    words = [WORDS.get(word, word) for word in name.split("_")]
    title = " ".join(word for word in words if word)
    return title[:1].upper() + title[1:]


def sign_of(scorer: Any) -> int | None:
    """Return -1 for a scorer that turns the sign of its metric, 1 for one that does not.

    None for a function, whose sign nobody knows.
    """
    return scorer._sign if isinstance(scorer, BaseScorer) else None


def function_name(scorer: Any) -> str:
    """Return the name of the metric of a scorer."""
    return str(getattr(scorer._score_func, "__name__", ""))


def turned_score(key: str, scorer: Any) -> str:
    """Say that a scorer takes the negative of a metric of which higher is better; "" if not."""
    if isinstance(scorer, LossScorer) or sign_of(scorer) != -1:
        return ""
    name, module = function_name(scorer), getattr(scorer._score_func, "__module__", "")
    # scikit-learn names what is better when higher *_score
    if not (name.endswith("_score") and str(module).startswith("sklearn.metrics")):
        return ""
    return (
        f"the score {key!r} is {name} with greater_is_better=False, but a higher {name} is better"
    )


def is_raw_loss(scorer: Any) -> bool:
    """Return whether a scorer is a loss whose sign was not turned, by the name of its metric."""
    name = function_name(scorer) if sign_of(scorer) == 1 else ""
    return name in LOSSES or name.endswith(("_loss", "_error"))


# --- the argument -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Scoring:
    """What ``scoring=`` asks for: scorers by name, or one function that returns a dict."""

    scorers: Mapping[str, Scorer] = field(default_factory=dict)
    one: bool = False
    """Whether this is one callable, which may return several scores as a dict."""

    def __bool__(self) -> bool:
        return bool(self.scorers)

    @property
    def scores(self) -> list[Score]:
        """What is known of the scores before any is computed."""
        return [Score.of(key, scorer) for key, scorer in self.scorers.items()]

    def __call__(
        self, estimator: Any, take: Callable[[], tuple[Any, Any, Floats | None]]
    ) -> dict[str, float | Exception]:
        """Return the scores of a fitted estimator by name, or the error that each raised.

        `take` returns the X, y and weights of the test part, each time anew: an estimator that
        scales X in place, or a scorer that writes into y, leaves them as they are for the next.
        """
        found: dict[str, float | Exception] = {}
        for key, scorer in self.scorers.items():
            try:
                X, y, weight = take()
                options = {} if weight is None else {"sample_weight": weight}
                value = scorer(estimator, X, y, **options)
                if self.one and isinstance(value, Mapping):
                    return {str(name): _read_score(name, x) for name, x in value.items()}
                found[key] = _read_score(key, value)
            except Exception as error:
                found[key] = error
        return found


def _read_score(name: Any, value: Any) -> float | Exception:
    """Return one score as a float, or the error that it is none."""
    if np.ma.is_masked(value):
        return ValueError(f"a scorer must return one number; {name} is masked")
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if not isinstance(name, str) or not name:
        return ValueError(f"names of scores must be strings; got {shorten(name)}")
    if not is_number(value):
        return ValueError(f"a scorer must return one number; {name} is {shorten(value)}")
    if not math.isfinite(value):
        return ValueError(f"the score is {float(value)}")
    if name.startswith("neg_") and value > 0:
        return ValueError(
            f"{name} is named as minus a loss, but is {float(value):.4g}. Turn its sign, as "
            "make_scorer(..., greater_is_better=False) does; if higher is better, name it without "
            "neg_"
        )
    if value > 0 and sounds_like_loss(name):
        return ValueError(
            f"{name} is named as a loss, but of a score higher is better; got {float(value):.4g}. "
            f"Return minus the loss, and name it neg_{name}; if higher is better, use another name"
        )
    return float(value)


def read_scoring(scoring: Any, losses: Collection[str], *, weights: Collection[str]) -> Scoring:
    """Return the scorers, checked; `losses` are the names of the losses compared.

    `weights` names the arguments that weigh samples, which every scorer must then take.
    """
    if scoring is None:
        return Scoring()
    found = Scoring(_by_name(scoring), one=callable(scoring))
    for key, scorer in found.scorers.items():
        _check_sign(key, scorer)
        if weights:
            _check_takes_weights(key, scorer, weights)
    check_names([score.name for score in found.scores], losses)
    return found


RULE = "scoring must be the name of a scorer, a list of names, a dict {name: scorer} or a callable"


def _by_name(scoring: Any) -> dict[str, Scorer]:
    """Return the scorers by their names, from any form that `cross_validate` takes."""
    if isinstance(scoring, str):
        return {scoring: _scorer_of(scoring)}
    if callable(scoring):
        return {_name_of(scoring): _scorer_of(scoring)}
    if isinstance(scoring, Mapping):
        for key in scoring:
            if not isinstance(key, str) or not key or printable(key) != key:
                raise ValueError(f"names of scores must be plain text; got {shorten(key)}.")
        items = [(str(key), scorer) for key, scorer in scoring.items()]
    elif isinstance(scoring, list | tuple | set | frozenset):
        listed = scoring if isinstance(scoring, Sequence) else sorted(scoring, key=str)
        items = [(_name_in_list(x), x) for x in listed]
    else:
        raise ValueError(f"{RULE}; got {shorten(scoring)}.")
    names = [key for key, _ in items]
    if not names:
        raise ValueError(f"{RULE}; got none. Leave it out to compare by losses only.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"scoring must name each score once; got {shorten(twice)} several times.")
    return {key: _scorer_of(scorer) for key, scorer in items}


def _name_in_list(item: Any) -> str:
    if isinstance(item, str | LossScorer):
        return item if isinstance(item, str) else item.__name__
    raise ValueError(
        f"a list of scoring must hold names of scorers; got {shorten(item)}. Pass a dict to name "
        "your own, {name: scorer}."
    )


def _name_of(scorer: Scorer) -> str:
    """Return the name of a single callable: that of its metric, or of the function."""
    if isinstance(scorer, LossScorer):
        return scorer.__name__
    name = function_name(scorer) if isinstance(scorer, BaseScorer) else ""
    name = name or str(getattr(scorer, "__name__", ""))
    return name if name.isidentifier() else UNNAMED


def _scorer_of(scorer: Any) -> Scorer:
    """Return a scorer by its name, or one that was passed."""
    if isinstance(scorer, str):
        try:
            return SCORERS[scorer] if scorer in SCORERS else get_scorer(scorer)
        except (KeyError, ValueError):
            raise ValueError(
                f"scoring must name scorers of scikit-learn; got {shorten(scorer)}. "
                "sklearn.metrics.get_scorer_names() lists them."
            ) from None
    if not callable(scorer) or inspect.isclass(scorer):
        raise ValueError(
            f"a scorer must be a name or a callable scorer(estimator, X, y); got {shorten(scorer)}."
        )
    module = str(getattr(scorer, "__module__", ""))
    if inspect.isfunction(scorer) and module.startswith(("sklearn.metrics", "sklearn_xent")):
        raise ValueError(
            f"scoring got the metric {scorer.__name__} itself, which takes labels, no estimator. "
            f"Pass the name of a scorer, or make_scorer({scorer.__name__}, ...)."
        )
    return scorer  # type: ignore[no-any-return]


def _check_sign(key: str, scorer: Scorer) -> None:
    """Check that higher is better: a score of the wrong sign would call the worst model best."""
    if said := turned_score(key, scorer):
        raise ValueError(f"{said}, so the worst model would look best. Leave it out.")
    if is_raw_loss(scorer):
        name = function_name(scorer)
        raise ValueError(
            f"the score {key!r} is {name} itself, of which lower is better, so the worst model "
            f"would look best. Pass make_scorer({name}, greater_is_better=False, ...)."
        )


def _check_takes_weights(key: str, scorer: Scorer, weights: Collection[str]) -> None:
    """Check that a scorer weighs samples as the losses do."""
    function = scorer._score_func if isinstance(scorer, BaseScorer) else scorer
    try:
        taken = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # of a builtin
        return
    if any(x.name == "sample_weight" or x.kind is x.VAR_KEYWORD for x in taken):
        return
    raise ValueError(
        f"the score {key!r} takes no sample_weight, so it cannot weigh the samples as "
        f"{' and '.join(weights)} asks. Leave out the weights, or this score."
    )


def check_names(names: Iterable[str], losses: Collection[str]) -> None:
    """Check that no score has the name of a loss that is compared, nor of another score."""
    seen: set[str] = set()
    for name in names:
        if name in losses:
            raise ValueError(
                f"scoring names {shorten(name)}, but a loss of this name is compared already; the "
                f"losses are [{shorten_all(losses)}]. Leave it out of scoring or of losses, or "
                "give it another name in a dict."
            )
        if name in seen:
            raise ValueError(
                f"two scores are both named {shorten(name)} (neg_ is left out). Give them other "
                "names in a dict."
            )
        seen.add(name)
