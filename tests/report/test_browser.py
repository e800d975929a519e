"""What a browser makes of a report: nothing runs or is fetched, light, dark and narrow."""

import numpy as np
import pytest

from tests.support import browser
from tests.support.browser import Reader
from tests.support.hostile import comparison


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
