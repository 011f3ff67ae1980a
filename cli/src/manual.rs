//! The manual, made of the help of all verbs: pages for `man`, and one page of Markdown.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Arg, Command};

use crate::arguments::{command, in_chinese};
use crate::language::Language;

/// What is written above examples in the help of a verb.
const EXAMPLES: &str = "Examples:";

/// Headings and words of `clap_mangen`, and ours.
const PAGE_WORDS: [(&str, &str); 7] = [
    (".SH NAME\n", ".SH 名称\n"),
    (".SH SYNOPSIS\n", ".SH 概要\n"),
    (".SH DESCRIPTION\n", ".SH 说明\n"),
    (".SH OPTIONS\n", ".SH 选项\n"),
    (".SH SUBCOMMANDS\n", ".SH 命令\n"),
    (".SH EXAMPLES\n", ".SH 示例\n"),
    ("Possible values:", "可选值："),
];

/// The command as it is called, with all that is below it, and no verb `help`.
fn built(language: Language) -> Command {
    let mut command = command(language).disable_help_subcommand(true);
    command.build();
    command
}

/// A command and those below it, in the order of the help.
fn all(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().flat_map(all);
    std::iter::once(command).chain(below).collect()
}

/// The command lines that the help of a verb gives as examples.
pub fn examples(command: &Command) -> Vec<String> {
    let Some(help) = command.get_after_help() else {
        return Vec::new();
    };
    let help = help.to_string();
    let lines = help.lines().skip_while(|line| *line != EXAMPLES).skip(1);
    lines.map(|line| line.trim().to_string()).collect()
}

/// The pages for `man`, each with the name of its file.
pub fn pages(language: Language) -> std::io::Result<Vec<(String, String)>> {
    let command = built(language);
    let pages = all(&command).into_iter().map(|verb| page(verb, language));
    pages.collect()
}

fn page(verb: &Command, language: Language) -> std::io::Result<(String, String)> {
    let examples = examples(verb);
    // They are set as they stand, which `clap_mangen` does not.
    let page = clap_mangen::Man::new(verb.clone().after_help(""))
        .source(concat!("yiren ", env!("CARGO_PKG_VERSION")))
        .manual("yiren");
    let mut bytes = Vec::new();
    page.render_title(&mut bytes)?;
    page.render_name_section(&mut bytes)?;
    page.render_synopsis_section(&mut bytes)?;
    page.render_description_section(&mut bytes)?;
    page.render_options_section(&mut bytes)?;
    if verb.has_subcommands() {
        page.render_subcommands_section(&mut bytes)?;
    }
    if !examples.is_empty() {
        write!(bytes, ".SH EXAMPLES\n.nf\n")?;
        for example in examples {
            let example = example.replace('\\', "\\e").replace('-', "\\-");
            writeln!(bytes, "{example}")?;
        }
        bytes.extend(b".fi\n");
    }
    let text = String::from_utf8(bytes).map_err(std::io::Error::other)?;
    let text = match language {
        Language::En => text,
        Language::Zh => PAGE_WORDS
            .iter()
            .fold(in_chinese(&text), |text, (english, chinese)| {
                text.replace(english, chinese)
            }),
    };
    Ok((page.get_filename(), text))
}

/// All verbs as one page of Markdown.
pub fn markdown(language: Language) -> String {
    let command = built(language);
    let mut text = String::new();
    let title = language.pick("# 命令参考", "# Reference of the command line");
    let made = language.pick(
        "本页由 `yiren --lang zh man --markdown` 生成。另有手册页（`yiren man --out DIR`）与各 shell 的补全脚本（`yiren completions SHELL`）。",
        "This page is made by `yiren --lang en man --markdown`. There are pages for `man` as well (`yiren man --out DIR`), and scripts by which shells complete (`yiren completions SHELL`).",
    );
    let _ = writeln!(text, "{title}\n\n{made}\n");
    for (place, verb) in all(&command).into_iter().enumerate() {
        section(&mut text, verb, place == 0, language);
    }
    text.trim_end().to_string() + "\n"
}

/// Writes a verb: its usage, arguments, options, examples. What every verb has is told of the first.
fn section(text: &mut String, verb: &Command, first: bool, language: Language) {
    let name = verb.get_bin_name().unwrap_or_else(|| verb.get_name());
    let about = verb
        .get_about()
        .map_or_else(String::new, ToString::to_string);
    let usage = verb.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let usage = match language {
        Language::Zh => in_chinese(usage),
        Language::En => usage.to_string(),
    };
    let _ = writeln!(text, "## `{name}`\n\n{about}\n\n```\n{usage}\n```\n");
    let told =
        |arg: &&Arg| !arg.is_hide_set() && arg.get_id() != "help" && arg.is_global_set() == first;
    let args: Vec<&Arg> = verb.get_arguments().filter(told).collect();
    if !args.is_empty() {
        let head = match first {
            true => language.pick("| 各命令通用的选项 | |", "| options of every verb | |"),
            false => language.pick("| 参数与选项 | |", "| arguments and options | |"),
        };
        let _ = writeln!(text, "{head}\n|---|---|");
        for arg in args {
            let (spelled, help) = (spelled(arg), told_of(arg, language));
            let _ = writeln!(text, "| `{spelled}` | {} |", help.replace('|', "\\|"));
        }
        text.push('\n');
    }
    let examples = examples(verb);
    if !examples.is_empty() {
        let _ = writeln!(text, "```sh\n{}\n```\n", examples.join("\n"));
    }
}

/// An argument as it is written.
fn spelled(arg: &Arg) -> String {
    // Clap writes both names of an option, and the names of its values.
    let spelled = arg.to_string();
    match arg.get_short().zip(arg.get_long()) {
        Some((short, _)) => format!("-{short}, {spelled}").replace('|', "\\|"),
        None => spelled.replace('|', "\\|"),
    }
}

/// What an argument is for, its default and what it takes.
fn told_of(arg: &Arg, language: Language) -> String {
    let mut help = arg.get_help().map_or_else(String::new, ToString::to_string);
    let defaults = arg.get_default_values().iter();
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    let takes_value = arg.get_action().takes_values();
    if takes_value && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        let _ = write!(
            help,
            " [{}{}]",
            language.pick("默认：", "default: "),
            defaults.join(", ")
        );
    }
    let values = arg.get_possible_values();
    if takes_value && !values.is_empty() && !arg.is_hide_possible_values_set() {
        let values: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
        let values = values.join(", ");
        let _ = write!(
            help,
            " [{}{values}]",
            language.pick("可选值：", "possible values: ")
        );
    }
    help.trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a command line up to where its output goes elsewhere, without variables that are
    /// set before it.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::<String>::new(), String::new(), None);
        for character in line.chars() {
            match (quote, character) {
                // What comes before only feeds it.
                (None, '|') if words.iter().all(|word| word != "yiren") => words.clear(),
                (None, '|' | '>') => break,
                (None, ' ') => words.extend(Some(std::mem::take(&mut word))),
                (None, '"' | '\'') => quote = Some(character),
                (Some(open), close) if open == close => quote = None,
                (_, other) => word.push(other),
            }
        }
        assert_eq!(quote, None, "an open quote in {line}");
        words.push(word);
        words.retain(|word| !word.is_empty());
        let first = words.iter().position(|word| word == "yiren");
        words.split_off(first.unwrap_or_else(|| panic!("no yiren in {line}")))
    }

    #[test]
    fn every_verb_has_an_example_of_itself_that_can_be_read() {
        for language in [Language::En, Language::Zh] {
            let root = built(language);
            for verb in all(&root) {
                if verb.has_subcommands() {
                    continue;
                }
                let name = verb.get_bin_name().unwrap();
                let examples = examples(verb);
                assert!(!examples.is_empty(), "`{name}` has no example");
                for example in examples {
                    let words = words(&example);
                    let read = command(language).try_get_matches_from(&words);
                    assert!(read.is_ok(), "{example}: {}", read.unwrap_err());
                    let spoken: Vec<&str> = words
                        .iter()
                        .map(String::as_str)
                        .filter(|word| !matches!(*word, "--lang" | "zh" | "en"))
                        .collect();
                    let spoken = spoken.join(" ");
                    assert!(
                        spoken.starts_with(name),
                        "{example} is no example of {name}"
                    );
                }
            }
        }
    }

    #[test]
    fn pages_are_in_their_language() {
        let english = pages(Language::En).unwrap();
        let chinese = pages(Language::Zh).unwrap();
        assert_eq!(english.len(), chinese.len());
        for ((name, english), (_, chinese)) in english.iter().zip(&chinese) {
            assert!(name.starts_with("yiren") && name.ends_with(".1"), "{name}");
            assert!(english.is_ascii() || !english.contains("选项"), "{name}");
            for (word, _) in PAGE_WORDS {
                assert!(!chinese.contains(word), "{word} in {name}");
            }
            assert!(chinese.contains("选项"), "{name}");
        }
    }
}
