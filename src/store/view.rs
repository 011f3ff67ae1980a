//! Reading a store as it was at one moment.

use rocksdb::{DBRawIteratorWithThreadMode, ReadOptions, SnapshotWithThreadMode};
use serde::Deserialize;
use yiren_matchers::blocking::Key;

use super::audit::Entry;
use super::error::StoreError;
use super::family::Family;
use super::keys::{self, Fact, Generation, Group, RecordKey};
use super::state::{self, Covered, Head, Made, State};
use super::value::{
    self, Answered, Case, Entity, Membership, Moment, Opinion, Record, RecordState, StoredFinding,
    Verdict,
};
use super::{Db, Store};
use crate::id::EntityId;

/// Keys of the family [`Family::Meta`].
pub(super) const HEAD: &[u8] = b"head";
pub(super) const STATE: &[u8] = b"state";
/// What the last sweep covered.
pub(super) const COVERED: &[u8] = b"covered";
/// The first commit of which is known what it changed; the first of all where it is missing.
pub(super) const CHANGES_FROM: &[u8] = b"changes_from";

/// What was committed when the view was made.
pub struct View<'a> {
    store: &'a Store,
    snapshot: SnapshotWithThreadMode<'a, Db>,
}

/// A place in one family, moved from prefix to prefix; for one thread.
pub struct Cursor<'a> {
    store: &'a Store,
    raw: DBRawIteratorWithThreadMode<'a, Db>,
}

/// Where a record is, or would be.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its key.
    pub key: RecordKey,
    /// Its latest version, if it ever was here; it may be deleted.
    pub record: Option<Record>,
}

impl Found {
    /// The record, if it is on file.
    pub fn current(self) -> Option<Record> {
        self.record
            .filter(|record| record.state == RecordState::Current)
    }
}

impl<'a> View<'a> {
    pub(super) fn new(store: &'a Store) -> View<'a> {
        View {
            store,
            snapshot: store.db.snapshot(),
        }
    }

    /// The store.
    pub fn store(&self) -> &'a Store {
        self.store
    }

    /// A cursor over a family.
    pub fn cursor(&'a self, family: Family) -> Result<Cursor<'a>, StoreError> {
        let mut options = ReadOptions::default();
        options.set_total_order_seek(true);
        let handle = self.store.handle(family)?;
        Ok(Cursor {
            store: self.store,
            raw: self.snapshot.raw_iterator_cf_opt(&handle, options),
        })
    }

    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let handle = self.store.handle(family)?;
        self.snapshot
            .get_cf(&handle, key)
            .map_err(|error| self.store.error(&error))
    }

    pub(super) fn read<T: for<'de> Deserialize<'de>>(
        &self,
        family: Family,
        key: &[u8],
    ) -> Result<Option<T>, StoreError> {
        let bytes = self.get(family, key)?;
        bytes
            .map(|bytes| value::read(&bytes, family.name()))
            .transpose()
    }

    /// The layout of the store.
    pub(super) fn format(&self) -> Result<u32, StoreError> {
        match self.get(Family::Meta, HEAD)? {
            Some(head) => state::format_of(&head),
            None => Ok(super::FORMAT),
        }
    }

    pub(super) fn head(&self) -> Result<Head, StoreError> {
        Ok(self.read(Family::Meta, HEAD)?.unwrap_or_default())
    }

    /// The last commit, and when it was.
    pub fn commit(&self) -> Result<(u64, Moment), StoreError> {
        self.head().map(|head| (head.commit, head.at))
    }

    /// What is in force.
    pub fn state(&self) -> Result<State, StoreError> {
        Ok(self.read(Family::Meta, STATE)?.unwrap_or_default())
    }

    /// What the last sweep covered, if there was one.
    pub fn covered(&self) -> Result<Option<Covered>, StoreError> {
        self.read(Family::Meta, COVERED)
    }

    /// What a generation was made with.
    pub fn made(&self, generation: Generation) -> Result<Option<Made>, StoreError> {
        self.read(Family::Generations, &generation.prefix())
    }

    /// The latest version of a record, deleted ones too.
    pub fn record(&self, key: RecordKey) -> Result<Option<Record>, StoreError> {
        self.read(Family::Records, &key.to_bytes())
    }

    /// The latest versions of records, in the order asked for.
    pub fn records(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, StoreError> {
        let handle = self.store.handle(Family::Records)?;
        let keys = keys.iter().map(|key| (&handle, key.to_bytes()));
        let found = self.snapshot.multi_get_cf(keys).into_iter().map(|found| {
            let bytes = found.map_err(|error| self.store.error(&error))?;
            bytes
                .map(|bytes| value::read(&bytes, Family::Records.name()))
                .transpose()
        });
        found.collect()
    }

    /// Where a record is.
    pub fn find(&self, source: &str, record_id: &str) -> Result<Found, StoreError> {
        let first = RecordKey::first(source, record_id);
        let mut key = first;
        loop {
            let record = self.record(key)?;
            if may_be(record.as_ref(), key == first, source, record_id) {
                return Ok(Found { key, record });
            }
            key = key.next();
        }
    }

    /// Where records are, each given by source and id, in their order.
    pub fn find_many(&self, names: &[(&str, &str)]) -> Result<Vec<Found>, StoreError> {
        let first = |&(source, record_id): &(&str, &str)| RecordKey::first(source, record_id);
        let keys: Vec<RecordKey> = names.iter().map(first).collect();
        let records = self.records(&keys)?.into_iter();
        let found = records
            .zip(&keys)
            .zip(names)
            .map(|((record, &key), &(source, record_id))| {
                match may_be(record.as_ref(), true, source, record_id) {
                    true => Ok(Found { key, record }),
                    false => self.find(source, record_id),
                }
            });
        found.collect()
    }

    /// The former versions of a record, oldest first, each with the commit until which it held.
    pub fn record_history(&self, key: RecordKey) -> Result<Vec<(u64, Record)>, StoreError> {
        self.history(Family::RecordHistory, &key.to_bytes())
    }

    /// The entity of a record.
    pub fn member(
        &self,
        generation: Generation,
        record: RecordKey,
    ) -> Result<Option<Membership>, StoreError> {
        self.read(Family::Members, &keys::of_record(generation, record))
    }

    /// The entities that a record was in, oldest first, each with the commit until which it was so.
    pub fn member_history(&self, record: RecordKey) -> Result<Vec<(u64, Membership)>, StoreError> {
        self.history(Family::MemberHistory, &record.to_bytes())
    }

    /// An entity, retired ones too.
    pub fn entity(
        &self,
        generation: Generation,
        id: EntityId,
    ) -> Result<Option<Entity>, StoreError> {
        self.read(Family::Entities, &keys::entity(generation, id))
    }

    /// What an entity was, oldest first, each with the commit until which it was so.
    pub fn entity_history(&self, id: EntityId) -> Result<Vec<(u64, Entity)>, StoreError> {
        self.history(Family::EntityHistory, &id.to_bytes())
    }

    /// What people make of a finding, if they said anything of it.
    pub fn case(&self, finding: u64) -> Result<Option<Case>, StoreError> {
        let bytes = self.get(Family::Cases, &keys::number(finding))?;
        bytes
            .map(|bytes| value::read_case(&bytes, Family::Cases.name()))
            .transpose()
    }

    /// What people had made of a finding before, oldest first, each with the commit until which it
    /// was so.
    pub fn case_history(&self, finding: u64) -> Result<Vec<(u64, Case)>, StoreError> {
        self.history_by(
            Family::CaseHistory,
            &keys::number(finding),
            value::read_case,
        )
    }

    /// What a request was answered, by the digest of its caller and key.
    pub fn answered(&self, key: &[u8; 16]) -> Result<Option<Answered>, StoreError> {
        self.read(Family::Answers, key)
    }

    fn history<T: for<'de> Deserialize<'de>>(
        &self,
        family: Family,
        of: &[u8],
    ) -> Result<Vec<(u64, T)>, StoreError> {
        self.history_by(family, of, |bytes, what| value::read(bytes, what))
    }

    fn history_by<T>(
        &self,
        family: Family,
        of: &[u8],
        read: impl Fn(&[u8], &str) -> Result<T, StoreError>,
    ) -> Result<Vec<(u64, T)>, StoreError> {
        let mut found = Vec::new();
        self.cursor(family)?.each(of, |key, bytes| {
            if let Some(commit) = keys::commit_at_end(key) {
                found.push((commit, read(bytes, family.name())?));
            }
            Ok(true)
        })?;
        Ok(found)
    }

    /// What a person said of two records, if anything; also what was taken back.
    pub fn verdict(&self, a: RecordKey, b: RecordKey) -> Result<Option<Verdict>, StoreError> {
        self.read(Family::Verdicts, &keys::verdict(a, b))
    }

    /// What people had said of two records before, oldest first.
    pub fn verdict_history(
        &self,
        a: RecordKey,
        b: RecordKey,
    ) -> Result<Vec<(u64, Verdict)>, StoreError> {
        let (a, b) = (a.min(b), a.max(b));
        self.history(Family::VerdictHistory, &keys::verdict(a, b))
    }

    /// What readers thought of two records, oldest first; also what was taken back.
    pub fn opinions(&self, a: RecordKey, b: RecordKey) -> Result<Vec<Opinion>, StoreError> {
        let found = self.history(Family::Meta, &keys::opinions(a, b))?;
        Ok(found.into_iter().map(|(_, opinion)| opinion).collect())
    }

    /// Calls `each` with every opinion and the two records, the lower first; of one pair in the
    /// order of commits.
    pub fn each_opinion(
        &self,
        mut each: impl FnMut(RecordKey, RecordKey, u64, Opinion),
    ) -> Result<(), StoreError> {
        self.cursor(Family::Meta)?
            .each(keys::OPINIONS, |key, bytes| {
                if let Some((a, b, commit)) = keys::opinion_of(key) {
                    each(a, b, commit, value::read(bytes, "an opinion")?);
                }
                Ok(true)
            })
    }

    /// An entry of the audit.
    pub fn audit(&self, commit: u64) -> Result<Option<Entry>, StoreError> {
        let bytes = self.get(Family::Audit, &keys::number(commit))?;
        bytes
            .map(|bytes| Entry::from_bytes(commit, &bytes))
            .transpose()
    }

    /// An entry of the audit as it is kept: the bytes that its hash is of.
    pub fn audit_bytes(&self, commit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(Family::Audit, &keys::number(commit))
    }

    /// The findings of a group.
    pub fn findings(
        &self,
        generation: Generation,
        group: Group,
    ) -> Result<Vec<(u64, StoredFinding)>, StoreError> {
        self.history(Family::Findings, &keys::findings(generation, group))
    }

    /// What a finding was whenever it was closed, oldest first, each with the commit that closed it.
    pub fn finding_history(&self, finding: u64) -> Result<Vec<(u64, StoredFinding)>, StoreError> {
        self.history(Family::FindingHistory, &keys::number(finding))
    }

    /// The counts of a table of term frequencies, ascending by value.
    pub fn frequencies(
        &self,
        generation: Generation,
        table: u8,
    ) -> Result<Vec<(Key, u32)>, StoreError> {
        let mut prefix = generation.prefix().to_vec();
        prefix.push(table);
        let mut counts = Vec::new();
        self.cursor(Family::Frequencies)?
            .each(&prefix, |_, bytes| {
                let part: Vec<(Key, u32)> = value::read(bytes, Family::Frequencies.name())?;
                counts.extend(part);
                Ok(true)
            })?;
        Ok(counts)
    }

    /// Whether the figures of a generation are still there.
    pub fn frequencies_kept(&self, generation: Generation) -> Result<bool, StoreError> {
        let mut kept = false;
        self.cursor(Family::Frequencies)?
            .each(&generation.prefix(), |_, _| {
                kept = true;
                Ok(false)
            })?;
        Ok(kept)
    }

    /// Approximate bytes on disk of each family.
    pub fn bytes(&self) -> Result<Vec<(Family, u64)>, StoreError> {
        let size = |family: Family| {
            let handle = self.store.handle(family)?;
            let size = self
                .store
                .db
                .property_int_value_cf(&handle, rocksdb::properties::LIVE_SST_FILES_SIZE)
                .map_err(|error| self.store.error(&error))?;
            Ok((family, size.unwrap_or(0)))
        };
        Family::ALL.into_iter().map(size).collect()
    }
}

impl Cursor<'_> {
    /// Calls `each` with the keys and values that begin with `prefix`, in order, until it says
    /// `false`.
    pub fn each(
        &mut self,
        prefix: &[u8],
        mut each: impl FnMut(&[u8], &[u8]) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.raw.seek(prefix);
        while let Some((key, value)) = self.raw.item() {
            if !key.starts_with(prefix) || !each(key, value)? {
                return Ok(());
            }
            self.raw.next();
        }
        self.raw.status().map_err(|error| self.store.error(&error))
    }

    /// As [`Cursor::each`], from the last key that begins with `prefix` and is below `from`, down.
    pub fn each_before(
        &mut self,
        prefix: &[u8],
        from: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.raw.seek_for_prev(from);
        while let Some((key, _)) = self.raw.item() {
            if key < from && (!key.starts_with(prefix) || !each(key)?) {
                return Ok(());
            }
            self.raw.prev();
        }
        self.raw.status().map_err(|error| self.store.error(&error))
    }

    /// As [`Cursor::each`], from the first key that begins with `prefix` and is not below `from`.
    pub fn each_from(
        &mut self,
        prefix: &[u8],
        from: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.raw.seek(from);
        while let Some((key, _)) = self.raw.item() {
            if !key.starts_with(prefix) || !each(key)? {
                return Ok(());
            }
            self.raw.next();
        }
        self.raw.status().map_err(|error| self.store.error(&error))
    }

    /// Calls `each` with the keys and values from `from` on, in order, until it says `false`.
    pub fn each_value_from(
        &mut self,
        from: &[u8],
        mut each: impl FnMut(&[u8], &[u8]) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.raw.seek(from);
        while let Some((key, value)) = self.raw.item() {
            if !each(key, value)? {
                return Ok(());
            }
            self.raw.next();
        }
        self.raw.status().map_err(|error| self.store.error(&error))
    }

    /// The records at the ends of the first keys that begin with `prefix`, at most so many.
    pub fn records(
        &mut self,
        prefix: &[u8],
        most: usize,
        found: &mut Vec<RecordKey>,
    ) -> Result<(), StoreError> {
        let start = found.len();
        if most == 0 {
            return Ok(());
        }
        self.each(prefix, |key, _| {
            found.extend(RecordKey::at_end(key));
            Ok(found.len() - start < most)
        })
    }

    /// The links of a record with their weights; of a cursor over [`Family::Links`].
    pub fn links(
        &mut self,
        generation: Generation,
        record: RecordKey,
    ) -> Result<Vec<(RecordKey, f64)>, StoreError> {
        let mut links = Vec::new();
        self.each(&keys::of_record(generation, record), |key, bytes| {
            let weight = weight_of(bytes)?;
            links.extend(RecordKey::at_end(key).map(|to| (to, weight)));
            Ok(true)
        })?;
        Ok(links)
    }

    /// The verdicts about a record; of a cursor over [`Family::Verdicts`].
    pub fn verdicts(&mut self, record: RecordKey) -> Result<Vec<(RecordKey, Verdict)>, StoreError> {
        let mut verdicts = Vec::new();
        self.each(&record.to_bytes(), |key, bytes| {
            let verdict = value::read(bytes, Family::Verdicts.name())?;
            verdicts.extend(RecordKey::at_end(key).map(|to| (to, verdict)));
            Ok(true)
        })?;
        Ok(verdicts)
    }

    /// Calls `each` with every verdict, from both sides; of a cursor over [`Family::Verdicts`].
    pub fn each_verdict(
        &mut self,
        mut each: impl FnMut(RecordKey, RecordKey, Verdict),
    ) -> Result<(), StoreError> {
        self.each(&[], |key, bytes| {
            if let Some((a, b)) = RecordKey::at_start(key).zip(RecordKey::at_end(key)) {
                each(a, b, value::read(bytes, Family::Verdicts.name())?);
            }
            Ok(true)
        })
    }

    /// Calls `each` with every entity of a generation, retired ones too; of a cursor over
    /// [`Family::Entities`].
    pub fn each_entity(
        &mut self,
        generation: Generation,
        mut each: impl FnMut(EntityId, Entity),
    ) -> Result<(), StoreError> {
        self.each(&generation.prefix(), |key, bytes| {
            if let Some(id) = keys::entity_at_end(key) {
                each(id, value::read(bytes, Family::Entities.name())?);
            }
            Ok(true)
        })
    }

    /// Calls `each` with the entity of every record; of a cursor over [`Family::Members`].
    pub fn each_member(
        &mut self,
        generation: Generation,
        mut each: impl FnMut(RecordKey, Membership),
    ) -> Result<(), StoreError> {
        self.each(&generation.prefix(), |key, bytes| {
            if let Some(record) = RecordKey::at_end(key) {
                each(record, value::read(bytes, Family::Members.name())?);
            }
            Ok(true)
        })
    }

    /// Calls `each` with every finding of a generation: its key, its number, and what it is; of a
    /// cursor over [`Family::Findings`].
    pub fn each_finding(
        &mut self,
        generation: Generation,
        mut each: impl FnMut(&[u8], u64, StoredFinding),
    ) -> Result<(), StoreError> {
        self.each(&generation.prefix(), |key, bytes| {
            if let Some(number) = keys::commit_at_end(key) {
                each(key, number, value::read(bytes, Family::Findings.name())?);
            }
            Ok(true)
        })
    }

    /// Calls `each` with the findings of a generation from a key on: key, number, and what it is, until
    /// it says `false`; of a cursor over [`Family::Findings`].
    pub fn each_finding_from(
        &mut self,
        generation: Generation,
        from: &[u8],
        mut each: impl FnMut(&[u8], u64, StoredFinding) -> bool,
    ) -> Result<(), StoreError> {
        let prefix = generation.prefix();
        self.each_value_from(from, |key, bytes| match keys::commit_at_end(key) {
            Some(number) if key.starts_with(&prefix) => Ok(each(
                key,
                number,
                value::read(bytes, Family::Findings.name())?,
            )),
            _ => Ok(false),
        })
    }

    /// A finding of a generation by its number; of a cursor over [`Family::Findings`]. Cost: the keys
    /// before it, some million a second.
    pub fn finding(
        &mut self,
        generation: Generation,
        number: u64,
    ) -> Result<Option<StoredFinding>, StoreError> {
        let mut found = None;
        self.each(&generation.prefix(), |key, bytes| {
            if keys::commit_at_end(key) == Some(number) {
                found = Some(value::read(bytes, Family::Findings.name())?);
            }
            Ok(found.is_none())
        })?;
        Ok(found)
    }

    /// Calls `each` with every entry of the audit; of a cursor over [`Family::Audit`].
    pub fn each_entry(
        &mut self,
        mut each: impl FnMut(Entry) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.each(&[], |key, bytes| {
            let commit = keys::commit_at_end(key).unwrap_or(0);
            each(Entry::from_bytes(commit, bytes)?)?;
            Ok(true)
        })
    }

    /// Calls `each` with every link of a generation, from both sides; of a cursor over
    /// [`Family::Links`].
    pub fn each_link(
        &mut self,
        generation: Generation,
        mut each: impl FnMut(RecordKey, RecordKey, f64),
    ) -> Result<(), StoreError> {
        self.each(&generation.prefix(), |key, bytes| {
            let from = key.get(2..).and_then(RecordKey::at_start);
            if let Some((from, to)) = from.zip(RecordKey::at_end(key)) {
                each(from, to, weight_of(bytes)?);
            }
            Ok(true)
        })
    }

    /// Calls `each` with the links of a generation from a key on, from both sides, until it says
    /// `false`; of a cursor over [`Family::Links`].
    pub fn each_link_from(
        &mut self,
        generation: Generation,
        from: &[u8],
        mut each: impl FnMut(RecordKey, RecordKey, f64) -> bool,
    ) -> Result<(), StoreError> {
        let prefix = generation.prefix();
        self.each_value_from(from, |key, bytes| {
            let first = key.get(2..).and_then(RecordKey::at_start);
            match first.zip(RecordKey::at_end(key)) {
                Some((a, b)) if key.starts_with(&prefix) => Ok(each(a, b, weight_of(bytes)?)),
                _ => Ok(false),
            }
        })
    }

    /// The records that share a fact; of a cursor over [`Family::Facts`].
    pub fn holders(&mut self, fact: Fact, value: u64) -> Result<Vec<RecordKey>, StoreError> {
        let mut holders = Vec::new();
        self.records(&keys::fact(fact, value), usize::MAX, &mut holders)?;
        Ok(holders)
    }

    /// Calls `each` with every record on file; of a cursor over [`Family::Records`].
    pub fn each_record(
        &mut self,
        mut each: impl FnMut(RecordKey, Record) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.each(&[], |key, bytes| {
            let record: Record = value::read(bytes, Family::Records.name())?;
            match (RecordKey::at_start(key), record.state) {
                (Some(key), RecordState::Current) => each(key, record),
                _ => Ok(true),
            }
        })
    }
}

/// Whether what is at a place, its first or a later one, is this record, or free for it.
fn may_be(record: Option<&Record>, is_first: bool, source: &str, record_id: &str) -> bool {
    record.is_none_or(|record| match record.state {
        // Its id is gone with the rest; its place says whose it was.
        RecordState::Erased(_) => is_first && *record.source == *source,
        _ => *record.source == *source && *record.record_id == *record_id,
    })
}

fn weight_of(bytes: &[u8]) -> Result<f64, StoreError> {
    bytes
        .try_into()
        .map(f64::from_le_bytes)
        .map_err(|_| StoreError::Damaged("a link has no weight".to_string()))
}

impl Store {
    pub(super) fn handle(
        &self,
        family: Family,
    ) -> Result<std::sync::Arc<rocksdb::BoundColumnFamily<'_>>, StoreError> {
        self.db
            .cf_handle(family.name())
            .ok_or_else(|| StoreError::Damaged(format!("the family {} is missing", family.name())))
    }
}
