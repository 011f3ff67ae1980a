"""Tests of the comparison, without callgrind: `python3 -m unittest discover benches/instructions`."""
import unittest

import run


class Counts(unittest.TestCase):
    def test_the_sum_of_a_dump(self):
        self.assertEqual(run.total("events: Ir\nfn=(1) x\n12 7\n\ntotals: 1234\n"), 1234)
        self.assertEqual(run.total("part: 1\nsummary: 99\n\ntotals: 99\n"), 99)
        with self.assertRaises(run.Failed):
            run.total("events: Ir\n")

    def test_a_table_is_read_back(self):
        counts = {"name/one_edit": 12.5, "score/early_exit": 1234.5, "date/x_2": 0.0}
        self.assertEqual(run.read_table(run.table(counts)), counts)
        self.assertEqual(run.read_table("# page\n\n" + run.table(counts) + "\n"), counts)

    def test_changes(self):
        cases = [
            # before, now, what is said
            ({"a/b": 100.0}, {"a/b": 105.0}, []),
            ({"a/b": 100.0}, {"a/b": 105.1}, ["a/b: 100.0 -> 105.1 (+5.1%)"]),
            ({"a/b": 100.0}, {"a/b": 94.9}, ["a/b: 100.0 -> 94.9 (-5.1%)"]),
            ({"a/b": 0.5}, {"a/b": 0.6}, []),
            ({"a/b": 0.0}, {"a/b": 2.0}, ["a/b: 0.0 -> 2.0"]),
            ({}, {"a/b": 2.0}, ["a/b: new, 2.0"]),
            ({"a/b": 1000.0}, {}, ["a/b: gone, was 1,000.0"]),
        ]
        for before, now, said in cases:
            self.assertEqual(run.changes(before, now), said)


if __name__ == "__main__":
    unittest.main()
