"""
Better for whom?
================

A decision has two costs: that of a false alarm and that of a miss. A Murphy diagram shows the mean
loss at every ratio of the two; the area below a curve is the Brier loss. Where the curves of two
models cross, the better model depends on the costs: here naive Bayes where a miss costs at least
twice as much as a false alarm, and the tree where a false alarm costs two to three times a miss.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

data = load_breast_cancer()
X, y = data.data[:, :2], data.target_names[data.target]  # radius and texture
models = {
    "naive Bayes": GaussianNB(),
    "tree of depth 2": DecisionTreeClassifier(max_depth=2, random_state=0),
}
predictions = {
    name: cross_val_predict(model, X, y, cv=10, method="predict_proba")
    for name, model in models.items()
}
display = sx.MurphyDisplay.from_predictions(y, predictions, pos_label="malignant")
print("better at every threshold:", display.dominant)
plt.show()

# %%
# The lower panel has an interval at each threshold, not corrected for their number. These exclude
# zero:

frame = display.differences.set_index("threshold")
for name, shown in {
    frame["model_a"].iloc[0]: frame["conf_high"] < 0,
    frame["model_b"].iloc[0]: frame["conf_low"] > 0,
}.items():
    at = frame.index[shown]
    print(f"{name} is better at {len(at)} thresholds from {at.min():.2f} to {at.max():.2f}")

# %%
# A decision curve says the same in net benefits: the share of samples that are rightly treated,
# less that of false alarms by what they cost. It shows whether a model is of use at all: whether
# it is above the two lines that need none, to treat all and to treat none.

sx.MurphyDisplay.from_predictions(y, predictions, pos_label="malignant", scale="net benefit")
plt.show()

# %%
# Once the costs are known, :func:`sklearn_xent.expected_cost` makes a loss of them, for scorers and
# comparisons, with any number of classes and decisions:

cost = sx.expected_cost([[0, 1], [5, 0]], labels=["benign", "malignant"])
means = {name: sx.mean_loss(cost, y, proba) for name, proba in predictions.items()}
print("a miss costs 5 false alarms:", ", ".join(f"{name} {x:.3f}" for name, x in means.items()))
