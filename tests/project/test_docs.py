"""Check the pages: links, paths, names of modules, and the lists of names and scripts."""

import doctest
import importlib
import importlib.util
import re
from functools import reduce
from pathlib import Path

import pytest

import sklearn_xent as sx

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sklearn_xent"
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    if not {"_build", "auto_examples"} & set(path.relative_to(ROOT).parts)
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FOLDERS = "sklearn_xent|tests|docs|examples|benchmarks"
FROM_ROOT = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[\w/]+(?:\.\w+)?(?![\w<*])")
IN_A_ROOM = re.compile(rf"`((?:{'|'.join(ROOMS)})/(?:\w+\.\w+)?)`")
DOTTED = re.compile(r"\bsklearn_xent(?:\.\w+)+")
PRIVATE_MODULE = re.compile(r"`(_[a-z]\w*)(?:\.py)?`")


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


def find(dotted):
    """Return what a dotted name stands for: a module, or an attribute of one."""
    first, *names = dotted.split(".")

    def step(owner, name):
        if not hasattr(owner, name):
            importlib.import_module(f"{owner.__name__}.{name}")
        return getattr(owner, name)

    return reduce(step, names, importlib.import_module(first))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_and_modules_exist(page):
    text = page.read_text(encoding="utf-8")
    for path in FROM_ROOT.findall(text):
        assert (ROOT / path).exists(), path
    for path in IN_A_ROOM.findall(text):
        assert (PACKAGE / path).exists(), path
    for name in PRIVATE_MODULE.findall(text):
        assert (PACKAGE / f"{name}.py").exists(), name
    for name in DOTTED.findall(text):
        if not name.startswith("sklearn_xent.git"):
            find(name)


def test_a_wrong_path_is_seen():
    text = "see `losses/nowhere.py`, tests/nowhere, `sklearn_xent.nowhere` and `_nowhere`"
    assert IN_A_ROOM.findall(text) == ["losses/nowhere.py"]
    assert FROM_ROOT.findall(text) == ["tests/nowhere"]
    assert PRIVATE_MODULE.findall(text) == ["_nowhere"]
    [name] = DOTTED.findall(text)
    with pytest.raises(ModuleNotFoundError):
        find(name)


def extension(name):
    """Import a file of docs/_ext."""
    spec = importlib.util.spec_from_file_location(name, DOCS / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_in_text_is_that_of_the_contract():
    pytest.importorskip("sphinx", reason="sphinx builds the site")
    text = (DOCS / "design.md").read_text(encoding="utf-8")
    drawn = re.search(r"```\{layers\}\n(.*?)```", text, re.DOTALL)[1].splitlines()
    floors = [re.split(r" {3,}", line)[0] for line in drawn]
    names = [[name.strip() for name in floor.split("|")] for floor in floors]
    assert names == extension("layers").floors()


def test_the_picture_of_the_rooms_is_that_of_the_contract():
    pytest.importorskip("sphinx", reason="sphinx builds the site")
    layers = extension("layers")
    drawn = re.findall(r"<b>(\w+)</b> <span>([^<]+)</span>", layers.house())
    names = [name for floor in layers.floors() for name in floor]
    assert [name for name, _ in drawn] == names
    assert set(ROOMS) < set(names)
    for room in ROOMS:
        module = importlib.import_module(f"sklearn_xent.{room}")
        assert dict(drawn)[room] == module.__doc__.splitlines()[0]


def test_the_example_of_the_home_page_is_that_of_the_readme():
    """So that it runs once: pytest does not collect docs/index.md."""
    home, readme = (
        doctest.DocTestParser().get_examples(path.read_text(encoding="utf-8"))
        for path in (DOCS / "index.md", ROOT / "README.md")
    )
    assert home
    assert [(x.source, x.want) for x in home] == [(x.source, x.want) for x in readme]


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
    scripts = {path.stem for path in (ROOT / "examples").glob("plot_*.py")}
    assert sorted(extension("gallery_order").ORDER) == sorted(scripts)


def of_benchmarks(name):
    """Import a file of benchmarks/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_of_false_claims_are_those_of_the_file():
    writer = of_benchmarks("false_claims_page")
    text = (DOCS / "false_claims.md").read_text(encoding="utf-8")
    assert text == writer.page(text, writer.read())
    assert "| " + " | ".join(["A search of two trees", "11.6", "4.1", "-"]) + " |" in text


def test_a_summary_of_rows_that_are_missing_is_an_error():
    writer = of_benchmarks("false_claims_page")
    with pytest.raises(ValueError, match="no row of 'held_out', '', 'unpaired'"):
        writer.rows_of(writer.read(), "held_out", "", "unpaired")


def test_every_public_name_is_linked_with_others():
    pytest.importorskip("sphinx", reason="sphinx builds the site")
    see_also = extension("see_also")
    listed = {name for row in see_also.TOGETHER for name in row.split()}
    assert listed == {*sx.__all__, "dask.compare_predictions"}
    assert "brier_loss" in see_also.beside("cross_entropy")


def test_the_words_of_the_search_lead_to_pages_and_sections():
    pytest.importorskip("sphinx", reason="sphinx builds the site")
    words = extension("search_words").WORDS
    for place in words:
        page, _, section = place.partition("#")
        titles = re.findall(r"^## (.+)$", (DOCS / f"{page}.md").read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") for title in titles}
        assert not section or section in anchors, place
    said = [word.strip().lower() for listed in words.values() for word in listed.split(",")]
    assert len(said) == len(set(said)), "a word has one page"
