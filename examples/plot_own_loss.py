"""
A loss of your own
==================

Where a program proposes two answers, only a true class that is not among the two is an error. This
top-2 error is made from a short function, and works as a metric, as a scorer and in comparisons.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.naive_bayes import BernoulliNB
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx


def top_2_function(codes, proba):
    """Return 1 where two classes are more probable than the true one, or as probable."""
    true = proba[np.arange(len(codes)), codes]
    return ((proba >= true[:, None]).sum(axis=1) > 2).astype(float)


top_2 = sx.Loss(
    name="top_2_error",
    title="Top-2 error",
    function=top_2_function,
    range=(0, 1),
    zero_one=True,  # so that errors are counted, with exact intervals and tests of counts
    description="the share of samples whose class is not among the two most probable",
)

# %%
# Use it as a metric:

proba = [[0.1, 0.6, 0.3], [0.6, 0.1, 0.3]]
print(sx.mean_loss(top_2, ["b", "b"], proba, labels=["a", "b", "c"], reduction="none"))

# %%
# Use it as a scorer and in a comparison:

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=0.7, random_state=0)
models = {
    "logistic": LogisticRegression(),
    "naive Bayes": BernoulliNB(binarize=0.5),
    "tree": DecisionTreeClassifier(max_depth=8, min_samples_leaf=5, random_state=0),
}
scorer = sx.LossScorer(top_2)
print("scores:", cross_val_score(models["tree"], X_train, y_train, scoring=scorer).round(3))
predicted = {
    name: model.fit(X_train, y_train).predict_proba(X_test) for name, model in models.items()
}
comparison = sx.compare_predictions(y_test, predicted, losses=[top_2, "classification_error"])
print(comparison)
comparison.plot(loss="top_2_error")
plt.show()
