//! Precision and recall by threshold, before clustering.

use serde::{Deserialize, Serialize};

use super::Accuracy;

/// A scored pair whose truth is known.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub struct ScoredPair {
    /// Match weight in bits, prior included.
    pub weight: f64,
    /// Whether the two records are one person.
    pub is_match: bool,
}

/// How good the weights alone are, whatever threshold is taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// Pairs of records that are one person, brought by blocking or not.
    pub true_pairs: u64,
    /// Pairs that were scored.
    pub scored_pairs: u64,
    /// Of these, pairs that are one person: no threshold can find more.
    pub scored_true_pairs: u64,
    /// Weight that the model links from, if it is known; the page marks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<f64>,
    /// Weight that the model reviews from, if it is known; the page marks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<f64>,
    /// One point a threshold, lowest first.
    pub points: Vec<ThresholdPoint>,
}

/// What follows if every pair of at least `threshold` is claimed.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThresholdPoint {
    /// Weight in bits.
    pub threshold: f64,
    /// Pairs claimed and true.
    pub true_positives: u64,
    /// Pairs claimed and not true.
    pub false_positives: u64,
    /// Pairs true and not claimed, those that blocking missed among them.
    pub false_negatives: u64,
    /// The ratios of these.
    #[serde(flatten)]
    pub accuracy: Accuracy,
}

impl Thresholds {
    /// A point for each whole bit from the lowest weight to the highest, at most from −100 to
    /// 100. `true_pairs` counts all pairs that are one person, so that what blocking missed
    /// lowers the recall; fewer than were scored are taken as those scored. Weights that are not
    /// numbers are left out. Costs O(n).
    ///
    /// ```
    /// use yiren::report::evaluation::{ScoredPair, Thresholds};
    /// let pair = |weight, is_match| ScoredPair { weight, is_match };
    /// let found = Thresholds::of_pairs([pair(3.5, true), pair(1.0, false), pair(2.0, true)], 4);
    /// let at_two = found.points[1];
    /// assert_eq!((at_two.threshold, at_two.true_positives), (2.0, 2));
    /// assert_eq!((at_two.accuracy.precision, at_two.accuracy.recall), (1.0, 0.5));
    /// ```
    pub fn of_pairs(pairs: impl IntoIterator<Item = ScoredPair>, true_pairs: u64) -> Self {
        const LIMIT: i32 = 100;
        // (true, false) pairs by the whole bits of their weight, from -LIMIT up.
        let mut bins = vec![(0u64, 0u64); 2 * LIMIT as usize + 1];
        let (mut lowest, mut highest) = (bins.len(), 0);
        for pair in pairs.into_iter().filter(|pair| !pair.weight.is_nan()) {
            let whole = (pair.weight.floor() as i32).clamp(-LIMIT, LIMIT);
            let at = (whole + LIMIT) as usize;
            lowest = lowest.min(at);
            highest = highest.max(at);
            match pair.is_match {
                true => bins[at].0 += 1,
                false => bins[at].1 += 1,
            }
        }
        let scored_true_pairs: u64 = bins.iter().map(|bin| bin.0).sum();
        let scored_pairs = scored_true_pairs + bins.iter().map(|bin| bin.1).sum::<u64>();
        let true_pairs = true_pairs.max(scored_true_pairs);

        let (mut claimed, mut wrong) = (0, 0);
        let mut points = Vec::new();
        for at in (lowest..=highest).rev() {
            claimed += bins[at].0;
            wrong += bins[at].1;
            points.push(ThresholdPoint {
                threshold: f64::from(at as i32 - LIMIT),
                true_positives: claimed,
                false_positives: wrong,
                false_negatives: true_pairs - claimed,
                accuracy: Accuracy::of_counts(claimed, wrong, true_pairs - claimed),
            });
        }
        points.reverse();
        Thresholds {
            true_pairs,
            scored_pairs,
            scored_true_pairs,
            link: None,
            review: None,
            points,
        }
    }

    /// The point with the highest F1, the lowest threshold if several share it.
    pub fn best(&self) -> Option<&ThresholdPoint> {
        self.points.iter().reduce(|best, point| {
            if point.accuracy.f1 > best.accuracy.f1 {
                point
            } else {
                best
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_point_is_a_plain_count(
            rows in proptest::collection::vec((-130.0..130.0f64, any::<bool>()), 0..50),
            missed in 0..5u64,
        ) {
            let pairs: Vec<ScoredPair> =
                rows.iter().map(|&(weight, is_match)| ScoredPair { weight, is_match }).collect();
            let true_pairs = pairs.iter().filter(|pair| pair.is_match).count() as u64 + missed;
            let found = Thresholds::of_pairs(pairs.iter().copied(), true_pairs);
            prop_assert_eq!(found.scored_pairs, pairs.len() as u64);
            for (at, point) in found.points.iter().enumerate() {
                // The outermost points stand for everything beyond them.
                let claimed = |pair: &&ScoredPair| at == 0 || pair.weight.clamp(-100.0, 100.0) >= point.threshold;
                let count = |is_match| pairs.iter().filter(claimed).filter(|pair| pair.is_match == is_match).count() as u64;
                prop_assert_eq!(point.true_positives, count(true));
                prop_assert_eq!(point.false_positives, count(false));
                prop_assert_eq!(point.false_negatives, true_pairs - count(true));
            }
        }
    }

    #[test]
    fn odd_input_is_no_harm() {
        let pair = |weight| ScoredPair {
            weight,
            is_match: true,
        };
        assert_eq!(Thresholds::of_pairs([pair(f64::NAN)], 3).points, []);
        assert_eq!(Thresholds::of_pairs([], 0).best(), None);
        let infinite = Thresholds::of_pairs([pair(f64::INFINITY), pair(f64::NEG_INFINITY)], 0);
        assert_eq!((infinite.points.len(), infinite.true_pairs), (201, 2));
        assert_eq!(infinite.best().map(|point| point.threshold), Some(-100.0));
    }
}
