"""Runs Splink on a cleaned population: `sweep_splink.py OUT PARQUET THREADS`.

Settings are those of bench-peers for population-dev, with the blocking rules of rules.py and with
training on so many pairs at most. Writes the files that run_splink.py of benches/peers describes.
"""
import sys
from dataclasses import replace

import duckdb
from splink import block_on

import peers  # noqa: F401  (finds the modules of benches/peers)
from rules import RULES
from run_splink import resolve
from splink_settings import SETTINGS

# Splink's guides train on a sample where there are many records; all pairs of one birth date would
# be hundreds of millions among 10 million records.
EM_PAIRS = 1e6


def main(out, parquet, threads):
    connection = duckdb.connect()
    connection.execute(f"set threads = {int(threads)}")
    settings = replace(
        SETTINGS["population-dev"],
        blocking=tuple(block_on(*rule.columns, arrays_to_explode=list(rule.lists) or None) for rule in RULES),
        em_pairs=EM_PAIRS,
    )
    resolve(connection, [connection.read_parquet(parquet)], settings, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
