"""Writes the record: the table, where it was made, and what the peers were told."""
import datetime
import importlib.metadata
import platform

import recordlinkage_settings
import splink_settings
from machine import commit, machine, output

READING = """\
Pairwise precision, recall and F1 count pairs of records in one entity; B³ is the harmonic mean of B-cubed precision and recall. All tools' entities go through [one evaluator](../peers/evaluate.py), and `yiren evaluate` came to the same figures for every row. No row has seen a label, with one exception: *chosen with the labels* takes, of all thresholds, the one that does best against the truth, which no user can do; it shows what the scores of a tool would allow. Seconds are wall clock of the whole process, from files to entities, one tool at a time, and mean little if the machine had other work; CPU seconds are those of all its threads; MiB is peak resident memory.

yiren decides at each model's own threshold, without labels ([models](../../golden-datasets/models); the populations use the shipped one), and its seconds include findings and report. febrl3_no_ssn is febrl3 with the column `soc_sec_id` removed for every tool. What the data are and where they come from: [datasets.py](../peers/datasets.py).
"""

SETTINGS = """\
## Settings of the peers

Exactly: [splink_settings.py](../peers/splink_settings.py), [recordlinkage_settings.py](../peers/recordlinkage_settings.py), and [load.py](../peers/load.py) for the cleaning that both get. Where a peer's own notebooks or examples say nothing, the settings are ours, chosen in its favour: with a look at how it did on these very data, which yiren's models do without.
"""

RECORDLINKAGE = """\
### recordlinkage

*ECM* is its classifier that needs no labels, on agreements; *its example* are the weights of its own FEBRL examples, chosen by its authors. Entities are connected components of the matches.
"""


def write(path, rows, datasets, yiren, load):
    """Writes it all; `load` is the machine's load average when the run began."""
    parts = [
        "# Accuracy and cost, side by side",
        f"`make bench-peers`, {provenance(yiren, load)}",
        READING.strip(),
        table(rows),
        SETTINGS.strip(),
        "### Splink",
        splink_text(datasets),
        RECORDLINKAGE.strip(),
        recordlinkage_text(datasets),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def table(rows):
    lines = [
        "| data | tool | precision | recall | F1 | B³ | seconds | CPU s | MiB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    previous = None
    for row in rows:
        data = row.data if row.data != previous else ""
        previous = row.data
        if row.scores is None:
            lines.append(f"| {data} | {row.tool} | {row.remark} | | | | | | |")
            continue
        s = row.scores
        figures = " | ".join(f"{figure:.4f}" for figure in (s.precision, s.recall, s.f1, s.b3_f1))
        cost = f"{row.seconds:.1f} | {row.cpu_seconds:.1f} | {row.peak_mib:.0f}"
        lines.append(f"| {data} | {row.tool} | {figures} | {cost} |")
    return "\n".join(lines)


def provenance(yiren, load):
    """Commit, date, machine and versions, in a sentence."""
    version = output([yiren, "--version"]) if yiren.is_file() else "yiren not built"
    peers = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("splink", "duckdb", "recordlinkage"))
    return (
        f"commit {commit()}, {datetime.date.today()}; {machine()}, load average {load:.1f} when the run began; "
        f"{version}, {peers}, Python {platform.python_version()}."
    )


def splink_text(datasets):
    lines = [
        f"u by random sampling with seed {splink_settings.SEED}, m by expectation maximisation over the rules named, "
        "the prior from the deterministic rules named and a guess of their recall; entities are connected components.",
    ]
    for dataset in datasets:
        settings = splink_settings.SETTINGS[dataset.name]
        comparisons = [comparison.get_comparison("duckdb") for comparison in settings.comparisons()]
        lines += [
            f"\n**{dataset.name}** ({settings.origin}; {settings.link_type})",
            *(f"- {comparison_text(comparison)}" for comparison in comparisons),
            f"- blocking: {rules(settings.blocking)}",
            f"- prior: {rules(settings.prior_rules)}; recall {settings.prior_recall:g}",
            f"- u from {settings.u_pairs:.0e} pairs; m by {rules(settings.em_rules)}, "
            f"{'without' if settings.em_ignores_tf else 'with'} term frequencies",
        ]
    return "\n".join(lines)


def comparison_text(comparison):
    levels = [level for level in comparison.as_dict()["comparison_levels"] if not level.get("is_null_level")]
    labels = "; ".join(level["label_for_charts"].replace("|", "\\|") for level in levels[:-1])
    frequencies = any(level.get("tf_adjustment_column") for level in levels)
    return f"{comparison.output_column_name}: {labels}" + (" (term frequencies)" if frequencies else "")


def rules(given):
    return ", ".join(f"`{rule if isinstance(rule, str) else sql(rule)}`" for rule in given)


def sql(rule):
    """A blocking rule as the columns that agree, or as it is."""
    text = rule.get_blocking_rule("duckdb").blocking_rule_sql
    parts = text.split(" AND ")
    sides = [(part[1:-1] if len(parts) > 1 else part).split(" = ") for part in parts]
    if all(len(side) == 2 and side[0].replace('l.', 'r.') == side[1] for side in sides):
        return " + ".join(side[0].replace("l.", "").replace('"', "") for side in sides)
    return text


def recordlinkage_text(datasets):
    lines = []
    for dataset in datasets:
        for method, settings_of in recordlinkage_settings.SETTINGS.items():
            settings = settings_of.get(dataset.name)
            if settings is None:
                continue
            weights = settings.weights
            lines.append(f"**{dataset.name}, {method}**" + (f" ({weights.origin})" if weights else ""))
            lines.append("- blocks: " + ", ".join(f"`{' + '.join(block)}`" for block in settings.blocks))
            lines.append("- agreements: " + ", ".join(comparison.label for comparison in settings.comparisons))
            if weights:
                lines.append(f"- weights: {', '.join(map(str, weights.coefficients))}; intercept {weights.intercept}")
            lines.append("")
    return "\n".join(lines).strip()

