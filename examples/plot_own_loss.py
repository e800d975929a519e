"""
A loss of your own
==================

For ordered classes a near miss should have a lower loss than a far one. The ranked probability
score is made from a short function, and works as a metric, as a scorer and in comparisons.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx


def ranked_function(codes, proba):
    """Return the squared distances of the cumulated distributions."""
    happened = codes[:, None] <= np.arange(proba.shape[1])
    return ((proba.cumsum(axis=1) - happened) ** 2).sum(axis=1)


ranked = sx.Loss(
    name="ranked_probability",
    title="Ranked probability score",
    function=ranked_function,
    range=lambda n_classes: (0, n_classes - 1),
    strictly_proper=True,
    ordered=True,
)

# %%
# Use it as a metric. ``labels`` gives the order of the classes, which is not that of the alphabet.

grades = ["low", "middle", "high"]
for name, proba in {"near miss": [[0.1, 0.6, 0.3]], "far miss": [[0.6, 0.1, 0.3]]}.items():
    print(f"{name}: {sx.mean_loss(ranked, ['high'], proba, labels=grades):.2f}")

# %%
# Use it as a scorer and in a comparison: predict the progression of diabetes in three grades.

X, progression = load_diabetes(return_X_y=True)
y = np.asarray(pd.qcut(progression, 3, labels=grades).astype(str))
models = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "forest": RandomForestClassifier(n_estimators=60, random_state=0),
}
scorer = sx.LossScorer(ranked, labels=grades)
print("scores:", cross_val_score(models["logistic"], X, y, scoring=scorer).round(3))
with warnings.catch_warnings():
    warnings.simplefilter("ignore", sx.XentWarning)  # the report shows these warnings
    comparison = sx.compare_models(
        models, X, y, losses=[ranked, "brier_loss", "cross_entropy"], labels=grades
    )
print(comparison.sentences()[0])
comparison.plot(loss="ranked_probability")
plt.show()
