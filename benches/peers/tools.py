"""The tools: how each is run on one of the data, and the rows of the table that come of it."""
import csv
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from evaluate import Scores, best_threshold, check_with_yiren, evaluate, read_labels

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "golden-datasets" / "models"
# Months of findings are counted to this day; matching does not depend on it.
AS_OF = "2026-06-30"


@dataclass(frozen=True)
class Row:
    """A row of the table; `remark` stands in place of figures where there are none."""

    data: str
    tool: str
    scores: Scores | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_mib: float | None = None
    remark: str = ""
    failed: bool = False

    @classmethod
    def of(cls, job, tool, scores, cost):
        return cls(job.dataset.name, tool, scores, cost["seconds"], cost["cpu_seconds"], cost["peak_mib"])


class Failed(Exception):
    """A tool did not finish, or its result cannot be compared."""


class TimedOut(Failed):
    """A tool was stopped at its limit; `cost` is what it had cost until then."""

    def __init__(self, cost):
        super().__init__(f"stopped after {cost['seconds']:.0f} s")
        self.cost = cost


@dataclass(frozen=True)
class Job:
    """One of the data, as the tools see it. `scratch` is a folder for what they write."""

    dataset: object
    files: list
    truth: Path
    scratch: Path
    yiren: Path

    def run(self, tool, command, limit=0):
        """The cost of a command that writes into a folder of its own, given as `{out}`, and the folder.

        It is stopped after `limit` seconds, unless that is 0.
        """
        print(f"{self.dataset.name}: {tool} ...", file=sys.stderr, flush=True)
        out = self.scratch / tool
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        report, log = out / "cost.json", out / "log.txt"
        command = [str(part).replace("{out}", str(out)) for part in command]
        subprocess.run([sys.executable, HERE / "measure.py", report, log, str(limit), *command], check=True)
        cost = json.loads(report.read_text())
        if cost["timed_out"]:
            raise TimedOut(cost)
        if cost["status"]:
            raise Failed(f"exit status {cost['status']}; its log is {log}")
        return cost, out

    def score(self, entities):
        """The scores of a file of entities, on which both evaluators agree."""
        try:
            scores = evaluate(read_labels(entities), read_labels(self.truth))
        except ValueError as error:
            raise Failed(str(error)) from error
        check_with_yiren(self.yiren, entities, self.truth, scores)
        return scores


def python(script, *arguments):
    return [sys.executable, HERE / script, *arguments]


def yiren(job):
    name = "yiren"
    model = []
    if job.dataset.model:
        file = MODELS / f"{job.dataset.model}.toml"
        if not file.is_file():
            return [Row(job.dataset.name, name, remark=f"no golden-datasets/models/{file.name} yet")]
        model = ["--model", file]
    cost, out = job.run(name, [job.yiren, "sweep", *job.files, *model, "--out", "{out}/result", "--as-of", AS_OF])
    scores = job.score(out / "result" / "entities.csv")
    return [Row.of(job, name, scores, cost)]


def splink(job):
    return splink_rows(job, *job.run("splink", python("run_splink.py", job.dataset.name, "{out}", *job.files)))


def splink_rows(job, cost, out):
    """The rows of a run of Splink that wrote its files into `out`."""
    entities = out / "entities.csv"
    cost["seconds"] -= float((out / "pairs_seconds.txt").read_text())
    at_default = Row.of(job, "Splink, 0.95", job.score(entities), cost)
    truth = read_labels(job.truth)
    weight, labels = best_threshold(read_pairs(out / "pairs.csv"), truth)
    chosen = out / "entities-chosen.csv"
    write_labels(chosen, labels)
    probability = 0.0 if weight is None else 1 / (1 + 2 ** -weight)
    tool = f"Splink, {probability:.3g} (chosen with the labels)"
    return [at_default, Row.of(job, tool, job.score(chosen), cost)]


def recordlinkage_ecm(job):
    return _recordlinkage(job, "ecm", "recordlinkage, ECM")


def recordlinkage_example(job):
    # Its authors wrote examples for FEBRL alone.
    if not job.dataset.name.startswith("febrl"):
        return []
    return _recordlinkage(job, "example", "recordlinkage, its example")


def _recordlinkage(job, method, name):
    command = python("run_recordlinkage.py", method, job.dataset.name, "{out}", *job.files)
    cost, out = job.run(f"recordlinkage-{method}", command)
    scores = job.score(out / "entities.csv")
    return [Row.of(job, name, scores, cost)]


# By the name that TOOLS takes, in the order of the table.
TOOLS = {
    "yiren": [yiren],
    "splink": [splink],
    "recordlinkage": [recordlinkage_ecm, recordlinkage_example],
}


def read_pairs(path):
    """[(weight, record, record)] of a file whose records are `source:record_id`."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        return [(float(weight), tuple(a.split(":", 1)), tuple(b.split(":", 1))) for weight, a, b in rows]


def write_labels(path, labels):
    """A file of entities, each named by one of its records."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["source", "record_id", "entity_id"])
        writer.writerows([source, record_id, ":".join(label)] for (source, record_id), label in labels.items())
