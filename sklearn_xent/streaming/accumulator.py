"""Comparing models on a stream of batches, or on many machines, to the last bit alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import check_whole, shorten
from sklearn_xent.comparison.estimates import MomentEstimates, frames_of
from sklearn_xent.comparison.result import Comparison, keeps_warnings
from sklearn_xent.inference import exact_sums
from sklearn_xent.inference.design import Design, Options, Pair, pairs_of
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inputs.alignment import check_rows
from sklearn_xent.inputs.labels import Classes, read_classes
from sklearn_xent.inputs.validation import (
    Target,
    names_of_logits,
    read_flag,
    read_names,
    read_vector,
    validate,
)
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import LOSSES, read_losses
from sklearn_xent.scoring import evaluation
from sklearn_xent.streaming.state import (
    State,
    check,
    clusters_as_samples,
    from_plain,
    state_of,
    to_plain,
)

VERSION = 1
_LOCK = Lock()
PLAIN = (str, int, float, bool)
ESTIMAND = "mean loss of these models on new samples like those seen"
OF_A_STREAM = "a stream keeps sums only. Compare a part of it with compare_predictions."


@dataclass(frozen=True)
class _Spec:
    """What is asked of every batch alike."""

    classes: Classes
    models: tuple[str, ...]
    losses: tuple[Loss, ...]
    weighted: bool
    grouped: bool
    n_bins: int
    logits: tuple[str, ...]

    def to_plain(self) -> dict[str, Any]:
        """As lists, numbers and strings."""
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
        }


def _is_own(loss: Loss) -> bool:
    """Whether a loss is not of this package."""
    return loss.name not in LOSSES or loss.function is not LOSSES[loss.name].function


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


class LossAccumulator:
    """Compare models batch by batch, in bounded memory, on one machine or many.

    What it remembers are exact sums: the same samples give the same state to the last bit,
    whatever the batches, their order, the number of workers, and interruptions in between. It is
    made by `update`, joined by `merge`, and read by `compute`.

    Exactness holds for weights from 1e-100 to 1e100 and finite losses up to 1e50; others are
    refused. Infinite losses (of ``eps=0``) are counted. Losses of your own go by their name: that
    it is the same function everywhere is yours to see to.

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
        Whether samples come in clusters that are not independent. The sums of each are kept, so
        the state grows with their number.
    n_bins : int, default=0
        Number of bins of equal width in which probabilities are counted, for `reliability`.
    from_logits : bool or collection of str, default=False
        Whether the predictions are logits, or the names of the models whose predictions are.

    Attributes
    ----------
    n_obs : int
        How many samples, of positive weight, were seen.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> seen = sx.LossAccumulator(labels=[0, 1], models=["sharp", "timid"], losses=["mse"])
    >>> for _ in range(3):
    ...     p = rng.uniform(0.05, 0.95, 200)
    ...     y = (rng.random(200) < p).astype(int)
    ...     seen = seen.update(y, {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)})
    >>> seen.compute().differences[["model_a", "model_b", "n_obs", "conclusion"]]
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
    ) -> None:
        if isinstance(models, str) or not isinstance(models, Sequence):
            raise ValueError(f"models must be a list of names; got {shorten(models)}.")
        names = read_names("models", dict.fromkeys(models))
        if len(names) != len(models):
            raise ValueError(f"models must name each model once; got {shorten(models)}.")
        classes = read_classes(labels)
        if len(classes) < 2:
            raise ValueError(f"labels must name all classes, at least two; got {shorten(labels)}.")
        self._spec = _Spec(
            classes,
            tuple(names),
            tuple(read_losses(losses)),
            read_flag("weighted", weighted),
            read_flag("groups", False if groups is None else groups),
            check_whole("n_bins", n_bins),
            tuple(names_of_logits(from_logits, {name: name for name in names})),
        )
        self._state = State()

    @property
    def n_obs(self) -> int:
        """How many samples, of positive weight, were seen.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> seen = sx.LossAccumulator(labels=[0, 1], models=["a"], weighted=True)
        >>> seen.update([0, 1, 1], {"a": [0.2, 0.9, 0.6]}, sample_weight=[1, 2, 0]).n_obs
        2
        """
        return self._state.n_obs

    @property
    def own_losses(self) -> list[Loss]:
        """The losses that are not of this package, which `from_dict` must be given.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> linear = sx.Loss(name="linear", title="Linear (improper)",
        ...                  function=lambda codes, proba: 1 - proba[range(len(codes)), codes])
        >>> sx.LossAccumulator(labels=[0, 1], models=["a"], losses=["mse", linear]).own_losses
        [<Loss linear>]
        """
        return [loss for loss in self._spec.losses if _is_own(loss)]

    def _with(self, state: State) -> LossAccumulator:
        out = object.__new__(LossAccumulator)
        out._spec, out._state = self._spec, state
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
            Class labels; none is an empty batch, which changes nothing.
        predictions : dict of str to array-like of shape (n_samples, n_classes) or (n_samples,)
            The probabilities of each model.
        sample_weight : array-like of shape (n_samples,), optional
            Needed if, and only if, `weighted` was set.
        groups : array-like of shape (n_samples,), optional
            The cluster of each sample; needed if, and only if, `groups` was set.

        Returns
        -------
        LossAccumulator
            Itself.

        Raises
        ------
        ValueError
            As in `compare_predictions`. A batch that is refused changes nothing.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> seen = sx.LossAccumulator(labels=["no", "yes"], models=["a", "b"])
        >>> seen.update(["no", "yes"], {"a": [0.2, 0.9], "b": [0.4, 0.7]})
        <LossAccumulator of a, b: 2 samples>
        >>> seen.update(["yes"], {"a": [0.6], "b": [0.5]})
        <LossAccumulator of a, b: 3 samples>
        """
        spec = self._spec
        for name, wanted, given in (
            ("sample_weight", spec.weighted, sample_weight),
            ("groups", spec.grouped, groups),
        ):
            if wanted != (given is not None):
                rule = "needs" if wanted else "takes no"
                raise ValueError(
                    f"this accumulator {rule} {name}: it was made with "
                    f"{'weighted' if name == 'sample_weight' else 'groups'}={wanted}."
                )
        if not isinstance(predictions, Mapping) or set(predictions) != set(spec.models):
            raise ValueError(
                f"predictions must be a dict of the models {list(spec.models)}; got "
                f"{shorten(predictions)}."
            )
        sizes = {len(x) for x in (y_true, *predictions.values()) if hasattr(x, "__len__")}
        if sizes == {0}:
            return self
        seen = self._read(y_true, predictions, sample_weight, groups)
        with _LOCK:  # several threads may add to the same
            self._state = self._state.merge(seen)
        return self

    def _read(self, y_true: Any, predictions: Any, sample_weight: Any, groups: Any) -> State:
        """The state of one batch."""
        spec = self._spec
        argument = {name: f"predictions[{name!r}]" for name in spec.models}
        nothing = sample_weight is not None and not np.any(np.asarray(sample_weight) != 0)
        target, cleaned = validate(
            y_true,
            {argument[name]: predictions[name] for name in spec.models},
            labels=spec.classes,
            sample_weight=None if nothing else sample_weight,
            logits=[argument[name] for name in spec.logits],
        )
        if target.y.ndim == 2:
            raise ValueError("a stream needs class labels; y_true holds target distributions.")
        if nothing and np.shape(sample_weight) != (len(target),):
            raise ValueError(f"sample_weight must hold {len(target)} weights.")
        clusters = None
        if groups is not None:
            vector = read_vector("groups", groups)
            check_rows([read_vector("y_true", y_true), vector])
            clusters = (list(map(_same, vector.distinct)), vector.codes)
        if nothing:  # samples of no weight, which only have to be sound
            for prediction in cleaned:
                prediction.read()
            return State()
        known = self._state.ranges
        return state_of(spec.losses, target, cleaned, spec.n_bins, clusters, known)

    def merge(self, other: LossAccumulator) -> LossAccumulator:
        """Join with another, of the same specification, that saw other samples.

        Parameters
        ----------
        other : LossAccumulator
            It does not change.

        Returns
        -------
        LossAccumulator
            A new one.

        Raises
        ------
        TypeError
            When `other` is none.
        ValueError
            When it was made with other arguments.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> asked = {"labels": [0, 1], "models": ["a"]}
        >>> monday = sx.LossAccumulator(**asked).update([0, 1], {"a": [0.2, 0.9]})
        >>> tuesday = sx.LossAccumulator(**asked).update([1], {"a": [0.6]})
        >>> monday.merge(tuesday)
        <LossAccumulator of a: 3 samples>
        """
        if not isinstance(other, LossAccumulator):
            raise TypeError(f"merge needs a LossAccumulator; got {type(other).__name__}.")
        a, b = self._spec.to_plain(), other._spec.to_plain()
        differ = [key for key in a if a[key] != b[key]]
        if differ:
            key = differ[0]
            raise ValueError(
                f"accumulators of another specification cannot be merged: {key} is "
                f"{shorten(a[key])} in one and {shorten(b[key])} in the other."
            )
        return self._with(self._state.merge(other._state))

    @keeps_warnings
    def compute(
        self,
        *,
        baseline: str | None = None,
        equivalence_margin: float | Mapping[str, float] | None = None,
        confidence_level: float = 0.95,
    ) -> Comparison:
        """Compare the models on all that was seen.

        Parameters
        ----------
        baseline : str, optional
            Compare each model with this one only, instead of all pairs.
        equivalence_margin : float or dict, optional
            The greatest difference that does not matter, as in `compare_predictions`.
        confidence_level : float, default=0.95
            Level of the intervals.

        Returns
        -------
        Comparison
            The same as in memory, but for what needs single samples: `sample_losses`, slices,
            the bootstrap, and with weights or groups the column ``sample_leverage``, which is
            missing. Weights count as weights, even if they are all the same.

        Raises
        ------
        ValueError
            When nothing was seen yet, or an argument is out of range.

        Warns
        -----
        ZeroProbabilityWarning, DegenerateDifferenceWarning, LeverageWarning
            As in `compare_predictions`.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> seen = sx.LossAccumulator(labels=[0, 1], models=["sharp", "timid"], losses="mse")
        >>> for _ in range(50):
        ...     models = {"sharp": [0.1, 0.7, 0.9, 0.4], "timid": [0.3, 0.6, 0.6, 0.4]}
        ...     seen = seen.update([0, 1, 1, 0], models)
        >>> print(*seen.compute(confidence_level=0.99).sentences())
        MSE (Brier): the data show that sharp has a lower loss than timid, by 0.075 (99% interval
        0.0652 to 0.0848).
        """
        spec, state = self._spec, self._state
        options = self.options(baseline, equivalence_margin, confidence_level)
        if spec.grouped and len(state.clusters) == 1:
            raise ValueError(
                "groups must name at least two clusters: from one, nothing can be said of new ones."
            )
        if not state.n_obs:
            raise ValueError("nothing was seen yet: update(...) with at least one sample.")
        n_models, pairs = len(spec.models), pairs_of(spec.models, None)
        n_zero = [list(state.n_zero[i * n_models :][:n_models]) for i in range(len(spec.losses))]
        ranges = np.asarray(state.ranges, dtype=np.float64).reshape(len(spec.losses), -1)
        chosen = pairs_of(spec.models, baseline)
        for i, loss in enumerate(spec.losses):
            for name, count in zip(spec.models, n_zero[i], strict=True):
                argument = f"predictions[{name!r}]"
                evaluation.warn_zero_probability(count, state.n_obs, loss, argument)
        summary, differences = frames_of(
            list(self._each_loss(options)),
            spec.models,
            chosen,
            n_zero,
            ranges[:, [pairs.index(pair) for pair in chosen]],
            {},
        )
        return Comparison(
            summary,
            differences,
            {loss.name: loss.info for loss in spec.losses},
            options,
            _without_samples=OF_A_STREAM,
        )

    def options(self, baseline: Any, margin: Any, level: Any) -> Options:
        """The options of `compute`, checked.

        Parameters
        ----------
        baseline : str or None
            The model to compare the others with.
        margin : float, dict or None
            The greatest difference that does not matter.
        level : float
            Level of the intervals.

        Returns
        -------
        Asked
            The options, as the tables take them.

        Raises
        ------
        ValueError
            When one is out of range.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> seen = sx.LossAccumulator(labels=[0, 1], models=["a", "b"])
        >>> seen.options("c", None, 0.95)
        Traceback (most recent call last):
            ...
        ValueError: baseline must be one of ['a', 'b']; got 'c'.
        """
        read_names("models", dict.fromkeys(self._spec.models), baseline)
        return Options.read(level, baseline, margin)

    def _each_loss(self, options: Options) -> Iterator[MomentEstimates]:
        spec, state = self._spec, self._state
        n_models, pairs = len(spec.models), pairs_of(spec.models, None)
        frequencies = np.asarray([exact_sums.to_float(total) for total in state.classes])
        target = Target(spec.classes, np.arange(len(spec.classes)), frequencies)
        design = Design(ESTIMAND, np.arange(0))
        means, weight = np.empty((0, 0)), np.empty(0)
        if spec.grouped:
            means, weight = clusters_as_samples(state, len(spec.losses) * n_models)
        for i, loss in enumerate(spec.losses):
            models = state.models[i * n_models :][:n_models]
            of_pairs = state.pairs[i * len(pairs) :][: len(pairs)]
            arguments = (
                loss,
                target,
                design,
                options,
                models,
                dict(zip(pairs, of_pairs, strict=True)),
            )
            if spec.grouped:
                of_clusters = means[i * n_models :][:n_models]
                yield ClusterEstimates(
                    *arguments, weighted=spec.weighted, means=of_clusters, of=weight
                )
            else:
                yield MomentEstimates(*arguments, weighted=spec.weighted)

    @property
    def reliability(self) -> pd.DataFrame:
        """How often classes happened by their predicted probability, in bins of equal width.

        A DataFrame with one row for each model, class and bin that was met: ``model, label, low,
        high, weight`` (of samples; without weights their number), ``mean_proba, frequency``.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> seen = sx.LossAccumulator(labels=["no", "yes"], models=["a"], n_bins=2)
        >>> seen = seen.update(["no", "yes", "yes"], {"a": [0.2, 0.4, 0.9]})
        >>> seen.reliability.query("label == 'yes'").round(2)
          model label  low  high  weight  mean_proba  frequency
        2     a   yes  0.0   0.5     2.0         0.3        0.5
        3     a   yes  0.5   1.0     1.0         0.9        1.0
        """
        spec, state = self._spec, self._state
        edges = np.arange(spec.n_bins + 1) / max(spec.n_bins, 1)
        cells = [
            (model, label, low, high)
            for model in spec.models
            for label in spec.classes.labels
            for low, high in pairwise(edges)
        ]
        sums = zip(cells, state.bin_weight, state.bin_proba, state.bin_hits, strict=False)
        rows = [
            (*cell, exact_sums.to_float(w), exact_sums.ratio(proba, w), exact_sums.ratio(hits, w))
            for cell, w, proba, hits in sums
            if w
        ]
        columns = ["model", "label", "low", "high", "weight", "mean_proba", "frequency"]
        return pd.DataFrame(rows, columns=columns)

    # --- saved --------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The whole state as plain JSON types, to be kept or sent.

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
        >>> seen = sx.LossAccumulator(labels=["no", "yes"], models=["a"], losses=["mse"])
        >>> print(json.dumps(seen.to_dict()["spec"]))
        {"labels": [["no", "yes"], ["str", "str"]], "models": ["a"], "losses": [["brier_loss",
        {"scale_by_half": "auto"}, false]], "weighted": false, "groups": false, "n_bins": 0,
        "from_logits": []}
        """
        for what, labels in (
            ("labels", self._spec.classes.labels),
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
            "spec": self._spec.to_plain(),
            "state": to_plain(self._state),
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any], *, losses: Sequence[Loss] = ()) -> LossAccumulator:
        """Restore what `to_dict` returned.

        Parameters
        ----------
        saved : dict
            What was saved.
        losses : sequence of Loss, optional
            Losses of your own that were used: functions are not saved.

        Returns
        -------
        LossAccumulator
            One of the same specification and state.

        Raises
        ------
        ValueError
            When it is not such a dict, or a loss of your own is missing.

        Examples
        --------
        >>> import json
        >>> import sklearn_xent as sx
        >>> seen = sx.LossAccumulator(labels=[0, 1], models=["a"]).update([0, 1], {"a": [0.2, 0.9]})
        >>> text = json.dumps(seen.to_dict())
        >>> sx.LossAccumulator.from_dict(json.loads(text))
        <LossAccumulator of a: 2 samples>
        """
        if not isinstance(losses, Iterable) or not all(isinstance(loss, Loss) for loss in losses):
            raise ValueError(f"losses must be Losses of your own; got {shorten(losses)}.")
        own = {loss.name: loss for loss in losses}
        try:
            if saved["sklearn_xent"] != "LossAccumulator" or saved["version"] != VERSION:
                raise ValueError(f"version {saved['version']!r} is not known")
            spec = dict(saved["spec"])
            labels, kinds = spec.pop("labels")
            chosen = []
            for name, options, is_own in spec.pop("losses"):
                if is_own and name not in own:
                    raise ValueError(f"pass losses=[...] with the loss {name!r}, which is yours")
                chosen.append((own if is_own else LOSSES)[name].with_options(**options))
            if [type(label).__name__ for label in labels] != kinds:
                raise ValueError("labels changed their types")
            out = cls(labels=labels, losses=chosen, **spec)
            state = from_plain(saved["state"])
            sizes = (len(chosen), len(out._spec.models), len(labels), out._spec.n_bins)
            check(state, *sizes, out._spec.grouped)
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"saved must be what LossAccumulator.to_dict returned; {error}."
            ) from error
        return out._with(state)

    def digest(self) -> str:
        """A checksum of specification and state: alike if, and only if, these are.

        Returns
        -------
        str
            The SHA-256 of what `to_dict` returns, in hexadecimal digits.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> asked = {"labels": [0, 1], "models": ["a"]}
        >>> at_once = sx.LossAccumulator(**asked).update([0, 1, 1], {"a": [0.2, 0.9, 0.6]})
        >>> first = sx.LossAccumulator(**asked).update([1], {"a": [0.6]})
        >>> first.update([0, 1], {"a": [0.2, 0.9]}).digest() == at_once.digest()
        True
        """
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def __repr__(self) -> str:
        names = ", ".join(self._spec.models[:5]) + ", ..." * (len(self._spec.models) > 5)
        return f"<LossAccumulator of {names}: {self.n_obs} samples>"


class ClusterEstimates(MomentEstimates):
    """One loss of clusters, which are the independent units: `means` is (n_models, n_clusters)."""

    def __init__(self, *arguments: Any, weighted: bool, means: Floats, of: Floats) -> None:
        super().__init__(*arguments, weighted=weighted, n_groups=means.shape[1])
        self.means, self.of = means, of

    def _units(self, moments: Moments, which: int | Pair) -> Moments:  # noqa: ARG002
        x = (
            self.means[which]
            if isinstance(which, int)
            else self.means[which[0]] - self.means[which[1]]
        )
        return replace(Moments.from_values(x, self.of), clusters=True)


def _same(label: Any) -> Any:
    """A group, whose number may be a float in another batch."""
    whole = isinstance(label, float) and label.is_integer()
    return int(label) if whole else label
