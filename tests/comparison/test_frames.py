import math

import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.comparison.frames import difference_frame, rank_of
from sklearn_xent.inference.design import Options, pairs_of, read_method

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
