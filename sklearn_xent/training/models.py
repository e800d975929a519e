"""Read models and predictions in their forms: a dict, a list, or a frame with a column a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from sklearn_xent._messages import shorten
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.names import column_names
from sklearn_xent.inputs.validation import read_names

PRIOR = "prior"
"""The baseline that predicts the class frequencies, unless a model has this name."""
ONE_MODEL = 'For one model with a column a class pass {"name": predictions}.'
LIST_RULE = (
    "models must be a dict {name: estimator}, a list of estimators, or a list of (name, estimator)"
)


def read_models(models: Any) -> dict[str, Any]:
    """Return the models by name; those of a list are named by their classes."""
    if isinstance(models, list | tuple) and models:
        models = _named(models)
    return {name: models[name] for name in read_names("models", models)}


def _named(models: Sequence[Any]) -> dict[str, Any]:
    """Return a list of models, or of (name, model), as a dict."""
    if not any(isinstance(model, tuple) for model in models):
        for i, model in enumerate(models):
            if isinstance(model, str | type) or not hasattr(model, "fit"):
                raise ValueError(f"{LIST_RULE}; got models[{i}] = {shorten(model)}.")
        return dict(zip(names_of_classes(models), models, strict=True))
    for i, pair in enumerate(models):
        if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise ValueError(f"{LIST_RULE}; got models[{i}] = {shorten(pair)}.")
    names = [name for name, _ in models]
    if len(set(names)) < len(names):
        i = next(i for i, name in enumerate(names) if name in names[:i])
        first = names.index(names[i])
        raise ValueError(
            f"names of models must differ; models[{first}] and models[{i}] are both called "
            f"{shorten(names[i])}."
        )
    return dict(models)


def _class_of(model: Any) -> str:
    """Return the name of the class of a model; of a pipeline that of its last step."""
    last = model.steps[-1][1] if isinstance(model, Pipeline) and model.steps else model
    return type(model if isinstance(last, str) or last is None else last).__name__


def names_of_classes(models: Sequence[Any]) -> list[str]:
    """Return the names of the classes of models; those that repeat are numbered from 1."""
    names = [_class_of(model) for model in models]
    times, seen, out = Counter(names), Counter[str](), []
    for name in names:
        seen[name] += 1
        out.append(name if times[name] == 1 else f"{name} {seen[name]}")
    return out


def with_prior(models: Mapping[str, Any], baseline: Any, prior: Any) -> dict[str, Any]:
    """Return the models with the class frequencies as the last, where they are the baseline."""
    if not isinstance(baseline, str) or baseline != PRIOR or PRIOR in models:
        return dict(models)
    return {**models, PRIOR: prior}


def by_column(predictions: Any) -> dict[str, Any] | None:
    """Return the columns of a table as the predictions of one binary model each; None if none."""
    if isinstance(predictions, Mapping | list | tuple) or np.ndim(predictions) != 2:
        return None
    names = column_names(predictions)
    if names is None:
        return None
    rule = "predictions is a table with one binary model a column"
    wrong = next((x for x in names if not isinstance(x, str)), None)
    if wrong is not None:
        raise ValueError(
            f"{rule}, so its columns must be named by strings; got {shorten(wrong)}. {ONE_MODEL}"
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            f"{rule}, so its columns must have names that differ; {shorten(twice)} is there "
            "several times."
        )
    columns = {name: predictions[name] for name in names}
    if not isinstance(predictions, pd.DataFrame):
        return {name: np.asarray(column) for name, column in columns.items()}
    return {name: column.rename(None) for name, column in columns.items()}  # no name of a class


def check_no_classes(predictions: Mapping[str, Any], classes: Classes) -> None:
    """Check that the columns of a table are models, and not the classes of one model."""
    named = set(predictions) <= {str(label) for label in classes.labels}
    values = [np.asarray(column, dtype=np.float64) for column in predictions.values()]
    if named or (len(values) > 1 and np.allclose(sum(values), 1.0, rtol=0.0, atol=1e-6)):
        why = "its columns have the names of classes" if named else "its rows sum to one"
        raise ValueError(
            "predictions is a table with one binary model a column, but "
            f"{why}, as those of one model with a column a class. {ONE_MODEL}"
        )
