"""Two losses that are not of the package: the spherical one, and one for ordered classes."""

import numpy as np

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
