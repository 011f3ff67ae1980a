//! Who shares what with a person.

mod diagram;
mod doors;
mod formats;
mod ties;

pub use ties::TieKind;
pub(super) use ties::{Ties, ValueKey};

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::history::{Known, TimeError};
use super::reading::{Reading, name_of};
use crate::id::EntityId;
use crate::store::{Made, Moment, Record, RecordKey, StoreError, View};

/// How far and how wide to look.
#[derive(Copy, Clone, Debug)]
pub struct NetworkOptions {
    /// Steps from person to person.
    pub depth: u32,
    /// A value that more persons than this share is shown and not followed.
    pub hub: usize,
    /// Persons that are shown at most, the nearest first.
    pub persons: usize,
    /// Whether to look for addresses too, for which every record is read.
    pub addresses: bool,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        NetworkOptions {
            depth: 1,
            hub: 10,
            persons: 200,
            addresses: false,
        }
    }
}

/// The persons around one, and what ties them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Network {
    /// The last commit.
    pub commit: u64,
    /// When that was.
    pub known_at: Moment,
    /// The entity asked for.
    pub asked: String,
    /// The entity that its records are in: the first of `persons`.
    pub entity: String,
    /// Steps that were gone.
    pub depth: u32,
    /// A value that more persons share was not followed.
    pub hub: usize,
    /// The persons, by step and then in the order in which they were met.
    pub persons: Vec<NetworkPerson>,
    /// What two of them or more share, and what one of them shares with a crowd.
    pub values: Vec<SharedValue>,
    /// Who has what.
    pub ties: Vec<Tie>,
    /// Persons that were met and left out, because there are so many.
    pub left_out: usize,
    /// Whether addresses were looked for.
    pub addresses: bool,
    /// Kinds of ties that nothing in this store finds, as its model has no blocking rule for them.
    pub unindexed: Vec<TieKind>,
}

/// A person of a network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct NetworkPerson {
    /// The entity.
    pub entity: String,
    /// The name that most of its records have.
    pub name: String,
    /// The birth date that most of them have, as it is written.
    pub birth_date: String,
    /// Its records, as `source:record_id`.
    pub records: Vec<String>,
    /// Steps from the person asked about.
    pub step: u32,
}

/// A value that several persons have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SharedValue {
    /// What it is.
    pub kind: TieKind,
    /// As a record of the nearest person writes it.
    pub text: String,
    /// How many persons have it.
    pub persons: usize,
    /// How many records have it.
    pub records: usize,
    /// Whether there are more of both than were counted.
    pub more: bool,
    /// Whether it was not followed, because so many share it.
    pub hub: bool,
    /// Steps from the person asked about to the nearest person that has it.
    pub step: u32,
}

/// A person has a value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Tie {
    /// Place of the person in [`Network::persons`].
    pub person: usize,
    /// Place of the value in [`Network::values`].
    pub value: usize,
    /// The records of the person that have it, as `source:record_id`.
    pub records: Vec<String>,
}

/// Who shares what with an entity, or with the one that its records are in by now: as the store is
/// now, `made` being what is in force and `reading` that of it. `None` if it has no records.
///
/// # Errors
/// If the store cannot be read, or was resolved by a program that reads values in another way.
pub fn network(
    view: &View<'_>,
    made: &Made,
    reading: &Reading,
    asked: EntityId,
    options: &NetworkOptions,
) -> Result<Option<Network>, TimeError> {
    let known = Known::at(view, None)?;
    let Some((entity, _)) = known.follow(asked)? else {
        return Ok(None);
    };
    let mut ties = Ties::of(view, &known, made, reading, options.addresses)?;
    let mut growing = Growing::new(entity);
    growing.grow(&mut ties, options)?;
    let mut names: FxHashMap<RecordKey, String> = FxHashMap::default();
    let mut persons = Vec::with_capacity(growing.persons.len());
    for &(entity, step) in &growing.persons {
        let records = ties.records(entity)?;
        names.extend(records.iter().map(|(key, record)| (*key, name_of(record))));
        persons.push(NetworkPerson {
            entity: entity.to_string(),
            name: commonest(of(&records), "name"),
            birth_date: commonest(of(&records), "birth_date"),
            records: records.iter().map(|(_, record)| name_of(record)).collect(),
            step,
        });
    }
    let (values, lines) = growing.lines(&mut ties, &names)?;
    Ok(Some(Network {
        commit: known.commit,
        known_at: known.at,
        asked: asked.to_string(),
        entity: entity.to_string(),
        depth: options.depth,
        hub: options.hub,
        persons,
        values,
        ties: lines,
        left_out: growing.left_out.len(),
        addresses: options.addresses,
        unindexed: ties.unindexed(),
    }))
}

/// The records alone.
pub(super) fn of(records: &[(RecordKey, Record)]) -> impl Iterator<Item = &Record> {
    records.iter().map(|(_, record)| record)
}

/// The text of a column that most records have, the first of several.
pub fn commonest<'a>(records: impl IntoIterator<Item = &'a Record>, column: &str) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for record in records {
        let text = record.cells.get(column).trim();
        match counts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None if !text.is_empty() => counts.push((text, 1)),
            None => {}
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    let first = counts.iter().find(|(_, count)| Some(*count) == most);
    first.map_or_else(String::new, |(text, _)| (*text).to_string())
}

/// A network on its way outwards.
struct Growing {
    /// In the order in which they were met, each with its step.
    persons: Vec<(EntityId, u32)>,
    places: BTreeMap<EntityId, usize>,
    /// In the order in which they were met.
    values: Vec<(ValueKey, SharedValue)>,
    /// Values that were looked at.
    seen: BTreeSet<ValueKey>,
    left_out: BTreeSet<EntityId>,
}

impl Growing {
    fn new(entity: EntityId) -> Growing {
        Growing {
            persons: vec![(entity, 0)],
            places: BTreeMap::from([(entity, 0)]),
            values: Vec::new(),
            seen: BTreeSet::new(),
            left_out: BTreeSet::new(),
        }
    }

    /// Goes step by step from the persons of one step to those that share something with them.
    fn grow(&mut self, ties: &mut Ties<'_>, options: &NetworkOptions) -> Result<(), StoreError> {
        let mut next = 0;
        while let Some(&(entity, step)) = self.persons.get(next) {
            next += 1;
            if step >= options.depth {
                break;
            }
            let records = ties.records(entity)?;
            for (key, held) in ties.values(&records) {
                if !self.seen.insert(key) {
                    continue;
                }
                let holders = ties.holders(key)?;
                if holders.persons.len() < 2 {
                    continue;
                }
                let hub = holders.more || holders.persons.len() > options.hub;
                let value = SharedValue {
                    kind: key.0,
                    text: held.text,
                    persons: holders.persons.len(),
                    records: holders.records,
                    more: holders.more,
                    hub,
                    step,
                };
                self.values.push((key, value));
                if hub {
                    continue;
                }
                for &other in holders.persons.keys() {
                    if self.places.contains_key(&other) {
                        continue;
                    }
                    if self.persons.len() >= options.persons {
                        self.left_out.insert(other);
                        continue;
                    }
                    self.places.insert(other, self.persons.len());
                    self.persons.push((other, step + 1));
                }
            }
        }
        Ok(())
    }

    /// The values, and who of the persons that were met has them.
    fn lines(
        &self,
        ties: &mut Ties<'_>,
        names: &FxHashMap<RecordKey, String>,
    ) -> Result<(Vec<SharedValue>, Vec<Tie>), StoreError> {
        let mut lines = Vec::new();
        for (number, (key, _)) in self.values.iter().enumerate() {
            let holders = ties.holders(*key)?;
            for (entity, records) in &holders.persons {
                if let Some(&person) = self.places.get(entity) {
                    let records = records.iter().filter_map(|record| names.get(record));
                    let mut records: Vec<String> = records.cloned().collect();
                    records.sort_unstable();
                    lines.push(Tie {
                        person,
                        value: number,
                        records,
                    });
                }
            }
        }
        lines.sort_by_key(|tie| (tie.value, tie.person));
        let values = self.values.iter().map(|(_, value)| value.clone());
        Ok((values.collect(), lines))
    }
}
