"""Fit models on training parts and predict the test parts, here or in workers.

Whatever goes wrong with one model, in ``fit``, on the way to a worker and back, or because the
worker dies, is the failure of this model alone.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray
from sklearn import config_context, get_config
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import collecting, cut, one_line, printable, safe_text, shorten, track
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.predictions import Predictions
from sklearn_xent.scoring.estimators import Split, align, find_response, take_rows
from sklearn_xent.training.scorers import Scoring

try:  # joblib sends what it sends by cloudpickle, which older versions bring along
    import cloudpickle  # type: ignore[import-untyped]
except ImportError:
    from joblib.externals import cloudpickle  # type: ignore[import-untyped]

LONGEST_REASON = 500
"""So many characters of the text of an error are kept."""
DIED = (
    "the worker process died, as it does where a library crashes or memory runs out. Fit the model "
    "with n_jobs=1 to see why"
)
NOT_SENT = "the model, or what it predicted, cannot be sent to a worker process and back"


@dataclass(frozen=True)
class Data:
    """Hold what every fit shares."""

    X: Any
    y_of_fit: Any
    y: Any
    classes: Classes
    params: Mapping[str, Any]
    methods: tuple[str, ...]
    normalize: bool
    weight: Floats | None = None
    """The weights of the samples in the losses."""
    scoring: Scoring = field(default_factory=Scoring)
    keep: bool = False
    """Whether the fitted estimators come back."""

    def fit_params(self, estimator: Any, train: NDArray[np.intp]) -> dict[str, Any]:
        """Return the parameters of ``fit``; those of samples are cut to the training part."""
        if isinstance(estimator, ClassFrequencies):
            return {} if self.weight is None else {"sample_weight": self.weight[train]}
        given: Mapping[str, Any] = self.params
        if get_config()["enable_metadata_routing"]:
            router = MetadataRouter(owner="compare_models").add(
                estimator=estimator,
                method_mapping=MethodMapping().add(caller="fit", callee="fit"),
            )
            given = process_routing(router, "fit", **given).estimator.fit
        n = len(self.y)
        of_samples = {
            key: np.ndim(value) > 0 and not isinstance(value, str) and len(value) == n
            for key, value in given.items()
        }
        return {
            key: take_rows(value, train) if of_samples[key] else value
            for key, value in given.items()
        }


class ClassFrequencies(DummyClassifier):  # type: ignore[misc]
    """Predict the class frequencies of the training part, weighted as the losses are."""

    def __init__(self) -> None:
        super().__init__(strategy="prior")

    def __repr__(self) -> str:
        return "the class frequencies of each training part"


# --- answers ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Failure:
    """Why a fit gave no predictions. It comes back from any worker, if need be as text only."""

    kind: str
    """The name of the type of the error."""
    text: str
    where: str
    error: Exception | None = None
    """The error itself, unless it could not be sent."""

    @classmethod
    def from_error(cls, error: Exception, where: str, text: str | None = None) -> Failure:
        """Describe an error, also one without a text that can be read."""
        whole = safe_text(error) if text is None else text
        words = printable(one_line(whole[: 9 * LONGEST_REASON]))
        return cls(type(error).__name__, cut(words, LONGEST_REASON), where, error)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is sent: the error as bytes, where it can be."""
        sent = None
        with suppress(Exception):
            sent = cloudpickle.dumps(self.error)
        return {**vars(self), "error": sent}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Take what was sent; many errors can be written, but not read again."""
        error = None
        with suppress(Exception):
            error = cloudpickle.loads(state["error"])
        vars(self).update(state, error=error if isinstance(error, Exception) else None)

    def to_raise(self) -> Exception:
        """Return the error, with a note of where it was."""
        error = self.error
        if error is None:
            error = RuntimeError(f"{self.kind}: {self.text}")
        with suppress(Exception):
            error.add_note(self.where)
        return error


@dataclass(frozen=True)
class Answer:
    """The result of one fit: the predictions for the test part, or why there are none."""

    predictions: Predictions | None = None
    unseen: Mapping[Any, int] = field(default_factory=dict)
    """How many tested samples are of each class that the training part lacked."""
    failure: Failure | None = None
    warnings: Sequence[Warning] = ()
    """The warnings of this package in the worker, which nobody sees there."""
    scores: Mapping[str, float | Failure] = field(default_factory=dict)
    """The score of each scorer by its name, or why there is none."""
    fit_time: float = np.nan
    """Seconds that ``fit`` took."""
    score_time: float = np.nan
    """Seconds that predicting and scoring took."""
    best_params: Mapping[str, Any] | None = None
    """What a search chose."""
    estimator: Any = None
    """The fitted estimator, where it was asked for."""

    @property
    def first_failure(self) -> Failure | None:
        """Why there are no predictions, or no score."""
        failed = (score for score in self.scores.values() if isinstance(score, Failure))
        return next(failed, None) if self.failure is None else self.failure


# --- one fit ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Settings:
    """The settings of the process that asks for fits."""

    config: Mapping[str, Any] = field(default_factory=get_config)
    filters: Sequence[Any] = field(default_factory=lambda: list(warnings.filters))
    process: int = field(default_factory=os.getpid)


# a function, because engines ask for its name and its hash
def _work(settings: _Settings, data: Data, name: str, estimator: Any, split: Split) -> Answer:
    """Fit a model and predict, under these settings."""
    with config_context(**settings.config):  # of this thread
        if os.getpid() == settings.process:
            # threads share the filters: to change them here would change them for all
            return _predict(data, name, estimator, split)
        with warnings.catch_warnings():
            warnings.filters[:] = settings.filters  # type: ignore[index]
            return _predict(data, name, estimator, split)


def _predict(data: Data, name: str, estimator: Any, split: Split) -> Answer:
    """Fit a model on a training part and predict the test part."""
    where = f"This was models[{name!r}], trained on {len(split[0])} samples."
    with collecting() as caught:
        try:
            answer = _fit_and_predict(data, estimator, *split, where)
        except Exception as error:
            answer = Answer(failure=Failure.from_error(error, where))
    return replace(answer, warnings=caught)


def _fit_and_predict(
    data: Data, estimator: Any, train: NDArray[np.intp], test: NDArray[np.intp], where: str
) -> Answer:
    """Return the predictions for a test part, checked, and its scores."""
    is_prior = isinstance(estimator, ClassFrequencies)
    methods = ("predict_proba",) if is_prior else data.methods
    find_response(estimator, methods)
    X_train = take_rows(data.X, train)
    y_train = take_rows(data.y if is_prior else data.y_of_fit, train)
    params = data.fit_params(estimator, train)
    started = perf_counter()
    fitted = clone(estimator).fit(X_train, y_train, **params)
    fit_time = perf_counter() - started
    started, X_test = perf_counter(), take_rows(data.X, test)
    method = find_response(fitted, methods)
    response, y_test = getattr(fitted, method)(X_test), take_rows(data.y, test)
    _, predictions, unseen = align(
        fitted, method, response, y_test, labels=data.classes, normalize=data.normalize
    )
    predictions = predictions.read_checked()  # a bad row raises here: this model alone fails
    scores = {}
    if data.scoring:
        y_of_scores = data.y if is_prior else data.y_of_fit

        def take() -> tuple[Any, Any, Floats | None]:
            weight = None if data.weight is None else data.weight[test]
            return take_rows(data.X, test), take_rows(y_of_scores, test), weight

        scores = _scores(data.scoring(fitted, take), where)
    return Answer(
        predictions,
        unseen,
        scores=scores,
        fit_time=fit_time,
        score_time=perf_counter() - started,
        best_params=best_params_of(fitted),
        estimator=fitted if data.keep else None,
    )


def _scores(found: Mapping[str, float | Exception], where: str) -> dict[str, float | Failure]:
    """Return scores, and the reasons of those that failed."""
    return {
        name: Failure.from_error(score, f"{where} The score was {name!r}.")
        if isinstance(score, Exception)
        else score
        for name, score in found.items()
    }


def best_params_of(fitted: Any) -> dict[str, Any] | None:
    """Return the parameters that a search chose, also one at the end of a pipeline."""
    last = fitted.steps[-1][1] if isinstance(fitted, Pipeline) else fitted
    found = getattr(last, "best_params_", None)
    return dict(found) if isinstance(found, Mapping) else None


# --- all fits -----------------------------------------------------------------------------------


def read_n_jobs(n_jobs: Any) -> int | None:
    """Return how many fits run in parallel, checked."""
    whole = isinstance(n_jobs, int | np.integer) and not isinstance(n_jobs, bool)
    if n_jobs is not None and not (whole and n_jobs != 0):
        raise ValueError(
            "n_jobs must be None or a whole number other than 0 (-1 means all cores); got "
            f"{shorten(n_jobs)}."
        )
    return None if n_jobs is None else int(n_jobs)


def fit_all(
    data: Data,
    models: Mapping[str, Any],
    splits: Sequence[Split],
    *,
    n_jobs: int | None,
    raises: bool,
    progress: bool,
) -> dict[str, list[Answer]]:
    """Return the answers of each model, one a split; `raises` raises the first failure instead."""
    n = len(splits)
    jobs = [(name, models[name], split) for name in models for split in splits]
    answers, lost = _answers(
        track(_run(data, jobs, n_jobs), len(jobs), "compare_models", progress), raises
    )
    by_model = {name: answers[i * n : (i + 1) * n] for i, name in enumerate(models)}
    if lost is None:
        return by_model
    # a worker died, or something could not be sent: each model on its own shows which it was
    for name, of_model in by_model.items():
        if len(of_model) == n:
            continue
        alone = [(name, models[name], split) for split in splits]
        found, lost = _answers(_run(data, alone, n_jobs), raises)
        if lost is not None:
            failure = Failure.from_error(lost, f"This was models[{name!r}].", _why_lost(lost))
            if raises:
                raise failure.to_raise()
            found = [Answer(failure=failure)] * n
        by_model[name] = found
    return by_model


def _run(
    data: Data, jobs: Sequence[tuple[str, Any, Split]], n_jobs: int | None
) -> Iterator[Answer]:
    """Yield the answers in the order of the jobs, as they come where joblib can do so."""
    try:
        parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator")
    except ValueError:  # some backends cannot
        parallel = joblib.Parallel(n_jobs=n_jobs)
    settings = _Settings()
    yield from parallel(joblib.delayed(_work)(settings, data, *job) for job in jobs)


def _answers(results: Iterator[Answer], raises: bool) -> tuple[list[Answer], Exception | None]:
    """Return the answers that came, and the error by which others were lost on their way."""
    answers: list[Answer] = []
    failure = None
    with closing(results):  # type: ignore[type-var]
        try:
            for answer in results:
                answers.append(answer)
                failure = answer.first_failure if raises else None
                if failure is not None:
                    break
        except Exception as error:
            return answers, error
    if failure is not None:
        raise failure.to_raise()
    return answers, None


def _why_lost(error: Exception) -> str:
    """Say why answers were lost: the worker died, or something could not be sent."""
    if isinstance(error, BrokenExecutor):
        return f"{DIED}."
    cause = safe_text(error if error.__cause__ is None else error.__cause__)
    last = next((line for line in reversed(cause.splitlines()) if line.strip(' "')), "")
    return f"{NOT_SENT}: {cut(last, 200).rstrip('.')}. Use n_jobs=1."


# --- failures -----------------------------------------------------------------------------------


def failures_of(by_model: Mapping[str, Sequence[Answer]]) -> dict[str, str]:
    """Return why models have no losses; if none has any, raise the first error."""
    found = {
        name: [answer.failure for answer in answers if answer.failure is not None]
        for name, answers in by_model.items()
    }
    failed = {name: of_model for name, of_model in found.items() if of_model}
    if len(failed) == len(by_model):
        raise next(iter(failed.values()))[0].to_raise()
    return {name: why_failed(of_model, len(by_model[name])) for name, of_model in failed.items()}


def why_failed(failures: Sequence[Failure], n_splits: int) -> str:
    """Say in how many splits something failed, and how the first time."""
    return f"{failures[0].kind} in {len(failures)} of {n_splits} splits: {failures[0].text}"


def predictions_of(answers: Iterable[Answer]) -> list[Predictions]:
    """Return the predictions of the fits that did not fail."""
    return [answer.predictions for answer in answers if answer.predictions is not None]
