"""Measure CPU time and memory for two models in a large Parquet file: ours, polars and pandas.

`python benchmarks/stream.py [millions of rows]` makes the file in a temporary folder (about 24
bytes a row) and runs each contestant in its own process, interleaved.

- ours: `compare_table` with all three losses, their squares, all checks and intervals; also with
  ``n_jobs=2``, which reads and adds up two chunks side by side.
- polars: a streaming query of the same sums of the losses and of squared differences, without
  checks, exactness or intervals.
- pandas and scikit-learn: `log_loss` of one model, the file read whole.
"""

import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLUMNS = {name: [f"{name}{k}" for k in range(3)] for name in "ab"}
N_RUNS = 3


def make(path, millions):
    """Write labels and float32 probabilities of two models with three classes."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet

    rng, writer = np.random.default_rng(0), None
    for _ in range(millions):
        y = rng.integers(0, 3, 1_000_000).astype("int8")
        columns = {"y": y}
        for name, scale in (("a", 1.0), ("b", 0.7)):
            logits = rng.standard_normal((len(y), 3), dtype="float32")
            logits[np.arange(len(y)), y] += scale
            proba = np.exp(logits)
            proba /= proba.sum(axis=1, keepdims=True)
            columns |= dict(zip(COLUMNS[name], proba.T, strict=True))
        table = pa.table(columns)
        if writer is None:
            writer = pyarrow.parquet.ParquetWriter(path, table.schema, compression="none")
        writer.write_table(table, row_group_size=1_000_000)
    writer.close()


def ours(path, n_jobs=1):
    import sklearn_xent as sx

    table = sx.compare_table(path, y_true="y", predictions=COLUMNS, labels=[0, 1, 2], n_jobs=n_jobs)
    return table.summary["mean_loss"].tolist()


def two_threads(path):
    return ours(path, n_jobs=2)


def polars(path):
    import polars as pl

    y, of_pairs, sums = pl.col("y"), {}, []
    for name, columns in COLUMNS.items():
        p = [pl.col(column).cast(pl.Float64) for column in columns]
        true = pl.when(y == 0).then(p[0]).when(y == 1).then(p[1]).otherwise(p[2])
        largest = pl.max_horizontal(p)
        losses = {
            "error": (true < largest).cast(pl.Float64),
            "brier": p[0] ** 2 + p[1] ** 2 + p[2] ** 2 - 2 * true + 1,
            "xent": -true.clip(2.0**-52).log(),
        }
        for loss, value in losses.items():
            of_pairs.setdefault(loss, []).append(value)
            sums += [value.sum().alias(f"{loss}_{name}"), (value**2).sum().alias(f"{loss}2_{name}")]
    for loss, (a, b) in of_pairs.items():
        sums.append(((a - b) ** 2).sum().alias(f"{loss}_ab"))
    row = pl.scan_parquet(path).select(*sums, pl.len().alias("n")).collect(engine="streaming")
    return [row[f"{loss}_{name}"][0] / row["n"][0] for loss in of_pairs for name in "ab"]


def pandas_and_sklearn(path):
    import pandas as pd
    from sklearn.metrics import log_loss

    frame = pd.read_parquet(path)
    return [log_loss(frame["y"], frame[COLUMNS["a"]].to_numpy())]


CONTESTANTS = {
    "ours": ours,
    "2 threads": two_threads,
    "polars": polars,
    "pandas": pandas_and_sklearn,
}
IMPORTS = {
    "ours": ["sklearn_xent", "pyarrow.dataset"],
    "2 threads": ["sklearn_xent", "pyarrow.dataset"],
    "polars": ["polars"],
    "pandas": ["pandas", "sklearn.metrics", "pyarrow.parquet"],
}


def child(name, path):
    """Run one contestant; print its CPU time, without imports, and its peak memory, with them."""
    for module in IMPORTS[name]:
        importlib.import_module(module)
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    values = CONTESTANTS[name](path)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "cpu": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
                "system": used.ru_stime - before.ru_stime,
                "wall": time.perf_counter() - start,
                "peak_gb": used.ru_maxrss / 2**20,
                "values": values,
            }
        )
    )


def main():
    millions = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    names = [name for name in CONTESTANTS if name != "pandas" or millions <= 20]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "predictions.parquet")
        make(path, millions)
        runs = {name: [] for name in names}
        for _ in range(N_RUNS):
            for name in names:
                command = [sys.executable, __file__, "--child", name, path]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                runs[name].append(json.loads(done.stdout))
    print(f"{millions} million rows, two models, three classes, medians of {N_RUNS} runs")
    for name, of_name in runs.items():
        figures = {
            key: statistics.median(r[key] for r in of_name) for key in ("cpu", "system", "wall")
        }
        peak = max(r["peak_gb"] for r in of_name)
        values = ", ".join(f"{x:.9f}" for x in of_name[0]["values"])
        cpu = f"CPU {figures['cpu']:6.1f} s (system {figures['system']:.1f})"
        print(f"{name:9} {cpu}, wall {figures['wall']:6.1f} s, peak {peak:.2f} GB: {values}")
    for name in ("ours", "2 threads"):
        cpu, wall = (
            statistics.median(
                a[key] / b[key] for a, b in zip(runs[name], runs["polars"], strict=True)
            )
            for key in ("cpu", "wall")
        )
        print(f"{name} over polars: CPU {cpu:.2f}, wall {wall:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main()
