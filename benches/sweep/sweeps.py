"""Sweeps that were measured, and what follows from their figures."""
import json
import os
import statistics
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from peers import AS_OF, Job, Scores, output

@dataclass(frozen=True)
class Sweep:
    """One sweep. Seconds are wall clock of the process, bytes the peak of its resident memory.

    `load` is the machine's load average when it began; `phases` are the seconds of each, in order.
    """

    threads: int
    records: int
    candidates: int
    seconds: float
    cpu_seconds: float
    peak_bytes: float
    load: float
    phases: dict = field(default_factory=dict)

    @property
    def records_per_second(self):
        return self.records / self.seconds

    @property
    def bytes_per_record(self):
        return self.peak_bytes / self.records

    @property
    def pairs_per_second(self):
        """Candidate pairs a second of the scoring phase; None if that is not known."""
        seconds = self.phases.get("score")
        return self.candidates / seconds if seconds else None

    def share(self, phase):
        """The part of all phases that one took, 0 to 1."""
        return self.phases[phase] / sum(self.phases.values())


@dataclass(frozen=True)
class Pairs:
    """The scoring of candidate pairs alone, on so many threads: seconds of one pass over all of them,
    with early exit as in a sweep, and with each pair weighed to the end."""

    threads: int
    pairs: int
    early_exit: float
    to_the_end: float

    @property
    def per_second(self):
        return self.pairs / self.early_exit

    @property
    def per_second_to_the_end(self):
        return self.pairs / self.to_the_end


@dataclass
class Measured:
    """All that was measured of one population, `pairs` by number of threads. What was not is None or absent."""

    name: str
    bytes: int
    two: Sweep | None = None
    one: Sweep | None = None
    parquet: Sweep | None = None
    pairs: dict = field(default_factory=dict)
    repeats: int = 0
    scores: Scores | None = None
    splink: object = None


def read_summary(path):
    """(records, candidate pairs, {phase: seconds}) of a `summary.json`."""
    summary = json.loads(Path(path).read_text(encoding="utf-8"))
    phases = {phase["name"]: phase["seconds"] for phase in summary["run"]["phases"]}
    return summary["totals"]["records"], summary["blocking"]["candidate_pairs"], phases


def run(job, threads, repeats):
    """The sweep of median wall clock among `repeats`, and the folder of the last one."""
    sweeps = []
    for _ in range(repeats):
        load = os.getloadavg()[0]
        print(f"load average {load:.2f}; ", end="", file=sys.stderr)
        command = [job.yiren, "--threads", threads, "sweep", *job.files, "--out", "{out}/result", "--as-of", AS_OF]
        cost, out = job.run(f"yiren-{threads}", command)
        records, candidates, phases = read_summary(out / "result" / "summary.json")
        sweeps.append(
            Sweep(
                threads, records, candidates, cost["seconds"], cost["cpu_seconds"], cost["peak_mib"] * 2**20, load, phases
            )
        )
        print(f"  {sweeps[-1].seconds:.2f} s, {cost['cpu_seconds']:.2f} CPU s, {cost['peak_mib']:.0f} MiB", file=sys.stderr)
    return median(sweeps), out / "result"


def median(sweeps):
    """The sweep whose wall clock is the (lower) median."""
    middle = statistics.median_low([sweep.seconds for sweep in sweeps])
    return next(sweep for sweep in sweeps if sweep.seconds == middle)


def score_pairs(job, threads, program):
    """The `Pairs` that the program of that name in benches/src/bin measures."""
    print(f"load average {os.getloadavg()[0]:.2f}; ", end="", file=sys.stderr)
    _, out = job.run(f"pairs-{threads}", [program, threads, *job.files])
    found = Pairs(**json.loads((out / "log.txt").read_text(encoding="utf-8")))
    print(f"  {found.per_second / 1e6:.2f} million pairs a second", file=sys.stderr)
    return found


def scores(yiren, entities, truth):
    """What `yiren evaluate` says of a file of entities; the peers' own evaluator agrees with it
    wherever bench-peers asks both."""
    said = json.loads(output([yiren, "evaluate", "--truth", truth, "--entities", entities, "--json"]))
    pairwise, b_cubed = said["pairwise"], said["b_cubed"]
    return Scores(
        pairwise["true_positives"], pairwise["false_positives"], pairwise["false_negatives"],
        b_cubed["precision"], b_cubed["recall"],
    )


def measure(population, parquet, options):
    """Everything but Splink about one population; `parquet` is the same one in that format, or None."""
    job = Job(population, population.files, population.truth, options.scratch / "runs" / population.name, options.yiren)
    size = population.records_wanted
    repeats = options.repeats or (5 if size <= 200_000 else 3 if size <= 1_000_000 else 1)
    measured = Measured(population.name, population.bytes, repeats=repeats)
    measured.two, result = run(job, 2, repeats)
    measured.scores = scores(options.yiren, result / "entities.csv", population.truth)
    if size <= options.one_thread:
        measured.one, _ = run(job, 1, repeats)
        measured.pairs = {threads: score_pairs(job, threads, options.pairs) for threads in (1, 2)}
    if parquet:
        measured.parquet, _ = run(replace(job, files=parquet.files), 2, repeats)
    return measured


def ratio(above, below, of=lambda sweep: sweep.seconds):
    """`of(above) / of(below)`; None if either is missing or has no such figure."""
    if above is None or below is None:
        return None
    above, below = of(above), of(below)
    return above / below if above is not None and below else None


def marginal_bytes(large, small):
    """Bytes of resident memory that each further record costs between two sizes; None for equal sizes."""
    if large.records == small.records:
        return None
    return (large.peak_bytes - small.peak_bytes) / (large.records - small.records)
