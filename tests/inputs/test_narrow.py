"""Wide matrices of float32 are read as they are, with the results and errors of float64."""

import re

import numpy as np
import pytest

import sklearn_xent as sx
from sklearn_xent.inputs.predictions import Matrix, Predictions

METRICS = [sx.classification_error, sx.brier_loss, sx.cross_entropy]
TOLERANCE = float(np.sqrt(np.finfo(np.float32).eps))


def problem(k, n=300):
    """Labels and rows of float32."""
    rng = np.random.default_rng(k)
    proba = rng.dirichlet(np.ones(k), n).astype(np.float32)
    return rng.integers(0, k, n), proba


def read(proba, narrow=True):
    return list(Predictions(Matrix("proba", proba)).blocks(narrow=narrow))


@pytest.mark.parametrize("k", [9, 16, 17, 300, 1000])
def test_blocks_stay_float32(k):
    proba = problem(k)[1]
    blocks = read(proba)
    assert all(block.dtype == np.float32 for _, block in blocks)
    np.testing.assert_array_equal(np.concatenate([block for _, block in blocks]), proba)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p[:, :8] / p[:, :8].sum(axis=1, keepdims=True),  # few columns
        lambda p: p.astype(np.float64),
        np.asfortranarray,
        lambda p: p[:, ::-1],
    ],
)
def test_other_matrices_become_float64(change):
    assert {block.dtype for _, block in read(change(problem(40)[1]))} == {np.dtype(np.float64)}


def test_rows_too_long_for_sums_of_float32_become_float64():
    proba = np.full((2, 10_000), 1e-4, dtype=np.float32)
    assert read(proba)[0][1].dtype == np.float64


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("k", [9, 40, 1000])
def test_metrics_are_those_of_float64(metric, k):
    y, proba = problem(k)
    labels = np.arange(k)
    expected = metric(y, proba.astype(np.float64), labels=labels)
    assert metric(y, proba, labels=labels) == pytest.approx(expected, rel=1e-14, abs=0)


@pytest.mark.parametrize("metric", METRICS)
def test_rounding_outside_the_range_is_clipped(metric):
    proba = np.zeros((2, 9), dtype=np.float32)
    proba[:, 0], proba[0, 1], proba[1, 1] = 1 + 2.0**-22, -(2.0**-22), -0.0
    clipped = np.eye(9)[[0, 0]]
    expected = metric([0, 0], clipped, labels=range(9))
    assert metric([0, 0], proba, labels=range(9)) == expected


@pytest.mark.parametrize("k", [9, 40, 1000])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, -0.99])
def test_sums_within_the_tolerance_pass(metric, k, share):
    y, proba = problem(k)
    proba[7] = (1 + share * TOLERANCE) / k
    expected = metric(
        y, proba.astype(np.float64) / proba.sum(axis=1, keepdims=True), labels=range(k)
    )
    assert metric(y, proba, labels=np.arange(k)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("k", [9, 40, 1000])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            {0: 1 - 1.05 * TOLERANCE},
            "1 of 300 rows do not sum to 1 (tolerance 0.00035); row 7 sums",
        ),
        ({0: 0.5, 1: 0.5 + 1.05 * TOLERANCE}, "1 of 300 rows do not sum to 1"),
        ({0: np.nan}, "1 of 300 rows hold nan; first nan in row 7"),
        ({0: np.inf}, "1 of 300 rows hold inf; first inf in row 7"),
        ({0: 1.5, 1: -0.5}, "1 of 300 rows have values outside [0, 1]; first 1.5 in row 7"),
    ],
)
def test_bad_rows_are_errors(metric, k, cells, message):
    y, proba = problem(k)
    proba[7] = 0.0
    for column, value in cells.items():
        proba[7, column] = value
    with pytest.raises(ValueError, match=re.escape(message)):
        metric(y, proba, labels=np.arange(k))
