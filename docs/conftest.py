"""Skip the pages whose examples need a library that is not installed."""

import pytest

NEEDS = {"boosting.md": ["lightgbm", "xgboost"], "other_arrays.md": ["torch", "skorch"]}
ARRAYS = {"other_arrays.md"}
"""Pages that `make test-arrays` runs."""


def pytest_collection_modifyitems(items):
    """Mark the pages about other arrays as the tests of them are."""
    for item in items:
        if item.path.name in ARRAYS:
            item.add_marker("arrays")


@pytest.fixture(autouse=True)
def _needs(request):
    for library in NEEDS.get(request.path.name, []):
        pytest.importorskip(library)
