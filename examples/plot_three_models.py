"""
Which of three models?
======================

A comparison says which model has the lowest mean loss, by how much, and whether the difference is
clear. The three losses need not agree, because each measures something else.
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
    warnings.simplefilter("ignore", sx.XentWarning)  # the report shows these warnings
    comparison = sx.compare_models(models, X, y)
print(comparison)

# %%
# Under the Brier loss: on the left, the intervals of single models; on the right, the paired
# differences to the best model. The intervals of logistic and forest overlap, and yet their
# difference is clear.

comparison.plot(loss="brier_loss")
plt.show()
