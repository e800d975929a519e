"""
For whom is the difference?
===========================

One model is better on average. Slices of the same comparison, with paired intervals, show for which
samples: here for the nines, perhaps for the eights, and clearly for no other digit.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx

X, y = load_digits(return_X_y=True)
X, y = X[:900], y[:900]
models = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "neighbours": KNeighborsClassifier(20),
}
with warnings.catch_warnings():
    warnings.simplefilter("ignore", sx.XentWarning)
    comparison = sx.compare_models(models, X, y, losses="brier_loss")
print(comparison.sentences()[0])

# %%
# The slices are the true digits; any other grouping of the samples is possible. The intervals are
# not corrected for their number: with ten slices and no difference at all, the chance that at least
# one excludes zero is 40 %. At a level of 99.5 % the interval of the nines still excludes zero, and
# that of the eights does not.

by_digit = comparison.by(y, pairs=True)
excludes = (by_digit["conf_low"] > 0) | (by_digit["conf_high"] < 0)
print("intervals that exclude zero: digits", *by_digit.loc[excludes, "group"])
figure, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
ax.axhline(0, color="0.4", linewidth=1)
for shown, color, label in [(excludes, "C0", "excludes zero"), (~excludes, "0.6", "does not")]:
    part = by_digit[shown]
    ax.vlines(part["group"], part["conf_low"], part["conf_high"], color=color, linewidth=2)
    ax.plot(part["group"], part["difference"], "o", color=color, label=f"95 % interval {label}")
ax.set(xlabel="true digit", xticks=range(10), ylabel="Brier loss, logistic minus neighbours")
ax.set_title("below zero: logistic is better", loc="left")
ax.legend(frameon=False, loc="lower left")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
