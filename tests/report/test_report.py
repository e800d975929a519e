import pandas as pd

from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report import sentences


def frames(verdicts):
    """A best model "m" and one other for each verdict: (difference, low, high, conclusion)."""
    names = ["m", *(f"other {i}" for i in range(len(verdicts)))]
    summary = pd.DataFrame(
        {
            "model": names,
            "mean_loss": [0.1, *(0.1 - v[0] for v in verdicts)],
            "rank": range(1, len(names) + 1),
            "n_zero_probability": 0,
            "method": "t interval",
            "status": "ok",
            "reason": "",
        }
    )
    differences = pd.DataFrame(
        [
            {"model_a": "m", "model_b": name, "difference": d, "conf_low": low, "conf_high": high,
             "loss_a": 0.1, "loss_b": 0.1 - d, "n_obs": 50, "n_splits": 1,
             "retraining": None, "caution": "",
             "pvalue": 0.01 if high < 0 else 0.4, "pvalue_holm": 0.02, "method": "paired t",
             "label_leverage": 0.1, "sample_leverage": 0.1,
             "conclusion": conclusion, "degenerate": low != low, "confidence_level": 0.95}
            for name, (d, low, high, conclusion) in zip(names[1:], verdicts, strict=True)
        ]
    )  # fmt: skip
    return summary, differences


def headline(verdicts, **options):
    return sentences.headline(LossInfo("Loss", "nats"), *frames(verdicts), **options)


def test_lower():
    assert headline([(-0.2, -0.3, -0.1, "a better")]) == (
        "Loss: m has the lowest mean loss, 0.1 nats; shown by the data to be less than that of "
        "other 0 (lower by 0.2, 95% interval 0.1 to 0.3)."
    )


def test_open():
    assert headline([(-0.2, -0.5, 0.1, "not clear")]).endswith(
        "; the data cannot tell it apart from other 0 (lower by 0.2, 95% interval -0.1 to 0.5)."
    )


def test_open_only_after_adjusting():
    assert "not shown once adjusted for all pairs" in headline([(-0.2, -0.3, -0.1, "not clear")])


def test_degenerate():
    nan = float("nan")
    assert "nothing can be said against other 0 (lower by 0.2 in every sample alike)" in headline(
        [(-0.2, nan, nan, "not clear")]
    )


def test_many_are_counted():
    assert "other 2 (lower by" in headline([(-0.2, -0.3, -0.1, "a better")] * 5)
    assert "and 2 more" in headline([(-0.2, -0.3, -0.1, "a better")] * 5)


def test_best_as_model_b_turns_the_signs():
    summary, differences = frames([(-0.2, -0.3, -0.1, "a better")])
    turned = differences.assign(
        model_a="other 0", model_b="m", difference=0.2, conf_low=0.1, conf_high=0.3,
        conclusion="b better",
    )  # fmt: skip
    as_b = sentences.headline(LossInfo("Loss", "nats"), summary, turned)
    assert as_b == headline([(-0.2, -0.3, -0.1, "a better")])


def test_best_outside_the_baseline_pairs():
    summary, differences = frames([(-0.2, -0.3, -0.1, "a better")] * 2)
    others = differences.assign(model_a="other 0", model_b="other 1")
    told = sentences.headline(LossInfo("Loss"), summary, others)
    assert told == "Loss: m has the lowest mean loss, 0.1; it was compared with no other model."


def test_doubtful_intervals_are_told():
    summary, differences = frames([(-0.2, -0.3, -0.1, "a better")] * 5)
    differences.loc[[0, 2, 3, 4], "label_leverage"] = 0.6
    differences.loc[[0, 2, 3, 4], "caution"] = "one sample weighs much"
    said = sentences.headline(LossInfo("Loss"), summary, differences)
    assert said.endswith(
        " The interval of the difference to other 0, other 2, other 3 and 1 more may be too short: "
        "single samples weigh much."
    )


def test_nearest_are_told_first():
    verdicts = [(-0.4, -0.9, 0.1, "not clear"), (-0.1, -0.6, 0.4, "not clear")]
    said = headline(verdicts)
    assert said.index("other 1") < said.index("other 0")


# --- against a baseline, and over all losses ----------------------------------------------------


def test_against_the_baseline():
    verdicts = [(-0.2, -0.3, -0.1, "a better"), (-0.1, -0.3, 0.1, "not clear")]
    assert headline(verdicts, baseline="m") == (
        "Loss: held against the baseline m, 0.1 nats: the data show a higher loss of other 0 "
        "(higher by 0.2, 95% interval 0.1 to 0.3 of the difference); the data cannot tell other 1 "
        "(higher by 0.1, 95% interval -0.1 to 0.3 of the difference) apart from it."
    )
    better = [(0.2, 0.1, 0.3, "b better"), (0.01, -0.01, 0.03, "equivalent")]
    assert headline(better, baseline="m", margin=0.05, brief=True) == (
        "Loss: held against the baseline m, 0.1 nats: the data show a lower loss of other 0 (lower "
        "by 0.2); equivalent within the margin of 0.05: other 1 (lower by 0.01)."
    )


def test_a_baseline_that_nothing_could_be_compared_with():
    summary, differences = frames([(-0.2, -0.3, -0.1, "a better")])
    said = sentences.headline(LossInfo("Loss"), summary, differences.iloc[:0], baseline="m")
    assert said.endswith("held against the baseline m, 0.1, no model could be compared.")


def test_brief_leaves_out_intervals():
    said = headline([(-0.2, -0.3, -0.1, "a better"), (-0.1, -0.3, 0.1, "not clear")], brief=True)
    assert "interval" not in said
    assert "other 0 (lower by 0.2)" in said
    doubted = headline([(-0.2, -0.3, -0.1, "not clear")], brief=True)
    assert "(lower by 0.2, not shown once adjusted for all pairs)" in doubted


def overall(*of_losses):
    """From the verdicts of each loss, and the models in their order."""
    told = {}
    for i, verdicts in enumerate(of_losses):
        summary, differences = frames(verdicts)
        told[f"loss_{i}"] = (LossInfo(f"Loss {i}"), summary, differences)
    return told


SHOWN, OPEN = (-0.2, -0.3, -0.1, "a better"), (-0.2, -0.5, 0.1, "not clear")


def test_overall_says_how_sure():
    for verdicts, sure in (
        (
            [[SHOWN, SHOWN], [SHOWN, SHOWN]],
            "The data show it against every other model under every loss.",
        ),
        ([[OPEN, OPEN], [OPEN, OPEN]], "The data do not show it against any other model."),
        (
            [[SHOWN, OPEN], [OPEN, OPEN]],
            "The data show it against other 0 under Loss 0 only; not against other 1.",
        ),
        ([[SHOWN, OPEN]], "The data show it against other 0; not against other 1."),
    ):
        said = sentences.overall(overall(*verdicts))
        assert said.endswith(sure)
        assert said.startswith("m has the lowest mean loss under ")


def test_overall_counts_what_is_not_shown_for_training_anew():
    everyone = "The data show it against every other model"
    told = overall([SHOWN, SHOWN])
    told["loss_0"][2].loc[0, "retraining"] = "not shown"
    some = f"{everyone}, but only 1 of these 2 differences for models trained anew."
    assert sentences.overall(told).endswith(some)
    told["loss_0"][2]["retraining"] = "not shown"
    assert sentences.overall(told).endswith(f"{everyone}, but not for models trained anew.")


def test_overall_ties_do_not_make_losses_disagree():
    told = overall([SHOWN, OPEN], [SHOWN, OPEN])
    told["loss_0"][1].loc[1, "rank"] = 1
    assert sentences.overall(told).startswith("m has the lowest mean loss under both losses.")
    told["loss_1"][1].loc[1, "rank"] = 1
    assert sentences.overall(told) == "m and other 0 share the lowest mean loss under both losses."


def test_overall_of_losses_that_disagree():
    told = overall([OPEN], [OPEN])
    told["loss_1"][1]["rank"] = [2, 1]
    assert sentences.overall(told) == (
        "The losses disagree on which model is best: m under Loss 0; other 0 under Loss 1. The "
        "data show the best to differ from the others named under no loss."
    )


def test_overall_without_anything_to_say():
    told = overall([OPEN])
    told["loss_0"][1]["mean_loss"] = float("inf")
    assert sentences.overall(told) == "Nothing can be said: every mean loss is infinite."
    summary, _ = frames([])
    assert sentences.overall({"a": (LossInfo("A"), summary, summary)}) == "m is the only model."


def test_infinite_losses_have_no_best():
    summary, differences = frames([OPEN])
    summary["mean_loss"], summary["rank"] = float("inf"), 1
    said = sentences.headline(LossInfo("Loss"), summary, differences)
    assert said == "Loss: every mean loss is infinite, so nothing can be said."


def test_about_counts_samples_once_and_groups():
    summary = frames([])[0].assign(n_obs=712, estimand="loss")
    assert "from 712 tested samples, by" in sentences.about(summary, 712)
    assert "from 178 samples, tested 712 times in all, by" in sentences.about(summary, 178)
    assert "from 712 tested samples in 25 groups, by" in sentences.about(summary, 712, 25)


def test_overall_is_silent_on_models_that_were_not_compared():
    told = overall([SHOWN, OPEN])
    shown, summary, differences = told["loss_0"]
    told = {"loss_0": (shown, summary, differences.iloc[:1])}
    assert sentences.overall(told) == "m has the lowest mean loss under Loss 0."


def test_the_share_of_the_floor_is_told():
    summary, differences = frames([OPEN])
    summary["n_zero_probability"], summary["n_obs"] = [0, 11], 1797
    summary["mean_loss"] = [0.1, 0.274]
    shown = LossInfo("Cross-entropy", "nats", 36.04)
    assert sentences.headline(shown, summary, differences).endswith(
        "a floor decides the loss: other 0 in 11 of 1797 samples, which make about 81% of its loss."
    )
    assert "floor" not in sentences.headline(LossInfo("Loss"), summary, differences)


def test_of_several_best_the_weakest_claim_is_told():
    """Whichever of the two that share the rank comes first."""
    summary, differences = frames([SHOWN, SHOWN])
    summary["rank"], summary["mean_loss"] = [1, 1, 3], [0.1, 0.1, 0.3]
    differences["model_a"], differences["model_b"] = ["m", "other 0"], "other 1"
    differences["conf_high"], differences["conclusion"] = [-0.1, 0.1], ["a better", "not clear"]
    for rows in (differences, differences[::-1]):
        said = sentences.headline(LossInfo("Loss"), summary, rows)
        assert said.startswith("Loss: m and other 0 share the lowest mean loss, 0.1; the data can")
        assert said.count("other 1") == 1


def test_a_margin_that_is_exceeded_is_told():
    summary, differences = frames([SHOWN, OPEN])
    told = [
        sentences.sentence(LossInfo("Loss"), row, 0.05, summary)
        for row in differences.to_dict("records")
    ]
    assert told[0].endswith("0.3). That is more than the margin of 0.05.")
    assert told[1].endswith("Equivalence within the margin of 0.05 is not shown.")
