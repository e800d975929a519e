"""Say in words what each picture of the gallery shows, for those who cannot see it.

sphinx-gallery takes the title of the axes, or the name of the script. A picture without its words,
and words without their picture, are errors.
"""

from pathlib import PurePosixPath

from sphinx.transforms import SphinxTransform
from sphinx_gallery.directives import imgsgnode

TEXTS = {
    "plot_same_error_001": (
        "Losses of three samples, in bars, for model 1 and model 2. Under the classification "
        "error both means are a third. Under MSE (Brier) and cross-entropy each bar of model "
        "1 is higher, and its mean about twice as high."
    ),
    "plot_same_error_002": (
        "Left: three losses by the predicted probability of the true class. The "
        "classification error is a step at one half, MSE (Brier) falls from 1 to 0, "
        "cross-entropy grows without bound towards probability 0. Right: the size of the gradient. "
        "That of MSE is zero at probability 0, that of cross-entropy is highest there."
    ),
    "plot_learning_process_001": (
        "Classification error by gradient steps, from a confidently wrong start. Trained on "
        "cross-entropy it falls to nearly 0 within 1000 steps; trained on MSE (Brier) it is "
        "still about one half after 3000."
    ),
    "plot_three_models_001": (
        "Left: mean MSE (Brier) with 95% intervals; logistic is lowest, then forest, then "
        "naive Bayes. Right: differences from logistic. Forest and naive Bayes are clearly "
        "worse."
    ),
    "plot_equal_models_001": (
        "Share of runs with a smaller p-value, for two equal models. The t-test over folds is "
        "below 0.05 in 40% of the runs, the corrected test in none."
    ),
    "plot_calibration_001": (
        "Observed frequency by predicted probability. The curve of naive Bayes is almost "
        "flat, between 0.4 and 0.5, and leaves its 95% range near 0 and 1; recalibrated it "
        "follows the diagonal in steps."
    ),
    "plot_costs_001": (
        "Mean loss by threshold, of naive Bayes and a tree of depth 2. Naive Bayes is lower "
        "below a threshold of about 0.4, and the tree above about 0.5. Beneath: their "
        "difference with its 95% band."
    ),
    "plot_costs_002": (
        "Net benefit by threshold. Both models lie above treating all and treating none, but "
        "for the tree, which falls below treating none at thresholds near 1. Beneath: naive "
        "Bayes minus tree, near zero up to a threshold of 0.9."
    ),
    "plot_slices_001": (
        "Difference in Brier loss, logistic minus neighbours, by true digit, with 95% "
        "intervals. Only for 8 and 9 does the interval exclude zero: there logistic is "
        "better."
    ),
    "plot_one_standard_error_001": (
        "Mean Brier loss by the number of leaves, from 2 to 24. It is lowest at 12; the tree "
        "with 8 leaves is the simplest within one standard error of it and is chosen."
    ),
    "plot_race_001": (
        "A line for each of 16 candidates, as long as the number of splits on which it was "
        "fitted. Three reach all 25 splits, the others are dropped after 5 to 20: 195 of 400 "
        "fits."
    ),
    "plot_tuning_001": (
        "Mean Brier loss of the default tree, 0.225, and of the tuned one, 0.236, with wide 95% "
        "intervals. Their difference is not clear: its interval holds zero."
    ),
    "plot_rare_class_001": (
        "Cross-entropy in five folds, in bars. neg_log_loss is nan in two of them; "
        "sx.neg_cross_entropy has a value in each, and the same one in the other three."
    ),
    "plot_imbalanced_001": (
        "Skill of three models under the Brier loss and cross-entropy. Always saying 5 % has "
        "a skill of 0, logistic of 0.43 and 0.45, logistic with balanced weights of -0.72 and "
        "-0.37."
    ),
    "plot_own_loss_001": (
        "Left: mean top-2 error with 95% intervals; logistic is lowest, then naive Bayes, "
        "then tree. Right: differences from logistic. Naive Bayes and tree are clearly worse."
    ),
    "plot_watching_results_001": (
        "Two bands around the mean difference by samples seen, up to 4000. The interval of "
        "each single look leaves out zero for a while; the confidence sequence, which is "
        "wider, never does."
    ),
}
"""What a picture shows, by its name in ``auto_examples/images``, without ``sphx_glr_``."""


class SayWhatItShows(SphinxTransform):
    """Give each picture of a page of the gallery its words."""

    default_priority = 700

    def apply(self, **_options):
        """Replace the text that sphinx-gallery made."""
        page = PurePosixPath(self.env.current_document.docname)
        if page.parent.name != "auto_examples" or not page.name.startswith("plot_"):
            return
        found = {}
        for node in self.document.findall(imgsgnode):
            found[PurePosixPath(node["uri"]).stem.removeprefix("sphx_glr_")] = node
        expected = {name for name in TEXTS if name.rpartition("_")[0] == page.name}
        if set(found) != expected:
            raise ValueError(f"{page}: {sorted(set(found) ^ expected)} of _ext/alt_texts.py")
        for name, node in found.items():
            node["alt"] = TEXTS[name]


def setup(app):
    """Register the transform."""
    app.add_transform(SayWhatItShows)
    return {"parallel_read_safe": True}
