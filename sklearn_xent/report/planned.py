"""Planned pairs in words: they have no model that all others are compared with."""

from __future__ import annotations

from collections.abc import Collection

from sklearn_xent.report.verdicts import NOTHING_SAID, Kind, LossResults, Verdict

MOST_PAIRS = 10
"""So many pairs are listed; the rest are counted."""


def label(verdict: Verdict) -> str:
    """Return the name of a pair: A minus B, whose sign is that of the difference."""
    return f"{verdict.model} minus {verdict.reference}"


def headline(results: LossResults, *, brief: bool = False) -> str:
    """Return the verdict on each planned pair under one loss.

    `brief` leaves out intervals, which a report shows elsewhere.
    """
    title, pairs = results.info.title, results.pairs
    if not pairs:
        return f"{title}: none of the planned pairs can be compared here."
    said = [_pair(verdict, brief) for verdict in pairs[:MOST_PAIRS]]
    if len(said) > 1:  # the verdicts have semicolons of their own
        said = [f"({i}) {text}" for i, text in enumerate(said, start=1)]
    more = len(pairs) - MOST_PAIRS
    said += [f"and {more} more in .differences"] if more > 0 else []
    return f"{title}: {'; '.join(said)}."


def _pair(verdict: Verdict, brief: bool) -> str:
    said = f"{verdict.model} compared with {verdict.reference}: {verdict.words}"
    if brief or verdict.kind in NOTHING_SAID:
        return said
    return f"{said} ({verdict.difference:+.3g}, {verdict.interval})"


def overall(losses: Collection[LossResults]) -> str:
    """Say how many of the planned pairs differ clearly under each loss."""
    if not any(results.pairs for results in losses):
        return "None of the planned pairs can be compared here."
    counts = [
        f"{sum(v.kind is Kind.CLEAR for v in results.pairs)} of {len(results.pairs)} under "
        f"{results.info.title}"
        for results in losses
    ]
    return f"Planned pairs that differ clearly: {', '.join(counts)}."
