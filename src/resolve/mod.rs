//! One change in, what follows from it out: records added, changed and deleted, verdicts given and
//! taken back.
//!
//! What a change can touch is found from the store's indexes: the pairs that its records make or
//! no longer make with others, the pairs of other records that its coming or going brings
//! together or parts (where a block passes the cap), the components of links that these belong
//! to, and the findings of their people. All of that is decided anew by the code that a sweep uses
//! over everything, so the answer is that of a sweep, in whatever order records came
//! (`tests/store/order.rs`). One [`apply`] is one atomic commit.

mod components;
mod engine;
mod erase;
mod fresh;
mod identities;
mod judge;
mod links;
mod local;
mod meeting;
mod naming;
mod nightly;
mod postings;
mod queue;
mod rebuild;
mod rollover;
mod suppose;
mod verdicts;
mod verify;
mod working;
mod write;

pub use engine::{Engine, ResolveError};
pub use erase::erase;
pub(crate) use judge::facts_of;
pub use local::Local;
pub(crate) use local::enrolment_of;
pub use meeting::{Met, Part, RuleMeeting, meetings};
pub use nightly::{Nightly, Sweeping, export, sweep_store};
pub use queue::{Answer, Answering, Full, Queue, Refusal};
pub use rebuild::{Figures, Rebuilding, Rebuilt, rebuild};
pub use rollover::{Comparison, Example, compare_model};
pub use suppose::{
    Candidate, Standing, Supposed, Supposition, explain_stored, suppose, suppose_same,
};
pub use verdicts::{Contradiction, Judgement, give_verdict};
pub use verify::{Difference, verify};

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use yiren_matchers::normalise::date::Date;

use crate::id::EntityId;
use crate::standardise;
use crate::store::{
    Act, Answered, Cells, Durability, Found, Moment, Record, RecordKey, RecordState, Store,
    StoreError, StoredFinding, View,
};
use working::Working;

/// What a source says of a record.
#[derive(Clone, Debug)]
pub struct Change {
    /// The source.
    pub source: Box<str>,
    /// The record's id within it.
    pub record_id: Box<str>,
    /// What is said.
    pub op: Op,
}

/// What a source can say of a record.
#[derive(Clone, Debug)]
pub enum Op {
    /// It reads so.
    Upsert(Cells),
    /// It is no more.
    Delete,
    /// Nothing new; it is to be decided anew as it is.
    Recheck,
}

/// What a source's word came to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The record is new.
    Added,
    /// It reads otherwise now.
    Changed,
    /// It is on file no more.
    Deleted,
    /// It is as it was, or was not there to be deleted.
    Unchanged,
    /// The store has a later version, by `updated_at`, and keeps it.
    Stale,
}

/// What a change came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Records that are new.
    pub added: u64,
    /// Records that read otherwise.
    pub changed: u64,
    /// Records on file no more.
    pub deleted: u64,
    /// Records that are as they were.
    pub unchanged: u64,
    /// Records of which the store has a later version.
    pub stale: u64,
    /// Entities that are new.
    pub entities_created: u64,
    /// Entities that were merged into others or have no records any more.
    pub entities_retired: u64,
    /// Records that went from one entity to another.
    pub records_moved: u64,
    /// Findings that are new.
    pub findings_opened: u64,
    /// Findings that hold no more.
    pub findings_closed: u64,
}

impl Outcome {
    /// Adds another.
    pub fn add(&mut self, other: &Outcome) {
        self.added += other.added;
        self.changed += other.changed;
        self.deleted += other.deleted;
        self.unchanged += other.unchanged;
        self.stale += other.stale;
        self.entities_created += other.entities_created;
        self.entities_retired += other.entities_retired;
        self.records_moved += other.records_moved;
        self.findings_opened += other.findings_opened;
        self.findings_closed += other.findings_closed;
    }

    fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Added => self.added += 1,
            Fate::Changed => self.changed += 1,
            Fate::Deleted => self.deleted += 1,
            Fate::Unchanged => self.unchanged += 1,
            Fate::Stale => self.stale += 1,
        }
    }
}

/// How a change is to be recorded.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Who changes something.
    pub actor: String,
    /// When.
    pub at: Moment,
    /// Day that months are counted to.
    pub as_of: Date,
    /// When it counts as done.
    pub durability: Durability,
}

/// What became of a batch of changes.
#[derive(Clone, Debug)]
pub struct Applied {
    /// What it came to.
    pub outcome: Outcome,
    /// The fate of each change, in their order.
    pub fates: Vec<Fate>,
    /// The commit; `None` where nothing changed and nothing was written.
    pub commit: Option<u64>,
}

/// What a change came to for the record that it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// What became of the record.
    pub fate: Fate,
    /// The entity that it is in now; `None` if it is on file no more.
    pub entity: Option<EntityId>,
    /// The entity that it was in before, if that is another.
    pub was: Option<EntityId>,
    /// Entities that were merged into its own by this commit.
    pub merged: Vec<EntityId>,
    /// The open findings that it is one of the two records of.
    pub findings: Vec<u64>,
}

/// Applies changes as one commit: the records, and all that follows. Of several changes of one
/// record the last counts. Fails without having changed anything.
///
/// Cost: in proportion to the records, those that share a block with them, and the components
/// and groups that these are in.
pub fn apply(
    store: &Store,
    engine: &Engine,
    changes: &[Change],
    recording: &Recording,
) -> Result<Applied, ResolveError> {
    apply_as("load", store, engine, changes, recording)
}

fn apply_as(
    action: &'static str,
    store: &Store,
    engine: &Engine,
    changes: &[Change],
    recording: &Recording,
) -> Result<Applied, ResolveError> {
    commit_changes(action, store, Some(engine), changes, recording, None)
}

/// Puts records into the store without resolving them, as one commit, and marks the store as
/// unresolved: the first half of a bulk load, of which [`rebuild`] is the second.
pub fn stash(
    store: &Store,
    changes: &[Change],
    recording: &Recording,
) -> Result<Applied, ResolveError> {
    commit_changes("stash", store, None, changes, recording, None)
}

/// Hears, before the commit, what each change came to and the number of the commit, and may have
/// an answer kept by it.
type Hearing<'a> = &'a mut dyn FnMut(usize, Effect, u64) -> Option<([u8; 16], Answered)>;

fn commit_changes(
    action: &'static str,
    store: &Store,
    engine: Option<&Engine>,
    changes: &[Change],
    recording: &Recording,
    hearing: Option<Hearing<'_>>,
) -> Result<Applied, ResolveError> {
    let mut transaction = store.begin(recording.at)?;
    let classified = classify(transaction.view(), transaction.stamp(), changes)?;
    let versions = &classified.versions;
    let mut outcome = Outcome::default();
    classified
        .fates
        .iter()
        .for_each(|&fate| outcome.count(fate));
    let given = verdicts::Given::new();
    let decided = match engine {
        Some(engine) => decide(
            transaction.view(),
            engine,
            versions,
            &given,
            recording.as_of,
        )?,
        None => Decided::default(),
    };
    if let (Some(hearing), Some(engine)) = (hearing, engine) {
        let number = transaction.number();
        for place in 0..changes.len() {
            let effect = effect(transaction.view(), engine, &classified, &decided, place)?;
            if let Some((key, answered)) = hearing(place, effect, number) {
                transaction.put_answer(&key, &answered)?;
            }
        }
    }
    if !versions.is_empty() {
        write::records(&mut transaction, versions)?;
        match engine {
            Some(engine) => write::derived(&mut transaction, engine, &decided, &mut outcome)?,
            None => write::unresolved(&mut transaction)?,
        }
    }
    let commit = match transaction.is_empty() {
        true => None,
        false => {
            let act = Act {
                actor: recording.actor.clone(),
                action,
                detail: serde_json::to_value(&outcome).unwrap_or_default(),
            };
            Some(transaction.commit(act, recording.durability)?)
        }
    };
    Ok(Applied {
        outcome,
        fates: classified.fates,
        commit,
    })
}

/// What a change comes to for its record.
fn effect(
    view: &View<'_>,
    engine: &Engine,
    classified: &Classified,
    decided: &Decided,
    place: usize,
) -> Result<Effect, ResolveError> {
    let key = classified.keys[place];
    let entities = &decided.entities;
    let touched = entities.is.contains_key(&key) || entities.was.contains_key(&key);
    let (entity, was) = match touched {
        true => {
            let was = entities.was.get(&key).map(|member| member.entity);
            (entities.is.get(&key).copied(), was)
        }
        false => {
            let member = view.member(engine.generation, key)?;
            let entity = member.map(|member| member.entity);
            (entity, entity)
        }
    };
    let merged = entities.retired.iter();
    let merged = merged.filter(|(.., into)| into.is_some() && *into == entity);
    let findings = decided.findings.now.iter();
    let of_record = |finding: &StoredFinding| finding.a == key.0 || finding.b == Some(key.0);
    Ok(Effect {
        fate: classified.fates[place],
        entity,
        was: was.filter(|was| Some(*was) != entity),
        merged: merged.map(|(id, ..)| *id).collect(),
        findings: findings
            .filter(|(_, finding)| of_record(finding))
            .map(|((_, number), _)| *number)
            .collect(),
    })
}

/// What changes would come to if they were applied now, each by itself.
pub fn foresee(view: &View<'_>, changes: &[Change]) -> Result<Vec<Fate>, ResolveError> {
    Ok(classify(view, (0, Moment::default()), changes)?.fates)
}

/// A record before and after a change, either of them `None` where it is not on file.
#[derive(Clone, Debug)]
struct Version {
    /// The version in the store, whatever its state.
    stored: Option<Arc<Record>>,
    /// The new version; the stored one where it is only to be decided anew.
    after: Arc<Record>,
}

impl Version {
    fn on_file(record: &Arc<Record>) -> Option<&Arc<Record>> {
        (record.state == RecordState::Current).then_some(record)
    }

    fn before(&self) -> Option<&Arc<Record>> {
        self.stored.as_ref().and_then(Version::on_file)
    }

    fn after(&self) -> Option<&Arc<Record>> {
        Version::on_file(&self.after)
    }

    /// Whether there is something to write.
    fn is_new(&self) -> bool {
        !self
            .stored
            .as_ref()
            .is_some_and(|stored| Arc::ptr_eq(stored, &self.after))
    }
}

type Versions = BTreeMap<RecordKey, Version>;

/// What changes say of what is stored.
struct Classified {
    /// Only records that change.
    versions: Versions,
    /// The fate of each change.
    fates: Vec<Fate>,
    /// The key of the record of each change.
    keys: Vec<RecordKey>,
}

/// Changes whose records one thread looks for, at least.
const TOGETHER: usize = 64;

/// Finds what changes say of what is stored; `stamp` is the commit of new versions and its time.
fn classify(
    view: &View<'_>,
    stamp: (u64, Moment),
    changes: &[Change],
) -> Result<Classified, ResolveError> {
    let mut last: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    for (place, change) in changes.iter().enumerate() {
        last.insert((&change.source, &change.record_id), place);
    }
    let mut versions = Versions::new();
    let mut fates = vec![Fate::Unchanged; changes.len()];
    let found: Vec<Vec<Found>> = changes
        .par_chunks(TOGETHER)
        .map(|part| {
            let names = part
                .iter()
                .map(|change| (&*change.source, &*change.record_id));
            view.find_many(&names.collect::<Vec<_>>())
        })
        .collect::<Result<_, StoreError>>()?;
    let found = found.into_iter().flatten();
    let mut keys = Vec::with_capacity(changes.len());
    for (place, (change, found)) in changes.iter().zip(found).enumerate() {
        let mut key = found.key;
        if last.get(&(&*change.source, &*change.record_id)) != Some(&place) {
            keys.push(key);
            continue;
        }
        let stored = found.record.map(Arc::new);
        if stored.is_none() {
            // Another record of this batch may have taken the place.
            while versions.contains_key(&key) || (key != found.key && view.record(key)?.is_some()) {
                key = key.next();
            }
        }
        keys.push(key);
        let on_file = stored.as_ref().and_then(Version::on_file);
        let (fate, after) = match (&change.op, on_file) {
            (Op::Upsert(cells), on_file) => match on_file {
                Some(record) if record.cells == *cells => (Fate::Unchanged, None),
                Some(record) if is_older(cells, &record.cells) => (Fate::Stale, None),
                Some(_) => (Fate::Changed, Some((RecordState::Current, cells.clone()))),
                None => (Fate::Added, Some((RecordState::Current, cells.clone()))),
            },
            (Op::Delete, Some(_)) => (
                Fate::Deleted,
                Some((RecordState::Deleted, Cells::default())),
            ),
            (Op::Recheck, Some(record)) => {
                let version = Version {
                    stored: Some(Arc::clone(record)),
                    after: Arc::clone(record),
                };
                versions.insert(key, version);
                (Fate::Unchanged, None)
            }
            (Op::Delete | Op::Recheck, None) => (Fate::Unchanged, None),
        };
        fates[place] = fate;
        if let Some((state, cells)) = after {
            let after = Record {
                since: stamp.0,
                at: stamp.1,
                state,
                source: change.source.clone(),
                record_id: change.record_id.clone(),
                cells,
            };
            let after = Arc::new(after);
            versions.insert(key, Version { stored, after });
        }
    }
    Ok(Classified {
        versions,
        fates,
        keys,
    })
}

/// Whether the source says of both when it changed them last, and of the first that it was earlier.
fn is_older(cells: &Cells, than: &Cells) -> bool {
    let changed = |cells: &Cells| standardise::changed(cells.get("updated_at"));
    let (a, b) = (changed(cells), changed(than));
    a != 0 && a < b
}

/// All that follows from a change.
#[derive(Default)]
struct Decided {
    /// Keys of blocks that are new, and that are no more.
    overlay: postings::Overlay,
    links: links::Links,
    entities: components::Entities,
    findings: judge::Findings,
}

/// Decides what follows from versions, and from `given`, verdicts that are new; `as_of` is the day
/// that months are counted to. Only reads.
fn decide(
    view: &View<'_>,
    engine: &Engine,
    versions: &Versions,
    given: &verdicts::Given,
    as_of: Date,
) -> Result<Decided, ResolveError> {
    if versions.is_empty() && given.is_empty() {
        return Ok(Decided::default());
    }
    let changed = versions
        .iter()
        .map(|(key, version)| (*key, version.after().cloned()))
        .collect();
    let working = Working::new(view, changed);
    let (overlay, links) = links::decide(engine, &working, versions)?;
    let entities = components::decide(engine, &working, versions, &links, given)?;
    let findings = judge::decide(engine, &working, versions, &entities, as_of)?;
    Ok(Decided {
        overlay,
        links,
        entities,
        findings,
    })
}

/// Versions of records as tables.
fn tables(engine: &Engine, versions: &Versions) -> (Local, Local) {
    let of = |record: fn(&Version) -> Option<&Arc<Record>>| {
        let records = versions
            .iter()
            .filter_map(|(key, version)| Some((*key, Arc::clone(record(version)?))));
        Local::build(engine, records.collect())
    };
    (of(Version::before), of(Version::after))
}
