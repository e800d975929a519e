"""What is said from moments alone is what is said from the losses of samples."""

import numpy as np
import pytest

from sklearn_xent._inputs import Truth
from sklearn_xent._labels import Classes
from sklearn_xent._losses import LOSSES
from sklearn_xent._moments import Moments
from sklearn_xent._one_loss import OfSamples, OneLoss
from sklearn_xent._tables import Asked, Design

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_moments_say_the_same(name, weighted):
    loss, n = LOSSES[name], 200
    values = RNG.integers(0, 2, (3, n)).astype(float) if loss.zero_one else RNG.random((3, n))
    weight = RNG.uniform(0.1, 1.0, n) if weighted else None
    truth = Truth(Classes((0, 1)), RNG.integers(0, 2, n), weight)
    design, asked = Design("loss", np.arange(n)), Asked()
    pairs = [(0, 1), (0, 2), (1, 2)]
    of_samples = OfSamples(loss, values, truth, design, asked)
    of_moments = OneLoss(
        loss, truth, design, asked, Moments.of_each(values, weight),
        {(a, b): Moments.of(values[a] - values[b], weight) for a, b in pairs}, weighted=weighted,
    )  # fmt: skip
    names, ranges = ["a", "b", "c"], np.ones(3)
    assert of_moments.summary_rows(names, [0, 0, 0], {}) == (
        of_samples.summary_rows(names, [0, 0, 0], {})
    )
    rows = zip(
        of_moments.difference_rows(names, pairs, ranges),
        of_samples.difference_rows(names, pairs, ranges),
        strict=True,
    )
    for of_moments_row, of_samples_row in rows:
        if weighted:  # which needs the samples
            assert np.isnan(of_moments_row.pop("sample_leverage"))
            assert of_samples_row.pop("sample_leverage") > 0
        assert repr(of_moments_row) == repr(of_samples_row)
