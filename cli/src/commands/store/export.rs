//! `yiren store export`: the files of a sweep, from what a store holds.

use std::path::PathBuf;

use clap::Args;
use yiren::resolve::{Engine, export};
use yiren::store::{OpenOptions, Store, StoreError};
use yiren_matchers::normalise::date::Date;

use super::super::parse_day;
use super::super::recording::{Place, day};
use super::super::sweep::describe;
use crate::Outcome;
use crate::language::Language;
use crate::progress::Bar;

/// Write the files of a sweep from what a store holds, without working it out again
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren store export --store DIR --out result --as-of 2026-06-30")]
pub struct Export {
    #[command(flatten)]
    place: Place,
    /// Folder for the results
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Day that months are counted to [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Export, language: Language) -> anyhow::Result<Outcome> {
    let store = Store::open_read_only(&verb.place.store, &OpenOptions::default())?;
    let view = store.view();
    let engine =
        Engine::in_force(&view)?.ok_or_else(|| StoreError::Unresolved(verb.place.store.clone()))?;
    let bar = Bar::new(language);
    let swept = export(&view, &engine, verb.out.clone(), day(verb.as_of)?, &bar);
    bar.finish();
    let swept = swept?;
    match verb.json {
        true => println!("{}", serde_json::to_string_pretty(&swept.summary)?),
        false => print!("{}", describe(&swept.summary, language)),
    }
    Ok(Outcome::Done)
}
