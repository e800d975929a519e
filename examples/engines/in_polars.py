"""Use polars: add a lazy query to an accumulator, slice by slice."""

import polars as pl
from small_table import add, empty, make, show


def main() -> None:
    folder = make()
    query = pl.scan_parquet(folder / "*.parquet").filter(pl.col("y").is_not_null())
    seen, size = empty(), 700
    for start in range(0, query.select(pl.len()).collect().item(), size):
        seen = add(seen, query.slice(start, size).collect().to_pandas())
    show(seen, folder)


if __name__ == "__main__":
    main()
