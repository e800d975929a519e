"""Check what the distributions hold. `make dist` also installs and uses them."""

import email
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import sklearn_xent as sx

ROOT = Path(__file__).parents[2]
PARTS = ["sklearn_xent", "tests", "docs", "examples", "benchmarks"]
LITTER = shutil.ignore_patterns(".*", "__pycache__", "_build", "*.egg-info")


def sources(*folders):
    """The files of some folders that belong to the project, by their paths from its root."""
    kinds = {".py", ".md", ".csv", ".css", ".typed", ".png", ".svg", ".json"}
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    paths = [path.relative_to(ROOT) for path in files if path.suffix in kinds]
    return {p.as_posix() for p in paths if not {"_build", "__pycache__"} & set(p.parts)}


def test_versions_are_told_alike():
    """In pyproject.toml, Makefile, CITATION.cff and docs/versioning.md."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    policy = (ROOT / "docs" / "versioning.md").read_text(encoding="utf-8")
    oldest = re.search(r"^OLDEST := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    tested = dict(pin.split("==") for pin in oldest.split())
    floors = dict(need.split(">=") for need in project["dependencies"])
    told = dict(re.findall(r"^\| ([\w-]+) \| ([\d.]+) \|$", policy, re.MULTILINE))
    python = project["requires-python"].removeprefix(">=")
    assert told == {"Python": python, **floors}
    assert all(tested[name].removesuffix(".0") == floor for name, floor in floors.items())
    minors = [c.split(" :: ")[-1] for c in project["classifiers"] if "Python :: 3." in c]
    assert minors == sorted(minors, key=lambda minor: int(minor.split(".")[1]))
    assert minors[0] == python
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert re.findall(r'"(3\.\d+)"', re.search(r"python: (\[.*\])", workflow)[1]) == minors
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {sx.__version__}\n" in cited
    assert f"\nrepository-code: {project['urls']['Source']}\n" in cited
    assert f"\n## {sx.__version__} (" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The source distribution, and the wheel that is built from it, without any network."""
    pytest.importorskip("build", reason="build is a tool of the dev group")
    if int(metadata.version("setuptools").split(".")[0]) < 77:
        pytest.skip("setuptools 77 is a tool of the dev group")
    copy = tmp_path_factory.mktemp("project")
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    for part in PARTS:
        shutil.copytree(ROOT / part, copy / part, ignore=LITTER)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation"],
        cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    [wheel], [sdist] = (copy / "dist").glob("*.whl"), (copy / "dist").glob("*.tar.gz")
    return wheel, sdist


def test_the_wheel_holds_the_package_only(built):
    with zipfile.ZipFile(built[0]) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == sources("sklearn_xent")
    assert {"sklearn_xent/py.typed", "sklearn_xent/report/report.css"} < names


def test_what_the_wheel_says_of_itself(built):
    with zipfile.ZipFile(built[0]) as wheel:
        info = f"sklearn_xent-{sx.__version__}.dist-info"
        said = email.message_from_bytes(wheel.read(f"{info}/METADATA"))
        assert f"{info}/licenses/LICENSE" in wheel.namelist()
        assert b"Tag: py3-none-any" in wheel.read(f"{info}/WHEEL")
    assert said["Version"] == sx.__version__
    assert said["License-Expression"] == "BSD-3-Clause"
    needs = [need for need in said.get_all("Requires-Dist") if "extra ==" not in need]
    names = {re.match(r"[\w-]+", need)[0] for need in needs}
    assert names == {"numpy", "scipy", "scikit-learn", "pandas"}


def test_the_source_distribution_holds_what_the_tests_need(built):
    with tarfile.open(built[1]) as sdist:
        names = {name.split("/", 1)[-1] for name in sdist.getnames()}
    files = {"conftest.py", "pyproject.toml", "setup.cfg", "README.md", "LICENSE", "CHANGELOG.md"}
    files |= {"Makefile", "CITATION.cff", "CONTRIBUTING.md"}
    assert not (sources(*PARTS) | files) - names
