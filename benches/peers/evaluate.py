"""How well a tool's entities agree with the truth: the one evaluator of all tools.

Plain Python, so that it can be read and run without anything installed. `check_with_yiren` asks
yiren's own evaluator, written independently in Rust, for the same figures.
"""
import csv
import json
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Scores:
    """Pairs counted, and the ratios of the table, each 0 to 1."""

    true_positives: int
    false_positives: int
    false_negatives: int
    b3_precision: float
    b3_recall: float

    @property
    def precision(self):
        return ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self):
        return ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self):
        return harmonic_mean(self.precision, self.recall)

    @property
    def b3_f1(self):
        return harmonic_mean(self.b3_precision, self.b3_recall)


def ratio(part, whole):
    """`part / whole`; 1 of nothing, as who claims nothing claims nothing wrong."""
    return part / whole if whole else 1.0


def harmonic_mean(a, b):
    return 2 * a * b / (a + b) if a + b else 0.0


def pairs(n):
    """Pairs among `n` records."""
    return n * (n - 1) // 2


def read_labels(path):
    """{(source, record_id): label} of a CSV file with those columns and one more for the label.

    Raises ValueError if a record occurs twice: there would be two answers for it.
    """
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if header[:2] != ["source", "record_id"] or len(header) != 3:
            raise ValueError(f"{path}: columns are {header}, not source, record_id and a label")
        labels = {}
        for source, record_id, label in rows:
            if (source, record_id) in labels:
                raise ValueError(f"{path}: {source}:{record_id} occurs twice")
            labels[source, record_id] = label
    return labels


def evaluate(predicted, truth):
    """Scores of one labelling of records against another, both {record: label}.

    A pair is claimed if both records have one label, and true if they are one person. B-cubed
    precision is, averaged over records, the part of a record's entity that is its person; recall
    the part of its person that is in its entity (A. Bagga, B. Baldwin, 1998).

    Raises ValueError unless both have the same records: a tool that loses records, or makes
    some up, has no comparable score.
    """
    lost, invented = truth.keys() - predicted.keys(), predicted.keys() - truth.keys()
    if lost or invented:
        example = min(lost or invented)
        raise ValueError(f"{len(lost)} records lost, {len(invented)} made up, for example {example}")
    entities = Counter(predicted.values())
    persons = Counter(truth.values())
    both = Counter((predicted[record], person) for record, person in truth.items())
    found = sum(map(pairs, both.values()))
    return Scores(
        true_positives=found,
        false_positives=sum(map(pairs, entities.values())) - found,
        false_negatives=sum(map(pairs, persons.values())) - found,
        b3_precision=ratio(sum(n * n / entities[e] for (e, _), n in both.items()), len(truth)),
        b3_recall=ratio(sum(n * n / persons[p] for (_, p), n in both.items()), len(truth)),
    )


def check_with_yiren(yiren, entities, truth, scores):
    """Raises ValueError if `yiren evaluate` comes to other figures for the same two files."""
    output = subprocess.run(
        [yiren, "evaluate", "--truth", truth, "--entities", entities, "--json"],
        check=True, capture_output=True, text=True,
    ).stdout
    theirs = json.loads(output)
    ours = {
        "pairwise": {
            "true_positives": scores.true_positives,
            "false_positives": scores.false_positives,
            "false_negatives": scores.false_negatives,
            "f1": scores.f1,
        },
        "b_cubed": {"precision": scores.b3_precision, "recall": scores.b3_recall, "f1": scores.b3_f1},
    }
    for part, figures in ours.items():
        for name, figure in figures.items():
            if abs(theirs[part][name] - figure) > 1e-9:
                raise ValueError(f"{entities}: {part} {name} is {figure} here, {theirs[part][name]} by yiren")


def best_threshold(weighed_pairs, truth):
    """(weight, labelling) of the connected components that agree best with the truth.

    `weighed_pairs` is [(weight, record, record)]. Every weight that occurs is tried as the
    threshold, and the one with the highest pairwise F1 is taken, the highest of equals: the most
    favourable choice there is, open only to one who knows the truth. With no pairs at all the
    weight is None and each record an entity.
    """
    ranked = sorted(weighed_pairs, key=lambda pair: -pair[0])
    forest = _Forest(truth)
    wanted = sum(map(pairs, Counter(truth.values()).values()))
    best_weight, best_f1 = None, forest.f1(wanted)
    for i, (weight, a, b) in enumerate(ranked):
        forest.join(a, b)
        if i + 1 == len(ranked) or ranked[i + 1][0] != weight:
            f1 = forest.f1(wanted)
            if f1 > best_f1:
                best_weight, best_f1 = weight, f1
    forest = _Forest(truth)
    for weight, a, b in ranked:
        if best_weight is None or weight < best_weight:
            break
        forest.join(a, b)
    return best_weight, {record: forest.root(record) for record in truth}


class _Forest:
    """Components of records, with the pairs within them counted as they grow."""

    def __init__(self, truth):
        self.parent = {record: record for record in truth}
        self.persons = defaultdict(Counter)
        for record, person in truth.items():
            self.persons[record][person] = 1
        self.size = Counter(dict.fromkeys(truth, 1))
        self.claimed = self.found = 0

    def root(self, record):
        while self.parent[record] != record:
            self.parent[record] = self.parent[self.parent[record]]
            record = self.parent[record]
        return record

    def join(self, a, b):
        large, small = self.root(a), self.root(b)
        if large == small:
            return
        if self.size[large] < self.size[small]:
            large, small = small, large
        self.parent[small] = large
        self.claimed += self.size[large] * self.size[small]
        self.size[large] += self.size.pop(small)
        persons = self.persons[large]
        for person, n in self.persons.pop(small).items():
            self.found += n * persons[person]
            persons[person] += n

    def f1(self, wanted):
        return harmonic_mean(ratio(self.found, self.claimed), ratio(self.found, wanted))
