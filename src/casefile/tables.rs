//! The tables of a case, as CSV.

use std::collections::BTreeSet;
use std::io::Write;

use super::gather::Gathered;
use super::{CaseError, CaseFile, written};
use crate::query::{FindingCase, Listed, ShownMonths, ShownVerdict};
use crate::store::{Cells, RecordState};

/// Writes findings with the columns of `findings.csv`, and after them the names and offices of the
/// records and what people make of each.
///
/// # Errors
/// What `out` returns.
pub fn write_listed<W: Write>(out: W, findings: &[Listed]) -> csv::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "finding_id",
        "kind",
        "severity",
        "entity_id",
        "source_a",
        "record_a",
        "source_b",
        "record_b",
        "start",
        "end",
        "months",
        "amount",
        "rule",
        "probability",
        "name_a",
        "name_b",
        "office_a",
        "office_b",
        "status",
        "assignee",
        "notified",
        "respond_by",
        "answered",
        "unheard",
        "by",
        "why",
    ])?;
    for finding in findings {
        let (a, b) = (named(&finding.a), named(&finding.b));
        let [name_a, name_b] = &finding.names;
        let [office_a, office_b] = &finding.offices;
        csv.write_record([
            finding.id.as_str(),
            &finding.kind,
            &finding.severity,
            &finding.entity,
            a.0,
            a.1,
            b.0,
            b.1,
            &finding.start,
            &finding.end,
            &finding.months.to_string(),
            &yuan(finding.amount),
            &finding.rule,
            &format!("{:.6}", finding.probability),
            name_a,
            name_b,
            office_a,
            office_b,
            finding.status.name(),
            &finding.assignee,
            &finding.notified,
            &finding.respond_by,
            &finding.answered,
            &finding.unheard,
            &finding.by,
            &finding.why,
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// Source and id of a record; of one that may not be seen its source alone.
fn named(record: &str) -> (&str, &str) {
    record.split_once(':').unwrap_or((record, ""))
}

/// Hundredths of a yuan as yuan with two decimals.
fn yuan(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let whole = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}", whole / 100, whole % 100)
}

/// The tables, but for those of the audit.
pub(super) fn files(case: &Gathered) -> Result<Vec<CaseFile>, CaseError> {
    let mut findings = Vec::new();
    let listed: Vec<Listed> = case
        .findings
        .iter()
        .map(|case| case.finding.clone())
        .collect();
    write_listed(&mut findings, &listed)?;
    Ok(vec![
        CaseFile {
            name: "findings.csv".to_string(),
            bytes: findings,
        },
        table("history.csv", &HISTORY, history(&case.findings))?,
        records(case)?,
        table("months.csv", &MONTHS, months(case))?,
        table("reasons.csv", &REASONS, reasons(case))?,
        table("verdicts.csv", &VERDICTS, verdicts(case))?,
    ])
}

const HISTORY: [&str; 11] = [
    "finding_id",
    "commit",
    "at",
    "status",
    "by",
    "why",
    "assignee",
    "notified",
    "respond_by",
    "answered",
    "unheard",
];

const MONTHS: [&str; 9] = [
    "entity_id",
    "record",
    "programme",
    "role",
    "start",
    "end",
    "months",
    "open",
    "monthly_amount",
];

const REASONS: [&str; 10] = [
    "finding_id",
    "record_a",
    "record_b",
    "step",
    "comparison",
    "level",
    "value_a",
    "value_b",
    "weight",
    "sum",
];

const VERDICTS: [&str; 7] = [
    "entity_id",
    "at",
    "kind",
    "record_a",
    "record_b",
    "by",
    "why",
];

/// A table of rows.
pub(super) fn table(
    name: &str,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<CaseFile, CaseError> {
    let mut bytes = Vec::new();
    let mut csv = csv::Writer::from_writer(&mut bytes);
    csv.write_record(header)?;
    for row in rows {
        csv.write_record(&row)?;
    }
    csv.flush().map_err(csv::Error::from)?;
    drop(csv);
    Ok(CaseFile {
        name: name.to_string(),
        bytes,
    })
}

fn history(findings: &[FindingCase]) -> Vec<Vec<String>> {
    let steps = findings.iter().flat_map(|case| {
        let id = &case.finding.id;
        case.history.iter().map(move |step| {
            vec![
                id.clone(),
                step.commit.to_string(),
                written(crate::store::Moment(step.at)),
                step.status.name().to_string(),
                step.by.clone(),
                step.why.clone(),
                step.assignee.clone(),
                step.notified.clone(),
                step.respond_by.clone(),
                step.answered.clone(),
                step.unheard.clone(),
            ]
        })
    });
    steps.collect()
}

/// Every version of every record, each column as it came: those with a meaning in their usual order,
/// then the others by name; only those that some version fills.
fn records(case: &Gathered) -> Result<CaseFile, CaseError> {
    let versions = || {
        case.persons
            .iter()
            .flat_map(|person| person.versions.iter().map(move |version| (person, version)))
    };
    let cells = versions().flat_map(|(_, (_, _, record))| record.cells.iter());
    let columns = columns(cells.map(|(column, _)| column));
    let about = [
        "entity_id",
        "state",
        "since_commit",
        "since",
        "until_commit",
        "source",
        "record_id",
    ];
    let header: Vec<&str> = about.iter().chain(&columns).copied().collect();
    let rows = versions().map(|(person, (_, until, record))| {
        let state = match record.state {
            RecordState::Current => "current",
            RecordState::Deleted => "deleted",
            RecordState::Erased(_) => "erased",
        };
        let entity = person
            .entity()
            .map_or(&person.shown.asked, |entity| &entity.id);
        let mut row = vec![
            entity.clone(),
            state.to_string(),
            record.since.to_string(),
            written(record.at),
            until.map_or_else(String::new, |until| until.to_string()),
            record.source.to_string(),
            record.record_id.to_string(),
        ];
        row.extend(
            columns
                .iter()
                .map(|column| record.cells.get(column).to_string()),
        );
        row
    });
    table("records.csv", &header, rows)
}

/// The columns that cells are of, each once: those with a meaning in their usual order, then the others
/// by name.
pub(super) fn columns<'a>(of: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let filled: BTreeSet<&str> = of.collect();
    let canonical = Cells::canonical_columns();
    let known = canonical.iter().copied();
    let known = known.filter(|column| filled.contains(column));
    let others = filled.iter().copied();
    let others = others.filter(|column| !canonical.contains(column));
    known.chain(others).collect()
}

fn months(case: &Gathered) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for entity in case.persons.iter().filter_map(|person| person.entity()) {
        rows.extend(entity.months.iter().map(|months| {
            let ShownMonths {
                record,
                programme,
                role,
                months: [start, end],
                count,
                open,
                ..
            } = months;
            let role = serde_json::to_value(role).ok();
            let role = role.as_ref().and_then(|role| role.as_str());
            vec![
                entity.id.clone(),
                record.clone(),
                programme.clone(),
                role.unwrap_or_default().to_string(),
                start.clone(),
                end.clone(),
                count.to_string(),
                open.to_string(),
                yuan(months.amount),
            ]
        }));
    }
    rows
}

/// The waterfalls: a row a step, from the prior to the sum.
fn reasons(case: &Gathered) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (place, why) in &case.pairs {
        let Some(finding) = case.findings.get(*place) else {
            continue;
        };
        let (explained, mut sum) = (&why.explained, why.explained.prior);
        let mut row = |names: [&str; 3], values: [&str; 2], weight: f64, sum: f64| {
            let [step, comparison, level] = names;
            let [a, b] = values;
            rows.push(vec![
                finding.finding.id.clone(),
                why.records[0].clone(),
                why.records[1].clone(),
                step.to_string(),
                comparison.to_string(),
                level.to_string(),
                a.to_string(),
                b.to_string(),
                format!("{weight:.4}"),
                format!("{sum:.4}"),
            ]);
        };
        row(
            ["prior", &explained.against, ""],
            ["", ""],
            explained.prior,
            sum,
        );
        for step in &explained.steps {
            sum += step.weight;
            let values = [step.left.as_str(), &step.right];
            row(
                ["comparison", &step.comparison, &step.level],
                values,
                step.weight,
                sum,
            );
        }
        if explained.other_rivals != 0.0 {
            sum += explained.other_rivals;
            row(
                ["other_rivals", "", ""],
                ["", ""],
                explained.other_rivals,
                sum,
            );
        }
        row(
            ["total", "", explained.verdict],
            ["", ""],
            explained.weight,
            explained.weight,
        );
    }
    rows
}

fn verdicts(case: &Gathered) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for entity in case.persons.iter().filter_map(|person| person.entity()) {
        rows.extend(entity.verdicts.iter().map(|verdict| {
            let ShownVerdict {
                kind,
                records: [a, b],
                by,
                why,
                at,
            } = verdict;
            vec![
                entity.id.clone(),
                written(*at),
                (*kind).to_string(),
                a.clone(),
                b.clone(),
                by.clone(),
                why.clone(),
            ]
        }));
    }
    rows
}
