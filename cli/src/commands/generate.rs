//! `yiren generate`: an invented population with truth.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use yiren::generate::{ErrorMix, Format, Options, generate};
use yiren_matchers::normalise::date::Date;

use super::parse_day;
use crate::Outcome;
use crate::language::Language;
use crate::progress::Bar;

/// Generate an invented population with truth
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren generate --persons 100000 --seed 7 --out population")]
pub struct Generate {
    /// People on file
    #[arg(long, value_name = "N")]
    persons: u64,
    /// Seed: another seed, another population
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Folder for the files
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Day on which the files are drawn up [default: 2026-06-30]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    /// How often records are wrong: clean, usual, heavy, or a number that scales the usual rates
    #[arg(long, value_name = "MIX", default_value = "usual", value_parser = parse_mix)]
    errors: ErrorMix,
    /// No ID number anywhere
    #[arg(long)]
    no_national_id: bool,
    /// Also write a register of residents
    #[arg(long)]
    population_register: bool,
    /// Write Parquet instead of CSV
    #[arg(long)]
    parquet: bool,
    /// Print the counts as JSON
    #[arg(long)]
    json: bool,
}

fn parse_mix(text: &str) -> Result<ErrorMix, String> {
    let scaled = || {
        text.parse::<f64>()
            .ok()
            .filter(|by| (0.0..=10.0).contains(by))
            .map(|by| ErrorMix::usual().scaled(by))
    };
    ErrorMix::preset(text)
        .or_else(scaled)
        .ok_or_else(|| format!("`{text}` is not clean, usual, heavy or a number from 0 to 10"))
}

/// Runs the verb.
pub fn run(verb: &Generate, language: Language) -> anyhow::Result<Outcome> {
    let defaults = Options::default();
    let options = Options {
        persons: verb.persons,
        seed: verb.seed,
        as_of: verb.as_of.unwrap_or(defaults.as_of),
        errors: verb.errors.clone(),
        national_id: !verb.no_national_id,
        format: if verb.parquet {
            Format::Parquet
        } else {
            Format::Csv
        },
        population_register: verb.population_register,
        ..defaults
    };
    let bar = Bar::new(language);
    bar.start(language.pick("生成", "generating"), false);
    let made = generate(&options, &verb.out, &|persons| {
        yiren::sweep::Progress::done(&bar, persons, options.persons);
    });
    bar.finish();
    let made = made?;
    let records: u64 = made.records.values().sum();
    let findings: u64 = made.findings.values().sum();
    if verb.json {
        let by_source: serde_json::Map<String, serde_json::Value> = made
            .records
            .iter()
            .map(|(source, count)| (source.name().to_string(), json!(count)))
            .collect();
        let text = json!({
            "persons": made.persons, "records": by_source, "findings": made.findings,
        });
        println!("{}", serde_json::to_string_pretty(&text)?);
    } else {
        println!(
            "{} {}  {} {records}  {} {findings}",
            language.pick("人", "persons"),
            made.persons,
            language.pick("记录", "records"),
            language.pick("应有发现", "true findings"),
        );
    }
    Ok(Outcome::Done)
}
