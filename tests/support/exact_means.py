"""Mean losses of small problems at 50 digits, and the problems that many inputs stand for."""

from dataclasses import dataclass

import mpmath
import numpy as np
import pandas as pd

import sklearn_xent as sx

P2 = [[0.75, 0.25], [0.25, 0.75]]
P3 = [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]]
INDEX = pd.Index([7, 3])


@dataclass
class Plain:
    """The problem an input stands for: codes or target rows, rows of predictions, weights."""

    y: list
    rows: list
    logits: bool = False
    weight: list | None = None

    def mean(self, loss):
        with mpmath.workdps(50):
            weight = self.weight or [1] * len(self.y)
            values = [self.value(loss, y, row) for y, row in zip(self.y, self.rows, strict=True)]
            total = mpmath.fsum(w * v for w, v in zip(weight, values, strict=True))
            return float(total / sum(weight))

    def value(self, loss, y, row):
        row, k = [mpmath.mpf(x) for x in row], len(row)
        if self.logits:
            exps = [mpmath.exp(z) for z in row]
            row = [e / mpmath.fsum(exps) for e in exps]
        target = [mpmath.mpf(x) for x in (y if isinstance(y, list) else np.eye(k)[y].tolist())]
        if loss == "error":
            return 1 - target[max(range(k), key=row.__getitem__)]
        if loss == "brier":
            squares = mpmath.fsum((p - t) ** 2 for p, t in zip(row, target, strict=True))
            return squares / 2 if k == 2 else squares
        floor = 0 if self.logits else mpmath.mpf(2) ** -52
        costs = [t * -mpmath.log(max(p, floor)) for p, t in zip(row, target, strict=True) if t]
        return mpmath.fsum(costs)


TWO = Plain([0, 1], P2)
THREE = Plain([0, 1], P3[:2])
SAME = Plain([1, 1], P2)
SURE = Plain([0, 1], [[1, 0], [0, 1]])


def frame(values, columns=None, index=None):
    return pd.DataFrame(values, columns=columns, index=index)


EXACT = [
    (sx.classification_error, "error"),
    (sx.brier_loss, "brier"),
    (sx.cross_entropy, "xent"),
]
