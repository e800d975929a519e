"""
A class that a fold lacks
=========================

In small or skewed data a fold may lack a class. scikit-learn's scorer of the log loss then gives
nan, and the mean over the folds is nan, too. The scorers here match the columns through
``estimator.classes_``, so every fold has a score.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, make_scorer
from sklearn.model_selection import KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx

X, y = load_wine(return_X_y=True)
rare = np.flatnonzero(y == 2)[:4]  # four samples of the third class
rows = np.r_[np.flatnonzero(y != 2), rare]
X, y = X[rows], np.asarray(["red", "rosé", "white"])[y[rows]]
model = make_pipeline(StandardScaler(), LogisticRegression())
scoring = {
    "neg_log_loss": "neg_log_loss",
    "log_loss, labels": make_scorer(
        log_loss, greater_is_better=False, response_method="predict_proba", labels=np.unique(y)
    ),
    "sklearn_xent": sx.neg_cross_entropy,
}


def scores_of(cv):
    """Print and return the scores of each fold."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns that the scores are nan
        scores = cross_validate(model, X, y, cv=cv, scoring=scoring)
    for name in scoring:
        print(f"{name:<17}", scores[f"test_{name}"].round(3))
    return scores


print("a test part lacks the class:")
scores = scores_of(KFold(5, shuffle=True, random_state=1))
theirs, ours = scores["test_neg_log_loss"], scores["test_sklearn_xent"]
print("means:", theirs.mean().round(3), "and", ours.mean().round(3))

# %%
# A scorer of the log loss that knows all labels works if a test part lacks a class. It does not
# work if a training part lacks one, because the fitted model then has a column too few. Without
# shuffling, the last fold here holds all samples of the class. A model that never saw a class has
# a high loss on it, and our score shows that. Without ``labels`` the score of that fold is wrong:
# its test part has two classes, rosé and white, and the columns of red and rosé are taken for
# these.

print("the training part of the last fold lacks it:")
scores_of(KFold(5))

figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.bar(np.arange(5) - 0.2, -theirs, 0.38, color="0.7", label='scoring="neg_log_loss"')
ax.bar(np.arange(5) + 0.2, -ours, 0.38, label="scoring=sx.neg_cross_entropy")
for fold in np.flatnonzero(np.isnan(theirs)):
    ax.text(fold - 0.2, 0.005, "nan", ha="center", color="0.3")
ax.set(xlabel="fold", ylabel="cross-entropy (lower is better)", xticks=range(5), xlim=(-0.6, 4.6))
ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 1.18), ncols=2)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
