"""Models as a dict, a list or a frame; class weights; the class frequencies as the baseline."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")  # small data

RNG = np.random.default_rng(3)
X, Y = load_iris(return_X_y=True)
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)
N = 120
P = RNG.uniform(0.05, 0.95, N)
BINARY = (RNG.random(N) < P).astype(int)
TIMID = 0.5 + 0.4 * (P - 0.5)
TABLE = pd.DataFrame({"sharp": P, "timid": TIMID})


def names_of(models):
    comparison = sx.compare_models(models, X, Y, cv=FOLDS, losses="mse")
    return comparison.summary["model"].tolist()


# --- lists of models --------------------------------------------------------------------------


def test_models_of_a_list_are_named_by_their_classes():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    assert names_of([GaussianNB(), pipeline]) == ["GaussianNB", "LogisticRegression"]
    twice = [GaussianNB(), DummyClassifier(), GaussianNB(var_smoothing=0.1)]
    assert names_of(twice) == ["GaussianNB 1", "DummyClassifier", "GaussianNB 2"]
    assert names_of((GaussianNB(),)) == ["GaussianNB"]
    passing = make_pipeline(GaussianNB())
    passing.steps.append(("nothing", "passthrough"))
    assert names_of([("a", passing.set_params(nothing=GaussianNB()).named_steps["nothing"])]) == [
        "a"
    ]


def test_models_as_pairs_give_what_a_dict_gives():
    pairs = [("bayes", GaussianNB()), ("dummy", DummyClassifier())]
    listed, named = (
        sx.compare_models(models, X, Y, cv=FOLDS, losses="mse") for models in (pairs, dict(pairs))
    )
    pd.testing.assert_frame_equal(listed.summary, named.summary)
    pd.testing.assert_frame_equal(listed.differences, named.differences)


REFUSED = {
    "one estimator": (GaussianNB(), "models must be given as a dict"),
    "no models": ([], "models must be given as a dict"),
    "a class": ([GaussianNB], r"a list of estimators, .*; got models\[0\]"),
    "a name": (["GaussianNB"], r"got models\[0\] = 'GaussianNB'"),
    "no estimator": ([GaussianNB(), 3], r"got models\[1\] = 3"),
    "both forms": ([("a", GaussianNB()), GaussianNB()], r"got models\[1\] = GaussianNB"),
    "a triple": ([("a", GaussianNB(), 1)], r"got models\[0\]"),
    "a name that is none": ([(1, GaussianNB())], r"got models\[0\]"),
    "one name twice": (
        [("a", GaussianNB()), ("b", GaussianNB()), ("a", GaussianNB())],
        r"names of models must differ; models\[0\] and models\[2\] are both called 'a'",
    ),
}


@pytest.mark.parametrize(("models", "message"), REFUSED.values(), ids=REFUSED)
def test_lists_that_are_refused(models, message):
    with pytest.raises(ValueError, match=message):
        sx.compare_models(models, X, Y, cv=FOLDS)


# --- a table with a model a column ------------------------------------------------------------


def test_a_table_is_a_dict_of_its_columns():
    expected = sx.compare_predictions(BINARY, {"sharp": P, "timid": TIMID})
    polars = pytest.importorskip("polars")
    for table in (TABLE, polars.from_pandas(TABLE)):
        found = sx.compare_predictions(BINARY, table)
        pd.testing.assert_frame_equal(found.summary, expected.summary)
        pd.testing.assert_frame_equal(found.differences, expected.differences)


def test_the_index_of_a_table_is_checked():
    y = pd.Series(BINARY, index=[f"row {i}" for i in range(N)])
    with pytest.raises(ValueError, match="index"):
        sx.compare_predictions(y, TABLE.set_index(y.index[::-1]))
    same = sx.compare_predictions(y, TABLE.set_index(y.index), losses="mse")
    assert same.sample_losses["sample"].iloc[0] == "row 0"


def test_columns_are_models_whatever_they_are_called():
    y = np.where(BINARY, "yes", "no")
    table, options = (
        TABLE.set_axis(["no", "model"], axis=1),
        {"losses": "mse", "labels": ["no", "yes"]},
    )
    found = sx.compare_predictions(y, table, **options)
    expected = sx.compare_predictions(y, {"no": P, "model": TIMID}, **options)
    assert found.summary["mean_loss"].tolist() == expected.summary["mean_loss"].tolist()


TABLES = {
    "the classes": (TABLE.set_axis(["0", "1"], axis=1), "have the names of classes"),
    "rows that sum to one": (
        pd.DataFrame({"a": P, "b": 1 - P}), r"its rows sum to one.*pass \{\"name\": predictions\}",
    ),
    "names that are none": (pd.DataFrame(np.c_[P, P]), "columns must be named by strings; got 0"),
    "one name twice": (TABLE.set_axis(["a", "a"], axis=1), "'a' is there several times"),
    "an array": (np.c_[P, P], "must be given as a dict"),
    "a list": ([P, P], "must be given as a dict"),
    "a series": (pd.Series(P, name="a"), "must be given as a dict"),
    "no columns": (pd.DataFrame(index=range(N)), "must be given as a dict"),
}  # fmt: skip


@pytest.mark.parametrize(("table", "message"), TABLES.values(), ids=TABLES)
def test_tables_that_are_refused(table, message):
    with pytest.raises(ValueError, match=message):
        sx.compare_predictions(BINARY, table)


def test_a_table_needs_two_classes():
    with pytest.raises(ValueError, match=r"predictions\['a'\]"):
        sx.compare_predictions(Y[:120], pd.DataFrame({"a": P}))


# --- class weights ----------------------------------------------------------------------------


def test_class_weights_are_weights_of_the_samples():
    weight = np.array([1.0, 3.0])[BINARY]
    expected = sx.compare_predictions(BINARY, TABLE, sample_weight=weight)
    by_class = sx.compare_predictions(BINARY, TABLE, class_weight={1: 3.0})
    pd.testing.assert_frame_equal(by_class.summary, expected.summary)
    pd.testing.assert_frame_equal(by_class.differences, expected.differences)
    own = RNG.uniform(0.5, 2.0, N)
    both = sx.compare_predictions(BINARY, TABLE, sample_weight=own, class_weight={1: 3.0})
    product = sx.compare_predictions(BINARY, TABLE, sample_weight=own * weight)
    assert both.summary["mean_loss"].tolist() == pytest.approx(
        product.summary["mean_loss"].tolist()
    )


def test_balanced_classes_weigh_the_same():
    found = sx.compare_predictions(BINARY, {"sharp": P}, losses="mse", class_weight="balanced")
    by_class = sx.compare_predictions(BINARY, {"sharp": P}, losses="mse").per_class["mean_loss"]
    assert found.summary["mean_loss"][0] == pytest.approx(by_class.mean(), rel=1e-12)


@pytest.mark.parametrize("cv", [FOLDS, TimeSeriesSplit(3)])
def test_balanced_by_all_of_y(cv):
    order = np.random.default_rng(0).permutation(len(Y))[:130]
    x, y = X[order], Y[order]
    weight = 1 / np.bincount(y)[y]
    models = {"bayes": GaussianNB(), "dummy": DummyClassifier()}
    found, expected = (
        sx.compare_models(models, x, y, cv=cv, losses="mse", **options)
        for options in ({"class_weight": "balanced"}, {"sample_weight": weight})
    )
    assert found.summary["mean_loss"].tolist() == pytest.approx(
        expected.summary["mean_loss"].tolist()
    )
    p = [found.differences["pvalue"][0], expected.differences["pvalue"][0]]
    assert p[0] == pytest.approx(p[1])


WEIGHTS = {
    "unknown class": ({7: 2.0}, "class_weight names 7"),
    "a word": ("even", "class_weight must be None"),
    "negative": ({0: -1.0}, "class_weight must hold finite numbers"),
}


@pytest.mark.parametrize(("weight", "message"), WEIGHTS.values(), ids=WEIGHTS)
def test_class_weights_that_are_refused(weight, message):
    with pytest.raises(ValueError, match=message):
        sx.compare_predictions(BINARY, TABLE, class_weight=weight)
    with pytest.raises(ValueError, match=message):
        sx.compare_models([GaussianNB()], X, Y, class_weight=weight)


def test_weights_of_repeated_samples_count_once():
    # the printed number of samples was that of the tests
    weight = np.where(Y == 0, 2.0, 1.0)
    effective = weight.sum() ** 2 / (weight**2).sum()
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    comparison = sx.compare_models([GaussianNB()], X, Y, cv=cv, losses="mse", sample_weight=weight)
    assert f"150 samples (weighted; they count as {effective:.0f})" in str(comparison)


# --- the class frequencies --------------------------------------------------------------------


def test_the_prior_of_a_test_set_is_its_class_frequencies():
    found = sx.compare_predictions(BINARY, TABLE, baseline="prior")
    share = BINARY.mean()
    frequencies = np.tile([1 - share, share], (N, 1))
    expected = sx.compare_predictions(BINARY, {**TABLE, "prior": frequencies}, baseline="prior")
    pd.testing.assert_frame_equal(found.summary, expected.summary)
    pd.testing.assert_frame_equal(found.differences, expected.differences)
    assert found.differences["model_b"].eq("prior").all()
    # the reference of the skill is the same
    assert found.summary.query("model == 'prior'")["skill"].tolist()[1:] == pytest.approx([0.0] * 2)
    assert found.decompose().query("model == 'prior'")["miscalibration"].abs().max() < 1e-9
    assert "prior" in found.to_html()


def test_the_prior_is_weighted_and_soft():
    weight = RNG.uniform(0.5, 2.0, N)
    found = sx.compare_predictions(BINARY, TABLE, sample_weight=weight, baseline="prior")
    assert found.summary.query("model == 'prior'")["skill"].abs().max() < 1e-9
    soft = np.c_[1 - P, P]
    found = sx.compare_predictions(soft, {"sharp": soft}, baseline="prior", losses="mse")
    mean = np.tile(soft.mean(axis=0), (N, 1))
    expected = sx.compare_predictions(soft, {"mean": mean}, losses="mse").summary["mean_loss"][0]
    assert found.summary["mean_loss"][1] == pytest.approx(expected)


def test_the_prior_is_beside_logits_and_rounded_rows():
    logits = np.log(P / (1 - P))
    found = sx.compare_predictions(BINARY, {"sharp": logits}, from_logits=True, baseline="prior")
    expected = sx.compare_predictions(BINARY, {"sharp": P}, baseline="prior")
    means = [x.summary["mean_loss"].tolist() for x in (found, expected)]
    assert means[0] == pytest.approx(means[1])
    rounded = {"sharp": np.c_[1 - P, P].round(1) * 1.01}
    found = sx.compare_predictions(BINARY, rounded, normalize=True, baseline="prior")
    assert found.summary["n_normalized"].tolist() == [N, 0] * 3
    with pytest.raises(ValueError, match="from_logits must be True, False or a list of names"):
        sx.compare_predictions(BINARY, {"sharp": logits}, from_logits=["prior"], baseline="prior")


def test_with_folds_the_prior_is_that_of_the_other_folds():
    folds = np.arange(N) % 4
    out = np.empty(N)
    for fold in range(4):
        out[folds == fold] = BINARY[folds != fold].mean()
    found = sx.compare_predictions(BINARY, TABLE, folds=folds, baseline="prior")
    expected = sx.compare_predictions(
        BINARY, {**TABLE, "prior": out}, folds=folds, baseline="prior"
    )
    pd.testing.assert_frame_equal(found.summary, expected.summary, rtol=1e-12)
    pd.testing.assert_frame_equal(found.differences, expected.differences, rtol=1e-9)


def test_the_prior_of_each_training_part():
    bayes = {"bayes": GaussianNB()}
    found = sx.compare_models(bayes, X[:120], Y[:120], cv=FOLDS, baseline="prior")
    dummy = {**bayes, "prior": DummyClassifier(strategy="prior")}
    expected = sx.compare_models(dummy, X[:120], Y[:120], cv=FOLDS, baseline="prior")
    pd.testing.assert_frame_equal(found.summary, expected.summary)
    pd.testing.assert_frame_equal(found.differences, expected.differences)
    assert "the class frequencies of each training part" in found.to_html()
    assert found.fits["model"].unique().tolist() == ["bayes", "prior"]


def test_the_prior_of_training_parts_is_weighted_as_the_losses_and_takes_no_params():
    weight = RNG.uniform(0.5, 2.0, len(Y))
    options = {"cv": FOLDS, "losses": "mse", "sample_weight": weight, "baseline": "prior"}
    own = {"sample_weight": np.where(Y == 0, 5.0, 1.0)}
    found = sx.compare_models([GaussianNB()], X, Y, params=own, **options)
    losses = []
    for train, test in FOLDS.split(X, Y):
        share = np.bincount(Y[train], weight[train]) / weight[train].sum()
        losses.append(weight[test] * ((np.eye(3)[Y[test]] - share) ** 2).sum(axis=1))
    expected = np.concatenate(losses).sum() / weight.sum()
    assert found.summary["mean_loss"][1] == pytest.approx(expected)
    with_parameter = make_pipeline(StandardScaler(), GaussianNB())
    routed = {"gaussiannb__sample_weight": own["sample_weight"]}
    piped = sx.compare_models([with_parameter], X, Y, params=routed, **options)
    assert piped.summary["mean_loss"][1] == found.summary["mean_loss"][1]


def test_the_prior_works_with_any_response_method_and_score():
    found = sx.compare_models(
        [LogisticRegression(max_iter=500)], X, Y, cv=FOLDS, losses="mse", baseline="prior",
        response_method="predict_log_proba", scoring="accuracy",
    )  # fmt: skip
    assert found.summary["status"].eq("ok").all()
    assert len(found.differences) == 2


def test_a_model_of_that_name_is_the_baseline():
    own = {"prior": GaussianNB(), "dummy": DummyClassifier()}
    found = sx.compare_models(own, X, Y, cv=FOLDS, losses="mse", baseline="prior")
    assert found.summary["model"].tolist() == ["prior", "dummy"]
    assert found.summary["mean_loss"][0] < found.summary["mean_loss"][1]
    both = sx.compare_predictions(BINARY, {"prior": P, "timid": TIMID}, baseline="prior")
    assert both.summary["model"].unique().tolist() == ["prior", "timid"]


def test_nobody_adds_a_prior_unasked():
    with pytest.raises(ValueError, match="baseline must be one of"):
        sx.compare_predictions(BINARY, TABLE, baseline="Prior")
    with pytest.raises(ValueError, match="pairs and baseline exclude each other"):
        sx.compare_predictions(BINARY, TABLE, baseline="prior", pairs=[("sharp", "timid")])
    with pytest.raises(ValueError, match=r"must name models.*'prior'"):
        sx.compare_predictions(BINARY, TABLE, pairs=[("sharp", "prior")])


# --- fits -------------------------------------------------------------------------------------


def test_fits_tell_what_was_fitted_and_chosen():
    search = GridSearchCV(
        make_pipeline(StandardScaler(), GaussianNB()),
        {"gaussiannb__var_smoothing": [1e-9, 10.0]}, scoring=sx.neg_brier_loss, cv=3,
    )  # fmt: skip
    inner = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, scoring=sx.neg_brier_loss, cv=3)
    models = {"search": search, "in a pipeline": make_pipeline(StandardScaler(), inner),
              "bayes": GaussianNB()}  # fmt: skip
    comparison = sx.compare_models(models, X, Y, cv=FOLDS, losses="mse")
    fits = comparison.fits
    assert list(fits) == ["model", "split", "n_train", "fit_time", "score_time", "best_params"]
    assert fits["model"].tolist() == [name for name in models for _ in range(3)]
    assert fits["split"].tolist() == [0, 1, 2] * 3
    assert fits["n_train"].tolist() == [100] * 9
    assert fits[["split", "n_train"]].dtypes.eq(np.int64).all()
    assert (fits[["fit_time", "score_time"]] > 0).all(axis=None)
    assert fits["best_params"][:3].tolist() == [{"gaussiannb__var_smoothing": 1e-9}] * 3
    assert fits["best_params"][3:6].tolist() == [{"var_smoothing": 1e-9}] * 3
    assert fits["best_params"][6:].isna().all()
    assert comparison.select(["bayes"]).fits["model"].tolist() == ["bayes"] * 3
    fits.loc[0, "model"] = "changed"
    assert comparison.fits["model"][0] == "search"


def test_estimators_are_returned_on_request():
    models = {"pipeline": make_pipeline(StandardScaler(), GaussianNB()), "bayes": GaussianNB()}
    fits = sx.compare_models(
        models, X, Y, cv=FOLDS, losses="mse", return_estimators=True, baseline="prior"
    ).fits
    for i, (train, _) in enumerate(FOLDS.split(X, Y)):
        again = GaussianNB().fit(X[train], Y[train])
        found = fits.query(f"model == 'bayes' and split == {i}")["estimator"].item()
        assert np.array_equal(found.theta_, again.theta_)
    assert fits["estimator"][0].predict(X[:2]).shape == (2,)
    shares = np.bincount(Y[train]) / len(train)
    assert fits["estimator"].iloc[-1].predict_proba(X[:1])[0] == pytest.approx(shares)
    assert not hasattr(models["bayes"], "theta_")
    with pytest.raises(ValueError, match="return_estimators must be True or False; got 1"):
        sx.compare_models(models, X, Y, return_estimators=1)


def test_only_compare_models_has_fits():
    with pytest.raises(ValueError, match="only compare_models fits models"):
        sx.compare_predictions(BINARY, TABLE).fits  # noqa: B018
