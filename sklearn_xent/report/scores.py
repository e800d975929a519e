"""The words for scores of splits beside losses of samples."""

from collections.abc import Collection, Sequence

from sklearn_xent.report.verdicts import LossResults, of_means, on_direction


def nouns(losses: Collection[LossResults]) -> str:
    """Return what was compared, in the plural."""
    return of_means(losses, "losses", "scores", "losses and scores")


def noun(losses: Collection[LossResults]) -> str:
    """Return the same in the singular, after "any" or "some"."""
    return of_means(losses, "loss", "score", "loss or score")


def one_by_one(losses: Collection[LossResults]) -> str:
    """Return in which order the rows of a table stand."""
    return of_means(losses, "loss by loss", "score by score", "one by one")


def heading(results: LossResults) -> str:
    """Return the title of a loss in a table; beside losses that of a score says what is better."""
    title = results.info.full_title
    return f"{title}, higher is better" if results.study.beside and results.is_score else title


def titles(losses: Sequence[LossResults]) -> str:
    """Join the titles of losses, as they stand within a sentence."""
    names = [results.title for results in losses]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def direction(losses: Sequence[LossResults]) -> str:
    """Say what is better, and what differences of scores are; empty without scores."""
    scores = [results for results in losses if results.is_score]
    if not scores or not all(results.study.beside for results in scores):
        return on_direction(losses)
    # beside losses their headings say that higher is better
    return f"Differences of {titles(scores)} are of minus the score: positive is worse."


def on_splits(losses: Sequence[LossResults]) -> str:
    """Say which scores of splits are about retrained models, beside losses that are not."""
    beside = [results for results in losses if results.study.beside]
    if not beside or losses[0].study.retrained:
        return ""
    return f", {titles(beside)} about retrained models"


def estimands(losses: Collection[LossResults]) -> str:
    """Return what the intervals are about; those that differ with the titles of their losses."""
    found: dict[str, tuple[str, list[LossResults]]] = {}
    for results in losses:
        for row in results.computed[:1]:
            # a mean score is about the same models as a mean loss
            alike = row.estimand.replace("mean score", "mean loss")
            found.setdefault(alike, (row.estimand, []))[1].append(results)
    (first, _), *others = found.values()
    return "; ".join([first, *(f"those of {titles(of)} about the {x}" for x, of in others)])
