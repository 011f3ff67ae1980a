//! `yiren store backup`: a copy of a store, while it is in use.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use yiren::store::back_up;

use super::super::recording::{Place, moment};
use crate::Outcome;
use crate::language::Language;

/// Add a backup of a store to a folder, while others may be writing to the store
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren store backup --store DIR --to copies --keep 7")]
pub struct Backup {
    #[command(flatten)]
    place: Place,
    /// Folder for the backups of this store; what did not change since the last is not copied again
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Backups to keep, the latest ones [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Backup, language: Language) -> anyhow::Result<Outcome> {
    let backup = back_up(&verb.place.store, &verb.to, verb.keep.map(usize::from))?;
    let (number, commit, at) = (backup.number, backup.commit, moment(backup.at));
    match (verb.json, language) {
        (true, _) => println!("{}", json!({"backup": number, "commit": commit, "at": at})),
        (false, Language::Zh) => println!("备份 {number}：至提交 {commit}（{at}）"),
        (false, Language::En) => println!("backup {number}: up to commit {commit} ({at})"),
    }
    Ok(Outcome::Done)
}
