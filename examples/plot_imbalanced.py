"""
Imbalanced data
===============

One sample in twenty is ill. Skill compares a model with always predicting the class frequencies.
Balanced training makes the probabilities of the rare class too high, and the Brier loss shows it.
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
    "always says 5 %": DummyClassifier(strategy="prior"),
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "logistic, balanced": make_pipeline(
        StandardScaler(), LogisticRegression(class_weight="balanced")
    ),
}
losses = {"brier_loss": "Brier loss", "cross_entropy": "cross-entropy"}
with warnings.catch_warnings():
    warnings.simplefilter("ignore", sx.XentWarning)
    comparison = sx.compare_models(models, X, y, losses=list(losses))
skill = comparison.summary.pivot(index="loss", columns="model", values="skill")
skill = skill.loc[list(losses), list(models)].round(3) + 0.0  # no -0.0
print(skill.to_string())

# %%
# Balancing finds more of the ill, but gives many false alarms: its probabilities are right only if
# every second sample is ill. If a miss costs more than a false alarm, keep calibrated probabilities
# and lower the threshold instead.

figure, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for i, name in enumerate(models):
    bars = ax.bar(np.arange(2) + 0.27 * (i - 1), skill[name], 0.25, label=name)
    ax.bar_label(bars, fmt="%.2f", padding=2)
ax.axhline(0, color="0.4", linewidth=1)
ax.set(
    xticks=[0, 1], xticklabels=losses.values(), ylabel="skill (higher is better)", ylim=(-0.85, 0.6)
)
ax.legend(frameon=False, loc="lower right")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
