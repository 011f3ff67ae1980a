//! The entity store: every record of every programme, what people said of them, and what follows.
//!
//! Truth is the records and the verdicts; all else is derived from them by a model and a policy,
//! is kept under a [`Generation`], and can be built again. This module keeps and finds; what
//! follows from what is decided in [`crate::resolve`].
//!
//! A store is a folder: `db` is RocksDB's, `acknowledged` says which commit was acknowledged last
//! and is empty while the store is being made, and `bulk` holds what a rebuild has under way.
//! One process writes; any number read what was committed when they opened it, or from a
//! [`View`] of the process that writes. A [`Transaction`] is one atomic batch, with its entry in the
//! audit, synced before [`Transaction::commit`] returns unless a lesser [`Durability`] was asked for.

mod acknowledged;
mod audit;
mod backup;
mod bulk;
mod changes;
mod check;
mod error;
mod family;
pub mod keys;
mod logs;
mod looks;
mod state;
mod stats;
mod transaction;
mod value;
mod view;

pub use audit::{Act, Digests, Entry, hexadecimal};
pub use backup::{Backup, back_up, restore};
pub use bulk::{Bulk, BulkOptions};
pub use changes::Since;
pub use check::{Checked, Fault};
pub use error::StoreError;
pub use family::Family;
pub use keys::{Fact, Generation, Group, RecordKey};
pub use looks::Look;
pub use state::{Covered, Made, State};
pub use stats::Stats;
pub use transaction::{Durability, Transaction, Written};
pub use value::{
    Answered, Case, CaseStatus, Cells, Changes, Columns, Entity, EntityState, Membership, Moment,
    OPINION, Opinion, OpinionKind, OpinionReading, Record, RecordState, StoredFinding, Verdict,
    VerdictKind,
};
pub use view::{Cursor, Found, View};

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rocksdb::{
    BottommostLevelCompaction, Cache, CompactOptions, DBRecoveryMode, DBWithThreadMode, LogLevel,
    MultiThreaded, Options, WriteBatch, WriteOptions,
};

use acknowledged::{Acknowledged, Noted};
use state::Head;

/// The layout of the store. A newer one is refused; an older one is brought up to date when the store
/// is opened.
///
/// | format | what it brought |
/// |---|---|
/// | 1 | the first |
/// | 2 | [`Family::Changes`], [`Family::Looks`], [`Family::Cases`], [`Family::Answers`] |
///
/// Opinions ([`Opinion`]) lie in [`Family::Meta`] under keys that a program of format 2 that knows
/// nothing of them neither reads nor touches. They decide nothing, so such a program answers as
/// before, and is not locked out.
pub const FORMAT: u32 = 2;

/// How often a reader tries to open a store that is changed under its hands.
const READS: usize = 100;

/// The folder of the database within that of the store.
const DATABASE: &str = "db";

type Db = DBWithThreadMode<MultiThreaded>;

/// An open store.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    db: Db,
    /// What a writer needs; `None` where the store was opened to be read.
    writer: Option<Mutex<Writer>>,
    /// The number of the next look.
    looks: AtomicU64,
}

#[derive(Debug)]
struct Writer {
    acknowledged: Acknowledged,
    /// Set when a write failed: what is in memory may be ahead of the disk.
    failed: bool,
}

/// How a store is opened.
#[derive(Copy, Clone, Debug)]
pub struct OpenOptions {
    /// Bytes of blocks that are kept in memory.
    pub cache: usize,
    /// Bytes of the log before what it holds is written into other files. The more, the faster
    /// are writes, and the longer it takes to open the store after a stop.
    pub log: usize,
    /// Open a store that is behind what was acknowledged, or of which nothing says what was, and
    /// take what is there for all there is.
    pub accept_loss: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions {
            cache: 512 << 20,
            log: 256 << 20,
            accept_loss: false,
        }
    }
}

impl Store {
    /// Makes an empty store in a folder that is not there yet, or empty, or where making one was
    /// interrupted; nothing is in force in it.
    pub fn create(
        folder: &Path,
        options: &OpenOptions,
        act: Act,
        at: Moment,
    ) -> Result<Store, StoreError> {
        let io = |error| StoreError::unusable(folder, &error);
        fs::create_dir_all(folder).map_err(io)?;
        let is_begun = acknowledged::read(folder).map_err(io)? == Noted::Nothing;
        if !is_begun && fs::read_dir(folder).map_err(io)?.next().is_some() {
            return Err(StoreError::InTheWay(folder.to_path_buf()));
        }
        // Empty until there is something to acknowledge: this says that the store is being made.
        let acknowledged = Acknowledged::open(folder).map_err(io)?;
        let mut database = database_options(options);
        database.create_if_missing(true);
        database.create_missing_column_families(true);
        let cache = Cache::new_lru_cache(options.cache);
        let path = folder.join(DATABASE);
        logs::look_over(&path)?;
        let db = Db::open_cf_descriptors(&database, &path, Family::descriptors(&cache))
            .map_err(|error| StoreError::of(folder, &error))?;
        let store = Store {
            folder: folder.to_path_buf(),
            db,
            writer: Some(Mutex::new(Writer {
                acknowledged,
                failed: false,
            })),
            looks: AtomicU64::default(),
        };
        let (found, _) = store.view().commit()?;
        match found {
            0 => {
                let mut first = store.begin(at)?;
                first.alter_state(|_| ())?;
                first.commit(act, Durability::Synced)?;
            }
            1 => store.acknowledge(1)?,
            _ => {
                let path = store.folder;
                return Err(StoreError::Unnoted { path, found });
            }
        }
        // From here on the file is never empty again, whatever stops.
        store.writer()?.acknowledged.sync(folder).map_err(io)?;
        Ok(store)
    }

    /// Opens a store to read and write it. Fails while another process writes to it.
    pub fn open(folder: &Path, options: &OpenOptions) -> Result<Store, StoreError> {
        Store::open_as(folder, options, true)
    }

    /// Opens a store to read what is committed now; another process may go on writing.
    pub fn open_read_only(folder: &Path, options: &OpenOptions) -> Result<Store, StoreError> {
        for _ in 0..READS {
            let before = listed(folder);
            let opened = match Store::open_as(folder, options, false) {
                // Nothing but a writer can bring it up to date.
                Err(StoreError::Older { .. }) => {
                    drop(Store::open(folder, options)?);
                    continue;
                }
                opened => opened,
            };
            // If whoever writes changed the list meanwhile, files and logs may have gone that were
            // still listed when it was read, so that a sound store seems damaged, or commits are
            // passed over.
            if listed(folder) == before {
                return opened;
            }
        }
        Err(StoreError::Busy(folder.to_path_buf()))
    }

    /// Whether there is a store in that folder, sound or not.
    pub fn is_there(folder: &Path) -> bool {
        match acknowledged::read(folder) {
            Ok(Noted::Nothing) => false,
            Ok(Noted::Absent) => folder.join(DATABASE).is_dir(),
            Ok(Noted::Commit(_) | Noted::Garbled) => true,
            // A file where the folder should be, or a folder that may not be looked into.
            Err(_) => folder.is_dir(),
        }
    }

    fn open_as(folder: &Path, options: &OpenOptions, write: bool) -> Result<Store, StoreError> {
        let io = |error| StoreError::unusable(folder, &error);
        if folder.exists() && !folder.is_dir() {
            return Err(StoreError::NotAStore(folder.to_path_buf()));
        }
        // Before the database is read, as another process may go on writing to both.
        let noted = acknowledged::read(folder).map_err(io)?;
        let path = folder.join(DATABASE);
        if !path.join("CURRENT").try_exists().map_err(io)? {
            return Err(match noted {
                Noted::Nothing => StoreError::NotAStore(folder.to_path_buf()),
                Noted::Absent if !path.is_dir() => StoreError::NotAStore(folder.to_path_buf()),
                _ => {
                    StoreError::Damaged(format!("{}: the file CURRENT is missing", path.display()))
                }
            });
        }
        logs::look_over(&path)?;
        let mut database = database_options(options);
        // Those that a later format brought.
        database.create_missing_column_families(write);
        let cache = Cache::new_lru_cache(options.cache);
        let families = Family::descriptors(&cache);
        let db = match write {
            true => Db::open_cf_descriptors(&database, &path, families),
            false => Db::open_cf_descriptors_read_only(&database, &path, families, false),
        };
        let db = match db {
            Ok(db) => db,
            Err(error) => return Err(unopened(folder, noted, &error)),
        };
        let writer = match write {
            false => None,
            true => Some(Mutex::new(Writer {
                acknowledged: Acknowledged::open(folder).map_err(io)?,
                failed: false,
            })),
        };
        let store = Store {
            folder: folder.to_path_buf(),
            db,
            writer,
            looks: AtomicU64::default(),
        };
        store.look_over(noted, options)?;
        Ok(store)
    }

    /// Refuses what this program does not know, and what lost commits.
    fn look_over(&self, noted: Noted, options: &OpenOptions) -> Result<(), StoreError> {
        let view = self.view();
        let format = view.format()?;
        if format > FORMAT {
            return Err(StoreError::Newer {
                path: self.folder.clone(),
                found: format,
                known: FORMAT,
            });
        }
        let head = view.head()?;
        let found = head.commit;
        match noted {
            Noted::Commit(acknowledged) if acknowledged <= found => {}
            Noted::Nothing if found == 0 => {
                return Err(StoreError::NotAStore(self.folder.clone()));
            }
            Noted::Nothing if found == 1 => {}
            _ if options.accept_loss => {}
            Noted::Commit(acknowledged) => {
                return Err(StoreError::Lost {
                    acknowledged,
                    found,
                });
            }
            Noted::Absent | Noted::Nothing | Noted::Garbled => {
                let path = self.folder.clone();
                return Err(StoreError::Unnoted { path, found });
            }
        }
        if self.writer.is_none() {
            return Ok(());
        }
        // What an interrupted rebuild left.
        match fs::remove_dir_all(self.folder.join(bulk::FOLDER)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::unusable(&self.folder, &error));
            }
            _ => {}
        }
        if format < FORMAT {
            self.bring_up_to_date(head)?;
        }
        self.begin_looks(&view)?;
        self.acknowledge(found)
    }

    /// Makes this the present format of a store of an older one, whose new families were made when
    /// it was opened.
    fn bring_up_to_date(&self, head: Head) -> Result<(), StoreError> {
        let known = head.commit + 1;
        let head = Head {
            format: FORMAT,
            ..head
        };
        let mut batch = WriteBatch::default();
        let meta = self.handle(Family::Meta)?;
        batch.put_cf(&meta, view::HEAD, value::write(&head)?);
        batch.put_cf(&meta, view::CHANGES_FROM, value::write(&known)?);
        let mut options = WriteOptions::default();
        options.set_sync(true);
        let written = self.db.write_opt(batch, &options);
        written.map_err(|error| self.error(&error))
    }

    fn writer(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        match &self.writer {
            Some(writer) => Ok(writer.lock().unwrap_or_else(PoisonError::into_inner)),
            None => Err(StoreError::ReadOnly(self.folder.clone())),
        }
    }

    fn acknowledge(&self, commit: u64) -> Result<(), StoreError> {
        let written = self.writer()?.acknowledged.write(commit);
        written.map_err(|error| StoreError::unusable(&self.folder, &error))
    }

    /// The folder of the store.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it was opened to be written.
    pub fn is_writable(&self) -> bool {
        self.writer.is_some()
    }

    /// All that is committed now, whatever is committed later.
    pub fn view(&self) -> View<'_> {
        View::new(self)
    }

    /// Notes what a sweep covered, for the next one; no part of the truth, and so no commit.
    pub fn note_covered(&self, covered: &Covered) -> Result<(), StoreError> {
        let meta = self.handle(Family::Meta)?;
        let written = self.db.put_cf(&meta, view::COVERED, value::write(covered)?);
        written.map_err(|error| self.error(&error))
    }

    /// Rewrites the files that hold a record, and ends the log, so that former versions of its
    /// bytes are gone.
    pub(crate) fn forget(&self, record: RecordKey) -> Result<(), StoreError> {
        for family in Family::ALL {
            let flushed = self.db.flush_cf(&self.handle(family)?);
            flushed.map_err(|error| self.error(&error))?;
        }
        let (from, to) = (record.to_bytes(), record.next().to_bytes());
        for family in [Family::Records, Family::RecordHistory] {
            let mut options = CompactOptions::default();
            options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
            let handle = self.handle(family)?;
            self.db
                .compact_range_cf_opt(&handle, Some(from), Some(to), &options);
        }
        Ok(())
    }

    /// Rewrites the files of all families without what was overwritten or deleted.
    pub fn compact(&self) -> Result<(), StoreError> {
        if self.writer.is_none() {
            return Err(StoreError::ReadOnly(self.folder.clone()));
        }
        let mut options = CompactOptions::default();
        options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
        for family in Family::ALL {
            let handle = self.handle(family)?;
            self.db
                .compact_range_cf_opt(&handle, None::<&[u8]>, None::<&[u8]>, &options);
        }
        Ok(())
    }

    fn error(&self, error: &rocksdb::Error) -> StoreError {
        StoreError::of(&self.folder, error)
    }
}

/// Which list of files the database goes by, and how long that is: it grows with every change. Not
/// an error where it cannot be read; opening says why.
fn listed(folder: &Path) -> Option<(Vec<u8>, u64)> {
    let path = folder.join(DATABASE);
    let current = fs::read(path.join("CURRENT")).ok()?;
    let list = path.join(std::str::from_utf8(&current).ok()?.trim_end());
    let length = fs::metadata(list).ok()?.len();
    Some((current, length))
}

/// Why the database of a store could not be opened.
fn unopened(folder: &Path, noted: Noted, error: &rocksdb::Error) -> StoreError {
    let path = folder.join(DATABASE);
    // A newer yiren may keep families that this one does not know, and an older one has fewer.
    let alone =
        || Db::open_cf_for_read_only(&Options::default(), &path, [Family::Meta.name()], false);
    let told = error.to_string().to_lowercase();
    if told.contains("column famil")
        && let Ok(db) = alone()
        && let Ok(Some(head)) = db.get(view::HEAD)
        && let Ok(found) = state::format_of(&head)
        && found != FORMAT
    {
        let path = folder.to_path_buf();
        return match found < FORMAT {
            true => StoreError::Older { path, found },
            false => StoreError::Newer {
                path,
                found,
                known: FORMAT,
            },
        };
    }
    match StoreError::of(folder, error) {
        StoreError::Damaged(_) if noted == Noted::Nothing => {
            StoreError::NotAStore(folder.to_path_buf())
        }
        error => error,
    }
}

/// Options of the database as a whole.
fn database_options(asked: &OpenOptions) -> Options {
    let mut options = Options::default();
    // What was torn off at the end of the log was never acknowledged; damage before that is an error.
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_paranoid_checks(true);
    options.set_max_total_wal_size(asked.log as u64);
    options.set_db_write_buffer_size(256 << 20);
    options
        .increase_parallelism(std::thread::available_parallelism().map_or(2, |n| n.get() as i32));
    options.set_bytes_per_sync(1 << 20);
    options.set_keep_log_file_num(2);
    options.set_log_level(LogLevel::Warn);
    options.set_stats_dump_period_sec(0);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(folder: &Path) -> Store {
        let act = Act {
            actor: "test".to_string(),
            action: "init",
            detail: serde_json::Value::Null,
        };
        Store::create(folder, &OpenOptions::default(), act, Moment(1)).unwrap()
    }

    #[test]
    fn a_newer_format_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("store");
        let store = made(&folder);
        // A later layout may have more after what this one knows.
        let head = Head {
            format: FORMAT + 1,
            ..store.view().head().unwrap()
        };
        let bytes = [value::write(&head).unwrap(), vec![7; 9]].concat();
        store
            .db
            .put_cf(&store.handle(Family::Meta).unwrap(), view::HEAD, &bytes)
            .unwrap();
        drop(store);
        let options = OpenOptions::default();
        for refused in [
            Store::open(&folder, &options),
            Store::open_read_only(&folder, &options),
        ] {
            assert!(
                matches!(refused, Err(StoreError::Newer { found, known: FORMAT, .. }) if found == FORMAT + 1),
                "{refused:?}"
            );
        }
        let copied = back_up(&folder, &folder.with_extension("copies"), None);
        assert!(
            matches!(copied, Err(StoreError::Newer { .. })),
            "{copied:?}"
        );
    }

    #[test]
    fn what_was_acknowledged_and_is_gone_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("store");
        let store = made(&folder);
        let commit = |store: &Store, durability| {
            let act = Act {
                actor: "test".to_string(),
                action: "look",
                detail: serde_json::Value::Null,
            };
            store
                .begin(Moment(2))
                .unwrap()
                .commit(act, durability)
                .unwrap()
        };
        assert_eq!(commit(&store, Durability::Synced), 2);
        assert_eq!(acknowledged::read(&folder).unwrap(), Noted::Commit(2));
        assert_eq!(commit(&store, Durability::System), 3);
        assert_eq!(acknowledged::read(&folder).unwrap(), Noted::Commit(3));
        drop(store);

        Acknowledged::open(&folder).unwrap().write(5).unwrap();
        let refused = Store::open_read_only(&folder, &OpenOptions::default());
        assert!(matches!(
            refused,
            Err(StoreError::Lost {
                acknowledged: 5,
                found: 3
            })
        ));
        let copied = back_up(&folder, &folder.with_extension("copies"), None);
        assert!(matches!(
            copied,
            Err(StoreError::Lost {
                acknowledged: 5,
                found: 3
            })
        ));
        let accept = OpenOptions {
            accept_loss: true,
            ..OpenOptions::default()
        };
        drop(Store::open(&folder, &accept).unwrap());
        drop(Store::open(&folder, &OpenOptions::default()).unwrap());
    }
}
