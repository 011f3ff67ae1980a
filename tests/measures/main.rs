//! Candidates, weights, persons and the reports on a known truth, held against slow and obvious
//! code over all pairs of small populations.
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at the first thing that is not there"
)]

mod aside;
mod blocking;
mod candidates;
mod evaluation;
mod gathering;
mod pieces;
mod resume;
mod versions;

use std::path::{Path, PathBuf};

use yiren::generate::{ErrorMix, Options, generate};
use yiren::report::{Label, Truth};
use yiren::schema::parse_model;
use yiren::standardise::LoadOptions;
use yiren::sweep::{Matched, Silent, match_records};
use yiren_matchers::model::ModelParts;

fn model() -> ModelParts {
    parse_model(include_str!("model.toml"), "model.toml").unwrap()
}

/// A population in a folder, matched, with its truth.
struct Population {
    matched: Matched,
    labels: Vec<Label>,
    truth: Truth,
    /// Ascending.
    candidates: Vec<(u32, u32)>,
    _folder: tempfile::TempDir,
}

impl Population {
    /// So many people with many errors, matched by a model.
    fn new(persons: u64, model: &ModelParts) -> Population {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            persons,
            seed: 5,
            errors: ErrorMix::heavy(),
            ..Options::default()
        };
        generate(&options, folder.path(), &|_| {}).unwrap();
        let inputs: [PathBuf; 1] = [folder.path().to_path_buf()];
        let matched = match_records(&inputs, model, &LoadOptions::default(), &Silent).unwrap();
        let labels = labels(&folder.path().join("truth.csv"));
        Population {
            truth: Truth::new(&matched.loaded.table, &labels),
            candidates: candidates::distinct(&matched.candidates),
            matched,
            labels,
            _folder: folder,
        }
    }

    fn records(&self) -> u32 {
        self.matched.loaded.table.len() as u32
    }

    /// All pairs of records, the lower first.
    fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + use<> {
        let records = self.records();
        (0..records).flat_map(move |a| (a + 1..records).map(move |b| (a, b)))
    }

    fn is_true(&self, (a, b): (u32, u32)) -> bool {
        self.truth.person_of[a as usize] == self.truth.person_of[b as usize]
    }

    fn is_candidate(&self, (a, b): (u32, u32)) -> bool {
        self.candidates.binary_search(&(a, b)).is_ok()
    }

    fn weight(&self, (a, b): (u32, u32)) -> f64 {
        let table = &self.matched.loaded.table;
        self.matched.scorer.weigh(table, a, b).weight.0
    }
}

fn labels(file: &Path) -> Vec<Label> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| ((row[0].to_string(), row[1].to_string()), row[2].to_string()))
        .collect()
}
