"""Use every public name, in a script that `mypy --strict` must accept.

``assert_type`` says what a type checker must know, and does nothing when the script runs. Where an
error is ignored there must be one, because ``--strict`` also reports needless ignores.
"""

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, assert_type

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx

Floats = NDArray[np.float64]
Y = [2, 1, 0]
PROBA = [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]]


def metrics() -> None:
    """Use the metrics: what they return depends on the reduction."""
    error: float = sx.classification_error(Y, PROBA)
    mse: float = sx.brier_loss(pd.Series(Y), pd.DataFrame(PROBA), scale_by_half=False)
    cross_entropy: float = sx.cross_entropy(np.array(Y), np.array(PROBA), eps=1e-9)
    own: float = sx.mean_loss("mse", Y, PROBA, sample_weight=[1, 2, 3], class_weight={0: 2.0})
    assert max(error, mse, cross_entropy, own) > sx.skill_score("mse", Y, PROBA)
    assert_type(sx.cross_entropy(Y, PROBA, reduction="sum", class_weight="balanced"), float)
    assert_type(sx.classification_error(["a", "b"], ["a", "a"], reduction="none"), Floats)
    assert_type(sx.brier_loss(Y, PROBA, reduction="none", labels=range(3)), Floats)
    assert_type(sx.cross_entropy(Y, PROBA, reduction="none", from_logits=False), Floats)
    assert_type(sx.brier_loss(Y, PROBA, normalize=True), float)
    assert_type(sx.mean_loss("log_loss", Y, PROBA, reduction="none"), Floats)
    each = sx.cross_entropy([1, 0], [0.7, 0.2], sample_weight=np.ones(2), reduction="none")
    assert_type(each, Floats)
    reduction: Literal["mean", "none"]
    for reduction in ("mean", "none"):
        assert_type(sx.brier_loss(Y, PROBA, reduction=reduction), float | Floats)
    with warnings.catch_warnings(action="ignore", category=sx.ZeroProbabilityWarning):
        sx.cross_entropy([0, 1], [[0.0, 1.0], [0.0, 1.0]])
    if TYPE_CHECKING:
        sx.brier_loss(Y, PROBA, reduction="average")  # type: ignore[call-overload]
        sx.brier_loss(Y, PROBA, eps=1e-9)  # type: ignore[call-overload]
        sx.cross_entropy(Y, PROBA, eps="least")  # type: ignore[call-overload]
        sx.mean_loss(3, Y, PROBA)  # type: ignore[call-overload]


def losses() -> None:
    """Use losses by name, a loss of our own, and their derivatives."""

    def spherical(codes: NDArray[np.intp], proba: Floats) -> Floats:
        norm = np.sqrt((proba**2).sum(axis=1))
        return np.asarray(1 - proba[np.arange(len(codes)), codes] / norm, dtype=np.float64)

    loss = sx.Loss(name="spherical", title="Spherical loss", function=spherical, range=(0, 1))
    assert_type(sx.mean_loss(loss, Y, PROBA), float)
    assert_type(loss.per_sample([1, 0], [[0.4, 0.6], [0.5, 0.5]]), Floats)
    brier = sx.get_loss("brier_loss", scale_by_half=True)
    assert_type(brier.gradient([1], [[10.0, -10.0]]), Floats)
    assert_type(brier.hessian([1], [[1.0, 0.0]]) + brier.curvature([1], [[1.0, 0.0]]), Floats)
    assert_type(brier.with_options(scale_by_half="auto"), sx.Loss)
    assert_type(brier.range_for(3), tuple[float, float])
    assert_type(brier.greatest_difference(3, from_logits=True), float)
    assert_type(sx.get_loss("cross_entropy").eps, float | None)
    ranked: float = sx.mean_loss(sx.get_loss("ranked_probability"), Y, PROBA)
    costs = pd.DataFrame({"wait": [0, 5, 9], "act": [1.5, 1, 0]}, index=range(3))
    cost = sx.expected_cost(costs, labels=range(3), unit="EUR")
    same = sx.expected_cost(costs.to_numpy(), labels=[0, 1, 2], decisions=["wait", "act"], name="c")
    assert sx.mean_loss(cost, Y, PROBA) == sx.mean_loss(same, Y, PROBA) < 10 * ranked
    kept: sx.Loss = cost
    assert kept == cost
    assert set(cost.decide(PROBA).tolist()) <= {"wait", "act"}


def boosting() -> None:
    """Use the objectives: XGBoost takes a number, and LightGBM a tuple."""
    gradient, hessian = sx.objective("cross_entropy", library="lightgbm")([0, 1], [0.0, 0.0])
    assert_type(gradient + hessian, Floats)
    number: float = sx.eval_metric("cross_entropy", eps=1e-6)([0, 1], [0.25, 0.75])
    name, value, higher = sx.eval_metric("mse", library="lightgbm")([0, 1], [0.25, 0.75])
    assert_type((number, name, value, higher), tuple[float, str, float, bool])


def scorers(X: Any, y: Any) -> None:
    """Use scorers, alone and in a search."""
    model = LogisticRegression(max_iter=1000).fit(X, y)
    for scorer in (sx.neg_classification_error, sx.neg_brier_loss, sx.neg_cross_entropy):
        assert_type(scorer, sx.LossScorer)
        assert_type(scorer(model, X, y), float)
    assert_type(sx.SCORERS, Mapping[str, sx.LossScorer])
    assert_type(sx.get_scorer("neg_log_loss").loss, sx.Loss)
    prior = {0: 1 / 3, 1: 1 / 3, 2: 1 / 3}
    skill = sx.LossScorer("brier_loss", skill=True, prior=prior, scale_by_half=False)
    assert_type(skill(model, X, y, sample_weight=np.ones(len(y))), float)
    rule = sx.one_standard_error("C", simplest="least", score="neg_brier_loss")
    search = GridSearchCV(
        LogisticRegression(max_iter=1000), {"C": [0.1, 1.0]}, scoring=dict(sx.SCORERS), refit=rule
    ).fit(X, y)
    assert_type(rule(search.cv_results_), int)
    assert_type(rule.table(search.cv_results_), pd.DataFrame)
    comparison = sx.compare_search(search, losses=["brier_loss"])
    assert_type(comparison, sx.Comparison)
    scores = {"a": np.linspace(0.8, 0.9, 5), "b": [0.7, 0.8, 0.75, 0.7, 0.9]}
    of_splits = sx.compare_scores(scores, name="roc_auc", cv=5, pairs=[("a", "b")])
    assert_type(
        [of_splits, sx.compare_scores(scores, name="x", test_size=0.2)], list[sx.Comparison]
    )
    assert_type(sx.compare_search({"a": search}, top=1), sx.Comparison)
    assert_type(sx.compare_search([search]).shortlist(1, loss="mse"), dict[str, Any])
    margins = {"brier_loss": 0.01}
    models = {"logistic": model, "bayes": GaussianNB()}
    comparison = sx.compare_models(models, X, y, losses="mse", equivalence_margin=margins, cv=5)
    assert_type(comparison.split_losses, pd.DataFrame)
    sx.compare_models(models, X, y, losses="mse", cv=5, pairs=[("bayes", "logistic")])
    listed = sx.compare_models(
        [model], X, y, cv=3, losses="mse", scoring={"accuracy": "accuracy"},
        class_weight="balanced", return_estimators=True,
    )  # fmt: skip
    assert_type(listed.fits, pd.DataFrame)
    sx.compare_models([("a", model)], X, y, cv=3, losses="mse", class_weight={0: 2.0})
    in_time = sx.compare_models(models, X, y, losses="mse", times=np.arange(len(y)) * 7 % len(y))
    assert_type(in_time.differences, pd.DataFrame)


def data_sets(X: Any, y: Any, folder: Path) -> None:
    """Compare models on two data sets, save the comparisons, and combine them."""
    models = {"bayes": GaussianNB(), "logistic": LogisticRegression(max_iter=1000)}
    data = {"all": (X, y), "odd": {"X": X[1::2], "y": y[1::2], "sample_weight": None}}
    found = sx.compare_datasets(
        data, models, cv=3, losses=["mse"], scale="skill", n_jobs=1, checkpoint=folder / "done"
    )
    assert_type(found, sx.DatasetsComparison)
    frames = [found.differences, found.summary, found.by_dataset, found.ranks, found.table()]
    assert_type(frames, list[pd.DataFrame])
    assert_type(found.sentences(), list[str])
    assert_type(found.to_latex(table="differences") + found.to_html(title="Two"), str)
    assert_type(found.to_latex(folder / "sets.tex", table="losses"), None)
    assert_type(found.plot(("bayes", "logistic"), loss="mse"), sx.ForestDisplay)
    assert_type(found.plot_ranks(), sx.RanksDisplay)
    saved = {name: one.to_dict() for name, one in found.comparisons.items()}
    assert_type(saved, dict[str, dict[str, Any]])
    again = {name: sx.Comparison.from_dict(one) for name, one in saved.items()}
    assert_type(again, dict[str, sx.Comparison])
    assert_type(sx.compare_datasets(again).warnings, Sequence[Warning])


def comparisons(y: Any, p: Any, folder: Path) -> None:
    """Use a comparison, its frames, sentences, files and pictures."""
    models = {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)}
    groups = pd.Series(np.arange(len(y)) % 20).astype(str)
    comparison = sx.compare_predictions(y, models, losses=["mse", "xent"], method="auto")
    order = np.arange(len(y))
    in_folds = sx.compare_predictions(y, {"sharp": p}, times=order, folds=order % 5)
    assert_type([comparison, in_folds], list[sx.Comparison])
    assert_type(comparison.summary, pd.DataFrame)
    assert_type(comparison.differences, pd.DataFrame)
    assert_type(comparison.warnings, Sequence[Warning])
    assert_type(comparison.sentences() + comparison.headlines(), list[str])
    frames = [comparison.by(groups, pairs=True), comparison.per_class, comparison.sample_losses]
    frames += [comparison.worst(3, loss="mse"), comparison.winner(100), comparison.decompose()]
    frames += [comparison.to_frame(), comparison.table(), comparison.select(["sharp"]).summary]
    assert_type(frames, list[pd.DataFrame])

    assert_type(comparison.select("sharp"), sx.Comparison)
    assert_type(comparison.best_set("mse"), list[str])
    assert_type(comparison.plan({"mse": 0.01}, power=0.9, half_width=0.01), pd.DataFrame)
    verdict = comparison.verdict("sharp", "timid", loss="mse", margin=0.005)
    assert_type(verdict, sx.ReleaseVerdict)
    assert_type(verdict.difference + verdict.conf_low + verdict.conf_high, float)
    assert verdict in ("better", "not worse"), verdict.reason + verdict.caution
    assert_type(comparison.sentences(models=["sharp", "timid"]), list[str])
    errors = {"sharp": np.abs(y - p), "timid": np.abs(y - 0.5)}
    assert_type(sx.compare_losses(errors, groups=groups, name="absolute_error"), sx.Comparison)
    runs = {name: np.column_stack([x, x + 0.1]) for name, x in errors.items()}
    assert_type(sx.compare_losses(runs, range=(0, 2)).variance_components(), pd.DataFrame)
    planned = sx.compare_predictions(y, models, pairs=[("timid", "sharp")])
    table = pd.DataFrame(models)
    found = sx.compare_predictions(y, table, class_weight="balanced", baseline="prior")
    assert_type(found, sx.Comparison)
    assert_type(planned.to_latex(wide=True) + planned.to_markdown(wide=True), str)
    assert_type(planned.to_csv(folder / "b.csv", wide=True), None)

    assert_type(comparison.to_csv(), str)
    assert_type(comparison.to_csv(folder / "a.csv", table="differences"), None)
    assert_type(comparison.to_markdown(table="differences"), str)
    comparison.to_markdown(folder / "a.md")
    assert_type(comparison.to_latex(), str)
    comparison.to_latex(str(folder / "a.tex"), table="summary")
    page: str = comparison.to_html(title="Two models", slices={"group": groups})
    comparison.to_html(folder / "a.html")
    assert page.startswith("<!")
    assert "<table" in comparison.style.to_html()

    assert_type(comparison.plot(loss="mse"), sx.ComparisonDisplay)
    sx.ComparisonDisplay.from_comparison(comparison).figure_.savefig(folder / "a.png")
    reliability = comparison.plot_reliability("sharp")
    assert_type(reliability, sx.ReliabilityDisplay)
    assert_type(reliability.curve, pd.DataFrame)
    assert_type(sx.ReliabilityDisplay.from_predictions(y, p).decomposition, pd.DataFrame)
    assert_type(comparison.plot_reliability(["sharp", "timid"]), sx.ReliabilityDisplay)
    assert_type(comparison.plot_murphy(), sx.MurphyDisplay)
    assert_type(comparison.plot_murphy(scale="net benefit").prevalence, float | None)
    assert_type(sx.MurphyDisplay.from_predictions(y, models).dominant, str | None)
    assert_type(sx.LossCurveDisplay.from_losses(["mse"]).curves, pd.DataFrame)


def streams(y: Any, p: Any) -> None:
    """Use a comparison in batches, and a confidence sequence."""
    seen = sx.LossAccumulator(labels=[0, 1], models=["sharp", "timid"], losses=["mse"], n_bins=5)
    seen = seen.update(y, {"sharp": p, "timid": 0.5 + 0.4 * (p - 0.5)})
    assert_type(seen, sx.LossAccumulator)
    saved = seen.to_dict()
    assert_type(saved, dict[str, Any])
    merged = sx.LossAccumulator.from_dict(saved).merge(seen)
    assert_type((merged.n_obs, merged.digest()), tuple[int, str])
    assert_type(merged.reliability, pd.DataFrame)
    assert_type(merged.compute(equivalence_margin=0.01), sx.Comparison)
    assert_type(merged.compute(pairs=[("timid", "sharp")]), sx.Comparison)
    table = pd.DataFrame({"y": y, "sharp": p, "timid": 1 - p})
    columns = {"sharp": "sharp", "timid": ["timid"]}
    several = sx.compare_table(table, y_true="y", labels=[0, 1], predictions=columns, losses="mse")
    assert_type(several, sx.Comparison)
    each = sx.brier_loss(y, p, reduction="none")
    assert_type(sx.confidence_sequence(each, bounds=(0, 1)), pd.DataFrame)
    assert_type(sx.decompose("mse", y, p, n_resamples=10), pd.DataFrame)


def racing(X: Any, y: Any) -> None:
    """Search a grid by a race, and draw it."""
    grid = {"var_smoothing": [1e-9, 1.0]}
    race = sx.RacingSearchCV(GaussianNB(), grid, scoring=sx.neg_brier_loss, looks=[3, 8])
    assert_type(race.fit(X, y), sx.RacingSearchCV)
    assert_type(race.candidates_, pd.DataFrame)
    assert_type(race.plot(), sx.RaceDisplay)
    assert_type(sx.RaceDisplay.from_search(race), sx.RaceDisplay)
    assert_type(sx.compare_search(race), sx.Comparison)


def kinds_of_warnings() -> None:
    """Use every warning: each is a UserWarning."""
    kinds: list[type[sx.XentWarning]] = [
        sx.DegenerateDifferenceWarning,
        sx.FailedModelWarning,
        sx.FittedModelsWarning,
        sx.LeverageWarning,
        sx.RareClassWarning,
        sx.SerialDependenceWarning,
        sx.SuspectLabelsWarning,
        sx.SuspectLogitsWarning,
        sx.UndefinedSkillWarning,
        sx.UnseenClassWarning,
        sx.UnstableModelsWarning,
        sx.ZeroProbabilityWarning,
    ]
    assert all(issubclass(kind, UserWarning) for kind in kinds)


def main() -> None:
    """Run all of it."""
    rng = np.random.default_rng(0)
    p = rng.uniform(0.05, 0.95, 400)
    y = (rng.random(400) < p).astype(int)
    X, species = load_iris(return_X_y=True)
    metrics()
    losses()
    boosting()
    racing(X, species)
    scorers(X, species)
    with tempfile.TemporaryDirectory() as folder:
        comparisons(y, p, Path(folder))
        data_sets(X, species, Path(folder))
    streams(y, p)
    kinds_of_warnings()
    print(sx.__version__)


if __name__ == "__main__":
    main()
