//! Why two records are, or are not, one person, in words.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yiren_matchers::comparison::MISSING;
use yiren_matchers::model::{Model, ModelParts};
use yiren_matchers::record::Dictionaries;
use yiren_matchers::rows::Rows;

use crate::record::Enrolment;
use crate::scoring::Scorer;
use crate::standardise::{LoadError, LoadOptions, Memo, Standardiser, display, load};
use crate::table::Table;
use crate::wire::{self, Code};

/// A pair with its reasons: the tree that programs get as JSON and people in words and bars.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Explained {
    /// `link`, `review` or `non-link`, by the model's thresholds.
    #[serde(deserialize_with = "wire::code")]
    #[schema(value_type = String)]
    pub verdict: Code,
    /// Match weight, prior included.
    #[serde(deserialize_with = "wire::exact")]
    pub weight: f64,
    /// Match probability.
    #[serde(deserialize_with = "wire::exact")]
    pub probability: f64,
    /// Code of the likeliest rival.
    pub against: String,
    /// Its name in English.
    pub against_en: String,
    /// Its name in Chinese.
    pub against_zh: String,
    /// Prior odds against that rival, log2.
    #[serde(rename = "prior_weight", deserialize_with = "wire::exact")]
    pub prior: f64,
    /// One step a comparison that is not missing.
    pub steps: Vec<ExplainedStep>,
    /// What the other rivals take off.
    #[serde(rename = "other_rivals_weight", deserialize_with = "wire::exact")]
    pub other_rivals: f64,
    /// Names of the comparisons that say nothing, because one of the records lacks what they
    /// compare.
    pub missing: Vec<String>,
}

/// What one comparison adds.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct ExplainedStep {
    /// Name of the comparison.
    pub comparison: String,
    /// Column that its values are of; the first if there are several.
    pub column: String,
    /// Code of the level.
    pub level: String,
    /// The level in English.
    pub label: String,
    /// The level in Chinese.
    pub label_zh: String,
    /// What it adds, term frequency included.
    #[serde(deserialize_with = "wire::exact")]
    pub weight: f64,
    /// Standardised value of the first record.
    pub left: String,
    /// Standardised value of the second record.
    pub right: String,
}

/// Explains two records given as (column, raw text). The prior is that of the set that the model
/// was trained on, and no term frequencies are known.
pub fn explain_texts(
    model: &ModelParts,
    left: &[(String, String)],
    right: &[(String, String)],
) -> Explained {
    let standardiser = Standardiser::new(&model.fields);
    let mut table = Table {
        rows: Rows::new(&model.fields),
        sources: vec![String::new()],
        ..Table::default()
    };
    let mut dictionaries = Dictionaries::default();
    for record in [left, right] {
        let cell = |field: usize| {
            let found = record
                .iter()
                .find(|(column, _)| *column == model.fields[field].column);
            found.map_or("", |(_, text)| text.trim())
        };
        let mut values = Vec::new();
        standardiser.standardise(cell, &mut dictionaries, &mut Memo::default(), &mut values);
        table.rows.push(&values);
        table.enrolments.push(Enrolment::default());
        table.ids.push("");
    }
    table.dictionaries = dictionaries;
    let scorer = Scorer::out_of_context(&Model::new(model.clone(), model.reference_records));
    explain_pair(&scorer, &table, 0, 1)
}

/// Explains two records of the inputs, each named `source:record_id`, with the prior and the term
/// frequencies of these inputs; the inner error names a record that is not there.
pub fn explain_records(
    model: &ModelParts,
    inputs: &[PathBuf],
    options: &LoadOptions,
    left: &str,
    right: &str,
) -> Result<Result<Explained, String>, LoadError> {
    let loaded = load(inputs, &model.fields, options, &|_, _| {})?;
    let table = &loaded.table;
    let find = |name: &str| {
        let found = (0..table.len() as u32).find(|&record| {
            name.split_once(':') == Some((table.source(record), table.record_id(record)))
        });
        found.ok_or_else(|| name.to_string())
    };
    let both = find(left).and_then(|left| Ok((left, find(right)?)));
    Ok(both.map(|(left, right)| {
        let scorer = Scorer::new(&Model::new(model.clone(), table.len() as u64), table);
        explain_pair(&scorer, table, left, right)
    }))
}

/// Explains two records of a table.
pub fn explain_pair(scorer: &Scorer, table: &Table, left: u32, right: u32) -> Explained {
    let parts = scorer.model().parts();
    let why = scorer.explain(table, left, right);
    let text = |record: u32, fields: &[usize]| {
        let texts = fields.iter().map(|&field| {
            display(
                table.record(record).get(field),
                parts.fields[field].kind,
                &table.dictionaries,
            )
        });
        texts
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" / ")
    };
    let steps = why
        .steps
        .iter()
        .filter(|step| step.level != MISSING)
        .map(|step| {
            let comparison = &parts.comparisons[step.comparison];
            let level = &comparison.levels[usize::from(step.level) - 1];
            ExplainedStep {
                comparison: comparison.name.clone(),
                column: comparison
                    .fields
                    .first()
                    .map_or_else(String::new, |&field| parts.fields[field].column.clone()),
                level: level.name.clone(),
                label: level.label.clone(),
                label_zh: level.label_zh.clone(),
                weight: step.weight + step.frequency,
                left: text(left, &comparison.fields),
                right: text(right, &comparison.fields),
            }
        });
    let missing = why.steps.iter().filter(|step| step.level == MISSING);
    let missing = missing.map(|step| parts.comparisons[step.comparison].name.clone());
    let rival = &parts.rivals[why.rival];
    Explained {
        missing: missing.collect(),
        verdict: parts.thresholds.verdict(why.weight),
        weight: why.weight.0,
        probability: why.weight.probability().0,
        against: rival.name.clone(),
        against_en: rival.label.clone(),
        against_zh: rival.label_zh.clone(),
        prior: why.prior,
        steps: steps.collect(),
        other_rivals: why.other_rivals,
    }
}
