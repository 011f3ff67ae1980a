//! Looks at personal data: noted before they are answered, and put into the audit many at a time.
//!
//! A look must leave its trace, and must not wait for whoever writes, nor for the disk. So it is
//! first noted by itself, past the lock of writers: it outlives the process from then on. The next
//! [`Store::file_looks`] moves what was noted into the chain of the audit.

use std::sync::atomic::Ordering;

use rocksdb::{WriteBatch, WriteOptions};
use serde::{Deserialize, Serialize};

use super::Store;
use super::audit::Act;
use super::error::StoreError;
use super::family::Family;
use super::keys;
use super::transaction::Durability;
use super::value::{self, Answered, Moment};
use super::view::View;

/// Looks in one entry of the audit, at most.
const TOGETHER: usize = 1_000;

/// Who looked at what, and what for. Holds ids and digests alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// What was asked: the route of the service, or the verb.
    pub what: String,
    /// What for, as the caller stated it.
    pub purpose: String,
    /// Digest of what was asked, in hexadecimal.
    pub query: String,
    /// The records and entities that were shown.
    pub shown: Vec<String>,
    /// Whether values were shown unmasked.
    pub unmasked: bool,
}

impl Store {
    /// Notes a look. Returns once it outlives the process; takes no turn with writers.
    pub fn note_look(&self, look: &Look) -> Result<(), StoreError> {
        let number = self.looks.fetch_add(1, Ordering::Relaxed);
        let handle = self.handle(Family::Looks)?;
        let bytes = value::write(look)?;
        let mut options = WriteOptions::default();
        options.set_sync(false);
        let written = self
            .db
            .put_cf_opt(&handle, keys::number(number), bytes, &options);
        written.map_err(|error| self.error(&error))
    }

    /// Puts the looks that were noted into the audit, many in an entry; returns how many.
    pub fn file_looks(&self, at: Moment, durability: Durability) -> Result<usize, StoreError> {
        let mut filed = 0;
        loop {
            // Without the lock first: mostly there is none.
            if self.view().looks(1)?.is_empty() {
                return Ok(filed);
            }
            let mut transaction = self.begin(at)?;
            let looks = transaction.view().looks(TOGETHER)?;
            for (number, _) in &looks {
                transaction.drop_look(*number)?;
            }
            filed += looks.len();
            let looks: Vec<Look> = looks.into_iter().map(|(_, look)| look).collect();
            let act = Act {
                actor: "service".to_string(),
                action: "looks",
                detail: serde_json::to_value(&looks)
                    .map_err(|error| StoreError::Internal(error.to_string()))?,
            };
            transaction.commit(act, durability)?;
        }
    }

    /// Takes away the answers that are kept for requests before a moment.
    pub fn drop_answers(&self, before: Moment) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        let handle = self.handle(Family::Answers)?;
        self.view()
            .cursor(Family::Answers)?
            .each(&[], |key, bytes| {
                let answered: Answered = value::read(bytes, Family::Answers.name())?;
                if answered.at < before {
                    batch.delete_cf(&handle, key);
                }
                Ok(true)
            })?;
        match batch.is_empty() {
            true => Ok(()),
            false => self.db.write(batch).map_err(|error| self.error(&error)),
        }
    }

    /// Numbers new looks after those that an earlier process left.
    pub(super) fn begin_looks(&self, view: &View<'_>) -> Result<(), StoreError> {
        let last = view.looks(usize::MAX)?.last().map(|(number, _)| *number);
        let next = last.map_or(0, |last| last + 1);
        self.looks.store(next, Ordering::Relaxed);
        Ok(())
    }
}

impl View<'_> {
    /// The first looks that are not in the audit yet, at most so many, with their numbers.
    pub fn looks(&self, most: usize) -> Result<Vec<(u64, Look)>, StoreError> {
        let mut looks = Vec::new();
        self.cursor(Family::Looks)?.each(&[], |key, bytes| {
            if let Some(number) = keys::commit_at_end(key) {
                looks.push((number, value::read(bytes, Family::Looks.name())?));
            }
            Ok(looks.len() < most)
        })?;
        Ok(looks)
    }
}
