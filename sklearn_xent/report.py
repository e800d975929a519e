"""Layer 10: frames to text, in words a person can act on that never say more than the numbers."""

import math
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from sklearn_xent import inference

WIDTH = 80
FEW_SPLITS = 10
"""With so few splits the corrected t-test has a fraction of the power of others."""
NOTE = (
    "Intervals are for one model or one pair; conclusions are adjusted for all pairs.\n"
    "All pairs: .differences. All columns: .summary."
)


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


def sentence(loss: Shown, row: Mapping[Any, Any], margin: float | None) -> str:
    """What may be said of one pair, from its row of the differences."""
    a, b = row["model_a"], row["model_b"]
    lower, higher = (a, b) if row["difference"] <= 0 else (b, a)
    pair = _against(lower, row)
    assert pair is not None
    unit = f" {loss.unit}" if loss.unit else ""
    start = f"{loss.title}: "
    if pair.verdict == "degenerate":
        if not math.isfinite(pair.by):
            return f"{start}nothing can be said of {a} and {b}: a loss is infinite."
        what = f"differ by {pair.by:.3g}{unit}" if pair.by else "do not differ"
        return f"{start}{a} and {b} {what}, on every sample alike; that says nothing of new ones."
    interval = f"{row['confidence_level']:.0%} interval {pair.low:.3g} to {pair.high:.3g}"
    doubt = _leverage_note(row)
    if row["conclusion"] == "equivalent within margin":
        return (
            f"{start}{a} and {b} are equivalent within the margin of {margin:.3g}{unit}: {lower} "
            f"is lower by {pair.by:.3g} ({interval}).{doubt}"
        )
    if pair.verdict == "lower":
        return (
            f"{start}the data show {lower} to be lower than {higher}, by {pair.by:.3g}{unit} "
            f"({interval}).{doubt}"
        )
    power = (
        _power_note(row)
        if pair.low <= 0
        else " Alone this pair would be told apart; adjusted for all pairs it is not."
    )
    return (
        f"{start}{lower} is lower than {higher} by {pair.by:.3g}{unit} here, but the data cannot "
        f"tell them apart ({interval}).{power}{doubt}"
    )


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
    return "".join(f" {row['model']} {row['method'][:160]}." for row in failed.to_dict("records"))


def _doubt_note(summary: pd.DataFrame, differences: pd.DataFrame) -> str:
    """Against which models the interval of the best may be too short."""
    best = summary.sort_values("rank", kind="stable")["model"].iloc[0]
    others = [
        row["model_b"] if row["model_a"] == best else row["model_a"]
        for row in differences.to_dict("records")
        if best in (row["model_a"], row["model_b"]) and _leverage_note(row)
    ]
    if not others:
        return ""
    return f" One sample may decide much of the interval against {_joined(others[:3])}" + (
        "." if len(others) <= 3 else f" and {len(others) - 3} more."
    )


def _floor_note(summary: pd.DataFrame) -> str:
    zeros = [
        f"{row['model']} (in {row['n_zero_probability']} of {row['n_obs']} samples)"
        for row in summary.to_dict("records")
        if not pd.isna(row["n_zero_probability"]) and row["n_zero_probability"]
    ]
    if not zeros:
        return ""
    return f" A floor for zero probabilities decides part of the loss of {_joined(zeros)}."


def _conclusion(loss: Shown, summary: pd.DataFrame, differences: pd.DataFrame) -> str:
    ranked = summary[summary["mean_loss"].notna()].sort_values("rank", kind="stable")
    best = ranked.iloc[0]
    value = f"{best['mean_loss']:.4g} {loss.unit}".strip()
    if len(ranked) == 1:
        return f"{loss.title}: {best['model']} has a mean loss of {value}."
    tied = [str(name) for name in ranked["model"][ranked["rank"] == 1]]
    verb = "has" if len(tied) == 1 else "share"
    start = f"{loss.title}: {_joined(tied)} {verb} the lowest mean loss, {value}"
    against = [_against(best["model"], row) for row in differences.to_dict("records")]
    pairs = [pair for pair in against if pair is not None and pair.other not in tied]
    if not pairs:
        return start + "." if len(tied) > 1 else f"{start}; it was compared with no other model."
    level, n_pairs = differences["confidence_level"].iloc[0], len(differences)
    parts = [
        _listed(pairs, "lower", "the data show it to be lower than that of {}", level, n_pairs),
        _listed(pairs, "equivalent", "equivalent within the margin to {}", level, n_pairs),
        _listed(pairs, "open", "but the data cannot tell it apart from {}", level, n_pairs),
        _listed(pairs, "degenerate", "while nothing can be said against {}", level, n_pairs),
    ]
    return f"{start}; " + ", ".join(part for part in parts if part) + "."


class Pair(NamedTuple):
    """How the best model fares against another: by how much its loss is lower."""

    other: str
    verdict: str
    by: float
    low: float
    high: float


def _against(best: str, row: Mapping[Any, Any]) -> Pair | None:
    if best not in (row["model_a"], row["model_b"]):
        return None
    best_is_a = row["model_a"] == best
    other = row["model_b"] if best_is_a else row["model_a"]
    sign = -1.0 if best_is_a else 1.0
    ends = sorted((sign * row["conf_low"], sign * row["conf_high"]))
    lower = row["conclusion"] == ("a lower" if best_is_a else "b lower")
    by = sign * row["difference"] + 0.0
    verdict = "lower" if lower else "open"
    if row["conclusion"] == "equivalent within margin":
        verdict = "equivalent"
    if row["degenerate"] or not math.isfinite(by):
        verdict = "degenerate"
    return Pair(other, verdict, by, *ends)


def _listed(pairs: list[Pair], verdict: str, words: str, level: float, n_pairs: int) -> str:
    chosen = [pair for pair in pairs if pair.verdict == verdict]
    texts = [f"{pair.other} ({_amount(pair, level, n_pairs)})" for pair in chosen[:3]]
    if len(chosen) > 3:
        texts.append(f"{len(chosen) - 3} more")
    return words.format(_joined(texts)) if texts else ""


def _amount(pair: Pair, level: float, n_pairs: int) -> str:
    if not math.isfinite(pair.by):
        return "whose loss is infinite"
    if pair.verdict == "degenerate":
        return f"lower by {pair.by:.3g} on every sample alike" if pair.by else "no different"
    doubt = pair.verdict == "open" and pair.low > 0
    adjusted = f", no longer shown when adjusted for all {n_pairs} pairs" if doubt else ""
    return (
        f"lower by {pair.by:.3g}, {level:.0%} interval {pair.low:.3g} to {pair.high:.3g}{adjusted}"
    )


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " and " + texts[-1]


def to_text(headlines: list[str], summary: pd.DataFrame, remark: str = "") -> str:
    """The conclusions and a short table, at most 80 columns wide."""
    wrapped = [textwrap.fill(line, WIDTH, subsequent_indent="    ") for line in headlines]
    note = ["", NOTE] if summary["model"].nunique() > 1 else []
    remarks = [remark] if remark else []
    return "\n".join([*wrapped, "", _table(summary), *note, *remarks])


def _table(summary: pd.DataFrame) -> str:
    known = summary["skill"].notna().any()
    level = summary["confidence_level"].iloc[0]
    interval = [
        f"[{low:.4f}, {high:.4f}]"
        for low, high in zip(summary["conf_low"], summary["conf_high"], strict=True)
    ]
    shown = pd.DataFrame(
        {
            "loss": summary["loss"],
            "model": [_cut(name, 20) for name in summary["model"]],
            "mean_loss": summary["mean_loss"],
            f"{level:.0%} interval": interval,
            "skill": summary["skill"],
            "rank": summary["rank"],
        }
    )
    four: Callable[[float], str] = "{:.4f}".format

    def two(value: float) -> str:
        return f"{round(value, 2) + 0.0:.2f}"

    if not known:  # as of a search, whose class frequencies are not
        shown = shown.drop(columns="skill")
    return shown.to_string(index=False, formatters={"mean_loss": four, "skill": two})


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."
