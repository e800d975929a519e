"""The rooms and their contract, sizes of files, what an import costs, and the public names."""

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
OPTIONAL = ["matplotlib", "dask", "distributed", "pyarrow", "tqdm"]


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
    shutil.copytree(ROOT / "sklearn_xent", tmp_path / "sklearn_xent")
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    if module is not None:
        path = tmp_path / "sklearn_xent" / f"{module}.py"
        path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert (result.returncode == 0) == (broken is None), result.stdout
    assert broken is None or broken.lower() in result.stdout.lower()


def test_import_adds_nothing_optional():
    code = (
        "import sys, numpy, scipy, pandas, sklearn.model_selection; before = set(sys.modules);"
        "import sklearn_xent; print(*{m.split('.')[0] for m in set(sys.modules) - before})"
    )
    assert not set(OPTIONAL) & set(python(code).split())


def test_works_without_anything_optional():
    """Every optional library made impossible to import, a comparison still runs."""
    code = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {OPTIONAL}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import sklearn_xent as sx
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB
X, y = load_iris(return_X_y=True)
print(sx.compare_models({{"bayes": GaussianNB()}}, X, y, losses="mse"))
"""
    assert "bayes has a mean loss of" in python(code)


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


LONGEST_FUNCTION, LONGEST_FILE = 60, 800
"""In lines: those of the code of a function without its docstring, and of a whole file."""


def length(function):
    """Lines of the body of a function without its docstring."""
    body = function.body
    first = body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[-1].end_lineno - (first.end_lineno if is_docstring else first.lineno - 1)


def too_long(source):
    """Names of the functions that do not fit a screen."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
    return [function.name for function in found if length(function) > LONGEST_FUNCTION]


def test_functions_fit_a_screen():
    modules = sorted((ROOT / "sklearn_xent").rglob("*.py"))
    sources = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in modules}
    assert len(sources) > 40
    assert {
        name: functions for name, text in sources.items() if (functions := too_long(text))
    } == {}
    assert [name for name, text in sources.items() if text.count("\n") > LONGEST_FILE] == []


@pytest.mark.parametrize(("n_lines", "found"), [(60, []), (61, ["f"])])
def test_a_function_that_does_not_fit_is_found(n_lines, found):
    docstring = '    """Say\n\n    much.\n    """\n'
    body = "    x = 1\n" * n_lines
    assert too_long(f"def f():\n{docstring}{body}") == too_long(f"def f():\n{body}") == found


def test_every_room_has_tests():
    rooms = {path.parent.name for path in (ROOT / "sklearn_xent").glob("*/__init__.py")}
    tested = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert rooms == tested - {"project"}
