//! Candidate pairs in, weighed pairs out: the only caller of [`Model::score`].

use rayon::prelude::*;
use yiren_matchers::comparison::{Pattern, pattern};
use yiren_matchers::model::{Explanation, MatchWeight, Model, Score, TermFrequencies};
use yiren_matchers::training::Counts;

use crate::index::Scan;
use crate::table::Table;

/// Records a task; small, because later records have fewer candidates.
const STRIPE: usize = 1 << 10;

/// Sums that [`Scorer::fold_candidates`] makes at most.
const SUMS: usize = 1 << 8;

/// Scores pairs of one table under one model.
#[derive(Clone, Debug)]
pub struct Scorer {
    model: Model,
    frequencies: TermFrequencies,
}

/// A pair at or above the weight that was asked for.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct ScoredPair {
    /// The lower record.
    pub a: u32,
    /// The higher record.
    pub b: u32,
    /// Weight, levels and likeliest rival.
    pub score: Score,
}

/// All weighed pairs of a table.
#[derive(Clone, Debug, Default)]
pub struct ScoredPairs {
    /// Pairs at or above the weight asked for, ascending by record.
    pub pairs: Vec<ScoredPair>,
    /// Distinct candidate pairs.
    pub candidates: u64,
    /// Of these, the pairs that each blocking rule was the first to bring.
    pub new_pairs: Vec<u64>,
}

impl Scorer {
    /// A scorer for a table: the prior follows the number of records, and term frequencies are
    /// counted in it.
    pub fn new(model: &Model, table: &Table) -> Scorer {
        let model = model.for_records(table.len() as u64);
        let parts = model.parts();
        let frequencies = (0..table.len())
            .into_par_iter()
            .with_min_len(1 << 14)
            .fold(
                || TermFrequencies::new(parts.frequency_parts.len()),
                |mut counts, record| {
                    let values = table.record(record as u32);
                    counts.add(
                        &parts.frequency_parts,
                        values,
                        &table.dictionaries,
                        &parts.fields,
                    );
                    counts
                },
            )
            .reduce(
                || TermFrequencies::new(parts.frequency_parts.len()),
                |mut counts, other| {
                    counts.merge(other);
                    counts
                },
            );
        Scorer { model, frequencies }
    }

    /// A scorer for records out of context: the model's own prior, and no term frequencies.
    pub fn out_of_context(model: &Model) -> Scorer {
        let frequencies = TermFrequencies::new(model.parts().frequency_parts.len());
        Scorer {
            model: model.clone(),
            frequencies,
        }
    }

    /// The model, with the prior of this table.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The score of any two records; −∞ for two of one source where the model says that each
    /// source holds a person once.
    pub fn weigh(&self, table: &Table, a: u32, b: u32) -> Score {
        let floor = MatchWeight(f64::NEG_INFINITY);
        let apart = self.model.parts().unique_sources && table.same_source(a, b);
        let score = match apart {
            true => None,
            false => self
                .model
                .score(&table.pair(a, b), &self.frequencies, floor),
        };
        score.unwrap_or(Score {
            weight: floor,
            pattern: 0,
            rival: 0,
        })
    }

    /// The reasons for the score of any two records.
    pub fn explain(&self, table: &Table, a: u32, b: u32) -> Explanation {
        self.model.explain(&table.pair(a, b), &self.frequencies)
    }

    /// Scores every candidate pair once, in parallel, and keeps those at or above `floor`, in
    /// the same order whatever the number of threads. `progress` is told how many records are done.
    pub fn score_all(
        &self,
        table: &Table,
        scan: &Scan,
        floor: MatchWeight,
        progress: &(dyn Fn(u64) + Sync),
    ) -> ScoredPairs {
        let rules = scan.counts().len();
        let stripes = (0..table.len().div_ceil(STRIPE))
            .into_par_iter()
            .map(|stripe| {
                let mut found = ScoredPairs {
                    new_pairs: vec![0; rules],
                    ..ScoredPairs::default()
                };
                let mut candidates = Vec::new();
                let end = ((stripe + 1) * STRIPE).min(table.len());
                for a in stripe * STRIPE..end {
                    let a = a as u32;
                    scan.candidates(a, &mut candidates);
                    found.candidates += candidates.len() as u64;
                    for &(b, rule) in &candidates {
                        found.new_pairs[usize::from(rule)] += 1;
                        if let Some(score) =
                            self.model
                                .score(&table.pair(a, b), &self.frequencies, floor)
                        {
                            found.pairs.push(ScoredPair { a, b, score });
                        }
                    }
                }
                progress((end - stripe * STRIPE) as u64);
                found
            });
        let stripes: Vec<ScoredPairs> = stripes.collect();
        let mut all = ScoredPairs {
            new_pairs: vec![0; rules],
            ..ScoredPairs::default()
        };
        all.pairs
            .reserve(stripes.iter().map(|stripe| stripe.pairs.len()).sum());
        for stripe in stripes {
            all.pairs.extend(stripe.pairs);
            all.candidates += stripe.candidates;
            all.new_pairs
                .iter_mut()
                .zip(&stripe.new_pairs)
                .for_each(|(sum, new)| *sum += new);
        }
        all
    }

    /// Weighs every candidate pair to the end, however low its weight, and adds each to a sum that
    /// `empty` starts. In parallel; one sum a stripe of records, in their order and at most 256, so
    /// that adding the sums up gives the same bits whatever the threads. Costs more than [`Scorer::score_all`],
    /// which may stop early.
    pub fn fold_candidates<S: Send>(
        &self,
        table: &Table,
        scan: &Scan,
        empty: impl Fn() -> S + Sync,
        add: impl Fn(&mut S, &ScoredPair) + Sync,
    ) -> Vec<S> {
        let stripe_len = table.len().div_ceil(SUMS).max(STRIPE);
        let stripes = (0..table.len().div_ceil(stripe_len))
            .into_par_iter()
            .map(|stripe| {
                let mut sum = empty();
                let mut candidates = Vec::new();
                for a in stripe * stripe_len..((stripe + 1) * stripe_len).min(table.len()) {
                    let a = a as u32;
                    scan.candidates(a, &mut candidates);
                    for &(b, _) in &candidates {
                        let score = self.weigh(table, a, b);
                        add(&mut sum, &ScoredPair { a, b, score });
                    }
                }
                sum
            });
        stripes.collect()
    }

    /// Counts the patterns of pairs, without weighing them: what training is made from.
    pub fn count_patterns(
        &self,
        table: &Table,
        pairs: impl ParallelIterator<Item = (u32, u32)>,
    ) -> Counts {
        let comparisons = &self.model.parts().comparisons;
        let mut patterns: Vec<Pattern> = pairs
            .filter(|(a, b)| a != b)
            .map(|(a, b)| pattern(comparisons, &table.pair(a, b)))
            .collect();
        patterns.par_sort_unstable();
        patterns
            .chunk_by(|a, b| a == b)
            .map(|group| (group[0], group.len() as u64))
            .collect()
    }

    /// Counts the patterns of all candidate pairs.
    pub fn count_candidates(&self, table: &Table, scan: &Scan) -> Counts {
        let pairs = (0..table.len() as u32).into_par_iter().flat_map_iter(|a| {
            let mut candidates = Vec::new();
            scan.candidates(a, &mut candidates);
            candidates.into_iter().map(move |(b, _)| (a, b))
        });
        self.count_patterns(table, pairs)
    }
}
