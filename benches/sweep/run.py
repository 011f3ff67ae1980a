"""Sweeps populations of several sizes, beside Splink, and writes the record: see `make bench-sweep`.

One process after the other, each measured by itself. A run of all sizes with Splink writes
benches/record/sweep.md; any other writes sweep.md into the scratch folder. Exit status: 0 done,
1 a sweep failed, 2 the options make no sense.
"""
import argparse
import os
import sys
from pathlib import Path

import beside
import page
from peers import HERE, Failed
from populations import Population, parse_size
from sweeps import measure

RECORD = HERE.parent / "record" / "sweep.md"
SIZES = "100k,1m,3m,10m"
SPLINK = "100k,1m,3m"
# The size that is swept from Parquet as well.
PARQUET = "1m"


def arguments(given=None):
    parser = argparse.ArgumentParser(description="sweep populations of several sizes, beside Splink")
    parser.add_argument("--yiren", type=Path, required=True, help="the program to run")
    parser.add_argument("--pairs", type=Path, required=True, help="the program `pairs` of benches/src/bin")
    parser.add_argument("--scratch", type=Path, required=True, help="folder for populations and results")
    parser.add_argument("--sizes", default="", help=f"records, separated by commas; {SIZES} if empty")
    parser.add_argument("--splink", default="", help=f"sizes that Splink gets, or none; {SPLINK} if empty")
    parser.add_argument("--splink-limit", default="", help="seconds; if empty 2400 up to 1m and 600 beyond")
    parser.add_argument("--one-thread", default="1m", help="the largest size that is swept with one thread as well")
    parser.add_argument("--repeats", type=int, default=0, help="runs of each; 0: five, three or one, by size")
    options = parser.parse_args(given)
    try:
        options.sizes = sizes(options.sizes or SIZES)
        options.splink = [] if options.splink == "none" else sizes(options.splink or SPLINK)
        options.splink_limit = float(options.splink_limit or 0)
        options.one_thread = parse_size(options.one_thread)
    except ValueError as error:
        parser.error(str(error))
    options.complete = set(sizes(SIZES)) <= set(options.sizes) and set(sizes(SPLINK)) <= set(options.splink)
    options.complete = options.complete and not options.splink_limit and not options.repeats
    return options


def sizes(text):
    """The sizes named, ascending, each once."""
    return sorted(set(text.split(",")), key=parse_size)


def swept(name, options):
    """Everything about one size."""
    made = []
    for parquet in (False, True) if name == PARQUET else (False,):
        folder = options.scratch / "populations" / (f"{name}-parquet" if parquet else name)
        population = Population(name, folder, parquet)
        population.make(options.yiren)
        population.warm()
        made.append(population)
    measured = measure(made[0], made[1] if len(made) > 1 else None, options)
    if name in options.splink:
        measured.splink = beside.run(made[0], options)
    return measured


def main():
    options = arguments()
    load = os.getloadavg()[0]
    measured, status = [], 0
    for name in options.sizes:
        try:
            measured.append(swept(name, options))
        except Failed as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            status = 1
    path = RECORD if options.complete and not status else options.scratch / "sweep.md"
    page.write(path, measured, options.yiren, load)
    print(path.read_text(encoding="utf-8"))
    print(f"written to {path}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
