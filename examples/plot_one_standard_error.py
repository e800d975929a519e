"""
The simplest that is not clearly worse
======================================

The best mean score of a search is often best by chance. A candidate is nearly as good if its paired
difference to the best is at most one standard error: that of the difference, and that of the best
score itself, both corrected for the overlap of the training parts. The simplest of these candidates
is refitted.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

X, y = load_breast_cancer(return_X_y=True)
folds = StratifiedKFold(10, shuffle=True, random_state=0)
rule = sx.one_standard_error("max_leaf_nodes", cv=folds)
leaves = [2, 3, 4, 6, 8, 12, 16, 24]
search = GridSearchCV(
    DecisionTreeClassifier(min_samples_leaf=5, random_state=0),
    {"max_leaf_nodes": leaves},
    scoring=sx.neg_brier_loss,
    refit=rule,
    cv=folds,
).fit(X, y)

# %%
# The table of the rule has for each candidate its difference to the best, the standard error of
# this difference, and that of the best score.

table = rule.table(search.cv_results_)
best = leaves[int(table["score"].to_numpy().argmax())]
chosen = search.best_params_["max_leaf_nodes"]
print(table.round(4).to_string(index=False))
print(f"best score: {best} leaves; simplest within one standard error: {chosen} leaves")

# %%

figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.errorbar(
    leaves, -table["score"], yerr=table["std_error"], fmt="o-", capsize=3,
    label="mean Brier loss, standard error of the difference to the best",
)  # fmt: skip
lowest = -table["score"].max()
ax.axhline(lowest, color="0.6", linewidth=1)
ax.axhspan(
    lowest, lowest + table["std_error_best"][0], color="0.92",
    label="one standard error of the best",
)  # fmt: skip
ax.plot(chosen, -table["score"][leaves.index(chosen)], "s", markersize=11, label="chosen")
ax.set(xscale="log", xlabel="leaves", ylabel="Brier loss (lower is better)", xticks=leaves)
ax.set_xticklabels(leaves)
ax.minorticks_off()
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
