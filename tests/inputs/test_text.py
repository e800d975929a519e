"""Strings that libraries cut or cannot write are refused wherever they name something."""

import json
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.dummy import DummyClassifier

import sklearn_xent as sx
from sklearn_xent.inputs.labels import MERGES_TEXT, check_text
from tests.support.streams import quietly

WITH_NUL = {"NUL": "a\0b", "only NUL": "\0", "NUL at the end": "a\0"}
SURROGATES = {"surrogate": "\ud800", "in a word": "a\udfffb", "reversed pair": "\udc00\ud800"}
ODD = SURROGATES | (WITH_NUL if MERGES_TEXT else {})
P = [0.2, 0.7, 0.4, 0.6]
MESSAGE = r"must be text that pandas can tell apart; got .*(NUL|surrogate)"


def vector(kind, values):
    """Return labels as a container of a kind."""
    return {
        "list": list,
        "tuple": tuple,
        "object": lambda x: np.array(x, dtype=object),
        "Series": lambda x: pd.Series(x, dtype=object),
        "Categorical": lambda x: pd.Categorical(x, categories=list(dict.fromkeys(x))),
    }[kind](values)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", ["list", "tuple", "object", "Series"])
@pytest.mark.parametrize("first", [True, False])
def test_labels(odd, kind, first):
    names = [ODD[odd], "a"] if first else ["a", ODD[odd]]
    y = vector(kind, [names[i] for i in (0, 1, 0, 1)])
    with pytest.raises(ValueError, match=f"y_true {MESSAGE}"):
        sx.brier_loss(y, P, labels=["a", "b"])
    with pytest.raises(ValueError, match=f"labels {MESSAGE}"):
        sx.brier_loss(["a", "b"] * 2, P, labels=vector("list", names))
    with pytest.raises(ValueError, match=f"groups {MESSAGE}"):
        sx.compare_predictions([0, 1] * 2, {"m": P}, groups=y)
    with pytest.raises(ValueError, match=MESSAGE):
        sx.compare_predictions([0, 1] * 2, {"m": P}, losses="mse").by(y)
    accumulator = sx.LossAccumulator(labels=[0, 1], models=["m"], groups=True)
    with pytest.raises(ValueError, match=f"groups {MESSAGE}"):
        accumulator.update([0, 1] * 2, {"m": P}, groups=y)
    assert accumulator.n_obs == 0


def test_numpy_strings_with_a_nul():
    y = np.array(["long text a\0b", "long text a\0c"] * 2)
    if MERGES_TEXT:
        with pytest.raises(ValueError, match=f"y_true {MESSAGE}"):
            sx.brier_loss(y, P, labels=["a", "b"])
    else:  # newer pandas tells strings apart after a NUL
        found = sx.brier_loss(y, P, labels=["long text a\0b", "long text a\0c"])
        assert found == sx.brier_loss([0, 1] * 2, P, labels=[0, 1])


@pytest.mark.parametrize("odd", ODD)
def test_names_of_models(odd):
    message = f"names of models {MESSAGE}"
    with pytest.raises(ValueError, match=message):
        sx.compare_predictions([0, 1] * 2, {"m": P, ODD[odd]: P})
    with pytest.raises(ValueError, match=message):
        sx.compare_models({ODD[odd]: DummyClassifier()}, [[0]] * 20, [0, 1] * 10, cv=2)
    with pytest.raises(ValueError, match=message):
        sx.LossAccumulator(labels=[0, 1], models=[ODD[odd]])
    table = pd.DataFrame({"y": [0, 1] * 2, "p": P})
    with pytest.raises(ValueError, match=message):
        sx.compare_table(table, y_true="y", predictions={ODD[odd]: "p"}, labels=[0, 1])


@pytest.mark.parametrize(
    "text", ["", " ", "a\nb", "\x01", "\u202e", "\U0001f469\u200d\U0001f52c", "\ufeff", "\uffff",
             "\U0010ffff", "nul", "\\0", "\u2400"],
)  # fmt: skip
def test_other_text_is_taken_as_it_is(text):
    y = [text, "other"] * 2
    labels = sorted(["other", text])
    proba = np.column_stack([1 - np.array(P), P])
    expected = sx.brier_loss([labels.index(x) for x in y], proba)
    for values in (y, np.array(y, dtype=object), pd.Series(y), pl.Series(y)):
        assert sx.brier_loss(values, proba, labels=labels) == expected
    assert sx.compare_predictions([0, 1] * 2, {text: P}).summary["model"][0] == text
    check_text("x", [text, 3, None, b"\0", ("a\0",)])


@pytest.mark.skipif(MERGES_TEXT, reason="pandas 2 takes these strings for equal: an error")
@pytest.mark.parametrize("names", [["a\0b", "a\0c"], ["\0", "\0\0"], ["a", "a\0"]])
def test_strings_that_differ_after_a_nul_are_two(names):
    y, proba = [names[i] for i in (0, 1, 0, 1)], np.column_stack([1 - np.array(P), P])
    for values in (y, np.array(y, dtype=object), pd.Series(y), pl.Series(y)):
        assert sx.brier_loss(values, proba) == sx.brier_loss([0, 1] * 2, proba)
    for groups in (y, pd.Series(y)):
        accumulator = sx.LossAccumulator(labels=names, models=names, groups=True)
        accumulator.update(y, dict.fromkeys(names, proba), groups=groups)
        restored = sx.LossAccumulator.from_dict(json.loads(json.dumps(accumulator.to_dict())))
        assert list(restored._state.clusters) == sorted(names)
    result = quietly(
        sx.compare_predictions, y * 10, dict.fromkeys(names, np.tile(P, 10)), labels=names
    )
    assert result.summary["model"].nunique() == 2
    assert len(result.by(y * 10)) == 12
    assert len(result.per_class) == len(result.by(y * 10))
    assert len({line.split(",")[2] for line in result.to_csv().splitlines()}) == 3


def test_this_pandas_is_known():
    assert (pd.__version__ < "3") == MERGES_TEXT


class Failing(DummyClassifier):
    """A classifier whose message no file can hold."""

    def fit(self, X, y, sample_weight=None):
        raise ValueError("bad \ud800 and \x1b[31m\u202e\nand so on")


def test_a_message_that_no_file_can_hold_is_shown_escaped(tmp_path):
    models = {"good": DummyClassifier(), "bad": Failing()}
    with warnings.catch_warnings(record=True, action="always") as shown:
        result = sx.compare_models(models, [[0]] * 20, [0, 1] * 10, cv=2, losses="mse")
    escaped = r"bad \ud800 and \u001b[31m\u202e and so on"
    assert escaped in str(shown[0].message)
    assert (
        escaped in result.summary["reason"].tolist()[-1] or escaped in result.summary["reason"][0]
    )
    result.to_csv(tmp_path / "a.csv", table="summary")
    result.to_html(tmp_path / "a.html")
    assert "and so on" in (tmp_path / "a.csv").read_text(encoding="utf-8")
    (repr(result) + "".join(result.headlines())).encode()
