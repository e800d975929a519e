"""Tables of losses: every form of the same table is read alike, and bad ones are refused."""

import re

import numpy as np
import pandas as pd
import pytest

from sklearn_xent.inputs.loss_tables import read_loss_table

N = 12
RNG = np.random.default_rng(0)
A, B = RNG.random(N), RNG.random(N)
ITEMS = [f"q{i}" for i in range(N)]
WIDE = pd.DataFrame({"a": A, "b": B}, index=ITEMS)
LONG = WIDE.rename_axis("item").reset_index().melt("item", var_name="model", value_name="loss")
RUNS = pd.concat([LONG.assign(run=r, loss=LONG["loss"] + 0.01 * r) for r in (1, 2, 3)])
RUNS = RUNS.reset_index(drop=True)
NAMED = {"item": "item", "model": "model", "value": "loss"}
SIDE = {"groups": np.arange(N) // 3, "sample_weight": np.arange(N) + 1.0}


def read(losses, sides=(), **options):
    """Read a table without other arguments."""
    return read_loss_table(losses, dict(sides), **options)


def written(folder, name, frame):
    """Write a file and return its path."""
    path = folder / name
    if ".csv" in name:
        frame.to_csv(path, index=frame.index.name is not None)
    elif name.endswith(".parquet"):
        frame.to_parquet(path)
    else:
        frame.to_feather(path)
    return path


# --- the same table in every form -----------------------------------------------------------

FORMS = {
    "dict": lambda: read({"a": A, "b": B}),
    "dict of lists": lambda: read({"a": A.tolist(), "b": B.tolist()}),
    "dict of Series": lambda: read({"a": WIDE["a"], "b": WIDE["b"]}),
    "nullable": lambda: read(WIDE.astype("Float64")),
    "wide": lambda: read(WIDE),
    "wide, items in a column": lambda: read(WIDE.assign(q=ITEMS), item="q"),
    "wide, items in a level": lambda: read(WIDE.rename_axis("q"), item="q"),
    "wide, text beside": lambda: read(
        WIDE.assign(p=["x", "y"] * 6),
        {"groups": "p"},
    ),
    "long": lambda: read(LONG, **NAMED),
    "long, shuffled within": lambda: read(LONG.sort_values("item", kind="stable"), **NAMED),
    "long, categorical": lambda: read(LONG.astype({"model": "category"}), **NAMED),
    "long, levels": lambda: read(LONG.set_index(["item", "model"]), **NAMED),
    "long, dict": lambda: read(LONG.to_dict("list"), **NAMED),
    "long, objects": lambda: read(LONG.astype({"loss": object}), **NAMED),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_values(form):
    table = FORMS[form]()
    assert table.names == ["a", "b"]
    order = np.argsort([str(x) for x in table.row_labels]) if table.index is not None else slice(0)
    known = np.argsort(ITEMS) if table.index is not None else slice(0)
    assert np.array_equal(table.values[:, 0][:, order], np.stack([A, B])[:, known])
    assert not table.has_runs
    assert table.n_left_out == 0


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.parquet", "x.feather"])
@pytest.mark.parametrize("form", ["wide", "long"])
def test_files(tmp_path, name, form):
    if name.endswith((".parquet", ".feather")):
        pytest.importorskip("pyarrow", reason="such files need pyarrow")
    frame, options = (
        (LONG, NAMED) if form == "long" else (WIDE.reset_index(names="q"), {"item": "q"})
    )
    path = written(tmp_path, name, frame)
    for given in (path, str(path)):
        table = read(given, **options)
        assert table.names == ["a", "b"]
        assert table.row_labels.tolist() == ITEMS
        assert np.array_equal(table.values[:, 0], np.stack([A, B]))


def test_a_glob_of_one_file_a_model(tmp_path):
    for model, frame in LONG.groupby("model"):
        written(tmp_path, f"{model}.csv", frame)
    assert np.array_equal(read(str(tmp_path / "*.csv"), **NAMED).values[:, 0], np.stack([A, B]))


def test_the_index_that_pandas_wrote_is_no_model(tmp_path):
    path = tmp_path / "x.csv"
    WIDE.to_csv(path)
    assert read(path).names == ["a", "b"]
    assert read(path).row_labels.tolist() == ITEMS


def test_names_in_text_files_stay_text(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("item,model,loss\n007,None,1\n7,None,2\n007,NA,3\n7,NA,4\n")
    table = read(path, **NAMED)
    assert table.names == ["None", "NA"]
    assert table.row_labels.tolist() == ["007", "7"]
    assert table.values[:, 0].tolist() == [[1, 2], [3, 4]]


def test_tables_of_other_libraries():
    polars = pytest.importorskip("polars", reason="one of the forms is of polars")
    pyarrow = pytest.importorskip("pyarrow", reason="one of the forms is of Arrow")
    for table in (polars.DataFrame(LONG.to_dict("list")), pyarrow.table(LONG.to_dict("list"))):
        assert np.array_equal(read(table, **NAMED).values[:, 0], np.stack([A, B]))
    for table in (polars.DataFrame({"a": A, "b": B}), pyarrow.table({"a": A, "b": B})):
        assert np.array_equal(read(table).values[:, 0], np.stack([A, B]))
    with pytest.raises(ValueError, match=r"Pass losses.collect\(\)"):
        read(polars.LazyFrame({"a": A}))


def test_items_keep_the_order_in_which_they_come():
    shuffled = LONG.iloc[RNG.permutation(len(LONG))]
    labels = read(shuffled, **NAMED).row_labels.tolist()
    assert labels == list(dict.fromkeys(shuffled["item"]))


def test_runs_belong_to_their_model():
    table = read(RUNS, run="run", **NAMED)
    assert table.values.shape == (2, 3, N)
    assert table.has_runs
    np.testing.assert_allclose(table.values[0, 2], A + 0.03)
    other = RUNS.assign(run=RUNS["run"].astype(str) + RUNS["model"])  # no run is in both models
    assert np.array_equal(read(other, run="run", **NAMED).values, table.values)
    matrices = {
        m: np.column_stack([x + 0.01 * r for r in (1, 2, 3)])
        for m, x in zip("ab", (A, B), strict=True)
    }
    assert np.array_equal(read(matrices).values, table.values)


def test_what_is_known_of_items_is_read_once_an_item():
    long = RUNS.merge(
        pd.DataFrame({"item": ITEMS, **SIDE, "fold": np.arange(N) % 3, "day": N - np.arange(N)})
    )
    sides = {"groups": "groups", "sample_weight": "sample_weight", "folds": "fold", "times": "day"}
    table = read(long, sides, run="run", **NAMED)
    where = [ITEMS.index(x) for x in table.row_labels]
    groups = table.sides["groups"]
    assert [groups[i] for i in range(N)] == SIDE["groups"][where].tolist()
    assert table.weight.tolist() == SIDE["sample_weight"][where].tolist()
    assert table.sides["times"].codes.tolist() == (N - 1 - np.arange(N))[where].tolist()
    arrays = {name: long[column].to_numpy() for name, column in sides.items()}
    again = read(long, arrays, run="run", **NAMED)
    assert again.weight.tolist() == table.weight.tolist()


@pytest.mark.parametrize("form", ["wide", "long", "absent", "runs"])
def test_items_that_a_model_lacks_are_dropped_for_all(form):
    wide = WIDE.copy()
    wide.iloc[3, 0] = wide.iloc[7, 1] = np.nan
    tables = {
        "wide": lambda: read(wide, SIDE, missing="drop"),
        "long": lambda: read(
            wide.rename_axis("item")
            .reset_index()
            .melt("item", var_name="model", value_name="loss"),
            missing="drop",
            **NAMED,
        ),
        "absent": lambda: read(LONG.drop(index=[3, N + 7]), missing="drop", **NAMED),
        "runs": lambda: read(RUNS.drop(index=[3, N + 7]), run="run", missing="drop", **NAMED),
    }
    table = tables[form]()
    kept = [i for i in range(N) if i not in (3, 7)]
    assert table.n_left_out == 2
    assert sorted(table.row_labels) == sorted(ITEMS[i] for i in kept)
    if form == "wide":
        assert table.weight.tolist() == SIDE["sample_weight"][kept].tolist()
    assert not np.isnan(table.values).any()


def test_an_index_that_only_counts_names_no_items():
    assert read(pd.DataFrame({"a": A, "b": B})).row_labels.tolist() == list(range(N))
    read(pd.DataFrame({"a": A, "b": B}, index=[0] * N), {"groups": np.arange(N) // 2})  # grouped


# --- what is refused ------------------------------------------------------------------------


def changed(frame, row, value):
    """Return a table with one other value."""
    out = frame.copy()
    out.iloc[row, out.columns.get_loc("loss" if "loss" in out else "a")] = value
    return out


BAD = {
    "nan": (
        lambda: read(changed(WIDE, 3, np.nan)),
        "1 of 12 items are missing or nan for some model, first item 'q3' for 'a'",
    ),
    "inf": (
        lambda: read(changed(WIDE, 3, np.inf), missing="drop"),
        "first inf of model 'a' for item 'q3'",
    ),
    "minus inf": (
        lambda: read(changed(LONG, 3, -np.inf), **NAMED),
        "first -inf of model 'a' for item 'q3'",
    ),
    "huge": (lambda: read({"a": A * 1e200, "b": B}), "must lie between 1e-100 and 1e+100"),
    "tiny": (lambda: read({"a": A * 1e-200, "b": B * 0}), "Scale all values by the same number"),
    "an item that a model lacks": (
        lambda: read(LONG.drop(index=N + 2), **NAMED),
        "first item 'q2' for 'b'",
    ),
    "a run that a model lacks": (
        lambda: read(RUNS.drop(index=2), run="run", **NAMED),
        "first item 'q2' for 'a' in its run 1",
    ),
    "twice": (
        lambda: read(RUNS, **NAMED),
        "'q0' of model 'a' is in rows 0 and 24 (48 such). If these are runs",
    ),
    "twice in a run": (
        lambda: read(pd.concat([RUNS, RUNS[5:6]]), run="run", **NAMED),
        "'q5' of model 'a' in run 1 is in rows 5 and 72",
    ),
    "other numbers of runs": (
        lambda: read(RUNS[(RUNS.model == "a") | (RUNS.run < 3)], run="run", **NAMED),
        "'a' has 3 and 'b' has 2",
    ),
    "one run": (lambda: read(LONG.assign(run=1), run="run", **NAMED), "at least two of each model"),
    "one run in a matrix": (
        lambda: read({"a": A[:, None][:, [0]], "b": B[:, None]}),
        "at least two of each model",
    ),
    "matrices of other runs": (
        lambda: read({"a": np.c_[A, A], "b": np.c_[B, B, B]}),
        "of shape (12, 2) and losses['b'] of (12, 3)",
    ),
    "an index twice": (
        lambda: read(WIDE.set_axis(["x", *ITEMS[1:-1], "x"])),
        "'x' is in rows 0 and 11",
    ),
    "an item twice": (lambda: read(WIDE.assign(q=1), item="q"), "1 is in rows 0 and 1"),
    "an item twice, in groups": (
        lambda: read(WIDE.assign(q=1), {"groups": np.arange(N)}, item="q"),
        "1 is in rows 0 and 1",
    ),
    "a column of text": (
        lambda: read(WIDE.assign(t="x")),
        "got the string 'x'. If it is no model, name it by item=",
    ),
    "a column that counts": (lambda: read(WIDE.assign(id=range(N))), "Pass item='id'"),
    "complex": (lambda: read({"a": A + 1j, "b": B}), "got dtype complex128"),
    "dates": (
        lambda: read({"a": pd.date_range("2020", periods=N), "b": B}),
        "must hold real numbers",
    ),
    "masked": (
        lambda: read({"a": np.ma.masked_less(A, 0.5), "b": B}),
        "must not hold masked values",
    ),
    "three dimensions": (lambda: read({"a": np.ones((3, 2, 2))}), "got shape (3, 2, 2)"),
    "other lengths": (lambda: read({"a": A, "b": B[:5]}), "got 12 and 5"),
    "another order": (
        lambda: read({"a": WIDE["a"], "b": WIDE["b"][::-1]}),
        "the same index in another order",
    ),
    "groups of another length": (
        lambda: read(WIDE, {"groups": range(5)}),
        "losses and groups must have as many rows; got 12 and 5",
    ),
    "weights in another order": (
        lambda: read(WIDE, {"sample_weight": pd.Series(A, ITEMS[::-1])}),
        "the same index in another order",
    ),
    "groups that differ": (
        lambda: read(LONG, {"groups": range(2 * N)}, **NAMED),
        "item 'q0' has two, 0 and 12, in rows 0 and 12",
    ),
    "weights that differ": (
        lambda: read(LONG, {"sample_weight": np.arange(2 * N) + 1}, **NAMED),
        "item 'q0' has two, 1.0 and 13.0",
    ),
    "times that differ": (
        lambda: read(LONG, {"times": range(2 * N)}, **NAMED),
        "item 'q0' has two, in rows 0 and 12",
    ),
    "no table": (lambda: read(np.c_[A, B]), "losses must be a dict or a table of named columns"),
    "nothing": (lambda: read(None), "losses must be a dict or a table"),
    "a Series": (lambda: read(WIDE["a"]), "losses must be a dict or a table"),
    "records": (lambda: read([{"a": 1.0}]), "losses must be a dict or a table"),
    "an empty dict": (lambda: read({}), "with at least one entry"),
    "no rows": (lambda: read(WIDE[:0]), "not empty"),
    "numbers as names": (
        lambda: read(pd.DataFrame(np.c_[A, B])),
        "names of models must be strings; got 0",
    ),
    "a name in two types": (
        lambda: read({"item": [0, 0], "model": [1, "1"], "loss": [1.0, 2.0]}, **NAMED),
        "names '1' in two types",
    ),
    "a missing item": (
        lambda: read({"item": [0, None], "model": ["a", "b"], "loss": [1.0, 2.0]}, **NAMED),
        "1 of 2 labels are missing",
    ),
    "columns of one name": (lambda: read(pd.concat([WIDE, WIDE], axis=1)), "several columns 'a'"),
    "an unknown column": (
        lambda: read(LONG, item="question", model="model", value="loss"),
        "item must name a column of losses, which are 'item', 'model', 'loss'; got 'question'",
    ),
    "an unknown column of groups": (
        lambda: read(WIDE, {"groups": "passage"}),
        "groups must name a column of losses",
    ),
    "one column for two": (
        lambda: read(LONG, item="item", model="item", value="loss"),
        "must be different columns; got 'item' twice",
    ),
    "no item, no value": (lambda: read(LONG, model="model"), "item and value are not named"),
    "no value": (lambda: read(LONG, item="item", model="model"), "value is not named"),
    "no model": (lambda: read(WIDE, run="run"), "columns of a long table"),
    "no name of a column": (lambda: read(WIDE, item=["q"]), "item must be the name of a column"),
    "missing": (lambda: read(WIDE, missing="ignore"), "missing must be one of raise, drop"),
    "none is left": (
        lambda: read({"a": [1, np.nan], "b": [np.nan, 1]}, missing="drop"),
        "none is left to compare",
    ),
    "negative weights": (
        lambda: read(WIDE, {"sample_weight": -A}),
        "12 of 12 weights are negative",
    ),
    "no weight": (
        lambda: read(WIDE, {"sample_weight": 0 * A}).weight,
        "gives every sample a weight of zero",
    ),
    "no file": (lambda: read("/nowhere/x.csv"), "losses must be files that are there"),
    "no name twice": (
        lambda: read(WIDE.set_axis([np.nan, np.nan, *WIDE.index[2:]])),
        "each item must be there once; nan is in rows 0 and 1",
    ),
    "tuples twice": (
        lambda: read(WIDE.set_axis(pd.MultiIndex.from_arrays([[1] * 12, [0, 1, 2, 1, *range(8)]]))),
        "(1, 1) is in rows 1 and 3",
    ),
    **{
        f"items that count: {name}": (
            lambda items=items: read(WIDE.assign(n=items)),
            "the column 'n' counts or names the rows",
        )
        for name, items in {
            "floats": np.arange(12.0),
            "down": np.arange(12)[::-1],
            "in tens": np.arange(0, 120, 10),
        }.items()
    },
    "the results of one model": (
        lambda: read({"fit_time": np.arange(5.0), "test_score": np.arange(5.0)}),
        "what cross_validate returned for one model",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_are_refused(case):
    bad, message = BAD[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        bad()


FILES = {
    "x.txt": ("a,b\n1,2\n", "losses must be files of one of the formats"),
    "x.csv": ("a,b\n1,2\n1,2,3\n", "Expected 2 fields in line 3, saw 3"),
    "empty.csv": ("", "No columns to parse"),
    "gap.csv": (
        "item,model,loss\n1,a,1\n,a,2\n",
        "'item' of .* is empty in 1 rows, first in row 1",
    ),
    "twice.csv": ("a,b,a\n1,2,3\n4,5,6\n", "has several columns 'a'"),
    "wide.csv": ("a,b\n1,2,3\n4,5,6\n", "more values in a row than the 2 names of columns"),
    "ends.csv": ("a,b\n1,2,\n4,5,\n", "more values in a row than the 2 names of columns"),
    "headless.csv": ("0.5,0.25\n0.5,2\n1,0\n", "must hold the names of the columns; it holds numb"),
    "exponents.csv": ("1e-3,-.5\n0.5,2\n1,0\n", "it holds numbers, '1e-3', '-.5'. Add a first row"),
    "nameless.csv": ("a,,b\n1,2,3\n4,5,6\n", "has a column without a name, after 'a'"),
    "x.parquet": ("PAR1 and no more", "losses cannot be read from .*x.parquet': "),
    "x.feather": ("nothing", "losses cannot be read from .*x.feather': "),
    "x.csv.gz": ("nothing", "losses cannot be read from .*x.csv.gz': Not a gzipped file"),
    "comma.csv": ('item,model,loss\n1,a,"1,5"\n', "loss must hold real numbers; got the string"),
}


@pytest.mark.parametrize("name", FILES)
def test_bad_files_are_refused(tmp_path, name):
    text, message = FILES[name]
    path = tmp_path / name
    path.write_text(text)
    options = NAMED if "model" in text else {}
    with pytest.raises(ValueError, match=message):
        read(path, **options)


def test_small_whole_numbers_may_be_losses():
    assert read(pd.DataFrame({"a": [0, 1, 2], "b": [2, 0, 1]})).names == ["a", "b"]
    assert read({"a": np.arange(50), "b": np.arange(50)[::-1]}).values.shape == (2, 1, 50)


@pytest.mark.parametrize("name", ["index", "Unnamed: 0", "level_0", "ID"])
def test_an_index_that_became_a_column_is_no_model(name):
    numbers = RNG.permutation(900)[:N]
    frame = WIDE.reset_index(drop=True).assign(**{name: numbers})
    with pytest.raises(ValueError, match=f"column '{name}' .* looks like items, .* item='{name}'"):
        read(frame)
    assert read(frame, item=name).names == ["a", "b"]
    assert read(frame.rename(columns={name: "milliseconds"})).names == ["a", "b", "milliseconds"]
    assert name in read(frame.assign(**{name: numbers + 0.5})).names
    assert name in read(frame.assign(**{name: numbers % 2})).names


def test_runs_in_the_place_of_items_are_told():
    runs = RNG.random((40, 3))
    assert read({"a": runs, "b": runs[::-1]}).values.shape == (2, 3, 40)
    assert read({"a": runs[:2], "b": runs[2:4]}).values.shape == (2, 3, 2)
    for turned in (runs.T, list(runs.T)):
        with pytest.raises(ValueError, match=r"has 3 rows and 40 columns: rows are items, columns"):
            read({"a": turned, "b": turned})


def test_equal_steps_that_are_no_count_may_be_losses():
    values = np.arange(12) / 8
    assert read(pd.DataFrame({"a": values, "b": np.ones(12)})).names == ["a", "b"]


def test_numbers_may_name_models_in_a_file(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("1,2\n0.5,0.25\n1,0\n")
    assert read(path).names == ["1", "2"]
    path.write_text("a,0.5\n0.5,0.25\n1,0\n")
    assert read(path).names == ["a", "0.5"]


def test_a_cut_file_says_so(tmp_path):
    path = tmp_path / "x.csv.gz"
    WIDE.to_csv(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match="losses cannot be read from"):
        read(path)
