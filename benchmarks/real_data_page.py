"""Sum up the draws of ``real_data.py``, and write the page and the pictures about them.

    python benchmarks/real_data_page.py CHECKPOINTS      # benchmarks/real_data.csv, from the draws
    python benchmarks/real_data_page.py                  # docs/real_data.md, from that file

The text of the page is written by hand; what stands between its marks is made here.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from dots import Dots, as_markdown, draw
from false_claims_page import PLACE, wrapped
from pages import put_between
from scipy import stats

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "real_data.csv", HERE.parent / "docs" / "real_data.md"
IMAGES = HERE.parent / "docs" / "images"
START, END = "<!-- written by benchmarks/real_data_page.py -->", "<!-- end of what is written -->"
SIZE = 4500
"""Rows of a population."""
COLUMNS = (
    "population", "model_a", "model_b", "loss", "design", "method", "about", "draws", "truth",
    "claims", "false", "right", "covered", "half_width", "flagged", "false_not_flagged",
    "covered_not_flagged", "intervals",
    "intervals_not_flagged",
)  # fmt: skip


# --- from draws to counts -------------------------------------------------------------------


def counts(said, truth, flagged=None):
    """Return the columns from draws on, for one pair and loss.

    `said` has the differences, half widths and p-values of draws, and the level of a claim. A claim
    is false if its sign is not that of the truth. Where the half width is nan there is no interval.
    """
    difference, half, pvalue, alpha = said
    claim = np.where(pvalue <= alpha, np.sign(difference), 0)
    truth = np.broadcast_to(truth, claim.shape)
    false = (claim != 0) & (claim != np.sign(truth))
    given, inside = ~np.isnan(half), np.abs(difference - truth) <= half + 1e-12
    quiet = np.ones(len(claim), bool) if flagged is None else ~flagged
    return (
        len(claim), float(np.mean(truth)), int((claim != 0).sum()), int(false.sum()),
        int(((claim != 0) & ~false).sum()), int(inside.sum()),
        float(np.median(half[given])) if given.any() else "", int((~quiet).sum()),
        int((false & quiet).sum()), int((inside & quiet).sum()), int(given.sum()),
        int((given & quiet).sum()),
    )  # fmt: skip


def of_ours(numbers):
    """Return difference, half width and p-value of what a comparison said."""
    low, high = numbers[..., 2], numbers[..., 3]
    return (low + high) / 2, (high - low) / 2, numbers[..., 5]


def truths(draws, key, *, retrained):
    """Return the true difference of each pair and loss, of each draw unless of retraining.

    Models that toss a coin are equal in every draw, those on halves only after retraining.
    """
    from real_data_others import of_pairs

    truth = of_pairs(draws[key])
    truth[:, -1] = 0.0
    if retrained:
        truth = truth.mean(axis=0, keepdims=True)
        truth[:, -2:] = 0.0
    return truth


def answers(draws, others, name):
    """Yield design, method, what it is about, what was said, the truth, and what was flagged."""
    import real_data_others as by
    from real_data import SPARSE

    every = slice(None, None, SPARSE)
    fitted = truths(draws, "held_out_truth", retrained=False)
    rows = by.of_pairs(draws["held_out_losses"].astype(float))
    ours = draws["held_out_caution"] != ""
    yield "one test set", "ours", "fitted", of_ours(draws["held_out"]), 0.05, fitted, ours
    yield (
        "one test set", "ours, bootstrap t", "fitted", of_ours(draws["bootstrap"]), 0.05,
        fitted[every], draws["bootstrap_caution"] != "",
    )  # fmt: skip
    yield "one test set", "mlxtend, McNemar", "fitted", by.mcnemar(rows), 0.05, fitted, None
    yield "one test set", "smaller mean", "fitted", by.larger_mean(rows), 0.05, fitted, None
    for package in ("evalstats", "truescore"):
        difference, low, high, pvalue = np.moveaxis(others[f"{package} {name}"], -1, 0)
        said = difference, (high - low) / 2, pvalue
        seen = fitted[every][: len(pvalue)]
        yield "one test set", package, "fitted", said, 0.05, seen, None

    fitted = truths(draws, "folds_truth", retrained=False)
    retrained = truths(draws, "folds_truth", retrained=True)
    means = by.of_pairs(draws["split_means"])
    five, ours = means[..., :5], of_ours(draws["k_fold"])
    corrected = by.corrected_t(five, 1 / 4)
    not_shown = (ours[2] <= 0.05) & (corrected[2] > 0.05)
    flagged = (draws["k_fold_caution"] != "") | not_shown
    clear = ours[0], np.full(ours[1].shape, np.nan), np.maximum(ours[2], corrected[2])
    yield "5 folds", "ours", "fitted", ours, 0.05, fitted, flagged
    yield "5 folds", "ours, read as retrained", "retrained", ours, 0.05, retrained, None
    yield "5 folds", "ours, clear for retrained", "retrained", clear, 0.05, retrained, None
    yield "5 folds", "ours, compare_scores", "retrained", corrected, 0.05, retrained, None
    yield "5 folds", "mlxtend, k-fold t", "retrained", by.naive_t(five), 0.05, retrained, None
    posterior = by.corrected_t(five, 1 / 4, 0.90)
    yield "5 folds", "baycomp, P > 0.95", "retrained", posterior, 0.10, retrained, None

    ours = by.corrected_t(means, 1 / 4)
    pvalues = np.where(np.isnan(ours[1]), np.nan, ours[2])[every]
    np.testing.assert_allclose(pvalues, draws["repeated"][..., 5], atol=1e-9)
    yield "5 x 3 folds", "ours", "retrained", ours, 0.05, retrained, None
    of_calls, flagged = of_ours(draws["repeated"]), draws["repeated_caution"] != ""
    yield "5 x 3 folds", "ours, flags", "retrained", of_calls, 0.05, retrained, flagged
    yield "5 x 3 folds", "t-test", "retrained", by.naive_t(means), 0.05, retrained, None
    yield "5 x 3 folds", "Wilcoxon", "retrained", by.wilcoxon(means), 0.05, retrained, None
    posterior = by.corrected_t(means, 1 / 4, 0.90)
    yield "5 x 3 folds", "baycomp, P > 0.95", "retrained", posterior, 0.10, retrained, None
    halves = np.moveaxis(by.of_pairs(draws["five_by_two"], axis=3), (1, 2), (-2, -1))
    truth = truths(draws, "five_by_two_truth", retrained=True)
    for method, test in (("t", by.five_by_two_t), ("F", by.five_by_two_f)):
        yield "5 x 2", f"mlxtend, 5x2cv {method}", "retrained", test(halves), 0.05, truth, None


def population_rows(draws, others, name):
    """Return the rows of a population."""
    from real_data import LOSSES, PAIRS

    out = []
    for design, method, about, said, alpha, truth, flagged in answers(draws, others, name):
        for i, (a, b) in enumerate(PAIRS):
            for k in range(said[0].shape[2]):
                if (method == "mlxtend, McNemar" and k) or (method, k) == ("smaller mean", 2):
                    continue
                of = (*(x[:, i, k] for x in said), alpha)
                marks = None if flagged is None else flagged[:, i, k]
                found = counts(of, truth[:, i, k], marks)
                out.append((name, a, b, LOSSES[k], design, method, about, *found))
    return out + best_rows(draws, name)


def best_rows(draws, name):
    """Return how often the model that is best on the rest is in the set of those that may be."""
    from real_data import LEARNERS, LOSSES, SPARSE

    kept, out = draws["may_be_best"], []
    truth = draws["held_out_truth"][::SPARSE, : len(LEARNERS)]
    for k, loss in enumerate(LOSSES):
        best = truth[:, :, k].argmin(axis=1)
        inside = kept[np.arange(len(best)), best, k]
        of = (len(best), "", "", "", "", int(inside.sum()), float(kept[..., k].sum(axis=1).mean()))
        out.append((name, "all", "all", loss, "one test set", "ours, set of the best", "fitted",
                    *of, "", "", "", len(best), ""))  # fmt: skip
    return out


def data_set_rows(all_draws, others):
    """Return what is said of two models on all data sets together."""
    from real_data import LOSSES, PAIRS
    from real_data_others import together

    from sklearn_xent.inference.datasets import like_these, these

    numbers = together(all_draws, "k_fold")
    true = together(all_draws, "folds_truth")
    fitted, retrained = (
        np.mean([truths({"": of}, "", retrained=kind) for of in true], axis=0)
        for kind in (False, True)
    )
    out = []
    for i, (a, b) in enumerate(PAIRS):
        for k, loss in enumerate(LOSSES):
            d, se, _, _, df, _ = np.moveaxis(numbers[:, :, i, k], -1, 0)
            here = [these(*of, 0.95) for of in zip(d.T, se.T, df.T, strict=True)]
            like = [like_these(of, 0.95) for of in d.T]
            signed = np.nan_to_num(stats.wilcoxon(d, axis=0, method="exact").pvalue, nan=1.0)
            none, mean = np.full(d.shape[1], np.nan), d.mean(axis=0)
            ranked = others["autorank"][:, i].T
            for method, about, said, truth in (
                ("ours, these", "fitted", read(here), fitted[:, i, k]),
                ("ours, like these", "retrained", (mean, none, read(like)[2]), retrained[:, i, k]),
                ("Wilcoxon", "retrained", (mean, none, signed), retrained[:, i, k]),
                ("autorank", "retrained", autorank_said(mean, ranked, k), retrained[:, i, k]),
            ):
                if said is None:
                    continue
                found = counts((*said, 0.05), truth)
                out.append(("all", a, b, loss, "data sets", method, about, *found))
    return out


def autorank_said(mean, pvalues, k):
    """Return what autorank said of the draws that it saw, and nothing of the cross-entropy."""
    if k >= len(pvalues):
        return None
    n = len(pvalues[k])
    return mean[:n], np.full(n, np.nan), pvalues[k]


def read(answers):
    """Return the difference, half width and p-value of answers about several data sets."""
    low, high, pvalue = np.array([(of.conf_low, of.conf_high, of.pvalue) for of in answers]).T
    return (low + high) / 2, (high - low) / 2, pvalue


def sum_up(checkpoints, path=RESULTS):
    """Write the counts of all draws."""
    from real_data_others import read_draws

    others = dict(np.load(Path(checkpoints) / "others.npz"))
    all_draws = read_draws(checkpoints)
    rows = [row for name in all_draws for row in population_rows(all_draws[name], others, name)]
    rows += data_set_rows(all_draws, others)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([f"{x:.4g}" if isinstance(x, float) else x for x in row])


# --- from counts to the page ----------------------------------------------------------------


MAIN = ("classification_error", "brier_loss")
EQUAL = ("half 1", "coin 1")
DESIGNS = ("one test set", "5 folds", "5 x 3 folds", "5 x 2", "data sets")
LABELS = {
    ("one test set", "ours"): ("`compare_predictions`", "compare_predictions"),
    ("one test set", "ours, bootstrap t"): ('`method="bootstrap_t"`', "bootstrap_t"),
    ("one test set", "mlxtend, McNemar"): ("mlxtend `mcnemar`", "mlxtend mcnemar"),
    ("one test set", "evalstats"): ("evalstats `pairwise_differences`", "evalstats"),
    ("one test set", "truescore"): ("truescore `paired_bootstrap`", "truescore"),
    ("one test set", "smaller mean"): ("whichever mean is smaller", "smaller mean"),
    ("5 folds", "ours"): ("`compare_models`", "compare_models"),
    ("5 folds", "ours, read as retrained"): (
        "`compare_models`, `retraining` ignored",
        "retraining ignored",
    ),
    ("5 folds", "ours, clear for retrained"): ('`retraining` is "clear"', 'retraining "clear"'),
    ("5 folds", "ours, compare_scores"): ("`compare_scores`", "compare_scores"),
    ("5 folds", "mlxtend, k-fold t"): ("mlxtend `paired_ttest_kfold_cv`", "mlxtend kfold_cv"),
    ("5 folds", "baycomp, P > 0.95"): ("baycomp, P > 0.95", "baycomp, P > 0.95"),
    ("5 x 3 folds", "ours"): ("`compare_models`", "compare_models"),
    ("5 x 3 folds", "t-test"): ("t-test of the 15 means", "t-test of 15"),
    ("5 x 3 folds", "Wilcoxon"): ("Wilcoxon of the 15 means", "Wilcoxon of 15"),
    ("5 x 3 folds", "baycomp, P > 0.95"): ("baycomp, P > 0.95", "baycomp, P > 0.95"),
    ("5 x 2", "mlxtend, 5x2cv t"): ("mlxtend `paired_ttest_5x2cv`", "mlxtend 5x2cv t"),
    ("5 x 2", "mlxtend, 5x2cv F"): ("mlxtend `combined_ftest_5x2cv`", "mlxtend 5x2cv F"),
    ("data sets", "ours, these"): ('`compare_datasets`, "these"', '"these"'),
    ("data sets", "ours, like these"): ('`compare_datasets`, "like these"', '"like these"'),
    ("data sets", "Wilcoxon"): ("Wilcoxon over data sets", "Wilcoxon"),
    ("data sets", "autorank"): ("autorank", "autorank"),
}
"""The rows of the table and of the picture, in this order, with the label in each."""


def share(rows, column, of="draws"):
    """Return the sum of a column over the draws."""
    return rows[column].sum() / rows[of].sum()


def figures(results, design, method, losses=MAIN):
    """Return what the table says of a method: shares, with the range over populations."""
    rows = results[
        (results["design"] == design) & (results["method"] == method) & results["loss"].isin(losses)
    ]
    about = rows["about"].iloc[0]
    equal = rows[rows["model_a"].isin(EQUAL[1:] if about == "fitted" else EQUAL)]
    real = rows[~rows["model_a"].isin(EQUAL)]
    quiet = equal["draws"].sum() - equal["flagged"].sum()
    out = {
        "about": about,
        "equal": share(equal, "false"),
        "equal_by": {name: share(of, "false") for name, of in equal.groupby("population")},
        "wrong": share(real, "false"),
        "power": share(real, "right"),
        "flagged": share(real, "flagged"),
        "equal_quiet": equal["false_not_flagged"].sum() / quiet if quiet else np.nan,
        "covered": np.nan,
        "covered_by": {},
        "covered_quiet": np.nan,
        "width": np.nan,
    }
    if rows["intervals"].sum() > 0:
        out["covered"] = share(real, "covered", "intervals")
        by = real.groupby("population")
        out["covered_by"] = {name: share(of, "covered", "intervals") for name, of in by}
        if real["intervals_not_flagged"].sum() > 0:
            out["covered_quiet"] = share(real, "covered_not_flagged", "intervals_not_flagged")
        out["width"] = real.loc[real["loss"] == losses[-1], "half_width"].median()
    return out


def read_results(path=RESULTS):
    """Return the counts as a frame."""
    return pd.read_csv(path)


def per_cent(value):
    """Return a share in per cent, or a dash."""
    return "-" if np.isnan(value) else f"{100 * value:.1f}"


def table(results, losses=MAIN):
    """Return the table of all methods."""
    head = [
        "method",
        "about",
        "equal: false",
        "real: wrong sign",
        "coverage",
        "power",
        "half width",
    ]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    seen = None
    for (design, method), (label, _) in LABELS.items():
        rows = results[(results["design"] == design) & (results["method"] == method)]
        if not rows["loss"].isin(losses).any():
            continue
        if design != seen:
            lines.append(f"| **{design}** |" + " |" * (len(head) - 1))
            seen = design
        of = figures(results, design, method, losses)
        cells = [
            label, of["about"], per_cent(of["equal"]), f"{100 * of['wrong']:.2f}",
            per_cent(of["covered"]), per_cent(of["power"]),
            "-" if np.isnan(of["width"]) else f"{of['width']:.3f}",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


# --- the picture and the page ---------------------------------------------------------------


ALT = (
    "Two panels of dots, one row a method: false claims between equal models, and coverage of real "
    "differences. A small dot is a population, a large one all of them. Most lie near 5 and 95 per "
    "cent. The t-test and Wilcoxon's test of 15 means make far more false claims, and that t-test "
    "covers far less. The table below has the figures."
)

INTRODUCTION = """\
There are {populations} populations of {size:,} rows each: {names}.
From each, {draws} samples are drawn. On each sample {pairs} pairs of real models are compared, and
two pairs of equal models. In the picture a small dot is one population, and a large dot is all of
them together. Blue is this package, orange are others. The dotted lines are at 5 % false claims and
at 95 % coverage."""

EXPLAINED = """\
The table counts classification error and Brier loss together, over all populations:

- **about**: what a claim is about, the fitted models or retrained ones.
- **equal: false**: draws with a claim about equal models, in per cent.
- **real: wrong sign**: draws with a claim about real models whose sign is wrong, in per cent.
- **coverage**: 95 % intervals that hold the true difference of real models, in per cent. Those of
  baycomp have 90 %. A draw without any spread has no interval and does not count.
- **power**: draws with a claim of the right sign about real models, in per cent.
- **half width**: the median half width of the intervals under the Brier loss.

mlxtend's `mcnemar` is about errors only. Slow methods saw fewer draws of each population, so their
figures are less certain: {sparse} for the bootstrap t, the set of the best and 5x2cv, and
{packages} for evalstats and truescore. autorank saw {ranked} draws of all data sets together."""

TEXT = """\
- *One test set.* Intervals of `compare_predictions` hold the true difference of the two fitted
  models in {covered: one test set; ours} % of draws ({covered_range: one test set; ours} by
  population). An exact interval would do so in {exact} %, because the truth is measured on a
  sample, too: the rows that were not drawn. Equal models are called different in {equal: one test
  set; ours} % of draws. evalstats and truescore cover about as often, in {covered: one test set;
  evalstats} and {covered: one test set; truescore} %. The bootstrap t covers in {covered: one
  test set; ours, bootstrap t} % and makes {equal: one test set; ours, bootstrap t} % false
  claims. These three saw fewer draws. mlxtend's `mcnemar`, which corrects for continuity, finds
  {power: one test set; mlxtend, McNemar; classification_error} % of the differences in errors.
  `compare_predictions` finds {power: one test set; ours; classification_error} %. If you take the
  model with the smaller mean, you take the worse one in {wrong: one test set; smaller mean} % of
  draws.
- *The set of the best* of four models holds the best one in {best} % of draws. It has {best_size}
  models on average.
- *Five folds.* Intervals of `compare_models` are about the fitted models. They cover in {covered:
  5 folds; ours} % of draws ({covered_range: 5 folds; ours} by population), a little less than 95
  %. If you ignore the column `retraining` and take its claims to be about retrained models,
  {equal: 5 folds; ours, read as retrained} % of draws make a false claim. If you believe only
  claims with `retraining` "clear", {equal: 5 folds; ours, clear for retrained} % do. This check
  costs power: it finds {power: 5 folds; ours, clear for retrained} % of the differences, not
  {power: 5 folds; ours, read as retrained} %. mlxtend's t-test of the five means makes {equal: 5
  folds; mlxtend, k-fold t} % false claims and covers in {covered: 5 folds; mlxtend, k-fold t} %.
  So on these data it holds for one run of five folds, and it finds {power: 5 folds; mlxtend,
  k-fold t} % of the differences. The corrected t-test of `compare_scores` finds {power: 5 folds;
  ours, compare_scores} %. Its intervals are wider than they need to be: they cover in {covered: 5
  folds; ours, compare_scores} %.
- *Three repeats of five folds.* Here the usual tests fail: the t-test of the 15 means makes
  {equal: 5 x 3 folds; t-test} % false claims and covers in {covered: 5 x 3 folds; t-test} %, and
  Wilcoxon's test makes {equal: 5 x 3 folds; Wilcoxon} %. The corrected t-test of `compare_models`
  makes {equal: 5 x 3 folds; ours} % and covers in {covered: 5 x 3 folds; ours} %, so it makes
  fewer false claims than the 5 % that it promises. It finds {power: 5 x 3 folds; ours} % of the
  differences. baycomp uses the same standard error. At P > 0.95 it makes {equal: 5 x 3 folds;
  baycomp, P > 0.95} % false claims and finds {power: 5 x 3 folds; baycomp, P > 0.95} %.
  `compare_models` has a caution, such as "unstable", on {flagged: 5 x 3 folds; ours, flags} % of
  its rows: neighbours and trees change much between repeats.
- *5x2cv.* The t-test makes {equal: 5 x 2; mlxtend, 5x2cv t} % false claims and finds {power: 5 x
  2; mlxtend, 5x2cv t} % of the differences. The F-test makes {equal: 5 x 2; mlxtend, 5x2cv F} %
  and finds {power: 5 x 2; mlxtend, 5x2cv F} %. Their models are trained on half of the rows.
- *All data sets together.* Intervals of `compare_datasets` for the mean difference on these data
  sets cover in {covered: data sets; ours, these} %, less than 95 %. About other data sets like
  these, `compare_datasets` makes {equal: data sets; ours, like these} % false claims and finds
  {power: data sets; ours, like these} % of the differences. Wilcoxon's signed-rank test makes
  {equal: data sets; Wilcoxon} % and finds {power: data sets; Wilcoxon} %. autorank, which chooses
  between a t-test and Wilcoxon's, makes {equal: data sets; autorank} % and finds {power: data
  sets; autorank} %.
- *Where it fails: the cross-entropy.* Trees and neighbours give probabilities of exactly zero,
  and naive Bayes gives some that are nearly zero, so few rows make up most of the loss. Intervals
  of one test set cover in {covered: one test set; ours; cross_entropy} % ({covered_range: one
  test set; ours; cross_entropy} by population), those of five folds in {covered: 5 folds; ours;
  cross_entropy} %. The reports say so: {flagged: one test set; ours; cross_entropy} and {flagged:
  5 folds; ours; cross_entropy} % of these rows have a caution. The bootstrap t does not help: it
  covers in {covered: one test set; ours, bootstrap t; cross_entropy} %.
"""
"""What the draws say. A place names a figure, a design, a method and, sometimes, a loss."""


def draw_picture(results):
    """Draw false claims and coverage, a small dot for each population and a large one for all."""
    panels = []
    for title, nominal, limits, what in (
        ("False claims, equal models, %", 5, (-1, 36), "equal"),
        ("Coverage of 95 % intervals, %", 95, (64, 101), "covered"),
    ):
        rows, seen = [], None
        for (design, method), (_, shown) in LABELS.items():
            of = figures(results, design, method)
            if method == "smaller mean" or np.isnan(of[what]):
                continue
            if design != seen:
                rows.append(design)
                seen = design
            small = [100 * value for value in of[f"{what}_by"].values()]
            whose = "ours" if method.startswith("ours") else "others"
            if method.startswith("baycomp") and what == "covered":
                shown = "baycomp, its 90 %"
            rows.append(Dots(shown, whose, small, 100 * of[what]))
        panels.append((title, nominal, limits, rows))
    draw(panels, IMAGES / "real_data")


def said(results):
    """Return the text with its figures."""

    def fill(place):
        what, where = place.groups()
        design, method, *loss = [" ".join(part.split()) for part in where.split(";")]
        of = figures(results, design, method, tuple(loss) or MAIN)
        if what == "covered_range":
            by = of["covered_by"].values()
            return f"{per_cent(min(by))} to {per_cent(max(by))}"
        return per_cent(of[what])

    best = results[results["method"].eq("ours, set of the best") & results["loss"].isin(MAIN)]
    text = TEXT.replace("{exact}", facts(results)["exact"])
    text = text.replace("{best}", per_cent(share(best, "covered")))
    text = text.replace("{best_size}", f"{best['half_width'].mean():.1f}")
    return wrapped(PLACE.sub(fill, text))


def facts(results):
    """Return how much was drawn, and what an exact interval of one test set would cover."""
    ours = results[results["method"] == "ours"]
    by = ours.groupby("population")["draws"].max()
    names = list(by.index)
    draws = str(by.min()) if by.min() == by.max() else f"{by.min()} to {by.max()}"
    wider = np.sqrt(1 + 150 / (SIZE - 300))  # the error of a test set, and of the rest
    exact = 2 * stats.norm.cdf(stats.norm.ppf(0.975) / wider) - 1
    pairs = len(ours[["model_a", "model_b"]].drop_duplicates()) - len(EQUAL)
    return {
        "populations": len(names), "names": ", ".join(names), "draws": draws, "size": SIZE,
        "exact": per_cent(exact), "pairs": pairs,
        "sparse": results.loc[results["method"] == "ours, bootstrap t", "draws"].min(),
        "packages": results.loc[results["method"] == "evalstats", "draws"].min(),
        "ranked": results.loc[results["method"] == "autorank", "draws"].min(),
    }  # fmt: skip


def page(text, results):
    """Return the page: what is made here, in place of what stands between the marks."""
    parts = [
        INTRODUCTION.format(**facts(results)),
        as_markdown("real_data", ALT),
        "## What it says",
        said(results),
        "## All methods",
        EXPLAINED.format(**facts(results)),
        table(results),
        "The same under the cross-entropy:",
        table(results, ("cross_entropy",)),
    ]
    return put_between(text, START, END, parts)


def main(checkpoints=None):
    """Sum up the draws, if they are there, and write the page and the picture."""
    if checkpoints is not None:
        sum_up(checkpoints)
    results = read_results()
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    draw_picture(results)


if __name__ == "__main__":
    main(*sys.argv[1:])
