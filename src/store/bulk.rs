//! Derived data written past the log, for a generation that is not in force yet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rocksdb::{IngestExternalFileOptions, Options, SstFileWriter};
use serde::Serialize;
use yiren_matchers::blocking::Key;

use super::error::StoreError;
use super::family::Family;
use super::keys::{self, Generation};
use super::{Store, value};

/// The folder within that of the store where files are written until they become part of it.
pub(super) const FOLDER: &str = "bulk";

/// Bytes of keys and values a file.
const FILE: usize = 64 << 20;

/// Counts a part of a table of frequencies.
const FREQUENCIES: usize = 1 << 14;

/// How the files of a [`Bulk`] are written.
pub struct BulkOptions(Options);

/// Entries of one family, in the order of their keys, in files that become part of the store at
/// once. Until then, and if it is dropped before, the store knows nothing of them.
pub struct Bulk<'a> {
    store: &'a Store,
    family: Family,
    options: &'a BulkOptions,
    writer: Option<SstFileWriter<'a>>,
    /// Bytes in the file in hand.
    bytes: usize,
    files: Vec<PathBuf>,
}

impl BulkOptions {
    /// How files of a family are written.
    pub fn of(family: Family) -> BulkOptions {
        BulkOptions(family.options(&rocksdb::Cache::new_lru_cache(1 << 20)))
    }
}

impl Store {
    /// Begins the files of a family. One at a time a family.
    pub fn bulk<'a>(&'a self, family: Family, options: &'a BulkOptions) -> Bulk<'a> {
        Bulk {
            store: self,
            family,
            options,
            writer: None,
            bytes: 0,
            files: Vec::new(),
        }
    }
}

impl<'a> Bulk<'a> {
    /// Adds an entry, whose key is greater than the one before.
    pub fn put(&mut self, key: &[u8], bytes: &[u8]) -> Result<(), StoreError> {
        if self.bytes >= FILE {
            self.close()?;
        }
        let store = self.store;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let name = format!("{}-{}.sst", self.family.name(), self.files.len());
                let path = store.folder.join(FOLDER).join(name);
                make_way(&path).map_err(|error| StoreError::unusable(&store.folder, &error))?;
                let writer = SstFileWriter::create(&self.options.0);
                writer.open(&path).map_err(|error| store.error(&error))?;
                self.files.push(path);
                none.insert(writer)
            }
        };
        self.bytes += key.len() + bytes.len();
        writer.put(key, bytes).map_err(|error| store.error(&error))
    }

    /// Adds a value.
    pub fn put_value<T: Serialize>(&mut self, key: &[u8], value: &T) -> Result<(), StoreError> {
        self.put(key, &value::write(value)?)
    }

    /// Adds a table of term frequencies, ascending by value.
    pub fn put_frequencies(
        &mut self,
        generation: Generation,
        table: u8,
        counts: &[(Key, u32)],
    ) -> Result<(), StoreError> {
        for (part, counts) in counts.chunks(FREQUENCIES).enumerate() {
            self.put_value(&keys::frequencies(generation, table, part as u32), &counts)?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), StoreError> {
        self.bytes = 0;
        match self.writer.take() {
            Some(mut writer) => writer.finish().map_err(|error| self.store.error(&error)),
            None => Ok(()),
        }
    }

    /// Brings all files into the store, at once.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.close()?;
        if self.files.is_empty() {
            return Ok(());
        }
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        let handle = self.store.handle(self.family)?;
        self.store
            .db
            .ingest_external_file_cf_opts(&handle, &options, self.files.clone())
            .map_err(|error| self.store.error(&error))
    }
}

/// Makes the folder of a file, and takes away a file that has its name: after a stop, that can be
/// a second name of a file of the database, which must not be written to.
fn make_way(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Drop for Bulk<'_> {
    fn drop(&mut self) {
        for file in &self.files {
            // Gone already if it was brought in.
            let _ = fs::remove_file(file);
        }
    }
}
