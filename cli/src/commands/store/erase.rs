//! `yiren store erase`: a person's right to have their data deleted.

use clap::Args;
use yiren::resolve::erase;
use yiren::search::{Kept, Search};

use super::super::recording::{By, Durability, Place};
use super::super::stored::{open, parse_record};
use crate::Outcome;
use crate::language::Language;

/// Erase a record, in all its versions; that it was erased, when, by whom and why stays
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren store erase --store DIR dibao:D1 --why \"asked for by the person\"")]
pub struct Erase {
    /// A record, as `source:record_id`
    #[arg(value_name = "RECORD", value_parser = parse_record)]
    record: (String, String),
    #[command(flatten)]
    place: Place,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
    #[command(flatten)]
    actor: By,
}

/// Runs the verb.
pub fn run(verb: &Erase, language: Language) -> anyhow::Result<Outcome> {
    let (store, engine) = open(&verb.place.store)?;
    let (source, record_id) = &verb.record;
    let recording = verb.actor.recording(None, Durability::Synced)?;
    let erased = erase(&store, &engine, (source, record_id), &verb.why, &recording)?;
    // What was said in the record is to go from the index of the search as well, and now.
    let folder = &verb.place.store;
    if Search::is_there(folder) && Search::open(folder)?.keep_up(&store.view())? == Kept::Held {
        eprintln!(
            "{}",
            language.pick(
                "提示：另一进程正在更新检索索引；请稍后再检索一次，索引中的该记录才会清除",
                "note: another process is updating the index of the search; search once more later, so that the record goes from there as well"
            )
        );
    }
    let commit = erased.commit.unwrap_or_default();
    match language {
        Language::Zh => println!("已删除（第 {commit} 次提交）；备份中的副本不受影响"),
        Language::En => println!("erased (commit {commit}); copies in backups are not touched"),
    }
    Ok(Outcome::Done)
}
