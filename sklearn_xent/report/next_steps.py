"""What to do next: for each thing that limits a comparison, the step that removes it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from sklearn_xent.inference.cautions import Caution, read_cautions
from sklearn_xent.report.sentences import few
from sklearn_xent.report.verdicts import NO_CLAIM, NOT_SHOWN, Kind, LossResults, Verdict

MOST_STEPS = 4
REPEATED = "cv=RepeatedStratifiedKFold(n_splits=5, n_repeats=10)"
REPEATED_GROUPS = "cv=GroupShuffleSplit(n_splits=50, test_size=0.2)"


@dataclass(frozen=True)
class Step:
    """A step, and the code that does it."""

    text: str
    code: str = ""


def next_steps(losses: Collection[LossResults], rarest: str = "") -> list[Step]:
    """Return the most important steps, those first without which the rest is in doubt.

    `rarest` is the class with the fewest samples, where it is known.
    """
    verdicts = [verdict for results in losses for verdict in results.verdicts()]
    found = {
        caution
        for results in losses
        for frame in (results.summary, results.differences)
        for text in frame["caution"]
        for caution in read_cautions(text)
    }
    steps = [
        *_failures(losses),
        _dependence(found),
        _rare(found, rarest),
        _retraining(verdicts),
        _zeros(losses),
        _unstable(verdicts),
        _few_splits(verdicts),
        _margin(losses, verdicts),
        _one_model(losses),
    ]
    return [step for step in steps if step is not None][:MOST_STEPS]


def _failures(losses: Collection[LossResults]) -> list[Step]:
    failed = dict.fromkeys(
        str(model)
        for results in losses
        for model in results.summary["model"][results.summary["status"] == "failed"]
    )
    if not failed:
        return []
    return [Step(f"Fix what made {few(list(failed))} fail, and compare again.")]


def _dependence(found: Collection[Caution]) -> Step | None:
    if Caution.SERIAL not in found:
        return None
    return Step(
        "Neighbouring rows look dependent, so intervals may be too narrow. Say how: times= for "
        "rows in time order, groups= for rows of the same person or place."
    )


def _rare(found: Collection[Caution], rarest: str) -> Step | None:
    if Caution.RARE not in found:
        return None
    which = f"class {rarest}" if rarest else "the rarest class"
    return Step(f"Get more samples of {which}: the results on it rest on few.")


def _retraining(verdicts: Sequence[Verdict]) -> Step | None:
    doubted = [v for v in verdicts if v.retraining == NOT_SHOWN]
    if not doubted:
        return None
    if any(v.unit == "group" for v in doubted):
        text = "If you will retrain the models, compare on repeated splits that keep groups whole:"
        return Step(text, REPEATED_GROUPS)
    return Step("If you will retrain the models, compare on repeated folds:", REPEATED)


def _zeros(losses: Collection[LossResults]) -> Step | None:
    models = dict.fromkeys(
        str(row["model"])
        for results in losses
        if results.info.floor_cost > 0
        for row in results.summary.to_dict("records")
        if not pd.isna(row["n_zero_probability"]) and row["n_zero_probability"]
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
    return Step("Use steadier models, such as ensembles, or trust small p-values only.")


def _few_splits(verdicts: Sequence[Verdict]) -> Step | None:
    few_splits = [v for v in verdicts if v.has_few_splits and v.kind in NO_CLAIM]
    if not few_splits:
        return None
    return Step(
        f"A test on {few_splits[0].n_units} splits misses most small differences: compare the best "
        "few on repeated folds with compare_models."
    )


def _margin(losses: Collection[LossResults], verdicts: Sequence[Verdict]) -> Step | None:
    is_clear = any(v.kind in (Kind.CLEAR, Kind.EQUIVALENT) for v in verdicts)
    margins = [results.margin for results in losses if results.margin is not None]
    if is_clear or margins or not any(v.kind in NO_CLAIM for v in verdicts):
        return None
    return Step(
        "Nothing is clear. If small differences do not matter to you, say how large they may be:",
        "equivalence_margin=...",
    )


def _one_model(losses: Collection[LossResults]) -> Step | None:
    if any(len(results.computed) > 1 for results in losses):
        return None
    return Step("Compare it with another model, such as a simple one or the one in use.")
