"""The public frames are mutable: what is told is told of the rows that are there."""

import copy
import functools
import itertools
import warnings

import joblib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, make_classification
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword"),  # which users have and pandas ends
]

FITTED_ONLY = "Clear for the models fitted here, but not for retrained models."


@functools.cache
def trees():
    """Of ten pairs some are shown for the fitted models only."""
    X, y = make_classification(300, 6, n_informative=3, flip_y=0.1, random_state=1)
    models = {
        f"depth {d}": DecisionTreeClassifier(max_depth=d, random_state=0) for d in (2, 3, 5, None)
    } | {"uniform": DummyClassifier(strategy="uniform", random_state=0)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return sx.compare_models(models, X, y, losses=["mse", "error"])


def fresh():
    return copy.deepcopy(trees())


def pairs_of(comparison):
    rows = comparison.differences
    if "model_a" not in rows:
        rows = rows.reset_index()
    return list(zip(rows["loss"], rows["model_a"], rows["model_b"], strict=True))


def by_pair(comparison):
    return dict(zip(pairs_of(comparison), comparison.sentences(), strict=True))


def everything(comparison):
    """All that is told of a comparison, which must not raise."""
    told = [
        comparison.headlines(), comparison.sentences(), repr(comparison), comparison.to_html(),
        comparison._repr_html_(), comparison.to_frame(), comparison.to_csv(),
        comparison.to_markdown(), comparison.to_latex(table="differences"),
        comparison.style.to_html(), comparison.plot(loss="mse"),
        comparison.plot_reliability(n_resamples=20),
    ]  # fmt: skip
    plt.close("all")
    return told


def sort_rows(frame):
    frame.sort_values("difference" if "difference" in frame else "mean_loss", inplace=True)


def reverse_rows(frame):
    frame.sort_index(ascending=False, inplace=True)


def keep_every_other_row(frame):
    frame.drop(frame.index[::2], inplace=True)


def index_of_ones(frame):
    frame.index = pd.Index([1] * len(frame))


def index_of_models(frame):
    frame.set_index("model_a" if "model_a" in frame else "model", inplace=True)


def index_named_like_columns(frame):
    frame.set_index(["loss", "confidence_level"], drop=False, inplace=True)


def index_of_several_columns(frame):
    columns = ["loss", "model_a", "model_b"] if "model_a" in frame else ["loss", "model"]
    frame.set_index(columns, inplace=True)


CHANGES = [
    sort_rows, reverse_rows, keep_every_other_row, index_of_ones, index_of_models,
    index_named_like_columns, index_of_several_columns,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_no_sentence_moves_to_another_pair(change):
    comparison, before = fresh(), by_pair(trees())
    assert 0 < sum(FITTED_ONLY in said for said in before.values()) < len(before)
    change(comparison.differences)
    change(comparison.summary)
    after = by_pair(comparison)
    assert after == {pair: before[pair] for pair in after}
    everything(comparison)


@pytest.mark.parametrize("change", CHANGES)
def test_headlines_do_not_depend_on_the_order_or_the_index(change):
    comparison = fresh()
    change(comparison.differences)
    if change is not keep_every_other_row:
        change(comparison.summary)
        assert comparison.headlines() == trees().headlines()
    assert {line.partition(":")[0] for line in comparison.headlines()} == {
        "MSE (Brier)", "Classification error",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["differences", "summary"])
def test_a_model_that_is_dropped_is_no_longer_told(name):
    comparison, best = fresh(), "depth 3"
    frame = getattr(comparison, name)
    models = frame[["model_a", "model_b"]] if name == "differences" else frame[["model"]]
    frame.drop(frame.index[models.eq(best).any(axis=1)], inplace=True)
    told = everything(comparison)
    assert name == "differences" or not any(best in line for line in told[0])
    if name == "differences":
        assert not any(best in line for line in told[1])


def test_of_the_models_that_are_left_the_best_is_told():
    comparison = fresh()
    [best] = trees().summary.query("loss == 'brier_loss' and rank == 1")["model"]
    [second] = trees().summary.query("loss == 'brier_loss' and rank == 2")["model"]
    comparison.summary.drop(
        comparison.summary.index[comparison.summary["model"] == best], inplace=True
    )
    assert comparison.headlines()[0].startswith(f"MSE (Brier): {second} has the lowest mean")
    assert comparison.plot(loss="mse").reference == second
    plt.close("all")


def test_a_model_without_a_rank_comes_last():
    comparison = fresh()
    of_best = comparison.summary["model"] == "depth 3"
    comparison.summary["rank"] = comparison.summary["rank"].mask(of_best)
    assert comparison._ranked("mse")[-1] == "depth 3"
    everything(comparison)


def test_a_baseline_that_is_dropped_is_no_baseline():
    X, y = load_iris(return_X_y=True)
    models = {"bayes": GaussianNB(), "smooth": GaussianNB(var_smoothing=0.1)}
    comparison = sx.compare_models(models, X, y, losses="mse", baseline="bayes")
    assert "the baseline bayes" in comparison.headlines()[0]
    comparison.summary.drop(0, inplace=True)
    assert comparison.headlines()[0].startswith("MSE (Brier): smooth has a mean of")
    assert comparison.plot().reference == "smooth"
    assert "smooth" in comparison.to_html()
    plt.close("all")


def test_no_differences_are_left():
    comparison = fresh()
    comparison.differences.drop(comparison.differences.index, inplace=True)
    told = everything(comparison)
    assert told[1] == []
    assert all("compared with no other" in line for line in told[0])


def test_a_loss_that_is_dropped_is_no_longer_told():
    comparison = fresh()
    rows = comparison.summary["loss"] == "brier_loss"
    comparison.summary.drop(comparison.summary.index[rows], inplace=True)
    [line] = comparison.headlines()
    assert line.startswith("Classification error: ")
    assert comparison.plot().title == "Classification error"
    assert "Brier" not in comparison.to_html()
    with pytest.raises(ValueError, match="no model with a mean loss under brier_loss"):
        comparison.plot(loss="mse")
    plt.close("all")


def test_no_model_is_left():
    comparison = fresh()
    comparison.summary.drop(comparison.summary.index, inplace=True)
    assert comparison.headlines() == []
    assert len(comparison.sentences()) == len(comparison.differences)
    assert repr(comparison) == "Nothing can be told: summary holds no model with a mean loss."
    assert comparison._repr_html_() is None
    assert len(comparison.to_frame()) == len(comparison.differences)
    for ask in (comparison.to_html, comparison.plot, comparison.plot_reliability, comparison.worst):
        with pytest.raises(ValueError, match="summary holds no model with a mean loss"):
            ask()
    comparison.differences.drop(comparison.differences.index, inplace=True)
    assert comparison.sentences() == []
    assert len(comparison.to_frame()) == 0
    assert comparison.to_csv().count("\n") == 1


def test_only_a_failed_model_is_left():
    X, y = load_iris(return_X_y=True)
    models = {"bayes": GaussianNB(), "broken": GaussianNB(var_smoothing=-1)}
    with pytest.warns(sx.FailedModelWarning):
        comparison = sx.compare_models(models, X, y, losses="mse")
    comparison.summary.drop(0, inplace=True)
    assert comparison.headlines() == []
    assert "Nothing can be told" in repr(comparison)


def test_columns_that_are_missing_are_named():
    comparison = fresh()
    comparison.differences.drop(columns=["retraining", "pvalue"], inplace=True)
    with pytest.raises(ValueError, match=r"differences must keep its columns; missing are \['pval"):
        comparison.sentences()


def test_an_unstable_row_is_told_wherever_it_is():
    X, y = make_classification(120, 4, n_informative=2, n_redundant=0, flip_y=0.3, random_state=0)
    cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
    models = {
        "leaf 1": DecisionTreeClassifier(random_state=0),
        "leaf 3": DecisionTreeClassifier(min_samples_leaf=3, random_state=0),
        "logistic": LogisticRegression(),
        "uniform": DummyClassifier(strategy="uniform", random_state=0),
    }
    comparison = sx.compare_models(models, X, y, cv=cv, losses="mse")
    before = by_pair(comparison)
    told = [("claim too much" in said) for said in before.values()]
    assert told == comparison.differences["caution"].str.contains("unstable").tolist()
    assert 0 < sum(told) < len(told)
    sort_rows(comparison.differences)
    assert by_pair(comparison) == before


# --- warnings of workers ----------------------------------------------------------------------


class Logits(GaussianNB):
    """Gives for logits what looks like probabilities."""

    def decision_function(self, X):
        return super().predict_proba(X)


class Broken(GaussianNB):
    def fit(self, X, y):
        raise RuntimeError("no way")


def run_of(problem, n_jobs, backend):
    X, y = load_iris(return_X_y=True)
    models, options = {
        "logits": ({"a": Logits(), "b": Logits()}, {"response_method": "decision_function"}),
        "unseen classes": ({"a": GaussianNB(), "b": LogisticRegression()}, {"cv": KFold(3)}),
        "zero probabilities": (
            {"a": DummyClassifier(strategy="most_frequent"), "b": GaussianNB()}, {}
        ),
        "failed models": ({"a": GaussianNB(), "b": Broken()}, {}),
    }[problem]  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with joblib.parallel_config(backend=backend):
            comparison = sx.compare_models(models, X, y, n_jobs=n_jobs, **{"cv": 3, **options})
    ours = [w for w in caught if issubclass(w.category, sx.XentWarning)]
    raised = [(w.category, str(w.message)) for w in ours]
    kept = [(type(w), str(w)) for w in comparison.warnings]
    return kept, raised, {w.filename for w in ours}


@pytest.mark.parametrize(
    ("problem", "category"),
    [
        ("logits", sx.SuspectLogitsWarning),
        ("unseen classes", sx.UnseenClassWarning),
        ("zero probabilities", sx.ZeroProbabilityWarning),
        ("failed models", sx.FailedModelWarning),
    ],
)
def test_warnings_do_not_depend_on_the_workers(problem, category):
    runs = [
        run_of(problem, n_jobs, backend)
        for n_jobs, backend in ((None, "loky"), (1, "loky"), (2, "loky"), (2, "threading"))
    ]
    for kept, raised, files in runs:
        assert kept == raised == runs[0][0]
        assert files == {__file__}
    kept = runs[0][0]
    assert category in {found for found, _ in kept}
    assert len(set(kept)) == len(kept)


def test_each_caution_has_its_warning():
    categories = {
        "one sample weighs much": sx.LeverageWarning,
        "zero probabilities": sx.ZeroProbabilityWarning,
        "no spread": sx.DegenerateDifferenceWarning,
    }
    y = np.arange(60) % 2
    p = np.where(y == 1, 0.8, 0.3)
    zero = np.where(np.arange(60) == 0, 1.0 - y, p)
    for models in itertools.combinations({"p": p, "same": p, "zero": zero}.items(), 2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            comparison = sx.compare_predictions(y, dict(models), losses="xent")
        named = {n for text in comparison.differences["caution"] for n in text.split("; ") if n}
        expected = {categories[name] for name in named}
        if comparison.differences["conclusion"].eq("not clear").all():  # nothing is claimed
            expected.discard(sx.LeverageWarning)
        assert expected == {w.category for w in caught}
        assert named
