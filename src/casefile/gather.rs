//! What belongs to a case.

use std::collections::{BTreeMap, BTreeSet};

use yiren_matchers::normalise::date::Date;

use super::CaseError;
use crate::id::EntityId;
use crate::query::{
    FindingCase, Happening, Known, Reading, Shown, ShownEntity, Timeline, Who, Why, finding_case,
    show_as, timeline, why,
};
use crate::resolve::Engine;
use crate::store::{Moment, Record, RecordKey, View};

/// Findings and all that belongs to them, in a steady order.
pub(super) struct Gathered {
    /// The commit, and when it was.
    pub commit: (u64, Moment),
    /// The day that months are counted to.
    pub as_of: Date,
    /// The findings in the order of their numbers.
    pub findings: Vec<FindingCase>,
    /// The persons that their records are of, by entity.
    pub persons: Vec<Person>,
    /// Why the records of each finding are, or are not, one person; of those both of whose records are
    /// on file.
    pub pairs: Vec<(usize, Why)>,
}

/// A person of a case.
pub(super) struct Person {
    /// What there is to show.
    pub shown: Shown,
    /// What happened.
    pub timeline: Timeline,
    /// Every version of its records, also of those that it had: the record, until which commit, and
    /// the version.
    pub versions: Vec<(RecordKey, Option<u64>, Record)>,
}

impl Person {
    /// The person, if records are left.
    pub fn entity(&self) -> Option<&ShownEntity> {
        self.shown.entity.as_ref()
    }
}

impl Gathered {
    pub fn of(
        view: &View<'_>,
        engine: &Engine,
        numbers: &[u64],
        as_of: Date,
    ) -> Result<Gathered, CaseError> {
        let known = Known::at(view, None)?;
        let numbers: BTreeSet<u64> = numbers.iter().copied().collect();
        let mut findings = Vec::new();
        for number in numbers {
            let found = finding_case(view, engine, number, &|_, _| true)?;
            findings.push(found.ok_or(CaseError::NoSuchFinding(number))?);
        }
        let mut entities = BTreeSet::new();
        for case in &findings {
            entities.extend(entities_of(view, &known, case)?);
        }
        let reading = Reading::of(&engine.made)?;
        let mut persons = Vec::new();
        for entity in entities {
            let made = Some(&engine.made);
            let shown = show_as(view, &known, made, Some(&reading), entity, as_of)?;
            let told = timeline(view, entity, as_of, None)?;
            let Some((shown, timeline)) = shown.zip(told) else {
                continue;
            };
            persons.push(Person {
                versions: versions(view, &timeline)?,
                shown,
                timeline,
            });
        }
        let mut pairs = Vec::new();
        for (place, case) in findings.iter().enumerate() {
            let (a, b) = (&case.finding.a, &case.finding.b);
            if let Some((a, b)) = Who::parse(a).zip(Who::parse(b)) {
                pairs.extend(why(view, engine, &a, &b)?.map(|why| (place, why)));
            }
        }
        Ok(Gathered {
            commit: view.commit()?,
            as_of,
            findings,
            persons,
            pairs,
        })
    }

    /// The names by which looks and other entries of the audit may call what belongs to the case.
    pub fn names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        names.extend(self.findings.iter().map(|case| case.finding.id.clone()));
        for person in &self.persons {
            names.insert(person.shown.asked.clone());
            names.extend(person.timeline.entity.clone());
            for event in &person.timeline.events {
                if let Happening::Entity { entity, .. } = &event.what {
                    names.insert(entity.clone());
                }
            }
            for (key, _, record) in &person.versions {
                let first = RecordKey::first(&record.source, &record.record_id);
                names.insert(first.0.to_string());
                names.insert(key.0.to_string());
                names.insert(format!("{}:{}", record.source, record.record_id));
            }
        }
        names
    }
}

/// The entities that the records of a finding are in, or, of records that have gone, that it was of.
fn entities_of(
    view: &View<'_>,
    known: &Known<'_>,
    case: &FindingCase,
) -> Result<BTreeSet<EntityId>, CaseError> {
    let mut entities = BTreeSet::new();
    for name in [&case.finding.a, &case.finding.b] {
        let Some(who) = Who::parse(name) else {
            continue;
        };
        entities.extend(who.entity(view, known)?);
    }
    if entities.is_empty()
        && let Some(entity) = EntityId::parse(&case.finding.entity)
    {
        let followed = known.follow(entity)?;
        entities.insert(followed.map_or(entity, |(entity, _)| entity));
    }
    Ok(entities)
}

/// Every version of the records that a timeline tells of, by record and then oldest first.
fn versions(
    view: &View<'_>,
    timeline: &Timeline,
) -> Result<Vec<(RecordKey, Option<u64>, Record)>, CaseError> {
    let mut records = BTreeMap::new();
    for event in &timeline.events {
        if let Happening::Record { record, .. } = &event.what
            && let Some((source, record_id)) = record.split_once(':')
        {
            let key = view.find(source, record_id)?.key;
            records.insert((source.to_string(), record_id.to_string()), key);
        }
    }
    let mut versions = Vec::new();
    for key in records.into_values() {
        let former = view.record_history(key)?.into_iter();
        versions.extend(former.map(|(until, record)| (key, Some(until), record)));
        versions.extend(view.record(key)?.map(|record| (key, None, record)));
    }
    Ok(versions)
}
