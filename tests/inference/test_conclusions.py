"""What is concluded from a test: corrections for many pairs, leverage, options."""

import math

import pytest

from sklearn_xent.inference import paired_tests
from sklearn_xent.inference.paired_tests import Method


def test_holm_against_the_r_documentation_example():
    # R: p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm") gives 0.04 0.06 0.06 0.06
    assert paired_tests.holm([0.03, 0.01, 0.04, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_holm_passes_nan_by():
    adjusted = paired_tests.holm([math.nan, 0.02, 0.04])
    assert math.isnan(adjusted[0])
    assert adjusted[1:] == pytest.approx([0.04, 0.04])
    assert paired_tests.holm([0.9, 0.8]) == [1.0, 1.0]
    assert paired_tests.holm([]) == []


@pytest.mark.parametrize(
    ("difference", "pvalue", "expected"),
    [
        (-0.1, 0.01, "a better"),
        (0.1, 0.01, "b better"),
        (0.1, 0.06, "not clear"),
        (0.1, math.nan, "not clear"),
        (0.0, 0.0, "not clear"),
    ],
)
def test_conclude(difference, pvalue, expected):
    assert paired_tests.conclude(difference, pvalue, 0.95) == expected


def test_conclusion_with_a_margin():
    assert paired_tests.conclude(-0.1, 0.001, 0.95, 0.01) == "equivalent"
    assert paired_tests.conclude(-0.1, 0.001, 0.95, 0.2) == "a better"


def test_the_edges_of_a_conclusion_are_in_it():
    """A p-value of just alpha rejects, as that of an interval which just ends at zero."""
    assert paired_tests.conclude(0.1, 0.25, 0.75) == "b better"
    assert paired_tests.conclude(0.1, 0.5, 0.75, 0.25) == "equivalent"


def test_leverage_flags():
    assert paired_tests.has_leverage(Method.PAIRED_T, 0.51, 0.0)
    assert paired_tests.has_leverage(Method.PAIRED_T, 0.0, 0.26)
    assert not paired_tests.has_leverage(Method.PAIRED_T, 0.5, 0.25)
    assert not paired_tests.has_leverage(Method.PAIRED_T, math.nan, math.nan)
    assert paired_tests.has_leverage(Method.AGRESTI_MIN, 9.0, 9.0) is False


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, math.nan, "high", True])
def test_confidence_level_is_checked(level):
    with pytest.raises(ValueError, match="confidence_level must be a number between 0 and 1"):
        paired_tests.read_confidence_level(level)


def test_a_margin_is_a_number_or_one_for_each_loss():
    assert paired_tests.read_margin(None) is None
    assert (paired_tests.read_margin(1), type(paired_tests.read_margin(1))) == (1.0, float)
    assert paired_tests.read_margin({"mse": 1, "xent": 0.5}) == {"mse": 1.0, "xent": 0.5}
    with pytest.raises(ValueError, match=r"must be a positive number.*got -1\."):
        paired_tests.read_margin({"mse": 0.1, "xent": -1})


@pytest.mark.parametrize("margin", [0, -1, math.inf, math.nan, "0.1", True])
def test_margin_is_checked(margin):
    with pytest.raises(ValueError, match="equivalence_margin must be a positive number"):
        paired_tests.read_margin(margin)


@pytest.mark.parametrize("method", Method)
def test_a_method_is_found_by_its_label(method):
    assert Method.from_label(method.label) is method
    assert method.unit in ("sample", "group", "split", "time")
