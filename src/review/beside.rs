//! Two records side by side.

use serde::Serialize;
use yiren_matchers::normalise::date::Date;
use yiren_matchers::normalise::text::is_placeholder;

use super::Pair;
use crate::policy::{SourceRole, Text};
use crate::query::{name_of, on_file, runs_on};
use crate::resolve::{Engine, enrolment_of};
use crate::store::{Cells, Record, RecordKey, StoreError, View};

/// Columns that say something of an enrolment and not of its person.
const OF_ENROLMENT: [&str; 6] = [
    "office_division",
    "status",
    "start_date",
    "end_date",
    "monthly_amount",
    "updated_at",
];

/// Two records, column by column, the first by source and id on the left.
#[derive(Clone, Debug, Serialize)]
pub struct Beside {
    /// Their keys.
    #[serde(skip)]
    pub keys: [RecordKey; 2],
    /// The two.
    pub records: [BesideRecord; 2],
    /// The columns that one of them has at least, those of persons first, in the order of the
    /// canonical columns.
    pub rows: Vec<BesideRow>,
}

/// One of two records.
#[derive(Clone, Debug, Serialize)]
pub struct BesideRecord {
    /// Its name: `source:record_id`.
    pub record: String,
    /// What its programme or register is called, in Chinese and English; its source where the policy
    /// does not know it.
    pub title: [String; 2],
    /// Whether it is an enrolment that runs on the day asked for; `None` if its dates do not say,
    /// and of a register.
    pub running: Option<bool>,
    /// Whether it is of a register.
    pub register: bool,
}

/// One column of two records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BesideRow {
    /// The column.
    pub column: String,
    /// Whether it says something of a person, and not of an enrolment.
    pub of_person: bool,
    /// Its cell in the first record, as it came; empty if there is none.
    pub left: String,
    /// In the second.
    pub right: String,
    /// How the two are to each other.
    pub mark: BesideMark,
}

/// How two cells are to each other.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BesideMark {
    /// The same.
    Same,
    /// The same value, written otherwise.
    Written,
    /// Two values.
    Differs,
    /// One of the two has none.
    Missing,
}

/// Two records side by side, enrolments as of a day; `None` if one of them is not on file. Whether
/// two cells are the same value is as the model in force reads them.
///
/// # Errors
/// If the store cannot be read.
pub fn beside(
    view: &View<'_>,
    engine: &Engine,
    pair: Pair,
    as_of: Date,
) -> Result<Option<Beside>, StoreError> {
    let Some(records) = on_file(view, pair)? else {
        return Ok(None);
    };
    let mut both = [(pair.0, &records[0]), (pair.1, &records[1])];
    both.sort_by(|(_, a), (_, b)| (&a.source, &a.record_id).cmp(&(&b.source, &b.record_id)));
    let [(of_a, a), (of_b, b)] = both;
    let mut columns: Vec<&str> = Cells::canonical_columns().to_vec();
    columns.retain(|column| *column != "op" && has(a, b, column));
    let cells = a.cells.iter().chain(b.cells.iter());
    let mut others: Vec<&str> = cells.map(|(column, _)| column).collect();
    others.retain(|column| !Cells::canonical_columns().contains(column));
    others.sort_unstable();
    others.dedup();
    columns.extend(others);
    let of_person = |column: &str| {
        !OF_ENROLMENT.contains(&column) && Cells::canonical_columns().contains(&column)
    };
    // Stable, so that either kind stays in its order.
    columns.sort_by_key(|column| !of_person(column));
    let local = engine.local(&[(of_a, a.clone()), (of_b, b.clone())]);
    let places = local.place(of_a).zip(local.place(of_b));
    let fields = &engine.scorer.model().parts().fields;
    let reads_the_same = |column: &str| {
        let of_column = fields.iter().enumerate();
        let mut of_column = of_column.filter(|(_, field)| field.column == column);
        of_column.next().is_some_and(|(field, _)| {
            places.is_some_and(|(x, y)| {
                let value = |record: u32| local.table.record(record).get(field);
                !value(x).is_null() && value(x) == value(y)
            })
        })
    };
    let row = |column: &str| {
        let [left, right] = [a, b].map(|record| record.cells.get(column).trim());
        let mark = match (left, right) {
            _ if is_placeholder(left) || is_placeholder(right) => BesideMark::Missing,
            (left, right) if left == right => BesideMark::Same,
            _ if reads_the_same(column) => BesideMark::Written,
            _ => BesideMark::Differs,
        };
        BesideRow {
            column: column.to_string(),
            of_person: of_person(column),
            left: left.to_string(),
            right: right.to_string(),
            mark,
        }
    };
    Ok(Some(Beside {
        rows: columns.into_iter().map(row).collect(),
        records: [a, b].map(|record| head(engine, record, as_of)),
        keys: [of_a, of_b],
    }))
}

fn has(a: &Record, b: &Record, column: &str) -> bool {
    [a, b]
        .into_iter()
        .any(|record| !record.cells.get(column).trim().is_empty())
}

fn head(engine: &Engine, record: &Record, as_of: Date) -> BesideRecord {
    let known = engine.policy.source(&record.source);
    let title = known.map_or_else(
        || [record.source.to_string(), record.source.to_string()],
        |known| {
            let Text { zh, en } = &known.title;
            [zh.clone(), en.clone()]
        },
    );
    let role = engine.policy.role_of(&record.source);
    let register = matches!(role, SourceRole::Register(_));
    BesideRecord {
        record: name_of(record),
        title,
        running: runs_on(&enrolment_of(record), as_of).filter(|_| !register),
        register,
    }
}
