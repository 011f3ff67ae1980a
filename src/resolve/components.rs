//! Which entities a change makes, alters and ends.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::identities::{self, Before};
use super::links::Links;
use super::local::Local;
use super::verdicts::{Given, verdicts_of};
use super::working::Working;
use super::{Engine, ResolveError, Versions};
use crate::gathering::{Verdicts, split_component};
use crate::id::EntityId;
use crate::store::{Entity, EntityState, Family, Membership, RecordKey, VerdictKind, View};

/// The entities of all components that a change touches.
#[derive(Debug, Default)]
pub(super) struct Entities {
    /// Entities that have members after the change, in the order of their smallest records.
    pub now: Vec<Now>,
    /// Entities that are no more, with what was before, and the entity that their records are in.
    pub retired: Vec<(EntityId, Entity, Option<EntityId>)>,
    /// The entity of each record touched, before the change.
    pub was: FxHashMap<RecordKey, Membership>,
    /// The entity of each record touched, after it.
    pub is: FxHashMap<RecordKey, EntityId>,
}

/// An entity after the change.
#[derive(Debug)]
pub(super) struct Now {
    pub id: EntityId,
    /// What it was before, if it was.
    pub before: Option<Entity>,
    /// Its records in the order of (source, record id).
    pub members: Vec<RecordKey>,
}

impl Now {
    /// Whether the entity has other members than before.
    pub fn is_new(&self) -> bool {
        let members = self.members.iter().map(|member| member.0);
        !self
            .before
            .as_ref()
            .is_some_and(|before| match &before.state {
                EntityState::Members(before) => members.eq(before.iter().copied()),
                EntityState::Retired(_) => false,
            })
    }
}

/// The records of the components that a change touches, and the strong links between them.
struct Touched {
    components: Vec<Vec<RecordKey>>,
    strong: BTreeMap<(RecordKey, RecordKey), f64>,
    must: BTreeSet<(RecordKey, RecordKey)>,
    cannot: BTreeSet<(RecordKey, RecordKey)>,
    was: FxHashMap<RecordKey, Membership>,
    entities: BTreeMap<EntityId, Entity>,
}

/// Decides anew who is who in every component that the change touches.
pub(super) fn decide(
    engine: &Engine,
    working: &Working<'_>,
    versions: &Versions,
    links: &Links,
    given: &Given,
) -> Result<Entities, ResolveError> {
    let touched = touched(engine, working, versions, links, given)?;
    let everyone = touched.components.iter().flatten().copied();
    let local = Local::build(engine, working.fetch(everyone)?);
    let groups = gather(engine, &local, &touched);
    name(working.view, engine, &local, groups, touched)
}

/// Follows links from the changed records to all that they are, were or will be connected with.
fn touched(
    engine: &Engine,
    working: &Working<'_>,
    versions: &Versions,
    links: &Links,
    given: &Given,
) -> Result<Touched, ResolveError> {
    let view = working.view;
    let threshold = engine.link_threshold();
    let mut link_cursor = view.cursor(Family::Links)?;
    let mut verdict_cursor = view.cursor(Family::Verdicts)?;
    let mut touched = Touched {
        components: Vec::new(),
        strong: BTreeMap::new(),
        must: BTreeSet::new(),
        cannot: BTreeSet::new(),
        was: FxHashMap::default(),
        entities: BTreeMap::new(),
    };
    let mut seeds: Vec<RecordKey> = versions.keys().copied().collect();
    seeds.extend(links.changes.keys().flat_map(|&(a, b)| [a, b]));
    seeds.extend(given.keys().flat_map(|&(a, b)| [a, b]));
    let mut seen: FxHashSet<RecordKey> = FxHashSet::default();
    while let Some(seed) = seeds.pop() {
        if !seen.insert(seed) {
            continue;
        }
        let (mut component, mut waiting) = (Vec::new(), vec![seed]);
        while let Some(record) = waiting.pop() {
            // Whoever was of one entity with it may be so no more.
            if let Some(member) = view.member(engine.generation, record)? {
                touched.was.insert(record, member);
                if !touched.entities.contains_key(&member.entity)
                    && let Some(entity) = view.entity(engine.generation, member.entity)?
                {
                    if let EntityState::Members(members) = &entity.state {
                        seeds.extend(members.iter().map(|&member| RecordKey(member)));
                    }
                    touched.entities.insert(member.entity, entity);
                }
            }
            if working.fetch([record])?.is_empty() {
                continue;
            }
            component.push(record);
            let mut reached = Vec::new();
            for (to, weight) in links.of(engine, &mut link_cursor, record)? {
                if weight >= threshold {
                    touched
                        .strong
                        .insert((record.min(to), record.max(to)), weight);
                    reached.push(to);
                }
            }
            for (to, kind) in verdicts_of(&mut verdict_cursor, given, record)? {
                let pair = (record.min(to), record.max(to));
                match kind {
                    VerdictKind::MustLink => {
                        touched.must.insert(pair);
                        reached.push(to);
                    }
                    VerdictKind::CannotLink => {
                        touched.cannot.insert(pair);
                    }
                    VerdictKind::Withdrawn => {}
                }
            }
            waiting.extend(reached.into_iter().filter(|&to| seen.insert(to)));
        }
        if !component.is_empty() {
            touched.components.push(component);
        }
    }
    Ok(touched)
}

/// The groups of all components, ascending each, in the order of their smallest records.
fn gather(engine: &Engine, local: &Local, touched: &Touched) -> Vec<Vec<u32>> {
    let placed = |pairs: &BTreeSet<(RecordKey, RecordKey)>| {
        let places = pairs.iter().filter_map(|&(a, b)| local.pair(a, b));
        let mut places: Vec<(u32, u32)> = places.collect();
        places.sort_unstable();
        places
    };
    let verdicts = Verdicts {
        must: placed(&touched.must),
        cannot: placed(&touched.cannot),
    };
    let groups = touched.components.par_iter().map(|component| {
        let places = component.iter().filter_map(|&record| local.place(record));
        let mut members: Vec<u32> = places.collect();
        members.sort_unstable();
        if members.len() == 1 {
            return vec![members];
        }
        let links = component.iter().flat_map(|&record| {
            let of_record = (record, RecordKey(0))..=(record, RecordKey(u64::MAX));
            touched
                .strong
                .range(of_record)
                .filter_map(|(&(a, b), &weight)| {
                    let (a, b) = local.pair(a, b)?;
                    Some((a, b, weight))
                })
        });
        split_component(&engine.scorer, &local.table, &members, links, &verdicts).groups
    });
    let mut groups: Vec<Vec<u32>> = groups.flatten_iter().collect();
    groups.sort_unstable();
    groups
}

/// Gives the groups their ids.
fn name(
    view: &View<'_>,
    engine: &Engine,
    local: &Local,
    groups: Vec<Vec<u32>>,
    touched: Touched,
) -> Result<Entities, ResolveError> {
    let before: Vec<Before> = touched
        .entities
        .iter()
        .filter_map(|(&id, entity)| {
            let EntityState::Members(members) = &entity.state else {
                return None;
            };
            let places = members
                .iter()
                .filter_map(|&member| local.place(RecordKey(member)));
            Some(Before {
                id,
                created: entity.created,
                members: places.collect(),
            })
        })
        .collect();
    let assigned = identities::assign(&before, &groups);
    let mut taken: FxHashSet<EntityId> = FxHashSet::default();
    let mut entities = Entities::default();
    for (group, keeps) in groups.iter().zip(&assigned.keeps) {
        let id = match keeps {
            Some(place) => before[*place].id,
            None => fresh_id(view, engine, local, group[0], &mut taken)?,
        };
        let members: Vec<RecordKey> = group
            .iter()
            .map(|&place| local.keys[place as usize])
            .collect();
        entities
            .is
            .extend(members.iter().map(|&member| (member, id)));
        entities.now.push(Now {
            id,
            before: keeps.and_then(|place| touched.entities.get(&before[place].id).cloned()),
            members,
        });
    }
    for (place, group) in assigned.retired {
        let id = before[place].id;
        if let Some(entity) = touched.entities.get(&id) {
            let into = group.map(|group| entities.now[group].id);
            entities.retired.push((id, entity.clone(), into));
        }
    }
    entities.was = touched.was;
    Ok(entities)
}

/// An id for a new entity, named after its smallest record, that no entity has or had.
fn fresh_id(
    view: &View<'_>,
    engine: &Engine,
    local: &Local,
    smallest: u32,
    taken: &mut FxHashSet<EntityId>,
) -> Result<EntityId, ResolveError> {
    let (source, record_id) = (
        local.table.source(smallest),
        local.table.record_id(smallest),
    );
    let mut number = 0;
    loop {
        let id = EntityId::numbered(source, record_id, number);
        if view.entity(engine.generation, id)?.is_none() && taken.insert(id) {
            return Ok(id);
        }
        number += 1;
    }
}
