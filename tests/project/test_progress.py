import builtins

import pytest

from sklearn_xent._messages import track


def test_silent_unless_asked(capsys):
    assert list(track(range(3), 3, "work", shown=False)) == [0, 1, 2]
    assert capsys.readouterr().err == ""


def test_plain_lines_without_tqdm(capsys, monkeypatch):
    real = builtins.__import__

    def without_tqdm(name, *args, **kwargs):
        if name.startswith("tqdm"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_tqdm)
    assert list(track(range(40), 40, "work", shown=True)) == list(range(40))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"work: {4 * i} of 40" for i in range(1, 11)]


def test_a_bar_with_tqdm(capsys):
    pytest.importorskip("tqdm", reason="tqdm is an extra")
    assert list(track(range(5), 5, "work", shown=True)) == list(range(5))
    assert "work: 100%" in capsys.readouterr().err
