//! Who has the same address. No index of the store holds addresses whole, so every record is read.

use rayon::prelude::*;
use yiren_matchers::model::ModelParts;
use yiren_matchers::normalise::address::Address;
use yiren_matchers::record::{Dictionaries, Field, FieldKind, HeldName};

use crate::query::reading::{Reading, value};
use crate::standardise::{Memo, Standardiser};
use crate::store::{Family, Record, RecordKey, StoreError, View};

/// Records that are read at once.
const BATCH: usize = 1 << 16;

/// Records a task.
const TASK: usize = 1 << 11;

/// The doors of all records on file, ascending; 16 bytes a record and address.
pub(super) struct Doors(Vec<(u64, RecordKey)>);

impl Doors {
    /// Reads every record. Some seconds a million.
    pub fn of(view: &View<'_>, model: &ModelParts) -> Result<Doors, StoreError> {
        // Addresses, and the divisions that say where they are.
        let needed =
            |field: &&Field| matches!(field.kind, FieldKind::Address | FieldKind::Division);
        let fields: Vec<Field> = model.fields.iter().filter(needed).cloned().collect();
        let standardiser = Standardiser::new(&fields);
        let mut doors = Vec::new();
        let mut waiting = Vec::with_capacity(BATCH);
        view.cursor(Family::Records)?.each_record(|key, record| {
            waiting.push((key, record));
            if waiting.len() == BATCH {
                doors.extend(read(&standardiser, &waiting));
                waiting.clear();
            }
            Ok(true)
        })?;
        doors.extend(read(&standardiser, &waiting));
        doors.par_sort_unstable();
        doors.dedup();
        Ok(Doors(doors))
    }

    /// The records at a door.
    pub fn holders(&self, door: u64) -> impl Iterator<Item = RecordKey> + '_ {
        let start = self.0.partition_point(|(known, _)| *known < door);
        let same = self.0[start..]
            .iter()
            .take_while(move |(known, _)| *known == door);
        same.map(|(_, record)| *record)
    }
}

fn read(standardiser: &Standardiser, records: &[(RecordKey, Record)]) -> Vec<(u64, RecordKey)> {
    let parts = records.par_chunks(TASK).map(|part| {
        let mut dictionaries = Dictionaries::default();
        let mut memo = Memo::default();
        let (mut row, mut doors) = (Vec::new(), Vec::new());
        for (key, record) in part {
            row.clear();
            let fields = standardiser.fields();
            let cell = |field: usize| record.cells.get(&fields[field].column);
            standardiser.standardise(cell, &mut dictionaries, &mut memo, &mut row);
            for (field, &value) in fields.iter().zip(&row) {
                if field.kind == FieldKind::Address {
                    let door = dictionaries
                        .address(value)
                        .and_then(|address| door(&address));
                    doors.extend(door.map(|door| (door, *key)));
                }
            }
        }
        doors
    });
    parts.flatten_iter().collect()
}

/// The door of an address as a number; `None` where it names none, or not the county.
fn door(address: &Address<HeldName<'_>>) -> Option<u64> {
    let door = address.door_key().filter(|_| address.county != 0)?;
    Some(door ^ u64::from(address.county).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The doors of records, each with the address as it is written.
pub(super) fn doors_of(
    reading: &Reading,
    records: &[(RecordKey, Record)],
) -> Vec<(u64, String, RecordKey)> {
    let local = reading.local(records);
    let mut found = Vec::new();
    for (key, record) in records {
        let Some(place) = local.place(*key) else {
            continue;
        };
        for (number, field) in reading.model.fields.iter().enumerate() {
            if field.kind == FieldKind::Address {
                let address = local
                    .table
                    .dictionaries
                    .address(value(&local, place, number));
                let door = address.and_then(|address| door(&address));
                let text = record.cells.get(&field.column).to_string();
                found.extend(door.map(|door| (door, text, *key)));
            }
        }
    }
    found
}
