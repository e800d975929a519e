import warnings

import numpy as np
import pandas as pd
import pytest
from own_loss import ranked
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    KFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx

X, Y = load_iris(return_X_y=True)
MODELS = {"logistic": LogisticRegression(max_iter=1000), "bayes": GaussianNB()}
FOLDS = StratifiedKFold(5, shuffle=True, random_state=1)


def test_out_of_fold_losses_are_those_of_cross_val_predict():
    comparison = sx.compare_models(MODELS, X, Y, cv=FOLDS)
    predictions = {
        name: cross_val_predict(model, X, Y, cv=FOLDS, method="predict_proba")
        for name, model in MODELS.items()
    }
    direct = sx.compare_predictions(Y, predictions)
    numbers = comparison.summary.select_dtypes("number").columns
    pd.testing.assert_frame_equal(comparison.summary[numbers], direct.summary[numbers])
    pd.testing.assert_frame_equal(comparison.sample_losses, direct.sample_losses)
    assert comparison.differences["n_splits"].unique().tolist() == [5]
    estimand = comparison.summary["estimand"][0]
    assert estimand == "mean loss of the 5 fitted models on new samples, averaged over the splits"


def test_default_is_ten_fixed_stratified_folds():
    first, second = (sx.compare_models(MODELS, X, Y, losses="mse") for _ in range(2))
    pd.testing.assert_frame_equal(first.summary, second.summary)
    assert first.differences["n_splits"][0] == 10


def test_parallel_gives_the_same():
    one, two = (sx.compare_models(MODELS, X, Y, cv=FOLDS, n_jobs=n) for n in (1, 2))
    pd.testing.assert_frame_equal(one.summary, two.summary)
    pd.testing.assert_frame_equal(one.differences, two.differences)


@pytest.mark.parametrize(
    "splitter", [KFold(3, shuffle=True, random_state=0), 3, TimeSeriesSplit(3)]
)
def test_any_splitter_that_tests_once(splitter):
    shuffled = np.random.default_rng(0).permutation(150)
    comparison = sx.compare_models(MODELS, X[shuffled], Y[shuffled], cv=splitter, losses="mse")
    assert np.isfinite(comparison.summary["mean_loss"]).all()
    assert comparison.differences["n_splits"][0] == 3


def test_frames_and_string_labels_keep_their_index():
    frame = pd.DataFrame(X, index=[f"row {i}" for i in range(150)])
    target = pd.Series(np.array(["a", "b", "c"])[Y], index=frame.index)
    comparison = sx.compare_models(MODELS, frame, target, cv=FOLDS, losses="mse")
    plain = sx.compare_models(MODELS, X, Y, cv=FOLDS, losses="mse")
    np.testing.assert_allclose(
        comparison.summary["mean_loss"], plain.summary["mean_loss"], rtol=1e-12
    )
    assert comparison.sample_losses["sample"][:150].tolist() == list(frame.index)


def test_one_split_is_a_test_set():
    comparison = sx.compare_models(MODELS, X, Y, cv=ShuffleSplit(1, random_state=0), losses=["mse"])
    assert comparison.summary["n_obs"].tolist() == [15, 15]
    assert len(comparison.sample_losses["sample"].unique()) == 15


@pytest.mark.parametrize("cv", [RepeatedStratifiedKFold(n_splits=3, n_repeats=2), ShuffleSplit(5)])
def test_samples_tested_twice_are_refused(cv):
    with pytest.raises(ValueError, match="must test no sample twice"):
        sx.compare_models(MODELS, X, Y, cv=cv)


def test_class_missing_from_training():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        comparison = sx.compare_models(MODELS, X, Y, cv=KFold(3))
    assert {w.category for w in caught} == {sx.UnseenClassWarning, sx.DegenerateDifferenceWarning}
    assert "in some splits the models were not trained on 3 of" in str(caught[0].message)
    error = comparison.summary.query("loss == 'classification_error'")
    assert (error["mean_loss"] == 1.0).all()
    assert (comparison.summary["n_zero_probability"] == 150).all()


def test_ordered_losses_get_the_order_of_labels():
    grades = np.array(["low", "mid", "high"])
    by_name = sx.compare_models(MODELS, X, grades[Y], cv=FOLDS, losses=ranked, labels=grades)
    by_number = sx.compare_models(MODELS, X, Y, cv=FOLDS, losses=ranked)
    numbers = by_number.summary.select_dtypes("number").columns
    # the fit depends a little on the order in which an estimator sorts its classes
    pd.testing.assert_frame_equal(by_name.summary[numbers], by_number.summary[numbers], rtol=1e-3)


def test_index_of_data_and_target_must_agree():
    frame = pd.DataFrame(X)
    with pytest.raises(ValueError, match="X and y have the same index in another order"):
        sx.compare_models(MODELS, frame, pd.Series(Y).sample(frac=1, random_state=0))


def test_masks_and_negative_rows_are_rows():
    mask = np.arange(150) % 2 == 0
    by_mask = sx.compare_models(MODELS, X, Y, cv=[(mask, ~mask)], losses="mse")
    by_row = sx.compare_models(
        MODELS, X, Y, cv=[(np.flatnonzero(mask), np.flatnonzero(~mask) - 150)], losses="mse"
    )
    pd.testing.assert_frame_equal(by_mask.summary, by_row.summary)


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        ([], "at least one split"),
        ([(np.arange(100), [])], "each with training and test samples"),
        ([(np.arange(100), [500])], "rows of the 150 samples"),
        ([(np.arange(100), [149, -1])], "must test no sample twice"),
        ([(np.arange(100), np.arange(50, 150))], "must not test samples that it trains on"),
        ([(5, [1])], "vectors of rows"),
    ],
)
def test_bad_splits(cv, message):
    with pytest.raises(ValueError, match=message):
        sx.compare_models(MODELS, X, Y, cv=cv)


def test_a_column_of_labels():
    column = sx.compare_models(MODELS, X, pd.DataFrame({"y": Y}), cv=FOLDS, losses="mse")
    vector = sx.compare_models(MODELS, X, Y, cv=FOLDS, losses="mse")
    pd.testing.assert_frame_equal(column.summary, vector.summary)


def test_unseen_classes_are_counted_for_each_model():
    class Forgetful(GaussianNB):
        def fit(self, X, y):
            return super().fit(X[y < 2], y[y < 2])

    models = {"forgetful": Forgetful(), "bayes": GaussianNB()}
    for names in (list(models), list(models)[::-1]):
        with pytest.warns(sx.UnseenClassWarning, match=r"2 \(50 of the samples\)"):
            summary = sx.compare_models({n: models[n] for n in names}, X, Y).summary
        counts = summary.groupby("model")["n_zero_probability"].first()
        assert counts["forgetful"] == 50
        assert counts["bayes"] == 0


def test_errors_name_the_model():
    class Broken(GaussianNB):
        def fit(self, X, y):
            raise RuntimeError("no")

    with pytest.raises(RuntimeError) as caught:
        sx.compare_models({"good": GaussianNB(), "bad": Broken()}, X, Y)
    assert caught.value.__notes__ == ["This was models['bad'], trained on 135 samples."]


def test_estimators_are_not_fitted_in_place():
    models = {name: clone(model) for name, model in MODELS.items()}
    sx.compare_models(models, X, Y, cv=FOLDS, losses="mse")
    assert not any(hasattr(model, "classes_") for model in models.values())


def test_zero_probabilities_warn_by_model():
    models = {"certain": DummyClassifier(strategy="most_frequent"), "bayes": GaussianNB()}
    with pytest.warns(sx.ZeroProbabilityWarning, match="^certain: 100 of 150") as caught:
        sx.compare_models(models, X, Y, cv=FOLDS)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(150, int), r"must hold at least two classes; got \[0\]"),
        (np.eye(3)[Y], "must be a vector of class labels"),
        (np.where(np.arange(150) == 3, None, Y), "labels are missing"),
    ],
)
def test_bad_targets(y, message):
    with pytest.raises(ValueError, match=message):
        sx.compare_models(MODELS, X, y)


def test_estimator_without_probabilities_says_so():
    from sklearn.svm import LinearSVC

    with pytest.raises(AttributeError, match="CalibratedClassifierCV"):
        sx.compare_models({"svc": LinearSVC()}, X, Y)
