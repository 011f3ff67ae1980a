//! `yiren store compact`: a store without what was overwritten.

use clap::Args;
use yiren::store::{OpenOptions, Store};

use super::super::grouped;
use super::super::recording::Place;
use crate::Outcome;
use crate::language::Language;

/// Rewrite a store's files without what was overwritten or deleted
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren store compact --store DIR")]
pub struct Compact {
    #[command(flatten)]
    place: Place,
}

/// Runs the verb.
pub fn run(verb: &Compact, language: Language) -> anyhow::Result<Outcome> {
    let store = Store::open(&verb.place.store, &OpenOptions::default())?;
    let bytes = || -> anyhow::Result<u64> {
        let bytes = store.view().bytes()?;
        Ok(bytes.iter().map(|(_, bytes)| bytes).sum())
    };
    let before = bytes()?;
    store.compact()?;
    let (before, after) = (grouped(before), grouped(bytes()?));
    match language {
        Language::Zh => println!("{before} 字节 → {after} 字节"),
        Language::En => println!("{before} bytes → {after} bytes"),
    }
    Ok(Outcome::Done)
}
