//! `yiren evaluate`: entities against a known truth.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use yiren::report::evaluation::{Evaluation, ScoredPair, Thresholds};
use yiren::report::{render_evaluation, words};
use yiren::schema::read_model;
use yiren::sweep::{Matched, match_records};

use super::warn;
use crate::Outcome;
use crate::arguments::Reading;
use crate::language::Language;
use crate::progress::Bar;

/// Compare entities with a known truth: precision, recall, F1, B-cubed, cluster sizes
#[derive(Debug, Args)]
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
    /// Also write a page with precision and recall by threshold
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) type Labels = Vec<((String, String), String)>;

/// Runs the verb.
pub fn run(verb: &Evaluate, language: Language) -> anyhow::Result<Outcome> {
    let truth = read_labels(&verb.truth, "person_id")?;
    let evaluation = match &verb.entities {
        Some(path) => Evaluation::of_labels(read_labels(path, "entity_id")?, truth),
        None => of_inputs(verb, truth, language)?,
    };
    if let Some(path) = &verb.html {
        std::fs::write(path, render_evaluation(&evaluation))
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    if verb.json {
        println!("{}", serde_json::to_string_pretty(&evaluation)?);
    } else {
        let words = match language {
            Language::Zh => words::Language::Zh,
            Language::En => words::Language::En,
        };
        print!("{}", evaluation.to_text(words));
    }
    Ok(Outcome::Done)
}

/// Matches the inputs and compares both the entities and the weights of pairs with the truth.
fn of_inputs(verb: &Evaluate, truth: Labels, language: Language) -> anyhow::Result<Evaluation> {
    let model = read_model(verb.reading.model.as_deref())?;
    let bar = Bar::new(language);
    let matched = match_records(&verb.inputs, &model, &verb.reading.load_options()?, &bar);
    bar.finish();
    let Matched {
        loaded,
        scored,
        entities,
        ..
    } = matched?;
    warn(&loaded.warnings, &loaded.failed, language);
    let table = &loaded.table;
    let name = |record: u32| {
        (
            table.source(record).to_string(),
            table.record_id(record).to_string(),
        )
    };
    let persons: HashMap<&(String, String), &String> =
        truth.iter().map(|(name, person)| (name, person)).collect();
    let person_of: Vec<Option<&String>> = (0..table.len() as u32)
        .map(|record| persons.get(&name(record)).copied())
        .collect();
    let pairs = scored.pairs.iter().filter_map(|pair| {
        let (a, b) = (person_of[pair.a as usize]?, person_of[pair.b as usize]?);
        Some(ScoredPair {
            weight: pair.score.weight.0,
            is_match: a == b,
        })
    });
    let pairs: Vec<ScoredPair> = pairs.collect();
    let labels = (0..table.len() as u32).map(|record| (name(record), entities.of[record as usize]));
    let labels: Vec<_> = labels.collect();
    let mut evaluation = Evaluation::of_labels(labels, truth);
    let true_pairs = evaluation.pairwise.true_positives + evaluation.pairwise.false_negatives;
    let mut thresholds = Thresholds::of_pairs(pairs, true_pairs);
    thresholds.link = Some(model.thresholds.link.0);
    thresholds.review = Some(model.thresholds.review.0);
    evaluation.thresholds = Some(thresholds);
    Ok(evaluation)
}

/// The rows of a file of `source,record_id,<label>`.
pub(super) fn read_labels(path: &Path, label: &str) -> anyhow::Result<Labels> {
    let name = path.display();
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("{name}: cannot be read"))?;
    let headers = reader
        .headers()
        .with_context(|| format!("{name}: cannot be read"))?
        .clone();
    let place = |column: &str| {
        headers
            .iter()
            .position(|header| header.trim_start_matches('\u{feff}') == column)
    };
    let (Some(source), Some(record), Some(label)) =
        (place("source"), place("record_id"), place(label))
    else {
        let found: Vec<&str> = headers.iter().collect();
        bail!(
            "{name}: needs the columns source, record_id, {label}; found: {}",
            found.join(", ")
        );
    };
    let mut labels = Vec::new();
    for row in reader.records() {
        let row = row.with_context(|| format!("{name}: cannot be read"))?;
        let cell = |place: usize| row.get(place).unwrap_or_default().to_string();
        labels.push(((cell(source), cell(record)), cell(label)));
    }
    Ok(labels)
}
