"""
Where the difference is
=======================

The better model on average may be the worse one for some. Slices of the same comparison, with the
same paired intervals, say for whom.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx

X, y = load_digits(return_X_y=True)
X, y = X[:900], y[:900]
models = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "neighbours": KNeighborsClassifier(20),
    "naive Bayes": GaussianNB(),
}
with warnings.catch_warnings():
    warnings.simplefilter("ignore", sx.XentWarning)
    comparison = sx.compare_models(models, X, y, losses="brier_loss")
print(comparison.sentences()[0])

# %%
# By the true digit. Any other grouping of the samples would do: ``comparison.by(groups)``.

by_class = comparison.per_class
figure, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
for i, name in enumerate(models):
    of_model = by_class[by_class["model"] == name]
    x = np.arange(len(of_model)) + 0.18 * (i - 1)
    half = of_model["conf_high"] - of_model["mean_loss"]
    ax.errorbar(x, of_model["mean_loss"], yerr=half, fmt="os^"[i], label=name)
ax.set(xlabel="true digit", ylabel="Brier loss (lower is better)", xticks=range(10))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
