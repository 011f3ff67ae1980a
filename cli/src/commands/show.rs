//! `yiren show`: one person, now or as it was known.

use std::fmt::Write as _;

use clap::Args;
use yiren::id::EntityId;
use yiren::query::{Known, Shown, show};
use yiren::report::words::{self, name_of};
use yiren::store::{Act, Durability, Moment, OpenOptions, RecordKey, Store, StoreError};
use yiren_matchers::normalise::date::Date;

use super::recording::{By, Place, day, moment, now};
use super::stored::{parse_moment, parse_record};
use super::{parse_day, plain_table, print_table};
use crate::Outcome;
use crate::language::Language;

/// Show a person: records, findings, verdicts, and what happened to it, now or as it was known
#[derive(Debug, Args)]
pub struct Show {
    /// An entity (`E…`), or a record as `source:record_id`
    #[arg(value_name = "WHO")]
    who: String,
    #[command(flatten)]
    place: Place,
    /// Day that enrolments are looked at [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    /// What was known then: a day (its end), or a day and a time [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    known_at: Option<Moment>,
    #[command(flatten)]
    actor: By,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Show, language: Language) -> anyhow::Result<Outcome> {
    let store = look(verb, language)?;
    let view = store.view();
    let known = Known::at(&view, verb.known_at)?;
    let entity = match EntityId::parse(&verb.who) {
        Some(entity) => Some(entity),
        None => {
            let (source, record_id) = parse_record(&verb.who).map_err(anyhow::Error::msg)?;
            let found = view.find(&source, &record_id)?;
            match found.record {
                Some(_) => known.member(found.key)?,
                None => None,
            }
        }
    };
    let shown = match entity {
        Some(entity) => show(&view, entity, day(verb.as_of)?, verb.known_at)?,
        None => None,
    };
    let Some(shown) = shown else {
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
        true => println!("{}", serde_json::to_string_pretty(&shown)?),
        false => print!("{}", describe(&shown, language)),
    }
    Ok(Outcome::Done)
}

/// Opens the store and notes the look in its audit; where another process writes to it, or it is
/// not ours to write, the store is only read, and that is said.
fn look(verb: &Show, language: Language) -> anyhow::Result<Store> {
    let options = OpenOptions::default();
    match Store::open(&verb.place.store, &options) {
        Ok(store) => {
            let transaction = store.begin(now())?;
            let found = match parse_record(&verb.who) {
                Ok((source, id)) => RecordKey::first(&source, &id).0.to_string(),
                Err(_) => verb.who.clone(),
            };
            let act = Act {
                actor: verb.actor.name(),
                action: "look",
                detail: serde_json::json!({ "at": found }),
            };
            transaction.commit(act, Durability::Synced)?;
            Ok(store)
        }
        Err(StoreError::Busy(_) | StoreError::Disk { .. }) => {
            eprintln!(
                "{}",
                language.pick(
                    "提示：此库正由另一进程写入或不可写，本次查看未记入审计",
                    "note: another process is writing to this store, or it cannot be written: this look is not in its audit"
                )
            );
            Ok(Store::open_read_only(&verb.place.store, &options)?)
        }
        Err(error) => Err(error.into()),
    }
}

fn describe(shown: &Shown, language: Language) -> String {
    let words = match language {
        Language::Zh => words::Language::Zh,
        Language::En => words::Language::En,
    };
    let mut text = String::new();
    let mut line = |zh: &str, en: &str, value: &str| {
        let _ = writeln!(text, "{}  {value}", language.pick(zh, en));
    };
    match &shown.entity {
        Some(entity) if entity.id == shown.asked => line("人员", "person", &entity.id),
        Some(entity) => {
            let led = format!("{} → {}", shown.asked, entity.id);
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
    for record in shown.entity.iter().flat_map(|entity| &entity.records) {
        let running = match record.running {
            Some(true) => language.pick("在享", "running"),
            Some(false) => language.pick("不在享", "not running"),
            None => language.pick("时间不详", "dates unknown"),
        };
        let _ = writeln!(text, "\n{}:{}  {running}", record.source, record.record_id);
        let mut table = plain_table();
        for (column, value) in &record.cells {
            table.add_row(vec![format!("  {column}"), value.clone()]);
        }
        text.push_str(&print_table(table));
    }
    if let Some(entity) = &shown.entity {
        if !entity.findings.is_empty() {
            let _ = writeln!(text, "\n{}", language.pick("核查发现", "findings"));
            let mut table = plain_table();
            for finding in &entity.findings {
                table.add_row(vec![
                    format!("  {}", name_of(&finding.kind).get(words)),
                    finding.records[0].clone(),
                    finding.records[1].clone(),
                    finding.months.join(" – "),
                ]);
            }
            text.push_str(&print_table(table));
        }
        if !entity.verdicts.is_empty() {
            let _ = writeln!(text, "\n{}", language.pick("人工判断", "verdicts"));
            let mut table = plain_table();
            for verdict in &entity.verdicts {
                let kind = match verdict.kind {
                    "must_link" => language.pick("同一人", "one person"),
                    _ => language.pick("不是同一人", "two people"),
                };
                table.add_row(vec![
                    format!("  {}", moment(verdict.at)),
                    kind.to_string(),
                    verdict.records.join(", "),
                    verdict.by.clone(),
                    verdict.why.clone(),
                ]);
            }
            text.push_str(&print_table(table));
        }
    }
    let _ = writeln!(text, "\n{}", language.pick("经过", "what happened"));
    let mut table = plain_table();
    for event in &shown.story {
        let what = match (&event.merged_into, event.records.is_empty()) {
            (Some(into), _) => format!("→ {into}"),
            (None, true) => language.pick("已无记录", "no records left").to_string(),
            (None, false) => event.records.join(", "),
        };
        table.add_row(vec![
            format!("  {}", moment(event.at)),
            event.action.clone(),
            event.by.clone(),
            what,
        ]);
    }
    text.push_str(&print_table(table));
    text
}
