"""What the two benchmarks beside Splink have in common, from benches/peers: one way of measuring."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.append(str(HERE.parent / "peers"))

from evaluate import Scores  # noqa: E402
from machine import commit, machine, output  # noqa: E402
from tools import AS_OF, Failed, Job, Row, TimedOut, splink_rows  # noqa: E402

__all__ = [
    "AS_OF", "HERE", "ROOT", "Failed", "Job", "Row", "Scores", "TimedOut", "commit", "machine", "output", "splink_rows",
]
