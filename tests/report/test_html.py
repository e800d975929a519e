"""The report in HTML: its elements, its sections and their numbers."""

import re
import warnings
from functools import cache
from xml.etree.ElementTree import tostring

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RepeatedKFold
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from sklearn_xent.report.elements import BAR_WIDTH, MARGIN, Axis, document, name, table, tag
from tests.support.browser import Reader


@cache
def iris(**options):
    """Two models compared, fitted once for all tests with the same options."""
    X, y = load_iris(return_X_y=True)
    models = {"logistic": LogisticRegression(max_iter=1000), "bayes": GaussianNB()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return sx.compare_models(models, X, y, **options), X


# --- sections -------------------------------------------------------------------------------


def test_sections_in_order():
    result, X = iris()
    page = Reader(result.to_html(slices={"width": X[:, 1] > 3}))
    known = ["Comparison of 2 models", "Mean losses", "Differences", "Calibration", "Slices"]
    worry = ["What to be careful of"] if result.warnings else []
    assert [h for h in page.headings if h.strip()] == [*known, *worry, "How to read this"]
    text = " ".join(page.texts)
    for line in result.headlines():
        assert line.partition(", 95%")[0] in text
    assert "width" in text


def test_numbers_are_those_of_the_frames():
    result, _ = iris(losses="mse")
    text = result.to_html()
    row = result.summary.iloc[0]
    shown = [float(x) for x in re.findall(r"<td>(0\.\d+)</td>", text)]
    assert any(x == pytest.approx(row["mean_loss"], abs=5e-5) for x in shown)
    parts = result.decompose().iloc[0]
    for part in ("miscalibration", "discrimination", "uncertainty"):
        assert any(x == pytest.approx(parts[part], abs=5e-3) for x in shown)


def test_warnings_are_told_with_their_fix():
    y, p = [0, 1] * 30, np.tile([0.2, 0.7], 30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = sx.compare_predictions(y, {"a": p, "b": np.where(p > 0.5, 0.0, 0.1)})
    text = result.to_html()
    assert "ZeroProbabilityWarning" in text
    assert "Smooth the probabilities" in text
    assert "warning" in text.split("Mean losses")[0]


def test_titles_and_files(tmp_path):
    result, _ = iris(losses="mse")
    assert result.to_html(tmp_path / "r.html", title="Mine <3") is None
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<title>Mine &lt;3</title>" in text
    assert "<h1>Mine &lt;3</h1>" in text


def test_a_notebook_gets_a_part_of_a_page():
    result, _ = iris(losses="mse")
    text = result._repr_html_()
    assert text.startswith("<style>")
    assert "<html" not in text
    selectors = re.findall(r"^([^@\s{}][^{}]*)\{", text.split("</style>")[0][7:], re.MULTILINE)
    assert all("sx-report" in selector for selector in selectors), "the style would leak"


def test_a_notebook_does_not_wait(monkeypatch):
    result, _ = iris(losses="mse")
    assert "Calibration" in result._repr_html_()
    monkeypatch.setattr("sklearn_xent.comparison.result.AT_ONCE", 10)
    assert "Calibration" not in result._repr_html_()
    assert "Calibration" in result.to_html()


def test_a_search_has_a_report():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        LogisticRegression(max_iter=1000), {"C": [0.1, 1, 10]}, scoring=sx.neg_brier_loss
    )
    result = sx.compare_search(search.fit(X, y))
    text = result.to_html()
    assert "Calibration" not in text
    assert "C=10" in text
    assert "Skill" not in text


def test_repeated_splits_have_slices():
    cv = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    result, _ = iris(losses="mse", cv=cv)
    headings = Reader(result.to_html()).headings
    assert "Calibration" in headings
    assert "Slices" in headings


def test_a_margin_is_told():
    result, _ = iris(losses="mse", equivalence_margin=0.25)
    assert "minus that of logistic, margin of equivalence 0.25" in result.to_html()


def test_one_model_and_a_failed_one():
    X, y = load_iris(return_X_y=True)
    assert "One model" in sx.compare_models({"bayes": GaussianNB()}, X, y).to_html()

    class Broken(GaussianNB):
        def fit(self, X, y):
            raise ValueError("broken <b>")

    models = {"bayes": GaussianNB(), "broken": Broken(), "two": GaussianNB(var_smoothing=0.1)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        text = sx.compare_models(models, X, y).to_html()
    assert "unknown" in text
    assert "broken &lt;b&gt;" in text


def test_baseline_and_infinite_losses():
    y = np.tile([0, 1], 40)
    rng = np.random.default_rng(0)
    p = {name: np.clip(0.3 + 0.4 * y + rng.normal(0, 0.2, 80), 0.05, 0.95) for name in "abc"}
    p["c"][1] = 0.0
    losses = [sx.get_loss("cross_entropy", eps=0), "mse"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        result = sx.compare_predictions(y, p, losses=losses, baseline="b")
    text = result.to_html()
    assert "minus that of b" in text
    assert "infinite" in text


def test_many_rows_are_cut_and_told():
    y = np.tile([0, 1], 20)
    rng = np.random.default_rng(0)
    models = {f"model {i}": rng.uniform(0.2, 0.8, 40) for i in range(120)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        result = sx.compare_predictions(y, models, losses="mse")
    text = result.to_html()
    assert "The first 100 of 120; all are in .summary." in text
    assert "The first 100 of 7140; all are in .differences." in text
    assert len(text) < 500_000


@pytest.mark.filterwarnings("ignore::sklearn_xent.SerialDependenceWarning")  # sorted rows
def test_predictions_changed_since_cost_the_calibration_only():
    y, p = np.tile([0, 1], 40), np.linspace(0.1, 0.9, 80)
    result = sx.compare_predictions(y, {"a": p}, losses="mse")
    p[:] = p[::-1].copy()
    text = result._repr_html_()
    assert "<h2>Calibration</h2>" not in text
    assert "The predictions were changed in place" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"slices": [1]}, r'slices must be given as a dict, \{"name": slice of each sample\}; got'),
        ({"slices": 0}, "slices must be given as a dict"),
        ({"slices": {"x": [0.5, 0.7] * 75}}, r"slices\['x'\] must name slices; got fractional"),
        ({"slices": {"x": [1]}}, r"y_true and slices\['x'\] must have as many rows"),
        ({"title": 3}, "title must be a string; got 3"),
    ],
)
def test_bad_options(options, message):
    result, _ = iris(losses="mse")
    with pytest.raises(ValueError, match=message):
        result.to_html(**options)


def test_slices_of_any_labels():
    result, _ = iris(losses="mse")
    text = result.to_html(slices={"true class": ["1", 1, (2, 3)] * 50})
    assert text.count("MSE (Brier) by true class") == 4  # captions and labels of two tables
    assert "(2, 3)" in text


# --- elements -------------------------------------------------------------------------------


def html(element):
    return tostring(element, encoding="unicode", method="html")


def test_texts_and_attributes_are_escaped():
    out = html(tag("p", "<script>", tag("b", "&"), "a < b", class_='"><script>'))
    assert out == '<p class="&quot;&gt;<script&gt;">&lt;script&gt;<b>&amp;</b>a &lt; b</p>'


def test_nothing_is_left_out_but_none():
    assert html(tag("p", "a", None, "b", tag("i"), "c", None, "d", title=None)) == (
        "<p>ab<i></i>cd</p>"
    )


def test_controls_do_not_steer():
    assert html(name("a\u202eb\x1b[0m\nc")) == "<bdi>a\\u202eb\\u001b[0m c</bdi>"


def test_document_forbids_to_fetch_and_run():
    page = document("<t>", tag("div", "x"), "b{}")
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'" in page
    assert "<title>&lt;t&gt;</title>" in page
    assert "<main><div>x</div></main>" in page


def test_table_names_its_columns_and_rows():
    out = html(table("all", ["m", "n"], [["a", "1"], ["b", None]]))
    assert out.count('scope="col"') == 2
    assert out.count('scope="row"') == 2
    assert "<caption>all</caption>" in out
    assert "<td></td>" in out


def ends(svg):
    line = next(x for x in svg if x.get("class") == "interval")
    return float(line.get("x1")), float(line.get("x2"))


def test_bars_share_a_scale():
    axis = Axis([1.0, 2.0, 3.0])
    assert ends(axis.bar(1.0, 2.0, 3.0)) == (MARGIN, BAR_WIDTH - MARGIN)
    low, high = ends(axis.bar(1.0, 1.2, 1.5))
    assert (high - low) / (BAR_WIDTH - 2 * MARGIN) == pytest.approx(0.25, abs=0.01)


def test_bars_of_differences_reach_zero():
    axis = Axis([1.0, 2.0], zero=True)
    zero = next(x for x in axis.bar(1.0, 1.5, 2.0) if x.get("class") == "zero")
    assert float(zero.get("x1")) == MARGIN


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_bar_without_a_number(value):
    assert Axis([value, 1.0]).bar(0.0, value, 1.0) is None


def test_no_interval_without_ends():
    bar = Axis([1.0, 2.0]).bar(float("nan"), 1.5, float("nan"))
    assert not re.search("interval", html(bar))
    assert "circle" in html(bar)


def test_one_value_is_in_the_middle():
    circle = Axis([2.0]).bar(2.0, 2.0, 2.0)[-1]
    assert float(circle.get("cx")) == BAR_WIDTH / 2
