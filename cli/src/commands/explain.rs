//! `yiren explain`: why two records are, or are not, one person.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use yiren::explain::{Explained, explain_records, explain_texts};
use yiren::schema::read_model;

use crate::Outcome;
use crate::arguments::Reading;
use crate::language::Language;

/// Show step by step why two records are, or are not, one person
#[derive(Debug, Args)]
pub struct Explain {
    /// A record: `source:record_id` of the inputs, or a JSON object of canonical columns
    #[arg(value_name = "A")]
    left: String,
    /// The other record
    #[arg(value_name = "B")]
    right: String,
    /// Files and folders that hold the records, unless both are given as JSON
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Print the steps as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Explain, language: Language) -> anyhow::Result<Outcome> {
    let model = read_model(verb.reading.model.as_deref())?;
    let is_json = |text: &str| text.trim_start().starts_with('{');
    let explained = match (is_json(&verb.left), is_json(&verb.right)) {
        (true, true) => explain_texts(&model, &object(&verb.left)?, &object(&verb.right)?),
        (false, false) if verb.inputs.is_empty() => {
            bail!(
                "to explain `{}` and `{}`, give the files that hold them",
                verb.left,
                verb.right
            )
        }
        (false, false) => {
            let load = verb.reading.load_options()?;
            match explain_records(&model, &verb.inputs, &load, &verb.left, &verb.right)? {
                Ok(explained) => explained,
                Err(missing) => {
                    eprintln!(
                        "{}: {missing}",
                        language.pick("没有这条记录", "no such record")
                    );
                    return Ok(Outcome::Nothing);
                }
            }
        }
        _ => bail!("give both records as `source:record_id`, or both as JSON objects"),
    };
    let mut out = std::io::stdout().lock();
    if verb.json {
        serde_json::to_writer_pretty(&mut out, &as_json(&explained))?;
        writeln!(out)?;
    } else {
        out.write_all(describe(&explained, language).as_bytes())?;
    }
    Ok(Outcome::Done)
}

fn object(text: &str) -> anyhow::Result<Vec<(String, String)>> {
    let map: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).context("not a JSON object of canonical columns")?;
    let text_of = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    };
    Ok(map
        .into_iter()
        .map(|(column, value)| (column, text_of(value)))
        .collect())
}

fn as_json(explained: &Explained) -> serde_json::Value {
    let steps = explained.steps.iter().map(|step| {
        json!({
            "comparison": step.comparison, "level": step.level, "weight": step.weight,
            "left": step.left, "right": step.right,
        })
    });
    json!({
        "verdict": explained.verdict,
        "weight": explained.weight,
        "probability": explained.probability,
        "against": explained.against,
        "prior_weight": explained.prior,
        "steps": steps.collect::<Vec<_>>(),
        "other_rivals_weight": explained.other_rivals,
    })
}

fn describe(explained: &Explained, language: Language) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header([
        language.pick("比较项", "comparison"),
        language.pick("甲", "A"),
        language.pick("乙", "B"),
        language.pick("结果", "level"),
        language.pick("权重", "weight"),
    ]);
    let weight = |value: f64| {
        comfy_table::Cell::new(format!("{value:+.2}"))
            .set_alignment(comfy_table::CellAlignment::Right)
    };
    let plain = |text: &str| comfy_table::Cell::new(text);
    let start = language.pick("先验", "prior");
    let against = format!(
        "{} {}",
        language.pick("对照：", "against"),
        language.pick(&explained.against_zh, &explained.against_en)
    );
    table.add_row(vec![
        plain(start),
        plain(""),
        plain(""),
        plain(&against),
        weight(explained.prior),
    ]);
    for step in &explained.steps {
        let label = language.pick(&step.label_zh, &step.label);
        table.add_row(vec![
            plain(&step.comparison),
            plain(&step.left),
            plain(&step.right),
            plain(label),
            weight(step.weight),
        ]);
    }
    if explained.other_rivals < -0.005 {
        let label = language.pick("其他可能", "the other possibilities");
        table.add_row(vec![
            plain(""),
            plain(""),
            plain(""),
            plain(label),
            weight(explained.other_rivals),
        ]);
    }
    let verdict = match explained.verdict {
        "link" => language.pick("一人", "link: one person"),
        "review" => language.pick("请人工判断", "review: a person decides"),
        _ => language.pick("不是一人", "non-link: two persons"),
    };
    let (total, probability) = (
        language.pick("合计", "total"),
        language.pick("概率", "probability"),
    );
    format!(
        "{table}\n{total} {:+.2}  {probability} {:.4}  {verdict}\n",
        explained.weight, explained.probability
    )
}
