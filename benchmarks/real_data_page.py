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
    "covered_not_flagged",
)  # fmt: skip


# --- from draws to counts -------------------------------------------------------------------


def counts(said, truth, flagged=None):
    """Return the columns from draws on, for one pair and loss.

    `said` has the differences, half widths (nan: there is no interval) and p-values of draws, and
    the level of a claim. A claim is false if its sign is not that of the truth.
    """
    difference, half, pvalue, alpha = said
    claim = np.where(pvalue <= alpha, np.sign(difference), 0)
    truth = np.broadcast_to(truth, claim.shape)
    false = (claim != 0) & (claim != np.sign(truth))
    inside = np.abs(difference - truth) <= half + 1e-12
    quiet = np.ones(len(claim), bool) if flagged is None else ~flagged
    has_interval = not np.isnan(half).all()
    return (
        len(claim), float(np.mean(truth)), int((claim != 0).sum()), int(false.sum()),
        int(((claim != 0) & ~false).sum()), int(inside.sum()) if has_interval else "",
        float(np.nanmean(half)) if has_interval else "", int((~quiet).sum()),
        int((false & quiet).sum()), int((inside & quiet).sum()) if has_interval else "",
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
        yield "one test set", package, "fitted", said, 0.05, fitted[every], None

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
    np.testing.assert_allclose(ours[2][every], draws["repeated"][..., 5], atol=1e-9)
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
                    *of, "", "", ""))  # fmt: skip
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
            signed = np.array([stats.wilcoxon(of).pvalue if of.any() else 1.0 for of in d.T])
            none, mean = np.full(d.shape[1], np.nan), d.mean(axis=0)
            autorank = dict(enumerate(others["autorank"][:, i].T))
            for method, about, said, truth in (
                ("ours, these", "fitted", read(here), fitted[:, i, k]),
                ("ours, like these", "retrained", (mean, none, read(like)[2]), retrained[:, i, k]),
                ("Wilcoxon", "retrained", (mean, none, signed), retrained[:, i, k]),
                ("autorank", "retrained", (mean, none, autorank.get(k)), retrained[:, i, k]),
            ):
                if said[2] is None:
                    continue
                found = counts((*said, 0.05), truth)
                out.append(("all", a, b, loss, "data sets", method, about, *found))
    return out


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
    ("one test set", "ours"): "`compare_predictions`",
    ("one test set", "ours, bootstrap t"): '`method="bootstrap_t"`',
    ("one test set", "mlxtend, McNemar"): "mlxtend `mcnemar`",
    ("one test set", "evalstats"): "evalstats `pairwise_differences`",
    ("one test set", "truescore"): "truescore `paired_bootstrap`",
    ("one test set", "smaller mean"): "whichever mean is smaller",
    ("5 folds", "ours"): "`compare_models`",
    ("5 folds", "ours, read as retrained"): "the same, read as about retraining",
    ("5 folds", "ours, clear for retrained"): '`retraining` is "clear"',
    ("5 folds", "ours, compare_scores"): "`compare_scores`",
    ("5 folds", "mlxtend, k-fold t"): "mlxtend `paired_ttest_kfold_cv`",
    ("5 folds", "baycomp, P > 0.95"): "baycomp, P > 0.95",
    ("5 x 3 folds", "ours"): "`compare_models`",
    ("5 x 3 folds", "ours, flags"): "the same, one draw in ten",
    ("5 x 3 folds", "t-test"): "t-test of the 15 means",
    ("5 x 3 folds", "Wilcoxon"): "Wilcoxon of the 15 means",
    ("5 x 3 folds", "baycomp, P > 0.95"): "baycomp, P > 0.95",
    ("5 x 2", "mlxtend, 5x2cv t"): "mlxtend `paired_ttest_5x2cv`",
    ("5 x 2", "mlxtend, 5x2cv F"): "mlxtend `combined_ftest_5x2cv`",
    ("data sets", "ours, these"): '`compare_datasets`, "these"',
    ("data sets", "ours, like these"): '`compare_datasets`, "like these"',
    ("data sets", "Wilcoxon"): "Wilcoxon over data sets",
    ("data sets", "autorank"): "autorank",
}
"""The rows of the table and of the picture, in this order."""


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
        "width": np.nan,
    }
    if rows["covered"].notna().all():
        out["covered"] = share(real, "covered")
        out["covered_by"] = {name: share(of, "covered") for name, of in real.groupby("population")}
        out["width"] = real.loc[real["loss"] == losses[-1], "half_width"].mean()
    return out


def read_results(path=RESULTS):
    """Return the counts as a frame."""
    return pd.read_csv(path)


def per_cent(value):
    """Return a share in per cent, or a dash."""
    return "-" if np.isnan(value) else f"{100 * value:.1f}"


def with_range(value, by):
    """Return a share with the least and the greatest of the populations."""
    if len(by) < 2:
        return per_cent(value)
    return f"{per_cent(value)} ({per_cent(min(by.values()))} to {per_cent(max(by.values()))})"


def table(results, losses=MAIN):
    """Return the table of all methods."""
    head = ["method", "about", "equal models: false", "not flagged", "real pairs: wrong sign"]
    head += ["coverage", "power", "half width"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    seen = None
    for (design, method), label in LABELS.items():
        rows = results[(results["design"] == design) & (results["method"] == method)]
        if not rows["loss"].isin(losses).any():
            continue
        if design != seen:
            lines.append(f"| **{design}** |" + " |" * (len(head) - 1))
            seen = design
        of = figures(results, design, method, losses)
        quiet = of["equal_quiet"] if of["flagged"] > 0 else np.nan
        cells = [
            label, of["about"], with_range(of["equal"], of["equal_by"]), per_cent(quiet),
            f"{100 * of['wrong']:.2f}", with_range(of["covered"], of["covered_by"]),
            per_cent(of["power"]), "-" if np.isnan(of["width"]) else f"{of['width']:.3f}",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


# --- the picture and the page ---------------------------------------------------------------


def draw_picture(results):
    """Draw false claims and coverage, a small dot for each population and a large one for all."""
    panels = []
    for title, nominal, limits, what in (
        ("False claims between equal models, %", 5, (-1.5, 66), "equal"),
        ("Coverage of 95 % intervals, real pairs, %", 95, (48, 101), "covered"),
    ):
        rows, seen = [], None
        for (design, method), label in LABELS.items():
            of = figures(results, design, method)
            if method == "smaller mean" or np.isnan(of[what]):
                continue
            if design != seen:
                rows.append(design)
                seen = design
            small = [100 * value for value in of[f"{what}_by"].values()]
            whose = "ours" if method.startswith("ours") else "others"
            rows.append(Dots(label.replace("`", ""), whose, small, 100 * of[what]))
        panels.append((title, nominal, limits, rows))
    draw(panels, IMAGES / "real_data", width=6.0)


def said(results):
    """Return the text with its figures."""

    def fill(place):
        what, where = place.groups()
        design, method, *loss = [" ".join(part.split()) for part in where.split(";")]
        of = figures(results, design, method, tuple(loss) or MAIN)
        if what in ("equal_range", "covered_range"):
            by = of[what.replace("range", "by")].values()
            return f"{per_cent(min(by))} to {per_cent(max(by))}"
        return f"{of[what]:.3f}" if what == "width" else per_cent(of[what])

    return wrapped(PLACE.sub(fill, TEXT))


def facts(results):
    """Return how much was drawn, and what an exact interval would cover."""
    ours = results[results["method"] == "ours"]
    by = ours.groupby("population")["draws"].max()
    names = list(by.index)
    exact = [
        2 * stats.norm.cdf(stats.norm.ppf(0.975) / np.sqrt(1 + n / (SIZE - drawn))) - 1
        for n, drawn in ((150, 300), (200, 200))
    ]
    return {
        "populations": len(names), "names": ", ".join(names), "least": by.min(),
        "most": by.max(), "size": SIZE, "exact": per_cent(min(exact)),
        "pairs": len(ours[["model_a", "model_b"]].drop_duplicates()) - len(EQUAL),
    }  # fmt: skip


def page(text, results):
    """Return the page: what is made here, in place of what stands between the marks."""
    above, start, rest = text.partition(START)
    _, end, below = rest.partition(END)
    if not (start and end):
        raise ValueError(f"the page lacks one of the lines {START} and {END}")
    parts = [
        INTRODUCTION.format(**facts(results)),
        as_markdown("real_data", ALT),
        "## What it says",
        said(results),
        "## All methods",
        EXPLAINED,
        table(results),
        "The same under the cross-entropy:",
        table(results, ("cross_entropy",)),
    ]
    return f"{above}{START}\n\n" + "\n\n".join(parts) + f"\n\n{END}{below}"


def main(checkpoints=None):
    """Sum up the draws, if they are there, and write the page and the picture."""
    if checkpoints is not None:
        sum_up(checkpoints)
    results = read_results()
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    draw_picture(results)


if __name__ == "__main__":
    main(*sys.argv[1:])
