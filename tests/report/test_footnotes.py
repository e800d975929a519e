"""One numbered note for each kind, and the rows that carry its mark."""

from dataclasses import replace

import pytest

from sklearn_xent.inference.cautions import Caution
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report import sentences
from sklearn_xent.report.footnotes import ORDER, TEXTS, Remark, footnotes, text_of
from sklearn_xent.report.study import MissedClass, Study
from tests.report.test_sentences import CLEAR, NOT_CLEAR, each_sentence, losses, results
from tests.support.rows import change


def test_every_kind_has_words():
    assert set(TEXTS) == {*Caution, *Remark}
    found = results([CLEAR, NOT_CLEAR])
    for note in ORDER:
        if note not in (Caution.ZERO, Remark.MISSED, Remark.FAILED):  # these need their models
            text = text_of(note, [found], ["other 0"], advice=True)
            assert text.endswith(".")
            assert "{" not in text


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"retraining": "not shown"}, Remark.FITTED),
        ({"caution": "unstable"}, Caution.UNSTABLE),
        ({"conclusion": "not clear", "pvalue_holm": 0.06}, Remark.HOLM),
        ({"conclusion": "not clear", "pvalue": 0.07, "pvalue_holm": 0.07}, Remark.APPROXIMATIONS),
        ({"conf_high": 0.01}, Remark.APPROXIMATIONS),
        ({"difference": float("nan")}, Remark.INFINITE),
        ({"conf_low": float("nan"), "degenerate": False}, Remark.NO_INTERVAL),
        ({"degenerate": True, "conf_low": float("nan")}, Caution.NO_SPREAD),
        ({"caution": "serial dependence"}, Caution.SERIAL),
        ({"caution": "clusters skewed"}, Caution.CLUSTERS),
        ({"caution": "approximate"}, Caution.APPROXIMATE),
        ({"caution": "few rows differ"}, Caution.FEW),
    ],
)
def test_a_row_carries_what_limits_it(changes, note):
    found = results([CLEAR, CLEAR])
    change(found.differences, 1, **changes)
    notes = footnotes([found])
    assert [foot.note for foot in notes.notes] == [note]
    assert [notes.at_row(0, name) for name in ("m", "other 0", "other 1")] == [[], [], [1]]
    assert notes.number(note) == 1


@pytest.mark.parametrize(("margin", "told"), [(0.05, False), (0.15, True)])
def test_a_clear_difference_may_be_less_than_the_margin(margin, told):
    notes = footnotes([results([CLEAR], margin=margin)])
    assert [foot.note for foot in notes.notes] == [Remark.MARGIN] * told


@pytest.mark.parametrize(
    ("row", "note", "said"),
    [
        (CLEAR, Remark.WITHIN, "Clear, but by less than your margin"),
        (NOT_CLEAR, Remark.NEARLY, "within your margin, but equivalence is not shown"),
    ],
)
def test_an_interval_within_the_margin_is_told(row, note, said):
    [told] = losses([row, CLEAR], margin=0.6)
    change(told.differences, 1, conclusion="equivalent", pvalue_holm=0.2)
    notes = footnotes([told])
    assert [foot.note for foot in notes.notes] == [note]
    assert notes.at_row(0, "other 0") == [1]
    assert said in each_sentence(told)[0]
    is_clear = row is CLEAR
    assert ("other 0 is clearly worse, but by less" in sentences.overall([told])) == is_clear


def test_too_few_samples_for_equivalence_are_told_once():
    found = results([CLEAR], margin=0.15)
    change(found.differences, caution="few rows differ")
    assert [foot.note for foot in footnotes([found]).notes] == [Caution.FEW]
    [said] = each_sentence(found)
    assert said.count("quivalen") == 1


def test_notes_do_not_give_the_same_advice():
    """Of one claim: unstable models, and an approximate test."""
    found = results([CLEAR])
    change(found.differences, caution="approximate; unstable")
    [said] = each_sentence(found)
    assert "weak claim" in said
    assert said.count("Trust only") == 1


def test_a_note_of_all_pairs_and_all_models_has_one_mark():
    found = results([CLEAR, CLEAR])
    for rows in (found.differences, found.summary):
        change(rows, caution="serial dependence")
    assert footnotes([found]).at_title(0) == [1]


@pytest.mark.parametrize("advice", [True, False])
def test_advice_is_given_where_it_is_asked_for(advice):
    found = results([NOT_CLEAR, NOT_CLEAR], study=Study(can_repeat=True))
    change(found.differences, method="corrected paired t (Nadeau-Bengio)")
    change(found.differences, 0, retraining="not shown")
    change(found.summary, caution=["serial dependence", "", ""])
    notes = footnotes([found], advice=advice).notes
    text = " ".join(note.text for note in notes)
    assert len(notes) == 3
    for step in ("times=", "RepeatedStratifiedKFold", "compare_models"):
        assert (step in text) == advice


@pytest.mark.parametrize(("n_splits", "told"), [(10, True), (11, False)])
def test_few_splits_miss_small_differences(n_splits, told):
    found = results([NOT_CLEAR, CLEAR])
    change(found.differences, method="corrected paired t (Nadeau-Bengio)")
    change(found.differences, n_splits=n_splits)
    notes = footnotes([found])
    assert [foot.note for foot in notes.notes] == [Remark.FEW_SPLITS] * told
    assert notes.at_row(0, "other 1") == []


def test_a_note_of_all_rows_stands_at_the_title():
    told = losses([CLEAR, CLEAR], [CLEAR, NOT_CLEAR])
    for found in told:
        change(found.differences, caution="one sample weighs much")
    change(told[1].differences, 0, caution="")
    notes = footnotes(told)
    assert [notes.at_title(i) for i in (0, 1)] == [[1], []]
    assert notes.at_row(0, "other 0") == []
    assert notes.at_row(1, "other 1") == [1]


def test_only_rows_that_are_shown_are_told_of():
    found = results([CLEAR] * 4)
    change(found.differences, 3, caution="unstable")
    assert footnotes([found], most=3).notes == []
    assert len(footnotes([found], most=4).notes) == 1  # it is the only one more


def test_the_floor_stands_at_the_model_that_meets_it():
    found = results([CLEAR, NOT_CLEAR], LossInfo("Cross-entropy", "nats", 36.04))
    change(found.summary, n_zero_probability=[0, 11, 2])
    change(found.summary, 1, 2, caution="zero probabilities")
    change(found.differences, caution="zero probabilities")
    said = "Zero probability for the true class, raised to a floor: other 0 in 11 of 50 samples"
    notes = footnotes([found])
    assert [note.text for note in notes.notes] == [f"{said} and other 1 in 2."]
    assert [notes.at_row(0, name) for name in ("m", "other 0", "other 1")] == [[], [1], [1]]
    shares = replace(found, floor_shares={"other 0": 0.814, "other 1": 0.003})
    assert footnotes([shares]).notes[0].text == (
        f"{said} (81% of its loss) and other 1 in 2 (less than 1%)."
    )
    tested_often = replace(shares, study=Study(n_samples=10))
    assert "11 of 50 predictions (81% of its loss)" in footnotes([tested_often]).notes[0].text


def test_classes_that_are_never_predicted():
    missed = {"m": [MissedClass("1", 18, 900)], "other 0": [MissedClass("1", 18, 900)]}
    told = losses([CLEAR], [CLEAR], study=Study(missed=missed))
    notes = footnotes(told)
    assert [note.text for note in notes.notes] == [
        "Never predicted, so always wrong: class 1 (18 of 900 samples, 2%) by m and other 0."
    ]
    assert (notes.at_row(0, "m"), notes.at_row(1, "m")) == ([1], [])  # said once


def test_models_that_failed_come_last_with_their_reason():
    found = results([CLEAR, CLEAR, CLEAR])
    change(found.summary, 3, status="failed")
    long = "ValueError in 2 of 10 splits: no. " + "Whole sentences only. " * 20
    change(found.summary, 3, reason=long)
    found = replace(found, differences=found.differences[:2])
    change(found.differences, 0, caution="unstable")
    last = footnotes([found]).notes[-1]
    assert (last.number, last.note) == (2, Remark.FAILED)
    assert last.text.startswith("other 2 failed: ValueError in 2 of 10 splits: no. Whole ")
    assert last.text.endswith("Whole sentences only.")
    assert len(last.text) < 200


def test_retraining_advice_fits_the_design():
    found = results([CLEAR])
    change(found.differences, retraining="not shown")
    alone = "Clear for the models fitted here, but not for retrained models."
    assert footnotes([found]).notes[0].text == alone
    repeatable = replace(found, study=Study(can_repeat=True))
    text = footnotes([repeatable]).notes[0].text
    assert text.startswith(f"{alone} To test retraining: cv=RepeatedStratifiedKFold(")


def test_the_pairs_that_were_corrected_for_are_counted():
    found = results([(-0.2, -0.3, -0.1, "not clear")], study=Study(n_pairs=6))
    change(found.differences, pvalue_holm=0.06)
    text = "Clear alone, but not after correction for all 6 pairs."
    assert [note.text for note in footnotes([found]).notes] == [text]


def test_notes_do_not_depend_on_the_order_of_rows():
    told = losses([CLEAR, NOT_CLEAR, CLEAR])
    change(told[0].differences, caution=["unstable", "one sample weighs much", ""])
    turned = [
        replace(of, differences=of.differences[::-1], summary=of.summary[::-1]) for of in told
    ]
    assert footnotes(turned) == footnotes(told)


def test_notes_of_groups_are_about_groups():
    found = results([CLEAR])
    change(found.differences, method="cluster-robust paired t", n_groups=4)
    change(found.differences, caution="one sample weighs much")
    assert footnotes([found]).notes[0].text.startswith("One group has much influence")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "in every sample, which says nothing about new samples."),
        ({"n_obs": 1}, "in the only sample, which"),
        ({"method": "corrected paired t (Nadeau-Bengio)"}, "in the only split, which"),
        ({"method": "cluster-robust paired t", "n_groups": 4}, "in every group, which"),
    ],
)
def test_where_a_difference_is_constant(changes, said):
    found = results([CLEAR])
    change(found.differences, degenerate=True, **changes)
    assert f"The difference is the same {said}" in footnotes([found]).notes[0].text


def test_a_clear_difference_that_is_equivalent_is_told_so():
    found = results([CLEAR], margin=0.6)
    change(found.differences, 0, conclusion="equivalent")
    assert [foot.note for foot in footnotes([found]).notes] == [Remark.SMALL]
