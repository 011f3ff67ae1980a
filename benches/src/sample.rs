//! Records and candidate pairs to measure on.

use std::path::PathBuf;

use yiren::scoring::Scorer;
use yiren::standardise::{Memo, Standardiser};
use yiren::table::Table;
use yiren_matchers::comparison::Pair;
use yiren_matchers::model::{MatchWeight, ModelParts, Score};
use yiren_matchers::record::{Dictionaries, FieldKind, Value};
use yiren_matchers::rows::Row;

use crate::engine;

/// A population as the engine holds it, with the pairs that it would score.
pub struct Sample {
    table: Table,
    scorer: Scorer,
    pairs: Vec<(u32, u32)>,
    standardiser: Standardiser,
    rows: Vec<Vec<String>>,
}

impl Sample {
    /// A sample of so many persons, with at most `pairs` of their candidate pairs, evenly spread.
    pub fn new(persons: u64, pairs: usize) -> anyhow::Result<Sample> {
        let population = engine::Population::new(persons)?;
        let files = population.files()?;
        let parts = engine::china()?;
        let table = engine::read(&files, &parts, 1)?;
        let candidates = engine::pairs(&engine::join(&table, &parts)?)?;
        let step = candidates.len().div_ceil(pairs.max(1)).max(1);
        Ok(Sample {
            scorer: engine::scorer(&table, &parts),
            pairs: candidates.into_iter().step_by(step).collect(),
            rows: rows(&files, &parts)?,
            standardiser: Standardiser::new(&parts.fields),
            table,
        })
    }

    /// What the model file states.
    pub fn parts(&self) -> &ModelParts {
        self.scorer.model().parts()
    }

    /// The values of all records.
    pub fn records(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.table.len() as u32).map(|record| self.table.record(record))
    }

    /// What longer values point to.
    pub fn dictionaries(&self) -> &Dictionaries {
        &self.table.dictionaries
    }

    /// The pairs.
    pub fn pairs(&self) -> impl Iterator<Item = Pair<'_>> {
        self.pairs.iter().map(|&(a, b)| self.table.pair(a, b))
    }

    /// Scores all pairs, as many together as the engine does, and gives out those not below `floor`.
    pub fn score(&self, floor: MatchWeight, mut found: impl FnMut(Score)) {
        let pairs: Vec<Pair<'_>> = self.pairs().collect();
        let frequencies = self.scorer.frequencies();
        let model = self.scorer.model();
        model.score_each(&pairs, frequencies, floor, |_, score| found(score));
    }

    /// The two values of each pair that has both, of the first field of that kind, where they
    /// differ: equal ones are told apart from others by their bits alone.
    pub fn different(&self, kind: FieldKind) -> Vec<(Value, Value)> {
        let fields = &self.parts().fields;
        let Some(place) = fields.iter().position(|field| field.kind == kind) else {
            return Vec::new();
        };
        self.pairs()
            .map(|pair| (pair.left.get(place), pair.right.get(place)))
            .filter(|(a, b)| !a.is_null() && !b.is_null() && a != b)
            .collect()
    }

    /// The raw text of each record, in the order of the model's fields.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Brings one raw row to values; returns how many of them are there.
    pub fn standardise(&self, row: &[String], into: &mut Dictionaries) -> u64 {
        let mut values = Vec::with_capacity(row.len());
        self.standardiser
            .standardise(|place| &row[place], into, &mut Memo::default(), &mut values);
        values.iter().filter(|value| !value.is_null()).count() as u64
    }
}

fn rows(files: &[PathBuf], parts: &ModelParts) -> anyhow::Result<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    for file in files {
        let mut reader = csv::Reader::from_path(file)?;
        let header = reader.headers()?.clone();
        let places: Vec<Option<usize>> = parts
            .fields
            .iter()
            .map(|field| header.iter().position(|column| column == field.column))
            .collect();
        for record in reader.records() {
            let record = record?;
            let cell = |place: &Option<usize>| place.and_then(|place| record.get(place));
            let row = places
                .iter()
                .map(|place| cell(place).unwrap_or("").to_string());
            rows.push(row.collect());
        }
    }
    Ok(rows)
}
