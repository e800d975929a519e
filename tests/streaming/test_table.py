import json
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pytest

import sklearn_xent as sx
from sklearn_xent.streaming import table as module
from tests.support.tables import LABELS, PREDICTIONS, QUESTION, frame, write_parquet

TABLE = frame()


def compare(data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return sx.compare_table(data, **{**QUESTION, **options})


@pytest.fixture(scope="module")
def expected():
    return compare(TABLE)


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    return write_parquet(TABLE, tmp_path_factory.mktemp("table") / "parquet")


def same(found, expected):
    pd.testing.assert_frame_equal(found.summary, expected.summary, check_exact=True)
    pd.testing.assert_frame_equal(found.differences, expected.differences, check_exact=True)


def test_agrees_with_predictions_in_memory(expected):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        memory = sx.compare_predictions(
            TABLE["y"], {name: TABLE[columns].to_numpy() for name, columns in PREDICTIONS.items()},
            labels=LABELS,
        )  # fmt: skip
    for name in ("summary", "differences"):
        a, b = (getattr(x, name).drop(columns="estimand") for x in (expected, memory))
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
    same(compare(SOURCES[source](parquet), batch_size=batch_size), expected)


@pytest.mark.parametrize("n_jobs", [2, 4])
def test_threads_give_the_same_bits(parquet, expected, n_jobs):
    same(compare(parquet, n_jobs=n_jobs), expected)


def test_csv(tmp_path, expected):
    pyarrow.csv.write_csv(pa.Table.from_pandas(TABLE), tmp_path / "t.csv")
    found = compare(tmp_path / "t.csv")
    pd.testing.assert_frame_equal(found.summary, expected.summary, rtol=1e-6)


def test_weights_and_groups(parquet):
    options = {"sample_weight": "w", "groups": "g"}
    same(compare(parquet, **options), compare(TABLE, **options))


def test_one_column_for_two_classes():
    table = TABLE.assign(y=np.where(TABLE["y"] == "yes", 1, 0))
    found = compare(table, predictions={"m": "one_yes"}, labels=[0, 1], losses="mse")
    expected = sx.brier_loss(table["y"], table["one_yes"])
    assert found.summary["mean_loss"][0] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_interrupted_it_goes_on(parquet, expected, tmp_path, monkeypatch, n_jobs):
    """Whatever was saved when it stopped, the end is the same to the last bit."""
    path, read = tmp_path / "state.json", []
    monkeypatch.setattr(module, "SECONDS", 0.0)
    accumulate = module.accumulate

    def failing(chunk, columns, empty):
        if len(read) == 7:
            raise KeyboardInterrupt
        read.append(chunk.name)
        return accumulate(chunk, columns, empty)

    monkeypatch.setattr(module, "accumulate", failing)
    with pytest.raises(KeyboardInterrupt):
        compare(parquet, state=path, n_jobs=n_jobs)
    done = json.loads(path.read_text())["done"]
    assert 0 < len(done) <= 7
    monkeypatch.setattr(module, "accumulate", accumulate)
    same(compare(parquet, state=path), expected)
    monkeypatch.setattr(module, "accumulate", None)  # nothing is read again
    same(compare(parquet, state=path), expected)


def test_states_of_something_else(parquet, tmp_path):
    path = tmp_path / "state.json"
    compare(parquet, state=path)
    for options in ({"losses": ["mse"]}, {"labels": LABELS[::-1]}, {"sample_weight": "w"}):
        with pytest.raises(ValueError, match="is the state of another question"):
            compare(parquet, state=path, **options)
    with pytest.raises(ValueError, match="is the state of other files"):
        compare(f"{parquet}/0.parquet", state=path)
    swapped = dict(zip(PREDICTIONS, list(PREDICTIONS.values())[::-1], strict=True))
    with pytest.raises(ValueError, match="another question: the columns are"):
        compare(parquet, state=path, predictions=swapped)
    checkpoint = json.loads(path.read_text())
    path.write_text(json.dumps({**checkpoint, "done": []}))
    with pytest.raises(ValueError, match="was changed by hand"):
        compare(parquet, state=path)
    path.write_text("{}")
    with pytest.raises(ValueError, match="is no state of compare_table"):
        compare(parquet, state=path)
    with pytest.raises(ValueError, match="state is for files"):
        compare(TABLE, state=path)


def test_bad_rows_are_found(tmp_path):
    bad = TABLE.copy()
    bad.loc[4321, "two_no"] = np.nan
    folder = write_parquet(bad, tmp_path / "bad")
    with pytest.raises(ValueError, match="rows hold nan") as caught:
        compare(folder)
    assert "2.parquet, row group 2" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y_true": "z"}, "there is no column 'z'; there are"),
        ({"y_true": None}, "y_true must be the name of a column; got None"),
        ({"sample_weight": 3}, "sample_weight must be the name of a column"),
        ({"predictions": ["one_no"]}, "predictions must be a dict"),
        ({"predictions": {"one": 3}}, r"predictions\['one'\] must be columns, one for each class"),
        ({"predictions": {"one": ["one_no", "one_yes"]}}, "2 classes|2 columns"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1"),
        ({"n_jobs": 0}, "n_jobs must be a whole number of at least 1"),
        ({"labels": ["no", "yes"]}, "labels"),
    ],
)
@pytest.mark.parametrize("files", [False, True])
def test_bad_arguments(parquet, options, message, files):
    with pytest.raises(ValueError, match=message):
        compare(parquet if files else TABLE, **options)


@pytest.mark.parametrize("data", [None, 3, "nowhere.parquet", "x.txt", {"y": [1]}, ["a", 1]])
def test_what_is_no_table(data):
    with pytest.raises(ValueError, match=r"data must be|batch 0 is no table"):
        compare(data)


def test_an_empty_table():
    with pytest.raises(ValueError, match="nothing was seen yet"):
        compare(TABLE.iloc[:0])
    same(compare([TABLE.iloc[:0], TABLE, TABLE.iloc[:0]]), compare(TABLE))


def test_without_pyarrow(monkeypatch, parquet):
    monkeypatch.setitem(sys.modules, "pyarrow.dataset", None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn-xent\[arrow\]'"):
        compare(parquet)
    compare(TABLE)


def test_progress(parquet, capsys):
    compare(parquet, progress=True)
    assert "compare_table" in capsys.readouterr().err


# --- what a hostile tester found ----------------------------------------------------------------


def test_a_file_that_was_replaced_is_not_taken_for_read(tmp_path):
    path = tmp_path / "t.parquet"
    TABLE.to_parquet(path)
    compare(path, state=tmp_path / "s.json")
    TABLE.iloc[::-1].head(2000).to_parquet(path)
    with pytest.raises(ValueError, match="other files, or they were changed since"):
        compare(path, state=tmp_path / "s.json")


def test_a_file_is_not_counted_twice(parquet):
    with pytest.raises(ValueError, match="data must name each file once"):
        compare([f"{parquet}/0.parquet", f"{parquet}/0.parquet"])


def test_files_keep_their_own_types(tmp_path):
    parts = [TABLE.iloc[:2000], TABLE.iloc[2000:].astype(dict.fromkeys(PREDICTIONS["one"], float))]
    files = [tmp_path / f"{i}.parquet" for i in range(2)]
    for part, path in zip(parts, files, strict=True):
        part.to_parquet(path)
    same(compare(files), compare(files[::-1]))
    same(compare(files), compare(iter(parts)))


def test_whole_numbers_first(tmp_path):
    table = pd.DataFrame({"y": [0, 1] * 50, "p": [0, 1] * 50})
    table.to_parquet(tmp_path / "0.parquet")
    pyarrow.csv.write_csv(pa.Table.from_pandas(table), tmp_path / "0.csv")
    later = table.assign(p=0.25)
    later.to_parquet(tmp_path / "1.parquet")
    pyarrow.csv.write_csv(pa.Table.from_pandas(later), tmp_path / "1.csv")
    options = {"labels": [0, 1], "predictions": {"m": "p"}, "losses": "mse"}
    for kind in ("parquet", "csv"):
        found = compare(f"{tmp_path}/*.{kind}", **options).summary["mean_loss"][0]
        assert found == (0.25**2 + 0.75**2) / 4


def test_labels_of_text_files_stay_text(tmp_path):
    table = pa.table({"y": ["00", "01"] * 20, "p": [0.2, 0.7] * 20})
    pyarrow.csv.write_csv(table, tmp_path / "t.csv")
    found = compare(tmp_path / "t.csv", labels=["00", "01"], predictions={"m": "p"}, losses="error")
    assert found.summary["mean_loss"][0] == 0


def test_datasets_of_every_kind(tmp_path, expected):
    same(compare(pyarrow.dataset.dataset(pa.Table.from_pandas(TABLE))), expected)
    pyarrow.dataset.write_dataset(
        pa.Table.from_pandas(TABLE), tmp_path / "hive", format="parquet",
        partitioning=pyarrow.dataset.partitioning(pa.schema([("y", pa.string())]), flavor="hive"),
    )  # fmt: skip
    same(compare(pyarrow.dataset.dataset(tmp_path / "hive", partitioning="hive")), expected)
    inside = tmp_path / "out"
    write_parquet(TABLE, inside)
    inside.rename(tmp_path / "out.parquet")
    same(compare(f"{tmp_path}/out*"), expected)


def test_polars_categories(expected):
    table = pl.from_pandas(TABLE)
    same(compare(table.with_columns(pl.col("y").cast(pl.Categorical))), expected)


def test_a_file_without_a_column(tmp_path):
    TABLE.to_parquet(tmp_path / "0.parquet")
    TABLE.drop(columns="two_no").to_parquet(tmp_path / "1.parquet")
    with pytest.raises(ValueError, match="there is no column 'two_no'; there are"):
        compare(tmp_path)


@pytest.mark.parametrize("column", [0.5, [0.5], [[0.5] * 3]])
def test_columns_of_a_batch_have_one_length(column):
    batch = {"y": [0, 1, 1], "p": column}
    with pytest.raises(ValueError, match="the columns of a batch must be vectors of one length"):
        compare([batch], labels=[0, 1], predictions={"m": "p"})


def test_columns_named_twice():
    table = pd.concat([TABLE, TABLE[["y"]]], axis=1)
    with pytest.raises(ValueError, match="there are several columns 'y'"):
        compare(table)


def test_bad_options_are_told_before_the_work(parquet, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "accumulate", None)
    for options in ({"baseline": "z"}, {"confidence_level": 3}, {"equivalence_margin": -1}):
        with pytest.raises(ValueError, match=r"baseline|confidence_level|equivalence_margin"):
            compare(parquet, **options)
    with pytest.raises(FileNotFoundError):
        compare(parquet, state=tmp_path / "nowhere" / "s.json")


def test_groups_that_cannot_be_saved_are_told_after_the_first_unit(tmp_path, monkeypatch):
    days = pd.date_range("2026-01-01", periods=len(TABLE), freq="h").date
    folder = write_parquet(TABLE.assign(day=days), tmp_path / "parquet")
    read, accumulate = [], module.accumulate
    monkeypatch.setattr(module, "accumulate", lambda *a: read.append(a) or accumulate(*a))
    with pytest.raises(ValueError, match=r"groups must be strings, .* to be saved; got .*2026"):
        compare(folder, groups="day", state=tmp_path / "s.json")
    assert len(read) == 1
