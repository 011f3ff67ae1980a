//! One person as the records say, now or as it was known at some moment.

mod findings;
mod golden;
mod household;
mod months;

pub use findings::ShownFinding;
pub(super) use findings::stored as stored_finding;
pub use golden::{Golden, Mark, OtherValue};
pub use household::{Household, Housemate};
pub(crate) use months::runs_on;
pub use months::{Role, ShownMonths};

use serde::{Deserialize, Serialize};
use yiren_matchers::normalise::date::Date;

use super::history::{Known, TimeError};
use super::overlap::office;
use super::reading::{Reading, name};
use crate::id::EntityId;
use crate::policy::{Policy, SourceRole};
use crate::resolve::enrolment_of;
use crate::store::{
    EntityState, Family, Made, Moment, Record, RecordKey, RecordState, StoreError, VerdictKind,
    View,
};
use crate::wire::{self, Code};

/// What there is to show of an entity, or of a record's.
#[derive(Clone, Debug, Deserialize, Serialize)]
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
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ShownEntity {
    /// Its id.
    pub id: String,
    /// The values that are taken for the person's, one a column.
    pub golden: Vec<Golden>,
    /// Its records in order.
    pub records: Vec<ShownRecord>,
    /// The months of its records, of those that have some.
    pub months: Vec<ShownMonths>,
    /// What the rules find between them on the day asked for.
    pub findings: Vec<ShownFinding>,
    /// What the store keeps as found between them and records of others, as of the day that it was
    /// last resolved for; `None` of a moment in the past.
    pub shared_findings: Option<Vec<ShownFinding>>,
    /// Who else is under its household numbers; `None` of a moment in the past.
    pub households: Option<Vec<Household>>,
    /// What people said of them.
    pub verdicts: Vec<ShownVerdict>,
}

/// A record, as it came.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ShownRecord {
    /// Its source.
    pub source: String,
    /// Its id within the source.
    pub record_id: String,
    /// Since which commit it reads so.
    pub since: u64,
    /// Whether its data were erased at its person's wish.
    pub erased: bool,
    /// What its source is: `programme`, `register`, or `unknown`.
    #[serde(deserialize_with = "wire::code")]
    pub role: Code,
    /// Whether it is an enrolment that runs on the day asked for; `None` if its dates do not say,
    /// and of a register.
    pub running: Option<bool>,
    /// Its cells, by column.
    #[serde(with = "wire::map")]
    pub cells: Vec<(String, String)>,
    /// The columns of which its cell is not that of the golden record, and how.
    #[serde(with = "wire::map")]
    pub marks: Vec<(String, Mark)>,
    /// Whether it may not be seen: then it has no id, and of its cells the first day and the office
    /// alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside_scope: bool,
}

/// What a person said.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ShownVerdict {
    /// What was said: `must_link`, `cannot_link`, or `withdrawn`.
    #[serde(deserialize_with = "wire::code")]
    pub kind: Code,
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
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
///
/// # Errors
/// If the store cannot be read, or keeps a model or policy that this program cannot read.
pub fn show(
    view: &View<'_>,
    id: EntityId,
    as_of: Date,
    known_at: Option<Moment>,
) -> Result<Option<Shown>, TimeError> {
    let known = Known::at(view, known_at)?;
    let made = known.made()?;
    let reading = made.as_ref().map(Reading::of).transpose()?;
    show_as(view, &known, made.as_ref(), reading.as_ref(), id, as_of)
}

/// Whether a record may be seen.
pub type Seen<'a> = &'a dyn Fn(&Record) -> bool;

/// As [`show`], for who shows many: `made` is what was in force at the moment that `known` is of,
/// and `reading` that of it.
///
/// # Errors
/// If the store cannot be read.
pub fn show_as(
    view: &View<'_>,
    known: &Known<'_>,
    made: Option<&Made>,
    reading: Option<&Reading>,
    id: EntityId,
    as_of: Date,
) -> Result<Option<Shown>, TimeError> {
    show_seen(view, known, made, reading, (id, as_of), &|_| true)
}

/// As [`show_as`], for who may not see all: of a record that is not `seen` there is told of what
/// source it is, whether it runs, since when, and the office to ask; golden record and months are of
/// the others, findings those that one of these is part of. Names of records that may not be seen
/// are left in findings with others, verdicts and the story, as only their source and office say
/// whether they may.
///
/// # Errors
/// If the store cannot be read.
pub fn show_seen(
    view: &View<'_>,
    known: &Known<'_>,
    made: Option<&Made>,
    reading: Option<&Reading>,
    (id, as_of): (EntityId, Date),
    seen: Seen<'_>,
) -> Result<Option<Shown>, TimeError> {
    if known.entity(id)?.is_none() {
        return Ok(None);
    }
    let entity = match (known.follow(id)?, reading) {
        (Some((id, members)), Some(reading)) => {
            let person = (id, &members[..]);
            Some(shown_entity(view, known, reading, person, as_of, seen)?)
        }
        _ => None,
    };
    let version = |of: fn(&Made) -> &String| made.map_or_else(String::new, |made| of(made).clone());
    Ok(Some(Shown {
        commit: known.commit,
        known_at: known.at,
        as_of: as_of.to_string(),
        model: version(|made| &made.model_version),
        policy: version(|made| &made.policy_version),
        asked: id.to_string(),
        entity,
        story: story(view, known, id)?,
    }))
}

fn shown_entity(
    view: &View<'_>,
    known: &Known<'_>,
    reading: &Reading,
    (id, members): (EntityId, &[RecordKey]),
    as_of: Date,
    seen: Seen<'_>,
) -> Result<ShownEntity, StoreError> {
    let all = known.records(members)?;
    let records: Vec<(RecordKey, Record)> = all
        .iter()
        .filter(|(_, record)| seen(record))
        .cloned()
        .collect();
    let (golden, marks) = golden::golden(reading, &records);
    let mut marks = marks.into_iter();
    let policy = &reading.policy;
    let (generation, is_now) = (known.generation(), known.is_now()?);
    let now = is_now.then_some(generation);
    Ok(ShownEntity {
        id: id.to_string(),
        golden,
        months: records
            .iter()
            .filter_map(|(_, record)| months::months_of(policy, record, as_of))
            .collect(),
        findings: findings::of_person(policy, &all, as_of, seen),
        shared_findings: now
            .map(|generation| findings::with_others(view, generation, policy, &records))
            .transpose()?,
        households: now
            .map(|generation| household::households(view, generation, &all, seen))
            .transpose()?,
        verdicts: verdicts(view, known, members)?,
        records: all
            .iter()
            .map(|(_, record)| {
                let marks = seen(record).then(|| marks.next().unwrap_or_default());
                shown_record(policy, record, marks, as_of)
            })
            .collect(),
    })
}

/// A record with its marks; without these if it may not be seen.
fn shown_record(
    policy: &Policy,
    record: &Record,
    marks: Option<Vec<(String, Mark)>>,
    as_of: Date,
) -> ShownRecord {
    let outside = marks.is_none();
    let cells = record
        .cells
        .iter()
        .map(|(column, text)| (column.to_string(), text.to_string()));
    let told = [
        ("start_date", record.cells.get("start_date")),
        ("office_division", office(record)),
    ];
    let told = told.into_iter().filter(|(_, text)| !text.is_empty());
    let role = policy.role_of(&record.source);
    let is_register = matches!(role, SourceRole::Register(_));
    ShownRecord {
        source: record.source.to_string(),
        record_id: match outside {
            true => String::new(),
            false => record.record_id.to_string(),
        },
        since: if outside { 0 } else { record.since },
        erased: !outside && matches!(record.state, RecordState::Erased(_)),
        role: match role {
            SourceRole::Programme => "programme",
            SourceRole::Register(_) => "register",
            SourceRole::Unknown => "unknown",
        },
        running: runs_on(&enrolment_of(record), as_of).filter(|_| !is_register),
        cells: match outside {
            true => told
                .map(|(column, text)| (column.to_string(), text.to_string()))
                .collect(),
            false => cells.collect(),
        },
        marks: marks.unwrap_or_default(),
        outside_scope: outside,
    }
}

/// What people said of records, those verdicts that were not taken back: each between two of them
/// once, and those between one of them and another's.
pub(super) fn verdicts(
    view: &View<'_>,
    known: &Known<'_>,
    records: &[RecordKey],
) -> Result<Vec<ShownVerdict>, StoreError> {
    let mut verdicts = Vec::new();
    let mut cursor = view.cursor(Family::Verdicts)?;
    for &record in records {
        for (other, _) in cursor.verdicts(record)? {
            let first = record < other || !records.contains(&other);
            let Some(verdict) = known.verdict(record, other)?.filter(|_| first) else {
                continue;
            };
            if verdict.kind == VerdictKind::Withdrawn {
                continue;
            }
            verdicts.push(ShownVerdict {
                kind: kind_of(verdict.kind),
                records: [name(view, record)?, name(view, other)?],
                by: verdict.by.to_string(),
                why: verdict.why.to_string(),
                at: verdict.at,
            });
        }
    }
    Ok(verdicts)
}

/// The code of what was said.
pub(super) fn kind_of(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::MustLink => "must_link",
        VerdictKind::CannotLink => "cannot_link",
        VerdictKind::Withdrawn => "withdrawn",
    }
}

/// What happened to an entity, oldest first.
pub(super) fn story(
    view: &View<'_>,
    known: &Known<'_>,
    id: EntityId,
) -> Result<Vec<Event>, StoreError> {
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
