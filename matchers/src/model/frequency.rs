//! How often values are met.

use rustc_hash::FxHashMap;

use crate::blocking::{Key, KeyPart};
use crate::record::{Dictionaries, Field, Value};

/// Counts of one key part over a set of records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrequencyTable {
    counts: FxHashMap<Key, u32>,
    total: u64,
    /// Sum of the squares of the counts.
    squares: u128,
}

/// One [`FrequencyTable`] for each frequency part of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TermFrequencies {
    tables: Vec<FrequencyTable>,
}

impl FrequencyTable {
    /// Records met with that value.
    pub fn count(&self, key: Key) -> u32 {
        self.counts.get(&key).copied().unwrap_or(0)
    }

    /// Records that have the part at all.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The share of all records that a record drawn at random has its value in common with:
    /// the mean of the values' shares, weighted by the shares. 0 of an empty table.
    pub fn mean_share(&self) -> f64 {
        match self.total {
            0 => 0.0,
            total => self.squares as f64 / (total as f64 * total as f64),
        }
    }

    fn add(&mut self, key: Key, count: u32) {
        let known = self.counts.entry(key).or_default();
        self.squares += u128::from(count) * u128::from(2 * u64::from(*known) + u64::from(count));
        *known += count;
        self.total += u64::from(count);
    }
}

impl TermFrequencies {
    /// Empty tables for that many parts.
    pub fn new(parts: usize) -> TermFrequencies {
        TermFrequencies {
            tables: vec![FrequencyTable::default(); parts],
        }
    }

    /// Counts one record.
    pub fn add(
        &mut self,
        parts: &[KeyPart],
        record: &[Value],
        dictionaries: &Dictionaries,
        fields: &[Field],
    ) {
        for (table, part) in self.tables.iter_mut().zip(parts) {
            if let Some(key) = part.first_hash(record, dictionaries, fields) {
                table.add(key, 1);
            }
        }
    }

    /// Adds the counts of another set of records.
    pub fn merge(&mut self, other: TermFrequencies) {
        for (table, other) in self.tables.iter_mut().zip(other.tables) {
            if table.total == 0 {
                *table = other;
                continue;
            }
            for (key, count) in other.counts {
                table.add(key, count);
            }
        }
    }

    /// The table of the part at that place.
    pub fn table(&self, place: usize) -> &FrequencyTable {
        &self.tables[place]
    }
}
