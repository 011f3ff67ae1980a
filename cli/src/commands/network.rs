//! `yiren network`: who shares what with a person.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::json;
use yiren::query::{Network, NetworkOptions, NetworkPerson, SharedValue, TieKind, Who, network};
use yiren::report::render_diagram;

use super::looking::{Looking, entity_of, nobody, parse_who, print_json, reading};
use super::show::{record_list, section};
use crate::Outcome;
use crate::language::Language;
use crate::lines::{cell, clean, room, row};
use crate::pager;

/// Show who shares a phone, account, household, paper or ID number with a person, step by step
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren network --store DIR dibao:D1
  yiren network --store DIR E8DTH1JD5YNCE6G26 --depth 2 --html network.html
  yiren network --store DIR dibao:D1 --dot | dot -Tsvg > network.svg")]
pub struct NetworkVerb {
    /// An entity (`E…`), or a record as `source:record_id`
    #[arg(value_name = "WHO", value_parser = parse_who)]
    who: Who,
    #[command(flatten)]
    looking: Looking,
    /// Steps from person to person
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=6))]
    depth: u32,
    /// What more persons than this share is shown and not followed
    #[arg(long, value_name = "N", default_value_t = 10)]
    hub: usize,
    /// Persons to show at most, the nearest first
    #[arg(long, value_name = "N", default_value_t = 200)]
    persons: usize,
    /// Also look for the same address, for which every record is read: some seconds a million
    #[arg(long)]
    addresses: bool,
    #[command(flatten)]
    form: Form,
    /// Also draw it as a page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// How it is printed.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Form {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    /// Print it as a graph of Graphviz
    #[arg(long)]
    dot: bool,
    /// Print it as GraphML
    #[arg(long)]
    graphml: bool,
}

/// Runs the verb.
pub fn run(verb: &NetworkVerb, language: Language) -> anyhow::Result<Outcome> {
    let options = NetworkOptions {
        depth: verb.depth,
        hub: verb.hub,
        persons: verb.persons,
        addresses: verb.addresses,
    };
    let asked = json!({
        "who": verb.who.to_string(),
        "depth": verb.depth,
        "hub": verb.hub,
        "persons": verb.persons,
        "addresses": verb.addresses,
    });
    let whom = [&verb.who];
    let look = verb.looking.at("network", &whom, language);
    let found: Option<Network> = look.find("/v1/network", asked, |store| {
        let view = store.view();
        let (made, reading) = reading(&view)?;
        Ok(match entity_of(&view, &verb.who)? {
            Some(entity) => network(&view, &made, &reading, entity, &options)?,
            None => None,
        })
    })?;
    let Some(found) = found else {
        nobody(&verb.who, language);
        return Ok(Outcome::Nothing);
    };
    if let Some(path) = &verb.html {
        let page = render_diagram(&found.diagram());
        std::fs::write(path, page).with_context(|| format!("{}", path.display()))?;
    }
    match (verb.form.json, verb.form.dot, verb.form.graphml) {
        (true, ..) => print_json(&found)?,
        (_, true, _) => pager::print(&found.to_dot())?,
        (.., true) => pager::print(&found.to_graphml())?,
        _ => pager::print(&describe(&found, language))?,
    }
    Ok(match found.values.is_empty() {
        true => Outcome::Nothing,
        false => Outcome::Done,
    })
}

fn describe(network: &Network, language: Language) -> String {
    let mut text = String::new();
    if let Some(person) = network.persons.first() {
        let name = format!("{} {}", person.name, person.birth_date);
        let _ = writeln!(text, "{}  {}", person.entity, clean(name.trim()));
        row(
            &mut text,
            2,
            &[cell(&record_list(&person.records, language), room() - 2)],
        );
    }
    if network.values.is_empty() {
        let words = language.pick("没有与他人共有的号码", "shares nothing with anybody");
        let _ = writeln!(text, "\n{words}");
    }
    let steps = network.persons.iter().map(|person| person.step);
    for step in 1..=steps.max().unwrap_or(0) {
        match (step, language) {
            (1, _) => section(&mut text, "直接相关的人", "directly tied", language),
            (step, Language::Zh) => {
                let _ = writeln!(text, "\n相隔 {step} 步");
            }
            (step, Language::En) => {
                let _ = writeln!(text, "\n{step} steps away");
            }
        }
        for (place, person) in network.persons.iter().enumerate() {
            if person.step == step {
                person_lines(&mut text, network, place, person, language);
            }
        }
    }
    let hubs: Vec<&SharedValue> = network.values.iter().filter(|value| value.hub).collect();
    if !hubs.is_empty() {
        section(
            &mut text,
            "多人共用，未再展开",
            "shared by a crowd, not followed",
            language,
        );
        for value in hubs {
            value_row(&mut text, 2, value, "", language);
        }
    }
    notes(&mut text, network, language);
    text
}

/// A person, and what ties it to those as near to the one asked about or nearer.
fn person_lines(
    text: &mut String,
    network: &Network,
    place: usize,
    person: &NetworkPerson,
    language: Language,
) {
    row(
        text,
        2,
        &[
            cell(&person.entity, 17),
            cell(&person.name, 16),
            cell(&person.birth_date, 14),
            cell(
                &record_list(&person.records, language),
                room().saturating_sub(2 + 17 + 16 + 14 + 6),
            ),
        ],
    );
    for tie in network.ties.iter().filter(|tie| tie.person == place) {
        let Some(value) = network.values.get(tie.value) else {
            continue;
        };
        let nearer = network.ties.iter().filter(|other| other.value == tie.value);
        let nearer: Vec<String> = nearer
            .filter_map(|other| network.persons.get(other.person))
            .filter(|other| other.step <= person.step && other.entity != person.entity)
            .map(|other| match other.name.is_empty() {
                true => other.entity.clone(),
                false => other.name.clone(),
            })
            .collect();
        // What is shared with persons further away stands with these.
        if nearer.is_empty() {
            continue;
        }
        let with = match language {
            Language::Zh => format!("与{}", nearer.join("、")),
            Language::En => format!("with {}", nearer.join(", ")),
        };
        value_row(text, 6, value, &with, language);
    }
}

/// Writes a value, how many persons have it if more than two do, and with whom it is shared.
fn value_row(
    text: &mut String,
    indent: usize,
    value: &SharedValue,
    with: &str,
    language: Language,
) {
    let kind = value.kind.text();
    let more = if value.more { "+" } else { "" };
    let count = match (value.persons, language) {
        (2, _) => String::new(),
        (persons, Language::Zh) => format!("{persons}{more} 人"),
        (persons, Language::En) => format!("{persons}{more} persons"),
    };
    row(
        text,
        indent,
        &[
            cell(kind.get(language.words()), 10),
            cell(&value.text, 34),
            cell(&count, 12),
            cell(with, room().saturating_sub(indent + 10 + 34 + 12 + 6)),
        ],
    );
}

fn notes(text: &mut String, network: &Network, language: Language) {
    let mut lines = Vec::new();
    if network.left_out > 0 {
        let count = network.left_out;
        lines.push(match language {
            Language::Zh => format!("另有 {count} 人未列出（--persons）"),
            Language::En => format!("{count} more persons are not shown (--persons)"),
        });
    }
    lines.extend(unlooked(&network.unindexed, network.addresses, language));
    if !lines.is_empty() {
        text.push('\n');
        for line in lines {
            row(text, 0, &[cell(&line, room())]);
        }
    }
}

/// What was not looked for, and why.
pub fn unlooked(unindexed: &[TieKind], addresses: bool, language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    if !addresses {
        lines.push(
            language
                .pick(
                    "未查地址；加 --addresses 可查（须读取全部记录）",
                    "addresses were not looked at; --addresses does (it reads every record)",
                )
                .to_string(),
        );
    }
    for kind in unindexed {
        let kind = kind.text();
        lines.push(match language {
            Language::Zh => format!("此库的模型没有以{}为键的分块规则，故未查", kind.zh),
            Language::En => format!(
                "the model of this store has no blocking rule by {} alone, so it was not looked at",
                kind.en
            ),
        });
    }
    lines
}
