//! Findings in force, and what people make of them.

mod case;
mod filter;
mod group;
mod order;
mod process;

pub use case::{CaseStep, FindingCase, finding_case};
pub use filter::Filter;
pub use group::{GroupBy, GroupRow, Grouped, Grouping, Tally};
pub use order::{Order, Top};
pub use process::{Missing, Refusal, lacks, settle, steps_from};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;
use yiren_matchers::normalise::date::Date;

use super::overlap::office;
use crate::policy::Policy;
use crate::resolve::{Engine, Recording};
use crate::store::{
    Act, CaseStatus, Family, Record, RecordKey, Store, StoreError, StoredFinding, View,
};

/// Findings that are read for one page, at most, before it is handed out as it is.
const LOOKED_AT: usize = 50_000;

/// Findings whose records are read together.
const TOGETHER: usize = 500;

/// A finding, with what people make of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Code of the kind.
    pub kind: String,
    /// Code of the severity.
    pub severity: String,
    /// Id of the rule.
    pub rule: String,
    /// The person.
    pub entity: String,
    /// The first record, as `source:record_id`; of one that may not be seen, its source.
    pub a: String,
    /// The second; empty if there is none.
    pub b: String,
    /// The names in the two records; empty where a record may not be seen.
    pub names: [String; 2],
    /// The programme or register of each, as the policy calls it.
    pub programmes: [String; 2],
    /// Division of the office of each.
    pub offices: [String; 2],
    /// First month, as `YYYY-MM`; empty if there are no months to it.
    pub start: String,
    /// First month no longer covered.
    pub end: String,
    /// How many months.
    pub months: u32,
    /// Hundredths of a yuan.
    pub amount: i64,
    /// Match probability of the two records.
    pub probability: f64,
    /// Since when it is so (milliseconds since 1970).
    pub since: i64,
    /// What people make of it: `open`, `under_review`, `confirmed`, `dismissed` or `resolved`.
    #[schema(value_type = String)]
    pub status: CaseStatus,
    /// Who said something of it last.
    pub by: String,
    /// Why.
    pub why: String,
    /// Who works on it.
    pub assignee: String,
    /// Day on which the person was told.
    pub notified: String,
    /// Day until which they may answer.
    pub respond_by: String,
    /// Day on which they answered.
    pub answered: String,
    /// Why an answer was not waited for.
    pub unheard: String,
}

impl Listed {
    /// Whether the day until which the person may answer is past, nothing being decided yet.
    pub fn is_overdue(&self, day: Date) -> bool {
        let undecided = matches!(self.status, CaseStatus::Open | CaseStatus::UnderReview);
        // Both are written as YYYY-MM-DD.
        undecided && !self.respond_by.is_empty() && self.respond_by < day.to_string()
    }
}

/// What a person makes of a finding; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Settling {
    /// How far it has come.
    pub status: Option<CaseStatus>,
    /// Why.
    pub why: String,
    /// Who works on it.
    pub assignee: Option<String>,
    /// Day on which the person was told, as `YYYY-MM-DD`.
    pub notified: Option<String>,
    /// Day until which they may answer.
    pub respond_by: Option<String>,
    /// Day on which they answered.
    pub answered: Option<String>,
    /// Why it is confirmed without waiting for an answer.
    pub unheard: Option<String>,
}

/// Whether a record of a source and an office may be seen.
pub type Inside<'a> = &'a dyn Fn(&str, &str) -> bool;

/// A finding with its key, less the generation, and its number.
type Keyed = (Vec<u8>, u64, StoredFinding);

/// A finding's key, and how it is listed if it is.
type KeyedListed = (Vec<u8>, Option<Listed>);

/// Findings in force in the order of their keys, at most so many, and where the next page begins, if
/// there may be more. Only those of which one record may be seen; a page can be short, or empty, where
/// few findings fit. Those of one person come on one page. Cost: the findings read, at most 50,000.
pub fn findings(
    view: &View<'_>,
    engine: &Engine,
    filter: &Filter,
    after: Option<&[u8]>,
    most: usize,
    inside: Inside<'_>,
) -> Result<(Vec<Listed>, Option<Vec<u8>>), StoreError> {
    let listing = Listing::new(view, &engine.policy, filter, inside);
    if filter.person.is_some() {
        return Ok((listing.of_person(engine)?, None));
    }
    let (mut listed, mut next) = (Vec::new(), after.map(<[u8]>::to_vec));
    let mut looked_at = 0;
    while looked_at < LOOKED_AT {
        let found = listing.read(engine, next.as_deref(), TOGETHER)?;
        if found.is_empty() {
            return Ok((listed, None));
        }
        looked_at += found.len();
        for (key, finding) in listing.list(found)? {
            if listed.len() == most {
                return Ok((listed, next));
            }
            listed.extend(finding);
            next = Some(key);
        }
    }
    Ok((listed, next))
}

/// Calls `each` with every finding in force that a filter lets through and of which one record may be
/// seen, in the order of keys. Cost: all findings and their records, some 100,000 a second; of one
/// person those of its groups.
pub fn each_finding(
    view: &View<'_>,
    engine: &Engine,
    filter: &Filter,
    inside: Inside<'_>,
    each: &mut dyn FnMut(Listed),
) -> Result<(), StoreError> {
    let listing = Listing::new(view, &engine.policy, filter, inside);
    if filter.person.is_some() {
        listing.of_person(engine)?.into_iter().for_each(each);
        return Ok(());
    }
    let mut after = None;
    loop {
        let found = listing.read(engine, after.as_deref(), TOGETHER)?;
        if found.is_empty() {
            return Ok(());
        }
        for (key, finding) in listing.list(found)? {
            finding.into_iter().for_each(&mut *each);
            after = Some(key);
        }
    }
}

/// A finding in force by its number, if one of its records may be seen.
pub fn finding(
    view: &View<'_>,
    engine: &Engine,
    number: u64,
    inside: Inside<'_>,
) -> Result<Option<Listed>, StoreError> {
    let mut cursor = view.cursor(Family::Findings)?;
    let Some(finding) = cursor.finding(engine.generation, number)? else {
        return Ok(None);
    };
    let filter = Filter::default();
    Listing::new(view, &engine.policy, &filter, inside).one(number, finding)
}

/// How findings are read and put together.
struct Listing<'a> {
    view: &'a View<'a>,
    policy: &'a Policy,
    filter: &'a Filter,
    inside: Inside<'a>,
}

impl<'a> Listing<'a> {
    fn new(
        view: &'a View<'a>,
        policy: &'a Policy,
        filter: &'a Filter,
        inside: Inside<'a>,
    ) -> Listing<'a> {
        Listing {
            view,
            policy,
            filter,
            inside,
        }
    }

    /// The next findings after a key, at most so many.
    fn read(
        &self,
        engine: &Engine,
        after: Option<&[u8]>,
        most: usize,
    ) -> Result<Vec<Keyed>, StoreError> {
        let prefix = engine.generation.prefix();
        let from = match after {
            // What follows the key itself.
            Some(after) => [&prefix[..], after, &[0]].concat(),
            None => prefix.to_vec(),
        };
        let mut found = Vec::new();
        let mut cursor = self.view.cursor(Family::Findings)?;
        cursor.each_finding_from(engine.generation, &from, |key, number, finding| {
            let own = key.get(prefix.len()..).unwrap_or_default();
            found.push((own.to_vec(), number, finding));
            found.len() < most
        })?;
        Ok(found)
    }

    /// Findings by their keys, those that may be seen and are let through as they are listed.
    fn list(&self, found: Vec<Keyed>) -> Result<Vec<KeyedListed>, StoreError> {
        let wanted = |finding: &StoredFinding| self.filter.takes_kind(&finding.kind);
        let keys = found.iter().filter(|(_, _, finding)| wanted(finding));
        let mut keys: Vec<RecordKey> = keys
            .flat_map(|(_, _, finding)| [Some(finding.a), finding.b])
            .flatten()
            .map(RecordKey)
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let records = keys.iter().copied().zip(self.view.records(&keys)?);
        let records: BTreeMap<RecordKey, Record> = records
            .filter_map(|(key, record)| Some((key, record?)))
            .collect();
        let listed = found.into_iter().map(|(key, number, finding)| {
            let listed = match wanted(&finding) {
                true => self.listed(number, &finding, &records)?,
                false => None,
            };
            Ok((key, listed))
        });
        listed.collect()
    }

    fn one(&self, number: u64, finding: StoredFinding) -> Result<Option<Listed>, StoreError> {
        let listed = self.list(vec![(Vec::new(), number, finding)])?;
        Ok(listed.into_iter().next().and_then(|(_, listed)| listed))
    }

    /// A finding with its records and case, if the filter lets it through and one record may be seen.
    fn listed(
        &self,
        number: u64,
        finding: &StoredFinding,
        records: &BTreeMap<RecordKey, Record>,
    ) -> Result<Option<Listed>, StoreError> {
        let a = records.get(&RecordKey(finding.a));
        let b = finding.b.and_then(|b| records.get(&RecordKey(b)));
        let is_seen = |record: &&Record| (self.inside)(&record.source, office(record));
        let programme = |record: &Record| {
            let source = self.policy.source(&record.source);
            source.map_or_else(|| record.source.to_string(), |source| source.id.clone())
        };
        let of = |pick: &dyn Fn(&Record) -> String| {
            [a, b].map(|record| record.map_or_else(String::new, pick))
        };
        let of_seen = |pick: &dyn Fn(&Record) -> String| {
            [a, b].map(|record| record.filter(is_seen).map_or_else(String::new, pick))
        };
        let [name_a, name_b] = of(&|record| match is_seen(&record) {
            true => format!("{}:{}", record.source, record.record_id),
            false => record.source.to_string(),
        });
        let case = self.view.case(number)?.unwrap_or_default();
        let listed = Listed {
            id: format!("{number:016x}"),
            kind: finding.kind.to_string(),
            severity: finding.severity.to_string(),
            rule: finding.rule.to_string(),
            entity: finding.entity.to_string(),
            a: name_a,
            b: name_b,
            names: of_seen(&|record| record.cells.get("name").to_string()),
            programmes: of(&programme),
            offices: of(&|record| office(record).to_string()),
            start: finding.period.0.to_string(),
            end: finding.period.1.to_string(),
            months: finding.months,
            amount: finding.amount,
            probability: finding.probability,
            since: finding.at.0,
            status: case.status,
            by: case.by.into(),
            why: case.why.into(),
            assignee: case.assignee.into(),
            notified: case.notified.into(),
            respond_by: case.respond_by.into(),
            answered: case.answered.into(),
            unheard: case.unheard.into(),
        };
        let records = [a, b];
        let mut records = records.iter().flatten();
        let is_shown = records.clone().any(is_seen);
        let is_taken = self.filter.takes(&listed, records.by_ref().copied());
        Ok((is_shown && is_taken).then_some(listed))
    }
}

/// Why a case was not settled.
#[derive(Debug, Error)]
pub enum SettleError {
    /// Due process has something against it.
    #[error("{0}")]
    Refused(Refusal),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Records what a person makes of a finding, as one commit; returns its number. The day that decides
/// what is past is that of the recording.
///
/// # Errors
/// What due process has against it, nothing being changed; or what the store has.
pub fn settle_finding(
    store: &Store,
    engine: &Engine,
    number: u64,
    settling: &Settling,
    recording: &Recording,
) -> Result<u64, SettleError> {
    let mut transaction = store.begin(recording.at)?;
    let before = transaction.view().case(number)?;
    let mut case =
        settle(before.as_ref(), settling, recording.as_of).map_err(SettleError::Refused)?;
    (case.since, case.at) = transaction.stamp();
    case.by = recording.actor.as_str().into();
    transaction.put_case(number, &case, before.as_ref())?;
    let act = Act {
        actor: recording.actor.clone(),
        action: "finding",
        detail: serde_json::json!({
            "finding": format!("{number:016x}"),
            "status": case.status.name(),
            "policy": engine.made.policy_version,
        }),
    };
    Ok(transaction.commit(act, recording.durability)?)
}
