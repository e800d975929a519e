"""Layer 3: reading ``cv_results_``: scores of splits, and names of candidates."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sklearn_xent._kernels import Floats
from sklearn_xent._messages import shorten

Results = Mapping[str, Any]
PREFIX = "split0_test_"


def score_names(results: Results) -> list[str]:
    """The scores that a search computed."""
    if not isinstance(results, Mapping) or "params" not in results:
        raise ValueError(f"cv_results must be the cv_results_ of a search; got {shorten(results)}.")
    keys = [key for key in results if isinstance(key, str)]
    return [key.removeprefix(PREFIX) for key in keys if key.startswith(PREFIX)]


def one_score(results: Results, name: str | None) -> str:
    """The name of the only score, or of the one that was asked for."""
    names = score_names(results)
    if name is None and len(names) == 1:
        return names[0]
    if name not in names:
        hint = " It has one score only: leave score out." if names == ["score"] else ""
        raise ValueError(
            f"score must be one of {names}, the scores of the search; got {name!r}.{hint}"
        )
    return name


def split_scores(results: Results, name: str) -> Floats:
    """Scores of shape (n_candidates, n_splits); nan where a fit failed."""
    keys = [key for key in results if isinstance(key, str)]
    n_splits = sum(key.startswith("split") and key.endswith(f"_test_{name}") for key in keys)
    columns = [results.get(f"split{i}_test_{name}") for i in range(n_splits)]
    try:
        scores = [np.ma.filled(np.ma.asarray(x, dtype=np.float64), np.nan) for x in columns]
    except (TypeError, ValueError):
        scores = []
    shape = (len(results["params"]),)
    if not scores or any(x.shape != shape for x in scores):
        raise ValueError(
            f"cv_results must hold one number for each of the {shape[0]} candidates in every "
            f"split{{i}}_test_{name}, as the cv_results_ of a search do."
        )
    return np.column_stack(scores)


def last_rung(results: Results) -> np.ndarray:
    """Rows of the candidates to compare: of a halving search those of the last iteration."""
    n = len(results["params"])
    if "iter" not in results:
        return np.arange(n)
    iteration = np.asarray(results["iter"])
    return np.flatnonzero(iteration == iteration.max())


LONG = 8


def candidate_names(params: Sequence[Mapping[str, Any]]) -> list[str]:
    """Candidates by the parameters that vary: ``C=1, penalty=l2``.

    The steps of a pipeline are named only where two parameters would be called the same.
    """
    keys = list(dict.fromkeys(key for candidate in params for key in candidate))
    texts = {
        key: _texts([candidate[key] for candidate in params if key in candidate]) for key in keys
    }
    shown = [{key: texts[key][str(candidate[key])] for key in candidate} for candidate in params]
    varying = [key for key in keys if len({candidate.get(key) for candidate in shown}) > 1]
    short = {key: key.rpartition("__")[2] for key in keys}
    if len(set(short.values())) < len(keys):
        short = {key: key for key in keys}
    return [
        ", ".join(f"{short[key]}={candidate[key]}" for key in varying if key in candidate)
        or _all_of(candidate)
        for candidate in shown
    ]


def _texts(values: Sequence[Any]) -> dict[str, str]:
    """Values as text, by their full text: long floats to four digits if these tell them apart."""
    full = [str(value) for value in values]
    short = [
        f"{value:.4g}" if isinstance(value, float) and len(text) > LONG else text
        for value, text in zip(values, full, strict=True)
    ]
    return dict(zip(full, short if len(set(short)) == len(set(full)) else full, strict=True))


def _all_of(candidate: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in candidate.items()) or "default"
