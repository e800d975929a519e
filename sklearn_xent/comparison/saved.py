"""Save a comparison as plain JSON, and read it back: its tables, and what its reports tell."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from importlib.metadata import version
from typing import Any, Protocol, get_args, get_type_hints

import numpy as np

from sklearn_xent import exceptions
from sklearn_xent._arrays import Floats
from sklearn_xent._messages import printable, shorten
from sklearn_xent.comparison.exports import Exported, rows_of
from sklearn_xent.comparison.samples import SampleLosses, SplitScores
from sklearn_xent.comparison.selection import Family
from sklearn_xent.comparison.study import study_of
from sklearn_xent.inference.cautions import read_cautions
from sklearn_xent.inference.design import Options
from sklearn_xent.inputs.validation import Target
from sklearn_xent.losses.given import AnyLoss, GivenLoss
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report.content import ClassShares, Facts
from sklearn_xent.report.rows import (
    DifferenceRow,
    SummaryRow,
    difference_frame,
    summary_frame,
)
from sklearn_xent.report.study import Study

KIND = "Comparison"
VERSION = 1
"""The version of the saved form. Raise it when the form changes."""
NOT_SAVED = (
    "they are not saved with a comparison. Ask the comparison itself before you save it, or make "
    "it again."
)


@dataclass(frozen=True)
class Kept:
    """Hold what reports tell of samples and splits that were not saved."""

    study: Study
    floor_shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By loss and model, as `SampleLosses.floor_shares` gives them."""
    inputs: str | None = None
    """The digest of the losses that were compared."""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The options of each loss, where they are known."""
    beside: Sequence[str] = ()
    """The names of the losses that are scores of splits, beside losses of samples."""

    def study_for(self, models: Collection[str]) -> Study:
        """Return the facts, of these models only."""
        plain = {name: getattr(self.study, name) for name in _names(Study)}
        missed = {name: found for name, found in self.study.missed.items() if name in models}
        return Study(**{**plain, "missed": missed})


class Saveable(Exported, Protocol):
    """What is saved of a comparison."""

    @property
    def warnings(self) -> Sequence[Warning]:
        """What was warned of."""
        ...

    @property
    def _options(self) -> Options: ...
    @property
    def _samples(self) -> SampleLosses | None: ...
    @property
    def _splits(self) -> SplitScores | None: ...
    @property
    def _kept(self) -> Kept | None: ...
    @property
    def _note(self) -> str: ...
    @property
    def _without_samples(self) -> str: ...
    @property
    def _family(self) -> Family: ...
    @property
    def _facts(self) -> Facts: ...
    @property
    def _classes(self) -> ClassShares | None: ...


# --- the form -------------------------------------------------------------------------------


def digest_of(plain: Mapping[str, Any]) -> str:
    """Return a checksum of what is saved."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


@contextmanager
def reading(kind: str) -> Iterator[None]:
    """Turn what goes wrong while a saved dict is read into one kind of error."""
    rule = f"saved must be what {kind}.to_dict returned"
    try:
        yield
    except RecursionError:
        raise ValueError(f"{rule}; it is nested too deeply.") from None
    except KeyError as error:
        raise ValueError(f"{rule}; it has no {error}.") from error
    except (IndexError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise ValueError(f"{rule}; {str(error).rstrip('.')}.") from error


def to_dict(self: Saveable) -> dict[str, Any]:
    """Return the comparison as plain JSON types, to be saved or sent.

    Saved are its tables, its options and warnings, and what its reports tell. The losses of
    single samples and the predictions are not: what needs them, such as `by`, `worst` and
    `plot_reliability`, is refused by a comparison that was read back.

    Returns
    -------
    dict
        What `Comparison.from_dict` takes. ``json.dumps`` writes it as strict JSON: numbers that
        are not known are null, infinite ones are texts. It holds the version of its form and of
        the package, a digest of the losses that were compared (null where only sums are known),
        and a digest of itself.

    Examples
    --------
    >>> import json
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> text = json.dumps(comparison.to_dict(), allow_nan=False)
    >>> print(*sx.Comparison.from_dict(json.loads(text)).sentences())
    MSE (Brier): timid is clearly worse than sharp: +0.075 (95% interval 0.0676 to 0.0824).
    """
    kept, options, (summary, differences) = keep(self), self._options, rows_of(self)
    plain = {
        "sklearn_xent": KIND,
        "version": VERSION,
        "package": version("sklearn-xent"),
        "inputs": kept.inputs,
        "summary": _columns(summary, SummaryRow),
        "differences": _columns(differences, DifferenceRow),
        "losses": {name: _plain(info) for name, info in self._losses.items()},
        "loss_options": _plain(kept.options),
        "options": {**_plain(options), "margin": _plain(options.margin)},
        "study": _plain(kept.study),
        "floor_shares": _plain(kept.floor_shares),
        "beside": list(kept.beside),
        "family": _plain(self._family),
        "note": self._note,
        "unknown": self._without_samples if self._samples is None else NOT_SAVED,
        "warnings": [[type(warning).__name__, str(warning)] for warning in self.warnings],
        "facts": _plain(self._facts),
        "classes": _plain(class_shares(self)),
    }
    return {**plain, "digest": digest_of(plain)}


def keep(comparison: Saveable) -> Kept:
    """Return what reports tell of the samples and splits of a comparison."""
    if comparison._kept is not None:
        return comparison._kept
    samples, splits = comparison._samples, comparison._splits
    summary, differences = rows_of(comparison)
    shares = {} if samples is None else {x: samples.floor_shares(x) for x in comparison._losses}
    return Kept(
        study_of(samples, splits, summary, differences, comparison._options.baseline),
        shares,
        inputs_digest(samples, splits),
        {} if samples is None else {loss.name: _plain_options(loss) for loss in samples.losses},
        [] if samples is None else [x for x in comparison._losses if x not in samples.infos],
    )


def _plain_options(loss: AnyLoss) -> dict[str, Any]:
    """Return the options of a loss as JSON has them; those of other types as texts."""
    if isinstance(loss, GivenLoss):
        return {}
    plain = {key: _plain(value) for key, value in loss.options.items()}
    simple = (str, int, float, bool, type(None))
    return {key: x if isinstance(x, simple) else shorten(x, 200) for key, x in plain.items()}


def inputs_digest(samples: SampleLosses | None, splits: SplitScores | None) -> str | None:
    """Return a digest of the losses that were compared; None where only sums are known."""
    if samples is not None:
        names, losses = list(samples.names), [loss.name for loss in samples.losses]
        return array_digest([names, losses], samples.values, samples.weight_in_mean())
    if splits is not None:
        names, losses = list(splits.names), list(splits.values)
        return array_digest([names, losses], *splits.values.values())
    return None


def array_digest(names: Any, *arrays: Floats) -> str:
    """Return a digest of arrays and of what they are called."""
    digest = hashlib.sha256(json.dumps(names).encode())
    for array in arrays:
        digest.update(repr((array.dtype.str, array.shape)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def class_shares(comparison: Saveable) -> ClassShares | None:
    """Return the classes, whose labels become texts as a report shows them."""
    found, samples = comparison._classes, comparison._samples
    target = None if samples is None else samples.target
    if isinstance(target, Target) and target.y.ndim == 1:
        found = ClassShares(target.classes.labels, target.prior.tolist())
    if found is None:
        return None
    return ClassShares([printable(label) for label in found.labels], list(found.shares))


# --- values ---------------------------------------------------------------------------------


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def _plain(value: Any) -> Any:
    """Return a value of numbers, texts, lists, dicts and dataclasses as JSON has it."""
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(x) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(x) for x in value]
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    return value


def _number(x: float) -> float | str | None:
    """Return a number; JSON has neither nan nor infinity."""
    if math.isfinite(x):
        return x
    return None if math.isnan(x) else ("inf" if x > 0 else "-inf")


def _columns(rows: Sequence[Any], kind: type) -> dict[str, list[Any]]:
    """Return the columns of a frame by their names."""
    return {name: [_plain(getattr(row, name)) for row in rows] for name in _names(kind)}


_INFINITE = {"inf": math.inf, "-inf": -math.inf}


def _read_float(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str):
        return _INFINITE[value]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _read_exactly(kind: Any) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError
        return value

    return read


def _reader(hint: Any) -> Callable[[Any], Any]:
    """Return what reads a value of this type back, and raises an error for any other."""
    if hint is Any:
        return lambda value: value
    if hint is float:
        return _read_float
    if hint in (int, bool, str):
        return _read_exactly(hint)
    if hint is date:
        return date.fromisoformat
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value: _object(hint.__name__, value, hint)
    parts = [_reader(part) for part in get_args(hint) if part is not type(None)]
    if type(None) in get_args(hint):
        return lambda value: None if value is None else parts[0](value)
    if len(parts) == 1:
        return lambda value: [parts[0](x) for x in _read_exactly(list)(value)]
    return lambda value: {parts[0](k): parts[1](x) for k, x in _read_exactly(dict)(value).items()}


def _read_as(hint: Any, name: str, value: Any) -> Any:
    """Return a value of this type, read back."""
    try:
        return _reader(hint)(value)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{name} cannot be {shorten(value)}") from error


def _object(name: str, plain: Mapping[str, Any], kind: Any) -> Any:
    """Return a saved dataclass, every field checked."""
    types = get_type_hints(kind)
    if set(plain) != set(types):
        odd = sorted(set(plain) ^ set(types))
        raise ValueError(f"{name} has not the fields of this release: {shorten(odd)}")
    return kind(**{x: _read_as(hint, f"{name}[{x!r}]", plain[x]) for x, hint in types.items()})


def _among(*known: str | None) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value not in known:
            raise ValueError
        return value

    return read


def _read_caution(value: Any) -> str:
    read_cautions(_read_exactly(str)(value))
    return str(value)


WORDS: Mapping[str, Callable[[Any], Any]] = {
    "status": _among("ok", "failed"),
    "conclusion": _among("a better", "b better", "not clear", "equivalent"),
    "retraining": _among("clear", "not shown", "unstable", None),
    "caution": _read_caution,
}
"""Columns that hold only these words."""


def _rows(name: str, columns: Mapping[str, Sequence[Any]], kind: type) -> list[Any]:
    """Return the rows of a saved frame, every value checked."""
    types = get_type_hints(kind)
    if set(columns) != set(types):
        odd = sorted(set(columns) ^ set(types))
        raise ValueError(f"{name} has not the columns of this release: {shorten(odd)}")
    n = {len(values) for values in columns.values()}
    if len(n) != 1 or any(not isinstance(values, list) for values in columns.values()):
        raise ValueError(f"the columns of {name} are not lists of one length")
    read = {}
    for column, hint in types.items():
        one, found = WORDS.get(column, _reader(hint)), []
        for i, value in enumerate(columns[column]):
            try:
                found.append(one(value))
            except (ValueError, KeyError, TypeError):
                raise ValueError(f"{name}[{column!r}][{i}] cannot be {shorten(value)}") from None
        read[column] = found
    return [kind(**{c: values[i] for c, values in read.items()}) for i in range(n.pop())]


# --- read back ------------------------------------------------------------------------------


def read(saved: Any) -> dict[str, Any]:
    """Return the fields of a comparison that was saved."""
    with reading(KIND):
        check_form(saved, KIND, VERSION)
        plain = {key: value for key, value in saved.items() if key != "digest"}
        if saved["digest"] != digest_of(plain):
            raise ValueError("it was changed: its digest is another one")
        return _fields(plain)


def check_form(saved: Any, kind: str, newest: int) -> None:
    """Check that a dict is of this kind, and of a version that this release reads."""
    if not isinstance(saved, Mapping):
        raise ValueError(f"it is {shorten(saved)}, no dict")
    if saved["sklearn_xent"] != kind:
        raise ValueError(f"it is of {shorten(saved['sklearn_xent'])}, not of {kind}")
    found = saved["version"]
    if type(found) is not int or found != newest:
        is_newer = type(found) is int and found > newest
        fix = "install that release" if is_newer else "compare again"
        raise ValueError(
            f"version {shorten(found)} of the saved form, by sklearn-xent "
            f"{shorten(saved.get('package'))}, is not {newest}, which this release reads: {fix}"
        )


def _fields(plain: Mapping[str, Any]) -> dict[str, Any]:
    summary = _rows("summary", plain["summary"], SummaryRow)
    differences = _rows("differences", plain["differences"], DifferenceRow)
    losses = _read_as(Mapping[str, LossInfo], "losses", plain["losses"])
    unknown = {row.loss for row in [*summary, *differences]} - set(losses)
    if unknown:
        raise ValueError(f"it describes no loss {shorten(unknown.pop())}")
    study = _object("study", plain["study"], Study)
    classes = _read_as(ClassShares | None, "classes", plain["classes"])
    if classes is not None and not 0 < len(classes.labels) == len(classes.shares):
        raise ValueError("classes has not one share for each label")
    return {
        "summary": summary_frame(summary),
        "differences": difference_frame(differences),
        "_losses": losses,
        "_options": _options(plain["options"], [row.model for row in summary]),
        "_kept": Kept(
            study,
            _read_as(Mapping[str, Mapping[str, float]], "floor_shares", plain["floor_shares"]),
            _read_as(str | None, "inputs", plain["inputs"]),
            _read_as(Mapping[str, Mapping[str, Any]], "loss_options", plain["loss_options"]),
            _read_as(Sequence[str], "beside", plain["beside"]),
        ),
        "_note": _read_as(str, "note", plain["note"]),
        "_without_samples": _read_as(str, "unknown", plain["unknown"]),
        "warnings": [_warning(*warning) for warning in plain["warnings"]],
        "_family": _object("family", plain["family"], Family),
        "_facts": _object("facts", plain["facts"], Facts),
        "_classes": classes,
    }


def _options(plain: Mapping[str, Any], models: Sequence[str]) -> Options:
    """Return the options, checked as those that a user gives, but for models not shown."""
    planned = plain["planned"]
    names = [*models, *(name for pair in planned or [] for name in pair)]
    options = Options.read(
        plain["level"], None, plain["margin"], plain["method"], plain["seed"],
        pairs=planned, names=names,
    )  # fmt: skip
    rest = {name: getattr(options, name) for name in _names(Options)}
    baseline = _read_as(str | None, "baseline", plain["baseline"])
    if baseline is not None and planned is not None:
        raise ValueError("it has both a baseline and planned pairs")
    return Options(**{**rest, "baseline": baseline})


def _warning(name: str, text: str) -> Warning:
    kind = getattr(exceptions, name, None)
    if not (isinstance(kind, type) and issubclass(kind, exceptions.XentWarning)):
        raise ValueError(f"{shorten(name)} is no warning of this package")
    return kind(text)
