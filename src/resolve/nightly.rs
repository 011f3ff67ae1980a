//! The sweep over a store: everything worked out once more, compared with what the store holds,
//! and what differs decided anew.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use yiren_matchers::normalise::date::Date;

use super::fresh::{Keys, Records};
use super::verify::{compare, findings};
use super::{Change, Difference, Engine, Op, Outcome, Recording, ResolveError, apply_as};
use crate::gathering::Entities;
use crate::id::EntityId;
use crate::index::Candidates;
use crate::scoring::{ScoredPair, ScoredPairs, Scorer};
use crate::standardise::Loaded;
use crate::store::{
    Act, Covered, EntityState, Family, Group, RecordKey, Since, Store, StoreError, StoredFinding,
    Transaction, View,
};
use crate::sweep::{Clock, Matched, Progress, Results, SweepOptions, Swept, judge, write};
use crate::table::Table;

/// Records decided anew in one commit.
const RECORDS: usize = 500;

/// Findings opened and closed in one commit.
const FINDINGS: usize = 5_000;

/// How often a sweep starts again because something was decided anew.
const ROUNDS: usize = 3;

/// What a sweep over a store writes, and whether it changes the store.
#[derive(Clone, Debug)]
pub struct Sweeping {
    /// Folder for the results; none are written without.
    pub out: Option<PathBuf>,
    /// Whether to write every scored pair.
    pub pairs: bool,
    /// Change nothing, and say what would change.
    pub dry_run: bool,
    /// Decide anew what changed since the last sweep, and leave the rest.
    pub delta: bool,
}

/// What a sweep over a store came to.
#[derive(Debug)]
pub struct Nightly {
    /// What was written.
    pub swept: Option<Swept>,
    /// Where the store differed at first.
    pub difference: Difference,
    /// What was changed.
    pub outcome: Outcome,
    /// Of a sweep of what changed, the records that were decided anew; `None` if it was of
    /// everything.
    pub delta: Option<u64>,
    /// Values that have become so common since the figures in force were counted that they weigh
    /// too much ([`FrequencyTable::outgrown`](yiren_matchers::model::FrequencyTable::outgrown)): the
    /// store is to be resolved anew with figures counted now. A sweep of what changed does not look.
    pub outgrown: u64,
}

/// Works everything out once more, decides anew what differs, opens and closes findings that time
/// opened and closed, and writes the files of a sweep. Its changes are commits of their own, each
/// right by itself, so a stop between them leaves no mixture; what others changed meanwhile is
/// left to them.
pub fn sweep_store(
    store: &Store,
    engine: &Engine,
    sweeping: &Sweeping,
    recording: &Recording,
    progress: &dyn Progress,
) -> Result<Nightly, ResolveError> {
    if sweeping.delta
        && let Some(nightly) = sweep_changes(store, engine, sweeping, recording, progress)?
    {
        return Ok(nightly);
    }
    let mut outcome = Outcome::default();
    let mut first: Option<Difference> = None;
    let mut rounds = 0;
    loop {
        let view = store.view();
        if view.state()?.unresolved {
            return Err(StoreError::Unresolved(store.folder().to_path_buf()).into());
        }
        let mut clock = Clock::new(progress);
        let (difference, results) = compare(&view, engine, recording.as_of, &mut clock)?;
        rounds += 1;
        let unsettled = difference.unsettled();
        let again = !sweeping.dry_run && !unsettled.is_empty() && rounds < ROUNDS;
        if again {
            outcome.add(&decide_anew(store, engine, &view, &unsettled, recording)?);
            first.get_or_insert(difference);
            continue;
        }
        if !sweeping.dry_run {
            outcome.add(&settle_findings(
                store,
                engine,
                &view,
                &difference,
                recording,
            )?);
            note_covered(store, engine, &view, recording.as_of)?;
        }
        let outgrown = outgrown(engine, &results.matched.loaded.table);
        let swept = match &sweeping.out {
            None => None,
            Some(out) => {
                let options = options(engine, out.clone(), sweeping.pairs, recording.as_of);
                Some(write(&options, results, clock)?)
            }
        };
        return Ok(Nightly {
            swept,
            difference: first.unwrap_or(difference),
            outcome,
            delta: None,
            outgrown,
        });
    }
}

/// Decides anew the records that changed since the last sweep; where another month has begun since,
/// the rules are applied to everybody, whose months are counted to it. `None` if there was no sweep
/// of this generation, or the store does not know what changed since.
fn sweep_changes(
    store: &Store,
    engine: &Engine,
    sweeping: &Sweeping,
    recording: &Recording,
    progress: &dyn Progress,
) -> Result<Option<Nightly>, ResolveError> {
    let view = store.view();
    if view.state()?.unresolved {
        return Err(StoreError::Unresolved(store.folder().to_path_buf()).into());
    }
    let covered = view.covered()?;
    let covered = covered.filter(|covered| covered.generation == engine.generation.0);
    let Some(covered) = covered else {
        return Ok(None);
    };
    let Since::Records(changed) = view.records_since(covered.commit)? else {
        return Ok(None);
    };
    let month = |day: &str| day.get(..7).map(str::to_string);
    let same_month = month(&covered.as_of) == month(&recording.as_of.to_string());
    let mut outcome = Outcome::default();
    if !sweeping.dry_run {
        outcome.add(&decide_anew(store, engine, &view, &changed, recording)?);
    }
    let view = store.view();
    let mut difference = Difference::default();
    let mut swept = None;
    if !same_month || sweeping.out.is_some() {
        let mut clock = Clock::new(progress);
        let (results, keys) = of_store(&view, engine, recording.as_of, &mut clock)?;
        findings(&view, engine, &results, &keys, &mut difference)?;
        if !sweeping.dry_run {
            let settled = settle_findings(store, engine, &view, &difference, recording)?;
            outcome.add(&settled);
        }
        if let Some(out) = &sweeping.out {
            let options = options(engine, out.clone(), sweeping.pairs, recording.as_of);
            swept = Some(write(&options, results, clock)?);
        }
    }
    if !sweeping.dry_run {
        note_covered(store, engine, &view, recording.as_of)?;
    }
    Ok(Some(Nightly {
        swept,
        difference,
        outcome,
        delta: Some(changed.len() as u64),
        outgrown: 0,
    }))
}

/// Values of the records that have outgrown the figures in force.
fn outgrown(engine: &Engine, table: &Table) -> u64 {
    let now = Scorer::frequencies_of(engine.scorer.model().parts(), table);
    let before = engine.scorer.frequencies().tables().iter();
    let both = before.zip(now.tables());
    both.map(|(before, now)| before.outgrown(now)).sum()
}

/// Notes that all up to the commit of a view was swept.
fn note_covered(
    store: &Store,
    engine: &Engine,
    view: &View<'_>,
    as_of: Date,
) -> Result<(), StoreError> {
    store.note_covered(&Covered {
        generation: engine.generation.0,
        commit: view.commit()?.0,
        as_of: as_of.to_string(),
    })
}

/// Writes the files of a sweep from what the store holds, without working anything out but the
/// findings of that day and the reasons of the pairs for review.
pub fn export(
    view: &View<'_>,
    engine: &Engine,
    out: PathBuf,
    as_of: Date,
    progress: &dyn Progress,
) -> Result<Swept, ResolveError> {
    let mut clock = Clock::new(progress);
    let (results, _) = of_store(view, engine, as_of, &mut clock)?;
    Ok(write(&options(engine, out, false, as_of), results, clock)?)
}

/// The entities that the store holds, and what the rules find of them on a day.
fn of_store(
    view: &View<'_>,
    engine: &Engine,
    as_of: Date,
    clock: &mut Clock<'_>,
) -> Result<(Results, Keys), ResolveError> {
    let state = view.state()?;
    if state.unresolved {
        return Err(StoreError::Unresolved(view.store().folder().to_path_buf()).into());
    }
    let model = engine.scorer.model().parts();
    let Records { table, keys } = Records::load(view, model, &state.sources, clock)?;
    let (entities, ids) = entities(view, engine, &keys)?;
    let scorer = engine.scorer.clone().for_table(&table);
    let mut links: Vec<(u32, u32)> = Vec::new();
    view.cursor(Family::Links)?
        .each_link(engine.generation, |from, to, _| {
            let places = keys.places.get(&from).zip(keys.places.get(&to));
            links.extend(places.filter(|(a, b)| a < b).map(|(&a, &b)| (a, b)));
        })?;
    links.par_sort_unstable();
    let pairs = links.into_par_iter().filter_map(|(a, b)| {
        let score = scorer.score_pair(&table, a, b, engine.floor())?;
        Some(ScoredPair { a, b, score })
    });
    let scored = ScoredPairs {
        pairs: pairs.collect(),
        ..ScoredPairs::default()
    };
    let matched = Matched {
        candidates: Candidates::none(),
        loaded: Loaded::of(table),
        scorer,
        scored,
        entities,
    };
    Ok((judge(matched, ids, &engine.policy, as_of, clock)?, keys))
}

fn options(engine: &Engine, out: PathBuf, pairs: bool, as_of: Date) -> SweepOptions {
    SweepOptions {
        inputs: Vec::new(),
        out,
        model: engine.scorer.model().parts().clone(),
        policy: engine.policy.clone(),
        as_of,
        pairs,
        resume: false,
        load: Default::default(),
    }
}

/// The entities that the store holds, numbered by their smallest records, with their ids.
fn entities(
    view: &View<'_>,
    engine: &Engine,
    keys: &Keys,
) -> Result<(Entities, Vec<EntityId>), StoreError> {
    let mut id_of: FxHashMap<u32, EntityId> = FxHashMap::default();
    view.cursor(Family::Members)?
        .each_member(engine.generation, |record, member| {
            if let Some(&place) = keys.places.get(&record) {
                id_of.insert(place, member.entity);
            }
        })?;
    let (mut entities, mut ids) = (Entities::default(), Vec::new());
    let mut numbers: FxHashMap<EntityId, u32> = FxHashMap::default();
    for record in 0..keys.of.len() as u32 {
        let Some(&id) = id_of.get(&record) else {
            let what = "a record is in no entity; run `yiren sweep --store`";
            return Err(StoreError::Damaged(what.to_string()));
        };
        let number = *numbers.entry(id).or_insert_with(|| {
            ids.push(id);
            entities.first.push(record);
            ids.len() as u32 - 1
        });
        entities.of.push(number);
    }
    Ok((entities, ids))
}

fn decide_anew(
    store: &Store,
    engine: &Engine,
    view: &View<'_>,
    unsettled: &BTreeSet<RecordKey>,
    recording: &Recording,
) -> Result<Outcome, ResolveError> {
    let unsettled: Vec<RecordKey> = unsettled.iter().copied().collect();
    let mut outcome = Outcome::default();
    for some in unsettled.chunks(RECORDS) {
        let records = view.records(some)?.into_iter().flatten();
        let changes: Vec<Change> = records
            .map(|record| Change {
                source: record.source,
                record_id: record.record_id,
                op: Op::Recheck,
            })
            .collect();
        let applied = apply_as("sweep", store, engine, &changes, recording)?;
        outcome.add(&Outcome {
            unchanged: 0,
            ..applied.outcome
        });
    }
    Ok(outcome)
}

/// A finding to be opened or closed.
type Doubtful<'a> = (
    (Group, u64),
    Option<&'a StoredFinding>,
    Option<&'a StoredFinding>,
);

fn settle_findings(
    store: &Store,
    engine: &Engine,
    view: &View<'_>,
    difference: &Difference,
    recording: &Recording,
) -> Result<Outcome, ResolveError> {
    let keys: BTreeSet<(Group, u64)> = difference
        .open
        .keys()
        .chain(difference.close.keys())
        .copied()
        .collect();
    let doubtful: Vec<Doubtful<'_>> = keys
        .into_iter()
        .map(|key| (key, difference.close.get(&key), difference.open.get(&key)))
        .collect();
    let (swept, _) = view.commit()?;
    let mut outcome = Outcome::default();
    for some in doubtful.chunks(FINDINGS) {
        let mut transaction = store.begin(recording.at)?;
        let mut changed = Outcome::default();
        for &((group, number), was, now) in some {
            let known = [was, now].into_iter().flatten();
            if is_later(&transaction, engine, known, swept)? {
                continue;
            }
            if let Some(was) = was {
                transaction.close_finding(engine.generation, group, number, was)?;
                changed.findings_closed += 1;
            }
            if let Some(now) = now {
                let mut now = now.clone();
                (now.since, now.at) = (transaction.number(), transaction.at());
                transaction.open_finding(engine.generation, group, number, &now)?;
                changed.findings_opened += 1;
            }
        }
        if !transaction.is_empty() {
            let act = Act {
                actor: recording.actor.clone(),
                action: "sweep",
                detail: serde_json::to_value(&changed).unwrap_or_default(),
            };
            transaction.commit(act, recording.durability)?;
            outcome.add(&changed);
        }
    }
    Ok(outcome)
}

/// Whether a record or an entity of these findings changed after the commit that was swept: then
/// whoever changed it judged it too.
fn is_later<'a>(
    transaction: &Transaction<'_>,
    engine: &Engine,
    findings: impl Iterator<Item = &'a StoredFinding>,
    swept: u64,
) -> Result<bool, StoreError> {
    let view = transaction.view();
    if view.commit()?.0 == swept {
        return Ok(false);
    }
    for finding in findings {
        for record in [Some(finding.a), finding.b]
            .into_iter()
            .flatten()
            .map(RecordKey)
        {
            let member = view.member(engine.generation, record)?;
            let stored = view.record(record)?;
            let entity = match &member {
                Some(member) => view.entity(engine.generation, member.entity)?,
                None => None,
            };
            let members = entity.filter(|entity| matches!(entity.state, EntityState::Members(_)));
            let since = [
                member.map(|member| member.since),
                stored.map(|stored| stored.since),
                members.map(|members| members.since),
            ];
            if since
                .iter()
                .any(|since| since.is_none_or(|since| since > swept))
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
