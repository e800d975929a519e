"""Data for the tests of streams: a table of predictions, and samples in arrays."""

import warnings

import numpy as np
import pandas as pd

import sklearn_xent as sx

# --- a table, in memory and in files --------------------------------------------------------

LABELS = ["no", "perhaps", "yes"]
PREDICTIONS = {name: [f"{name}_{label}" for label in LABELS] for name in ("one", "two")}
ARGUMENTS = {"y_true": "y", "predictions": PREDICTIONS, "labels": LABELS}


def frame(n=5000, dtype="float32"):
    """Return labels, probabilities of two models, weights, groups, and a column of no use."""
    rng = np.random.default_rng(0)
    columns = {"y": np.asarray(LABELS)[rng.integers(0, 3, n)]}
    for columns_of in PREDICTIONS.values():
        proba = rng.dirichlet([1, 2, 3], n).astype(dtype)
        columns |= dict(zip(columns_of, proba.T, strict=True))
    columns |= {"w": rng.uniform(0.5, 2, n), "g": rng.integers(0, 40, n), "other": "nothing"}
    return pd.DataFrame(columns)


def write_parquet(table, folder, n_files=3, row_group_size=400):
    """Write the table to a few files of several row groups."""
    folder.mkdir()
    for i, rows in enumerate(np.array_split(np.arange(len(table)), n_files)):
        table.iloc[rows].to_parquet(folder / f"{i}.parquet", row_group_size=row_group_size)
    return folder


def quietly(compare, *args, **options):
    """Call without the warnings of this package."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.XentWarning)
        return compare(*args, **options)


def compare_quietly(data, **options):
    """Compare the models of the table without the warnings of this package."""
    return quietly(sx.compare_table, data, **{**ARGUMENTS, **options})


def assert_same_bits(found, expected):
    """Check that two comparisons have the same frames to the last bit."""
    pd.testing.assert_frame_equal(found.summary, expected.summary, check_exact=True)
    pd.testing.assert_frame_equal(found.differences, expected.differences, check_exact=True)


# --- samples of three classes and three models ----------------------------------------------

RNG = np.random.default_rng(0)
N = 400
CLASSES = ["x", "y", "z"]
Y = np.asarray(CLASSES)[RNG.integers(0, 3, N)]
MODELS = {name: RNG.dirichlet(np.full(3, a), N) for name, a in (("a", 1.0), ("b", 2.0), ("c", 5))}
WEIGHT, GROUPS = RNG.uniform(0.1, 3.0, N), RNG.integers(0, 30, N)


def empty(**options):
    """Return an accumulator of the three models."""
    return sx.LossAccumulator(**{"labels": CLASSES, "models": list(MODELS), **options})


def add(accumulator, rows=slice(None), *, weighted=False, grouped=False):
    """Add some of the samples."""
    return accumulator.update(
        Y[rows],
        {name: p[rows] for name, p in MODELS.items()},
        WEIGHT[rows] if weighted else None,
        groups=GROUPS[rows] if grouped else None,
    )


def own_loss(codes, proba):
    """Compute a loss that is not of this package."""
    return 1 - proba[np.arange(len(codes)), codes]
