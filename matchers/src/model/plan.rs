//! In which order comparisons are made, and when there is no need to go on.
//!
//! The weight against every rival is at most the sum over all comparisons of the best that each
//! can come to. A comparison whose fields are missing adds nothing; one that was made adds what
//! it came to. As soon as the sum falls below the weight that is asked for, the pair is done with.
//! So those comparisons come first that take most from the sum for the time they take.

use crate::comparison::{Flat, LevelIndex, Pair, Pattern};
use crate::record::{Dictionaries, FieldKind};

use super::{LevelParameters, MAX_RIVALS, ModelParts};

/// Bits that sums taken in another order can differ by at most, with much to spare.
pub(super) const SLACK: f64 = 1e-6;

/// One weight a rival.
pub(super) type Weights = [f64; MAX_RIVALS];

/// About how many nanoseconds it takes to fetch a field of two records.
const FETCH: u32 = 40;

/// Pairs that [`Model::score_each`](super::Model::score_each) scores together.
pub const TOGETHER: usize = 32;

/// A pair that may still reach the weight that is asked for.
#[derive(Copy, Clone, Debug)]
pub(super) struct Open {
    /// Its place among the pairs that are scored together.
    pub place: u32,
    /// The comparisons of which both records have a field, as bits.
    pub present: u32,
    /// The most that it can come to against each rival.
    pub best: Weights,
    /// The levels of the comparisons that were made.
    pub pattern: Pattern,
}

/// The plan of a model.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Places of the comparisons in the order they are made.
    pub order: Vec<u8>,
    /// The most that a level can add: `tops[comparison][level]`, level 0 being *missing*. What
    /// rare values add is in it.
    pub tops: Vec<Vec<Weights>>,
    /// What each comparison asks.
    pub flat: Vec<Flat>,
    /// The fields of each comparison, as bits.
    fields: Vec<u64>,
    /// Of these, those whose values have to be fetched from a dictionary.
    far: Vec<Vec<(usize, FieldKind)>>,
    /// For each set of eight comparisons, the most that they can add together: those of the first
    /// eight, then those of the others.
    best: [Vec<Weights>; 2],
    /// The same for each comparison.
    pub best_of: Vec<Weights>,
}

impl Plan {
    /// The plan of a model with those weights a level.
    pub fn new(parts: &ModelParts, weights: &[Vec<Weights>]) -> Plan {
        let tops: Vec<Vec<Weights>> = weights
            .iter()
            .zip(&parts.parameters)
            .map(|(weights, levels)| tops(weights, levels))
            .collect();
        let best_of: Vec<Weights> = tops.iter().map(|levels| best(levels)).collect();
        let flat: Vec<Flat> = parts.comparisons.iter().map(Flat::of).collect();
        let far: Vec<Vec<(usize, FieldKind)>> = parts
            .comparisons
            .iter()
            .map(|comparison| {
                let fields = comparison.fields_looked_up().into_iter();
                let kinds = fields.map(|field| (field, parts.fields[field].kind));
                kinds
                    .filter(|&(_, kind)| Dictionaries::fetches(kind))
                    .collect()
            })
            .collect();
        let value = |place: usize| {
            let stranger = parts.parameters[place]
                .iter()
                .zip(tops[place].iter().skip(1));
            let expected: f64 = stranger
                .map(|(level, top)| level.against[0] * top[0].max(-30.0))
                .sum();
            let cost = flat[place].cost() + FETCH * far[place].len() as u32;
            (best_of[place][0] - expected) / f64::from(cost.max(1))
        };
        let mut order: Vec<u8> = (0..parts.comparisons.len() as u8).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (usize::from(a), usize::from(b));
            value(b).total_cmp(&value(a)).then(a.cmp(&b))
        });
        let half = |first: usize| {
            let sum = |set: usize| {
                let mut sum = [0.0; MAX_RIVALS];
                let of_set = best_of.iter().skip(first).take(8).enumerate();
                for (_, best) in of_set.filter(|(place, _)| set >> place & 1 == 1) {
                    add(&mut sum, best);
                }
                sum
            };
            (0..256).map(sum).collect()
        };
        Plan {
            best: [half(0), half(8)],
            order,
            flat,
            fields: parts
                .comparisons
                .iter()
                .map(|comparison| {
                    comparison
                        .fields
                        .iter()
                        .fold(0, |set, &field| set | 1 << field)
                })
                .collect(),
            far,
            tops,
            best_of,
        }
    }

    /// Brings what a comparison reads of these pairs into the processor's cache.
    #[inline]
    pub fn fetch(&self, place: usize, open: &[Open], pairs: &[Pair<'_>]) {
        let mut read = 0;
        for &(field, kind) in &self.far[place] {
            for pair in open.iter().filter(|pair| pair.present >> place & 1 == 1) {
                let pair = &pairs[pair.place as usize];
                let (left, right) = (pair.left.get(field), pair.right.get(field));
                // What is equal is looked at no further, but for addresses: how far down do they go?
                if left != right || kind == FieldKind::Address {
                    read ^= pair.dictionaries.fetch(kind, left);
                    read ^= pair.dictionaries.fetch(kind, right);
                }
            }
        }
        std::hint::black_box(read);
    }

    /// The comparisons of which both records have a field, as bits.
    #[inline]
    pub fn present(&self, pair: &Pair<'_>) -> u32 {
        let (left, right) = (pair.left.fields(), pair.right.fields());
        let has = |fields: u64| u32::from((left & fields != 0) & (right & fields != 0));
        let sets = self.fields.iter().enumerate();
        sets.fold(0, |present, (place, &fields)| {
            present | has(fields) << place
        })
    }

    /// The most that the comparisons of a set can add together.
    #[inline]
    pub fn best(&self, present: u32) -> Weights {
        let mut sum = self.best[0][(present & 255) as usize];
        add(&mut sum, &self.best[1][(present >> 8 & 255) as usize]);
        sum
    }

    /// What is left of `best` once a comparison came to a level.
    #[inline]
    pub fn settle(&self, best: &mut Weights, place: usize, level: LevelIndex) {
        let (most, top) = (&self.best_of[place], &self.tops[place][usize::from(level)]);
        for rival in 0..MAX_RIVALS {
            best[rival] += top[rival] - most[rival];
        }
    }
}

#[inline]
fn add(sum: &mut Weights, more: &Weights) {
    for rival in 0..MAX_RIVALS {
        sum[rival] += more[rival];
    }
}

fn tops(weights: &[Weights], levels: &[LevelParameters]) -> Vec<Weights> {
    let mut tops = weights.to_vec();
    for (top, level) in tops.iter_mut().skip(1).zip(levels) {
        if let Some(rule) = &level.frequency
            && !rule.only_common
        {
            top[0] += (level.against[0] / rule.floor).log2().max(0.0);
        }
    }
    tops
}

/// The most that a comparison whose fields are there can add. It may still be *missing*.
fn best(tops: &[Weights]) -> Weights {
    let mut best = [0.0_f64; MAX_RIVALS];
    for top in tops {
        for rival in 0..MAX_RIVALS {
            best[rival] = best[rival].max(top[rival]);
        }
    }
    best
}
