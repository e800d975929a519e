"""The printed report: read in snapshots, and the same claims as the frames in every form."""

import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sklearn_xent as sx
from tests.support import pages
from tests.support.report_cases import CASES, SNAPSHOTS

PHRASES = ("clearly better", "clearly worse", "not clear", "equivalent", "cannot be judged")
LONGEST = 36


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
        assert len(text.splitlines()) <= LONGEST or name.startswith("forty"), name


def test_the_verdict_has_one_to_three_sentences(printed):
    for name, text in printed.items():
        verdict = " ".join(text.split("\n\n")[1].split())
        sentences = re.findall(r"[^.]\.(?= [A-Za-z\"\\0-9]|$)", verdict)
        assert 1 <= len(sentences) <= 3, name


def test_marks_and_notes_belong_together(printed):
    """Every mark has its note, every note its mark, and they are met in their order."""
    for name, text in printed.items():
        table, below = text.split("\n\n")[2:4] if text.count("\n\n") > 2 else ("", "")
        marks = [int(n) for group in re.findall(r"\[([\d,]+)\]", table) for n in group.split(",")]
        notes = [int(n) for n in re.findall(r"^\[(\d+)\]", below, flags=re.MULTILINE)]
        assert list(dict.fromkeys(marks)) == notes == list(range(1, len(notes) + 1)), name


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


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.booleans(), st.booleans())
def test_text_headlines_sentences_and_differences_say_the_same(seed, n_models, margin, baseline):
    comparison = compared(seed, n_models, margin, baseline)
    names = list(dict.fromkeys(comparison.differences["loss"]))
    by_pair = {
        (row["loss"], frozenset((row["model_a"], row["model_b"]))): row
        for row in comparison.differences.to_dict("records")
    }
    table = str(comparison).split("\n\n")[2]
    ranked = comparison.summary.sort_values("rank", kind="stable").groupby("loss")["model"].first()
    n_rows = 0
    for block, model, difference, interval, verdict in rows_of(table):
        loss = names[block]
        reference = "m1" if baseline else ranked[loss]
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
    assert n_rows == 3 * (n_models - 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.booleans(), st.booleans())
def test_sentences_claim_what_the_differences_hold(seed, n_models, margin, baseline):
    comparison = compared(seed, n_models, margin, baseline)
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


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.booleans(), st.booleans())
def test_the_verdict_and_headlines_claim_what_the_differences_hold(
    seed, n_models, margin, baseline
):
    comparison = compared(seed, n_models, margin, baseline)
    holds = {
        (row["loss"], model, claim(row, model, other))
        for row in comparison.differences.to_dict("records")
        for model, other in [(row["model_a"], row["model_b"]), (row["model_b"], row["model_a"])]
    }
    losses = list(dict.fromkeys(comparison.differences["loss"]))
    for loss, said in zip(losses, comparison.headlines(), strict=True):
        for phrase in PHRASES:
            [listed, *_] = re.findall(
                rf"{phrase.capitalize()}[^:.]*[^:]*: (.*?)\.(?: |$)", said
            ) or [""]
            for model in re.findall(r"(m\d) \(", listed):
                assert (loss, model, phrase) in holds
    verdict = " ".join(str(comparison).split("\n\n")[1].split())
    if "No difference from" in verdict and not baseline:
        [best] = re.findall(r"^(m\d) has", verdict)
        assert not {(loss, best, "clearly better") for loss in losses} & holds
    if "every other model on all 3" in verdict:
        [best] = re.findall(r"^(m\d) has", verdict)
        clear = sum(
            claim(row, best, other) == "clearly better"
            for row in comparison.differences.to_dict("records")
            for other in {row["model_a"], row["model_b"]} - {best}
            if best in (row["model_a"], row["model_b"])
        )
        assert clear == 3 * (n_models - 1)
    if "No model is clearly better than the baseline" in verdict:
        assert not [x for x in holds if x[1] != "m1" and x[2] == "clearly better"]
    if "The losses disagree" in verdict:
        assert len({loss for loss, _, phrase in holds if phrase == "clearly better"}) > 1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8), st.booleans(), st.booleans())
def test_pages_and_pictures_claim_what_the_differences_hold(seed, n_models, margin, baseline):
    comparison = compared(seed, n_models, margin, baseline)
    rows = comparison.differences.to_dict("records")
    holds = {
        (row["loss"], model, other): claim(row, model, other)
        for row in rows
        for model, other in [(row["model_a"], row["model_b"]), (row["model_b"], row["model_a"])]
    }
    ranked = comparison.summary.sort_values("rank", kind="stable").groupby("loss")["model"].first()
    titles = {sx.get_loss(loss).title: loss for loss in ranked.index}
    if n_models <= 6:  # a page of more is a grid
        n_rows = 0
        for (title, model), row in pages.Page(comparison.to_html()).rows().items():
            loss = titles[title]
            reference = "m1" if baseline else ranked[loss]
            [said] = [pages.text(x) for x in row.iter("td") if x.get("class") == "sx-v"]
            if model == reference:
                assert said == ("baseline" if baseline else "lowest")
                continue
            n_rows += 1
            assert said == holds[loss, model, reference]
        assert n_rows == 3 * (n_models - 1)
    figure, axes = plt.subplots(1, 2)
    for loss in ranked.index:
        display = comparison.plot(loss=loss, ax=axes)
        for row in display.differences.to_dict("records"):
            said = holds[loss, row["model"], display.reference]
            assert row["conclusion"] == said
            if said.startswith("clearly"):
                assert np.sign(row["difference"]) == (1 if said == "clearly worse" else -1)
        for axis in axes:
            axis.clear()
    plt.close(figure)
