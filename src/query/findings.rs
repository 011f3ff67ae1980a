//! Findings in force, and what people make of them.

use serde::Serialize;
use utoipa::ToSchema;

use super::overlap::office;
use crate::resolve::{Engine, Recording, ResolveError};
use crate::store::{
    Act, Case, CaseStatus, Family, Record, RecordKey, Store, StoreError, StoredFinding, View,
};

/// Findings that are read for one page, at most, before it is handed out as it is.
const LOOKED_AT: usize = 50_000;

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
    pub status: Option<CaseStatus>,
}

/// A finding, with what people make of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
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
    pub status: &'static str,
    /// Who said so last.
    pub by: String,
    /// Why.
    pub why: String,
    /// Who works on it.
    pub assignee: String,
    /// Day on which the person was told.
    pub notified: String,
    /// Day until which they may answer.
    pub respond_by: String,
}

/// What a person makes of a finding; what is `None` stays as it is.
#[derive(Clone, Debug)]
pub struct Settling {
    /// How far it has come.
    pub status: CaseStatus,
    /// Why.
    pub why: String,
    /// Who works on it.
    pub assignee: Option<String>,
    /// Day on which the person was told.
    pub notified: Option<String>,
    /// Day until which they may answer.
    pub respond_by: Option<String>,
}

/// Whether a record of a source and an office may be seen.
pub type Inside<'a> = &'a dyn Fn(&str, &str) -> bool;

/// Findings in force in the order of their keys, at most so many, and where the next page begins, if
/// there may be more. Only those of which one record may be seen; a page can be short, or empty, where
/// few findings fit. Cost: the findings read, at most 50,000.
pub fn findings(
    view: &View<'_>,
    engine: &Engine,
    filter: &Filter,
    after: Option<&[u8]>,
    most: usize,
    inside: Inside<'_>,
) -> Result<(Vec<Listed>, Option<Vec<u8>>), StoreError> {
    let prefix = engine.generation.prefix();
    let from = match after {
        // What follows the key itself.
        Some(after) => [&prefix[..], after, &[0]].concat(),
        None => prefix.to_vec(),
    };
    let mut found: Vec<(Vec<u8>, u64, StoredFinding)> = Vec::new();
    let (mut listed, mut next) = (Vec::new(), None);
    let mut cursor = view.cursor(Family::Findings)?;
    let mut looked_at = 0;
    cursor.each_finding_from(engine.generation, &from, |key, number, finding| {
        looked_at += 1;
        let is_kind = filter
            .kind
            .as_deref()
            .is_none_or(|kind| *kind == *finding.kind);
        let own = key.get(prefix.len()..).unwrap_or_default().to_vec();
        if is_kind {
            found.push((own, number, finding));
        } else {
            next = Some(own);
        }
        looked_at < LOOKED_AT
    })?;
    let is_cut = looked_at == LOOKED_AT;
    for (key, number, finding) in found {
        if listed.len() == most {
            return Ok((listed, next));
        }
        listed.extend(list(view, engine, number, finding, filter, inside)?);
        next = Some(key);
    }
    Ok((listed, next.filter(|_| is_cut)))
}

/// A finding in force by its number, if one of its records may be seen.
pub fn finding(
    view: &View<'_>,
    engine: &Engine,
    number: u64,
    inside: Inside<'_>,
) -> Result<Option<Listed>, StoreError> {
    let mut found = None;
    let mut cursor = view.cursor(Family::Findings)?;
    cursor.each_finding_from(
        engine.generation,
        &engine.generation.prefix(),
        |_, known, finding| {
            if known == number {
                found = Some(finding);
            }
            found.is_none()
        },
    )?;
    match found {
        Some(finding) => list(view, engine, number, finding, &Filter::default(), inside),
        None => Ok(None),
    }
}

/// A finding with its records and case, if the filter lets it through and one record may be seen.
fn list(
    view: &View<'_>,
    engine: &Engine,
    number: u64,
    finding: StoredFinding,
    filter: &Filter,
    inside: Inside<'_>,
) -> Result<Option<Listed>, StoreError> {
    let case = view.case(number)?;
    let status = case.as_ref().map_or(CaseStatus::Open, |case| case.status);
    if filter.status.is_some_and(|wanted| wanted != status) {
        return Ok(None);
    }
    let a = view.record(RecordKey(finding.a))?;
    let b = match finding.b {
        Some(b) => view.record(RecordKey(b))?,
        None => None,
    };
    let records = || [&a, &b].into_iter().flatten();
    let is_seen = |record: &Record| inside(&record.source, office(record));
    let has = |wanted: &Option<String>, fits: &dyn Fn(&Record, &str) -> bool| match wanted {
        Some(wanted) => records().any(|record| fits(record, wanted)),
        None => true,
    };
    let of_programme = |record: &Record, wanted: &str| {
        let source = engine.policy.source(&record.source);
        source.is_some_and(|source| source.id == wanted) || *record.source == *wanted
    };
    if !records().any(is_seen)
        || !has(&filter.county, &|record, wanted| {
            office(record).starts_with(wanted)
        })
        || !has(&filter.programme, &of_programme)
    {
        return Ok(None);
    }
    let name = |record: &Option<Record>| match record {
        Some(record) if is_seen(record) => format!("{}:{}", record.source, record.record_id),
        Some(record) => record.source.to_string(),
        None => String::new(),
    };
    let place = |record: &Option<Record>| {
        record
            .as_ref()
            .map_or_else(String::new, |record| office(record).to_string())
    };
    let text = |pick: fn(&Case) -> &str| {
        case.as_ref()
            .map_or_else(String::new, |case| pick(case).to_string())
    };
    Ok(Some(Listed {
        id: format!("{number:016x}"),
        kind: finding.kind.to_string(),
        severity: finding.severity.to_string(),
        rule: finding.rule.to_string(),
        entity: finding.entity.to_string(),
        a: name(&a),
        b: name(&b),
        offices: [place(&a), place(&b)],
        start: finding.period.0.to_string(),
        end: finding.period.1.to_string(),
        months: finding.months,
        amount: finding.amount,
        probability: finding.probability,
        since: finding.at.0,
        status: status.name(),
        by: text(|case| &case.by),
        why: text(|case| &case.why),
        assignee: text(|case| &case.assignee),
        notified: text(|case| &case.notified),
        respond_by: text(|case| &case.respond_by),
    }))
}

/// Records what a person makes of a finding, as one commit; returns its number.
pub fn settle_finding(
    store: &Store,
    engine: &Engine,
    number: u64,
    settling: &Settling,
    recording: &Recording,
) -> Result<u64, ResolveError> {
    let mut transaction = store.begin(recording.at)?;
    let before = transaction.view().case(number)?;
    let kept = |said: &Option<String>, pick: fn(&Case) -> &str| match said {
        Some(said) => said.as_str().into(),
        None => before.as_ref().map_or("", pick).into(),
    };
    let case = Case {
        since: transaction.number(),
        at: transaction.at(),
        status: settling.status,
        by: recording.actor.as_str().into(),
        why: settling.why.as_str().into(),
        assignee: kept(&settling.assignee, |case| &case.assignee),
        notified: kept(&settling.notified, |case| &case.notified),
        respond_by: kept(&settling.respond_by, |case| &case.respond_by),
    };
    transaction.put_case(number, &case, before.as_ref())?;
    let act = Act {
        actor: recording.actor.clone(),
        action: "finding",
        detail: serde_json::json!({
            "finding": format!("{number:016x}"),
            "status": settling.status.name(),
            "policy": engine.made.policy_version,
        }),
    };
    Ok(transaction.commit(act, recording.durability)?)
}
