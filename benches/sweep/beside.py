"""Splink on the same files, in its favour: cleaned beforehand, and stopped only at a limit."""
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from peers import HERE, Failed, Job, Row, TimedOut, splink_rows

# Seconds, for sizes up to a million and beyond.
LIMIT, LIMIT_BEYOND = 2400, 600
THREADS = 2


@dataclass(frozen=True)
class Splink:
    """What Splink came to on one population.

    `at_default` has its scores at a match probability of 0.95, `chosen` those at the threshold that
    does best against the truth; both are None if it did not finish, and `remark` says why.
    `seconds` and `peak_bytes` are those of what it got done, `cleaning` are the seconds before it and
    `training` those within it, None if it did not get so far.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: float
    cleaning: float
    load: float
    finished: bool
    training: float | None = None
    remark: str = ""
    at_default: Row | None = None
    chosen: Row | None = None


def limit(records, given):
    """The seconds that Splink may take for so many records."""
    return given or (LIMIT if records <= 1_000_000 else LIMIT_BEYOND)


def run(population, options):
    """What Splink came to, within its limit."""
    scratch = options.scratch / "runs" / population.name
    job = Job(population, population.files, population.truth, scratch, options.yiren)
    try:
        cleaning, folder = job.run("splink-cleaning", python("prepare_splink.py", "{out}/cleaned.parquet", *job.files))
    except Failed as failure:
        return failed(job, failure, None, 0.0, os.getloadavg()[0])
    load = os.getloadavg()[0]
    print(f"load average {load:.2f}; ", end="", file=sys.stderr)
    command = python("sweep_splink.py", "{out}", folder / "cleaned.parquet", THREADS)
    try:
        cost, out = job.run("splink", command, limit(population.records_wanted, options.splink_limit))
        at_default, chosen = splink_rows(job, cost, out)
    except TimedOut as stopped:
        return failed(job, stopped, stopped.cost, cleaning["seconds"], load)
    except Failed as failure:
        report = scratch / "splink" / "cost.json"
        return failed(job, failure, json.loads(report.read_text()), cleaning["seconds"], load)
    print(f"  {cost['seconds']:.1f} s, {cost['cpu_seconds']:.1f} CPU s, {cost['peak_mib']:.0f} MiB", file=sys.stderr)
    return Splink(
        cost["seconds"], cost["cpu_seconds"], cost["peak_mib"] * 2**20, cleaning["seconds"], load, True,
        training_seconds(scratch), at_default=at_default, chosen=chosen,
    )


def failed(job, failure, cost, cleaning, load):
    """A run without a result: stopped at the limit, out of memory, or the like."""
    print(f"  {job.dataset.name}: splink {failure}", file=sys.stderr)
    cost = cost or {"seconds": 0.0, "cpu_seconds": 0.0, "peak_mib": 0.0}
    remark = str(failure) if isinstance(failure, TimedOut) else f"failed: {failure}"
    return Splink(
        cost["seconds"], cost["cpu_seconds"], cost["peak_mib"] * 2**20, cleaning, load, False,
        training_seconds(job.scratch), remark
    )


def training_seconds(scratch):
    path = scratch / "splink" / "training_seconds.txt"
    return float(path.read_text()) if path.is_file() else None


def python(script, *arguments):
    return [sys.executable, HERE / Path(script), *arguments]
