//! `yiren why` and `yiren why-not`: why two records or persons are, or are not, one.

mod bonds;
mod words;

pub(super) use bonds::bonds;

use clap::Args;
use serde_json::json;
use yiren::query::{Who, Why as Found, why};

use super::looking::{Looking, parse_who, print_json};
use super::stored::engine_of;
use crate::Outcome;
use crate::language::Language;
use crate::pager;

/// Whom to ask about.
#[derive(Debug, Args)]
struct Asked {
    /// A record, as `source:record_id`, or an entity (`E…`)
    #[arg(value_name = "A", value_parser = parse_who)]
    a: Who,
    /// The other one
    #[arg(value_name = "B", value_parser = parse_who)]
    b: Who,
    #[command(flatten)]
    looking: Looking,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Why two records or persons are one: evidence step by step, and what holds them together
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren why --store DIR dibao:D1 tekun:T1
  yiren why --store DIR E8DTH1JD5YNCE6G26 dibao:D1")]
pub struct Why {
    #[command(flatten)]
    asked: Asked,
}

/// Why two records or persons are not one: what keeps them apart, and what would have to differ
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren why-not --store DIR dibao:D2 dibao:D4
  yiren why-not --store DIR E8DTH1JD5YNCE6G26 EQZZD15N2DV5NM6HF")]
pub struct WhyNot {
    #[command(flatten)]
    asked: Asked,
}

/// Runs `why`.
pub fn run(verb: &Why, language: Language) -> anyhow::Result<Outcome> {
    ask(&verb.asked, "why", false, language)
}

/// Runs `why-not`.
pub fn run_not(verb: &WhyNot, language: Language) -> anyhow::Result<Outcome> {
    ask(&verb.asked, "why-not", true, language)
}

fn ask(
    asked: &Asked,
    verb: &'static str,
    not: bool,
    language: Language,
) -> anyhow::Result<Outcome> {
    let whom = [&asked.a, &asked.b];
    let look = asked.looking.at(verb, &whom, language);
    let body = json!({ "a": asked.a.to_string(), "b": asked.b.to_string() });
    let found: Option<Found> = look.find("/v1/why", body, |store| {
        let engine = engine_of(store)?;
        Ok(why(&store.view(), &engine, &asked.a, &asked.b)?)
    })?;
    let Some(found) = found else {
        match asked.a == asked.b {
            true => eprintln!(
                "{}",
                language.pick(
                    "两者为同一人或同一记录；请用 `yiren how` 查看其由来",
                    "both are the same; `yiren how` tells how a person came to be"
                )
            ),
            false => match language {
                Language::Zh => eprintln!(
                    "{} 与 {} 至少有一个不在库中，或两者为同一人",
                    asked.a, asked.b
                ),
                Language::En => eprintln!(
                    "one of {} and {} is not in this store, or both are the same",
                    asked.a, asked.b
                ),
            },
        }
        return Ok(Outcome::Nothing);
    };
    match asked.json {
        true => print_json(&found)?,
        false => pager::print(&words::describe(&found, not, language))?,
    }
    Ok(Outcome::Done)
}
