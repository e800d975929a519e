import math

import pandas as pd
import pytest

from sklearn_xent.report import verdicts

ROW = {
    "model_a": "a", "model_b": "b", "loss_a": 0.2, "loss_b": 0.3, "difference": -0.1,
    "conf_low": -0.15, "conf_high": -0.05, "confidence_level": 0.95, "pvalue": 0.01,
    "pvalue_holm": 0.02, "method": "paired t", "n_obs": 50, "n_splits": 1, "degenerate": False,
    "label_leverage": 0.1, "sample_leverage": 0.1, "conclusion": "a better", "retraining": None,
    "caution": "",
}  # fmt: skip


def row(**changes):
    return {**ROW, **changes}


def test_a_pair_is_seen_from_both_sides():
    a, b = verdicts.against("a", ROW), verdicts.against("b", ROW)
    assert (a.other, a.by, a.low, a.high, a.verdict) == ("b", 0.1, 0.05, 0.15, "lower")
    assert (b.other, b.by, b.low, b.high) == ("a", -0.1, -0.15, -0.05)


@pytest.mark.parametrize("anchor", ["a", "b"])
def test_what_is_shown_is_shown_from_both_sides(anchor):
    found = verdicts.standing(anchor, ROW)
    side = {"a": "higher", "b": "lower"}[anchor]
    assert found.words == f"{side}: shown by the data"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conclusion": "not clear", "conf_high": 0.1}, "the data cannot tell"),
        (
            {"conclusion": "not clear"},
            "the data cannot tell; not shown once adjusted for all pairs",
        ),
        (
            {"conclusion": "not clear", "pvalue": 0.07},
            "the data cannot tell; p = 0.07 by the exact test",
        ),
        ({"conclusion": "equivalent"}, "equivalent within the margin"),
        (
            {"retraining": "not shown"},
            "higher: shown by the data; as fitted here, not for training anew",
        ),
        (
            {"caution": "one sample weighs much"},
            "higher: shown by the data; its interval may be too short",
        ),
        ({"degenerate": True, "conf_low": math.nan}, "nothing can be said: no spread"),
        ({"conf_low": math.nan}, "nothing can be said: too little data"),
        ({"difference": -math.inf}, "nothing can be said: an infinite loss"),
    ],
)
def test_words(changes, words):
    assert verdicts.standing("a", row(**changes)).words == words


def test_leverage_does_not_matter_to_models_that_are_equivalent_even_so():
    many = {"label_leverage": 0.9, "caution": "one sample weighs much"}
    flagged = row(**many, conclusion="equivalent")
    assert verdicts.has_leverage(flagged)
    assert verdicts.has_leverage(flagged, 0.16)
    assert not verdicts.has_leverage(flagged, 0.5)
    assert verdicts.has_leverage(row(**many), 0.5)


def test_standings_are_sorted_and_of_the_anchor_only():
    frame = pd.DataFrame(
        [row(), row(model_b="c", difference=-0.05), row(model_a="b", model_b="c", difference=0.05)]
    )
    assert [s.model for s in verdicts.standings("a", frame)] == ["c", "b"]


@pytest.mark.parametrize(("baseline", "anchor"), [(None, "b"), ("a", "a"), ("", "")])
def test_anchor(baseline, anchor):
    summary = pd.DataFrame({"model": ["a", "b"], "rank": [2, 1]})
    assert verdicts.anchor_of(summary, baseline) == anchor
