"""Layer 0: every private name of scikit-learn that we need, and why. Tested on oldest and newest.

- ``_BaseScorer``: a scorer that is not its instance gets no share of the predictions cached in a
  multi-metric search, and no metadata routing.
- ``_check_response_method``: which of several response methods an estimator has, as all of
  scikit-learn's scorers find it.
- ``_safe_indexing``: rows of arrays, frames, lists and sparse matrices alike.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils.validation import _check_response_method

if TYPE_CHECKING:
    # scikit-learn has no types, and a subclass of Any would have none either

    class BaseScorer:
        """What our scorers have of scikit-learn's."""

        _sign: int
        _score_func: Any

        def __init__(
            self, score_func: Any, sign: int, kwargs: dict[str, Any], response_method: Any
        ) -> None: ...

        def __call__(
            self, estimator: Any, X: Any, y_true: Any, sample_weight: Any = None, **kwargs: Any
        ) -> float: ...

        def set_score_request(self, **kwargs: Any) -> Self: ...

        def get_metadata_routing(self) -> Any: ...
else:
    from sklearn.metrics._scorer import _BaseScorer as BaseScorer

__all__ = ["BaseScorer", "cached_response", "response_name", "take_rows"]


def response_name(estimator: Any, methods: Sequence[str]) -> str:
    """Name of the first of `methods` that the estimator has; AttributeError where it has none."""
    name: str = _check_response_method(estimator, list(methods)).__name__
    return name


def cached_response(method_caller: Callable[..., Any], estimator: Any, name: str, X: Any) -> Any:
    """What the method returns, whole, computed once for all our scorers of a multi-metric call.

    scikit-learn's own entry for a method holds one column of a binary problem, chosen by the
    first scorer that asked, so ours has a key of its own. The cache is the first argument bound
    to the `method_caller` that `_BaseScorer._score` is given.
    """
    cache = getattr(method_caller, "args", (None,))[0]
    key = ("sklearn_xent", name)
    if cache is not None and key in cache:
        return cache[key]
    response = getattr(estimator, name)(X)
    if cache is not None:
        cache[key] = response
    return response
