//! `summary.json`: what a sweep read, decided and found.
//!
//! Keys are snake_case and stable: a key may be added, none is renamed. Every number is
//! finite. Whoever fills a list decides its order; lists are printed in the order given, so
//! fill them in an order that does not depend on threads or on the order of the input files.

mod model;
mod tally;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::words::Text;
pub use tally::cluster_sizes;

/// Version of the layout of `summary.json`; grows when a key changes its meaning.
pub const FORMAT: u32 = 1;

/// A whole sweep: everything but [`Summary::run`] is a function of records, model, policy and day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// [`FORMAT`] when it was written.
    pub format: u32,
    /// Version of the program.
    pub yiren_version: String,
    /// Day the months are counted to, ISO 8601.
    pub as_of: String,
    /// The model that weighed the pairs.
    pub model: Model,
    /// Version of the overlap rules.
    pub policy_version: String,
    /// The files that were read, by name.
    pub inputs: Vec<Input>,
    /// The figures to know first.
    pub totals: Totals,
    /// Counts for each programme and register.
    pub sources: Vec<SourceCount>,
    /// Persons that two sources have in common.
    pub overlap: OverlapMatrix,
    /// Findings by rule, hence by kind and severity.
    pub findings: Vec<FindingCount>,
    /// Findings by kind and county.
    pub findings_by_division: FindingsByDivision,
    /// Rows left out, by reason.
    pub rejects: Vec<RejectCount>,
    /// Scored pairs by match weight.
    pub weights: WeightHistogram,
    /// Entities by number of records, smallest first.
    pub cluster_sizes: Vec<ClusterSize>,
    /// How candidate pairs were found.
    pub blocking: Blocking,
    /// Pairs explained step by step, masked.
    pub examples: Vec<Example>,
    /// What the run cost: the only part that differs from run to run.
    pub run: Run,
}

/// One input file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Input {
    /// Name without its folder.
    pub file: String,
    /// Source its records belong to.
    pub source: String,
    /// What the source is.
    pub role: Role,
    /// Rows read, accepted or not.
    pub rows: u64,
    /// Rows that went to `rejects.csv`.
    pub rejected: u64,
    /// Size as stored.
    pub bytes: u64,
}

/// What a source is.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Enrols people.
    #[default]
    Programme,
    /// Describes people; its records are evidence, never an enrolment.
    Register,
}

/// The figures to know first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Records accepted.
    pub records: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Entities, that is persons as far as the engine can tell.
    pub entities: u64,
    /// Entities of two records or more.
    pub entities_with_several_records: u64,
    /// Pairs of records that were linked.
    pub links: u64,
    /// Pairs left to clerical review.
    pub review_pairs: u64,
    /// Findings of any kind.
    pub findings: u64,
}

/// Counts for one source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceCount {
    /// Name of the source.
    pub source: String,
    /// What the page calls it; an empty text stands for the name.
    pub label: Text,
    /// What it is.
    pub role: Role,
    /// Records accepted.
    pub records: u64,
    /// Entities with a record in it.
    pub persons: u64,
    /// Of those, entities with two records in it or more.
    pub persons_repeated: u64,
    /// Of those, entities with a record in another source as well.
    pub persons_elsewhere: u64,
}

/// Persons that two sources have in common; filled by [`OverlapMatrix::from_entities`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OverlapMatrix {
    /// Names of the rows and of the columns.
    pub sources: Vec<String>,
    /// `persons[a][b]`: entities with records in both; on the diagonal, entities with a record in one.
    pub persons: Vec<Vec<u64>>,
}

/// Findings of one rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FindingCount {
    /// `duplicate_enrolment`, `paid_after_death`, ...
    pub kind: String,
    /// Rule of the policy that they come from.
    pub rule: String,
    /// What the page calls them; an empty text stands for the kind.
    pub label: Text,
    /// Legal basis of the rule, if the policy states one.
    pub basis: Text,
    /// As the policy names it.
    pub severity: String,
    /// Findings, one a pair of records.
    pub count: u64,
    /// Entities concerned.
    pub persons: u64,
    /// Months concerned, summed.
    pub months: u64,
    /// Amount concerned, summed, in hundredths of a yuan.
    pub amount_fen: i64,
}

/// Findings by kind and county; filled by [`FindingsByDivision::from_counts`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FindingsByDivision {
    /// Names of the columns.
    pub kinds: Vec<String>,
    /// The counties with most findings, most first, then by code.
    pub divisions: Vec<DivisionCount>,
    /// How many further counties [`FindingsByDivision::other`] adds up.
    pub other_divisions: u64,
    /// Sums over those, a number a kind.
    pub other: Vec<u64>,
}

/// Findings of one county.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DivisionCount {
    /// Six digits of GB/T 2260, or empty if unknown.
    pub code: String,
    /// Name, or empty if the code is in no table.
    pub name: String,
    /// A number a kind, as in [`FindingsByDivision::kinds`].
    pub counts: Vec<u64>,
}

/// Rows rejected for one reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RejectCount {
    /// Reason as in `rejects.csv`.
    pub reason: String,
    /// Rows.
    pub rows: u64,
}

/// Scored pairs by match weight, in bins of one bit; filled by [`WeightHistogram::add`].
///
/// The weight is that of the verdict: log2 of the odds that the two are one person, prior included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightHistogram {
    /// Bins from the lowest to the highest; bins without pairs are absent.
    pub bins: Vec<WeightBin>,
}

/// Pairs whose weight is at least `lower` and below `lower + 1`.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightBin {
    /// Lower edge, in bits.
    pub lower: i32,
    /// Pairs of any verdict.
    pub pairs: u64,
    /// Of these, linked.
    pub linked: u64,
    /// Of these, left to review.
    pub review: u64,
}

/// What was decided on a pair.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One person.
    Link,
    /// For a person to decide.
    Review,
    /// Two persons.
    #[default]
    NonLink,
}

/// Entities of one size.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterSize {
    /// Records in the entity.
    pub size: u64,
    /// Entities of that size.
    pub clusters: u64,
}

/// How candidate pairs were found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Blocking {
    /// Rules in the order of the model, which is the order they claim pairs in.
    pub rules: Vec<BlockingRule>,
    /// All pairs that could be formed of the records.
    pub possible_pairs: u64,
    /// Pairs scored, each once.
    pub candidate_pairs: u64,
}

/// What one blocking rule brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BlockingRule {
    /// Name in the model file.
    pub name: String,
    /// Distinct keys.
    pub keys: u64,
    /// Pairs that share a key.
    pub pairs: u64,
    /// Of these, pairs that no earlier rule brought.
    pub new_pairs: u64,
    /// Records under the commonest key.
    pub largest_block: u64,
    /// Blocks over the cap that were split by further keys.
    pub refined_blocks: u64,
    /// Pairs that were in no refined block and so were not scored.
    pub cut_pairs: u64,
}

/// The model, as far as a reader needs it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Name in the model file.
    pub name: String,
    /// Version in the model file.
    pub version: String,
    /// Probability that two records drawn at random are one person.
    pub prior: f64,
    /// What else two records may be that look alike, besides two strangers.
    pub rivals: Vec<Rival>,
    /// Weights that decide.
    pub thresholds: Thresholds,
    /// What is compared, in the order of the model.
    pub comparisons: Vec<Comparison>,
}

/// A hypothesis beside "one person" and "two strangers", such as two members of one family.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rival {
    /// Name in the model file, such as `relative`.
    pub name: String,
    /// Probability that two records drawn at random are that.
    pub prior: f64,
}

/// Weights that decide, in bits with the prior included.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// From here on a pair is linked.
    pub link: f64,
    /// From here to `link` a pair goes to review.
    pub review: f64,
}

/// One comparison of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Comparison {
    /// Name in the model file.
    pub name: String,
    /// What the page calls it; an empty text stands for the name.
    pub label: Text,
    /// Levels, the closest agreement first; the null level is left out.
    pub levels: Vec<Level>,
}

/// One level of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Level {
    /// What the page calls it.
    pub label: Text,
    /// Probability of the level among pairs that are one person.
    pub m: f64,
    /// Probability of the level among pairs of strangers.
    pub u: f64,
    /// Probability of the level under each named rival.
    pub rivals: BTreeMap<String, f64>,
    /// Match weight, log2(m/u), as [`match_weight`] gives it.
    pub weight: f64,
}

/// Two records, what they have in common, and what follows. Values are masked ([`super::mask`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Example {
    /// Why it was chosen, such as a twin or a legacy number.
    pub title: Text,
    /// One record.
    pub left: RecordName,
    /// The other record.
    pub right: RecordName,
    /// What else of the two helps a reader; values that the steps show need not come again.
    pub fields: Vec<ExampleField>,
    /// What was decided.
    pub verdict: Verdict,
    /// Hypothesis that the weights are against: `stranger`, or the rival that explains the pair best.
    pub against: String,
    /// Where the weight starts: log2 of the prior odds against that hypothesis.
    pub prior_weight: f64,
    /// What each comparison adds, in the order of the model; comparisons without effect may be left out.
    pub steps: Vec<ExampleStep>,
    /// The sum of both.
    pub weight: f64,
    /// Probability that the two are one person.
    pub probability: f64,
}

/// How to find a record again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordName {
    /// Its source.
    pub source: String,
    /// Its id in the source.
    pub record_id: String,
}

/// One field of both records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExampleField {
    /// Canonical column.
    pub column: String,
    /// Masked value of one record.
    pub left: String,
    /// Masked value of the other.
    pub right: String,
}

/// One comparison of an example.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExampleStep {
    /// Name of the comparison in the model file.
    pub comparison: String,
    /// Level the pair is on.
    pub level: Text,
    /// Masked value of one record.
    pub left: String,
    /// Masked value of the other.
    pub right: String,
    /// What the level adds, in bits, term-frequency adjustment included.
    pub weight: f64,
}

/// What a run cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Run {
    /// Threads that worked.
    pub threads: u64,
    /// Wall time from start to end.
    pub seconds_total: f64,
    /// Most memory held at a time, as the operating system counts it; 0 if it does not.
    pub peak_memory_bytes: u64,
    /// Bytes that did not fit in memory and went to a temporary file meanwhile.
    pub spilled_bytes: u64,
    /// Parts of the run in their order.
    pub phases: Vec<Phase>,
}

/// One part of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Phase {
    /// Name, such as `read` or `score`.
    pub name: String,
    /// Wall time.
    pub seconds: f64,
    /// Rows (or pairs) a second.
    pub rows_per_second: f64,
}

/// log2(m/u) in bits, kept within ±64 so that a level never seen on one side stays a number;
/// 0 if either is no probability.
///
/// ```
/// use yiren::report::summary::match_weight;
/// assert_eq!(match_weight(0.5, 0.125), 2.0);
/// assert_eq!(match_weight(0.9, 0.0), 64.0);
/// ```
pub fn match_weight(m: f64, u: f64) -> f64 {
    const LIMIT: f64 = 64.0;
    let is_probability = |p: f64| (0.0..=1.0).contains(&p);
    if !is_probability(m) || !is_probability(u) || m == u {
        return 0.0;
    }
    (m.log2() - u.log2()).clamp(-LIMIT, LIMIT)
}
