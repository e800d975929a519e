import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.model_selection import KFold, RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from tests.support.three_models import MODELS, N, Y

# the data are small on purpose
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning")

NAMES = ["classification_error", "brier_loss", "cross_entropy"]


@pytest.fixture(scope="module")
def comparison():
    return sx.compare_predictions(Y, MODELS)


def test_sample_losses_are_tidy(comparison):
    frame = comparison.sample_losses
    assert list(frame) == ["sample", "loss", "model", "value"]
    assert len(frame) == 3 * 3 * N
    part = frame[(frame["loss"] == "brier_loss") & (frame["model"] == "fair")]
    np.testing.assert_allclose(
        part["value"], sx.brier_loss(Y, MODELS["fair"], reduction="none"), rtol=1e-12
    )
    assert part["sample"].tolist() == list(range(N))


def test_sample_losses_keep_the_index():
    y = pd.Series(["a", "b"], index=["first", "second"])
    proba = pd.DataFrame([[0.7, 0.3], [0.4, 0.6]], columns=["a", "b"], index=y.index)
    frame = sx.compare_predictions(y, {"m": proba}, losses="mse").sample_losses
    assert frame["sample"].tolist() == ["first", "second"]


def test_single_model():
    comparison = sx.compare_predictions(Y, {"only": MODELS["good"]})
    assert len(comparison.summary) == 3
    assert comparison.differences.empty
    assert comparison.differences["pvalue"].dtype == np.float64
    assert "only is the only model, so it is" in repr(comparison)


def test_text_fits_80_columns(comparison):
    wide = {
        f"a model with a rather long name, number {i}": p for i, p in enumerate(MODELS.values())
    }
    for shown in (comparison, sx.compare_predictions(Y, wide)):
        assert max(len(line) for line in repr(shown).splitlines()) <= 80


def test_small_story_is_told():
    predictions = {
        "model 1": [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]],
        "model 2": [[0.1, 0.2, 0.7], [0.1, 0.7, 0.2], [0.3, 0.4, 0.3]],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.LeverageWarning)
        comparison = sx.compare_predictions([2, 1, 0], predictions)
    # the errors are the same on every sample, which the row and a note say, but no warning
    assert comparison.differences["degenerate"].tolist() == [True, False, False]
    means = comparison.summary["mean_loss"].to_numpy().reshape(3, 2)
    np.testing.assert_allclose(
        means, [[1 / 3, 1 / 3], [2.42 / 3, 0.34], [1.378388852, 0.639107564]], atol=1e-6
    )
    assert comparison.summary["rank"].tolist() == [1, 1, 2, 1, 2, 1]


@pytest.mark.filterwarnings("default::sklearn_xent.LeverageWarning")
def test_one_decisive_sample_is_flagged():
    y = np.arange(100) % 2
    sure = np.where(y == 1, 0.9, 0.1)
    sure[7] = 1e-9  # one sample is all but excluded
    models = {"sure": sure, "half": np.full(100, 0.45)}
    comparison = sx.compare_predictions(y, models, losses="xent")  # no claim, and no warning
    assert comparison.differences["conclusion"][0] == "not clear"
    assert comparison.differences["sample_leverage"][0] > 0.25
    assert "the interval may be too narrow" in comparison.sentences()[0]
    sure[7] = 0.01
    with pytest.warns(sx.LeverageWarning, match="narrow: those about 'sure', 'half'"):
        comparison = sx.compare_predictions(y, models, losses="xent")
    assert comparison.differences["conclusion"][0] == "a better"


def test_sentences_say_what_the_rows_say(comparison):
    for said, row in zip(comparison.sentences(), comparison.differences.itertuples(), strict=True):
        assert row.model_a in said
        assert row.model_b in said
        clear = row.conclusion in ("a better", "b better")
        assert ("is clearly worse than" in said) == clear
        assert ("is not clear" in said) == (row.conclusion == "not clear")


def test_sentences_of_nothing_to_say():
    pair = {"a": MODELS["good"], "b": MODELS["good"]}
    with pytest.warns(sx.DegenerateDifferenceWarning):
        said = sx.compare_predictions(Y, pair, losses="mse").sentences()[0]
    assert said.startswith("MSE (Brier): b compared with a cannot be judged: no difference. The")
    infinite = {"a": [[0.0, 1.0], [0.2, 0.8], [0.4, 0.6]], "b": [[0.5, 0.5]] * 3}
    said = sx.compare_predictions([0, 1, 1], infinite, losses=sx.get_loss("xent", eps=0))
    assert "a compared with b cannot be judged. A mean loss is infinite" in said.sentences()[0]


def errors_at(*rows):
    """Predictions for 400 samples of class 0 (and one of class 1) with errors in these rows."""
    p = np.full(400, 0.2)
    p[np.concatenate(rows)] = 0.8
    p[-1] = 0.8
    return p


@pytest.mark.filterwarnings("ignore::sklearn_xent.SerialDependenceWarning")
def test_tied_models_claim_only_what_holds_for_all():
    y = np.zeros(400, dtype=int)
    y[-1] = 1
    models = {
        "a": errors_at(range(10, 50)),
        "b": errors_at(range(300, 340)),
        "c": errors_at(range(10, 70)),
    }
    comparison = sx.compare_predictions(y, models, losses="error")
    rows = comparison.differences.set_index(["model_a", "model_b"])["conclusion"]
    assert (rows["a", "c"], rows["b", "c"]) == ("a better", "not clear")
    said = comparison.headlines()[0]
    assert "a and b share the lowest mean" in said
    [verdict] = repr(comparison).split("\n\n")[1:2]
    assert " ".join(verdict.split()).endswith(
        "No difference from them is clear; another may be best."
    )
    assert "the difference of b from a is not clear: no difference" in comparison.sentences()[0]


def test_levels_are_told_as_they_are():
    for level, text in (
        (0.999, "99.9% interval"),
        (0.975, "97.5% interval"),
        (0.9, "90% interval"),
    ):
        comparison = sx.compare_predictions(Y, MODELS, losses="mse", confidence_level=level)
        assert text in comparison.sentences()[0]
        assert text in repr(comparison)


def test_interval_and_exact_test_may_disagree():
    y = np.arange(10) % 2
    right = np.where(y == 1, 0.8, 0.2)
    wrong = np.where(np.arange(10) < 4, 1 - right, right)
    comparison = sx.compare_predictions(y, {"a": right, "b": wrong}, losses="error")
    assert comparison.differences["pvalue"].round(3).tolist() == [0.062]
    assert "is not clear: +0.4 (95% interval 0.0206 to 0.646)" in comparison.sentences()[0]
    assert "Only one of test and interval leaves out zero" in comparison.sentences()[0]


def test_too_little_for_an_interval():
    weight = np.r_[1.0, np.full(N - 1, 1e-20)]
    comparison = sx.compare_predictions(Y, MODELS, losses="mse", sample_weight=weight)
    assert "There is too little data for an interval" in comparison.sentences()[0]
    assert "there is too little data for an interval" in comparison.headlines()[0]


def test_a_margin_is_always_spoken_of():
    for margin, words in ((0.001, "more than the margin of 0.001"), (0.9, "within the margin")):
        comparison = sx.compare_predictions(
            Y, MODELS, losses="mse", equivalence_margin=margin, baseline="bad"
        )
        assert words in comparison.sentences()[0]
    near = {"a": MODELS["good"], "b": MODELS["good"][::-1] * 0.01 + MODELS["good"] * 0.99}
    said = sx.compare_predictions(Y, near, losses="mse", equivalence_margin=1e-9).sentences()[0]
    assert "margin of 1e-09" in said


def test_floors_are_told_in_sentences_too():
    y = np.arange(60) % 2
    p = np.where(y == 1, 0.8, 0.3)
    q = p.copy()
    q[0] = 1.0 - y[0]
    with pytest.warns(sx.ZeroProbabilityWarning):
        comparison = sx.compare_predictions(y, {"p": p, "q": q}, losses="xent")
    assert "raised to a floor: q in 1 of 60 samples (" in comparison.sentences()[0]


def test_the_printed_report_says_about_what(comparison):
    text = " ".join(repr(comparison).split())
    assert text.startswith("3 models, 80 samples, one test set; about these fitted models good has")


# --- warnings, and why a loss is what it is ---------------------------------------------------


def test_warnings_are_kept_whether_shown_or_not():
    y = np.arange(60) % 2
    p = {"p": np.where(y == 1, 0.8, 0.3), "q": np.where(np.arange(60) < 3, 1.0 - y, 0.6)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hidden = sx.compare_predictions(y, p).warnings
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        sx.compare_predictions(y, p)
    assert [str(w.message) for w in shown] == [str(w) for w in hidden]
    assert sx.ZeroProbabilityWarning in map(type, hidden)
    quiet = sx.compare_predictions(y, {"p": p["p"]})
    assert quiet.warnings == []


def test_decompose_is_the_function_for_each_model_and_loss(comparison):
    frame = comparison.decompose()
    assert frame["loss"].tolist() == ["brier_loss"] * 3 + ["cross_entropy"] * 3
    for row in frame.to_dict("records"):
        own = sx.decompose(row["loss"], Y, MODELS[row["model"]]).iloc[0]
        for part in ("score", "miscalibration", "discrimination", "uncertainty", "n_obs"):
            assert row[part] == pytest.approx(own[part], abs=1e-14)
        assert row["recalibration"] == own["recalibration"]
    means = comparison.summary.set_index(["loss", "model"])["mean_loss"]
    assert np.allclose(frame.set_index(["loss", "model"])["score"], means[3:], atol=1e-15)


@pytest.mark.parametrize(
    "cv", [None, RepeatedStratifiedKFold(n_splits=4, n_repeats=2, random_state=0), KFold(7)]
)
@pytest.mark.parametrize("weighted", [False, True])
def test_decomposed_scores_are_the_mean_losses(cv, weighted):
    X, y = load_wine(return_X_y=True)
    weight = np.random.default_rng(0).integers(0, 3, len(y)) if weighted else None
    models = {"bayes": GaussianNB(), "smooth": GaussianNB(var_smoothing=1e-3)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        result = sx.compare_models(
            models, X, y, cv=cv, losses=["cross_entropy", "mse"], sample_weight=weight
        )
    frame = result.decompose()
    assert np.allclose(frame["score"], result.summary["mean_loss"], rtol=1e-12)
    total = frame["miscalibration"] - frame["discrimination"] + frame["uncertainty"]
    assert np.allclose(total, frame["score"])


def test_decompose_needs_labels_samples_and_a_proper_loss():
    error = sx.compare_predictions(Y, MODELS, losses="error")
    with pytest.raises(ValueError, match="decompose needs a strictly proper loss"):
        error.decompose()
    soft = sx.compare_predictions(MODELS["good"], {"m": MODELS["fair"]}, losses="mse")
    with pytest.raises(ValueError, match="decompose needs class labels"):
        soft.decompose()
    for result in (error, soft):
        assert "Calibration" not in result.to_html()


def test_predictions_changed_since_are_told():
    models = {name: p.copy() for name, p in MODELS.items()}
    result = sx.compare_predictions(Y, models)
    models["fair"][[0, 1]] = models["fair"][[1, 0]]
    for ask in (result.decompose, lambda: result.plot_reliability("fair"), result.plot_murphy):
        with pytest.raises(ValueError, match=r"predictions\['fair'\] was changed in place"):
            ask()
    result.plot_reliability("good")


def test_underflown_logits_are_not_changed_predictions():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(50, 3)) * 400
    y = rng.integers(0, 3, 50)
    result = sx.compare_predictions(y, {"m": logits}, from_logits=True)
    assert (result.decompose()["n_obs"] == 50).all()


def test_pictures_of_unknown_models(comparison):
    with pytest.raises(ValueError, match=r"models must be among \['good', .* got 'worst'"):
        comparison.plot_reliability("worst")
    with pytest.raises(ValueError, match="models must be among"):
        comparison.plot_murphy([])


def test_pictures_take_the_best_and_some(comparison):
    assert comparison.plot_reliability().name == "good"
    assert set(comparison.plot_murphy(["fair", "bad"]).curves["model"]) == {"fair", "bad"}


def test_pictures_need_samples_tested_once():
    X, y = load_wine(return_X_y=True)
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    result = sx.compare_models({"bayes": GaussianNB()}, X, y, cv=cv, losses="mse")
    for ask, name in ((result.plot_reliability, "reliability"), (result.plot_murphy, "murphy")):
        with pytest.raises(ValueError, match=f"plot_{name} needs each sample tested once"):
            ask()


def test_a_comparison_can_be_pickled():
    result = pickle.loads(pickle.dumps(sx.compare_predictions(Y, MODELS)))
    assert result.decompose()["n_obs"].eq(N).all()
    assert repr(result).startswith("3 models, 80 samples")
