//! When the rules found something of a person.

use std::collections::{BTreeMap, BTreeSet};

use super::{Happening, Telling};
use crate::id::EntityId;
use crate::policy::{self, FindingKind, Policy};
use crate::query::show::stored_finding;
use crate::resolve::{enrolment_of, facts_of};
use crate::store::{Family, Group, Record, RecordKey, StoreError, StoredFinding};

/// Of so many records at most the pairs are looked for among findings that were closed.
const RECORDS: usize = 100;

/// Of a number, account or household so many holders at most.
const HOLDERS: usize = 50;

impl Telling<'_> {
    /// Tells when findings about some records were opened, changed and closed.
    pub(super) fn findings(
        &mut self,
        entities: &BTreeSet<EntityId>,
        records: &BTreeSet<RecordKey>,
    ) -> Result<(), StoreError> {
        let Some(policy) = self.policies.last().cloned() else {
            return Ok(());
        };
        let generation = self.known.generation();
        let mut groups: BTreeSet<Group> = BTreeSet::new();
        groups.extend(entities.iter().map(|entity| Group::Entity(*entity)));
        for record in self.versions(records)? {
            let facts = facts_of(&enrolment_of(&record));
            groups.extend(facts.map(|(fact, value)| Group::Fact(fact, value)));
        }
        // Of each finding the times at which it was so, the commit that ended it being the key.
        let mut known: BTreeMap<u64, Vec<(Option<u64>, StoredFinding)>> = BTreeMap::new();
        let is_about = |finding: &StoredFinding| {
            let about = |key: u64| records.contains(&RecordKey(key));
            about(finding.a) || finding.b.is_some_and(about)
        };
        for &group in &groups {
            for (number, finding) in self.view.findings(generation, group)? {
                if is_about(&finding) {
                    known.entry(number).or_default().push((None, finding));
                }
            }
        }
        for number in self.closed(&groups, records)? {
            let closed = self.view.finding_history(number)?.into_iter();
            let times = closed.map(|(until, finding)| (Some(until), finding));
            let times: Vec<_> = times.collect();
            if !times.is_empty() {
                known.entry(number).or_default().extend(times);
            }
        }
        for times in known.into_values() {
            self.tell_times(&policy, times)?;
        }
        Ok(())
    }

    fn tell_times(
        &mut self,
        policy: &Policy,
        mut times: Vec<(Option<u64>, StoredFinding)>,
    ) -> Result<(), StoreError> {
        times.sort_by_key(|(_, finding)| finding.since);
        let ends: BTreeSet<u64> = times.iter().filter_map(|(until, _)| *until).collect();
        let starts: BTreeSet<u64> = times.iter().map(|(_, finding)| finding.since).collect();
        for (until, stored) in times {
            let finding = stored_finding(self.view, policy, &stored)?;
            let change = match ends.contains(&stored.since) {
                true => "changed",
                false => "opened",
            };
            let opened = Happening::Finding {
                change,
                finding: finding.clone(),
            };
            self.tell(stored.since, opened)?;
            if let Some(until) = until.filter(|until| !starts.contains(until)) {
                let change = "closed";
                self.tell(until, Happening::Finding { change, finding })?;
            }
        }
        Ok(())
    }

    /// All versions of records that were known.
    fn versions(&self, records: &BTreeSet<RecordKey>) -> Result<Vec<Record>, StoreError> {
        let mut versions = Vec::new();
        for &record in records {
            let history = self.view.record_history(record)?.into_iter();
            versions.extend(history.map(|(_, version)| version));
            versions.extend(self.view.record(record)?);
        }
        versions.retain(|version| version.since <= self.known.commit);
        Ok(versions)
    }

    /// The numbers that closed findings about records can have: their history is kept by these,
    /// and they follow from kind, rule and records.
    fn closed(
        &self,
        groups: &BTreeSet<Group>,
        records: &BTreeSet<RecordKey>,
    ) -> Result<BTreeSet<u64>, StoreError> {
        let rules: BTreeSet<(FindingKind, &str)> = self
            .policies
            .iter()
            .flat_map(|policy| policy.rules())
            .map(|rule| (rule.kind, rule.id.as_str()))
            .collect();
        let own = self.names(records.iter().copied().take(RECORDS))?;
        let mut others = own.clone();
        let mut cursor = self.view.cursor(Family::Facts)?;
        for group in groups {
            if let Group::Fact(fact, value) = *group {
                let holders = cursor.holders(fact, value)?;
                others.extend(self.names(holders.into_iter().take(HOLDERS))?);
            }
        }
        let mut numbers = BTreeSet::new();
        for &(kind, rule) in &rules {
            for a in &own {
                numbers.insert(policy::finding_number(kind, rule, named(a), None));
                for b in others.iter().filter(|b| *b != a) {
                    let (a, b) = (a.min(b), a.max(b));
                    numbers.insert(policy::finding_number(kind, rule, named(a), Some(named(b))));
                }
            }
        }
        Ok(numbers)
    }

    fn names(
        &self,
        records: impl Iterator<Item = RecordKey>,
    ) -> Result<BTreeSet<(String, String)>, StoreError> {
        let keys: Vec<RecordKey> = records.collect();
        let found = self.view.records(&keys)?.into_iter().flatten();
        Ok(found
            .map(|record| (record.source.to_string(), record.record_id.to_string()))
            .collect())
    }
}

fn named(record: &(String, String)) -> (&str, &str) {
    (&record.0, &record.1)
}
