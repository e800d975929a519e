"""From a comparison to a decision: the set of the best, plans, and verdicts on releases."""

import copy
import json
import pickle
import warnings
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from sklearn_xent.inference.planning import Pilot, detectable_difference, n_for_power

N = 240
RNG = np.random.default_rng(0)
P = RNG.uniform(0.03, 0.97, N)
Y = (RNG.random(N) < P).astype(int)
LOGIT = np.log(P / (1 - P))
MODELS = {
    "true": P,
    "near": 1 / (1 + np.exp(-LOGIT - 0.2 * RNG.normal(size=N))),
    "noisy": 1 / (1 + np.exp(-LOGIT - 0.9 * RNG.normal(size=N))),
    "flat": np.full(N, 0.5),
}
LOSSES = ["classification_error", "brier_loss", "cross_entropy"]
GROUPS = np.arange(N) // 6


def compare(models=MODELS, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return sx.compare_predictions(Y, models, **options)


WHOLE = compare()


def stream(**options):
    accumulator = sx.LossAccumulator(labels=[0, 1], models=list(MODELS), groups="groups" in options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return accumulator.update(Y, MODELS, **options).compute()


# --- the set of the best ----------------------------------------------------------------------


def test_best_set_is_the_column_and_has_the_best():
    assert WHOLE.summary["may_be_best"].dtype == bool
    for loss in LOSSES:
        rows = WHOLE.summary[WHOLE.summary["loss"] == loss].sort_values("rank", kind="stable")
        found = WHOLE.best_set(loss)
        assert found == rows["model"][rows["may_be_best"]].tolist()
        assert found[0] == rows["model"].iloc[0]
        assert "flat" not in found
    assert WHOLE.best_set("mse") == WHOLE.best_set(sx.get_loss("mse"))


def test_best_set_does_not_depend_on_the_order_nor_the_baseline():
    turned = compare(dict(reversed(MODELS.items())))
    based = compare(baseline="flat")
    for loss in LOSSES:
        assert set(turned.best_set(loss)) == set(based.best_set(loss)) == set(WHOLE.best_set(loss))


def test_a_selection_keeps_the_set_of_the_whole():
    some = WHOLE.select(["noisy", "flat"])
    assert some.best_set("mse") == [m for m in WHOLE.best_set("mse") if m in ("noisy", "flat")]
    assert "may still be best" not in str(some)


@pytest.mark.parametrize("options", [{}, {"groups": GROUPS}])
def test_streams_and_clusters(options):
    for found in (compare(**options), stream(**options)):
        for loss in LOSSES:
            assert "true" in found.best_set(loss)
            assert "flat" not in found.best_set(loss)


@pytest.mark.parametrize(
    "options",
    [{"times": np.arange(N)}, {"sample_weight": RNG.uniform(0.5, 2, N)},
     {"folds": np.arange(N) % 5}, {"method": "bootstrap_t", "losses": ["mse"]},
     {"confidence_level": 0.8}],
)  # fmt: skip
def test_designs_have_a_set(options):
    found = compare(**options)
    assert "true" in found.best_set("mse")
    assert "flat" not in found.best_set("mse")


def test_sets_of_splits_and_searches():
    X, y = load_iris(return_X_y=True)
    models = {"bayes": GaussianNB(), "again": GaussianNB(var_smoothing=1e-8)}
    models["lost"] = LogisticRegression(C=1e-6)
    cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        repeated = sx.compare_models(models, X, y, cv=cv, losses="mse")
        search = GridSearchCV(
            LogisticRegression(max_iter=1000), {"C": [1e-6, 1.0, 1.1]}, cv=cv,
            scoring=sx.neg_brier_loss,
        ).fit(X, y)  # fmt: skip
        searched = sx.compare_search(search)
    assert sorted(repeated.best_set()) == ["again", "bayes"]
    assert "C=1e-06" not in searched.best_set()
    for comparison in (repeated, searched):
        assert comparison.differences["detectable_difference"].isna().all()
        plan = comparison.plan(0.01, half_width=0.01)
        assert plan["reason"].str.startswith("splits that overlap test the same samples").all()
        assert plan[["n_for_power", "n_for_half_width"]].isna().all(axis=None)


def test_very_many_models_have_a_set_on_demand(monkeypatch):
    monkeypatch.setattr("sklearn_xent.comparison.frames.MOST_IN_SET", 3)
    many = compare(losses="mse")
    assert many.summary["may_be_best"].isna().all()
    assert many.best_set() == WHOLE.best_set("mse")
    with pytest.raises(ValueError, match=r"of all 4 models .* Ask the whole comparison"):
        many.select(["true", "flat"]).best_set()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: compare({"true": P}, losses="mse").best_set(), "at least two models"),
        (lambda: compare(pairs=[("true", "flat")], losses="mse").best_set(), "were planned"),
        (lambda: WHOLE.best_set(), "3 were compared: pass loss=, one of"),
        (lambda: compare(losses="mse").best_set("xent"), "among those compared"),
        (lambda: compare(losses="mse").best_set("nonsense"), "nonsense"),
        (lambda: compare(losses="mse", groups=np.arange(N) % 5).best_set(), "fewer than 10 groups"),
    ],
)
def test_no_set(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_infinite_losses_are_in_no_set():
    models = {**MODELS, "sure": np.where(np.arange(N) < 3, 1 - Y, P)}
    found = compare(models, losses=sx.get_loss("xent", eps=0))
    assert "sure" not in found.best_set()
    assert pd.isna(found.summary.set_index("model").loc["sure", "may_be_best"])


# --- plans ------------------------------------------------------------------------------------


def test_plan_is_of_the_differences_of_samples():
    plan = WHOLE.plan(0.01, power=0.9, half_width=0.02)
    names = ["loss", "model_a", "model_b"]
    assert plan[names].to_numpy().tolist() == WHOLE.differences[names].to_numpy().tolist()
    row = plan.set_index(names).loc[("brier_loss", "true", "noisy")]
    values = [sx.brier_loss(Y, MODELS[name], reduction="none") for name in ("true", "noisy")]
    pilot = Pilot.from_values(values[0] - values[1])
    assert row["n_obs"] == N
    assert row["detectable_difference"] == detectable_difference(pilot, 0.95, 0.9)
    assert row["n_for_power"] == n_for_power(pilot, 0.01, 0.95, 0.9)
    assert row["unit"] == "sample"
    assert row["reason"] == ""
    eighty = WHOLE.plan()
    np.testing.assert_array_equal(
        eighty["detectable_difference"], WHOLE.differences["detectable_difference"]
    )
    assert eighty[["n_for_power", "n_for_half_width", "n_for_equivalence"]].isna().all(axis=None)


def test_the_difference_is_the_margin_and_never_the_pilots_own():
    margins = {"brier_loss": 0.02}
    plan = compare(equivalence_margin=margins).plan().set_index("loss")
    expected = WHOLE.plan(margins).set_index("loss")
    assert plan["n_for_power"].equals(expected["n_for_power"])
    assert plan["n_for_power"].notna().tolist() == [x == "brier_loss" for x in plan.index]
    assert (plan.loc["brier_loss", "n_for_equivalence"] > 3 * 1 / 0.02).all(), "the rule of three"


def test_plans_of_clusters_streams_and_selections():
    grouped = compare(groups=GROUPS, losses="mse")
    plan = grouped.plan(0.02)
    assert (plan["unit"] == "group").all()
    assert (plan["n_obs"] == N).all()
    assert plan["n_for_power"].dropna().lt(20_000).all()
    of_stream = stream(groups=GROUPS)
    rows = of_stream.plan(0.02).query("loss == 'brier_loss'")
    assert rows["n_for_power"].tolist() == plan["n_for_power"].tolist()
    two = of_stream.select(["near", "flat"]).plan(0.02)
    assert two["n_for_power"].tolist()[1] == rows["n_for_power"].tolist()[4]
    plain = stream().plan(0.02)["n_for_power"]
    known = WHOLE.plan(0.02)["n_for_power"]
    assert (plain >= 0.95 * known).all(), "sums know a bound of the kurtosis only"
    weighted = compare(sample_weight=RNG.uniform(0.1, 3, N), losses="mse").plan(0.02)
    assert (weighted["n_for_power"] > 10).all()


def test_pairs_that_plan_nothing_say_why():
    same = compare({**MODELS, "copy": P}, losses="mse").plan(0.01)
    copy_ = same[(same["model_a"] == "true") & (same["model_b"] == "copy")].iloc[0]
    assert copy_["reason"].startswith("the difference is the same throughout")
    assert pd.isna(copy_["n_for_power"])
    assert np.isnan(copy_["detectable_difference"])
    in_time = compare(times=np.arange(N), losses="mse")
    assert in_time.plan()["reason"].str.startswith("samples in time order").all()
    models = {"sure": np.where(np.arange(N) < 3, 1 - Y, P), "true": P}
    infinite = compare(models, losses=sx.get_loss("xent", eps=0)).plan(0.01)
    assert infinite["reason"].tolist() == ["a mean loss is infinite"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        tiny = sx.compare_predictions([0, 1, 1], {"a": [0.2, 0.7, 0.6], "b": [0.3, 0.9, 0.2]})
    assert (tiny.plan(0.1)["reason"] != "").all()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"difference": 0.0}, "difference must be a positive number"),
        ({"difference": -0.1}, "difference must be a positive number"),
        ({"difference": np.nan}, "difference must be a positive number"),
        ({"difference": np.inf}, "difference must be a positive number"),
        ({"difference": True}, "difference must be a positive number"),
        ({"difference": "0.1"}, "difference must be a positive number"),
        ({"difference": [0.1]}, "difference must be a positive number"),
        ({"difference": 1.5}, "at most 1, the range of classification_error; got 1.5"),
        ({"difference": {"mse": 2.5}}, "at most 1, the range of brier_loss"),
        ({"difference": {"other": 0.1}}, "difference must name losses .* got 'other'"),
        ({"difference": {"mse": None}}, "difference must be a positive number"),
        ({"half_width": 0}, "half_width must be a positive number"),
        ({"half_width": 7.0}, "half_width must be at most"),
        ({"power": 0}, "power must be a number between 0 and 1"),
        ({"power": 1}, "power must be"),
        ({"power": 80}, "power must be"),
        ({"power": np.nan}, "power must be"),
        ({"power": None}, "power must be"),
        ({"power": 0.01}, "power must be above 0.05"),
        ({"difference": {"mse": 0.1, "brier_loss": 0.2}}, "difference must name each loss once"),
    ],
)
def test_bad_plans(arguments, says):
    with pytest.raises(ValueError, match=says):
        WHOLE.plan(**arguments)


def test_a_plan_needs_two_models():
    for comparison in (compare({"true": P}), WHOLE.select("true")):
        with pytest.raises(ValueError, match="plan is of pairs of models"):
            comparison.plan(0.01)


# --- verdicts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_verdicts_agree_with_the_differences(loss):
    for row in WHOLE.differences.query("loss == @loss").to_dict("records"):
        a, b = row["model_a"], row["model_b"]
        forth, back = WHOLE.verdict(a, b, loss), WHOLE.verdict(b, a, loss)
        assert (forth == "better") == (back == "worse") == (row["conclusion"] == "a better")
        assert (back == "better") == (forth == "worse") == (row["conclusion"] == "b better")
        assert forth.difference == row["difference"] == -back.difference
        assert (forth.conf_low, forth.conf_high) == (row["conf_low"], row["conf_high"])
        assert (back.conf_low, back.conf_high) == (-row["conf_high"], -row["conf_low"])
        assert forth.caution == row["caution"]
        wide = WHOLE.verdict(a, b, loss, margin=max(row["conf_high"], 0.0) + 1e-9)
        assert wide == ("better" if row["conclusion"] == "a better" else "not worse")
        if row["conf_high"] > 0 and forth != "better":
            close = WHOLE.verdict(a, b, loss, margin=row["conf_high"])
            assert close == forth, "the bound itself is not below the margin"


def test_a_verdict_is_a_string_with_reasons():
    verdict = compare(losses="mse").verdict("noisy", "flat")
    assert verdict == "better"
    assert verdict in ("better", "not worse")
    assert isinstance(verdict, str)
    assert verdict.reason.startswith("noisy minus flat: -0.")
    assert verdict.reason.endswith("The new model is clearly better.")
    assert verdict.retraining is None
    for again in (copy.copy(verdict), pickle.loads(pickle.dumps(verdict))):
        assert (again, again.__dict__) == (verdict, verdict.__dict__)


def test_not_worse_carries_its_doubts():
    comparison = compare(losses="mse")
    within = comparison.verdict("noisy", "true", margin=0.5)
    assert within == "not worse"
    clear = comparison.differences.query("model_a == 'true' and model_b == 'noisy'").iloc[0]
    if clear["conclusion"] == "a better":
        assert "clearly worse, but by less than the margin" in within.reason
    assert "few rows differ" not in within.caution
    near = comparison.verdict("near", "true", margin=0.011)
    assert near == "not worse"
    assert "few rows differ" in near.caution, "240 samples may hold none of a rare kind"
    errors = compare(losses="error").verdict("near", "true", margin=0.2)
    assert "few rows differ" not in errors.caution, "errors are counted"


def test_equivalence_is_not_worse_within_a_greater_margin():
    models = {name: MODELS[name] for name in ("near", "true")}
    comparison = compare(models, losses="error", equivalence_margin=0.06)
    assert comparison.differences["conclusion"].tolist() == ["equivalent"]
    for new, old in permutations(models):
        assert comparison.verdict(new, old, margin=0.06) == "not worse"


def test_degenerate_pairs_are_not_clear():
    copies = compare({"a": P, "b": P}, losses="mse").verdict("a", "b", margin=0.1)
    assert copies == "not clear"
    assert "same throughout" in copies.reason
    assert copies.caution == "no spread"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("new", "true", "mse"), "new must be one of the models compared, .* got 'new'"),
        (("true", 3, "mse"), "old must be one of the models"),
        (("true", "true", "mse"), "two different models"),
        (("true", "near"), "3 were compared: pass loss="),
        (("true", "near", "mse", -0.1), "margin must be a number of at least 0"),
        (("true", "near", "mse", np.nan), "margin must be"),
        (("true", "near", "mse", True), "margin must be"),
        (("true", "near", "mse", "0.1"), "margin must be"),
    ],
)
def test_bad_verdicts(arguments, says):
    with pytest.raises(ValueError, match=says):
        WHOLE.verdict(*arguments)


def test_a_pair_that_was_not_compared_has_no_verdict():
    based = compare(baseline="flat", losses="mse")
    assert based.verdict("true", "flat") == "better"
    with pytest.raises(ValueError, match=r"differences has no row .*pairs=\[\('true', 'near'\)\]"):
        based.verdict("true", "near")
    planned = compare(pairs=[("near", "true")], losses="mse")
    assert planned.verdict("true", "near").difference == -planned.differences["difference"][0]


# --- words ------------------------------------------------------------------------------------


def test_words_of_the_set_and_of_the_power():
    told = " ".join(str(WHOLE).split())
    noisy = {
        f"noise {i}": 1 / (1 + np.exp(-LOGIT - 0.3 * i * RNG.normal(size=N))) for i in range(8)
    }
    many = compare(noisy, losses="mse")
    assert "may still be best (95% confidence, tested together); the other" in " ".join(
        str(many).split()
    )
    assert "would have been found with 80% power" in told
    assert "observed power" not in told
    page = WHOLE.to_html()
    assert "would have been found with 80% power" in page
    for sentence, row in zip(WHOLE.sentences(), WHOLE.differences.to_dict("records"), strict=True):
        is_open = row["conclusion"] == "not clear"
        assert ("With these 240 samples a difference of" in sentence) == is_open
    losses = WHOLE.plot(loss="mse").losses
    assert losses["may_be_best"].tolist() == [m in WHOLE.best_set("mse") for m in losses["model"]]


def test_no_model_of_the_set_is_clearly_worse_than_another():
    for options in ({}, {"baseline": "noisy"}, {"groups": GROUPS}, {"times": np.arange(N)}):
        found = compare(**options)
        for row in found.differences.to_dict("records"):
            worse = {"a better": row["model_b"], "b better": row["model_a"]}.get(row["conclusion"])
            assert worse not in found.best_set(row["loss"])


def test_a_verdict_has_no_truth_value_of_its_own():
    verdict = compare(losses="mse").verdict("noisy", "true")
    assert verdict == "worse"
    with pytest.raises(TypeError, match="the verdict is 'worse', and every such string would"):
        bool(verdict)
    with pytest.raises(TypeError, match=r'verdict in \("better", "not worse"\)'):
        assert verdict
    assert verdict in ("worse",)
    assert json.loads(json.dumps([verdict])) == ["worse"]
    assert f"{verdict:>7}" == "  worse"
    assert pickle.loads(pickle.dumps(verdict)) == "worse"
    assert copy.deepcopy(verdict).reason == verdict.reason
    assert "worse" in str(pd.DataFrame({"verdict": [verdict]}))


@pytest.mark.parametrize("losses", ["mse", "error"])
def test_a_margin_beyond_the_range_of_the_loss_is_refused(losses):
    with pytest.raises(ValueError, match=r"^margin must be at most 1, the range of .* 2% is 0.02"):
        compare(losses=losses).verdict("near", "true", margin=2)
    with pytest.raises(ValueError, match=r"^equivalence_margin must be at most 1, the range of"):
        compare(losses=losses, equivalence_margin=2)
    with pytest.raises(ValueError, match=r"^equivalence_margin must be at most 1, .* got 5"):
        compare(losses=[losses, "log_loss"], equivalence_margin=5)
    both = compare(losses=[losses, "log_loss"], equivalence_margin={"cross_entropy": 5})
    assert both.verdict("near", "true", "log_loss", margin=5) in ("better", "not worse")


def test_a_verdict_without_a_margin_does_not_call_a_clear_difference_unclear():
    """Equivalence within the comparison's margin hides the clear difference."""
    rng = np.random.default_rng(3)
    p = rng.uniform(0.03, 0.97, 3000)
    y = (rng.random(3000) < p).astype(int)
    new = 1 / (1 + np.exp(-np.log(p / (1 - p)) - 0.2 * rng.normal(size=3000)))
    found = sx.compare_predictions(y, {"old": p, "new": new}, losses="mse", equivalence_margin=0.01)
    assert found.differences["conclusion"].iloc[0] == "equivalent"
    assert found.verdict("new", "old") == "worse"
    assert (
        "The old model is clearly better. They are equivalent within 0.01: pass margin=0.01."
        in (found.verdict("new", "old").reason)
    )
    assert found.verdict("old", "new") == "better"
    assert found.verdict("new", "old", margin=0.01) == "not worse"


@pytest.mark.parametrize(
    "make",
    [
        lambda margin: compare(losses="mse", equivalence_margin=margin),
        lambda margin: sx.compare_losses({"a": P, "b": P**2}, equivalence_margin=margin),
        lambda margin: sx.compare_scores(
            {"a": P, "b": P**2}, name="x", test_size=1, train_size=9, equivalence_margin=margin
        ),
        lambda margin: sx.compare_models(
            {"a": DummyClassifier()}, P[:, None], Y, equivalence_margin=margin
        ),
        lambda margin: (
            sx.LossAccumulator(labels=[0, 1], models=list(MODELS))
            .update(Y, MODELS)
            .compute(equivalence_margin=margin)
        ),
    ],
)
def test_a_margin_of_another_loss_is_refused(make):
    with pytest.raises(ValueError, match="equivalence_margin must name losses that are compared"):
        make({"brierr": 0.1})


def test_a_comparison_that_was_read_back_gives_the_same_verdicts():
    whole = compare({**MODELS, "near": np.clip(P + 0.001, 0, 1)}, losses="mse")
    read_back = sx.Comparison.from_dict(whole.to_dict())
    said = set()
    for new, old in permutations(whole.summary["model"], 2):
        for margin in (0.0, 0.01, 0.3):
            one, other = (x.verdict(new, old, margin=margin) for x in (whole, read_back))
            assert (one, one.reason, one.conf_high) == (other, other.reason, other.conf_high)
            assert ("approximate" in other.caution) == (other == "not worse")
            said.add(str(one))
    assert said >= {"better", "worse", "not worse"}
