"""The table of the tests of files: written once, and compared once in memory."""

import pytest

from tests.support.streams import compare_quietly, frame, write_parquet


@pytest.fixture(scope="session")
def expected():
    return compare_quietly(frame())


@pytest.fixture(scope="session")
def parquet(tmp_path_factory):
    return write_parquet(frame(), tmp_path_factory.mktemp("table") / "parquet")
