import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedKFold, StratifiedKFold, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx
from tests.support.pictures import quietly

RNG = np.random.default_rng(0)


def data(n=300, digits=None):
    p = RNG.uniform(0.01, 0.99, n)
    p = p if digits is None else p.round(digits)
    return (RNG.random(n) < p**2).astype(int), p


def draw(y, p, **options):
    return sx.ReliabilityDisplay.from_predictions(y, p, **{"n_resamples": 0, **options})


@pytest.mark.parametrize("digits", [None, 1])
@pytest.mark.parametrize("weighted", [False, True])
def test_curve_is_the_isotonic_regression_of_scikit_learn(digits, weighted):
    y, p = data(digits=digits)
    weight = RNG.uniform(0, 2, len(y)) if weighted else None
    curve = draw(y, p, sample_weight=weight).curve
    oracle = IsotonicRegression(y_min=0, y_max=1).fit(p, y, sample_weight=weight)
    assert np.allclose(curve["frequency"], oracle.predict(curve["y_proba"]), atol=1e-12)
    # both ends of each step are there, so that the line between them is the whole curve
    between = np.interp(p, curve["y_proba"], curve["frequency"])
    assert np.allclose(between, oracle.predict(p), atol=1e-12)


def test_decomposition_is_that_of_decompose():
    y, p = data()
    parts = draw(y, p).decomposition.iloc[0]
    oracle = sx.decompose("brier_loss", y, p).iloc[0]
    for part in ("score", "miscalibration", "discrimination", "uncertainty"):
        assert parts[part] == pytest.approx(oracle[part], abs=1e-14)


def test_histogram_counts_all():
    y, p = data()
    weight = RNG.uniform(0, 2, len(y))
    histogram = draw(y, p, sample_weight=weight).histogram
    assert histogram["weight"].sum() == pytest.approx(weight.sum())
    first = histogram.iloc[0]
    assert first["weight"] == pytest.approx(weight[p < first["high"]].sum())


def test_band_holds_calibrated_probabilities_and_no_others():
    inside = {1: [], 2: []}
    for _ in range(15):
        p = RNG.uniform(0, 1, 200)
        for power, found in inside.items():
            y = (RNG.random(200) < p**power).astype(int)
            curve = draw(y, p, n_resamples=200, seed=int(RNG.integers(1000))).curve
            plt.close()
            within = curve["frequency"].between(curve["conf_low"], curve["conf_high"])
            found.append(within.mean())
    assert np.mean(inside[1]) > 0.9
    assert np.mean(inside[2]) < 0.5


def test_band_widens_with_the_level():
    y, p = data()
    narrow, wide = (
        draw(y, p, n_resamples=200, confidence_level=level).curve for level in (0.5, 0.95)
    )
    assert (wide["conf_low"] <= narrow["conf_low"]).all()
    assert (wide["conf_high"] >= narrow["conf_high"]).all()
    assert (wide["conf_high"] - wide["conf_low"]).mean() > 1.5 * (
        narrow["conf_high"] - narrow["conf_low"]
    ).mean()


def test_the_seed_decides():
    y, p = data()
    curves = [draw(y, p, n_resamples=20, seed=seed).curve for seed in (1, 1, 2)]
    assert curves[0].equals(curves[1])
    assert not curves[0].equals(curves[2])


def test_rows_have_no_order():
    y, p = data(digits=2)
    order = RNG.permutation(len(y))
    a, b = (
        draw(*rows).curve.drop(columns=["label", "model"])
        for rows in ((y, p), (y[order], p[order]))
    )
    assert np.allclose(a, b, equal_nan=True)


def test_classes_have_panels():
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = y.map(dict(enumerate(["setosa", "versicolor", "virginica"])))
    model = GaussianNB().fit(X, names)
    display = sx.ReliabilityDisplay.from_estimator(model, X, names, n_resamples=0)
    assert display.decomposition["label"].tolist() == ["setosa", "versicolor", "virginica"]
    assert len(display.ax_) == 3
    assert display.ax_[0].get_title(loc="left").startswith("class setosa\nmiscalibration ")
    assert display.ax_[2].get_legend().get_texts()[0].get_text() == "GaussianNB"
    one = sx.ReliabilityDisplay.from_estimator(
        model, X, names, pos_label="virginica", n_resamples=0, name="mine"
    )
    assert one.name == "mine"
    rows = display.curve[display.curve["label"] == "virginica"]
    assert np.allclose(one.curve["frequency"], rows["frequency"])


def test_second_class_of_two():
    y = np.array(["no", "yes", "no", "yes"])
    p = np.array([0.2, 0.7, 0.4, 0.9])
    display = draw(y, p, labels=["no", "yes"])
    assert display.decomposition["label"].tolist() == ["yes"]
    other = draw(y, np.column_stack([1 - p, p]), pos_label="no")
    assert other.decomposition["score"][0] == pytest.approx(display.decomposition["score"][0])


def test_logits():
    y, p = data()
    logits = np.log(p / (1 - p))
    a, b = draw(y, p), draw(y, logits, from_logits=True)
    assert np.allclose(a.curve["frequency"], b.curve["frequency"])


def test_pooled_test_parts_are_those_of_a_comparison():
    X, y = load_breast_cancer(return_X_y=True)
    cv = StratifiedKFold(5)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    results = cross_validate(model, X, y, cv=cv, return_estimator=True, return_indices=True)
    display = sx.ReliabilityDisplay.from_cv_results(results, X, y, n_resamples=0)
    assert display.name == "LogisticRegression"
    compared = sx.compare_models({"m": model}, X, y, cv=cv, losses="mse")
    own = compared.plot_reliability(n_resamples=0)
    assert own.curve.drop(columns="model").equals(display.curve.drop(columns="model"))
    assert own.decomposition["score"][0] == pytest.approx(compared.summary["mean_loss"][0])


def test_repeated_splits_are_refused():
    X, y = load_iris(return_X_y=True)
    cv = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    results = cross_validate(GaussianNB(), X, y, cv=cv, return_estimator=True, return_indices=True)
    with pytest.raises(ValueError, match="cv_results must test each sample once"):
        sx.ReliabilityDisplay.from_cv_results(results, X, y)


def test_places_without_a_class_are_empty():
    p = RNG.dirichlet(np.ones(5), 60)
    display = draw(RNG.integers(0, 5, 60), p)
    panels = [ax for ax in display.figure_.axes if ax.axison]
    assert panels == display.ax_.tolist()
    assert len(panels) == 5
    assert len(display.figure_.axes) == 8


def test_axes_given():
    y, p = data()
    _, ax = plt.subplots()
    assert draw(y, p, ax=ax).ax_.tolist() == [ax]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pos_label": 7}, r"pos_label must be one of the classes \[0, 1\]; got 7"),
        ({"n_resamples": -1}, "n_resamples must be a whole number of at least 0; got -1"),
        ({"n_resamples": 5}, "n_resamples must be 0 or at least 20; got 5"),
        ({"pos_label": [1]}, "pos_label must be one of the classes"),
        ({"pos_label": np.array([1, 0])}, "pos_label must be one of the classes"),
        ({"n_resamples": 1.5}, "n_resamples must be a whole number"),
        ({"seed": "a"}, "seed must be a whole number"),
        ({"confidence_level": 1.0}, "confidence_level must"),
        ({"from_logits": "yes"}, "from_logits must be True or False"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        draw(*data(), **options)


def test_soft_targets_and_many_classes_are_refused():
    p = RNG.dirichlet([1, 1, 1], 20)
    with pytest.raises(ValueError, match="the picture needs class labels"):
        draw(p, p)
    y = np.arange(26).repeat(2)
    p = np.full((52, 26), 1 / 26)
    with pytest.raises(ValueError, match="a diagram of 26 classes cannot be read; pass pos_label="):
        draw(y, p)
    assert len(draw(y, p, pos_label=3).curve) == 1


def test_labels_may_be_tuples():
    y, p = data()
    labels = [("a", 1), ("b", 2)]
    display = draw([labels[i] for i in y], p, labels=labels)
    assert display.decomposition["label"].tolist() == [("b", 2)]
    assert display.curve["frequency"].equals(draw(y, p).curve["frequency"])
    both = draw([labels[i] for i in y], p, labels=labels, pos_label=("b", 2))
    assert both.curve["frequency"].equals(display.curve["frequency"])


def test_groups_have_no_band():
    y, p = data(100)
    groups = np.arange(100) // 5
    result = sx.compare_predictions(y, {"m": p}, groups=groups)
    display = result.plot_reliability()
    assert display.curve["conf_low"].isna().all()
    texts = [text.get_text() for text in display.ax_[0].get_legend().get_texts()]
    assert not any("%" in text for text in texts)


def test_the_level_is_that_of_the_comparison():
    y, p = data()
    result = sx.compare_predictions(y, {"m": p}, confidence_level=0.5, losses="mse")
    own = result.plot_reliability(n_resamples=50)
    assert own.level == 0.5
    assert own.curve.equals(draw(y, p, confidence_level=0.5, n_resamples=50, name="m").curve)
    assert result.plot_reliability(confidence_level=0.9, n_resamples=50).level == 0.9


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_low_precision(dtype):
    p = RNG.dirichlet([1, 1, 1], 300)
    y = RNG.integers(0, 3, 300)
    result = sx.compare_predictions(y, {"m": p.astype(dtype)})
    assert "Calibration" in result.to_html()
    assert len(result.plot_reliability(n_resamples=0).ax_) == 3
    assert result.plot_murphy().curves["loss"].notna().all()


def test_huge_weights():
    y, p = data(50)
    plain, huge = draw(y, p), draw(y, p, sample_weight=np.full(50, 1e99))
    assert np.allclose(plain.curve["frequency"], huge.curve["frequency"])
    assert huge.histogram["weight"].sum() == pytest.approx(50e99)


def test_one_axes_for_several_classes_is_divided():
    _, ax = plt.subplots(layout="constrained")
    p = RNG.dirichlet([1, 1, 1], 60)
    display = draw(RNG.integers(0, 3, 60), p, ax=ax)
    assert len(display.ax_) == 3
    assert not ax.axison


# --- several models ---------------------------------------------------------------------------


def two_models(n=300):
    y, p = data(n)
    return quietly(sx.compare_predictions, y, {"high": p, "good": p**2}, losses="mse")


def test_several_models_share_a_panel():
    result = two_models()
    both = result.plot_reliability(["high", "good"], n_resamples=20)
    assert len(both.ax_) == 1
    assert both.name is None
    texts = [text.get_text() for text in both.ax_[0].get_legend().get_texts()]
    assert texts[:3] == ["high", "good", "calibrated"]
    assert both.ax_[0].get_title(loc="left") == "class 1"
    for name in ("high", "good"):
        alone = result.plot_reliability(name, n_resamples=20)
        assert alone.name == name
        for frame in ("curve", "decomposition"):
            of_model = getattr(both, frame).query("model == @name").reset_index(drop=True)
            assert of_model.equals(getattr(alone, frame))


def test_a_curve_is_thick_where_it_leaves_its_band():
    both = two_models(2000).plot_reliability(["high", "good"], n_resamples=50)
    curve = both.curve
    outside = ~curve["frequency"].between(curve["conf_low"], curve["conf_high"])
    thick = [
        line for line in both.ax_[0].lines if line.get_linewidth() > 3 and len(line.get_xdata())
    ]
    for line, name in zip(thick, ("high", "good"), strict=True):
        drawn = np.isfinite(line.get_ydata())
        assert (drawn == outside[curve["model"] == name]).all()
    assert np.isfinite(thick[0].get_ydata()).mean() > 0.5
    assert np.isfinite(thick[1].get_ydata()).mean() < 0.2


def test_several_models_of_several_classes():
    p = RNG.dirichlet([1, 1, 1], 200)
    y = (RNG.random((200, 1)) > p.cumsum(axis=1)).sum(axis=1)
    result = quietly(
        sx.compare_predictions, y, {"a": p, "b": p**2 / (p**2).sum(axis=1, keepdims=True)}
    )
    display = result.plot_reliability(["a", "b"], n_resamples=0)
    assert [ax.get_title(loc="left") for ax in display.ax_] == ["class 0", "class 1", "class 2"]
    assert display.decomposition[["label", "model"]].to_numpy().tolist() == [
        [label, model] for label in (0, 1, 2) for model in "ab"
    ]
    assert sum(ax.get_legend() is not None for ax in display.ax_) == 1


def test_the_best_is_drawn_by_default():
    assert two_models().plot_reliability(n_resamples=0).name == "good"


def test_too_many_models_are_refused():
    y, p = data(100)
    result = quietly(sx.compare_predictions, y, {f"m{i}": p ** (1 + i / 10) for i in range(7)})
    names = [f"m{i}" for i in range(7)]
    with pytest.raises(ValueError, match="a diagram of 7 models cannot be read; name at most 6"):
        result.plot_reliability(names, n_resamples=0)
    assert len(result.plot_reliability(names[:6], n_resamples=0).ax_[0].get_legend().texts) == 8


@pytest.mark.parametrize("model", ["c", ["high", "c"], [], [1], 1])
def test_unknown_models_are_refused(model):
    with pytest.raises(ValueError, match="models must be among"):
        two_models().plot_reliability(model, n_resamples=0)


# --- where the probabilities are --------------------------------------------------------------


@pytest.mark.parametrize("common", [False, True])
def test_a_rare_class_is_shown_where_its_probabilities_are(common):
    p = RNG.beta(1, 80, 5000).clip(0, 0.09)
    y = (RNG.random(5000) < p).astype(int)
    display = draw(1 - y, 1 - p) if common else draw(y, p)
    bins, ax = display.histogram, display.ax_[0]
    assert bins["weight"].sum() == 5000
    limits = (0.9, 1.0) if common else (0.0, 0.1)
    assert (bins["low"].min(), bins["high"].max()) == pytest.approx(limits)
    assert ax.get_xlim() == pytest.approx((limits[0] - 0.002, limits[1] + 0.002))
    assert ax.get_aspect() == 1
    assert (ax.get_xticks() == ax.get_yticks()).all()


def test_probabilities_on_both_sides_are_shown_from_0_to_1():
    y, p = data()
    bins = draw(y, 0.3 + 0.4 * p).histogram
    assert (bins["low"].min(), bins["high"].max()) == (0, 1)


def test_a_panel_has_room_for_recalibrated_probabilities():
    """Probabilities that are far too low: the curve, not only the predictions, is in view."""
    y, p = data()
    bins = draw(y, p / 20).histogram
    assert bins["high"].max() == 1


def test_a_curve_that_leaves_has_an_arrow():
    p = np.repeat([0.01, 0.02, 0.03], [500, 490, 10])
    y = np.concatenate([np.arange(500) % 100 == 0, np.arange(490) % 50 == 0, np.ones(10)])
    display = draw(y.astype(int), p)
    assert display.curve["frequency"].tolist() == pytest.approx([0.01, 10 / 490, 1])
    ax = display.ax_[0]
    [arrow] = [line for line in ax.lines if line.get_marker() == "^"]
    x, top = arrow.get_xydata()[0]
    assert top == ax.get_ylim()[1]
    assert x == pytest.approx(0.02 + 0.01 * (top - 10 / 490) / (1 - 10 / 490))  # on the line
    assert [text.get_text() for text in ax.texts] == ["to 1"]
    other = draw(1 - y.astype(int), 1 - p).ax_[0]
    [arrow] = [line for line in other.lines if line.get_marker() == "v"]
    assert arrow.get_xydata()[0][0] == pytest.approx(1 - x)
    assert [text.get_text() for text in other.texts] == ["to 0"]
