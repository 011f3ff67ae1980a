//! `yiren explain`: why two records are, or are not, one person.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use comfy_table::Cell;
use yiren::explain::{Explained, explain_records, explain_texts};
use yiren::ingest::headers::canonical;
use yiren::report::words::name_of;
use yiren::schema::read_model;
use yiren_matchers::model::ModelParts;

use super::looking::print_json;
use super::{figure, plain_table, print_table};
use crate::Outcome;
use crate::arguments::Reading;
use crate::language::Language;
use crate::pager;

/// Show step by step why two records are, or are not, one person
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren explain dibao:D1 tekun:T7 dibao.csv tekun.csv
  yiren explain '{\"name\":\"张伟\",\"birth_date\":\"1962-05-07\"}' '{\"name\":\"张玮\",\"birth_date\":\"1962-05-07\"}'")]
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
        (true, true) => {
            let (left, right) = (
                object(&verb.left, &model, language)?,
                object(&verb.right, &model, language)?,
            );
            explain_texts(&model, &left, &right)
        }
        (false, false) if verb.inputs.is_empty() => {
            let (left, right) = (&verb.left, &verb.right);
            match language {
                Language::Zh => bail!("要说明 `{left}` 与 `{right}`，请给出记录所在的文件"),
                Language::En => {
                    bail!("to explain `{left}` and `{right}`, give the files that hold them")
                }
            }
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
        _ => bail!(
            "{}",
            language.pick(
                "两条记录须都写作 `来源:记录编号`，或都写作 JSON 对象",
                "give both records as `source:record_id`, or both as JSON objects",
            )
        ),
    };
    match verb.json {
        true => print_json(&explained)?,
        false => pager::print(&describe(&explained, language))?,
    }
    Ok(Outcome::Done)
}

/// The cells of a record given as JSON, by column: a column of the model, or what a header that is
/// met in the field stands for, as in a file. Tells of those that stand for none.
fn object(
    text: &str,
    model: &ModelParts,
    language: Language,
) -> anyhow::Result<Vec<(String, String)>> {
    let map: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).context(
        language
            .pick(
                "不是由规范列组成的 JSON 对象",
                "not a JSON object of canonical columns",
            )
            .to_string(),
    )?;
    let mut cells = Vec::new();
    for (header, value) in map {
        let known = model.fields.iter().any(|field| field.column == header);
        let column = match canonical(&header) {
            Some(column) if !known => column.to_string(),
            None if !known => {
                let prefix = language.pick("警告", "warning");
                let words =
                    language.pick("不是已知的列，未采用", "not a known column, and not used");
                eprintln!("{prefix}: {header}: {words}");
                continue;
            }
            _ => header,
        };
        let text = match value {
            serde_json::Value::String(text) => text,
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        cells.push((column, text));
    }
    Ok(cells)
}

fn describe(explained: &Explained, language: Language) -> String {
    let mut table = plain_table();
    table.set_header(vec![
        Cell::new(language.pick("比较项", "comparison")),
        Cell::new(language.pick("甲", "A")),
        Cell::new(language.pick("乙", "B")),
        Cell::new(language.pick("结果", "level")),
        figure(language.pick("权重", "weight")),
    ]);
    let mut row = |name: &str, left: &str, right: &str, level: &str, weight: f64| {
        let texts = [name, left, right, level].map(Cell::new);
        let weight = figure(format!("{weight:+.2}"));
        table.add_row(texts.into_iter().chain([weight]));
    };
    let against = match language {
        Language::Zh => format!("对照：{}", explained.against_zh),
        Language::En => format!("against {}", explained.against_en),
    };
    let start = language.pick("先验", "prior");
    row(start, "", "", &against, explained.prior);
    for step in &explained.steps {
        let name = name_of(&step.comparison);
        let name = language.pick(&name.zh, &step.comparison);
        let label = language.pick(&step.label_zh, &step.label);
        row(name, &step.left, &step.right, label, step.weight);
    }
    if explained.other_rivals < -0.005 {
        let label = language.pick("其他可能", "the other possibilities");
        row("", "", "", label, explained.other_rivals);
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
        "{}{total} {:+.2}  {probability} {:.4}  {verdict}\n",
        print_table(table),
        explained.weight,
        explained.probability
    )
}
