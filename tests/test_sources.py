"""What a table is cut into; that the pieces add up is shown in test_table."""

import numpy as np
import pandas as pd
import pytest

from sklearn_xent._sources import Columns, check_columns, units_of

COLUMNS = Columns.read("y", {"a": "p"}, None, None, ["no", "yes"])


def test_columns_are_listed_once():
    columns = Columns.read("y", {"a": ["p", "q"], "b": ["q", "r"]}, "w", "g")
    assert columns.all == ["y", "p", "q", "r", "w", "g"]
    assert columns.question == ["y", {"a": ["p", "q"], "b": ["q", "r"]}, "w", "g"]


def test_a_frame_is_cut_to_size():
    frame = pd.DataFrame({"y": np.arange(10), "p": 0.5})
    units = list(units_of(frame, COLUMNS, 4))
    assert [unit.name for unit in units] == [f"the frame from row {i}" for i in (0, 4, 8)]
    read = pd.concat([batch for unit in units for batch in unit.batches()])
    assert read.equals(frame)
    assert not any(unit.stamp for unit in units)


def test_files_have_a_stamp_that_changes(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"y": ["no"] * 9, "p": 0.5}).to_parquet(path, row_group_size=3)
    units = units_of(path, COLUMNS, 100)
    assert [unit.name for unit in units] == [f"{path}, row group {i}" for i in range(3)]
    pd.DataFrame({"y": ["no"] * 9, "p": 0.25}).to_parquet(path, row_group_size=9)
    assert units_of(path, COLUMNS, 100)[0].stamp != units[0].stamp


def test_columns_are_there_once():
    check_columns(["a"], ["a", "b", 3])
    with pytest.raises(ValueError, match="there is no column 'c'; there are 3, 'a'"):
        check_columns(["a", "c"], ["a", 3])
    with pytest.raises(ValueError, match="there are several columns 'a'"):
        check_columns(["a"], ["a", "a"])
