//! What would follow from a change that is not made.

use std::collections::BTreeMap;
use std::sync::Arc;

use yiren_matchers::normalise::date::Date;

use super::local::Local;
use super::verdicts::{Given, verdicts_of};
use super::{Change, Decided, Engine, Op, ResolveError, classify, decide};
use crate::explain::{Explained, explain_pair};
use crate::id::EntityId;
use crate::store::{
    Cells, Family, Record, RecordKey, RecordState, StoreError, StoredFinding, VerdictKind, View,
};

/// A record that might be loaded.
#[derive(Clone, Debug)]
pub struct Supposition {
    /// Its source.
    pub source: Box<str>,
    /// Its id within the source; if there is a record of that id, it is supposed to read otherwise.
    pub record_id: Box<str>,
    /// What it would say.
    pub cells: Cells,
}

/// What would follow.
pub struct Supposed {
    /// The key of the record.
    pub key: RecordKey,
    /// The entity that it would be in: an existing one, or that which would be made for it.
    pub entity: EntityId,
    /// Whether that entity would be a new one.
    pub is_new: bool,
    /// The records that have to do with it, the likeliest first.
    pub candidates: Vec<Candidate>,
    /// Findings that the record would be part of, by number.
    pub findings: BTreeMap<u64, StoredFinding>,
    local: Local,
}

/// A record that may be of the same person.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its key.
    pub key: RecordKey,
    /// The record.
    pub record: Arc<Record>,
    /// The entity that it is in now.
    pub entity: Option<EntityId>,
    /// Match weight with the supposed record; `None` where only others connect the two.
    pub weight: Option<f64>,
    /// What they would be.
    pub standing: Standing,
}

/// What two records are to each other.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// One person.
    SamePerson,
    /// A person has to look at the two.
    NeedsReview,
    /// Two people, by what a person said.
    Different,
}

/// What loading a record would come to, on a day, by the code that loads it; nothing is written.
/// Cost: that of a change of one record.
pub fn suppose(
    view: &View<'_>,
    engine: &Engine,
    supposition: Supposition,
    as_of: Date,
) -> Result<Supposed, ResolveError> {
    supposed(view, engine, supposition, None, as_of)
}

/// As [`suppose`], if a person said besides that the record and another on file are one person,
/// whatever was said before.
pub fn suppose_same(
    view: &View<'_>,
    engine: &Engine,
    supposition: Supposition,
    same: RecordKey,
    as_of: Date,
) -> Result<Supposed, ResolveError> {
    supposed(view, engine, supposition, Some(same), as_of)
}

fn supposed(
    view: &View<'_>,
    engine: &Engine,
    supposition: Supposition,
    same: Option<RecordKey>,
    as_of: Date,
) -> Result<Supposed, ResolveError> {
    let change = Change {
        source: supposition.source,
        record_id: supposition.record_id,
        op: Op::Upsert(supposition.cells),
    };
    let (commit, at) = view.commit()?;
    let mut classified = classify(view, (commit + 1, at), std::slice::from_ref(&change))?;
    if classified.versions.is_empty() {
        // As it is on file, or older: what follows from the record as it is.
        let recheck = Change {
            op: Op::Recheck,
            ..change
        };
        classified = classify(view, (commit + 1, at), &[recheck])?;
    }
    let key = classified.keys.first().copied().unwrap_or(RecordKey(0));
    let given = same.map(|same| ((key.min(same), key.max(same)), VerdictKind::MustLink));
    let given = given.into_iter().collect();
    let decided = decide(view, engine, &classified.versions, &given, as_of)?;
    let entities = &decided.entities;
    let entity = entities.is.get(&key).copied();
    let entity =
        entity.ok_or_else(|| StoreError::Internal("a record is in no entity".to_string()))?;
    let now = entities.now.iter().find(|now| now.id == entity);
    let own = classified
        .versions
        .get(&key)
        .map(|version| Arc::clone(&version.after));
    let (local, candidates) = candidates(view, engine, (key, own), &decided)?;
    let findings = decided.findings.now.iter();
    let findings = findings
        .filter(|(_, finding)| finding.a == key.0 || finding.b == Some(key.0))
        .map(|((_, number), finding)| (*number, finding.clone()));
    Ok(Supposed {
        key,
        entity,
        is_new: now.is_none_or(|now| now.before.is_none()),
        candidates,
        findings: findings.collect(),
        local,
    })
}

/// The records that are linked to the supposed one, and those of its entity.
fn candidates(
    view: &View<'_>,
    engine: &Engine,
    (key, own): (RecordKey, Option<Arc<Record>>),
    decided: &Decided,
) -> Result<(Local, Vec<Candidate>), ResolveError> {
    let mut cursor = view.cursor(Family::Links)?;
    let mut weights: BTreeMap<RecordKey, Option<f64>> = BTreeMap::new();
    for (to, weight) in decided.links.of(engine, &mut cursor, key)? {
        weights.insert(to, Some(weight));
    }
    let entities = &decided.entities;
    let entity = entities.is.get(&key);
    let person = entities.now.iter().find(|now| Some(&now.id) == entity);
    for &member in person.iter().flat_map(|person| &person.members) {
        if member != key {
            weights.entry(member).or_insert(None);
        }
    }
    let mut verdicts = view.cursor(Family::Verdicts)?;
    let said = verdicts_of(&mut verdicts, &Given::new(), key)?;
    let parted = |to: &RecordKey| said.contains(&(*to, VerdictKind::CannotLink));
    let keys: Vec<RecordKey> = weights.keys().copied().collect();
    let records = view.records(&keys)?;
    let mut candidates = Vec::with_capacity(keys.len());
    for (other, record) in keys.into_iter().zip(records) {
        let on_file = record.filter(|record| record.state == RecordState::Current);
        let Some(record) = on_file.map(Arc::new) else {
            continue;
        };
        let of_person = person.is_some_and(|person| person.members.contains(&other));
        let standing = match (of_person, parted(&other)) {
            (true, _) => Standing::SamePerson,
            (false, true) => Standing::Different,
            (false, false) => Standing::NeedsReview,
        };
        let member = view.member(engine.generation, other)?;
        candidates.push(Candidate {
            key: other,
            record,
            entity: member.map(|member| member.entity),
            weight: weights.get(&other).copied().flatten(),
            standing,
        });
    }
    candidates.sort_by(|a, b| {
        let weight = |candidate: &Candidate| candidate.weight.unwrap_or(f64::NEG_INFINITY);
        let by_weight = weight(b).total_cmp(&weight(a));
        let name = |candidate: &Candidate| {
            (
                candidate.record.source.clone(),
                candidate.record.record_id.clone(),
            )
        };
        (a.standing.cmp(&b.standing))
            .then(by_weight)
            .then_with(|| name(a).cmp(&name(b)))
    });
    let others = candidates
        .iter()
        .map(|other| (other.key, Arc::clone(&other.record)));
    let local = Local::build(engine, others.chain(own.map(|own| (key, own))).collect());
    Ok((local, candidates))
}

/// The reasons for the weight of two records on file; `None` if one of them is not.
pub fn explain_stored(
    view: &View<'_>,
    engine: &Engine,
    a: RecordKey,
    b: RecordKey,
) -> Result<Option<Explained>, ResolveError> {
    let keys = [a, b];
    let records = view.records(&keys)?.into_iter().zip(keys);
    let records = records.filter_map(|(record, key)| {
        let on_file = record.filter(|record| record.state == RecordState::Current)?;
        Some((key, Arc::new(on_file)))
    });
    let local = Local::build(engine, records.collect());
    let places = local.place(a).zip(local.place(b));
    Ok(places.map(|(a, b)| explain_pair(&engine.scorer, &local.table, a, b)))
}

impl Supposed {
    /// The reasons for the weight of the supposed record and another; `None` if that is no
    /// candidate.
    pub fn explain(&self, engine: &Engine, other: RecordKey) -> Option<Explained> {
        let (own, other) = (self.local.place(self.key)?, self.local.place(other)?);
        Some(explain_pair(&engine.scorer, &self.local.table, own, other))
    }
}
