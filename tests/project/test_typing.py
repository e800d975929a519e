"""Check what type checkers know of the package, on a user's script that is also run."""

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_overloads, get_type_hints

import pytest

import sklearn_xent as sx
from tests.support import typed_user

ROOT = Path(__file__).parents[2]
SCRIPT = Path(typed_user.__file__)


WRONG = """\
import sklearn_xent as sx
x: float = sx.cross_entropy([0, 1], [0.1, 0.9], reduction="none")
y: str = sx.eval_metric("mse")([0, 1], [0.1, 0.9])
z: str = sx.Comparison.to_csv
"""


def test_mypy_accepts_a_users_script_and_refuses_a_wrong_one(tmp_path):
    """Run a strict mypy on both scripts in one run, as most of its time goes to pandas.

    The settings are those of ``make types``, so that its cache serves here.
    """
    pytest.importorskip("mypy", reason="mypy is a tool of the dev group")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG)
    result = subprocess.run(
        [sys.executable, "-m", "mypy", str(SCRIPT), str(wrong)],
        cwd=ROOT, env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    errors = [line for line in result.stdout.splitlines() if ": error: " in line]
    lines = [re.search(r"wrong\.py:(\d+): error: .*\[assignment\]", line) for line in errors]
    assert [found and int(found[1]) for found in lines] == [2, 3, 4], result.stdout + result.stderr


def test_the_script_runs(capsys):
    for extra in ("matplotlib", "jinja2"):
        pytest.importorskip(extra, reason="it is an extra")
    typed_user.main()
    assert capsys.readouterr().out == f"{sx.__version__}\n"


def test_the_script_uses_every_public_name():
    used = {
        node.attr
        for node in ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "sx"
    }
    assert not set(sx.__all__) - used


@pytest.mark.parametrize(
    "function", [sx.classification_error, sx.brier_loss, sx.cross_entropy, sx.mean_loss]
)
def test_overloads_name_every_parameter(function):
    """Each has the same types as the function, and hides no parameter from `inspect`."""
    whole = get_type_hints(function)
    assert list(inspect.signature(function).parameters) == [*whole][:-1]
    assert len(get_overloads(function)) == 2
    for overload in get_overloads(function):
        told = get_type_hints(overload)
        [options] = get_args(told.pop("options"))
        told |= get_type_hints(options)
        assert set(told) == set(whole)
        assert {name for name in told if told[name] != whole[name]} == {"reduction", "return"}
