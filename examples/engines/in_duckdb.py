"""Use duckdb: add the result of a query to an accumulator, batch by batch, as Arrow data."""

import duckdb
from small_table import add, empty, make, show


def main() -> None:
    folder = make()
    query = duckdb.sql(f"select * from '{folder}/*.parquet' where y is not null order by sharp_yes")
    seen = empty()
    for batch in query.to_arrow_reader(700):
        seen = add(seen, batch.to_pandas())
    show(seen, folder)


if __name__ == "__main__":
    main()
