"""Make a small table of predictions in Parquet files, for the scripts in this folder."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import sklearn_xent as sx

LABELS = ["no", "yes"]
COLUMNS = {"sharp": ["sharp_no", "sharp_yes"], "timid": ["timid_no", "timid_yes"]}
N_FILES, N_ROWS = 4, 500


def make() -> Path:
    """Write files with labels and the probabilities of two models, and return their folder."""
    folder, rng = Path(tempfile.mkdtemp()), np.random.default_rng(0)
    for i in range(N_FILES):
        p = rng.uniform(0.05, 0.95, N_ROWS)
        timid = 0.4 + 0.4 * p
        table = {
            "y": np.where(rng.random(N_ROWS) < p, "yes", "no"),
            "sharp_no": 1 - p,
            "sharp_yes": p,
            "timid_no": 1 - timid,
            "timid_yes": timid,
        }
        pd.DataFrame(table).to_parquet(folder / f"{i}.parquet")
    return folder


def empty() -> sx.LossAccumulator:
    """Return the accumulator that every worker starts with."""
    return sx.LossAccumulator(labels=LABELS, models=list(COLUMNS))


def add(seen: sx.LossAccumulator, frame: pd.DataFrame) -> sx.LossAccumulator:
    """Add a part of the table to an accumulator."""
    return seen.update(frame["y"], {name: frame[of].to_numpy() for name, of in COLUMNS.items()})


def show(seen: sx.LossAccumulator, folder: Path) -> None:
    """Print the conclusions, and whether one machine gets the same bits from the files."""
    frame = pd.concat(map(pd.read_parquet, sorted(folder.glob("*.parquet"))))
    same = seen.digest() == add(empty(), frame).digest()
    print(seen.compute().differences[["loss", "n_obs", "conclusion"]].to_string(index=False))
    print("the same bits as on one machine:", same)
