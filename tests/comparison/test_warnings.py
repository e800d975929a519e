"""Warnings of a comparison: one for each kind and call, and none of rows that claim nothing."""

import warnings
from collections import Counter

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

import sklearn_xent as sx

RNG = np.random.default_rng(7)


def heard(compare, *arguments, **options):
    """Return the comparison and what it warned of, by kind."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        comparison = compare(*arguments, **options)
    return comparison, [w.message for w in caught if issubclass(w.category, sx.XentWarning)]


def three_models():
    return {
        "bayes": GaussianNB(),
        "1 neighbour": KNeighborsClassifier(1),
        "5 neighbours": KNeighborsClassifier(5),
        "frequencies": DummyClassifier(),
    }


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
def test_each_kind_comes_once(load):
    comparison, said = heard(sx.compare_models, three_models(), *load(return_X_y=True))
    assert max(Counter(map(type, said)).values()) == 1
    assert [str(w) for w in comparison.warnings] == [str(w) for w in said]
    assert not any("half-width" in str(w) for w in said)
    [zero] = [str(w) for w in said if isinstance(w, sx.ZeroProbabilityWarning)]
    assert "'1 neighbour' (" in zero
    assert "'5 neighbours' (" in zero


def test_rows_that_claim_nothing_warn_of_nothing():
    y = np.arange(40) % 2
    sure = np.where(y == 1, 0.9, 0.1)
    sure[7] = 1e-9
    models = {"sure": sure, "half": np.full(40, 0.45)}
    comparison, said = heard(sx.compare_predictions, y, models, losses="xent")
    assert comparison.differences["conclusion"].tolist() == ["not clear"]
    assert comparison.differences["caution"].tolist() == ["one sample weighs much"]
    assert said == []
    assert "[1] One sample has much influence" in repr(comparison)


def test_a_pair_without_spread_under_one_loss_only_warns_of_nothing():
    y = RNG.integers(2, size=200)
    p = np.clip(0.3 + 0.4 * y + 0.05 * RNG.normal(size=200), 0.01, 0.99)
    models = {"p": p, "sharper": np.where(p > 0.5, p + 0.1, p - 0.1)}  # the same errors
    comparison, said = heard(sx.compare_predictions, y, models)
    assert comparison.differences["degenerate"].tolist() == [True, False, False]
    assert not any(isinstance(w, sx.DegenerateDifferenceWarning) for w in said)
    _, said = heard(sx.compare_predictions, y, {"p": p, "copy": p.copy(), "other": p[::-1]})
    [copies] = [str(w) for w in said if isinstance(w, sx.DegenerateDifferenceWarning)]
    assert "'p', 'copy'." in copies


def test_undefined_skills_are_told_once():
    y, p = np.ones(50, dtype=int), RNG.uniform(0.1, 0.9, 50)
    _, said = heard(sx.compare_predictions, y, {"a": p, "b": p**2}, labels=[0, 1])
    [skill] = [str(w) for w in said if isinstance(w, sx.UndefinedSkillWarning)]
    assert skill.startswith("the skill of classification_error, brier_loss, cross_entropy is")


# --- a rare class ---------------------------------------------------------------------------


def imbalanced(n_rare, n=300):
    y = np.zeros(n, dtype=int)
    y[:n_rare] = 1
    return y, np.clip(0.1 + 0.2 * y + 0.03 * RNG.normal(size=n), 0.01, 0.45)


@pytest.mark.parametrize(("n_rare", "warns"), [(6, True), (74, True), (75, False), (0, False)])
def test_a_rare_class_that_is_never_predicted_is_warned_of(n_rare, warns):
    y, p = imbalanced(n_rare)
    comparison, said = heard(
        sx.compare_predictions, y, {"shy": p, "other": 0.9 * p}, labels=[0, 1], losses="mse"
    )
    rare = [str(w) for w in said if isinstance(w, sx.RareClassWarning)]
    assert len(rare) == warns
    assert ("Never predicted, so always wrong: class 1" in repr(comparison)) == (n_rare > 0)
    if warns:
        assert f"1 ({n_rare} of 300 samples) by 'shy', 'other'" in rare[0]


def test_the_class_frequencies_as_baseline_are_not_warned_of():
    y, p = imbalanced(20)
    p[:10] = 0.7  # predicted, unlike by the frequencies
    _, said = heard(sx.compare_predictions, y, {"p": p}, losses="mse", baseline="prior")
    assert said == []
    _, said = heard(sx.compare_predictions, y, {"p": 0.5 * p}, losses="mse", baseline="prior")
    assert "(20 of 300 samples) by 'p'." in str(said[0])


def test_a_class_that_is_predicted_once_is_predicted():
    y, p = imbalanced(6)
    p[100] = 0.5  # a tie counts
    _, said = heard(sx.compare_predictions, y, {"p": p}, losses="mse")
    assert said == []


def test_a_rare_class_in_folds_and_with_labels_in_any_order():
    X = RNG.normal(size=(200, 2))
    y = np.where(np.arange(200) % 20 == 0, "rare", "usual")
    X[y == "rare"] += 0.1
    models = {"frequencies": DummyClassifier(), "nearest": KNeighborsClassifier(1)}
    cv = KFold(4)
    comparison, said = heard(sx.compare_models, models, X, y, cv=cv, labels=["usual", "rare"])
    [rare] = [str(w) for w in said if isinstance(w, sx.RareClassWarning)]
    assert "'rare' (10 of 200 samples) by 'frequencies'" in rare
    assert "class rare (10 of 200 samples, 5%) by frequencies." in " ".join(
        repr(comparison).split()
    )


def test_target_distributions_have_no_classes_to_miss():
    soft = np.column_stack([np.full(60, 0.9), np.full(60, 0.1)])
    p = RNG.dirichlet([9, 1], size=60)
    _, said = heard(sx.compare_predictions, soft, {"p": p}, losses="mse")
    assert said == []


def test_the_share_of_the_floor_counts_weights():
    """Five samples of weight 0.001 at the floor are 0.4% of the loss, not all of it."""
    y = np.arange(200) % 2
    p = np.where(y == 1, 0.8, 0.2)
    p[:5] = 1 - y[:5]
    weight = np.ones(200)
    weight[:5] = 0.001
    comparison, _ = heard(sx.compare_predictions, y, {"p": p}, losses="xent", sample_weight=weight)
    at_floor = 5 * 0.001 * -np.log(2.0**-52)
    share = at_floor / (at_floor + 195 * -np.log(0.8))
    assert comparison._samples.floor_shares("cross_entropy") == {"p": pytest.approx(share)}
    assert share == pytest.approx(0.004, abs=1e-3)
    assert "p in 5 of 200 samples (less than 1% of its loss)" in " ".join(repr(comparison).split())
