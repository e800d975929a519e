import typing
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import stats
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    check_cv,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx
from sklearn_xent.inference.paired_tests import corrected_t, holm
from sklearn_xent.scoring.estimators import as_rows
from tests.support.own_losses import ranked

# the data are small on purpose
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning")

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


@pytest.mark.parametrize(
    ("cv", "repeats"),
    [(RepeatedStratifiedKFold(n_splits=3, n_repeats=4, random_state=0), 4),
     (ShuffleSplit(6, random_state=0), 1)],
)  # fmt: skip
def test_samples_tested_twice_are_compared_by_split(cv, repeats):
    comparison = sx.compare_models(MODELS, X, Y, cv=cv, losses="mse")
    splits = list(cv.split(X, Y))
    of_splits = {
        name: [
            sx.brier_loss(Y[test], clone(model).fit(X[train], Y[train]).predict_proba(X[test]),
                          labels=[0, 1, 2])
            for train, test in splits
        ]
        for name, model in MODELS.items()
    }  # fmt: skip
    d = np.subtract(of_splits["logistic"], of_splits["bayes"])
    ratio = np.mean([len(test) / len(train) for train, test in splits])
    std_error = d.std(ddof=1) * np.sqrt(1 / len(d) + ratio)
    row = comparison.differences.iloc[0]
    assert row["method"] == "corrected paired t (Nadeau-Bengio)"
    assert row["estimand"].endswith("models trained on samples of this size")
    assert (row["n_splits"], row["n_repeats"], row["df"]) == (len(splits), repeats, len(d) - 1)
    assert row["difference"] == pytest.approx(d.mean())
    assert row["std_error"] == pytest.approx(std_error)
    assert row["pvalue"] == pytest.approx(2 * stats.t.sf(abs(d.mean()) / std_error, len(d) - 1))
    summary = comparison.summary
    assert summary["mean_loss"].tolist() == [pytest.approx(np.mean(x)) for x in of_splits.values()]
    frame = comparison.split_losses
    assert frame.query("model == 'bayes'")["mean_loss"].tolist() == pytest.approx(
        of_splits["bayes"]
    )


def test_split_losses_are_beside_the_pooled_mean():
    comparison = sx.compare_models(MODELS, X[:148], Y[:148], cv=FOLDS, losses="mse")
    frame = comparison.split_losses
    assert list(frame) == ["split", "loss", "model", "n_obs", "mean_loss"]
    assert len(frame) == 2 * 5
    for name, of_model in frame.groupby("model"):
        pooled = np.average(of_model["mean_loss"], weights=of_model["n_obs"])
        row = comparison.summary[comparison.summary["model"] == name].iloc[0]
        assert row["mean_loss"] == pytest.approx(pooled)


def test_groups_go_to_the_splitter_and_the_intervals():
    groups = np.arange(150) // 5
    comparison = sx.compare_models(MODELS, X, Y, groups=groups, losses="mse")
    row = comparison.differences.iloc[0]
    assert (row["n_groups"], row["method"], row["df"]) == (30, "cluster-robust paired t", 29)
    losses = comparison.sample_losses.pivot_table(index="sample", columns="model", values="value")
    d = (losses["logistic"] - losses["bayes"]).to_numpy()
    sums = np.bincount(groups, weights=d - d.mean())
    assert row["std_error"] == pytest.approx(np.sqrt((sums**2).sum() * 30 / 29) / 150)
    grouped = GroupKFold(3)
    given = sx.compare_models(MODELS, X, Y, cv=grouped, groups=groups, losses="mse")
    listed = sx.compare_models(
        MODELS, X, Y, cv=list(grouped.split(X, Y, groups)), groups=groups, losses="mse"
    )
    pd.testing.assert_frame_equal(given.differences, listed.differences)
    with pytest.raises(ValueError, match=r"cv puts samples of \d+ groups into the training and"):
        sx.compare_models(MODELS, X, Y, cv=KFold(5, shuffle=True, random_state=0), groups=groups)


def test_few_groups_make_fewer_folds():
    comparison = sx.compare_models(MODELS, X, Y, groups=np.arange(150) % 3, losses="mse")
    assert comparison.differences["n_splits"][0] == 3


class Recording(GaussianNB):
    seen: typing.ClassVar = []

    def fit(self, X, y, sample_weight=None):
        Recording.seen.append(sample_weight)
        return super().fit(X, y, sample_weight)


def test_params_reach_fit_row_by_row():
    weight = np.arange(1.0, 151.0)
    Recording.seen.clear()
    models = {"weighted": Recording()}
    got = sx.compare_models(models, X, Y, cv=FOLDS, losses="mse", params={"sample_weight": weight})
    for (train, _), seen in zip(FOLDS.split(X, Y), Recording.seen, strict=True):
        np.testing.assert_array_equal(seen, weight[train])
    Recording.seen.clear()
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(Recording().set_fit_request(sample_weight=True))
        routed = sx.compare_models(
            {"weighted": pipeline}, X, Y, cv=FOLDS, losses="mse", params={"sample_weight": weight}
        )
    assert len(Recording.seen) == 5
    pd.testing.assert_frame_equal(got.summary, routed.summary)


def test_sample_weight_is_of_the_losses():
    weight = np.random.default_rng(0).random(150)
    comparison = sx.compare_models(MODELS, X, Y, cv=FOLDS, losses="mse", sample_weight=weight)
    plain = sx.compare_models(MODELS, X, Y, cv=FOLDS, losses="mse")
    values = plain.sample_losses.query("model == 'bayes'")["value"]
    assert comparison.summary["mean_loss"][1] == pytest.approx(np.average(values, weights=weight))


def test_response_method():
    models = {"svc": SVC(), "linear": LogisticRegression(max_iter=1000)}
    with pytest.warns(sx.FailedModelWarning, match="SVC has no predict_proba"):
        sx.compare_models(models, X, Y, cv=FOLDS, losses="mse")
    margins = sx.compare_models(
        models, X, Y, cv=FOLDS, losses="xent", response_method="decision_function"
    )
    direct = sx.compare_models(MODELS, X, Y, cv=FOLDS, losses="xent")
    assert margins.summary["mean_loss"][1] == pytest.approx(direct.summary["mean_loss"][0])


class Broken(GaussianNB):
    def fit(self, X, y):
        raise RuntimeError("no\nway")


def test_a_failing_model_costs_only_its_own_rows():
    models = {"bad": Broken(), **MODELS}
    with pytest.warns(sx.FailedModelWarning, match=r"models\['bad'\] failed with .*no way"):
        comparison = sx.compare_models(models, X, Y, cv=FOLDS, losses=["mse", "xent"])
    plain = sx.compare_models(MODELS, X, Y, cv=FOLDS, losses=["mse", "xent"])
    pd.testing.assert_frame_equal(comparison.differences, plain.differences)
    failed = comparison.summary.query("model == 'bad'")
    assert failed["mean_loss"].isna().all()
    assert failed["method"].tolist() == [""] * 2
    assert failed["status"].tolist() == ["failed"] * 2
    assert failed["reason"].tolist() == ["RuntimeError in 5 of 5 splits: no way"] * 2
    assert (failed["rank"] == 3).all()
    assert (failed["n_obs"] == 0).all()
    rest = comparison.summary.query("model != 'bad'").reset_index(drop=True)
    assert comparison.summary["may_be_best"].isna().sum() == 2
    pd.testing.assert_frame_equal(rest.astype(plain.summary.dtypes), plain.summary)
    assert "bad failed: RuntimeError in 5 of 5 splits: no way." in comparison.headlines()[0]
    assert comparison.winner()["model"].tolist() == plain.winner()["model"].tolist()


def test_error_score():
    with pytest.raises(RuntimeError) as caught:
        sx.compare_models({"good": GaussianNB(), "bad": Broken()}, X, Y, error_score="raise")
    assert caught.value.__notes__ == ["This was models['bad'], trained on 135 samples."]
    with pytest.raises(RuntimeError):  # of all that fail, the first is raised
        sx.compare_models({"bad": Broken(), "worse": Broken()}, X, Y)
    with pytest.raises(ValueError, match='error_score must be "raise" or nan; got 0'):
        sx.compare_models(MODELS, X, Y, error_score=0)


def test_progress_is_shown(capsys):
    quiet = sx.compare_models(MODELS, X, Y, cv=FOLDS, losses="mse")
    assert capsys.readouterr().err == ""
    shown = sx.compare_models(MODELS, X, Y, cv=FOLDS, losses="mse", progress=True, n_jobs=2)
    assert "compare_models" in capsys.readouterr().err
    pd.testing.assert_frame_equal(quiet.differences, shown.differences)


def test_class_missing_from_training():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        comparison = sx.compare_models(MODELS, X, Y, cv=KFold(3))
    assert {w.category for w in caught} - {sx.LeverageWarning, sx.FittedModelsWarning} == {
        sx.UnseenClassWarning,
    }
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
        ([(np.arange(100), [149, -1])], "must not test a sample twice in one split"),
        ([(np.arange(100), np.arange(50, 150))], "must not test samples that it trains on"),
        ([(5, [1])], "each a list of row numbers or a mask; split 0 is"),
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


def test_estimators_are_not_fitted_in_place():
    models = {name: clone(model) for name, model in MODELS.items()}
    sx.compare_models(models, X, Y, cv=FOLDS, losses="mse")
    assert not any(hasattr(model, "classes_") for model in models.values())


def test_zero_probabilities_warn_by_model():
    models = {"certain": DummyClassifier(strategy="most_frequent"), "bayes": GaussianNB()}
    with pytest.warns(
        sx.ZeroProbabilityWarning, match=r"'certain' \(100\), of 150 samples"
    ) as caught:
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


def test_repeats_are_no_new_samples():
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    comparison = sx.compare_models(MODELS, X, Y, cv=cv, losses="mse")
    for ask in (comparison.plot_reliability, comparison.plot_murphy):
        with pytest.raises(ValueError, match="needs each sample tested once"):
            ask()
    with pytest.raises(ValueError, match="method='bootstrap_t' needs each sample tested once"):
        sx.compare_models(MODELS, X, Y, cv=cv, losses="mse", method="bootstrap_t")


@pytest.mark.parametrize(
    "cv",
    [RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0),
     ShuffleSplit(6, test_size=0.25, random_state=3)],
)  # fmt: skip
def test_label_leverage_of_overlapping_splits_bounds_that_of_a_flipped_label(cv):
    class Memory(GaussianNB):
        """Predicts from a fixed table, so that a label can change without the model."""

        def fit(self, X, y):
            self.classes_ = np.array([0, 1])
            return self

        def predict_proba(self, X):
            return np.column_stack([1 - X[:, self.column], X[:, self.column]])

    rng = np.random.default_rng(0)
    table, y = rng.uniform(0.05, 0.95, (40, 2)), rng.integers(0, 2, 40)
    a, b = type("A", (Memory,), {"column": 0})(), type("B", (Memory,), {"column": 1})()
    splits = list(cv.split(table, y))
    row = sx.compare_models({"a": a, "b": b}, table, y, cv=splits, losses="xent").differences.iloc[
        0
    ]
    half = (row["conf_high"] - row["conf_low"]) / 2

    def difference(labels):
        loss = [
            [sx.cross_entropy(labels[test], table[test, j], labels=[0, 1]) for j in (0, 1)]
            for _, test in splits
        ]
        return np.mean(np.diff(loss))

    moved = [
        abs(difference(np.where(np.arange(40) == i, 1 - y, y)) - difference(y)) for i in range(40)
    ]
    exact = max(moved) / half
    assert exact <= row["label_leverage"] * (1 + 1e-9) <= 2.5 * exact


def test_slices_after_a_part_was_tested():
    comparison = sx.compare_models(MODELS, X, Y, cv=ShuffleSplit(1, random_state=0), losses="mse")
    frame = comparison.by(np.where(np.arange(150) < 75, "first", "second"))
    assert frame["n_obs"].sum() == 2 * 15


def test_params_are_aligned_with_the_samples():
    index = np.arange(150) + 1000
    frame, target = pd.DataFrame(X, index=index), pd.Series(Y, index=index)
    weight = pd.Series(np.ones(150), index=index)[::-1]
    with pytest.raises(
        ValueError, match=r"y and params\['sample_weight'\] have the same index in an"
    ):
        sx.compare_models(MODELS, frame, target, params={"sample_weight": weight})
    with pytest.raises(ValueError, match="params must be a dict"):
        sx.compare_models(MODELS, X, Y, params=[1, 2])


def test_a_split_without_weight_is_no_split():
    weight = np.ones(150)
    splits = list(FOLDS.split(X, Y))
    weight[splits[0][1]] = 0.0
    comparison = sx.compare_models(MODELS, X, Y, cv=splits, losses="mse", sample_weight=weight)
    assert comparison.differences["n_splits"][0] == 4
    assert comparison.split_losses["mean_loss"].notna().all()


def test_what_is_shown_for_the_fitted_models_need_not_hold_for_retrained_ones():
    X, y = make_classification(300, 6, n_informative=3, flip_y=0.1, random_state=1)
    trees = {
        f"depth {d}": DecisionTreeClassifier(max_depth=d, random_state=0) for d in (2, 3, 5, None)
    } | {"uniform": DummyClassifier(strategy="uniform")}
    with pytest.warns(sx.FittedModelsWarning, match="clear for the models fitted here, but not"):
        comparison = sx.compare_models(trees, X, y, losses="mse")
    rows, splits = comparison.differences, comparison.split_losses
    of = {name: frame["mean_loss"].to_numpy() for name, frame in splits.groupby("model")}
    pvalues = [
        corrected_t(of[row.model_a] - of[row.model_b], 1 / 9, 0.95).pvalue
        for row in rows.itertuples()
    ]
    shown = np.array(holm(pvalues)) <= 0.05
    concluded = rows["conclusion"] != "not clear"
    flagged = (concluded & ~shown).to_numpy()
    retraining = np.where(shown, "clear", "not shown")
    assert rows["retraining"][concluded].tolist() == retraining[concluded].tolist()
    assert rows["retraining"][~concluded].isna().all()
    assert flagged.any()
    assert (concluded & shown).any()
    for said, only_fitted in zip(comparison.sentences(), flagged, strict=True):
        assert ("not for retrained models" in said) == only_fitted


def test_one_split_shows_nothing_of_retrained_models():
    models = {"logistic": LogisticRegression(max_iter=1000), "none": DummyClassifier()}
    split = ShuffleSplit(1, random_state=0)
    with pytest.warns(sx.FittedModelsWarning, match="one split cannot show it"):
        comparison = sx.compare_models(models, X, Y, cv=split, losses="mse")
    row = comparison.differences.iloc[0]
    assert (row["conclusion"], row["retraining"], row["n_splits"]) == ("a better", "not shown", 1)
    assert row["estimand"] == "difference in mean loss of the fitted models on new samples"
    assert "not for retrained models" in comparison.sentences()[0]


def test_models_that_vary_between_repeats_are_told():
    X, y = make_classification(120, 4, n_informative=2, n_redundant=0, flip_y=0.3, random_state=2)
    cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
    trees = {
        f"leaf {n}": DecisionTreeClassifier(min_samples_leaf=n, random_state=0) for n in (1, 20)
    }
    with pytest.warns(sx.UnstableModelsWarning, match="change much between repeats of the same"):
        comparison = sx.compare_models(trees, X, y, cv=cv, losses="error")
    assert comparison.differences["caution"].tolist() == ["unstable"]
    assert "this test may claim too much" in comparison.sentences()[0]
    frame = comparison.sample_losses.pivot_table(
        index="sample", columns="model", values="value", aggfunc=list
    )
    d = np.subtract(np.stack(frame["leaf 1"].to_numpy()), np.stack(frame["leaf 20"].to_numpy()))
    assert d.var(axis=1, ddof=1).mean() > 0.2 * d.var()
    X, y = make_classification(120, 4, n_informative=2, n_redundant=0, flip_y=0.3, random_state=0)
    models = {"logistic": LogisticRegression(), "uniform": DummyClassifier(strategy="uniform")}
    stable = sx.compare_models(models, X, y, cv=cv, losses="mse")
    assert "claim too much" not in stable.sentences()[0]
    row = stable.differences.iloc[0]
    assert 0.01 < row["pvalue"] < 0.05
    assert (row["conclusion"], row["retraining"]) == ("a better", "clear")
    assert row["caution"] == "approximate"


def test_rows_of_any_index():
    np.testing.assert_array_equal(as_rows(np.array([True, False, True]), 3), [0, 2])
    np.testing.assert_array_equal(as_rows([-1, 0], 3), [2, 0])
    with pytest.raises(ValueError, match="cv must give rows of the 3 samples"):
        as_rows([5], 3)
    with pytest.raises(ValueError, match="vectors of rows"):
        as_rows([[0, 1]], 3)


def test_in_groups_the_fix_keeps_groups_whole():
    """Stratified folds would train on the groups that are tested."""
    models = {"logistic": LogisticRegression(max_iter=1000), "none": DummyClassifier()}
    options = {"groups": np.arange(len(Y)) % 30, "cv": GroupShuffleSplit(1, random_state=0)}
    with pytest.warns(sx.FittedModelsWarning, match="such as GroupShuffleSplit") as said:
        sx.compare_models(models, X, Y, losses="mse", **options)
    assert not any("StratifiedKFold" in str(w.message) for w in said)


@pytest.mark.parametrize("split", [(np.arange(9),), (5, 6), 7, ([0], [1], [2])])
def test_listed_splits_are_pairs(split):
    models = {"a": DummyClassifier()}
    with pytest.raises(ValueError, match=r"cv must make pairs .* a mask; split 1 is"):
        sx.compare_models(models, np.zeros((4, 1)), [0, 1, 0, 1], cv=[([0, 1], [2, 3]), split])


def test_a_listed_split_counts_once():
    models = {"a": DummyClassifier()}
    X, y = np.zeros((6, 1)), [0, 1, 0, 1, 0, 1]
    first, other = ([0, 1, 2, 3], [4, 5]), ([2, 3, 4, 5], [0, 1])
    again = (np.arange(6) < 4, [-1, -2])  # the same rows in another form
    for cv in (listed := [first, other, again], iter(listed), check_cv(listed)):
        with pytest.raises(ValueError, match="splits 0 and 2 are the same"):
            sx.compare_models(models, X, y, cv=cv)
    repeated = [first, other, ([1, 2, 3], [4, 5])]  # tested twice, after another training
    assert len(sx.compare_models(models, X, y, cv=repeated, losses="mse").summary) == 1
    drawn = ShuffleSplit(40, test_size=1, random_state=0)  # of six possible ones
    assert len(sx.compare_models(models, X, y, cv=drawn, losses="mse").summary) == 1
