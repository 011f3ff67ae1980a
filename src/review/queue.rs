//! Pairs that wait for a reader, those first that are most worth reading.

use std::collections::{BTreeSet, BinaryHeap, HashSet};

use super::opinions::standing;
use crate::id::EntityId;
use crate::query::{links_after, office, open_pair};
use crate::resolve::Engine;
use crate::store::{OpinionKind, OpinionReading, Record, RecordKey, StoreError, View};

/// Two records, the lower key first.
pub type Pair = (RecordKey, RecordKey);

/// Pairs that a [`Queue`] holds at most; those farther from the threshold come with the next one.
const MOST: usize = 2_000;

/// Of which pairs a reader wants to see any: those of which one record at least is so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// First digits of the division of its office, or of its hukou where that is not given.
    pub county: Option<String>,
    /// Its programme or register, by its id in the policy, or its source.
    pub programme: Option<String>,
}

impl Wanted {
    /// Whether a pair of these records is wanted.
    pub(super) fn holds(&self, engine: &Engine, records: &[Record; 2]) -> bool {
        let is_there = |record: &Record| {
            let there = self.county.as_ref();
            there.is_none_or(|county| office(record).starts_with(county.as_str()))
        };
        let is_of = |record: &Record| {
            let source = engine.policy.source(&record.source);
            self.programme.as_ref().is_none_or(|wanted| {
                *record.source == **wanted || source.is_some_and(|known| known.id == *wanted)
            })
        };
        // One record may be of the county and the other of the programme.
        records.iter().any(is_there) && records.iter().any(is_of)
    }
}

/// A pair that waits for a reader.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The two records.
    pub pair: Pair,
    /// The commit of the verdict that is to be read again; `None` where there is none yet.
    pub of: Option<u64>,
}

/// Pairs that wait for a reader, in the order in which they are to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// The pairs.
    pub waiting: Vec<Waiting>,
    /// Whether there are more than these.
    pub more: bool,
}

/// A pair by how much it is worth reading: the least first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Worth {
    /// Somebody could not tell.
    unsure: bool,
    /// How far its weight is from the threshold, as bits that sort as the number does.
    far: u64,
    pair: Pair,
}

/// The pairs that nobody decided, without those in `skipped`: two linked records in two entities.
///
/// Those come first whose weight is nearest to where the decision changes: what is said of them
/// changes most, and they tell most about the model. Of the same person one pair at a time: nobody
/// comes again before everybody else has come. Pairs that somebody could not tell come last. Ties go
/// to the first in the order of keys.
///
/// Cost: all links of the generation are read, and for those nearer than the 2,000 nearest found so
/// far the entities, verdicts and records of the two.
///
/// # Errors
/// If the store cannot be read.
pub fn queue(
    view: &View<'_>,
    engine: &Engine,
    wanted: &Wanted,
    skipped: &BTreeSet<Pair>,
) -> Result<Queue, StoreError> {
    let unsure = unsure(view)?;
    let thresholds = &engine.scorer.model().parts().thresholds;
    let mut nearest: BinaryHeap<(Worth, [EntityId; 2])> = BinaryHeap::new();
    let (mut after, mut more) = (None, false);
    loop {
        let (links, last) = links_after(view, engine.generation, after)?;
        for &(a, b, weight) in links.iter().filter(|(a, b, _)| a < b) {
            let worth = Worth {
                unsure: unsure.contains(&(a, b)),
                far: (weight - thresholds.link.0).abs().to_bits(),
                pair: (a, b),
            };
            if weight < thresholds.review.0 || skipped.contains(&worth.pair) {
                continue;
            }
            let is_full = nearest.len() == MOST;
            if is_full && nearest.peek().is_some_and(|(last, _)| *last < worth) {
                more = true;
                continue;
            }
            let open = open_pair(view, engine, worth.pair)?;
            let Some(open) = open.filter(|open| wanted.holds(engine, &open.records)) else {
                continue;
            };
            if is_full {
                nearest.pop();
                more = true;
            }
            nearest.push((worth, open.entities));
        }
        match last {
            Some(last) => after = Some(last),
            None => break,
        }
    }
    Ok(Queue {
        waiting: in_turns(nearest.into_sorted_vec())
            .map(|pair| Waiting { pair, of: None })
            .collect(),
        more,
    })
}

/// Whether a pair still waits to be decided, as the store is now.
///
/// # Errors
/// If the store cannot be read.
pub fn is_waiting(view: &View<'_>, engine: &Engine, pair: Pair) -> Result<bool, StoreError> {
    Ok(open_pair(view, engine, pair)?.is_some())
}

/// The pairs that somebody could not tell.
fn unsure(view: &View<'_>) -> Result<BTreeSet<Pair>, StoreError> {
    let standing = standing(view)?.into_iter();
    let unsure = standing.filter(|(_, opinions)| {
        opinions.iter().any(|opinion| {
            opinion.reading == OpinionReading::First && opinion.kind == OpinionKind::Unsure
        })
    });
    Ok(unsure.map(|(pair, _)| pair).collect())
}

/// Pairs in the order of their worth, put so that nobody comes twice before all have come once: in
/// rounds, in each of which the pairs come of which neither person was in the round before them.
/// Those that somebody could not tell follow all others. At most 2,000 pairs: as many rounds at worst.
fn in_turns(sorted: Vec<(Worth, [EntityId; 2])>) -> impl Iterator<Item = Pair> {
    let (mut unsure, mut firm): (Vec<_>, Vec<_>) =
        sorted.into_iter().partition(|(worth, _)| worth.unsure);
    let mut order = Vec::with_capacity(firm.len() + unsure.len());
    for left in [&mut firm, &mut unsure] {
        while !left.is_empty() {
            let mut met = HashSet::new();
            left.retain(|(worth, entities)| {
                let is_fresh = entities.iter().all(|entity| !met.contains(entity));
                if is_fresh {
                    met.extend(*entities);
                    order.push(worth.pair);
                }
                !is_fresh
            });
        }
    }
    order.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_comes_twice_before_all_have_come_once() {
        let entity = |number: u8| EntityId::from_bytes([number; 10]);
        // Pairs by how far they are, whether somebody could not tell, and their persons.
        let cases: &[(f64, bool, [u8; 2])] = &[
            (0.1, false, [1, 2]),
            (0.2, false, [1, 3]),
            (0.3, false, [4, 5]),
            (0.4, true, [6, 7]),
            (0.5, false, [1, 8]),
            (0.6, false, [9, 10]),
        ];
        let mut sorted: Vec<(Worth, [EntityId; 2])> = cases
            .iter()
            .zip(0..)
            .map(|(&(far, unsure, persons), number)| {
                let worth = Worth {
                    unsure,
                    far: far.to_bits(),
                    pair: (RecordKey(number), RecordKey(100 + number)),
                };
                (worth, persons.map(entity))
            })
            .collect();
        sorted.sort_unstable();
        let order: Vec<u64> = in_turns(sorted).map(|(a, _)| a.0).collect();
        assert_eq!(order, [0, 2, 5, 1, 4, 3]);
    }
}
