//! Who is in two programmes, or under two counties, on one day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use yiren_matchers::normalise::date::Date;

use super::history::{Known, TimeError};
use super::reading::name_of;
use super::show::runs_on;
use crate::id::EntityId;
use crate::policy::{Policy, SourceRole};
use crate::report::Text;
use crate::resolve::enrolment_of;
use crate::standardise::division_name;
use crate::store::{Family, Moment, Record, RecordKey, StoreError, View};

/// What enrolments are told apart by.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatrixBy {
    /// The programme.
    Programme,
    /// The county of the office, or, where none is given, of the hukou.
    County,
}

/// How many persons have enrolments that run on one day in each two programmes or counties.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Matrix {
    /// The last commit.
    pub commit: u64,
    /// When that was.
    pub known_at: Moment,
    /// The day.
    pub as_of: String,
    /// What enrolments are told apart by.
    pub by: MatrixBy,
    /// Persons with an enrolment that runs on the day.
    pub persons: u64,
    /// The programmes in the order of the policy, or the counties by code.
    pub axis: Vec<MatrixAxis>,
    /// Of each two of them that somebody is in, how many persons are in both; the first is the
    /// earlier one of `axis`.
    pub cells: Vec<MatrixCell>,
    /// Enrolments whose dates do not say whether they run on the day; they are left out.
    pub unknown: u64,
    /// Sources that the policy does not know, with their records; these are left out.
    pub unjudged: BTreeMap<String, u64>,
}

/// A programme or a county.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct MatrixAxis {
    /// Id of the programme, or six-digit code of the county, `000000` where none is given.
    pub code: String,
    /// What it is called.
    pub name: Text,
    /// A short name.
    pub short: Text,
    /// Persons with an enrolment in it that runs on the day.
    pub persons: u64,
    /// Persons with two or more.
    pub twice: u64,
}

/// Two programmes or counties.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct MatrixCell {
    /// Code of the first.
    pub a: String,
    /// Code of the second.
    pub b: String,
    /// Persons who are in both.
    pub persons: u64,
}

/// The persons of a cell.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MatrixPersons {
    /// The last commit.
    pub commit: u64,
    /// When that was.
    pub known_at: Moment,
    /// The day.
    pub as_of: String,
    /// What enrolments are told apart by.
    pub by: MatrixBy,
    /// The two codes; if they are one, it is about persons who are in it twice or more.
    pub cell: [String; 2],
    /// How many persons there are.
    pub count: u64,
    /// The first of them, in the order of their first records.
    pub persons: Vec<MatrixPerson>,
}

/// A person of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct MatrixPerson {
    /// The entity.
    pub entity: String,
    /// The name as the first of its records that run writes it.
    pub name: String,
    /// Its enrolments in the two that run on the day.
    pub enrolments: Vec<MatrixEnrolment>,
}

/// An enrolment that runs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct MatrixEnrolment {
    /// The record, as `source:record_id`.
    pub record: String,
    /// The code of its programme or county.
    pub code: String,
    /// First day, as it is written.
    pub start: String,
    /// Hundredths of a yuan a month; 0 if not given.
    pub amount: i64,
}

/// An enrolment that runs on the day.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Running {
    entity: EntityId,
    /// Place of the programme in the policy, or the county.
    code: u32,
    record: RecordKey,
}

/// What a pass over all records finds.
struct Found {
    /// Ascending.
    running: Vec<Running>,
    unknown: u64,
    unjudged: BTreeMap<String, u64>,
}

/// Counts the persons with enrolments in each two programmes or counties that run on a day, as the
/// store is now. Reads every record; memory: 24 bytes a record.
///
/// # Errors
/// If the store cannot be read.
pub fn matrix(
    view: &View<'_>,
    policy: &Policy,
    as_of: Date,
    by: MatrixBy,
) -> Result<Matrix, TimeError> {
    let known = Known::at(view, None)?;
    let found = find(view, &known, policy, as_of, by)?;
    let mut persons = 0;
    let mut axis: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    let mut cells: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for person in found.running.chunk_by(|a, b| a.entity == b.entity) {
        persons += 1;
        let codes: Vec<(u32, usize)> = person
            .chunk_by(|a, b| a.code == b.code)
            .map(|same| (same[0].code, same.len()))
            .collect();
        for (place, &(a, count)) in codes.iter().enumerate() {
            let of_code = axis.entry(a).or_default();
            of_code.0 += 1;
            of_code.1 += u64::from(count > 1);
            for &(b, _) in &codes[place + 1..] {
                *cells.entry((a, b)).or_default() += 1;
            }
        }
    }
    let axis = axis.into_iter().map(|(code, (persons, twice))| {
        let (name, short) = names(policy, by, code);
        MatrixAxis {
            code: code_text(policy, by, code),
            name,
            short,
            persons,
            twice,
        }
    });
    let cells = cells.into_iter().map(|((a, b), persons)| MatrixCell {
        a: code_text(policy, by, a),
        b: code_text(policy, by, b),
        persons,
    });
    Ok(Matrix {
        commit: known.commit,
        known_at: known.at,
        as_of: as_of.to_string(),
        by,
        persons,
        axis: axis.collect(),
        cells: cells.collect(),
        unknown: found.unknown,
        unjudged: found.unjudged,
    })
}

/// The persons of a cell of [`matrix`], the first `most` of them. A code that nobody is in gives
/// none. Reads every record.
///
/// # Errors
/// If the store cannot be read.
pub fn matrix_persons(
    view: &View<'_>,
    policy: &Policy,
    as_of: Date,
    by: MatrixBy,
    cell: [&str; 2],
    most: usize,
) -> Result<MatrixPersons, TimeError> {
    let known = Known::at(view, None)?;
    let found = find(view, &known, policy, as_of, by)?;
    let [a, b] = cell.map(|code| code_of(policy, by, code));
    let mut persons: Vec<(String, MatrixPerson)> = Vec::new();
    for person in found.running.chunk_by(|a, b| a.entity == b.entity) {
        let of = |code: Option<u32>| person.iter().filter(move |run| Some(run.code) == code);
        let is_in = match a == b {
            true => of(a).count() > 1,
            false => of(a).count() > 0 && of(b).count() > 0,
        };
        if !is_in {
            continue;
        }
        let here = person
            .iter()
            .filter(|run| Some(run.code) == a || Some(run.code) == b);
        let keys: Vec<(RecordKey, u32)> = here.map(|run| (run.record, run.code)).collect();
        persons.extend(told(view, policy, by, person[0].entity, &keys)?);
    }
    persons.sort_by(|(x, _), (y, _)| x.cmp(y));
    Ok(MatrixPersons {
        commit: known.commit,
        known_at: known.at,
        as_of: as_of.to_string(),
        by,
        cell: cell.map(String::from),
        count: persons.len() as u64,
        persons: persons
            .into_iter()
            .take(most)
            .map(|(_, person)| person)
            .collect(),
    })
}

/// A person of a cell, with the first of its records.
fn told(
    view: &View<'_>,
    policy: &Policy,
    by: MatrixBy,
    entity: EntityId,
    running: &[(RecordKey, u32)],
) -> Result<Option<(String, MatrixPerson)>, StoreError> {
    let keys: Vec<RecordKey> = running.iter().map(|(key, _)| *key).collect();
    let records = view.records(&keys)?.into_iter();
    let mut records: Vec<(Record, u32)> = records
        .zip(running)
        .filter_map(|(record, (_, code))| Some((record?, *code)))
        .collect();
    records.sort_by(|(a, _), (b, _)| (&a.source, &a.record_id).cmp(&(&b.source, &b.record_id)));
    let Some((first, _)) = records.first() else {
        return Ok(None);
    };
    let person = MatrixPerson {
        entity: entity.to_string(),
        name: first.cells.get("name").trim().to_string(),
        enrolments: records
            .iter()
            .map(|(record, code)| MatrixEnrolment {
                record: name_of(record),
                code: code_text(policy, by, *code),
                start: record.cells.get("start_date").trim().to_string(),
                amount: enrolment_of(record).monthly_amount,
            })
            .collect(),
    };
    Ok(Some((name_of(first), person)))
}

/// Every enrolment that runs on the day.
fn find(
    view: &View<'_>,
    known: &Known<'_>,
    policy: &Policy,
    as_of: Date,
    by: MatrixBy,
) -> Result<Found, StoreError> {
    let mut members: Vec<(RecordKey, EntityId)> = Vec::new();
    view.cursor(Family::Members)?
        .each_member(known.generation(), |record, member| {
            members.push((record, member.entity));
        })?;
    let mut found = Found {
        running: Vec::new(),
        unknown: 0,
        unjudged: BTreeMap::new(),
    };
    // Both come in the order of their keys.
    let mut next = 0;
    view.cursor(Family::Records)?.each_record(|key, record| {
        while members.get(next).is_some_and(|(known, _)| *known < key) {
            next += 1;
        }
        let member = members.get(next).filter(|(known, _)| *known == key);
        let source = policy.source(&record.source);
        match source.map(|source| source.role) {
            Some(SourceRole::Programme) => {}
            Some(_) => return Ok(true),
            None => {
                *found.unjudged.entry(record.source.to_string()).or_default() += 1;
                return Ok(true);
            }
        }
        let enrolment = enrolment_of(&record);
        match runs_on(&enrolment, as_of) {
            Some(true) => {}
            Some(false) => return Ok(true),
            None => {
                found.unknown += 1;
                return Ok(true);
            }
        }
        let code = match by {
            MatrixBy::Programme => {
                let sources = policy.sources().iter();
                let place =
                    source.and_then(|source| sources.enumerate().find(|(_, s)| s.id == source.id));
                place.map_or(0, |(place, _)| place as u32)
            }
            MatrixBy::County => enrolment.division,
        };
        found
            .running
            .extend(member.map(|&(record, entity)| Running {
                entity,
                code,
                record,
            }));
        Ok(true)
    })?;
    found.running.sort_unstable();
    Ok(found)
}

fn code_text(policy: &Policy, by: MatrixBy, code: u32) -> String {
    match by {
        MatrixBy::Programme => policy
            .sources()
            .get(code as usize)
            .map_or_else(String::new, |source| source.id.clone()),
        MatrixBy::County => format!("{code:06}"),
    }
}

/// The number that a code of the cell stands for: a programme goes by its id or another name.
fn code_of(policy: &Policy, by: MatrixBy, code: &str) -> Option<u32> {
    match by {
        MatrixBy::Programme => {
            let id = &policy.source(code)?.id;
            let place = policy.sources().iter().position(|source| source.id == *id);
            place.map(|place| place as u32)
        }
        MatrixBy::County => code.parse().ok(),
    }
}

/// What a programme or county is called, and a short name of it.
fn names(policy: &Policy, by: MatrixBy, code: u32) -> (Text, Text) {
    match (by, policy.sources().get(code as usize)) {
        (MatrixBy::Programme, Some(source)) => {
            let title = Text::new(source.title.zh.clone(), source.title.en.clone());
            let short = source.also.first().unwrap_or(&source.title.zh);
            (title, Text::new(short.clone(), source.id.clone()))
        }
        (MatrixBy::Programme, None) => Default::default(),
        (MatrixBy::County, _) => {
            let name = match (code, division_name(code)) {
                (0, _) => Text::new("区划不详", "county unknown"),
                (code, name) if name.is_empty() => Text::same(format!("{code:06}")),
                (_, name) => Text::same(name),
            };
            (name.clone(), name)
        }
    }
}
