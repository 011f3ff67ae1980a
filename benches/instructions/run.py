"""Counts the instructions of every kernel under callgrind and compares them with the record.

`run.py PROGRAM SCRATCH [--record]`: PROGRAM is the binary `instructions`. Counts do not depend on
how busy the machine is, so a change of a few in a hundred is a change of the code or of the compiler.
With --record they become benches/record/instructions.md. Exit status: 0 counted, whatever the
counts; 1 callgrind failed.
"""
import datetime
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "peers"))

from machine import commit, machine, output  # noqa: E402

RECORD = HERE.parent / "record" / "instructions.md"
# A change of more than this part is named.
TOLERANCE = 0.05
# The functions of the program around each kernel.
COUNTED, DUMPED = "*counted_kernel*", "*dumped_kernel*"

READING = """\
Instructions a call, counted by callgrind on one thread, over the candidate pairs (or records) of a small invented population: a mean over what the engine meets, not a worst case. They say nothing of caches and memory, which `make bench` times, but are the same on a busy machine; `make bench` names what is more than {tolerance:.0%} off this record, and `make bench RECORD=yes` replaces it. `standardise` and `keys` are per record, `clustering/components` per link and `clustering/gather` per component of 2 to 9 records; all others are per pair.\
"""


class Failed(Exception):
    """Callgrind or the program did not do its part."""


def count(program, scratch):
    """{kernel: instructions a call}, in the order of the program."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    finished = subprocess.run(
        [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={scratch / 'out'}",
            f"--toggle-collect={COUNTED}", f"--dump-after={DUMPED}", program,
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    (scratch / "log.txt").write_text(finished.stderr, encoding="utf-8")
    if finished.returncode:
        raise Failed(f"exit status {finished.returncode}; its log is {scratch / 'log.txt'}")
    kernels = [line.split("\t") for line in finished.stdout.splitlines()]
    dumps = [scratch / f"out.{number}" for number in range(1, len(kernels) + 1)]
    missing = [path.name for path in dumps if not path.is_file()]
    if missing:
        raise Failed(f"{len(kernels)} kernels ran, but callgrind did not write {', '.join(missing)}")
    return {
        name: total(dump.read_text(encoding="utf-8")) / int(operations)
        for (name, operations), dump in zip(kernels, dumps, strict=True)
    }


def total(dump):
    """All instructions of one dump of callgrind."""
    found = re.search(r"^(?:summary|totals): (\d+)", dump, re.MULTILINE)
    if not found:
        raise Failed("a dump of callgrind has no sum")
    return int(found[1])


def table(counts):
    rows = [f"| {name} | {figure:,.1f} |" for name, figure in counts.items()]
    return "\n".join(["| kernel | instructions |", "|---|---|", *rows])


def read_table(text):
    """The counts of a page that `table` is part of."""
    rows = re.findall(r"^\| (\S+/\S+) \| ([0-9,.]+) \|$", text, re.MULTILINE)
    return {name: float(figure.replace(",", "")) for name, figure in rows}


def changes(before, now):
    """A line for each kernel that came, went, or changed by more than the tolerance."""
    lines = []
    for name, figure in now.items():
        if name not in before:
            lines.append(f"{name}: new, {figure:,.1f}")
        # The record is rounded to a tenth of an instruction, and nothing cheaper is told apart.
        elif abs(figure - before[name]) > max(TOLERANCE * before[name], 0.1):
            part = f" ({figure / before[name] - 1:+.1%})" if before[name] else ""
            lines.append(f"{name}: {before[name]:,.1f} -> {figure:,.1f}{part}")
    return lines + [f"{name}: gone, was {figure:,.1f}" for name, figure in before.items() if name not in now]


def page(counts):
    provenance = (
        f"`make bench RECORD=yes`, commit {commit()}, {datetime.date.today()}; {machine()}; "
        f"{output(['rustc', '--version'])}, {output(['valgrind', '--version'])}, {platform.machine()}."
    )
    reading = READING.format(tolerance=TOLERANCE)
    return "\n\n".join(["# Instructions of the kernels", provenance, reading, table(counts)]) + "\n"


def main(program, scratch, *options):
    try:
        counts = count(program, Path(scratch))
    except Failed as failure:
        print(f"instructions: {failure}", file=sys.stderr)
        return 1
    print(table(counts))
    before = read_table(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}
    found = changes(before, counts)
    print(f"\nagainst {RECORD.name}:")
    print("\n".join(found) or f"nothing is more than {TOLERANCE:.0%} off")
    if "--record" in options:
        RECORD.write_text(page(counts), encoding="utf-8")
        print(f"written to {RECORD}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
