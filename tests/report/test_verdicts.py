"""What is read from a row of differences, from either side, and from all rows of a loss."""

import math
from dataclasses import replace

import pytest

from sklearn_xent.inference.cautions import Caution
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report.verdicts import Kind, LossResults, Verdict
from tests.support.rows import MEAN, NAN, PAIR, change


def verdict(margin=None, **changes):
    return Verdict.from_row(replace(PAIR, **changes), margin)


def results(*rows, baseline=None, margin=None, **columns):
    """Three models, of which b is the best, and their pairs."""
    summary = [
        replace(MEAN, model=model, rank=rank) for model, rank in {"a": 2, "b": 1, "c": 3}.items()
    ]
    change(summary, **columns)
    differences = [replace(PAIR, **row) for row in rows]
    return LossResults(LossInfo("Loss"), summary, differences, baseline, margin)


# --- one row --------------------------------------------------------------------------------


def test_a_row_is_seen_from_both_sides():
    row = verdict()
    assert repr(row) == repr(row.seen_from("b"))  # a nan is not equal to itself
    for seen, numbers in (
        (row.seen_from("b"), ("a", "b", -0.1, -0.15, -0.05, "clearly better")),
        (row.seen_from("a"), ("b", "a", 0.1, 0.05, 0.15, "clearly worse")),
    ):
        found = (seen.model, seen.reference, seen.difference, seen.low, seen.high, seen.words)
        assert found == numbers
        assert (seen.kind, seen.lower) == (Kind.CLEAR, "a")
        assert repr(seen.seen_from("a").seen_from("b")) == repr(row)
    assert row.interval == "95% interval -0.15 to -0.05"
    assert row.seen_from("a").interval == "95% interval 0.05 to 0.15"


def test_the_first_of_equal_models_is_the_lower_one():
    assert verdict(difference=0.0).lower == "a"
    assert str(verdict(difference=0.0).seen_from("a").difference) == "0.0"


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({}, Kind.CLEAR, "clearly worse"),
        ({"conclusion": "b better"}, Kind.CLEAR, "clearly better"),
        ({"conclusion": "not clear", "conf_high": 0.1}, Kind.NOT_CLEAR, "not clear"),
        ({"conclusion": "not clear"}, Kind.NOT_CLEAR, "not clear"),
        (
            {"conclusion": "not clear", "difference": 1e-16, "conf_high": 0.1},
            Kind.SAME,
            "not clear",
        ),
        ({"conclusion": "equivalent"}, Kind.EQUIVALENT, "equivalent"),
        ({"degenerate": True, "conf_low": NAN}, Kind.NO_SPREAD, "cannot be judged"),
        ({"conf_low": NAN}, Kind.UNKNOWN, "cannot be judged"),
        ({"difference": -math.inf}, Kind.INFINITE, "cannot be judged"),
        ({"difference": NAN}, Kind.INFINITE, "cannot be judged"),
    ],
)
def test_kinds_and_words(changes, kind, words):
    found = verdict(**changes).seen_from("a")
    assert (found.kind, found.words) == (kind, words)


@pytest.mark.parametrize(
    ("low", "high", "excludes"),
    [(-0.1, 0.1, False), (0.01, 0.1, True), (-0.2, -0.1, True), (0.0, 0.1, False)],
)
def test_whether_the_interval_leaves_out_zero(low, high, excludes):
    assert verdict(conf_low=low, conf_high=high).excludes_zero is excludes


def test_every_caution_is_kept():
    found = verdict(caution="zero probabilities; one sample weighs much; unstable")
    assert found.cautions == {Caution.ZERO, Caution.LEVERAGE, Caution.UNSTABLE}
    assert not verdict().cautions


@pytest.mark.parametrize(
    ("margin", "conclusion", "is_told"),
    [
        (None, "equivalent", True),
        (0.16, "equivalent", True),  # 0.1 + 0.05 * (1 + 0.9) is more
        (0.5, "equivalent", False),
        (0.5, "a better", True),
    ],
)
def test_one_sample_does_not_matter_to_models_that_are_equivalent_anyway(
    margin, conclusion, is_told
):
    found = verdict(
        margin,
        conclusion=conclusion,
        caution="one sample weighs much",
        label_leverage=0.9,
        sample_leverage=NAN,
    )
    assert (Caution.LEVERAGE in found.cautions) == is_told


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.0123456, 0.2, "0.0123 to 0.2"),
        (-1.23e-7, 0.2, "-0.0000001 to 0.2"),  # tiny beside the other
        (1e-7, 2e-6, "1e-07 to 2e-06"),
        (-1e-30, 0.2, "-0.000000000000 to 0.2"),
    ],
)
def test_limits_have_three_digits(low, high, said):
    assert verdict(conf_low=low, conf_high=high).interval == f"95% interval {said}"


# --- all rows of a loss ---------------------------------------------------------------------

ROWS = [{}, {"model_b": "c", "difference": -0.05}, {"model_a": "b", "model_b": "c"}]


def test_verdicts_are_on_all_models_compared_with_one():
    found = results(*ROWS)
    assert [v.model for v in found.verdicts("a")] == ["c", "b"]  # the lowest loss first
    assert [v.model for v in found.compared_with("a")] == ["b", "c"]  # as the rows are
    assert {v.reference for v in found.verdicts("a")} == {"a"}
    assert [v.model for v in found.verdicts()] == ["a", "c"]


@pytest.mark.parametrize(("baseline", "reference"), [(None, "b"), ("a", "a"), ("", "")])
def test_the_reference_is_the_baseline_or_the_best(baseline, reference):
    found = results(*ROWS, baseline=baseline)
    assert (found.reference, found.best) == (reference, "b")
    assert [row.model for row in found.ranked] == ["b", "a", "c"]


def test_rows_have_no_order():
    """Sorting them or dropping one changes no other row."""
    found = results(*ROWS, {"conclusion": "not clear", "retraining": "not shown"})
    for differences in (
        found.differences[::-1],
        sorted(found.differences, key=lambda row: row.difference),
    ):
        other = LossResults(found.info, found.summary[::-1], differences)
        assert other.best == found.best
        assert sorted(map(repr, other.pairs)) == sorted(map(repr, found.pairs))
    fewer = LossResults(found.info, found.summary, found.differences[1:])
    assert repr(fewer.pairs) == repr(found.pairs[1:])


def test_a_difference_that_is_not_known_comes_last():
    found = results({"difference": NAN}, {"model_a": "c"})
    assert [v.model for v in found.verdicts("b")] == ["c", "a"]


def test_models_that_failed_are_not_computed():
    found = results(status=["ok", "failed", "ok"])
    assert [row.model for row in found.computed] == ["a", "c"]


def test_models_are_counted_by_what_is_known_of_them():
    found = results(*ROWS, status=["ok", "failed", "ok"], mean_loss=[0.2, NAN, 0.1], rank=[2, 3, 1])
    assert (found.failed, found.able, found.lowest) == (["b"], ["c", "a"], ["c"])
    assert (found.shown(), found.shown(1)) == (["c", "a"], ["c", "a"])  # one more takes a row
    every = results(mean_loss=0.1)
    assert (every.shown(1), every.shown(2)) == (["b"], ["b", "a", "c"])
    assert results(mean_loss=0.1, baseline="c").shown(1) == ["b", "c"]  # the baseline is shown


def test_renamed_results_are_the_same_with_other_names():
    found = results(*ROWS, baseline="a")
    names = {"a": "A", "b": "B", "c": "C"}
    renamed = found.renamed(names)
    assert (renamed.reference, renamed.best) == ("A", "B")
    assert [(v.model, v.reference) for v in renamed.pairs] == [
        (names[v.model], names[v.reference]) for v in found.pairs
    ]
