"""
A race: the choice of the full search, for fewer fits
=====================================================

Repeated folds make the choice of a search steadier, and five times dearer. After a few splits many
candidates can hardly win any more. A race stops fitting them. The scores that it has are those of
the full search to the bit.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx

X, y = load_wine(return_X_y=True)
tree = DecisionTreeClassifier(random_state=0)
grid = {"max_depth": [1, 2, 3, 4], "min_samples_leaf": [1, 3, 10, 30]}
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=5, random_state=0)

race = sx.RacingSearchCV(tree, grid, scoring=sx.neg_brier_loss, cv=folds, random_state=0)
race.fit(X, y)
full = GridSearchCV(tree, grid, scoring=sx.neg_brier_loss, cv=folds).fit(X, y)
print("the race chose       ", race.best_params_)
print("the full search chose", full.best_params_)
print(f"fits: {race.n_fits_}, spared: {race.n_fits_spared_}")

# %%
# Each line is as long as the splits that a candidate was fitted on. Survivors are blue.

race.plot()
plt.show()

# %%
# A survivor may still be worse than the best. How sure one can be, the comparison says.

print(sx.compare_search(race))
