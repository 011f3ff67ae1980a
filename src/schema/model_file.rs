//! Reading a model file.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use yiren_matchers::blocking::{BlockingRule, KeyPart, MAX_REFINE};
use yiren_matchers::clustering::Method;
use yiren_matchers::comparison::condition::Condition;
use yiren_matchers::comparison::{Comparison, Level, MAX_COMPARISONS, MAX_LEVELS, find_field};
use yiren_matchers::model::{
    FrequencyRule, LevelParameters, MAX_RIVALS, MatchWeight, ModelParts, Rival, Thresholds,
};
use yiren_matchers::record::{Field, FieldKind};
use yiren_matchers::rows::MAX_FIELDS;

use super::error::{Problem, SchemaError};

/// The format that this release reads and writes.
const FORMAT: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: Spanned<u32>,
    name: String,
    version: String,
    population: Population,
    thresholds: Spanned<Weights>,
    field: Vec<FieldEntry>,
    #[serde(default)]
    clustering: Clustering,
    #[serde(default)]
    rival: Vec<RivalEntry>,
    comparison: Vec<ComparisonEntry>,
    blocking: Vec<BlockingEntry>,
    #[serde(default = "default_cap")]
    block_cap: usize,
}

fn default_cap() -> usize {
    200
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Population {
    matches_per_record: Spanned<f64>,
    reference_records: u64,
    #[serde(default)]
    least_records: u64,
    #[serde(default)]
    unique_sources: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clustering {
    #[serde(default)]
    method: Method,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Weights {
    report: f64,
    review: f64,
    link: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    name: Spanned<String>,
    kind: FieldKind,
    column: Option<String>,
    years: Option<Spanned<[u16; 2]>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RivalEntry {
    name: Spanned<String>,
    label: String,
    label_zh: Option<String>,
    pairs_per_record: f64,
    #[serde(default)]
    fixed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ComparisonEntry {
    name: Spanned<String>,
    fields: Vec<Spanned<String>>,
    #[serde(default)]
    fixed_u: bool,
    missing_when: Option<Spanned<toml::Value>>,
    levels: Vec<LevelEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelEntry {
    name: Spanned<String>,
    label: String,
    label_zh: Option<String>,
    when: Spanned<toml::Value>,
    m: Spanned<f64>,
    u: Spanned<f64>,
    #[serde(default)]
    against: BTreeMap<String, Spanned<f64>>,
    frequency: Option<FrequencyEntry>,
    #[serde(default)]
    fixed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrequencyEntry {
    of: Spanned<String>,
    #[serde(default = "default_floor")]
    floor: f64,
    #[serde(default)]
    only_common: bool,
    #[serde(default)]
    relative: bool,
}

fn default_floor() -> f64 {
    1e-7
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockingEntry {
    name: Spanned<String>,
    key: Vec<Spanned<String>>,
    #[serde(default)]
    refine: Vec<Spanned<String>>,
    cap: Option<usize>,
}

/// Reads a model from the text of a model file; `file` names it in errors. All problems are
/// reported at once, each with its line and column.
pub fn parse_model(text: &str, file: &str) -> Result<ModelParts, SchemaError> {
    let mut problems = Problems {
        text,
        found: Vec::new(),
    };
    let parsed = toml::from_str::<File>(text)
        .map_err(|error| problems.add(error.span().unwrap_or(0..0), error.message().to_string()));
    let parts = parsed.ok().map(|parsed| build(parsed, &mut problems));
    match parts {
        Some(parts) if problems.found.is_empty() => Ok(parts),
        _ => {
            problems
                .found
                .sort_by_key(|problem| (problem.line, problem.column));
            Err(SchemaError {
                file: file.to_string(),
                problems: problems.found,
            })
        }
    }
}

struct Problems<'a> {
    text: &'a str,
    found: Vec<Problem>,
}

impl Problems<'_> {
    fn add(&mut self, span: Range<usize>, message: String) {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.found.push(Problem {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            message,
        });
    }

    /// Refuses a name that was met before.
    fn once(&mut self, seen: &mut Vec<String>, name: &Spanned<String>, what: &str) {
        if seen.contains(name.get_ref()) {
            self.add(
                name.span(),
                format!("{what} `{}` is stated twice", name.get_ref()),
            );
        }
        seen.push(name.get_ref().clone());
    }

    fn probability(&mut self, value: &Spanned<f64>) -> f64 {
        if !(*value.get_ref() > 0.0 && *value.get_ref() <= 1.0) {
            self.add(
                value.span(),
                format!(
                    "a probability is above 0 and at most 1, not {}",
                    value.get_ref()
                ),
            );
        }
        *value.get_ref()
    }
}

fn build(file: File, problems: &mut Problems<'_>) -> ModelParts {
    if *file.format.get_ref() != FORMAT {
        let message = format!(
            "format {} is not known to this release, which reads format {FORMAT}; use a newer yiren",
            file.format.get_ref()
        );
        problems.add(file.format.span(), message);
    }
    if *file.population.matches_per_record.get_ref() <= 0.0 {
        problems.add(
            file.population.matches_per_record.span(),
            "must be above 0".to_string(),
        );
    }
    let weights = file.thresholds.get_ref();
    if !(weights.report <= weights.review && weights.review <= weights.link) {
        problems.add(
            file.thresholds.span(),
            "thresholds must rise: report ≤ review ≤ link".to_string(),
        );
    }
    let mut seen = Vec::new();
    let mut fields = Vec::new();
    for entry in file.field {
        problems.once(&mut seen, &entry.name, "field");
        let years = entry.years.map(|years| {
            let [first, last] = *years.get_ref();
            if entry.kind != FieldKind::Date || first > last {
                problems.add(
                    years.span(),
                    "`years` are the first and the last plausible year of a date".to_string(),
                );
            }
            (first, last)
        });
        let name = entry.name.into_inner();
        fields.push(Field {
            column: entry.column.unwrap_or_else(|| name.clone()),
            name,
            kind: entry.kind,
            years,
        });
    }
    let rivals = rivals(file.rival, problems);
    let mut builder = Comparisons {
        fields: &fields,
        rivals: &rivals,
        frequency_parts: Vec::new(),
        problems,
    };
    let (mut comparisons, mut parameters, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    if fields.len() > MAX_FIELDS {
        builder.problems.add(
            0..0,
            format!("at most {MAX_FIELDS} fields, not {}", fields.len()),
        );
    }
    if file.comparison.len() > MAX_COMPARISONS {
        builder.problems.add(
            0..0,
            format!(
                "at most {MAX_COMPARISONS} comparisons, not {}",
                file.comparison.len()
            ),
        );
    }
    for entry in file.comparison {
        builder.problems.once(&mut seen, &entry.name, "comparison");
        let (comparison, levels) = builder.comparison(entry);
        comparisons.push(comparison);
        parameters.push(levels);
    }
    let frequency_parts = builder.frequency_parts;
    let blocking = blocking(file.blocking, &fields, problems);
    ModelParts {
        name: file.name,
        version: file.version,
        comparisons,
        rivals,
        parameters,
        frequency_parts,
        matches_per_record: file.population.matches_per_record.into_inner(),
        reference_records: file.population.reference_records,
        clustering: file.clustering.method,
        least_records: file.population.least_records,
        unique_sources: file.population.unique_sources,
        blocking,
        block_cap: file.block_cap.max(2),
        thresholds: {
            let weights = file.thresholds.into_inner();
            Thresholds {
                report: MatchWeight(weights.report),
                review: MatchWeight(weights.review),
                link: MatchWeight(weights.link),
            }
        },
        fields,
    }
}

fn rivals(entries: Vec<RivalEntry>, problems: &mut Problems<'_>) -> Vec<Rival> {
    let mut rivals = vec![Rival {
        name: "stranger".to_string(),
        label: "two strangers".to_string(),
        label_zh: "互不相干的两人".to_string(),
        pairs_per_record: 0.0,
        fixed: false,
    }];
    let mut seen = vec!["stranger".to_string()];
    for entry in entries {
        problems.once(&mut seen, &entry.name, "rival");
        if seen.len() > MAX_RIVALS {
            problems.add(
                entry.name.span(),
                format!("at most {} rivals besides the stranger", MAX_RIVALS - 1),
            );
        }
        rivals.push(Rival {
            name: entry.name.into_inner(),
            label_zh: entry.label_zh.unwrap_or_else(|| entry.label.clone()),
            label: entry.label,
            pairs_per_record: entry.pairs_per_record,
            fixed: entry.fixed,
        });
    }
    rivals
}

fn blocking(
    entries: Vec<BlockingEntry>,
    fields: &[Field],
    problems: &mut Problems<'_>,
) -> Vec<BlockingRule> {
    let mut seen = Vec::new();
    let parse = |texts: Vec<Spanned<String>>, problems: &mut Problems<'_>| -> Vec<KeyPart> {
        let parts = texts.into_iter().filter_map(|text| {
            KeyPart::parse(text.get_ref(), fields)
                .map_err(|error| problems.add(text.span(), error.to_string()))
                .ok()
        });
        parts.collect()
    };
    let mut rules = Vec::new();
    for entry in entries {
        problems.once(&mut seen, &entry.name, "blocking rule");
        if entry.key.is_empty() {
            problems.add(
                entry.name.span(),
                "a blocking rule needs at least one key part".to_string(),
            );
        }
        if entry.refine.len() > MAX_REFINE {
            problems.add(
                entry.name.span(),
                format!("a blocking rule has at most {MAX_REFINE} `refine` parts"),
            );
        }
        let (parts, refine) = (parse(entry.key, problems), parse(entry.refine, problems));
        rules.push(BlockingRule {
            name: entry.name.into_inner(),
            parts,
            refine,
            own_cap: entry.cap.map(|cap| cap.max(2)),
        });
    }
    rules
}

struct Comparisons<'a, 'b> {
    fields: &'a [Field],
    rivals: &'a [Rival],
    frequency_parts: Vec<KeyPart>,
    problems: &'a mut Problems<'b>,
}

impl Comparisons<'_, '_> {
    fn comparison(&mut self, entry: ComparisonEntry) -> (Comparison, Vec<LevelParameters>) {
        let mut places = Vec::new();
        for name in &entry.fields {
            match find_field(self.fields, name.get_ref()) {
                Some(place) => places.push(place),
                None => self.problems.add(
                    name.span(),
                    format!("`{}` is not a field of this model", name.get_ref()),
                ),
            }
        }
        let span = entry.name.span();
        if entry.fields.is_empty() {
            self.problems.add(
                span.clone(),
                "a comparison needs at least one field".to_string(),
            );
        }
        if entry.levels.len() > MAX_LEVELS {
            self.problems.add(
                span.clone(),
                format!("at most {MAX_LEVELS} levels, not {}", entry.levels.len()),
            );
        }
        let first = places.first().copied();
        let missing_when = entry
            .missing_when
            .map_or_else(Vec::new, |when| self.conditions(&when, first));
        let (mut levels, mut parameters, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for level in entry.levels {
            self.problems.once(&mut seen, &level.name, "level");
            parameters.push(self.parameters(&level, entry.fixed_u || level.fixed));
            levels.push(self.level(level, first));
        }
        let closes = levels
            .last()
            .is_some_and(|level: &Level| level.when.iter().any(Condition::is_else));
        if !closes {
            let message = format!(
                "the last level of `{}` must have `when = \"else\"`",
                entry.name.get_ref()
            );
            self.problems.add(span, message);
        }
        (
            Comparison {
                name: entry.name.into_inner(),
                fields: places,
                missing_when,
                levels,
            },
            parameters,
        )
    }

    fn level(&mut self, entry: LevelEntry, first: Option<usize>) -> Level {
        Level {
            when: self.conditions(&entry.when, first),
            name: entry.name.into_inner(),
            label_zh: entry.label_zh.unwrap_or_else(|| entry.label.clone()),
            label: entry.label,
        }
    }

    /// The alternatives of a `when`; `first` is the field that they read if they name none.
    fn conditions(&mut self, when: &Spanned<toml::Value>, first: Option<usize>) -> Vec<Condition> {
        let mut found = Vec::new();
        for text in alternatives(when.get_ref()) {
            let parsed =
                text.ok_or_else(|| "write a condition, or a list of conditions".to_string());
            let read = |text| {
                Condition::parse(text, self.fields, first.unwrap_or(0))
                    .map_err(|error| error.to_string())
            };
            match parsed.and_then(read) {
                Ok(condition) => found.push(condition),
                Err(message) => self.problems.add(when.span(), message),
            }
        }
        found
    }

    fn parameters(&mut self, entry: &LevelEntry, fixed_u: bool) -> LevelParameters {
        let mut against = vec![self.problems.probability(&entry.u)];
        for rival in self.rivals.iter().skip(1) {
            // A rival that a level does not mention agrees there as strangers do.
            let stated = entry
                .against
                .get(&rival.name)
                .map(|value| self.problems.probability(value));
            against.push(stated.unwrap_or(*entry.u.get_ref()));
        }
        for (name, value) in &entry.against {
            if !self.rivals.iter().any(|rival| rival.name == *name) {
                self.problems.add(
                    value.span(),
                    format!("`{name}` is not a rival of this model"),
                );
            }
        }
        let frequency = entry
            .frequency
            .as_ref()
            .and_then(|rule| self.frequency(rule));
        LevelParameters {
            m: self.problems.probability(&entry.m),
            against,
            frequency,
            fixed_u,
        }
    }

    fn frequency(&mut self, entry: &FrequencyEntry) -> Option<FrequencyRule> {
        let part = KeyPart::parse(entry.of.get_ref(), self.fields)
            .map_err(|error| self.problems.add(entry.of.span(), error.to_string()))
            .ok()?;
        let known = self.frequency_parts.iter().position(|known| *known == part);
        let table = known.unwrap_or(self.frequency_parts.len());
        if known.is_none() {
            self.frequency_parts.push(part);
        }
        Some(FrequencyRule {
            table,
            floor: entry.floor.max(1e-12),
            only_common: entry.only_common,
            relative: entry.relative,
        })
    }
}

/// The conditions of a level: one text, or a list of which one must hold; `None` for what is no text.
fn alternatives(when: &toml::Value) -> Vec<Option<&str>> {
    match when {
        toml::Value::Array(texts) => texts.iter().map(toml::Value::as_str).collect(),
        text => vec![text.as_str()],
    }
}
