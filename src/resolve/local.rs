//! The few records that a change is about, as a table.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use yiren_matchers::rows::Rows;

use super::Engine;
use crate::record::Enrolment;
use crate::standardise::{Memo, Standardiser, enrolment};
use crate::store::{Record, RecordKey, keys};
use crate::table::Table;

/// A few records in the order of (source, record id), standardised, with their keys.
pub struct Local {
    /// The records.
    pub table: Table,
    /// Their keys, in the order of the table.
    pub keys: Vec<RecordKey>,
    places: FxHashMap<RecordKey, u32>,
}

/// The order in which records break ties.
pub(super) fn by_name(a: &Record, b: &Record) -> std::cmp::Ordering {
    (&a.source, &a.record_id).cmp(&(&b.source, &b.record_id))
}

/// What the rules need to know of a record; its source is left 0.
pub(crate) fn enrolment_of(record: &Record) -> Enrolment {
    enrolment(|column| record.cells.get(column))
}

impl Local {
    /// These records, as an engine reads them.
    pub fn build(engine: &Engine, records: Vec<(RecordKey, Arc<Record>)>) -> Local {
        Local::read(&engine.standardiser, records)
    }

    /// These records, as a standardiser reads them.
    pub fn read(standardiser: &Standardiser, mut records: Vec<(RecordKey, Arc<Record>)>) -> Local {
        records.sort_unstable_by(|(_, a), (_, b)| by_name(a, b));
        let fields = standardiser.fields();
        let mut table = Table {
            rows: Rows::new(fields),
            ..Table::default()
        };
        let mut memo = Memo::default();
        let mut values = Vec::with_capacity(fields.len());
        let mut keys = Vec::with_capacity(records.len());
        for (key, record) in records {
            values.clear();
            standardiser.standardise(
                |field| record.cells.get(&fields[field].column),
                &mut table.dictionaries,
                &mut memo,
                &mut values,
            );
            table.rows.push(&values);
            if table
                .sources
                .last()
                .is_none_or(|last| **last != *record.source)
            {
                table.sources.push(record.source.to_string());
            }
            table.enrolments.push(Enrolment {
                source: (table.sources.len() - 1) as u16,
                ..enrolment_of(&record)
            });
            table.ids.push(&record.record_id);
            keys.push(key);
        }
        let places = keys.iter().copied().zip(0..).collect();
        Local {
            table,
            keys,
            places,
        }
    }

    /// The number of a record in the table.
    pub fn place(&self, key: RecordKey) -> Option<u32> {
        self.places.get(&key).copied()
    }

    /// The numbers of two records, the lower first.
    pub(super) fn pair(&self, a: RecordKey, b: RecordKey) -> Option<(u32, u32)> {
        let (a, b) = (self.place(a)?, self.place(b)?);
        Some((a.min(b), a.max(b)))
    }

    /// The entries of a record in the store's blocks, by all rules of the model.
    pub(super) fn entries(&self, engine: &Engine, place: u32) -> BTreeSet<Vec<u8>> {
        let parts = engine.scorer.model().parts();
        let (row, dictionaries) = (self.table.record(place), &self.table.dictionaries);
        let (mut found, mut path) = (Vec::new(), Vec::new());
        let mut entries = BTreeSet::new();
        for (number, rule) in parts.blocking.iter().enumerate() {
            rule.keys(row, dictionaries, &parts.fields, &mut found);
            if found.is_empty() {
                continue;
            }
            rule.path(row, dictionaries, &parts.fields, &mut path);
            for &key in &found {
                let mut entry = keys::block(engine.generation, number as u8, key);
                path.iter().for_each(|&step| keys::refine(&mut entry, step));
                entries.insert(keys::block_entry(entry, self.keys[place as usize]));
            }
        }
        entries
    }
}
