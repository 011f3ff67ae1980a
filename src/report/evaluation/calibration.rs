//! Whether the probabilities are right: is 0.9 right nine times in ten?

mod line;
mod slices;

use std::io;

use serde::{Deserialize, Serialize};

use crate::report::interval::Share;
use crate::report::matching::{Matching, Truth};
use crate::scoring::ScoredPair;
pub use line::CalibrationLine;
use line::Cells;
pub use slices::CalibrationSlice;
use slices::Slices;

/// Edges of the bins of probability: tenths, and the first and last tenth by the powers of ten
/// that matter for links.
const EDGES: [f64; 15] = [
    0.0, 0.001, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 0.999, 1.0,
];
const BINS: usize = EDGES.len() - 1;

/// Probabilities between these are contested: neither is a pair as good as linked nor as good as none.
const CONTESTED: [f64; 2] = [0.01, 0.99];

/// No weight counts for more than this many bits in the log loss, so that it stays a number.
const MOST_LOSS: f64 = 1000.0;

/// How the probabilities of candidate pairs agree with the truth.
///
/// Over *all* candidate pairs whose truth is known, those below the reporting weight too; pairs
/// that blocking does not bring have no probability and are not in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Calibration {
    /// Candidate pairs.
    pub pairs: u64,
    /// Of these, pairs that are one person.
    pub true_pairs: u64,
    /// How many of them the probabilities add up to.
    pub expected_true_pairs: f64,
    /// Mean distance between the probability and the true share, over bins, a pair weighing the
    /// same (Naeini, Cooper and Hauskrecht, AAAI 2015).
    pub expected_calibration_error: f64,
    /// The same over pairs of a probability from 0.01 to 0.99, which the mass of plain
    /// non-matches would hide; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_calibration_error_contested: Option<f64>,
    /// Pairs of a probability from 0.01 to 0.99.
    pub contested_pairs: u64,
    /// Mean squared distance between the probability and the truth, 0 or 1 (G. W. Brier, 1950).
    pub brier: f64,
    /// Mean surprise of the truth, in bits a pair.
    pub log_loss: f64,
    /// The line that would put the weights right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<CalibrationLine>,
    /// Bins of probability, the lowest first; empty ones are left out.
    pub bins: Vec<CalibrationBin>,
    /// The same pairs by likeliest rival and by the level of each comparison, in the order of the model.
    pub slices: Vec<CalibrationSlice>,
}

/// Pairs whose probability is at least `from` and below `to`; the last bin has 1 as well.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalibrationBin {
    /// Lower edge.
    pub from: f64,
    /// Upper edge.
    pub to: f64,
    /// Pairs.
    pub pairs: u64,
    /// Their mean probability.
    pub predicted: f64,
    /// Of these, pairs that are one person.
    pub true_pairs: u64,
    /// The share of these.
    pub share: Share,
}

impl CalibrationBin {
    /// Whether the mean probability is within what the share can be, above it (the model is too
    /// sure that they are one person) or below it.
    pub fn verdict(&self) -> Fit {
        match self.predicted {
            predicted if predicted > self.share.high => Fit::TooHigh,
            predicted if predicted < self.share.low => Fit::TooLow,
            _ => Fit::Fits,
        }
    }
}

/// How a probability fits the truth.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Fit {
    /// Within the interval of the true share.
    Fits,
    /// Above it.
    TooHigh,
    /// Below it.
    TooLow,
}

/// Pairs and what the model says of them.
#[derive(Copy, Clone, Debug, Default)]
struct Tally {
    pairs: u64,
    true_pairs: u64,
    expected: f64,
    variance: f64,
}

impl Tally {
    fn add(&mut self, probability: f64, is_match: bool) {
        self.pairs += 1;
        self.true_pairs += u64::from(is_match);
        self.expected += probability;
        self.variance += probability * (1.0 - probability);
    }

    fn merge(&mut self, other: &Tally) {
        self.pairs += other.pairs;
        self.true_pairs += other.true_pairs;
        self.expected += other.expected;
        self.variance += other.variance;
    }
}

/// What is counted of some pairs.
struct Sums {
    bins: [Tally; BINS],
    cells: Cells,
    slices: Vec<Tally>,
    brier: f64,
    log_loss: f64,
}

impl Sums {
    fn new(slices: usize) -> Sums {
        Sums {
            bins: Default::default(),
            cells: Cells::default(),
            slices: vec![Tally::default(); slices],
            brier: 0.0,
            log_loss: 0.0,
        }
    }

    fn add(&mut self, weight: f64, is_match: bool, slices: impl Iterator<Item = usize>) {
        let probability = probability(weight);
        let bin = EDGES[1..BINS].partition_point(|&edge| edge <= probability);
        self.bins[bin].add(probability, is_match);
        self.cells.add(weight, is_match);
        for slice in slices {
            self.slices[slice].add(probability, is_match);
        }
        let truth = f64::from(u8::from(is_match));
        self.brier += (probability - truth) * (probability - truth);
        self.log_loss += surprise(if is_match { -weight } else { weight });
    }

    fn merge(&mut self, other: &Sums) {
        let bins = self.bins.iter_mut().zip(&other.bins);
        for (mine, others) in bins.chain(self.slices.iter_mut().zip(&other.slices)) {
            mine.merge(others);
        }
        self.cells.merge(&other.cells);
        self.brier += other.brier;
        self.log_loss += other.log_loss;
    }
}

fn probability(weight: f64) -> f64 {
    1.0 / (1.0 + (-weight).exp2())
}

/// log2(1 + 2^x): the surprise, in bits, of what had x bits against it.
fn surprise(against: f64) -> f64 {
    let against = against.clamp(-MOST_LOSS, MOST_LOSS);
    against.max(0.0) + (-against.abs()).exp2().ln_1p() / std::f64::consts::LN_2
}

impl Calibration {
    /// Weighs every candidate pair of known truth to the end. Costs somewhat more than the
    /// matching itself.
    pub fn of(matching: &Matching<'_>, truth: &Truth) -> io::Result<Calibration> {
        let parts = matching.parts();
        let layout = Slices::of(parts);
        let add = |sums: &mut Sums, pair: &ScoredPair| {
            if let Some(is_match) = truth.is_match(pair.a, pair.b) {
                sums.add(pair.score.weight.0, is_match, layout.places(parts, pair));
            }
        };
        let empty = || Sums::new(layout.count);
        let (candidates, table) = (matching.candidates, matching.table);
        let mut all = empty();
        let sums = matching
            .scorer
            .fold_candidates(table, candidates, empty, add)?;
        sums.iter().for_each(|sums| all.merge(sums));
        let mut calibration = finish(&all);
        calibration.slices = layout.report(parts, &all.slices);
        Ok(calibration)
    }

    /// The same of pairs given as (weight in bits, whether they are one person), without slices.
    ///
    /// ```
    /// use yiren::report::evaluation::Calibration;
    /// // At even odds, one of two.
    /// let found = Calibration::of_pairs([(0.0, true), (0.0, false)]);
    /// assert_eq!((found.expected_true_pairs, found.expected_calibration_error), (1.0, 0.0));
    /// assert_eq!((found.brier, found.log_loss), (0.25, 1.0));
    /// ```
    pub fn of_pairs(pairs: impl IntoIterator<Item = (f64, bool)>) -> Calibration {
        let mut sums = Sums::new(0);
        for (weight, is_match) in pairs {
            if !weight.is_nan() {
                sums.add(weight, is_match, std::iter::empty());
            }
        }
        finish(&sums)
    }
}

fn finish(sums: &Sums) -> Calibration {
    let mut whole = Tally::default();
    sums.bins.iter().for_each(|bin| whole.merge(bin));
    let error = |bins: &[Tally]| {
        let pairs: u64 = bins.iter().map(|bin| bin.pairs).sum();
        let distance = bins
            .iter()
            .map(|bin| (bin.expected - bin.true_pairs as f64).abs())
            .sum::<f64>();
        (pairs > 0).then(|| distance / pairs as f64)
    };
    let contested: Vec<Tally> = sums
        .bins
        .iter()
        .zip(EDGES.windows(2))
        .filter(|(_, edges)| edges[0] >= CONTESTED[0] && edges[1] <= CONTESTED[1])
        .map(|(bin, _)| *bin)
        .collect();
    let pairs = whole.pairs.max(1) as f64;
    Calibration {
        pairs: whole.pairs,
        true_pairs: whole.true_pairs,
        expected_true_pairs: whole.expected,
        expected_calibration_error: error(&sums.bins).unwrap_or(0.0),
        expected_calibration_error_contested: error(&contested),
        contested_pairs: contested.iter().map(|bin| bin.pairs).sum(),
        brier: sums.brier / pairs,
        log_loss: sums.log_loss / pairs,
        line: sums.cells.line(),
        bins: sums
            .bins
            .iter()
            .zip(EDGES.windows(2))
            .filter(|(bin, _)| bin.pairs > 0)
            .map(|(bin, edges)| CalibrationBin {
                from: edges[0],
                to: edges[1],
                pairs: bin.pairs,
                predicted: bin.expected / bin.pairs as f64,
                true_pairs: bin.true_pairs,
                share: Share::of(bin.true_pairs, bin.pairs),
            })
            .collect(),
        slices: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every figure by its definition, pair by pair.
        #[test]
        fn agrees_with_the_definition(pairs in proptest::collection::vec((-60.0..60.0f64, any::<bool>()), 1..80)) {
            let found = Calibration::of_pairs(pairs.iter().copied());
            let p = |weight: f64| weight.exp2() / (1.0 + weight.exp2());
            let n = pairs.len() as f64;
            let truth = |is: bool| if is { 1.0 } else { 0.0 };
            prop_assert_eq!(found.pairs, pairs.len() as u64);
            prop_assert_eq!(found.true_pairs, pairs.iter().filter(|pair| pair.1).count() as u64);
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9 * (1.0 + b.abs());
            prop_assert!(close(found.expected_true_pairs, pairs.iter().map(|pair| p(pair.0)).sum()));
            prop_assert!(close(found.brier, pairs.iter().map(|pair| (p(pair.0) - truth(pair.1)).powi(2)).sum::<f64>() / n));
            let loss: f64 = pairs.iter().map(|pair| if pair.1 { -p(pair.0).log2() } else { (1.0 + pair.0.exp2()).log2() }).sum();
            prop_assert!(close(found.log_loss, loss / n), "{} {}", found.log_loss, loss / n);

            let (mut error, mut contested, mut in_contest) = (0.0, 0.0, 0);
            for edges in EDGES.windows(2) {
                let inside: Vec<_> = pairs.iter().filter(|pair| {
                    let p = probability(pair.0);
                    edges[0] <= p && (p < edges[1] || edges[1] == 1.0)
                }).collect();
                let bin = found.bins.iter().find(|bin| bin.from == edges[0]);
                prop_assert_eq!(bin.map_or(0, |bin| bin.pairs), inside.len() as u64);
                let (Some(bin), false) = (bin, inside.is_empty()) else { continue };
                let mean = inside.iter().map(|pair| p(pair.0)).sum::<f64>() / inside.len() as f64;
                let share = inside.iter().filter(|pair| pair.1).count() as f64 / inside.len() as f64;
                prop_assert!(close(bin.predicted, mean));
                prop_assert_eq!(bin.share.value, share);
                error += (mean - share).abs() * inside.len() as f64;
                if edges[0] >= 0.01 && edges[1] <= 0.99 {
                    contested += (mean - share).abs() * inside.len() as f64;
                    in_contest += inside.len();
                }
            }
            prop_assert!(close(found.expected_calibration_error, error / n));
            prop_assert_eq!(found.contested_pairs, in_contest as u64);
            match found.expected_calibration_error_contested {
                Some(found) => prop_assert!(close(found, contested / in_contest as f64)),
                None => prop_assert_eq!(in_contest, 0),
            }
        }

        #[test]
        fn sums_of_parts_are_the_sum(pairs in proptest::collection::vec((-20.0..20.0f64, any::<bool>()), 0..60), cut in 0..60usize) {
            let (left, right) = pairs.split_at(cut.min(pairs.len()));
            let mut sums = [left, right].map(|part| {
                let mut sums = Sums::new(1);
                part.iter().for_each(|&(weight, is)| sums.add(weight, is, std::iter::once(0)));
                sums
            });
            let [first, second] = &mut sums;
            first.merge(second);
            let whole = Calibration::of_pairs(pairs.iter().copied());
            let merged = finish(first);
            prop_assert_eq!((merged.pairs, merged.true_pairs), (whole.pairs, whole.true_pairs));
            prop_assert!((merged.log_loss - whole.log_loss).abs() < 1e-9);
            prop_assert_eq!(first.slices[0].pairs, whole.pairs);
        }
    }

    /// Pairs whose true weight is known: `true_of(weight)` bits.
    fn drawn(true_of: impl Fn(f64) -> f64) -> Vec<(f64, bool)> {
        let mut pairs = Vec::new();
        for weight in -40..=40 {
            let weight = f64::from(weight) / 4.0;
            let share = probability(true_of(weight));
            pairs.extend((0..1000).map(|at| (weight, f64::from(at) + 0.5 < 1000.0 * share)));
        }
        pairs
    }

    #[test]
    fn finds_the_line_that_was_put_in() {
        for (intercept, slope) in [(0.0, 1.0), (0.0, 0.5), (-2.0, 1.25)] {
            let pairs = drawn(|weight| intercept + slope * weight);
            let found = Calibration::of_pairs(pairs).line.unwrap();
            assert!((found.slope - slope).abs() < 0.01, "{found:?}");
            assert!((found.intercept - intercept).abs() < 0.02, "{found:?}");
        }
    }

    #[test]
    fn says_which_way_it_is_off() {
        let fit = |true_of: fn(f64) -> f64| {
            let found = Calibration::of_pairs(drawn(true_of));
            let verdicts = found.bins.iter().map(CalibrationBin::verdict);
            let verdicts: Vec<Fit> = verdicts.collect();
            (verdicts[1], verdicts[verdicts.len() - 2])
        };
        assert_eq!(fit(|weight| weight), (Fit::Fits, Fit::Fits));
        assert_eq!(fit(|weight| 0.5 * weight), (Fit::TooLow, Fit::TooHigh));
        assert_eq!(fit(|weight| weight + 3.0), (Fit::TooLow, Fit::TooLow));
    }

    #[test]
    fn odd_input_is_no_harm() {
        let none = Calibration::of_pairs([]);
        assert_eq!((none.pairs, none.line, none.bins.len()), (0, None, 0));
        assert_eq!(none.expected_calibration_error_contested, None);
        let odd = [
            (f64::NAN, true),
            (f64::INFINITY, false),
            (f64::NEG_INFINITY, true),
        ];
        let odd = Calibration::of_pairs(odd);
        assert_eq!((odd.pairs, odd.log_loss, odd.brier), (2, 1000.0, 1.0));
        let parted = Calibration::of_pairs([(5.0, true), (-5.0, false)]);
        assert_eq!(parted.line, None);
    }
}
