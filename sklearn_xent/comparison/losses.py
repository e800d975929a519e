"""Comparing models by losses or scores that were computed elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import get_scorer_names

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import is_number, printable, shorten
from sklearn_xent.comparison.holdout import check_order, codes_of_folds
from sklearn_xent.comparison.result import Comparison, keeps_warnings
from sklearn_xent.comparison.samples import SampleLosses
from sklearn_xent.inference.dependence import check_times
from sklearn_xent.inference.design import Design, Options, pairs_of
from sklearn_xent.inputs.labels import check_text
from sklearn_xent.inputs.loss_tables import LossTable, read_loss_table
from sklearn_xent.inputs.validation import Unlabelled, codes_of_groups, read_flag
from sklearn_xent.losses.given import GivenLoss, sounds_like_score, title_of
from sklearn_xent.losses.loss import LossInfo, LossRange

ONE_TABLE = "mean loss of these models on new items like these"
NEW_RUNS = "mean loss of new runs of these models on new items like these"


@keeps_warnings
def compare_losses(
    losses: Any,
    *,
    item: str | None = None,
    model: str | None = None,
    value: str | None = None,
    run: str | None = None,
    groups: ArrayLike | str | None = None,
    folds: ArrayLike | str | None = None,
    times: ArrayLike | str | None = None,
    sample_weight: ArrayLike | str | None = None,
    missing: Literal["raise", "drop"] = "raise",
    greater_is_better: bool = False,
    name: str | None = None,
    unit: str = "",
    range: tuple[float, float] | None = None,
    baseline: str | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    equivalence_margin: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
    method: Literal["auto", "bootstrap_t"] = "auto",
    seed: int = 0,
) -> Comparison:
    """Compare models by a table of losses, or of scores, of the same items.

    The values may come from anywhere: an LLM evaluation, regression errors, costs in money, a CSV
    of somebody's results. The inference is that of `compare_predictions`.

    Parameters
    ----------
    losses : DataFrame, dict, table of polars or Arrow, or path
        Either one column a model and one row an item (in a dict, a column may be a matrix of shape
        (n_items, n_runs)); or a long table with one row for each item and model, whose columns are
        named by `item`, `model` and `value`. A path, folder or glob names files of CSV, Parquet or
        Feather.
    item : str, optional
        The column that names the items. Without it the index of a DataFrame does, if it does not
        only count rows. Each item must be there once, unless there are runs or groups.
    model, value : str, optional
        The columns of a long table that name the model, and that hold its value for the item.
    run : str, optional
        The column of a long table that tells several runs of a model apart, such as training seeds
        or samples of an LLM. Runs and items are then both taken as random, and the results are
        about new runs on new items. Runs belong to their model: run 1 of one model is never
        matched with run 1 of another. Every model needs as many, two at least.
    groups, folds, times, sample_weight : array-like or str, optional
        One value for each row, or the name of a column; in a long table the same in all rows of an
        item. As in `compare_predictions`. Runs cannot be combined with `folds` or `times`.
    missing : {"raise", "drop"}, default="raise"
        What to do about items that some model lacks, or for which it has nan: raise an error, or
        leave them out for all models. The report says how many.
    greater_is_better : bool, default=False
        Whether the values are scores. The loss is then ``top - score``, where the top is
        ``range[1]`` if that is finite, 1 if all scores are 0 or 1, and else 0. Reports show the
        mean score; differences stay differences of the loss, so that negative means A is better.
    name : str, optional
        What the loss, or the score, is called. By default the column of values of a long table,
        else "loss" or "score".
    unit : str, default=""
        Unit of the values.
    range : (float, float), optional
        The least and the greatest value that can be. Intervals of means stay within it, and
        equivalence needs it: without bounds rare values might be of any size. By default values
        have no bounds, unless all are 0 or 1.
    baseline, pairs, equivalence_margin, confidence_level, method, seed : optional
        As in `compare_predictions`. Runs are compared with ``method="auto"``.

    Returns
    -------
    Comparison
        What needs probabilities, such as `per_class`, `decompose` and `plot_reliability`, is an
        error, and there is no skill. ``sample_losses`` are means over the runs.

    Raises
    ------
    ValueError
        For values that are no finite numbers or lie outside `range`; items that a model lacks or
        has twice; models with different numbers of runs; groups, folds, times or weights that
        differ within an item; values whose name says that they are scores without
        `greater_is_better`; and as in `compare_predictions`.

    Warns
    -----
    DegenerateDifferenceWarning, LeverageWarning, SerialDependenceWarning, FittedModelsWarning
        As in `compare_predictions`.

    Notes
    -----
    Values that are all 0 or 1 are counted, as classification errors are, unless `range` says that
    there are others: Wilson's interval, Agresti and Min's with McNemar's test, and Tango's test of
    equivalence.

    With runs the variance of a difference is that of the items, plus that of the runs of both
    models, less the noise that both hold, with Satterthwaite's degrees of freedom; runs never make
    it smaller. `Comparison.variance_components` says whether more items or more runs would help.

    References
    ----------
    Miller, E. (2024). Adding error bars to evals. arXiv:2411.00640. Satterthwaite, F. E. (1946).
    An approximate distribution of estimates of variance components. Biometrics Bulletin 2, 110-114.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=300)
    >>> errors = {"careful": (truth - 0.9 * truth) ** 2, "lazy": truth**2}
    >>> sx.compare_losses(errors, name="squared_error")
    2 models, 300 items, one table of losses; about these models as they are
    <BLANKLINE>
    careful has the lowest squared error. It is clearly better than lazy.
    <BLANKLINE>
                loss  vs careful  95% interval  verdict
    Squared error
      careful  0.010                            lowest
      lazy     1.037      +1.027  0.86 to 1.19  clearly worse
    <BLANKLINE>
    Clear: p <= 0.05.
    More: .differences .summary .sentences() .plot() .to_html("report.html")
    """
    sides = {"groups": groups, "folds": folds, "times": times, "sample_weight": sample_weight}
    table = read_loss_table(
        losses, sides, item=item, model=model, value=value, run=run, missing=missing
    )
    options = Options.read(
        confidence_level, baseline, equivalence_margin, method, seed, pairs=pairs, names=table.names
    )
    _check_design(table, options)
    is_score = read_flag("greater_is_better", greater_is_better)
    loss = _read_loss(table, name, unit, range, is_score=is_score)
    options = options.with_margins([loss.name])
    comparison = Comparison._from_samples(_samples_of(table, loss, options), options)
    note = f"{_on_left_out(table)} {_on_more(comparison) if table.has_runs else ''}".strip()
    return replace(comparison, _note=note)


def _check_design(table: LossTable, options: Options) -> None:
    """Check that all that was passed about the items can be honoured together."""
    sides = table.sides
    check_order("groups" in sides, "times" in sides, options)
    if not table.has_runs:
        return
    for name in ("folds", "times"):
        if name in sides:
            raise ValueError(
                f"runs and {name}= cannot be combined: the variance between runs is known for "
                "items that are independent, or in groups, and all of one test set. Average the "
                "runs of each item first, and say that the results are about these runs."
            )
    if options.method != "auto":
        raise ValueError(
            f"method={options.method!r} draws items and takes the runs as given, but runs are "
            'random, too. Leave it out: method="auto" allows for both.'
        )


def _samples_of(table: LossTable, loss: GivenLoss, options: Options) -> SampleLosses:
    """Return the losses of all items, as a comparison takes them."""
    runs = table.values if loss.info.top is None else loss.info.top - table.values
    groups = table.sides.get("groups")
    clusters = None if groups is None else codes_of_groups(groups)
    times = table.sides.get("times")
    n_models, _, n = runs.shape
    items = Unlabelled(
        np.arange(n), table.weight, table.index, clusters, None if times is None else times.codes
    )
    if items.times is not None:
        check_times(items.times if items.weight is None else items.times[items.weight > 0])
    design = Design(NEW_RUNS if table.has_runs else ONE_TABLE, np.arange(n))
    if "folds" in table.sides:
        design = Design.from_folds(codes_of_folds(table.sides["folds"], clusters))
    n_pairs = len(pairs_of(table.names, options))
    return SampleLosses(
        table.names,
        [loss],
        runs.mean(axis=1)[None] if table.has_runs else runs[:, 0][None],
        [[0]] * n_models,
        [0] * n_models,
        np.full((1, n_pairs), math.nan),
        items,
        design,
        items.row_labels,
        predicted=(),
        runs=runs[None] if table.has_runs else None,
    )


def _on_left_out(table: LossTable) -> str:
    """Say how many items were left out."""
    n = table.n_left_out
    if not n:
        return ""
    which = "1 item was" if n == 1 else f"{n} items were"
    return f"{which} left out, because some model lacks {'it' if n == 1 else 'them'}."


def _on_more(comparison: Comparison) -> str:
    """Say which of more items or more runs would make clear what is not, if all pairs agree."""
    unclear = comparison.differences["conclusion"] == "not clear"
    parts = comparison.variance_components()
    more = set(parts["more"][unclear.to_numpy()])
    if len(more) != 1:
        return ""
    [better] = more
    grouped = bool(comparison.differences["n_groups"].notna().any())
    other = "runs" if better != "runs" else "groups" if grouped else "items"
    return (
        f"For what is not clear, twice as many {better} would help more than twice as many "
        f"{other}: see .variance_components()."
    )


# --- what is known of the loss --------------------------------------------------------------


def _read_loss(table: LossTable, name: Any, unit: Any, limits: Any, *, is_score: bool) -> GivenLoss:
    """Return what the arguments and the values say of the loss."""
    if not isinstance(unit, str):
        raise ValueError(f"unit must be a string; got {shorten(unit)}.")
    name = _read_name(table, name, is_score=is_score)
    values = table.values
    counted = bool(((values == 0.0) | (values == 1.0)).all())
    low, high = (0.0, 1.0) if counted and limits is None else _read_range(limits)
    _check_within(table, low, high)
    top = None
    if is_score:
        top = high if math.isfinite(high) else 1.0 if counted else 0.0
        low, high = top - high, top - low
    info = LossInfo(title_of(name), printable(unit), top=top)
    # with several runs the means of items are no counts, nor are they where other values can occur
    zero_one = counted and not table.has_runs and (low, high) == (0.0, 1.0)
    return GivenLoss(name, info, (low, high), zero_one)


def _read_name(table: LossTable, name: Any, *, is_score: bool) -> str:
    """Return what the loss is called; a name that says score needs `greater_is_better`."""
    if name is not None and not (isinstance(name, str) and name.strip()):
        raise ValueError(f"name must be a string that is not empty; got {shorten(name)}.")
    found = name or table.value_name or ("score" if is_score else "loss")
    check_text("name", [found])
    if not is_score and (found in get_scorer_names() or sounds_like_score(found)):
        raise ValueError(
            f"the values are called {shorten(found)}, of which higher ones are better, but they "
            "would be taken as losses. Pass greater_is_better=True; or, if lower is better, "
            'another name, such as name="error".'
        )
    return str(found)


def _read_range(limits: Any) -> LossRange:
    """Return the least and the greatest value; infinite where none were given."""
    if limits is None:
        return -math.inf, math.inf
    is_pair = isinstance(limits, Sequence | np.ndarray) and not isinstance(limits, str)
    if not is_pair or len(limits) != 2 or not all(map(is_number, limits)):
        raise ValueError(
            f"range must be a pair of numbers, the least and the greatest value; got "
            f"{shorten(limits)}."
        )
    low, high = map(float, limits)
    if not low < high:
        raise ValueError(
            f"range must be the least and the greatest value, in this order; got {shorten(limits)}."
        )
    return low, high


def _check_within(table: LossTable, low: float, high: float) -> None:
    """Check that no value lies outside the range."""
    values: Floats = table.values
    outside = np.argwhere((values < low) | (values > high))
    if len(outside):
        model, run, item = outside[0]
        raise ValueError(
            f"values must lie within range, {low:g} to {high:g}; {len(outside)} do not, first "
            f"{values[model, run, item]:.6g} of model {table.names[model]!r} for item "
            f"{shorten(table.row_labels[item])}. Correct them, or the range."
        )
