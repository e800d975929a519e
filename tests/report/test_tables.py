"""Numbers, text tables and files: digits, widths and escapes."""

import csv
import io
import re
from dataclasses import replace

import pandas as pd
import pytest

from sklearn_xent._messages import printable
from sklearn_xent.comparison.exports import difference_rows_of
from sklearn_xent.report import tables
from sklearn_xent.report.rows import summary_frame
from sklearn_xent.report.tables import MINUS, Numbers, pvalue
from tests.support.hostile import comparison
from tests.support.rows import MEAN, NAN, change


def summary(names):
    values = {"loss": "brier_loss", "conf_low": 0.0, "conf_high": 0.2, "skill": 0.5}
    return [replace(MEAN, model=name, **values) for name in names]


# --- numbers --------------------------------------------------------------------------------


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
    assert number(3e-7) == "0.0000003"
    assert number(3e-8, signed=True) == f"+3e{MINUS}08"
    assert number(-1e-17) == "0.000"  # an error of rounding


def test_an_error_far_below_the_usual_one_asks_for_no_digits():
    assert Numbers([1e-9, 0.012, 0.03]).decimals == 3
    assert Numbers([0.0002, 0.012, 0.03]).decimals == 5
    assert Numbers([1e-9, 2e-9]).decimals == 10


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


# --- names and tables of text ---------------------------------------------------------------


def test_names_lose_their_middle_not_their_end():
    names = [
        f"max_depth={d}, min_samples_leaf={n}, max_features=sqrt" for d in (1, 2) for n in (1, 5)
    ]
    cut = tables.cut_all(names, 40)
    assert len(set(cut)) == 4
    assert max(map(len, cut)) <= 40
    assert all(name.endswith("features=sqrt") for name in cut)


def test_names_that_would_be_cut_alike_are_numbered():
    names = ["a" * 20 + x + "b" * 20 for x in "12"]
    assert [name[:4] for name in tables.cut_all(names, 20)] == ["(0) ", "(1) "]


def test_a_number_is_never_rounded_to_zero():
    rows = summary(["a"])
    change(rows, mean_loss=3e-7, conf_low=-2e-9, std_error=0.1)
    table = tables.losses_table(rows)
    assert table["mean_loss"][0] == "0.0000003"
    assert table["95% interval"][0] == "[-2e-09, 0.2000]"


def test_a_model_that_failed_has_no_numbers():
    rows = summary(["a", "b"])
    change(rows, 1, status="failed", rank=2, mean_loss=NAN, conf_low=NAN, conf_high=NAN, skill=NAN)
    table = tables.losses_table(rows)
    assert table.iloc[1].tolist() == ["brier_loss", "b", "failed", "", "", ""]
    assert table["rank"].tolist() == ["1", ""]


def test_pairs_table():
    result, _ = comparison(losses="mse")
    table = tables.pairs_table(difference_rows_of(result))
    assert list(table)[:4] == ["loss", "model_a", "model_b", "difference"]
    assert len(table) == 15


# --- comma-separated values -----------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+1",
        "-1",
        "@a",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\uff1d1",
        "\ufeff=1",
        "\tplain",
        "\u200b\ufeff =1",
        "\u2060=1",
        "\x00=1",
        "\u202e=1",
    ],
)
def test_csv_has_no_formulas(name):
    [row] = csv.DictReader(io.StringIO(tables.to_csv(summary_frame(summary([name])))))
    assert row["model"] == f"'{printable(name)}"


CALLS = ["=cmd()", "+cmd()", "-cmd()", "@SUM(A1)", "-1+cmd()", "=1", "\uff1dcmd()", "+1-1", "-2*A1"]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "name", ["a;{}", "a;{};b", "a,{},b", "a|{}|b", "a\t{}\tb", "a; {};b", 'a;"{}";b', "a;;{}",
             'a";{};"b', "a;'{}", ";{}", "a\n{}\nb", "a\r\n{}", "a;\u00a0{}", "a;\x00{}"],
)  # fmt: skip
def test_csv_has_no_formulas_whatever_separates_cells(name, call):
    out = tables.to_csv(summary_frame(summary([name.format(call), "b;{c}"])))
    for separator in ",;|\t":
        cells = [cell for line in out.splitlines() for cell in line.split(separator)]
        cells += [x for row in csv.reader(io.StringIO(out), delimiter=separator) for x in row]
        for cell in cells:
            assert not re.match(r"""["\s]*[=+\-@\uff1d]""", cell) or is_number(cell), cell
    assert len(out.splitlines()) == 3


def is_number(cell):
    try:
        float(cell.strip('"'))
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "name", ["plain", "a=b", "", "'=1", "svc(C=1, g=-1)", "grid (0, -1)", "[-1, +2, -3e-5]", "a, b",
             "a -b", "a: -b", "x|y", "p;q", "lr=0.1, decay=-0.5", "\u5c71\u3000\u672c"],
)  # fmt: skip
def test_csv_keeps_other_names(name):
    out = tables.to_csv(summary_frame(summary([name])))
    assert f'"{name}"' in out
    [row] = csv.DictReader(io.StringIO(out))
    assert row["model"] == name
    assert float(row["mean_loss"]) == 0.1


def test_csv_keeps_all_digits_and_negative_numbers():
    frame = pd.DataFrame({"model": ["a"], "x": [-1 / 3]})
    assert pd.read_csv(io.StringIO(tables.to_csv(frame)))["x"][0] == -1 / 3


def test_csv_keeps_what_is_no_text_in_a_column_of_the_users():
    frame = pd.DataFrame({"note": pd.Series([1, 2.5, None, "=1"], dtype=object)})
    assert tables.to_csv(frame) == '"note"\n1\n2.5\n""\n"\'=1"\n'


def test_csv_escapes_names_of_columns():
    assert tables.to_csv(pd.DataFrame({"=a": [1]})).startswith('"\'=a"')


# --- Markdown and LaTeX ---------------------------------------------------------------------


def test_markdown():
    table = tables.losses_table(summary(["a", "b|c"]))
    assert tables.to_markdown(table) == (
        "| loss | model | mean_loss | 95% interval | skill | rank |\n"
        "| :-- | :-- | --: | --: | --: | --: |\n"
        r"| brier\_loss | a | 0.1000 | [0.0000, 0.2000] | 0.50 | 1 |" "\n"
        r"| brier\_loss | b\|c | 0.1000 | [0.0000, 0.2000] | 0.50 | 1 |" "\n"
    )  # fmt: skip


def test_markdown_makes_no_links():
    [line] = tables.to_markdown(
        tables.losses_table(summary(["https://a.b www.a.b :smile:"]))
    ).splitlines()[2:]
    assert r"https\://a.b www\.a.b \:smile\:" in line


def test_latex_has_minus_signs_before_numbers_only():
    frame = pd.DataFrame({"model": ["a-1", "-x"], "95% interval": ["[-0.1, 0.2]", "-1.5 to -.3"]})
    assert tables.to_latex(frame).splitlines()[4:6] == [
        r"a-1 & {[}$-$0.1, 0.2{]} \\", r"-x & $-$1.5 to $-$.3 \\",
    ]  # fmt: skip


def test_latex():
    table = tables.losses_table(summary(["a_1"]))
    assert tables.to_latex(table).splitlines() == [
        r"\begin{tabular}{llrrrr}",
        r"\toprule",
        r"loss & model & mean\_loss & 95\% interval & skill & rank \\",
        r"\midrule",
        r"brier\_loss & a\_1 & 0.1000 & {[}0.0000, 0.2000{]} & 0.50 & 1 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
