//! How often values are met.

use rustc_hash::FxHashMap;

use super::ModelParts;
use crate::blocking::{Key, KeyPart};
use crate::record::{Dictionaries, Field, Value};
use crate::rows::Row;

/// Counts of one key part over a set of records. A value that was met once is not kept, nor told
/// from one that was never met.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrequencyTable {
    /// The values that were met more than once, ascending, and how often each was.
    keys: Vec<Key>,
    counts: Vec<u32>,
    /// For each value of the first bits of a key, how many keys begin with less: keys are hashes, so
    /// that few begin alike. Two to the power of `bits` and one more; empty where there are no keys.
    starts: Vec<u32>,
    bits: u32,
    total: u64,
    /// Sum of the squares of the counts.
    squares: u128,
    of_entry: OfEntry,
}

/// The counts of the values of a dictionary.
#[derive(Clone, Debug, Default, PartialEq)]
enum OfEntry {
    /// Counts are looked up by hash.
    #[default]
    Nothing,
    /// The count of each, [`NONE`] where it has none of the part, and [`MANY`] where it is in `many`: a
    /// byte each, for these are all over memory.
    Few {
        counts: Vec<u8>,
        many: FxHashMap<u32, u32>,
    },
    /// The count of each, 0 where it has none of the part.
    Many(Vec<u32>),
}

impl OfEntry {
    fn new(counts: Vec<u32>) -> OfEntry {
        if counts.is_empty() {
            return OfEntry::Nothing;
        }
        let is_many = |count: u32| count >= MANY.into();
        let many = (0..).zip(counts.iter().copied());
        let many = many.filter(|&(_, count)| is_many(count));
        if many.clone().count() > counts.len() / SOME {
            return OfEntry::Many(counts);
        }
        let many = many.collect();
        let narrow = counts.into_iter().map(|count| match count {
            0 => NONE,
            count if is_many(count) => MANY,
            count => count as u8,
        });
        OfEntry::Few {
            counts: narrow.collect(),
            many,
        }
    }

    fn is_nothing(&self) -> bool {
        matches!(self, OfEntry::Nothing)
    }

    /// The count of a value; `None` if it has none of the part.
    #[inline]
    fn get(&self, entry: u32) -> Option<u32> {
        match self {
            OfEntry::Nothing => None,
            OfEntry::Few { counts, many } => match *counts.get(entry as usize)? {
                NONE => None,
                MANY => many.get(&entry).copied(),
                count => Some(count.into()),
            },
            OfEntry::Many(counts) => counts
                .get(entry as usize)
                .copied()
                .filter(|&count| count > 0),
        }
    }

    /// Reads what [`OfEntry::get`] will read, or some of it.
    #[inline]
    fn fetch(&self, entry: u32) -> u64 {
        let read = match self {
            OfEntry::Nothing => None,
            OfEntry::Few { counts, .. } => counts.get(entry as usize).map(|&count| count.into()),
            OfEntry::Many(counts) => counts.get(entry as usize).map(|&count| count.into()),
        };
        read.unwrap_or(0)
    }
}

/// Records that a value is shared by at least to be called generic.
const GENERIC: u32 = 50;

/// How many times as common a value has to become to be weighed anew.
const GROWN: f64 = 4.0;

/// Keys that begin alike, about.
const KEYS_A_START: usize = 8;

/// The first bits of a key as a number.
#[inline]
fn first_bits(key: Key, bits: u32) -> u64 {
    key.checked_shr(Key::BITS - bits).unwrap_or(0)
}

/// A dictionary's value that has none of the part.
const NONE: u8 = u8::MAX;

/// A dictionary's value that was met so often or more.
const MANY: u8 = u8::MAX - 1;

/// One in so many values may be met so often, before a byte each no longer pays.
const SOME: usize = 16;

/// One [`FrequencyTable`] for each frequency part of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TermFrequencies {
    tables: Vec<FrequencyTable>,
}

impl FrequencyTable {
    /// The table of the values of some records, one hash a record that has the part, sorted.
    pub fn of_sorted(hashes: &[Key]) -> FrequencyTable {
        FrequencyTable::of_counted(hashes.iter().map(|&hash| (hash, 1)))
    }

    /// The table of values with how often each was met, ascending by hash; those of one hash are one. Of
    /// those that were never met it knows nothing.
    pub fn of_counted(values: impl Iterator<Item = (Key, u32)>) -> FrequencyTable {
        let mut table = FrequencyTable::default();
        let mut values = values.peekable();
        while let Some((key, mut count)) = values.next() {
            while let Some((_, more)) = values.next_if(|&(other, _)| other == key) {
                count += more;
            }
            table.total += u64::from(count);
            table.squares += u128::from(count) * u128::from(count);
            if count > 1 {
                table.push(key, count);
            }
        }
        table.with_starts()
    }

    fn push(&mut self, key: Key, count: u32) {
        self.keys.push(key);
        self.counts.push(count);
    }

    /// Ready to be asked, once all keys are there.
    fn with_starts(mut self) -> FrequencyTable {
        self.keys.shrink_to_fit();
        self.counts.shrink_to_fit();
        self.bits = (self.keys.len() / KEYS_A_START + 1).ilog2();
        if !self.keys.is_empty() {
            let mut passed = 0;
            let starts = (0..=1_u64 << self.bits).map(|first| {
                while self
                    .keys
                    .get(passed)
                    .is_some_and(|&key| first_bits(key, self.bits) < first)
                {
                    passed += 1;
                }
                passed as u32
            });
            self.starts = starts.collect();
        }
        self
    }

    /// A table that knows the counts of the values of one dictionary by their places, and those of no
    /// others: `counts` are the [`FrequencyTable::count`] of each, 0 of a value that has none of the
    /// part. Of no values, the same table.
    pub fn of_entries(self, counts: Vec<u32>) -> FrequencyTable {
        match counts.is_empty() {
            true => self,
            false => FrequencyTable::of_dictionary(counts, (self.total, self.squares)),
        }
    }

    /// The same without a table by hash first: `counts` says of each value of a dictionary how many
    /// records were met with it or with another of its hash, 0 where it has none of the part or was met
    /// in none. `sums` are, over the distinct hashes, the sum of the counts and that of their squares.
    pub fn of_dictionary(counts: Vec<u32>, sums: (u64, u128)) -> FrequencyTable {
        let (total, squares) = sums;
        FrequencyTable {
            of_entry: OfEntry::new(counts),
            total,
            squares,
            ..FrequencyTable::default()
        }
    }

    /// A table that knows only the values of which `asked` says so of the count, and takes any other for
    /// one that was met once: smaller, and so faster, where the others make no difference.
    fn only(&self, asked: impl Fn(u32) -> bool) -> FrequencyTable {
        let mut table = FrequencyTable {
            total: self.total,
            squares: self.squares,
            ..FrequencyTable::default()
        };
        for (key, count) in self.entries().filter(|&(_, count)| asked(count)) {
            table.push(key, count);
        }
        table.with_starts()
    }

    /// The values that were met more than once, ascending, each with its count. Together with
    /// [`FrequencyTable::total`] this is all that the table knows, but for one
    /// [of a dictionary's entries](FrequencyTable::of_entries), which has none.
    pub fn entries(&self) -> impl Iterator<Item = (Key, u32)> + '_ {
        self.keys.iter().copied().zip(self.counts.iter().copied())
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
            table.push(key, count);
        }
        // Every other value was met once.
        table.squares += u128::from(alone);
        Some(table.with_starts())
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
        if self.of_entry.is_nothing() {
            let hash = part.first_hash(record, dictionaries, fields);
            return hash.map_or(0, |hash| self.count(hash));
        }
        let values = part.fields().iter().map(|&field| record.get(field));
        let entries = values.filter_map(|value| value.index());
        let mut counts = entries.filter_map(|entry| self.of_entry.get(entry));
        counts.next().unwrap_or(0)
    }

    /// Reads what [`FrequencyTable::count_of`] will read of a value, as
    /// [`Dictionaries::fetch`] does.
    #[inline]
    pub(super) fn fetch(&self, value: Value) -> u64 {
        let entry = value.index();
        entry.map_or(0, |entry| self.of_entry.fetch(entry))
    }

    /// Records met with that value, 1 if there is none; 0 of an empty table. Not known to a table
    /// [of a dictionary's entries](FrequencyTable::of_entries).
    #[inline]
    pub fn count(&self, key: Key) -> u32 {
        self.counted(key).unwrap_or(u32::from(self.total > 0))
    }

    #[inline]
    fn counted(&self, key: Key) -> Option<u32> {
        let first = first_bits(key, self.bits) as usize;
        let (start, end) = (*self.starts.get(first)?, *self.starts.get(first + 1)?);
        let alike = start as usize..end as usize;
        let place = self.keys[alike.clone()].binary_search(&key).ok()?;
        Some(self.counts[alike.start + place])
    }

    /// How many values have become generic since this table was made: met in `now` by at least fifty
    /// records, and with a share of all that is at least four times the one that they have here, which
    /// is two bits of match weight. A function of the two tables alone.
    pub fn outgrown(&self, now: &FrequencyTable) -> u64 {
        let share = |count: u32, total: u64| f64::from(count) / total.max(1) as f64;
        let grown = now.entries().filter(|&(key, count)| {
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

    /// The same weights from smaller tables: what does not change a weight of the model is left out, so
    /// that the rest of [`FrequencyTable::entries`] is not to be had from these.
    pub fn for_weights(self, parts: &ModelParts) -> TermFrequencies {
        let tables = (0..)
            .zip(self.tables)
            .map(|(place, table): (usize, FrequencyTable)| {
                let levels = parts.parameters.iter().flatten();
                let rules = levels.filter_map(|level| Some((level.frequency.as_ref()?, level)));
                let rules: Vec<_> = rules.filter(|(rule, _)| rule.table == place).collect();
                if !table.of_entry.is_nothing() || !rules.iter().all(|(rule, _)| rule.only_common) {
                    return table;
                }
                table.only(|count| {
                    rules.iter().any(|(rule, level)| {
                        let u = level.against[0];
                        rule.frequency(count, &table, None, u) != u
                    })
                })
            });
        TermFrequencies::of(tables.collect())
    }

    /// The table of the part at that place.
    pub fn table(&self, place: usize) -> &FrequencyTable {
        &self.tables[place]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_of_a_dictionary_come_back(
            // Many that were met often, and few.
            counts in prop_oneof![
                proptest::collection::vec(prop_oneof![0..300_u32, Just(1 << 20)], 0..60),
                proptest::collection::vec(prop_oneof![99 => 0..4_u32, 1 => 250..300_u32], 0..200),
            ],
        ) {
            let of_entry = OfEntry::new(counts.clone());
            for (entry, &count) in (0..).zip(&counts) {
                prop_assert_eq!(of_entry.get(entry), Some(count).filter(|&count| count > 0));
            }
            prop_assert_eq!(of_entry.get(counts.len() as u32), None);
            prop_assert_eq!(of_entry.is_nothing(), counts.is_empty());
            let common = counts.iter().filter(|&&count| count >= MANY.into()).count();
            let is_wide = matches!(of_entry, OfEntry::Many(_));
            prop_assert_eq!(is_wide, !counts.is_empty() && common > counts.len() / SOME);
        }
    }
}
