//! Who else is in the household.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Seen;
use crate::id::EntityId;
use crate::query::reading::name_of;
use crate::resolve::enrolment_of;
use crate::store::{Fact, Family, Generation, Record, RecordKey, RecordState, StoreError, View};

/// A household number shared by more other records than this is one of every village, and its
/// holders are only counted.
const MOST: usize = 60;

/// The others under a household number of a person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Household {
    /// The number as a record of the person writes it.
    pub number: String,
    /// How many records of others have it.
    pub records: usize,
    /// The others, in the order of their first records; none where they are too many to be a
    /// family.
    pub members: Vec<Housemate>,
}

/// Somebody under the same household number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Housemate {
    /// The entity.
    pub entity: String,
    /// The name as the first of the records that may be seen writes it.
    pub name: String,
    /// Relation to the head, as the records write it.
    pub relations: Vec<String>,
    /// The records under the number, as `source:record_id`.
    pub records: Vec<String>,
}

/// The households of those of a person's records that may be seen, as they are on file now. Of a
/// record of another that may not be seen its source is told.
pub(super) fn households(
    view: &View<'_>,
    generation: Generation,
    records: &[(RecordKey, Record)],
    seen: Seen<'_>,
) -> Result<Vec<Household>, StoreError> {
    let mut numbers: Vec<(u64, &str)> = Vec::new();
    for (_, record) in records.iter().filter(|(_, record)| seen(record)) {
        let number = enrolment_of(record).household;
        if number != 0 && numbers.iter().all(|(known, _)| *known != number) {
            numbers.push((number, record.cells.get("household_id").trim()));
        }
    }
    let mut cursor = view.cursor(Family::Facts)?;
    let mut found = Vec::new();
    for (number, raw) in numbers {
        let mut others = cursor.holders(Fact::Household, number)?;
        others.retain(|other| records.iter().all(|(own, _)| own != other));
        let mut members = Vec::new();
        if others.len() <= MOST {
            members = housemates(view, generation, &others, seen)?;
        }
        if !others.is_empty() {
            found.push(Household {
                number: raw.to_string(),
                records: others.len(),
                members,
            });
        }
    }
    Ok(found)
}

fn housemates(
    view: &View<'_>,
    generation: Generation,
    others: &[RecordKey],
    seen: Seen<'_>,
) -> Result<Vec<Housemate>, StoreError> {
    let mut on_file: Vec<(EntityId, Record)> = Vec::new();
    for (&key, record) in others.iter().zip(view.records(others)?) {
        let current = record.filter(|record| record.state == RecordState::Current);
        let member = view.member(generation, key)?;
        on_file.extend(member.map(|member| member.entity).zip(current));
    }
    on_file.sort_by(|(_, a), (_, b)| (&a.source, &a.record_id).cmp(&(&b.source, &b.record_id)));
    let mut order: Vec<Housemate> = Vec::new();
    let mut places: BTreeMap<EntityId, usize> = BTreeMap::new();
    for (entity, record) in on_file {
        let place = *places.entry(entity).or_insert_with(|| {
            order.push(Housemate {
                entity: entity.to_string(),
                name: String::new(),
                relations: Vec::new(),
                records: Vec::new(),
            });
            order.len() - 1
        });
        let mate = &mut order[place];
        if !seen(&record) {
            mate.records.push(record.source.to_string());
            continue;
        }
        if mate.records.iter().all(|record| !record.contains(':')) {
            mate.name = record.cells.get("name").trim().to_string();
        }
        let relation = record.cells.get("relation_to_head").trim();
        if !relation.is_empty() && mate.relations.iter().all(|known| known != relation) {
            mate.relations.push(relation.to_string());
        }
        mate.records.push(name_of(&record));
    }
    Ok(order)
}
