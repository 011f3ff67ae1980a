//! How often values are met.

use rustc_hash::FxHashMap;

use crate::blocking::{Key, KeyPart};
use crate::record::{Dictionaries, Field};
use crate::rows::Row;

/// Counts of one key part over a set of records. A value that was met once is not kept, nor told
/// from one that was never met.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrequencyTable {
    counts: FxHashMap<Key, u32>,
    total: u64,
    /// Sum of the squares of the counts.
    squares: u128,
    /// The count of each value of a dictionary, [`NONE`] where it has none of the part. Empty:
    /// counts are looked up by hash.
    of_entry: Vec<u32>,
}

/// Records that a value is shared by at least to be called generic.
const GENERIC: u32 = 50;

/// How many times as common a value has to become to be weighed anew.
const GROWN: f64 = 4.0;

/// The count of a dictionary's value that has none of the part.
const NONE: u32 = u32::MAX;

/// One [`FrequencyTable`] for each frequency part of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TermFrequencies {
    tables: Vec<FrequencyTable>,
}

impl FrequencyTable {
    /// The table of the values of some records, one hash a record that has the part, sorted.
    pub fn of_sorted(hashes: &[Key]) -> FrequencyTable {
        let mut table = FrequencyTable::default();
        for same in hashes.chunk_by(|a, b| a == b) {
            let count = same.len() as u32;
            table.total += u64::from(count);
            table.squares += u128::from(count) * u128::from(count);
            if count > 1 {
                table.counts.insert(same[0], count);
            }
        }
        table
    }

    /// The same table with the counts of the values of a dictionary looked up beforehand, from
    /// the hashes of [`KeyPart::entry_hash`].
    pub fn with_entries(mut self, hashes: impl Iterator<Item = Key>) -> FrequencyTable {
        let counts = hashes.map(|hash| match hash {
            0 => NONE,
            hash => self.count(hash),
        });
        self.of_entry = counts.collect();
        self
    }

    /// The values that were met more than once, ascending, each with its count. Together with
    /// [`FrequencyTable::total`] this is all that the table knows; the counts that
    /// [`FrequencyTable::with_entries`] looked up are of one dictionary and not among it.
    pub fn entries(&self) -> impl Iterator<Item = (Key, u32)> + use<> {
        let mut entries: Vec<(Key, u32)> = self
            .counts
            .iter()
            .map(|(&key, &count)| (key, count))
            .collect();
        entries.sort_unstable();
        entries.into_iter()
    }

    /// The table that has this total and these [`FrequencyTable::entries`]; `None` if no table
    /// has: keys that do not ascend, a count below 2, or more counted than there are in all.
    pub fn from_parts(
        total: u64,
        entries: impl IntoIterator<Item = (Key, u32)>,
    ) -> Option<FrequencyTable> {
        let mut table = FrequencyTable {
            total,
            ..FrequencyTable::default()
        };
        let (mut before, mut alone) = (None, total);
        for (key, count) in entries {
            if count < 2 || before >= Some(key) {
                return None;
            }
            before = Some(key);
            alone = alone.checked_sub(count.into())?;
            table.squares += u128::from(count) * u128::from(count);
            table.counts.insert(key, count);
        }
        // Every other value was met once.
        table.squares += u128::from(alone);
        Some(table)
    }

    /// Records met with the first value of the part that a record has, as
    /// [`FrequencyTable::count`]; 0 if it has none.
    #[inline]
    pub(super) fn count_of(
        &self,
        part: &KeyPart,
        record: Row<'_>,
        dictionaries: &Dictionaries,
        fields: &[Field],
    ) -> u32 {
        if self.of_entry.is_empty() {
            let hash = part.first_hash(record, dictionaries, fields);
            return hash.map_or(0, |hash| self.count(hash));
        }
        let entries = part
            .fields()
            .iter()
            .filter_map(|&field| record.get(field).index());
        let mut counts = entries.filter_map(|entry| self.of_entry.get(entry as usize));
        counts.find(|count| **count != NONE).copied().unwrap_or(0)
    }

    /// Records met with that value, 1 if there is none; 0 of an empty table.
    #[inline]
    pub fn count(&self, key: Key) -> u32 {
        let least = u32::from(self.total > 0);
        self.counts.get(&key).copied().unwrap_or(least)
    }

    /// How many values have become generic since this table was made: met in `now` by at least fifty
    /// records, and with a share of all that is at least four times the one that they have here, which
    /// is two bits of match weight. A function of the two tables alone.
    pub fn outgrown(&self, now: &FrequencyTable) -> u64 {
        let share = |count: u32, total: u64| f64::from(count) / total.max(1) as f64;
        let grown = now.counts.iter().filter(|&(&key, &count)| {
            count >= GENERIC
                && share(count, now.total) >= GROWN * share(self.count(key), self.total)
        });
        grown.count() as u64
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
}

impl TermFrequencies {
    /// Empty tables for that many parts.
    pub fn new(parts: usize) -> TermFrequencies {
        TermFrequencies {
            tables: vec![FrequencyTable::default(); parts],
        }
    }

    /// These tables, one for each part.
    pub fn of(tables: Vec<FrequencyTable>) -> TermFrequencies {
        TermFrequencies { tables }
    }

    /// The tables, one for each part.
    pub fn tables(&self) -> &[FrequencyTable] {
        &self.tables
    }

    /// The same, to be changed one by one and put together again with [`TermFrequencies::of`].
    pub fn into_tables(self) -> Vec<FrequencyTable> {
        self.tables
    }

    /// The table of the part at that place.
    pub fn table(&self, place: usize) -> &FrequencyTable {
        &self.tables[place]
    }
}
