//! Judged pairs that are read again: by a second reader, and by a third where the two differ.

use xxhash_rust::xxh3::xxh3_64;

use super::opinions::{against, standing};
use super::queue::{Pair, Waiting, Wanted};
use crate::query::on_file;
use crate::resolve::Engine;
use crate::store::{
    Family, OpinionReading, RecordKey, StoreError, Verdict, VerdictKind, View, keys,
};

/// Judged pairs that `reader` is to read again: a sample of so large a `share` of all verdicts in
/// force, of those that another gave and nobody has read again yet. Which verdicts are in the sample
/// depends on the pair and the commit of the verdict alone, and those of a smaller share are in every
/// larger one. In an order that says nothing about the pairs. Cost: all verdicts are read.
///
/// # Errors
/// If the store cannot be read.
pub fn second_readings(
    view: &View<'_>,
    engine: &Engine,
    wanted: &Wanted,
    reader: &str,
    share: f64,
) -> Result<Vec<Waiting>, StoreError> {
    let opinions = standing(view)?;
    let mut drawn: Vec<(u64, Waiting)> = Vec::new();
    for (pair, verdict) in verdicts(view)? {
        let lot = lot(pair, verdict.since);
        let is_read = opinions.get(&pair).into_iter().flatten().any(|opinion| {
            opinion.reading == OpinionReading::Second && opinion.of == Some(verdict.since)
        });
        if !is_drawn(lot, share) || *verdict.by == *reader || is_read {
            continue;
        }
        if is_wanted(view, engine, wanted, pair)? {
            let of = Some(verdict.since);
            drawn.push((lot, Waiting { pair, of }));
        }
    }
    drawn.sort_unstable_by_key(|(lot, waiting)| (*lot, waiting.pair));
    Ok(drawn.into_iter().map(|(_, waiting)| waiting).collect())
}

/// Judged pairs of which a second reader says otherwise, for a third `reader`, who was neither; and
/// how many are left out because `reader` was one of the two. In the order of keys.
///
/// # Errors
/// If the store cannot be read.
pub fn third_readings(
    view: &View<'_>,
    engine: &Engine,
    wanted: &Wanted,
    reader: &str,
) -> Result<(Vec<Waiting>, usize), StoreError> {
    let opinions = standing(view)?;
    let (mut waiting, mut left) = (Vec::new(), 0);
    for (pair, verdict) in verdicts(view)? {
        let against = against(&verdict, opinions.get(&pair).map_or(&[], Vec::as_slice));
        if against.is_empty() || !is_wanted(view, engine, wanted, pair)? {
            continue;
        }
        let is_one = *verdict.by == *reader || against.iter().any(|second| *second.by == *reader);
        match is_one {
            true => left += 1,
            false => waiting.push(Waiting {
                pair,
                of: Some(verdict.since),
            }),
        }
    }
    Ok((waiting, left))
}

/// The verdicts in force, each once, in the order of keys.
pub(super) fn verdicts(view: &View<'_>) -> Result<Vec<(Pair, Verdict)>, StoreError> {
    let mut verdicts = Vec::new();
    view.cursor(Family::Verdicts)?
        .each_verdict(|a, b, verdict| {
            if a < b && verdict.kind != VerdictKind::Withdrawn {
                verdicts.push(((a, b), verdict));
            }
        })?;
    Ok(verdicts)
}

fn is_wanted(
    view: &View<'_>,
    engine: &Engine,
    wanted: &Wanted,
    pair: Pair,
) -> Result<bool, StoreError> {
    let records = on_file(view, pair)?;
    Ok(records.is_some_and(|records| wanted.holds(engine, &records)))
}

/// A number that is drawn for a verdict once and for all.
fn lot((a, b): (RecordKey, RecordKey), since: u64) -> u64 {
    xxh3_64(&keys::until(&keys::verdict(a, b), since))
}

/// Whether that number is in a sample of so large a share.
fn is_drawn(lot: u64, share: f64) -> bool {
    share >= 1.0 || (lot as f64) < share * 2.0_f64.powi(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_drawn_evenly() {
        let verdicts = 20_000_u64;
        for share in [0.0, 0.05, 0.1, 0.5, 1.0] {
            let drawn = (0..verdicts).filter(|&number| {
                let pair = (RecordKey(number * 7), RecordKey(number * 7 + 1));
                is_drawn(lot(pair, 5 + number), share)
            });
            let found = drawn.count() as f64 / verdicts as f64;
            assert!((found - share).abs() < 0.01, "{found} for {share}");
        }
    }
}
