//! `yiren evaluate`: entities against a known truth.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::Args;
use yiren::report::evaluation::Evaluation;
use yiren::report::{Label, render_evaluation};
use yiren::schema::read_model;
use yiren::sweep::match_records;
use yiren_matchers::normalise::date::Date;

use super::{labels, parse_day, today, warn};
use crate::Outcome;
use crate::arguments::Reading;
use crate::language::Language;
use crate::pager;
use crate::progress::Bar;

/// Compare entities with a known truth: accuracy, calibration, errors and on whom they fall
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren evaluate --truth truth.csv population/ --html evaluation.html
  yiren evaluate --truth truth.csv --entities result/entities.csv --json")]
pub struct Evaluate {
    /// Files and folders of records, to be matched now
    #[arg(
        value_name = "INPUT",
        required_unless_present = "entities",
        conflicts_with = "entities"
    )]
    inputs: Vec<PathBuf>,
    /// True persons: a CSV file of source,record_id,person_id
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// Entities of an earlier sweep: a CSV file of source,record_id,entity_id
    #[arg(long, value_name = "FILE")]
    entities: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Day that ages are counted to [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    as_of: Option<Date>,
    /// Also write a page with charts, errors step by step, and accuracy by group
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Evaluate, language: Language) -> anyhow::Result<Outcome> {
    let truth = labels::read(&verb.truth, "person_id")?;
    labels::warn(&truth, language);
    let evaluation = match &verb.entities {
        Some(path) => {
            let entities = labels::read(path, "entity_id")?;
            labels::warn(&entities, language);
            Evaluation::of_labels(entities.labels, truth.labels)
        }
        None => {
            let evaluation = of_inputs(verb, &truth.labels, language)?;
            let met = evaluation.missing_from_prediction < evaluation.records;
            truth.warn_unless_met(met, language);
            evaluation
        }
    };
    if let Some(path) = &verb.html {
        std::fs::write(path, render_evaluation(&evaluation))
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    let text = match verb.json {
        true => serde_json::to_string_pretty(&evaluation)? + "\n",
        false => evaluation.to_text(language.words()),
    };
    pager::print(&text)?;
    Ok(Outcome::Done)
}

/// Matches the inputs and compares what came of it with the truth.
fn of_inputs(verb: &Evaluate, truth: &[Label], language: Language) -> anyhow::Result<Evaluation> {
    let as_of = verb
        .as_of
        .or_else(today)
        .ok_or_else(|| anyhow!("no date: give --as-of"))?;
    let model = read_model(verb.reading.model.as_deref())?;
    let bar = Bar::new(language);
    let matched = match_records(&verb.inputs, &model, &verb.reading.load_options()?, &bar);
    bar.finish();
    let matched = matched?;
    warn(&matched.loaded.warnings, &matched.loaded.failed, language);
    Ok(Evaluation::of_matching(&matched.matching(), truth, as_of)?)
}
