"""The scores of models in the splits of a cross-validation, compared beside their losses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Floats
from sklearn_xent.comparison.estimates import Estimates, SplitEstimates
from sklearn_xent.comparison.frames import Models
from sklearn_xent.comparison.samples import SampleLosses, SplitScores
from sklearn_xent.inference.design import Design, Options, pairs_of
from sklearn_xent.training.fits import Answer, Failure, why_failed
from sklearn_xent.training.scorers import Score, Scoring, check_names, limits_for

Failures = Mapping[str, Mapping[str, str]]
"""For each loss why models have none, by their names."""


@dataclass(frozen=True)
class ModelScores(SplitScores):
    """The scores of models in every split, as losses: minus the score."""

    failures: Failures = field(default_factory=dict)
    dependent: bool = False
    """Whether splits may depend on each other more than the test allows for."""


class ScoreEstimates(SplitEstimates):
    """One score of models in the splits of a cross-validation: all pairs are compared."""

    def __init__(self, loss: str, scores: ModelScores, options: Options) -> None:
        super().__init__(loss, scores, options)
        self.from_best = False
        self.design = replace(self.design, looks_dependent=scores.dependent)


def beside(scores: ModelScores | None, options: Options) -> list[tuple[Estimates, Models]]:
    """Return the estimates of each score, with the models and pairs that it compares."""
    out: list[tuple[Estimates, Models]] = []
    if scores is None:
        return out
    for loss in scores.values:
        failures = scores.failures.get(loss, {})
        pairs = pairs_of(scores.names, options, failures)
        unknown: list[int | None] = [None] * len(scores.names)
        models = Models(scores.names, pairs, unknown, [math.nan] * len(pairs), failures)
        out.append((ScoreEstimates(loss, scores, options), models))
    return out


def in_context(scores: ModelScores | None, samples: SampleLosses) -> ModelScores | None:
    """Return the scores with what the losses of the samples tell of dependence."""
    if scores is None:
        return None
    depends = samples.design.looks_dependent or samples.target.times is not None
    return replace(scores, dependent=depends)


# --- from the answers of fits -----------------------------------------------------------------


def scores_of(
    scoring: Scoring,
    by_model: Mapping[str, Sequence[Answer]],
    design: Design,
    samples: SampleLosses,
) -> ModelScores | None:
    """Return the scores of all fits beside the losses of samples; None where there is no scorer."""
    if not scoring:
        return None
    keys, failed, n_classes = (
        _keys(scoring, by_model),
        samples.failures,
        samples.target.n_classes,
    )
    known = dict(zip(scoring.scorers, scoring.scores, strict=True))
    scores = {key: known[key] if key in known else Score.of(key) for key in keys}
    check_names([score.name for score in scores.values()], samples.infos)
    values, failures = {}, {}
    for key, score in scores.items():
        found = {
            name: [answer.scores.get(key) for answer in answers]
            for name, answers in by_model.items()
        }
        failures[score.name] = dict(failed) | {
            name: _why(of_model)
            for name, of_model in found.items()
            if name not in failed and not all(isinstance(x, float) for x in of_model)
        }
        values[score.name] = -np.asarray(
            [_row(x, name in failures[score.name]) for name, x in found.items()]
        )
    return ModelScores(
        names=list(by_model),
        values=values,
        infos={score.name: score.info for score in scores.values()},
        limits={
            score.name: limits_for(score, scoring.scorers.get(key), n_classes)
            for key, score in scores.items()
        },
        size_ratio=design.size_ratio,
        n_repeats=design.n_repeats,
        failures=failures,
    )


def _keys(scoring: Scoring, by_model: Mapping[str, Sequence[Answer]]) -> list[str]:
    """Return the names of the scores; of a function that returns several, those that it gave."""
    if not scoring.one:
        return list(scoring.scorers)
    given = dict.fromkeys(
        key for answers in by_model.values() for answer in answers for key in answer.scores
    )
    several = [key for key in given if key not in scoring.scorers]
    return several or list(scoring.scorers)


def _why(scores: Sequence[float | Failure | None]) -> str:
    """Say why a score is missing in some splits."""
    found = [x for x in scores if isinstance(x, Failure)]
    if found:
        return why_failed(found, len(scores))
    n_missing = sum(x is None for x in scores)
    return f"the function returned no such score in {n_missing} of {len(scores)} splits"


def _row(scores: Sequence[float | Failure | None], is_failed: bool) -> Floats:
    if is_failed:
        return np.full(len(scores), np.nan)
    return np.asarray(scores, dtype=np.float64)


# --- what each fit took and chose -------------------------------------------------------------


def fits_of(
    by_model: Mapping[str, Sequence[Answer]], n_train: Sequence[int], *, keep: bool
) -> pd.DataFrame:
    """Return a row for each model and split; `keep` adds the fitted estimators."""
    answers = [(name, i, x) for name, of in by_model.items() for i, x in enumerate(of)]
    frame = pd.DataFrame(
        {
            "model": pd.Series([name for name, _, _ in answers], dtype=object),
            "split": np.asarray([i for _, i, _ in answers], dtype=np.int64),
            "n_train": np.asarray([n_train[i] for _, i, _ in answers], dtype=np.int64),
            "fit_time": np.asarray([x.fit_time for _, _, x in answers], dtype=np.float64),
            "score_time": np.asarray([x.score_time for _, _, x in answers], dtype=np.float64),
            "best_params": _objects([x.best_params for _, _, x in answers]),
        }
    )
    return frame.assign(estimator=_objects([x.estimator for _, _, x in answers])) if keep else frame


def _objects(values: Sequence[Any]) -> pd.Series:
    """Return any objects as a column; numpy would take some apart, as pipelines have a length."""
    out = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        out[i] = value
    return pd.Series(out, dtype=object)
