//! Whether a store holds together.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::audit::{self, Digests, Entry, hexadecimal};
use super::error::StoreError;
use super::family::Family;
use super::keys::{self, Generation, RecordKey};
use super::value::{self, EntityState, OPINION, Record, RecordState};
use super::view::View;
use crate::id::EntityId;

/// Faults named of one kind; the others are counted.
const NAMED: u64 = 20;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Records on file.
    pub records: u64,
    /// Entities with members.
    pub entities: u64,
    /// Links.
    pub links: u64,
    /// Entries of the audit.
    pub audit: u64,
    /// What does not hold together, the first of each kind; none in a sound store.
    pub faults: Vec<Fault>,
    /// How many faults there are in all.
    pub count: u64,
}

/// Something that does not hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The part of the store.
    pub family: Family,
    /// What it is about, by key.
    pub about: String,
    /// What is wrong.
    pub what: &'static str,
}

impl Checked {
    fn fault(&mut self, family: Family, about: impl ToString, what: &'static str) {
        self.count += 1;
        let known = |fault: &&Fault| fault.what == what && fault.family == family;
        if (self.faults.iter().filter(known).count() as u64) < NAMED {
            self.faults.push(Fault {
                family,
                about: about.to_string(),
                what,
            });
        }
    }
}

impl View<'_> {
    /// Reads everything, with its checksums, and checks what must hold between the families, and
    /// the chain of the audit. Does not decide anything anew: see [`crate::resolve::verify`].
    /// Memory: some 40 bytes a record.
    ///
    /// # Errors
    /// What cannot be read at all.
    pub fn check(&self) -> Result<Checked, StoreError> {
        let mut checked = Checked::default();
        let mut digests: BTreeMap<u64, Digests> = BTreeMap::new();
        let records = self.check_records(&mut checked, &mut digests)?;
        self.check_audit(&mut checked, &mut digests)?;
        self.check_opinions(&mut checked)?;
        if let Some(generation) = self.state()?.in_force() {
            self.check_entities(generation, &records, &mut checked)?;
            self.check_links(generation, &records, &mut checked)?;
            self.check_entries(&records, &mut checked)?;
        }
        self.read_all()?;
        Ok(checked)
    }

    /// The records on file.
    fn check_records(
        &self,
        checked: &mut Checked,
        digests: &mut BTreeMap<u64, Digests>,
    ) -> Result<FxHashSet<RecordKey>, StoreError> {
        let mut records = FxHashSet::default();
        for family in [Family::Records, Family::RecordHistory] {
            self.cursor(family)?.each(&[], |key, bytes| {
                let record: Record = value::read(bytes, family.name())?;
                let Some(place) = RecordKey::at_start(key) else {
                    return Ok(true);
                };
                let digest = match record.state {
                    RecordState::Erased(digest) => digest,
                    _ => audit::digest(&place.to_bytes(), bytes),
                };
                digests.entry(record.since).or_default().add(digest);
                if family == Family::Records && record.state == RecordState::Current {
                    records.insert(place);
                    // Every place from where it is looked for first up to its own is taken.
                    let mut looked = RecordKey::first(&record.source, &record.record_id);
                    while looked != place {
                        if self.record(looked)?.is_none() {
                            checked.fault(family, hexadecimal(key), "cannot be found by its id");
                            break;
                        }
                        looked = looked.next();
                    }
                }
                Ok(true)
            })?;
        }
        checked.records = records.len() as u64;
        if self.state()?.records != checked.records {
            checked.fault(
                Family::Meta,
                checked.records,
                "the count of records is wrong",
            );
        }
        Ok(records)
    }

    fn check_audit(
        &self,
        checked: &mut Checked,
        digests: &mut BTreeMap<u64, Digests>,
    ) -> Result<(), StoreError> {
        let head = self.head()?;
        let (mut next, mut previous) = (1, [0; 32]);
        self.cursor(Family::Audit)?.each(&[], |key, bytes| {
            let commit = keys::commit_at_end(key).unwrap_or(0);
            while next < commit {
                checked.fault(Family::Audit, next, "the entry is missing");
                next += 1;
            }
            next = commit + 1;
            checked.audit += 1;
            match Entry::from_bytes(commit, bytes) {
                Err(_) => checked.fault(Family::Audit, commit, "the entry cannot be read"),
                Ok(entry) => {
                    if entry.commit != commit {
                        checked.fault(Family::Audit, commit, "the entry is another's");
                    }
                    if entry.previous != hexadecimal(&previous) {
                        let what = "the entry is not the one that the next one follows";
                        checked.fault(Family::Audit, commit.saturating_sub(1), what);
                    }
                    if entry.records != digests.remove(&commit).unwrap_or_default().to_text() {
                        let what = "records of this commit were changed or removed";
                        checked.fault(Family::Audit, commit, what);
                    }
                }
            }
            previous = audit::hash(bytes);
            Ok(true)
        })?;
        while next <= head.commit {
            checked.fault(Family::Audit, next, "the entry is missing");
            next += 1;
        }
        if previous != head.audit {
            checked.fault(
                Family::Audit,
                head.commit,
                "the entry is not the one that was the last",
            );
        }
        for commit in digests.keys() {
            checked.fault(
                Family::Records,
                commit,
                "a record names a commit that is not in the audit",
            );
        }
        Ok(())
    }

    /// What readers thought, each of two records that ever were here, with its entry in the audit.
    fn check_opinions(&self, checked: &mut Checked) -> Result<(), StoreError> {
        let mut found = Vec::new();
        self.each_opinion(|a, b, commit, opinion| found.push((a, b, commit, opinion)))?;
        for (a, b, commit, opinion) in found {
            let about = || hexadecimal(&keys::verdict(a, b));
            if self.record(a)?.is_none() || self.record(b)?.is_none() {
                let what = "an opinion is about a record that never was here";
                checked.fault(Family::Meta, about(), what);
            }
            let entry = self.audit(commit).ok().flatten();
            let is_its_own = entry.is_some_and(|entry| {
                entry.action == OPINION
                    && *entry.actor == *opinion.by
                    && entry.detail["opinion"] == opinion.kind.name()
                    && entry.detail["reading"] == opinion.reading.name()
            });
            if opinion.since != commit || !is_its_own {
                let what = "an opinion is not the one that the audit has";
                checked.fault(Family::Meta, about(), what);
            }
        }
        Ok(())
    }

    fn check_entities(
        &self,
        generation: Generation,
        records: &FxHashSet<RecordKey>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        let unresolved = self.state()?.unresolved;
        let mut entity_of: FxHashMap<RecordKey, EntityId> = FxHashMap::default();
        self.cursor(Family::Members)?
            .each_member(generation, |record, member| {
                entity_of.insert(record, member.entity);
            })?;
        for record in records {
            if !entity_of.contains_key(record) && !unresolved {
                let about = hexadecimal(&record.to_bytes());
                checked.fault(Family::Members, about, "the record is in no entity");
            }
        }
        for record in entity_of.keys() {
            if !records.contains(record) && !unresolved {
                let about = hexadecimal(&record.to_bytes());
                checked.fault(Family::Members, about, "the record is not on file");
            }
        }
        let mut retired = Vec::new();
        let mut there = FxHashSet::default();
        self.cursor(Family::Entities)?
            .each_entity(generation, |id, entity| {
                there.insert(id);
                match entity.state {
                    EntityState::Retired(into) => retired.extend(into.map(|into| (id, into))),
                    EntityState::Members(members) => {
                        checked.entities += 1;
                        for member in members {
                            if entity_of.remove(&RecordKey(member)) != Some(id) {
                                let what = "a record of the entity says that it is in another";
                                checked.fault(Family::Entities, id, what);
                            }
                        }
                    }
                }
            })?;
        for (record, id) in entity_of {
            let about = format!("{} {id}", hexadecimal(&record.to_bytes()));
            checked.fault(
                Family::Members,
                about,
                "the entity does not have the record",
            );
        }
        for (id, into) in retired {
            if !there.contains(&into) {
                checked.fault(
                    Family::Entities,
                    id,
                    "the entity that it leads to is missing",
                );
            }
        }
        Ok(())
    }

    fn check_links(
        &self,
        generation: Generation,
        records: &FxHashSet<RecordKey>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        let unresolved = self.state()?.unresolved;
        // Each link adds the same to the sum from both sides, with different signs.
        let (mut sum, mut count) = (0_u128, 0);
        self.cursor(Family::Links)?
            .each_link(generation, |from, to, weight| {
                count += 1;
                let (low, high) = (from.min(to), from.max(to));
                let about = [&low.to_bytes()[..], &high.to_bytes(), &weight.to_le_bytes()].concat();
                let digest = u128::from_be_bytes(audit::digest(&about, &[]));
                sum = match from < to {
                    true => sum.wrapping_add(digest),
                    false => sum.wrapping_sub(digest),
                };
                if !records.contains(&from) && !unresolved {
                    let about = hexadecimal(&from.to_bytes());
                    checked.fault(Family::Links, about, "the record is not on file");
                }
            })?;
        checked.links = count / 2;
        if sum != 0 || count % 2 != 0 {
            checked.fault(
                Family::Links,
                "",
                "a link is kept from one side only, or with two weights",
            );
        }
        Ok(())
    }

    /// Keys that name records.
    fn check_entries(
        &self,
        records: &FxHashSet<RecordKey>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        let state = self.state()?;
        for family in [Family::Blocks, Family::Facts] {
            self.cursor(family)?.each(&[], |key, _| {
                let there = RecordKey::at_end(key).is_some_and(|record| records.contains(&record));
                let former =
                    family == Family::Blocks && Generation::at_start(key) != state.in_force();
                if !there && !former && !state.unresolved {
                    checked.fault(family, hexadecimal(key), "the record is not on file");
                }
                Ok(true)
            })?;
        }
        Ok(())
    }

    /// Reads what was not read yet, for its checksums.
    fn read_all(&self) -> Result<(), StoreError> {
        for family in Family::ALL {
            self.cursor(family)?.each(&[], |_, _| Ok(true))?;
        }
        Ok(())
    }
}
