import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from sklearn_xent.plots.murphy import _elementary

RNG = np.random.default_rng(0)


def data(n=200):
    p = RNG.uniform(0, 1, n)
    y = (RNG.random(n) < p).astype(int)
    return y, {"a": p, "b": np.clip(p + RNG.normal(0, 0.2, n), 0, 1)}


def plainly(y, p, threshold):
    """The definition of Ehm et al. (2016), twice, sample by sample."""
    out = []
    for happened, forecast in zip(y, p, strict=True):
        if happened and forecast < threshold:
            out.append(2 * (1 - threshold))
        elif not happened and forecast > threshold:
            out.append(2 * threshold)
        else:
            out.append(threshold if forecast == threshold and not happened else 0.0)
    return np.array(out)


def test_curves_are_the_definition():
    y, p = data()
    curves = sx.MurphyDisplay.from_predictions(y, p).curves
    for name in p:
        loss = curves[curves["model"] == name].set_index("threshold")["loss"]
        for threshold in (0.01, 0.25, 0.7):
            assert loss[threshold] == pytest.approx(plainly(y, p[name], threshold).mean())


def test_ties_cost_half_of_both():
    y, p = np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]])
    assert _elementary(y, p, [1], 0.5).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("k", [2, 3, 4])
def test_area_is_the_brier_loss(k):
    p = RNG.dirichlet(np.ones(k), 3000)
    y = RNG.integers(0, k, 3000)
    curves = sx.MurphyDisplay.from_predictions(y, {"m": p}).curves
    area = np.trapezoid([0, *curves["loss"], 0], [0, *curves["threshold"], 1])
    assert area == pytest.approx(sx.brier_loss(y, p), rel=2e-3)


def test_intervals_are_paired_t():
    y, p = data()
    display = sx.MurphyDisplay.from_predictions(y, p, confidence_level=0.9)
    row = display.differences.set_index("threshold").loc[0.3]
    a, b = (plainly(y, p[row[key]], 0.3) for key in ("model_a", "model_b"))
    interval = stats.ttest_rel(a, b).confidence_interval(0.9)
    assert row["difference"] == pytest.approx((a - b).mean())
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((interval.low, interval.high))


def test_weights_are_repeats():
    y, p = data(60)
    weight = RNG.integers(0, 3, 60)
    repeated = {name: np.repeat(x, weight) for name, x in p.items()}
    a = sx.MurphyDisplay.from_predictions(y, p, sample_weight=weight).curves
    b = sx.MurphyDisplay.from_predictions(np.repeat(y, weight), repeated).curves
    assert np.allclose(a["loss"], b["loss"])


def test_clusters_widen_the_intervals():
    y, p = data(50)
    y, p = np.tile(y, 4), {name: np.tile(x, 4) for name, x in p.items()}
    alone = sx.MurphyDisplay.from_predictions(y, p).differences
    grouped = sx.MurphyDisplay.from_predictions(y, p, groups=np.tile(np.arange(50), 4)).differences
    width = [(x["conf_high"] - x["conf_low"]).mean() for x in (alone, grouped)]
    assert width[1] == pytest.approx(2 * width[0], rel=0.1)


def test_the_best_comes_first_and_dominates():
    y, p = data(2000)
    models = {"noise": RNG.uniform(0, 1, 2000), "good": p["a"]}
    display = sx.MurphyDisplay.from_predictions(y, models)
    assert display.curves["model"].iloc[0] == "good"
    assert display.dominant == "good"
    assert (display.differences["difference"] < 0).all()
    assert sx.MurphyDisplay.from_predictions(*data(100)).dominant is None


def test_one_class_of_several():
    p = RNG.dirichlet(np.ones(3), 100)
    y = RNG.integers(0, 3, 100)
    one = sx.MurphyDisplay.from_predictions(y, {"m": p}, pos_label=2)
    binary = sx.MurphyDisplay.from_predictions((y == 2).astype(int), {"m": p[:, 2]})
    assert np.allclose(one.curves["loss"], binary.curves["loss"])
    assert one.what == "class 2"
    assert len(one.ax_) == 1


def test_logits():
    y, p = data()
    p = {name: np.clip(x, 0.001, 0.999) for name, x in p.items()}
    logits = {name: np.log(x / (1 - x)) for name, x in p.items()}
    a = sx.MurphyDisplay.from_predictions(y, p)
    b = sx.MurphyDisplay.from_predictions(y, logits, from_logits=True)
    assert np.allclose(a.curves["loss"], b.curves["loss"])


def test_estimators_and_cross_validations():
    X, y = load_iris(return_X_y=True)
    models = {"bayes": GaussianNB(), "logistic": LogisticRegression(max_iter=1000)}
    cv = StratifiedKFold(5)
    results = {
        name: cross_validate(m, X, y, cv=cv, return_estimator=True, return_indices=True)
        for name, m in models.items()
    }
    pooled = sx.MurphyDisplay.from_cv_results(results, X, y)
    compared = sx.compare_models(models, X, y, cv=cv, losses="mse").plot_murphy()
    assert np.allclose(pooled.curves["loss"], compared.curves["loss"])
    fitted = {name: model.fit(X, y) for name, model in models.items()}
    assert set(sx.MurphyDisplay.from_estimator(fitted, X, y).curves["model"]) == set(models)
    alone = sx.MurphyDisplay.from_estimator(fitted["bayes"], X, y)
    assert set(alone.curves["model"]) == {"GaussianNB"}
    other = cross_validate(
        GaussianNB(), X, y, cv=StratifiedKFold(3), return_estimator=True, return_indices=True
    )
    # the same labels in the same order, but of other samples
    shuffled = cross_validate(
        GaussianNB(), X, y, cv=StratifiedKFold(5, shuffle=True, random_state=0),
        return_estimator=True, return_indices=True,
    )  # fmt: skip
    for stranger in (other, shuffled):
        with pytest.raises(ValueError, match="tested on the same samples"):
            sx.MurphyDisplay.from_cv_results({**results, "other": stranger}, X, y)


@pytest.mark.parametrize("predictions", [None, {}, [0.2, 0.3]])
def test_predictions_have_names(predictions):
    with pytest.raises(ValueError, match="predictions must be given as a dict"):
        sx.MurphyDisplay.from_predictions([0, 1], predictions)


def test_thresholds_are_inside():
    thresholds = sx.MurphyDisplay.from_predictions(*data()).curves["threshold"]
    assert (thresholds.min(), thresholds.max()) == (0.01, 0.99)


def test_some_models_are_logits():
    y, p = data()
    p = {name: np.clip(x, 0.001, 0.999) for name, x in p.items()}
    mixed = {"a": p["a"], "b": np.log(p["b"] / (1 - p["b"]))}
    a = sx.MurphyDisplay.from_predictions(y, p)
    b = sx.MurphyDisplay.from_predictions(y, mixed, from_logits=["b"])
    assert np.allclose(a.curves["loss"], b.curves["loss"])
    for wrong in ("yes", ["c"], 1):
        with pytest.raises(ValueError, match="from_logits must be True, False or a list of names"):
            sx.MurphyDisplay.from_predictions(y, mixed, from_logits=wrong)


def test_the_reference_is_a_constant_forecast():
    y, p = data()
    display = sx.MurphyDisplay.from_predictions(y, p)
    constant = sx.MurphyDisplay.from_predictions(y, {"c": np.full(len(y), y.mean())})
    assert np.allclose(display.reference, constant.curves["loss"])


def test_names_in_the_legend_are_all_there():
    y, p = data()
    display = sx.MurphyDisplay.from_predictions(y, {"_a": p["a"], "": p["b"], "$": 1 - p["a"]})
    texts = [text.get_text() for text in display.ax_[0].get_legend().get_texts()]
    assert texts == [" _a", "''", r"\$", "class frequencies"]


@pytest.mark.parametrize("models", [{}, [1], {1: None}])
def test_estimators_have_names(models):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=r"cv_results must be given as a dict|names of models"):
        sx.MurphyDisplay.from_cv_results(models, X, y)
