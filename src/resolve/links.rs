//! Which pairs a change scores, and which links come and go.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::local::Local;
use super::postings::{Overlay, Postings, When, depth, node};
use super::working::Working;
use super::{Engine, ResolveError, Versions, tables};
use crate::store::{Cursor, Family, RecordKey, StoreError};

/// Two records, the one with the lower key first.
pub(super) type Pair = (RecordKey, RecordKey);

pub(super) fn pair(a: RecordKey, b: RecordKey) -> Pair {
    (a.min(b), a.max(b))
}

/// The links that a change brings, alters and takes away.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The weight of each from now on; `None` where there is a link no more.
    pub changes: BTreeMap<Pair, Option<f64>>,
    /// The same by record.
    of: FxHashMap<RecordKey, Vec<(RecordKey, Option<f64>)>>,
}

impl Links {
    fn new(changes: BTreeMap<Pair, Option<f64>>) -> Links {
        let mut of: FxHashMap<RecordKey, Vec<_>> = FxHashMap::default();
        for (&(a, b), &weight) in &changes {
            of.entry(a).or_default().push((b, weight));
            of.entry(b).or_default().push((a, weight));
        }
        Links { changes, of }
    }

    /// The links of a record after the change; `cursor` is over the family of links.
    pub fn of(
        &self,
        engine: &Engine,
        cursor: &mut Cursor<'_>,
        record: RecordKey,
    ) -> Result<Vec<(RecordKey, f64)>, StoreError> {
        let mut links = cursor.links(engine.generation, record)?;
        if let Some(changes) = self.of.get(&record) {
            links.retain(|(to, _)| !changes.iter().any(|(changed, _)| changed == to));
            let there = changes
                .iter()
                .filter_map(|&(to, weight)| Some((to, weight?)));
            links.extend(there);
        }
        Ok(links)
    }
}

/// Finds the pairs that a change touches, scores those that are candidates now, and says what that
/// means for the blocks and links of the store.
pub(super) fn decide(
    engine: &Engine,
    working: &Working<'_>,
    versions: &Versions,
) -> Result<(Overlay, Links), ResolveError> {
    let (before, after) = tables(engine, versions);
    let entries_of = |local: &Local| -> BTreeMap<RecordKey, BTreeSet<Vec<u8>>> {
        let places = (0..local.keys.len() as u32).into_par_iter();
        places
            .map(|place| (local.keys[place as usize], local.entries(engine, place)))
            .collect()
    };
    let (was, is) = (entries_of(&before), entries_of(&after));
    let overlay = overlay(&was, &is);
    let caps = engine.scorer.model().parts().caps();
    let postings = || -> Result<_, StoreError> {
        let cursor = working.view.cursor(Family::Blocks)?;
        Ok(Postings::new(cursor, &overlay, &caps))
    };

    let records: Vec<RecordKey> = versions.keys().copied().collect();
    let sights = records.par_iter().map(|&record| {
        let mut postings = postings()?;
        let mut companions = Vec::new();
        for entry in is.get(&record).into_iter().flatten() {
            postings.companions(entry, &mut companions)?;
        }
        let mut shaken = Shaken::default();
        for entries in [was.get(&record), is.get(&record)] {
            for entry in entries.into_iter().flatten() {
                let comes = overlay.added.contains(entry);
                if comes || overlay.removed.contains(entry) {
                    shaken.look(&mut postings, entry, comes, working)?;
                }
            }
        }
        let candidates: Vec<Pair> = companions
            .iter()
            .map(|&other| pair(record, other))
            .collect();
        Ok((candidates, shaken))
    });
    let sights: Vec<(Vec<Pair>, Shaken)> = sights.collect::<Result<_, StoreError>>()?;
    let mut candidates: BTreeSet<Pair> = BTreeSet::new();
    let mut shaken = Shaken::default();
    for (pairs, seen) in sights {
        candidates.extend(pairs);
        shaken.parted.extend(seen.parted);
        shaken.joined.extend(seen.joined);
    }

    // Old links of the changed records go, unless they are found again.
    let mut links: BTreeMap<Pair, Option<f64>> = BTreeMap::new();
    let mut stored: FxHashMap<Pair, f64> = FxHashMap::default();
    let mut cursor = working.view.cursor(Family::Links)?;
    for &record in versions.keys() {
        for (to, weight) in cursor.links(engine.generation, record)? {
            links.insert(pair(record, to), None);
            stored.insert(pair(record, to), weight);
        }
    }

    let mut doubtful: BTreeSet<Pair> = BTreeSet::new();
    for group in shaken.parted.values() {
        let members: FxHashSet<RecordKey> = group.iter().copied().collect();
        for &member in group {
            for (to, weight) in cursor.links(engine.generation, member)? {
                if members.contains(&to) {
                    doubtful.insert(pair(member, to));
                    stored.insert(pair(member, to), weight);
                }
            }
        }
    }
    candidates.extend(shaken.joined);

    let others = candidates
        .iter()
        .chain(&doubtful)
        .flat_map(|&(a, b)| [a, b]);
    let wanted: BTreeSet<RecordKey> = others.collect();
    let local = Local::build(engine, working.fetch(wanted)?);
    let mut lost = LostLinks {
        engine,
        local: &local,
        postings: postings()?,
        entries: FxHashMap::default(),
    };
    for &(a, b) in doubtful.difference(&candidates) {
        if !lost.is_candidate(a, b)? {
            links.insert((a, b), None);
        }
    }

    drop(lost);

    let scored: Vec<(Pair, Option<f64>)> = candidates
        .into_par_iter()
        .map(|(a, b)| {
            let places = local.pair(a, b);
            let score = places
                .and_then(|(a, b)| engine.scorer.score_pair(&local.table, a, b, engine.floor()));
            ((a, b), score.map(|score| score.weight.0))
        })
        .collect();
    for (pair, weight) in scored {
        match weight {
            Some(_) => {
                links.insert(pair, weight);
            }
            None if stored.contains_key(&pair) => {
                links.insert(pair, None);
            }
            None => {}
        }
    }
    links.retain(|pair, weight| {
        let known = stored.get(pair).map(|known| known.to_bits());
        known != weight.map(f64::to_bits)
    });
    Ok((overlay, Links::new(links)))
}

fn overlay(
    was: &BTreeMap<RecordKey, BTreeSet<Vec<u8>>>,
    is: &BTreeMap<RecordKey, BTreeSet<Vec<u8>>>,
) -> Overlay {
    let mut overlay = Overlay {
        added: is.values().flatten().cloned().collect(),
        removed: was.values().flatten().cloned().collect(),
    };
    let both: Vec<Vec<u8>> = overlay
        .added
        .intersection(&overlay.removed)
        .cloned()
        .collect();
    for entry in both {
        overlay.added.remove(&entry);
        overlay.removed.remove(&entry);
    }
    overlay
}

/// What coming and going records do to pairs of others.
#[derive(Default)]
struct Shaken {
    /// Groups of records whose pairs may be candidates no more, each by what parted them.
    parted: BTreeMap<Vec<u8>, Vec<RecordKey>>,
    /// Pairs that may have become candidates.
    joined: BTreeSet<Pair>,
}

impl Shaken {
    /// Looks at the parts of a block that an entry comes into or goes out of: which of them pass
    /// the cap with the change, up or down, and in which neighbours are parted or joined.
    fn look(
        &mut self,
        postings: &mut Postings<'_>,
        entry: &[u8],
        comes: bool,
        working: &Working<'_>,
    ) -> Result<(), StoreError> {
        for at in 0..=depth(entry) {
            let part = node(entry, at);
            if self.parted.contains_key(part) {
                return Ok(());
            }
            let was_over = postings.is_over(part, When::Before)?;
            let is_over = postings.is_over(part, When::After)?;
            match (was_over, is_over) {
                // One part as before.
                (false, false) => return Ok(()),
                (false, true) => {
                    let others = unchanged(postings, part, working)?;
                    self.parted.insert(part.to_vec(), others);
                    return Ok(());
                }
                (true, false) => {
                    add_pairs(&unchanged(postings, part, working)?, &mut self.joined);
                    return Ok(());
                }
                (true, true) if at == depth(entry) => {
                    self.windows(postings, part, entry, comes, working)?;
                }
                // What becomes of its smaller parts is seen next.
                (true, true) => {}
            }
        }
        Ok(())
    }

    /// Around a record that comes into a part over the cap neighbours are parted, and around one
    /// that goes out of it they are brought together.
    fn windows(
        &mut self,
        postings: &mut Postings<'_>,
        part: &[u8],
        entry: &[u8],
        comes: bool,
        working: &Working<'_>,
    ) -> Result<(), StoreError> {
        let reach = postings.reach(entry);
        let when = if comes { When::Before } else { When::After };
        let near = postings.neighbours(part, entry, reach, when)?;
        let unchanged = |entry: &Vec<u8>| {
            RecordKey::at_end(entry).filter(|&record| !working.is_changed(record))
        };
        if comes {
            let near = near.iter().filter_map(unchanged).collect();
            self.parted.insert(entry.to_vec(), near);
            return Ok(());
        }
        for (place, a) in near.iter().enumerate() {
            let within = &near[place + 1..near.len().min(place + 1 + reach)];
            if let Some(a) = unchanged(a) {
                let others = within.iter().filter_map(unchanged);
                self.joined.extend(others.map(|b| pair(a, b)));
            }
        }
        Ok(())
    }
}

/// The records of a part that the change leaves as they are: at most one more than the cap, and as
/// many as come or go.
fn unchanged(
    postings: &mut Postings<'_>,
    part: &[u8],
    working: &Working<'_>,
) -> Result<Vec<RecordKey>, StoreError> {
    let entries = postings.entries(part, When::Before)?;
    let records = entries.iter().filter_map(|entry| RecordKey::at_end(entry));
    Ok(records
        .filter(|&record| !working.is_changed(record))
        .collect())
}

fn add_pairs(records: &[RecordKey], pairs: &mut BTreeSet<Pair>) {
    for (place, &a) in records.iter().enumerate() {
        pairs.extend(records[place + 1..].iter().map(|&b| pair(a, b)));
    }
}

/// Whether links of unchanged records still have a block in common.
struct LostLinks<'a> {
    engine: &'a Engine,
    local: &'a Local,
    postings: Postings<'a>,
    entries: FxHashMap<RecordKey, BTreeSet<Vec<u8>>>,
}

impl LostLinks<'_> {
    fn is_candidate(&mut self, a: RecordKey, b: RecordKey) -> Result<bool, StoreError> {
        for record in [a, b] {
            if let (None, Some(place)) = (self.entries.get(&record), self.local.place(record)) {
                let entries = self.local.entries(self.engine, place);
                self.entries.insert(record, entries);
            }
        }
        let (Some(of_a), Some(of_b)) = (self.entries.get(&a), self.entries.get(&b)) else {
            return Ok(false);
        };
        for one in of_a {
            for other in of_b {
                if node(one, 0) == node(other, 0) && self.postings.together(one, other)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
