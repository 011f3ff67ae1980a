//! What people can have in common, and who else has it.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use yiren_matchers::blocking::BlockingRule;
use yiren_matchers::model::ModelParts;
use yiren_matchers::record::FieldKind;

use super::doors::{Doors, doors_of};
use crate::id::EntityId;
use crate::query::history::{Known, TimeError};
use crate::query::reading::Reading;
use crate::report::Text;
use crate::resolve::{ResolveError, enrolment_of, facts_of};
use crate::standardise::NORMAL_FORMS;
use crate::store::{
    Cells, Cursor, Fact, Family, Generation, Made, Record, RecordKey, RecordState, StoreError,
    View, keys,
};

/// So many records that have a value are read at most.
const HOLDERS: usize = 5_000;

/// What ties people.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TieKind {
    /// A whole, valid ID number.
    NationalId,
    /// Another paper.
    Document,
    /// A bank account.
    Account,
    /// A telephone.
    Phone,
    /// A household number.
    Household,
    /// A door: county, village or road, and number.
    Address,
}

impl TieKind {
    /// All kinds, the closest ties first.
    pub const ALL: [TieKind; 6] = [
        TieKind::NationalId,
        TieKind::Document,
        TieKind::Account,
        TieKind::Phone,
        TieKind::Household,
        TieKind::Address,
    ];

    /// What people call it.
    pub fn text(self) -> Text {
        match self {
            TieKind::NationalId => Text::new("身份证号", "ID number"),
            TieKind::Document => Text::new("证件", "paper"),
            TieKind::Account => Text::new("账号", "account"),
            TieKind::Phone => Text::new("电话", "phone"),
            TieKind::Household => Text::new("户号", "household"),
            TieKind::Address => Text::new("地址", "address"),
        }
    }

    /// Its code.
    pub fn name(self) -> &'static str {
        match self {
            TieKind::NationalId => "national_id",
            TieKind::Document => "document",
            TieKind::Account => "account",
            TieKind::Phone => "phone",
            TieKind::Household => "household",
            TieKind::Address => "address",
        }
    }
}

/// A value, as a number that is equal where the value is.
pub(in crate::query) type ValueKey = (TieKind, u64);

/// A value that records of one person have.
#[derive(Clone, Debug)]
pub(in crate::query) struct Held {
    /// As the first of them writes it.
    pub text: String,
    /// The records.
    pub records: Vec<RecordKey>,
}

/// Everybody who has a value.
#[derive(Clone, Debug, Default)]
pub(in crate::query) struct Holders {
    /// By entity, each with its records.
    pub persons: BTreeMap<EntityId, Vec<RecordKey>>,
    /// How many records have the value, of those that were read.
    pub records: usize,
    /// Whether there are more than were read.
    pub more: bool,
}

/// The indexes of a store that say who shares what.
pub(in crate::query) struct Ties<'a> {
    view: &'a View<'a>,
    known: &'a Known<'a>,
    reading: &'a Reading,
    generation: Generation,
    /// Kinds that are found through a blocking rule, with its place and the field that it reads.
    rules: Vec<(TieKind, u8, usize)>,
    doors: Option<Doors>,
    facts: Cursor<'a>,
    blocks: Cursor<'a>,
    held: FxHashMap<ValueKey, Holders>,
}

impl<'a> Ties<'a> {
    /// The ties of the store as it is now, `made` being what is in force and `reading` that of it.
    /// Telephones and papers are looked for by the blocking rules that take them whole; addresses
    /// only if `addresses` says so, as every record is read for it.
    pub fn of(
        view: &'a View<'a>,
        known: &'a Known<'a>,
        made: &Made,
        reading: &'a Reading,
        addresses: bool,
    ) -> Result<Ties<'a>, TimeError> {
        if made.normal_forms != NORMAL_FORMS {
            let (made, here) = (made.normal_forms, NORMAL_FORMS);
            return Err(ResolveError::NormalForms { made, here }.into());
        }
        Ok(Ties {
            view,
            known,
            reading,
            generation: known.generation(),
            rules: rules(&reading.model),
            doors: match addresses {
                true => Some(Doors::of(view, &reading.model)?),
                false => None,
            },
            facts: view.cursor(Family::Facts)?,
            blocks: view.cursor(Family::Blocks)?,
            held: FxHashMap::default(),
        })
    }

    /// The kinds that nothing in this store finds, but for addresses that were not asked for.
    pub fn unindexed(&self) -> Vec<TieKind> {
        let found = |kind: &TieKind| self.rules.iter().any(|(known, ..)| known == kind);
        let wanted = [TieKind::Document, TieKind::Phone];
        wanted.into_iter().filter(|kind| !found(kind)).collect()
    }

    /// The records of an entity.
    pub fn records(&self, entity: EntityId) -> Result<Vec<(RecordKey, Record)>, StoreError> {
        match self.known.follow(entity)? {
            Some((_, members)) => self.known.records(&members),
            None => Ok(Vec::new()),
        }
    }

    /// The values that records of one person have, whoever else has them.
    pub fn values(&self, records: &[(RecordKey, Record)]) -> BTreeMap<ValueKey, Held> {
        let mut found: BTreeMap<ValueKey, Held> = BTreeMap::new();
        let mut add = |key: ValueKey, text: &str, record: RecordKey| {
            let held = found.entry(key).or_insert_with(|| Held {
                text: text.trim().to_string(),
                records: Vec::new(),
            });
            if !held.records.contains(&record) {
                held.records.push(record);
            }
        };
        for (key, record) in records {
            for (fact, value) in facts_of(&enrolment_of(record)) {
                let (kind, column) = match fact {
                    Fact::NationalId => (TieKind::NationalId, "national_id"),
                    Fact::Account => (TieKind::Account, "bank_account"),
                    Fact::Household => (TieKind::Household, "household_id"),
                };
                add((kind, value), record.cells.get(column), *key);
            }
        }
        for &(kind, rule, field) in &self.rules {
            for (value, text, record) in self.keys_of(records, kind, rule, field) {
                add((kind, value), &text, record);
            }
        }
        if self.doors.is_some() {
            for (door, text, record) in doors_of(self.reading, records) {
                add((TieKind::Address, door), &text, record);
            }
        }
        found
    }

    /// The keys of a blocking rule that records have by one field, each with the text it comes from.
    fn keys_of(
        &self,
        records: &[(RecordKey, Record)],
        kind: TieKind,
        rule: u8,
        field: usize,
    ) -> Vec<(u64, String, RecordKey)> {
        let model = &self.reading.model;
        let column = model.fields[field].column.as_str();
        let mut texts: Vec<(RecordKey, String)> = Vec::new();
        for (key, record) in records {
            let raw = record.cells.get(column);
            let pieces: Vec<&str> = match kind {
                TieKind::Document => raw.split([';', '；']).collect(),
                _ => vec![raw],
            };
            let pieces = pieces.into_iter().filter(|piece| !piece.trim().is_empty());
            texts.extend(pieces.map(|piece| (*key, piece.to_string())));
        }
        // Each text as a record of its own, so that it is known which key is whose.
        let alone: Vec<(RecordKey, Record)> = texts
            .iter()
            .enumerate()
            .map(|(place, (_, text))| {
                let record = Record {
                    since: 0,
                    at: Default::default(),
                    state: RecordState::Current,
                    source: "".into(),
                    record_id: "".into(),
                    cells: Cells::of([(column, text.as_str())].into_iter()),
                };
                (RecordKey(place as u64), record)
            })
            .collect();
        let local = self.reading.local(&alone);
        let mut found = Vec::new();
        let mut keys = Vec::new();
        for (place, (record, text)) in texts.into_iter().enumerate() {
            let (Some(row), Some(rule)) = (
                local.place(RecordKey(place as u64)),
                model.blocking.get(usize::from(rule)),
            ) else {
                continue;
            };
            let table = &local.table;
            rule.keys(
                table.record(row),
                &table.dictionaries,
                &model.fields,
                &mut keys,
            );
            found.extend(keys.iter().map(|&key| (key, text.clone(), record)));
        }
        found
    }

    /// Everybody who has a value. Each value is looked up once.
    pub fn holders(&mut self, value: ValueKey) -> Result<&Holders, StoreError> {
        if !self.held.contains_key(&value) {
            let holders = self.look_up(value)?;
            self.held.insert(value, holders);
        }
        Ok(&self.held[&value])
    }

    fn look_up(&mut self, (kind, value): ValueKey) -> Result<Holders, StoreError> {
        let mut records = Vec::new();
        let fact = match kind {
            TieKind::NationalId => Some(Fact::NationalId),
            TieKind::Account => Some(Fact::Account),
            TieKind::Household => Some(Fact::Household),
            TieKind::Document | TieKind::Phone | TieKind::Address => None,
        };
        if let Some(fact) = fact {
            let prefix = keys::fact(fact, value);
            self.facts.records(&prefix, HOLDERS + 1, &mut records)?;
        } else if let Some(doors) = self.doors.as_ref().filter(|_| kind == TieKind::Address) {
            records.extend(doors.holders(value).take(HOLDERS + 1));
        } else {
            for (_, rule, _) in self.rules.iter().filter(|(known, ..)| *known == kind) {
                let prefix = keys::block(self.generation, *rule, value);
                self.blocks.records(&prefix, HOLDERS + 1, &mut records)?;
            }
        }
        let more = records.len() > HOLDERS;
        records.truncate(HOLDERS);
        let records: BTreeSet<RecordKey> = records.into_iter().collect();
        let mut holders = Holders {
            records: records.len(),
            more,
            ..Holders::default()
        };
        for record in records {
            if let Some(member) = self.view.member(self.generation, record)? {
                let of_person = holders.persons.entry(member.entity).or_default();
                of_person.push(record);
            }
        }
        Ok(holders)
    }
}

/// The blocking rules whose whole key is a telephone or a paper: their blocks are an index of it.
fn rules(model: &ModelParts) -> Vec<(TieKind, u8, usize)> {
    let of_rule = |(number, rule): (usize, &BlockingRule)| {
        let [part] = &rule.parts[..] else {
            return None;
        };
        let [field] = part.fields() else {
            return None;
        };
        let kind = match (model.fields[*field].kind, part.text().rsplit('.').next()) {
            (FieldKind::Phone, Some("value")) => TieKind::Phone,
            (FieldKind::Documents, Some("each")) => TieKind::Document,
            _ => return None,
        };
        Some((kind, u8::try_from(number).ok()?, *field))
    };
    model
        .blocking
        .iter()
        .enumerate()
        .filter_map(of_rule)
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::schema::read_model;

    #[test]
    fn the_shipped_model_indexes_telephones_and_papers() {
        let model = read_model(None).unwrap();
        let found = rules(&model);
        let named: Vec<(TieKind, &str)> = found
            .iter()
            .map(|&(kind, rule, _)| (kind, model.blocking[usize::from(rule)].name.as_str()))
            .collect();
        assert_eq!(
            named,
            [(TieKind::Phone, "phone"), (TieKind::Document, "document")]
        );
    }
}
