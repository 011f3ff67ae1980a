//! Reading programme files: CSV, Parquet, JSON Lines and Excel become row batches and rejects.
//!
//! [`discover`] turns files and folders into a sorted list of inputs; [`read_file`] streams one of
//! them as [`Event`]s, in file order; [`read_lines`] does so with JSON Lines as they arrive. Files may be read from several threads at once. Every cell is
//! text, trimmed; what a value *means* is decided later, so a bad value is never a reason to lose a
//! row. A bad row becomes a [`Reject`] and the rest of the file goes on.
//!
//! Headers in English or Chinese become the canonical column names (see [`headers`]); a
//! [`ColumnMapping`] renames the others. Text may be UTF-8, UTF-16 with a byte-order mark, or
//! GB18030; any file may be compressed with gzip or zstd.
//!
//! Memory: one read buffer (at most 2 MiB) and one batch a file for CSV and JSON Lines; one batch
//! of a row group for Parquet; the shared strings of a workbook for Excel; a compressed Parquet or
//! Excel file is held whole, since both are read from their end.
//!
//! ```
//! use yiren::ingest::{self, Event, Options};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("dibao.csv");
//! std::fs::write(&path, "记录编号,姓名\nD1,张伟\nD2,王芳\n")?;
//!
//! let options = Options::default();
//! let inputs = ingest::discover(&[path], &options)?;
//! let mut names = Vec::new();
//! ingest::read_file(&inputs, 0, &options, &mut |event| {
//!     if let Event::Batch(batch) = event {
//!         let name = batch.column("name").unwrap();
//!         names.extend((0..batch.len()).map(|row| batch.cell(row, name).to_owned()));
//!     }
//!     Ok(())
//! })?;
//! assert_eq!(names, ["张伟", "王芳"]);
//! # Ok(())
//! # }
//! ```

mod batch;
mod compression;
mod csv;
mod discover;
mod emitter;
mod encoding;
mod error;
mod excel;
mod format;
mod guard;
pub mod headers;
mod json_lines;
mod mapping;
mod mixed;
mod number;
mod parquet;
mod read;
mod reject;
mod warning;
mod window;

pub use batch::RowBatch;
pub use discover::{InputFile, Inputs, discover};
pub use error::IngestError;
pub use format::Format;
pub use mapping::ColumnMapping;
pub use read::{read_file, read_lines};
pub use reject::{Reject, RejectReason, RejectWriter};
pub use warning::{FileWarning, Warning};

/// Longest record that is read, in bytes of UTF-8 text: 1 MiB. A longer one is rejected.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// How inputs are read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Source of every file; `None` takes each file's stem (`dibao.csv` is `dibao`).
    pub source: Option<String>,
    /// Headers that stand for canonical columns, beside those known out of the box.
    pub columns: Option<ColumnMapping>,
    /// Rows a batch, at most; 0 counts as 1.
    pub batch_rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            source: None,
            columns: None,
            batch_rows: 4096,
        }
    }
}

/// What reading a file gives, in file order.
#[derive(Clone, Debug)]
pub enum Event {
    /// Rows that can be used.
    Batch(RowBatch),
    /// A row, or what should have been one, that cannot.
    Reject(Reject),
    /// Something about the file that its owner should know.
    Warning(FileWarning),
}

/// What was read of one file.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub struct FileSummary {
    /// Rows handed on in batches.
    pub rows: u64,
    /// Rejects handed on.
    pub rejected: u64,
    /// Bytes read from the disk (compressed, if the file is).
    pub bytes: u64,
}
