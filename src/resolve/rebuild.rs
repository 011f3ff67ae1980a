//! Everything resolved anew, as a generation of its own: the first load, a new model or policy, or
//! a load so large that deciding about each record by itself would cost more.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use yiren_matchers::model::{ModelParts, TermFrequencies};

use super::fresh::{self, Keys, Records};
use super::judge::{group_of, stored};
use super::naming::Named;
use super::{Engine, Outcome, Recording, ResolveError};
use crate::id::EntityId;
use crate::index::block_entries;
use crate::policy::{Finding, Policy};
use crate::schema::parse_model;
use crate::scoring::Scorer;
use crate::standardise::NORMAL_FORMS;
use crate::store::{
    Act, BulkOptions, Covered, Entity, Family, Generation, Group, Made, Membership, RecordKey,
    Store, StoreError, StoredFinding, Transaction, View, keys,
};
use crate::sweep::{Clock, Matched, Progress, Results, SweepPhase, judge};
use crate::table::Table;

/// What to resolve everything with.
#[derive(Clone, Debug)]
pub struct Rebuilding {
    /// The model file.
    pub model: String,
    /// The policy file.
    pub policy: String,
    /// Whence the prior's records and the term frequencies.
    pub figures: Figures,
}

/// Whence the figures that a model version weighs pairs by.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Figures {
    /// Counted in the records that are on file.
    Count,
    /// Those of a generation that was made with the same model.
    Of(Generation),
}

/// What a rebuild came to.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    /// What it changed of what was known before.
    pub outcome: Outcome,
    /// Records resolved.
    pub records: u64,
    /// Entities in force now.
    pub entities: u64,
    /// Findings in force now.
    pub findings: u64,
    /// The commit that put it in force.
    pub commit: u64,
}

/// Resolves every record of the store anew and puts the answer in force at once, in one commit.
/// A stop at any moment before leaves the answer that was. Nobody else writes meanwhile; memory is
/// that of a sweep of as many records.
pub fn rebuild(
    store: &Store,
    rebuilding: &Rebuilding,
    recording: &Recording,
    progress: &dyn Progress,
) -> Result<Rebuilt, ResolveError> {
    let mut transaction = store.begin(recording.at)?;
    let view = transaction.view();
    let state = view.state()?;
    let former = state.in_force();
    let model = parse_model(&rebuilding.model, "the model")?;
    let policy = Policy::parse(&rebuilding.policy, "the policy")?;
    let mut clock = Clock::new(progress);
    let records = Records::load(view, &model, &state.sources, &mut clock)?;
    let (mut made, frequencies) = figures(view, rebuilding, &model, &policy, &records.table)?;
    (made.since, made.at) = (transaction.number(), transaction.at());
    let figures = (made.records, frequencies.clone());
    let (matched, keys) = fresh::sweep(records, view, &model, figures, &mut clock)?;
    let generation = Generation(state.next);
    let groups = matched.entities.members();
    let now = (transaction.number(), transaction.at());
    let named = Named::of(&keys, &matched.loaded.table, view, former, groups, now)?;
    let results = judge(
        matched,
        named.ids.clone(),
        &policy,
        recording.as_of,
        &mut clock,
    )?;
    let table = &results.matched.loaded.table;
    let mut findings = BTreeMap::new();
    for finding in &results.findings.rows {
        let (group, number, mut finding) = keys.finding(&policy, finding, &results);
        (finding.since, finding.at) = (transaction.number(), transaction.at());
        findings.insert(keys::finding(generation, group, number), finding);
    }
    let closed = former_findings(view, former, generation, &mut findings)?;

    let of = &results.matched.entities.of;
    let (members, moved) = members(view, former, &keys, of, &named, transaction.number())?;

    transaction.clear(generation)?;
    let writing = Writing {
        store,
        generation,
        table,
        keys: &keys,
        model: &model,
    };
    clock.begin(SweepPhase::Write);
    let progress = clock.progress;
    let steps: [&(dyn Fn() -> Result<(), StoreError> + Sync); 6] = [
        &|| writing.frequencies(&frequencies),
        &|| writing.blocks(),
        &|| writing.links(&results.matched),
        &|| writing.members(&members),
        &|| writing.entities(&named),
        &|| writing.findings(&findings),
    ];
    let done = AtomicU64::new(0);
    let count = steps.len() as u64;
    progress.done(0, count);
    steps.par_iter().try_for_each(|step| {
        step()?;
        progress.done(done.fetch_add(1, Ordering::Relaxed) + 1, count);
        Ok::<(), StoreError>(())
    })?;
    let opened = |finding: &&StoredFinding| finding.since == transaction.number();
    let outcome = Outcome {
        entities_created: named.created,
        entities_retired: named.retired.len() as u64,
        records_moved: named.moved,
        findings_opened: findings.values().filter(opened).count() as u64,
        findings_closed: closed.len() as u64,
        ..Outcome::default()
    };
    let rebuilt = Rebuilt {
        outcome,
        records: table.len() as u64,
        entities: named.ids.len() as u64,
        findings: findings.len() as u64,
        commit: transaction.number(),
    };
    put_history(&mut transaction, &named, &moved, &closed)?;
    put_in_force(transaction, generation, former, &made, &rebuilt, recording)?;
    store.note_covered(&Covered {
        generation: generation.0,
        commit: rebuilt.commit,
        as_of: recording.as_of.to_string(),
    })?;
    Ok(rebuilt)
}

impl Keys {
    /// A finding as it is stored, with its group and number.
    pub(super) fn finding(
        &self,
        policy: &Policy,
        finding: &Finding,
        results: &Results,
    ) -> (Group, u64, StoredFinding) {
        let table = &results.matched.loaded.table;
        let anchor = finding.anchor(&table.enrolments, &results.matched.entities.of);
        let group = group_of(anchor.map(|entity| results.ids[entity as usize]));
        let name = |record: u32| {
            let key = self.of[record as usize];
            (key, table.source(record), table.record_id(record))
        };
        let entity = results.ids[finding.entity as usize];
        let (a, b) = (name(finding.record_a), finding.other().map(name));
        let (number, finding) = stored(policy, finding, entity, a, b);
        (group, number, finding)
    }
}

/// The prior's records and the term frequencies of the new generation.
pub(super) fn figures(
    view: &View<'_>,
    rebuilding: &Rebuilding,
    model: &ModelParts,
    policy: &Policy,
    table: &Table,
) -> Result<(Made, TermFrequencies), ResolveError> {
    let (records, frequencies) = match rebuilding.figures {
        Figures::Count => (table.len() as u64, Scorer::frequencies_of(model, table)),
        Figures::Of(generation) => {
            let made = view.made(generation)?;
            let made = made
                .filter(|made| made.model == rebuilding.model && made.normal_forms == NORMAL_FORMS);
            let Some(made) = made else {
                return Err(ResolveError::OtherModel);
            };
            (made.records, Engine::frequencies(view, generation, &made)?)
        }
    };
    let made = Made {
        model: rebuilding.model.clone(),
        model_version: format!("{} {}", model.name, model.version),
        policy: rebuilding.policy.clone(),
        policy_version: policy.version().to_string(),
        records,
        frequency_totals: frequencies
            .tables()
            .iter()
            .map(|table| table.total())
            .collect(),
        normal_forms: NORMAL_FORMS,
        since: 0,
        at: Default::default(),
        until: None,
    };
    Ok((made, frequencies))
}

/// Keeps the dates of findings that held before, and returns those that hold no more.
pub(super) fn former_findings(
    view: &View<'_>,
    former: Option<Generation>,
    generation: Generation,
    findings: &mut BTreeMap<Vec<u8>, StoredFinding>,
) -> Result<Vec<(u64, StoredFinding)>, StoreError> {
    let mut closed = Vec::new();
    let Some(former) = former else {
        return Ok(closed);
    };
    view.cursor(Family::Findings)?
        .each_finding(former, |key, number, before| {
            let key = [&generation.prefix()[..], &key[2..]].concat();
            match findings.get_mut(&key) {
                Some(now) => {
                    let mut same = now.clone();
                    (same.since, same.at) = (before.since, before.at);
                    if same == before {
                        *now = before;
                    } else {
                        closed.push((number, before));
                    }
                }
                None => closed.push((number, before)),
            }
        })?;
    Ok(closed)
}

type Members = Vec<(RecordKey, Membership)>;

/// The entity of each record, by key, and those that were in others before.
fn members(
    view: &View<'_>,
    former: Option<Generation>,
    keys: &Keys,
    entity_of: &[u32],
    named: &Named,
    commit: u64,
) -> Result<(Members, Members), StoreError> {
    let mut was: FxHashMap<RecordKey, Membership> = FxHashMap::default();
    if let Some(former) = former {
        view.cursor(Family::Members)?
            .each_member(former, |record, member| {
                was.insert(record, member);
            })?;
    }
    let (mut members, mut moved) = (Members::with_capacity(keys.of.len()), Members::new());
    for (&record, &entity) in keys.of.iter().zip(entity_of) {
        let entity = named.ids[entity as usize];
        let before = was.remove(&record);
        if let Some(before) = before.filter(|before| before.entity != entity) {
            moved.push((record, before));
        }
        let same = before.filter(|before| before.entity == entity);
        let since = same.map_or(commit, |before| before.since);
        members.push((record, Membership { entity, since }));
    }
    moved.extend(was);
    members.par_sort_unstable_by_key(|(record, _)| *record);
    moved.sort_unstable_by_key(|(record, _)| *record);
    Ok((members, moved))
}

/// Writes a generation past the log.
struct Writing<'a> {
    store: &'a Store,
    generation: Generation,
    table: &'a Table,
    keys: &'a Keys,
    model: &'a ModelParts,
}

impl Writing<'_> {
    fn frequencies(&self, frequencies: &TermFrequencies) -> Result<(), StoreError> {
        let options = BulkOptions::of(Family::Frequencies);
        let mut bulk = self.store.bulk(Family::Frequencies, &options);
        for (number, table) in frequencies.tables().iter().enumerate() {
            let counts: Vec<_> = table.entries().collect();
            bulk.put_frequencies(self.generation, number as u8, &counts)?;
        }
        bulk.finish()
    }

    fn blocks(&self) -> Result<(), StoreError> {
        let options = BulkOptions::of(Family::Blocks);
        let mut bulk = self.store.bulk(Family::Blocks, &options);
        for (number, rule) in self.model.blocking.iter().enumerate() {
            let mut entries = block_entries(self.table, self.model, rule);
            let key = |record: u32| self.keys.of[record as usize];
            entries.par_sort_unstable_by_key(|entry| (entry.key, entry.path, key(entry.record)));
            for entry in entries {
                let mut bytes = keys::block(self.generation, number as u8, entry.key);
                let path = entry.path.iter().take(rule.refine.len());
                path.for_each(|&step| keys::refine(&mut bytes, step));
                bulk.put(&keys::block_entry(bytes, key(entry.record)), &[])?;
            }
        }
        bulk.finish()
    }

    fn links(&self, matched: &Matched) -> Result<(), StoreError> {
        let key = |record: u32| self.keys.of[record as usize];
        let mut links: Vec<(RecordKey, RecordKey, f64)> = fresh::links(matched, self.model)
            .flat_map(|pair| {
                let (a, b, weight) = (key(pair.a), key(pair.b), pair.score.weight.0);
                [(a, b, weight), (b, a, weight)]
            })
            .collect();
        links.par_sort_unstable_by_key(|&(a, b, _)| (a, b));
        let options = BulkOptions::of(Family::Links);
        let mut bulk = self.store.bulk(Family::Links, &options);
        for (a, b, weight) in links {
            bulk.put(&keys::link(self.generation, a, b), &weight.to_le_bytes())?;
        }
        bulk.finish()
    }

    fn members(&self, members: &[(RecordKey, Membership)]) -> Result<(), StoreError> {
        let options = BulkOptions::of(Family::Members);
        let mut bulk = self.store.bulk(Family::Members, &options);
        for (record, member) in members {
            bulk.put_value(&keys::of_record(self.generation, *record), member)?;
        }
        bulk.finish()
    }

    fn entities(&self, named: &Named) -> Result<(), StoreError> {
        let current = named
            .ids
            .iter()
            .zip(&named.entities)
            .map(|(id, entity)| (*id, entity));
        let retired = named.retired.iter().map(|(id, _, now)| (*id, now));
        let gone = named.gone.iter().map(|(id, entity)| (*id, entity));
        let mut entities: Vec<(EntityId, &Entity)> = current.chain(retired).chain(gone).collect();
        entities.par_sort_unstable_by_key(|(id, _)| *id);
        let options = BulkOptions::of(Family::Entities);
        let mut bulk = self.store.bulk(Family::Entities, &options);
        for (id, entity) in entities {
            bulk.put_value(&keys::entity(self.generation, id), entity)?;
        }
        bulk.finish()
    }

    fn findings(&self, findings: &BTreeMap<Vec<u8>, StoredFinding>) -> Result<(), StoreError> {
        let options = BulkOptions::of(Family::Findings);
        let mut bulk = self.store.bulk(Family::Findings, &options);
        for (key, finding) in findings {
            bulk.put_value(key, finding)?;
        }
        bulk.finish()
    }
}

/// Keeps what entities and findings were that are otherwise now.
fn put_history(
    transaction: &mut Transaction<'_>,
    named: &Named,
    moved: &[(RecordKey, Membership)],
    closed: &[(u64, StoredFinding)],
) -> Result<(), StoreError> {
    for (record, before) in moved {
        transaction.put_member_history(*record, before)?;
    }
    let retired = named.retired.iter().map(|(id, before, _)| (id, before));
    let altered = named.altered.iter().map(|(id, before)| (id, before));
    for (id, before) in altered.chain(retired) {
        transaction.put_entity_history(*id, before)?;
    }
    for (number, finding) in closed {
        transaction.put_finding_history(*number, finding)?;
    }
    Ok(())
}

/// Puts a written generation in force.
fn put_in_force(
    mut transaction: Transaction<'_>,
    generation: Generation,
    former: Option<Generation>,
    made: &Made,
    rebuilt: &Rebuilt,
    recording: &Recording,
) -> Result<(), ResolveError> {
    if let Some(former) = former
        && let Some(before) = transaction.view().made(former)?
    {
        let until = Some(made.since);
        transaction.put_made(former, &Made { until, ..before })?;
    }
    let next = Generation(generation.0.saturating_add(1));
    let kept: Vec<Generation> = former.into_iter().chain([generation]).collect();
    transaction.keep_generations(&kept, next)?;
    transaction.put_made(generation, made)?;
    transaction.everything_changed();
    transaction.alter_state(|state| {
        state.generation = Some(generation.0);
        state.former = former.map(|former| former.0);
        state.next = next.0;
        state.unresolved = false;
    })?;
    let act = Act {
        actor: recording.actor.clone(),
        action: "sweep",
        detail: serde_json::json!({
            "generation": generation.0,
            "model": made.model_version,
            "policy": made.policy_version,
            "outcome": rebuilt.outcome,
        }),
    };
    transaction.commit(act, recording.durability)?;
    Ok(())
}
