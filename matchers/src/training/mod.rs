//! Estimating a model without labels.
//!
//! u comes from random pairs. m comes from labelled pairs where there are some; else m, and the probabilities of every rival that is not fixed, come
//! from expectation–maximisation (Dempster, Laird and Rubin 1977; for record linkage Winkler
//! 1988) over the candidate pairs of one blocking rule at a time, leaving out the comparisons
//! that the rule itself decides; the passes are pooled by their expected counts, and how far
//! they disagree is reported. The prior is the expected number of matches among all
//! candidate pairs.
//!
//! Candidate pairs that people judged are not shared out: they count as what they were judged, in
//! EM and in the prior (Larsen and Rubin, JASA 96, 2001, 32–41). Which pairs people are given
//! depends on the comparisons alone, as the weight does, so that what they say of these is no
//! biased sample of the pairs with the same comparisons, and the estimate stays one of maximum
//! likelihood; m taken from such pairs alone would describe pairs that are hard to tell.

mod em;

use std::collections::BTreeMap;

use crate::comparison::{MISSING, Pattern, level_of};
use crate::model::{LevelParameters, MAX_RIVALS, ModelParts};

/// How many pairs showed each pattern, ascending by pattern.
pub type Counts = Vec<(Pattern, u64)>;

/// Smallest probability that training gives to a level.
const LEAST: f64 = 1e-7;

/// Patterns of candidate pairs, by what is known of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Pairs of which nobody said anything.
    pub open: Counts,
    /// Pairs that people said are one person.
    pub same: Counts,
    /// Pairs that people said are two.
    pub different: Counts,
}

impl Seen {
    /// Pairs of which nobody said anything.
    pub fn unjudged(open: Counts) -> Seen {
        Seen {
            open,
            ..Seen::default()
        }
    }

    /// How many pairs there are.
    pub fn pairs(&self) -> u64 {
        let all = [&self.open, &self.same, &self.different];
        all.into_iter().flatten().map(|(_, count)| count).sum()
    }

    /// Patterns and their counts, with what people said.
    fn each(&self) -> impl Iterator<Item = (Option<bool>, Pattern, u64)> + '_ {
        let all = [
            (None, &self.open),
            (Some(true), &self.same),
            (Some(false), &self.different),
        ];
        all.into_iter().flat_map(|(judged, counts)| {
            counts
                .iter()
                .map(move |&(pattern, count)| (judged, pattern, count))
        })
    }
}

/// Candidate pairs of one blocking rule.
#[derive(Clone, Debug)]
pub struct Pass {
    /// Name of the rule.
    pub rule: String,
    /// Patterns of its pairs.
    pub counts: Seen,
    /// Which comparisons the rule leaves free.
    pub free: Vec<bool>,
}

/// What training is made from.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Number of records.
    pub records: u64,
    /// Patterns of random pairs.
    pub random: Counts,
    /// Passes of EM.
    pub passes: Vec<Pass>,
    /// Patterns of the candidate pairs of all rules together, each pair once.
    pub candidates: Seen,
    /// Patterns of pairs of one person, drawn without regard to how alike they are, if there are
    /// any: m then comes from them.
    pub labelled: Option<Counts>,
}

/// When to stop.
#[derive(Copy, Clone, Debug)]
pub struct Options {
    /// Rounds of estimating u, then m.
    pub rounds: usize,
    /// Iterations of EM a pass at most.
    pub iterations: usize,
    /// EM has converged when no probability moves by more than this.
    pub tolerance: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            rounds: 3,
            iterations: 200,
            tolerance: 1e-6,
        }
    }
}

/// How the estimation of one pass went, in the last round.
#[derive(Clone, Debug)]
pub struct PassReport {
    /// Name of the rule.
    pub rule: String,
    /// Pairs of the pass.
    pub pairs: u64,
    /// Expected pairs of one person among them.
    pub matches: f64,
    /// Largest move of a probability, one entry an iteration.
    pub moves: Vec<f64>,
    /// Whether the last move was within the tolerance.
    pub converged: bool,
    /// m of each level of each free comparison; `None` where the rule decides.
    pub m: Vec<Option<Vec<f64>>>,
}

/// A trained model with what is needed to trust it.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The model with new probabilities and prior.
    pub parts: ModelParts,
    /// One report a pass.
    pub passes: Vec<PassReport>,
    /// Largest difference between two passes in the m of one level, as a probability, by comparison.
    pub disagreement: Vec<f64>,
}

/// Estimates u, m, the rivals and the prior of a model. Deterministic; cost: distinct
/// patterns × comparisons × iterations.
pub fn train(mut parts: ModelParts, sample: &Sample, options: Options) -> Trained {
    let file = parts.clone();
    let mut reports = Vec::new();
    if let Some(labelled) = &sample.labelled {
        m_from_labels(&mut parts, &file, labelled);
    }
    for _ in 0..options.rounds {
        estimate_u(&mut parts, sample);
        reports = estimate_m(&mut parts, &file, sample, options);
        estimate_prior(&mut parts, sample);
    }
    let disagreement = (0..parts.comparisons.len())
        .map(|place| spread(&reports, place))
        .collect();
    Trained {
        parts,
        passes: reports,
        disagreement,
    }
}

/// Counts patterns.
pub fn count_patterns(patterns: impl Iterator<Item = Pattern>) -> Counts {
    let mut counts = BTreeMap::new();
    for pattern in patterns {
        *counts.entry(pattern).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

/// Probability of each hypothesis.
type Shares = [f64; MAX_RIVALS + 1];

/// The hypotheses of a set of pairs: shares of the set, and the probability of each level.
/// Place 0 is *same person*, then the rivals in the model's order.
#[derive(Clone, Debug)]
pub(crate) struct Mixture {
    shares: Vec<f64>,
    /// `levels[hypothesis][comparison][level − 1]`.
    levels: Vec<Vec<Vec<f64>>>,
}

impl Mixture {
    fn of(parts: &ModelParts, shares: Vec<f64>) -> Mixture {
        let of = |pick: &dyn Fn(&LevelParameters) -> f64| -> Vec<Vec<f64>> {
            parts
                .parameters
                .iter()
                .map(|levels| levels.iter().map(pick).collect())
                .collect()
        };
        let mut levels = vec![of(&|level| level.m)];
        levels.extend((0..parts.rivals.len()).map(|rival| of(&|level| level.against[rival])));
        Mixture { shares, levels }
    }

    /// Shares of all pairs of so many records, as the model states them.
    fn of_all_pairs(parts: &ModelParts, records: u64) -> Mixture {
        let pairs_per_record = (records.max(2) - 1) as f64 / 2.0;
        let mut shares = vec![parts.matches_per_record / pairs_per_record, 0.0];
        shares.extend(
            parts
                .rivals
                .iter()
                .skip(1)
                .map(|rival| rival.pairs_per_record / pairs_per_record),
        );
        shares[1] = (1.0 - shares.iter().sum::<f64>()).max(0.01);
        Mixture::of(parts, shares)
    }

    /// [`Mixture::posterior`] of a pair that people judged, or did not.
    fn given(&self, judged: Option<bool>, pattern: Pattern, free: &[bool]) -> Shares {
        match judged {
            None => self.posterior(pattern, free),
            Some(true) => {
                let mut found = [0.0; MAX_RIVALS + 1];
                found[0] = 1.0;
                found
            }
            Some(false) => {
                let mut found = self.posterior(pattern, free);
                let rest: f64 = found[1..].iter().sum();
                found[0] = 0.0;
                match rest > 0.0 {
                    true => found.iter_mut().for_each(|share| *share /= rest),
                    // Nothing but one person seemed possible, and it is not.
                    false => found[1] = 1.0,
                }
                found
            }
        }
    }

    /// Probability of each hypothesis given a pattern, looking at the free comparisons only.
    fn posterior(&self, pattern: Pattern, free: &[bool]) -> Shares {
        let mut found = [0.0; MAX_RIVALS + 1];
        let mut total = 0.0;
        for (hypothesis, levels) in self.levels.iter().enumerate() {
            let mut probability = self.shares[hypothesis];
            for (comparison, levels) in levels.iter().enumerate() {
                let level = level_of(pattern, comparison);
                if free[comparison] && level != MISSING {
                    probability *= levels[usize::from(level) - 1];
                }
            }
            found[hypothesis] = probability;
            total += probability;
        }
        if total > 0.0 {
            found
                .iter_mut()
                .for_each(|probability| *probability /= total);
        }
        found
    }
}

/// Expected counts of each level under one hypothesis.
fn expected_levels(
    mixture: &Mixture,
    seen: &Seen,
    free: &[bool],
) -> (Vec<f64>, Vec<Vec<Vec<f64>>>) {
    let mut totals = vec![0.0; mixture.levels.len()];
    let mut expected: Vec<Vec<Vec<f64>>> = mixture
        .levels
        .iter()
        .map(|comparisons| {
            comparisons
                .iter()
                .map(|levels| vec![0.0; levels.len()])
                .collect()
        })
        .collect();
    for (judged, pattern, count) in seen.each() {
        let posterior = mixture.given(judged, pattern, free);
        for (hypothesis, expected) in expected.iter_mut().enumerate() {
            let share = posterior[hypothesis] * count as f64;
            totals[hypothesis] += share;
            for (comparison, expected) in expected.iter_mut().enumerate() {
                let level = level_of(pattern, comparison);
                if level != MISSING {
                    expected[usize::from(level) - 1] += share;
                }
            }
        }
    }
    (totals, expected)
}

/// How much the model file's own probability counts beside the expected counts: as this share
/// of them, and never as less than so many pairs. What a sample hardly shows stays what the
/// author of the model thought, rather than becoming impossible.
const PRIOR_SHARE: f64 = 0.02;
const PRIOR_PAIRS: f64 = 200.0;

/// What is added to the expected count of every level (Krichevsky and Trofimov, IEEE Trans. Inf.
/// Theory 27, 1981): a level that so many pairs never showed is rare, not impossible, and rarer
/// the more pairs there were.
const UNSEEN: f64 = 0.5;

/// Probabilities from expected counts and the model file's own (a Dirichlet prior), or `None` if
/// hardly a pair is expected. Levels that are kept have the file's; the others share the rest.
fn estimate(expected: &[f64], stated: &[f64], kept: &[bool]) -> Option<Vec<f64>> {
    let free = || {
        (expected.iter().zip(stated).zip(kept))
            .filter(|(_, kept)| !**kept)
            .map(|(count, _)| count)
    };
    let total: f64 = free().map(|(count, _)| count).sum();
    let weight = (PRIOR_SHARE * total).max(PRIOR_PAIRS);
    (total > 1.0).then(|| {
        let counts = free().map(|(count, stated)| count + weight * stated + UNSEEN);
        beside(stated, kept, counts.collect())
    })
}

/// The stated probabilities of the levels that are kept, and shares of the rest by `counts`, which
/// has one entry for each of the others.
fn beside(stated: &[f64], kept: &[bool], counts: Vec<f64>) -> Vec<f64> {
    let of_kept = stated.iter().zip(kept).filter(|(_, kept)| **kept);
    let rest = 1.0 - of_kept.map(|(stated, _)| stated).sum::<f64>();
    let mut shares = normalise(counts).into_iter();
    let all = stated.iter().zip(kept);
    all.map(|(&stated, &kept)| match kept {
        true => stated,
        false => shares.next().map_or(LEAST, |share| share * rest.max(LEAST)),
    })
    .collect()
}

/// Which levels of a comparison training leaves as the file states them, m and all: those
/// whose u is fixed where that of others is not. Where all are, only u is.
fn kept(levels: &[LevelParameters]) -> Vec<bool> {
    let some = !u_is_fixed(levels);
    levels.iter().map(|level| some && level.fixed_u).collect()
}

/// Whether the file states u of the whole comparison.
fn u_is_fixed(levels: &[LevelParameters]) -> bool {
    levels.iter().all(|level| level.fixed_u)
}

/// Shares of the sum, none below [`LEAST`].
fn normalise(counts: Vec<f64>) -> Vec<f64> {
    let total: f64 = counts.iter().sum();
    let raised: Vec<f64> = counts
        .into_iter()
        .map(|count| (count / total).max(LEAST))
        .collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|share| share / sum).collect()
}

/// m: levels among the labelled pairs, beside the file's own probabilities.
fn m_from_labels(parts: &mut ModelParts, file: &ModelParts, labelled: &Counts) {
    for (comparison, levels) in parts.parameters.iter_mut().enumerate() {
        let mut counts = vec![0.0; levels.len()];
        for &(pattern, count) in labelled {
            let level = level_of(pattern, comparison);
            if level != MISSING {
                counts[usize::from(level) - 1] += count as f64;
            }
        }
        let prior = all_stated(&file.parameters[comparison], 0);
        let fresh = estimate(&counts, &prior, &kept(levels))
            .into_iter()
            .flatten();
        for (level, m) in levels.iter_mut().zip(fresh) {
            level.m = m;
        }
    }
}

/// Whether EM leaves the probabilities of a comparison under a hypothesis (0 is *same
/// person*, 1 the stranger) as they are: stated by the file, or taken from labels.
fn is_fixed(parts: &ModelParts, labelled: bool, hypothesis: usize, comparison: usize) -> bool {
    if hypothesis == 0 {
        return labelled;
    }
    let rival = parts.rivals.get(hypothesis - 1);
    let rival_fixed = rival.is_none_or(|rival| rival.fixed);
    rival_fixed || u_is_fixed(&parts.parameters[comparison])
}

/// The file's probability of a level under a hypothesis.
fn stated(level: &LevelParameters, hypothesis: usize) -> f64 {
    match hypothesis.checked_sub(1) {
        None => level.m,
        Some(rival) => level.against[rival],
    }
}

/// The file's probabilities of all levels of a comparison under a hypothesis.
fn all_stated(levels: &[LevelParameters], hypothesis: usize) -> Vec<f64> {
    let of = |level| stated(level, hypothesis);
    levels.iter().map(of).collect()
}

/// u: levels among random pairs, those that are likelier matches or another rival weighed out.
fn estimate_u(parts: &mut ModelParts, sample: &Sample) {
    let mixture = Mixture::of_all_pairs(parts, sample.records);
    let all = vec![true; parts.comparisons.len()];
    let random = Seen::unjudged(sample.random.clone());
    let (_, expected) = expected_levels(&mixture, &random, &all);
    for (levels, expected) in parts.parameters.iter_mut().zip(&expected[1]) {
        if u_is_fixed(levels) || expected.iter().sum::<f64>() < 1.0 {
            continue;
        }
        let kept = kept(levels);
        let free = expected.iter().zip(&kept).filter(|(_, kept)| !**kept);
        let counts = free.map(|(&count, _)| count).collect();
        let fresh = beside(&all_stated(levels, 1), &kept, counts);
        for (level, u) in levels.iter_mut().zip(fresh) {
            level.against[0] = u;
        }
    }
}

fn estimate_m(
    parts: &mut ModelParts,
    file: &ModelParts,
    sample: &Sample,
    options: Options,
) -> Vec<PassReport> {
    let mut pooled: Option<Vec<Vec<Vec<f64>>>> = None;
    let mut reports = Vec::new();
    for pass in &sample.passes {
        let found = em::run(parts, file, sample, pass, options);
        let mut expected = found.expected;
        for comparison in 0..parts.comparisons.len() {
            if !pass.free[comparison] {
                expected
                    .iter_mut()
                    .for_each(|levels| levels[comparison].fill(0.0));
            }
        }
        pooled = Some(match pooled {
            None => expected,
            Some(sum) => add(sum, &expected),
        });
        reports.push(found.report);
    }
    for (hypothesis, comparisons) in pooled.iter().flatten().enumerate() {
        for (comparison, expected) in comparisons.iter().enumerate() {
            if hypothesis == 1 || is_fixed(parts, sample.labelled.is_some(), hypothesis, comparison)
            {
                continue;
            }
            let levels = &file.parameters[comparison];
            let prior = all_stated(levels, hypothesis);
            let fresh = estimate(expected, &prior, &kept(levels))
                .into_iter()
                .flatten();
            for (level, probability) in parts.parameters[comparison].iter_mut().zip(fresh) {
                match hypothesis.checked_sub(1) {
                    None => level.m = probability,
                    Some(rival) => level.against[rival] = probability,
                }
            }
        }
    }
    reports
}

fn add(mut sum: Vec<Vec<Vec<f64>>>, other: &[Vec<Vec<f64>>]) -> Vec<Vec<Vec<f64>>> {
    let flat = sum.iter_mut().flatten().flatten();
    for (sum, other) in flat.zip(other.iter().flatten().flatten()) {
        *sum += other;
    }
    sum
}

/// The prior and the rivals' shares, from the expected numbers among all candidate pairs.
fn estimate_prior(parts: &mut ModelParts, sample: &Sample) {
    let all = vec![true; parts.comparisons.len()];
    for _ in 0..20 {
        let mixture = Mixture::of_all_pairs(parts, sample.records);
        let mut totals = [0.0; MAX_RIVALS + 1];
        for (judged, pattern, count) in sample.candidates.each() {
            let posterior = mixture.given(judged, pattern, &all);
            for (total, probability) in totals.iter_mut().zip(posterior) {
                *total += probability * count as f64;
            }
        }
        parts.matches_per_record = (totals[0] / sample.records as f64).max(1e-9);
        for (rival, total) in parts.rivals.iter_mut().zip(&totals[1..]).skip(1) {
            if !rival.fixed {
                rival.pairs_per_record = (total / sample.records as f64).max(1e-9);
            }
        }
    }
}

fn spread(reports: &[PassReport], comparison: usize) -> f64 {
    let passes: Vec<&Vec<f64>> = reports
        .iter()
        .filter_map(|report| report.m[comparison].as_ref())
        .collect();
    let mut worst = 0.0_f64;
    for (place, a) in passes.iter().enumerate() {
        for b in &passes[..place] {
            worst = a
                .iter()
                .zip(b.iter())
                .map(|(a, b)| (a - b).abs())
                .fold(worst, f64::max);
        }
    }
    worst
}
