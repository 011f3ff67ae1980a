//! What was known of a person when, by which model and policy, and who decided what.

mod event;
mod findings;

pub use event::{CellChange, Happening, Moved, Timeline, TimelineEvent};

use std::collections::{BTreeMap, BTreeSet};

use yiren_matchers::normalise::date::Date;

use super::history::{Known, TimeError};
use super::reading::{name, name_of};
use super::show::{kind_of, runs_on};
use crate::id::EntityId;
use crate::policy::{Policy, SourceRole};
use crate::resolve::enrolment_of;
use crate::store::{
    Entity, EntityState, Entry, Family, Generation, Made, Moment, Record, RecordKey, RecordState,
    StoreError, View,
};

/// What happened to an entity, to the one that its records are in, and to all records that ever
/// were in them, as far as it was known at a moment. `None` if there was no such entity by then.
///
/// # Errors
/// If the store cannot be read.
pub fn timeline(
    view: &View<'_>,
    asked: EntityId,
    as_of: Date,
    known_at: Option<Moment>,
) -> Result<Option<Timeline>, TimeError> {
    let known = Known::at(view, known_at)?;
    if known.entity(asked)?.is_none() {
        return Ok(None);
    }
    let entity = known.follow(asked)?.map(|(entity, _)| entity);
    let mut telling = Telling::new(view, &known, as_of)?;
    let asked_for: BTreeSet<EntityId> = entity.into_iter().chain([asked]).collect();
    let mut records = BTreeSet::new();
    for &id in &asked_for {
        records.extend(telling.entity(id)?);
    }
    let mut named = Vec::with_capacity(records.len());
    for &record in &records {
        named.push((name(view, record)?, record));
    }
    named.sort_unstable();
    for (_, record) in named {
        telling.record(record)?;
    }
    telling.verdicts(&records)?;
    telling.findings(&asked_for, &records)?;
    telling.in_force()?;
    Ok(Some(Timeline {
        commit: known.commit,
        known_at: known.at,
        as_of: as_of.to_string(),
        asked: asked.to_string(),
        entity: entity.map(|entity| entity.to_string()),
        events: telling.finish(),
    }))
}

/// A timeline as it is put together.
struct Telling<'a> {
    view: &'a View<'a>,
    known: &'a Known<'a>,
    as_of: Date,
    made: Vec<Made>,
    /// The policies of these, as far as they can be read.
    policies: Vec<Policy>,
    entries: BTreeMap<u64, Option<Entry>>,
    events: Vec<TimelineEvent>,
}

impl<'a> Telling<'a> {
    fn new(
        view: &'a View<'a>,
        known: &'a Known<'a>,
        as_of: Date,
    ) -> Result<Telling<'a>, StoreError> {
        let mut made = Vec::new();
        for number in 0..view.state()?.next {
            made.extend(view.made(Generation(number))?);
        }
        let policies = made
            .iter()
            .filter_map(|made| Policy::parse(&made.policy, "the policy of the store").ok());
        Ok(Telling {
            view,
            known,
            as_of,
            policies: policies.collect(),
            made,
            entries: BTreeMap::new(),
            events: Vec::new(),
        })
    }

    /// Adds what happened with a commit, if that counts.
    fn tell(&mut self, commit: u64, what: Happening) -> Result<(), StoreError> {
        if commit > self.known.commit {
            return Ok(());
        }
        if let std::collections::btree_map::Entry::Vacant(vacant) = self.entries.entry(commit) {
            vacant.insert(self.view.audit(commit)?);
        }
        let entry = self.entries.get(&commit).and_then(Option::as_ref);
        let made = self
            .made
            .iter()
            .find(|made| made.since <= commit && made.until.is_none_or(|until| commit < until));
        self.events.push(TimelineEvent {
            commit,
            at: entry.map_or(self.known.at, |entry| entry.at),
            by: entry.map_or_else(String::new, |entry| entry.actor.clone()),
            action: entry.map_or_else(String::new, |entry| entry.action.clone()),
            model: made.map_or_else(String::new, |made| made.model_version.clone()),
            policy: made.map_or_else(String::new, |made| made.policy_version.clone()),
            what,
        });
        Ok(())
    }

    /// Tells what an entity was, and returns all records that it ever had by then.
    fn entity(&mut self, id: EntityId) -> Result<BTreeSet<RecordKey>, StoreError> {
        let history = self.view.entity_history(id)?.into_iter();
        let now = self.view.entity(self.known.generation(), id)?;
        let states: Vec<Entity> = history.map(|(_, entity)| entity).chain(now).collect();
        let (mut had, mut ever) = (Vec::new(), BTreeSet::new());
        for state in states {
            if state.since > self.known.commit {
                break;
            }
            let (members, merged_into) = match state.state {
                EntityState::Members(members) => (members, None),
                EntityState::Retired(into) => (Vec::new(), into),
            };
            let members: Vec<RecordKey> = members.into_iter().map(RecordKey).collect();
            let come = members.iter().filter(|member| !had.contains(*member));
            let gone = had.iter().filter(|member| !members.contains(*member));
            let joined = self.moved(come.copied().collect(), state.since, true)?;
            let left = self.moved(gone.copied().collect(), state.since, false)?;
            ever.extend(members.iter().copied());
            let what = Happening::Entity {
                entity: id.to_string(),
                joined,
                left,
                records: members.len(),
                merged_into: merged_into.map(|into| into.to_string()),
            };
            self.tell(state.since, what)?;
            had = members;
        }
        Ok(ever)
    }

    /// Records that came or went with a commit, each with the entity on the other side.
    fn moved(
        &self,
        records: Vec<RecordKey>,
        commit: u64,
        came: bool,
    ) -> Result<Vec<Moved>, StoreError> {
        let mut moved = Vec::with_capacity(records.len());
        for record in records {
            let history = self.view.member_history(record)?;
            let now = self.view.member(self.known.generation(), record)?;
            let other = match came {
                true => history
                    .iter()
                    .find(|(until, _)| *until == commit)
                    .map(|(_, was)| was.entity),
                false => history
                    .iter()
                    .map(|(_, was)| *was)
                    .chain(now)
                    .find(|is| is.since == commit)
                    .map(|is| is.entity),
            };
            moved.push(Moved {
                record: name(self.view, record)?,
                entity: other.map(|entity| entity.to_string()),
            });
        }
        Ok(moved)
    }

    /// Tells what its source said of a record.
    fn record(&mut self, key: RecordKey) -> Result<(), StoreError> {
        let history = self.view.record_history(key)?.into_iter();
        let versions = history.map(|(_, record)| record);
        let mut before: Option<Record> = None;
        for version in versions.chain(self.view.record(key)?).collect::<Vec<_>>() {
            let was_there = before
                .as_ref()
                .is_some_and(|before| before.state == RecordState::Current);
            let change = match (version.state, was_there) {
                (RecordState::Current, false) => "added",
                (RecordState::Current, true) => "changed",
                (RecordState::Deleted, _) => "deleted",
                (RecordState::Erased(_), _) => "erased",
            };
            let enrolment = enrolment_of(&version);
            let is_there = version.state == RecordState::Current;
            let policy = self.policies.last();
            let role = policy.map(|policy| policy.role_of(&version.source));
            let is_register = matches!(role, Some(SourceRole::Register(_)));
            let what = Happening::Record {
                record: name_of(&version),
                change,
                cells: match is_there {
                    true => changes(before.as_ref().filter(|_| was_there), &version),
                    false => Vec::new(),
                },
                running: match is_there {
                    true => runs_on(&enrolment, self.as_of).filter(|_| !is_register),
                    false => Some(false),
                },
            };
            self.tell(version.since, what)?;
            before = Some(version);
        }
        Ok(())
    }

    /// Tells what people said of records.
    fn verdicts(&mut self, records: &BTreeSet<RecordKey>) -> Result<(), StoreError> {
        let mut pairs = BTreeSet::new();
        let mut cursor = self.view.cursor(Family::Verdicts)?;
        for &record in records {
            let verdicts = cursor.verdicts(record)?.into_iter();
            pairs.extend(verdicts.map(|(other, _)| (record.min(other), record.max(other))));
        }
        for (a, b) in pairs {
            let names = [name(self.view, a)?, name(self.view, b)?];
            let history = self.view.verdict_history(a, b)?.into_iter();
            let all = history.map(|(_, verdict)| verdict);
            for verdict in all.chain(self.view.verdict(a, b)?).collect::<Vec<_>>() {
                let what = Happening::Verdict {
                    kind: kind_of(verdict.kind),
                    records: names.clone(),
                    why: verdict.why.to_string(),
                };
                self.tell(verdict.since, what)?;
            }
        }
        Ok(())
    }

    /// Tells when models and policies came into force since the first event.
    fn in_force(&mut self) -> Result<(), StoreError> {
        let first = self.events.iter().map(|event| event.commit).min();
        let since: Vec<u64> = self.made.iter().map(|made| made.since).collect();
        for commit in since {
            if first.is_some_and(|first| first <= commit) {
                self.tell(commit, Happening::InForce)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<TimelineEvent> {
        // Stable: events of one kind and commit stay in the order of their records.
        self.events.sort_by_key(|event| {
            let rank = match &event.what {
                Happening::InForce => 0,
                Happening::Record { .. } => 1,
                Happening::Verdict { .. } => 2,
                Happening::Entity { .. } => 3,
                Happening::Finding { .. } => 4,
            };
            (event.commit, rank)
        });
        self.events
    }
}

/// The cells that a version has otherwise than the one before.
fn changes(before: Option<&Record>, after: &Record) -> Vec<CellChange> {
    let text = |record: Option<&Record>, column: &str| {
        record.map_or_else(String::new, |record| record.cells.get(column).to_string())
    };
    let columns = before.into_iter().chain([after]);
    let columns: BTreeSet<&str> = columns
        .flat_map(|record| record.cells.iter().map(|(column, _)| column))
        .collect();
    let changed = columns.into_iter().filter_map(|column| {
        let (before, after) = (text(before, column), text(Some(after), column));
        (before != after).then(|| CellChange {
            column: column.to_string(),
            before,
            after,
        })
    });
    changed.collect()
}
