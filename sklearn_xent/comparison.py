"""Layer 12: models side by side: the `Comparison` and how predictions become one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sklearn_xent import _evaluation, inference, report
from sklearn_xent._inputs import Truth, clean, read_vector
from sklearn_xent._kernels import Codes
from sklearn_xent._loss import Loss
from sklearn_xent._losses import LOSSES, get_loss
from sklearn_xent._messages import check_whole, shorten
from sklearn_xent._probabilities import Predictions
from sklearn_xent._rows import Indexed, check_rows
from sklearn_xent._slices import Samples, codes_of
from sklearn_xent._tables import Asked, Design, Evaluated, frames, pairs_of, read_method
from sklearn_xent.report import Shown

ONE_TEST_SET = "mean loss of these models on new samples like the test set"


@dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """Models side by side under one or more losses.

    Made by `compare_predictions`, `compare_models` and `compare_search`. Printing it shows the
    conclusion for each loss in plain words, best model against the others, and a table.

    Attributes
    ----------
    summary : DataFrame
        One row for each loss and model, in the order given:

        - ``loss``, ``model``: names.
        - ``mean_loss``, ``std_error``, ``conf_low``, ``conf_high``, ``confidence_level``: the
          mean, its standard error and its interval, within the range of the loss.
        - ``skill``: the share of the loss of always predicting the class frequencies that is
          avoided; 1 is perfect, 0 no better than them.
        - ``rank``: 1 is the lowest mean loss; ties share a rank.
        - ``n_obs``: samples. ``n_zero_probability``: those whose true class got a probability
          below the floor ``eps`` of cross-entropy, which then decides part of that loss.
        - ``method``, ``estimand``: how the interval was computed, and what it is about.
    differences : DataFrame
        One row for each loss and pair of models, A before B in the order given:

        - ``loss``, ``model_a``, ``model_b``, ``loss_a``, ``loss_b``: names and mean losses.
        - ``difference``: ``loss_a - loss_b``, so that negative means A is better.
        - ``std_error``, ``conf_low``, ``conf_high``, ``confidence_level``: of the difference of
          this pair alone, not adjusted for other pairs. For Agresti-Min, of the adjusted table.
        - ``statistic``, ``df``: of the t-test; nan where the p-value comes from counts.
        - ``pvalue``: two-sided, of this pair alone. ``pvalue_holm``: adjusted for all pairs of
          this loss.
        - ``method``, ``estimand``: "paired t" on per-sample differences, cluster-robust with
          groups; for the classification error with fewer than ten discordant pairs, where a
          t-interval is too short, the interval of Agresti and Min and McNemar's mid-p test; on
          splits that test samples more than once, the corrected t-test of Nadeau and Bengio.
        - ``n_obs``, ``n_groups``, ``n_splits``, ``n_repeats``: samples, clusters, splits of the
          cross-validation and its repeats. ``n_discordant``: samples on which exactly one of the
          two errs; missing for other losses.
        - ``label_leverage``, ``sample_leverage``: by how many half-widths of the interval another
          label of one sample could move the difference, and how many the farthest sample moves
          it. Above 0.5 and 0.25 an interval may be too short, and a `LeverageWarning` says so.
        - ``degenerate``: the difference is the same on every sample, which supports no
          inference: nan.
        - ``conclusion``: "a lower", "b lower" or "inconclusive", from `pvalue_holm`; with an
          equivalence margin also "equivalent within margin", from two one-sided tests.
    """

    summary: pd.DataFrame
    differences: pd.DataFrame
    _losses: Mapping[str, Shown]
    """Title, unit and floor of each loss, by name."""
    _asked: Asked
    _samples: Samples | None = None
    _of_splits: pd.DataFrame | None = None
    _note: str = ""

    def _each_sample(self) -> Samples:
        if self._samples is None:
            raise ValueError(
                "the losses of single samples are not known here: cv_results_ holds the scores of "
                "splits only. Compare the candidates with compare_models to keep them."
            )
        return self._samples

    def _tested_once(self, what: str) -> Samples:
        samples = self._each_sample()
        if samples.overlapping:
            raise ValueError(
                f"{what} needs each sample tested once, as in one K-fold run: losses of the same "
                "sample are not independent."
            )
        return samples

    @property
    def sample_losses(self) -> pd.DataFrame:
        """The loss of every sample: columns ``sample, loss, model, value``, made on demand.

        ``sample`` is the label of `y_true`'s pandas index, or the row number.
        """
        return self._each_sample().frame()

    @property
    def split_losses(self) -> pd.DataFrame:
        """Mean loss in each split: columns ``split, loss, model, n_obs, mean_loss``.

        The mean loss of the summary weighs splits by their size, unless they test samples more
        than once.
        """
        if self._of_splits is not None:
            return self._of_splits.copy()
        return self._each_sample().by_split()

    def by(self, groups: Any, *, pairs: bool = False) -> pd.DataFrame:
        """Mean losses by slice: which kinds of samples a model is good at.

        Parameters
        ----------
        groups : array-like of shape (n_samples,)
            The slice of each sample that was passed, in the order of `y_true`; a Series is
            checked against its index.
        pairs : bool, default=False
            The differences of all pairs of models instead of the losses of each.

        Returns
        -------
        DataFrame
            One row for each loss, model (or pair) and slice: ``group, loss, model`` (or
            ``model_a, model_b``), ``n_obs, mean_loss`` (or ``difference``), ``std_error,
            conf_low, conf_high, confidence_level``. The intervals (Wilson's of error rates,
            else t-intervals) take samples as independent and are not adjusted for the number of
            slices, of which the most extreme is so partly by chance.

        Raises
        ------
        ValueError
            When there is not one slice for each sample, samples are not known one by one, or were
            tested more than once.
        """
        samples = self._tested_once("by")
        if pairs and len(samples.models) < 2:
            raise ValueError("pairs=True needs at least two models.")
        vector = read_vector("groups", groups)
        check_rows([Indexed("y_true", pd.Series(index=samples.whole, dtype=object)), vector])
        slices, codes = codes_of(vector, samples.rows)
        return samples.by("group", slices, codes, self._asked.level, pairs)

    @property
    def per_class(self) -> pd.DataFrame:
        """Mean losses by true class: as `by`, with the column ``y_true``."""
        samples = self._tested_once("per_class")
        if samples.truth.y.ndim == 2:
            raise ValueError("per_class needs class labels; y_true holds target distributions.")
        classes = samples.truth.classes.labels
        return samples.by("y_true", classes, samples.truth.y, self._asked.level, pairs=False)

    def worst(
        self,
        n: int = 10,
        *,
        model_a: str | None = None,
        model_b: str | None = None,
        loss: str | Loss | None = None,
    ) -> pd.DataFrame:
        """The samples on which two models differ most.

        Parameters
        ----------
        n : int, default=10
            How many.
        model_a, model_b : str, optional
            By default the two with the lowest mean loss.
        loss : str or Loss, optional
            By default the last one compared.

        Returns
        -------
        DataFrame
            ``sample, y_true, loss, model_a, model_b, loss_a, loss_b, difference``, the greatest
            absolute difference first.

        Raises
        ------
        ValueError
            For an unknown model or loss, or where samples are not known one by one.
        """
        samples = self._each_sample()
        names = [known.name for known in samples.losses]
        name = names[-1] if loss is None else get_loss(loss).name
        if name not in names:
            raise ValueError(f"loss must be among those compared, {names}; got {name!r}.")
        rows = self.summary[self.summary["loss"] == name].sort_values("rank", kind="stable")
        able = rows["model"][rows["mean_loss"].notna()].tolist()
        rest = [model for model in able if model not in (model_a, model_b)]
        a = rest.pop(0) if model_a is None and rest else model_a
        b = rest.pop(0) if model_b is None and rest else model_b
        if a == b or not {a, b} <= set(able):
            raise ValueError(
                f"model_a and model_b must be two of {able}, which have losses; got {a!r}, {b!r}."
            )
        loss = samples.losses[names.index(name)]
        return samples.worst(check_whole("n", n, 1), loss, str(a), str(b))

    def winner(self, n_resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
        """What the winner is worth: its loss, corrected for having been chosen (BBC-CV).

        The lowest of many mean losses is low partly by chance: the winner's curse. Each bootstrap
        resample of the samples (of the clusters, with groups) chooses its own winner and charges
        it on the samples left out.

        Parameters
        ----------
        n_resamples : int, default=1000
            Number of bootstrap resamples.
        seed : int, default=0
            Seed of the resampling.

        Returns
        -------
        DataFrame
            One row for each loss: ``loss, model`` (the winner), ``mean_loss_best`` (its own mean
            loss), ``bbc_loss, bbc_conf_low, bbc_conf_high`` (corrected), ``confidence_level``.

        Raises
        ------
        ValueError
            When samples are not known one by one, or were tested more than once.

        References
        ----------
        Tsamardinos, I., Greasidou, E. and Borboudakis, G. (2018). Bootstrapping the out-of-sample
        predictions for efficient and accurate cross-validation. Machine Learning 107, 1895-1922.
        """
        samples = self._tested_once("winner")
        n_resamples = check_whole("n_resamples", n_resamples, 100)
        return samples.winner(self._asked.level, n_resamples, check_whole("seed", seed))

    def _of_loss(self, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        return (
            self.summary[self.summary["loss"] == name],
            self.differences[self.differences["loss"] == name],
        )

    def headlines(self) -> list[str]:
        """The conclusion for each loss, in plain words."""
        return [
            report.headline(shown, *self._of_loss(name)) for name, shown in self._losses.items()
        ]

    def sentences(self) -> list[str]:
        """What may be said of each pair, in plain words: one sentence for each row of differences.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> rng = np.random.default_rng(0)
        >>> p = rng.uniform(0.05, 0.95, 300)
        >>> y = (rng.random(300) < p).astype(int)
        >>> models = {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)}
        >>> print(*sx.compare_predictions(y, models, losses="mse").sentences())
        MSE (Brier): the data show sharp to be lower than timid, by 0.0314 (95% interval 0.019 to
        0.0439).
        """
        return [
            report.sentence(self._losses[row["loss"]], row, self._asked.margin)
            for row in self.differences.to_dict("records")
        ]

    def __repr__(self) -> str:
        return report.to_text(self.headlines(), self.summary, self._note)


def compare_predictions(
    y_true: Any,
    predictions: Mapping[str, Any],
    *,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    from_logits: bool | Collection[str] = False,
    baseline: str | None = None,
    equivalence_margin: float | None = None,
    confidence_level: float = 0.95,
    method: Literal["auto", "bootstrap_t"] = "auto",
    seed: int = 0,
) -> Comparison:
    """Compare the predictions of several models on one test set.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_classes)
        Class labels, or target distributions.
    predictions : dict of str to array-like of shape (n_samples, n_classes) or (n_samples,)
        Predicted probabilities of each model, for the same samples in the same order.
    losses : sequence of str or Loss, optional
        By default classification error, Brier loss and cross-entropy.
    labels : array-like of shape (n_classes,), optional
        The classes in the order of the columns.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples. Unless they are all the same, intervals are those of the ratio
        estimator with an HC1-style variance.
    groups : array-like of shape (n_samples,), optional
        Clusters of samples that are not independent, such as those of one patient. Intervals are
        then cluster-robust: about new clusters.
    from_logits : bool or collection of str, default=False
        Whether the predictions are logits, or the names of the models whose predictions are.
    baseline : str, optional
        Compare each model with this one only, instead of all pairs.
    equivalence_margin : float, optional
        The greatest difference that does not matter, in units of the loss. Pairs that two
        one-sided tests place within it are "equivalent within margin".
    confidence_level : float, default=0.95
        Level of the intervals; conclusions are drawn at one minus it.
    method : {"auto", "bootstrap_t"}, default="auto"
        "bootstrap_t" replaces the t-distribution of differences by a studentised bootstrap of
        1999 resamples, for skewed losses such as cross-entropy on a few hundred samples; the
        classification error keeps its method for few discordant pairs.
    seed : int, default=0
        Seed of the bootstrap.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        As in the metric functions, naming the model; or when there is no model, or a baseline
        that is none of them.

    Warns
    -----
    ZeroProbabilityWarning
        As in `cross_entropy`, for each model.
    DegenerateDifferenceWarning
        When two models differ by the same amount on every sample.
    LeverageWarning
        When one sample decides so much of a difference that its interval may be too short.

    References
    ----------
    Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear
    models. Biometrika 73, 13-22, for clusters. Schuirmann, D. J. (1987). A comparison of the two
    one-sided tests procedure and the power approach. Journal of Pharmacokinetics and
    Biopharmaceutics 15, 657-680, for equivalence. Hall, P. (1988). Theoretical comparison of
    bootstrap confidence intervals. Annals of Statistics 16, 927-953.
    Agresti, A. and Min, Y. (2005). Simple improved confidence intervals for comparing matched
    proportions. Statistics in Medicine 24, 729-740.

    Examples
    --------
    The classification error cannot tell two models apart that the other losses can:

    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.95, 300)
    >>> y = (rng.random(300) < p).astype(int)
    >>> comparison = sx.compare_predictions(y, {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)},
    ...                                     losses=["brier_loss", "cross_entropy"])
    >>> comparison.differences[["loss", "model_a", "model_b", "difference", "conclusion"]].round(3)
                loss model_a model_b  difference conclusion
    0     brier_loss   sharp   timid      -0.031    a lower
    1  cross_entropy   sharp   timid      -0.082    a lower
    """
    asked = read_asked(confidence_level, baseline, equivalence_margin, method, seed)
    chosen = read_losses(losses)
    names = read_names("predictions", predictions, baseline)
    argument = {name: f"predictions[{name!r}]" for name in names}
    truth, cleaned = clean(
        y_true,
        {argument[name]: predictions[name] for name in names},
        labels=labels,
        sample_weight=sample_weight,
        groups=groups,
        logits=_names_of_logits(from_logits, argument),
    )
    evaluated = evaluate(names, chosen, truth, cleaned, baseline)
    for prediction, counts in zip(cleaned, evaluated.n_zero, strict=True):
        warn_zero(chosen, counts, len(truth), prediction.matrix.name)
    return assemble(evaluated, truth, Design(ONE_TEST_SET), asked)


def evaluate(
    names: Sequence[str],
    losses: Sequence[Loss],
    truth: Truth,
    predictions: Sequence[Predictions],
    baseline: str | None,
) -> Evaluated:
    """The losses of all samples under all models, and what other labels would have changed."""
    values = np.empty((len(losses), len(predictions), len(truth)))
    n_zero = []
    for i, prediction in enumerate(predictions):
        result = _evaluation.per_sample(losses, truth, prediction)
        values[:, i] = result.values
        n_zero.append(result.n_zero_probability)
    return Evaluated(
        names,
        losses,
        values,
        n_zero,
        _evaluation.label_ranges(losses, truth, predictions, pairs_of(names, baseline)),
    )


def assemble(
    evaluated: Evaluated, truth: Truth, design: Design, asked: Asked, whole: pd.Index | None = None
) -> Comparison:
    """Build a `Comparison` from the losses of all samples.

    `whole` is the index of all samples, of which `design` may have chosen some.
    """
    rows = np.arange(len(truth)) if design.rows is None else design.rows
    if whole is None:
        whole = pd.RangeIndex(len(truth)) if truth.index is None else truth.index
    truth, evaluated, design = _used(truth, evaluated, replace(design, rows=rows))
    summary, differences = frames(evaluated, truth, design, asked)
    assert design.rows is not None
    samples = Samples(
        evaluated.losses, evaluated.names, evaluated.values, truth, design.rows, whole,
        design.split, design.overlapping,
    )  # fmt: skip
    shown = {loss.name: Shown(loss.title, loss.unit, bool(loss.eps)) for loss in evaluated.losses}
    return Comparison(summary, differences, shown, asked, samples)


def read_asked(
    confidence_level: float, baseline: str | None, margin: Any, method: Any, seed: Any
) -> Asked:
    """The options of the inference, checked."""
    return Asked(
        inference.check_confidence_level(confidence_level),
        baseline,
        inference.check_margin(margin),
        read_method(method),
        check_whole("seed", seed),
    )


def _used(truth: Truth, evaluated: Evaluated, design: Design) -> tuple[Truth, Evaluated, Design]:
    """A sample of weight zero is no sample, and equal weights are none."""
    if truth.weight is not None:
        used = np.flatnonzero(truth.weight)
        weight = truth.weight[used]
        truth = truth.take(used)
        evaluated = replace(evaluated, values=evaluated.values[:, :, used])
        design = replace(
            design,
            rows=None if design.rows is None else design.rows[used],
            split=None if design.split is None else design.split[used],
        )
        if np.ptp(weight) == 0.0:
            # ranges are by weight, of which there now is none
            evaluated = replace(evaluated, ranges=evaluated.ranges / weight[0])
            truth = replace(truth, weight=None, weight_exponent=0)
    if truth.groups is not None:
        truth = replace(truth, groups=_renumbered(truth.groups))
    if design.split is not None:
        split = _renumbered(design.split)
        design = replace(design, split=split, n_splits=int(split.max()) + 1)
    return truth, evaluated, design


def _renumbered(codes: Codes) -> Codes:
    """Codes without gaps, in the same order."""
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.intp)


def _names_of_logits(from_logits: Any, argument: Mapping[str, str]) -> list[str]:
    """The arguments that are logits: all, none, or those of the models named."""
    if isinstance(from_logits, bool | np.bool_):
        return list(argument.values()) if from_logits else []
    names = from_logits if isinstance(from_logits, Collection) else [from_logits]
    if isinstance(from_logits, str) or not set(names) <= set(argument):
        raise ValueError(
            "from_logits must be True, False or a list of names of models, of "
            f"{list(argument)}; got {shorten(from_logits)}."
        )
    return [argument[name] for name in names]


def read_losses(losses: Any) -> list[Loss]:
    """The losses asked for, each once."""
    if losses is None:
        return list(LOSSES.values())
    if not isinstance(losses, str | Loss | Iterable):
        raise ValueError(f"losses must be names or Losses; got {shorten(losses)}.")
    listed = [losses] if isinstance(losses, str | Loss) else list(losses)
    found = [get_loss(loss) for loss in listed]
    names = [loss.name for loss in found]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"losses must name each loss once, and at least one; got {names}.")
    return found


def read_names(argument: str, models: Any, baseline: str | None) -> list[str]:
    """The names of the models, and a baseline that is one of them."""
    if not isinstance(models, Mapping) or not models:
        raise ValueError(
            f'{argument} must be given as a dict, {{"name": ...}}, with at least one entry; got '
            f"{shorten(models)}."
        )
    names = list(models)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"names of models must be strings; got {shorten(name)}.")
    if baseline is not None and baseline not in names:
        raise ValueError(f"baseline must be one of {names}; got {shorten(baseline)}.")
    return names


def warn_zero(losses: Sequence[Loss], n_zero: Sequence[int], n: int, name: str) -> None:
    """Warn of floored probabilities for the losses that have a floor."""
    for loss, count in zip(losses, n_zero, strict=True):
        _evaluation.warn_zero_probability(count, n, loss, name)
