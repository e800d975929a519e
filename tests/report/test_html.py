"""The report in HTML: what it says, that no name does harm, and what a browser makes of it."""

import re
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RepeatedKFold
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from tests.support import browser
from tests.support.hostile import NAMES, comparison


class Reader(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.texts, self.headings = [""], set(), [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.texts.append(data)
        if self.tags[-1] in ("h1", "h2") and data.strip():
            self.headings.append(data)


def iris(**options):
    X, y = load_iris(return_X_y=True)
    models = {"logistic": LogisticRegression(max_iter=1000), "bayes": GaussianNB()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return sx.compare_models(models, X, y, **options), X, y


def test_sections_in_order():
    result, X, _ = iris()
    page = Reader(result.to_html(slices={"width": X[:, 1] > 3}))
    known = ["Comparison of 2 models", "Mean losses", "Differences", "Calibration", "Slices"]
    worry = ["What to be careful of"] if result.warnings else []
    assert [h for h in page.headings if h.strip()] == [*known, *worry, "How to read this"]
    text = " ".join(page.texts)
    for line in result.headlines():
        assert line.partition(", 95%")[0] in text
    assert "width" in text


def test_numbers_are_those_of_the_frames():
    result, *_ = iris(losses="mse")
    text = result.to_html()
    row = result.summary.iloc[0]
    shown = [float(x) for x in re.findall(r"<td>(0\.\d+)</td>", text)]
    assert any(x == pytest.approx(row["mean_loss"], abs=5e-5) for x in shown)
    parts = result.decompose().iloc[0]
    for part in ("miscalibration", "discrimination", "uncertainty"):
        assert any(x == pytest.approx(parts[part], abs=5e-3) for x in shown)


def test_warnings_are_told_with_their_remedy():
    y, p = [0, 1] * 30, np.tile([0.2, 0.7], 30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = sx.compare_predictions(y, {"a": p, "b": np.where(p > 0.5, 0.0, 0.1)})
    text = result.to_html()
    assert "ZeroProbabilityWarning" in text
    assert "Smooth the probabilities" in text
    assert "warning" in text.split("Mean losses")[0]


def test_titles_and_files(tmp_path):
    result, *_ = iris(losses="mse")
    assert result.to_html(tmp_path / "r.html", title="Mine <3") is None
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<title>Mine &lt;3</title>" in text
    assert "<h1>Mine &lt;3</h1>" in text


def test_a_notebook_gets_a_part_of_a_page():
    result, *_ = iris(losses="mse")
    text = result._repr_html_()
    assert text.startswith("<style>")
    assert "<html" not in text
    selectors = re.findall(r"^([^@\s{}][^{}]*)\{", text.split("</style>")[0][7:], re.MULTILINE)
    assert all("sx-report" in selector for selector in selectors), "the style would leak"


def test_a_notebook_does_not_wait(monkeypatch):
    result, *_ = iris(losses="mse")
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


def test_repeated_splits_have_no_slices():
    """Losses of a sample that is tested twice are not independent."""
    cv = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    result, *_ = iris(losses="mse", cv=cv)
    headings = Reader(result.to_html()).headings
    assert "Calibration" in headings
    assert "Slices" not in headings


def test_a_margin_is_told():
    result, *_ = iris(losses="mse", equivalence_margin=0.25)
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


def test_hostile_names_are_shown_and_do_nothing():
    result, groups = comparison()
    page = result.to_html(slices={"<u>slice</u>": groups})
    read = Reader(page)
    assert not {"script", "img", "a", "i", "b", "u", "link", "iframe"} & set(read.tags)
    assert not {name for name in read.attributes if name.startswith("on")}
    assert not {"href", "src"} & read.attributes
    text = " ".join(read.texts)
    for name in [NAMES["script"], NAMES["image"], "<b>bold</b>", "<i>odd</i>", "<u>slice</u>"]:
        assert name in text
    assert "\u202e" not in page
    assert "\x1b" not in page


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
    result, *_ = iris(losses="mse")
    with pytest.raises(ValueError, match=message):
        result.to_html(**options)


def test_slices_of_any_labels():
    result, *_ = iris(losses="mse")
    text = result.to_html(slices={"true class": ["1", 1, (2, 3)] * 50})
    assert text.count("MSE (Brier) by true class") == 4  # captions and labels of two tables
    assert "(2, 3)" in text


# --- in a browser ---------------------------------------------------------------------------


@pytest.fixture
def report(tmp_path):
    browser.needed()
    result, groups = comparison()
    result.to_html(tmp_path / "report.html", slices={"parity": groups})
    return result, browser.Page(tmp_path / "report.html", tmp_path)


@pytest.mark.browser
def test_the_browser_tells_harm(tmp_path):
    """What the next test looks for is seen where it is there."""
    browser.needed()
    (tmp_path / "x.html").write_text(
        "<title>a</title><script>document.title='harmed'</script><img src=http://example.org/x>"
    )
    dom, asked = browser.Page(tmp_path / "x.html", tmp_path).dom()
    assert "<title>harmed</title>" in dom
    assert asked == ["http://example.org/x"]


@pytest.mark.browser
def test_nothing_runs_and_nothing_is_fetched(report):
    result, page = report
    dom, asked = page.dom()
    assert asked == []
    assert "<title>Comparison of 6 models</title>" in dom
    read = Reader(dom)
    assert not {"script", "img", "a"} & set(read.tags)
    text = " ".join(read.texts)
    assert all(line.split("; ")[0] in text for line in result.headlines() if "\x1b" not in line)


@pytest.mark.browser
def test_light_and_dark(report):
    _, page = report
    light, dark = page.screenshot("light.png"), page.screenshot("dark.png", dark=True)
    for picture, back in ((light, 1.0), (dark, 0.07)):
        grey = picture[..., :3].mean(axis=2)
        assert np.median(grey) == pytest.approx(back, abs=0.05)
        # text stands out, and so do the bars, which are blue in both
        assert abs(grey - np.median(grey)).max() > 0.8
        blue = picture[..., 2] - picture[..., 0]
        assert (blue > 0.4).sum() > 500


@pytest.mark.browser
def test_a_telephone_is_wide_enough(report):
    _, page = report
    narrow = page.screenshot("narrow.png", size=(500, 900))
    grey = narrow[..., :3].mean(axis=2)
    assert (grey[:, -2:] > 0.9).mean() > 0.9, "something sticks out to the right"
