//! The command line.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{
    blocking, completions, evaluate, explain, findings, generate, how, keys, load, man, network,
    overlap, paths, query, review, search, serve, show, store, sweep, timeline, train, why,
};
use crate::language::Language;

/// Which records are the same person, and what they receive that the rules do not allow together
#[derive(Debug, Parser)]
#[command(name = "yiren", version, arg_required_else_help = true)]
pub struct Arguments {
    /// Language of messages and help [default: from LANG]
    #[arg(long, global = true, value_name = "zh|en", hide_possible_values = true)]
    lang: Option<Language>,
    /// Threads [default: one a core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Show long output as it is, not page by page (PAGER, or less)
    #[arg(long, global = true)]
    no_pager: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs, one file each in `commands`.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Sweep(sweep::Sweep),
    Load(load::Load),
    Search(search::Find),
    Show(show::Show),
    Why(why::Why),
    WhyNot(why::WhyNot),
    How(how::HowVerb),
    Network(network::NetworkVerb),
    Paths(paths::PathsVerb),
    Timeline(timeline::TimelineVerb),
    Overlap(overlap::OverlapVerb),
    Findings(findings::FindingsVerb),
    Review(review::Review),
    Query(query::Query),
    Serve(serve::Serve),
    Keys(keys::Keys),
    Store(store::Store),
    Explain(explain::Explain),
    Evaluate(evaluate::Evaluate),
    Blocking(blocking::Blocking),
    Train(train::Train),
    Generate(generate::Generate),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Options of every verb that reads records.
#[derive(Debug, Args)]
pub struct Reading {
    /// Source of all inputs [default: each file's name without its endings]
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// File that maps other headers to canonical columns (TOML: `name = "header"`)
    #[arg(long, value_name = "FILE")]
    pub columns: Option<PathBuf>,
    /// Model file [default: the shipped `china`]
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
}

impl Arguments {
    /// The language to speak.
    pub fn language(&self) -> Language {
        self.lang.unwrap_or_else(Language::of_environment)
    }

    /// Whether long output is to be shown as it is.
    pub fn no_pager(&self) -> bool {
        self.no_pager
    }

    /// Threads asked for.
    pub fn threads(&self) -> Option<usize> {
        self.threads.map(usize::from)
    }
}

/// Reads the command line; help is in the language asked for.
pub fn parse() -> Result<Arguments, clap::Error> {
    let matches = command(wanted_language()).try_get_matches()?;
    Arguments::from_arg_matches(&matches)
}

/// Prints what reading the command line came to, help or an error, in the language asked for.
pub fn print(error: &clap::Error) -> std::io::Result<()> {
    if wanted_language() == Language::En {
        return error.print();
    }
    let text = in_chinese(&error.render().to_string());
    if error.use_stderr() {
        std::io::stderr().write_all(text.as_bytes())
    } else {
        std::io::stdout().write_all(text.as_bytes())
    }
}

/// Replaces the words that clap itself puts around ours, by `clap.zh.tsv` (English, tab, Chinese).
pub fn in_chinese(text: &str) -> String {
    include_str!("clap.zh.tsv")
        .lines()
        .filter_map(|row| row.split_once('\t'))
        .fold(text.to_string(), |text, (english, chinese)| {
            text.replace(english, chinese)
        })
}

/// The command with its help in one language.
pub fn command(language: Language) -> clap::Command {
    let command = Arguments::command();
    match language {
        Language::En => command,
        Language::Zh => translate(command),
    }
}

/// `--lang` is needed before the command line can be read, since help is printed while reading it.
fn wanted_language() -> Language {
    let words: Vec<String> = std::env::args().collect();
    let after = |place: usize| words.get(place + 1).map(String::as_str);
    let said =
        words
            .iter()
            .enumerate()
            .find_map(|(place, word)| match word.strip_prefix("--lang") {
                Some("") => after(place),
                Some(rest) => rest.strip_prefix('='),
                None => None,
            });
    match said {
        Some("zh") => Language::Zh,
        Some("en") => Language::En,
        _ => Language::of_environment(),
    }
}

/// Replaces every English help text by the Chinese one of `help.zh.tsv` (English, tab, Chinese).
fn translate(mut command: clap::Command) -> clap::Command {
    let table = |english: &str| {
        let rows = include_str!("help.zh.tsv").lines();
        rows.filter_map(|row| row.split_once('\t'))
            .find(|(known, _)| *known == english)
            .map(|(_, chinese)| chinese)
    };
    if let Some(chinese) = command
        .get_about()
        .and_then(|about| table(&about.to_string()))
    {
        command = command.about(chinese);
    }
    let names: Vec<clap::Id> = command
        .get_arguments()
        .map(|argument| argument.get_id().clone())
        .collect();
    for name in names {
        command = command.mut_arg(name, |argument| {
            match argument
                .get_help()
                .and_then(|help| table(&help.to_string()))
            {
                Some(chinese) => argument.help(chinese),
                None => argument,
            }
        });
    }
    let verbs: Vec<String> = command
        .get_subcommands()
        .map(|verb| verb.get_name().to_string())
        .collect();
    for verb in verbs {
        command = command.mut_subcommand(verb, translate);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untranslated(english: &clap::Command, chinese: &clap::Command, found: &mut Vec<String>) {
        let both = english.get_arguments().zip(chinese.get_arguments());
        for (a, b) in both {
            if let (Some(a), Some(b)) = (a.get_help(), b.get_help())
                && a.to_string() == b.to_string()
            {
                found.push(a.to_string());
            }
        }
        if english.get_about().map(ToString::to_string)
            == chinese.get_about().map(ToString::to_string)
        {
            found.extend(english.get_about().map(ToString::to_string));
        }
        for (a, b) in english.get_subcommands().zip(chinese.get_subcommands()) {
            untranslated(a, b, found);
        }
    }

    #[test]
    fn all_help_exists_in_chinese() {
        let mut found = Vec::new();
        untranslated(&command(Language::En), &command(Language::Zh), &mut found);
        assert!(found.is_empty(), "help.zh.tsv lacks: {found:#?}");
    }

    #[test]
    fn the_command_line_is_consistent() {
        command(Language::En).debug_assert();
        command(Language::Zh).debug_assert();
    }
}
