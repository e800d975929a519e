"""
Are the probabilities calibrated?
=================================

Naive Bayes treats features that repeat each other as independent evidence, and so is too sure. A
reliability diagram shows it, and :meth:`sklearn_xent.Comparison.decompose` says how much it adds to
the loss.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx

X, y = load_breast_cancer(return_X_y=True)
models = {
    "naive Bayes": GaussianNB(),
    "recalibrated": CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=5),
}
with warnings.catch_warnings():
    warnings.simplefilter("ignore", sx.XentWarning)
    comparison = sx.compare_models(models, X, y, losses="brier_loss")

# %%
# A calibrated curve lies on the diagonal, but for chance. Each curve is thick where chance does not
# explain it.

comparison.plot_reliability(["naive Bayes", "recalibrated"])
plt.show()

# %%
# Recalibrating removes most of the miscalibration, and hardly changes how well the samples are
# separated. The paired comparison agrees:

parts = comparison.decompose()[["model", "score", "miscalibration", "discrimination"]]
print(parts.round(4).to_string(index=False))
print(comparison.sentences()[0])
