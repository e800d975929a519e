"""The cost of decisions: that of the least expected cost under the prediction is taken.

With the costs C of each decision d under each true class j, and the probabilities p, the decision
is ``d = argmin_d sum_j p_j C_jd``, and a sample of class y costs ``C_yd``. So the loss is proper:
no prediction makes better decisions than the true distribution. It is not strictly proper, since
predictions that lead to the same decision cost the same. Of a target distribution t it is
``sum_j t_j C_jd``. It lies between the least and the greatest cost, which may be negative: a gain.

Of decisions of equal expected cost the first is taken. With costs of 0 for the right class and 1
for the others it is the classification error, to the last bit. To decide, the greatest cost of each
class is subtracted from its row, which changes no decision: of such costs it leaves ``-p_d``,
without rounding. Sums are taken class by class, since a matrix product rounds a row by what is
beside it, which could turn a decision. With many decisions it finds those that are clear.

Source: Good, I. J. (1952). Rational decisions. Journal of the Royal Statistical Society B 14,
107-114.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_xent import _arrays
from sklearn_xent._arrays import FEW_COLUMNS, Blocks, Codes, Floats, PartialSum, Targets
from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent.losses.classification_error import flat, predicted_class
from sklearn_xent.losses.fitting import fit_together
from sklearn_xent.losses.loss import Loss, LossFunction, LossRange

Labels = tuple[Hashable, ...]


class CostMatrix(tuple[tuple[float, ...], ...]):
    """Rows of costs, which can be compared and saved; `array` is the same for numpy."""

    @classmethod
    def from_rows(cls, rows: Iterable[Iterable[float]]) -> "CostMatrix":
        """Return the matrix of some rows."""
        return cls(tuple(map(float, row)) for row in rows)

    @cached_property
    def array(self) -> Floats:
        """The costs, one row a class."""
        return np.asarray(self, dtype=np.float64)

    @cached_property
    def relative(self) -> Floats:
        """The costs less the greatest of each class: they lead to the same decisions."""
        out: Floats = self.array - self.array.max(axis=1, keepdims=True)
        return out

    @cached_property
    def counts_errors(self) -> bool:
        """Whether the right class costs 0 and any other 1."""
        return bool(np.array_equal(self.array, 1.0 - np.eye(*self.array.shape)))


def _expected_cost(y: Targets, proba: Floats, *, costs: CostMatrix, **_: Any) -> Floats:
    return _costs_of(y, _decide(proba, costs), costs)


def _expected_cost_of_logits(y: Targets, logits: Floats, *, costs: CostMatrix, **_: Any) -> Floats:
    return _costs_of(y, _decide_by_logits(logits, costs), costs)


def _costs_of(y: Targets, decisions: Codes, costs: CostMatrix) -> Floats:
    """Return what decisions cost under each true class or target distribution."""
    if y.ndim == 1:
        out: Floats = costs.array[y, decisions]
        return out
    if costs.counts_errors:
        return 1.0 - _arrays.true_class(y, decisions)
    return _arrays.own_sums(y * costs.array.T[decisions])


def _check_rows(proba: Floats) -> None:
    """Check that rows are probabilities, but for rounding."""
    slack = 2.0**-5  # that of the coarsest type
    outside = (proba < -slack) | (proba > 1.0 + slack)
    bad = outside.any(axis=1) | (np.abs(_arrays.own_sums(proba) - 1.0) > slack)
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"y_proba must hold probabilities, rows within [0, 1] that sum to 1; {bad.sum()} of "
            f"{len(bad)} rows do not, first row {row}: {shorten(proba[row].tolist())}. Pass "
            "from_logits=True if they are logits."
        )


def _decide_by_logits(logits: Floats, costs: CostMatrix) -> Codes:
    """Return the decisions; where errors are counted, the softmax could only blur the greatest."""
    return _decide(logits if costs.counts_errors else _arrays.softmax(logits), costs)


def _decide(proba: Floats, costs: CostMatrix) -> Codes:
    """Return for each row the first decision of the least expected cost."""
    if proba.shape[1] != len(costs):
        raise ValueError(
            f"the costs are those of {len(costs)} classes, and the predictions have "
            f"{proba.shape[1]} columns. Pass a column for each class, in the order of the labels "
            "of the costs."
        )
    if costs.counts_errors:
        return predicted_class(proba).astype(np.intp)
    if costs.relative.shape[1] <= FEW_COLUMNS:
        return _first_of_few(proba, costs.relative)
    return _first_of_many(proba, costs.relative)


def _first_of_few(proba: Floats, relative: Floats) -> Codes:
    """Return the first decision of the least expected cost, comparing one after the other."""
    columns = np.ascontiguousarray(proba.T)
    best, out = _expected(columns, relative[:, 0]), np.zeros(len(proba), dtype=np.intp)
    for decision in range(1, relative.shape[1]):
        expected = _expected(columns, relative[:, decision])
        out[expected < best] = decision
        np.minimum(best, expected, out=best)
    return out


def _first_of_many(proba: Floats, relative: Floats) -> Codes:
    """Return the same by a matrix product, unless the two least costs are within its rounding."""
    every = proba @ relative
    out: Codes = every.argmin(axis=1)
    least_two = np.partition(every, 1, axis=1)[:, :2]
    near = np.flatnonzero(least_two[:, 1] - least_two[:, 0] <= -1e-9 * relative.min())
    if len(near):
        columns = np.ascontiguousarray(proba[near].T)
        exact = [_expected(columns, of_decision) for of_decision in relative.T]
        out[near] = np.argmin(exact, axis=0)
    return out


def _expected(columns: Floats, of_decision: Floats) -> Floats:
    """Return the expected relative cost of one decision in each row."""
    out = np.zeros(columns.shape[1])
    for code in np.flatnonzero(of_decision):
        out += columns[code] * of_decision[code]
    return out


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ExpectedCost(Loss):
    """The cost of decisions; `sklearn_xent.expected_cost` reads a user's costs and makes it.

    Its options are ``costs``, rows of classes by columns of decisions, ``labels``, the classes of
    the rows, and ``decisions``, the names of the columns.
    """

    name: str = "expected_cost"
    title: str = "Expected cost"
    description: str = "the cost of the decision whose expected cost under the prediction is least"
    function: LossFunction = _expected_cost
    soft_function: LossFunction | None = _expected_cost
    logit_function: LossFunction | None = _expected_cost_of_logits
    gradient_function: LossFunction | None = flat
    hessian_function: LossFunction | None = flat
    range: LossRange | Callable[..., LossRange] = (0.0, 1.0)
    by_columns: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the options, and what the costs say of the range."""
        costs = CostMatrix.from_rows(self.options["costs"])
        labels, decisions = (tuple(self.options[name]) for name in ("labels", "decisions"))
        options = {"costs": costs, "labels": labels, "decisions": decisions}
        low, high = float(costs.array.min()), float(costs.array.max())
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "range", (low, high))
        object.__setattr__(self, "zero_one", bool(np.isin(costs.array, (0.0, 1.0)).all()))
        super().__post_init__()

    def __repr__(self) -> str:
        rows = shorten([list(row) for row in self.costs])
        names = ", ".join(
            f"{name}=[{shorten_all(self.options[name])}]" for name in ("labels", "decisions")
        )
        return f"<Loss {self.name}, costs={rows}, {names}>"

    @property
    def costs(self) -> CostMatrix:
        """The costs, one row a class."""
        costs: CostMatrix = self.options["costs"]
        return costs

    @property
    def labels(self) -> Labels:
        """The classes of the rows."""
        labels: Labels = self.options["labels"]
        return labels

    @property
    def decisions(self) -> Labels:
        """The names of the decisions, in the order in which ties are broken."""
        decisions: Labels = self.options["decisions"]
        return decisions

    def with_options(self, **options: Any) -> Loss:
        """Return the same loss; its costs are fixed, and other ones are an error."""
        known = {name: value for name, value in options.items() if name in self.options}
        if not known or len(known) < len(options):
            return super().with_options(**options)
        other = replace(self, options={**self.options, **known})
        if other.options != self.options:
            raise ValueError(
                f"{self.name} has other costs, labels or decisions, {self!r}. Make another loss "
                "by sx.expected_cost."
            )
        return self

    def of_classes(self, labels: Labels) -> "ExpectedCost":
        """Return the same loss with its rows in another order of the classes."""
        if labels == self.labels:
            return self
        row_of = {label: row for row, label in enumerate(self.labels)}
        unknown = [label for label in labels if label not in row_of]
        missing = [label for label in self.labels if label not in set(labels)]
        if unknown or missing:
            what = [f"lacks [{shorten_all(unknown)}]"] if unknown else []
            what += [f"has [{shorten_all(missing)}], which the data lack"] if missing else []
            raise ValueError(
                f"{self.name} has costs for the classes [{shorten_all(self.labels)}], and the data "
                f"have [{shorten_all(labels)}]: it {' and '.join(what)}. Make it with a row for "
                "each class, and pass labels=[...], all classes in the order of the columns, where "
                "the data lack some."
            )
        rows = [self.costs[row_of[label]] for label in labels]
        return replace(self, options={**self.options, "costs": rows, "labels": labels})

    def decide(self, y_proba: ArrayLike, *, from_logits: bool = False) -> NDArray[Any]:
        """Return the decision that each row of predictions leads to.

        Parameters
        ----------
        y_proba : array-like of shape (n_samples, n_classes)
            Predicted probabilities, the columns in the order of the labels of the costs. Those of a
            table that are named by the labels may be in any order.
        from_logits : bool, default=False
            Whether `y_proba` holds logits.

        Returns
        -------
        ndarray of object, shape (n_samples,)
            Names of decisions.

        Raises
        ------
        ValueError
            For predictions of other classes, for columns whose names are others than the labels,
            and for rows that are no probabilities: values outside [0, 1], or a sum that is not 1.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> cost = sx.expected_cost([[0, 1], [9, 0]], labels=["well", "ill"],
        ...                         decisions=["wait", "treat"])
        >>> cost.decide([[0.95, 0.05], [0.8, 0.2]]).tolist()
        ['wait', 'treat']
        """
        if not isinstance(from_logits, bool | np.bool_):
            raise ValueError(f"from_logits must be True or False; got {shorten(from_logits)}.")
        columns = getattr(y_proba, "column_names", getattr(y_proba, "columns", None))
        if (order := self._order_of(columns)) is not None:
            y_proba = np.asarray(y_proba)[:, order]
        shape = getattr(y_proba, "shape", None)
        n = shape[0] if shape else len(y_proba) if isinstance(y_proba, Sized) else 0
        rows = np.zeros(n, dtype=np.intp)
        _, matrix = fit_together(rows, y_proba, logits=bool(from_logits))
        if not from_logits:
            _check_rows(matrix)
        decide = _decide_by_logits if from_logits else _decide
        names = np.empty(len(self.decisions), dtype=object)
        names[:] = self.decisions
        return np.asarray(names[decide(matrix, self.costs)])

    def _order_of(self, columns: Any) -> list[int] | None:
        """Return where the labels are among the names of columns; None for no names."""
        names = [] if columns is None or callable(columns) else list(columns)
        labels = list(self.labels)
        if len(set(map(str, labels))) == len(labels):  # the names of a table of polars are texts
            names, labels = [*map(str, names)], [*map(str, labels)]
        known = len(names) == len(labels) and set(names) == set(labels)
        if names == labels or not names:
            return None
        counted = list(columns) == list(range(len(names)))  # pandas counts columns without names
        if known == counted:  # neither, or it could be both
            what = "could be positions, or the labels" if known else "are not the labels"
            raise ValueError(
                f"the columns, [{shorten_all(columns)}], {what} of the costs, "
                f"[{shorten_all(self.labels)}]. Rename them, or pass an array in the order of the "
                "labels."
            )
        return [names.index(label) for label in labels] if known else None

    def sums(self, codes: Codes, blocks: Blocks, from_logits: bool) -> Iterator[PartialSum]:
        """Yield the cost of each block; it needs no check of each value."""
        decide = _decide_by_logits if from_logits else _decide
        for rows, block in blocks:
            cost = self.costs.array[codes[rows], decide(block, self.costs)]
            yield float(cost.sum()), 0

    def every_label(self, values: Floats, from_logits: bool) -> Floats:
        """Return what the decision of each row costs under each class."""
        decide = _decide_by_logits if from_logits else _decide
        return np.ascontiguousarray(self.costs.array.T[decide(values, self.costs)])

    def label_spread(self, high: Floats, low: Floats, n_classes: int, from_logits: bool) -> Floats:
        """Return the greatest difference that the classes make to one decision."""
        return np.full(len(high), float(np.ptp(self.costs.array, axis=0).max()))
