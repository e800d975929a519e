"""The ranked probability score, for ordered classes: ``sum_{j < k} (P_j - Y_j)^2``.

P_j is the sum of the first j probabilities, Y_j that of the target distribution: of a class code
c, 1 from j = c on. So a near miss costs less than a far one. The score lies between 0 and k - 1:
0 where the true class has all probability, k - 1 where the class at the other end has. It is
strictly proper, as it adds up the Brier losses of the k - 1 questions "at most class j?". Of two
classes it is the halved Brier loss. It is not divided by k - 1. For a target distribution t it is
the squared distance of the cumulated distributions: the expected score of a class drawn from t less
what no prediction can avoid, ``sum_j T_j (1 - T_j)``.

What is below the true class is summed from the first class on, the rest from the last one on:
``P_j - 1 = -(p_{j+1} + ... + p_k)``, which is accurate where the probabilities are tiny.

Derivatives with respect to the logits z under the softmax, with D_j = P_j - Y_j and
A_jm = [m <= j] - P_j, so that dD_j / dz_m = p_m A_jm:

- gradient: ``2 p_m G_m`` with ``G_m = sum_j D_j A_jm``
- Hessian, diagonal: ``2 p_m (1 - p_m) G_m + 2 p_m^2 (Q_m - G_m)``, where Q_m is the score of class
  m, ``sum_j A_jm^2``
- curvature: the loss is not convex in the logits, so it is the Gauss-Newton diagonal,
  ``2 p_m^2 Q_m``

Sources: Epstein, E. S. (1969). A scoring system for probability forecasts of ranked categories.
Journal of Applied Meteorology 8, 985-987. Murphy, A. H. (1971). A note on the ranked probability
score. Journal of Applied Meteorology 10, 155-156, for this form.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sklearn_xent import _arrays
from sklearn_xent._arrays import Codes, Floats, Targets
from sklearn_xent.losses.loss import Loss, LossFunction, LossRange

_GREATEST_SUM = 1.05
"""No row of probabilities has a greater sum: float16 and bfloat16 are the least exact."""


def _ranked(y: Targets, proba: Floats) -> Floats:
    if y.ndim == 2:
        return _row_squares(np.cumsum(proba - y, axis=1)[:, :-1])
    return _class_by_class(y, proba)


def _range(n_classes: int) -> LossRange:
    return 0.0, float(n_classes - 1)


def _gradient(y: Targets, proba: Floats) -> Floats:
    return 2.0 * proba * _slopes(y, proba)


def _hessian(y: Targets, proba: Floats) -> Floats:
    slopes, others = _slopes(y, proba), _arrays.sums_of_others(proba)
    inner = others * slopes + proba * (_of_every_class(proba) - slopes)
    return 2.0 * proba * inner


def _curvature(_: Targets, proba: Floats) -> Floats:
    return 2.0 * proba**2 * _of_every_class(proba)


def _slopes(y: Targets, proba: Floats) -> Floats:
    """Return ``G_m = sum_j D_j A_jm`` for each class m."""
    distance = np.cumsum(proba - y, axis=1)[:, :-1] if y.ndim == 2 else _distances(y, proba)
    head, tail = _cumulated(proba)
    return _from_last(distance * tail) - _from_first(distance * head)


def _cumulated(proba: Floats) -> tuple[Floats, Floats]:
    """Return the probability of at most class j, and that of more, for each j but the last."""
    head = np.cumsum(proba, axis=1)[:, :-1]
    tail = np.cumsum(proba[:, :0:-1], axis=1)[:, ::-1]
    return head, tail


def _distances(codes: Codes, proba: Floats) -> Floats:
    """Return ``P_j - Y_j`` for each j but the last."""
    head, tail = _cumulated(proba)
    return np.where(np.arange(head.shape[1]) < codes[:, None], head, -tail)


def _class_by_class(codes: Codes, proba: Floats) -> Floats:
    """Return the score of each row; sums across the columns would take several times as long."""
    columns = np.ascontiguousarray(proba.T)
    below: list[Floats] = [columns[0]]
    for column in columns[1:-1]:
        below.append(below[-1] + column)
    out, above = np.zeros(len(codes)), np.zeros(len(codes))
    for j in range(len(columns) - 2, -1, -1):
        above = above + columns[j + 1]
        distance = np.where(codes > j, below[j], above)
        distance *= distance
        out += distance
    return out


def _of_every_class(proba: Floats) -> Floats:
    """Return the score of each class, were it the true one."""
    head, tail = _cumulated(proba)
    return _from_first(head * head) + _from_last(tail * tail)


def _from_first(values: Floats) -> Floats:
    """Return the sum of the columns before each class, of which there is one more than columns."""
    out = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=out[:, 1:])
    return out


def _from_last(values: Floats) -> Floats:
    """Return the sum of the columns from each class on; of the last class, zero."""
    return _from_first(values[:, ::-1])[:, ::-1]


def _row_squares(values: Floats) -> Floats:
    """Return the sum of squares of each row."""
    out: Floats = np.einsum("ij,ij->i", *2 * [np.ascontiguousarray(values)])
    return out


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class RankedProbability(Loss):
    """The ranked probability score."""

    name: str = "ranked_probability"
    title: str = "Ranked probability score"
    description: str = (
        "the squared distance of the cumulated probabilities from what happened; near misses "
        "cost less than far ones"
    )
    function: LossFunction = _ranked
    soft_function: LossFunction | None = _ranked
    gradient_function: LossFunction | None = _gradient
    hessian_function: LossFunction | None = _hessian
    curvature_function: LossFunction | None = _curvature
    range: LossRange | Callable[..., LossRange] = _range
    strictly_proper: bool = True
    ordered: bool = True
    by_columns: bool = True

    def every_label(self, values: Floats, from_logits: bool) -> Floats:
        """Return the score of each class, by two cumulated sums of squares."""
        with np.errstate(under="ignore"):
            return _of_every_class(_arrays.softmax(values) if from_logits else values)

    def label_spread(self, high: Floats, low: Floats, n_classes: int, from_logits: bool) -> Floats:
        """Return ``sum_i max(0, 1 - 2 i low)`` over i < k; of logits, ``k - 1``.

        Classes j and j + 1 differ by ``|P_j - (1 - P_j)|``, and i classes have at least ``i low``.
        """
        if from_logits:
            return _arrays.rounded_up(np.full(len(high), n_classes - 1.0))
        with np.errstate(all="ignore"):
            terms = np.minimum(np.floor(_GREATEST_SUM / (2.0 * low)), n_classes - 1)
        bound: Floats = _GREATEST_SUM * terms * (_GREATEST_SUM - low * (terms + 1.0))
        return _arrays.rounded_up(bound)
