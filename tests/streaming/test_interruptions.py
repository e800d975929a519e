"""An interrupted comparison of files goes on from its saved state, if that is its own."""

import errno
import hashlib
import json
import os

import pandas as pd
import pytest

from sklearn_xent.streaming import table as module
from tests.support.streams import (
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
    for options in ({"losses": ["mse"]}, {"labels": list("abc")}, {"sample_weight": "w"}):
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
        with pytest.raises(ValueError, match=r"is no state of compare_table .* remove it, or pass"):
            compare_quietly(parquet, state=path)
    with pytest.raises(ValueError, match="state is for files"):
        compare_quietly(TABLE, state=path)


def test_a_state_of_an_earlier_version_says_what_to_do(parquet, tmp_path):
    path = tmp_path / "state.json"
    compare_quietly(parquet, state=path)
    checkpoint = json.loads(path.read_text())
    checkpoint["accumulator"]["version"] = 1
    path.write_text(json.dumps(checkpoint))
    with pytest.raises(ValueError, match="remove it, or pass another path, to read the data again"):
        compare_quietly(parquet, state=path)


def checkpoint_of_version_3(path):
    """Turn a state into what the release before wrote."""
    saved = json.loads(path.read_text())
    former = {**saved["accumulator"], "version": 3, "state": dict(saved["accumulator"]["state"])}
    del former["digest"], former["state"]["kinds"]
    of_sums = hashlib.sha256(json.dumps(former, sort_keys=True).encode()).hexdigest()
    text = json.dumps([of_sums, saved["chunks"], saved["done"], saved["key"]], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps({**saved, "accumulator": former, "digest": digest}))


def test_a_state_of_version_3_goes_on(parquet, expected, tmp_path, monkeypatch):
    path = tmp_path / "state.json"
    compare_quietly(parquet, state=path)
    checkpoint_of_version_3(path)
    monkeypatch.setattr(module, "accumulate", None)  # nothing is read again
    assert_same_bits(compare_quietly(parquet, state=path), expected)
    assert json.loads(path.read_text())["accumulator"]["version"] == 4


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "null", "3", '"x"', "[]", "{}", "[" * 10**5, '{"accumulator":' * 10**5,
     '{"accumulator":{},"chunks":[],"done":[],"key":[],"digest":""}', "NaN", "\ufeff{}",
     '{"accumulator":' + "[" * 5000 + "]" * 5000 + "}", "9" * 5000],
)  # fmt: skip
def test_what_is_no_state(parquet, tmp_path, text):
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"is no state of compare_table .* remove it, or pass"):
        compare_quietly(parquet, state=path)
    assert path.read_text() == text
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"is no state of compare_table"):
        compare_quietly(parquet, state=path)


@pytest.mark.parametrize("done", [[-1], [99], [0, 0], [True], [0.5], ["0"], [None], [[0]], 3, None])
def test_parts_that_are_not_there_are_not_done(parquet, tmp_path, done):
    path = tmp_path / "state.json"
    compare_quietly(parquet, state=path)
    saved = json.loads(path.read_text())
    saved["done"] = done
    saved["digest"] = module._digest(
        saved["accumulator"], saved["chunks"], saved["done"], saved["key"]
    )
    path.write_text(json.dumps(saved))
    with pytest.raises(ValueError, match=r"names parts of files that are not there|no state of"):
        compare_quietly(parquet, state=path)


@pytest.mark.parametrize("state", [3, "", b"s.json", ["s.json"], True, 0.5])
def test_a_state_is_a_path(parquet, state):
    with pytest.raises(ValueError, match="state must be the path of a file; got"):
        compare_quietly(parquet, state=state)


def test_a_state_is_neither_a_folder_nor_a_file_of_the_data(parquet, tmp_path):
    with pytest.raises(ValueError, match="is a folder"):
        compare_quietly(parquet, state=tmp_path)
    path = parquet / "0.parquet"
    before = path.read_bytes()
    (tmp_path / "link").symlink_to(path)
    for state in (path, f"{parquet}/../parquet/0.parquet", tmp_path / "link"):
        with pytest.raises(ValueError, match=r"state must be a file of its own; .* holds data"):
            compare_quietly(parquet, state=state)
    assert path.read_bytes() == before


def test_a_state_keeps_its_link(parquet, tmp_path, expected):
    real = tmp_path / "elsewhere.json"
    (tmp_path / "state.json").symlink_to(real)
    for _ in range(2):
        assert_same_bits(compare_quietly(parquet, state=tmp_path / "state.json"), expected)
    assert (tmp_path / "state.json").is_symlink()
    assert len(json.loads(real.read_text())["done"]) == 15
    assert sorted(x.name for x in tmp_path.iterdir()) == ["elsewhere.json", "state.json"]


def test_a_full_disk_keeps_the_old_state_and_leaves_nothing_behind(parquet, tmp_path, monkeypatch):
    path = tmp_path / "state.json"
    compare_quietly(parquet, state=path)
    before = path.read_text()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: .*state.json"):
        compare_quietly(parquet, state=path)
    assert path.read_text() == before
    assert [x.name for x in tmp_path.iterdir()] == ["state.json"]


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
