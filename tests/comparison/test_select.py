"""Fewer models are shown, and the correction stays that of all."""

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx
from tests.support.streams import quietly
from tests.support.three_models import MODELS, N, Y

FOUR = {**MODELS, "prior": np.full((N, 3), 1 / 3)}
NAMES = list(FOUR)
WHOLE = quietly(sx.compare_predictions, Y, FOUR)
SLICES = np.arange(N) % 2


def filtered(frame, chosen):
    columns = [name for name in ("model", "model_a", "model_b") if name in frame]
    return frame[frame[columns].isin(chosen).all(axis=1)].reset_index(drop=True)


chosen_models = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)


@cache
def compared_with(baseline):
    return quietly(sx.compare_predictions, Y, FOUR, baseline=baseline, losses=["mse", "error"])


@settings(max_examples=6)
@given(chosen_models, st.sampled_from([None, "good", "bad"]))
def test_frames_are_the_rows_of_these_models(chosen, baseline):
    whole = compared_with(baseline)
    part = whole.select(chosen)
    for name in ("summary", "differences", "sample_losses", "split_losses", "per_class"):
        pd.testing.assert_frame_equal(getattr(part, name), filtered(getattr(whole, name), chosen))
    pd.testing.assert_frame_equal(part.by(SLICES), filtered(whole.by(SLICES), chosen))
    pd.testing.assert_frame_equal(part.decompose(), filtered(whole.decompose(), chosen))
    assert part.warnings == whole.warnings
    assert all(name in repr(part) for name in chosen)
    assert set(part.sentences()) <= set(whole.sentences())


@settings(max_examples=6)
@given(chosen_models, st.data())
def test_a_selection_of_a_selection(chosen, data):
    fewer = data.draw(st.lists(st.sampled_from(chosen), min_size=1, unique=True))
    once, twice = WHOLE.select(fewer), WHOLE.select(chosen).select(fewer)
    pd.testing.assert_frame_equal(once.summary, twice.summary)
    pd.testing.assert_frame_equal(once.differences, twice.differences)
    assert repr(once) == repr(twice)


def test_all_models_are_the_whole():
    same = WHOLE.select(NAMES[::-1])
    assert repr(same) == repr(WHOLE)
    pd.testing.assert_frame_equal(same.winner(100), WHOLE.winner(100))


def test_the_words_tell_how_many_were_compared():
    part = WHOLE.select(["fair", "bad"])
    text = " ".join(repr(part).split())
    assert "corrected for all 6 pairs of the 4 models compared (Holm)" in text
    assert "corrected for all 6 pairs of the 4 models compared" in part.to_html()
    assert "fair has the lowest mean on all 3 losses" in text
    assert "good" not in text
    assert "of the 4 models" not in repr(WHOLE)
    assert max(map(len, repr(part).splitlines())) <= 80


@pytest.mark.parametrize(
    "name", ["fair", ["fair"], pd.Index(["fair"]), np.array(["fair"]), {"fair"}]
)
def test_one_model(name):
    one = WHOLE.select(name)
    assert one.summary["model"].tolist() == ["fair"] * 3
    assert one.differences.empty
    assert one.differences.dtypes.equals(WHOLE.differences.dtypes)
    assert "fair is the only model" in repr(one)
    assert one.sentences() == []
    assert "fair is the only model" in one.to_html()


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ("god", "models must be among those compared, .*'good'.*; got 'god'"),
        (["good", "god"], "models must be among those compared, .*; got 'god'"),
        (["good", "good"], "each model once; got 'good' several times"),
        ([], "models must be a list of names, of at least one of .*; got \\[\\]"),
        (None, "models must be a list of names"),
        (3, "models must be a list of names"),
        ([1, 2], "models must be a list of names"),
    ],
)
def test_bad_selections(models, message):
    with pytest.raises(ValueError, match=message):
        WHOLE.select(models)
    if models is not None:
        with pytest.raises(ValueError, match=message):
            WHOLE.sentences(models=models)


def test_what_was_not_selected_is_not_known():
    with pytest.raises(ValueError, match="models must be among those compared"):
        WHOLE.select(["good", "fair"]).select("bad")


@pytest.mark.parametrize(("chosen", "said"), [
    (["good", "fair"], "compared with the baseline good"),
    (["fair", "bad"], "fair has the lowest mean"),
])  # fmt: skip
def test_a_baseline_in_the_selection_or_out_of_it(chosen, said):
    whole = quietly(sx.compare_predictions, Y, FOUR, baseline="good")
    part = whole.select(chosen)
    assert all(said in headline for headline in part.headlines())
    assert len(part.plot().differences) == len(part.differences) // 3


def test_winner_needs_all_models():
    with pytest.raises(ValueError, match="among all 4 models that were compared; these are 2"):
        WHOLE.select(["good", "fair"]).winner()


def test_pictures_and_slices_of_the_selection():
    part = WHOLE.select(["fair", "bad"])
    assert part.plot().losses["model"].tolist() == ["fair", "bad"]
    assert part.plot().reference == "fair"
    assert part.plot_murphy().dominant in ("fair", "bad", None)
    assert part.plot_reliability("bad", n_resamples=20).figure_ is not None
    pairs = part.by(SLICES, pairs=True)
    assert pairs[["model_a", "model_b"]].drop_duplicates().to_numpy().tolist() == [["fair", "bad"]]
    assert part.worst(1)["model_a"].tolist() == ["fair"]
    with pytest.raises(ValueError, match="models must be among"):
        part.plot_reliability("good")


def test_owners_may_have_changed_the_frames():
    whole = quietly(sx.compare_predictions, Y, FOUR)
    summary = whole.summary.sort_values("mean_loss").set_index(["loss", "model"])
    part = replace(whole, summary=summary, differences=whole.differences[:1])
    part = part.select(["good", "fair"])
    assert len(part.differences) == 1
    text = " ".join(repr(part).split())
    assert "all 6 pairs of the 4 models compared" in text  # the correction was for six


def test_failed_models_may_be_selected():
    X, y = load_iris(return_X_y=True)
    models = {"bayes": GaussianNB(), "broken": GaussianNB(priors=[2.0]), "stump":
              DecisionTreeClassifier(max_depth=1, random_state=0)}  # fmt: skip
    whole = quietly(sx.compare_models, models, X, y, cv=3, losses="mse")
    part = whole.select(["broken", "bayes"])
    assert part.summary["status"].tolist() == ["ok", "failed"]
    assert "broken failed" in part.headlines()[0]
    assert "Nothing can be told" in repr(whole.select("broken"))
    pd.testing.assert_frame_equal(part.decompose(), filtered(whole.decompose(), ["bayes"]))


@pytest.fixture(scope="module")
def search():
    X, y = load_iris(return_X_y=True)
    trees = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3, 4]},
                         scoring=sx.neg_brier_loss, cv=5)  # fmt: skip
    return quietly(sx.compare_search, trees.fit(X, y))


def test_candidates_of_a_search(search):
    part = search.select(["max_depth=1", "max_depth=4"])
    pd.testing.assert_frame_equal(
        part.split_losses, filtered(search.split_losses, ["max_depth=1", "max_depth=4"])
    )
    # a search shows the pairs with the best, and corrects for all
    text = " ".join(repr(part).split())
    assert "all 6 pairs of the 4 models compared" in text
    assert "The lowest of 4 mean losses is low partly by chance" in text
    best = search.summary["model"][search.summary["rank"] == 1].iloc[0]
    others = [name for name in search.summary["model"] if name != best]
    alone = search.select(others)
    assert alone.sentences() == []
    assert "clearly" not in repr(alone)


def test_streams_may_be_selected():
    stream = quietly(sx.LossAccumulator(labels=[0, 1, 2], models=NAMES).update, Y, FOUR)
    whole = quietly(stream.compute)
    part = whole.select(["good", "bad"])
    pd.testing.assert_frame_equal(part.differences, filtered(whole.differences, ["good", "bad"]))
    with pytest.raises(ValueError, match="the losses of single samples are not known"):
        part.worst()


# --- sentences --------------------------------------------------------------------------------


def test_sentences_among_some_models():
    rows, said = WHOLE.differences, WHOLE.sentences()
    for chosen in (["good", "bad"], ["good", "bad", "prior"]):
        among = filtered(rows.assign(said=said), chosen)["said"].tolist()
        assert WHOLE.sentences(models=chosen) == WHOLE.sentences(chosen) == among
    with_good = rows["model_a"].eq("good") | rows["model_b"].eq("good")
    expected = [text for text, is_of in zip(said, with_good, strict=True) if is_of]
    assert WHOLE.sentences("good") == WHOLE.sentences(["good"]) == expected
    assert len(expected) == 9
    assert WHOLE.sentences(NAMES) == said


def test_a_selection_raises_no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        WHOLE.select(["good", "prior"]).sentences()
