//! `yiren store init`: an empty store.

use std::path::PathBuf;

use clap::Args;
use yiren::loading;
use yiren::store::OpenOptions;

use super::super::recording::{By, Durability, Place, settings};
use crate::Outcome;
use crate::language::Language;

/// Make an empty store with a model and a policy
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren store init --store DIR")]
pub struct Init {
    #[command(flatten)]
    place: Place,
    /// Model file [default: the shipped `china`]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Policy file [default: the shipped rules]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    by: By,
}

/// Runs the verb.
pub fn run(verb: &Init, language: Language) -> anyhow::Result<Outcome> {
    let settings = settings(verb.model.as_deref(), verb.policy.as_deref())?;
    let recording = verb.by.recording(None, Durability::Synced)?;
    let there = yiren::store::Store::is_there(&verb.place.store);
    loading::open(
        &verb.place.store,
        &OpenOptions::default(),
        &settings,
        &recording,
    )?;
    let folder = verb.place.store.display();
    match (there, language) {
        (false, Language::Zh) => println!("{folder}：已建库"),
        (false, Language::En) => println!("{folder}: store made"),
        (true, Language::Zh) => println!("{folder}：库已存在"),
        (true, Language::En) => println!("{folder}: there is a store already"),
    }
    Ok(match there {
        true => Outcome::Nothing,
        false => Outcome::Done,
    })
}
