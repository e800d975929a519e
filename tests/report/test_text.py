"""The printed report: read in snapshots, and the same claims as the frames in every form."""

import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import sklearn_xent as sx
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.plots.comparison import MARKS
from sklearn_xent.report import html
from sklearn_xent.report import text as text_module
from sklearn_xent.report.content import ReportContent
from tests.report.test_sentences import results
from tests.support import pages
from tests.support.report_cases import CASES, SNAPSHOTS
from tests.support.rows import change

PHRASES = ("clearly better", "clearly worse", "not clear", "equivalent", "cannot be judged")


@pytest.fixture(scope="module")
def printed():
    """The reports of all cases."""
    return {name: f"{compare()}\n" for name, compare in CASES.items()}


# --- snapshots ------------------------------------------------------------------------------


def test_every_case_has_a_snapshot_and_no_snapshot_is_left_over():
    assert {path.stem for path in SNAPSHOTS.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_reports_are_those_that_were_read(name, printed):
    """After a change of words: ``python -m tests.support.report_cases``, and read the changes."""
    assert printed[name] == (SNAPSHOTS / f"{name}.txt").read_text(encoding="utf-8")


def test_a_report_fits_a_screen(printed):
    for name, text in printed.items():
        assert text.isascii(), name
        assert max(map(len, text.splitlines())) <= 80, name
        assert len(text.splitlines()) <= text_module.LONGEST == 36, name


def test_the_verdict_has_one_to_four_sentences(printed):
    for name, text in printed.items():
        verdict = " ".join(text.split("\n\n")[1].split())
        sentences = re.findall(r"[^.]\.(?= [A-Za-z\"\\0-9]|$)", verdict)
        assert 1 <= len(sentences) <= 4, name


def test_marks_and_notes_belong_together(printed):
    """Every mark has its note, every note its mark, and they are met in their order."""
    for name, text in printed.items():
        table, below = text.split("\n\n")[2:4] if text.count("\n\n") > 2 else ("", "")
        marks = [int(n) for group in re.findall(r"\[([\d,]+)\]", table) for n in group.split(",")]
        notes = [int(n) for n in re.findall(r"^\[(\d+)\]", below, flags=re.MULTILINE)]
        assert list(dict.fromkeys(marks)) == notes == list(range(1, len(notes) + 1)), name


def results_of(names, n_losses=3, cautions=0):
    """Return losses of models with these names: the first is the lowest, all others are clear."""
    rows = [(-0.2 - i / 100, -0.3 - i / 100, -0.1 - i / 100, "a better") for i in range(len(names))]
    out = []
    for i in range(n_losses):
        found = results(rows[1:], LossInfo(f"Loss {i}"))
        every = ["serial dependence", "one sample weighs much", "unstable", "approximate"]
        change(found.differences, caution="; ".join(every[:cautions]))
        change(found.summary, loss=f"loss_{i}")
        out.append(found.renamed(dict(zip(found.models, names, strict=True))))
    return out


def test_names_are_cut_only_where_they_must():
    """A table that is too wide first says "lowest" for the name of the reference."""
    names = ["discriminant", "Bernoulli naive Bayes", "class frequencies"]
    told = text_module.to_text(results_of(names, cautions=3))
    assert "..." not in told
    assert max(map(len, told.splitlines())) <= 80


def test_sentences_tell_short_names_in_full():
    """Where the table is too narrow for it. What is too long for both is cut alike in both."""
    names = ["m", "a name of 24 characters.", "o" * 60]
    told = results_of(names, n_losses=1)
    rows = told[0].differences
    change(rows, 1, conclusion="not clear")
    for column in ("difference", "conf_low", "conf_high"):  # a wide table
        change(rows, **{column: [getattr(row, column) / 1e7 for row in rows]})
    verdict, table = text_module.to_text(told).split("\n\n")[1:3]
    assert names[1] in verdict
    assert names[1] not in table
    change(rows, conclusion=["not clear", "a better"])
    told = [replace(told[0])]
    verdict, table = text_module.to_text(told).split("\n\n")[1:3]
    [short] = re.findall(r"^  (o\S+)", table, flags=re.MULTILINE)
    assert len(short) < 24
    assert short in verdict


@pytest.mark.parametrize("n_models", [7, 12, 40])
@pytest.mark.parametrize("cautions", [0, 4])
def test_many_models_fit_a_screen(n_models, cautions):
    told = results_of([f"model {i}" for i in range(n_models)], cautions=cautions)
    lines = text_module.to_text(told).splitlines()
    shown = sum(line.startswith("  model") for line in lines) // 3
    assert len(lines) <= 36
    assert shown >= 3
    if shown < n_models:
        assert lines.count(f"  {n_models - shown} more in .differences: "
                           f"{n_models - shown} clearly worse") == 3  # fmt: skip


def test_room_that_notes_leave_is_used():
    """Only the last models have notes: without them, more rows fit."""
    told = results_of([f"model {i}" for i in range(12)])
    assert len(told) == 3
    for found in told:
        kinds = ["serial dependence", "one sample weighs much", "unstable", "clusters skewed"]
        change(found.differences, 8, 9, 10, caution="; ".join(kinds))
    lines = text_module.to_text(told).splitlines()
    assert 33 < len(lines) <= 36


# --- the same claims everywhere -------------------------------------------------------------


def compared(seed, n_models, margin, baseline):
    """Compare random models of one skill or of several."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 400))
    p = rng.uniform(0.02, 0.98, n)
    y = (rng.random(n) < p).astype(int)
    models = {}
    for i in range(n_models):
        logits = np.log(p / (1 - p)) * rng.uniform(0.3, 1.6)
        models[f"m{i}"] = 1 / (
            1 + np.exp(-logits - rng.choice([0.05, 0.5, 2.0]) * rng.normal(size=n))
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return sx.compare_predictions(
            y,
            models,
            equivalence_margin=0.05 if margin else None,
            baseline="m1" if baseline else None,
        )


def claim(row, model, reference):
    """What the frame says of a model compared with a reference: the only truth."""
    if np.isnan(row["conf_low"]):
        return "cannot be judged"
    if row["conclusion"] in ("equivalent", "not clear"):
        return row["conclusion"]
    better = row["model_a"] if row["conclusion"] == "a better" else row["model_b"]
    assert {model, reference} == {row["model_a"], row["model_b"]}
    return "clearly better" if better == model else "clearly worse"


def rows_of(table):
    """Return (block, model, loss, difference, verdict) of the lines of a printed table."""
    block = -1
    for line in table.splitlines()[1:]:
        if not line.startswith("  "):
            block += 1
            continue
        found = re.match(r"  (m\d+) +(\S+) +(?:([+-]\S+) +)?(?:(-?\S+) to (-?\S+))? *(\D*)", line)
        model, _, difference, low, high, verdict = found.groups()
        yield block, model, difference, (low, high), verdict.split(" [")[0].strip()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.booleans(), st.booleans())
def test_all_forms_claim_what_the_differences_hold(seed, n_models, margin, baseline):
    """Text, sentences, headlines, page and picture of the same comparison: it is the dear part."""
    comparison = compared(seed, n_models, margin, baseline)
    ranked = comparison.summary.sort_values("rank", kind="stable").groupby("loss")["model"].first()
    references = {loss: "m1" if baseline else best for loss, best in ranked.items()}
    printed = str(comparison)
    check_text(comparison, printed, references, baseline)
    check_sentences(comparison, baseline)
    check_verdict_and_headlines(comparison, printed, baseline)
    check_page(comparison, references, baseline)
    if seed % 3 == 0:  # drawing takes longest
        check_picture(comparison, seed)


def claims(comparison):
    """Return what the frame holds, from both sides of each pair."""
    return {
        (row["loss"], model, other): claim(row, model, other)
        for row in comparison.differences.to_dict("records")
        for model, other in [(row["model_a"], row["model_b"]), (row["model_b"], row["model_a"])]
    }


def check_text(comparison, printed, references, baseline):
    names = list(dict.fromkeys(comparison.differences["loss"]))
    by_pair = {
        (row["loss"], frozenset((row["model_a"], row["model_b"]))): row
        for row in comparison.differences.to_dict("records")
    }
    table = printed.split("\n\n")[2]
    n_rows = 0
    for block, model, difference, interval, verdict in rows_of(table):
        loss = names[block]
        reference = references[loss]
        if model == reference:
            assert verdict == ("baseline" if baseline else "lowest")
            continue
        n_rows += 1
        row = by_pair[loss, frozenset((model, reference))]
        assert verdict == claim(row, model, reference)
        of_model = row["difference"] if row["model_a"] == model else -row["difference"]
        assert np.sign(float(difference)) == np.sign(of_model)
        low, high = sorted(
            x if row["model_a"] == model else -x for x in (row["conf_low"], row["conf_high"])
        )
        if interval[0] is not None:
            assert np.sign([float(x) for x in interval]).tolist() == np.sign([low, high]).tolist()
    assert n_rows == 3 * (comparison.summary["model"].nunique() - 1)


def check_sentences(comparison, baseline):
    rows = comparison.differences.to_dict("records")
    for said, row in zip(comparison.sentences(), rows, strict=True):
        if found := re.search(r"(m\d) is (clearly \w+) than (m\d): ([+-])", said):
            model, phrase, reference, sign = found.groups()
            assert claim(row, model, reference) == phrase
            assert sign == ("-" if phrase == "clearly better" else "+")
            assert not baseline or reference == "m1"
        else:
            phrase = next(phrase for phrase in PHRASES[2:] if phrase in said)
            assert claim(row, row["model_a"], row["model_b"]) == phrase


def check_verdict_and_headlines(comparison, printed, baseline):
    holds = {(loss, model, said) for (loss, model, _), said in claims(comparison).items()}
    losses = list(dict.fromkeys(comparison.differences["loss"]))
    for loss, said in zip(losses, comparison.headlines(), strict=True):
        for phrase in PHRASES:
            [listed, *_] = re.findall(
                rf"{phrase.capitalize()}[^:.]*[^:]*: (.*?)\.(?: |$)", said
            ) or [""]
            for model in re.findall(r"(m\d) \(", listed):
                assert (loss, model, phrase) in holds
    verdict = " ".join(printed.split("\n\n")[1].split())
    if "No difference from" in verdict and not baseline:
        [best] = re.findall(r"^(m\d) has", verdict)
        assert not {(loss, best, "clearly better") for loss in losses} & holds
    if "every other model on all 3" in verdict:
        [best] = re.findall(r"^(m\d) has", verdict)
        against = [said for (_, model, _), said in claims(comparison).items() if model == best]
        assert set(against) == {"clearly better"}
        assert len(against) == 3 * (comparison.summary["model"].nunique() - 1)
    if "No model is clearly better than the baseline" in verdict:
        assert not [x for x in holds if x[1] != "m1" and x[2] == "clearly better"]
    if "The losses disagree" in verdict:
        assert len({loss for loss, _, phrase in holds if phrase == "clearly better"}) > 1


def check_page(comparison, references, baseline):
    """Only of the first screen: the calibration that is folded away takes long."""
    holds = claims(comparison)
    titles = {sx.get_loss(loss).title: loss for loss in references}
    n_rows = 0
    for (title, model), row in pages.Page(first_screen(comparison)).rows().items():
        loss = titles[title]
        [said] = [pages.text(x) for x in row.iter("td") if x.get("class") == "sx-v"]
        if model == references[loss]:
            assert said == ("baseline" if baseline else "lowest")
            continue
        n_rows += 1
        assert said == holds[loss, model, references[loss]]
    assert n_rows == 3 * (comparison.summary["model"].nunique() - 1)


def first_screen(comparison):
    return html.fragment(ReportContent(comparison._all_results()))


def check_picture(comparison, seed):
    """Of one loss: each is drawn alike."""
    holds = claims(comparison)
    losses = list(dict.fromkeys(comparison.differences["loss"]))
    loss = losses[seed // 3 % len(losses)]
    figure = Figure()
    display = comparison.plot(loss=loss, ax=figure.subplots(1, 2))
    drawn = [x.get_text() for x in display.ax_[1].texts if x.get_position()[0] > 1]
    names = display.losses["model"].tolist()
    for row in display.differences.to_dict("records"):
        said = holds[loss, row["model"], display.reference]
        assert row["conclusion"] == said
        assert drawn[names.index(row["model"])].rstrip("".join(MARKS.values())).rstrip() == said
        if said.startswith("clearly"):
            assert np.sign(row["difference"]) == (1 if said == "clearly worse" else -1)


def test_class_frequencies_as_baseline_are_no_model_that_misses_a_class():
    y = [1] * 5 + [0] * 95
    timid = np.where(y, 0.3, 0.2)
    with pytest.warns(sx.RareClassWarning, match="'timid'"):
        comparison = sx.compare_predictions(
            y, {"timid": timid}, losses="brier_loss", baseline="prior"
        )
    note = re.search(r"Never predicted.*?\.\n", str(comparison), re.DOTALL)[0]
    assert "timid" in note
    assert "prior" not in note


RISING = {"a": np.linspace(0.1, 0.9, 12), "b": np.linspace(0.3, 0.7, 12) ** 2}


@pytest.mark.parametrize(
    "comparison",
    [
        sx.compare_losses(RISING, name="judge", greater_is_better=True, range=(0, 1)),
        sx.compare_losses({"a": RISING["a"]}, name="points", greater_is_better=True),
        sx.compare_scores(RISING, name="auc", test_size=10, train_size=90),
    ],
    ids=["items", "one model", "splits"],
)
def test_scores_are_never_called_losses(comparison):
    said = re.sub(r"<style.*?</style>|<[^>]+>", " ", comparison.to_html(), flags=re.DOTALL)
    said = said.replace("the losses of single samples are not known", "")
    frames = [comparison.summary["estimand"], comparison.differences["estimand"]]
    for text in [str(comparison), *comparison.sentences(), said, *map(" ".join, frames)]:
        assert not re.search(r"\bloss(es)?\b", text), text
    assert comparison.summary["estimand"].str.startswith("mean score of").all()


def test_a_model_that_is_excluded_though_not_clear_is_explained(printed):
    why = '"May still be best" comes from a one-sided test'
    told = {name for name, text in printed.items() if why in " ".join(text.split())}
    assert "groups_and_weights" in told
    assert not {"two_models_one_loss", "baseline", "planned_pairs", "nothing_is_clear"} & told


def test_a_power_of_several_pairs_holds_for_each(printed):
    assert "power in each pair that is not clear." in " ".join(printed["nothing_is_clear"].split())
    assert "power. How many samples" in " ".join(printed["rare_class"].split())
