"""What type checkers know of the package is right: checked and executed on a user's script."""

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_overloads, get_type_hints

import pytest

import sklearn_xent as sx
from tests.support import typed_user

ROOT = Path(__file__).parents[2]
SCRIPT = Path(typed_user.__file__)


def strict(script):
    """Run ``mypy --strict`` as a user does, without the settings of this project."""
    pytest.importorskip("mypy", reason="mypy is a tool of the dev group")
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent",
         f"--cache-dir={ROOT / '.mypy_cache' / 'user'}", str(script)],
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_users_script_is_well_typed():
    result = strict(SCRIPT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_wrong_script_is_not(tmp_path):
    script = tmp_path / "wrong.py"
    script.write_text(
        "import sklearn_xent as sx\n"
        'x: float = sx.cross_entropy([0, 1], [0.1, 0.9], reduction="none")\n'
        'y: str = sx.eval_metric("mse")([0, 1], [0.1, 0.9])\n'
        "z: str = sx.Comparison.to_csv\n"
    )
    result = strict(script)
    assert result.stdout.count("[assignment]") == 3, result.stdout + result.stderr


def test_the_script_runs():
    for extra in ("matplotlib", "jinja2"):
        pytest.importorskip(extra, reason="it is an extra")
    typed_user.main()


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
    """Of the same types, and no parameter is hidden from `inspect` and the documentation."""
    whole = get_type_hints(function)
    assert list(inspect.signature(function).parameters) == [*whole][:-1]
    assert len(get_overloads(function)) == 2
    for overload in get_overloads(function):
        told = get_type_hints(overload)
        [options] = get_args(told.pop("options"))
        told |= get_type_hints(options)
        assert set(told) == set(whole)
        assert {name for name in told if told[name] != whole[name]} == {"reduction", "return"}
