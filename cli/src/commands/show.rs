//! `yiren show`: one person, now or as it was known.

mod months;
mod records;
mod words;

pub(super) use words::{
    amount_and_months, column_name, record_list, running_word, section, verdict_rows,
};

use clap::Args;
use serde_json::json;
use yiren::query::{Known, Shown, Who, show};
use yiren::store::Moment;
use yiren_matchers::normalise::date::Date;

use super::looking::{Looking, moment_sent, parse_who, print_json};
use super::parse_day;
use super::recording::day;
use super::stored::parse_moment;
use crate::Outcome;
use crate::language::Language;
use crate::pager;

/// Show a person: records, findings, verdicts, and what happened to it, now or as it was known
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren show --store DIR dibao:D1
  yiren show --store DIR E8DTH1JD5YNCE6G26 --known-at 2026-06-30 --as-of 2026-05-01
  yiren show --server http://127.0.0.1:7770 dibao:D1 --purpose \"case 12\"")]
pub struct Show {
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
pub fn run(verb: &Show, language: Language) -> anyhow::Result<Outcome> {
    let as_of = day(verb.as_of)?;
    let asked = json!({
        "who": verb.who.to_string(),
        "as_of": as_of.to_string(),
        "known_at": verb.known_at.map(moment_sent),
    });
    let whom = [&verb.who];
    let look = verb.looking.at("show", &whom, language);
    let shown: Option<Shown> = look.find("/v1/show", asked, |store| {
        let view = store.view();
        let known = Known::at(&view, verb.known_at)?;
        Ok(match verb.who.entity(&view, &known)? {
            Some(entity) => show(&view, entity, as_of, verb.known_at)?,
            None => None,
        })
    })?;
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
        true => print_json(&shown)?,
        false => pager::print(&words::describe(&shown, language))?,
    }
    Ok(Outcome::Done)
}
