"""A file that is written is whole or as it was, whatever fails."""

import builtins
import errno
import os
import stat
import threading

import pytest

from sklearn_xent import _files
from sklearn_xent._files import write_text
from tests.support.hostile import comparison


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("one", "two \u00e9\n", ""):
        write_text(path, text)
        assert path.read_bytes() == text.encode()
    write_text(str(path), "str")
    write_text(os.fsencode(path), "bytes")
    assert path.read_text() == "bytes"
    write_text(path, "\ud800")
    assert path.read_text() == r"\ud800"
    assert names(tmp_path) == ["a.txt"]


def test_the_rights_of_a_file_stay_and_new_ones_are_as_usual(tmp_path):
    path, usual = tmp_path / "a.txt", tmp_path / "usual.txt"
    usual.write_text("")
    write_text(path, "a")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)
    path.chmod(0o640)
    write_text(path, "b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("there", [True, False])
def test_a_link_leads_to_what_is_written(tmp_path, there):
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "a.txt", tmp_path / "link.txt"
    if there:
        target.write_text("old")
    link.symlink_to("second.txt")
    (tmp_path / "second.txt").symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert names(tmp_path / "real") == ["a.txt"]


def test_what_is_no_file_is_written_as_it_is(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "through")
    reader.join(10)
    assert read == ["through"]
    write_text(os.devnull, "nothing")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("nowhere/a.txt", FileNotFoundError),
        ("folder", IsADirectoryError),
        ("file/a.txt", NotADirectoryError),
        ("loop", OSError),
        ("x" * 300, OSError),
        ("a\0b", ValueError),
    ],
)
def test_what_cannot_be_written_is_told_by_its_name(tmp_path, path, error):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    before = names(tmp_path)
    with pytest.raises(error) as caught:
        write_text(tmp_path / path, "text")
    assert error is ValueError or caught.value.filename == str(tmp_path / path)
    assert names(tmp_path) == before
    for odd in (3, None, ["a"]):
        with pytest.raises(TypeError, match="PathLike"):
            write_text(odd, "text")


def failing(code):
    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EINVAL])
@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("there", [True, False])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, code, step, there):
    path = tmp_path / "a.txt"
    if there:
        path.write_text("old")
    elif step == "chmod":
        step = "fsync"
    monkeypatch.setattr(os, step, failing(code))
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        write_text(path, "new")
    assert caught.value.filename == str(path)
    assert names(tmp_path) == (["a.txt"] if there else [])
    assert not there or path.read_text() == "old"


def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert (names(tmp_path), path.read_text()) == (["a.txt"], "old")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EBUSY, errno.EROFS])
def test_a_file_whose_folder_is_locked_is_written_in_place(tmp_path, monkeypatch, code):
    path = tmp_path / "a.txt"
    path.write_text("old and long")
    monkeypatch.setattr(os, "replace", failing(code))
    write_text(path, "new")
    assert (names(tmp_path), path.read_text()) == (["a.txt"], "new")
    with pytest.raises(OSError, match=os.strerror(code)):
        write_text(tmp_path / "b.txt", "new")
    assert names(tmp_path) == ["a.txt"]


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")
    usual = open

    def refusing(file, mode="r", *rest, **options):
        if "+" in mode or "w" in mode:
            raise PermissionError(errno.EACCES, "Permission denied", file)
        return usual(file, mode, *rest, **options)

    monkeypatch.setattr(builtins, "open", refusing)
    with pytest.raises(PermissionError):
        write_text(path, "new")
    monkeypatch.undo()
    assert (names(tmp_path), path.read_text()) == (["a.txt"], "old")


def test_the_disk_has_the_content_before_the_name(tmp_path, monkeypatch):
    steps = []
    for step in ("fsync", "replace"):
        usual = getattr(os, step)
        monkeypatch.setattr(
            os, step, lambda *a, usual=usual, step=step: (steps.append(step), usual(*a))[1]
        )
    write_text(tmp_path / "a.txt", "new")
    assert steps == ["fsync", "replace", "fsync"]


@pytest.mark.parametrize("form", ["to_csv", "to_markdown", "to_latex", "to_html"])
def test_exports_keep_the_old_file_when_the_disk_is_full(tmp_path, monkeypatch, form):
    path, result = tmp_path / "report", comparison(losses="mse")[0]
    path.write_text("old")
    monkeypatch.setattr(_files.os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"):
        getattr(result, form)(path)
    assert (names(tmp_path), path.read_text()) == (["report"], "old")
