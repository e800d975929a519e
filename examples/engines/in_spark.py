"""Use Spark: `mapInArrow` sums up each partition, and only the sums are sent, as JSON.

Needs pyspark and Java.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator

import pyarrow as pa
import small_table
from pyspark.sql import SparkSession
from small_table import add, empty, make, show

import sklearn_xent as sx


def sum_up(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield one row for each partition: the state of its accumulator."""
    seen = empty()
    for batch in batches:
        seen = add(seen, batch.to_pandas())
    yield pa.RecordBatch.from_pydict({"state": [json.dumps(seen.to_dict())]})


def main() -> None:
    folder = make()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.master("local[2]").getOrCreate()
    spark.sparkContext.addPyFile(small_table.__file__)  # workers import it as well
    states = spark.read.parquet(str(folder)).repartition(3).mapInArrow(sum_up, "state string")
    seen = empty()
    for row in states.toLocalIterator():
        seen = seen.merge(sx.LossAccumulator.from_dict(json.loads(row.state)))
    spark.stop()
    show(seen, folder)


if __name__ == "__main__":
    main()
