//! Keeping the index in step with the store.

use std::fs;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tantivy::indexer::{LogMergePolicy, NoMergePolicy};
use tantivy::{IndexWriter, TantivyError, Term};
use xxhash_rust::xxh3::xxh3_128;

use super::layout::VERSION;
use super::{FOLDER, Search, SearchError};
use crate::store::{Family, Record, RecordKey, RecordState, Since, StoreError, View};

/// Bytes that a thread gathers before it writes a segment, at least and where there is much to do.
const LEAST: usize = 20 << 20;
const MOST: usize = 128 << 20;

/// Threads that write segments, at most.
const THREADS: usize = 8;

/// Records taken from the store at a time.
const BATCH: usize = 10_000;

/// Changed records from which more than one thread pays.
const MANY: usize = 20_000;

/// Commits without a change of a record after which the index notes how far it is all the same.
const QUIET: u64 = 1_000;

/// The share of deleted records above which a segment is written again.
const STALE: f32 = 0.2;

/// What it took to bring an index to the commit of a store.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing.
    Current,
    /// So many records were put in, taken out or replaced.
    Brought(u64),
    /// All were put in anew.
    Rebuilt(u64),
    /// It could not be brought up: another process is writing the index.
    Held,
}

/// Which commit an index is at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct At {
    pub commit: u64,
    /// Hash of the commit's entry in the audit: another history has another.
    entry: String,
}

impl At {
    fn of(view: &View<'_>, commit: u64) -> Result<At, StoreError> {
        let entry = serde_json::to_vec(&view.audit(commit)?);
        let entry = entry.map_err(|error| StoreError::Internal(error.to_string()))?;
        Ok(At {
            commit,
            entry: format!("{:032x}", xxh3_128(&entry)),
        })
    }
}

/// What is to be done to an index.
enum Work {
    Nothing,
    /// The records that changed.
    Some(Vec<RecordKey>),
    All,
}

impl Search {
    /// The commit of the store that the index is at; `None` if it is empty or of something else.
    pub fn commit(&self) -> Result<Option<u64>, SearchError> {
        Ok(self.at()?.map(|at| at.commit))
    }

    pub(super) fn at(&self) -> Result<Option<At>, SearchError> {
        let metas = self.index.load_metas().map_err(|e| self.failed(&e))?;
        Ok(metas
            .payload
            .and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Brings the index to the commit of a view. Where another process is writing the index,
    /// nothing is done. Cost: what changed since; all records where the index is new or is not of
    /// this store's history.
    ///
    /// # Errors
    /// The disk; the store.
    pub fn keep_up(&self, view: &View<'_>) -> Result<Kept, SearchError> {
        if let Work::Nothing = self.work(view)? {
            return self.reload(Kept::Current);
        }
        let threads = rayon::current_num_threads().min(THREADS);
        let mut writer = match self.writer(1, LEAST) {
            Err(SearchError::Busy(_)) => return self.reload(Kept::Held),
            writer => writer?,
        };
        // Another process may have brought it up before this one had the lock.
        let kept = match self.work(view)? {
            Work::Nothing => Kept::Current,
            Work::Some(keys) => {
                if keys.len() > MANY {
                    drop(writer);
                    writer = self.writer(threads, MOST)?;
                }
                self.bring(writer, view, &keys)?
            }
            Work::All => {
                drop(writer);
                self.fill(self.writer(threads, MOST)?, view)?
            }
        };
        self.reload(kept)
    }

    /// Makes the index of the store in a folder anew, even where what is there is damaged.
    ///
    /// # Errors
    /// The disk; the store; another process is writing the index.
    pub fn rebuild(store: &Path, view: &View<'_>) -> Result<(Search, u64), SearchError> {
        let folder = store.join(FOLDER);
        let io = |error: std::io::Error| super::disk(&folder, &error);
        let search = match Search::open(store) {
            Err(SearchError::Damaged(_)) => {
                fs::remove_dir_all(&folder).map_err(io)?;
                Search::open(store)?
            }
            search => search?,
        };
        let threads = rayon::current_num_threads().min(THREADS);
        let writer = search.writer(threads, MOST)?;
        let kept = search.fill(writer, view)?;
        // Those of other versions of yiren.
        for entry in fs::read_dir(&folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != VERSION) {
                fs::remove_dir_all(&path).map_err(io)?;
            }
        }
        let kept = search.reload(kept)?;
        let records = match kept {
            Kept::Rebuilt(records) => records,
            _ => 0,
        };
        Ok((search, records))
    }

    /// Looks at the index as it is on the disk from now on.
    fn reload(&self, kept: Kept) -> Result<Kept, SearchError> {
        self.reader.reload().map_err(|e| self.failed(&e))?;
        Ok(kept)
    }

    fn writer(&self, threads: usize, bytes: usize) -> Result<IndexWriter, SearchError> {
        let writer = self.index.writer_with_num_threads(threads, threads * bytes);
        writer.map_err(|error| self.failed(&error))
    }

    fn work(&self, view: &View<'_>) -> Result<Work, SearchError> {
        let (commit, _) = view.commit()?;
        let Some(at) = self.at()? else {
            return Ok(Work::All);
        };
        if at.commit > commit {
            // The view is older than what another process brought the index to.
            return Ok(Work::Nothing);
        }
        if at != At::of(view, at.commit)? {
            return Ok(Work::All);
        }
        Ok(match view.records_since(at.commit)? {
            Since::Unknown => Work::All,
            Since::Records(keys) if keys.is_empty() && commit - at.commit < QUIET => Work::Nothing,
            Since::Records(keys) => Work::Some(keys.into_iter().collect()),
        })
    }

    /// Puts in and takes out the records that changed.
    fn bring(
        &self,
        mut writer: IndexWriter,
        view: &View<'_>,
        keys: &[RecordKey],
    ) -> Result<Kept, SearchError> {
        let failed = |error: TantivyError| self.failed(&error);
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(STALE);
        writer.set_merge_policy(Box::new(policy));
        let mut is_erased = false;
        for batch in keys.chunks(BATCH) {
            for (&key, record) in batch.iter().zip(view.records(batch)?) {
                writer.delete_term(Term::from_field_u64(self.fields.key, key.0));
                is_erased |= record
                    .as_ref()
                    .is_none_or(|record| matches!(record.state, RecordState::Erased(_)));
                if let Some(record) = record.filter(|record| record.state == RecordState::Current) {
                    let document = self.clerk.document(&self.fields, key, &record);
                    writer.add_document(document).map_err(failed)?;
                }
            }
        }
        if is_erased {
            writer.set_merge_policy(Box::new(NoMergePolicy));
        }
        self.commit_at(&mut writer, view)?;
        if is_erased {
            self.forget(&mut writer)?;
        }
        writer.wait_merging_threads().map_err(failed)?;
        Ok(Kept::Brought(keys.len() as u64))
    }

    /// Puts in all records anew.
    fn fill(&self, mut writer: IndexWriter, view: &View<'_>) -> Result<Kept, SearchError> {
        let failed = |error: TantivyError| self.failed(&error);
        // What is written in one go is merged in one go.
        writer.set_merge_policy(Box::new(NoMergePolicy));
        writer.delete_all_documents().map_err(failed)?;
        let add = |batch: &mut Vec<(RecordKey, Record)>| -> Result<(), TantivyError> {
            let added = batch.par_iter().try_for_each(|(key, record)| {
                let document = self.clerk.document(&self.fields, *key, record);
                writer.add_document(document).map(drop)
            });
            batch.clear();
            added
        };
        let (mut batch, mut records, mut error) = (Vec::with_capacity(BATCH), 0, None);
        view.cursor(Family::Records)?.each_record(|key, record| {
            batch.push((key, record));
            records += 1;
            if batch.len() == BATCH {
                error = add(&mut batch).err();
            }
            Ok(error.is_none())
        })?;
        if let Some(error) = error.or(add(&mut batch).err()) {
            return Err(self.failed(&error));
        }
        self.commit_at(&mut writer, view)?;
        let segments = self.index.searchable_segment_ids().map_err(failed)?;
        if segments.len() > 1 {
            writer.merge(&segments).wait().map_err(failed)?;
        }
        self.clear_away(&writer)?;
        writer.wait_merging_threads().map_err(failed)?;
        Ok(Kept::Rebuilt(records))
    }

    /// Commits what a writer has, as of the commit of a view.
    fn commit_at(&self, writer: &mut IndexWriter, view: &View<'_>) -> Result<(), SearchError> {
        let at = At::of(view, view.commit()?.0)?;
        let text = serde_json::to_string(&at).map_err(|_| SearchError::Internal)?;
        let failed = |error: TantivyError| self.failed(&error);
        let mut prepared = writer.prepare_commit().map_err(failed)?;
        prepared.set_payload(&text);
        prepared.commit().map_err(failed)?;
        Ok(())
    }

    /// Writes the segments anew that still hold what was taken out.
    fn forget(&self, writer: &mut IndexWriter) -> Result<(), SearchError> {
        let failed = |error: TantivyError| self.failed(&error);
        let metas = self.index.searchable_segment_metas().map_err(failed)?;
        let stale = metas.iter().filter(|meta| meta.has_deletes());
        let stale: Vec<_> = stale.map(|meta| meta.id()).collect();
        // Files are kept for as long as anyone speaks of their segment.
        drop(metas);
        for segment in stale {
            writer.merge(&[segment]).wait().map_err(failed)?;
        }
        self.clear_away(writer)
    }

    /// Takes files away that are no longer of the index. Those that are being searched stay.
    fn clear_away(&self, writer: &IndexWriter) -> Result<(), SearchError> {
        let failed = |error: TantivyError| self.failed(&error);
        self.reader.reload().map_err(failed)?;
        writer.garbage_collect_files().wait().map_err(failed)?;
        Ok(())
    }
}
