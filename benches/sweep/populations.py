"""The populations that are swept: made by `yiren generate` once, and kept outside the clone."""
import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from peers import ROOT

SEED = 5
# The generator gives a person 1.5 records in the mean.
PERSONS_PER_RECORD = 0.667
UNITS = {"k": 1_000, "m": 1_000_000}
NOT_RECORDS = ("truth.csv", "true_findings.csv")


def parse_size(text):
    """Records of a size such as `100k` or `3m`; ValueError for anything else."""
    found = re.fullmatch(r"([1-9][0-9]*)([km])", text)
    if not found:
        raise ValueError(f"`{text}` is not a size such as 100k or 3m")
    return int(found[1]) * UNITS[found[2]]


@dataclass(frozen=True)
class Population:
    """So many records, about; `folder` holds a file a source, and the truth."""

    name: str
    folder: Path
    parquet: bool = False

    @property
    def records_wanted(self):
        return parse_size(self.name)

    @property
    def persons(self):
        return round(self.records_wanted * PERSONS_PER_RECORD)

    @property
    def files(self):
        pattern = "*.parquet" if self.parquet else "*.csv"
        return sorted(path for path in self.folder.glob(pattern) if path.name not in NOT_RECORDS)

    @property
    def truth(self):
        return self.folder / "truth.csv"

    @property
    def bytes(self):
        return sum(path.stat().st_size for path in self.files)

    def make(self, yiren):
        """Generates the files, unless those of this generator are there already."""
        marker = self.folder / "generated.json"
        wanted = {"persons": self.persons, "seed": SEED, "parquet": self.parquet, "generator": generator()}
        if marker.is_file() and json.loads(marker.read_text()) == wanted:
            return
        print(f"{self.name}: generating {self.folder} ...", file=sys.stderr, flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        options = ["--parquet"] if self.parquet else []
        subprocess.run(
            [yiren, "generate", "--persons", str(self.persons), "--seed", str(SEED), "--out", self.folder, *options],
            check=True, stdout=subprocess.DEVNULL,
        )
        marker.write_text(json.dumps(wanted))

    def warm(self):
        """Reads the files once, so that no run finds more of them in the page cache than another."""
        for path in self.files:
            with open(path, "rb") as file:
                while file.read(1 << 22):
                    pass


def generator():
    """A digest of the generator's source: another one makes another population."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src" / "generate").rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
