"""Check the layer contract, the size of functions, what an import loads, and the public names."""

import ast
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_xent as sx

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sklearn_xent"
OPTIONAL = ["matplotlib", "dask", "distributed", "pyarrow", "tqdm"]
LONGEST_BODY, LONGEST_FILE = 60, 800


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def lint_imports(folder):
    pytest.importorskip("importlinter", reason="import-linter is a tool of the dev group")
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as f; f()"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        (None, None, None),
        ("losses/registry", "from sklearn_xent.scoring import metrics", "downwards only BROKEN"),
        ("scoring/scorers", "from sklearn_xent.inference import design", "downwards only BROKEN"),
        (
            "inputs/weights",
            "from sklearn_xent.inputs import validation",
            "No cycles between the files of a room BROKEN",
        ),
        ("inference/moments", "import pandas", "numpy and scipy only BROKEN"),
        ("stranger", "import math", "not listed as layers"),
    ],
)
def test_layer_contract(tmp_path, module, line, broken):
    shutil.copytree(PACKAGE, tmp_path / "sklearn_xent")
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    if module is not None:
        path = tmp_path / "sklearn_xent" / f"{module}.py"
        path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert (result.returncode == 0) == (broken is None), result.stdout
    assert broken is None or broken.lower() in result.stdout.lower()


def test_works_without_anything_optional():
    """No optional library can be imported: none is asked for, and a comparison runs."""
    code = f"""
import sys

class Absent:
    wanted = []

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {OPTIONAL}:
            self.wanted.append(name)
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import numpy, scipy, pandas
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB
Absent.wanted.clear()  # what these ask for is their own affair
import sklearn_xent as sx
print("wanted by the import:", Absent.wanted)
X, y = load_iris(return_X_y=True)
print(sx.compare_models({{"bayes": GaussianNB()}}, X, y, losses="mse"))
"""
    said = python(code)
    assert "wanted by the import: []" in said
    assert "bayes is the only model" in said


def test_public_names_are_listed_and_documented():
    for name in sx.__all__:
        item = getattr(sx, name)
        if inspect.isfunction(item) or (inspect.isclass(item) and not issubclass(item, Warning)):
            sections = {line.strip() for line in item.__doc__.splitlines()}
            assert {"Parameters", "Attributes"} & sections, name
            assert "Examples" in sections, name
        elif inspect.isclass(item):
            assert item.__doc__, name
    assert sorted(sx.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)) == (
        sx.__all__
    )


def test_every_room_has_tests():
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    tested = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert rooms == tested - {"project"}


def test_a_room_has_a_docstring_and_exports_nothing():
    for path in PACKAGE.glob("*/__init__.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        assert len(tree.body) == 1, path


def lines_of_body(function):
    """How many lines a function has below its signature and its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_functions_fit_a_screen_and_files_are_short(path):
    text = path.read_text(encoding="utf-8")
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
    assert {f.name for f in functions if lines_of_body(f) > LONGEST_BODY} == set()
    assert len(text.splitlines()) <= LONGEST_FILE
