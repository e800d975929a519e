"""A saved comparison: what is the same when it is read back, what it refuses, what is damaged."""

import json
import warnings
from dataclasses import fields
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

import sklearn_xent as sx
from sklearn_xent.comparison.saved import digest_of, read

X, Y = load_iris(return_X_y=True)
P = np.random.default_rng(1).uniform(0.05, 0.95, 300)
Z = (np.random.default_rng(2).random(300) < P).astype(int)
LOG = sx.get_loss("cross_entropy").with_options(eps=0.0)
TWO = {"sharp": P, "timid": 0.5 + 0.5 * (P - 0.5)}


def held_out(**more):
    return sx.compare_predictions(Z, TWO, **more)


def stream():
    accumulator = sx.LossAccumulator(labels=[0, 1], models=list(TWO))
    return accumulator.update(Z, TWO).compute()


def search():
    grid = GridSearchCV(
        KNeighborsClassifier(), {"n_neighbors": [3, 9, 15]}, scoring="neg_log_loss", cv=4
    )
    return sx.compare_search(grid.fit(X, Y))


def folds():
    models = {"bayes": GaussianNB(), "svm": LinearSVC()}
    return sx.compare_models(models, X, Y, cv=4)


def infinite():
    certain = {"sure": (P > 0.5).astype(float), "unsure": P}
    return sx.compare_predictions(Z, certain, losses=LOG)


CASES = {
    "held out": held_out,
    "baseline and margins": lambda: held_out(
        baseline="timid", equivalence_margin={"brier_loss": 0.02}, confidence_level=0.9
    ),
    "planned": lambda: held_out(pairs=[("timid", "sharp")]),
    "folds, one failed": folds,
    "groups and weights": lambda: held_out(
        groups=np.arange(300) // 3, sample_weight=np.linspace(1, 2, 300)
    ),
    "stream": stream,
    "search": search,
    "infinite": infinite,
    "soft targets": lambda: sx.compare_predictions(np.c_[1 - P, P], TWO, losses="mse"),
    "zero probabilities": lambda: sx.compare_predictions(
        [0, 1] * 40, {"a": [0.3, 0.6, 0.2, 0.0] * 20, "b": [0.4, 0.6] * 40}
    ),
    "one model": lambda: sx.compare_predictions(Z, {"a": P}),
    "some of them": lambda: sx.compare_predictions(Z, {**TWO, "other": 1 - P}, losses="mse").select(
        ["sharp", "other"]
    ),
    "scores beside losses": lambda: sx.compare_models(
        {"bayes": GaussianNB(), "near": KNeighborsClassifier()},
        X,
        Y,
        cv=4,
        scoring={"roc_auc": "roc_auc_ovr", "log": "neg_log_loss"},
    ),
    "a table of scores": lambda: sx.compare_losses(TWO, greater_is_better=True, range=(0, 1)),
    "runs": lambda: sx.compare_losses({"a": np.c_[P, P**2], "b": np.c_[P + 0.1, P**3]}),
    "scores of splits": lambda: sx.compare_scores(
        {"a": P[:10], "b": P[10:20], "c": P[20:30]}, name="f1", cv=10
    ),
}


@pytest.fixture(params=CASES, scope="module")
def saved(request):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        comparison = CASES[request.param]()
    return comparison, json.loads(json.dumps(comparison.to_dict(), allow_nan=False))


def test_frames_and_words_are_the_same(saved):
    comparison, plain = saved
    back = sx.Comparison.from_dict(plain)
    pd.testing.assert_frame_equal(back.summary, comparison.summary)
    pd.testing.assert_frame_equal(back.differences, comparison.differences)
    assert repr(back) == repr(comparison)
    assert back.sentences() == comparison.sentences()
    assert back.headlines() == comparison.headlines()
    pd.testing.assert_frame_equal(back.table(), comparison.table())
    assert back.to_csv() == comparison.to_csv()
    assert [(type(x), str(x)) for x in back.warnings] == [
        (type(x), str(x)) for x in comparison.warnings
    ]


def test_saving_again_gives_the_same(saved):
    _, plain = saved
    assert sx.Comparison.from_dict(plain).to_dict() == plain


def test_html_is_the_same_but_for_what_needs_samples(saved):
    comparison, plain = saved
    first, second = (x.to_html(title="t") for x in (comparison, sx.Comparison.from_dict(plain)))
    verdict = first.index('class="sx-verdict"')
    table = first.index("<table")
    assert second[verdict:table] == first[verdict:table]
    assert "are not known" in second


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.by(Z),
        lambda c: c.per_class,
        lambda c: c.sample_losses,
        lambda c: c.split_losses,
        lambda c: c.worst(),
        lambda c: c.winner(),
        lambda c: c.decompose(),
        lambda c: c.plot_reliability(),
        lambda c: c.plot_murphy(),
        lambda c: c.to_html(slices={"z": Z}),
        lambda c: c.plan(),
    ],
)
def test_what_needs_samples_says_why(ask):
    back = sx.Comparison.from_dict(held_out().to_dict())
    with pytest.raises(ValueError, match=r"not saved with a comparison\. Ask"):
        ask(back)


def test_select_and_plot_work_after_reading():
    back = sx.Comparison.from_dict(sx.compare_predictions(Z, {**TWO, "c": 1 - P}).to_dict())
    assert back.select(["sharp", "c"]).summary["model"].unique().tolist() == ["sharp", "c"]
    assert back.plot().differences["model"].tolist() == ["timid", "c"]


def test_the_digest_is_of_the_losses():
    plain = held_out().to_dict()
    assert plain["inputs"] == held_out().to_dict()["inputs"]
    moved = {**TWO, "timid": TWO["timid"] + 1e-12}
    assert plain["inputs"] != sx.compare_predictions(Z, moved).to_dict()["inputs"]
    assert stream().to_dict()["inputs"] is None
    assert plain["package"] == sx.__version__


def test_every_field_is_saved_or_left_out_on_purpose():
    saved = set(read(held_out().to_dict()))
    names = {field.name for field in fields(sx.Comparison)}
    assert names - saved == {"_samples", "_splits", "_fits", "_candidates", "_sums"}


@cache
def text_of_two(losses):
    return json.dumps(held_out(losses=losses).to_dict())


def sealed(change, losses=None):
    """A saved comparison that was changed, and whose digest was made anew."""
    plain = json.loads(text_of_two(losses))
    del plain["digest"]
    change(plain)
    return {**plain, "digest": digest_of(plain)}


def without(*keys):
    def change(plain):
        for key in keys[:-1]:
            plain = plain[key]
        del plain[keys[-1]]

    return change


def put(value, *keys):
    def change(plain):
        for key in keys[:-1]:
            plain = plain[key]
        plain[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put(2, "version"), "version 2 .* is not 1, .*: install that release"),
        (put(0, "version"), "version 0 .*: compare again"),
        (put(True, "version"), "version True"),
        (put("1", "version"), "version '1'"),
        (put("LossAccumulator", "sklearn_xent"), "it is of 'LossAccumulator', not of Comparison"),
        (without("summary"), "it has no 'summary'"),
        (without("summary", "skill"), r"summary has not the columns of this release: \['skill'\]"),
        (put([1.0], "summary", "new"), r"columns of this release: \['new'\]"),
        (put(["x"] * 6, "summary", "mean_loss"), r"summary\['mean_loss'\]\[0\] cannot be 'x'"),
        (put([0.1, True, 0, 0, 0, 0], "summary", "mean_loss"), r"\['mean_loss'\]\[1\] cannot be T"),
        (put([0.5] * 3, "differences", "degenerate"), r"\['degenerate'\]\[0\] cannot be 0.5"),
        (put([None] * 3, "differences", "model_a"), r"\['model_a'\]\[0\] cannot be None"),
        (put([1.5] * 3, "differences", "n_splits"), r"\['n_splits'\]\[0\] cannot be 1.5"),
        (put([1.0], "differences", "df"), "the columns of differences are not lists of one length"),
        (put("abc", "differences", "df"), "not lists of one length"),
        (without("losses", "brier_loss"), "it describes no loss 'brier_loss'"),
        (put({"colour": 1}, "losses", "brier_loss"), r"losses cannot be"),
        (put(None, "losses"), "losses cannot be None"),
        (put(1.5, "options", "level"), "confidence_level must be"),
        (put(-1, "options", "margin"), "equivalence_margin must be"),
        (put([["sharp", "nobody"]] * 2, "options", "planned"), "pairs must"),
        (put([["Exception", "x"]], "warnings"), "'Exception' is no warning of this package"),
        (put([["warn", "x"]], "warnings"), "'warn' is no warning of this package"),
        (put("yesterday", "facts", "made"), "yesterday"),
        (put(None, "study"), "NoneType"),
    ],
)
def test_damaged_content_is_refused(change, message):
    with pytest.raises(
        ValueError, match=rf"saved must be what Comparison.to_dict returned; .*{message}"
    ):
        sx.Comparison.from_dict(sealed(change))


def test_a_changed_number_is_noticed():
    plain = held_out().to_dict()
    plain["summary"]["mean_loss"][0] += 1e-9
    with pytest.raises(ValueError, match="it was changed: its digest is another one"):
        sx.Comparison.from_dict(plain)


@pytest.mark.parametrize("saved", [None, [], "text", 3, {}, {"sklearn_xent": "Comparison"}])
def test_what_is_no_saved_comparison_is_refused(saved):
    with pytest.raises(ValueError, match=r"saved must be what Comparison\.to_dict returned"):
        sx.Comparison.from_dict(saved)


def test_deep_nesting_is_refused():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    plain = {**held_out().to_dict(), "note": deep}
    with pytest.raises(ValueError, match="nested too deeply"):
        sx.Comparison.from_dict(plain)


def scored():
    models = {"bayes": GaussianNB(), "neighbours": KNeighborsClassifier()}
    return sx.compare_models(models, X, Y % 2, cv=3, scoring=["roc_auc", "neg_log_loss"])


def test_scores_beside_losses_are_told_as_before():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        comparison = scored()
    assert "ROC AUC and log loss about" in " ".join(repr(comparison).split())
    read_back = sx.Comparison.from_dict(comparison.to_dict())
    assert repr(read_back) == repr(comparison)
    assert repr(sx.Comparison.from_dict(read_back.to_dict())) == repr(comparison)


ODD = [None, True, 1.5, "x", [], {}, [1], {"a": 1}]
PLACES = [
    *(("study", x) for x in ("design", "n_samples", "n_effective", "planned", "missed", "item")),
    *(("losses", "brier_loss", x) for x in ("title", "unit", "floor_cost", "description", "top")),
    *(("facts", x) for x in ("made", "splits", "models", "n_features")),
    *(("family", x) for x in ("n_models", "n_pairs")),
    *(("classes", x) for x in ("labels", "shares")),
    *(("options", x) for x in ("level", "baseline", "margin", "method", "seed", "planned")),
    *((x,) for x in ("beside", "floor_shares", "loss_options", "note", "unknown", "warnings")),
    *(("differences", x, 0) for x in ("conclusion", "caution", "retraining", "n_obs", "df")),
    *(("summary", x, 0) for x in ("status", "caution", "rank", "may_be_best")),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: "-".join(map(str, place)))
def test_every_value_is_refused_or_gives_a_report(place):
    n_refused = 0
    for value in ODD:
        try:
            read_back = sx.Comparison.from_dict(sealed(put(value, *place), "brier_loss"))
        except ValueError:  # nothing else
            n_refused += 1
            continue
        assert repr(read_back)
        assert read_back.to_dict()["sklearn_xent"] == "Comparison"
    assert n_refused >= 3


def test_why_planned_pairs_have_no_set_is_still_told_when_read_back():
    comparison = sx.compare_predictions(
        Z, {**TWO, "middling": 0.5 + 0.8 * (P - 0.5)}, losses="mse", pairs=[("sharp", "timid")]
    )
    for one in (comparison, sx.Comparison.from_dict(comparison.to_dict())):
        with pytest.raises(ValueError, match="the pairs were planned, and a best model was not"):
            one.best_set()
