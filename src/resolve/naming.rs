//! The entities of a new generation, by the ids that they had.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::ResolveError;
use super::fresh::Keys;
use super::identities::{self, Before};
use crate::id::EntityId;
use crate::store::{Entity, EntityState, Family, Generation, Moment, RecordKey, View};
use crate::table::Table;

/// The entities of a new generation.
#[derive(Default)]
pub(super) struct Named {
    /// The id of each.
    pub ids: Vec<EntityId>,
    /// What each is.
    pub entities: Vec<Entity>,
    /// What those that are otherwise now were before.
    pub altered: Vec<(EntityId, Entity)>,
    /// Those that are no more: what they were, and what they are now.
    pub retired: Vec<(EntityId, Entity, Entity)>,
    /// Those that had retired before.
    pub gone: Vec<(EntityId, Entity)>,
    pub created: u64,
    pub moved: u64,
}

impl Named {
    /// Gives the ids that entities had to the groups that their records are in now.
    pub fn of(
        keys: &Keys,
        table: &Table,
        view: &View<'_>,
        former: Option<Generation>,
        groups: Vec<Vec<u32>>,
        (since, at): (u64, Moment),
    ) -> Result<Named, ResolveError> {
        let mut known: BTreeMap<EntityId, Entity> = BTreeMap::new();
        let mut named = Named::default();
        if let Some(former) = former {
            view.cursor(Family::Entities)?
                .each_entity(former, |id, entity| match entity.state {
                    EntityState::Members(_) => {
                        known.insert(id, entity);
                    }
                    EntityState::Retired(_) => named.gone.push((id, entity)),
                })?;
        }
        let place = |member: &u64| keys.places.get(&RecordKey(*member)).copied();
        let mut before: Vec<Before> = Vec::with_capacity(known.len());
        for (&id, entity) in &known {
            if let EntityState::Members(members) = &entity.state {
                before.push(Before {
                    id,
                    created: entity.created,
                    members: members.iter().filter_map(place).collect(),
                });
            }
        }
        let assigned = identities::assign(&before, &groups);
        let mut taken: BTreeSet<EntityId> = known.keys().copied().collect();
        taken.extend(named.gone.iter().map(|(id, _)| *id));
        let mut entity_was: FxHashMap<u32, EntityId> = FxHashMap::default();
        for entity in &before {
            entity_was.extend(entity.members.iter().map(|&record| (record, entity.id)));
        }
        for (group, keeps) in groups.iter().zip(&assigned.keeps) {
            let members: Vec<u64> = group
                .iter()
                .map(|&record| keys.of[record as usize].0)
                .collect();
            let (id, before) = match keeps {
                Some(place) => (before[*place].id, known.get(&before[*place].id)),
                None => {
                    named.created += 1;
                    (fresh_id(table, group[0], &mut taken), None)
                }
            };
            let moved = group
                .iter()
                .filter(|record| entity_was.get(record).is_some_and(|was| *was != id));
            named.moved += moved.count() as u64;
            let state = EntityState::Members(members);
            let entity = match before {
                Some(before) if before.state == state => before.clone(),
                _ => Entity {
                    created: before.map_or(since, |before| before.created),
                    since,
                    at,
                    state,
                },
            };
            if let Some(before) = before.filter(|before| **before != entity) {
                named.altered.push((id, before.clone()));
            }
            named.ids.push(id);
            named.entities.push(entity);
        }
        for (place, group) in assigned.retired {
            let id = before[place].id;
            if let Some(was) = known.remove(&id) {
                let into = group.map(|group| named.ids[group]);
                let now = Entity {
                    created: was.created,
                    since,
                    at,
                    state: EntityState::Retired(into),
                };
                named.retired.push((id, was, now));
            }
        }
        Ok(named)
    }
}

/// An id for a new entity, named after its smallest record, that no entity has or had.
fn fresh_id(table: &Table, smallest: u32, taken: &mut BTreeSet<EntityId>) -> EntityId {
    let (source, record_id) = (table.source(smallest), table.record_id(smallest));
    let ids = (0..).map(|number| EntityId::numbered(source, record_id, number));
    let mut free = ids.filter(|id| taken.insert(*id));
    free.next()
        .unwrap_or_else(|| EntityId::of(source, record_id))
}
