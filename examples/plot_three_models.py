"""
Which of three models?
======================

A comparison says which model has the lowest mean loss, by how much, and whether the data show it.
The three losses need not agree: each asks another question.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx

X, y = load_breast_cancer(return_X_y=True)
models = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "forest": RandomForestClassifier(n_estimators=60, random_state=0),
    "naive Bayes": GaussianNB(),
}
with warnings.catch_warnings():
    warnings.simplefilter("ignore", sx.XentWarning)  # the report tells of what they warn
    comparison = sx.compare_models(models, X, y)
print(comparison)

# %%
# The Brier loss: on the left, the intervals of single models; on the right, the paired differences
# to the best, against zero. The intervals of logistic and forest overlap, and yet the data show
# their difference.

comparison.plot(loss="brier_loss")
plt.show()
