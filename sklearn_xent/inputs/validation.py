"""Turn what a user passes into checked arrays, or raise an error that helps."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import Field, dataclass, replace
from itertools import combinations
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Codes, Floats, Targets
from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent.inputs.alignment import (
    Rows,
    check_categories,
    check_positions,
    check_rows,
    put_in_order,
    resolve_classes,
    suspect_probabilities,
)
from sklearn_xent.inputs.labels import (
    Classes,
    LabelVector,
    as_vector,
    check_text,
    factorize,
    in_order_of_categories,
    read_classes,
    sort_labels,
)
from sklearn_xent.inputs.names import same_in_another_form
from sklearn_xent.inputs.predictions import Matrix, Predictions, read_matrix, unmasked
from sklearn_xent.inputs.times import Times, read_times
from sklearn_xent.inputs.weights import class_frequencies, combine_weights, read_weights


class Items:
    """The samples of a comparison, whether or not more than their losses is known.

    A base class: `Target` knows the true classes, `Unlabelled` does not.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    weight: Floats | None
    index: pd.Index | None
    groups: Codes | None
    times: Codes | None

    def __len__(self) -> int:
        raise NotImplementedError

    @property
    def n_classes(self) -> int:
        """How many classes there are; 0 where none are known."""
        return 0

    @property
    def is_soft(self) -> bool:
        """Whether the targets are distributions."""
        return False

    def take(self, rows: Codes | slice) -> Self:
        """Return some of the samples, by position; without an index, row numbers become theirs."""
        return replace(
            self,
            weight=None if self.weight is None else self.weight[rows],
            index=self.row_labels[rows],
            groups=None if self.groups is None else self.groups[rows],
            times=None if self.times is None else self.times[rows],
        )

    @property
    def row_labels(self) -> pd.Index:
        """The index of the samples; row numbers where they have none."""
        return pd.RangeIndex(len(self)) if self.index is None else self.index

    @property
    def total_weight(self) -> float:
        """The sum of the weights; without weights, the number of samples."""
        return len(self) if self.weight is None else math.fsum(self.weight)


@dataclass(frozen=True)
class Unlabelled(Items):
    """Samples of which no true classes are known, as those of a table of losses."""

    positions: Codes
    """The position of each sample in the table."""
    weight: Floats | None = None
    index: pd.Index | None = None
    groups: Codes | None = None
    times: Codes | None = None

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, rows: Codes | slice) -> "Unlabelled":
        """Return some of the samples, by position."""
        return replace(super().take(rows), positions=self.positions[rows])


@dataclass(frozen=True)
class Target(Items):
    """What happened: class codes (n,) or target distributions (n, k), and the weights."""

    classes: Classes
    y: Targets
    weight: Floats | None = None
    index: pd.Index | None = None
    groups: Codes | None = None
    """The cluster of each sample, 0..G-1."""
    times: Codes | None = None
    """The time of each sample, 0..T-1 in the order of time."""

    def __len__(self) -> int:
        return len(self.y)

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return len(self.classes)

    @property
    def is_soft(self) -> bool:
        """Whether the targets are distributions."""
        return self.y.ndim == 2

    def take(self, rows: Codes | slice) -> "Target":
        """Return some of the samples, by position; without an index, row numbers become theirs."""
        return replace(super().take(rows), y=self.y[rows])

    def kept(self) -> "Target":
        """Return a target that does not change when the user's y_true does."""
        return replace(self, y=self.y.copy())

    @property
    def prior(self) -> Floats:
        """The (weighted) frequency of each class."""
        return class_frequencies(self.y, len(self.classes), self.weight)


# --- all arguments of a problem -------------------------------------------------------------


def validate(
    y_true: Any,
    predictions: Mapping[str, Any],
    *,
    labels: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    groups: Any = None,
    times: Any = None,
    logits: Collection[str] = (),
    normalize: Any = None,
    check: bool = False,
) -> tuple[Target, list[Predictions]]:
    """Check all arguments of one problem against each other.

    `logits` names the predictions that are logits. `normalize` says whether rows are divided by
    their sum; None where the caller has no such option. The rows of the predictions are checked now
    where `check` is true; otherwise each time that they are read, which is faster for those that
    are read once.
    """
    divides = None if normalize is None else read_normalize(normalize, logits)
    matrices = [read_matrix(name, data) for name, data in predictions.items()]
    raw = RawTarget.read(y_true, sample_weight, groups, times)
    raw.check_rows(matrices)
    given = [Predictions(matrix, matrix.name in logits, normalize=divides) for matrix in matrices]
    classes = resolve_classes(raw.y_true, given, labels)
    found = [put_in_order(prediction, classes) for prediction in given]
    check_positions([*found, *raw.soft(classes)])
    check_categories(raw.y_true, found, classes)
    if isinstance(raw.y_true, LabelVector):
        former, classes = classes, in_order_of_categories(classes, raw.y_true)
        if classes.labels != former.labels:
            found = [put_in_order(prediction, classes) for prediction in given]
    for prediction in found:
        suspect_probabilities(prediction)
    target = raw.encode(classes, class_weight)
    return target, [prediction.read_checked() for prediction in found] if check else found


def validate_target(
    y_true: Any,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    groups: Any = None,
    times: Any = None,
) -> Target:
    """Check labels without predictions; the classes are `labels`, or the labels sorted."""
    raw = RawTarget.read(y_true, sample_weight, groups, times)
    raw.check_rows()
    vector = raw.labels
    if labels is None:
        classes = in_order_of_categories(Classes(tuple(vector.sorted_present())), vector)
    else:
        classes = read_classes(labels)
    if len(classes) < 2:
        raise ValueError(
            f"{vector.name} must hold at least two classes; got [{shorten_all(classes.labels)}]."
        )
    return raw.encode(classes, class_weight)


def validate_labels(
    y_true: Any,
    y_pred: LabelVector,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
) -> tuple[Target, Codes]:
    """Check predicted labels against the true ones; return the target and the predicted codes."""
    raw = RawTarget.read(y_true, sample_weight)
    raw.check_rows([y_pred])
    if labels is not None:
        classes = read_classes(labels)
    elif isinstance(raw.y_true, Matrix):
        classes = resolve_classes(raw.y_true, [], None)
    else:
        classes = _classes_of_both(raw.y_true.sorted_present(), y_pred.sorted_present())
    return raw.encode(classes, class_weight), classes.encode(y_pred)


def _classes_of_both(true: Sequence[Any], predicted: Sequence[Any]) -> Classes:
    """Return the classes that occur, sorted; the same class in two forms is an error."""
    classes = Classes(tuple(sort_labels("y_true and y_pred", {*true, *predicted})))
    if (pair := same_in_another_form(predicted, true)) is not None:
        raise ValueError(
            f"y_pred holds {shorten(pair[0])}, and y_true {shorten(pair[1])}, which looks like the "
            "same class in another form. Write them alike, or pass labels=[...] with all classes."
        )
    return classes


@dataclass(frozen=True)
class RawTarget:
    """What was passed beside the predictions, read once; its classes are still to be found."""

    y_true: LabelVector | Matrix
    weights: Matrix | None = None
    groups: LabelVector | None = None
    times: Times | None = None

    @classmethod
    def read(
        cls, y_true: Any, sample_weight: Any = None, groups: Any = None, times: Any = None
    ) -> "RawTarget":
        """Read the arguments, each on its own."""
        clusters = None if groups is None else read_vector("groups", groups)
        in_time = None if times is None else read_times(times)
        return cls(read_y_true(y_true), read_weights(sample_weight), clusters, in_time)

    @property
    def labels(self) -> LabelVector:
        """The labels; an error where these are target distributions."""
        if isinstance(self.y_true, Matrix):
            raise ValueError(f"{self.y_true.name} must be a vector of class labels here.")
        return self.y_true

    def check_rows(self, others: Sequence[Rows] = ()) -> None:
        """Check that all arguments have the same rows in the same order."""
        own: list[Rows | None] = [self.weights, self.groups, self.times]
        check_rows([self.y_true, *others, *(x for x in own if x is not None)])

    def encode(self, classes: Classes, class_weight: Any = None) -> Target:
        """Return the target in terms of the classes, with one weight for each sample."""
        y = self._encode(classes)
        weight = combine_weights(self.weights, class_weight, y, classes)
        groups = None if self.groups is None else codes_of_groups(self.groups)
        times = None if self.times is None else self.times.codes
        return Target(classes, y, weight, self.y_true.index, groups, times)

    def soft(self, classes: Classes) -> list[Predictions]:
        """Return target distributions, if there are any, in the order of the classes."""
        if isinstance(self.y_true, LabelVector):
            return []
        return [put_in_order(Predictions(self.y_true), classes)]

    def _encode(self, classes: Classes) -> Targets:
        """Return class codes, or target distributions in the order of the classes."""
        if isinstance(self.y_true, LabelVector):
            return classes.encode(self.y_true)
        [soft] = self.soft(classes)
        try:
            return soft.part(slice(None))
        except ValueError as error:
            # advice about logits is for predictions
            text = re.sub(r" [^.]*from_logits[^.]*\.", "", str(error))
            raise ValueError(
                f"{text} A two-dimensional y_true holds the target distribution of each sample; "
                "for multilabel targets call once per label."
            ) from None


def codes_of_groups(groups: LabelVector) -> Codes:
    """Return the codes of clusters, without gaps."""
    kinds: dict[type, list[Any]] = {}
    for label in groups.distinct:
        kinds.setdefault(type(label), []).append(label)
    pairs = (same_in_another_form(*two) for two in combinations(kinds.values(), 2))
    if (pair := next(filter(None, pairs), None)) is not None:
        raise ValueError(
            f"groups holds {shorten(pair[0])} and {shorten(pair[1])}, which look like the same "
            "cluster in two forms. Give all of them one type, as with .astype(str)."
        )
    found, codes = np.unique(groups.codes, return_inverse=True)
    if len(found) < 2:
        raise ValueError(
            "groups must name at least two clusters: from one, nothing can be said of new ones."
        )
    return np.asarray(codes, dtype=np.intp)


# --- one argument ---------------------------------------------------------------------------


def read_y_true(y_true: Any) -> LabelVector | Matrix:
    """Read y_true as labels, or as a matrix of target distributions."""
    if isinstance(y_true, LabelVector | Matrix):
        return y_true
    if isinstance(y_true, list | tuple) and any(_is_tuple_label(x) for x in y_true):
        return read_vector("y_true", y_true)
    listed = unmasked("y_true", y_true) if isinstance(y_true, list | tuple) else y_true
    try:
        shape = listed.shape if isinstance(listed, np.ndarray) else np.shape(listed)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"y_true must be labels or a matrix; {error}") from None
    if len(shape) == 2 and shape[1] > 1:
        return read_matrix("y_true", y_true)
    return read_vector("y_true", y_true.iloc[:, 0] if isinstance(y_true, pd.DataFrame) else y_true)


def _is_tuple_label(label: Any) -> bool:
    """Return whether this is a tuple that can only be a label, not a row of numbers."""
    return isinstance(label, tuple) and any(isinstance(x, str) for x in label)


def read_vector(name: str, data: Any) -> LabelVector:
    """Read a vector of labels of any kind."""
    data = unmasked(name, data)
    shape = f"{name} must be a vector, one value for each sample, and not empty"
    if name in ("y_true", "y_pred"):
        shape = (
            f"{name} must be labels of shape (n_samples,) or class probabilities of shape "
            "(n_samples, n_classes), and not empty"
        )
    values = as_vector(name, data, "a vector of labels", shape)
    return factorize(name, data, values)


def read_flag(name: str, value: Any) -> bool:
    """Return True or False, also of numpy; refuse anything else, though Python would accept it."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False; got {shorten(value)}.")
    return bool(value)


def read_normalize(normalize: Any, logits: Collection[str]) -> bool:
    """Return whether rows are divided by their sum; logits have no sum that means anything."""
    if read_flag("normalize", normalize) and logits:
        raise ValueError(
            "normalize=True divides probabilities by their sum, but there are logits (from_logits, "
            f"or the response method): {shorten_all(logits)}. Leave normalize out: the softmax of "
            "logits sums to one."
        )
    return bool(normalize)


# --- several models -------------------------------------------------------------------------


def read_names(
    argument: str, models: Any, baseline: str | None = None, *, of: str = "models"
) -> list[str]:
    """Return the names of the models; check that the baseline is one of them.

    `of` says what else they are names of.
    """
    if not isinstance(models, Mapping) or not models:
        raise ValueError(
            f'{argument} must be given as a dict, {{"name": ...}}, with at least one entry; got '
            f"{shorten(models)}."
        )
    names = list(models)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"names of {of} must be strings; got {shorten(name)}.")
    check_text(f"names of {of}", names)
    if baseline is not None and baseline not in names:
        raise ValueError(f"baseline must be one of {names}; got {shorten(baseline)}.")
    return names


def names_of_logits(from_logits: Any, argument: Mapping[str, str]) -> list[str]:
    """Return the names of the arguments that are logits: all, none, or those of some models."""
    if isinstance(from_logits, bool | np.bool_):
        return list(argument.values()) if from_logits else []
    names = from_logits if isinstance(from_logits, Collection) else [from_logits]
    known = all(isinstance(name, str) and name in argument for name in names)
    if isinstance(from_logits, str) or not known:
        raise ValueError(
            "from_logits must be True, False or a list of names of models, of "
            f"{list(argument)}; got {shorten(from_logits)}."
        )
    return [argument[name] for name in names]
