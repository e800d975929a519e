"""
Is tuning worth it?
===================

Is a tuned model better than the default one? The score of the candidate that a search chose cannot
say it: the candidate was chosen for this score, so the score is too good. Compare the whole search
with the default instead, as one estimator. It then chooses again in each training part, and its
loss is measured on samples that took no part in the choice.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

X, y = load_wine(return_X_y=True)
tree = DecisionTreeClassifier(random_state=0)
folds = StratifiedKFold(10, shuffle=True, random_state=0)
grid = {"min_samples_leaf": [1, 2, 5, 10, 20, 40]}
search = GridSearchCV(tree, grid, scoring=sx.neg_brier_loss, cv=folds)

comparison = sx.compare_models({"tuned": search, "default": tree}, X, y, cv=5, losses="brier_loss")
print(comparison)

# %%
# Each loss is measured in the five test parts, of models fitted to the other four.

comparison.plot()
plt.show()

# %%
# What the search chose in each of the five splits, and the seconds that it took:

fits = comparison.fits[comparison.fits["model"] == "tuned"]
print(fits[["split", "fit_time", "best_params"]].round(1).to_string(index=False))

# %%
# To use the tuned model, fit the search on all data. Expect the loss of the whole procedure, not
# the search's own score: that is better, because the chosen candidate was also lucky.

search.fit(X, y)
nested = comparison.summary.set_index("model").loc["tuned", "mean_loss"]
print(f"chosen on all data: {search.best_params_}")
print(f"its own Brier loss {-search.best_score_:.3f}, that of the whole procedure {nested:.3f}")
