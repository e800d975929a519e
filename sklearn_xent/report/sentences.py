"""Sentences about the results that a person can act on, and that never say more than they show.

One sign everywhere: the loss of a model minus that of its reference, so that positive is worse. One
pair of phrases: clearly better, clearly worse.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sklearn_xent.inference.cautions import Caution
from sklearn_xent.report import planned
from sklearn_xent.report.decisions import best_set_sentences, on_power_of
from sklearn_xent.report.footnotes import (
    MOST_NAMES,
    ORDER,
    Note,
    Remark,
    failed_where,
    few,
    joined,
    notes_on_model,
    notes_on_pair,
    quoted,
    text_of,
)
from sklearn_xent.report.rows import DifferenceRow
from sklearn_xent.report.scores import estimands, noun, nouns
from sklearn_xent.report.study import count
from sklearn_xent.report.verdicts import (
    BETTER,
    EQUIVALENT,
    NO_VERDICT,
    NOT_CLEAR,
    NOT_SHOWN,
    UNSTABLE,
    WORSE,
    Kind,
    LossResults,
    Verdict,
    able_models,
    least_of,
)

MOST_NAMED = 6
"""Of so many models, at most, the verdict tells the names; of more it gives counts."""
MOST_GROUPS = 3
"""So many groups of models, which are alike on the same losses, are told apart."""
Where = tuple[int, ...]
"""The positions of the losses on which something holds."""
Claims = list[tuple[int, Verdict]]
"""Verdicts on models compared with a reference, each with the position of its loss."""


# --- the verdict on all losses --------------------------------------------------------------


def overall(losses: Collection[LossResults]) -> str:
    """Return the verdict on all losses as one text."""
    return " ".join(verdict_sentences(list(losses)))


def verdict_sentences(losses: Sequence[LossResults]) -> list[str]:
    """Say in one to four sentences which models are clearly better, and on which losses.

    One of them says which models may still be best.
    """
    baseline = losses[0].baseline
    said = []
    for on, names in failed_where(losses).items():
        failed = [name for name in names if name != baseline or on]
        said += [f"{few(failed)} failed{on}"] if failed else []
    return [*_verdict(losses), *([f"{', and '.join(said)}."] if said else [])][:4]


def _verdict(losses: Sequence[LossResults]) -> list[str]:
    first = losses[0]
    able = able_models(losses)
    if len(able) == 1:
        result = " with a result" if first.failed else ""
        said = f"{quoted(able[0])} is the only {first.study.noun}{result}"
        return [f"{said}, so it is compared with no other.", *_on_skill(losses, able[0])]
    if first.planned:
        return planned.verdict_sentences(losses)
    if first.baseline is not None:
        return _on_baseline(losses, first.baseline)
    finite = [i for i, of in enumerate(losses) if any(x.mean_loss < math.inf for x in of.summary)]
    if not finite:
        return ["Every mean loss is infinite, so no model can be called best."]
    best = [model for model in able if all(model in losses[i].lowest for i in finite)]
    of_set = best_set_sentences([losses[i] for i in finite])
    if best:
        return _on_best(losses, tuple(finite), best, of_set)
    return _on_several(losses, finite, of_set)


def _on_skill(losses: Sequence[LossResults], model: str) -> list[str]:
    """Say what a single model avoids, where the loss of always predicting the classes is known."""
    skills = sorted(results.row(model).skill for results in losses)
    if not all(map(math.isfinite, skills)) or skills[0] <= 0.0:
        return []
    low, high = (
        ">99%" if 0.995 <= skill < 1.0 else f"{skill:.0%}" for skill in (skills[0], skills[-1])
    )
    share = low if low == high else f"{low} to {high}"
    its, that = ("Its loss is", "that") if len(losses) == 1 else ("Its losses are", "those")
    return [f"{its} {share} lower than {that} of always predicting the class frequencies."]


def _on_best(
    losses: Sequence[LossResults], finite: Where, best: list[str], of_set: list[str]
) -> list[str]:
    """Judge the models that have the lowest mean on every loss.

    `of_set` says which others may still be best, where some cannot.
    """
    hint = "" if of_set else "; another may be best"
    verb, it, them = ("has", "It is", "it") if len(best) == 1 else ("share", "They are", "them")
    least = least_of(losses[i] for i in finite)
    what = f"{least} mean on {_names(losses, finite)}"
    if len(losses) == 1:
        what = f"{least} {losses[0].title}"
    said = [f"{few(best)} {verb} the {what}{_shared(losses, finite, best)}."]
    claims = _against_all(losses, best)
    clear = _where(claims, WORSE)
    if not claims:
        return said
    if clear:
        than = _told_or_counted(losses, claims, clear, best, hint)
        said.append(f"{it} clearly better than {than}.")
    else:
        said.append(f"No difference from {them} is clear{_on_any(losses)}{hint}.")
    others = _on_margin(losses, claims, them) or _on_retraining(losses, claims)
    return [*said, *others, *of_set]


def _shared(losses: Sequence[LossResults], finite: Where, best: list[str]) -> str:
    """Say on which losses other models have the same best mean."""
    where = tuple(i for i in finite if len(losses[i].lowest) > len(best))
    if not where:
        return ""
    others = {tuple(name for name in losses[i].lowest if name not in best) for i in where}
    who = few(others.pop()) if len(others) == 1 else "others"
    return f", tied with {who}{_on(losses, where)}"


def _told_or_counted(
    losses: Sequence[LossResults],
    claims: Claims,
    clear: Mapping[str, Where],
    best: list[str],
    hint: str,
) -> str:
    """Say which models the best are clearly better than."""
    others = list(dict.fromkeys(v.model for _, v in claims))
    groups, every = _grouped(clear), tuple(range(len(losses)))
    is_whole = len(others) + len(best) == len(losses[0].summary)
    if len(others) > 1 and is_whole and len(groups) == 1 and len(clear) == len(others):
        [where] = groups
        only = "" if where == every else " only"
        return f"every other {losses[0].study.noun}{_on(losses, where, short=True)}{only}"
    if len(others) > MOST_NAMED or len(groups) > MOST_GROUPS:
        return _counted(losses, clear, f"of the {len(others)} others") + hint
    parts = [f"{few(names)}{_on(losses, where, short=True)}" for where, names in groups.items()]
    rest = [name for name in others if name not in clear]
    but = f", but not clearly better than {few(rest, 'or')}{_on_any(losses)}" if rest else ""
    return ", and than ".join(parts) + but


def _on_several(
    losses: Sequence[LossResults], finite: Sequence[int], of_set: list[str]
) -> list[str]:
    """Judge the models that each have the lowest mean on some loss.

    What `of_set` says of the others is more than that they are worse than the lowest.
    """
    where: dict[str, Where] = {}
    for i in finite:
        where[losses[i].best] = (*where.get(losses[i].best, ()), i)
    clear: dict[tuple[str, str], Where] = {}
    claims: Claims = []
    for i in finite:
        for pair in losses[i].pairs:
            if pair.better is not None and {pair.model, pair.reference} <= set(where):
                claims.append((i, pair))
                key = (pair.better, pair.reference if pair.better == pair.model else pair.model)
                clear[key] = (*clear.get(key, ()), i)
    least = least_of(losses[i] for i in finite)
    disagree = any((worse, better) in clear for better, worse in clear)
    if len(where) <= MOST_GROUPS:
        parts = [f"{quoted(name)} on {_names_with_ties(losses, of)}" for name, of in where.items()]
        first, *others = parts
        said = f"{first.replace(' on ', f' has the {least} mean on ', 1)}, {', '.join(others)}."
    else:
        each = f"{len(where)} {losses[0].study.noun}s each"
        said = f"{each} have the {least} mean on some {noun(losses)}."
    if disagree:
        said = f"The {nouns(losses)} disagree: {said}"
    others = of_set or _on_worse_than_lowest(losses, finite, list(where))
    doubt = any(pair.retraining in (NOT_SHOWN, UNSTABLE) for _, pair in claims)
    more = _on_retraining(losses, claims) if doubt else []
    return [said, _between(losses, clear), *more, *others]


def _between(losses: Sequence[LossResults], clear: Mapping[tuple[str, str], Where]) -> str:
    """Say what is clear between the models that each have the lowest mean on some loss."""
    if not clear:
        return f"No difference between them is clear{_on_any(losses)}."
    if len(clear) > MOST_GROUPS:
        return f"Of the differences between them, {sum(map(len, clear.values()))} are clear."
    by_better: dict[str, list[str]] = {}
    for (better, worse), where in clear.items():
        than = f"than {quoted(worse)} on {_names(losses, where)}"
        by_better.setdefault(better, []).append(than)
    parts = [
        f"{quoted(better)} is {BETTER} {', and '.join(than)}" for better, than in by_better.items()
    ]
    return "; ".join(parts) + "."


def _on_worse_than_lowest(
    losses: Sequence[LossResults], finite: Sequence[int], lowest: list[str]
) -> list[str]:
    """Name the other models that are clearly worse than the lowest on every loss."""
    claims = [(i, v) for i in finite for v in losses[i].verdicts() if v.model not in lowest]
    every = tuple(finite)
    worse = [model for model, where in _where(claims, WORSE).items() if where == every]
    if not worse:
        return []
    least = least_of(losses[i] for i in finite)
    return [f"{few(worse)} {_is(worse)} clearly worse than the {least}{_on(losses, every)}."]


def _on_baseline(losses: Sequence[LossResults], baseline: str) -> list[str]:
    """Judge every model compared with the baseline."""
    claims = [(i, v) for i, results in enumerate(losses) for v in results.verdicts()]
    name = f"the baseline {quoted(baseline)}"
    if not claims:
        why = "failed" if baseline in losses[0].failed else "was compared with no other"
        others = f"{losses[0].study.noun}s"
        return [f"{name[:1].upper()}{name[1:]} {why}, so nothing is said of the other {others}."]
    return [
        _on_side(losses, claims, BETTER, f" than {name}"),
        _on_side(losses, claims, WORSE, ""),
        *(_on_margin(losses, claims, "the baseline") or _on_retraining(losses, claims)),
    ]


def _on_side(losses: Sequence[LossResults], claims: Claims, words: str, than: str) -> str:
    """Say which models are clearly better, or clearly worse, than the baseline."""
    n_others = len({v.model for _, v in claims})
    where = _where(claims, words)
    groups = _grouped(where)
    if not where:
        return f"No {losses[0].study.noun} is {words}{than}{_on_any(losses)}."
    if n_others > MOST_NAMED or len(groups) > MOST_GROUPS:
        counts = _counted(losses, where, f"of {count(n_others, losses[0].study.noun)}")
        return f"{words.capitalize()}{than}: {counts}."
    (of_first, first), *others = groups.items()
    parts = [f"{few(first)} {_is(first)} {words}{than}{_on(losses, of_first)}"]
    parts += [f"{few(names)}{_on(losses, where_there)}" for where_there, names in others]
    return ", and ".join(parts) + "."


def _on_margin(losses: Sequence[LossResults], claims: Claims, reference: str) -> list[str]:
    """Say which models are equivalent to the reference, where a margin was given."""
    if all(results.margin is None for results in losses):
        return []
    where, less = _where(claims, EQUIVALENT), _on_less_than_margin(losses, claims)
    groups = _grouped(where)
    if not where:
        noun = losses[0].study.noun
        return [f"No {noun} is shown to be equivalent to {reference}{_on_any(losses)}{less}."]
    if len(where) > MOST_NAMED or len(groups) > MOST_GROUPS:
        n_others = len({v.model for _, v in claims})
        counts = _counted(losses, where, f"of {count(n_others, losses[0].study.noun)}")
        return [f"Equivalent to {reference} within the margin: {counts}{less}."]
    (of_first, first), *others = groups.items()
    start = f"{few(first)} {_is(first)} equivalent to {reference} within the margin"
    parts = [start + _on(losses, of_first)]
    parts += [f"{few(names)}{_on(losses, where_there)}" for where_there, names in others]
    return [", and ".join(parts) + f"{less}."]


def _on_less_than_margin(losses: Sequence[LossResults], claims: Claims) -> str:
    """Say which differences are clear, but less than the margin."""
    found = [(i, v) for i, v in claims
             if v.kind is Kind.CLEAR and v.is_within(losses[i].margin)]  # fmt: skip
    said = []
    for words in (BETTER, WORSE):
        for where, names in _grouped(_where(found, words)).items():
            said.append(f"{few(names)} {_is(names)} {words}{_on(losses, where)}")
    if len(said) > MOST_GROUPS:
        said = [f"{len(found)} differences are clear"]
    return f"; {', and '.join(said)}, but by less than the margin" if said else ""


def _on_retraining(losses: Sequence[LossResults], claims: Claims) -> list[str]:
    """Say which of the clear differences are clear for retrained models, too."""
    clear = [(i, v) for i, v in claims if v.kind is Kind.CLEAR and v.retraining is not None]
    kept, n = [(i, v) for i, v in clear if v.retraining != NOT_SHOWN], len(clear)
    if len(kept) == n:
        return _on_retrained(losses[0], [v for _, v in kept])
    if n == 1:
        return ["For retrained models this difference is not clear."]
    if not kept:
        return [f"For retrained models none of these {n} differences is clear."]
    said = f"For retrained models, {len(kept)} of these {n} differences {_is(kept)} clear"
    if len(kept) > 1:
        return [f"{said}."]
    [(i, verdict)] = kept
    title = f", {losses[i].title}" if len(losses) > 1 else ""
    return [f"{said}: {quoted(verdict.model)}{title}."]


def _on_retrained(results: LossResults, clear: Sequence[Verdict]) -> list[str]:
    """Say that all clear differences are clear for retrained models, or of which this is in doubt.

    Where the report is about retrained models, only the doubt is news.
    """
    n, n_weak = len(clear), sum(v.retraining == UNSTABLE for v in clear)
    if n_weak:
        which = "this claim" if n == 1 else f"{n_weak} of these {n} claims"
        if n_weak == n > 1:
            which = f"these {n} claims"
        return [f"The models change much between repeats, so {which} may be too strong."]
    if not n or results.study.retrained:
        return []
    which = {1: "This is", 2: "Both are"}.get(n, f"All {n} differences are")
    return [f"{which} clear for retrained models, too."]


# --- parts of the verdict -------------------------------------------------------------------


def _against_all(losses: Sequence[LossResults], best: list[str]) -> Claims:
    """Compare other models with each of the best, and return the weakest verdict of each loss."""
    found: Claims = []
    for i, results in enumerate(losses):
        by_model: dict[str, list[Verdict]] = {}
        for model in best:
            for verdict in results.verdicts(model):
                by_model.setdefault(verdict.model, []).append(verdict)
        found += [
            (i, min(verdicts, key=_strength))
            for model, verdicts in by_model.items()
            if model not in best and len(verdicts) == len(best)
        ]
    return found


def _strength(verdict: Verdict) -> tuple[bool, int, bool]:
    """Order verdicts on a model by how much they say against it."""
    return verdict.words == WORSE, verdict.kind, verdict.retraining != NOT_SHOWN


def _where(claims: Claims, words: str) -> dict[str, Where]:
    """Return the losses on which each model has this verdict; models without any are left out."""
    found: dict[str, Where] = {}
    for i, verdict in claims:
        if verdict.words == words:
            found[verdict.model] = (*found.get(verdict.model, ()), i)
    return found


def _grouped(where: Mapping[str, Where]) -> dict[Where, list[str]]:
    """Return the models that are alike on the same losses; those on most losses first."""
    groups: dict[Where, list[str]] = {}
    for model, of_model in where.items():
        groups.setdefault(of_model, []).append(model)
    return dict(sorted(groups.items(), key=lambda item: -len(item[0])))


def _names(losses: Sequence[LossResults], where: Where, *, short: bool = False) -> str:
    """Name some of the losses."""
    is_pair = len(losses) == 2 and " " in noun(losses)  # "both losses and scores" misleads
    if len(where) == len(losses) > 1 and (short or not is_pair):
        all_of_them = "both" if len(losses) == 2 else f"all {len(losses)}"
        return all_of_them if short else f"{all_of_them} {nouns(losses)}"
    return joined([losses[i].title for i in where])


def _names_with_ties(losses: Sequence[LossResults], where: Where) -> str:
    """Name some of the losses, and say on which the lowest mean is shared."""
    return joined([f"{losses[i].title}{' (tied)' * (len(losses[i].lowest) > 1)}" for i in where])


def _on(losses: Sequence[LossResults], where: Where, *, short: bool = False) -> str:
    """Say on which losses; nothing where only one was compared."""
    return f" on {_names(losses, where, short=short)}" if len(losses) > 1 else ""


def _on_any(losses: Sequence[LossResults]) -> str:
    return f" on any {noun(losses)}" if len(losses) > 1 else ""


def _counted(losses: Sequence[LossResults], where: Mapping[str, Where], of: str) -> str:
    """Count the models on each loss: "2 of the 4 others on MSE (Brier) and 1 on cross-entropy"."""
    counts = [sum(i in there for there in where.values()) for i in range(len(losses))]
    parts = [
        f"{n}{{}}{_on(losses, (i,)) if len(losses) > 1 else ''}" for i, n in enumerate(counts) if n
    ]
    first, *others = parts
    return joined([first.format(f" {of}"), *(x.format("") for x in others)])


def _is(names: Sequence[Any]) -> str:
    return "is" if len(names) == 1 else "are"


# --- one loss -------------------------------------------------------------------------------


def headline(results: LossResults, *, brief: bool = False) -> str:
    """Return the verdict on one loss: the reference, and every model compared with it.

    `brief` leaves out intervals and notes, which a report shows elsewhere.
    """
    said, verdicts = [_start(results)], results.verdicts()
    if results.planned and len(results.able) > 1:
        said, verdicts = [planned.headline(results, brief=brief)], []
    for words in (BETTER, WORSE, EQUIVALENT, NOT_CLEAR, NO_VERDICT):
        alike = [v for v in verdicts if v.words == words]
        shown = [f"{quoted(v.model)}{_distance(v, brief)}" for v in alike[:MOST_NAMES]]
        more = [f"{len(alike) - MOST_NAMES} more"] if len(alike) > MOST_NAMES else []
        if alike:
            within = (
                f" within the margin of {results.margin or 0:.3g}" if words == EQUIVALENT else ""
            )
            said.append(f"{words.capitalize()}{within}: {', '.join([*shown, *more])}.")
    return " ".join([*said, *([] if brief else _notes_on_loss(results))])


def _start(results: LossResults) -> str:
    title, reference = results.info.title, results.reference
    if results.baseline is not None:
        return f"{title}: compared with the baseline {quoted(reference)}{_value(results)}."
    if results.row(reference).mean_loss == math.inf:
        return f"{title}: every mean loss is infinite."
    if len(results.able) == 1:
        return f"{title}: {quoted(reference)} has a mean of {_value(results).lstrip(', ')}."
    alone = "" if results.pairs else "; it was compared with no other"
    lowest = results.lowest
    verb = "has" if len(lowest) == 1 else "share"
    return f"{title}: {few(lowest)} {verb} the {results.least} mean{_value(results)}{alone}."


def _value(results: LossResults) -> str:
    mean, unit = results.shown_mean(results.row(results.reference).mean_loss), results.info.unit
    return ", which failed" if math.isnan(mean) else f", {mean:.4g} {unit}".rstrip()


def _distance(verdict: Verdict, brief: bool) -> str:
    """Return the difference of a model from the reference in brackets."""
    if verdict.kind is Kind.INFINITE:
        return ""
    known = verdict.kind not in (Kind.NO_SPREAD, Kind.UNKNOWN)
    interval = f", {verdict.interval}" if known and not brief else ""
    return f" ({_signed(verdict)}{interval})"


def _signed(verdict: Verdict) -> str:
    """Return a difference to three digits, with its sign."""
    is_none = verdict.kind is Kind.SAME or not verdict.difference
    return "no difference" if is_none else f"{verdict.difference:+.3g}"


def _notes_on_loss(results: LossResults) -> list[str]:
    """Return each kind of note once, with the models that it is about."""
    about: dict[Note, list[str]] = {}
    for verdict in results.verdicts():
        for note in notes_on_pair(verdict, results):
            about.setdefault(note, []).append(results.label_of(verdict))
    for model in [*results.able, *results.failed]:
        for note in notes_on_model(results, model):
            carriers = about.setdefault(note, [])
            carriers += [] if model in carriers else [model]
    said = []
    for note in (note for note in ORDER if note in about):
        text = text_of(note, [results], about[note])
        names_inside = note in (Caution.ZERO, Remark.FAILED)
        said.append(text if names_inside else f"{few(about[note])}: {text[:1].lower()}{text[1:]}")
    return said


# --- one pair -------------------------------------------------------------------------------


def sentence(results: LossResults, row: DifferenceRow) -> str:
    """Say what is known of one pair of models, from its row of the differences.

    The reference is the baseline, or else the model with the lower mean loss; of planned pairs it
    is B.
    """
    pair = Verdict.from_row(row, results.margin)
    reference = pair.lower if results.baseline is None else results.baseline
    reference = pair.reference if results.planned else reference
    verdict = pair.seen_from(reference if reference in (pair.model, pair.reference) else pair.lower)
    model, other = quoted(verdict.model), quoted(verdict.reference)
    unit = f" {results.info.unit}" if results.info.unit else ""
    size = _signed(verdict) + unit * (verdict.kind is not Kind.SAME)
    interval = f"({verdict.interval})"
    said = {
        Kind.CLEAR: f"{model} is {verdict.words} than {other}: {size} {interval}",
        Kind.NOT_CLEAR: f"the difference of {model} from {other} is not clear: {size} {interval}",
        Kind.SAME: f"the difference of {model} from {other} is not clear: {size} {interval}",
        Kind.EQUIVALENT: (
            f"{model} is equivalent to {other} within the margin of {results.margin or 0:.3g}"
            f"{unit}: {size} {interval}"
        ),
    }.get(verdict.kind, f"{model} compared with {other} cannot be judged")
    if verdict.kind in (Kind.NO_SPREAD, Kind.UNKNOWN):
        said += f": {size}"
    notes = notes_on_pair(verdict, results)
    texts = [text_of(note, [results], [verdict.model, verdict.reference]) for note in notes]
    power = [sentence for sentence in [on_power_of(verdict, results.study)] if sentence]
    parts = [f"{results.info.title}: {said}.", *_on_own_margin(verdict, results), *power, *texts]
    return " ".join(parts)


def _on_own_margin(verdict: Verdict, results: LossResults) -> list[str]:
    """Compare a difference that is not equivalent with the margin, if there is one."""
    if results.margin is None or verdict.words not in (BETTER, WORSE, NOT_CLEAR):
        return []
    if Caution.FEW in verdict.cautions or verdict.is_within(results.margin):  # a note says so
        return []
    margin = f"the margin of {results.margin:.3g}"
    if verdict.excludes_zero and min(abs(verdict.low), abs(verdict.high)) > results.margin:
        return [f"That is more than {margin}."]
    return [f"Equivalence within {margin} is not shown."]


# --- what the intervals are about -----------------------------------------------------------


def estimand(losses: Collection[LossResults]) -> str:
    """Return what the intervals are about."""
    return estimands(losses)
