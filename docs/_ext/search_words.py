"""Tell the search of the site which page answers which words.

The words of users differ from those of the pages. Each becomes an entry of the index, which the
search puts above every other match; so it has one page. A test compares the pages with the files.
"""

from sphinx import addnodes
from sphinx.transforms import SphinxTransform

WORDS = {
    "false_claims": "false claims, false positives, type I error, simulation",
    "real_data": "evidence, coverage, real data",
    "faq#is-the-difference-significant": "significant, significant difference, significance test",
    "faq#where-is-the-p-value": "p-value, pvalue",
    "faq#brier-loss-or-log-loss": "which loss, Brier or log loss, Brier score",
    "faq#what-about-auc-f1-and-accuracy": "AUC, ROC AUC, F1, accuracy",
    "faq#why-is-the-interval-so-wide": "wide interval, confidence interval",
    "faq#why-do-intervals-overlap": "overlapping intervals",
    "faq#may-i-retrain-the-winner": "retrain, refit",
    "faq#neg-log-loss-is-nan-why": "nan in neg_log_loss, neg_log_loss nan, nan",
    "faq#why-does-scikit-learn-s-log-loss-differ-from-yours": "log_loss differs, log_loss",
    "faq#what-does-a-probability-of-zero-cost": "zero probability, infinite loss, eps",
    "faq#which-of-my-models-may-still-be-the-best": "best model, model selection",
    "faq#may-i-look-at-the-results-while-they-come": "early stopping of a test, peeking, A/B test",
    "faq#can-i-use-the-t-test-over-folds": "t-test, paired t-test, McNemar, Wilcoxon",
    "faq#do-labels-have-to-be-numbers": "string labels, order of labels",
    "glossary": "glossary, words, terms",
    "how_to/boosting": "XGBoost, LightGBM, gradient boosting, early stopping",
    "how_to/calibration": "calibration, reliability diagram, calibrated",
    "how_to/choosing": "one standard error, overfitting, GridSearchCV",
    "how_to/clusters": "Dask, Spark, Ray, cluster, duckdb",
    "how_to/comparing": "compare models, model comparison, equivalence, warnings",
    "how_to/costs": "cost, costs, cost-sensitive, threshold",
    "how_to/designs": "design, cross-validation, repeated folds",
    "how_to/groups": "groups, patients, clustered data, repeated measures, GroupKFold",
    "how_to/imbalanced": "imbalanced, class imbalance, imbalanced data, balanced, SMOTE",
    "how_to/llm_evaluation": "LLM, LLM evaluation, benchmark of language models",
    "how_to/logits": "logits, log-probabilities",
    "how_to/nested_cross_validation": "nested cross-validation, nested",
    "how_to/not_clear": "not clear, not significant, how many samples, sample size, power, release",
    "how_to/ordered_classes": "ordinal, ordered classes, ranked probability score",
    "how_to/other_arrays": "PyTorch, torch, skorch, neural network, JAX, CuPy",
    "how_to/other_targets": "multilabel, regression",
    "how_to/published": "reproduce, recompute, JSON, published table, to_dict",
    "how_to/racing": "racing, large grid, halving",
    "how_to/rare_classes": "rare class, rare classes, missing class",
    "how_to/reports": "report, HTML report, plot, LaTeX, Excel",
    "how_to/rounded": "rounded, rounded probabilities, normalize, rows do not sum to 1",
    "how_to/scoring": "log loss, cross-entropy, neg_log_loss, scorer, cross_val_score",
    "how_to/several_data_sets": "several data sets, datasets, Friedman, Demsar",
    "how_to/slices": "slices, subgroups, fairness",
    "how_to/soft_labels": "soft labels, label smoothing",
    "how_to/streams": "Parquet, CSV, big data, out of memory, Arrow, polars",
    "how_to/tables_of_losses": "table of losses, cross_validate, scores of splits",
    "how_to/time_order": "time series, time order, TimeSeriesSplit, autocorrelation",
    "how_to/training_seeds": "seeds, random seed, random_state, several runs",
    "how_to/weights": "sample weight, sample_weight, metadata routing",
    "new_loss": "custom loss, own loss, custom metric",
    "which": "which function, which test, decision tree, statistical test",
    "why/other_libraries": "other libraries, alternatives, skore, mlxtend, baycomp, autorank",
    "why/scikit_learn_today": "scikit-learn, float32",
}
"""A page, or a section of it, and the words that lead there."""


def entries(page):
    """Return for each section of a page, "" for its top, the words that lead there."""
    found = {}
    for place, words in WORDS.items():
        name, _, section = place.partition("#")
        if name == page:
            found[section] = [word.strip() for word in words.split(",")]
    return found


class AddWords(SphinxTransform):
    """Put the entries into a page, before the index is collected."""

    default_priority = 700

    def apply(self, **_options):
        """Add one node for each section."""
        for section, words in entries(self.env.current_document.docname).items():
            if section and section not in self.document.ids:
                raise ValueError(f"{self.env.current_document.docname} has no section {section!r}")
            node = addnodes.index(entries=[("single", w, section, "main", None) for w in words])
            self.document.insert(0, node)


def setup(app):
    """Register the transform."""
    app.add_transform(AddWords)
    return {"parallel_read_safe": True}
