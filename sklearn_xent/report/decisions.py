"""Say which models may still be best, and which difference would have been found."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sklearn_xent.report.footnotes import joined, quoted
from sklearn_xent.report.study import Study, count
from sklearn_xent.report.verdicts import NO_CLAIM, NOT_CLEAR, WORSE, LossResults, Verdict

MOST_NAMED = 6
"""So many models are named, or half as many for each of several losses; of more the number is
told."""
MOST_GROUPS = 3
"""So many sets of different losses are told apart."""


def best_set_sentences(losses: Sequence[LossResults]) -> list[str]:
    """Say in one sentence which models may still be best.

    Nothing is said where that is not known, no model is excluded, the verdicts on a few models say
    the same, or there are only two.
    """
    sets = [of for results in losses if (of := results.may_be_best) is not None]
    if len(sets) < len(losses) or any(len(results.able) < 3 for results in losses):
        return []
    if all(len(of) == len(results.able) for of, results in zip(sets, losses, strict=True)):
        return []
    if all(_is_plain(results) for results in losses):
        return []
    where: dict[frozenset[str], list[int]] = {}
    for i, names in enumerate(sets):
        where.setdefault(frozenset(names), []).append(i)
    if len(where) > 1:
        return [_on_each(losses, sets, list(where.values()))]
    return [_on_all(losses, sets[0])]


def _is_plain(results: LossResults) -> bool:
    """Return whether the verdicts on a few models name the same ones as worse."""
    worse = {verdict.model for verdict in results.verdicts() if verdict.words == WORSE}
    few = len(results.able) <= MOST_NAMED
    return few and set(results.able) - worse == set(results.may_be_best or [])


def _on_all(losses: Sequence[LossResults], names: Sequence[str]) -> str:
    """Tell the set that all losses have."""
    results = losses[0]
    n_rest, noun = len(results.able) - len(names), results.study.noun
    on = {1: "", 2: " on both losses"}.get(len(losses), f" on all {len(losses)} losses")
    said = f"may still be best{on} ({_level(results)})"
    if len(names) == 1:
        return f"Only {quoted(names[0])} {said}."
    them = "one of them" if len(names) == 2 else "at least one of them"
    rest = f"the other {noun} is" if n_rest == 1 else f"the other {n_rest} are"
    told = f"{len(names)} of {count(len(results.able), noun)}"
    if len(names) <= MOST_NAMED:
        told = joined([quoted(name) for name in names])
    return f"{told} {said}; {rest} worse than {them}."


def _on_each(
    losses: Sequence[LossResults], sets: Sequence[list[str]], groups: Sequence[list[int]]
) -> str:
    """Tell the sets of losses that have different ones."""
    results = losses[0]
    of_all = f" of {count(len(results.able), results.study.noun)}"
    start = f"May still be best ({_level(results)})"
    if len(groups) > MOST_GROUPS:
        sizes = sorted(map(len, sets))
        return f"{start}: {sizes[0]} to {sizes[-1]}{of_all}, depending on the loss."
    parts = []
    for group in groups:
        names = sets[group[0]]
        told = joined([quoted(name) for name in names])
        if len(names) == len(losses[group[0]].able):
            told = f"any {results.study.noun}"
        elif len(names) > MOST_NAMED // 2:
            told, of_all = f"{len(names)}{of_all}", ""
        parts.append(f"{told} on {joined([losses[i].title for i in group])}")
    return f"{start}: {'; '.join(parts)}."


def _level(results: LossResults) -> str:
    """Say how sure this is, and that it is another test than that of pairs."""
    return f"{100 * results.level:g}% confidence, tested together"


def on_power(losses: Sequence[LossResults]) -> str:
    """Say which difference a study of this size would have found, where one is not clear.

    Of several pairs that are not clear it is the greatest, so that it holds for each of them.
    """
    found: list[tuple[str, Verdict]] = []
    several = False
    for results in losses:
        unclear = [v for v in results.verdicts() if v.kind in NO_CLAIM and v.detectable > 0]
        if unclear:
            widest = max(unclear, key=lambda v: v.detectable)
            found.append((f" in {results.title}" if len(losses) > 1 else "", widest))
            several |= len(unclear) > 1
    if not found:
        return ""
    amounts = joined([f"{_rounded_up(v.detectable)}{where}" for where, v in found], "or")
    verdict, study = found[0][1], losses[0].study
    said = _would_be_found(verdict, amounts, study)
    if several:
        said = f"{said.removesuffix('.')} in each pair that is not clear."
    return f"{said} How many {_unit(verdict, study)}s a smaller one needs: .plan(difference=...)."


def on_one_side(losses: Sequence[LossResults]) -> str:
    """Say why a model that is not clearly worse may be excluded from the best, if one is."""
    if losses[0].study.with_baseline or not best_set_sentences(losses):
        return ""
    for results in losses:
        best = results.may_be_best or ()
        if any(v.words == NOT_CLEAR and v.model not in best for v in results.verdicts()):
            return (
                '"May still be best" comes from a one-sided test, so it may exclude a model that '
                'is "not clear".'
            )
    return ""


def on_power_of(verdict: Verdict, study: Study) -> str:
    """Say the same of one pair that is not clear."""
    if verdict.kind not in NO_CLAIM or not verdict.detectable > 0:
        return ""
    return _would_be_found(verdict, _rounded_up(verdict.detectable), study)


def _would_be_found(verdict: Verdict, amounts: str, study: Study) -> str:
    size = count(verdict.n_units, _unit(verdict, study))
    return f"With these {size} a difference of {amounts} would have been found with 80% power."


def _unit(verdict: Verdict, study: Study) -> str:
    return study.item if verdict.unit == "sample" else verdict.unit


def _rounded_up(x: float) -> str:
    """Return a number to two digits, rounded up, so that it would have been found."""
    digits = 1 - math.floor(math.log10(x))
    return f"{math.ceil(x * 10.0**digits - 1e-9) / 10.0**digits:.2g}"
