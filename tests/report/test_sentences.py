"""What is said of one loss, of one pair and of all losses, and never more than is shown."""

import pandas as pd
import pytest

from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report import sentences
from sklearn_xent.report.verdicts import LossResults

LOSS, NAN = LossInfo("Loss"), float("nan")
CLEAR, NOT_CLEAR = (-0.2, -0.3, -0.1, "a better"), (-0.2, -0.5, 0.1, "not clear")


def results(rows, info=LOSS, **options):
    """A best model "m" and one other for each (difference, low, high, conclusion)."""
    names = ["m", *(f"other {i}" for i in range(len(rows)))]
    summary = pd.DataFrame(
        {
            "model": names,
            "mean_loss": [0.1, *(0.1 - row[0] for row in rows)],
            "rank": range(1, len(names) + 1),
            "n_obs": 50,
            "n_zero_probability": 0,
            "method": "t interval",
            "estimand": "mean loss",
            "status": "ok",
            "reason": "",
        }
    )
    differences = pd.DataFrame(
        [
            {"model_a": "m", "model_b": name, "difference": d, "conf_low": low, "conf_high": high,
             "loss_a": 0.1, "loss_b": 0.1 - d, "n_obs": 50, "n_splits": 1, "retraining": None,
             "pvalue": 0.01 if high < 0 else 0.4, "pvalue_holm": 0.02, "method": "paired t",
             "label_leverage": 0.1, "sample_leverage": 0.1, "caution": "",
             "conclusion": conclusion, "degenerate": pd.isna(low), "confidence_level": 0.95}
            for name, (d, low, high, conclusion) in zip(names[1:], rows, strict=True)
        ]
    )  # fmt: skip
    return LossResults(info, summary, differences, **options)


def headline(rows, brief=False, **options):
    return sentences.headline(results(rows, LossInfo("Loss", "nats"), **options), brief=brief)


def each_sentence(found):
    return [sentences.sentence(found, row) for row in found.differences.to_dict("records")]


# --- one loss -------------------------------------------------------------------------------


def test_a_clear_difference():
    assert headline([CLEAR]) == (
        "Loss: m has the lowest mean loss, 0.1 nats; shown by the data to be less than that of "
        "other 0 (lower by 0.2, 95% interval 0.1 to 0.3)."
    )


def test_a_difference_that_is_not_clear():
    assert headline([NOT_CLEAR]).endswith(
        "; the data cannot tell it apart from other 0 (lower by 0.2, 95% interval -0.1 to 0.5)."
    )


def test_a_difference_that_is_clear_for_one_pair_only():
    said = headline([(-0.2, -0.3, -0.1, "not clear")])
    assert "not shown once corrected for all pairs" in said


def test_no_spread():
    assert "nothing can be said against other 0 (lower by 0.2 in every sample alike)" in headline(
        [(-0.2, NAN, NAN, "not clear")]
    )


def test_many_models_are_counted():
    said = headline([CLEAR] * 5)
    assert "other 2 (lower by" in said
    assert "other 3" not in said
    assert "and 2 more" in said


def test_best_as_model_b_turns_the_signs():
    found = results([CLEAR], LossInfo("Loss", "nats"))
    turned = found.differences.assign(
        model_a="other 0", model_b="m", difference=0.2, conf_low=0.1, conf_high=0.3,
        conclusion="b better",
    )  # fmt: skip
    as_b = sentences.headline(LossResults(found.info, found.summary, turned))
    assert as_b == headline([CLEAR])


def test_best_outside_the_baseline_pairs():
    found = results([CLEAR] * 2)
    others = found.differences.assign(model_a="other 0", model_b="other 1")
    said = sentences.headline(LossResults(found.info, found.summary, others))
    assert said == "Loss: m has the lowest mean loss, 0.1; it was compared with no other model."


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (
            "caution",
            "one sample weighs much",
            "The interval of the difference to other 0, other 2, other 3 and 1 more may be too "
            "narrow: single samples weigh much.",
        ),
        (
            "caution",
            "unstable",
            "The difference to other 0, other 2, other 3 and 1 more varies so much between repeats "
            "that this test may claim too much.",
        ),
        (
            "retraining",
            "not shown",
            "The difference to other 0, other 2, other 3 and 1 more is shown for the models as "
            "fitted here, not for models retrained on other samples.",
        ),
    ],
)
def test_models_to_be_careful_of_are_named(column, value, said):
    found = results([CLEAR] * 5)
    found.differences.loc[[0, 2, 3, 4], column] = value
    assert sentences.headline(found).endswith(f" {said}")


def test_nearest_are_told_first():
    said = headline([(-0.4, -0.9, 0.1, "not clear"), (-0.1, -0.6, 0.4, "not clear")])
    assert said.index("other 1") < said.index("other 0")


def test_compared_with_the_baseline():
    assert headline([CLEAR, (-0.1, -0.3, 0.1, "not clear")], baseline="m") == (
        "Loss: compared with the baseline m, 0.1 nats: the data show a higher loss of other 0 "
        "(higher by 0.2, 95% interval 0.1 to 0.3 of the difference); the data cannot tell other 1 "
        "(higher by 0.1, 95% interval -0.1 to 0.3 of the difference) apart from it."
    )
    better = [(0.2, 0.1, 0.3, "b better"), (0.01, -0.01, 0.03, "equivalent")]
    assert headline(better, baseline="m", margin=0.05, brief=True) == (
        "Loss: compared with the baseline m, 0.1 nats: the data show a lower loss of other 0 "
        "(lower by 0.2); equivalent within the margin of 0.05: other 1 (lower by 0.01)."
    )


def test_a_baseline_that_nothing_could_be_compared_with():
    found = results([CLEAR], baseline="m")
    none = LossResults(found.info, found.summary, found.differences.iloc[:0], baseline="m")
    assert sentences.headline(none) == (
        "Loss: compared with the baseline m, 0.1, no model could be compared."
    )


def test_brief_leaves_out_intervals():
    said = headline([CLEAR, (-0.1, -0.3, 0.1, "not clear")], brief=True)
    assert "interval" not in said
    assert "other 0 (lower by 0.2)" in said
    doubted = headline([(-0.2, -0.3, -0.1, "not clear")], brief=True)
    assert "(lower by 0.2, not shown once corrected for all pairs)" in doubted


def test_a_failed_model_and_why():
    found = results([CLEAR, CLEAR])
    found.summary.loc[2, ["status", "reason"]] = "failed", f"ValueError: {'no ' * 100}."
    said = sentences.headline(found)
    assert " other 1 failed: ValueError: no no" in said
    assert said.endswith(" no [...].")


def test_infinite_losses_have_no_best():
    found = results([NOT_CLEAR])
    found.summary[["mean_loss", "rank"]] = float("inf"), 1
    assert sentences.headline(found) == (
        "Loss: every mean loss is infinite, so nothing can be said."
    )


def test_the_share_of_the_floor_is_told():
    for floor_cost in (0.0, 36.04):
        found = results([NOT_CLEAR], LossInfo("Cross-entropy", "nats", floor_cost))
        found.summary["n_zero_probability"], found.summary["n_obs"] = [0, 11], 1797
        found.summary["mean_loss"] = [0.1, 0.274]
        said = [sentences.headline(found), *each_sentence(found)]
        told = (
            "a floor decides the loss: other 0 in 11 of 1797 samples, which make about 81% of its "
            "loss."
        )
        assert [line.endswith(told) for line in said] == [floor_cost > 0] * 2


def test_of_several_best_the_weakest_claim_is_told():
    """Whichever of the two that share the rank comes first."""
    found = results([CLEAR, CLEAR])
    summary, differences = found.summary, found.differences
    summary["rank"], summary["mean_loss"] = [1, 1, 3], [0.1, 0.1, 0.3]
    differences["model_a"], differences["model_b"] = ["m", "other 0"], "other 1"
    differences["conf_high"], differences["conclusion"] = [-0.1, 0.1], ["a better", "not clear"]
    for rows in (differences, differences[::-1]):
        said = sentences.headline(LossResults(found.info, summary, rows))
        assert said.startswith("Loss: m and other 0 share the lowest mean loss, 0.1; the data can")
        assert said.count("other 1") == 1


# --- one pair -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (CLEAR, "the data show that m has a lower loss than other 0, by 0.2 (95% interval 0.1 to"),
        (NOT_CLEAR, "m has a lower loss than other 0 in this sample, by 0.2, but the data cannot"),
        ((0.0, -0.1, 0.1, "not clear"), "m and other 0 have the same loss here, but the data can"),
        ((-0.2, NAN, NAN, "not clear"), "m and other 0 differ by 0.2, in every sample alike; that"),
        ((0.0, NAN, NAN, "not clear"), "m and other 0 do not differ, in every sample alike; that"),
        ((NAN, NAN, NAN, "not clear"), "nothing can be said of m and other 0: a loss is infinite."),
        ((0.2, 0.1, 0.3, "b better"), "the data show that other 0 has a lower loss than m, by 0.2"),
    ],
)
def test_sentences_of_a_pair(row, said):
    assert each_sentence(results([row]))[0].startswith(f"Loss: {said}")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("caution", "one sample weighs much", "may be too narrow: single samples weigh much."),
        ("caution", "unstable", "vary much between repeats, so this test may claim too much."),
        ("retraining", "not shown", "as fitted here, not for models retrained on other samples."),
    ],
)
def test_what_limits_a_pair_is_told(column, value, said):
    found = results([CLEAR, CLEAR])
    found.differences.loc[1, column] = value
    assert [line.endswith(said) for line in each_sentence(found)] == [False, True]


def test_few_splits_miss_small_differences():
    found = results([NOT_CLEAR, CLEAR])
    found.differences["method"] = "corrected paired t (Nadeau-Bengio)"
    for n_splits, told in ((10, True), (11, False)):
        found.differences["n_splits"] = n_splits
        said = each_sentence(LossResults(found.info, found.summary, found.differences))
        assert [f"This test on {n_splits} splits" in line for line in said] == [told, False]


def test_a_margin_that_is_exceeded_is_told():
    told = each_sentence(results([CLEAR, NOT_CLEAR], margin=0.05))
    assert told[0].endswith("0.3). That is more than the margin of 0.05.")
    assert told[1].endswith("Equivalence within the margin of 0.05 is not shown.")


# --- all losses -----------------------------------------------------------------------------


def losses(*of_each):
    return [results(rows, LossInfo(f"Loss {i}")) for i, rows in enumerate(of_each)]


@pytest.mark.parametrize(
    ("of_each", "sure"),
    [
        (
            [[CLEAR, CLEAR], [CLEAR, CLEAR]],
            "The data show it against every other model under every loss.",
        ),
        (
            [[NOT_CLEAR, NOT_CLEAR], [NOT_CLEAR, NOT_CLEAR]],
            "The data do not show it against any other model.",
        ),
        (
            [[CLEAR, NOT_CLEAR], [NOT_CLEAR, NOT_CLEAR]],
            "The data show it against other 0 under Loss 0 only; not against other 1.",
        ),
        ([[CLEAR, NOT_CLEAR]], "The data show it against other 0; not against other 1."),
    ],
)
def test_overall_says_how_sure(of_each, sure):
    said = sentences.overall(losses(*of_each))
    assert said.endswith(sure)
    assert said.startswith("m has the lowest mean loss under ")


@pytest.mark.parametrize(
    ("retraining", "said"),
    [
        (["not shown", "clear"], ", but only 1 of these 2 differences for retrained models."),
        (["not shown", "not shown"], ", but not for retrained models."),
        (["clear", "unstable"], "."),
        ([None, None], "."),
    ],
)
def test_overall_counts_what_is_not_shown_for_retrained_models(retraining, said):
    [only] = losses([CLEAR, CLEAR])
    only.differences["retraining"] = retraining
    assert sentences.overall([only]).endswith(f"The data show it against every other model{said}")


def test_overall_ties_do_not_make_losses_disagree():
    told = losses([CLEAR, NOT_CLEAR], [CLEAR, NOT_CLEAR])
    told[0].summary.loc[1, "rank"] = 1
    assert sentences.overall(told).startswith("m has the lowest mean loss under both losses.")
    told[1].summary.loc[1, "rank"] = 1
    assert sentences.overall(told) == "m and other 0 share the lowest mean loss under both losses."


def test_overall_of_losses_that_disagree():
    told = losses([NOT_CLEAR], [NOT_CLEAR])
    told[1].summary["rank"] = [2, 1]
    assert sentences.overall(told) == (
        "The losses disagree on which model is best: m under Loss 0; other 0 under Loss 1. The "
        "data show the best to differ from the others named under no loss."
    )


def test_overall_without_anything_to_say():
    told = losses([NOT_CLEAR])
    told[0].summary["mean_loss"] = float("inf")
    assert sentences.overall(told) == "Nothing can be said: every mean loss is infinite."
    assert sentences.overall(losses([])) == "m is the only model."


def test_overall_is_silent_on_models_that_were_not_compared():
    [whole] = losses([CLEAR, NOT_CLEAR])
    part = LossResults(whole.info, whole.summary, whole.differences.iloc[:1])
    assert sentences.overall([part]) == "m has the lowest mean loss under Loss 0."


def test_about_counts_samples_once_and_groups():
    told = losses([])
    told[0].summary["n_obs"] = 712
    for counts, said in (
        ((712,), "from 712 tested samples, by t interval."),
        ((178,), "from 178 samples, tested 712 times in all, by t interval."),
        ((712, 25), "from 712 tested samples in 25 groups, by t interval."),
    ):
        assert sentences.about(told, *counts) == f"About the mean loss, {said}"


def test_about_leaves_out_models_that_failed():
    told = losses([CLEAR], [CLEAR])
    told[0].summary.loc[0, ["status", "method", "n_obs"]] = "failed", "", 0
    told[1].summary["method"] = "Wilson interval"
    said = "About the mean loss, from 50 tested samples, by t interval and Wilson interval."
    assert sentences.about(told) == said
