"""Compare models on a stream of batches, or on many machines, with the same bits as on one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from sklearn_xent._host import to_host
from sklearn_xent._messages import printable, read_whole, shorten
from sklearn_xent.comparison.decisions import Sums
from sklearn_xent.comparison.estimates import ClusterEstimates, MomentEstimates
from sklearn_xent.comparison.frames import frames_of
from sklearn_xent.comparison.result import Comparison, keeps_warnings
from sklearn_xent.comparison.saved import digest_of, reading
from sklearn_xent.inference import exact_sums
from sklearn_xent.inference.design import Design, Options, pairs_of
from sklearn_xent.inputs.alignment import RowsOf, check_positions, check_rows
from sklearn_xent.inputs.labels import Classes, read_classes
from sklearn_xent.inputs.predictions import Predictions
from sklearn_xent.inputs.validation import (
    Target,
    names_of_logits,
    read_flag,
    read_names,
    read_normalize,
    read_vector,
    validate,
)
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import LOSSES, read_losses
from sklearn_xent.report.content import ClassShares
from sklearn_xent.scoring import evaluation
from sklearn_xent.streaming.groups import GroupKinds
from sklearn_xent.streaming.state import Groups, State, StateKind, state_of

VERSION = 4
"""The version of the saved form. Raise it when the form changes."""
_LOCK = Lock()
PLAIN = (str, int, float, bool)
"""Types of labels and groups that JSON keeps."""
ESTIMAND = "mean loss of these fitted models on new samples like those seen"
OF_A_STREAM = "a stream keeps sums only. Compare a part of it with compare_predictions."


@dataclass(frozen=True)
class Specification:
    """What is the same for all batches: classes, models, losses and what is kept of them."""

    classes: Classes
    models: tuple[str, ...]
    losses: tuple[Loss, ...]
    weighted: bool
    grouped: bool
    n_bins: int
    logits: tuple[str, ...]
    normalize: bool

    @property
    def kind(self) -> StateKind:
        """What the states of this specification have in common."""
        k, logits = len(self.classes), bool(self.logits)
        lows = [loss.range_for(k)[0] for loss in self.losses]
        spans = [loss.greatest_difference(k, from_logits=logits) for loss in self.losses]
        return StateKind(
            bounds=[(low, low + span) for low, span in zip(lows, spans, strict=True)],
            n_models=len(self.models),
            n_classes=k,
            n_bins=self.n_bins,
            weighted=self.weighted,
            grouped=self.grouped,
        )

    def to_plain(self) -> dict[str, Any]:
        """Return the specification as lists, numbers and strings."""
        return {
            "labels": [list(self.classes.labels), [type(x).__name__ for x in self.classes.labels]],
            "models": list(self.models),
            "losses": [
                [loss.name, {k: _plain(x) for k, x in loss.options.items()}, _is_own(loss)]
                for loss in self.losses
            ],
            "weighted": self.weighted,
            "groups": self.grouped,
            "n_bins": self.n_bins,
            "from_logits": list(self.logits),
            "normalize": self.normalize,
        }


def _as_now(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state of version 3 as one of this version.

    It had no kinds of clusters, and no rows were normalized.
    """
    clusters = [[int(x) if isinstance(x, bool) else x, sums] for x, sums in state["clusters"]]
    kinds = GroupKinds.from_keys(key for key, _ in clusters).to_plain()
    n_models = len(state["losses"][0]["models"]) if state["losses"] else 0
    return {**state, "clusters": clusters, "kinds": kinds, "normalized": [0] * n_models}


def _is_own(loss: Loss) -> bool:
    """Return whether a loss is not of this package."""
    return type(loss) is not type(LOSSES.get(loss.name))


def _plain(value: Any) -> Any:
    """Return a number of numpy as one of Python, and anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def empty_accumulator(
    predictions: Mapping[str, Any],
    *,
    labels: Any,
    losses: Sequence[str | Loss] | str | Loss | None,
    sample_weight: Any,
    groups: Any,
    from_logits: bool | Collection[str],
    normalize: bool,
) -> LossAccumulator:
    """Return an accumulator for the arguments of `compare_table` and its like."""
    return LossAccumulator(
        labels=labels,
        models=list(predictions),
        losses=losses,
        weighted=sample_weight is not None,
        groups=groups is not None,
        from_logits=from_logits,
        normalize=normalize,
    )


class LossAccumulator:
    """Compare models batch by batch, in bounded memory, on one machine or many.

    It keeps exact sums only. The same samples give the same state to the last bit, whatever the
    batches, their order, the number of workers, and interruptions. `update` adds a batch, `merge`
    joins two accumulators, and `compute` compares the models.

    The sums are exact for weights from 1e-100 to 1e100 and finite losses up to 1e50; others are
    refused. Infinite losses (of ``eps=0``) are counted. Losses of your own are known by their name
    only: make sure that a name means the same function everywhere.

    Parameters
    ----------
    labels : array-like of shape (n_classes,)
        All classes, in the order of the columns.
    models : sequence of str
        The names of the models.
    losses : sequence of str or Loss, optional
        By default classification error, Brier loss and cross-entropy.
    weighted : bool, default=False
        Whether samples have weights.
    groups : bool, optional
        Whether samples belong to clusters, within which they are not independent. The sums of
        each cluster are kept, so the state grows with the number of clusters.
    n_bins : int, default=0
        Number of bins of equal width in which `reliability` counts probabilities.
    from_logits : bool or collection of str, default=False
        Whether all predictions are logits, or the names of the models whose predictions are.
    normalize : bool, default=False
        Whether to divide each row of probabilities by its sum, as in `compare_predictions`.

    Attributes
    ----------
    n_obs : int
        How many samples of positive weight were added.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> accumulator = sx.LossAccumulator(
    ...     labels=[0, 1], models=["sharp", "timid"], losses=["mse"]
    ... )
    >>> for _ in range(3):
    ...     p = rng.uniform(0.05, 0.95, 200)
    ...     y = (rng.random(200) < p).astype(int)
    ...     models = {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)}
    ...     accumulator = accumulator.update(y, models)
    >>> accumulator.compute().differences[["model_a", "model_b", "n_obs", "conclusion"]]
      model_a model_b  n_obs conclusion
    0   sharp   timid    600   a better
    """

    def __init__(
        self,
        *,
        labels: Any,
        models: Sequence[str],
        losses: Sequence[str | Loss] | str | Loss | None = None,
        weighted: bool = False,
        groups: bool | None = None,
        n_bins: int = 0,
        from_logits: bool | Collection[str] = False,
        normalize: bool = False,
    ) -> None:
        if isinstance(models, str) or not isinstance(models, Sequence):
            raise ValueError(f"models must be a list of names; got {shorten(models)}.")
        names = read_names("models", dict.fromkeys(models))
        if len(names) != len(models):
            raise ValueError(f"models must name each model once; got {shorten(models)}.")
        classes = read_classes(labels)
        if len(classes) < 2:
            raise ValueError(f"labels must name all classes, at least two; got {shorten(labels)}.")
        logits = tuple(names_of_logits(from_logits, {name: name for name in names}))
        self._specification = Specification(
            classes,
            tuple(names),
            tuple(read_losses(losses)),
            read_flag("weighted", weighted),
            read_flag("groups", False if groups is None else groups),
            read_whole("n_bins", n_bins),
            logits,
            read_normalize(normalize, logits),
        )
        self._state, self._by_position = State(), {}

    _by_position: dict[Any, Predictions]
    """Predictions of earlier batches whose names are no classes, by these names; not saved."""

    @property
    def n_obs(self) -> int:
        """How many samples of positive weight were added.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> accumulator = sx.LossAccumulator(labels=[0, 1], models=["a"], weighted=True)
        >>> predictions = {"a": [0.2, 0.9, 0.6]}
        >>> accumulator.update([0, 1, 1], predictions, sample_weight=[1, 2, 0]).n_obs
        2
        """
        return self._state.n_obs

    @property
    def own_losses(self) -> list[Loss]:
        """The losses that are not of this package; `from_dict` needs them.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> linear = sx.Loss(name="linear", title="Linear (improper)",
        ...                  function=lambda codes, proba: 1 - proba[range(len(codes)), codes])
        >>> losses = ["mse", linear]
        >>> sx.LossAccumulator(labels=[0, 1], models=["a"], losses=losses).own_losses
        [<Loss linear>]
        """
        return [loss for loss in self._specification.losses if _is_own(loss)]

    def _with(self, state: State) -> LossAccumulator:
        """Return an accumulator of the same specification with another state."""
        out = object.__new__(LossAccumulator)
        out._specification, out._state = self._specification, state
        out._by_position = dict(self._by_position)
        return out

    def update(
        self,
        y_true: Any,
        predictions: Mapping[str, Any],
        sample_weight: Any = None,
        *,
        groups: Any = None,
    ) -> LossAccumulator:
        """Add a batch.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            Class labels. An empty batch changes nothing.
        predictions : dict of str to array-like of shape (n_samples, n_classes) or (n_samples,)
            The probabilities of each model.
        sample_weight : array-like of shape (n_samples,), optional
            Weights; given if, and only if, `weighted` was set.
        groups : array-like of shape (n_samples,), optional
            The cluster of each sample; given if, and only if, `groups` was set.

        Returns
        -------
        LossAccumulator
            The accumulator itself.

        Raises
        ------
        ValueError
            As in `compare_predictions`. A batch that is refused changes nothing.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> accumulator = sx.LossAccumulator(labels=["no", "yes"], models=["a", "b"])
        >>> accumulator.update(["no", "yes"], {"a": [0.2, 0.9], "b": [0.4, 0.7]})
        <LossAccumulator of a, b: 2 samples>
        >>> accumulator.update(["yes"], {"a": [0.6], "b": [0.5]})
        <LossAccumulator of a, b: 3 samples>
        """
        self._check_arguments(predictions, sample_weight, groups)
        sizes = {len(x) for x in (y_true, *predictions.values()) if hasattr(x, "__len__")}
        if sizes == {0}:
            return self
        batch, by_position = self._read(y_true, predictions, sample_weight, groups)
        with _LOCK:  # several threads may add to the same accumulator
            self._state = self._state.merge(batch)
            self._by_position = {**by_position, **self._by_position}
        return self

    def _check_arguments(self, predictions: Any, sample_weight: Any, groups: Any) -> None:
        """Check that a batch has what the specification says."""
        specification = self._specification
        for name, option, needed, given in (
            ("sample_weight", "weighted", specification.weighted, sample_weight),
            ("groups", "groups", specification.grouped, groups),
        ):
            if needed != (given is not None):
                rule = "needs" if needed else "takes no"
                raise ValueError(
                    f"this accumulator {rule} {name}: it was made with {option}={needed}."
                )
        models = specification.models
        if not isinstance(predictions, Mapping) or set(predictions) != set(models):
            raise ValueError(
                f"predictions must be a dict of the models {list(models)}; got "
                f"{shorten(predictions)}."
            )

    def _read(
        self, y_true: Any, predictions: Any, sample_weight: Any, groups: Any
    ) -> tuple[State, dict[Any, Predictions]]:
        """Check a batch and sum it up; return also its predictions that go by position."""
        specification = self._specification
        argument = {name: f"predictions[{name!r}]" for name in specification.models}
        sample_weight = to_host("sample_weight", sample_weight)
        weightless = sample_weight is not None and not np.any(np.asarray(sample_weight) != 0)
        target, checked = validate(
            y_true,
            {argument[name]: predictions[name] for name in specification.models},
            labels=specification.classes,
            sample_weight=None if weightless else sample_weight,
            logits=[argument[name] for name in specification.logits],
            normalize=specification.normalize,
        )
        check_positions([*self._by_position.values(), *checked])
        by_position = {
            prediction.matrix.columns: prediction.of_earlier()
            for prediction in checked
            if prediction.matrix.columns is not None and prediction.order is None
        }
        if target.y.ndim == 2:
            raise ValueError("a stream needs class labels; y_true holds target distributions.")
        if weightless and np.shape(sample_weight) != (len(target),):
            raise ValueError(f"sample_weight must hold {len(target)} weights.")
        clusters = None
        if groups is not None:
            vector = read_vector("groups", groups)
            check_rows([RowsOf("y_true", pd.Series(index=target.row_labels, dtype=object)), vector])
            dtype = getattr(groups, "dtype", None)
            clusters = Groups.from_labels(vector.distinct, vector.codes, dtype)
        if weightless:  # these samples count nowhere, but their predictions must be valid
            for prediction in checked:
                prediction.read()
            return State(), by_position
        known = self._state.ranges
        state = state_of(
            specification.losses, target, checked, specification.n_bins, clusters, known
        )
        return state, by_position

    def merge(self, other: LossAccumulator) -> LossAccumulator:
        """Join two accumulators of the same specification that have different samples.

        Parameters
        ----------
        other : LossAccumulator
            The other accumulator. Neither of both changes.

        Returns
        -------
        LossAccumulator
            A new accumulator with the samples of both.

        Raises
        ------
        TypeError
            When `other` is no accumulator.
        ValueError
            When `other` was made with other arguments.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> arguments = {"labels": [0, 1], "models": ["a"]}
        >>> monday = sx.LossAccumulator(**arguments).update([0, 1], {"a": [0.2, 0.9]})
        >>> tuesday = sx.LossAccumulator(**arguments).update([1], {"a": [0.6]})
        >>> monday.merge(tuesday)
        <LossAccumulator of a: 3 samples>
        """
        if not isinstance(other, LossAccumulator):
            raise TypeError(f"merge needs a LossAccumulator; got {type(other).__name__}.")
        a, b = self._specification.to_plain(), other._specification.to_plain()
        differ = [key for key in a if a[key] != b[key]]
        if differ:
            key = differ[0]
            raise ValueError(
                f"accumulators of another specification cannot be merged: {key} is "
                f"{shorten(a[key])} in one and {shorten(b[key])} in the other."
            )
        return self._with(self._state.merge(other._state))

    def _read_options(
        self,
        baseline: str | None,
        equivalence_margin: float | Mapping[str, float] | None,
        confidence_level: float,
        pairs: Sequence[tuple[str, str]] | None,
    ) -> Options:
        """Return the options of `compute`, checked."""
        specification = self._specification
        names = read_names("models", dict.fromkeys(specification.models), baseline)
        options = Options.read(
            confidence_level, baseline, equivalence_margin, pairs=pairs, names=names
        )
        return options.with_margins([loss.name for loss in specification.losses])

    @keeps_warnings
    def compute(
        self,
        *,
        baseline: str | None = None,
        pairs: Sequence[tuple[str, str]] | None = None,
        equivalence_margin: float | Mapping[str, float] | None = None,
        confidence_level: float = 0.95,
    ) -> Comparison:
        """Compare the models on all samples that were added.

        Parameters
        ----------
        baseline : str, optional
            Compare each model with this one only, instead of all pairs.
        pairs : list of (str, str), optional
            Planned contrasts, as in `compare_predictions`; excludes `baseline`.
        equivalence_margin : float or dict, optional
            The greatest difference that does not matter, as in `compare_predictions`.
        confidence_level : float, default=0.95
            Level of the intervals.

        Returns
        -------
        Comparison
            The same as in memory, without what needs single samples: `sample_losses`, slices, the
            bootstrap and, with weights or groups, the column ``sample_leverage``, which is missing
            then. Weights count as weights even if they are all the same.

        Raises
        ------
        ValueError
            When there are no samples yet, or an argument is out of range.

        Warns
        -----
        ZeroProbabilityWarning, DegenerateDifferenceWarning, LeverageWarning
            As in `compare_predictions`.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> accumulator = sx.LossAccumulator(
        ...     labels=[0, 1], models=["sharp", "timid"], losses="mse"
        ... )
        >>> sharp, timid = [0.1, 0.7, 0.9, 0.4] * 50, [0.3, 0.6, 0.6, 0.4] * 50
        >>> accumulator.update([0, 1, 1, 0] * 50, {"sharp": sharp, "timid": timid})
        <LossAccumulator of sharp, timid: 200 samples>
        >>> print(*accumulator.compute(confidence_level=0.99).sentences())
        MSE (Brier): timid is clearly worse than sharp: +0.075 (99% interval 0.0652 to 0.0848).
        """
        specification, state = self._specification, self._state
        models, losses = specification.models, specification.losses
        options = self._read_options(baseline, equivalence_margin, confidence_level, pairs)
        if specification.grouped and len(state.clusters) == 1:
            raise ValueError(
                "groups must name at least two clusters: from one, nothing can be said of new ones."
            )
        ranges = state.ranges
        if ranges is None:
            raise ValueError("nothing was seen yet: there must be a sample of positive weight.")
        n_zero = [[model.n_zero for model in sums.models] for sums in state.losses]
        counts = [dict(zip(models, of_loss, strict=True)) for of_loss in n_zero]
        evaluation.warn_zero_probabilities(losses, counts, state.n_obs)
        kept, compared = pairs_of(models), pairs_of(models, options)
        estimates = list(self._each_loss(options))
        summary, differences = frames_of(
            estimates,
            models,
            compared,
            n_zero,
            # the range of a difference is that of minus the difference
            ranges[:, [kept.index((min(pair), max(pair))) for pair in compared]],
            {},
            state.normalized,
        )
        return Comparison(
            summary,
            differences,
            {loss.name: loss.info for loss in losses},
            options,
            _without_samples=OF_A_STREAM,
            _classes=self._class_shares(),
            _sums=Sums(models, estimates),
        )

    def _class_shares(self) -> ClassShares:
        """Return which share of the (weighted) samples each class is."""
        totals = np.asarray([exact_sums.to_float(total) for total in self._state.classes])
        return ClassShares(self._specification.classes.labels, (totals / totals.sum()).tolist())

    def _each_loss(self, options: Options) -> Iterator[MomentEstimates]:
        """Yield what is known of each loss."""
        specification, state = self._specification, self._state
        classes, pairs = specification.classes, pairs_of(specification.models)
        frequencies = np.asarray([exact_sums.to_float(total) for total in state.classes])
        target = Target(classes, np.arange(len(classes)), frequencies)
        design = Design(ESTIMAND, np.arange(0))
        clusters = state.clusters_as_samples() if specification.grouped else None
        logits = [specification.models.index(name) for name in specification.logits]
        for i, (loss, sums) in enumerate(zip(specification.losses, state.losses, strict=True)):
            arguments = (
                loss,
                target,
                design,
                options,
                [model.moments for model in sums.models],
                {pair: of_pair.moments for pair, of_pair in zip(pairs, sums.pairs, strict=True)},
            )
            if clusters is None:
                yield MomentEstimates(*arguments, weighted=specification.weighted, logits=logits)
            else:
                means, weight = clusters
                yield ClusterEstimates(
                    *arguments,
                    weighted=specification.weighted,
                    means=means[i],
                    of=weight,
                    logits=logits,
                )

    @property
    def reliability(self) -> pd.DataFrame:
        """How often each class occurred by its predicted probability, in bins of equal width.

        A DataFrame with one row for each model, class and bin that has samples: ``model, label,
        low, high, weight`` (of the samples; without weights their number), ``mean_proba`` and
        ``frequency``.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> accumulator = sx.LossAccumulator(labels=["no", "yes"], models=["a"], n_bins=2)
        >>> accumulator = accumulator.update(["no", "yes", "yes"], {"a": [0.2, 0.4, 0.9]})
        >>> accumulator.reliability.query("label == 'yes'").round(2)
          model label  low  high  weight  mean_proba  frequency
        2     a   yes  0.0   0.5     2.0         0.3        0.5
        3     a   yes  0.5   1.0     1.0         0.9        1.0
        """
        specification = self._specification
        edges = np.arange(specification.n_bins + 1) / max(specification.n_bins, 1)
        rows = [
            (
                model,
                label,
                low,
                high,
                exact_sums.to_float(weight),
                exact_sums.ratio(proba, weight),
                exact_sums.ratio(hits, weight),
            )
            for model, of_model in zip(specification.models, self._state.bins, strict=False)
            for label, bins in zip(specification.classes.labels, of_model, strict=True)
            for (low, high), weight, proba, hits in zip(
                pairwise(edges), bins.weight, bins.proba, bins.hits, strict=True
            )
            if weight
        ]
        columns = ["model", "label", "low", "high", "weight", "mean_proba", "frequency"]
        return pd.DataFrame(rows, columns=columns)

    # --- saved --------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return specification and state as plain JSON types, to be saved or sent.

        Returns
        -------
        dict
            What `from_dict` takes.

        Raises
        ------
        ValueError
            When labels or groups are neither strings, numbers nor bools.

        Examples
        --------
        >>> import json
        >>> import sklearn_xent as sx
        >>> accumulator = sx.LossAccumulator(labels=["no", "yes"], models=["a"], losses=["mse"])
        >>> print(json.dumps(accumulator.to_dict()["spec"]))
        {"labels": [["no", "yes"], ["str", "str"]], "models": ["a"], "losses": [["brier_loss",
        {"scale_by_half": "auto"}, false]], "weighted": false, "groups": false, "n_bins": 0,
        "from_logits": [], "normalize": false}
        """
        plain = self._to_plain()
        return {**plain, "digest": digest_of(plain)}

    def _to_plain(self) -> dict[str, Any]:
        """Return what `to_dict` returns, without the digest."""
        for what, labels in (
            ("labels", self._specification.classes.labels),
            ("groups", self._state.clusters),
        ):
            odd = [label for label in labels if type(label) not in PLAIN]
            if odd:
                raise ValueError(
                    f"{what} must be strings, numbers or bools to be saved; got {shorten(odd[0])}."
                )
        return {
            "sklearn_xent": "LossAccumulator",
            "version": VERSION,
            "spec": self._specification.to_plain(),
            "state": self._state.to_plain(),
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any], *, losses: Sequence[Loss] = ()) -> LossAccumulator:
        """Restore an accumulator from what `to_dict` returned.

        Parameters
        ----------
        saved : dict
            What `to_dict` returned.
        losses : sequence of Loss, optional
            Losses of your own that were used, because functions are not saved.

        Returns
        -------
        LossAccumulator
            An accumulator of the same specification and state.

        Raises
        ------
        ValueError
            When `saved` is not such a dict, when it has another version of the saved form, or when
            a loss of your own is missing.

        Examples
        --------
        >>> import json
        >>> import sklearn_xent as sx
        >>> accumulator = sx.LossAccumulator(labels=[0, 1], models=["a"])
        >>> text = json.dumps(accumulator.update([0, 1], {"a": [0.2, 0.9]}).to_dict())
        >>> sx.LossAccumulator.from_dict(json.loads(text))
        <LossAccumulator of a: 2 samples>
        """
        if not isinstance(losses, Iterable) or not all(isinstance(loss, Loss) for loss in losses):
            raise ValueError(f"losses must be Losses of your own; got {shorten(losses)}.")
        own = {loss.name: loss for loss in losses}
        with reading("LossAccumulator"):
            if saved["sklearn_xent"] != "LossAccumulator":
                raise ValueError("it is something else")
            if type(saved["version"]) is not int or saved["version"] not in (3, VERSION):
                raise ValueError(
                    f"version {saved['version']!r} of the saved form is neither 3 nor {VERSION}, "
                    "which this release reads: read the data again"
                )
            former = saved["version"] == 3
            out = cls._from_specification(saved["spec"], own)
            state = State.from_plain(_as_now(saved["state"]) if former else saved["state"])
            state.check(out._specification.kind)
            out = out._with(state)
            if not former and saved["digest"] != out.digest():
                raise ValueError("it was changed: its digest is another one")
        return out

    @classmethod
    def _from_specification(
        cls, plain: Mapping[str, Any], own: Mapping[str, Loss]
    ) -> LossAccumulator:
        """Return an empty accumulator of a saved specification."""
        arguments = dict(plain)
        labels, types = arguments.pop("labels")
        losses = []
        for name, options, is_own in arguments.pop("losses"):
            if is_own and name not in own:
                raise ValueError(f"pass losses=[...] with the loss {name!r}, which is yours")
            losses.append((own if is_own else LOSSES)[name].with_options(**options))
        if [type(label).__name__ for label in labels] != types:
            raise ValueError("labels changed their types")
        return cls(labels=labels, losses=losses, **arguments)

    def digest(self) -> str:
        """Return a checksum, the same if, and only if, specification and state are the same.

        Returns
        -------
        str
            A SHA-256 in hexadecimal digits, which `to_dict` holds as well.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> arguments = {"labels": [0, 1], "models": ["a"]}
        >>> at_once = sx.LossAccumulator(**arguments).update([0, 1, 1], {"a": [0.2, 0.9, 0.6]})
        >>> first = sx.LossAccumulator(**arguments).update([1], {"a": [0.6]})
        >>> first.update([0, 1], {"a": [0.2, 0.9]}).digest() == at_once.digest()
        True
        """
        return digest_of(self._to_plain())

    def __repr__(self) -> str:
        models = self._specification.models
        names = ", ".join(models[:5]) + ", ..." * (len(models) > 5)
        return f"<LossAccumulator of {printable(names)}: {self.n_obs} samples>"
