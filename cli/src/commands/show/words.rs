//! A person in words.

use std::fmt::Write as _;

use yiren::query::{
    Event, Golden, Household, Shown, ShownEntity, ShownFinding, ShownRecord, ShownVerdict,
};
use yiren::report::words::name_of;

use super::months;
use super::records;
use crate::commands::recording::moment;
use crate::language::Language;
use crate::lines::{cell, clean, padded, room, row, width, yuan};

/// A person in words.
pub fn describe(shown: &Shown, language: Language) -> String {
    let mut text = String::new();
    head(&mut text, shown, language);
    if let Some(entity) = &shown.entity {
        golden(&mut text, &entity.golden, language);
        records::side_by_side(&mut text, entity, language);
        months::timeline(&mut text, entity, language);
        findings(&mut text, entity, language);
        households(&mut text, entity, language);
        verdict_rows(&mut text, &entity.verdicts, language);
    }
    story(&mut text, &shown.story, language);
    text
}

/// Writes a heading after an empty line.
pub fn section(text: &mut String, zh: &str, en: &str, language: Language) {
    let _ = writeln!(text, "\n{}", language.pick(zh, en));
}

fn head(text: &mut String, shown: &Shown, language: Language) {
    let mut line = |zh: &str, en: &str, value: &str| {
        let name = padded(language.pick(zh, en), 18);
        let _ = writeln!(text, "{name}{}", clean(value));
    };
    let name = |entity: &ShownEntity| {
        let golden = entity.golden.iter().find(|golden| golden.column == "name");
        golden.map_or_else(String::new, |golden| format!("  {}", golden.value))
    };
    match &shown.entity {
        Some(entity) if entity.id == shown.asked => {
            line("人员", "person", &format!("{}{}", entity.id, name(entity)));
        }
        Some(entity) => {
            let led = format!("{} → {}{}", shown.asked, entity.id, name(entity));
            line("人员", "person", &led);
        }
        None => {
            let gone = language.pick("已无记录", "no records left");
            line("人员", "person", &format!("{} ({gone})", shown.asked));
        }
    }
    line("所知截至", "as known at", &moment(shown.known_at));
    line("待遇截至", "enrolments as of", &shown.as_of);
    line("模型", "model", &shown.model);
    line("规则", "policy", &shown.policy);
}

/// What a column is called.
pub fn column_name(column: &str, language: Language) -> String {
    language.pick(&name_of(column).zh, column).to_string()
}

/// The width of the column of names.
pub fn names_width<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(width).max().unwrap_or(0).clamp(4, 24)
}

fn golden(text: &mut String, golden: &[Golden], language: Language) {
    if golden.is_empty() {
        return;
    }
    section(
        text,
        "综合信息（取最多记录一致的值；相同时取最近更新的，再取来源、编号在前的）",
        "golden record (the value that most records agree on; of several the one updated latest, then the first by source and id)",
        language,
    );
    let names: Vec<String> = golden
        .iter()
        .map(|golden| column_name(&golden.column, language))
        .collect();
    let first = names_width(names.iter().map(String::as_str));
    let rest = room().saturating_sub(first + 2 + 2 + 9 + 2);
    for (golden, name) in golden.iter().zip(&names) {
        let agree = format!("{}/{}", golden.agree, golden.of);
        let source = match golden.of {
            1 => golden.record.clone(),
            _ => format!("{} ({agree})", golden.record),
        };
        let value = rest * 6 / 10;
        row(
            text,
            2,
            &[
                cell(name, first),
                cell(&golden.value, value),
                cell(&source, rest - value + 7),
            ],
        );
        for other in &golden.others {
            let value_text = format!("≠ {}", other.value);
            let source = match other.agree {
                1 => other.record.clone(),
                agree => format!("{} ({agree}/{})", other.record, golden.of),
            };
            row(
                text,
                2,
                &[
                    cell("", first),
                    cell(&value_text, value),
                    cell(&source, rest - value + 7),
                ],
            );
        }
    }
}

/// Whether a record runs, in a word.
pub fn running_word(running: Option<bool>, language: Language) -> &'static str {
    match (running, language) {
        (Some(true), Language::Zh) => "在享",
        (Some(false), Language::Zh) => "不在享",
        (None, Language::Zh) => "时间不详",
        (Some(true), Language::En) => "running",
        (Some(false), Language::En) => "not running",
        (None, Language::En) => "dates unknown",
    }
}

/// What a record is called.
pub fn record_name(record: &ShownRecord) -> String {
    match record.outside_scope {
        true => record.source.clone(),
        false => format!("{}:{}", record.source, record.record_id),
    }
}

fn findings(text: &mut String, entity: &ShownEntity, language: Language) {
    let shared = entity.shared_findings.iter().flatten();
    let findings: Vec<&ShownFinding> = entity.findings.iter().chain(shared).collect();
    if findings.is_empty() {
        return;
    }
    section(text, "核查发现", "findings", language);
    let words = language.words();
    for finding in findings {
        let kind = name_of(&finding.kind);
        let severity = name_of(&finding.severity);
        let _ = writeln!(
            text,
            "  {} [{}] {}",
            kind.get(words),
            severity.get(words),
            amount_and_months(finding, language)
        );
        let records = finding.records.iter().filter(|record| !record.is_empty());
        let records: Vec<&str> = records.map(String::as_str).collect();
        let title = finding.title.get(words);
        row(
            text,
            6,
            &[cell(
                &format!("{}  {title}", records.join(", ")),
                room() - 6,
            )],
        );
    }
}

/// The months and the amount of a finding.
pub fn amount_and_months(finding: &ShownFinding, language: Language) -> String {
    let mut parts = Vec::new();
    let [start, end] = &finding.months;
    if !start.is_empty() {
        let count = match language {
            Language::Zh => format!("{} 个月", finding.count),
            Language::En if finding.count == 1 => "1 month".to_string(),
            Language::En => format!("{} months", finding.count),
        };
        parts.push(format!("{start} – {end} ({count})"));
    }
    if finding.amount != 0 {
        let amount = yuan(finding.amount);
        parts.push(match language {
            Language::Zh => format!("{amount} 元"),
            Language::En => format!("{amount} yuan"),
        });
    }
    parts.join("  ")
}

fn households(text: &mut String, entity: &ShownEntity, language: Language) {
    let Some(households) = entity.households.as_ref().filter(|all| !all.is_empty()) else {
        return;
    };
    section(text, "同户人员", "household members", language);
    for household in households {
        if household.members.is_empty() {
            let _ = writeln!(text, "  {}", crowd(household, language));
            continue;
        }
        let number = padded(language.pick("户号", "household"), 10);
        let _ = writeln!(text, "  {number}{}", clean(&household.number));
        for mate in &household.members {
            let relations = mate.relations.join("/");
            row(
                text,
                4,
                &[
                    cell(&mate.entity, 17),
                    cell(&mate.name, 16),
                    cell(&relations, 12),
                    cell(
                        &mate.records.join(" "),
                        room().saturating_sub(4 + 17 + 16 + 12 + 6),
                    ),
                ],
            );
        }
    }
}

fn crowd(household: &Household, language: Language) -> String {
    let (number, records) = (clean(&household.number), household.records);
    match language {
        Language::Zh => format!("户号 {number} 另有 {records} 条记录使用，不像一户，未列出"),
        Language::En => format!(
            "household {number} is on {records} other records: too many for a family, not listed"
        ),
    }
}

/// Writes what people said.
pub fn verdict_rows(text: &mut String, verdicts: &[ShownVerdict], language: Language) {
    if verdicts.is_empty() {
        return;
    }
    section(text, "人工判断", "verdicts", language);
    for verdict in verdicts {
        let kind = match verdict.kind {
            "must_link" => language.pick("同一人", "one person"),
            "cannot_link" => language.pick("不是同一人", "two people"),
            _ => language.pick("撤回判断", "taken back"),
        };
        row(
            text,
            2,
            &[
                cell(&moment(verdict.at), 19),
                cell(kind, 10),
                cell(&verdict.records.join(", "), 28),
                cell(&verdict.by, 10),
                cell(
                    &verdict.why,
                    room().saturating_sub(2 + 19 + 10 + 28 + 10 + 8),
                ),
            ],
        );
    }
}

/// Records one after the other, the first ones if they are many.
pub fn record_list(records: &[String], language: Language) -> String {
    const TOLD: usize = 8;
    let told = records.iter().take(TOLD).map(String::as_str);
    let text = told.collect::<Vec<_>>().join(", ");
    match (records.len().saturating_sub(TOLD), language) {
        (0, _) => text,
        (more, Language::Zh) => format!("{text} 等共 {} 条", more + TOLD),
        (more, Language::En) => format!("{text} and {more} more"),
    }
}

fn story(text: &mut String, story: &[Event], language: Language) {
    section(text, "经过", "what happened", language);
    for event in story {
        let what = match (&event.merged_into, event.records.is_empty()) {
            (Some(into), _) => format!("→ {into}"),
            (None, true) => language.pick("已无记录", "no records left").to_string(),
            (None, false) => record_list(&event.records, language),
        };
        row(
            text,
            2,
            &[
                cell(&moment(event.at), 19),
                cell(&event.action, 8),
                cell(&event.by, 10),
                cell(&what, room().saturating_sub(2 + 19 + 8 + 10 + 6)),
            ],
        );
    }
}
