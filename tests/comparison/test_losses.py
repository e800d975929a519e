"""`compare_losses`: the same inference as on predictions, and no claim about what is not known."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import get_scorer_names

import sklearn_xent as sx
from sklearn_xent.losses.given import sounds_like_loss, sounds_like_score

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")

N = 120
RNG = np.random.default_rng(3)
P = RNG.uniform(0.05, 0.95, N)
Y = (RNG.random(N) < P).astype(int)
MODELS = {"sharp": P, "timid": 0.5 + 0.4 * (P - 0.5), "blind": RNG.uniform(0.01, 0.99, N)}
EVERY = np.arange(N)
WEIGHT = RNG.uniform(0.5, 2.0, N) * (RNG.random(N) < 0.9)
DESIGNS = {
    "plain": {},
    "weights": {"sample_weight": WEIGHT},
    "equal weights": {"sample_weight": np.full(N, 3.0)},
    "groups": {"groups": EVERY // 4},
    "groups and weights": {"groups": EVERY // 4, "sample_weight": WEIGHT},
    "folds": {"folds": EVERY % 5},
    "folds, groups and weights": {
        "folds": EVERY // 4 % 5,
        "groups": EVERY // 4,
        "sample_weight": WEIGHT,
    },
    "times": {"times": EVERY[::-1]},
    "times, folds and weights": {"times": EVERY, "folds": EVERY // 24, "sample_weight": WEIGHT},
    "bootstrap": {"method": "bootstrap_t", "seed": 7},
    "margin": {"equivalence_margin": 0.4},
    "pairs": {"pairs": [("timid", "sharp")]},
    "baseline": {"baseline": "blind", "confidence_level": 0.9},
}
RANGES = {"classification_error": None, "brier_loss": (0, 1), "cross_entropy": (0, 36.043653389)}
UNKNOWN = ["label_leverage", "caution", "estimand", "loss"]
"""Columns that need labels, or that are words."""


def pivoted(comparison, loss):
    """Return the losses of samples with one column a model, in their order."""
    losses = comparison.sample_losses
    wide = losses[losses["loss"] == loss].pivot(index="sample", columns="model", values="value")
    return wide[list(MODELS)]


@pytest.mark.parametrize("loss", RANGES)
@pytest.mark.parametrize("design", DESIGNS)
def test_losses_of_samples_give_the_same_bits(design, loss):
    options = DESIGNS[design]
    whole = sx.compare_predictions(Y, MODELS, losses=loss, **options)
    wide = pivoted(whole, loss)
    rows = {"groups", "folds", "times", "sample_weight"} & set(options)
    passed = options | {name: np.asarray(options[name])[wide.index] for name in rows}
    again = sx.compare_losses(wide, range=RANGES[loss], name=loss, **passed)
    exact = {"check_exact": True, "check_dtype": False}
    pd.testing.assert_frame_equal(
        again.differences.drop(columns=UNKNOWN), whole.differences.drop(columns=UNKNOWN), **exact
    )
    known = ["model", "mean_loss", "std_error", "conf_low", "conf_high", "rank", "n_obs", "method"]
    pd.testing.assert_frame_equal(again.summary[known], whole.summary[known], **exact)
    pd.testing.assert_frame_equal(
        again.sample_losses, whole.sample_losses, **exact, check_index_type=False
    )


def test_values_of_zero_and_one_are_counted():
    wide = pd.DataFrame({"a": (P > 0.5) == Y, "b": (MODELS["blind"] > 0.5) == Y})
    row = sx.compare_losses(~wide).differences.iloc[0]
    assert row["n_discordant"] == int((wide["a"] != wide["b"]).sum())
    assert sx.compare_losses(~wide).summary["method"].unique() == ["Wilson interval"]
    few = pd.DataFrame({"a": EVERY < 10, "b": EVERY < 13})
    assert sx.compare_losses(few).differences["method"][0].startswith("Agresti-Min")
    sure = sx.compare_losses(few, equivalence_margin=0.2).differences.iloc[0]
    assert sure["conclusion"] == "equivalent"  # by Tango's test, which needs no bounds
    scores = sx.compare_losses(wide, greater_is_better=True, name="accuracy")
    worded = ["loss", "estimand"]
    pd.testing.assert_frame_equal(
        scores.differences.drop(columns=worded),
        sx.compare_losses(~wide).differences.drop(columns=worded),
    )
    almost = wide.astype(float)
    almost.iloc[0, 0] = 0.5
    assert sx.compare_losses(almost).differences["n_discordant"].isna().all()


TOPS = {"range": ((0, 100), 100.0), "counted": (None, 1.0), "no bounds": (None, 0.0)}


@pytest.mark.parametrize("case", TOPS)
def test_scores_are_shown_as_scores(case):
    limits, top = TOPS[case]
    scores = {"a": (P > 0.3) * 1.0, "b": (P > 0.6) * 1.0}
    if case != "counted":
        scores = {name: 50 * x + 10 * P for name, x in scores.items()}
    comparison = sx.compare_losses(
        scores, greater_is_better=True, name="quality", range=limits, unit="points"
    )
    summary = comparison.summary
    np.testing.assert_allclose(summary["mean_loss"], [top - x.mean() for x in scores.values()])
    np.testing.assert_allclose(summary["mean_score"], [x.mean() for x in scores.values()])
    assert summary["rank"].tolist() == [1, 2]
    row = comparison.differences.iloc[0]
    assert (row["difference"] < 0, row["conclusion"]) == (True, "a better")
    shown = f"{summary['mean_score'][0]:.4g}"
    assert comparison.headlines()[0].startswith(f"Quality: a has the highest mean, {shown} points.")
    printed = repr(comparison)
    for words in ("a has the highest quality", "score", "highest", "higher is better"):
        assert words in printed
    assert "lowest" not in printed
    html = comparison.to_html()
    for words in ("highest", "Mean score", "Higher is better"):
        assert words in html
    assert "lowest" not in html
    assert comparison.table().attrs["note"].startswith("Mean scores, higher is better")
    assert "| loss | model | mean_score |" in comparison.to_markdown()
    display = comparison.plot()
    assert "mean score" in display.ax_[0].get_xlabel()
    drawn = sorted(
        float(line.get_xdata()[0]) for line in display.ax_[0].lines if len(line.get_xdata()) == 1
    )
    np.testing.assert_allclose(drawn, sorted(summary["mean_score"]))


def test_losses_have_no_score():
    comparison = sx.compare_losses({"a": P, "b": P**2})
    assert comparison.summary["mean_score"].isna().all()
    assert "score" not in comparison.to_markdown()
    assert "higher is better" not in repr(comparison) + comparison.to_html()


ASKED = {
    "per_class": lambda c: c.per_class,
    "decompose": lambda c: c.decompose(),
    "plot_reliability": lambda c: c.plot_reliability(),
    "plot_murphy": lambda c: c.plot_murphy(),
}


@pytest.mark.parametrize("what", ASKED)
def test_what_needs_predictions_says_so(what):
    comparison = sx.compare_losses({"a": P, "b": P**2})
    message = f"{what} needs the true classes and the predicted probabilities"
    with pytest.raises(ValueError, match=message):
        ASKED[what](comparison)


def test_reports_tell_nothing_of_predictions():
    comparison = sx.compare_losses({"a": P, "b": P**2}, folds=EVERY % 5)
    summary = comparison.summary
    for column in ("skill", "n_zero_probability", "n_normalized"):
        assert summary[column].isna().all()
    assert comparison.differences["label_leverage"].isna().all()
    said = comparison.to_html() + repr(comparison) + comparison.to_csv()
    for words in ("calibrat", "lass frequenc", "Classes", "robabilit"):
        assert words not in said.replace("n_zero_probability", "")
    assert "120 items" in said
    assert "120 samples" not in said


def test_items_keep_their_names_in_what_is_told_of_them():
    wide = pd.DataFrame({"a": P, "b": P**2}, index=[f"q{i}" for i in range(N)])
    comparison = sx.compare_losses(wide, name="cost")
    worst = comparison.worst(1).iloc[0]
    assert worst["sample"] == (wide["a"] - wide["b"]).abs().idxmax()
    assert "y_true" not in comparison.worst(1)
    halves = pd.Series(np.where(P > 0.5, "hard", "easy"), index=wide.index)
    slices = comparison.by(halves)
    np.testing.assert_allclose(
        slices[slices["model"] == "a"]["mean_loss"], [P[P <= 0.5].mean(), P[P > 0.5].mean()]
    )
    assert list(comparison.select(["b"]).summary["model"]) == ["b"]
    assert comparison.winner(100)["model"].tolist() == ["b"]
    again = pickle.loads(pickle.dumps(comparison))
    pd.testing.assert_frame_equal(again.differences, comparison.differences)


def test_a_rare_large_difference_needs_bounds_to_be_ruled_out():
    close = {"a": P, "b": P + RNG.normal(0, 0.01, N)}
    unbounded = sx.compare_losses(close, equivalence_margin=0.05).differences.iloc[0]
    assert (unbounded["conclusion"], unbounded["caution"]) == ("not clear", "few rows differ")
    bounded = sx.compare_losses(close, equivalence_margin=0.05, range=(-0.5, 1.5))
    assert bounded.differences["conclusion"][0] == "not clear"  # 3 / 120 times 2 is 0.05
    wider = sx.compare_losses(close, equivalence_margin=0.1, range=(-0.5, 1.5))
    assert wider.differences["conclusion"][0] == "equivalent"


def test_a_margin_by_name_is_that_of_the_loss():
    errors = {"a": P, "b": P + RNG.normal(0, 0.01, N)}
    by_name = sx.compare_losses(
        errors, name="mse", equivalence_margin={"mse": 0.1}, range=(-0.5, 1.5)
    )
    assert by_name.differences["conclusion"][0] == "equivalent"


def test_the_report_counts_the_items_left_out():
    wide = pd.DataFrame({"a": P, "b": P**2})
    wide.iloc[[3, 5], 0] = np.nan
    comparison = sx.compare_losses(wide, missing="drop")
    assert comparison.summary["n_obs"].tolist() == [118, 118]
    said = "2 items were left out, because some model lacks them."
    assert said in repr(comparison).replace("\n", " ")
    assert said in comparison.to_html()
    one = sx.compare_losses(wide.drop(index=3), missing="drop")
    assert "1 item was left out, because some model lacks it." in repr(one)


LONG = {"i": [1, 2], "m": ["a", "a"], "abs_error": [1.0, 2.0]}
NAMED = {"item": "i", "model": "m", "value": "abs_error"}
NAMES = {
    "of a dict": (lambda: sx.compare_losses({"a": P, "b": P**2}), "loss", "Loss"),
    "of scores": (lambda: sx.compare_losses({"a": P}, greater_is_better=True), "score", "Score"),
    "as given": (lambda: sx.compare_losses({"a": P}, name="pinball"), "pinball", "Pinball"),
    "of the column": (lambda: sx.compare_losses(LONG, **NAMED), "abs_error", "Abs error"),
    "of an acronym": (lambda: sx.compare_losses({"a": P}, name="rmse"), "rmse", "RMSE"),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMES)
def test_names(case):
    compare, name, title = NAMES[case]
    comparison = compare()
    assert comparison.summary["loss"].unique().tolist() == [name]
    assert comparison.headlines()[0].startswith(f"{title}: ")


BAD = {
    "outside the range": ({"range": (0, 0.5)}, "values must lie within range, 0 to 0.5"),
    "range in the other order": ({"range": (1, 0)}, "in this order; got (1, 0)"),
    "no pair as range": ({"range": 1}, "range must be a pair of numbers"),
    "text as range": ({"range": "01"}, "range must be a pair of numbers"),
    "nan in range": ({"range": (0, np.nan)}, "in this order; got (0, nan)"),
    "a score taken as a loss": ({"name": "Accuracy"}, "Pass greater_is_better=True"),
    "greater_is_better": ({"greater_is_better": "yes"}, "must be True or False"),
    "minus a loss": ({"name": "neg_log_loss"}, "Pass greater_is_better=True"),
    "a margin of another loss": ({"equivalence_margin": {"mse": 0.1}}, "are compared, ['loss']"),
    "name": ({"name": 3}, "name must be a string that is not empty; got 3"),
    "empty name": ({"name": " "}, "name must be a string that is not empty"),
    "unit": ({"unit": 3}, "unit must be a string; got 3"),
    "baseline": ({"baseline": "c"}, "baseline must be one of ['a', 'b']"),
    "pairs": ({"pairs": [("a", "c")]}, "in which 'c' is unknown"),
    "pairs and baseline": ({"pairs": [("a", "b")], "baseline": "a"}, "exclude each other"),
    "margin": ({"equivalence_margin": -1}, "must be a positive number"),
    "level": ({"confidence_level": 95}, "between 0 and 1"),
    "method": ({"method": "magic"}, "method must be among"),
    "times and groups": ({"times": EVERY, "groups": EVERY}, "cannot be combined"),
    "times and bootstrap": ({"times": EVERY, "method": "bootstrap_t"}, "in time order"),
    "few times": ({"times": EVERY // 100}, "at least 10 different times"),
    "one fold": ({"folds": EVERY * 0}, "at least two folds"),
    "groups in two folds": ({"folds": EVERY % 5, "groups": EVERY // 4}, "together"),
    "one group": ({"groups": EVERY * 0}, "at least two clusters"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_options_are_refused(case):
    options, message = BAD[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        sx.compare_losses({"a": P, "b": P**2}, **options)


def test_a_claim_that_one_item_decides_is_warned_of():
    few = {"a": np.r_[np.full(30, 1.0), 9.0] + P[:31], "b": P[:31] ** 2}
    with pytest.warns(sx.LeverageWarning, match=r"Get more items, or look at those"):
        sx.compare_losses(few)


def test_neighbours_that_look_dependent_are_asked_about():
    walk = np.cumsum(RNG.normal(size=400))
    with pytest.warns(sx.SerialDependenceWarning, match="times= or groups="):
        comparison = sx.compare_losses({"a": np.abs(walk), "b": np.abs(walk + 0.3 * walk[::-1])})
    assert "serial dependence" in comparison.differences["caution"][0]


@pytest.mark.parametrize("name", ["judge_score", "f1_macro", "Balanced accuracy", "is correct"])
def test_scores_by_name_need_greater_is_better(name):
    with pytest.raises(ValueError, match="of which higher ones are better"):
        sx.compare_losses({"a": P, "b": P**2}, name=name)
    assert sx.compare_losses({"a": P, "b": P**2}, name=name, greater_is_better=True).headlines()


MORE_SCORES = [
    "top-5", "pass@1", "nDCG@10", "ROUGE-L", "bleu4", "macro F1", "recall@k", "precision_at_10",
    "success rate", "hit_rate", "cosine similarity", "log_likelihood", "expected_utility", "profit",
    "information_gain", "dice", "PSNR", "quality", "mcc", "AUROC",
]  # fmt: skip
MORE_LOSSES = [
    "negative_log_likelihood", "binary_cross_entropy", "crossentropy", "hinge", "latency",
    "fit_time", "word_error_rate", "failure rate", "kl_divergence", "seconds",
    "top-1 error", "mse_macro",
]  # fmt: skip


def test_more_names_tell_which_is_better():
    assert all(map(sounds_like_score, MORE_SCORES))
    assert not any(map(sounds_like_loss, MORE_SCORES))
    assert all(map(sounds_like_loss, MORE_LOSSES))
    assert not any(map(sounds_like_score, MORE_LOSSES))
    either = [
        "x",
        "rate",
        "2",
        "k",
        "timely",
        "errors_found",
        "winner",
        "tokens",
        "top",
        "scoreboard",
    ]
    assert not any(map(sounds_like_loss, either))
    assert not any(sounds_like_score(name) for name in either if name != "top")
    of_scorers = get_scorer_names()
    assert not any(map(sounds_like_loss, of_scorers))


def test_what_a_loss_was_turned_into_is_a_score():
    scores = [
        "d2_log_loss", "d2_absolute_error", "d2_log_loss_score", "1-WER", "1 - error",
        "one_minus_error_rate", "minus log loss", "inverse_perplexity", "negative_mse", "neg_x",
    ]  # fmt: skip
    turned_scores = ["1-accuracy", "one_minus_auc", "1_minus_f1", "inverse_accuracy", "negative_f1"]
    assert all(map(sounds_like_score, scores))
    assert not any(map(sounds_like_loss, scores))
    assert not any(sounds_like_score(x) or sounds_like_loss(x) for x in turned_scores)
    assert sounds_like_score("1-shot accuracy")
    assert sounds_like_loss("one_step_error")
    assert all(map(sounds_like_loss, ["neg_log_likelihood", "Negative log-likelihood"]))


@pytest.mark.parametrize("name", ["brier_score", "error score loss", "cost", "overpass", "scores_"])
def test_losses_by_name_are_taken(name):
    assert sx.compare_losses({"a": P, "b": P**2}, name=name).summary["loss"][0] == name


def test_zeros_and_ones_are_not_counted_where_others_can_occur():
    """Of ratings from 0 to 5 that happen to be 0 or 1 rare ones may be far away."""
    values = {"a": (P > 0.5) * 1.0, "b": (P > 0.52) * 1.0}
    counted = sx.compare_losses(values, range=(0, 1), equivalence_margin=0.2)
    rated = sx.compare_losses(values, range=(0, 50), equivalence_margin=0.2)
    assert sx.compare_losses(values).summary["method"][0] == counted.summary["method"][0]
    assert "Wilson" in counted.summary["method"][0]
    assert rated.summary["method"][0] == "t interval"
    assert rated.differences["n_discordant"].isna().all()
    assert counted.differences["conclusion"][0] == "equivalent"
    assert rated.differences["conclusion"][0] == "not clear"  # 3 / n times 50 is above the margin


@pytest.mark.parametrize("size", [1e-99, 1e99])
def test_sizes_at_the_limits(size):
    usual, far = (sx.compare_losses({"a": P * x, "b": P**2 * x}) for x in (1.0, size))
    for column in ("pvalue", "difference", "detectable_difference"):
        scale = 1.0 if column == "pvalue" else size
        found = far.differences[column][0] / scale
        assert found == pytest.approx(usual.differences[column][0])


def test_one_model_of_planned_pairs_has_a_report():
    comparison = sx.compare_losses({"a": P, "b": P**2}, pairs=[("b", "a")]).select(["a"])
    assert "a is the only model" in comparison.to_html()
    assert comparison._repr_html_()


@pytest.mark.parametrize("name", ["weight", "sample_weight", "Fold", "group", "y", "y_true"])
def test_a_column_that_is_no_model_by_its_name_is_refused(name):
    columns = {"a": P, "b": P**2, name: P + 1}
    with pytest.raises(ValueError, match=rf"the column '{name}' is not named like a model"):
        sx.compare_losses(pd.DataFrame(columns))
    assert len(sx.compare_losses(columns).summary) == 3  # a dict has models only
    named = {"weight": "sample_weight", "sample_weight": "sample_weight"}.get(name)
    if named is not None:
        assert len(sx.compare_losses(pd.DataFrame(columns), **{named: name}).summary) == 2
