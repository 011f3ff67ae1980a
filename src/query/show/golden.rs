//! The one value of each column that is taken for a person's.

use serde::{Deserialize, Serialize};
use yiren_matchers::normalise::text::is_placeholder;
use yiren_matchers::record::Value;

use crate::query::reading::{Reading, name_of, value};
use crate::resolve::Local;
use crate::standardise::changed;
use crate::store::{Record, RecordKey};

/// Columns of a model that say something of a record, not of its person.
const OF_RECORDS: [&str; 2] = ["office_division", "updated_at"];

/// The value of a column that is taken for the person's: the one that most records agree on, as
/// read and not as written; of several, the one that was changed latest (`updated_at`); then the
/// one of the first record in the order of source and record id. A text that cannot be read counts
/// only where none can. It is shown as that record writes it which was changed latest among those
/// that agree, the first of these.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Golden {
    /// The column.
    pub column: String,
    /// The value as a record writes it.
    pub value: String,
    /// That record, as `source:record_id`.
    pub record: String,
    /// How many records agree on it.
    pub agree: usize,
    /// How many records have the column.
    pub of: usize,
    /// The other values, in the order of the rule.
    pub others: Vec<OtherValue>,
}

/// A value that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct OtherValue {
    /// The value as a record writes it.
    pub value: String,
    /// That record, as `source:record_id`.
    pub record: String,
    /// How many records agree on it.
    pub agree: usize,
}

/// How a cell of a record is beside the person's value.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// The same value, written otherwise.
    Written,
    /// Another value.
    Differs,
}

/// Records that agree on a value.
struct Agreed {
    value: Value,
    raw: String,
    /// In the order of the records.
    records: Vec<usize>,
    latest: u32,
}

/// The golden record of some records of one person, and for each of them the columns of which its
/// cell is otherwise.
pub(super) fn golden(
    reading: &Reading,
    records: &[(RecordKey, Record)],
) -> (Vec<Golden>, Vec<Vec<(String, Mark)>>) {
    let local = reading.local(records);
    let mut found = Vec::new();
    let mut marks = vec![Vec::new(); records.len()];
    for (field, known) in reading.model.fields.iter().enumerate() {
        let column = known.column.as_str();
        if OF_RECORDS.contains(&column) {
            continue;
        }
        let values = agreed(&local, records, field, column);
        let Some(first) = values.first() else {
            continue;
        };
        let shown: Vec<(usize, &str)> = values
            .iter()
            .map(|agreed| {
                let place = latest(records, &agreed.records);
                (place, text(&records[place].1, column))
            })
            .collect();
        let written = shown[0].1;
        for &place in &first.records {
            if text(&records[place].1, column) != written {
                marks[place].push((column.to_string(), Mark::Written));
            }
        }
        for &place in values[1..].iter().flat_map(|agreed| &agreed.records) {
            marks[place].push((column.to_string(), Mark::Differs));
        }
        found.push(Golden {
            column: column.to_string(),
            value: written.to_string(),
            record: name_of(&records[shown[0].0].1),
            agree: first.records.len(),
            of: values.iter().map(|agreed| agreed.records.len()).sum(),
            others: values[1..]
                .iter()
                .zip(&shown[1..])
                .map(|(agreed, &(place, value))| OtherValue {
                    value: value.to_string(),
                    record: name_of(&records[place].1),
                    agree: agreed.records.len(),
                })
                .collect(),
        });
    }
    (found, marks)
}

/// The values of a column, the person's first.
fn agreed(
    local: &Local,
    records: &[(RecordKey, Record)],
    field: usize,
    column: &str,
) -> Vec<Agreed> {
    let mut values: Vec<Agreed> = Vec::new();
    for (place, (key, record)) in records.iter().enumerate() {
        let raw = text(record, column);
        let Some(local_place) = local.place(*key).filter(|_| !is_placeholder(raw)) else {
            continue;
        };
        let read = value(local, local_place, field);
        let changed = changed(record.cells.get("updated_at"));
        let same = values
            .iter_mut()
            .find(|agreed| agreed.value == read && (!read.is_null() || agreed.raw == raw));
        match same {
            Some(agreed) => {
                agreed.records.push(place);
                agreed.latest = agreed.latest.max(changed);
            }
            None => values.push(Agreed {
                value: read,
                raw: raw.to_string(),
                records: vec![place],
                latest: changed,
            }),
        }
    }
    // Stable, so that of equals the one of the first record stays first.
    values.sort_by_key(|agreed| {
        let count = agreed.records.len();
        std::cmp::Reverse((!agreed.value.is_null(), count, agreed.latest))
    });
    values
}

/// Of some records the one that was changed latest, the first of several.
fn latest(records: &[(RecordKey, Record)], places: &[usize]) -> usize {
    let changed = |place: usize| changed(records[place].1.cells.get("updated_at"));
    let mut best = places[0];
    for &place in &places[1..] {
        if changed(place) > changed(best) {
            best = place;
        }
    }
    best
}

fn text<'a>(record: &'a Record, column: &str) -> &'a str {
    record.cells.get(column).trim()
}
