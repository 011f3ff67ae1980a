//! Where the probabilities are off: pairs by likeliest rival and by level.

use serde::{Deserialize, Serialize};
use yiren_matchers::comparison::{MISSING, level_of};
use yiren_matchers::model::ModelParts;

use super::Tally;
use crate::report::words::{Text, name_of};
use crate::scoring::ScoredPair;

/// Pairs of one kind: of one likeliest rival, or on one level of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalibrationSlice {
    /// `rival`, or the name of the comparison.
    pub of: String,
    /// Code of the rival or of the level; `missing` where the comparison had nothing to compare.
    pub name: String,
    /// What a person reads.
    pub label: Text,
    /// Pairs.
    pub pairs: u64,
    /// How many of them the probabilities say are one person.
    pub expected: f64,
    /// How many are.
    pub true_pairs: u64,
    /// How many standard deviations that is above what was expected, if pairs were independent.
    pub z: f64,
}

/// The least expected variance that a slice's distance is measured with, so that one pair that
/// was next to impossible is no hundred standard deviations.
const LEAST_VARIANCE: f64 = 1.0;

/// Where the slices of a model are: the rivals, then each comparison's *missing* and its levels.
pub(super) struct Slices {
    starts: Vec<usize>,
    pub(super) count: usize,
}

impl Slices {
    pub(super) fn of(parts: &ModelParts) -> Slices {
        let mut starts = Vec::new();
        let mut count = parts.rivals.len();
        for comparison in &parts.comparisons {
            starts.push(count);
            count += comparison.levels.len() + 1;
        }
        Slices { starts, count }
    }

    pub(super) fn places<'a>(
        &'a self,
        parts: &'a ModelParts,
        pair: &'a ScoredPair,
    ) -> impl Iterator<Item = usize> + 'a {
        let levels = self.starts.iter().enumerate().map(|(comparison, start)| {
            let level = usize::from(level_of(pair.score.pattern, comparison));
            start + level.min(parts.comparisons[comparison].levels.len())
        });
        std::iter::once(usize::from(pair.score.rival)).chain(levels)
    }

    pub(super) fn report(&self, parts: &ModelParts, tallies: &[Tally]) -> Vec<CalibrationSlice> {
        let mut named: Vec<(&str, &str, Text)> = Vec::new();
        for rival in &parts.rivals {
            let label = match rival.label.is_empty() {
                true => name_of(&rival.name),
                false => Text::new(&*rival.label_zh, &*rival.label),
            };
            named.push(("rival", &rival.name, label));
        }
        for comparison in &parts.comparisons {
            let missing = Text::new("缺失", "missing");
            named.push((&comparison.name, "missing", missing));
            let levels = comparison.levels.iter();
            named.extend(levels.map(|level| {
                let label = Text::new(&*level.label_zh, &*level.label);
                (&*comparison.name, &*level.name, label)
            }));
        }
        debug_assert_eq!(
            MISSING, 0,
            "the first place of a comparison is the missing level's"
        );
        let met = named
            .into_iter()
            .zip(tallies)
            .filter(|(_, tally)| tally.pairs > 0);
        met.map(|((of, name, label), tally)| CalibrationSlice {
            of: of.to_string(),
            name: name.to_string(),
            label,
            pairs: tally.pairs,
            expected: tally.expected,
            true_pairs: tally.true_pairs,
            z: (tally.true_pairs as f64 - tally.expected)
                / tally.variance.max(LEAST_VARIANCE).sqrt(),
        })
        .collect()
    }
}
