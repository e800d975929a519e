"""What is said of all losses, of one loss and of one pair, and never more than is shown."""

from dataclasses import replace

import pytest

from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report import sentences
from sklearn_xent.report.study import Study
from sklearn_xent.report.verdicts import LossResults
from tests.support.rows import MEAN, NAN, PAIR, change

LOSS = LossInfo("Loss")
CLEAR, NOT_CLEAR = (-0.2, -0.3, -0.1, "a better"), (-0.2, -0.5, 0.1, "not clear")
EQUIVALENT = (-0.01, -0.02, 0.01, "equivalent")


def results(rows, info=LOSS, **options):
    """A best model "m" and one other for each (difference, low, high, conclusion)."""
    names = ["m", *(f"other {i}" for i in range(len(rows)))]
    means = [0.1, *(0.1 - row[0] for row in rows)]
    summary = [
        replace(MEAN, model=name, mean_loss=mean, rank=rank)
        for rank, (name, mean) in enumerate(zip(names, means, strict=True), start=1)
    ]
    differences = [
        replace(
            PAIR, model_a="m", model_b=name, loss_a=0.1, loss_b=0.1 - d, difference=d, conf_low=low,
            conf_high=high, pvalue=0.01 if high < 0 else 0.4, conclusion=conclusion,
            degenerate=low != low,
        )
        for name, (d, low, high, conclusion) in zip(names[1:], rows, strict=True)
    ]  # fmt: skip
    return LossResults(info, summary, differences, **options)


def losses(*of_each, **options):
    return [results(rows, LossInfo(f"Loss {i}"), **options) for i, rows in enumerate(of_each)]


def each_sentence(found):
    return [sentences.sentence(found, row) for row in found.differences]


# --- all losses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_each", "said"),
    [
        ([[CLEAR, CLEAR]] * 3, "It is clearly better than every other model on all 3."),
        (
            [[CLEAR, CLEAR], [NOT_CLEAR, NOT_CLEAR]],
            "It is clearly better than every other model on loss 0 only.",
        ),
        (
            [[NOT_CLEAR, NOT_CLEAR]] * 2,
            "No difference from it is clear on any loss; another may be best.",
        ),
        (
            [[CLEAR, NOT_CLEAR], [NOT_CLEAR, NOT_CLEAR]],
            "It is clearly better than other 0 on loss 0, but not clearly better than other 1 on "
            "any loss.",
        ),
        (
            [[CLEAR, CLEAR, CLEAR], [CLEAR, NOT_CLEAR, NOT_CLEAR]],
            "It is clearly better than other 0 on both, and than other 1 and other 2 on loss 0.",
        ),
        (
            [[CLEAR] * 3 + [NOT_CLEAR] * 4, [CLEAR] + [NOT_CLEAR] * 6],
            "It is clearly better than 3 of the 7 others on loss 0 and 1 on loss 1; another may be "
            "best.",
        ),
        (
            [[CLEAR, NOT_CLEAR]],
            "It is clearly better than other 0, but not clearly better than other 1.",
        ),
        ([[NOT_CLEAR]], "No difference from it is clear; another may be best."),
    ],
)
def test_the_verdict_on_the_lowest(of_each, said):
    found = sentences.overall(losses(*of_each))
    assert found.endswith(said)
    assert found.startswith("m has the lowest ")


@pytest.mark.parametrize(
    ("retraining", "said"),
    [
        (
            ["not shown", "clear"],
            " For retrained models, 1 of these 2 differences is clear: other 1.",
        ),
        (["not shown"] * 2, " For retrained models none of these 2 differences is clear."),
        (["not shown", None], " For retrained models this difference is not clear."),
        (["clear", "clear"], " Both are clear for retrained models, too."),
        (
            ["clear", "unstable"],
            " The models change much between repeats, so 1 of these 2 claims may be too strong.",
        ),
        (["unstable"] * 2, "between repeats, so these 2 claims may be too strong."),
        ([None, None], "than every other model."),
    ],
)
def test_what_is_not_shown_for_retrained_models_is_counted(retraining, said):
    [only] = losses([CLEAR, CLEAR])
    change(only.differences, retraining=retraining)
    assert sentences.overall([only]).endswith(said)


def test_ties_share_the_lowest_mean_and_claim_what_holds_for_each():
    told = losses([CLEAR, CLEAR], [CLEAR, NOT_CLEAR])
    change(told[0].summary, 1, rank=1)
    said = "m has the lowest mean on both losses, tied with other 0 on loss 0."
    assert sentences.overall(told).startswith(said)
    change(told[1].summary, 1, rank=1)
    told = [  # m and other 0 share the rank; other 0 is not clear of other 1 on loss 1
        replace(of, differences=[*of.differences, replace(of.differences[1], model_a="other 0",
                                                          conclusion=said)])
        for of, said in zip(told, ("a better", "not clear"), strict=True)
    ]  # fmt: skip
    assert sentences.overall(told) == (
        "m and other 0 share the lowest mean on both losses. They are clearly better than other 1 "
        "on loss 0."
    )
    untested = [replace(of, differences=of.differences[:2]) for of in told]
    assert sentences.overall(untested) == "m and other 0 share the lowest mean on both losses."


BEST_0 = (0.2, 0.1, 0.3, "b better")


@pytest.mark.parametrize(
    ("first", "second", "disagree", "said"),
    [
        (NOT_CLEAR, NOT_CLEAR, False, "No difference between them is clear on any loss."),
        (CLEAR, NOT_CLEAR, False, "m is clearly better than other 0 on loss 0."),
        (
            CLEAR,
            BEST_0,
            True,
            "m is clearly better than other 0 on loss 0; other 0 is clearly better than m on loss "
            "1.",
        ),
    ],
)
def test_losses_disagree_only_where_each_is_clearly_better(first, second, disagree, said):
    told = losses([first], [second])
    change(told[1].summary, rank=[2, 1])
    found = sentences.verdict_sentences(told)
    start = "The losses disagree: " if disagree else ""
    assert found == [f"{start}m has the lowest mean on loss 0, other 0 on loss 1.", said]


def test_others_that_are_clearly_worse_than_each_lowest_are_named():
    told = losses([NOT_CLEAR, CLEAR], [NOT_CLEAR, CLEAR])
    change(told[1].summary, rank=[2, 1, 3])
    change(told[1].differences, model_a=["m", "other 0"])
    assert sentences.verdict_sentences(told)[2] == (
        "other 1 is clearly worse than the lowest on both losses."
    )


def test_the_verdict_on_a_baseline():
    told = losses([CLEAR, NOT_CLEAR], [CLEAR, NOT_CLEAR], baseline="m")
    assert sentences.verdict_sentences(told) == [
        "No model is clearly better than the baseline m on any loss.",
        "other 0 is clearly worse on both losses.",
    ]
    told = losses([CLEAR, BEST_0], baseline="m")
    assert sentences.verdict_sentences(told) == [
        "other 1 is clearly better than the baseline m.",
        "other 0 is clearly worse.",
    ]
    told = losses([CLEAR] * 6 + [BEST_0], [CLEAR] * 6 + [NOT_CLEAR], baseline="m")
    assert sentences.verdict_sentences(told) == [
        "Clearly better than the baseline m: 1 of 7 models on loss 0.",
        "Clearly worse: 6 of 7 models on loss 0 and 6 on loss 1.",
    ]


def test_a_baseline_that_failed():
    found = results([CLEAR, CLEAR], baseline="m")
    change(found.summary, 0, status="failed", mean_loss=NAN, rank=3)
    none = replace(found, differences=[])
    said = "The baseline m failed, so nothing is said of the other models."
    assert sentences.verdict_sentences([none]) == [said]


def test_margins():
    told = losses([CLEAR, EQUIVALENT], [CLEAR, EQUIVALENT], margin=0.05)
    assert sentences.verdict_sentences(told)[2] == (
        "other 1 is equivalent to it within the margin on both losses."
    )
    told = losses([CLEAR, NOT_CLEAR], margin=0.05)
    said = "No model is shown to be equivalent to it."
    assert sentences.verdict_sentences(told)[2] == said
    told = losses([EQUIVALENT, NOT_CLEAR], margin=0.05, baseline="m")
    said = "other 0 is equivalent to the baseline within the margin."
    assert sentences.verdict_sentences(told)[2] == said


def test_without_anything_to_compare():
    told = losses([NOT_CLEAR])
    change(told[0].summary, mean_loss=float("inf"), rank=1)
    said = "Every mean loss is infinite, so no model can be called best."
    assert sentences.overall(told) == said
    assert sentences.overall(losses([])) == (
        "m is the only model, so it is compared with no other."
    )


@pytest.mark.parametrize(
    ("skills", "said"),
    [
        ([0.4, 0.25], "Its losses are 25% to 40% lower than those of always predicting the class "),
        ([0.4], "Its loss is 40% lower than that of always predicting the class frequencies."),
        ([0.4, 0.9999], "Its losses are 40% to >99% lower"),
        ([0.4, -0.1], ""),
        ([0.4, NAN], ""),
    ],
)
def test_a_single_model_is_compared_with_the_class_frequencies(skills, said):
    told = losses(*([[]] * len(skills)))
    for of_loss, skill in zip(told, skills, strict=True):
        change(of_loss.summary, skill=skill)
    text = sentences.overall(told)
    assert said in text
    assert said or text == "m is the only model, so it is compared with no other."


def test_candidates_are_called_so():
    [told] = losses([CLEAR, CLEAR], study=Study(candidates=True))
    assert sentences.overall([told]).endswith("than every other candidate.")


def test_failed_models_are_named():
    told = results([CLEAR, CLEAR])
    change(told.summary, 2, status="failed", mean_loss=NAN, rank=3)
    told = replace(told, differences=told.differences[:1])
    assert sentences.overall([told]).endswith("It is clearly better than other 0. other 1 failed.")


# --- one loss -------------------------------------------------------------------------------


def headline(rows, **options):
    return sentences.headline(results(rows, LossInfo("Loss", "nats"), **options))


def test_a_headline_has_the_sign_of_the_table():
    assert headline([CLEAR, NOT_CLEAR]) == (
        "Loss: m has the lowest mean, 0.1 nats. Clearly worse: other 0 (+0.2, 95% interval 0.1 to "
        "0.3). Not clear: other 1 (+0.2, 95% interval -0.1 to 0.5)."
    )
    assert headline([CLEAR, BEST_0, EQUIVALENT], baseline="m", margin=0.05) == (
        "Loss: compared with the baseline m, 0.1 nats. Clearly better: other 1 (-0.2, 95% interval "
        "-0.3 to -0.1). Clearly worse: other 0 (+0.2, 95% interval 0.1 to 0.3). Equivalent within "
        "the margin of 0.05: other 2 (+0.01, 95% interval -0.01 to 0.02)."
    )


def test_brief_leaves_out_intervals_and_notes():
    found = results([(-0.2, -0.3, -0.1, "not clear")])
    change(found.differences, pvalue_holm=0.2)
    said = "Loss: m has the lowest mean, 0.1. Not clear: other 0 (+0.2"
    assert sentences.headline(found, brief=True) == f"{said})."
    assert sentences.headline(found) == (
        f"{said}, 95% interval 0.1 to 0.3). other 0: clear alone, but not after correction for all "
        "pairs."
    )


def test_many_models_are_counted_and_the_nearest_are_told_first():
    said = headline([CLEAR] * 4 + [(-0.1, -0.15, -0.05, "a better")])
    assert "Clearly worse: other 4 (+0.1, 95% interval 0.05 to 0.15), other 0 (" in said
    assert said.endswith(", 2 more.")
    assert "other 2" not in said


def test_what_no_test_can_judge():
    assert headline([(-0.2, NAN, NAN, "not clear")]).endswith(
        "Cannot be judged: other 0 (+0.2). other 0: the difference is the same in every sample, "
        "which says nothing about new samples."
    )


def test_infinite_losses_have_no_best():
    found = results([(NAN, NAN, NAN, "not clear")])
    change(found.summary, mean_loss=float("inf"), rank=1)
    assert sentences.headline(found).startswith("Loss: every mean loss is infinite. Cannot be")


def test_best_as_model_b_turns_the_signs():
    found, turned = results([CLEAR]), results([CLEAR])
    change(
        turned.differences, model_a="other 0", model_b="m", difference=0.2, conf_low=0.1,
        conf_high=0.3, conclusion="b better",
    )  # fmt: skip
    assert sentences.headline(turned) == sentences.headline(found)
    assert each_sentence(turned) == each_sentence(found)


# --- one pair -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (CLEAR, "other 0 is clearly worse than m: +0.2 (95% interval 0.1 to 0.3)."),
        (BEST_0, "m is clearly worse than other 0: +0.2 (95% interval 0.1 to 0.3)."),
        (
            NOT_CLEAR,
            "the difference of other 0 from m is not clear: +0.2 (95% interval -0.1 to 0.5).",
        ),
        (
            (0.0, -0.1, 0.1, "not clear"),
            "the difference of other 0 from m is not clear: no difference (95% interval -0.1 to "
            "0.1).",
        ),
        (
            (-0.2, NAN, NAN, "not clear"),
            "other 0 compared with m cannot be judged: +0.2. The difference is the same in every "
            "sample, which says nothing about new samples.",
        ),
        (
            (NAN, NAN, NAN, "not clear"),
            "m compared with other 0 cannot be judged. A mean loss is infinite, so there is no "
            "difference to judge.",
        ),
        (
            EQUIVALENT,
            "other 0 is equivalent to m within the margin of 0.05: +0.01 (95% interval -0.01 to "
            "0.02).",
        ),
    ],
)
def test_sentences_of_a_pair(row, said):
    margin = 0.05 if row is EQUIVALENT else None
    assert each_sentence(results([row], margin=margin)) == [f"Loss: {said}"]


@pytest.mark.parametrize(
    ("row", "margin", "said"),
    [
        (CLEAR, 0.05, "That is more than the margin of 0.05."),
        (CLEAR, 0.15, "Equivalence within the margin of 0.15 is not shown. Clear, but perhaps by"),
        (NOT_CLEAR, 0.05, "Equivalence within the margin of 0.05 is not shown."),
    ],
)
def test_a_margin_is_always_spoken_of(row, margin, said):
    assert said in each_sentence(results([row], margin=margin))[0]


def test_a_pair_is_told_from_the_baseline():
    said = "Loss: other 0 is clearly better than m: -0.2 (95% interval -0.3 to -0.1)."
    assert each_sentence(results([BEST_0], baseline="m")) == [said]


def test_names_that_could_be_misread_are_quoted():
    found = results([CLEAR]).renamed({"m": "C = 1, l2", "other 0": "salt and pepper"})
    assert each_sentence(found)[0].startswith('Loss: "salt and pepper" is clearly worse than "C =')
    assert sentences.overall([found]).startswith('"C = 1, l2" has the lowest loss. It is clearly')


@pytest.mark.parametrize(
    ("study", "said"),
    [
        (Study(), "3 models; about these fitted models"),
        (Study("one test set", 1), "3 models, 1 sample, one test set; about these fitted models"),
        (
            Study("one table", 9, item="item", about="these models as they are"),
            "3 models, 9 items, one table; about these models as they are",
        ),
        (
            Study("10 splits", 50, n_groups=7, n_effective=12.4, retrained=True),
            "3 models, 50 samples in 7 groups (weighted; they count as 12), 10 splits; about "
            "retrained models",
        ),
        (
            Study("5 splits of a search", candidates=True, retrained=True),
            "3 candidates, 5 splits of a search; about retrained models",
        ),
    ],
)
def test_the_facts(study, said):
    assert study.facts(3) == said


@pytest.mark.parametrize(
    ("study", "said"),
    [
        (Study(n_pairs=3), "all 3 pairs"),
        (Study(n_pairs=2, with_baseline=True), "the 2 pairs with the baseline"),
        (Study(with_baseline=True), "all pairs with the baseline"),
    ],
)
def test_the_pairs_of_a_baseline_are_called_so(study, said):
    assert study.pairs == said
