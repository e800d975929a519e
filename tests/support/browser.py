"""A headless Chromium for tests of what it shows, if one is installed; and a reader of pages."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

BINARY = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]  # fmt: skip


OWN = ("google.com", "googleapis.com")
"""Hosts that the browser asks for its own purposes, whatever page it shows."""


def needed():
    """Skip a test where there is no browser."""
    if BINARY is None:
        pytest.skip("no Chromium is installed, such as by apt-get install chromium")


class Reader(HTMLParser):
    """Collect the tags, attributes and texts of a page."""

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


class Page:
    """A page as a browser shows it."""

    def __init__(self, path, folder):
        self.url, self.folder = Path(path).as_uri(), Path(folder)

    def _run(self, *options):
        profile = self.folder / "profile"
        shutil.rmtree(profile, ignore_errors=True)
        command = [BINARY, *QUIET, f"--user-data-dir={profile}", *options, self.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def dom(self):
        """Return the document after all scripts ran, and every address that was asked for."""
        log = self.folder / "net.json"
        text = self._run(f"--log-net-log={log}", "--virtual-time-budget=2000", "--dump-dom")
        events = json.dumps(json.loads(log.read_text()), separators=(",", ":"))
        asked = set(re.findall(r'"url":"((?:https?|wss?|ftp)://[^"]+)"', events))
        return text, sorted(url for url in asked if not urlsplit(url).netloc.endswith(OWN))

    def screenshot(self, name, *, dark=False, size=(1000, 1400), scale=1):
        """Return a picture of the page as an array of floats."""
        import matplotlib.image

        path = self.folder / name
        scheme = [f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
        scheme += ["--force-dark-mode"] * dark + [f"--force-device-scale-factor={scale}"]
        self._run(f"--screenshot={path}", f"--window-size={size[0]},{size[1]}", *scheme)
        return matplotlib.image.imread(path)
