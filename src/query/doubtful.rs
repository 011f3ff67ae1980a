//! Pairs that a person has to look at.

use crate::resolve::Engine;
use crate::store::{Family, Record, RecordKey, RecordState, StoreError, VerdictKind, View, keys};

/// Links that are read to choose a pair from, at most.
const LOOKED_AT: usize = 20_000;

/// Pairs of which the most informative one is chosen.
const CHOSEN_FROM: usize = 200;

/// A pair that a person has to look at.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Doubtful {
    /// The two records, the one with the lower key first.
    pub pair: (RecordKey, RecordKey),
    /// Match weight.
    pub weight: f64,
    /// Where to go on for another.
    pub next: (RecordKey, RecordKey),
}

/// Of the next pairs for clerical review after `after` (linked, in two entities, and nobody said
/// anything of them) the one whose weight is nearest to where the decision changes; ties go to the
/// first in the order of keys. Only pairs of which both records may be seen. `None` if there is
/// none up to the end. Cost: the links read, at most 20,000 before it is content with what it has.
pub fn doubtful(
    view: &View<'_>,
    engine: &Engine,
    after: Option<(RecordKey, RecordKey)>,
    inside: &dyn Fn(&Record) -> bool,
) -> Result<Option<Doubtful>, StoreError> {
    let generation = engine.generation;
    let mut from = match after {
        Some((a, b)) => [&keys::link(generation, a, b)[..], &[0]].concat(),
        None => generation.prefix().to_vec(),
    };
    let thresholds = &engine.scorer.model().parts().thresholds;
    loop {
        let mut links: Vec<(RecordKey, RecordKey, f64)> = Vec::new();
        let mut cursor = view.cursor(Family::Links)?;
        cursor.each_link_from(generation, &from, |a, b, weight| {
            links.push((a, b, weight));
            links.len() < LOOKED_AT
        })?;
        let is_end = links.len() < LOOKED_AT;
        let mut best: Option<Doubtful> = None;
        let mut seen = 0;
        for &(a, b, weight) in links.iter().filter(|(a, b, _)| a < b) {
            if weight < thresholds.review.0 || !is_open(view, engine, a, b, inside)? {
                continue;
            }
            seen += 1;
            let far = |weight: f64| (weight - thresholds.link.0).abs();
            if best.is_none_or(|best| far(weight) < far(best.weight)) {
                best = Some(Doubtful {
                    pair: (a, b),
                    weight,
                    next: (a, b),
                });
            }
            if seen == CHOSEN_FROM {
                break;
            }
        }
        if best.is_some() || is_end {
            return Ok(best);
        }
        if let Some(&(a, b, _)) = links.last() {
            from = [&keys::link(generation, a, b)[..], &[0]].concat();
        }
    }
}

/// Whether two linked records are in two entities, nobody said anything of them, and both may be seen.
fn is_open(
    view: &View<'_>,
    engine: &Engine,
    a: RecordKey,
    b: RecordKey,
    inside: &dyn Fn(&Record) -> bool,
) -> Result<bool, StoreError> {
    let members = [
        view.member(engine.generation, a)?,
        view.member(engine.generation, b)?,
    ];
    let [Some(of_a), Some(of_b)] = members else {
        return Ok(false);
    };
    if of_a.entity == of_b.entity {
        return Ok(false);
    }
    let said = view.verdict(a, b)?;
    if said.is_some_and(|said| said.kind != VerdictKind::Withdrawn) {
        return Ok(false);
    }
    let records = view.records(&[a, b])?;
    Ok(records.iter().all(|record| {
        let on_file = record
            .as_ref()
            .filter(|record| record.state == RecordState::Current);
        on_file.is_some_and(inside)
    }))
}
