//! Which findings are wanted.

use std::collections::BTreeSet;

use yiren_matchers::normalise::date::Date;

use super::{Listed, Listing};
use crate::id::EntityId;
use crate::query::history::Known;
use crate::query::overlap::office;
use crate::query::who::Who;
use crate::resolve::{Engine, enrolment_of, facts_of};
use crate::store::{Group, Record, RecordKey, StoreError};

/// Which findings are wanted; what is `None` may be anything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Code of the kind.
    pub kind: Option<String>,
    /// First digits of the division of the office of one of the two records.
    pub county: Option<String>,
    /// Programme or register of one of the two records, by the policy's name.
    pub programme: Option<String>,
    /// What people made of it.
    pub status: Option<crate::store::CaseStatus>,
    /// Who works on it; empty for those that nobody works on.
    pub assignee: Option<String>,
    /// The day until which an answer may come is past on this day, and nothing is decided.
    pub overdue: Option<Date>,
    /// One of the two records is this one, or this person's.
    pub person: Option<Who>,
}

impl Filter {
    /// Whether findings of a kind are let through.
    pub(super) fn takes_kind(&self, kind: &str) -> bool {
        self.kind.as_deref().is_none_or(|wanted| wanted == kind)
    }

    /// Whether a finding of these records is let through, whosever it is.
    pub(super) fn takes<'a>(
        &self,
        listed: &Listed,
        mut records: impl Iterator<Item = &'a Record>,
    ) -> bool {
        let county = |wanted: &str| records.any(|record| office(record).starts_with(wanted));
        self.takes_kind(&listed.kind)
            && self.status.is_none_or(|wanted| wanted == listed.status)
            && self
                .assignee
                .as_deref()
                .is_none_or(|wanted| wanted == listed.assignee)
            && self.overdue.is_none_or(|day| listed.is_overdue(day))
            && self.county.as_deref().is_none_or(county)
            && self.programme.as_deref().is_none_or(|wanted| {
                let sources = [&listed.a, &listed.b];
                let sources = sources.map(|name| name.split(':').next().unwrap_or_default());
                listed.programmes.iter().any(|known| known == wanted) || sources.contains(&wanted)
            })
    }
}

impl Listing<'_> {
    /// The findings of the person or record that the filter names, by number; none if there is no such.
    pub(super) fn of_person(&self, engine: &Engine) -> Result<Vec<Listed>, StoreError> {
        let Some(who) = &self.filter.person else {
            return Ok(Vec::new());
        };
        let Some((entity, own)) = self.members(engine, who)? else {
            return Ok(Vec::new());
        };
        let mut groups = BTreeSet::from([Group::Entity(entity)]);
        for record in self.view.records(&own)?.into_iter().flatten() {
            let facts = facts_of(&enrolment_of(&record));
            groups.extend(facts.map(|(fact, value)| Group::Fact(fact, value)));
        }
        let mut found = Vec::new();
        for group in groups {
            found.extend(self.view.findings(engine.generation, group)?);
        }
        found.retain(|(_, finding)| {
            let is_own = |key: u64| own.contains(&RecordKey(key));
            is_own(finding.a) || finding.b.is_some_and(is_own)
        });
        found.sort_by_key(|(number, _)| *number);
        let keyed = found.into_iter();
        let keyed = keyed.map(|(number, finding)| (Vec::new(), number, finding));
        let listed = self.list(keyed.collect())?;
        Ok(listed
            .into_iter()
            .filter_map(|(_, listed)| listed)
            .collect())
    }

    /// The entity of whom is asked about, and its records, or the one record.
    fn members(
        &self,
        engine: &Engine,
        who: &Who,
    ) -> Result<Option<(EntityId, Vec<RecordKey>)>, StoreError> {
        let record = who.record(self.view)?;
        let known = Known::now(self.view, engine.generation)?;
        let Some(entity) = who.entity(self.view, &known)? else {
            return Ok(None);
        };
        let followed = known.follow(entity)?;
        Ok(followed.map(|(entity, members)| (entity, record.map_or(members, |one| vec![one]))))
    }
}
