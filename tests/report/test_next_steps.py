"""What a report advises to do next, where its claims are in doubt."""

from dataclasses import replace

import pytest

from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report.next_steps import next_steps
from sklearn_xent.report.study import Study
from sklearn_xent.report.verdicts import LossResults
from tests.support.rows import MEAN, PAIR


def steps(study=None, **changes):
    """Return the steps for two models, whose row of differences has these changes."""
    summary = [MEAN, replace(MEAN, model="b", mean_loss=0.3, rank=2)]
    pair = replace(PAIR, **changes)
    found = LossResults(LossInfo("Loss"), summary, [pair], study=study or Study())
    return [(step.text, step.code) for step in next_steps([found])]


RETRAINED = "If you will retrain the models, compare on "


@pytest.mark.parametrize(
    ("changes", "study", "text", "code"),
    [
        ({}, Study(), "repeated folds:", "RepeatedStratifiedKFold"),
        (
            {"method": "cluster-robust paired t", "n_groups": 12},
            Study(),
            "repeated splits that keep groups whole:",
            "GroupShuffleSplit(n_splits=50",
        ),
        ({}, Study(in_time=True), "more splits in time order, of a longer series.", ""),
    ],
    ids=["samples", "groups", "time"],
)
def test_claims_that_may_not_hold_for_retrained_models(changes, study, text, code):
    [(said, shown)] = steps(study, retraining="not shown", **changes)
    assert said == RETRAINED + text
    assert code in shown


def test_unstable_models():
    assert steps(caution="unstable") == [("Use steadier models, such as ensembles.", "")]


def test_nothing_in_doubt_needs_no_step():
    assert steps() == []
