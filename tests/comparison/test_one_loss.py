"""What is said from moments alone is what is said from the losses of samples."""

import numpy as np
import pytest

from sklearn_xent.comparison.estimates import MomentEstimates, SampleEstimates
from sklearn_xent.inference.design import Design, Options
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.validation import Target
from sklearn_xent.losses.registry import LOSSES

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_moments_say_the_same(name, weighted):
    loss, n = LOSSES[name], 200
    values = RNG.integers(0, 2, (3, n)).astype(float) if loss.zero_one else RNG.random((3, n))
    weight = RNG.uniform(0.1, 1.0, n) if weighted else None
    target = Target(Classes((0, 1)), RNG.integers(0, 2, n), weight)
    design, asked = Design("loss", np.arange(n)), Options()
    pairs = [(0, 1), (0, 2), (1, 2)]
    of_samples = SampleEstimates(loss, values, target, design, asked)
    of_moments = MomentEstimates(
        loss, target, design, asked, Moments.from_columns(values, weight),
        {(a, b): Moments.from_values(values[a] - values[b], weight) for a, b in pairs},
        weighted=weighted,
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
