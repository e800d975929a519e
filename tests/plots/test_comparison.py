"""The display of a comparison: what it draws, where, and of which models."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx
from sklearn_xent.plots.comparison import IN_WORDS, MARKS
from tests.support.overlaps import overlaps
from tests.support.pictures import (
    compared,
    compared_failed,
    compared_far_off,
    compared_infinite,
    compared_long_names,
    quietly,
)


def linear(codes, proba):
    return 1 - proba[np.arange(len(codes)), codes]


def of_panel(ax, marker="o"):
    """The marks of a panel: where they are, and whether they are filled."""
    dots = [line for line in ax.lines if line.get_marker() == marker]
    filled = [line.get_markerfacecolor() == line.get_color() for line in dots]
    return np.array([line.get_xydata()[0] for line in dots]), filled


def names_of(ax):
    """The names at the left of a panel."""
    return [text.get_text() for text in ax.get_yticklabels()]


def verdicts(ax):
    """The words at the right of a panel."""
    return [text.get_text() for text in ax.texts if text.get_position()[0] > 1]


def display_of(*rows):
    """A display of model a compared with others."""
    names = ["a", *(row[0] for row in rows)]
    losses = pd.DataFrame({"model": names, "mean_loss": np.arange(1.0, len(names) + 1)})
    losses = losses.assign(conf_low=losses["mean_loss"] - 0.1, conf_high=losses["mean_loss"] + 0.1)
    columns = ["model", "difference", "conf_low", "conf_high", "conclusion", "caution"]
    differences = pd.DataFrame(rows, columns=columns)
    return sx.ComparisonDisplay(losses, differences, reference="a", title="Loss")


def test_comparison_draws_the_frames():
    result = compared(5)
    display = result.plot(loss="mse")
    left, right = display.ax_
    summary = result.summary.query("loss == 'brier_loss'").sort_values("rank")
    at, _ = of_panel(left, "d")
    assert np.allclose(at[:, 0], summary["mean_loss"])
    assert names_of(left) == summary["model"].tolist()
    at, filled = of_panel(right)
    assert np.allclose(at[:, 0], summary["mean_loss"].to_numpy()[1:] - summary["mean_loss"].min())
    best = summary["model"].iloc[0]
    pairs = result.differences.query("loss == 'brier_loss'")
    of_best = pairs[(pairs["model_a"] == best) | (pairs["model_b"] == best)]
    assert sum(filled) == (of_best["conclusion"] != "not clear").sum()
    assert "lower is better" in left.get_xlabel()
    assert "model minus reference (right of zero: worse)" in right.get_xlabel()
    assert display.figure_ is left.figure


@pytest.mark.parametrize("options", [{}, {"baseline": "bold"}, {"equivalence_margin": 0.01}])
def test_words_are_the_conclusions(options):
    """Every word is that of its row of differences, seen from the reference."""
    result = compared(8, **options)
    display = result.plot(loss="mse")
    said = dict(zip(names_of(display.ax_[0]), verdicts(display.ax_[1]), strict=True))
    marks = dict.fromkeys(said, 0)
    rows = result.differences.query("loss == 'brier_loss'").to_dict("records")
    for row in rows:
        if display.reference not in (row["model_a"], row["model_b"]):
            continue
        is_a = row["model_b"] == display.reference
        model = row["model_a"] if is_a else row["model_b"]
        expected = {
            "a better": "clearly better" if is_a else "clearly worse",
            "b better": "clearly worse" if is_a else "clearly better",
        }.get(row["conclusion"], row["conclusion"])
        is_limited = row["caution"] and row["conclusion"] != "not clear"
        assert said[model].startswith(expected)
        assert bool(said[model].removeprefix(expected)) == bool(is_limited)
        drawn = display.differences.set_index("model").loc[model]
        assert drawn["difference"] == pytest.approx(row["difference"] * (1 if is_a else -1))
        assert drawn["caution"] == row["caution"]
        marks[model] += 1
    assert sum(marks.values()) == len(said) - 1
    assert said[display.reference] == ("baseline" if options.get("baseline") else "lowest")
    assert {"clearly worse", "clearly better"} & set(said.values())


def test_a_model_far_off_is_an_arrow():
    display = compared_far_off().plot()
    for ax, value in zip(display.ax_, (7.29, 6.78), strict=True):
        arrows = [line for line in ax.lines if line.get_marker() == ">"]
        assert [line.get_ydata()[0] for line in arrows] == [3]
        assert ax.get_xlim()[1] < 1
        [text] = [text.get_text() for text in ax.texts if text.get_position()[0] < 1]
        assert text.lstrip("+").startswith(f"{value} (")
        # what is not far off lies within, with its whole interval
        ends = [x for line in ax.lines if len(line.get_xdata()) == 2 for x in line.get_xdata()]
        assert max(ends) <= ax.get_xlim()[1]
    assert display.losses["mean_loss"].max() == pytest.approx(value + 0.512, abs=0.01)


def test_what_is_far_off_may_be_better():
    right = display_of(
        ("b", -5.0, -6.0, -4.0, "clearly better", ""),
        ("c", 0.2, 0.1, 0.3, "clearly worse", ""),
        ("d", 0.1, -0.1, 7.0, "not clear", ""),
        ("e", 0.1, -0.1, 0.3, "not clear", ""),
    ).plot().ax_[1]  # fmt: skip
    [arrow] = [line for line in right.lines if line.get_marker() == "<"]
    assert arrow.get_ydata()[0] == 1
    # the interval of d goes on, but its dot is there, so that no number is needed
    [arrow] = [line for line in right.lines if line.get_marker() == ">"]
    assert arrow.get_ydata()[0] == 3
    minus = "\N{MINUS SIGN}"
    assert [text.get_text() for text in right.texts][:1] == [f"{minus}5 ({minus}6 to {minus}4)"]
    assert len(of_panel(right)[0]) == 3


def test_of_two_models_none_is_far_off():
    display = display_of(("b", 50.0, 49.0, 51.0, "clearly worse", ""))
    display.losses["mean_loss"] = [1.0, 51.0]
    left, right = display.plot().ax_
    assert of_panel(left, "d")[0][:, 0].tolist() == [1.0, 51.0]
    assert not any(line.get_marker() == ">" for ax in (left, right) for line in ax.lines)


def test_a_margin_sets_the_scale():
    """The picture is as wide as the margin anyway, so that more of the models fit in."""
    rows = [(name, x, x - 0.001, x + 0.001, "not clear", "") for name, x in
            {"b": 0.001, "c": 0.001, "d": 0.03, "e": 0.04}.items()]  # fmt: skip
    for margin, arrows in ((None, 2), (0.02, 0), (5.0, 2)):
        display = display_of(*rows)
        display.margin = margin
        right = display.plot().ax_[1]
        assert sum(line.get_marker() == ">" for line in right.lines) == arrows


def test_the_first_twenty_of_many():
    left, right = compared(40).plot(loss="mse").ax_
    ranked = compared(40).summary.query("loss == 'brier_loss'").sort_values("rank")["model"]
    assert names_of(left) == [*ranked[:20], "and 20 more"]
    assert len(of_panel(right)[0]) == 19
    of_loss = compared(40).differences.query("loss == 'brier_loss'")
    hidden = of_loss[of_loss["model_a"].eq(ranked.iloc[0]) & of_loss["model_b"].isin(ranked[20:])]
    n_worse = (hidden["conclusion"] == "a better").sum()
    assert n_worse
    assert f"{n_worse} clearly worse" in [text.get_text() for text in right.texts]
    assert "bars: each for one pair alone" in right.get_xlabel()
    baseline = compared(40, baseline="noisy 36").plot(loss="mse")
    assert names_of(baseline.ax_[0])[18:] == [ranked.iloc[18], "noisy 36", "and 20 more"]
    assert len(baseline.losses) == 40


def test_long_names_are_shown_in_full():
    left = compared_long_names().plot().ax_[0]
    names = {name.replace(" ", "") for name in compared_long_names().summary["model"]}
    assert {word.replace("\n", "").replace(" ", "") for word in names_of(left)} == names
    assert max(len(line) for word in names_of(left) for line in word.split("\n")) == 40
    name = "a first half of a name of several words, and then its second half"
    left = display_of((name, 0.2, 0.1, 0.3, "not clear", "")).plot().ax_[0]
    assert names_of(left)[1] == name.replace(", and", ",\nand")


def test_a_caution_stays_with_its_claim():
    display = display_of(
        ("b", 0.2, 0.1, 0.3, "clearly worse", "not clear for retrained models; unstable"),
        ("c", 0.3, -0.1, 0.7, "not clear", "unstable"),
    ).plot()
    right = display.ax_[1]
    assert verdicts(right) == ["lowest", "clearly worse * \u00b6", "not clear"]
    assert right.get_xlabel().endswith(
        "\n* not clear for retrained models\n\u00b6 models change much between repeats"
    )


def test_each_caution_has_a_mark_of_its_own():
    """A claim has no mark of what limits another one only."""
    cautions = [*list(MARKS)[:6], "other 1", "other 2"]
    rows = [(x, 0.2, 0.1, 0.3, "clearly worse", x) for x in cautions]
    rows[7] = (*rows[7][:5], f"{cautions[1]}; other 2")
    right = display_of(*rows).plot().ax_[1]
    marks = ["*", "\u2020", "\u2021", "\u00a7", "\u00b6", "#", "+", "\u2020 ++"]
    assert verdicts(right)[1:] == [f"clearly worse {mark}" for mark in marks]
    key = right.get_xlabel().split("\n")
    said = [IN_WORDS.get(x, x) for x in cautions[:7]]
    assert key[-8:-1] == [f"{m} {x}" for m, x in zip(marks[:7], said, strict=True)]
    assert key[-1] == "++ other 2"


def test_a_mark_means_the_same_in_all_pictures():
    for first in ("unstable", "approximate"):
        rows = [("b", 0.2, 0.1, 0.3, "clearly worse", first),
                ("c", 0.2, 0.1, 0.3, "clearly worse", "approximate")]  # fmt: skip
        assert verdicts(display_of(*rows).plot().ax_[1])[2] == "clearly worse \u00a7"


def test_only_marks_that_occur_are_explained():
    clear, open_ = ("b", 0.2, 0.1, 0.3, "clearly worse", ""), ("c", 0.1, -1.0, 1.0, "not clear", "")
    same = ("d", 0.0, -0.01, 0.01, "equivalent", "")
    for rows, margin, said in (
        ([clear], None, ["\u25cf clear, corrected for all pairs"]),
        ([open_], None, ["\u25cb not clear"]),
        ([clear, open_], None, ["\u25cf clear, corrected for all pairs   \u25cb not clear"]),
        ([same], 0.05, ["\u25a1 equivalent within 0.05 (grey)"]),
        ([open_], 0.05, ["\u25cb not clear", "grey: within 0.05"]),
    ):
        display = display_of(*rows)
        display.margin = margin
        assert display.plot().ax_[1].get_xlabel().split("\n")[1:] == said


@pytest.mark.parametrize("layout", [None, "tight", "constrained"])
def test_half_of_a_figure_is_divided_from_top_to_bottom(layout):
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout=layout)
    display = compared(3).plot(ax=axes[0])
    assert overlaps(figure) == []
    top, bottom = (ax.get_position() for ax in display.ax_)
    assert top.y0 > bottom.y1
    assert names_of(display.ax_[1]) == names_of(display.ax_[0])
    part = plt.figure(figsize=(9, 4), layout=layout).subfigures(1, 2)[0]
    top, bottom = (ax.get_position() for ax in compared(3).plot(ax=part.subplots()).ax_)
    assert top.y0 > bottom.y1
    figure, ax = plt.subplots(figsize=(9, 4))
    left, right = (x.get_position() for x in compared(3).plot(ax=ax).ax_)
    assert left.x1 < right.x0
    assert overlaps(figure) == []


def test_doubt_about_retraining_is_a_caution():
    X, y = load_breast_cancer(return_X_y=True)
    models = {"logistic": make_pipeline(StandardScaler(), LogisticRegression()),
              "bayes": GaussianNB()}  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        result = sx.compare_models(models, X, y, cv=StratifiedKFold(3), losses="mse")
    row, drawn = result.differences.iloc[0], result.plot().differences.iloc[0]
    assert row["retraining"] in ("clear", "not shown")
    said = drawn["caution"].startswith("not clear for retrained models")
    assert said == (row["retraining"] == "not shown")


def test_comparison_is_with_the_baseline():
    display = compared(5, baseline="bold").plot()
    assert display.reference == "bold"
    assert (display.differences["difference"] < 0).all()
    assert "nats" in display.ax_[0].get_xlabel()


def test_comparison_from_comparison(monkeypatch):
    result = compared()
    plotted = result.plot()
    monkeypatch.delattr(sx.Comparison, "plot")  # the display is built without it
    display = sx.ComparisonDisplay.from_comparison(result, loss="cross_entropy")
    pd.testing.assert_frame_equal(display.losses, plotted.losses)
    pd.testing.assert_frame_equal(display.differences, plotted.differences)


def test_comparison_in_given_axes():
    figure, ax = plt.subplots()
    assert compared().plot(ax=ax).figure_ is figure
    _, two = plt.subplots(1, 2)
    assert list(compared().plot(ax=two).ax_) == list(two)
    # each dot is level with its name, in both panels
    assert two[0].get_ylim() == two[1].get_ylim() == (2.5, -0.5)
    assert verdicts(two[1]) == ["lowest", "clearly worse", "clearly worse"]


def test_comparison_of_an_unknown_loss():
    with pytest.raises(ValueError, match="loss must be among those compared, "):
        compared().plot(loss="classification_error")


def test_comparison_without_numbers():
    losses = pd.DataFrame(
        {"model": ["a", "b", "c"], "mean_loss": [0.1, np.inf, np.nan], "conf_low": np.nan,
         "conf_high": np.nan}
    )  # fmt: skip
    none = pd.DataFrame(columns=["model", "difference", "conf_low", "conf_high", "conclusion"])
    display = sx.ComparisonDisplay(losses, none, reference="a", title="Loss").plot()
    assert [text.get_text() for text in display.ax_[0].texts] == ["infinite", "failed"]
    assert len(display.ax_) == 1


def test_all_losses_infinite():
    losses = pd.DataFrame({"model": ["a", "b"], "mean_loss": np.inf, "conf_low": np.nan,
                           "conf_high": np.nan})  # fmt: skip
    rows = [("b", np.nan, np.nan, np.nan, "cannot be judged", "")]
    columns = ["model", "difference", "conf_low", "conf_high", "conclusion", "caution"]
    display = sx.ComparisonDisplay(
        losses, pd.DataFrame(rows, columns=columns), reference="a", title="Loss"
    ).plot()
    display.figure_.canvas.draw()
    assert verdicts(display.ax_[1]) == ["lowest", "cannot be judged"]
    assert len(display.ax_[0].get_xticks()) == 0


def test_an_infinite_loss_cannot_be_judged():
    display = compared_infinite().plot()
    assert names_of(display.ax_[0])[-1] == "zero"
    assert verdicts(display.ax_[1])[-1] == "cannot be judged"


def test_a_failed_model_has_a_row_without_marks():
    display = compared_failed().plot()
    assert names_of(display.ax_[0])[-1] == "bad"
    assert verdicts(display.ax_[1])[-1] == ""
    assert [text.get_text() for text in display.ax_[0].texts] == ["failed"]


def test_one_model_has_one_panel():
    y, p = [0, 1] * 10, [0.2, 0.7] * 10
    losses = ["classification_error"]
    result = quietly(sx.compare_predictions, y, {"a": p}, losses=losses)
    display = result.plot()
    assert display.differences.empty
    assert len(display.figure_.axes) == len(display.ax_) == 1
    _, two = plt.subplots(1, 2)
    assert list(result.plot(ax=two).ax_) == [two[0]]
    assert not two[1].axison


@pytest.mark.filterwarnings("ignore::sklearn_xent.SerialDependenceWarning")  # sorted rows
def test_titles_of_losses_are_no_formula():
    loss = sx.Loss(name="own", title=r"cost $\frac$", unit=r"$\x$", function=linear, range=(0, 1))
    y, p = [0, 1] * 20, np.linspace(0.1, 0.9, 40)
    result = quietly(sx.compare_predictions, y, {"a": p, "b": p[::-1]}, losses=loss)
    display = result.plot()
    display.figure_.canvas.draw()
    left = display.ax_[0]
    assert left.get_title(loc="left") == r"cost \$\frac\$, 95% intervals"
    assert left.get_xlabel() == r"mean loss, \$\x\$ (lower is better)"


def test_a_comparison_is_needed():
    with pytest.raises(TypeError, match="from_comparison needs a Comparison; got"):
        sx.ComparisonDisplay.from_comparison(compared().summary)


@pytest.mark.filterwarnings("ignore::sklearn_xent.SerialDependenceWarning")  # sorted rows
def test_an_empty_name_may_be_the_baseline():
    y, p = [0, 1] * 20, np.linspace(0.1, 0.9, 40)
    models = {"a": p, "": p**2, "b": p**3}
    display = quietly(sx.compare_predictions, y, models, losses="mse", baseline="").plot()
    assert display.reference == ""
    assert set(display.differences["model"]) == {"a", "b"}


def test_planned_pairs_have_names_of_their_own():
    rows = [
        ("b minus a", 0.2, 0.1, 0.3, "clearly worse", ""),
        ("c minus b", -0.1, -0.2, 0.1, "not clear", ""),
        ("c minus a", -0.4, -0.5, -0.3, "clearly better", "unstable"),
        ("a minus d", 0.1, -0.5, 0.6, "not clear", ""),
    ]
    given = display_of(*rows)
    losses = given.losses.assign(model=list("abcde")).iloc[:4]
    display = sx.ComparisonDisplay(
        losses, given.differences, reference=None, title="Loss", family="4 planned pairs"
    ).plot()
    left, right = display.ax_
    assert names_of(left) == list("abcd")
    assert names_of(right) == [row[0] for row in rows]
    assert verdicts(right) == ["clearly worse", "not clear", "clearly better \u00b6", "not clear"]
    assert "first minus second (right of zero: the first is worse)" in right.get_xlabel()
    assert "clear, corrected for 4 planned pairs" in right.get_xlabel()
    assert right.get_title(loc="left") == "Planned pairs"
    assert overlaps(display.figure_) == []
    long = sx.ComparisonDisplay(
        losses, given.differences.replace("unstable", "; ".join(["zero probabilities"] * 5)),
        reference=None, title="Loss", family="all 780 pairs of the 40 models compared",
    ).plot()  # fmt: skip
    assert overlaps(long.figure_) == []
    key = long.ax_[1].get_xlabel().split("\n")[1:]
    assert key[:3] == [
        "● clear, corrected for all 780 pairs of the 40",
        "models compared",
        "○ not clear",
    ]
    assert max(map(len, key)) <= 50
    many = pd.concat(
        [given.differences.assign(model=[f"{i}{k}" for k in range(4)]) for i in range(6)]
    )
    right = sx.ComparisonDisplay(losses, many, reference=None, title="Loss").plot().ax_[1]
    assert names_of(right)[19:] == ["43", "and 4 more"]
    assert len(of_panel(right)[0]) == 20
