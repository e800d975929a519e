"""Run the recipes for other engines: they give the same bits as one machine.

Ray and Spark run where they are installed: `make test-engines` installs them.
"""

import importlib.util
import os
import re
import runpy
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


@pytest.mark.usefixtures("_workers_start_fast")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", HERE)
def test_the_recipe_gives_the_same_bits(name, capsys, monkeypatch):
    for module in ("pyarrow", NEEDS.get(name, "pyarrow")):
        pytest.importorskip(module)
    root = str(FOLDER.parent.parent)
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)  # for the workers that a recipe starts
    monkeypatch.syspath_prepend(FOLDER)
    runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    out = capsys.readouterr().out
    assert "the same bits as on one machine: True" in out
    assert out.count("a better") >= 2
