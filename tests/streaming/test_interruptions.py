"""An interrupted comparison of files goes on from its saved state, if that is its own."""

import json

import pandas as pd
import pytest

from sklearn_xent.streaming import table as module
from tests.support.streams import (
    LABELS,
    PREDICTIONS,
    assert_same_bits,
    compare_quietly,
    frame,
    write_parquet,
)

TABLE = frame()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_interrupted_it_goes_on(parquet, expected, tmp_path, monkeypatch, n_jobs):
    """Whatever was saved when it stopped, the end is the same to the last bit."""
    path, read = tmp_path / "state.json", []
    monkeypatch.setattr(module, "SECONDS", 0.0)
    accumulate = module.accumulate

    def failing(chunk, schema, empty):
        if len(read) == 7:
            raise KeyboardInterrupt
        read.append(chunk.name)
        return accumulate(chunk, schema, empty)

    monkeypatch.setattr(module, "accumulate", failing)
    with pytest.raises(KeyboardInterrupt):
        compare_quietly(parquet, state=path, n_jobs=n_jobs)
    done = json.loads(path.read_text())["done"]
    assert 0 < len(done) <= 7
    monkeypatch.setattr(module, "accumulate", accumulate)
    assert_same_bits(compare_quietly(parquet, state=path), expected)
    monkeypatch.setattr(module, "accumulate", None)  # nothing is read again
    assert_same_bits(compare_quietly(parquet, state=path), expected)


def test_states_of_something_else(parquet, tmp_path):
    path = tmp_path / "state.json"
    compare_quietly(parquet, state=path)
    for options in ({"losses": ["mse"]}, {"labels": LABELS[::-1]}, {"sample_weight": "w"}):
        with pytest.raises(ValueError, match="is the state of another question"):
            compare_quietly(parquet, state=path, **options)
    with pytest.raises(ValueError, match="is the state of other files"):
        compare_quietly(f"{parquet}/0.parquet", state=path)
    swapped = dict(zip(PREDICTIONS, list(PREDICTIONS.values())[::-1], strict=True))
    with pytest.raises(ValueError, match="another question: the columns are"):
        compare_quietly(parquet, state=path, predictions=swapped)
    checkpoint = json.loads(path.read_text())
    path.write_text(json.dumps({**checkpoint, "done": []}))
    with pytest.raises(ValueError, match="was changed by hand"):
        compare_quietly(parquet, state=path)
    for saved in ("{}", "no JSON", json.dumps({**checkpoint, "accumulator": {}})):
        path.write_text(saved)
        with pytest.raises(ValueError, match=r"is no state of compare_table .* Remove it"):
            compare_quietly(parquet, state=path)
    with pytest.raises(ValueError, match="state is for files"):
        compare_quietly(TABLE, state=path)


def test_a_state_of_an_earlier_version_says_what_to_do(parquet, tmp_path):
    path = tmp_path / "state.json"
    compare_quietly(parquet, state=path)
    checkpoint = json.loads(path.read_text())
    checkpoint["accumulator"]["version"] = 1
    path.write_text(json.dumps(checkpoint))
    with pytest.raises(ValueError, match="Remove it, or pass another path, to read the data again"):
        compare_quietly(parquet, state=path)


def test_a_file_that_was_replaced_is_not_taken_for_read(tmp_path):
    path = tmp_path / "t.parquet"
    TABLE.to_parquet(path)
    compare_quietly(path, state=tmp_path / "s.json")
    TABLE.iloc[::-1].head(2000).to_parquet(path)
    with pytest.raises(ValueError, match="other files, or they were changed since"):
        compare_quietly(path, state=tmp_path / "s.json")


def test_groups_that_cannot_be_saved_are_told_after_the_first_chunk(tmp_path, monkeypatch):
    days = pd.date_range("2026-01-01", periods=len(TABLE), freq="h").date
    folder = write_parquet(TABLE.assign(day=days), tmp_path / "parquet")
    read, accumulate = [], module.accumulate
    monkeypatch.setattr(module, "accumulate", lambda *a: read.append(a) or accumulate(*a))
    with pytest.raises(ValueError, match=r"groups must be strings, .* to be saved; got .*2026"):
        compare_quietly(folder, groups="day", state=tmp_path / "s.json")
    assert len(read) == 1
