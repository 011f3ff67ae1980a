//! What commits changed, for those who follow the store: indexes, sweeps, programme systems.

use std::collections::BTreeSet;

use super::error::StoreError;
use super::family::Family;
use super::keys::{self, RecordKey};
use super::value::{self, Changes};
use super::view::{CHANGES_FROM, View};

/// What changed after a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// These records came, changed, or went.
    Records(BTreeSet<RecordKey>),
    /// The store no longer knows, or never did: everything may have changed.
    Unknown,
}

impl View<'_> {
    /// What each commit after `after` changed, oldest first, at most so many commits; commits that
    /// changed nothing but the audit are passed over. `None` if the store does not know of all of
    /// them, because they were made before it took note.
    pub fn changes(
        &self,
        after: u64,
        most: usize,
    ) -> Result<Option<Vec<(u64, Changes)>>, StoreError> {
        let known: Option<u64> = self.read(Family::Meta, CHANGES_FROM)?;
        if known.is_some_and(|known| after + 1 < known) {
            return Ok(None);
        }
        let mut changes = Vec::new();
        if most == 0 {
            return Ok(Some(changes));
        }
        let first = keys::number(after.saturating_add(1));
        let mut cursor = self.cursor(Family::Changes)?;
        cursor.each_value_from(&first, |key, bytes| {
            if let Some(commit) = keys::commit_at_end(key) {
                changes.push((commit, value::read(bytes, Family::Changes.name())?));
            }
            Ok(changes.len() < most)
        })?;
        Ok(Some(changes))
    }

    /// The records that changed after a commit. Cost: the commits since.
    pub fn records_since(&self, after: u64) -> Result<Since, StoreError> {
        let Some(changes) = self.changes(after, usize::MAX)? else {
            return Ok(Since::Unknown);
        };
        let records = changes.iter().flat_map(|(_, changes)| &changes.records);
        Ok(Since::Records(records.copied().map(RecordKey).collect()))
    }
}

impl Changes {
    /// The same, each thing once and in order.
    pub(super) fn in_order(mut self) -> Changes {
        self.records.sort_unstable();
        self.records.dedup();
        self.entities.sort_unstable();
        self.entities.dedup();
        self.findings.sort_unstable();
        self.findings.dedup();
        self
    }
}
