//! Pairs that were decided wrongly, and why.

use std::collections::BTreeMap;
use std::io;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::MISSING;
use crate::report::blocking::Parts;
use crate::report::matching::{Matching, Truth};
use crate::report::summary::{Example, Verdict};
use crate::report::waterfall::waterfall;
use crate::report::words::Text;

/// Wrong pairs of a kind that are looked into; an evaluation with more has other problems.
const LIMIT: usize = 1_000_000;

/// Pairs shown of each kind.
const WORST: usize = 10;

/// The pairs of records that were decided wrongly: put together though they are two persons, or
/// left apart though they are one. Over records whose person is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Errors {
    /// Wrong pairs by kind, reason and rival, in the order of the kinds and reasons.
    pub counts: Vec<ErrorCount>,
    /// Wrong pairs that were not looked into, since there are more than a million of a kind.
    pub not_examined: u64,
    /// False links, the heaviest first, one an entity; at most ten.
    pub false_links: Vec<PairError>,
    /// True pairs that were compared and left apart, the lightest first, one a person; at most ten.
    pub missed_links: Vec<PairError>,
    /// True pairs that no blocking rule brought, the ones that would have weighed most first, one a
    /// person; at most ten.
    pub blocked_out: Vec<PairError>,
}

/// Wrong pairs of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ErrorCount {
    /// How they came about.
    pub reason: ErrorReason,
    /// The likeliest rival of the hypothesis that they are one person.
    pub against: String,
    /// Pairs.
    pub pairs: u64,
}

/// How a pair came to be decided wrongly.
#[derive(
    Copy, Clone, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ErrorReason {
    /// Two persons, and the pair's own weight links them.
    #[default]
    LinkedByWeight,
    /// Two persons, whose weight alone would not link them: other records of the entity did.
    JoinedByOthers,
    /// One person, and no blocking rule brings the pair.
    BlockedOut,
    /// One person, and the weight is below review.
    WeighedApart,
    /// One person, and the weight is for review.
    LeftToReview,
    /// One person whose weight links them, and clustering put them apart.
    SplitByClustering,
}

/// A pair that was decided wrongly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PairError {
    /// How it came about.
    pub reason: ErrorReason,
    /// Which key parts kept it from being compared, if that is the reason.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub cause: Text,
    /// The pair, masked.
    #[serde(flatten)]
    pub example: Example,
}

impl ErrorReason {
    /// Whether two persons were taken for one.
    pub fn is_false_link(self) -> bool {
        matches!(
            self,
            ErrorReason::LinkedByWeight | ErrorReason::JoinedByOthers
        )
    }

    /// What a person reads.
    pub fn label(self) -> Text {
        let (zh, en) = match self {
            ErrorReason::LinkedByWeight => {
                ("误并：该对权重已达关联", "joined wrongly by its own weight")
            }
            ErrorReason::JoinedByOthers => {
                ("误并：经由其他记录", "joined wrongly through other records")
            }
            ErrorReason::BlockedOut => ("漏并：未被比较", "missed: never compared"),
            ErrorReason::WeighedApart => ("漏并：权重过低", "missed: weighed too low"),
            ErrorReason::LeftToReview => ("漏并：留待人工审核", "missed: left to review"),
            ErrorReason::SplitByClustering => {
                ("漏并：聚类时拆开", "missed: taken apart by clustering")
            }
        };
        Text::new(zh, en)
    }
}

/// A wrong pair that was looked into.
struct Wrong {
    a: u32,
    b: u32,
    weight: f64,
    reason: ErrorReason,
    /// Entity of a false link, person of a missed one: one pair of each is shown.
    of: u32,
}

impl Errors {
    /// Looks into every pair that entities and truth disagree on.
    pub fn of(matching: &Matching<'_>, truth: &Truth) -> io::Result<Errors> {
        let parts = Parts::of(matching.parts());
        let (mut wrong, mut errors) = (Vec::new(), Errors::default());
        let mut counts: BTreeMap<(ErrorReason, u8), u64> = BTreeMap::new();
        errors.not_examined += false_links(matching, truth, &mut wrong, &mut counts);
        errors.not_examined += missed_links(matching, truth, &mut wrong, &mut counts)?;
        errors.counts = counts
            .into_iter()
            .map(|((reason, rival), pairs)| ErrorCount {
                reason,
                against: matching.parts().rivals[usize::from(rival)].name.clone(),
                pairs,
            })
            .collect();
        let show = |pair: &Wrong| {
            let cause = match pair.reason {
                ErrorReason::BlockedOut => parts.cause(matching.table, pair.a, pair.b),
                _ => Text::default(),
            };
            let verdict = match pair.reason {
                reason if reason.is_false_link() => Verdict::Link,
                ErrorReason::LeftToReview => Verdict::Review,
                _ => Verdict::NonLink,
            };
            let (table, scorer) = (matching.table, matching.scorer);
            PairError {
                reason: pair.reason,
                cause,
                example: waterfall(
                    table,
                    scorer,
                    (pair.a, pair.b),
                    [matching.name(pair.a), matching.name(pair.b)],
                    verdict,
                    pair.reason.label(),
                ),
            }
        };
        let (false_links, missed): (Vec<&Wrong>, Vec<&Wrong>) =
            wrong.iter().partition(|pair| pair.reason.is_false_link());
        let (blocked_out, missed): (Vec<&Wrong>, Vec<&Wrong>) = missed
            .into_iter()
            .partition(|pair| pair.reason == ErrorReason::BlockedOut);
        let worst = |pairs, sign| worst(pairs, sign).into_iter().map(show).collect();
        errors.false_links = worst(false_links, -1.0);
        errors.missed_links = worst(missed, 1.0);
        errors.blocked_out = worst(blocked_out, -1.0);
        Ok(errors)
    }

    /// Pairs that came about so.
    pub fn count(&self, reason: ErrorReason) -> u64 {
        let counts = self.counts.iter().filter(|count| count.reason == reason);
        counts.map(|count| count.pairs).sum()
    }
}

/// The pairs with the lowest `sign × weight`, one an entity or person; ties by record.
fn worst(mut pairs: Vec<&Wrong>, sign: f64) -> Vec<&Wrong> {
    pairs.sort_by(|x, y| {
        let by_weight = (sign * x.weight).total_cmp(&(sign * y.weight));
        by_weight.then((x.a, x.b).cmp(&(y.a, y.b)))
    });
    let mut met = FxHashSet::default();
    pairs.retain(|pair| met.len() < WORST && met.insert(pair.of));
    pairs
}

/// Pairs of two persons within one entity; returns how many were not looked into.
fn false_links(
    matching: &Matching<'_>,
    truth: &Truth,
    wrong: &mut Vec<Wrong>,
    counts: &mut BTreeMap<(ErrorReason, u8), u64>,
) -> u64 {
    let link = matching.parts().thresholds.link;
    let mut members: Vec<(u32, u32)> = matching
        .entity_of
        .iter()
        .zip(0..)
        .filter(|&(_, record)| truth.person_of[record as usize] != MISSING)
        .map(|(&entity, record)| (entity, record))
        .collect();
    members.sort_unstable();
    let (mut examined, mut beyond) = (0, 0);
    for entity in members.chunk_by(|x, y| x.0 == y.0) {
        for (place, &(of, a)) in entity.iter().enumerate() {
            for &(_, b) in &entity[place + 1..] {
                if truth.is_match(a, b) != Some(false) {
                    continue;
                }
                if examined == LIMIT {
                    beyond += 1;
                    continue;
                }
                examined += 1;
                let score = matching.scorer.weigh(matching.table, a, b);
                let reason = match score.weight >= link {
                    true => ErrorReason::LinkedByWeight,
                    false => ErrorReason::JoinedByOthers,
                };
                *counts.entry((reason, score.rival)).or_default() += 1;
                wrong.push(Wrong {
                    a,
                    b,
                    weight: score.weight.0,
                    reason,
                    of,
                });
            }
        }
    }
    beyond
}

/// Pairs of one person in two entities; returns how many were not looked into.
fn missed_links(
    matching: &Matching<'_>,
    truth: &Truth,
    wrong: &mut Vec<Wrong>,
    counts: &mut BTreeMap<(ErrorReason, u8), u64>,
) -> io::Result<u64> {
    let thresholds = &matching.parts().thresholds;
    let entity = |record: u32| matching.entity_of[record as usize];
    let (mut apart, mut beyond) = (Vec::new(), 0);
    truth.each_pair(|a, b| match entity(a) == entity(b) {
        true => {}
        false if apart.len() == LIMIT => beyond += 1,
        false => apart.push((a, b)),
    });
    let compared = matching.candidates.contain(&apart)?;
    for ((a, b), compared) in apart.into_iter().zip(compared) {
        let score = matching.scorer.weigh(matching.table, a, b);
        let reason = match score.weight {
            _ if !compared => ErrorReason::BlockedOut,
            weight if weight >= thresholds.link => ErrorReason::SplitByClustering,
            weight if weight >= thresholds.review => ErrorReason::LeftToReview,
            _ => ErrorReason::WeighedApart,
        };
        *counts.entry((reason, score.rival)).or_default() += 1;
        wrong.push(Wrong {
            a,
            b,
            weight: score.weight.0,
            reason,
            of: truth.person_of[a as usize],
        });
    }
    Ok(beyond)
}
