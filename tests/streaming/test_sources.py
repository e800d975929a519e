"""What a table is cut into; that the pieces add up is shown in test_table."""

import numpy as np
import pandas as pd
import pytest

from sklearn_xent.streaming.readers import TableSchema, check_columns, chunks_of

COLUMNS = TableSchema.read("y", {"a": "p"}, None, None, ["no", "yes"])


def test_columns_are_listed_once():
    columns = TableSchema.read("y", {"a": ["p", "q"], "b": ["q", "r"]}, "w", "g")
    assert columns.all == ["y", "p", "q", "r", "w", "g"]
    assert columns.key == ["y", {"a": ["p", "q"], "b": ["q", "r"]}, "w", "g"]


def test_a_frame_is_cut_to_size():
    frame = pd.DataFrame({"y": np.arange(10), "p": 0.5})
    chunks = list(chunks_of(frame, COLUMNS, 4))
    assert [chunk.name for chunk in chunks] == [f"the frame from row {i}" for i in (0, 4, 8)]
    read = pd.concat([batch for chunk in chunks for batch in chunk.batches()])
    assert read.equals(frame)
    assert not any(chunk.stamp for chunk in chunks)


def test_files_have_a_stamp_that_changes(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"y": ["no"] * 9, "p": 0.5}).to_parquet(path, row_group_size=3)
    chunks = chunks_of(path, COLUMNS, 100)
    assert [chunk.name for chunk in chunks] == [f"{path}, row group {i}" for i in range(3)]
    pd.DataFrame({"y": ["no"] * 9, "p": 0.25}).to_parquet(path, row_group_size=9)
    assert chunks_of(path, COLUMNS, 100)[0].stamp != chunks[0].stamp


def test_columns_are_there_once():
    check_columns(["a"], ["a", "b", 3])
    with pytest.raises(ValueError, match="there is no column 'c'; there are 3, 'a'"):
        check_columns(["a", "c"], ["a", 3])
    with pytest.raises(ValueError, match="there are several columns 'a'"):
        check_columns(["a"], ["a", "a"])
