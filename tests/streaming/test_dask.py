"""On a cluster, real workers: the same bits whatever the partitions, and after workers died."""

import os
import signal
import threading
import time
import warnings

import numpy as np
import pytest

import sklearn_xent as sx
from tests.support.streams import (
    ARGUMENTS,
    LABELS,
    PREDICTIONS,
    assert_same_bits,
    frame,
    write_parquet,
)

dask = pytest.importorskip("dask", reason="dask is an extra")
import dask.array as da  # noqa: E402
import dask.dataframe as dd  # noqa: E402

import sklearn_xent.dask as on_dask  # noqa: E402

TABLE = frame()

pytestmark = pytest.mark.usefixtures("_workers_start_fast")


def quietly(compare, *args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compare(*args, **options)


@pytest.fixture(scope="module")
def expected():
    return quietly(sx.compare_table, TABLE, **ARGUMENTS)


def compare(data, **options):
    options = {**ARGUMENTS, **options}
    return quietly(on_dask.compare_predictions, data, options.pop("predictions"), **options)


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
@pytest.mark.parametrize("npartitions", [1, 7, 40])
def test_frames(expected, scheduler, npartitions):
    with dask.config.set(scheduler=scheduler):
        assert_same_bits(
            compare(dd.from_pandas(TABLE, npartitions=npartitions, sort=False)), expected
        )


def test_skewed_empty_and_single_class_partitions(expected):
    order = TABLE.sort_values("y", kind="stable")
    parts = [order.iloc[:0], order.iloc[:1], order.iloc[1:4000], order.iloc[4000:], order.iloc[:0]]
    lazy = dd.from_delayed([dask.delayed(part) for part in parts], meta=TABLE.iloc[:0])
    assert_same_bits(compare(lazy), expected)


def test_parquet(expected, tmp_path):
    folder = write_parquet(TABLE, tmp_path / "parquet")
    assert_same_bits(compare(folder), expected)
    assert_same_bits(compare(dd.read_parquet(folder)), expected)


@pytest.mark.parametrize("chunks", [500, 5000, (1, 4000, 999)])
def test_arrays(expected, chunks):
    y = da.from_array(TABLE["y"].to_numpy().astype(object), chunks=(chunks,))
    proba = {
        name: da.from_array(TABLE[columns].to_numpy(), chunks=(1000, 2))
        for name, columns in PREDICTIONS.items()
    }
    assert_same_bits(quietly(on_dask.compare_predictions, y, proba, labels=LABELS), expected)


def filtered(array):
    """The same rows, but how many a chunk has is not known, as after a filter."""
    return array[da.ones(len(array), chunks=array.chunks[0], dtype=bool)]


def labels_in(chunks):
    return da.from_array(TABLE["y"].to_numpy().astype(object), chunks=chunks)


@pytest.mark.parametrize("classes", [3, 2])
def test_arrays_of_unknown_sizes(expected, classes):
    proba = {
        name: filtered(da.from_array(TABLE[columns].to_numpy(), chunks=(1000, classes)))
        for name, columns in PREDICTIONS.items()
    }
    y = filtered(labels_in(1000))
    assert_same_bits(quietly(on_dask.compare_predictions, y, proba, labels=LABELS), expected)


@pytest.mark.parametrize("y", [filtered(labels_in(2000)), labels_in(2000), labels_in(1000)])
def test_unknown_sizes_need_the_same_chunks(y):
    proba = filtered(da.from_array(TABLE[PREDICTIONS["one"]].to_numpy(), chunks=700))
    message = rf"as many chunks of rows as y_true; got 8 and {y.numblocks[0]}\. .*sizes"
    with pytest.raises(ValueError, match=message):
        on_dask.compare_predictions(y, {"one": proba}, labels=LABELS)


def test_weights_and_groups():
    options = {"sample_weight": "w", "groups": "g"}
    expected = quietly(sx.compare_table, TABLE, **ARGUMENTS, **options)
    assert_same_bits(compare(dd.from_pandas(TABLE, npartitions=5), **options), expected)
    y = da.from_array(TABLE["y"].to_numpy().astype(object), chunks=700)
    proba = {
        name: da.from_array(TABLE[columns].to_numpy(), chunks=700)
        for name, columns in PREDICTIONS.items()
    }
    found = quietly(
        on_dask.compare_predictions, y, proba, labels=LABELS,
        sample_weight=da.from_array(TABLE["w"].to_numpy(), chunks=900),
        groups=da.from_array(TABLE["g"].to_numpy(), chunks=100),
    )  # fmt: skip
    assert_same_bits(found, expected)


def test_bad_rows_and_arguments():
    bad = TABLE.copy()
    bad.loc[3210, "one_no"] = 2.0
    lazy = dd.from_pandas(bad, npartitions=5)
    with pytest.raises(ValueError, match=r"values outside \[0, 1\]"):
        compare(lazy)
    with pytest.raises(ValueError, match="there is no column 'z'; there are"):
        compare(lazy, y_true="z")
    with pytest.raises(ValueError, match="y_true must be the name of a column"):
        compare(lazy, y_true=None)
    with pytest.raises(ValueError, match="data must be a Dask DataFrame, a Dask array or paths"):
        compare(TABLE)
    y = da.zeros(10, chunks=5)
    with pytest.raises(ValueError, match=r"predictions\['m'\] must be a Dask array"):
        on_dask.compare_predictions(y, {"m": np.zeros(10)}, labels=[0, 1])
    with pytest.raises(ValueError, match="must have as many rows; got 10 and 9"):
        on_dask.compare_predictions(y, {"m": da.zeros(9)}, labels=[0, 1])
    for bad in (None, {}, [y]):
        with pytest.raises(ValueError, match="predictions must be a dict by model; got"):
            on_dask.compare_predictions(y, bad, labels=[0, 1])
    with pytest.raises(ValueError, match="y_true names a column of a table"):
        on_dask.compare_predictions(y, {"m": y}, y_true="y", labels=[0, 1])


def test_a_loss_of_ones_own_crosses_processes():
    loss = sx.Loss(
        name="own", title="Own", function=lambda c, p: 1 - p[np.arange(len(c)), c], range=(0, 1)
    )
    lazy = dd.from_pandas(TABLE, npartitions=3)
    with dask.config.set(scheduler="processes", num_workers=2):
        found = compare(lazy, losses=[loss])
    assert_same_bits(found, quietly(sx.compare_table, TABLE, **ARGUMENTS, losses=[loss]))


def test_bad_options_are_told_before_the_work():
    lazy = dd.from_delayed([dask.delayed(int)("never")], meta=TABLE.iloc[:0], verify_meta=False)
    with pytest.raises(ValueError, match="baseline must be one of"):
        compare(lazy, baseline="z")


# --- real workers -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(_workers_start_fast):
    """Start two worker processes, once."""
    distributed = pytest.importorskip("distributed", reason="distributed is an extra")
    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with (
        distributed.LocalCluster(n_workers=2, **options) as workers,
        distributed.Client(workers) as client,
    ):
        yield client


def slow_partition(i):
    """A part of the table that takes its time, so that a worker can die in the middle."""
    time.sleep(0.2)
    return TABLE.iloc[i * 250 : (i + 1) * 250]


def slow_table():
    parts = [dask.delayed(slow_partition)(i) for i in range(20)]
    return dd.from_delayed(parts, meta=TABLE.iloc[:0], verify_meta=False)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("npartitions", [1, 9, 40])
def test_workers_give_the_same_bits(client, expected, npartitions):
    assert_same_bits(compare(dd.from_pandas(TABLE, npartitions=npartitions)), expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_killed", [1, 2])
def test_killed_workers_change_nothing(client, expected, n_killed):
    """One and all workers get SIGKILL in the middle; the nanny brings new ones."""
    client.wait_for_workers(2)
    victims = list(client.run(os.getpid).values())[:n_killed]

    def kill():
        time.sleep(1.0)
        for pid in victims:
            os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    found = compare(slow_table())
    thread.join()
    assert_same_bits(found, expected)
    client.wait_for_workers(2)
    assert not set(client.run(os.getpid).values()) & set(victims), "nobody was killed"
