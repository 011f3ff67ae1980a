//! Blocks of the store, as they are and as a change will leave them.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::store::{Cursor, RecordKey, StoreError};

/// Bytes of a block's key before its refining keys: generation, rule and key.
const ROOT: usize = RULE + 1 + 8;

/// Where the rule is in a block's key, behind the generation.
const RULE: usize = 2;

/// Bytes of a refining key.
const STEP: usize = 4;

/// Keys of [`crate::store::Family::Blocks`] that a change adds and takes away. A key is in one of
/// the two at most, added only where it is not in the store, and taken away only where it is.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    pub added: BTreeSet<Vec<u8>>,
    pub removed: BTreeSet<Vec<u8>>,
}

/// Before or after the change.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum When {
    Before,
    After,
}

/// The blocks of the store; for one thread. Each part of a block is read once.
pub(super) struct Postings<'a> {
    cursor: Cursor<'a>,
    overlay: &'a Overlay,
    /// Of each rule.
    caps: &'a [usize],
    read: FxHashMap<Vec<u8>, Rc<Part>>,
}

/// The entries of a part of a block in the store, up to a few more than the cap.
struct Part {
    entries: Vec<Vec<u8>>,
    /// Whether these are all.
    whole: bool,
}

/// The part of a block that a record is compared within.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// How many bytes of the record's entry its members share.
    pub prefix: usize,
    /// Whether it has more members than the cap, so that only neighbours are compared.
    pub over: bool,
}

/// The place in the model of the rule that an entry, or what entries begin with, is of.
pub(super) fn rule_of(entry: &[u8]) -> Option<u8> {
    entry.get(RULE).copied()
}

/// How many refining keys an entry has.
pub(super) fn depth(entry: &[u8]) -> usize {
    (entry.len().saturating_sub(ROOT + RecordKey::BYTES)) / STEP
}

/// The bytes of an entry that stand for the part of its block after so many refining keys.
pub(super) fn node(entry: &[u8], depth: usize) -> &[u8] {
    &entry[..(ROOT + STEP * depth).min(entry.len())]
}

impl<'a> Postings<'a> {
    pub fn new(cursor: Cursor<'a>, overlay: &'a Overlay, caps: &'a [usize]) -> Postings<'a> {
        Postings {
            cursor,
            overlay,
            caps,
            read: FxHashMap::default(),
        }
    }

    /// The cap of the rule that an entry, or what entries begin with, is of.
    fn cap(&self, entry: &[u8]) -> usize {
        let rule = rule_of(entry).and_then(|rule| self.caps.get(usize::from(rule)));
        rule.copied().unwrap_or(usize::MAX - 1)
    }

    /// How far apart the records of a part over the cap may be to be compared.
    pub fn reach(&self, entry: &[u8]) -> usize {
        (self.cap(entry) / 2).max(1)
    }

    /// The part of a block that begins with `prefix`, as it is in the store: all of it, or so much
    /// that it is over the cap whatever is taken away.
    fn part(&mut self, prefix: &[u8]) -> Result<Rc<Part>, StoreError> {
        if let Some(part) = self.read.get(prefix) {
            return Ok(Rc::clone(part));
        }
        let most = self.cap(prefix) + 1 + under(&self.overlay.removed, prefix).count();
        let mut entries = Vec::new();
        self.cursor.each(prefix, |key, _| {
            entries.push(key.to_vec());
            Ok(entries.len() < most)
        })?;
        let whole = entries.len() < most;
        let part = Rc::new(Part { entries, whole });
        self.read.insert(prefix.to_vec(), Rc::clone(&part));
        Ok(part)
    }

    /// The entries that begin with `prefix`, sorted.
    pub fn entries(&mut self, prefix: &[u8], when: When) -> Result<Vec<Vec<u8>>, StoreError> {
        let part = self.part(prefix)?;
        let mut entries = match part.whole {
            true => part.entries.clone(),
            false => {
                let mut entries = Vec::new();
                self.cursor.each(prefix, |key, _| {
                    entries.push(key.to_vec());
                    Ok(true)
                })?;
                entries
            }
        };
        if when == When::After {
            let overlay = self.overlay;
            entries.retain(|entry| !overlay.removed.contains(entry));
            merge(
                &mut entries,
                under(&overlay.added, prefix).cloned(),
                usize::MAX,
            );
        }
        Ok(entries)
    }

    /// How many entries begin with `prefix`, counted up to one more than the cap.
    pub fn count(&mut self, prefix: &[u8], when: When) -> Result<usize, StoreError> {
        let part = self.part(prefix)?;
        let overlay = self.overlay;
        let count = match when {
            When::Before => part.entries.len(),
            When::After => {
                let removed = under(&overlay.removed, prefix).count();
                part.entries.len() - removed.min(part.entries.len())
                    + under(&overlay.added, prefix).count()
            }
        };
        Ok(count.min(self.cap(prefix) + 1))
    }

    /// Whether more records than the cap are under a prefix.
    pub fn is_over(&mut self, prefix: &[u8], when: When) -> Result<bool, StoreError> {
        Ok(self.count(prefix, when)? > self.cap(prefix))
    }

    /// The part of its block that an entry is compared within, after the change.
    pub fn leaf(&mut self, entry: &[u8]) -> Result<Leaf, StoreError> {
        let deepest = depth(entry);
        for depth in 0..=deepest {
            let node = node(entry, depth);
            let over = self.is_over(node, When::After)?;
            if !over || depth == deepest {
                return Ok(Leaf {
                    prefix: node.len(),
                    over,
                });
            }
        }
        Ok(Leaf {
            prefix: entry.len(),
            over: false,
        })
    }

    /// The records that an entry's record is compared with, after the change.
    pub fn companions(
        &mut self,
        entry: &[u8],
        found: &mut Vec<RecordKey>,
    ) -> Result<(), StoreError> {
        let leaf = self.leaf(entry)?;
        let prefix = &entry[..leaf.prefix];
        let entries = match leaf.over {
            true => self.neighbours(prefix, entry, self.reach(entry), When::After)?,
            false => self.entries(prefix, When::After)?,
        };
        let others = entries.iter().filter(|other| *other != entry);
        found.extend(others.filter_map(|other| RecordKey::at_end(other)));
        Ok(())
    }

    /// The entries under `prefix` at most `reach` places before or after where `entry` is or would
    /// be, without it.
    pub fn neighbours(
        &mut self,
        prefix: &[u8],
        entry: &[u8],
        reach: usize,
        when: When,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let overlay = self.overlay;
        let there = |key: &[u8]| when == When::Before || !overlay.removed.contains(key);
        let mut before = Vec::new();
        self.cursor.each_before(prefix, entry, |key| {
            if there(key) {
                before.push(key.to_vec());
            }
            Ok(before.len() < reach)
        })?;
        let mut after = Vec::new();
        self.cursor.each_from(prefix, entry, |key| {
            if key != entry && there(key) {
                after.push(key.to_vec());
            }
            Ok(after.len() < reach)
        })?;
        if when == When::After {
            let below = overlay.added.range(prefix.to_vec()..entry.to_vec());
            before.extend(below.rev().take(reach).cloned());
            before.sort_unstable_by(|a, b| b.cmp(a));
            before.truncate(reach);
            let above = overlay.added.range(entry.to_vec()..);
            let above = above.filter(|key| *key != entry);
            let above = above.take_while(|key| key.starts_with(prefix)).take(reach);
            merge(&mut after, above.cloned(), reach);
        }
        before.reverse();
        before.extend(after);
        Ok(before)
    }

    /// Whether two entries of one block make their records a candidate pair, after the change.
    pub fn together(&mut self, a: &[u8], b: &[u8]) -> Result<bool, StoreError> {
        let leaf = self.leaf(a)?;
        if !b.starts_with(&a[..leaf.prefix]) {
            return Ok(false);
        }
        if !leaf.over {
            return Ok(true);
        }
        let near = self.neighbours(&a[..leaf.prefix], a, self.reach(a), When::After)?;
        Ok(near.iter().any(|other| other == b))
    }
}

/// The keys that begin with a prefix.
fn under<'a>(keys: &'a BTreeSet<Vec<u8>>, prefix: &'a [u8]) -> impl Iterator<Item = &'a Vec<u8>> {
    keys.range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded))
        .take_while(move |key| key.starts_with(prefix))
}

fn merge(entries: &mut Vec<Vec<u8>>, others: impl Iterator<Item = Vec<u8>>, most: usize) {
    let start = entries.len();
    entries.extend(others);
    if entries.len() > start {
        entries.sort_unstable();
        entries.truncate(most);
    }
}
