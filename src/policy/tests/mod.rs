//! Cases, an oracle, and broken files.

mod cases;
mod files;
mod incremental;
mod oracle;

use yiren_matchers::normalise::date::Date;

use super::*;
use crate::record::{Enrolment, Status};

/// Sources that the cases know by their position here; the last is in no policy.
const SOURCES: &[&str] = &[
    "dibao",
    "dibao_310000",
    "education",
    "tekun",
    "housing",
    "deaths",
    "payroll",
    "tax",
    "elsewhere",
];

fn date(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).expect("a date")
}

/// `2020-05-17`, `2020-05` or `2020`; `-` is none.
fn read_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    Date::new(next(), next() as u8, next() as u8)
}

/// The entity and the enrolment of `source entity start end yuan`, then any of `status=`,
/// `household=`, `account=`, `id=`, `division=`.
fn record(line: &str) -> (u32, Enrolment) {
    let mut words = line.split_whitespace();
    let mut next = || words.next().expect("five words");
    let source = next();
    let source = SOURCES.iter().position(|known| *known == source);
    let entity = next().parse().expect("an entity");
    let mut enrolment = Enrolment {
        source: source.expect("a source") as u16,
        start: read_date(next()),
        end: read_date(next()),
        monthly_amount: next().parse::<i64>().expect("yuan") * 100,
        status: Status::Active,
        ..Enrolment::default()
    };
    for word in words {
        let (key, value) = word.split_once('=').expect("key=value");
        let number = || value.parse::<u64>().expect("a number");
        match key {
            "household" => enrolment.household = number(),
            "account" => enrolment.account = number(),
            "id" => enrolment.national_id = number(),
            "division" => enrolment.division = number() as u32,
            "status" => {
                enrolment.status = match value {
                    "applied" => Status::Applied,
                    "exited" => Status::Exited,
                    "suspended" => Status::Suspended,
                    other => panic!("no status {other}"),
                }
            }
            other => panic!("no key {other}"),
        }
    }
    (entity, enrolment)
}

fn judge(policy: &Policy, lines: &[&str]) -> Findings {
    let (entity_of, enrolments): (Vec<_>, Vec<_>) = lines.iter().map(|line| record(line)).unzip();
    run(policy, &enrolments, &entity_of, date(2026, 6, 30))
}

fn run(policy: &Policy, enrolments: &[Enrolment], entity_of: &[u32], as_of: Date) -> Findings {
    let sources: Vec<String> = SOURCES.iter().map(|source| source.to_string()).collect();
    evaluate(policy, &sources, enrolments, entity_of, as_of, &|a, b| {
        f64::from(a) + f64::from(b) / 1e6
    })
}

/// `rule a b period months amount` of each finding.
fn lines(policy: &Policy, findings: &Findings) -> Vec<String> {
    let line = |finding: &Finding| {
        let rule = &policy.rules()[usize::from(finding.rule)];
        let period = finding.period.map_or("-".to_string(), |period| {
            format!("{}..{}", period.start(), period.end())
        });
        format!(
            "{} {} {} {period} {} {}",
            rule.id,
            finding.record_a,
            finding.record_b,
            finding.months,
            finding.amount as f64 / 100.0
        )
    };
    findings.rows.iter().map(line).collect()
}
