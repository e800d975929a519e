"""A loss of your own in ten lines: the spherical score, and the ranked probability score."""

import warnings

import numpy as np
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_xent as sx


def spherical_function(codes, proba):
    """One minus the cosine between the prediction and the true class."""
    true = np.take_along_axis(proba, codes[:, None], axis=1)[:, 0]
    return 1 - true / np.linalg.norm(proba, axis=1)


def ranked_function(codes, proba):
    """Squared distance of the cumulated distributions: near misses cost less than far ones."""
    happened = codes[:, None] <= np.arange(proba.shape[1])
    return ((proba.cumsum(axis=1) - happened) ** 2).sum(axis=1)


spherical = sx.Loss(
    name="spherical",
    title="Spherical loss",
    function=spherical_function,
    range=(0, 1),
    strictly_proper=True,
)
ranked = sx.Loss(
    name="ranked_probability",
    title="Ranked probability score",
    function=ranked_function,
    range=lambda n_classes: (0, n_classes - 1),
    strictly_proper=True,
    ordered=True,
)


def main():
    """Use both as a metric, as a scorer and in a comparison."""
    near, far = [[0.1, 0.6, 0.3]], [[0.6, 0.1, 0.3]]
    grades = ["low", "middle", "high"]
    for name, proba in {"near miss": near, "far miss": far}.items():
        score = sx.mean_loss(ranked, ["high"], proba, labels=grades)
        print(f"{name}: {ranked.title} {score:.2f}")

    X, y = load_wine(return_X_y=True)
    logistic = make_pipeline(StandardScaler(), LogisticRegression())
    print(cross_val_score(logistic, X, y, scoring=sx.LossScorer(spherical)).round(4))
    models = {"logistic": logistic, "naive Bayes": GaussianNB()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)  # the report tells of what they warn
        print(sx.compare_models(models, X, y, losses=[spherical, ranked, "cross_entropy"]))


if __name__ == "__main__":
    main()
