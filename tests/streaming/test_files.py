"""Files are read once each, as they are, and clusters have one name in all of them."""

import bz2
import gzip
import os
import shutil

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest

import sklearn_xent as sx
from sklearn_xent.inputs.files import files_of, format_of
from sklearn_xent.inputs.names import check_order
from sklearn_xent.streaming import readers
from sklearn_xent.streaming.groups import keys_of, name_in_text
from tests.support.streams import quietly

ROWS = 40
TABLE = pd.DataFrame({"y": [0, 1] * 20, "p": np.linspace(0.1, 0.9, ROWS)})
QUESTION = {"y_true": "y", "predictions": {"m": "p"}, "labels": [0, 1], "losses": "mse"}


def compare(data, **options):
    return quietly(sx.compare_table, data, **{**QUESTION, **options})


def n_obs(data, **options):
    return compare(data, **options).summary["n_obs"][0]


def write(folder, name, table=TABLE):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False)
    return path


# --- each file once --------------------------------------------------------------------------


def spellings(folder):
    """Return two names of one file, of each kind."""
    path = write(folder, "a.parquet")
    os.symlink(path, folder / "link.parquet")
    os.link(path, folder / "hard.parquet")
    os.symlink(folder, folder / "self")
    return {
        "twice": [path, path],
        "dots": [path, f"{folder}/sub/../a.parquet"],
        "slashes": [path, f"{folder}//a.parquet"],
        "relative": [path, os.path.relpath(path)],
        "a link": [path, folder / "link.parquet"],
        "a hard link": [path, folder / "hard.parquet"],
        "a linked folder": [path, folder / "self" / "a.parquet"],
        "in a folder": [path, folder],
        "in a glob": [f"{folder}/*.parquet", path],
        "str and path": [str(path), path],
        "two globs": [f"{folder}/a*", f"{folder}/*.parquet"],
    }


@pytest.mark.parametrize(
    "kind",
    ["twice", "dots", "slashes", "relative", "a link", "a hard link", "a linked folder",
     "in a folder", "in a glob", "str and path", "two globs"],
)  # fmt: skip
def test_two_names_of_one_file_are_refused(tmp_path, kind):
    (tmp_path / "sub").mkdir()
    with pytest.raises(ValueError, match=r"data must name each file once; got .* are one file"):
        compare(spellings(tmp_path)[kind])


@pytest.mark.parametrize("data", ["{}", "{}/*.parquet", "{}/**", "{}/**/*.parquet", "{}/self"])
def test_a_folder_holds_each_file_once_however_it_is_reached(tmp_path, data):
    (tmp_path / "sub").mkdir()
    spellings(tmp_path)
    assert n_obs(data.format(tmp_path)) == ROWS


def test_links_to_other_folders_are_followed(tmp_path):
    write(tmp_path / "elsewhere", "b.parquet")
    write(tmp_path / "data", "a.parquet")
    os.symlink(tmp_path / "elsewhere", tmp_path / "data" / "more")
    os.symlink(tmp_path / "data", tmp_path / "elsewhere" / "back")
    assert n_obs(tmp_path / "data") == 2 * ROWS


@pytest.mark.parametrize(
    "name",
    [".ipynb_checkpoints/a.parquet", "_temporary/0/a.parquet", "_delta_log/a.parquet",
     "x/.hidden/a.parquet", ".a.parquet", "._a.parquet", "_a.parquet", "__MACOSX/a.parquet",
     ".git/annex/a.parquet"],
)  # fmt: skip
def test_hidden_names_are_left_out(tmp_path, name):
    write(tmp_path, "a.parquet")
    write(tmp_path, name)
    assert n_obs(tmp_path) == ROWS
    if "/" in name:
        assert n_obs(f"{tmp_path}/**/*.parquet") == ROWS


def test_hidden_names_that_are_asked_for_are_read(tmp_path):
    path = write(tmp_path, "_a/.b.parquet")
    write(tmp_path, "c/_year=2026/d.parquet")
    for data in (path, [path], tmp_path / "c", f"{tmp_path}/_a/.*.parquet"):
        assert n_obs(data) == ROWS
    write(tmp_path, "_a/x.parquet")
    assert n_obs(tmp_path / "_a") == ROWS
    write(tmp_path, "e/_x.parquet")
    with pytest.raises(ValueError, match=r"the folder .* has none\. Names that begin with . or _"):
        compare(tmp_path / "e")


def test_two_stars_reach_any_depth(tmp_path):
    for name in ("a.parquet", "b/a.parquet", "b/c/a.parquet"):
        write(tmp_path, name)
    assert n_obs(f"{tmp_path}/**/*.parquet") == 3 * ROWS
    assert n_obs(f"{tmp_path}/**") == 3 * ROWS
    assert n_obs(f"{tmp_path}/*/*.parquet") == ROWS


@pytest.mark.parametrize("twice", [True, False])
def test_a_dataset_names_each_file_once(tmp_path, twice):
    table = pa.Table.from_pandas(TABLE)
    pa.parquet.write_table(table, tmp_path / "a.parquet", row_group_size=20)
    path = str(tmp_path / "a.parquet")
    if twice:
        data = pa.dataset.dataset([path, path])
        with pytest.raises(ValueError, match="data must name each file once; the dataset reads"):
            compare(data, state=tmp_path / "s.json")
        assert not (tmp_path / "s.json").exists()
        return
    [fragment] = pa.dataset.dataset(path).get_fragments()
    parts = fragment.split_by_row_group()
    data = pa.dataset.FileSystemDataset(parts, table.schema, fragment.format, fragment.filesystem)
    assert n_obs(data) == ROWS


def test_a_link_in_a_dataset_is_the_same_file(tmp_path):
    path = write(tmp_path, "a.parquet")
    os.symlink(path, tmp_path / "b.parquet")
    with pytest.raises(ValueError, match="the dataset reads"):
        compare(pa.dataset.dataset([str(path), str(tmp_path / "b.parquet")]))


def test_a_filtered_dataset_names_each_file_once(tmp_path):
    path = str(write(tmp_path, "a.parquet"))
    some = pa.dataset.field("y") == 1
    assert n_obs(pa.dataset.dataset(path).filter(some)) == ROWS / 2
    twice = pa.dataset.dataset([path, path]).filter(some)
    with pytest.raises(ValueError, match=r"each file once; the dataset reads .*a\.parquet"):
        compare(twice)


# --- which files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.parquet", "No such file or directory; the current folder is"),
        ("nowhere.xlsx", "No such file or directory"),
        ("s3://bucket/a.parquet", "Open files elsewhere as a pyarrow dataset"),
        ("nowhere*.parquet", "no file matches"),
        ("a\0b.parquet", "cannot be opened"),
        ("x" * 300 + ".parquet", "cannot be opened"),
        ("", "cannot be opened"),
        ("a.parquet/b.parquet", "Not a directory"),
        ("loop.parquet", "cannot be opened"),
        ("gone.parquet", "No such file"),
    ],
)
def test_a_missing_file_is_called_missing(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path, "a.parquet")
    os.symlink("loop.parquet", "loop.parquet")
    os.symlink("nothing", "gone.parquet")
    for data in (name, [str(path), name]):
        with pytest.raises(ValueError, match=message) as caught:
            compare(data)
        assert "formats" not in str(caught.value)


def test_what_a_folder_cannot_give_is_an_error(tmp_path):
    write(tmp_path, "a.parquet")
    os.symlink("nothing", tmp_path / "gone.parquet")
    with pytest.raises(ValueError, match=r"gone.parquet.* cannot be opened"):
        compare(tmp_path)
    (tmp_path / "gone.parquet").unlink()
    os.mkfifo(tmp_path / "pipe.parquet")
    with pytest.raises(ValueError, match=r"pipe.parquet' is none"):
        compare(tmp_path)


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path, monkeypatch):
    write(tmp_path, "a.parquet")
    write(tmp_path, "locked/b.parquet")
    scandir = os.scandir

    def refusing(path):
        if "locked" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(PermissionError, match="locked"):
        compare(tmp_path)


def test_an_empty_folder_beside_others_is_an_error(tmp_path):
    path = write(tmp_path, "a.parquet")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"the folder .*empty' has none"):
        compare([path, tmp_path / "empty"])


def test_text_files_may_be_compressed(tmp_path):
    path = write(tmp_path, "a.csv")
    expected = compare(path).summary
    for ending, module in ((".csv.gz", gzip), (".CSV.bz2", bz2)):
        folder = tmp_path / ending
        folder.mkdir()
        (folder / f"a{ending}").write_bytes(module.compress(path.read_bytes()))
        for data in (folder, folder / f"a{ending}", f"{folder}/*"):
            pd.testing.assert_frame_equal(compare(data).summary, expected)
    both = tmp_path / "both"
    both.mkdir()
    (both / "a.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    shutil.copy(path, both / "b.csv")
    assert n_obs(both) == 2 * ROWS
    shutil.copy(path, both / "a.csv")
    with pytest.raises(ValueError, match=r"look like one file. Leave out one"):
        compare(both)


def test_a_damaged_compressed_file_is_an_error(tmp_path):
    whole = gzip.compress(write(tmp_path, "a.csv").read_bytes())
    for i, text in enumerate((whole[:-20], whole[:-4], whole + b"x", b"", b"y,p\n0,0.5\n")):
        path = tmp_path / f"{i}.csv.gz"
        path.write_bytes(text)
        with pytest.raises((OSError, ValueError), match=path.name):
            compare(path)


@pytest.mark.parametrize("name", ["b.csv.zst", "b.parquet.gz", "b.csv.zip", "b.csv.xz"])
def test_a_folder_with_a_file_that_is_not_read_is_an_error(tmp_path, name):
    write(tmp_path, "a.csv")
    write(tmp_path, "README.txt")
    write(tmp_path, "a.csv.bak")
    assert n_obs(tmp_path) == ROWS
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match=r"which is not read. Decompress it"):
        compare(tmp_path)


def test_one_format_only(tmp_path):
    files = [write(tmp_path, "a.csv"), write(tmp_path, "a.parquet")]
    for data in (files, tmp_path, write(tmp_path, "a.txt"), f"{tmp_path}/*"):
        with pytest.raises(ValueError, match="data must be files of one of the formats"):
            compare(data)
    assert format_of(files_of([files[0]])) == "csv"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("_delta_log/0.json", '{"remove":{"path":"x"}}', "a table of Delta"),
        ("_delta_log/9.checkpoint.parquet", "", "a table of Delta"),
        ("_delta_log/0.json", '{"add":{"path":"x"}}', None),
        (".hoodie/a.commit", "", "a table of Hudi"),
        ("metadata/v1.metadata.json", "", "a table of Iceberg"),
        ("metadata/columns.json", "", None),
    ],
)
def test_files_of_deleted_rows_are_not_counted(tmp_path, name, text, message):
    write(tmp_path, "a.parquet")
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(text)
    if message is None:
        assert n_obs(tmp_path) == ROWS
        return
    with pytest.raises(ValueError, match=message):
        compare(tmp_path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda _: pl.LazyFrame(TABLE), r"a polars.LazyFrame is none. Pass data.collect\(\)"),
        (pa.parquet.ParquetFile, r"ParquetFile is none. Pass data.iter_batches"),
    ],
)
def test_a_query_is_no_table(tmp_path, data, message):
    with pytest.raises(ValueError, match=message):
        compare(data(write(tmp_path, "a.parquet")))


def test_a_dask_frame_is_no_table_here():
    frame = pytest.importorskip("dask.dataframe", reason="an extra").from_pandas(TABLE, 1)
    with pytest.raises(ValueError, match=r"Use sklearn_xent.dask.compare_predictions"):
        compare(frame)


# --- what is in the files ---------------------------------------------------------------------


@pytest.mark.parametrize("as_dataset", [False, True])
def test_pages_that_do_not_fit_their_checksum_are_an_error(tmp_path, as_dataset):
    path = tmp_path / "a.parquet"
    options = {"use_dictionary": False, "compression": "none", "write_statistics": False}
    table = pa.Table.from_pandas(TABLE.assign(p=0.5), preserve_index=False)
    pa.parquet.write_table(table, path, write_page_checksum=True, **options)
    raw = bytearray(path.read_bytes())
    raw[raw.find(np.full(ROWS, 0.5).tobytes()) + 7] ^= 0x01
    data = path if not as_dataset else pa.dataset.dataset(str(path))
    assert n_obs(data) == ROWS
    path.write_bytes(raw)
    with pytest.raises(OSError, match="CRC checksum verification failed"):
        compare(path if not as_dataset else pa.dataset.dataset(str(path)))


def test_the_options_of_a_dataset_stay(tmp_path):
    options = pa.dataset.ParquetFragmentScanOptions(buffer_size=1234, use_buffered_stream=True)
    kind = pa.dataset.ParquetFileFormat(default_fragment_scan_options=options)
    data = pa.dataset.dataset(write(tmp_path, "a.parquet"), format=kind)
    [part] = data.get_fragments()
    found = readers._with_checksums(part)
    assert (found.buffer_size, found.use_buffered_stream) == (1234, True)
    assert found.page_checksum_verification
    assert not kind.default_fragment_scan_options.page_checksum_verification


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("how", ["replaced", "written into", "removed", "made worse"])
def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path, monkeypatch, how, n_jobs):
    path, other = write(tmp_path, "a.parquet"), write(tmp_path, "b/b.parquet", TABLE.assign(p=0.2))
    scan = readers._scan

    def changing(*arguments):
        {
            "replaced": lambda: os.replace(other, path),
            "written into": lambda: path.write_bytes(path.read_bytes() + b"x"),
            "removed": path.unlink,
            "made worse": lambda: path.write_bytes(b"PAR1"),
        }[how]()
        return scan(*arguments)

    monkeypatch.setattr(readers, "_scan", changing)
    with pytest.raises(ValueError, match=r"a.parquet was changed while it was read"):
        compare(path, n_jobs=n_jobs)


# --- clusters ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "n"),
    [
        (["7", "8"], ["7", "x"], 3),
        (["7", "8"], ["7.0", ""], None),
        (["7.0", "8.0"], ["7", "9"], 3),
        (["7.0", "8.0"], ["7", "x"], 3),
        (["007", "8"], ["7", "x"], 3),
        (["-0", "1"], ["0", "x"], 3),
        ([" 7", "8"], ["7", "x"], 3),
        (["+7", "8"], ["7", "x"], 3),
        (["7.5", "8"], ["7.5", "x"], 3),
        (["1.1", "1.10"], ["1.1.0", "1.1"], 3),
        (["9007199254740993", "9007199254740992"], ["9007199254740993", "x"], 3),
        (["true", "false"], ["True", "x"], 3),
        (["TRUE", "FALSE"], ["True", "False"], 2),
        (["2026-01-31", "2026-02-01"], ["2026-01-31", "x"], 3),
        (["2026-01-31 00:00:00", "2026-02-01 00:00:00"], ["2026-01-31", "2026-01-31T00:00"], 2),
        (["NA", "DE"], ["NA", "FR"], 3),
        (["NA", "1"], ["2", "3"], None),
        (["1e5", "100000"], ["1e5", "x"], 3),
    ],
)
def test_clusters_of_text_files_have_one_name(tmp_path, a, b, n):
    for i, names in enumerate((a, b)):
        lines = [f"{i % 2},0.{3 + i},{name}\n" for i, name in enumerate(names * 2)]
        (tmp_path / f"{i}.csv").write_text("y,p,g\n" + "".join(lines))
    if n is None:
        with pytest.raises(ValueError, match=r"groups: \d of \d labels are missing"):
            compare(tmp_path, groups="g")
        return
    sources = (tmp_path, [tmp_path / "1.csv", tmp_path / "0.csv"])
    found = {
        compare(data, groups="g", batch_size=size).differences.to_json()
        for data in sources
        for size in (1, 99)
    }
    assert len(found) == 1
    assert n_clusters(tmp_path) == n


def n_clusters(data):
    """Return the number of clusters, which a state holds."""
    schema = readers.TableSchema.read("y", {"m": "p"}, None, "g", [0, 1])
    total = sx.LossAccumulator(labels=[0, 1], models=["m"], losses="mse", groups=True)
    for chunk in readers.chunks_of(data, schema, 100):
        part = readers.accumulate(chunk, schema, total._with(type(total._state)()))
        total = total.merge(part)
    return len(total._state.clusters)


def test_a_text_file_names_clusters_as_their_text_does():
    for text in (
        "x",
        "7x",
        "",
        "1e5",
        "0x10",
        "\u0667",
        "7.5",
        "1_000",
        "2026-13-45",
        "nan",
        "tRue",
    ):
        assert name_in_text(text) == text


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([7, 8], ["7", "8"]),
        ([7, 8], ["x", "7"]),
        ([7.0, 8.0], ["7.0", "x"]),
        ([7, 8], ["007", "x"]),
        ([True, False], ["1", "0"]),
        (["a", "b"], [b"a", b"b"]),
        (pd.to_datetime(["2026-01-31"] * 2), pd.to_datetime(["2026-01-31"] * 2, utc=True)),
        (pd.to_datetime(["2026-01-31"] * 2, utc=True), ["2026-01-31", "x"]),
        (pd.to_datetime(["2026-01-31", "2026-02-01"]), ["2026-01-31", "2026-02-01"]),
    ],
)
def test_clusters_of_two_types_are_an_error(a, b):
    part = {"y": [0, 1], "p": [0.2, 0.7]}
    batches = [pd.DataFrame({**part, "g": a}), pd.DataFrame({**part, "g": b})]
    for order in (batches, batches[::-1]):
        with pytest.raises(ValueError, match=r"two clusters each. Give all batches"):
            compare(iter(order), groups="g")
    mixed = pd.DataFrame({"y": [0, 1] * 2, "p": 0.5, "g": np.array([*a, *b], dtype=object)})
    with pytest.raises(ValueError, match="two clusters each"):
        compare(mixed, groups="g")


@pytest.mark.parametrize(
    ("a", "b", "n"),
    [
        ([7, 8], [7.0, 9.0], 3),
        ([True, False], [1, 0], 2),
        (["a", "b"], ["b", "7x"], 3),
        ([7, 8], ["x", "y"], 4),
        (["1", "2"], ["1.0", "x"], 4),
        (pd.to_datetime(["2026-01-31", "2026-02-01"]), pd.to_datetime(["2026-01-31"] * 2).date, 2),
    ],
)
def test_clusters_that_are_alike_in_two_batches(a, b, n):
    batches = [{"y": [0, 1], "p": [0.2, 0.7], "g": np.asarray(g, dtype=object)} for g in (a, b)]
    for order in (batches, batches[::-1]):
        assert n_clusters(iter(order)) == n
    both = {"y": [0, 1] * 2, "p": [0.2, 0.7] * 2, "g": np.array([*a, *b], dtype=object)}
    assert n_clusters(iter([both])) == n


@pytest.mark.parametrize(
    ("dtype", "value"), [(float, 2.0**53), ("float32", 2.0**24), (float, np.inf)]
)
def test_clusters_that_floats_cannot_tell_apart_are_an_error(dtype, value):
    table = TABLE.assign(g=np.array([value, 1.0] * 20, dtype=dtype))
    with pytest.raises(ValueError, match="too large to be exact as a float"):
        compare(table, groups="g")
    assert keys_of([2**70, "x"]) == [2**70, "x"]


def test_files_of_two_types_of_clusters_are_an_error(tmp_path):
    for i, names in enumerate(([1, 2] * 20, ["1", "2"] * 20)):
        write(tmp_path, f"{i}.parquet", TABLE.assign(g=names))
    with pytest.raises(ValueError, match="numbers such as 7 in some rows and text"):
        compare(tmp_path, groups="g")


# --- columns that name classes ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        (["A_cat", "A_dog"], ["dog", "cat"]),
        (["cat_A", "dog_A"], ["dog", "cat"]),
        (["A Cat", "A Dog"], ["dog", "cat"]),
        (["A(CAT)", "A(DOG)"], ["dog", "cat"]),
        (["p0", "p1"], [1, 0]),
        (["p_1.0", "p_0.0"], [0, 1]),
        (["p_0", "p_1"], [1.0, 0.0]),
        (["p_False", "p_True"], [True, False]),
        (["x_>50K", "x_<=50K"], ["<=50K", ">50K"]),
        (["p11", "p1"], [1, 11]),
        (["cat_cat", "cat_dog"], ["dog", "cat"]),
        (["x_ab", "x_a", "x_b"], ["a", "b", "ab"]),
        (["p_2", "p_10", "p_1"], [1, 2, 10]),
        (["A_dog", "A_x", "A_y"], ["cat", "dog", "bird"]),
        (["p_no"], ["no", "yes"]),
        (["p_spam"], ["spam", "not_spam"]),
        (["p_not_spam"], ["not_spam", "spam"]),
        (["A_False"], [False, True]),
        (["Prob. very good", "Prob. bad"], ["bad", "very_good"]),
        (["rf_N"], ["N", "Y"]),
        (["rf_low", "rf_mid", "rf_high"], ["high", "low", "medium"]),
    ],
)
def test_columns_that_name_the_classes_in_another_order_are_an_error(columns, labels):
    with pytest.raises(ValueError, match="whose names tell another order of the classes"):
        check_order("predictions", columns, labels)


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        (["A_cat", "A_dog"], ["cat", "dog"]),
        (["p1", "p2"], [0, 1]),
        (["x_<=50K", "x_>50K"], ["<=50K", ">50K"]),
        (["p_yes"], ["no", "yes"]),
        (["no_pca"], ["no", "yes"]),
        (["p_spam"], ["not_spam", "spam"]),
        (["p_not_spam"], ["spam", "not_spam"]),
        (["m_0"], [0, 1]),
        (["1", "11"], ["1", "11"]),
        (["p1", "p11"], [1, 11]),
        (["cat_cat", "cat_dog"], ["cat", "dog"]),
        (["a", "b", "ab"], ["a", "b", "ab"]),
        (["p", "q"], ["a", "b"]),
        (["one_no", "one_yes"], ["no", "perhaps", "yes"]),
        (["x", "y"], [("a", 1), ("b", 2)]),
        (["", " "], ["", " "]),
        (["0", "1", "2"], [1, 2, 3]),
        (["0", "1", "2"], [-1, 0, 1]),
        (["1", "2", "3"], [0, 1, 2]),
    ],
)
def test_columns_that_name_the_classes_in_order_or_not_at_all(columns, labels):
    check_order("predictions", columns, labels)


def test_compare_table_checks_the_names_of_columns():
    table = pd.DataFrame({"y": ["cat", "dog"] * 5, "A_cat": 0.7, "A_dog": 0.3})
    options = {"predictions": {"A": ["A_cat", "A_dog"]}, "labels": ["dog", "cat"]}
    with pytest.raises(ValueError, match=r"predictions\['A'\] are the columns 'A_cat', 'A_dog'"):
        compare(table, **options)
    right = compare(table, **{**options, "labels": ["cat", "dog"]}).summary["mean_loss"][0]
    assert right == pytest.approx(2 * (0.5 * 0.3**2 + 0.5 * 0.7**2) / 2, rel=1e-12)
