"""The two frames of a comparison: how their rows are made from estimates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import printable, shorten_all, warn
from sklearn_xent.comparison.estimates import (
    Estimates,
    MomentEstimates,
    RepeatedEstimates,
    SampleEstimates,
    SplitEstimates,
)
from sklearn_xent.comparison.runs import run_estimates
from sklearn_xent.comparison.samples import SampleLosses, SplitScores
from sklearn_xent.comparison.serial import SerialEstimates, warn_persistent
from sklearn_xent.exceptions import (
    DegenerateDifferenceWarning,
    FittedModelsWarning,
    LeverageWarning,
    UnstableModelsWarning,
    XentWarning,
)
from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.bootstrap import Claim
from sklearn_xent.inference.cautions import Caution, join_cautions, read_cautions
from sklearn_xent.inference.design import Options, Pair, pairs_of
from sklearn_xent.inference.equivalence import NOT_TESTED
from sklearn_xent.inference.paired_tests import NO_ESTIMATE, Method, PairedTest
from sklearn_xent.inference.planning import detectable_difference
from sklearn_xent.inputs.validation import Target
from sklearn_xent.report.rows import DifferenceRow, SummaryRow, difference_frame, summary_frame
from sklearn_xent.scoring.skill import warn_undefined_skill

MANY_PAIRS = 10_000
"""Above so many pairs, of 142 models, a warning tells of ``baseline=`` before they are tested."""

MOST_IN_SET = 100
"""Of more models the column ``may_be_best`` is left to `Comparison.best_set`, which takes long."""


# --- from estimates to rows -----------------------------------------------------------------


@dataclass(frozen=True)
class Models:
    """The models under one loss, the pairs to compare, and what was counted of them."""

    names: Sequence[str]
    pairs: Sequence[Pair]
    n_zero: Sequence[int | None]
    """For each model, how many true classes got a probability below the floor."""
    label_ranges: Sequence[float] | Floats
    """For each pair, how far another label of one sample could move its difference, at most."""
    failures: Mapping[str, str]
    """Why models have no losses, by their names."""
    n_normalized: Sequence[int] | None = None
    """For each model, how many of its rows were divided by their sum; None where it is unknown."""


def summary_rows(one: Estimates, models: Models) -> list[SummaryRow]:
    """Return the row of each model; its interval stays within the range of the loss."""
    means = np.asarray([one.mean(model) for model in range(len(models.names))])
    best, rows = find_best_set(one, means, most=MOST_IN_SET)[0], []
    for model, (name, n_zero) in enumerate(zip(models.names, models.n_zero, strict=True)):
        failed, mean = name in models.failures, float(means[model])
        estimate, method, n_obs = NO_ESTIMATE, "", one.n_obs
        if failed:
            n_obs = None if n_obs is None else 0
        else:
            estimate, found = one.estimate(model)
            method = found.label
        rows.append(
            SummaryRow(
                loss=one.loss,
                model=name,
                mean_loss=mean,
                std_error=estimate.std_error,
                # numpy's maximum keeps a nan
                conf_low=float(np.maximum(one.limits[0], estimate.conf_low)),
                conf_high=float(np.minimum(one.limits[1], estimate.conf_high)),
                confidence_level=one.options.level,
                skill=one.skill(mean),
                rank=rank_of(mean, means),
                n_obs=n_obs,
                n_zero_probability=n_zero,
                method=method,
                estimand=one.estimand,
                status="failed" if failed else "ok",
                reason=printable(models.failures.get(name, "")),
                caution=join_cautions(
                    {
                        Caution.ZERO: one.has_floor and bool(n_zero),
                        Caution.SERIAL: not failed and one.is_serial(model),
                        Caution.RARE: one.has_rare_class and not failed,
                    }
                ),
                n_normalized=None if models.n_normalized is None else models.n_normalized[model],
                mean_score=math.nan if one.top is None else one.top - mean,
                may_be_best=best.get(model),
            )
        )
    return rows


def clearly_worse(rows: Iterable[DifferenceRow]) -> set[str]:
    """Return the models that are clearly worse than another."""
    claims = [row for row in rows if row.conclusion in ("a better", "b better")]
    return {row.model_b if row.conclusion == "a better" else row.model_a for row in claims}


def without_worse(
    summary: Sequence[SummaryRow], differences: Sequence[DifferenceRow]
) -> list[SummaryRow]:
    """Leave out of the set of the best what is clearly worse than another model.

    The bootstrap may see it otherwise, but a report must not say both.
    """
    worse = clearly_worse(differences)
    return [
        replace(row, may_be_best=False) if row.may_be_best and row.model in worse else row
        for row in summary
    ]


NOT_ASKED_FOR = "the pairs were planned, and a best model was not asked for"


def find_best_set(
    one: Estimates, means: Floats, most: float = math.inf
) -> tuple[dict[int, bool], str]:
    """Return which models with a finite mean may be best; without any, why that is not known.

    Of more than `most` models it is not computed.
    """
    able = np.flatnonzero(np.isfinite(means)).tolist()
    if one.options.planned is not None:
        return {}, NOT_ASKED_FOR
    if len(able) < 2:
        return {}, "it takes at least two models with a finite mean loss"
    if len(able) > most:
        return {}, f"it takes long for more than {most} models"
    found = one.may_be_best(able)
    if isinstance(found, str):
        return {}, found
    return dict(zip(able, found.tolist(), strict=True)), ""


def rank_of(mean: float, means: Floats) -> int:
    """Return 1 for the lowest mean; ties share a rank, and nan comes last."""
    if math.isnan(mean):
        return int(np.count_nonzero(~np.isnan(means))) + 1
    rounding = paired_tests.NOISE * abs(mean) if math.isfinite(mean) else 0.0
    return 1 + int((means < mean - rounding).sum())


@dataclass(frozen=True)
class _Tested:
    """A pair of models, tested on its own."""

    pair: Pair
    label_range: float
    test: PairedTest
    retraining_pvalue: float | None
    is_stable: bool


def difference_rows(one: Estimates, models: Models) -> list[DifferenceRow]:
    """Return the row of each pair, corrected for all pairs (Holm) within the loss."""
    means = [one.mean(model) for model in range(len(models.names))]
    tested = []
    for pair, label_range in zip(models.pairs, models.label_ranges, strict=True):
        scale = max(abs(means[model]) for model in pair)
        test, pvalue = one.test(pair, scale), one.retraining_pvalue(pair, scale)
        tested.append(_Tested(pair, label_range, test, pvalue, one.is_stable(pair)))
    pvalues = [of.test.pvalue for of in tested] + one.other_pvalues(models.pairs)
    holm = paired_tests.holm(pvalues)[: len(tested)]
    conclusions = _conclude(one, tested, holm)
    said = [conclusion for conclusion, _ in conclusions]
    doubts = _doubt(one, [of.pair for of in tested], pvalues, holm, said)
    retraining = _conclude_retraining(one, tested, said)
    return [
        _difference_row(one, models, means, *of_pair)
        for of_pair in zip(tested, holm, conclusions, retraining, doubts, strict=True)
    ]


def _conclude(
    one: Estimates, tested: Sequence[_Tested], holm: Sequence[float]
) -> list[tuple[paired_tests.Conclusion, Caution | None]]:
    """Return what the corrected p-values show of each pair, and what limits an equivalence.

    An equivalence that rare rows could overturn is not claimed.
    """
    margin, level = one.options.margin_of(one.loss), one.options.level
    if margin is not None:
        paired_tests.check_margin("equivalence_margin", margin, one.limits, one.loss)
    found = [
        NOT_TESTED if margin is None else one.equivalence(of.pair, of.test, margin) for of in tested
    ]
    corrected = paired_tests.holm([equivalence.pvalue for equivalence in found])
    out: list[tuple[paired_tests.Conclusion, Caution | None]] = []
    for of, p, equivalence, p_equivalent in zip(tested, holm, found, corrected, strict=True):
        value, is_sure = of.test.value, equivalence.is_sure_of_rare_rows
        said = paired_tests.conclude(value, p, level, p_equivalent)
        if said != "equivalent" or is_sure:
            out.append((said, None))
        elif is_sure is None:
            out.append((said, Caution.APPROXIMATE))
        else:
            out.append((paired_tests.conclude(value, p, level), Caution.FEW))
    return out


def _conclude_retraining(
    one: Estimates, tested: Sequence[_Tested], conclusions: Sequence[str]
) -> list[str | None]:
    """Return for each pair whether a claim holds for retrained models; None without a claim.

    None also where nothing was trained.
    """
    pvalues = [math.nan if (p := of.retraining_pvalue) is None else p for of in tested]
    out: list[str | None] = []
    for of, p, conclusion in zip(tested, paired_tests.holm(pvalues), conclusions, strict=True):
        if conclusion not in ("a better", "b better"):
            out.append(None)
        elif one.tests_retraining:
            out.append("clear" if of.is_stable else "unstable")
        elif of.retraining_pvalue is None:
            out.append(None)
        else:
            out.append("clear" if p <= 1.0 - one.options.level else "not shown")
    return out


def _doubt(
    one: Estimates,
    pairs: Sequence[Pair],
    pvalues: Sequence[float],
    holm: Sequence[float],
    conclusions: Sequence[str],
) -> list[dict[Caution, bool]]:
    """Return the cautions of claims: clusters that contradict one, and an approximate test.

    A claim is doubted at the level that Holm applied to its pair.
    """
    alpha, margin = 1.0 - one.options.level, one.options.margin_of(one.loss) or 0.0
    out: list[dict[Caution, bool]] = [{} for _ in pairs]
    claims = {}
    for i, conclusion in enumerate(conclusions):
        if conclusion == "equivalent":
            claims[i] = Claim(pairs[i], alpha / len(pairs), margin)
        elif conclusion != "not clear":
            level = alpha * pvalues[i] / holm[i] if holm[i] > 0 else 0.0
            claims[i] = Claim(pairs[i], level)
            approximate = one.design.overlapping and holm[i] > paired_tests.SMALL * alpha
            out[i][Caution.APPROXIMATE] = approximate
    for i, unconfirmed in zip(claims, one.unconfirmed(list(claims.values())), strict=True):
        out[i][Caution.CLUSTERS] = unconfirmed
    return out


def _difference_row(
    one: Estimates,
    models: Models,
    means: Sequence[float],
    tested: _Tested,
    p_holm: float,
    concluded: tuple[paired_tests.Conclusion, Caution | None],
    retraining: str | None,
    doubts: Mapping[Caution, bool],
) -> DifferenceRow:
    (a, b), test, half = tested.pair, tested.test, tested.test.half_width
    conclusion, limit = concluded
    label_leverage = sample_leverage = math.nan
    if half > 0:
        by_label, by_sample = one.leverage(tested.pair, tested.label_range)
        label_leverage, sample_leverage = by_label / half, by_sample / half
    # of clusters a leverage selects adversely: those without it claim too much
    has_leverage = not one.clustered and paired_tests.has_leverage(
        test.method, label_leverage, sample_leverage
    )
    has_zero = one.has_floor and bool(models.n_zero[a] or models.n_zero[b])
    return DifferenceRow(
        loss=one.loss,
        model_a=models.names[a],
        model_b=models.names[b],
        loss_a=means[a],
        loss_b=means[b],
        difference=test.value,
        std_error=test.std_error,
        conf_low=test.conf_low,
        conf_high=test.conf_high,
        confidence_level=one.options.level,
        statistic=test.statistic,
        df=test.df,
        pvalue=test.pvalue,
        pvalue_holm=p_holm,
        method=test.method.label,
        estimand=f"difference in {one.estimand}",
        n_obs=one.n_obs,
        n_groups=one.n_clusters,
        n_splits=one.design.n_splits,
        n_repeats=one.design.n_repeats,
        n_discordant=one.n_discordant(tested.pair),
        label_leverage=label_leverage,
        sample_leverage=sample_leverage,
        degenerate=test.degenerate,
        conclusion=conclusion,
        retraining=retraining,
        caution=join_cautions(
            {
                Caution.LEVERAGE: has_leverage,
                Caution.ZERO: has_zero,
                Caution.SERIAL: one.is_serial(tested.pair),
                Caution.UNSTABLE: not tested.is_stable,
                Caution.NO_SPREAD: test.degenerate,
                **doubts,
                **({} if limit is None else {limit: True}),
            }
        ),
        detectable_difference=_detectable(one, tested),
    )


def _detectable(one: Estimates, tested: _Tested) -> float:
    """Return the difference that a test of this size finds with 80 % power; nan if none can."""
    pilot = one.pilot(tested.pair)
    if isinstance(pilot, str) or tested.test.degenerate:
        return math.nan
    found = detectable_difference(pilot, one.options.level)
    return found if found <= one.limits[1] - one.limits[0] else math.nan


# --- all rows ---------------------------------------------------------------------------------


def make_frames(
    estimates: Sequence[Estimates], models: Sequence[Models]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the summary and the differences of all losses, and warn of what limits them."""
    summary: list[SummaryRow] = []
    differences: list[DifferenceRow] = []
    for one, of_loss in zip(estimates, models, strict=True):
        with np.errstate(invalid="ignore", divide="ignore"):  # infinite losses
            rows = difference_rows(one, of_loss)
            summary += without_worse(summary_rows(one, of_loss), rows)
            differences += rows
    warn_undefined_skills(estimates)
    warn_of_rows(differences, has_predictions=estimates[0].has_predictions)
    return summary_frame(summary), difference_frame(differences)


def frames_of(
    estimates: Sequence[Estimates],
    names: Sequence[str],
    pairs: Sequence[Pair],
    n_zero: Sequence[Sequence[int | None]],
    ranges: Floats,
    failures: Mapping[str, str],
    n_normalized: Sequence[int] | None,
    beside: Sequence[tuple[Estimates, Models]] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames where the same pairs of models are compared under every loss.

    `beside` are the scores of splits, which follow.
    """
    if len(pairs) > MANY_PAIRS:
        warn(
            f"{len(names)} models make {len(pairs)} pairs: that takes long, and p-values are "
            "corrected for all of them, so that few differences are clear. Pass baseline=..., or "
            "pairs=[...] with those that matter.",
            XentWarning,
        )
    models = [
        Models(names, pairs, of_loss, label_ranges, failures, n_normalized)
        for of_loss, label_ranges in zip(n_zero, ranges, strict=True)
    ]
    scored, of_scores = [one for one, _ in beside], [of_score for _, of_score in beside]
    return make_frames([*estimates, *scored], [*models, *of_scores])


def estimates_of_samples(samples: SampleLosses, options: Options) -> Sequence[Estimates]:
    """Return what is known of each loss of all samples."""
    if samples.runs is not None:
        return run_estimates(samples, options)
    design = samples.design
    strategy = RepeatedEstimates if design.overlapping else SampleEstimates
    if samples.target.times is not None:
        strategy = SerialEstimates
    return [
        strategy(loss, values, samples.target, design, options, samples.logits)
        for loss, values in zip(samples.losses, samples.values, strict=True)
    ]


def frames_of_samples(
    samples: SampleLosses, options: Options, beside: Sequence[tuple[Estimates, Models]] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames of the losses of all samples, and of the scores beside them."""
    if samples.design.overlapping and options.method != "auto":
        raise ValueError(
            f"method={options.method!r} needs each sample tested once, as in one K-fold run."
        )
    samples.warn_rare(options.baseline)
    known = isinstance(samples.target, Target)  # losses alone do not tell of probabilities
    n_zero = [list(of_loss) for of_loss in zip(*samples.n_zero, strict=True)]
    return frames_of(
        estimates_of_samples(samples, options),
        samples.names,
        pairs_of(samples.names, options, samples.failures),
        n_zero if known else [[None] * len(samples.names)] * len(samples.losses),
        samples.ranges,
        samples.failures,
        samples.n_normalized if known else None,
        beside,
    )


def frames_of_splits(scores: SplitScores, options: Options) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames of the scores of splits: the best of each loss with every other one."""
    estimates = [SplitEstimates(loss, scores, options) for loss in scores.values]
    models = []
    for one in estimates:
        failed = np.flatnonzero(np.isnan(one.means)).tolist()
        pairs = one.pairs()
        models.append(
            Models(
                scores.names,
                pairs,
                [None] * len(scores.names),
                [math.nan] * len(pairs),
                dict.fromkeys((scores.names[i] for i in failed), scores.failure),
            )
        )
    return make_frames(estimates, models)


# --- warnings about rows --------------------------------------------------------------------

CLAIMS = ("a better", "b better", "equivalent")
"""Conclusions that claim something; the others need no warning of what limits them."""


def warn_of_rows(rows: Sequence[DifferenceRow], *, has_predictions: bool = True) -> None:
    """Warn of what limits claims: once for each kind, with the names of the models."""
    claims = [row for row in rows if row.conclusion in CLAIMS]
    _warn_no_spread(rows)
    _warn_leverage(
        [row for row in claims if Caution.LEVERAGE in read_cautions(row.caution)],
        "Get more samples, or smooth probabilities near zero."
        if has_predictions
        else "Get more items, or look at those with the largest differences (.worst()).",
    )
    _warn_fitted_only([row for row in claims if row.retraining == "not shown"])
    _warn_unstable([row for row in claims if Caution.UNSTABLE in read_cautions(row.caution)])
    in_time = [row for row in claims if Method.from_label(row.method).unit == "time"]
    warn_persistent(
        _models_of([row for row in in_time if Caution.SERIAL in read_cautions(row.caution)])
    )


def _models_of(rows: Sequence[DifferenceRow]) -> str:
    """Return the names of the models of some rows."""
    return shorten_all(dict.fromkeys(name for row in rows for name in (row.model_a, row.model_b)))


def _warn_no_spread(rows: Sequence[DifferenceRow]) -> None:
    """Warn of models that differ by the same amount throughout, whatever the loss."""
    by_pair: dict[tuple[str, str], list[DifferenceRow]] = {}
    for row in rows:
        by_pair.setdefault((row.model_a, row.model_b), []).append(row)
    constant = [of[0] for of in by_pair.values() if all(row.degenerate for row in of)]
    if constant:
        warn(
            "models whose difference is the same throughout, or of which there is only one to see: "
            f"{_models_of(constant)}. That says nothing of new data, so there is no interval "
            "and no p-value (nan). Check that they are different models.",
            DegenerateDifferenceWarning,
        )


def _warn_leverage(rows: Sequence[DifferenceRow], fix: str) -> None:
    if rows:
        warn(
            "one sample has much influence on some of the claims, whose intervals may be too "
            f"narrow: those about {_models_of(rows)}. {fix}",
            LeverageWarning,
        )


def _warn_fitted_only(rows: Sequence[DifferenceRow]) -> None:
    if rows:
        tested = "corrected t-test of the splits"
        if rows[0].n_splits == 1:
            tested = "one split cannot show it"
        fix = "compare on repeated folds, such as RepeatedStratifiedKFold"
        unit = Method.from_label(rows[0].method).unit
        if unit == "time":
            fix = "compare on more splits in time order, of a longer series"
        elif unit == "group":
            fix = "compare on repeated splits that keep groups whole, such as GroupShuffleSplit"
        elif Caution.SERIAL in read_cautions(rows[0].caution):
            fix = "first say whether rows are in time order (times=) or grouped (groups=)"
        warn(
            f"some differences are clear for the models fitted here, but not for retrained models "
            f"({tested}): those between {_models_of(rows)}. If you will train again, {fix}.",
            FittedModelsWarning,
        )


def _warn_unstable(rows: Sequence[DifferenceRow]) -> None:
    if rows:
        warn(
            f"models that change much between repeats of the same samples: {_models_of(rows)}. "
            "The corrected t-test may claim too much of them. Trust small p-values only, or make "
            "the models more stable.",
            UnstableModelsWarning,
        )


def warn_undefined_skills(estimates: Sequence[Estimates]) -> None:
    """Warn of losses without a skill, because their reference leaves no loss to avoid."""
    references = {
        one.loss: one.reference
        for one in estimates
        if isinstance(one, MomentEstimates)
        and one.reference is not None
        and math.isnan(one.skill(one.limits[0]))
    }
    if references:
        warn_undefined_skill(references)
