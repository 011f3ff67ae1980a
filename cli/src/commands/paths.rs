//! `yiren paths`: how two people are tied.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;
use yiren::query::{PathOptions, PathValue, Paths, Who, paths};

use super::looking::{Looking, entity_of, nobody, parse_who, print_json, reading};
use super::network::unlooked;
use super::show::record_list;
use crate::Outcome;
use crate::language::Language;
use crate::lines::{cell, clean, room, row};
use crate::pager;

/// Show how two people are tied: the shortest chains of shared numbers between them
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren paths --store DIR dibao:D1 tekun:T9
  yiren paths --store DIR E8DTH1JD5YNCE6G26 EQZZD15N2DV5NM6HF --hub 20")]
pub struct PathsVerb {
    /// An entity (`E…`), or a record as `source:record_id`
    #[arg(value_name = "A", value_parser = parse_who)]
    a: Who,
    /// The other one
    #[arg(value_name = "B", value_parser = parse_who)]
    b: Who,
    #[command(flatten)]
    looking: Looking,
    /// Steps from person to person at most
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=12))]
    depth: u32,
    /// What more persons than this share ties nobody
    #[arg(long, value_name = "N", default_value_t = 10)]
    hub: usize,
    /// Also look for the same address, for which every record is read: some seconds a million
    #[arg(long)]
    addresses: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &PathsVerb, language: Language) -> anyhow::Result<Outcome> {
    let options = PathOptions {
        depth: verb.depth,
        hub: verb.hub,
        addresses: verb.addresses,
    };
    let asked = json!({
        "a": verb.a.to_string(),
        "b": verb.b.to_string(),
        "depth": verb.depth,
        "hub": verb.hub,
        "addresses": verb.addresses,
    });
    let whom = [&verb.a, &verb.b];
    let look = verb.looking.at("paths", &whom, language);
    let mut missing = None;
    let found: Option<Paths> = look.find("/v1/paths", asked, |store| {
        let view = store.view();
        let (made, reading) = reading(&view)?;
        let ends = (entity_of(&view, &verb.a)?, entity_of(&view, &verb.b)?);
        Ok(match ends {
            (Some(a), Some(b)) => paths(&view, &made, &reading, (a, b), &options)?,
            (None, _) => {
                missing = Some(&verb.a);
                None
            }
            (_, None) => {
                missing = Some(&verb.b);
                None
            }
        })
    })?;
    let Some(found) = found else {
        match (missing, language) {
            (Some(who), _) => nobody(who, language),
            (None, Language::Zh) => eprintln!("{} 与 {} 至少有一个不在库中", verb.a, verb.b),
            (None, Language::En) => {
                eprintln!("one of {} and {} is not in this store", verb.a, verb.b);
            }
        }
        return Ok(Outcome::Nothing);
    };
    match verb.json {
        true => print_json(&found)?,
        false => pager::print(&describe(&found, language))?,
    }
    let is_one = found.entities[0] == found.entities[1];
    Ok(match found.chains.is_empty() && !is_one {
        true => Outcome::Nothing,
        false => Outcome::Done,
    })
}

fn describe(found: &Paths, language: Language) -> String {
    let mut text = String::new();
    let [a, b] = &found.entities;
    if a == b {
        return match language {
            Language::Zh => format!("两者为同一人（{a}）\n"),
            Language::En => format!("both are one person ({a})\n"),
        };
    }
    for (number, chain) in found.chains.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        person(&mut text, found, a, language);
        for step in chain {
            let values: Vec<String> = step
                .values
                .iter()
                .map(|value| value_words(value, language))
                .collect();
            row(
                &mut text,
                4,
                &[
                    cell("│", 1),
                    cell(&values.join(", "), room().saturating_sub(8)),
                ],
            );
            person(&mut text, found, &step.to, language);
        }
    }
    if found.more > 0 {
        let more = found.more;
        let _ = match language {
            Language::Zh => writeln!(text, "\n另有 {more} 条同样长的链条"),
            Language::En => writeln!(text, "\n{more} more chains of this length"),
        };
    }
    if found.chains.is_empty() {
        let words = match found.complete {
            true => language.pick("两人之间没有链条", "nothing ties the two"),
            false => language.pick(
                "在所查范围内没有找到链条（可放宽 --depth）",
                "no chain was found within reach (a larger --depth looks further)",
            ),
        };
        let _ = writeln!(text, "{words}");
    }
    if !found.crowds.is_empty() {
        let values: Vec<String> = found
            .crowds
            .iter()
            .map(|value| value_words(value, language))
            .collect();
        let words = language.pick(
            "两人另共有（使用者太多，不作为联系）：",
            "both also have, as too many do for it to tie them: ",
        );
        row(
            &mut text,
            0,
            &[cell(&format!("{words}{}", values.join(", ")), room())],
        );
    }
    for line in unlooked(&found.unindexed, found.addresses, language) {
        row(&mut text, 0, &[cell(&line, room())]);
    }
    text
}

fn person(text: &mut String, found: &Paths, entity: &str, language: Language) {
    let person = found.persons.get(entity);
    let name = person.map_or("", |person| person.name.as_str());
    let records = person.map_or_else(String::new, |person| record_list(&person.records, language));
    row(
        text,
        2,
        &[
            cell(entity, 17),
            cell(name, 16),
            cell(&records, room().saturating_sub(2 + 17 + 16 + 4)),
        ],
    );
}

fn value_words(value: &PathValue, language: Language) -> String {
    let kind = value.kind.text();
    let text = format!("{} {}", kind.get(language.words()), clean(&value.text));
    match (value.persons, language) {
        (2, _) => text,
        (persons, Language::Zh) => format!("{text}（{persons} 人）"),
        (persons, Language::En) => format!("{text} ({persons} persons)"),
    }
}
