"""Run the examples: they print what their pages promise."""

import doctest
import io
import re
import runpy
import warnings
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import compare_models
import joblib
import numpy as np
import pytest
from sklearn import model_selection
from sklearn.ensemble import RandomForestClassifier

import sklearn_xent as sx

FOLDER = Path(__file__).parents[2] / "examples"
GALLERY = sorted(path.stem for path in FOLDER.glob("plot_*.py"))
PROMISED = {
    "plot_calibration": ["naive Bayes 0.0572", "naive Bayes is clearly worse than recalibrated"],
    "plot_costs": [
        "better at every threshold: None",
        "naive Bayes is better at ",
        "tree of depth 2 is better at ",
        "a miss costs 5 false alarms: naive Bayes 0.",
    ],
    "plot_equal_models": [
        "t-test over folds  claims a difference in 4",
        "here claims a difference in 0% of 10 runs",
    ],
    "plot_imbalanced": ["always says 5 %  logistic  logistic, balanced", "0.0     0.4", " -0.7"],
    "plot_learning_process": ["halves it in"],
    "plot_one_standard_error": ["best score: 12 leaves; simplest within one standard error: 8"],
    "plot_own_loss": ["[0. 1.]", "Top-2 error\n  logistic ", "clearly better than every"],
    "plot_race": [
        "the race chose        {'max_depth': 3, 'min_samples_leaf': 1}",
        "the full search chose {'max_depth': 3, 'min_samples_leaf': 1}",
        "fits: 195, spared: 205",
        "Not compared, because they left the race: ",
    ],
    "plot_rare_class": [
        "neg_log_loss      [   nan -0.0",
        "means: nan and -0.0",
        "log_loss, labels  [-0.0",
        "   nan    nan    nan    nan -3.6",
        " -5.6",
    ],
    "plot_same_error": ["0.333333", "0.806667", "0.340000", "1.378389", "0.639108"],
    "plot_slices": [
        " is clearly worse than logistic",
        "exclude zero: digits 8 9",
    ],
    "plot_three_models": [
        "logistic has the lowest mean on all 3 losses. It is clearly better than naive",
        "Cross-entropy (nats)\n  logistic ",
    ],
    "plot_tuning": ["5-fold cross-validation", "its own Brier loss 0.202, that of the whole"],
    "plot_watching_results": ["confidence sequence            excludes zero at 0 of 4000"],
}
SMALLER = {
    "plot_equal_models": ("N_RUNS, N_NOISE = 40, 5", "N_RUNS, N_NOISE = 10, 5"),
    "plot_learning_process": ("STEPS = 3000", "STEPS = 300"),  # test_compare_models takes all
}
"""What the site computes in full, and a test need not."""


@cache
def ran(name):
    """Run a script of the gallery: its names, what it prints, and whether it draws."""
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is an extra")
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    full, smaller = SMALLER.get(name, ("", ""))
    assert full in text
    names, printed = {"__name__": "__main__"}, io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(printed):
        warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")
        exec(compile(text.replace(full, smaller), name, "exec"), names)
    drawn = any(pyplot.figure(number).axes for number in pyplot.get_fignums())
    return names, printed.getvalue(), drawn


def test_compare_models(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        compare_models,
        "RandomForestClassifier",
        lambda n_estimators, random_state: RandomForestClassifier(10, random_state=random_state),
    )
    with joblib.parallel_config("sequential"):  # no time to start processes
        compare_models.main()
    out = capsys.readouterr().out
    for promised in ("0.806667", "0.340000", "1.378389", "0.639108", "model 1 0.333333"):
        assert promised in out
    assert out.count("Cross-entropy (nats)") == 3
    assert len(out.splitlines()) <= 160  # four screens
    reports = [Path(line.split("fixes: ")[1]) for line in out.splitlines() if "fixes: " in line]
    assert len(reports) == 3
    for path in reports:
        assert "Four classifiers on" in path.read_text(encoding="utf-8")
    choices = [line.split("{")[1] for line in out.splitlines() if "best by" in line]
    assert len(set(choices)) == 2
    mse, xent = re.findall(r"halves it in (\d+) steps", out)
    assert int(xent) < int(mse) / 10


@pytest.mark.parametrize("name", GALLERY)
def test_gallery(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, out, drawn = ran(name)
    for promised in PROMISED[name]:
        assert promised in out
    assert drawn, "no picture"


@pytest.mark.parametrize(
    "name", ["plot_one_standard_error", "plot_race", "plot_tuning", "choosing.md"]
)
@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_a_race_takes_the_place_of_a_grid_search(name, capsys, tmp_path, monkeypatch):
    """Scripts run unchanged, and make the same choice."""
    pytest.importorskip("matplotlib", reason="matplotlib is an extra")
    monkeypatch.chdir(tmp_path)
    path = FOLDER / f"{name}.py"
    if name.endswith(".md"):
        page = (FOLDER.parent / "docs" / "how_to" / name).read_text(encoding="utf-8")
        path = tmp_path / "page.py"
        path.write_text(doctest.script_from_examples(page), encoding="utf-8")
    full = runpy.run_path(str(path)) if name.endswith(".md") else ran(name)[0]
    np.random.seed(0)  # noqa: NPY002 -- the scripts leave random_state at None
    monkeypatch.setattr(model_selection, "GridSearchCV", sx.RacingSearchCV)
    race = runpy.run_path(str(path))
    [key] = {"search", "full"} & set(race)
    assert type(race[key]) is sx.RacingSearchCV
    assert race[key].n_fits_spared_ > 0
    assert race[key].best_params_ == full[key].best_params_


def test_a_race_takes_the_place_of_the_search_of_the_main_script(capsys, monkeypatch):
    """Its five splits are too few for a race: all is fitted, and what it prints is the same."""
    with joblib.parallel_config("sequential"):
        compare_models.choosing_by_a_loss()
        printed = capsys.readouterr().out
        monkeypatch.setattr(compare_models, "GridSearchCV", sx.RacingSearchCV)
        with pytest.warns(sx.XentWarning, match="cv makes 5 splits, too few for a race to pay"):
            compare_models.choosing_by_a_loss()
    assert capsys.readouterr().out == printed
