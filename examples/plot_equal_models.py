"""
Equal models that look different
================================

Two models see the same features, and each sees five more columns of pure noise: neither is better.
Often such models are compared by a t-test of their scores over all folds of repeated
cross-validation, as if the folds were independent samples. But the folds share their training
data, so the test claims a difference far too often. The corrected test does not.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import ttest_rel
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import sklearn_xent as sx

X, y = load_breast_cancer(return_X_y=True)
N_RUNS, N_NOISE = 40, 5


def model_of(columns):
    """Return naive Bayes that sees the first two features and some columns of noise."""
    seen = {"indices": [0, 1, *columns], "axis": 1}
    return make_pipeline(FunctionTransformer(np.take, kw_args=seen), GaussianNB())


models = {
    "one": model_of(range(2, 2 + N_NOISE)),
    "other": model_of(range(2 + N_NOISE, 2 + 2 * N_NOISE)),
}
habit, corrected = [], []
for run in range(N_RUNS):
    rng = np.random.default_rng(run)
    rows = rng.choice(len(y), 200, replace=False)
    seen = np.hstack([X[rows, :2], rng.normal(size=(200, 2 * N_NOISE))])
    cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=5, random_state=run)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        comparison = sx.compare_models(models, seen, y[rows], cv=cv, losses="brier_loss")
    folds = comparison.split_losses.pivot(index="split", columns="model", values="mean_loss")
    habit.append(ttest_rel(folds["one"], folds["other"]).pvalue)
    corrected.append(comparison.differences["pvalue"].iloc[0])

# %%
# For equal models, 5 % of the p-values should be below 0.05. :doc:`/false_claims` has the same for
# many more situations.

figure, ax = plt.subplots(figsize=(6, 3.8), layout="constrained")
for name, pvalues in {"t-test over folds": habit, "corrected, as here": corrected}.items():
    claims = np.mean(np.asarray(pvalues) < 0.05)
    print(f"{name:<18} claims a difference in {claims:.0%} of {N_RUNS} runs")
    ax.ecdf(pvalues, label=f"{name}: {claims:.0%} below 0.05")
ax.axline((0, 0), (1, 1), color="0.6", linewidth=1, linestyle=":")
ax.axvline(0.05, color="0.6", linewidth=1)
ax.set(xlabel="p-value", ylabel="share of runs with a smaller one", xlim=(0, 1))
ax.legend(frameon=False, loc="lower right")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
