"""Layer 10: what frames say, in words a person can act on, never more than the numbers."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from sklearn_xent import inference

ANEW = {
    "fitted only": " This is about the models that were fitted; for training anew it is not shown.",
    "unstable": " The models vary much between repeats, so this test may claim too much.",
}
FEW_SPLITS = 10
"""With so few splits the corrected t-test has a fraction of the power of others."""


@dataclass(frozen=True)
class Shown:
    """How a loss is shown in words."""

    title: str
    unit: str = ""
    floored: bool = False
    """Whether it charges a floor for a zero probability, which is then told."""


def headline(loss: Shown, summary: pd.DataFrame, differences: pd.DataFrame) -> str:
    """The conclusion for one loss in plain words, from the rows of its summary and differences."""
    note = _floor_note(summary) if loss.floored else ""
    said = _conclusion(loss, summary, differences) + _failure_note(summary)
    return said + _doubt_note(summary, differences) + note


def sentence(
    loss: Shown, row: Mapping[Any, Any], margin: float | None, summary: pd.DataFrame
) -> str:
    """What may be said of one pair, from its row of the differences and those of its models."""
    a, b = row["model_a"], row["model_b"]
    lower, higher = (a, b) if row["difference"] <= 0 else (b, a)
    pair = _against(lower, row)
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
            f"the data cannot tell them apart ({pair.interval}{pair.doubt})"
        ),
        "same": (
            f"{a} and {b} lose the same here, but the data cannot say that they are the same "
            f"({pair.interval} of the difference)"
        ),
    }[pair.verdict]
    power = _power_note(row) if pair.verdict in ("open", "same") else ""
    anew = ANEW.get(row["doubt"], "")
    floor = _floor_note(summary) if loss.floored else ""
    notes = [_margin_note(pair, margin, unit), anew, power, _leverage_note(row), floor]
    return f"{loss.title}: {said}.{''.join(notes)}"


def _margin_note(pair: "Pair", margin: float | None, unit: str) -> str:
    """What is said of a margin within which a pair was not placed."""
    if margin is None or pair.verdict not in ("lower", "open", "same"):
        return ""
    if pair.low > margin:
        return f" That is more than the margin of {margin:.3g}{unit}."
    return f" Equivalence within the margin of {margin:.3g}{unit} is not shown."


def overall(losses: Mapping[str, Shown], summary: pd.DataFrame) -> str:
    """Which model is best under which losses, and no more than that."""
    best: dict[str, list[str]] = {}
    for name, shown in losses.items():
        first = summary[(summary["loss"] == name) & (summary["rank"] == 1)]
        best.setdefault(joined(first["model"].tolist()), []).append(shown.title)
    if summary["model"].nunique() == 1:
        return f"{next(iter(best))} is the only model."
    if len(best) > 1:
        parts = [f"{model} by {joined(titles)}" for model, titles in best.items()]
        return f"The losses disagree on which model is best: {'; '.join(parts)}."
    [(model, titles)] = best.items()
    under = titles[0] if len(titles) == 1 else f"all {len(titles)} losses"
    return f"{model} has the lowest mean loss under {under}."


@dataclass(frozen=True)
class Standing:
    """How a model fares against the one that all are held against."""

    model: str
    difference: float
    """Its loss less that of the other."""
    low: float
    high: float
    pvalue: float
    verdict: str
    notes: Sequence[str]

    @property
    def shown(self) -> bool:
        """Whether the data show a difference."""
        return self.verdict == "lower"

    @property
    def words(self) -> str:
        """The verdict and what to be careful of."""
        side = "higher" if self.difference > 0 else "lower"
        said = {
            "lower": f"{side}: shown by the data",
            "equivalent": "equivalent within the margin",
            "alike": "nothing can be said: no spread",
            "unknown": "nothing can be said: too little data",
            "infinite": "nothing can be said: an infinite loss",
        }.get(self.verdict, "the data cannot tell")
        return "; ".join([said, *self.notes])


def anchor_of(summary: pd.DataFrame, baseline: str | None) -> str:
    """The model that the others are held against: the baseline, or the best."""
    return baseline or str(summary.sort_values("rank", kind="stable")["model"].iloc[0])


def standings(anchor: str, differences: pd.DataFrame) -> list[Standing]:
    """Every model that was compared with the anchor, the lowest loss first."""
    out = []
    for row in differences.to_dict("records"):
        if anchor in (row["model_a"], row["model_b"]):
            lower = row["model_a"] if row["difference"] <= 0 else row["model_b"]
            pair = _against(anchor, row)
            verdict = _against(lower, row).verdict
            notes = (
                _DOUBTS.get(row["doubt"], ""),
                "one sample may decide it" * bool(_leverage_note(row)),
            )
            out.append(
                Standing(
                    pair.other,
                    pair.by,
                    pair.low,
                    pair.high,
                    row["pvalue_holm"],
                    verdict,
                    tuple(filter(None, notes)),
                )
            )
    return sorted(out, key=lambda standing: standing.difference)


_DOUBTS = {
    "fitted only": "about the fitted models, not shown for training anew",
    "unstable": "unstable between repeats, may claim too much",
}


class Pair(NamedTuple):
    """How a model fares against another: by how much its loss is lower, and what may be said."""

    other: str
    verdict: str
    by: float
    low: float
    high: float
    interval: str
    doubt: str
    """Why an interval without zero shows nothing."""
    alike: str


VERDICTS = ("infinite", "alike", "unknown", "same", "open", "equivalent", "lower")
"""What may be said of a pair, the least first."""


def _against(model: str, row: Mapping[Any, Any]) -> Pair:
    """A row of the differences as seen from one of its models."""
    is_a = row["model_a"] == model
    sign = -1.0 if is_a else 1.0
    low, high = sorted((sign * row["conf_low"], sign * row["conf_high"]))
    by = sign * row["difference"] + 0.0
    level = row["confidence_level"]
    largest = max(abs(row["loss_a"]), abs(row["loss_b"]))
    if not math.isfinite(by):
        verdict = "infinite"
    elif row["degenerate"]:
        verdict = "alike"
    elif math.isnan(low) or math.isnan(high):
        verdict = "unknown"
    elif row["conclusion"] == "equivalent within margin":
        verdict = "equivalent"
    elif row["conclusion"] == ("a lower" if is_a else "b lower"):
        verdict = "lower"
    else:
        verdict = "same" if abs(by) <= inference.NOISE * largest else "open"
    doubt = ""
    if low > 0:
        shown = row["pvalue"] <= 1.0 - level
        doubt = (
            ", not shown once adjusted for all pairs"
            if shown
            else f", but p = {row['pvalue']:.2g} by the exact test"
        )
    return Pair(
        row["model_b"] if is_a else row["model_a"],
        verdict,
        by,
        low,
        high,
        f"{100 * level:g}% interval {low:.3g} to {high:.3g}",
        doubt,
        _alike(row),
    )


def _alike(row: Mapping[Any, Any]) -> str:
    """Where a constant difference is the same."""
    method = str(row["method"])
    unit, n = "sample", row["n_obs"]
    if method.startswith("corrected"):
        unit, n = "split", row["n_splits"]
    elif method.startswith("cluster"):
        unit, n = "group", row["n_groups"]
    return f"in the only {unit}" if n == 1 else f"in every {unit} alike"


def _power_note(row: Mapping[Any, Any]) -> str:
    """A corrected test on few splits misses differences that another test would find."""
    if not str(row["method"]).startswith("corrected") or row["n_splits"] > FEW_SPLITS:
        return ""
    return (
        f" This test on {row['n_splits']} splits misses most small differences: more repeats, or "
        "the losses of single samples, would tell more."
    )


def _leverage_note(row: Mapping[Any, Any]) -> str:
    if not inference.has_leverage(row["method"], row["label_leverage"], row["sample_leverage"]):
        return ""
    return " One sample may decide much of this interval, so it may be too short."


def _failure_note(summary: pd.DataFrame) -> str:
    failed = summary[summary["method"].str.startswith("failed: ")]
    return "".join(
        f" {row['model']} {textwrap.shorten(row['method'], 160).rstrip('.')}."
        for row in failed.to_dict("records")
    )


def _doubt_note(summary: pd.DataFrame, differences: pd.DataFrame) -> str:
    """Against which models what is said of the best is to be read with care."""
    best = summary.sort_values("rank", kind="stable")["model"].iloc[0]
    of_best = [
        row for row in differences.to_dict("records") if best in (row["model_a"], row["model_b"])
    ]
    fitted = [_against(best, row).other for row in of_best if row["doubt"] == "fitted only"]
    unstable = [_against(best, row).other for row in of_best if row["doubt"] == "unstable"]
    decided = [_against(best, row).other for row in of_best if _leverage_note(row)]
    return "".join(
        f" {words} {joined(others[:3])}{f' and {len(others) - 3} more' * (len(others) > 3)}."
        for words, others in (
            (
                "This is about the models that were fitted; not shown for training anew against",
                fitted,
            ),
            ("One sample may decide much of the interval of the difference to", decided),
            (
                "Between repeats it varies too much for this test, as does the difference to",
                unstable,
            ),
        )
        if others
    )


def _floor_note(summary: pd.DataFrame) -> str:
    zeros = [
        f"{row['model']} in {row['n_zero_probability']} of {row['n_obs']} samples"
        for row in summary.to_dict("records")
        if not pd.isna(row["n_zero_probability"]) and row["n_zero_probability"]
    ]
    if not zeros:
        return ""
    return (
        f" Where a true class got a probability of zero, a floor decides the loss: {joined(zeros)}."
    )


def _conclusion(loss: Shown, summary: pd.DataFrame, differences: pd.DataFrame) -> str:
    ranked = summary[summary["mean_loss"].notna()].sort_values("rank", kind="stable")
    best = ranked.iloc[0]
    value = f"{best['mean_loss']:.4g} {loss.unit}".strip()
    if len(ranked) == 1:
        return f"{loss.title}: {best['model']} has a mean loss of {value}."
    tied = [str(name) for name in ranked["model"][ranked["rank"] == 1]]
    verb, it = ("has", "it") if len(tied) == 1 else ("share", "them")
    start = f"{loss.title}: {joined(tied)} {verb} the lowest mean loss, {value}"
    pairs = _pairs_of_best(tied, differences)
    if not pairs:
        return start + "." if len(tied) > 1 else f"{start}; it was compared with no other model."
    parts = [
        _listed(pairs, ("lower",), "shown by the data to be less than that of {}"),
        _listed(pairs, ("equivalent",), "equivalent within the margin to that of {}"),
        _listed(pairs, ("open", "same"), f"the data cannot tell {it} apart from {{}}"),
        _listed(pairs, ("infinite", "alike", "unknown"), "nothing can be said against {}"),
    ]
    return f"{start}; " + "; ".join(part for part in parts if part) + "."


def _pairs_of_best(tied: list[str], differences: pd.DataFrame) -> list[Pair]:
    """The best against each other model; of several that share the rank, what holds for all."""
    pairs: dict[str, Pair] = {}
    for row in differences.to_dict("records"):
        of_best = [name for name in (row["model_a"], row["model_b"]) if name in tied]
        if len(of_best) != 1:
            continue
        pair = _against(of_best[0], row)
        known = pairs.get(pair.other)
        if known is None or VERDICTS.index(pair.verdict) < VERDICTS.index(known.verdict):
            pairs[pair.other] = pair
    return list(pairs.values())


def _listed(pairs: list[Pair], verdicts: tuple[str, ...], words: str) -> str:
    chosen = sorted(
        (pair for pair in pairs if pair.verdict in verdicts),
        key=lambda pair: pair.by if math.isfinite(pair.by) else math.inf,
    )
    texts = [f"{pair.other} ({_amount(pair)})" for pair in chosen[:3]]
    if len(chosen) > 3:
        texts.append(f"{len(chosen) - 3} more")
    return words.format(joined(texts)) if texts else ""


def _amount(pair: Pair) -> str:
    if pair.verdict == "infinite":
        return "whose loss is infinite"
    by = f"lower by {pair.by:.3g}" if pair.verdict != "same" else "no different here"
    if pair.verdict == "alike":
        return f"{by} {pair.alike}" if pair.by else "no different"
    if pair.verdict == "unknown":
        return f"{by}, too little for an interval"
    doubt = pair.doubt if pair.verdict == "open" else ""
    return f"{by}, {pair.interval}{doubt}"


def joined(texts: list[str]) -> str:
    """Words in a row, as a sentence has them."""
    return texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " and " + texts[-1]


def about(summary: pd.DataFrame) -> str:
    """What the intervals are about, and how they were computed."""
    sound = summary[~summary["method"].str.startswith("failed: ")]
    n_obs = sound["n_obs"].iloc[0]
    samples = "" if pd.isna(n_obs) else f", from {n_obs} tested samples"
    methods = joined(list(dict.fromkeys(sound["method"])))
    return f"About the {estimand(summary)}{samples}, by {methods}."


def estimand(summary: pd.DataFrame) -> str:
    """What the intervals are about."""
    sound = summary[~summary["method"].str.startswith("failed: ")]
    return str(sound["estimand"].iloc[0])
