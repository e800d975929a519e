import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx
from sklearn_xent.comparison.frames import rank_of
from sklearn_xent.inference.design import Options, pairs_of, read_method
from sklearn_xent.report.rows import (
    DifferenceRow,
    SummaryRow,
    difference_frame,
    rows_from,
    summary_frame,
)
from tests.support.rows import MEAN, NAN, PAIR

NAMES = ["a", "b", "c"]


def test_pairs():
    with_b, planned = Options(baseline="b"), Options(planned=(("c", "a"), ("a", "b")))
    assert pairs_of(NAMES) == pairs_of(NAMES, Options()) == [(0, 1), (0, 2), (1, 2)]
    assert pairs_of(NAMES, with_b) == [(0, 1), (1, 2)]
    assert pairs_of(NAMES, planned) == [(2, 0), (0, 1)]
    assert pairs_of(NAMES, None, {"b": "failed"}) == [(0, 2)]
    assert pairs_of(NAMES, with_b, {"b": "failed"}) == []
    assert pairs_of(NAMES, planned, {"b": "failed"}) == [(2, 0)]


def test_ranks_share_ties_and_put_nan_last():
    means = np.array([0.2, 0.1, 0.2, math.nan])
    assert [rank_of(m, means) for m in means] == [2, 1, 2, 4]


def test_columns_of_the_contract():
    assert list(difference_frame([])) == [
        "loss", "model_a", "model_b", "loss_a", "loss_b", "difference", "std_error", "conf_low",
        "conf_high", "confidence_level", "statistic", "df", "pvalue", "pvalue_holm", "method",
        "estimand", "n_obs", "n_groups", "n_splits", "n_repeats", "n_discordant",
        "label_leverage", "sample_leverage", "degenerate", "conclusion", "retraining", "caution",
        "detectable_difference",
    ]  # fmt: skip


def test_methods():
    assert read_method("auto") == "auto"
    with pytest.raises(ValueError, match="method must be among"):
        read_method(None)


def test_a_warning_names_the_models_once():
    same = {name: [0.2, 0.7, 0.6] for name in "abcd"}
    named = "the same throughout, .*: 'a', 'b', 'c', 'd'\\."
    with pytest.warns(sx.DegenerateDifferenceWarning, match=named):
        sx.compare_predictions([0, 1, 1], same, losses="brier_loss")


# --- rows and frames --------------------------------------------------------------------------


def test_counts_and_flags_have_plain_types_unless_one_is_missing():
    known = replace(MEAN, n_obs=3, n_normalized=0, may_be_best=True)
    unknown = replace(known, n_obs=None, n_normalized=None, may_be_best=None)
    columns = ["n_obs", "n_zero_probability", "n_normalized", "may_be_best"]
    for rows, dtypes in (
        ([known], ["int64", "int64", "int64", "bool"]),
        ([], ["int64", "int64", "int64", "bool"]),
        ([known, unknown], ["Int64", "int64", "Int64", "boolean"]),
        ([unknown], ["Int64", "int64", "Int64", "boolean"]),
    ):
        frame = summary_frame(rows)
        assert [str(frame[column].dtype) for column in columns] == dtypes
    for rows in ([], [PAIR]):
        frame = difference_frame(rows)
        assert {str(frame[x].dtype) for x in ("n_obs", "n_groups", "n_discordant")} == {"Int64"}
        assert {frame[x].dtype for x in ("model_a", "retraining", "caution")} == {np.dtype(object)}


def test_rows_come_back_from_their_frames():
    means = [MEAN, replace(MEAN, n_obs=None, may_be_best=False, mean_loss=NAN, rank=2)]
    pairs = [PAIR, replace(PAIR, n_groups=7, retraining="clear", n_obs=None, pvalue=NAN)]
    # a nan is not equal to itself
    assert repr(rows_from(summary_frame(means), SummaryRow)) == repr(means)
    assert repr(rows_from(difference_frame(pairs), DifferenceRow)) == repr(pairs)
    assert rows_from(summary_frame([]), SummaryRow) == []


@pytest.mark.parametrize("missing", [None, NAN, pd.NA])
def test_what_an_owner_left_out_is_read_as_one_thing(missing):
    frame = difference_frame([PAIR, PAIR]).astype(object)
    for column in ("retraining", "n_obs", "std_error"):
        frame[column] = pd.Series([missing, PAIR.n_obs], dtype=object)
    row, whole = rows_from(frame, DifferenceRow)
    assert (row.retraining, row.n_obs) == (None, None)
    assert math.isnan(row.std_error)
    assert whole.n_obs == PAIR.n_obs


def test_counts_that_pandas_made_floats_are_counts():
    """As a merge does with a row that has none."""
    rows = [replace(MEAN, n_obs=30), replace(MEAN, n_obs=None, rank=2)]
    frame = summary_frame(rows).astype({"n_obs": "float64", "rank": "float64"})
    read = rows_from(frame, SummaryRow)
    assert repr([(row.n_obs, row.rank) for row in read]) == "[(30, 1), (None, 2)]"


def test_best_set_needs_no_differences():
    p = np.tile([0.2, 0.9, 0.4, 0.7], 25)
    y = (p > 0.5).astype(int)
    found = sx.compare_predictions(y, {"sharp": p, "worse": 1 - p}, losses="mse")
    expected = found.best_set()
    object.__setattr__(found, "differences", found.differences.drop(columns="statistic"))
    assert found.best_set() == expected == ["sharp"]
