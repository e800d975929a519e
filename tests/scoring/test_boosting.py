import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, make_classification
from sklearn.model_selection import cross_val_score

import sklearn_xent as sx
from tests.support.own_losses import linear_function, linear_gradient, spherical

RNG = np.random.default_rng(0)
X, Y = load_iris(return_X_y=True)
THREE = make_classification(300, 6, n_informative=5, n_redundant=0, n_classes=3, random_state=0)
TWO = make_classification(300, 6, n_informative=5, n_redundant=0, n_classes=2, random_state=0)


@pytest.mark.parametrize(("library", "factor"), [("xgboost", 2.0), ("lightgbm", 1.5)])
def test_objective_is_gradient_and_scaled_curvature(library, factor):
    logits, codes = RNG.normal(0, 3, (20, 3)), RNG.integers(0, 3, 20)
    loss = sx.get_loss("mse")
    gradient, hessian = sx.objective("mse", library=library)(codes.astype(np.float32), logits)
    np.testing.assert_array_equal(gradient, loss.gradient(codes, logits))
    np.testing.assert_allclose(hessian, factor * loss.curvature(codes, logits), rtol=1e-14)
    assert (hessian > 0).all()


def test_objective_weighs_both_derivatives():
    for logits in (RNG.normal(0, 3, 20), RNG.normal(0, 3, (20, 3))):
        weight, codes = RNG.random(20), RNG.integers(0, 2, 20)
        plain = sx.objective("xent")(codes, logits)
        weighted = sx.objective("xent")(codes, logits, sample_weight=weight)
        for a, b in zip(plain, weighted, strict=True):
            np.testing.assert_allclose(a * weight.reshape(-1, *[1] * (a.ndim - 1)), b, rtol=1e-14)


def test_hessian_stays_positive_where_it_vanishes():
    _, hessian = sx.objective("mse")([0, 1], [1000.0, -1000.0])
    np.testing.assert_array_equal(hessian, [1e-16, 1e-16])


def test_what_has_no_derivative_is_refused():
    with pytest.raises(TypeError, match="classification_error is flat almost everywhere"):
        sx.objective("error")
    with pytest.raises(TypeError, match="spherical lacks a derivative"):
        sx.objective(spherical)


def test_bad_arguments():
    with pytest.raises(ValueError, match="library must be among xgboost, lightgbm; got 'catboost'"):
        sx.objective("xent", library="catboost")
    with pytest.raises(ValueError, match="from_logits must be True or False"):
        sx.eval_metric("xent", from_logits=1)
    for bad, row in (([0, 0.5], 1), (["a", "b"], 0), ([1, np.nan], 1), ([0, 2], 1), ([-1, 0], 0)):
        for hook in (sx.objective("xent"), sx.eval_metric("xent")):
            with pytest.raises(ValueError, match=f"must hold class codes 0..1.* in row {row}"):
                hook(bad, [0.0, 0.0])
    for hook in (sx.objective("xent"), sx.eval_metric("xent")):
        with pytest.raises(ValueError, match="masked values"):
            hook(np.ma.masked_array([0, 1], [0, 1]), [0.0, 0.0])
        with pytest.raises(ValueError, match="y_pred must be of shape"):
            hook([0, 1], 0.5)
        for weight in ([1, -1], [1, np.nan], [[1], [1]], [None, None], ["a", "b"], 5.0):
            with pytest.raises(ValueError, match="sample_weight"):
                hook([0, 1], [0.1, 0.2], weight)
        with pytest.raises(ValueError, match="as many rows"):
            hook([0, 1], [0.1, 0.2], [5])


def test_the_native_interfaces_are_told_apart():
    class DMatrix:
        def get_label(self):
            return []

    for hook in (sx.objective("xent"), sx.eval_metric("xent")):
        with pytest.raises(TypeError, match="for the scikit-learn classes"):
            hook([0, 1], DMatrix())


def test_own_curvature_is_enough():
    loss = sx.Loss(
        name="own", title="Own", function=linear_function,
        gradient_function=linear_gradient, curvature_function=lambda y, p: p + 1,
    )  # fmt: skip
    _, hessian = sx.objective(loss)([0, 1], [0.0, 0.0])
    np.testing.assert_array_equal(hessian, [1.5, 1.5])


@pytest.mark.parametrize("out", [lambda p: p[:, 0], lambda p: p * np.nan, lambda p: ["a"]])
def test_bad_derivatives_are_told(out):
    loss = sx.Loss(
        name="own", title="Own", function=lambda y, p: 1 - p[np.arange(len(y)), y],
        gradient_function=lambda y, p: out(p), hessian_function=lambda y, p: p,
    )  # fmt: skip
    with pytest.raises(ValueError, match="the gradient_function of loss own must return finite"):
        sx.objective(loss)([0, 1], [0.0, 0.0])


def test_eval_metric_knows_the_classes_that_a_set_lacks():
    proba = [[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]]
    metric = sx.eval_metric("xent")
    expected = sx.cross_entropy([1, 1], proba, labels=[0, 1, 2])
    assert metric(np.array([1.0, 1.0]), proba) == pytest.approx(expected)
    assert metric.__name__ == "cross_entropy"
    logits = sx.eval_metric("mse", from_logits=True, library="lightgbm")([1, 1], np.log(proba))
    assert logits == (
        "brier_loss",
        pytest.approx(sx.brier_loss([1, 1], proba, labels=range(3))),
        False,
    )


@pytest.mark.parametrize("hook", [sx.objective("mse"), sx.eval_metric("xent", eps=0.1)])
def test_hooks_survive_pickle_and_copy(hook):
    assert pickle.loads(pickle.dumps(hook)) == copy.deepcopy(hook) == hook


# --- against the libraries themselves -------------------------------------------------------


def xgboost_models(n_classes, **options):
    xgboost = pytest.importorskip("xgboost", reason="XGBoost is a test-time extra")
    base, built_in = (0.5, "binary:logistic") if n_classes == 2 else ([0.5] * 3, "multi:softprob")
    return [
        xgboost.XGBClassifier(
            n_estimators=10, max_depth=3, base_score=base, objective=objective, n_jobs=1, **options
        )
        for objective in (built_in, sx.objective("xent"))
    ]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n_classes", "data"), [(2, TWO), (3, THREE)])
def test_cross_entropy_grows_the_trees_of_xgboost(n_classes, data, weighted):
    built_in, ours = xgboost_models(n_classes)
    weight = RNG.random(300) if weighted else None
    for model in (built_in, ours):
        model.fit(*data, sample_weight=weight)
    theirs, own = (model.get_booster().trees_to_dataframe() for model in (built_in, ours))
    np.testing.assert_array_equal(theirs["Feature"], own["Feature"])
    np.testing.assert_allclose(theirs["Split"], own["Split"], rtol=1e-6)
    np.testing.assert_allclose(theirs["Gain"], own["Gain"], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(
        built_in.predict_proba(data[0]), ours.predict_proba(data[0]), atol=1e-5
    )


def lightgbm_models(n_classes, **options):
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is a test-time extra")
    built_in = "binary" if n_classes == 2 else "multiclass"
    return [
        lightgbm.LGBMClassifier(
            n_estimators=10, boost_from_average=False, objective=objective, n_jobs=1,
            verbosity=-1, deterministic=True, force_row_wise=True, **options,
        )
        for objective in (built_in, sx.objective("xent", library="lightgbm"))
    ]  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n_classes", "data"), [(2, TWO), (3, THREE)])
def test_cross_entropy_grows_the_trees_of_lightgbm(n_classes, data, weighted):
    built_in, ours = lightgbm_models(n_classes)
    weight = RNG.random(300) if weighted else None
    for model in (built_in, ours):
        model.fit(*data, sample_weight=weight)
    theirs, own = (model.booster_.trees_to_dataframe() for model in (built_in, ours))
    pd.testing.assert_series_equal(theirs["split_feature"], own["split_feature"])
    np.testing.assert_allclose(theirs["threshold"], own["threshold"], rtol=1e-6)
    np.testing.assert_allclose(
        built_in.predict_proba(data[0], raw_score=True), ours.predict(data[0], raw_score=True),
        atol=1e-5,
    )  # fmt: skip


@pytest.mark.parametrize(("n_classes", "data"), [(2, TWO), (3, THREE)])
def test_brier_objective_lowers_the_brier_loss(n_classes, data):
    xgboost = pytest.importorskip("xgboost", reason="XGBoost is a test-time extra")
    model = xgboost.XGBClassifier(
        n_estimators=30, max_depth=3, objective=sx.objective("mse"), n_jobs=1,
        eval_metric=sx.eval_metric("mse", from_logits=True),
    )  # fmt: skip
    model.fit(*data, eval_set=[data], verbose=False)
    history = model.evals_result()["validation_0"]["brier_loss"]
    assert history[-1] < 0.4 * history[0]
    assert history[-1] == pytest.approx(
        sx.brier_loss(data[1], model.predict_proba(data[0])), rel=1e-4
    )


@pytest.mark.parametrize(("n_classes", "data"), [(2, TWO), (3, THREE)])
def test_metric_agrees_with_the_libraries_own(n_classes, data):
    xgboost = pytest.importorskip("xgboost", reason="XGBoost is a test-time extra")
    name = "logloss" if n_classes == 2 else "mlogloss"
    histories = []
    for metric in (name, sx.eval_metric("xent"), sx.cross_entropy):
        model = xgboost.XGBClassifier(n_estimators=5, eval_metric=metric, n_jobs=1)
        model.fit(*data, eval_set=[data], verbose=False)
        histories.append(next(iter(model.evals_result()["validation_0"].values())))
    np.testing.assert_allclose(histories[0], histories[1], rtol=1e-5)
    np.testing.assert_allclose(histories[0], histories[2], rtol=1e-5)


@pytest.mark.parametrize(("n_classes", "data"), [(2, TWO), (3, THREE)])
def test_lightgbm_evaluates_and_scores_raw_scores(n_classes, data):
    built_in, ours = lightgbm_models(n_classes)
    name = "binary_logloss" if n_classes == 2 else "multi_logloss"
    histories = []
    for model, from_logits in ((built_in, False), (ours, True)):
        metric = sx.eval_metric("xent", library="lightgbm", from_logits=from_logits)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # eval_set is deprecated in favour of newer names
            model.fit(*data, eval_set=[data], eval_metric=metric)
        histories.append(next(iter(model.evals_result_.values())))
    np.testing.assert_allclose(histories[0]["cross_entropy"], histories[0][name], rtol=1e-5)
    np.testing.assert_allclose(
        histories[1]["cross_entropy"], histories[0]["cross_entropy"], rtol=1e-5
    )
    scorer = sx.LossScorer("xent", from_logits=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # predict_proba returns raw scores, it says
        scores = cross_val_score(ours, *data, scoring=scorer, cv=3)
    assert (scores > -0.8).all()
