//! What the rules find of a person.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use yiren_matchers::normalise::date::Date;

use super::Seen;
use crate::policy::{self, Policy};
use crate::query::reading::{name, name_of};
use crate::record::Enrolment;
use crate::report::Text;
use crate::resolve::{enrolment_of, facts_of};
use crate::store::{Generation, Group, Record, RecordKey, StoreError, StoredFinding, View};

/// A finding about a person.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct ShownFinding {
    /// Code of the kind.
    pub kind: String,
    /// Code of the severity.
    pub severity: String,
    /// Id of the rule.
    pub rule: String,
    /// What the rule is called.
    pub title: Text,
    /// The records, as `source:record_id`; the second is empty where there is only one.
    pub records: [String; 2],
    /// First month, and first month no longer covered; empty if it has none.
    pub months: [String; 2],
    /// How many months.
    pub count: u32,
    /// Hundredths of a yuan.
    pub amount: i64,
}

/// What the rules find between the records of one person, on a day: what one that may be seen is
/// part of. Of another's name only the source is told.
pub(super) fn of_person(
    policy: &Policy,
    records: &[(RecordKey, Record)],
    as_of: Date,
    seen: Seen<'_>,
) -> Vec<ShownFinding> {
    let mut sources: Vec<String> = records.iter().map(|(_, r)| r.source.to_string()).collect();
    sources.sort_unstable();
    sources.dedup();
    let enrolments: Vec<Enrolment> = records
        .iter()
        .map(|(_, record)| {
            let place = sources.iter().position(|source| **source == *record.source);
            Enrolment {
                source: place.unwrap_or(0) as u16,
                ..enrolment_of(record)
            }
        })
        .collect();
    let of = vec![0; enrolments.len()];
    let found = policy::evaluate(policy, &sources, &enrolments, &of, as_of, &|_, _| 1.0);
    let name = |record: u32| {
        let record = records.get(record as usize);
        record.map_or_else(String::new, |(_, record)| match seen(record) {
            true => name_of(record),
            false => record.source.to_string(),
        })
    };
    let is_seen = |record: u32| {
        let record = records.get(record as usize);
        record.is_some_and(|(_, record)| seen(record))
    };
    let rows = found
        .rows
        .iter()
        .filter(|finding| is_seen(finding.record_a) || finding.other().is_some_and(is_seen));
    let shown = rows.map(|finding| {
        let rule = policy.rules().get(usize::from(finding.rule));
        ShownFinding {
            kind: finding.kind.name().to_string(),
            severity: finding.severity.name().to_string(),
            rule: rule.map_or_else(String::new, |rule| rule.id.clone()),
            title: rule.map_or_else(Text::default, |rule| {
                Text::new(rule.title.zh.clone(), rule.title.en.clone())
            }),
            records: [
                name(finding.record_a),
                finding.other().map_or_else(String::new, name),
            ],
            months: finding.period.map_or_else(Default::default, |period| {
                [period.start().to_string(), period.end().to_string()]
            }),
            count: finding.months,
            amount: finding.amount,
        }
    });
    shown.collect()
}

/// What the store keeps as found between a person's records and those of others: under a number,
/// an account or a household.
pub(super) fn with_others(
    view: &View<'_>,
    generation: Generation,
    policy: &Policy,
    records: &[(RecordKey, Record)],
) -> Result<Vec<ShownFinding>, StoreError> {
    let mut groups = BTreeSet::new();
    for (_, record) in records {
        groups.extend(facts_of(&enrolment_of(record)));
    }
    let is_own = |key: u64| records.iter().any(|(own, _)| own.0 == key);
    let mut found = Vec::new();
    for (fact, value) in groups {
        for (_, finding) in view.findings(generation, Group::Fact(fact, value))? {
            if is_own(finding.a) || finding.b.is_some_and(is_own) {
                found.push(stored(view, policy, &finding)?);
            }
        }
    }
    Ok(found)
}

/// A finding of the store as it is shown.
pub(in crate::query) fn stored(
    view: &View<'_>,
    policy: &Policy,
    finding: &StoredFinding,
) -> Result<ShownFinding, StoreError> {
    let rule = policy.rules().iter().find(|rule| *rule.id == *finding.rule);
    Ok(ShownFinding {
        kind: finding.kind.to_string(),
        severity: finding.severity.to_string(),
        rule: finding.rule.to_string(),
        title: rule.map_or_else(Text::default, |rule| {
            Text::new(rule.title.zh.clone(), rule.title.en.clone())
        }),
        records: [
            name(view, RecordKey(finding.a))?,
            match finding.b {
                Some(b) => name(view, RecordKey(b))?,
                None => String::new(),
            },
        ],
        months: [finding.period.0.to_string(), finding.period.1.to_string()],
        count: finding.months,
        amount: finding.amount,
    })
}
