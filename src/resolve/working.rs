//! The store as a change will leave it.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::store::{Record, RecordKey, RecordState, StoreError, View};

/// Records after the change: the changed ones as they will be, the others as the store has them.
pub(super) struct Working<'a> {
    pub view: &'a View<'a>,
    /// Changed records; `None` for those that will be on file no more.
    changed: FxHashMap<RecordKey, Option<Arc<Record>>>,
    /// Records read so far.
    read: Mutex<FxHashMap<RecordKey, Arc<Record>>>,
}

impl<'a> Working<'a> {
    pub fn new(
        view: &'a View<'a>,
        changed: FxHashMap<RecordKey, Option<Arc<Record>>>,
    ) -> Working<'a> {
        Working {
            view,
            changed,
            read: Mutex::default(),
        }
    }

    pub fn is_changed(&self, key: RecordKey) -> bool {
        self.changed.contains_key(&key)
    }

    /// The records on file among these.
    pub fn fetch(
        &self,
        keys: impl IntoIterator<Item = RecordKey>,
    ) -> Result<Vec<(RecordKey, Arc<Record>)>, StoreError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for key in keys {
            match (self.changed.get(&key), read.get(&key)) {
                (Some(Some(record)), _) | (None, Some(record)) => {
                    found.push((key, Arc::clone(record)));
                }
                (Some(None), _) => {}
                (None, None) => missing.push(key),
            }
        }
        missing.sort_unstable();
        for (&key, record) in missing.iter().zip(self.view.records(&missing)?) {
            let on_file = record.filter(|record| record.state == RecordState::Current);
            if let Some(record) = on_file.map(Arc::new) {
                read.insert(key, Arc::clone(&record));
                found.push((key, record));
            }
        }
        Ok(found)
    }
}
