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
mod naming;
mod nightly;
mod postings;
mod queue;
mod rebuild;
mod rollover;
mod verdicts;
mod verify;
mod working;
mod write;

pub use engine::{Engine, ResolveError};
pub use erase::erase;
pub use nightly::{Nightly, Sweeping, export, sweep_store};
pub use queue::{Answer, Queue};
pub use rebuild::{Figures, Rebuilding, Rebuilt, rebuild};
pub use rollover::{Comparison, Example, compare_model};
pub use verdicts::{Contradiction, Judgement, give_verdict};
pub use verify::{Difference, verify};

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;
use yiren_matchers::normalise::date::Date;

use crate::standardise;
use crate::store::{
    Act, Cells, Durability, Found, Moment, Record, RecordKey, RecordState, Store, StoreError,
    Transaction, View,
};
use local::Local;
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
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
    let mut transaction = store.begin(recording.at)?;
    let (versions, fates) = classify(transaction.view(), transaction.stamp(), changes)?;
    let mut outcome = Outcome::default();
    fates.iter().for_each(|&fate| outcome.count(fate));
    if versions.is_empty() {
        return Ok(Applied {
            outcome,
            fates,
            commit: None,
        });
    }
    let decided = decide(
        &transaction,
        engine,
        &versions,
        &verdicts::Given::new(),
        recording,
    )?;
    write::records(&mut transaction, &versions)?;
    write::derived(&mut transaction, engine, &decided, &mut outcome)?;
    if transaction.is_empty() {
        return Ok(Applied {
            outcome,
            fates,
            commit: None,
        });
    }
    let act = Act {
        actor: recording.actor.clone(),
        action,
        detail: serde_json::to_value(&outcome).unwrap_or_default(),
    };
    let commit = transaction.commit(act, recording.durability)?;
    Ok(Applied {
        outcome,
        fates,
        commit: Some(commit),
    })
}

/// Puts records into the store without resolving them, as one commit, and marks the store as
/// unresolved: the first half of a bulk load, of which [`rebuild`] is the second.
pub fn stash(
    store: &Store,
    changes: &[Change],
    recording: &Recording,
) -> Result<Applied, ResolveError> {
    let mut transaction = store.begin(recording.at)?;
    let (versions, fates) = classify(transaction.view(), transaction.stamp(), changes)?;
    let mut outcome = Outcome::default();
    fates.iter().for_each(|&fate| outcome.count(fate));
    if versions.is_empty() {
        return Ok(Applied {
            outcome,
            fates,
            commit: None,
        });
    }
    write::records(&mut transaction, &versions)?;
    write::unresolved(&mut transaction)?;
    let act = Act {
        actor: recording.actor.clone(),
        action: "stash",
        detail: serde_json::to_value(&outcome).unwrap_or_default(),
    };
    let commit = transaction.commit(act, recording.durability)?;
    Ok(Applied {
        outcome,
        fates,
        commit: Some(commit),
    })
}

/// What changes would come to if they were applied now, each by itself.
pub fn foresee(view: &View<'_>, changes: &[Change]) -> Result<Vec<Fate>, ResolveError> {
    let (_, fates) = classify(view, (0, Moment::default()), changes)?;
    Ok(fates)
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

/// Changes whose records one thread looks for, at least.
const TOGETHER: usize = 64;

/// Finds what changes say of what is stored; `stamp` is the commit of new versions and its time.
/// Only records that change are among the versions.
fn classify(
    view: &View<'_>,
    stamp: (u64, Moment),
    changes: &[Change],
) -> Result<(Versions, Vec<Fate>), ResolveError> {
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
    for (place, (change, found)) in changes.iter().zip(found).enumerate() {
        if last.get(&(&*change.source, &*change.record_id)) != Some(&place) {
            continue;
        }
        let mut key = found.key;
        let stored = found.record.map(Arc::new);
        if stored.is_none() {
            // Another record of this batch may have taken the place.
            while versions.contains_key(&key) || (key != found.key && view.record(key)?.is_some()) {
                key = key.next();
            }
        }
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
    Ok((versions, fates))
}

/// Whether the source says of both when it changed them last, and of the first that it was earlier.
fn is_older(cells: &Cells, than: &Cells) -> bool {
    let changed = |cells: &Cells| standardise::changed(cells.get("updated_at"));
    let (a, b) = (changed(cells), changed(than));
    a != 0 && a < b
}

/// All that follows from a change.
struct Decided {
    /// Keys of blocks that are new, and that are no more.
    overlay: postings::Overlay,
    /// Links that are new or weigh otherwise, and that are no more.
    links: BTreeMap<(RecordKey, RecordKey), Option<f64>>,
    entities: components::Entities,
    findings: judge::Findings,
}

/// Decides what follows from versions, and from `touched`, records whose verdicts change.
fn decide(
    transaction: &Transaction<'_>,
    engine: &Engine,
    versions: &Versions,
    verdicts: &verdicts::Given,
    recording: &Recording,
) -> Result<Decided, ResolveError> {
    let view = transaction.view();
    let changed = versions
        .iter()
        .map(|(key, version)| (*key, version.after().cloned()))
        .collect();
    let working = Working::new(view, changed);
    let (overlay, links) = links::decide(engine, &working, versions)?;
    let entities = components::decide(engine, &working, versions, &links, verdicts)?;
    let findings = judge::decide(engine, &working, versions, &entities, recording.as_of)?;
    Ok(Decided {
        overlay,
        links: links.changes,
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
