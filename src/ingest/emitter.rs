//! What the readers of all formats share: rows gathered into batches, rejects, counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::headers::HeaderProblem;
use super::reject::excerpt;
use super::{
    Event, FileSummary, FileWarning, IngestError, MAX_RECORD_BYTES, Reject, RejectReason, RowBatch,
    Warning,
};

/// A batch is cut when its text passes this size, whatever its rows.
const MAX_BATCH_BYTES: usize = 16 << 20;

/// Where events go; an error stops the reading.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Event) -> Result<(), IngestError>;

/// Gathers the rows of one file and hands them on.
pub(super) struct Emitter<'a> {
    file: u32,
    path: Arc<str>,
    source: Arc<str>,
    sink: Sink<'a>,
    batch_rows: usize,
    /// Bytes read from the disk so far, counted by the reader underneath.
    progress: Arc<AtomicU64>,
    columns: Arc<[Box<str>]>,
    record_id: usize,
    text: String,
    ends: Vec<u32>,
    lines: Vec<u32>,
    /// Where the row being built starts in `text`.
    row_start: usize,
    row_too_long: bool,
    summary: FileSummary,
    digits_lost: Option<(String, u64, u64)>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(
        file: u32,
        path: Arc<str>,
        source: Arc<str>,
        batch_rows: usize,
        progress: Arc<AtomicU64>,
        sink: Sink<'a>,
    ) -> Self {
        Self {
            file,
            path,
            source,
            sink,
            batch_rows: batch_rows.max(1),
            progress,
            columns: Arc::new([]),
            record_id: 0,
            text: String::new(),
            ends: Vec::new(),
            lines: Vec::new(),
            row_start: 0,
            row_too_long: false,
            summary: FileSummary::default(),
            digits_lost: None,
        }
    }

    /// Path of the file, for messages.
    pub(super) fn path(&self) -> String {
        self.path.to_string()
    }

    /// Canonical name of a column; empty if there is none.
    pub(super) fn column_name(&self, column: usize) -> &str {
        self.columns.get(column).map_or("", |name| name)
    }

    /// Sets the columns of the rows to come, after handing on the rows before.
    pub(super) fn set_columns(
        &mut self,
        columns: Arc<[Box<str>]>,
        record_id: usize,
    ) -> Result<(), IngestError> {
        self.flush()?;
        self.columns = columns;
        self.record_id = record_id;
        Ok(())
    }

    /// Adds a cell to the row being built; `cell` need not be trimmed.
    pub(super) fn cell(&mut self, cell: &str) {
        let cell = trim(cell);
        if self.text.len() - self.row_start + cell.len() > MAX_RECORD_BYTES {
            self.row_too_long = true;
        } else {
            self.text.push_str(cell);
        }
        self.ends.push(self.text.len() as u32);
    }

    /// Ends the row being built. One without a record id is rejected with the text that `raw` gives.
    pub(super) fn end_row(
        &mut self,
        line: u64,
        raw: impl FnOnce() -> String,
    ) -> Result<(), IngestError> {
        debug_assert_eq!(
            self.ends.len(),
            (self.lines.len() + 1) * self.columns.len(),
            "a row has as many cells as columns"
        );
        if self.row_too_long {
            self.abandon_row();
            return self.reject(line, "", RejectReason::LineTooLong, &raw());
        }
        let first = self.lines.len() * self.columns.len();
        let id = first + self.record_id;
        let id_start = match self.record_id {
            0 => self.row_start as u32,
            _ => self.ends.get(id - 1).copied().unwrap_or_default(),
        };
        if self.ends.get(id).copied().unwrap_or_default() == id_start {
            self.abandon_row();
            return self.reject(line, "record_id", RejectReason::MissingRecordId, &raw());
        }
        self.lines.push(u32::try_from(line).unwrap_or(u32::MAX));
        self.row_start = self.text.len();
        self.summary.rows += 1;
        if self.lines.len() >= self.batch_rows || self.text.len() >= MAX_BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Whether no cell of the row being built has any text.
    pub(super) fn is_blank(&self) -> bool {
        self.text.len() == self.row_start && !self.row_too_long
    }

    /// Forgets the row being built.
    pub(super) fn abandon_row(&mut self) {
        self.text.truncate(self.row_start);
        self.ends.truncate(self.lines.len() * self.columns.len());
        self.row_too_long = false;
    }

    /// Rejects a row. Rows before it are handed on at the next batch, so rejects may overtake rows.
    pub(super) fn reject(
        &mut self,
        line: u64,
        column: &str,
        reason: RejectReason,
        text: &str,
    ) -> Result<(), IngestError> {
        self.summary.rejected += 1;
        (self.sink)(Event::Reject(Reject {
            file: Arc::clone(&self.path),
            line,
            column: column.to_owned(),
            reason,
            text: excerpt(text),
        }))
    }

    /// Says something about the file.
    pub(super) fn warn(&mut self, warning: Warning) -> Result<(), IngestError> {
        (self.sink)(Event::Warning(FileWarning {
            file: Arc::clone(&self.path),
            warning,
        }))
    }

    /// Warns of the columns that are not known, if there are any.
    pub(super) fn warn_unknown(&mut self, unknown: &[String]) -> Result<(), IngestError> {
        if unknown.is_empty() {
            return Ok(());
        }
        self.warn(Warning::UnknownColumns(unknown.to_vec()))
    }

    /// Notes a number that lost digits, for one warning at the end.
    pub(super) fn note_digits_lost(&mut self, column: usize, line: u64) {
        match &mut self.digits_lost {
            Some((_, _, cells)) => *cells += 1,
            none => {
                *none = Some((
                    self.columns
                        .get(column)
                        .map_or_else(String::new, |c| c.to_string()),
                    line,
                    1,
                ))
            }
        }
    }

    /// The error for a header that cannot be used.
    pub(super) fn header_error(
        &self,
        line: u64,
        problem: HeaderProblem,
        found: &[String],
    ) -> IngestError {
        let file = self.path();
        match problem {
            HeaderProblem::NoRecordId => IngestError::NoRecordId {
                file,
                line,
                columns: found.to_vec(),
            },
            HeaderProblem::SameColumn {
                column,
                first,
                second,
            } => IngestError::SameColumn {
                file,
                line,
                column,
                first,
                second,
            },
        }
    }

    /// Hands on the rows gathered so far.
    pub(super) fn flush(&mut self) -> Result<(), IngestError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let (bytes, cells, rows) = (self.text.len(), self.ends.len(), self.lines.len());
        let batch = RowBatch {
            file: self.file,
            source: Arc::clone(&self.source),
            columns: Arc::clone(&self.columns),
            bytes_read: self.progress.load(Ordering::Relaxed),
            text: std::mem::replace(&mut self.text, String::with_capacity(bytes + bytes / 8)),
            ends: std::mem::replace(&mut self.ends, Vec::with_capacity(cells)),
            lines: std::mem::replace(&mut self.lines, Vec::with_capacity(rows)),
        };
        self.row_start = 0;
        (self.sink)(Event::Batch(batch))
    }

    /// Hands on what is left and returns the counts.
    pub(super) fn finish(mut self) -> Result<FileSummary, IngestError> {
        self.abandon_row();
        self.flush()?;
        if let Some((column, line, cells)) = self.digits_lost.take() {
            self.warn(Warning::DigitsLost {
                column,
                line,
                cells,
            })?;
        }
        self.summary.bytes = self.progress.load(Ordering::Relaxed);
        Ok(self.summary)
    }

    /// Rows and rejects so far.
    pub(super) fn counted(&self) -> (u64, u64) {
        (self.summary.rows, self.summary.rejected)
    }
}

/// The text without white space around it; quick when there is none.
fn trim(text: &str) -> &str {
    let graphic = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if graphic(bytes.first()) && graphic(bytes.last()) {
        text
    } else {
        text.trim()
    }
}
