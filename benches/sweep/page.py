"""Writes the record of the sweeps."""
import datetime
import platform

from goals import goals
from peers import commit, machine, output
from rules import RULES
from sweeps import marginal_bytes, ratio

HOW = """\
Populations of `yiren generate` (seed 5, CSV unless it says Parquet) of about so many records in ten programmes and registers; every sweep goes from those files to entities, findings, pairs for review, summary and report on disk, with the shipped model and rules. Seconds are wall clock of the whole process and CPU seconds those of all its threads, medians of as many runs as the column says (the run with the median wall clock is shown with all its figures); memory is the peak of what the process held resident. Files were read once before, so that they come from the page cache. *load* is the load average when the run began: with two cores, a figure above 0.5 or so is the work of others (or of the run before), and then the CPU seconds are the figure to trust.\
"""

PEER = """\
Splink is given the same files, cleaned beforehand by [load.py](../peers/load.py) (the column *cleaning*, which is not counted), and 2 threads. Its comparisons and training are those it has for population-dev in [accuracy.md](accuracy.md), but that each rule of the training is held to a million pairs (*training* is counted, and is the part that yiren did when its model was made); its blocking rules are those of the shipped model as far as SQL can say them, below. It does less: entities only. *chosen* is the threshold that does best against the truth, which no user can know; *0.95* is the one its users take. A run that was stopped at its limit stands as what it had cost until then. Accuracy is pairwise, by `yiren evaluate`.\
"""


def write(path, measured, yiren, load):
    """Writes it all; `measured` ascends in size, `load` is the load average when all began."""
    parts = [
        "# Sweeps, end to end",
        provenance(yiren, load),
        HOW,
        "## Goals",
        goal_table(goals({one.name: one for one in measured})),
        "That the fast scorer gives the weights of the plain one is not measured here: tests hold the two against each "
        "other.",
        "## Cost",
        cost_table(measured),
        "## Phases",
        "Seconds of each phase, and its part of all. Pairs a second are candidate pairs over the seconds of the scoring "
        "phase, which also counts how often values are met.",
        phase_table(measured),
        pairs_table(measured),
        "## Growth",
        growth_table(measured),
        "## Beside Splink",
        PEER,
        splink_table(measured),
        rule_table(),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def provenance(yiren, load):
    return (
        f"`make bench-sweep`, commit {commit()}, {datetime.date.today()}; {machine()}, load average {load:.2f} when the "
        f"run began; {output([yiren, '--version'])}{versions()}, Python {platform.python_version()}."
    )


def versions():
    """Versions of Splink and DuckDB, if this Python has them."""
    import importlib.metadata

    try:
        return "".join(f", {name} {importlib.metadata.version(name)}" for name in ("splink", "duckdb"))
    except importlib.metadata.PackageNotFoundError:
        return ""


def markdown(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def goal_table(found):
    words = {True: "met", False: "**not met**", None: "open"}
    return markdown(["goal", "measured", ""], [[goal.goal, goal.measured, words[goal.met]] for goal in found])


def runs(one):
    """(label, sweep) of everything that was swept of one population."""
    labelled = [("", one.two), ("", one.one), ("Parquet", one.parquet)]
    return [(label, sweep) for label, sweep in labelled if sweep]


def cost_table(measured):
    rows = []
    for one in measured:
        for label, sweep in runs(one):
            rows.append([
                f"{one.name} {label}".strip(),
                f"{sweep.threads}",
                f"{sweep.records:,}",
                f"{sweep.candidates:,}",
                f"{sweep.seconds:.2f}",
                f"{sweep.cpu_seconds:.2f}",
                f"{sweep.records_per_second:,.0f}",
                f"{sweep.peak_bytes / 2**20:,.0f}",
                f"{sweep.bytes_per_record:,.0f}",
                f"{one.repeats}",
                f"{sweep.load:.2f}",
            ])
    header = [
        "records", "threads", "records read", "candidate pairs", "seconds", "CPU s", "records/s", "peak MiB",
        "bytes a record", "runs", "load",
    ]
    return markdown(header, rows)


def phase_table(measured):
    swept = [(one, label, sweep) for one in measured for label, sweep in runs(one)]
    names = list(dict.fromkeys(name for _, _, sweep in swept for name in sweep.phases))
    rows = []
    for one, label, sweep in swept:
        cells = [
            f"{sweep.phases[name]:.2f} ({sweep.share(name):.0%})" if name in sweep.phases else "" for name in names
        ]
        rate = sweep.pairs_per_second
        rows.append([
            f"{one.name} {label}".strip(), f"{sweep.threads}", *cells, f"{rate / 1e6:.2f}" if rate else "",
        ])
    return markdown(["records", "threads", *names, "million pairs/s"], rows)


def pairs_table(measured):
    """The scoring of pairs alone."""
    rows = [
        [
            one.name, f"{pairs.threads}", f"{pairs.pairs:,}", f"{pairs.per_second / 1e6:.2f}",
            f"{pairs.per_second_to_the_end / 1e6:.2f}",
        ]
        for one in measured for pairs in one.pairs.values()
    ]
    if not rows:
        return ""
    return "The scoring of the candidate pairs alone (`pairs` in benches/src/bin), in millions a second:\n\n" + markdown(
        ["records", "threads", "candidate pairs", "with early exit", "to the end"], rows
    )


def growth_table(measured):
    """From 1 thread to 2, and from one size to the next."""
    rows = []
    for one in measured:
        whole = ratio(one.one, one.two)
        score = ratio(one.one, one.two, lambda sweep: sweep.phases.get("score"))
        if whole:
            rows.append([f"{one.name}, 1 thread to 2: speed-up", f"{whole:.2f}"])
        if score:
            rows.append([f"{one.name}, 1 thread to 2: speed-up of the scoring phase", f"{score:.2f}"])
        if {1, 2} <= one.pairs.keys():
            alone = one.pairs[2].per_second / one.pairs[1].per_second
            rows.append([f"{one.name}, 1 thread to 2: speed-up of the scoring of pairs alone", f"{alone:.2f}"])
    for small, large in zip(measured, measured[1:], strict=False):
        records = large.two.records / small.two.records
        rows.append([
            f"{small.name} to {large.name} ({records:.1f} times the records): times the seconds",
            f"{ratio(large.two, small.two):.1f}",
        ])
        rows.append([
            f"{small.name} to {large.name}: times the CPU seconds",
            f"{ratio(large.two, small.two, lambda sweep: sweep.cpu_seconds):.1f}",
        ])
        rows.append([
            f"{small.name} to {large.name}: bytes of memory a further record",
            f"{marginal_bytes(large.two, small.two):,.0f}",
        ])
    return markdown(["", ""], rows) if rows else ""


def splink_table(measured):
    rows = []
    for one in measured:
        if one.splink is None and one.scores is None:
            continue
        rows.append([
            one.name, "yiren", f"{one.two.seconds:.1f}", f"{one.two.cpu_seconds:.1f}", "in it", "none",
            f"{one.two.peak_bytes / 2**20:,.0f}", *accuracy(one.scores), f"{one.two.load:.2f}",
        ])
        splink = one.splink
        if splink is None:
            continue
        cost = [
            f"{splink.seconds:.1f}", f"{splink.cpu_seconds:.1f}", f"{splink.cleaning:.1f}",
            "" if splink.training is None else f"{splink.training:.1f}", f"{splink.peak_bytes / 2**20:,.0f}",
        ]
        if not splink.finished:
            rows.append([one.name, "Splink", *cost, splink.remark, "", "", f"{splink.load:.2f}"])
            continue
        for row in (splink.at_default, splink.chosen):
            rows.append([one.name, row.tool, *cost, *accuracy(row.scores), f"{splink.load:.2f}"])
    header = ["records", "tool", "seconds", "CPU s", "cleaning s", "training s", "peak MiB", "precision", "recall", "F1", "load"]
    return markdown(header, rows)


def accuracy(scores):
    return [f"{figure:.4f}" for figure in (scores.precision, scores.recall, scores.f1)]


def rule_table():
    rows = [[rule.name, f"`{' + '.join(rule.columns)}`", rule.differs or "—"] for rule in RULES]
    return (
        markdown(["rule of the shipped model", "what Splink blocks on", "what differs"], rows)
        + "\n\nSplink has no cap on the records of a block; yiren refines a block of more than 100."
    )
