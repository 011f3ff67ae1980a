//! What blocking brings and what it misses: each rule by itself, and all up to it.
//!
//! Every pair is counted once a rule, however many of the rule's blocks hold it, so that the
//! figures of different rules can be held against each other.

mod estimate;
mod missed;
mod obstacles;
mod text;

use std::io;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use yiren_matchers::blocking::BlockingRule;

use super::interval::Share;
use super::matching::{Matching, Truth, pairs_of};
use super::summary::RecordName;
use crate::index::{CandidatePair, CandidatePart, RuleCounts};

pub use estimate::{Estimate, IndependentRules};
pub use missed::{Cause, Missed, MissedPair, PartCount};
pub(super) use obstacles::Parts;

/// An analysis of the blocking rules of a model over some records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BlockingReport {
    /// Records.
    pub records: u64,
    /// Pairs that could be formed of them.
    pub possible_pairs: u64,
    /// Pairs that at least one rule brings.
    pub candidate_pairs: u64,
    /// The part of all possible pairs that need not be compared, 0 to 1.
    pub reduction_ratio: f64,
    /// True pairs among them by the model: the sum of their probabilities.
    pub expected_true_pairs: f64,
    /// How many of the true pairs the rules bring, as far as that can be told without a truth.
    pub estimate: Estimate,
    /// How many of the true pairs they bring, if a truth was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth: Option<Completeness>,
    /// The rules, in the order of the model.
    pub rules: Vec<RuleReport>,
    /// What they miss, if a truth was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
}

/// True pairs and those that blocking brings.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Completeness {
    /// Records whose person is known; the others are left out of what follows.
    pub records: u64,
    /// Pairs of records that are one person.
    pub true_pairs: u64,
    /// Of these, pairs that at least one rule brings.
    pub found: u64,
    /// The share of these.
    pub completeness: Share,
}

/// One blocking rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleReport {
    /// Name in the model file.
    pub name: String,
    /// Parts that two records must agree on.
    pub key: Vec<String>,
    /// Distinct keys.
    pub keys: u64,
    /// Candidate pairs.
    pub pairs: RulePairs,
    /// The part of all possible pairs that neither this rule nor an earlier one brings, 0 to 1.
    pub reduction_ratio: f64,
    /// Blocks over the cap that were refined.
    pub refined_blocks: u64,
    /// Pairs that share a key and were left out because its block was over the cap.
    pub cut_pairs: u64,
    /// True pairs by the model: the sum of their probabilities.
    pub expected: ExpectedPairs,
    /// The part of all true pairs that this rule brings, by the [`Estimate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_recall: Option<f64>,
    /// The same of this rule and those before it together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_recall_cumulative: Option<f64>,
    /// Pairs that are one person, if a truth was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub true_pairs: Option<RulePairs>,
    /// The part of all true pairs that this rule brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completeness: Option<f64>,
    /// The same of this rule and those before it together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completeness_cumulative: Option<f64>,
    /// Its largest blocks, the one with most records first.
    pub largest: Vec<BlockReport>,
}

/// Pairs of one kind that a rule brings.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RulePairs {
    /// All of them.
    pub all: u64,
    /// Those that no earlier rule brings.
    pub new: u64,
    /// Those that this rule or an earlier one brings.
    pub cumulative: u64,
    /// Those that no other rule brings: what would be lost without this one.
    pub only: u64,
}

/// The same in expected true pairs: sums of probabilities.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExpectedPairs {
    /// All of them.
    pub all: f64,
    /// Those that no earlier rule brings.
    pub new: f64,
    /// Those that this rule or an earlier one brings.
    pub cumulative: f64,
    /// Those that no other rule brings.
    pub only: f64,
}

/// A large block. It is named by one of its records, never by its key, which is personal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BlockReport {
    /// Records under the key.
    pub records: u64,
    /// One of them.
    pub example: RecordName,
    /// Refining parts that were used; none if the block was within the cap.
    pub refined_by: Vec<String>,
    /// Whether even all refining parts left a piece over the cap, of which each record is paired
    /// with its near neighbours only, in an order by chance.
    pub neighbours_only: bool,
    /// Pieces that it became.
    pub pieces: u64,
    /// Records of the largest of these.
    pub largest_piece: u64,
    /// Pairs that share the key and that none of them brings.
    pub cut_pairs: u64,
}

/// What was counted in some records.
struct Sums {
    rules: Vec<RuleSums>,
    candidates: u64,
    expected: f64,
    found: u64,
    groups: Vec<estimate::Overlap>,
}

/// The same of one rule.
#[derive(Copy, Clone, Default)]
struct RuleSums {
    candidates: RulePairs,
    expected: ExpectedPairs,
    truly: RulePairs,
}

impl RulePairs {
    fn add(&mut self, is_new: bool, is_only: bool) {
        self.all += 1;
        self.new += u64::from(is_new);
        self.only += u64::from(is_only);
    }

    fn merge(&mut self, other: &RulePairs) {
        self.all += other.all;
        self.new += other.new;
        self.only += other.only;
    }
}

impl ExpectedPairs {
    fn add(&mut self, probability: f64, is_new: bool, is_only: bool) {
        self.all += probability;
        self.new += if is_new { probability } else { 0.0 };
        self.only += if is_only { probability } else { 0.0 };
    }

    fn merge(&mut self, other: &ExpectedPairs) {
        self.all += other.all;
        self.new += other.new;
        self.only += other.only;
    }
}

impl Sums {
    fn new(rules: usize, groups: usize) -> Sums {
        Sums {
            rules: vec![RuleSums::default(); rules],
            candidates: 0,
            expected: 0.0,
            found: 0,
            groups: vec![estimate::Overlap::default(); groups],
        }
    }

    /// A pair with its probability, and the rules that bring it, ascending.
    fn add(&mut self, rules: &[CandidatePair], probability: f64, is_true: bool) {
        self.candidates += 1;
        self.expected += probability;
        self.found += u64::from(is_true);
        let is_only = rules.len() == 1;
        for (place, pair) in rules.iter().enumerate() {
            let sums = &mut self.rules[usize::from(pair.rule)];
            let is_new = place == 0;
            sums.candidates.add(is_new, is_only);
            sums.expected.add(probability, is_new, is_only);
            if is_true {
                sums.truly.add(is_new, is_only);
            }
        }
    }

    fn merge(&mut self, other: &Sums) {
        for (mine, others) in self.rules.iter_mut().zip(&other.rules) {
            mine.candidates.merge(&others.candidates);
            mine.expected.merge(&others.expected);
            mine.truly.merge(&others.truly);
        }
        self.candidates += other.candidates;
        self.expected += other.expected;
        self.found += other.found;
        for (mine, others) in self.groups.iter_mut().zip(&other.groups) {
            mine.merge(others);
        }
    }
}

impl BlockingReport {
    /// Looks at every candidate pair and, with a truth, at every true pair that is not one;
    /// names at most `examples` pairs a cause. Costs as much as making the candidates.
    pub fn new(
        matching: &Matching<'_>,
        truth: Option<&Truth>,
        examples: usize,
    ) -> io::Result<Self> {
        let parts = matching.parts();
        let groups = estimate::independent(&parts.blocking);
        let sums = count(matching, truth, &groups)?;
        let records = matching.table.len() as u64;
        let possible = pairs_of(records);
        let estimate = Estimate::new(parts, &groups, &sums.groups, sums.expected);
        let true_pairs = truth.map(Truth::true_pairs);
        let counts = matching.candidates.counts().iter();
        let mut rules: Vec<RuleReport> = counts
            .zip(&sums.rules)
            .zip(&parts.blocking)
            .map(|((counts, pairs), rule)| RuleReport {
                name: rule.name.clone(),
                key: rule.parts.iter().map(|part| part.text().into()).collect(),
                keys: counts.keys,
                pairs: pairs.candidates,
                refined_blocks: counts.refined_blocks,
                cut_pairs: counts.cut_pairs,
                expected: pairs.expected,
                true_pairs: true_pairs.map(|_| pairs.truly),
                largest: largest(matching, rule, counts),
                ..RuleReport::default()
            })
            .collect();
        accumulate(&mut rules, possible, &estimate, true_pairs);
        let missed = truth
            .zip(true_pairs)
            .map(|(truth, pairs)| Missed::new(matching, truth, pairs - sums.found, examples));
        Ok(BlockingReport {
            records,
            possible_pairs: possible,
            candidate_pairs: sums.candidates,
            reduction_ratio: reduction(sums.candidates, possible),
            expected_true_pairs: sums.expected,
            estimate,
            truth: truth.zip(true_pairs).map(|(truth, pairs)| Completeness {
                records: truth.records(),
                true_pairs: pairs,
                found: sums.found,
                completeness: Share::of(sums.found, pairs),
            }),
            rules,
            missed: missed.transpose()?,
        })
    }
}

/// Fills in what a rule comes to together with those before it.
fn accumulate(
    rules: &mut [RuleReport],
    possible: u64,
    estimate: &Estimate,
    true_pairs: Option<u64>,
) {
    let (mut pairs, mut expected, mut truly) = (0, 0.0, 0);
    for rule in rules {
        pairs += rule.pairs.new;
        expected += rule.expected.new;
        rule.pairs.cumulative = pairs;
        rule.expected.cumulative = expected;
        rule.reduction_ratio = reduction(pairs, possible);
        let recall = |found: f64| estimate.true_pairs.map(|of| (found / of).min(1.0));
        rule.estimated_recall = recall(rule.expected.all);
        rule.estimated_recall_cumulative = recall(expected);
        if let Some((found, all)) = rule.true_pairs.as_mut().zip(true_pairs) {
            truly += found.new;
            found.cumulative = truly;
            rule.completeness = Some(Share::of(found.all, all).value);
            rule.completeness_cumulative = Some(Share::of(truly, all).value);
        }
    }
}

fn reduction(pairs: u64, possible: u64) -> f64 {
    1.0 - pairs as f64 / possible.max(1) as f64
}

fn largest(matching: &Matching<'_>, rule: &BlockingRule, counts: &RuleCounts) -> Vec<BlockReport> {
    let blocks = counts.largest.iter().filter(|block| block.records > 1);
    blocks
        .map(|block| BlockReport {
            records: block.records,
            example: matching.name(block.first),
            refined_by: rule
                .refine
                .iter()
                .take(block.parts)
                .map(|part| part.text().to_string())
                .collect(),
            neighbours_only: block.neighbours_only,
            pieces: block.pieces,
            largest_piece: block.largest_piece,
            cut_pairs: block.cut_pairs,
        })
        .collect()
}

/// Counts all candidate pairs, in parallel. Pairs below the reporting weight count as no match.
fn count(
    matching: &Matching<'_>,
    truth: Option<&Truth>,
    groups: &[Vec<usize>],
) -> io::Result<Sums> {
    let candidates = matching.candidates;
    let rules = candidates.counts().len();
    let group_of = estimate::group_of(rules, groups);
    let count = |part: &mut CandidatePart, place: usize| {
        let mut sums = Sums::new(rules, groups.len());
        candidates.read(place, part)?;
        let all = &matching.scored.pairs;
        let start = all.partition_point(|pair| pair.a < candidates.records_of(place).start);
        let mut scored = all[start..].iter().peekable();
        let found: Vec<CandidatePair> = part.pairs().collect();
        for brought in found.chunk_by(|x, y| (x.a, x.b) == (y.a, y.b)) {
            let pair = (brought[0].a, brought[0].b);
            while scored.next_if(|kept| (kept.a, kept.b) < pair).is_some() {}
            let kept = scored.peek().filter(|kept| (kept.a, kept.b) == pair);
            let probability = kept.map_or(0.0, |pair| pair.score.weight.probability().0);
            let one = truth.and_then(|truth| truth.is_match(pair.0, pair.1));
            sums.add(brought, probability, one == Some(true));
            estimate::add(&mut sums.groups, &group_of, brought, probability);
        }
        Ok(sums)
    };
    let parts: Vec<Sums> = (0..candidates.parts())
        .into_par_iter()
        .map_init(CandidatePart::default, count)
        .collect::<io::Result<_>>()?;
    // In their order, so that the sums of probabilities have the same bits whatever the threads.
    let mut all = Sums::new(rules, groups.len());
    parts.iter().for_each(|sums| all.merge(sums));
    Ok(all)
}
