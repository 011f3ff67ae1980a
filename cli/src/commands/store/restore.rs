//! `yiren store restore`: a store from a backup.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use yiren::store::restore;

use super::super::recording::{Place, moment};
use crate::Outcome;
use crate::language::Language;

/// Make a store from a backup, in a folder that is not there yet or empty
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren store restore --from copies --store again")]
pub struct Restore {
    /// Folder of the backups
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Number of the backup [default: the latest]
    #[arg(long, value_name = "N")]
    backup: Option<u32>,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Restore, language: Language) -> anyhow::Result<Outcome> {
    let backup = restore(&verb.from, &verb.place.store, verb.backup)?;
    let (number, commit, at) = (backup.number, backup.commit, moment(backup.at));
    match (verb.json, language) {
        (true, _) => println!("{}", json!({"backup": number, "commit": commit, "at": at})),
        (false, Language::Zh) => println!("已恢复备份 {number}：至提交 {commit}（{at}）"),
        (false, Language::En) => println!("backup {number} restored: up to commit {commit} ({at})"),
    }
    Ok(Outcome::Done)
}
