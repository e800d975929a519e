"""What limits the rows of a report: one numbered note for each kind, and the marks of the rows."""

import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from sklearn_xent.inference.cautions import Caution, read_cautions
from sklearn_xent.report.study import REPEATED, Study
from sklearn_xent.report.verdicts import NO_CLAIM, NOT_SHOWN, Kind, LossResults, Verdict

FEW_SPLITS = 10
"""With so few splits the corrected t-test has a fraction of the power of others."""
MOST_NAMES = 3
"""So many models are named in a list; the rest are counted."""
REASON_WIDTH = 160


class Remark(Enum):
    """What is to be said of a row beside its cautions."""

    FITTED = auto()
    """The difference is not shown for retrained models."""
    HOLM = auto()
    """The pair alone is clear, but not once corrected for all pairs."""
    APPROXIMATIONS = auto()
    """Only one of test and interval leaves out zero."""
    SMALL = auto()
    """The models are equivalent, though the difference is clear."""
    WITHIN = auto()
    """The difference is clear, and its whole interval is within the margin."""
    MARGIN = auto()
    """The difference is clear, but perhaps less than the margin."""
    NEARLY = auto()
    """The interval is within the margin, but equivalence is not shown."""
    FEW_SPLITS = auto()
    """The test is on so few splits that it misses most differences."""
    NO_INTERVAL = auto()
    INFINITE = auto()
    MISSED = auto()
    """The model never predicts a class that occurs."""
    FAILED = auto()


Note = Caution | Remark

TEXTS: Mapping[Note, str] = {
    Remark.FITTED: "Clear for the models fitted here, but not for retrained models.{advice}",
    Caution.UNSTABLE: (
        "These models change much between repeats, so this test may claim too much. Trust only "
        "p-values far below 0.05; .differences holds them."
    ),
    Caution.LEVERAGE: "One {single} has much influence; the interval may be too narrow.",
    Caution.SERIAL: "Neighbouring rows look dependent; intervals may be too narrow.{advice}",
    Caution.CLUSTERS: (
        "The groups are few or uneven, and resampling them does not confirm this claim."
    ),
    Caution.APPROXIMATE: "A weak claim: this test is only approximate; p <= {safe} would be safe.",
    Caution.RARE: "A class has few samples; the interval of the mean may be too narrow.",
    Caution.FEW: (
        "Too few samples to rule out rare large differences, so equivalence is not claimed."
    ),
    Caution.ZERO: "Zero probability for the true class, raised to a floor: {zeros}.",
    Remark.MISSED: "Never predicted, so always wrong: {missed}.",
    Remark.HOLM: "Clear alone, but not after correction for {pairs}.",
    Remark.APPROXIMATIONS: (
        "Only one of test and interval leaves out zero, because they use different "
        "approximations. The verdict is the test's."
    ),
    Remark.SMALL: "The difference is clear, but less than your margin, so this is equivalent.",
    Remark.WITHIN: "Clear, but by less than your margin: the whole interval is within it.",
    Remark.MARGIN: "Clear, but perhaps by less than your margin.",
    Remark.NEARLY: (
        "The interval is within your margin, but equivalence is not shown once corrected for "
        "{pairs}."
    ),
    Remark.FEW_SPLITS: ("A test on {n_splits} splits misses most small differences.{advice}"),
    Caution.NO_SPREAD: (
        "The difference is the same {everywhere}, which says nothing about new {unit}s."
    ),
    Remark.NO_INTERVAL: "There is too little data for an interval.",
    Remark.INFINITE: "A mean loss is infinite, so there is no difference to judge.",
    Remark.FAILED: "{failures}",
}
"""The words of every kind of note, in the order in which a row tells them."""
ORDER = list(TEXTS)
PERSISTENT = (
    "Neighbouring times are so much alike that intervals may be too narrow. Trust only small "
    "p-values."
)
ADVICE: Mapping[Note, str] = {
    Remark.FITTED: f" To test retraining: {REPEATED}.",
    Caution.SERIAL: " Pass times= or groups=.",
    Remark.FEW_SPLITS: " compare_models on the same or on repeated folds finds more.",
}
"""What to do, where a note is the place to say it."""


# --- which notes a row has ------------------------------------------------------------------


def notes_on_pair(verdict: Verdict, results: LossResults) -> list[Note]:
    """Return what limits the verdict on a pair."""
    alpha, is_clear = 1.0 - verdict.level, verdict.kind is Kind.CLEAR
    holds: dict[Note, bool] = dict.fromkeys(verdict.cautions, True)
    holds[Remark.FITTED] = verdict.retraining == NOT_SHOWN
    if verdict.kind is Kind.EQUIVALENT and verdict.excludes_zero:
        holds[Remark.SMALL] = verdict.pvalue_holm <= alpha
    if verdict.kind is Kind.NOT_CLEAR and verdict.excludes_zero:
        holds[Remark.HOLM] = verdict.pvalue <= alpha < verdict.pvalue_holm
        holds[Remark.APPROXIMATIONS] = verdict.pvalue > alpha
    if is_clear and not verdict.excludes_zero:
        holds[Remark.APPROXIMATIONS] = True
    if is_clear and results.margin is not None:
        holds[Remark.WITHIN] = verdict.is_within(results.margin)
        reaches = min(abs(verdict.low), abs(verdict.high)) <= results.margin
        is_sure = Caution.FEW not in verdict.cautions
        holds[Remark.MARGIN] = reaches and is_sure and not holds[Remark.WITHIN]
    if verdict.kind is Kind.NOT_CLEAR and results.study.n_pairs != 1:
        is_sure = Caution.FEW not in verdict.cautions
        holds[Remark.NEARLY] = verdict.is_within(results.margin) and is_sure
    few_splits = verdict.unit == "split" and verdict.n_units <= FEW_SPLITS
    holds[Remark.FEW_SPLITS] = verdict.kind in NO_CLAIM and few_splits
    holds[Caution.NO_SPREAD] = verdict.kind is Kind.NO_SPREAD
    holds[Remark.NO_INTERVAL] = verdict.kind is Kind.UNKNOWN
    holds[Remark.INFINITE] = verdict.kind is Kind.INFINITE
    return [note for note in ORDER if holds.get(note)]


def notes_on_model(results: LossResults, model: str) -> list[Note]:
    """Return what limits the mean loss of a model."""
    row = results.row(model)
    holds: set[Note] = set(read_cautions(row.caution))
    if row.status == "failed":
        holds.add(Remark.FAILED)
    return [note for note in ORDER if note in holds]


# --- their words ----------------------------------------------------------------------------


def text_of(
    note: Note, losses: Sequence[LossResults], models: Collection[str], *, advice: bool = False
) -> str:
    """Return the words of a note that these models carry under some of these losses.

    `advice` adds what to do about it.
    """
    results, study = losses[0], losses[0].study
    models = _models_of(losses, models)
    with_pairs = [of_loss for of_loss in losses if of_loss.pairs]
    if note is Remark.FEW_SPLITS:  # not of losses of samples beside them
        with_pairs = [of for of in with_pairs if of.pairs[0].unit == "split"] or with_pairs
    first = with_pairs[0].pairs[0] if with_pairs else None
    unit = "sample" if first is None else first.unit
    unit = study.item if unit == "sample" else unit
    only_one = first is not None and first.n_units == 1
    # how rows depend on each other decides which splits are right
    can_repeat = study.can_repeat and not any(of_loss.is_dependent for of_loss in losses)
    advised = advice and (can_repeat or note is not Remark.FITTED)
    words = {
        "advice": _advice(note, study, losses) if advised else "",
        "unit": unit,
        "single": "sample" if unit == "split" else unit,
        "everywhere": f"in the only {unit}" if only_one else f"in every {unit}",
        "pairs": study.pairs,
        "n_splits": "" if first is None else str(first.n_units),
        "safe": f"{(1.0 - results.level) / 5.0:.2g}",
    }
    if note is Caution.ZERO:
        words["zeros"] = _zeros(losses, models)
    elif note is Remark.MISSED:
        words["missed"] = _missed(results, models)
    elif note is Remark.FAILED:
        words["failures"] = _failures(losses)
    is_persistent = note is Caution.SERIAL and study.in_time
    return (PERSISTENT if is_persistent else TEXTS[note]).format(**words)


def _advice(note: Note, study: Study, losses: Sequence[LossResults]) -> str:
    """Return what to do; scores of splits beside losses ask for more splits."""
    if note is Remark.FEW_SPLITS and any(of_loss.study.beside for of_loss in losses):
        return f" Repeated folds find more: {REPEATED}." if study.can_repeat else ""
    return ADVICE.get(note, "")


def _models_of(losses: Sequence[LossResults], rows: Collection[str]) -> list[str]:
    """Return the models of some rows, which are models themselves or planned pairs of them."""
    found = [name for name in rows if losses[0].has(name)]
    for of_loss in losses if losses[0].planned else ():
        for pair in (of_loss.by_label[name] for name in rows if name in of_loss.by_label):
            found += [pair.model, pair.reference]
    return list(dict.fromkeys(found))


def _zeros(losses: Sequence[LossResults], models: Collection[str]) -> str:
    """Count the samples at the floor, and tell their share of the mean loss where it is known."""
    with_floor = [results for results in losses if results.info.floor_cost > 0]
    known = [(results, model) for results in with_floor[:1] for model in models]
    rows = [results.row(model) for results, model in known if model in results.able]
    rows = [row for row in rows if row.n_zero_probability]
    shares = with_floor[0].floor_shares if len(with_floor) == 1 else {}
    rows.sort(key=lambda row: -(row.n_zero_probability or 0))
    items: list[str] = []
    first_share = True
    for row in rows[:MOST_NAMES]:
        item = f"{quoted(row.model)} in {row.n_zero_probability}"
        if not items:
            tested = losses[0].study.n_samples
            noun = "samples" if tested in (None, row.n_obs) else "predictions"
            item += f" of {row.n_obs} {noun}"
        if row.model in shares:
            share = shares[row.model]
            percent = f"{share:.0%}" if share >= 0.01 else "less than 1%"
            item += f" ({percent}{' of its loss' if first_share else ''})"
            first_share = False
        items.append(item)
    if len(rows) > MOST_NAMES:
        items.append(f"{len(rows) - MOST_NAMES} more")
    return joined(items)


def _missed(results: LossResults, models: Collection[str]) -> str:
    """Name the classes that models never predict, and these models."""
    by_class: dict[str, list[str]] = {}
    for model in models:
        for missed in results.study.missed.get(model, ()):
            by_class.setdefault(missed.words, []).append(model)
    items = [f"{words} by {few(names)}" for words, names in by_class.items()]
    more = [f"{len(items) - MOST_NAMES} more classes"] if len(items) > MOST_NAMES else []
    return "; ".join([*items[:MOST_NAMES], *more])


def failed_where(losses: Sequence[LossResults]) -> dict[str, list[str]]:
    """Return the models that failed, by where: "" for all losses, else " on ROC AUC"."""
    where: dict[str, list[int]] = {}
    for i, results in enumerate(losses):
        for model in results.failed:
            where.setdefault(model, []).append(i)
    found: dict[str, list[str]] = {}
    for model, of_model in where.items():
        on = f" on {joined([losses[i].title for i in of_model])}"
        found.setdefault("" if len(of_model) == len(losses) else on, []).append(model)
    return found


def _failures(losses: Sequence[LossResults]) -> str:
    """Return why models failed, each reason once."""
    models: dict[tuple[str, str], list[str]] = {}
    for on, names in failed_where(losses).items():
        for name in names:
            row = next(results.row(name) for results in losses if name in results.failed)
            models.setdefault((on, _first_sentences(row.reason)), []).append(name)
    reasons = [f"{few(names)} failed{on}: {why}" for (on, why), names in models.items()]
    n_more = sum(map(len, list(models.values())[MOST_NAMES:]))
    more = [f"{n_more} more failed"] if n_more else []
    return ". ".join([*reasons[:MOST_NAMES], *more]) + "."


def _first_sentences(text: str) -> str:
    """Return as many whole sentences as are short enough, without the last full stop."""
    kept, *others = text.split(". ")
    for other in others:
        if len(kept) + len(other) > REASON_WIDTH:
            break
        kept += f". {other}"
    return textwrap.shorten(kept, REASON_WIDTH, placeholder=" ...").rstrip(".")


# --- all notes of a report ------------------------------------------------------------------


@dataclass(frozen=True)
class Footnote:
    """A numbered note."""

    number: int
    note: Note
    text: str


@dataclass(frozen=True)
class Footnotes:
    """The numbered notes of a report, and where their marks stand."""

    notes: Sequence[Footnote] = ()
    of_title: Sequence[Sequence[Note]] = ()
    """For each loss the notes that all its rows carry: their marks stand at its title."""
    of_row: Sequence[Mapping[str, Sequence[Note]]] = ()
    """For each loss and model the other notes."""
    numbers: Mapping[Note, int] = field(default_factory=dict)

    def at_title(self, loss: int) -> list[int]:
        """Return the numbers at the title of a loss, by its position."""
        return sorted(self.numbers[note] for note in self.of_title[loss])

    def at_row(self, loss: int, model: str) -> list[int]:
        """Return the numbers at the row of a model."""
        return sorted(self.numbers[note] for note in self.of_row[loss].get(model, ()))

    def number(self, note: Note) -> int | None:
        """Return the number of a note; None where no row carries it."""
        return self.numbers.get(note)


def footnotes(
    losses: Sequence[LossResults], most: int | None = None, *, advice: bool = True
) -> Footnotes:
    """Return the notes of the rows that a report shows: the first `most` models of each loss.

    `advice` adds what to do, for a report that says so nowhere else.
    """
    of_title: list[list[Note]] = []
    of_row: list[dict[str, list[Note]]] = []
    for position, results in enumerate(losses):
        shown = results.shown(most)
        of_pairs = {results.label_of(v): _notes_of_row(v, results) for v in results.verdicts()}
        known = {*results.able, *results.failed}
        of_models = {m: notes_on_model(results, m) for m in (*shown, *results.failed) if m in known}
        in_all = (
            *_in_all([of_pairs[model] for model in shown if model in of_pairs]),
            *_in_all([of_models[model] for model in shown if model in of_models]),
        )
        shared = list(dict.fromkeys(in_all))
        missed = results.study.missed if position == 0 else {}
        rows = {}
        for model in [*shown, *results.failed]:
            notes = [*of_pairs.get(model, []), *of_models.get(model, [])]
            notes += [Remark.MISSED] if model in missed and model in shown else []
            rows[model] = [note for note in ORDER if note in notes and note not in shared]
        of_title.append(shared)
        of_row.append(rows)
    found = _in_order(of_title, of_row)
    numbers = {note: number for number, note in enumerate(found, start=1)}
    texts = [
        Footnote(
            number,
            note,
            text_of(note, losses, _carriers(note, losses, of_title, of_row), advice=advice),
        )
        for note, number in numbers.items()
    ]
    return Footnotes(texts, of_title, of_row, numbers)


def _in_all(notes_of_rows: Sequence[Sequence[Note]]) -> list[Note]:
    """Return the notes that every row carries, if there are several."""
    several = len(notes_of_rows) > 1
    return [n for n in ORDER if several and all(n in of_row for of_row in notes_of_rows)]


def _notes_of_row(verdict: Verdict, results: LossResults) -> list[Note]:
    """Return the notes of a pair; the floor is marked at the model alone, if it has a row."""
    notes = notes_on_pair(verdict, results)
    return [note for note in notes if results.planned or note is not Caution.ZERO]


def _in_order(
    of_title: Sequence[Sequence[Note]], of_row: Sequence[Mapping[str, Sequence[Note]]]
) -> list[Note]:
    """Return each note once, as a reader meets them; models that failed come last."""
    met: list[Note] = []
    for title, rows in zip(of_title, of_row, strict=True):
        met += [*title, *(note for of_model in rows.values() for note in of_model)]
    return sorted(dict.fromkeys(met), key=lambda note: note is Remark.FAILED)


def _carriers(
    note: Note,
    losses: Sequence[LossResults],
    of_title: Sequence[Sequence[Note]],
    of_row: Sequence[Mapping[str, Sequence[Note]]],
) -> list[str]:
    """Return the models whose rows carry a note, by themselves or at the title of their loss."""
    found: list[str] = []
    for results, title, rows in zip(losses, of_title, of_row, strict=True):
        pairs = {results.label_of(v): [v.model, v.reference] for v in results.verdicts()}
        for label, notes in rows.items():
            if note in notes or note in title:
                found += pairs[label] if results.planned and label in pairs else [label]
    return list(dict.fromkeys(found))


# --- names ----------------------------------------------------------------------------------


def quoted(name: str) -> str:
    """Return a name as it stands in a sentence: in quotes where it could be misread."""
    unclear = (
        not name.strip() or name != name.strip() or any(x in name for x in (",", ";", " and "))
    )
    return f'"{name}"' if unclear else name


def joined(texts: Sequence[str], word: str = "and") -> str:
    """Join words as a sentence does: with commas, and "and" before the last."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}"


def few(names: Sequence[str], word: str = "and") -> str:
    """Join the first names, and count the rest."""
    most = MOST_NAMES + (len(names) == MOST_NAMES + 1)  # "1 more" takes as much room
    more = len(names) - most
    shown = [quoted(name) for name in names[:most]]
    return joined([*shown, *([f"{more} more"] if more > 0 else [])], word)
