"""What is read from a row of differences, from either side, and from all rows of a loss."""

import math

import pandas as pd
import pytest

from sklearn_xent.inference.cautions import Caution
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report.verdicts import Kind, LossResults, Verdict

ROW = {
    "model_a": "a", "model_b": "b", "loss_a": 0.2, "loss_b": 0.3, "difference": -0.1,
    "conf_low": -0.15, "conf_high": -0.05, "confidence_level": 0.95, "pvalue": 0.01,
    "pvalue_holm": 0.02, "method": "paired t", "n_obs": 50, "n_splits": 1, "n_groups": pd.NA,
    "degenerate": False, "label_leverage": 0.1, "sample_leverage": 0.1, "conclusion": "a better",
    "retraining": None, "caution": "",
}  # fmt: skip
NAN = math.nan


def verdict(margin=None, **changes):
    return Verdict.from_row({**ROW, **changes}, margin)


def results(*rows, baseline=None, margin=None, **columns):
    summary = pd.DataFrame({"model": ["a", "b", "c"], "rank": [2, 1, 3], "status": "ok"})
    differences = pd.DataFrame([{**ROW, **row} for row in rows])
    return LossResults(LossInfo("Loss"), summary.assign(**columns), differences, baseline, margin)


# --- one row --------------------------------------------------------------------------------


def test_a_row_is_seen_from_both_sides():
    row = verdict()
    assert row == row.seen_from("b")
    for seen, numbers in (
        (row.seen_from("b"), ("a", "b", -0.1, -0.15, -0.05, "lower")),
        (row.seen_from("a"), ("b", "a", 0.1, 0.05, 0.15, "higher")),
    ):
        found = (seen.model, seen.reference, seen.difference, seen.low, seen.high, seen.side)
        assert found == numbers
        assert (seen.kind, seen.lower) == (Kind.CLEAR, "a")
        assert seen.seen_from("a").seen_from("b") == row
    assert row.interval == "95% interval -0.15 to -0.05"
    assert row.seen_from("a").interval == "95% interval 0.05 to 0.15"


def test_the_first_of_equal_models_is_the_lower_one():
    assert verdict(difference=0.0).lower == "a"
    assert str(verdict(difference=0.0).seen_from("a").difference) == "0.0"


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({}, Kind.CLEAR, "higher: shown by the data"),
        ({"conclusion": "b better"}, Kind.CLEAR, "higher: shown by the data"),
        ({"conclusion": "not clear", "conf_high": 0.1}, Kind.NOT_CLEAR, "the data cannot tell"),
        (
            {"conclusion": "not clear"},
            Kind.NOT_CLEAR,
            "the data cannot tell; not shown once corrected for all pairs",
        ),
        (
            {"conclusion": "not clear", "pvalue": 0.07},
            Kind.NOT_CLEAR,
            "the data cannot tell; p = 0.07 by the exact test",
        ),
        (
            {"conclusion": "not clear", "difference": 1e-16, "conf_high": 0.1},
            Kind.SAME,
            "the data cannot tell",
        ),
        ({"conclusion": "equivalent"}, Kind.EQUIVALENT, "equivalent within the margin"),
        (
            {"retraining": "not shown"},
            Kind.CLEAR,
            "higher: shown by the data; as fitted here, not for retrained models",
        ),
        ({"retraining": "clear"}, Kind.CLEAR, "higher: shown by the data"),
        (
            {"retraining": "unstable", "caution": "unstable"},
            Kind.CLEAR,
            "higher: shown by the data; unstable between repeats: this test may claim too much",
        ),
        (
            {"caution": "one sample weighs much"},
            Kind.CLEAR,
            "higher: shown by the data; its interval may be too narrow",
        ),
        ({"caution": "zero probabilities"}, Kind.CLEAR, "higher: shown by the data"),
        (
            {"degenerate": True, "conf_low": NAN},
            Kind.NO_SPREAD,
            "nothing can be said: no spread",
        ),
        ({"conf_low": NAN}, Kind.UNKNOWN, "nothing can be said: too little data"),
        ({"difference": -math.inf}, Kind.INFINITE, "nothing can be said: an infinite loss"),
        ({"difference": NAN}, Kind.INFINITE, "nothing can be said: an infinite loss"),
    ],
)
def test_kinds_and_words(changes, kind, words):
    found = verdict(**changes).seen_from("a")
    assert (found.kind, found.words) == (kind, words)


def test_every_caution_is_kept():
    found = verdict(caution="zero probabilities; one sample weighs much; unstable")
    assert found.cautions == {Caution.ZERO, Caution.LEVERAGE, Caution.UNSTABLE}
    assert not verdict().cautions


@pytest.mark.parametrize("missing", [None, NAN, pd.NA])
def test_retraining_may_be_missing(missing):
    assert verdict(retraining=missing).retraining is None


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
    ("changes", "said"),
    [
        ({}, "in every sample alike"),
        ({"n_obs": 1}, "in the only sample"),
        ({"method": "corrected paired t (Nadeau-Bengio)"}, "in the only split"),
        ({"method": "cluster-robust paired t", "n_groups": 4}, "in every group alike"),
    ],
)
def test_where_a_difference_is_constant(changes, said):
    assert verdict(degenerate=True, **changes).constancy == said


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
    assert found.ranked["model"].tolist() == ["b", "a", "c"]


def test_rows_have_no_order_and_no_index():
    """Sorting the frames, giving them other labels or dropping a row changes no other row."""
    found = results(*ROWS, {"conclusion": "not clear", "retraining": "not shown"})
    for differences in (
        found.differences[::-1],
        found.differences.set_axis([7, 7, 7, 7]),
        found.differences.sort_values("difference", ignore_index=True),
    ):
        other = LossResults(found.info, found.summary[::-1], differences)
        assert other.best == found.best
        assert sorted(other.pairs, key=repr) == sorted(found.pairs, key=repr)
    fewer = LossResults(found.info, found.summary, found.differences.drop(index=0))
    assert fewer.pairs == found.pairs[1:]


def test_a_difference_that_is_not_known_comes_last():
    found = results({"difference": NAN}, {"model_a": "c"})
    assert [v.model for v in found.verdicts("b")] == ["c", "a"]


def test_models_that_failed_are_not_computed():
    assert results(status=["ok", "failed", "ok"]).computed["model"].tolist() == ["a", "c"]
