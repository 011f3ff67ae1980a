//! `yiren store`: what is done with a store as a whole.

mod backup;
mod check;
mod compact;
mod erase;
mod export;
mod init;
mod restore;
mod stats;

use clap::{Args, Subcommand};

use crate::Outcome;
use crate::language::Language;

/// Make, count, check, back up and restore a store
#[derive(Debug, Args)]
pub struct Store {
    /// What to do.
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Init(init::Init),
    Stats(stats::Stats),
    Check(check::Check),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Compact(compact::Compact),
    Export(export::Export),
    Erase(erase::Erase),
}

/// Runs the verb.
pub fn run(verb: &Store, language: Language) -> anyhow::Result<Outcome> {
    match &verb.verb {
        Verb::Init(verb) => init::run(verb, language),
        Verb::Stats(verb) => stats::run(verb, language),
        Verb::Check(verb) => check::run(verb, language),
        Verb::Backup(verb) => backup::run(verb, language),
        Verb::Restore(verb) => restore::run(verb, language),
        Verb::Compact(verb) => compact::run(verb, language),
        Verb::Export(verb) => export::run(verb, language),
        Verb::Erase(verb) => erase::run(verb, language),
    }
}
