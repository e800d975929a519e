"""
Better for whom?
================

A decision weighs a false alarm against a miss. A Murphy diagram shows the mean loss at every such
weight: the area below a curve is the Brier loss. Where the curve of one model lies below the
other everywhere, it is better whatever the costs are.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

X, y = load_breast_cancer(return_X_y=True)
models = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "tree": DecisionTreeClassifier(min_samples_leaf=10, random_state=0),
}
predictions = {
    name: cross_val_predict(model, X, y, cv=10, method="predict_proba")
    for name, model in models.items()
}
display = sx.MurphyDisplay.from_predictions(y, predictions)
print("better at every weight:", display.dominant)
plt.show()
