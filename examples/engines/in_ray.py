"""Use Ray: one task for each file returns an accumulator; then merge the accumulators."""

from functools import reduce
from pathlib import Path

import pandas as pd
import ray
from small_table import add, empty, make, show

import sklearn_xent as sx


@ray.remote
def sum_up(path: Path) -> sx.LossAccumulator:
    """Return an accumulator of one file."""
    return add(empty(), pd.read_parquet(path))


def main() -> None:
    folder = make()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    parts = ray.get([sum_up.remote(path) for path in folder.glob("*.parquet")])
    ray.shutdown()
    show(reduce(sx.LossAccumulator.merge, parts), folder)


if __name__ == "__main__":
    main()
