//! Whether the store's answer is that of a sweep over everything.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use yiren_matchers::normalise::date::Date;

use super::fresh::{self, Keys, Records};
use super::{Engine, ResolveError};
use crate::id::EntityId;
use crate::index::block_entries;
use crate::store::{EntityState, Family, Group, RecordKey, StoreError, StoredFinding, View, keys};
use crate::sweep::{Clock, Matched, Progress, Results, judge};
use crate::table::Table;

/// Where the store differs from a sweep over everything. Nothing of this, but findings that hold
/// or hold no more because time went by, is ever expected.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// Records whose entity has other members, ascending.
    pub records: BTreeSet<RecordKey>,
    /// Pairs whose link is missing, weighs otherwise, or should not be there.
    pub links: BTreeSet<(RecordKey, RecordKey)>,
    /// Records whose blocks are not theirs.
    pub blocks: BTreeSet<RecordKey>,
    /// Findings that should be there, as they should be.
    pub open: BTreeMap<(Group, u64), StoredFinding>,
    /// Findings that should not be there, or not so.
    pub close: BTreeMap<(Group, u64), StoredFinding>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.links.is_empty()
            && self.blocks.is_empty()
            && self.open.is_empty()
            && self.close.is_empty()
    }

    /// The records that are to be decided anew, ascending.
    pub fn unsettled(&self) -> BTreeSet<RecordKey> {
        let links = self.links.iter().flat_map(|&(a, b)| [a, b]);
        let records = self.records.iter().chain(&self.blocks).copied();
        records.chain(links).collect()
    }
}

/// Sweeps over every record of a view with its model and policy, and compares. Changes nothing.
pub fn verify(
    view: &View<'_>,
    engine: &Engine,
    as_of: Date,
    progress: &dyn Progress,
) -> Result<Difference, ResolveError> {
    compare(view, engine, as_of, &mut Clock::new(progress)).map(|(difference, _)| difference)
}

/// What a sweep over every record of a view comes to, and where the store differs from it.
pub(super) fn compare(
    view: &View<'_>,
    engine: &Engine,
    as_of: Date,
    clock: &mut Clock<'_>,
) -> Result<(Difference, Results), ResolveError> {
    let state = view.state()?;
    let model = engine.scorer.model().parts();
    let records = Records::load(view, model, &state.sources, clock)?;
    let figures = (engine.made.records, engine.scorer.frequencies().clone());
    let (matched, keys) = fresh::sweep(records, view, model, figures, clock)?;
    let mut difference = Difference::default();
    let ids = entities(view, engine, &matched, &keys, &mut difference)?;
    links(view, engine, &matched, &keys, &mut difference)?;
    blocks(view, engine, &matched.loaded.table, &keys, &mut difference)?;
    let results = judge(matched, ids, &engine.policy, as_of, clock)?;
    findings(view, engine, &results, &keys, &mut difference)?;
    Ok((difference, results))
}

/// Compares who is who, and returns the id of each entity, where the store has such an entity.
fn entities(
    view: &View<'_>,
    engine: &Engine,
    matched: &Matched,
    keys: &Keys,
    difference: &mut Difference,
) -> Result<Vec<EntityId>, ResolveError> {
    let mut known: FxHashMap<EntityId, Vec<u64>> = FxHashMap::default();
    view.cursor(Family::Entities)?
        .each_entity(engine.generation, |id, entity| {
            if let EntityState::Members(members) = entity.state {
                known.insert(id, members);
            }
        })?;
    let mut entity_of: FxHashMap<RecordKey, EntityId> = FxHashMap::default();
    view.cursor(Family::Members)?
        .each_member(engine.generation, |record, member| {
            entity_of.insert(record, member.entity);
        })?;
    let table = &matched.loaded.table;
    let mut ids = Vec::new();
    for members in matched.entities.members() {
        let keys: Vec<RecordKey> = members
            .iter()
            .map(|&record| keys.of[record as usize])
            .collect();
        let id = keys.first().and_then(|first| entity_of.get(first)).copied();
        let same = id
            .and_then(|id| known.remove(&id))
            .is_some_and(|known| known.iter().copied().eq(keys.iter().map(|key| key.0)));
        if !same {
            difference.records.extend(keys);
        }
        let first = members[0];
        ids.push(id.unwrap_or_else(|| EntityId::of(table.source(first), table.record_id(first))));
    }
    let left = known.into_values().flatten().map(RecordKey);
    difference.records.extend(left);
    Ok(ids)
}

fn links(
    view: &View<'_>,
    engine: &Engine,
    matched: &Matched,
    keys: &Keys,
    difference: &mut Difference,
) -> Result<(), StoreError> {
    let mut wanted: FxHashMap<(RecordKey, RecordKey), u64> = FxHashMap::default();
    for pair in fresh::links(matched, engine.scorer.model().parts()) {
        let (a, b) = (keys.of[pair.a as usize], keys.of[pair.b as usize]);
        wanted.insert((a.min(b), a.max(b)), pair.score.weight.0.to_bits());
    }
    view.cursor(Family::Links)?
        .each_link(engine.generation, |from, to, weight| {
            if from < to && wanted.remove(&(from, to)) != Some(weight.to_bits()) {
                difference.links.insert((from, to));
            }
        })?;
    difference.links.extend(wanted.into_keys());
    Ok(())
}

fn blocks(
    view: &View<'_>,
    engine: &Engine,
    table: &Table,
    records: &Keys,
    difference: &mut Difference,
) -> Result<(), StoreError> {
    let model = engine.scorer.model().parts();
    for (number, rule) in model.blocking.iter().enumerate() {
        let entries = block_entries(table, model, rule).into_par_iter();
        let mut wanted: Vec<Vec<u8>> = entries
            .map(|entry| {
                let mut bytes = keys::block(engine.generation, number as u8, entry.key);
                let path = entry.path.iter().take(rule.refine.len());
                path.for_each(|&step| keys::refine(&mut bytes, step));
                keys::block_entry(bytes, records.of[entry.record as usize])
            })
            .collect();
        wanted.par_sort_unstable();
        let mut wanted = wanted.into_iter().peekable();
        let mut differs = |entry: &[u8]| difference.blocks.extend(RecordKey::at_end(entry));
        let mut prefix = engine.generation.prefix().to_vec();
        prefix.push(number as u8);
        view.cursor(Family::Blocks)?.each(&prefix, |key, _| {
            while let Some(missing) = wanted.next_if(|entry| entry.as_slice() < key) {
                differs(&missing);
            }
            if wanted.next_if(|entry| entry.as_slice() == key).is_none() {
                differs(key);
            }
            Ok(true)
        })?;
        wanted.for_each(|missing| differs(&missing));
    }
    Ok(())
}

/// Compares the findings of results with those that the store holds.
pub(super) fn findings(
    view: &View<'_>,
    engine: &Engine,
    results: &Results,
    records: &Keys,
    difference: &mut Difference,
) -> Result<(), StoreError> {
    let mut wanted: BTreeMap<Vec<u8>, (Group, u64, StoredFinding)> = BTreeMap::new();
    for finding in &results.findings.rows {
        let (group, number, finding) = records.finding(&engine.policy, finding, results);
        let key = keys::finding(engine.generation, group, number);
        wanted.insert(key, (group, number, finding));
    }
    view.cursor(Family::Findings)?
        .each_finding(engine.generation, |key, number, found| {
            let group = keys::group_of(key);
            let same = wanted.get(key).is_some_and(|(.., wanted)| {
                let mut wanted = wanted.clone();
                (wanted.since, wanted.at) = (found.since, found.at);
                wanted == found
            });
            if same {
                wanted.remove(key);
            } else if let Some(group) = group {
                difference.close.insert((group, number), found);
            }
        })?;
    let open = wanted.into_values();
    difference
        .open
        .extend(open.map(|(group, number, finding)| ((group, number), finding)));
    Ok(())
}
