"""Decide by a comparison: what may still be best, how much more data, and whether to release.

The functions are methods of `Comparison`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from sklearn_xent._messages import is_number, printable, shorten, shorten_all
from sklearn_xent.comparison.estimates import Estimates, MomentEstimates, SplitEstimates
from sklearn_xent.comparison.exports import Exported, difference_rows_of, rows_of, summary_rows_of
from sklearn_xent.comparison.frames import (
    NOT_ASKED_FOR,
    clearly_worse,
    estimates_of_samples,
    find_best_set,
)
from sklearn_xent.comparison.samples import SampleLosses, SplitScores
from sklearn_xent.comparison.selection import Family
from sklearn_xent.comparison.split_scores import ModelScores, beside
from sklearn_xent.inference.bootstrap import Claim
from sklearn_xent.inference.cautions import Caution, join_cautions, read_cautions
from sklearn_xent.inference.design import Options, Pair
from sklearn_xent.inference.paired_tests import check_margin
from sklearn_xent.inference.planning import (
    POWER,
    Pilot,
    detectable_difference,
    n_for_equivalence,
    n_for_half_width,
    n_for_power,
)
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import ALIASES, name_among
from sklearn_xent.report.rows import DifferenceRow, ranked_from_one


@dataclass(frozen=True)
class Sums:
    """What is known of every loss where single samples are not: sums, as of a stream."""

    names: Sequence[str]
    """Of the models."""
    estimates: Sequence[Estimates]


class Decided(Exported, Protocol):
    """What the functions need of a comparison."""

    @property
    def _options(self) -> Options: ...
    @property
    def _samples(self) -> SampleLosses | None: ...
    @property
    def _splits(self) -> SplitScores | None: ...
    @property
    def _sums(self) -> Sums | None: ...
    @property
    def _family(self) -> Family: ...


# --- which models may still be best ---------------------------------------------------------

NO_SET = "best_set cannot tell which models may be best: {}."


def best_set(self: Decided, loss: str | Loss | None = None) -> list[str]:
    """Return the models that may still be the best, the lowest loss first.

    The set contains a best model, one whose mean loss on new samples is the lowest, with the
    confidence of the comparison. A model that is missing is worse than some other model by more
    than chance explains. This asks less than which pairs differ, and so it excludes more: of 40
    models, 20 of which are worse, about twice as many as the corrected p-values of pairs.

    Parameters
    ----------
    loss : str or Loss, optional
        One that was compared; needed where several were.

    Returns
    -------
    list of str
        The models whose ``may_be_best`` in `summary` is true. A selection keeps the set of the
        whole, so that none of its models may be left.

    Raises
    ------
    ValueError
        For a single model, planned pairs, fewer than ten samples or groups, or a loss that was not
        compared.

    Notes
    -----
    Multiple comparisons with the best: of each model the greatest studentised difference from any
    other is compared with its distribution under a joint bootstrap of the samples (499 resamples;
    clusters whole; of more than 2000 samples, batches). What `differences` show to be worse than
    another model is left out, too. From splits that overlap, from time order,
    and from sums, the statistics are t-distributed, Bonferroni-corrected below 100 degrees of
    freedom. ``docs/decisions.md`` has the simulations.

    References
    ----------
    Hsu, J. C. (1984). Constrained simultaneous confidence intervals for multiple comparisons with
    the best. Annals of Statistics 12, 1136-1144. Hansen, P. R., Lunde, A. and Nason, J. M. (2011).
    The model confidence set. Econometrica 79, 453-497.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.95, 300)
    >>> y = (rng.random(300) < p).astype(int)
    >>> models = {f"strength {s}": 0.5 + s * (p - 0.5) for s in (0.2, 0.6, 0.9, 1.0)}
    >>> comparison = sx.compare_predictions(y, models, losses="mse")
    >>> comparison.best_set()
    ['strength 1.0', 'strength 0.9']
    """
    name = _one_loss(self, loss, "best_set")
    rows = [row for row in summary_rows_of(self) if row.loss == name]
    ranked = sorted(ranked_from_one(rows), key=lambda row: row.rank)
    may_be_best: Mapping[str, bool | None] = {row.model: row.may_be_best for row in ranked}
    if all(may_be is None for may_be in may_be_best.values()):
        may_be_best = _computed_set(self, name)
    return [row.model for row in ranked if may_be_best.get(row.model)]


def _computed_set(self: Decided, loss: str) -> dict[str, bool]:
    """Return which models may be best where the summary does not say, or an error why not."""
    summary, differences = rows_of(self)
    n_models = self._family.n_models
    if len({row.model for row in summary}) < n_models:
        raise ValueError(
            f"best_set is of all {n_models} models that were compared, and its summary does not "
            "know it. Ask the whole comparison."
        )
    if self._options.planned is not None:  # also where only the numbers are left
        raise ValueError(NO_SET.format(NOT_ASKED_FOR))
    names, one = _estimates_of(self, loss)
    means = np.asarray([one.mean(model) for model in range(len(names))])
    found, reason = find_best_set(one, means)
    if reason:
        raise ValueError(NO_SET.format(reason))
    worse = clearly_worse(row for row in differences if row.loss == loss)
    return {names[i]: may_be and names[i] not in worse for i, may_be in found.items()}


def _estimates(self: Decided) -> tuple[Sequence[str], Sequence[Estimates]]:
    """Return the names of models, and what is known of each loss."""
    if self._samples is not None:
        estimates = [*estimates_of_samples(self._samples, self._options)]
        if isinstance(self._splits, ModelScores):
            estimates += [one for one, _ in beside(self._splits, self._options)]
        return self._samples.names, estimates
    if self._splits is not None:
        scores = self._splits
        return scores.names, [SplitEstimates(x, scores, self._options) for x in scores.values]
    if self._sums is not None:
        return self._sums.names, self._sums.estimates
    raise ValueError(
        "losses and their sums are not known here: they are not saved with a comparison. Ask the "
        "comparison itself before you save it, or make it again."
    )


def _one_loss(self: Decided, loss: str | Loss | None, what: str) -> str:
    """Return the name of the loss that is meant."""
    names = list(self._losses)
    if loss is None and len(names) == 1:
        return names[0]
    if loss is None:
        raise ValueError(
            f"{what} is of one loss, and {len(names)} were compared: pass loss=, one of {names}."
        )
    return name_among(loss, names)


# --- how much more data ---------------------------------------------------------------------


def plan(
    self: Decided,
    difference: float | Mapping[str, float] | None = None,
    *,
    power: float = POWER,
    half_width: float | Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return how many samples another study needs, by loss and pair of models.

    This comparison is the pilot: it tells how much the differences of samples vary. How large a
    difference matters is for you to say. The difference that was observed is no plan: it is partly
    chance, and studies planned for it find what is there half of the time.

    Parameters
    ----------
    difference : float or dict, optional
        The difference that matters, in units of the loss, or one for each loss by its name. By
        default the equivalence margin, if the comparison had one; else `n_for_power` is missing.
    power : float, default=0.8
        The probability to find it, and to get an interval that is narrow enough.
    half_width : float or dict, optional
        Half the length of the interval that you need.

    Returns
    -------
    DataFrame
        One row for each row of `differences`:

        - ``loss``, ``model_a``, ``model_b``: names.
        - ``n_obs``: samples in this comparison.
        - ``detectable_difference``: the difference that a test of this size finds with this power.
        - ``n_for_power``: how many samples find `difference` with this power.
        - ``n_for_half_width``: how many make the interval no wider, with this probability.
        - ``n_for_equivalence``: how many show that models whose mean losses are the same are
          equivalent within the margin. Missing without a margin.
        - ``unit``: what the three numbers count: "sample", or "group" (at the present size).
        - ``reason``: why numbers are missing, if they are.

        Tests are two-sided, at one minus the level of confidence, and of one pair alone. After one
        K-fold run the samples are those of the data set, and the plan is for the fitted models.
        Weights are taken to vary as they do here.

    Raises
    ------
    ValueError
        For a difference or half-width that is not positive or is beyond the range of the loss, a
        power outside (0, 1) or not above one minus the level, a loss that was not compared, and
        without any pair of models.

    Notes
    -----
    ``n = (q s / difference)^2``, where s is the standard deviation of the differences and q is a
    quantile of the noncentral t-distribution. Its degrees of freedom are those of the estimate of
    s^2, ``2 / (excess kurtosis / n + 2 / (n - 1))``, so that 80 % promised are 80 % kept on average
    over pilots (``docs/decisions.md``). Errors vary as in McNemar's test: s^2 is the share of
    samples on which one of two models errs, less the square of the difference, and a plan has
    enough of them for the test to claim anything. How much the variance of clusters varies is
    estimated by a jackknife of its logarithm, and that of errors by the arcsine of the root of
    their share.

    References
    ----------
    Anscombe, F. J. (1948). The transformation of Poisson, binomial and negative-binomial data.
    Biometrika 35, 246-254. Browne, R. H. (1995). On the use of a pilot sample for sample size
    determination. Statistics in Medicine 14, 1933-1940. Hall, P. (1983). Inverting an Edgeworth
    expansion. Annals of Statistics 11, 569-576. Hoenig, J. M. and Heisey, D. M. (2001). The abuse
    of power. American Statistician 55, 19-24. Miller, R. G. (1968). Jackknifing variances. Annals
    of Mathematical Statistics 39, 567-582.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.95, 300)
    >>> y = (rng.random(300) < p).astype(int)
    >>> models = {"a": p, "b": np.clip(p + 0.1 * rng.normal(size=300), 0.01, 0.99)}
    >>> comparison = sx.compare_predictions(y, models, losses="mse")
    >>> plan = comparison.plan(0.01, half_width=0.005)
    >>> plan[["n_obs", "detectable_difference", "n_for_power", "n_for_half_width"]].round(4)
       n_obs  detectable_difference  n_for_power  n_for_half_width
    0    300                 0.0124          464              1018
    """
    power = _read_power(power, self._options.level)
    rows = difference_rows_of(self)
    if not rows:
        raise ValueError("plan is of pairs of models, and there is none here. Compare two models.")
    names, estimates = _estimates(self)
    place = {name: i for i, name in enumerate(names)}
    by_loss = dict(zip(self._losses, estimates, strict=True))
    wanted = _read_sizes("difference", difference, by_loss)
    widths = _read_sizes("half_width", half_width, by_loss)
    out = []
    for row in rows:
        pair = (place[row.model_a], place[row.model_b])
        asked = _Asked(power, wanted.get(row.loss), widths.get(row.loss))
        out.append(_planned_row(row, by_loss[row.loss], pair, asked))
    counts = ["n_obs", "n_for_power", "n_for_half_width", "n_for_equivalence"]
    return pd.DataFrame(out).astype(dict.fromkeys(counts, "Int64"))


@dataclass(frozen=True)
class _Asked:
    """What is asked of a plan, for one loss."""

    power: float
    difference: float | None
    half_width: float | None


def _planned_row(row: DifferenceRow, one: Estimates, pair: Pair, asked: _Asked) -> dict[str, Any]:
    """Return the plan of one pair; without a usable pilot the reason."""
    level, power = one.options.level, asked.power
    pilot, margin = one.pilot(pair), one.options.margin_of(one.loss)
    difference = margin if asked.difference is None else asked.difference
    numbers: dict[str, int | None] = dict.fromkeys(
        ("n_for_power", "n_for_half_width", "n_for_equivalence")
    )
    least, reason = math.nan, _unusable(row, pilot)
    if not reason and isinstance(pilot, Pilot):
        found = detectable_difference(pilot, level, power)
        least = found if found <= one.limits[1] - one.limits[0] else math.nan
        reason = "" if least == least else "no difference that the loss allows would be found"
        if difference is not None:
            numbers["n_for_power"] = n_for_power(pilot, difference, level, power)
        if asked.half_width is not None:
            numbers["n_for_half_width"] = n_for_half_width(pilot, asked.half_width, level, power)
        if margin is not None and isinstance(one, MomentEstimates):
            greatest = None if one.counts_errors else one.greatest_of(pair)
            numbers["n_for_equivalence"] = n_for_equivalence(pilot, margin, level, power, greatest)
    return {
        "loss": row.loss,
        "model_a": row.model_a,
        "model_b": row.model_b,
        "n_obs": row.n_obs,
        "detectable_difference": least,
        **numbers,
        "unit": "group" if one.n_clusters is not None else "sample",
        "reason": reason,
    }


def _unusable(row: DifferenceRow, pilot: Pilot | str) -> str:
    """Return why a pair makes no plan; nothing if it does."""
    if isinstance(pilot, str):
        return pilot
    if not math.isfinite(row.difference):
        return "a mean loss is infinite"
    if row.degenerate:
        return "the difference is the same throughout, which does not tell how it varies"
    return "" if pilot.is_usable else "there are too few samples or groups"


def _read_power(power: Any, level: float) -> float:
    if not (is_number(power) and 0 < power < 1):
        raise ValueError(
            "power must be a number between 0 and 1, the probability to find the difference, such "
            f"as 0.8; got {shorten(power)}."
        )
    if power <= 1.0 - level:
        raise ValueError(
            f"power must be above {1.0 - level:.3g}, how often the test claims a difference where "
            f"there is none; got {shorten(power)}. Usual is 0.8."
        )
    return float(power)


def _read_sizes(name: str, value: Any, losses: Mapping[str, Estimates]) -> dict[str, float]:
    """Return a size for each loss, checked: positive, and within the range of the loss."""
    if value is None:
        return {}
    given = value
    if isinstance(value, Mapping):
        given = {ALIASES.get(key, key) if isinstance(key, str) else key: x
                 for key, x in value.items()}  # fmt: skip
        if len(given) < len(value):
            raise ValueError(f"{name} must name each loss once; got {shorten(value)}.")
        unknown = [key for key in given if key not in losses]
        if unknown:
            raise ValueError(
                f"{name} must name losses that were compared, {list(losses)}; got "
                f"{shorten(unknown[0])}."
            )
    sizes = dict(given) if isinstance(given, Mapping) else dict.fromkeys(losses, given)
    for loss, size in sizes.items():
        if not (is_number(size) and 0 < size < math.inf):
            raise ValueError(
                f"{name} must be a positive number in units of the loss, or a dict "
                f"{{loss: number}}; got {shorten(value)}."
            )
        most = losses[loss].limits[1] - losses[loss].limits[0]
        if size > most:
            raise ValueError(
                f"{name} must be at most {most:.4g}, the range of {loss}; got {shorten(size)}. A "
                "dict gives each loss its own."
            )
    return {loss: float(size) for loss, size in sizes.items()}


# --- whether to release ---------------------------------------------------------------------


class ReleaseVerdict(str):
    """Say whether a new model may replace an old one: what `Comparison.verdict` returns.

    It is a string, "better", "not worse", "worse" or "not clear", with the numbers behind it. Every
    string is true, so ``if verdict:`` is refused: write ``if verdict in ("better", "not worse"):``.

    Attributes
    ----------
    difference, conf_low, conf_high : float
        The mean loss of the new model minus that of the old one, and its interval.
    reason : str
        Why, in a sentence.
    caution : str
        Names of what limits it, joined by "; ": those of the row of `Comparison.differences`.
    retraining : str or None
        Whether it holds for retrained models, as in `Comparison.differences`.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"new": [0.1, 0.7, 0.9, 0.4] * 50, "old": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> verdict = sx.compare_predictions(y, models, losses="mse").verdict("new", "old")
    >>> isinstance(verdict, sx.ReleaseVerdict), verdict == "better", round(verdict.difference, 3)
    (True, True, -0.075)
    """

    difference: float
    conf_low: float
    conf_high: float
    reason: str
    caution: str
    retraining: str | None

    def __bool__(self) -> bool:
        raise TypeError(
            f"the verdict is {str(self)!r}, and every such string would count as true. Compare it: "
            'verdict in ("better", "not worse").'
        )


def verdict(
    self: Decided, new: str, old: str, loss: str | Loss | None = None, margin: float = 0.0
) -> ReleaseVerdict:
    """Return whether a new model may replace an old one, for a line in a test of releases.

    Parameters
    ----------
    new, old : str
        Names of two models that were compared.
    loss : str or Loss, optional
        One that was compared; needed where several were.
    margin : float, default=0.0
        How much worse the new model may be, in units of the loss.

    Returns
    -------
    ReleaseVerdict
        A string:

        - "better": the conclusion of `differences` is that the new model is better.
        - "not worse": the upper end of the interval of new minus old is below the margin; or the
          two are equivalent within a margin that is no greater. The new model may be clearly worse,
          by less than the margin.
        - "worse": the conclusion is that the old model is better.
        - "not clear": none of these. More samples are needed: see `plan`.

        ``.difference``, ``.conf_low``, ``.conf_high`` are of new minus old; ``.reason`` says why;
        ``.caution`` and ``.retraining`` are those of the row. "not worse" has the caution
        "few rows differ" where rows too rare for the sample could overturn it, and "approximate"
        where no single row is known: of splits, and of a comparison that was read back.

    Raises
    ------
    ValueError
        For unknown models, the same one twice, a pair that was not compared, or a margin that is
        negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.95, 3000)
    >>> y = (rng.random(3000) < p).astype(int)
    >>> models = {"old": p, "new": np.clip(p + 0.02 * rng.normal(size=3000), 0.01, 0.99)}
    >>> comparison = sx.compare_predictions(y, models, losses="mse")
    >>> verdict = comparison.verdict("new", "old", margin=0.005)
    >>> assert verdict in ("better", "not worse"), verdict.reason
    >>> verdict, verdict.reason.rpartition('. ')[2]
    ('not worse', 'The upper end of the interval is below the margin of 0.005.')
    """
    name = _one_loss(self, loss, "verdict")
    row = _row_of(self, name, new, old)
    margin = _read_margin(margin)
    if margin and _has_numbers(self):
        check_margin("margin", margin, _estimates_of(self, name)[1].limits, name)
    return _judge(self, name, row, new, margin)


def _read_margin(margin: Any) -> float:
    if not (is_number(margin) and 0 <= margin < math.inf):
        raise ValueError(
            "margin must be a number of at least 0, in units of the loss: how much worse the new "
            f"model may be; got {shorten(margin)}."
        )
    return float(margin)


def _has_numbers(self: Decided) -> bool:
    """Return whether losses or their sums are known; not of a comparison that was read back."""
    return not (self._samples is None and self._splits is None and self._sums is None)


def _estimates_of(self: Decided, loss: str) -> tuple[Sequence[str], Estimates]:
    """Return the names of models, and what is known of one loss."""
    names, estimates = _estimates(self)
    return names, estimates[list(self._losses).index(loss)]


def _row_of(self: Decided, loss: str, new: Any, old: Any) -> DifferenceRow:
    """Return the row of differences of two models."""
    summary, rows = rows_of(self)
    known = list(dict.fromkeys(row.model for row in summary))
    for argument, model in (("new", new), ("old", old)):
        if not isinstance(model, str) or model not in known:
            raise ValueError(
                f"{argument} must be one of the models compared, [{shorten_all(known)}]; got "
                f"{shorten(model)}."
            )
    if new == old:
        raise ValueError(f"new and old must be two different models; got {shorten(new)} twice.")
    failed = [x.model for x in summary if x.status == "failed" and x.model in (new, old)]
    if failed:
        raise ValueError(f"{shorten(failed[0])} failed, so there is no verdict on it.")
    found = [x for x in rows if x.loss == loss and {x.model_a, x.model_b} == {new, old}]
    if not found:
        raise ValueError(
            f"differences has no row of {shorten(new)} and {shorten(old)}: it was dropped, or only "
            "pairs with the baseline or the best, or planned pairs, were compared. Compare them "
            f"with baseline={old!r}, or pairs=[({new!r}, {old!r})]."
        )
    return found[0]


def _judge(self: Decided, loss: str, row: DifferenceRow, new: str, margin: float) -> ReleaseVerdict:
    """Return the verdict, its reason and what limits it."""
    is_a = row.model_a == new
    old = row.model_b if is_a else row.model_a
    low, high = (row.conf_low, row.conf_high) if is_a else (-row.conf_high, -row.conf_low)
    difference = (row.difference if is_a else -row.difference) + 0.0
    better = {"a better": row.model_a, "b better": row.model_b}.get(row.conclusion)
    known = self._options.margin_of(loss)
    same = row.conclusion == "equivalent" and known is not None
    if same and row.pvalue_holm <= 1.0 - row.confidence_level:
        # that they are equivalent within the comparison's margin hides that one is clearly better
        better = row.model_a if row.difference < 0 else row.model_b
    equivalent = same and known is not None and known <= margin
    cautions = read_cautions(row.caution)
    if better == new:
        said, why = "better", "The new model is clearly better."
    elif high < margin or equivalent:
        said = "not worse"
        why = f"The upper end of the interval is below the margin of {margin:.3g}."
        if not high < margin:
            why = f"They are equivalent within {known:.3g}."
        elif better == old:
            why = f"The new model is clearly worse, but by less than the margin of {margin:.3g}."
        cautions |= _limits_of_margin(self, loss, row, max(difference, 0.0), margin)
    elif better == old:
        said, why = "worse", "The old model is clearly better."
        why += f" They are equivalent within {known:.3g}: pass margin={known:.3g}." if same else ""
    else:
        said, why = "not clear", _unclear(row, margin, known)
    title = self._losses[loss].title
    level = f"{100 * row.confidence_level:g}%"
    interval = "" if math.isnan(low) else f" ({level} interval {low:.3g} to {high:.3g})"
    out = ReleaseVerdict(said)
    out.__dict__.update(
        difference=float(difference),
        conf_low=float(low),
        conf_high=float(high),
        reason=printable(f"{new} minus {old}: {difference:+.3g}{interval} in {title}. {why}"),
        caution=join_cautions(dict.fromkeys(cautions, True)),
        retraining=row.retraining,
    )
    return out


def _unclear(row: DifferenceRow, margin: float, known: float | None) -> str:
    """Say why nothing can be said."""
    if not math.isfinite(row.difference):
        return "A mean loss is infinite."
    if row.degenerate:
        return "The difference is the same throughout, which says nothing of new data."
    if math.isnan(row.conf_high):
        return "There is too little data for an interval."
    if row.conclusion == "equivalent":
        return (
            f"They are equivalent within {known:.3g}, which is more than the margin of "
            f"{margin:.3g} asked here."
        )
    if margin:
        return f"The interval reaches the margin of {margin:.3g}; more samples would tell."
    return "No difference is clear; more samples, or a margin, would tell."


def _limits_of_margin(
    self: Decided, loss: str, row: DifferenceRow, difference: float, margin: float
) -> frozenset[Caution]:
    """Return what limits the claim that the new model is not worse by the margin."""
    if not _has_numbers(self):
        return frozenset([Caution.APPROXIMATE])
    names, one = _estimates_of(self, loss)
    place = list(names)
    pair = (place.index(row.model_a), place.index(row.model_b))
    if one.design.overlapping or not isinstance(one, MomentEstimates):
        return frozenset([Caution.APPROXIMATE])
    found = set()
    if margin and not one.is_sure(pair, difference, margin):
        found.add(Caution.FEW)
    if one.clustered and row.std_error > 0:
        [unconfirmed] = one.unconfirmed([Claim(pair, 1.0 - one.options.level, margin)])
        found |= {Caution.CLUSTERS} if unconfirmed else set()
    return frozenset(found)
