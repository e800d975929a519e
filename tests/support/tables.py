"""A table of predictions, in memory and in files, for the tests of streams and clusters."""

import numpy as np
import pandas as pd

LABELS = ["no", "perhaps", "yes"]
PREDICTIONS = {name: [f"{name}_{label}" for label in LABELS] for name in ("one", "two")}
QUESTION = {"y_true": "y", "predictions": PREDICTIONS, "labels": LABELS}


def frame(n=5000, dtype="float32"):
    """Labels, probabilities of two models, weights, groups, and a column of no use."""
    rng = np.random.default_rng(0)
    columns = {"y": np.asarray(LABELS)[rng.integers(0, 3, n)]}
    for columns_of in PREDICTIONS.values():
        proba = rng.dirichlet([1, 2, 3], n).astype(dtype)
        columns |= dict(zip(columns_of, proba.T, strict=True))
    columns |= {"w": rng.uniform(0.5, 2, n), "g": rng.integers(0, 40, n), "other": "nothing"}
    return pd.DataFrame(columns)


def write_parquet(table, folder, n_files=3, row_group_size=400):
    """The table in a few files of several row groups."""
    folder.mkdir()
    for i, rows in enumerate(np.array_split(np.arange(len(table)), n_files)):
        table.iloc[rows].to_parquet(folder / f"{i}.parquet", row_group_size=row_group_size)
    return folder
