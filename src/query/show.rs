//! One person as the records say, now or as it was known at some moment.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};
use yiren_matchers::normalise::date::Date;

use super::history::{Known, TimeError};
use crate::id::EntityId;
use crate::policy::{self, Policy};
use crate::record::Enrolment;
use crate::standardise::enrolment;
use crate::store::{
    EntityState, Family, Moment, Record, RecordKey, RecordState, StoreError, VerdictKind, View,
};

/// What there is to show of an entity, or of a record's.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// The commit that this is as of, and when it was (milliseconds since 1970).
    pub commit: u64,
    /// When that commit was.
    pub known_at: Moment,
    /// Day that enrolments are looked at.
    pub as_of: String,
    /// Model in force.
    pub model: String,
    /// Policy in force.
    pub policy: String,
    /// The entity asked for; another than in `entity` if that one is no more.
    pub asked: String,
    /// The entity; `None` if its records have all gone.
    pub entity: Option<ShownEntity>,
    /// What happened to the entity asked for, oldest first.
    pub story: Vec<Event>,
}

/// A person.
#[derive(Clone, Debug, Serialize)]
pub struct ShownEntity {
    /// Its id.
    pub id: String,
    /// Its records in order.
    pub records: Vec<ShownRecord>,
    /// What the rules find between them on the day asked for.
    pub findings: Vec<ShownFinding>,
    /// What people said of them.
    pub verdicts: Vec<ShownVerdict>,
}

/// A record, as it came.
#[derive(Clone, Debug, Serialize)]
pub struct ShownRecord {
    /// Its source.
    pub source: String,
    /// Its id within the source.
    pub record_id: String,
    /// Since which commit it reads so.
    pub since: u64,
    /// Whether its data were erased at its person's wish.
    pub erased: bool,
    /// Whether it is an enrolment that runs on the day asked for; `None` if its dates do not say.
    pub running: Option<bool>,
    /// Its cells, by column.
    #[serde(serialize_with = "as_map")]
    pub cells: Vec<(String, String)>,
}

fn as_map<S: Serializer>(cells: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(cells.iter().map(|(column, text)| (column, text)))
}

/// A finding between the records of one person.
#[derive(Clone, Debug, Serialize)]
pub struct ShownFinding {
    /// Code of the kind.
    pub kind: String,
    /// Code of the severity.
    pub severity: String,
    /// Id of the rule.
    pub rule: String,
    /// The records, as `source:record_id`; the second is empty where there is only one.
    pub records: [String; 2],
    /// First month, and first month no longer covered; empty if it has none.
    pub months: [String; 2],
    /// Hundredths of a yuan.
    pub amount: i64,
}

/// What a person said.
#[derive(Clone, Debug, Serialize)]
pub struct ShownVerdict {
    /// What was said: `must_link` or `cannot_link`.
    pub kind: &'static str,
    /// The two records, as `source:record_id`.
    pub records: [String; 2],
    /// Who said so.
    pub by: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: Moment,
}

/// Something that happened to an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// The commit.
    pub commit: u64,
    /// When it was.
    pub at: Moment,
    /// Who made it.
    pub by: String,
    /// What they did: `load`, `verdict`, `sweep`, ...
    pub action: String,
    /// What the entity was from then on: its records as `source:record_id`; none once it is no more.
    pub records: Vec<String>,
    /// The entity that its records are in from then on.
    pub merged_into: Option<String>,
}

/// What was known of an entity at a moment, or is known now, with its enrolments as of a day. An
/// entity that is no more leads to the one that its records are in. `None` if there never was such
/// an entity by then.
pub fn show(
    view: &View<'_>,
    id: EntityId,
    as_of: Date,
    known_at: Option<Moment>,
) -> Result<Option<Shown>, TimeError> {
    let known = Known::at(view, known_at)?;
    let Some(_) = known.entity(id)? else {
        return Ok(None);
    };
    let made = known.made()?;
    let policy = made
        .as_ref()
        .and_then(|made| Policy::parse(&made.policy, "the policy of the store").ok());
    let mut current = Some(id);
    let mut seen = BTreeSet::new();
    let mut entity = None;
    while let Some(id) = current.filter(|id| seen.insert(*id)) {
        current = match known.entity(id)?.map(|entity| entity.state) {
            Some(EntityState::Retired(into)) => into,
            Some(EntityState::Members(members)) => {
                let members: Vec<RecordKey> = members.into_iter().map(RecordKey).collect();
                entity = Some(shown_entity(
                    view,
                    &known,
                    id,
                    &members,
                    policy.as_ref(),
                    as_of,
                )?);
                None
            }
            None => None,
        };
    }
    Ok(Some(Shown {
        commit: known.commit,
        known_at: known.at,
        as_of: as_of.to_string(),
        model: made
            .as_ref()
            .map_or_else(String::new, |made| made.model_version.clone()),
        policy: made
            .as_ref()
            .map_or_else(String::new, |made| made.policy_version.clone()),
        asked: id.to_string(),
        entity,
        story: story(view, &known, id)?,
    }))
}

fn shown_entity(
    view: &View<'_>,
    known: &Known<'_>,
    id: EntityId,
    members: &[RecordKey],
    policy: Option<&Policy>,
    as_of: Date,
) -> Result<ShownEntity, StoreError> {
    let mut records: Vec<(RecordKey, Record)> = Vec::new();
    for &member in members {
        records.extend(known.record(member)?.map(|record| (member, record)));
    }
    let mut verdicts = Vec::new();
    let mut cursor = view.cursor(Family::Verdicts)?;
    for &member in members {
        for (other, _) in cursor.verdicts(member)? {
            let first = member < other || !members.contains(&other);
            let Some(verdict) = known.verdict(member, other)?.filter(|_| first) else {
                continue;
            };
            let kind = match verdict.kind {
                VerdictKind::MustLink => "must_link",
                VerdictKind::CannotLink => "cannot_link",
                VerdictKind::Withdrawn => continue,
            };
            verdicts.push(ShownVerdict {
                kind,
                records: [name(view, member)?, name(view, other)?],
                by: verdict.by.to_string(),
                why: verdict.why.to_string(),
                at: verdict.at,
            });
        }
    }
    let findings = policy.map_or_else(Vec::new, |policy| findings(policy, &records, as_of));
    let records = records
        .into_iter()
        .map(|(_, record)| shown_record(&record, as_of));
    Ok(ShownEntity {
        id: id.to_string(),
        records: records.collect(),
        findings,
        verdicts,
    })
}

fn shown_record(record: &Record, as_of: Date) -> ShownRecord {
    let enrolment = enrolment(|column| record.cells.get(column));
    let running = enrolment.start.map(|start| {
        let ended = enrolment.end.is_some_and(|end| end < as_of);
        start <= as_of && !ended
    });
    ShownRecord {
        source: record.source.to_string(),
        record_id: record.record_id.to_string(),
        since: record.since,
        erased: matches!(record.state, RecordState::Erased(_)),
        running: running.filter(|_| !enrolment.end_unreadable),
        cells: record
            .cells
            .iter()
            .map(|(column, text)| (column.to_string(), text.to_string()))
            .collect(),
    }
}

/// What the rules find between the records of one person.
fn findings(policy: &Policy, records: &[(RecordKey, Record)], as_of: Date) -> Vec<ShownFinding> {
    let mut sources: Vec<String> = records.iter().map(|(_, r)| r.source.to_string()).collect();
    sources.sort_unstable();
    sources.dedup();
    let enrolments: Vec<Enrolment> = records
        .iter()
        .map(|(_, record)| {
            let place = sources.iter().position(|source| **source == *record.source);
            Enrolment {
                source: place.unwrap_or(0) as u16,
                ..enrolment(|column| record.cells.get(column))
            }
        })
        .collect();
    let of = vec![0; enrolments.len()];
    let found = policy::evaluate(policy, &sources, &enrolments, &of, as_of, &|_, _| 1.0);
    let name = |record: u32| {
        let record = records.get(record as usize);
        record.map_or_else(String::new, |(_, r)| {
            format!("{}:{}", r.source, r.record_id)
        })
    };
    let shown = found.rows.iter().map(|finding| ShownFinding {
        kind: finding.kind.name().to_string(),
        severity: finding.severity.name().to_string(),
        rule: policy
            .rules()
            .get(usize::from(finding.rule))
            .map_or_else(String::new, |rule| rule.id.clone()),
        records: [
            name(finding.record_a),
            finding.other().map_or_else(String::new, name),
        ],
        months: finding.period.map_or_else(Default::default, |period| {
            [period.start().to_string(), period.end().to_string()]
        }),
        amount: finding.amount,
    });
    shown.collect()
}

fn name(view: &View<'_>, key: RecordKey) -> Result<String, StoreError> {
    let record = view.record(key)?;
    Ok(record.map_or_else(
        || "?".to_string(),
        |record| format!("{}:{}", record.source, record.record_id),
    ))
}

fn story(view: &View<'_>, known: &Known<'_>, id: EntityId) -> Result<Vec<Event>, StoreError> {
    let history = view
        .entity_history(id)?
        .into_iter()
        .map(|(_, entity)| entity);
    let now = view.entity(known.generation(), id)?;
    let mut story = Vec::new();
    for entity in history
        .chain(now)
        .filter(|entity| entity.since <= known.commit)
    {
        let entry = view.audit(entity.since)?;
        let (members, merged_into) = match entity.state {
            EntityState::Members(members) => (members, None),
            EntityState::Retired(into) => (Vec::new(), into.map(|into| into.to_string())),
        };
        let names = members
            .into_iter()
            .map(|member| name(view, RecordKey(member)));
        story.push(Event {
            commit: entity.since,
            at: entity.at,
            by: entry
                .as_ref()
                .map_or_else(String::new, |entry| entry.actor.clone()),
            action: entry.map_or_else(String::new, |entry| entry.action),
            records: names.collect::<Result<_, _>>()?,
            merged_into,
        });
    }
    Ok(story)
}
