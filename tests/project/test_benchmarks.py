"""Check the parts of the benchmark on real data: its learners, formulas, counts and draws."""

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
LIKE = {
    "bayes": GaussianNB(var_smoothing=1e-3),
    "discriminant": LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1),
    "neighbours": KNeighborsClassifier(15),
    "tree": DecisionTreeClassifier(min_samples_leaf=5, random_state=0),
}


@pytest.fixture
def load(monkeypatch):
    """Import a file of benchmarks/, which imports others there."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.fixture
def wine(load):
    return load("real_data").Population(*load_wine(return_X_y=True, as_frame=True))


@pytest.mark.parametrize("name", LIKE)
def test_the_learners_are_those_of_scikit_learn(load, wine, name):
    fit = load("real_data").FIT[name]
    train, test = np.arange(100), np.arange(100, 178)
    likes = LIKE[name].fit(wine.X[train].astype(np.float32), wine.y[train])
    ours = fit(wine.X[train], wine.y[train], 4)(wine.X[test])
    expected = likes.predict_proba(wine.X[test].astype(np.float32))
    np.testing.assert_allclose(ours[:, :3], expected, atol=1e-4)
    assert not ours[:, 3].any(), "no row is of the fourth class"


def test_models_of_row_numbers_are_compared_as_models_of_the_rows(load, wine):
    real_data = load("real_data")
    rows = np.random.default_rng(0).permutation(178)[:100]
    draw = real_data.Draw(wine, np.random.default_rng(0))
    cv = list(StratifiedKFold(5).split(rows, wine.y[rows]))
    draw.losses_everywhere(rows[cv[0][0]])  # these are looked up afterwards
    by_row = sx.compare_models(
        draw.models(("bayes", "neighbours")), rows[:, None], wine.y[rows], cv=cv
    )
    models = {"bayes": LIKE["bayes"], "neighbours": LIKE["neighbours"]}
    of_rows = sx.compare_models(models, wine.X[rows], wine.y[rows], cv=cv)
    pd.testing.assert_frame_equal(by_row.differences, of_rows.differences, rtol=1e-6)
    means = real_data.split_means(draw, rows, cv)[:, :, :, None]
    found = of_rows.split_losses.set_index(["model", "loss", "split"])["mean_loss"]
    assert means[0, 1, 4] == pytest.approx(found["bayes", "brier_loss", 4])


def test_a_coin_and_halves_are_models_that_may_be_exchanged(load, wine):
    draw = load("real_data").Draw(wine, np.random.default_rng(1))
    rows, train = np.arange(178), np.arange(0, 178, 2)
    draw.halve(np.random.default_rng(2), train)
    assert np.bincount(draw.half[train]).tolist() == [45, 44]
    coins = [draw.predict(name, train, rows) for name in ("coin 1", "coin 2")]
    behind = [draw.predict(name, train, rows) for name in ("discriminant", "tree")]
    np.testing.assert_array_equal(coins[0] + coins[1], behind[0] + behind[1])
    halves = [draw.predict(name, train, rows) for name in ("half 1", "half 2")]
    assert not np.array_equal(*halves)


def test_the_formulas_of_others(load):
    by = load("real_data_others")
    d = np.array([0.1, 0.3, -0.1, 0.2, 0.0])
    scores = {"a": 0.5 + d, "b": np.full(5, 0.5)}
    [row] = sx.compare_scores(
        scores, name="cost", greater_is_better=False, train_size=80, test_size=20
    ).differences.to_dict("records")
    mean, half, pvalue = by.corrected_t(d, 0.25)
    assert [mean, mean - half, pvalue] == pytest.approx(
        [row["difference"], row["conf_low"], row["pvalue"]]
    )
    assert by.naive_t(d)[2] == pytest.approx(0.2301996410804990)  # scipy.stats.ttest_1samp
    # by hand: every half differs by 0.1 more or less than the other, so that s^2 = 0.02
    five = np.array([[0.3, 0.1]] * 5)
    assert by.five_by_two_t(five)[1] == pytest.approx(np.sqrt(0.02) * 2.5705818356363146)
    assert by.five_by_two_f(five)[2] == pytest.approx(
        load("scipy.stats").f.sf(5 * (0.09 + 0.01) / (2 * 5 * 0.02), 10, 5)
    )
    # ten rows against two: (|10 - 2| - 1)^2 / 12
    errors = np.array([1.0] * 10 + [-1.0] * 2 + [0.0] * 5)
    assert by.mcnemar(errors)[2] == pytest.approx(0.04330814281079206)
    assert by.naive_t(np.zeros(5))[2] == by.five_by_two_f(np.zeros((5, 2)))[2] == 1.0


def test_a_claim_of_the_wrong_sign_is_false_and_every_claim_about_equal_models(load):
    page = load("real_data_page")
    said = np.array([0.2, -0.2, 0.2, 0.01]), np.full(4, 0.15), np.array([0.01, 0.01, 0.06, 0.9])
    names = page.COLUMNS[7:]
    found = dict(zip(names, page.counts((*said, 0.05), 0.1), strict=True))
    assert (found["claims"], found["false"], found["right"], found["covered"]) == (2, 1, 1, 3)
    equal = dict(zip(names, page.counts((*said, 0.05), 0.0, said[0] < 0), strict=True))
    assert (equal["claims"], equal["false"], equal["right"], equal["covered"]) == (2, 2, 0, 1)
    assert (equal["flagged"], equal["false_not_flagged"]) == (1, 1)


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
def test_a_draw_of_folds_counts_intervals_that_hold_the_truth(load, wine):
    found = [load("fold_sizes").one_draw(wine, 60, 3, np.random.default_rng(i)) for i in range(3)]
    known, covered, wrong, claims = np.sum(found, axis=0)
    assert known == 3 * 12  # six pairs, two losses
    assert 0.8 * known < covered <= known
    assert wrong <= claims < known


def test_draws_that_are_missing_are_an_error(load, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"real_data\.py makes them"):
        load("real_data_others").read_draws(tmp_path)
