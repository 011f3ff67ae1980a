"""Cleans a population for Splink: `prepare_splink.py PARQUET FILE...`. No part of the job that is timed."""
import sys

import duckdb

import peers  # noqa: F401  (finds load.py)
from load import POPULATION, load
from rules import COLUMNS


def main(parquet, files):
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    [raw] = load(connection, "raw", files, one_table=True)
    raw.create_view("raw")
    connection.execute(
        f"copy (select *, {COLUMNS} from (select {POPULATION}, hukou_address as raw_hukou_address, "
        "residence_address as raw_residence_address, documents as raw_documents from raw)) "
        f"to '{parquet}' (format parquet)"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
