//! The investigators' index: records found by half-remembered facts.
//!
//! Full text in [tantivy], in the folder `search` within that of a store. It is derived: whatever
//! happens to it, [`Search::rebuild`] makes it anew. It knows the commit that it is at, and
//! [`Search::keep_up`] brings it to that of the store; both are one commit of tantivy, so that the
//! index is whole at all times, whatever stops. Who reads a store can keep its index up too: the
//! index has a lock of its own.
//!
//! What is typed is taken apart into words, each known by its shape ([`Query::text`]), and all of
//! them must be met. What was typed is looked for first; where little is found, what may have been
//! meant is as well: names that sound or look alike, or are one character off, and names by initials.
//! Hits come exact before pinyin before initials before similar, then by source and record id, so
//! that the same store and question give the same answer.

mod address;
mod collect;
mod found;
mod highlight;
mod layout;
mod names;
mod plan;
mod query;
mod update;

pub use found::{Counted, Facet, Found, Hit, How, Match, Read};
pub use query::{DEEPEST, LONGEST, MOST_HITS, Query, Within};
pub use update::Kept;

use std::fs;
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::{Index, IndexReader, ReloadPolicy, TantivyError};
use thiserror::Error;

use crate::store::StoreError;
use layout::{Clerk, Fields};

/// The folder of the index within that of a store.
const FOLDER: &str = "search";

/// An open index.
pub struct Search {
    path: PathBuf,
    index: Index,
    reader: IndexReader,
    fields: Fields,
    clerk: Clerk,
}

/// Why nothing can be searched. No message holds a value of a record, or of a question.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk refused.
    #[error(
        "{path}: {detail}; the index of the search cannot be read or written here: free the disk or mend its permissions"
    )]
    Disk {
        /// The index.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// What is on the disk is no index, or none that this program knows.
    #[error("{0}: the index of the search is damaged; make it anew with `yiren search --rebuild`")]
    Damaged(PathBuf),
    /// Another process is writing the index.
    #[error("{0}: another process is writing the index of the search; try again when it has ended")]
    Busy(PathBuf),
    /// A filter is none.
    #[error("`{filter}` is no {what}; {advice}")]
    Filter {
        /// What was given.
        filter: String,
        /// What it should be.
        what: &'static str,
        /// How to write it.
        advice: &'static str,
    },
    /// Nothing was asked.
    #[error("nothing to search for: give a text or a filter")]
    Empty,
    /// A mistake of ours.
    #[error("this should not happen: the search failed on its own query; please report it")]
    Internal,
}

impl Search {
    /// Opens the index of the store in a folder, or makes an empty one. Takes some tens of
    /// milliseconds.
    ///
    /// # Errors
    /// The disk; or what is there is no index that this program knows.
    pub fn open(store: &Path) -> Result<Search, SearchError> {
        let path = store.join(FOLDER).join(layout::VERSION);
        let io = |error: std::io::Error| disk(&path, &error);
        fs::create_dir_all(&path).map_err(io)?;
        let (schema, fields) = layout::schema();
        let failed = |error| failed(&path, &error);
        let directory = MmapDirectory::open(&path).map_err(|error| failed(error.into()))?;
        let index = Index::open_or_create(directory, schema).map_err(failed)?;
        let builder = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        let reader: IndexReader = builder.try_into().map_err(failed)?;
        Ok(Search {
            path,
            index,
            reader,
            fields,
            clerk: Clerk::default(),
        })
    }

    /// Whether the store in a folder has an index, sound or not.
    pub fn is_there(store: &Path) -> bool {
        store.join(FOLDER).is_dir()
    }

    fn failed(&self, error: &TantivyError) -> SearchError {
        failed(&self.path, error)
    }
}

fn disk(path: &Path, error: &std::io::Error) -> SearchError {
    SearchError::Disk {
        path: path.to_path_buf(),
        detail: error.to_string(),
    }
}

/// What an error of tantivy means.
fn failed(path: &Path, error: &TantivyError) -> SearchError {
    match error {
        TantivyError::IoError(error) => disk(path, error),
        TantivyError::OpenDirectoryError(_) | TantivyError::OpenWriteError(_) => {
            SearchError::Disk {
                path: path.to_path_buf(),
                detail: "cannot be opened".to_string(),
            }
        }
        TantivyError::LockFailure(..) => SearchError::Busy(path.to_path_buf()),
        // Patterns and terms are made here; their errors name them.
        TantivyError::InvalidArgument(_) => SearchError::Internal,
        _ => SearchError::Damaged(path.to_path_buf()),
    }
}
