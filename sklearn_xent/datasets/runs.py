"""Compare models on one data set after another, and remember in a folder what is done."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils import indexable

from sklearn_xent._files import write_text
from sklearn_xent._messages import collecting, printable, shorten, shorten_all, track, warn
from sklearn_xent.comparison.cross_validation import compare_models
from sklearn_xent.comparison.result import Comparison
from sklearn_xent.exceptions import FailedModelWarning
from sklearn_xent.inputs.alignment import RowsOf, check_rows
from sklearn_xent.inputs.validation import read_flag, validate_target
from sklearn_xent.training import fits

KIND = "checkpoint of compare_datasets"
PARTS = ("X", "y", "groups", "times", "sample_weight")
FORM = 'each data set must be (X, y), or a dict of "X", "y" and if needed ' + ", ".join(
    f'"{part}"' for part in PARTS[2:]
)

PLAIN = {str, bytes, int, float, complex, bool, type(None), *map(type, (pd.NaT, pd.NA))}
"""Types whose repr tells all: that of an array or a table leaves out its middle."""


@dataclass(frozen=True)
class Folder:
    """A folder of comparisons that are done."""

    path: Path

    @classmethod
    def read(cls, checkpoint: Any) -> Folder | None:
        """Return the folder of an argument; it is made if it does not exist."""
        if checkpoint is None:
            return None
        if not isinstance(checkpoint, str | os.PathLike) or not os.fspath(checkpoint):
            raise ValueError(f"checkpoint must be a folder; got {shorten(checkpoint)}.")
        path = Path(os.fsdecode(checkpoint))
        if path.exists() and not path.is_dir():
            raise ValueError(f"checkpoint must be a folder; {str(path)!r} is a file.")
        path.mkdir(parents=True, exist_ok=True)
        return cls(path)

    def file_of(self, name: str, key: str) -> Path:
        """Return where the comparison of a data set is kept; another key has another file."""
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:40].strip(".") or "_"
        return self.path / f"{plain}-{key[:16]}.json"

    def load(self, name: str, key: str) -> Comparison | None:
        """Return the comparison of these inputs, None if it is not done yet."""
        file = self.file_of(name, key)
        try:
            saved = file.read_bytes()
        except FileNotFoundError:
            return None
        try:
            found = json.loads(saved.decode("utf-8"))
            if found["sklearn_xent"] != KIND or found["key"] != key:
                raise ValueError("it is of other inputs")
            return Comparison.from_dict(found["comparison"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(
                f"{str(file)!r} in the checkpoint folder cannot be read ({error}). Delete it: data "
                f"set {shorten(name)} is then compared again."
            ) from error

    def save(self, name: str, key: str, comparison: Comparison) -> None:
        """Write a comparison so that a process that is killed leaves no half of it."""
        plain = {"sklearn_xent": KIND, "dataset": name, "key": key}
        text = json.dumps({**plain, "comparison": comparison.to_dict()}, allow_nan=False)
        write_text(self.file_of(name, key), text)


# --- data sets ------------------------------------------------------------------------------


def read_data(datasets: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the parts of each data set, checked before anything is fitted."""
    out = {}
    for name, given in datasets.items():
        if isinstance(given, Mapping) and set(given) >= {"X", "y"} and set(given) <= set(PARTS):
            parts = dict(given)
        elif isinstance(given, tuple | list) and len(given) == 2:
            parts = dict(zip(PARTS, given, strict=False))
        else:
            got = f"a dict of {shorten_all(given)}" if isinstance(given, Mapping) else None
            raise ValueError(f"{FORM}; got {got or shorten(given)} for {shorten(name)}.")
        with _named(name):
            X, y = indexable(parts["X"], parts["y"])
            check_rows([RowsOf("X", X), RowsOf("y", y)])
            validate_target(
                np.ravel(y) if np.ndim(y) == 2 and np.shape(y)[1] == 1 else y,
                **{part: parts.get(part) for part in PARTS[2:]},
            )
        out[name] = parts
    return out


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Add the name of a data set to an error."""
    try:
        yield
    except Exception as error:
        error.add_note(f"This was datasets[{printable(name)!r}].")
        raise


def read_cv(cv: Any) -> Any:
    """Return how each data set is split: a number or a splitter, for rows fit one of them only."""
    is_whole = isinstance(cv, int | np.integer) and not isinstance(cv, bool)
    if cv is None or is_whole or (hasattr(cv, "split") and not isinstance(cv, str | bytes)):
        return cv
    raise ValueError(
        "cv must be None, a number of folds or a splitter, which can split every data set; got "
        f"{shorten(cv)}. For splits of rows, compare each with compare_models, and pass the "
        "comparisons."
    )


def run(
    datasets: Mapping[str, Mapping[str, Any]],
    models: Mapping[str, Any],
    arguments: Mapping[str, Any],
    *,
    folder: Folder | None,
    n_jobs: int | None,
    progress: Any,
) -> dict[str, Comparison]:
    """Return the comparison on each data set; those in the folder are read instead of made."""
    shown = read_flag("progress", progress)
    what = None if folder is None else _digest_of_arguments(models, arguments)
    out = {}
    for name, data in track(datasets.items(), len(datasets), "compare_datasets", shown):
        key = "" if what is None else _key(name, data, what)
        found = None if folder is None else folder.load(name, key)
        if found is None:
            with _named(name), collecting():  # all are told at the end, once
                found = compare_models(models, **data, **arguments, n_jobs=n_jobs)
            if folder is not None:
                folder.save(name, key, found)
        out[name] = found
    retell(out)
    return out


def retell(comparisons: Mapping[str, Comparison]) -> None:
    """Give each kind of warning once, with the first text and the data sets that have it."""
    told: dict[type[Warning], tuple[str, list[str]]] = {}
    for name, comparison in comparisons.items():
        for warning in comparison.warnings:
            if isinstance(warning, FailedModelWarning):
                continue  # told with what is left out
            _, names = told.setdefault(type(warning), (str(warning), []))
            if name not in names:
                names.append(name)
    for category, (text, names) in told.items():
        n = f"{len(names)} of {len(comparisons)} data sets ({shorten_all(names, 3)})"
        warn(f"in {n}; the first says: {text}", category)


# --- digests --------------------------------------------------------------------------------


def _digest_of_arguments(models: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Return a digest of all that the data sets share, and of the versions that decide a result."""
    parts = [version("sklearn-xent"), version("scikit-learn")]
    parts += [f"{name}: {_digest(model, f'models[{name!r}]')}" for name, model in models.items()]
    parts += [f"{key}: {_digest(value, key)}" for key, value in sorted(arguments.items())]
    return _sha("\n".join(parts))


def _key(name: str, data: Mapping[str, Any], what: str) -> str:
    parts = [f"{part}: {_digest_of_rows(value)}" for part, value in sorted(data.items())]
    return _sha("\n".join([name, what, *parts]))


def _sha(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
    return hashlib.sha256(data).hexdigest()


def _digest(value: Any, what: str) -> str:
    """Return a digest of a model or an argument; it must be one that can be pickled."""
    ways: Sequence[Callable[[Any], str]] = (joblib.hash, _digest_of_pickle)
    for way in ways:
        try:
            return str(way(value))
        except Exception as error:  # of a class of the user's
            last = error
    raise ValueError(
        f"checkpoint recognises models and arguments by their pickles; {what} has none "
        f"({type(last).__name__}). Leave out checkpoint, or make it one that can be pickled."
    )


def _digest_of_pickle(value: Any) -> str:
    return _sha(fits.cloudpickle.dumps(value))  # type: ignore[attr-defined]


def _digest_of_rows(value: Any) -> str:
    """Return a digest of data, the same in every process."""
    if value is None:
        return ""
    if isinstance(value, pd.DataFrame):
        columns = [value.iloc[:, i] for i in range(value.shape[1])]
        parts = [_digest_of_rows(value.index), *map(_digest_of_rows, columns)]
        return _sha(repr([list(value.columns), value.shape, parts]))
    if isinstance(value, pd.Series) and not isinstance(value.dtype, np.dtype):
        # of categories and the types of pandas
        hashes = pd.util.hash_pandas_object(value).to_numpy()
        levels = _digest_of_rows(value.cat.categories) if hasattr(value, "cat") else ""
        return _sha(f"{value.dtype!r} {levels}".encode() + hashes.tobytes())
    if isinstance(value, pd.Series):
        return _sha(_digest_of_rows(value.index) + _digest_of_rows(value.to_numpy()))
    if sparse.issparse(value):
        rows = value.tocsr()
        arrays = (rows.data, rows.indices, rows.indptr)
        return _sha("".join([repr(rows.shape), *map(_digest_of_rows, arrays)]))
    array = np.asarray(value)
    head = f"{array.dtype.str} {array.shape}".encode()
    if not array.dtype.hasobject:
        return _sha(head + array.tobytes())
    text = io.StringIO()
    for x in array.ravel().tolist():
        told = repr(x) if type(x) in PLAIN else _digest(x, "a value of the data")
        text.write(f"{type(x).__name__} {told}\n")
    return _sha(head + text.getvalue().encode("utf-8", "backslashreplace"))
