"""The losses of this package, and how to find them by name."""

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from sklearn_xent._messages import shorten
from sklearn_xent.losses.brier import Brier
from sklearn_xent.losses.classification_error import ClassificationError
from sklearn_xent.losses.cross_entropy import CrossEntropy
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.ranked_probability import RankedProbability

LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (ClassificationError(), Brier(), CrossEntropy(), RankedProbability())
}
DEFAULTS = ("classification_error", "brier_loss", "cross_entropy")
"""The losses that are computed where none are named."""
ALIASES = {
    "error": "classification_error",
    "zero_one_loss": "classification_error",
    "mse": "brier_loss",
    "mean_squared_error": "brier_loss",
    "brier": "brier_loss",
    "brier_score": "brier_loss",
    "brier_score_loss": "brier_loss",
    "log_loss": "cross_entropy",
    "xent": "cross_entropy",
    "rps": "ranked_probability",
    "ranked_probability_score": "ranked_probability",
}


def get_loss(loss: str | Loss, **options: Any) -> Loss:
    """Find a loss by its name or alias; a `Loss` is returned as it is.

    Parameters
    ----------
    loss : str or Loss
        ``"classification_error"`` (or error, zero_one_loss), ``"brier_loss"`` (mse,
        mean_squared_error, brier, brier_score, brier_score_loss), ``"cross_entropy"``
        (log_loss, xent),
        ``"ranked_probability"`` (rps, ranked_probability_score), or a `Loss`. The ranked
        probability score is for ordered classes: where these are no numbers, ``labels=[...]``
        or an ordered categorical must tell their order.
    **options
        Options of the loss: ``eps`` of cross-entropy, ``scale_by_half`` of Brier.

    Returns
    -------
    Loss
        The loss of that name, with the options set.

    Raises
    ------
    ValueError
        When no loss has that name, or an option's value is out of range.
    TypeError
        When `loss` is neither a string nor a `Loss`, or has no such option.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> sx.get_loss("mse")
    <Loss brier_loss, scale_by_half='auto'>
    >>> sx.get_loss("cross_entropy", eps=0)
    <Loss cross_entropy, eps=0>

    Of ordered classes a near miss costs less than a far one:

    >>> near, far, grades = [[0.1, 0.6, 0.3]], [[0.6, 0.1, 0.3]], ["low", "middle", "high"]
    >>> [round(sx.mean_loss("ranked_probability", ["high"], p, labels=grades), 2)
    ...  for p in (near, far)]
    [0.5, 0.85]
    """
    if isinstance(loss, Loss):
        return loss.with_options(**options)
    if not isinstance(loss, str):
        raise TypeError(
            f"loss must be a name or a Loss; got {type(loss).__name__}: {shorten(loss, 80)}."
            f"{_name_instead(loss)}"
        )
    name = ALIASES.get(loss, loss)
    if name not in LOSSES:
        known = ", ".join([*LOSSES, *ALIASES])
        raise ValueError(
            f"unknown loss {loss!r:.80}; known: {known}; or pass a Loss.{_name_instead(loss)}"
        )
    return LOSSES[name].with_options(**options)


def name_among(loss: str | Loss, names: Sequence[str]) -> str:
    """Return which of the losses that were compared is meant."""
    name = loss if isinstance(loss, str) and loss in names else get_loss(loss).name
    if name not in names:
        raise ValueError(f"loss must be among those compared, {list(names)}; got {shorten(name)}.")
    return name


def _name_instead(given: Any) -> str:
    """Return advice where a metric, a scorer or the name of one is given in place of a loss."""
    of_scorer = getattr(given, "loss", given)
    name = getattr(of_scorer, "name", getattr(of_scorer, "__name__", of_scorer))
    if not isinstance(name, str):
        return ""
    plain = re.sub(r"[\s-]+", "_", name.strip().lower()).removeprefix("neg_")
    if plain.removesuffix("_score") == "accuracy":
        return ' Accuracy is one minus the error: pass "classification_error".'
    if re.match(_SCORES, plain):
        return (
            " It is a score of a whole data set, not a loss of each sample: compare_models takes "
            "the names of such scores in scoring=."
        )
    known = [*LOSSES, *ALIASES]
    near = [plain] if plain in known else difflib.get_close_matches(plain, known, 1, _ALIKE)
    return f' Pass "{near[0]}".' if near else ""


_ALIKE = 0.75
"""Names that are at least so much alike, by the share of their letters, are taken for a slip."""
_SCORES = r"(roc_)?auc|average_precision|(balanced|top_k)_accuracy|f1|precision|recall|matthews|r2"


def read_losses(losses: Any) -> list[Loss]:
    """Return the losses that an argument names, each once; the default losses for None."""
    if losses is None:
        return [LOSSES[name] for name in DEFAULTS]
    if not isinstance(losses, str | Loss | Iterable):
        raise ValueError(
            f"losses must be names or Losses; got {shorten(losses)}.{_name_instead(losses)}"
        )
    listed = [losses] if isinstance(losses, str | Loss) else list(losses)
    found = [get_loss(loss) for loss in listed]
    names = [loss.name for loss in found]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"losses must name each loss once, and at least one; got {names}.")
    return found
