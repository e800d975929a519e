"""Read a user's costs of decisions, and make a loss of them."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent.inputs.alignment import counts_rows
from sklearn_xent.inputs.labels import Classes, read_labels
from sklearn_xent.inputs.predictions import Matrix, read_matrix
from sklearn_xent.losses.expected_cost import CostMatrix, ExpectedCost
from sklearn_xent.losses.given import title_of

Names = tuple[Hashable, ...]

GREATEST_COST = 1e100
"""Greater ones are a slip, and their sums could overflow."""


def expected_cost(
    costs: Any,
    *,
    labels: Any,
    decisions: Any = None,
    name: str = "expected_cost",
    unit: str = "",
) -> ExpectedCost:
    """Make a loss of what decisions cost: false alarms, misses, abstaining, a further test.

    For each sample the decision is taken that has the least expected cost under the predicted
    probabilities, ``argmin_d sum_j p_j C_jd``; the loss is what it costs under the true class. Of
    equal ones, the first in the sorted order of their names is taken (as listed, where they have
    no order). The loss is proper, but not strictly; with costs of 0 and 1 it is the classification
    error. Costs may be negative: gains.

    For two classes, where a false alarm costs a and a miss b, the decision is to act from a
    probability of ``a / (a + b)`` on: the costs are a threshold.

    Parameters
    ----------
    costs : array-like of shape (n_classes, n_decisions)
        What each decision costs under each true class; rows are true classes, columns decisions. A
        DataFrame is matched by name: its index holds the labels, its columns the decisions.
    labels : array-like of shape (n_classes,)
        The classes of the rows. They must be all classes of the data that the loss is used with,
        where they may have another order.
    decisions : array-like of shape (n_decisions,), optional
        Names of the columns. By default those of a DataFrame, else `labels`: to decide for a class.
    name : str, default="expected_cost"
        Name of the loss in code and in reports, to compare under several matrices of costs.
    unit : str, default=""
        Unit of the costs for reports, such as "EUR".

    Returns
    -------
    Loss
        The loss, for every place that takes one. Its method ``decide(y_proba)`` returns the
        decisions for rows of probabilities, whose columns are in the order of `labels`.

    Raises
    ------
    ValueError
        For costs that are missing, infinite or beyond 1e100 in size, a shape that does not fit
        `labels` and `decisions`, names of a DataFrame that are not these, and repeated names. When
        the loss is used: for data of other classes, and for columns without names where `labels`
        are not sorted and the call passes no ``labels=``.

    References
    ----------
    Good, I. J. (1952). Rational decisions. Journal of the Royal Statistical Society B 14, 107-114.
    Elkan, C. (2001). The foundations of cost-sensitive learning. IJCAI 2001, 973-978.

    Examples
    --------
    A miss costs nine times as much as a false alarm, so treatment pays from 10 % on:

    >>> import sklearn_xent as sx
    >>> cost = sx.expected_cost([[0, 1], [9, 0]], labels=["well", "ill"],
    ...                         decisions=["wait", "treat"])
    >>> p_ill = [0.05, 0.2, 0.05, 0.6]
    >>> cases = ["well", "well", "ill", "ill"]
    >>> sx.mean_loss(cost, cases, p_ill, labels=["well", "ill"], reduction="none")
    array([0., 1., 9., 0.])

    A further test for 0.3, whatever the class, is one column more:

    >>> tested = sx.expected_cost([[0, 1, 0.3], [9, 0, 0.3]], labels=["well", "ill"],
    ...                           decisions=["wait", "treat", "test"], unit="days")
    >>> tested.decide([[0.98, 0.02], [0.8, 0.2], [0.1, 0.9]]).tolist()
    ['wait', 'test', 'treat']
    """
    classes = _read_names("labels", labels)
    if len(classes) < 2:
        raise ValueError(
            f"labels must name at least two classes, one for each row of costs; got "
            f"[{shorten_all(classes)}]."
        )
    matrix = _read_costs(costs)
    values = _in_order_of(classes, matrix, _check_values(matrix, classes))
    named = _read_decisions(decisions, matrix, classes, values.shape[1])
    order = Classes(named).sorted_order()
    if order is not None:
        values, named = values[:, order], tuple(named[i] for i in order)
    return ExpectedCost(
        name=name,
        title=title_of(name) if isinstance(name, str) else "",
        unit=unit,
        options={"costs": CostMatrix.from_rows(values), "labels": classes, "decisions": named},
    )


def _read_costs(costs: Any) -> Matrix:
    """Return the costs with their names."""
    try:
        return read_matrix("costs", costs, vector=True)
    except ValueError as error:
        text = str(error).replace("(n_samples,)", "(n_classes, n_decisions)")
        raise ValueError(text) from None


def _read_names(argument: str, names: Any) -> Names:
    """Return names as plain values, each once."""
    try:
        found = read_labels(names)
    except ValueError as error:
        raise ValueError(str(error).replace("labels must", f"{argument} must", 1)) from None
    repeated = [x for i, x in enumerate(found) if x in found[:i]]
    if repeated:
        raise ValueError(
            f"{argument} must name each of its rows or columns of costs once; got "
            f"{shorten_all(repeated)} more than once."
        )
    return found


def _check_values(matrix: Matrix, classes: Names) -> Floats:
    """Return costs as floats, if they are finite and have a row for each class."""
    values = np.asarray(matrix.values, dtype=np.float64)
    if values.ndim != 2 or len(values) != len(classes):
        raise ValueError(
            f"costs must have a row for each of the {len(classes)} labels, "
            f"[{shorten_all(classes)}], and a column for each decision; got shape {values.shape}."
        )
    bad = ~(np.abs(values) <= GREATEST_COST)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"costs must be finite numbers of at most {GREATEST_COST:g} in size; got "
            f"{shorten(values[row, column])} in row {row}, column {column}. A decision that is out "
            "of the question gets a cost that exceeds all others."
        )
    return values


def _in_order_of(classes: Names, matrix: Matrix, values: Floats) -> Floats:
    """Return the rows of a DataFrame in the order of the labels; an array is in it already."""
    if matrix.index is None:
        return values
    index = _read_names("the index of costs", matrix.index)
    if set(index) != set(classes):
        missing = [x for x in classes if x not in set(index)]
        unknown = [x for x in index if x not in set(classes)]
        raise ValueError(
            f"the index of costs must hold the labels [{shorten_all(classes)}]; it lacks "
            f"[{shorten_all(missing)}] and has [{shorten_all(unknown)}]. Set costs.index, or pass "
            "costs.to_numpy() with its rows in the order of labels."
        )
    if index == classes:
        return values
    if counts_rows(matrix.index):
        raise ValueError(
            "the index of costs counts 0, 1, ..., which could be the labels or positions in "
            f"[{shorten_all(classes)}]. Pass costs.to_numpy() with its rows in the order of labels."
        )
    row_of = {label: row for row, label in enumerate(index)}
    return values[[row_of[label] for label in classes]]


def _read_decisions(decisions: Any, matrix: Matrix, classes: Names, n: int) -> Names:
    """Return the names of the columns: as given, those of a table, or the labels."""
    columns = matrix.columns
    if columns == tuple(range(n)):
        columns = None  # pandas counts columns without names
    if decisions is not None:
        named = _read_names("decisions", decisions)
        if len(named) != n:
            raise ValueError(
                f"decisions must name each of the {n} columns of costs; got {len(named)}: "
                f"[{shorten_all(named)}]."
            )
        if columns is not None and columns != named:
            raise ValueError(
                f"decisions, [{shorten_all(named)}], must be the columns of costs in their order, "
                f"[{shorten_all(columns)}]. Leave decisions out, or rename the columns."
            )
        return named
    if columns is not None:
        return _read_names("the columns of costs", list(columns))
    if n != len(classes):
        raise ValueError(
            f"costs has {n} columns and {len(classes)} rows, so its columns are no classes. Pass "
            "decisions=[...], their names, or a DataFrame."
        )
    return classes
