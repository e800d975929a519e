import math

import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx
from sklearn_xent.inputs.validation import validate
from sklearn_xent.scoring.skill import read_reference, reference_loss, skill

RNG = np.random.default_rng(7)


def problem(weighted=False, soft=False):
    n, k = 60, 3
    y = RNG.dirichlet(np.ones(k), n) if soft else RNG.integers(0, k, n)
    weight = RNG.random(n) if weighted else None
    target, _ = validate(y, {"p": np.full((n, k), 1 / 3)}, sample_weight=weight, labels=range(k))
    return y, weight, target


@pytest.mark.parametrize("name", ["error", "mse", "xent"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("soft", [False, True])
def test_reference_loss_is_that_of_the_constant_matrix(name, weighted, soft):
    y, weight, target = problem(weighted, soft)
    prior = np.array([0.2, 0.5, 0.3])
    constant = np.tile(prior, (60, 1))
    expected = sx.mean_loss(name, y, constant, sample_weight=weight, labels=range(3))
    assert reference_loss(sx.get_loss(name), target, prior) == pytest.approx(expected, rel=1e-12)


def test_skill():
    assert skill(0.25, 1.0) == 0.75
    assert skill(-1.0, -0.5, best=-1.0) == 1.0
    assert skill(math.inf, 1.0) == -math.inf
    assert math.isnan(skill(0.0, 0.0))
    assert math.isnan(skill(1.0, math.inf))


@pytest.mark.parametrize(
    "reference",
    [
        [0.2, 0.5, 0.3],
        {1: 0.5, 0: 0.2, 2: 0.3},
        pd.Series([0.2, 0.5, 0.3]),
        pd.Series({1: 0.5, 2: 0.3, 0: 0.2}),
    ],
)
def test_reference_in_any_form(reference):
    _, _, target = problem()
    np.testing.assert_array_equal(
        read_reference("reference", reference, target.classes), [0.2, 0.5, 0.3]
    )


def test_reference_is_no_frame():
    with pytest.raises(ValueError, match="must be a vector or a dict"):
        read_reference("reference", pd.DataFrame([[0.2, 0.5, 0.3]]), problem()[2].classes)
