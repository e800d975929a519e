"""The type of a loss: what all losses have in common, and a loss made from a user's functions.

It works on checked arrays: class codes 0..k-1 (or target distributions) and float64 matrices.
The room ``inputs`` checks users' data. The public methods here only make sure that the arrays fit
together, and that a function returned a loss.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_xent import _arrays
from sklearn_xent._arrays import Blocks, Codes, Floats, PartialSum, Targets
from sklearn_xent._host import to_host
from sklearn_xent._messages import is_number, shorten
from sklearn_xent.losses.fitting import fit_together
from sklearn_xent.losses.own_derivatives import Functions, find_wrong, is_shipped

EPS = 2.0**-52
"""The floor under probabilities, ``eps="auto"``, for every dtype."""
LossFunction = Callable[..., Floats]
LossRange = tuple[float, float]


@dataclass(frozen=True)
class LossInfo:
    """Describe a loss to a reader of a report."""

    title: str
    unit: str = ""
    floor_cost: float = 0.0
    """The loss of a zero probability where the loss has a floor, else 0."""
    description: str = ""
    """What the loss measures, as a phrase that follows "is"; empty where it is not known."""
    top: float | None = None
    """The score that has a loss of zero, where the values are scores: the loss is top - score."""

    @property
    def full_title(self) -> str:
        """The title, with the unit if there is one."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


class FixedOptions(Mapping[str, Any]):
    """Values of options by name, which nobody can change."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A loss of one sample: a function of its true class and its predicted distribution.

    Lower is better. Make one of your own from a function, and it works wherever a loss is taken:
    metrics, scorers, comparisons. The losses of this package are instances of subclasses,
    which override `sums`, `every_label`, `label_spread` and `label_distance` for speed.

    Parameters
    ----------
    name : str
        Its name in code and in the ``loss`` column of reports.
    title : str
        Its name in sentences and on axes.
    function : callable
        ``function(codes, proba, **options)`` returns float64 values of shape (n,), from class
        codes of shape (n,) and probabilities of shape (n, k), float64, both read-only. It must
        treat rows independently: it is called on blocks of rows. Metrics and comparisons check
        this, and the other promises made here, on a few rows; derivatives are checked where they
        are first used.
    soft_function : callable, optional
        The same for target distributions of shape (n, k) instead of codes. By default the
        expectation of `function` over the target distribution.
    logit_function : callable, optional
        ``logit_function(targets, logits, **options)``, where logits allow more accuracy than
        their softmax. By default `function` of the softmax.
    gradient_function, hessian_function : callable, optional
        ``gradient_function(targets, proba, **options)`` with ``proba = softmax(logits)``:
        the derivatives of each row's loss with respect to its logits, and the diagonal of the
        second derivatives, of the shape of proba.
    curvature_function : callable, optional
        The same for a positive substitute for the second derivatives, which boosting divides by.
        By default their absolute values.
    range : (float, float) or callable, default=(0, inf)
        Least and greatest value; a callable ``range(n_classes, **options)`` where it depends on
        the number of classes.
    strictly_proper : bool, default=False
        Whether only the true distribution minimises the expected loss. It is for information;
        nothing is computed from it.
    ordered : bool, default=False
        Whether the loss depends on the order of the classes, as the ranked probability score
        does. For any other loss the columns are sorted by label, so that no result, not even a
        tie, depends on the order in which they came.
    zero_one : bool, default=False
        Whether the values for class codes are 0 or 1 only, so that errors can be counted.
    by_columns : bool, default=False
        Whether the functions also take matrices in column-major (Fortran) order, which is faster
        for a few classes, and return the same to the last bit.
    unit : str, default=""
        Unit of the values, such as "nats".
    description : str, default=""
        What the loss measures, as a phrase for reports: "the squared distance of ...".
    options : mapping, default={}
        Default values of the keyword options of the functions. An option ``eps`` is the floor
        under the probability of the true class: lower ones are counted and warned about.

    Examples
    --------
    The spherical score, as a loss of one's own:

    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> def spherical(codes, proba):
    ...     true = np.take_along_axis(proba, codes[:, None], axis=1)[:, 0]
    ...     return 1 - true / np.linalg.norm(proba, axis=1)
    >>> loss = sx.Loss(name="spherical", title="Spherical loss", function=spherical,
    ...                range=(0, 1), strictly_proper=True)
    >>> loss.per_sample([1, 0], [[0.4, 0.6], [0.0, 1.0]])
    array([0.16794971, 1.        ])
    >>> sx.skill_score(loss, ["b", "a"], [[0.4, 0.6], [0.9, 0.1]])
    0.7...
    """

    lower_is_better: ClassVar[bool] = True
    narrow_sums: ClassVar[bool] = False
    """Whether `sums` takes blocks of float32 as well; only asked of losses of this package."""
    one_cell: ClassVar[bool] = False
    """Whether `sums` reads only the probability of the true class; asked of the same losses."""

    name: str
    title: str
    function: LossFunction
    soft_function: LossFunction | None = None
    logit_function: LossFunction | None = None
    gradient_function: LossFunction | None = None
    hessian_function: LossFunction | None = None
    curvature_function: LossFunction | None = None
    range: LossRange | Callable[..., LossRange] = (0.0, math.inf)
    strictly_proper: bool = False
    ordered: bool = False
    zero_one: bool = False
    by_columns: bool = False
    unit: str = ""
    description: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (isinstance(self.name, str) and self.name.isidentifier()):
            raise ValueError(
                f"name of a Loss must be an identifier (it names columns); got {self.name!r}."
            )
        self._check_fields()
        object.__setattr__(self, "options", FixedOptions(self.options))
        if not callable(self.range):
            self._read_range(self.range)
        if "eps" in self.options:
            _check_eps(self.options["eps"])
        self._check_options()

    def _check_fields(self) -> None:
        """Check that each argument is of its kind, so that no error comes later."""
        for name in _FUNCTIONS:
            function = getattr(self, name)
            if not callable(function) and (function is not None or name == "function"):
                what = f"{name} of loss {self.name} must be callable, as {name}(targets, proba)"
                raise ValueError(f"{what}; got {shorten(function)}.")
        for name in ("title", "unit", "description"):
            if not isinstance(getattr(self, name), str):
                got = shorten(getattr(self, name))
                raise ValueError(f"{name} of loss {self.name} must be a string; got {got}.")
        for name in ("strictly_proper", "ordered", "zero_one", "by_columns"):
            if not isinstance(getattr(self, name), bool):
                got = shorten(getattr(self, name))
                raise ValueError(f"{name} of loss {self.name} must be True or False; got {got}.")
        of_text = isinstance(self.options, Mapping) and all(
            isinstance(x, str) for x in self.options
        )
        if not of_text:
            raise ValueError(
                f"options of loss {self.name} must be a dict of values by name; got "
                f"{shorten(self.options)}."
            )

    def _check_options(self) -> None:
        """Check the values of the options; overridden by losses with other options than eps."""

    def __hash__(self) -> int:
        return hash((self.name, self.function))

    def __repr__(self) -> str:
        options = "".join(f", {key}={value!r}" for key, value in self.options.items())
        return f"<Loss {self.name}{options}>"

    @property
    def eps(self) -> float | None:
        """The floor under the probability of the true class; None where there is none.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> sx.get_loss("cross_entropy").eps == 2**-52
        True
        """
        return floor(self.options["eps"]) if "eps" in self.options else None

    @property
    def info(self) -> LossInfo:
        """The description of this loss for readers of a report.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> sx.get_loss("cross_entropy").info.unit
        'nats'
        """
        floor_cost = -math.log(self.eps) if self.eps else 0.0
        return LossInfo(self.title, self.unit, floor_cost, self.description)

    @property
    def has_derivatives(self) -> bool:
        """Whether the loss has a gradient, and a curvature or Hessian to divide it by.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> sx.get_loss("cross_entropy").has_derivatives
        True
        """
        second = self.curvature_function or self.hessian_function
        return self.gradient_function is not None and second is not None

    def range_for(self, n_classes: int) -> LossRange:
        """Return the least and the greatest value for a number of classes.

        Parameters
        ----------
        n_classes : int
            Number of classes.

        Returns
        -------
        tuple of float
            The least and the greatest.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> loss = sx.get_loss("brier_loss")
        >>> loss.range_for(2), loss.range_for(3)
        ((0.0, 1.0), (0.0, 2.0))
        """
        if not callable(self.range):
            low, high = self.range
        else:
            low, high = self._read_range(self.range(n_classes, **self.options))
        return low, high

    def _read_range(self, value: Any) -> LossRange:
        """Return a range, if it is two numbers, the least first."""
        is_pair = isinstance(value, tuple | list) and len(value) == 2
        if not is_pair or not all(map(is_number, value)) or not value[0] <= value[1]:
            raise ValueError(
                f"range of loss {self.name} must be (least, greatest), two numbers that may be "
                "infinite, or a function of the number of classes that returns them; got "
                f"{shorten(value)}."
            )
        return value[0], value[1]

    def greatest_difference(self, n_classes: int, *, from_logits: bool = False) -> float:
        """Return how much more one sample can cost than another, at most.

        Overridden where probabilities bound the loss more narrowly than its range.

        Parameters
        ----------
        n_classes : int
            Number of classes.
        from_logits : bool, default=False
            Whether the predictions are logits.

        Returns
        -------
        float
            The greatest difference; infinite where there is no bound.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> loss = sx.get_loss("cross_entropy")
        >>> round(loss.greatest_difference(2), 4), loss.greatest_difference(2, from_logits=True)
        (36.0437, inf)
        """
        low, high = self.range_for(n_classes)
        return high - low

    def with_options(self, **options: Any) -> "Loss":
        """Return the same loss with other values of its options.

        Parameters
        ----------
        **options
            Values by name. The losses of this package have the default ``"auto"``.

        Returns
        -------
        Loss
            A new loss, or the same object where nothing changes.

        Raises
        ------
        TypeError
            When the loss has no such option.
        ValueError
            When the value is out of the option's range.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> sx.get_loss("cross_entropy").with_options(eps=1e-6)
        <Loss cross_entropy, eps=1e-06>
        """
        for key in options:
            if key not in self.options:
                known = ", ".join(self.options) or "none"
                raise TypeError(f"{self.name} takes no option {key!r}; its options: {known}.")
        if all(value is self.options[key] for key, value in options.items()):
            return self  # the defaults, most often
        changed = {**self.options, **options}
        return self if changed == self.options else replace(self, options=changed)

    def per_sample(
        self, y_true: ArrayLike, y_proba: ArrayLike, *, from_logits: bool = False
    ) -> Floats:
        """Compute the loss of each sample.

        Parameters
        ----------
        y_true : array-like of int, shape (n_samples,), or of float, (n_samples, n_classes)
            Class codes 0 to n_classes - 1, the positions of the columns (whose names, if they
            have any, are not read), or target distributions.
        y_proba : array-like of shape (n_samples, n_classes)
            Predicted probabilities; with ``from_logits``, logits, where one column is the logit
            of class 1.
        from_logits : bool, default=False
            Whether `y_proba` holds logits.

        Returns
        -------
        ndarray of shape (n_samples,)
            The losses, in float64.

        Raises
        ------
        ValueError
            When shapes do not fit together, codes are out of range, or a value is nan. The
            metric functions check everything else as well.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> sx.get_loss("brier_loss").per_sample([2], [[0.3, 0.3, 0.4]])
        array([0.54])
        """
        y, values = fit_together(y_true, y_proba, logits=from_logits)
        return self.evaluate(y, values, from_logits).copy()  # a function may use its buffer again

    def gradient(self, y_true: ArrayLike, logits: ArrayLike) -> Floats:
        """Compute the derivative of each sample's loss by its logits, under softmax or sigmoid.

        Parameters
        ----------
        y_true : array-like of int, shape (n_samples,), or of float, (n_samples, n_classes)
            Class codes, or target distributions.
        logits : array-like of shape (n_samples, n_classes)
            One column (or none) is the logit of class 1 under the sigmoid.

        Returns
        -------
        ndarray of the shape of `logits`
            The derivatives, in float64.

        Raises
        ------
        ValueError
            As in `per_sample`, and when the derivatives are not finite.
        TypeError
            When the loss was made without a ``gradient_function``.

        Examples
        --------
        Where a model is confidently wrong, the gradient of the Brier loss vanishes, and that of
        cross-entropy does not.

        >>> import sklearn_xent as sx
        >>> for name in ["brier_loss", "cross_entropy"]:
        ...     print(sx.get_loss(name).gradient([1], [[10.0, -10.0]]).round(6))
        [[ 0. -0.]]
        [[ 1. -1.]]
        """
        return self._derivative("gradient", self.gradient_function, y_true, logits)

    def hessian(self, y_true: ArrayLike, logits: ArrayLike) -> Floats:
        """Compute the diagonal of the second derivatives with respect to the logits.

        Parameters
        ----------
        y_true : array-like of int, shape (n_samples,), or of float, (n_samples, n_classes)
            Class codes, or target distributions.
        logits : array-like of shape (n_samples, n_classes)
            As in `gradient`.

        Returns
        -------
        ndarray of the shape of `logits`
            The second derivatives, in float64.

        Raises
        ------
        ValueError
            As in `per_sample`, and when the derivatives are not finite.
        TypeError
            When the loss was made without a ``hessian_function``.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> sx.get_loss("cross_entropy").hessian([1], [[0.0, 0.0]])
        array([[0.25, 0.25]])
        """
        return self._derivative("hessian", self.hessian_function, y_true, logits)

    def curvature(self, y_true: ArrayLike, logits: ArrayLike) -> Floats:
        """Compute a positive substitute for the Hessian's diagonal, for steps that divide by it.

        For the Brier loss, which is not convex in the logits, it is the Gauss-Newton diagonal.

        Parameters
        ----------
        y_true : array-like of int, shape (n_samples,), or of float, (n_samples, n_classes)
            Class codes, or target distributions.
        logits : array-like of shape (n_samples, n_classes)
            As in `gradient`.

        Returns
        -------
        ndarray of the shape of `logits`
            The substitute, in float64.

        Raises
        ------
        ValueError
            As in `per_sample`, and when the derivatives are not finite.
        TypeError
            When the loss was made with neither a ``curvature_function`` nor a
            ``hessian_function``.

        Examples
        --------
        >>> import sklearn_xent as sx
        >>> loss = sx.get_loss("brier_loss")
        >>> loss.hessian([1], [[2.0, 0.0]]).round(3), loss.curvature([1], [[2.0, 0.0]]).round(3)
        (array([[-0.119, -0.119]]), array([[0.022, 0.022]]))
        """
        if self.curvature_function is not None:
            return self._derivative("curvature", self.curvature_function, y_true, logits)
        return np.abs(self.hessian(y_true, logits))

    def _derivative(
        self, kind: str, function: LossFunction | None, y_true: ArrayLike, logits: ArrayLike
    ) -> Floats:
        if function is None:
            raise TypeError(
                f"{self.name} has no {kind}: make the Loss with a {kind}_function to give it one."
            )
        y, z = fit_together(y_true, logits, logits=True)
        out = self._differentiate(kind, function, y, z)
        self._check_derivative(kind, function, z.shape[1], y.ndim == 2)
        shape = np.shape(logits)
        # The sigmoid of z is the softmax of (0, z): the derivatives are those of its last column.
        return out if out.shape == shape else out[:, -1].reshape(shape)

    def _differentiate(self, kind: str, function: LossFunction, y: Targets, z: Floats) -> Floats:
        with np.errstate(all="ignore"):
            out = self._unmasked(
                f"{kind}_function", function(y, _arrays.softmax(z), **self.options)
            )
        if out.shape != z.shape or out.dtype.kind not in "fiub" or not np.isfinite(out).all():
            raise ValueError(
                f"the {kind}_function of loss {self.name} must return finite numbers of shape "
                f"{z.shape}; got {out.dtype} of shape {out.shape}. Fix the function."
            )
        return out

    def _check_derivative(self, kind: str, function: LossFunction, k: int, soft: bool) -> None:
        """Check a derivative of a user's own loss, once for a number of classes."""
        right: set[Any] = self.__dict__.setdefault("_right_derivatives", set())
        of_value = ("function", "soft_function", "logit_function")
        if (kind, k, soft) in right or is_shipped(self, f"{kind}_function", *of_value):
            return
        gradient = self.gradient_function
        functions = Functions(
            value=partial(self.evaluate, from_logits=True),
            derivative=partial(self._differentiate, kind, function),
            gradient=None
            if gradient is None
            else partial(self._differentiate, "gradient", gradient),
        )
        if why := find_wrong(kind, functions, k, soft, self.eps or 0.0):
            raise ValueError(
                f"the {kind}_function of loss {self.name} does not fit its function: {why}. Fix "
                "the function, or leave it out."
            )
        right.add((kind, k, soft))

    def evaluate(self, y: Targets, values: Floats, from_logits: bool) -> Floats:
        """Compute the loss of each sample of checked arrays: `per_sample` without its checks.

        Parameters
        ----------
        y : ndarray of int, shape (n_samples,), or of float64, (n_samples, n_classes)
            Class codes, or target distributions.
        values : ndarray of shape (n_samples, n_classes)
            Probabilities or logits, in float64.
        from_logits : bool
            Whether `values` holds logits.

        Returns
        -------
        ndarray of shape (n_samples,)
            The losses, in float64.

        Raises
        ------
        ValueError
            When the function of the loss does not return one value a row, in its range.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> sx.get_loss("brier_loss").evaluate(np.array([0, 1]), np.eye(2), False)
        array([0., 0.])
        """
        y, values = _lent(y), _lent(self._laid_out(values))
        try:
            with np.errstate(all="ignore"):
                if from_logits and self.logit_function is not None:
                    out = self.logit_function(y, values, **self.options)
                else:
                    out = self._from_proba(y, values, from_logits)
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            raise ValueError(
                f"the function of loss {self.name} writes into its arguments, which are the data "
                "that the user passed, and read-only. Copy them first, as in codes = codes.copy()."
            ) from error
        return self._checked(self._unmasked("function", out), y, values, from_logits)

    def every_label(self, values: Floats, from_logits: bool) -> Floats:
        """Compute what each class of checked rows would cost if it were the true one.

        Overridden where that is faster than computing the loss once for each class.

        Parameters
        ----------
        values : ndarray of shape (n_samples, n_classes)
            Probabilities or logits, in float64.
        from_logits : bool
            Whether `values` holds logits.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            The loss of each sample for each class.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> sx.get_loss("cross_entropy").every_label(np.array([[0.1, 0.9]]), False).round(4)
        array([[2.3026, 0.1054]])
        """
        values, (n, k) = self._laid_out(values), values.shape
        out = np.empty((n, k))
        for j in range(k):
            out[:, j] = self.evaluate(np.full(n, j), values, from_logits)
        return out

    def label_spread(self, high: Floats, low: Floats, n_classes: int, from_logits: bool) -> Floats:
        """Bound how much more one class could cost than another, for each checked row.

        Overridden where the extremes of a row tell that, which spares looking at every class.

        Parameters
        ----------
        high, low : ndarray of shape (n_samples,)
            The greatest and the least probability or logit of each row.
        n_classes : int
            Number of classes.
        from_logits : bool
            Whether they are logits.

        Returns
        -------
        ndarray of shape (n_samples,)
            The bounds; infinite where the loss knows none.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> high, low = np.array([0.9, 0.5]), np.array([0.1, 0.5])
        >>> sx.get_loss("cross_entropy").label_spread(high, low, 2, False).round(4)
        array([2.1972, 0.    ])
        """
        return np.full(len(high), math.inf)

    def label_distance(self, columns: Floats, centre: Floats) -> Floats | None:
        """Bound how much the label can change the difference of the losses of two predictions.

        Losses of this package override it where the probabilities give a bound, which is tight
        where both predictions are alike. It is asked of losses of this package only.

        Parameters
        ----------
        columns, centre : ndarray of shape (n_classes, n_samples)
            Two predictions, a row for each class.

        Returns
        -------
        ndarray of shape (n_samples,) or None
            For each sample a bound of the range, over all labels, of the difference of both losses;
            None where no bound is known, as of a loss that was made from a function.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> columns, centre = np.array([[0.9], [0.1]]), np.array([[0.5], [0.5]])
        >>> sx.get_loss("cross_entropy").label_distance(columns, centre).round(4)
        array([2.1972])
        """
        return None

    def sums(self, codes: Codes, blocks: Blocks, from_logits: bool) -> Iterable[PartialSum] | None:
        """Compute the unweighted sum of the loss over blocks, without a value for each row.

        Overridden where that is faster; every block is read.

        Parameters
        ----------
        codes : ndarray of int, shape (n_samples,)
            Class codes of all rows.
        blocks : iterable of (slice, ndarray)
            Slices of rows, each with its probabilities or logits.
        from_logits : bool
            Whether they are logits.

        Returns
        -------
        iterable of (float, int) or None
            Partial sums, each with the number of probabilities below ``eps`` in it. None where
            there is no faster way.

        Examples
        --------
        >>> import numpy as np
        >>> import sklearn_xent as sx
        >>> blocks = [(slice(0, 2), np.array([[0.9, 0.1], [0.2, 0.8]]))]
        >>> list(sx.get_loss("classification_error").sums(np.array([0, 0]), blocks, False))
        [(1.0, 0)]
        """
        return None

    def _laid_out(self, values: Floats) -> Floats:
        return values if self.by_columns else np.ascontiguousarray(values)

    def _unmasked(self, which: str, out: Any) -> NDArray[Any]:
        """Return what a function returned as an array; a masked value is an error."""
        if isinstance(out, np.ma.MaskedArray) and np.ma.is_masked(out):
            row = int(np.argwhere(np.ma.getmaskarray(out))[0][0])
            raise ValueError(
                f"the {which} of loss {self.name} returned masked values; first in row {row}. "
                "Fix the function: a loss has a value for every row."
            )
        return np.asarray(to_host(f"what the {which} of loss {self.name} returned", out))

    def _checked(self, out: NDArray[Any], y: Targets, values: Floats, from_logits: bool) -> Floats:
        """Return what a function returned, if it is one value a row and as the loss promises."""
        if out.shape != (len(values),) or out.dtype.kind not in "fiub":
            raise ValueError(
                f"the function of loss {self.name} must return one value a row, "
                f"shape ({len(values)},); got {out.shape} of {out.dtype}."
            )
        low, high = self.range_for(values.shape[1])
        slack = _rounding_of(out.dtype, low, high)
        out = out.astype(np.float64, copy=False)
        if len(out) and not (out.min() >= low - slack and out.max() <= high + slack):
            self._check_rows_in_range(out, values, from_logits, slack)
        if self.zero_one and y.ndim == 1 and not ((out == 0.0) | (out == 1.0)).all():
            row = int(np.argmin((out == 0.0) | (out == 1.0)))
            raise ValueError(
                f"loss {self.name} is made with zero_one=True, so its function must return 0 and "
                f"1 only; got {float(out[row])!r} for predictions {values[row]}. Fix the function, "
                "or leave zero_one out."
            )
        return out

    def _check_rows_in_range(
        self, out: Floats, values: Floats, from_logits: bool, slack: float
    ) -> None:
        """Check each row: one that misses a sum of one by a little may miss the range as well."""
        low, high = self.range_for(values.shape[1])
        allowed = np.full(len(out), slack)
        if not from_logits:
            width = high - low if math.isfinite(high - low) else 1.0
            allowed += 4.0 * width * np.abs(_arrays.own_sums(values) - 1.0)
        fits = (out >= low - allowed) & (out <= high + allowed)
        if not fits.all():
            row = int(np.argmin(fits))
            raise ValueError(
                f"the function of loss {self.name} returned {out[row]:.6g} for predictions "
                f"{values[row]}, out of the range [{low:g}, {high:g}] of the loss. Fix the "
                "function, or make the Loss with its range=(least, greatest)."
            )

    def _from_proba(self, y: Targets, values: Floats, from_logits: bool) -> Floats:
        proba = _arrays.softmax(values) if from_logits else values
        if y.ndim == 1:
            return self.function(y, proba, **self.options)
        if self.soft_function is not None:
            return self.soft_function(y, proba, **self.options)
        out = np.zeros(len(y))
        for code in range(proba.shape[1]):
            rows = np.flatnonzero(y[:, code])
            codes = np.full(len(rows), code)
            of_code = self.function(codes, proba[rows], **self.options)
            of_code = self._unmasked("function", of_code)
            out[rows] += y[rows, code] * self._checked(of_code, codes, proba[rows], from_logits)
        return out


def _lent(values: NDArray[Any]) -> NDArray[Any]:
    """Return an array that cannot be written into: it may be the user's."""
    view = values.view()
    view.flags.writeable = False
    return view


def _rounding_of(dtype: np.dtype[Any], low: float, high: float) -> float:
    """Return how far out of a range values may be by rounding."""
    size = max(1.0, *(abs(x) for x in (low, high) if math.isfinite(x)), 0.0)
    return max(1e-9, 8.0 * float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0) * size


_FUNCTIONS = (
    "function", "soft_function", "logit_function", "gradient_function", "hessian_function",
    "curvature_function",
)  # fmt: skip


def _check_eps(value: Any) -> None:
    is_auto = isinstance(value, str) and value == "auto"
    if not is_auto and not (is_number(value) and 0 <= float(value) < 1):
        raise ValueError(
            f'eps must be "auto" or a number in [0, 1), the least probability charged; '
            f"got {value!r}. eps=0 charges infinity for a zero probability."
        )


def floor(eps: float | str) -> float:
    """Return the number that a value of the option ``eps`` stands for."""
    return EPS if isinstance(eps, str) else float(eps)
