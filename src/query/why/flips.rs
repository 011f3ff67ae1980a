//! What would have to be otherwise for a pair to be decided otherwise.

use serde::{Deserialize, Serialize};
use yiren_matchers::comparison::{LevelIndex, MISSING, Pattern, level_of};
use yiren_matchers::model::{MatchWeight, ModelParts};

use crate::report::Text;
use crate::wire::{self, Code};

/// So many ways to each other decision are told.
const TOLD: usize = 4;

/// One way in which two records would be decided otherwise.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Flip {
    /// What it would be: `link`, `review` or `non-link`.
    #[serde(deserialize_with = "wire::code")]
    pub verdict: Code,
    /// The match weight that it would have.
    #[serde(deserialize_with = "wire::exact")]
    pub weight: f64,
    /// The match probability that it would have.
    #[serde(deserialize_with = "wire::exact")]
    pub probability: f64,
    /// What would have to be otherwise: one comparison, or two where no single one is enough.
    pub changes: Vec<LevelChange>,
}

/// A comparison that comes to another level.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct LevelChange {
    /// Name of the comparison.
    pub comparison: String,
    /// Code of the level that it has; `None` if one of the records lacks what it compares.
    pub from: Option<String>,
    /// Code of the level that it would have; `None` if one of the records lacked it.
    pub to: Option<String>,
    /// What a person reads of the level that it would have; empty if it would have none.
    pub label: Text,
}

/// A comparison and a level that it does not have.
type Other = (usize, LevelIndex);

/// The ways in which a pair with that pattern would be decided otherwise, `weigh` being the weight
/// of a pattern: to each other decision the nearest by weight, each by its least change of one
/// comparison, or of two where no comparison is enough by itself. None where three have to change.
pub(super) fn flips(
    parts: &ModelParts,
    pattern: Pattern,
    weigh: impl Fn(Pattern) -> MatchWeight,
) -> Vec<Flip> {
    let weight = weigh(pattern);
    let verdict = parts.thresholds.verdict(weight);
    let others: Vec<Other> = (0..parts.comparisons.len())
        .flat_map(|place| {
            let levels = 0..=parts.comparisons[place].levels.len() as LevelIndex;
            let is = level_of(pattern, place);
            let others = levels.filter(move |&level| level != is);
            others.map(move |level| (place, level))
        })
        .collect();
    let singles = others.iter().map(|&other| vec![other]);
    let singles = changed(pattern, singles, &weigh);
    let mut pairs: Option<Vec<(Vec<Other>, MatchWeight)>> = None;
    let mut found = Vec::new();
    for wanted in ["link", "review", "non-link"] {
        if wanted == verdict {
            continue;
        }
        let is_wanted =
            |change: &&(Vec<Other>, MatchWeight)| parts.thresholds.verdict(change.1) == wanted;
        let mut ways: Vec<_> = singles.iter().filter(is_wanted).cloned().collect();
        if ways.is_empty() {
            let pairs = pairs.get_or_insert_with(|| {
                let both = others.iter().enumerate().flat_map(|(at, &one)| {
                    let later = others[at + 1..].iter();
                    let later = later.filter(move |other| other.0 != one.0);
                    later.map(move |&other| vec![one, other])
                });
                changed(pattern, both, &weigh)
            });
            ways = pairs.iter().filter(is_wanted).cloned().collect();
        }
        let distance = |change: &(Vec<Other>, MatchWeight)| (change.1.0 - weight.0).abs();
        ways.sort_by(|x, y| distance(x).total_cmp(&distance(y)).then(x.0.cmp(&y.0)));
        // Of each comparison, or two of them, the least change.
        let mut seen: Vec<Vec<usize>> = Vec::new();
        ways.retain(|(changes, _)| {
            let places: Vec<usize> = changes.iter().map(|&(place, _)| place).collect();
            let is_new = !seen.contains(&places);
            seen.push(places);
            is_new
        });
        let told = ways.into_iter().take(TOLD);
        found.extend(told.map(|(changes, weight)| {
            Flip {
                verdict: wanted,
                weight: weight.0,
                probability: weight.probability().0,
                changes: changes
                    .into_iter()
                    .map(|other| level_change(parts, pattern, other))
                    .collect(),
            }
        }));
    }
    found
}

fn changed(
    pattern: Pattern,
    changes: impl Iterator<Item = Vec<Other>>,
    weigh: &impl Fn(Pattern) -> MatchWeight,
) -> Vec<(Vec<Other>, MatchWeight)> {
    let weighed = changes.map(|changes| {
        let other = changes.iter().fold(pattern, |pattern, &(place, level)| {
            pattern & !(15 << (4 * place)) | Pattern::from(level) << (4 * place)
        });
        let weight = weigh(other);
        (changes, weight)
    });
    weighed.collect()
}

fn level_change(parts: &ModelParts, pattern: Pattern, (place, to): Other) -> LevelChange {
    let comparison = &parts.comparisons[place];
    let level = |level: LevelIndex| match level {
        MISSING => None,
        level => comparison.levels.get(usize::from(level) - 1),
    };
    LevelChange {
        comparison: comparison.name.clone(),
        from: level(level_of(pattern, place)).map(|level| level.name.clone()),
        to: level(to).map(|level| level.name.clone()),
        label: level(to).map_or_else(Text::default, |level| {
            Text::new(level.label_zh.clone(), level.label.clone())
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::schema::read_model;

    /// A weight of `each` bits for a comparison at its first level, and as many against otherwise.
    fn weigh(pattern: Pattern, comparisons: usize, each: f64) -> MatchWeight {
        let weight = |place| match level_of(pattern, place) {
            MISSING => 0.0,
            1 => each,
            _ => -each,
        };
        MatchWeight((0..comparisons).map(weight).sum())
    }

    #[test]
    fn one_change_is_told_where_it_is_enough_and_else_two() {
        let mut parts = read_model(None).unwrap();
        (parts.thresholds.link.0, parts.thresholds.review.0) = (4.0, 0.0);
        let count = parts.comparisons.len();
        // Weight, bits a comparison, and how many changes lead to each other decision.
        type Case<'a> = (Pattern, f64, &'a [(&'a str, usize)]);
        let cases: &[Case<'_>] = &[
            // Two agree of 3 bits: without one of them it is for a person.
            (0x11, 3.0, &[("review", 1), ("non-link", 2)]),
            // One agrees: another has to agree too, or it has to go.
            (0x1, 3.0, &[("link", 1), ("non-link", 1)]),
            (0x2, 3.0, &[("link", 2), ("review", 1)]),
            // Four agree of 4 bits: two have to go or one has to be otherwise.
            (0x1111, 4.0, &[("review", 2)]),
        ];
        for (pattern, each, expected) in cases {
            let found = flips(&parts, *pattern, |pattern| weigh(pattern, count, *each));
            let told: Vec<(&str, usize)> = found
                .iter()
                .map(|flip| (flip.verdict, flip.changes.len()))
                .collect();
            let mut distinct = told.clone();
            distinct.dedup();
            assert_eq!(distinct, *expected, "{pattern:x}");
            for flip in &found {
                let verdict = parts.thresholds.verdict(MatchWeight(flip.weight));
                assert_eq!(verdict, flip.verdict, "{flip:?}");
                let same = found.iter().filter(|other| other.verdict == flip.verdict);
                assert!(same.count() <= TOLD);
                assert!(flip.changes.iter().all(|change| change.from != change.to));
            }
        }
    }
}
