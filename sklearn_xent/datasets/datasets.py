"""Compare models on several data sets: one statement about these, one about others like them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, overload

import pandas as pd

from sklearn_xent._messages import listening, one_line, printable, shorten, shorten_all, warn
from sklearn_xent.comparison.exports import written
from sklearn_xent.comparison.result import Comparison
from sklearn_xent.comparison.saved import class_shares, keep
from sklearn_xent.datasets import runs as dataset_runs
from sklearn_xent.datasets import tables as dataset_tables
from sklearn_xent.datasets.tables import Scale, failures
from sklearn_xent.exceptions import FailedModelWarning, XentWarning
from sklearn_xent.inference.datasets import critical_difference, friedman
from sklearn_xent.inference.design import Options
from sklearn_xent.inputs.validation import read_names
from sklearn_xent.losses.loss import Loss, LossInfo
from sklearn_xent.losses.registry import name_among, read_losses
from sklearn_xent.plots.datasets import ForestDisplay, RanksDisplay
from sklearn_xent.report import dataset_html, tables
from sklearn_xent.report import datasets as words
from sklearn_xent.report.datasets import DatasetResults, StudyOfDatasets
from sklearn_xent.report.rows import (
    DatasetDifferenceRow,
    DatasetRow,
    SummaryOfDatasets,
    read_rows,
)

Table = Literal["summary", "differences", "losses"]


@dataclass(frozen=True, repr=False, eq=False)
class DatasetsComparison:
    """Compare models on several data sets. Made by `compare_datasets`.

    Printing it shows the verdict, a table of every model minus the one with the lowest mean loss
    (or the baseline), and notes of what limits it. Two questions are told apart: the mean over
    *these* data sets, whose error comes from within them, and the mean over data sets *like these*,
    of which they are a sample: its error comes from the spread between them.

    Attributes
    ----------
    differences : DataFrame
        Two rows for each loss and pair of models, A before B:

        - ``loss``, ``model_a``, ``model_b``, ``question`` ("these" or "like these"),
          ``n_datasets``: where both models have losses.
        - ``difference``: the unweighted mean of loss A minus loss B; negative means A is better.
        - ``std_error``, ``conf_low``, ``conf_high``, ``df``, ``pvalue``: of "these"
          ``sqrt(sum se**2) / k`` with Satterthwaite's degrees of freedom; of "like these" Student's
          t on the differences of the data sets, k - 1.
        - ``pvalue_holm``: corrected for all pairs of the loss and the question (Holm).
        - ``wins``, ``ties``, ``losses``: on how many data sets A is clearly better, neither is,
          B is clearly better.
        - ``new_low``, ``new_high``: prediction interval of the difference on a new data set like
          these, ``mean +- t(k-1) s sqrt(1 + 1/k)``; nan for "these".
        - ``conclusion``: "a better", "b better" or "not clear", from `pvalue_holm`.
        - ``caution``: names of what limits the row, joined by "; ": "few data sets" (fewer than
          10), "data sets left out" (a model failed there), "data sets disagree" (a claim, although
          each model is clearly better on some), "one data set decides" (a claim that does not hold
          without it), "limited within" (data sets whose own rows have cautions make up most of the
          error), "no spread".
        - ``confidence_level``; ``pvalue_wilcoxon``, ``pvalue_wilcoxon_holm``: of the signed-rank
          test, for those who must report it; ``spread``, ``noise``: standard deviation of the
          true differences between data sets, and of the noise within one; ``chance_a_better``: on a
          new data set, nan for "these" and for fewer than 10 data sets.
    summary : DataFrame
        ``loss, model, mean_loss, mean_rank, n_datasets``: over the data sets where all models
        have losses.
    by_dataset : DataFrame
        The differences of every data set, with a column ``dataset`` before those of
        `Comparison.differences`.
    ranks : DataFrame
        ``loss, dataset, model, rank``: 1 is the lowest loss, ties share the mean of their ranks.
    comparisons : dict of str to Comparison
        The comparison on each data set.
    warnings : list of Warning
        What was warned of when they were combined.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> p, draw = np.random.default_rng(0).random((2, 12, 200))
    >>> comparisons = {
    ...     f"set {i}": sx.compare_predictions(
    ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
    ...     )
    ...     for i in range(12)
    ... }
    >>> compared = sx.compare_datasets(comparisons)
    >>> compared.differences[["question", "difference", "conf_low", "conf_high"]].round(3)
         question  difference  conf_low  conf_high
    0       these      -0.013    -0.016     -0.011
    1  like these      -0.013    -0.018     -0.009
    """

    summary: pd.DataFrame
    differences: pd.DataFrame
    by_dataset: pd.DataFrame
    ranks: pd.DataFrame
    comparisons: Mapping[str, Comparison]
    _losses: Mapping[str, LossInfo]
    _means: Mapping[str, pd.DataFrame]
    """For each loss the mean losses: one row a model, one column a data set."""
    _study: StudyOfDatasets
    warnings: Sequence[Warning] = field(default_factory=list)

    # --- words ---

    def _read_loss(self, loss: str | Loss | None) -> str:
        """Return the name of a loss, by default the last that counts no errors."""
        names = list(self._losses)
        if loss is None:
            return ([x for x in names if x != "classification_error"] or names)[-1]
        return name_among(loss, names)

    def _read(self) -> dict[str, DatasetResults]:
        """Return the results of every loss, from the rows that are left in the frames.

        What is told is of the models that are left in summary.
        """
        summary = read_rows("summary", self.summary, SummaryOfDatasets)
        differences = read_rows("differences", self.differences, DatasetDifferenceRow)
        by_dataset = read_rows("by_dataset", self.by_dataset, DatasetRow)
        out = {}
        for name, info in self._losses.items():
            rows = [row for row in summary if row.loss == name]
            models, baseline = {row.model for row in rows}, self._study.baseline
            out[name] = DatasetResults(
                info,
                rows,
                [x for x in differences if x.loss == name and {x.model_a, x.model_b} <= models],
                [x for x in by_dataset if x.loss == name and {x.model_a, x.model_b} <= models],
                replace(self._study, baseline=baseline if baseline in models else None),
            )
        return out

    def _results(self, name: str) -> DatasetResults:
        return self._read()[name]

    def _with_rows(self) -> list[DatasetResults]:
        """Return the results of every loss of which some difference is left."""
        found = [results for results in self._read().values() if results.differences]
        if not found:
            raise ValueError(
                "differences holds no row of models in summary, so there is nothing to tell."
            )
        return found

    def _told(self) -> list[DatasetResults]:
        """Return the results of every loss of which some pair is left, with both questions."""
        return [results for results in self._read().values() if results.pairs()]

    def _all_results(self) -> list[DatasetResults]:
        """Return the same; an error where no pair is left."""
        told = self._told()
        if not told:
            raise ValueError(f"{words.NO_PAIR}, so there is nothing to tell. {words.KEEP_BOTH}")
        return told

    def __repr__(self) -> str:
        told = self._told()
        return words.to_text(told) if told else f"Nothing can be told: {words.NO_PAIR}."

    def _repr_html_(self) -> str | None:
        # a notebook shows the plain text where there is no HTML
        told = self._told()
        return dataset_html.fragment(told, self.warnings) if told else None

    def sentences(self) -> list[str]:
        """Return both answers on each pair in plain words, with what limits them.

        Each tells of a model minus a reference, so that positive is worse. The reference is the
        baseline, or else the model with the lower mean loss; of planned pairs it is B.

        Returns
        -------
        list of str
            One for each row of differences.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> p, draw = np.random.default_rng(0).random((2, 12, 200))
        >>> comparisons = {
        ...     f"set {i}": sx.compare_predictions(
        ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
        ...     )
        ...     for i in range(12)
        ... }
        >>> print(sx.compare_datasets(comparisons).sentences()[0])
        MSE (Brier), mean over these 12 data sets: timid is clearly worse than sharp: +0.0135 (95%
        interval 0.0106 to 0.0164). It is clearly worse on 7 data sets, clearly better on 0, not
        clear on 5.
        """
        return [
            printable(text) for results in self._with_rows() for text in words.sentences(results)
        ]

    # --- pictures ---

    def plot(
        self,
        models: tuple[str, str] | None = None,
        *,
        loss: str | Loss | None = None,
        ax: Any = None,
    ) -> ForestDisplay:
        """Draw the difference of two models on every data set, and both means: a forest plot.

        Parameters
        ----------
        models : (str, str), optional
            A model and the reference: the picture shows the first minus the second. By default
            the two with the lowest mean loss, or the lowest and the baseline, or the first planned
            pair.
        loss : str or Loss, optional
            By default the last one compared, other than the classification error.
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure, taller for more data sets.

        Returns
        -------
        ForestDisplay
            The picture, drawn.

        Raises
        ------
        ValueError
            For a pair or a loss that was not compared.
        ImportError
            Without matplotlib.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> p, draw = np.random.default_rng(0).random((2, 3, 200))
        >>> comparisons = {
        ...     f"set {i}": sx.compare_predictions(
        ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
        ...     )
        ...     for i in range(3)
        ... }
        >>> sx.compare_datasets(comparisons).plot().ax_.get_title(loc="left")
        'MSE (Brier): timid compared with sharp'
        """
        return ForestDisplay.from_comparison(self, models, loss=loss, ax=ax)

    def plot_ranks(self, *, loss: str | Loss | None = None, ax: Any = None) -> RanksDisplay:
        """Draw the mean ranks with the critical difference of Nemenyi's test.

        For those who must report it. Ranks say nothing of the size of a difference, and whether two
        models differ depends on which others are compared. The note below the picture says so.

        Parameters
        ----------
        loss : str or Loss, optional
            By default the last one compared, other than the classification error.
        ax : matplotlib Axes, optional
            Where to draw. By default a new figure.

        Returns
        -------
        RanksDisplay
            The picture, drawn.

        Raises
        ------
        ValueError
            For a loss that was not compared, and where fewer than two data sets have losses of all
            models.
        ImportError
            Without matplotlib.

        References
        ----------
        Demsar, J. (2006). Statistical comparisons of classifiers over multiple data sets. Journal
        of Machine Learning Research 7, 1-30.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> p, draw = np.random.default_rng(0).random((2, 3, 200))
        >>> comparisons = {
        ...     f"set {i}": sx.compare_predictions(
        ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
        ...     )
        ...     for i in range(3)
        ... }
        >>> sx.compare_datasets(comparisons).plot_ranks().mean_ranks["model"].tolist()
        ['sharp', 'timid']
        """
        return RanksDisplay.from_comparison(self, loss=loss, ax=ax)

    def _ranks_of(self, loss: str | Loss | None) -> tuple[pd.DataFrame, float, float, int]:
        """Return mean ranks, critical difference, Friedman's p-value and number of data sets."""
        rows = self.ranks[self.ranks["loss"] == self._read_loss(loss)]
        wide = rows.pivot(index="model", columns="dataset", values="rank")
        n_models, n = wide.shape
        if n < 2 or n_models < 2:
            raise ValueError(
                "plot_ranks needs two data sets on which every model has a loss; there "
                f"{'is' if n == 1 else 'are'} {n}. Leave out the models that failed."
            )
        means = wide.mean(axis=1).sort_values(kind="stable")
        frame = pd.DataFrame({"model": means.index, "mean_rank": means.to_numpy()})
        distance = critical_difference(n_models, n, self._study.level)
        return frame, distance, friedman(wide.to_numpy()), n

    # --- the forms in which it leaves Python ---

    def table(self) -> pd.DataFrame:
        """Return the mean losses for a slide: a row for each model, a column for each loss.

        Marks in parentheses: ``best``, the lowest mean; ``worse`` or ``better``: clearly so on data
        sets like these, compared with the best, or with the baseline; ``here``: clearly so for
        the mean of these data sets only; with a question mark where there is a caution.

        Returns
        -------
        DataFrame
            The index holds the models, the lowest loss first: of the last loss, other than the
            classification error. All cells are text; ``attrs["note"]`` says what the marks mean.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> p, draw = np.random.default_rng(0).random((2, 12, 200))
        >>> comparisons = {
        ...     f"set {i}": sx.compare_predictions(
        ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
        ...     )
        ...     for i in range(12)
        ... }
        >>> sx.compare_datasets(comparisons).table()
                  MSE (Brier)
        model
        sharp   0.1657 (best)
        timid  0.1792 (worse)
        """
        return words.slide(self._all_results(), self._results(self._read_loss(None)).ranked)

    @overload
    def to_latex(
        self, path: None = None, *, table: Table = ..., loss: str | Loss | None = ...
    ) -> str: ...
    @overload
    def to_latex(
        self, path: str | os.PathLike[str], *, table: Table = ..., loss: str | Loss | None = ...
    ) -> None: ...
    def to_latex(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        table: Table = "summary",
        loss: str | Loss | None = None,
    ) -> str | None:
        r"""Return a LaTeX tabular with the rules of the package booktabs, rounded; names escaped.

        Parameters
        ----------
        path : str or path-like, optional
            Where to write it, in UTF-8. By default it is returned.
        table : {"summary", "differences", "losses"}, default="summary"
            Which table: "losses" has a row for each loss and data set and a column for each model.
        loss : str or Loss, optional
            The loss to write. By default the table has all losses.

        Returns
        -------
        str or None
            The text; None if it was written.

        Raises
        ------
        ValueError
            For another table, or a loss that was not compared.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> p, draw = np.random.default_rng(0).random((2, 3, 200))
        >>> comparisons = {
        ...     f"set {i}": sx.compare_predictions(
        ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
        ...     )
        ...     for i in range(3)
        ... }
        >>> print(sx.compare_datasets(comparisons).to_latex())
        \begin{tabular}{llrrr}
        \toprule
        loss & model & mean\_loss & mean\_rank & n\_datasets \\
        \midrule
        brier\_loss & sharp & 0.1661 & 1.00 & 3 \\
        brier\_loss & timid & 0.1798 & 2.00 & 3 \\
        \bottomrule
        \end{tabular}
        """
        results = self._with_rows() if loss is None else [self._results(self._read_loss(loss))]
        ranked = self._results(self._read_loss(loss)).ranked
        frames = {
            "summary": lambda: words.summary_table(results),
            "differences": lambda: words.pairs_table(results),
            "losses": lambda: words.losses_table(self._means, results, ranked),
        }
        if not isinstance(table, str) or table not in frames:
            raise ValueError(f"table must be among {', '.join(frames)}; got {shorten(table)}.")
        return written(tables.to_latex(frames[table]()), path)

    @overload
    def to_html(self, path: None = None, *, title: str | None = ...) -> str: ...
    @overload
    def to_html(self, path: str | os.PathLike[str], *, title: str | None = ...) -> None: ...
    def to_html(
        self, path: str | os.PathLike[str] | None = None, *, title: str | None = None
    ) -> str | None:
        """Return the report as a page in HTML that needs nothing else.

        Parameters
        ----------
        path : str or path-like, optional
            Where to write it, in UTF-8. By default it is returned.
        title : str, optional
            Its title.

        Returns
        -------
        str or None
            The page; None if it was written.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> p, draw = np.random.default_rng(0).random((2, 3, 200))
        >>> comparisons = {
        ...     f"set {i}": sx.compare_predictions(
        ...         draw[i] < p[i], {"sharp": p[i], "timid": 0.2 + 0.6 * p[i]}, losses="mse"
        ...     )
        ...     for i in range(3)
        ... }
        >>> sx.compare_datasets(comparisons).to_html(title="Sharp or timid")[:15]
        '<!doctype html>'
        """
        if title is not None and not isinstance(title, str):
            raise ValueError(f"title must be a string; got {shorten(title)}.")
        title = None if title is None else one_line(title)
        return written(dataset_html.document(self._all_results(), self.warnings, title), path)


# --- the entrance ---------------------------------------------------------------------------


def compare_datasets(
    datasets: Mapping[str, Any],
    models: Mapping[str, Any] | None = None,
    *,
    cv: Any = None,
    losses: Sequence[str | Loss] | str | Loss | None = None,
    scale: Scale = "raw",
    response_method: str | Sequence[str] | None = None,
    normalize: bool | None = None,
    baseline: str | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    equivalence_margin: float | Mapping[str, float] | None = None,
    confidence_level: float | None = None,
    error_score: float | Literal["raise"] | None = None,
    n_jobs: int | None = None,
    progress: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
) -> DatasetsComparison:
    """Compare models on several data sets, and say what that means for these and for others.

    Pass a `Comparison` for each data set, from any function that makes them; or the data with
    `models`, which are then compared by `compare_models` on one data set after another. Each data
    set counts the same, whatever its size.

    Parameters
    ----------
    datasets : dict of str to Comparison, to (X, y), or to dict
        At least two. A dict has "X", "y" and if needed "groups", "times", "sample_weight".
    models : dict of str to estimator, optional
        Needed for data, as in `compare_models`.
    cv : int or splitter, optional
        As in `compare_models`, for every data set.
    losses : sequence of str or Loss, optional
        As in `compare_models`.
    scale : {"raw", "skill"}, default="raw"
        "skill" divides the losses of each data set by that of always predicting its class
        frequencies, for data sets that differ in the size of their losses: 0 is perfect, 1 is no
        better than the frequencies, and differences are shares of that loss. The frequencies are
        taken as known.
    response_method : str or sequence of str, optional
        As in `compare_models`; so are the next ones.
    normalize : bool, optional
        Whether to divide each row of probabilities by its sum.
    baseline : str, optional
        Compare each model with this one only, instead of all pairs.
    pairs : list of (str, str), optional
        Planned contrasts; excludes `baseline`.
    equivalence_margin : float or dict, optional
        The greatest difference that does not matter, on each data set.
    confidence_level : float, optional
        Level of the intervals, by default 0.95.
    error_score : "raise" or nan, optional
        Whether a model that fails raises, or is left out on this data set.
    n_jobs : int, optional
        How many fits of a data set run in parallel, as in joblib.
    progress : bool, default=False
        Whether to show how many of the data sets are done.
    checkpoint : str or path-like, optional
        A folder in which the comparison on each data set is kept, as JSON. What is there from the
        same data, models and arguments, and the same versions of this package and of scikit-learn,
        is not made again. A process may be killed at any time. Changes in the code of your own
        models are not seen: empty the folder then. What is read back has no losses of single
        samples.

    Returns
    -------
    DatasetsComparison
        The answers for these data sets, and for others like them.

    Raises
    ------
    ValueError
        For fewer than two data sets; other models, losses, pairs, confidence levels or kinds of
        question on one of them; the same data twice; arguments of `compare_models` beside
        comparisons; and as in `compare_models`, with a note that names the data set.

    Warns
    -----
    FailedModelWarning
        When a model failed on some data sets: they are left out for its pairs.
    XentWarning
        As in `compare_models`, once for each kind; and when raw Brier losses of two classes, which
        are halved, are averaged with others.

    References
    ----------
    Demsar, J. (2006). Statistical comparisons of classifiers over multiple data sets. Journal of
    Machine Learning Research 7, 1-30. IntHout, J., Ioannidis, J., Rovers, M. and Goeman, J.
    (2016). Plea for routinely presenting prediction intervals in meta-analysis. BMJ Open 6,
    e010247.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> from sklearn.datasets import load_iris, load_wine
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> data = {f.__name__[5:]: f(return_X_y=True) for f in (load_iris, load_wine)}
    >>> models = {"bayes": GaussianNB(), "neighbours": KNeighborsClassifier(15)}
    >>> compared = sx.compare_datasets(data, models, losses="brier_loss")
    >>> compared.summary[["model", "mean_loss", "mean_rank", "n_datasets"]].round(3)
            model  mean_loss  mean_rank  n_datasets
    0       bayes      0.060        1.5           2
    1  neighbours      0.216        1.5           2
    """
    names = read_names("datasets", datasets, of="data sets")
    if len(names) < 2:
        raise ValueError(
            f"datasets must be at least two; got {len(names)}. Compare models on one data set with "
            "compare_models."
        )
    scale = dataset_tables.read_scale(scale)
    arguments = {
        "cv": cv,
        "losses": losses,
        "response_method": response_method,
        "normalize": normalize,
        "baseline": baseline,
        "pairs": pairs,
        "equivalence_margin": equivalence_margin,
        "confidence_level": confidence_level,
        "error_score": error_score,
    }
    given = {key: value for key, value in arguments.items() if value is not None}
    are_made = [isinstance(datasets[name], Comparison) for name in names]
    if all(are_made):
        others = {"models": models, "n_jobs": n_jobs, "checkpoint": checkpoint}
        others["progress"] = progress or None
        _check_unused([*given, *(key for key, value in others.items() if value is not None)])
        return _combine(lambda: {name: datasets[name] for name in names}, scale)
    if any(are_made):
        odd = names[are_made.index(not are_made[0])]
        raise ValueError(
            "datasets must be all comparisons or all data; got both: "
            f"{shorten(names[0])} and {shorten(odd)} differ."
        )
    if models is None:
        raise ValueError(
            f"data needs models={{name: estimator}}; got none, and {shorten(names[0])} is no "
            "Comparison. Of scores of splits make one for each data set by compare_scores; with "
            "one score a data set, pass the table to compare_losses, item= the data set."
        )
    data = {name: datasets[name] for name in names}
    return _combine(lambda: _make(data, models, given, n_jobs, progress, checkpoint), scale)


def _check_unused(names: Sequence[str]) -> None:
    if names:
        raise ValueError(
            f"{', '.join(names)} cannot be used: these data sets are comparisons, which were made "
            "with arguments of their own. Pass them where the comparisons are made."
        )


def _make(
    datasets: Mapping[str, Any],
    models: Mapping[str, Any],
    given: Mapping[str, Any],
    n_jobs: int | None,
    progress: bool,
    checkpoint: Any,
) -> dict[str, Comparison]:
    """Check all arguments, and compare the models on every data set."""
    names = read_names("models", models)
    if len(names) < 2:
        raise ValueError(f"models must be at least two to compare; got {shorten_all(names)}.")
    dataset_runs.read_cv(given.get("cv"))
    chosen = read_losses(given.get("losses"))
    Options.read(
        given.get("confidence_level", 0.95),
        given.get("baseline"),
        given.get("equivalence_margin"),
        pairs=given.get("pairs"),
        names=names,
    ).with_margins([loss.name for loss in chosen])
    data = dataset_runs.read_data(datasets)
    arguments = {**given, "losses": chosen}
    folder = dataset_runs.Folder.read(checkpoint)
    return dataset_runs.run(
        data, models, arguments, folder=folder, n_jobs=n_jobs, progress=progress
    )


def _combine(make: Callable[[], Mapping[str, Comparison]], scale: Scale) -> DatasetsComparison:
    """Return the tables of all data sets, and what was warned of."""
    with listening() as heard:
        comparisons = make()
        dataset_tables.check_alike(comparisons)
        first, failed = next(iter(comparisons.values())), failures(comparisons)
        by_dataset = dataset_tables.rows_by_dataset(comparisons, scale)
        means = dataset_tables.mean_losses(comparisons, scale)
        _warn(comparisons, failed, scale)
    return DatasetsComparison(
        dataset_tables.summary_frame(means),
        dataset_tables.combine(by_dataset, len(comparisons), first._options.level),
        by_dataset,
        dataset_tables.rank_frame(means),
        comparisons,
        {name: first._losses[name] for name in means},
        means,
        _study_of(comparisons, scale),
        heard,
    )


def _warn(
    comparisons: Mapping[str, Comparison], failed: Mapping[str, Mapping[str, str]], scale: Scale
) -> None:
    """Warn of what limits the combination."""
    if failed:
        name, reasons = next(iter(failed.items()))
        model, why = next(iter(reasons.items()))
        warn(
            f"models failed on {len(failed)} of {len(comparisons)} data sets "
            f"({shorten_all(failed)}), which are left out for their pairs, and for mean losses and "
            f"ranks of all; the first: {shorten(model)} on {shorten(name)}: {why}",
            FailedModelWarning,
        )
    if scale == "raw" and _mixes_halves(comparisons):
        warn(
            "brier_loss is halved where there are two classes, and not where there are more: these "
            'data sets weigh differently. Pass scale="skill", or '
            'losses=[get_loss("brier_loss").with_options(scale_by_half=False)].',
            XentWarning,
        )


def _mixes_halves(comparisons: Mapping[str, Comparison]) -> bool:
    """Return whether Brier losses of two classes are halved, and those of others are not."""
    has_two = set()
    for comparison in comparisons.values():
        options = keep(comparison).options.get("brier_loss", {})
        classes = class_shares(comparison)
        if classes is not None and options.get("scale_by_half") == "auto":
            has_two.add(len(classes.labels) == 2)
    return len(has_two) == 2


def _study_of(comparisons: Mapping[str, Comparison], scale: Scale) -> StudyOfDatasets:
    """Return what all losses share, for the reports."""
    first = next(iter(comparisons.values()))
    options, studies = first._options, [keep(x).study for x in comparisons.values()]
    designs = {study.design for study in studies}
    baselines = {x._options.baseline for x in comparisons.values()}
    return StudyOfDatasets(
        names=list(comparisons),
        level=options.level,
        scale=scale,
        design=designs.pop() if len(designs) == 1 else "",
        sizes=[study.n_samples for study in studies if study.n_samples is not None],
        retrained=studies[0].retrained,
        baseline=options.baseline if len(baselines) == 1 else None,
        planned=options.planned is not None,
        failures=failures(comparisons),
    )
