"""Run the recipes for other engines: they give the same bits as one machine.

Ray and Spark run where they are installed: `make test-engines` installs them.
"""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "engines"
LARGE = {"in_ray": "ray", "in_spark": "pyspark"}
NEEDS = {"in_duckdb": "duckdb", "in_joblib": "distributed", "in_polars": "polars"}
RECIPES = sorted(path.stem for path in FOLDER.glob("in_*.py"))
HERE = [name for name in RECIPES if name not in LARGE or importlib.util.find_spec(LARGE[name])]


def test_every_recipe_is_run_and_on_the_page():
    assert set(RECIPES) == {*LARGE, *NEEDS}
    page = (FOLDER.parents[1] / "docs" / "how_to" / "clusters.md").read_text(encoding="utf-8")
    assert set(re.findall(r"examples/engines/(in_\w+)\.py", page)) == set(RECIPES)


@pytest.mark.parametrize("name", HERE)
def test_the_recipe_gives_the_same_bits(name):
    for module in ("pyarrow", NEEDS.get(name, "pyarrow")):
        pytest.importorskip(module)
    root = str(FOLDER.parent.parent)
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py")],
        capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "the same bits as on one machine: True" in done.stdout
    assert done.stdout.count("a better") >= 2
