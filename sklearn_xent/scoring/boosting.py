"""Losses as objectives and as evaluation metrics of gradient boosting libraries."""

from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._messages import shorten
from sklearn_xent.inputs.alignment import RowsOf, check_rows
from sklearn_xent.inputs.predictions import unmasked
from sklearn_xent.inputs.validation import read_flag
from sklearn_xent.inputs.weights import read_weights
from sklearn_xent.losses.classification_error import flat
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import get_loss
from sklearn_xent.scoring.metrics import mean_loss

Library = Literal["xgboost", "lightgbm"]
LIBRARIES = ("xgboost", "lightgbm")
NamedValue = tuple[str, float, bool]
"""The form that LightGBM takes: the name, the value, and whether higher is better."""
Value = TypeVar("Value", float, NamedValue)

LEAST_CURVATURE = 1e-16
"""The least second derivative, that of XGBoost: leaf values are divided by sums of them."""


@dataclass(frozen=True)
class Objective:
    """A loss as ``f(y_true, y_pred, sample_weight) -> (gradient, hessian)``; see `objective`."""

    loss: Loss
    library: Library

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """Compute both derivatives of each sample's loss by its raw scores, of `y_pred`'s shape."""
        codes = _read_codes(y_true, y_pred)
        gradient = self.loss.gradient(codes, y_pred)
        curvature = self.loss.curvature(codes, y_pred) * self._scale(gradient)
        if (weights := read_weights(sample_weight)) is not None:
            check_rows([RowsOf("y_true", codes), weights])
            weight = weights.values.reshape(-1, *[1] * (gradient.ndim - 1))
            gradient, curvature = gradient * weight, curvature * weight
        return gradient, np.maximum(curvature, LEAST_CURVATURE)

    def _scale(self, gradient: Floats) -> float:
        """Return the library's factor for several classes, whose scores all move at once."""
        if gradient.ndim == 1:
            return 1.0
        n_classes = gradient.shape[1]
        return 2.0 if self.library == "xgboost" else n_classes / (n_classes - 1)


@dataclass(frozen=True)
class EvalMetric(Generic[Value]):
    """A mean loss as ``f(y_true, y_pred, sample_weight)``; see `eval_metric`."""

    loss: Loss
    library: Library
    from_logits: bool

    @property
    def __name__(self) -> str:
        return self.loss.name

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Value:
        """Compute the mean loss; for LightGBM with its name, and that higher is not better."""
        codes = _read_codes(y_true, y_pred)
        value = mean_loss(
            self.loss,
            codes,
            y_pred,
            labels=range(_n_classes(y_pred)),
            sample_weight=sample_weight,
            from_logits=self.from_logits,
        )
        out: Any = value if self.library == "xgboost" else (self.loss.name, value, False)
        return out  # type: ignore[no-any-return]


def objective(loss: str | Loss, *, library: Library = "xgboost") -> Objective:
    """Make a loss the training objective of XGBoost's or LightGBM's classifiers.

    The gradient is that of the loss with respect to the raw scores. The Hessian is a positive
    diagonal. Cross-entropy has one; the Brier loss, which is not convex, takes the Gauss-Newton
    diagonal; other losses take the absolute value. With several classes each library multiplies
    the diagonal by a factor of its own, 2 or k / (k - 1), and so does this function. With
    cross-entropy both libraries grow the trees of their built-in objectives, provided that these
    start from zero, as every custom objective does (``base_score=0.5``,
    ``boost_from_average=False``).

    Parameters
    ----------
    loss : str or Loss
        A name, an alias or a `Loss` with a gradient and a Hessian. The classification error
        cannot be trained on: it is flat.
    library : {"xgboost", "lightgbm"}, default="xgboost"
        Whose factor the Hessian takes. For two classes there is none, and both give the same.

    Returns
    -------
    callable
        ``f(y_true, y_pred, sample_weight=None) -> (gradient, hessian)``, for
        ``XGBClassifier(objective=...)`` and ``LGBMClassifier(objective=...)``.

    Raises
    ------
    TypeError
        When the loss has no derivatives to train on.
    ValueError
        For an unknown loss or library.

    Notes
    -----
    After training with a custom objective, LightGBM's ``predict_proba`` and ``predict`` return
    raw scores. Score it with ``LossScorer(loss, from_logits=True)``, the classification error
    too. XGBoost's return probabilities and labels. Both pass raw scores to evaluation metrics:
    use ``eval_metric(loss, from_logits=True)``. LightGBM still computes its built-in metric, of
    raw scores, which would stop training early: switch it off by ``metric="None"``.

    References
    ----------
    Chen, T. and Guestrin, C. (2016). XGBoost: a scalable tree boosting system. KDD 2016,
    785-794. Friedman, J. H. (2001). Greedy function approximation: a gradient boosting machine.
    Annals of Statistics 29, 1189-1232, for the factor k / (k - 1).

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> gradient, hessian = sx.objective("cross_entropy")([0, 1], [0.0, 0.0])
    >>> gradient, hessian
    (array([ 0.5, -0.5]), array([0.25, 0.25]))
    """
    chosen = get_loss(loss)
    is_flat = chosen.zero_one or chosen.gradient_function is flat
    if is_flat or not chosen.has_derivatives:
        reason = "is flat almost everywhere" if is_flat else "lacks a derivative"
        raise TypeError(
            f"{chosen.name} {reason}, so there is nothing to train on. Take cross_entropy or "
            "brier_loss, or a Loss with a gradient_function and a curvature_function."
        )
    return Objective(chosen, _read_library(library))


@overload
def eval_metric(
    loss: str | Loss,
    *,
    library: Literal["xgboost"] = "xgboost",
    from_logits: bool = ...,
    **loss_options: Any,
) -> EvalMetric[float]: ...
@overload
def eval_metric(
    loss: str | Loss,
    *,
    library: Literal["lightgbm"],
    from_logits: bool = ...,
    **loss_options: Any,
) -> EvalMetric[NamedValue]: ...
def eval_metric(
    loss: str | Loss,
    *,
    library: Library = "xgboost",
    from_logits: bool = False,
    **loss_options: Any,
) -> EvalMetric[float] | EvalMetric[NamedValue]:
    """Make a loss the evaluation metric of XGBoost's or LightGBM's classifiers.

    Lower is better, and LightGBM is told so. The classes are the columns of the predictions, even
    where an evaluation set lacks some of them.

    Parameters
    ----------
    loss : str or Loss
        A name, an alias or a `Loss`.
    library : {"xgboost", "lightgbm"}, default="xgboost"
        Whose form the result takes: for XGBoost a number, for LightGBM a name, a number and
        whether higher is better.
    from_logits : bool, default=False
        Whether the predictions are raw scores, as both libraries pass them when the objective is
        a custom one.
    **loss_options
        Options of the loss.

    Returns
    -------
    callable
        ``f(y_true, y_pred, sample_weight=None)``, for ``XGBClassifier(eval_metric=...)`` and
        ``LGBMClassifier().fit(..., eval_metric=...)``.

    Raises
    ------
    TypeError, ValueError
        For an unknown loss, option or library.

    Notes
    -----
    Pass what this function returns, and not a metric function or a scorer: of these LightGBM says
    "Self-defined eval function should have 2, 3 or 4 arguments". If it says that a float is not
    subscriptable, ``library="lightgbm"`` is missing.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> round(sx.eval_metric("cross_entropy")([0, 1], [0.25, 0.75]), 6)
    0.287682
    >>> sx.eval_metric("mse", library="lightgbm")([0, 1], [0.25, 0.75])
    ('brier_loss', 0.0625, False)
    """
    logits = read_flag("from_logits", from_logits)
    return EvalMetric(get_loss(loss, **loss_options), _read_library(library), logits)


def _read_library(library: Any) -> Library:
    if not isinstance(library, str) or library not in LIBRARIES:
        raise ValueError(f"library must be among {', '.join(LIBRARIES)}; got {shorten(library)}.")
    chosen: Library = library  # type: ignore[assignment]
    return chosen


def _n_classes(y_pred: ArrayLike) -> int:
    """Return the number of classes of predictions: two, where there is one score a sample."""
    if hasattr(y_pred, "get_label"):
        raise TypeError(
            "this callable is for the scikit-learn classes, XGBClassifier and LGBMClassifier; "
            "xgboost.train and lightgbm.train pass predictions and a data set."
        )
    shape = np.shape(y_pred)
    if len(shape) not in (1, 2):
        raise ValueError(
            f"y_pred must be of shape (n_samples,) or (n_samples, n_classes); {shape}."
        )
    return 2 if len(shape) == 1 or shape[1] == 1 else int(shape[1])


def _read_codes(y_true: ArrayLike, y_pred: ArrayLike) -> Codes:
    """Read class codes, which both libraries pass as floats."""
    n_classes = _n_classes(y_pred)
    values: NDArray[Any] = np.asarray(unmasked("y_true", y_true))
    numbers = values.ndim == 1 and values.dtype.kind in "fiub"
    with np.errstate(invalid="ignore"):
        codes = values.astype(np.intp) if numbers else np.full(len(values), -1)
        wrong = np.flatnonzero((codes != values) | (codes < 0) | (codes >= n_classes))
    if len(wrong):
        raise ValueError(
            f"y_true must hold class codes 0..{n_classes - 1}, as XGBoost and LightGBM pass them, "
            f"of the {n_classes} classes that were trained on; got {shorten(values[wrong[0]])} in "
            f"row {wrong[0]}."
        )
    return codes
