//! Copies of a store, each with all of it, that share the files that did not change.
//!
//! A store can be copied while another process writes to it. Its files are first frozen: those
//! that never change are linked, the logs are copied, and the copy counts only if nothing was
//! flushed or compacted meanwhile, so that it is the database as it was at one moment. What is
//! frozen is then opened like a store and handed to RocksDB's backup engine.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use rocksdb::backup::{BackupEngine, BackupEngineOptions, RestoreOptions};
use rocksdb::{Cache, Env};
use serde::{Deserialize, Serialize};

use super::acknowledged::{self, Acknowledged, Noted};
use super::error::StoreError;
use super::value::Moment;
use super::{DATABASE, Db, Family, OpenOptions, Store, database_options, logs};

/// Folder within a store where its files are frozen.
const FROZEN: &str = "frozen";

/// File of a backup folder that says what is in it.
const CONTENTS: &str = "backups.json";

/// Times that freezing is tried while a busy process flushes and compacts.
const ATTEMPTS: usize = 100;

/// One backup of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Its number, from 1.
    pub number: u32,
    /// The last commit in it.
    pub commit: u64,
    /// When that commit was.
    pub at: Moment,
}

/// What a backup folder says of itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Contents {
    /// Hash of the first entry of the audit: a folder takes the backups of one store.
    store: String,
    backups: Vec<Backup>,
}

/// Adds a backup of the store in `folder` to the folder `to`, which is made if it is not there; of
/// older ones only the latest so many are kept in all, or every one. Any process may be writing to
/// the store. Cost: what changed since the last backup.
///
/// # Errors
/// Another backup of the store is under way; `to` holds backups of another store; the disk.
pub fn back_up(folder: &Path, to: &Path, keep: Option<usize>) -> Result<Backup, StoreError> {
    if !Store::is_there(folder) {
        return Err(StoreError::NotAStore(folder.to_path_buf()));
    }
    let io = |error| StoreError::unusable(folder, &error);
    let lock = File::open(folder).map_err(io)?;
    if lock.try_lock().is_err() {
        return Err(StoreError::BackingUp(folder.to_path_buf()));
    }
    let frozen = Frozen::of(folder)?;
    let store = frozen.open()?;
    let (commit, at) = store.view().commit()?;
    if frozen.acknowledged > commit {
        return Err(StoreError::Lost {
            acknowledged: frozen.acknowledged,
            found: commit,
        });
    }
    let first = store.view().audit(1)?;
    let first =
        serde_json::to_vec(&first).map_err(|error| StoreError::Internal(error.to_string()))?;
    let name = super::hexadecimal(&super::audit::hash(&first));

    let there = |error| StoreError::unusable(to, &error);
    fs::create_dir_all(to).map_err(there)?;
    let mut contents = match Contents::read(to)? {
        Some(contents) => contents,
        None if fs::read_dir(to).map_err(there)?.next().is_some() => {
            return Err(StoreError::InTheWay(to.to_path_buf()));
        }
        None => Contents::default(),
    };
    if !contents.backups.is_empty() && contents.store != name {
        return Err(StoreError::OtherStore(to.to_path_buf()));
    }
    contents.store = name;
    // First, so that what an interrupted run leaves is known for backups.
    contents.write(to)?;
    let damage = |error: rocksdb::Error| StoreError::of(to, &error);
    let mut engine = engine(to)?;
    engine
        .create_new_backup_flush(&store.db, true)
        .map_err(damage)?;
    let latest = engine.get_backup_info().last().map(|info| info.backup_id);
    let number = latest.ok_or_else(|| StoreError::Internal("a backup left nothing".to_string()))?;
    engine.verify_backup(number).map_err(damage)?;
    if let Some(keep) = keep {
        engine.purge_old_backups(keep.max(1)).map_err(damage)?;
    }
    let backup = Backup { number, commit, at };
    contents.backups.push(backup.clone());
    let kept: Vec<u32> = engine
        .get_backup_info()
        .iter()
        .map(|info| info.backup_id)
        .collect();
    contents
        .backups
        .retain(|backup| kept.contains(&backup.number));
    contents.write(to)?;
    Ok(backup)
}

/// Makes a store in the folder `to`, which is not there yet or empty, from a backup in the folder
/// `from`: the latest, or that of a number. The copy is opened before this returns.
///
/// # Errors
/// There is no such backup; it is damaged; something is in the way.
pub fn restore(from: &Path, to: &Path, number: Option<u32>) -> Result<Backup, StoreError> {
    let contents = Contents::read(from)?.ok_or_else(|| StoreError::NoBackup(from.to_path_buf()))?;
    let mut backups = contents.backups.into_iter().rev();
    let backup = backups.find(|backup| number.is_none_or(|number| number == backup.number));
    let backup = backup.ok_or_else(|| StoreError::NoBackup(from.to_path_buf()))?;
    let there = |error| StoreError::unusable(to, &error);
    fs::create_dir_all(to).map_err(there)?;
    if fs::read_dir(to).map_err(there)?.next().is_some() {
        return Err(StoreError::InTheWay(to.to_path_buf()));
    }
    let db = to.join("db");
    let restored =
        engine(from)?.restore_from_backup(&db, &db, &RestoreOptions::default(), backup.number);
    restored.map_err(|error| StoreError::of(from, &error))?;
    // A copy that ends earlier is refused as any store is that lost commits.
    let acknowledged = Acknowledged::open(to).map_err(there)?;
    acknowledged.write(backup.commit).map_err(there)?;
    Store::open(to, &OpenOptions::default())?;
    Ok(backup)
}

fn engine(folder: &Path) -> Result<BackupEngine, StoreError> {
    let opened = BackupEngineOptions::new(folder).and_then(|mut options| {
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get() as i32);
        options.set_max_background_operations(threads);
        BackupEngine::open(&options, &Env::new()?)
    });
    opened.map_err(|error| StoreError::of(folder, &error))
}

impl Contents {
    fn read(folder: &Path) -> Result<Option<Contents>, StoreError> {
        let path = folder.join(CONTENTS);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::unusable(&path, &error)),
        };
        let read = serde_json::from_slice(&bytes);
        read.map(Some)
            .map_err(|error| StoreError::Damaged(format!("{}: {error}", path.display())))
    }

    fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(CONTENTS);
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|error| StoreError::unusable(&path, &error))
    }
}

/// The files of a store's database as they were at one moment, in a folder that goes away.
struct Frozen {
    folder: PathBuf,
    /// What was acknowledged before: all of it is in there.
    acknowledged: u64,
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // What is left is taken away by the next backup.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Frozen {
    fn of(store: &Path) -> Result<Frozen, StoreError> {
        let frozen = Frozen {
            folder: store.join(FROZEN),
            acknowledged: match acknowledged::read(store) {
                Ok(Noted::Commit(commit)) => commit,
                Ok(Noted::Absent | Noted::Nothing | Noted::Garbled) => 0,
                Err(error) => return Err(StoreError::unusable(store, &error)),
            },
        };
        let from = store.join("db");
        for attempt in 1.. {
            match frozen.copy(&from) {
                Ok(true) => break,
                // A file went away between being listed and being linked.
                Err(error) if error.kind() == io::ErrorKind::NotFound && attempt < ATTEMPTS => {}
                Ok(false) if attempt < ATTEMPTS => {}
                Ok(false) => return Err(StoreError::BackingUp(store.to_path_buf())),
                Err(error) => return Err(StoreError::unusable(&frozen.folder, &error)),
            }
        }
        Ok(frozen)
    }

    /// Copies the database; whether nothing was flushed or compacted meanwhile. All of that is
    /// noted in the manifest before files go away.
    fn copy(&self, from: &Path) -> io::Result<bool> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let to = self.folder.join("db");
        fs::create_dir_all(&to)?;
        let manifest = |current: &str| from.join(current.trim_end());
        let current = fs::read_to_string(from.join("CURRENT"))?;
        let length = fs::metadata(manifest(&current))?.len();
        let name = manifest(&current);
        let name = name.file_name().unwrap_or_default();
        let copied = io::copy(
            &mut File::open(manifest(&current))?.take(length),
            &mut File::create(to.join(name))?,
        )?;
        fs::write(to.join("CURRENT"), &current)?;

        let (mut logs, mut others) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(from)? {
            let path = entry?.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("log") => logs.push(path),
                Some("sst" | "blob") => others.push(path),
                _ => {}
            }
        }
        // Only the latest log is being written, and a later one may begin at any time. What is
        // copied of it ends earlier than what is copied of those before, so that nothing is
        // missing before its end.
        logs.sort();
        for log in logs.iter().rev() {
            fs::copy(log, to.join(log.file_name().unwrap_or_default()))?;
        }
        for file in &others {
            let target = to.join(file.file_name().unwrap_or_default());
            // Where the file system cannot link, a copy serves.
            match fs::hard_link(file, &target) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
                Err(_) => fs::copy(file, &target).map(drop)?,
                Ok(()) => {}
            }
        }
        let now = fs::read_to_string(from.join("CURRENT"))?;
        let unchanged = now == current && fs::metadata(manifest(&now))?.len() == length;
        Ok(unchanged && copied == length)
    }

    /// Opens it as a store, of which nothing is compacted.
    fn open(&self) -> Result<Store, StoreError> {
        let cache = Cache::new_lru_cache(8 << 20);
        let families = Family::ALL.map(|family| {
            let mut options = family.options(&cache);
            options.set_disable_auto_compactions(true);
            rocksdb::ColumnFamilyDescriptor::new(family.name(), options)
        });
        let options = OpenOptions::default();
        let path = self.folder.join(DATABASE);
        logs::look_over(&path)?;
        let mut database = database_options(&options);
        // Of a store of an older format.
        database.create_missing_column_families(true);
        let db = Db::open_cf_descriptors(&database, &path, families)
            .map_err(|error| StoreError::of(&self.folder, &error))?;
        let store = Store {
            folder: self.folder.clone(),
            db,
            writer: None,
            looks: AtomicU64::default(),
        };
        // What was acknowledged is looked at by whoever has these files copied.
        store.look_over(Noted::Commit(0), &options)?;
        Ok(store)
    }
}
