//! The engine's phases as the benchmarks call them, each in one place.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use yiren::generate::{Options, generate};
use yiren::index::{CandidatePart, Candidates};
use yiren::schema::read_model;
use yiren::scoring::Scorer;
use yiren::standardise::{LoadOptions, load};
use yiren::table::Table;
use yiren_matchers::model::{Model, ModelParts};

/// A population of so many persons, the same every time, in a folder that lasts as long as this.
#[derive(Debug)]
pub struct Population {
    folder: TempDir,
}

impl Population {
    /// Invents one. Costs some microseconds a person.
    pub fn new(persons: u64) -> anyhow::Result<Population> {
        let folder = tempfile::tempdir()?;
        let options = Options {
            persons,
            seed: 5,
            ..Options::default()
        };
        generate(&options, folder.path(), &|_| {})?;
        Ok(Population { folder })
    }

    /// The files of records, by name.
    pub fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(self.folder.path())? {
            let path = entry?.path();
            if !is_truth(&path) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

fn is_truth(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name == "truth.csv" || name == "true_findings.csv"
}

/// The shipped model.
pub fn china() -> anyhow::Result<ModelParts> {
    Ok(read_model(None)?)
}

/// The records of the files, read and standardised by so many threads; 0 means one for each core.
pub fn read(files: &[PathBuf], model: &ModelParts, threads: usize) -> anyhow::Result<Table> {
    let options = LoadOptions {
        threads,
        ..LoadOptions::default()
    };
    Ok(load(files, &model.fields, &options, &|_, _| {})?.table)
}

/// The candidate pairs of all records, in memory.
pub fn join(table: &Table, model: &ModelParts) -> anyhow::Result<Candidates> {
    Ok(Candidates::find(table, model, None)?)
}

/// Every candidate pair once, ascending.
pub fn pairs(candidates: &Candidates) -> anyhow::Result<Vec<(u32, u32)>> {
    let mut pairs = Vec::new();
    let mut part = CandidatePart::default();
    for place in 0..candidates.parts() {
        candidates.read(place, &mut part)?;
        pairs.extend(part.distinct().map(|pair| (pair.a, pair.b)));
    }
    Ok(pairs)
}

/// The scorer of a table, with its term frequencies.
pub fn scorer(table: &Table, model: &ModelParts) -> Scorer {
    Scorer::new(&Model::new(model.clone(), table.len() as u64), table)
}

/// How many candidate pairs are at or above the reporting weight.
pub fn score_all(scorer: &Scorer, table: &Table, candidates: &Candidates) -> anyhow::Result<usize> {
    let floor = scorer.model().parts().thresholds.report;
    let scored = scorer.score_all(table, candidates, floor, None, &|_| {})?;
    Ok(scored.pairs.len())
}

/// How many candidate pairs are links, each weighed to the end.
pub fn weigh_all(scorer: &Scorer, table: &Table, candidates: &Candidates) -> anyhow::Result<usize> {
    let link = scorer.model().parts().thresholds.link;
    let sums = scorer.fold_candidates(
        table,
        candidates,
        || 0,
        |links, pair| *links += usize::from(pair.score.weight >= link),
    )?;
    Ok(sums.into_iter().sum())
}
