"""Tests of what makes the table, without the peers: `python3 -m unittest discover benches/peers`.

With YIREN=path/to/yiren the evaluator is also held against yiren's.
"""
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import measure
from datasets import DATASETS, Dataset, help_for
from evaluate import best_threshold, check_with_yiren, evaluate, read_labels
from tools import read_pairs, write_labels

YIREN = os.environ.get("YIREN")


def labels(*entities):
    """{record: label} of entities, each a string of one-letter records."""
    return {("s", record): f"{i}" for i, entity in enumerate(entities) for record in entity}


def random_labels(rng, n, most):
    return {("s", str(record)): str(rng.randrange(most)) for record in range(n)}


def slow_scores(predicted, truth):
    """Pairs counted one by one, and B-cubed as its definition reads."""
    counts = [0, 0, 0]
    for a, b in itertools.combinations(truth, 2):
        claimed, true = predicted[a] == predicted[b], truth[a] == truth[b]
        for i, found in enumerate((claimed and true, claimed and not true, true and not claimed)):
            counts[i] += found
    precision = recall = 0
    for record in truth:
        entity = {other for other in truth if predicted[other] == predicted[record]}
        person = {other for other in truth if truth[other] == truth[record]}
        precision += len(entity & person) / len(entity) / len(truth)
        recall += len(entity & person) / len(person) / len(truth)
    return counts, precision, recall


def slow_components(records, pairs):
    """{record: label}, by repeating the smallest neighbour's label until nothing changes."""
    label = {record: record for record in records}
    while True:
        before = dict(label)
        for a, b in pairs:
            label[a] = label[b] = min(label[a], label[b])
        if label == before:
            return label


class Evaluate(unittest.TestCase):
    def test_values_worked_out_by_hand(self):
        cases = [
            # predicted, truth, precision, recall, B-cubed precision, B-cubed recall
            (["ab", "c"], ["ab", "c"], 1, 1, 1, 1),
            (["abc"], ["a", "b", "c"], 0, 1, 1 / 3, 1),
            (["a", "b", "c"], ["abc"], 1, 0, 1, 1 / 3),
            (["abc", "d"], ["ab", "cd"], 1 / 3, 1 / 2, (2 / 3 + 2 / 3 + 1 / 3 + 1) / 4, (1 + 1 + 1 / 2 + 1 / 2) / 4),
            (["abcd"], ["ab", "cd"], 2 / 6, 1, 1 / 2, 1),
        ]
        for predicted, truth, *expected in cases:
            with self.subTest(predicted=predicted, truth=truth):
                s = evaluate(labels(*predicted), labels(*truth))
                for ours, hand in zip((s.precision, s.recall, s.b3_precision, s.b3_recall), expected, strict=True):
                    self.assertAlmostEqual(ours, hand, places=12)

    def test_the_slow_way_comes_to_the_same(self):
        for seed in range(60):
            rng = random.Random(seed)
            n = rng.randrange(1, 30)
            predicted, truth = (random_labels(rng, n, rng.randrange(1, n + 1)) for _ in range(2))
            s = evaluate(predicted, truth)
            counts, precision, recall = slow_scores(predicted, truth)
            with self.subTest(seed=seed):
                self.assertEqual([s.true_positives, s.false_positives, s.false_negatives], counts)
                self.assertAlmostEqual(s.b3_precision, precision, places=12)
                self.assertAlmostEqual(s.b3_recall, recall, places=12)

    def test_harmonic_means(self):
        s = evaluate(labels("abc", "d"), labels("ab", "cd"))
        self.assertAlmostEqual(s.f1, 2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
        self.assertAlmostEqual(s.b3_f1, 2 * (2 / 3) * (3 / 4) / (2 / 3 + 3 / 4))
        self.assertEqual(evaluate(labels("abc"), labels("a", "b", "c")).f1, 0)

    def test_lost_and_invented_records_have_no_score(self):
        for predicted in (labels("a"), labels("abc"), labels("ac")):
            with self.assertRaises(ValueError):
                evaluate(predicted, labels("ab"))

    @unittest.skipUnless(YIREN, "YIREN names no program")
    def test_yiren_agrees_and_a_difference_is_seen(self):
        for seed in range(5):
            rng = random.Random(seed)
            predicted, truth = (random_labels(rng, 40, rng.randrange(2, 41)) for _ in range(2))
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as folder:
                entities, persons = Path(folder, "entities.csv"), Path(folder, "truth.csv")
                write_labels(entities, {record: (label,) for record, label in predicted.items()})
                write_labels(persons, {record: (label,) for record, label in truth.items()})
                persons.write_text(persons.read_text().replace("entity_id", "person_id"))
                check_with_yiren(YIREN, entities, persons, evaluate(predicted, truth))
                with self.assertRaises(ValueError):
                    check_with_yiren(YIREN, entities, persons, evaluate(dict.fromkeys(truth, "one"), truth))


class BestThreshold(unittest.TestCase):
    def test_no_threshold_does_better(self):
        for seed in range(80):
            rng = random.Random(seed)
            n = rng.randrange(2, 14)
            truth = random_labels(rng, n, rng.randrange(1, n + 1))
            records = sorted(truth)
            # Few weights, so that many pairs share one.
            scored = [(rng.randrange(5), *rng.sample(records, 2)) for _ in range(rng.randrange(25))]
            weight, chosen = best_threshold(scored, truth)
            every = [
                evaluate(slow_components(records, [(a, b) for w, a, b in scored if w >= limit]), truth).f1
                for limit in range(6)
            ]
            with self.subTest(seed=seed):
                self.assertAlmostEqual(evaluate(chosen, truth).f1, max(every), places=12)
                if weight is not None:
                    joined = slow_components(records, [(a, b) for w, a, b in scored if w >= weight])
                    self.assertEqual(evaluate(chosen, joined).f1, 1)

    def test_no_pairs(self):
        weight, chosen = best_threshold([], labels("ab"))
        self.assertIsNone(weight)
        self.assertEqual(len(set(chosen.values())), 2)


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def test_labels_come_back(self):
        given = {("s", "1"): ("s", "1"), ("s", "2,x"): ("s", "1"), ("t", "1"): ("t", "1")}
        write_labels(self.folder / "e.csv", given)
        self.assertEqual(evaluate(read_labels(self.folder / "e.csv"), given).f1, 1)

    def test_a_record_twice_is_refused(self):
        path = self.write("e.csv", "source,record_id,entity_id\ns,1,a\ns,1,a\n")
        with self.assertRaisesRegex(ValueError, "s:1 occurs twice"):
            read_labels(path)

    def test_other_columns_are_refused(self):
        for text in ("", "record_id,source,entity_id\n", "source,record_id\n"):
            with self.assertRaises(ValueError):
                read_labels(self.write("e.csv", text))

    def test_pairs_keep_colons_of_the_record(self):
        path = self.write("p.csv", "match_weight,unique_id_l,unique_id_r\n-1.5,s:1:2,t:3\n")
        self.assertEqual(read_pairs(path), [(-1.5, ("s", "1:2"), ("t", "3"))])

    def test_what_is_left_out_is_left_out(self):
        (self.folder / "data").mkdir()
        self.write("data/a.csv", 'record_id,secret,name\n1,9,"x, y"\n')
        dataset = Dataset("d", "data", ("a",), "nowhere", without=("secret",))
        [copy] = dataset.visible(self.folder, self.folder / "scratch")
        self.assertEqual(copy.read_text(encoding="utf-8").split(), ["record_id,name", '1,"x,', 'y"'])
        self.assertEqual(copy.stem, "a")

    def test_missing_data_are_named_with_their_origin(self):
        for dataset in DATASETS:
            missing = dataset.missing(self.folder)
            self.assertEqual(len(missing), len(dataset.sources) + 1)
            text = help_for([(dataset, missing)], self.folder)
            for part in [dataset.origin, *map(str, missing)]:
                self.assertIn(part, text)

    def test_missing_data_end_the_run_with_2(self):
        run = [sys.executable, Path(__file__).with_name("run.py"), "--data", self.folder, "--check"]
        finished = subprocess.run(run, capture_output=True, text=True)
        self.assertEqual((finished.returncode, finished.stdout), (2, ""))
        self.assertIn("historical_50k.csv", finished.stderr)


class Measure(unittest.TestCase):
    def measure(self, code, limit=0):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder, "log")
            return measure.measure([sys.executable, "-c", code], log, limit), log.read_text()

    def test_memory_time_and_status(self):
        small, _ = self.measure("print('hello')")
        large, log = self.measure("import sys; held = bytearray(b'x' * (150 << 20)); print('hello'); sys.exit(3)")
        self.assertEqual((small["status"], large["status"], log), (0, 3, "hello\n"))
        for cost in (small, large):
            self.assertGreater(cost["seconds"], 0)
            self.assertGreater(cost["cpu_seconds"], 0)
            self.assertFalse(cost["timed_out"])
        self.assertGreater(large["peak_mib"], 150)

    def test_a_limit_stops_who_is_not_done(self):
        endless, _ = self.measure("while True: pass", limit=0.2)
        self.assertTrue(endless["timed_out"])
        self.assertNotEqual(endless["status"], 0)
        quick, _ = self.measure("pass", limit=3600)
        self.assertEqual((quick["timed_out"], quick["status"]), (False, 0))

    def test_the_memory_of_who_asks_does_not_count(self):
        held = bytearray(b"x" * (300 << 20))
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report")
            command = [sys.executable, "-c", "pass"]
            subprocess.run([sys.executable, measure.__file__, report, Path(folder, "log"), "0", *command], check=True)
            self.assertLess(json.loads(report.read_text())["peak_mib"], 100)
        self.assertEqual(len(held), 300 << 20)


if __name__ == "__main__":
    unittest.main()
