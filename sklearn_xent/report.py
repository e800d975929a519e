"""Layer 7: frames to text, in words a person can act on that never say more than the numbers."""

import textwrap
from collections.abc import Callable
from typing import Any

import pandas as pd

WIDTH = 80


def headline(
    title: str, unit: str, summary: pd.DataFrame, differences: pd.DataFrame, *, floored: bool
) -> str:
    """The conclusion for one loss in plain words, from the rows of its summary and differences.

    `floored` says that the loss charges a floor for a zero probability, which is then told.
    """
    note = _floor_note(summary) if floored else ""
    return _conclusion(title, unit, summary, differences) + note


def _floor_note(summary: pd.DataFrame) -> str:
    zeros = [
        f"{row['model']} ({_count(row['n_zero_probability'], 'sample')})"
        for row in summary.to_dict("records")
        if row["n_zero_probability"]
    ]
    if not zeros:
        return ""
    return f" The floor for zero probabilities decides part of the loss of {_joined(zeros)}."


def _conclusion(title: str, unit: str, summary: pd.DataFrame, differences: pd.DataFrame) -> str:
    ranked = summary.sort_values("rank", kind="stable")
    best = ranked.iloc[0]
    start = f"{title}: {best['model']} has the lowest mean loss, {_number(best['mean_loss'], unit)}"
    if len(ranked) == 1:
        return start + "."
    against = [_against(best["model"], row) for row in differences.to_dict("records")]
    pairs = [pair for pair in against if pair is not None]
    if not pairs:
        return f"{start}; it was compared with no other model."
    level = differences["confidence_level"].iloc[0]
    parts = [
        _listed(pairs, "lower", "clearly lower than {}", level),
        _listed(pairs, "open", "but the data cannot tell it apart from {}", level),
        _listed(pairs, "degenerate", "while nothing can be said against {}", level),
    ]
    return f"{start}; " + ", ".join(part for part in parts if part) + "."


def _against(best: str, row: dict[Any, Any]) -> tuple[str, str, float, float, float] | None:
    """How the best model fares in one row: other model, verdict, how much lower, interval."""
    if best not in (row["model_a"], row["model_b"]):
        return None
    best_is_a = row["model_a"] == best
    other = row["model_b"] if best_is_a else row["model_a"]
    sign = -1.0 if best_is_a else 1.0
    ends = sorted((sign * row["conf_low"], sign * row["conf_high"]))
    lower = row["conclusion"] == ("a lower" if best_is_a else "b lower")
    verdict = "degenerate" if row["degenerate"] else "lower" if lower else "open"
    return other, verdict, sign * row["difference"], ends[0], ends[1]


def _listed(
    pairs: list[tuple[str, str, float, float, float]], verdict: str, words: str, level: float
) -> str:
    chosen = [pair for pair in pairs if pair[1] == verdict]
    if not chosen:
        return ""
    texts = []
    for other, _, by, low, high in chosen[:3]:
        if verdict == "degenerate":
            reason = "no different" if by == 0 else "different by the same amount"
            texts.append(f"{other} ({reason} on every sample)")
        else:
            doubt = (
                ", but not after adjusting for all pairs" if verdict == "open" and low > 0 else ""
            )
            texts.append(
                f"{other} (by {by:.3g}, {level:.0%} interval {low:.3g} to {high:.3g}{doubt})"
            )
    if len(chosen) > 3:
        texts.append(f"{len(chosen) - 3} more")
    return words.format(_joined(texts))


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " and " + texts[-1]


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _number(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".strip()


def to_text(headlines: list[str], summary: pd.DataFrame) -> str:
    """The conclusions and a short table, at most 80 columns wide."""
    wrapped = [textwrap.fill(line, WIDTH, subsequent_indent="    ") for line in headlines]
    return "\n".join([*wrapped, "", _table(summary)])


def _table(summary: pd.DataFrame) -> str:
    level = summary["confidence_level"].iloc[0]
    interval = [
        f"[{low:.4f}, {high:.4f}]"
        for low, high in zip(summary["conf_low"], summary["conf_high"], strict=True)
    ]
    shown = pd.DataFrame(
        {
            "loss": summary["loss"],
            "model": [_cut(name, 22) for name in summary["model"]],
            "mean": summary["mean_loss"],
            f"{level:.0%} interval": interval,
            "skill": summary["skill"],
            "rank": summary["rank"],
        }
    )
    four: Callable[[float], str] = "{:.4f}".format

    def two(value: float) -> str:
        return f"{round(value, 2) + 0.0:.2f}"

    return shown.to_string(index=False, formatters={"mean": four, "skill": two})


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."
