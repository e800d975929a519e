"""The pages: every public name is in the reference, and links lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

import sklearn_xent as sx

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    if not {"_build", "auto_examples"} & set(path.relative_to(ROOT).parts)
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def test_the_reference_has_every_public_name():
    page = (DOCS / "reference" / "index.rst").read_text()
    listed = re.findall(r"^   ([\w.]+)$|^\.\. py:data:: (\w+)$", page, re.MULTILINE)
    names = sorted(a or b for a, b in listed)
    assert names == sorted([*sx.__all__, "dask.compare_predictions"])


def headings(path):
    """The anchors of a page, as GitHub and the site make them."""
    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        # those of the gallery are made with the site, whose build fails on a dead one
        if target.startswith(("http", "mailto:")) or "auto_examples/" in target:
            continue
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), link
        assert not anchor or anchor in headings(there), link


def test_every_page_is_in_a_table_of_contents():
    listed = set()
    for page in PAGES:
        for block in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(), re.DOTALL):
            lines = [line for line in block.splitlines() if not line.startswith(":")]
            names = [re.sub(r".*<(.+)>", r"\1", line) for line in lines]
            listed |= {(page.parent / name).resolve().with_suffix("") for name in names}
    pages = {page.with_suffix("") for page in PAGES if DOCS in page.parents}
    assert pages - listed == {DOCS / "index"}


def test_the_gallery_has_an_order():
    path = DOCS / "_ext" / "gallery_order.py"
    spec = importlib.util.spec_from_file_location("gallery_order", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    scripts = {path.stem for path in (ROOT / "examples").glob("plot_*.py")}
    assert sorted(module.ORDER) == sorted(scripts)
