"""Several runs of each model: their estimates, their slices, and where the variance comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent.comparison.estimates import Estimates, SampleEstimates
from sklearn_xent.comparison.samples import SampleLosses
from sklearn_xent.inference.best_set import Flags
from sklearn_xent.inference.design import Options, Pair, pairs_of
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inference.paired_tests import (
    Estimate,
    Method,
    PairedTest,
    mean_t,
    t_interval,
    t_test,
)
from sklearn_xent.inference.planning import Pilot
from sklearn_xent.inference.runs import RunVariance, parts_of_model
from sklearn_xent.inference.small_samples import FEWEST_IN_SLICE

ITEMS_AND_RUNS = (
    "several runs of each model make noise that more items do not lessen; variance_components() "
    "says which to buy more of"
)

# --- estimates ------------------------------------------------------------------------------


class RunEstimates(SampleEstimates):
    """One loss of several runs of each model: `runs` is (n_models, n_runs, n_samples)."""

    def __init__(self, *arguments: Any, runs: Floats) -> None:
        super().__init__(*arguments)
        self.runs = runs

    @property
    def counts_errors(self) -> bool:
        """Whether errors are counted: means over runs are no counts."""
        return False

    def variance(self, which: int | Pair) -> RunVariance:
        """Return where the variance of a mean or of a difference comes from."""
        models = (which,) if isinstance(which, int) else which
        moments = self.models[which] if isinstance(which, int) else self.moments_of(which)
        parts = [self._parts[model] for model in models]
        return RunVariance.from_parts(parts, self._independent(moments, which), self.runs.shape[1])

    @cached_property
    def _parts(self) -> list[tuple[float, float]]:
        """For each model the variance of its runs and the noise, which all its pairs share."""
        return [parts_of_model(x, self.target.weight, self.target.groups) for x in self.runs]

    def estimate(self, model: int) -> tuple[Estimate, Method]:
        """Return the mean loss with its interval, about new items and new runs."""
        of_items, _ = super().estimate(model)
        method = Method.CLUSTERED_RUNS_INTERVAL if self.clustered else Method.RUNS_INTERVAL
        if math.isnan(of_items.std_error):
            return of_items, method
        return _with_runs(of_items.value, self.variance(model), self.options.level), method

    def test(self, pair: Pair, scale: float) -> PairedTest:
        """Return the t-test with the variance of items and runs."""
        of_items = super().test(pair, scale)
        method = Method.CLUSTERED_RUNS_T if self.clustered else Method.RUNS_T
        if math.isnan(of_items.std_error):
            return replace(of_items, method=method)
        variance = self.variance(pair)
        estimate = _with_runs(of_items.value, variance, self.options.level)
        return t_test(estimate, variance.df, method)

    def may_be_best(self, models: Sequence[int]) -> Flags | str:
        """Return which of some models may be best, by the tests: runs are no items to draw from."""
        return Estimates.may_be_best(self, models)

    def pilot(self, pair: Pair) -> Pilot | str:  # noqa: ARG002
        """Return why one number is no plan: items and runs are bought apart."""
        return ITEMS_AND_RUNS


def run_estimates(samples: SampleLosses, options: Options) -> list[SampleEstimates]:
    """Return the estimates of each loss."""
    return list(_run_estimates(samples, options))


def _run_estimates(samples: SampleLosses, options: Options) -> list[RunEstimates]:
    assert samples.runs is not None
    return [
        RunEstimates(loss, values, samples.target, samples.design, options, runs=runs)
        for loss, values, runs in zip(samples.losses, samples.values, samples.runs, strict=True)
    ]


def _with_runs(mean: float, variance: RunVariance, level: float) -> Estimate:
    return t_interval(mean, math.sqrt(variance.total), variance.df, level)


# --- slices ---------------------------------------------------------------------------------


def runs_by_model(
    names: Sequence[str], runs: Floats, pairs: Sequence[Pair] | None
) -> list[tuple[dict[str, str], tuple[Floats, ...]]]:
    """Return the runs of each model, or of both models of each pair, with their names."""
    if pairs is None:
        return [({"model": name}, (of_model,)) for name, of_model in zip(names, runs, strict=True)]
    return [({"model_a": names[a], "model_b": names[b]}, (runs[a], runs[b])) for a, b in pairs]


class RunSlice:
    """Means of one model, or differences of two, over new items and new runs."""

    def __init__(self, samples: SampleLosses, level: float) -> None:
        self.target, self.level = samples.target, level

    def __call__(self, x: Sequence[Floats], positions: Codes) -> tuple[Estimate, str]:
        """Return the mean of some samples, by position, and why it has no interval."""
        target, runs = self.target, [of_model[:, positions] for of_model in x]
        weight = None if target.weight is None else target.weight[positions]
        groups = None
        if target.groups is not None:
            groups = np.unique(target.groups[positions], return_inverse=True)[1]
        means = runs[0].mean(axis=0) - (runs[1].mean(axis=0) if len(runs) > 1 else 0.0)
        moments = Moments.from_samples(means, weight, groups)
        estimate = mean_t(moments, self.level)
        none = Estimate(estimate.value, math.nan, math.nan, math.nan)
        if moments.effective_n < FEWEST_IN_SLICE:
            return none, f"fewer than {FEWEST_IN_SLICE} {'items' if groups is None else 'groups'}"
        if math.isnan(estimate.std_error):
            return none, "the loss is the same for every item"
        variance = RunVariance.from_runs(runs, moments, weight, groups)
        return _with_runs(estimate.value, variance, self.level), ""


# --- where the variance comes from ----------------------------------------------------------


class HasRuns(Protocol):
    """What `variance_components` needs of a comparison."""

    @property
    def _options(self) -> Options: ...
    def _each_sample(self) -> SampleLosses: ...


COLUMNS = (
    "loss", "model_a", "model_b", "n_items", "n_groups", "n_runs", "std_error", "items", "runs",
    "noise", "std_error_twice_items", "std_error_twice_runs", "more",
)  # fmt: skip


def variance_components(self: HasRuns) -> pd.DataFrame:
    """Return where the variance of each difference comes from: of which to buy more.

    Only for several runs of each model, as `compare_losses` takes them by ``run=``.

    Returns
    -------
    DataFrame
        One row for each pair: ``loss, model_a, model_b, n_items, n_groups, n_runs``;
        ``std_error`` of the difference, whose square is the sum of ``items`` (other items, or
        groups of items, would give another difference), ``runs`` (so would other runs of the
        models) and ``noise`` (single values vary beside both; more of either averages it out).
        ``std_error_twice_items`` and ``std_error_twice_runs`` foretell the standard error with
        twice as many items (or groups of them), or runs; ``more`` names what lowers it more:
        "items", "groups" or "runs".

    Raises
    ------
    ValueError
        For a comparison without runs.

    Examples
    --------
    Two models that differ by 0.3, five runs each. Their runs differ much:

    >>> import numpy as np
    >>> import pandas as pd
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> difficulty, luck = rng.normal(size=100), rng.normal(size=(2, 5))
    >>> rows = [(model, run, i, 0.3 * m + difficulty[i] + luck[m, run] + rng.normal())
    ...         for m, model in enumerate("ab") for run in range(5) for i in range(100)]
    >>> table = pd.DataFrame(rows, columns=["model", "run", "item", "loss"])
    >>> comparison = sx.compare_losses(table, item="item", model="model", value="loss", run="run")
    >>> comparison.variance_components()[["items", "runs", "noise", "more"]].round(4)
       items   runs   noise  more
    0    0.0  0.471  0.0033  runs
    """
    samples = self._each_sample()
    if samples.runs is None:
        raise ValueError(
            "variance_components needs several runs of each model: compare_losses(..., run=...)."
        )
    grouped, rows = samples.target.groups is not None, []
    pairs = pairs_of(samples.names, self._options)
    for one in _run_estimates(samples, self._options):
        for a, b in pairs:
            parts = one.variance((a, b))
            twice_items, twice_runs = parts.std_error_with(2, 1), parts.std_error_with(1, 2)
            row = (
                one.loss, samples.names[a], samples.names[b], samples.n_samples, samples.n_groups,
                parts.n_runs, math.sqrt(parts.total), parts.of_items, parts.of_runs,
                parts.of_noise, twice_items, twice_runs,
                "runs" if twice_runs < twice_items else "groups" if grouped else "items",
            )  # fmt: skip
            rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS).astype({"n_groups": "Int64"})
