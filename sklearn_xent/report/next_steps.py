"""What to do next: for each thing that limits a comparison, the step that removes it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sklearn_xent.inference.cautions import Caution, read_cautions
from sklearn_xent.report.footnotes import Remark, failed_where, few, notes_on_pair
from sklearn_xent.report.scores import titles
from sklearn_xent.report.study import REPEATED, MissedClass
from sklearn_xent.report.verdicts import NO_CLAIM, NOT_SHOWN, Kind, LossResults, Verdict

MOST_STEPS = 4
ERRORS = "classification_error"
REPEATED_GROUPS = "cv=GroupShuffleSplit(n_splits=50, test_size=0.2)"


@dataclass(frozen=True)
class Step:
    """A step, and the code that does it."""

    text: str
    code: str = ""


def next_steps(losses: Sequence[LossResults], rarest: str = "") -> list[Step]:
    """Return the most important steps, those first without which the rest is in doubt.

    `rarest` is the class with the fewest samples, where it is known.
    """
    verdicts = [verdict for results in losses for verdict in results.verdicts()]
    found = {
        caution
        for results in losses
        for rows in (results.summary, results.differences)
        for text in {row.caution for row in rows}
        for caution in read_cautions(text)
    }
    steps = [
        _failures(losses),
        None if losses[0].study.in_time else _dependence(found),
        _rare(found, rarest),
        _missed(losses),
        _retraining(losses, verdicts),
        _zeros(losses),
        _unstable(verdicts),
        _few_splits(losses),
        _margin(losses, verdicts),
        _one_model(losses),
    ]
    return [step for step in steps if step is not None][:MOST_STEPS]


def _failures(losses: Sequence[LossResults]) -> Step | None:
    failed = [name for names in failed_where(losses).values() for name in names]
    return Step(f"Fix what made {few(failed)} fail, and compare again.") if failed else None


def _dependence(found: Collection[Caution]) -> Step | None:
    if Caution.SERIAL not in found:
        return None
    return Step(
        "Say how rows depend on each other: times= if they are in time order, groups= if some are "
        "of the same person or place."
    )


def _rare(found: Collection[Caution], rarest: str) -> Step | None:
    if Caution.RARE not in found:
        return None
    which = f"class {rarest}" if rarest else "the rarest class"
    return Step(f"Get more samples of {which}: the results on it rest on few.")


def _missed(losses: Sequence[LossResults]) -> Step | None:
    """Say that errors hardly tell of a rare class that is never predicted."""
    counts_errors = any(row.loss == ERRORS for results in losses for row in results.summary)
    rare: dict[MissedClass, list[str]] = {}
    for model, missed in losses[0].study.missed.items():
        for one in missed:
            if one.is_rare:
                rare.setdefault(one, []).append(model)
    if not rare or not counts_errors:
        return None
    one, models = next(iter(rare.items()))
    return Step(
        f"Judge by MSE (Brier) or cross-entropy: the classification error hardly counts class "
        f"{one.label}, which {few(models)} never {'predicts' if len(models) == 1 else 'predict'}."
    )


def _retraining(losses: Sequence[LossResults], verdicts: Sequence[Verdict]) -> Step | None:
    doubted = [v for v in verdicts if v.retraining == NOT_SHOWN]
    is_dependent = any(Caution.SERIAL in v.cautions for v in verdicts)
    if not doubted or (is_dependent and not losses[0].study.in_time):
        return None  # which splits are right depends on how the rows depend on each other
    if losses[0].study.in_time:
        return Step(
            "If you will retrain the models, compare on more splits in time order, of a longer "
            "series."
        )
    if any(v.unit == "group" for v in doubted):
        text = "If you will retrain the models, compare on repeated splits that keep groups whole:"
        return Step(text, REPEATED_GROUPS)
    return Step("If you will retrain the models, compare on repeated folds:", REPEATED)


def _zeros(losses: Sequence[LossResults]) -> Step | None:
    models = dict.fromkeys(
        row.model
        for results in losses
        if results.info.floor_cost > 0
        for row in results.summary
        if row.n_zero_probability
    )
    if not models:
        return None
    titles = [str(results.info.title) for results in losses]
    judge = "judge by MSE (Brier)"
    if "MSE (Brier)" not in titles:
        judge = "compare by MSE (Brier) too"
    return Step(f"Smooth the probabilities of {few(list(models))}, or {judge}.")


def _unstable(verdicts: Sequence[Verdict]) -> Step | None:
    if not any(Caution.UNSTABLE in v.cautions and v.kind is Kind.CLEAR for v in verdicts):
        return None
    return Step("Use steadier models, such as ensembles.")


def _few_splits(losses: Sequence[LossResults]) -> Step | None:
    found = [
        results
        for results in losses
        if any(Remark.FEW_SPLITS in notes_on_pair(v, results) for v in results.verdicts())
    ]
    if not found:
        return None
    if all(results.study.beside for results in found):
        of = titles(found)
        if not losses[0].study.can_repeat:
            return Step(f"To find smaller differences in {of}, compare on more splits.")
        return Step(f"To find smaller differences in {of}, compare on repeated folds:", REPEATED)
    what = "candidates" if losses[0].study.candidates else "models"
    return Step(
        f"To find smaller differences, compare the {what} with compare_models, on the same or on "
        "repeated folds."
    )


def _margin(losses: Sequence[LossResults], verdicts: Sequence[Verdict]) -> Step | None:
    is_clear = any(v.kind in (Kind.CLEAR, Kind.EQUIVALENT) for v in verdicts)
    margins = [results.margin for results in losses if results.margin is not None]
    if is_clear or margins or not any(v.kind in NO_CLAIM for v in verdicts):
        return None
    return Step(
        "Nothing is clear. If small differences do not matter to you, say how large they may be:",
        "equivalence_margin=...",
    )


def _one_model(losses: Sequence[LossResults]) -> Step | None:
    if len(losses[0].able) > 1:
        return None
    return Step("Compare it with another model, such as a simple one or the one in use.")
