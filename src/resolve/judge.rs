//! Which findings a change opens and closes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use yiren_matchers::normalise::date::Date;

use super::components::Entities;
use super::local::{Local, enrolment_of};
use super::working::Working;
use super::{Engine, ResolveError, Versions};
use crate::id::EntityId;
use crate::policy::{self, Anchor, Changed, Finding, Member, Named, Policy, Population, Shared};
use crate::record::Enrolment;
use crate::store::{EntityState, Fact, Family, Group, Record, RecordKey, StoredFinding};

/// What a change does to findings.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Groups whose findings are replaced.
    pub replaced: Vec<Group>,
    /// The findings of these groups from now on, each with the number that its id writes; their
    /// `since` and `at` are yet to be set.
    pub now: BTreeMap<(Group, u64), StoredFinding>,
    /// Facts that records have from now on, or no more.
    pub facts: BTreeMap<(Fact, u64, RecordKey), bool>,
}

/// The group of an anchor.
pub(super) fn group_of(anchor: Anchor<EntityId>) -> Group {
    match anchor {
        Anchor::Entity(entity) => Group::Entity(entity),
        Anchor::NationalId(value) => Group::Fact(Fact::NationalId, value),
        Anchor::Account(value) => Group::Fact(Fact::Account, value),
        Anchor::Household(value) => Group::Fact(Fact::Household, value),
    }
}

/// The facts of a record.
pub(crate) fn facts_of(enrolment: &Enrolment) -> impl Iterator<Item = (Fact, u64)> + use<> {
    let facts = [
        (Fact::NationalId, enrolment.national_id),
        (Fact::Account, enrolment.account),
        (Fact::Household, enrolment.household),
    ];
    facts.into_iter().filter(|&(_, value)| value != 0)
}

/// A finding as it is stored, with its number; `since` and `at` are left to the commit.
pub(super) fn stored(
    policy: &Policy,
    finding: &Finding,
    entity: EntityId,
    a: (RecordKey, &str, &str),
    b: Option<(RecordKey, &str, &str)>,
) -> (u64, StoredFinding) {
    let rules = policy.rules();
    let rule = rules
        .get(usize::from(finding.rule))
        .map_or("", |rule| rule.id.as_str());
    let number = policy::finding_number(
        finding.kind,
        rule,
        (a.1, a.2),
        b.map(|(_, source, record_id)| (source, record_id)),
    );
    let period = finding.period.map_or_else(Default::default, |period| {
        (
            period.start().to_string().into(),
            period.end().to_string().into(),
        )
    });
    let stored = StoredFinding {
        since: 0,
        at: Default::default(),
        kind: finding.kind.name().into(),
        severity: finding.severity.name().into(),
        entity,
        a: a.0.0,
        b: b.map(|(key, ..)| key.0),
        period,
        months: finding.months,
        amount: finding.amount,
        rule: rule.into(),
        probability: finding.probability,
    };
    (number, stored)
}

/// Judges anew whatever the change can have touched.
pub(super) fn decide(
    engine: &Engine,
    working: &Working<'_>,
    versions: &Versions,
    entities: &Entities,
    as_of: Date,
) -> Result<Findings, ResolveError> {
    let mut findings = Findings::default();
    let mut changed: Changed<EntityId> = Changed::default();
    for (&key, version) in versions {
        let before = version.before().map(|record| enrolment_of(record));
        let after = version.after().map(|record| enrolment_of(record));
        if let (Some(before), Some(was)) = (&before, entities.was.get(&key)) {
            changed.record(was.entity, before);
        }
        if let (Some(after), Some(&entity)) = (&after, entities.is.get(&key)) {
            changed.record(entity, after);
        }
        let facts = |enrolment: &Option<Enrolment>| -> Vec<(Fact, u64)> {
            enrolment.iter().flat_map(facts_of).collect()
        };
        let (before, after) = (facts(&before), facts(&after));
        for &(fact, value) in before.iter().filter(|fact| !after.contains(fact)) {
            findings.facts.insert((fact, value, key), false);
        }
        for &(fact, value) in &after {
            findings.facts.insert((fact, value, key), true);
        }
    }
    let moved = entities.is.iter().filter(|(key, entity)| {
        entities
            .was
            .get(key)
            .is_some_and(|was| was.entity != **entity)
    });
    for (&key, &entity) in moved {
        for (_, record) in working.fetch([key])? {
            let enrolment = enrolment_of(&record);
            changed.record(entity, &enrolment);
            if let Some(was) = entities.was.get(&key) {
                changed.record(was.entity, &enrolment);
            }
        }
    }
    if changed.is_empty() {
        return Ok(findings);
    }
    let people = People {
        engine,
        working,
        entities,
        facts: &findings.facts,
        members: entities
            .now
            .iter()
            .map(|now| (now.id, &now.members[..]))
            .collect(),
        retired: entities.retired.iter().map(|(id, ..)| *id).collect(),
        keys: RefCell::default(),
    };
    let judged = policy::reevaluate(&engine.policy, &people, &changed, as_of, |a, b| {
        people.probability(a, b)
    })?;
    let replaced = judged.replaced.iter().map(|&anchor| group_of(anchor));
    let replaced: Vec<Group> = replaced.collect();
    let mut now = BTreeMap::new();
    for named in judged.findings() {
        let (number, finding) = people.stored(&named);
        now.insert((group_of(named.anchor), number), finding);
    }
    findings.replaced = replaced;
    findings.now = now;
    Ok(findings)
}

/// Entities and their records after the change.
struct People<'a> {
    engine: &'a Engine,
    working: &'a Working<'a>,
    entities: &'a Entities,
    facts: &'a BTreeMap<(Fact, u64, RecordKey), bool>,
    members: FxHashMap<EntityId, &'a [RecordKey]>,
    retired: FxHashSet<EntityId>,
    /// The keys of the records that were asked for, by source and id.
    keys: RefCell<FxHashMap<(String, String), RecordKey>>,
}

impl People<'_> {
    fn record(&self, member: &Member) -> Result<Option<(RecordKey, Arc<Record>)>, ResolveError> {
        let name = (member.source.clone(), member.record_id.clone());
        let key = self.keys.borrow().get(&name).copied();
        Ok(match key {
            Some(key) => self.working.fetch([key])?.pop(),
            None => None,
        })
    }

    /// The match probability of two records.
    fn probability(&self, a: &Member, b: &Member) -> Result<f64, ResolveError> {
        let records = [self.record(a)?, self.record(b)?];
        let local = Local::build(self.engine, records.into_iter().flatten().collect());
        if local.keys.len() < 2 {
            return Ok(1.0);
        }
        let score = self.engine.scorer.weigh(&local.table, 0, 1);
        Ok(score.weight.probability().0)
    }

    fn stored(&self, named: &Named<'_, EntityId>) -> (u64, StoredFinding) {
        let keys = self.keys.borrow();
        let name = |member: &Member| (member.source.clone(), member.record_id.clone());
        let key = |member: &Member| keys.get(&name(member)).copied().unwrap_or(RecordKey(0));
        let (a, b) = (named.a, named.b.map(|(member, _)| member));
        stored(
            &self.engine.policy,
            named.finding,
            named.entity,
            (key(a), &a.source, &a.record_id),
            b.map(|b| (key(b), &*b.source, &*b.record_id)),
        )
    }
}

impl Population for People<'_> {
    type Entity = EntityId;
    type Error = ResolveError;

    fn members(&self, entity: EntityId) -> Result<Vec<Member>, ResolveError> {
        let keys: Vec<RecordKey> = match self.members.get(&entity) {
            Some(members) => members.to_vec(),
            None if self.retired.contains(&entity) => Vec::new(),
            None => match self.working.view.entity(self.engine.generation, entity)? {
                Some(stored) => match stored.state {
                    EntityState::Members(members) => members.into_iter().map(RecordKey).collect(),
                    EntityState::Retired(_) => Vec::new(),
                },
                None => Vec::new(),
            },
        };
        let mut known = self.keys.borrow_mut();
        let records = self.working.fetch(keys)?.into_iter().map(|(key, record)| {
            let member = Member {
                source: record.source.to_string(),
                record_id: record.record_id.to_string(),
                enrolment: enrolment_of(&record),
            };
            known.insert((member.source.clone(), member.record_id.clone()), key);
            member
        });
        Ok(records.collect())
    }

    fn holders(&self, shared: Shared, value: u64) -> Result<Vec<EntityId>, ResolveError> {
        let fact = match shared {
            Shared::NationalId => Fact::NationalId,
            Shared::Account => Fact::Account,
            Shared::Household => Fact::Household,
        };
        let view = self.working.view;
        let mut records = view.cursor(Family::Facts)?.holders(fact, value)?;
        let changes = self.facts.range((fact, value, RecordKey(0))..);
        let changes = changes.take_while(|((of, is, _), _)| (*of, *is) == (fact, value));
        for (&(_, _, record), &holds) in changes {
            records.retain(|&known| known != record);
            if holds {
                records.push(record);
            }
        }
        let mut entities = Vec::new();
        for record in records {
            let entity = match self.entities.is.get(&record) {
                Some(&entity) => Some(entity),
                None if self.entities.was.contains_key(&record) => None,
                None => {
                    let member = view.member(self.engine.generation, record)?;
                    member.map(|member| member.entity)
                }
            };
            entities.extend(entity);
        }
        entities.sort_unstable();
        entities.dedup();
        Ok(entities)
    }
}
