//! In which order comparisons are made, and when there is no need to go on.
//!
//! The weight against every rival is at most the sum over all comparisons of the best that each
//! can come to. First all comparisons are looked at as far as the two rows go: which values are
//! there, and which are equal. That decides most of them, and bounds the others. Those are made one
//! after the other; one that was made adds what it came to. As soon as the sum falls below the weight
//! that is asked for, the pair is done with. So those comparisons come first that take most from the
//! sum for the time they take.

use crate::comparison::{Flat, LevelIndex, Pair, Pattern, Sight, Sights};
use crate::record::{Dictionaries, FieldKind};
use crate::rows::{APART, Looks, UNEQUAL};

use super::{LevelParameters, MAX_RIVALS, ModelParts};

/// Bits that bounds can differ by at most from what the weight comes to, as they are summed in another
/// order and in half the width, with much to spare.
pub(super) const SLACK: f64 = 1e-2;

/// One weight a rival.
pub(super) type Weights = [f64; MAX_RIVALS];

/// The most that a weight can come to against each rival: in half the width, for none is reported.
pub(super) type Bounds = [f32; MAX_RIVALS];

/// About how many nanoseconds it takes to fetch a field of two records.
const FETCH: u32 = 40;

/// Pairs that [`Model::score_each`](super::Model::score_each) scores together.
pub const TOGETHER: usize = Places::BITS as usize;

/// Places of pairs that are scored together, as bits.
pub(super) type Places = u32;

/// The places, ascending.
#[inline]
pub(super) fn each(mut places: Places) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = places.trailing_zeros() as usize;
        places &= places.wrapping_sub(1);
        (place < TOGETHER).then_some(place)
    })
}

/// What is known of a pair.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Open {
    /// The most that it can come to against each rival.
    pub best: Bounds,
    /// The levels of the comparisons that are decided.
    pub pattern: Pattern,
    /// The comparisons that are not, as bits.
    pub to_make: u32,
    /// What the looks at its rows found.
    states: u64,
}

/// What a comparison can come to by what the looks at the rows found.
#[derive(Copy, Clone, Debug)]
struct Outlook {
    /// The most that it can add.
    best: Bounds,
    /// The level, 0 while it is open.
    level: LevelIndex,
    /// Whether it is still to be made.
    is_open: bool,
}

/// The plan of a model.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Places of the comparisons in the order they are made.
    pub order: Vec<u8>,
    /// The most that a level can add: `tops[comparison][level]`, level 0 being *missing*. What
    /// rare values add is in it.
    tops: Vec<Vec<Bounds>>,
    /// What each comparison asks.
    flat: Vec<Flat>,
    /// Its fields whose values have to be fetched from a dictionary.
    far: Vec<Vec<(usize, FieldKind)>>,
    /// The looks at two rows, and what each comparison has of them.
    looks: Looks,
    /// Of the looks, those at two addresses: where it is in the states, and its fields.
    addresses: Vec<(u8, usize, usize)>,
    sights: Vec<(Sight, Vec<Outlook>)>,
}

impl Plan {
    /// The plan of a model with those weights a level.
    pub fn new(parts: &ModelParts, weights: &[Vec<Weights>]) -> Plan {
        let tops: Vec<Vec<Bounds>> = weights
            .iter()
            .zip(&parts.parameters)
            .map(|(weights, levels)| tops(weights, levels))
            .collect();
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
        let Sights { looks, sights } = Sights::of(&parts.comparisons);
        let sights: Vec<(Sight, Vec<Outlook>)> = sights
            .into_iter()
            .zip(&tops)
            .map(|(sight, tops)| {
                let outlooks = sight.possible.iter().map(|&levels| outlook(levels, tops));
                let outlooks = outlooks.collect();
                (sight, outlooks)
            })
            .collect();
        let value = |place: usize| {
            let stranger = parts.parameters[place]
                .iter()
                .zip(tops[place].iter().skip(1));
            let expected: f64 = stranger
                .map(|(level, top)| level.against[0] * f64::from(top[0].max(-30.0)))
                .sum();
            // What strangers have, who still have to be told apart, is unequal.
            let (sight, outlooks) = &sights[place];
            let best = f64::from(outlooks[sight.unequal()].best[0]);
            let cost = flat[place].cost() + FETCH * far[place].len() as u32;
            (best - expected) / f64::from(cost.max(1))
        };
        let mut order: Vec<u8> = (0..parts.comparisons.len() as u8).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (usize::from(a), usize::from(b));
            value(b).total_cmp(&value(a)).then(a.cmp(&b))
        });
        let addresses = (0..).step_by(2).zip(&looks).filter_map(|(shift, &look)| {
            let (left, right) = (usize::from(look.0), usize::from(look.1));
            let kinds = [left, right].map(|field| parts.fields[field].kind);
            (kinds == [FieldKind::Address; 2]).then_some((shift, left, right))
        });
        Plan {
            order,
            addresses: addresses.collect(),
            looks: Looks::new(&parts.fields, &looks),
            sights,
            flat,
            far,
            tops,
        }
    }

    /// What the rows of a pair alone tell of it.
    #[inline]
    pub fn open(&self, pair: &Pair<'_>) -> Open {
        let mut states = self.looks.states(pair.left, pair.right);
        for &(shift, left, right) in &self.addresses {
            let (left, right) = (pair.left.get(left), pair.right.get(right));
            let apart = left.is_in_another_county(right);
            states ^= (u64::from(apart) * u64::from(UNEQUAL ^ APART)) << (shift & 63);
        }
        let (mut best, mut pattern, mut to_make) = ([0.0; MAX_RIVALS], 0, 0);
        for (comparison, (sight, outlooks)) in self.sights.iter().enumerate() {
            let outlook = &outlooks[sight.place(states)];
            add(&mut best, &outlook.best);
            pattern |= Pattern::from(outlook.level) << (4 * comparison);
            to_make |= u32::from(outlook.is_open) << comparison;
        }
        Open {
            best,
            pattern,
            to_make,
            states,
        }
    }

    /// Brings what a comparison reads of the pairs at these places into the processor's cache.
    #[inline]
    pub fn fetch(&self, comparison: usize, places: Places, pairs: &[Pair<'_>]) {
        let mut read = 0;
        for &(field, kind) in &self.far[comparison] {
            for pair in each(places).map(|place| &pairs[place]) {
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

    /// Makes a comparison of a pair.
    #[inline]
    pub fn make(&self, comparison: usize, open: &mut Open, pair: &Pair<'_>) {
        let level = self.flat[comparison].level(pair);
        open.pattern |= Pattern::from(level) << (4 * comparison);
        let (sight, outlooks) = &self.sights[comparison];
        let most = &outlooks[sight.place(open.states)].best;
        let top = &self.tops[comparison][usize::from(level)];
        for rival in 0..MAX_RIVALS {
            open.best[rival] += top[rival] - most[rival];
        }
    }
}

#[inline]
fn add(sum: &mut Bounds, more: &Bounds) {
    for rival in 0..MAX_RIVALS {
        sum[rival] += more[rival];
    }
}

fn tops(weights: &[Weights], levels: &[LevelParameters]) -> Vec<Bounds> {
    let mut tops = weights.to_vec();
    for (top, level) in tops.iter_mut().skip(1).zip(levels) {
        if let Some(rule) = &level.frequency
            && !rule.only_common
        {
            top[0] += (level.against[0] / rule.floor).log2().max(0.0);
        }
    }
    let bounds = tops.into_iter().map(|top| top.map(|weight| weight as f32));
    bounds.collect()
}

/// What a comparison can come to of which only these levels, as bits, are possible.
fn outlook(levels: u16, tops: &[Bounds]) -> Outlook {
    let mut best = [f32::NEG_INFINITY; MAX_RIVALS];
    let possible = tops.iter().enumerate();
    for (_, top) in possible.filter(|(level, _)| levels >> level & 1 == 1) {
        for rival in 0..MAX_RIVALS {
            best[rival] = best[rival].max(top[rival]);
        }
    }
    let is_open = levels.count_ones() != 1;
    let level = if is_open { 0 } else { levels.trailing_zeros() };
    Outlook {
        best,
        level: level as LevelIndex,
        is_open,
    }
}
