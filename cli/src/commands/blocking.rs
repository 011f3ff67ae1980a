//! `yiren blocking`: what the blocking rules bring and what they miss.

use std::path::PathBuf;

use clap::Args;
use yiren::report::{BlockingReport, Truth};
use yiren::schema::read_model;
use yiren::sweep::match_records;

use super::{labels, warn};
use crate::Outcome;
use crate::arguments::Reading;
use crate::language::Language;
use crate::pager;
use crate::progress::Bar;

/// Show what each blocking rule brings, and estimate or list what all of them miss
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren blocking population/
  yiren blocking --truth truth.csv population/")]
pub struct Blocking {
    /// Files and folders of records
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// True persons, to count what is missed: a CSV file of source,record_id,person_id
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Missed pairs to name for each cause
    #[arg(long, value_name = "N", default_value_t = 3)]
    examples: usize,
    /// Print the analysis as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Blocking, language: Language) -> anyhow::Result<Outcome> {
    let model = read_model(verb.reading.model.as_deref())?;
    let truth = verb.truth.as_deref();
    let truth = truth
        .map(|path| labels::read(path, "person_id"))
        .transpose()?;
    let bar = Bar::new(language);
    let matched = match_records(&verb.inputs, &model, &verb.reading.load_options()?, &bar);
    bar.finish();
    let matched = matched?;
    warn(&matched.loaded.warnings, &matched.loaded.failed, language);
    let truth = truth.map(|rows| {
        labels::warn(&rows, language);
        let truth = Truth::new(&matched.loaded.table, &rows.labels);
        rows.warn_unless_met(truth.records() > 0, language);
        truth
    });
    let report = BlockingReport::new(&matched.matching(), truth.as_ref(), verb.examples)?;
    let text = match verb.json {
        true => serde_json::to_string_pretty(&report)? + "\n",
        false => report.to_text(language.words()),
    };
    pager::print(&text)?;
    Ok(Outcome::Done)
}
