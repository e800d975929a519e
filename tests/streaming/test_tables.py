"""Tables of any kind, in memory or in files, give the same bits; bad ones are refused."""

import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pytest

import sklearn_xent as sx
from sklearn_xent.streaming import table as module
from sklearn_xent.streaming.readers import TableSchema, check_columns, chunks_of
from tests.support.streams import (
    LABELS,
    PREDICTIONS,
    assert_same_bits,
    compare_quietly,
    frame,
    quietly,
    write_parquet,
)

TABLE = frame()


def test_agrees_with_predictions_in_memory(expected):
    proba = {name: TABLE[columns].to_numpy() for name, columns in PREDICTIONS.items()}
    memory = quietly(sx.compare_predictions, TABLE["y"], proba, labels=LABELS)
    for name in ("summary", "differences"):
        other = {"summary": "may_be_best", "differences": "detectable_difference"}[name]
        a, b = (getattr(x, name).drop(columns=["estimand", other]) for x in (expected, memory))
        pd.testing.assert_frame_equal(a, b, rtol=1e-12)


class OneBatch:
    """A batch of another library, which hands over a single Arrow array and no stream."""

    def __init__(self, batch):
        self._batch = batch

    def __arrow_c_array__(self, requested_schema=None):
        return self._batch.__arrow_c_array__(requested_schema)


def batches():
    for start in range(0, len(TABLE), 700):
        part = TABLE.iloc[start : start + 700]
        yield [part, pl.from_pandas(part), pa.table(part), dict(part.items())][start // 700 % 4]


SOURCES = {
    "folder": lambda folder: folder,
    "str": str,
    "glob": lambda folder: f"{folder}/*.parquet",
    "files": lambda folder: sorted(folder.glob("*.parquet")),
    "dataset": lambda folder: pyarrow.dataset.dataset(folder),
    "arrow": lambda _: pa.Table.from_pandas(TABLE),
    "arrow batch": lambda _: pa.RecordBatch.from_pandas(TABLE),
    "batch of another library": lambda _: OneBatch(pa.RecordBatch.from_pandas(TABLE)),
    "polars": lambda _: pl.from_pandas(TABLE),
    "categories": lambda _: TABLE.astype({"y": "category"}),
    "dictionary": lambda _: pa.Table.from_pandas(TABLE.astype({"y": "category"})),
    "batches": lambda _: batches(),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("batch_size", [333, 1 << 17])
def test_sources_give_the_same_bits(parquet, expected, source, batch_size):
    assert_same_bits(compare_quietly(SOURCES[source](parquet), batch_size=batch_size), expected)


@pytest.mark.parametrize("n_jobs", [2, 4])
def test_threads_give_the_same_bits(parquet, expected, n_jobs):
    assert_same_bits(compare_quietly(parquet, n_jobs=n_jobs), expected)


def test_csv(tmp_path, expected):
    pyarrow.csv.write_csv(pa.Table.from_pandas(TABLE), tmp_path / "t.csv")
    found = compare_quietly(tmp_path / "t.csv")
    pd.testing.assert_frame_equal(found.summary, expected.summary, rtol=1e-6)


def test_weights_and_groups(parquet):
    options = {"sample_weight": "w", "groups": "g"}
    assert_same_bits(compare_quietly(parquet, **options), compare_quietly(TABLE, **options))


def test_one_column_for_two_classes():
    table = TABLE.assign(y=np.where(TABLE["y"] == "yes", 1, 0))
    found = compare_quietly(table, predictions={"m": "one_yes"}, labels=[0, 1], losses="mse")
    expected = sx.brier_loss(table["y"], table["one_yes"])
    assert found.summary["mean_loss"][0] == pytest.approx(expected, rel=1e-14)


def test_bad_rows_are_found(tmp_path):
    bad = TABLE.copy()
    bad.loc[4321, "two_no"] = np.nan
    folder = write_parquet(bad, tmp_path / "bad")
    with pytest.raises(ValueError, match="rows hold nan") as caught:
        compare_quietly(folder)
    assert "2.parquet, row group 2" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y_true": "z"}, "there is no column 'z'; there are"),
        ({"y_true": None}, "y_true must be the name of a column; got None"),
        ({"sample_weight": 3}, "sample_weight must be the name of a column"),
        ({"predictions": ["one_no"]}, "predictions must be a dict"),
        ({"predictions": {"one": 3}}, r"predictions\['one'\] must be columns, one for each class"),
        ({"predictions": {"one": []}}, r"predictions\['one'\] must be columns, one for each class"),
        ({"predictions": {"one": ["one_no", "one_yes"]}}, "2 classes|2 columns"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1"),
        ({"n_jobs": 0}, "n_jobs must be a whole number of at least 1"),
        ({"labels": ["no", "yes"]}, "labels"),
    ],
)
@pytest.mark.parametrize("files", [False, True])
def test_bad_arguments(parquet, options, message, files):
    with pytest.raises(ValueError, match=message):
        compare_quietly(parquet if files else TABLE, **options)


@pytest.mark.parametrize("data", [None, 3, "nowhere.parquet", "x.txt", {"y": [1]}, ["a", 1]])
def test_what_is_no_table(data):
    with pytest.raises(ValueError, match=r"data must be|batch 0 is no table"):
        compare_quietly(data)


@pytest.mark.parametrize("several", [iter, set])
def test_paths_in_no_list(parquet, several):
    with pytest.raises(ValueError, match=r"batch 0 is no table; got .*\. Pass paths as a list\."):
        compare_quietly(several([str(parquet)]))


def test_an_empty_table():
    with pytest.raises(ValueError, match="nothing was seen yet"):
        compare_quietly(TABLE.iloc[:0])
    assert_same_bits(
        compare_quietly([TABLE.iloc[:0], TABLE, TABLE.iloc[:0]]), compare_quietly(TABLE)
    )


def test_without_pyarrow(monkeypatch, parquet):
    monkeypatch.setitem(sys.modules, "pyarrow.dataset", None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn-xent\[arrow\]'"):
        compare_quietly(parquet)
    compare_quietly(TABLE)


def test_progress(parquet, capsys):
    compare_quietly(parquet, progress=True)
    assert "compare_table" in capsys.readouterr().err


def test_a_file_is_not_counted_twice(parquet):
    with pytest.raises(ValueError, match="data must name each file once"):
        compare_quietly([f"{parquet}/0.parquet", f"{parquet}/0.parquet"])


def test_files_keep_their_own_types(tmp_path):
    parts = [TABLE.iloc[:2000], TABLE.iloc[2000:].astype(dict.fromkeys(PREDICTIONS["one"], float))]
    files = [tmp_path / f"{i}.parquet" for i in range(2)]
    for part, path in zip(parts, files, strict=True):
        part.to_parquet(path)
    assert_same_bits(compare_quietly(files), compare_quietly(files[::-1]))
    assert_same_bits(compare_quietly(files), compare_quietly(iter(parts)))


def test_whole_numbers_first(tmp_path):
    table = pd.DataFrame({"y": [0, 1] * 50, "p": [0, 1] * 50})
    table.to_parquet(tmp_path / "0.parquet")
    pyarrow.csv.write_csv(pa.Table.from_pandas(table), tmp_path / "0.csv")
    later = table.assign(p=0.25)
    later.to_parquet(tmp_path / "1.parquet")
    pyarrow.csv.write_csv(pa.Table.from_pandas(later), tmp_path / "1.csv")
    options = {"labels": [0, 1], "predictions": {"m": "p"}, "losses": "mse"}
    for kind in ("parquet", "csv"):
        found = compare_quietly(f"{tmp_path}/*.{kind}", **options).summary["mean_loss"][0]
        assert found == (0.25**2 + 0.75**2) / 4


def test_labels_of_text_files_stay_text(tmp_path):
    table = pa.table({"y": ["00", "01"] * 20, "p": [0.2, 0.7] * 20})
    pyarrow.csv.write_csv(table, tmp_path / "t.csv")
    found = compare_quietly(
        tmp_path / "t.csv", labels=["00", "01"], predictions={"m": "p"}, losses="error"
    )
    assert found.summary["mean_loss"][0] == 0


def test_datasets_of_every_kind(tmp_path, expected):
    assert_same_bits(
        compare_quietly(pyarrow.dataset.dataset(pa.Table.from_pandas(TABLE))), expected
    )
    pyarrow.dataset.write_dataset(
        pa.Table.from_pandas(TABLE), tmp_path / "hive", format="parquet",
        partitioning=pyarrow.dataset.partitioning(pa.schema([("y", pa.string())]), flavor="hive"),
    )  # fmt: skip
    assert_same_bits(
        compare_quietly(pyarrow.dataset.dataset(tmp_path / "hive", partitioning="hive")), expected
    )
    inside = tmp_path / "out"
    write_parquet(TABLE, inside)
    inside.rename(tmp_path / "out.parquet")
    assert_same_bits(compare_quietly(f"{tmp_path}/out*"), expected)


def test_polars_categories(expected):
    table = pl.from_pandas(TABLE)
    assert_same_bits(
        compare_quietly(table.with_columns(pl.col("y").cast(pl.Categorical))), expected
    )


def test_a_file_without_a_column(tmp_path):
    TABLE.to_parquet(tmp_path / "0.parquet")
    TABLE.drop(columns="two_no").to_parquet(tmp_path / "1.parquet")
    with pytest.raises(ValueError, match="there is no column 'two_no'; there are"):
        compare_quietly(tmp_path)


@pytest.mark.parametrize("column", [0.5, [0.5], [[0.5] * 3]])
def test_columns_of_a_batch_have_one_length(column):
    batch = {"y": [0, 1, 1], "p": column}
    with pytest.raises(ValueError, match="the columns of a batch must be vectors of one length"):
        compare_quietly([batch], labels=[0, 1], predictions={"m": "p"})


def test_columns_named_twice():
    table = pd.concat([TABLE, TABLE[["y"]]], axis=1)
    with pytest.raises(ValueError, match="there are several columns 'y'"):
        compare_quietly(table)


def test_bad_options_are_told_before_the_work(parquet, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "accumulate", None)
    for options in ({"baseline": "z"}, {"confidence_level": 3}, {"equivalence_margin": -1}):
        with pytest.raises(ValueError, match=r"baseline|confidence_level|equivalence_margin"):
            compare_quietly(parquet, **options)
    with pytest.raises(FileNotFoundError):
        compare_quietly(parquet, state=tmp_path / "nowhere" / "s.json")


# --- chunks ---------------------------------------------------------------------------------

SCHEMA = TableSchema.read("y", {"a": "p"}, None, None, ["no", "yes"])


def test_columns_are_listed_once():
    schema = TableSchema.read("y", {"a": ["p", "q"], "b": ["q", "r"]}, "w", "g")
    assert schema.all == ["y", "p", "q", "r", "w", "g"]
    assert schema.key == ["y", {"a": ["p", "q"], "b": ["q", "r"]}, "w", "g"]


def test_a_frame_is_cut_to_size():
    frame = pd.DataFrame({"y": np.arange(10), "p": 0.5})
    chunks = list(chunks_of(frame, SCHEMA, 4))
    assert [chunk.name for chunk in chunks] == [f"the frame from row {i}" for i in (0, 4, 8)]
    read = pd.concat([batch for chunk in chunks for batch in chunk.batches()])
    assert read.equals(frame)
    assert not any(chunk.stamp for chunk in chunks)


def test_files_have_a_stamp_that_changes(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"y": ["no"] * 9, "p": 0.5}).to_parquet(path, row_group_size=3)
    chunks = chunks_of(path, SCHEMA, 100)
    assert [chunk.name for chunk in chunks] == [f"{path}, row group {i}" for i in range(3)]
    pd.DataFrame({"y": ["no"] * 9, "p": 0.25}).to_parquet(path, row_group_size=9)
    assert chunks_of(path, SCHEMA, 100)[0].stamp != chunks[0].stamp


def test_columns_are_there_once():
    check_columns(["a"], ["a", "b", 3])
    with pytest.raises(ValueError, match="there is no column 'c'; there are 3, 'a'"):
        check_columns(["a", "c"], ["a", 3])
    with pytest.raises(ValueError, match="there are several columns 'a'"):
        check_columns(["a"], ["a", "a"])
