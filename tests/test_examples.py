"""The examples run, and say what they promise."""

from pathlib import Path

import compare_models
import learning_process
import one_standard_error
import own_loss
import pytest


def test_compare_models(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    compare_models.main()
    out = capsys.readouterr().out
    for promised in ("0.806667", "0.340000", "1.378389", "0.639108", "model 1 0.333333"):
        assert promised in out
    assert out.count("Cross-entropy: ") == 3
    reports = [Path(line.split("remedies: ")[1]) for line in out.splitlines() if "remedies" in line]
    assert len(reports) == 3
    for path in reports:
        assert "Four classifiers on" in path.read_text(encoding="utf-8")
    choices = [line.split("{")[1] for line in out.splitlines() if "best by" in line]
    assert len(set(choices)) == 2


def test_learning_process(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    learning_process.main()
    out = capsys.readouterr().out
    mse, xent = (int(line.split("halves it in ")[1].split()[0]) for line in out.splitlines()[:2])
    assert xent < mse / 10


def test_learning_process_draws(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="matplotlib is an extra")
    monkeypatch.chdir(tmp_path)
    learning_process.main()
    assert (tmp_path / learning_process.PICTURE).stat().st_size > 10_000


def test_one_standard_error(capsys):
    one_standard_error.main()
    out = capsys.readouterr().out
    best, chosen = (int(line.split(": ")[1].split("}")[0]) for line in out.splitlines()[-2:])
    assert chosen < best
    assert out.count("True") >= 3


def test_own_loss(capsys):
    own_loss.main()
    out = capsys.readouterr().out
    assert "near miss: Ranked probability score 0.50" in out
    assert "Spherical loss: logistic has the lowest" in out
