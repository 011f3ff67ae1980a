//! `yiren timeline`: what was known of a person when, and who decided what.

use std::fmt::Write as _;

use clap::Args;
use console::Style;
use serde_json::json;
use yiren::query::{CellChange, Happening, Known, Moved, Timeline, TimelineEvent, Who, timeline};
use yiren::report::words::name_of;
use yiren::store::Moment;
use yiren_matchers::normalise::date::Date;

use super::looking::{Looking, moment_sent, parse_who, print_json};
use super::parse_day;
use super::recording::{day, moment};
use super::show::{amount_and_months, column_name, running_word};
use super::stored::parse_moment;
use crate::Outcome;
use crate::language::Language;
use crate::lines::{cell, clean, padded, room, row};
use crate::pager;

/// Show what was known of a person when, by which model and policy, and who decided what
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren timeline --store DIR dibao:D1
  yiren timeline --store DIR E8DTH1JD5YNCE6G26 --known-at 2026-06-30 --as-of 2026-05-01")]
pub struct TimelineVerb {
    /// An entity (`E…`), or a record as `source:record_id`
    #[arg(value_name = "WHO", value_parser = parse_who)]
    who: Who,
    #[command(flatten)]
    looking: Looking,
    /// Day that enrolments are looked at [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    /// What was known then: a day (its end), or a day and a time [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    known_at: Option<Moment>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &TimelineVerb, language: Language) -> anyhow::Result<Outcome> {
    let as_of = day(verb.as_of)?;
    let asked = json!({
        "who": verb.who.to_string(),
        "as_of": as_of.to_string(),
        "known_at": verb.known_at.map(moment_sent),
    });
    let whom = [&verb.who];
    let look = verb.looking.at("timeline", &whom, language);
    let found: Option<Timeline> = look.find("/v1/timeline", asked, |store| {
        let view = store.view();
        let known = Known::at(&view, verb.known_at)?;
        Ok(match verb.who.entity(&view, &known)? {
            Some(entity) => timeline(&view, entity, as_of, verb.known_at)?,
            None => None,
        })
    })?;
    let Some(found) = found else {
        eprintln!(
            "{}",
            language.pick(
                "没有找到，或当时尚不存在",
                "nothing found, or nothing by then"
            )
        );
        return Ok(Outcome::Nothing);
    };
    match verb.json {
        true => print_json(&found)?,
        false => pager::print(&describe(&found, language))?,
    }
    Ok(Outcome::Done)
}

fn describe(found: &Timeline, language: Language) -> String {
    let mut text = String::new();
    let mut line = |zh: &str, en: &str, value: &str| {
        let _ = writeln!(text, "{}{value}", padded(language.pick(zh, en), 18));
    };
    let led = match &found.entity {
        Some(entity) if *entity == found.asked => entity.clone(),
        Some(entity) => format!("{} → {entity}", found.asked),
        None => found.asked.clone(),
    };
    line("人员", "person", &led);
    line("所知截至", "as known at", &moment(found.known_at));
    line("待遇截至", "enrolments as of", &found.as_of);
    for commit in found.events.chunk_by(|a, b| a.commit == b.commit) {
        let [first, ..] = commit else {
            continue;
        };
        text.push('\n');
        let head = match language {
            Language::Zh => format!(
                "{}  第 {} 次提交  {}  {}",
                moment(first.at),
                first.commit,
                clean(&first.action),
                clean(&first.by)
            ),
            Language::En => format!(
                "{}  commit {}  {} by {}",
                moment(first.at),
                first.commit,
                clean(&first.action),
                clean(&first.by)
            ),
        };
        let _ = writeln!(text, "{}", Style::new().bold().apply_to(head));
        for event in commit {
            happened(&mut text, event, language);
        }
    }
    text
}

fn happened(text: &mut String, event: &TimelineEvent, language: Language) {
    let mut say = |mark: &str, what: &str| {
        row(
            text,
            2,
            &[cell(mark, 1), cell(what, room().saturating_sub(5))],
        );
    };
    match &event.what {
        Happening::InForce => say("#", &in_force(event, language)),
        Happening::Record {
            record,
            change,
            cells,
            running,
        } => {
            let verb = change_word(change, language);
            let running = match (*change, running) {
                ("added" | "changed", Some(_)) => {
                    format!(" ({})", running_word(*running, language))
                }
                _ => String::new(),
            };
            say("*", &format!("{record} {verb}{running}"));
            let cells = match *change {
                "added" => told_of_new(cells),
                _ => cells.iter().collect(),
            };
            for change in cells {
                row(
                    text,
                    8,
                    &[
                        cell(&column_name(&change.column, language), 16),
                        cell(
                            &change_words(change, language),
                            room().saturating_sub(8 + 16 + 2),
                        ),
                    ],
                );
            }
        }
        Happening::Verdict { kind, records, why } => {
            let said = match *kind {
                "must_link" => language.pick("判定为同一人", "are one person"),
                "cannot_link" => language.pick("判定为两人", "are two people"),
                _ => language.pick("撤回判断", "verdict taken back"),
            };
            say("!", &format!("{}: {said} ({why})", records.join(", ")));
        }
        Happening::Entity {
            entity,
            joined,
            left,
            records,
            merged_into,
        } => {
            let what = match (merged_into, records, language) {
                (Some(into), _, Language::Zh) => format!("{entity} 并入 {into}"),
                (Some(into), _, Language::En) => format!("{entity} merged into {into}"),
                (None, 0, Language::Zh) => format!("{entity} 已无记录"),
                (None, 0, Language::En) => format!("{entity} has no records left"),
                (None, records, Language::Zh) => format!("{entity} 现有 {records} 条记录"),
                (None, 1, Language::En) => format!("{entity} now has 1 record"),
                (None, records, Language::En) => format!("{entity} now has {records} records"),
            };
            say("=", &what);
            moved(text, "+", joined, language.pick("原属", "from"));
            moved(text, "-", left, language.pick("归入", "to"));
        }
        Happening::Finding { change, finding } => {
            let kind = name_of(&finding.kind);
            let records = finding.records.iter().filter(|record| !record.is_empty());
            let records: Vec<&str> = records.map(String::as_str).collect();
            let what = format!(
                "{} {}  {}  {}",
                change_word(change, language),
                kind.get(language.words()),
                amount_and_months(finding, language),
                records.join(", ")
            );
            say("?", &what);
        }
    }
}

fn in_force(event: &TimelineEvent, language: Language) -> String {
    match language {
        Language::Zh => format!("启用模型 {}，规则 {}", event.model, event.policy),
        Language::En => format!(
            "model {} and policy {} come into force",
            event.model, event.policy
        ),
    }
}

fn change_word(change: &str, language: Language) -> &'static str {
    match change {
        "added" => language.pick("新增", "added"),
        "changed" => language.pick("变更", "changed"),
        "deleted" => language.pick("删除", "deleted"),
        "erased" => language.pick("抹除个人数据", "erased"),
        "opened" => language.pick("发现", "found"),
        _ => language.pick("撤销", "no longer found"),
    }
}

/// Of a new record, what it says of an enrolment.
fn told_of_new(cells: &[CellChange]) -> Vec<&CellChange> {
    const TOLD: [&str; 4] = ["status", "start_date", "end_date", "monthly_amount"];
    let told = cells
        .iter()
        .filter(|change| TOLD.contains(&change.column.as_str()));
    told.collect()
}

fn change_words(change: &CellChange, language: Language) -> String {
    let empty = language.pick("（空）", "(empty)");
    let text = |value: &str| match value.is_empty() {
        true => empty.to_string(),
        false => clean(value),
    };
    match change.before.is_empty() && !change.after.is_empty() {
        true => text(&change.after),
        false => format!("{} → {}", text(&change.before), text(&change.after)),
    }
}

fn moved(text: &mut String, mark: &str, records: &[Moved], word: &str) {
    for moved in records {
        let other = moved.entity.as_ref();
        let other = other.map_or_else(String::new, |entity| format!("  {word} {entity}"));
        let line = format!("{}{other}", moved.record);
        row(
            text,
            8,
            &[cell(mark, 1), cell(&line, room().saturating_sub(11))],
        );
    }
}
