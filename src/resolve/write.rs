//! What a change decided, put into its transaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::judge::facts_of;
use super::local::enrolment_of;
use super::{Decided, Engine, Outcome, ResolveError, Version, Versions};
use crate::store::{
    Entity, EntityState, Fact, Record, RecordKey, StoreError, Transaction, Written,
};

/// Records that one thread prepares, at least.
const TOGETHER: usize = 64;

/// Puts the new versions of records, what they share, and the count of records.
pub(super) fn records(
    transaction: &mut Transaction<'_>,
    versions: &Versions,
) -> Result<(), StoreError> {
    let fresh: Vec<(&RecordKey, &Version)> = fresh(versions).collect();
    let parts: Vec<Vec<Written>> = fresh
        .par_chunks(TOGETHER)
        .map(|part| {
            let written = part
                .iter()
                .map(|(key, version)| Written::of(**key, &version.after));
            written.collect()
        })
        .collect::<Result<_, StoreError>>()?;
    for ((_, version), record) in fresh.into_iter().zip(parts.into_iter().flatten()) {
        transaction.put_record(&record, version.stored.as_deref())?;
    }
    shared(transaction, versions)
}

fn fresh(versions: &Versions) -> impl Iterator<Item = (&RecordKey, &Version)> {
    versions.iter().filter(|(_, version)| version.is_new())
}

/// Erases all versions of a record.
pub(super) fn erased(
    transaction: &mut Transaction<'_>,
    key: RecordKey,
    versions: &Versions,
) -> Result<(), StoreError> {
    transaction.erase_record(key)?;
    shared(transaction, versions)
}

/// Puts what records share from now on and no more, the count of records, and new sources.
fn shared(transaction: &mut Transaction<'_>, versions: &Versions) -> Result<(), StoreError> {
    let facts = |record: Option<&Arc<Record>>| -> Vec<(Fact, u64)> {
        let enrolment = record.map(|record| enrolment_of(record));
        enrolment.iter().flat_map(facts_of).collect()
    };
    let mut changes = Vec::new();
    let (mut more, mut fewer, mut sources) = (0, 0, BTreeSet::new());
    let changed: Vec<(&RecordKey, &Version)> = fresh(versions).collect();
    type Facts = Vec<(Fact, u64)>;
    let shares: Vec<(Facts, Facts)> = changed
        .par_iter()
        .with_min_len(TOGETHER)
        .map(|(_, version)| (facts(version.before()), facts(version.after())))
        .collect();
    for ((&key, version), (was, is)) in changed.into_iter().zip(shares) {
        let gone = was
            .iter()
            .filter(|fact| !is.contains(fact))
            .map(|fact| (fact, false));
        let new = is
            .iter()
            .filter(|fact| !was.contains(fact))
            .map(|fact| (fact, true));
        changes.extend(
            gone.chain(new)
                .map(|(&(fact, value), holds)| (fact, value, key, holds)),
        );
        more += u64::from(version.after().is_some());
        fewer += u64::from(version.before().is_some());
        sources.insert(&*version.after.source);
    }
    // Neighbours one after the other cost the database less.
    changes.sort_unstable();
    for (fact, value, key, holds) in changes {
        transaction.put_fact(fact, value, key, holds)?;
    }
    let known = transaction.view().state()?.sources;
    let is_fresh = |source: &&str| {
        known
            .binary_search_by(|known| (**known).cmp(source))
            .is_err()
    };
    let fresh: Vec<String> = sources
        .into_iter()
        .filter(is_fresh)
        .map(String::from)
        .collect();
    if more != fewer || !fresh.is_empty() {
        transaction.alter_state(|state| {
            state.records = state.records + more - fewer;
            state.sources.extend(fresh);
            state.sources.sort_unstable();
        })?;
    }
    Ok(())
}

/// Marks the store as holding records that are not resolved.
pub(super) fn unresolved(transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
    transaction.alter_state(|state| state.unresolved = true)
}

/// Puts all that is derived, and counts it.
pub(super) fn derived(
    transaction: &mut Transaction<'_>,
    engine: &Engine,
    decided: &Decided,
    outcome: &mut Outcome,
) -> Result<(), ResolveError> {
    let generation = engine.generation;
    for entry in &decided.overlay.removed {
        transaction.put_block(entry, false)?;
    }
    for entry in &decided.overlay.added {
        transaction.put_block(entry, true)?;
    }
    for (&(a, b), &weight) in &decided.links.changes {
        transaction.put_link(generation, a, b, weight)?;
    }
    entities(transaction, engine, decided, outcome)?;
    findings(transaction, engine, decided, outcome)
}

fn entities(
    transaction: &mut Transaction<'_>,
    engine: &Engine,
    decided: &Decided,
    outcome: &mut Outcome,
) -> Result<(), ResolveError> {
    let generation = engine.generation;
    let (since, at) = (transaction.number(), transaction.at());
    let entities = &decided.entities;
    for (id, before, into) in &entities.retired {
        let entity = Entity {
            created: before.created,
            since,
            at,
            state: EntityState::Retired(*into),
        };
        transaction.put_entity(generation, *id, &entity, Some(before))?;
        outcome.entities_retired += 1;
    }
    for now in entities.now.iter().filter(|now| now.is_new()) {
        let entity = Entity {
            created: now.before.as_ref().map_or(since, |before| before.created),
            since,
            at,
            state: EntityState::Members(now.members.iter().map(|member| member.0).collect()),
        };
        transaction.put_entity(generation, now.id, &entity, now.before.as_ref())?;
        outcome.entities_created += u64::from(now.before.is_none());
    }
    for (&record, &entity) in &entities.is {
        let was = entities.was.get(&record);
        if was.is_none_or(|was| was.entity != entity) {
            transaction.put_member(generation, record, Some(entity), was)?;
            outcome.records_moved += u64::from(was.is_some());
        }
    }
    for (&record, was) in &entities.was {
        if !entities.is.contains_key(&record) {
            transaction.put_member(generation, record, None, Some(was))?;
        }
    }
    Ok(())
}

fn findings(
    transaction: &mut Transaction<'_>,
    engine: &Engine,
    decided: &Decided,
    outcome: &mut Outcome,
) -> Result<(), ResolveError> {
    let generation = engine.generation;
    let (since, at) = (transaction.number(), transaction.at());
    let mut kept = BTreeSet::new();
    for &group in &decided.findings.replaced {
        for (number, before) in transaction.view().findings(generation, group)? {
            let same = decided
                .findings
                .now
                .get(&(group, number))
                .is_some_and(|now| {
                    let mut now = now.clone();
                    (now.since, now.at) = (before.since, before.at);
                    now == before
                });
            if same {
                kept.insert((group, number));
            } else {
                transaction.close_finding(generation, group, number, &before)?;
                outcome.findings_closed += 1;
            }
        }
    }
    for (&(group, number), finding) in &decided.findings.now {
        if !kept.contains(&(group, number)) {
            let mut finding = finding.clone();
            (finding.since, finding.at) = (since, at);
            transaction.open_finding(generation, group, number, &finding)?;
            outcome.findings_opened += 1;
        }
    }
    Ok(())
}
