"""Check the pages: links, paths, names of modules, and the lists of names and scripts."""

import ast
import doctest
import importlib
import importlib.util
import json
import re
from functools import reduce
from pathlib import Path

import pandas as pd
import pytest

import sklearn_xent as sx
from tests.support.release_notes import SITE, address_of, file_of, release_notes

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


def of_benchmarks(name, monkeypatch):
    """Import a file of benchmarks/, which may import others there."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module(name)


def test_the_figures_of_false_claims_are_those_of_the_file(monkeypatch):
    writer = of_benchmarks("false_claims_page", monkeypatch)
    text, rows = (DOCS / "false_claims.md").read_text(encoding="utf-8"), writer.read()
    assert text == writer.page(text, rows)
    [searched] = writer.rows_of(rows, "search_of_trees")
    share = 100 * searched["claims"] / searched["runs"]
    assert f"of two trees makes a false claim in {share:g} % of runs" in " ".join(text.split())
    naive = writer.spread(
        writer.shares(row)[0] for row in writer.rows_of(rows, "repeated", "", "naive")
    )
    rounded = " to ".join(f"{float(value):.0f}" for value in naive.split(" to "))
    for page in ("why/index.md", "faq.md"):
        assert f"{rounded} % of runs" in (DOCS / page).read_text(encoding="utf-8")


def test_the_figures_of_sets_and_plans_are_those_of_the_files(monkeypatch):
    writer = of_benchmarks("decisions", monkeypatch)
    text = (DOCS / "decisions.md").read_text(encoding="utf-8")
    assert text == writer.page(text)
    sets, plans = pd.read_csv(writer.BEST_SET), pd.read_csv(writer.PLANNING)
    sets["excluded"] = sets["best_excluded"] / sets["runs"]
    equal = sets[sets["kind"] == "all equal"].groupby("scenario")["excluded"]
    means = plans[["found", "detected", "narrow"]].div(plans["runs"], axis=0)
    plain = plans["scenario"].eq("independent") & plans["loss"].ne("cross-entropy, too sure")
    is_small = plans["loss"].eq("errors") & plans["pilot"].eq(50)
    half = sets[sets["kind"] == "half worse"].groupby("scenario")["excluded"]
    told = {
        "Where all models are equal it is excluded in {}": equal.get_group("samples"),
        "For clusters it is {}": equal.get_group("clusters"),
        "for rows in time order {}": equal.get_group("in_time"),
        "from sums alone {}": equal.get_group("moments"),
        "Where half of the models are worse, it is {}": half.get_group("samples"),
        "(clusters: {})": half.get_group("clusters"),
        "*Plans.* The power is {}": means["found"][plain],
        "Detectable differences are found in {}": means["detected"][plain & ~is_small],
        "*Plans of clusters.* The power is {}": means["found"][plans["scenario"] == "in_clusters"],
    }
    words = " ".join(text.split())
    for sentence, shares in told.items():
        low, high = 100 * shares.min(), 100 * shares.max()
        assert sentence.format(f"{low:.1f} to {high:.1f} %") in words


def test_every_scenario_that_is_drawn_or_told_has_rows(monkeypatch):
    writer = of_benchmarks("false_claims_page", monkeypatch)
    rows = writer.read()
    for _, *names, _ in [*writer.DRAWN, *writer.SUMMARY]:
        assert writer.rows_of(rows, *names)
    with pytest.raises(ValueError, match="no row of 'held_out', '', 'unpaired'"):
        writer.rows_of(rows, "held_out", "", "unpaired")
    with pytest.raises(ValueError, match="lacks one of the lines"):
        writer.page("no marks", rows)


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


def links_of_the_readme(text):
    """Every link and picture of it, wherever its address stands."""
    named = re.findall(r"^\[[^\]]+\]: (\S+)$", text, re.MULTILINE)
    return [*LINK.findall(text), *named, *re.findall(r'(?:src|srcset|href)="([^"]+)"', text)]


def test_links_of_the_readme_work_on_pypi():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = links_of_the_readme(text)
    assert len(links) > 20
    for link in links:
        assert link.startswith(("https://", "#")), link
        there = file_of(link)
        assert there is None or there.exists(), link
        _, _, anchor = link.partition("#")
        assert not anchor or anchor in headings(there or ROOT / "README.md"), link
    named = set(re.findall(r"^\[([^\]]+)\]: ", text, re.MULTILINE))
    used = re.findall(r"\[([^\]\[]+)\](?![(:\[])", text)
    assert named <= set(used), "a name that no link uses"


def test_a_relative_link_of_the_readme_is_seen():
    text = '[a](docs/a.md) and [b]\n<img src="docs/images/c.png">\n\n[b]: docs/b.md\n'
    assert links_of_the_readme(text) == ["docs/a.md", "docs/b.md", "docs/images/c.png"]
    assert file_of(f"{SITE}nowhere.html") == DOCS / "nowhere.md"
    assert file_of("https://semver.org") is None


def test_the_notes_of_a_release_are_the_changelog_with_absolute_links():
    notes = release_notes(sx.__version__)
    assert notes.startswith("First version.")
    links = LINK.findall(notes)
    assert all(link.startswith("https://") for link in links)
    assert f"{SITE}how_to/streams.html" in links
    assert all(there.exists() for link in links if (there := file_of(link)))
    assert address_of("docs/design.md#the-house") == f"{SITE}design.html#the-house"
    with pytest.raises(ValueError, match="no section '9'"):
        release_notes("9")


def test_the_switcher_knows_this_version():
    rows = json.loads((DOCS / "_static" / "switcher.json").read_text(encoding="utf-8"))
    assert [row["version"] for row in rows].count(sx.__version__) == 1
    assert sum(row.get("preferred", False) for row in rows) == 1
    assert all(set(row) <= {"name", "version", "url", "preferred"} for row in rows)
    assert all(row["url"].startswith(SITE) for row in rows)


def test_pictures_of_the_gallery_are_told_in_words():
    tree = ast.parse((DOCS / "_ext" / "alt_texts.py").read_text(encoding="utf-8"))
    [texts] = [  # to import it takes sphinx-gallery
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "TEXTS"
    ]
    scripts = {name.rpartition("_")[0] for name in texts}
    assert scripts == {path.stem for path in (ROOT / "examples").glob("plot_*.py")}
    assert all(80 < len(text) < 400 for text in texts.values())


def test_the_figures_of_real_data_are_those_of_the_file(monkeypatch):
    writer = of_benchmarks("real_data_page", monkeypatch)
    text, results = (DOCS / "real_data.md").read_text(encoding="utf-8"), writer.read_results()
    assert text == writer.page(text, results)
    rows = results[results["method"].eq("t-test") & results["loss"].isin(writer.MAIN)]
    equal = rows[rows["model_a"].isin(["half 1", "coin 1"])]
    share = 100 * equal["claims"].sum() / equal["draws"].sum()
    assert f"the t-test of the 15 means makes {share:.1f} % false claims" in " ".join(text.split())
    with pytest.raises(ValueError, match="lacks one of the lines"):
        writer.page("no marks", results)


def test_the_figures_of_rows_and_folds_are_those_of_the_file(monkeypatch):
    writer = of_benchmarks("fold_sizes", monkeypatch)
    text, found = (DOCS / "real_data.md").read_text(encoding="utf-8"), writer.read()
    assert text == writer.page(text, found)
    shares, notes = writer.shares(found), " ".join(sx.compare_models.__doc__.split())
    of_ten = [f"{shares['coverage'][n, 10]:.1f} %" for n in (100, 200, 500)]
    assert "in {} of draws of 100 samples, in {} of 200 and in {} of 500".format(*of_ten) in notes
    assert f"five folds of 200 samples in {shares['coverage'][200, 5]:.1f} %" in notes
    assert shares["wrong"].max() < 1
    with pytest.raises(ValueError, match="lacks one of the lines"):
        writer.page("no marks", found)


def test_the_real_data_are_large_and_many():
    results = pd.read_csv(ROOT / "benchmarks" / "real_data.csv")
    ours = results[results["method"].eq("ours") & ~results["model_a"].isin(["half 1", "coin 1"])]
    for design in ("one test set", "5 folds", "5 x 3 folds"):
        rows = ours[ours["design"] == design]
        pairs = rows[["model_a", "model_b"]].drop_duplicates()
        assert rows["population"].nunique() >= 8
        assert len(pairs) >= 4
        assert rows["draws"].min() >= 500
