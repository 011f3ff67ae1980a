//! `yiren train`: estimates a model, with or without labels.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use comfy_table::Cell;
use serde_json::json;
use yiren::report::render_training;
use yiren::report::words::name_of;
use yiren::schema::{self, parse_model};
use yiren::training::{TrainOptions, Training, train_model};
use yiren_matchers::training::Trained;

use super::{figure, labels, plain_table, print_table};
use crate::Outcome;
use crate::arguments::Reading;
use crate::language::Language;
use crate::progress::Bar;

/// Estimate a model's probabilities from records, with or without labels
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren train population/ --out my-model.toml --html training.html
  yiren train population/ --labels labels.csv --out my-model.toml --set-version 2026.1")]
pub struct Train {
    /// Files and folders of records
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// File for the trained model
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Version of the trained model [default: the version of the model it starts from]
    #[arg(long, value_name = "TEXT")]
    set_version: Option<String>,
    /// Random pairs that u is estimated from
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    random_pairs: u64,
    /// Seed of the random pairs
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Records whose person is known: a CSV file of source,record_id,person_id; m is taken from them
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Also write a page with charts of the training
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Train, language: Language) -> anyhow::Result<Outcome> {
    let (text, name) = match &verb.reading.model {
        None => (schema::CHINA.to_string(), "china".to_string()),
        Some(path) => {
            let name = path.display().to_string();
            (
                std::fs::read_to_string(path).with_context(|| format!("{name}: cannot be read"))?,
                name,
            )
        }
    };
    let options = TrainOptions {
        inputs: verb.inputs.clone(),
        model: parse_model(&text, &name)?,
        load: verb.reading.load_options()?,
        random_pairs: verb.random_pairs,
        seed: verb.seed,
        labels: match &verb.labels {
            Some(path) => labels::read(path, "person_id")?.labels,
            None => Vec::new(),
        },
    };
    let version = verb
        .set_version
        .clone()
        .unwrap_or_else(|| options.model.version.clone());
    let bar = Bar::new(language);
    bar.start(language.pick("训练", "training"), true);
    let trained = train_model(&options, &|done, of| {
        yiren::sweep::Progress::done(&bar, done, of)
    });
    bar.finish();
    let Training {
        mut trained,
        records,
        labelled_pairs,
    } = trained?;
    trained.parts.version.clone_from(&version);
    let Some(written) = schema::write_model(&text, &trained.parts, &version) else {
        bail!("{name}: is not laid out as a model file; start from the shipped one");
    };
    std::fs::write(&verb.out, written)
        .with_context(|| format!("{}: cannot be written", verb.out.display()))?;
    if let Some(path) = &verb.html {
        std::fs::write(path, render_training(&trained, records, labelled_pairs))
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    if verb.json {
        println!("{}", serde_json::to_string_pretty(&as_json(&trained))?);
    } else {
        print!("{}", describe(&trained, language));
    }
    Ok(Outcome::Done)
}

fn as_json(trained: &Trained) -> serde_json::Value {
    let passes = trained.passes.iter().map(|pass| {
        json!({
            "rule": pass.rule, "pairs": pass.pairs, "expected_matches": pass.matches,
            "iterations": pass.moves.len(), "converged": pass.converged, "moves": pass.moves, "m": pass.m,
        })
    });
    let names = trained
        .parts
        .comparisons
        .iter()
        .map(|comparison| comparison.name.clone());
    let disagreement: serde_json::Map<String, serde_json::Value> = names
        .zip(trained.disagreement.iter().map(|&spread| json!(spread)))
        .collect();
    json!({
        "matches_per_record": trained.parts.matches_per_record,
        "passes": passes.collect::<Vec<_>>(),
        "largest_disagreement_between_passes": disagreement,
    })
}

fn describe(trained: &Trained, language: Language) -> String {
    let mut table = plain_table();
    table.set_header(vec![
        Cell::new(language.pick("分块规则", "rule")),
        figure(language.pick("记录对", "pairs")),
        figure(language.pick("预计匹配", "expected matches")),
        figure(language.pick("迭代", "iterations")),
        Cell::new(language.pick("收敛", "converged")),
    ]);
    for pass in &trained.passes {
        let converged = if pass.converged {
            language.pick("是", "yes")
        } else {
            language.pick("否", "no")
        };
        table.add_row(vec![
            Cell::new(&pass.rule),
            figure(pass.pairs),
            figure(format!("{:.0}", pass.matches)),
            figure(pass.moves.len()),
            Cell::new(converged),
        ]);
    }
    let mut text = print_table(table);
    let names = trained
        .parts
        .comparisons
        .iter()
        .map(|comparison| &comparison.name);
    for (name, spread) in names
        .zip(&trained.disagreement)
        .filter(|(_, spread)| **spread > 0.1)
    {
        let words = language.pick("各轮估计的 m 相差最多", "passes disagree on m by up to");
        let name = language.pick(&name_of(name).zh, name).to_string();
        text.push_str(&format!("{name}: {words} {spread:.2}\n"));
    }
    text
}
