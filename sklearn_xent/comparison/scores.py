"""Comparing models by scores of the splits of a cross-validation, of any scorer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import get_scorer_names

from sklearn_xent._arrays import Floats
from sklearn_xent._messages import is_number, read_whole, shorten, shorten_all
from sklearn_xent.comparison.frames import frames_of_splits
from sklearn_xent.comparison.result import Comparison, keeps_warnings
from sklearn_xent.comparison.samples import SplitScores
from sklearn_xent.inference.design import Options
from sklearn_xent.inputs.alignment import check_rows
from sklearn_xent.inputs.loss_tables import check_no_results, check_size
from sklearn_xent.inputs.predictions import read_matrix
from sklearn_xent.inputs.validation import read_flag, read_names
from sklearn_xent.losses.given import sounds_like_loss, sounds_like_score, title_of
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.losses.registry import LOSSES
from sklearn_xent.training.split_sizes import check_apart, check_each_once, pairs_of_cv, size_ratio

TEST, NEG = "test_", "neg_"
ONLY_SCORES = (
    "only the scores of splits were passed. Compare the models with compare_models to keep them."
)


@keeps_warnings
def compare_scores(
    scores: Any,
    *,
    test_size: float | None = None,
    train_size: float | None = None,
    cv: Any = None,
    n_samples: int | None = None,
    greater_is_better: bool | None = None,
    name: str | None = None,
    unit: str = "",
    baseline: str | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    equivalence_margin: float | Mapping[str, float] | None = None,
    confidence_level: float = 0.95,
) -> Comparison:
    """Compare models by their scores on the splits of a cross-validation, of any scorer.

    The scores of the same splits are compared by the corrected t-test of Nadeau and Bengio, which
    allows for the overlap of the training parts; it needs to know the sizes of the parts.
    Everything else is as in `compare_search`: unless a baseline or pairs are named, the models are
    compared with the best, and the intervals of differences from it are simultaneous.

    Parameters
    ----------
    scores : dict of str to array-like of shape (n_splits,), or dict of str to dict
        For each model its scores, in the order of the splits, or what
        `sklearn.model_selection.cross_validate` returned. A DataFrame with one column a model is
        taken, too.
    test_size, train_size : int or float, optional
        The sizes of the parts of each split: numbers of samples, or shares of all. Where the
        training part is all the rest, a share `test_size`, or `test_size` and `n_samples`, is
        enough.
    cv : int, splitter or list of (train, test), optional
        The splits, from which the sizes are known. Neither is needed where `cross_validate` was
        called with ``return_indices=True``.
    n_samples : int, optional
        How many samples were split.
    greater_is_better : bool, optional
        Whether higher values are better. By default they are, as scorers have it; a name of
        scikit-learn tells. A score named ``neg_x`` is minus the loss ``x``.
    name : str, optional
        What the scores are called; arrays need it. Of the results of `cross_validate`, which score
        to compare: by default all, named by their keys without ``test_``.
    unit : str, default=""
        Unit of the values.
    baseline, pairs, equivalence_margin, confidence_level : optional
        As in `compare_predictions`.

    Returns
    -------
    Comparison
        The loss of a score is minus the score; reports show the mean score. There are no sample
        losses.

    Raises
    ------
    ValueError
        For sizes that cannot be known; different splits, or scores, of the models; infinite scores;
        a name that contradicts `greater_is_better`; and a score that looks like a loss of which
        the sign was not turned.

    Warns
    -----
    DegenerateDifferenceWarning
        When two models differ by the same amount in every split.

    References
    ----------
    Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52,
    239-281.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import cross_validate
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> models = {"bayes": GaussianNB(), "tree": DecisionTreeClassifier(random_state=0)}
    >>> results = {name: cross_validate(model, X, y, cv=10, scoring=["roc_auc", "accuracy"])
    ...            for name, model in models.items()}
    >>> comparison = sx.compare_scores(results, cv=10)
    >>> comparison.summary[["loss", "model", "mean_score"]].round(3)
           loss  model  mean_score
    0   roc_auc  bayes       0.988
    1   roc_auc   tree       0.914
    2  accuracy  bayes       0.937
    3  accuracy   tree       0.917
    >>> print(comparison.headlines()[0])
    ROC AUC: bayes has the highest mean, 0.9884. Clearly worse: tree (+0.0744, 95% interval 0.0368
    to 0.112).
    """
    if isinstance(scores, pd.DataFrame):
        if not scores.columns.is_unique:
            raise ValueError("scores has several columns of one name; give each model its own.")
        scores = {column: scores[column] for column in scores}
    names = read_names("scores", scores)
    check_no_results("scores", names)
    if name is not None and not (isinstance(name, str) and name.strip()):
        raise ValueError(f"name must be a string that is not empty; got {shorten(name)}.")
    if greater_is_better is not None:
        greater_is_better = read_flag("greater_is_better", greater_is_better)
    options = Options.read(confidence_level, baseline, equivalence_margin, pairs=pairs, names=names)
    values = _read_scores(names, scores, name)
    n_splits = next(iter(values.values())).shape[1]
    ratio, n_repeats = _read_sizes(scores, n_splits, test_size, train_size, cv, n_samples)
    found = [_score_of(key, x, greater_is_better, unit) for key, x in values.items()]
    _check_able(found, values.values())
    options = options.with_margins([of.name for of in found])
    losses = {of.name: of.sign * x for of, x in zip(found, values.values(), strict=True)}
    split_scores = SplitScores(
        names=names,
        values=losses,
        infos={of.name: of.info for of in found},
        limits={of.name: of.limits for of in found},
        size_ratio=ratio,
        n_repeats=n_repeats,
        candidates=False,
        failure="its score is nan in some split",
    )
    summary, differences = frames_of_splits(split_scores, options)
    infos = split_scores.infos
    return Comparison(
        summary, differences, infos, options, _splits=split_scores, _without_samples=ONLY_SCORES
    )


# --- the scores -----------------------------------------------------------------------------


def _read_scores(names: Sequence[str], scores: Any, name: str | None) -> dict[str, Floats]:
    """Return the scores (n_models, n_splits), by their names."""
    are_results = [isinstance(scores[model], Mapping | pd.DataFrame) for model in names]
    if any(are_results) != all(are_results):
        odd = names[are_results.index(not are_results[0])]
        raise ValueError(
            "scores must hold an array for every model, or what cross_validate returned for every "
            f"model; got both, of {names[0]!r} and of {odd!r}."
        )
    if all(are_results):
        return _of_results(names, scores, name)
    if name is None:
        raise ValueError(
            'name must tell what the scores are, such as name="roc_auc"; arrays do not say so.'
        )
    return {name: _stacked(names, {model: scores[model] for model in names}, "scores")}


def _of_results(
    names: Sequence[str], scores: Mapping[str, Any], name: str | None
) -> dict[str, Floats]:
    """Return the scores that cross_validate computed for every model."""
    keys = {
        model: [str(key).removeprefix(TEST) for key in scores[model] if str(key).startswith(TEST)]
        for model in names
    }
    first = keys[names[0]]
    for model, of_model in keys.items():
        if not of_model or set(of_model) != set(first):
            raise ValueError(
                "the results of cross_validate must hold the same test_... scores for every model; "
                f"{names[0]!r} has [{shorten_all(first)}] and {model!r} has "
                f"[{shorten_all(of_model)}]."
            )
    wanted = {key: key for key in first}
    if name is not None:
        alone = first == ["score"]
        if name not in first and not alone:
            raise ValueError(
                f"name must be one of the scores, [{shorten_all(first)}]; got {shorten(name)}."
            )
        wanted = {name: name if name in first else "score"}
    return {
        shown: _stacked(names, {model: scores[model][TEST + key] for model in names}, TEST + key)
        for shown, key in wanted.items()
    }


def _stacked(names: Sequence[str], columns: Mapping[str, Any], what: str) -> Floats:
    """Return the scores of all models, a row for each; nan where a model failed."""
    rows: list[Floats] = []
    matrices = []
    for model in names:
        matrix = read_matrix(f"{what} of {model!r}", columns[model], vector=True)
        values = matrix.values.astype(np.float64)
        if values.ndim != 1 or len(values) < 2:
            raise ValueError(
                f"{matrix.name} must be a vector, one score for each of at least two splits; got "
                f"shape {values.shape}."
            )
        if len(values) != len(rows[0] if rows else values):
            raise ValueError(
                f"every model must have a score for the same splits; {names[0]!r} has "
                f"{len(rows[0])} and {model!r} has {len(values)}."
            )
        bad = np.flatnonzero(np.isinf(values))
        if len(bad):
            raise ValueError(
                f"{matrix.name} must be finite, or nan where the model failed; got "
                f"{values[bad[0]]} in split {bad[0]}."
            )
        rows.append(values)
        matrices.append(matrix)
    check_rows(matrices)
    stacked = np.stack(rows)
    check_size("score", stacked)
    return stacked


def _check_able(found: Sequence[_Score], scores: Iterable[Floats]) -> None:
    """Check that each loss is there once, and that some model has all its scores."""
    names = [of.name for of in found]
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise ValueError(
            f"two scores are both named {shorten(twice)} (neg_ is left out). Choose one by name=, "
            "or give them keys that differ."
        )
    for of, values in zip(found, scores, strict=True):
        if np.isnan(values).any(axis=1).all():
            raise ValueError(f"no model has a score in every split: all have nan in {of.name}.")


# --- losses and scores ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Score:
    """What is known of a score by its name: the loss is the sign times the value."""

    name: str
    info: LossInfo
    sign: float
    limits: tuple[float, float] = (-math.inf, math.inf)


def _score_of(key: str, values: Floats, greater: bool | None, unit: Any) -> _Score:
    """Return the loss that a score is; its sign comes from its name, or from what was said."""
    if not isinstance(unit, str):
        raise ValueError(f"unit must be a string; got {shorten(unit)}.")
    is_scorer = key in get_scorer_names()
    if greater is False and (is_scorer or sounds_like_score(key)):
        raise ValueError(
            f"{shorten(key)} is the name of a score, of which higher is better, but got "
            "greater_is_better=False. Leave this argument out; or, if lower is better, use another "
            "name."
        )
    has_positive = bool((values > 0).any())
    if key.startswith(NEG):
        if has_positive and not greater:
            raise ValueError(
                f"{shorten(key)} is named as minus a loss, but some of its values are positive, "
                f"such as {np.nanmax(values):.6g}. If these are losses, name them "
                f"{key.removeprefix(NEG)!r} with greater_is_better=False; if they are scores, "
                "leave neg_ out of the name."
            )
        return _loss(key.removeprefix(NEG), -1.0, unit)
    if greater is False:
        return _loss(key, 1.0, unit)
    if greater is None and not is_scorer and sounds_like_loss(key):
        if has_positive:
            raise ValueError(
                f"{shorten(key)} looks like a loss, of which lower is better, but scores are taken "
                "as higher is better. Pass greater_is_better=False if it is a loss, or True if it "
                "is a score."
            )
        return _loss(key, -1.0, unit)  # its sign was turned
    return _Score(key, LossInfo(title_of(key), unit, top=0.0), -1.0)


def _loss(name: str, sign: float, unit: str) -> _Score:
    """Return a loss by its name; one of this package has its title, unit and least value."""
    if name in LOSSES:
        info = LOSSES[name].info
        return _Score(name, LossInfo(info.title, unit or info.unit), sign, (0.0, math.inf))
    return _Score(name, LossInfo(title_of(name), unit), sign)


# --- the sizes of the parts -----------------------------------------------------------------


def _read_sizes(
    scores: Mapping[str, Any], n_splits: int, test: Any, train: Any, cv: Any, n_samples: Any
) -> tuple[float, int]:
    """Return the size of the test parts divided by that of the training parts, and the repeats."""
    if n_samples is not None:
        n_samples = read_whole("n_samples", n_samples, 2)
    indices = _read_indices(scores, n_splits)
    if cv is not None:
        if test is not None or train is not None:
            raise ValueError("cv tells the sizes of the parts: leave test_size and train_size out.")
        if indices is None:
            _check_fixed(cv)
        ratio, n_repeats = _of_splitter(cv, n_splits, n_samples), int(getattr(cv, "n_repeats", 1))
        _check_kept(ratio, indices, n_splits)
        check_apart(listed := pairs_of_cv(cv))
        check_each_once(listed, "pass test_size= and train_size= instead of cv=")
        return ratio, n_repeats
    if test is not None or train is not None:
        ratio = _ratio_of(test, train, n_samples)
        _check_kept(ratio, indices, n_splits)
        return ratio, 1
    if indices is not None:
        return size_ratio(indices, n_splits), 1
    raise ValueError(
        "the sizes of the parts of the splits must be known: an interval from overlapping training "
        "parts needs them. Pass cv=, as cross_validate was given it; or test_size= and "
        "train_size=; or the results of cross_validate(..., return_indices=True)."
    )


def _check_kept(ratio: float, indices: Sequence[tuple[Any, Any]] | None, n_splits: int) -> None:
    """Check that sizes are those of the splits that cross_validate kept, but for rounding."""
    if indices is None:
        return
    kept = size_ratio(indices, n_splits)
    if not math.isclose(ratio, kept, rel_tol=0.25):
        raise ValueError(
            "the sizes must be those of the splits; cross_validate kept test parts of "
            f"{kept:.3g} times the training parts, and by what was passed they are {ratio:.3g} "
            "times. Leave cv, test_size and train_size out."
        )


def _check_fixed(cv: Any) -> None:
    """Check that a splitter makes the same splits each time: each model was scored by itself."""
    draws = hasattr(cv, "random_state") and not isinstance(cv.random_state, int | np.integer)
    if draws and getattr(cv, "shuffle", True):
        raise ValueError(
            f"cv={shorten(cv)} draws other splits each time, so the models may have been scored on "
            "different ones. Give it a whole number as random_state and score the models again; "
            "or pass the results of cross_validate(..., return_indices=True), which are checked."
        )


def _of_splitter(cv: Any, n_splits: int, n_samples: int | None) -> float:
    """Return the ratio of a splitter; if it does not tell, that of so many samples."""
    try:
        return size_ratio(cv, n_splits)
    except ValueError:
        if n_samples is None or not hasattr(cv, "split"):
            raise
        try:
            splits = list(cv.split(np.zeros((n_samples, 1))))
        except (TypeError, ValueError):
            splits = []
        if not splits:
            raise
        return size_ratio(splits, n_splits)


def _ratio_of(test: Any, train: Any, n_samples: int | None) -> float:
    """Return the ratio of two sizes: both numbers of samples, or both shares."""
    for what, size in (("test_size", test), ("train_size", train)):
        if size is not None and not (is_number(size) and 0 < size < math.inf):
            raise ValueError(
                f"{what} must be a positive number of samples, or a share; got {shorten(size)}."
            )
    if test is None or train is None:
        given = train if test is None else test
        whole = 1.0 if given < 1 else n_samples
        if whole is None:
            raise ValueError(
                f"{'test_size' if test is None else 'train_size'} is not known. Pass it too; or "
                "n_samples=, if the training part is all the rest."
            )
        test, train = (whole - given, given) if test is None else (given, whole - given)
    if min(test, train) > 0 and (test < 1) != (train < 1):
        raise ValueError(
            "test_size and train_size must both be numbers of samples, or both shares; got "
            f"{test:g} and {train:g}."
        )
    most = 1.0 if test < 1 else n_samples
    if min(test, train) <= 0 or (most is not None and test + train > most * (1 + 1e-9)):
        raise ValueError(
            "test_size and train_size must be positive and fit into the samples; got "
            f"{test:g} and {train:g}" + ("." if most is None else f" of {most:g}.")
        )
    return float(test / train)


def _read_indices(scores: Mapping[str, Any], n_splits: int) -> list[tuple[Any, Any]] | None:
    """Return the splits that cross_validate kept, which must be those of every model."""
    kept = {
        model: results["indices"]
        for model, results in scores.items()
        if isinstance(results, Mapping) and "indices" in results
    }
    if not kept:
        return None
    for model, of in kept.items():
        if {len(of["train"]), len(of["test"])} != {n_splits}:
            raise ValueError(
                f"the results of {model!r} hold {n_splits} scores, but the indices of "
                f"{len(of['test'])} splits."
            )
    first, *others = kept
    for model in others:
        for part in ("train", "test"):
            for split in range(n_splits):
                a, b = (np.asarray(kept[x][part][split]) for x in (first, model))
                if not np.array_equal(np.sort(a), np.sort(b)):
                    raise ValueError(
                        f"the models must be scored on the same splits; {first!r} and {model!r} "
                        f"have different {part} rows in split {split}. Pass the same cv with a "
                        "fixed random_state to cross_validate."
                    )
    splits = list(zip(kept[first]["train"], kept[first]["test"], strict=True))
    check_apart(splits)
    if len(kept) < len(scores):
        return None  # the others may have been scored on other splits
    return splits
