"""Switch off every check of the boundary in turn: some case of the catalogue must then fail.

Run it with ``python tests/mutate.py``; it prints the survivors and exits with their number. Each
``if`` that guards a ``raise``, or a call of the function that explains, is a check; the mutant
never takes it.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "sklearn_xent"
MODULES = ["_inputs", "_columns", "_rows", "_weights", "_labels", "_probabilities"]
TESTS = [*MODULES, "metrics", "predictions", "scorers"]


def checks(tree):
    """Every ``if`` whose body ends by raising or explaining."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and any(_refuses(inner) for inner in node.body):
            yield node


def _refuses(node):
    explains = isinstance(node, ast.Expr) and "_explain" in ast.unparse(node)
    return explains or isinstance(node, ast.Raise)


def mutants():
    """Module, line, the check in words, and the source without it."""
    for name in MODULES:
        source = (PACKAGE / f"{name}.py").read_text()
        for i, _ in enumerate(checks(ast.parse(source))):
            tree = ast.parse(source)
            check = list(checks(tree))[i]
            words = ast.unparse(check.test)
            check.test = ast.Constant(value=False)
            yield name, check.lineno, words, ast.unparse(tree)


def survives(mutant):
    """Whether all tests pass although the check is off."""
    name, line, words, source = mutant
    with tempfile.TemporaryDirectory() as folder:
        for part in ("sklearn_xent", "tests", "examples"):
            shutil.copytree(ROOT / part, Path(folder) / part)
        shutil.copy(ROOT / "pyproject.toml", folder)
        (Path(folder) / "sklearn_xent" / f"{name}.py").write_text(source)
        result = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
            + [f"tests/test_{test.lstrip('_')}.py" for test in TESTS],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    alive = result.returncode == 0
    print(
        "ALIVE " if alive else "killed",
        f"{name}.py:{line}",
        words.replace("\n", " ")[:70],
        flush=True,
    )
    return alive


def main():
    every = list(mutants())
    with ThreadPoolExecutor(int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count()) as pool:
        alive = sum(pool.map(survives, every))
    print(f"{len(every) - alive} of {len(every)} mutants killed")
    return alive


if __name__ == "__main__":
    sys.exit(main())
