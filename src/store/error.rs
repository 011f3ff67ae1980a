//! What can go wrong with a store.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a store cannot be used, or no longer.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is nothing of the kind there.
    #[error("{0}: no store here; make one with `yiren store init`, or by loading files into it")]
    NotAStore(PathBuf),
    /// Something is in the way.
    #[error(
        "{0}: this folder is not empty, and what is in it is not what belongs there; choose another"
    )]
    InTheWay(PathBuf),
    /// A newer yiren made it.
    #[error(
        "{path}: made by a newer yiren (format {found}; this one knows up to {known}); use that one"
    )]
    Newer {
        /// The store.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The latest format known here.
        known: u32,
    },
    /// An older yiren made it, and it was not brought up to date yet.
    #[error(
        "{path}: made by an older yiren (format {found}); any command that writes to it brings it up to date"
    )]
    Older {
        /// The store.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Another process writes to it.
    #[error("{0}: another process is writing to this store; wait for it to end, or stop it")]
    Busy(PathBuf),
    /// The disk refused.
    #[error(
        "{path}: {detail}; free the disk or mend its permissions, then run the command again: what was acknowledged is kept"
    )]
    Disk {
        /// The store.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// What is on the disk is not what was written.
    #[error(
        "the store is damaged: {0}; restore the latest backup (`yiren store restore`), and load again what came since"
    )]
    Damaged(String),
    /// What was acknowledged is no longer there.
    #[error(
        "the store lost what it had acknowledged: it is at commit {found}, and {acknowledged} was acknowledged; restore the latest backup, or accept the loss with `yiren store check --accept-loss`"
    )]
    Lost {
        /// The last commit that was acknowledged.
        acknowledged: u64,
        /// The commit that the store is at.
        found: u64,
    },
    /// Nothing says which commit was acknowledged last.
    #[error(
        "{path}: the file `acknowledged` is missing or damaged, so nothing shows that commit {found}, the last one here, is the last that was acknowledged; restore the latest backup, or, if nothing else is missing, accept what is there with `yiren store check --accept-loss`"
    )]
    Unnoted {
        /// The store.
        path: PathBuf,
        /// The commit that the store is at.
        found: u64,
    },
    /// A command that writes met a store that was opened to be read.
    #[error("{0}: opened for reading only")]
    ReadOnly(PathBuf),
    /// A load was interrupted before its records were resolved.
    #[error(
        "{0}: a load into this store was interrupted, and its records are not resolved yet; run `yiren load` again, or `yiren sweep --store`"
    )]
    Unresolved(PathBuf),
    /// Another process copies it, or changes it too fast to be copied.
    #[error(
        "{0}: another backup of this store is under way, or it changes too fast to be copied now; try again"
    )]
    BackingUp(PathBuf),
    /// A folder of backups is another store's.
    #[error("{0}: this folder holds backups of another store; choose another")]
    OtherStore(PathBuf),
    /// There is no backup to restore.
    #[error("{0}: no such backup here")]
    NoBackup(PathBuf),
    /// A mistake of ours.
    #[error("this should not happen: {0}; please report it")]
    Internal(String),
}

impl StoreError {
    /// What an error of the database means.
    pub(super) fn of(path: &Path, error: &rocksdb::Error) -> StoreError {
        use rocksdb::ErrorKind;
        let detail = error.to_string();
        match error.kind() {
            ErrorKind::IOError if is_lock(&detail) => StoreError::Busy(path.to_path_buf()),
            // A file that the database lists is not there.
            ErrorKind::IOError if detail.contains(": No such file or directory") => {
                StoreError::Damaged(detail)
            }
            ErrorKind::IOError | ErrorKind::Unknown => StoreError::Disk {
                path: path.to_path_buf(),
                detail,
            },
            // What was asked for is what any sound store has.
            ErrorKind::Corruption | ErrorKind::InvalidArgument | ErrorKind::NotFound => {
                StoreError::Damaged(detail)
            }
            _ => StoreError::Internal(detail),
        }
    }

    /// What an error of the system means.
    pub fn unusable(path: &Path, error: &std::io::Error) -> StoreError {
        StoreError::Disk {
            path: path.to_path_buf(),
            detail: error.to_string(),
        }
    }
}

/// Whether someone holds the lock of the database: this process, or another.
fn is_lock(detail: &str) -> bool {
    detail.contains("lock hold by current process")
        || detail.contains("While lock file") && detail.contains("temporarily unavailable")
}
