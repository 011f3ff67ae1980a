//! `yiren how`: how a person came to be.

use std::fmt::Write as _;

use clap::Args;
use console::Style;
use serde_json::json;
use yiren::query::{How, Told, Weakest, Who, how};

use super::looking::{Looking, entity_of, nobody, parse_who, print_json};
use super::recording::moment;
use super::show::{record_list, section, verdict_rows};
use super::stored::engine_of;
use super::why::bonds;
use crate::Outcome;
use crate::language::Language;
use crate::lines::{cell, clean, padded, room, row, wrapped};
use crate::pager;

/// Other bonds that are told of.
const TOLD: usize = 12;

/// Show how a person came to be: what holds its records together, its weakest link, its story
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren how --store DIR E8DTH1JD5YNCE6G26
  yiren how --store DIR dibao:D1 --json")]
pub struct HowVerb {
    /// An entity (`E…`), or a record as `source:record_id`
    #[arg(value_name = "WHO", value_parser = parse_who)]
    who: Who,
    #[command(flatten)]
    looking: Looking,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &HowVerb, language: Language) -> anyhow::Result<Outcome> {
    let whom = [&verb.who];
    let look = verb.looking.at("how", &whom, language);
    let asked = json!({ "who": verb.who.to_string() });
    let found: Option<How> = look.find("/v1/how", asked, |store| {
        let view = store.view();
        let engine = engine_of(store)?;
        Ok(match entity_of(&view, &verb.who)? {
            Some(entity) => how(&view, &engine, entity)?,
            None => None,
        })
    })?;
    let Some(found) = found else {
        nobody(&verb.who, language);
        return Ok(Outcome::Nothing);
    };
    match verb.json {
        true => print_json(&found)?,
        false => pager::print(&describe(&found, language))?,
    }
    Ok(Outcome::Done)
}

fn describe(how: &How, language: Language) -> String {
    let mut text = String::new();
    let led = match how.asked == how.entity {
        true => how.entity.clone(),
        false => format!("{} → {}", how.asked, how.entity),
    };
    let _ = writeln!(text, "{}{led}", padded(language.pick("人员", "person"), 18));
    let _ = writeln!(
        text,
        "{}{}",
        padded(language.pick("模型", "model"), 18),
        how.model
    );
    section(
        &mut text,
        "记录及其归入时间",
        "records, and when each came",
        language,
    );
    for record in &how.records {
        let before = match record.before.is_empty() {
            true => String::new(),
            false => format!("← {}", record.before.join(" ← ")),
        };
        let at = record.at.map_or_else(String::new, moment);
        row(
            &mut text,
            2,
            &[
                cell(&record.record, 30),
                cell(&at, 19),
                cell(&before, room().saturating_sub(2 + 30 + 19 + 4)),
            ],
        );
    }
    held(&mut text, how, language);
    verdict_rows(&mut text, &how.verdicts, language);
    section(&mut text, "经过", "what happened", language);
    for told in &how.story {
        event(&mut text, told, how, language);
    }
    text
}

fn held(text: &mut String, how: &How, language: Language) {
    let Some(weakest) = &how.weakest else {
        let words = language.pick(
            "只有一条记录，无须维系",
            "a single record: nothing to hold together",
        );
        let _ = writeln!(text, "\n{words}");
        return;
    };
    section(
        text,
        "维系各条记录的最强证据",
        "what holds the records together (the strongest evidence that connects them all)",
        language,
    );
    let holding = how.bonds.iter().filter(|bond| bond.holds);
    bonds(text, holding, Some(&weakest.bond), language);
    let others: Vec<_> = how.bonds.iter().filter(|bond| !bond.holds).collect();
    if !others.is_empty() {
        section(text, "其余记录对", "other pairs", language);
        bonds(text, others.iter().take(TOLD).copied(), None, language);
        if let Some(more) = others.len().checked_sub(TOLD).filter(|more| *more > 0) {
            let line = match language {
                Language::Zh => format!("另有 {more} 对（见 --json）"),
                Language::En => format!("{more} more (see --json)"),
            };
            let _ = writeln!(text, "  {line}");
        }
    }
    section(text, "最弱的一环", "the weakest link", language);
    for line in wrapped(&weakest_words(weakest, language), room() - 2) {
        let _ = writeln!(text, "  {line}");
    }
    for side in &weakest.sides {
        row(text, 4, &[cell(&record_list(side, language), room() - 4)]);
    }
}

fn weakest_words(weakest: &Weakest, language: Language) -> String {
    let pair = weakest.bond.records.join(" — ");
    let weight = weakest.bond.weight;
    if weakest.bond.said.is_some() {
        return match language {
            Language::Zh => {
                format!("{pair}：由人工判定维系（自身证据 {weight:+.1}）。撤回该判断后将分为：")
            }
            Language::En => format!(
                "{pair}: a person's verdict holds them (their own evidence is {weight:+.1}). Without it they fall into:"
            ),
        };
    }
    let mean = weakest
        .mean
        .map_or_else(String::new, |mean| match language {
            Language::Zh => format!("，两侧平均 {mean:+.1}"),
            Language::En => format!(", and the mean of all pairs across is {mean:+.1}"),
        });
    match (weakest.others, language) {
        (0, Language::Zh) => {
            format!("{pair}（{weight:+.1}）：是两侧之间唯一足以认定的一对{mean}。没有它将分为：")
        }
        (0, Language::En) => format!(
            "{pair} ({weight:+.1}): the only pair across that links by itself{mean}. Without it they fall into:"
        ),
        (others, Language::Zh) => {
            format!("{pair}（{weight:+.1}）；两侧之间另有 {others} 对也足以认定{mean}。两侧为：")
        }
        (others, Language::En) => format!(
            "{pair} ({weight:+.1}); {others} other pairs across link by themselves too{mean}. The two sides:"
        ),
    }
}

fn event(text: &mut String, told: &Told, how: &How, language: Language) {
    let event = &told.event;
    let what = match (&event.merged_into, event.records.is_empty()) {
        (Some(into), _) => match language {
            Language::Zh => format!("并入 {into}"),
            Language::En => format!("merged into {into}"),
        },
        (None, true) => language.pick("已无记录", "no records left").to_string(),
        (None, false) => record_list(&event.records, language),
    };
    let entity = match told.entity == how.entity {
        true => Style::new(),
        false => Style::new().dim(),
    };
    row(
        text,
        2,
        &[
            cell(&moment(event.at), 19),
            cell(&clean(&event.action), 8),
            cell(&event.by, 10),
            crate::lines::styled(&told.entity, 17, entity),
            cell(&what, room().saturating_sub(2 + 19 + 8 + 10 + 17 + 8)),
        ],
    );
}
