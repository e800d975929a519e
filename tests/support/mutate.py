"""Change the code in small ways, one at a time: some test must then fail.

``make mutation`` prints the mutants of the losses, the inputs and the paired tests that survive,
and how many are killed; fewer than 95 % of a room is an error. Other files are named by room and
file, with lines if only some of them are meant:
``python -m tests.support.mutate losses/brier inputs/alignment:50:51``. Docstrings, annotations,
strings, the text of errors and ``copy=``, which changes no result, stay as they are.

The tests are collected once. Each mutant is a fork of that process with other code in the
functions. It runs the tests that call the changed function, the fastest first, until one fails.
For a mutant outside of functions, a new process imports the package and collects the tests again.
"""

import ast
import gc
import importlib
import multiprocessing
import os
import sys
import tempfile
import time
import types
import warnings
from collections import Counter
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parents[2]
TESTS = {
    "losses": ["losses", "scoring"],
    "inputs": [
        "inputs",
        "scoring",
        "comparison/test_holdout.py",
        "comparison/test_times.py",
        "comparison/test_folds.py",
        "losses/test_ranked_probability.py",
    ],
    "inference": ["inference", "comparison", "report"],
    "inference/paired_tests": [
        "inference",
        "comparison/test_holdout.py",
        "comparison/test_cross_validation.py",
        "comparison/test_folds.py",
    ],
    "scoring": ["scoring", "losses"],
    "training": ["training", "comparison/test_cross_validation.py"],
    "report": ["report"],
    "plots": ["plots"],
    "comparison": ["comparison"],
    "search": ["search"],
    "datasets": ["datasets"],
    "streaming": ["streaming"],
}
"""The folders and files of tests that a mutant of a file, or of a file of a room, has to pass."""
HEAVY = ["sklearn.ensemble", "sklearn.model_selection", "sklearn.pipeline", "scipy.stats", "mpmath"]
HEAVY += ["pandas", "polars", "pyarrow", "matplotlib.pyplot", "statsmodels.stats.weightstats"]
HEAVY += ["statsmodels.api", "hypothesis.extra.numpy"]
FORK = multiprocessing.get_context("fork")
OPTIONS = ["-qxs", *(f"-pno:{plugin}" for plugin in ("cacheprovider", "unraisableexception"))]
LEAST = 0.95

SWAPS = {ast.Lt: ast.LtE, ast.Gt: ast.GtE, ast.Eq: ast.NotEq, ast.Is: ast.IsNot, ast.In: ast.NotIn}
SWAPS |= {ast.Add: ast.Sub, ast.Mult: ast.Div, ast.And: ast.Or}
SWAPS |= {new: old for old, new in SWAPS.items()}
SWAPS |= {ast.Pow: ast.Mult, ast.FloorDiv: ast.Div, ast.BitAnd: ast.BitOr}
NAMES = {"min": "max", "minimum": "maximum", "any": "all"}
NAMES |= {new: old for old, new in NAMES.items()}


def default_files():
    """The losses with their registry, all inputs, and the paired tests."""
    losses = (
        "classification_error", "brier", "cross_entropy", "ranked_probability", "expected_cost",
        "registry",
    )  # fmt: skip
    inputs = sorted(path.stem for path in (ROOT / "sklearn_xent" / "inputs").glob("[!_]*.py"))
    return [
        *(f"losses/{file}" for file in losses),
        *(f"inputs/{file}" for file in inputs),
        "inference/paired_tests",
    ]


# --- what is changed ------------------------------------------------------------------------


def alternatives(node):
    """What may stand in place of a node."""
    match node:
        case ast.operator() | ast.cmpop() | ast.boolop() if type(node) in SWAPS:
            yield SWAPS[type(node)]()
        case ast.UnaryOp():
            yield node.operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            if value + 1 != value:
                yield ast.Constant(value + 1)
            if value == 1:
                yield ast.Constant(value - 1)
        case ast.Name(id=name) if name in NAMES:
            yield ast.Name(NAMES[name], ast.Load())
        case ast.Attribute(attr=name) if name in NAMES:
            yield ast.Attribute(node.value, NAMES[name], ast.Load())
        case ast.Return(value=ast.expr()) if ast.unparse(node) != "return None":
            yield ast.Return(ast.Constant(None))
        case ast.If():
            yield ast.If(ast.Constant(True), node.body, node.orelse)
            yield ast.If(ast.Constant(False), node.body, node.orelse)
        case ast.IfExp():
            yield node.body
            yield node.orelse
        case ast.With():
            yield ast.If(ast.Constant(True), node.body, [])
        case ast.Expr(value=ast.Call()) | ast.AugAssign():
            yield ast.Pass()
        case ast.Assign(targets=[target], value=value):
            names = {x.id for x in ast.walk(value) if isinstance(x, ast.Name)}
            if isinstance(target, ast.Subscript) or getattr(target, "id", None) in names:
                yield ast.Pass()


def slots(node, function=None):
    """Every place of the tree that may hold something else, and the function it is in."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns") or isinstance(node, ast.Raise):
            continue
        if isinstance(node, ast.keyword) and node.arg == "copy":
            continue
        inner = node if isinstance(node, ast.FunctionDef) and field == "body" else function
        held = value if isinstance(value, list) else [value]
        for i, child in enumerate(held):
            if isinstance(child, ast.AST):
                yield node, field, i if isinstance(value, list) else None, child, inner
                yield from slots(child, inner)


def put(node, field, i, child):
    if i is None:
        setattr(node, field, child)
    else:
        getattr(node, field)[i] = child


def mutants(tree):
    """Line, change in words and function around it, while the tree is so changed."""
    for node, field, i, child, function in list(slots(tree)):
        shown = child if isinstance(child, ast.expr | ast.stmt) else node
        before = ast.unparse(shown).splitlines()[0]
        for other in alternatives(child):
            put(node, field, i, ast.copy_location(other, child))
            after = ast.unparse(shown if shown is node else other).splitlines()[0]
            yield shown.lineno, f"{before[:70]}  ->  {after[:70]}", function
        put(node, field, i, child)


# --- the tests ------------------------------------------------------------------------------


class Job:
    """What is done with the tests once they are collected, in place of running them all."""

    def __init__(self, job):
        self.job = job

    def pytest_collection(self):
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # a failure is enough
        hypothesis.settings.register_profile("mutation", hypothesis.settings(), phases=phases)
        hypothesis.settings.load_profile("mutation")

    def pytest_runtestloop(self, session):
        self.job(session)
        return True


def with_tests(name, tree, job):
    """Pytest with the module made from this tree, for a process of its own."""
    usual = SourceFileLoader.get_code

    def get_code(self, fullname):
        if fullname == f"sklearn_xent.{name.replace('/', '.')}":
            return compile(ast.fix_missing_locations(tree), self.path, "exec")
        return usual(self, fullname)

    SourceFileLoader.get_code = get_code
    files = [f"tests/{part}" for part in TESTS.get(name) or TESTS[name.partition("/")[0]]]
    os._exit(pytest.main([*OPTIONS, *files], plugins=[Job(job)]))


def passes(target, seconds, *args):
    """Whether a process ends well, in time."""
    process = FORK.Process(target=target, args=args)
    process.start()
    process.join(60 + 10 * seconds)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode == 0


def run(session, tests, functions=(), tree=None):
    """These tests until one fails; a tree holds the code of the functions."""
    hush(2)
    if tree is not None:
        codes = dict(codes_of(compile(ast.fix_missing_locations(tree), "mutant", "exec")))
        for function in functions:
            function.__code__ = codes[function.__qualname__]
    for item, after in zip(tests, [*tests[1:], None], strict=True):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.testsfailed:
            os._exit(1)
    os._exit(0)


def hush(stream):
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


def codes_of(code):
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield inner.co_qualname, inner
            yield from codes_of(inner)


def watch(session, path, results):
    """How long each test takes, and which functions of the file it calls, by their first lines."""
    seconds, called = {}, {}
    for item, after in zip(session.items, [*session.items[1:], None], strict=True):
        lines, start = called.setdefault(item.nodeid, set()), time.perf_counter()

        def trace(frame, event, arg, lines=lines):
            if frame.f_code.co_filename == path:
                lines.add(frame.f_code.co_firstlineno)

        sys.settrace(trace)
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        sys.settrace(None)
        seconds[item.nodeid] = time.perf_counter() - start
    results.send((session.testsfailed, seconds, called))


def inside(name, tree, wanted, results):
    """The mutants inside functions; `results` get the seconds of all tests, then each mutant."""
    path = str(ROOT / "sklearn_xent" / f"{name}.py")

    def job(session):
        here, there = FORK.Pipe(duplex=False)
        FORK.Process(target=watch, args=(session, path, there)).start()
        there.close()
        failed, seconds, called = here.recv()
        assert not failed, "the tests must pass before anything is changed"
        of_file = [item for item in session.items if called[item.nodeid]]
        items = sorted(of_file, key=lambda item: seconds[item.nodeid])
        gc.unfreeze()  # what is frozen is not listed
        functions = [
            x for x in gc.get_objects()
            if isinstance(x, types.FunctionType) and x.__code__.co_filename == path
        ]  # fmt: skip
        gc.freeze()
        assert functions, "there is nothing to change"
        limit = sum(seconds[item.nodeid] for item in items)
        assert passes(run, limit, session, items, functions, tree)
        results.send(seconds)
        for line, words, function in mutants(tree):
            if function is None or line not in wanted:
                continue
            first = min([function.lineno, *(x.lineno for x in function.decorator_list)])
            tests = [item for item in items if first in called[item.nodeid]]
            limit = sum(seconds[item.nodeid] for item in tests)
            results.send((line, words, passes(run, limit, session, tests, functions, tree)))
        results.send(None)

    hush(1)
    with_tests(name, tree, job)


def outside(name, tree, seconds):
    """One mutant outside of functions, for which the package is imported anew."""
    hush(1)
    hush(2)
    with_tests(
        name,
        tree,
        lambda session: run(session, sorted(session.items, key=lambda x: seconds[x.nodeid])),
    )


def mutate(name, wanted):
    """Line, words and whether it survives of each mutant of a module."""
    tree = ast.parse((ROOT / "sklearn_xent" / f"{name}.py").read_text())
    here, there = FORK.Pipe(duplex=False)
    FORK.Process(target=inside, args=(name, tree, wanted, there)).start()
    there.close()
    seconds = here.recv()
    yield from iter(here.recv, None)
    for line, words, function in mutants(tree):
        if function is None and line in wanted:
            yield line, words, passes(outside, sum(seconds.values()), name, tree, seconds)


def main():
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, str(ROOT))
    with warnings.catch_warnings(action="ignore"):
        for module in HEAVY:
            with suppress(ImportError):
                importlib.import_module(module)
    gc.freeze()
    n_of_room, alive_of_room = Counter(), Counter()
    for wanted in sys.argv[1:] or default_files():
        name, *lines = wanted.split(":")
        n, alive, start = 0, 0, time.perf_counter()
        for line, words, survives in mutate(name, {int(x) for x in lines} or range(10**6)):
            n, alive = n + 1, alive + survives
            if survives:
                print(f"ALIVE  {name}.py:{line}  {words}", flush=True)
        seconds = time.perf_counter() - start
        share = f"{n - alive} of {n} killed, {1 - alive / max(n, 1):.1%}"
        print(f"{name}: {share}, in {seconds:.0f} s", flush=True)
        room = name.partition("/")[0]
        n_of_room[room] += n
        alive_of_room[room] += alive
    return int(any(alive_of_room[room] > (1 - LEAST) * n for room, n in n_of_room.items()))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as cache:
        sys.dont_write_bytecode, sys.pycache_prefix = False, cache
        sys.exit(main())
