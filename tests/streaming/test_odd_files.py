"""Odd files, paths and names of clusters: the right answer, or an error that leaves no trace."""

import gzip
import os
import uuid
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset
import pytest

import sklearn_xent as sx
from sklearn_xent.inputs.names import check_order
from sklearn_xent.streaming import readers
from tests.support.streams import quietly

TABLE = pd.DataFrame({"y": [0, 1] * 20, "p": np.linspace(0.1, 0.9, 40), "g": ["a", "b"] * 20})
QUESTION = {"y_true": "y", "predictions": {"m": "p"}, "labels": [0, 1], "losses": "mse"}


def compare(data, **options):
    return quietly(sx.compare_table, data, **{**QUESTION, **options})


# --- paths ------------------------------------------------------------------------------------


class Named:
    """A path of a library that is neither str nor Path."""

    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


@pytest.mark.parametrize("kind", [str, os.fsencode, Named, lambda path: Named(os.fsencode(path))])
def test_paths_of_any_type(tmp_path, kind):
    TABLE.to_csv(tmp_path / "a.csv", index=False)
    expected = compare(TABLE).summary
    path = kind(str(tmp_path / "a.csv"))
    for data in (path, [path], (path,), kind(str(tmp_path)), kind(f"{tmp_path}/*.csv")):
        pd.testing.assert_frame_equal(compare(data).summary, expected)
    with pytest.raises(ValueError, match="data must name each file once"):
        compare([path, tmp_path / "a.csv"])


def test_a_compression_that_arrow_does_not_know_by_its_name(tmp_path):
    path = tmp_path / "a.csv.GZ"
    path.write_bytes(gzip.compress(TABLE.to_csv(index=False).encode()))
    for data, message in ((path, "of one of the formats"), (tmp_path, "Decompress it")):
        with pytest.raises(ValueError, match=message):
            compare(data)


def test_columns_that_are_names_of_folders(tmp_path):
    for name, rows in TABLE.groupby("g"):
        (tmp_path / f"g={name}").mkdir()
        rows.drop(columns="g").to_parquet(tmp_path / f"g={name}" / "a.parquet")
    with pytest.raises(ValueError, match=r"only in the names of their folders\. Pass pyarrow.data"):
        compare(tmp_path, groups="g")
    data = pyarrow.dataset.dataset(tmp_path, partitioning="hive")
    found = compare(data, groups="g").summary
    pd.testing.assert_frame_equal(found, compare(TABLE, groups="g").summary)


def test_an_empty_class_names_no_column():
    check_order("predictions", ["p"], ["", "DE"])
    check_order("predictions", ["p_DE"], ["", "DE"])
    with pytest.raises(ValueError, match="tell another order"):
        check_order("predictions", ["p_DE"], ["DE", ""])


# --- text files -------------------------------------------------------------------------------


def test_cells_of_several_lines_in_a_file_of_many_blocks(tmp_path):
    """Arrow reads text in blocks of a megabyte, which may end in such a cell."""
    rows = pd.concat([TABLE] * 20, ignore_index=True).assign(t="x" * 2000 + "\n1,0.999,a,\n")
    rows.to_csv(tmp_path / "a.csv", index=False)
    assert (tmp_path / "a.csv").stat().st_size > 1 << 20
    pd.testing.assert_frame_equal(compare(tmp_path).summary, compare(rows).summary)


def test_names_and_contents_of_files_cannot_steer_a_terminal(tmp_path):
    odd = "\x1b[31m\u202e"
    (tmp_path / f"{odd}a.parquet").write_text("x")
    (tmp_path / f"{odd}s.json").write_text("{")
    (tmp_path / "b.csv").write_text(f"y,p\n0,0.5\n1,{odd}\n")
    (tmp_path / "c.csv").write_text("y,p\n" + "0,0.5\n" * 200_000 + f"1,{odd}\n")
    TABLE.assign(p=2.0).to_parquet(tmp_path / f"{odd}d.parquet")
    for name in (f"{odd}a.parquet", "b.csv", "c.csv", f"{odd}d.parquet"):
        with pytest.raises(ValueError, match=r"\\u001b") as caught:
            compare(tmp_path / name, state=tmp_path / f"{odd}s.json" if "d" in name else None)
        assert not {"\x1b", "\u202e"} & set(str(caught.value))
    with pytest.raises(ValueError, match="outside") as caught:
        compare(tmp_path / f"{odd}d.parquet")
    assert r"\u001b[31m\u202ed.parquet" in caught.value.__notes__[0]
    assert "\x1b" not in repr(sx.LossAccumulator(labels=[0, 1], models=[odd]))


# --- a file that is replaced, and states ------------------------------------------------------


def test_another_file_of_the_same_size_and_time_is_noticed(tmp_path, monkeypatch):
    path, other, scan = tmp_path / "a.parquet", tmp_path / "b.parquet", readers._scan
    TABLE.to_parquet(path)
    other.write_bytes(path.read_bytes())
    status = path.stat()
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))

    def replacing(*arguments):
        os.replace(other, path)
        return scan(*arguments)

    monkeypatch.setattr(readers, "_scan", replacing)
    with pytest.raises(ValueError, match=r"a.parquet was changed while it was read"):
        compare(path)


@pytest.mark.parametrize("kind", ["bad data", "days as groups", "a link"])
def test_bad_input_leaves_no_state_behind(tmp_path, kind):
    days = pd.date_range("2026-01-01", periods=40)
    bad, options, message = TABLE.assign(p=2.0), {}, "outside"
    if kind == "days as groups":
        bad, options, message = TABLE.assign(g=days), {"groups": "g"}, "to be saved"
    bad.to_parquet(tmp_path / "a.parquet")
    state = tmp_path / "s.json"
    if kind == "a link":
        state.symlink_to(tmp_path / "t.json")
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(ValueError, match=message):
        compare(tmp_path / "a.parquet", state=state, **options)
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("state", ["/dev/null", "/dev/zero", "pipe", "a\0b"])
def test_a_state_is_a_file(tmp_path, monkeypatch, state):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    TABLE.to_parquet("a.parquet")
    with pytest.raises(ValueError, match="state must be the path of a file"):
        compare("a.parquet", state=state)


# --- clusters ---------------------------------------------------------------------------------


def clusters_of(a, b):
    """Return the clusters of two batches, each with its own names."""
    out = sx.LossAccumulator(labels=[0, 1], models=["m"], losses="mse", groups=True)
    for names in (a, b):
        out.update([0, 1], {"m": [0.3, 0.6]}, groups=names)
    return set(out._state.clusters)


def objects(*values):
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def months(*names):
    return pd.PeriodIndex(names, freq="M")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (np.float32([0.1, 0.2]), np.array([0.1, 0.2])),
        (np.float16([0.1, 0.2]), np.float32([0.1, 0.2])),
        (pd.array([0.1, 0.2], dtype="Float32"), [0.1, 0.2]),
        (pl.Series([0.1, 0.2], dtype=pl.Float32), [0.1, 0.2]),
        (objects(Decimal("0.10"), Decimal("0.2")), [0.1, 0.2]),
        (objects(Fraction(1, 2), 3), [0.5, 3]),
        (objects(np.bool_(True), 0), [1, 0]),
        (np.float32([1, 7]), [1, 7]),
    ],
)
def test_a_number_is_one_cluster_in_any_precision(a, b):
    assert clusters_of(a, b) == clusters_of(b, a) == clusters_of(b, b)
    assert len(clusters_of(a, b)) == 2


def test_numbers_that_differ_stay_apart():
    exact = Decimal("0.1000000000000000055511151231257827")
    assert len(clusters_of(objects(exact, Decimal("0.1")), [0.1, 0.2])) == 3
    near = np.nextafter(np.float32(0.1), np.float32(1))
    assert len(clusters_of(np.float32([0.1, near]), np.float32([0.1, near]))) == 2


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (["7.5", "8.5"], [7.5, 8.5]),
        ([".5", "x"], [0.5, 1]),
        (["1e5", "x"], [100000, 1]),
        (["1,000", "x"], [1000, 1]),
        (["1_0", "x"], [10, 1]),
        (["\u0667", "x"], [7, 1]),
        (["True", "False"], [True, False]),
        (["true", "x"], [1, 0]),
        (objects(uuid.UUID(int=5), uuid.UUID(int=6)), [str(uuid.UUID(int=5)), "x"]),
        (pd.to_timedelta([1, 2]), [1, 2]),
        (pd.to_timedelta([1, 2], unit="D"), ["1 days", "2 days"]),
        (pd.period_range("2026-01", periods=2, freq="M"), ["2026-01", "2026-02"]),
        (pd.period_range("2026-01-01", periods=2), pd.date_range("2026-01-01", periods=2)),
        (objects(Decimal("Infinity"), Decimal(1)), [1, 2]),
    ],
)
def test_two_names_that_may_be_one_cluster_are_refused(a, b):
    for names in ((a, b), (b, a)):
        with pytest.raises(ValueError, match=r"would be two clusters each|must tell clusters apa"):
            clusters_of(*names)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1, 2], ["a", "b"]),
        ([1, 2], ["nan", "infinity"]),
        ([1, 2], ["a1", "2b"]),
        (["7.5", "8"], ["1e5", "True"]),
        (objects(("a", 1), ("b", 2)), ["a", "b"]),
        (months("2026-01", "2026-02"), months("2027-01", "2027-02")),
        (pd.to_timedelta([1, 2]), pd.to_timedelta([3, 4])),
        (objects(uuid.UUID(int=5), uuid.UUID(int=6)), objects(uuid.UUID(int=7), uuid.UUID(int=8))),
    ],
)  # fmt: skip
def test_names_of_clusters_that_cannot_be_the_same(a, b):
    assert len(clusters_of(a, b)) == 4
