"""Draw the pictures of a report: ``python -m tests.support.report_picture``.

It needs Chromium. The report is that of the example in the README. It is drawn in light and in
dark, for a page and for a phone, with two pixels for each point, so that it is sharp there.
"""

import re
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.browser import Page

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "images"
WIDTHS = {"wide": 960, "narrow": 440}
EDGE = 24


def compare():
    """Return the comparison that the README makes, by its own lines."""
    example = (ROOT / "README.md").read_text(encoding="utf-8").split("```python\n")[1]
    lines = re.findall(r"^(?:>>>|\.\.\.) (.*)$", example.split("```")[0], re.MULTILINE)
    names = {}
    exec("\n".join(line for line in lines if "print" not in line), names)
    return names["comparison"]


def draw(folder):
    """Write the report as a browser shows it, without the empty rest below."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.html"
        compare().to_html(report)
        for scheme in ("light", "dark"):
            for name, width in WIDTHS.items():
                shown = Page(report, scratch).screenshot(
                    "report.png", dark=scheme == "dark", size=(width, 1900), scale=2
                )[..., :3]
                drawn = np.flatnonzero((abs(shown - shown[-1, -1]) > 0.1).any(axis=(1, 2)))
                picture = (255 * shown[: drawn[-1] + EDGE]).round().astype(np.uint8)
                few = Image.fromarray(picture).quantize(48, dither=Image.Dither.NONE)
                few.save(Path(folder) / f"report_{name}_{scheme}.png", optimize=True)


if __name__ == "__main__":
    draw(FOLDER)
