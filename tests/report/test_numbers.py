import pytest

from sklearn_xent.report.tables import MINUS, Numbers, pvalue


def test_two_digits_of_the_least_error():
    number = Numbers([0.2, 0.0123, float("nan")])
    assert number(0.123456) == "0.123"
    assert number(-1.5, signed=True) == f"{MINUS}1.500"
    assert number(0.5, signed=True) == "+0.500"
    assert number.interval(0.1, 0.2) == "0.100 to 0.200"


def test_a_number_that_is_not_zero_is_not_shown_as_zero():
    number = Numbers([0.01])
    assert number(3.83e-5) == "0.00004"
    assert number(-3.83e-5) == f"{MINUS}0.00004"
    assert number(0.0) == "0.000"
    assert number(-0.0) == "0.000"
    assert number(1e-30) == "0.000000000000"


def test_least_and_most_decimals():
    assert Numbers([10.0], least=4)(1.0) == "1.0000"
    assert Numbers([1e-300]).decimals == 12
    assert Numbers([]).decimals == 4
    assert Numbers([float("nan"), float("inf"), 0.0]).decimals == 4


@pytest.mark.parametrize(
    ("x", "said"),
    [(float("inf"), "infinite"), (float("-inf"), f"{MINUS}infinite"), (float("nan"), "unknown")],
)
def test_what_is_no_number(x, said):
    assert Numbers([0.1])(x) == said
    assert Numbers([0.1]).interval(float("nan"), float("nan")) == ""


@pytest.mark.parametrize(
    ("p", "said"),
    [(0.5, "0.500"), (0.04996, "0.0500"), (0.0499, "0.0499"), (0.00012, "0.0001"), (0.0, "<0.0001"),
     (float("nan"), "")],
)  # fmt: skip
def test_pvalues(p, said):
    assert pvalue(p) == said
