"""Provide three models, of which one is good and one bad, on a small problem of three classes."""

import numpy as np

N, K = 80, 3
DRAWN = np.random.default_rng(5)
Y = DRAWN.integers(0, K, N)


def near_truth(strength):
    return DRAWN.dirichlet(np.ones(K), N) * (1 - strength) + np.eye(K)[Y] * strength


MODELS = {"good": near_truth(0.4), "fair": near_truth(0.25), "bad": near_truth(0.1)}
