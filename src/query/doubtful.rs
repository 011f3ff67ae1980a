//! Pairs that a person has to look at.

use crate::id::EntityId;
use crate::resolve::Engine;
use crate::store::{
    Family, Generation, Record, RecordKey, RecordState, StoreError, VerdictKind, View, keys,
};

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
    let mut after = after;
    let thresholds = &engine.scorer.model().parts().thresholds;
    loop {
        let (links, last) = links_after(view, generation, after)?;
        let mut best: Option<Doubtful> = None;
        let mut seen = 0;
        for &(a, b, weight) in links.iter().filter(|(a, b, _)| a < b) {
            let open = match weight < thresholds.review.0 {
                true => None,
                false => open_pair(view, engine, (a, b))?,
            };
            if !open.is_some_and(|open| open.records.iter().all(inside)) {
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
        if best.is_some() || last.is_none() {
            return Ok(best);
        }
        after = last;
    }
}

/// Two records and the weight of their link.
type Link = (RecordKey, RecordKey, f64);

/// Links, and the last of them unless there are none after it.
type Links = (Vec<Link>, Option<(RecordKey, RecordKey)>);

/// The next links of a generation after one, from both sides, at most 20,000; and the last of them,
/// unless there are none after it.
pub(crate) fn links_after(
    view: &View<'_>,
    generation: Generation,
    after: Option<(RecordKey, RecordKey)>,
) -> Result<Links, StoreError> {
    let from = match after {
        Some((a, b)) => [&keys::link(generation, a, b)[..], &[0]].concat(),
        None => generation.prefix().to_vec(),
    };
    let mut links = Vec::new();
    let mut cursor = view.cursor(Family::Links)?;
    cursor.each_link_from(generation, &from, |a, b, weight| {
        links.push((a, b, weight));
        links.len() < LOOKED_AT
    })?;
    let last = links.last().map(|&(a, b, _)| (a, b));
    let last = last.filter(|_| links.len() == LOOKED_AT);
    Ok((links, last))
}

/// A pair that nobody decided.
pub(crate) struct OpenPair {
    /// The entities of the two, which differ.
    pub entities: [EntityId; 2],
    /// The two records, both on file.
    pub records: [Record; 2],
}

/// Two linked records, if they are in two entities and nobody said anything of them.
pub(crate) fn open_pair(
    view: &View<'_>,
    engine: &Engine,
    (a, b): (RecordKey, RecordKey),
) -> Result<Option<OpenPair>, StoreError> {
    let members = [
        view.member(engine.generation, a)?,
        view.member(engine.generation, b)?,
    ];
    let [Some(of_a), Some(of_b)] = members else {
        return Ok(None);
    };
    if of_a.entity == of_b.entity {
        return Ok(None);
    }
    let said = view.verdict(a, b)?;
    if said.is_some_and(|said| said.kind != VerdictKind::Withdrawn) {
        return Ok(None);
    }
    Ok(on_file(view, (a, b))?.map(|records| OpenPair {
        entities: [of_a.entity, of_b.entity],
        records,
    }))
}

/// Two records, if both are on file.
pub(crate) fn on_file(
    view: &View<'_>,
    (a, b): (RecordKey, RecordKey),
) -> Result<Option<[Record; 2]>, StoreError> {
    let records = view.records(&[a, b])?.into_iter().flatten();
    let current = records.filter(|record| record.state == RecordState::Current);
    Ok(current.collect::<Vec<_>>().try_into().ok())
}
