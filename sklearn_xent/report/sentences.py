"""What frames say, in words a person can act on, never more than the numbers."""

import math
import textwrap
from collections.abc import Mapping
from itertools import chain
from typing import Any

import pandas as pd

from sklearn_xent.inference.paired_tests import Method
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report.verdicts import (
    NOTHING,
    OPEN,
    VERDICTS,
    Pair,
    Standing,
    against,
    anchor_of,
    doubt_of,
    has_leverage,
    lower_of,
    standings,
)

ANEW = {
    "not shown": (
        " This is shown for the models as fitted here, not for models trained anew on other "
        "samples."
    ),
    "unstable": " The models vary much between repeats, so this test may claim too much.",
}
FEW_SPLITS = 10
"""With so few splits the corrected t-test has a fraction of the power of others."""


def headline(
    loss: LossInfo,
    summary: pd.DataFrame,
    differences: pd.DataFrame,
    *,
    baseline: str | None = None,
    margin: float | None = None,
    brief: bool = False,
) -> str:
    """The conclusion for one loss in plain words, from the rows of its summary and differences.

    `brief` leaves out intervals, which a report shows elsewhere.
    """
    said = _conclusion(loss, summary, differences, margin, brief)
    if baseline is not None and summary["model"].nunique() > 1:
        said = _against_baseline(loss, summary, differences, baseline, margin, brief)
    floor = _floor_note(loss, summary)
    failures = _failure_note(summary)
    return said + failures + _doubt_note(summary, differences, margin, baseline) + floor


def overall(told: Mapping[str, tuple[LossInfo, pd.DataFrame, pd.DataFrame]]) -> str:
    """Which model is best under which losses, and against which the data show it.

    `told` holds the title, the summary and the differences of each loss.
    """
    models = next(iter(told.values()))[1]["model"].tolist()
    if len(models) == 1:
        return f"{models[0]} is the only model."
    told = {
        name: of_loss for name, of_loss in told.items() if of_loss[1]["mean_loss"].min() < math.inf
    }
    if not told:
        return "Nothing can be said: every mean loss is infinite."
    first = {
        name: summary["model"][summary["rank"] == 1].tolist()
        for name, (_, summary, _) in told.items()
    }
    best = [model for model in models if all(model in of_loss for of_loss in first.values())]
    titles = {name: shown.title for name, (shown, _, _) in told.items()}
    if not best:
        parts = [f"{joined(of_loss)} under {titles[name]}" for name, of_loss in first.items()]
        said = f"The losses disagree on which model is best: {'; '.join(parts)}."
        return said + _is_shown_between(list(dict.fromkeys(chain(*first.values()))), told)
    several = "both losses" if len(told) == 2 else f"all {len(told)} losses"
    under = several if len(told) > 1 else titles[next(iter(told))]
    start = f"{joined(best)} {'has' if len(best) == 1 else 'share'} the lowest mean loss"
    said = f"{start} under {under}."
    return said if len(best) > 1 else f"{said} {_how_sure(best[0], models, told)}".strip()


def _how_sure(
    best: str, models: list[str], told: Mapping[str, tuple[LossInfo, pd.DataFrame, pd.DataFrame]]
) -> str:
    """Against which models the data show that the best is best."""
    shown: dict[str, list[str]] = {}
    n_fitted = 0
    for loss, _, differences in told.values():
        for found in standings(best, differences):
            shown.setdefault(found.model, []).extend([loss.title] * (found.verdict == "lower"))
            n_fitted += found.doubt == "not shown"
    if len(shown) < len(models) - 1:  # held against the baseline only, which may be the best
        return ""
    alike: dict[tuple[str, ...], list[str]] = {}
    for model, titles in shown.items():
        alike.setdefault(tuple(titles), []).append(model)
    none = alike.pop((), [])
    if not alike:
        return "The data do not show it against any other model."
    parts = []
    for of_loss, models_there in sorted(alike.items(), key=lambda item: -len(item[0])):
        others = "every other model" if len(models_there) == len(shown) else _few(models_there)
        under = "every loss" if len(of_loss) == len(told) else f"{joined([*of_loss])} only"
        parts.append(f"against {others}" + (f" under {under}" if len(told) > 1 else ""))
    parts += [f"not against {_few(none)}"] if none else []
    return (
        f"The data show it {'; '.join(parts)}{_not_anew(n_fitted, sum(map(len, shown.values())))}."
    )


def _not_anew(n_fitted: int, n_shown: int) -> str:
    """How many of the differences that are shown are so for the models as fitted only."""
    if not n_fitted:
        return ""
    if n_fitted == n_shown:
        return ", but not for models trained anew"
    return f", but only {n_shown - n_fitted} of these {n_shown} differences for models trained anew"


def _is_shown_between(
    best: list[str], told: Mapping[str, tuple[LossInfo, pd.DataFrame, pd.DataFrame]]
) -> str:
    """Under which losses the data show that the best of some losses differ."""
    titles = []
    for shown, summary, differences in told.values():
        first = anchor_of(summary, None)
        found = {s.model: s.verdict for s in standings(first, differences)}
        if all(found.get(model) == "lower" for model in best if model != first):
            titles.append(shown.title)
    under = joined(titles) if titles else "no loss"
    return f" The data show the best to differ from the others named under {under}."


def sentence(
    loss: LossInfo, row: Mapping[Any, Any], margin: float | None, summary: pd.DataFrame
) -> str:
    """What may be said of one pair, from its row of the differences and those of its models."""
    a, b = row["model_a"], row["model_b"]
    lower, higher = (a, b) if lower_of(row) == a else (b, a)
    pair = against(lower, row)
    unit = f" {loss.unit}" if loss.unit else ""
    said = {
        "infinite": f"nothing can be said of {a} and {b}: a loss is infinite",
        "alike": (
            f"{a} and {b} {f'differ by {pair.by:.3g}{unit}' if pair.by else 'do not differ'}, "
            f"{pair.alike}; that says nothing of new samples"
        ),
        "unknown": (
            f"{lower} has the lower loss of the two in this sample, by {pair.by:.3g}{unit}, but "
            "there is too little to compute an interval from"
        ),
        "equivalent": (
            f"{a} and {b} are equivalent within the margin of {margin or 0:.3g}{unit}: the loss of "
            f"{lower} is lower by {pair.by:.3g} ({pair.interval})"
        ),
        "lower": (
            f"the data show that {lower} has a lower loss than {higher}, by {pair.by:.3g}{unit} "
            f"({pair.interval})"
        ),
        "open": (
            f"{lower} has a lower loss than {higher} in this sample, by {pair.by:.3g}{unit}, but "
            f"the data cannot tell them apart ({pair.interval}{pair.doubt and f', {pair.doubt}'})"
        ),
        "same": (
            f"{a} and {b} lose the same here, but the data cannot say that they are the same "
            f"({pair.interval} of the difference)"
        ),
    }[pair.verdict]
    power = _power_note(row) if pair.verdict in OPEN else ""
    anew = ANEW.get(doubt_of(row), "")
    floor = _floor_note(loss, summary)
    notes = [_margin_note(pair, margin, unit), anew, power, _leverage_note(row, margin), floor]
    return f"{loss.title}: {said}.{''.join(notes)}"


def _margin_note(pair: Pair, margin: float | None, unit: str) -> str:
    """What is said of a margin within which a pair was not placed."""
    if margin is None or pair.verdict not in ("lower", *OPEN):
        return ""
    if pair.low > margin:
        return f" That is more than the margin of {margin:.3g}{unit}."
    return f" Equivalence within the margin of {margin:.3g}{unit} is not shown."


def _leverage_note(row: Mapping[Any, Any], margin: float | None) -> str:
    if not has_leverage(row, margin):
        return ""
    return " This interval may be too short: single samples weigh much."


def _power_note(row: Mapping[Any, Any]) -> str:
    """A corrected test on few splits misses differences that another test would find."""
    if Method.from_label(row["method"]).unit != "split" or row["n_splits"] > FEW_SPLITS:
        return ""
    return (
        f" This test on {row['n_splits']} splits misses most small differences: more repeats, or "
        "the losses of single samples, would tell more."
    )


def _failure_note(summary: pd.DataFrame) -> str:
    failed = summary[summary["status"] == "failed"]
    return "".join(
        f" {row['model']} {textwrap.shorten('failed: ' + row['reason'], 160).rstrip('.')}."
        for row in failed.to_dict("records")
    )


def _doubt_note(
    summary: pd.DataFrame, differences: pd.DataFrame, margin: float | None, baseline: str | None
) -> str:
    """Against which models what is said of the best is to be read with care."""
    best = anchor_of(summary, baseline)
    of_best = [
        row for row in differences.to_dict("records") if best in (row["model_a"], row["model_b"])
    ]
    fitted = [against(best, row).other for row in of_best if doubt_of(row) == "not shown"]
    unstable = [against(best, row).other for row in of_best if doubt_of(row) == "unstable"]
    decided = [against(best, row).other for row in of_best if has_leverage(row, margin)]
    return "".join(
        f" {words.format(_few(others))}"
        for words, others in (
            (
                "The difference to {} is shown for the models as fitted here, not for models "
                "trained anew on other samples.",
                fitted,
            ),
            (
                "The interval of the difference to {} may be too short: single samples weigh much.",
                decided,
            ),
            (
                "The difference to {} varies so much between repeats that this test may claim too "
                "much.",
                unstable,
            ),
        )
        if others
    )


def _few(names: list[str]) -> str:
    """The first names, and how many more there are."""
    return joined([*names[:3], *([f"{len(names) - 3} more"] if len(names) > 3 else [])])


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
    """Which part of a mean loss the samples at the floor are; with weights, on average."""
    n_zero = row["n_zero_probability"]
    if pd.isna(n_zero) or not n_zero or not loss.floor_cost or not row["mean_loss"] > 0:
        return ""
    share = min(1.0, loss.floor_cost * n_zero / row["n_obs"] / row["mean_loss"])
    return f"about {share:.0%}" if share >= 0.01 else "less than 1%"


def _conclusion(
    loss: LossInfo,
    summary: pd.DataFrame,
    differences: pd.DataFrame,
    margin: float | None,
    brief: bool,
) -> str:
    ranked = summary[summary["mean_loss"].notna()].sort_values("rank", kind="stable")
    best = ranked.iloc[0]
    value = _value(loss, best["mean_loss"])
    if len(ranked) == 1:
        return f"{loss.title}: {best['model']} has a mean loss of {value}."
    if math.isinf(best["mean_loss"]) and best["mean_loss"] > 0:
        return f"{loss.title}: every mean loss is infinite, so nothing can be said."
    tied = [str(name) for name in ranked["model"][ranked["rank"] == 1]]
    verb, it = ("has", "it") if len(tied) == 1 else ("share", "them")
    start = f"{loss.title}: {joined(tied)} {verb} the lowest mean loss, {value}"
    pairs = _pairs_of_best(tied, differences)
    if not pairs:
        return start + "." if len(tied) > 1 else f"{start}; it was compared with no other model."
    within = f"within the margin of {margin or 0:.3g}"
    parts = [
        _listed(pairs, ("lower",), "shown by the data to be less than that of {}", brief),
        _listed(pairs, ("equivalent",), f"equivalent {within} to that of {{}}", brief),
        _listed(pairs, OPEN, f"the data cannot tell {it} apart from {{}}", brief),
        _listed(pairs, NOTHING, "nothing can be said against {}", brief),
    ]
    return f"{start}; " + "; ".join(part for part in parts if part) + "."


def _against_baseline(
    loss: LossInfo,
    summary: pd.DataFrame,
    differences: pd.DataFrame,
    baseline: str,
    margin: float | None,
    brief: bool,
) -> str:
    value = _value(loss, summary.loc[summary["model"] == baseline, "mean_loss"].iloc[0])
    start = f"{loss.title}: held against the baseline {baseline}, {value}"
    found = standings(baseline, differences, margin)
    if not found:
        return f"{start}, no model could be compared."
    within = f"within the margin of {margin or 0:.3g}"
    kinds = {
        "the data show a lower loss of {}": [s for s in found if (s.verdict, s.side) == LOWER],
        "the data show a higher loss of {}": [s for s in found if (s.verdict, s.side) == HIGHER],
        f"equivalent {within}: {{}}": [s for s in found if s.verdict == "equivalent"],
        "the data cannot tell {} apart from it": [s for s in found if s.verdict in OPEN],
        "nothing can be said of {}": [s for s in found if s.verdict in NOTHING],
    }
    parts = []
    for words, of_kind in kinds.items():
        texts = [f"{s.model} ({_amount_of(s, brief)})" for s in of_kind]
        if texts:
            parts.append(words.format(_few(texts)))
    return f"{start}: {'; '.join(parts)}."


LOWER, HIGHER = ("lower", "lower"), ("lower", "higher")


def _amount_of(found: Standing, brief: bool) -> str:
    if found.verdict in NOTHING:
        return found.reason
    by = f"{found.side} by {abs(found.difference):.3g}"
    return by if brief else f"{by}, {found.interval} of the difference"


def _value(loss: LossInfo, x: float) -> str:
    return "whose loss is unknown" if math.isnan(x) else f"{x:.4g} {loss.unit}".strip()


def _pairs_of_best(tied: list[str], differences: pd.DataFrame) -> list[Pair]:
    """The best against each other model; of several that share the rank, what holds for all."""
    pairs: dict[str, Pair] = {}
    for row in differences.to_dict("records"):
        of_best = [name for name in (row["model_a"], row["model_b"]) if name in tied]
        if len(of_best) != 1:
            continue
        pair = against(of_best[0], row)
        known = pairs.get(pair.other)
        if known is None or VERDICTS.index(pair.verdict) < VERDICTS.index(known.verdict):
            pairs[pair.other] = pair
    return list(pairs.values())


def _listed(pairs: list[Pair], verdicts: tuple[str, ...], words: str, brief: bool) -> str:
    chosen = sorted(
        (pair for pair in pairs if pair.verdict in verdicts),
        key=lambda pair: pair.by if math.isfinite(pair.by) else math.inf,
    )
    texts = [f"{pair.other} ({_amount(pair, brief)})" for pair in chosen[:3]]
    if len(chosen) > 3:
        texts.append(f"{len(chosen) - 3} more, further away")
    return words.format(joined(texts)) if texts else ""


def _amount(pair: Pair, brief: bool) -> str:
    if pair.verdict == "infinite":
        return "whose loss is infinite"
    by = f"lower by {pair.by:.3g}" if pair.verdict != "same" else "no different here"
    if pair.verdict == "alike":
        return f"{by} {pair.alike}" if pair.by else "no different"
    if pair.verdict == "unknown":
        return f"{by}, too little for an interval"
    doubt = f", {pair.doubt}" if pair.verdict == "open" and pair.doubt else ""
    return f"{by}{doubt}" if brief else f"{by}, {pair.interval}{doubt}"


def joined(texts: list[str]) -> str:
    """Words in a row, as a sentence has them."""
    return texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " and " + texts[-1]


def about(summary: pd.DataFrame, n_samples: int | None = None, n_groups: int | None = None) -> str:
    """What the intervals are about, and how they were computed."""
    sound = summary[summary["status"] == "ok"]
    n_obs = sound["n_obs"].iloc[0]
    samples = "" if pd.isna(n_obs) else f", from {n_obs} tested samples"
    if n_samples is not None and n_samples < n_obs:
        samples = f", from {n_samples} samples, tested {n_obs} times in all"
    if n_groups is not None:
        samples += f" in {n_groups} groups"
    methods = joined(list(dict.fromkeys(sound["method"])))
    return f"About the {estimand(summary)}{samples}, by {methods}."


def estimand(summary: pd.DataFrame) -> str:
    """What the intervals are about."""
    sound = summary[summary["status"] == "ok"]
    return str(sound["estimand"].iloc[0])
