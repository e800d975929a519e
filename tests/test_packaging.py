"""What the distributions hold. `make dist` also checks, installs and uses them."""

import email
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import sklearn_xent as sx

ROOT = Path(__file__).parent.parent
PARTS = ["sklearn_xent", "tests", "docs", "examples", "benchmarks"]
LITTER = shutil.ignore_patterns(".*", "__pycache__", "_build", "*.egg-info")


def sources(*folders):
    """The files of some folders that belong to the project, by their paths from its root."""
    kinds = {".py", ".md", ".csv", ".css", ".typed", ".png"}
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    paths = [path.relative_to(ROOT) for path in files if path.suffix in kinds]
    return {p.as_posix() for p in paths if not {"_build", "__pycache__"} & set(p.parts)}


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
    assert {"sklearn_xent/py.typed", "sklearn_xent/report.css"} < names


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
    assert not (sources(*PARTS) | files) - names
