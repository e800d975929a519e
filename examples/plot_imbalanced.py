"""
Imbalanced data
===============

One sample in twenty is ill. A model that says "well" to everybody is right for 95 %. What it is
worth, its skill against always predicting the class frequencies says; and what balancing the
training does to the probabilities, the Brier loss.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx

X, target = load_breast_cancer(return_X_y=True)
rows = np.r_[np.flatnonzero(target == 1), np.flatnonzero(target == 0)[:20]]
X, y = X[rows, :4], np.where(target[rows] == 0, "ill", "well")
models = {
    'says "well"': DummyClassifier(strategy="prior"),
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "logistic, balanced": make_pipeline(
        StandardScaler(), LogisticRegression(class_weight="balanced")
    ),
}
with warnings.catch_warnings():
    warnings.simplefilter("ignore", sx.XentWarning)
    comparison = sx.compare_models(models, X, y)
print(comparison.summary[["loss", "model", "mean_loss", "skill"]].round(3).to_string(index=False))

# %%
# Balancing finds more of the ill, at the price of many false alarms: its probabilities are those
# of a world where every second sample is ill. If a miss costs more than a false alarm, lower the
# threshold of honest probabilities instead.

by_class = comparison.per_class.query("loss == 'brier_loss'")
figure, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for i, name in enumerate(models):
    of_model = by_class[by_class["model"] == name]
    ax.bar(np.arange(2) + 0.27 * (i - 1), of_model["mean_loss"], 0.25, label=name)
ax.set(xticks=[0, 1], xticklabels=of_model["y_true"], ylabel="Brier loss (lower is better)")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
