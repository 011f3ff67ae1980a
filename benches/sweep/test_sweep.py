"""Tests of what makes the page, without yiren and Splink: `python3 -m unittest discover benches/sweep`."""
import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import beside
import page
import run
from goals import goals
from peers import ROOT, Row, Scores
from populations import NOT_RECORDS, Population, parse_size
from rules import RULES
from sweeps import Measured, Pairs, Sweep, marginal_bytes, median, ratio, read_summary


def sweep(threads=2, records=1_000_000, candidates=2_000_000, seconds=10.0, cpu=18.0, peak=2e8, score=4.0):
    return Sweep(threads, records, candidates, seconds, cpu, peak, 0.0, {"read": 6.0, "score": score})


def splink(seconds=400.0, peak=9e8, f1=(0.9, 0.95), finished=True):
    def scored(f1):
        # As many false as missed make precision, recall and F1 one figure.
        return Row("1m", "Splink", Scores(round(f1 * 1000), round((1 - f1) * 1000), round((1 - f1) * 1000), 1.0, 1.0))

    rows = [scored(figure) for figure in f1] if finished else [None, None]
    remark = "" if finished else "stopped after 400 s"
    return beside.Splink(seconds, seconds, peak, 5.0, 0.0, finished, 90.0 if finished else None, remark, *rows)


def million(**others):
    scores = Scores(960, 40, 40, 1.0, 1.0)
    one = sweep(1, seconds=19.0, score=8.0)
    return Measured("1m", 1, two=sweep(), one=one, scores=scores, repeats=3, **others)


def verdicts(**by_name):
    return [goal.met for goal in goals({name.removeprefix("_"): one for name, one in by_name.items()})]


class Figures(unittest.TestCase):
    def test_summary(self):
        summary = {
            "totals": {"records": 7, "links": 3},
            "blocking": {"candidate_pairs": 9, "possible_pairs": 21},
            "run": {"phases": [{"name": "score", "seconds": 1.5}, {"name": "write", "seconds": 0.5}]},
        }
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "summary.json")
            path.write_text(json.dumps(summary))
            self.assertEqual(read_summary(path), (7, 9, {"score": 1.5, "write": 0.5}))
            path.write_text("{}")
            with self.assertRaises(KeyError):
                read_summary(path)

    def test_of_one_sweep(self):
        one = sweep()
        self.assertEqual(one.records_per_second, 100_000)
        self.assertEqual(one.bytes_per_record, 200)
        self.assertEqual(one.pairs_per_second, 500_000)
        self.assertEqual((one.share("read"), one.share("score")), (0.6, 0.4))
        self.assertIsNone(Sweep(1, 1, 1, 1.0, 1.0, 1.0, 0.0).pairs_per_second)

    def test_the_median_is_a_run_that_was_made(self):
        for seconds, middle in (([3.0], 3.0), ([9.0, 1.0, 2.0], 2.0), ([4.0, 1.0, 2.0, 3.0], 2.0)):
            self.assertEqual(median([sweep(seconds=s) for s in seconds]).seconds, middle)

    def test_ratios(self):
        self.assertEqual(ratio(sweep(seconds=19.0), sweep(seconds=10.0)), 1.9)
        self.assertIsNone(ratio(None, sweep()))
        self.assertIsNone(ratio(sweep(), None))
        self.assertIsNone(ratio(sweep(), sweep(), lambda one: one.phases.get("nothing")))

    def test_bytes_a_further_record(self):
        small, large = sweep(records=100, peak=5_000), sweep(records=1_100, peak=205_000)
        self.assertEqual(marginal_bytes(large, small), 200)
        self.assertIsNone(marginal_bytes(small, small))


class Goals(unittest.TestCase):
    def test_nothing_measured(self):
        self.assertEqual(verdicts(), [None] * 7)

    def test_without_splink(self):
        self.assertEqual(verdicts(_1m=million())[:3], [None] * 3)

    def test_all_met(self):
        fast = million(splink=splink(), pairs={1: Pairs(1, 2_000_000, 0.2, 0.9)})
        ten = Measured("10m", 1, two=sweep(records=10_000_000, seconds=110.0, peak=2.5e9))
        self.assertEqual(verdicts(_1m=fast, _10m=ten), [True] * 7)

    def test_none_met(self):
        pairs = {1: Pairs(1, 2_000_000, 0.21, 0.1), 2: Pairs(2, 2_000_000, 0.1, 0.1)}
        slow = million(splink=splink(seconds=299.0, peak=5.9e8, f1=(0.9, 0.97)), pairs=pairs)
        slow.one = sweep(1, score=7.1)
        ten = Measured("10m", 1, two=sweep(records=10_000_000, seconds=111.0, peak=2.6e9))
        self.assertEqual(verdicts(_1m=slow, _10m=ten), [False] * 7)

    def test_the_better_of_splinks_results_counts(self):
        self.assertEqual(verdicts(_1m=million(splink=splink(f1=(0.97, 0.9))))[2], False)
        self.assertEqual(verdicts(_1m=million(splink=splink(f1=(0.95, 0.96))))[2], True)

    def test_a_run_that_was_stopped_proves_no_more_than_it_can(self):
        self.assertEqual(verdicts(_1m=million(splink=splink(seconds=400.0, finished=False)))[:3], [True, True, None])
        stopped = splink(seconds=200.0, peak=5e8, finished=False)
        self.assertEqual(verdicts(_1m=million(splink=stopped))[:3], [None, None, None])


class Page(unittest.TestCase):
    def test_tables_are_whole(self):
        small = Measured(
            "100k", 1, two=sweep(records=100_000, seconds=1.0, peak=5e7), scores=Scores(9, 1, 1, 1.0, 1.0), repeats=5
        )
        stopped = Measured(
            "3m", 1, two=sweep(records=3_000_000, seconds=33.0), scores=small.scores, repeats=1,
            splink=splink(finished=False),
        )
        pairs = {1: Pairs(1, 2_000_000, 0.5, 1.0), 2: Pairs(2, 2_000_000, 0.25, 0.5)}
        large = million(splink=splink(), parquet=sweep(), pairs=pairs)
        measured = [small, large, stopped]
        for table in (
            page.cost_table(measured), page.phase_table(measured), page.growth_table(measured),
            page.splink_table(measured), page.pairs_table(measured).split("\n\n")[1], page.goal_table(goals({"1m": large})), page.rule_table().split("\n\n")[0],
        ):
            lines = table.splitlines()
            self.assertGreater(len(lines), 2)
            self.assertEqual({line.count("|") for line in lines}, {lines[0].count("|")}, table)
        self.assertIn("| 1m Parquet | 2 |", page.cost_table(measured))
        self.assertIn("| 1m | 1 | 2,000,000 | 4.00 | 2.00 |", page.pairs_table(measured))
        self.assertIn("scoring of pairs alone | 2.00 |", page.growth_table(measured))
        self.assertIn("stopped after 400 s", page.splink_table(measured))
        self.assertIn("10.0 times the records", page.growth_table(measured))

    def test_one_size_has_no_growth(self):
        only = Measured("100k", 1, two=sweep(), scores=Scores(9, 1, 1, 1.0, 1.0), repeats=1)
        self.assertEqual((page.growth_table([only]), page.pairs_table([only])), ("", ""))


class Options(unittest.TestCase):
    def parse(self, *given):
        return run.arguments(["--yiren", "y", "--pairs", "p", "--scratch", "s", *given])

    def test_sizes(self):
        self.assertEqual([parse_size(text) for text in ("100k", "1m", "10m")], [100_000, 1_000_000, 10_000_000])
        self.assertEqual(run.sizes("10m,100k,1m,100k"), ["100k", "1m", "10m"])
        for text in ("", "1", "0k", "-1k", "1g", "1.5m", "1m,"):
            with self.assertRaises(ValueError):
                run.sizes(text)

    def test_only_a_whole_run_is_a_record(self):
        self.assertTrue(self.parse().complete)
        self.assertTrue(self.parse("--sizes", "100k,300k,1m,3m,10m").complete)
        for less in (
            ("--sizes", "100k"), ("--splink", "none"), ("--splink", "1m"), ("--splink-limit", "9"), ("--repeats", "1"),
        ):
            self.assertFalse(self.parse(*less).complete, less)

    def test_nonsense_ends_with_2(self):
        for nonsense in (("--sizes", "many"), ("--splink", "all"), ("--splink-limit", "soon")):
            with self.assertRaises(SystemExit) as ended, contextlib.redirect_stderr(io.StringIO()):
                self.parse(*nonsense)
            self.assertEqual(ended.exception.code, 2)

    def test_limits(self):
        self.assertEqual([beside.limit(n, 0) for n in (100_000, 1_000_000, 3_000_000)], [2400, 2400, 600])
        self.assertEqual(beside.limit(10, 300.0), 300.0)


class Inputs(unittest.TestCase):
    def test_the_truth_is_no_input(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in (*NOT_RECORDS, "tekun.csv", "dibao.csv", "dibao.parquet", "generated.json"):
                Path(folder, name).write_text("x")
            files = [path.name for path in Population("100k", Path(folder)).files]
            self.assertEqual(files, ["dibao.csv", "tekun.csv"])
            self.assertEqual([path.name for path in Population("1m", Path(folder), True).files], ["dibao.parquet"])
        self.assertEqual(Population("1m", Path(folder)).persons, 667_000)

    def test_rules_are_those_of_the_shipped_model(self):
        model = (ROOT / "src" / "schema" / "china.toml").read_text(encoding="utf-8")
        names = [part.split('name = "', 1)[1].split('"', 1)[0] for part in model.split("[[blocking]]")[1:]]
        self.assertEqual([rule.name for rule in RULES], names)
        for rule in RULES:
            self.assertLessEqual(set(rule.lists), set(rule.columns))


if __name__ == "__main__":
    unittest.main()
