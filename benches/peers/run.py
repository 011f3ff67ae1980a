"""Runs yiren and its peers on the same files and writes the table: see `make bench-peers`.

Each tool runs in a process of its own, one after the other, and writes its entities to a file;
one evaluator scores them all, and yiren's own has to agree with it. Nothing is kept from one run
to the next. A run of everything writes benches/record/accuracy.md; with --only or --tools the
table goes into the folder of the run. Exit status: 0 done, 1 a tool failed, 2 data are missing.
"""
import argparse
import os
import sys
from pathlib import Path

from datasets import DATASETS, help_for
from tools import HERE, TOOLS, Failed, Job, Row

RECORD = HERE.parent / "record" / "accuracy.md"


def arguments():
    parser = argparse.ArgumentParser(description="compare yiren with its peers")
    parser.add_argument("--data", type=Path, required=True, help="folder with population-dev/, public/, ...")
    parser.add_argument("--check", action="store_true", help="only say whether the data are there")
    parser.add_argument("--only", default="", help="comma-separated names of data")
    parser.add_argument("--tools", default="", help=f"comma-separated, of {','.join(TOOLS)}")
    parser.add_argument("--yiren", type=Path, help="the program to run")
    parser.add_argument("--out", type=Path, help="folder for what the tools write")
    options = parser.parse_args()
    names = [dataset.name for dataset in DATASETS]
    options.only_given = bool(options.only or options.tools)
    options.only = chosen(parser, "data", options.only, names)
    options.tools = chosen(parser, "tools", options.tools, list(TOOLS))
    if not options.check and not (options.yiren and options.out):
        parser.error("--yiren and --out are needed")
    return options


def chosen(parser, what, given, known):
    """The known names that are given, all if none is."""
    given = [name for name in given.split(",") if name]
    unknown = [name for name in given if name not in known]
    if unknown:
        parser.error(f"unknown {what}: {', '.join(unknown)}; there are {', '.join(known)}")
    return [name for name in known if not given or name in given]


def rows_of(dataset, tools, options):
    scratch = options.out / dataset.name
    files = dataset.visible(options.data, scratch / "input")
    job = Job(dataset, files, dataset.truth(options.data), scratch, options.yiren)
    for tool in tools:
        for part in TOOLS[tool]:
            try:
                yield from part(job)
            except Failed as failure:
                print(f"{dataset.name}: {part.__name__} failed: {failure}", file=sys.stderr, flush=True)
                yield Row(dataset.name, part.__name__.replace("_", ", "), remark="failed", failed=True)


def main():
    options = arguments()
    datasets = [dataset for dataset in DATASETS if dataset.name in options.only]
    missing = [(dataset, paths) for dataset in datasets if (paths := dataset.missing(options.data))]
    if missing:
        print(help_for(missing, options.data), file=sys.stderr)
        return 2
    if options.check:
        return 0
    load = os.getloadavg()[0]
    rows = [row for dataset in datasets for row in rows_of(dataset, options.tools, options)]
    # Only now: it imports the peers' settings, and with them the peers.
    from record import write

    path = options.out / "accuracy.md" if options.only_given else RECORD
    write(path, rows, datasets, options.yiren, load)
    print(path.read_text(encoding="utf-8").split("## Settings")[0])
    print(f"written to {path}", file=sys.stderr)
    return 1 if any(row.failed for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
