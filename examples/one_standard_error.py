"""The simplest candidate that is not clearly worse than the best, on real data."""

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

import sklearn_xent as sx


def main():
    """Choose the number of leaves by the Brier loss, and say why."""
    X, y = load_breast_cancer(return_X_y=True)
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    rule = sx.one_standard_error("max_leaf_nodes", cv=folds)
    search = GridSearchCV(
        DecisionTreeClassifier(min_samples_leaf=5, random_state=0),
        {"max_leaf_nodes": [2, 3, 4, 6, 8, 12, 16, 24]},
        scoring=sx.neg_brier_loss,
        refit=rule,
        cv=folds,
    ).fit(X, y)
    table = rule.table(search.cv_results_)
    best = search.cv_results_["params"][table["score"].to_numpy().argmax()]
    print("Breast cancer, decision trees by their number of leaves, scored by the Brier loss\n")
    print(table.round(4).to_string(index=False))
    print(f"\nThe best score has {best}; the simplest within one standard error of it has")
    print(f"{search.best_params_}, and is the tree that was refitted.")


if __name__ == "__main__":
    main()
