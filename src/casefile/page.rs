//! A case as its page shows it.

use super::audit::Extracted;
use super::gather::{Gathered, Person};
use super::{tables, written};
use crate::query::{Because, CaseStep, FindingCase, Mark, Role, ShownEntity, ShownVerdict, Why};
use crate::report::Text;
use crate::report::case::{
    CaseCell, CaseEntry, CaseFinding, CaseMonths, CasePage, CasePair, CasePerson, CaseStepRow,
};
use crate::report::summary::{Example, ExampleStep, Model, RecordName, Summary, Verdict};
use crate::report::words::name_of;
use crate::resolve::Engine;
use crate::store::{CaseStatus, Moment};

/// The page.
pub(super) fn page(engine: &Engine, case: &Gathered, extract: &[Extracted]) -> CasePage {
    let (commit, at) = case.commit;
    CasePage {
        summary: Summary {
            yiren_version: env!("CARGO_PKG_VERSION").to_string(),
            as_of: case.as_of.to_string(),
            model: Model::of(engine.scorer.model(), engine.made.records),
            policy_version: engine.made.policy_version.clone(),
            ..Summary::default()
        },
        commit,
        known_at: written(at),
        findings: case.findings.iter().map(finding).collect(),
        persons: case
            .persons
            .iter()
            .filter_map(|person| Some(self::person(person, person.entity()?)))
            .collect(),
        pairs: case.pairs.iter().map(|(_, why)| pair(why)).collect(),
        audit: extract.iter().map(entry).collect(),
        files: files(),
    }
}

/// What the files hold.
fn files() -> Vec<(String, Text)> {
    let all = [
        ("case.html", "本页", "this page"),
        (
            "findings.csv",
            "核查发现及其办理状态",
            "the findings, and how far their cases have come",
        ),
        ("history.csv", "办理经过", "the history of their cases"),
        (
            "records.csv",
            "当事人的全部记录及其各版本，各列与来源所报一致",
            "all records of the persons in all their versions, every column as it came",
        ),
        ("months.csv", "待遇月份", "the months of their enrolments"),
        (
            "reasons.csv",
            "判为同一人或不同的人的逐项证据",
            "why the records are, or are not, taken for one person, step by step",
        ),
        (
            "verdicts.csv",
            "人工判断",
            "what people said of the records",
        ),
        (
            "audit.csv",
            "涉及本案的审计条目",
            "the entries of the audit that touch the case",
        ),
        (
            "audit/",
            "审计条目原文，一条一个文件",
            "these entries byte for byte, a file each",
        ),
        (
            "looks.csv",
            "对本案的查看记录",
            "who looked at any of it, and what for",
        ),
        (
            "SHA256SUMS",
            "以上文件的 SHA-256",
            "the SHA-256 of all of these files",
        ),
    ];
    all.map(|(file, zh, en)| (file.to_string(), Text::new(zh, en)))
        .to_vec()
}

/// How far a case has come.
fn status(status: CaseStatus) -> Text {
    let (zh, en) = match status {
        CaseStatus::Open => ("待查", "open"),
        CaseStatus::UnderReview => ("核查中", "under review"),
        CaseStatus::Confirmed => ("属实", "confirmed"),
        CaseStatus::Dismissed => ("不属实", "dismissed"),
        CaseStatus::Resolved => ("已处理", "resolved"),
    };
    Text::new(zh, en)
}

fn finding(case: &FindingCase) -> CaseFinding {
    let finding = &case.finding;
    let records = [&finding.a, &finding.b].into_iter().zip(&finding.names);
    let records = records.filter(|(record, _)| !record.is_empty());
    CaseFinding {
        id: finding.id.clone(),
        kind: finding.kind.clone(),
        severity: finding.severity.clone(),
        title: Text::new(&*case.title_zh, &*case.title_en),
        basis: Text::new(&*case.basis.zh, &*case.basis.en),
        checked: match case.basis.checked.as_str() {
            "read" => Text::new("原文已核对", "the text was read"),
            "excerpt" => Text::new("见于摘录", "met in an excerpt"),
            _ => Text::new("原文尚未核对", "the text was not read yet"),
        },
        records: records
            .map(|(record, name)| format!("{record} {name}").trim_end().to_string())
            .collect(),
        months: [finding.start.clone(), finding.end.clone()],
        count: finding.months,
        amount: finding.amount,
        probability: finding.probability,
        since: written(Moment(finding.since)),
        closed: case
            .closed
            .map_or_else(String::new, |at| written(Moment(at))),
        status: status(finding.status),
        steps: case.history.iter().map(step).collect(),
    }
}

fn step(step: &CaseStep) -> CaseStepRow {
    CaseStepRow {
        at: written(Moment(step.at)),
        status: status(step.status),
        by: step.by.clone(),
        why: step.why.clone(),
        assignee: step.assignee.clone(),
        notified: step.notified.clone(),
        respond_by: step.respond_by.clone(),
        answered: step.answered.clone(),
        unheard: step.unheard.clone(),
    }
}

fn person(person: &Person, entity: &ShownEntity) -> CasePerson {
    let name = entity.golden.iter().find(|golden| golden.column == "name");
    CasePerson {
        entity: entity.id.clone(),
        name: name.map_or_else(|| person.shown.asked.clone(), |golden| golden.value.clone()),
        records: entity
            .records
            .iter()
            .map(|record| format!("{}:{}", record.source, record.record_id))
            .collect(),
        columns: columns(entity),
        months: months(entity),
        verdicts: entity.verdicts.iter().map(verdict).collect(),
    }
}

/// The columns that some record fills: those with a meaning in their usual order, then the others.
fn columns(entity: &ShownEntity) -> Vec<(String, Vec<CaseCell>)> {
    let cells = entity.records.iter().flat_map(|record| &record.cells);
    let columns = tables::columns(cells.map(|(column, _)| column.as_str()));
    let columns = columns.into_iter().map(|column| {
        let cells = entity.records.iter().map(|record| {
            let mut cells = record.cells.iter();
            let text = cells.find(|(known, _)| known == column);
            let mut marks = record.marks.iter();
            let mark = marks.find(|(known, _)| known == column);
            CaseCell {
                text: text.map_or_else(String::new, |(_, text)| text.clone()),
                mark: match mark.map(|(_, mark)| mark) {
                    Some(Mark::Differs) => "≠",
                    Some(Mark::Written) => "~",
                    None => "",
                },
            }
        });
        (column.to_string(), cells.collect())
    });
    columns.collect()
}

/// The months of the records, and below them those that findings are about.
fn months(entity: &ShownEntity) -> Vec<CaseMonths> {
    let records = entity.months.iter().map(|months| CaseMonths {
        label: Text::same(months.record.clone()),
        role: match months.role {
            Role::Enrolment => "enrolment",
            _ => "",
        },
        months: months.months.clone(),
        open: months.open,
        amount: months.amount,
    });
    let findings = entity.findings.iter();
    let findings = findings.filter(|finding| !finding.months[0].is_empty());
    let findings = findings.map(|finding| CaseMonths {
        label: name_of(&finding.kind),
        role: "finding",
        months: finding.months.clone(),
        ..CaseMonths::default()
    });
    records.chain(findings).collect()
}

fn verdict(verdict: &ShownVerdict) -> [Text; 5] {
    let kind = match verdict.kind {
        "must_link" => Text::new("同一人", "one person"),
        "cannot_link" => Text::new("不是同一人", "two people"),
        _ => Text::new("撤回判断", "taken back"),
    };
    [
        Text::same(written(verdict.at)),
        kind,
        Text::same(verdict.records.join(", ")),
        Text::same(verdict.by.clone()),
        Text::same(verdict.why.clone()),
    ]
}

fn pair(why: &Why) -> CasePair {
    let explained = &why.explained;
    let name = |record: &str| {
        let (source, record_id) = record.split_once(':').unwrap_or((record, ""));
        RecordName {
            source: source.to_string(),
            record_id: record_id.to_string(),
        }
    };
    let mut steps: Vec<ExampleStep> = explained
        .steps
        .iter()
        .map(|step| ExampleStep {
            comparison: step.comparison.clone(),
            level: Text::new(&*step.label_zh, &*step.label),
            left: step.left.clone(),
            right: step.right.clone(),
            weight: step.weight,
        })
        .collect();
    if explained.other_rivals < -0.005 {
        steps.push(ExampleStep {
            comparison: "other_rivals".to_string(),
            level: Text::new("其他可能", "the other possibilities"),
            weight: explained.other_rivals,
            ..ExampleStep::default()
        });
    }
    CasePair {
        example: Example {
            left: name(&why.records[0]),
            right: name(&why.records[1]),
            verdict: match explained.verdict {
                "link" => Verdict::Link,
                "review" => Verdict::Review,
                _ => Verdict::NonLink,
            },
            against: explained.against.clone(),
            prior_weight: explained.prior,
            steps,
            weight: explained.weight,
            probability: explained.probability,
            ..Example::default()
        },
        because: because(why.because),
        chain: why
            .chain
            .iter()
            .map(|bond| (bond.records.clone(), bond.weight))
            .collect(),
    }
}

/// What it comes from that two records are, or are not, one person.
fn because(because: Because) -> Text {
    let (zh, en) = match because {
        Because::SaidSame => (
            "归为一人：有人判定是同一人。",
            "One person: a person said so.",
        ),
        Because::SaidDifferent => (
            "归为两人：有人判定是两人。",
            "Two persons: a person said so.",
        ),
        Because::Linked => (
            "归为一人：两条记录自身的证据足以认定。",
            "One person: their own evidence is enough.",
        ),
        Because::Chained => (
            "归为一人：经由其他记录归到一起。",
            "One person: other records lead from the one to the other.",
        ),
        Because::NotCompared | Because::TooLow => (
            "归为两人：证据不足以认定。",
            "Two persons: their evidence is not enough.",
        ),
        Because::Missed => (
            "归为两人：没有一条分块规则把两者放到一起比较，尽管其证据足以认定。",
            "Two persons: no blocking rule brings them together, though their evidence would link them.",
        ),
        Because::ForReview => (
            "归为两人：证据不足以认定，但值得人工判断。",
            "Two persons: their evidence is not enough to link them, but enough for a person to look at.",
        ),
        Because::HeldApart => (
            "归为两人：自身的证据足够，但双方的其他记录或人工判断不支持合并。",
            "Two persons: their own evidence is enough, but the other records of the two, or what people said, speak against it.",
        ),
        Because::OneSource => (
            "归为两人：两者属于同一来源，而模型规定每个来源每人只有一条记录。",
            "Two persons: both are of one source, and the model says that each source holds a person once.",
        ),
    };
    Text::new(zh, en)
}

fn entry(entry: &Extracted) -> CaseEntry {
    CaseEntry {
        commit: entry.commit,
        at: written(entry.at),
        actor: entry.actor.clone(),
        action: entry.action.clone(),
        hash: entry.hash.clone(),
        file: entry.file(),
    }
}
