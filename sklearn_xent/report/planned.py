"""Say what planned pairs show: no model is the reference of all others."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn_xent.report.footnotes import joined, quoted
from sklearn_xent.report.scores import noun
from sklearn_xent.report.study import count
from sklearn_xent.report.verdicts import EQUIVALENT, NO_VERDICT, Kind, LossResults, Verdict

MOST_PAIRS = 10
"""So many pairs are listed for a loss; the rest are counted."""
MOST_CLAIMS = 3
"""So many pairs are named in the verdict on all losses; the rest are counted."""


def headline(results: LossResults, *, brief: bool = False) -> str:
    """Return the verdict on each planned pair under one loss; `brief` leaves out intervals."""
    title, pairs = results.info.title, results.pairs
    if not pairs:
        return f"{title}: none of the planned pairs can be compared here."
    said = [_pair(verdict, brief) for verdict in pairs[:MOST_PAIRS]]
    more = len(pairs) - MOST_PAIRS
    said += [f"{more} more in .differences"] if more > 0 else []
    return f"{title}: {'; '.join(said)}."


def _pair(verdict: Verdict, brief: bool) -> str:
    said = f"{verdict.label} is {verdict.words}"
    if verdict.words == NO_VERDICT:
        said = f"{verdict.label} cannot be judged"
    if verdict.kind in (Kind.CLEAR, Kind.EQUIVALENT):
        to = "to" if verdict.words == EQUIVALENT else "than"
        said = f"{quoted(verdict.model)} is {verdict.words} {to} {quoted(verdict.reference)}"
    if brief or verdict.words == NO_VERDICT:
        return said
    return f"{said} ({verdict.difference:+.3g}, {verdict.interval})"


def verdict_sentences(losses: Sequence[LossResults]) -> list[str]:
    """Say which of the planned pairs differ clearly, and on which losses."""
    n = max(len(results.pairs) for results in losses)
    if not n:
        return ["None of the planned pairs can be compared here."]
    claims: dict[str, list[str]] = {}
    for results in losses:
        for pair in results.pairs:
            if pair.kind is Kind.CLEAR:
                said = f"{quoted(pair.model)} is {pair.words} than {quoted(pair.reference)}"
                claims.setdefault(said, []).append(results.title)
    if not claims:
        on_any = f" on any {noun(losses)}" if len(losses) > 1 else ""
        one = "The planned pair does not differ clearly"
        return [f"{one if n == 1 else f'None of the {n} planned pairs differs clearly'}{on_any}."]
    parts = [
        said + (f" on {joined(titles)}" if len(losses) > 1 else "")
        for said, titles in list(claims.items())[:MOST_CLAIMS]
    ]
    more = len(claims) - MOST_CLAIMS
    parts += [f"{count(more, 'more claim')} in .differences"] if more > 0 else []
    start = "The planned pair" if n == 1 else f"Of {count(n, 'planned pair')}"
    return [f"{start}: {'; '.join(parts)}."]
