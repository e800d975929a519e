"""Sentences about the results that a person can act on, and that never say more than they show."""

import math
import textwrap
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any

import pandas as pd

from sklearn_xent.inference.cautions import Caution
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report import planned
from sklearn_xent.report.verdicts import (
    NO_CLAIM,
    NOT_SHOWN,
    NOTHING_SAID,
    Kind,
    LossResults,
    Verdict,
)

FEW_SPLITS = 10
"""With so few splits the corrected t-test has a fraction of the power of others."""
MOST_NAMES = 3
"""So many models are named in a list; the rest are counted."""


# --- one loss -------------------------------------------------------------------------------


def headline(results: LossResults, *, brief: bool = False) -> str:
    """Return the conclusion for one loss in plain words.

    `brief` leaves out intervals, which a report shows elsewhere.
    """
    floor, is_one = _floor_note(results.info, results.summary), len(results.summary) == 1
    if results.planned and not is_one:  # the verdict on each pair has its cautions
        return planned.headline(results, brief=brief) + _failure_note(results) + floor
    if results.baseline is not None and not is_one:
        said = _about_baseline(results, brief)
    else:
        said = _about_best(results, brief)
    return said + _failure_note(results) + _caution_note(results) + floor


def _about_best(results: LossResults, brief: bool) -> str:
    title = results.info.title
    ranked = results.ranked[results.ranked["mean_loss"].notna()]
    best = ranked.iloc[0]
    value = _value(results.info, best["mean_loss"])
    if len(ranked) == 1:
        return f"{title}: {best['model']} has a mean loss of {value}."
    if math.isinf(best["mean_loss"]) and best["mean_loss"] > 0:
        return f"{title}: every mean loss is infinite, so nothing can be said."
    tied = [str(name) for name in ranked["model"][ranked["rank"] == 1]]
    verb, it = ("has", "it") if len(tied) == 1 else ("share", "them")
    start = f"{title}: {joined(tied)} {verb} the lowest mean loss, {value}"
    verdicts = _verdicts_on_others(tied, results.pairs)
    if not verdicts:
        return start + "." if len(tied) > 1 else f"{start}; it was compared with no other model."
    within = f"within the margin of {results.margin or 0:.3g}"
    parts = [
        _listed(verdicts, (Kind.CLEAR,), "shown by the data to be less than that of {}", brief),
        _listed(verdicts, (Kind.EQUIVALENT,), f"equivalent {within} to that of {{}}", brief),
        _listed(verdicts, NO_CLAIM, f"the data cannot tell {it} apart from {{}}", brief),
        _listed(verdicts, NOTHING_SAID, "nothing can be said against {}", brief),
    ]
    return f"{start}; " + "; ".join(part for part in parts if part) + "."


def _verdicts_on_others(tied: Collection[str], pairs: Iterable[Verdict]) -> list[Verdict]:
    """Compare every other model with the best; with several of them, return the weakest verdict."""
    found: dict[str, Verdict] = {}
    for pair in pairs:
        of_best = [name for name in (pair.model, pair.reference) if name in tied]
        if len(of_best) != 1:
            continue
        verdict = pair.seen_from(of_best[0])
        known = found.get(verdict.model)
        if known is None or verdict.kind < known.kind:
            found[verdict.model] = verdict
    return list(found.values())


def _listed(verdicts: list[Verdict], kinds: tuple[Kind, ...], words: str, brief: bool) -> str:
    chosen = sorted(
        (verdict for verdict in verdicts if verdict.kind in kinds),
        key=lambda v: v.difference if math.isfinite(v.difference) else math.inf,
    )
    texts = [f"{verdict.model} ({_lead(verdict, brief)})" for verdict in chosen[:MOST_NAMES]]
    if len(chosen) > MOST_NAMES:
        texts.append(f"{len(chosen) - MOST_NAMES} more, further away")
    return words.format(joined(texts)) if texts else ""


def _lead(verdict: Verdict, brief: bool) -> str:
    """Say by how much the best is lower than another model."""
    if verdict.kind is Kind.INFINITE:
        return "whose loss is infinite"
    by = f"lower by {verdict.difference:.3g}"
    if verdict.kind is Kind.SAME:
        by = "no different here"
    if verdict.kind is Kind.NO_SPREAD:
        return f"{by} {verdict.constancy}" if verdict.difference else "no different"
    if verdict.kind is Kind.UNKNOWN:
        return f"{by}, too little for an interval"
    reason = f", {verdict.reason}" if verdict.reason else ""
    return f"{by}{reason}" if brief else f"{by}, {verdict.interval}{reason}"


def _about_baseline(results: LossResults, brief: bool) -> str:
    baseline, summary = results.reference, results.summary
    value = _value(results.info, summary.loc[summary["model"] == baseline, "mean_loss"].iloc[0])
    start = f"{results.info.title}: compared with the baseline {baseline}, {value}"
    verdicts = results.verdicts()
    if not verdicts:
        return f"{start}, no model could be compared."
    within = f"within the margin of {results.margin or 0:.3g}"
    clear = [v for v in verdicts if v.kind is Kind.CLEAR]
    lists = {
        "the data show a lower loss of {}": [v for v in clear if v.side == "lower"],
        "the data show a higher loss of {}": [v for v in clear if v.side == "higher"],
        f"equivalent {within}: {{}}": [v for v in verdicts if v.kind is Kind.EQUIVALENT],
        "the data cannot tell {} apart from it": [v for v in verdicts if v.kind in NO_CLAIM],
        "nothing can be said of {}": [v for v in verdicts if v.kind in NOTHING_SAID],
    }
    parts = [
        words.format(_few([f"{v.model} ({_distance(v, brief)})" for v in of_kind]))
        for words, of_kind in lists.items()
        if of_kind
    ]
    return f"{start}: {'; '.join(parts)}."


def _distance(verdict: Verdict, brief: bool) -> str:
    """Say how far a model is from the baseline."""
    if verdict.kind in NOTHING_SAID:
        return verdict.why_nothing
    by = f"{verdict.side} by {abs(verdict.difference):.3g}"
    return by if brief else f"{by}, {verdict.interval} of the difference"


def _value(loss: LossInfo, x: float) -> str:
    return "whose loss is unknown" if math.isnan(x) else f"{x:.4g} {loss.unit}".strip()


def _failure_note(results: LossResults) -> str:
    failed = results.summary[results.summary["status"] == "failed"]
    return "".join(
        f" {row['model']} {textwrap.shorten('failed: ' + row['reason'], 160).rstrip('.')}."
        for row in failed.to_dict("records")
    )


def _caution_note(results: LossResults) -> str:
    """Name the models whose comparison with the reference is to be read with care."""
    verdicts = results.compared_with(results.reference)
    limited = {
        "The difference to {} is shown for the models as fitted here, not for models retrained on "
        "other samples.": [v.model for v in verdicts if v.retraining == NOT_SHOWN],
        "The interval of the difference to {} may be too narrow: single samples weigh much.": [
            v.model for v in verdicts if Caution.LEVERAGE in v.cautions
        ],
        "The difference to {} varies so much between repeats that this test may claim too much.": [
            v.model for v in verdicts if Caution.UNSTABLE in v.cautions
        ],
    }
    return "".join(f" {words.format(_few(names))}" for words, names in limited.items() if names)


def _floor_note(loss: LossInfo, summary: pd.DataFrame) -> str:
    zeros = [
        f"{row['model']} in {row['n_zero_probability']} of {row['n_obs']} samples, which make "
        f"{floor_share(loss, row)} of its loss"
        for row in summary.to_dict("records")
        if floor_share(loss, row)
    ]
    if not zeros:
        return ""
    return (
        f" Where a true class got a probability of zero, a floor decides the loss: {joined(zeros)}."
    )


def floor_share(loss: LossInfo, row: Mapping[Any, Any]) -> str:
    """Say which part of a mean loss the samples at the floor are; with weights, on average."""
    n_zero = row["n_zero_probability"]
    if pd.isna(n_zero) or not n_zero or not loss.floor_cost or not row["mean_loss"] > 0:
        return ""
    share = min(1.0, loss.floor_cost * n_zero / row["n_obs"] / row["mean_loss"])
    return f"about {share:.0%}" if share >= 0.01 else "less than 1%"


# --- one pair -------------------------------------------------------------------------------


def sentence(results: LossResults, row: Mapping[Any, Any]) -> str:
    """Say what is known of one pair of models, from its row of the differences."""
    pair = Verdict.from_row(row, results.margin)
    a, b = pair.model, pair.reference
    lower, higher = (a, b) if pair.lower == a else (b, a)
    verdict = pair.seen_from(lower)
    unit = f" {results.info.unit}" if results.info.unit else ""
    by, interval = f"{verdict.difference:.3g}", verdict.interval
    reason = f", {verdict.reason}" if verdict.reason else ""
    said = {
        Kind.INFINITE: f"nothing can be said of {a} and {b}: a loss is infinite",
        Kind.NO_SPREAD: (
            f"{a} and {b} {f'differ by {by}{unit}' if verdict.difference else 'do not differ'}, "
            f"{verdict.constancy}; that says nothing of new samples"
        ),
        Kind.UNKNOWN: (
            f"{lower} has the lower loss of the two in this sample, by {by}{unit}, but there is "
            "too little to compute an interval from"
        ),
        Kind.EQUIVALENT: (
            f"{a} and {b} are equivalent within the margin of {results.margin or 0:.3g}{unit}: the "
            f"loss of {lower} is lower by {by} ({interval})"
        ),
        Kind.CLEAR: (
            f"the data show that {lower} has a lower loss than {higher}, by {by}{unit} ({interval})"
        ),
        Kind.NOT_CLEAR: (
            f"{lower} has a lower loss than {higher} in this sample, by {by}{unit}, but the data "
            f"cannot tell them apart ({interval}{reason})"
        ),
        Kind.SAME: (
            f"{a} and {b} have the same loss here, but the data cannot say that they are the same "
            f"({interval} of the difference)"
        ),
    }[verdict.kind]
    of_pair = results.summary[results.summary["model"].isin([a, b])]
    notes = [
        _margin_note(verdict, results.margin, unit),
        _retraining_note(verdict),
        _power_note(verdict),
        _leverage_note(verdict),
        _floor_note(results.info, of_pair),
    ]
    return f"{results.info.title}: {said}.{''.join(notes)}"


def _margin_note(verdict: Verdict, margin: float | None, unit: str) -> str:
    """Compare a difference that is not equivalent with the margin, if there is one."""
    if margin is None or verdict.kind not in (Kind.CLEAR, *NO_CLAIM):
        return ""
    if verdict.low > margin:
        return f" That is more than the margin of {margin:.3g}{unit}."
    return f" Equivalence within the margin of {margin:.3g}{unit} is not shown."


def _retraining_note(verdict: Verdict) -> str:
    if verdict.retraining == NOT_SHOWN:
        return (
            " This is shown for the models as fitted here, not for models retrained on other "
            "samples."
        )
    if Caution.UNSTABLE in verdict.cautions:
        return " The models vary much between repeats, so this test may claim too much."
    return ""


def _power_note(verdict: Verdict) -> str:
    """Say that a corrected test on few splits misses differences that others would find."""
    has_few_splits = verdict.unit == "split" and verdict.n_units <= FEW_SPLITS
    if verdict.kind not in NO_CLAIM or not has_few_splits:
        return ""
    return (
        f" This test on {verdict.n_units} splits misses most small differences: more repeats, or "
        "the losses of single samples, would tell more."
    )


def _leverage_note(verdict: Verdict) -> str:
    if Caution.LEVERAGE not in verdict.cautions:
        return ""
    return " This interval may be too narrow: single samples weigh much."


# --- all losses -----------------------------------------------------------------------------


def overall(losses: Collection[LossResults]) -> str:
    """Say which model is best under which losses, and compared with which models it is clear."""
    models = next(iter(losses)).summary["model"].tolist()
    if len(models) == 1:
        return f"{models[0]} is the only model."
    if next(iter(losses)).planned:
        return planned.overall(losses)
    finite = [results for results in losses if results.summary["mean_loss"].min() < math.inf]
    if not finite:
        return "Nothing can be said: every mean loss is infinite."
    first = [results.summary["model"][results.summary["rank"] == 1].tolist() for results in finite]
    titles = [results.info.title for results in finite]
    best = [model for model in models if all(model in of_loss for of_loss in first)]
    if not best:
        parts = [
            f"{joined(of_loss)} under {title}" for of_loss, title in zip(first, titles, strict=True)
        ]
        said = f"The losses disagree on which model is best: {'; '.join(parts)}."
        return said + _where_best_differ(list(dict.fromkeys(chain(*first))), finite)
    several = "both losses" if len(finite) == 2 else f"all {len(finite)} losses"
    under = several if len(finite) > 1 else titles[0]
    start = f"{joined(best)} {'has' if len(best) == 1 else 'share'} the lowest mean loss"
    said = f"{start} under {under}."
    return said if len(best) > 1 else f"{said} {_how_sure(best[0], models, finite)}".strip()


def _how_sure(best: str, models: list[str], losses: Collection[LossResults]) -> str:
    """Say compared with which models the data show that the best is best."""
    shown: dict[str, list[str]] = {}
    n_not_retrained = 0
    for results in losses:
        for verdict in results.verdicts(best):
            titles_there = shown.setdefault(verdict.model, [])
            if verdict.kind is Kind.CLEAR:
                titles_there.append(results.info.title)
            n_not_retrained += verdict.retraining == NOT_SHOWN
    if len(shown) < len(models) - 1:  # compared with the baseline only, which may be the best
        return ""
    alike: dict[tuple[str, ...], list[str]] = {}
    for model, titles in shown.items():
        alike.setdefault(tuple(titles), []).append(model)
    none = alike.pop((), [])
    if not alike:
        return "The data do not show it against any other model."
    parts = []
    for titles_of, models_there in sorted(alike.items(), key=lambda item: -len(item[0])):
        others = "every other model" if len(models_there) == len(shown) else _few(models_there)
        under = "every loss" if len(titles_of) == len(losses) else f"{joined([*titles_of])} only"
        parts.append(f"against {others}" + (f" under {under}" if len(losses) > 1 else ""))
    parts += [f"not against {_few(none)}"] if none else []
    n_shown = sum(map(len, shown.values()))
    return f"The data show it {'; '.join(parts)}{_not_retrained(n_not_retrained, n_shown)}."


def _not_retrained(n_not_retrained: int, n_shown: int) -> str:
    """Count the differences that are shown for the models as fitted only."""
    if not n_not_retrained:
        return ""
    if n_not_retrained == n_shown:
        return ", but not for retrained models"
    n_retrained = n_shown - n_not_retrained
    return f", but only {n_retrained} of these {n_shown} differences for retrained models"


def _where_best_differ(best: list[str], losses: Collection[LossResults]) -> str:
    """Say under which losses the data show that the models that are best of some loss differ."""
    titles = []
    for results in losses:
        kinds = {verdict.model: verdict.kind for verdict in results.verdicts(results.best)}
        if all(kinds.get(model) is Kind.CLEAR for model in best if model != results.best):
            titles.append(results.info.title)
    under = joined(titles) if titles else "no loss"
    return f" The data show the best to differ from the others named under {under}."


def about(
    losses: Collection[LossResults], n_samples: int | None = None, n_groups: int | None = None
) -> str:
    """Say what the intervals are about, and how they were computed."""
    n_obs = _first_of(losses, "n_obs")
    samples = "" if pd.isna(n_obs) else f", from {n_obs} tested samples"
    if n_samples is not None and n_samples < n_obs:
        samples = f", from {n_samples} samples, tested {n_obs} times in all"
    if n_groups is not None:
        samples += f" in {n_groups} groups"
    methods = dict.fromkeys(chain.from_iterable(x.computed["method"] for x in losses))
    return f"About the {estimand(losses)}{samples}, by {joined(list(methods))}."


def estimand(losses: Collection[LossResults]) -> str:
    """Return what the intervals are about."""
    return str(_first_of(losses, "estimand"))


def _first_of(losses: Collection[LossResults], column: str) -> Any:
    """Return a value that all models of all losses share, from the first that did not fail."""
    return next(chain.from_iterable(results.computed[column] for results in losses))


# --- parts ----------------------------------------------------------------------------------


def joined(texts: list[str]) -> str:
    """Join words as a sentence does: with commas, and "and" before the last."""
    return texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " and " + texts[-1]


def _few(names: list[str]) -> str:
    """Join the first names, and count the rest."""
    more = len(names) - MOST_NAMES
    return joined([*names[:MOST_NAMES], *([f"{more} more"] if more > 0 else [])])
