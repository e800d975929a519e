"""The report in HTML: what its rows, dots, notes and folds say, read from the parsed page."""

import math
import re
import warnings
from functools import cache

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RepeatedKFold, TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from sklearn_xent.report.sentences import overall
from tests.support.pages import Page, text

CLEAR = {"sx-worse": "clearly worse", "sx-better": "clearly better"}


def quietly(compare, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return compare(*arguments, **options)


@cache
def iris(**options):
    """Two models compared, fitted once for all tests with the same options."""
    X, y = load_iris(return_X_y=True)
    models = {"logistic": LogisticRegression(max_iter=1000), "bayes": GaussianNB()}
    return quietly(sx.compare_models, models, X, y, **options), X


@cache
def simulated(sharpness, n=300, seed=0, **options):
    """Compare models of these sharpnesses on simulated samples of two classes."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    models = {
        f"model {i}": 1 / (1 + np.exp(-(s * (2 * y - 1) + rng.normal(size=n))))
        for i, s in enumerate(sharpness)
    }
    return quietly(sx.compare_predictions, y, models, **options)


def number_of(row, kind):
    [cell] = [x for x in row.iter("td") if kind in x.get("class", "").split()]
    return float(text(cell).replace("\N{MINUS SIGN}", "-"))


def titled(result):
    return {result._losses[name].title: name for name in result._losses}


def places(element, kind, attribute):
    """Return where drawn elements stand, in per cent of the width."""
    found = [x for x in element.iter() if x.get("class") == kind]
    return {float(x.get(attribute).rstrip("%")) for x in found}


# --- the first screen -----------------------------------------------------------------------


def test_first_screen_is_the_verdict():
    result, _ = iris()
    page = Page(result.to_html())
    [verdict] = page.all("sx-verdict")
    assert text(verdict) == overall(list(result._all_results().values()))
    assert text(verdict) in " ".join(repr(result).split()), "the printed text says the same"
    order = [x.get("class") for x in page.all("sx-report")[0]]
    wanted = ["sx-verdict", "sx-scope", "sx-rows", "sx-legend", "sx-foot"]
    assert [x for x in order if x in wanted] == wanted
    assert order.index("sx-foot") < order.index("sx-folds")
    [scope] = page.all("sx-scope")
    assert "2 models, 150 samples, 10-fold cross-validation" in text(scope)


def test_every_model_has_its_row_and_its_numbers():
    result = simulated((1.5, 1.4, 1.2, 0.5))
    rows, names = Page(result.to_html()).rows(), titled(result)
    assert len(rows) == 3 * 4
    for (title, model), row in rows.items():
        of_loss = result.summary[result.summary["loss"] == names[title]].set_index("model")
        mean = of_loss.loc[model, "mean_loss"]
        assert number_of(row, "sx-mean") == pytest.approx(mean, abs=6e-5)
        if row.get("class") == "sx-reference":
            assert of_loss.loc[model, "rank"] == 1
        else:
            wanted = mean - of_loss["mean_loss"].min()
            assert number_of(row, "sx-d") == pytest.approx(wanted, abs=6e-5), "minus the lowest"


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("options", [{}, {"baseline": "model 1"}, {"equivalence_margin": 0.08}])
def test_dots_are_filled_where_differences_are_clear(seed, options):
    """No claim is made that the frame does not hold, and none is left out."""
    result = simulated((1.2, 1.15, 0.9, 0.6), n=150, seed=seed, **options)
    names = titled(result)
    for (title, model), row in Page(result.to_html()).rows().items():
        style = row.get("class")
        if style == "sx-reference":
            reference = options.get("baseline") or model
            assert model == reference
            continue
        of_loss = result.differences[result.differences["loss"] == names[title]]
        results = result._results(names[title])
        pair = of_loss[
            of_loss["model_a"].isin([model, results.reference])
            & of_loss["model_b"].isin([model, results.reference])
        ].iloc[0]
        better = {"a better": pair["model_a"], "b better": pair["model_b"]}.get(pair["conclusion"])
        wanted = {None: None, model: "sx-better"}.get(better, "sx-worse")
        assert (style if style in CLEAR else None) == wanted
        [cell] = [x for x in row.iter("td") if x.get("class") == "sx-v"]
        if wanted:
            assert text(cell) == CLEAR[wanted]
        is_square = any(x.tag == "rect" and x.get("class") == "sx-mark" for x in row.iter())
        assert is_square == (pair["conclusion"] == "equivalent")


def test_style_fills_the_clear_marks_only():
    css = simulated((1.5, 1.0)).to_html().split("<style>")[1].split("</style>")[0]
    filled = {
        selector.split()[1]
        for rule in re.findall(r"([^{}]+)\{([^}]*)\}", css)
        for selector in rule[0].split(",")
        if selector.strip().endswith(".sx-mark") and re.search(r"fill: (?!var\(--sx-back)", rule[1])
    }
    assert filled == {".sx-worse", ".sx-better", ".sx-plain"}


@pytest.mark.parametrize("baseline", [None, "model 2"])
@pytest.mark.parametrize("n_models", [4, 9])
def test_zero_stands_at_one_place(baseline, n_models):
    result = simulated(tuple(np.linspace(1.6, 0.8, n_models)), baseline=baseline)
    first = Page(result.to_html()).all("sx-rows" if n_models == 4 else "sx-grid", "table")[0]
    assert len(places(first, "sx-zero", "x1")) == 1


def test_far_off_models_get_an_arrow_and_flatten_nothing():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 400)
    p = {f"model {i}": 1 / (1 + np.exp(-((1.5 - 0.05 * i) * (2 * y - 1) + rng.normal(size=400))))
         for i in range(4)}  # fmt: skip
    page = Page(sx.compare_predictions(y, p | {"reversed": 1 - p["model 0"]}).to_html())
    lengths = []
    for (_, model), row in page.rows().items():
        marks = [x for x in row.iter() if x.get("class") == "sx-mark"]
        arrows = [x for x in row.iter() if x.get("class") == "sx-arrow"]
        if model == "reversed":
            assert arrows
            assert not marks, "its dot is beyond the picture"
            assert row.get("class") == "sx-worse", "its arrow is filled"
            continue
        assert not arrows
        for line in row.iter("line"):
            if line.get("class") == "sx-ci":
                lengths.append(float(line.get("x2")[:-1]) - float(line.get("x1")[:-1]))
    assert min(lengths) > 10
    assert "goes on beyond the picture" in page.text


def test_marks_have_their_notes():
    result, _ = iris()
    page = Page(result.to_html())
    notes = {text(x).removeprefix("Note ") for x in page.all("sx-m")}
    used = set()
    for row in page.all("sx-marks", "td"):
        used |= set(re.findall(r"\d+", text(row)))
    for mark in page.root.iter("sup"):
        used |= set(re.findall(r"\d+", text(mark)))
    assert used == notes != set()


def test_marks_stand_only_where_their_notes_are_meant():
    """The mark at the title of a loss is about its differences, not its means or calibration."""
    result = simulated((1.5, 1.0, 0.7), seed=7)
    differences = result.differences.assign(caution="serial dependence")
    object.__setattr__(result, "differences", differences)
    try:
        page = Page(result.to_html())
    finally:
        simulated.cache_clear()
    [rows] = page.all("sx-rows", "table")
    assert len(list(rows.iter("sup"))) == 3
    for kind in ("sx-pairs", "sx-means", "sx-cal"):
        [table] = page.all(kind, "table")
        assert not list(table.iter("sup"))


def test_no_notes_no_head():
    heads = [text(x) for x in Page(simulated((2.0, 0.2)).to_html()).all("sx-c-marks")]
    assert heads == [""]


def test_models_that_are_the_same_get_no_scale():
    y = np.tile([0, 1], 40)
    p = np.where(y == 1, 0.8, 0.2)
    result = quietly(sx.compare_predictions, y, {"a": p, "b": p.copy()}, losses="mse")
    [rows] = Page(result.to_html()).all("sx-rows", "table")
    assert [text(x) for x in rows.iter("text")] == ["0"]


def test_notes_that_only_pairs_carry_are_numbered_on():
    result = simulated((1.5, 1.1, 1.0, 0.85), n=120, seed=3)
    page = Page(result.to_html())
    numbers = [int(text(x).removeprefix("Note ")) for x in page.all("sx-m")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_one_model_shows_its_means():
    X, y = load_iris(return_X_y=True)
    page = Page(sx.compare_models({"bayes": GaussianNB()}, X, y).to_html())
    [table] = page.all("sx-one")
    assert [text(row.find("th")) for row in table.find("tbody")] == [
        "Classification error", "MSE (Brier)", "Cross-entropy (nats)"
    ]  # fmt: skip
    assert "Compare it with another model" in text(page.all("sx-next")[0])
    assert "lower than those of always predicting the class frequencies" in page.text
    assert not any("differences" in heading for heading in page.headings)


def test_many_models_are_a_grid_of_the_first_ten():
    result = simulated(tuple(np.linspace(1.6, 0.4, 13)))
    page = Page(result.to_html())
    [grid] = page.all("sx-grid", "table")
    *rows, more = grid.find("tbody")
    assert len(rows) == 10
    ranked = result.summary.query("loss == 'cross_entropy'").sort_values("mean_loss")["model"]
    assert [text(row.find("th")) for row in rows] == ranked.tolist()[:10]
    assert re.match(r"3 more, 3 clearly worse on cross-entropy; all are listed below", text(more))
    headings = [text(x) for x in grid.find("thead").iter("th")]
    assert headings[0] == "Model"
    assert headings[2].startswith("MSE (Brier)")
    clear = result.differences.query("loss == 'brier_loss' and conclusion != 'not clear'")
    lowest = result._results("brier_loss").best
    for row in rows:
        style, model = row.findall("td")[1].get("class"), text(row.find("th"))
        pair = clear[clear[["model_a", "model_b"]].isin([model, lowest]).all(axis=1)]
        assert (style == "sx-worse") == (len(pair) == 1)


def test_a_grid_says_what_its_numbers_are():
    result = simulated(tuple(np.linspace(1.6, 0.4, 13)))
    [legend] = Page(result.to_html()).all("sx-legend")
    assert "others: the difference from it, + is worse" in text(legend)
    [legend] = Page(simulated((1.5, 1.0)).to_html()).all("sx-legend")
    assert "others" not in text(legend)


def test_one_model_more_is_shown():
    result = simulated(tuple(np.linspace(1.6, 0.4, 11)))
    [grid] = Page(result.to_html()).all("sx-grid", "table")
    assert len(grid.find("tbody").findall("tr")) == 11
    assert "more" not in text(grid)


def test_many_models_of_one_loss_are_rows():
    page = Page(simulated(tuple(np.linspace(1.6, 0.4, 13)), losses="mse").to_html())
    assert len(page.rows()) == 11  # and how many more
    assert not page.all("sx-grid")


class Broken(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        raise ValueError("broken <b>")

    def predict_proba(self, X):
        return X


def test_failed_models_say_why():
    X, y = load_iris(return_X_y=True)
    models = {"bayes": GaussianNB(), "broken": Broken(), "two": GaussianNB(var_smoothing=0.1)}
    html = quietly(sx.compare_models, models, X, y).to_html()
    page = Page(html)
    failed = [row for row in page.all("sx-failed", "tr") if text(row.find("th")) == "broken"]
    assert len(failed) == 3
    assert all("failed" in text(row) for row in failed)
    assert "broken &lt;b&gt;" in html
    assert text(page.all("sx-next")[0]).startswith("What to do nextFix what made broken fail")
    assert "nan" not in page.text


def test_all_but_one_failed():
    X, y = load_iris(return_X_y=True)
    page = Page(quietly(sx.compare_models, {"a": GaussianNB(), "b": Broken()}, X, y).to_html())
    assert len(page.rows()) == 6
    assert not page.all("sx-legend")


def test_a_grid_of_candidates_that_failed_under_one_loss():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        LogisticRegression(max_iter=1000), {"C": [0.1, 0.2, 0.5, 1, 2, 5, 10, 20]},
        scoring={"mse": sx.neg_brier_loss, "xent": sx.neg_cross_entropy}, refit="mse",
    ).fit(X, y)  # fmt: skip
    search.cv_results_["split0_test_xent"][2] = np.nan
    search.cv_results_["split0_test_mse"][3] = np.nan
    page = Page(quietly(sx.compare_search, search).to_html())
    [grid] = page.all("sx-grid", "table")
    styles = {text(row.find("th")): [x.get("class") for x in row.findall("td")]
              for row in grid.find("tbody")}  # fmt: skip
    assert styles["C=0.5"][1] == "sx-failed" != styles["C=0.5"][0]
    assert styles["C=1"][0] == "sx-failed" != styles["C=1"][1]


def test_baseline_and_infinite_losses():
    y = np.tile([0, 1], 40)
    rng = np.random.default_rng(0)
    p = {name: np.clip(0.3 + 0.4 * y + rng.normal(0, 0.2, 80), 0.05, 0.95) for name in "abc"}
    p["c"][1] = 0.0
    losses = [sx.get_loss("cross_entropy", eps=0), "mse"]
    result = quietly(sx.compare_predictions, y, p, losses=losses, baseline="b")
    page = Page(result.to_html())
    assert "Minus the baseline" in page.text
    row = page.rows()["Cross-entropy", "c"]
    assert "infinite" in text(row)
    assert "cannot be judged" in text(row)
    assert not [x for x in row.iter() if x.get("class") == "sx-mark"]
    references = {
        model for (_, model), x in page.rows().items() if x.get("class") == "sx-reference"
    }
    assert references == {"b"}
    [pairs] = page.all("sx-pairs", "table")
    assert {
        text(row.findall("td")[0]) for row in pairs.iter("tr") if len(row.findall("td")) == 7
    } >= {"b"}


def test_a_margin_is_drawn_and_told():
    result, _ = iris(losses="mse", equivalence_margin=0.25)
    page = Page(result.to_html())
    assert page.all("sx-band")
    assert "0.25 for MSE (Brier)" in page.text


# --- what to do next ------------------------------------------------------------------------


def steps(result):
    found = Page(result.to_html()).all("sx-next")
    return [text(x) for x in found[0].iter("li")] if found else []


def test_zero_probabilities_are_to_be_smoothed():
    y, p = [0, 1] * 30, np.tile([0.2, 0.7], 30)
    models = {"a": p, "b": np.where(p > 0.5, 0.0, 0.1)}
    assert "Smooth the probabilities of b, or judge by MSE (Brier)." in steps(
        quietly(sx.compare_predictions, y, models)
    )
    assert "Smooth the probabilities of b, or compare by MSE (Brier) too." in steps(
        quietly(sx.compare_predictions, y, models, losses="cross_entropy")
    )


def test_a_margin_where_nothing_is_clear():
    assert any("equivalence_margin" in x for x in steps(simulated((1.0, 1.01), n=50)))
    assert not any("equivalence_margin" in x for x in steps(simulated((2.0, 0.2))))


def test_repeated_folds_where_retraining_is_in_doubt():
    X, y = load_iris(return_X_y=True)
    models = {"logistic": LogisticRegression(max_iter=1000), "bayes": GaussianNB(),
              "smooth": GaussianNB(var_smoothing=0.1)}  # fmt: skip
    result = quietly(sx.compare_models, models, X, y)
    doubted = (result.differences["retraining"] == "not shown").any()
    assert doubted
    assert any("RepeatedStratifiedKFold" in x for x in steps(result))
    assert not any("Repeated" in x for x in steps(simulated((2.0, 0.2))))


@pytest.mark.parametrize(
    ("caution", "step"),
    [
        ("serial dependence", "times= if they are in time order, groups= if"),
        ("rare class", "Get more samples of class "),
    ],
)
def test_cautions_have_their_step(caution, step):
    result = simulated((1.5, 1.0), seed=7)
    differences = result.differences.assign(caution=caution)
    object.__setattr__(result, "differences", differences)
    try:
        assert any(step in x for x in steps(result))
    finally:
        simulated.cache_clear()


def test_in_time_order_no_step_mixes_the_times():
    """Repeated folds would train on the future."""
    rng = np.random.default_rng(0)
    y, days = np.tile([0, 1], 60), np.arange(120)
    X = (y + rng.normal(0, 0.7, 120))[:, None]
    models = {"bayes": GaussianNB(), "smooth": GaussianNB(var_smoothing=9.0)}
    options = {"cv": TimeSeriesSplit(4), "times": days, "losses": "mse"}
    result = quietly(sx.compare_models, models, X, y, **options)
    object.__setattr__(result, "differences", result.differences.assign(retraining="not shown"))
    said = " ".join(steps(result))
    assert "more splits in time order" in said
    assert "Repeated" not in said


def test_dependent_rows_come_before_retraining():
    """Shuffled folds would be wrong for rows in time order or groups."""
    X, y = load_iris(return_X_y=True)
    models = {"logistic": LogisticRegression(max_iter=1000), "bayes": GaussianNB()}
    result = quietly(sx.compare_models, models, X, y, losses="mse")
    for caution in ("", "serial dependence"):
        doubted = result.differences.assign(
            retraining="not shown", conclusion="a better", caution=caution
        )
        object.__setattr__(result, "differences", doubted)
        said = " ".join(steps(result))
        assert ("RepeatedStratifiedKFold" in said) == (not caution)
        assert ("RepeatedStratifiedKFold" in str(result)) == (not caution)
        assert ("times=" in said) == bool(caution)


def test_only_differences_have_signs():
    page = Page(simulated((1.5, 1.0)).to_html())
    for kind, signed in (("sx-rows", True), ("sx-pairs", True), ("sx-means", False)):
        [table] = page.all(kind, "table")
        ticks = [text(x) for x in table.iter("text") if text(x) != "0"]
        assert ticks
        assert all(x.startswith("+") == signed for x in ticks)


def test_a_rare_class_that_is_never_predicted_has_its_step():
    y = np.repeat([0, 1], [95, 5])
    p = np.where(y == 1, 0.3, 0.1)
    result = quietly(sx.compare_predictions, y, {"a": p, "b": p / 2 + 0.01 * np.tile([0, 1], 50)})
    assert any("hardly counts class 1, which a and b never predict." in x for x in steps(result))
    result = quietly(sx.compare_predictions, y, {"a": p, "b": p / 2}, losses="mse")
    assert not any("never predict" in x for x in steps(result))


def test_few_splits_have_their_step():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, scoring=sx.neg_brier_loss)
    result = sx.compare_search(search.fit(X, y))
    assert any(x.startswith("To find smaller differences") for x in steps(result))


def test_nothing_is_said_twice_on_the_first_screen():
    """What to do is no part of the notes; retraining is told once."""
    result = simulated((1.5, 1.0), seed=7)
    differences = result.differences.assign(caution="serial dependence")
    object.__setattr__(result, "differences", differences)
    try:
        page = Page(result.to_html())
        assert page.text.count("times=") == 1
    finally:
        simulated.cache_clear()
    cv = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    [scope] = Page(iris(losses="mse", cv=cv)[0].to_html()).all("sx-scope")
    assert "about retrained models" not in text(scope)
    assert "trained on samples of this size" in text(scope)


# --- folds and foot -------------------------------------------------------------------------


def test_the_fold_of_a_single_difference_counts_none():
    comparison = sx.compare_predictions(
        [0, 1, 1, 0], {"a": [0.1, 0.8, 0.7, 0.3], "b": [0.2, 0.7, 0.4, 0.6]}, losses="mse"
    )
    headings = Page(comparison.to_html()).headings
    assert "The difference, with its p-value" in headings
    assert not any("All 1" in heading for heading in headings)


def test_folds_in_order():
    result, X = iris()
    headings = Page(result.to_html(slices={"width": X[:, 1] > 3})).headings
    starts = [
        "All 3 differences, with p-values",
        "Mean losses",
        "Calibration",
        "Cross-entropy (nats) by true class",
        "Cross-entropy (nats) by width",
        "The models and their parameters",
        *([f"{len(result.warnings)} warning"] if result.warnings else []),
        "How to read this",
    ]
    assert [h for h, start in zip(headings, starts, strict=True) if h.startswith(start)] == headings


def test_nothing_is_folded_open_and_the_print_opens_all():
    html = iris()[0].to_html()
    assert not [x for x in Page(html).root.iter("details") if "open" in x.attrib]
    printed = html.split("@media print")[1]
    assert re.search(r"::details-content \{ content-visibility: visible", printed)


def test_numbers_of_the_folds_are_those_of_the_frames():
    result, _ = iris(losses="mse")
    page = Page(result.to_html())
    [means], [pairs] = page.all("sx-means", "table"), page.all("sx-pairs", "table")
    summary = result.summary.sort_values("rank")
    shown = [row for row in means.iter("tr") if row.get("class") == "sx-plain"]
    assert [text(row.find("th")) for row in shown] == summary["model"].tolist()
    for row, mean in zip(shown, summary["mean_loss"], strict=True):
        assert float(text(row.findall("td")[1])) == pytest.approx(mean, abs=5e-4)
    p_holm = result.differences["pvalue_holm"].iloc[0]
    assert any(x == pytest.approx(p_holm, abs=5e-4) for x in floats(pairs))
    parts = result.decompose().iloc[0]
    calibration = floats(page.all("sx-cal", "table")[0])
    for part in ("miscalibration", "discrimination", "uncertainty"):
        assert any(x == pytest.approx(parts[part], abs=5e-4) for x in calibration)


def floats(table):
    """Return the numbers of all cells."""
    return [float(text(x)) for x in table.iter("td") if re.fullmatch(r"\d\.\d+", text(x))]


def test_all_columns_have_a_name():
    result, X = iris()
    for html in (result.to_html(slices={"width": X[:, 1] > 3}), result._repr_html_()):
        tables = list(Page(html).root.iter("table"))
        assert len(tables) >= 5
        for table in tables:
            [heads] = table.find("thead")
            assert all(text(x) for x in heads)
            assert {x.get("scope") for x in heads} == {"col"}
            assert text(table.find("caption"))


def test_mse_is_named_alike_everywhere():
    text_of_page = Page(iris()[0].to_html()).text
    assert re.findall(r"MSE(?! \(Brier\))", text_of_page) == []


def test_foot_tells_how_it_was_made():
    result, _ = iris()
    [footer] = Page(result.to_html()).root.iter("footer")
    said = text(footer)
    made = result._facts.made
    assert f"{made.day} {made:%B %Y}" in said
    assert f"sklearn_xent {sx.__version__}" in said
    assert "150 samples, 4 features" in said
    assert "0: 33%, 1: 33%, 2: 33%" in said
    assert "10 stratified, shuffled folds with a fixed seed" in said
    assert "LogisticRegression(max_iter=1000)" in Page(result.to_html()).text


class Unspeakable(GaussianNB):
    def __repr__(self, **_):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("cv", "said"),
    [
        (5, "5 stratified folds in the order of the rows (cv=5)"),
        (RepeatedKFold(n_splits=3, n_repeats=2, random_state=0), "RepeatedKFold(n_repeats=2, n_sp"),
        ([(np.arange(75), np.arange(75, 150))], "1 split passed as lists of rows"),
    ],
)
def test_foot_tells_the_splits(cv, said):
    X, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(150)
    models = {"odd": Unspeakable()}
    html = quietly(sx.compare_models, models, X[order], y[order], cv=cv, losses="mse").to_html()
    assert said in Page(html).text
    assert "Unspeakable" in html, "a model whose repr fails is told by its type"


def test_warnings_are_told_with_their_fix():
    y, p = [0, 1] * 30, np.tile([0.2, 0.7], 30)
    models = {"a": p, "b": np.where(p > 0.5, 0.0, 0.1)}
    page = Page(quietly(sx.compare_predictions, y, models).to_html())
    assert "ZeroProbabilityWarning" in page.text
    assert "Smooth the probabilities" in page.text


def test_titles_and_files(tmp_path):
    result, _ = iris(losses="mse")
    assert result.to_html(tmp_path / "r.html", title="Mine <3") is None
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<title>Mine &lt;3</title>" in html
    assert "<h1>Mine &lt;3</h1>" in html


def test_a_notebook_gets_a_part_of_a_page():
    result, _ = iris(losses="mse")
    html = result._repr_html_()
    assert html.startswith("<style>")
    assert "<html" not in html
    page = Page(html)
    assert not list(page.root.iter("h1"))
    css = re.sub(r"/\*.*?\*/", "", html.split("</style>")[0][7:], flags=re.DOTALL)
    selectors = [x for rule in re.findall(r"([^{}]+)\{", css) for x in rule.split(",")]
    plain = [x for x in selectors if "@" not in x]
    assert all(".sx-report" in selector for selector in plain if selector.strip(" )\n")), "leaks"
    # ids and links of two cells would collide
    attributes = {name for x in page.root.iter() for name in x.attrib}
    assert not {"id", "href", "name", "for"} & attributes
    classes = {c for x in page.root.iter() for c in x.get("class", "").split()}
    assert all(c.startswith("sx-") for c in classes)


def test_nobody_waits_for_the_calibration_of_very_many_probabilities(monkeypatch):
    result, _ = iris(losses="mse")
    assert "Calibration" in result._repr_html_()
    assert "Calibration is left out" not in result.to_html()
    monkeypatch.setattr("sklearn_xent.comparison.result.AT_ONCE", 10)
    for page in (result._repr_html_(), result.to_html()):
        assert page.count("Calibration") == page.count("Calibration is left out here") == 1
        assert "comparison.decompose() computes it" in page


def test_a_search_has_a_report():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        LogisticRegression(max_iter=1000), {"C": [0.1, 1, 10]}, scoring=sx.neg_brier_loss
    )
    page = Page(sx.compare_search(search.fit(X, y)).to_html())
    assert not any("Calibration" in heading for heading in page.headings)
    assert "Nothing is said here of calibration" in page.text
    assert "Comparison of 3 candidates" in page.text
    assert "C=10" in page.text
    assert "Skill" not in page.text


def test_a_stream_has_a_report():
    accumulator = sx.LossAccumulator(models=["a", "b"], labels=[0, 1])
    y, p = np.tile([0, 1, 1], 50), np.random.default_rng(0).uniform(0.1, 0.9, (2, 150))
    accumulator.update(y, {"a": p[0], "b": p[1]})
    page = Page(accumulator.compute().to_html())
    assert len(page.rows()) == 6
    assert "150 samples, read in batches" in page.text
    assert "Classes 0: 33%, 1: 67%." in page.text


def test_a_weighted_stream_tells_the_shares_by_weight():
    accumulator = sx.LossAccumulator(models=["a"], labels=["x", "y", "z"], weighted=True)
    p = np.full((3, 3), 1 / 3)
    accumulator.update(["x", "y", "y"], {"a": p}, sample_weight=[4.0, 2.0, 2.0])
    assert "Classes x: 50%, y: 50%, z: 0%." in Page(accumulator.compute().to_html()).text


def test_repeated_splits_have_slices():
    cv = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    result, _ = iris(losses="mse", cv=cv)
    headings = Page(result.to_html()).headings
    assert any(h.startswith("Calibration") for h in headings)
    assert any("true class" in h for h in headings)


def test_many_rows_are_cut_and_told():
    y = np.tile([0, 1], 20)
    rng = np.random.default_rng(0)
    models = {f"model {i}": rng.uniform(0.2, 0.8, 40) for i in range(120)}
    compared = quietly(sx.compare_predictions, y, models, losses="mse", baseline="model 7")
    html = compared.to_html()
    assert "The first 100 of 120; all are in .summary." in html
    assert "The first 100 of 119; all are in .differences." in html
    assert len(html) < 500_000


def test_many_classes_are_counted():
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(10), np.arange(11, 21))
    p = rng.dirichlet(np.ones(10), len(y))
    page = Page(quietly(sx.compare_predictions, y, {"a": p}).to_html())
    assert "10 classes; rarest: class 0 (7.1%); most frequent: class 9 (13%)" in page.text


@pytest.mark.filterwarnings("ignore::sklearn_xent.SerialDependenceWarning")  # sorted rows
def test_predictions_changed_since_cost_the_calibration_only():
    y, p = np.tile([0, 1], 40), np.linspace(0.1, 0.9, 80)
    result = sx.compare_predictions(y, {"a": p}, losses="mse")
    p[:] = p[::-1].copy()
    page = Page(result._repr_html_())
    assert not any("Calibration" in heading for heading in page.headings)
    assert "The predictions were changed in place" in page.text


def test_long_names_are_cut_and_told_in_full():
    names = ["x" * 90 + "1", "x" * 90 + "2"]
    y, rng = np.tile([0, 1], 40), np.random.default_rng(0)
    page = Page(sx.compare_predictions(y, {n: rng.uniform(0.1, 0.9, 80) for n in names}).to_html())
    shown = {model for _, model in page.rows()}
    assert all(len(model) <= 40 for model in shown)
    assert len(shown) == 2
    assert "Names in full" in page.headings
    assert all(name in page.text for name in names)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"slices": [1]}, r'slices must be given as a dict, \{"name": slice of each sample\}; got'),
        ({"slices": 0}, "slices must be given as a dict"),
        ({"slices": {"x": [0.5, 0.7] * 75}}, r"slices\['x'\] must name slices; got fractional"),
        ({"slices": {"x": [1]}}, r"y_true and slices\['x'\] must have as many rows"),
        ({"title": 3}, "title must be a string; got 3"),
    ],
)
def test_bad_options(options, message):
    result, _ = iris(losses="mse")
    with pytest.raises(ValueError, match=message):
        result.to_html(**options)


def test_slices_of_any_labels():
    result, _ = iris(losses="mse")
    page = Page(result.to_html(slices={"true class": ["1", 1, (2, 3)] * 50}))
    assert page.headings.count("MSE (Brier) by true class") == 2
    assert "(2, 3)" in page.text


def test_no_number_is_nan():
    assert math.isnan(simulated((1.0,)).summary["skill"].iloc[0]) is False
    assert "nan" not in Page(simulated((1.0, 1.0)).to_html()).text


def test_no_column_has_an_empty_head():
    alone = sx.compare_losses({"a": [0.2, 0.4, 0.9, 0.7]}, name="judge", greater_is_better=True)
    result, _ = iris(losses="mse")
    for page in (Page(alone.to_html()), Page(result.to_html())):
        heads = list(page.root.iter("th"))
        assert heads
        assert all("".join(x.itertext()).strip() for x in heads)
    assert "Skill" not in [x.text for x in Page(alone.to_html()).root.iter("th")]
