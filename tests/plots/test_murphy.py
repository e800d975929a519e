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
    p["constant"] = np.full(len(y), y.mean())
    display = sx.MurphyDisplay.from_predictions(y, p)
    curves = display.curves.set_index("model")["loss"]
    assert np.allclose(display.reference, curves["constant"])


def test_names_in_the_legend_are_all_there():
    y, p = data()
    display = sx.MurphyDisplay.from_predictions(y, {"_a": p["a"], "": p["b"], "$": 1 - p["a"]})
    texts = [text.get_text() for text in display.ax_[0].get_legend().get_texts()]
    assert texts == [" _a", "''", r"\$", "always the class frequencies"]


@pytest.mark.parametrize("models", [{}, [1], {1: None}])
def test_estimators_have_names(models):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=r"cv_results must be given as a dict|names of models"):
        sx.MurphyDisplay.from_cv_results(models, X, y)


# --- what is drawn ----------------------------------------------------------------------------


def test_the_axis_follows_the_models():
    p = np.tile([0.02, 0.97], 100)
    display = sx.MurphyDisplay.from_predictions([0, 1] * 100, {"a": p, "b": p**2})
    top = display.ax_[0].get_ylim()[1]
    highest = display.curves["loss"].max()
    assert highest < top < 1.2 * highest < display.reference.max()


def test_an_axis_without_any_loss():
    display = sx.MurphyDisplay.from_predictions([0, 1, 1], {"a": [0.0, 1.0, 1.0]})
    assert display.curves["loss"].max() == 0
    assert display.ax_[0].get_ylim() == (0, pytest.approx(1.06 * display.reference.max()))


@pytest.mark.parametrize("high", [False, True])
def test_thresholds_are_where_the_probabilities_are(high):
    p = RNG.uniform(0, 0.04, 500)
    y = (RNG.random(500) < p).astype(int)
    models = {"a": p, "b": p / 2}
    if high:
        y, models = 1 - y, {name: 1 - x for name, x in models.items()}
    display = sx.MurphyDisplay.from_predictions(y, models)
    thresholds = display.curves["threshold"].unique()
    assert len(thresholds) == 99
    assert (np.diff(thresholds) > 0).all()
    ends = (0.9505, 0.9995) if high else (0.0005, 0.0495)
    assert (thresholds[0], thresholds[-1]) == pytest.approx(ends)
    # beyond them every model decides alike
    beyond = 0.94 if high else 0.06
    a, b = (plainly(y, x, beyond) for x in models.values())
    assert (a == b).all()


# --- net benefit ------------------------------------------------------------------------------


def counted(y, p, t, weight=None):
    """The net benefit of Vickers and Elkin (2006), by counting who is treated."""
    treated = p > t
    share = np.average(treated & (y == 1), weights=weight)
    return share - np.average(treated & (y == 0), weights=weight) * t / (1 - t)


def test_net_benefit_is_the_definition():
    y, p = data(500)
    weight = RNG.uniform(0.5, 2, 500)
    display = sx.MurphyDisplay.from_predictions(y, p, sample_weight=weight, scale="net benefit")
    for name in p:
        found = display.curves.query("model == @name").set_index("threshold")["net_benefit"]
        for t in (0.01, 0.2, 0.5, 0.93):
            assert found[t] == pytest.approx(counted(y, p[name], t, weight), abs=1e-12)
    assert "loss" not in display.curves


def test_net_benefit_by_hand():
    """Of ten samples three are treated: two rightly, one as a false alarm."""
    y = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    p = np.array([0.9, 0.8, 0.1, 0.1, 0.7, 0.1, 0.1, 0.1, 0.1, 0.1])
    curves = sx.MurphyDisplay.from_predictions(y, {"m": p}, scale="net benefit").curves
    found = curves.set_index("threshold")["net_benefit"]
    assert found[0.2] == pytest.approx(2 / 10 - 1 / 10 * 0.2 / 0.8)
    assert found[0.6] == pytest.approx(2 / 10 - 1 / 10 * 0.6 / 0.4)


def test_differences_of_net_benefits_are_paired_t():
    y, p = data(300)
    display = sx.MurphyDisplay.from_predictions(y, p, scale="net benefit", confidence_level=0.9)
    row = display.differences.set_index("threshold").loc[0.3]

    def of_each(q):
        return (q > 0.3) * np.where(y == 1, 1.0, -0.3 / 0.7)

    a, b = of_each(p[row["model_a"]]), of_each(p[row["model_b"]])
    interval = stats.ttest_rel(a, b).confidence_interval(0.9)
    assert row["difference"] == pytest.approx((a - b).mean())
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((interval.low, interval.high))


def test_treat_all_and_none_are_drawn():
    y, p = data()
    display = sx.MurphyDisplay.from_predictions(y, p, scale="net benefit")
    lines = {
        text.get_text(): line
        for text, line in zip(
            display.ax_[0].get_legend().get_texts(),
            display.ax_[0].get_legend().get_lines(),
            strict=True,
        )
    }
    assert list(lines)[-2:] == ["treat all", "treat none"]
    thresholds = display.curves["threshold"].unique()
    everyone = [counted(y, np.ones(len(y)), t) for t in thresholds]
    drawn = [line.get_ydata() for line in display.ax_[0].lines]
    assert np.allclose(drawn[0], everyone)
    assert (drawn[1] == 0).all()
    # to predict the class frequencies is to treat all below them, and none above
    assert np.allclose(display.reference, np.maximum(everyone, 0))


def test_net_benefit_says_the_same_as_the_loss():
    y, p = data(2000)
    models = {"noise": RNG.uniform(0, 1, 2000), "good": p["a"]}
    loss = sx.MurphyDisplay.from_predictions(y, models)
    benefit = sx.MurphyDisplay.from_predictions(y, models, scale="net benefit")
    assert loss.dominant == benefit.dominant == "good"
    assert (benefit.differences["difference"] > 0).all()
    clear = [
        (frame["conf_low"] > 0) | (frame["conf_high"] < 0)
        for frame in (loss.differences, benefit.differences)
    ]
    assert clear[0].equals(clear[1])
    assert "above zero: good is better" in benefit.ax_[1].get_title(loc="left")
    assert "higher is better" in benefit.ax_[0].get_ylabel()
    assert "lower is better" in loss.ax_[0].get_ylabel()


def test_net_benefits_without_a_limit_do_not_squeeze_the_picture():
    y, p = data(300)
    bold = (p["a"] > 0.5) * 0.999
    display = sx.MurphyDisplay.from_predictions(y, {"a": p["a"], "bold": bold}, scale="net benefit")
    assert display.curves["net_benefit"].min() < -5
    bottom, top = display.ax_[0].get_ylim()
    assert -0.3 * top < bottom < 0
    assert max(np.abs(display.ax_[1].get_ylim())) <= top - bottom


def test_net_benefit_of_a_comparison():
    y, p = data()
    result = sx.compare_predictions(y, p, losses="mse")
    own = result.plot_murphy(scale="net benefit")
    direct = sx.MurphyDisplay.from_predictions(y, p, scale="net benefit")
    assert own.curves.equals(direct.curves)
    assert own.prevalence == pytest.approx(y.mean())


def test_net_benefit_needs_one_class():
    p = RNG.dirichlet(np.ones(3), 100)
    y = RNG.integers(0, 3, 100)
    with pytest.raises(ValueError, match="net benefits are those of one class; pass pos_label="):
        sx.MurphyDisplay.from_predictions(y, {"m": p}, scale="net benefit")
    one = sx.MurphyDisplay.from_predictions(y, {"m": p}, pos_label=2, scale="net benefit")
    found = one.curves.set_index("threshold")["net_benefit"]
    assert found[0.4] == pytest.approx(counted((y == 2).astype(int), p[:, 2], 0.4))


@pytest.mark.parametrize("scale", ["benefit", None, ["loss"], np.array([1, 2])])
def test_an_unknown_scale(scale):
    with pytest.raises(ValueError, match='scale must be "loss" or "net benefit"; got'):
        sx.MurphyDisplay.from_predictions(*data(), scale=scale)


def test_a_display_of_net_benefits_needs_the_share_of_the_class():
    frames = sx.MurphyDisplay.from_predictions(*data(), scale="net benefit")
    with pytest.raises(ValueError, match="net benefits need prevalence="):
        sx.MurphyDisplay(
            frames.curves, frames.differences, frames.reference, what="rain", scale="net benefit"
        )


def test_models_far_off_leave_the_picture():
    """The best six are in colours, and one that is always wrong would flatten them."""
    y = np.tile([0, 1], 100)
    models = {f"model {i}": np.where(y == 1, 0.9 - i / 50, 0.2 + i / 50) for i in range(6)}
    display = sx.MurphyDisplay.from_predictions(y, {**models, "wrong": 0.95 - 0.9 * y})
    highest = display.curves.groupby("model")["loss"].max()
    top = display.ax_[0].get_ylim()[1]
    assert highest.drop("wrong").max() < top < highest["wrong"]
    texts = [text.get_text() for text in display.ax_[0].get_legend().get_texts()]
    assert "1 more, some beyond" in texts
    every = sx.MurphyDisplay.from_predictions(y, {"a": models["model 0"], "wrong": 0.95 - 0.9 * y})
    assert every.ax_[0].get_ylim()[1] > highest["wrong"]  # in a colour
