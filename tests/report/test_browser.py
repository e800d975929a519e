"""What a browser makes of a report: nothing runs or is fetched; light, dark, narrow and short."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx
from tests.support import browser
from tests.support.browser import Reader
from tests.support.hostile import NAMES, comparison


@pytest.fixture
def report(tmp_path):
    browser.needed()
    result, groups = comparison()
    result.to_html(tmp_path / "report.html", slices={"parity": groups})
    return browser.Page(tmp_path / "report.html", tmp_path)


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
    dom, asked = report.dom()
    assert asked == []
    assert "<title>Comparison of 6 models</title>" in dom
    read = Reader(dom)
    assert not {"script", "img", "a"} & set(read.tags)
    text = " ".join(read.texts)
    assert all(name in text for kind, name in NAMES.items() if kind != "controls")


@pytest.mark.browser
def test_light_and_dark(report):
    light, dark = report.screenshot("light.png"), report.screenshot("dark.png", dark=True)
    for picture, back in ((light, 1.0), (dark, 0.07)):
        grey = picture[..., :3].mean(axis=2)
        assert np.median(grey) == pytest.approx(back, abs=0.05)
        # text stands out, and so do the marks that are clearly worse, which are orange in both
        assert abs(grey - np.median(grey)).max() > 0.8
        orange = picture[..., 0] - picture[..., 2]
        assert (orange > 0.4).sum() > 300


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_sticks_out(report, width):
    picture = report.screenshot("wide.png", size=(width, 900))
    assert picture.shape[1] == width
    grey = picture[..., :3].mean(axis=2)
    assert (grey[:, -8:] > 0.9).all(), "something sticks out to the right"


@pytest.mark.browser
def test_a_notebook_shows_three_models_at_once(tmp_path):
    """At most 900 px high at a width of 1000, with three models and three losses."""
    browser.needed()
    X, y = load_breast_cancer(return_X_y=True)
    models = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
        "5 neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier()),
        "naive Bayes": GaussianNB(),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        part = sx.compare_models(models, X, y)._repr_html_()
    end = "<p style='height:20px;background:#000;margin:0'></p>"  # after the report
    (tmp_path / "cell.html").write_text(f"<!doctype html><body style='margin:0'>{part}{end}")
    picture = browser.Page(tmp_path / "cell.html", tmp_path).screenshot("cell.png")
    is_black = (picture[..., :3].max(axis=2) < 0.1).all(axis=1)
    [height] = np.flatnonzero(np.diff(is_black.astype(int)) == 1) + 1
    assert 400 < height <= 900
