//! Writing to a store: one atomic batch at a time.

use std::sync::MutexGuard;

use rocksdb::{WriteBatch, WriteOptions};
use serde::Serialize;

use super::audit::{self, Act, Digests, Entry, hexadecimal};
use super::error::StoreError;
use super::family::Family;
use super::keys::{self, Fact, Generation, Group, RecordKey};
use super::state::{Head, Made, State};
use super::value::{
    self, Answered, Case, Cells, Changes, Entity, Membership, Moment, Opinion, Record, RecordState,
    StoredFinding, Verdict,
};
use super::view::{HEAD, STATE};
use super::{Store, View, Writer};
use crate::id::EntityId;

/// When a commit is acknowledged.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// When it is on the disk: it outlives a loss of power.
    #[default]
    Synced,
    /// When the system has it: it outlives the process, not a loss of power, which can take the
    /// last seconds of commits, whole ones, the latest first.
    System,
}

/// A version of a record as the store keeps it.
pub struct Written {
    key: RecordKey,
    bytes: Vec<u8>,
    digest: [u8; 16],
}

impl Written {
    /// The bytes and the digest of a version: what putting it costs most, and can be done anywhere.
    pub fn of(key: RecordKey, record: &Record) -> Result<Written, StoreError> {
        let bytes = value::write(record)?;
        Ok(Written {
            key,
            digest: audit::digest(&key.to_bytes(), &bytes),
            bytes,
        })
    }
}

/// Changes that are committed together, or not at all. Holds the right to write.
pub struct Transaction<'a> {
    store: &'a Store,
    view: View<'a>,
    writer: MutexGuard<'a, Writer>,
    batch: WriteBatch,
    head: Head,
    /// Where the store stands after this commit; `None` as long as nothing is to change.
    state: Option<State>,
    digests: Digests,
    changes: Changes,
}

impl Store {
    /// Begins a commit, when the one before has ended; `at` is the time it is recorded with, or
    /// that of the last commit if the clock has gone back.
    pub fn begin(&self, at: Moment) -> Result<Transaction<'_>, StoreError> {
        let writer = self.writer()?;
        if writer.failed {
            return Err(StoreError::Disk {
                path: self.folder.clone(),
                detail: "an earlier write failed".to_string(),
            });
        }
        let view = self.view();
        let mut head = view.head()?;
        head.commit += 1;
        head.at = head.at.max(at);
        Ok(Transaction {
            store: self,
            view,
            writer,
            batch: WriteBatch::default(),
            head,
            state: None,
            digests: Digests::default(),
            changes: Changes::default(),
        })
    }
}

impl<'a> Transaction<'a> {
    /// What was committed before.
    pub fn view(&self) -> &View<'a> {
        &self.view
    }

    /// The number that this commit will have.
    pub fn number(&self) -> u64 {
        self.head.commit
    }

    /// The time that it will be recorded with.
    pub fn at(&self) -> Moment {
        self.head.at
    }

    /// Both.
    pub fn stamp(&self) -> (u64, Moment) {
        (self.number(), self.at())
    }

    /// Whether nothing was put into it.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    fn put_bytes(&mut self, family: Family, key: &[u8], bytes: &[u8]) -> Result<(), StoreError> {
        let handle = self.store.handle(family)?;
        self.batch.put_cf(&handle, key, bytes);
        Ok(())
    }

    fn put<T: Serialize>(
        &mut self,
        family: Family,
        key: &[u8],
        value: &T,
    ) -> Result<(), StoreError> {
        self.put_bytes(family, key, &value::write(value)?)
    }

    fn delete(&mut self, family: Family, key: &[u8]) -> Result<(), StoreError> {
        let handle = self.store.handle(family)?;
        self.batch.delete_cf(&handle, key);
        Ok(())
    }

    /// Puts a version of a record; the one before, if there was one, goes into its history.
    pub fn put_record(
        &mut self,
        record: &Written,
        before: Option<&Record>,
    ) -> Result<(), StoreError> {
        let place = record.key.to_bytes();
        self.digests.add(record.digest);
        self.changes.records.push(record.key.0);
        self.put_bytes(Family::Records, &place, &record.bytes)?;
        if let Some(before) = before {
            let key = keys::until(&place, self.head.commit);
            self.put(Family::RecordHistory, &key, before)?;
        }
        Ok(())
    }

    /// Puts nothing but its digest in the place of each version of a record.
    pub fn erase_record(&mut self, key: RecordKey) -> Result<(), StoreError> {
        let place = key.to_bytes();
        self.changes.records.push(key.0);
        let history = self.view.record_history(key)?.into_iter();
        let history = history.map(|(until, record)| (Some(until), record));
        let now = self.view.record(key)?.map(|record| (None, record));
        for (until, record) in history.chain(now).collect::<Vec<_>>() {
            let digest = match record.state {
                RecordState::Erased(digest) => digest,
                _ => audit::digest(&place, &value::write(&record)?),
            };
            let erased = Record {
                state: RecordState::Erased(digest),
                record_id: "".into(),
                cells: Cells::default(),
                ..record
            };
            match until {
                Some(until) => {
                    self.put(Family::RecordHistory, &keys::until(&place, until), &erased)?;
                }
                None => self.put(Family::Records, &place, &erased)?,
            }
        }
        Ok(())
    }

    /// Notes that a record has a fact, or has it no more.
    pub fn put_fact(
        &mut self,
        fact: Fact,
        value: u64,
        record: RecordKey,
        holds: bool,
    ) -> Result<(), StoreError> {
        let key = keys::block_entry(keys::fact(fact, value), record);
        self.present(Family::Facts, &key, holds)
    }

    /// Notes that a key of [`Family::Blocks`] is there, or no more.
    pub fn put_block(&mut self, key: &[u8], there: bool) -> Result<(), StoreError> {
        self.present(Family::Blocks, key, there)
    }

    fn present(&mut self, family: Family, key: &[u8], there: bool) -> Result<(), StoreError> {
        match there {
            true => self.put_bytes(family, key, &[]),
            false => self.delete(family, key),
        }
    }

    /// Puts the weight of a link, from both sides, or takes the link away.
    pub fn put_link(
        &mut self,
        generation: Generation,
        a: RecordKey,
        b: RecordKey,
        weight: Option<f64>,
    ) -> Result<(), StoreError> {
        for (from, to) in [(a, b), (b, a)] {
            let key = keys::link(generation, from, to);
            match weight {
                Some(weight) => self.put_bytes(Family::Links, &key, &weight.to_le_bytes())?,
                None => self.delete(Family::Links, &key)?,
            }
        }
        Ok(())
    }

    /// Puts the entity of a record, or takes it away; what it was in before goes into its history.
    pub fn put_member(
        &mut self,
        generation: Generation,
        record: RecordKey,
        entity: Option<EntityId>,
        before: Option<&Membership>,
    ) -> Result<(), StoreError> {
        if let Some(before) = before {
            self.put_member_history(record, before)?;
        }
        let key = keys::of_record(generation, record);
        match entity {
            None => self.delete(Family::Members, &key),
            Some(entity) => {
                let since = self.head.commit;
                self.put(Family::Members, &key, &Membership { entity, since })
            }
        }
    }

    /// Puts what an entity is; what it was goes into its history.
    pub fn put_entity(
        &mut self,
        generation: Generation,
        id: EntityId,
        entity: &Entity,
        before: Option<&Entity>,
    ) -> Result<(), StoreError> {
        self.changes.entities.push(id);
        self.put(Family::Entities, &keys::entity(generation, id), entity)?;
        match before {
            Some(before) => self.put_entity_history(id, before),
            None => Ok(()),
        }
    }

    /// Puts what a person said of two records; what was said before goes into the history.
    pub fn put_verdict(
        &mut self,
        a: RecordKey,
        b: RecordKey,
        verdict: &Verdict,
        before: Option<&Verdict>,
    ) -> Result<(), StoreError> {
        let (a, b) = (a.min(b), a.max(b));
        self.put(Family::Verdicts, &keys::verdict(a, b), verdict)?;
        self.put(Family::Verdicts, &keys::verdict(b, a), verdict)?;
        if let Some(before) = before {
            let key = keys::until(&keys::verdict(a, b), self.head.commit);
            self.put(Family::VerdictHistory, &key, before)?;
        }
        Ok(())
    }

    /// Keeps what a reader thought of two records, beside what was thought before.
    pub fn put_opinion(
        &mut self,
        a: RecordKey,
        b: RecordKey,
        opinion: &Opinion,
    ) -> Result<(), StoreError> {
        let key = keys::until(&keys::opinions(a, b), self.head.commit);
        self.put(Family::Meta, &key, opinion)
    }

    /// Opens a finding.
    pub fn open_finding(
        &mut self,
        generation: Generation,
        group: Group,
        id: u64,
        finding: &StoredFinding,
    ) -> Result<(), StoreError> {
        self.changes.findings.push(id);
        self.put(
            Family::Findings,
            &keys::finding(generation, group, id),
            finding,
        )
    }

    /// Closes a finding.
    pub fn close_finding(
        &mut self,
        generation: Generation,
        group: Group,
        id: u64,
        finding: &StoredFinding,
    ) -> Result<(), StoreError> {
        self.changes.findings.push(id);
        self.delete(Family::Findings, &keys::finding(generation, group, id))?;
        self.put_finding_history(id, finding)
    }

    /// Puts what a person makes of a finding; what was made of it before goes into the history.
    pub fn put_case(
        &mut self,
        finding: u64,
        case: &Case,
        before: Option<&Case>,
    ) -> Result<(), StoreError> {
        self.changes.findings.push(finding);
        let key = keys::number(finding);
        self.put(Family::Cases, &key, case)?;
        match before {
            Some(before) => {
                let key = keys::until(&key, self.head.commit);
                self.put(Family::CaseHistory, &key, before)
            }
            None => Ok(()),
        }
    }

    /// Keeps what a request was answered, so that it is answered the same when it is sent again.
    pub fn put_answer(&mut self, key: &[u8; 16], answered: &Answered) -> Result<(), StoreError> {
        self.put(Family::Answers, key, answered)
    }

    pub(super) fn drop_look(&mut self, number: u64) -> Result<(), StoreError> {
        self.delete(Family::Looks, &keys::number(number))
    }

    /// Notes that all that is derived may be otherwise after this commit.
    pub fn everything_changed(&mut self) {
        self.changes.everything = true;
    }

    /// Keeps a finding that holds no more.
    pub fn put_finding_history(
        &mut self,
        id: u64,
        finding: &StoredFinding,
    ) -> Result<(), StoreError> {
        let key = keys::until(&keys::number(id), self.head.commit);
        self.put(Family::FindingHistory, &key, finding)
    }

    /// Keeps in which entity a record was.
    pub fn put_member_history(
        &mut self,
        record: RecordKey,
        before: &Membership,
    ) -> Result<(), StoreError> {
        let key = keys::until(&record.to_bytes(), self.head.commit);
        self.put(Family::MemberHistory, &key, before)
    }

    /// Keeps what an entity was.
    pub fn put_entity_history(&mut self, id: EntityId, before: &Entity) -> Result<(), StoreError> {
        let key = keys::until(&id.to_bytes(), self.head.commit);
        self.put(Family::EntityHistory, &key, before)
    }

    /// Takes away, at once, whatever an interrupted run left of a generation that was never in
    /// force.
    pub fn clear(&self, generation: Generation) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        for family in Family::DERIVED {
            let mut any = false;
            self.view
                .cursor(family)?
                .each(&generation.prefix(), |_, _| {
                    any = true;
                    Ok(false)
                })?;
            if any {
                let handle = self.store.handle(family)?;
                let end = Generation(generation.0.saturating_add(1));
                batch.delete_range_cf(&handle, generation.prefix(), end.prefix());
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        let written = self.store.db.write(batch);
        written.map_err(|error| self.store.error(&error))
    }

    /// Alters where the store stands.
    pub fn alter_state(&mut self, alter: impl FnOnce(&mut State)) -> Result<(), StoreError> {
        let mut state = match self.state.take() {
            Some(state) => state,
            None => self.view.state()?,
        };
        alter(&mut state);
        self.put(Family::Meta, STATE, &state)?;
        self.state = Some(state);
        Ok(())
    }

    /// Puts what a generation was made with.
    pub fn put_made(&mut self, generation: Generation, made: &Made) -> Result<(), StoreError> {
        self.put(Family::Generations, &generation.prefix(), made)
    }

    /// Takes away all that other generations below `end` derived; what they were made with stays.
    pub fn keep_generations(
        &mut self,
        kept: &[Generation],
        end: Generation,
    ) -> Result<(), StoreError> {
        let mut kept: Vec<u16> = kept.iter().map(|generation| generation.0).collect();
        kept.push(end.0);
        kept.sort_unstable();
        let mut from = 0;
        for kept in kept {
            if from < kept {
                let (from, to) = (Generation(from).prefix(), Generation(kept).prefix());
                for family in Family::DERIVED {
                    let handle = self.store.handle(family)?;
                    self.batch.delete_range_cf(&handle, from, to);
                }
            }
            from = kept.saturating_add(1);
        }
        Ok(())
    }

    /// Commits all, with its entry in the audit, and returns the number of the commit.
    pub fn commit(mut self, act: Act, durability: Durability) -> Result<u64, StoreError> {
        let entry = Entry {
            commit: self.head.commit,
            at: self.head.at,
            actor: act.actor,
            action: act.action.to_string(),
            detail: act.detail,
            records: self.digests.to_text(),
            previous: hexadecimal(&self.head.audit),
        };
        let bytes = entry.to_bytes()?;
        self.head.audit = audit::hash(&bytes);
        self.put_bytes(Family::Audit, &keys::number(entry.commit), &bytes)?;
        let head = self.head.clone();
        self.put(Family::Meta, HEAD, &head)?;
        let changes = std::mem::take(&mut self.changes).in_order();
        if changes != Changes::default() {
            self.put(Family::Changes, &keys::number(head.commit), &changes)?;
        }
        let mut options = WriteOptions::default();
        options.set_sync(durability == Durability::Synced);
        let batch = std::mem::take(&mut self.batch);
        if let Err(error) = self.store.db.write_opt(batch, &options) {
            self.writer.failed = true;
            return Err(self.store.error(&error));
        }
        if let Err(error) = self.writer.acknowledged.write(head.commit) {
            self.writer.failed = true;
            return Err(StoreError::unusable(&self.store.folder, &error));
        }
        Ok(head.commit)
    }
}
