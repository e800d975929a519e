"""Losses that are not of the package, as a user makes them."""

import math

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


def linear_function(codes, proba):
    """One minus the probability of the true class."""
    return 1 - np.take_along_axis(proba, codes[:, None], axis=1)[:, 0]


def linear_gradient(targets, proba):
    """The derivatives of one minus the (expected) probability by the logits, under softmax."""
    target = targets if targets.ndim == 2 else np.eye(proba.shape[1])[targets]
    return -proba * (target - (target * proba).sum(axis=1, keepdims=True))


def linear_hessian(targets, proba):
    """The diagonal of the second derivatives."""
    return linear_gradient(targets, proba) * (1 - 2 * proba)


def floored_function(codes, proba, *, eps):
    """Cross-entropy with a floor of its own."""
    true = np.take_along_axis(proba, codes[:, None], axis=1)[:, 0]
    return -np.log(np.maximum(true, 2.0**-52 if isinstance(eps, str) else eps))


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
floored = sx.Loss(
    name="floored",
    title="Floored",
    function=floored_function,
    range=(0, math.inf),
    options={"eps": 1e-12},
)
