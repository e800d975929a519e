"""Ask the search of the built site: ``python -m tests.support.site_search "log loss" AUC``.

It needs Chromium and ``make docs``. It serves the site, and reads what the page of
results shows first. Without words it asks those of ``EXPECTED``, and fails on another answer.
"""

import functools
import http.server
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import quote

from tests.support.browser import BINARY, QUIET

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"
EXPECTED = {
    "significant difference": "faq.html#is-the-difference-significant",
    "log loss": "how_to/scoring.html",
    "imbalanced": "how_to/imbalanced.html",
    "time series": "how_to/time_order.html",
    "how many samples": "how_to/not_clear.html",
    "AUC": "faq.html#what-about-auc-f1-and-accuracy",
    "calibration": "how_to/calibration.html",
    "seeds": "how_to/training_seeds.html",
    "Parquet": "how_to/streams.html",
    "nan in neg_log_loss": "faq.html#neg-log-loss-is-nan-why",
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server without a log."""

    def log_message(self, *_args):
        """Say nothing."""


def first_answers(words):
    """Return for each query the address of the first result."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=SITE)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    options = [option for option in QUIET if "resolver" not in option]
    answers = {}
    with tempfile.TemporaryDirectory() as folder:
        for word in words:
            url = f"http://127.0.0.1:{server.server_port}/search.html?q={quote(word)}"
            command = [BINARY, *options, f"--user-data-dir={folder}", "--virtual-time-budget=8000"]
            page = subprocess.run(
                [*command, "--dump-dom", url],
                capture_output=True,
                text=True,
                timeout=120,
                check=True,
            ).stdout
            results = page.partition('id="search-results"')[2]
            found = re.search(r'<li[^>]*>\s*<a href="([^"]+)"', results)
            answers[word] = re.sub(r"\?[^#]*", "", found[1]) if found else None
    server.shutdown()
    return answers


def main():
    answers = first_answers(sys.argv[1:] or EXPECTED)
    for word, page in answers.items():
        print(f"{word:<24} {page}")
    if not sys.argv[1:]:
        sys.exit([word for word, page in answers.items() if page != EXPECTED[word]] or 0)


if __name__ == "__main__":
    main()
