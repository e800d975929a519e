"""Which classifier is better? The main job, from three samples to three real data sets."""

import warnings
from pathlib import Path

from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx

METRICS = (sx.classification_error, sx.brier_loss, sx.cross_entropy)


def small_story():
    """Print three metrics of two models with the same error, of which one is much better."""
    print("1. Three samples: what the classification error cannot see\n")
    y_true = [2, 1, 0]
    predictions = {
        "model 1": [[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]],
        "model 2": [[0.1, 0.2, 0.7], [0.1, 0.7, 0.2], [0.3, 0.4, 0.3]],
    }
    for metric in METRICS:
        values = [f"{name} {metric(y_true, proba):.6f}" for name, proba in predictions.items()]
        print(f"   {metric.__name__:<21}", "   ".join(values))


def real_data():
    """Compare four classifiers on three data sets by ten-fold cross-validation."""
    models = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "naive Bayes": GaussianNB(),
        "5 neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier()),
        "forest": RandomForestClassifier(n_estimators=60, random_state=0),
    }
    data_sets = {"breast cancer": load_breast_cancer, "wine": load_wine, "digits": load_digits}
    for name, load in data_sets.items():
        X, y = load(return_X_y=True)
        print(f"\n2. {name}: {len(y)} samples, {len(set(y))} classes\n")
        with warnings.catch_warnings():
            # The report shows these warnings.
            warnings.simplefilter("ignore", sx.XentWarning)
            comparison = sx.compare_models(models, X, y, n_jobs=-1)
        print(comparison)
        path = Path(f"report_{name.replace(' ', '_')}.html").absolute()
        comparison.to_html(path, title=f"Four classifiers on {name}")
        print(f"\nThe same with differences, calibration, slices and fixes: {path}")


def choosing_by_a_loss():
    """Choose from the same grid by the error and by the cross-entropy."""
    print("\n3. GridSearchCV on digits: how many neighbours? It depends on what you ask\n")
    X, y = load_digits(return_X_y=True)
    grid = {"n_neighbors": [1, 3, 5, 10, 20, 40], "weights": ["uniform", "distance"]}
    search = GridSearchCV(
        KNeighborsClassifier(),
        grid,
        scoring=sx.SCORERS,
        refit=False,
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
        n_jobs=-1,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.ZeroProbabilityWarning)
        search.fit(X, y)
    results = search.cv_results_
    for scorer in ("neg_classification_error", "neg_cross_entropy"):
        best = results[f"rank_test_{scorer}"].argmin()
        error = -results["mean_test_neg_classification_error"][best]
        entropy = -results["mean_test_neg_cross_entropy"][best]
        print(f"   best by {scorer:<24} {results['params'][best]}")
        print(f"      classification error {error:.4f}, cross-entropy {entropy:.4f} nats")
    print(
        "\n   The error prefers few neighbours, whose votes are often unanimous. Where the votes\n"
        "   are unanimous and wrong, the cross-entropy is high."
    )


def main():
    """Run all four parts."""
    small_story()
    real_data()
    choosing_by_a_loss()
    print("\n4. The learning process: why cross-entropy also trains well\n")
    import plot_learning_process

    plot_learning_process.main()


if __name__ == "__main__":
    main()
