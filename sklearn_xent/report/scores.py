"""The words for scores, of which higher is better, alone and beside losses."""

from collections.abc import Collection, Sequence

from sklearn_xent.report.verdicts import LossResults


def extreme(losses: Collection[LossResults]) -> str:
    """Return which mean is best: the lowest of losses, the highest of scores."""
    found = {results.extreme for results in losses}
    return found.pop() if len(found) == 1 else "best"


def nouns(losses: Collection[LossResults]) -> str:
    """Return what was compared, in the plural: losses, scores or both."""
    n_scores = sum(results.is_score for results in losses)
    if not n_scores:
        return "losses"
    return "scores" if n_scores == len(losses) else "losses and scores"


def noun(losses: Collection[LossResults]) -> str:
    """Return the same in the singular, after "any" or "some"."""
    plural = nouns(losses)
    return {"losses": "loss", "scores": "score"}.get(plural, "loss or score")


def titles(losses: Sequence[LossResults]) -> str:
    """Join the titles of losses, as they stand within a sentence."""
    names = [results.title for results in losses]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def on_scores(losses: Sequence[LossResults]) -> list[str]:
    """Say how to read scores, if there are any."""
    scores = [results for results in losses if results.is_score]
    if not scores:
        return []
    sign = "; in differences + is worse, as for losses" * any(of.pairs for of in scores)
    return [f"Higher is better in {titles(scores)}{sign}."]


def on_splits(losses: Sequence[LossResults]) -> list[str]:
    """Say how scores of splits beside losses of samples are tested."""
    of_splits = [results for results in losses if results.study.beside]
    n = next((v.n_units for of in of_splits for v in of.pairs), None)
    if n is None or losses[0].study.retrained:
        return []
    return [f"Tested over {n} splits, so about retrained models: {titles(of_splits)}."]


def estimands(losses: Collection[LossResults]) -> str:
    """Return what the intervals are about; those that differ with the titles of their losses."""
    by_text: dict[str, list[LossResults]] = {}
    for results in losses:
        for text in results.computed["estimand"].head(1):
            by_text.setdefault(str(text), []).append(results)
    (first, _), *others = by_text.items()
    return "; ".join([first, *(f"those of {titles(of)} about the {x}" for x, of in others)])
