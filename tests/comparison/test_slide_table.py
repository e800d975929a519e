"""The table of models and losses: its numbers, its marks, and its files."""

import csv
import io
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sklearn_xent as sx
from tests.support import hostile
from tests.support.streams import quietly
from tests.support.three_models import MODELS, N, Y

WHOLE = quietly(sx.compare_predictions, Y, MODELS)
TITLES = ["Classification error", "MSE (Brier)", "Cross-entropy (nats)"]


def parts(text):
    """Return the number of a cell and its marks."""
    number, _, marks = text.partition(" (")
    return number, [mark for mark in marks.rstrip(")").split(", ") if mark]


def test_rows_are_models_and_columns_losses():
    table = WHOLE.table()
    assert list(table) == TITLES
    assert table.index.tolist() == ["good", "fair", "bad"]
    assert table.index.name == "model"
    means = WHOLE.summary.pivot(index="model", columns="loss", values="mean_loss")
    for title, loss in zip(
        table, ["classification_error", "brier_loss", "cross_entropy"], strict=True
    ):
        for model in table.index:
            number, _ = parts(table.loc[model, title])
            assert abs(float(number) - means.loc[model, loss]) <= 0.51 * 10.0 ** -len(
                number.split(".")[1]
            )


@settings(max_examples=25)
@given(
    st.integers(0, 10**6),
    st.integers(2, 5),
    st.sampled_from([None, "m0", "m1"]),
    st.integers(20, 90),
)
def test_marks_claim_what_the_rows_claim(seed, n_models, baseline, n):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    y[:2] = 0, 1
    models = {
        f"m{i}": np.clip(
            0.5 + (y - 0.5) * rng.uniform(-0.2, 0.9) + rng.normal(0, 0.2, n), 0.01, 0.99
        )
        for i in range(n_models)
    }
    comparison = quietly(sx.compare_predictions, y, models, baseline=baseline)
    table, rows = comparison.table(), comparison.differences
    for title, loss in zip(table, rows["loss"].unique(), strict=True):
        of_loss = comparison.summary.query("loss == @loss").set_index("model")
        best = of_loss.index[of_loss["rank"] == 1].tolist()
        references = best if baseline is None else [baseline]
        for model in table.index:
            _, marks = parts(table.loc[model, title])
            assert ("best" in marks) == (model in best)
            assert ("baseline" in marks) == (model == baseline)
            clear = [mark for mark in marks if mark.rstrip("?") in ("better", "worse")]
            claims, doubts = set(), False
            for reference in references:
                for row in rows[rows["loss"] == loss].to_dict("records"):
                    if {model, reference} == {row["model_a"], row["model_b"]}:
                        mine = "a better" if row["model_a"] == model else "b better"
                        said = {"not clear": "", mine: "better"}.get(row["conclusion"], "worse")
                        claims.add(said)
                        doubts |= bool(row["caution"])
            alike = len(claims) == 1 and claims != {""} and model not in references
            assert clear == ([f"{claims.pop()}{'?' * doubts}"] if alike else [])


def test_ties_share_the_mark_and_claim_what_holds_for_all():
    y = np.zeros(400, dtype=int)
    y[-1] = 1

    def errors_at(*ranges):
        p = np.full(400, 0.2)
        p[np.concatenate(ranges)] = 0.8
        p[-1] = 0.8
        return p

    models = {"a": errors_at(range(10, 50)), "b": errors_at(range(300, 340)),
              "c": errors_at(range(10, 70))}  # fmt: skip
    comparison = quietly(sx.compare_predictions, y, models, losses="error")
    assert set(comparison.differences["conclusion"]) == {"a better", "not clear"}
    [column] = comparison.table().T.to_numpy().tolist()
    assert column == ["0.100 (best)", "0.100 (best)", "0.150"]


def test_numbers_have_the_digits_that_errors_allow():
    for times, decimals in ((1, 3), (300, 4)):
        y = np.tile(Y, times)
        models = {name: np.tile(p, (times, 1)) for name, p in MODELS.items()}
        table = quietly(sx.compare_predictions, y, models, losses="mse").table()
        error = quietly(sx.compare_predictions, y, models, losses="mse").summary["std_error"]
        digits = {len(parts(text)[0].split(".")[1]) for text in table["MSE (Brier)"]}
        assert digits == {1 - int(np.floor(np.log10(error.median())))} == {decimals}


def test_a_clear_difference_is_never_hidden_by_rounding():
    rng = np.random.default_rng(0)
    p = rng.uniform(0.05, 0.95, 300)
    y = (rng.random(300) < p).astype(int)
    shifted = np.clip(p + np.where(y == 1, -1, 1) * rng.uniform(0.5e-4, 1e-4, 300), 0, 1)
    comparison = quietly(sx.compare_predictions, y, {"p": p, "shifted": shifted}, losses="mse")
    assert comparison.differences["conclusion"].tolist() == ["a better"]
    (first, _), (second, marks) = map(parts, comparison.table()["MSE (Brier)"])
    assert marks == ["worse"]
    assert float(first) < float(second)


def test_infinite_losses_and_failures():
    y = np.arange(40) % 2
    sure = np.where(y == 1, 0.9, 0.1)
    zero = sure.copy()
    zero[0] = 1.0
    infinite = sx.get_loss("xent", eps=0)
    table = quietly(
        sx.compare_predictions, y, {"zero": zero, "sure": sure}, losses=infinite
    ).table()
    assert table.iloc[:, 0].tolist()[1] == "infinite"
    assert parts(table.iloc[0, 0])[1] == ["best"]
    both = quietly(sx.compare_predictions, y, {"a": zero, "b": zero}, losses=infinite).table()
    assert both.iloc[:, 0].tolist() == ["infinite", "infinite"]
    from sklearn.datasets import load_iris
    from sklearn.naive_bayes import GaussianNB

    X, labels = load_iris(return_X_y=True)
    models = {"broken": GaussianNB(priors=[2.0]), "bayes": GaussianNB()}
    failed = quietly(sx.compare_models, models, X, labels, cv=3)
    assert failed.table().loc["broken"].tolist() == ["failed"] * 3
    assert failed.table().index.tolist() == ["bayes", "broken"]
    with pytest.raises(ValueError, match="no model with a mean loss"):
        failed.select("broken").table()


def test_doubts_and_margins_have_marks():
    y = np.arange(100) % 2
    sure = np.where(y == 1, 0.9, 0.1)
    far = np.where(y == 1, 0.4, 0.6)
    far[3] = 1e-12
    doubted = quietly(sx.compare_predictions, y, {"sure": sure, "far": far}, losses="xent")
    assert doubted.differences["caution"][0]
    assert doubted.differences["conclusion"].tolist() == ["a better"]
    assert parts(doubted.table().iloc[1, 0])[1] == ["worse?"]
    assert "?: limited, see caution" in doubted.table().attrs["note"]
    near = {"a": MODELS["good"], "b": MODELS["good"] * 0.999 + MODELS["good"][::-1] * 0.001}
    equal = quietly(sx.compare_predictions, Y, near, losses="mse", equivalence_margin=0.2)
    assert equal.differences["conclusion"].tolist() == ["equivalent"]
    marks = [parts(text)[1] for text in equal.table().iloc[:, 0]]
    assert marks[0] == ["best"]
    assert marks[1][0].startswith("equivalent")
    assert "equivalent: to the best, within the margin" in equal.table().attrs["note"]


def test_the_note_says_what_the_marks_mean():
    note = WHOLE.table().attrs["note"]
    assert "best: the lowest mean loss" in note
    assert "compared with the best (p <= 0.05, Holm-corrected for all pairs)" in note
    some = WHOLE.select(["good", "bad"]).table().attrs["note"]
    assert "Holm-corrected for all 3 pairs of the 3 models compared" in some
    based = quietly(
        sx.compare_predictions, Y, MODELS, baseline="bad", confidence_level=0.99
    ).table()
    assert "better: clearly so, compared with the baseline, bad (p <= 0.01" in based.attrs["note"]
    one = WHOLE.select("good").table()
    assert one.attrs["note"] == "Mean losses, lower is better."
    assert "(" not in "".join(one.iloc[0])
    planned = quietly(sx.compare_predictions, Y, MODELS, pairs=[("bad", "good")]).table()
    assert "the planned pairs are in the differences" in planned.attrs["note"]
    assert {mark for text in planned.to_numpy().ravel() for mark in parts(text)[1]} == {"best"}


def test_titles_that_are_the_same_are_told_apart():
    def linear(codes, proba):
        return 1 - proba[np.arange(len(codes)), codes]

    titles = {"one": "Linear", "two": "Linear", "three": "model"}
    losses = [
        sx.Loss(name=name, title=title, function=linear, range=(0, 1))
        for name, title in titles.items()
    ]
    comparison = quietly(sx.compare_predictions, Y, MODELS, losses=losses)
    assert list(comparison.table()) == ["Linear [one]", "Linear [two]", "model [three]"]
    assert next(iter(pd.read_csv(io.StringIO(comparison.to_csv(wide=True))))) == "model"


# --- files ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def result():
    return hostile.comparison()[0]


def test_files_hold_the_table(result, tmp_path):
    table = result.table()
    back = list(csv.reader(io.StringIO(result.to_csv(wide=True))))
    assert back[0] == ["model", *table]
    assert [row[1:] for row in back[1:]] == table.to_numpy().tolist()
    assert len(result.to_markdown(wide=True).splitlines()) == len(table) + 2
    assert len(result.to_latex(wide=True).splitlines()) == len(table) + 6
    for form in ("to_csv", "to_markdown", "to_latex"):
        path = tmp_path / form
        assert getattr(result, form)(path, wide=True) is None
        assert path.read_text(encoding="utf-8") == getattr(result, form)(wide=True)


def test_names_do_no_harm_in_wide_tables():
    y = np.arange(40) % 2
    title = "<b>a|b</b> [x](y) $z$ __b__"

    def linear(codes, proba):
        return 1 - proba[np.arange(len(codes)), codes]

    own = sx.Loss(name="own", title=title, function=linear, range=(0, 1))
    models = {
        name: np.where(y == 1, 0.5 + i / 20, 0.4) for i, name in enumerate(hostile.NAMES.values())
    }
    comparison = quietly(sx.compare_predictions, y, models, losses=own)
    text = comparison.to_markdown(wide=True)
    assert "<" not in text
    assert "__b__" not in text
    for line in text.splitlines():
        assert len(re.findall(r"(?<!\\)\|", line)) == 3
    assert r"\input" not in comparison.to_latex(wide=True)
    for row in csv.reader(io.StringIO(comparison.to_csv(wide=True))):
        assert not any(cell.startswith(("=", "+", "@")) for cell in row)


@pytest.mark.parametrize("form", ["to_csv", "to_markdown", "to_latex"])
def test_bad_arguments(form):
    with pytest.raises(ValueError, match=r"wide=True writes mean losses.*differences are of pairs"):
        getattr(WHOLE, form)(table="differences", wide=True)
    with pytest.raises(ValueError, match="wide must be True or False; got 'yes'"):
        getattr(WHOLE, form)(wide="yes")
    with pytest.raises(ValueError, match="table must be among"):
        getattr(WHOLE, form)(table="other", wide=True)


def test_the_table_of_many_models_keeps_their_order():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, N)
    models = {f"m{i}": np.clip(0.5 + (y - 0.5) * i / 12, 0.01, 0.99) for i in range(12)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        table = sx.compare_predictions(y, models).table()
    assert table.index.tolist() == [f"m{i}" for i in range(11, -1, -1)]
