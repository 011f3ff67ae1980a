//! A run of rows as text.

use std::sync::Arc;

use crate::unfinished::{self, Key};

/// A run of rows of one file, as text, in file order.
///
/// Cells are trimmed; an empty cell is `""`. All rows have a `record_id`. Held as one string and
/// the ends of its cells: about 4 bytes a cell over the text.
#[derive(Clone, Debug)]
pub struct RowBatch {
    /// Index of the file in [`Inputs::files`](super::Inputs::files).
    pub file: u32,
    /// Source of the rows.
    pub source: Arc<str>,
    /// Canonical names (or own names, of unknown columns), in cell order. Batches of one JSON
    /// Lines file may have more columns from one to the next, never fewer.
    pub columns: Arc<[Box<str>]>,
    /// Bytes of the file read when the batch was cut, for progress; at most the file's size.
    pub bytes_read: u64,
    pub(super) text: String,
    pub(super) ends: Vec<u32>,
    pub(super) lines: Vec<u32>,
}

impl RowBatch {
    /// A batch without rows, for records that come from elsewhere than a file; `file` is the place
    /// of its source among those that it is gathered with.
    pub fn new(file: u32, source: Arc<str>, columns: Arc<[Box<str>]>) -> RowBatch {
        RowBatch {
            file,
            source,
            columns,
            bytes_read: 0,
            text: String::new(),
            ends: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Adds a row; `cell` gives the text of each column.
    pub fn push<'a>(&mut self, cell: impl Fn(&str) -> &'a str) {
        for column in self.columns.iter() {
            self.text.push_str(cell(column));
            self.ends.push(self.text.len() as u32);
        }
        self.lines.push(self.lines.len() as u32 + 1);
    }

    /// Bytes of text.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// A digest of all that its rows say, and of where in the file they begin; not of which file.
    pub fn digest(&self) -> Key {
        let numbers =
            |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|n| n.to_le_bytes()).collect() };
        let (ends, lines) = (numbers(&self.ends), numbers(&self.lines));
        let texts = [self.source.as_bytes(), self.text.as_bytes(), &ends, &lines];
        let columns = self.columns.iter().map(|column| column.as_bytes());
        unfinished::key(texts.into_iter().chain(columns))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no row; a batch that was handed on has one.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Position of the column of this canonical name, if the file has it.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| **column == *name)
    }

    /// Text of one cell.
    ///
    /// # Panics
    /// If there is no such row or column, as for a slice.
    #[inline]
    pub fn cell(&self, row: usize, column: usize) -> &str {
        assert!(
            column < self.columns.len(),
            "column {column} of {}",
            self.columns.len()
        );
        let cell = row * self.columns.len() + column;
        let start = match cell {
            0 => 0,
            _ => self.ends[cell - 1] as usize,
        };
        &self.text[start..self.ends[cell] as usize]
    }

    /// Cells of one row, in column order.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> impl ExactSizeIterator<Item = &str> {
        (0..self.columns.len()).map(move |column| self.cell(row, column))
    }

    /// Line of the file where the record starts, from 1; the row's number for Parquet (from 1) and
    /// Excel (as Excel shows it).
    ///
    /// # Panics
    /// If there is no such row.
    pub fn line(&self, row: usize) -> u32 {
        self.lines[row]
    }
}
