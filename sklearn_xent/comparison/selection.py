"""Choosing some models of a comparison, without forgetting how many were compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import Field, dataclass, replace
from typing import Any, ClassVar, Protocol, TypeVar

import pandas as pd

from sklearn_xent._messages import shorten, shorten_all
from sklearn_xent.comparison.samples import SampleLosses, SplitScores
from sklearn_xent.inference.design import Options
from sklearn_xent.report.rows import DifferenceRow, SummaryRow, read_frame


@dataclass(frozen=True)
class Family:
    """How much was compared, and so how much the p-values are corrected for."""

    n_models: int
    n_pairs: Mapping[str, int]
    """The pairs that were compared under each loss."""

    @classmethod
    def from_frames(
        cls, summary: pd.DataFrame, differences: pd.DataFrame, *, has_others: bool
    ) -> Family:
        """Count models and pairs. With `has_others` the pairs of those shown count, too."""
        counts = Counter(differences["loss"].tolist())
        n_pairs = {loss: counts[loss] for loss in dict.fromkeys(summary["loss"].tolist())}
        if has_others:
            n_pairs = {loss: n * (n + 1) // 2 for loss, n in n_pairs.items()}
        return cls(len(set(summary["model"].tolist())), n_pairs)


UNKNOWN = Family(0, {})


class Selectable(Protocol):
    """What `select` needs of a comparison."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def summary(self) -> pd.DataFrame:
        """Mean losses."""
        ...

    @property
    def differences(self) -> pd.DataFrame:
        """Differences of mean losses."""
        ...

    @property
    def _options(self) -> Options: ...
    @property
    def _samples(self) -> SampleLosses | None: ...
    @property
    def _splits(self) -> SplitScores | None: ...


C = TypeVar("C", bound=Selectable)


def select(self: C, models: str | Collection[str]) -> C:
    """Return the comparison of some of the models, corrected as the whole.

    To choose models after looking is no reason to correct less: p-values, conclusions and
    cautions stay those of all models that were compared, and so do the ranks. Tables, words and
    pictures show the chosen ones. To correct for fewer pairs, name them before: ``pairs=`` of
    `compare_predictions`.

    Parameters
    ----------
    models : list of str, or str
        Names of models, each once. The order is that of the whole comparison.

    Returns
    -------
    Comparison
        It has the rows of these models and their pairs, and what was warned of the whole.

    Raises
    ------
    ValueError
        For an unknown name, a name given twice, or none.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.05, 0.95, 300)
    >>> y = (rng.random(300) < p).astype(int)
    >>> models = {f"strength {s}": 0.5 + s * (p - 0.5) for s in (0.2, 0.4, 0.6, 0.8)}
    >>> comparison = sx.compare_predictions(y, models, losses="mse")
    >>> two = comparison.select(["strength 0.2", "strength 0.4"])
    >>> two.summary[["model", "rank"]]
              model  rank
    0  strength 0.2     4
    1  strength 0.4     3
    >>> float(two.differences["pvalue_holm"][0]) == float(comparison.differences["pvalue_holm"][0])
    True
    """
    summary = read_frame("summary", self.summary, SummaryRow)
    differences = read_frame("differences", self.differences, DifferenceRow)
    chosen = read_models(models, summary["model"].unique())
    is_among = differences["model_a"].isin(chosen) & differences["model_b"].isin(chosen)
    samples, splits = self._samples, self._splits
    return replace(
        self,
        summary=summary[summary["model"].isin(chosen)].reset_index(drop=True),
        differences=differences[is_among].reset_index(drop=True),
        _samples=None if samples is None else samples.of_models(chosen, self._options),
        _splits=None if splits is None else splits.of_models(chosen),
    )


def read_models(models: Any, known: Iterable[str]) -> list[str]:
    """Return names of models, checked: each known, and given once."""
    names = list(known)
    listed = [models] if isinstance(models, str) else models
    listed = list(listed) if isinstance(listed, Iterable) else []
    if not listed or not all(isinstance(name, str) for name in listed):
        raise ValueError(
            f"models must be a list of names, of at least one of [{shorten_all(names)}]; got "
            f"{shorten(models)}."
        )
    unknown = [name for name in listed if name not in names]
    if unknown:
        raise ValueError(
            f"models must be among those compared, [{shorten_all(names)}]; got "
            f"{shorten(unknown[0])}."
        )
    if len(set(listed)) < len(listed):
        twice = next(name for name in listed if listed.count(name) > 1)
        raise ValueError(f"models must name each model once; got {shorten(twice)} several times.")
    return [str(name) for name in listed]
