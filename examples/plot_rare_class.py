"""
A class that a fold lacks
=========================

In small or skewed data a fold may lack a class. scikit-learn's scorer of the log loss then gives
nan, and the mean of a search is nan with it. The scorers here match the columns through
``estimator.classes_``, and every fold counts.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx

X, y = load_wine(return_X_y=True)
rare = np.flatnonzero(y == 2)[:4]  # four samples of the third class
rows = np.r_[np.flatnonzero(y != 2), rare]
X, y = X[rows], np.asarray(["red", "rosé", "white"])[y[rows]]
model = make_pipeline(StandardScaler(), LogisticRegression())
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # scikit-learn warns that the scores are nan
    scores = cross_validate(
        model, X, y, cv=KFold(5, shuffle=True, random_state=1),
        scoring={"theirs": "neg_log_loss", "ours": sx.neg_cross_entropy},
    )  # fmt: skip
theirs, ours = scores["test_theirs"], scores["test_ours"]
print("scikit-learn:", theirs.round(3), "mean", theirs.mean().round(3))
print("sklearn_xent:", ours.round(3), "mean", ours.mean().round(3))

# %%

figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.bar(np.arange(5) - 0.2, -theirs, 0.38, color="0.7", label='scoring="neg_log_loss"')
ax.bar(np.arange(5) + 0.2, -ours, 0.38, label="scoring=sx.neg_cross_entropy")
for fold in np.flatnonzero(np.isnan(theirs)):
    ax.text(fold - 0.2, 0.005, "nan", ha="center", color="0.3")
ax.set(xlabel="fold", ylabel="cross-entropy (lower is better)", xticks=range(5))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
