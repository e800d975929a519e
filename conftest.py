"""Set up all tests and doctests."""

import gc
import multiprocessing
import os
import sys
import zlib
from contextlib import suppress
from multiprocessing import forkserver

# Before numpy is imported: on the small matrices of the tests more threads are slower.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# A quarter of the time to collect the tests went into looking for garbage among what stays.
gc.disable()

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("MPLBACKEND", "Agg")
settings.register_profile(
    "fixed",
    derandomize=True,
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "explore", parent=settings.get_profile("fixed"), derandomize=False, max_examples=500
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


def pytest_collection_finish():
    """Look for garbage from now on, but not among the modules and the collected tests."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _fresh_numbers(request):
    """Seed the numbers of each test, so that they do not depend on the tests before it."""
    if hasattr(request.module, "RNG"):
        seed = zlib.crc32(request.node.nodeid.encode())
        request.module.RNG.bit_generator.state = np.random.default_rng(seed).bit_generator.state


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="module")
def _workers_start_fast():
    """Let Dask fork its processes from one that has imported the package, once."""
    dask = pytest.importorskip("dask", reason="dask is an extra")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        yield
        return
    with suppress(ImportError):
        import distributed  # noqa: F401 -- whose defaults come before what is set here
    modules = ["sklearn_xent.dask", "tests.support.streams", "sklearn.linear_model", "distributed"]
    multiprocessing.set_forkserver_preload(modules)
    forkserver.ensure_running()  # before distributed chooses what else to import
    names = ("distributed.worker.multiprocessing-method", "multiprocessing.context")
    with dask.config.set(dict.fromkeys(names, "forkserver")):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Let a skipped test fail where everything is installed."""
    report = yield
    own = (name.upper() for name in ("browser", "arrays") if item.get_closest_marker(name))
    variable = f"NO_SKIPPED_{next(own, 'EXTRAS')}"
    if report.skipped and os.environ.get(variable):
        report.outcome = "failed"
        report.longrepr = f"skipped although {variable} is set: {report.longrepr[-1]}"
    return report
