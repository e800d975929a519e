"""The `Comparison`: its frames, what it says, and what it draws."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, ParamSpec

import numpy as np
import pandas as pd

from sklearn_xent._messages import listening, printable, read_whole, shorten
from sklearn_xent.comparison import decisions, exports, pictures, runs, saved, selection
from sklearn_xent.comparison.exports import rows_of
from sklearn_xent.comparison.fitting import Fitting
from sklearn_xent.comparison.frames import frames_of_samples
from sklearn_xent.comparison.samples import SampleLosses, SplitScores, codes_of
from sklearn_xent.comparison.saved import read as read_saved
from sklearn_xent.comparison.selection import UNKNOWN, Family, read_models
from sklearn_xent.comparison.serial import mark_dependence
from sklearn_xent.comparison.slices import by_slice, each_sample, in_blocks, means_of
from sklearn_xent.comparison.split_scores import ModelScores, beside, in_context
from sklearn_xent.comparison.study import study_of
from sklearn_xent.inference.design import Options, Pair, pairs_of
from sklearn_xent.inputs.alignment import RowsOf, check_rows
from sklearn_xent.inputs.validation import Target, read_vector
from sklearn_xent.losses.loss import Loss, LossInfo
from sklearn_xent.losses.registry import name_among
from sklearn_xent.report import html, sentences, text
from sklearn_xent.report.content import ClassShares, Facts, Parts, ReportContent
from sklearn_xent.report.footnotes import few
from sklearn_xent.report.next_steps import ERRORS
from sklearn_xent.report.rows import DifferenceRow, SummaryRow, ranked_from_one, rows_from
from sklearn_xent.report.study import Study
from sklearn_xent.report.verdicts import LossResults

P = ParamSpec("P")
CHANGED = (
    "The predictions were changed in place after they were compared, so nothing is said here of "
    "calibration."
)
TAKES_LONG = (
    "Calibration is left out here, because it takes long for so many probabilities. "
    "comparison.decompose() computes it, and comparison.plot_reliability() draws it."
)
AT_ONCE = 3_000_000
"""So many probabilities are recalibrated in about a second, the longest that a reader waits."""
OF_A_SEARCH = (
    "cv_results_ holds the scores of splits only. Compare the candidates with compare_models to "
    "keep them."
)


def keeps_warnings(compare: Callable[P, Comparison]) -> Callable[P, Comparison]:
    """Decorate a function so that its comparison keeps what was warned of."""

    @wraps(compare)
    def keeping(*args: P.args, **kwargs: P.kwargs) -> Comparison:
        with listening() as heard:
            comparison = compare(*args, **kwargs)
        return replace(comparison, warnings=heard)

    return keeping


@dataclass(frozen=True, repr=False, eq=False)
class Comparison(Fitting):
    """Compare models under one or more losses.

    Made by `compare_predictions`, `compare_models`, `compare_search`, `compare_losses`,
    `compare_scores`, `compare_table` and `LossAccumulator.compute`. Printing it shows the verdict
    in one to four sentences, a table of every model minus the lowest (or the baseline), and
    numbered notes of what limits it.

    Attributes
    ----------
    summary : DataFrame
        One row for each loss and model, in the order given:

        - ``loss``, ``model``: names.
        - ``mean_loss``, ``std_error``, ``conf_low``, ``conf_high``, ``confidence_level``: the
          mean, its standard error and its interval, within the range of the loss; nan where all
          losses are the same.
        - ``skill``: the share of the loss of always predicting the class frequencies that is
          avoided; 1 is perfect, 0 no better than them.
        - ``rank``: 1 is the lowest mean loss; ties share a rank.
        - ``n_obs``: losses averaged, of which a sample that is tested in several splits has
          several. ``n_zero_probability``: those whose true class got a probability
          below the floor ``eps`` of cross-entropy, which then decides part of that loss.
          ``n_normalized``: rows of the model that ``normalize=True`` divided by their sum.
        - ``method``, ``estimand``: how the interval was computed, and what it is about.
        - ``status``, ``reason``: "ok", or "failed" and why; a failed model has no numbers.
        - ``mean_score``: of scores, where higher is better; missing for losses.
        - ``caution``: names of what limits the row, joined by "; ", empty where nothing does:
          "zero probabilities" where a floor decides part of the mean loss; "serial dependence" as
          for differences; "rare class" where the classes with fewer than 10 samples have fewer than
          10 together, so that the interval may be too narrow (not of errors, which are counted).
        - ``may_be_best``: whether the model may have the lowest mean loss: see `best_set`. Missing
          where that is not known, and for more than 100 models.
    differences : DataFrame
        One row for each loss and pair of models, A before B in the order given (planned pairs as
        they were written):

        - ``loss``, ``model_a``, ``model_b``, ``loss_a``, ``loss_b``: names and mean losses.
        - ``difference``: ``loss_a - loss_b``, so that negative means A is better.
        - ``std_error``, ``conf_low``, ``conf_high``, ``confidence_level``: of the difference of
          this pair alone, not corrected for other pairs. For Agresti-Min, of the adjusted table.
        - ``statistic``, ``df``: of the t-test; nan where the p-value comes from counts.
        - ``pvalue``: two-sided, of this pair alone. ``pvalue_holm``: corrected for all pairs of
          this loss (Holm).
        - ``method``, ``estimand``: "paired t" on per-sample differences, cluster-robust with
          groups; for the classification error with fewer than ten discordant pairs, where a
          t-interval is too narrow, the interval of Agresti and Min and McNemar's mid-p test; on
          splits that can test samples more than once, the corrected t-test of Nadeau and Bengio; in
          time order, "serially robust paired t" by equal-weighted cosines. In a search whose best
          the data chose, the intervals are simultaneous for all pairs.
        - ``n_obs``, ``n_groups``, ``n_splits``, ``n_repeats``: samples, clusters, splits of the
          cross-validation and its repeats. ``n_discordant``: samples on which exactly one of the
          two errs; missing for other losses.
        - ``label_leverage``, ``sample_leverage``: by what share of the interval's half-width
          another label of one sample could move the difference, and the farthest sample moves it:
          0.49 is 49% of the half-width. Above 0.5 and 0.25 an interval may be too narrow; a
          `LeverageWarning` says so where the row claims something. With groups "clusters skewed"
          says it instead.
        - ``degenerate``: the difference is the same on every sample, which supports no
          inference: nan.
        - ``conclusion``: "a better", "b better" or "not clear", from `pvalue_holm`; with an
          equivalence margin also "equivalent", from two one-sided tests.
        - ``retraining``: whether a better model is so after retraining on other samples: "clear",
          "not shown" (by the corrected t-test of the splits, nor ever by one split), or "unstable";
          missing where nothing was trained and where no model is better.
        - ``caution``: names of what limits the row, joined by "; ", empty where nothing does: "one
          sample weighs much" (see the leverages), "zero probabilities" (of either model),
          "clusters skewed" (a claim of the t-test that resampled clusters do not confirm),
          "approximate" (a claim from overlapping splits whose corrected p-value is above a fifth of
          one minus the confidence level), "few rows differ" (too few rows to show equivalence),
          "serial dependence" (neighbouring rows look dependent, and no times or groups were given;
          with times, more than the test allows for), "unstable" (losses of a sample vary much
          between repeats), "no spread" (degenerate).
        - ``detectable_difference``: found with 80 % power by a test of this size, of this pair
          alone: see `plan`. Missing for splits that overlap, and in time order.
    warnings : list of Warning
        What this package warned of when the models were compared, shown or not: each says what a
        result depends on, and how to fix it.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> comparison
    2 models, 200 samples, one test set; about these fitted models
    <BLANKLINE>
    sharp has the lowest MSE (Brier). It is clearly better than timid.
    <BLANKLINE>
               loss  vs sharp    95% interval  verdict
    MSE (Brier)
      sharp  0.0675                            lowest
      timid  0.1425   +0.0750  0.068 to 0.082  clearly worse
    <BLANKLINE>
    Clear: p <= 0.05.
    More: .differences .summary .sentences() .plot() .to_html("report.html")
    """

    summary: pd.DataFrame
    differences: pd.DataFrame
    _losses: Mapping[str, LossInfo]
    """How reports describe each loss, by its name."""
    _options: Options
    _samples: SampleLosses | None = None
    _splits: SplitScores | None = None
    _note: str = ""
    _without_samples: str = OF_A_SEARCH
    """Why the losses of single samples are not known."""
    warnings: Sequence[Warning] = ()
    _family: Family = UNKNOWN
    """What was compared in all; by default what the frames hold when they are made."""

    _facts: Facts = field(default_factory=Facts)
    """How it was made, for the foot of a report."""
    _classes: ClassShares | None = None
    """The classes, where they are known without single samples."""
    _kept: saved.Kept | None = None
    """What reports tell of samples that were not saved, of a comparison that was read back."""
    _fits: pd.DataFrame | None = None
    """What was fitted; None where nothing was."""
    _candidates: Mapping[str, tuple[Any, Mapping[str, Any]]] | None = None
    """For each candidate its search and parameters; None where there was no search."""
    _sums: decisions.Sums | None = None
    """What is known of the losses where neither samples nor splits are."""

    def __post_init__(self) -> None:
        if self._family is UNKNOWN:
            # a search shows the pairs with the best only
            chosen = self._options.baseline is not None or self._options.planned is not None
            is_search = self._splits is not None and self._samples is None
            has_others = is_search and not chosen
            family = Family.from_frames(self.summary, self.differences, has_others=has_others)
            object.__setattr__(self, "_family", family)

    @classmethod
    def _from_samples(
        cls, samples: SampleLosses, options: Options, scores: ModelScores | None = None
    ) -> Comparison:
        """Compare models by the losses of all samples, and by scores of splits."""
        used = mark_dependence(samples.with_weight())
        scores = in_context(scores, used)
        summary, differences = frames_of_samples(used, options, beside(scores, options))
        infos = used.infos if scores is None else {**used.infos, **scores.infos}
        return cls(summary, differences, infos, options, used, scores)

    def _each_sample(self) -> SampleLosses:
        if self._samples is None:
            raise ValueError(
                f"the losses of single samples are not known here: {self._without_samples}"
            )
        return self._samples

    def _tested_once(self, what: str) -> SampleLosses:
        samples = self._each_sample()
        if samples.design.overlapping:
            raise ValueError(
                f"{what} needs each sample tested once, as in one K-fold run: losses of the same "
                "sample are not independent."
            )
        return samples

    @property
    def sample_losses(self) -> pd.DataFrame:
        """Return the loss of every sample: columns ``sample, loss, model, value``, made on demand.

        ``sample`` is the label of `y_true`'s pandas index, or the row number.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> y = [0, 1, 1, 0] * 50
        >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
        >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
        >>> comparison.sample_losses.head(2).round(2)
           sample        loss  model  value
        0       0  brier_loss  sharp   0.01
        1       1  brier_loss  sharp   0.09
        """
        return self._each_sample().frame()

    @property
    def split_losses(self) -> pd.DataFrame:
        """Return the mean loss in each split: columns ``split, loss, model, n_obs, mean_loss``.

        The mean loss of the summary weighs splits by their size, unless they test samples more
        than once.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.naive_bayes import GaussianNB
        >>> X, y = load_iris(return_X_y=True)
        >>> comparison = sx.compare_models({"bayes": GaussianNB()}, X, y, cv=3, losses="mse")
        >>> comparison.split_losses.round(3)
           split        loss  model  n_obs  mean_loss
        0      0  brier_loss  bayes     50      0.088
        1      1  brier_loss  bayes     50      0.110
        2      2  brier_loss  bayes     50      0.050
        """
        if self._samples is None or self._splits is None:
            return (self._splits or self._each_sample()).by_split()
        parts = [self._samples.by_split(), self._splits.by_split()]
        return pd.concat([x.astype({"n_obs": "Int64"}) for x in parts], ignore_index=True)

    def by(self, groups: Any, *, pairs: bool = False) -> pd.DataFrame:
        """Return mean losses by slice: which kinds of samples a model is good at.

        Parameters
        ----------
        groups : array-like of shape (n_samples,)
            The slice of each sample that was passed, in the order of `y_true`; a Series is
            checked against its index.
        pairs : bool, default=False
            The differences of all pairs of models, or of those planned, instead of the losses of
            each.

        Returns
        -------
        DataFrame
            One row for each loss, model (or pair) and slice: ``group, loss, model`` (or
            ``model_a, model_b``), ``n_obs, mean_loss`` (or ``difference``), ``std_error,
            conf_low, conf_high, confidence_level, caution, reason``. The intervals are of the
            methods of the summary and the differences, cluster-robust where the comparison had
            groups; t-intervals of skewed losses are widened on the side of the tail (Hall 1992).
            They are not corrected for the number of slices, of which the most extreme is so partly
            by chance. ``reason`` says why a slice has no interval: fewer than 20 samples or groups
            (effective number), unless errors are counted. ``caution`` names what limits a row:
            "rare class" (the classes with fewer than 3 samples have fewer than 3 together) or "no
            spread". After repeated folds means are over all tests, and intervals are those of the
            means of splits within the slice.

        Raises
        ------
        ValueError
            When there is not one slice for each sample, or samples are not known one by one.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> y = [0, 1, 1, 0] * 50
        >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
        >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
        >>> slices = ["old", "old", "old", "new"] * 50
        >>> comparison.by(slices)[["group", "model", "n_obs", "mean_loss"]].round(4)
          group  model  n_obs  mean_loss
        0   new  sharp     50     0.1600
        1   old  sharp    150     0.0367
        2   new  timid     50     0.1600
        3   old  timid    150     0.1367
        """
        return self._by("groups", groups, pairs=pairs)

    def _by(self, argument: str, groups: Any, *, pairs: bool = False) -> pd.DataFrame:
        samples = self._each_sample()
        compared = self._pairs_of_slices(samples.names) if pairs else None
        vector = read_vector(argument, groups)
        if any(isinstance(x, float | np.floating) and x % 1 for x in vector.present):
            raise ValueError(
                f"{argument} must name slices; got fractional numbers. Cut them into slices, such "
                "as by pandas.qcut(x, 4)."
            )
        table = "y_true" if isinstance(samples.target, Target) else "losses"
        check_rows([RowsOf(table, pd.Series(index=samples.whole, dtype=object)), vector])
        slices, codes = codes_of(vector, samples.design.rows)
        return by_slice(samples, "group", slices, codes, self._options.level, compared)

    def _pairs_of_slices(self, names: Sequence[str]) -> list[Pair]:
        """Return all pairs of some models, also of failed ones, or those planned."""
        planned = self._options.planned
        if len(names) < 2:
            raise ValueError("pairs=True needs at least two models.")
        found = pairs_of(names) if planned is None else pairs_of(names, self._options)
        if not found:
            raise ValueError("pairs=True needs planned pairs of the models; these are in none.")
        return found

    @property
    def per_class(self) -> pd.DataFrame:
        """Return mean losses by true class: as `by`, with the column ``y_true``.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> y = [0, 1, 1, 0] * 50
        >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
        >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
        >>> comparison.per_class[["y_true", "model", "n_obs", "mean_loss"]].round(4)
          y_true  model  n_obs  mean_loss
        0      0  sharp    100      0.085
        1      1  sharp    100      0.050
        2      0  timid    100      0.125
        3      1  timid    100      0.160
        """
        samples = self._each_sample()
        target = samples.labelled("per_class")
        return by_slice(samples, "y_true", target.classes.labels, target.y, self._options.level)

    def worst(
        self,
        n: int = 10,
        *,
        model_a: str | None = None,
        model_b: str | None = None,
        loss: str | Loss | None = None,
    ) -> pd.DataFrame:
        """Return the samples on which two models differ most.

        Parameters
        ----------
        n : int, default=10
            How many.
        model_a, model_b : str, optional
            By default the two with the lowest mean loss, or the first of planned pairs.
        loss : str or Loss, optional
            By default the last one compared, other than the classification error.

        Returns
        -------
        DataFrame
            ``sample, y_true, loss, model_a, model_b, loss_a, loss_b, difference``, the greatest
            absolute difference first.

        Raises
        ------
        ValueError
            For an unknown model or loss, or where samples are not known one by one.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> y = [0, 1, 1, 0] * 50
        >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
        >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
        >>> comparison.worst(2).drop(columns=["model_a", "model_b"]).round(2)
           sample  y_true        loss  loss_a  loss_b  difference
        0       2       1  brier_loss    0.01    0.16       -0.15
        1       6       1  brier_loss    0.01    0.16       -0.15
        """
        samples = each_sample(self._each_sample())
        results = self._results(loss)
        able, name = results.able, results.name
        rest = [model for model in able if model not in (model_a, model_b)]
        planned = [x for x in self._options.planned or () if set(x) <= set(able)]
        if planned and model_a is None and model_b is None:
            rest = [*planned[0]]
        a = rest.pop(0) if model_a is None and rest else model_a
        b = rest.pop(0) if model_b is None and rest else model_b
        if a == b or not {a, b} <= set(able):
            raise ValueError(
                f"model_a and model_b must be two of {able}, which have losses; got {a!r}, {b!r}."
            )
        if name not in samples.infos:
            raise ValueError(
                f"worst needs losses of single samples; {name} is a score of whole splits."
            )
        of_name = samples.losses[list(self._losses).index(name)]
        return samples.worst(read_whole("n", n, 1), of_name, str(a), str(b))

    @property
    def _beside(self) -> Collection[str]:
        """The names of scores of whole splits beside the losses of samples."""
        if self._kept is not None:
            return self._kept.beside
        return () if self._samples is None or self._splits is None else self._splits.infos

    def _all_results(self) -> dict[str, LossResults]:
        """Return what is known of each loss that some model in summary has."""
        return _told(self._read(*rows_of(self)))

    def _results(self, loss: str | Loss | None = None) -> LossResults:
        """Return what is known of one loss, by default the last that counts no errors.

        A loss of which no model is left in summary is an error.
        """
        return self._chosen(self._all_results(), loss)

    def _chosen(
        self, told: Mapping[str, LossResults], loss: str | Loss | None = None
    ) -> LossResults:
        """Return one of the losses that can be told."""
        if not told:
            raise ValueError(
                "summary holds no model with a mean loss, so there is nothing to tell."
            )
        if loss is None:
            of_samples = [x for x in told if x not in self._beside] or list(told)
            return told[([x for x in of_samples if x != ERRORS] or of_samples)[-1]]
        name = name_among(loss, list(self._losses))
        if name not in told:
            raise ValueError(f"summary holds no model with a mean loss under {name}.")
        return told[name]

    def _read(
        self, summary: Sequence[SummaryRow], differences: Sequence[DifferenceRow]
    ) -> dict[str, LossResults]:
        """Return all that is known of each loss, from the rows of both frames.

        The frames are public, and their owner may have sorted them or dropped rows. What is told
        is of the models that are left in summary: the ranks begin at 1, and the differences are
        those of two such models.
        """
        study, baseline = self._study(summary, differences), self._options.baseline
        out = {}
        for name, info in self._losses.items():
            rows = [row for row in summary if row.loss == name]
            models = {row.model for row in rows}
            out[name] = LossResults(
                info,
                ranked_from_one(rows),
                [x for x in differences if x.loss == name and {x.model_a, x.model_b} <= models],
                baseline if baseline in models else None,
                self._options.margin_of(name),
                self._floor_shares(name),
                self._study_under(name, study),
            )
        return out

    def _floor_shares(self, loss: str) -> Mapping[str, float]:
        if self._kept is not None:
            return self._kept.floor_shares.get(loss, {})
        return {} if self._samples is None else self._samples.floor_shares(loss)

    def _study(self, summary: Sequence[SummaryRow], differences: Sequence[DifferenceRow]) -> Study:
        """Return what was compared, for the reports."""
        models = {row.model for row in summary}
        if self._kept is not None:
            study = self._kept.study_for(models)
        else:
            study = study_of(
                self._samples, self._splits, summary, differences, self._options.baseline
            )
        if self._options.planned is not None:
            return replace(study, planned=True)
        n_models = self._family.n_models
        return replace(study, n_compared=n_models) if n_models > len(models) else study

    def _study_under(self, loss: str, study: Study) -> Study:
        """Return what was compared under one loss."""
        if loss in self._beside:
            study = replace(study, retrained=True, missed={}, beside=True)
        is_counted = study.planned or study.n_compared is not None
        return replace(study, n_pairs=self._family.n_pairs.get(loss)) if is_counted else study

    def winner(self, n_resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
        """Return what the winner is worth: its loss, corrected for having been chosen (BBC-CV).

        The lowest of many mean losses is low partly by chance: the winner's curse. Each bootstrap
        resample of the samples (of the clusters, with groups; of blocks of times, in time order)
        chooses its own winner and charges it on the samples left out. After repeated folds a sample
        has the mean of its losses.

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
            When samples are not known one by one, and for some models that `select` chose: the
            correction must know of all.

        References
        ----------
        Tsamardinos, I., Greasidou, E. and Borboudakis, G. (2018). Bootstrapping the out-of-sample
        predictions for efficient and accurate cross-validation. Machine Learning 107, 1895-1922.

        Examples
        --------
        The best of ten that guess; to say 0.5 throughout would have a loss of 0.25:

        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> rng = np.random.default_rng(0)
        >>> y = rng.integers(2, size=400)
        >>> guesses = {f"guess {i}": rng.uniform(0.4, 0.6, 400) for i in range(10)}
        >>> comparison = sx.compare_predictions(y, guesses, losses="brier_loss")
        >>> comparison.winner()[["model", "mean_loss_best", "bbc_loss"]].round(4)
             model  mean_loss_best  bbc_loss
        0  guess 7          0.2466     0.251
        """
        samples, n = in_blocks(each_sample(self._each_sample())), self._family.n_models
        if len(samples.names) < n:
            raise ValueError(
                f"winner corrects for the choice among all {n} models that were compared; these "
                f"are {len(samples.names)} of them. Ask the whole comparison."
            )
        n_resamples = read_whole("n_resamples", n_resamples, 100)
        return samples.winner(self._options.level, n_resamples, read_whole("seed", seed))

    def decompose(self) -> pd.DataFrame:
        """Return the parts of each mean loss: miscalibration, discrimination and uncertainty.

        As the function `decompose`, for every model and strictly proper loss, of the predictions
        that were compared: of cross-validated models, those for the test parts, pooled. The
        predictions are kept where they are, not copied.

        Returns
        -------
        DataFrame
            One row for each loss and model: ``loss, model, score, miscalibration, discrimination,
            uncertainty, recalibration, n_obs``; ``score = miscalibration - discrimination +
            uncertainty`` is the mean loss of the summary.

        Raises
        ------
        ValueError
            When samples are not known one by one, `y_true` holds target distributions, no loss is
            strictly proper, or predictions were changed in place since.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> y = [0, 1, 1, 0] * 50
        >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
        >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
        >>> comparison.decompose().iloc[:, 1:6].round(4)
           model   score  miscalibration  discrimination  uncertainty
        0  sharp  0.0675          0.0675            0.25         0.25
        1  timid  0.1425          0.1425            0.25         0.25
        """
        samples = self._each_sample()
        samples.labelled("decompose")
        if not any(loss.strictly_proper for loss in samples.losses):
            raise ValueError("decompose needs a strictly proper loss, such as brier_loss.")
        return samples.decompose()

    def headlines(self) -> list[str]:
        """Return the verdict on each loss in plain words: every model minus the lowest.

        With a baseline, every model minus the baseline. Positive is worse.

        Returns
        -------
        list of str
            One for each loss, in the order compared.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> y = [0, 1, 1, 0] * 50
        >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
        >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
        >>> print(*comparison.headlines())
        MSE (Brier): sharp has the lowest mean, 0.0675. Clearly worse: timid (+0.075, 95% interval
        0.0676 to 0.0824).
        """
        return [printable(sentences.headline(results)) for results in self._all_results().values()]

    def sentences(self, models: str | Collection[str] | None = None) -> list[str]:
        """Return the verdict on each pair in plain words, with what limits it.

        Each tells of a model minus a reference, so that positive is worse. The reference is the
        baseline, or else the model with the lower mean loss; of planned pairs it is B.

        Parameters
        ----------
        models : list of str, or str, optional
            Only the pairs among these models; of one model, its pairs with every other. They stay
            corrected for all pairs. By default all.

        Returns
        -------
        list of str
            One for each row of differences.

        Raises
        ------
        ValueError
            For an unknown name, a name given twice, or none.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> rng = np.random.default_rng(0)
        >>> p = rng.uniform(0.05, 0.95, 300)
        >>> y = (rng.random(300) < p).astype(int)
        >>> models = {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)}
        >>> print(*sx.compare_predictions(y, models, losses="mse").sentences())
        MSE (Brier): timid is clearly worse than sharp: +0.0314 (95% interval 0.019 to 0.0439).
        """
        summary, rows = rows_of(self)
        results = self._read(summary, rows)
        if models is not None:
            chosen = read_models(models, dict.fromkeys(row.model for row in summary))
            least = min(len(chosen), 2)
            rows = [row for row in rows if len({row.model_a, row.model_b} & set(chosen)) >= least]
        return [printable(sentences.sentence(results[row.loss], row)) for row in rows]

    def _repr_html_(self) -> str | None:
        # a notebook shows the plain text where there is no HTML
        every = self._read(*rows_of(self))
        return html.fragment(self._report({}, every)) if _told(every) else None

    def _report(
        self, slices: Mapping[str, Any], every: Mapping[str, LossResults] | None = None
    ) -> ReportContent:
        """Return what the report tells; what takes long for many probabilities is left out."""
        every = self._read(*rows_of(self)) if every is None else every
        told = _told(every)
        loss = self._chosen(told).name
        by_slice = [
            (name, self._by(f"slices[{name!r}]", groups)) for name, groups in _read_slices(slices)
        ]
        calibration: list[Parts] = []
        unsaid, classes = "", self._classes
        if self._samples is None:
            unsaid = (
                "Nothing is said here of calibration and slices, for the losses of single samples "
                f"are not known: {self._without_samples}"
            )
        elif isinstance(self._samples.target, Target) and not self._samples.target.is_soft:
            target = self._samples.target
            classes = ClassShares(target.classes.labels, target.prior.tolist())
            by_slice = [("true class", self.per_class), *by_slice]
            if self._samples.n_probabilities > AT_ONCE:
                unsaid = TAKES_LONG
            elif not self._samples.unchanged:
                unsaid = CHANGED
            else:
                known = {(name, model) for name, of in told.items() for model in of.models}
                found = rows_from(self._samples.decompose(), Parts)
                calibration = [parts for parts in found if (parts.loss, parts.model) in known]
        return ReportContent(
            told,
            calibration,
            [(name, means_of(frame[frame["loss"] == loss])) for name, frame in by_slice],
            self.warnings,
            " ".join(self._remarks(every)),
            unsaid,
            self._facts,
            classes,
        )

    def __repr__(self) -> str:
        every = self._read(*rows_of(self))
        if not (told := _told(every)):
            return "Nothing can be told: summary holds no model with a mean loss."
        return text.to_text(list(told.values()), self._remarks(every))

    def _remarks(self, every: Mapping[str, LossResults]) -> list[str]:
        """Return what stands below the rows: on losses that no model has, and on a search."""
        silent = [of for of in every.values() if of.summary and not of.able]
        titles = [printable(of.info.title) for of in silent]
        failed = "failed for every model: see the column reason of .summary."
        return [*([f"{few(titles)} {failed}"] if titles else []), *self._note.splitlines()]

    # --- what to do next ---

    best_set = decisions.best_set
    plan = decisions.plan
    verdict = decisions.verdict

    # --- some of the models, and several runs of each ---

    select = selection.select
    variance_components = runs.variance_components

    # --- pictures ---

    plot = pictures.plot
    plot_reliability = pictures.plot_reliability
    plot_murphy = pictures.plot_murphy

    # --- the forms in which it leaves Python ---

    table = exports.table
    to_frame = exports.to_frame
    to_csv = exports.to_csv
    to_markdown = exports.to_markdown
    to_latex = exports.to_latex
    to_html = exports.to_html
    style = property(exports.style)
    to_dict = saved.to_dict

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Comparison:
        """Read back a comparison that `to_dict` saved: tables, words, and pictures of both.

        What needs the losses of single samples or the splits raises an error that says so.

        Parameters
        ----------
        saved : dict
            What `to_dict` returned.

        Returns
        -------
        Comparison
            The same frames, options and warnings, and the same reports, but for calibration and
            slices.

        Raises
        ------
        ValueError
            When `saved` is not such a dict, was changed, or has another version of the form.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> y = [0, 1, 1, 0] * 50
        >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
        >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
        >>> repr(sx.Comparison.from_dict(comparison.to_dict())) == repr(comparison)
        True
        """
        return cls(**read_saved(saved))


def _told(every: Mapping[str, LossResults]) -> dict[str, LossResults]:
    """Return the results of each loss of which something can be told."""
    return {name: of for name, of in every.items() if of.able}


def _read_slices(slices: Any) -> list[tuple[str, Any]]:
    """Return what slices the samples, by name."""
    if not isinstance(slices, Mapping) or not all(isinstance(name, str) for name in slices):
        raise ValueError(
            'slices must be given as a dict, {"name": slice of each sample}; got '
            f"{shorten(slices)}."
        )
    return list(slices.items())
