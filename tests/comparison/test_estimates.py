"""The strategies agree where they know the same."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from sklearn_xent.comparison.estimates import MomentEstimates, SampleEstimates, SplitEstimates
from sklearn_xent.comparison.frames import Models, difference_rows, summary_rows
from sklearn_xent.comparison.samples import SplitScores
from sklearn_xent.inference.design import Design, Options
from sklearn_xent.inference.moments import Moments
from sklearn_xent.inputs.labels import Classes
from sklearn_xent.inputs.validation import Target
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.losses.registry import LOSSES

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_moments_say_the_same(name, weighted):
    loss, n = LOSSES[name], 200
    values = RNG.integers(0, 2, (3, n)).astype(float) if loss.zero_one else RNG.random((3, n))
    weight = RNG.uniform(0.1, 1.0, n) if weighted else None
    target = Target(Classes((0, 1)), RNG.integers(0, 2, n), weight)
    design, options = Design("loss", np.arange(n)), Options()
    pairs = [(0, 1), (0, 2), (1, 2)]
    of_samples = SampleEstimates(loss, values, target, design, options)
    of_moments = MomentEstimates(
        loss, target, design, options, Moments.from_columns(values, weight),
        {(a, b): Moments.from_values(values[a] - values[b], weight) for a, b in pairs},
        weighted=weighted,
    )  # fmt: skip
    models = Models(["a", "b", "c"], pairs, [0, 0, 0], np.ones(3), {})
    without_set = [
        [replace(row, may_be_best=None) for row in summary_rows(of, models)]
        for of in (of_moments, of_samples)  # samples are resampled
    ]
    assert repr(without_set[0]) == repr(without_set[1])  # a nan is not equal to itself
    rows = zip(
        difference_rows(of_moments, models), difference_rows(of_samples, models), strict=True
    )
    for of_moments_row, of_samples_row in rows:
        if weighted:  # which needs the samples
            assert np.isnan(of_moments_row.sample_leverage)
            assert of_samples_row.sample_leverage > 0
            of_samples_row = replace(of_samples_row, sample_leverage=math.nan)
        least, same = (row.detectable_difference for row in (of_moments_row, of_samples_row))
        assert least == same if of_moments.counts_errors else 0.95 * same < least < 1.2 * same
        of_samples_row = replace(of_samples_row, detectable_difference=least)
        assert repr(of_moments_row) == repr(of_samples_row)


def test_many_pvalues_are_those_of_single_tests():
    rng = np.random.default_rng(0)
    values = rng.random((4, 10))
    values[3] = values[2] + 0.25  # a constant difference, but for rounding
    scores = SplitScores(
        list("abcd"), {"loss": values}, {"loss": LossInfo("Loss")}, {"loss": (0, 1)}, 1 / 9, 1
    )
    one = SplitEstimates("loss", scores, Options())
    shown = one.pairs()
    others = [(a, b) for a, b in itertools.combinations(range(4), 2) if one.reference not in (a, b)]
    expected = [
        one.test(pair, max(abs(one.mean(model)) for model in pair)).pvalue for pair in others
    ]
    assert len(shown) == len(others) == 3
    np.testing.assert_array_equal(one.other_pvalues(shown), expected)
    assert np.isnan(expected).sum() == (one.reference not in (2, 3))
