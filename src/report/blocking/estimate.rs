//! How much blocking misses, told without a truth.
//!
//! Rules that read no field in common are taken as independent ways of finding a pair: that the
//! telephone was written down says nothing of how the name was spelt. Then, of the true pairs
//! that one group of rules brings, the part that the other rules bring *as well* is what the
//! others bring of all true pairs. This is capture and recapture with two samples: n₁ pairs
//! found by the one, n₂ by the others and m by both make n₁n₂/m in all (C. C. Sekar, W. E.
//! Deming, "On a method of estimating birth and death rates and the extent of registration",
//! JASA 44, 1949), here with the correction for small counts and the variance of D. G. Chapman
//! (1951) and G. A. F. Seber (1970). With several groups at once, the number N of all true pairs
//! solves 1 − D/N = Π (1 − nᵢ/N), D being found by any (J. N. Darroch, "The multiple-recapture
//! census: I", Biometrika 45, 1958). Which pairs are true is not known, so each counts for its
//! probability: to count links alone would favour the rules whose agreement makes the link.
//!
//! Where records are good in everything or bad in everything, the ways are not independent and
//! the estimate is too high. How far that goes shows in how far the groups disagree, so the
//! range that is given reaches from what the most doubtful group says to what the surest does,
//! each with its sampling error. And all of it trusts the model's probabilities: true pairs that
//! it would not recognise if it compared them are not in it.

use serde::{Deserialize, Serialize};
use yiren_matchers::blocking::BlockingRule;
use yiren_matchers::model::ModelParts;

use crate::index::CandidatePair;
use crate::report::interval::{Share, Z};

/// Pairs that two groups of rules must have in common before anything follows from it.
const LEAST: f64 = 30.0;

/// An estimate of all true pairs that the model would recognise if it compared every pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Estimate {
    /// True pairs; absent if no two groups of rules have 30 expected true pairs in common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub true_pairs: Option<f64>,
    /// The part of these that the rules bring; the range is that of all groups with their 95 %
    /// intervals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<Share>,
    /// What each group of rules says by itself.
    pub groups: Vec<IndependentRules>,
}

/// Rules that share no field with the other rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndependentRules {
    /// Their names.
    pub rules: Vec<String>,
    /// Expected true pairs that they bring.
    pub found: f64,
    /// Expected true pairs that the other rules bring.
    pub found_by_others: f64,
    /// Expected true pairs that both bring.
    pub found_by_both: f64,
    /// The estimate from these; absent if they have fewer than 30 pairs in common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub true_pairs: Option<f64>,
    /// The part of these that all rules together bring, with its 95 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<Share>,
}

/// Expected true pairs that a group of rules brings, and that the others bring.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub(super) struct Overlap {
    found: f64,
    others: f64,
    both: f64,
}

impl Overlap {
    pub(super) fn merge(&mut self, other: &Overlap) {
        self.found += other.found;
        self.others += other.others;
        self.both += other.both;
    }
}

/// The groups of rules that share fields, directly or through other rules, as places in `rules`.
pub(super) fn independent(rules: &[BlockingRule]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for (place, rule) in rules.iter().enumerate() {
        let mut joined = (vec![place], rule.fields_read());
        let (touching, apart): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|(_, fields)| fields.iter().any(|field| joined.1.contains(field)));
        for (places, fields) in touching {
            joined.0.extend(places);
            joined.1.extend(fields);
        }
        groups = apart;
        groups.push(joined);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_iter().map(|(places, _)| places).collect();
    groups.iter_mut().for_each(|places| places.sort_unstable());
    groups.sort_unstable();
    groups
}

/// The group of each rule.
pub(super) fn group_of(rules: usize, groups: &[Vec<usize>]) -> Vec<usize> {
    let mut group_of = vec![0; rules];
    for (group, places) in groups.iter().enumerate() {
        for &place in places {
            group_of[place] = group;
        }
    }
    group_of
}

/// Counts a pair for its probability, with the rules that bring it.
pub(super) fn add(
    sums: &mut [Overlap],
    group_of: &[usize],
    rules: &[CandidatePair],
    probability: f64,
) {
    let counted = |is: bool| if is { probability } else { 0.0 };
    for (group, sum) in sums.iter_mut().enumerate() {
        let within = |pair: &CandidatePair| group_of[usize::from(pair.rule)] == group;
        let (here, elsewhere) = (rules.iter().any(within), !rules.iter().all(within));
        sum.found += counted(here);
        sum.others += counted(elsewhere);
        sum.both += counted(here && elsewhere);
    }
}

impl Estimate {
    /// The estimate from what the groups have in common; so many were found in all.
    pub(super) fn new(
        parts: &ModelParts,
        groups: &[Vec<usize>],
        sums: &[Overlap],
        found: f64,
    ) -> Estimate {
        let name = |&place: &usize| parts.blocking[place].name.clone();
        let groups = groups.iter().zip(sums).map(|(places, sum)| {
            let counts = groups.len() > 1 && sum.both >= LEAST;
            let estimate = counts.then(|| chapman(sum, found));
            IndependentRules {
                rules: places.iter().map(name).collect(),
                found: sum.found,
                found_by_others: sum.others,
                found_by_both: sum.both,
                true_pairs: estimate.map(|(pairs, _)| pairs),
                recall: estimate.map(|(_, recall)| recall),
            }
        });
        let groups: Vec<IndependentRules> = groups.collect();
        let said = || groups.iter().filter_map(|group| group.recall);
        let ends = said().fold((1.0_f64, 0.0_f64), |(low, high), recall| {
            (low.min(recall.low), high.max(recall.high))
        });
        let true_pairs = said().next().and_then(|_| darroch(sums, found));
        let recall = true_pairs.map(|of| {
            let value = found / of;
            Share {
                value,
                low: ends.0.min(value),
                high: ends.1.max(value),
            }
        });
        Estimate {
            true_pairs,
            recall,
            groups,
        }
    }
}

/// The number of all pairs from all groups at once, `found` being found by any; `None` if no pair
/// was found twice.
fn darroch(sums: &[Overlap], found: f64) -> Option<f64> {
    let all: f64 = sums.iter().map(|sum| sum.found).sum();
    if found <= 0.0 || all <= found * (1.0 + 1e-9) {
        return None;
    }
    // Negative below the solution, positive above it.
    let excess = |pairs: f64| {
        let missed: f64 = sums.iter().map(|sum| 1.0 - sum.found / pairs).product();
        1.0 - found / pairs - missed
    };
    let (mut low, mut high) = (found, 2.0 * found);
    while excess(high) < 0.0 && high < 1e15 {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        match excess(middle) < 0.0 {
            true => low = middle,
            false => high = middle,
        }
    }
    Some(high)
}

/// Chapman's estimate of all pairs, and the part of them that was `found` by either.
fn chapman(sum: &Overlap, found: f64) -> (f64, Share) {
    let (one, two, both) = (sum.found, sum.others, sum.both);
    let pairs = (one + 1.0) * (two + 1.0) / (both + 1.0) - 1.0;
    let variance = (one + 1.0) * (two + 1.0) * (one - both) * (two - both)
        / ((both + 1.0) * (both + 1.0) * (both + 2.0));
    let half = Z * variance.max(0.0).sqrt();
    let share = |of: f64| if of > found { found / of } else { 1.0 };
    let recall = Share {
        value: share(pairs),
        low: share(pairs + half),
        high: share(pairs - half),
    };
    (pairs, recall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn overlap(found: f64, others: f64, both: f64) -> Overlap {
        Overlap {
            found,
            others,
            both,
        }
    }

    #[test]
    fn chapman_by_hand() {
        // (200 + 1)(300 + 1) / (150 + 1) - 1, and 350 found of them.
        let (pairs, recall) = chapman(&overlap(200.0, 300.0, 150.0), 350.0);
        assert!((pairs - 399.6689).abs() < 1e-4, "{pairs}");
        assert!((recall.value - 350.0 / 399.6689).abs() < 1e-6);
        // Variance 201 · 301 · 50 · 150 / (151² · 152) = 130.93: ± 22.43 pairs.
        assert!((recall.low - 350.0 / 422.0957).abs() < 1e-4, "{recall:?}");
        assert!((recall.high - 350.0 / 377.2421).abs() < 1e-4, "{recall:?}");
    }

    proptest! {
        /// With independent ways of finding, the estimate comes back to the number there was.
        #[test]
        fn recovers_what_was_never_seen(first in 0.5..0.95f64, second in 0.5..0.95f64) {
            let all = 10_000.0;
            let sum = overlap(all * first, all * second, all * first * second);
            let (pairs, recall) = chapman(&sum, sum.found + sum.others - sum.both);
            prop_assert!((pairs - all).abs() < 20.0, "{pairs}");
            let missed = (1.0 - first) * (1.0 - second);
            prop_assert!((recall.value - (1.0 - missed)).abs() < 0.002);
            prop_assert!(recall.low <= recall.value && recall.value <= recall.high);
        }

        #[test]
        fn never_more_than_all(found in 0.0..500.0f64, others in 0.0..500.0f64, both in 0.0..500.0f64) {
            let both = both.min(found).min(others);
            let either = found + others - both;
            let (pairs, recall) = chapman(&overlap(found, others, both), either);
            prop_assert!(pairs + 1e-9 >= either);
            prop_assert!((0.0..=1.0).contains(&recall.low) && recall.high <= 1.0);
        }
    }

    proptest! {
        /// With three independent ways, whatever they bring, what none brings is estimated.
        #[test]
        fn recovers_it_from_all_groups(first in 0.1..0.95f64, second in 0.1..0.95f64, third in 0.05..0.95f64) {
            let all = 10_000.0;
            let missed = (1.0 - first) * (1.0 - second) * (1.0 - third);
            let sums = [first, second, third].map(|share| overlap(all * share, 0.0, 0.0));
            let pairs = darroch(&sums, all * (1.0 - missed)).unwrap();
            prop_assert!((pairs - all).abs() < 0.01, "{pairs}");
        }
    }

    #[test]
    fn without_an_overlap_nothing_follows() {
        for (sums, found) in [
            (&[][..], 0.0),
            (&[overlap(50.0, 0.0, 0.0)], 50.0),
            (&[overlap(50.0, 20.0, 0.0), overlap(20.0, 50.0, 0.0)], 70.0),
        ] {
            assert_eq!(darroch(sums, found), None);
        }
        let (twice, all) = ([overlap(50.0, 50.0, 50.0); 2], 50.0);
        assert!((darroch(&twice, all).unwrap() - 50.0).abs() < 1e-6);
    }

    #[test]
    fn a_pair_is_found_by_the_groups_of_its_rules() {
        let mut sums = vec![Overlap::default(); 3];
        let group_of = [0, 1, 1, 2];
        for rules in [&[1, 2][..], &[0, 3], &[3]] {
            let brought = rules.iter().map(|&rule| CandidatePair { a: 1, b: 9, rule });
            add(&mut sums, &group_of, &brought.collect::<Vec<_>>(), 0.5);
        }
        let expected = [
            overlap(0.5, 1.5, 0.5),
            overlap(0.5, 1.0, 0.0),
            overlap(1.0, 1.0, 0.5),
        ];
        assert_eq!(sums, expected);
    }
}
